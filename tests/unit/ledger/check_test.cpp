#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "support.hpp"

using namespace tranche;
using namespace tranche::ledger;
using namespace tranche::ledger::test;

namespace {

/// Two stages (one sealed), two hosts, a retry, a sample left open, 300 rows.
void fill(const std::string& path) {
  auto ledger = Ledger::open(path, "n");
  ledger.add_stage(make_stage({1, 1}, {0, 4}));
  ledger.add_stage(make_stage({1, 2}, {4, 400}));
  JobStart job;
  job.simulator = "sim one";
  ledger.begin_job(job, 1);
  commit(ledger, 1, {ok_run(0), ok_run(1), ok_run(2), failed_run(3, 0, SampleState::failed, "finite")},
         {1, 1});
  ledger.seal_stage({1, 1}, std::string(32, '0'));
  job.simulator = "sim two";
  ledger.begin_job(job, 2);
  commit(ledger, 2,
         {failed_run(10, 0, SampleState::crashed, "signal 11", Ending::retried), ok_run(10, 1),
          failed_run(11, 0, SampleState::timeout, "", Ending::retried)},
         {1, 2}, "node2");
  std::vector<RunRecord> many;
  for (SampleIndex index = 20; index < 320; ++index) many.push_back(ok_run(index));
  commit(ledger, 3, many, {1, 2});
  ledger.add_event("takeover", "{}", 3);
}

struct Mutation {
  std::string sql;
  std::string sentence;  ///< part of one that must be told
};

std::string run(SampleIndex index, int attempt) {
  return "run_id = " + std::to_string(RunId{1, index, static_cast<std::uint8_t>(attempt)}.value());
}

std::vector<Mutation> mutations_of_runs() {
  const std::string r0 = run(0, 0);
  const std::string changed = "Epoch 1 has runs that are not as they were recorded.";
  return {
      {"UPDATE runs SET state = 2 WHERE " + r0, "Stage r1.s1 counts 3 ok and has 2."},
      {"UPDATE runs SET state = 6 WHERE " + r0, "Run r1:0 attempt 0 has state 6."},
      {"UPDATE runs SET state = 'x' WHERE " + r0, "Run r1:0 attempt 0 has state 0."},
      {"UPDATE runs SET reason = 1 WHERE " + r0, changed},
      {"UPDATE runs SET reason = 99 WHERE " + r0, "Run r1:0 attempt 0 names a reason"},
      {"UPDATE runs SET wall_s = wall_s + 1 WHERE " + r0, "Stage r1.s1 has a sum wall_s"},
      {"UPDATE runs SET wall_s = wall_s + 1e-12 WHERE " + r0, changed},
      {"UPDATE runs SET cpu_s = cpu_s + 1 WHERE " + r0, "Stage r1.s1 has a sum cpu_s"},
      {"UPDATE runs SET max_rss_kb = max_rss_kb + 1 WHERE " + r0, changed},
      {"UPDATE runs SET host = 2 WHERE " + r0, changed},
      {"UPDATE runs SET host = 99 WHERE " + r0, "Run r1:0 attempt 0 names a host"},
      {"UPDATE runs SET slot = slot + 1 WHERE " + r0, changed},
      {"UPDATE runs SET started_at = started_at + 1 WHERE " + r0, changed},
      {"UPDATE runs SET exit_code = 1 WHERE " + r0, changed},
      {"UPDATE runs SET signal = 9 WHERE " + r0, changed},
      {"UPDATE runs SET message = 'x' WHERE " + r0, changed},
      {"UPDATE runs SET epoch = 99 WHERE " + r0,
       "Run r1:0 attempt 0 names epoch 99, which is not in the table."},
      {"UPDATE runs SET epoch = 2 WHERE " + r0, "Run r1:0 attempt 0 names epoch 2 of another stage."},
      {"UPDATE runs SET checksum = checksum + 1 WHERE " + r0, changed},
      {"UPDATE runs SET simulator = 2 WHERE " + r0, changed},
      {"UPDATE runs SET simulator = 99 WHERE " + r0, "Run r1:0 attempt 0 names a simulator"},
      {"UPDATE runs SET final = 0 WHERE " + r0, "Sample r1:0 is marked as done without a final run."},
      {"UPDATE runs SET final = 2 WHERE " + r0, "Run r1:0 attempt 0 has a final flag"},
      {"UPDATE runs SET final = 1 WHERE " + run(10, 0),
       "Run r1:10 attempt 1 comes after the sample's final run."},
      {"UPDATE runs SET final = 1 WHERE " + run(11, 0), "Sample r1:11 has a final run but no done bit."},
      {"UPDATE runs SET run_id = run_id + 1 WHERE " + r0,
       "Run r1:0 attempt 1 comes without the attempt before it."},
      {"UPDATE runs SET run_id = run_id + (1 << 48) WHERE " + r0, "Run r2:0 attempt 0 lies in no stage."},
      {"DELETE FROM runs WHERE " + r0, "Epoch 1 recorded 4 runs and has 3."},
      {"DELETE FROM runs WHERE " + run(10, 0), "Run r1:10 attempt 1 comes without the attempt before it."},
  };
}

std::vector<Mutation> mutations_of_the_rest() {
  std::vector<Mutation> all{
      {"UPDATE stages SET first_index = 1 WHERE stage = 1", "Run r1:0 attempt 0 lies in no stage."},
      {"UPDATE stages SET end_index = 5 WHERE stage = 1", "Stage r1.s2 overlaps the stage before it."},
      {"UPDATE stages SET end_index = 3 WHERE stage = 2", "Stage r1.s2 has a range that does not ascend"},
      {"UPDATE stages SET excluded = 5 WHERE stage = 1", "more finished and excluded samples than indices"},
      {"UPDATE stages SET state = 9", "Stage r1.s1 has an unknown state."},
      {"UPDATE stages SET gate = 9", "Stage r1.s1 has an unknown gate state."},
      {"UPDATE stages SET digest = NULL", "Stage r1.s1 is sealed without a digest."},
      {"UPDATE stages SET generation = 0", "Stage r1.s1 is sealed at generation 0."},
      {"UPDATE stages SET state = 2, digest = (SELECT digest FROM stages WHERE stage = 1), generation = 1",
       "Stage r1.s2 is sealed with samples pending."},
      {"DELETE FROM stages WHERE stage = 1", "names stage r1.s1, which is not in the table."},
      {"UPDATE epochs SET runs = runs + 1 WHERE epoch = 2", "Epoch 2 recorded 4 runs and has 3."},
      {"UPDATE epochs SET fingerprint = 0 WHERE epoch = 2",
       "Epoch 2 has runs that are not as they were recorded."},
      {"UPDATE epochs SET threads = 2 WHERE epoch = 2", "Stage r1.s2 has a sum core_s"},
      {"UPDATE epochs SET stage = 9 WHERE epoch = 2", "Epoch 2 names stage r1.s9"},
      {"DELETE FROM epochs WHERE epoch = 2", "names epoch 2, which is not in the table."},
      {"DELETE FROM hosts WHERE id = 2", "Run r1:10 attempt 0 names a host"},
      {"DELETE FROM reasons", "Run r1:3 attempt 0 names a reason"},
      {"DELETE FROM simulators WHERE id = 1", "Job 1 names a simulator"},
      {"UPDATE done SET bitmap = zeroblob(8192) WHERE stage = 1",
       "Sample r1:0 has a final run but no done bit."},
      {"UPDATE done SET bitmap = substr(bitmap, 1, 8191)", "has 8191 bytes instead of 8192."},
      {"UPDATE done SET stage = 9 WHERE stage = 1",
       "Block 0 of the done bitmap of r1.s9 belongs to no stage."},
      {"INSERT INTO done VALUES(1, 1, 1, (SELECT bitmap FROM done WHERE stage = 1))",
       "marks samples outside"},
      {"DELETE FROM done WHERE stage = 1", "Sample r1:0 has a final run but no done bit."},
  };
  for (const std::string column : {"ok", "failed", "timeout", "crashed", "invalid", "runs"})
    all.push_back({"UPDATE stages SET " + column + " = " + column + " + 1", "Stage r1.s1 counts"});
  for (const std::string column : {"wall_s", "cpu_s", "core_s"})
    all.push_back(
        {"UPDATE stages SET " + column + " = " + column + " + 1", "Stage r1.s1 has a sum " + column});
  return all;
}

/// Every column of every small table but those that have a rule of their own.
std::vector<Mutation> mutations_of_small_tables(const std::string& path) {
  std::vector<Mutation> all;
  Raw db{path};
  for (const std::string table :
       {"facts", "hosts", "reasons", "simulators", "stages", "jobs", "epochs", "events"}) {
    std::istringstream columns{db.ask("SELECT name FROM pragma_table_info('" + table + "')")};
    for (std::string column; std::getline(columns, column);)
      all.push_back({"UPDATE " + table + " SET " + column + " = coalesce(" + column + ", '') || '7' WHERE " +
                         (table == "facts" ? "key = 'owner'" : "true"),
                     "Table " + table + " is not as it was recorded."});
  }
  return all;
}

std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (const auto& sentence : sentences) text += sentence + "\n";
  return text;
}

