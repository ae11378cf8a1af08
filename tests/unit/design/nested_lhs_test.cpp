/// \file
/// Tests of design/nested_lhs: the vectors of the nested Latin hypercube's section 11. Properties:
/// tests/property.
#include "tranche/design/nested_lhs.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace tranche::design;
using Words = std::vector<std::uint64_t>;

namespace {

struct Checksum {
  std::uint64_t sum = 0;
  std::uint64_t parity = 0;
};

/// Sum of X_ij (2(i d + j) + 1) and xor of X_ij over the whole plan, by the fast path.
Checksum checksum(const NestedLhs& plan) {
  Checksum result;
  std::vector<Position> row(plan.dimensions());
  for (std::uint64_t i = 0; i < plan.size(); ++i) {
    plan.positions(i, row);
    for (std::size_t j = 0; j < row.size(); ++j) {
      result.sum += row[j] * (2 * (i * row.size() + j) + 1);
      result.parity ^= row[j];
    }
  }
  return result;
}

Words cells(const NestedLhs& plan, std::size_t stage, std::size_t dimension) {
  const std::uint64_t n = plan.stage_sizes()[stage];
  Words result;
  for (std::uint64_t i = 0; i < n; ++i) result.push_back(cell(plan.position(i, dimension), n));
  return result;
}

/// The first `count` coordinates, by the fast path; the plain path is compared on the way.
Words point(const NestedLhs& plan, std::uint64_t index, std::size_t count) {
  std::vector<Position> row(plan.dimensions());
  plan.positions(index, row);
  for (std::size_t j = 0; j < row.size(); ++j) CHECK(row[j] == plan.position(index, j));
  row.resize(count);
  return row;
}

}  // namespace

TEST_CASE("a small plan has the published points") {
  const NestedLhs plan(1, {5, 10, 30}, 2);
  CHECK(point(plan, 0, 2) == Words{1511691555980444, 2159571268595568});
  CHECK(point(plan, 5, 2) == Words{4330953683342390, 2371367797505814});
  CHECK(point(plan, 29, 2) == Words{2175975594618212, 4299952898151016});
  CHECK(unit_value(plan.position(0, 0)) == 0.33566295431618365);
  CHECK(unit_value(plan.position(0, 1)) == 0.47952114914275168);
  CHECK(checksum(plan).sum == 0x743ae5d01bdee801ULL);
  CHECK(checksum(plan).parity == 0x0004245f30429477ULL);
}

TEST_CASE("a small plan has the published strata") {
  const NestedLhs plan(1, {5, 10, 30}, 2);
  CHECK(cells(plan, 0, 0) == Words{1, 4, 0, 3, 2});
  CHECK(cells(plan, 0, 1) == Words{2, 1, 4, 3, 0});
  CHECK(cells(plan, 1, 0) == Words{3, 8, 0, 7, 5, 9, 4, 2, 1, 6});
  CHECK(cells(plan, 1, 1) == Words{4, 2, 8, 6, 1, 5, 7, 9, 0, 3});
  CHECK(cells(plan, 2, 0) == Words{10, 26, 2, 22, 16, 28, 12, 6,  3, 19, 1,  8,  15, 21, 18,
                                   11, 24, 4, 17, 20, 7,  5,  29, 0, 13, 23, 27, 9,  25, 14});
  Words indices;
  for (std::uint64_t c = 0; c < 10; ++c) indices.push_back(plan.index_of(1, 0, c));
  CHECK(indices == Words{2, 8, 7, 0, 6, 4, 9, 3, 1, 5});
}

TEST_CASE("the plan of 200 000 points in 7 dimensions is the published one") {
  const NestedLhs plan(42, {200, 2000, 20000, 200000}, 7);
  CHECK(point(plan, 0, 2) == Words{1917052279719836, 2921522422321508});
  CHECK(point(plan, 199, 2) == Words{1598046338836421, 2634490727312868});
  CHECK(point(plan, 200, 2) == Words{441363195534108, 1647497541556885});
  CHECK(point(plan, 2000, 2) == Words{3586583592259613, 2758841443511982});
  CHECK(point(plan, 123456, 2) == Words{738779193533333, 263123278701818});
  CHECK(point(plan, 199999, 2) == Words{1046982012221875, 2101350690512581});
  const Checksum all = checksum(plan);
  CHECK(all.sum == 0x2617c83677c41f98ULL);
  CHECK(all.parity == 0x00000aa479fcb82aULL);
}

TEST_CASE("a stage appended later has the published points") {
  const NestedLhs plan(42, {200, 2000, 20000, 200000, 2000000}, 7);
  CHECK(point(plan, 200000, 2) == Words{1101562680136886, 2956504199346228});
  CHECK(point(plan, 123456, 2) == Words{738779193533333, 263123278701818});
}

TEST_CASE("a plan of 10^9 points in 50 dimensions has the published points") {
  const NestedLhs plan(20260101, {1000000, 10000000, 100000000, 1000000000}, 50);
  CHECK(point(plan, 0, 3) == Words{2743021597671876, 1512812495663739, 3807975394333551});
  CHECK(point(plan, 999999999, 3) == Words{2468722734713234, 2224738947577691, 2184551953942210});
}

TEST_CASE("some of the dimensions can be asked for alone") {
  const NestedLhs plan(3, {10, 100}, 40);
  std::vector<Position> all(40);
  std::vector<Position> some(21);
  plan.positions(57, all);
  plan.positions(57, some, 15);
  CHECK(std::equal(some.begin(), some.end(), all.begin() + 15));
}

TEST_CASE("a point belongs to the first stage that holds it") {
  const NestedLhs plan(1, {5, 10, 30}, 1);
  CHECK(plan.stage_of(0) == 0);
  CHECK(plan.stage_of(4) == 0);
  CHECK(plan.stage_of(5) == 1);
  CHECK(plan.stage_of(29) == 2);
}

TEST_CASE("plans that make no sense are refused") {
  CHECK_THROWS_AS(NestedLhs(1, {5, 12}, 1), std::invalid_argument);
  CHECK_THROWS_AS(NestedLhs(1, {}, 1), std::invalid_argument);
  CHECK_THROWS_AS(NestedLhs(1, {5}, 0), std::invalid_argument);
}
