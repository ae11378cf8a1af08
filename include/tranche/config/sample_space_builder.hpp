/// \file
/// The sample space of a campaign: its design with derived values and constraints compiled.
/// Layer: adapter (config). It stands here because the core knows no parser: formulas reach
/// design::SampleSpace as functions.
#pragma once

#include "tranche/campaign/spec.hpp"
#include "tranche/campaign/stage_plan.hpp"
#include "tranche/design/sample_space.hpp"

namespace tranche::config {

/// x = parameters, constants, derived, in declared order. Precondition: `plan` was built from `spec`,
/// and `spec` came out of load_campaign. Copies share nothing: one per thread.
/// \throws ConfigError for a formula that does not compile (a spec made by hand)
design::SampleSpace make_sample_space(const campaign::CampaignSpec& spec, const campaign::StagePlan& plan);

}  // namespace tranche::config
