/// \file
/// The agent's end of one slot's queue.
/// Layer: adapter (simulate). The agent keeps its own copy of what it queued: the shared one lies in
/// reach of user code.
#pragma once

#include <cstdint>
#include <vector>

#include "shared_area.hpp"
#include "tranche/simulate/simulator_host.hpp"

namespace tranche::simulate {

/// Invariant: every cell is free, belongs to one queued task, or is held by whoever got its row.
class SlotQueue {
 public:
  SlotQueue(std::uint32_t slot, SlotArea area);

  std::size_t room() const noexcept { return free_cells_.size(); }
  /// Queued and not yet collected.
  std::uint32_t outstanding() const noexcept { return submitted_ - collected_; }

  /// Precondition: room() > 0.
  void submit(const Task& task);
  /// Appends the results published since the last call; returns how many.
  /// \throws Failure{environment} if user code has overwritten the shared counters.
  std::size_t collect(std::vector<Finished>& out);
  void release(std::uint32_t cell) { free_cells_.push_back(cell); }
  /// Appends up to `most` tasks the slot has not begun, last queued first.
  void take_back(std::uint32_t most, std::vector<Task>& out);
  /// Wakes the slot if it sleeps.
  void wake() noexcept;

 private:
  struct Pending {
    Task task;
    std::uint32_t cell = 0;
  };

  Pending& pending(std::uint32_t sequence) { return pending_[sequence & (area_.layout.depth - 1)]; }
  Finished take_result(const Pending& done);

  std::uint32_t slot_;
  SlotArea area_;
  std::vector<Pending> pending_;           ///< by sequence number, as the shared ring
  std::vector<std::uint32_t> free_cells_;  ///< last freed first: its memory is still in the cache
  std::uint32_t submitted_ = 0;
  std::uint32_t collected_ = 0;
};

}  // namespace tranche::simulate
