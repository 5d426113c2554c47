-- What an unfinished collection needs to go on.
--
-- Written in the transactions of the pages they belong to. No rule reads these tables, and no digest
-- is over them. Sealing empties them: a finished snapshot holds no continuation.

-- The collection under way.
CREATE TABLE collecting(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  tenant_id TEXT,             -- the tid claim of the token that it was begun with
  runs INTEGER NOT NULL,      -- 1, and one more each time it was resumed
  resumed_at TEXT             -- the last time; NULL: never
) STRICT;

-- When the collection was worked on: one row, and one more each time it was resumed. It stays when the
-- snapshot is sealed; no digest is over it.
CREATE TABLE sitting(
  n INTEGER PRIMARY KEY,      -- from 1
  started_at TEXT NOT NULL,
  ended_at TEXT               -- NULL: under way, or killed
) STRICT;

-- One row a chain of pages of which something was read, until its resource is complete. What its pages
-- added to the counts of the resource is here, so that it can be taken back with its rows.
CREATE TABLE continuation(
  resource TEXT NOT NULL,
  key TEXT NOT NULL,          -- digest of the chain's first request
  request TEXT NOT NULL,      -- that request, for people
  subject TEXT,
  next TEXT,                  -- the page to ask for, as the service named it; NULL: all pages were read
  rows INTEGER NOT NULL,
  pages INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  served INTEGER NOT NULL,
  odd INTEGER NOT NULL,       -- values that were not as documented
  odd_first TEXT,
  reason_code TEXT,           -- what a page said about the whole resource
  detail TEXT,
  started_at TEXT NOT NULL,   -- of the resource
  PRIMARY KEY (resource, key)
) STRICT, WITHOUT ROWID;

-- Where the next collection can ask for what changed since this one. It stays when the snapshot is
-- sealed, and holds no evidence: a link of the service, of no use without a token of the tenant.
CREATE TABLE delta_token(
  resource TEXT PRIMARY KEY,
  link TEXT NOT NULL,
  request TEXT NOT NULL,      -- what the full read asks for: another $select needs another link
  taken_at TEXT NOT NULL,     -- before the read that it belongs to
  full_at TEXT NOT NULL       -- when everything was read for the last time
) STRICT, WITHOUT ROWID;

-- Passes over the users wait here, so that table user holds only who was listed.
CREATE TABLE pass_user_mfa(
  id TEXT PRIMARY KEY,
  state TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE pass_user_activity(
  id TEXT PRIMARY KEY,
  last_sign_in_at TEXT,
  last_successful_sign_in_at TEXT
) STRICT, WITHOUT ROWID;

-- Groups that hold roles, whose members are read afterwards; groups that hide their members.
CREATE TABLE pass_role_grant(
  role_template_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  group_name TEXT,
  assignment TEXT NOT NULL,
  directory_scope TEXT NOT NULL,
  PRIMARY KEY (role_template_id, group_id, assignment, directory_scope)
) STRICT, WITHOUT ROWID;
CREATE TABLE pass_hidden_group(
  id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
