#include "tranche/inspect/hold.hpp"

#include <catch2/catch.hpp>

#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/inspect/count_events.hpp"

using namespace tranche;
using namespace tranche::inspect;

namespace {

struct Fixture {
  test::TemporaryFolder folder;
  ledger::Ledger ledger = ledger::Ledger::open((folder.path() / "ledger.sqlite").string(), "nonce");
  campaign::StagePlan plan = one_stage();
  ledger::StageRow row = begun();

  static campaign::StagePlan one_stage() {
    campaign::CampaignSpec spec;
    spec.parameters.push_back({"a", campaign::RealRange{}, "1", {}, {}});
    spec.design.points = 100;
    spec.stages.push_back({"full", 1.0, {}, {}});
    return campaign::StagePlan::build(spec);
  }
  ledger::StageRow begun() {
    const auto& stage = plan.stage(1);
    ledger::StageRow begun{stage.key, stage.name, stage.range, ledger::StageState::running, {}, {},
                           0,         {},         {}};
    ledger.add_stage(begun);
    return begun;
  }
  Change pause(const std::string& by, double at) {
    return pause_requested(ledger, plan, {"pause", R"({"by": ")" + by + R"("})", at});
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "A paused campaign holds runs back until one is told to resume", "[inspect]") {
  CHECK_FALSE(find_hold(ledger));
  CHECK_NOTHROW(settle_hold(ledger, plan, Resume::no, 1));
  CHECK(pause("ada@login1", 100).changed);
  CHECK_FALSE(pause("bob@login2", 200).changed);
  REQUIRE(find_hold(ledger));
  CHECK(find_hold(ledger)->by == "ada@login1");
  CHECK(find_hold(ledger)->since == 100);
  try {
    settle_hold(ledger, plan, Resume::no, 300);
    FAIL("a held campaign was started");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::gate);
    CHECK_THAT(failure.what(), Catch::Contains("paused since 1970") && Catch::Contains("ada@login1"));
    CHECK(failure.fix() == "tranche run --resume");
  }
  settle_hold(ledger, plan, Resume::yes, 400);
  CHECK_FALSE(find_hold(ledger));
  REQUIRE(ledger.events().size() == 2);
  CHECK(ledger.events()[0].kind == "pause");
  CHECK(ledger.events()[1].kind == "resume");
}

TEST_CASE_METHOD(Fixture, "A complete campaign is neither paused nor held", "[inspect]") {
  pause("ada@login1", 100);
  ledger.seal_stage(row.key, std::string(32, '0'));
  CHECK_NOTHROW(settle_hold(ledger, plan, Resume::no, 1));
  CHECK_THROWS_AS(pause("ada@login1", 200), ConfigError);
}

TEST_CASE_METHOD(Fixture, "A fail rate is counted from the stage's last limit or retry", "[inspect]") {
  CHECK(counted_from(ledger, row.key).finished == 0);
  row.tally.samples = {0, 60, 40, 0, 0, 0, 0};
  add_count_event(ledger, "limit", row, "too many", 1);
  CHECK(counted_from(ledger, row.key).finished == 100);
  CHECK(counted_from(ledger, row.key).failures == 40);
  CHECK(counted_from(ledger, {1, 2}).finished == 0);
  row.tally.samples = {0, 60, 0, 0, 0, 0, 0};
  add_count_event(ledger, "retry", row, "again", 2);
  row.tally.samples = {0, 90, 0, 0, 0, 0, 0};
  add_count_event(ledger, "budget", row, "spent", 3);
  CHECK(counted_from(ledger, row.key).finished == 60);
  CHECK(counted_from(ledger, row.key).failures == 0);
}
