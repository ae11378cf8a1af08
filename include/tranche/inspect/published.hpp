/// \file
/// What an owner publishes of its ledger: stages for status.json.
/// Layer: application library (ledger, published files).
#pragma once

#include <vector>

#include "tranche/campaign/stage_plan.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::inspect {

/// Every stage of the plan: those that have begun as the ledger has them, the rest as planned.
std::vector<directory::StageStatus> stage_statuses(const std::vector<ledger::StageRow>& rows,
                                                   const campaign::StagePlan& plan);

}  // namespace tranche::inspect
