-- History, version 3, for PostgreSQL: fleets. The same tables as in sqlite_3.sql.

ALTER TABLE run_rule ADD COLUMN service TEXT COLLATE "C"; -- NULL: recorded by version 2 or earlier

-- A fleet's work, usually of one night: who is to be audited, whichever worker does it. Each worker
-- writes the whole list before it begins, so that those of a worker that never came are known too.
CREATE TABLE fleet_round(
  round TEXT COLLATE "C" PRIMARY KEY,
  listed_at TEXT COLLATE "C" NOT NULL              -- when a list was written last
);

CREATE TABLE fleet_tenant(
  round TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,                  -- of the tenant's folder
  tenant TEXT COLLATE "C" NOT NULL,                -- as tenants.yaml says
  part INTEGER,                        -- whose it is, as --index counts; NULL: there is one worker
  listed_at TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (round, name)
);

-- One audit of a tenant by a fleet.
CREATE TABLE attempt(
  round TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  started_at TEXT COLLATE "C" NOT NULL,
  tenant TEXT COLLATE "C" NOT NULL,
  part INTEGER,
  ended_at TEXT COLLATE "C",                       -- NULL: it runs, or was cut
  exit_code INTEGER,                   -- NULL as long as ended_at
  reason TEXT COLLATE "C",                         -- why there are no results
  run_id TEXT COLLATE "C",                         -- what it found; NULL: nothing
  PRIMARY KEY (round, name, started_at)
);
