/// \file
/// Time and memory a worker took for one sample, seen from its slot.
/// Layer: adapter (simulate).
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>

#include "child_process.hpp"

namespace tranche::simulate {

/// One stopwatch for all samples of a worker. Its CPU clock is read after every sample (about 1 us); what its
/// own children used and its peak memory cost files of /proc, so they are read after samples of 5 ms or more
/// and after one in 256 others. The peak starts anew after a sample of 5 ms or more.
class WorkerAccounts {
 public:
  /// From now on; what it used before was its start.
  explicit WorkerAccounts(pid_t pid);

  /// A sample has ended, after `wall_ns`.
  void count(std::uint64_t wall_ns);
  /// The worker has ended during a sample: what it used from its birth on, and the peak of its life.
  void count_end(const ProgramEnd& end) noexcept;
  /// From the worker's birth to the end of the last sample, nanoseconds.
  std::uint64_t used_ns() const noexcept { return own_ns_ + awaited_ns_; }
  /// Of the last sample, threads and awaited children included.
  double cpu_s() const noexcept { return cpu_s_; }
  /// Peak resident size of the worker itself, kB (1024 bytes).
  std::int64_t max_rss_kb() const noexcept { return max_rss_kb_; }

 private:
  std::uint64_t clock_ns() const noexcept;
  std::uint64_t children_ns() const;
  void read_peak();

  pid_t pid_;
  clockid_t clock_{};
  bool has_clock_ = false;
  std::uint64_t own_ns_ = 0;
  std::uint64_t awaited_ns_ = 0;
  double cpu_s_ = 0;
  std::int64_t max_rss_kb_ = 0;
  std::int64_t inherited_kb_ = 0;  ///< peak of the process that started it
  std::uint32_t unread_ = 0;
};

}  // namespace tranche::simulate
