/// \file
/// Which samples a training learns from, which it looks at on the way, and which it is judged by.
/// Layer: application (trainer, pure).
#pragma once

#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/learn/trial.hpp"

namespace tranche::trainer {

/// Of `ok`: what is not held out and lies in the asked fraction. Ascending, as given.
std::vector<SampleIndex> to_learn_from(const learn::TrialSettings& settings,
                                       const std::vector<SampleIndex>& ok);
/// Of `ok`: what no training sees, at most `most` of them, spread over the whole length.
std::vector<SampleIndex> held_out(const learn::TrialSettings& settings, const std::vector<SampleIndex>& ok,
                                  std::size_t most);

struct Selection {
  std::vector<SampleIndex> learned;
  std::vector<SampleIndex>
      checked;  ///< with patience: a twentieth that is not learned from; else a part of `learned`
};
/// Of to_learn_from(). \pre two at least
Selection select(const learn::TrialSettings& settings, const std::vector<SampleIndex>& all);

}  // namespace tranche::trainer
