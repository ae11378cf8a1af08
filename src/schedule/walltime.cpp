#include "tranche/schedule/walltime.hpp"

#include <algorithm>

namespace tranche::schedule {

double closing_s(const Allocation& allocation, double longest_epoch_s) {
  const double usual = std::min(30.0, 0.05 * std::max(0.0, allocation.end - allocation.begin));
  return std::max(usual, 3 * longest_epoch_s);
}

wire::Withdraw WalltimePlan::order(double now) const {
  return {std::max(0.0, last_end_ - now), 0.9 * std::max(0.0, last_end_ - begin_)};
}

}  // namespace tranche::schedule
