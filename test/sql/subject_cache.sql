-- Persons that a session remembers: what it does itself, values and keys of all
-- sizes, little memory, classes that change.  What is remembered must say what a
-- look-up says.
\set ECHO queries
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE SCHEMA s;
CREATE TABLE s.person (id int PRIMARY KEY, born date, lives text);
INSERT INTO s.person SELECT i FROM generate_series(1, 2000) i;
SELECT ethdata.define_subject_class('s.person');
SELECT ethdata.define_purpose('p', basis => 'consent'), ethdata.define_purpose('q', basis => 'opt_out');
SELECT count(ethdata.give_consent(id::text, 'p')) FROM s.person WHERE id % 2 = 0;
-- a person is looked up once at most while nobody writes: others' transactions may end first
CREATE PROCEDURE s.until_remembered(query text) LANGUAGE plpgsql AS $$
DECLARE before bigint; i int;
BEGIN
  FOR i IN 1 .. 600 LOOP
    COMMIT;
    EXECUTE query;
    before := pg_stat_get_xact_numscans('ethdata.consent_state_pkey'::regclass);
    EXECUTE query;
    IF pg_stat_get_xact_numscans('ethdata.consent_state_pkey'::regclass) = before THEN
      RAISE WARNING 'remembered';
      RETURN;
    END IF;
    PERFORM pg_sleep(0.05);
  END LOOP;
  RAISE WARNING 'never remembered';
END $$;
CALL s.until_remembered('SELECT count(*) FROM s.person WHERE ethdata.permitted(id, ''p'')');
SELECT count(*) FROM s.person WHERE ethdata.permitted(id, 'p');
SELECT name FROM pg_backend_memory_contexts WHERE name ~ 'remembered';

-- what one does oneself, and takes back
BEGIN;
SELECT ethdata.withdraw_consent('2', 'p') > 0 AS withdrawn;
SELECT ethdata.permitted(2, 'p'), ethdata.permitted(4, 'p');
SAVEPOINT a;
SELECT ethdata.give_consent('2', 'p') > 0 AS given, ethdata.give_consent('1', 'p') > 0 AS given;
SELECT ethdata.permitted(1, 'p'), ethdata.permitted(2, 'p');
ROLLBACK TO a;
SELECT ethdata.permitted(1, 'p'), ethdata.permitted(2, 'p');
DELETE FROM ethdata.consent_state;
SELECT count(*) FROM s.person WHERE ethdata.permitted(id, 'p');
ROLLBACK TO a;
SELECT count(*) FROM s.person WHERE ethdata.permitted(id, 'p');
TRUNCATE ethdata.consent_state;
SELECT count(*) FROM s.person WHERE ethdata.permitted(id, 'p');
ROLLBACK;
SELECT count(*) FROM s.person WHERE ethdata.permitted(id, 'p');
-- in a statement that changes what it reads: as of its start
WITH w AS (SELECT ethdata.withdraw_consent('2', 'p') > 0 AS withdrawn)
SELECT withdrawn, ethdata.permitted(2, 'p') FROM w;
SELECT ethdata.permitted(2, 'p');
-- by hand
UPDATE ethdata.consent_state SET value = '{"v":1,"purposes":{"p":["given"]}}' WHERE key = int8send(-9223372036854775808 + 2);
SELECT ethdata.permitted(2, 'p');
MERGE INTO ethdata.consent_state USING (VALUES (1)) v ON key = int8send(-9223372036854775808 + 4) WHEN MATCHED THEN DELETE;
SELECT ethdata.permitted(4, 'p');
-- past the triggers, and the catalogues are frozen before anybody asks
VACUUM (FREEZE) pg_class, pg_trigger;
CALL s.until_remembered('SELECT ethdata.permitted(8, ''p'')');
ALTER TABLE ethdata.consent_state DISABLE TRIGGER USER;
UPDATE ethdata.consent_state SET value = '{"v":1,"purposes":{"p":["withdrawn"]}}' WHERE key = int8send(-9223372036854775808 + 8);
ALTER TABLE ethdata.consent_state ENABLE ALWAYS TRIGGER state_row_changed, ENABLE ALWAYS TRIGGER state_changed;
VACUUM (FREEZE) pg_class, pg_trigger;
SELECT ethdata.permitted(8, 'p');
UPDATE ethdata.consent_state SET value = '{"v":1,"purposes":{"p":["given"]}}' WHERE key = int8send(-9223372036854775808 + 8);

-- of all that were read in one go, one who was not there, and then is
CALL s.until_remembered('SELECT count(*) FROM s.person WHERE ethdata.permitted(id, ''p'')');
SELECT ethdata.permitted(5000, 'p');
SELECT ethdata.give_consent('5000', 'p') > 0 AS given;
SELECT ethdata.permitted(5000, 'p');

-- triggers that do not always fire are as none: nothing is remembered
ALTER TABLE ethdata.consent_state ENABLE TRIGGER state_row_changed;
SELECT count(*) FROM s.person WHERE ethdata.permitted(id, 'p');
SELECT name FROM pg_backend_memory_contexts WHERE name ~ 'remembered';
ALTER TABLE ethdata.consent_state ENABLE ALWAYS TRIGGER state_row_changed;
CALL s.until_remembered('SELECT count(*) FROM s.person WHERE ethdata.permitted(id, ''p'')');
-- and a table that was replaced is another one
ALTER TABLE ethdata.consent_state ALTER COLUMN class_id TYPE int4 USING class_id + 0;
SELECT count(*) FROM s.person WHERE ethdata.permitted(id, 'p');

