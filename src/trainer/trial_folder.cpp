#include "trial_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "tranche/base/errors.hpp"
#include "tranche/directory/files.hpp"

namespace tranche::trainer {
namespace {

std::string folder_name(std::uint64_t trial) {
  char name[24];
  std::snprintf(name, sizeof name, "%04llu", static_cast<unsigned long long>(trial));
  return name;
}

int locked(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) throw IoError{"open " + path.string() + ": " + std::generic_category().message(errno)};
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  const int error = errno;
  ::close(file);
  if (error == EWOULDBLOCK)
    throw Failure{ExitCode::owned, "another process works on this trial: " + path.parent_path().string(),
                  "wait for it, or end it"};
  // A file system without locks: the campaign's owner sees to it that a trial runs once.
  return -1;
}

}  // namespace

TrialFolder::TrialFolder(const std::filesystem::path& model, std::uint64_t trial,
                         const learn::TrialSettings& settings)
    : path_{model / "trials" / folder_name(trial)} {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) throw IoError{"make " + path_.string() + ": " + error.message()};
  lock_ = locked(path_ / "lock");
  const auto own = learn::settings_to_json(settings);
  if (directory::read_file(path_ / "settings.json") == own) return;
  for (const auto& left : {checkpoint(), samples(), surrogate(), history(), result()})
    std::filesystem::remove(left);
  directory::write_atomically(path_ / "settings.json", own, directory::Durability::fsynced);
}

TrialFolder::~TrialFolder() {
  if (lock_ >= 0) ::close(lock_);
}

std::optional<learn::TrialRecord> TrialFolder::finished() const {
  const auto text = directory::read_file(result());
  if (!text) return std::nullopt;
  return learn::record_from_json(*text, result().string());
}

void TrialFolder::finish(const learn::TrialRecord& record) const {
  directory::write_atomically(result(), learn::record_to_json(record), directory::Durability::fsynced);
  std::filesystem::remove(checkpoint());
  std::filesystem::remove(samples());
}

}  // namespace tranche::trainer
