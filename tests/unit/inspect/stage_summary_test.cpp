#include "tranche/inspect/stage_summary.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

using namespace tranche;
using namespace tranche::inspect;

namespace {

StageFacts pilot() {
  StageFacts facts;
  facts.stage.name = "pilot";
  facts.stage.range = {0, 200};
  facts.stage.state = ledger::StageState::sealed;
  auto& tally = facts.stage.tally;
  tally.total = 200;
  tally.samples[static_cast<std::size_t>(SampleState::ok)] = 188;
  tally.samples[static_cast<std::size_t>(SampleState::crashed)] = 2;
  tally.samples[static_cast<std::size_t>(SampleState::excluded)] = 10;
  tally.core_s = 7200;
  facts.so_far = tally;
  facts.wall = {190, 1.0, 1.5, 3.0, 60.0};
  facts.reasons = {{SampleState::crashed, "SIGSEGV", 2, 3.5, 77, "in tranche_eval", 1}};
  facts.remaining = 199'800;
  facts.remaining_to_run = 189'810;
  facts.slots = 64;
  facts.forecast = campaign::Forecast{68, 60, 80, 4000, 5000, 190};
  return facts;
}

}  // namespace

TEST_CASE("A stage's summary says what it cost, what failed and what is ahead", "[inspect]") {
  const auto text = stage_summary(pilot(), TextStyle{});
  for (const auto* part :
       {"pilot", "188 ok", "2 crashed", "10 excluded", "median 1.0 s", "2.00 core hours", "SIGSEGV",
        "e.g. 77: in tranche_eval", "about 189 810 samples", "60.0 .. 80.0", "64 slots"})
    CHECK_THAT(text, Catch::Contains(part));
}

TEST_CASE("A summary stays within 80 columns", "[inspect]") {
  auto facts = pilot();
  facts.reasons.front().message = std::string(500, 'x');
  std::istringstream lines{stage_summary(facts, TextStyle{})};
  for (std::string line; std::getline(lines, line);) CHECK(display_width(line) <= 80);
}

TEST_CASE("After the last stage nothing is ahead", "[inspect]") {
  auto facts = pilot();
  facts.remaining = facts.remaining_to_run = 0;
  facts.forecast.reset();
  CHECK_THAT(stage_summary(facts, TextStyle{}), Catch::Contains("last stage"));
}
