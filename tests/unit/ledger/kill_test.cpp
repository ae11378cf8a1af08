#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <random>

#include "support.hpp"

using namespace tranche;
using namespace tranche::ledger;
using namespace tranche::ledger::test;

namespace {

constexpr SampleIndex runs_per_epoch = 300;

/// Samples of an epoch lie all over the stage; every seventh was tried twice.
std::vector<RunRecord> runs_of_epoch(std::uint64_t epoch) {
  std::vector<RunRecord> runs;
  for (SampleIndex k = 0; runs.size() + 1 < runs_per_epoch; ++k) {
    const SampleIndex index = k * 100'000 + epoch;
    const bool retried = k % 7 == 0;
    if (retried) runs.push_back(failed_run(index, 0, SampleState::crashed, "signal 11", Ending::retried));
    runs.push_back(ok_run(index, retried ? 1 : 0));
  }
  while (runs.size() < runs_per_epoch) runs.push_back(ok_run(99'000'000 + epoch));
  return runs;
}

/// Commits epoch after epoch and says so on `pipe` after each, until it is killed.
[[noreturn]] void commit_for_ever(const std::string& path, int pipe) {
  try {
    auto ledger = Ledger::open(path, "doomed " + std::to_string(::getpid()));
    for (auto epoch = ledger.last_epoch() + 1;; ++epoch) {
      commit(ledger, epoch, runs_of_epoch(epoch));
      if (::write(pipe, &epoch, sizeof epoch) != sizeof epoch) ::_exit(2);
    }
  } catch (...) {
    ::_exit(1);
  }
}

struct Death {
  std::uint64_t told = 0;  ///< the last epoch that was reported as recorded
  bool killed = false;
};

/// Lets a child commit `epochs` times and a random moment longer, then kills it.
Death kill_after(const std::string& path, unsigned epochs, long nanoseconds) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) commit_for_ever(path, ends[1]);
  ::close(ends[1]);
  Death death;
  std::uint64_t epoch = 0;
  for (unsigned count = 0; count < epochs && ::read(ends[0], &epoch, sizeof epoch) == sizeof epoch; ++count)
    death.told = epoch;
  const timespec moment{0, nanoseconds};
  ::nanosleep(&moment, nullptr);  // where the kill hits, not whether the test holds
  ::kill(child, SIGKILL);
  while (::read(ends[0], &epoch, sizeof epoch) == sizeof epoch) death.told = epoch;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  death.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  return death;
}

}  // namespace

TEST_CASE("A kill at any instant loses no recorded epoch and leaves no half of one", "[ledger]") {
  const Folder folder;
  { Ledger::open(folder.file(), "n").add_stage(make_stage({}, {0, 100'000'000})); }
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  std::uint64_t told = 0;
  for (int round = 0; round < 20; ++round) {
    INFO("round " << round);
    const Death death = kill_after(folder.file(), random() % 3, static_cast<long>(random() % 8'000'000));
    REQUIRE(death.killed);
    told = std::max(told, death.told);
    const auto ledger = Ledger::open_to_read(folder.file());
    CHECK(ledger.last_epoch() >= told);
    CHECK(ledger.last_epoch() <= told + 1);
    CHECK(ledger.totals().runs == ledger.last_epoch() * runs_per_epoch);
    CHECK(ledger.check().empty());
    told = ledger.last_epoch();
  }
}
