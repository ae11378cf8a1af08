#include "tranche/directory/jobs.hpp"

#include <algorithm>

#include "json.hpp"
#include "tranche/base/text.hpp"

namespace tranche::directory {
namespace {

constexpr int job_format = 1;

std::string to_text(const JobRecord& job) {
  return dump(Json{{"tranche_job", job_format},
                   {"job_id", job.job_id},
                   {"after", job.after},
                   {"submitted_at", job.submitted_at},
                   {"by", job.by},
                   {"nodes", job.nodes},
                   {"time_s", job.time_s ? Json(*job.time_s) : Json(nullptr)},
                   {"until", job.until}},
              2) +
         "\n";
}

std::optional<JobRecord> read_job(const std::filesystem::path& path) {
  const auto text = read_file(path);
  const auto document = text ? parse_json(*text) : Json(nullptr);
  if (!document.is_object()) return std::nullopt;
  JobRecord job;
  take(document, "job_id", job.job_id);
  take(document, "after", job.after);
  take(document, "submitted_at", job.submitted_at);
  take(document, "by", job.by);
  take(document, "nodes", job.nodes);
  take(document, "until", job.until);
  double time_s = 0;
  take(document, "time_s", time_s);
  if (time_s > 0) job.time_s = time_s;
  return job;
}

/// The number that a file of ours is named after.
std::optional<std::uint64_t> number_of(const std::filesystem::path& path) {
  if (path.extension() != ".json") return std::nullopt;
  const auto stem = path.stem().string();
  const bool digits = std::all_of(stem.begin(), stem.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? parse_count(stem) : std::nullopt;
}

}  // namespace

std::filesystem::path jobs_folder(const CampaignPaths& paths) {
  return paths.root() / "jobs";
}

void record_job(const CampaignPaths& paths, const JobRecord& job) {
  make_folder(jobs_folder(paths));
  write_atomically(jobs_folder(paths) / (job.job_id + ".json"), to_text(job), Durability::fsynced);
}

std::vector<JobRecord> read_jobs(const CampaignPaths& paths, std::size_t most) {
  namespace fs = std::filesystem;
  std::vector<std::uint64_t> numbers;
  std::error_code error;
  for (fs::directory_iterator at{jobs_folder(paths), error}, end; !error && at != end; at.increment(error))
    if (const auto number = number_of(at->path())) numbers.push_back(*number);
  // Ids grow, so that not every file has to be opened.
  std::sort(numbers.rbegin(), numbers.rend());
  numbers.resize(std::min(numbers.size(), most));
  std::vector<JobRecord> jobs;
  for (const auto number : numbers)
    if (auto job = read_job(jobs_folder(paths) / (std::to_string(number) + ".json")))
      jobs.push_back(std::move(*job));
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const auto& a, const auto& b) { return a.submitted_at < b.submitted_at; });
  return jobs;
}

}  // namespace tranche::directory
