-- The control records. Times are Unix nanoseconds, UTC, 0 for never. Lists and documents are JSON text.

CREATE TABLE projects (
  id      TEXT PRIMARY KEY,
  title   TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE retention (
  project      TEXT PRIMARY KEY REFERENCES projects (id),
  spans_days   INTEGER NOT NULL CHECK (spans_days >= 0),
  logs_days    INTEGER NOT NULL CHECK (logs_days >= 0),
  metrics_days INTEGER NOT NULL CHECK (metrics_days >= 0),
  scores_days  INTEGER NOT NULL CHECK (scores_days >= 0),
  blobs_days   INTEGER NOT NULL CHECK (blobs_days >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
  id           TEXT PRIMARY KEY,
  project      TEXT NOT NULL REFERENCES projects (id),
  all_projects INTEGER NOT NULL CHECK (all_projects IN (0, 1)),
  name         TEXT NOT NULL,
  prefix       TEXT NOT NULL,
  scopes       TEXT NOT NULL,
  environment  TEXT NOT NULL,
  release      TEXT NOT NULL,
  owner_id     TEXT NOT NULL,
  owner_kind   TEXT NOT NULL,
  owner_name   TEXT NOT NULL,
  maker_id     TEXT NOT NULL,
  maker_kind   TEXT NOT NULL,
  maker_name   TEXT NOT NULL,
  scheme       TEXT NOT NULL,
  hash         BLOB NOT NULL,
  created      INTEGER NOT NULL,
  last_used    INTEGER NOT NULL,
  expires      INTEGER NOT NULL,
  revoked      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_by_prefix ON keys (prefix);
CREATE INDEX keys_by_project ON keys (project, id);

CREATE TABLE browser_sessions (
  id           TEXT PRIMARY KEY,
  hash         BLOB NOT NULL UNIQUE,
  who_id       TEXT NOT NULL,
  who_kind     TEXT NOT NULL,
  who_name     TEXT NOT NULL,
  role         TEXT NOT NULL,
  key_id       TEXT NOT NULL,
  project      TEXT NOT NULL REFERENCES projects (id),
  all_projects INTEGER NOT NULL CHECK (all_projects IN (0, 1)),
  created      INTEGER NOT NULL,
  last_seen    INTEGER NOT NULL,
  expires      INTEGER NOT NULL,
  revoked      INTEGER NOT NULL,
  address      TEXT NOT NULL,
  agent        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX browser_sessions_by_seen ON browser_sessions (last_seen);

CREATE TABLE login_links (
  id           TEXT PRIMARY KEY,
  hash         BLOB NOT NULL UNIQUE,
  name         TEXT NOT NULL,
  role         TEXT NOT NULL,
  project      TEXT NOT NULL REFERENCES projects (id),
  all_projects INTEGER NOT NULL CHECK (all_projects IN (0, 1)),
  created      INTEGER NOT NULL,
  expires      INTEGER NOT NULL,
  used         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who changed what. project is '' for what concerns the installation. Rows are only ever added.
CREATE TABLE changes (
  id         TEXT PRIMARY KEY,
  time       INTEGER NOT NULL,
  project    TEXT NOT NULL,
  actor_id   TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  action     TEXT NOT NULL,
  kind       TEXT NOT NULL,
  name       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  details    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX changes_by_project ON changes (project, id);
CREATE INDEX changes_by_thing ON changes (kind, name, id);
CREATE TRIGGER changes_stay BEFORE UPDATE ON changes BEGIN SELECT RAISE(ABORT, 'changes are never altered'); END;

CREATE TABLE price_entries (
  id       TEXT PRIMARY KEY,
  project  TEXT NOT NULL REFERENCES projects (id),
  data     TEXT NOT NULL,
  by_id    TEXT NOT NULL,
  by_kind  TEXT NOT NULL,
  by_name  TEXT NOT NULL,
  created  INTEGER NOT NULL,
  removed  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX price_entries_by_project ON price_entries (project, id);

CREATE TABLE imports (
  id        TEXT PRIMARY KEY,
  project   TEXT NOT NULL REFERENCES projects (id),
  digest    TEXT NOT NULL,
  format    TEXT NOT NULL,
  name      TEXT NOT NULL,
  base_time INTEGER NOT NULL,
  done      INTEGER NOT NULL,
  total     INTEGER NOT NULL,
  state     TEXT NOT NULL,
  created   INTEGER NOT NULL,
  updated   INTEGER NOT NULL,
  UNIQUE (project, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE deletions (
  id         TEXT PRIMARY KEY,
  project    TEXT NOT NULL REFERENCES projects (id),
  state      TEXT NOT NULL,
  requested  INTEGER NOT NULL,
  finished   INTEGER NOT NULL,
  by_id      TEXT NOT NULL,
  by_kind    TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  reason     TEXT NOT NULL,
  target     TEXT NOT NULL,
  removed    TEXT NOT NULL,
  partitions TEXT NOT NULL,
  backups    TEXT NOT NULL,
  error      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deletions_by_project ON deletions (project, id);
CREATE INDEX deletions_open ON deletions (id) WHERE state IN ('queued', 'running');

CREATE TABLE jobs (
  id         TEXT PRIMARY KEY,
  project    TEXT NOT NULL REFERENCES projects (id),
  kind       TEXT NOT NULL,
  params     TEXT NOT NULL,
  state      TEXT NOT NULL,
  done       INTEGER NOT NULL,
  total      INTEGER NOT NULL,
  checkpoint TEXT,
  error      TEXT NOT NULL,
  result     TEXT,
  by_id      TEXT NOT NULL,
  by_kind    TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  created    INTEGER NOT NULL,
  started    INTEGER NOT NULL,
  finished   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_by_project ON jobs (project, id);
CREATE INDEX jobs_open ON jobs (id) WHERE state IN ('queued', 'running');

-- Counts of arrival. project has no reference: records may be counted for a project that is being made.
CREATE TABLE ingest (
  project    TEXT NOT NULL,
  day        TEXT NOT NULL,
  signal     TEXT NOT NULL,
  received   INTEGER NOT NULL,
  stored     INTEGER NOT NULL,
  duplicates INTEGER NOT NULL,
  conflicts  INTEGER NOT NULL,
  unmapped   INTEGER NOT NULL,
  PRIMARY KEY (project, day, signal)
) STRICT, WITHOUT ROWID;

CREATE TABLE ingest_rejected (
  project TEXT NOT NULL,
  day     TEXT NOT NULL,
  signal  TEXT NOT NULL,
  reason  TEXT NOT NULL,
  count   INTEGER NOT NULL,
  PRIMARY KEY (project, day, signal, reason)
) STRICT, WITHOUT ROWID;

-- project is '' for what is the installation's.
CREATE TABLE settings (
  project TEXT NOT NULL,
  name    TEXT NOT NULL,
  value   TEXT NOT NULL,
  PRIMARY KEY (project, name)
) STRICT, WITHOUT ROWID;

-- sealed is AES-256-GCM under the installation's secret key, bound to project and name.
CREATE TABLE secrets (
  project TEXT NOT NULL,
  name    TEXT NOT NULL,
  sealed  BLOB NOT NULL,
  PRIMARY KEY (project, name)
) STRICT, WITHOUT ROWID;
