/// \file
/// What the rest of a campaign will cost, from the wall times of the runs so far.
/// Layer: campaign (pure). Deterministic: the same times and seed give the same interval everywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tranche::campaign {

/// Wall times of finished runs, in seconds. All zero when there are none.
struct WallSummary {
  std::uint64_t runs = 0;
  double median_s = 0;
  double mean_s = 0;
  double p95_s = 0;
  double max_s = 0;
};

/// Quantiles interpolate between neighbours. Times that are negative or not finite are left out.
/// O(n log n).
WallSummary wall_summary(std::span<const double> wall_s);

struct ForecastInput {
  std::vector<double> wall_s;   ///< of finished runs, seconds; any order
  std::uint64_t remaining = 0;  ///< samples still to run
  double cores_per_run = 1;     ///< threads of a slot
  std::uint64_t slots = 1;      ///< runs at the same time; decides the makespan only
  std::uint64_t seed = 0;
};

/// Median and 90 % interval (5 % .. 95 %) of what the remaining samples will need.
struct Forecast {
  double core_hours = 0;
  double core_hours_lo = 0;
  double core_hours_hi = 0;
  double makespan_s = 0;  ///< wall time on `slots` slots that stay busy, median
  double makespan_hi_s = 0;
  std::uint64_t based_on = 0;  ///< times used
};

/// Bootstrap: 1000 times the measured times are drawn again for the mean, and the scatter of the
/// remaining samples around that mean is added. Of more than 10^5 times an even subsample is used.
/// Nothing without any measured time. Draws come from a counter-based hash of `seed`.
std::optional<Forecast> forecast(const ForecastInput& input);

}  // namespace tranche::campaign
