/// \file
/// What every rank knows of its campaign before MPI starts.
/// Layer: daemon.
#pragma once

#include <filesystem>
#include <string>

#include "tranche/campaign/row_codec.hpp"
#include "tranche/campaign/spec.hpp"
#include "tranche/campaign/stage_plan.hpp"
#include "tranche/design/sample_space.hpp"
#include "tranche/directory/files.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::daemon {

struct CampaignContext {
  directory::CampaignPaths paths;
  campaign::CampaignSpec spec;
  campaign::StagePlan plan;
  design::SampleSpace space;
  campaign::RowCodec codec;
  std::filesystem::path plugin;
  std::string simulator_digest;
  std::string campaign_id;  ///< set on every rank once rank 0 owns the campaign
  std::string owner_nonce;  ///< likewise

  store::StageLayout layout(StageKey key) const;
};

/// Reads campaign.yaml and finds the plug-in. \throws ConfigError
CampaignContext load_context(const std::filesystem::path& campaign_dir);

}  // namespace tranche::daemon
