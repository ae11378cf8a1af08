#include "tranche/simulate/plugin_file.hpp"

#include <fstream>

#include "host_fixture.hpp"

using namespace tranche;
using namespace tranche::test;

TEST_CASE("a plug-in beside campaign.yaml is found before the installed one") {
  TemporaryFolder folder;
  const std::string beside = folder.str() + "/libnoop_plugin.so";
  std::ofstream{beside} << "x";
  CHECK(std::get<std::string>(simulate::find_plugin(folder.str(), "libnoop_plugin.so")) == beside);
}

TEST_CASE("an absolute path is taken as it is") {
  const std::string path = test_plugin("hostile");
  CHECK(std::get<std::string>(simulate::find_plugin("/", path)) == path);
}

TEST_CASE("a plug-in that is nowhere is a problem that lists the places") {
  TemporaryFolder folder;
  const auto problem = std::get<Problem>(simulate::find_plugin(folder.str(), "libabsent_plugin.so"));
  CHECK_THAT(problem.what, Catch::Contains("libabsent_plugin.so"));
  CHECK_THAT(problem.why, Catch::Contains(folder.str() + "/libabsent_plugin.so"));
  CHECK_THAT(problem.why, Catch::Contains("lib/tranche/libabsent_plugin.so"));
}

TEST_CASE("the digest of a file is that of its bytes") {
  TemporaryFolder folder;
  const std::string path = folder.str() + "/file";
  std::ofstream{path} << "abc";
  const std::string text = "abc";
  CHECK(simulate::file_digest(path) == digest128(std::as_bytes(std::span{text.data(), text.size()})));
  CHECK_THROWS_AS(simulate::file_digest(folder.str() + "/absent"), IoError);
}

TEST_CASE("the no-op plug-in is a bitwise pure function of index and inputs") {
  TemporaryFolder folder;
  simulate::HostOptions options;
  options.campaign_dir = folder.str();
  options.plugin_path = std::string{TRANCHE_PLUGIN_FOLDER} + "/libnoop_plugin.so";
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
