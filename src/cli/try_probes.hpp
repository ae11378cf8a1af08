/// \file
/// Which parameters matter at all: pairs of points that differ in one of them.
/// Layer: application (cli).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "try_points.hpp"

namespace tranche::cli {

/// Two points, by their position in a list, that differ in one parameter.
struct Probe {
  std::size_t parameter = 0;
  std::size_t base = 0;
  std::size_t moved = 0;
};

/// Appends to `points` what is needed: for every parameter up to two pairs, one around the centre and one
/// around another point. None for a parameter that constraints do not let move alone.
std::vector<Probe> add_probes(const inspect::CampaignView& view, std::vector<TryPoint>& points);

struct UnusedParameters {
  std::vector<std::string> names;  ///< all their pairs gave the same outputs, bit by bit
  bool complete = true;            ///< false: the time was up before all had been looked at
};

/// Runs the probes, for about `limit_s` at most. A pair of which one point does not compute says nothing.
UnusedParameters find_unused(const inspect::CampaignView& view, TryHost& host,
                             const std::vector<Probe>& probes, double limit_s);

}  // namespace tranche::cli
