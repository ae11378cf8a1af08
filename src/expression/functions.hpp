/// \file
/// The functions and constants of the formula language. Private to expression.
#pragma once

#include <span>
#include <string_view>

namespace tranche::expression {

struct UnaryFunction {
  std::string_view name;
  double (*call)(double);
};
struct BinaryFunction {
  std::string_view name;
  double (*call)(double, double);
};
/// Any number of arguments, at least one.
struct VariadicFunction {
  std::string_view name;
  double (*call)(const double*, int);
};
struct Constant {
  std::string_view name;
  double value;
};

std::span<const UnaryFunction> unary_functions() noexcept;
std::span<const BinaryFunction> binary_functions() noexcept;
std::span<const VariadicFunction> variadic_functions() noexcept;
std::span<const Constant> constants() noexcept;

}  // namespace tranche::expression
