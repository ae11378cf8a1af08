// Finished samples that shall run again.
#include <algorithm>

#include "done_blocks.hpp"
#include "ledger_impl.hpp"
#include "names.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::ledger {
namespace {

/// A final run that is taken back.
struct Taken {
  RunId id;
  std::size_t state = 0;
};

KeyRange chosen_keys(const StageRow& stage, const RequeueChoice& choice) {
  if (!choice.index) return keys_of(stage.key.revision, stage.range);
  ensure(stage.range.contains(*choice.index), "a sample to run again belongs to its stage");
  return keys_of(stage.key.revision, {*choice.index, *choice.index + 1});
}

std::vector<Taken> choose(SQLite::Database& db, const StageRow& stage, const RequeueChoice& choice) {
  const Names reasons = read_names(db, sql::list_reasons);
  const auto has_reason = [&](std::int64_t id) {
    const auto found = reasons.find(id);
    return (found == reasons.end() ? std::string{} : found->second) == *choice.reason;
  };
  const KeyRange keys = chosen_keys(stage, choice);
  SQLite::Statement rows{db, sql::failed_finals};
  rows.bind(1, keys.first);
  rows.bind(2, keys.last);
  std::vector<Taken> taken;
  while (rows.executeStep()) {
    const RunId id = RunId::from_value(rows.getColumn(0).getInt64());
    const int state = rows.getColumn(1).getInt();
    if (id.attempt() == 255) continue;
    if (choice.among && !std::binary_search(choice.among->begin(), choice.among->end(), id.index())) continue;
    if (choice.state && static_cast<int>(*choice.state) != state) continue;
    if (choice.reason && !has_reason(rows.getColumn(2).getInt64())) continue;
    taken.push_back({id, static_cast<std::size_t>(state)});
  }
  std::sort(taken.begin(), taken.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return taken;
}

void clear_finals(SQLite::Database& db, const std::vector<Taken>& taken) {
  SQLite::Statement update{db, sql::clear_final};
  for (const auto& run : taken) {
    update.reset();
    update.bind(1, run.id.value());
    update.exec();
  }
}

void count_down(SQLite::Database& db, StageKey stage, const std::vector<Taken>& taken) {
  SQLite::Statement update{db, sql::count_runs};
  for (int state = 1; state <= 5; ++state) {
    const auto count = std::count_if(taken.begin(), taken.end(), [&](const auto& run) {
      return run.state == static_cast<std::size_t>(state);
    });
    update.bind(state, static_cast<std::int64_t>(-count));
  }
  for (int unchanged = 6; unchanged <= 9; ++unchanged) update.bind(unchanged, 0);
  update.bind(10, static_cast<std::int32_t>(stage.revision));
  update.bind(11, static_cast<std::int32_t>(stage.stage));
  update.exec();
}

void reopen(SQLite::Database& db, StageKey stage) {
  SQLite::Statement update{db, sql::reopen_stage};
  update.bind(1, static_cast<std::int32_t>(stage.revision));
  update.bind(2, static_cast<std::int32_t>(stage.stage));
  update.exec();
}

}  // namespace

std::vector<OpenAttempt> Ledger::requeue(StageKey stage, const RequeueChoice& choice) {
  ensure(!choice.state || is_failure(*choice.state), "only failed, timed out and crashed samples run again");
  std::vector<OpenAttempt> open;
  impl_->write("queue samples again", [&] {
    auto& db = impl_->db();
    const auto taken = choose(db, impl_->stage(stage), choice);
    std::vector<SampleIndex> indices;
    for (const auto& run : taken) {
      indices.push_back(run.id.index());
      open.push_back({run.id.index(), static_cast<std::uint8_t>(run.id.attempt() + 1)});
    }
    if (taken.empty()) return;
    clear_finals(db, taken);
    change_done(db, stage, indices, Bit::clear);
    count_down(db, stage, taken);
    reopen(db, stage);
  });
  return open;
}

}  // namespace tranche::ledger
