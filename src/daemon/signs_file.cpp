#include "signs_file.hpp"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "tranche/directory/files.hpp"

namespace tranche::daemon {
namespace fs = std::filesystem;
namespace {

/// Each rank has a page of its own: clients of network file systems write whole pages.
constexpr off_t page = 4096;

class File {
 public:
  File(const fs::path& path, int flags) : fd_{::open(path.c_str(), flags | O_CLOEXEC, 0666)} {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// The parent of a run that was refused may be about to read how it ended.
bool is_old(const fs::path& path) noexcept {
  constexpr auto most = std::chrono::hours{1};
  std::error_code error;
  const auto written = fs::last_write_time(path, error);
  return !error && fs::file_time_type::clock::now() - written > most;
}

}  // namespace

void SignsFile::make(int ranks) const {
  {
    const File file{path_, O_WRONLY | O_CREAT};
    [[maybe_unused]] const int ignored = ::posix_fallocate(file.get(), 0, page * ranks);
  }
  directory::follow_group(path_);
}

void SignsFile::remove() const noexcept {
  ::unlink(path_.c_str());
}

void SignsFile::remove_others() const noexcept {
  std::error_code error;
  const auto own = path_.stem();
  for (fs::directory_iterator at{path_.parent_path(), error}, end; !error && at != end; at.increment(error)) {
    const auto& path = at->path();
    const bool outcome =
        path.extension() == ".json" && path.stem().string().starts_with("outcome-") && is_old(path);
    if ((outcome || path.extension() == path_.extension()) && path.stem() != own) ::unlink(path.c_str());
  }
}

bool SignsFile::write(int rank, std::uint64_t counter) const {
  const File file{path_, O_WRONLY};
  return ::pwrite(file.get(), &counter, sizeof counter, page * rank) == sizeof counter &&
         ::fdatasync(file.get()) == 0;
}

std::vector<std::uint64_t> SignsFile::read(int first, int count) const {
  const File file{path_, O_RDONLY};
  std::vector<std::uint64_t> counters;
  for (int rank = first; rank < first + count; ++rank) {
    std::uint64_t counter = 0;
    if (::pread(file.get(), &counter, sizeof counter, page * rank) != sizeof counter) break;
    counters.push_back(counter);
  }
  return counters;
}

}  // namespace tranche::daemon
