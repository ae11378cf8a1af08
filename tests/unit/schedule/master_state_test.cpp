#include "tranche/schedule/master_state.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::schedule;

namespace {

constexpr std::uint16_t revision = 3;
constexpr IndexRange stage{100, 200};

MasterState master_of(IndexRange universe = stage, std::vector<wire::AttemptFrom> attempts = {}) {
  return {{{}, 10.0, 1000}, {{revision, 1}, IndexSet{universe}, std::move(attempts)}, 7, 0.0};
}

wire::Grant grant_of(SampleIndex begin, SampleIndex end) {
  return {{{begin, end}}, {}};
}

RunRecord run_of(SampleIndex index, std::uint8_t attempt = 0, bool final = true) {
  RunRecord run;
  run.id = RunId{revision, index, attempt};
  run.state = final ? SampleState::ok : SampleState::failed;
  run.final = final;
  return run;
}

wire::EpochRecords records_of(std::uint64_t number, IndexRange finished = {}) {
  wire::EpochRecords records;
  records.number = number;
  for (auto index = finished.begin; index < finished.end; ++index) records.runs.push_back(run_of(index));
  return records;
}

wire::Report report_of(std::uint64_t granted, std::uint64_t backlog, std::uint64_t buffered_bytes = 0) {
  wire::Report report;
  report.granted = granted;
  report.backlog = backlog;
  report.buffered_bytes = buffered_bytes;
  return report;
}

template <class T>
std::vector<T> only(const std::vector<Action>& actions) {
  std::vector<T> found;
  for (const auto& action : actions)
    if (const auto* body = std::get_if<T>(&action)) found.push_back(*body);
  return found;
}

/// The one action that is due, which must be a T.
template <class T>
T sole(const MasterState& master, double now) {
  const auto actions = master.decide(now);
  REQUIRE(actions.size() == 1);
  REQUIRE(std::holds_alternative<T>(actions[0]));
  return std::get<T>(actions[0]);
}

}  // namespace

TEST_CASE("a stage of one agent goes from grant to epoch to commit to its end") {
  auto master = master_of({100, 104});
  REQUIRE(master.decide(0).empty());
  master.apply(AgentJoined{0, 2}, 0);
  while (true) {
    const auto grants = only<SendGrant>(master.decide(0));
    if (grants.empty()) break;
    master.apply(GrantSent{0, grants[0].grant}, 0);
  }
  REQUIRE(master.open() == 0);
  master.apply(AgentReported{0, report_of(4, 2)}, 1);
  REQUIRE(master.decide(1).empty());
  master.apply(AgentReported{0, report_of(4, 0, 400)}, 2);
  REQUIRE(sole<StartEpoch>(master, 2).number == 7);
  master.apply(EpochStarted{7}, 2);
  REQUIRE(master.decide(2).empty());
  auto records = records_of(7, {100, 103});
  records.skipped = {{103, 104}};
  master.apply(EpochRecorded{0, &records}, 3);
  REQUIRE(master.settled() == 0);
  REQUIRE(sole<CommitEpoch>(master, 3).number == 7);
  master.apply(EpochCommitted{7}, 3);
  REQUIRE(master.settled() == 4);
  REQUIRE(sole<StageOver>(master, 3).complete);
  REQUIRE(master.broken_invariants().empty());
}

