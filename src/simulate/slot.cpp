#include "slot.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "sample_call.hpp"
#include "slot_accounts.hpp"
#include "slot_upkeep.hpp"
#include "tranche/base/checksum.hpp"
#include "tranche/simulate/evidence.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

/// A wake-up ends the wait; this is for a machine that slept.
constexpr int idle_check_ms = 10'000;
/// Results of longer runs are told at once.
constexpr double told_together_s = 1e-3;
/// Set in a child that user code made by fork() and then let return from tranche_eval.
bool is_stray_child = false;
void mark_stray_child() {
  is_stray_child = true;
}

class Slot {
 public:
  Slot(const Setup& setup, Simulator& simulator, std::uint32_t slot);
  [[noreturn]] void run();

 private:
  void take_descriptors();
  void open();
  void settle();
  void wait_for_task();
  void run_task(std::uint32_t sequence);
  void encode(std::uint32_t cell, Outcome& outcome, RunResult& result) const;
  void write_result(const Outcome& outcome, const RunFigures& figures, RunResult& result) const;
  bool keeps(const Outcome& outcome);
  void publish(std::uint32_t sequence, const RunFigures& figures);
  bool worn_out() const noexcept { return worn_out_ || upkeep_->worn_out(); }
  [[noreturn]] void report_damage();
  [[noreturn]] void leave(SlotPhase phase);

  const Setup& setup_;
  Simulator& simulator_;
  std::uint32_t number_;
  SlotArea area_;
  const SlotFiles& files_;
  FileDescriptor wake_fd_;
  FileDescriptor out_fd_;
  FileDescriptor err_fd_;
  FileDescriptor rundir_fd_;
  SampleCall call_;
  SlotAccounts accounts_;
  std::optional<SlotUpkeep> upkeep_;         ///< of the opened simulator
  std::map<std::string, std::size_t> kept_;  ///< runs of a reason
  bool worn_out_ = false;                    ///< replace this process before the next sample
};

Slot::Slot(const Setup& setup, Simulator& simulator, std::uint32_t slot)
    : setup_{setup},
      simulator_{simulator},
      number_{slot},
      area_{setup.memory.slot(slot)},
      files_{setup.files[slot]},
      call_{setup, simulator} {}

/// Copies at high numbers: user code that closes or reuses "the next few" does not hit them.
void Slot::take_descriptors() {
  const auto lift = [](int fd) { return FileDescriptor{::fcntl(fd, F_DUPFD_CLOEXEC, 700)}; };
  wake_fd_ = lift(setup_.wake_fd);
  out_fd_ = lift(files_.out.get());
  err_fd_ = lift(files_.err.get());
  for (const SlotFiles& files : setup_.files) {
    ::close(files.out.get());
    ::close(files.err.get());
  }
  ::close(setup_.wake_fd);
}

