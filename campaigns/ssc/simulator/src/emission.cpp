#include "ssc/emission.hpp"

#include <algorithm>
#include <cmath>

#include "ssc/compton.hpp"
#include "ssc/constants.hpp"
#include "ssc/grids.hpp"
#include "ssc/photon_field.hpp"
#include "ssc/synchrotron.hpp"

namespace ssc {
namespace {

constexpr double lowest_log_target = 4.0;
constexpr double highest_x = 100.0;  ///< targets end at this multiple of nu_c(gamma_max)

FrequencyGrid target_grid(FixedElectrons const& electrons, double field, int per_decade) {
  double const top = std::log10(highest_x * critical_frequency(electrons.gamma.back(), field));
  int const points = static_cast<int>(std::ceil(std::max(top - lowest_log_target, 1.0) * per_decade)) + 1;
  return {per_decade, lowest_log_target, points};
}

}  // namespace

FixedElectrons FixedElectrons::tabulate(std::function<double(double)> const& density, double gamma_min,
                                        double gamma_max, int points_per_decade) {
  double const range = std::log(gamma_max / gamma_min);
  auto const intervals =
      static_cast<std::size_t>(std::max(2.0, std::ceil(range / std::log(10.0) * points_per_decade)));
  double const step = range / static_cast<double>(intervals);
  FixedElectrons electrons;
  for (std::size_t i = 0; i <= intervals; ++i) {
    double const gamma = i == 0           ? gamma_min
                         : i == intervals ? gamma_max
                                          : gamma_min * std::exp(step * static_cast<double>(i));
    double const end = i == 0 || i == intervals ? 0.5 : 1.0;
    electrons.gamma.push_back(gamma);
    electrons.number.push_back(density(gamma) * gamma * step * end);
  }
  return electrons;
}

Emission emission(FixedElectrons const& electrons, Sphere const& sphere, std::span<double const> nu,
                  int frequencies_per_decade) {
  FrequencyGrid const targets = target_grid(electrons, sphere.field, frequencies_per_decade);
  auto const& [gamma, number] = electrons;
  auto const emissivity = [&](double f) { return synchrotron_emissivity(gamma, number, sphere.field, f); };
  auto const depth = [&](double f) {
    return 2.0 * sphere.radius * absorption_coefficient(gamma, number, sphere.field, f);
  };

  std::vector<double> thin(targets.size());
  std::vector<double> absorbed(targets.size());
  for (std::size_t k = 0; k < targets.size(); ++k) {
    double const f = targets.nu[k];
    thin[k] = photon_density(energy_density(emissivity(f), sphere.radius, 1.0), targets.epsilon[k]);
    absorbed[k] = thin[k] * escape_factor(depth(f));
  }

  Emission out;
  for (double const f : nu) {
    double const epsilon = epsilon_per_hertz * f;
    out.synchrotron_thin.push_back(emissivity(f));
    out.tau.push_back(depth(f));
    out.synchrotron.push_back(out.synchrotron_thin.back() * escape_factor(out.tau.back()));
    out.ssc_thin.push_back(
        compton_emissivity(epsilon, gamma, number, targets.epsilon, thin, targets.log_step));
    out.ssc.push_back(
        compton_emissivity(epsilon, gamma, number, targets.epsilon, absorbed, targets.log_step));
  }
  return out;
}

}  // namespace ssc
