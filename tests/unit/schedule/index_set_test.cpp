#include "tranche/schedule/index_set.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "tranche/base/errors.hpp"

using namespace tranche;
using schedule::IndexSet;

namespace {

constexpr std::uint64_t block = 65'536;  // of the ledger's bitmaps
constexpr std::uint64_t page = 4096;     // of the set itself

/// The same set, the slow and obvious way.
struct Reference {
  IndexRange universe;
  std::set<SampleIndex> present;

  std::optional<IndexRange> next(SampleIndex from, std::uint64_t limit, bool value) const {
    auto at = std::max(from, universe.begin);
    while (at < universe.end && present.contains(at) != value) ++at;
    if (at >= universe.end || limit == 0) return std::nullopt;
    auto end = at;
    while (end < universe.end && end - at < limit && present.contains(end) == value) ++end;
    return IndexRange{at, end};
  }
};

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_{seed} {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  /// Near a block's border, near the universe's ends, or anywhere.
  SampleIndex index(IndexRange universe) {
    const auto jitter = below(9);
    SampleIndex at = universe.begin + below(universe.size());
    if (below(2) == 0) at = (universe.begin / page + below(universe.size() / page + 2)) * page + jitter - 4;
    if (below(8) == 0) at = universe.end - 1 - jitter;
    return std::clamp(at, universe.begin, universe.end - 1);
  }
  IndexRange range(IndexRange universe) {
    const auto a = index(universe);
    if (below(2) == 0) return {a, std::min(a + below(300), universe.end)};
    const auto b = index(universe);
    return {std::min(a, b), std::max(a, b) + below(2)};
  }

 private:
  std::mt19937_64 engine_;
};

void check_same(const IndexSet& set, const Reference& reference, Random& random) {
  REQUIRE(set.count() == reference.present.size());
  REQUIRE(set.full() == (reference.present.size() == reference.universe.size()));
  for (int k = 0; k < 8; ++k) {
    const auto at = random.index(reference.universe);
    REQUIRE(set.contains(at) == reference.present.contains(at));
  }
  const auto from = random.index(reference.universe);
  const auto limit = random.below(4) == 0 ? reference.universe.size() : random.below(200);
  INFO("from " << from << " limit " << limit);
  REQUIRE(set.next_gap(from, limit) == reference.next(from, limit, false));
  REQUIRE(set.next_run(from, limit) == reference.next(from, limit, true));
}

}  // namespace

TEST_CASE("an index set does what a set of indices does, across page borders") {
  const auto universe =
      GENERATE(IndexRange{0, 1}, IndexRange{7, 71}, IndexRange{0, page}, IndexRange{page, 2 * page},
               IndexRange{1000, 1000 + page - 1}, IndexRange{5, 5 + page + 1},
               IndexRange{3 * page - 1, 9 * page + 1}, IndexRange{123'456, 123'456 + 2 * block + 777});
  const std::uint64_t seed = universe.begin + universe.size();
  INFO("universe " << universe.begin << " .. " << universe.end << ", seed " << seed);
  Random random{seed};
  IndexSet set{universe};
  Reference reference{universe, {}};
  for (int step = 0; step < 250; ++step) {
    if (random.below(2) == 0) {
      const auto at = random.index(universe);
      if (random.below(2) == 0) {
        REQUIRE(set.insert(at) == reference.present.insert(at).second);
      } else {
        REQUIRE(set.erase(at) == (reference.present.erase(at) == 1));
      }
    } else {
      const auto range = random.range(universe);
      const auto before = reference.present.size();
      if (random.below(2) == 0) {
        for (auto at = range.begin; at < range.end; ++at) reference.present.insert(at);
        REQUIRE(set.insert(range) == reference.present.size() - before);
      } else {
        reference.present.erase(reference.present.lower_bound(range.begin),
                                reference.present.lower_bound(range.end));
        REQUIRE(set.erase(range) == before - reference.present.size());
      }
    }
    check_same(set, reference, random);
  }
  set.insert(universe);
  REQUIRE(set.full());
  REQUIRE_FALSE(set.next_gap(universe.begin, 10));
  REQUIRE(set.next_run(0, universe.size()) == universe);
  set.erase(universe);
  REQUIRE(set.count() == 0);
  REQUIRE(set.next_gap(0, universe.size()) == universe);
}

