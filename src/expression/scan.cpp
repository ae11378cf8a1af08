/// \file
/// A first look at a formula. Layer: adapter (expression).
#include "scan.hpp"

#include <string>

#include "tranche/expression/expression.hpp"

namespace tranche::expression {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_char(char c) {
  return is_letter(c) || is_digit(c);
}

/// One level of parentheses.
struct Group {
  bool of_function = false;  ///< commas separate its arguments
  bool compared = false;     ///< a comparison since the last logical operator or comma
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Scan run() {
    while (at_ < text_.size()) step();
    return std::move(result_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (is_letter(c)) return take_name();
    if (is_digit(c) || c == '.') return take_number();
    if (at("==") || at("<=") || at(">=") || at("!=")) return take_comparison(2);
    if (c == '<' || c == '>') return take_comparison(1);
    if (c == '=') throw ExpressionError("a single = does not compare; write == instead", at_);
    if (at("&&") || at("||")) return take_separator(2);
    if (c == '?' || c == ':') return take_separator(1);
    if (c == ',') return take_comma();
    if (c == '(') groups_.push_back({.of_function = after_name_, .compared = false});
    if (c == ')' && groups_.size() > 1) groups_.pop_back();
    if (std::string_view("()+-*/^ \t\r\n").find(c) == std::string_view::npos)
      throw ExpressionError("a formula has no " + shown(), at_);
    if (c != ' ' && c != '\t') after_name_ = false;
    ++at_;
  }

  bool at(std::string_view what) const { return text_.substr(at_, what.size()) == what; }

  /// The offending character in quotes; bytes beyond ASCII are not split.
  std::string shown() const {
    const auto byte = static_cast<unsigned char>(text_[at_]);
    return byte < 0x20 || byte > 0x7e ? "characters beyond ASCII" : "'" + std::string(1, text_[at_]) + "'";
  }

  void take_name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
    result_.names.push_back({std::string(text_.substr(start, at_ - start)), start});
    after_name_ = true;
  }

  /// Digits, point and exponent; whether they make a number is the compiler's to say.
  void take_number() {
    const auto digits = [this] {
      while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
    };
    digits();
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      std::size_t next = at_ + 1;
      if (next < text_.size() && (text_[next] == '+' || text_[next] == '-')) ++next;
      if (next < text_.size() && is_digit(text_[next])) {
        at_ = next;
        digits();
      }
    }
    after_name_ = false;
  }

  void take_comparison(std::size_t length) {
    Group& group = groups_.back();
    if (group.compared)
      throw ExpressionError("comparisons do not chain; write a < b && b < c instead of a < b < c", at_);
    group.compared = true;
    result_.compares = true;
    advance(length);
  }

  void take_separator(std::size_t length) {
    groups_.back().compared = false;
    advance(length);
  }

  void take_comma() {
    if (!groups_.back().of_function)
      throw ExpressionError("a comma only separates a function's arguments", at_);
    take_separator(1);
  }

  void advance(std::size_t length) {
    after_name_ = false;
    at_ += length;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool after_name_ = false;
  std::vector<Group> groups_{Group{}};
  Scan result_;
};

}  // namespace

Scan scan(std::string_view text) {
  return Scanner(text).run();
}

}  // namespace tranche::expression
