#include "tranche/directory/scratch_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
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
  auto name = (below / (prefix() + "XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr) throw IoError{"mkdtemp " + name + ": " + std::strerror(errno)};
  path_ = name;
  lock_ = open((path_ / lock_name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0 || flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const std::string why = std::strerror(errno);
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    throw IoError{"lock " + name + "/" + lock_name + ": " + why};
  }
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  close(lock_);
}

}  // namespace tranche::directory
