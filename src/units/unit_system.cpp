/// \file
/// UDUNITS-2 behind values. Layer: adapter (units).
#include "tranche/units/unit_system.hpp"

#include <udunits2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <utility>

namespace tranche::units {

struct UnitSystem::Database {
  Database() {
    ut_set_error_message_handler(ut_ignore);
    native = ut_read_xml(nullptr);
    if (native == nullptr) {
      ut_status why = UT_SUCCESS;
      const char* path = ut_get_path_xml(nullptr, &why);
      throw UnitError("cannot read UDUNITS-2's database " + std::string(path == nullptr ? "" : path) +
                      " (install libudunits2-data, or set UDUNITS2_XML_PATH)");
    }
  }
  ~Database() { ut_free_system(native); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  ut_system* native = nullptr;
};

struct Unit::Handle {
  Handle(std::shared_ptr<const UnitSystem::Database> system, ut_unit* unit)
      : database(std::move(system)), native(unit) {}
  ~Handle() { ut_free(native); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  std::shared_ptr<const UnitSystem::Database> database;  ///< outlives the unit
  ut_unit* native;
};

namespace {

std::string trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(blank) - first + 1));
}

std::string reason(ut_status status) {
  switch (status) {
    case UT_SUCCESS:  // what UDUNITS-2 reports for some stray characters
    case UT_SYNTAX:
      return "it is not written as UDUNITS-2 expects, e.g. erg cm-2 s-1";
    case UT_UNKNOWN:
      return "UDUNITS-2 does not know it, or one of its parts";
    default:
      return "UDUNITS-2 status " + std::to_string(static_cast<int>(status));
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A power such as cm^2.5: UDUNITS-2 would read cm2 times .5.
bool has_broken_power(std::string_view text) {
  for (std::size_t dot = 1; dot + 1 < text.size(); ++dot) {
    if (text[dot] != '.' || !is_digit(text[dot + 1])) continue;
    std::size_t start = dot;
    while (start > 0 && is_digit(text[start - 1])) --start;
    if (start == dot || start == 0) continue;
    const char before = text[start - 1];
    if (before == '^' || before == '*' || before == '-' || before == '_' ||
        std::isalpha(static_cast<unsigned char>(before)))
      return true;
  }
  return false;
}

/// What UDUNITS-2 accepts, but with another meaning than its writer's.
std::optional<std::string> trap(std::string_view text) {
  if (std::count(text.begin(), text.end(), '(') != std::count(text.begin(), text.end(), ')'))
    return "its parentheses do not match";
  if (has_broken_power(text)) return "powers must be whole numbers";
  return std::nullopt;
}

UnitError refusal(std::string_view text, const std::string& why) {
  return UnitError("'" + std::string(text) + "' is not a unit: " + why);
}

}  // namespace

UnitSystem::UnitSystem() : database_(std::make_shared<const Database>()) {}
UnitSystem::~UnitSystem() = default;
UnitSystem::UnitSystem(UnitSystem&&) noexcept = default;
UnitSystem& UnitSystem::operator=(UnitSystem&&) noexcept = default;

Unit UnitSystem::parse(std::string_view text) const {
  const std::string clean = trimmed(text);
  if (const auto why = trap(clean)) throw refusal(text, *why);
  ut_unit* native = ut_parse(database_->native, clean.c_str(), UT_UTF8);
  if (native == nullptr) throw refusal(text, reason(ut_get_status()));
  Unit unit(std::make_shared<const Unit::Handle>(database_, native));
  if (unit.text().front() == '-')
    throw refusal(text, "it is negative; write powers without a blank, as in s-1");
  return unit;
}

std::optional<std::string> UnitSystem::parse_error(std::string_view text) const {
  try {
    parse(text);
    return std::nullopt;
  } catch (const UnitError& error) {
    return error.what();
  }
}

bool UnitSystem::convertible(std::string_view a, std::string_view b) const {
  return parse(a).convertible_to(parse(b));
}

bool UnitSystem::dimensionless(std::string_view text) const {
  return parse(text).dimensionless();
}

std::string UnitSystem::canonical(std::string_view text) const {
  return parse(text).text();
}

Unit::Unit(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
Unit::~Unit() = default;

std::optional<Unit> Unit::wrap(std::shared_ptr<const Handle> like, void* native) {
  if (native == nullptr) return std::nullopt;
  return Unit(std::make_shared<const Handle>(like->database, static_cast<ut_unit*>(native)));
}

bool Unit::dimensionless() const {
  return ut_is_dimensionless(handle_->native) != 0;
}

bool Unit::convertible_to(const Unit& other) const {
  return ut_are_convertible(handle_->native, other.handle_->native) != 0;
}

bool Unit::equals(const Unit& other) const {
  if (!convertible_to(other)) return false;
  cv_converter* converter = ut_get_converter(handle_->native, other.handle_->native);
  if (converter == nullptr) return false;
  const double at_0 = cv_convert_double(converter, 0.0);
  const double at_1 = cv_convert_double(converter, 1.0);
  cv_free(converter);
  constexpr double tolerance = 1e-9;  // of products of rounded factors
  return std::abs(at_0) < tolerance && std::abs(at_1 - 1) < tolerance;
}

std::optional<Unit> Unit::times(const Unit& other) const {
  return wrap(handle_, ut_multiply(handle_->native, other.handle_->native));
}

std::optional<Unit> Unit::over(const Unit& other) const {
  return wrap(handle_, ut_divide(handle_->native, other.handle_->native));
}

std::optional<Unit> Unit::power(int exponent) const {
  if (exponent < -255 || exponent > 255) return std::nullopt;
  return wrap(handle_, ut_raise(handle_->native, exponent));
}

std::optional<Unit> Unit::root(int degree) const {
  if (degree < 1 || degree > 255) return std::nullopt;
  return wrap(handle_, ut_root(handle_->native, degree));
}

std::string Unit::text() const {
  std::array<char, 512> buffer{};
  const int length = ut_format(handle_->native, buffer.data(), buffer.size(), UT_ASCII);
  if (length < 0 || static_cast<std::size_t>(length) >= buffer.size()) return "?";
  return length == 0 ? "1" : std::string(buffer.data(), static_cast<std::size_t>(length));
}

}  // namespace tranche::units
