#include <catch2/catch.hpp>

#include "tranche/campaign/spec.hpp"

using namespace tranche;

TEST_CASE("A state has its number of retries, and a reason inside it may have another") {
  campaign::RetrySpec retries;
  retries.failed = 1;
  retries.reasons = {{SampleState::failed, "no_root", 3}, {SampleState::crashed, "memory", 0}};
  CHECK(retries.after(SampleState::failed, "finite") == 1);
  CHECK(retries.after(SampleState::failed, "no_root") == 3);
  CHECK(retries.after(SampleState::timeout, "no_root") == 0);
  CHECK(retries.after(SampleState::crashed, "memory") == 0);
  CHECK(retries.after(SampleState::crashed, "SIGSEGV") == 1);
}

TEST_CASE("What is ok or invalid is never retried") {
  campaign::RetrySpec retries;
  retries.failed = retries.timeout = retries.crashed = 9;
  CHECK(retries.after(SampleState::ok, "") == 0);
  CHECK(retries.after(SampleState::invalid, "") == 0);
}
