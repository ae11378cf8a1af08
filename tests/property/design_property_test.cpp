/// \file
/// Properties of the nested Latin hypercube on random plans: section 10 of its specification, in its order.
/// Every failure prints the seed and the plan it happened on.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <random>
#include <sstream>
#include <thread>

#include "tranche/design/design.hpp"
#include "tranche/design/hash.hpp"
#include "tranche/design/nested_lhs.hpp"

using namespace tranche::design;
using Random = std::mt19937_64;

namespace {

struct Plan {
  std::uint64_t seed;
  std::vector<std::uint64_t> sizes;
  std::size_t dimensions;

  NestedLhs build() const { return NestedLhs(seed, sizes, dimensions); }
};

std::ostream& operator<<(std::ostream& out, const Plan& plan) {
  out << "seed " << plan.seed << ", " << plan.dimensions << " dimensions, stages";
  for (const std::uint64_t n : plan.sizes) out << ' ' << n;
  return out;
}

std::string shown(const Plan& plan) {
  std::ostringstream text;
  text << plan;
  return text.str();
}

std::uint64_t between(Random& random, std::uint64_t lo, std::uint64_t hi) {
  return lo + random() % (hi - lo + 1);
}

/// 1..5 stages with ratios 2..12, 1..50 dimensions, at most `largest` points.
Plan random_plan(Random& random, std::uint64_t largest) {
  Plan plan{random(), {between(random, 1, 40)}, between(random, 1, 50)};
  const std::uint64_t stages = between(random, 1, 5);
  while (plan.sizes.size() < stages) {
    const std::uint64_t next = plan.sizes.back() * between(random, 2, 12);
    if (next > largest) break;
    plan.sizes.push_back(next);
  }
  return plan;
}

/// Points 0..count-1, row after row.
std::vector<Position> table(const NestedLhs& plan, std::uint64_t count) {
  std::vector<Position> all(count * plan.dimensions());
  for (std::uint64_t i = 0; i < count; ++i)
    plan.positions(i, std::span(all).subspan(i * plan.dimensions(), plan.dimensions()));
  return all;
}

/// Whether the first n rows hit each of n strata exactly once in this dimension.
bool is_latin(const std::vector<Position>& points, std::size_t dimensions, std::size_t dimension,
              std::uint64_t n) {
  std::vector<bool> hit(n);
  for (std::uint64_t i = 0; i < n; ++i) hit[cell(points[i * dimensions + dimension], n)] = true;
  return std::all_of(hit.begin(), hit.end(), [](bool h) { return h; });
}

}  // namespace

TEST_CASE("1. every stage of a random plan is an exact Latin hypercube in every dimension") {
  const std::uint64_t seed = 101;
  Random random(seed);
  for (int round = 0; round < 60; ++round) {
    const Plan plan = random_plan(random, 6000);
    INFO("test seed " << seed << ", round " << round << ": " << shown(plan));
    const auto points = table(plan.build(), plan.sizes.back());
    CHECK(*std::max_element(points.begin(), points.end()) < Position{1} << 52);
    for (const std::uint64_t n : plan.sizes)
      for (std::size_t j = 0; j < plan.dimensions; ++j) REQUIRE(is_latin(points, plan.dimensions, j, n));
  }
}

TEST_CASE("1b. a stage is not Latin by accident: strata between stages are missed") {
  const Plan plan{11, {20, 200}, 3};
  const auto points = table(plan.build(), 200);
  CHECK(is_latin(points, 3, 0, 200));
  CHECK_FALSE(is_latin(points, 3, 0, 100));  // any prefix that is no stage
}

