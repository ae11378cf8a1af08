#include "tranche/inspect/published.hpp"

namespace tranche::inspect {
namespace {

std::string name_of(ledger::StageState state) {
  switch (state) {
    case ledger::StageState::planned:
      return "planned";
    case ledger::StageState::running:
      return "running";
    case ledger::StageState::sealed:
      return "sealed";
  }
  return "unknown";
}

std::string name_of(ledger::GateState gate) {
  switch (gate) {
    case ledger::GateState::closed:
      return "closed";
    case ledger::GateState::waiting:
      return "waiting";
    case ledger::GateState::open:
      return "open";
    case ledger::GateState::stopped:
      return "stopped";
  }
  return "unknown";
}

directory::StageStatus planned(const campaign::Stage& stage) {
  directory::StageStatus status;
  status.key = stage.key;
  status.name = stage.name;
  status.range = stage.range;
  status.state = name_of(ledger::StageState::planned);
  status.gate = name_of(ledger::GateState::closed);
  status.tally.total = stage.range.size();
  return status;
}

}  // namespace

std::vector<directory::StageStatus> stage_statuses(const std::vector<ledger::StageRow>& rows,
                                                   const campaign::StagePlan& plan) {
  std::vector<directory::StageStatus> all;
  for (const auto& stage : plan.stages()) all.push_back(planned(stage));
  for (const auto& row : rows)
    all.at(row.key.stage - 1u) = {row.key,           row.name,    row.range,  name_of(row.state),
                                  name_of(row.gate), row.verdict, row.digest, row.generation,
                                  row.tally};
  return all;
}

}  // namespace tranche::inspect
