#include "tranche/campaign/stage_plan.hpp"

#include <catch2/catch.hpp>

#include "builders.hpp"

using namespace tranche;
using namespace tranche::campaign;

namespace {

std::vector<std::uint64_t> ends(const StagePlan& plan) {
  std::vector<std::uint64_t> sizes;
  for (const auto& stage : plan.stages()) sizes.push_back(stage.range.end);
  return sizes;
}

bool mentions(const StagePlan& plan, const std::string& word) {
  for (const auto& note : plan.notes())
    if (note.find(word) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("Stages of a nested Latin hypercube are multiples of each other") {
  const auto plan = StagePlan::build(test::small_spec(12345));
  CHECK(ends(plan) == std::vector<std::uint64_t>{124, 1240, 12400});
  CHECK(plan.points() == 12400);
  CHECK(mentions(plan, "12400"));
}

TEST_CASE("Ranges are contiguous from 0 and every index has its stage") {
  const auto plan = StagePlan::build(test::small_spec());
  SampleIndex next = 0;
  std::uint8_t number = 1;
  for (const auto& stage : plan.stages()) {
    CHECK(stage.range.begin == next);
    CHECK(stage.range.size() > 0);
    CHECK(stage.key == StageKey{1, number});
    CHECK(&plan.stage_of(stage.range.begin) == &stage);
    CHECK(&plan.stage_of(stage.range.end - 1) == &stage);
    CHECK(&plan.stage(number) == &stage);
    next = stage.range.end;
    ++number;
  }
}

TEST_CASE("Stages too small to exist are dropped and named; the others keep their gates") {
  auto spec = test::small_spec(50);
  spec.stages[1].gate.kind = GateSpec::Kind::pass;
  const auto plan = StagePlan::build(spec);
  CHECK(ends(plan) == std::vector<std::uint64_t>{5, 50});
  CHECK(plan.stages()[0].name == "tenth");
  CHECK(plan.stages()[0].key.stage == 1);
  CHECK(plan.stages()[0].gate.kind == GateSpec::Kind::pass);
  CHECK(mentions(plan, "pilot"));
}

TEST_CASE("exact_count dispatches what was asked from the larger design") {
  auto spec = test::small_spec(12345);
  spec.design.exact_count = true;
  const auto plan = StagePlan::build(spec);
  CHECK(plan.points() == 12345);
  CHECK(plan.design_sizes().back() == 12400);
  CHECK(ends(plan) == std::vector<std::uint64_t>{124, 1240, 12345});
}

TEST_CASE("Rounding down and to the nearest follow the design's rule") {
  auto spec = test::small_spec(12345);
  spec.design.rounding = Rounding::down;
  CHECK(StagePlan::build(spec).points() == 12300);
  spec.design.rounding = Rounding::nearest;
  CHECK(StagePlan::build(spec).points() == 12300);
}

TEST_CASE("Other methods take rounded shares and keep every point") {
  auto spec = test::small_spec(12345);
  for (auto method : {DesignMethod::random, DesignMethod::grid, DesignMethod::list}) {
    spec.design.method = method;
    const auto plan = StagePlan::build(spec);
    CHECK(ends(plan) == std::vector<std::uint64_t>{123, 1235, 12345});
    CHECK(plan.notes().empty());
  }
  spec.design.points = 10;
  const auto plan = StagePlan::build(spec);
  CHECK(ends(plan) == std::vector<std::uint64_t>{1, 10});
  CHECK(mentions(plan, "pilot"));
}

TEST_CASE("A stage is found by name or number") {
  const auto plan = StagePlan::build(test::small_spec());
  CHECK(plan.find("tenth") == &plan.stages()[1]);
  CHECK(plan.find("3") == &plan.stages()[2]);
  for (const char* word : {"0", "4", "", "nothing", "1x", "99999999999999999999"}) {
    INFO(word);
    CHECK(plan.find(word) == nullptr);
  }
}
