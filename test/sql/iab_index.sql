-- The index on what a vendor may use strings for: it answers as the function does, and the planner finds it.
CREATE EXTENSION ethdata_iab;
SET search_path = public, ethdata;
CREATE TABLE visit (id int PRIMARY KEY, tc tcstring);
-- bit fields, ranges, empty and full sets, restrictions, version 1
INSERT INTO visit
  SELECT i, tc_build(jsonb_build_object('created', '2026-03-01Z', 'purposeConsents', (SELECT jsonb_agg(p) FROM generate_series(1, 11) p WHERE (i * 7 + p * 13) % 3 = 0),
    'purposeLI', (SELECT jsonb_agg(p) FROM generate_series(2, 11) p WHERE (i + p) % 4 = 0),
    'vendorConsents', (SELECT jsonb_agg(v) FROM generate_series(1, 300) v WHERE (i * 31 + v * 17) % 10 < i % 10),
    'vendorConsentsRanges', CASE WHEN i % 50 = 0 THEN jsonb_build_array(jsonb_build_array(i % 700 + 1, 65535)) ELSE '[]' END,
    'vendorLI', (SELECT jsonb_agg(v) FROM generate_series(1, 300, 7) v WHERE (i + v) % 5 = 0),
    'publisherRestrictions', CASE WHEN i % 20 = 0 THEN '[{"purposeId": 2, "restrictionType": 0, "vendorsRanges": [[1, 100]]}]'::jsonb ELSE '[]' END))
    FROM generate_series(1, 2000) i;
INSERT INTO visit VALUES (2001, 'BQKjTcAQKjTcAEsABBENBk4AAAAArABAAGAA'), (2002, NULL), (2003, tc_build('{"created": "2026-03-01Z"}')),
  (2004, tc_build('{"created": "2026-03-01Z", "purposeConsents": [1], "vendorConsentsRanges": [[1, 65535]]}'));
CREATE INDEX visit_use ON visit USING gin (tc);
ANALYZE visit;

EXPLAIN (COSTS OFF) SELECT id FROM visit WHERE tc_permits(tc, 42, 2);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM visit WHERE tc_permits(tc, 42, 2);
EXPLAIN (COSTS OFF) SELECT id FROM visit WHERE tc @@ '{42, 2, 7}';
PREPARE use (int, int) AS SELECT count(*) FROM visit WHERE tc_permits(tc, $1, $2);
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE use (42, 2);
EXECUTE use (42, 2);
-- not where the vendor comes from the table
SET enable_seqscan = on;
EXPLAIN (COSTS OFF) SELECT id FROM visit WHERE tc_permits(tc, id, 2);

-- the same answers with the index and without
CREATE TABLE answer (vendor int, purpose int, ids int[]);
INSERT INTO answer SELECT v, p, ARRAY(SELECT id FROM visit WHERE tc_permits(tc, v, p) ORDER BY id)
  FROM unnest('{-1,0,1,2,3,4,7,42,64,128,255,256,299,300,301,701,1024,32768,65535,65536}'::int[]) v, generate_series(0, 12) p;
SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_seqscan = on;
CREATE TABLE plain (vendor int, purpose int, ids int[]);
INSERT INTO plain SELECT v, p, ARRAY(SELECT id FROM visit WHERE tc_permits(tc, v, p) ORDER BY id)
  FROM unnest('{-1,0,1,2,3,4,7,42,64,128,255,256,299,300,301,701,1024,32768,65535,65536}'::int[]) v, generate_series(0, 12) p;
RESET enable_indexscan; RESET enable_bitmapscan;
SELECT count(*), sum(cardinality(a.ids)) > 10000, count(*) FILTER (WHERE a.ids IS DISTINCT FROM p.ids) AS different FROM answer a JOIN plain p USING (vendor, purpose);
SET enable_seqscan = off;
SELECT count(*) FROM visit WHERE tc @@ '{42, 2}';
SELECT count(*) FROM visit WHERE tc @@ '{42, 2, 7}';
SELECT count(*) FROM visit WHERE tc_permits(tc, 42, 2) AND tc_permits(tc, 42, 7);
SELECT count(*) FROM visit WHERE tc @@ '{42}';
SELECT count(*) FROM visit WHERE tc @@ '{42, NULL}';
-- nobody knows which vendor, with an index as without
SET plan_cache_mode = force_generic_plan;
PREPARE of_vendor(int) AS SELECT count(*) FROM visit WHERE tc_permits(tc, $1, 2);
EXECUTE of_vendor(42);
EXECUTE of_vendor(NULL);
DEALLOCATE of_vendor;
RESET plan_cache_mode;
-- an index of one use alone
CREATE INDEX visit_one ON visit (id) WHERE tc_permits(tc, 42, 2);
DROP INDEX visit_use;
EXPLAIN (COSTS OFF) SELECT id FROM visit WHERE tc_permits(tc, 42, 2);
DROP TABLE visit, answer, plain;
DROP EXTENSION ethdata_iab;
DROP SCHEMA ethdata;
