#include "tranche/slurm/jobs.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <sstream>

#include "command.hpp"

namespace tranche::slurm {
namespace {

constexpr double limit_s = 2;

/// Not started yet, or to be started again: no process of it is left. Finished jobs are not listed.
bool waits(const std::string& state) {
  return state == "PENDING" || state == "REQUEUED" || state == "REQUEUE_HOLD" || state == "SPECIAL_EXIT";
}

}  // namespace

JobState ask_job(const std::string& job_id) {
  // Slurm's ids are numbers; what stands in a file must not become an option.
  const bool number = !job_id.empty() &&
                      std::all_of(job_id.begin(), job_id.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!number) return JobState::no_answer;
  const auto end = run_command({"squeue", "-h", "-j", job_id, "-o", "%T"}, limit_s);
  if (!end || !WIFEXITED(end->status)) return JobState::no_answer;
  if (WEXITSTATUS(end->status) != 0)
    return end->text.find("Invalid job id") != std::string::npos ? JobState::unknown : JobState::no_answer;
  std::istringstream states{end->text};
  for (std::string state; states >> state;)
    if (!waits(state)) return JobState::alive;
  return JobState::gone;
}

}  // namespace tranche::slurm
