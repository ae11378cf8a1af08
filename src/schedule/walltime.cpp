#include "tranche/schedule/walltime.hpp"

#include <algorithm>
#include <limits>

namespace tranche::schedule {

double usual_closing_s(const Allocation& allocation) {
  return std::min(30.0, 0.05 * std::max(0.0, allocation.end - allocation.begin));
}

double closing_s(const Allocation& allocation, double longest_epoch_s) {
  return std::max(usual_closing_s(allocation), 3 * longest_epoch_s);
}

wire::Withdraw WalltimePlan::order(double now) const {
  const double usable = usual_last_end_ - begin_;
  return {std::max(0.0, last_end_ - now),
          usable > 0 ? 0.9 * usable : std::numeric_limits<double>::infinity()};
}

}  // namespace tranche::schedule
