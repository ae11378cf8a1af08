/// \file
/// A campaign as its files describe it: what every command that looks at data begins with.
/// Layer: application library (config, store).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tranche/campaign/spec.hpp"
#include "tranche/campaign/stage_plan.hpp"
#include "tranche/config/lock_file.hpp"
#include "tranche/design/sample_space.hpp"
#include "tranche/directory/files.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::inspect {

struct CampaignView {
  directory::CampaignPaths paths;
  campaign::CampaignSpec spec;
  campaign::StagePlan plan;
  design::SampleSpace space;
  std::optional<config::LockFacts> lock;  ///< nothing before the first run

  /// What campaign.yaml says otherwise than the lock, a line each.
  std::vector<std::string> changes() const;
  /// Layout of a stage's file. Precondition: there is a lock.
  store::StageLayout layout(StageKey key) const;
};

/// Reads campaign.yaml and, if there is one, its lock. \throws ConfigError, IoError, DamageError
CampaignView open_campaign(const directory::CampaignPaths& paths);

/// \throws ConfigError, with every change, if campaign.yaml is not what was locked any more
void require_unchanged(const CampaignView& view);

}  // namespace tranche::inspect
