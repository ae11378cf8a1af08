#include "tranche/schedule/grant_policy.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace tranche::schedule;

namespace {

struct Case {
  const char* what;
  AgentLoad agent;
  StageLoad stage;
  std::uint64_t expected;
};

}  // namespace

TEST_CASE("the size of a grant follows what is open, what the agent has, and how long a run takes") {
  const GrantPolicy policy{1.0, 5.0};
  const Case cases[] = {
      {"nothing open", {4, 0}, {0, 4, 1.0}, 0},
      {"an agent without slots", {0, 0}, {100, 4, 1.0}, 0},
      {"nobody has slots", {0, 0}, {100, 0, {}}, 0},
      {"blind: a few for each slot", {4, 0}, {100'000, 4, {}}, 16},
      {"blind: no more than the guided share", {4, 0}, {10, 4, {}}, 5},
      {"blind: another while less than two a slot wait", {4, 7}, {100'000, 4, {}}, 16},
      {"blind: enough with two a slot", {4, 8}, {100'000, 4, {}}, 0},
      {"5 s of predicted work on every slot", {4, 0}, {100'000, 8, 0.5}, 40},
      {"short runs: 5 s are many", {2, 0}, {100'000'000, 8, 0.001}, 10'000},
      {"the guided half share below 5 s", {4, 0}, {64, 8, 0.5}, 16},
      {"a long run: one at a time once all slots are busy", {4, 4}, {100'000, 8, 1000.0}, 1},
      {"a long run: enough with one spare", {4, 5}, {100'000, 8, 1000.0}, 0},
      {"a second ahead is missing", {4, 11}, {100'000, 8, 0.5}, 40},
      {"a second ahead is there", {4, 12}, {100'000, 8, 0.5}, 0},
      {"the last index", {4, 0}, {1, 4000, 0.5}, 1},
      {"the tail: one each", {4, 0}, {30, 4000, 0.5}, 1},
      {"a run of no time at all is bounded by the guided share", {1, 0}, {1000, 10, 0.0}, 50},
      {"and by a largest grant", {1, 0}, {1'000'000'000, 1, 0.0}, 1 << 24},
      {"a mean below zero counts as none", {1, 0}, {1000, 10, -3.0}, 50},
      {"a mean that is no number counts as none",
       {1, 0},
       {1000, 10, std::numeric_limits<double>::quiet_NaN()},
       50},
      {"an endless mean: one at a time", {1, 0}, {1000, 10, std::numeric_limits<double>::infinity()}, 1},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    CHECK(grant_size(policy, c.agent, c.stage) == c.expected);
  }
}

TEST_CASE("grants never exceed what is open, shrink to one, and give everything away") {
  const GrantPolicy policy;
  const auto total_slots = GENERATE(1u, 2u, 128u, 128'000u);
  const auto mean =
      GENERATE(std::optional<double>{}, std::optional<double>{1e-4}, std::optional<double>{3.0});
  std::uint64_t open = 100'000;
  std::uint64_t last = open;
  std::uint64_t grants = 0;
  while (open > 0) {
    const auto size = grant_size(policy, {1, 0}, {open, total_slots, mean});
    REQUIRE(size >= 1);
    REQUIRE(size <= open);
    REQUIRE(size <= last);
    REQUIRE(size <= open / (2 * total_slots) + 1);
    last = size;
    open -= size;
    REQUIRE(++grants <= 100'000);
  }
  REQUIRE(last == 1);
}
