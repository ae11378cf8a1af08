/// \file
/// The campaign that trains: models/NAME/campaign.yaml, a sample for each trial.
/// Layer: application library (campaign, learn).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tranche/campaign/spec.hpp"
#include "tranche/learn/trial.hpp"

namespace tranche::models {

struct ChildOptions {
  std::string name;
  std::uint32_t ranks = 1;  ///< that train one model together
};

/// Its text: what the trials need of time and cores, and `cluster` as in the campaign whose data they learn.
/// The same for the same arguments. \pre at least one trial
std::string child_campaign(const campaign::CampaignSpec& parent,
                           const std::vector<learn::TrialSettings>& trials, const ChildOptions& options);

}  // namespace tranche::models
