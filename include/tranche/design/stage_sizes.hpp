/// \file
/// From "200 000 points, looked at after 0.1 %, 1 %, 10 %" to sizes that nest exactly.
/// Layer: design (pure). Nothing is changed silently: every deviation from the request is a note.
/// Source: nested Latin hypercube, section 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tranche::design {

inline constexpr std::size_t max_stages = 8;
inline constexpr std::uint64_t max_points = std::uint64_t{1} << 40;

/// How the first stage's size is made an integer. pow2: every stage is the next power of two at or above its
/// share of the points, and at least twice the one before, as Sobol' points want it (nested Latin hypercube,
/// section 8).
enum class Rounding { up, floor, nearest, pow2 };

/// What is dispatched: the whole design (a multiple of the first stage), or exactly the points asked for.
enum class PointCount { rounded, exact };

struct StageRequest {
  std::uint64_t points = 0;       ///< N >= 1
  std::vector<double> fractions;  ///< cumulative, strictly ascending, in (0,1], the last one 1
  Rounding rounding = Rounding::up;
  PointCount count = PointCount::rounded;
  std::uint64_t n_min = 4;   ///< fewest points a first stage may have
  double max_excess = 0.05;  ///< largest |N'/N - 1|; not for pow2
};

struct StageSizes {
  std::vector<std::uint64_t> sizes;  ///< cumulative, each a multiple (>= 2) of the one before; last = N'
  std::uint64_t points = 0;          ///< to dispatch: N', or min(N, N') with PointCount::exact
  std::size_t dropped = 0;           ///< so many of the request's first stages do not exist
  std::vector<std::string> notes;    ///< for people: sizes asked and given, dropped stages, odd ratios
};

/// Applies the rounding rule.
/// \throws std::invalid_argument for fractions that are not as described, 0 points, more than 8 stages
///         or more than 2^40 points
StageSizes round_stages(const StageRequest& request);

/// \throws std::invalid_argument unless 1..8 ascending sizes, each dividing the next, the last <= 2^40
void check_stage_sizes(const std::vector<std::uint64_t>& sizes);

}  // namespace tranche::design
