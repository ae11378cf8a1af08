/// \file
/// Tests of design/sample_space.
#include "tranche/design/sample_space.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

using namespace tranche::design;

namespace {

using Span = std::span<const double>;

Design square(std::uint64_t points = 2000) {
  return Design::nested_lhs({Domain::linear(0, 1), Domain::linear(0, 1)},
                            {.seed = 5, .stage_sizes = {points}});
}

SampleSpace constrained(std::uint64_t points, std::vector<ScalarFunction> constraints) {
  return SampleSpace(square(points), {.constants = {}, .derived = {}, .constraints = std::move(constraints)});
}

const double nan_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a sample is parameters, constants, then derived values that see those before them") {
  SampleSpace::Formulas formulas;
  formulas.constants = {0.031, 7};
  formulas.derived = {[](Span x) { return x.size() == 4 ? x[0] + x[2] : -1; },
                      [](Span x) { return x.size() == 5 ? 2 * x[4] : -1; }};
  const SampleSpace space(square(), formulas);
  REQUIRE(space.width() == 6);
  std::vector<double> x(6);
  space.evaluate(17, x);
  std::vector<double> parameters(2);
  space.design().values(17, parameters);
  CHECK(x == std::vector<double>{parameters[0], parameters[1], 0.031, 7, parameters[0] + 0.031,
                                 2 * (parameters[0] + 0.031)});
  CHECK(space.feasible(x));
  CHECK_FALSE(space.excluded(17));
}

TEST_CASE("a point is excluded if any constraint does not hold") {
  const SampleSpace space =
      constrained(100, {[](Span x) { return x[0] < x[1]; }, [](Span x) { return x[0] > 0.1; }});
  CHECK(space.feasible(std::vector<double>{0.2, 0.3}));
  CHECK_FALSE(space.feasible(std::vector<double>{0.3, 0.2}));
  CHECK_FALSE(space.feasible(std::vector<double>{0.05, 0.2}));
  std::vector<double> x(2);
  for (std::uint64_t i = 0; i < 100; ++i) {
    space.evaluate(i, x);
    CHECK(space.excluded(i) == !space.feasible(x));
  }
}

TEST_CASE("NaN makes a point infeasible, infinity does not") {
  CHECK_FALSE(constrained(10, {[](Span) { return nan_value; }}).excluded(0) == false);
  const SampleSpace free = constrained(10, {});
  CHECK_FALSE(free.feasible(std::vector<double>{0.5, nan_value}));
  CHECK(free.feasible(std::vector<double>{0.5, std::numeric_limits<double>::infinity()}));
}

TEST_CASE("wide samples are evaluated too") {
  SampleSpace::Formulas formulas;
  formulas.constants.assign(200, 1.0);
  formulas.constraints = {[](Span x) { return x.size() == 202 && x[201] == 1; }};
  CHECK_FALSE(SampleSpace(square(), formulas).excluded(3));
}

TEST_CASE("the excluded share is counted where that is cheap") {
  const SampleSpace space = constrained(2000, {[](Span x) { return x[0] < 0.75; }});
  const ExcludedShare all = excluded_share(space, 0, 2000);
  CHECK(all.exact());
  CHECK(all.examined == 2000);
  CHECK(all.excluded == 500);  // a Latin hypercube: one point in each stratum
  CHECK(all.share == 0.25);
  const ExcludedShare some = excluded_share(space, 100, 140);
  std::uint64_t by_hand = 0;
  for (std::uint64_t i = 100; i < 140; ++i) by_hand += space.excluded(i) ? 1 : 0;
  CHECK(some.excluded == by_hand);
  CHECK(some.examined == 40);
  CHECK(excluded_share(space, 7, 7).share == 0);
  CHECK_THROWS_AS(excluded_share(space, 0, 2001), std::out_of_range);
  CHECK_THROWS_AS(excluded_share(space, 2, 1), std::out_of_range);
}

TEST_CASE("the excluded share of a large range is estimated, with Wilson's interval") {
  const SampleSpace space = constrained(100000, {[](Span x) { return x[0] < 0.75; }});
  const ExcludedShare some = excluded_share(space, 0, 100000, 1000);
  CHECK_FALSE(some.exact());
  CHECK(some.examined == 1000);
  CHECK(some.low < 0.25);
  CHECK(some.high > 0.25);
  CHECK(some.high - some.low < 0.06);

  // Nothing excluded among 1000: Wilson's upper bound is z^2 / (n + z^2) = 0.0038268.
  const ExcludedShare none = excluded_share(constrained(100000, {[](Span) { return 1.0; }}), 0, 100000, 1000);
  CHECK(none.low == 0);
  CHECK(none.high == Approx(0.0038268).epsilon(1e-4));
}

TEST_CASE("an estimate does not depend on the order of the points") {
  // In file order the excluded points all come first; looking at the first ones would say 100 %.
  std::vector<double> rows(100000);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<double>(i);
  const Design list = Design::list({.seed = 1, .dimensions = 1, .rows = rows, .order = Order::file});
  const SampleSpace space(
      list, {.constants = {}, .derived = {}, .constraints = {[](Span x) { return x[0] >= 5e4; }}});
  CHECK(excluded_share(space, 0, 100000, 2000).share == Approx(0.5).margin(0.05));
}

TEST_CASE("a formula without a function is refused") {
  CHECK_THROWS_AS(constrained(10, {ScalarFunction{}}), std::invalid_argument);
}
