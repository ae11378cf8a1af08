/// \file
/// One slot as the zygote sees it: its process, its limits, and what to record when it dies.
/// Layer: adapter (simulate). In the zygote only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "death_report.hpp"
#include "process_tree.hpp"
#include "setup.hpp"
#include "shared_area.hpp"
#include "step_clients.hpp"
#include "tranche/campaign/spec.hpp"

namespace tranche::simulate {

class SlotWatch {
 public:
  SlotWatch(std::uint32_t slot, SlotArea area, SlotVerdict& verdict, const campaign::Resources& resources,
            const campaign::SimulatorSpec& limits, const SlotFiles& files);

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
  /// Kills it if it has too many threads and processes, O(these); true if it does.
  bool enforce_process_limit();
  /// Kills it because its shared memory cannot be trusted; without effect while it awaits_mending().
  void distrust();
  /// The agent has set up its queue anew.
  void mended() noexcept { mending_ = false; }
  /// Nothing runs, and nothing waits to.
  bool quiet() const noexcept;
  /// Results since the last call.
  bool has_progressed() noexcept;
  /// Dead, and not to be replaced before the agent has set up its queue anew.
  bool awaits_mending() const noexcept { return mending_; }
  void kill_now() const noexcept;

  /// The process has been reaped: gives the run it had begun a result, if there is one.
  void account_for(const SlotDeath& death);
  std::string why_not_open(const SlotDeath& death) const;

 private:
  /// We killed the process because of this run.
  struct Sentence {
    std::uint32_t sequence = 0;
    KillCause cause = KillCause::deadline;
    std::optional<TreeUse> use;  ///< of the program that was the run
  };

  bool opening() noexcept;
  bool runs_programs() const noexcept;  ///< outside the slot's process
  bool runs_commands() const noexcept;
  std::optional<TreeUse> program_use() const;
  std::optional<std::uint32_t> running() const noexcept;
  void count_open(const SlotDeath& death) noexcept;
  std::optional<double> limit_of(std::uint32_t sequence) const noexcept;
  double elapsed_s(std::uint32_t sequence, std::uint64_t now_ns);
  void report_damage(const SlotDeath& death);
  void keep_traces(const TaskEntry& task) const;
  void enforce_memory(std::uint32_t sequence, std::uint64_t now_ns);
  void condemn(std::uint32_t sequence, KillCause cause);
  void end_steps_first();

  std::uint32_t slot_;
  SlotArea area_;
  SlotVerdict& verdict_;
  const campaign::SimulatorSpec& limits_;
  std::size_t most_tasks_;
  const SlotFiles& files_;
  pid_t pid_ = 0;
  std::uint64_t open_until_ns_ = 0;
  std::uint64_t memory_checked_ns_ = 0;
  std::uint64_t log_mark_ = 0;
  std::uint32_t failed_opens_ = 0;
  std::uint32_t outside_kills_ = 0;  ///< of these
  bool open_overdue_ = false;
  bool opened_ = false;  ///< has been seen after tranche_open
  std::uint32_t seen_sequence_ = 0;
  std::uint64_t seen_ns_ = 0;  ///< when it was first seen running: the slot's own clock may be overwritten
  std::uint32_t seen_finished_ = 0;
  std::optional<Sentence> sentence_;
  std::optional<StepClients> reprieve_;  ///< sentenced, stopped, and killed when these have ended
  std::uint64_t reprieve_until_ns_ = 0;
  bool distrusted_ = false;  ///< also if it was sentenced for something else before
  bool mending_ = false;     ///< damage is reported, and no answer has come yet
};

}  // namespace tranche::simulate
