#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

#include "support.hpp"

using namespace tranche;
using namespace tranche::ledger;
using namespace tranche::ledger::test;

namespace {

void fill(const Folder& folder) {
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({3, 1}, {0, 5}));
  ledger.add_stage(make_stage({3, 2}, {5, 50}));
  JobStart job;
  job.simulator = "sim";
  ledger.begin_job(job, 1);
  auto crash = failed_run(7, 0, SampleState::crashed, "signal 11", Ending::retried);
  auto open = failed_run(8, 0, SampleState::crashed, "exit", Ending::retried);
  crash.id = RunId{3, 7, 0};
  open.id = RunId{3, 8, 0};
  commit(ledger, 1, {crash, open, ok_run(7, 1, 3)}, {3, 2});
  commit(ledger, 2, {ok_run(4, 0, 3)}, {3, 1});
}

/// What a shell command prints, without the last line end; nothing if it cannot run.
std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  ::pclose(pipe);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

TEST_CASE("The view samples shows the final state of finished samples only", "[ledger]") {
  const Folder folder;
  fill(folder);
  CHECK(Raw{folder.file()}.ask("SELECT revision, idx, stage, attempt, state FROM samples ORDER BY idx") ==
        "3|4|1|0|1\n3|7|2|1|1");
}

TEST_CASE("The view runs_text resolves every name", "[ledger]") {
  const Folder folder;
  fill(folder);
  CHECK(Raw{folder.file()}.ask(
            "SELECT revision, idx, stage, attempt, state, reason, host, simulator, started_at,"
            " checksum, final FROM runs_text WHERE idx = 7") ==
        "3|7|2|0|crashed|signal 11|node1|sim|2023-11-14T22:13:27.000Z|0000000000000000|0\n"
        "3|7|2|1|ok||node1|sim|2023-11-14T22:13:27.000Z|fedcba9876543217|1");
}

TEST_CASE("Python's own sqlite3 reads the views", "[ledger]") {
  if (output_of("python3 -c 'import sqlite3; print(1)' 2>/dev/null") != "1") {
    WARN("python3 with sqlite3 is not here: skipped");
    return;
  }
  const Folder folder;
  fill(folder);
  const std::string script =
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
      "print(c.execute(\"SELECT count(*), sum(state) FROM samples\").fetchone(),"
      "[r[0] for r in c.execute(\"SELECT state FROM runs_text ORDER BY run_id\")])";
  CHECK(output_of("python3 -c '" + script + "' '" + folder.file() + "'") ==
        "(2, 2) ['ok', 'crashed', 'ok', 'crashed']");
}
