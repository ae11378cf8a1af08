#include "tranche/directory/owner.hpp"

#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "child.hpp"
#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::directory;

namespace {

/// Numbers that child processes share with the test.
struct Shared {
  std::atomic<int> ready{0};
  std::atomic<int> go{0};
  std::atomic<int> winners{0};
};

Shared& shared_numbers() {
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  return *new (memory) Shared{};
}

void spin_until(const std::atomic<int>& number, int value) {
  while (number < value) ::usleep(100);
}

/// Becomes owner or not; holds on until every other child has tried.
int race(const CampaignPaths& paths, Shared& shared, int children) {
  ++shared.ready;
  spin_until(shared.go, 1);
  int code = 0;
  try {
    auto owner = Ownership::acquire(paths, "run", {0.1});
    ++shared.winners;
    ++shared.go;
    spin_until(shared.go, children + 1);
    code = owner.holds() ? 1 : 2;
    ::_exit(code);  // dies as owner
  } catch (const Failure& failure) {
    code = failure.code() == ExitCode::owned ? 0 : 3;
  }
  ++shared.go;
  return code;
}

/// One winner among many, none of which fails in another way than being refused.
void check_race(const CampaignPaths& paths) {
  constexpr int children = 20;
  auto& shared = shared_numbers();
  std::vector<pid_t> pids;
  for (int k = 0; k < children; ++k)
    pids.push_back(test::start_child([&] { return race(paths, shared, children); }));
  spin_until(shared.ready, children);
  shared.go = 1;
  std::vector<int> codes;
  for (const auto pid : pids) codes.push_back(test::wait_for(pid));
  CHECK(std::count(codes.begin(), codes.end(), 1) == 1);
  CHECK(std::count(codes.begin(), codes.end(), 0) == children - 1);
  CHECK(shared.winners == 1);
  ::munmap(&shared, sizeof shared);
}

/// Writes the owner file as someone else would have.
void write_owner(const CampaignPaths& paths, const OwnerFacts& facts) {
  const auto text = "{\"tranche_owner\":1,\"nonce\":\"" + facts.nonce + "\",\"host\":\"" + facts.host +
                    "\",\"pid\":" + std::to_string(facts.pid) +
                    ",\"pid_started\":" + std::to_string(facts.pid_started) + ",\"pid_namespace\":\"" +
                    facts.pid_namespace + "\",\"boot_id\":\"" + facts.boot_id + "\",\"slurm_job_id\":\"" +
                    facts.slurm_job_id + "\",\"slurm_restart_count\":\"" + facts.slurm_restart_count +
                    "\",\"purpose\":\"run\",\"since\":1e9,\"counter\":" + std::to_string(facts.counter) +
                    ",\"of a later version\":[1]}";
  write_atomically(paths.owner(), text, Durability::rename_only);
}

OwnerFacts facts_of_this_process(const CampaignPaths& paths) {
  auto owner = Ownership::acquire(paths, "run");
  return look_at_owner(paths).facts;
}

struct Fixture {
  test::TemporaryFolder folder;
  CampaignPaths paths{folder.path()};
};

ExitCode refusal(const CampaignPaths& paths, const Challenge& challenge) {
  try {
    Ownership::acquire(paths, "run", challenge);
  } catch (const Failure& failure) {
    return failure.code();
  }
  return ExitCode::done;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "A campaign is owned from acquire to release", "[directory]") {
  CHECK(look_at_owner(paths).state == OwnerState::none);
  auto owner = Ownership::acquire(paths, "run");
  CHECK(owner.holds());
  CHECK(owner_is(paths, owner.nonce()));
  const auto view = look_at_owner(paths);
  CHECK(view.state == OwnerState::alive);
  CHECK(view.facts.pid == ::getpid());
  CHECK(view.facts.purpose == "run");
  owner.release();
  CHECK_FALSE(owner.holds());
  CHECK(look_at_owner(paths).state == OwnerState::none);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE_METHOD(Fixture, "A living owner is never replaced, and named", "[directory]") {
  const auto owner = Ownership::acquire(paths, "run");
  try {
    Ownership::acquire(paths, "approve");
    FAIL("a second owner");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::owned);
    CHECK_THAT(failure.what(),
               Catch::Contains(host_name()) && Catch::Contains("pid " + std::to_string(::getpid())));
    CHECK_THAT(failure.fix(), Catch::Contains("tranche s"));
  }
  CHECK(owner.holds());
}

TEST_CASE_METHOD(Fixture, "Of twenty processes exactly one becomes owner of a free campaign", "[directory]") {
  for (int round = 0; round < 5; ++round) {
    std::filesystem::remove(paths.owner());
    check_race(paths);
  }
}

TEST_CASE_METHOD(Fixture, "Of twenty processes exactly one replaces a dead owner", "[directory]") {
  for (int round = 0; round < 5; ++round) {
    check_race(paths);  // leaves a dead owner for the next round
    CHECK(look_at_owner(paths).state == OwnerState::dead);
  }
}

TEST_CASE_METHOD(Fixture, "An owner that was killed is dead at once, even before it was waited for",
                 "[directory]") {
  auto& shared = shared_numbers();
  const auto child = test::start_child([&] {
    const auto owner = Ownership::acquire(paths, "run");
    shared.ready = 1;
    while (true) ::pause();
    return 0;
  });
  spin_until(shared.ready, 1);
  CHECK(look_at_owner(paths).state == OwnerState::alive);
  ::kill(child, SIGKILL);
  siginfo_t info;
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);  // a zombie now
  CHECK(look_at_owner(paths).state == OwnerState::dead);
  CHECK(Ownership::acquire(paths, "run").holds());
  test::wait_for(child);
}

