/// \file
/// Rank 0's work between stages: create a stage file, read back what is done, seal.
/// Layer: daemon. Serial; no other rank has the stage's file open.
#pragma once

#include <string>
#include <vector>

#include "campaign_context.hpp"
#include "tranche/ledger/ledger.hpp"
#include "tranche/schedule/master_state.hpp"
#include "tranche/store/stage_file.hpp"

namespace tranche::daemon {

/// Also called between pages of work that has no share of what is done: with 0 then.
using store::GoOn;

/// inspect::refresh_view, fenced.
void refresh_view(const ledger::Ledger& ledger, const CampaignContext& context);

/// Makes the stage ready to run: its file exists, the ledger knows it, and both say the same of every row.
schedule::StageWork prepare_stage(ledger::Ledger& ledger, const CampaignContext& context,
                                  const campaign::Stage& stage, const GoOn& go_on);

/// Every sample is settled: last states, NaN in every row that is not ok, digest, seal, view.
/// Returns the digest in hexadecimal.
std::string seal_stage(ledger::Ledger& ledger, const CampaignContext& context, const campaign::Stage& stage,
                       const GoOn& go_on);

}  // namespace tranche::daemon
