/// \file
/// The agent's end of one slot's queue.
/// Layer: adapter (simulate).
///
/// The shared memory lies in reach of the slot's user code, so nothing in it is believed: the agent keeps its
/// own copy of what it queued, and takes a copy of each result and row before it checks them. What does not
/// fit together is damage. Of damage nobody knows which of the tasks that the slot has seen did it. They run
/// again, as if for the first time and one after the other; and the verdict is for a task that was alone in a
/// process and a queue in which there had been no other.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "held_rows.hpp"
#include "shared_area.hpp"
#include "tranche/simulate/simulator_host.hpp"

namespace tranche::simulate {

/// Invariant: every cell is free, belongs to one queued task, or to a row that was handed out.
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
  /// Slot dead of damage: queues its tasks anew, for a new process. A task that was the only one since the
  /// queue was set up gets `result` instead. Else those that the slot has seen are shown one at a time from
  /// now on. Returns how many results.
  std::size_t mend(const RunResult& result, std::vector<Finished>& out);
  /// Of a row: its cell can be used again.
  void release(std::uint32_t cell);
  /// Appends up to `most` tasks the slot has not begun, last queued first.
  void take_back(std::uint32_t most, std::vector<Task>& out);

  /// The task that the slot has begun, if there is one.
  std::optional<Running> running() const noexcept;

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
  const Pending& pending(std::uint32_t sequence) const {
    return pending_[sequence & (area_.layout.depth - 1)];
  }
  void enter(const Task& task, std::uint32_t cell);
  TaskEntry entry(const Pending& item) const noexcept;
  /// Takes the result of the next task, and its row; false if the slot did not run that task, or they are not
  /// as it wrote them.
  bool collect_next(std::vector<Finished>& out);
  bool row_intact(const RunResult& result, std::span<const std::byte> row) const noexcept;
  /// `held`: number of the row's copy; valid if the state is ok.
  void hand_out(const Pending& done, const RunResult& result, std::uint32_t held, std::vector<Finished>& out);
  void forget_last(std::vector<Task>& out);

  std::uint32_t slot_;
  SlotArea area_;
  std::size_t output_bytes_;
  std::vector<Pending> pending_;           ///< by sequence number, as the shared ring
  std::vector<std::uint32_t> free_cells_;  ///< last freed first: its memory is still in the cache
  HeldRows held_rows_;
  std::vector<std::uint32_t> held_of_cell_;  ///< number of the row's copy
  std::uint32_t founded_ = 0;                ///< the queue was set up with this number as its first
  std::uint32_t submitted_ = 0;
  std::uint32_t published_ = 0;
  std::uint32_t collected_ = 0;
  std::uint32_t suspects_ = 0;  ///< so many tasks more go one at a time
  bool trusted_ = true;
};

}  // namespace tranche::simulate
