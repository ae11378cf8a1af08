/// \file
/// Questions to Slurm about its jobs, asked through its commands.
/// Layer: adapter (Slurm's commands). Any process; never throws for what Slurm says or does not say.
#pragma once

#include <string>

#include "tranche/base/job_state.hpp"

namespace tranche::slurm {

/// `squeue -h -j ID`, for 2 s at most. A job without a record is `unknown`: Slurm forgets ended jobs after
/// some minutes, and has never heard of another cluster's.
JobState ask_job(const std::string& job_id);

}  // namespace tranche::slurm
