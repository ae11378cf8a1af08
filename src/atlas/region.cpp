#include "tranche/atlas/region.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "search.hpp"
#include "thresholds.hpp"
#include "tranche/design/hash.hpp"

namespace tranche::atlas {
namespace {

constexpr std::size_t most_rows = 20'000;   ///< of each table in the search
constexpr double chance = 1e-3;             ///< of a region where there is none
constexpr double worth_a_parameter = 0.05;  ///< gain for which another one is named
constexpr double worth_a_bound = 0.01;
constexpr double worth_a_digit = 0.003;
constexpr double fewest_of_failures = 0.5;
constexpr double most_of_box = 0.5;
constexpr double finer = 10;  ///< bounds are moved to multiples of a step finer by this

/// A part that depends on nothing but the number of rows.
Points thinned(const Points& points) {
  if (points.size() <= most_rows) return points;
  Points part{points.width, {}};
  const double share = static_cast<double>(most_rows) / static_cast<double>(points.size());
  for (std::size_t k = 0; k < points.size(); ++k) {
    if (static_cast<double>(design::hash(1, k) >> 11) * 0x1p-53 >= share) continue;
    const auto row = points.row(k);
    part.values.insert(part.values.end(), row.begin(), row.end());
  }
  return part;
}

std::uint64_t count_inside(const Region& region, const Points& points) {
  std::uint64_t inside = 0;
  for (std::size_t k = 0; k < points.size(); ++k) inside += region.contains(points.row(k)) ? 1 : 0;
  return inside;
}

void count(Region& region, const Points& failures, const Points& others) {
  region.failures = failures.size();
  region.others = others.size();
  region.failures_inside = count_inside(region, failures);
  region.others_inside = count_inside(region, others);
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Share of the failures above the share of the others.
double gain(const Region& region) {
  return share(region.failures_inside, region.failures) - share(region.others_inside, region.others);
}

/// -log of a bound of the chance that so many failures lie inside if they are a random part of all points
/// (Hoeffding 1963, sections 2 and 6).
double evidence(const Region& region) {
  const double inside = share(region.failures_inside, region.failures);
  const double all = share(region.failures_inside + region.others_inside, region.failures + region.others);
  if (inside <= all) return 0;
  double sum = inside * std::log(inside / all);
  if (inside < 1) sum += (1 - inside) * std::log((1 - inside) / (1 - all));
  return static_cast<double>(region.failures) * sum;
}

double log_choose(double n, double k) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}

/// log of how many regions there are, each kind of them having its share of the chance:
/// the sum of exp(-log_rivals) over all regions that can be stated is at most 1.
double log_rivals(std::span<const Axis> axes, const Region& region) {
  const double sizes = 3;
  const double shapes = 3;  // bounded below, above or both; one to three levels
  double sum = std::log(sizes) +
               log_choose(static_cast<double>(axes.size()), static_cast<double>(region.bounds.size()));
  for (const auto& bound : region.bounds) {
    const auto& axis = axes[bound.axis];
    sum += std::log(shapes);
    if (!bound.levels.empty())
      sum += log_choose(static_cast<double>(axis.levels.size()), static_cast<double>(bound.levels.size()));
    const int sides = (bound.at_least ? 1 : 0) + (bound.below ? 1 : 0);
    if (sides > 0) sum += sides * std::log(finer * (static_cast<double>(edges_of(axis).size()) + 1));
  }
  return sum;
}

/// What speaks for a region, against chance and all others that could have been stated.
double support(std::span<const Axis> axes, const Region& region) {
  return evidence(region) - log_rivals(axes, region) - std::log(1 / chance);
}

/// The tables of one question, and what is done to a region on them.
class Workshop {
 public:
  Workshop(std::span<const Axis> axes, const Points& failures, const Points& others)
      : axes_{axes}, failures_{failures}, others_{others} {}

  Region counted(Region region) const {
    count(region, failures_, others_);
    return region;
  }

  /// Without the bounds that gain nothing to speak of, and the others where they gain most.
  Region polished(Region region) const {
    region = counted(std::move(region));
    while (drop_one(region)) {
    }
    for (std::size_t k = 0; k < region.bounds.size(); ++k) {
      refine(region, k, &Bound::at_least);
      refine(region, k, &Bound::below);
    }
    return region;
  }

 private:
  using Side = std::optional<double> Bound::*;

  /// Takes away the bound that is missed least, if it is missed little.
  bool drop_one(Region& region) const {
    std::optional<Region> best;
    for (std::size_t k = 0; k < region.bounds.size(); ++k)
      for (const Side side : {&Bound::at_least, &Bound::below}) {
        if (!(region.bounds[k].*side)) continue;
        auto looser = region;
        (looser.bounds[k].*side).reset();
        const auto& left = looser.bounds[k];
        if (!left.at_least && !left.below) continue;
        looser = counted(std::move(looser));
        if (!best || gain(looser) > gain(*best)) best = std::move(looser);
      }
    if (!best || gain(*best) < gain(region) - worth_a_bound) return false;
    region = std::move(*best);
    return true;
  }

