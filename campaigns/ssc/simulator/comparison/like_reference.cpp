#include "like_reference.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "ssc/constants.hpp"
#include "ssc/emission.hpp"
#include "ssc/injection.hpp"
#include "ssc/kinetic.hpp"
#include "ssc/observer.hpp"

namespace ssc {

ObservedEmission emission_like(ReferenceFile const& file, std::span<double const> nu_obs,
                               int points_per_decade, int frequencies_per_decade) {
  double const delta = file.value("doppler");
  double const redshift = file.value("redshift");
  Sphere const sphere{file.value("R_cm"), file.value("B_gauss")};
  FixedElectrons const electrons =
      FixedElectrons::tabulate([&file](double gamma) { return file.density(gamma); }, file.value("gamma_min"),
                               file.value("gamma_max"), points_per_decade);
  std::vector<double> nu;
  for (double const f : nu_obs) nu.push_back(f * (1.0 + redshift) / delta);
  Emission const comoving = emission(electrons, sphere, nu, frequencies_per_decade);

  double const distance = luminosity_distance(redshift);
  double const boost = std::pow(delta, 4) * sphere_volume(sphere.radius) / (4.0 * pi * distance * distance);
  auto const observed = [&](std::vector<double> const& emissivity) {
    std::vector<double> flux(nu.size());
    for (std::size_t k = 0; k < nu.size(); ++k) flux[k] = boost * nu[k] * emissivity[k];
    return flux;
  };
  return {observed(comoving.synchrotron_thin), observed(comoving.ssc_thin), comoving.tau,
          observed(comoving.synchrotron), observed(comoving.ssc)};
}

std::vector<double> cooled_like(ReferenceFile const& file, std::span<double const> gamma,
                                int cells_per_decade) {
  double const gamma_c = file.value("gamma_c");
  double const radius = file.value("R_cm");
  double const u_b = magnetic_energy_density(file.value("B_gauss"));
  int const cells = static_cast<int>(std::ceil(std::log10(20.0 * gamma_c) * cells_per_decade));
  ElectronGrid const grid(cells_per_decade, cells);
  Injection const injection{file.value("p"), file.value("gamma_min"), gamma_c, file.value("L_inj_erg_s"),
                            radius};

  std::vector<double> injected;
  if (auto const failure = inject(grid, injection, grid.size(), injected))
    throw std::runtime_error(file.path + ": " + failure->message);
  std::vector<double> loss(grid.size());
  for (std::size_t i = 0; i < grid.size(); ++i)
    loss[i] = loss_per_energy_density * u_b * grid.edges[i] * grid.edges[i];
  std::vector<double> density(grid.size());
  solve_steady_state(grid, loss, injected, radius / light_speed, density);

  std::vector<double> at;
  for (double const g : gamma) {
    double const position = std::log(g / grid.centres[0]) / grid.log_step;
    auto const i =
        static_cast<std::size_t>(std::clamp(std::floor(position), 0.0, static_cast<double>(grid.size() - 2)));
    double const t = position - static_cast<double>(i);
    bool const usable = density[i] > 0 && density[i + 1] > 0;
    at.push_back(usable ? std::exp((1.0 - t) * std::log(density[i]) + t * std::log(density[i + 1])) : 0.0);
  }
  return at;
}

}  // namespace ssc