TEST_CASE("walking gaps and runs from one to the next meets every index once") {
  Random random{42};
  const IndexRange universe{11, 11 + 2 * block + 100};
  IndexSet set{universe};
  for (int k = 0; k < 500; ++k) set.insert(random.range({universe.begin, universe.end}).begin);
  for (int k = 0; k < 5; ++k) set.insert(random.range(universe));
  std::uint64_t present = 0;
  std::uint64_t absent = 0;
  for (auto run = set.next_run(0, 1000); run; run = set.next_run(run->end, 1000)) {
    REQUIRE(run->size() <= 1000);
    present += run->size();
  }
  for (auto gap = set.next_gap(0, 77); gap; gap = set.next_gap(gap->end, 77)) absent += gap->size();
  REQUIRE(present == set.count());
  REQUIRE(absent == universe.size() - set.count());
}

TEST_CASE("a bitmap becomes the set of its bits, counted from the range's begin") {
  const IndexRange universe{100, 100 + block + 21};
  Random random{7};
  std::vector<std::uint8_t> bitmap((universe.size() + 7) / 8, 0);
  std::set<SampleIndex> expected;
  const auto add = [&](std::uint64_t offset) {
    bitmap[offset / 8] = static_cast<std::uint8_t>(bitmap[offset / 8] | (1u << (offset % 8)));
    expected.insert(universe.begin + offset);
  };
  for (int k = 0; k < 3000; ++k) add(random.below(universe.size()));
  add(0), add(block - 1), add(block), add(universe.size() - 1);
  const auto set = IndexSet::from_bitmap(universe, bitmap);
  REQUIRE(set.count() == expected.size());
  for (auto at = universe.begin; at < universe.end; ++at)
    if (set.contains(at) != expected.contains(at)) FAIL("index " << at);
}

TEST_CASE("a bitmap may be shorter than its range, but has no bit beyond it") {
  const IndexRange universe{0, 20};
  const std::vector<std::uint8_t> shorter{0x81};
  const auto set = IndexSet::from_bitmap(universe, shorter);
  REQUIRE(set.count() == 2);
  REQUIRE((set.contains(0) && set.contains(7)));
  REQUIRE(IndexSet::from_bitmap(universe, {}).count() == 0);
  const std::vector<std::uint8_t> full{0xff, 0xff, 0x0f};
  REQUIRE(IndexSet::from_bitmap(universe, full).full());
  const std::vector<std::uint8_t> beyond{0, 0, 0x10};
  REQUIRE_THROWS_AS(IndexSet::from_bitmap(universe, beyond), DamageError);
  const std::vector<std::uint8_t> longer{0, 0, 0, 1};
  REQUIRE_THROWS_AS(IndexSet::from_bitmap(universe, longer), DamageError);
}

TEST_CASE("pieces of a bitmap may come in any order, overlap, and begin anywhere") {
  const std::uint64_t seed = 20'261'121;
  INFO("seed " << seed);
  Random random{seed};
  const IndexRange universe{3 * page + 17, 3 * block + 1234};
  IndexSet set{universe};
  Reference reference{universe, {}};
  for (int piece = 0; piece < 300; ++piece) {
    const auto first = random.index(universe);
    const auto size =
        std::min<std::uint64_t>(random.below(4) == 0 ? page : random.below(99), universe.end - first);
    std::vector<std::uint8_t> bits((size + 7) / 8, 0);
    const auto before = reference.present.size();
    const bool solid = random.below(2) == 0;
    for (std::uint64_t k = 0; k < size; ++k) {
      if (!solid && random.below(3) == 0) continue;
      bits[k / 8] = static_cast<std::uint8_t>(bits[k / 8] | (1u << (k % 8)));
      reference.present.insert(first + k);
    }
    REQUIRE(set.insert_bits(first, bits) == reference.present.size() - before);
    check_same(set, reference, random);
    if (random.below(3) == 0) {
      const auto gone = random.range(universe);
      set.erase(gone);
      reference.present.erase(reference.present.lower_bound(gone.begin),
                              reference.present.lower_bound(gone.end));
    }
  }
}

