/// \file
/// Packed copies of the store for other programs: HDF5 (compressed), NumPy's .npz, TensorFlow's TFRecord.
/// Layer: adapter (HDF5 serial: no MPI call; libzip; Boost.CRC). Throws IoError, DamageError as StageReader
/// does. Memory does not grow with the number of rows. The target appears whole or not at all.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "tranche/base/sample_state.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::store {

/// Which samples an export holds, one entry a state.
using StateMask = std::array<bool, sample_state_count>;
inline constexpr StateMask only_ok{false, true};

/// Which samples no training may see. Empty function: nothing is said about it.
struct HoldOut {
  std::function<bool(SampleIndex)> holds;
  double share = 0;  ///< of all samples
};

struct ExportOptions {
  StateMask states = only_ok;
  unsigned deflate_level = 4;                          ///< 0 (none) .. 9; HDF5 only
  HoldOut hold_out;                                    ///< npz, TFRecord (which needs it)
  std::uint64_t shard_bytes = std::uint64_t{1} << 30;  ///< TFRecord: a file has about so many at most
};

struct ExportSummary {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  ///< of the new file
};

/// Same names, attributes and dimension scales as the view; chunked, shuffled, deflated; no `seal`.
ExportSummary export_hdf5(const std::string& campaign_dir, std::span<const StageLayout> files,
                          const std::string& path, const ExportOptions& options = {});

/// Arrays of the same names (`derived/t_var`, `meta/iterations`), axes, `parameter_names`, units; with a
/// hold-out also `split/hold_out`. Not compressed (docs/formats/exports.md).
ExportSummary export_npz(const std::string& campaign_dir, std::span<const StageLayout> files,
                         const std::string& path, const ExportOptions& options = {});

/// A folder `path` with records of tf.train.Example in shards, those of the hold-out apart, and
/// `dataset.json` (docs/formats/exports.md). \pre options.hold_out says which samples are held out
ExportSummary export_tfrecord(const std::string& campaign_dir, std::span<const StageLayout> files,
                              const std::string& path, const ExportOptions& options);

}  // namespace tranche::store
