#include <catch2/catch.hpp>
#include <cmath>

#include "numerics.hpp"
#include "ssc/constants.hpp"
#include "ssc/emission.hpp"
#include "ssc/photon_field.hpp"
#include "ssc/synchrotron.hpp"

using namespace ssc;
using namespace ssc::test;

namespace {

FixedElectrons power_law(double k, double p, double gamma_min, double gamma_max, int per_decade = 40) {
  return FixedElectrons::tabulate([=](double g) { return k * std::pow(g, -p); }, gamma_min, gamma_max,
                                  per_decade);
}

double total(std::vector<double> const& nu, std::vector<double> const& j) {
  double sum = 0;
  for (std::size_t k = 0; k < nu.size(); ++k) sum += nu[k] * j[k];
  return sum * std::log(nu[1] / nu[0]);
}

}  // namespace

TEST_CASE("a power law of electrons gives synchrotron and Thomson SSC of slope (3-p)/2") {
  double const field = 1e-3;
  for (double const p : {2.0, 2.5, 3.0}) {
    FixedElectrons const electrons = power_law(1.0, p, 10, 1e5);
    Sphere const sphere{1e16, field};
    double const nu_low = critical_frequency(10, field), nu_high = critical_frequency(1e5, field);
    auto const synchrotron = [&](double nu) {
      return nu * synchrotron_emissivity(electrons.gamma, electrons.number, field, nu);
    };
    CAPTURE(p);
    CHECK(log_slope(synchrotron, std::sqrt(nu_low * nu_high)) == Approx(0.5 * (3 - p)).margin(5e-3));
    // In the middle of the scattered range the number of contributing target decades is stationary.
    double const middle = 4.0 / 3.0 * std::sqrt(nu_low * nu_high) * 10 * 1e5;
    auto const ssc = [&](double nu) {
      std::vector<double> const at{nu};
      return nu * emission(electrons, sphere, at, 10).ssc_thin[0];
    };
    CHECK(log_slope(ssc, middle) == Approx(0.5 * (3 - p)).margin(0.06));
  }
}

TEST_CASE("absorbed synchrotron has the slopes of the thick and thin limits") {
  // Thick between the critical frequency of gamma_min and tau = 1: F_nu ~ nu^(5/2).
  double const field = 1.0;
  FixedElectrons const wide = power_law(1e8, 2.5, 2, 1e5);
  auto const flux = [](FixedElectrons const& electrons, double b, double radius) {
    return [&electrons, b, radius](double nu) {
      double const tau = 2 * radius * absorption_coefficient(electrons.gamma, electrons.number, b, nu);
      return synchrotron_emissivity(electrons.gamma, electrons.number, b, nu) * escape_factor(tau);
    };
  };
  double const nu_min = critical_frequency(2, field);
  double const nu = 300 * nu_min;
  double const tau = 2 * 1e16 * absorption_coefficient(wide.gamma, wide.number, field, nu);
  CHECK(tau > 1e3);
  CHECK(log_slope(flux(wide, field, 1e16), nu) == Approx(2.5).margin(0.03));

  // Below the critical frequency of gamma_min: nu^2 if thick, nu^(1/3) if thin.
  FixedElectrons const narrow = power_law(1e9, 2.5, 1e3, 1e5);
  double const low = 1e-3 * critical_frequency(1e3, field);
  CHECK(2 * 1e17 * absorption_coefficient(narrow.gamma, narrow.number, field, low) > 100);
  CHECK(log_slope(flux(narrow, field, 1e17), low) == Approx(2.0).margin(0.05));
  FixedElectrons const few = power_law(1e-3, 2.5, 1e3, 1e5);
  CHECK(log_slope(flux(few, field, 1e15), 1e-2 * low) == Approx(1.0 / 3.0).margin(0.02));
}

TEST_CASE("in the Thomson limit L_SSC / L_syn is u_syn / U_B") {
  Sphere const sphere{1e16, 0.01};
  FixedElectrons const electrons = power_law(100, 2, 10, 1e3, 100);
  std::vector<double> const nu = log_points(1e2, 1e18, 321);
  Emission const e = emission(electrons, sphere, nu, 20);
  double const u_syn = energy_density(total(nu, e.synchrotron_thin), sphere.radius, 1.0);
  double const ratio = total(nu, e.ssc_thin) / total(nu, e.synchrotron_thin);
  CHECK(ratio / (u_syn / magnetic_energy_density(sphere.field)) == Approx(1.0).epsilon(5e-3));
}

TEST_CASE("thin synchrotron scales with the density, SSC with its square") {
  Sphere const sphere{3e16, 0.1};
  std::vector<double> const nu = log_points(1e9, 1e26, 35);
  Emission const once = emission(power_law(1e-3, 2.2, 100, 1e5, 20), sphere, nu, 10);
  Emission const seven = emission(power_law(7e-3, 2.2, 100, 1e5, 20), sphere, nu, 10);
  for (std::size_t k = 0; k < nu.size(); ++k) {
    CHECK(seven.synchrotron_thin[k] == Approx(7 * once.synchrotron_thin[k]).epsilon(1e-12));
    CHECK(seven.ssc_thin[k] == Approx(49 * once.ssc_thin[k]).epsilon(1e-12));
    CHECK(seven.tau[k] == Approx(7 * once.tau[k]).epsilon(1e-12));
  }
}
