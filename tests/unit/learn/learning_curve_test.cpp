#include "tranche/learn/learning_curve.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace tranche::learn;

namespace {

std::vector<CurvePoint> points_of(double a, double b, double c) {
  std::vector<CurvePoint> points;
  for (const double samples : {180.0, 1800.0, 18'000.0, 90'000.0})
    points.push_back({samples, a * std::pow(samples, -b) + c});
  return points;
}

LearningCurve curve_of(const std::vector<CurvePoint>& points) {
  const auto curve = LearningCurve::fit(points);
  if (const auto* reason = std::get_if<std::string>(&curve)) FAIL(*reason);
  return std::get<LearningCurve>(curve);
}

std::string refusal(const std::vector<CurvePoint>& points) {
  const auto curve = LearningCurve::fit(points);
  const auto* reason = std::get_if<std::string>(&curve);
  return reason != nullptr ? *reason : "accepted";
}

}  // namespace

TEST_CASE("A power law is foretold, with the truth inside the interval") {
  for (const double b : {0.2, 0.5, 0.9})
    for (const double c : {0.0, 0.005}) {
      INFO(b << ' ' << c);
      const auto points = points_of(2, b, c);
      const auto curve = curve_of(points);
      const double truth = 2 * std::pow(180'000, -b) + c;
      const auto found = curve.predict(180'000);
      CHECK(found.lo < truth);
      CHECK(truth < found.hi);
      CHECK(found.value == Approx(truth).epsilon(0.15));
      CHECK(found.lo > 0);
    }
}

TEST_CASE("Nine intervals in ten hold the truth") {
  std::mt19937 engine{3};
  std::normal_distribution<double> scatter{0, 0.05};
  std::uniform_real_distribution<double> unit{0, 1};
  int held = 0;
  constexpr int tries = 300;
  for (int k = 0; k < tries; ++k) {
    const double b = 0.2 + 0.6 * unit(engine);
    const double c = 0.01 * unit(engine);
    auto points = points_of(2, b, c);
    for (auto& point : points) point.error *= std::exp(scatter(engine));
    const double truth = (2 * std::pow(200'000, -b) + c) * std::exp(scatter(engine));
    const auto found = curve_of(points).predict(200'000);
    if (found.lo <= truth && truth <= found.hi) ++held;
  }
  CHECK(held >= 0.85 * tries);
}

TEST_CASE("The interval grows with the distance, and shrinks with more points") {
  const auto points = points_of(2, 0.5, 0.002);
  const auto curve = curve_of(points);
  const auto width = [](const CurveValue& found) { return std::log(found.hi / found.lo); };
  CHECK(width(curve.predict(100'000)) < width(curve.predict(1'000'000)));
  CHECK(width(curve.predict(1'000'000)) < width(curve.predict(100'000'000)));
  auto more = points;
  for (int k = 0; k < 3; ++k) more.insert(more.end(), points.begin(), points.end());
  CHECK(width(curve_of(more).predict(1'000'000)) < width(curve.predict(1'000'000)));
}

TEST_CASE("The number of samples for an error is where that error is foretold") {
  const auto curve = curve_of(points_of(2, 0.5, 0));
  const double truth = std::pow(2 / 0.004, 2);  // 250 000
  const auto needed = curve.samples_for(0.004);
  CHECK(curve.predict(needed.value).value == Approx(0.004));
  CHECK(curve.predict(needed.lo).lo == Approx(0.004));
  CHECK(needed.lo < truth);
  CHECK(truth < needed.hi);
  CHECK(needed.value == Approx(truth).epsilon(0.5));
}

TEST_CASE("An error below the floor takes samples without end") {
  const auto curve = curve_of({{200, 0.2}, {2000, 0.101}, {20'000, 0.1}, {200'000, 0.1}});
  CHECK(std::isinf(curve.samples_for(0.01).value));
  CHECK(std::isinf(curve.samples_for(0.01).hi));
  CHECK(curve.predict(1e9).value > 0.05);
}

TEST_CASE("The same points give the same curve") {
  const auto points = points_of(1, 0.4, 0.003);
  CHECK(curve_of(points).predict(1e6).hi == curve_of(points).predict(1e6).hi);
}

TEST_CASE("Points that allow no curve say why") {
  CHECK(refusal({}) == "no learning curve from 0 numbers of samples: 3 are needed at least");
  CHECK(refusal({{100, 0.2}, {100, 0.21}, {1000, 0.1}, {1000, 0.11}}) ==
        "no learning curve from 2 numbers of samples: 3 are needed at least");
  CHECK(refusal({{100, 0.2}, {150, 0.15}, {200, 0.1}}) ==
        "no learning curve: the numbers of samples, 100 to 200, differ by less than a factor of 4");
  CHECK(refusal({{100, 0.2}, {1000, std::nan("")}, {10'000, 0.1}}) ==
        "no learning curve: the error at 1000 samples is nan, no positive number");
  CHECK(refusal({{100, 0.2}, {1000, 0}, {10'000, 0.1}}) ==
        "no learning curve: the error at 1000 samples is 0, no positive number");
  CHECK(refusal({{100, 0.1}, {1000, 0.1}, {10'000, 0.2}}) ==
        "no learning curve: the error does not fall with more samples (0.1 at 100, 0.2 at 10000)");
  CHECK(refusal({{100, 1}, {1000, 0.001}, {10'000, 1}, {100'000, 0.01}})
            .find("no learning curve: the errors scatter by") == 0);
}
