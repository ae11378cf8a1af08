#include "tranche/deck/deck.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "tranche/base/text.hpp"

namespace tranche::deck {
namespace {

constexpr int most_width = 500;
constexpr int most_precision = 100;
constexpr std::string_view real_conversions = "aAeEfFgG";
constexpr std::string_view whole_conversions = "di";

std::string ticked(std::string_view word) {
  std::string text{"`"};
  text += word.substr(0, 80);
  return text += '`';
}

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}

/// What is wrong with a format, or its conversion character.
struct Checked {
  char conversion = 0;
  std::string what = {};
};

/// Reads a number of at most `most` at `at`; false beyond that.
bool small_number(std::string_view text, std::size_t& at, int most) {
  int value = 0;
  for (; at < text.size() && digit(text[at]); ++at)
    if ((value = value * 10 + (text[at] - '0')) > most) return false;
  return true;
}

Checked check_format(std::string_view format) {
  if (format.empty() || format.front() != '%') return {0, "does not begin with %"};
  std::size_t at = 1;
  while (at < format.size() && std::string_view{"-+ #0"}.find(format[at]) != std::string_view::npos) ++at;
  if (!small_number(format, at, most_width)) return {0, "is wider than " + std::to_string(most_width)};
  if (at < format.size() && format[at] == '.') {
    ++at;
    if (!small_number(format, at, most_precision))
      return {0, "has more than " + std::to_string(most_precision) + " digits"};
  }
  if (at >= format.size()) return {0, "has no conversion, such as e, f, g or d"};
  const char conversion = format[at];
  const bool known = real_conversions.find(conversion) != std::string_view::npos ||
                     whole_conversions.find(conversion) != std::string_view::npos;
  if (!known) return {0, "has " + ticked(format.substr(at, 1)) + ", which is none of a e f g d i"};
  if (at + 1 != format.size()) return {0, "goes on behind its conversion"};
  return {conversion, {}};
}

}  // namespace

std::string exact_number(double value) {
  std::array<char, 32> text{};
  // 100000 is shorter as 1e+05, which is no integer to those who read one.
  constexpr double most_whole = 0x1p53;
  const bool whole = std::trunc(value) == value && std::abs(value) < most_whole;
  const auto [end, error] =
      whole ? std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed)
            : std::to_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::string{text.data(), end} : std::string{};
}

/// One pass over a text.
class Parser {
 public:
  Parser(std::string_view text, std::span<const Name> names, const Delimiters& delimiters)
      : text_{text}, names_{names}, open_{delimiters.open}, close_{delimiters.close} {}

  std::variant<Deck, std::vector<Mistake>> parse();

 private:
  bool here(const std::string& word) const { return text_.compare(at_, word.size(), word) == 0; }
  void literal(std::string_view text);
  void placeholder();
  void field(std::size_t begin, std::string_view inside);
  void mistake(std::size_t offset, std::string what, std::string why = {}, std::string fix = {}) {
    mistakes_.push_back({offset, std::move(what), std::move(why), std::move(fix)});
  }
  std::string escaped() const {
    return open_ + open_ + " and " + close_ + close_ + " stand for " + open_ + " and " + close_;
  }
  void unknown(std::size_t begin, std::string_view name);
  std::optional<Deck::Field> formatted(std::size_t begin, const Name& name, std::string_view format);

  std::string_view text_;
  std::span<const Name> names_;
  const std::string& open_;
  const std::string& close_;
  std::size_t at_ = 0;
  Deck deck_;
  std::vector<Mistake> mistakes_;
};

std::variant<Deck, std::vector<Mistake>> Parser::parse() {
  while (at_ < text_.size()) {
    if (here(open_ + open_)) {
      literal(open_);
      at_ += 2 * open_.size();
    } else if (here(open_)) {
      placeholder();
    } else if (here(close_ + close_)) {
      literal(close_);
      at_ += 2 * close_.size();
    } else if (close_ == "}" && here(close_)) {
      mistake(at_, "a single }", escaped(), "}}");
      ++at_;
    } else {
      literal(text_.substr(at_, 1));
      ++at_;
    }
  }
  if (!mistakes_.empty()) return std::move(mistakes_);
  return std::move(deck_);
}

void Parser::literal(std::string_view text) {
  if (deck_.pieces_.empty() || !std::holds_alternative<std::string>(deck_.pieces_.back()))
    deck_.pieces_.emplace_back(std::string{});
  std::get<std::string>(deck_.pieces_.back()) += text;
}

