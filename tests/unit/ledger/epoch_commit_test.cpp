#include <catch2/catch.hpp>

#include "support.hpp"

using namespace tranche;
using namespace tranche::ledger;
using namespace tranche::ledger::test;

namespace {

RunRecord full_record() {
  RunRecord run;
  run.id = RunId{32'767, max_sample_index, 0};
  run.state = SampleState::crashed;
  run.final = true;
  run.slot = 65'535;
  run.exit_code = -7;
  run.signal = 11;
  run.wall_s = 0.1;
  run.cpu_s = 1e-9;
  run.max_rss_kb = std::int64_t{1} << 40;
  run.started_at = 1.7e9 + 1.0 / 3;
  run.checksum = 0xffffffffffffffffu;
  run.reason = "signal 11";
  run.message = "line with 'quotes', gr\xc3\xbc\xc3\x9f and\ttab";
  return run;
}

}  // namespace

TEST_CASE("Every field of a run comes back as it was", "[ledger]") {
  const Folder folder;
  const RunRecord record = full_record();
  const StageKey stage{record.id.revision(), 255};
  {
    auto ledger = Ledger::open(folder.file(), "n");
    ledger.add_stage(make_stage(stage, {max_sample_index - 9, max_sample_index + 1}));
    JobStart job;
    job.simulator = "abcdef";
    ledger.begin_job(job, 1);
    commit(ledger, 17, {record}, stage, "node with space");
    CHECK(ledger.check().empty());
  }
  const auto ledger = Ledger::open_to_read(folder.file());
  const auto runs = ledger.runs_of(record.id.revision(), record.id.index());
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].record == record);
  CHECK(runs[0].host == "node with space");
  CHECK(runs[0].simulator == "abcdef");
  CHECK(runs[0].epoch == 17);
  CHECK(ledger.final_states(stage, 0, 10).at(0).checksum == record.checksum);
}

TEST_CASE("A run without reason and message stores neither", "[ledger]") {
  const Folder folder;
  {
    auto ledger = Ledger::open(folder.file(), "n");
    ledger.add_stage(make_stage({}, {0, 10}));
    commit(ledger, 1, {ok_run(3)});
    CHECK(ledger.runs_of(1, 3).at(0).record == ok_run(3));
  }
  CHECK(Raw{folder.file()}.ask("SELECT reason IS NULL, message IS NULL, simulator IS NULL FROM runs") ==
        "1|1|1");
}

TEST_CASE("Texts that are no UTF-8 are stored as such that are", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 10}));
  RunRecord run = failed_run(1, 0, SampleState::failed, "bad \xff");
  run.message = "also \xff";
  commit(ledger, 1, {run});
  CHECK(ledger.runs_of(1, 1).at(0).record.reason == "bad \xef\xbf\xbd");
  CHECK(ledger.runs_of(1, 1).at(0).record.message == "also \xef\xbf\xbd");
  CHECK(ledger.check().empty());
}

TEST_CASE("A crashed attempt keeps its sample open until the next one ends well", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 100}));
  commit(ledger, 1, {failed_run(5, 0, SampleState::crashed, "signal 11", Ending::retried), ok_run(6)});

  CHECK(ledger.open_attempts({}) == std::vector<OpenAttempt>{{5, 1}});
  CHECK(ledger.final_states({}, 0, 10).size() == 1);
  REQUIRE(ledger.reasons({}).size() == 1);
  CHECK(ledger.reasons({})[0].count == 0);
  CHECK(ledger.stages().at(0).tally.of(SampleState::crashed) == 0);
  CHECK(ledger.stages().at(0).tally.runs == 2);
  CHECK((ledger.done_bitmap({}).at(0) & 0x20) == 0);

  commit(ledger, 2, {ok_run(5, 1)});
  CHECK(ledger.open_attempts({}).empty());
  const auto states = ledger.final_states({}, 5, 1);
  REQUIRE(states.size() == 1);
  CHECK(states[0].index == 5);
  CHECK(states[0].state == SampleState::ok);
  const auto runs = ledger.runs_of(1, 5);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].record.state == SampleState::crashed);
  CHECK_FALSE(runs[0].record.final);
  CHECK(runs[1].record.state == SampleState::ok);
  CHECK(ledger.check().empty());
}

TEST_CASE("Attempts of one sample may share an epoch", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 100}));
  commit(ledger, 1,
         {ok_run(5, 2), failed_run(5, 0, SampleState::timeout, "", Ending::retried),
          failed_run(5, 1, SampleState::crashed, "signal 6", Ending::retried)});
  CHECK(ledger.runs_of(1, 5).size() == 3);
  CHECK(ledger.stages().at(0).tally.of(SampleState::ok) == 1);
  CHECK(ledger.check().empty());
}

TEST_CASE("Runs of several agents come in any order and are stored in key order", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 100}));
  const std::vector<AgentRuns> agents{{"b", {ok_run(9), ok_run(2)}}, {"a", {ok_run(4)}}, {"idle", {}}};
  EpochCommit epoch;
  epoch.epoch = 1;
  epoch.agents = agents;
  ledger.commit_epoch(epoch);
  const auto runs = ledger.runs_from({}, 10);
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].record.id.index() == 2);
  CHECK(runs[0].host == "b");
  CHECK(runs[1].record.id.index() == 4);
  CHECK(runs[1].host == "a");
  CHECK(runs[2].record.id.index() == 9);
}

