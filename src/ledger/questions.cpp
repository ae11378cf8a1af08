// What is asked of the recorded runs.
#include <algorithm>
#include <limits>

#include "bitmap.hpp"
#include "done_blocks.hpp"
#include "ledger_impl.hpp"
#include "names.hpp"
#include "run_rows.hpp"

namespace tranche::ledger {
namespace {

constexpr KeyRange all_keys{0, std::numeric_limits<std::int64_t>::max()};

void bind_keys(SQLite::Statement& statement, KeyRange keys) {
  statement.bind(1, keys.first);
  statement.bind(2, keys.last);
}

std::vector<RunRow> read_runs(SQLite::Database& db, const RunNames& names, KeyRange keys, std::size_t limit) {
  SQLite::Statement rows{db, sql::runs_between};
  bind_keys(rows, keys);
  rows.bind(3, static_cast<std::int64_t>(limit));
  std::vector<RunRow> runs;
  while (rows.executeStep()) runs.push_back(names.resolve(read_run(rows)));
  return runs;
}

ReasonCount read_reason(SQLite::Database& db, const RunNames& names, SQLite::Statement& row) {
  ReasonCount reason;
  reason.count = static_cast<std::uint64_t>(row.getColumn(2).getInt64());
  reason.wall_s = row.getColumn(3).getDouble();
  const std::int64_t key = row.getColumn(4).getInt64();
  const RunRow example = read_runs(db, names, {key, key}, 1).at(0);
  reason.state = example.record.state;
  reason.reason = example.record.reason;
  reason.example = example.record.id.index();
  reason.message = example.record.message;
  reason.revision = example.record.id.revision();
  return reason;
}

std::vector<ReasonCount> read_reasons(SQLite::Database& db, KeyRange keys) {
  const RunNames names{db};
  SQLite::Statement rows{db, sql::reasons_between};
  bind_keys(rows, keys);
  std::vector<ReasonCount> reasons;
  while (rows.executeStep()) reasons.push_back(read_reason(db, names, rows));
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  return reasons;
}

/// Keys of runs that are not final, ascending.
std::vector<RunId> read_open_runs(SQLite::Database& db, KeyRange keys) {
  SQLite::Statement rows{db, sql::open_runs};
  bind_keys(rows, keys);
  std::vector<RunId> runs;
  while (rows.executeStep()) runs.push_back(RunId::from_value(rows.getColumn(0).getInt64()));
  std::sort(runs.begin(), runs.end());
  return runs;
}

constexpr std::size_t most_wall_times = 200'000;

void keep_every_second(std::vector<double>& values) {
  for (std::size_t k = 0; 2 * k < values.size(); ++k) values[k] = values[2 * k];
  values.resize((values.size() + 1) / 2);
}

}  // namespace

std::vector<std::uint8_t> Ledger::done_bitmap(StageKey stage) const {
  return impl_->read("read the done bitmap",
                     [&] { return read_done(impl_->db(), stage, impl_->stage(stage).range); });
}

void Ledger::visit_done(
    StageKey stage,
    const std::function<void(SampleIndex first, std::span<const std::uint8_t> bits)>& visit) const {
  impl_->read("read the done bitmap", [&] { visit_blocks(impl_->db(), stage, visit); });
}

std::vector<OpenAttempt> Ledger::open_attempts(StageKey stage) const {
  return impl_->read("list open samples", [&] {
    const IndexRange range = impl_->stage(stage).range;
    DoneLookup done{impl_->db(), stage};
    std::vector<OpenAttempt> open;
    for (const RunId run : read_open_runs(impl_->db(), keys_of(stage.revision, range))) {
      if (done.contains(run.index())) continue;
      const OpenAttempt next{run.index(), static_cast<std::uint8_t>(run.attempt() + 1)};
      if (!open.empty() && open.back().index == next.index) open.pop_back();
      open.push_back(next);
    }
    return open;
  });
}

void Ledger::visit_not_final(StageKey stage, const std::function<void(const RunRow&)>& visit) const {
  impl_->read("list runs that were not final", [&] {
    const RunNames names{impl_->db()};
    SQLite::Statement rows{impl_->db(), sql::not_final_runs};
    bind_keys(rows, keys_of(stage.revision, impl_->stage(stage).range));
    while (rows.executeStep()) visit(names.resolve(read_run(rows)));
  });
}

std::vector<StateRow> Ledger::final_states(StageKey stage, SampleIndex from, std::size_t limit) const {
  return impl_->read("read final states", [&] {
    const IndexRange range = impl_->stage(stage).range;
    SQLite::Statement rows{impl_->db(), sql::final_states};
    bind_keys(rows, keys_of(stage.revision, {std::max(from, range.begin), range.end}));
    rows.bind(3, static_cast<std::int64_t>(limit));
    std::vector<StateRow> states;
    while (rows.executeStep()) {
      const auto state = sample_state_from(static_cast<std::uint8_t>(rows.getColumn(1).getInt()));
      states.push_back({RunId::from_value(rows.getColumn(0).getInt64()).index(),
                        state.value_or(SampleState::pending),
                        static_cast<std::uint64_t>(rows.getColumn(2).getInt64())});
    }
    return states;
  });
}

std::vector<RunRow> Ledger::runs_of(std::uint16_t revision, SampleIndex index) const {
  return impl_->read("read a sample's runs", [&] {
    return read_runs(impl_->db(), RunNames{impl_->db()}, keys_of(revision, {index, index + 1}), 256);
  });
}

std::vector<RunRow> Ledger::runs_from(RunId from, std::size_t limit) const {
  return impl_->read("read runs", [&] {
    return read_runs(impl_->db(), RunNames{impl_->db()}, {from.value(), all_keys.last}, limit);
  });
}

std::vector<ReasonCount> Ledger::reasons(StageKey stage) const {
  return impl_->read("count reasons", [&] {
    return read_reasons(impl_->db(), keys_of(stage.revision, impl_->stage(stage).range));
  });
}

std::vector<ReasonCount> Ledger::reasons() const {
  return impl_->read("count reasons", [&] { return read_reasons(impl_->db(), all_keys); });
}

void Ledger::visit_not_ok(
    StageKey stage, const std::function<void(SampleIndex, SampleState, const std::string&)>& visit) const {
  impl_->read("list samples that are not ok", [&] {
    const auto names = read_names(impl_->db(), sql::list_reasons);
    const std::string none;
    SQLite::Statement rows{impl_->db(), sql::not_ok_finals};
    bind_keys(rows, keys_of(stage.revision, impl_->stage(stage).range));
    while (rows.executeStep()) {
      const auto state = sample_state_from(static_cast<std::uint8_t>(rows.getColumn(1).getInt()));
      const auto name = names.find(rows.getColumn(2).getInt64());
      visit(RunId::from_value(rows.getColumn(0).getInt64()).index(), state.value_or(SampleState::pending),
            name == names.end() ? none : name->second);
    }
  });
}

std::vector<std::string> Ledger::reason_names() const {
  return impl_->read("list reasons", [&] {
    std::vector<std::string> names;
    for (auto& [id, name] : read_names(impl_->db(), sql::list_reasons)) names.push_back(std::move(name));
    return names;
  });
}

WallTimes Ledger::wall_times(StageKey stage, std::optional<SampleState> state) const {
  return impl_->read("read wall times", [&] {
    SQLite::Statement rows{impl_->db(), sql::wall_times};
    bind_keys(rows, keys_of(stage.revision, impl_->stage(stage).range));
    for (const int column : {3, 4})
      state ? rows.bind(column, static_cast<std::int32_t>(*state)) : rows.bind(column);
    WallTimes times;
    std::uint64_t stride = 1;
    for (; rows.executeStep(); ++times.runs) {
      const double wall_s = rows.getColumn(0).getDouble();
      times.sum_s += wall_s;
      times.longest_s = std::max(times.longest_s, wall_s);
      if (times.runs % stride != 0) continue;
      times.some.push_back(wall_s);
      if (times.some.size() < most_wall_times) continue;
      keep_every_second(times.some);
      stride *= 2;
    }
    std::sort(times.some.begin(), times.some.end());
    return times;
  });
}

}  // namespace tranche::ledger
