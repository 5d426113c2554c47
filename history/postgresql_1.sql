-- History, version 1, for PostgreSQL. The same tables as in sqlite_1.sql. Texts compare by bytes,
-- whatever the language of the database, so that times and ids order the same everywhere.

CREATE TABLE history_version(
  version INTEGER NOT NULL
);

CREATE TABLE tenant(
  tenant_id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT COLLATE "C",
  named_at TEXT COLLATE "C" NOT NULL               -- time of the evidence that gave the name
);

-- One evaluation of one snapshot.
CREATE TABLE run(
  run_id TEXT COLLATE "C" PRIMARY KEY,             -- SHA-256 over the evidence's digest and what judged it
  tenant_id TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,                    -- when the evidence was complete
  evaluated_at TEXT COLLATE "C" NOT NULL,
  as_of TEXT COLLATE "C" NOT NULL,
  tool_version TEXT COLLATE "C" NOT NULL,
  profile TEXT COLLATE "C",
  rules_digest TEXT COLLATE "C" NOT NULL,
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
);
CREATE INDEX run_of_tenant ON run(tenant_id, at);

CREATE TABLE run_rule(
  run_id TEXT COLLATE "C" NOT NULL,
  rule_id TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  severity TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  reason_code TEXT COLLATE "C",
  failing INTEGER NOT NULL,            -- resources, waived ones left out
  waived INTEGER NOT NULL,
  total INTEGER NOT NULL,
  is_whole INTEGER NOT NULL,           -- 1: every resource was judged, nothing was missing
  PRIMARY KEY (run_id, rule_id)
);

-- Failing resources, waived ones too.
CREATE TABLE finding(
  tenant_id TEXT COLLATE "C" NOT NULL,
  rule_id TEXT COLLATE "C" NOT NULL,
  resource_id TEXT COLLATE "C" NOT NULL,
  resource_name TEXT COLLATE "C",
  first_seen_at TEXT COLLATE "C" NOT NULL,
  last_seen_at TEXT COLLATE "C" NOT NULL,
  is_waived INTEGER NOT NULL,          -- when it was seen last
  PRIMARY KEY (tenant_id, rule_id, resource_id)
);

-- A mailbox's verdict when it differs from that of the run before.
CREATE TABLE mailbox_verdict(
  tenant_id TEXT COLLATE "C" NOT NULL,
  mailbox_guid TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C",
  basic TEXT COLLATE "C" NOT NULL,                 -- "absent": the mailbox was not there
  oauth_delegated TEXT COLLATE "C" NOT NULL,
  oauth_app TEXT COLLATE "C" NOT NULL,
  layers TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, mailbox_guid, at)
);
