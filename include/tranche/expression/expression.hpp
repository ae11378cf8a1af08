/// \file
/// Formulas written by users ("R*(1+z)/(2.998e10*delta)", "gamma_max >= 2*gamma_min").
/// Layer: adapter, the only one that uses muParser. No files, no clock, no ranks; deterministic.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tranche::expression {

/// What is wrong with a formula, and where.
class ExpressionError : public std::runtime_error {
 public:
  ExpressionError(const std::string& message, std::size_t position, std::string unknown_name = {});

  /// 0-based offset in the text; at most its length.
  std::size_t position() const noexcept { return position_; }

  /// The name that means nothing here, for a did-you-mean; empty if that is not the problem.
  const std::string& unknown_name() const noexcept { return unknown_name_; }

 private:
  std::size_t position_;
  std::string unknown_name_;
};

/// A compiled formula of named numbers.
///
/// Operators, loosest first: ?: || && comparison + - * / unary-minus ^ (right-associative: 2^3^2 = 512, -2^2
/// = -4). Functions: abs sqrt cbrt exp log ln log2 log10 pow floor ceil round sign min max
///            sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh.
/// `log` and `ln` are natural, `log10` is to base 10. Angles in radians. Constants: pi (also _pi) and _e.
/// A comparison is 1 or 0. Division by zero and roots of negatives give infinities and NaN, never an error.
/// Refused, because they silently mean something else: a single `=`, `a < b < c`, several results by comma.
///
/// Copies share nothing (a copy compiles again). One thread at a time per object.
class Expression {
 public:
  /// `names`: what the formula may use, in the order of the values given later. Names that no formula can
  /// spell (not [A-Za-z_][A-Za-z0-9_]*) are simply never matched. \throws ExpressionError with a message for
  /// people
  static Expression compile(std::string_view text, std::span<const std::string> names);

  Expression(const Expression& other);
  Expression& operator=(const Expression& other);
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;
  ~Expression();

  /// Value at `values`, one per name given to compile (more are ignored). Does not allocate.
  /// \pre values.size() >= number of names
  double operator()(std::span<const double> values) const;

  const std::string& text() const noexcept;

  /// Names the formula uses, in the order given to compile.
  const std::vector<std::string>& uses() const noexcept;

  /// Whether it compares anything (a constraint that does not is probably a mistake).
  bool compares() const noexcept;

 private:
  struct Compiled;
  explicit Expression(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

/// Whether a parameter must not be called this: a function or constant of the language.
bool is_reserved(std::string_view name);

/// Everything is_reserved() says yes to, sorted: candidates for a did-you-mean.
std::vector<std::string> reserved_names();

}  // namespace tranche::expression
