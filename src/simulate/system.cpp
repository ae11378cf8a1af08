#include "system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tranche/base/errors.hpp"

namespace tranche::simulate {
namespace {

std::uint64_t read_clock(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

std::uint64_t monotonic_ns() noexcept {
  return read_clock(CLOCK_MONOTONIC);
}
std::uint64_t realtime_ns() noexcept {
  return read_clock(CLOCK_REALTIME);
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, int limit_ms) noexcept {
  const timespec limit{limit_ms / 1000, (limit_ms % 1000) * 1'000'000L};
  ::syscall(SYS_futex, &word, FUTEX_WAIT, value, &limit, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

void FileDescriptor::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

int checked_fd(int fd, const std::string& operation) {
  if (fd < 0) throw Failure{ExitCode::environment, operation + ": " + std::strerror(errno)};
  return fd;
}

MemoryUse memory_use(pid_t pid) noexcept {
  char path[48] = "/proc/self/statm";
  if (pid != 0) std::snprintf(path, sizeof path, "/proc/%d/statm", static_cast<int>(pid));
  const FileDescriptor file{::open(path, O_RDONLY | O_CLOEXEC)};
  char text[160];
  const ssize_t length = file ? ::read(file.get(), text, sizeof text - 1) : -1;
  if (length <= 0) return {};
  text[length] = 0;
  unsigned long long total, resident, shared, code, library, data;
  if (std::sscanf(text, "%llu %llu %llu %llu %llu %llu", &total, &resident, &shared, &code, &library,
                  &data) != 6)
    return {};
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return {resident * page, data * page};
}

void close_descriptors_except(const int* keep, std::size_t count) noexcept {
  DIR* listing = ::opendir("/proc/self/fd");
  if (listing == nullptr) return;
  std::vector<int> found;
  while (const dirent* entry = ::readdir(listing)) {
    if (entry->d_name[0] != '.') found.push_back(std::atoi(entry->d_name));
  }
  const int own = ::dirfd(listing);
  for (const int fd : found) {
    if (fd != own && std::find(keep, keep + count, fd) == keep + count) ::close(fd);
  }
  ::closedir(listing);
}

}  // namespace tranche::simulate
