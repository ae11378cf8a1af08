// A machine that has no process to spare for a while.
#include <dlfcn.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>

#include "host_fixture.hpp"

using namespace tranche;
using namespace tranche::test;

namespace {

/// How many forks of other processes than the test's own are refused from now on. Shared with the zygote.
std::atomic<int>& refusals() {
  static auto* const shared = new (::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0)) std::atomic<int>{0};
  return *shared;
}

const pid_t test_pid = ::getpid();

constexpr int for_ever = 1'000'000;

}  // namespace

/// Instead of the C library's.
extern "C" pid_t fork() noexcept {
  static const auto real_fork = reinterpret_cast<pid_t (*)()>(::dlsym(RTLD_NEXT, "fork"));
  if (::getpid() == test_pid || refusals().load() == 0) return real_fork();
  refusals().fetch_sub(1);
  errno = EAGAIN;
  return -1;
}

TEST_CASE("slots that cannot be forked at first are forked later") {
  refusals().store(3);
  HostFixture host{Script{}, 2};
  CHECK(refusals().load() == 0);
  for (const auto& [index, run] : host.run_all(20)) CHECK(run.record.state == SampleState::ok);
}

TEST_CASE("a slot that cannot be replaced at once costs no sample but the one it died of") {
  refusals().store(0);
  Script script;
  script.modes = {{1, Mode::segfault}, {7, Mode::abort}};
  const auto slots = GENERATE(1u, 2u);
  HostFixture host{script, slots};
  refusals().store(4);
  for (const auto& [index, run] : host.run_all(20)) {
    INFO("sample " << index);
    CHECK(run.record.state == (script.modes.contains(index) ? SampleState::crashed : SampleState::ok));
  }
  host.wait_until([] { return refusals().load() == 0; });
}

TEST_CASE("a machine that never has a process for a slot ends the run, and the reason is given") {
  TemporaryFolder folder;
  simulate::HostOptions options;
  options.campaign_dir = folder.str();
  options.simulator.program = test_plugin("hostile");
  options.scratch_dir = folder.str() + "/scratch";
  options.fork_limit_s = 0.3;
  simulate::SimulatorHost host{hostile_spec(), Script{}.inputs(), options};
  refusals().store(for_ever);
  try {
    host.start();
    FAIL("started without a slot");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::environment);
    CHECK(std::string{failure.what()}.find("fork of a slot: Resource temporarily unavailable") == 0);
  }
  CHECK(refusals().load() <= for_ever - 2);  // it was tried again
  refusals().store(0);
}
