#include "tranche/campaign/tally.hpp"

#include <algorithm>
#include <cmath>

namespace tranche::campaign {

std::uint64_t Tally::failures() const {
  return of(SampleState::failed) + of(SampleState::timeout) + of(SampleState::crashed);
}

std::uint64_t Tally::finished() const {
  return of(SampleState::ok) + of(SampleState::invalid) + failures();
}

std::uint64_t Tally::pending() const {
  return total - finished() - of(SampleState::excluded);
}

double Tally::fail_rate() const {
  const auto n = finished();
  return n == 0 ? 0 : static_cast<double>(failures()) / static_cast<double>(n);
}

double Tally::fail_rate_hi() const {
  if (finished() == 0) return 1;
  constexpr double z = 1.959963984540054;  // normal quantile of 0.975
  const auto n = static_cast<double>(finished());
  const double p = fail_rate();
  const double centre = p + z * z / (2 * n);
  const double spread = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return std::min(1.0, (centre + spread) / (1 + z * z / n));
}

Tally& Tally::operator+=(const Tally& other) {
  total += other.total;
  for (std::size_t k = 0; k < samples.size(); ++k) samples[k] += other.samples[k];
  runs += other.runs;
  wall_s += other.wall_s;
  cpu_s += other.cpu_s;
  core_s += other.core_s;
  return *this;
}

}  // namespace tranche::campaign
