/// \file
/// The decision of a person: open the gate behind a stage. The same for a command that owns the campaign
/// and for a live owner that was asked.
/// Layer: application library (ledger).
#pragma once

#include <string>
#include <string_view>

#include "tranche/campaign/stage_plan.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::inspect {

struct Approval {
  StageKey stage;
  std::string name;
  std::string text;     ///< one line for people
  bool changed = true;  ///< false: it was open already
};

/// Opens the gate behind the stage called `stage` (or numbered so) and records the
/// event. Opening an open gate is no error. \throws ConfigError, in words, if there is no such stage, no
/// gate behind it, or it is not sealed yet
Approval approve_gate(ledger::Ledger& ledger, const campaign::StagePlan& plan, std::string_view stage,
                      double at);

/// The owner's side of an inbox request `{"stage": "pilot"}`. \throws ConfigError as approve_gate
Approval approve_requested(ledger::Ledger& ledger, const campaign::StagePlan& plan,
                           const std::string& arguments_json, double at);

}  // namespace tranche::inspect
