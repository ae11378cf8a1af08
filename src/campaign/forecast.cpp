#include "tranche/campaign/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tranche/design/hash.hpp"

namespace tranche::campaign {
namespace {

constexpr std::size_t resamples = 1000;
constexpr std::size_t most_times = 100'000;
constexpr std::size_t most_draws = 4096;  ///< a resample of more times draws this many and scales the scatter

std::vector<double> usable(std::span<const double> wall_s) {
  std::vector<double> times;
  for (double t : wall_s)
    if (std::isfinite(t) && t >= 0) times.push_back(t);
  std::ranges::sort(times);
  return times;
}

/// Quantile of ascending values, interpolated between neighbours.
double quantile(std::span<const double> sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto k = static_cast<std::size_t>(at);
  if (k + 1 >= sorted.size()) return sorted.back();
  return sorted[k] + (at - static_cast<double>(k)) * (sorted[k + 1] - sorted[k]);
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance(std::span<const double> values, double centre) {
  double sum = 0;
  for (double v : values) sum += (v - centre) * (v - centre);
  return sum / static_cast<double>(std::max<std::size_t>(1, values.size() - 1));
}

/// Every k-th of the sorted times: keeps the shape of the distribution, the largest time included.
std::vector<double> thinned(std::vector<double> sorted) {
  if (sorted.size() <= most_times) return sorted;
  std::vector<double> some;
  for (std::size_t k = 0; k < most_times; ++k)
    some.push_back(sorted[k * (sorted.size() - 1) / (most_times - 1)]);
  return some;
}

/// One number in (0,1) of the stream `key`.
double uniform(std::uint64_t key, std::uint64_t counter) {
  return (static_cast<double>(design::hash(key, counter) >> 12) + 0.5) * 0x1p-52;
}

/// A standard normal number, by Box and Muller.
double normal(std::uint64_t key, std::uint64_t counter) {
  constexpr double two_pi = 6.283185307179586;
  return std::sqrt(-2 * std::log(uniform(key, 2 * counter))) *
         std::cos(two_pi * uniform(key, 2 * counter + 1));
}

/// Mean of as many times, drawn again with replacement. Beyond `most_draws` the mean of fewer draws is
/// pulled towards the true one, so that it scatters as the mean of all would.
double resampled_mean(std::span<const double> times, double centre, std::uint64_t key) {
  const auto draws = std::min(times.size(), most_draws);
  double sum = 0;
  for (std::size_t k = 0; k < draws; ++k)
    sum += times[static_cast<std::size_t>(uniform(key, k) * static_cast<double>(times.size()))];
  const double drawn = sum / static_cast<double>(draws);
  return centre +
         (drawn - centre) * std::sqrt(static_cast<double>(draws) / static_cast<double>(times.size()));
}

}  // namespace

WallSummary wall_summary(std::span<const double> wall_s) {
  const auto times = usable(wall_s);
  if (times.empty()) return {};
  return {times.size(), quantile(times, 0.5), mean(times), quantile(times, 0.95), times.back()};
}

std::optional<Forecast> forecast(const ForecastInput& input) {
  const auto times = thinned(usable(input.wall_s));
  if (times.empty()) return std::nullopt;
  const double centre = mean(times);
  const double spread = std::sqrt(variance(times, centre));
  const auto n = static_cast<double>(input.remaining);
  const auto root = design::root_key(input.seed);

  std::vector<double> seconds;
  for (std::size_t b = 0; b < resamples; ++b) {
    const auto key = design::hash(root, b);
    const double total = n * resampled_mean(times, centre, key) + std::sqrt(n) * spread * normal(~key, 0);
    seconds.push_back(std::max(0.0, total));
  }
  std::ranges::sort(seconds);

  const double hours = input.cores_per_run / 3600;
  const auto slots = static_cast<double>(std::max<std::uint64_t>(1, input.slots));
  return Forecast{quantile(seconds, 0.5) * hours,  quantile(seconds, 0.05) * hours,
                  quantile(seconds, 0.95) * hours, quantile(seconds, 0.5) / slots,
                  quantile(seconds, 0.95) / slots, times.size()};
}

}  // namespace tranche::campaign
