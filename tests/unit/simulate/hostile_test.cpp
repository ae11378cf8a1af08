// Each way a sample can go wrong: one typed run, and nothing else is touched.
#include <signal.h>
#include <sys/stat.h>

#include <stdexcept>

#include "host_fixture.hpp"
#include "processes.hpp"

using namespace tranche;
using namespace tranche::test;

namespace {

/// One hostile sample among good ones.
struct Case {
  Mode mode;
  SampleState state;
  std::string reason;
};

campaign::CampaignSpec deadline_spec() {
  auto spec = hostile_spec();
  spec.simulator.timeout_s = 2;
  return spec;
}

#if defined(__SANITIZE_ADDRESS__)
// The sanitizer's allocator ends the process by itself when memory is refused.
constexpr bool allocator_can_refuse = false;
#else
constexpr bool allocator_can_refuse = true;
#endif

const std::vector<Case> all_cases{
    {Mode::failed, SampleState::failed, "no_root"},
    {Mode::failed_silently, SampleState::failed, "error"},
    {Mode::bad_point, SampleState::invalid, "bad_point"},
    {Mode::odd_return, SampleState::failed, "error"},
    {Mode::nan, SampleState::failed, "finite"},
    {Mode::negative, SampleState::failed, "nonnegative"},
    {Mode::segfault, SampleState::crashed, "sigsegv"},
    {Mode::stack_overflow, SampleState::crashed, "sigsegv"},
    {Mode::abort, SampleState::crashed, "sigabrt"},
    {Mode::divide, SampleState::crashed, "sigfpe"},
    {Mode::exit_zero, SampleState::crashed, "exit"},
    {Mode::exit_three, SampleState::crashed, "exit"},
    {Mode::touch, SampleState::crashed, "memory"},
    {Mode::touch_shared, SampleState::crashed, "memory"},
    {Mode::huge_malloc, SampleState::crashed, "memory"},
    {Mode::huge_new, SampleState::crashed, "memory"},
    {Mode::throws, SampleState::failed, "exception"},
    {Mode::throws_int, SampleState::failed, "exception"},
    {Mode::overrun, SampleState::crashed, "overrun"},
    {Mode::flood_stdout, SampleState::ok, ""},
    {Mode::flood_stderr, SampleState::failed, "error"},
    {Mode::change_surroundings, SampleState::ok, ""},
    {Mode::close_descriptors, SampleState::ok, ""},
    {Mode::sigkill, SampleState::crashed, "sigkill"},
    {Mode::sigterm, SampleState::ok, ""},
    {Mode::fork_returns, SampleState::ok, ""},
    {Mode::leave_child, SampleState::crashed, "sigabrt"},
    {Mode::infinite, SampleState::failed, "finite"},
    {Mode::subnormal, SampleState::ok, ""},
    {Mode::underrun, SampleState::crashed, "overrun"},
    {Mode::overrun_between, SampleState::crashed, "overrun"},
    {Mode::become_program, SampleState::crashed, "exit"},
    {Mode::thread_exit, SampleState::crashed, "exit"},
    {Mode::leave_thread, SampleState::ok, ""},
    {Mode::terminate, SampleState::crashed, "sigabrt"},
    {Mode::throws_through_c, SampleState::failed, "exception"},
    {Mode::leave_alarm, SampleState::ok, ""},
    {Mode::leave_helper, SampleState::ok, ""},
    {Mode::leave_daemon, SampleState::ok, ""},
    {Mode::close_standard, SampleState::ok, ""},
    {Mode::own_handlers, SampleState::ok, ""},
};

const std::vector<Case> scribbling_cases{
    {Mode::scribble, SampleState::crashed, "overrun"},
    {Mode::scribble_crash, SampleState::crashed, "overrun"},
    {Mode::scribble_hang, SampleState::crashed, "overrun"},
    {Mode::forge_count, SampleState::crashed, "overrun"},
};

const std::vector<Case> multiplying_cases{
    {Mode::fork_bomb, SampleState::crashed, "processes"},
    {Mode::escaping_bomb, SampleState::crashed, "processes"},
    {Mode::thread_bomb, SampleState::crashed, "processes"},
};

bool needs_refusal(const Case& item) {
  return item.mode == Mode::touch || item.mode == Mode::huge_malloc || item.mode == Mode::huge_new;
}

std::vector<Case> possible_cases() {
  std::vector<Case> cases = all_cases;
  if (!allocator_can_refuse) std::erase_if(cases, needs_refusal);
  return cases;
}

/// Runs the cases among good samples, on two slots: each is typed, and the good ones' rows are those of a
/// host that never saw a bad one.
void check_cases(const std::vector<Case>& cases, const campaign::CampaignSpec& spec) {
  constexpr SampleIndex count = 200;
  // Its memory is gone before the other host is born: scribblers would find it.
  const auto expected = HostFixture{Script{}, 1}.run_all(count);
  Script script;
  for (std::size_t k = 0; k < cases.size(); ++k) script.modes[1 + 3 * k] = cases[k].mode;
  HostFixture host{script, 2, spec};
  for (const auto& [index, run] : host.run_all(count)) {
    INFO("sample " << index << ": " << to_string(run.record.state) << " " << run.record.reason << " "
                   << run.record.message);
    if (!script.modes.contains(index)) {
      CHECK(run.record.state == SampleState::ok);
      CHECK(run.record.checksum == expected.at(index).record.checksum);
      CHECK(run.row == expected.at(index).row);
      continue;
    }
    const Case& item = cases.at((index - 1) / 3);
    CHECK(run.record.state == item.state);
    CHECK(run.record.reason == item.reason);
    CHECK(run.row.empty() == (item.state != SampleState::ok));
    if (item.state != SampleState::ok) CHECK(run.record.checksum == 0);
  }
}

RunRecord record_of(Mode mode, campaign::CampaignSpec spec = hostile_spec()) {
  Script script;
  script.modes[0] = mode;
  HostFixture host{script, 1, std::move(spec)};
  return host.run_mode();
}

}  // namespace

