/// \file
/// Progress of a live run, from what its owner publishes.
/// Layer: application (cli).
#pragma once

#include <optional>
#include <string>

#include "tranche/directory/status.hpp"
#include "tranche/inspect/text_style.hpp"

namespace tranche::cli {

/// `scout  [######------]  54 %  1 080 of 1 800  12.3/s  1 min 05 s left  3 failed`; empty between stages.
std::string progress_line(const directory::Status& status, const inspect::TextStyle& style);

}  // namespace tranche::cli
