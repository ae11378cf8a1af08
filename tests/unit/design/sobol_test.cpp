/// \file
/// Tests of design/sobol.
#include "tranche/design/sobol.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <stdexcept>
#include <vector>

#include "tranche/design/design.hpp"

using namespace tranche::design;

namespace {

std::vector<Position> point(const Sobol& sobol, std::uint64_t index) {
  std::vector<Position> x(sobol.dimensions());
  sobol.positions(index, x);
  return x;
}

/// Whether indices [begin, begin + n) hit each of n strata once, in this dimension.
bool is_latin(const Sobol& sobol, std::uint64_t begin, std::uint64_t n, std::size_t dimension) {
  std::set<std::uint64_t> cells;
  for (std::uint64_t i = begin; i < begin + n; ++i) cells.insert(cell(point(sobol, i)[dimension], n));
  return cells.size() == n;
}

}  // namespace

TEST_CASE("every block of 2^m Sobol' points is a Latin hypercube") {
  const Sobol sobol{7, 50};
  for (const std::uint64_t n : {1, 2, 4, 16, 256, 2048})
    for (const std::size_t dimension : {0, 1, 2, 6, 49}) {
      CHECK(is_latin(sobol, 0, n, dimension));
      CHECK(is_latin(sobol, 5 * n, n, dimension));
    }
  // Far out, where an index uses the upper direction numbers.
  const std::uint64_t far = std::uint64_t{1} << 39;
  for (const std::size_t dimension : {0, 1, 49}) CHECK(is_latin(sobol, far, 256, dimension));
}

TEST_CASE("the first two dimensions are a net: every elementary interval holds its share") {
  const Sobol sobol{3, 2};
  for (const int m : {4, 8})
    for (int k = 0; k <= m; ++k) {
      std::set<std::pair<std::uint64_t, std::uint64_t>> boxes;
      for (std::uint64_t i = 0; i < (std::uint64_t{1} << m); ++i) {
        const auto x = point(sobol, i);
        boxes.insert({cell(x[0], std::uint64_t{1} << k), cell(x[1], std::uint64_t{1} << (m - k))});
      }
      CHECK(boxes.size() == std::size_t{1} << m);
    }
}

TEST_CASE("without its scrambling it is the sequence of Joe and Kuo") {
  // The scrambling changes a digit by a function of the digits above it: whether two points share their first
  // k digits is kept. The third dimension begins 0, 1/2, 1/4, 3/4, 5/8, 1/8, 7/8, 3/8 in natural order.
  const std::vector<double> third{0, 0.5, 0.75, 0.25, 0.375, 0.875, 0.625, 0.125};
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Sobol sobol{seed, 3};
    for (std::uint64_t a = 0; a < 8; ++a)
      for (std::uint64_t b = 0; b < 8; ++b)
        for (const std::uint64_t n : {2, 4, 8}) {
          const auto same =
              std::floor(third[a] * static_cast<double>(n)) == std::floor(third[b] * static_cast<double>(n));
          CHECK((cell(point(sobol, a)[2], n) == cell(point(sobol, b)[2], n)) == same);
        }
  }
}

TEST_CASE("the scrambling has no preference: each digit, given those above it, is even over seeds") {
  // 16 nodes of the first four digits of point 0 and its fellows, 4096 seeds: 5 sigma of a fair coin.
  constexpr int seeds = 4096;
  std::vector<int> ones(15, 0);
  for (int seed = 0; seed < seeds; ++seed) {
    const Sobol sobol{static_cast<std::uint64_t>(seed), 1};
    // In one dimension, points 0..15 have the digits of their index, reversed: which digit 1 was flipped to
    // what?
    for (int node = 0; node < 15; ++node) {
      const int level = node == 0 ? 0 : node < 3 ? 1 : node < 7 ? 2 : 3;
      const auto prefix = static_cast<std::uint64_t>(node + 1 - (1 << level));
      const auto x = point(sobol, prefix)[0];
      ones[static_cast<std::size_t>(node)] += static_cast<int>(x >> (position_bits - 1 - level) & 1);
    }
  }
  const double allowed = 5 * std::sqrt(seeds / 4.0);
  for (const int count : ones) CHECK(std::abs(count - seeds / 2.0) < allowed);
}

TEST_CASE("Sobol' points of a design: pure, nested, bounded") {
  const auto domains =
      std::vector<Domain>{Domain::linear(3, 50), Domain::log(1e15, 1e18), Domain::integer(1, 6)};
  const auto small = Design::sobol(domains, 5, 64);
  const auto large = Design::sobol(domains, 5, 1024);
  CHECK(name(large.method()) == "sobol");
  std::vector<double> a(3);
  std::vector<double> b(3);
  for (std::uint64_t i = 0; i < small.size(); ++i) {
    small.values(i, a);
    large.values(i, b);
    CHECK(a == b);
    CHECK((a[0] > 3 && a[0] < 50 && a[1] >= 1e15 && a[1] <= 1e18 && a[2] >= 1 && a[2] <= 6));
  }
  const auto other = Design::sobol(domains, 6, 64);
  other.values(0, b);
  small.values(0, a);
  CHECK(a != b);
  CHECK_THROWS_AS(small.values(64, a), std::out_of_range);
}

TEST_CASE("a Sobol' sequence without dimensions, or with more than there are numbers for, is refused") {
  CHECK_THROWS_AS((Sobol{1, 0}), std::invalid_argument);
  CHECK(Sobol::max_dimensions() == 3667);
  CHECK_THROWS_AS((Sobol{1, 3668}), std::invalid_argument);
}
