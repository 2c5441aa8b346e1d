-- Saved views. columns is a JSON list. A name is unique among what one person sees as one kind.

CREATE TABLE views (
  id          TEXT PRIMARY KEY,
  project     TEXT NOT NULL REFERENCES projects (id),
  list        TEXT NOT NULL,
  name        TEXT NOT NULL,
  filter      TEXT NOT NULL,
  environment TEXT NOT NULL,
  period      TEXT NOT NULL,
  sort        TEXT NOT NULL,
  columns     TEXT NOT NULL,
  shared      INTEGER NOT NULL CHECK (shared IN (0, 1)),
  owner_id    TEXT NOT NULL,
  owner_kind  TEXT NOT NULL,
  owner_name  TEXT NOT NULL,
  created     INTEGER NOT NULL,
  updated     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX views_shared ON views (project, list, name) WHERE shared = 1;
CREATE UNIQUE INDEX views_private ON views (project, list, owner_id, name) WHERE shared = 0;
