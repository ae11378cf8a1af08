/// \file
/// Tests of design/design.
#include "tranche/design/design.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <stdexcept>

#include "tranche/design/hash.hpp"

using namespace tranche::design;
using Row = std::vector<double>;

namespace {

std::vector<Domain> ssc_like() {
  return {Domain::linear(3, 50),  Domain::log(1e15, 1e18), Domain::log(1e-3, 1e2), Domain::levels(2),
          Domain::integer(1, 10), Domain::linear(-1, 1),   Domain::log(1e40, 1e47)};
}

Design nested(std::vector<Domain> domains, std::vector<std::uint64_t> sizes, std::uint64_t points = 0) {
  return Design::nested_lhs(std::move(domains),
                            {.seed = 42, .stage_sizes = std::move(sizes), .points = points});
}

Row row(const Design& design, std::uint64_t index) {
  Row out(design.dimensions());
  design.values(index, out);
  return out;
}

std::vector<Row> rows(const Design& design) {
  std::vector<Row> all;
  for (std::uint64_t i = 0; i < design.size(); ++i) all.push_back(row(design, i));
  return all;
}

Row counted(std::size_t n) {
  Row values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<double>(i);
  return values;
}

}  // namespace

TEST_CASE("a nested design maps the plan's positions through the domains") {
  const auto domains = ssc_like();
  const Design design = nested(domains, {20, 200, 2000});
  REQUIRE(design.plan() != nullptr);
  CHECK(design.method() == Design::Method::nested_lhs);
  CHECK(design.size() == 2000);
  for (const std::uint64_t i : {0U, 19U, 20U, 777U, 1999U}) {
    const Row x = row(design, i);
    for (std::size_t j = 0; j < x.size(); ++j) CHECK(x[j] == domains[j].value(design.plan()->position(i, j)));
  }
}

TEST_CASE("a batch gives the same bits as single points, for every method") {
  const auto domains = ssc_like();
  const std::vector<Design> designs{
      nested(domains, {20, 200, 2000}),
      Design::random(domains, 42, 2000),
      Design::grid(domains, {.seed = 42, .counts = {3, 4, 5, 0, 2, 3, 2}}),
      Design::list({.seed = 42, .dimensions = 7, .rows = counted(7 * 1000)}),
  };
  for (const Design& design : designs) {
    INFO(name(design.method()));
    const std::uint64_t begin = 13;
    const std::uint64_t end = 611;
    Row batch((end - begin) * design.dimensions());
    design.values_range(begin, end, batch);
    bool same = true;
    for (std::uint64_t i = begin; i < end; ++i) {
      const Row single = row(design, i);
      same = same &&
             std::equal(single.begin(), single.end(), batch.begin() + static_cast<long>((i - begin) * 7));
    }
    CHECK(same);
  }
}

TEST_CASE("more dimensions than fit one block give the same points as few") {
  const Design wide = nested(std::vector<Domain>(130, Domain::linear(0, 1)), {10, 100});
  for (const std::uint64_t i : {0U, 9U, 10U, 99U}) {
    const Row x = row(wide, i);
    for (const std::size_t j : {0U, 15U, 16U, 63U, 64U, 129U})
      CHECK(x[j] == wide.domains()[j].value(wide.plan()->position(i, j)));
  }
}

TEST_CASE("an exact count ends the design earlier without moving a point") {
  const Design whole = nested({Domain::linear(0, 1)}, {5, 50});
  const Design part = nested({Domain::linear(0, 1)}, {5, 50}, 47);
  CHECK(part.size() == 47);
  CHECK(row(part, 46) == row(whole, 46));
  CHECK_THROWS_AS(row(part, 47), std::out_of_range);
  CHECK_THROWS_AS(nested({Domain::linear(0, 1)}, {5, 50}, 51), std::invalid_argument);
}

TEST_CASE("random points are uniform, and independent of the number of points") {
  const Design design = Design::random({Domain::linear(0, 1), Domain::linear(0, 1)}, 7, 100000);
  double sum = 0;
  double square = 0;
  double product = 0;
  for (std::uint64_t i = 0; i < design.size(); ++i) {
    const Row x = row(design, i);
    sum += x[0];
    square += x[0] * x[0];
    product += (x[0] - 0.5) * (x[1] - 0.5);
  }
  const auto n = static_cast<double>(design.size());
  CHECK(sum / n == Approx(0.5).margin(5 * std::sqrt(1 / 12.0 / n)));
  CHECK(square / n == Approx(1 / 3.0).margin(5 * std::sqrt(4 / 45.0 / n)));
  CHECK(product / n == Approx(0.0).margin(5 / 12.0 / std::sqrt(n)));
  CHECK(row(Design::random({Domain::linear(0, 1), Domain::linear(0, 1)}, 7, 10), 9) == row(design, 9));
  CHECK(row(Design::random({Domain::linear(0, 1), Domain::linear(0, 1)}, 8, 10), 9) != row(design, 9));
}

