#include "tranche/inspect/retry.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/inspect/show.hpp"

using namespace tranche;
using namespace tranche::inspect;

namespace {

constexpr const char* yaml = R"(tranche: 1
name: small
parameters:
  a: {range: [0, 1]}
design: {method: random, points: 4, seed: 7}
simulator: {plugin: ./none.so}
axes:
  k: {linear: [0, 1], n: 3}
outputs:
  curve: {axes: [k]}
)";

/// Four samples, all failed and the stage sealed; those of `spent` have had their last attempt.
struct Fixture {
  test::TemporaryFolder folder;
  ledger::Ledger ledger = ledger::Ledger::open((folder.path() / "ledger.sqlite").string(), "nonce");
  CampaignView view = write_campaign();

  CampaignView write_campaign() const {
    std::ofstream{folder.path() / "campaign.yaml"} << yaml;
    return open_campaign(directory::CampaignPaths{folder.path()});
  }
  void seal_failed(const std::vector<SampleIndex>& spent) {
    const auto& stage = view.plan.stage(1);
    ledger.add_stage({stage.key, stage.name, stage.range, ledger::StageState::running, {}, {}, 0, {}, {}});
    ledger::AgentRuns agent{"node1", {}};
    for (SampleIndex index = 0; index < 4; ++index) {
      const bool last = std::find(spent.begin(), spent.end(), index) != spent.end();
      const unsigned attempts = last ? 256 : 1;
      for (unsigned attempt = 0; attempt < attempts; ++attempt) {
        auto& run = agent.runs.emplace_back();
        run.id = RunId{1, index, static_cast<std::uint8_t>(attempt)};
        run.state = SampleState::failed;
        run.reason = "bad_luck";
        run.final = attempt + 1 == attempts;
      }
    }
    ledger::EpochCommit commit;
    commit.stage = stage.key;
    commit.epoch = 1;
    commit.agents = {&agent, 1};
    ledger.commit_epoch(commit);
    ledger.seal_stage(stage.key, std::string(32, '0'));
  }
  bool sealed() const { return ledger.stages().front().state == ledger::StageState::sealed; }
  Change retry(const std::string& arguments) {
    return retry_requested(ledger, view, {"retry", arguments, 1});
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "A stage of which nothing can run again stays sealed, and the text says why",
                 "[inspect]") {
  seal_failed({0, 1, 2, 3});
  const auto change = retry("{}");
  CHECK(change.requeued.empty());
  CHECK_FALSE(change.changed);
  CHECK_THAT(change.text, Catch::Contains("4 samples cannot run again") && Catch::Contains("255"));
  CHECK_THAT(change.data_json, Catch::Contains(R"("stages":[])"));
  CHECK(sealed());
  CHECK(ledger.events().empty());
  CHECK_THROWS_WITH(retry(R"({"index": 2})"), Catch::Contains("sample 2 cannot run again"));
}

TEST_CASE_METHOD(Fixture, "Samples that have had their last attempt do not keep the others back",
                 "[inspect]") {
  seal_failed({1});
  const auto change = retry("{}");
  REQUIRE(change.requeued.size() == 1);
  CHECK(change.requeued.front().samples.size() == 3);
  CHECK_THAT(change.text,
             Catch::Contains("1 sample cannot run again") && Catch::Contains("3 samples will run again"));
  CHECK_FALSE(sealed());
}

TEST_CASE_METHOD(Fixture, "Arguments of another type are refused by name", "[inspect]") {
  seal_failed({});
  for (const auto& [arguments, word] : {std::pair{R"({"dry_run": "x"})", "dry_run"},
                                        {R"({"state": 1})", "state"},
                                        {R"({"stage": ["all"]})", "stage"},
                                        {R"({"reason": {}})", "reason"},
                                        {R"({"index": -1})", "index"},
                                        {R"({"index": 1.5})", "index"},
                                        {R"([1])", "object"},
                                        {"nonsense", "object"}}) {
    INFO(arguments);
    try {
      retry(arguments);
      FAIL("taken");
    } catch (const ConfigError& error) {
      CHECK_THAT(error.problems().front().what, Catch::Contains(word));
    }
  }
  CHECK(sealed());
  CHECK_THROWS_AS(apply_change(ledger, view, {"approve", R"({"stage": 1})", 1}), ConfigError);
  CHECK_THROWS_AS(apply_change(ledger, view, {"pause", R"({"by": 1})", 1}), ConfigError);
  for (const auto* arguments : {"{}", "[]", R"({"index": "0"})", R"({"index": 0, "revision": 65536})"})
    CHECK_THROWS_AS(answer_show(ledger, arguments), ConfigError);
}
