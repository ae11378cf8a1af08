/// \file
/// What values a parameter may take, and how a position becomes one.
/// Layer: design (pure). Maps are monotone, so strata stay strata. Source: nested Latin hypercube, section 6.
#pragma once

#include <cstdint>
#include <optional>

#include "tranche/design/position.hpp"

namespace tranche::design {

/// Immutable set of values of one parameter, in the parameter's own unit.
///
/// Invariants: bounds are finite, lo < hi for ranges (lo <= hi for integers), 0 < lo for log ranges.
class Domain {
 public:
  enum class Kind { linear, log, integer, levels };

  /// Uniform on [lo, hi]. \throws std::invalid_argument unless lo < hi, both and hi-lo finite
  static Domain linear(double lo, double hi);
  /// Uniform in log on [lo, hi]. \throws std::invalid_argument unless 0 < lo < hi and finite
  static Domain log(double lo, double hi);
  /// Integers lo..hi, both included, equally likely. \throws std::invalid_argument unless lo <= hi, |.| <=
  /// 2^53
  static Domain integer(std::int64_t lo, std::int64_t hi);
  /// Levels 0..count-1 of an ordered set or a choice; the value is the 0-based level.
  /// \throws std::invalid_argument unless 1 <= count <= 2^53
  static Domain levels(std::uint64_t count);

  Kind kind() const noexcept { return kind_; }
  double lo() const noexcept { return lo_; }
  double hi() const noexcept { return hi_; }

  /// Number of distinct values of a discrete domain; none for a continuous one.
  std::optional<std::uint64_t> cardinality() const noexcept;

  /// Value at a position, within [lo, hi]. A log range may differ by an ulp between maths libraries.
  double value(Position position) const noexcept;

  /// Share of the range below `value`: inverse of the map, not clamped; for discrete domains the centre of
  /// the value's part of (0,1). What surrogates are trained on.
  double unit(double value) const noexcept;

  /// k-th of n grid points: evenly spaced in the domain's own scale, both ends included (the middle if n =
  /// 1); discrete domains round to the nearest value. \pre k < n
  double grid_value(std::uint64_t k, std::uint64_t n) const noexcept;

 private:
  Domain(Kind kind, double lo, double hi, std::uint64_t count);
  double at(double x) const noexcept;

  Kind kind_;
  double lo_;
  double hi_;
  double origin_;        ///< lo, or log lo
  double width_;         ///< hi - lo, or log(hi/lo)
  std::uint64_t count_;  ///< of a discrete domain
};

}  // namespace tranche::design
