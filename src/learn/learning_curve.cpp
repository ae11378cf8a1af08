#include "tranche/learn/learning_curve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>

#include "tranche/base/errors.hpp"

namespace tranche::learn {
namespace {

constexpr std::size_t least_numbers = 3;
constexpr double least_range = 4;        ///< largest N over smallest
constexpr double least_scatter = 0.05;   ///< of trainings that differ in their seed only
constexpr double largest_scatter = 0.5;  ///< beyond: no curve
constexpr double least_b = 0.05;
constexpr double largest_b = 2;
constexpr int steps_b = 80;
constexpr int steps_rest = 60;
constexpr double largest_rest = 0.98;  ///< of the error at the largest N
constexpr double most_samples = 1e15;
constexpr double tail = 0.05;  ///< on each side of the interval
constexpr double infinity = std::numeric_limits<double>::infinity();

std::string printed(double value, const char* format = "%.3g") {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string counted(double samples) {
  return printed(samples, "%.9g");
}

std::size_t different_numbers(const std::vector<CurvePoint>& points) {
  std::vector<double> numbers;
  for (const auto& point : points) numbers.push_back(point.samples);
  std::sort(numbers.begin(), numbers.end());
  return static_cast<std::size_t>(std::unique(numbers.begin(), numbers.end()) - numbers.begin());
}

/// Mean of ln error at `samples`.
double mean_log_error(const std::vector<CurvePoint>& points, double samples) {
  double sum = 0;
  double count = 0;
  for (const auto& point : points)
    if (point.samples == samples) sum += std::log(point.error), ++count;
  return sum / count;
}

/// Why these points can have no curve, or nothing.
std::optional<std::string> objection(const std::vector<CurvePoint>& points) {
  for (const auto& point : points)
    if (!(point.samples >= 1) || !std::isfinite(point.samples) || !(point.error > 0) ||
        !std::isfinite(point.error))
      return "no learning curve: the error at " + counted(point.samples) + " samples is " +
             printed(point.error) + ", no positive number";
  const auto numbers = different_numbers(points);
  if (numbers < least_numbers)
    return "no learning curve from " + std::to_string(numbers) +
           " numbers of samples: " + std::to_string(least_numbers) + " are needed at least";
  const auto [few, many] = std::minmax_element(
      points.begin(), points.end(), [](const auto& a, const auto& b) { return a.samples < b.samples; });
  if (many->samples < least_range * few->samples)
    return "no learning curve: the numbers of samples, " + counted(few->samples) + " to " +
           counted(many->samples) + ", differ by less than a factor of " + printed(least_range);
  const double first = mean_log_error(points, few->samples);
  const double last = mean_log_error(points, many->samples);
  if (!(last < first))
    return "no learning curve: the error does not fall with more samples (" + printed(std::exp(first)) +
           " at " + counted(few->samples) + ", " + printed(std::exp(last)) + " at " + counted(many->samples) +
           ")";
  return std::nullopt;
}

double normal_share(double x) {
  return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

/// Where a function that grows crosses `level`, between lo and hi.
template <class Function>
double crossing(const Function& function, double level, double lo, double hi) {
  for (int k = 0; k < 50; ++k) {
    const double middle = 0.5 * (lo + hi);
    (function(middle) < level ? lo : hi) = middle;
  }
  return 0.5 * (lo + hi);
}

}  // namespace

std::variant<LearningCurve, std::string> LearningCurve::fit(const std::vector<CurvePoint>& points) {
  if (auto reason = objection(points)) return *reason;
  const auto count = static_cast<double>(points.size());
  const double largest = std::max_element(points.begin(), points.end(), [](const auto& a, const auto& b) {
                           return a.samples < b.samples;
                         })->samples;
  LearningCurve curve;
  double least = infinity;
  for (int i = 0; i < steps_b; ++i)
    for (int j = 0; j < steps_rest; ++j) {
      const double b = least_b + (largest_b - least_b) * i / (steps_b - 1);
      const double share = largest_rest * j / (steps_rest - 1);
      const double rest = share / (1 - share) * std::pow(largest, -b);
      double level = 0;
      double squares = 0;
      for (const auto& point : points) {
        const double off = std::log(point.error) - std::log(std::pow(point.samples, -b) + rest);
        level += off / count;
        squares += off * off;
      }
      squares = std::max(0.0, squares - count * level * level);
      least = std::min(least, squares);
      curve.candidates_.push_back({b, rest, level, squares});
    }
  const double freedom = count - 3;
  curve.scatter_ = std::max(least_scatter, freedom > 0 ? std::sqrt(least / freedom) : std::sqrt(least));
  if (curve.scatter_ > largest_scatter)
    return "no learning curve: the errors scatter by a factor of " + printed(std::exp(curve.scatter_)) +
           " about the best one";
  double sum = 0;
  for (auto& candidate : curve.candidates_) {
    candidate.weight = std::exp((least - candidate.weight) / (2 * curve.scatter_ * curve.scatter_));
    sum += candidate.weight;
  }
  std::erase_if(curve.candidates_, [](const Candidate& candidate) { return candidate.weight < 1e-9; });
  for (auto& candidate : curve.candidates_) candidate.weight /= sum;
  curve.width_ = curve.scatter_ * std::sqrt(1 + 1 / count);
  return curve;
}

std::vector<double> LearningCurve::expected(double samples) const {
  std::vector<double> log_errors;
  for (const auto& candidate : candidates_)
    log_errors.push_back(candidate.level + std::log(std::pow(samples, -candidate.b) + candidate.rest));
  return log_errors;
}

double LearningCurve::share_below(const std::vector<double>& expected, double log_error) const {
  double share = 0;
  for (std::size_t k = 0; k < expected.size(); ++k)
    share += candidates_[k].weight * normal_share((log_error - expected[k]) / width_);
  return share;
}

CurveValue LearningCurve::predict(double samples) const {
  ensure(samples >= 1, "an error is foretold for one sample at least");
  const auto errors = expected(samples);
  const auto [least, most] = std::minmax_element(errors.begin(), errors.end());
  const double margin = 10 * width_;
  const auto error_at = [&](double share) {
    const auto below = [&](double log_error) { return share_below(errors, log_error); };
    return std::exp(crossing(below, share, *least - margin, *most + margin));
  };
  return {error_at(0.5), error_at(tail), error_at(1 - tail)};
}

CurveValue LearningCurve::samples_for(double error) const {
  ensure(error > 0, "no number of samples brings an error of zero");
  const auto samples_at = [&](double share) {
    const auto reached = [&](double log_samples) {
      return share_below(expected(std::exp(log_samples)), std::log(error));
    };
    const double most = std::log(most_samples);
    return reached(most) < share ? infinity : std::exp(crossing(reached, share, 0, most));
  };
  return {samples_at(0.5), samples_at(tail), samples_at(1 - tail)};
}

}  // namespace tranche::learn
