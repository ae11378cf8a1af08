/// \file
/// Dimensional analysis of a formula, as far as it can be trusted.
/// Layer: adapter (units). Finds what is plainly wrong and stays silent where it cannot know.
///
/// A number in a formula may carry a unit of its own: in R*(1+z)/(2.998e10*delta) the literal is in cm/s.
/// Hence
///  - small integers and simple fractions (2, 0.5, 4/3) times something leave the unit as it is;
///  - any other literal times something makes the result unknown;
///  - a literal alone, added or compared to something, is taken to be in that thing's unit;
///  - a name without a unit is unknown (give it "1" to say that it is a plain number);
///  - what lies under log, exp, a trigonometric function or a non-constant exponent is declared, not checked.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/units/unit_system.hpp"

namespace tranche::units {

/// Unit string of each name that has one.
using UnitOfName = std::map<std::string, std::string, std::less<>>;

struct UnitProblem {
  enum class Kind {
    dimension,  ///< a length compared with a magnetic field: an error
    scale,      ///< cm added to m: the same dimension, yet the numbers do not belong together
  };
  Kind kind;
  std::size_t position;  ///< 0-based offset in the formula
  std::string message;
};

struct InferredUnit {
  std::optional<Unit> unit;           ///< nothing: unknown
  std::vector<UnitProblem> problems;  ///< inside the formula, in order of appearance
};

/// Unit of a formula in the language of tranche::expression. Text that does not parse here is unknown,
/// without problems: it is the compiler's to refuse. \throws UnitError if a unit string in `units` that the
/// formula uses does not parse
InferredUnit infer(const UnitSystem& system, std::string_view formula, const UnitOfName& units);

/// Problems inside the formula, and one more if its unit is known and is not `declared`.
/// \throws UnitError if a unit string does not parse
std::vector<UnitProblem> check(const UnitSystem& system, std::string_view formula, const UnitOfName& units,
                               std::string_view declared);

}  // namespace tranche::units
