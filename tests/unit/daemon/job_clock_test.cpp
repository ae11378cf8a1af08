#include "job_clock.hpp"

#include <poll.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <limits>

#include "clock.hpp"
#include "tranche/directory/files.hpp"

using namespace tranche;
using daemon::JobClock;
using daemon::monotonic_s;

namespace {

/// Until the clock has something new: bounded, for nothing else ends a test that hangs.
void wait_for_news(const JobClock& clock) {
  pollfd news{clock.news().fd(), POLLIN, 0};
  REQUIRE(poll(&news, 1, 60'000) == 1);
  clock.news().clear();
}

constexpr double near = 5;  ///< seconds that a busy machine may lose between two lines

}  // namespace

TEST_CASE("what the batch system says is the end, and it is asked again after a signal") {
  std::atomic<int> questions{0};
  JobClock clock{std::nullopt, [&]() -> std::optional<slurm::JobTime> {
                   return slurm::JobTime{++questions == 1 ? 3600.0 : 300.0, 7200};
                 }};
  wait_for_news(clock);
  REQUIRE(clock.allocation());
  CHECK(clock.allocation()->end == Approx(monotonic_s() + 3600).margin(near));
  CHECK(clock.allocation()->end - clock.allocation()->begin == Approx(7200));
  clock.look();
  wait_for_news(clock);
  CHECK(clock.allocation()->end == Approx(monotonic_s() + 300).margin(near));
  CHECK_FALSE(clock.stop_wanted());
}

TEST_CASE("a signal means stop where nobody knows an end") {
  JobClock alone{std::nullopt, {}};
  CHECK_FALSE(alone.stop_wanted());
  alone.look();
  CHECK(alone.stop_wanted());
  JobClock silent{std::nullopt, [] { return std::optional<slurm::JobTime>{}; }};
  wait_for_news(silent);
  CHECK_FALSE(silent.stop_wanted());
  silent.look();
  wait_for_news(silent);
  CHECK(silent.stop_wanted());
}

TEST_CASE("the end told at the start holds, unless the batch system's is sooner") {
  const double told = directory::unix_now() + 100;
  JobClock alone{told, {}};
  CHECK(alone.allocation()->end == Approx(monotonic_s() + 100).margin(near));
  alone.look();
  CHECK_FALSE(alone.stop_wanted());
  JobClock later{told, [] { return std::optional{slurm::JobTime{3600, 3600}}; }};
  wait_for_news(later);
  CHECK(later.allocation()->end == Approx(monotonic_s() + 100).margin(near));
  JobClock unlimited{told, [] {
                       const double infinite = std::numeric_limits<double>::infinity();
                       return std::optional{slurm::JobTime{infinite, infinite}};
                     }};
  wait_for_news(unlimited);
  CHECK(unlimited.allocation()->end == Approx(monotonic_s() + 100).margin(near));
}
