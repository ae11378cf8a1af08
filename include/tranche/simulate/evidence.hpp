/// \file
/// What a failed run leaves for people: of a command its directory and the ends of its stdout and stderr, of
/// a worker its answer and the end of its stderr, of a plug-in the end of its stderr. Layer: adapter (files).
/// Slots and zygote put it into the scratch; whoever has the result takes it from there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "tranche/base/ids.hpp"

namespace tranche::simulate {

/// `r1-77-0`: revision, index, attempt.
std::string evidence_name(const RunId& run);

/// Where it lies below the scratch of a host, if it lies there.
std::filesystem::path evidence_path(const std::filesystem::path& scratch, const RunId& run);

/// Where it lies below `failed` of a campaign, if it does.
std::filesystem::path evidence_place(const std::filesystem::path& folder, const RunId& run,
                                     const std::string& reason);

/// Moves what a run has left in the scratch of a host to `place`, whole, and instead of what is there. False
/// if it left nothing. \throws IoError
bool move_evidence(const std::filesystem::path& scratch, const RunId& run,
                   const std::filesystem::path& place);

/// Limits of what is taken into a campaign.
struct EvidenceLimits {
  std::size_t runs = 50;                            ///< of one reason
  std::uintmax_t bytes = std::uintmax_t{20} << 20;  ///< of one run
};

/// Moves evidence of a run to `folder`/<reason>/<name>: at most `limits.runs` of a reason, and of each no
/// more than `limits.bytes`; what is left out is listed in `left_out.txt`. True if it was kept. The evidence
/// is gone from the scratch in any case. A folder that cannot be written is no error: false. It gets its
/// name when it is whole, after `complete` has added to it, and if that agrees.
bool collect_evidence(const std::filesystem::path& scratch, const RunId& run, const std::string& reason,
                      const std::filesystem::path& folder, const EvidenceLimits& limits = {},
                      const std::function<bool(const std::filesystem::path&)>& complete = {});

/// Removes what was not finished when its process died.
void remove_unfinished_evidence(const std::filesystem::path& folder);

}  // namespace tranche::simulate
