#include "slot.hpp"

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
#include <vector>

#include "captured_output.hpp"
#include "guarded_buffer.hpp"
#include "slot_accounts.hpp"
#include "surroundings.hpp"
#include "tranche/base/sample_state.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr int idle_check_ms = 500;

/// Set in a child that user code made by fork() and then let return from tranche_eval.
bool is_stray_child = false;
void mark_stray_child() {
  is_stray_child = true;
}

/// How a run ended, before it is written to shared memory.
struct Outcome {
  SampleState state = SampleState::ok;
  std::string reason;
  std::string message;
  bool memory_exhausted = false;  ///< the process is not fit for another sample
};

class Slot {
 public:
  explicit Slot(const SlotBirth& birth);
  [[noreturn]] void run();

 private:
  void take_descriptors();
  void open();
  void limit_memory();
  void wait_for_task();
  void run_task(std::uint32_t sequence);
  void prepare(const TaskEntry& entry);
  Outcome call_plugin(const TaskEntry& entry);
  Outcome judge(int code);
  Outcome said(SampleState state, const char* fallback) const;
  void encode(std::uint32_t cell, Outcome& outcome, RunResult& result);
  void write_result(const Outcome& outcome, const RunFigures& figures, RunResult& result) const;
  void tidy_up();
  void check_stderr();
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
  struct stat err_status_ {};
  mode_t umask_ = 022;
  GuardedBuffer outputs_;
  std::vector<double*> output_starts_;
  std::vector<double> x_;
  std::vector<double> meta_;
  tranche_result said_{};
  double deadline_s_;
  SlotAccounts accounts_;
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
      outputs_{static_cast<std::size_t>(birth.setup.codec.total_elements())},
      x_(birth.info.inputs()),
      meta_(birth.setup.codec.meta_count()),
      deadline_s_{birth.setup.spec.simulator.timeout_s.value_or(std::numeric_limits<double>::infinity())} {
  double* at = outputs_.values().data();
  for (const auto& output : setup_.spec.outputs) {
    output_starts_.push_back(at);
    at += output.size;
  }
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
  ::fstat(err_fd_.get(), &err_status_);
  umask_ = ::umask(022);
  ::umask(umask_);
}

void Slot::limit_memory() {
  const MemoryUse use = memory_use(0);
  area_.header->open_rss_bytes.store(use.resident, std::memory_order_relaxed);
  const auto& limit = setup_.spec.simulator.memory_bytes;
  if (!limit) return;
  const rlimit data{use.data + *limit, use.data + *limit};
  ::setrlimit(RLIMIT_DATA, &data);
}

void Slot::run() {
  take_descriptors();
  area_.header->phase.store(SlotPhase::opening);
  open();
  tidy_up();
  limit_memory();
  install_crash_notes(area_.header->crash_signal, area_.header->crash_errno);
  ::pthread_atfork(nullptr, nullptr, mark_stray_child);
  area_.header->phase.store(SlotPhase::ready);
  wake_agent(setup_.memory.host(), wake_fd_.get());
  while (true) {
    if (setup_.memory.host().closing.load(std::memory_order_relaxed) != 0) {
      if (plugin_.close != nullptr) plugin_.close(state_);
      leave(SlotPhase::closed);
    }
    if (area_.header->counters.load().waiting() == 0) {
      wait_for_task();
      continue;
    }
    // The start is stored before the task is taken: whoever sees the task begun sees no older start.
    const std::uint64_t now = monotonic_ns();
    area_.header->started_cpu_ns.store(accounts_.cpu_ns(), std::memory_order_relaxed);
    area_.header->started_ns.store(now, std::memory_order_relaxed);
    const auto sequence = area_.header->counters.begin();
    if (!sequence) continue;  // taken back in between
    accounts_.begin(now);
    run_task(*sequence);
    if (worn_out_) leave(SlotPhase::retired);
  }
}

void Slot::wait_for_task() {
  SlotHeader& header = *area_.header;
  header.asleep.store(1, std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // the look below must not come before the word above
  const bool nothing = header.counters.load().waiting() == 0 && setup_.memory.host().closing.load() == 0;
  // The agent clears the word before it wakes us, so a task queued since the check ends the wait at once.
  if (nothing) futex_wait(header.asleep, 1, idle_check_ms);
  header.asleep.store(0, std::memory_order_relaxed);
}

void Slot::run_task(std::uint32_t sequence) {
  const TaskEntry entry = area_.task(sequence);
  RunResult& result = area_.result(entry.cell);
  errno = 0;
  Outcome outcome = call_plugin(entry);
  if (is_stray_child) ::_exit(0);
  tidy_up();
  if (outcome.state == SampleState::ok) encode(entry.cell, outcome, result);
  if (outcome.state != SampleState::ok && outcome.message.empty()) {
    std::fflush(stderr);
    outcome.message = last_words(err_fd_.get(), area_.header->stderr_mark.load(std::memory_order_relaxed));
  }
  write_result(outcome, accounts_.end(), result);
  check_stderr();
  worn_out_ = worn_out_ || outcome.memory_exhausted;
  area_.header->counters.finish();
  if (!wake_agent(setup_.memory.host(), wake_fd_.get())) worn_out_ = true;
}

void Slot::prepare(const TaskEntry& entry) {
  setup_.inputs.evaluate(entry.index, x_);
  const auto outputs = outputs_.values();
  std::fill(outputs.begin(), outputs.end(), not_a_number);
  std::fill(meta_.begin(), meta_.end(), not_a_number);
  said_.reason[0] = 0;
  said_.message[0] = 0;
}

Outcome Slot::call_plugin(const TaskEntry& entry) {
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
    return judge(plugin_.eval(state_, &task, output_starts_.data(), &said_));
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
  const auto verdict = setup_.codec.encode(outputs_.values(), row);
  if (!verdict.ok) {
    outcome = {SampleState::failed, verdict.reason, clean_message(verdict.message), false};
    return;
  }
  result.checksum = setup_.codec.checksum(outputs);
  if (!meta_.empty()) std::memcpy(row.data() + outputs.size(), meta_.data(), meta_.size() * sizeof(double));
}

void Slot::write_result(const Outcome& outcome, const RunFigures& figures, RunResult& result) const {
  result.wall_s = figures.wall_s;
  result.cpu_s = figures.cpu_s;
  result.started_at = figures.started_at;
  result.max_rss_kb = figures.max_rss_kb;
  result.exit_code = 0;
  result.signal = 0;
  result.state = static_cast<std::uint8_t>(outcome.state);
  if (outcome.state == SampleState::ok) return;
  result.checksum = 0;
  copy_text(outcome.reason, result.reason);
  copy_text(outcome.message, result.message);
}

/// Undoes what a sample may have changed in its process.
void Slot::tidy_up() {
  reset_floating_point();
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(umask_);
  if (::fchdir(rundir_fd_.get()) != 0) worn_out_ = true;
}

/// Remembers where the captured stderr stands, so that a later failure quotes its own words only.
void Slot::check_stderr() {
  struct stat status {};
  const bool ours = ::fstat(STDERR_FILENO, &status) == 0 && status.st_ino == err_status_.st_ino &&
                    status.st_dev == err_status_.st_dev;
  if (!ours) {
    worn_out_ = true;  // closed or redirected: a fresh process is simpler than repairing this one
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
