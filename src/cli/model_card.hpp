/// \file
/// The card of a model, written into its folder.
/// Layer: application (cli).
#pragma once

#include "context.hpp"
#include "tranche/directory/models.hpp"
#include "tranche/inspect/campaign_view.hpp"

namespace tranche::cli {

/// models/NAME/card.html and card.txt; says so on stderr. What a simulation costs is asked of the ledger if
/// the surrogate does not say it and no owner lives. \throws as models::make_card
void write_model_card(const inspect::CampaignView& view, const directory::ModelPaths& paths,
                      const Context& context);

}  // namespace tranche::cli
