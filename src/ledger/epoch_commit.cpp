// The one transaction of an epoch.
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "done_blocks.hpp"
#include "ledger_impl.hpp"
#include "names.hpp"
#include "run_rows.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/failpoint.hpp"
#include "utf8.hpp"

namespace tranche::ledger {
namespace {

/// A record and where it ran, to be sorted by key.
struct Entry {
  std::int64_t run_id = 0;
  std::int64_t host = 0;
  const RunRecord* record = nullptr;
};

/// What an epoch adds to its stage's counters.
struct Sums {
  std::array<std::int64_t, sample_state_count> finals{};
  double wall_s = 0;
  double cpu_s = 0;
};

bool is_amount(double value) {
  return std::isfinite(value) && value >= 0;
}

void require_sound(const RunRecord& run, const StageRow& stage) {
  ensure(run.id.revision() == stage.key.revision && stage.range.contains(run.id.index()),
         "a run belongs to the stage of its epoch");
  ensure(run.state != SampleState::pending && run.state <= SampleState::invalid, "a recorded run has ended");
  ensure(run.final || is_failure(run.state), "only a failed run is tried again");
  ensure(is_amount(run.wall_s) && is_amount(run.cpu_s) && std::isfinite(run.started_at),
         "times of a run are finite and not negative");
}

class EpochWriter {
 public:
  EpochWriter(SQLite::Database& db, SQLite::Statement& add_run, const EpochCommit& commit,
              const StageRow& stage)
      : db_{db}, add_run_{add_run}, commit_{commit}, stage_{stage}, is_final_{db, sql::is_final} {}

  void write(Dictionary& hosts, Dictionary& reasons, std::int64_t simulator, std::int64_t job) {
    sort_runs(hosts);
    for (const auto& entry : entries_) write_run(entry, reasons, simulator);
    change_done(db_, stage_.key, finished_, Bit::set);
    count();
    write_epoch(job);
  }

 private:
  void sort_runs(Dictionary& hosts) {
    for (const auto& agent : commit_.agents) {
      const std::int64_t host = hosts.id_of(db_, valid_utf8(agent.host));
      for (const auto& run : agent.runs) entries_.push_back({run.id.value(), host, &run});
    }
    std::sort(entries_.begin(), entries_.end(),
              [](const auto& a, const auto& b) { return a.run_id < b.run_id; });
  }

  void write_run(const Entry& entry, Dictionary& reasons, std::int64_t simulator) {
    const RunRecord& record = *entry.record;
    require_sound(record, stage_);
    if (record.id.attempt() > 0) require_retried(record.id);
    const std::string message = valid_utf8(record.message);
    StoredRun run = stored(record, message);
    run.reason = record.reason.empty() ? 0 : reasons.id_of(db_, valid_utf8(record.reason));
    run.host = entry.host;
    run.simulator = simulator;
    insert(run);
    fingerprint_ += fingerprint(run);
    add_up(record);
  }

  StoredRun stored(const RunRecord& record, const std::string& message) const {
    StoredRun run;
    run.run_id = record.id.value();
    run.state = static_cast<std::int64_t>(record.state);
    run.wall_s = record.wall_s + 0.0;  // SQLite keeps no negative zero, and the fingerprint must agree
    run.cpu_s = record.cpu_s + 0.0;
    run.max_rss_kb = record.max_rss_kb;
    run.slot = record.slot;
    run.started_at = record.started_at + 0.0;
    run.exit_code = record.exit_code;
    run.signal = record.signal;
    run.message = message;
    run.epoch = static_cast<std::int64_t>(commit_.epoch);
    run.checksum = static_cast<std::int64_t>(record.checksum);
    run.final = record.final ? 1 : 0;
    return run;
  }

  void insert(const StoredRun& run) {
    add_run_.tryReset();  // its answer is the last insert's, which has been told already
    bind_run(add_run_, run);
    const int code = add_run_.tryExecuteStep();
    if (code == SQLITE_DONE) return;
    if (code == SQLITE_CONSTRAINT && db_.getExtendedErrorCode() == SQLITE_CONSTRAINT_PRIMARYKEY)
      throw DamageError{"ledger: run " + name_of(run.id()) + " is recorded already"};
    throw SQLite::Exception{db_.getHandle(), code};
  }

