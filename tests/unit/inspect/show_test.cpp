#include "tranche/inspect/show.hpp"

#include <catch2/catch.hpp>

#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::inspect;

TEST_CASE("A sample's runs survive the way through the inbox", "[inspect]") {
  SampleRuns sample;
  sample.revision = 2;
  sample.index = 77;
  sample.state = SampleState::crashed;
  ledger::RunRow run;
  run.record.id = RunId{2, 77, 1};
  run.record.state = SampleState::crashed;
  run.record.reason = "SIGSEGV";
  run.record.message = "bad \xff byte";
  run.record.signal = 11;
  run.record.wall_s = 1.25;
  run.record.checksum = 0xfedcba9876543210;
  run.host = "node1";
  run.epoch = 9;
  sample.runs = {run};
  const auto read = sample_runs_from_json(to_json_text(sample));
  REQUIRE(read);
  CHECK(read->index == 77);
  CHECK(read->state == SampleState::crashed);
  REQUIRE(read->runs.size() == 1);
  CHECK(read->runs[0].record.id == run.record.id);
  CHECK(read->runs[0].record.reason == "SIGSEGV");
  CHECK(read->runs[0].record.checksum == run.record.checksum);
  CHECK(read->runs[0].host == "node1");
}

TEST_CASE("What is no answer is refused", "[inspect]") {
  CHECK_FALSE(sample_runs_from_json("{"));
  CHECK_FALSE(sample_runs_from_json("[]"));
  CHECK_FALSE(sample_runs_from_json(R"({"runs": [{"wall_s": "long"}]})"));
  CHECK(sample_runs_from_json(R"({"runs": [], "new": 1})"));
}
