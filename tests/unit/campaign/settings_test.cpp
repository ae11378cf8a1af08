#include "tranche/campaign/settings.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::campaign;

namespace {

CampaignSpec command_spec() {
  CampaignSpec spec;
  spec.parameters.resize(1);
  spec.parameters[0].name = "B";
  spec.constants = {{"dt", 1, "1", {}}, {"steps", 10, "1", {}}};
  CommandSpec command;
  command.words = {"./code", "{B}"};
  spec.simulator.kind = command;
  return spec;
}

Problem refusal(const CampaignSpec& spec, const std::string& text) {
  try {
    read_settings(spec, text);
  } catch (const ConfigError& error) {
    return error.problems().front();
  }
  FAIL("taken: " + text);
  return {};
}

}  // namespace

TEST_CASE("constants of a command take other values, and their text reads back as the same") {
  const auto settings = read_settings(command_spec(), "dt=0.1,steps=1e5");
  CHECK(settings == std::vector<Setting>{{"dt", 0.1}, {"steps", 100000}});
  CHECK(settings_text(settings) == "dt=0.1,steps=100000");
  CHECK(parse_settings(settings_text(settings)) == settings);
  CHECK(parse_settings("").empty());
  CHECK(settings_text({}).empty());
  CHECK_THROWS_AS(parse_settings("dt"), std::invalid_argument);
}

TEST_CASE("what is no constant of a command is refused with what to write") {
  auto spec = command_spec();
  CHECK(refusal(spec, "step=3").fix == "did you mean --with steps=3?");
  CHECK_THAT(refusal(spec, "B=3").what, Catch::Contains("`B` cannot change between attempts"));
  CHECK_THAT(refusal(spec, "seed=3").what, Catch::Contains("`seed` cannot change"));
  CHECK(refusal(spec, "dt=fast").fix == "--with dt=0.5");
  CHECK(refusal(spec, "=1").what == "`--with =1` is no NAME=VALUE");
  spec.simulator.kind = PluginSpec{"libx.so"};
  const auto problem = refusal(spec, "dt=1");
  CHECK(problem.what == "--with is for commands, and libx.so is a plug-in");
  CHECK_THAT(problem.fix, Catch::Contains("`attempt`"));
}
