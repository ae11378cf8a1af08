/// \file
/// One slot as the zygote sees it: its process, its limits, and what to record when it dies.
/// Layer: adapter (simulate). In the zygote only.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "shared_area.hpp"
#include "tranche/campaign/spec.hpp"

namespace tranche::simulate {

/// How a slot process ended.
struct SlotDeath {
  int status = 0;  ///< of wait4
  rusage usage{};
  std::uint64_t at_ns = 0;  ///< CLOCK_MONOTONIC
};

class SlotWatch {
 public:
  SlotWatch(std::uint32_t slot, SlotArea area, const campaign::SimulatorSpec& limits, int err_fd);

  pid_t pid() const noexcept { return pid_; }
  /// Deaths in tranche_open since the last time it worked.
  std::uint32_t failed_opens() const noexcept { return failed_opens_; }
  /// Whether another attempt is pointless. Kills from outside say little about the plug-in: they get more.
  bool hopeless() const noexcept { return failed_opens_ >= 20 || failed_opens_ - outside_kills_ >= 3; }
  /// Size of the load/open log when this process was started.
  std::uint64_t log_mark() const noexcept { return log_mark_; }

  void before_birth();
  void born(pid_t pid, std::uint64_t open_until_ns) noexcept;
  /// Kills the process if tranche_open, the run or its memory is past the limit.
  void enforce_limits(std::uint64_t now_ns);
  void kill_now() const noexcept;

  /// The process has been reaped: gives the run it had begun a result, if there is one.
  void account_for(const SlotDeath& death);
  std::string why_not_open(const SlotDeath& death) const;

 private:
  enum class Cause { deadline, memory };
  /// We killed the process because of this run.
  struct Sentence {
    std::uint32_t sequence = 0;
    Cause cause = Cause::deadline;
  };

  std::optional<std::uint32_t> running() const noexcept;
  void count_open(const SlotDeath& death) noexcept;
  void enforce_memory(std::uint32_t sequence, std::uint64_t now_ns);
  void condemn(std::uint32_t sequence, Cause cause);
  void describe(const SlotDeath& death, RunResult& result) const;
  void describe_exit(int exit_code, RunResult& result) const;
  void describe_signal(int signal, RunResult& result) const;

  std::uint32_t slot_;
  SlotArea area_;
  const campaign::SimulatorSpec& limits_;
  int err_fd_;
  pid_t pid_ = 0;
  std::uint64_t open_until_ns_ = 0;
  std::uint64_t memory_checked_ns_ = 0;
  std::uint64_t log_mark_ = 0;
  std::uint32_t failed_opens_ = 0;
  std::uint32_t outside_kills_ = 0;  ///< of these
  bool open_overdue_ = false;
  std::optional<Sentence> sentence_;
};

}  // namespace tranche::simulate
