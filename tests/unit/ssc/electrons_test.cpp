#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <string>

#include "like_reference.hpp"
#include "numerics.hpp"
#include "ssc/constants.hpp"
#include "ssc/injection.hpp"
#include "ssc/kinetic.hpp"
#include "ssc/parameters.hpp"

using namespace ssc;
using namespace ssc::test;

namespace {

std::vector<double> magnetic_losses(ElectronGrid const& grid, double field) {
  std::vector<double> loss;
  for (std::size_t i = 0; i < grid.size(); ++i)
    loss.push_back(loss_per_energy_density * magnetic_energy_density(field) * grid.edges[i] * grid.edges[i]);
  return loss;
}

double slope_at(ElectronGrid const& grid, std::vector<double> const& n, double gamma) {
  auto const i = static_cast<std::size_t>(std::log(gamma) / grid.log_step);
  return std::log(n[i + 4] / n[i - 4]) / (8 * grid.log_step);
}

}  // namespace

TEST_CASE("injection is integrated over cells and carries the whole power") {
  ElectronGrid const grid(40, 360);
  Injection const injection{2.7, 123.4, 5e4, 3e42, 2e16};
  std::vector<double> rates;
  REQUIRE_FALSE(inject(grid, injection, active_cells(grid, injection.gamma_max), rates));
  auto const q = [&](double g) { return std::pow(g, -injection.p) * std::exp(-g / injection.gamma_max); };
  double const energy = integrate([&](double g) { return g * q(g); }, 123.4, 1e6, 100000);
  double const q0 = injection.power / (sphere_volume(injection.radius) * electron_rest_energy * energy);
  for (std::size_t i = 0; i < rates.size(); ++i) {
    if (grid.edges[i + 1] <= 123.4) {
      CHECK(rates[i] == 0.0);
      continue;
    }
    double const from = std::max(grid.edges[i], 123.4);
    CHECK(rates[i] == Approx(q0 * integrate(q, from, grid.edges[i + 1], 2000)).epsilon(1e-6));
  }
  CHECK(rates.size() == active_cells(grid, 5e4));
  CHECK(grid.edges[rates.size()] >= 1e6);
  CHECK(grid.edges[rates.size() - 1] < 1e6);
}

TEST_CASE("no injection above 20 gamma_max is an empty injection") {
  ElectronGrid const grid(40, 360);
  std::vector<double> rates;
  auto const failure = inject(grid, {2.0, 1e5, 1e2, 1e42, 1e16}, active_cells(grid, 1e2), rates);
  REQUIRE(failure);
  CHECK(failure->reason == Reason::empty_injection);
}

TEST_CASE("the sweep conserves electrons and keeps them positive") {
  ElectronGrid const grid(40, 300);
  std::vector<double> injected(grid.size(), 0.0), n(grid.size());
  for (std::size_t i = 80; i < 300; ++i) injected[i] = std::pow(grid.centres[i], -1.3);
  double const escape_time = 3e5;
  double const out = solve_steady_state(grid, magnetic_losses(grid, 30.0), injected, escape_time, n);
  double escaping = 0;
  for (std::size_t i = 0; i < n.size(); ++i) {
    CHECK(n[i] >= 0);
    escaping += n[i] * grid.widths[i] / escape_time;
  }
  CHECK(out > 0);
  CHECK(out + escaping == Approx(std::accumulate(injected.begin(), injected.end(), 0.0)).epsilon(1e-12));
}

TEST_CASE("cooling steepens a power law by one above gamma_cool and not below") {
  ElectronGrid const grid(40, 420);
  double const radius = 1e16;
  std::vector<double> injected, n(grid.size());
  REQUIRE_FALSE(inject(grid, {2.2, 10, 1e9, 1e41, radius}, grid.size(), injected));
  for (double const field : {0.3, 3.0}) {
    double const gamma_cool =
        1.0 / (loss_per_energy_density * magnetic_energy_density(field) * radius / light_speed);
    CHECK(gamma_cool == Approx(3 * electron_rest_energy /
                               (4 * thomson_cross_section * magnetic_energy_density(field) * radius)));
    solve_steady_state(grid, magnetic_losses(grid, field), injected, radius / light_speed, n);
    CAPTURE(field, gamma_cool);
    CHECK(slope_at(grid, n, 100 * gamma_cool) == Approx(-3.2).margin(0.02));
    if (gamma_cool > 1e4) CHECK(slope_at(grid, n, gamma_cool / 100) == Approx(-2.2).margin(0.03));
  }
}

TEST_CASE("cooled electrons agree with the exact integral solution") {
  for (std::string const name : {"cool1_slow", "cool2_fast"}) {
    ReferenceFile const file = ReferenceFile::read(std::string(SSC_REFERENCES "/") + name + ".csv");
    auto const gamma = file.column("gamma");
    auto const exact = file.column("n_cm-3");
    auto const found = cooled_like(file, gamma, 40);
    double const gamma_min = file.value("gamma_min");
    double peak = 0;
    for (std::size_t i = 0; i < gamma.size(); ++i) peak = std::max(peak, gamma[i] * gamma[i] * exact[i]);
    int tested = 0;
    for (std::size_t i = 0; i < gamma.size(); ++i) {
      if (gamma[i] * gamma[i] * exact[i] <= 1e-4 * peak) continue;
      CAPTURE(name, gamma[i]);
      if (gamma[i] > 1.35 * gamma_min) {
        CHECK(found[i] == Approx(exact[i]).epsilon(0.01));
        ++tested;
      } else if (gamma[i] < gamma_min) {
        CHECK(found[i] == Approx(exact[i]).epsilon(0.15));
      }
    }
    CHECK(tested > 30);
  }
}
