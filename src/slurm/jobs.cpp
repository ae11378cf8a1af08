#include "tranche/slurm/jobs.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <sstream>
#include <string_view>

#include "command.hpp"
#include "tranche/base/text.hpp"

namespace tranche::slurm {
namespace {

constexpr double limit_s = 2;
constexpr double half_a_year_s = 183 * 86'400.0;

/// Not started yet, or to be started again: no process of it is left. Finished jobs are not listed.
bool is_waiting(std::string_view state) {
  return state == "PENDING" || state == "REQUEUED" || state == "REQUEUE_HOLD" || state == "SPECIAL_EXIT";
}

/// Of a job that no process is left of, and that will not start again.
bool is_over(std::string_view state) {
  static constexpr std::array<std::string_view, 10> words{"COMPLETED", "FAILED",       "CANCELLED", "TIMEOUT",
                                                          "NODE_FAIL", "PREEMPTED",    "BOOT_FAIL", "REVOKED",
                                                          "DEADLINE",  "OUT_OF_MEMORY"};
  return std::find(words.begin(), words.end(), state) != words.end();
}

/// Slurm's ids are numbers; what stands in a file must not become an option.
bool is_job_id(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool has_no_record(const CommandEnd& end) {
  return end.text.find("Invalid job id") != std::string::npos;
}

std::optional<std::vector<QueuedJob>> list_jobs(const std::vector<std::string>& job_ids,
                                                std::vector<std::string> command) {
  std::string list;
  for (const auto& id : job_ids)
    if (is_job_id(id)) list += (list.empty() ? "" : ",") + id;
  std::vector<QueuedJob> jobs;
  if (list.empty()) return jobs;
  command.insert(command.end(), {"-j", list, "-o", "%i|%T|%S|%r"});
  const auto end = run_command(command, limit_s);
  if (!end || !WIFEXITED(end->status)) return std::nullopt;
  if (WEXITSTATUS(end->status) != 0) return has_no_record(*end) ? std::optional{jobs} : std::nullopt;
  std::istringstream lines{end->text};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    QueuedJob job;
    std::getline(words, job.job_id, '|');
    std::getline(words, job.state, '|');
    std::getline(words, job.start, '|');
    std::getline(words, job.reason);
    if (is_job_id(job.job_id)) jobs.push_back(std::move(job));
  }
  return jobs;
}

/// A job that is to be preempted keeps its limit, and has another end. One without a limit has an end of no
/// meaning, a year ahead.
double sooner(double left_s, std::optional<std::uint64_t> ends_at) {
  if (!ends_at) return left_s;
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  const double to_end_s = std::max(0.0, static_cast<double>(*ends_at) - now.count());
  if (std::isinf(left_s) && to_end_s > half_a_year_s) return left_s;
  return std::min(left_s, to_end_s);
}

}  // namespace

JobState ask_job(const std::string& job_id) {
  if (!is_job_id(job_id)) return JobState::no_answer;
  const auto end = run_command({"squeue", "-h", "-j", job_id, "-o", "%T"}, limit_s);
  if (!end || !WIFEXITED(end->status)) return JobState::no_answer;
  if (WEXITSTATUS(end->status) != 0) return has_no_record(*end) ? JobState::unknown : JobState::no_answer;
  std::istringstream states{end->text};
  for (std::string state; states >> state;)
    if (!is_waiting(state)) return JobState::alive;
  return JobState::gone;
}

std::optional<double> parse_time_left(std::string_view text) {
  if (text == "UNLIMITED") return std::numeric_limits<double>::infinity();
  double days = 0;
  if (const auto dash = text.find('-'); dash != text.npos) {
    const auto count = parse_count(text.substr(0, dash));
    if (!count) return std::nullopt;
    days = static_cast<double>(*count);
    text.remove_prefix(dash + 1);
  }
  double seconds = 0;
  int fields = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(':'), text.size());
    const auto field = parse_count(text.substr(0, end));
    if (!field) return std::nullopt;
    seconds = seconds * 60 + static_cast<double>(*field);
    ++fields;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (fields < 2 || fields > 3) return std::nullopt;
  return days * 86'400 + seconds;
}

std::optional<JobTime> ask_job_time(const std::string& job_id) {
  if (!is_job_id(job_id)) return std::nullopt;
  const auto end = run_command({"env", "SLURM_TIME_FORMAT=%s", "squeue", "-h", "-t", "RUNNING,COMPLETING",
                                "-j", job_id, "-o", "%L %l %e"},
                               limit_s);
  if (!end || !WIFEXITED(end->status) || WEXITSTATUS(end->status) != 0) return std::nullopt;
  std::istringstream words{end->text};
  std::string left;
  std::string limit;
  std::string expected;
  words >> left >> limit >> expected;
  const auto left_s = parse_time_left(left);
  const auto limit_s = parse_time_left(limit);
  if (!left_s) return std::nullopt;
  return JobTime{sooner(*left_s, parse_count(expected)), limit_s.value_or(*left_s)};
}

bool waits(const QueuedJob& job) {
  return is_waiting(job.state);
}

bool runs(const QueuedJob& job) {
  return !is_waiting(job.state) && !is_over(job.state);
}

bool cannot_start(const QueuedJob& job) {
  static constexpr std::array<std::string_view, 17> reasons{"PartitionNodeLimit",
                                                            "PartitionTimeLimit",
                                                            "PartitionConfig",
                                                            "BadConstraints",
                                                            "InvalidAccount",
                                                            "InvalidQOS",
                                                            "AccountNotAllowed",
                                                            "QOSNotAllowed",
                                                            "DependencyNeverSatisfied",
                                                            "JobHeldUser",
                                                            "JobHeldAdmin",
                                                            "AssocMaxCpuPerJobLimit",
                                                            "AssocMaxNodePerJobLimit",
                                                            "AssocMaxWallDurationPerJobLimit",
                                                            "QOSMaxCpuPerJobLimit",
                                                            "QOSMaxNodePerJobLimit",
                                                            "QOSMaxWallDurationPerJobLimit"};
  return job.state == "PENDING" && std::find(reasons.begin(), reasons.end(), job.reason) != reasons.end();
}

std::optional<std::vector<QueuedJob>> ask_jobs(const std::vector<std::string>& job_ids) {
  return list_jobs(job_ids, {"squeue", "-h"});
}

std::optional<std::vector<QueuedJob>> ask_known_jobs(const std::vector<std::string>& job_ids) {
  return list_jobs(job_ids, {"squeue", "-h", "-t", "all"});
}

}  // namespace tranche::slurm
