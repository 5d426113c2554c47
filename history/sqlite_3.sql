-- History, version 3, for SQLite: fleets. The same tables as in postgresql_3.sql.

ALTER TABLE run_rule ADD COLUMN service TEXT; -- NULL: recorded by version 2 or earlier

-- A fleet's work, usually of one night: who is to be audited, whichever worker does it. Each worker
-- writes the whole list before it begins, so that those of a worker that never came are known too.
CREATE TABLE fleet_round(
  round TEXT PRIMARY KEY,
  listed_at TEXT NOT NULL              -- when a list was written last
) STRICT, WITHOUT ROWID;

CREATE TABLE fleet_tenant(
  round TEXT NOT NULL,
  name TEXT NOT NULL,                  -- of the tenant's folder
  tenant TEXT NOT NULL,                -- as tenants.yaml says
  part INTEGER,                        -- whose it is, as --index counts; NULL: there is one worker
  listed_at TEXT NOT NULL,
  PRIMARY KEY (round, name)
) STRICT, WITHOUT ROWID;

-- One audit of a tenant by a fleet.
CREATE TABLE attempt(
  round TEXT NOT NULL,
  name TEXT NOT NULL,
  started_at TEXT NOT NULL,
  tenant TEXT NOT NULL,
  part INTEGER,
  ended_at TEXT,                       -- NULL: it runs, or was cut
  exit_code INTEGER,                   -- NULL as long as ended_at
  reason TEXT,                         -- why there are no results
  run_id TEXT,                         -- what it found; NULL: nothing
  PRIMARY KEY (round, name, started_at)
) STRICT, WITHOUT ROWID;
