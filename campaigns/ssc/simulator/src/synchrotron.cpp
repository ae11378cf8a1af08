#include "ssc/synchrotron.hpp"

#include <cmath>

#include "ssc/constants.hpp"

namespace ssc {
namespace {

constexpr double largest_x = 250.0;  ///< exp(-250): below any floor, and no denormal numbers

}  // namespace

double synchrotron_kernel(double x) {
  if (!(x < largest_x)) return 0.0;
  double const a = std::cbrt(x);
  double const a2 = a * a;
  double const a4 = a2 * a2;
  return 1.808 * a / std::sqrt(1.0 + 3.4 * a2) * (1.0 + 2.21 * a2 + 0.347 * a4) /
         (1.0 + 1.353 * a2 + 0.217 * a4) * std::exp(-x);
}

double absorption_kernel(double x) {
  if (!(x < largest_x)) return 0.0;
  double const a2 = std::cbrt(x) * std::cbrt(x);
  double const a4 = a2 * a2;
  double const by_log_a = 1.0 - 3.4 * a2 / (1.0 + 3.4 * a2) +
                          (4.42 * a2 + 1.388 * a4) / (1.0 + 2.21 * a2 + 0.347 * a4) -
                          (2.706 * a2 + 0.868 * a4) / (1.0 + 1.353 * a2 + 0.217 * a4);
  return 2.0 * synchrotron_kernel(x) * (1.0 - by_log_a / 3.0 + x);
}

double critical_frequency(double gamma, double field) {
  return 3.0 * electron_charge * field * gamma * gamma / (4.0 * pi * electron_mass * light_speed);
}

double synchrotron_power_scale(double field) {
  return std::sqrt(3.0) * electron_charge * electron_charge * electron_charge * field / electron_rest_energy;
}

double synchrotron_emissivity(std::span<double const> gamma, std::span<double const> number, double field,
                              double nu) {
  double sum = 0;
  for (std::size_t i = 0; i < gamma.size(); ++i)
    sum += number[i] * synchrotron_kernel(nu / critical_frequency(gamma[i], field));
  return synchrotron_power_scale(field) * sum;
}

double absorption_coefficient(std::span<double const> gamma, std::span<double const> number, double field,
                              double nu) {
  double sum = 0;
  for (std::size_t i = 0; i < gamma.size(); ++i)
    sum += number[i] / gamma[i] * absorption_kernel(nu / critical_frequency(gamma[i], field));
  return synchrotron_power_scale(field) * sum / (8.0 * pi * electron_mass * nu * nu);
}

double escape_factor(double tau) {
  if (tau < 1e-2) return 1.0 - 3.0 * tau / 8.0 + tau * tau / 10.0;
  double const u = 0.5 + std::exp(-tau) / tau + std::expm1(-tau) / (tau * tau);
  return 3.0 * u / tau;
}

}  // namespace ssc
