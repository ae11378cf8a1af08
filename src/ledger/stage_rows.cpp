// Stages: their rows, their state, their gates.
#include <algorithm>

#include "bind_text.hpp"
#include "ledger_impl.hpp"
#include "names.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::ledger {
namespace {

void bind_key(SQLite::Statement& statement, int first, StageKey key) {
  statement.bind(first, static_cast<std::int32_t>(key.revision));
  statement.bind(first + 1, static_cast<std::int32_t>(key.stage));
}

campaign::Tally read_tally(SQLite::Statement& row, IndexRange range) {
  const auto count = [&](int column) { return static_cast<std::uint64_t>(row.getColumn(column).getInt64()); };
  campaign::Tally tally;
  tally.total = range.size();
  tally.samples[static_cast<std::size_t>(SampleState::excluded)] = count(10);
  for (std::size_t state = 1; state <= 5; ++state) tally.samples[state] = count(10 + static_cast<int>(state));
  tally.runs = count(16);
  tally.wall_s = row.getColumn(17).getDouble();
  tally.cpu_s = row.getColumn(18).getDouble();
  tally.core_s = row.getColumn(19).getDouble();
  return tally;
}

StageRow read_stage(SQLite::Statement& row) {
  StageRow stage;
  stage.key = {static_cast<std::uint16_t>(row.getColumn(0).getInt()),
               static_cast<std::uint8_t>(row.getColumn(1).getInt())};
  stage.name = row.getColumn(2).getString();
  stage.range = {static_cast<SampleIndex>(row.getColumn(3).getInt64()),
                 static_cast<SampleIndex>(row.getColumn(4).getInt64())};
  stage.state = static_cast<StageState>(row.getColumn(5).getInt());
  stage.gate = static_cast<GateState>(row.getColumn(6).getInt());
  stage.verdict = row.getColumn(7).getString();
  stage.generation = row.getColumn(8).getUInt();
  stage.digest = row.getColumn(9).getString();
  stage.tally = read_tally(row, stage.range);
  return stage;
}

void require_fits(const StageRow& stage, const std::vector<StageRow>& others) {
  ensure(stage.key.revision < 1U << 15, "a design revision is below 2^15");
  ensure(stage.range.begin <= stage.range.end && stage.range.end <= max_sample_index + 1,
         "a stage's range ascends and lies below 2^40");
  for (const auto& other : others) {
    if (other.key.revision != stage.key.revision) continue;
    if (other.key == stage.key)
      throw DamageError{"ledger: stage " + name_of(stage.key) + " is there already"};
    ensure(stage.range.end <= other.range.begin || other.range.end <= stage.range.begin,
           "the stages of a revision do not overlap");
  }
}

void insert_stage(SQLite::Database& db, const StageRow& stage) {
  SQLite::Statement row{db, sql::add_stage};
  bind_key(row, 1, stage.key);
  row.bind(3, stage.name);
  row.bind(4, static_cast<std::int64_t>(stage.range.begin));
  row.bind(5, static_cast<std::int64_t>(stage.range.end));
  row.bind(6, static_cast<std::int32_t>(stage.state));
  row.bind(7, static_cast<std::int32_t>(stage.gate));
  bind_text(row, 8, stage.verdict);
  row.bind(9, stage.generation);
  bind_text(row, 10, stage.digest);
  row.bind(11, static_cast<std::int64_t>(stage.tally.of(SampleState::excluded)));
  row.exec();
}

/// An update of exactly one stage.
void update_one(SQLite::Statement& statement) {
  ensure(statement.exec() == 1, "a stage is added before it is changed");
}

}  // namespace

std::vector<StageRow> read_stages(SQLite::Database& db) {
  std::vector<StageRow> stages;
  SQLite::Statement rows{db, sql::list_stages};
  while (rows.executeStep()) stages.push_back(read_stage(rows));
  return stages;
}

StageRow Ledger::Impl::stage(StageKey key) {
  auto all = read_stages(db());
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& stage) { return stage.key == key; });
  ensure(found != all.end(), "a stage is added before it is used");
  return std::move(*found);
}

std::vector<StageRow> Ledger::stages() const {
  return impl_->read("list the stages", [&] { return read_stages(impl_->db()); });
}

void Ledger::add_stage(const StageRow& stage) {
  impl_->write("add a stage", [&] {
    require_fits(stage, read_stages(impl_->db()));
    insert_stage(impl_->db(), stage);
  });
}

void Ledger::seal_stage(StageKey stage, const std::string& digest_hex) {
  impl_->write("seal a stage", [&] {
    SQLite::Statement update{impl_->db(), sql::seal_stage};
    update.bind(1, digest_hex);
    bind_key(update, 2, stage);
    update_one(update);
  });
}

void Ledger::set_stage_state(StageKey stage, StageState state) {
  impl_->write("change a stage's state", [&] {
    SQLite::Statement update{impl_->db(), sql::set_stage_state};
    update.bind(1, static_cast<std::int32_t>(state));
    bind_key(update, 2, stage);
    update_one(update);
  });
}

void Ledger::set_gate(StageKey stage, GateState gate, const std::string& verdict) {
  impl_->write("record a gate's verdict", [&] {
    SQLite::Statement update{impl_->db(), sql::set_gate};
    update.bind(1, static_cast<std::int32_t>(gate));
    bind_text(update, 2, verdict);
    bind_key(update, 3, stage);
    update_one(update);
  });
}

campaign::Tally Ledger::totals() const {
  campaign::Tally sum;
  for (const auto& stage : stages()) {
    sum.total += stage.tally.total;
    for (std::size_t state = 0; state < sample_state_count; ++state)
      sum.samples[state] += stage.tally.samples[state];
    sum.runs += stage.tally.runs;
    sum.wall_s += stage.tally.wall_s;
    sum.cpu_s += stage.tally.cpu_s;
    sum.core_s += stage.tally.core_s;
  }
  return sum;
}

}  // namespace tranche::ledger
