#include "batch_word.hpp"

#include <algorithm>
#include <array>

namespace tranche::cli {
namespace {

const slurm::QueuedJob* find_job(const BatchWord& word, const std::string& job_id) {
  if (!word.jobs) return nullptr;
  for (const auto& job : *word.jobs)
    if (job.job_id == job_id) return &job;
  return nullptr;
}

const directory::JobRecord* find_record(const BatchWord& word, const std::string& job_id) {
  for (const auto& job : word.submitted)
    if (job.job_id == job_id) return &job;
  return nullptr;
}

/// It, or one that it comes after, waits for what does not come by itself.
bool is_stuck(const BatchWord& word, const slurm::QueuedJob& job) {
  const auto* at = &job;
  // As many steps as there are jobs: what stands in files may be a circle.
  for (std::size_t steps = 0; at != nullptr && steps <= word.submitted.size(); ++steps) {
    if (slurm::cannot_start(*at)) return true;
    const auto* record = find_record(word, at->job_id);
    at = record == nullptr ? nullptr : find_job(word, record->after);
  }
  return false;
}

/// Slurm's reasons in words; empty for those that say enough, and for rare ones.
std::string_view meaning(std::string_view reason) {
  struct Row {
    std::string_view reason;
    std::string_view meaning;
  };
  static constexpr std::array<Row, 10> rows{{
      {"Resources", "no nodes are free"},
      {"Priority", "others come first"},
      {"Dependency", "it comes after another job"},
      {"BeginTime", "its time has not come"},
      {"JobHeldUser", "it was held: scontrol release"},
      {"JobHeldAdmin", "an administrator holds it"},
      {"DependencyNeverSatisfied", "what it comes after did not end as asked"},
      {"ReqNodeNotAvail", "nodes are down or reserved"},
      {"PartitionTimeLimit", "longer than the partition allows"},
      {"PartitionNodeLimit", "more nodes than the partition has"},
  }};
  for (const auto& row : rows)
    if (reason.substr(0, reason.find(',')) == row.reason) return row.meaning;
  return {};
}

std::string waiting_line(const BatchWord& word, const slurm::QueuedJob& job) {
  auto text = "job " + job.job_id + (is_stuck(word, job) ? " cannot start: " : " waits: ");
  text += job.reason.empty() || job.reason == "None" ? std::string{"no reason yet"} : job.reason;
  const auto* record = find_record(word, job.job_id);
  if (job.reason == "Dependency" && record != nullptr && !record->after.empty())
    text += " (it comes after job " + record->after + ")";
  else if (const auto words = meaning(job.reason); !words.empty())
    text += " (" + std::string{words} + ")";
  auto start = job.start;
  std::replace(start.begin(), start.end(), 'T', ' ');
  if (!start.empty() && job.start != "N/A") text += ", expected to start " + start;
  return text;
}

}  // namespace

JobWord word_of(const BatchWord& word, const std::string& job_id) {
  if (!word.jobs || job_id.empty()) return JobWord::untold;
  const auto* job = find_job(word, job_id);
  if (job == nullptr) return JobWord::unrecorded;
  if (slurm::waits(*job)) return JobWord::waits;
  return slurm::runs(*job) ? JobWord::runs : JobWord::ended;
}

std::string_view to_string(JobWord word) {
  static constexpr std::array<std::string_view, 5> names{"not asked", "no record", "waits", "runs", "ended"};
  return names[static_cast<std::size_t>(word)];
}

std::vector<slurm::QueuedJob> waiting_jobs(const BatchWord& word) {
  std::vector<slurm::QueuedJob> jobs;
  if (!word.jobs) return jobs;
  std::copy_if(word.jobs->begin(), word.jobs->end(), std::back_inserter(jobs), slurm::waits);
  return jobs;
}

std::optional<slurm::QueuedJob> next_job(const BatchWord& word) {
  std::optional<slurm::QueuedJob> next;
  for (auto& job : waiting_jobs(word)) {
    if (is_stuck(word, job)) continue;
    // One that comes after another is not the next.
    if (!next || next->reason == "Dependency") next = std::move(job);
  }
  return next;
}

std::optional<slurm::QueuedJob> started_job(const BatchWord& word, const std::string& job_id) {
  if (!word.jobs) return std::nullopt;
  for (const auto& job : *word.jobs)
    if (job.job_id != job_id && (job.state == "RUNNING" || job.state == "CONFIGURING")) return job;
  return std::nullopt;
}

std::size_t links_after(const BatchWord& word, const std::string& job_id) {
  std::size_t links = 0;
  auto last = job_id;
  for (const auto& job : word.submitted) {  // oldest first: a link is recorded after what it follows
    if (last.empty() || job.after != last) continue;
    last = job.job_id;
    ++links;
  }
  return links;
}

std::vector<std::string> waiting_lines(const BatchWord& word, std::size_t most) {
  std::vector<std::string> lines;
  const auto jobs = waiting_jobs(word);
  for (const auto& job : jobs) {
    if (lines.size() == most) {
      lines.push_back("and " + std::to_string(jobs.size() - most) + " more");
      break;
    }
    lines.push_back(waiting_line(word, job));
  }
  return lines;
}

}  // namespace tranche::cli
