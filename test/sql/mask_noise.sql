-- Noise: the value moved a little, by what a keyed hash of it says.  The same value
-- is moved alike, whatever its type's width, scale or sign of zero; the result has
-- the sign, stays within the ratio and fits where the value fits.
-- (Known answers for known keys: test/t/020_key_file.pl.)
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
\pset format unaligned
\pset tuples_only on
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE FUNCTION public.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  detail text;
  hint text;
BEGIN
  EXECUTE statement INTO result;
  RETURN coalesce(result, 'null');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n  ', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;

\echo == integers: within the ratio, both ways, alike in each type
SELECT r, bool_and(abs(m - v) <= greatest(1, floor(abs(v) * r))), bool_or(m > v), bool_or(m < v), bool_and(sign(m) IN (0, sign(v))), bool_and(m = ethdata.mask_noise(v::bigint, r)),
  bool_and(v NOT BETWEEN -32768 AND 32767 OR m = ethdata.mask_noise(v::smallint, r)) OR v IS NULL
FROM (SELECT r, v, ethdata.mask_noise(v, r) AS m FROM generate_series(-40000, 40000, 7) AS v, unnest('{0.01,0.1,0.5,1}'::float8[]) AS r) AS t GROUP BY r, v IS NULL ORDER BY r;
SELECT array_agg(DISTINCT ethdata.mask_noise(v) - v) <@ '{-10,-9,-8,-7,-6,-5,-4,-3,-2,-1,0,1,2,3,4,5,6,7,8,9,10}'::int[] FROM generate_series(70, 109) AS v;
SELECT count(DISTINCT ethdata.mask_noise(v, 0.5) - v) > 300 AS spread FROM generate_series(1000, 3000) AS v;
-- another ratio, another noise: no two results that differ in the ratio alone
SELECT count(*) < 100 AS unlinked FROM generate_series(100000, 101999) AS v WHERE abs((ethdata.mask_noise(v, 0.2) - v) - 2 * (ethdata.mask_noise(v, 0.1) - v)) < 200;
SELECT ethdata.mask_noise(0, 1), ethdata.mask_noise(-1, 1), ethdata.mask_noise(1, 1) IN (0, 1), ethdata.mask_noise(-2, 1) IN (-1, -2);
\echo == the ends of the types
SELECT bool_and(ethdata.mask_noise((32767 - n)::smallint, 1) BETWEEN 0 AND 32767), bool_and(ethdata.mask_noise((-32768 + n)::smallint, 1) BETWEEN -32768 AND -1),
  bool_and(ethdata.mask_noise(2147483647 - n, 1) BETWEEN 0 AND 2147483647), bool_and(ethdata.mask_noise(-2147483648 + n, 1) BETWEEN -2147483648 AND -1),
  bool_and(ethdata.mask_noise(9223372036854775807 - n, 1) BETWEEN 0 AND 9223372036854775807), bool_and(ethdata.mask_noise(-9223372036854775808 + n, 1) BETWEEN -9223372036854775808 AND -1)
FROM generate_series(0, 1000) AS n;

\echo == double precision
SELECT r, bool_and(abs(m - v) <= abs(v) * r * 1.0000001), bool_or(m > v), bool_or(m < v), bool_and(sign(m) IN (0, sign(v))), bool_and(m <> v)
FROM (SELECT r, v, ethdata.mask_noise(v, r) AS m FROM generate_series(1, 2000) AS n, LATERAL (SELECT ((n - 1000.5) * 1.37)::float8 AS v) AS x, unnest('{0.01,0.1,0.5,1}'::float8[]) AS r) AS t GROUP BY r ORDER BY r;
SELECT v, ethdata.mask_noise(v, 0.5) FROM unnest('{Infinity,-Infinity,NaN,0,-0,5e-324,-5e-324,1e-40}'::float8[]) AS v;
SELECT ethdata.mask_noise(v, 0.5)::float8 BETWEEN 0 AND '1.7976931348623157e308' FROM unnest('{1.7976931348623157e308,1e308,1.2e-38}'::float8[]) AS v;
SELECT bool_and(ethdata.mask_noise(('3.4028235e38'::real / n)::real, 1)::real < 'Infinity'), bool_and(ethdata.mask_noise(('-1.17549435e-38'::real * n)::real, 1)::real <= 0)
FROM generate_series(1, 1000) AS n;

