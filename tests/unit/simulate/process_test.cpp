// Deaths of agent, zygote and helpers: nobody is left behind.
#include <sys/wait.h>

#include <algorithm>

#include "host_fixture.hpp"
#include "processes.hpp"

using namespace tranche;
using namespace tranche::test;

namespace {

/// Polls until none of `pids` runs any more.
bool all_gone(const std::vector<pid_t>& pids) {
  const auto start = std::chrono::steady_clock::now();
  while (std::any_of(pids.begin(), pids.end(), is_running)) {
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
    if (waited.count() > patience_s) return false;
    ::usleep(1000);
  }
  return true;
}

std::string failure_text(const std::function<void()>& action, ExitCode code = ExitCode::environment) {
  try {
    action();
  } catch (const Failure& failure) {
    CHECK(failure.code() == code);
    return failure.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a killed zygote is a clear failure and takes its slots along") {
  Script script;
  script.modes[0] = Mode::hang;
  HostFixture host{script, 3};
  const auto zygotes = children_of(::getpid());
  REQUIRE(zygotes.size() == 1);
  const auto slots = children_of(zygotes.front());
  REQUIRE(slots.size() == 3);
  host->submit({1, 1, 0, 0});
  ::kill(zygotes.front(), SIGKILL);
  std::string text;
  host.wait_until([&] {
    std::vector<simulate::Finished> done;
    text = failure_text([&] { host->poll(done); }, ExitCode::stopped);
    return !text.empty();
  });
  CHECK(text.find("died while running (sigkill)") != std::string::npos);
  CHECK(all_gone(slots));
  host->stop(1);
}

TEST_CASE("a killed agent takes zygote and slots along") {
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  TemporaryFolder folder;  // the agent will have no time to tidy up
  const pid_t agent = ::fork();
  if (agent == 0) {
    ::setenv("TMPDIR", folder.str().c_str(), 1);
    Script script;
    script.modes[0] = Mode::hang;
    HostFixture host{script, 2};
    host->submit({1, 1, 0, 0});
    [[maybe_unused]] const auto told = ::write(pipe_ends[1], "r", 1);
    while (true) ::pause();
  }
  char ready = 0;
  REQUIRE(::read(pipe_ends[0], &ready, 1) == 1);
  const auto family = descendants_of(agent);
  CHECK(family.size() == 3);
  ::kill(agent, SIGKILL);
  ::waitpid(agent, nullptr, 0);
  CHECK(all_gone(family));
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST_CASE("what a crashed sample leaves behind in its process group is killed") {
  Script script;
  script.modes[0] = Mode::leave_child;
  HostFixture host{script};
  const auto before = descendants_of(::getpid());
  CHECK(host.run_mode().reason == "sigabrt");
  // The old slot is gone, its child with it; the new slot is there.
  host.wait_until([&] { return descendants_of(::getpid()).size() == before.size(); });
}

TEST_CASE("a host that is destroyed in the middle of runs leaves no process and no file of its slots") {
  TemporaryFolder folder;
  std::vector<pid_t> family;
  {
    Script script;
    script.modes[0] = Mode::spin;
    simulate::HostOptions options;
    options.campaign_dir = folder.str();
    options.simulator.program = test_plugin("hostile");
    options.scratch_dir = folder.str() + "/scratch";
    simulate::SimulatorHost host{hostile_spec(), script.inputs(), options};
    host.start();
    host.submit({1, 1, 0, 0});
    family = descendants_of(::getpid());
    CHECK(family.size() == 2);
  }
  CHECK(all_gone(family));
  CHECK(!std::filesystem::exists(folder.str() + "/scratch/slot-0"));
  CHECK(!std::filesystem::exists(folder.str() + "/scratch/slot-0.err"));
}

TEST_CASE("signals meant for the whole job do not touch zygote and slots") {
  Script script;
  script.value = 50;
  script.modes[0] = Mode::slow;
  HostFixture host{script};
  host->submit({1, 1, 0, 0});
  for (const pid_t pid : descendants_of(::getpid())) {
    for (const int signal : {SIGUSR1, SIGTERM, SIGINT}) ::kill(pid, signal);
  }
  std::map<SampleIndex, HostFixture::Run> runs;
  host.wait_until([&] {
    host.collect(runs);
    return runs.size() == 1;
  });
  CHECK(runs.at(0).record.state == SampleState::ok);
}

TEST_CASE("an idle slot that is killed is replaced and costs no sample") {
  HostFixture host{Script{}};
  const auto slots = grandchildren_of(::getpid());
  REQUIRE(slots.size() == 1);
  ::kill(slots.front(), SIGKILL);
  const auto runs = host.run_all(5);
  std::size_t ok = 0;
  for (const auto& [index, run] : runs) ok += run.record.state == SampleState::ok ? 1 : 0;
  CHECK(ok >= 4);  // the first may have been begun before the signal arrived
}

TEST_CASE("a deadline holds and the queue goes on while the agent is busy elsewhere") {
  Script script;
  script.modes[0] = Mode::hang;
  auto spec = hostile_spec();
  spec.simulator.timeout_s = 1;
  HostFixture host{script, 1, spec};
  const auto slots = grandchildren_of(::getpid());
  for (SampleIndex index = 0; index < 5; ++index) host->submit({1, 1, 0, index});
  // Not one poll until the overdue slot is gone.
  REQUIRE(all_gone(slots));
  std::map<SampleIndex, HostFixture::Run> runs;
  host.wait_until([&] {
    host.collect(runs);
    return runs.size() == 5;
  });
  CHECK(runs.at(0).record.state == SampleState::timeout);
  for (const SampleIndex index : {1, 2, 3, 4}) CHECK(runs.at(index).record.state == SampleState::ok);
}
