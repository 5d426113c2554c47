-- Derived like the first half of schema_results.sql; apart from it because snapshots of schema 4 get
-- these tables when they are opened for writing.

-- What Conditional Access does to people's sign-ins, question by question (rules/facts/README.md lists
-- them): people of whom all answers are the same share an effect. gap and words are ids of shared_text.
CREATE TABLE ca_effect_row(
  effect_id INTEGER NOT NULL,
  question TEXT NOT NULL,              -- risky-user-blocked, device-code-blocked, ...
  answer TEXT NOT NULL,                -- always|sometimes|never|unknown
  hours INTEGER,                       -- questions of time: a session lasts so long at most; NULL: no bound
  hours_least INTEGER,                 -- perhaps only so long, hanging on what was not read
  gap INTEGER,                         -- a witness sign-in as JSON, as mfa_gap; NULL when always
  words INTEGER,                       -- the same for people: the gap, or why it is not known
  PRIMARY KEY (effect_id, question)
) STRICT, WITHOUT ROWID;

-- The effect while a role is active, of each that a person has, actively or by eligibility.
CREATE TABLE admin_effect_row(
  user_id TEXT NOT NULL,
  role_template_id TEXT NOT NULL,
  effect_id INTEGER NOT NULL,
  PRIMARY KEY (user_id, role_template_id)
) STRICT, WITHOUT ROWID;

CREATE VIEW user_ca_effect(user_id, question, answer, hours, hours_least, gap, words) AS
  SELECT r.user_id, e.question, e.answer, e.hours, e.hours_least,
    (SELECT t.text FROM shared_text t WHERE t.id = e.gap), (SELECT t.text FROM shared_text t WHERE t.id = e.words)
  FROM user_protection_row r JOIN ca_effect_row e ON e.effect_id = r.effect_id;

CREATE VIEW admin_ca_effect(user_id, role_template_id, question, answer, hours, hours_least, gap, words) AS
  SELECT r.user_id, r.role_template_id, e.question, e.answer, e.hours, e.hours_least,
    (SELECT t.text FROM shared_text t WHERE t.id = e.gap), (SELECT t.text FROM shared_text t WHERE t.id = e.words)
  FROM admin_effect_row r JOIN ca_effect_row e ON e.effect_id = r.effect_id;