\echo == numeric: alike whatever the scale, as many decimals as before
SELECT r, bool_and(abs(m - v) <= abs(v) * r::numeric + 0.01), bool_or(m > v), bool_or(m < v), bool_and(sign(m) IN (0, sign(v))), bool_and(scale(m) = scale(v))
FROM (SELECT r, v, ethdata.mask_noise(v, r) AS m FROM generate_series(-1000, 1000) AS n, LATERAL (SELECT n * 13.37 AS v) AS x, unnest('{0.01,0.1,0.5,1}'::float8[]) AS r) AS t WHERE v <> 0 GROUP BY r ORDER BY r;
SELECT bool_and(abs(ethdata.mask_noise(v + 0.000) - ethdata.mask_noise(v)) <= 2)
FROM (SELECT n::numeric AS v FROM generate_series(100, 500) AS n) AS t;
SELECT v, ethdata.mask_noise(v, 0.5) FROM unnest('{Infinity,-Infinity,NaN,0,0.00}'::numeric[]) AS v;
SELECT bool_and(ethdata.mask_noise(v::numeric(4,2), 1)::numeric(4,2) BETWEEN 0 AND 99.99), bool_and(ethdata.mask_noise((v / 1000)::numeric(2,3), 1)::numeric(2,3) < 0.1),
  bool_and(ethdata.mask_noise((v * 100)::numeric(1,-3), 1)::numeric(1,-3) < 10000)
FROM (SELECT n / 100.0 AS v FROM generate_series(1, 9499, 7) AS n) AS t;
SELECT ethdata.mask_noise(repeat('9', 400)::numeric, 1) BETWEEN 0 AND repeat('9', 400)::numeric, ethdata.mask_noise(repeat('9', 2000)::numeric) IS NULL, ethdata.mask_noise('1e100000'::numeric) IS NULL,
  ethdata.mask_noise('1e-16000'::numeric) IS NULL, ethdata.mask_noise('1e-400'::numeric, 1) BETWEEN 0 AND 2e-400;

\echo == ratios that are none, NULL
SELECT r, ethdata.mask_noise(1000, r) IS NULL, ethdata.mask_noise(1000::smallint, r) IS NULL, ethdata.mask_noise(1000::bigint, r) IS NULL, ethdata.mask_noise(1000::float8, r) IS NULL, ethdata.mask_noise(1000::numeric, r) IS NULL
FROM unnest('{0,-0.1,0.0099,1.0001,NaN,Infinity,-Infinity,NULL,0.01,1}'::float8[]) AS r;
SELECT ethdata.mask_noise(NULL::int) IS NULL, ethdata.mask_noise(NULL::smallint) IS NULL, ethdata.mask_noise(NULL::bigint) IS NULL, ethdata.mask_noise(NULL::float8) IS NULL, ethdata.mask_noise(NULL::numeric) IS NULL;

