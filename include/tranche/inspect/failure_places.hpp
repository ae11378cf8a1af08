/// \file
/// Where in the parameter box each reason occurs, from what is published of it.
/// Layer: application library. Points follow from indices: the ledger is not asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tranche/atlas/region.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/inspect/campaign_view.hpp"

namespace tranche::inspect {

/// One reason, over all stages that were asked for.
struct FailurePlace {
  std::string state;
  std::string reason;
  std::uint64_t count = 0;        ///< samples that failed for it
  std::uint64_t examined = 0;     ///< of these
  std::uint64_t compared = 0;     ///< other finished samples looked at
  double fail_share = 0;          ///< of all finished samples
  std::vector<atlas::Axis> axes;  ///< of the answer's bounds
  atlas::Answer answer;
  std::string text;  ///< the answer as a sentence
};

/// A parameter as the sentences name it, on its own scale.
std::vector<atlas::Axis> atlas_axes(const campaign::CampaignSpec& spec);

/// Of the most frequent reasons (20 at most; bad points included), most frequent first; of one stage if it is
/// given. `finished`: samples with a final state there. O(reasons (samples + parameters^2)): some 10 ms each.
std::vector<FailurePlace> failure_places(const CampaignView& view, const directory::Failures& failures,
                                         std::uint64_t finished, const campaign::Stage* only = nullptr);

}  // namespace tranche::inspect
