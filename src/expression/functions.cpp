/// \file
/// The functions of the formula language, spelled out, so that an outside library's idea of `log` does not
/// matter. Layer: adapter (expression).
#include "functions.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace tranche::expression {

namespace {

/// Extreme of all arguments; NaN if any is NaN, wherever it stands.
template <class Better>
double extreme(const double* values, int count, Better better) {
  double best = values[0];
  for (int i = 0; i < count; ++i) {
    if (std::isnan(values[i])) return std::numeric_limits<double>::quiet_NaN();
    if (better(values[i], best)) best = values[i];
  }
  return best;
}

double smallest(const double* values, int count) {
  return extreme(values, count, [](double a, double b) { return a < b; });
}

double largest(const double* values, int count) {
  return extreme(values, count, [](double a, double b) { return a > b; });
}

double sign(double x) {
  return std::isnan(x) ? x : static_cast<double>((x > 0) - (x < 0));
}

constexpr UnaryFunction unary[] = {
    {"abs", [](double x) { return std::abs(x); }},     {"sqrt", [](double x) { return std::sqrt(x); }},
    {"cbrt", [](double x) { return std::cbrt(x); }},   {"exp", [](double x) { return std::exp(x); }},
    {"log", [](double x) { return std::log(x); }},     {"ln", [](double x) { return std::log(x); }},
    {"log2", [](double x) { return std::log2(x); }},   {"log10", [](double x) { return std::log10(x); }},
    {"floor", [](double x) { return std::floor(x); }}, {"ceil", [](double x) { return std::ceil(x); }},
    {"round", [](double x) { return std::round(x); }}, {"sign", sign},
    {"sin", [](double x) { return std::sin(x); }},     {"cos", [](double x) { return std::cos(x); }},
    {"tan", [](double x) { return std::tan(x); }},     {"asin", [](double x) { return std::asin(x); }},
    {"acos", [](double x) { return std::acos(x); }},   {"atan", [](double x) { return std::atan(x); }},
    {"sinh", [](double x) { return std::sinh(x); }},   {"cosh", [](double x) { return std::cosh(x); }},
    {"tanh", [](double x) { return std::tanh(x); }},   {"asinh", [](double x) { return std::asinh(x); }},
    {"acosh", [](double x) { return std::acosh(x); }}, {"atanh", [](double x) { return std::atanh(x); }},
};

constexpr BinaryFunction binary[] = {
    {"pow", [](double x, double y) { return std::pow(x, y); }},
    {"atan2", [](double y, double x) { return std::atan2(y, x); }},
};

constexpr VariadicFunction variadic[] = {{"min", smallest}, {"max", largest}};

constexpr Constant known_constants[] = {
    {"pi", std::numbers::pi}, {"_pi", std::numbers::pi}, {"_e", std::numbers::e}};

}  // namespace

std::span<const UnaryFunction> unary_functions() noexcept {
  return unary;
}
std::span<const BinaryFunction> binary_functions() noexcept {
  return binary;
}
std::span<const VariadicFunction> variadic_functions() noexcept {
  return variadic;
}
std::span<const Constant> constants() noexcept {
  return known_constants;
}

}  // namespace tranche::expression
