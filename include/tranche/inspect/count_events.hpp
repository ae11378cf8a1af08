/// \file
/// Events of the ledger that say how far a stage was: where its fail rate is counted from.
/// Layer: application library (ledger).
#pragma once

#include <string>

#include "tranche/campaign/limits.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::inspect {

/// Adds an event `kind` (`limit`, `budget`, `retry`): `{"revision", "stage", "name", "finished",
/// "failures", "text"}`, counts as in the row; and what else there is to say, as a JSON object.
void add_count_event(ledger::Ledger& ledger, const std::string& kind, const ledger::StageRow& stage,
                     const std::string& text, double at, const std::string& more_json = "{}");

/// Counts of the stage's last `limit` or `retry`; nothing counted before the first. O(events).
campaign::FinishedCount counted_from(const ledger::Ledger& ledger, StageKey stage);

}  // namespace tranche::inspect
