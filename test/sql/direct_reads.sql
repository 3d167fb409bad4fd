-- Masked columns are replaced where they stand, or by a subquery: either way a
-- statement must answer as it does over a table that holds the masked values.
-- dr.copy is such a table, made by the reader from what he sees; each statement
-- runs over both.  The masks are no NULLs, so that nulls of outer joins show.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_dr_reader;
CREATE SCHEMA dr;
GRANT USAGE, CREATE ON SCHEMA dr TO regress_dr_reader;
CREATE TABLE dr.person (id int PRIMARY KEY, gone text, email text, city text, born date, boss int, zip varchar(8) DEFAULT '9000');
ALTER TABLE dr.person DROP COLUMN gone;
INSERT INTO dr.person SELECT i, 'p' || i || '@example.com', 'city ' || i % 3, date '1970-01-01' + i * 400, nullif(i / 2, 0), '9' || i FROM generate_series(1, 12) AS i;
CREATE TABLE dr.visit (id int PRIMARY KEY, person int, place text);
INSERT INTO dr.visit SELECT i, i % 15, 'place ' || i % 4 FROM generate_series(1, 20) AS i;
GRANT SELECT ON dr.person, dr.visit TO regress_dr_reader;
GRANT UPDATE ON dr.person TO regress_dr_reader;
SELECT ethdata.define_subject_class('dr.person');
SELECT ethdata.define_purpose('care', basis => 'consent');
SELECT ethdata.grant_purpose('care', 'regress_dr_reader', as_default => true);
SELECT ethdata.protect('dr.person', subject => 'id');
SELECT ethdata.mask('dr.person', 'email', masked_as => $$'hidden'$$, reveal_for => '{care}');
SELECT ethdata.mask('dr.person', 'born', masked_as => $$date '1900-01-01'$$);
SELECT ethdata.mask('dr.person', 'zip', masked_as => $$'****'$$, reveal_for => '{care}');
SELECT count(ethdata.give_consent(i::text, 'care')) FROM generate_series(1, 12, 3) AS i;
SET ROLE regress_dr_reader;
CREATE TABLE dr.copy AS SELECT * FROM dr.person;
GRANT ALL ON dr.copy TO PUBLIC;
SELECT * FROM dr.copy ORDER BY id;
ALTER TABLE dr.copy ADD PRIMARY KEY (id);

