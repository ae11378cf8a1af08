/// \file
/// A surrogate with random weights: the same for the same seed, never committed as a file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tranche/surrogate/surrogate.hpp"

namespace tranche::test {

struct RandomSurrogate {
  std::uint64_t seed = 1;
  std::uint64_t inputs = 7;  ///< named as in the bundled campaign as far as that goes, then p7, p8 ...
  std::uint64_t points = 177;
  std::uint64_t members = 1;
  learn::Baseline baseline = learn::Baseline::cubic;
  learn::TargetForm form = learn::TargetForm::components;
  std::uint64_t components = 64;
  /// All but the last one, as in campaign.yaml; the last is linear, as wide as the targets.
  std::vector<std::string> layers = {"linear 256", "residual gelu", "residual gelu", "residual gelu"};
};

surrogate::Surrogate make(const RandomSurrogate& wish);

}  // namespace tranche::test
