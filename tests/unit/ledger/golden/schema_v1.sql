-- application_id 1953653608, user_version 1
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
