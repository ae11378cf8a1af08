/// \file
/// Recursive descent over formulas, on units. Layer: adapter (units).
#include "dimension_parser.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <numbers>
#include <string>

namespace tranche::units {

namespace {

constexpr int max_depth = 200;  ///< nesting, so that no text overflows the stack

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Functions whose result is in their argument's unit.
bool keeps_unit(std::string_view f) {
  return f == "abs" || f == "min" || f == "max";
}

/// sqrt, cbrt: the degree of the root; 0 for others.
int root_degree(std::string_view f) {
  return f == "sqrt" ? 2 : f == "cbrt" ? 3 : 0;
}

/// Counts how deep the parser stands, for as long as it stands there.
class Deeper {
 public:
  explicit Deeper(int& depth) : depth_(depth) {
    if (++depth_ > max_depth) {
      --depth_;
      throw NotAFormula{};
    }
  }
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  int& depth_;
};

}  // namespace

DimensionParser::DimensionParser(const UnitSystem& system, std::string_view text, const UnitOfName& units)
    : system_(system), units_(units), algebra_{system.parse("1")}, text_(text) {}

Quantity DimensionParser::run() {
  Quantity result = choice();
  skip_blanks();
  if (at_ != text_.size()) throw NotAFormula{};
  return result;
}

Quantity DimensionParser::choice() {
  const Deeper deeper(depth_);
  Quantity condition = disjunction();
  const std::size_t position = at_;
  if (!accept("?")) return condition;
  const Quantity yes = choice();
  expect(":");
  const Quantity no = choice();
  return agree(yes, no, "chooses between", position);
}

Quantity DimensionParser::disjunction() {
  Quantity left = conjunction();
  while (accept("||")) {
    conjunction();
    left = Quantity::of(algebra_.one);
  }
  return left;
}

Quantity DimensionParser::conjunction() {
  Quantity left = comparison();
  while (accept("&&")) {
    comparison();
    left = Quantity::of(algebra_.one);
  }
  return left;
}

Quantity DimensionParser::comparison() {
  const Quantity left = sum();
  skip_blanks();
  const std::size_t position = at_;
  for (const std::string_view token : {"<=", ">=", "==", "!=", "<", ">"}) {
    if (!accept(token)) continue;
    agree(left, sum(), "compares", position);
    return Quantity::of(algebra_.one);
  }
  return left;
}

Quantity DimensionParser::sum() {
  Quantity left = product();
  for (;;) {
    skip_blanks();
    const std::size_t position = at_;
    if (accept("+"))
      left = agree(left, product(), "adds", position);
    else if (accept("-"))
      left = agree(left, product(), "subtracts", position);
    else
      return left;
  }
}

Quantity DimensionParser::product() {
  Quantity left = unary();
  for (;;) {
    if (accept("*"))
      left = algebra_.product(left, unary());
    else if (accept("/"))
      left = algebra_.quotient(left, unary());
    else
      return left;
  }
}

Quantity DimensionParser::unary() {
  const Deeper deeper(depth_);
  if (accept("+")) return unary();
  if (!accept("-")) return power();
  const Quantity q = unary();
  return q.is_number() ? Quantity::folded(-q.value(), q.plain()) : q;
}

Quantity DimensionParser::power() {
  const Quantity base = primary();
  return accept("^") ? algebra_.power(base, unary()) : base;
}

Quantity DimensionParser::primary() {
  const char c = peek();
  if (is_digit(c) || c == '.') return number();
  if (accept("(")) {
    const Quantity inside = choice();
    expect(")");
    return inside;
  }
  if (!is_letter(c)) throw NotAFormula{};
  const std::size_t start = at_;
  while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
  const std::string_view name = text_.substr(start, at_ - start);
  if (!accept("(")) return named(name);
  return called(name, arguments(), start);
}

std::vector<Quantity> DimensionParser::arguments() {
  std::vector<Quantity> all{choice()};
  while (accept(",")) all.push_back(choice());
  expect(")");
  return all;
}

Quantity DimensionParser::number() {
  double value = 0;
  const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
  if (error != std::errc{}) throw NotAFormula{};
  at_ = static_cast<std::size_t>(end - text_.data());
  return Quantity::number(value);
}

Quantity DimensionParser::named(std::string_view name) const {
  if (const auto found = units_.find(name); found != units_.end() && !found->second.empty())
    return Quantity::of(system_.parse(found->second));
  if (name == "pi" || name == "_pi") return Quantity::folded(std::numbers::pi, true);
  return Quantity::unknown();
}

Quantity DimensionParser::called(std::string_view function, const std::vector<Quantity>& arguments,
                                 std::size_t position) {
  if (keeps_unit(function)) {
    Quantity result = arguments.front();
    for (std::size_t i = 1; i < arguments.size(); ++i)
      result = agree(result, arguments[i], "compares", position);
    return result;
  }
  if (const int degree = root_degree(function); degree != 0)
    return algebra_.power(arguments.front(), Quantity::folded(1.0 / degree, true));
  if (function == "pow" && arguments.size() == 2) return algebra_.power(arguments[0], arguments[1]);
  return Quantity::unknown();
}

Quantity DimensionParser::agree(const Quantity& a, const Quantity& b, std::string_view verb,
                                std::size_t position) {
  if (auto problem = clash(a, b)) {
    problem->position = position;
    problem->message = std::string(verb) + " " + problem->message;
    problems_.push_back(std::move(*problem));
  }
  return common(a, b);
}

void DimensionParser::skip_blanks() {
  while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
}

bool DimensionParser::accept(std::string_view token) {
  skip_blanks();
  if (text_.substr(at_, token.size()) != token) return false;
  at_ += token.size();
  return true;
}

void DimensionParser::expect(std::string_view token) {
  if (!accept(token)) throw NotAFormula{};
}

char DimensionParser::peek() {
  skip_blanks();
  return at_ < text_.size() ? text_[at_] : '\0';
}

}  // namespace tranche::units