TEST_CASE("an agent that has enough queued gets nothing, one whose queue is unknown counts what was sent") {
  auto master = master_of({0, 100'000});
  master.apply(AgentJoined{0, 4}, 0);
  master.apply(AgentJoined{1, 4}, 0);
  master.apply(GrantSent{0, grant_of(0, 16)}, 0);
  auto grants = only<SendGrant>(master.decide(0));
  REQUIRE(grants.size() == 1);  // agent 0 has not reported: 16 are on their way
  REQUIRE(grants[0].agent == 1);
  REQUIRE(grants[0].grant == grant_of(16, 32));
  master.apply(AgentReported{0, report_of(16, 8)}, 1);
  REQUIRE(only<SendGrant>(master.decide(1)).size() == 1);
  master.apply(AgentReported{0, report_of(16, 7)}, 1);
  grants = only<SendGrant>(master.decide(1));
  REQUIRE(grants.size() == 2);
  REQUIRE(grants[0].grant == grant_of(16, 32));
  REQUIRE(grants[1].grant == grant_of(32, 48));
}

TEST_CASE(
    "of two agents in need the drier one is served first, and those that have enough are not looked at") {
  auto master = master_of({0, 100});
  for (const AgentId id : {0u, 1u, 2u}) master.apply(AgentJoined{id, 4}, 0);
  master.apply(GrantSent{0, grant_of(0, 16)}, 0);
  master.apply(GrantSent{1, grant_of(16, 32)}, 0);
  master.apply(GrantSent{2, grant_of(32, 99)}, 0);  // one index is left
  master.apply(AgentReported{0, report_of(16, 3)}, 1);
  master.apply(AgentReported{1, report_of(16, 2)}, 1);
  auto grants = only<SendGrant>(master.decide(1));
  REQUIRE(grants.size() == 1);
  REQUIRE(grants[0].agent == 1);
  master.apply(AgentReported{0, report_of(16, 1)}, 2);
  grants = only<SendGrant>(master.decide(2));
  REQUIRE(grants.size() == 1);
  REQUIRE(grants[0].agent == 0);
  REQUIRE(master.broken_invariants().empty());
}

TEST_CASE("grants of one decision may be sent in any order, and in part") {
  auto master = master_of({0, 1000});
  for (AgentId id = 0; id < 3; ++id) master.apply(AgentJoined{id, 4}, 0);
  auto grants = only<SendGrant>(master.decide(0));
  REQUIRE(grants.size() == 3);
  master.apply(GrantSent{2, grants[2].grant}, 0);
  REQUIRE(master.broken_invariants().empty());
  grants = only<SendGrant>(master.decide(0));
  REQUIRE(grants.size() == 2);
  REQUIRE(grants[0].grant.ranges[0].begin == 0);
}

TEST_CASE("the mean of run times is over all reported runs") {
  auto master = master_of();
  REQUIRE_FALSE(master.mean_wall_s());
  for (AgentId id = 0; id < 2; ++id) master.apply(AgentJoined{id, 1}, 0);
  auto report = report_of(0, 0);
  report.runs = 3;
  report.wall_s = 1.0;
  master.apply(AgentReported{0, report}, 0);
  report.runs = 1;
  report.wall_s = 7.0;
  master.apply(AgentReported{1, report}, 0);
  REQUIRE(master.mean_wall_s() == 2.0);
  report.runs = 5;
  report.wall_s = 7.0;
  master.apply(AgentReported{1, report}, 0);
  REQUIRE(master.mean_wall_s() == 1.0);
}

TEST_CASE("recorded attempts travel with the grant of their index") {
  auto master = master_of(stage, {{103, 2}, {150, 1}});
  master.apply(AgentJoined{0, 2}, 0);
  const auto grants = only<SendGrant>(master.decide(0));
  REQUIRE(grants.size() == 1);
  REQUIRE(grants[0].grant.ranges == std::vector<IndexRange>{{100, 108}});
  REQUIRE(grants[0].grant.attempts == std::vector<wire::AttemptFrom>{{103, 2}});
}

TEST_CASE("a resume grants only what is not settled") {
  StageWork work{{revision, 1}, IndexSet{stage}, {}};
  work.settled.insert(IndexRange{100, 150});
  work.settled.insert(IndexRange{152, 199});
  MasterState master{{}, std::move(work), 1, 0.0};
  REQUIRE(master.settled() == 97);
  REQUIRE(master.open() == 3);
  master.apply(AgentJoined{0, 8}, 0);
  const auto grants = only<SendGrant>(master.decide(0));
  REQUIRE(grants.size() == 1);
  REQUIRE(grants[0].grant.ranges == std::vector<IndexRange>{{150, 152}});  // half of what is open, rounded up
}

TEST_CASE("a stage already settled is over at once, an empty one too") {
  StageWork work{{revision, 1}, IndexSet{stage}, {}};
  work.settled.insert(stage);
  const MasterState settled{{}, std::move(work), 1, 0.0};
  REQUIRE(sole<StageOver>(settled, 0).complete);
  REQUIRE(sole<StageOver>(master_of({5, 5}), 0).complete);
}

TEST_CASE("an epoch is due by time or by bytes, if there is anything to write") {
  auto master = master_of();
  master.apply(AgentJoined{0, 2}, 0);
  master.apply(AgentJoined{1, 2}, 0);
  master.apply(GrantSent{0, grant_of(100, 110)}, 0);
  master.apply(AgentReported{0, report_of(10, 5)}, 1);
  REQUIRE(only<StartEpoch>(master.decide(1000)).empty());
  master.apply(AgentReported{0, report_of(10, 5, 600)}, 1);
  REQUIRE(only<StartEpoch>(master.decide(9.9)).empty());
  REQUIRE(only<StartEpoch>(master.decide(10)).size() == 1);
  master.apply(AgentReported{1, report_of(0, 0, 400)}, 1);
  REQUIRE(only<StartEpoch>(master.decide(1)).size() == 1);
}

TEST_CASE("what an epoch has written does not make the next one due") {
  auto master = master_of();
  master.apply(AgentJoined{0, 2}, 0);
  master.apply(GrantSent{0, grant_of(100, 110)}, 0);
  master.apply(AgentReported{0, report_of(10, 5, 5000)}, 1);
  master.apply(EpochStarted{7}, 1);
  const auto records = records_of(7, {100, 105});
  master.apply(EpochRecorded{0, &records}, 2);
  master.apply(EpochCommitted{7}, 2);
  REQUIRE(only<StartEpoch>(master.decide(100)).empty());
  master.apply(AgentReported{0, report_of(10, 4, 200)}, 3);
  REQUIRE(only<StartEpoch>(master.decide(11.9)).empty());
  REQUIRE(only<StartEpoch>(master.decide(12)).size() == 1);
}

TEST_CASE("the end of a stage waits for a report that knows the last grant") {
  auto master = master_of({100, 110});
  master.apply(AgentJoined{0, 2}, 0);
  master.apply(GrantSent{0, grant_of(100, 108)}, 0);
  master.apply(GrantSent{0, grant_of(108, 110)}, 0);
  master.apply(AgentReported{0, report_of(8, 0)}, 1);
  REQUIRE(master.decide(1).empty());
  master.apply(AgentReported{0, report_of(10, 0)}, 1);
  REQUIRE(sole<StartEpoch>(master, 1).number == 7);
}

TEST_CASE("an agent's counts go on in the next stage") {
  auto master = master_of({100, 104});
  master.apply(AgentJoined{0, 2, 1000}, 0);
  REQUIRE(master.granted(0) == 1000);
  REQUIRE(only<SendGrant>(master.decide(0)).size() == 1);  // nothing is on its way to the agent
  master.apply(AgentReported{0, report_of(990, 0)}, 0);    // late, from the stage before
  REQUIRE(master.decide(0).empty());
  master.apply(AgentReported{0, report_of(1000, 0)}, 0);
  master.apply(GrantSent{0, grant_of(100, 104)}, 0);
  REQUIRE(master.granted(0) == 1004);
  REQUIRE(master.decide(0).empty());
  master.apply(AgentReported{0, report_of(1004, 0)}, 1);
  REQUIRE(sole<StartEpoch>(master, 1).number == 7);
  REQUIRE_THROWS_AS(master.granted(1), ContractError);
}

TEST_CASE("a drain withdraws, waits for every answer, writes a last epoch and ends the stage") {
  auto master = master_of();
  for (AgentId id = 0; id < 2; ++id) {
    master.apply(AgentJoined{id, 2}, 0);
    master.apply(GrantSent{id, grant_of(100 + id * 10, 110 + id * 10)}, 0);
  }
  master.apply(DrainRequested{}, 1);
  REQUIRE(master.draining());
  auto actions = master.decide(1);
  REQUIRE(actions.size() == 2);
  REQUIRE(only<SendWithdraw>(actions).size() == 2);
  REQUIRE(only<SendWithdraw>(actions)[1].order.grace_s == 2.0);
  for (AgentId id = 0; id < 2; ++id) master.apply(WithdrawSent{id}, 1);
  REQUIRE(master.decide(1).empty());
  master.apply(AgentWithdrew{0, {{103, 110}}}, 2);
  REQUIRE(master.decide(1000).empty());
  master.apply(AgentWithdrew{1, {{110, 120}}}, 2);
  REQUIRE(master.open() == 97);
  REQUIRE(sole<StartEpoch>(master, 2).number == 7);
  master.apply(EpochStarted{7}, 2);
  const auto first = records_of(7, {100, 103});
  const auto second = records_of(7);
  master.apply(EpochRecorded{0, &first}, 3);
  REQUIRE(master.decide(3).empty());
  master.apply(EpochRecorded{1, &second}, 3);
  master.apply(EpochCommitted{sole<CommitEpoch>(master, 3).number}, 3);
  REQUIRE_FALSE(sole<StageOver>(master, 3).complete);
  REQUIRE(master.settled() == 3);
}

TEST_CASE("an epoch that began before all had withdrawn is not the last one") {
  auto master = master_of();
  master.apply(AgentJoined{0, 2}, 0);
  master.apply(GrantSent{0, grant_of(100, 104)}, 0);
  master.apply(EpochStarted{7}, 1);
  master.apply(DrainRequested{}, 1);
  master.apply(WithdrawSent{0}, 1);
  const auto first = records_of(7, {100, 101});
  master.apply(EpochRecorded{0, &first}, 2);
  master.apply(AgentWithdrew{0, {{102, 104}}}, 3);  // index 101 ended within the grace, after the records
  master.apply(EpochCommitted{7}, 4);
  REQUIRE(sole<StartEpoch>(master, 4).number == 8);
  master.apply(EpochStarted{8}, 4);
  const auto last = records_of(8, {101, 102});
  master.apply(EpochRecorded{0, &last}, 5);
  master.apply(EpochCommitted{8}, 5);
  REQUIRE_FALSE(sole<StageOver>(master, 5).complete);
  REQUIRE(master.settled() == 2);
}

TEST_CASE("an attempt of a sample that was given back is still recorded") {
  auto master = master_of();
  master.apply(AgentJoined{0, 2}, 0);
  master.apply(GrantSent{0, grant_of(100, 104)}, 0);
  master.apply(DrainRequested{}, 1);
  master.apply(WithdrawSent{0}, 1);
  master.apply(AgentWithdrew{0, {{100, 104}}}, 2);
  master.apply(EpochStarted{7}, 2);
  auto records = records_of(7);
  records.runs = {run_of(101, 0, false)};
  master.apply(EpochRecorded{0, &records}, 3);
  master.apply(EpochCommitted{7}, 3);
  REQUIRE_FALSE(sole<StageOver>(master, 3).complete);
}

TEST_CASE("a drain before anybody joined, and one after all is settled, end the stage") {
  auto waiting = master_of();
  waiting.apply(DrainRequested{}, 0);
  REQUIRE_FALSE(sole<StageOver>(waiting, 0).complete);
  auto settled = master_of({5, 5});
  settled.apply(DrainRequested{}, 0);
  REQUIRE(sole<StageOver>(settled, 0).complete);
}

TEST_CASE(
    "a settled sample that is queued again is granted with its next attempt, and the stage waits for it") {
  auto master = master_of({100, 104});
  master.apply(AgentJoined{0, 2}, 0);
  master.apply(GrantSent{0, grant_of(100, 104)}, 0);
  master.apply(EpochStarted{7}, 1);
  auto records = records_of(7, {100, 104});
  master.apply(EpochRecorded{0, &records}, 1);
  REQUIRE_THROWS_AS(master.apply(SamplesRequeued{{{102, 1}}}, 1), ContractError);  // not committed yet
  master.apply(EpochCommitted{7}, 1);
  master.apply(AgentReported{0, report_of(4, 0)}, 1);
  master.apply(SamplesRequeued{{{102, 1}}}, 2);
  REQUIRE(master.broken_invariants().empty());
  REQUIRE(master.settled() == 3);
  REQUIRE(master.open() == 1);
  const auto grant = sole<SendGrant>(master, 2).grant;
  REQUIRE(grant.ranges == std::vector<IndexRange>{{102, 103}});
  REQUIRE(grant.attempts == std::vector<wire::AttemptFrom>{{102, 1}});
  master.apply(GrantSent{0, grant}, 2);
  REQUIRE_THROWS_AS(master.apply(SamplesRequeued{{{102, 2}}}, 2), ContractError);
  master.apply(AgentReported{0, report_of(5, 0, 100)}, 3);
  master.apply(EpochStarted{8}, 3);
  records = records_of(8);
  records.runs = {run_of(102, 1)};
  master.apply(EpochRecorded{0, &records}, 3);
  master.apply(EpochCommitted{8}, 3);
  REQUIRE(sole<StageOver>(master, 3).complete);
}

TEST_CASE("an event that breaks a rule is refused") {
  auto master = master_of();
  const auto refused = [&](const Event& event) { REQUIRE_THROWS_AS(master.apply(event, 1), ContractError); };
  const auto records = [&](wire::EpochRecords sent) { refused(EpochRecorded{0, &sent}); };

  SECTION("from an agent that never joined") {
    const auto none = records_of(7);
    refused(AgentReported{0, {}});
    refused(GrantSent{0, grant_of(100, 101)});
    refused(WithdrawSent{0});
    refused(AgentWithdrew{0, {}});
    refused(EpochRecorded{0, &none});
    refused(EpochStarted{7});
  }

  master.apply(AgentJoined{0, 2}, 0);
  master.apply(AgentJoined{1, 2}, 0);
  SECTION("joining twice, or during an epoch") {
    refused(AgentJoined{0, 2});
    master.apply(EpochStarted{7}, 1);
    refused(AgentJoined{2, 2});
  }
  SECTION("an index given twice, to another agent or the same, or within one grant") {
    master.apply(GrantSent{0, grant_of(100, 110)}, 0);
    SECTION("another") {
      refused(GrantSent{1, grant_of(109, 111)});
    }
    SECTION("the same") {
      refused(GrantSent{0, grant_of(100, 101)});
    }
    SECTION("one grant") {
      refused(GrantSent{1, {{{120, 130}, {129, 131}}, {}}});
    }
  }
  SECTION("an index outside the stage") {
    refused(GrantSent{0, grant_of(99, 101)});
    refused(GrantSent{0, grant_of(199, 201)});
  }
  SECTION("a range that runs backwards") {
    refused(GrantSent{0, grant_of(120, 110)});
  }
  SECTION("a withdrawal nobody asked for") {
    refused(WithdrawSent{0});  // no drain
    refused(AgentWithdrew{0, {}});
  }
  SECTION("a withdrawal twice, and a grant after it") {
    master.apply(DrainRequested{}, 0);
    master.apply(WithdrawSent{0}, 0);
    refused(WithdrawSent{0});
    refused(GrantSent{0, grant_of(100, 101)});
    master.apply(AgentWithdrew{0, {}}, 0);
    refused(AgentWithdrew{0, {}});
  }
  SECTION("giving back what is not owned") {
    master.apply(GrantSent{0, grant_of(100, 110)}, 0);
    master.apply(DrainRequested{}, 0);
    master.apply(WithdrawSent{0}, 0);
    SECTION("beyond") {
      refused(AgentWithdrew{0, {{105, 111}}});
    }
    SECTION("twice") {
      refused(AgentWithdrew{0, {{105, 107}, {106, 108}}});
    }
  }
  SECTION("epochs out of order") {
    refused(EpochStarted{6});
    refused(EpochStarted{8});
    refused(EpochCommitted{7});
    records(records_of(7));  // none runs
    master.apply(EpochStarted{7}, 1);
    refused(EpochStarted{7});
    refused(EpochStarted{8});
    records(records_of(6));
    const auto none = records_of(7);
    master.apply(EpochRecorded{0, &none}, 1);
    records(records_of(7));      // a second time
    refused(EpochCommitted{7});  // agent 1 is missing
    master.apply(EpochRecorded{1, &none}, 1);
    refused(EpochCommitted{8});
    master.apply(EpochCommitted{7}, 1);
    refused(EpochCommitted{7});
    refused(EpochStarted{7});
    master.apply(EpochStarted{8}, 1);
  }
  SECTION("records that are not the agent's") {
    master.apply(GrantSent{0, grant_of(100, 110)}, 0);
    master.apply(GrantSent{1, grant_of(110, 120)}, 0);
    master.apply(EpochStarted{7}, 1);
    auto sent = records_of(7);
    SECTION("another's index") {
      records(records_of(7, {110, 111}));
    }
    SECTION("nobody's index") {
      records(records_of(7, {150, 151}));
    }
    SECTION("an index of no stage") {
      records(records_of(7, {300, 301}));
    }
    SECTION("an index finished twice") {
      sent.runs = {run_of(100), run_of(100, 1)};
      records(sent);
    }
    SECTION("another's attempt") {
      sent.runs = {run_of(110, 0, false)};
      records(sent);
    }
    SECTION("an attempt at an open index without a withdrawal") {
      sent.runs = {run_of(150, 0, false)};
      records(sent);
    }
    SECTION("another revision") {
      sent.runs = {run_of(100)};
      sent.runs[0].id = RunId{revision + 1, 100, 0};
      records(sent);
    }
    SECTION("skipping another's index") {
      sent.skipped = {{109, 111}};
      records(sent);
    }
  }
  SECTION("a last epoch that leaves something owned") {
    master.apply(GrantSent{0, grant_of(100, 110)}, 0);
    master.apply(DrainRequested{}, 0);
    for (AgentId id = 0; id < 2; ++id) {
      master.apply(WithdrawSent{id}, 0);
      master.apply(AgentWithdrew{id, {}}, 0);
    }
    master.apply(EpochStarted{7}, 1);
    const auto none = records_of(7);
    for (AgentId id = 0; id < 2; ++id) master.apply(EpochRecorded{id, &none}, 1);
    refused(EpochCommitted{7});
  }
}

TEST_CASE("an agent that is put out: its failures are open after the commit, with their attempts forgiven") {
  MasterState master{{{}, 10.0, 1000}, {{revision, 1}, IndexSet{{100, 400}}, {{105, 3, 1, 60.0}}}, 7, 0.0};
  for (AgentId id = 0; id < 3; ++id) master.apply(AgentJoined{id, 2}, 0);
  auto first = grant_of(100, 140);
  first.attempts = {{105, 3, 1, 60.0}};
  master.apply(GrantSent{0, first}, 0);
  master.apply(GrantSent{1, grant_of(140, 200)}, 0);
  master.apply(GrantSent{2, grant_of(200, 210)}, 0);

  const auto fault = [](SampleIndex index, std::uint8_t attempt, bool final) {
    auto run = run_of(index, attempt, final);
    run.state = SampleState::crashed;
    return run;
  };
  // Some before anybody can say what is wrong, one sample with a retry, then all the rest.
  master.apply(EpochStarted{7}, 1);
  auto bad = records_of(7);
  bad.runs = {fault(100, 0, true), fault(101, 0, true)};
  const auto none = records_of(7);
  master.apply(EpochRecorded{0, &bad}, 1);
  master.apply(EpochRecorded{1, &none}, 1);
  master.apply(EpochRecorded{2, &none}, 1);
  sole<CommitEpoch>(master, 1);
  master.apply(EpochCommitted{7}, 1);
  CHECK(master.settled() == 2);

  master.apply(EpochStarted{8}, 2);
  bad = records_of(8);
  bad.runs = {fault(102, 0, false), fault(102, 1, true), fault(103, 0, false), run_of(104),
              fault(105, 3, true)};
  for (SampleIndex index = 106; index < 130; ++index) bad.runs.push_back(fault(index, 0, true));
  const auto good = records_of(8, {140, 200});
  const auto idle = records_of(8);
  master.apply(EpochRecorded{0, &bad}, 2);
  master.apply(EpochRecorded{1, &good}, 2);
  master.apply(EpochRecorded{2, &idle}, 2);
  const auto out = sole<PutOut>(master, 2);
  CHECK(out.agent == 0);
  CHECK(out.recorded == std::vector<SampleIndex>{100, 101});
  CHECK(out.elsewhere == Conduct{60, 0});
  master.apply(AgentPutOut{0}, 2);
  CHECK(master.broken_invariants().empty());
  CHECK_FALSE(master.counts_as_final(0, bad.runs.back()));
  CHECK(master.counts_as_final(0, run_of(104)));
  sole<CommitEpoch>(master, 2);
  master.apply(EpochCommitted{8}, 2);
  CHECK(master.broken_invariants().empty());
  CHECK(master.settled() == 61);

  // It still owns 103 and 130..139: they are asked for, and nobody gets them before its last records.
  const auto orders = only<SendWithdraw>(master.decide(2));
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].agent == 0);
  master.apply(WithdrawSent{0}, 2);
  CHECK(only<SendWithdraw>(master.decide(2)).empty());
  master.apply(AgentWithdrew{0, {{103, 104}, {130, 140}}}, 2);
  CHECK(master.open() == 400 - 210 + 2 + 26);
  master.apply(AgentReported{1, report_of(60, 0)}, 2);
  master.apply(AgentReported{2, report_of(10, 0)}, 2);
  const auto grants = only<SendGrant>(master.decide(2));
  REQUIRE_FALSE(grants.empty());
  for (const auto& grant : grants) CHECK(grant.agent != 0);
  // 100 and 101 failed once, 102 twice, 105 once after three attempts of which one had been forgiven.
  CHECK(grants[0].grant.ranges.front() == IndexRange{100, 103});
  master.apply(GrantSent{grants[0].agent, grants[0].grant}, 2);
  wire::Grant again = grants[0].grant;
  CHECK(again.attempts.at(0) == wire::AttemptFrom{100, 1, 1, 0});
  CHECK(again.attempts.at(1) == wire::AttemptFrom{101, 1, 1, 0});
  CHECK(again.attempts.at(2) == wire::AttemptFrom{102, 2, 2, 0});
  CHECK(again.attempts.at(3) == wire::AttemptFrom{105, 4, 2, 60.0});

  master.apply(EpochStarted{9}, 3);
  const auto last = records_of(9);
  for (AgentId id = 0; id < 3; ++id) master.apply(EpochRecorded{id, &last}, 3);
  master.apply(EpochCommitted{9}, 3);
  CHECK(master.broken_invariants().empty());
  std::vector<wire::AttemptFrom> attempts;
  for (const auto& grant : only<SendGrant>(master.decide(3)))
    attempts.insert(attempts.end(), grant.grant.attempts.begin(), grant.grant.attempts.end());
  CHECK(std::find(attempts.begin(), attempts.end(), wire::AttemptFrom{103, 1, 1, 0}) != attempts.end());
}
