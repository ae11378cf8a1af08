/// \file
/// Where in its cell a point is born. Private to design. Source: nested Latin hypercube, section 4.
#pragma once

#include <cstdint>

#include "tranche/design/hash.hpp"
#include "tranche/design/position.hpp"

namespace tranche::design {

/// Position of the point born in `cell` of n cells, jittered by `bits` = 50 - ceil(log2 n) bits of the key's
/// stream.
///
/// `denominator` = n 2^(bits+1). Numerator and denominator are exact doubles; their quotient is at least
/// 2^-51 away from a cell edge, and rounding and truncation together move it by less than 2^-52, so it stays
/// in its cell.
inline Position born_in(std::uint64_t cell, std::uint64_t key, int bits, double denominator) noexcept {
  const std::uint64_t jitter = hash(key, cell) >> (64 - bits);
  const std::uint64_t numerator = 2 * ((cell << bits) + jitter) + 1;
  const double x = static_cast<double>(static_cast<std::int64_t>(numerator)) / denominator;
  return static_cast<Position>(static_cast<std::int64_t>(x * 0x1p52));
}

}  // namespace tranche::design
