#include "tranche/campaign/tally.hpp"

#include <catch2/catch.hpp>

using namespace tranche;
using campaign::Tally;

namespace {

Tally some() {
  Tally tally;
  tally.total = 100;
  tally.samples = {0, 80, 3, 2, 1, 4, 5};
  tally.runs = 93;
  tally.wall_s = 186;
  tally.core_s = 372;
  return tally;
}

}  // namespace

TEST_CASE("A tally counts what finished, failed and is still to do") {
  const auto tally = some();
  CHECK(tally.finished() == 90);
  CHECK(tally.failures() == 6);
  CHECK(tally.pending() == 5);
  CHECK(tally.fail_rate() == Approx(6.0 / 90));
  CHECK(tally.core_hours() == Approx(372.0 / 3600));
}

TEST_CASE("The upper bound of the fail rate is Wilson's") {
  Tally tally;
  tally.samples[1] = 10;
  // 0 of 10: z^2 / (n + z^2)
  CHECK(tally.fail_rate_hi() == Approx(3.8414588 / 13.8414588));
  tally.samples[1] = 0;
  tally.samples[2] = 10;
  CHECK(tally.fail_rate_hi() == Approx(1.0));
  CHECK(some().fail_rate_hi() > some().fail_rate());
}

TEST_CASE("Before anything finished nothing is known") {
  const Tally tally;
  CHECK(tally.fail_rate() == 0);
  CHECK(tally.fail_rate_hi() == 1);
}

TEST_CASE("Tallies add up field by field") {
  auto sum = some();
  sum += some();
  CHECK(sum.total == 200);
  CHECK(sum.finished() == 180);
  CHECK(sum.runs == 186);
  CHECK(sum.wall_s == 372);
  CHECK(sum.core_s == 744);
  CHECK(sum.fail_rate() == some().fail_rate());
}
