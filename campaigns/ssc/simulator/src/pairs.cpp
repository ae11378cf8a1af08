#include "ssc/pairs.hpp"

#include <cmath>
#include <vector>

#include "ssc/constants.hpp"

namespace ssc {

double pair_absorption_kernel(double x) {
  return x > 1.0 ? 0.652 * (1.0 - 1.0 / (x * x)) / x * std::log(x) : 0.0;
}

double add_pairs(Grids const& grids, std::span<double const> absorbed, std::span<double> injected) {
  FrequencyGrid const& photons = grids.photons;
  ElectronGrid const& electrons = grids.electrons;
  double const highest = 2.0 * electrons.edges[injected.size()];
  double power = 0;
  for (std::size_t k = 0; k < photons.size(); ++k)
    if (photons.epsilon[k] > 2.0 && photons.epsilon[k] < highest)
      power += absorbed[k] * photons.nu[k] * photons.log_step;
  if (!(power > 0)) return 0.0;

  std::vector<double> rate(injected.size());
  double energy = 0;
  for (std::size_t i = 0; i < rate.size(); ++i) {
    double const position = std::log(2.0 * electrons.centres[i] / photons.epsilon[0]) / photons.log_step;
    auto const k = static_cast<std::size_t>(position);
    if (k + 1 >= photons.size()) continue;
    double const part = position - static_cast<double>(k);
    // photons absorbed per unit e are absorbed/(h e); a straight line between grid points
    double const here =
        (1.0 - part) * absorbed[k] / photons.epsilon[k] + part * absorbed[k + 1] / photons.epsilon[k + 1];
    rate[i] = 4.0 * here / planck * electrons.widths[i];
    energy += rate[i] * electrons.centres[i];
  }
  if (!(energy > 0)) return 0.0;
  double const scale = power / (energy * electron_rest_energy);
  for (std::size_t i = 0; i < rate.size(); ++i) injected[i] += scale * rate[i];
  return power;
}

}  // namespace ssc
