-- The tenant's last runs, from the database of past runs where there is one, for reports to draw.
-- Replaced when a run is recorded.
CREATE TABLE trend(
  at TEXT PRIMARY KEY,                 -- when the evidence of that run was complete
  passed INTEGER NOT NULL,             -- rules
  failed INTEGER NOT NULL,
  not_evaluated INTEGER NOT NULL,      -- and errors
  findings INTEGER NOT NULL,           -- failing resources that are not waived
  smtp_allowed INTEGER NOT NULL,       -- mailboxes that can send by basic SMTP AUTH, with conditions too
  smtp_blocked INTEGER NOT NULL,
  smtp_unknown INTEGER NOT NULL,
  mfa_always INTEGER NOT NULL,         -- enabled members
  mfa_not_always INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
