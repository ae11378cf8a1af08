// Plug-ins that cannot be used: exit code 7 and a text that says why.
#include "host_fixture.hpp"
#include "processes.hpp"

using namespace tranche;
using namespace tranche::test;

namespace {

/// Text of the failure that making and starting a host with `plugin` ends in.
std::string refusal(const std::string& plugin_path, double limit_s = patience_s) {
  TemporaryFolder folder;
  simulate::HostOptions options;
  options.campaign_dir = folder.str();
  options.simulator.program = plugin_path;
  options.scratch_dir = folder.str() + "/scratch";
  options.load_limit_s = limit_s;
  try {
    simulate::SimulatorHost host{hostile_spec(), Script{}.inputs(), options};
    host.start();
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::environment);
    CHECK(descendants_of(::getpid()).empty());
    return failure.what();
  }
  return "not refused";
}

void check_refusal(const std::string& plugin, const std::string& words, double limit_s = patience_s) {
  CHECK_THAT(refusal(test_plugin(plugin), limit_s), Catch::Contains(words));
}

}  // namespace

TEST_CASE("a plug-in that is not there is named") {
  CHECK_THAT(refusal("/nowhere/libabsent_plugin.so"), Catch::Contains("/nowhere/libabsent_plugin.so"));
}

TEST_CASE("a missing symbol is named") {
  check_refusal("no_eval", "does not export tranche_eval");
}

TEST_CASE("a wrong ABI is named with both numbers") {
  check_refusal("wrong_abi", "was built for ABI 99, this tranche has ABI 1");
}

TEST_CASE("the message of a failing tranche_load is shown") {
  check_refusal("load_fails", "tranche_load failed: table.dat is missing");
}

TEST_CASE("a crash in tranche_load is shown with its last words") {
  check_refusal("load_crashes",
                "died in tranche_load (sigsegv); last words: reading a table that is not there");
}

TEST_CASE("exit() in tranche_load is a refusal") {
  check_refusal("load_exits", "died in tranche_load (exit code 4)");
}

TEST_CASE("a tranche_load that hangs is given up after its limit") {
  check_refusal("load_hangs", "tranche_load did not return within", 0.3);
}

TEST_CASE("the message of a failing tranche_open is shown after three attempts") {
  check_refusal("open_fails", "3 times in a row: tranche_open failed: no licence");
}

TEST_CASE("a crash in tranche_open is shown with its last words") {
  check_refusal("open_crashes", "died in tranche_open (sigabrt); last words: about to fall over");
}

TEST_CASE("a tranche_open that hangs is given up after its limit") {
  check_refusal("open_hangs", "tranche_open did not return in time", 0.3);
}

TEST_CASE("other deaths in load and open are told from each other") {
  check_refusal("load_aborts", "died in tranche_load (sigabrt); last words: no tables, no work");
  check_refusal("load_segfaults", "died in tranche_load (sigsegv)");
  check_refusal("open_segfaults", "died in tranche_open (sigsegv)");
  check_refusal("open_exits", "left in tranche_open with exit code 9");
  check_refusal("open_overflows", "died in tranche_open (sigsegv)");
}
