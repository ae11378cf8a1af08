#include "failure_table.hpp"

#include <algorithm>

namespace tranche::daemon {

FailureTable::FailureTable(const ledger::Ledger& ledger) {
  for (const auto& stage : ledger.stages())
    for (const auto& reason : ledger.reasons(stage.key))
      rows_[{stage.key.stage, reason.state, reason.reason}] = {
          stage.key.stage, std::string{to_string(reason.state)},
          reason.reason,   reason.count,
          reason.wall_s,   reason.example,
          reason.message};
}

void FailureTable::add(std::uint8_t stage, const RunRecord& run) {
  if (!run.final || run.state == SampleState::ok) return;
  auto& row = rows_[{stage, run.state, run.reason}];
  if (row.count == 0 || run.id.index() < row.example) {
    row.example = run.id.index();
    row.message = run.message;
  }
  row.stage = stage;
  row.state = to_string(run.state);
  row.reason = run.reason;
  ++row.count;
  row.wall_s += run.wall_s;
}

std::vector<directory::FailureRow> FailureTable::rows() const {
  std::vector<directory::FailureRow> rows;
  for (const auto& [key, row] : rows_) rows.push_back(row);
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  return rows;
}

}  // namespace tranche::daemon
