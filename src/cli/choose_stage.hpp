/// \file
/// A stage as the command line names it.
/// Layer: application (cli).
#pragma once

#include <cstdint>
#include <string>

#include "tranche/inspect/campaign_view.hpp"

namespace tranche::cli {

/// Number of the stage with this name or number. \throws Failure{usage} naming those that exist
std::uint8_t stage_number(const inspect::CampaignView& view, const std::string& name);

}  // namespace tranche::cli
