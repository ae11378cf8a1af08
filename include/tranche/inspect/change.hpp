/// \file
/// What people ask of a campaign's ledger: approve, pause, retry. The same for a command that owns the
/// campaign and for a live owner that was asked through its inbox. Layer: application library (ledger).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::inspect {

struct ChangeRequest {
  std::string verb;
  std::string arguments_json = "{}";
  double at = 0;  ///< Unix time
};

/// Samples that are pending again.
struct Requeued {
  StageKey stage;
  std::vector<ledger::OpenAttempt> samples;  ///< in index order
};

struct Change {
  std::string text;              ///< for people
  std::string data_json = "{}";  ///< for programs
  bool changed = true;           ///< false: there was nothing to do
  std::string phase;             ///< of status.json when nothing runs; empty: as it was
  std::string next;              ///< what to type then
  std::vector<Requeued> requeued;
};

bool is_change(const std::string& verb);

/// Applies the request to the ledger, and adds its event. The store is not touched.
/// \throws ConfigError, in words, for what cannot be done
Change apply_change(ledger::Ledger& ledger, const CampaignView& view, const ChangeRequest& request);

}  // namespace tranche::inspect
