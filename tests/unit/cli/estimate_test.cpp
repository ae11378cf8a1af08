#include "estimate.hpp"

#include <catch2/catch.hpp>

using namespace tranche::cli;

// An allocation of an hour keeps 30 s for its final epoch.

TEST_CASE("Work that ends within the allocation needs no link", "[cli]") {
  CHECK(estimate({600, 3600, 3600}).more_links == 0);
  CHECK(estimate({600, 3600, 3600}).beyond_s == -3000);
  CHECK(estimate({3570, 3600, 3600}).more_links == 0);
}

TEST_CASE("Links are the work beyond the allocation over what another one can use", "[cli]") {
  CHECK(estimate({3571, 3600, 3600}).more_links == 1);
  const auto quarter = estimate({3600 + 840, 3600, 3600});
  CHECK(quarter.beyond_s == 840);
  CHECK(quarter.more_links == 1);
  CHECK(estimate({3570 + 3570, 3600, 3600}).more_links == 1);
  CHECK(estimate({3570 + 3571, 3600, 3600}).more_links == 2);
}

TEST_CASE("An allocation that is over leaves all to its successors", "[cli]") {
  CHECK(estimate({100, 0, 3600}).more_links == 1);
  CHECK(estimate({100, -50, 3600}).more_links == 1);
}

TEST_CASE("Strange lengths give a number all the same", "[cli]") {
  CHECK(estimate({1e300, 10, 0}).more_links == 1'000'000);
  CHECK(estimate({10, 0, -5}).more_links == 10);
}
