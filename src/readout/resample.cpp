#include "tranche/readout/resample.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace tranche::readout {
namespace {

/// Places that differ by less than this share of the curve's extent are the same: files have ten digits.
constexpr double same_share = 1e-9;

struct Point {
  double at = 0;
  double value = 0;
};

std::string point_text(std::size_t k, double at) {
  return "point " + std::to_string(k + 1) + " of the axis, " + std::to_string(at);
}

/// Why a curve cannot be drawn over this axis.
std::optional<std::string> refuse(std::span<const double> axis, Scale scale) {
  if (axis.size() < 2) return "the axis has " + std::to_string(axis.size()) + " points, two are needed";
  const bool ascends = axis[1] > axis[0];
  for (std::size_t k = 0; k < axis.size(); ++k) {
    if (!std::isfinite(axis[k])) return point_text(k, axis[k]) + ", is not finite";
    if (scale == Scale::log && axis[k] <= 0) return point_text(k, axis[k]) + ", is not above 0";
    if (k > 0 && (ascends ? axis[k] <= axis[k - 1] : axis[k] >= axis[k - 1]))
      return point_text(k, axis[k]) + ", is not " + (ascends ? "above" : "below") + " the one before it";
  }
  return std::nullopt;
}

/// Between, or beyond, two points of a curve.
double on_line(const Point& left, const Point& right, double at, Scale scale) {
  if (scale == Scale::linear)
    return left.value + (right.value - left.value) * ((at - left.at) / (right.at - left.at));
  const double share = std::log(at / left.at) / std::log(right.at / left.at);
  const bool positive = left.value > 0 && right.value > 0;
  if (!positive) return left.value + (right.value - left.value) * share;
  return std::exp(std::log(left.value) + (std::log(right.value) - std::log(left.value)) * share);
}

class Curve {
 public:
  Curve(std::span<const double> axis, std::span<const double> values, Scale scale)
      : axis_{axis}, values_{values}, descends_{axis[1] < axis[0]}, scale_{scale} {
    const double low = scaled(point(0).at);
    const double high = scaled(point(axis.size() - 1).at);
    same_ = (high - low) * same_share;
  }

  /// In ascending order.
  Point point(std::size_t k) const {
    const std::size_t at = descends_ ? axis_.size() - 1 - k : k;
    return {axis_[at], values_[at]};
  }
  bool same(double one, double other) const {
    return one == other || std::abs(scaled(one) - scaled(other)) <= same_;
  }
  std::size_t size() const { return axis_.size(); }

 private:
  double scaled(double at) const { return scale_ == Scale::log ? std::log(at) : at; }

  std::span<const double> axis_;
  std::span<const double> values_;
  bool descends_;
  Scale scale_;
  double same_ = 0;
};

}  // namespace

Result<Resampled> resample(std::span<const double> axis, std::span<const double> values,
                           std::span<const double> places, Scale scale, std::string_view file) {
  if (const auto why = refuse(axis, scale)) return Fault{"axis", std::string{file} + ": " + *why};
  if (scale == Scale::log && !places.empty() && places.front() <= 0)
    return Fault{"axis", std::string{file} + ": the output's own axis is not above 0; resample: linear"};
  const Curve curve{axis, values, scale};
  Resampled result;
  result.values.reserve(places.size());
  std::size_t right = 1;  // the point behind the place, never the first
  for (const double place : places) {
    while (right + 1 < curve.size() && curve.point(right).at < place) ++right;
    const Point before = curve.point(right - 1);
    const Point behind = curve.point(right);
    if (curve.same(place, before.at)) {
      result.values.push_back(before.value);
    } else if (curve.same(place, behind.at)) {
      result.values.push_back(behind.value);
    } else {
      if (place < before.at || place > behind.at) ++result.extrapolated;
      result.values.push_back(on_line(before, behind, place, scale));
    }
  }
  return result;
}

}  // namespace tranche::readout
