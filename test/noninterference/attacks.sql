-- Attacks on masks and hidden rows, one unit for each way, by the classes that the
-- literature and other products' bugs name (A inference, B errors and leaky functions,
-- C statistics and side channels, D plans, roles, names, E other ways to read, F
-- writes, G definitions).  test/t/080_attacks runs them as the masked role in two
-- databases that differ in what it may not see (fixture.sql): every answer must be the
-- same, byte for byte; and again as a role that reads raw, for which every unit must
-- answer differently, or it attacks nothing.  Units whose head ends in "(refused)" get
-- an error from core or from ethdata, of "(closed)" ones core tells the owner alone: of
-- these only the first is asked.
--
-- A head is "-- ==== class: what".  Version 17 and 18 have attacks17.sql, attacks18.sql.

-- ==== A1: equality and range
SELECT id FROM t.c WHERE sal BETWEEN 2990 AND 2996 OR email = 'r0003@raw1.org' OR born = '1990-01-05' ORDER BY id;
-- ==== A1: range by bisection
SELECT g, (SELECT count(*) FROM t.c WHERE sal < 2900 + g) FROM generate_series(0, 100, 10) g;
-- ==== A1: row comparison
SELECT id FROM t.c WHERE (email, sal) >= ('r0003', 1) AND ROW(email, phone) <> ROW('r0003@raw1.org', '+32 470 0003') ORDER BY id;
-- ==== A2: LIKE, regular expressions, prefixes
SELECT id FROM t.c WHERE email LIKE 'r00%' OR email ~ '^r00' OR email SIMILAR TO 'r00%' OR starts_with(email, 'r00') OR email ^@ 'r00' OR substr(email, 2, 2) = '00' OR position('raw' IN email) > 0 OR email ILIKE 'R00%' ORDER BY id;
-- ==== A2: regular expressions that take apart
SELECT id, regexp_match(email, 'r(\d+)'), regexp_replace(phone, '\d{3}$', ''), split_part(iban, 'E', 1), regexp_split_to_array(full_name, ' ') FROM t.c WHERE id < 9 ORDER BY id;
-- ==== A3: ORDER BY .. LIMIT
SELECT id FROM t.c ORDER BY sal DESC, id LIMIT 3;
-- ==== A3: order by expression, using an operator, with ties
(SELECT id FROM t.c ORDER BY email USING >, id LIMIT 5) UNION ALL (SELECT id FROM t.c ORDER BY sal DESC FETCH FIRST 2 ROWS WITH TIES) ORDER BY 1;
-- ==== A3: no order, where an index on the raw column would give one
SET enable_seqscan = off;
SELECT city FROM t.c WHERE city > '' LIMIT 6;
SELECT n FROM t.u LIMIT 6;
SELECT min(sal), max(sal), min(email), max(born) FROM t.c;
RESET enable_seqscan;
-- ==== A3: merge joins and groups in an index's order
SET enable_hashjoin = off; SET enable_hashagg = off; SET enable_nestloop = off; SET enable_seqscan = off;
SELECT a.id FROM t.c a JOIN t.u b ON a.email = b.email ORDER BY 1;
SELECT email, count(*) FROM t.c GROUP BY email;
RESET enable_hashjoin; RESET enable_hashagg; RESET enable_nestloop; RESET enable_seqscan;
-- ==== A4: GROUP BY, DISTINCT, count(DISTINCT)
SELECT substr(email, 3, 2), count(*), count(DISTINCT sal), count(DISTINCT phone) FROM t.c GROUP BY 1 ORDER BY 1;
-- ==== A4: DISTINCT of a hidden row's columns
SELECT DISTINCT seg, score FROM t.h ORDER BY 1, 2;
-- ==== A5: windows: rank, lag, frames by value
SELECT id, rank() OVER (ORDER BY sal), lag(email) OVER (ORDER BY id), ntile(4) OVER (ORDER BY born, id), count(*) OVER (ORDER BY sal RANGE BETWEEN 5 PRECEDING AND 5 FOLLOWING), cume_dist() OVER (ORDER BY sal) FROM t.c ORDER BY id;
-- ==== A5: frames by groups, exclusion, filters
SELECT id, sum(sal) OVER w, first_value(email) OVER w, nth_value(phone, 2) OVER w, count(*) FILTER (WHERE email > 'r0020') OVER w FROM t.c WINDOW w AS (ORDER BY n, id GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) ORDER BY id;
-- ==== A5: percentiles, modes, hypothetical ranks
SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY sal), percentile_disc(0.1) WITHIN GROUP (ORDER BY amount), mode() WITHIN GROUP (ORDER BY email), rank('r0020') WITHIN GROUP (ORDER BY email), dense_rank(2950) WITHIN GROUP (ORDER BY sal) FROM t.c;
-- ==== A6: join with a table of guesses: ON, USING, NATURAL, merged column
SELECT c.id, g.v FROM t.c JOIN t.g ON c.email = g.v OR c.sal = g.n ORDER BY 1, 2;
SELECT email FROM t.c JOIN (SELECT v AS email FROM t.g) g USING (email) ORDER BY 1;
SELECT email FROM t.c NATURAL JOIN (SELECT v AS email FROM t.g) g ORDER BY 1;
SELECT x.email, x FROM (t.c JOIN (SELECT v AS email FROM t.g) g USING (email) ) AS x(email) ORDER BY 1, 2;
-- ==== A6: outer and anti joins
SELECT g.id, c.id FROM t.g LEFT JOIN t.c ON c.phone = g.v ORDER BY 1, 2;
SELECT g.id FROM t.g WHERE NOT EXISTS (SELECT FROM t.c WHERE c.email = g.v) ORDER BY 1;
SELECT c.id, h.cid FROM t.c FULL JOIN t.h ON h.cid = c.id ORDER BY 1, 2;
-- ==== A6: join with itself
SELECT a.id, b.id FROM t.c a JOIN t.c b ON a.sal = b.sal AND a.id < b.id ORDER BY 1, 2;
-- ==== A7: IN, ANY, ALL, EXISTS, set operations, VALUES
SELECT id FROM t.c WHERE email IN ('r0003@raw1.org', 'r0004@two2.org') OR sal = ANY ('{2997,2996,2007}') ORDER BY id;
SELECT 1 WHERE EXISTS (SELECT FROM t.c WHERE email = 'r0003@raw1.org');
SELECT 'r0003@raw1.org' = ANY (SELECT email FROM t.c), 2007 <> ALL (SELECT sal FROM t.c);
SELECT email FROM t.c INTERSECT SELECT v FROM t.g ORDER BY 1;
SELECT v FROM t.g EXCEPT SELECT email FROM t.c ORDER BY 1;
VALUES ((SELECT email FROM t.c WHERE id = 3)), ((SELECT max(seg) FROM t.h));
-- ==== A7: rows that hide, by NOT IN
SELECT id FROM t.c WHERE id NOT IN (SELECT cid FROM t.h) ORDER BY 1;
-- ==== A8: text search, jsonpath, arrays, ranges
SELECT id FROM t.c WHERE to_tsvector('simple', full_name) @@ 'anna'::tsquery OR doc @? '$.secret ? (@ starts with "S00")' OR doc @> '{"secret": "S0003"}' OR doc ->> 'secret' < 'S9' OR doc['contact']['mail'] = '1003' OR jsonb_path_exists(doc, '$.** ? (@ == "S0003")') ORDER BY id;
SELECT id FROM t.c WHERE tags && '{rawa}' OR '0003' = ANY (tags) OR tags[1] = 'rawb' OR int4range(2990, 3000) @> sal OR ip << '192.168.7.4/30' ORDER BY id;
-- ==== A8: documents taken apart
SELECT c.id, e.* FROM t.c, jsonb_each_text(doc) e ORDER BY 1, 2;
SELECT c.id, r.* FROM t.c, jsonb_to_record(doc) r(secret text, id int) ORDER BY 1;
SELECT jsonb_object_agg(id, doc), jsonb_agg(keep ORDER BY id) FROM t.c WHERE id < 9;
-- ==== A9: ordered aggregates, DISTINCT ON, HAVING, FILTER
SELECT array_agg(id ORDER BY sal, id), string_agg(email, ',' ORDER BY phone, id), max(email) FILTER (WHERE sal > 2980) FROM t.c;
SELECT DISTINCT ON (sal) sal, id FROM t.c ORDER BY sal, id;
SELECT city FROM t.c GROUP BY city HAVING max(sal) > 2990 OR bool_or(email LIKE 'r000%') ORDER BY 1;
-- ==== A9: GROUPING SETS, CUBE, ROLLUP
SELECT email, sal, grouping(email, sal), count(*) FROM t.c GROUP BY CUBE (email, sal) ORDER BY 1, 2, 3;
SELECT n, born, count(*) FROM t.c GROUP BY GROUPING SETS ((n), ROLLUP (born)) ORDER BY 1, 2;
-- ==== A9: an aggregate of the reader's own
BEGIN;
CREATE FUNCTION mine.acc(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'takes %', $2; RETURN $2; END $$;
CREATE AGGREGATE mine.agg(text) (sfunc = mine.acc, stype = text, msfunc = mine.acc, minvfunc = mine.acc, mstype = text);
SELECT mine.agg(email ORDER BY id), mine.agg(DISTINCT phone) FROM t.c WHERE id < 9;
SELECT mine.agg(seg) OVER (ORDER BY cid ROWS 1 PRECEDING) FROM t.h;
ROLLBACK;
-- ==== A10: sums that differ by one
SELECT (SELECT sum(sal) FROM t.c) - (SELECT sum(sal) FROM t.c WHERE id <> 3), (SELECT count(*) FROM t.h WHERE score < 100) - (SELECT count(*) FROM t.h WHERE score < 100 AND cid <> 3);
-- ==== A10: variance, correlation, regression
SELECT variance(sal), corr(sal, id), regr_slope(amount, n), covar_pop(weight, sal) FROM t.c;
-- ==== A11: a mask is asked about guesses (refused)
SELECT ethdata.mask_hash('r0003@raw1.org'), ethdata.mask_noise(2997, 0.1);
-- ==== A12: samples and row marks
SELECT id, email FROM t.c TABLESAMPLE SYSTEM (100) REPEATABLE (1) WHERE sal > 2990 ORDER BY id;
SELECT id, email FROM t.c TABLESAMPLE BERNOULLI (100) WHERE email > 'r002' ORDER BY id;
-- ==== A12: FOR UPDATE, SHARE, SKIP LOCKED, NOWAIT
BEGIN;
SELECT id, email FROM t.c WHERE sal > 2990 ORDER BY id FOR UPDATE SKIP LOCKED;
SELECT id, email FROM t.c WHERE email > 'r002' ORDER BY id FOR SHARE NOWAIT;
SELECT cid, seg FROM t.h ORDER BY cid FOR KEY SHARE;
ROLLBACK;

-- ==== B1: a cheap function that tells
SELECT count(*) FROM t.c WHERE t.leak(email) AND t.leak(phone) AND t.leak(c) AND id < 9;
-- ==== B1: of hidden rows, also behind a barrier
SELECT cid FROM t.h WHERE t.leak(seg) AND t.leak(cid);
SELECT id FROM t.vb WHERE t.leak(email) AND t.leak(ue) ORDER BY 1;
-- ==== B2: an operator that tells, with an estimator
SELECT id FROM t.c WHERE email OPERATOR(t.<<<<) 'r0003' ORDER BY 1;
EXPLAIN (COSTS OFF) SELECT id FROM t.c WHERE email OPERATOR(t.<<<<) 'r0003';
-- ==== B2: its estimator alone
EXPLAIN SELECT id FROM t.c WHERE email OPERATOR(t.<<<<) 'r0003' AND city OPERATOR(t.<<<<) 'city3';
-- ==== B2: an operator class of the reader's (refused)
CREATE OPERATOR CLASS mine.o FOR TYPE text USING btree AS OPERATOR 1 t.<<<<;
-- ==== B3: division by zero, overflow, roots
SELECT id FROM t.c WHERE id = 3 AND 1 / (sal - 2996) = 0;
-- ==== B3: more of it
SELECT id, sal::int2 * 11::int2 FROM t.c WHERE id < 5 ORDER BY id;
-- ==== B3: in an aggregate
SELECT sum(1 / (sal - 2996)), sum(sqrt(3000 - 4 - sal)) FROM t.c;
-- ==== B4: a cast that quotes
SELECT id FROM t.c WHERE id = 3 AND email::int = 0;
-- ==== B4: of documents, dates, arrays, enums
SELECT (doc ->> 'secret')::int FROM t.c WHERE id = 3;
-- ==== B4: a date that does not fit
SELECT (born::text || 'x')::date FROM t.c WHERE id = 3;
-- ==== B4: into an enum
SELECT phone::t.mood FROM t.c WHERE id = 3;
-- ==== B4: into a domain whose check tells
BEGIN;
CREATE DOMAIN mine.told AS text CHECK (t.leak(value));
SELECT email::mine.told, phone::mine.told FROM t.c WHERE id < 5 ORDER BY id;
ROLLBACK;
-- ==== B4: into a domain that refuses
BEGIN;
CREATE DOMAIN mine.d AS text CHECK (value NOT LIKE '%raw1%');
SELECT id, email::mine.d FROM t.c WHERE email > 'r' ORDER BY id;
ROLLBACK;
-- ==== B4: composite values
BEGIN;
CREATE TYPE mine.pair AS (a text, b int);
SELECT ROW(email, sal)::mine.pair, (ROW(phone, na)::mine.pair).a FROM t.c WHERE id < 5 ORDER BY id;
SELECT ROW(email, phone)::mine.pair FROM t.c WHERE id = 3;
ROLLBACK;
-- ==== B5: what planning folds
SELECT id FROM t.c WHERE CASE WHEN email = 'r0003@raw1.org' THEN 1 / (id - 3) ELSE 1 END = 0;
-- ==== B5: a function that says it is immutable reads while the query is planned
BEGIN;
CREATE FUNCTION mine.imm() RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT email FROM t.c WHERE id = 3); END $$;
CREATE FUNCTION mine.sta() RETURNS int STABLE LANGUAGE sql AS 'SELECT max(sal) FROM t.c';
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM t.g WHERE v = mine.imm();
EXPLAIN SELECT id FROM t.g WHERE n < mine.sta();
ROLLBACK;
-- ==== B6: a constraint's error does not print the row
UPDATE t.c SET n = -1 WHERE id = 3;
-- ==== B6: nor NOT NULL's
UPDATE t.c SET name = NULL WHERE id = 3;
-- ==== B8: nor a table's whose row moves to another partition
UPDATE t.p SET n = n / 0 WHERE k = 2 AND id = 3;
UPDATE t.p SET k = 2, email = NULL, sum = 1 / (sum - 100 - id) WHERE id = 3;
-- ==== B8: a view's
UPDATE t.vc SET n = 6 WHERE id = 3;
-- ==== B8: a row policy's
UPDATE t.r SET n = 950 WHERE note = 'rn3';
-- ==== B9: what a block catches: message, detail, context
DO $$ DECLARE m text; d text; h text; c text; BEGIN PERFORM email::int FROM t.c WHERE id = 3; EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, c = PG_EXCEPTION_CONTEXT; RAISE NOTICE '% % % %', m, d, h, c; END $$;
-- ==== B10: sizes, hashes, compression
SELECT id, length(email), octet_length(phone), md5(iban), hashtext(email), pg_column_size(phone), pg_column_size(na), hash_record(c), pg_column_size(c), sha256(email::bytea), crc FROM t.c, LATERAL (SELECT hashtextextended(phone, 0) AS crc) x ORDER BY id;

