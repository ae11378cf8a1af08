/// \file
/// Domains of parameters. Layer: design (pure). Source: nested Latin hypercube, section 6.
#include "tranche/design/domain.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace tranche::design {

namespace {

constexpr std::int64_t largest_integer = std::int64_t{1} << 53;

/// log(hi/lo), also where the quotient overflows.
double log_ratio(double lo, double hi) {
  const double ratio = hi / lo;
  return std::isfinite(ratio) ? std::log(ratio) : std::log(hi) - std::log(lo);
}

/// round(k (count-1) / (n-1)), half up, exactly.
std::uint64_t spread(std::uint64_t k, std::uint64_t n, std::uint64_t count) {
  if (n == 1) return (count - 1) / 2;
  const uint128 steps = n - 1;
  return static_cast<std::uint64_t>((2 * static_cast<uint128>(k) * (count - 1) + steps) / (2 * steps));
}

}  // namespace

Domain::Domain(Kind kind, double lo, double hi, std::uint64_t count)
    : kind_(kind),
      lo_(lo),
      hi_(hi),
      origin_(kind == Kind::log ? std::log(lo) : lo),
      width_(kind == Kind::log ? log_ratio(lo, hi) : hi - lo),
      count_(count) {}

Domain Domain::linear(double lo, double hi) {
  if (!std::isfinite(lo) || !std::isfinite(hi) || !std::isfinite(hi - lo))
    throw std::invalid_argument("the bounds of a range must be finite numbers");
  if (!(lo < hi)) throw std::invalid_argument("the lower bound of a range must be below the upper one");
  return Domain(Kind::linear, lo, hi, 0);
}

Domain Domain::log(double lo, double hi) {
  if (!std::isfinite(lo) || !std::isfinite(hi))
    throw std::invalid_argument("the bounds of a range must be finite numbers");
  if (!(lo > 0)) throw std::invalid_argument("the lower bound of a log range must be above zero");
  if (!(lo < hi)) throw std::invalid_argument("the lower bound of a range must be below the upper one");
  return Domain(Kind::log, lo, hi, 0);
}

Domain Domain::integer(std::int64_t lo, std::int64_t hi) {
  if (lo < -largest_integer || hi > largest_integer)
    throw std::invalid_argument("the bounds of an integer range must lie within 2^53");
  if (lo > hi)
    throw std::invalid_argument("the lower bound of an integer range must not be above the upper one");
  const auto count = static_cast<std::uint64_t>(hi - lo) + 1;
  return Domain(Kind::integer, static_cast<double>(lo), static_cast<double>(hi), count);
}

Domain Domain::levels(std::uint64_t count) {
  if (count < 1 || count > static_cast<std::uint64_t>(largest_integer))
    throw std::invalid_argument("a parameter with listed values needs at least one");
  return Domain(Kind::levels, 0.0, static_cast<double>(count - 1), count);
}

std::optional<std::uint64_t> Domain::cardinality() const noexcept {
  if (count_ == 0) return std::nullopt;
  return count_;
}

double Domain::at(double x) const noexcept {
  const double y = origin_ + width_ * x;
  return std::clamp(kind_ == Kind::log ? std::exp(y) : y, lo_, hi_);
}

double Domain::value(Position position) const noexcept {
  if (count_ == 0) return at(unit_value(position));
  return lo_ + static_cast<double>(cell(position, count_));
}

double Domain::unit(double value) const noexcept {
  switch (kind_) {
    case Kind::linear:
      return (value - lo_) / width_;
    case Kind::log:
      return (std::log(value) - origin_) / width_;
    case Kind::integer:
    case Kind::levels:
      break;
  }
  return (value - lo_ + 0.5) / static_cast<double>(count_);
}

double Domain::grid_value(std::uint64_t k, std::uint64_t n) const noexcept {
  if (count_ != 0) return lo_ + static_cast<double>(spread(k, n, count_));
  if (n == 1) return at(0.5);
  if (k == 0) return lo_;
  if (k == n - 1) return hi_;
  return at(static_cast<double>(k) / static_cast<double>(n - 1));
}

}  // namespace tranche::design
