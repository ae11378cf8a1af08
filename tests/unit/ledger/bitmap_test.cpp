#include "bitmap.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "support.hpp"

using namespace tranche;
using namespace tranche::ledger;
using namespace tranche::ledger::test;

TEST_CASE("A range that begins anywhere gets its bits out of aligned blocks", "[ledger]") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  for (int round = 0; round < 200; ++round) {
    const SampleIndex begin = random() % 200'000;
    const IndexRange range{begin, begin + random() % 200'000};
    const std::uint64_t first = block_of(range.begin);
    std::vector<std::vector<std::uint8_t>> blocks(5, std::vector<std::uint8_t>(done_block_bytes));
    for (auto& block : blocks)
      for (auto& byte : block) byte = static_cast<std::uint8_t>(random());
    RangeBits gathered{range};
    for (std::size_t at = 0; at < blocks.size(); ++at) gathered.add_block(first + at, blocks[at]);
    const auto bits = gathered.take();
    REQUIRE(bits.size() == (range.size() + 7) / 8);
    std::size_t wrong = 0;
    for (std::uint64_t k = 0; k < bits.size() * 8; ++k) {
      const SampleIndex index = range.begin + k;
      const bool expected =
          k < range.size() && get_bit(blocks[block_of(index) - first], index % done_block_samples);
      wrong += get_bit(bits, k) != expected ? 1 : 0;
    }
    REQUIRE(wrong == 0);
  }
}

TEST_CASE("Done bits cross the border of a block and fill a partial last one", "[ledger]") {
  const Folder folder;
  const IndexRange range{65'530, 200'003};
  const std::vector<SampleIndex> indices{65'530, 65'535, 65'536, 65'537, 131'071, 131'072, 200'001, 200'002};
  {
    auto ledger = Ledger::open(folder.file(), "n");
    ledger.add_stage(make_stage({1, 1}, {0, 65'530}));
    ledger.add_stage(make_stage({1, 2}, range));
    std::vector<RunRecord> runs;
    for (const auto index : indices) runs.push_back(ok_run(index));
    commit(ledger, 1, runs, {1, 2});
    commit(ledger, 2, {ok_run(65'529)}, {1, 1});

    const auto bits = ledger.done_bitmap({1, 2});
    CHECK(bits.size() == (range.size() + 7) / 8);
    for (SampleIndex index = range.begin; index < range.end; ++index) {
      const bool expected = std::find(indices.begin(), indices.end(), index) != indices.end();
      if (get_bit(bits, index - range.begin) != expected) FAIL("wrong bit for index " << index);
    }
    CHECK(get_bit(ledger.done_bitmap({1, 1}), 65'529));
    CHECK(ledger.check().empty());
  }
  Raw raw{folder.file()};
  CHECK(raw.ask("SELECT revision, stage, block, length(bitmap) FROM done ORDER BY 1, 2, 3") ==
        "1|1|0|8192\n1|2|0|8192\n1|2|1|8192\n1|2|2|8192\n1|2|3|8192");
  CHECK(raw.ask("SELECT hex(substr(bitmap, 1, 1)) FROM done WHERE stage = 2 AND block = 1") == "03");
}

TEST_CASE("A stage without runs has an empty bitmap of its size", "[ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.file(), "n");
  ledger.add_stage(make_stage({1, 1}, {3, 20}));
  ledger.add_stage(make_stage({1, 2}, {20, 20}));
  CHECK(ledger.done_bitmap({1, 1}) == std::vector<std::uint8_t>(3));
  CHECK(ledger.done_bitmap({1, 2}).empty());
  CHECK(ledger.final_states({1, 2}, 0, 10).empty());
  CHECK(ledger.open_attempts({1, 2}).empty());
  CHECK(ledger.check().empty());
}
