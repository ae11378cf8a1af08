#include "failure_table.hpp"

#include <algorithm>
#include <utility>

#include "tranche/inspect/published.hpp"

namespace tranche::daemon {

FailureTable::FailureTable(const ledger::Ledger& ledger) {
  for (auto& row : inspect::failure_rows(ledger)) {
    Key key{row.stage, row.state, row.reason};
    rows_[std::move(key)] = std::move(row);
  }
}

void FailureTable::add(std::uint8_t stage, const RunRecord& run) {
  if (!run.final || run.state == SampleState::ok) return;
  auto& row = rows_[{stage, std::string{to_string(run.state)}, run.reason}];
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
