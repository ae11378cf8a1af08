/// \file
/// Regions that were planted are found; where none was planted, hardly ever one is. Every failure prints its
/// seed.
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <random>

#include "tranche/atlas/region.hpp"

using namespace tranche::atlas;

namespace {

using Axes = std::vector<Axis>;
using Random = std::mt19937_64;

double unit(Random& random) {
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

std::size_t below(Random& random, std::size_t bound) {
  return random() % bound;
}

Axes random_axes(Random& random) {
  Axes axes;
  for (auto left = 1 + below(random, 9); left > 0; --left) {
    const auto name = "p" + std::to_string(left);
    const double lo = std::pow(10.0, -3 + 8 * unit(random)) * (below(random, 2) == 0 ? 1 : -1);
    switch (below(random, 4)) {
      case 0:
        axes.push_back({name, Axis::Kind::integer, 0, static_cast<double>(1 + below(random, 200))});
        break;
      case 1: {
        Axis axis{name, Axis::Kind::levels, 0, 1};
        for (auto k = 2 + below(random, 7); k > 0; --k) axis.levels.push_back("l" + std::to_string(k));
        axes.push_back(axis);
        break;
      }
      default:
        axes.push_back({name, Axis::Kind::real, lo, lo + std::pow(10.0, -3 + 6 * unit(random))});
    }
  }
  return axes;
}

std::vector<double> random_point(Random& random, const Axes& axes) {
  std::vector<double> x;
  for (const auto& axis : axes) {
    const double u = unit(random);
    if (axis.kind == Axis::Kind::real) x.push_back(axis.lo + u * (axis.hi - axis.lo));
    if (axis.kind == Axis::Kind::integer) x.push_back(std::floor(axis.lo + u * (axis.hi - axis.lo + 1)));
    if (axis.kind == Axis::Kind::levels) x.push_back(std::floor(u * static_cast<double>(axis.levels.size())));
  }
  return x;
}

struct Tables {
  explicit Tables(std::size_t width) : failures{width, {}}, others{width, {}} {}

  void add(const std::vector<double>& x, bool failed) {
    auto& values = (failed ? failures : others).values;
    values.insert(values.end(), x.begin(), x.end());
  }
  double fail_share() const {
    return static_cast<double>(failures.size()) / static_cast<double>(failures.size() + others.size());
  }
  Answer answer(const Axes& axes) const { return worst_region({axes, &failures, &others, fail_share()}); }

  Points failures;
  Points others;
};

/// A bound of one axis that holds for a tenth to a third of it, as far as its values allow.
Bound random_bound(Random& random, const Axes& axes, std::size_t axis) {
  Bound bound;
  bound.axis = axis;
  const auto& on = axes[axis];
  if (on.kind == Axis::Kind::levels) {
    bound.levels.push_back(static_cast<std::uint32_t>(below(random, on.levels.size())));
    return bound;
  }
  const double width = (0.1 + 0.23 * unit(random)) * (on.hi - on.lo);
  const double begin = on.lo + unit(random) * (on.hi - on.lo - width);
  const auto shape = below(random, 3);
  if (shape == 0) bound.below = on.lo + width;
  if (shape == 1) bound.at_least = on.hi - width;
  if (shape == 2) bound.at_least = begin, bound.below = begin + width;
  return bound;
}

/// Of `count` random points of the box, the share that lies in one region and not in the other.
double difference(Random& random, const Axes& axes, const Region& a, const Region& b) {
  int differ = 0;
  constexpr int count = 4000;
  for (int k = 0; k < count; ++k) {
    const auto x = random_point(random, axes);
    differ += a.contains(x) != b.contains(x) ? 1 : 0;
  }
  return static_cast<double>(differ) / count;
}

}  // namespace

TEST_CASE("a planted region of one or two parameters is found") {
  int planted = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Random random{seed};
    const auto axes = random_axes(random);
    Region truth;
    truth.bounds.push_back(random_bound(random, axes, below(random, axes.size())));
    if (const auto second = below(random, axes.size()); second != truth.bounds[0].axis)
      truth.bounds.push_back(random_bound(random, axes, second));
    Tables tables{axes.size()};
    std::size_t inside = 0;
    constexpr std::size_t points = 8000;
    for (std::size_t k = 0; k < points; ++k) {
      const auto x = random_point(random, axes);
      inside += truth.contains(x) ? 1 : 0;
      tables.add(x, unit(random) < (truth.contains(x) ? 0.8 : 0.0005));
    }
    if (inside < points / 200 || inside > points * 2 / 5) continue;  // too small or large to be asked for
    ++planted;
    const auto answer = tables.answer(axes);
    INFO("seed " << seed << ", planted: " << bounds_text(axes, truth)
                 << ", found: " << bounds_text(axes, answer.region));
    REQUIRE(answer.kind == Answer::Kind::found);
    CHECK(answer.region.share_of_failures() > 0.85);
    CHECK(difference(random, axes, truth, answer.region) < 0.03);
  }
  CHECK(planted > 30);
}

