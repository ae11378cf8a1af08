/// \file
/// Processes that samples left behind: when a slot dies they become the zygote's children.
/// Layer: adapter (simulate). In the zygote only.
#pragma once

#include <sys/types.h>

#include <span>
#include <vector>

#include "slot_watch.hpp"

namespace tranche::simulate {

class Strays {
 public:
  /// The present children are no strays: what tranche_load started stays.
  void keep_present();
  /// From now on they are.
  void keep_none() { kept_.clear(); }
  /// Kills every child that is neither a slot nor kept, round by round, since each makes ours the children
  /// of those it kills; at most 20 ms.
  void purge(std::span<const SlotWatch> slots);
  /// The last purge() did not get them all.
  bool left() const noexcept { return left_; }

 private:
  bool kill_round(std::span<const SlotWatch> slots) const;

  std::vector<pid_t> kept_;
  bool left_ = false;
};

}  // namespace tranche::simulate
