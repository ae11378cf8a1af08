#include "slot_queue.hpp"

#include <string>

#include "system.hpp"
#include "tranche/base/errors.hpp"
#include "words.hpp"

namespace tranche::simulate {

SlotQueue::SlotQueue(std::uint32_t slot, SlotArea area)
    : slot_{slot}, area_{area}, pending_(area.layout.depth) {
  free_cells_.reserve(area.layout.depth);
  for (std::uint32_t cell = area.layout.depth; cell > 0; --cell) free_cells_.push_back(cell - 1);
}

void SlotQueue::submit(const Task& task) {
  const std::uint32_t cell = free_cells_.back();
  free_cells_.pop_back();
  pending(submitted_) = {task, cell};
  area_.task(submitted_) = {task.index, cell, task.revision, task.stage, task.attempt};
  ++submitted_;
  area_.header->counters.append();
  wake();
}

void SlotQueue::wake() noexcept {
  auto& asleep = area_.header->asleep;
  if (asleep.load(std::memory_order_seq_cst) == 0) return;
  asleep.store(0, std::memory_order_seq_cst);
  futex_wake(asleep);
}

std::size_t SlotQueue::collect(std::vector<Finished>& out) {
  const std::uint32_t finished = area_.header->counters.finished();
  const std::uint32_t count = finished - collected_;
  if (count > outstanding())
    throw Failure{ExitCode::environment, "the counters of slot " + std::to_string(slot_) +
                                             " are damaged: the plug-in wrote to memory that is not its own"};
  for (; collected_ != finished; ++collected_) out.push_back(take_result(pending(collected_)));
  return count;
}

Finished SlotQueue::take_result(const Pending& done) {
  const RunResult& result = area_.result(done.cell);
  Finished run;
  run.record.id = RunId{done.task.revision, done.task.index, done.task.attempt};
  run.record.state = sample_state_from(result.state).value_or(SampleState::crashed);
  run.record.slot = static_cast<std::uint16_t>(slot_);
  run.record.exit_code = result.exit_code;
  run.record.signal = result.signal;
  run.record.wall_s = result.wall_s;
  run.record.cpu_s = result.cpu_s;
  run.record.max_rss_kb = result.max_rss_kb;
  run.record.started_at = result.started_at;
  if (run.record.state == SampleState::ok) {
    run.record.checksum = result.checksum;
    run.row = area_.row(done.cell);
    run.ticket = (std::uint64_t{slot_} + 1) << 32 | done.cell;
    return run;
  }
  run.record.reason = bounded(result.reason);
  run.record.message = bounded(result.message);
  free_cells_.push_back(done.cell);
  return run;
}

void SlotQueue::take_back(std::uint32_t most, std::vector<Task>& out) {
  const std::uint32_t count = area_.header->counters.take_back(most);
  for (std::uint32_t k = 0; k < count; ++k) {
    --submitted_;
    out.push_back(pending(submitted_).task);
    free_cells_.push_back(pending(submitted_).cell);
  }
}

}  // namespace tranche::simulate
