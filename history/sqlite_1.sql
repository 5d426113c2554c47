-- History, version 1, for SQLite. The same tables as in postgresql_1.sql.

CREATE TABLE history_version(
  version INTEGER NOT NULL
) STRICT;

CREATE TABLE tenant(
  tenant_id TEXT PRIMARY KEY,
  name TEXT,
  named_at TEXT NOT NULL               -- time of the evidence that gave the name
) STRICT, WITHOUT ROWID;

-- One evaluation of one snapshot.
CREATE TABLE run(
  run_id TEXT PRIMARY KEY,             -- SHA-256 over the evidence's digest and what judged it
  tenant_id TEXT NOT NULL,
  at TEXT NOT NULL,                    -- when the evidence was complete
  evaluated_at TEXT NOT NULL,
  as_of TEXT NOT NULL,
  tool_version TEXT NOT NULL,
  profile TEXT,
  rules_digest TEXT NOT NULL,
  passed INTEGER NOT NULL,             -- rules by outcome
  failed INTEGER NOT NULL,
  not_evaluated INTEGER NOT NULL,
  manual INTEGER NOT NULL,
  waived INTEGER NOT NULL,
  not_applicable INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  failed_critical INTEGER NOT NULL,    -- failed rules by severity
  failed_high INTEGER NOT NULL,
  failed_medium INTEGER NOT NULL,
  failed_low INTEGER NOT NULL,
  findings INTEGER NOT NULL,           -- failing resources that are not waived
  basic_allow INTEGER NOT NULL,        -- mailboxes by verdict on basic SMTP AUTH
  basic_conditional INTEGER NOT NULL,
  basic_block INTEGER NOT NULL,
  basic_unknown INTEGER NOT NULL,
  mfa_always INTEGER NOT NULL,         -- enabled members by protection
  mfa_sometimes INTEGER NOT NULL,
  mfa_never INTEGER NOT NULL,
  mfa_unknown INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX run_of_tenant ON run(tenant_id, at);

CREATE TABLE run_rule(
  run_id TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  title TEXT NOT NULL,
  severity TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason_code TEXT,
  failing INTEGER NOT NULL,            -- resources, waived ones left out
  waived INTEGER NOT NULL,
  total INTEGER NOT NULL,
  is_whole INTEGER NOT NULL,           -- 1: every resource was judged, nothing was missing
  PRIMARY KEY (run_id, rule_id)
) STRICT, WITHOUT ROWID;

-- Failing resources, waived ones too.
CREATE TABLE finding(
  tenant_id TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  resource_name TEXT,
  first_seen_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  is_waived INTEGER NOT NULL,          -- when it was seen last
  PRIMARY KEY (tenant_id, rule_id, resource_id)
) STRICT, WITHOUT ROWID;

-- A mailbox's verdict when it differs from that of the run before.
CREATE TABLE mailbox_verdict(
  tenant_id TEXT NOT NULL,
  mailbox_guid TEXT NOT NULL,
  at TEXT NOT NULL,
  address TEXT,
  basic TEXT NOT NULL,                 -- "absent": the mailbox was not there
  oauth_delegated TEXT NOT NULL,
  oauth_app TEXT NOT NULL,
  layers TEXT NOT NULL,
  PRIMARY KEY (tenant_id, mailbox_guid, at)
) STRICT, WITHOUT ROWID;
