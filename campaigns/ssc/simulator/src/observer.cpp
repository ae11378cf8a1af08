#include "ssc/observer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ssc/constants.hpp"

namespace ssc {
namespace {

constexpr double hubble = 71.0 * 1e5 / 3.0856775814913673e24;  ///< 71 km/s/Mpc in s-1
constexpr double omega_m = 0.27;
constexpr double steep = 5.0;  ///< logarithmic slope above which cubic interpolation could overshoot

double expansion(double z) {
  return std::sqrt(omega_m * (1.0 + z) * (1.0 + z) * (1.0 + z) + 1.0 - omega_m);
}

}  // namespace

double luminosity_distance(double redshift) {
  constexpr int intervals = 1000;  // Simpson's rule; the integrand is smooth
  double const h = redshift / intervals;
  double sum = 1.0 / expansion(0.0) + 1.0 / expansion(redshift);
  for (int k = 1; k < intervals; ++k) sum += (k % 2 == 1 ? 4.0 : 2.0) / expansion(k * h);
  return (1.0 + redshift) * light_speed / hubble * sum * h / 3.0;
}

SpectrumInterpolant::SpectrumInterpolant(FrequencyGrid const& grid, std::span<double const> values)
    : log_step_(grid.log_step), lowest_log_nu_(grid.lowest_log_nu), log_values_(values.size()) {
  for (std::size_t k = 0; k < values.size(); ++k)
    log_values_[k] = values[k] > 0 ? std::log(values[k]) : -std::numeric_limits<double>::infinity();
}

/// d ln value / d ln nu at a grid point whose value is not 0.
double SpectrumInterpolant::slope(std::size_t k) const {
  bool const has_below = k > 0 && std::isfinite(log_values_[k - 1]);
  bool const has_above = k + 1 < log_values_.size() && std::isfinite(log_values_[k + 1]);
  double const below = has_below ? (log_values_[k] - log_values_[k - 1]) / log_step_ : 0.0;
  double const above = has_above ? (log_values_[k + 1] - log_values_[k]) / log_step_ : 0.0;
  if (!has_below) return above;
  if (!has_above) return below;
  if (std::max(std::abs(below), std::abs(above)) <= steep) return 0.5 * (below + above);
  return below * above > 0 ? 2.0 * below * above / (below + above) : 0.0;
}

double SpectrumInterpolant::operator()(double nu) const {
  double const position = (std::log10(nu) - lowest_log_nu_) * std::log(10.0) / log_step_;
  double const top = static_cast<double>(log_values_.size() - 1);
  if (!(position >= -1e-9 && position <= top + 1e-9)) return 0.0;
  auto const k = std::min(static_cast<std::size_t>(std::max(position, 0.0)), log_values_.size() - 2);
  double const t = position - static_cast<double>(k);
  double const from = log_values_[k];
  double const to = log_values_[k + 1];
  if (!std::isfinite(from) || !std::isfinite(to)) return 0.0;
  double const rise = to - from;
  double const m0 = slope(k) * log_step_;
  double const m1 = slope(k + 1) * log_step_;
  return std::exp(from + t * (m0 + t * (3.0 * rise - 2.0 * m0 - m1 + t * (m0 + m1 - 2.0 * rise))));
}

}  // namespace ssc
