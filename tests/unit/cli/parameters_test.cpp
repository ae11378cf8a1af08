#include "parameters.hpp"

#include <catch2/catch.hpp>

#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::cli;

namespace {

campaign::CampaignSpec example() {
  campaign::CampaignSpec spec;
  spec.parameters.push_back({"delta", campaign::RealRange{3, 51, campaign::Scale::linear}, "1", {}, {}});
  spec.parameters.push_back({"R", campaign::RealRange{1e15, 1e17, campaign::Scale::log}, "cm", {}, {}});
  spec.parameters.push_back({"field", campaign::Levels{{"blr", "torus", "none"}}, "1", {}, {}});
  return spec;
}

}  // namespace

TEST_CASE("The centre is the middle of each range in its own scale", "[cli]") {
  const auto centre = centre_of(example());
  CHECK(centre[0] == Approx(27));
  CHECK(centre[1] == Approx(1e16));
  CHECK(centre[2] == 1);
}

TEST_CASE("Values are set by name, levels by name or number", "[cli]") {
  auto values = centre_of(example());
  apply_settings(example(), {"R=3e15", "field=none"}, values);
  CHECK(values[1] == 3e15);
  CHECK(values[2] == 2);
  CHECK(value_text(example().parameters[2], values[2]) == "none");
}

TEST_CASE("What a parameter cannot be is refused, and its levels are listed", "[cli]") {
  auto spec = example();
  spec.parameters.push_back({"n", campaign::IntegerRange{1, 9}, "1", {}, {}});
  auto values = centre_of(spec);
  apply_settings(spec, {"field=0", "n=3", "delta=99"}, values);
  CHECK(values == std::vector<double>{99, values[1], 0, 3});
  for (const auto* setting : {"field=3", "field=-1", "field=0.5", "field=tours", "field=nan"}) try {
      apply_settings(spec, {setting}, values);
      FAIL(setting << " accepted");
    } catch (const ConfigError& error) {
      CHECK_THAT(error.problems().at(0).fix, Catch::Contains("0 (blr), 1 (torus), 2 (none)"));
    }
  CHECK_THROWS_AS(apply_settings(spec, {"n=2.5"}, values), ConfigError);
}

TEST_CASE("All mistakes in settings are told at once", "[cli]") {
  auto values = centre_of(example());
  try {
    apply_settings(example(), {"delt=1", "R=wide", "field"}, values);
    FAIL("accepted");
  } catch (const ConfigError& error) {
    REQUIRE(error.problems().size() == 3);
    CHECK_THAT(error.problems()[0].fix, Catch::Contains("delta"));
  }
}
