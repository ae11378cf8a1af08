#include <catch2/catch.hpp>

#include "support.hpp"

using namespace tranche;
using namespace tranche::ledger;
using namespace tranche::ledger::test;

namespace {

/// 0 ok, 1 failed finite, 2 failed parse, 3 timeout (second attempt), 4 invalid, 5 open; sealed.
Ledger make_ledger(const Folder& folder) {
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 6}));
  commit(ledger, 1,
         {ok_run(0), failed_run(1, 0, SampleState::failed, "finite"),
          failed_run(2, 0, SampleState::failed, "parse"),
          failed_run(3, 0, SampleState::crashed, "signal 9", Ending::retried),
          failed_run(3, 1, SampleState::timeout, ""), failed_run(4, 0, SampleState::invalid, "no root"),
          failed_run(5, 0, SampleState::crashed, "exit", Ending::retried)});
  return ledger;
}

}  // namespace

TEST_CASE("Failed samples go back to pending, all or by reason, state and index", "[ledger]") {
  const Folder folder;
  auto ledger = make_ledger(folder);
  SECTION("all") {
    CHECK(ledger.requeue({}, {}) == std::vector<OpenAttempt>{{1, 1}, {2, 1}, {3, 2}});
    CHECK(ledger.open_attempts({}) == std::vector<OpenAttempt>{{1, 1}, {2, 1}, {3, 2}, {5, 1}});
    CHECK(ledger.done_bitmap({}) == std::vector<std::uint8_t>{0b010001});
    const auto tally = ledger.stages().at(0).tally;
    CHECK(tally.samples == std::array<std::uint64_t, 7>{0, 1, 0, 0, 0, 1, 0});
    CHECK(tally.runs == 7);
  }
  SECTION("by reason") {
    RequeueChoice choice;
    choice.reason = "parse";
    CHECK(ledger.requeue({}, choice) == std::vector<OpenAttempt>{{2, 1}});
    choice.reason = "unheard of";
    CHECK(ledger.requeue({}, choice).empty());
    choice.reason = "";
    CHECK(ledger.requeue({}, choice) == std::vector<OpenAttempt>{{3, 2}});
  }
  SECTION("among some, whatever else is chosen") {
    RequeueChoice choice;
    choice.among = {0, 2, 3, 77};
    CHECK(ledger.requeue({}, choice) == std::vector<OpenAttempt>{{2, 1}, {3, 2}});
    choice.among = std::vector<tranche::SampleIndex>{};
    CHECK(ledger.requeue({}, choice).empty());
  }
  SECTION("by state and index") {
    RequeueChoice choice;
    choice.state = SampleState::failed;
    choice.index = 1;
    CHECK(ledger.requeue({}, choice) == std::vector<OpenAttempt>{{1, 1}});
    CHECK(ledger.requeue({}, choice).empty());
  }
  CHECK(ledger.check().empty());
}

TEST_CASE("What is ok or invalid is never run again", "[ledger]") {
  const Folder folder;
  auto ledger = make_ledger(folder);
  RequeueChoice choice;
  choice.index = 0;
  CHECK(ledger.requeue({}, choice).empty());
  choice.index = 4;
  CHECK(ledger.requeue({}, choice).empty());
  choice.state = SampleState::ok;
  CHECK_THROWS_AS(ledger.requeue({}, choice), ContractError);
}

TEST_CASE("A sealed stage opens again and is sealed at the next generation", "[ledger]") {
  const Folder folder;
  auto ledger = make_ledger(folder);
  const std::string digest(32, 'a');
  commit(ledger, 2, {ok_run(5, 1)});
  ledger.seal_stage({}, digest);
  CHECK(ledger.check().empty());
  ledger.requeue({}, {});
  CHECK(ledger.stages().at(0).state == StageState::running);
  CHECK(ledger.stages().at(0).digest.empty());
  commit(ledger, 3, {ok_run(1, 1), ok_run(2, 1), ok_run(3, 2)});
  ledger.seal_stage({}, digest);
  CHECK(ledger.stages().at(0).generation == 2);
  CHECK(ledger.final_states({}, 0, 10).size() == 6);
  CHECK(ledger.check().empty());
}
