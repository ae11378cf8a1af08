/// \file
/// Small pieces of the operating system: clocks, futex, descriptors, memory figures.
/// Layer: adapter (simulate).
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

namespace tranche::simulate {

/// CLOCK_MONOTONIC, nanoseconds: the same in all processes of a host.
std::uint64_t monotonic_ns() noexcept;
/// Unix time, nanoseconds.
std::uint64_t realtime_ns() noexcept;
inline double seconds(std::uint64_t ns) noexcept {
  return static_cast<double>(ns) * 1e-9;
}

/// Sleeps while `word` holds `value`, at most `limit_ms`. May return early.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, int limit_ms) noexcept;
void futex_wake(std::atomic<std::uint32_t>& word) noexcept;

/// Owns a file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) noexcept : fd_{fd} {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    reset(std::exchange(other.fd_, -1));
    return *this;
  }
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

/// `fd`, or Failure{environment} with operation, object and errno's text if it is negative.
int checked_fd(int fd, const std::string& operation);

/// From /proc/<pid>/statm (pid 0: this process), bytes. Zeros if it cannot be read.
struct MemoryUse {
  std::uint64_t resident = 0;
  std::uint64_t data = 0;  ///< private and writable, what RLIMIT_DATA counts
};
MemoryUse memory_use(pid_t pid) noexcept;

/// Numbered directory entries of /proc/self/fd other than those in use by the listing itself.
void close_descriptors_except(const int* keep, std::size_t count) noexcept;

}  // namespace tranche::simulate
