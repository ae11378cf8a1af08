#include "try_advice.hpp"

#include <catch2/catch.hpp>

using namespace tranche;
using namespace tranche::cli;

namespace {

campaign::CampaignSpec spec_of_two_values() {
  campaign::CampaignSpec spec;
  campaign::Output output;
  output.name = "y";
  output.size = 2;
  output.transform = campaign::Transform::log10;
  output.floor = 1e-3;
  spec.outputs = {output};
  return spec;
}

TryResult result(double wall_s, double cpu_s, std::vector<double> stored) {
  TryResult result;
  simulate::ForegroundRun run;
  run.record.state = SampleState::ok;
  run.record.wall_s = wall_s;
  run.record.cpu_s = cpu_s;
  run.values = std::move(stored);
  result.runs = {run};
  return result;
}

std::vector<std::string> advice_after(const campaign::CampaignSpec& spec, const TryResult& result) {
  TryTotals totals{spec};
  totals.add(result);
  return totals.advice();
}

}  // namespace

TEST_CASE("a run that keeps its threads busy and stays above the floor needs no advice") {
  auto spec = spec_of_two_values();
  CHECK(advice_after(spec, result(1, 0.98, {0, 1})).empty());
  spec.resources.threads = 4;
  CHECK(advice_after(spec, result(1, 3.9, {0, 1})).empty());
}

TEST_CASE("more busy cores than threads asked for are told, with what to write") {
  const auto advice = advice_after(spec_of_two_values(), result(2, 5, {0, 1}));
  REQUIRE(advice.size() == 1);
  CHECK_THAT(advice[0], Catch::Contains("2.5 cores") && Catch::Contains("threads: 3"));
}

TEST_CASE("a run that mostly waits is told") {
  const auto advice = advice_after(spec_of_two_values(), result(1, 0.2, {0, 1}));
  REQUIRE(advice.size() == 1);
  CHECK_THAT(advice[0], Catch::Contains("20 %"));
}

TEST_CASE("of a run too short to measure, cores say nothing") {
  CHECK(advice_after(spec_of_two_values(), result(1e-4, 0, {0, 1})).empty());
  CHECK_FALSE(cpu_share(result(1e-4, 1e-4, {}).runs.front().record));
}

TEST_CASE("values at the floor are told with their share and the output's name") {
  const auto advice = advice_after(spec_of_two_values(), result(1, 1, {-3, 1}));
  REQUIRE(advice.size() == 1);
  CHECK_THAT(advice[0], Catch::Contains("50 % of all values of y") && Catch::Contains("0.001"));
}

TEST_CASE("bins beyond the axis that a command wrote are counted, and told") {
  auto spec = spec_of_two_values();
  spec.axes = {{"nu", "Hz", {1, 2}, {}}};
  spec.outputs[0].axes = {0};
  spec.outputs[0].read = campaign::ReadSpec{};
  spec.outputs[0].read->axis_column = 1;
  spec.meta = {"extrapolated"};
  spec.meta_reads.resize(1);
  spec.meta_reads[0].kind = campaign::ReadSpec::Kind::extrapolated;
  auto run = result(1, 1, {0, 1}).runs.front();
  run.meta = {0};
  CHECK(extrapolation_text(spec, run).empty());
  run.meta = {1};
  CHECK_THAT(extrapolation_text(spec, run), Catch::StartsWith("1 of 2 bins of nu [Hz] lie beyond"));
  run.meta = {2};
  CHECK_THAT(extrapolation_text(spec, run),
             Catch::StartsWith("all 2 bins of nu [Hz]") && Catch::Contains("unit"));
}
