/// \file
/// The box whose share of the failures exceeds its share of the others by most, exactly, among all boxes that
/// bound one or two parameters at round numbers; and the best third bound within it.
/// Layer: atlas (pure). That excess is weighted relative accuracy (Lavrac, Flach & Zupan 1999) up to a
/// factor. It is a sum over points, so that for each interval of one parameter the best of another is found
/// in one pass (maximum subarray).
#pragma once

#include <optional>
#include <vector>

#include "tranche/atlas/region.hpp"

namespace tranche::atlas {

/// Of an ordered axis: the numbers between its bins, ascending. Empty: nothing can be told apart there.
std::vector<double> edges_of(const Axis& axis);

class Search {
 public:
  /// Precondition: both tables have rows. They and the axes must outlive the search.
  Search(std::span<const Axis> axes, const Points& failures, const Points& others);

  /// The best bound of one parameter; nothing if no bound gains.
  std::optional<Region> best_of_one() const;
  /// The best pair of bounds, of two parameters. O(parameters^2 bins^3).
  std::optional<Region> best_of_two() const;
  /// `region` with the best bound of another parameter.
  std::optional<Region> best_within(const Region& region) const;

 private:
  /// Bins first .. last, or those of a set of levels.
  struct Pick {
    double gain = 0;
    std::size_t first = 0;
    std::size_t last = 0;
    std::uint64_t levels = 0;
  };
  using Bins = std::vector<std::uint8_t>;

  bool is_levels(std::size_t axis) const { return axes_[axis].kind == Axis::Kind::levels; }
  Bins bins_of(const Points& points, std::size_t axis) const;
  Pick best(std::size_t axis, const std::vector<double>& gains) const;
  Pick best_pair(std::size_t row, std::size_t column, Pick& of_row) const;
  Bound bound(std::size_t axis, const Pick& pick) const;

  std::span<const Axis> axes_;
  const Points& failures_;
  const Points& others_;
  double failure_gain_;
  double other_gain_;
  std::vector<std::vector<double>> edges_;  ///< by axis
  std::vector<std::size_t> count_;          ///< bins, by axis; one: cannot be bounded
  std::vector<Bins> failure_bins_;
  std::vector<Bins> other_bins_;
};

}  // namespace tranche::atlas
