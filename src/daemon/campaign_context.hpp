/// \file
/// What every rank knows of its campaign before MPI starts.
/// Layer: daemon.
#pragma once

#include <filesystem>
#include <string>

#include "tranche/campaign/row_codec.hpp"
#include "tranche/directory/owner.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/simulate/simulator_files.hpp"

namespace tranche::daemon {

/// The campaign, and what a rank of its run needs beside it. The lock is set on every rank once rank 0 owns
/// the campaign.
struct CampaignContext : inspect::CampaignView {
  campaign::RowCodec codec;
  simulate::SimulatorFiles simulator;
  simulate::FileDigests simulator_files;  ///< as they are now
  std::string simulator_digest;           ///< of all of them
  std::string owner_nonce;                ///< set with the lock

  /// Before anything is written. \throws Failure{owned} if another run has taken the campaign over
  void fence() const { directory::require_owner(paths, owner_nonce); }
};

/// Reads campaign.yaml and finds the simulator. \throws ConfigError
CampaignContext load_context(const std::filesystem::path& campaign_dir);

}  // namespace tranche::daemon
