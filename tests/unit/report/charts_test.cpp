#include "tranche/report/charts.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "tranche/base/errors.hpp"

using namespace tranche::report;
using nlohmann::json;

namespace {

const double nan_value = std::numeric_limits<double>::quiet_NaN();
const Scale log_scale{"x", Scale::Kind::log};
const Scale linear{"y"};

json spec_of(const Chart& chart) {
  return json::parse(chart.spec);
}

}  // namespace

TEST_CASE("lines are data with a scale and a mark each, and break where a value is missing") {
  const LineChart chart{
      log_scale,
      linear,
      {{"truth", {1, 10, 100}, {1, nan_value, 3}}, {"other", {1, 10}, {4, 5}, Dash::dashed}}};
  const auto drawn = draw(chart, "two lines");
  CHECK(drawn.alternative == "two lines");
  const auto spec = spec_of(drawn);
  REQUIRE(spec["data"].size() == 2);
  CHECK(spec["data"][0]["values"].size() == 3);
  CHECK(spec["data"][0]["values"][1]["there"] == false);
  CHECK(spec["marks"].size() == 2);
  CHECK(spec["scales"][0]["type"] == "log");
  CHECK(spec["scales"][0]["domain"] == json{1.0, 100.0});
  CHECK(spec["scales"][1]["domain"] == json{1.0, 5.0});
  CHECK(spec["legends"].size() == 1);
}

TEST_CASE("one line needs no legend; a band is an area below its line") {
  const auto spec =
      spec_of(draw(LineChart{linear, linear, {{"a", {1, 2}, {1, 2}, Dash::solid, {0, 1}, {2, 3}}}}, "a"));
  CHECK_FALSE(spec.contains("legends"));
  REQUIRE(spec["marks"].size() == 2);
  CHECK(spec["marks"][0]["type"] == "area");
  CHECK(spec["scales"][1]["domain"] == json{0.0, 3.0});
}

TEST_CASE("what a log scale cannot show is left out, and a narrow one is drawn as a linear one") {
  const auto spec = spec_of(draw(LineChart{log_scale, log_scale, {{"a", {0, 1, 100}, {1, -1, 2}}}}, "a"));
  CHECK(spec["data"][0]["values"].size() == 2);
  CHECK(spec["data"][0]["values"][0]["there"] == false);
  CHECK(spec["scales"][1]["type"] == "linear");
}

TEST_CASE("a line without any finite point is an empty plot") {
  const auto spec = spec_of(draw(LineChart{linear, linear, {{"a", {nan_value}, {1}}}}, "a"));
  CHECK(spec["data"][0]["values"].empty());
  CHECK(spec["scales"][0]["domain"] == json{0, 1});
}

TEST_CASE("a histogram draws the bars that are not empty") {
  const auto spec =
      spec_of(draw(Histogram{linear, {"n", Scale::Kind::log}, {0, 1, 2, 3}, {5, 0, 500}}, "bars"));
  CHECK(spec["data"][0]["values"].size() == 2);
  CHECK(spec["data"][0]["values"][1]["x2"] == 3.0);
  CHECK(spec["scales"][1]["type"] == "log");
  CHECK(spec["scales"][1]["domain"][0] == 0.1);
}

TEST_CASE("a map has a cell for each value, with the edges around it") {
  const auto spec =
      spec_of(draw(HeatMap{linear, linear, "v", {0, 1, 2}, {10, 20, 30}, {1, 2, nan_value, 4}}, "map"));
  const auto& cells = spec["data"][0]["values"];
  REQUIRE(cells.size() == 3);
  CHECK(cells[1] == json{{"x", 1.0}, {"x2", 2.0}, {"y", 10.0}, {"y2", 20.0}, {"v", 2.0}});
  CHECK(cells[2]["y"] == 20.0);
}

TEST_CASE("series of other lengths are a mistake of the caller") {
  CHECK_THROWS_AS(draw(LineChart{linear, linear, {{"a", {1, 2}, {1}}}}, "a"), tranche::ContractError);
  CHECK_THROWS_AS(draw(LineChart{linear, linear, {}}, "a"), tranche::ContractError);
  CHECK_THROWS_AS(draw(Histogram{linear, linear, {0, 1}, {1, 2}}, "a"), tranche::ContractError);
  CHECK_THROWS_AS(draw(HeatMap{linear, linear, "v", {0, 1}, {0, 1}, {}}, "a"), tranche::ContractError);
}
