#include "tranche/schedule/bad_nodes.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace tranche;
using namespace tranche::schedule;

namespace {

RunRecord ended(SampleState state, std::uint8_t attempt = 0, const char* reason = "") {
  RunRecord run;
  run.id = RunId{1, 7, attempt};
  run.state = state;
  run.reason = reason;
  return run;
}

void count(NodeWatch& watch, NodeWatch::Id agent, int ok, int crashed) {
  std::vector<RunRecord> runs(static_cast<std::size_t>(ok), ended(SampleState::ok));
  runs.insert(runs.end(), static_cast<std::size_t>(crashed), ended(SampleState::crashed));
  watch.count(agent, runs);
}

NodeWatch watch_of(NodeWatch::Id agents) {
  NodeWatch watch{{}};
  for (NodeWatch::Id id = 0; id < agents; ++id) watch.join(id, {}, false);
  return watch;
}

}  // namespace

TEST_CASE("a node on which everything fails is named once enough has failed there") {
  auto watch = watch_of(3);
  count(watch, 0, 60, 1);
  count(watch, 2, 60, 2);
  count(watch, 1, 0, 19);
  CHECK_FALSE(watch.suspect());
  count(watch, 1, 0, 1);
  CHECK(watch.suspect() == 1u);
  watch.put_out(1);
  CHECK_FALSE(watch.suspect());
}

TEST_CASE("nobody is named without others to compare with") {
  auto alone = watch_of(1);
  count(alone, 0, 0, 1000);
  CHECK_FALSE(alone.suspect());
  auto watch = watch_of(3);
  count(watch, 1, 0, 1000);
  CHECK_FALSE(watch.suspect());  // the others have recorded nothing yet
  count(watch, 0, 20, 0);
  count(watch, 2, 20, 0);
  CHECK(watch.suspect() == 1u);
}

TEST_CASE("where all fail, and where one fails a little more, none is named") {
  auto watch = watch_of(3);
  for (NodeWatch::Id id = 0; id < 3; ++id) count(watch, id, 20, 400);
  CHECK_FALSE(watch.suspect());
  auto close = watch_of(2);
  count(close, 0, 2800, 200);
  count(close, 1, 2600, 400);  // twice as often: bad luck it is not, but no bad node either
  CHECK_FALSE(close.suspect());
}

TEST_CASE("at most half of the agents are named, the worst first") {
  auto watch = watch_of(4);
  count(watch, 0, 500, 0);
  count(watch, 1, 500, 0);
  count(watch, 2, 10, 90);
  count(watch, 3, 0, 100);
  CHECK(watch.suspect() == 3u);
  watch.put_out(3);
  CHECK(watch.suspect() == 2u);
  watch.put_out(2);
  count(watch, 1, 0, 400);
  CHECK_FALSE(watch.suspect());
}

TEST_CASE("bad points, the end of an allocation and later attempts say nothing of a node") {
  auto watch = watch_of(2);
  count(watch, 0, 100, 0);
  for (int k = 0; k < 100; ++k) {
    const std::vector<RunRecord> runs{ended(SampleState::invalid),
                                      ended(SampleState::timeout, 0, "allocation"),
                                      ended(SampleState::crashed, 1)};
    watch.count(1, runs);
  }
  CHECK(watch.conduct(1) == Conduct{200, 0});
  CHECK_FALSE(watch.suspect());
}

TEST_CASE("a node that goes bad late is named all the same") {
  auto watch = watch_of(3);
  for (int round = 0; round < 500; ++round)
    for (NodeWatch::Id id = 0; id < 3; ++id) count(watch, id, 200, 1);
  CHECK(watch.conduct(0).runs < 4096);
  int failed = 0;
  while (!watch.suspect() && failed < 10'000) {
    count(watch, 2, 0, 1);
    ++failed;
  }
  CHECK(failed < 1000);
  CHECK(watch.suspect() == 2u);
}

TEST_CASE("what an agent did before and whether it is out go with it into the next stage") {
  NodeWatch watch{{}};
  watch.join(0, {300, 3}, false);
  watch.join(1, {100, 80}, true);
  watch.join(2, {100, 80}, false);
  watch.join(3, {300, 1}, false);
  CHECK(watch.any_out());
  CHECK(watch.others(2) == Conduct{600, 4});
  CHECK(watch.suspect() == 2u);
  BadNodeRule blind;
  blind.watch = false;
  NodeWatch off{blind};
  off.join(0, {300, 3}, false);
  off.join(1, {100, 80}, false);
  CHECK_FALSE(off.suspect());
}

TEST_CASE("chance alone names nobody") {
  std::mt19937_64 engine{5};
  for (int campaign = 0; campaign < 2000; ++campaign) {
    auto watch = watch_of(8);
    const auto percent = 1 + engine() % 60;
    for (int round = 0; round < 20; ++round)
      for (NodeWatch::Id id = 0; id < 8; ++id) {
        const bool fails = engine() % 100 < percent;
        count(watch, id, fails ? 0 : 1, fails ? 1 : 0);
        if (watch.suspect()) FAIL("campaign " << campaign << ", round " << round);
      }
  }
}
