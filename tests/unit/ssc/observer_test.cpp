#include "ssc/observer.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "ssc/solver.hpp"

using namespace ssc;

TEST_CASE("luminosity distances of the flat universe") {
  CHECK(luminosity_distance(0.031) == Approx(4.137869e26).epsilon(1e-6));
  CHECK(luminosity_distance(0.07) == Approx(9.618058e26).epsilon(1e-6));
  CHECK(luminosity_distance(0.3) == Approx(4.754986e27).epsilon(1e-6));
  CHECK(luminosity_distance(1.0) == Approx(2.047290e28).epsilon(1e-6));
  CHECK(luminosity_distance(0.0) == 0.0);
}

TEST_CASE("the interpolant hits grid values and follows smooth curves and cut-offs") {
  FrequencyGrid const grid(10, 8, 101);
  auto const curve = [](double nu) {
    double const x = nu / 1e15;
    return std::pow(x, 0.4) * std::exp(-x) + 1e-40;
  };
  std::vector<double> values;
  for (double const nu : grid.nu) values.push_back(curve(nu));
  SpectrumInterpolant const interpolant(grid, values);
  for (std::size_t k = 0; k < grid.size(); ++k)
    CHECK(interpolant(grid.nu[k]) == Approx(values[k]).epsilon(1e-9));
  for (double log_nu = 8.03; log_nu < 15.5; log_nu += 0.0777)
    CHECK(interpolant(std::pow(10, log_nu)) == Approx(curve(std::pow(10, log_nu))).epsilon(5e-3));
  CHECK(interpolant(1e7) == 0.0);
  CHECK(interpolant(1.1e18) == 0.0);
}

TEST_CASE("next to no photons the interpolant gives zero, never a negative number") {
  FrequencyGrid const grid(10, 8, 11);
  std::vector<double> const values{0, 0, 1, 2, 1, 1e-30, 0, 0, 3, 0, 0};
  SpectrumInterpolant const interpolant(grid, values);
  for (double log_nu = 7.9; log_nu < 9.1; log_nu += 0.01) {
    double const value = interpolant(std::pow(10, log_nu));
    CHECK(std::isfinite(value));
    CHECK(value >= 0);
  }
  CHECK(interpolant(std::pow(10, 8.15)) == 0.0);
  CHECK(interpolant(std::pow(10, 8.25)) > 0.9);
}

TEST_CASE("the Doppler factor shifts by s and scales by s^4") {
  Tables const tables;
  Outcome const outcome = solve(tables, {10, 1e16, 0.5, 2.2, 1e3, 1e6, 1e44});
  auto const& solution = std::get<Solution>(outcome);
  std::vector<double> nu, shifted;
  for (double log_nu = 9; log_nu < 28; log_nu += 0.37) {
    nu.push_back(std::pow(10, log_nu));
    shifted.push_back(3 * nu.back());
  }
  std::vector<double> at_10(nu.size()), at_30(nu.size());
  boosted_luminosity(tables, solution, 10, nu, at_10);
  boosted_luminosity(tables, solution, 30, shifted, at_30);
  for (std::size_t k = 0; k < nu.size(); ++k) CHECK(at_30[k] == Approx(81 * at_10[k]).epsilon(1e-9));
}
