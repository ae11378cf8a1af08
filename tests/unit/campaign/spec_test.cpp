#include "tranche/campaign/spec.hpp"

#include <catch2/catch.hpp>

using namespace tranche::campaign;

TEST_CASE("What nobody mentions has the documented defaults") {
  const CampaignSpec spec;
  CHECK(spec.design.method == DesignMethod::nested_lhs);
  CHECK(spec.design.rounding == Rounding::up);
  CHECK(spec.design.order == Visit::permuted);
  CHECK(spec.retries.crashed == 1);
  CHECK(spec.retries.failed == 0);
  CHECK(spec.retries.timeout == 0);
  CHECK(spec.store.epoch_s == 10);
  CHECK(spec.resources.threads == 1);
  CHECK_FALSE(spec.resources.slots);
  CHECK(Output{}.check_finite);
  CHECK_FALSE(Output{}.check_nonnegative);
  CHECK(GateSpec{}.kind == GateSpec::Kind::ask);
}
