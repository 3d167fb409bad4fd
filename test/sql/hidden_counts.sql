-- What a statement tells besides its result.  EXPLAIN ANALYZE of a table with hidden
-- rows says the same whether hidden rows have the value asked for or not, and the
-- error of a stored row shows no masked cell.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_hc_reader;
CREATE SCHEMA hc;
GRANT USAGE ON SCHEMA hc TO PUBLIC;
CREATE TABLE hc.person (id bigint PRIMARY KEY, name text NOT NULL, phone text, n int CONSTRAINT few CHECK (n < 9));
CREATE TABLE hc.h (cid bigint PRIMARY KEY, seg text);
CREATE INDEX ON hc.h (seg);
CREATE TABLE hc.p (cid bigint, seg text, k int) PARTITION BY LIST (k);
CREATE TABLE hc.p1 PARTITION OF hc.p FOR VALUES IN (1);
CREATE INDEX ON hc.p (seg);
INSERT INTO hc.person SELECT g, 'n' || g, 'raw-phone-' || g, g % 5 FROM generate_series(1, 9) g;
INSERT INTO hc.h VALUES (1, 'open'), (2, 'secret'), (3, 'secret'), (7777, 'other');
INSERT INTO hc.p SELECT cid, seg, 1 FROM hc.h;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA hc TO regress_hc_reader;
CREATE VIEW hc.few AS SELECT * FROM hc.person WHERE n < 5 WITH CHECK OPTION;
GRANT SELECT, INSERT, UPDATE ON hc.few TO regress_hc_reader;
VACUUM ANALYZE hc.h, hc.p;
SELECT ethdata.define_subject_class('hc.person'), ethdata.define_purpose('news', 'consent'), ethdata.grant_purpose('news', 'regress_hc_reader', as_default => true);
SELECT ethdata.protect('hc.h', subject => 'cid', class => 'hc.person', rows => true), ethdata.protect('hc.p', subject => 'cid', class => 'hc.person', rows => true);
SELECT ethdata.protect('hc.person', subject => 'id'), ethdata.mask('hc.person', 'phone');
SELECT ethdata.give_consent('1', 'news', class => 'hc.person') > 0 AS given;

