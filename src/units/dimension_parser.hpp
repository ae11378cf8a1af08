/// \file
/// Reads a formula and computes with units instead of numbers. Private to units.
///
///   choice  = or [ "?" choice ":" choice ]        compare = sum [ ("<"|"<="|...) sum ]
///   or      = and { "||" and }                    sum     = product { ("+"|"-") product }
///   and     = compare { "&&" compare }            product = unary { ("*"|"/") unary }
///   unary   = ("+"|"-") unary | power             power   = primary [ "^" unary ]
///   primary = number | name [ "(" choice { "," choice } ")" ] | "(" choice ")"
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "quantity.hpp"

namespace tranche::units {

/// Thrown inside only: the text is no formula. The compiler of formulas says so better.
struct NotAFormula {};

class DimensionParser {
 public:
  DimensionParser(const UnitSystem& system, std::string_view text, const UnitOfName& units);

  /// \throws NotAFormula, UnitError
  Quantity run();

  std::vector<UnitProblem> take_problems() { return std::move(problems_); }

 private:
  Quantity choice();
  Quantity disjunction();
  Quantity conjunction();
  Quantity comparison();
  Quantity sum();
  Quantity product();
  Quantity unary();
  Quantity power();
  Quantity primary();
  Quantity number();
  Quantity named(std::string_view name) const;
  Quantity called(std::string_view function, const std::vector<Quantity>& arguments, std::size_t position);
  std::vector<Quantity> arguments();

  /// Unit of both together; a clash becomes a problem at `position`.
  Quantity agree(const Quantity& a, const Quantity& b, std::string_view verb, std::size_t position);

  void skip_blanks();
  bool accept(std::string_view token);
  void expect(std::string_view token);
  char peek();

  const UnitSystem& system_;
  const UnitOfName& units_;
  Algebra algebra_;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<UnitProblem> problems_;
};

}  // namespace tranche::units
