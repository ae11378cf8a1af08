#include "slot.hpp"

#include <cxxabi.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <new>
#include <optional>
#include <vector>

#include "call_trap.hpp"
#include "captured_output.hpp"
#include "output_arena.hpp"
#include "process_state.hpp"
#include "process_tree.hpp"
#include "slot_accounts.hpp"
#include "surroundings.hpp"
#include "tranche/base/checksum.hpp"
#include "tranche/base/sample_state.hpp"
#include "variables.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
/// A wake-up ends the wait; this is for a machine that slept.
constexpr int idle_check_ms = 10'000;
/// Where calls go unnoticed, brief runs are looked after together, this often.
constexpr std::uint64_t look_interval_ns = 1'000'000;

/// Set in a child that user code made by fork() and then let return from tranche_eval.
bool is_stray_child = false;
void mark_stray_child() {
  is_stray_child = true;
}

std::vector<std::size_t> output_sizes(const campaign::CampaignSpec& spec) {
  std::vector<std::size_t> sizes;
  for (const auto& output : spec.outputs) sizes.push_back(static_cast<std::size_t>(output.size));
  return sizes;
}

/// How a run ended, before it is written to shared memory.
struct Outcome {
  SampleState state = SampleState::ok;
  std::string reason;
  std::string message;
  bool replace = false;  ///< the process is not fit for another sample
};

class Slot {
 public:
  explicit Slot(const SlotBirth& birth);
  [[noreturn]] void run();

 private:
  void take_descriptors();
  void open();
  void settle();
  void limit_memory();
  void limit_processes();
  void wait_for_task();
  void run_task(std::uint32_t sequence);
  void prepare(const TaskEntry& entry);
  Outcome call_plugin(const TaskEntry& entry);
  Outcome judge(int code);
  Outcome said(SampleState state, const char* fallback) const;
  void check_outputs(Outcome& outcome);
  void encode(std::uint32_t cell, Outcome& outcome, RunResult& result);
  void write_result(const Outcome& outcome, const RunFigures& figures, RunResult& result) const;
  void publish(std::uint32_t sequence, const RunFigures& figures);
  void tidy_memory();
  void tidy_process(const RunFigures& figures);
  bool hoards_memory() const;
  void mark_stderr();
  [[noreturn]] void report_damage();
  [[noreturn]] void leave(SlotPhase phase);

  const Setup& setup_;
  const Plugin& plugin_;
  PluginInfo& info_;
  void* shared_;
  std::uint32_t number_;
  SlotArea area_;
  const SlotFiles& files_;
  FileDescriptor wake_fd_;
  FileDescriptor out_fd_;
  FileDescriptor err_fd_;
  FileDescriptor rundir_fd_;
  OutputArena outputs_;
  std::vector<double> x_;
  std::vector<double> meta_;
  tranche_result said_{};
  double deadline_s_;
  SlotAccounts accounts_;
  std::optional<CallTrap> trap_;  ///< this and the next two: after tranche_open
  std::optional<Variables> variables_;
  std::optional<ProcessState> process_;
  std::uint64_t open_data_bytes_ = 0;
  std::uint64_t looked_ns_ = 0;
  bool made_calls_ = true;
  void* state_ = nullptr;
  bool worn_out_ = false;  ///< replace this process before the next sample
};

Slot::Slot(const SlotBirth& birth)
    : setup_{birth.setup},
      plugin_{birth.plugin},
      info_{birth.info},
      shared_{birth.shared},
      number_{birth.slot},
      area_{birth.setup.memory.slot(birth.slot)},
      files_{birth.setup.files[birth.slot]},
      outputs_{output_sizes(birth.setup.spec)},
      x_(birth.info.inputs()),
      meta_(birth.setup.codec.meta_count()),
      deadline_s_{birth.setup.spec.simulator.timeout_s.value_or(std::numeric_limits<double>::infinity())} {
  said_.size = sizeof said_;
  said_.n_meta = meta_.size();
  said_.meta = meta_.data();
}

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
  info_.set_slot(number_);
  info_.clear_message();
  if (plugin_.open != nullptr && plugin_.open(&info_.get(), shared_, &state_) != 0) {
    const std::string text = info_.message();
    copy_text(text.empty() ? "no reason given" : text, area_.header->open_message);
    ::_exit(1);
  }
  std::fflush(nullptr);
  ::dup2(out_fd_.get(), STDOUT_FILENO);
  ::dup2(err_fd_.get(), STDERR_FILENO);
}

