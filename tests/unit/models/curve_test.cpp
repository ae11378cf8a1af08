#include "tranche/models/curve.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "../../support/temporary_folder.hpp"

using namespace tranche;

namespace {

/// error = 3 N^-0.5.
std::vector<learn::CurvePoint> power_law() {
  std::vector<learn::CurvePoint> points;
  for (const double samples : {200.0, 2'000.0, 20'000.0}) points.push_back({samples, 3 / std::sqrt(samples)});
  return points;
}

}  // namespace

TEST_CASE("A curve says what the whole campaign would bring, and what the next round error needs") {
  const auto report = models::report_curve(power_law(), 200'000, "dex");
  REQUIRE(report.at_full);
  CHECK(report.at_full->value == Approx(0.0067).epsilon(0.4));
  CHECK(report.at_full->lo < report.at_full->value);
  CHECK(report.at_full->hi > report.at_full->value);
  CHECK(report.target == Approx(0.005));
  CHECK(report.needs->value > 200'000);
  CHECK_THAT(report.text, Catch::StartsWith("at 100 % expect 0.00") && Catch::Contains(" dex (0.00") &&
                              Catch::Contains("0.005 needs about "));
}

TEST_CASE("Points that follow no curve give the reason instead") {
  const auto report = models::report_curve({{100, 0.1}, {200, 0.1}}, 1000, "dex");
  CHECK(!report.at_full);
  CHECK_THAT(report.text, Catch::Contains("no learning curve"));
}

TEST_CASE("The text of a curve is kept with the model") {
  const test::TemporaryFolder folder;
  const directory::ModelPaths paths{directory::CampaignPaths{folder.path()}, "m1"};
  CHECK(!models::curve_text(paths));
  std::filesystem::create_directories(paths.folder());
  const auto report = models::report_curve(power_law(), 200'000, "dex");
  models::write_curve(paths, report);
  CHECK(models::curve_text(paths) == report.text);
}
