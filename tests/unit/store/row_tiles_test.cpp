#include "tranche/store/row_tiles.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <numeric>
#include <random>

#include "tranche/base/errors.hpp"

using namespace tranche;
using store::RowTiles;

namespace {

/// One float32 triple and one float64.
constexpr std::size_t triple_bytes = 12;
constexpr std::size_t row_bytes = triple_bytes + 8;

std::array<std::byte, row_bytes> row_of(SampleIndex index) {
  const std::array<float, 3> triple{static_cast<float>(index), static_cast<float>(index % 7), -1};
  const double number = 1.0 / static_cast<double>(index + 1);
  std::array<std::byte, row_bytes> row;
  std::memcpy(row.data(), triple.data(), triple_bytes);
  std::memcpy(row.data() + triple_bytes, &number, 8);
  return row;
}

/// Every row's bytes, put together again from its fields.
std::map<SampleIndex, std::vector<std::byte>> unpacked(const RowTiles& tiles) {
  std::map<SampleIndex, std::vector<std::byte>> rows;
  for (const auto& run : tiles.runs())
    for (std::size_t k = 0; k < run.range.size(); ++k) {
      auto& row = rows[run.range.begin + k];
      for (std::size_t f = 0; f < tiles.field_bytes().size(); ++f) {
        const auto bytes = tiles.field_bytes()[f];
        const auto part = tiles.values(run, f).subspan(k * bytes, bytes);
        row.insert(row.end(), part.begin(), part.end());
      }
    }
  return rows;
}

void add(RowTiles& tiles, const std::vector<SampleIndex>& indices) {
  for (const auto index : indices) tiles.add(index, row_of(index));
}

}  // namespace

TEST_CASE("rows added in any order come out ascending, in runs, with their bytes") {
  const auto seed = GENERATE(1u, 2u, 3u);
  std::mt19937_64 random{seed};
  std::vector<SampleIndex> indices;
  for (SampleIndex index = 1000; indices.size() < 100'000; index += random() % 50 == 0 ? 100'000 : 1)
    indices.push_back(index);
  auto shuffled = indices;
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  RowTiles tiles{{triple_bytes, 8}};
  add(tiles, shuffled);
  CHECK(tiles.rows() == indices.size());
  SampleIndex end = 0;
  for (const auto& run : tiles.runs()) {
    REQUIRE(run.range.begin >= end);
    REQUIRE(run.range.size() > 0);
    end = run.range.end;
  }
  const auto rows = unpacked(tiles);
  REQUIRE(rows.size() == indices.size());
  for (const auto index : indices) REQUIRE(std::ranges::equal(rows.at(index), row_of(index)));
}

TEST_CASE("neighbours make one run as long as they share a tile") {
  RowTiles tiles{{triple_bytes, 8}};
  add(tiles, {5, 4, 6, 9});
  const auto runs = tiles.runs();
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].range == IndexRange{4, 7});
  CHECK(runs[1].range == IndexRange{9, 10});
}

TEST_CASE("nothing is left after clear, whatever is added then") {
  RowTiles tiles{{triple_bytes, 8}};
  std::vector<SampleIndex> many(300'000);
  std::iota(many.begin(), many.end(), SampleIndex{0});
  add(tiles, many);
  tiles.clear();
  CHECK(tiles.empty());
  CHECK(tiles.runs().empty());
  CHECK(tiles.memory() == 0);
  add(tiles, {3, 200'000});
  const auto rows = unpacked(tiles);
  REQUIRE(rows.size() == 2);
  CHECK(std::ranges::equal(rows.at(3), row_of(3)));
  CHECK(std::ranges::equal(rows.at(200'000), row_of(200'000)));
}

TEST_CASE("scattered rows count for the pages they take, full tiles for their bytes") {
  RowTiles full{{708}};
  const std::vector<std::byte> row(708);
  for (SampleIndex index = 0; index < 8192; ++index) full.add(index, row);
  CHECK(full.memory() == 8192 * 708);
  RowTiles scattered{{708}};
  for (SampleIndex index = 0; index < 100; ++index) scattered.add(index * 10'000, row);
  CHECK(scattered.memory() >= 100 * 4096);
  CHECK(scattered.memory() < 100 * 3 * 4096);
}

TEST_CASE("rows wider than a tile, and rows of nothing, are rows") {
  RowTiles wide{{std::size_t{5} << 20}};
  const std::vector<std::byte> row(std::size_t{5} << 20, std::byte{7});
  wide.add(12, row);
  wide.add(13, row);
  REQUIRE(wide.runs().size() == 2);
  CHECK(wide.values(wide.runs()[1], 0).back() == std::byte{7});
  RowTiles nothing{{}};
  nothing.add(4, {});
  CHECK(nothing.rows() == 1);
  CHECK(nothing.memory() == 0);
}

TEST_CASE("a row of another length, or given twice, is a bug of ours") {
  RowTiles tiles{{triple_bytes, 8}};
  add(tiles, {5});
  CHECK_THROWS_AS(tiles.add(5, row_of(5)), ContractError);
  const auto row = row_of(6);
  CHECK_THROWS_AS(tiles.add(6, std::span{row}.first(10)), ContractError);
  CHECK(tiles.rows() == 1);
}
