#include "tranche/campaign/gate.hpp"

#include <catch2/catch.hpp>

using namespace tranche;
using namespace tranche::campaign;

namespace {

Tally facts() {
  Tally tally;
  tally.total = 100;
  tally.samples = {0, 90, 4, 1, 0, 5, 0};
  tally.runs = 100;
  tally.wall_s = 200;
  tally.core_s = 3600;
  return tally;
}

GateSpec required(std::initializer_list<const char*> texts,
                  GateSpec::Otherwise otherwise = GateSpec::Otherwise::ask) {
  GateSpec gate;
  gate.kind = GateSpec::Kind::require;
  gate.otherwise = otherwise;
  for (const char* text : texts) {
    auto parsed = parse_condition(text);
    REQUIRE(parsed.condition);
    gate.conditions.push_back(*parsed.condition);
  }
  return gate;
}

}  // namespace

TEST_CASE("A condition is a metric, a relation and a number") {
  const auto parsed = parse_condition("fail_rate<5%");
  REQUIRE(parsed.condition);
  CHECK(parsed.condition->metric == "fail_rate");
  CHECK(parsed.condition->relation == Condition::Relation::less);
  CHECK(parsed.condition->value == 0.05);
  CHECK(parsed.condition->text == "fail_rate<5%");
  CHECK(parse_condition("core_hours <= 50").condition->relation == Condition::Relation::less_equal);
  CHECK(parse_condition(" ok > 10 ").condition->relation == Condition::Relation::greater);
  CHECK(parse_condition("ok >= 1_000").condition->value == 1000);
}

TEST_CASE("Every metric can be read") {
  for (const auto& metric : gate_metrics()) {
    INFO(metric);
    CHECK(parse_condition(metric + " < 1").condition);
  }
}

TEST_CASE("A wrong condition says where and what to type") {
  const auto typo = parse_condition("  fail_rte < 5%");
  CHECK_FALSE(typo.condition);
  CHECK(typo.offset == 2);
  CHECK(typo.error.find("`fail_rate`") != std::string::npos);
  CHECK(parse_condition("fail_rate < 5").fix == "fail_rate < 5%");
  CHECK(parse_condition("fail_rate < 5").offset == 12);
  CHECK_FALSE(parse_condition("core_hours = 3").condition);
  CHECK_FALSE(parse_condition("core_hours < 3 h").condition);
  CHECK_FALSE(parse_condition("core_hours").condition);
  CHECK_FALSE(parse_condition("").condition);
  CHECK_FALSE(parse_condition("< 3").condition);
}

TEST_CASE("ask waits and pass opens, whatever happened") {
  GateSpec gate;
  CHECK(decide_gate(gate, facts(), facts()).verdict == Verdict::wait);
  gate.kind = GateSpec::Kind::pass;
  CHECK(decide_gate(gate, facts(), facts()).verdict == Verdict::open);
}

TEST_CASE("require opens only if all conditions hold, and says each") {
  const auto good = decide_gate(required({"fail_rate <= 5%", "ok >= 90"}), facts(), facts());
  CHECK(good.verdict == Verdict::open);
  REQUIRE(good.lines.size() == 2);
  CHECK(good.lines[0] == "fail_rate = 5.0 % <= 5.0 %: holds");
  CHECK(good.lines[1] == "ok = 90 >= 90: holds");

  const auto bad = decide_gate(required({"fail_rate < 5%", "ok >= 90"}), facts(), facts());
  CHECK(bad.verdict == Verdict::wait);
  CHECK(bad.lines[0] == "fail_rate = 5.0 % < 5.0 %: does not hold");
  CHECK(decide_gate(required({"ok > 90"}, GateSpec::Otherwise::stop), facts(), facts()).verdict ==
        Verdict::stop);
}

TEST_CASE("core_hours counts all stages so far, the others this stage alone") {
  auto all = facts();
  all += facts();
  CHECK(decide_gate(required({"core_hours < 1.5"}), facts(), all).verdict == Verdict::wait);
  CHECK(decide_gate(required({"core_hours < 1.5"}), facts(), facts()).verdict == Verdict::open);
  CHECK(decide_gate(required({"ok <= 90", "wall_mean_s <= 2"}), facts(), all).verdict == Verdict::open);
}

TEST_CASE("Conditions on a model look at the one that was chosen last") {
  const ModelFacts model{"m2", 0.9991, 0.018, 0.02, 0};
  const auto gate = required({"median_error < 0.02", "r2 > 0.99", "roughness < 0.1", "fail_rate < 10%"});
  const auto open = decide_gate(gate, facts(), facts(), model);
  CHECK(open.verdict == Verdict::open);
  CHECK(open.lines.front() == "median_error of model m2 = 0.018 < 0.02: holds");
  const auto closed =
      decide_gate(required({"r2 > 0.9999"}, GateSpec::Otherwise::stop), facts(), facts(), model);
  CHECK(closed.verdict == Verdict::stop);
}

TEST_CASE("A condition on a model where there is none asks and says what to type") {
  const auto asked = decide_gate(required({"r2 > 0.9"}, GateSpec::Otherwise::stop), facts(), facts());
  CHECK(asked.verdict == Verdict::wait);
  CHECK(asked.lines.front() ==
        "r2 > 0.9: unknown, no model has been chosen (tranche train, then tranche run)");
  // What is known to be wrong counts first.
  const auto stopped =
      decide_gate(required({"r2 > 0.9", "ok > 1000"}, GateSpec::Otherwise::stop), facts(), facts());
  CHECK(stopped.verdict == Verdict::stop);
}
