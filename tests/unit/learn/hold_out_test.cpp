#include "tranche/learn/hold_out.hpp"

#include <catch2/catch.hpp>

using namespace tranche;
using namespace tranche::learn;

TEST_CASE("The hold-out has its share, and a larger one contains it") {
  std::uint64_t tenth = 0;
  std::uint64_t first_thousand = 0;
  for (std::uint64_t k = 0; k < 100'000; ++k) {
    const SampleIndex index{k};
    if (!is_held_out(index, 0.1)) continue;
    ++tenth;
    if (k < 1000) ++first_thousand;
    CHECK(is_held_out(index, 0.2));
  }
  CHECK(tenth > 9'600);
  CHECK(tenth < 10'400);
  CHECK(first_thousand > 60);
  CHECK(first_thousand < 140);
  CHECK_FALSE(is_held_out(SampleIndex{5}, 0));
}

TEST_CASE("The hold-out never changes: trainings of different versions are compared on it") {
  std::vector<int> held_out;
  for (int k = 0; k < 60; ++k)
    if (is_held_out(SampleIndex(static_cast<std::uint64_t>(k)), 0.1)) held_out.push_back(k);
  CHECK(held_out == std::vector<int>{0, 4, 9, 18, 23, 27, 49, 53});
}
