#include "slot_queue.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "system.hpp"
#include "tranche/base/checksum.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

/// A slot that sees so many tasks is shown the next ones in groups: each showing costs both sides a
/// cache miss.
constexpr std::uint32_t plenty = 32;
constexpr std::uint32_t group = 16;
constexpr std::uint32_t most_before_wake = 128;

/// A figure user code may have written over.
double plausible(double value) {
  return std::isfinite(value) && value > 0 ? value : 0;
}

}  // namespace

SlotQueue::SlotQueue(std::uint32_t slot, SlotArea area, std::size_t output_bytes)
    : slot_{slot},
      area_{area},
      output_bytes_{output_bytes},
      pending_(area.layout.depth),
      held_rows_{area.layout.row_bytes},
      held_of_cell_(area.layout.depth) {
  free_cells_.reserve(area.layout.depth);
  for (std::uint32_t cell = area.layout.depth; cell > 0; --cell) free_cells_.push_back(cell - 1);
}

bool SlotQueue::submit(const Task& task) {
  const std::uint32_t cell = free_cells_.back();
  free_cells_.pop_back();
  enter(task, cell);
  if (!trusted_) return false;
  const std::uint32_t visible = published_ - collected_;
  if (visible >= plenty && submitted_ - published_ < group) return false;
  return publish();
}

void SlotQueue::enter(const Task& task, std::uint32_t cell) {
  pending(submitted_) = {task, cell};
  area_.task(submitted_) = entry(pending(submitted_));
  ++submitted_;
}

TaskEntry SlotQueue::entry(const Pending& item) const noexcept {
  const Task& task = item.task;
  return {task.index, item.cell, task.revision, task.stage, task.attempt, task.timeout_s, task.with};
}

bool SlotQueue::publish() noexcept {
  if (published_ == submitted_ || !trusted_) return false;
  if (suspects_ > 0 && published_ != collected_) return false;
  const std::uint32_t count = suspects_ > 0 ? 1 : submitted_ - published_;
  // A suspect before this one may have written over it while it waited.
  if (suspects_ > 0) area_.task(published_) = entry(pending(published_));
  area_.header->counters.append(count);
  published_ += count;
  wake();
  return true;
}

void SlotQueue::wake() noexcept {
  auto& asleep = area_.header->asleep;
  if (asleep.load(std::memory_order_seq_cst) == 0) return;
  asleep.store(0, std::memory_order_seq_cst);
  futex_wake(asleep);
}

void SlotQueue::arm() noexcept {
  SlotHeader& header = *area_.header;
  const std::uint32_t wanted = std::clamp(outstanding() / 2, 1u, most_before_wake);
  header.wake_at.store(collected_ + wanted, std::memory_order_relaxed);
  header.armed.store(1, std::memory_order_seq_cst);
}

bool SlotQueue::disarm() noexcept {
  return area_.header->armed.exchange(0, std::memory_order_seq_cst) == 0;
}

std::size_t SlotQueue::collect(std::vector<Finished>& out) {
  if (!trusted_) return 0;
  const std::uint32_t finished = area_.header->counters.finished();
  const std::uint32_t first = collected_;
  // Only the agent moves the end: the slot would stop short of another one for ever.
  if (finished == first && area_.header->counters.load().end != published_) trusted_ = false;
  if (finished - first > published_ - first) trusted_ = false;
  while (trusted_ && collected_ != finished) {
    trusted_ = collect_next(out);
    if (trusted_) ++collected_;
  }
  suspects_ -= std::min(suspects_, collected_ - first);
  return collected_ - first;
}

bool SlotQueue::collect_next(std::vector<Finished>& out) {
  const Pending& done = pending(collected_);
  RunResult result;
  result.copy_from(area_.result(done.cell));
  if (result.tag != collected_ + 1 || result.task != entry(done) || result.seal != result.seal_now())
    return false;
  std::uint32_t held = 0;
  if (sample_state_from(result.state) == SampleState::ok) {
    held = held_rows_.hold(area_.row(done.cell));
    if (!row_intact(result, held_rows_.row(held))) {
      held_rows_.drop(held);
      return false;
    }
  }
  hand_out(done, result, held, out);
  return true;
}