-- ==== C1: statistics of columns
SELECT attname, null_frac, avg_width, n_distinct, most_common_vals, histogram_bounds, correlation FROM pg_stats WHERE schemaname = 't' AND tablename IN ('c', 'h', 'u', 'p', 'p2', 'par', 'chi', 'o') ORDER BY tablename, attname, inherited;
-- ==== C2: extended statistics (closed)
SELECT statistics_name, attnames, n_distinct, dependencies, most_common_vals, most_common_freqs FROM pg_stats_ext ORDER BY 1, inherited;
SELECT statistics_name, expr, most_common_vals, histogram_bounds FROM pg_stats_ext_exprs ORDER BY 1, 2, inherited;
-- ==== C2: their tables (refused)
SELECT stxdmcv FROM pg_statistic_ext_data;
-- ==== C2: the raw statistics (refused)
SELECT stavalues1 FROM pg_statistic;
-- ==== C3: estimates, by value
EXPLAIN SELECT * FROM t.c WHERE sal < 2500;
EXPLAIN SELECT * FROM t.c WHERE email = 'r0003@raw1.org' AND born > '1990-04-01' AND flag AND nb IS NULL;
-- ==== C3: of groups, joins, widths
EXPLAIN SELECT email, sal, count(*) FROM t.c GROUP BY email, sal;
EXPLAIN SELECT * FROM t.c JOIN t.u USING (email);
EXPLAIN SELECT weight, tags, doc, na FROM t.c ORDER BY weight;
-- ==== C3: of hidden rows
EXPLAIN SELECT * FROM t.h WHERE seg = 'zz0';
EXPLAIN SELECT count(*) FROM t.h GROUP BY seg;
-- ==== C4: EXPLAIN ANALYZE: rows removed, loops, sorts
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT id FROM t.c WHERE sal > 2980 AND email > 'r002';
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT cid FROM t.h WHERE seg > 'hd3' AND score < 100;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT a.id FROM t.c a JOIN t.h b ON a.id = b.cid AND a.sal > b.score;
-- ==== C4: by an index, bitmap, nested loop, memoize
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT seg FROM t.h WHERE seg = 'zz0';
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT o.id, o.total FROM t.o JOIN t.h ON h.cid = o.cid WHERE o.total > 7;
RESET enable_seqscan; RESET enable_hashjoin; RESET enable_mergejoin;
-- ==== C4: as XML, JSON, YAML, verbose, with settings and write-ahead log
EXPLAIN (ANALYZE, VERBOSE, SETTINGS, FORMAT JSON, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT id, email FROM t.c WHERE sal > 2980;
EXPLAIN (ANALYZE, VERBOSE, FORMAT YAML, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT cid FROM t.h WHERE score < 100;
EXPLAIN (FORMAT XML) SELECT id FROM t.u WHERE email > 'R001';
-- ==== C4: EXPLAIN of what writes
BEGIN;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) UPDATE t.c SET note = 'x' WHERE sal > 2980;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) DELETE FROM t.o WHERE total > 500 RETURNING total;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) MERGE INTO t.u USING t.g ON u.email = g.v WHEN MATCHED THEN UPDATE SET n = g.n;
EXPLAIN (ANALYZE, WAL OFF, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) UPDATE t.h SET score = score + 1 WHERE score < 1000;
ROLLBACK;
EXPLAIN INSERT INTO t.g SELECT id, email FROM t.c WHERE sal < 2500;
-- ==== C4: EXPLAIN ANALYZE of CREATE TABLE AS, EXECUTE, DECLARE
PREPARE e(int) AS SELECT id, email FROM t.c WHERE sal > $1;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) EXECUTE e(2980);
SET plan_cache_mode = force_generic_plan;
EXPLAIN EXECUTE e(2980);
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) CREATE TEMP TABLE made AS EXECUTE e(2980);
TABLE made;
DROP TABLE made;
RESET plan_cache_mode;
DEALLOCATE e;
EXPLAIN DECLARE k CURSOR FOR SELECT id FROM t.c WHERE sal > 2980;
-- ==== C7: ANALYZE, statistics and indexes of the reader's (refused)
CREATE STATISTICS mine.s ON email, sal FROM t.c;
-- ==== C7: an index (refused)
CREATE INDEX ON t.c (t.leak(email));
-- ==== C7: of a copy of his
BEGIN;
CREATE TABLE mine.copy AS SELECT id, email, sal FROM t.c WHERE id > 0;
CREATE STATISTICS mine.s (mcv) ON email, sal FROM mine.copy;
ANALYZE mine.copy;
SELECT attname, most_common_vals, histogram_bounds FROM pg_stats WHERE tablename = 'copy' ORDER BY 1;
ROLLBACK;

