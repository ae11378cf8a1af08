#include "tranche/schedule/index_set.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "tranche/base/errors.hpp"

namespace tranche::schedule {
namespace {

constexpr std::size_t heap_node_bytes = 48;  ///< a map's links and what the heap adds

constexpr std::uint64_t ones(std::uint64_t count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

/// Sets bits begin .. end of the words to Value; returns how many changed.
template <bool Value, class Words>
std::uint64_t change(Words& words, std::uint64_t begin, std::uint64_t end) {
  std::uint64_t changed = 0;
  for (auto bit = begin; bit < end;) {
    const auto span = std::min(end - bit, 64 - bit % 64);
    const auto mask = ones(span) << (bit % 64);
    auto& word = words[bit / 64];
    changed += static_cast<std::uint64_t>(std::popcount((Value ? ~word : word) & mask));
    word = Value ? word | mask : word & ~mask;
    bit += span;
  }
  return changed;
}

/// Up to 64 bits from bit `at` on; zero beyond the last byte.
std::uint64_t word_at(std::span<const std::uint8_t> bits, std::uint64_t at) {
  const auto byte = at / 8;
  const auto shift = at % 8;
  std::uint64_t word = 0;
  if (byte >= bits.size()) return word;
  std::memcpy(&word, bits.data() + byte, std::min<std::size_t>(sizeof word, bits.size() - byte));
  if (shift == 0) return word;
  const auto next = byte + sizeof word < bits.size() ? std::uint64_t{bits[byte + sizeof word]} : 0;
  return word >> shift | next << (64 - shift);
}
static_assert(std::endian::native == std::endian::little, "a word's bytes lie as a bitmap's do");

[[noreturn]] void throw_outside() {
  throw DamageError{"a bitmap of finished samples has bits outside its stage"};
}

}  // namespace

IndexSet::IndexSet(IndexRange universe) : universe_{universe} {}

IndexSet IndexSet::from_bitmap(IndexRange universe, std::span<const std::uint8_t> bitmap) {
  IndexSet set{universe};
  set.insert_bits(universe.begin, bitmap);
  return set;
}

// --- pieces -------------------------------------------------------------------------------------------

/// The page's indices that lie in the universe.
IndexRange IndexSet::part_of(std::uint64_t page) const noexcept {
  return {std::max(page * page_size, universe_.begin), std::min((page + 1) * page_size, universe_.end)};
}

/// The first piece that ends after `page` begins: it holds the page, or lies beyond it.
IndexSet::Pieces::const_iterator IndexSet::piece_from(std::uint64_t page) const noexcept {
  auto piece = pieces_.upper_bound(page);
  if (piece != pieces_.begin() && std::prev(piece)->second.end > page) --piece;
  return piece;
}
IndexSet::Pieces::iterator IndexSet::piece_from(std::uint64_t page) noexcept {
  auto piece = pieces_.upper_bound(page);
  if (piece != pieces_.begin() && std::prev(piece)->second.end > page) --piece;
  return piece;
}

/// The page's own piece with words, made if need be.
IndexSet::Pieces::iterator IndexSet::opened(std::uint64_t page) {
  auto piece = piece_from(page);
  const bool held = piece != pieces_.end() && piece->first <= page;
  if (held && piece->second.words) return piece;
  if (held) cut(page, page + 1);
  Piece made{page + 1, std::make_unique<Words>()};
  if (held) {
    const auto part = part_of(page);
    made.count = static_cast<std::uint32_t>(
        change<true>(*made.words, part.begin - page * page_size, part.end - page * page_size));
  }
  return pieces_.emplace(page, std::move(made)).first;
}

/// After its words have changed: gone if empty, without words if full.
void IndexSet::settle(Pieces::iterator piece) {
  if (piece->second.count == 0) {
    pieces_.erase(piece);
  } else if (piece->second.count == part_of(piece->first).size()) {
    piece->second.words.reset();
    join(piece);
  }
}

/// A full piece takes in the full ones that touch it.
void IndexSet::join(Pieces::iterator piece) {
  if (const auto next = std::next(piece);
      next != pieces_.end() && !next->second.words && next->first == piece->second.end) {
    piece->second.end = next->second.end;
    pieces_.erase(next);
  }
  if (piece == pieces_.begin()) return;
  if (const auto before = std::prev(piece); !before->second.words && before->second.end == piece->first) {
    before->second.end = piece->second.end;
    pieces_.erase(piece);
  }
}

/// Empties these pages; returns how many indices they held.
std::uint64_t IndexSet::cut(std::uint64_t first_page, std::uint64_t end_page) {
  std::uint64_t gone = 0;
  for (auto at = piece_from(first_page); at != pieces_.end() && at->first < end_page;) {
    auto& piece = at->second;
    const auto begin = std::max(at->first, first_page);
    const auto end = std::min(piece.end, end_page);
    gone += piece.words ? piece.count : part_of(end - 1).end - part_of(begin).begin;
    if (piece.end > end_page) pieces_.emplace_hint(std::next(at), end_page, Piece{piece.end});
    if (at->first < first_page) {
      piece.end = first_page;
      ++at;
    } else {
      at = pieces_.erase(at);
    }
  }
  return gone;
}

/// Fills these pages; returns how many indices are new.
std::uint64_t IndexSet::fill(std::uint64_t first_page, std::uint64_t end_page) {
  const auto before = cut(first_page, end_page);
  join(pieces_.emplace(first_page, Piece{end_page}).first);
  return part_of(end_page - 1).end - part_of(first_page).begin - before;
}

// --- changes ------------------------------------------------------------------------------------------

/// `range` lies within the page and is not all of it.
template <bool Value>
std::uint64_t IndexSet::set_within(std::uint64_t page, IndexRange range) {
  const auto held = piece_from(page);
  const bool present = held != pieces_.end() && held->first <= page;
  if (Value ? present && !held->second.words : !present) return 0;
  const auto piece = present && held->second.words ? held : opened(page);
  const auto changed =
      change<Value>(*piece->second.words, range.begin - page * page_size, range.end - page * page_size);
  auto& count = piece->second.count;
  count = static_cast<std::uint32_t>(Value ? count + changed : count - changed);
  settle(piece);
  return changed;
}

template <bool Value>
std::uint64_t IndexSet::set(IndexRange range) {
  if (range.empty()) return 0;
  ensure(universe_.begin <= range.begin && range.end <= universe_.end, "a range lies in its set's range");
  std::uint64_t changed = 0;
  for (auto at = range.begin; at < range.end;) {
    const auto page = at / page_size;
    const auto part = part_of(page);
    if (at != part.begin || range.end < part.end) {
      const auto end = std::min(part.end, range.end);
      changed += set_within<Value>(page, {at, end});
      at = end;
    } else {
      const auto end_page =
          range.end == universe_.end ? (range.end - 1) / page_size + 1 : range.end / page_size;
      changed += Value ? fill(page, end_page) : cut(page, end_page);
      at = part_of(end_page - 1).end;
    }
  }
  count_ = Value ? count_ + changed : count_ - changed;
  return changed;
}

bool IndexSet::insert(SampleIndex index) {
  return set<true>({index, index + 1}) == 1;
}
bool IndexSet::erase(SampleIndex index) {
  return set<false>({index, index + 1}) == 1;
}
std::uint64_t IndexSet::insert(IndexRange range) {
  return set<true>(range);
}
std::uint64_t IndexSet::erase(IndexRange range) {
  return set<false>(range);
}

/// `range` lies within the page; returns how many indices are new.
std::uint64_t IndexSet::insert_page(std::uint64_t page, IndexRange range, SampleIndex first,
                                    std::span<const std::uint8_t> bits) {
  Words words{};
  std::uint64_t count = 0;
  for (auto at = range.begin; at < range.end;) {
    const auto in = at - page * page_size;
    const auto span = std::min(range.end - at, 64 - in % 64);
    const auto word = word_at(bits, at - first) & ones(span);
    words[in / 64] |= word << (in % 64);
    count += static_cast<std::uint64_t>(std::popcount(word));
    at += span;
  }
  if (count == 0) return 0;
  if (count == part_of(page).size()) return fill(page, page + 1);
  const auto held = piece_from(page);
  if (held != pieces_.end() && held->first <= page && !held->second.words) return 0;
  const auto piece = opened(page);
  std::uint64_t added = 0;
  for (std::size_t k = 0; k < words.size(); ++k) {
    auto& word = (*piece->second.words)[k];
    added += static_cast<std::uint64_t>(std::popcount(words[k] & ~word));
    word |= words[k];
  }
  piece->second.count += static_cast<std::uint32_t>(added);
  settle(piece);
  return added;
}

std::uint64_t IndexSet::insert_bits(SampleIndex first, std::span<const std::uint8_t> bits) {
  const IndexRange covered{first, first + bits.size() * 8};
  const auto outside = [&](std::uint64_t begin, std::uint64_t end) {
    for (auto at = begin; at < end; at += 64)
      if ((word_at(bits, at - first) & ones(end - at)) != 0) throw_outside();
  };
  const IndexRange here{std::clamp(universe_.begin, covered.begin, covered.end),
                        std::clamp(universe_.end, covered.begin, covered.end)};
  outside(covered.begin, here.begin);
  outside(std::max(here.begin, here.end), covered.end);
  std::uint64_t added = 0;
  for (auto at = here.begin; at < here.end;) {
    const auto page = at / page_size;
    const auto end = std::min(here.end, part_of(page).end);
    added += insert_page(page, {at, end}, first, bits);
    at = end;
  }
  count_ += added;
  return added;
}

// --- questions ----------------------------------------------------------------------------------------

bool IndexSet::contains(SampleIndex index) const noexcept {
  if (!universe_.contains(index)) return false;
  const auto piece = piece_from(index / page_size);
  if (piece == pieces_.end() || piece->first > index / page_size) return false;
  const auto in = index % page_size;
  return !piece->second.words || (((*piece->second.words)[in / 64] >> (in % 64)) & 1) != 0;
}

/// The first index of from .. end that is present (absent); `end` if none.
template <bool Value>
SampleIndex IndexSet::first(SampleIndex from, SampleIndex end) const {
  for (auto at = piece_from(from / page_size); from < end; ++at) {
    if (at == pieces_.end()) return Value ? end : from;
    const auto begin = at->first * page_size;
    if (from < begin) {
      if (!Value) return from;
      from = begin;
    }
    if (!at->second.words && Value) return std::min(from, end);
    for (auto in = from - begin; at->second.words && in < page_size; in = in / 64 * 64 + 64) {
      const auto word = (*at->second.words)[in / 64];
      const auto rest = (Value ? word : ~word) >> (in % 64);
      if (rest != 0) return std::min(begin + in + static_cast<unsigned>(std::countr_zero(rest)), end);
    }
    from = at->second.end * page_size;
  }
  return end;
}

template <bool Value>
std::optional<IndexRange> IndexSet::next(SampleIndex from, std::uint64_t limit) const {
  const auto begin = first<Value>(std::max(from, universe_.begin), universe_.end);
  if (begin >= universe_.end || limit == 0) return std::nullopt;
  return IndexRange{begin, first<!Value>(begin, begin + std::min(limit, universe_.end - begin))};
}

std::optional<IndexRange> IndexSet::next_gap(SampleIndex from, std::uint64_t limit) const {
  return next<false>(from, limit);
}
std::optional<IndexRange> IndexSet::next_run(SampleIndex from, std::uint64_t limit) const {
  return next<true>(from, limit);
}

std::size_t IndexSet::memory_bytes() const noexcept {
  return std::accumulate(pieces_.begin(), pieces_.end(), std::size_t{0}, [](auto sum, const auto& piece) {
    return sum + sizeof piece + heap_node_bytes + (piece.second.words ? sizeof(Words) + 16 : 0);
  });
}

}  // namespace tranche::schedule
