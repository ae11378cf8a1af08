/// \file
/// What dimensional analysis knows about a subexpression. Private to units.
#pragma once

#include <optional>
#include <vector>

#include "tranche/units/infer.hpp"

namespace tranche::units {

/// One of: a number made of literals alone; something with a known unit; something unknown.
class Quantity {
 public:
  static Quantity number(double value);
  static Quantity of(std::optional<Unit> unit);  ///< nothing: unknown
  static Quantity unknown() { return of(std::nullopt); }

  bool is_number() const noexcept { return kind_ == Kind::number; }
  bool is_known() const noexcept { return kind_ == Kind::known; }

  /// \pre is_number()
  double value() const noexcept { return value_; }
  /// Of a number: too simple to hide a unit (see is_plain). \pre is_number()
  bool plain() const noexcept { return plain_; }
  /// \pre is_known()
  const Unit& unit() const { return *unit_; }

  /// A number made of other numbers: plain if those were.
  static Quantity folded(double value, bool plain);

 private:
  enum class Kind { number, known, unknown };
  Kind kind_ = Kind::unknown;
  double value_ = 0.0;
  bool plain_ = false;
  std::optional<Unit> unit_;
};

/// Multiples of 1/8 below 10. Anything else (60, 1e-2, 2.998e10) may be a constant of nature or a conversion.
bool is_plain(double value) noexcept;

/// Unit strings to units, e.g. "1" for plain numbers.
struct Algebra {
  Unit one;

  Quantity product(const Quantity& a, const Quantity& b) const;
  Quantity quotient(const Quantity& a, const Quantity& b) const;
  Quantity power(const Quantity& base, const Quantity& exponent) const;
};

/// Why the two cannot be added or compared; nothing if they can, or if that is not known.
std::optional<UnitProblem> clash(const Quantity& a, const Quantity& b);

/// Unit of a sum of the two, or of their maximum.
Quantity common(const Quantity& a, const Quantity& b);

}  // namespace tranche::units