-- what EXPLAIN ANALYZE says of a condition, the value itself left out
CREATE FUNCTION hc.said(relation text, what text, value text, wordy boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  result text := '';
BEGIN
  FOR line IN EXECUTE format('EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, SUMMARY OFF %s) SELECT count(*) FROM hc.%s WHERE %s %s', CASE WHEN wordy THEN ', VERBOSE' ELSE '' END, relation, what, value) LOOP
    result := result || replace(line, value, '?') || E'\n';
  END LOOP;
  RETURN result;
END $$;
SET ROLE regress_hc_reader;
SELECT count(*) FROM hc.h;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT hc.said('h', 'seg =', '''secret''') ~ 'Index Scan' AS by_index, hc.said('h', 'seg =', '''secret''') ~ 'Removed' AS counted;
SELECT hc.said('h', 'seg =', '''secret''') = hc.said('h', 'seg =', '''nobody''') AS alike;
SELECT hc.said('p', 'seg =', '''secret''') = hc.said('p', 'seg =', '''nobody''') AS alike;
SELECT hc.said('h', 'cid =', '7777', true) = hc.said('h', 'cid =', '8888', true) AS alike;
SET enable_indexscan = off;
SET enable_bitmapscan = on;
SELECT hc.said('h', 'seg =', '''secret''') ~ 'Bitmap Index Scan' AS by_bitmap, hc.said('h', 'seg =', '''secret''') = hc.said('h', 'seg =', '''nobody''') AS alike;
SELECT hc.said('h', 'seg = ANY', '(''{secret,other}''::text[])') = hc.said('h', 'seg = ANY', '(''{nobody,nothing}''::text[])') AS alike;
-- rows that came out are counted as ever, also of tables where no row is hidden
SELECT hc.said('h', 'seg =', '''open''') ~ 'actual rows=1' AS counted, hc.said('person', 'n <', '3') ~ 'Rows Removed by Filter: 4' AS removed;
RESET enable_seqscan;
RESET enable_indexscan;

-- neither does what a condition computes beside the row: that a function was called, a sub-select executed, an error raised
RESET ROLE;
CREATE FUNCTION hc.heard(what text) RETURNS text LANGUAGE plpgsql STABLE COST 0.0001 AS $$ BEGIN RAISE NOTICE 'called'; RETURN what; END $$;
CREATE TABLE hc.wide (cid bigint PRIMARY KEY, seg text, note text, code text);
CREATE INDEX wide_note ON hc.wide USING hash (note);
INSERT INTO hc.wide VALUES (1, 'open', 'n1', 'c1'), (2, 'secret', 'n2', 'c2'), (3, 'other', 'n3', 'c3');
GRANT SELECT, UPDATE, DELETE ON hc.wide TO regress_hc_reader;
SELECT ethdata.protect('hc.wide', subject => 'cid', class => 'hc.person', rows => true), ethdata.mask('hc.wide', 'code', lookup => true);
SET client_min_messages = notice;
SET ROLE regress_hc_reader;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
-- once for the planner, and once for the row that is seen
SELECT count(*) FROM hc.wide WHERE seg = 'open' AND note = hc.heard('x');
SELECT count(*) FROM hc.wide WHERE seg = 'secret' AND note = hc.heard('x');
SELECT count(*) FROM hc.wide WHERE seg = 'nobody' AND note = hc.heard('x');
SELECT count(*) FROM hc.wide WHERE cid > 1 AND CASE WHEN seg = 'secret' THEN hc.heard('x') = 'x' ELSE true END;
SELECT count(*) FROM hc.wide WHERE seg = 'secret' AND note = (SELECT (1 / (random() * 0)::int)::text);
SELECT count(*) FROM hc.wide WHERE seg = 'open' AND note = (SELECT (1 / (random() * 0)::int)::text);
SELECT hc.said('wide', 'note = (SELECT ''x''::text) AND seg =', '''secret''') = hc.said('wide', 'note = (SELECT ''x''::text) AND seg =', '''nobody''') AS alike;
UPDATE hc.wide SET seg = 'x' WHERE seg = 'secret' AND note = hc.heard('x');
DELETE FROM hc.wide WHERE seg = 'secret' AND note = (SELECT (1 / (random() * 0)::int)::text);
-- looking values up
SELECT count(*) FROM hc.wide WHERE code = 'c2' AND note = (SELECT (1 / (random() * 0)::int)::text);
SELECT count(*) FROM hc.wide WHERE code = 'c1' AND note = (SELECT (1 / (random() * 0)::int)::text);
RESET enable_indexscan;
SET enable_seqscan = off;
-- rows that a hash index has checked again: once for the planner, once for the index
SELECT count(*) FROM hc.wide WHERE note = hc.heard('n2');
SELECT count(*) FROM hc.wide WHERE note = hc.heard('nobody');
SELECT count(*) FROM hc.wide WHERE code = hc.heard('c2');
SELECT count(*) FROM hc.wide WHERE code = hc.heard('nobody');
SET enable_indexscan = off;
SET enable_bitmapscan = on;
SELECT count(*) FROM hc.wide WHERE note = hc.heard('n2');
SELECT count(*) FROM hc.wide WHERE note = hc.heard('nobody');
RESET enable_seqscan;
RESET enable_indexscan;
RESET enable_bitmapscan;
SET client_min_messages = warning;

-- the stored row breaks the constraint, not the one that was offered
\set VERBOSITY default
INSERT INTO hc.person (id, name, phone) VALUES (1, 'x', 'mine') ON CONFLICT (id) DO UPDATE SET name = NULL;
INSERT INTO hc.person (id, name, phone) VALUES (1, 'x', 'mine') ON CONFLICT (id) DO UPDATE SET n = 9;
INSERT INTO hc.few (id, name, phone, n) VALUES (1, 'x', 'mine', 0) ON CONFLICT (id) DO UPDATE SET n = 7;
WITH w AS (INSERT INTO hc.person (id, name, phone) VALUES (1, 'x', 'mine') ON CONFLICT (id) DO UPDATE SET n = 9 RETURNING id) SELECT * FROM w;
PREPARE again AS INSERT INTO hc.person (id, name, phone) VALUES (1, 'x', 'mine') ON CONFLICT (id) DO UPDATE SET n = 9;
EXECUTE again;
EXECUTE again;
-- what is inserted is the caller's own; privileges are asked as ever
INSERT INTO hc.person (id, name, phone, n) VALUES (20, 'x', 'mine', 9);
RESET ROLE;
REVOKE INSERT ON hc.person FROM regress_hc_reader;
GRANT INSERT (id, name) ON hc.person TO regress_hc_reader;
SET ROLE regress_hc_reader;
INSERT INTO hc.person (id, name, phone) VALUES (1, 'x', 'mine') ON CONFLICT (id) DO UPDATE SET n = 9;
EXECUTE again;
RESET ROLE;
\set VERBOSITY terse
DROP SCHEMA hc CASCADE;
DROP EXTENSION ethdata;
DROP ROLE regress_hc_reader;
