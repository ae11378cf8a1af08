/// \file
/// `tranched --tool store-bench`: epochs written to a stage file, beside plain pwrite to the same offsets.
/// Layer: daemon. Collective.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "tranche/store/stage_layout.hpp"

namespace tranche::daemon {

/// Of a stage file that belongs to no campaign: rows of `points` float32 numbers.
store::StageLayout trial_layout(std::uint64_t rows, std::uint64_t points);

/// JSON of the result, on rank 0: {"epoch_bytes", "rounds": [{"store_s", "plain_s"}], "store_mb_s",
/// "plain_mb_s", "ratio"}. Works in `folder`, which is left as it was. \throws IoError
std::string bench_store(MPI_Comm comm, const std::filesystem::path& folder);

}  // namespace tranche::daemon
