#include "slot_watch.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "system.hpp"
#include "tranche/base/sample_state.hpp"
#include "tranche/base/text.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

constexpr std::uint64_t memory_interval_ns = 50'000'000;

double cpu_seconds(const rusage& usage) {
  const auto sum = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return sum(usage.ru_utime) + sum(usage.ru_stime);
}

void say(RunResult& result, SampleState state, const std::string& reason, const std::string& message) {
  result.state = static_cast<std::uint8_t>(state);
  copy_text(reason, result.reason);
  copy_text(message, result.message);
}

}  // namespace

SlotWatch::SlotWatch(std::uint32_t slot, SlotArea area, const campaign::SimulatorSpec& limits, int err_fd)
    : slot_{slot}, area_{area}, limits_{limits}, err_fd_{err_fd} {}

void SlotWatch::before_birth() {
  SlotHeader& header = *area_.header;
  header.asleep.store(0);
  header.crash_signal.store(0);
  header.crash_errno.store(0);
  header.phase.store(SlotPhase::opening);
  header.open_message[0] = 0;
  struct stat status {};
  // What the predecessor wrote is not the new process's.
  if (::fstat(err_fd_, &status) == 0) header.stderr_mark.store(static_cast<std::uint64_t>(status.st_size));
  if (::fstat(STDERR_FILENO, &status) == 0) log_mark_ = static_cast<std::uint64_t>(status.st_size);
}

void SlotWatch::born(pid_t pid, std::uint64_t open_until_ns) noexcept {
  pid_ = pid;
  open_until_ns_ = open_until_ns;
  open_overdue_ = false;
  sentence_.reset();
}

/// Sequence number of the begun task, if there is one.
std::optional<std::uint32_t> SlotWatch::running() const noexcept {
  const std::uint32_t finished = area_.header->counters.finished();
  const std::uint32_t begun = area_.header->counters.load().begun;
  if (begun != finished + 1) return std::nullopt;
  return finished;
}

void SlotWatch::enforce_limits(std::uint64_t now_ns) {
  if (pid_ == 0 || sentence_ || open_overdue_) return;
  if (area_.header->phase.load() == SlotPhase::opening) {
    if (now_ns > open_until_ns_) {
      open_overdue_ = true;
      kill_now();
    }
    return;
  }
  if (!limits_.timeout_s && !limits_.memory_bytes) return;
  const auto sequence = running();
  if (!sequence) return;
  const std::uint64_t started = area_.header->started_ns.load(std::memory_order_relaxed);
  const double elapsed_s = now_ns > started ? seconds(now_ns - started) : 0;
  if (limits_.timeout_s && elapsed_s > *limits_.timeout_s) {
    condemn(*sequence, Cause::deadline);
  } else if (limits_.memory_bytes && now_ns > started + memory_interval_ns) {
    enforce_memory(*sequence, now_ns);
  }
}

/// RLIMIT_DATA does not see shared mappings: look at what is resident, too.
void SlotWatch::enforce_memory(std::uint32_t sequence, std::uint64_t now_ns) {
  if (now_ns - memory_checked_ns_ < memory_interval_ns) return;
  memory_checked_ns_ = now_ns;
  const std::uint64_t allowed =
      *limits_.memory_bytes + area_.header->open_rss_bytes.load() + area_.layout.slot_bytes();
  if (memory_use(pid_).resident > allowed) condemn(sequence, Cause::memory);
}

void SlotWatch::condemn(std::uint32_t sequence, Cause cause) {
  sentence_ = Sentence{sequence, cause};
  kill_now();
}

void SlotWatch::kill_now() const noexcept {
  if (pid_ == 0) return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);  // it may have left its group
}

void SlotWatch::count_open(const SlotDeath& death) noexcept {
  if (area_.header->phase.load() != SlotPhase::opening) {
    failed_opens_ = outside_kills_ = 0;
    return;
  }
  ++failed_opens_;
  if (!open_overdue_ && WIFSIGNALED(death.status) && WTERMSIG(death.status) == SIGKILL) ++outside_kills_;
}

void SlotWatch::account_for(const SlotDeath& death) {
  SlotHeader& header = *area_.header;
  const auto sequence = running();
  pid_ = 0;
  count_open(death);
  if (!sequence) return;
  if (sentence_ && sentence_->sequence != *sequence) {
    header.counters.unbegin();  // killed one moment too late: this run is innocent
    return;
  }
  RunResult& result = area_.result(area_.task(*sequence).cell);
  const std::uint64_t started = header.started_ns.load(std::memory_order_relaxed);
  result = {};
  result.wall_s = seconds(std::max(death.at_ns, started) - started);
  result.cpu_s = std::max(0.0, cpu_seconds(death.usage) - seconds(header.started_cpu_ns.load()));
  result.started_at = seconds(realtime_ns()) - seconds(monotonic_ns() - started);
  result.max_rss_kb = death.usage.ru_maxrss;
  describe(death, result);
  header.counters.finish();
}

void SlotWatch::describe(const SlotDeath& death, RunResult& result) const {
  if (WIFSIGNALED(death.status)) {
    result.signal = WTERMSIG(death.status);
    describe_signal(result.signal, result);
  } else {
    result.exit_code = WEXITSTATUS(death.status);
    describe_exit(result.exit_code, result);
  }
  const std::string said = last_words(err_fd_, area_.header->stderr_mark.load(std::memory_order_relaxed));
  if (!said.empty()) copy_text(said, result.message);
}

void SlotWatch::describe_exit(int exit_code, RunResult& result) const {
  say(result, SampleState::crashed, "exit", "the plug-in called exit(" + std::to_string(exit_code) + ")");
}

void SlotWatch::describe_signal(int signal, RunResult& result) const {
  const bool ours = sentence_ && signal == SIGKILL;
  if (ours && sentence_->cause == Cause::deadline) {
    say(result, SampleState::timeout, "deadline", "killed after " + format_duration(*limits_.timeout_s));
  } else if (ours) {
    say(result, SampleState::crashed, "memory",
        "killed above its limit of " + format_size(static_cast<double>(*limits_.memory_bytes)));
  } else if (area_.header->crash_signal.load() == signal && area_.header->crash_errno.load() == ENOMEM) {
    say(result, SampleState::crashed, "memory", signal_word(signal) + " after an allocation had failed");
  } else if (signal == SIGKILL) {
    say(result, SampleState::crashed, signal_word(signal),
        "killed from outside, perhaps because the machine ran out of memory");
  } else {
    say(result, SampleState::crashed, signal_word(signal), "ended by " + signal_word(signal));
  }
}

std::string SlotWatch::why_not_open(const SlotDeath& death) const {
  const std::string_view message = bounded(area_.header->open_message);
  if (!message.empty()) return "tranche_open failed: " + clean_message(message);
  if (open_overdue_) return "tranche_open did not return in time";
  if (WIFSIGNALED(death.status)) return "died in tranche_open (" + signal_word(WTERMSIG(death.status)) + ")";
  return "left in tranche_open with exit code " + std::to_string(WEXITSTATUS(death.status));
}

}  // namespace tranche::simulate
