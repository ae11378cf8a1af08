/// \file
/// Full input vectors and excluded points. Layer: design (pure).
#include "tranche/design/sample_space.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "tranche/design/hash.hpp"

namespace tranche::design {

namespace {

bool any_empty(const std::vector<ScalarFunction>& functions) {
  return std::any_of(functions.begin(), functions.end(), [](const ScalarFunction& f) { return !f; });
}

/// Wilson's score interval for `hits` of `n` at 95 %. Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927)
/// 209.
void set_wilson_interval(ExcludedShare& result) {
  constexpr double z = 1.959963984540054;
  const auto n = static_cast<double>(result.examined);
  const double p = result.share;
  const double scale = 1 + z * z / n;
  const double centre = (p + z * z / (2 * n)) / scale;
  const double half = z / scale * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  result.low = std::clamp(centre - half, 0.0, p);
  result.high = std::clamp(centre + half, p, 1.0);
}

/// Counts the excluded among `count` points; point k is index_of(k).
template <class IndexOf>
ExcludedShare counted(const SampleSpace& space, std::uint64_t count, IndexOf index_of) {
  ExcludedShare result;
  result.examined = count;
  std::vector<double> x(space.width());
  for (std::uint64_t k = 0; k < count; ++k) {
    space.evaluate(index_of(k), x);
    if (!space.feasible(x)) ++result.excluded;
  }
  if (count > 0) result.share = static_cast<double>(result.excluded) / static_cast<double>(count);
  result.low = result.high = result.share;
  return result;
}

}  // namespace

SampleSpace::SampleSpace(Design design, Formulas formulas)
    : design_(std::move(design)),
      constants_(std::move(formulas.constants)),
      derived_(std::move(formulas.derived)),
      constraints_(std::move(formulas.constraints)) {
  if (any_empty(derived_) || any_empty(constraints_))
    throw std::invalid_argument("a formula has no function");
}

void SampleSpace::evaluate(std::uint64_t index, std::span<double> x) const {
  if (x.size() != width())
    throw std::invalid_argument("a sample has " + std::to_string(width()) + " values, not " +
                                std::to_string(x.size()));
  std::size_t known = design_.dimensions();
  design_.values(index, x.first(known));
  std::copy(constants_.begin(), constants_.end(), x.begin() + static_cast<std::ptrdiff_t>(known));
  known += constants_.size();
  for (const ScalarFunction& f : derived_) {
    x[known] = f(x.first(known));
    ++known;
  }
}

bool SampleSpace::feasible(std::span<const double> x) const {
  if (std::any_of(x.begin(), x.end(), [](double v) { return std::isnan(v); })) return false;
  return std::all_of(constraints_.begin(), constraints_.end(), [x](const ScalarFunction& holds) {
    const double verdict = holds(x);
    return verdict != 0 && !std::isnan(verdict);
  });
}

bool SampleSpace::excluded(std::uint64_t index) const {
  constexpr std::size_t usual = 64;
  std::array<double, usual> on_stack;
  std::vector<double> on_heap(width() > usual ? width() : 0);
  const std::span<double> x =
      width() > usual ? std::span<double>(on_heap) : std::span(on_stack).first(width());
  evaluate(index, x);
  return !feasible(x);
}

ExcludedShare excluded_share(const SampleSpace& space, std::uint64_t begin, std::uint64_t end,
                             std::uint64_t limit) {
  if (begin > end || end > space.design().size())
    throw std::out_of_range("the design has no points " + std::to_string(begin) + " to " +
                            std::to_string(end));
  const std::uint64_t size = end - begin;
  if (size <= limit) return counted(space, size, [begin](std::uint64_t k) { return begin + k; });
  if (limit == 0) throw std::invalid_argument("an estimate needs at least one point");
  const KeyedPermutation pick(size, stream_key(space.design().seed(), Stream::survey));
  ExcludedShare result = counted(space, limit, [&](std::uint64_t k) { return begin + pick(k); });
  set_wilson_interval(result);
  return result;
}

}  // namespace tranche::design