TEST_CASE("2. points do not depend on later stages, nor on dimensions added") {
  const std::uint64_t seed = 102;
  Random random(seed);
  for (int round = 0; round < 60; ++round) {
    const Plan plan = random_plan(random, 6000);
    INFO("test seed " << seed << ", round " << round << ": " << shown(plan));
    const std::size_t kept = between(random, 1, plan.sizes.size());
    Plan other = plan;
    other.sizes.resize(kept);
    other.sizes.push_back(other.sizes.back() * between(random, 2, 12));
    const std::uint64_t prefix = plan.sizes[kept - 1];
    CHECK(table(plan.build(), prefix) == table(other.build(), prefix));

    Plan wider = plan;
    wider.dimensions += 3;
    const NestedLhs a = plan.build();
    const NestedLhs b = wider.build();
    const std::uint64_t i = random() % plan.sizes.back();
    for (std::size_t j = 0; j < plan.dimensions; ++j) CHECK(a.position(i, j) == b.position(i, j));
  }
}

TEST_CASE("3. index_of finds the point of every stratum of every stage") {
  const std::uint64_t seed = 103;
  Random random(seed);
  for (int round = 0; round < 40; ++round) {
    const Plan plan = random_plan(random, 3000);
    INFO("test seed " << seed << ", round " << round << ": " << shown(plan));
    const NestedLhs design = plan.build();
    const std::size_t j = random() % plan.dimensions;
    for (std::size_t k = 0; k < plan.sizes.size(); ++k) {
      bool found = true;
      for (std::uint64_t c = 0; c < plan.sizes[k]; ++c) {
        const std::uint64_t i = design.index_of(k, j, c);
        found = found && i < plan.sizes[k] && cell(design.position(i, j), plan.sizes[k]) == c;
      }
      REQUIRE(found);
    }
  }
}

TEST_CASE("3b. index_of inverts in a plan of 10^12 points") {
  const NestedLhs design(9, {1000000, 1000000000, 1000000000000}, 3);
  for (std::uint64_t t = 0; t < 2000; ++t) {
    const std::uint64_t i = hash(77, t) % design.size();
    const std::uint64_t c = cell(design.position(i, 2), design.size());
    INFO("index " << i);
    REQUIRE(design.index_of(2, 2, c) == i);
  }
}

TEST_CASE("4. any order, chunk size, thread or path gives the same bits") {
  const std::uint64_t seed = 104;
  Random random(seed);
  for (int round = 0; round < 15; ++round) {
    const Plan plan = random_plan(random, 3000);
    const std::size_t d = plan.dimensions;
    const std::uint64_t n = plan.sizes.back();
    INFO("test seed " << seed << ", round " << round << ": " << shown(plan));
    const NestedLhs nested = plan.build();
    const auto fast = table(nested, n);

    bool same = true;
    for (std::uint64_t i = n; i-- > 0;)
      for (std::size_t j = 0; j < d; ++j) same = same && nested.position(i, j) == fast[i * d + j];
    CHECK(same);

    std::vector<Domain> domains;
    for (std::size_t j = 0; j < d; ++j)
      domains.push_back(j % 2 == 0 ? Domain::log(1e-3, 1e2) : Domain::linear(-3, 50));
    const Design design = Design::nested_lhs(domains, {.seed = plan.seed, .stage_sizes = plan.sizes});
    std::vector<double> whole(n * d);
    std::vector<double> chunks(n * d);
    std::vector<double> threads(n * d);
    design.values_range(0, n, whole);
    for (std::uint64_t begin = 0; begin < n;) {
      const std::uint64_t end = std::min(n, begin + between(random, 1, 97));
      design.values_range(begin, end, std::span(chunks).subspan(begin * d, (end - begin) * d));
      begin = end;
    }
    const auto half = [&](std::uint64_t begin, std::uint64_t end) {
      for (std::uint64_t i = begin; i < end; ++i) design.values(i, std::span(threads).subspan(i * d, d));
    };
    std::thread other(half, 0, n / 2);
    half(n / 2, n);
    other.join();
    CHECK(whole == chunks);
    CHECK(whole == threads);
  }
}