TEST_CASE_METHOD(Fixture, "A process that died while taking over does not block the campaign",
                 "[directory]") {
  auto dead = facts_of_this_process(paths);
  dead.pid_started += 1;
  dead.nonce = "0a";
  write_owner(paths, dead);
  const CampaignPaths scratch{folder.path() / "scratch"};
  make_folder(scratch.root());
  dead.nonce = "0b";
  write_owner(scratch, dead);
  std::filesystem::rename(scratch.owner(), folder.path() / ".owner.0a.claim");
  std::filesystem::remove(scratch.root());
  auto owner = Ownership::acquire(paths, "run");
  CHECK(owner.holds());
  owner.release();
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE_METHOD(Fixture, "Another process with the same pid is not the owner", "[directory]") {
  auto facts = facts_of_this_process(paths);
  write_owner(paths, facts);
  CHECK(look_at_owner(paths).state == OwnerState::alive);
  facts.pid_started += 1;
  write_owner(paths, facts);
  CHECK(look_at_owner(paths).state == OwnerState::dead);
}

TEST_CASE_METHOD(Fixture, "An owner of an earlier boot is dead, one in another container silent",
                 "[directory]") {
  const auto facts = facts_of_this_process(paths);
  auto earlier = facts;
  earlier.boot_id = "00000000-0000-0000-0000-000000000000";
  write_owner(paths, earlier);
  CHECK(look_at_owner(paths).state == OwnerState::dead);
  auto container = facts;
  container.pid_namespace = "pid:[1]";
  write_owner(paths, container);
  CHECK(look_at_owner(paths).state == OwnerState::silent);
}

TEST_CASE_METHOD(Fixture, "An owner on another host is watched, and refused when its counter moves",
                 "[directory]") {
  auto facts = facts_of_this_process(paths);
  facts.host = "elsewhere";
  write_owner(paths, facts);
  CHECK(look_at_owner(paths).state == OwnerState::silent);
  std::atomic<bool> stop{false};
  std::thread heart{[&] {
    while (!stop) {
      ++facts.counter;
      write_owner(paths, facts);
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
  }};
  const auto start = std::chrono::steady_clock::now();
  CHECK(refusal(paths, {60}) == ExitCode::owned);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{10});
  stop = true;
  heart.join();
}

TEST_CASE_METHOD(Fixture, "An owner on another host that keeps still is replaced only on a person's word",
                 "[directory]") {
  auto facts = facts_of_this_process(paths);
  facts.host = "elsewhere";
  write_owner(paths, facts);
  try {
    Ownership::acquire(paths, "run", {0.2});
    FAIL("replaced a silent owner");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::owned);
    CHECK_THAT(failure.fix(), Catch::Contains("--takeover"));
    CHECK_THAT(failure.what(), Catch::Contains("elsewhere"));
  }
  const auto owner = Ownership::acquire(paths, "run", {0.2, SilentOwner::replace});
  CHECK(owner.holds());
  REQUIRE(owner.taken_over());
  CHECK(owner.taken_over()->nonce == facts.nonce);
  CHECK(owner.replaced_unseen());
}

TEST_CASE_METHOD(Fixture, "A takeover is only what replaced an owner that might live", "[directory]") {
  const auto facts = facts_of_this_process(paths);
  CHECK_FALSE(Ownership::acquire(paths, "run", {0.2, SilentOwner::replace}).taken_over());
  auto dead = facts;
  dead.pid_started += 1;
  write_owner(paths, dead);
  CHECK_FALSE(Ownership::acquire(paths, "run").replaced_unseen());
  write_owner(paths, dead);
  CHECK_FALSE(Ownership::acquire(paths, "run", {0.2, SilentOwner::replace}).taken_over());
}

TEST_CASE_METHOD(Fixture, "The batch system's word that the job has ended is enough", "[directory]") {
  auto facts = facts_of_this_process(paths);
  facts.host = "elsewhere";
  facts.slurm_job_id = "4711";
  write_owner(paths, facts);
  std::vector<std::string> asked;
  const auto ask = [&](const std::string& job) {
    asked.push_back(job);
    return JobState::gone;
  };
  const auto start = std::chrono::steady_clock::now();
  const auto owner = Ownership::acquire(paths, "run", {600, SilentOwner::refuse, ask});
  CHECK(owner.holds());
  CHECK_FALSE(owner.taken_over());
  CHECK(owner.replaced_unseen());
  CHECK(asked == std::vector<std::string>{"4711"});
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{60});
}

