/// \file
/// Does a campaign's simulator keep its contract? Whatever kind it is.
/// Layer: application (cli).
#pragma once

#include <vector>

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/inspect/fitness.hpp"

namespace tranche::cli {

/// Runs it at a few points, as a campaign would, and as no campaign would. Nothing is recorded.
std::vector<inspect::FitnessCheck> examine_simulator(const inspect::CampaignView& view);

}  // namespace tranche::cli
