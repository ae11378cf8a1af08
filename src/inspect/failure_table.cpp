#include "tranche/inspect/failure_table.hpp"

#include <algorithm>
#include <bit>

namespace tranche::inspect {
namespace {

template <class Visit>
void each_set_bit(SampleIndex first, std::span<const std::uint8_t> bits, Visit visit) {
  for (std::size_t k = 0; k < bits.size(); ++k)
    for (unsigned left = bits[k]; left != 0; left &= left - 1)
      visit(first + 8 * k + static_cast<unsigned>(std::countr_zero(left)));
}

}  // namespace

FailureTable::FailureTable(const ledger::Ledger& ledger, SampleSizes sizes)
    : sizes_{sizes}, finished_{sizes.finished} {
  for (const auto& stage : ledger.stages()) read_stage(ledger, stage.key);
}

FailureTable::Entry& FailureTable::entry(std::uint8_t stage, SampleState state, const std::string& reason) {
  Key key{stage, std::string{to_string(state)}, reason};
  const auto found = rows_.find(key);
  if (found != rows_.end()) return found->second;
  directory::FailureRow row;
  row.stage = stage;
  row.state = to_string(state);
  row.reason = reason;
  return rows_.emplace(std::move(key), Entry{std::move(row), atlas::IndexSample{sizes_.of_reason}})
      .first->second;
}

void FailureTable::read_stage(const ledger::Ledger& ledger, StageKey stage) {
  for (const auto& reason : ledger.reasons(stage)) {
    auto& row = entry(stage.stage, reason.state, reason.reason).row;
    row.count = reason.count;
    row.wall_s = reason.wall_s;
    row.example = reason.example;
    row.message = reason.message;
  }
  ledger.visit_not_ok(stage, [&](SampleIndex index, SampleState state, const std::string& reason) {
    entry(stage.stage, state, reason).sample.add(index);
  });
  ledger.visit_done(stage, [&](SampleIndex first, std::span<const std::uint8_t> bits) {
    each_set_bit(first, bits, [&](SampleIndex index) { finished_.add(index); });
  });
}

void FailureTable::add(std::uint8_t stage, const RunRecord& run) {
  if (!run.final) {
    if (run.state == SampleState::ok) return;
    auto& row = entry(stage, run.state, run.reason).row;
    if (row.count == 0 && row.wall_s == 0) row.example = run.id.index(), row.message = run.message;
    row.wall_s += run.wall_s;
    return;
  }
  finished_.add(run.id.index());
  if (run.state == SampleState::ok) return;
  auto& [row, sample] = entry(stage, run.state, run.reason);
  if (row.count == 0 || run.id.index() < row.example) {
    row.example = run.id.index();
    row.message = run.message;
  }
  ++row.count;
  row.wall_s += run.wall_s;
  sample.add(run.id.index());
}

directory::Failures FailureTable::summary() const {
  directory::Failures failures;
  std::vector<const Entry*> entries;
  for (const auto& [key, entry] : rows_) entries.push_back(&entry);
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto* a, const auto* b) { return a->row.count > b->row.count; });
  for (const auto* entry : entries) {
    failures.rows.push_back(entry->row);
    if (failures.rows.size() <= sizes_.rows) failures.rows.back().sample = entry->sample.indices();
  }
  failures.finished = finished_.added();
  failures.finished_sample = finished_.indices();
  return failures;
}

}  // namespace tranche::inspect
