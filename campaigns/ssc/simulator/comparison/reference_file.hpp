/// \file
/// Reference spectra: CSV with `# name = value` lines in front, one set of column names, then numbers.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace ssc {

/// The shape named by the header's `electron distribution` or `equation` line.
enum class Shape {
  power_law,         ///< k g^-p
  broken_power_law,  ///< k (g/gamma_b)^-p1, -p2 above gamma_b
  cut_off,           ///< k g^-p exp(-g/gamma_c)
  cooled             ///< steady state under synchrotron losses and escape
};

struct ReferenceFile {
  Shape shape = Shape::power_law;
  std::map<std::string, double> header;  ///< names without their unit suffix, as written
  std::vector<std::string> columns;
  std::vector<std::vector<double>> rows;

  /// \throws std::runtime_error for a missing file, header line, number or column.
  static ReferenceFile read(std::string const& path);

  /// Header value. \throws std::runtime_error naming a missing one.
  double value(std::string const& name) const;

  /// One column. \throws std::runtime_error naming a missing one.
  std::vector<double> column(std::string const& name) const;

  /// n per unit gamma [cm-3] inside gamma_min .. gamma_max; not for `cooled`.
  double density(double gamma) const;

  std::string path;
};

}  // namespace ssc
