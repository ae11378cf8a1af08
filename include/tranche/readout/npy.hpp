/// \file
/// Arrays in numpy's .npy format, versions 1 to 3.
/// Layer: core (pure). `file` is for messages only.
#pragma once

#include <cstdint>

#include "tranche/readout/fault.hpp"

namespace tranche::readout {

struct Array {
  Numbers numbers;  ///< the last axis runs fastest, whatever the file's order
  std::vector<std::uint64_t> shape;
};

/// Real, integer and boolean arrays of either byte order.
Result<Array> read_npy(std::string_view bytes, std::string_view file);

}  // namespace tranche::readout