-- ==== D3: the purpose between executions of one plan
PREPARE d AS SELECT id, email, phone FROM t.c ORDER BY id;
SET plan_cache_mode = force_generic_plan;
EXECUTE d;
SET ethdata.purpose = 'mk.mail';
EXECUTE d;
SET ethdata.purpose = 'none';
EXECUTE d;
RESET ethdata.purpose;
RESET plan_cache_mode;
DEALLOCATE d;
-- ==== D4: a purpose that is not his (refused)
SET ethdata.purpose = 'bill';
SELECT phone FROM t.c WHERE id = 3;
RESET ethdata.purpose;
-- ==== D4: by a setting of the database's look (refused)
SELECT set_config('ethdata.purpose', 'bill', false);
SELECT phone FROM t.c WHERE id = 3;
RESET ethdata.purpose;
-- ==== D5: another role (refused)
SET ROLE ni_owner;
-- ==== D6: functions of the reader's that run as he does
BEGIN;
CREATE FUNCTION mine.definer() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = t AS 'SELECT email FROM t.c ORDER BY id';
CREATE FUNCTION mine.sets() RETURNS SETOF text LANGUAGE plpgsql SET ethdata.purpose = 'mk.mail' SET row_security = off AS 'BEGIN RETURN QUERY SELECT phone FROM t.c ORDER BY id; END';
SELECT * FROM mine.definer();
SELECT * FROM mine.sets();
ROLLBACK;
-- ==== D8: names that stand before those of the mask
BEGIN;
CREATE FUNCTION mine.mask_email(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION mine."left"(text, int) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION mine.eq(text, text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'eq % %', $1, $2; RETURN true; END $$;
CREATE OPERATOR mine.= (leftarg = text, rightarg = text, function = mine.eq);
CREATE FUNCTION mine."coalesce"(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1';
SET LOCAL search_path = mine, pg_temp, pg_catalog, t;
SELECT id, email, nb FROM t.c ORDER BY id;
SELECT id FROM t.u WHERE email = 'R003' ORDER BY id;
ROLLBACK;
-- ==== D9: temporary tables and views of the same name
BEGIN;
CREATE TEMP TABLE u (id bigint, email text, city text, n int);
INSERT INTO u SELECT id, email, city, n FROM t.u;
SET LOCAL search_path = pg_temp, t;
SELECT * FROM u ORDER BY id LIMIT 3;
SELECT email FROM t.u ORDER BY id LIMIT 3;
ROLLBACK;
-- ==== D10: row_security off
SET row_security = off;
SELECT id, email FROM t.c ORDER BY id;
SELECT * FROM t.h ORDER BY 1;
RESET row_security;
-- ==== D10: replication role of the session (refused)
SET session_replication_role = replica;
-- ==== D11: the library is loaded again, and its settings (refused)
LOAD 'ethdata';

-- ==== E1: whole rows
SELECT c, c.*::text, row_to_json(c), to_jsonb(c), c IS NULL, (c).email, format('%s', c), concat(c), record_out(c) FROM t.c ORDER BY c.id;
-- ==== E1: whole rows, taken apart and made again
SELECT (x.r).email, (x.r).sal FROM (SELECT c AS r FROM t.c) x ORDER BY 1, 2;
SELECT u.email FROM unnest(ARRAY(SELECT c FROM t.c ORDER BY id)) u;
SELECT (jsonb_populate_record(NULL::t.u, to_jsonb(c))).email FROM t.c ORDER BY id;
SELECT (json_populate_recordset(NULL::t.c, (SELECT json_agg(c) FROM t.c))).email;
-- ==== E1: whole rows compared, grouped, ordered
SELECT count(*) FROM t.u GROUP BY u.* ORDER BY 1;
SELECT id FROM t.u ORDER BY u.* DESC LIMIT 3;
SELECT id FROM t.u WHERE u < (SELECT x FROM t.u x WHERE x.id = 30) AND u::text LIKE '%R00%' AND u IS DISTINCT FROM NULL ORDER BY 1;
SELECT count(*) FROM (SELECT DISTINCT ROW(u.email, u.n) FROM t.u) x;
-- ==== E1: as argument of the reader's function
BEGIN;
CREATE FUNCTION mine.of(r t.c) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN r.email || r.phone || r.sal; END';
CREATE FUNCTION mine.of2(r t.c) RETURNS text LANGUAGE sql AS 'SELECT $1.email';
SELECT mine.of(c), mine.of2(c) FROM t.c ORDER BY id;
ROLLBACK;
-- ==== E1: TABLE, SELECT *, SELECT t
TABLE t.u ORDER BY id;
SELECT u FROM t.u ORDER BY id;
SELECT * FROM (TABLE t.h) x ORDER BY 1;
-- ==== E2: system columns
SELECT tableoid::regclass, id, email FROM t.p WHERE tableoid = 't.p2'::regclass ORDER BY id;
SELECT id, email FROM t.u WHERE ctid >= '(0,2)' AND ctid < '(0,9)' ORDER BY id;
SELECT id, email, xmin IS NOT NULL FROM t.u WHERE ctid = '(0,3)';
-- ==== E2: a row's address by another function (refused)
SELECT currtid2('t.c', '(0,3)');
-- ==== E3: COPY
COPY t.u TO STDOUT;
COPY t.c (id, email, sal, doc) TO STDOUT (FORMAT csv, HEADER);
COPY (SELECT email FROM t.c ORDER BY sal) TO STDOUT;
COPY t.h TO STDOUT;
-- ==== E3: in binary
COPY (SELECT email, sal FROM t.c ORDER BY id) TO STDOUT (FORMAT binary);
\echo
-- ==== E3: what writes, by COPY
BEGIN;
COPY (UPDATE t.c SET note = 'x' RETURNING id, email) TO STDOUT;
ROLLBACK;
-- ==== E3: to a program or a file (refused)
COPY t.c TO PROGRAM 'cat';
-- ==== E4: cursors
BEGIN;
DECLARE k SCROLL CURSOR FOR SELECT id, email FROM t.c ORDER BY sal, id;
FETCH 4 FROM k;
FETCH BACKWARD 2 FROM k;
FETCH LAST FROM k;
DECLARE h CURSOR WITH HOLD FOR SELECT phone FROM t.c ORDER BY id;
COMMIT;
FETCH 5 FROM h;
CLOSE h;
-- ==== E4: a cursor of a function's
BEGIN;
CREATE FUNCTION mine.cur() RETURNS refcursor LANGUAGE plpgsql AS $$ DECLARE c refcursor := 'rc'; BEGIN OPEN c FOR EXECUTE 'SELECT email FROM t.c WHERE id < $1 ORDER BY id' USING 9; RETURN c; END $$;
SELECT mine.cur();
FETCH ALL FROM rc;
ROLLBACK;
-- ==== E4: and WHERE CURRENT OF
BEGIN;
DECLARE k CURSOR FOR SELECT id FROM t.u WHERE id = 5 FOR UPDATE;
FETCH k;
UPDATE t.u SET city = left(email, 4) WHERE CURRENT OF k RETURNING id, email, city;
ROLLBACK;
-- ==== E5: CREATE TABLE AS, SELECT INTO, materialized views
BEGIN;
CREATE TEMP TABLE m1 AS SELECT * FROM t.c;
SELECT id, email, sal FROM m1 ORDER BY id;
SELECT id, email INTO TEMP m2 FROM t.c;
TABLE m2 ORDER BY id;
CREATE MATERIALIZED VIEW mine.m3 AS SELECT id, email FROM t.c WHERE sal > 2990 WITH NO DATA;
REFRESH MATERIALIZED VIEW mine.m3;
TABLE mine.m3 ORDER BY id;
PREPARE e5 AS SELECT email FROM t.c ORDER BY id;
CREATE TABLE mine.m4 AS EXECUTE e5;
TABLE mine.m4;
ROLLBACK;
DEALLOCATE ALL;
-- ==== E7: views of the owner's and of the reader's
SELECT * FROM t.vo ORDER BY id;
SELECT * FROM t.vi ORDER BY id;
SELECT * FROM t.vb ORDER BY id;
SELECT * FROM t.va ORDER BY email, id;
SELECT * FROM t.vu ORDER BY id, email, n;
SELECT * FROM mine.v ORDER BY id, total;
-- ==== E7: a view of a view, with a condition that tells
BEGIN;
CREATE VIEW mine.w WITH (security_barrier) AS SELECT v.id, v.email FROM t.vo v WHERE t.leak(v.email) AND v.sal > 2990;
CREATE VIEW mine.x WITH (security_invoker) AS SELECT * FROM mine.w WHERE email > 'r';
SELECT * FROM mine.x ORDER BY 1;
UPDATE mine.w SET id = id WHERE t.leak(id);
ROLLBACK;
-- ==== E9: rules
BEGIN;
CREATE TABLE mine.ruled (x text);
CREATE RULE more AS ON INSERT TO mine.ruled DO ALSO SELECT email, sal FROM t.c WHERE email < NEW.x OR id < 9 ORDER BY id;
CREATE RULE instead AS ON DELETE TO mine.ruled DO INSTEAD UPDATE t.u SET city = email WHERE id = 3 RETURNING u.city;
INSERT INTO mine.ruled VALUES ('r003');
DELETE FROM mine.ruled RETURNING x;
ROLLBACK;
-- ==== E10: row policies, checks, defaults, generated columns of the reader's table
BEGIN;
CREATE TABLE mine.r (x text);
INSERT INTO mine.r VALUES ('r0003@raw1.org'), ('r0004@two2.org');
ALTER TABLE mine.r ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON mine.r USING (x IN (SELECT email FROM t.c));
SELECT * FROM mine.r;
ALTER TABLE mine.r ADD COLUMN d text DEFAULT t.fm(3);
SELECT DISTINCT d FROM mine.r;
ROLLBACK;
-- ==== E10: a check that raises
BEGIN;
CREATE TABLE mine.r AS SELECT 1 AS x;
ALTER TABLE mine.r ADD CHECK (t.fm(3) NOT LIKE '%raw1%');
ROLLBACK;
-- ==== E11: functions with bodies of SQL, inlined and not; procedures
BEGIN;
CREATE FUNCTION mine.a(bigint) RETURNS text LANGUAGE sql STABLE RETURN (SELECT email FROM t.c WHERE id = $1);
CREATE FUNCTION mine.b() RETURNS SETOF t.c LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM t.c; END;
CREATE PROCEDURE mine.c(INOUT x text) LANGUAGE sql BEGIN ATOMIC SELECT phone FROM t.c WHERE id = 3; END;
CREATE FUNCTION mine.d(a anyelement, OUT e text) RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT email FROM t.c WHERE id < $1';
SELECT mine.a(3), t.fm(3), t.fh(3), t.fa(3), t.fs(3);
SELECT id, email, sal FROM mine.b() ORDER BY id;
CALL mine.c('x');
SELECT * FROM mine.d(9::bigint);
SELECT id, email FROM t.fc(9) WHERE sal > 2990;
SELECT * FROM t.fe('r0003@raw1.org') ORDER BY 1;
ROLLBACK;
-- ==== E12: DO, EXECUTE, RETURN QUERY EXECUTE, XML
DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT id, email FROM t.c WHERE sal > 2990 ORDER BY id' LOOP RAISE NOTICE '%', r; END LOOP; END $$;
SELECT * FROM t.fx('SELECT email FROM t.c ORDER BY id');
SELECT query_to_xml('SELECT email FROM t.c WHERE id = 3', false, true, ''), table_to_xml('t.u', false, true, '');
SELECT * FROM ts_stat('SELECT to_tsvector(''simple'', full_name) FROM t.c') ORDER BY 1;
-- ==== E12: EXECUTE of CREATE TABLE AS inside a block
BEGIN;
DO $$ BEGIN EXECUTE 'CREATE TEMP TABLE made AS SELECT email, sal FROM t.c'; END $$;
SELECT * FROM made ORDER BY 1, 2;
ROLLBACK;
-- ==== E13: partitions and children by their own names, and only
SELECT * FROM t.p2 ORDER BY id;
SELECT id, email, sum FROM ONLY t.p1 ORDER BY id;
SELECT id, email FROM t.p32 ORDER BY id;
SELECT * FROM t.chi ORDER BY id;
SELECT * FROM ONLY t.par ORDER BY id;
-- ==== E13: a child or a parent of the reader's (refused)
CREATE TABLE mine.k () INHERITS (t.u);
-- ==== E13: LIKE copies no row
BEGIN;
CREATE TABLE mine.like1 (LIKE t.u);
INSERT INTO mine.like1 SELECT id, email, city, n FROM t.u;
SELECT email FROM mine.like1 ORDER BY id;
ROLLBACK;
-- ==== E15: decoding and publications (refused)
SELECT pg_create_logical_replication_slot('ni', 'test_decoding');
-- ==== E15: a publication (refused)
CREATE PUBLICATION ni FOR TABLE t.c;
-- ==== E17: pages and files (refused)
SELECT pg_read_file('PG_VERSION'), lo_import('/etc/hostname');
-- ==== E18: TOAST (refused)
SELECT * FROM pg_toast.pg_toast_1255;
-- ==== E19: notifications carry what was read
BEGIN;
LISTEN ni;
SELECT pg_notify('ni', email) FROM t.c WHERE id = 3;
SELECT pg_try_advisory_xact_lock(hashtext(email)) FROM t.c WHERE id = 3;
SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
ROLLBACK;
-- ==== E20: event triggers (refused)
CREATE EVENT TRIGGER ni ON ddl_command_end EXECUTE FUNCTION t.said();
-- ==== E22: recursion, SEARCH and CYCLE, LATERAL
WITH RECURSIVE r(id, email) AS (SELECT id, email FROM t.c WHERE id = 3 UNION ALL SELECT c.id, c.email FROM t.c JOIN r ON c.id = r.id + 1 WHERE c.id < 9) SEARCH DEPTH FIRST BY email SET o CYCLE email SET again USING path SELECT * FROM r;
SELECT c.id, x.* FROM t.c, LATERAL (SELECT h.seg, c.email || h.seg AS both FROM t.h WHERE h.cid = c.id) x ORDER BY 1;
SELECT * FROM ROWS FROM (unnest((SELECT tags FROM t.c WHERE id = 3)), generate_series(1, 2)) WITH ORDINALITY x;
-- ==== E22: expressions of every kind
SELECT id, CASE email WHEN 'r0003@raw1.org' THEN 'hit' END, nullif(phone, '+32 470 0003'), greatest(email, 'a'), coalesce(phone, iban), ARRAY[email, phone], email IS DISTINCT FROM 'r0003@raw1.org', xmlforest(email, sal), sal::text || '!', -sal, sal IN (2997, 2996), na IS NULL, nb IS NULL FROM t.c ORDER BY id;
-- ==== E22: LIMIT, OFFSET, series by a value
SELECT id FROM t.g ORDER BY id LIMIT (SELECT abs(max(sal) - 2960) FROM t.c) OFFSET (SELECT min(n) FROM t.u);
SELECT count(*) FROM generate_series(1, (SELECT sum(sal) FROM t.c) / 1000);
-- ==== E22: XMLTABLE and JSON functions
SELECT x.* FROM t.c, XMLTABLE('/r' PASSING xmlelement(name r, xmlattributes(email AS e, sal AS s)) COLUMNS e text PATH '@e', s int PATH '@s') x ORDER BY 1, 2;

-- ==== F1: RETURNING
BEGIN;
UPDATE t.c SET note = 'x' RETURNING id, email, phone, c;
DELETE FROM t.o RETURNING total, o;
UPDATE t.h SET score = score RETURNING *;
ROLLBACK;
-- ==== F2: copied to a column that is shown
BEGIN;
UPDATE t.c SET note = email, city = phone;
SELECT id, note, city FROM t.c ORDER BY id;
ROLLBACK;
-- ==== F3: conditions of what writes
BEGIN;
UPDATE t.c SET note = 'hit' WHERE email LIKE 'r000%' OR sal > 2990;
SELECT id FROM t.c WHERE note = 'hit' ORDER BY 1;
DELETE FROM t.u WHERE email < 'R003';
SELECT count(*) FROM t.u;
DELETE FROM t.h WHERE score > 100;
SELECT * FROM t.h ORDER BY 1;
ROLLBACK;
-- ==== F3: counts in a block
BEGIN;
DO $$ DECLARE n int; BEGIN UPDATE t.c SET note = 'hit' WHERE sal > 2990; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE '% rows, %', n, FOUND; END $$;
ROLLBACK;
-- ==== F4: a mask that is written back
BEGIN;
UPDATE t.c SET email = email, sal = sal, note = 'saved' WHERE id < 9 RETURNING id, email, sal;
ROLLBACK;
-- ==== F4: guesses written, where only the mask is let through
BEGIN;
UPDATE t.c SET email = 'r0003@raw1.org', city = email WHERE id = 3 RETURNING city;
ROLLBACK;
-- ==== F5: ON CONFLICT
BEGIN;
INSERT INTO t.c (id, name) VALUES (3, 'x') ON CONFLICT (id) DO UPDATE SET note = c.email || c.phone WHERE c.sal > 2990 RETURNING id, note;
INSERT INTO t.c (id, name, email) VALUES (3, 'x', 'y') ON CONFLICT (id) DO UPDATE SET note = excluded.email || c.email RETURNING note;
ROLLBACK;
-- ==== F6: MERGE
BEGIN;
MERGE INTO t.u USING t.g ON u.email = g.v AND g.id < 8 WHEN MATCHED AND u.email > 'R002' THEN DELETE WHEN NOT MATCHED THEN DO NOTHING;
SELECT count(*) FROM t.u;
MERGE INTO mine.t USING t.c ON t.x = c.email WHEN NOT MATCHED THEN INSERT VALUES (c.email, c.sal);
TABLE mine.t ORDER BY 1, 2;
ROLLBACK;
-- ==== F7: writes in WITH
BEGIN;
WITH x AS (DELETE FROM t.o WHERE total > 500 RETURNING id, total), y AS (UPDATE t.u SET n = 1 WHERE email > 'R002' RETURNING email) SELECT (SELECT count(*) FROM x), (SELECT sum(total) FROM x), (SELECT max(email) FROM y);
ROLLBACK;
-- ==== F8: a foreign key (refused)
CREATE TABLE mine.f (x bigint REFERENCES t.h);
-- ==== F9: triggers and transition tables (refused)
CREATE TRIGGER x AFTER UPDATE ON t.c REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION t.said();
-- ==== F9: of the reader's own table, filled from masks
BEGIN;
CREATE FUNCTION mine.tr() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', (SELECT string_agg(x, ',' ORDER BY x) FROM new_rows); RETURN NULL; END $$;
CREATE TRIGGER tr AFTER INSERT ON mine.t REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mine.tr();
INSERT INTO mine.t SELECT email, sal FROM t.c;
ROLLBACK;
-- ==== F11: TRUNCATE (refused)
TRUNCATE t.c;
-- ==== F12: savepoints
BEGIN;
SAVEPOINT s;
UPDATE t.c SET note = email RETURNING note;
ROLLBACK TO s;
SELECT email FROM t.c ORDER BY id;
ROLLBACK;

-- ==== G2: columns, labels, comments (refused)
ALTER TABLE t.c ALTER COLUMN email TYPE text;
-- ==== G2: a label (refused)
SECURITY LABEL FOR ethdata ON COLUMN t.c.email IS 'not_personal';
-- ==== G4: policies and owners (refused)
DROP POLICY "ethdata 1" ON t.c;
-- ==== G4: row security (refused)
ALTER TABLE t.c DISABLE ROW LEVEL SECURITY;
-- ==== G4: a policy of the form of a rule, in the reader's own table (refused)
BEGIN;
CREATE TABLE mine.own (x text);
INSERT INTO mine.own SELECT email FROM t.c;
CREATE POLICY "ethdata 1" ON mine.own FOR SELECT USING (ethdata.rule(x, x, '{}', 'contact', 'refuse', false));
SELECT * FROM mine.own ORDER BY 1;
ROLLBACK;
-- ==== G5: the extension (refused)
DROP EXTENSION ethdata CASCADE;
-- ==== G8: functions in the extension's schema (refused)
CREATE FUNCTION ethdata.mask_email(int) RETURNS text LANGUAGE sql AS 'SELECT ''x''';
