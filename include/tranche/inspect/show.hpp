/// \file
/// One sample in full: what the ledger knows of it. A live owner answers `show` with the JSON below
/// (arguments {"revision": R, "index": I}); at rest the command reads the ledger itself.
/// Layer: application library (ledger).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tranche/ledger/ledger.hpp"

namespace tranche::inspect {

/// The runs of a sample, oldest first, and where it stands.
struct SampleRuns {
  std::uint16_t revision = 1;
  SampleIndex index = 0;
  SampleState state = SampleState::pending;  ///< of the final run; pending without one
  std::uint64_t checksum = 0;
  std::vector<ledger::RunRow> runs;
  std::vector<std::string> with;  ///< other values of constants each of them had, `dt=0.5`; empty: none
};

/// O(runs of the sample).
SampleRuns sample_runs(const ledger::Ledger& ledger, std::uint16_t revision, SampleIndex index);

/// For the owner's inbox: {"revision", "index", "state", "checksum", "runs": [{...}]}.
std::string to_json_text(const SampleRuns& sample);

/// Nothing if the text is no such document. Unknown keys are ignored.
std::optional<SampleRuns> sample_runs_from_json(const std::string& text);

/// Answers a `show` request: `arguments_json` = {"revision": R, "index": I}.
/// \throws ConfigError if there is no index in it
std::string answer_show(const ledger::Ledger& ledger, const std::string& arguments_json);

}  // namespace tranche::inspect
