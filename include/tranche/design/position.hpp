/// \file
/// Positions inside a parameter's range, as integers: exact strata, exact comparison, same bits everywhere.
/// Layer: design (pure). Nothing thrown; O(1). Source: nested Latin hypercube, section 4.
#pragma once

#include <cstdint>

namespace tranche::design {

/// 52-bit integer X in [0, 2^52). Stands for the centre of the X-th of 2^52 equal parts of (0,1).
using Position = std::uint64_t;

inline constexpr int position_bits = 52;

__extension__ using uint128 = unsigned __int128;

/// x = (2X+1) 2^-53: an exact double, never 0 or 1.
constexpr double unit_value(Position position) noexcept {
  return static_cast<double>(static_cast<std::int64_t>(2 * position + 1)) * 0x1p-53;
}

/// Which of n equal strata holds the position: floor(x n), exactly, for any n < 2^64.
/// All logic on strata uses this; floor(x*n) in floating point is wrong about once in 10^9.
constexpr std::uint64_t cell(Position position, std::uint64_t n) noexcept {
  return static_cast<std::uint64_t>((static_cast<uint128>(2 * position + 1) * n) >> 53);
}

}  // namespace tranche::design
