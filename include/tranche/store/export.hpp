/// \file
/// Packed copies of the store for other programs: HDF5 (compressed) and NumPy's .npz.
/// Layer: adapter (HDF5 serial: no MPI call; libzip). Throws IoError, DamageError as StageReader does.
/// Memory does not grow with the number of rows. The target appears whole or not at all.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "tranche/base/sample_state.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::store {

/// Which samples an export holds, one entry a state.
using StateMask = std::array<bool, sample_state_count>;
inline constexpr StateMask only_ok{false, true};

struct ExportOptions {
  StateMask states = only_ok;
  unsigned deflate_level = 4;  ///< 0 (none) .. 9; HDF5 only
};

struct ExportSummary {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  ///< of the new file
};

/// Same names, attributes and dimension scales as the view; chunked, shuffled, deflated; no `seal`.
ExportSummary export_hdf5(const std::string& campaign_dir, std::span<const StageLayout> files,
                          const std::string& path, const ExportOptions& options = {});

/// Arrays of the same names (`derived/t_var`, `meta/iterations`), axes and `parameter_names`; not compressed.
ExportSummary export_npz(const std::string& campaign_dir, std::span<const StageLayout> files,
                         const std::string& path, const ExportOptions& options = {});

}  // namespace tranche::store
