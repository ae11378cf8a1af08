#include "tranche/inspect/failure_table.hpp"

#include <catch2/catch.hpp>

#include "support/temporary_folder.hpp"

using namespace tranche;
using namespace tranche::inspect;

namespace {

RunRecord crashed(SampleIndex index, std::uint8_t attempt, bool final) {
  RunRecord run;
  run.id = RunId{1, index, attempt};
  run.state = SampleState::crashed;
  run.reason = "sigsegv";
  run.wall_s = 2;
  run.final = final;
  return run;
}

}  // namespace

TEST_CASE("The time of attempts that were made again is lost too, in the ledger as in a live run") {
  const test::TemporaryFolder folder;
  auto ledger = ledger::Ledger::open((folder.path() / "ledger.sqlite").string(), "nonce");
  ledger.add_stage({StageKey{}, "all", {0, 9}, ledger::StageState::running, {}, {}, 0, {}, {}});
  FailureTable live{ledger};
  ledger::AgentRuns agent{"node1", {crashed(3, 0, false), crashed(3, 1, true), crashed(5, 0, false)}};
  auto other = crashed(6, 0, false);
  other.reason = "sigabrt";
  agent.runs.push_back(other);
  for (const SampleIndex index : {5, 6}) {
    auto ok = crashed(index, 1, true);
    ok.state = SampleState::ok;
    ok.reason.clear();
    agent.runs.push_back(ok);
  }
  ledger::EpochCommit commit;
  commit.epoch = 1;
  commit.agents = {&agent, 1};
  ledger.commit_epoch(commit);
  for (const auto& run : agent.runs) live.add(1, run);

  for (const auto& table : {live, FailureTable{ledger}}) {
    const auto failures = table.summary();
    REQUIRE(failures.rows.size() == 2);
    CHECK(failures.rows[0].count == 1);
    CHECK(failures.rows[0].wall_s == 6);
    CHECK(failures.rows[0].example == 3);
    CHECK(failures.rows[1].reason == "sigabrt");
    CHECK(failures.rows[1].count == 0);
    CHECK(failures.rows[1].wall_s == 2);
    CHECK(failures.finished == 3);
  }
}
