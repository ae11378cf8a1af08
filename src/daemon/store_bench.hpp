/// \file
/// `tranched --tool store-bench`: epochs written to a stage file, beside plain pwrite to the same offsets.
/// Layer: daemon. Collective.
#pragma once

#include <mpi.h>

#include <filesystem>
#include <string>

namespace tranche::daemon {

/// JSON of the result, on rank 0: {"epoch_bytes", "rounds": [{"store_s", "plain_s"}], "store_mb_s",
/// "plain_mb_s", "ratio"}. Works in `folder`, which is left as it was. \throws IoError
std::string bench_store(MPI_Comm comm, const std::filesystem::path& folder);

}  // namespace tranche::daemon
