/// \file
/// The whole vector handed to a simulator: parameters, constants, derived values; and which points are
/// excluded. Layer: design (pure). Formulas arrive as functions, so that the core needs no parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "tranche/design/design.hpp"

namespace tranche::design {

/// Value of a formula at x = the named values declared before it. The span is at least as long as the names
/// the formula was made for. Must not allocate or keep the span.
using ScalarFunction = std::function<double(std::span<const double>)>;

/// x = [parameters, constants, derived], in declared order.
///
/// A copy shares nothing, provided that copies of its functions share nothing: use one object per thread.
/// Infeasible points keep their index: they are excluded, never redrawn.
class SampleSpace {
 public:
  struct Formulas {
    std::vector<double> constants{};
    std::vector<ScalarFunction> derived;  ///< the k-th sees parameters, constants and the k derived before it
    std::vector<ScalarFunction> constraints{};  ///< see all of x; hold if neither zero nor NaN
  };

  /// \throws std::invalid_argument if a function is empty
  SampleSpace(Design design, Formulas formulas);

  const Design& design() const noexcept { return design_; }

  /// Number of values: parameters + constants + derived.
  std::size_t width() const noexcept { return design_.dimensions() + constants_.size() + derived_.size(); }

  /// Fills x. \throws std::out_of_range if index >= size; std::invalid_argument if x.size() != width();
  ///                 whatever a formula throws
  void evaluate(std::uint64_t index, std::span<double> x) const;

  /// True if all constraints hold. A NaN, in x or as a constraint's result, makes the point infeasible.
  /// \pre x was filled by evaluate()
  bool feasible(std::span<const double> x) const;

  /// Whether the point is infeasible. Evaluates it: O(width). \throws as evaluate()
  bool excluded(std::uint64_t index) const;

  /// Whether any point can be excluded at all; if not, nobody needs to look.
  bool constrained() const noexcept { return !constraints_.empty() || !derived_.empty(); }

 private:
  Design design_;
  std::vector<double> constants_;
  std::vector<ScalarFunction> derived_;
  std::vector<ScalarFunction> constraints_;
};

/// Share of points that constraints exclude.
struct ExcludedShare {
  std::uint64_t examined = 0;  ///< points looked at
  std::uint64_t excluded = 0;  ///< of these
  double share = 0.0;
  double low = 0.0;  ///< 95 % interval (Wilson's score); low == share == high if all points were looked at
  double high = 0.0;

  bool exact() const noexcept { return low == high; }
};

/// Largest number of points that is counted rather than estimated.
inline constexpr std::uint64_t survey_limit = 1'000'000;

/// Of the points begin..end-1: an exact count if there are at most `limit` of them, else an estimate from
/// `limit` different points drawn by the keyed permutation. Costs up to `limit` evaluations (about 1 s at
/// 10^6). \throws std::out_of_range unless begin <= end <= size; an empty range has share 0
ExcludedShare excluded_share(const SampleSpace& space, std::uint64_t begin, std::uint64_t end,
                             std::uint64_t limit = survey_limit);

}  // namespace tranche::design
