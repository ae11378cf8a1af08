#include <array>
#include <catch2/catch.hpp>
#include <cmath>

#include "numerics.hpp"
#include "ssc/compton.hpp"
#include "ssc/constants.hpp"
#include "ssc/photon_field.hpp"
#include "ssc/synchrotron.hpp"

using namespace ssc;
using namespace ssc::test;

TEST_CASE("the synchrotron kernel has the exact integral and maxima") {
  double const exact = 16.0 * pi / (27.0 * std::sqrt(3.0));
  CHECK(exact == Approx(1.0748441).epsilon(1e-7));
  CHECK(integrate(exact_synchrotron_kernel, 1e-9, 60) == Approx(exact).epsilon(1e-6));
  CHECK(integrate(synchrotron_kernel, 1e-9, 60) == Approx(1.0741885).epsilon(1e-6));

  Maximum const of_exact = maximise(exact_synchrotron_kernel, 0.01, 10);
  CHECK(of_exact.value == Approx(0.71256).epsilon(2e-5));
  CHECK(of_exact.at == Approx(0.2294).epsilon(1e-3));
  Maximum const of_approximation = maximise(synchrotron_kernel, 0.01, 10);
  CHECK(of_approximation.value == Approx(0.71256).epsilon(1.2e-3));
  CHECK(of_approximation.at == Approx(0.2294).epsilon(2e-2));
  auto const nu_r = [](double x) { return x * synchrotron_kernel(x); };
  CHECK(maximise(nu_r, 0.1, 10).value == Approx(0.44406).epsilon(1.2e-3));
  CHECK(maximise(nu_r, 0.1, 10).at == Approx(1.149).epsilon(1e-2));
}

TEST_CASE("the synchrotron kernel agrees with Bessel functions") {
  std::array<std::array<double, 2>, 5> const known{
      {{1e-3, 0.179028}, {0.1, 0.661459}, {1.0, 0.439130}, {3.0, 0.0683184}, {10.0, 6.77081e-5}}};
  for (auto const& [x, value] : known) {
    CAPTURE(x);
    CHECK(exact_synchrotron_kernel(x) == Approx(value).epsilon(2e-6));
    CHECK(synchrotron_kernel(x) == Approx(value).epsilon(1.2e-3));
  }
  for (double const x : log_points(1e-6, 20, 200)) {
    double const ratio = synchrotron_kernel(x) / exact_synchrotron_kernel(x);
    CAPTURE(x, ratio);
    CHECK(ratio > 0.99875);
    CHECK(ratio < 1.00115);
  }
  CHECK(synchrotron_kernel(1e-12) == Approx(1.808 * 1e-4).epsilon(1e-6));
  CHECK(synchrotron_kernel(1e4) == 0.0);
}

TEST_CASE("the absorption kernel is the derivative it stands for") {
  for (double const x : log_points(1e-5, 100, 50)) {
    double const h = 1e-4;  // in ln g: x falls as g^-2
    double const up = std::exp(2 * h) * synchrotron_kernel(x * std::exp(-2 * h));
    double const down = std::exp(-2 * h) * synchrotron_kernel(x * std::exp(2 * h));
    CAPTURE(x);
    CHECK(absorption_kernel(x) == Approx((up - down) / (2 * h)).epsilon(1e-4));
    CHECK(absorption_kernel(x) > 0);
  }
}

TEST_CASE("one electron radiates 4/3 sigma_T c U_B gamma^2") {
  for (double const gamma : {10.0, 3e3, 1e6})
    for (double const field : {1e-3, 1.0, 50.0}) {
      std::array<double, 1> const g{gamma}, one{1.0};
      double const nu_c = critical_frequency(gamma, field);
      double const power = integrate([&](double nu) { return synchrotron_emissivity(g, one, field, nu); },
                                     1e-9 * nu_c, 60 * nu_c);
      double const expected =
          4.0 / 3.0 * thomson_cross_section * light_speed * magnetic_energy_density(field) * gamma * gamma;
      double const exact = synchrotron_power_scale(field) * nu_c * 16.0 * pi / (27.0 * std::sqrt(3.0));
      CAPTURE(gamma, field);
      CHECK(exact == Approx(expected).epsilon(1e-6));
      CHECK(power / expected == Approx(0.9994).epsilon(2e-4));
    }
}

