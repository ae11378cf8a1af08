#include <catch2/catch.hpp>

#include "support.hpp"

using namespace tranche;
using namespace tranche::ledger;
using namespace tranche::ledger::test;

namespace {

JobStart make_job() {
  JobStart job;
  job.host = "login1";
  job.pid = 4711;
  job.ranks = 4;
  job.slots = 512;
  job.slurm_job_id = "98765";
  job.version = "0.1.0";
  job.simulator = "0123abcd";
  return job;
}

}  // namespace

TEST_CASE("A job that was killed is found dead by the next owner", "[ledger]") {
  const Folder folder;
  {
    auto ledger = Ledger::open(folder.file(), "first");
    const auto ended = ledger.begin_job(make_job(), 100.5);
    ledger.end_job(ended, "done", 200.25);
    ledger.begin_job(make_job(), 300);
    CHECK(ledger.jobs().at(1).how.empty());
  }
  const auto jobs = Ledger::open(folder.file(), "second").jobs();
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0].how == "done");
  CHECK(jobs[0].started_at == 100.5);
  CHECK(jobs[0].ended_at == 200.25);
  CHECK(jobs[0].start.host == "login1");
  CHECK(jobs[0].start.pid == 4711);
  CHECK(jobs[0].start.ranks == 4);
  CHECK(jobs[0].start.slots == 512);
  CHECK(jobs[0].start.slurm_job_id == "98765");
  CHECK(jobs[0].start.version == "0.1.0");
  CHECK(jobs[0].start.simulator == "0123abcd");
  CHECK(jobs[1].how == "died");
  CHECK_FALSE(jobs[1].ended_at.has_value());
}

TEST_CASE("A job ends only if it began", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  CHECK_THROWS_AS(ledger.end_job(3, "done", 1), ContractError);
}

TEST_CASE("Events and facts are kept as they were told", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_event("approve", R"({"stage": 1})", 10);
  ledger.add_event("takeover", "{}", 20);
  const auto events = ledger.events();
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == "approve");
  CHECK(events[0].json == R"({"stage": 1})");
  CHECK(events[1].at == 20);
  ledger.set_fact("seed", "1");
  ledger.set_fact("seed", "2");
  CHECK(ledger.fact("seed") == "2");
  CHECK_THROWS_AS(ledger.set_fact("owner", "me"), ContractError);
}

TEST_CASE("Epochs are listed with what they cost", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 10}));
  commit(ledger, 1, {ok_run(1), ok_run(2)});
  const auto job = ledger.begin_job(make_job(), 1);
  const std::vector<AgentRuns> agents{{"node1", {ok_run(3)}}};
  EpochCommit epoch;
  epoch.epoch = 2;
  epoch.at = 50;
  epoch.duration_s = 0.25;
  epoch.bytes = 4096;
  epoch.threads = 2;
  epoch.agents = agents;
  ledger.commit_epoch(epoch);
  const auto epochs = ledger.epochs(1, 10);
  REQUIRE(epochs.size() == 2);
  CHECK(epochs[0].job == 0);
  CHECK(epochs[0].runs == 2);
  CHECK(epochs[1].job == job);
  CHECK(epochs[1].at == 50);
  CHECK(epochs[1].duration_s == 0.25);
  CHECK(epochs[1].bytes == 4096);
  CHECK(epochs[1].threads == 2);
  CHECK(ledger.epochs(2, 10).size() == 1);
  CHECK(ledger.epochs(1, 1).size() == 1);
}