namespace {

constexpr std::size_t columns = 50;
constexpr std::size_t pairs = columns * (columns - 1) / 2;

/// Unit values of the first n points, column after column, centred.
std::vector<double> centred_columns(const NestedLhs& plan, std::uint64_t n) {
  const auto points = table(plan, n);
  std::vector<double> x(columns * n);
  for (std::size_t j = 0; j < columns; ++j) {
    double* column = x.data() + j * n;
    for (std::uint64_t i = 0; i < n; ++i) column[i] = unit_value(points[i * columns + j]);
    const double mean = std::accumulate(column, column + n, 0.0) / static_cast<double>(n);
    double norm = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      column[i] -= mean;
      norm += column[i] * column[i];
    }
    for (std::uint64_t i = 0; i < n; ++i) column[i] /= std::sqrt(norm);
  }
  return x;
}

/// Correlation times sqrt(n-1), of each pair of columns.
std::vector<double> scaled_correlations(const NestedLhs& plan, std::uint64_t n) {
  const auto x = centred_columns(plan, n);
  std::vector<double> result;
  for (std::size_t a = 0; a < columns; ++a)
    for (std::size_t b = 0; b < a; ++b) {
      const double* u = x.data() + a * n;
      result.push_back(std::sqrt(static_cast<double>(n - 1)) *
                       std::inner_product(u, u + n, x.data() + b * n, 0.0));
    }
  return result;
}

struct Statistics {
  double mean = 0;
  double variance = 0;  ///< about zero
  double mean_largest = 0;
};

Statistics correlation_statistics(const std::vector<std::uint64_t>& sizes, std::uint64_t n, int plans) {
  Statistics s;
  for (int p = 0; p < plans; ++p) {
    const auto r = scaled_correlations(NestedLhs(5000 + static_cast<std::uint64_t>(p), sizes, columns), n);
    double largest = 0;
    for (const double v : r) {
      s.mean += v;
      s.variance += v * v;
      largest = std::max(largest, std::abs(v));
    }
    s.mean_largest += largest / plans;
  }
  s.mean /= static_cast<double>(pairs) * plans;
  s.variance /= static_cast<double>(pairs) * plans;
  return s;
}

}  // namespace

TEST_CASE("5. columns are as uncorrelated as independent random permutations") {
  struct Case {
    std::vector<std::uint64_t> sizes;
    std::uint64_t n;
    int plans;
  };
  // Standard errors at 200 plans: mean 0.002, variance 0.003, mean of the largest 0.02.
  for (const Case& c : {Case{{200}, 200, 200}, Case{{20, 200}, 200, 200}, Case{{40, 80, 400}, 400, 200}}) {
    const Statistics s = correlation_statistics(c.sizes, c.n, c.plans);
    INFO("plans with seeds from 5000; " << c.sizes.size() << " stages, n " << c.n);
    CHECK(s.mean == Approx(0.0).margin(0.01));
    CHECK(s.variance == Approx(1.0).margin(0.01));
    CHECK(s.mean_largest == Approx(3.45).margin(0.15));
  }
}

namespace {

/// Mean chi-square, over pairs of columns and plans, of the first n points in g x g bins.
double mean_chi_square(const std::vector<std::uint64_t>& sizes, std::uint64_t g, int plans) {
  const std::uint64_t n = sizes.back();
  const double expected = static_cast<double>(n) / static_cast<double>(g * g);
  double sum = 0;
  for (int p = 0; p < plans; ++p) {
    const auto points = table(NestedLhs(7000 + static_cast<std::uint64_t>(p), sizes, columns), n);
    for (std::size_t a = 0; a < columns; ++a)
      for (std::size_t b = 0; b < a; ++b) {
        std::vector<double> bins(g * g);
        for (std::uint64_t i = 0; i < n; ++i)
          ++bins[cell(points[i * columns + a], g) * g + cell(points[i * columns + b], g)];
        for (const double count : bins) sum += (count - expected) * (count - expected) / expected;
      }
  }
  return sum / (static_cast<double>(pairs) * plans);
}

/// What random permutations give: (g-1)^2 m/(m-1) for m points that fill each line of bins equally. Where g
/// divides the first stage, each stage's own m_k points do so independently, and variances add: (g-1)^2 sum
/// m_k^2/(m_k-1) / n.
double expected_chi_square(const std::vector<std::uint64_t>& sizes, std::uint64_t g) {
  double sum = 0;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    const auto m = static_cast<double>(sizes[k] - (k == 0 ? 0 : sizes[k - 1]));
    sum += m * m / (m - 1);
  }
  return static_cast<double>((g - 1) * (g - 1)) * sum / static_cast<double>(sizes.back());
}

}  // namespace

