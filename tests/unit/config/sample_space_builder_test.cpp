#include "tranche/config/sample_space_builder.hpp"

#include <catch2/catch.hpp>

#include "golden_files.hpp"
#include "tranche/config/campaign_file.hpp"

using namespace tranche;

namespace {

campaign::CampaignSpec full_spec() {
  return config::load_campaign(test::golden_config() / "good" / "full.yaml");
}

}  // namespace

TEST_CASE("x is parameters, constants and derived values in declared order") {
  const auto spec = full_spec();
  const auto space = config::make_sample_space(spec, campaign::StagePlan::build(spec));
  REQUIRE(space.width() == 7 + 2 + 2);
  std::vector<double> x(space.width());
  for (std::uint64_t index : {0, 1, 199, 200, 199'999}) {
    space.evaluate(index, x);
    CHECK(x[7] == 0.031);
    CHECK(x[8] == 2.998e10);
    CHECK(x[9] == Approx(x[1] * 1.031 / (2.998e10 * x[0])));
    CHECK(x[10] == Approx(x[4] / x[3]));
    CHECK(space.excluded(index) == !(x[4] >= 2 * x[3]));
  }
}

TEST_CASE("Constraints exclude the share of points they should") {
  auto spec = full_spec();
  spec.design.points = 20'000;
  const auto space = config::make_sample_space(spec, campaign::StagePlan::build(spec));
  const auto share = design::excluded_share(space, 0, 20'000);
  // log10 of gamma_min in [0,3], of gamma_max in [2,7]: a triangle with legs 1.301 out of 3 x 5
  CHECK(share.share == Approx(1.30103 * 1.30103 / 2 / 15).epsilon(0.1));
  CHECK(share.exact());
}

TEST_CASE("Copies are independent") {
  const auto spec = full_spec();
  const auto space = config::make_sample_space(spec, campaign::StagePlan::build(spec));
  const auto copy = space;
  std::vector<double> a(space.width()), b(space.width());
  space.evaluate(3, a);
  copy.evaluate(5, b);
  copy.evaluate(3, b);
  CHECK(a == b);
}

TEST_CASE("A formula that cannot be compiled is a problem at its place") {
  auto spec = full_spec();
  spec.derived[1].expression = std::string{"gamma_max/nothing"};
  try {
    config::make_sample_space(spec, campaign::StagePlan::build(spec));
    FAIL("compiled");
  } catch (const ConfigError& error) {
    CHECK(error.problems().at(0).where.line == spec.derived[1].where.line);
  }
}
