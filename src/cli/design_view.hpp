/// \file
/// What a campaign will compute: parameters, stages, excluded share, store sizes; as text and as JSON.
/// Layer: application (cli).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tranche/design/sample_space.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/inspect/text_style.hpp"

namespace tranche::cli {

struct StageForecast {
  design::ExcludedShare excluded;
  double store_bytes = 0;
};

/// What `check` finds out beyond the specification.
struct DesignFacts {
  std::vector<StageForecast> stages;  ///< one a stage of the plan
  std::string simulator;              ///< where it was found; empty: nowhere
  std::string simulator_missing;      ///< where it was looked for
};

/// Looks at up to a million points in all, and at the simulator's places.
DesignFacts survey(const inspect::CampaignView& view);

std::string design_text(const inspect::CampaignView& view, const DesignFacts& facts,
                        const inspect::TextStyle& style);
nlohmann::ordered_json design_json(const inspect::CampaignView& view, const DesignFacts& facts);

}  // namespace tranche::cli
