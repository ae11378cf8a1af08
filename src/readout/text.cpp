#include "tranche/readout/text.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "tranche/readout/numbers.hpp"

namespace tranche::readout {
namespace {

bool separates(char c) {
  return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '\r';
}
bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}
bool comments(char c) {
  return c == '#' || c == '%' || c == '!';
}

/// Lines one after the other, without their ends.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_{text} {}

  bool next(std::string_view& line) {
    if (rest_.empty()) return false;
    const auto* end = static_cast<const char*>(std::memchr(rest_.data(), '\n', rest_.size()));
    const auto length = end == nullptr ? rest_.size() : static_cast<std::size_t>(end - rest_.data());
    line = rest_.substr(0, length);
    rest_.remove_prefix(std::min(length + 1, rest_.size()));
    ++number_;
    return true;
  }
  /// Of the last line, from 1.
  std::size_t number() const noexcept { return number_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

/// What stands between blanks, or between single commas or semicolons with blanks around them.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_{line} {}

  /// Nothing at the end of the line; an empty one between two commas.
  std::optional<std::string_view> next() {
    skip_blanks();
    if (!first_ && !rest_.empty() && separates(rest_.front())) {
      rest_.remove_prefix(1);
      skip_blanks();
    }
    first_ = false;
    if (rest_.empty()) return std::nullopt;
    const auto end = std::ranges::find_if(rest_, separates) - rest_.begin();
    const auto field = rest_.substr(0, static_cast<std::size_t>(end));
    rest_.remove_prefix(field.size());
    return field;
  }
  /// From the end of the last field.
  std::string_view rest() const noexcept { return rest_; }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r"), rest_.size())); }

  std::string_view rest_;
  bool first_ = true;
};

/// Whether a number goes on behind a comma, without a blank.
bool is_grouped(std::string_view behind) {
  return behind.size() > 1 && behind[0] == ',' && behind[1] >= '0' && behind[1] <= '9';
}

std::string place(std::string_view file, std::size_t line) {
  return std::string{file} + ":" + std::to_string(line) + ": ";
}

/// Numbers of the wanted columns of one row.
struct Row {
  double value = 0;
  double axis = 0;
};

Result<Row> read_row(std::string_view line, const TableShape& shape, std::string_view file,
                     std::size_t number) {
  Row row;
  Fields fields{line};
  const auto last = std::max(shape.column, shape.axis_column);
  for (std::uint32_t column = 1; column <= last; ++column) {
    const auto word = fields.next();
    if (!word)
      return Fault{"parse", place(file, number) + "there is no column " + std::to_string(last) + ", only " +
                                std::to_string(column - 1)};
    if (column != shape.column && column != shape.axis_column) continue;
    const auto value = read_number(*word);
    if (!value)
      return Fault{"parse", place(file, number) + (word->empty() ? "nothing" : shown(*word)) + " in column " +
                                std::to_string(column) + " is not a number"};
    (column == shape.column ? row.value : row.axis) = *value;
  }
  return row;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && separates(text.front())) text.remove_prefix(1);
  while (!text.empty() && separates(text.back())) text.remove_suffix(1);
  return text;
}

/// What stands behind `key =` or `key:`, if the line is one of it.
std::optional<std::string_view> behind_key(std::string_view line, std::string_view key) {
  std::size_t at = 0;
  while (at < line.size() && (blank(line[at]) || comments(line[at]))) ++at;
  if (line.compare(at, key.size(), key) != 0) return std::nullopt;
  at += key.size();
  while (at < line.size() && blank(line[at])) ++at;
  if (at >= line.size() || (line[at] != '=' && line[at] != ':')) return std::nullopt;
  return line.substr(at + 1);
}

}  // namespace

Result<Table> read_table(std::string_view text, const TableShape& shape, std::string_view file) {
  Table table;
  Lines lines{text};
  for (std::string_view line; lines.next(line);) {
    if (lines.number() <= shape.skip) continue;
    const auto first = std::ranges::find_if_not(line, blank);
    if (first == line.end() || comments(*first)) continue;
    const auto row = read_row(line, shape, file, lines.number());
    if (const auto* fault = std::get_if<Fault>(&row)) return *fault;
    table.values.push_back(std::get<Row>(row).value);
    if (shape.axis_column > 0) table.axis.push_back(std::get<Row>(row).axis);
  }
  return table;
}

Result<Numbers> read_key(std::string_view text, std::string_view key, std::size_t count,
                         std::string_view file, std::string* behind) {
  Lines lines{text};
  std::optional<std::string_view> found;
  std::size_t number = 0;
  for (std::string_view line; lines.next(line);) {
    const auto rest = behind_key(line, key);
    if (!rest) continue;
    found = rest;
    number = lines.number();
  }
  if (!found)
    return Fault{"no_output", std::string{file} + ": no line begins with " + shown(key) + " and = or :"};
  Numbers numbers;
  Fields fields{*found};
  while (numbers.size() < count) {
    const auto word = fields.next();
    if (!word && !numbers.empty()) break;
    const auto value = word ? read_number(*word) : std::nullopt;
    if (!value)
      return Fault{"parse", place(file, number) + (word.value_or("").empty() ? "nothing" : shown(*word)) +
                                " behind " + shown(key) + " is not a number"};
    numbers.push_back(*value);
  }
  // 1,234.5 is one number to some, and never what the code meant as 1.
  if (count == 1 && is_grouped(fields.rest()))
    return Fault{"parse", place(file, number) + shown(trimmed(*found)) + " behind " + shown(key) +
                              " is not one number"};
  if (behind != nullptr) *behind = trimmed(fields.rest());
  return of_length(std::move(numbers), count, place(file, number).substr(0, place(file, number).size() - 2),
                   "numbers behind " + shown(key));
}

}  // namespace tranche::readout
