/// \file
/// store.h5 against the ledger and against the stage files it shows.
#pragma once

#include <vector>

#include "tranche/inspect/verify.hpp"
#include "verify_rows.hpp"

namespace tranche::inspect {

/// `stages`: the ledger's, in its order; `verified`: one for each. Sets view_behind.
void verify_view(const CampaignView& view, const std::vector<ledger::StageRow>& stages,
                 std::vector<VerifiedStage>& verified, Findings& findings);

}  // namespace tranche::inspect
