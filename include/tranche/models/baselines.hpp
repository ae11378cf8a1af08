/// \file
/// What costs no training, on the samples that the trials are judged by.
/// Layer: application library (inspect, learn).
#pragma once

#include <vector>

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/models/leaderboard.hpp"

namespace tranche::models {

/// `nearest` and `ridge`, learned from the first 20 000 samples of the trial with the most, and judged on the
/// first 2 000 that no training sees. \throws Failure{usage} if there is too little to learn from, or what is
/// there is the same in all samples or not finite
std::vector<Baseline> compute_baselines(const inspect::CampaignView& campaign,
                                        const std::vector<learn::TrialSettings>& trials);

}  // namespace tranche::models
