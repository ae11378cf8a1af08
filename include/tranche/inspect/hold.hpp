/// \file
/// A paused campaign: no run goes on until a person says so.
/// Layer: application library (ledger). Kept as fact `paused` of the ledger, told by events.
#pragma once

#include <optional>
#include <string>

#include "tranche/campaign/stage_plan.hpp"
#include "tranche/inspect/change.hpp"

namespace tranche::inspect {

struct Hold {
  double since = 0;  ///< Unix time
  std::string by;    ///< user@host
};

std::optional<Hold> find_hold(const ledger::Ledger& ledger);

/// `paused since 2026-03-01 12:00:00 by ada@login1`, local time.
std::string to_text(const Hold& hold);

/// `tranche pause`: arguments {"by": "ada@login1"}. \throws ConfigError if the campaign is complete
Change pause_requested(ledger::Ledger& ledger, const campaign::StagePlan& plan, const ChangeRequest& request);

enum class Resume { no, yes };
/// At the start of a run: lifts the hold if asked to. \throws Failure{gate} if there is one and nobody lifts
/// it; a complete campaign is held by nothing
void settle_hold(ledger::Ledger& ledger, const campaign::StagePlan& plan, Resume resume, double at);

}  // namespace tranche::inspect
