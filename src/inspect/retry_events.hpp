/// \file
/// What `tranche retry` asked for, as the ledger's events say it.
/// Layer: application library (ledger).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tranche/ledger/ledger.hpp"

namespace tranche::inspect {

/// One `tranche retry`: it took the samples whose last run at that time matches.
struct RetryEvent {
  std::uint64_t epoch = 0;  ///< the last at that time
  std::optional<std::string> state;
  std::optional<std::string> reason;
  std::optional<SampleIndex> index;
  double timeout_s = 0;  ///< of their next attempts; 0: the campaign's
  std::string with;      ///< other values of constants in them: `dt=0.5`; empty: none

  bool takes(const RunRecord& run) const;
  /// Whether its samples have other rules than the campaign's.
  bool has_rules() const noexcept { return timeout_s > 0 || !with.empty(); }
};

/// Those of a stage, oldest first. O(events).
std::vector<RetryEvent> retry_events(const std::vector<ledger::EventRow>& events, StageKey stage);

/// The rules each of a sample's runs (oldest first) had: those of the last retry that had taken the sample by
/// then.
std::vector<RetryEvent> rules_of_runs(const std::vector<ledger::RunRow>& runs,
                                      const std::vector<RetryEvent>& retries);

}  // namespace tranche::inspect
