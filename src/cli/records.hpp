/// \file
/// The recorded part of a campaign at rest, for commands that read it: whole, and of one campaign.
/// Layer: application (directory, ledger).
#pragma once

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::cli {

/// What every begun campaign has: lock and ledger. A ledger belongs to it once it has its id, a stage file
/// from the start. Throws DamageError with the name of what is missing. No owner lives.
void require_whole(const directory::CampaignPaths& paths);

/// The ledger, for reading. Precondition: there is one, and a lock. Throws DamageError if they are of two
/// campaigns.
ledger::Ledger open_ledger(const inspect::CampaignView& view);

}  // namespace tranche::cli
