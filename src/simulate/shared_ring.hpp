/// \file
/// The queue of one slot: which tasks are waiting, begun and finished, as counters in shared memory.
/// Layer: adapter (simulate). The agent appends and takes back, the slot begins and finishes; when the
/// slot is dead the zygote stands in for it. Sequence numbers are 32 bits wide and wrap, so the depth
/// of a ring must be a power of two.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace tranche::simulate {

/// `end << 32 | begun` in one word: beginning a task and taking tasks back compete for the same tasks,
/// and one compare-and-swap decides each of them.
struct QueueWord {
  std::uint32_t begun = 0;  ///< tasks below this have been begun
  std::uint32_t end = 0;    ///< tasks below this exist

  static QueueWord unpack(std::uint64_t word) noexcept {
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
  }
  std::uint64_t pack() const noexcept { return (std::uint64_t{end} << 32) | begun; }
  std::uint32_t waiting() const noexcept { return end - begun; }
};

/// Invariant: finished <= begun <= end, begun - finished <= 1, end - released <= depth (by the agent).
class TaskCounters {
 public:
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  QueueWord load() const noexcept { return QueueWord::unpack(word_.load(std::memory_order_acquire)); }
  std::uint32_t finished() const noexcept { return finished_.load(std::memory_order_acquire); }

  /// Agent: makes the `count` entries it has just written from `end` on visible.
  void append(std::uint32_t count = 1) noexcept {
    word_.fetch_add(std::uint64_t{count} << 32, std::memory_order_seq_cst);
  }

  /// Agent: takes back up to `most` tasks from the end; returns how many.
  std::uint32_t take_back(std::uint32_t most) noexcept {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    while (true) {
      QueueWord next = QueueWord::unpack(word);
      const std::uint32_t count = next.waiting() < most ? next.waiting() : most;
      if (count == 0) return 0;
      next.end -= count;
      if (word_.compare_exchange_weak(word, next.pack(), std::memory_order_acq_rel)) return count;
    }
  }

  /// Slot: begins the next task. Its entry may be read only afterwards.
  std::optional<std::uint32_t> begin() noexcept {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    while (true) {
      QueueWord next = QueueWord::unpack(word);
      if (next.waiting() == 0) return std::nullopt;
      const std::uint32_t sequence = next.begun++;
      if (word_.compare_exchange_weak(word, next.pack(), std::memory_order_acq_rel)) return sequence;
    }
  }

  /// Slot, or the zygote for a dead one: the oldest begun task has its result.
  void finish() noexcept {
    finished_.store(finished_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  /// Whether the slot is at `sequence`, as its own count says. False: somebody wrote here who may not.
  bool running_is(std::uint32_t sequence) const noexcept {
    return load().begun == sequence + 1 && finished_.load(std::memory_order_relaxed) == sequence;
  }

  struct Progress {
    std::uint32_t finished = 0;
    bool running = false;  ///< the task `finished` has been begun
    bool possible = true;  ///< false: no slot leaves its counters like this
  };
  /// For the zygote. The slot may be counting on at the same time.
  Progress progress(std::uint32_t depth) const noexcept {
    while (true) {
      const std::uint32_t before = finished();
      const QueueWord queue = load();
      if (finished() != before) continue;
      return {before, queue.begun == before + 1, queue.begun - before <= 1 && queue.waiting() <= depth};
    }
  }

  /// Agent, slot dead: an empty queue whose next task is `sequence`.
  void reset(std::uint32_t sequence) noexcept {
    word_.store(QueueWord{sequence, sequence}.pack(), std::memory_order_release);
    finished_.store(sequence, std::memory_order_release);
  }

  /// Zygote, slot dead: the begun task shall run again.
  void unbegin() noexcept {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    while (true) {
      QueueWord next = QueueWord::unpack(word);
      --next.begun;
      if (word_.compare_exchange_weak(word, next.pack(), std::memory_order_acq_rel)) return;
    }
  }

 private:
  alignas(64) std::atomic<std::uint64_t> word_{0};
  alignas(64) std::atomic<std::uint32_t> finished_{0};
};

}  // namespace tranche::simulate