TEST_CASE("6. pairs of columns fill a grid of bins as independent permutations do") {
  struct Case {
    std::vector<std::uint64_t> sizes;
    std::uint64_t g;
  };
  for (const Case& c : {Case{{200}, 10}, Case{{20, 200}, 10}, Case{{20, 40, 200}, 5}, Case{{300}, 15}}) {
    INFO("plans with seeds from 7000, " << c.sizes.size() << " stages, g " << c.g);
    const double mean = mean_chi_square(c.sizes, c.g, 40);
    // Standard error of one pair: about sqrt(2) (g-1); of the mean over 49000: that / 221. Four of them.
    const double margin = 4 * std::sqrt(2.0) * static_cast<double>(c.g - 1) / std::sqrt(40.0 * pairs);
    CHECK(mean == Approx(expected_chi_square(c.sizes, c.g)).margin(margin));
  }
}

TEST_CASE("7. the smallest plans work, and no value is 0 or 1") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (const std::vector<std::uint64_t>& sizes : std::vector<std::vector<std::uint64_t>>{
             {1}, {2}, {3}, {1, 2}, {1, 3}, {1, 4}, {1, 2, 4, 8, 16, 32, 64, 128}}) {
      const Plan plan{seed, sizes, 3};
      INFO(shown(plan));
      const NestedLhs design = plan.build();
      const auto points = table(design, sizes.back());
      for (const std::uint64_t n : sizes) REQUIRE(is_latin(points, 3, 2, n));
      for (const Position x : points) REQUIRE((unit_value(x) > 0 && unit_value(x) < 1));
      for (std::uint64_t c = 0; c < sizes.back(); ++c)
        REQUIRE(cell(design.position(design.index_of(sizes.size() - 1, 1, c), 1), sizes.back()) == c);
    }
  }
}

TEST_CASE("7b. the largest plan keeps points in their strata and strictly inside (0,1)") {
  const std::uint64_t largest = std::uint64_t{1} << 40;
  const NestedLhs design(13, {1, largest}, 2);
  for (const std::uint64_t c : {std::uint64_t{0}, std::uint64_t{1}, largest / 2, largest - 2, largest - 1}) {
    const std::uint64_t i = design.index_of(1, 1, c);
    const Position x = design.position(i, 1);
    CHECK(cell(x, largest) == c);
    CHECK(unit_value(x) > 0);
    CHECK(unit_value(x) < 1);
  }
}

TEST_CASE("levels keep their share at every stage within 2") {
  const std::uint64_t seed = 105;
  Random random(seed);
  for (int round = 0; round < 30; ++round) {
    Plan plan = random_plan(random, 5000);
    plan.dimensions = 2;
    const std::uint64_t levels = between(random, 2, 9);
    INFO("test seed " << seed << ", round " << round << ": " << shown(plan) << ", levels " << levels);
    const auto points = table(plan.build(), plan.sizes.back());
    for (const std::uint64_t n : plan.sizes) {
      std::vector<double> counts(levels);
      for (std::uint64_t i = 0; i < n; ++i) ++counts[cell(points[i * 2], levels)];
      for (const double count : counts)
        CHECK(std::abs(count - static_cast<double>(n) / static_cast<double>(levels)) <= 2);
    }
  }
}
