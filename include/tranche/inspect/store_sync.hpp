/// \file
/// The store follows the ledger: states of a stage file, its seal, the view.
/// Layer: application library (ledger, store). Serial; no other process has the stage's file open.
#pragma once

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/ledger/ledger.hpp"
#include "tranche/store/stage_file.hpp"

namespace tranche::inspect {

/// The ledger's final states in index order, page by page, as the store takes them. Both arguments must
/// outlive the result.
store::NextStates states_from(const ledger::Ledger& ledger, const campaign::Stage& stage);

/// Takes the seal off a stage's file. Returns whether there was one. Calls the fence before it writes, as
/// all of these do.
bool unseal_file(const CampaignView& view, const campaign::Stage& stage, const store::Fence& fence = {});

/// A stage that the ledger has open: its file gets the ledger's states, and no seal. Returns whether there
/// was one.
bool reopen_file(const ledger::Ledger& ledger, const CampaignView& view, const campaign::Stage& stage,
                 const store::Fence& fence = {});

/// Rewrites store.h5 over every stage that has begun. Cheap; also done at a start, since a run may have
/// died between sealing and the view.
void refresh_view(const ledger::Ledger& ledger, const CampaignView& view, const store::Fence& fence = {});

}  // namespace tranche::inspect
