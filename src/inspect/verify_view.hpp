/// \file
/// store.h5 against the ledger and against the stage files it shows.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tranche/inspect/verify.hpp"
#include "verify_rows.hpp"

namespace tranche::inspect {

struct ViewSources {
  const CampaignView& campaign;
  const std::set<std::string>& versions;  ///< of the programs that may have made the view
  const Unreadable& unreadable;
};

/// `stages`: the ledger's, in its order; `verified`: one for each. Sets view_behind.
void verify_view(const ViewSources& sources, const std::vector<ledger::StageRow>& stages,
                 std::vector<VerifiedStage>& verified, Findings& findings);

}  // namespace tranche::inspect
