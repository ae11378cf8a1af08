#include "tranche/base/ids.hpp"

#include <catch2/catch.hpp>

using namespace tranche;

TEST_CASE("A run's id gives back revision, index and attempt at their limits") {
  for (std::uint16_t revision : {0, 1, 32767})
    for (SampleIndex index : {SampleIndex{0}, SampleIndex{255}, SampleIndex{1} << 32, max_sample_index})
      for (int attempt : {0, 1, 255}) {
        const RunId id{revision, index, static_cast<std::uint8_t>(attempt)};
        CHECK(id.revision() == revision);
        CHECK(id.index() == index);
        CHECK(id.attempt() == attempt);
        CHECK(id.value() >= 0);
        CHECK(RunId::from_value(id.value()) == id);
      }
}

TEST_CASE("Run ids sort by revision, then index, then attempt") {
  CHECK(RunId{1, 5, 200} < RunId{1, 6, 0});
  CHECK(RunId{1, max_sample_index, 255} < RunId{2, 0, 0});
  CHECK(RunId{1, 5, 0} < RunId{1, 5, 1});
  CHECK(RunId{1, 2, 3}.value() == (std::int64_t{1} << 48 | 2 << 8 | 3));
}

TEST_CASE("An index range is half open") {
  constexpr IndexRange range{10, 13};
  CHECK(range.size() == 3);
  CHECK_FALSE(range.contains(9));
  CHECK(range.contains(10));
  CHECK(range.contains(12));
  CHECK_FALSE(range.contains(13));
  CHECK_FALSE(range.empty());
  CHECK(IndexRange{4, 4}.empty());
}
