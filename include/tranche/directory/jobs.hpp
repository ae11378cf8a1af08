/// \file
/// Jobs that were submitted for a campaign, one file each: jobs/<id>.json (docs/formats/jobs.md).
/// Layer: adapter (POSIX files, JSON). Written once by `tranche submit`, whoever owns the campaign.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tranche/directory/files.hpp"

namespace tranche::directory {

struct JobRecord {
  std::string job_id;
  std::string after;        ///< id of the job that must have ended before; empty: none
  double submitted_at = 0;  ///< Unix time
  std::string by;           ///< user@host
  std::uint32_t nodes = 1;
  std::optional<double> time_s;
  std::string until;  ///< last stage of that job; empty: to the end or the next gate
};

std::filesystem::path jobs_folder(const CampaignPaths& paths);
void record_job(const CampaignPaths& paths, const JobRecord& job);
/// The last `most` that were submitted, oldest first. Files that cannot be read are skipped.
std::vector<JobRecord> read_jobs(const CampaignPaths& paths, std::size_t most);

}  // namespace tranche::directory
