-- Changes of rows in the audit: who may ask for them, what is recorded, and that
-- what is rolled back is not.
CREATE EXTENSION ethdata;
CREATE ROLE regress_ac_owner;
CREATE ROLE regress_ac_app;
CREATE ROLE regress_ac_admin IN ROLE ethdata_admin;
CREATE ROLE regress_ac_auditor IN ROLE ethdata_auditor;
CREATE ROLE regress_ac_officer IN ROLE ethdata_officer;
CREATE SCHEMA ac AUTHORIZATION regress_ac_owner;
GRANT USAGE ON SCHEMA ac TO PUBLIC;
SET ROLE regress_ac_owner;
CREATE TYPE ac.mood AS ENUM ('good', 'bad');
CREATE TABLE ac.customer (gone int, id bigint PRIMARY KEY, email text, born date, tags jsonb, mood ac.mood, spent numeric(9,2), at timestamptz,
  code uuid, raw bytea, days date[], lower_email text GENERATED ALWAYS AS (lower(email)) STORED);
ALTER TABLE ac.customer DROP COLUMN gone;
CREATE TABLE ac.orders (id int PRIMARY KEY, customer_id bigint REFERENCES ac.customer ON DELETE CASCADE, friend_id bigint REFERENCES ac.customer, item text);
CREATE TABLE ac.note (n int, line text);
CREATE TABLE ac.visit (customer_id bigint, at date, page text) PARTITION BY RANGE (at);
CREATE TABLE ac.visit_2025 PARTITION OF ac.visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE VIEW ac.v AS SELECT * FROM ac.note;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ac.customer, ac.orders, ac.note, ac.visit TO regress_ac_app;
RESET ROLE;
SELECT ethdata.define_subject_class('ac.customer');

-- what the auditor and the officer read of it: one line an event, ids and times left out
CREATE FUNCTION events(OUT kind text, OUT relation text, OUT actor text, OUT persons text, OUT old_values jsonb, OUT new_values jsonb, OUT details jsonb)
RETURNS SETOF record LANGUAGE sql AS $$
  SELECT e.kind, e.relation, e.effective_role::text,
         (SELECT string_agg(CASE WHEN s ~ '^[0-9a-f]{8}-' THEN 'reference' ELSE s END, ',') FROM unnest(e.subjects) s),
         e.old_values, e.new_values, e.details
    FROM ethdata.audit_event e WHERE e.kind NOT IN ('policy', 'purpose', 'grant') ORDER BY e.id $$;

-- who may ask
SET ROLE regress_ac_app;
SELECT ethdata.audit_changes('ac.customer');
SET ROLE regress_ac_owner;
SELECT ethdata.audit_changes('ac.customer');
SELECT ethdata.audit_changes('ac.customer');
SELECT ethdata.audit_changes('ac.customer', 'full');
SELECT ethdata.audit_changes('ac.customer', 'difference');
SELECT ethdata.audit_changes('ac.customer', 'none');
SET ROLE regress_ac_admin;
SELECT ethdata.audit_changes('ac.customer', 'difference');
SELECT ethdata.audit_changes('ac.orders', images => 'full');
SELECT ethdata.audit_changes('ac.note');
SELECT ethdata.audit_changes('ac.visit');
RESET ROLE;

-- bad input
SELECT ethdata.audit_changes('ac.v');
SELECT ethdata.audit_changes('pg_class');
SELECT ethdata.audit_changes('ethdata.purpose');
SELECT ethdata.audit_changes('ac.customer', 'some');
SELECT ethdata.audit_changes(NULL);
SELECT ethdata.audit_changes('ac.customer', NULL);
SELECT ethdata._audit_change();
CREATE TRIGGER t BEFORE INSERT ON ac.note FOR EACH ROW EXECUTE FUNCTION ethdata._audit_change('full');
INSERT INTO ac.note VALUES (0, 'not recorded before');
DROP TRIGGER t ON ac.note;