bool SlotQueue::row_intact(const RunResult& result, std::span<const std::byte> row) const noexcept {
  if (checksum64(row.first(output_bytes_)) != result.checksum) return false;
  const auto meta = row.subspan(output_bytes_);
  return meta.empty() || checksum64(meta) == result.meta_checksum;
}

void SlotQueue::hand_out(const Pending& done, const RunResult& result, std::uint32_t held,
                         std::vector<Finished>& out) {
  Finished& run = out.emplace_back();
  RunRecord& record = run.record;
  const auto state = sample_state_from(result.state);
  record.id = RunId{done.task.revision, done.task.index, done.task.attempt};
  record.slot = static_cast<std::uint16_t>(slot_);
  record.exit_code = result.exit_code;
  record.signal = result.signal;
  record.wall_s = plausible(result.wall_s);
  record.cpu_s = plausible(result.cpu_s);
  record.max_rss_kb = std::max<std::int64_t>(result.max_rss_kb, 0);
  record.started_at = plausible(result.started_at);
  if (state == SampleState::ok) {
    record.state = *state;
    record.checksum = result.checksum;
    run.row = held_rows_.row(held);
    held_of_cell_[done.cell] = held;
    run.ticket = (std::uint64_t{slot_} + 1) << 32 | done.cell;
    return;
  }
  const bool finished = state && *state != SampleState::pending && *state != SampleState::excluded;
  record.state = finished ? *state : SampleState::crashed;
  record.reason = clean_reason(bounded(result.reason), "overrun");
  record.message = clean_message(bounded(result.message));
  free_cells_.push_back(done.cell);
}

std::size_t SlotQueue::mend(const RunResult& result, std::vector<Finished>& out) {
  std::vector<Pending> tasks;
  for (std::uint32_t k = collected_; k != submitted_; ++k) tasks.push_back(pending(k));
  const std::uint32_t seen = published_ - collected_;
  const bool alone = seen == 1 && collected_ == founded_;
  // Fresh numbers: no result that still lies there can be taken for a new one's.
  founded_ = collected_ = published_ = submitted_ += area_.layout.depth;
  area_.header->counters.reset(submitted_);
  area_.header->armed.store(0, std::memory_order_relaxed);
  trusted_ = true;
  suspects_ = alone ? suspects_ - std::min(suspects_, 1u) : std::max(suspects_, seen);
  if (alone) hand_out(tasks.front(), result, 0, out);
  for (std::size_t k = alone ? 1 : 0; k < tasks.size(); ++k) enter(tasks[k].task, tasks[k].cell);
  publish();
  return alone ? 1 : 0;
}

std::optional<Running> SlotQueue::running() const noexcept {
  const auto at = area_.header->counters.progress(area_.layout.depth);
  if (!trusted_ || !at.possible || !at.running || at.finished - collected_ >= published_ - collected_)
    return std::nullopt;
  const std::uint64_t now = monotonic_ns();
  const std::uint64_t began = std::min(now, area_.header->started_ns.load(std::memory_order_relaxed));
  return Running{pending(at.finished).task, static_cast<std::uint16_t>(slot_),
                 static_cast<double>(now - began) / 1e9};
}

void SlotQueue::release(std::uint32_t cell) {
  held_rows_.drop(held_of_cell_[cell]);
  free_cells_.push_back(cell);
}

void SlotQueue::forget_last(std::vector<Task>& out) {
  --submitted_;
  out.push_back(pending(submitted_).task);
  free_cells_.push_back(pending(submitted_).cell);
}

void SlotQueue::take_back(std::uint32_t most, std::vector<Task>& out) {
  if (!trusted_) return;
  for (; most > 0 && submitted_ != published_; --most) forget_last(out);
  if (submitted_ != published_) return;
  // User code may have made the queue longer than it is.
  const std::uint32_t seen = published_ - collected_;
  std::uint32_t count = area_.header->counters.take_back(std::min(most, seen));
  for (; count > 0; --count) forget_last(out);
  published_ = submitted_;
}

}  // namespace tranche::simulate
