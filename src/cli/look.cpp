#include "look.hpp"

#include <algorithm>
#include <vector>

namespace tranche::cli {
namespace {

constexpr std::size_t jobs_looked_at = 32;

}  // namespace

Sighting look_at_files(const directory::CampaignPaths& paths) {
  Sighting sighting;
  sighting.directory = paths.root().filename().string();
  sighting.owner = directory::look_at_owner(paths);
  sighting.status = directory::read_status(paths);
  sighting.now = directory::unix_now();
  return sighting;
}

BatchWord read_jobs(const directory::CampaignPaths& paths) {
  BatchWord batch;
  batch.submitted = directory::read_jobs(paths, jobs_looked_at);
  return batch;
}

void ask_slurm(BatchWord& batch, const std::string& job) {
  std::vector<std::string> ids;
  for (const auto& each : batch.submitted) ids.push_back(each.job_id);
  if (!job.empty() && std::find(ids.begin(), ids.end(), job) == ids.end()) ids.push_back(job);
  if (ids.empty()) return;
  batch.asked = true;
  batch.jobs = slurm::ask_known_jobs(ids);
}

}  // namespace tranche::cli
