#include "tranche/base/sample_state.hpp"

#include <catch2/catch.hpp>

using namespace tranche;

TEST_CASE("The numbers of the states never change: ledgers and stores keep them") {
  CHECK(static_cast<int>(SampleState::pending) == 0);
  CHECK(static_cast<int>(SampleState::ok) == 1);
  CHECK(static_cast<int>(SampleState::failed) == 2);
  CHECK(static_cast<int>(SampleState::timeout) == 3);
  CHECK(static_cast<int>(SampleState::crashed) == 4);
  CHECK(static_cast<int>(SampleState::invalid) == 5);
  CHECK(static_cast<int>(SampleState::excluded) == 6);
}

TEST_CASE("A stored number gives its state back, any other number none") {
  for (std::uint8_t number = 0; number < sample_state_count; ++number) {
    const auto state = sample_state_from(number);
    REQUIRE(state);
    CHECK(static_cast<std::uint8_t>(*state) == number);
  }
  CHECK_FALSE(sample_state_from(7));
  CHECK_FALSE(sample_state_from(255));
}

TEST_CASE("Failures are failed, timeout and crashed, and nothing else") {
  CHECK(is_failure(SampleState::failed));
  CHECK(is_failure(SampleState::timeout));
  CHECK(is_failure(SampleState::crashed));
  CHECK_FALSE(is_failure(SampleState::ok));
  CHECK_FALSE(is_failure(SampleState::invalid));
  CHECK_FALSE(is_failure(SampleState::excluded));
  CHECK_FALSE(is_failure(SampleState::pending));
  CHECK(to_string(SampleState::timeout) == "timeout");
}
