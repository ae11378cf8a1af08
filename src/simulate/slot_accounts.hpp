/// \file
/// Time and memory a run took, seen from inside its slot.
/// Layer: adapter (simulate).
#pragma once

#include <cstdint>

namespace tranche::simulate {

/// Figures of one run.
struct RunFigures {
  double wall_s = 0;
  double cpu_s = 0;
  double started_at = 0;  ///< Unix time
  std::int64_t max_rss_kb = 0;
};

/// One stopwatch for all runs of a slot.
///
/// Reading the CPU time used costs as much as some simulators, so it is read at the end of runs of 50 us
/// or more and of one in 256 others. A shorter run cannot have slept for long: its cpu_s is its wall_s,
/// and its max_rss_kb is what was read last.
class SlotAccounts {
 public:
  SlotAccounts();

  /// A run begins at `now_ns` (CLOCK_MONOTONIC).
  void begin(std::uint64_t now_ns) noexcept;
  /// It has ended. Threads of the slot and children it has waited for are included in cpu_s;
  /// max_rss_kb is the peak since the last run of over 5 ms, or of the process if there was none.
  RunFigures end() noexcept;

  /// CPU nanoseconds used up to the end of the last run.
  std::uint64_t cpu_ns() const noexcept { return own_cpu_ns_ + children_cpu_ns_ + unread_ns_; }

 private:
  std::uint64_t started_ns_ = 0;
  std::uint64_t ended_ns_ = 0;
  std::uint64_t own_cpu_ns_ = 0;       ///< when it was last read
  std::uint64_t children_cpu_ns_ = 0;  ///< the same
  std::uint64_t unread_ns_ = 0;        ///< used since, by the wall clock
  std::uint32_t unread_runs_ = 0;
  std::int64_t max_rss_kb_ = 0;
  std::uint64_t clock_checked_ns_ = 0;
  std::int64_t realtime_offset_ns_ = 0;  ///< CLOCK_REALTIME - CLOCK_MONOTONIC
};

/// Runs shorter than this are measured with less effort.
inline constexpr std::uint64_t short_run_ns = 50'000;

}  // namespace tranche::simulate
