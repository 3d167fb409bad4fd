-- The masks for documents: one hides what its paths name, the other all that its
-- paths do not name.  Both hide where a document is not built as the paths say, and
-- raise nothing, however it is built and whatever the paths are.
CREATE EXTENSION ethdata;
SET client_encoding = 'UTF8';
\pset format unaligned
\pset null 'NULL'

CREATE TEMP TABLE doc (n int, d jsonb);
INSERT INTO doc VALUES
  (1, '{"id": 7, "name": "Anna", "contact": {"email": "anna@example.com", "city": "Ulm"}, "orders": [{"id": 1, "card": "4242"}, {"id": 2, "card": "4343", "new": true}], "tags": ["a", "b"]}'),
  (2, '{"contact": "anna@example.com", "orders": {"id": 3, "card": "4444"}, "tags": {"a": 1}}'),
  (3, '{"contact": ["anna@example.com", {"email": "x", "city": "y"}, ["z", {"email": "u", "city": "v"}]], "orders": [[{"id": 4, "card": "4545"}], 5]}'),
  (4, '[{"contact": {"email": "a"}, "id": 1}, "anna@example.com", [2, {"id": 3}]]'),
  (5, '{"contact": null, "orders": [], "tags": {}, "id": null, "extra": null}'),
  (6, '{}'),
  (7, '[]'),
  (8, '"anna@example.com"'),
  (9, '42'),
  (10, 'null'),
  (11, 'true'),
  (12, '{"": "empty", "contact.email": "dotted", "Contact": {"email": "case"}, "contact": {"EMAIL": "case", "email ": "blank"}}'),
  (13, NULL);
SELECT n, ethdata.mask_jsonb(d, '{contact.email,orders.card,tags}') FROM doc ORDER BY n;
SELECT n, ethdata.mask_jsonb_keep(d, '{id,contact.city,orders.id,tags}') FROM doc ORDER BY n;