/// Overwrites one page of the file with zeros.
void wipe_page(const std::string& path, std::streamoff page) {
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp((page - 1) * 4096);
  file << std::string(4096, '\0');
}

}  // namespace

TEST_CASE("A ledger that was written by tranche is sound", "[ledger]") {
  const Folder folder;
  fill(folder.file());
  CHECK(joined(Ledger::open_to_read(folder.file()).check()).empty());
}

TEST_CASE("Every kind of alteration is found and told in a sentence", "[ledger]") {
  const Folder folder;
  fill(folder.file());
  auto mutations = mutations_of_runs();
  for (auto& mutation : mutations_of_the_rest()) mutations.push_back(std::move(mutation));
  for (auto& mutation : mutations_of_small_tables(folder.file())) mutations.push_back(std::move(mutation));
  for (const auto& mutation : mutations) {
    INFO(mutation.sql);
    const std::string copy = folder.file("altered.sqlite");
    std::filesystem::copy_file(folder.file(), copy, std::filesystem::copy_options::overwrite_existing);
    Raw{copy}.run(mutation.sql);
    CHECK_THAT(joined(Ledger::open_to_read(copy).check()), Catch::Contains(mutation.sentence));
  }
}

TEST_CASE("A later owner's writing does not cover an alteration up", "[ledger]") {
  const Folder folder;
  fill(folder.file());
  Raw{folder.file()}.run("UPDATE jobs SET ranks = 9 WHERE job = 1");
  {
    auto ledger = Ledger::open(folder.file(), "another");
    ledger.begin_job({}, 3);
    commit(ledger, 4, {ok_run(350)}, {1, 2});
  }
  CHECK(joined(Ledger::open_to_read(folder.file()).check()) == "Table jobs is not as it was recorded.\n");
}

