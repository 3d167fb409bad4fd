-- A table that is recorded stays recorded, whatever its owner does with it.
CREATE EXTENSION ethdata;
CREATE ROLE regress_as_owner;
CREATE ROLE regress_as_admin IN ROLE ethdata_admin;
CREATE SCHEMA s AUTHORIZATION regress_as_owner;
GRANT USAGE ON SCHEMA s TO regress_as_admin;
SET ROLE regress_as_owner;
CREATE TABLE s.visit (id int, at date, page text) PARTITION BY RANGE (at);
CREATE TABLE s.visit_25 PARTITION OF s.visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE s.visit_26 PARTITION OF s.visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (at);
CREATE TABLE s.visit_26a PARTITION OF s.visit_26 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE s.person (id int, name text);
CREATE TABLE s.employee (pay int) INHERITS (s.person);
CREATE TABLE s.single (id int, name text);
RESET ROLE;
CREATE FUNCTION triggers() RETURNS TABLE (relation regclass, name name, enabled "char", images text, clone bool) LANGUAGE sql AS $$
  SELECT tgrelid::regclass, tgname, tgenabled, encode(tgargs, 'escape'), tgparentid <> 0 FROM pg_trigger
   WHERE tgname LIKE 'ethdata_audit%' AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 's'::regnamespace)
   ORDER BY tgrelid::regclass::text COLLATE "C", tgname $$;
CREATE VIEW happened AS SELECT kind, relation, effective_role AS role, new_values->>'page' AS page, new_values->>'name' AS name, details - 'columns' AS details FROM ethdata.audit_event ORDER BY id;
\pset format unaligned
SET ROLE regress_as_owner;
SELECT ethdata.audit_changes('s.visit');
SELECT ethdata.audit_changes('s.person');
SELECT ethdata.audit_changes('s.single', 'full');
RESET ROLE;
SELECT * FROM triggers();
-- recorded with the parent, not by itself
SET ROLE regress_as_owner;
SELECT ethdata.audit_changes('s.visit_25', 'full');
SELECT ethdata.audit_changes('s.visit_26a', 'none');
RESET ROLE;

-- a child is recorded as its parent is
SET ROLE regress_as_owner;
INSERT INTO s.employee VALUES (1, 'Ada', 100);
CREATE TABLE s.boss (car text) INHERITS (s.employee);
INSERT INTO s.boss VALUES (2, 'Grace', 200, 'red');
CREATE TABLE s.guest (id int, name text);
ALTER TABLE s.guest INHERIT s.person;
INSERT INTO s.guest VALUES (3, 'Alan');
TRUNCATE s.guest;
RESET ROLE;
SELECT * FROM happened WHERE relation <> 's.visit' AND details->>'action' IS DISTINCT FROM 'audit_changes';
-- an owner may have a child record more, and not less through its parent
SET ROLE regress_as_owner;
CREATE TABLE s.top (id int);
ALTER TABLE s.single INHERIT s.top;
SELECT ethdata.audit_changes('s.top');
SELECT * FROM triggers() WHERE relation IN ('s.single'::regclass, 's.top'::regclass);
ALTER TABLE s.single NO INHERIT s.top;
SELECT name, images FROM triggers() WHERE relation = 's.single'::regclass;
RESET ROLE;
SET ROLE regress_as_admin;
SELECT ethdata.audit_changes('s.top', 'none');
SET ROLE regress_as_owner;
ALTER TABLE s.single INHERIT s.top;
ALTER TABLE s.top ALTER COLUMN id TYPE bigint;
ALTER TABLE s.single NO INHERIT s.top;
RESET ROLE;
SELECT relation, details FROM happened WHERE details->>'action' = 'ALTER TABLE';

