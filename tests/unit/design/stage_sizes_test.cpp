/// \file
/// Tests of design/stage_sizes: the table of the nested Latin hypercube's section 1.
#include "tranche/design/stage_sizes.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace tranche::design;
using Catch::Matchers::Contains;
using Sizes = std::vector<std::uint64_t>;

namespace {

StageRequest request(std::uint64_t points, Rounding rounding = Rounding::up) {
  StageRequest r;
  r.points = points;
  r.fractions = {0.001, 0.01, 0.1, 1};
  r.rounding = rounding;
  return r;
}

std::string joined(const StageSizes& sizes) {
  std::string text;
  for (const auto& note : sizes.notes) text += note + "\n";
  return text;
}

StageSizes with_fractions(std::uint64_t points, std::vector<double> fractions) {
  StageRequest r = request(points);
  r.fractions = std::move(fractions);
  return round_stages(r);
}

}  // namespace

TEST_CASE("stage sizes follow the published table") {
  struct Row {
    std::uint64_t points;
    Sizes sizes;
    std::size_t dropped;
  };
  const std::vector<Row> table{
      {200000, {200, 2000, 20000, 200000}, 0},
      {123456, {124, 1240, 12400, 124000}, 0},
      {1000000, {1000, 10000, 100000, 1000000}, 0},
      {1000000000, {1000000, 10000000, 100000000, 1000000000}, 0},
      {999983, {1000, 10000, 100000, 1000000}, 0},
      {3999, {40, 400, 4000}, 1},
      {4001, {41, 410, 4100}, 1},
      {50, {5, 50}, 2},
      {7, {7}, 3},
      {1, {1}, 3},
  };
  for (const Row& row : table) {
    INFO("points " << row.points);
    const StageSizes got = round_stages(request(row.points));
    CHECK(got.sizes == row.sizes);
    CHECK(got.points == row.sizes.back());
    CHECK(got.dropped == row.dropped);
  }
}

TEST_CASE("rounding can go down or to the nearest") {
  CHECK(round_stages(request(123456, Rounding::nearest)).sizes == Sizes{123, 1230, 12300, 123000});
  CHECK(round_stages(request(123999, Rounding::floor)).sizes == Sizes{123, 1230, 12300, 123000});
  CHECK(round_stages(request(4999, Rounding::floor)).sizes == Sizes{49, 490, 4900});
  CHECK(with_fractions(3, {1}).sizes == Sizes{3});
}

TEST_CASE("every deviation is said in words") {
  CHECK_THAT(joined(round_stages(request(123456))),
             Contains("123456 points asked for, 124000 in the design (+0.441%)"));
  CHECK_THAT(joined(round_stages(request(3999))), Contains("stage 0.1% dropped: it would hold 3.999 points"));
  CHECK_THAT(joined(round_stages(request(4001))),
             Contains("stage 0.1% dropped: keeping it would make 5000 points, +25%"));
  CHECK_THAT(joined(round_stages(request(50))),
             Contains("stage 0.1% dropped") && Contains("stage 1% dropped"));
  const StageSizes exact = round_stages(request(200000));
  REQUIRE(exact.notes.size() == 1);
  CHECK_THAT(exact.notes[0], Contains("as given; stages 200, 2000, 20000, 200000"));
}

TEST_CASE("a ratio that is not a whole number is rounded and reported") {
  const StageSizes thirds = with_fractions(900, {0.3, 1});
  CHECK(thirds.sizes == Sizes{300, 900});
  CHECK_THAT(joined(thirds), Contains("stage 100% is 3.333 times stage 30%, not a whole number: 3 is used"));
  const StageSizes close = with_fractions(900, {0.8, 1});
  CHECK(close.sizes == Sizes{450, 900});
  CHECK_THAT(joined(close), Contains("2 is used"));
  CHECK(with_fractions(300, {0.3333, 1}).notes.size() == 1);  // within 1 % of 3
}

TEST_CASE("an exact count runs fewer points of the same design") {
  StageRequest r = request(123456);
  r.count = PointCount::exact;
  const StageSizes got = round_stages(r);
  CHECK(got.sizes == Sizes{124, 1240, 12400, 124000});
  CHECK(got.points == 123456);
  CHECK_THAT(joined(got), Contains("544 empty strata"));
  r.rounding = Rounding::nearest;
  CHECK(round_stages(r).points == 123000);  // cannot run points that the design does not have
}

TEST_CASE("requests that make no sense are refused") {
  CHECK_THROWS_AS(round_stages(request(0)), std::invalid_argument);
  CHECK_THROWS_AS(round_stages(request(max_points + 1)), std::invalid_argument);
  CHECK_THROWS_AS(round_stages(request(max_points - 1)),
                  std::invalid_argument);  // rounds up beyond the limit
  CHECK_THROWS_AS(with_fractions(10, {}), std::invalid_argument);
  CHECK_THROWS_AS(with_fractions(10, {0, 1}), std::invalid_argument);
  CHECK_THROWS_AS(with_fractions(10, {0.5, 0.5, 1}), std::invalid_argument);
  CHECK_THROWS_AS(with_fractions(10, {0.5}), std::invalid_argument);
  CHECK_THROWS_AS(with_fractions(10, {.1, .2, .3, .4, .5, .6, .7, .8, 1}), std::invalid_argument);
}

TEST_CASE("sizes that do not nest are refused") {
  CHECK_NOTHROW(check_stage_sizes({1}));
  CHECK_NOTHROW(check_stage_sizes({1, 2, 1ULL << 40}));
  for (const Sizes& bad :
       {Sizes{}, Sizes{0}, Sizes{5, 5}, Sizes{5, 12}, Sizes{10, 5}, Sizes{(1ULL << 40) + 1}})
    CHECK_THROWS_AS(check_stage_sizes(bad), std::invalid_argument);
}

TEST_CASE("rounded to powers of two, every stage ends at one") {
  CHECK(round_stages(request(200'000, Rounding::pow2)).sizes == Sizes{256, 2048, 32'768, 262'144});
  CHECK(round_stages(request(1'000'000, Rounding::pow2)).sizes == Sizes{1024, 16'384, 131'072, 1'048'576});
  CHECK(round_stages(request(1, Rounding::pow2)).sizes == Sizes{1});
  const auto small = round_stages(request(50, Rounding::pow2));
  CHECK(small.sizes == Sizes{8, 64});
  CHECK(small.dropped == 2);
  CHECK_THAT(joined(small), Contains("stage 0.1% dropped") && Contains("64 in the design (+28%)"));
  auto close = request(1000, Rounding::pow2);
  close.fractions = {0.6, 0.7, 1};
  CHECK(round_stages(close).sizes == Sizes{1024, 2048, 4096});
}
