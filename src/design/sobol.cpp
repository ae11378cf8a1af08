/// \file
/// Layer: design (pure).
#include "tranche/design/sobol.hpp"

#include <boost/random/sobol.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "tranche/design/hash.hpp"

namespace tranche::design {
namespace {

using Engine = boost::random::sobol_engine<std::uint64_t, position_bits>;

constexpr std::size_t index_bits = 40;

/// Stream of a scrambling, beside the stages 0..7 of the nested plan and the independent coordinates.
constexpr std::uint64_t scrambling_stream = std::uint64_t{2} << 32;

std::uint64_t reversed(std::uint64_t x) noexcept {
  x = ((x >> 1) & 0x5555555555555555ULL) | ((x & 0x5555555555555555ULL) << 1);
  x = ((x >> 2) & 0x3333333333333333ULL) | ((x & 0x3333333333333333ULL) << 2);
  x = ((x >> 4) & 0x0F0F0F0F0F0F0F0FULL) | ((x & 0x0F0F0F0F0F0F0F0FULL) << 4);
  return __builtin_bswap64(x);
}

/// Direction numbers [bit][dimension], 52 binary digits each, reversed. Boost gives the points in Gray-code
/// order without the first: the n-th is the sum over the bits of n ^ n/2, so that point 2^b is v_b + v_(b-1).
std::vector<std::vector<std::uint64_t>> direction_numbers(std::size_t dimensions) {
  std::vector<std::vector<std::uint64_t>> numbers(index_bits, std::vector<std::uint64_t>(dimensions));
  Engine engine{dimensions};
  for (std::size_t bit = 0; bit < index_bits; ++bit) {
    engine.seed((std::uint64_t{1} << bit) - 1);
    for (std::size_t j = 0; j < dimensions; ++j)
      numbers[bit][j] = (reversed(engine()) >> (64 - position_bits)) ^ (bit == 0 ? 0 : numbers[bit - 1][j]);
  }
  return numbers;
}

}  // namespace

std::size_t Sobol::max_dimensions() noexcept {
  return boost::random::default_sobol_table::max_dimension;
}

Sobol::Sobol(std::uint64_t seed, std::size_t dimensions) : dimensions_(dimensions) {
  if (dimensions == 0) throw std::invalid_argument("a design needs at least one parameter");
  if (dimensions > max_dimensions())
    throw std::invalid_argument("a Sobol' sequence has at most " + std::to_string(max_dimensions()) +
                                " parameters");
  const auto numbers = direction_numbers(dimensions);
  for (std::size_t j = 0; j < dimensions; ++j) {
    const std::uint64_t key = hash(hash(root_key(seed), j), scrambling_stream);
    for (std::size_t k = 0; k < dimensions_[j].keys.size(); ++k) dimensions_[j].keys[k] = hash(key, k);
    for (std::size_t nibble = 0; nibble < nibbles; ++nibble)
      for (std::size_t bits = 0; bits < 16; ++bits)
        for (std::size_t bit = 0; bit < 4; ++bit)
          if ((bits >> bit & 1) != 0) dimensions_[j].sums[nibble][bits] ^= numbers[4 * nibble + bit][j];
  }
}

/// Each bit is changed by a function of the bits below it and the keys: on reversed words, a nested uniform
/// scrambling.
std::uint64_t Sobol::scrambled(std::uint64_t x, const Dimension& dimension) noexcept {
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::uint64_t a = dimension.keys[2 * round];
    const std::uint64_t b = dimension.keys[2 * round + 1];
    x += a;
    x ^= x * (b & ~std::uint64_t{1});
    x *= a | 1;
  }
  return x;
}

void Sobol::positions(std::uint64_t index, std::span<Position> out,
                      std::size_t first_dimension) const noexcept {
  for (std::size_t j = 0; j < out.size(); ++j) {
    const auto& dimension = dimensions_[first_dimension + j];
    std::uint64_t x = 0;
    std::size_t nibble = 0;
    for (std::uint64_t rest = index; rest != 0; rest >>= 4) x ^= dimension.sums[nibble++][rest & 15];
    out[j] = reversed(scrambled(x, dimension)) >> (64 - position_bits);
  }
}

}  // namespace tranche::design
