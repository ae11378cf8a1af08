/// \file
/// What torch computes, where torch's headers are not wanted.
/// Layer: application (trainer).
#pragma once

#include <cstdint>
#include <vector>

#include "tranche/learn/network.hpp"

namespace tranche::trainer {

struct FirstValues {
  std::vector<learn::Network::Weights> weights;  ///< one a layer
  learn::Matrix y;
};

/// A network as training begins with it, and what it gives for `x`: what learn::Network has to give too.
FirstValues first_values(const learn::NetworkSpec& spec, const learn::Matrix& x, std::uint64_t seed);

}  // namespace tranche::trainer
