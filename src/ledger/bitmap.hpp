/// \file
/// Bits of a stage, and how they lie in the blocks of `done`. Layer: adapter, pure, private.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/ledger/rows.hpp"

namespace tranche::ledger {

inline constexpr std::size_t done_block_bytes = done_block_samples / 8;

constexpr std::uint64_t block_of(SampleIndex index) noexcept {
  return index / done_block_samples;
}

inline bool get_bit(std::span<const std::uint8_t> bits, std::uint64_t at) noexcept {
  return (bits[at / 8] >> (at % 8) & 1U) != 0;
}
inline void set_bit(std::span<std::uint8_t> bits, std::uint64_t at) noexcept {
  bits[at / 8] = static_cast<std::uint8_t>(bits[at / 8] | 1U << (at % 8));
}
inline void clear_bit(std::span<std::uint8_t> bits, std::uint64_t at) noexcept {
  bits[at / 8] = static_cast<std::uint8_t>(bits[at / 8] & ~(1U << (at % 8)));
}

/// Gathers blocks (aligned to multiples of 65 536) into the bits of one range (which begins anywhere).
class RangeBits {
 public:
  explicit RangeBits(IndexRange range);
  /// `bytes` of block `block`; what lies outside the range is dropped.
  void add_block(std::uint64_t block, std::span<const std::uint8_t> bytes);
  /// Bit k = index range.begin + k; the unused bits of the last byte are 0.
  std::vector<std::uint8_t> take();

 private:
  IndexRange range_;
  std::uint64_t first_byte_;  ///< of `aligned_`, counted from index 0
  std::vector<std::uint8_t> aligned_;
};

}  // namespace tranche::ledger
