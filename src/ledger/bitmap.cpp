#include "bitmap.hpp"

#include <algorithm>

namespace tranche::ledger {

RangeBits::RangeBits(IndexRange range)
    : range_{range}, first_byte_{range.begin / 8}, aligned_((range.end + 7) / 8 - first_byte_ + 1) {}

void RangeBits::add_block(std::uint64_t block, std::span<const std::uint8_t> bytes) {
  const std::uint64_t block_begin = block * done_block_bytes;
  const std::uint64_t begin = std::max(block_begin, first_byte_);
  const std::uint64_t end = std::min(block_begin + bytes.size(), first_byte_ + aligned_.size() - 1);
  if (begin >= end) return;
  const auto part = bytes.subspan(begin - block_begin, end - begin);
  std::copy(part.begin(), part.end(), aligned_.begin() + static_cast<std::ptrdiff_t>(begin - first_byte_));
}

std::vector<std::uint8_t> RangeBits::take() {
  const auto shift = static_cast<unsigned>(range_.begin % 8);
  std::vector<std::uint8_t> bits((range_.size() + 7) / 8);
  for (std::size_t at = 0; at < bits.size(); ++at)
    bits[at] = static_cast<std::uint8_t>(aligned_[at] >> shift | aligned_[at + 1] << (8 - shift));
  if (const auto used = range_.size() % 8; used != 0)
    bits.back() = static_cast<std::uint8_t>(bits.back() & ((1U << used) - 1));
  return bits;
}

}  // namespace tranche::ledger
