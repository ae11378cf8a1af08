#include "reference_file.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace ssc {
namespace {

std::vector<std::string> split(std::string const& line) {
  std::vector<std::string> parts;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

std::optional<Shape> shape_of(std::string const& line) {
  auto const has = [&line](char const* words) { return line.find(words) != std::string::npos; };
  if (has("equation:")) return Shape::cooled;
  if (!has("electron distribution:")) return std::nullopt;
  if (has("gamma_b")) return Shape::broken_power_law;
  if (has("exp(-g/gamma_c)")) return Shape::cut_off;
  return Shape::power_law;
}

/// `# name = number ...` with a single word before the sign.
void read_value(std::string const& line, std::map<std::string, double>& header) {
  std::istringstream in(line.substr(1));
  std::string name, sign;
  double value = 0;
  if (in >> name >> sign >> value && sign == "=") header[name] = value;
}

}  // namespace

ReferenceFile ReferenceFile::read(std::string const& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + ": cannot be opened");
  ReferenceFile file;
  file.path = path;
  std::optional<Shape> shape;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    if (line[0] == '#') {
      if (!shape) shape = shape_of(line);
      read_value(line, file.header);
    } else if (file.columns.empty()) {
      file.columns = split(line);
    } else {
      std::vector<double> row;
      for (std::string const& part : split(line)) row.push_back(std::stod(part));
      if (row.size() != file.columns.size())
        throw std::runtime_error(path + ": a row of another length: " + line);
      file.rows.push_back(std::move(row));
    }
  }
  if (!shape)
    throw std::runtime_error(path + ": no line `# electron distribution: ...` or `# equation: ...`");
  if (file.rows.empty()) throw std::runtime_error(path + ": no rows of numbers");
  file.shape = *shape;
  return file;
}

double ReferenceFile::value(std::string const& name) const {
  auto const found = header.find(name);
  if (found == header.end()) throw std::runtime_error(path + ": no header line `# " + name + " = ...`");
  return found->second;
}

std::vector<double> ReferenceFile::column(std::string const& name) const {
  auto const found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) throw std::runtime_error(path + ": no column " + name);
  std::vector<double> values;
  for (auto const& row : rows) values.push_back(row[static_cast<std::size_t>(found - columns.begin())]);
  return values;
}

double ReferenceFile::density(double gamma) const {
  double const k = value("k_cm-3");
  switch (shape) {
    case Shape::broken_power_law: {
      double const ratio = gamma / value("gamma_b");
      return k * std::pow(ratio, -value(ratio <= 1.0 ? "p1" : "p2"));
    }
    case Shape::cut_off:
      return k * std::pow(gamma, -value("p")) * std::exp(-gamma / value("gamma_c"));
    case Shape::power_law:
      return k * std::pow(gamma, -value("p"));
    case Shape::cooled:
      break;
  }
  throw std::logic_error("a cooled distribution has no formula");
}

}  // namespace ssc