TEST_CASE("failures without a place are given none") {
  int regions = 0;
  constexpr int campaigns = 400;
  for (std::uint64_t seed = 1; seed <= campaigns; ++seed) {
    Random random{seed + 1000};
    const auto axes = random_axes(random);
    const double rate = seed % 3 == 0 ? 0.5 : 0.06;
    Tables tables{axes.size()};
    for (std::size_t k = 0; k < 1000; ++k) tables.add(random_point(random, axes), unit(random) < rate);
    regions += tables.answer(axes).kind == Answer::Kind::found ? 1 : 0;
  }
  CHECK(regions <= 3);  // one in a thousand by the bound: 4 or more of 400 have a chance of 0.08 %
}

TEST_CASE("of two parameters that go together one is enough") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Random random{seed};
    const Axes axes{{"a"}, {"b"}, {"c"}};
    Tables tables{3};
    for (int k = 0; k < 5000; ++k) {
      const double a = unit(random);
      const std::vector<double> x{a, std::min(0.999, a + 0.01 * unit(random)), unit(random)};
      tables.add(x, a > 0.8 && unit(random) < 0.7);
    }
    const auto answer = tables.answer(axes);
    REQUIRE(answer.kind == Answer::Kind::found);
    REQUIRE(answer.region.bounds.size() == 1);
    CHECK(answer.region.bounds[0].axis < 2);
    CHECK(answer.region.share_of_failures() > 0.9);
  }
}

TEST_CASE("what constraints leave out does not look like a region") {
  int regions = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random{seed};
    const Axes axes{{"a"}, {"b"}, {"c"}};
    Tables even{3};
    Tables planted{3};
    for (int k = 0; k < 4000; ++k) {
      const auto x = random_point(random, axes);
      if (x[0] + x[1] > 0.9) continue;  // excluded
      even.add(x, unit(random) < 0.1);
      planted.add(x, x[0] < 0.2 && x[2] > 0.5 && unit(random) < 0.6);
    }
    regions += even.answer(axes).kind == Answer::Kind::found ? 1 : 0;
    const auto answer = planted.answer(axes);
    INFO("seed " << seed << ", found: " << bounds_text(axes, answer.region));
    REQUIRE(answer.kind == Answer::Kind::found);
    CHECK(answer.region.share_of_failures() > 0.85);
    CHECK(answer.region.share_of_box(planted.fail_share()) < 0.25);
  }
  CHECK(regions <= 1);
}

TEST_CASE("a hundred thousand samples of twenty parameters are looked at, the same each time") {
  Random random{7};
  const Axes axes(20, Axis{"p", Axis::Kind::real, 0, 1});
  Tables tables{axes.size()};
  for (int k = 0; k < 100'000; ++k) {
    const auto x = random_point(random, axes);
    tables.add(x, x[3] > 0.7 && x[11] < 0.3 && unit(random) < 0.5);
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = tables.answer(axes);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  WARN("20 parameters, 10^5 samples: " << took.count() << " s");  // told, not judged
  REQUIRE(answer.kind == Answer::Kind::found);
  REQUIRE(answer.region.bounds.size() == 2);
  CHECK(answer.region.bounds[0].axis == 3);
  CHECK(answer.region.bounds[1].axis == 11);
  const auto again = tables.answer(axes);
  CHECK(again.region.bounds == answer.region.bounds);
}
