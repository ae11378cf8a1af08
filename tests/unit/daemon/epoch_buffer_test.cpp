#include "epoch_buffer.hpp"

#include <array>
#include <catch2/catch.hpp>

using namespace tranche;
using daemon::EpochBuffer;

namespace {

RunRecord run(SampleIndex index, SampleState state) {
  RunRecord record;
  record.id = RunId{1, index, 0};
  record.state = state;
  return record;
}

std::array<std::byte, 4> row(int value) {
  std::array<std::byte, 4> bytes;
  bytes.fill(static_cast<std::byte>(value));
  return bytes;
}

}  // namespace

TEST_CASE("only rows of ok runs are kept") {
  EpochBuffer buffer{{4}};
  buffer.add(run(3, SampleState::ok), row(3));
  buffer.add(run(4, SampleState::failed), {});
  buffer.add(run(9, SampleState::ok), row(9));
  const auto runs = buffer.rows().runs();
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].range == IndexRange{3, 4});
  CHECK(runs[1].range == IndexRange{9, 10});
}

TEST_CASE("taking hands over all records and leaves nothing") {
  EpochBuffer buffer{{4}};
  CHECK(buffer.empty());
  buffer.add(run(3, SampleState::ok), row(3));
  buffer.add(run(4, SampleState::crashed), {});
  CHECK(buffer.bytes() > 0);
  const auto records = buffer.take();
  CHECK(records.runs.size() == 2);
  CHECK(records.bytes == 4);
  CHECK(buffer.empty());
  CHECK(buffer.rows().empty());
  CHECK(buffer.take().runs.empty());
}

TEST_CASE("failed runs alone make a buffer that asks for an epoch") {
  EpochBuffer buffer{{4}};
  buffer.add(run(4, SampleState::failed), {});
  CHECK_FALSE(buffer.empty());
  CHECK(buffer.bytes() > 0);
}

TEST_CASE("skipped neighbours are one range") {
  EpochBuffer buffer{{4}};
  for (const SampleIndex index : {7, 8, 9, 12}) buffer.add_skipped(index);
  CHECK(buffer.take().skipped == std::vector<IndexRange>{{7, 10}, {12, 13}});
}
