/// \file
/// Keyed permutation of any size. Layer: design (pure).
#include "tranche/design/keyed_permutation.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "feistel.hpp"
#include "tranche/design/hash.hpp"

namespace tranche::design {

namespace {

/// Smallest a with a*a >= n; the floating square root is only a first guess.
std::uint64_t ceil_sqrt(std::uint64_t n) {
  auto a = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(n)));
  while (a * a < n) ++a;
  while (a > 1 && (a - 1) * (a - 1) >= n) --a;
  return a;
}

std::uint64_t checked_size(std::uint64_t size) {
  if (size < 1 || size > PermutationShape::max_size)
    throw std::invalid_argument("a permutation needs between 1 and 2^62 elements");
  return size;
}

int rounds_for(std::uint64_t size) {
  return size < 256 ? 24 : size < 65536 ? 8 : 6;
}

}  // namespace

PermutationShape::PermutationShape(std::uint64_t elements)
    : size(checked_size(elements)), a(ceil_sqrt(size)), b((size + a - 1) / a), rounds(rounds_for(size)) {}

KeyedPermutation::KeyedPermutation(std::uint64_t size, std::uint64_t key) : shape_(size) {
  for (int t = 0; t <= shape_.rounds; ++t)
    keys_[static_cast<std::size_t>(t)] = hash(key, static_cast<std::uint64_t>(t));
}

std::uint64_t KeyedPermutation::operator()(std::uint64_t j) const noexcept {
  return feistel_forward(shape_, KeyColumn{keys_.data(), 1}, j);
}

std::uint64_t KeyedPermutation::inverse(std::uint64_t m) const noexcept {
  return feistel_backward(shape_, KeyColumn{keys_.data(), 1}, m);
}

}  // namespace tranche::design
