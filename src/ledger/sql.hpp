/// \file
/// Every SQL text of the ledger. Layer: adapter (SQLite).
///
/// The schema keeps to what SQLite 3.8 can read (no STRICT, no generated columns, no window functions):
/// people open the file with whatever their cluster's Python carries.
#pragma once

namespace tranche::ledger::sql {

/// "trch": `file` and our own check tell a ledger from other SQLite files.
inline constexpr int application_id = 0x74726368;

// --- schema: migration n leads from version n to n + 1 and is never changed once released ---------------

inline constexpr const char* migration_0 = R"(
CREATE TABLE facts(
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE hosts(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE reasons(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE simulators(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE stages(
  revision INTEGER NOT NULL,
  stage INTEGER NOT NULL,
  name TEXT NOT NULL,
  first_index INTEGER NOT NULL,
  end_index INTEGER NOT NULL,
  state INTEGER NOT NULL,
  gate INTEGER NOT NULL,
  verdict TEXT,
  generation INTEGER NOT NULL DEFAULT 0,
  digest TEXT,
  excluded INTEGER NOT NULL DEFAULT 0,
  ok INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  timeout INTEGER NOT NULL DEFAULT 0,
  crashed INTEGER NOT NULL DEFAULT 0,
  invalid INTEGER NOT NULL DEFAULT 0,
  runs INTEGER NOT NULL DEFAULT 0,
  wall_s REAL NOT NULL DEFAULT 0,
  cpu_s REAL NOT NULL DEFAULT 0,
  core_s REAL NOT NULL DEFAULT 0,
  PRIMARY KEY (revision, stage)
) WITHOUT ROWID;

CREATE TABLE done(
  revision INTEGER NOT NULL,
  stage INTEGER NOT NULL,
  block INTEGER NOT NULL,
  bitmap BLOB NOT NULL,
  PRIMARY KEY (revision, stage, block)
);

CREATE TABLE runs(
  run_id INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,
  reason INTEGER,
  wall_s REAL NOT NULL,
  cpu_s REAL NOT NULL,
  max_rss_kb INTEGER NOT NULL,
  host INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  started_at REAL NOT NULL,
  exit_code INTEGER NOT NULL,
  signal INTEGER NOT NULL,
  message TEXT,
  epoch INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  simulator INTEGER,
  final INTEGER NOT NULL
);
CREATE INDEX runs_not_ok ON runs(state) WHERE state <> 1;
CREATE INDEX runs_not_final ON runs(state) WHERE final = 0;

CREATE TABLE jobs(
  job INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  ranks INTEGER NOT NULL,
  slots INTEGER NOT NULL,
  slurm_job_id TEXT,
  version TEXT NOT NULL,
  simulator INTEGER NOT NULL,
  started_at REAL NOT NULL,
  ended_at REAL,
  how TEXT
);

CREATE TABLE epochs(
  epoch INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  stage INTEGER NOT NULL,
  job INTEGER,
  at REAL NOT NULL,
  duration_s REAL NOT NULL,
  bytes INTEGER NOT NULL,
  threads INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  fingerprint INTEGER NOT NULL
);

CREATE TABLE events(
  event INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
);

CREATE VIEW samples AS
SELECT run_id >> 48 AS revision,
       (run_id >> 8) & 1099511627775 AS idx,
       (SELECT s.stage FROM stages AS s
         WHERE s.revision = runs.run_id >> 48
           AND s.first_index <= (runs.run_id >> 8) & 1099511627775
           AND s.end_index > (runs.run_id >> 8) & 1099511627775) AS stage,
       run_id & 255 AS attempt,
       state, reason, wall_s, cpu_s, max_rss_kb, host, slot, started_at, exit_code, signal, message, epoch,
       checksum, simulator, run_id
  FROM runs WHERE final = 1;

CREATE VIEW runs_text AS
SELECT run_id >> 48 AS revision,
       (run_id >> 8) & 1099511627775 AS idx,
       (SELECT s.stage FROM stages AS s
         WHERE s.revision = runs.run_id >> 48
           AND s.first_index <= (runs.run_id >> 8) & 1099511627775
           AND s.end_index > (runs.run_id >> 8) & 1099511627775) AS stage,
       run_id & 255 AS attempt,
       CASE state WHEN 1 THEN 'ok' WHEN 2 THEN 'failed' WHEN 3 THEN 'timeout' WHEN 4 THEN 'crashed'
                  WHEN 5 THEN 'invalid' END AS state,
       (SELECT name FROM reasons WHERE id = runs.reason) AS reason,
       wall_s, cpu_s, max_rss_kb,
       (SELECT name FROM hosts WHERE id = runs.host) AS host,
       slot,
       strftime('%Y-%m-%dT%H:%M:%fZ', started_at, 'unixepoch') AS started_at,
       exit_code, signal, message, epoch,
       printf('%016x', checksum) AS checksum,
       (SELECT name FROM simulators WHERE id = runs.simulator) AS simulator,
       final, run_id
  FROM runs;
)";

// --- settings --------------------------------------------------------------------------------------------

/// The writer's. Large enough a cache that an epoch is not spilled to the file before its end.
inline constexpr const char* writer_settings =
    "PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;";
inline constexpr const char* lock_exclusively = "PRAGMA locking_mode=EXCLUSIVE";
/// PERSIST: the end of a transaction is a synced write over the journal's header. Deleting the journal would
/// need a synced directory as well before a power cut could not bring it back.
inline constexpr const char* keep_journal = "PRAGMA journal_mode=PERSIST";
/// The end of a writer: gives up the lock and removes the journal.
inline constexpr const char* drop_journal = "PRAGMA locking_mode=NORMAL; PRAGMA journal_mode=DELETE";
inline constexpr const char* reader_settings =
    "PRAGMA query_only=ON; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;";
inline constexpr const char* get_application_id = "PRAGMA application_id";
inline constexpr const char* get_version = "PRAGMA user_version";
inline constexpr const char* count_schema = "SELECT count(*) FROM sqlite_master";
inline constexpr const char* set_application_id = "PRAGMA application_id=";
inline constexpr const char* set_version = "PRAGMA user_version=";
inline constexpr const char* integrity = "PRAGMA integrity_check(20)";

// --- facts, jobs, events, epochs ---------------------------------------------------------------------------

inline constexpr const char* get_fact = "SELECT value FROM facts WHERE key = ?";
inline constexpr const char* set_fact = "INSERT OR REPLACE INTO facts(key, value) VALUES(?, ?)";
inline constexpr const char* bury_jobs = "UPDATE jobs SET how = 'died' WHERE how IS NULL";
inline constexpr const char* begin_job =
    "INSERT INTO jobs(host, pid, ranks, slots, slurm_job_id, version, simulator, started_at)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?)";
inline constexpr const char* end_job = "UPDATE jobs SET how = ?, ended_at = ? WHERE job = ?";
inline constexpr const char* list_jobs =
    "SELECT job, host, pid, ranks, slots, slurm_job_id, version,"
    " (SELECT name FROM simulators WHERE id = jobs.simulator), started_at, ended_at, how FROM jobs ORDER BY "
    "job";
inline constexpr const char* nameless_jobs =
    "SELECT job FROM jobs WHERE simulator NOT IN (SELECT id FROM simulators)";
inline constexpr const char* add_event = "INSERT INTO events(at, kind, detail) VALUES(?, ?, ?)";
inline constexpr const char* list_events = "SELECT event, at, kind, detail FROM events ORDER BY event";
inline constexpr const char* add_epoch =
    "INSERT INTO epochs(epoch, revision, stage, job, at, duration_s, bytes, threads, runs, fingerprint)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
inline constexpr const char* last_epoch = "SELECT coalesce(max(epoch), 0) FROM epochs";
inline constexpr const char* list_epochs =
    "SELECT epoch, revision, stage, job, at, duration_s, bytes, threads, runs FROM epochs"
    " WHERE epoch >= ? ORDER BY epoch LIMIT ?";
inline constexpr const char* epochs_after = "SELECT * FROM epochs WHERE epoch > ? ORDER BY epoch";
inline constexpr const char* all_of = "SELECT * FROM ";
inline constexpr const char* but_sums = " WHERE key NOT LIKE 'sum.%'";
inline constexpr const char* epoch_checks =
    "SELECT epoch, revision, stage, threads, runs, fingerprint FROM epochs";

// --- dictionaries
// --------------------------------------------------------------------------------------------

inline constexpr const char* list_hosts = "SELECT id, name FROM hosts";
inline constexpr const char* list_reasons = "SELECT id, name FROM reasons";
inline constexpr const char* list_simulators = "SELECT id, name FROM simulators";
inline constexpr const char* add_host = "INSERT INTO hosts(name) VALUES(?)";
inline constexpr const char* add_reason = "INSERT INTO reasons(name) VALUES(?)";
inline constexpr const char* add_simulator = "INSERT INTO simulators(name) VALUES(?)";

// --- stages
// ----------------------------------------------------------------------------------------------------

inline constexpr const char* add_stage =
    "INSERT INTO stages(revision, stage, name, first_index, end_index, state, gate, verdict, generation,"
    " digest, excluded) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
inline constexpr const char* list_stages =
    "SELECT revision, stage, name, first_index, end_index, state, gate, verdict, generation, digest, "
    "excluded,"
    " ok, failed, timeout, crashed, invalid, runs, wall_s, cpu_s, core_s FROM stages ORDER BY revision, "
    "stage";
inline constexpr const char* seal_stage =
    "UPDATE stages SET state = 2, generation = generation + 1, digest = ? WHERE revision = ? AND stage = ?";
inline constexpr const char* set_stage_state = "UPDATE stages SET state = ? WHERE revision = ? AND stage = ?";
inline constexpr const char* set_gate =
    "UPDATE stages SET gate = ?, verdict = ? WHERE revision = ? AND stage = ?";
inline constexpr const char* count_runs =
    "UPDATE stages SET ok = ok + ?, failed = failed + ?, timeout = timeout + ?, crashed = crashed + ?,"
    " invalid = invalid + ?, runs = runs + ?, wall_s = wall_s + ?, cpu_s = cpu_s + ?, core_s = core_s + ?"
    " WHERE revision = ? AND stage = ?";
inline constexpr const char* reopen_stage =
    "UPDATE stages SET state = 1, digest = NULL WHERE state = 2 AND revision = ? AND stage = ?";

// --- done bitmaps
// ------------------------------------------------------------------------------------------------

inline constexpr const char* get_block =
    "SELECT bitmap FROM done WHERE revision = ? AND stage = ? AND block = ?";
inline constexpr const char* update_block =
    "UPDATE done SET bitmap = ? WHERE revision = ? AND stage = ? AND block = ?";
inline constexpr const char* add_block =
    "INSERT INTO done(bitmap, revision, stage, block) VALUES(?, ?, ?, ?)";
inline constexpr const char* list_blocks =
    "SELECT block, bitmap FROM done WHERE revision = ? AND stage = ? ORDER BY block";
inline constexpr const char* all_blocks = "SELECT revision, stage, block, bitmap FROM done";

// --- runs
// --------------------------------------------------------------------------------------------------------

#define TRANCHE_RUN_COLUMNS                                                                               \
  "run_id, state, reason, wall_s, cpu_s, max_rss_kb, host, slot, started_at, exit_code, signal, message," \
  " epoch, checksum, simulator, final"

inline constexpr const char* add_run =
    "INSERT INTO runs(" TRANCHE_RUN_COLUMNS ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
inline constexpr const char* is_final = "SELECT final FROM runs WHERE run_id = ?";
inline constexpr const char* clear_final = "UPDATE runs SET final = 0 WHERE run_id = ?";
inline constexpr const char* all_runs = "SELECT " TRANCHE_RUN_COLUMNS " FROM runs ORDER BY run_id";
inline constexpr const char* runs_between =
    "SELECT " TRANCHE_RUN_COLUMNS " FROM runs WHERE run_id BETWEEN ? AND ? ORDER BY run_id LIMIT ?";
inline constexpr const char* final_states =
    "SELECT run_id, state, checksum FROM runs WHERE run_id BETWEEN ? AND ? AND final = 1"
    " ORDER BY run_id LIMIT ?";
inline constexpr const char* wall_times =
    "SELECT wall_s FROM runs WHERE run_id BETWEEN ? AND ? AND final = 1 AND (? IS NULL OR state = ?)";

/// The partial indices hold what is not ok, or not final: usually few. The planner, without statistics,
/// would not take them.
inline constexpr const char* open_runs =
    "SELECT run_id FROM runs INDEXED BY runs_not_final WHERE run_id BETWEEN ? AND ? AND final = 0";
inline constexpr const char* not_final_runs =
    "SELECT " TRANCHE_RUN_COLUMNS
    " FROM runs INDEXED BY runs_not_final WHERE run_id BETWEEN ? AND ? AND final = 0";
inline constexpr const char* reasons_between =
    "SELECT state, reason, sum(final), sum(wall_s),"
    " coalesce(min(CASE WHEN final = 1 THEN run_id END), min(run_id)) FROM runs INDEXED BY runs_not_ok"
    " WHERE state <> 1 AND run_id BETWEEN ? AND ? GROUP BY state, reason";
inline constexpr const char* not_ok_finals =
    "SELECT run_id, state, reason FROM runs INDEXED BY runs_not_ok"
    " WHERE state <> 1 AND run_id BETWEEN ? AND ? AND final = 1";
inline constexpr const char* failed_finals =
    "SELECT run_id, state, reason FROM runs INDEXED BY runs_not_ok"
    " WHERE state <> 1 AND state IN (2, 3, 4) AND run_id BETWEEN ? AND ? AND final = 1";

#undef TRANCHE_RUN_COLUMNS

}  // namespace tranche::ledger::sql
