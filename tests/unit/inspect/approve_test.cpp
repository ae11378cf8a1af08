#include "tranche/inspect/approve.hpp"

#include <catch2/catch.hpp>

#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::inspect;

namespace {

campaign::StagePlan three_stages() {
  campaign::CampaignSpec spec;
  spec.parameters.push_back({"a", campaign::RealRange{}, "1", {}, {}});
  spec.design.points = 1000;
  for (const auto& [name, upto] : {std::pair{"pilot", 0.01}, {"tenth", 0.1}, {"full", 1.0}})
    spec.stages.push_back({name, upto, {}, {}});
  return campaign::StagePlan::build(spec);
}

struct Fixture {
  test::TemporaryFolder folder;
  campaign::StagePlan plan = three_stages();
  ledger::Ledger ledger = ledger::Ledger::open((folder.path() / "ledger.sqlite").string(), "nonce");

  void seal_pilot() {
    const auto& stage = plan.stage(1);
    ledger::StageRow row;
    row.key = stage.key;
    row.name = stage.name;
    row.range = stage.range;
    row.state = ledger::StageState::running;
    ledger.add_stage(row);
    ledger.seal_stage(stage.key, std::string(32, '0'));
    ledger.set_gate(stage.key, ledger::GateState::waiting, "fail_rate = 7 %");
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "A person opens the gate behind a sealed stage, once", "[inspect]") {
  seal_pilot();
  CHECK(approve_gate(ledger, plan, "pilot", 1).stage == StageKey{1, 1});
  const auto row = ledger.stages().front();
  CHECK(row.gate == ledger::GateState::open);
  CHECK_THAT(row.verdict, Catch::Contains("fail_rate") && Catch::Contains("approved"));
  CHECK(ledger.events().size() == 1);
  CHECK_THAT(approve_gate(ledger, plan, "1", 2).text, Catch::Contains("already"));
  CHECK(ledger.events().size() == 1);
}

TEST_CASE_METHOD(Fixture, "A stage that is unknown, last or not complete cannot be approved", "[inspect]") {
  CHECK_THROWS_WITH(approve_gate(ledger, plan, "pilto", 1), Catch::Contains("pilot, tenth, full"));
  CHECK_THROWS_WITH(approve_gate(ledger, plan, "pilot", 1), Catch::Contains("not complete"));
  CHECK_THROWS_WITH(approve_gate(ledger, plan, "full", 1), Catch::Contains("last"));
  CHECK_THROWS_AS(approve_requested(ledger, plan, "{}", 1), ConfigError);
}
