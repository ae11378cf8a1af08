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
  /// `output_bytes`: of a row; its meta numbers follow.
  SlotQueue(std::uint32_t slot, SlotArea area, std::size_t output_bytes);

  std::size_t room() const noexcept { return free_cells_.size(); }
  /// Queued and not yet collected.
  std::uint32_t outstanding() const noexcept { return submitted_ - collected_; }

  /// The slot sees the task at once if it has little else to do, or else with the next publish().
  /// True if it was published. Precondition: room() > 0.
  bool submit(const Task& task);
  /// Shows the slot what it has not seen yet; false if there was nothing.
  bool publish() noexcept;
  /// Appends the results published since the last call; returns how many. Stops for good at the first
  /// thing user code must have written: see trusted().
  std::size_t collect(std::vector<Finished>& out);
  /// False once the shared memory held what no slot writes: the slot must die, and mend() follow.
  bool trusted() const noexcept { return trusted_; }
  /// Slot dead: queues its tasks anew. If the slot had seen a single one, that one was running and
  /// gets `result` instead; if several, nobody knows which, and they are shown one at a time now. So is a
  /// single one that had finished with what it was not given: an earlier sample may have done it. When it
  /// happens again to the same one alone, it gets `result`. Returns how many results.
  std::size_t mend(const RunResult& result, std::vector<Finished>& out);
  void release(std::uint32_t cell) { free_cells_.push_back(cell); }
  /// Appends up to `most` tasks the slot has not begun, last queued first.
  void take_back(std::uint32_t most, std::vector<Task>& out);

  /// Asks for a wake-up when about half of the tasks are done, or none is left.
  void arm() noexcept;
  /// No wake-up any more. True if the slot has sent one, or is about to.
  bool disarm() noexcept;
  /// Wakes the slot if it sleeps.
  void wake() noexcept;

 private:
  struct Pending {
    Task task;
    std::uint32_t cell = 0;
  };

  Pending& pending(std::uint32_t sequence) { return pending_[sequence & (area_.layout.depth - 1)]; }
  void enter(const Task& task, std::uint32_t cell);
  TaskEntry entry(const Pending& item) const noexcept;
  /// Whether the slot ran the task that was queued under this number, and its result and row are still
  /// as it wrote them.
  bool intact(const RunResult& result) noexcept;
  bool row_intact(const RunResult& result) const noexcept;
  void hand_out(const Pending& done, const RunResult& result, std::vector<Finished>& out);
  void forget_last(std::vector<Task>& out);

  std::uint32_t slot_;
  SlotArea area_;
  std::size_t output_bytes_;
  std::vector<Pending> pending_;           ///< by sequence number, as the shared ring
  std::vector<std::uint32_t> free_cells_;  ///< last freed first: its memory is still in the cache
  std::uint32_t submitted_ = 0;
  std::uint32_t published_ = 0;
  std::uint32_t collected_ = 0;
  std::uint32_t suspects_ = 0;  ///< so many tasks more go one at a time
  bool trusted_ = true;
  bool altered_ = false;  ///< not trusted for a finished task: who wrote there may be another one
};

}  // namespace tranche::simulate
