#include "row_runs.hpp"

#include <catch2/catch.hpp>

#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::store;

TEST_CASE("neighbouring rows become one run") {
  const std::vector<SampleIndex> indices{10, 11, 12, 15, 17, 18};
  const std::vector<RowRun> runs = runs_of(indices, {10, 20});
  REQUIRE(runs.size() == 3);
  CHECK((runs[0].row == 0 && runs[0].count == 3 && runs[0].at == 0));
  CHECK((runs[1].row == 5 && runs[1].count == 1 && runs[1].at == 3));
  CHECK((runs[2].row == 7 && runs[2].count == 2 && runs[2].at == 4));
}

TEST_CASE("no rows make no runs") {
  CHECK(runs_of({}, {0, 10}).empty());
}

TEST_CASE("rows outside, twice or in the wrong order are refused") {
  const auto refuse = [](std::vector<SampleIndex> indices) {
    CHECK_THROWS_AS(runs_of(indices, {10, 20}), ContractError);
  };
  refuse({9});
  refuse({20});
  refuse({11, 11});
  refuse({12, 11});
}
