/// \file
/// Owen-scrambled Sobol' sequence: point i is a pure function of (seed, dimension, i).
/// Layer: design (pure). Direction numbers of Joe and Kuo (2008), from Boost. Nested uniform scrambling (Owen
/// 1995) by arithmetic on the reversed bits in which each bit depends only on those below it (Laine and
/// Karras 2011, Burley 2020).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tranche/design/position.hpp"

namespace tranche::design {

/// Immutable; const members may be called from any number of threads.
///
/// Invariants:
///  - the first 2^m points hit each of 2^m equal strata of every dimension exactly once, and so does every
///  block of
///    2^m points that begins at a multiple of 2^m;
///  - a point depends on the seed and its index alone: a sequence has no size, it is only used up to one;
///  - a dimension depends on its place in the list only.
///
/// Memory: 1.3 kB a dimension.
class Sobol {
 public:
  /// As many dimensions as there are direction numbers for.
  static std::size_t max_dimensions() noexcept;

  /// \throws std::invalid_argument for no dimension, or more than max_dimensions()
  Sobol(std::uint64_t seed, std::size_t dimensions);

  std::size_t dimensions() const noexcept { return dimensions_.size(); }

  /// Coordinates first_dimension .. first_dimension + out.size() - 1 of one point.
  /// \pre index < 2^40, the last of them < dimensions()
  void positions(std::uint64_t index, std::span<Position> out,
                 std::size_t first_dimension = 0) const noexcept;

 private:
  static constexpr std::size_t nibbles = 10;  ///< of an index below 2^40
  static constexpr std::size_t rounds = 3;
  struct Dimension {
    /// XOR of the direction numbers of the set bits of one nibble; bits reversed, the first digit is bit 0.
    std::array<std::array<std::uint64_t, 16>, nibbles> sums{};
    std::array<std::uint64_t, 2 * rounds> keys{};  ///< of the scrambling
  };
  static std::uint64_t scrambled(std::uint64_t x, const Dimension& dimension) noexcept;

  std::vector<Dimension> dimensions_;
};

}  // namespace tranche::design
