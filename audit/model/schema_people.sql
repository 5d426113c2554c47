-- Derived like the first half of schema_results.sql; apart from it because snapshots of schema 7 get
-- these tables when they are opened for writing.

-- How many accounts of each kind share an effect of Conditional Access (ca_effect_row).
CREATE TABLE ca_effect_people_row(
  effect_id INTEGER NOT NULL,
  account_enabled INTEGER,             -- as user.account_enabled
  is_guest INTEGER,                    -- user.user_type is Guest; NULL: it was not in the reply
  people INTEGER NOT NULL              -- from 1
) STRICT;

-- user_ca_effect, people of the same answer and kind counted together: a rule that counts 100,000
-- people reads a few rows.
CREATE VIEW ca_effect_people(question, answer, hours, hours_least, words, account_enabled, is_guest, people) AS
  SELECT e.question, e.answer, e.hours, e.hours_least, (SELECT t.text FROM shared_text t WHERE t.id = e.words),
    p.account_enabled, p.is_guest, p.people
  FROM ca_effect_people_row p JOIN ca_effect_row e ON e.effect_id = p.effect_id;

-- user_protection, people of the same verdicts and kind counted together. What keeps a gap from being
-- told apart (its words, whose it is) is in user_protection.
CREATE TABLE protection_people(
  mfa TEXT NOT NULL,                   -- as user_protection.mfa
  is_gap_certain INTEGER NOT NULL,     -- 1: mfa_gap is there, and certain
  legacy_auth TEXT NOT NULL,
  account_enabled INTEGER,
  is_guest INTEGER,
  people INTEGER NOT NULL
) STRICT;
