/// \file
/// Puts what a failed run left where the agent finds it (evidence.hpp).
/// Layer: adapter (simulate). In slots, and in the zygote for those it killed. A rename and two small files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "shared_area.hpp"

namespace tranche::simulate {

/// Below the scratch of a host.
inline constexpr const char* kept_folder = "kept";
/// Directory of a run, below its slot's.
inline constexpr const char* run_folder = "run";

/// `slot_directory`: <scratch>/slot-<k>; `out`, `err`: captured. What cannot be kept is not.
void keep_evidence(const std::string& slot_directory, const TaskEntry& task, int out, int err) noexcept;

/// A file of what a run without a directory of its own has left.
struct KeptText {
  const char* file;
  std::string text;
};
/// These alone, without those that are empty. What cannot be kept is not.
void keep_texts(const std::string& slot_directory, const TaskEntry& task,
                const std::vector<KeptText>& texts) noexcept;
/// Adds a file to what was kept of a run.
void add_kept(const std::string& slot_directory, const TaskEntry& task, const KeptText& text) noexcept;

/// So much is kept of a text.
inline constexpr std::size_t kept_bytes = 65536;
/// The last bytes of a captured file, from `mark` on.
std::string tail_of(int fd, std::size_t most, std::uint64_t mark = 0);

}  // namespace tranche::simulate
