#include "tranche/inspect/approve.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "arguments.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"

namespace tranche::inspect {
namespace {

using ledger::GateState;
using ledger::StageRow;
using ledger::StageState;

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  Problem problem;
  problem.what = what;
  problem.fix = fix;
  throw ConfigError{std::move(problem)};
}

const campaign::Stage& find_stage(const campaign::StagePlan& plan, std::string_view wanted) {
  if (const auto* found = plan.find(wanted)) return *found;
  std::vector<std::string> names;
  std::string known;
  for (const auto& stage : plan.stages()) {
    names.push_back(stage.name);
    known += (known.empty() ? "" : ", ") + stage.name;
  }
  const auto guess = did_you_mean(wanted, names);
  refuse("there is no stage `" + std::string{wanted} + "`; the stages are " + known,
         guess ? "did you mean: tranche approve " + *guess : "");
}

std::optional<StageRow> find_row(const ledger::Ledger& ledger, StageKey key) {
  for (auto& row : ledger.stages())
    if (row.key == key) return std::move(row);
  return std::nullopt;
}

std::string with_line(std::string lines, const std::string& line) {
  if (!lines.empty() && lines.back() != '\n') lines += '\n';
  return lines + line + '\n';
}

}  // namespace

Approval approve_gate(ledger::Ledger& ledger, const campaign::StagePlan& plan, std::string_view stage,
                      double at) {
  const auto& planned = find_stage(plan, stage);
  const auto& name = planned.name;
  if (planned.key == plan.stages().back().key)
    refuse("stage " + name + " is the last one: there is no gate behind it", "");
  const auto row = find_row(ledger, planned.key);
  if (!row || row->state != StageState::sealed)
    refuse("stage " + name + " is not complete yet: there is nothing to approve",
           "tranche run goes on with it");
  if (row->gate == GateState::open)
    return {row->key, name, "the gate behind " + name + " is open already", false};
  ledger.set_gate(row->key, GateState::open, with_line(row->verdict, "approved by hand"));
  const nlohmann::json event{{"revision", row->key.revision}, {"stage", row->key.stage}, {"name", name}};
  ledger.add_event("approve", event.dump(), at);
  return {row->key, name, "the gate behind " + name + " is open"};
}

Approval approve_requested(ledger::Ledger& ledger, const campaign::StagePlan& plan,
                           const std::string& arguments_json, double at) {
  const auto stage = Arguments{"approve", arguments_json}.text("stage");
  return approve_gate(ledger, plan, stage.value_or(""), at);
}

}  // namespace tranche::inspect