TEST_CASE("every kind of misbehaviour is one typed run and the others are as if it had not been there") {
  auto spec = hostile_spec();
  spec.simulator.memory_bytes = std::uint64_t{100} << 20;
  check_cases(possible_cases(), spec);
}

TEST_CASE(
    "a run that does not end is killed at its deadline and the others are as if it had not been there") {
  auto spec = hostile_spec();
  spec.simulator.timeout_s = 2;
  check_cases({{Mode::hang, SampleState::timeout, "deadline"},
               {Mode::spin, SampleState::timeout, "deadline"},
               {Mode::stop_itself, SampleState::timeout, "deadline"},
               {Mode::deaf_hang, SampleState::timeout, "deadline"}},
              spec);
}

TEST_CASE("what scribbles over the shared memory is one typed run, whatever it does next") {
  check_cases(scribbling_cases, hostile_spec());
}

TEST_CASE("a write into the shared memory after its sample has ended is charged to nobody else") {
  auto spec = hostile_spec();
  spec.resources.threads = 2;  // one may stay
  Script script;
  script.value = 60;
  script.modes = {{0, Mode::scribble_later},
                  {1, Mode::slow},
                  {2, Mode::slow},
                  {5, Mode::scribble_later},
                  {6, Mode::slow}};
  HostFixture host{script, 1, spec};
  // The writer itself is caught if its result has not been collected by then.
  const auto check = [&](SampleIndex index, const RunRecord& run) {
    INFO("sample " << index << ": " << run.reason);
    const auto found = script.modes.find(index);
    const bool writer = found != script.modes.end() && found->second == Mode::scribble_later;
    CHECK((run.state == SampleState::ok || (writer && run.reason == "overrun")));
  };
  for (const SampleIndex index : {0, 1})  // nothing else is queued
    check(index, simulate::run_one(*host, spec, {1, 1, 0, index}).record);
  for (const auto& [index, run] : host.run_all(9)) check(index, run.record);
}

TEST_CASE("what multiplies without end is one typed run, and nothing of it is left") {
  const auto before = descendants_of(::getpid()).size();
  check_cases(multiplying_cases, hostile_spec());
  CHECK(descendants_of(::getpid()).size() == before);
}

TEST_CASE("reason and message of a failed run are cleaned words and one line") {
  const RunRecord run = record_of(Mode::failed);
  CHECK(run.reason == "no_root");
  CHECK(run.message == "no root in [0, 1]");
}

TEST_CASE("a number that is not in the ABI is named in the message") {
  CHECK(record_of(Mode::odd_return).message == "tranche_eval returned 77");
}

TEST_CASE("a run without a message of its own gets its last words on stderr") {
  CHECK(record_of(Mode::failed_on_stderr).message == "step 1 could not bracket");
  CHECK(record_of(Mode::abort).message == "cannot go on");
  CHECK(record_of(Mode::flood_stderr).message.size() <= 512);
  CHECK(record_of(Mode::flood_stderr).message.find("xxx") != std::string::npos);
}