TEST_CASE("A recorded run is never replaced, and nothing of its epoch is recorded", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 100}));
  commit(ledger, 1, {ok_run(5)});
  RunRecord other = failed_run(5, 0, SampleState::failed, "new reason");
  const auto again = [&] { commit(ledger, 2, {ok_run(4), other, ok_run(6)}, {}, "new host"); };
  CHECK(failure_of(again) == ExitCode::damaged);
  CHECK_THAT(message_of(again), Catch::Contains("r1:5 attempt 0"));
  CHECK(ledger.runs_of(1, 5).at(0).record == ok_run(5));
  CHECK(ledger.runs_of(1, 4).empty());
  CHECK(ledger.last_epoch() == 1);
  CHECK(ledger.stages().at(0).tally.runs == 1);
  CHECK(ledger.check().empty());

  commit(ledger, 2, {failed_run(7, 0, SampleState::failed, "new reason")}, {}, "new host");
  CHECK(ledger.runs_of(1, 7).at(0).record.reason == "new reason");
  CHECK(ledger.runs_of(1, 7).at(0).host == "new host");
  CHECK(ledger.check().empty());
}

TEST_CASE("Two equal runs in one epoch are refused", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 100}));
  CHECK(failure_of([&] { commit(ledger, 1, {ok_run(5), ok_run(5)}); }) == ExitCode::damaged);
  CHECK(ledger.runs_from({}, 10).empty());
}

TEST_CASE("An attempt needs the one before it, and none after a final run", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 100}));
  commit(ledger, 1, {ok_run(5)});
  CHECK_THAT(message_of([&] { commit(ledger, 2, {ok_run(5, 1)}); }),
             Catch::Contains("after the sample's final run"));
  CHECK_THAT(message_of([&] { commit(ledger, 2, {ok_run(6, 1)}); }),
             Catch::Contains("without the attempt before"));
  CHECK(ledger.check().empty());
}

TEST_CASE("Epochs only count on", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 100}));
  CHECK(ledger.last_epoch() == 0);
  commit(ledger, 3, {});
  CHECK(ledger.last_epoch() == 3);
  CHECK(failure_of([&] { commit(ledger, 3, {ok_run(1)}); }) == ExitCode::damaged);
  CHECK(failure_of([&] { commit(ledger, 2, {ok_run(1)}); }) == ExitCode::damaged);
  CHECK(ledger.check().empty());
}

TEST_CASE("Runs that cannot be are refused as our own mistakes", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {10, 100}));
  const auto refused = [&](RunRecord run) { CHECK_THROWS_AS(commit(ledger, 1, {run}), ContractError); };
  refused(ok_run(9));
  refused(ok_run(100));
  refused(ok_run(20, 0, 2));
  auto run = ok_run(20);
  run.final = false;
  refused(run);
  run = ok_run(20);
  run.wall_s = std::numeric_limits<double>::quiet_NaN();
  refused(run);
  run = ok_run(20);
  run.state = SampleState::excluded;
  refused(run);
  run.state = SampleState::pending;
  refused(run);
  CHECK_THROWS_AS(commit(ledger, 1, {ok_run(20)}, {1, 2}), ContractError);
  ledger.seal_stage({}, "d");
  CHECK_THROWS_AS(commit(ledger, 1, {ok_run(20)}), ContractError);
  CHECK(ledger.runs_from({}, 10).empty());
}

TEST_CASE("Counters add up over states, epochs and retries", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  auto stage = make_stage({}, {0, 100});
  stage.tally.samples[static_cast<std::size_t>(SampleState::excluded)] = 8;
  ledger.add_stage(stage);
  ledger.add_stage(make_stage({1, 2}, {100, 110}, "scout"));
  commit(ledger, 1,
         {ok_run(0), ok_run(1), failed_run(2, 0, SampleState::failed, "finite"),
          failed_run(3, 0, SampleState::crashed, "exit", Ending::retried)});
  commit(ledger, 2,
         {failed_run(3, 1, SampleState::crashed, "exit"), failed_run(4, 0, SampleState::timeout, ""),
          failed_run(5, 0, SampleState::invalid, "no root")});
  const std::vector<AgentRuns> agents{{"node1", {ok_run(100)}}};
  EpochCommit epoch;
  epoch.stage = {1, 2};
  epoch.epoch = 3;
  epoch.threads = 4;
  epoch.agents = agents;
  ledger.commit_epoch(epoch);

  const auto tally = ledger.stages().at(0).tally;
  CHECK(tally.total == 100);
  CHECK(tally.samples == std::array<std::uint64_t, 7>{0, 2, 1, 1, 1, 1, 8});
  CHECK(tally.runs == 7);
  CHECK(tally.wall_s == Approx(7 * 1.5));
  CHECK(tally.cpu_s == Approx(7 * 1.25));
  CHECK(tally.core_s == Approx(7 * 1.5));
  const auto totals = ledger.totals();
  CHECK(totals.total == 110);
  CHECK(totals.of(SampleState::ok) == 3);
  CHECK(totals.runs == 8);
  CHECK(totals.core_s == Approx(11 * 1.5));
  CHECK(ledger.check().empty());
}

TEST_CASE("A death between the rows and the commit leaves nothing", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 100}));
  const std::vector<AgentRuns> agents{{"node1", {ok_run(1)}}};
  EpochCommit epoch;
  epoch.epoch = 1;
  epoch.agents = agents;
  at_mid_commit() = [] { throw std::runtime_error{"failpoint"}; };
  CHECK_THROWS_WITH(ledger.commit_epoch(epoch), "failpoint");
  CHECK(ledger.runs_from({}, 10).empty());
  CHECK(ledger.last_epoch() == 0);
  at_mid_commit() = nullptr;
  ledger.commit_epoch(epoch);
  CHECK(ledger.check().empty());
}
