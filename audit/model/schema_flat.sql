-- The derived views as tables of the same columns, with the rows that they showed: for whoever has
-- to write such rows by hand (store_flatten).

CREATE TABLE flat_service_plan(
  user_id TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  PRIMARY KEY (user_id, plan_id)
) STRICT, WITHOUT ROWID;
INSERT INTO flat_service_plan SELECT * FROM user_service_plan;
DROP VIEW user_service_plan;
ALTER TABLE flat_service_plan RENAME TO user_service_plan;

CREATE TABLE flat_protection(
  user_id TEXT PRIMARY KEY,
  mfa TEXT NOT NULL,
  mfa_gap TEXT,
  legacy_auth TEXT NOT NULL,
  legacy_auth_policies TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO flat_protection SELECT * FROM user_protection;
CREATE TABLE flat_effect(
  user_id TEXT NOT NULL,
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  hours INTEGER,
  hours_least INTEGER,
  gap TEXT,
  words TEXT,
  PRIMARY KEY (user_id, question)
) STRICT, WITHOUT ROWID;
INSERT INTO flat_effect SELECT * FROM user_ca_effect;
CREATE TABLE flat_admin_effect(
  user_id TEXT NOT NULL,
  role_template_id TEXT NOT NULL,
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  hours INTEGER,
  hours_least INTEGER,
  gap TEXT,
  words TEXT,
  PRIMARY KEY (user_id, role_template_id, question)
) STRICT, WITHOUT ROWID;
INSERT INTO flat_admin_effect SELECT * FROM admin_ca_effect;
DROP VIEW ca_effect_people;
DROP TABLE ca_effect_people_row;
DROP VIEW user_ca_effect;
DROP VIEW admin_ca_effect;
DROP TABLE admin_effect_row;
DROP TABLE ca_effect_row;
ALTER TABLE flat_effect RENAME TO user_ca_effect;
-- Still a view, so that it counts whatever effects a test gives people.
CREATE VIEW ca_effect_people(question, answer, hours, hours_least, words, account_enabled, is_guest, people) AS
  SELECT e.question, e.answer, e.hours, e.hours_least, e.words, u.account_enabled = 1, u.user_type = 'Guest', count(*)
  FROM user_ca_effect e JOIN user u ON u.id = e.user_id
  GROUP BY 1, 2, 3, 4, 5, 6, 7;
ALTER TABLE flat_admin_effect RENAME TO admin_ca_effect;
DROP VIEW user_protection;
DROP TABLE user_protection_row;
ALTER TABLE flat_protection RENAME TO user_protection;
DROP TABLE protection_people;
-- Text functions only: a schema is not trusted with those of JSON.
CREATE VIEW protection_people(mfa, is_gap_certain, legacy_auth, account_enabled, is_guest, people) AS
  SELECT p.mfa, coalesce(instr(p.mfa_gap, '"certain":true') > 0, 0), p.legacy_auth, u.account_enabled = 1, u.user_type = 'Guest', count(*)
  FROM user u LEFT JOIN user_protection p ON p.user_id = u.id
  GROUP BY 1, 2, 3, 4, 5;

CREATE TABLE flat_auth(
  mailbox_guid TEXT PRIMARY KEY,
  user_id TEXT,
  address TEXT,
  basic TEXT NOT NULL,
  oauth_delegated TEXT NOT NULL,
  oauth_app TEXT NOT NULL,
  reply TEXT,
  layers TEXT NOT NULL,
  fix TEXT,
  confidence TEXT NOT NULL,
  explanation TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO flat_auth SELECT * FROM smtp_auth;
DROP VIEW smtp_auth;
DROP TABLE smtp_auth_row;
ALTER TABLE flat_auth RENAME TO smtp_auth;

DROP TABLE shared_text;