-- the steps of a path
SELECT n, paths, ethdata.mask_jsonb(d, paths) AS mask, ethdata.mask_jsonb_keep(d, paths) AS keep
FROM (SELECT '{"a": {"x": 1, "b": {"x": 2, "y": [3, {"x": 4}]}}, "x": 5, "b": {"a": 6, "c": {"d": {"x": 7}}}, "a.b": 8, "*": 9, "7": 10, "q\"\\": 11, "é": 12, "": 13, " s": 14, "[0]": 15, "$": 16}'::jsonb AS d) AS doc,
  (VALUES
  (1, ARRAY['a']),
  (2, ARRAY['a.b']),
  (3, ARRAY['a.b.y']),
  (4, ARRAY['a.b.y.x']),
  (5, ARRAY['a.*']),
  (6, ARRAY['*.x']),
  (7, ARRAY['*']),
  (8, ARRAY['**']),
  (9, ARRAY['**.x']),
  (10, ARRAY['a.**']),
  (11, ARRAY['a.**.x']),
  (12, ARRAY['b.**.x', 'a.x']),
  (13, ARRAY['b.**.**.d.*']),
  (14, ARRAY['"a.b"']),
  (15, ARRAY['"*"', '"7"', '"q\"\\"', 'é', '""', '" s"', '"[0]"', '"$"']),
  (16, ARRAY['a', 'a.b']),
  (17, ARRAY['a.b', 'a', 'a']),
  (18, ARRAY['a."b".c.d.e.f']),
  (19, ARRAY['nothing']),
  (20, '{}'::text[])
) AS t (n, paths) ORDER BY n;
-- paths that make no sense hide all
SELECT n, paths, ethdata.mask_jsonb('{"a": 1}', paths) AS mask, ethdata.mask_jsonb_keep('{"a": 1}', paths) AS keep FROM (VALUES
  (1, ARRAY['']),
  (2, ARRAY['.a']),
  (3, ARRAY['a.']),
  (4, ARRAY['a..b']),
  (5, ARRAY['a', NULL]),
  (6, ARRAY['a', '']),
  (7, ARRAY[['a', 'b'], ['c', 'd']]),
  (8, ARRAY['a.0.b']),
  (9, ARRAY['a[0]']),
  (10, ARRAY['a[*].b']),
  (11, ARRAY['$.a']),
  (12, ARRAY['$']),
  (13, ARRAY['a*']),
  (14, ARRAY['***']),
  (15, ARRAY[' a']),
  (16, ARRAY['a .b']),
  (17, ARRAY['"a']),
  (18, ARRAY['"a"b']),
  (19, ARRAY['a"b"']),
  (20, ARRAY['"a\b"']),
  (21, ARRAY['"a\']),
  (22, ARRAY['"']),
  (23, ARRAY[repeat('a.', 1100) || 'a']),
  (24, array_fill('a'::text, ARRAY[600])),
  (25, array_fill('a.b.c'::text, ARRAY[300])),
  (26, NULL)
) AS t (n, paths) WHERE n NOT IN (23, 24, 25) ORDER BY n;
SELECT n, ethdata.mask_jsonb('{"a": 1}', paths) AS mask, ethdata.mask_jsonb_keep('{"a": 1}', paths) AS keep FROM (VALUES
  (23, ARRAY[repeat('a.', 1100) || 'a']),
  (24, array_fill('a'::text, ARRAY[600])),
  (25, array_fill('a.b.c'::text, ARRAY[300])),
  (26, ARRAY[repeat('a.', 1022) || 'a']),
  (27, array_fill('a'::text, ARRAY[512])),
  (28, ARRAY[repeat('x', 1000000)])
) AS t (n, paths) ORDER BY n;
-- a list of what is kept must not show what is added later
SELECT n, ethdata.mask_jsonb_keep('{"a": {"b": 1}, "c": 2}', paths) FROM (VALUES
  (1, ARRAY['a', '**']), (2, ARRAY['*']), (3, ARRAY['*.*']), (4, ARRAY['*.**']), (5, ARRAY['**.b']), (6, ARRAY['a.**.b']), (7, ARRAY['a.**.**']),
  (8, ARRAY['*.b']), (9, ARRAY['a.**'])) AS t (n, paths) ORDER BY n;

-- what is hidden does not show: not the type, the length, the number, nor that it is null
SELECT count(DISTINCT ethdata.mask_jsonb(jsonb_build_object('a', v, 'b', 1), '{a}')) AS mask,
  count(DISTINCT ethdata.mask_jsonb_keep(jsonb_build_object('a', v, 'b', 1), '{b}')) AS keep,
  count(DISTINCT pg_column_size(ethdata.mask_jsonb(jsonb_build_object('a', v, 'b', 1), '{a}'))) AS mask_size,
  count(DISTINCT jsonb_send(ethdata.mask_jsonb_keep(jsonb_build_object('a', v, 'b', 1), '{b}'))) AS keep_bytes
FROM unnest(ARRAY['null', '1', '1.500', '"x"', '""', 'true', '[]', '[1,2,3]', '{}', '{"x": {"y": 1}}', to_jsonb(repeat('x', 100000))]::jsonb[]) AS v;
SELECT count(DISTINCT ethdata.mask_jsonb_keep(d, '{b}')) FROM unnest('{"{\"b\": 1}","{\"a\": 1, \"b\": 1}","{\"b\": 1, \"secret diagnosis\": {\"b\": 2}}"}'::jsonb[]) AS d;
-- and what is shown is as it was
SELECT ethdata.mask_jsonb(d, '{nothing}') = d AS same FROM (SELECT '{"a": [1.500, -0.0, 1e100, "ä\u0001😀", null, true, [[], {}]], "b": {"": {"c": false}}, "long": 12345678901234567890.12345678901234567890}'::jsonb AS d) AS t;
SELECT ethdata.mask_jsonb(d, '{nothing}')::text = d::text AS same, ethdata.mask_jsonb_keep(d, '{all.**}')::text = d::text AS kept
FROM (SELECT jsonb_build_object('all', jsonb_agg(jsonb_build_object('n', n, 's', repeat('x', n % 50), 'k' || n, ARRAY[n, n + 1]))) AS d FROM generate_series(1, 5000) AS n) AS t;

-- deep documents: what is nested more than 100 deep is masked, and the stack holds
SELECT n, right(ethdata.mask_jsonb((repeat('[', n) || '7' || repeat(']', n))::jsonb, '{**.x}')::text, n + 4) AS mask
FROM unnest('{1,2,99,100,101,102}'::int[]) AS n ORDER BY n;
SELECT n, length(ethdata.mask_jsonb((repeat('{"a":', n) || '7' || repeat('}', n))::jsonb, '{**.x}')::text) AS mask,
  length(ethdata.mask_jsonb_keep((repeat('{"a":', n) || '7' || repeat('}', n))::jsonb, '{a.**}')::text) AS keep,
  ethdata.mask_jsonb((repeat('{"a":', n) || '7' || repeat('}', n))::jsonb, '{a.a.a}')::text AS third
FROM unnest('{1,2,99,100,101,102,3000}'::int[]) AS n ORDER BY n;
SELECT ethdata.mask_jsonb((repeat('[', 3000) || '{"x": 7}' || repeat(']', 3000))::jsonb, '{x}') = (repeat('[', 100) || 'null' || repeat(']', 100))::jsonb AS deep;
-- wide ones
SELECT length(ethdata.mask_jsonb(d, '{k1.a,**.b}')::text) AS mask, ethdata.mask_jsonb_keep(d, '{k1.a,k77.b,k20000.c}') AS keep
FROM (SELECT jsonb_object_agg('k' || n, '{"a": 1, "b": 2}'::jsonb) AS d FROM generate_series(1, 20000) AS n) AS t;
SELECT ethdata.mask_jsonb(('[' || repeat('1,', 200000) || '{"x": 1}]')::jsonb, '{x}') = ('[' || repeat('null,', 200000) || '{"x": null}]')::jsonb AS mask;
-- many ways through the same keys: positions are a set, there is no search
SELECT length(ethdata.mask_jsonb((repeat('{"a":', 90) || '7' || repeat('}', 90))::jsonb, ARRAY[repeat('**.a.', 60) || '**.b'])::text);

-- paths that change from row to row and from call to call are read anew
SELECT n, ethdata.mask_jsonb('{"a": 1, "b": 2}', ARRAY[CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END]) FROM generate_series(1, 3) AS n;
DO $$
DECLARE p text[];
BEGIN
  FOREACH p SLICE 1 IN ARRAY ARRAY[['a'], ['b'], ['']] LOOP
    RAISE NOTICE '% %', ethdata.mask_jsonb('{"a": 1, "b": 2}', p), ethdata.mask_jsonb_keep('{"a": 1, "b": 2}', paths => p);
  END LOOP;
END $$;
PREPARE masked (text[]) AS SELECT ethdata.mask_jsonb(d, $1) FROM doc WHERE n = 4;
EXECUTE masked ('{contact}');
EXECUTE masked ('{id}');
EXECUTE masked (NULL);
DEALLOCATE masked;
SELECT ethdata.mask_jsonb(NULL, '{a}'), ethdata.mask_jsonb('{"a": 1}', NULL), ethdata.mask_jsonb_keep(NULL, '{a}'), ethdata.mask_jsonb_keep('{"a": 1}', NULL);
-- stored out of line and compressed
CREATE TEMP TABLE stored AS SELECT n, jsonb_build_object('a', repeat('x', n), 'b', n) AS d FROM unnest('{1,1000,1000000}'::int[]) AS n;
SELECT n, ethdata.mask_jsonb(d, '{a}'), ethdata.mask_jsonb_keep(d, '{b}') FROM stored ORDER BY n;
-- json of a text column, where a key may stand twice: jsonb has the last
SELECT ethdata.mask_jsonb('{"a": "first", "b": 1, "a": "second"}'::json::jsonb, '{a}')::json;
DROP EXTENSION ethdata;
