-- The mask for numbers shows a multiple of the bucket and nothing else of the value:
-- no sign of small ones, no decimals, no sign of zero.  It raises nothing at the ends
-- of the types, for infinity, for numbers of any length, and for no bucket.
CREATE EXTENSION ethdata;
SET extra_float_digits = 1;

-- integers, towards zero
SELECT value, ethdata.mask_number(value, 10) AS ten, ethdata.mask_number(value, 1000) AS thousand,
  ethdata.mask_number(value, 2) AS two, ethdata.mask_number(value, 2147483647) AS largest
FROM unnest('{-2147483648,-2147483647,-1000,-999,-37,-10,-9,-1,0,1,9,10,37,999,1000,2147483646,2147483647,NULL}'::int[])
  WITH ORDINALITY AS t (value, n) ORDER BY n;
SELECT value, ethdata.mask_number(value, 10) AS ten, ethdata.mask_number(value, 1000) AS thousand,
  ethdata.mask_number(value, 9223372036854775807) AS largest
FROM unnest('{-9223372036854775808,-9223372036854775807,-5000000042,-9,0,9,5000000042,9223372036854775807,NULL}'::int8[])
  WITH ORDINALITY AS t (value, n) ORDER BY n;
-- buckets that hide nothing or mean nothing
SELECT bucket, ethdata.mask_number(37, bucket) AS integer, ethdata.mask_number(-2147483648, bucket) AS lowest,
  ethdata.mask_number(37::int8, bucket::int8) AS bigint, ethdata.mask_number(-9223372036854775808, bucket::int8) AS lowest_bigint
FROM unnest('{-2147483648,-10,-2,-1,0,1,2,NULL}'::int[]) WITH ORDINALITY AS t (bucket, n) ORDER BY n;
SELECT bucket, ethdata.mask_number(37.5, bucket) AS numeric, ethdata.mask_number(37.5::float8, bucket::float8) AS float8
FROM unnest('{-Infinity,-10,-0.1,0,0.1,0.5,1,10,Infinity,NaN,NULL}'::numeric[]) WITH ORDINALITY AS t (bucket, n) ORDER BY n;

-- numeric: the bucket's scale, whatever the value's
SELECT value, ethdata.mask_number(value, 1000) AS thousand, ethdata.mask_number(value, 0.25) AS quarter, ethdata.mask_number(value, 10.00) AS scaled
FROM unnest('{-Infinity,-1234.5678,-999.99,-0.1,0,0.0000,0.249999999,0.25,52340.99,1000,1000.000,999.99999999999999999999,123456789012345678901234567890.12345,Infinity,NaN,NULL}'::numeric[])
  WITH ORDINALITY AS t (value, n) ORDER BY n;
-- the result never has more digits than the column takes
SELECT ethdata.mask_number((-999.99)::numeric(5,2), 1000)::numeric(5,2), ethdata.mask_number((-999.99)::numeric(5,2), 7)::numeric(5,2),
  ethdata.mask_number(9.99::numeric(3,2), 0.005)::numeric(3,2), ethdata.mask_number((-32768)::int2, 1000)::int2;
-- hostile: 131072 digits before the point, 16383 behind it
SELECT n, length(ethdata.mask_number(value, bucket)::text) AS length, left(ethdata.mask_number(value, bucket)::text, 12) AS starts, scale(ethdata.mask_number(value, bucket))
FROM (VALUES
  (1, ('1e131071')::numeric, 7::numeric),
  (2, '-1e131071', 1e131071),
  (3, '9e131071', 7e131071),
  (4, '-9e131071', 7e131071),
  (5, '1e131071', 1e-16383),
  (6, '1e131071', repeat('123456789', 40)::numeric),
  (7, repeat('9', 131072)::numeric, 1000),
  (8, repeat('9', 400)::numeric, 1000),
  (9, ('0.' || repeat('9', 16383))::numeric, 0.1),
  (10, 1e-16383, 1e-16383),
  (11, 1e-16383, 1),
  (12, 42, repeat('9', 131072)::numeric),
  (13, 42, 1e131071),
  (14, 42, ('0.' || repeat('1', 16383))::numeric)
) AS t (n, value, bucket) ORDER BY n;

-- float: the same for all values of a bucket, never -0, and NULL where the bucket is below what the value can tell
SELECT value, ethdata.mask_number(value, 5) AS five, ethdata.mask_number(value, 0.5) AS half, ethdata.mask_number(value, 1e300) AS huge
FROM unnest('{-Infinity,-1.7976931348623157e308,-1e20,-17.25,-5,-4.9,-0.1,-0,0,5e-324,0.1,4.999999999999999,5,17.25,1e15,1e16,1e17,1e20,1.7976931348623157e308,Infinity,NaN,NULL}'::float8[])
  WITH ORDINALITY AS t (value, n) ORDER BY n;