-- what a statement answers, in its order; @ is the table
CREATE FUNCTION dr.answer(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  result text := '';
BEGIN
  FOR line IN EXECUTE 'SELECT replace(s::text, ''dr.copy'', ''dr.person'') FROM (' || statement || ') AS s' LOOP
    result := result || line || E'\n';
  END LOOP;
  RETURN result;
END $$;
CREATE FUNCTION dr.same(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  masked text := dr.answer(replace(statement, '@', 'dr.person'));
  copied text := dr.answer(replace(statement, '@', 'dr.copy'));
BEGIN
  IF masked = copied AND masked <> '' THEN RETURN 'the same'; END IF;
  RETURN E'masked:\n' || masked || E'copied:\n' || copied;
END $$;

SELECT dr.same(s), s FROM unnest(ARRAY[
  'SELECT * FROM @ ORDER BY id',
  'SELECT email, zip FROM @ WHERE id = 4',
  'SELECT id FROM @ WHERE email = ''hidden'' AND zip LIKE ''*%'' ORDER BY id',
  'SELECT id FROM @ WHERE email LIKE ''p4_example.com''',
  'SELECT p FROM @ AS p ORDER BY id',
  'SELECT p.*, p AS whole, (p).email AS part FROM @ AS p ORDER BY id',
  'SELECT to_jsonb(p) - ''whole'' FROM @ AS p ORDER BY id',
  'SELECT row_to_json(p)::text FROM (SELECT * FROM @) AS p ORDER BY id',
  'SELECT count(*), email, born FROM @ GROUP BY email, born ORDER BY email COLLATE "C", born',
  'SELECT email, city, count(*) FROM @ GROUP BY GROUPING SETS ((email, city), (email), ()) ORDER BY email COLLATE "C" NULLS FIRST, city NULLS FIRST',
  'SELECT email, grouping(email), count(*) FROM @ GROUP BY ROLLUP (email) ORDER BY email COLLATE "C" NULLS LAST',
  'SELECT id, email, max(born) FROM @ GROUP BY id ORDER BY id',
  'SELECT DISTINCT email, zip FROM @ ORDER BY email, zip',
  'SELECT DISTINCT ON (born) born, id FROM @ ORDER BY born, id',
  'SELECT id, rank() OVER (PARTITION BY email ORDER BY zip COLLATE "C", id), first_value(email) OVER w FROM @ WINDOW w AS (PARTITION BY born ORDER BY id) ORDER BY id',
  'SELECT v.id, p.email, p.born FROM dr.visit v LEFT JOIN @ p ON p.id = v.person ORDER BY v.id',
  'SELECT v.id, p FROM dr.visit v LEFT JOIN @ p ON p.id = v.person ORDER BY v.id',
  'SELECT v.id, p.email, p.born FROM @ p LEFT JOIN dr.visit v ON p.id = v.person AND p.email = ''hidden'' ORDER BY v.id, p.id',
  'SELECT v.id, p.email FROM @ p RIGHT JOIN dr.visit v ON p.id = v.person ORDER BY v.id',
  'SELECT v.id, p.email FROM dr.visit v RIGHT JOIN @ p ON p.id = v.person AND v.place = p.city ORDER BY p.id, v.id',
  'SELECT v.id, p.email FROM @ p FULL JOIN dr.visit v ON p.id = v.person ORDER BY p.id, v.id',
  'SELECT a.id, b.email, c.email FROM @ a LEFT JOIN (@ b JOIN @ c ON c.id = b.boss) ON b.id = a.boss ORDER BY a.id',
  'SELECT a.id, b.email, c.zip FROM @ a LEFT JOIN @ b ON b.id = a.boss LEFT JOIN @ c ON c.id = b.boss AND c.email = b.email ORDER BY a.id',
  'SELECT a.id, b.id FROM @ a JOIN @ b USING (email) WHERE a.id < b.id ORDER BY 1, 2',
  'SELECT email, a.id, b.id FROM @ a LEFT JOIN (SELECT id + 1 AS id, email FROM @) b USING (email, id) ORDER BY a.id, b.id',
  'SELECT j.email, j.zip FROM (@ a JOIN (SELECT id, city FROM @) b USING (id, city)) AS j ORDER BY j.id',
  'SELECT id, email FROM @ NATURAL JOIN (SELECT id, email FROM @ WHERE id < 6) AS s ORDER BY id',
  'SELECT v.id, s.e FROM dr.visit v LEFT JOIN (SELECT id, email AS e FROM @) AS s ON s.id = v.person ORDER BY v.id',
  'SELECT v.id, s.e FROM dr.visit v LEFT JOIN LATERAL (SELECT p.email || v.place AS e FROM @ p WHERE p.id = v.person) AS s ON true ORDER BY v.id',
  'SELECT p.id, x.e, x.place FROM @ p, LATERAL (SELECT p.email AS e, v.place FROM dr.visit v LEFT JOIN (SELECT p.zip AS z) y ON v.place = y.z WHERE v.person = p.id) x ORDER BY 1, 3',
  'SELECT p.id, y.z FROM @ p LEFT JOIN LATERAL (SELECT p.zip AS z WHERE p.id < 5) y ON true ORDER BY 1',
  'SELECT id, (SELECT count(*) FROM @ q WHERE q.email = p.email AND q.id < p.id), EXISTS (SELECT FROM @ r WHERE r.boss = p.id AND r.born = p.born) FROM @ p ORDER BY id',
  'SELECT id FROM @ p WHERE email IN (SELECT email FROM @ q WHERE q.boss = p.id) ORDER BY id',
  'SELECT id FROM @ p WHERE zip NOT IN (SELECT zip FROM @ q WHERE q.id > p.id) ORDER BY id',
  'SELECT id, email = ANY (ARRAY(SELECT q.email FROM @ q WHERE q.id <> p.id)) FROM @ p ORDER BY id',
  'WITH c AS (SELECT * FROM @) SELECT a.email, b.id FROM c a LEFT JOIN c b ON b.id = a.boss AND b.email = a.email ORDER BY a.id, b.id',
  'WITH c AS MATERIALIZED (SELECT id, email, born FROM @) SELECT c.*, v.id AS v FROM dr.visit v LEFT JOIN c ON c.id = v.person ORDER BY v.id',
  'WITH RECURSIVE t AS (SELECT id, email, 0 AS depth FROM @ WHERE boss IS NULL UNION ALL SELECT p.id, t.email || p.email, depth + 1 FROM @ p JOIN t ON p.boss = t.id) SELECT * FROM t ORDER BY id',
  'SELECT email FROM @ UNION SELECT zip FROM @ ORDER BY 1',
  'SELECT email, zip FROM @ EXCEPT ALL SELECT email, zip FROM @ WHERE id < 4 ORDER BY 1, 2',
  'SELECT id, email FROM @ ORDER BY email COLLATE "C" DESC, zip COLLATE "C", id LIMIT 5 OFFSET 2',
  'SELECT id, email FROM @ ORDER BY born FETCH FIRST 1 ROWS WITH TIES',
  'SELECT string_agg(email, '','' ORDER BY zip COLLATE "C", id), array_agg(born ORDER BY id) FILTER (WHERE email = ''hidden'') FROM @',
  'SELECT mode() WITHIN GROUP (ORDER BY email), count(DISTINCT zip) FROM @',
  'SELECT p.id, u.x FROM @ p, unnest(ARRAY[p.email, p.zip]) WITH ORDINALITY AS u(x, n) ORDER BY p.id, n',
  'SELECT p.id, v.* FROM @ p, (VALUES (1, ''hidden''), (2, ''p1'')) AS v(n, e) WHERE p.email LIKE v.e || ''%'' ORDER BY 1, 2',
  'SELECT CASE WHEN email = ''hidden'' THEN zip ELSE email END, coalesce(nullif(zip, ''****''), city), ROW(email, zip) = ROW(''hidden'', ''****'') FROM @ ORDER BY id',
  'SELECT id, tableoid = ''@''::regclass, ctid IS NOT NULL FROM @ ORDER BY id',
  'SELECT id, pg_typeof(zip), pg_typeof(p) = ''@''::regtype FROM @ p ORDER BY id',
  'SELECT a.id, b.email FROM @ a, @ b WHERE a.boss = b.id AND (a.email, a.born) > (b.zip, b.born) ORDER BY a.id',
  'SELECT * FROM ONLY @ WHERE born < ''1950-01-01'' ORDER BY id',
  'SELECT count(*), avg(length(email)) FROM @ TABLESAMPLE BERNOULLI (100)'
]) AS s;

-- rows that are locked are locked
SELECT id, email FROM dr.person WHERE id = 2 FOR UPDATE;
SELECT p.email, v.id FROM dr.visit v JOIN dr.person p ON p.id = v.person WHERE v.id < 3 ORDER BY v.id FOR UPDATE OF p;
EXPLAIN (COSTS OFF) SELECT id FROM dr.person WHERE id = 2 FOR UPDATE;
EXPLAIN (COSTS OFF) SELECT email FROM dr.person WHERE id = 2;

-- a column that is not granted stays refused, in either form
RESET ROLE;
CREATE ROLE regress_dr_partly;
GRANT USAGE ON SCHEMA dr TO regress_dr_partly;
GRANT SELECT (id, email) ON dr.person TO regress_dr_partly;
SET ROLE regress_dr_partly;
SELECT id, email FROM dr.person WHERE id = 1;
SELECT city FROM dr.person;
SELECT zip FROM dr.person;
SELECT born FROM dr.person WHERE id = 1;
SELECT * FROM dr.person;
SELECT p FROM dr.person p;
SELECT count(*) FROM dr.person;
SELECT a.id FROM (SELECT 1 AS id) a LEFT JOIN dr.person p ON p.id = a.id AND p.zip = '91';
SELECT id FROM dr.person FOR UPDATE;
RESET ROLE;
DROP SCHEMA dr CASCADE;
DROP EXTENSION ethdata CASCADE;
DROP ROLE regress_dr_reader, regress_dr_partly;