-- a partition that leaves takes the recording along; one that comes gives up its own
SET ROLE regress_as_owner;
ALTER TABLE s.visit DETACH PARTITION s.visit_25;
SELECT * FROM triggers() WHERE relation = 's.visit_25'::regclass;
INSERT INTO s.visit_25 VALUES (1, '2025-02-02', '/detached');
ALTER TABLE s.visit ATTACH PARTITION s.visit_25 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
SELECT * FROM triggers() WHERE relation = 's.visit_25'::regclass;
UPDATE s.visit_25 SET page = '/again';
ALTER TABLE s.visit DETACH PARTITION s.visit_25 CONCURRENTLY;
UPDATE s.visit_25 SET page = '/concurrently';
SELECT ethdata.audit_changes('s.visit_25', 'full');
ALTER TABLE s.visit ATTACH PARTITION s.visit_25 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
SELECT ethdata.audit_changes('s.visit', 'full');
ALTER TABLE s.visit ATTACH PARTITION s.visit_25 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE s.visit DETACH PARTITION s.visit_26;
INSERT INTO s.visit_26a VALUES (1, '2026-02-02', '/below');
TRUNCATE s.visit_26a;
RESET ROLE;
SELECT * FROM triggers() WHERE relation::text LIKE 's.visit%';
SELECT * FROM happened WHERE relation LIKE 's.visit%';
-- a tree that is attached has its TRUNCATE recorded all the way down
SET ROLE regress_as_owner;
ALTER TABLE s.visit ATTACH PARTITION s.visit_26 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE s.visit_27 (LIKE s.visit) PARTITION BY RANGE (at);
CREATE TABLE s.visit_27a PARTITION OF s.visit_27 FOR VALUES FROM ('2027-01-01') TO ('2027-07-01');
SELECT ethdata.audit_changes('s.visit_27a');
ALTER TABLE s.visit ATTACH PARTITION s.visit_27 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
RESET ROLE;
SELECT * FROM triggers() WHERE relation::text ~ '[67]a?$';

-- indexes are attached as ever
SET ROLE regress_as_owner;
CREATE INDEX visit_id ON ONLY s.visit (id);
CREATE INDEX visit_25_id ON s.visit_25 (id);
ALTER INDEX s.visit_id ATTACH PARTITION s.visit_25_id;
SELECT relid::text FROM pg_partition_tree('s.visit_id');
DROP INDEX s.visit_id;
RESET ROLE;

-- less is for the administrator: and then for all below
SET ROLE regress_as_owner;
SELECT ethdata.audit_changes('s.visit', 'difference');
SET ROLE regress_as_admin;
SELECT ethdata.audit_changes('s.visit', 'difference');
SELECT ethdata.audit_changes('s.person', 'none');
RESET ROLE;
SELECT relation, name, images FROM triggers() WHERE relation::text LIKE 's.visit%' OR relation IN ('s.person'::regclass, 's.employee'::regclass, 's.boss'::regclass);

-- the triggers are not replaced, imitated or given away
SET ROLE regress_as_owner;
CREATE FUNCTION s.nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER ethdata_audit AFTER INSERT OR UPDATE OR DELETE ON s.single FOR EACH ROW EXECUTE FUNCTION s.nothing();
CREATE OR REPLACE TRIGGER ethdata_audit AFTER INSERT OR UPDATE OR DELETE ON s.single FOR EACH ROW EXECUTE FUNCTION ethdata._audit_change('difference');
CREATE TRIGGER ethdata_audit AFTER INSERT OR UPDATE OR DELETE ON s.guest FOR EACH ROW EXECUTE FUNCTION s.nothing();
CREATE TRIGGER ethdata_audit AFTER INSERT ON s.top FOR EACH ROW EXECUTE FUNCTION ethdata._audit_change('full');
CREATE TRIGGER ethdata_audit AFTER INSERT OR UPDATE OR DELETE ON s.person FOR EACH ROW WHEN (NULL) EXECUTE FUNCTION ethdata._audit_change('full');
CREATE TRIGGER ethdata_audit AFTER INSERT OR UPDATE OR DELETE ON s.person FOR EACH ROW EXECUTE FUNCTION ethdata._audit_change('some');
CREATE TRIGGER ethdata_audit AFTER INSERT OR UPDATE OF name OR DELETE ON s.person FOR EACH ROW EXECUTE FUNCTION ethdata._audit_change('full');
CREATE TRIGGER ethdata_audit AFTER INSERT OR UPDATE OR DELETE ON s.person FOR EACH ROW EXECUTE FUNCTION ethdata._audit_change('full');
ALTER TABLE s.person ENABLE ALWAYS TRIGGER ethdata_audit;
ALTER TRIGGER ethdata_audit ON s.single DEPENDS ON EXTENSION plpgsql;
RESET ROLE;

