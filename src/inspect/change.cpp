#include "tranche/inspect/change.hpp"

#include <algorithm>

#include "tranche/base/errors.hpp"
#include "tranche/inspect/approve.hpp"
#include "tranche/inspect/hold.hpp"
#include "tranche/inspect/retry.hpp"

namespace tranche::inspect {
namespace {

Change approve(ledger::Ledger& ledger, const CampaignView& view, const ChangeRequest& request) {
  auto approval = approve_requested(ledger, view.plan, request.arguments_json, request.at);
  Change change;
  change.text = std::move(approval.text);
  change.changed = approval.changed;
  change.phase = "stopped";
  change.next = "tranche run";
  return change;
}

}  // namespace

bool is_change(const std::string& verb) {
  return verb == "approve" || verb == "pause" || verb == "retry";
}

Change apply_change(ledger::Ledger& ledger, const CampaignView& view, const ChangeRequest& request) {
  if (request.verb == "approve") return approve(ledger, view, request);
  if (request.verb == "pause") return pause_requested(ledger, view.plan, request);
  ensure(request.verb == "retry", "only known changes are applied");
  return retry_requested(ledger, view, request);
}

}  // namespace tranche::inspect
