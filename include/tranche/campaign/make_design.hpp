/// \file
/// The design a campaign asks for: from its parameters and stage plan to index -> parameter values.
/// Layer: campaign (pure).
#pragma once

#include "tranche/campaign/spec.hpp"
#include "tranche/campaign/stage_plan.hpp"
#include "tranche/design/design.hpp"

namespace tranche::campaign {

/// The values one parameter may take, in its own unit; levels are their 0-based positions.
/// \throws std::invalid_argument for a domain that `config` would have refused.
design::Domain make_domain(const Parameter& parameter);

/// The design of every method, with as many points as the plan dispatches.
/// Precondition: `plan` was built from `spec`. \throws std::invalid_argument as make_domain().
design::Design make_design(const CampaignSpec& spec, const StagePlan& plan);

}  // namespace tranche::campaign
