/// \file
/// Unit strings: do they parse, and do two of them measure the same thing?
/// Layer: adapter, the only one that uses UDUNITS-2. Reads its database once, from UDUNITS-2's own path;
/// never prints.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tranche::units {

/// A unit string that does not parse, or a database that cannot be read.
class UnitError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A unit: value type, cheap to copy. Made by a UnitSystem, which it keeps alive.
class Unit {
 public:
  Unit(const Unit&) = default;
  Unit& operator=(const Unit&) = default;
  Unit(Unit&&) noexcept = default;
  Unit& operator=(Unit&&) noexcept = default;
  ~Unit();

  bool dimensionless() const;
  bool convertible_to(const Unit& other) const;
  /// Convertible with factor 1 and offset 0.
  bool equals(const Unit& other) const;

  /// Nothing if UDUNITS-2 has no such unit (powers beyond 255, odd roots, logarithmic units).
  std::optional<Unit> times(const Unit& other) const;
  std::optional<Unit> over(const Unit& other) const;
  std::optional<Unit> power(int exponent) const;
  std::optional<Unit> root(int degree) const;

  /// In symbols where there are any, e.g. "1e-07 W" for erg s-1; "1" for a plain number.
  std::string text() const;

 private:
  friend class UnitSystem;
  struct Handle;
  explicit Unit(std::shared_ptr<const Handle> handle);
  static std::optional<Unit> wrap(std::shared_ptr<const Handle> like, void* native);
  std::shared_ptr<const Handle> handle_;
};

/// The database. Build one and keep it (about 5 ms). One thread at a time for it and its units.
class UnitSystem {
 public:
  /// Silences UDUNITS-2's messages for the whole process. \throws UnitError if the database cannot be read
  UnitSystem();
  ~UnitSystem();
  UnitSystem(UnitSystem&&) noexcept;
  UnitSystem& operator=(UnitSystem&&) noexcept;

  /// The empty string and "1" are plain numbers. Also refused, since UDUNITS-2 would read something else:
  /// negative units ("erg s -1"), fractional powers ("cm^2.5"), parentheses that do not match. \throws
  /// UnitError with the string and the reason
  Unit parse(std::string_view text) const;

  /// Why the string is not a unit; nothing if it is one.
  std::optional<std::string> parse_error(std::string_view text) const;

  /// Short forms of the same on strings. \throws UnitError if one does not parse
  bool convertible(std::string_view a, std::string_view b) const;
  bool dimensionless(std::string_view text) const;
  std::string canonical(std::string_view text) const;

 private:
  struct Database;
  std::shared_ptr<const Database> database_;
  friend class Unit;
};

}  // namespace tranche::units
