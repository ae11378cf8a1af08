/// \file
/// Points in a CSV file: a header of names, then a row a point.
/// Layer: application (cli).
#pragma once

#include <string>
#include <vector>

namespace tranche::cli {

struct PointTable {
  std::vector<std::string> names;
  std::vector<std::vector<double>> rows;  ///< each as long as names
};

/// `-`: standard input. \throws ConfigError with the first places that are wrong; IoError
PointTable read_points(const std::string& file);

}  // namespace tranche::cli