TEST_CASE("a ledger's block may reach over its stage's ends, but has no bit there") {
  const IndexRange universe{block + 100, 2 * block - 100};
  std::vector<std::uint8_t> bits(block / 8, 0);
  const auto flip = [&](SampleIndex index) {
    bits[(index - block) / 8] ^= static_cast<std::uint8_t>(1u << (index % 8));
  };
  IndexSet set{universe};
  flip(universe.begin), flip(universe.end - 1);
  REQUIRE(set.insert_bits(block, bits) == 2);
  REQUIRE(set.next_run(0, 5) == IndexRange{universe.begin, universe.begin + 1});
  for (const auto outside : {block, universe.begin - 1, universe.end, 2 * block - 1}) {
    INFO("index " << outside);
    flip(outside);
    REQUIRE_THROWS_AS(IndexSet{universe}.insert_bits(block, bits), DamageError);
    flip(outside);
  }
  const std::vector<std::uint8_t> far{1};
  REQUIRE_THROWS_AS(set.insert_bits(0, far), DamageError);
  REQUIRE_THROWS_AS(set.insert_bits(5 * block, far), DamageError);
  const std::vector<std::uint8_t> none{0, 0};
  REQUIRE(set.insert_bits(0, none) == 0);
  REQUIRE(set.count() == 2);
}

TEST_CASE("a set of 10^9 indices costs what is partly filled, not what is there") {
  const IndexRange universe{0, 1'000'000'000};
  IndexSet set{universe};
  REQUIRE(set.memory_bytes() == 0);
  set.insert(universe);
  REQUIRE(set.memory_bytes() < 200);
  set.erase(SampleIndex{123'456'789});
  set.erase(IndexRange{500'000'000, 700'000'000});
  REQUIRE(set.memory_bytes() < 4000);
  REQUIRE(set.next_gap(0, 5) == IndexRange{123'456'789, 123'456'790});
  REQUIRE(set.next_gap(123'456'790, universe.size()) == IndexRange{500'000'000, 700'000'000});
  REQUIRE(set.next_run(600'000'000, universe.size()) == IndexRange{700'000'000, 1'000'000'000});
  set.insert(IndexRange{500'000'000, 700'000'000});
  set.insert(SampleIndex{123'456'789});
  REQUIRE(set.full());
  REQUIRE(set.memory_bytes() < 200);
}

TEST_CASE("an index set refuses what lies outside its range") {
  IndexSet set{{10, 20}};
  REQUIRE_FALSE(set.contains(9));
  REQUIRE_FALSE(set.contains(20));
  REQUIRE_THROWS_AS(set.insert(SampleIndex{9}), ContractError);
  REQUIRE_THROWS_AS(set.erase(SampleIndex{20}), ContractError);
  REQUIRE_THROWS_AS(set.insert(IndexRange{9, 11}), ContractError);
  REQUIRE_THROWS_AS(set.erase(IndexRange{19, 21}), ContractError);
  REQUIRE(set.insert(IndexRange{15, 15}) == 0);
  REQUIRE(set.count() == 0);
}

TEST_CASE("an empty range gives an empty, full set without gaps") {
  const IndexSet set{IndexRange{5, 5}};
  REQUIRE(set.full());
  REQUIRE_FALSE(set.contains(5));
  REQUIRE_FALSE(set.next_gap(0, 1));
  REQUIRE_FALSE(set.next_run(0, 1));
  REQUIRE(IndexSet{}.full());
}
