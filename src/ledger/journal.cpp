// Facts, jobs, events and epochs: the diary of the campaign.
#include "bind_text.hpp"
#include "ledger_impl.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::ledger {
namespace {

JobRow read_job(SQLite::Statement& row) {
  JobRow job;
  job.job = row.getColumn(0).getInt64();
  job.start.host = row.getColumn(1).getString();
  job.start.pid = row.getColumn(2).getInt64();
  job.start.ranks = row.getColumn(3).getUInt();
  job.start.slots = row.getColumn(4).getUInt();
  job.start.slurm_job_id = row.getColumn(5).getString();
  job.start.version = row.getColumn(6).getString();
  job.start.simulator = row.getColumn(7).getString();
  job.started_at = row.getColumn(8).getDouble();
  if (!row.getColumn(9).isNull()) job.ended_at = row.getColumn(9).getDouble();
  job.how = row.getColumn(10).getString();
  return job;
}

EpochRow read_epoch(SQLite::Statement& row) {
  const auto count = [&](int column) { return static_cast<std::uint64_t>(row.getColumn(column).getInt64()); };
  EpochRow epoch;
  epoch.epoch = count(0);
  epoch.stage = {static_cast<std::uint16_t>(count(1)), static_cast<std::uint8_t>(count(2))};
  epoch.job = row.getColumn(3).getInt64();
  epoch.at = row.getColumn(4).getDouble();
  epoch.duration_s = row.getColumn(5).getDouble();
  epoch.bytes = count(6);
  epoch.threads = static_cast<std::uint32_t>(count(7));
  epoch.runs = count(8);
  return epoch;
}

void insert_job(SQLite::Database& db, const JobStart& job, std::int64_t simulator, double at) {
  SQLite::Statement row{db, sql::begin_job};
  row.bind(1, valid_utf8(job.host));
  row.bind(2, job.pid);
  row.bind(3, job.ranks);
  row.bind(4, job.slots);
  bind_text(row, 5, job.slurm_job_id);
  row.bind(6, valid_utf8(job.version));
  row.bind(7, simulator);
  row.bind(8, at);
  row.exec();
}

}  // namespace

std::optional<std::string> Ledger::fact(const std::string& key) const {
  return impl_->read("read a fact", [&]() -> std::optional<std::string> {
    SQLite::Statement row{impl_->db(), sql::get_fact};
    row.bind(1, key);
    if (!row.executeStep()) return std::nullopt;
    return row.getColumn(0).getString();
  });
}

void Ledger::set_fact(const std::string& key, const std::string& value) {
  ensure(key != "owner", "the fact `owner` is set by opening the ledger");
  impl_->write("set a fact", [&] {
    SQLite::Statement row{impl_->db(), sql::set_fact};
    row.bind(1, key);
    row.bind(2, valid_utf8(value));
    row.exec();
  });
}

std::int64_t Ledger::begin_job(const JobStart& job, double at) {
  std::int64_t id = 0;
  const std::string simulator = valid_utf8(job.simulator);
  impl_->write("begin a job", [&] {
    insert_job(impl_->db(), job, impl_->simulators.id_of(impl_->db(), simulator), at);
    id = impl_->db().getLastInsertRowid();
  });
  impl_->job = id;
  impl_->job_simulator = simulator;
  return id;
}

void Ledger::end_job(std::int64_t job, const std::string& how, double at) {
  ensure(!how.empty(), "a job ends somehow");
  impl_->write("end a job", [&] {
    SQLite::Statement row{impl_->db(), sql::end_job};
    row.bind(1, valid_utf8(how));
    row.bind(2, at);
    row.bind(3, job);
    ensure(row.exec() == 1, "a job begins before it ends");
  });
}

void Ledger::add_event(const std::string& kind, const std::string& json, double at) {
  impl_->write("record an event", [&] {
    SQLite::Statement row{impl_->db(), sql::add_event};
    row.bind(1, at);
    row.bind(2, valid_utf8(kind));
    row.bind(3, valid_utf8(json));
    row.exec();
  });
}

std::vector<JobRow> Ledger::jobs() const {
  return impl_->read("list the jobs", [&] {
    std::vector<JobRow> jobs;
    SQLite::Statement rows{impl_->db(), sql::list_jobs};
    while (rows.executeStep()) jobs.push_back(read_job(rows));
    return jobs;
  });
}

std::vector<EventRow> Ledger::events() const {
  return impl_->read("list the events", [&] {
    std::vector<EventRow> events;
    SQLite::Statement rows{impl_->db(), sql::list_events};
    while (rows.executeStep())
      events.push_back({rows.getColumn(0).getInt64(), rows.getColumn(1).getDouble(),
                        rows.getColumn(2).getString(), rows.getColumn(3).getString()});
    return events;
  });
}

std::vector<EpochRow> Ledger::epochs(std::uint64_t from, std::size_t limit) const {
  return impl_->read("list the epochs", [&] {
    std::vector<EpochRow> epochs;
    SQLite::Statement rows{impl_->db(), sql::list_epochs};
    rows.bind(1, static_cast<std::int64_t>(from));
    rows.bind(2, static_cast<std::int64_t>(limit));
    while (rows.executeStep()) epochs.push_back(read_epoch(rows));
    return epochs;
  });
}

std::uint64_t Ledger::last_epoch() const {
  return impl_->read("read the last epoch", [&] {
    return static_cast<std::uint64_t>(impl_->db().execAndGet(sql::last_epoch).getInt64());
  });
}

}  // namespace tranche::ledger
