#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "support.hpp"

using namespace tranche;
using namespace tranche::ledger;
using namespace tranche::ledger::test;

namespace {

/// Runs `work` in a process of its own and waits for its end; returns wait's status.
template <class Work>
int in_child(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      work();
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

bool died_of_kill(int status) {
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/// The journal has a header, so that its transaction has to be rolled back.
bool journal_is_hot(const Folder& folder) {
  std::ifstream journal{folder.file("ledger.sqlite-journal"), std::ios::binary};
  return journal.get() == 0xd9;
}

void fill(const Folder& folder, SampleIndex samples) {
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({}, {0, 100'000}));
  std::vector<RunRecord> runs;
  for (SampleIndex index = 0; index < samples; ++index) runs.push_back(ok_run(index));
  commit(ledger, 1, runs);
}

/// Dies in the middle of a transaction of which a part has been written to the file already.
void die_with_a_hot_journal(const Folder& folder) {
  Raw raw{folder.file()};
  raw.run("PRAGMA cache_size=1; BEGIN; UPDATE runs SET wall_s = 99, message = 'spilled'");
  ::kill(::getpid(), SIGKILL);
}

}  // namespace

TEST_CASE("While an owner lives nobody else opens the ledger", "[ledger]") {
  const Folder folder;
  const auto no_wait = std::chrono::milliseconds{0};
  auto ledger = Ledger::open(folder.file(), "first");
  CHECK(failure_of([&] { Ledger::open(folder.file(), "second", no_wait); }) == ExitCode::owned);
  CHECK(failure_of([&] { Ledger::open_to_read(folder.file(), no_wait); }) == ExitCode::owned);
  const int status = in_child([&] {
    const auto code = failure_of([&] { Ledger::open(folder.file(), "third", no_wait); });
    ::_exit(code == ExitCode::owned ? 42 : 0);
  });
  CHECK(WEXITSTATUS(status) == 42);
  ledger.set_fact("still", "here");
  CHECK(ledger.fact("owner") == "first");
}

TEST_CASE("Readers do not keep each other out", "[ledger]") {
  const Folder folder;
  fill(folder, 3);
  const auto one = Ledger::open_to_read(folder.file());
  const auto two = Ledger::open_to_read(folder.file());
  CHECK(one.runs_from({}, 10).size() == 3);
  CHECK(two.runs_from({}, 10).size() == 3);
}

TEST_CASE("A reader cannot write", "[ledger]") {
  const Folder folder;
  fill(folder, 3);
  auto reader = Ledger::open_to_read(folder.file());
  CHECK_THROWS(reader.set_fact("a", "b"));
  CHECK_THROWS(commit(reader, 2, {ok_run(50)}));
  CHECK(reader.check().empty());
}

TEST_CASE("An owner that was replaced behind broken locks records nothing more", "[ledger]") {
  const Folder folder;
  {
    auto ledger = Ledger::open(folder.file(), "old");
    ledger.add_stage(make_stage({}, {0, 10}));
    commit(ledger, 1, {ok_run(1)});
    // A file system without locks, and another node: the new owner writes while the old one lives.
    const int status = in_child([&] {
      Raw{folder.file(), "unix-none"}.run("UPDATE facts SET value = 'new' WHERE key = 'owner'");
    });
    REQUIRE(status == 0);
    const auto late = [&] { commit(ledger, 2, {ok_run(2)}); };
    CHECK(failure_of(late) == ExitCode::owned);
    CHECK_THAT(message_of(late), Catch::Contains("taken the ledger over"));
    CHECK(failure_of([&] { ledger.set_fact("a", "b"); }) == ExitCode::owned);
  }
  const auto reader = Ledger::open_to_read(folder.file());
  CHECK(reader.fact("owner") == "new");
  CHECK(reader.last_epoch() == 1);
  CHECK(reader.check() ==
        std::vector<std::string>{"Table facts is not as it was recorded."});  // by the line above
}

TEST_CASE("After a takeover the old owner writes nothing into the ledger", "[ledger]") {
  const Folder folder;
  {
    auto old = Ledger::open(folder.file(), "old");
    old.add_stage(make_stage({}, {0, 100}));
    commit(old, 1, {ok_run(1)});
    const int status = in_child([&] {  // locks do not hold between two objects of one process
      renew_file(folder.file());
      auto fresh = Ledger::open(folder.file(), "new");
      commit(fresh, 2, {ok_run(2)});
      ::kill(::getpid(), SIGKILL);  // its journal stays
    });
    REQUIRE(died_of_kill(status));
    const auto late = [&] { commit(old, 2, {ok_run(3)}); };
    CHECK(failure_of(late) == ExitCode::owned);
    CHECK(failure_of([&] { old.set_fact("a", "b"); }) == ExitCode::owned);
  }
  CHECK(std::filesystem::exists(folder.file("ledger.sqlite-journal")));  // the old one's end left it alone
  const auto ledger = Ledger::open(folder.file(), "next");
  CHECK(ledger.last_epoch() == 2);
  CHECK(ledger.runs_of(1, 2).size() == 1);
  CHECK(ledger.runs_of(1, 3).empty());
  CHECK_FALSE(ledger.fact("a"));
  CHECK(ledger.check().empty());
}

TEST_CASE("A takeover brings a hot journal along", "[ledger]") {
  const Folder folder;
  fill(folder, 4'000);
  REQUIRE(died_of_kill(in_child([&] { die_with_a_hot_journal(folder); })));
  REQUIRE(journal_is_hot(folder));
  renew_file(folder.file());
  CHECK(journal_is_hot(folder));
  const auto owner = Ledger::open(folder.file(), "next");
  CHECK(owner.check().empty());
  CHECK(owner.runs_of(1, 0).at(0).record == ok_run(0));
}

TEST_CASE("A ledger can be moved as an object", "[ledger]") {
  const Folder folder;
  auto first = Ledger::open(folder.file(), "n");
  auto second = std::move(first);
  second.set_fact("a", "b");
  first = std::move(second);
  CHECK(first.fact("a") == "b");
}

TEST_CASE("A reader rolls a dead owner's transaction back", "[ledger]") {
  const Folder folder;
  fill(folder, 4'000);
  REQUIRE(died_of_kill(in_child([&] { die_with_a_hot_journal(folder); })));
  REQUIRE(journal_is_hot(folder));
  const auto reader = Ledger::open_to_read(folder.file());
  CHECK(reader.check().empty());
  CHECK(reader.runs_of(1, 0).at(0).record == ok_run(0));
  CHECK_FALSE(journal_is_hot(folder));
}

TEST_CASE("The next owner rolls a dead owner's transaction back", "[ledger]") {
  const Folder folder;
  fill(folder, 4'000);
  REQUIRE(died_of_kill(in_child([&] { die_with_a_hot_journal(folder); })));
  REQUIRE(journal_is_hot(folder));
  const auto owner = Ledger::open(folder.file(), "next");
  CHECK(owner.check().empty());
  CHECK(owner.runs_of(1, 0).at(0).record == ok_run(0));
}

TEST_CASE("A kill between the rows and the commit leaves the epoch before", "[ledger]") {
  const Folder folder;
  fill(folder, 10);
  const int status = in_child([&] {
    auto ledger = Ledger::open(folder.file(), "doomed");
    const std::vector<AgentRuns> agents{{"node1", {ok_run(50), ok_run(51)}}};
    EpochCommit epoch;
    epoch.epoch = 2;
    epoch.agents = agents;
    at_mid_commit() = [] { ::kill(::getpid(), SIGKILL); };
    ledger.commit_epoch(epoch);
  });
  REQUIRE(died_of_kill(status));
  auto ledger = Ledger::open(folder.file(), "next");
  CHECK(ledger.last_epoch() == 1);
  CHECK(ledger.runs_of(1, 50).empty());
  CHECK(ledger.check().empty());
  commit(ledger, 2, {ok_run(50), ok_run(51)});
  CHECK(ledger.check().empty());
}
