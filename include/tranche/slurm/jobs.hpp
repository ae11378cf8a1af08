/// \file
/// Questions to Slurm about its jobs, asked through its commands.
/// Layer: adapter (Slurm's commands). Any process; never throws for what Slurm says or does not say.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/base/job_state.hpp"

namespace tranche::slurm {

/// `squeue -h -j ID`, for 2 s at most. A job without a record is `unknown`: Slurm forgets ended jobs after
/// some minutes, and has never heard of another cluster's.
JobState ask_job(const std::string& job_id);

/// Seconds; infinite without a limit.
struct JobTime {
  double left_s = 0;
  double limit_s = 0;  ///< of the whole job
};

/// When Slurm ends a running job, by `squeue -o '%L %l %e'`, for 2 s at most: at its limit, or sooner if it
/// is to be preempted after a time of grace. Nothing: no answer, or it does not run.
std::optional<JobTime> ask_job_time(const std::string& job_id);
/// `1-02:03:04`, `02:03:04`, `03:04`, `UNLIMITED`; nothing for anything else.
std::optional<double> parse_time_left(std::string_view text);

/// A job as Slurm lists it.
struct QueuedJob {
  std::string job_id;
  std::string state;   ///< Slurm's word: PENDING, RUNNING, COMPLETED, ...
  std::string reason;  ///< why it waits: Priority, Resources, Dependency, ...; `None` while it runs
  std::string start;   ///< `2026-03-01T12:00:00`, expected while it waits; `N/A`: not known
};

/// Not started yet, or to be started again: no process of it is left.
bool waits(const QueuedJob& job);
/// It has started, and its processes may live.
bool runs(const QueuedJob& job);
/// It waits for something that does not come by itself: a limit it is beyond, or a hold.
bool cannot_start(const QueuedJob& job);

/// One question for all, as ask_job: those of them that wait or run, in Slurm's order. Nothing: no answer.
std::optional<std::vector<QueuedJob>> ask_jobs(const std::vector<std::string>& job_ids);
/// The same with those that have ended, as long as Slurm remembers them: some minutes as a rule.
std::optional<std::vector<QueuedJob>> ask_known_jobs(const std::vector<std::string>& job_ids);

}  // namespace tranche::slurm
