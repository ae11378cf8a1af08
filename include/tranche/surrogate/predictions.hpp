/// \file
/// Many predictions as a file for other programs.
/// Layer: surrogate (HDF5).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tranche/surrogate/predictor.hpp"

namespace tranche::surrogate {

/// n points: what was asked, and what the surrogate says.
struct Predictions {
  std::size_t count = 0;
  std::vector<std::string> names;  ///< of the columns of x
  std::vector<double> x;           ///< n x names
  std::vector<double> values;      ///< n x points
  std::vector<double> errors;      ///< n x points; empty with one member
  std::vector<PointFlags> flags;   ///< n
};

/// parameters, values, error, flags, axes (docs/formats/surrogate.md). Atomically. \throws IoError
void save_hdf5(const Predictions& predictions, const Surrogate& surrogate, const std::filesystem::path& path);
/// The values alone, n x points, as NumPy reads them. Atomically. \throws IoError
void save_npy(const Predictions& predictions, const Surrogate& surrogate, const std::filesystem::path& path);

}  // namespace tranche::surrogate
