-- What results are read against: waivers and an earlier snapshot. Replaced with the results. Apart
-- from them because snapshots of schema 2 get these tables when they are opened for writing.

-- The waivers of the evaluation, also those that were not in force.
CREATE TABLE waiver(
  waiver_id TEXT PRIMARY KEY,
  position INTEGER NOT NULL,           -- in the file
  rule_id TEXT NOT NULL,
  tenant TEXT NOT NULL,
  disposition TEXT NOT NULL,           -- risk_accepted|compensating_control|false_positive|planned
  owner TEXT NOT NULL,
  approved_by TEXT,
  ticket TEXT,
  reason TEXT NOT NULL,
  created TEXT NOT NULL,
  expires TEXT NOT NULL,               -- its last day, UTC
  state TEXT NOT NULL,                 -- active|expiring|expired|other_tenant
  days INTEGER NOT NULL,               -- to its last day; since it, once expired
  matched INTEGER NOT NULL,            -- failing resources that it covers
  warning TEXT                         -- what somebody has to do about it; NULL: nothing
) STRICT, WITHOUT ROWID;

-- What an earlier snapshot found, when one was given.
CREATE TABLE baseline_rule(
  rule_id TEXT PRIMARY KEY,
  outcome TEXT NOT NULL,
  is_incomplete INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE baseline_finding(
  rule_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  resource_name TEXT,
  state TEXT,                          -- open|fixed|not_judged: what became of it
  PRIMARY KEY (rule_id, resource_id)
) STRICT, WITHOUT ROWID;
