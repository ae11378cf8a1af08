#include <catch2/catch.hpp>

#include "support.hpp"

using namespace tranche;
using namespace tranche::ledger;
using namespace tranche::ledger::test;

TEST_CASE("Final states come in pages, in index order, of one stage only", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({1, 1}, {0, 50}));
  ledger.add_stage(make_stage({1, 2}, {50, 200}));
  ledger.add_stage(make_stage({2, 1}, {0, 50}));
  std::vector<RunRecord> runs;
  for (SampleIndex index = 50; index < 200; index += 2) runs.push_back(ok_run(index));
  commit(ledger, 1, {ok_run(49)}, {1, 1});
  commit(ledger, 2, runs, {1, 2});
  commit(ledger, 3, {ok_run(0, 0, 2)}, {2, 1});

  std::vector<SampleIndex> seen;
  SampleIndex from = 0;
  for (auto page = ledger.final_states({1, 2}, from, 7); !page.empty();
       page = ledger.final_states({1, 2}, from, 7)) {
    CHECK(page.size() <= 7);
    for (const auto& row : page) seen.push_back(row.index);
    from = page.back().index + 1;
  }
  CHECK(seen.size() == 75);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(seen.front() == 50);
  CHECK(seen.back() == 198);
  CHECK(ledger.final_states({1, 2}, 199, 5).empty());
  CHECK(ledger.final_states({1, 2}, 5000, 5).empty());
}

TEST_CASE("The last index of all does not reach into the next revision", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({1, 1}, {max_sample_index, max_sample_index + 1}));
  ledger.add_stage(make_stage({2, 1}, {0, 1}));
  commit(ledger, 1, {ok_run(max_sample_index)}, {1, 1});
  commit(ledger, 2, {ok_run(0, 0, 2)}, {2, 1});
  CHECK(ledger.final_states({1, 1}, 0, 10).size() == 1);
  CHECK(ledger.final_states({2, 1}, 0, 10).size() == 1);
  CHECK(ledger.runs_of(1, max_sample_index).size() == 1);
  CHECK(ledger.runs_from(RunId{2, 0, 0}, 10).size() == 1);
}

TEST_CASE("Reasons are counted by final runs, most frequent first, with an example", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({1, 1}, {0, 50}));
  ledger.add_stage(make_stage({1, 2}, {50, 100}));
  commit(ledger, 1,
         {ok_run(1), failed_run(9, 0, SampleState::failed, "finite"),
          failed_run(7, 0, SampleState::failed, "finite"), failed_run(8, 0, SampleState::crashed, "finite"),
          failed_run(3, 0, SampleState::timeout, "", Ending::retried),
          failed_run(3, 1, SampleState::timeout, ""),
          failed_run(4, 0, SampleState::crashed, "sigsegv", Ending::retried), ok_run(4, 1)},
         {1, 1});
  commit(ledger, 2,
         {failed_run(60, 0, SampleState::timeout, ""), failed_run(61, 0, SampleState::timeout, "")}, {1, 2});

  const auto reasons = ledger.reasons({1, 1});
  REQUIRE(reasons.size() == 4);
  CHECK(reasons[0].state == SampleState::failed);
  CHECK(reasons[0].reason == "finite");
  CHECK(reasons[0].count == 2);
  CHECK(reasons[0].wall_s == Approx(3));
  CHECK(reasons[0].example == 7);
  CHECK(reasons[0].message == "sample 7 went wrong");
  CHECK(reasons[0].revision == 1);
  for (const auto& each : reasons)  // both attempts of sample 3
    if (each.state == SampleState::timeout) CHECK(each.wall_s == Approx(3));
  CHECK(reasons[3].reason == "sigsegv");
  CHECK(reasons[3].count == 0);
  CHECK(reasons[3].wall_s == Approx(1.5));
  CHECK(reasons[3].example == 4);

  const auto all = ledger.reasons();
  REQUIRE(all.size() == 4);
  CHECK(all[0].state == SampleState::timeout);
  CHECK(all[0].count == 3);
  CHECK(all[0].example == 3);
}

TEST_CASE("Wall times are those of final runs, ascending, of one state if asked", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 50}));
  auto slow = ok_run(1);
  slow.wall_s = 9;
  auto fast = ok_run(2);
  fast.wall_s = 1;
  auto lost = failed_run(3, 0, SampleState::timeout, "", Ending::retried);
  lost.wall_s = 60;
  auto failed = failed_run(4, 0, SampleState::failed, "finite");
  failed.wall_s = 5;
  commit(ledger, 1, {slow, fast, lost, failed});
  CHECK(ledger.wall_times({}).some == std::vector<double>{1, 5, 9});
  CHECK(ledger.wall_times({}).runs == 3);
  CHECK(ledger.wall_times({}).sum_s == 15);
  CHECK(ledger.wall_times({}).longest_s == 9);
  CHECK(ledger.wall_times({}, SampleState::ok).some == std::vector<double>{1, 9});
  CHECK(ledger.wall_times({}, SampleState::crashed).some.empty());
}

TEST_CASE("Runs can be read in key order page by page", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 50}));
  commit(
      ledger, 1,
      {failed_run(2, 0, SampleState::crashed, "exit", Ending::retried), ok_run(2, 1), ok_run(1), ok_run(3)});
  const auto first = ledger.runs_from({}, 2);
  REQUIRE(first.size() == 2);
  CHECK(first[1].record.id == RunId{1, 2, 0});
  const auto rest = ledger.runs_from(RunId::from_value(first[1].record.id.value() + 1), 10);
  REQUIRE(rest.size() == 2);
  CHECK(rest[0].record.id == RunId{1, 2, 1});
}
