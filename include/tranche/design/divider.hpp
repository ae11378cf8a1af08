/// \file
/// Division by a number known in advance, as one multiplication where that is exact.
/// Layer: design (pure). Nothing thrown; O(1). Source: nested Latin hypercube, section 5 (speed notes).
#pragma once

#include <cstdint>

#include "tranche/design/position.hpp"

namespace tranche::design {

/// Floor division of any p <= `largest` by `divisor`.
///
/// With c = ceil(2^64 / D) = (2^64 + e) / D, 0 <= e < D, the high word of p c is floor(p/D + p e / (D 2^64)),
/// and that is floor(p/D) as long as p D < 2^64. Beyond that, and for D = 1, it divides.
class Divider {
 public:
  /// \pre divisor >= 1
  constexpr Divider(std::uint64_t divisor, std::uint64_t largest) noexcept : divisor_(divisor) {
    const bool exact =
        divisor > 1 && static_cast<uint128>(largest) * divisor < (static_cast<uint128>(1) << 64);
    if (exact) reciprocal_ = ~std::uint64_t{0} / divisor + 1;
  }

  constexpr std::uint64_t operator()(std::uint64_t p) const noexcept {
    if (reciprocal_ != 0) return static_cast<std::uint64_t>((static_cast<uint128>(p) * reciprocal_) >> 64);
    return p / divisor_;
  }

  constexpr std::uint64_t divisor() const noexcept { return divisor_; }

 private:
  std::uint64_t divisor_;
  std::uint64_t reciprocal_ = 0;  ///< 0: divide
};

}  // namespace tranche::design