TEST_CASE("words of an earlier run are not put into the mouth of a later one") {
  Script script;
  script.modes = {
      {0, Mode::failed_on_stderr}, {1, Mode::failed_silently}, {2, Mode::abort}, {3, Mode::segfault}};
  HostFixture host{script};
  const auto runs = host.run_all(4);
  CHECK(runs.at(0).record.message == "step 1 could not bracket");
  CHECK(runs.at(1).record.message.empty());
  CHECK(runs.at(2).record.message == "cannot go on");
  CHECK(runs.at(3).record.message == "ended by sigsegv");
}

TEST_CASE("an exception's text is kept") {
  CHECK(record_of(Mode::throws).message == "table is empty");
}

TEST_CASE("exit codes and signals are recorded") {
  CHECK(record_of(Mode::exit_three).exit_code == 3);
  CHECK(record_of(Mode::exit_zero).exit_code == 0);
  CHECK(record_of(Mode::segfault).signal == SIGSEGV);
  CHECK(record_of(Mode::sigkill).signal == SIGKILL);
}

TEST_CASE("a run killed at its deadline has used its time") {
  const RunRecord run = record_of(Mode::spin, deadline_spec());
  CHECK(run.state == SampleState::timeout);
  CHECK(run.wall_s >= 2);
  CHECK(run.cpu_s > 0);
}

TEST_CASE("without a memory limit an allocation that cannot be had is still a crash for memory") {
  if (!allocator_can_refuse) return;
  CHECK(record_of(Mode::huge_new).reason == "memory");
}

TEST_CASE("what a sample changes around itself is undone before the next") {
  Script script;
  script.modes = {{0, Mode::report_surroundings}, {1, Mode::change_surroundings},
                  {2, Mode::report_surroundings}, {3, Mode::close_descriptors},
                  {4, Mode::report_surroundings}, {5, Mode::own_handlers},
                  {6, Mode::report_surroundings}};
  HostFixture host{script};
  for (const SampleIndex index : {0, 1, 2, 3, 4, 5, 6}) {
    const auto run = simulate::run_one(*host, host.spec(), {1, 1, 0, index});
    INFO("sample " << index);
    REQUIRE(run.record.state == SampleState::ok);
    if (index % 2 == 0) CHECK(run.values.at(0) == 0);
  }
}

TEST_CASE("a signal stack that a sample leaves is not the one the next crash is noted on") {
  Script script;
  script.modes = {{0, Mode::own_handlers}, {1, Mode::stack_overflow}};
  HostFixture host{script};
  const auto slots = grandchildren_of(::getpid());
  CHECK(simulate::run_one(*host, host.spec(), {1, 1, 0, 0}).record.state == SampleState::ok);
  CHECK(grandchildren_of(::getpid()) == slots);  // put back, not replaced
  CHECK(simulate::run_one(*host, host.spec(), {1, 1, 0, 1}).record.message == "sigsegv: its stack is full");
}

TEST_CASE("signal handlers of tranche_open stay for the samples") {
  for (const bool with_crash : {false, true}) {
    TemporaryFolder folder;
    simulate::HostOptions options;
    options.campaign_dir = folder.str();
    options.simulator.program = test_plugin("handlers");
    options.scratch_dir = folder.str() + "/scratch";
    Script script;
    if (with_crash) script.modes[2] = Mode::abort;
    simulate::SimulatorHost host{hostile_spec(), script.inputs(), options};
    host.start();
    for (const SampleIndex index : {0, 1, 2, 3, 4}) {
      const auto run = simulate::run_one(host, hostile_spec(), {1, 1, 0, index});
      INFO("sample " << index << ": " << run.record.reason << " " << run.record.message);
      if (with_crash && index == 2) {
        CHECK(run.record.reason == "sigabrt");
        continue;
      }
      REQUIRE(run.record.state == SampleState::ok);
      CHECK(run.values.at(0) == 1);  // SIGSEGV handled
      CHECK(run.values.at(1) == 1);  // SIGSYS handled
      CHECK(run.values.at(2) == 1);  // on the plug-in's own stack
    }
  }
}

TEST_CASE("ten megabytes of output leave at most a megabyte and a bit behind") {
  Script script;
  script.modes = {{0, Mode::flood_stdout}, {1, Mode::flood_stderr}};
  HostFixture host{script};
  host.run_all(3);
  const auto held = [&](const char* name) {
    struct stat status {};
    const std::string path = host.folder().str() + "/scratch/" + name;
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
  };
  host.wait_until([&] { return held("slot-0.out") <= (2u << 20) && held("slot-0.err") <= (2u << 20); });
}

