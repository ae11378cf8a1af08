/// \file
/// What agent, zygote and slots share: one memory file, an area of agent and zygote, one for each slot.
/// Layer: adapter (simulate).
///
/// A slot maps its own area only, so user code can scribble over nothing else. What lies in a slot's area
/// is checked by whoever reads it: counters by progress() and against the agent's own count, results by
/// their sequence number, the task they echo, their seal and the checksums of
/// their row. A slot that fails a check is killed, and the agent sets its queue up anew.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "shared_ring.hpp"

namespace tranche::simulate {

/// Where the zygote is, so that its death can be explained.
enum class ZygotePhase : std::uint32_t { starting, opening_library, loading, serving };

/// Where a slot process is.
enum class SlotPhase : std::uint32_t {
  absent,
  opening,  ///< in tranche_open
  ready,    ///< runs samples, or waits for one
  retired,  ///< left by itself between two samples, to be replaced by a fresh process
  closed    ///< orderly end
};

/// Where the address lay that a crash was about.
enum class CrashPlace : std::int32_t { unknown, outputs, stack };

/// A task as the slot reads it.
struct TaskEntry {
  std::uint64_t index = 0;
  std::uint32_t cell = 0;  ///< where its result and row go
  std::uint16_t revision = 1;
  std::uint8_t stage = 1;
  std::uint8_t attempt = 0;
  double timeout_s = 0;    ///< wall time limit of this run; 0: the campaign's
  std::uint64_t with = 0;  ///< other values of constants (task_settings.hpp); 0: none

  bool operator==(const TaskEntry&) const = default;
};

inline constexpr std::size_t reason_bytes = 64;
inline constexpr std::size_t message_bytes = 512;

/// A finished run as the slot (or the zygote, for a dead slot) writes it. Texts end in zero and are
/// valid only if state is not ok. A later sample of the same slot can write over it until the agent
/// collects it, hence the seal.
struct RunResult {
  std::uint64_t seal = 0;  ///< XXH3-64 of what follows; up to the texts if state is ok
  std::uint32_t tag = 0;   ///< sequence + 1 of the task it belongs to: empty memory belongs to none
  TaskEntry task;          ///< as the slot read it
  double wall_s = 0;
  double cpu_s = 0;
  double started_at = 0;
  std::uint64_t checksum = 0;       ///< of the row's outputs; valid if state is ok
  std::uint64_t meta_checksum = 0;  ///< of the row's meta numbers, likewise
  std::int64_t max_rss_kb = 0;
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;
  std::uint8_t state = 0;
  char reason[reason_bytes];
  char message[message_bytes];

  std::uint64_t seal_now() const noexcept;
  /// Leaves the texts out if `other` has none.
  void copy_from(const RunResult& other) noexcept;
};

/// Out of reach of slots.
struct HostHeader {
  alignas(64) std::atomic<std::uint32_t> armed{0};    ///< the agent wants a wake-up by the zygote
  alignas(64) std::atomic<std::uint32_t> resting{0};  ///< the zygote sleeps until the agent stirs it
  alignas(64) std::atomic<std::uint32_t> closing{0};
  std::atomic<ZygotePhase> zygote{ZygotePhase::starting};
};

/// Of one slot, out of reach of slots: the zygote asks the agent to set the queue up anew.
struct SlotVerdict {
  /// Of all tasks that had a limit of their own: what a task in reach of user code says is believed up to
  /// this.
  std::atomic<double> longest_timeout_s{0};
  std::atomic<std::uint32_t> damaged{0};  ///< 1: set by the zygote when the slot is dead; 0: by the agent
  RunResult result;                       ///< of the task that was running, whichever it was
};

/// Of one slot, in its reach.
struct SlotHeader {
  TaskCounters counters;
  /// Written by the agent.
  alignas(64) std::atomic<std::uint32_t> armed{0};  ///< it wants a wake-up ...
  std::atomic<std::uint32_t> wake_at{0};            ///< ... once so many tasks are finished, or none is left
  std::atomic<std::uint32_t> closing{0};
  /// Written by the slot.
  alignas(64) std::atomic<std::uint32_t> asleep{0};      ///< futex word: 1 while the slot waits for tasks
  alignas(64) std::atomic<std::uint64_t> started_ns{0};  ///< CLOCK_MONOTONIC of the begun task
  std::atomic<std::uint64_t> started_cpu_ns{0};
  std::atomic<std::uint64_t> program_cpu_ns{0};  ///< of a worker: up to the end of its last sample; of a
                                                 ///< command: of attempts at this run that have ended
  std::atomic<std::uint64_t> stderr_mark{0};  ///< size of the captured stderr when the task began
  std::atomic<SlotPhase> phase{SlotPhase::absent};
  std::atomic<std::uint64_t> open_rss_bytes{0};  ///< resident after tranche_open
  std::atomic<std::int32_t> crash_signal{0};     ///< written by the signal handler
  std::atomic<std::int32_t> crash_errno{0};
  std::atomic<std::int32_t> crash_place{0};  ///< CrashPlace
  std::atomic<std::uint32_t> damaged{0};     ///< the slot has found its counters changed
  char open_message[message_bytes] = {};     ///< why tranche_open refused; empty: it did not say
};

/// Sizes of the areas; the same in every process.
struct AreaLayout {
  std::uint32_t depth = 0;  ///< power of two
  std::size_t row_bytes = 0;

  /// Depth 0: as many rows as fit in 32 MiB, 4 to 4096; rounded down to a power of two.
  static AreaLayout choose(std::size_t row_bytes, std::uint32_t depth);
  std::size_t row_stride() const noexcept;
  std::size_t slot_bytes() const noexcept;  ///< whole pages
};

/// Pointers into the area of one slot.
struct SlotArea {
  SlotHeader* header = nullptr;
  TaskEntry* tasks = nullptr;
  RunResult* results = nullptr;
  std::byte* rows = nullptr;
  AreaLayout layout;

  TaskEntry& task(std::uint32_t sequence) const noexcept { return tasks[sequence & (layout.depth - 1)]; }
  RunResult& result(std::uint32_t cell) const noexcept { return results[cell & (layout.depth - 1)]; }
  std::span<std::byte> row(std::uint32_t cell) const noexcept {
    return {rows + (cell & (layout.depth - 1)) * layout.row_stride(), layout.row_bytes};
  }
};

/// The mapping. Inherited over fork; unmapped by the destructor of whoever still has it.
class SharedMemory {
 public:
  /// \throws Failure{environment} if the machine has no memory for it.
  SharedMemory(AreaLayout layout, std::uint32_t slots);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  HostHeader& host() const noexcept { return *host_; }
  SlotVerdict& verdict(std::uint32_t slot) const noexcept { return verdicts_[slot]; }
  SlotArea slot(std::uint32_t slot) const noexcept;
  const AreaLayout& layout() const noexcept { return layout_; }

  /// In a slot process: takes everything but its own area out of reach of user code.
  void keep_only(std::uint32_t slot) noexcept;

 private:
  std::byte* slot_base(std::uint32_t slot) const noexcept;

  AreaLayout layout_;
  std::uint32_t slots_;
  std::byte* base_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t host_bytes_ = 0;
  HostHeader* host_ = nullptr;
  SlotVerdict* verdicts_ = nullptr;
};

/// Wakes the agent if it asked for it in `armed`. False if the descriptor is gone.
bool wake_agent(std::atomic<std::uint32_t>& armed, int wake_fd) noexcept;

}  // namespace tranche::simulate
