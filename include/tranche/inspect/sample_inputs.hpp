/// \file
/// What a sample was given, for those who look at what its run has left.
/// Layer: application library (pure).
#pragma once

#include <string>

#include "tranche/base/run_record.hpp"
#include "tranche/inspect/campaign_view.hpp"

namespace tranche::inspect {

/// `tranche try --index 77`, with what else this run had: `dt=0.5` (campaign/settings.hpp).
std::string command_again(SampleIndex index, const std::string& with);

/// {"index", "stage", "attempt", "seed", "state", "reason", "message", "parameters", "constants", "derived",
/// "x", "again"}: x is what the simulator gets, in declared order. `with`: other values of constants.
std::string sample_inputs_json(const CampaignView& view, const RunRecord& run, const std::string& with);

}  // namespace tranche::inspect
