/// \file
/// `tranche retry`: failed samples become pending again; sealed stages that have such samples reopen.
/// Layer: application library (ledger).
#pragma once

#include "tranche/inspect/change.hpp"

namespace tranche::inspect {

/// Arguments, all optional: `stage` (name or number), `state`, `reason`, `index`, `timeout_s` (wall time
/// limit of these samples' next attempts, instead of the campaign's), `with` (other values of a command's
/// constants in them: `dt=0.5`), `dry_run`. Only failed, timed out and
/// crashed samples are taken, and of those none at attempt 255; what is ok or invalid never is. A stage of
/// which nothing is taken stays as it is. Data of the change:
/// {"stages": [{"stage", "name", "reopened", "samples", "reasons": [{"state", "reason", "count"}]}]}.
/// \throws ConfigError if nothing can ever match: no such stage, state or sample; an argument of
/// another type
Change retry_requested(ledger::Ledger& ledger, const CampaignView& view, const ChangeRequest& request);

}  // namespace tranche::inspect