TEST_CASE("the escape factor has its known values and limits") {
  CHECK(escape_factor(0.1) == Approx(0.963480).epsilon(1e-6));
  CHECK(escape_factor(1.0) == Approx(0.707277).epsilon(1e-6));
  CHECK(escape_factor(10.0) == Approx(0.147001).epsilon(1e-5));
  CHECK(escape_factor(0.0) == 1.0);
  CHECK(escape_factor(0.00999999) == Approx(escape_factor(0.0100001)).epsilon(1e-6));
  CHECK(escape_factor(1e6) == Approx(1.5e-6).epsilon(1e-5));
}

TEST_CASE("the mean path in the sphere is three quarters of the radius") {
  CHECK(energy_density(1.0, light_speed, 1.0) == Approx(0.75));
  CHECK(photon_density(planck, 2.0) == Approx(0.5));
}

namespace {

/// Power or number of scattered photons by integrating the kernel over q, relative to the Thomson limit.
struct Scattered {
  double power;
  double rate;
};

Scattered scatter(double b) {
  double const gamma = 1e6;
  double const e = b / (4.0 * gamma);
  auto const term = [&](double q, int order) {
    double const gq = b * q;
    double const ratio = gq / (1.0 + gq);  // eps_s / gamma
    double const d_ratio = b / ((1.0 + gq) * (1.0 + gq));
    return jones_kernel(-std::log1p(1.0 / gq), b) * d_ratio * std::pow(ratio, order);
  };
  double const lowest = 1.0 / (4.0 * gamma * gamma);
  double const power = integrate([&](double q) { return term(q, 1); }, lowest, 1.0, 40000);
  double const rate = integrate([&](double q) { return term(q, 0); }, lowest, 1.0, 40000);
  return {9.0 / 16.0 * power / (e * e * gamma * gamma), 0.75 * rate / (e * gamma)};
}

}  // namespace

TEST_CASE("the Jones kernel gives the Klein-Nishina power and scattering rate") {
  std::array<std::array<double, 3>, 4> const known{
      {{0.04, 0.94035, 0.97433}, {0.4, 0.60010, 0.80715}, {4.0, 0.10731, 0.39954}, {40.0, 0.00526, 0.11299}}};
  for (auto const& [b, power, rate] : known) {
    Scattered const found = scatter(b);
    CAPTURE(b);
    CHECK(found.power == Approx(power).epsilon(1e-4).margin(5e-6));
    CHECK(found.rate == Approx(rate).epsilon(1e-4));
    CHECK(klein_nishina_loss_factor(b) == Approx(found.power).epsilon(3e-5));
  }
  CHECK(scatter(4e-5).power == Approx(0.99994).epsilon(2e-5));
}

TEST_CASE("the loss factor is smooth across its series and for any argument") {
  CHECK(klein_nishina_loss_factor(0.0) == 1.0);
  CHECK(klein_nishina_loss_factor(0.0099999999) ==
        Approx(klein_nishina_loss_factor(0.0100000001)).epsilon(1e-5));
  double before = 1.0;
  for (double const b : log_points(1e-8, 1e20, 300)) {
    double const now = klein_nishina_loss_factor(b);
    CAPTURE(b);
    CHECK(now > 0);
    CHECK(now <= before);
    before = now;
  }
}

TEST_CASE("the dilogarithm has its known values") {
  CHECK(dilogarithm_of_minus(0.0) == 0.0);
  CHECK(dilogarithm_of_minus(1.0) == Approx(-pi * pi / 12.0).epsilon(1e-14));
  CHECK(dilogarithm_of_minus(0.5) == Approx(-0.44841420692364620).epsilon(1e-14));
  CHECK(dilogarithm_of_minus(2.0) == Approx(-1.43674636688368094).epsilon(1e-14));
}

TEST_CASE("no photon is scattered above the electron's energy or below q = 1/(4 gamma^2)") {
  CHECK(jones_kernel(0.0, 1.0) == 0.0);
  CHECK(jones_kernel(0.1, 1.0) == 0.0);
  CHECK(jones_kernel(std::log(0.5), 0.9) == 0.0);  // Gamma q = 1, q > 1
  CHECK(jones_kernel(std::log(0.5), 2.0) > 0.0);
  CHECK(highest_target(2.0, 1.0) == 0.0);
  CHECK(highest_target(1e-8, 1e3) == Approx(1e-8));
}