void Slot::open() {
  std::error_code ignored;
  std::filesystem::remove_all(files_.rundir, ignored);
  std::filesystem::create_directories(files_.rundir, ignored);
  rundir_fd_.reset(::open(files_.rundir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!rundir_fd_ || ::fchdir(rundir_fd_.get()) != 0) {
    copy_text("private directory " + files_.rundir + ": " + std::strerror(errno), area_.header->open_message);
    ::_exit(1);
  }
  if (const auto refusal = simulator_.open(number_)) {
    copy_text(*refusal, area_.header->open_message);
    ::_exit(1);
  }
  std::fflush(nullptr);
  ::dup2(out_fd_.get(), STDOUT_FILENO);
  ::dup2(err_fd_.get(), STDERR_FILENO);
}

void Slot::run() {
  take_descriptors();
  area_.header->phase.store(SlotPhase::opening);
  open();
  settle();
  area_.header->phase.store(SlotPhase::ready);
  wake_agent(area_.header->armed, wake_fd_.get());
  SlotHeader& header = *area_.header;
  while (true) {
    if (header.closing.load(std::memory_order_relaxed) != 0) {
      simulator_.close();
      leave(SlotPhase::closed);
    }
    if (header.counters.load().waiting() == 0) {
      wait_for_task();
      continue;
    }
    // The start is stored before the task is taken: whoever sees the task begun sees no older start.
    const std::uint64_t now = monotonic_ns();
    header.started_cpu_ns.store(accounts_.cpu_ns(), std::memory_order_relaxed);
    header.started_ns.store(now, std::memory_order_relaxed);
    const auto sequence = header.counters.begin();
    if (!sequence) continue;  // taken back in between
    accounts_.begin(now);
    run_task(*sequence);
    simulator_.clear();
    if (worn_out()) leave(SlotPhase::retired);
  }
}

void Slot::settle() {
  const auto code = simulator_.inside_slot() ? UserCode::inside : UserCode::elsewhere;
  upkeep_.emplace(setup_, *area_.header, rundir_fd_.get(), err_fd_.get(), call_.outputs().mapping(), code);
  ::pthread_atfork(nullptr, nullptr, mark_stray_child);
}

void Slot::wait_for_task() {
  SlotHeader& header = *area_.header;
  header.asleep.store(1, std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // the look below must not come before the word above
  const bool nothing = header.counters.load().waiting() == 0 && header.closing.load() == 0;
  if (nothing) {
    wake_agent(header.armed, wake_fd_.get());
    // The agent clears the word before it wakes us, so a task queued since the check ends the wait at once.
    futex_wait(header.asleep, 1, idle_check_ms);
  }
  header.asleep.store(0, std::memory_order_relaxed);
}

void Slot::run_task(std::uint32_t sequence) {
  const TaskEntry entry = area_.task(sequence);
  errno = 0;
  Outcome outcome = call_.run(entry, *upkeep_);
  if (is_stray_child) ::_exit(0);
  upkeep_->tidy_memory();
  if (!area_.header->counters.running_is(sequence)) report_damage();
  RunResult& result = area_.result(entry.cell);
  call_.check_outputs(outcome);
  if (outcome.state == SampleState::ok) encode(entry.cell, outcome, result);
  if (outcome.state != SampleState::ok && outcome.message.empty()) {
    std::fflush(stderr);
    outcome.message = last_words(err_fd_.get(), area_.header->stderr_mark.load(std::memory_order_relaxed));
  }
  const RunFigures figures = accounts_.end();
  if (keeps(outcome)) {
    const auto mark = area_.header->stderr_mark.load(std::memory_order_relaxed);
    simulator_.keep(entry, {out_fd_.get(), err_fd_.get(), mark});
  }
  result.tag = sequence + 1;
  result.task = entry;
  write_result(outcome, figures, result);
  worn_out_ = worn_out_ || outcome.replace;
  upkeep_->tidy_process(figures);
  publish(sequence, figures);
}

/// A campaign keeps no more than the first ones of a reason: nor does a slot.
bool Slot::keeps(const Outcome& outcome) {
  if (setup_.options.keep == Keep::all) return true;
  return is_failure(outcome.state) && kept_[outcome.reason]++ < EvidenceLimits{}.runs;
}

/// Short runs wake the agent in groups: it has other results to look at, and this slot other tasks.
void Slot::publish(std::uint32_t sequence, const RunFigures& figures) {
  SlotHeader& header = *area_.header;
  header.counters.finish();
  const std::uint32_t finished = sequence + 1;
  const auto beyond = static_cast<std::int32_t>(finished - header.wake_at.load(std::memory_order_relaxed));
  if (beyond < 0 && figures.wall_s < told_together_s && !worn_out()) return;
  if (!wake_agent(header.armed, wake_fd_.get())) worn_out_ = true;
}

/// The zygote replaces the process and the agent sets up its queue anew.
void Slot::report_damage() {
  area_.header->damaged.store(1);
  ::_exit(0);
}

void Slot::encode(std::uint32_t cell, Outcome& outcome, RunResult& result) const {
  const auto row = area_.row(cell);
  const auto outputs = row.first(setup_.codec.output_bytes());
  const auto verdict = setup_.codec.encode_arrays(call_.outputs().starts(), row);
  if (!verdict.ok) {
    outcome = {SampleState::failed, verdict.reason, clean_message(verdict.message), outcome.replace,
               outcome.program};
    return;
  }
  result.checksum = checksum64(outputs);  // encode() left no NaN but the canonical one
  const auto meta = std::as_bytes(call_.meta());
  if (meta.empty()) return;
  std::memcpy(row.data() + outputs.size(), meta.data(), meta.size());
  result.meta_checksum = checksum64(meta);
}

void Slot::write_result(const Outcome& outcome, const RunFigures& figures, RunResult& result) const {
  result.wall_s = figures.wall_s;
  result.cpu_s = figures.cpu_s;
  result.started_at = figures.started_at;
  result.max_rss_kb = figures.max_rss_kb;
  result.exit_code = 0;
  result.signal = 0;
  if (outcome.program) {
    result.exit_code = outcome.program->exit_code;
    result.signal = outcome.program->signal;
    result.cpu_s = outcome.program->cpu_s;
    result.max_rss_kb = outcome.program->max_rss_kb;
  }
  result.state = static_cast<std::uint8_t>(outcome.state);
  if (outcome.state != SampleState::ok) {
    result.checksum = 0;
    copy_text(outcome.reason, result.reason);
    copy_text(outcome.message, result.message);
  }
  result.seal = result.seal_now();
}

void Slot::leave(SlotPhase phase) {
  std::fflush(nullptr);
  area_.header->phase.store(phase);
  ::_exit(0);
}

}  // namespace

void run_slot(const Setup& setup, Simulator& simulator, std::uint32_t slot) {
  try {
    Slot{setup, simulator, slot}.run();
  } catch (const std::exception& error) {
    copy_text(error.what(), setup.memory.slot(slot).header->open_message);
    ::_exit(1);
  }
}

}  // namespace tranche::simulate