  /// The attempt before exists and asked for another.
  void require_retried(RunId id) {
    is_final_.tryReset();
    is_final_.bind(1, RunId{id.revision(), id.index(), static_cast<std::uint8_t>(id.attempt() - 1)}.value());
    if (!is_final_.executeStep())
      throw DamageError{"ledger: run " + name_of(id) + " comes without the attempt before it"};
    if (is_final_.getColumn(0).getInt() != 0)
      throw DamageError{"ledger: run " + name_of(id) + " comes after the sample's final run"};
  }

  void add_up(const RunRecord& record) {
    sums_.wall_s += record.wall_s;
    sums_.cpu_s += record.cpu_s;
    if (!record.final) return;
    finished_.push_back(record.id.index());
    ++sums_.finals[static_cast<std::size_t>(record.state)];
  }

  void count() {
    SQLite::Statement update{db_, sql::count_runs};
    for (int state = 1; state <= 5; ++state)
      update.bind(state, sums_.finals[static_cast<std::size_t>(state)]);
    update.bind(6, static_cast<std::int64_t>(entries_.size()));
    update.bind(7, sums_.wall_s);
    update.bind(8, sums_.cpu_s);
    update.bind(9, sums_.wall_s * commit_.threads);
    update.bind(10, static_cast<std::int32_t>(stage_.key.revision));
    update.bind(11, static_cast<std::int32_t>(stage_.key.stage));
    update.exec();
  }

  void write_epoch(std::int64_t job) {
    SQLite::Statement row{db_, sql::add_epoch};
    row.bind(1, static_cast<std::int64_t>(commit_.epoch));
    row.bind(2, static_cast<std::int32_t>(stage_.key.revision));
    row.bind(3, static_cast<std::int32_t>(stage_.key.stage));
    job == 0 ? row.bind(4) : row.bind(4, job);
    row.bind(5, commit_.at);
    row.bind(6, commit_.duration_s);
    row.bind(7, static_cast<std::int64_t>(commit_.bytes));
    row.bind(8, commit_.threads);
    row.bind(9, static_cast<std::int64_t>(entries_.size()));
    row.bind(10, static_cast<std::int64_t>(fingerprint_));
    row.exec();
  }

  SQLite::Database& db_;
  SQLite::Statement& add_run_;
  const EpochCommit& commit_;
  const StageRow& stage_;
  SQLite::Statement is_final_;
  std::vector<Entry> entries_;
  std::vector<SampleIndex> finished_;
  Sums sums_;
  std::uint64_t fingerprint_ = 0;
};

void require_next(SQLite::Database& db, const EpochCommit& commit) {
  ensure(commit.epoch > 0, "epochs count from 1");
  ensure(is_amount(commit.at) && is_amount(commit.duration_s), "times of an epoch are finite");
  const auto last = static_cast<std::uint64_t>(db.execAndGet(sql::last_epoch).getInt64());
  if (commit.epoch <= last)
    throw DamageError{"ledger: epoch " + std::to_string(commit.epoch) + " comes after epoch " +
                      std::to_string(last) + " was recorded"};
}

}  // namespace

void Ledger::commit_epoch(const EpochCommit& commit) {
  impl_->write("record an epoch", [&] {
    auto& db = impl_->db();
    require_next(db, commit);
    const StageRow stage = impl_->stage(commit.stage);
    ensure(stage.state != StageState::sealed, "a sealed stage takes no runs");
    const std::int64_t simulator = impl_->job == 0 ? 0 : impl_->simulators.id_of(db, impl_->job_simulator);
    EpochWriter{db, impl_->add_run(), commit, stage}.write(impl_->hosts, impl_->reasons, simulator,
                                                           impl_->job);
    failpoint("mid-commit");
  });
}

}  // namespace tranche::ledger
