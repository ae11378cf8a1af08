/// \file
/// Rounds of the keyed permutation, on keys wherever they lie. Private to design.
/// Source: nested Latin hypercube, section 3.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tranche/design/hash.hpp"
#include "tranche/design/keyed_permutation.hpp"

namespace tranche::design {

/// Round keys p_0 .. p_T of one permutation, `stride` words apart.
struct KeyColumn {
  const std::uint64_t* first;
  std::size_t stride;

  std::uint64_t operator[](int t) const noexcept { return first[static_cast<std::size_t>(t) * stride]; }
};

/// (value + shift) mod n, both below n.
constexpr std::uint64_t add_mod(std::uint64_t value, std::uint64_t shift, std::uint64_t n) noexcept {
  const std::uint64_t sum = value + shift;
  return sum >= n ? sum - n : sum;
}

/// (value - shift) mod n, both below n.
constexpr std::uint64_t sub_mod(std::uint64_t value, std::uint64_t shift, std::uint64_t n) noexcept {
  return value >= shift ? value - shift : value + n - shift;
}

/// Swap of 0 and 1 if the last key says so: without it an odd a and b reach even permutations only.
constexpr std::uint64_t final_swap(std::uint64_t m, std::uint64_t size, std::uint64_t last_key) noexcept {
  return size > 1 && m < 2 ? m ^ (last_key >> 63) : m;
}

/// All rounds, again and again until the result is below the size. `low`, `high`: state before the first
/// round.
inline std::uint64_t walk_forward(const PermutationShape& shape, KeyColumn keys, std::uint64_t low,
                                  std::uint64_t high) noexcept {
  std::uint64_t m;
  do {
    for (int t = 0; t < shape.rounds; t += 2) {
      low = add_mod(low, range(hash(keys[t], high), shape.a), shape.a);
      high = add_mod(high, range(hash(keys[t + 1], low), shape.b), shape.b);
    }
    m = high * shape.a + low;
  } while (m >= shape.size);
  return m;
}

inline std::uint64_t feistel_forward(const PermutationShape& shape, KeyColumn keys,
                                     std::uint64_t j) noexcept {
  const std::uint64_t high = j / shape.a;
  const std::uint64_t m = walk_forward(shape, keys, j - high * shape.a, high);
  return final_swap(m, shape.size, keys[shape.rounds]);
}

inline std::uint64_t feistel_backward(const PermutationShape& shape, KeyColumn keys,
                                      std::uint64_t m) noexcept {
  m = final_swap(m, shape.size, keys[shape.rounds]);
  std::uint64_t high = m / shape.a;
  std::uint64_t low = m - high * shape.a;
  do {
    for (int t = shape.rounds - 2; t >= 0; t -= 2) {
      high = sub_mod(high, range(hash(keys[t + 1], low), shape.b), shape.b);
      low = sub_mod(low, range(hash(keys[t], high), shape.a), shape.a);
    }
    m = high * shape.a + low;
  } while (m >= shape.size);
  return m;
}

}  // namespace tranche::design
