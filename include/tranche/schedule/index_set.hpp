/// \file
/// A set of indices within a fixed range. Memory follows what is partly filled: a stretch of absent
/// indices costs nothing, a stretch of present ones about 80 B however long it is, a page of 4096 that is
/// partly filled about 600 B. So 10^9 samples of which none or all are done cost nothing to speak of.
/// Layer: schedule (pure).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "tranche/base/ids.hpp"

namespace tranche::schedule {

class IndexSet {
 public:
  IndexSet() = default;
  explicit IndexSet(IndexRange universe);
  /// Bit i of byte i/8 (least significant first) = universe.begin + i. Missing bytes are zero.
  /// \throws DamageError as insert_bits.
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
  /// A piece of a bitmap: bit i of byte i/8 (least significant first) = first + i. Returns how many were
  /// new. About 1 ns for 64 bits. For block b of the ledger's done bitmaps: first = 65 536 b.
  /// \throws DamageError if a set bit lies outside the universe.
  std::uint64_t insert_bits(SampleIndex first, std::span<const std::uint8_t> bits);

  /// The first run of absent indices at or after `from`, cut to at most `limit` indices.
  /// O(partly filled pages passed over).
  std::optional<IndexRange> next_gap(SampleIndex from, std::uint64_t limit) const;
  /// As next_gap, for present indices.
  std::optional<IndexRange> next_run(SampleIndex from, std::uint64_t limit) const;

  /// What it takes on the heap, about. O(pieces).
  std::size_t memory_bytes() const noexcept;

 private:
  static constexpr std::uint64_t page_size = 4096;  ///< page p: indices p * page_size and on
  using Words = std::array<std::uint64_t, page_size / 64>;
  struct Piece {
    std::uint64_t end = 0;         ///< the page after its last
    std::uint32_t count = 0;       ///< with words only
    std::unique_ptr<Words> words;  ///< of one page, partly filled; null: all indices of the pages are present

    explicit Piece(std::uint64_t end_page, std::unique_ptr<Words> page_words = nullptr)
        : end{end_page}, words{std::move(page_words)} {}
    Piece(const Piece& other)
        : end{other.end},
          count{other.count},
          words{other.words ? std::make_unique<Words>(*other.words) : nullptr} {}
    Piece(Piece&&) = default;
    Piece& operator=(const Piece&) = delete;
    Piece& operator=(Piece&&) = default;
    ~Piece() = default;
  };
  using Pieces = std::map<std::uint64_t, Piece>;  ///< by first page; apart, and full ones never touch

  IndexRange part_of(std::uint64_t page) const noexcept;
  Pieces::const_iterator piece_from(std::uint64_t page) const noexcept;
  Pieces::iterator piece_from(std::uint64_t page) noexcept;
  Pieces::iterator opened(std::uint64_t page);
  void settle(Pieces::iterator piece);
  void join(Pieces::iterator piece);
  std::uint64_t cut(std::uint64_t first_page, std::uint64_t end_page);
  std::uint64_t fill(std::uint64_t first_page, std::uint64_t end_page);
  std::uint64_t insert_page(std::uint64_t page, IndexRange range, SampleIndex first,
                            std::span<const std::uint8_t> bits);
  template <bool Value>
  std::uint64_t set_within(std::uint64_t page, IndexRange range);
  template <bool Value>
  std::uint64_t set(IndexRange range);
  template <bool Value>
  std::optional<IndexRange> next(SampleIndex from, std::uint64_t limit) const;
  template <bool Value>
  SampleIndex first(SampleIndex from, SampleIndex end) const;

  IndexRange universe_;
  std::uint64_t count_ = 0;
  Pieces pieces_;
};

}  // namespace tranche::schedule
