#include "tranche/schedule/index_set.hpp"

#include <algorithm>
#include <bit>

#include "tranche/base/errors.hpp"

namespace tranche::schedule {
namespace {

constexpr std::uint64_t ones(std::uint64_t count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

}  // namespace

IndexSet::IndexSet(IndexRange universe) : universe_{universe} {
  blocks_.resize((universe.size() + block_size - 1) / block_size);
}

IndexSet IndexSet::from_bitmap(IndexRange universe, std::span<const std::uint8_t> bitmap) {
  IndexSet set{universe};
  for (std::uint64_t byte = 0; byte < bitmap.size(); ++byte) {
    if (bitmap[byte] == 0) continue;
    for (std::uint64_t k = 0; k < 8; ++k)
      if (((bitmap[byte] >> k) & 1) != 0) set.insert(universe.begin + byte * 8 + k);
  }
  return set;
}

std::uint32_t IndexSet::size_of(std::size_t block) const noexcept {
  return static_cast<std::uint32_t>(std::min(block_size, universe_.size() - block * block_size));
}

bool IndexSet::bit(std::uint64_t offset) const noexcept {
  const auto& block = blocks_[offset / block_size];
  if (!block.words) return block.count != 0;
  const auto in = offset % block_size;
  return (((*block.words)[in / 64] >> (in % 64)) & 1) != 0;
}

bool IndexSet::contains(SampleIndex index) const noexcept {
  return universe_.contains(index) && bit(index - universe_.begin);
}

/// The block's words, made from its short form if need be.
IndexSet::Words& IndexSet::opened(std::size_t at) {
  auto& block = blocks_[at];
  if (!block.words) {
    block.words = std::make_unique<Words>();
    block.words->fill(0);
    for (std::uint32_t bit = 0; bit < block.count; bit += 64)
      (*block.words)[bit / 64] = ones(block.count - bit);
  }
  return *block.words;
}

/// Back to the short form where possible.
void IndexSet::settle(std::size_t at) {
  auto& block = blocks_[at];
  if (block.count == 0 || block.count == size_of(at)) block.words.reset();
}

template <bool Value>
bool IndexSet::set(SampleIndex index) {
  ensure(universe_.contains(index), "an index lies in its set's range");
  const auto offset = index - universe_.begin;
  if (bit(offset) == Value) return false;
  const auto at = offset / block_size;
  const auto in = offset % block_size;
  opened(at)[in / 64] ^= std::uint64_t{1} << (in % 64);
  if constexpr (Value) {
    ++blocks_[at].count, ++count_;
  } else {
    --blocks_[at].count, --count_;
  }
  settle(at);
  return true;
}

template <bool Value>
std::uint64_t IndexSet::set(IndexRange range) {
  if (range.empty()) return 0;
  ensure(universe_.begin <= range.begin && range.end <= universe_.end, "a range lies in its set's range");
  std::uint64_t changed = 0;
  auto offset = range.begin - universe_.begin;
  const auto end = range.end - universe_.begin;
  while (offset < end) {
    const auto at = offset / block_size;
    const auto in = offset % block_size;
    const auto block_end = std::min(end - at * block_size, block_size);
    std::uint64_t here = 0;
    if (in == 0 && block_end == size_of(at)) {
      here = Value ? size_of(at) - blocks_[at].count : blocks_[at].count;
      blocks_[at].words.reset();
    } else {
      auto& words = opened(at);
      for (auto bit = in; bit < block_end;) {
        const auto span = std::min(block_end - bit, 64 - bit % 64);
        const auto mask = ones(span) << (bit % 64);
        auto& word = words[bit / 64];
        here += static_cast<std::uint64_t>(std::popcount((Value ? ~word : word) & mask));
        word = Value ? word | mask : word & ~mask;
        bit += span;
      }
    }
    blocks_[at].count =
        static_cast<std::uint32_t>(Value ? blocks_[at].count + here : blocks_[at].count - here);
    settle(at);
    changed += here;
    offset = at * block_size + block_end;
  }
  count_ = Value ? count_ + changed : count_ - changed;
  return changed;
}

bool IndexSet::insert(SampleIndex index) {
  return set<true>(index);
}
bool IndexSet::erase(SampleIndex index) {
  return set<false>(index);
}
std::uint64_t IndexSet::insert(IndexRange range) {
  return set<true>(range);
}
std::uint64_t IndexSet::erase(IndexRange range) {
  return set<false>(range);
}

/// Offset of the first bit equal to Value within offset .. end; `end` if none.
template <bool Value>
std::uint64_t IndexSet::first(std::uint64_t offset, std::uint64_t end) const {
  while (offset < end) {
    const auto at = offset / block_size;
    const auto& block = blocks_[at];
    if (!block.words) {
      if ((block.count != 0) == Value) return offset;
      offset = (at + 1) * block_size;
      continue;
    }
    for (auto in = offset % block_size; in < size_of(at); in = in / 64 * 64 + 64) {
      const auto word = (Value ? (*block.words)[in / 64] : ~(*block.words)[in / 64]) >> (in % 64);
      if (word == 0) continue;
      const auto found = in + static_cast<std::uint64_t>(std::countr_zero(word));
      if (found < size_of(at)) return std::min(at * block_size + found, end);
    }
    offset = (at + 1) * block_size;
  }
  return end;
}

template <bool Value>
std::optional<IndexRange> IndexSet::next(SampleIndex from, std::uint64_t limit) const {
  const auto size = universe_.size();
  const auto start = first<Value>(from <= universe_.begin ? 0 : from - universe_.begin, size);
  if (start >= size || limit == 0) return std::nullopt;
  const auto end = first<!Value>(start, start + std::min(limit, size - start));
  return IndexRange{universe_.begin + start, universe_.begin + end};
}

std::optional<IndexRange> IndexSet::next_gap(SampleIndex from, std::uint64_t limit) const {
  return next<false>(from, limit);
}
std::optional<IndexRange> IndexSet::next_run(SampleIndex from, std::uint64_t limit) const {
  return next<true>(from, limit);
}

}  // namespace tranche::schedule
