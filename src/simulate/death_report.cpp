#include "death_report.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>

#include "system.hpp"
#include "tranche/base/sample_state.hpp"
#include "tranche/base/text.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

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

void describe_exit(int exit_code, RunResult& result) {
  say(result, SampleState::crashed, "exit",
      "the process ended itself with exit code " + std::to_string(exit_code) +
          ": exit(), or the end of another program it had become");
}

void describe_signal(int signal, const SlotHeader& header, RunResult& result) {
  const bool noted = header.crash_signal.load() == signal;
  const auto place = static_cast<CrashPlace>(header.crash_place.load());
  if (noted && place != CrashPlace::outputs && header.crash_errno.load() == ENOMEM) {
    say(result, SampleState::crashed, "memory", signal_word(signal) + " after an allocation had failed");
  } else if (noted && place == CrashPlace::outputs) {
    say(result, SampleState::crashed, "overrun", "touched memory outside its output arrays");
  } else if (noted && place == CrashPlace::stack) {
    say(result, SampleState::crashed, signal_word(signal), signal_word(signal) + ": its stack is full");
  } else if (signal == SIGKILL) {
    say(result, SampleState::crashed, signal_word(signal),
        "killed from outside, perhaps because the machine ran out of memory");
  } else {
    say(result, SampleState::crashed, signal_word(signal), "ended by " + signal_word(signal));
  }
}

void describe_kill(KillCause cause, const campaign::SimulatorSpec& limits, std::size_t most_tasks,
                   RunResult& result) {
  switch (cause) {
    case KillCause::deadline:
      return say(result, SampleState::timeout, "deadline",
                 "killed after " + format_duration(limits.timeout_s.value_or(result.wall_s)));
    case KillCause::processes:
      return say(
          result, SampleState::crashed, "processes",
          "killed above the limit of " + std::to_string(most_tasks) + " threads and processes of a sample");
    default:
      return say(result, SampleState::crashed, "memory",
                 "killed above its limit of " + format_size(static_cast<double>(*limits.memory_bytes)));
  }
}

}  // namespace

void measure_death(const SlotDeath& death, const SlotHeader& header, RunResult& result) {
  const std::uint64_t started = std::min(header.started_ns.load(std::memory_order_relaxed), death.at_ns);
  result = {};
  result.wall_s = seconds(death.at_ns - started);
  result.cpu_s = std::max(0.0, cpu_seconds(death.usage) - seconds(header.started_cpu_ns.load()));
  result.started_at = seconds(realtime_ns()) - seconds(monotonic_ns() - started);
  result.max_rss_kb = death.usage.ru_maxrss;
}

void describe_death(const SlotDeath& death, const SlotHeader& header, std::optional<KillCause> killed,
                    const campaign::SimulatorSpec& limits, std::size_t most_tasks, RunResult& result) {
  if (!WIFSIGNALED(death.status)) {
    result.exit_code = WEXITSTATUS(death.status);
    return describe_exit(result.exit_code, result);
  }
  result.signal = WTERMSIG(death.status);
  if (killed && result.signal == SIGKILL) return describe_kill(*killed, limits, most_tasks, result);
  describe_signal(result.signal, header, result);
}

void describe_damage(const SlotDeath& death, RunResult& result) {
  if (WIFSIGNALED(death.status)) result.signal = WTERMSIG(death.status);
  say(result, SampleState::crashed, "overrun", "wrote to memory that its slot shares with tranche");
}

}  // namespace tranche::simulate
