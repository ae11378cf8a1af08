#include "tranche/schedule/walltime.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace tranche::schedule;

TEST_CASE("the final epoch has 30 s, less in a short allocation, more where epochs are slow") {
  CHECK(closing_s({0, 3600}, 0.5) == 30);
  CHECK(closing_s({100, 160}, 0) == Approx(3));
  CHECK(closing_s({0, 3600}, 20) == 60);
}

TEST_CASE("samples begin as long as one of the predicted length would end in time") {
  const WalltimePlan plan{{0, 1800}, 1};
  CHECK(plan.last_start(100.0) == 1670);
  CHECK(plan.last_start(std::nullopt) == 1770);
  CHECK_FALSE(plan.too_short_for(1700));
  CHECK(plan.too_short_for(1770));
}

TEST_CASE("winding up gives what runs the time that is left, and names what has had it all") {
  const WalltimePlan plan{{1000, 2800}, 1};
  CHECK(plan.order(2700).grace_s == 70);
  CHECK(plan.order(2790).grace_s == 0);
  CHECK(plan.order(2700).longest_s == Approx(0.9 * 1770));
}

TEST_CASE("a slow epoch brings the end of the work nearer, but makes no sample too long") {
  const WalltimePlan plan{{0, 1800}, 700};
  CHECK(plan.last_start(std::nullopt) < 0);
  CHECK(plan.order(100).grace_s == 0);
  CHECK(plan.order(100).longest_s == Approx(0.9 * 1770));
  CHECK_FALSE(plan.too_short_for(1000));
  const WalltimePlan nothing{{100, 100}, 0};
  CHECK(nothing.order(100).longest_s == std::numeric_limits<double>::infinity());
}
