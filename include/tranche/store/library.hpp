/// \file
/// The HDF5 this program runs with. Layer: adapter (HDF5).
#pragma once

#include <string>

namespace tranche::store {

/// `parallel HDF5 1.10.8`.
std::string library_version();

}  // namespace tranche::store