  void refine(Region& region, std::size_t k, Side side) const {
    const auto at = region.bounds[k].*side;
    const auto& axis = axes_[region.bounds[k].axis];
    if (!at || axis.kind != Axis::Kind::real) return;
    const double step = round_step(axis);
    Region best = region;
    for (const double value :
         multiples_between(std::max(axis.lo, *at - step), std::min(axis.hi, *at + step), step / finer)) {
      auto moved = region;
      moved.bounds[k].*side = value;
      const auto& bound = moved.bounds[k];
      if (bound.at_least && bound.below && *bound.at_least >= *bound.below) continue;
      moved = counted(std::move(moved));
      if (gain(moved) > gain(best)) best = std::move(moved);
    }
    if (gain(best) >= gain(region) + worth_a_digit) region = std::move(best);
  }

  std::span<const Axis> axes_;
  const Points& failures_;
  const Points& others_;
};

/// One parameter, or two, or three: each more must be worth its words.
std::optional<Region> simplest(std::span<const Axis> axes, const Points& failures, const Points& others) {
  const Search search{axes, failures, others};
  const Workshop workshop{axes, failures, others};
  std::optional<Region> chosen;
  const auto consider = [&](std::optional<Region> wider) {
    if (!wider) return;
    auto region = workshop.polished(std::move(*wider));
    const bool better = !chosen || (gain(region) >= gain(*chosen) + worth_a_parameter &&
                                    support(axes, region) > support(axes, *chosen));
    if (better) chosen = std::move(region);
  };
  consider(search.best_of_one());
  consider(search.best_of_two());
  if (chosen && chosen->bounds.size() == 2) consider(search.best_within(*chosen));
  return chosen;
}

/// At least so many percent: rounded down.
std::string percent_down(double share) {
  return std::to_string(static_cast<int>(std::floor(share * 100 + 1e-9))) + " %";
}

/// At most so many: rounded up, to one digit below 1 %.
std::string percent_up(double share) {
  double unit = 1;
  while (share > 0 && share * 100 < unit && unit > 1e-9) unit /= 10;
  return number_text(std::ceil(share * 100 / unit - 1e-9) * unit) + " %";
}

std::string level_list(const Axis& axis, const std::vector<std::uint32_t>& levels) {
  std::string text;
  for (std::size_t k = 0; k < levels.size(); ++k) text += (k == 0 ? "" : " or ") + axis.levels.at(levels[k]);
  return text;
}

std::string bound_text(const Axis& axis, const Bound& bound) {
  if (!bound.levels.empty()) return axis.name + " is " + level_list(axis, bound.levels);
  if (bound.at_least && bound.below)
    return number_text(*bound.at_least) + " <= " + axis.name + " < " + number_text(*bound.below);
  if (bound.at_least) return axis.name + " >= " + number_text(*bound.at_least);
  return axis.name + " < " + number_text(bound.below.value_or(axis.hi));
}

}  // namespace

bool Bound::holds(double x) const noexcept {
  if (!levels.empty())
    return std::any_of(levels.begin(), levels.end(), [&](auto level) { return x == level; });
  return (!at_least || x >= *at_least) && (!below || x < *below);
}

bool Region::contains(std::span<const double> row) const noexcept {
  return std::all_of(bounds.begin(), bounds.end(),
                     [&](const auto& bound) { return bound.holds(row[bound.axis]); });
}

double Region::share_of_failures() const noexcept {
  return share(failures_inside, failures);
}

double Region::share_of_box(double fail_share) const noexcept {
  return fail_share * share(failures_inside, failures) + (1 - fail_share) * share(others_inside, others);
}

Answer worst_region(const Question& question) {
  if (question.failures->size() < fewest_failures || question.others->size() < fewest_others)
    return {Answer::Kind::too_few, {}};
  const auto failures = thinned(*question.failures);
  const auto others = thinned(*question.others);
  auto region = simplest(question.axes, failures, others);
  if (!region) return {Answer::Kind::all_over, {}};
  count(*region, *question.failures, *question.others);
  std::sort(region->bounds.begin(), region->bounds.end(),
            [](const auto& a, const auto& b) { return a.axis < b.axis; });
  const bool stands_out = support(question.axes, *region) >= 0 &&
                          region->share_of_failures() >= fewest_of_failures &&
                          region->share_of_box(question.fail_share) <= most_of_box;
  if (!stands_out) return {Answer::Kind::all_over, {}};
  return {Answer::Kind::found, std::move(*region)};
}

std::string bounds_text(std::span<const Axis> axes, const Region& region) {
  std::string text;
  for (const auto& bound : region.bounds)
    text += (text.empty() ? "" : " and ") + bound_text(axes[bound.axis], bound);
  return text;
}

std::string sentence(std::span<const Axis> axes, const Region& region, const std::string& reason,
                     double fail_share) {
  return percent_down(region.share_of_failures()) + " of " + reason + " at " + bounds_text(axes, region) +
         ": " + percent_up(region.share_of_box(fail_share)) + " of the box";
}

}  // namespace tranche::atlas
