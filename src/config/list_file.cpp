/// The CSV file of a list design: a header with the parameters' names, then a row a point.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "readers.hpp"
#include "scalars.hpp"
#include "tranche/base/text.hpp"

namespace tranche::config {
namespace {

using campaign::Parameter;

constexpr std::size_t most_problems = 20;

struct Field {
  std::string text;
  int column = 1;  ///< in bytes, from 1
};

std::vector<Field> split(const std::string& line) {
  std::vector<Field> fields;
  std::size_t begin = 0;
  while (true) {
    const auto end = std::min(line.find(',', begin), line.size());
    auto first = std::min(line.find_first_not_of(" \t", begin), end);
    auto last = end;
    while (last > first && (line[last - 1] == ' ' || line[last - 1] == '\t')) --last;
    fields.push_back({line.substr(first, last - first), static_cast<int>(first) + 1});
    if (end == line.size()) return fields;
    begin = end + 1;
  }
}

/// Why `value` is outside the domain; empty if it is inside.
std::string outside(const Parameter& parameter, double value) {
  if (const auto* range = std::get_if<campaign::RealRange>(&parameter.domain)) {
    if (value >= range->lo && value <= range->hi) return {};
    return "the range is [" + number_text(range->lo) + ", " + number_text(range->hi) + "]";
  }
  const auto& whole = std::get<campaign::IntegerRange>(parameter.domain);
  if (value == std::floor(value) && value >= static_cast<double>(whole.lo) &&
      value <= static_cast<double>(whole.hi))
    return {};
  return "it takes whole numbers from " + std::to_string(whole.lo) + " to " + std::to_string(whole.hi);
}

/// Reads one CSV file; its problems carry the CSV's own places.
class ListReader {
 public:
  ListReader(std::string file, Reading& reading) : file_{std::move(file)}, reading_{reading} {}

  std::vector<double> read(std::istream& stream) {
    std::string line;
    bool header_read = false;
    bool sound = true;
    while (sound && std::getline(stream, line)) {
      ++number_;
      if (line.ends_with('\r')) line.pop_back();
      if (number_ == 1) line = std::string{without_bom(line)};
      if (line.find_first_not_of(" \t") == std::string::npos || line.front() == '#') continue;
      if (header_read)
        read_row(split(line));
      else
        sound = read_header(split(line));
      header_read = true;
    }
    if (!header_read)
      add(0,
          {"the list " + ticked(file_) + " is empty", "", "a first line with the names of the parameters"});
    else if (sound && rows_ == 0 && problems_ == 0)
      add(0, {"the list " + ticked(file_) + " has no points", "", "a line a point"});
    if (problems_ > most_problems)
      reading_.findings.add({"and " + std::to_string(problems_ - most_problems) + " more in this file",
                             {file_, number_, 0},
                             "",
                             ""});
    return std::move(values_);
  }

 private:
  void add(int column, Finding finding) {
    if (++problems_ > most_problems) return;
    reading_.findings.add({std::move(finding.what),
                           {file_, column > 0 ? number_ : 0, column},
                           std::move(finding.why),
                           std::move(finding.fix)});
  }

  /// Finds each parameter's column. False after a problem.
  bool read_header(const std::vector<Field>& fields) {
    const auto& parameters = reading_.spec.parameters;
    std::vector<std::string> names;
    for (const auto& parameter : parameters) names.push_back(parameter.name);
    column_of_.assign(parameters.size(), fields.size());
    for (std::size_t k = 0; k < fields.size(); ++k) {
      const auto found = std::ranges::find(names, fields[k].text);
      const auto position = static_cast<std::size_t>(found - names.begin());
      if (found == names.end())
        add(fields[k].column,
            {"column " + ticked(fields[k].text) + " is no parameter" + hint(fields[k].text, names), "",
             "remove the column, or name it after one of " + listed(names, "or")});
      else if (column_of_[position] < fields.size())
        add(fields[k].column,
            {"column " + ticked(fields[k].text) + " is there twice", "", "remove one of them"});
      else
        column_of_[position] = k;
    }
    for (std::size_t p = 0; p < names.size(); ++p)
      if (column_of_[p] == fields.size())
        add(1, {"there is no column for parameter " + ticked(names[p]), "the first line names the columns",
                "add a column " + ticked(names[p])});
    columns_ = fields.size();
    return problems_ == 0;
  }

  void read_row(const std::vector<Field>& fields) {
    if (fields.size() != columns_) {
      add(1, {"this row has " + std::to_string(fields.size()) + " values, the first line has " +
                  std::to_string(columns_),
              "", ""});
      return;
    }
    ++rows_;
    for (std::size_t p = 0; p < column_of_.size(); ++p)
      if (reading_.parameters[p].sound)
        values_.push_back(read_value(reading_.spec.parameters[p], fields[column_of_[p]]));
  }

  double read_value(const Parameter& parameter, const Field& field) {
    if (const auto* levels = std::get_if<campaign::Levels>(&parameter.domain)) {
      const auto found = std::ranges::find(levels->names, field.text);
      if (found != levels->names.end()) return static_cast<double>(found - levels->names.begin());
      add(field.column,
          {ticked(field.text) + " is no level of " + ticked(parameter.name) + hint(field.text, levels->names),
           "", "one of " + listed(levels->names, "or")});
      return 0;
    }
    const auto value = parse_number(field.text);
    if (!value) {
      add(field.column, {ticked(field.text) + " is not a number",
                         "it stands in the column of " + ticked(parameter.name), ""});
      return 0;
    }
    if (const auto why = outside(parameter, *value); !why.empty())
      add(field.column, {field.text + " is outside " + ticked(parameter.name), why,
                         "correct the value, or widen the parameter"});
    return *value;
  }

  std::string file_;
  Reading& reading_;
  int number_ = 0;  ///< of the line
  std::size_t columns_ = 0;
  std::vector<std::size_t> column_of_;  ///< of each parameter
  std::vector<double> values_;
  std::uint64_t rows_ = 0;
  std::size_t problems_ = 0;
};

}  // namespace

void read_list_file(const YamlNode& named, Reading& reading) {
  auto& design = reading.spec.design;
  const auto file = read_text(named, "`points`", reading.findings);
  if (!file) return;
  design.list_file = *file;
  const auto path = reading.directory / *file;
  std::error_code ignored;
  std::ifstream stream{path};
  if (!stream || std::filesystem::is_directory(path, ignored)) {
    reading.findings.add(
        named, {"cannot read " + ticked(*file), "a list's points stand in a CSV file beside campaign.yaml",
                parse_count(*file) ? "points: points.csv, or method: nested-lhs" : "check the name"});
    return;
  }
  const auto before = reading.findings.count();
  design.list_values = ListReader{*file, reading}.read(stream);
  const auto width = reading.spec.parameters.size();
  if (reading.findings.count() == before && width > 0) design.points = design.list_values.size() / width;
}

}  // namespace tranche::config