\echo == dates and times
SELECT d, max(abs(m - v)) BETWEEN d * 0.9 AND d, bool_or(m > v), bool_or(m < v)
FROM (SELECT d, v, ethdata.mask_date_noise(v, d) AS m FROM unnest('{1,30,365,36500}'::int[]) AS d, generate_series(0, 2000) AS n, LATERAL (SELECT '1950-01-01'::date + n AS v) AS x) AS t GROUP BY d ORDER BY d;
SELECT d, bool_and(abs(extract(epoch FROM m - v)) <= d * 86400.0), max(abs(extract(epoch FROM m - v))) > d * 80000.0, bool_or(m > v), bool_or(m < v), count(DISTINCT extract(microseconds FROM m)) > 1900 AS time_hidden, bool_and(m = z AT TIME ZONE 'UTC')
FROM (SELECT d, v, ethdata.mask_date_noise(v, d) AS m, ethdata.mask_date_noise(v AT TIME ZONE 'UTC', d) AS z FROM unnest('{1,30,36500}'::int[]) AS d, generate_series(0, 2000) AS n, LATERAL (SELECT '1950-01-01'::timestamp + n * interval '1 day' AS v) AS x) AS t GROUP BY d ORDER BY d;
SELECT v, ethdata.mask_date_noise(v) FROM unnest('{infinity,-infinity}'::date[]) AS v;
SELECT v, ethdata.mask_date_noise(v) FROM unnest('{infinity,-infinity}'::timestamp[]) AS v;
SELECT v, ethdata.mask_date_noise(v) FROM unnest('{infinity,-infinity}'::timestamptz[]) AS v;
SELECT bool_and(ethdata.mask_date_noise('4714-11-24 BC'::date + n, 36500) BETWEEN '4714-11-24 BC' AND '4500-01-01 BC'), bool_and(ethdata.mask_date_noise('5874897-12-31'::date - n, 36500) BETWEEN '5874600-01-01' AND '5874897-12-31'),
  bool_and(ethdata.mask_date_noise('4714-11-24 00:00:00 BC'::timestamp + n * interval '1 hour', 36500)::timestamp(0) BETWEEN '4714-11-24 BC' AND '4500-01-01 BC'),
  bool_and(ethdata.mask_date_noise('294276-12-31 23:59:59.999999'::timestamp - n * interval '1 hour', 36500)::timestamp(0) BETWEEN '294000-01-01' AND '294276-12-31 23:59:59.999999')
FROM generate_series(0, 200) AS n;
-- and where the days are few: nothing leaves the range of the type
SELECT d, bool_and(ethdata.mask_date_noise('4714-11-24 00:00:00 BC'::timestamp + n * interval '10 minutes', d) BETWEEN '4714-11-24 BC' AND '4500-01-01 BC') AS first,
  bool_and(ethdata.mask_date_noise('294276-12-31 23:59:59.999999'::timestamp - n * interval '10 minutes', d) BETWEEN '294000-01-01' AND '294276-12-31 23:59:59.999999') AS last
  FROM unnest('{1,2,30}'::int[]) AS d, generate_series(0, 500) AS n GROUP BY d ORDER BY d;
SELECT d, ethdata.mask_date_noise('2026-01-01'::date, d) IS NULL, ethdata.mask_date_noise('2026-01-01'::timestamp, d) IS NULL, ethdata.mask_date_noise('2026-01-01'::timestamptz, d) IS NULL
FROM unnest('{0,-1,36501,2147483647,-2147483648,NULL,1,36500}'::int[]) AS d;
-- the session's time zone has no part in it
SELECT ethdata.mask_date_noise('2026-03-17 14:05+00'::timestamptz) AS here \gset
SET timezone = 'Asia/Tokyo';
SELECT ethdata.mask_date_noise('2026-03-17 14:05+00'::timestamptz) = :'here';
SET timezone = 'UTC';

