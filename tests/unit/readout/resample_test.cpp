#include "tranche/readout/resample.hpp"

#include <catch2/catch.hpp>
#include <cmath>

using namespace tranche;
using readout::Numbers;
using readout::resample;
using readout::Scale;

namespace {

readout::Resampled good(const Numbers& axis, const Numbers& values, const Numbers& places,
                        Scale scale = Scale::log) {
  const auto result = resample(axis, values, places, scale, "s.dat");
  REQUIRE(std::holds_alternative<readout::Resampled>(result));
  return std::get<readout::Resampled>(result);
}

std::string bad(const Numbers& axis, Scale scale = Scale::log) {
  const auto result = resample(axis, Numbers(axis.size(), 1.0), Numbers{1, 2}, scale, "s.dat");
  REQUIRE(std::holds_alternative<readout::Fault>(result));
  CHECK(std::get<readout::Fault>(result).reason == "axis");
  return std::get<readout::Fault>(result).message;
}

}  // namespace

TEST_CASE("A power law stays one between and beyond its points") {
  const auto result = good({1e8, 1e12}, {1e3, 1e-1}, {1e6, 1e8, 1e10, 1e12, 1e14});
  REQUIRE(result.values.size() == 5);
  for (int k = 0; k < 5; ++k)
    CHECK(result.values[static_cast<std::size_t>(k)] == Approx(std::pow(10.0, 5 - 2 * k)));
  CHECK(result.extrapolated == 2);
}

TEST_CASE("At the points themselves values are kept bit by bit, whatever digits the axis has lost") {
  Numbers axis;
  Numbers values;
  Numbers places;
  for (int k = 0; k < 177; ++k) {
    places.push_back(std::pow(10.0, 8 + k / 8.0));
    axis.push_back(places.back() * (1 + 4e-11 * (k % 3 - 1)));
    values.push_back(std::sin(k) + 2);
  }
  const auto result = good(axis, values, places);
  CHECK(result.values == values);
  CHECK(result.extrapolated == 0);
}

TEST_CASE("A descending axis gives what the ascending one gives") {
  CHECK(good({4, 2, 1}, {30, 20, 10}, {1, 1.5, 3, 4}).values ==
        good({1, 2, 4}, {10, 20, 30}, {1, 1.5, 3, 4}).values);
}

TEST_CASE("Zeros and negative values have no logarithm: there the value itself is drawn") {
  const auto result = good({1, 100}, {0, 8}, {10});
  CHECK(result.values[0] == Approx(4));
  CHECK(good({1, 100}, {-8, 8}, {10}).values[0] == Approx(0).margin(1e-12));
}

TEST_CASE("Straight lines in the numbers themselves") {
  const auto result = good({-1, 1, 3}, {0, 2, 2}, {-2, 0, 1, 2, 4}, Scale::linear);
  CHECK(result.values == Numbers{-1, 1, 2, 2, 2});
  CHECK(result.extrapolated == 2);
}

TEST_CASE("An axis nobody could draw over is refused") {
  CHECK(bad({1}) == "s.dat: the axis has 1 points, two are needed");
  CHECK(bad({1, 2, 2}) == "s.dat: point 3 of the axis, 2.000000, is not above the one before it");
  CHECK(bad({3, 2, 2.5}) == "s.dat: point 3 of the axis, 2.500000, is not below the one before it");
  CHECK(bad({0, 1}) == "s.dat: point 1 of the axis, 0.000000, is not above 0");
  CHECK(bad({1, std::nan("")}) == "s.dat: point 2 of the axis, nan, is not finite");
  CHECK(good({0, 1}, {1, 2}, {0.5}, Scale::linear).values[0] == Approx(1.5));
}
