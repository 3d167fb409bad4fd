-- mask_keep_pattern: what the groups of a pattern match is shown, nothing else, and
-- nothing at all where it does not match.  No pattern and no value raises an error.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
SET client_encoding = 'UTF8';
\pset format unaligned
\pset tuples_only on
\pset null NULL
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

\echo == groups
SELECT n, ethdata.mask_keep_pattern(value, pattern) FROM (VALUES
  (1, 'INV-2026-00417-K', '^([A-Z]+-[0-9]{4})-[0-9]+'),
  (2, 'INV-2026-00417-K', '^[A-Z]+-([0-9]{4})-[0-9]+'),
  (3, 'INV-2026-00417-K', '^([A-Z]+)-([0-9]{4})-[0-9]+-([A-Z])$'),
  (4, 'INV-2026-00417-K', '^([A-Z]+)(-)([0-9]{4})-[0-9]+(-)([A-Z])$'),
  (5, 'inv 2026', '^([A-Z]+-[0-9]{4})-[0-9]+'),
  (6, 'inv 2026', '(?i)^(INV)'),
  (7, 'whole', '^(.*)$'),
  (8, 'whole', '^()whole$'),
  (9, 'whole', '(x)?whole'),
  (10, 'abcdef', '((b)c)(d)'),
  (11, 'abcdef', 'b(?=(cd))'),
  (12, 'ba', '(?:(a)|(b))*'),
  (13, 'ab', '(?:(a)|(b))*'),
  (14, 'x1 x2 x3', 'x([0-9])'),
  (15, '', '^(.*)$'),
  (16, '', '(a)'),
  (17, 'a', '(a*)b*'),
  (18, 'b', '(a*)b*'),
  (19, E'two\nlines', '^(t).*(s)$'),
  (20, 'Ägypten 12 €', '^(\w+) [0-9]+ (.)$'),
  (21, 'e' || chr(769) || U&'\+01F600' || 'x', '^(.).(.)'),
  (22, 'plain', '***=(a)'),
  (23, 'p(a)', '(\(a\))')
) AS t (n, value, pattern) ORDER BY n;
SELECT ethdata.mask_keep_pattern('a-b-c', '(a)-b-(c)', ''), ethdata.mask_keep_pattern('a-b-c', '(a)-b-(c)', '…'), ethdata.mask_keep_pattern('x', '(a)', ''), ethdata.mask_keep_pattern('a-b', padding => '#', pattern => '(b)');
\echo == what is no pattern, or keeps nothing
SELECT n, ethdata.mask_keep_pattern('aaa', pattern) FROM (VALUES
  (1, ''), (2, 'a'), (3, '(?:a)'), (4, '(a'), (5, 'a)'), (6, '['), (7, '*'), (8, 'a{2,1}'), (9, '\'), (10, '(a)\1'), (11, '(a)[[:nope:]]'), (12, repeat('(', 1000)), (13, repeat('(a)', 21)),
  (14, repeat('(a)', 20)), (15, '(a)' || repeat('x', 1100)), (16, '(a{1,256}){1,256}'), (17, '***:(a'), (18, '(?q)(a)'), (19, NULL)
) AS t (n, pattern) ORDER BY n;
SELECT ethdata.mask_keep_pattern(NULL, '(a)'), ethdata.mask_keep_pattern('a', '(a)', NULL);
-- patterns that change from row to row
SELECT string_agg(ethdata.mask_keep_pattern('abc', p), ' ' ORDER BY n) FROM unnest('{(a),(b),(,(b),c,(c)}'::text[]) WITH ORDINALITY AS t (p, n);
\echo == long values, and patterns that other engines choke on
SELECT ethdata.mask_keep_pattern(repeat('a', 8192), '^(a)') , ethdata.mask_keep_pattern(repeat('a', 8193), '^(a)'), ethdata.mask_keep_pattern(repeat('ä', 4097), '^(ä)'),
  ethdata.mask_keep_pattern(repeat('a', 100000000), '^(a)');
SELECT ethdata.mask_keep_pattern(repeat('a', 40) || '!', '^(a+)+$'), ethdata.mask_keep_pattern(repeat('a', 40) || '!', '^(a|aa)+$'), ethdata.mask_keep_pattern(repeat('a', 40) || '!', '^(([a-z])+.)+[A-Z]([a-z])+$');
\echo == rules
CREATE ROLE regress_mp_owner;
CREATE ROLE regress_mp_reader;
CREATE SCHEMA mp AUTHORIZATION regress_mp_owner;
CREATE TABLE mp.bill (id bigint PRIMARY KEY, number text);
ALTER TABLE mp.bill OWNER TO regress_mp_owner;
GRANT USAGE ON SCHEMA mp TO regress_mp_reader;
GRANT SELECT ON mp.bill TO regress_mp_reader;
INSERT INTO mp.bill VALUES (1, 'INV-2026-00417-K'), (2, 'handwritten'), (3, NULL), (4, repeat('INV-2026-', 10000));
SELECT ethdata.define_subject_class('mp.bill');
SELECT ethdata.protect('mp.bill', subject => 'id');
SET ROLE regress_mp_owner;
SELECT try(format('SELECT ethdata.mask(''mp.bill'', ''number'', masked_as => %L)', format('ethdata.mask_keep_pattern(value, %L)', p)))
FROM unnest(ARRAY['(a', 'a', '(a)\1', repeat('(a)', 21), '(a)' || repeat('x', 1100), NULL]) AS p;
SELECT try($$SELECT ethdata.mask('mp.bill', 'number', masked_as => 'ethdata.mask_keep_pattern(value, ''(a)'', NULL)')$$);
SELECT ethdata.mask('mp.bill', 'number', masked_as => $$ethdata.mask_keep_pattern(value, '^([A-Z]+-[0-9]{4})-[0-9]+', padding => '…')$$);
SET ROLE regress_mp_reader;
SELECT * FROM mp.bill ORDER BY id;
EXPLAIN (VERBOSE, COSTS OFF) SELECT number FROM mp.bill;
RESET ROLE;
SELECT p.oid::regprocedure, p.provolatile, p.proisstrict, p.proparallel, has_function_privilege('public', p.oid, 'EXECUTE')
FROM pg_proc AS p WHERE p.pronamespace = 'ethdata'::regnamespace AND p.proname = 'mask_keep_pattern';

\echo == bytes that are no text
CREATE CAST (bytea AS text) WITHOUT FUNCTION;
SELECT n, ethdata.mask_keep_pattern(value::text, '^(.)') FROM (VALUES (1, '\xc3'::bytea), (2, '\x61c3'), (3, '\x6100'), (4, '\xf09f98'), (5, '\xeda080'), (6, '\x61')) AS t (n, value) ORDER BY n;
SELECT n, ethdata.mask_keep_pattern('abc', value::text) FROM (VALUES (1, '\x2861c329'::bytea), (2, '\x28610029'), (3, '\x286129')) AS t (n, value) ORDER BY n;
DROP CAST (bytea AS text);
CREATE DATABASE regress_mp_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c regress_mp_ascii
CREATE EXTENSION ethdata;
SELECT ethdata.mask_keep_pattern('abc', '^(a)'), ethdata.mask_keep_pattern(E'a\xff', '^(a)'), ethdata.mask_keep_pattern('abc', E'^(a)|\xff');
\c regression
DROP DATABASE regress_mp_ascii;
SET client_min_messages = warning;
DROP SCHEMA mp CASCADE;
DROP EXTENSION ethdata;
DROP OWNED BY regress_mp_owner, regress_mp_reader;
DROP ROLE regress_mp_owner, regress_mp_reader;
DROP FUNCTION public.try(text);
