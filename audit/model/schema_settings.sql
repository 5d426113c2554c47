-- Evidence like schema_evidence.sql; apart from it because snapshots of schema 6 get these tables, empty,
-- when they are opened for writing. What was not collected into them is not evaluated.

-- The tenant's default for applications and service principals: which secrets and certificates they may have.
CREATE TABLE app_management_policy(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  is_enabled INTEGER,
  raw TEXT NOT NULL
) STRICT;

CREATE TABLE sharing_policy(
  name TEXT PRIMARY KEY,
  enabled INTEGER,
  is_default INTEGER,
  domains_json TEXT,                   -- ["contoso.example:CalendarSharingFreeBusySimple, ContactsSharing", "*:...", "Anonymous:..."]
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Whether Outlook marks mail from outside.
CREATE TABLE external_in_outlook(
  identity TEXT PRIMARY KEY,
  enabled INTEGER,
  allow_list_json TEXT,                -- senders and domains that are not marked
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;
