/// \file
/// A set of indices within a fixed range, in blocks of 65 536: an empty or full block costs nothing.
/// Layer: schedule (pure). Block borders are those of the ledger's done bitmaps, counted from the
/// range's begin. Memory: 8 kB per partly filled block, 24 B per block otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tranche/base/ids.hpp"

namespace tranche::schedule {

class IndexSet {
 public:
  static constexpr std::uint64_t block_size = 65'536;

  IndexSet() = default;
  explicit IndexSet(IndexRange universe);
  /// Bit i of byte i/8 (least significant first) = universe.begin + i. Missing bytes are zero.
  static IndexSet from_bitmap(IndexRange universe, std::span<const std::uint8_t> bitmap);

  IndexRange universe() const noexcept { return universe_; }
  std::uint64_t count() const noexcept { return count_; }
  bool full() const noexcept { return count_ == universe_.size(); }
  bool contains(SampleIndex index) const noexcept;

  /// Both return whether the set changed. Precondition: index lies in the universe.
  bool insert(SampleIndex index);
  bool erase(SampleIndex index);
  /// Returns how many were new (gone). Precondition: range lies in the universe.
  std::uint64_t insert(IndexRange range);
  std::uint64_t erase(IndexRange range);

  /// The first run of absent indices at or after `from`, cut to at most `limit` indices.
  /// O(blocks passed over).
  std::optional<IndexRange> next_gap(SampleIndex from, std::uint64_t limit) const;
  /// As next_gap, for present indices.
  std::optional<IndexRange> next_run(SampleIndex from, std::uint64_t limit) const;

 private:
  using Words = std::array<std::uint64_t, block_size / 64>;
  struct Block {
    std::unique_ptr<Words> words;  ///< null: empty, or full if count says so
    std::uint32_t count = 0;
  };

  bool bit(std::uint64_t offset) const noexcept;
  std::uint32_t size_of(std::size_t block) const noexcept;
  Words& opened(std::size_t block);
  void settle(std::size_t block);
  template <bool Value>
  bool set(SampleIndex index);
  template <bool Value>
  std::uint64_t set(IndexRange range);
  template <bool Value>
  std::optional<IndexRange> next(SampleIndex from, std::uint64_t limit) const;
  template <bool Value>
  std::uint64_t first(std::uint64_t offset, std::uint64_t end) const;

  IndexRange universe_;
  std::uint64_t count_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace tranche::schedule
