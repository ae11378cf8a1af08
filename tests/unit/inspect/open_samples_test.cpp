#include "tranche/inspect/open_samples.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/inspect/retry.hpp"
#include "tranche/inspect/show.hpp"

using namespace tranche;
using namespace tranche::inspect;

namespace {

constexpr const char* yaml = R"(tranche: 1
name: small
parameters:
  a: {range: [0, 1]}
design: {method: random, points: 8, seed: 7}
constants: {dt: 1}
simulator: {command: [./none.sh]}
axes:
  k: {linear: [0, 1], n: 3}
outputs:
  curve: {axes: [k], read: {column: 1}}
)";

/// One stage of eight samples.
struct Fixture {
  test::TemporaryFolder folder;
  ledger::Ledger ledger = ledger::Ledger::open((folder.path() / "ledger.sqlite").string(), "nonce");
  CampaignView view = write_campaign();
  const campaign::Stage& stage = view.plan.stage(1);
  std::uint64_t epoch = 0;

  Fixture() {
    ledger.add_stage({stage.key, stage.name, stage.range, ledger::StageState::running, {}, {}, 0, {}, {}});
  }
  CampaignView write_campaign() const {
    std::ofstream{folder.path() / "campaign.yaml"} << yaml;
    return open_campaign(directory::CampaignPaths{folder.path()});
  }

  struct Ended {
    SampleIndex index = 0;
    std::uint8_t attempt = 0;
    SampleState state = SampleState::crashed;
    std::string reason = "sigsegv";
    bool final = false;
    double at = 0;
  };
  void record(const std::string& host, const std::vector<Ended>& runs) {
    ledger::AgentRuns agent{host, {}};
    for (const auto& ended : runs) {
      auto& run = agent.runs.emplace_back();
      run.id = RunId{1, ended.index, ended.attempt};
      run.state = ended.state;
      run.reason = ended.reason;
      run.final = ended.final;
      run.started_at = ended.at;
    }
    ledger::EpochCommit commit;
    commit.stage = stage.key;
    commit.epoch = ++epoch;
    commit.agents = {&agent, 1};
    ledger.commit_epoch(commit);
  }
  void job(double at) { ledger.begin_job({"n0", 1, 1, 1, "", "test", "digest"}, at); }
  void retry(const std::string& arguments, double at = 0) {
    retry_requested(ledger, view, {"retry", arguments, at});
  }
  std::vector<wire::AttemptFrom> open() const { return open_samples(ledger, stage.key); }
};

constexpr auto timeout = SampleState::timeout;

}  // namespace

TEST_CASE_METHOD(Fixture, "attempts count unless somebody else is to blame") {
  CHECK(open().empty());
  record("n1", {{0}, {1, 0, SampleState::ok, "", true}, {2}, {2, 1, timeout, "deadline"}});
  CHECK(open() == std::vector<wire::AttemptFrom>{{0, 1}, {2, 2}});
}

TEST_CASE_METHOD(Fixture, "kills from outside are forgiven three times") {
  record("n1", {{0, 0, SampleState::crashed, "sigkill"}});
  for (std::uint8_t attempt = 0; attempt < 5; ++attempt)
    record("n1", {{1, attempt, SampleState::crashed, "sigkill"}});
  CHECK(open() == std::vector<wire::AttemptFrom>{{0, 1, 1}, {1, 5, 3}});
}

TEST_CASE_METHOD(Fixture, "failures in a job that put their host in quarantine are forgiven, and no others") {
  job(100);
  record("n1", {{0, 0, SampleState::crashed, "sigsegv", false, 150}});
  job(200);
  record("n1", {{0, 1, SampleState::crashed, "sigsegv", false, 210},
                {1, 0, SampleState::failed, "no_device", false, 220},
                {2, 0, timeout, "allocation", false, 220}});
  record("n2", {{3, 0, SampleState::crashed, "sigsegv", false, 230}});
  const auto text = add_quarantine_event(ledger, {stage.key, "n1", 4, {43, 41}, {500, 4}}, 240);
  CHECK(text.find("n1 (rank 4): 41 of 43 samples failed there, 0.8") == 0);
  job(300);
  record("n1", {{1, 1, SampleState::failed, "no_device", false, 310}});
  CHECK(open() == std::vector<wire::AttemptFrom>{{0, 2, 1}, {1, 2, 1}, {2, 1, 0}, {3, 1, 0}});
}

TEST_CASE_METHOD(Fixture, "a retry with a time limit is remembered for the samples it took") {
  record("n1", {{0, 0, timeout, "deadline", true},
                {1, 0, timeout, "deadline", true},
                {2, 0, SampleState::failed, "no_root", true},
                {3}});
  retry(R"({"reason": "deadline", "timeout_s": 90})");
  CHECK(open() == std::vector<wire::AttemptFrom>{{0, 1, 0, 90}, {1, 1, 0, 90}, {3, 1}});
}

TEST_CASE_METHOD(Fixture, "the limit stays until the next retry of the sample, and is nobody else's") {
  record("n1", {{0, 0, timeout, "deadline", true}, {1, 0, timeout, "deadline", true}});
  retry(R"({"index": 0, "timeout_s": 90})");
  CHECK(open() == std::vector<wire::AttemptFrom>{{0, 1, 0, 90}});
  record("n1", {{0, 1, timeout, "deadline"}, {4, 0, timeout, "deadline"}});
  CHECK(open() == std::vector<wire::AttemptFrom>{{0, 2, 0, 90}, {4, 1}});
  record("n1", {{0, 2, timeout, "deadline", true}});
  retry(R"({"state": "timeout"})");
  CHECK(open() == std::vector<wire::AttemptFrom>{{0, 3}, {1, 1}, {4, 1}});
}

TEST_CASE_METHOD(Fixture, "other values of constants stay until the next retry, and every run's are known") {
  record("n1", {{0, 0, SampleState::failed, "not_converged", true}, {1, 0, timeout, "deadline", true}});
  retry(R"({"reason": "not_converged", "with": "dt=0.50"})");
  CHECK(open() == std::vector<wire::AttemptFrom>{{0, 1, 0, 0, "dt=0.5"}});
  record("n1", {{0, 1, SampleState::crashed, "sigsegv"}});
  CHECK(open() == std::vector<wire::AttemptFrom>{{0, 2, 0, 0, "dt=0.5"}});
  record("n1", {{0, 2, timeout, "deadline", true}});
  retry(R"({"state": "timeout", "timeout_s": 90})");
  CHECK(open() == std::vector<wire::AttemptFrom>{{0, 3, 0, 90}, {1, 1, 0, 90}});
  record("n1", {{0, 3, SampleState::ok, "", true}});
  CHECK(sample_runs(ledger, 1, 0).with == std::vector<std::string>{"", "dt=0.5", "dt=0.5", ""});
  CHECK(sample_runs_from_json(to_json_text(sample_runs(ledger, 1, 0)))->with ==
        std::vector<std::string>{"", "dt=0.5", "dt=0.5", ""});
}

TEST_CASE_METHOD(Fixture, "a time limit is a positive number") {
  record("n1", {{0, 0, timeout, "deadline", true}});
  for (const auto* arguments : {R"({"timeout_s": 0})", R"({"timeout_s": -3})", R"({"timeout_s": "90 s"})"})
    CHECK_THROWS_AS(retry(arguments), ConfigError);
  CHECK(open().empty());
}
