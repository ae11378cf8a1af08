#include "captured_output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace tranche::simulate {

FileDescriptor open_captured(const std::string& path) {
  const int flags = O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC;
  return FileDescriptor{checked_fd(::open(path.c_str(), flags, 0600), "open " + path)};
}

void trim_captured(int fd, std::uint64_t limit) noexcept {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return;
  // Blocks may be reserved beyond the end, or missing in a hole.
  const auto held = static_cast<std::uint64_t>(std::min<off_t>(status.st_blocks * 512, status.st_size));
  if (held <= limit) return;
  constexpr off_t keep = 65536;
  const off_t hole = (status.st_size - keep) / keep * keep;
  // File systems without holes lose the tail instead.
  if (hole <= 0 || ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, hole) != 0) {
    [[maybe_unused]] const int ignored = ::ftruncate(fd, 0);
  }
}

}  // namespace tranche::simulate
