#include "tranche/inspect/approve.hpp"

#include <nlohmann/json.hpp>

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

std::vector<StageRow> newest_stages(const ledger::Ledger& ledger) {
  auto stages = ledger.stages();
  if (stages.empty()) refuse("no stage has been started yet", "tranche run starts the first one");
  const auto newest = stages.back().key.revision;
  std::erase_if(stages, [&](const StageRow& row) { return row.key.revision != newest; });
  return stages;
}

const StageRow& find_stage(const std::vector<StageRow>& stages, std::string_view wanted) {
  std::vector<std::string> names;
  for (const auto& row : stages) {
    if (row.name == wanted || std::to_string(row.key.stage) == wanted) return row;
    names.push_back(row.name);
  }
  std::string known;
  for (const auto& name : names) known += (known.empty() ? "" : ", ") + name;
  const auto guess = did_you_mean(wanted, names);
  refuse("there is no stage `" + std::string{wanted} + "`; the stages are " + known,
         guess ? "did you mean: tranche approve " + *guess : "");
}

std::string with_line(std::string lines, const std::string& line) {
  if (!lines.empty() && lines.back() != '\n') lines += '\n';
  return lines + line + '\n';
}

}  // namespace

Approval approve_gate(ledger::Ledger& ledger, std::string_view stage, double at) {
  const auto stages = newest_stages(ledger);
  const auto& row = find_stage(stages, stage);
  if (row.state != StageState::sealed)
    refuse("stage " + row.name + " is not complete yet: there is nothing to approve",
           "tranche run goes on with it");
  if (row.key == stages.back().key)
    refuse("stage " + row.name + " is the last one: there is no gate behind it", "");
  if (row.gate == GateState::open)
    return {row.key, row.name, "the gate behind " + row.name + " is open already: tranche run goes on"};
  ledger.set_gate(row.key, GateState::open, with_line(row.verdict, "approved by hand"));
  const nlohmann::json event{{"revision", row.key.revision}, {"stage", row.key.stage}, {"name", row.name}};
  ledger.add_event("approve", event.dump(), at);
  return {row.key, row.name, "the gate behind " + row.name + " is open: tranche run goes on"};
}

Approval approve_requested(ledger::Ledger& ledger, const std::string& arguments_json, double at) {
  const auto arguments = nlohmann::json::parse(arguments_json, nullptr, false);
  const auto stage = arguments.is_object() ? arguments.value("stage", std::string{}) : std::string{};
  return approve_gate(ledger, stage, at);
}

}  // namespace tranche::inspect
