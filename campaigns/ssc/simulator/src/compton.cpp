#include "ssc/compton.hpp"

#include <algorithm>
#include <cmath>

#include "ssc/constants.hpp"

namespace ssc {

double jones_kernel(double log_ratio, double big_gamma) {
  if (!(log_ratio < 0)) return 0.0;
  double const gamma_q = std::exp(log_ratio) / -std::expm1(log_ratio);  // Gamma q = E / (1 - E)
  double const q = gamma_q / big_gamma;
  if (!(q < 1.0)) return 0.0;
  double const kernel = 2.0 * q * std::log(q) + (1.0 + 2.0 * q) * (1.0 - q) +
                        0.5 * gamma_q * gamma_q / (1.0 + gamma_q) * (1.0 - q);
  return std::max(kernel, 0.0);
}

double highest_target(double epsilon_s, double gamma) {
  return epsilon_s < gamma ? epsilon_s / -std::expm1(std::log(epsilon_s / gamma)) : 0.0;
}

double dilogarithm_of_minus(double b) {
  if (b > 1.0) {
    double const log_b = std::log(b);
    return -pi * pi / 6.0 - 0.5 * log_b * log_b - dilogarithm_of_minus(1.0 / b);
  }
  double const y = b / (1.0 + b);  // Landen's identity: the argument is at most 1/2
  double const log_1b = std::log1p(b);
  double sum = 0;
  double power = 1;
  for (int n = 1; n <= 60; ++n) {
    power *= y;
    sum += power / (static_cast<double>(n) * n);
  }
  return -sum - 0.5 * log_1b * log_1b;
}

double klein_nishina_loss_factor(double b) {
  if (b < 1e-2) return 1.0 - 63.0 / 40.0 * b + 441.0 / 200.0 * b * b;
  // Divided by b^2 and (1+b)^2 early, so that nothing overflows up to b = 1e60.
  double const rational = (11.0 / 12.0 * b * b * b + 6.0 * b * b + 9.0 * b + 4.0) / ((1.0 + b) * (1.0 + b));
  double const bracket =
      (0.5 * b + 6.0 + 6.0 / b) * std::log1p(b) - rational - 2.0 + 2.0 * dilogarithm_of_minus(b);
  return 9.0 / (b * b * b) * bracket;
}

double compton_emissivity(double epsilon_s, std::span<double const> gamma, std::span<double const> number,
                          std::span<double const> epsilon, std::span<double const> photons, double log_step) {
  double sum = 0;
  for (std::size_t i = 0; i < gamma.size(); ++i) {
    if (!(epsilon_s < gamma[i])) continue;
    double const log_ratio = std::log(epsilon_s / gamma[i]);
    double const highest = highest_target(epsilon_s, gamma[i]);
    double targets = 0;
    for (std::size_t j = 0; j < epsilon.size() && epsilon[j] <= highest; ++j)
      targets += photons[j] * jones_kernel(log_ratio, 4.0 * gamma[i] * epsilon[j]);
    sum += number[i] / (gamma[i] * gamma[i]) * targets;
  }
  return 0.75 * planck * light_speed * thomson_cross_section * epsilon_s * log_step * sum;
}

}  // namespace ssc