TEST_CASE("a grid visits every node once, last parameter fastest in file order") {
  const std::vector<Domain> domains{Domain::linear(0, 1), Domain::levels(3), Domain::integer(5, 8)};
  const Design ordered = Design::grid(domains, {.seed = 1, .counts = {2, 0, 2}, .order = Order::file});
  REQUIRE(ordered.size() == 12);
  CHECK(row(ordered, 0) == Row{0, 0, 5});
  CHECK(row(ordered, 1) == Row{0, 0, 8});
  CHECK(row(ordered, 2) == Row{0, 1, 5});
  CHECK(row(ordered, 11) == Row{1, 2, 8});

  const Design mixed = Design::grid(domains, {.seed = 1, .counts = {2, 0, 2}});
  const auto a = rows(ordered);
  const auto b = rows(mixed);
  CHECK(a != b);
  CHECK(std::set<Row>(a.begin(), a.end()) == std::set<Row>(b.begin(), b.end()));
  CHECK(std::set<Row>(b.begin(), b.end()).size() == 12);
}

TEST_CASE("a list gives its rows, permuted or not") {
  const Design ordered =
      Design::list({.seed = 3, .dimensions = 2, .rows = counted(200), .order = Order::file});
  CHECK(ordered.size() == 100);
  CHECK(row(ordered, 0) == Row{0, 1});
  CHECK(row(ordered, 99) == Row{198, 199});
  const Design mixed = Design::list({.seed = 3, .dimensions = 2, .rows = counted(200)});
  auto b = rows(mixed);
  CHECK(b != rows(ordered));
  std::sort(b.begin(), b.end());
  CHECK(b == rows(ordered));
  CHECK(mixed.domains().empty());
}

TEST_CASE("another seed visits a grid in another order") {
  const std::vector<Domain> domains{Domain::linear(0, 1)};
  CHECK(rows(Design::grid(domains, {.seed = 1, .counts = {100}})) !=
        rows(Design::grid(domains, {.seed = 2, .counts = {100}})));
}

TEST_CASE("sample seeds are distinct, stable and follow the design's seed") {
  const Design design = Design::random({Domain::linear(0, 1)}, 7, 10);
  std::set<std::uint64_t> seeds;
  for (std::uint64_t i = 0; i < 1000; ++i) seeds.insert(design.seed_of(i));
  CHECK(seeds.size() == 1000);
  CHECK(design.seed_of(5) == hash(hash(mix(7 + golden_step), 0x5EED000000000000ULL), 5));
  CHECK(design.seed_of(5) != Design::random({Domain::linear(0, 1)}, 8, 10).seed_of(5));
}

TEST_CASE("wrong indices and rooms are refused") {
  const Design design = Design::random({Domain::linear(0, 1), Domain::levels(2)}, 7, 10);
  Row two(2);
  Row three(3);
  CHECK_THROWS_AS(design.values(10, two), std::out_of_range);
  CHECK_THROWS_AS(design.values(0xFFFFFFFFFFFFFFFFULL, two), std::out_of_range);
  CHECK_THROWS_AS(design.values(0, three), std::invalid_argument);
  CHECK_THROWS_AS(design.values_range(3, 2, two), std::out_of_range);
  CHECK_THROWS_AS(design.values_range(9, 11, two), std::out_of_range);
  CHECK_NOTHROW(design.values_range(10, 10, {}));
}

TEST_CASE("designs that make no sense are refused") {
  CHECK_THROWS_AS(nested({}, {5}), std::invalid_argument);
  CHECK_THROWS_AS(nested({Domain::levels(2)}, {5, 7}), std::invalid_argument);
  CHECK_THROWS_AS(Design::random({}, 1, 5), std::invalid_argument);
  CHECK_THROWS_AS(Design::random({Domain::levels(2)}, 1, 0), std::invalid_argument);
  CHECK_THROWS_AS(Design::grid({Domain::linear(0, 1)}, {.counts = {0}}), std::invalid_argument);
  CHECK_THROWS_AS(Design::grid({Domain::linear(0, 1)}, {.counts = {2, 2}}), std::invalid_argument);
  CHECK_THROWS_AS(Design::grid({Domain::levels(2)}, {.counts = {3}}), std::invalid_argument);
  CHECK_THROWS_AS(
      Design::grid({Domain::linear(0, 1), Domain::linear(0, 1)}, {.counts = {1ULL << 30, 1ULL << 30}}),
      std::invalid_argument);
  CHECK_THROWS_AS(Design::list({.dimensions = 2, .rows = counted(3)}), std::invalid_argument);
  CHECK_THROWS_AS(Design::list({.dimensions = 2}), std::invalid_argument);
  CHECK_THROWS_AS(Design::list({.dimensions = 0, .rows = counted(3)}), std::invalid_argument);
}

TEST_CASE("methods are named as in campaign.yaml") {
  CHECK(name(Design::Method::nested_lhs) == "nested-lhs");
  CHECK(name(Design::Method::random) == "random");
  CHECK(name(Design::Method::grid) == "grid");
  CHECK(name(Design::Method::list) == "list");
}
