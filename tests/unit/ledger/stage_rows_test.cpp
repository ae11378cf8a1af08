#include <catch2/catch.hpp>

#include "support.hpp"

using namespace tranche;
using namespace tranche::ledger;
using namespace tranche::ledger::test;

TEST_CASE("Stages come back in order with every field", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({2, 1}, {0, 10}, "other revision"));
  ledger.add_stage(make_stage({1, 2}, {10, 30}, "scout"));
  ledger.add_stage(make_stage({1, 1}, {0, 10}, "pilot"));
  ledger.set_stage_state({1, 1}, StageState::running);
  ledger.set_gate({1, 1}, GateState::waiting, "fail_rate 7 % >= 5 %\nasks");
  ledger.seal_stage({1, 2}, std::string(32, 'f'));

  const auto stages = ledger.stages();
  REQUIRE(stages.size() == 3);
  CHECK(stages[0].name == "pilot");
  CHECK(stages[0].state == StageState::running);
  CHECK(stages[0].gate == GateState::waiting);
  CHECK(stages[0].verdict == "fail_rate 7 % >= 5 %\nasks");
  CHECK(stages[0].generation == 0);
  CHECK(stages[1].key == StageKey{1, 2});
  CHECK(stages[1].range == IndexRange{10, 30});
  CHECK(stages[1].state == StageState::sealed);
  CHECK(stages[1].digest == std::string(32, 'f'));
  CHECK(stages[1].generation == 1);
  CHECK(stages[1].tally.total == 20);
  CHECK(stages[2].key == StageKey{2, 1});
}

TEST_CASE("A stage is added once and overlaps no other of its revision", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({1, 1}, {0, 10}));
  CHECK(failure_of([&] { ledger.add_stage(make_stage({1, 1}, {10, 20})); }) == ExitCode::damaged);
  CHECK_THROWS_AS(ledger.add_stage(make_stage({1, 2}, {9, 20})), ContractError);
  CHECK_THROWS_AS(ledger.add_stage(make_stage({1, 2}, {10, max_sample_index + 2})), ContractError);
  CHECK_THROWS_AS(ledger.set_stage_state({1, 3}, StageState::running), ContractError);
  ledger.add_stage(make_stage({1, 2}, {10, 20}));
  CHECK(ledger.stages().size() == 2);
}
