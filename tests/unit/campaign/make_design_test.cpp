#include "tranche/campaign/make_design.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "builders.hpp"

using namespace tranche;
using namespace tranche::campaign;

namespace {

design::Design build(const CampaignSpec& spec) {
  return make_design(spec, StagePlan::build(spec));
}

std::vector<double> point(const design::Design& design, std::uint64_t index) {
  std::vector<double> values(design.dimensions());
  design.values(index, values);
  return values;
}

}  // namespace

TEST_CASE("A nested Latin hypercube dispatches the plan's points") {
  auto spec = test::small_spec(12345);
  CHECK(build(spec).size() == 12400);
  spec.design.exact_count = true;
  CHECK(build(spec).size() == 12345);
  const auto values = point(build(spec), 17);
  CHECK(values[0] > 0);
  CHECK(values[0] < 1);
  CHECK(values[1] >= 1e15);
  CHECK(values[1] <= 1e18);
}

TEST_CASE("The first stage has a point in every stratum") {
  const auto design = build(test::small_spec(1000));
  std::set<int> strata;
  for (std::uint64_t i = 0; i < 10; ++i) strata.insert(static_cast<int>(point(design, i)[0] * 10));
  CHECK(strata.size() == 10);
}

TEST_CASE("The seed decides a random design") {
  auto spec = test::small_spec(100);
  spec.design.method = DesignMethod::random;
  const auto first = build(spec);
  CHECK(first.size() == 100);
  CHECK(point(first, 3) == point(build(spec), 3));
  spec.design.seed += 1;
  CHECK(point(first, 3) != point(build(spec), 3));
}

TEST_CASE("A grid has every combination once; in file order the last parameter runs fastest") {
  auto spec = test::small_spec();
  spec.parameters = {{"x", RealRange{0, 1, Scale::linear}, "1", 3, {}},
                     {"k", IntegerRange{1, 2}, "1", {}, {}},
                     {"field", Levels{{"blr", "torus"}}, "1", {}, {}}};
  spec.design.method = DesignMethod::grid;
  spec.design.points = 12;
  spec.design.order = Visit::file;
  const auto design = build(spec);
  REQUIRE(design.size() == 12);
  CHECK(point(design, 0) == std::vector<double>{0, 1, 0});
  CHECK(point(design, 1) == std::vector<double>{0, 1, 1});
  CHECK(point(design, 11) == std::vector<double>{1, 2, 1});
  spec.design.order = Visit::permuted;
  std::set<std::vector<double>> all;
  for (std::uint64_t i = 0; i < 12; ++i) all.insert(point(build(spec), i));
  CHECK(all.size() == 12);
}

TEST_CASE("A list gives its rows") {
  auto spec = test::small_spec();
  spec.design.method = DesignMethod::list;
  spec.design.order = Visit::file;
  spec.design.list_values = {0.5, 2e15, 0.25, 3e15};
  spec.design.points = 2;
  CHECK(point(build(spec), 1) == std::vector<double>{0.25, 3e15});
}
