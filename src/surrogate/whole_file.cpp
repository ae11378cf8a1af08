#include "whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tranche/base/errors.hpp"

namespace tranche::surrogate {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& operation, const fs::path& path, int error) {
  throw IoError{operation + ' ' + path.string() + ": " + std::strerror(error),
                error == ENOSPC || error == EDQUOT ? "free some space, then run it again" : ""};
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags, mode_t mode = 0) : number_{::open(path.c_str(), flags, mode)} {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return number_; }

 private:
  int number_;
};

/// Removed again unless it was renamed.
struct Unfinished {
  fs::path path;
  ~Unfinished() {
    if (!path.empty()) ::unlink(path.c_str());
  }
};

void write_and_sync(const fs::path& path, std::span<const std::byte> bytes) {
  constexpr mode_t everybody = 0666;  // less the user's umask
  const Descriptor file{path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, everybody};
  if (file.get() < 0) fail("create", path, errno);
  while (!bytes.empty()) {
    const auto written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("write", path, written < 0 ? errno : ENOSPC);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) fail("sync", path, errno);
}

}  // namespace

std::vector<std::byte> read_whole(const fs::path& path) {
  const Descriptor file{path, O_RDONLY | O_CLOEXEC};
  struct stat about {};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0) fail("open", path, errno);
  if (!S_ISREG(about.st_mode)) throw IoError{"open " + path.string() + ": not a file"};
  std::vector<std::byte> bytes(static_cast<std::size_t>(about.st_size));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const auto count = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path, errno);
    if (count == 0) break;  // cut off meanwhile: whoever reads the bytes notices
    have += static_cast<std::size_t>(count);
  }
  bytes.resize(have);
  return bytes;
}

void write_whole(const fs::path& path, std::span<const std::byte> bytes) {
  const auto folder = path.has_parent_path() ? path.parent_path() : fs::path{"."};
  Unfinished unfinished{folder /
                        ('.' + path.filename().string() + '.' + std::to_string(::getpid()) + ".new")};
  ::unlink(unfinished.path.c_str());
  write_and_sync(unfinished.path, bytes);
  if (::rename(unfinished.path.c_str(), path.c_str()) != 0) fail("rename to", path, errno);
  unfinished.path.clear();
  const Descriptor directory{folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC};
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) fail("sync", folder, errno);
}

}  // namespace tranche::surrogate
