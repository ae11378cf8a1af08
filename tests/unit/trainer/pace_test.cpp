#include "pace.hpp"

#include <catch2/catch.hpp>

using namespace tranche::trainer;

namespace {

/// Time used when a schedule of `budget_s` has ended, if a step takes seconds(step).
template <class Seconds>
double time_of(double budget_s, const Seconds& seconds) {
  auto pace = Pace::of_time(budget_s);
  double used = 0;
  double done = 0;
  while (!pace.ended()) {
    used += seconds(pace.steps());
    pace.step();
    if (pace.measure_now()) pace.measured(used);
    REQUIRE(pace.done() >= done);
    done = pace.done();
  }
  CHECK(done > 0.99);
  CHECK(done <= 1);
  return used;
}

}  // namespace

TEST_CASE("the rate rises over a tenth of the schedule and falls to nearly nothing") {
  CHECK(one_cycle(0) == Approx(0.04));
  CHECK(one_cycle(0.05) == Approx(0.52));
  CHECK(one_cycle(0.1) == Approx(1).epsilon(1e-4));
  CHECK(one_cycle(0.55) == Approx(0.5).epsilon(1e-4));
  CHECK(one_cycle(1) < 1e-4);
  CHECK(one_cycle(1) > 0);
}

TEST_CASE("a schedule of steps ends after them") {
  auto pace = Pace::of_steps(7);
  for (int k = 0; k < 7; ++k) {
    CHECK_FALSE(pace.ended());
    pace.step();
    CHECK(pace.done() == Approx((k + 1) / 7.0));
  }
  CHECK(pace.ended());
}

TEST_CASE("a schedule of time ends within a twentieth of it, whatever a step takes") {
  CHECK(time_of(60, [](std::uint64_t) { return 2e-3; }) == Approx(60).epsilon(0.05));
  CHECK(time_of(10, [](std::uint64_t step) { return step < 500 ? 8e-3 : 2e-3; }) == Approx(10).epsilon(0.05));
  CHECK(time_of(10, [](std::uint64_t step) { return step < 2000 ? 2e-3 : 6e-3; }) ==
        Approx(10).epsilon(0.05));
  CHECK(time_of(30, [](std::uint64_t step) { return 1e-3 * static_cast<double>(1 + step % 7); }) ==
        Approx(30).epsilon(0.05));
}

TEST_CASE("slow steps are looked at one by one, fast ones now and then") {
  auto pace = Pace::of_steps(100'000);
  pace.step();
  pace.measured(10);
  CHECK_FALSE(pace.measure_now());
  pace.step();
  CHECK(pace.measure_now());
  auto fast = Pace::of_steps(100'000);
  fast.step();
  fast.measured(1e-3);
  for (int k = 0; k < 200; ++k) fast.step();
  CHECK_FALSE(fast.measure_now());
}

TEST_CASE("a budget below any sense still has a schedule") {
  CHECK(time_of(1e-3, [](std::uint64_t) { return 1e-2; }) < 1.5);
}

TEST_CASE("a resumed schedule ends when it would have ended") {
  auto pace = Pace::of_time(20);
  double used = 0;
  for (int k = 0; k < 3000; ++k) {
    used += 2e-3;
    pace.step();
    if (pace.measure_now()) pace.measured(used);
  }
  auto next = Pace::of_time(20);
  next.resume(pace.steps(), pace.done(), pace.remaining(), used);
  CHECK(next.done() == pace.done());
  while (!next.ended()) {
    used += 2e-3;
    next.step();
    if (next.measure_now()) next.measured(used);
  }
  CHECK(used == Approx(20).epsilon(0.05));
  CHECK(next.done() > 0.99);
}