void Slot::limit_memory() {
  const MemoryUse use = memory_use(0);
  open_data_bytes_ = use.data;
  area_.header->open_rss_bytes.store(use.resident, std::memory_order_relaxed);
  const auto& limit = setup_.spec.simulator.memory_bytes;
  if (!limit) return;
  const rlimit data{use.data + *limit, use.data + *limit};
  ::setrlimit(RLIMIT_DATA, &data);
}

/// A net below the zygote's count: it holds for ordinary users only, and for all their processes on the
/// machine together. So it is set above what they have now and all slots may have.
void Slot::limit_processes() {
  rlimit present{};
  ::getrlimit(RLIMIT_NPROC, &present);
  const rlim_t wanted =
      user_process_limit(tasks_on_machine(), setup_.options.slots, setup_.spec.resources.threads);
  if (wanted >= present.rlim_cur) return;
  const rlimit limit{wanted, present.rlim_max};
  ::setrlimit(RLIMIT_NPROC, &limit);
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
      if (plugin_.close != nullptr) plugin_.close(state_);
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
    if (worn_out_) leave(SlotPhase::retired);
  }
}

/// From here on the process is as every sample shall find it.
void Slot::settle() {
  unblock_signals();
  limit_memory();
  limit_processes();
  install_crash_notes(*area_.header, outputs_.mapping());
  trap_.emplace();
  variables_.emplace();
  process_.emplace(rundir_fd_.get(), setup_.spec.resources.threads);
  tidy_memory();
  if (!process_->restore_basics()) worn_out_ = true;
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
  Outcome outcome = call_plugin(entry);
  if (is_stray_child) ::_exit(0);
  tidy_memory();
  if (!area_.header->counters.running_is(sequence)) report_damage();
  RunResult& result = area_.result(entry.cell);
  check_outputs(outcome);
  if (outcome.state == SampleState::ok) encode(entry.cell, outcome, result);
  if (outcome.state != SampleState::ok && outcome.message.empty()) {
    std::fflush(stderr);
    outcome.message = last_words(err_fd_.get(), area_.header->stderr_mark.load(std::memory_order_relaxed));
  }
  const RunFigures figures = accounts_.end();
  result.tag = sequence + 1;
  result.task = entry;
  write_result(outcome, figures, result);
  worn_out_ = worn_out_ || outcome.replace;
  tidy_process(figures);
  publish(sequence, figures);
}

/// Short runs wake the agent in groups: it has other results to look at, and this slot other tasks.
void Slot::publish(std::uint32_t sequence, const RunFigures& figures) {
  SlotHeader& header = *area_.header;
  header.counters.finish();
  const std::uint32_t finished = sequence + 1;
  const auto beyond = static_cast<std::int32_t>(finished - header.wake_at.load(std::memory_order_relaxed));
  if (beyond < 0 && figures.wall_s < seconds(short_run_ns) && !worn_out_) return;
  if (!wake_agent(header.armed, wake_fd_.get())) worn_out_ = true;
}

/// The zygote replaces the process and the agent sets up its queue anew.
void Slot::report_damage() {
  area_.header->damaged.store(1);
  ::_exit(0);
}

void Slot::prepare(const TaskEntry& entry) {
  setup_.inputs.evaluate(entry.index, x_);
  outputs_.clear();
  std::fill(meta_.begin(), meta_.end(), not_a_number);
  said_.reason[0] = 0;
  said_.message[0] = 0;
}

Outcome Slot::call_plugin(const TaskEntry& entry) {
  made_calls_ = true;
  try {
    prepare(entry);
    tranche_task task{};
    task.size = sizeof task;
    task.index = entry.index;
    task.stage = entry.stage;
    task.attempt = entry.attempt;
    task.seed = setup_.inputs.seed_of ? setup_.inputs.seed_of(entry.index) : entry.index;
    task.deadline_s = deadline_s_;
    task.rundir = files_.rundir.c_str();
    task.x = x_.data();
    task.nx = x_.size();
    trap_->arm();
    const int code = plugin_.eval(state_, &task, outputs_.starts().data(), &said_);
    made_calls_ = trap_->disarm();
    return judge(code);
  } catch (const abi::__forced_unwind&) {
    ::_exit(0);  // pthread_exit(): it can neither be stopped here nor go on
  } catch (const std::bad_alloc&) {
    return {SampleState::crashed, "memory", "out of memory (std::bad_alloc)", true};
  } catch (const std::exception& error) {
    return {SampleState::failed, "exception", clean_message(error.what()), false};
  } catch (...) {
    return {SampleState::failed, "exception", "something that is no std::exception was thrown", false};
  }
}

