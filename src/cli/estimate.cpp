#include "estimate.hpp"

#include <algorithm>
#include <cmath>

#include "tranche/schedule/walltime.hpp"

namespace tranche::cli {
namespace {

constexpr double most_links = 1e6;

}  // namespace

Estimate estimate(const Allotment& allotment) {
  const double closing_s = schedule::closing_s({0, allotment.length_s}, 0);
  const double here_s = std::max(0.0, allotment.left_s - closing_s);
  Estimate result;
  result.beyond_s = allotment.eta_s - allotment.left_s;
  const double beyond_usable_s = allotment.eta_s - here_s;
  if (beyond_usable_s <= 0) return result;
  const double usable_s = std::max(1.0, allotment.length_s - closing_s);
  result.more_links = static_cast<unsigned>(std::min(most_links, std::ceil(beyond_usable_s / usable_s)));
  return result;
}

}  // namespace tranche::cli
