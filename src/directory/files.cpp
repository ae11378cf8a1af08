#include "tranche/directory/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <system_error>

#include "posix.hpp"

namespace tranche::directory {
namespace fs = std::filesystem;

void fail(std::string_view operation, const fs::path& path, int error) {
  std::string fix;
  if (error == ENOSPC || error == EDQUOT)
    fix = "free some space (df -h, quota -s), then run the same command again";
  throw IoError{"cannot " + std::string{operation} + " " + path.string() + ": " + std::strerror(error), fix};
}

namespace {

/// New files follow the folder's group; not being allowed to is no error.
void follow_group(int file, const fs::path& folder) {
  struct stat of_folder {};
  struct stat of_file {};
  if (::stat(folder.c_str(), &of_folder) != 0 || ::fstat(file, &of_file) != 0) return;
  if (of_folder.st_gid == of_file.st_gid) return;
  [[maybe_unused]] const int ignored = ::fchown(file, static_cast<uid_t>(-1), of_folder.st_gid);
}

fs::path folder_of(const fs::path& path) {
  const auto folder = path.parent_path();
  return folder.empty() ? fs::path{"."} : folder;
}

bool is_temporary(const fs::path& path) {
  const auto name = path.filename().string();
  return name.front() == '.' && (name.ends_with(".tmp") || name.ends_with(".claim"));
}

}  // namespace

Descriptor create_new(const fs::path& path) {
  Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
  if (!file.valid()) fail("create", path);
  follow_group(file.get(), folder_of(path));
  return file;
}

void write_all(const Descriptor& file, std::string_view text, const fs::path& path) {
  while (!text.empty()) {
    const auto written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void sync(const Descriptor& file, const fs::path& path) {
  if (::fsync(file.get()) != 0) fail("sync", path);
}

void sync_folder(const fs::path& folder) {
  const Descriptor handle{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!handle.valid()) fail("open", folder);
  // Some network file systems refuse fsync of a folder: they order renames by themselves.
  if (::fsync(handle.get()) != 0 && errno != EINVAL && errno != ENOTSUP) fail("sync", folder);
}

fs::path temporary_beside(const fs::path& path) {
  static std::atomic<unsigned> count{0};
  std::string name{"."};
  for (const auto& part :
       {path.filename().string(), host_name(), std::to_string(::getpid()), std::to_string(count++)})
    name.append(part).append(".");
  name.append("tmp");
  return folder_of(path) / name;
}

void sweep_temporaries(const fs::path& folder) noexcept {
  std::error_code error;
  const auto limit = fs::file_time_type::clock::now() - std::chrono::hours{1};
  for (fs::directory_iterator it{folder, error}, end; !error && it != end; it.increment(error)) {
    if (!is_temporary(it->path())) continue;
    std::error_code ignored;
    const auto age = fs::last_write_time(it->path(), ignored);
    if (!ignored && age < limit) fs::remove(it->path(), ignored);
  }
}

CampaignPaths find_campaign(const fs::path& start) {
  std::error_code error;
  auto root = fs::weakly_canonical(fs::absolute(start), error);
  if (error) root = fs::absolute(start).lexically_normal();
  if (!root.has_filename()) root = root.parent_path();
  if (fs::exists(root / "campaign.yaml", error)) return CampaignPaths{root};
  Problem problem;
  problem.what = "no campaign here: " + (root / "campaign.yaml").string() + " does not exist";
  problem.fix = "tranche init NAME makes a campaign; tranche -C DIR ... names one that is elsewhere";
  throw ConfigError{std::move(problem)};
}

std::optional<std::string> read_file(const fs::path& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail("open", path);
  }
  std::string text;
  std::array<char, 65536> buffer;
  while (true) {
    const auto got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", path);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

void write_atomically(const fs::path& path, std::string_view text, Durability durability) {
  const auto temporary = temporary_beside(path);
  try {
    const auto file = create_new(temporary);
    write_all(file, text, temporary);
    if (durability == Durability::fsynced) sync(file, temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail("rename to", path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  if (durability == Durability::fsynced) sync_folder(folder_of(path));
}

void make_file(const fs::path& path) {
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
  if (file.valid()) return follow_group(file.get(), folder_of(path));
  if (errno != EEXIST) fail("create", path);  // else another rank was faster
}

void follow_group(const fs::path& path) {
  const Descriptor handle{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (handle.valid()) follow_group(handle.get(), folder_of(path));
}

void make_folder(const fs::path& path) {
  if (::mkdir(path.c_str(), 0777) == 0) {
    const Descriptor handle{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (handle.valid()) follow_group(handle.get(), folder_of(path));
    return;
  }
  const int error = errno;
  std::error_code ignored;
  if (error == EEXIST && fs::is_directory(path, ignored)) return;
  fail("create folder", path, error);
}

}  // namespace tranche::directory
