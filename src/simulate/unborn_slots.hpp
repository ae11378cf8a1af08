/// \file
/// Slots for which the machine had no process or memory: they are forked again a little later.
/// Layer: adapter (simulate). In the zygote only. Time is an argument (CLOCK_MONOTONIC).
#pragma once

#include <cstdint>
#include <set>
#include <utility>

namespace tranche::simulate {

class UnbornSlots {
 public:
  /// No fork has worked since one failed.
  bool failing() const noexcept { return fails_since_ns_ != 0; }
  /// A fork failed. False, and the slot is not kept, if that has gone on for `limit_s`.
  bool add(std::uint32_t slot, std::uint64_t now_ns, double limit_s) {
    if (!failing()) fails_since_ns_ = now_ns;
    if (static_cast<double>(now_ns - fails_since_ns_) * 1e-9 > limit_s) return false;
    slots_.insert(slot);
    again_ns_ = now_ns + interval_ns;
    return true;
  }
  /// A fork worked.
  void fork_worked() noexcept { fails_since_ns_ = 0; }
  /// Those to try now, no longer kept here.
  std::set<std::uint32_t> take_due(std::uint64_t now_ns) {
    return now_ns < again_ns_ ? std::set<std::uint32_t>{} : std::exchange(slots_, {});
  }

 private:
  static constexpr std::uint64_t interval_ns = 100'000'000;

  std::set<std::uint32_t> slots_;
  std::uint64_t fails_since_ns_ = 0;
  std::uint64_t again_ns_ = 0;
};

}  // namespace tranche::simulate