-- every type comes back as it was
SET ROLE regress_ac_app;
SET datestyle = 'German';
SET intervalstyle = 'sql_standard';
INSERT INTO ac.customer (id, email, born, tags, mood, spent, at, code, raw, days) VALUES
  (1, 'Ada@example.net', '1984-02-29', '{"b": [1, null], "a": "x"}', 'good', 12.50, '2026-01-02 03:04:05.678+00', '6f1c2d8e-0a1b-4c3d-9e8f-001122334455', '\x00ff', '{2026-01-02,infinity}'),
  (2, NULL, NULL, NULL, NULL, 'NaN', '-infinity', NULL, '', '{}');
RESET datestyle;
RESET intervalstyle;
INSERT INTO ac.orders VALUES (10, 1, 2, 'lamp'), (11, NULL, NULL, 'nobody''s');
UPDATE ac.customer SET email = 'ada@new.example' WHERE id = 1;
UPDATE ac.customer SET email = 'ada@new.example', tags = tags WHERE id = 1;
UPDATE ac.orders SET item = 'big lamp' WHERE id = 10;
UPDATE ac.orders SET customer_id = 2 WHERE id = 10;
INSERT INTO ac.note VALUES (1, 'about nobody');
INSERT INTO ac.visit VALUES (1, '2025-06-01', '/lamps');
RESET ROLE;
INSERT INTO ac.visit_2025 VALUES (2, '2025-07-01', '/direct');
-- a cascade is recorded too, under the role that 18 and later run its triggers as
SET ROLE regress_ac_owner;
DELETE FROM ac.customer WHERE id = 2;
RESET ROLE;
\pset format unaligned
SELECT * FROM events();

-- the auditor: everything but values and persons
SET ROLE regress_ac_auditor;
SELECT DISTINCT kind, relation, actor, persons, old_values, new_values FROM events() ORDER BY relation, kind, actor, persons;
SELECT count(DISTINCT subjects) AS persons FROM ethdata.audit_event WHERE relation = 'ac.customer' AND kind = 'insert';
SELECT count(*) FROM ethdata.subject_key;
SELECT count(*) FROM ethdata.audit_record;
SELECT ethdata._audit_values(1, NULL, NULL, '\x00', true);
SET ROLE regress_ac_app;
SELECT count(*) FROM ethdata.audit_event;
SELECT ethdata._audit_values(1, NULL, NULL, '\x00', true);
RESET ROLE;

-- what is rolled back did not happen, and nothing else is lost
BEGIN;
UPDATE ac.note SET line = 'outer 1';
SAVEPOINT a;
UPDATE ac.note SET line = 'inner, rolled back';
ROLLBACK TO a;
UPDATE ac.note SET line = 'outer 2';
SAVEPOINT b;
UPDATE ac.note SET line = 'inner, kept';
SAVEPOINT c;
UPDATE ac.note SET line = 'innermost, rolled back';
ROLLBACK TO c;
RELEASE b;
UPDATE ac.note SET line = 'outer 3';
COMMIT;
BEGIN;
UPDATE ac.note SET line = 'never';
ROLLBACK;
DO $$
BEGIN
  UPDATE ac.note SET line = 'before the block';
  BEGIN
    UPDATE ac.note SET line = 'in the block';
    PERFORM 1 / 0;
  EXCEPTION WHEN division_by_zero THEN
    UPDATE ac.note SET line = 'in the handler';
  END;
END $$;
SELECT old_values->>'line' AS old, new_values->>'line' AS new FROM events() WHERE relation = 'ac.note' AND kind = 'update';
-- more than a buffer holds, with a savepoint that is rolled back in the middle of it
BEGIN;
INSERT INTO ac.note SELECT g, repeat('x', 200) FROM generate_series(1001, 1400) g;
SAVEPOINT a;
INSERT INTO ac.note SELECT g, repeat('y', 200) FROM generate_series(2001, 2900) g;
ROLLBACK TO a;
INSERT INTO ac.note SELECT g, repeat('z', 200) FROM generate_series(3001, 3100) g;
COMMIT;
SELECT left(new_values->>'line', 1) AS line, count(*), count(DISTINCT new_values->'n') FROM events() WHERE relation = 'ac.note' AND kind = 'insert' GROUP BY 1 ORDER BY 1;
-- deferred to the end of the transaction
CREATE FUNCTION ac.late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE ac.note SET line = 'late' WHERE n = 1; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ac.note DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.n = 5000) EXECUTE FUNCTION ac.late();
INSERT INTO ac.note VALUES (5000, 'early');
SELECT kind, new_values->>'line' AS line FROM events() WHERE new_values->>'line' IN ('late', 'early');

