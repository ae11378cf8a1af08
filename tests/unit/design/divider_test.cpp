/// \file
/// Tests of design/divider.
#include "tranche/design/divider.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace tranche::design;

TEST_CASE("a divider divides, by multiplication or not") {
  const std::uint64_t seed = 20240221;
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (const std::uint64_t divisor :
       {1ULL, 2ULL, 3ULL, 7ULL, 9ULL, 11ULL, 999ULL, 30000ULL, 1ULL << 20, 1ULL << 39}) {
    for (const std::uint64_t largest : {100ULL, 1ULL << 32, 1ULL << 40}) {
      const Divider divide(divisor, largest);
      CHECK(divide(0) == 0);
      CHECK(divide(largest) == largest / divisor);
      for (int i = 0; i < 200; ++i) {
        const std::uint64_t p = random() % (largest + 1);
        const std::uint64_t multiple = p / divisor * divisor;
        REQUIRE(divide(p) == p / divisor);
        REQUIRE(divide(multiple) == multiple / divisor);
        if (multiple > 0) REQUIRE(divide(multiple - 1) == (multiple - 1) / divisor);
      }
    }
  }
}
