/// \file
/// How samples with recorded runs go on: next attempt, attempts that do not count, a time limit of their own.
/// All of it follows from runs and events of the ledger, so that a restart knows what the run before knew.
/// Layer: application library (ledger).
#pragma once

#include <string>
#include <vector>

#include "tranche/ledger/ledger.hpp"
#include "tranche/schedule/bad_nodes.hpp"
#include "tranche/wire/messages.hpp"

namespace tranche::inspect {

/// An agent gets no more work in this job.
struct Quarantine {
  StageKey stage;
  std::string host;
  std::uint32_t rank = 0;
  schedule::Conduct here;
  schedule::Conduct elsewhere;
};

/// Adds the event `quarantine`: {"stage", "host", "rank", "runs", "failures", "runs_elsewhere",
/// "failures_elsewhere", "text"}. Returns the text.
std::string add_quarantine_event(ledger::Ledger& ledger, const Quarantine& quarantine, double at);

/// Samples of the stage without a final run, in index order. An attempt does not count for `retries` if it
/// failed in a job that put its host in quarantine, or (three times at most) if the process was killed from
/// outside. `timeout_s`, `with`: of the last `tranche retry` that took the sample. O(runs that are not final
/// + events).
std::vector<wire::AttemptFrom> open_samples(const ledger::Ledger& ledger, StageKey stage);

}  // namespace tranche::inspect
