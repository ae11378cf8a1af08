/// \file
/// Limits and budget of a running campaign: what campaign/limits.hpp decides, with the ledger's numbers.
/// Layer: daemon. Rank 0.
#pragma once

#include <optional>

#include "tranche/campaign/limits.hpp"
#include "tranche/directory/outcome.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::daemon {

class LimitWatch {
 public:
  LimitWatch(const campaign::CampaignSpec& spec, ledger::Ledger& ledger) : spec_{spec}, ledger_{ledger} {}

  /// A stage begins: finds out what counts there. The fail rate counts from the stage's beginning, or from
  /// where a limit or a `retry` last left it.
  void begin(StageKey stage);
  /// After each commit.
  void committed(const ledger::EpochCommit& epoch);
  /// How the run must end now, recorded as an event; nothing while it may go on. Asked after a commit.
  std::optional<directory::Outcome> verdict(double at);
  /// Asked before a stage begins.
  std::optional<directory::Outcome> budget_spent() const;

 private:
  const campaign::CampaignSpec& spec_;
  ledger::Ledger& ledger_;
  StageKey stage_;
  campaign::FinishedCount counted_from_;
  campaign::FailureStreak streak_;
};

}  // namespace tranche::daemon
