#include "tranche/campaign/data_facts.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "builders.hpp"

using namespace tranche;
using namespace tranche::campaign;

namespace {

CampaignSpec full_spec() {
  auto spec = test::spec_with_output({});
  spec.constants = {{"z", 0.031, "1", {}}};
  spec.derived = {{"t", "R/2", "cm", {}}};
  spec.constraints = {{"x > 0.1", {}}};
  spec.meta = {"iterations"};
  return spec;
}

}  // namespace

TEST_CASE("Everything that decides the data changes the digest") {
  const auto before = source_digest(full_spec());
  const std::vector<std::function<void(CampaignSpec&)>> changes{
      [](auto& s) { std::swap(s.parameters[0], s.parameters[1]); },
      [](auto& s) { std::get<RealRange>(s.parameters[0].domain).hi = 2; },
      [](auto& s) { std::get<RealRange>(s.parameters[0].domain).hi = std::nextafter(1.0, 2.0); },
      [](auto& s) { s.parameters[0].unit = std::string{"cm"}; },
      [](auto& s) { s.constants[0].value = 0.032; },
      [](auto& s) { s.derived[0].expression = std::string{"R/3"}; },
      [](auto& s) { s.constraints[0].expression = std::string{"x > 0.2"}; },
      [](auto& s) { s.constraints.clear(); },
      [](auto& s) { s.design.seed += 1; },
      [](auto& s) { s.design.points += 1; },
      [](auto& s) { s.design.method = DesignMethod::random; },
      [](auto& s) { s.design.rounding = Rounding::down; },
      [](auto& s) { s.stages[0].upto = 0.02; },
      [](auto& s) { s.simulator.kind = campaign::PluginSpec{"other.so"}; },
      [](auto& s) { s.axes[0].values[1] = 2.5; },
      [](auto& s) { s.axes[0].unit = std::string{"s"}; },
      [](auto& s) { s.outputs[0].type = StoredType::float64; },
      [](auto& s) { s.outputs[0].check_nonnegative = true; },
      [](auto& s) { s.meta.push_back("residual"); }};
  for (std::size_t k = 0; k < changes.size(); ++k) {
    INFO("change " << k);
    auto changed = full_spec();
    changes[k](changed);
    CHECK(source_digest(changed) != before);
    CHECK_FALSE(describe_difference(data_facts(full_spec()), data_facts(changed)).empty());
  }
}

TEST_CASE("What may change freely does not change the digest") {
  auto changed = full_spec();
  changed.simulator.timeout_s = 5;
  changed.simulator.memory_bytes = 1'000'000'000;
  changed.store.epoch_s = 1;
  changed.store.write = WriteMode::collective;
  changed.retries.failed = 3;
  changed.resources.slots = 4;
  changed.stages[0].gate.kind = GateSpec::Kind::pass;
  changed.source_text = std::string{"# a comment"};
  changed.parameters[0].where.line = 17;
  CHECK(source_digest(changed) == source_digest(full_spec()));
}

TEST_CASE("An ulp in an axis does not change the digest: logarithms differ between machines") {
  auto changed = full_spec();
  changed.axes[0].values[1] = std::nextafter(2.0, 3.0);
  CHECK(source_digest(changed) == source_digest(full_spec()));
}

TEST_CASE("A difference names the key, the old and the new value") {
  auto changed = full_spec();
  std::get<RealRange>(changed.parameters[0].domain).hi = 2;
  changed.constants.clear();
  changed.constraints.push_back({"R > x", {}});
  const auto lines = describe_difference(data_facts(full_spec()), data_facts(changed));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] ==
        "parameters.x: 1: range [0, 1], scale linear, unit 1 -> 1: range [0, 2], scale linear, unit 1");
  CHECK(lines[1] == "constants.z: 1: 0.031, unit 1 -> (absent)");
  CHECK(lines[2] == "constraints.2: (absent) -> R > x");
}
