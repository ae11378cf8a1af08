/// \file
/// How a campaign looks from outside: its published files, and what Slurm says of its jobs.
/// Layer: application (directory, slurm). Never the ledger.
#pragma once

#include <string>

#include "health.hpp"

namespace tranche::cli {

/// Status, owner and the time now. Slurm is not asked.
Sighting look_at_files(const directory::CampaignPaths& paths);

/// The jobs that were submitted of late.
BatchWord read_jobs(const directory::CampaignPaths& paths);
/// Slurm's word on them and on `job`, in one question; asks nothing if there are none. Scripts of a person's
/// own are not recorded: their job is known only as the run's.
void ask_slurm(BatchWord& batch, const std::string& job);

}  // namespace tranche::cli
