/// \file
/// The table of reasons, from failures.json while an owner lives, else from the ledger.
/// Layer: application (cli).
#pragma once

#include <string>
#include <vector>

#include "tranche/directory/files.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/inspect/text_style.hpp"

namespace tranche::cli {

/// A reason with the stage's name and how many of that stage have finished.
struct NamedFailure {
  directory::FailureRow row;
  std::string stage;
  std::uint64_t finished = 0;
};

/// Most frequent first. Nothing before the first run.
std::vector<NamedFailure> collect_failures(const directory::CampaignPaths& paths);

std::string failures_text(const std::vector<NamedFailure>& failures, const inspect::TextStyle& style);

}  // namespace tranche::cli
