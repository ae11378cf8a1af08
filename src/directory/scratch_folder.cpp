#include "tranche/directory/scratch_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "tranche/base/errors.hpp"

namespace tranche::directory {
namespace {

namespace fs = std::filesystem;

constexpr const char* lock_name = ".lock";
constexpr int most_tries = 100;

std::string prefix() {
  return "tranche-" + std::to_string(geteuid()) + "-";
}

/// Only what carries a lock that nobody holds: a folder without one may be about to get it.
void remove_if_abandoned(const fs::path& folder) {
  const int lock = open((folder / lock_name).c_str(), O_RDWR | O_CLOEXEC);
  if (lock < 0) return;
  if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  close(lock);
}

void remove_abandoned(const fs::path& below) {
  std::error_code error;
  const auto wanted = prefix();
  for (fs::directory_iterator at{below, error}, end; !error && at != end; at.increment(error))
    if (at->path().filename().string().starts_with(wanted)) remove_if_abandoned(at->path());
}

}  // namespace

ScratchFolder::ScratchFolder() {
  const auto below = fs::temp_directory_path();
  remove_abandoned(below);
  for (int tries = 1; !take_new(below); ++tries)
    if (tries == most_tries)
      throw IoError{"other processes remove every new folder " + (below / prefix()).string() + "..."};
}

/// False if somebody who clears away found the folder between its making and its locking, and it is gone.
bool ScratchFolder::take_new(const fs::path& below) {
  auto name = (below / (prefix() + "XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr) throw IoError{"mkdtemp " + name + ": " + std::strerror(errno)};
  const auto lock_path = fs::path{name} / lock_name;
  const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) throw IoError{"open " + lock_path.string() + ": " + std::strerror(errno)};
  const int refused = flock(lock, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
  if (refused != 0 && refused != EWOULDBLOCK) {
    close(lock);
    throw IoError{"lock " + lock_path.string() + ": " + std::strerror(refused)};
  }
  // Locked, but perhaps only after it was removed.
  struct stat ours {};
  struct stat there {};
  const bool kept = refused == 0 && fstat(lock, &ours) == 0 && stat(lock_path.c_str(), &there) == 0 &&
                    ours.st_ino == there.st_ino;
  if (!kept) {
    close(lock);
    return false;
  }
  path_ = name;
  lock_ = lock;
  return true;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  close(lock_);
}

}  // namespace tranche::directory
