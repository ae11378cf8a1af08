/// \file
/// Pseudo-random permutation of 0..M-1 for any M, without a table, with its inverse.
/// Layer: design (pure). Source: nested Latin hypercube, section 3 (additive Feistel network with cycle
/// walking).
#pragma once

#include <array>
#include <cstdint>

namespace tranche::design {

/// The part of the permutation that depends on M alone; shared by all dimensions of a stage.
struct PermutationShape {
  static constexpr int max_rounds = 24;
  static constexpr std::uint64_t max_size = std::uint64_t{1} << 62;

  /// \throws std::invalid_argument unless 1 <= size <= 2^62
  explicit PermutationShape(std::uint64_t size);

  std::uint64_t size;  ///< M
  std::uint64_t a;     ///< ceil(sqrt(M)): range of the low half
  std::uint64_t b;     ///< ceil(M/a): range of the high half
  int rounds;          ///< 24, 8 or 6: enough for the chi-square tests of all M
};

/// Bijection of {0, ..., size-1}. Immutable; any number of threads may use one object.
///
/// Cost: at most 1 + 1/sqrt(M) + 1/M passes of `rounds` hashes on average (about 25 ns for M >= 65536).
class KeyedPermutation {
 public:
  /// Key p; its round keys are hash(p, t). \throws std::invalid_argument unless 1 <= size <= 2^62
  KeyedPermutation(std::uint64_t size, std::uint64_t key);

  std::uint64_t size() const noexcept { return shape_.size; }
  const PermutationShape& shape() const noexcept { return shape_; }

  /// hash(p, t), t = 0 .. rounds; the last one decides on the final swap of 0 and 1.
  std::uint64_t round_key(int t) const noexcept { return keys_[static_cast<std::size_t>(t)]; }

  /// Image of j. \pre j < size()
  std::uint64_t operator()(std::uint64_t j) const noexcept;

  /// The j whose image is m. \pre m < size()
  std::uint64_t inverse(std::uint64_t m) const noexcept;

 private:
  std::uint64_t swapped(std::uint64_t m) const noexcept;

  PermutationShape shape_;
  std::array<std::uint64_t, PermutationShape::max_rounds + 1> keys_{};
};

}  // namespace tranche::design