SELECT value, bucket, ethdata.mask_number(value, bucket) FROM (VALUES
  (1, 1.7976931348623157e308::float8, 5e-324::float8), (2, 5e-324, 5e-324), (3, 5e-324, 1.7976931348623157e308),
  (4, -1.7976931348623157e308, 1.7976931348623157e308), (5, -1.7976931348623157e308, 1e308),
  (6, 2251799813685248, 1), (7, 2251799813685249, 1), (8, 2251799813685248, 3)) AS t (n, value, bucket) ORDER BY n;
SELECT count(*) AS values, count(DISTINCT ethdata.mask_number(n * 0.001::float8, 0.1)) AS buckets,
  count(*) FILTER (WHERE ethdata.mask_number(n * 0.001::float8, 0.1) > n * 0.001::float8) AS above
FROM generate_series(0, 9999) AS n;
SELECT encode(float8send(ethdata.mask_number('-0'::float8, 5)), 'hex') AS zero, encode(float8send(ethdata.mask_number('-3'::float8, 5)), 'hex') AS small,
  encode(float8send(ethdata.mask_number(-('NaN'::float8), 5)), 'hex') = encode(float8send('NaN'), 'hex') AS nan;
SELECT ethdata.mask_number((-3.4028235e38)::float4, 1e38)::float4, ethdata.mask_number(1.4e-45::float4, 1e-45)::float4, ethdata.mask_number(17.25::float4, 5)::float4;

-- bounds: the rare ones are not told apart, nor the sign
SELECT value, ethdata.mask_number(value, 1000, 0, 100000) AS both, ethdata.mask_number(value, 1000, lowest => 500) AS lowest,
  ethdata.mask_number(value, 1000, highest => 99999) AS highest, ethdata.mask_number(value, 1000, NULL, NULL) AS none, ethdata.mask_number(value, 1000, 2, 1) AS crossed
FROM unnest('{-2147483648,-1500,-1,0,999,52340,99999,100000,2147483647,NULL}'::int[]) WITH ORDINALITY AS t (value, n) ORDER BY n;
SELECT value, ethdata.mask_number(value, 1000::int8, 0, 100000) AS both, ethdata.mask_number(value, 1000, 5::int8, 4) AS crossed
FROM unnest('{-9223372036854775808,52340,9223372036854775807}'::int8[]) WITH ORDINALITY AS t (value, n) ORDER BY n;
SELECT value, ethdata.mask_number(value, 1000, 0, 100000) AS both, ethdata.mask_number(value, 1000, 'NaN') AS lowest_nan,
  ethdata.mask_number(value, 1000, NULL, 'NaN') AS highest_nan, ethdata.mask_number(value, 1000, 0, 'Infinity') AS infinite, ethdata.mask_number(value, 1000, 'NaN', 5) AS crossed
FROM unnest('{-Infinity,-1500,52340.5,100000.01,Infinity,NaN}'::numeric[]) WITH ORDINALITY AS t (value, n) ORDER BY n;
SELECT value, ethdata.mask_number(value, 1000, 0, 100000) AS both, ethdata.mask_number(value, 1000, 'NaN') AS lowest_nan,
  ethdata.mask_number(value, 1000, NULL, 'NaN') AS highest_nan, ethdata.mask_number(value, 1000, 0, 'Infinity') AS infinite, ethdata.mask_number(value, 1000, 'NaN', 5) AS crossed
FROM unnest('{-Infinity,-1500,52340.5,100000.01,Infinity,NaN}'::float8[]) WITH ORDINALITY AS t (value, n) ORDER BY n;
-- a value too long to divide counts as the bound, too
SELECT ethdata.mask_number(repeat('9', 131072)::numeric, 1000, NULL, 5000), ethdata.mask_number(5000, 1000, repeat('9', 131072)::numeric);

-- which mask a type gets
SELECT pg_typeof(ethdata.mask_number(1::int2, 10)) AS int2, pg_typeof(ethdata.mask_number(1, 10)) AS int4, pg_typeof(ethdata.mask_number(1::int8, 10)) AS int8,
  pg_typeof(ethdata.mask_number(1::float4, 10)) AS float4, pg_typeof(ethdata.mask_number(1::float8, 10)) AS float8, pg_typeof(ethdata.mask_number(1.0, 10)) AS numeric,
  pg_typeof(ethdata.mask_number(1::float8, 0.5)) AS float8_by_numeric;

-- as trunc has it
SELECT count(*) FILTER (WHERE ethdata.mask_number(v, b) <> trunc(v::numeric / b) * b) AS integer,
  count(*) FILTER (WHERE ethdata.mask_number(v::int8, b::int8) <> trunc(v::numeric / b) * b) AS bigint,
  count(*) FILTER (WHERE ethdata.mask_number(v::numeric / 100, b::numeric / 10) <> trunc((v::numeric / 100) / (b::numeric / 10)) * (b::numeric / 10)) AS numeric,
  count(*) FILTER (WHERE ethdata.mask_number(v::float8, b::float8) <> trunc(v::numeric / b) * b) AS float8
FROM generate_series(-3000, 3000, 7) AS v, generate_series(2, 60) AS b;
DROP EXTENSION ethdata;