-- with little memory, and none
SET ethdata.subject_cache = '70kB';
SELECT count(*) FROM s.person WHERE ethdata.permitted(id, 'p');
SELECT count(*) FROM s.person, generate_series(1, 5) WHERE ethdata.permitted(id, 'p');
SELECT sum(total_bytes) < 90000 AS bounded FROM pg_backend_memory_contexts WHERE name ~ 'remembered';
SET ethdata.subject_cache = 0;
SELECT count(*) FROM s.person WHERE ethdata.permitted(id, 'p');
SELECT name FROM pg_backend_memory_contexts WHERE name ~ 'remembered';
RESET ethdata.subject_cache;

-- the law under which a person lives, and birth dates, are looked up
SELECT ethdata.define_subject_class('s.person', jurisdiction => 'lives', birth_date => 'born');
SELECT ethdata.publish_notice('n', '{q}');
SELECT ethdata.permitted(6, 'q');
UPDATE s.person SET lives = 'US-CA' WHERE id = 6;
SELECT ethdata.permitted(6, 'q');
UPDATE s.person SET lives = 'DE' WHERE id = 6;
SELECT ethdata.permitted(6, 'q');
UPDATE s.person SET lives = 'US-CA' WHERE id IN (6, 7);
SELECT ethdata.permitted(6, 'q'), ethdata.permitted(7, 'q'), ethdata.permitted(9, 'q');
SELECT ethdata.define_subject_class('s.person');
SELECT ethdata.permitted(6, 'q'), ethdata.permitted(7, 'q');
SELECT ethdata.drop_subject_class('s.person');
SELECT ethdata.permitted(6, 'p', class => 's.person');
SELECT ethdata.define_subject_class('s.person', code => 's.other');
SELECT ethdata.permitted(6, 'p');

-- keys and values of all sizes: remembered ones against looked up ones
CREATE TABLE s.texts (key text PRIMARY KEY);
INSERT INTO s.texts SELECT repeat('x', i) || i FROM generate_series(0, 90) i UNION SELECT repeat('y', 900) UNION SELECT '';
CREATE TABLE s.uuids (key uuid PRIMARY KEY);
INSERT INTO s.uuids SELECT md5(i::text)::uuid FROM generate_series(1, 90) i;
CREATE TABLE s.pairs (a int, b text, PRIMARY KEY (a, b));
INSERT INTO s.pairs SELECT i, repeat(' ', i) FROM generate_series(1, 60) i;
SELECT ethdata.define_subject_class('s.texts'), ethdata.define_subject_class('s.uuids'), ethdata.define_subject_class('s.pairs');
SELECT count(ethdata.define_purpose('many' || i, basis => 'consent', parents => '{}')) FROM generate_series(1, 12) i;
CREATE VIEW s.keys AS
  SELECT key AS subject, 's.texts'::regclass AS class FROM s.texts
  UNION ALL SELECT key::text, 's.uuids' FROM s.uuids
  UNION ALL SELECT row(a, b)::text, 's.pairs' FROM s.pairs
  UNION ALL SELECT id::text, 's.person' FROM s.person WHERE id < 100;
SELECT count(ethdata.give_consent(subject, 'many' || i, class => class)) FROM s.keys, generate_series(1, 12) i
  WHERE hashtext(subject) % 13 >= i AND subject <> '';
CREATE VIEW s.answers AS
  SELECT subject, class, i, ethdata.permitted(subject, 'many' || i, class) AS permitted FROM s.keys, generate_series(1, 12) i WHERE subject <> '';
SET ethdata.subject_cache = 0;
CREATE TABLE s.looked_up AS SELECT * FROM s.answers;
SELECT class, count(*), count(*) FILTER (WHERE permitted) AS permitted FROM s.looked_up GROUP BY 1 ORDER BY 1;
SET ethdata.subject_cache = '64kB';
SELECT count(*) FROM s.answers a JOIN s.looked_up l USING (subject, class, i) WHERE a.permitted <> l.permitted;
SET ethdata.subject_cache = '100kB';
SELECT count(*) FROM s.answers a JOIN s.looked_up l USING (subject, class, i) WHERE a.permitted <> l.permitted;
SELECT count(*) FROM s.answers a JOIN s.looked_up l USING (subject, class, i) WHERE a.permitted <> l.permitted;
RESET ethdata.subject_cache;
SELECT count(*) FROM s.answers a JOIN s.looked_up l USING (subject, class, i) WHERE a.permitted <> l.permitted;
SELECT count(*) FROM s.answers a JOIN s.looked_up l USING (subject, class, i) WHERE a.permitted <> l.permitted;

-- an extension that was dropped leaves nothing behind
DROP EXTENSION ethdata CASCADE;
CREATE EXTENSION ethdata;
SELECT ethdata.define_subject_class('s.person', code => 's.other'), ethdata.define_purpose('p', basis => 'consent');
SELECT count(*) FROM s.person WHERE ethdata.permitted(id, 'p');
-- the trigger is nobody's function
CREATE TRIGGER t AFTER INSERT ON s.person FOR EACH ROW EXECUTE FUNCTION ethdata._state_changed();
INSERT INTO s.person VALUES (0);
DROP SCHEMA s CASCADE;
DROP EXTENSION ethdata;
