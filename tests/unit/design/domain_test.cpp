/// \file
/// Tests of design/domain.
#include "tranche/design/domain.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

using namespace tranche::design;

namespace {
constexpr Position first = 0;
constexpr Position middle = Position{1} << 51;
constexpr Position last = (Position{1} << 52) - 1;
}  // namespace

TEST_CASE("ranges map the ends and the middle, and stay within") {
  const Domain linear = Domain::linear(3, 50);
  CHECK(linear.value(middle) == Approx(26.5));
  CHECK(linear.value(first) >= 3);
  CHECK(linear.value(last) <= 50);
  CHECK(linear.value(last) == Approx(50));

  const Domain log = Domain::log(1e15, 1e18);
  CHECK(log.value(middle) == Approx(std::sqrt(1e33)).epsilon(1e-13));
  CHECK(log.value(first) >= 1e15);
  CHECK(log.value(last) <= 1e18);
  CHECK(log.value(first) == Approx(1e15).epsilon(1e-13));
  CHECK(log.value(last) == Approx(1e18).epsilon(1e-13));
}

TEST_CASE("extreme log ranges do not overflow") {
  const Domain d = Domain::log(1e-300, 1e300);
  CHECK(d.value(middle) == Approx(1.0).epsilon(1e-9));
  CHECK(d.value(last) <= 1e300);
}

TEST_CASE("integers and levels get equal shares of the range") {
  const Domain dice = Domain::integer(-1, 4);
  std::map<double, int> counts;
  for (Position x = 0; x < 6000; ++x) ++counts[dice.value(x * ((Position{1} << 52) / 6000))];
  CHECK(counts.size() == 6);
  for (const auto& [value, count] : counts) CHECK(std::abs(count - 1000) <= 1);
  CHECK(dice.value(first) == -1);
  CHECK(dice.value(last) == 4);

  const Domain field = Domain::levels(2);
  CHECK(field.value(middle - 1) == 0);
  CHECK(field.value(middle) == 1);
  CHECK(Domain::levels(1).value(last) == 0);
  CHECK(Domain::integer(5, 5).value(middle) == 5);
}

TEST_CASE("cardinality is known for discrete domains only") {
  CHECK(Domain::levels(3).cardinality() == 3U);
  CHECK(Domain::integer(2, 11).cardinality() == 10U);
  CHECK_FALSE(Domain::linear(0, 1).cardinality());
  CHECK_FALSE(Domain::log(1, 2).cardinality());
}

TEST_CASE("unit undoes value") {
  for (const Position x : {first, Position{123456789012345}, middle, last}) {
    CHECK(Domain::linear(-2, 7).unit(Domain::linear(-2, 7).value(x)) == Approx(unit_value(x)).margin(1e-14));
    CHECK(Domain::log(1e-3, 1e2).unit(Domain::log(1e-3, 1e2).value(x)) ==
          Approx(unit_value(x)).margin(1e-14));
  }
  CHECK(Domain::levels(4).unit(1) == 0.375);
  CHECK(Domain::integer(10, 11).unit(11) == 0.75);
}

TEST_CASE("grid points include both ends") {
  const Domain linear = Domain::linear(0.1, 0.7);
  CHECK(linear.grid_value(0, 3) == 0.1);
  CHECK(linear.grid_value(1, 3) == Approx(0.4));
  CHECK(linear.grid_value(2, 3) == 0.7);
  CHECK(linear.grid_value(0, 1) == Approx(0.4));
  const Domain log = Domain::log(1, 1e4);
  CHECK(log.grid_value(0, 5) == 1);
  CHECK(log.grid_value(3, 5) == Approx(1000));
  CHECK(log.grid_value(4, 5) == 1e4);
}

TEST_CASE("discrete grids take existing values") {
  const Domain integer = Domain::integer(1, 10);
  CHECK(integer.grid_value(0, 4) == 1);
  CHECK(integer.grid_value(1, 4) == 4);
  CHECK(integer.grid_value(2, 4) == 7);
  CHECK(integer.grid_value(3, 4) == 10);
  CHECK(integer.grid_value(0, 1) == 5);
  for (std::uint64_t k = 0; k < 10; ++k) CHECK(integer.grid_value(k, 10) == static_cast<double>(k + 1));
}

TEST_CASE("domains that make no sense are refused") {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(Domain::linear(1, 1), std::invalid_argument);
  CHECK_THROWS_AS(Domain::linear(2, 1), std::invalid_argument);
  CHECK_THROWS_AS(Domain::linear(nan, 1), std::invalid_argument);
  CHECK_THROWS_AS(Domain::linear(0, inf), std::invalid_argument);
  CHECK_THROWS_AS(Domain::linear(-1e308, 1e308), std::invalid_argument);
  CHECK_THROWS_AS(Domain::log(0, 1), std::invalid_argument);
  CHECK_THROWS_AS(Domain::log(-1, 1), std::invalid_argument);
  CHECK_THROWS_AS(Domain::log(1, inf), std::invalid_argument);
  CHECK_THROWS_AS(Domain::log(3, 2), std::invalid_argument);
  CHECK_THROWS_AS(Domain::integer(2, 1), std::invalid_argument);
  CHECK_THROWS_AS(Domain::integer(0, std::numeric_limits<std::int64_t>::max()), std::invalid_argument);
  CHECK_THROWS_AS(Domain::levels(0), std::invalid_argument);
}