TEST_CASE_METHOD(Fixture, "A job that lives or nobody can be asked about is watched", "[directory]") {
  auto facts = facts_of_this_process(paths);
  facts.host = "elsewhere";
  facts.slurm_job_id = "4711";
  write_owner(paths, facts);
  for (const auto word : {JobState::alive, JobState::no_answer}) {
    const auto ask = [&](const std::string&) { return word; };
    CHECK(refusal(paths, {0.2, SilentOwner::refuse, ask}) == ExitCode::owned);
  }
  CHECK(owner_is(paths, facts.nonce));
}

TEST_CASE_METHOD(Fixture, "A job without a record is gone if it is silent as well, after three answers",
                 "[directory]") {
  auto facts = facts_of_this_process(paths);
  facts.host = "elsewhere";
  facts.slurm_job_id = "4711";
  write_owner(paths, facts);
  int asked = 0;
  const auto unknown = [&](const std::string&) {
    ++asked;
    return JobState::unknown;
  };
  CHECK(Ownership::acquire(paths, "run", {0.4, SilentOwner::refuse, unknown}).holds());
  CHECK(asked == 3);
  write_owner(paths, facts);
  const auto unknown_but_moving = [&](const std::string&) {
    ++facts.counter;
    write_owner(paths, facts);
    return JobState::unknown;
  };
  CHECK(refusal(paths, {0.4, SilentOwner::refuse, unknown_but_moving}) == ExitCode::owned);
}

TEST_CASE_METHOD(Fixture, "That our own job runs is no proof about an earlier start of it", "[directory]") {
  auto facts = facts_of_this_process(paths);
  facts.host = "elsewhere";
  facts.slurm_job_id = "4711";
  write_owner(paths, facts);
  ::setenv("SLURM_JOB_ID", "4711", 1);
  const auto ask = [](const std::string&) { return JobState::gone; };
  CHECK(refusal(paths, {0.2, SilentOwner::refuse, ask}) == ExitCode::owned);
  ::unsetenv("SLURM_JOB_ID");
}

TEST_CASE_METHOD(Fixture, "An earlier start of our own job is gone, told by its restart count",
                 "[directory]") {
  auto facts = facts_of_this_process(paths);
  facts.host = "elsewhere";
  facts.slurm_job_id = "4711";
  struct Case {
    const char* theirs;
    const char* ours;
    bool gone;
  };
  ::setenv("SLURM_JOB_ID", "4711", 1);
  for (const auto& [theirs, ours, gone] : {Case{"", "1", true},
                                           {"0", "1", true},
                                           {"9", "10", true},
                                           {"1", "1", false},
                                           {"", "0", false},
                                           {"2", "1", false},
                                           {"1", "", false},
                                           {"x", "1", false},
                                           {"0", "x", false}}) {
    INFO("`" << theirs << "` before `" << ours << "`");
    facts.slurm_restart_count = theirs;
    write_owner(paths, facts);
    ::setenv("SLURM_RESTART_COUNT", ours, 1);
    CHECK(refusal(paths, {0.1}) == (gone ? ExitCode::done : ExitCode::owned));
  }
  ::setenv("SLURM_JOB_ID", "4712", 1);
  ::setenv("SLURM_RESTART_COUNT", "1", 1);
  facts.slurm_restart_count = "0";
  write_owner(paths, facts);
  CHECK(refusal(paths, {0.1}) == ExitCode::owned);
  ::unsetenv("SLURM_JOB_ID");
  ::unsetenv("SLURM_RESTART_COUNT");
}

TEST_CASE_METHOD(Fixture, "A replaced owner notices, and its release leaves the new one alone",
                 "[directory]") {
  auto owner = Ownership::acquire(paths, "run");
  auto other = look_at_owner(paths).facts;
  other.nonce = "feed";
  other.counter = 7;
  write_owner(paths, other);
  CHECK_FALSE(owner.holds());
  std::this_thread::sleep_for(std::chrono::milliseconds{2200});  // one beat of the replaced owner
  CHECK(look_at_owner(paths).facts.counter == 7);
  owner.release();
  CHECK(owner_is(paths, "feed"));
}

TEST_CASE_METHOD(Fixture, "The counter moves by itself", "[directory]") {
  const auto owner = Ownership::acquire(paths, "run");
  for (int k = 0; k < 100 && look_at_owner(paths).facts.counter == 0; ++k)
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  CHECK(look_at_owner(paths).facts.counter > 0);
  CHECK(look_at_owner(paths).facts.nonce == owner.nonce());
}

TEST_CASE_METHOD(Fixture, "A forked child does not release what its parent owns", "[directory]") {
  auto owner = std::make_unique<Ownership>(Ownership::acquire(paths, "run"));
  const auto child = test::start_child([&] {
    owner.reset();
    return 0;
  });
  CHECK(test::wait_for(child) == 0);
  CHECK(owner->holds());
}
