#include "search.hpp"

#include <algorithm>
#include <numeric>

#include "thresholds.hpp"

namespace tranche::atlas {
namespace {

constexpr std::size_t most_levels = 64;       ///< of a parameter that is looked at
constexpr std::size_t most_named_levels = 3;  ///< in one bound

}  // namespace

std::vector<double> edges_of(const Axis& axis) {
  if (axis.kind == Axis::Kind::levels) return {};
  auto edges = multiples_between(axis.lo, axis.hi, round_step(axis));
  // Whole numbers: x >= hi is a bound as well.
  if (axis.kind == Axis::Kind::integer && axis.hi > axis.lo && (edges.empty() || edges.back() < axis.hi))
    edges.push_back(axis.hi);
  return edges;
}

Search::Search(std::span<const Axis> axes, const Points& failures, const Points& others)
    : axes_{axes},
      failures_{failures},
      others_{others},
      failure_gain_{1.0 / static_cast<double>(failures.size())},
      other_gain_{-1.0 / static_cast<double>(others.size())} {
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    edges_.push_back(edges_of(axes[axis]));
    const auto levels = axes[axis].levels.size();
    count_.push_back(!is_levels(axis) ? edges_.back().size() + 1 : levels <= most_levels ? levels : 1);
    failure_bins_.push_back(bins_of(failures, axis));
    other_bins_.push_back(bins_of(others, axis));
  }
}

Search::Bins Search::bins_of(const Points& points, std::size_t axis) const {
  Bins bins(points.size());
  const auto& edges = edges_[axis];
  for (std::size_t k = 0; k < bins.size(); ++k) {
    const double x = points.row(k)[axis];
    const auto at =
        is_levels(axis)
            ? static_cast<std::size_t>(std::clamp(x, 0.0, static_cast<double>(count_[axis] - 1)))
            : static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin());
    bins[k] = static_cast<std::uint8_t>(at);
  }
  return bins;
}

/// Ordered: the run of bins with the largest sum. Levels: those that gain most.
Search::Pick Search::best(std::size_t axis, const std::vector<double>& gains) const {
  Pick best;
  if (is_levels(axis)) {
    for (std::size_t named = 0; named < most_named_levels; ++named) {
      std::size_t most = gains.size();
      for (std::size_t k = 0; k < gains.size(); ++k)
        if (gains[k] > 0 && (best.levels >> k & 1) == 0 && (most == gains.size() || gains[k] > gains[most]))
          most = k;
      if (most == gains.size()) break;
      best.gain += gains[most];
      best.levels |= std::uint64_t{1} << most;
    }
    return best;
  }
  double sum = 0;
  std::size_t first = 0;
  for (std::size_t k = 0; k < gains.size(); ++k) {
    if (sum <= 0) sum = 0, first = k;
    sum += gains[k];
    if (sum > best.gain) best = {sum, first, k, 0};
  }
  return best;
}

Bound Search::bound(std::size_t axis, const Pick& pick) const {
  Bound bound;
  bound.axis = axis;
  if (is_levels(axis)) {
    for (std::uint32_t k = 0; k < count_[axis]; ++k)
      if ((pick.levels >> k & 1) != 0) bound.levels.push_back(k);
    return bound;
  }
  if (pick.first > 0) bound.at_least = edges_[axis][pick.first - 1];
  if (pick.last < edges_[axis].size()) bound.below = edges_[axis][pick.last];
  return bound;
}

std::optional<Region> Search::best_of_one() const {
  return best_within({});
}

std::optional<Region> Search::best_within(const Region& region) const {
  std::vector<std::uint8_t> failures(failures_.size());
  std::vector<std::uint8_t> others(others_.size());
  for (std::size_t k = 0; k < failures.size(); ++k) failures[k] = region.contains(failures_.row(k)) ? 1 : 0;
  for (std::size_t k = 0; k < others.size(); ++k) others[k] = region.contains(others_.row(k)) ? 1 : 0;
  Pick best_pick;
  std::size_t best_axis = axes_.size();
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    const bool bounded = std::any_of(region.bounds.begin(), region.bounds.end(),
                                     [&](const auto& bound) { return bound.axis == axis; });
    if (bounded || count_[axis] < 2) continue;
    std::vector<double> gains(count_[axis], 0);
    for (std::size_t k = 0; k < failures.size(); ++k)
      gains[failure_bins_[axis][k]] += failures[k] * failure_gain_;
    for (std::size_t k = 0; k < others.size(); ++k) gains[other_bins_[axis][k]] += others[k] * other_gain_;
    const auto pick = best(axis, gains);
    if (pick.gain <= best_pick.gain) continue;
    best_pick = pick;
    best_axis = axis;
  }
  if (best_axis == axes_.size()) return std::nullopt;
  auto grown = region;
  grown.bounds.push_back(bound(best_axis, best_pick));
  return grown;
}

/// Every interval of `row` (or single level of it), with the best of `column` for it.
Search::Pick Search::best_pair(std::size_t row, std::size_t column, Pick& of_row) const {
  std::vector<std::vector<double>> gains(count_[row], std::vector<double>(count_[column], 0));
  for (std::size_t k = 0; k < failures_.size(); ++k)
    gains[failure_bins_[row][k]][failure_bins_[column][k]] += failure_gain_;
  for (std::size_t k = 0; k < others_.size(); ++k)
    gains[other_bins_[row][k]][other_bins_[column][k]] += other_gain_;
  Pick best_pick;
  for (std::size_t first = 0; first < count_[row]; ++first) {
    std::vector<double> sums(count_[column], 0);
    const auto end = is_levels(row) ? first + 1 : count_[row];
    for (std::size_t last = first; last < end; ++last) {
      for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += gains[last][k];
      const auto pick = best(column, sums);
      if (pick.gain <= best_pick.gain) continue;
      best_pick = pick;
      of_row = {pick.gain, first, last, std::uint64_t{1} << (first & 63)};
    }
  }
  return best_pick;
}

std::optional<Region> Search::best_of_two() const {
  std::optional<Region> found;
  double most = 0;
  for (std::size_t a = 0; a < axes_.size(); ++a)
    for (std::size_t b = a + 1; b < axes_.size(); ++b) {
      if (count_[a] < 2 || count_[b] < 2) continue;
      const auto row = is_levels(a) ? b : a;  // several levels can be taken in the column only
      const auto column = row == a ? b : a;
      Pick of_row;
      const auto of_column = best_pair(row, column, of_row);
      if (of_column.gain <= most) continue;
      most = of_column.gain;
      found = Region{{bound(row, of_row), bound(column, of_column)}};
    }
  return found;
}

}  // namespace tranche::atlas
