/// \file
/// The rounding rule for stage sizes. Layer: design (pure). Source: nested Latin hypercube, section 1.
#include "tranche/design/stage_sizes.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace tranche::design {

namespace {

/// Ratios between neighbouring stages, with the smallest stages already dropped.
struct Ladder {
  std::vector<double> ratios;  ///< whole numbers, smallest stage first
  double product = 1.0;

  void drop_smallest() {
    product /= ratios.front();
    ratios.erase(ratios.begin());
  }
};

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

std::string percent(double fraction) {
  return format("%.6g", 100 * fraction) + "%";
}

void check(const StageRequest& request) {
  const auto& f = request.fractions;
  if (request.points < 1 || request.points > max_points)
    throw std::invalid_argument("a design needs between 1 and 2^40 points");
  if (f.empty() || f.size() > max_stages) throw std::invalid_argument("a design has between 1 and 8 stages");
  if (!(f.front() > 0)) throw std::invalid_argument("a stage's share of the points must be above 0");
  for (std::size_t k = 1; k < f.size(); ++k)
    if (!(f[k] > f[k - 1]))
      throw std::invalid_argument("stages are cumulative: each share must exceed the one before");
  if (f.back() != 1) throw std::invalid_argument("the last stage must hold 100% of the points");
  if (request.n_min < 1 || !(request.max_excess >= 0))
    throw std::invalid_argument("n_min must be at least 1 and max_excess at least 0");
}

Ladder ladder_of(const std::vector<double>& fractions, std::vector<std::string>& notes) {
  Ladder ladder;
  for (std::size_t k = 1; k < fractions.size(); ++k) {
    const double wanted = fractions[k] / fractions[k - 1];
    const double given = std::max(2.0, std::round(wanted));
    if (std::abs(wanted - given) > 0.01 * given)
      notes.push_back("stage " + percent(fractions[k]) + " is " + format("%.4g", wanted) + " times stage " +
                      percent(fractions[k - 1]) + ", not a whole number: " + format("%.0f", given) +
                      " is used");
    ladder.ratios.push_back(given);
    ladder.product *= given;
  }
  return ladder;
}

double rounded(double n, Rounding rounding) {
  switch (rounding) {
    case Rounding::up:
    case Rounding::pow2:
      return std::ceil(n);
    case Rounding::floor:
      return std::max(1.0, std::floor(n));
    case Rounding::nearest:
      return std::max(1.0, std::round(n));
  }
  return std::ceil(n);
}

/// Drops what is too small, then what would change the number of points too much. Returns the first size.
double settle(const StageRequest& request, Ladder& ladder, StageSizes& result) {
  const auto wanted = static_cast<double>(request.points);
  const auto note_drop = [&](const std::string& why) {
    result.notes.push_back("stage " + percent(request.fractions[result.dropped]) + " dropped: " + why);
    ++result.dropped;
    ladder.drop_smallest();
  };
  while (!ladder.ratios.empty() && wanted / ladder.product < static_cast<double>(request.n_min))
    note_drop("it would hold " + format("%.4g", wanted / ladder.product) + " points, fewer than " +
              std::to_string(request.n_min));
  for (;;) {
    const double first = rounded(wanted / ladder.product, request.rounding);
    const double excess = first * ladder.product / wanted - 1;
    if (std::abs(excess) <= request.max_excess || ladder.ratios.empty()) return first;
    note_drop("keeping it would make " + format("%.0f", first * ladder.product) + " points, " +
              format("%+.3g", 100 * excess) + "% from the " + std::to_string(request.points) + " asked for");
  }
}

/// Each stage for itself, and at least twice the one before.
void round_to_powers(const StageRequest& request, StageSizes& result) {
  for (const double fraction : request.fractions) {
    const double share = fraction * static_cast<double>(request.points);
    auto size = std::bit_ceil(static_cast<std::uint64_t>(std::ceil(share)));
    if (size < request.n_min && fraction < 1) {
      result.notes.push_back("stage " + percent(fraction) + " dropped: it would hold " +
                             std::to_string(size) + " points, fewer than " + std::to_string(request.n_min));
      ++result.dropped;
      continue;
    }
    if (!result.sizes.empty()) size = std::max(size, 2 * result.sizes.back());
    result.sizes.push_back(size);
  }
}

void climb(const StageRequest& request, StageSizes& result) {
  Ladder ladder = ladder_of(request.fractions, result.notes);
  auto size = static_cast<std::uint64_t>(settle(request, ladder, result));
  result.sizes.push_back(size);
  for (const double ratio : ladder.ratios) result.sizes.push_back(size *= static_cast<std::uint64_t>(ratio));
}

std::string listed(const std::vector<std::uint64_t>& sizes) {
  std::string text;
  for (const std::uint64_t n : sizes) text += (text.empty() ? "" : ", ") + std::to_string(n);
  return text;
}

void note_size(const StageRequest& request, StageSizes& result) {
  const std::uint64_t given = result.sizes.back();
  std::string note = std::to_string(request.points) + " points asked for, ";
  if (given == request.points && result.dropped == 0) {
    note += "as given";
  } else {
    const double change = 100 * (static_cast<double>(given) / static_cast<double>(request.points) - 1);
    note += std::to_string(given) + " in the design (" + format("%+.3g", change) + "%)";
  }
  note += "; stages " + listed(result.sizes);
  if (result.points != given)
    note += "; only the first " + std::to_string(result.points) + " run, so the last stage has " +
            std::to_string(given - result.points) + " empty strata";
  result.notes.push_back(note);
}

}  // namespace

StageSizes round_stages(const StageRequest& request) {
  check(request);
  StageSizes result;
  if (request.rounding == Rounding::pow2)
    round_to_powers(request, result);
  else
    climb(request, result);
  check_stage_sizes(result.sizes);
  const auto size = result.sizes.back();
  result.points = request.count == PointCount::exact ? std::min(request.points, size) : size;
  note_size(request, result);
  return result;
}

void check_stage_sizes(const std::vector<std::uint64_t>& sizes) {
  if (sizes.empty() || sizes.size() > max_stages)
    throw std::invalid_argument("a design has between 1 and 8 stages");
  if (sizes.front() < 1) throw std::invalid_argument("a stage needs at least one point");
  for (std::size_t k = 1; k < sizes.size(); ++k)
    if (sizes[k] <= sizes[k - 1] || sizes[k] % sizes[k - 1] != 0)
      throw std::invalid_argument("stage sizes must nest: " + std::to_string(sizes[k]) +
                                  " is not a multiple (2 or more) of " + std::to_string(sizes[k - 1]));
  if (sizes.back() > max_points) throw std::invalid_argument("a design has at most 2^40 points");
}

}  // namespace tranche::design
