/// \file
/// Formulas, compiled and run by muParser. Layer: adapter (expression).
#include "tranche/expression/expression.hpp"

#include <muParser.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "functions.hpp"
#include "scan.hpp"

namespace tranche::expression {

namespace {

template <class Entries>
void add_names(std::set<std::string, std::less<>>& names, const Entries& entries) {
  for (const auto& entry : entries) names.emplace(entry.name);
}

std::set<std::string, std::less<>> all_reserved() {
  std::set<std::string, std::less<>> names;
  add_names(names, unary_functions());
  add_names(names, binary_functions());
  add_names(names, variadic_functions());
  add_names(names, constants());
  return names;
}

/// Our language and nothing of muParser's own functions and constants.
void define_language(mu::Parser& parser) {
  parser.ClearFun();
  parser.ClearConst();
  for (const auto& f : unary_functions()) parser.DefineFun(std::string(f.name), f.call);
  for (const auto& f : binary_functions()) parser.DefineFun(std::string(f.name), f.call);
  for (const auto& f : variadic_functions()) parser.DefineFun(std::string(f.name), f.call);
  for (const auto& c : constants()) parser.DefineConst(std::string(c.name), c.value);
}

bool spellable(const std::string& name) {
  const auto letter = [](unsigned char c) { return std::isalpha(c) || c == '_'; };
  return !name.empty() && name.size() <= 100 && letter(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(), [&](unsigned char c) { return letter(c) || std::isdigit(c); });
}

/// Names before anything else: a name nobody knows is the most common mistake and deserves its own words.
void check_names(const Scan& seen, std::span<const std::string> names) {
  for (const NameAt& used : seen.names)
    if (std::find(names.begin(), names.end(), used.name) == names.end() && !is_reserved(used.name))
      throw ExpressionError("unknown name '" + used.name + "'", used.position, used.name);
}

std::string message_of(const mu::ParserError& error) {
  switch (error.GetCode()) {
    case mu::ecUNEXPECTED_EOF:
      return "the formula ends too early";
    case mu::ecMISSING_PARENS:
      return "a closing parenthesis is missing";
    case mu::ecUNEXPECTED_PARENS:
      return "a parenthesis does not belong here";
    case mu::ecTOO_MANY_PARAMS:
      return "too many arguments for " + error.GetToken();
    case mu::ecTOO_FEW_PARAMS:
      return "too few arguments for " + error.GetToken();
    default:
      break;
  }
  const std::string& token = error.GetToken();
  if (!token.empty()) return "'" + token + "' does not belong here";
  return error.GetMsg();
}

[[noreturn]] void rethrow(const mu::ParserError& error, std::size_t length) {
  const int at = error.GetPos();
  throw ExpressionError(message_of(error), at < 0 ? length : std::min(static_cast<std::size_t>(at), length));
}

}  // namespace

ExpressionError::ExpressionError(const std::string& message, std::size_t position, std::string unknown_name)
    : std::runtime_error(message), position_(position), unknown_name_(std::move(unknown_name)) {}

/// Never moved: muParser keeps pointers into `slots`.
struct Expression::Compiled {
  Compiled(std::string formula, std::vector<std::string> known)
      : text(std::move(formula)), names(std::move(known)), slots(names.size()) {
    const Scan seen = scan(text);
    check_names(seen, names);
    compares = seen.compares;
    bind(seen);
    try {
      parser.SetExpr(text);
      parser.Eval();  // compiles, so that later calls only run
    } catch (const mu::ParserError& error) {
      rethrow(error, text.size());
    }
  }

  void bind(const Scan& seen) {
    define_language(parser);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string& name = names[i];
      const bool is_used =
          std::any_of(seen.names.begin(), seen.names.end(), [&](const NameAt& n) { return n.name == name; });
      if (!is_used || !spellable(name)) continue;
      if (is_reserved(name)) throw ExpressionError("'" + name + "' is a function or constant of formulas", 0);
      parser.DefineVar(name, &slots[i]);
      used_slots.push_back(i);
      uses.push_back(name);
    }
  }

  std::string text;
  std::vector<std::string> names;
  std::vector<double> slots;  ///< [name], read by the parser
  std::vector<std::size_t> used_slots;
  std::vector<std::string> uses;
  bool compares = false;
  mu::Parser parser;
};

Expression::Expression(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}

Expression Expression::compile(std::string_view text, std::span<const std::string> names) {
  return Expression(std::make_unique<Compiled>(std::string(text), std::vector(names.begin(), names.end())));
}

Expression::Expression(const Expression& other)
    : compiled_(other.compiled_ ? std::make_unique<Compiled>(other.compiled_->text, other.compiled_->names)
                                : nullptr) {}

Expression& Expression::operator=(const Expression& other) {
  if (this != &other) *this = Expression(other);
  return *this;
}

Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

double Expression::operator()(std::span<const double> values) const {
  for (const std::size_t i : compiled_->used_slots) compiled_->slots[i] = values[i];
  return compiled_->parser.Eval();
}

const std::string& Expression::text() const noexcept {
  return compiled_->text;
}
const std::vector<std::string>& Expression::uses() const noexcept {
  return compiled_->uses;
}
bool Expression::compares() const noexcept {
  return compiled_->compares;
}

bool is_reserved(std::string_view name) {
  static const auto names = all_reserved();
  return names.find(name) != names.end();
}

std::vector<std::string> reserved_names() {
  const auto names = all_reserved();
  return {names.begin(), names.end()};
}

}  // namespace tranche::expression
