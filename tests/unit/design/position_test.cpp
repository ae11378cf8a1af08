/// \file
/// Tests of design/position.
#include "tranche/design/position.hpp"

#include <catch2/catch.hpp>

using namespace tranche::design;

TEST_CASE("unit values never reach 0 or 1") {
  CHECK(unit_value(0) == 0x1p-53);
  CHECK(unit_value((Position{1} << 52) - 1) == 1 - 0x1p-53);
  CHECK(unit_value(Position{1} << 51) > 0.5);
  CHECK(unit_value((Position{1} << 51) - 1) < 0.5);
}

TEST_CASE("cells are exact at their edges, for sizes that do not divide 2^52") {
  const Position last = (Position{1} << 52) - 1;
  for (const std::uint64_t n : {1ULL, 2ULL, 3ULL, 10ULL, 999983ULL, 1ULL << 40, (1ULL << 52)}) {
    CHECK(cell(0, n) == 0);
    CHECK(cell(last, n) == n - 1);
  }
  // The edge between cells 0 and 1 of 3 lies at 2^53/3 half-steps: 2X+1 <= 3002399751580330 stays below.
  const Position below = 1501199875790164;
  CHECK(cell(below, 3) == 0);
  CHECK(cell(below + 1, 3) == 1);
}