\echo == rules, and readers
CREATE ROLE regress_mn_owner;
CREATE ROLE regress_mn_reader;
CREATE SCHEMA mn AUTHORIZATION regress_mn_owner;
CREATE TABLE mn.pay (id bigint PRIMARY KEY, level smallint, points int, salary numeric(8,2), factor real, born date, seen timestamptz(0));
ALTER TABLE mn.pay OWNER TO regress_mn_owner;
GRANT USAGE ON SCHEMA mn TO regress_mn_reader;
GRANT SELECT ON mn.pay TO regress_mn_reader;
INSERT INTO mn.pay SELECT n, 30000 + n, 5000 + n, 52340.99 + n, 3.4e38, '1984-07-19'::date + n, '2026-03-17 14:05+00' FROM generate_series(1, 50) AS n;
INSERT INTO mn.pay VALUES (51, 32767, 2147483647, 999999.99, 1e-38, 'infinity', '-infinity');
SELECT ethdata.define_subject_class('mn.pay');
SELECT ethdata.protect('mn.pay', subject => 'id');
SELECT try($$SELECT ethdata.mask('mn.pay', 'points', masked_as => 'ethdata.mask_noise(value, 0)')$$);
SELECT try($$SELECT ethdata.mask('mn.pay', 'salary', masked_as => 'ethdata.mask_noise(value, ratio => 1.5)')$$);
SELECT try($$SELECT ethdata.mask('mn.pay', 'salary', masked_as => 'ethdata.mask_noise(value, NULL)')$$);
SELECT try($$SELECT ethdata.mask('mn.pay', 'born', masked_as => 'ethdata.mask_date_noise(value, 0)')$$);
SELECT try($$SELECT ethdata.mask('mn.pay', 'born', masked_as => 'ethdata.mask_date_noise(value, days => NULL)')$$);
SET ROLE regress_mn_owner;
SELECT try($$SELECT ethdata.mask('mn.pay', 'points', masked_as => 'ethdata.mask_noise(value)')$$);
SELECT try($$SELECT ethdata.mask('mn.pay', 'born', masked_as => 'ethdata.mask_date_noise(value)')$$);
RESET ROLE;
SELECT ethdata.mask('mn.pay', 'level', masked_as => 'ethdata.mask_noise(value, 1)');
SELECT ethdata.mask('mn.pay', 'points', masked_as => 'ethdata.mask_noise(value)');
SELECT ethdata.mask('mn.pay', 'salary', masked_as => 'ethdata.mask_noise(value, ratio => 0.2)');
SELECT ethdata.mask('mn.pay', 'factor', masked_as => 'ethdata.mask_noise(value, 1)');
SELECT ethdata.mask('mn.pay', 'born', masked_as => 'ethdata.mask_date_noise(value, 365)');
SELECT ethdata.mask('mn.pay', 'seen', masked_as => 'ethdata.mask_date_noise(days => 2, value => value)');
CREATE TEMP TABLE expected (id, level, points, salary, factor, born, seen) AS SELECT id, ethdata.mask_noise(level, 1), ethdata.mask_noise(points, 0.1), ethdata.mask_noise(salary, 0.2)::numeric(8,2), ethdata.mask_noise(factor, 1)::real,
  ethdata.mask_date_noise(born, 365), ethdata.mask_date_noise(seen, 2)::timestamptz(0) FROM mn.pay;
GRANT SELECT ON expected TO regress_mn_reader;
SET ROLE regress_mn_reader;
SELECT count(*) FROM mn.pay AS p JOIN expected AS e ON ROW(p.*) = ROW(e.*);
EXPLAIN (VERBOSE, COSTS OFF) SELECT points, salary, seen FROM mn.pay;
SELECT try(format('SELECT ethdata.mask_noise(1000::%s)', t)) FROM unnest('{smallint,int,bigint,float8,real,numeric}'::text[]) AS t;
SELECT try(format('SELECT ethdata.mask_date_noise(now()::%s)', t)) FROM unnest('{date,timestamp,timestamptz}'::text[]) AS t;
SELECT left(try(format('SELECT ethdata._mask_noise(NULL, 1000::%s, 0.1)', t)), 5) FROM unnest('{smallint,int,bigint,float8,numeric}'::text[]) AS t;
SELECT left(try(format('SELECT ethdata._mask_date_noise(NULL, now()::%s, 1)', t)), 5) FROM unnest('{date,timestamp,timestamptz}'::text[]) AS t;
RESET ROLE;
SELECT p.oid::regprocedure, p.provolatile, p.proisstrict, p.proparallel, has_function_privilege('public', p.oid, 'EXECUTE')
FROM pg_proc AS p WHERE p.pronamespace = 'ethdata'::regnamespace AND p.proname ~ '^_?mask_(date_)?noise' ORDER BY p.oid::regprocedure::text COLLATE "C";
DROP SCHEMA mn CASCADE;
DROP EXTENSION ethdata;
DROP OWNED BY regress_mn_owner, regress_mn_reader;
DROP ROLE regress_mn_owner, regress_mn_reader;
DROP FUNCTION public.try(text);
