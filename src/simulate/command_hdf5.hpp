/// \file
/// A dataset of an HDF5 file that a command has written.
/// Layer: adapter (simulate). In slots, each on its own: the library is first used behind the fork, and files
/// are opened without MPI.
#pragma once

#include <string>

#include "tranche/readout/fault.hpp"

namespace tranche::simulate {

/// All numbers of `dataset`, the last axis fastest. `file` is for messages; `unit` becomes what its attribute
/// `units` or `unit` says.
readout::Result<readout::Numbers> read_hdf5(const std::string& path, const std::string& file,
                                            const std::string& dataset, std::string& unit);

}  // namespace tranche::simulate
