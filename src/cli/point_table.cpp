#include "point_table.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string_view>

#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"

namespace tranche::cli {
namespace {

constexpr std::size_t most_problems = 20;

struct Field {
  std::string text;
  int column = 1;  ///< in bytes, from 1
};

std::vector<Field> fields_of(std::string_view line) {
  std::vector<Field> fields;
  for (std::size_t begin = 0;;) {
    const auto end = std::min(line.find(',', begin), line.size());
    auto first = begin;
    auto last = end;
    while (first < end && (line[first] == ' ' || line[first] == '\t')) ++first;
    while (last > first && (line[last - 1] == ' ' || line[last - 1] == '\t' || line[last - 1] == '\r'))
      --last;
    fields.push_back({std::string{line.substr(first, last - first)}, static_cast<int>(first) + 1});
    if (end == line.size()) return fields;
    begin = end + 1;
  }
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_{file == "-" ? "standard input" : file} {}

  PointTable read(std::istream& stream) {
    std::string line;
    while (problems_.size() < most_problems && std::getline(stream, line)) {
      ++number_;
      if (line.find_first_not_of(" \t\r") == std::string::npos || line.front() == '#') continue;
      if (table_.names.empty())
        add_header(fields_of(line));
      else
        add_row(fields_of(line));
    }
    if (stream.bad()) throw IoError{"read " + file_ + ": " + std::strerror(errno)};
    if (problems_.empty() && table_.names.empty())
      note("the file is empty", 0, "first line: names of parameters");
    if (problems_.empty() && table_.rows.empty()) note("there is no point below the header", 0, {});
    if (!problems_.empty()) throw ConfigError{std::move(problems_)};
    return std::move(table_);
  }

 private:
  void note(std::string what, int column, std::string fix) {
    problems_.push_back({std::move(what), {file_, column > 0 ? number_ : 0, column}, {}, std::move(fix)});
  }

  void add_header(const std::vector<Field>& fields) {
    for (const auto& field : fields) {
      if (field.text.empty() || parse_number(field.text))
        note("`" + field.text + "` is no name", field.column,
             "first line: names of parameters, as delta,R,B");
      for (const auto& name : table_.names)
        if (name == field.text) note(field.text + " stands there twice", field.column, {});
      table_.names.push_back(field.text);
    }
  }

  void add_row(const std::vector<Field>& fields) {
    if (fields.size() != table_.names.size())
      return note(
          std::to_string(fields.size()) + " numbers below " + std::to_string(table_.names.size()) + " names",
          1, {});
    std::vector<double> row;
    for (const auto& field : fields) {
      const auto value = parse_number(field.text);
      if (!value) note("`" + field.text + "` is no number", field.column, {});
      row.push_back(value.value_or(0));
    }
    table_.rows.push_back(std::move(row));
  }

  std::string file_;
  int number_ = 0;
  PointTable table_;
  std::vector<Problem> problems_;
};

}  // namespace

PointTable read_points(const std::string& file) {
  if (file == "-") return Reader{file}.read(std::cin);
  std::ifstream stream{file};
  if (!stream) throw IoError{"open " + file + ": " + std::strerror(errno)};
  return Reader{file}.read(stream);
}

}  // namespace tranche::cli