Outcome Slot::judge(int code) {
  switch (code) {
    case TRANCHE_OK:
      return {};
    case TRANCHE_FAILED:
      return said(SampleState::failed, "error");
    case TRANCHE_BAD_POINT:
      return said(SampleState::invalid, "bad_point");
    default:
      return {SampleState::failed, "error", "tranche_eval returned " + std::to_string(code), false};
  }
}

Outcome Slot::said(SampleState state, const char* fallback) const {
  return {state, clean_reason(bounded(said_.reason), fallback), clean_message(bounded(said_.message)), false};
}

void Slot::encode(std::uint32_t cell, Outcome& outcome, RunResult& result) {
  const auto row = area_.row(cell);
  const auto outputs = row.first(setup_.codec.output_bytes());
  const auto verdict = setup_.codec.encode_arrays(outputs_.starts(), row);
  if (!verdict.ok) {
    outcome = {SampleState::failed, verdict.reason, clean_message(verdict.message), false};
    return;
  }
  result.checksum = checksum64(outputs);  // encode() left no NaN but the canonical one
  if (meta_.empty()) return;
  const auto meta = std::as_bytes(std::span{meta_});
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
  result.state = static_cast<std::uint8_t>(outcome.state);
  if (outcome.state != SampleState::ok) {
    result.checksum = 0;
    copy_text(outcome.reason, result.reason);
    copy_text(outcome.message, result.message);
  }
  result.seal = result.seal_now();
}

void Slot::check_outputs(Outcome& outcome) {
  const auto output = outputs_.overwritten();
  if (!output) return;
  outcome = {SampleState::crashed, "overrun",
             "wrote next to output `" + setup_.spec.outputs[*output].name + "`", true};
}

/// Undoes what a sample may have changed without a system call. First of all: we want to compute, too.
void Slot::tidy_memory() {
  trap_->lift();
  reset_floating_point();
  variables_->restore();
}

/// Undoes what it may have changed with system calls.
void Slot::tidy_process(const RunFigures& figures) {
  if (!made_calls_ && !ProcessState::has_threads()) return;
  const std::uint64_t now = monotonic_ns();
  const bool noticed = trap_->available() && !ProcessState::has_threads();
  if (!noticed && figures.wall_s < seconds(short_run_ns) && now - looked_ns_ < look_interval_ns) {
    if (!process_->restore_basics()) worn_out_ = true;
    return;
  }
  if (!process_->restore() || (now - looked_ns_ > look_interval_ns && hoards_memory())) worn_out_ = true;
  looked_ns_ = now;
  mark_stderr();
}

/// The memory limit is for one sample, not for what all before it have kept.
bool Slot::hoards_memory() const {
  const auto& limit = setup_.spec.simulator.memory_bytes;
  return limit && memory_use(0).data > open_data_bytes_ + *limit / 2;
}

/// Remembers where the captured stderr stands, so that a later failure quotes its own words only.
void Slot::mark_stderr() {
  struct stat status {};
  if (::fstat(err_fd_.get(), &status) != 0) {
    worn_out_ = true;
    return;
  }
  if (static_cast<std::uint64_t>(status.st_blocks) * 512 > captured_limit_bytes) trim_captured(err_fd_.get());
  area_.header->stderr_mark.store(static_cast<std::uint64_t>(status.st_size), std::memory_order_relaxed);
}

void Slot::leave(SlotPhase phase) {
  std::fflush(nullptr);
  area_.header->phase.store(phase);
  ::_exit(0);
}

}  // namespace

void run_slot(const SlotBirth& birth) {
  try {
    Slot{birth}.run();
  } catch (const std::exception& error) {
    copy_text(error.what(), birth.setup.memory.slot(birth.slot).header->open_message);
    ::_exit(1);
  }
}

}  // namespace tranche::simulate