TEST_CASE("A sum that was altered or lost is found", "[ledger]") {
  const Folder folder;
  fill(folder.file());
  for (const std::string change : {"value = '00' || substr(value, 3)", "key = 'x'"}) {
    const std::string copy = folder.file("altered.sqlite");
    std::filesystem::copy_file(folder.file(), copy, std::filesystem::copy_options::overwrite_existing);
    Raw{copy}.run("UPDATE facts SET " + change + " WHERE key = 'sum.epochs'");
    CHECK_THAT(joined(Ledger::open_to_read(copy).check()), Catch::Contains("epochs"));
  }
}

TEST_CASE("A wiped page of runs is found", "[ledger]") {
  const Folder folder;
  fill(folder.file());
  const std::string root = Raw{folder.file()}.ask("SELECT rootpage FROM sqlite_master WHERE name = 'runs'");
  wipe_page(folder.file(), std::stol(root));
  CHECK_FALSE(Ledger::open_to_read(folder.file()).check().empty());
}

TEST_CASE("A hundred faults are told and the others counted", "[ledger]") {
  const Folder folder;
  fill(folder.file());
  Raw{folder.file()}.run("UPDATE runs SET host = 99");
  const auto faults = Ledger::open_to_read(folder.file()).check();
  REQUIRE(faults.size() == 101);
  CHECK_THAT(faults.back(), Catch::Contains("more faults"));
}
