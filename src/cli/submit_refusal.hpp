/// \file
/// Slurm does not want a job: which line of campaign.yaml it is about, and what could stand there.
/// Layer: application (cli).
#pragma once

#include <string>
#include <vector>

#include "tranche/campaign/cluster.hpp"
#include "tranche/directory/jobs.hpp"
#include "tranche/slurm/submit.hpp"

namespace tranche::cli {

/// Names of all options of sbatch that the section asks for.
std::vector<std::string> option_names(const campaign::ClusterSpec& cluster);

/// `submitted`: jobs of the same chain that were taken before.
[[noreturn]] void throw_refusal(const slurm::Refusal& refusal, const campaign::ClusterSpec& cluster,
                                const std::vector<directory::JobRecord>& submitted);

}  // namespace tranche::cli
