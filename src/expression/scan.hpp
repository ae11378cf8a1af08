/// \file
/// A first look at a formula: names, and what would compile but mean something else. Private to expression.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tranche::expression {

struct NameAt {
  std::string name;
  std::size_t position;  ///< 0-based offset
};

struct Scan {
  std::vector<NameAt> names;  ///< identifiers in order of appearance, functions among them
  bool compares = false;      ///< has a comparison
};

/// \throws ExpressionError for a single `=`, a chain like a < b < c, a comma outside a function's
/// parentheses,
///         quotes, or a character no formula has
Scan scan(std::string_view text);

}  // namespace tranche::expression
