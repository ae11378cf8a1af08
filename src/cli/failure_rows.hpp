/// \file
/// The table of reasons and where they occur, from failures.json while an owner lives, else from the ledger.
/// Layer: application (cli).
#pragma once

#include <string>
#include <vector>

#include "tranche/directory/files.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/inspect/failure_places.hpp"
#include "tranche/inspect/text_style.hpp"

namespace tranche::cli {

/// A reason with the stage's name and how many of that stage have finished.
struct NamedFailure {
  directory::FailureRow row;
  std::string stage;
  std::uint64_t finished = 0;
};

struct FailureReport {
  std::vector<NamedFailure> rows;             ///< most frequent first
  std::vector<inspect::FailurePlace> places;  ///< of the most frequent reasons
  std::string no_places;                      ///< why there are none; empty otherwise
  bool evidence = false;                      ///< some have left something in `failed`
  double threads = 1;                         ///< cores of a slot
};

/// Of one stage (name or number), or of all if it is empty. Nothing before the first run.
/// \throws Failure{usage} if there is no such stage
FailureReport collect_failures(const directory::CampaignPaths& paths, const std::string& stage);

std::string failures_text(const FailureReport& report, const inspect::TextStyle& style);

}  // namespace tranche::cli