void Parser::placeholder() {
  const std::size_t begin = at_ + open_.size();
  const std::size_t end = text_.find(close_, begin);
  const std::size_t line_end = std::min(text_.find('\n', begin), text_.size());
  if (end == std::string_view::npos || end > line_end) {
    mistake(at_, open_ + " without " + close_ + " in the same line", escaped(), open_ + open_);
    at_ = begin;
    return;
  }
  field(begin, text_.substr(begin, end - begin));
  at_ = end + close_.size();
}

void Parser::field(std::size_t begin, std::string_view inside) {
  const auto colon = inside.find(':');
  const auto word = inside.substr(0, colon);
  const auto found = std::ranges::find(names_, word, &Name::name);
  if (found == names_.end()) return unknown(begin, word);
  Deck::Field field{static_cast<std::size_t>(found - names_.begin()), found->kind, {}, false};
  if (colon != std::string_view::npos) {
    const auto with_format = formatted(begin + colon + 1, *found, inside.substr(colon + 1));
    if (!with_format) return;
    field.format = with_format->format;
    field.as_whole = with_format->as_whole;
  }
  deck_.pieces_.emplace_back(std::move(field));
}

void Parser::unknown(std::size_t begin, std::string_view name) {
  std::vector<std::string> known;
  for (const auto& each : names_) known.push_back(each.name);
  const auto near = did_you_mean(name, known);
  std::string what = ticked(name) + " is no parameter, constant or derived value";
  if (near) what += "; did you mean " + ticked(*near) + "?";
  const bool braces = name.empty() || !starts_name(name.front());
  mistake(begin, std::move(what), braces || !near ? escaped() : std::string{},
          near ? open_ + *near + close_ : std::string{});
}

std::optional<Deck::Field> Parser::formatted(std::size_t begin, const Name& name, std::string_view format) {
  const std::string fix = open_ + name.name + (name.kind == Kind::whole ? ":%6d" : ":%12.5e") + close_;
  if (name.kind == Kind::text) {
    mistake(begin, ticked(name.name) + " is a text and takes no format", "", open_ + name.name + close_);
    return std::nullopt;
  }
  const auto [conversion, what] = check_format(format);
  if (conversion == 0) {
    mistake(begin, "the format " + ticked(format) + " of " + ticked(name.name) + " " + what,
            "formats are those of printf for one number: flags, width, .digits, and one of a e f g d i", fix);
    return std::nullopt;
  }
  Deck::Field field;
  field.as_whole = whole_conversions.find(conversion) != std::string_view::npos;
  field.format = format;
  if (!field.as_whole) return field;
  if (name.kind == Kind::real) {
    mistake(begin, ticked(name.name) + " is a real number, and " + ticked(format) + " is for whole ones", "",
            fix);
    return std::nullopt;
  }
  field.format.insert(field.format.size() - 1, "ll");
  return field;
}

std::variant<Deck, std::vector<Mistake>> Deck::parse(std::string_view text, std::span<const Name> names,
                                                     const Delimiters& delimiters) {
  return Parser{text, names, delimiters}.parse();
}

void Deck::append(const Field& field, const Value& value, std::string& out) {
  if (field.format.empty()) {
    out += field.kind == Kind::text || field.kind == Kind::level ? value.text : exact_number(value.number);
    return;
  }
  // Another value of a constant may have a fraction, which is never cut off.
  if (field.as_whole && std::trunc(value.number) != value.number) {
    out += exact_number(value.number);
    return;
  }
  std::array<char, 1024> text{};
  int length = 0;
  // Formats were checked: one conversion, no length modifier but ours, no *.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  if (field.as_whole)
    length =
        std::snprintf(text.data(), text.size(), field.format.c_str(), static_cast<long long>(value.number));
  else
    length = std::snprintf(text.data(), text.size(), field.format.c_str(), value.number);
#pragma GCC diagnostic pop
  out.append(text.data(), std::min(static_cast<std::size_t>(std::max(length, 0)), text.size() - 1));
}

std::string Deck::fill(std::span<const Value> values) const {
  std::string out;
  for (const auto& piece : pieces_) {
    if (const auto* text = std::get_if<std::string>(&piece))
      out += *text;
    else
      append(std::get<Field>(piece), values[std::get<Field>(piece).name], out);
  }
  return out;
}

std::vector<std::size_t> Deck::used() const {
  std::vector<std::size_t> names;
  for (const auto& piece : pieces_)
    if (const auto* field = std::get_if<Field>(&piece)) names.push_back(field->name);
  std::ranges::sort(names);
  const auto rest = std::ranges::unique(names);
  names.erase(rest.begin(), rest.end());
  return names;
}

}  // namespace tranche::deck
