/// \file
/// What the simulator said where a surrogate predicts.
/// Layer: application (cli).
#pragma once

#include <optional>
#include <vector>

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/surrogate/surrogate.hpp"

namespace tranche::cli {

struct Simulated {
  SampleIndex index = 0;
  SampleState state = SampleState::pending;
  std::vector<double> x;       ///< in the order of the surrogate's inputs
  std::vector<double> values;  ///< as stored; empty unless state is ok
};

/// A sample of the campaign. \throws Failure{usage} if there is no such index, or if the campaign's
/// parameters or output are not those that the surrogate knows
Simulated simulated(const inspect::CampaignView& view, const surrogate::Surrogate& surrogate,
                    SampleIndex index);

}  // namespace tranche::cli
