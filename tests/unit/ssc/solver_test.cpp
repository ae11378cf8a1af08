#include "ssc/solver.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

using namespace ssc;

namespace {

Parameters const plain{10, 1e16, 0.1, 2.2, 1e3, 1e6, 1e44};
Parameters const compton_loud{20, 1e15, 0.05, 2.5, 300, 1e5, 3e46};

Tables const& tables() {
  static Tables const shared;
  return shared;
}

Failure failure_of(Parameters const& parameters, SolverOptions const& options = {}) {
  Outcome const outcome = solve(tables(), parameters, options);
  REQUIRE(std::holds_alternative<Failure>(outcome));
  return std::get<Failure>(outcome);
}

std::vector<double> spectrum_of(Solution const& solution, double delta) {
  std::vector<double> nu, value(177);
  for (int k = 0; k < 177; ++k) nu.push_back(std::pow(10, 8 + k / 8.0));
  boosted_luminosity(tables(), solution, delta, nu, value);
  return value;
}

bool same_bits(std::vector<double> const& a, std::vector<double> const& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace

TEST_CASE("the energy budget closes within one percent across the box") {
  for (double const R : {1e15, 1e17})
    for (double const B : {2e-3, 0.3, 40.0})
      for (double const L_e : {1e43, 1e46})
        for (double const gamma_max : {3e3, 1e5, 1e8}) {
          Parameters const parameters{15, R, B, 2.3, 500, gamma_max, L_e};
          Outcome const outcome = solve(tables(), parameters);
          CAPTURE(R, B, L_e, gamma_max);
          REQUIRE(std::holds_alternative<Solution>(outcome));
          Diagnostics const& d = std::get<Solution>(outcome).diagnostics;
          CHECK(std::abs(d.energy_budget) < 0.01);
          CHECK(d.residual < 1e-4);
          CHECK(d.iterations >= 1);
          CHECK(d.synchrotron_power > 0);
        }
}

TEST_CASE("the budget also closes with pair production") {
  SolverOptions options;
  options.pairs = true;
  Outcome const outcome = solve(tables(), {10, 3e15, 0.5, 2.2, 1e3, 1e7, 2e46}, options);
  REQUIRE(std::holds_alternative<Solution>(outcome));
  Diagnostics const& d = std::get<Solution>(outcome).diagnostics;
  CHECK(d.pair_power > 0.001 * d.injected_power);
  CHECK(std::abs(d.energy_budget) < 0.01);
}

TEST_CASE("spectra are finite, not negative, and bright where they should be") {
  for (Parameters const& parameters : {plain, compton_loud}) {
    Outcome const outcome = solve(tables(), parameters);
    REQUIRE(std::holds_alternative<Solution>(outcome));
    double peak = 0;
    for (double const value : spectrum_of(std::get<Solution>(outcome), parameters.delta)) {
      CHECK(std::isfinite(value));
      CHECK(value >= 0);
      peak = std::max(peak, value);
    }
    // Isotropic-equivalent luminosity is delta^4 L'; a source cannot beat its power by much.
    CHECK(peak < std::pow(parameters.delta, 4) * comoving_injected_power(parameters));
    CHECK(peak > 1e-6 * std::pow(parameters.delta, 4) * comoving_injected_power(parameters));
  }
}

TEST_CASE("twice the resolution gives the same spectrum") {
  GridSpec fine;
  fine.cells_per_decade = 80;
  fine.frequencies_per_decade = 20;
  fine.cells = 752;
  Tables const fine_tables(fine);
  Outcome const coarse_outcome = solve(tables(), plain);
  Outcome const fine_outcome = solve(fine_tables, plain);
  auto const coarse_spectrum = spectrum_of(std::get<Solution>(coarse_outcome), plain.delta);
  std::vector<double> nu, fine_spectrum(177);
  for (int k = 0; k < 177; ++k) nu.push_back(std::pow(10, 8 + k / 8.0));
  boosted_luminosity(fine_tables, std::get<Solution>(fine_outcome), plain.delta, nu, fine_spectrum);
  double const peak = *std::max_element(fine_spectrum.begin(), fine_spectrum.end());
  for (std::size_t k = 0; k < nu.size(); ++k) {
    CAPTURE(nu[k]);
    if (fine_spectrum[k] > 1e-4 * peak) CHECK(coarse_spectrum[k] == Approx(fine_spectrum[k]).epsilon(0.02));
  }
}

TEST_CASE("all scattering orders are in the result even where electrons do not cool") {
  // Thomson scattering, almost no cooling: electrons settle at once, and each order is Y times the one
  // before.
  Parameters const weak{10, 1e15, 1e-3, 2.5, 100, 1e3, 3e43};
  SolverOptions strict;
  strict.tolerance = 1e-12;
  auto const usual = std::get<Solution>(solve(tables(), weak));
  auto const exact = std::get<Solution>(solve(tables(), weak, strict));
  Diagnostics const& d = usual.diagnostics;
  CHECK(d.leaving_power + d.escaping_power > 0.999 * d.injected_power);
  CHECK(d.compton_y > 0.2);
  CHECK(d.compton_y == Approx(exact.diagnostics.compton_y).epsilon(1e-3));
  double const peak = *std::max_element(exact.compton.begin(), exact.compton.end());
  for (std::size_t k = 0; k < exact.compton.size(); ++k)
    if (exact.compton[k] > 1e-5 * peak) CHECK(usual.compton[k] == Approx(exact.compton[k]).epsilon(1e-3));
}

TEST_CASE("bad parameters are named") {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  double const infinity = std::numeric_limits<double>::infinity();
  for (ParameterField const& field : parameter_fields())
    for (double const value : {nan, infinity, -1.0}) {
      Parameters parameters = plain;
      parameters.*field.member = value;
      Failure const failure = failure_of(parameters);
      CAPTURE(field.name, value);
      CHECK(failure.reason == Reason::bad_parameter);
      CHECK_THAT(failure.message, Catch::StartsWith(field.name));
    }
  Parameters parameters = plain;
  parameters.B = 0;
  CHECK(failure_of(parameters).reason == Reason::bad_parameter);
  CHECK(is_bad_point(Reason::bad_parameter));
}

TEST_CASE("gamma_max far below gamma_min is an empty injection") {
  Parameters parameters = plain;
  parameters.gamma_min = 1e5;
  parameters.gamma_max = 1e2;
  CHECK(failure_of(parameters).reason == Reason::empty_injection);
  CHECK(is_bad_point(Reason::empty_injection));
}

TEST_CASE("the iteration cap is reported with residual and count") {
  SolverOptions options;
  options.max_iterations = 3;
  Failure const failure = failure_of(compton_loud, options);
  CHECK(failure.reason == Reason::not_converged);
  CHECK_THAT(failure.message, Catch::Contains("after 3 iterations"));
  CHECK_THAT(failure.message, Catch::Contains("residual"));
  CHECK_FALSE(is_bad_point(Reason::not_converged));
  CHECK(std::holds_alternative<Solution>(solve(tables(), compton_loud)));
}

TEST_CASE("a pair cascade is a runaway") {
  Parameters parameters = plain;
  parameters.L_e = 1e52;
  SolverOptions options;
  options.pairs = true;
  Failure const failure = failure_of(parameters, options);
  CHECK(failure.reason == Reason::runaway);
  CHECK_THAT(failure.message, Catch::Contains("pair cascade"));
}

TEST_CASE("a source too compact for the grid breaks the energy budget") {
  Parameters parameters = plain;
  parameters.L_e = 1e60;
  Failure const failure = failure_of(parameters);
  CHECK(failure.reason == Reason::energy_budget);
  CHECK_THAT(failure.message, Catch::Contains("synchrotron"));
}

TEST_CASE("the limit of the energy budget is the option's") {
  SolverOptions options;
  options.budget_limit = 1e-7;
  Failure const failure = failure_of(plain, options);
  CHECK(failure.reason == Reason::energy_budget);
  CHECK_THAT(failure.message, Catch::Contains("limit 1e-05 %"));
}

TEST_CASE("spectra that leave the frequency grid are truncated, at either end") {
  Failure const top = failure_of({10, 1e16, 1e7, 2, 1e6, 1e8, 1e42});
  CHECK(top.reason == Reason::truncated);
  CHECK_THAT(top.message, Catch::Contains("highest"));
  Failure const bottom = failure_of({10, 1e16, 1e-6, 4, 3, 1e2, 1e42});
  CHECK(bottom.reason == Reason::truncated);
  CHECK_THAT(bottom.message, Catch::Contains("lowest"));
}

TEST_CASE("a result depends on its input alone, to the last bit") {
  for (bool const pairs : {false, true}) {
    SolverOptions options;
    options.pairs = pairs;
    auto const first = solve(tables(), compton_loud, options);
    (void)solve(tables(), plain, options);
    (void)solve(tables(), {5, 1e17, 3, 3.3, 50, 1e7, 1e47}, options);
    auto const again = solve(tables(), compton_loud, options);
    auto const elsewhere = solve(Tables(), compton_loud, options);
    for (auto const* other : {&again, &elsewhere}) {
      auto const& a = std::get<Solution>(first);
      auto const& b = std::get<Solution>(*other);
      CHECK(same_bits(a.density, b.density));
      CHECK(same_bits(spectrum_of(a, 20), spectrum_of(b, 20)));
      CHECK(a.diagnostics.iterations == b.diagnostics.iterations);
      CHECK(a.diagnostics.energy_budget == b.diagnostics.energy_budget);
    }
  }
}

TEST_CASE("every reason has a word of its own") {
  std::vector<std::string> words;
  for (Reason const reason : {Reason::bad_parameter, Reason::empty_injection, Reason::not_converged,
                              Reason::runaway, Reason::energy_budget, Reason::truncated}) {
    std::string const word = reason_name(reason);
    CHECK(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
    CHECK(std::find(words.begin(), words.end(), word) == words.end());
    words.push_back(word);
  }
}
