/// \file
/// Algebra of units, as far as literals let it be trusted. Layer: adapter (units).
#include "quantity.hpp"

#include <cmath>
#include <utility>

namespace tranche::units {

namespace {

/// Whether the quantity may scale something without changing its unit.
bool carries_nothing(const Quantity& q) {
  return q.is_number() && q.plain();
}

/// Exponents p/q that UDUNITS-2 may handle.
std::optional<Unit> rational_power(const Unit& base, double exponent) {
  for (int q = 1; q <= 4; ++q) {
    const double p = exponent * q;
    if (std::abs(p) > 255 || std::abs(p - std::round(p)) > 1e-12) continue;
    const auto raised = base.power(static_cast<int>(std::round(p)));
    if (!raised || q == 1) return raised;
    return raised->root(q);
  }
  return std::nullopt;
}

}  // namespace

bool is_plain(double value) noexcept {
  return std::abs(value) < 10 && value * 8 == std::round(value * 8);
}

Quantity Quantity::number(double value) {
  return folded(value, is_plain(value));
}

Quantity Quantity::folded(double value, bool plain) {
  Quantity q;
  q.kind_ = Kind::number;
  q.value_ = value;
  q.plain_ = plain;
  return q;
}

Quantity Quantity::of(std::optional<Unit> unit) {
  Quantity q;
  q.kind_ = unit ? Kind::known : Kind::unknown;
  q.unit_ = std::move(unit);
  return q;
}

Quantity Algebra::product(const Quantity& a, const Quantity& b) const {
  if (a.is_number() && b.is_number()) return Quantity::folded(a.value() * b.value(), a.plain() && b.plain());
  if (carries_nothing(a)) return b;
  if (carries_nothing(b)) return a;
  if (a.is_known() && b.is_known()) return Quantity::of(a.unit().times(b.unit()));
  return Quantity::unknown();
}

Quantity Algebra::quotient(const Quantity& a, const Quantity& b) const {
  if (a.is_number() && b.is_number()) return Quantity::folded(a.value() / b.value(), a.plain() && b.plain());
  if (carries_nothing(b)) return a;
  if (carries_nothing(a) && b.is_known()) return Quantity::of(one.over(b.unit()));
  if (a.is_known() && b.is_known()) return Quantity::of(a.unit().over(b.unit()));
  return Quantity::unknown();
}

Quantity Algebra::power(const Quantity& base, const Quantity& exponent) const {
  if (!exponent.is_number()) return Quantity::unknown();
  if (base.is_number()) {
    const double value = std::pow(base.value(), exponent.value());
    return Quantity::folded(value, base.plain() && is_plain(value));
  }
  if (base.is_known()) return Quantity::of(rational_power(base.unit(), exponent.value()));
  return Quantity::unknown();
}

std::optional<UnitProblem> clash(const Quantity& a, const Quantity& b) {
  if (!a.is_known() || !b.is_known() || a.unit().equals(b.unit())) return std::nullopt;
  const bool same_thing = a.unit().convertible_to(b.unit());
  std::string message = "'";
  message.append(a.unit().text()).append("' and '").append(b.unit().text());
  message += same_thing ? "' measure the same thing on different scales" : "' do not measure the same thing";
  return UnitProblem{same_thing ? UnitProblem::Kind::scale : UnitProblem::Kind::dimension, 0, message};
}

Quantity common(const Quantity& a, const Quantity& b) {
  if (a.is_number() && b.is_number()) return Quantity::folded(0, a.plain() && b.plain());
  if (clash(a, b)) return Quantity::unknown();
  if (a.is_known()) return a;
  if (b.is_known()) return b;
  return Quantity::unknown();
}

}  // namespace tranche::units
