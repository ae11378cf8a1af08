/// \file
/// What one process can tell of a machine and a directory: for `tranche doctor`.
/// Layer: application (cli).
#pragma once

#include <filesystem>

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/inspect/fitness.hpp"

namespace tranche::cli {

/// Kind of the file system, with what is known about it.
inspect::FitnessCheck check_file_system(const std::filesystem::path& folder);
/// Two processes and one SQLite file, as an owner and a reader use it. Works in `folder`.
inspect::FitnessCheck check_ledger_locks(const std::filesystem::path& folder);
/// Free space, and what a quota leaves of it, against the stages whose files do not exist yet.
inspect::FitnessCheck check_space(const inspect::CampaignView& view);
/// Loads and opens the simulator in a process of its own.
inspect::FitnessCheck check_simulator(const inspect::CampaignView& view);
/// What starts the ranks, if more than one is asked for.
inspect::FitnessCheck check_launcher(int ranks, campaign::Launcher launcher);
/// Of this program and of the libraries it stands on.
inspect::FitnessCheck check_versions();

}  // namespace tranche::cli
