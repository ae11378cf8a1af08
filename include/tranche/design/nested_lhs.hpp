/// \file
/// Stateless nested Latin hypercube: point i is a pure function of (seed, stage sizes, dimension, i).
/// Layer: design (pure). Source: nested Latin hypercube, sections 2 to 5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tranche/design/divider.hpp"
#include "tranche/design/keyed_permutation.hpp"
#include "tranche/design/position.hpp"

namespace tranche::design {

/// Immutable plan; const members may be called from any number of threads.
///
/// Invariants:
///  - in every dimension, the first n_k points hit each of n_k equal strata exactly once, for every stage k;
///  - a point depends only on the stages up to its own: later stages may be appended or changed;
///  - a dimension depends on its place in the list only: adding one leaves the others unchanged.
///
/// Memory: O(stages x dimensions), a few kB. Building: about 0.1 us per stage and dimension.
class NestedLhs {
 public:
  /// `stage_sizes`: cumulative, ascending, each a multiple of the one before, at most 8, the last <= 2^40.
  /// \throws std::invalid_argument for other sizes or no dimension
  NestedLhs(std::uint64_t seed, std::vector<std::uint64_t> stage_sizes, std::size_t dimensions);

  std::uint64_t size() const noexcept { return sizes_.back(); }
  std::size_t dimensions() const noexcept { return dimensions_; }
  std::span<const std::uint64_t> stage_sizes() const noexcept { return sizes_; }

  /// 0-based stage that owns the point. \pre index < size()
  std::size_t stage_of(std::uint64_t index) const noexcept;

  /// One coordinate, the plain way. O(stages). \pre index < size(), dimension < dimensions()
  Position position(std::uint64_t index, std::size_t dimension) const noexcept;

  /// Coordinates first_dimension .. first_dimension + out.size() - 1 of one point: two to three times faster
  /// than one by one, bit for bit the same. \pre index < size(), the last of them < dimensions()
  void positions(std::uint64_t index, std::span<Position> out,
                 std::size_t first_dimension = 0) const noexcept;

  /// Index of the point that lies in stratum `cell` of the first sizes[stage] points in this dimension.
  /// "All points with parameter j in [A,B]" in time proportional to the answer.
  /// \pre stage < number of stages, cell < stage_sizes()[stage]
  std::uint64_t index_of(std::size_t stage, std::size_t dimension, std::uint64_t cell) const noexcept;

 private:
  /// What stage k needs beside its keys; D = dimensions.
  struct Stage {
    std::uint64_t size;                      ///< n_k
    std::uint64_t first;                     ///< index of the first point it owns
    std::uint64_t ratio;                     ///< n_k / n_{k-1}; 0 in the first stage
    PermutationShape shape;                  ///< of the points it owns
    Divider by_half;                         ///< p / shape.a
    Divider by_siblings;                     ///< p / (ratio - 1)
    Divider by_ratio;                        ///< cell / ratio
    int jitter_bits;                         ///< B
    double denominator;                      ///< n_k 2^(B+1), exact
    std::vector<std::uint64_t> jitter_keys;  ///< [D]
    std::vector<std::uint64_t> round_keys;   ///< [rounds+1][D]
  };
  struct Lanes;

  Stage make_stage(std::uint64_t root, std::size_t k) const;
  Position born(const Stage& stage, std::size_t dimension, std::uint64_t cell) const noexcept;
  Position occupant(std::size_t level, std::size_t dimension, std::uint64_t cell) const noexcept;
  std::uint64_t permuted(const Stage& stage, std::size_t dimension, std::uint64_t j) const noexcept;
  std::uint64_t unpermuted(const Stage& stage, std::size_t dimension, std::uint64_t m) const noexcept;
  void permute_lanes(const Stage& stage, std::uint64_t j, Lanes& lanes) const noexcept;
  void place_lanes(std::size_t k, Lanes& lanes, Position* out) const noexcept;

  std::size_t dimensions_;
  std::vector<std::uint64_t> sizes_;
  std::vector<Stage> stages_;
};

}  // namespace tranche::design
