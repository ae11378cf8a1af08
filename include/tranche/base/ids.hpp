/// \file
/// Identities: design index, revision, stage, run.
/// Layer: base (pure).
#pragma once

#include <compare>
#include <cstdint>

namespace tranche {

/// Position of a sample in its design, from 0. Below 2^40.
using SampleIndex = std::uint64_t;

inline constexpr SampleIndex max_sample_index = (SampleIndex{1} << 40) - 1;

/// Half-open range of design indices.
struct IndexRange {
  SampleIndex begin = 0;
  SampleIndex end = 0;

  constexpr std::uint64_t size() const noexcept { return end - begin; }
  constexpr bool empty() const noexcept { return begin >= end; }
  constexpr bool contains(SampleIndex index) const noexcept { return begin <= index && index < end; }
  auto operator<=>(const IndexRange&) const = default;
};

/// A stage of a design revision. Both count from 1.
struct StageKey {
  std::uint16_t revision = 1;
  std::uint8_t stage = 1;
  auto operator<=>(const StageKey&) const = default;
};

/// One attempt at one sample: revision << 48 | index << 8 | attempt, the ledger's primary key.
class RunId {
 public:
  constexpr RunId() = default;
  /// Preconditions: revision < 2^15, index < 2^40 (attempt is 8 bits wide by type).
  constexpr RunId(std::uint16_t revision, SampleIndex index, std::uint8_t attempt) noexcept
      : value_{static_cast<std::int64_t>((std::uint64_t{revision} << 48) | (index << 8) | attempt)} {}
  static constexpr RunId from_value(std::int64_t value) noexcept {
    RunId id;
    id.value_ = value;
    return id;
  }

  constexpr std::int64_t value() const noexcept { return value_; }
  constexpr std::uint16_t revision() const noexcept {
    return static_cast<std::uint16_t>(static_cast<std::uint64_t>(value_) >> 48);
  }
  constexpr SampleIndex index() const noexcept {
    return (static_cast<std::uint64_t>(value_) >> 8) & max_sample_index;
  }
  constexpr std::uint8_t attempt() const noexcept { return static_cast<std::uint8_t>(value_ & 0xff); }

  auto operator<=>(const RunId&) const = default;

 private:
  std::int64_t value_ = 0;
};

}  // namespace tranche
