#include "tranche/campaign/limits.hpp"

#include <catch2/catch.hpp>

using namespace tranche;
using namespace tranche::campaign;

namespace {

Tally tally(std::uint64_t ok, std::uint64_t failed, std::uint64_t crashed = 0, std::uint64_t invalid = 0) {
  Tally tally;
  tally.total = 10'000;
  tally.samples = {0, ok, failed, 0, crashed, invalid, 7};
  return tally;
}

LimitSpec half_after(std::uint64_t samples) {
  LimitSpec limits;
  limits.fail_rate = 0.5;
  limits.after = samples;
  return limits;
}

bool reached(const LimitSpec& limits, const LimitFacts& facts) {
  return reached_limit(limits, facts).has_value();
}

std::vector<Completion> row(double from, const std::string& states) {
  std::vector<Completion> all;
  for (const char state : states)
    all.push_back({from++, state == 'f'   ? SampleState::failed
                           : state == 't' ? SampleState::timeout
                           : state == 'c' ? SampleState::crashed
                           : state == 'i' ? SampleState::invalid
                                          : SampleState::ok});
  return all;
}

}  // namespace

TEST_CASE("Without limits nothing is ever reached") {
  CHECK_FALSE(reached({}, {tally(0, 5000), {}, 5000}));
  CHECK_FALSE(spent_budget({}, tally(1, 1)));
}

TEST_CASE("A fail rate counts from so many samples on, and is reached at its value") {
  CHECK_FALSE(reached(half_after(200), {tally(0, 199), {}, 0}));
  CHECK(reached(half_after(200), {tally(0, 200), {}, 0}));
  CHECK(reached(half_after(200), {tally(100, 60, 40), {}, 0}));
  CHECK_FALSE(reached(half_after(200), {tally(101, 60, 40), {}, 0}));
  CHECK_FALSE(reached(half_after(0), {tally(0, 0), {}, 0}));
}

TEST_CASE("An invalid sample has finished, and is no failure") {
  CHECK_FALSE(reached(half_after(10), {tally(0, 9, 0, 11), {}, 0}));
  CHECK(reached(half_after(10), {tally(0, 9, 0, 9), {}, 0}));
}

TEST_CASE("What a limit has stopped once does not stop the next run") {
  const FinishedCount stopped{200, 100};
  CHECK_FALSE(reached(half_after(200), {tally(100, 100), stopped, 0}));
  CHECK_FALSE(reached(half_after(200), {tally(100, 299), stopped, 0}));
  CHECK(reached(half_after(200), {tally(100, 300), stopped, 0}));
  CHECK_FALSE(reached(half_after(200), {tally(301, 199), stopped, 0}));
}

TEST_CASE("Samples queued again never count below zero") {
  CHECK_FALSE(reached(half_after(10), {tally(100, 0), {200, 100}, 0}));
}

TEST_CASE("Failures in a row are counted in order of completion") {
  FailureStreak streak;
  streak.add(row(0, "offfo"));
  CHECK(streak.longest() == 3);
  streak.add(
      {{9, SampleState::ok}, {7, SampleState::failed}, {8, SampleState::crashed}, {6, SampleState::ok}});
  CHECK(streak.longest() == 3);
  streak.add(row(10, "ff"));
  CHECK(streak.longest() == 3);
}

TEST_CASE("A row of failures goes on over commits") {
  FailureStreak streak;
  streak.add(row(0, "off"));
  streak.add({});
  streak.add(row(10, "tc"));
  CHECK(streak.longest() == 4);
  streak.add(row(20, "i"));
  streak.add(row(30, "fff"));
  CHECK(streak.longest() == 4);
}

TEST_CASE("A row inside a commit counts though the last sample was ok") {
  LimitSpec limits;
  limits.consecutive = 3;
  FailureStreak streak;
  streak.add(row(0, "fffo"));
  CHECK(reached(limits, {tally(1, 3), {}, streak.longest()}));
  CHECK_FALSE(reached(limits, {tally(1, 3), {}, 2}));
}

TEST_CASE("The reason is a sentence with numbers") {
  CHECK(*reached_limit(half_after(200), {tally(1000, 1500), {}, 0}) ==
        "1 500 of 2 500 samples failed (60 %); the limit is 50 % after 200");
  LimitSpec limits;
  limits.consecutive = 100;
  CHECK(*reached_limit(limits, {tally(0, 0), {}, 104}) == "104 samples in a row failed; the limit is 100");
}

TEST_CASE("A budget is spent when as much has been used") {
  BudgetSpec budget;
  budget.core_hours = 2;
  Tally all;
  all.core_s = 7199;
  CHECK_FALSE(spent_budget(budget, all));
  all.core_s = 7200;
  CHECK(*spent_budget(budget, all) == "the budget of 2 core hours is spent: 2 so far");
}
