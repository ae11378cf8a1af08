#include "tranche/inspect/failure_places.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "support/temporary_folder.hpp"
#include "tranche/inspect/failure_table.hpp"

using namespace tranche;
using namespace tranche::inspect;

namespace {

constexpr const char* yaml = R"(tranche: 1
name: places
parameters:
  a: {range: [0, 1]}
  R: {range: [1e15, 1e18], scale: log}
  field: {values: [blr, torus]}
constraints: ["a < 0.95"]
design: {method: nested-lhs, points: 20000, seed: 7}
stages:
  - {name: pilot, upto: 10%, gate: pass}
  - {name: full, upto: 100%}
simulator: {plugin: ./none.so}
outputs: {}
)";

/// Everything has finished. no_root where R < 8e15 and the field is the torus; now and then a crash.
struct Fixture {
  test::TemporaryFolder folder;
  ledger::Ledger ledger = ledger::Ledger::open((folder.path() / "ledger.sqlite").string(), "nonce");
  CampaignView view = write_campaign();
  std::vector<RunRecord> all;

  Fixture() {
    for (const auto& stage : view.plan.stages()) record(stage);
  }

  CampaignView write_campaign() const {
    std::ofstream{folder.path() / "campaign.yaml"} << yaml;
    return open_campaign(directory::CampaignPaths{folder.path()});
  }

  void record(const campaign::Stage& stage) {
    ledger.add_stage({stage.key, stage.name, stage.range, ledger::StageState::running, {}, {}, 0, {}, {}});
    ledger::AgentRuns agent{"node1", {}};
    std::vector<double> x(view.space.width());
    for (auto index = stage.range.begin; index < stage.range.end; ++index) {
      view.space.evaluate(index, x);
      if (!view.space.feasible(x)) continue;
      auto& run = agent.runs.emplace_back();
      run.id = RunId{1, index, 0};
      run.state = SampleState::ok;
      if (x[1] < 8e15 && x[2] == 1) run.state = SampleState::failed, run.reason = "no_root";
      if (index % 400 == 17) run.state = SampleState::crashed, run.reason = "sigsegv";
    }
    ledger::EpochCommit commit;
    commit.stage = stage.key;
    commit.epoch = stage.key.stage;
    commit.agents = {&agent, 1};
    ledger.commit_epoch(commit);
    all.insert(all.end(), agent.runs.begin(), agent.runs.end());
  }

  std::vector<FailurePlace> places(SampleSizes sizes) const {
    const auto failures = FailureTable{ledger, sizes}.summary();
    return failure_places(view, failures, failures.finished);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "places are said in the parameters' own scales and names") {
  const auto found = places({100'000, 100'000, 100});
  REQUIRE(found.size() == 2);
  CHECK(found[0].reason == "no_root");
  CHECK(found[0].examined == found[0].count);
  CHECK(found[0].text == "99 % of no_root at log10(R) < 15.9 and field is torus: 15 % of the box");
  CHECK(found[1].text == "sigsegv: in no particular part of the box");
}

TEST_CASE_METHOD(Fixture, "a small part of the samples leads to the same place") {
  const auto whole = places({100'000, 100'000, 100});
  const auto part = places({});
  REQUIRE(part.size() == 2);
  CHECK(part[0].examined <= 1000);  // of each stage 500 at most
  CHECK(part[0].count == whole[0].count);
  CHECK(part[0].compared > 1000);
  REQUIRE(part[0].answer.kind == atlas::Answer::Kind::found);
  CHECK(part[0].answer.region.bounds.size() == 2);
  CHECK(part[0].answer.region.bounds[1].levels == std::vector<std::uint32_t>{1});
  const auto share = [](const FailurePlace& place) {
    return place.answer.region.share_of_box(place.fail_share);
  };
  CHECK(std::abs(share(part[0]) - share(whole[0])) < 0.03);
  CHECK(part[0].text.find(" looked at)") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "of one stage only its samples are looked at") {
  const auto failures = FailureTable{ledger, {100'000, 100'000, 100}}.summary();
  const auto& pilot = view.plan.stage(1);
  const auto in_pilot = std::count_if(all.begin(), all.end(),
                                      [&](const auto& run) { return pilot.range.contains(run.id.index()); });
  const auto places = failure_places(view, failures, static_cast<std::uint64_t>(in_pilot), &pilot);
  REQUIRE(places.size() == 2);
  CHECK(places[0].count + places[0].compared == static_cast<std::uint64_t>(in_pilot));
  CHECK(places[1].text == "sigsegv: too few to say where");
}

TEST_CASE_METHOD(Fixture, "a table kept up at each commit is that of the ledger") {
  test::TemporaryFolder elsewhere;
  const auto empty = ledger::Ledger::open((elsewhere.path() / "ledger.sqlite").string(), "nonce");
  FailureTable kept{empty};
  for (const auto& run : all) kept.add(view.plan.stage_of(run.id.index()).key.stage, run);
  const auto now = kept.summary();
  const auto read = FailureTable{ledger}.summary();
  CHECK(now.finished == read.finished);
  CHECK(now.finished_sample == read.finished_sample);
  REQUIRE(now.rows.size() == read.rows.size());
  for (std::size_t k = 0; k < now.rows.size(); ++k) {
    CHECK(now.rows[k].reason == read.rows[k].reason);
    CHECK(now.rows[k].count == read.rows[k].count);
    CHECK(now.rows[k].example == read.rows[k].example);
    CHECK(now.rows[k].sample == read.rows[k].sample);
  }
}

TEST_CASE_METHOD(Fixture, "what was published without its samples is not looked into, and that is said") {
  auto failures = FailureTable{ledger, {100'000, 100'000, 1}}.summary();
  REQUIRE(failures.rows.size() > 2);
  const auto places = failure_places(view, failures, failures.finished);
  CHECK(places[1].reason == "sigsegv");
  CHECK(places[1].text == "sigsegv: not looked into, there are too many reasons");
}

TEST_CASE_METHOD(Fixture, "indices that the design does not have are left out") {
  auto failures = FailureTable{ledger, {100'000, 100'000, 100}}.summary();
  const auto before = failure_places(view, failures, failures.finished);
  failures.rows[0].sample.push_back(1'000'000'000);
  ++failures.rows[0].count;
  failures.finished_sample.push_back(20'000);
  ++failures.finished;
  const auto after = failure_places(view, failures, failures.finished);
  CHECK(after[0].answer.region.bounds == before[0].answer.region.bounds);
}