-- TRUNCATE, of a partition and of one attached later, too
TRUNCATE ac.visit_2025;
CREATE TABLE ac.visit_2026 PARTITION OF ac.visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE ac.visit_2027 (LIKE ac.visit);
ALTER TABLE ac.visit ATTACH PARTITION ac.visit_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
INSERT INTO ac.visit VALUES (1, '2026-06-01', '/new');
INSERT INTO ac.visit_2027 VALUES (1, '2027-06-01', '/attached');
TRUNCATE ac.visit_2026;
TRUNCATE ac.visit_2027;
TRUNCATE ac.visit;
SELECT kind, relation, persons, new_values FROM events() WHERE relation LIKE 'ac.visit%' AND (kind = 'truncate' OR new_values->>'at' > '2026');

-- the triggers stay on whatever replication role says, and are not taken away by hand
SET session_replication_role = replica;
UPDATE ac.note SET line = 'as a replica' WHERE n = 1;
RESET session_replication_role;
SELECT count(*) FROM events() WHERE new_values->>'line' = 'as a replica';
SET ROLE regress_ac_owner;
DROP TRIGGER ethdata_audit ON ac.note;
DROP TRIGGER IF EXISTS ethdata_audit_truncate ON ac.note;
ALTER TABLE ac.note DISABLE TRIGGER ethdata_audit;
ALTER TABLE ac.note DISABLE TRIGGER USER;
ALTER TABLE ac.note ENABLE REPLICA TRIGGER ethdata_audit;
ALTER TRIGGER ethdata_audit ON ac.note RENAME TO harmless;
RESET ROLE;
-- a superuser may, and it is recorded
ALTER TABLE ac.note DISABLE TRIGGER USER;
ALTER TABLE ac.note ENABLE ALWAYS TRIGGER ethdata_audit;
SELECT kind, relation, details FROM events() WHERE kind = 'exception';

-- nobody edits the record
UPDATE ethdata.audit_event SET kind = 'x';
UPDATE ethdata.audit_record SET kind = 'x';
DELETE FROM ethdata.audit_context;
TRUNCATE ethdata.audit_record;
DO $$ BEGIN EXECUTE format('TRUNCATE %s', (SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'ethdata.audit_record'::regclass)); EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
UPDATE ethdata.audit_checkpoint SET size = 0;
DELETE FROM ethdata.audit_layout;

-- renamed, changed and dropped tables: what was recorded stays readable
ALTER TABLE ac.note RENAME COLUMN line TO text;
ALTER TABLE ac.note ADD COLUMN more int DEFAULT 7;
UPDATE ac.note SET text = 'renamed' WHERE n = 1;
DROP TABLE ac.note CASCADE;
SELECT old_values, new_values FROM events() WHERE relation = 'ac.note' AND new_values->>'text' = 'renamed';
SELECT count(*) FROM events() WHERE relation = 'ac.note' AND new_values ? 'line';
-- the end of the recording
SELECT ethdata.audit_changes('ac.visit', 'none');
SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'ethdata_audit%' AND tgrelid IN (SELECT 'ac.visit'::regclass UNION SELECT inhrelid FROM pg_inherits WHERE inhparent = 'ac.visit'::regclass);
SELECT relation, details FROM ethdata.audit_event WHERE kind = 'policy' ORDER BY id;

\pset format aligned
DROP FUNCTION events();
DROP SCHEMA ac CASCADE;
-- what is recorded in the transaction that drops the extension goes with it
BEGIN;
SELECT ethdata.define_purpose('last', basis => 'contract');
DROP EXTENSION ethdata;
COMMIT;
DROP ROLE regress_ac_owner, regress_ac_app, regress_ac_admin, regress_ac_auditor, regress_ac_officer;
