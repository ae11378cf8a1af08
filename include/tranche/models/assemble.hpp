/// \file
/// The surrogate of a model, from the trials that were chosen.
/// Layer: application library (inspect, surrogate).
#pragma once

#include <cstdint>
#include <string>

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/models/leaderboard.hpp"

namespace tranche::models {

struct ChoiceOptions {
  std::string select = "median";
  std::uint64_t members = 1;  ///< the best so many; fewer if fewer are ok
  double now = 0;             ///< Unix time
};

/// Writes surrogate.h5, then chosen.json. An ensemble is judged by the samples that none of its trials has
/// seen, of the stages they learned from (the first 20 000 of them). \throws Failure{failure_limit} if no
/// trial is ok
Choice choose(const inspect::CampaignView& campaign, const directory::ModelPaths& paths,
              const Leaderboard& board, const ChoiceOptions& options);

}  // namespace tranche::models
