#include "ssc/tables.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>

#include "ssc/compton.hpp"
#include "ssc/constants.hpp"
#include "ssc/pairs.hpp"
#include "ssc/synchrotron.hpp"

using namespace ssc;

namespace {

GridSpec coarse() {
  GridSpec spec;
  spec.cells_per_decade = 8;
  spec.frequencies_per_decade = 2;
  spec.cells = 66;
  return spec;
}

std::vector<double> electrons_in(Tables const& tables, std::size_t cells) {
  std::vector<double> number(cells);
  for (std::size_t i = 0; i < cells; ++i)
    number[i] = std::pow(tables.grids().electrons.centres[i], -1.7) * (1.0 + 0.3 * std::sin(0.7 * double(i)));
  return number;
}

std::vector<double> photons_in(Tables const& tables) {
  std::vector<double> photons;
  for (double const e : tables.grids().photons.epsilon)
    photons.push_back(std::pow(e, -1.6) * std::exp(-e / 1e3));
  return photons;
}

}  // namespace

TEST_CASE("the default grid covers the box and the output axis") {
  Grids const grids;
  CHECK(grids.electrons.edges.front() == 1.0);
  CHECK(grids.electrons.edges.back() >= 20 * 1e8);
  CHECK(grids.photons.nu.front() <= 1e8 / 50);
  CHECK(grids.photons.nu.back() >= 1e30 / 3);
  CHECK(grids.photons.epsilon.back() >= 1.5 * grids.electrons.edges.back());
  GridSpec odd;
  odd.cells_per_decade = 30;
  CHECK_THROWS_AS(Grids(odd), std::invalid_argument);
}

TEST_CASE("tabulated Compton emission equals direct summation") {
  for (GridSpec const& spec : {coarse(), GridSpec{}}) {
    Tables const tables(spec);
    auto const& grid = tables.grids().photons;
    auto const number = electrons_in(tables, tables.grids().electrons.size() * 3 / 4);
    auto const photons = photons_in(tables);
    std::vector<double> found(grid.size());
    tables.compton_emissivity(number, photons, found);
    std::span<double const> const gamma(tables.grids().electrons.centres.data(), number.size());
    std::size_t const stride = spec.cells_per_decade > 20 ? 7 : 1;
    for (std::size_t s = 0; s < grid.size(); s += stride) {
      double const direct =
          compton_emissivity(grid.epsilon[s], gamma, number, grid.epsilon, photons, grid.log_step);
      CAPTURE(s);
      CHECK(found[s] == Approx(direct).epsilon(1e-9).margin(1e-300));
    }
  }
}

TEST_CASE("tabulated losses equal direct summation") {
  Tables const tables(coarse());
  auto const& grid = tables.grids().photons;
  auto const u = photons_in(tables);
  std::vector<double> felt(40);
  tables.felt_energy_density(u, felt);
  for (std::size_t i = 0; i < felt.size(); ++i) {
    double direct = 0;
    for (std::size_t j = 0; j < grid.size(); ++j)
      direct += u[j] * grid.nu[j] * grid.log_step *
                klein_nishina_loss_factor(4 * tables.grids().electrons.edges[i] * grid.epsilon[j]);
    CHECK(felt[i] == Approx(direct).epsilon(1e-9));
  }
}

TEST_CASE("tabulated synchrotron equals direct summation") {
  Tables const tables(coarse());
  auto const number = electrons_in(tables, 50);
  auto const& grid = tables.grids().photons;
  std::vector<double> j(grid.size()), alpha(grid.size());
  SynchrotronTable(tables.grids(), 0.37).evaluate(number, j, alpha);
  std::span<double const> const gamma(tables.grids().electrons.centres.data(), number.size());
  for (std::size_t k = 0; k < grid.size(); ++k) {
    // exp(-x) multiplies the rounding of x
    CHECK(j[k] ==
          Approx(synchrotron_emissivity(gamma, number, 0.37, grid.nu[k])).epsilon(1e-9).margin(1e-110));
    CHECK(alpha[k] ==
          Approx(absorption_coefficient(gamma, number, 0.37, grid.nu[k])).epsilon(1e-9).margin(1e-120));
  }
}

TEST_CASE("scattered power agrees with the losses of the electrons, Thomson to Klein-Nishina") {
  Tables const tables;
  auto const& grids = tables.grids();
  std::vector<double> photons(grids.photons.size()), j(grids.photons.size());
  for (std::size_t k = 0; k < photons.size(); ++k) {
    double const e = grids.photons.epsilon[k];
    photons[k] = std::pow(e, -1.5) / (1 + std::pow(e * 1e6, 4));  // mostly below e = 1e-6
  }
  for (std::size_t const first : {120u, 200u, 280u}) {
    // One frequency step of electrons: with a single cell the sampling error of the kernel's edge shows.
    std::vector<double> number(first + 4, 0.0);
    double lost = 0;
    for (std::size_t i = first; i < first + 4; ++i) {
      number[i] = 1.0;
      double const gamma = grids.electrons.centres[i];
      for (std::size_t k = 0; k < photons.size(); ++k) {
        double const e = grids.photons.epsilon[k];
        lost += 4.0 / 3.0 * gamma * gamma * photons[k] * e * e * klein_nishina_loss_factor(4 * gamma * e) *
                grids.photons.log_step;
      }
    }
    tables.compton_emissivity(number, photons, j);
    double radiated = 0;
    for (std::size_t k = 0; k < j.size(); ++k)
      radiated += j[k] * grids.photons.nu[k] * grids.photons.log_step;
    CAPTURE(first);
    CHECK(radiated / (thomson_cross_section * light_speed * electron_rest_energy) ==
          Approx(lost).epsilon(0.005));
  }
}

TEST_CASE("absorbed photons give all their energy to pairs") {
  Grids const grids;
  std::vector<double> absorbed(grids.photons.size());
  double expected = 0;
  for (std::size_t k = 0; k < absorbed.size(); ++k) {
    absorbed[k] = 1.0 / grids.photons.nu[k] * std::exp(-grids.photons.epsilon[k] / 1e4);
    if (grids.photons.epsilon[k] > 2) expected += absorbed[k] * grids.photons.nu[k] * grids.photons.log_step;
  }
  std::vector<double> injected(300, 0.0);
  double const power = add_pairs(grids, absorbed, injected);
  CHECK(power == Approx(expected).epsilon(1e-9));
  double given = 0;
  for (std::size_t i = 0; i < injected.size(); ++i) given += injected[i] * grids.electrons.centres[i];
  CHECK(given * electron_rest_energy == Approx(power).epsilon(1e-9));
  CHECK(pair_absorption_kernel(1.0) == 0.0);
  CHECK(pair_absorption_kernel(2.0) == Approx(0.652 * 3.0 / 8.0 * std::log(2.0)));
}

TEST_CASE("the dot product is a sum") {
  std::vector<double> a, b;
  double expected = 0;
  for (int n = 0; n < 40; ++n) {
    CHECK(dot(a.data(), b.data(), a.size()) == Approx(expected));
    a.push_back(n + 1);
    b.push_back(0.5 * n);
    expected += a.back() * b.back();
  }
}
