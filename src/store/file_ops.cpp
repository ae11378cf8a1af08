#include "file_ops.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "tranche/base/errors.hpp"
#include "tranche/base/failpoint.hpp"
#include "tranche/base/text.hpp"

namespace tranche::store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& operation, const fs::path& path, int error) {
  const std::string reason = std::strerror(error);
  throw IoError{"cannot " + operation + " " + path.string() + ": " + reason, room_fix(reason)};
}

void sync_descriptor(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) fail("open", path, errno);
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (error != 0) fail("sync", path, error);
}

/// `NAME.<digits>.new`: nobody else calls a file so.
bool is_left_over(const std::string& name, const std::string& final_name) {
  constexpr std::string_view end = ".new";
  const std::string begin = final_name + ".";
  if (!name.starts_with(begin) || !name.ends_with(end) || name.size() <= begin.size() + end.size())
    return false;
  const auto digits = name.substr(begin.size(), name.size() - begin.size() - end.size());
  return digits.find_first_not_of("0123456789") == std::string::npos;
}

/// A name of its own beside the final one; what earlier attempts left beside it is removed.
fs::path fresh_name(const fs::path& final_path) {
  const std::string final_name = final_path.filename().string();
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{folder_of(final_path), ignored})
    if (is_left_over(entry.path().filename().string(), final_name)) fs::remove_all(entry.path(), ignored);
  fs::path fresh = final_path;
  fresh += "." + std::to_string(std::random_device{}()) + ".new";
  return fresh;
}

}  // namespace

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path{"."};
}

fs::path stage_path(const std::string& campaign_dir, const std::string& file_name) {
  return fs::path{campaign_dir} / "store" / file_name;
}

void sync_file(const fs::path& path) {
  sync_descriptor(path, O_RDONLY);
}

void sync_directory(const fs::path& path) {
  sync_descriptor(path, O_RDONLY | O_DIRECTORY);
}

void make_directory(const fs::path& path) {
  std::error_code error;
  if (fs::create_directory(path, error)) sync_directory(folder_of(path));
  if (error) fail("create", path, error.value());
}

void require_room(const fs::path& folder, std::uint64_t bytes, const std::string& what,
                  const std::string& fix) {
  struct statvfs facts {};
  if (::statvfs(folder.c_str(), &facts) != 0) return;
  const std::uint64_t available = std::uint64_t{facts.f_bavail} * facts.f_frsize;
  if (available >= bytes) return;
  throw IoError{what + " needs " + format_size(static_cast<double>(bytes)) + " of space, and " +
                    format_size(static_cast<double>(available)) + " are free in " + folder.string(),
                fix};
}

std::string room_fix(const std::string& text) {
  for (const int error : {ENOSPC, EDQUOT, EFBIG})
    if (text.find(std::strerror(error)) != std::string::npos) return room_again;
  return {};
}

NewFile::NewFile(fs::path final_path) : final_{std::move(final_path)}, temporary_{fresh_name(final_)} {}

NewFile::~NewFile() {
  std::error_code ignored;
  if (!published_) fs::remove(temporary_, ignored);
}

void NewFile::empty() noexcept {
  std::error_code ignored;
  fs::resize_file(temporary_, 0, ignored);
}

void NewFile::publish() {
  sync_file(temporary_);
  failpoint("rename");
  if (::rename(temporary_.c_str(), final_.c_str()) != 0) fail("rename to", final_, errno);
  published_ = true;
  failpoint("rename");
  sync_directory(folder_of(final_));
}

NewFolder::NewFolder(fs::path final_path) : final_{std::move(final_path)}, temporary_{fresh_name(final_)} {
  make_directory(temporary_);
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  if (!published_) fs::remove_all(temporary_, ignored);
}

void NewFolder::publish() {
  for (const auto& entry : fs::directory_iterator{temporary_}) sync_file(entry.path());
  sync_directory(temporary_);
  if (::rename(temporary_.c_str(), final_.c_str()) != 0) fail("rename to", final_, errno);
  published_ = true;
  sync_directory(folder_of(final_));
}

}  // namespace tranche::store
