/// \file
/// The one hash every design is made of: counter in, 64 random-looking bits out.
/// Layer: design (pure). Same bits on every machine; no state, nothing thrown, a few ns.
/// Source: docs of the nested Latin hypercube, section 2 (finaliser of splitmix64).
#pragma once

#include <cstdint>

namespace tranche::design {

/// 2^64 / golden ratio, odd: the step between successive counters.
inline constexpr std::uint64_t golden_step = 0x9E3779B97F4A7C15ULL;

/// Bijective scrambling of 64 bits (splitmix64's finaliser).
constexpr std::uint64_t mix(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

/// H(key, x): the x-th word of the stream named `key`.
constexpr std::uint64_t hash(std::uint64_t key, std::uint64_t x) noexcept {
  return mix(key + golden_step * (x + 1));
}

/// Scales 64 random bits to 0..n-1 without a division. Needs n < 2^32.
constexpr std::uint64_t range(std::uint64_t bits, std::uint64_t n) noexcept {
  return ((bits >> 32) * n) >> 32;
}

/// Root of all keys of a campaign with this seed.
constexpr std::uint64_t root_key(std::uint64_t seed) noexcept {
  return mix(seed + golden_step);
}

/// Streams that hang off the root key beside the dimensions 0..2^32-1.
enum class Stream : std::uint64_t {
  sample_seed = 0x5EED'0000'0000'0000ULL,  ///< the simulator's own random numbers
  visit_order = 0x09DE'0000'0000'0000ULL,  ///< order in which grids and lists are visited
  survey = 0x50FE'0000'0000'0000ULL,       ///< which points an estimate looks at
};

constexpr std::uint64_t stream_key(std::uint64_t seed, Stream stream) noexcept {
  return hash(root_key(seed), static_cast<std::uint64_t>(stream));
}

}  // namespace tranche::design