TEST_CASE("the plug-in is told threads, seed and attempt, and nothing of MPI") {
  ::setenv("OMPI_COMM_WORLD_RANK", "3", 1);
  Script script;
  script.modes[7] = Mode::report_environment;
  auto spec = hostile_spec();
  spec.resources.threads = 5;
  HostFixture host{script, 1, spec};
  ::unsetenv("OMPI_COMM_WORLD_RANK");
  const auto run = simulate::run_one(*host, host.spec(), {1, 1, 4, 7});
  CHECK(run.values.at(0) == 5);
  CHECK(run.values.at(1) == 0);
  CHECK(run.values.at(2) == 7);
  CHECK(run.meta.at(0) == 4);
  CHECK(run.record.id == RunId{1, 7, 4});
}

TEST_CASE("the memory peak of a run over five milliseconds is not the next one's") {
  Script script;
  script.modes[0] = Mode::big_then_free;
  HostFixture host{script};
  const auto runs = host.run_all(2);
  CHECK(runs.at(0).record.max_rss_kb > 64 * 1024);
  CHECK(runs.at(1).record.max_rss_kb < runs.at(0).record.max_rss_kb - 32 * 1024);
}

TEST_CASE("inputs that cannot be computed fail that sample only") {
  simulate::SampleInputs inputs = Script{}.inputs();
  inputs.evaluate = [](SampleIndex index, std::span<double> x) {
    if (index == 1) throw std::domain_error{"derived: no logarithm of -1"};
    x[0] = 0;
    x[1] = 1;
  };
  TemporaryFolder folder;
  simulate::HostOptions options;
  options.campaign_dir = folder.str();
  options.simulator.program = test_plugin("hostile");
  options.scratch_dir = folder.str() + "/scratch";
  simulate::SimulatorHost host{hostile_spec(), inputs, options};
  host.start();
  CHECK(simulate::run_one(host, hostile_spec(), {1, 1, 0, 0}).record.state == SampleState::ok);
  const auto bad = simulate::run_one(host, hostile_spec(), {1, 1, 0, 1}).record;
  CHECK(bad.state == SampleState::failed);
  CHECK(bad.message == "derived: no logarithm of -1");
  CHECK(simulate::run_one(host, hostile_spec(), {1, 1, 0, 2}).record.state == SampleState::ok);
}

TEST_CASE("subnormal numbers are stored bit for bit") {
  Script script;
  script.modes[0] = Mode::subnormal;
  HostFixture host{script};
  const auto run = simulate::run_one(*host, host.spec(), {1, 1, 0, 0});
  CHECK(run.values.at(0) == std::numeric_limits<double>::denorm_min());
  CHECK(run.values.at(1) == 1e-310);
  CHECK(run.values.at(5) == static_cast<double>(1e-42f));
}

TEST_CASE("a timer one sample leaves behind does not end the next") {
  Script script;
  script.value = 200;
  script.modes = {{0, Mode::leave_alarm}, {1, Mode::slow}};
  HostFixture host{script};
  const auto runs = host.run_all(2);
  CHECK(runs.at(0).record.state == SampleState::ok);
  CHECK(runs.at(1).record.state == SampleState::ok);
}

TEST_CASE("children a sample leaves behind are gone before the next one begins") {
  for (const Mode mode : {Mode::leave_helper, Mode::leave_daemon, Mode::fork_returns}) {
    Script script;
    script.modes[0] = mode;
    HostFixture host{script};
    const auto before = descendants_of(::getpid()).size();
    for (const SampleIndex index : {0, 1})
      CHECK(simulate::run_one(*host, host.spec(), {1, 1, 0, index}).record.state == SampleState::ok);
    CHECK(descendants_of(::getpid()).size() == before);
  }
}

TEST_CASE("a leak costs no sample") {
  auto spec = hostile_spec();
  spec.simulator.memory_bytes = std::uint64_t{100} << 20;
  Script script;
  for (SampleIndex index = 0; index < 20; ++index) script.modes[index] = Mode::leak;
  HostFixture host{script, 1, spec};
  for (const auto& [index, run] : host.run_all(20)) {
    INFO("sample " << index << ": " << run.record.message);
    CHECK(run.record.state == SampleState::ok);
  }
}

TEST_CASE("a sample that writes next to an output is told which") {
  CHECK(record_of(Mode::underrun).message == "wrote next to output `first`");
  CHECK(record_of(Mode::stack_overflow).message == "sigsegv: its stack is full");
}