-- what changes rows and fires no trigger, and what takes a table out of sight, is told
CREATE TABLE mark AS SELECT max(id) AS id FROM ethdata.audit_event;
SET ROLE regress_as_owner;
ALTER TABLE s.single ALTER COLUMN name TYPE varchar(10) USING 'x', ADD COLUMN more int DEFAULT 3, ALTER COLUMN id SET NOT NULL;
ALTER TABLE s.single DROP COLUMN more;
ALTER TABLE s.single RENAME COLUMN name TO label;
ALTER TABLE s.single SET UNLOGGED;
ALTER TABLE s.single RENAME TO other;
ALTER TABLE s.other ALTER COLUMN label SET STATISTICS 7;
RESET ROLE;
CREATE SCHEMA s2 AUTHORIZATION regress_as_owner;
ALTER TABLE s.other SET SCHEMA s2;
ALTER TABLE s2.other OWNER TO regress_as_admin;
DROP TABLE s2.other;
SET ROLE regress_as_owner;
DROP TABLE s.visit_25;
BEGIN;
DROP TABLE s.person CASCADE;
ROLLBACK;
DROP TABLE s.visit;
RESET ROLE;
DROP TRIGGER ethdata_audit ON s.person;
DROP OWNED BY regress_as_owner CASCADE;
SELECT kind, relation, effective_role, details FROM ethdata.audit_event WHERE id > (SELECT id FROM mark) ORDER BY id;

-- what goes or changes with something else, and foreign tables
TRUNCATE mark;
INSERT INTO mark SELECT max(id) FROM ethdata.audit_event;
CREATE FOREIGN DATA WRAPPER regress_as_fdw;
CREATE SERVER regress_as_server FOREIGN DATA WRAPPER regress_as_fdw;
CREATE SCHEMA s3;
CREATE DOMAIN s3.words AS text;
CREATE TYPE s3.pair AS (a int, b text, c int);
CREATE TABLE s3.domains (id int, name s3.words);
CREATE TABLE s3.typed OF s3.pair;
CREATE TABLE s3.above (id int, extra int);
CREATE TABLE s3.below () INHERITS (s3.above);
SELECT ethdata.audit_changes(t) FROM unnest('{s3.domains,s3.typed,s3.below}'::regclass[]) t;
DROP DOMAIN s3.words CASCADE;
ALTER TYPE s3.pair DROP ATTRIBUTE b CASCADE;
ALTER TYPE s3.pair ALTER ATTRIBUTE c TYPE bigint CASCADE;
ALTER TYPE s3.pair RENAME ATTRIBUTE a TO d CASCADE;
ALTER TABLE s3.above DROP COLUMN extra;
CREATE FOREIGN TABLE s3.far () INHERITS (s3.domains) SERVER regress_as_server;
SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE tgrelid = 's3.far'::regclass;
ALTER INDEX s3.domains RENAME TO domains2;
ALTER SCHEMA s3 RENAME TO s4;
SELECT kind, relation, details - 'columns' AS details FROM ethdata.audit_event WHERE id > (SELECT id FROM mark) AND details->>'action' <> 'audit_changes' ORDER BY relation COLLATE "C", id;
-- values that say something else, within arrays, domains and composite types too
CREATE TYPE s4.answer AS ENUM ('given', 'refused');
CREATE DOMAIN s4.final AS s4.answer;
CREATE TYPE s4.both AS (x s4.answer, y int);
CREATE TABLE s4.e1 (a s4.answer);
CREATE TABLE s4.e2 (a s4.final[], b int);
CREATE TABLE s4.e3 (a s4.both[]);
CREATE TABLE s4.e4 (a text);
CREATE TABLE s4.e5 (id int, gone s4.answer) PARTITION BY RANGE (id);
CREATE TABLE s4.e5a PARTITION OF s4.e5 FOR VALUES FROM (0) TO (10);
SELECT ethdata.audit_changes(t) FROM unnest('{s4.e1,s4.e2,s4.e3,s4.e4,s4.e5a}'::regclass[]) t;
TRUNCATE mark;
INSERT INTO mark SELECT max(id) FROM ethdata.audit_event;
ALTER TYPE s4.answer ADD VALUE 'asked';
ALTER TYPE s4.answer RENAME VALUE 'refused' TO 'granted';
ALTER TYPE s4.answer RENAME VALUE 'nothing' TO 'something';
ALTER TYPE s4.both DROP ATTRIBUTE y;
ALTER TABLE s4.e5 DROP COLUMN gone;
ALTER TABLE s4.e1 OWNER TO regress_as_owner;
REASSIGN OWNED BY regress_as_owner TO regress_as_admin;
SELECT kind, relation, details FROM ethdata.audit_event WHERE id > (SELECT id FROM mark) ORDER BY id;
DROP SCHEMA s4 CASCADE;
DROP FOREIGN DATA WRAPPER regress_as_fdw CASCADE;

\pset format aligned
DROP VIEW happened;
DROP FUNCTION triggers();
DROP TABLE mark;
DROP EXTENSION ethdata;
DROP ROLE regress_as_owner, regress_as_admin;
