/// \file
/// Puts what a failed run left where the agent finds it (evidence.hpp).
/// Layer: adapter (simulate). In slots, and in the zygote for those it killed. A rename and two small files.
#pragma once

#include <cstddef>
#include <string>

#include "shared_area.hpp"

namespace tranche::simulate {

/// Below the scratch of a host.
inline constexpr const char* kept_folder = "kept";
/// Directory of a run, below its slot's.
inline constexpr const char* run_folder = "run";

/// `slot_directory`: <scratch>/slot-<k>; `out`, `err`: captured. What cannot be kept is not.
void keep_evidence(const std::string& slot_directory, const TaskEntry& task, int out, int err) noexcept;

/// The last bytes of a captured file.
std::string tail_of(int fd, std::size_t most);

}  // namespace tranche::simulate
