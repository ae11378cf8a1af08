#include "tranche/base/run_record.hpp"

#include <catch2/catch.hpp>

using namespace tranche;

TEST_CASE("Two run records are equal only if every field is") {
  RunRecord a;
  a.id = RunId{1, 7, 0};
  a.state = SampleState::ok;
  RunRecord b = a;
  CHECK(a == b);
  b.message = "overflow";
  CHECK_FALSE(a == b);
  b = a;
  b.checksum = 1;
  CHECK_FALSE(a == b);
}
