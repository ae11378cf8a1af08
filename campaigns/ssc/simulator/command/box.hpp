/// \file
/// The box of published parameter ranges that the SSC campaign samples.
#pragma once

#include <cstdint>
#include <vector>

#include "ssc/parameters.hpp"

namespace ssc {

/// Latin hypercube of `count` points: delta 3..50 and p 1.8..5 linear; R 1e15..1e18 cm, B 1e-3..1e2 G,
/// gamma_min 10^1.5..1e5, gamma_max 1e2..1e8, L_e 1e42..1e48 erg/s logarithmic. Points that break the
/// constraint gamma_max >= 2 gamma_min are left out, so the result is shorter. Same seed, same points.
std::vector<Parameters> sample_box(std::size_t count, std::uint64_t seed);

}  // namespace ssc
