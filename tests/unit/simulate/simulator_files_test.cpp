#include "tranche/simulate/simulator_files.hpp"

#include <fstream>

#include "host_fixture.hpp"

using namespace tranche;
using namespace tranche::test;

namespace {

auto find_plugin(const std::string& campaign_dir, const std::string& file) {
  campaign::SimulatorSpec spec;
  spec.kind = campaign::PluginSpec{file};
  return simulate::find_simulator(campaign_dir, spec);
}

std::string path_of(const std::variant<simulate::SimulatorFiles, Problem>& found) {
  return std::get<simulate::SimulatorFiles>(found).program;
}

}  // namespace

TEST_CASE("a plug-in beside campaign.yaml is found before the installed one") {
  TemporaryFolder folder;
  const std::string beside = folder.str() + "/libnoop_plugin.so";
  std::ofstream{beside} << "x";
  CHECK(path_of(find_plugin(folder.str(), "libnoop_plugin.so")) == beside);
}

TEST_CASE("an absolute path is taken as it is") {
  const std::string path = test_plugin("hostile");
  CHECK(path_of(find_plugin("/", path)) == path);
}

TEST_CASE("a plug-in that is nowhere is a problem that lists the places") {
  TemporaryFolder folder;
  const auto problem = std::get<Problem>(find_plugin(folder.str(), "libabsent_plugin.so"));
  CHECK_THAT(problem.what, Catch::Contains("libabsent_plugin.so"));
  CHECK_THAT(problem.why, Catch::Contains(folder.str() + "/libabsent_plugin.so"));
  CHECK_THAT(problem.why, Catch::Contains("lib/tranche/libabsent_plugin.so"));
}

TEST_CASE("a simulator's digest is that of its program's bytes, and of what it reads") {
  TemporaryFolder folder;
  const std::string program = folder.str() + "/program";
  const std::string input = folder.str() + "/input";
  std::ofstream{program} << "abc";
  std::ofstream{input} << "x";
  const std::string text = "abc";
  const auto of_text = digest128(std::as_bytes(std::span{text.data(), text.size()}));
  CHECK(simulate::SimulatorFiles{program, {}}.digest() == of_text);
  const auto with_input = simulate::SimulatorFiles{program, {input}}.digest();
  CHECK(with_input != of_text);
  std::ofstream{input} << "y";
  CHECK(simulate::SimulatorFiles{program, {input}}.digest() != with_input);
  CHECK_THROWS_AS((simulate::SimulatorFiles{folder.str() + "/absent", {}}.digest()), IoError);
}

TEST_CASE("the no-op plug-in is a bitwise pure function of index and inputs") {
  TemporaryFolder folder;
  simulate::HostOptions options;
  options.campaign_dir = folder.str();
  options.simulator.program = std::string{TRANCHE_PLUGIN_FOLDER} + "/libnoop_plugin.so";
  options.scratch_dir = folder.str() + "/scratch";
  simulate::SimulatorHost host{hostile_spec(), Script{}.inputs(), options};
  host.start();
  const auto first = simulate::run_one(host, hostile_spec(), {1, 1, 0, 7});
  const auto again = simulate::run_one(host, hostile_spec(), {1, 1, 1, 7});
  const auto other = simulate::run_one(host, hostile_spec(), {1, 1, 0, 8});
  REQUIRE(first.record.state == SampleState::ok);
  CHECK(first.record.checksum == again.record.checksum);
  CHECK(first.record.checksum != other.record.checksum);
  CHECK(first.meta.at(0) == 7);
}
