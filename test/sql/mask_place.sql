-- Masks of postcodes, addresses and arrays: the first characters of what is a
-- postcode, the town where it is clear what that is, elements that say nothing and
-- hardly how many they are.
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

\echo == postcodes: Germany, France, United States, Great Britain, the Netherlands, Canada, Japan, Brazil, Portugal, Austria, Ireland
SELECT v, ethdata.mask_postcode(v), ethdata.mask_postcode(v, 0), ethdata.mask_postcode(v, 3), ethdata.mask_postcode(v, 4)
FROM unnest('{80331,75008,90210,90210-1234,SW1A 1AA,sw1a 1aa,M1 1AE,1012 AB,1012AB,K1A 0B1,100-0001,01310-100,1000-205,1010,D02 X285,D-80331,NL-1012 AB}'::text[]) WITH ORDINALITY AS t (v, n) ORDER BY n;
SELECT n, ethdata.mask_postcode(v) FROM (VALUES (1, ''), (2, ' '), (3, '123'), (4, '12345678901'), (5, 'ABCDE'), (6, '80331 '), (7, ' 80331'), (8, '80  331'), (9, '80--331'), (10, '80331-'), (11, '8033ä'), (12, '80331 München'), (13, '80.331'),
  (14, E'80331\n'), (15, repeat('1', 1000000)), (16, '٨٠٣٣١'), (17, '1-2-3-4-5-6-7-8-9'), (18, '80331;--'), (19, NULL)) AS t (n, v) ORDER BY n;
SELECT k, ethdata.mask_postcode('80331', k) FROM unnest('{-2147483648,-1,0,1,2,3,4,5,2147483647,NULL}'::int[]) AS k;

\echo == addresses
SELECT n, ethdata.mask_address(v) FROM (VALUES
  (1, '12 Oak Lane, Leeds'), (2, 'Hauptstraße 5, Ulm'), (3, 'Hauptstr. 5 ,  Bad Tölz  '), (4, 'Anna Berg, Hauptstr. 5, Neu-Ulm'), (5, '12 rue des Lilas, L''Haÿ'), (6, 'ул. Ленина 5, Москва'), (7, 'Oδός 5, Αθήνα'), (8, 'Hauptstr. 5, St. Gallen'),
  (9, 'Calle Mayor 5, Ciudad Real'), (10, '1 High Road, Stratford upon Avon'), (11, '1 High Road, Kingston upon the Hull'),
  (20, 'Hauptstr. 5, 80331 München'), (21, 'Hauptstr. 5'), (22, 'Ulm'), (23, 'Berg, Anna'), (24, 'Hauptstr., Ulm'), (25, 'Ulm, Hauptstr. 5'), (26, 'Flat 2, Rose Cottage'), (27, 'Flat 2, 12 Oak Lane'), (28, 'Flat 2, Oak Lane'), (29, 'Ulm 5, Lindenweg'),
  (30, 'Ulm 5, Lindenstraße'), (31, 'Ulm 5, LINDENSTRASSE'), (32, 'Ulm 5, Rue Foch'), (33, 'Ulm 5, Frau Berg'), (34, '5, '), (35, '5,'), (36, ',,,'), (37, ''), (38, '5, x'), (39, '5, Ulm / Anna'), (40, '5, Ulm١٢'), (41, '5, Ulm５'), (42, '5, 東京'),
  (43, '5, Ulm' || chr(160)), (44, '5, ' || repeat('x', 41)), (45, repeat('x', 1100) || '5, Ulm'), (46, repeat('5', 100000000) || ', Ulm'), (47, E'5, Ulm\nAnna'), (48, E'Hauptstr. 5\nUlm'), (49, '5, a@b'), (50, '5, a b c d'), (51, 'Anna 5, Berg, Ulm'), (52, '5, U' || chr(215)),
  (53, 'Dorf 5, Straße am See'), (54, '5, ул ' || U&'\+01F600'), (55, NULL)
) AS t (n, v) ORDER BY n;

\echo == arrays
SELECT n, ethdata.mask_array(v), ethdata.mask_array(v, 'x', 3), ethdata.mask_array(v, '', 100) FROM (VALUES (1, '{}'::text[]), (2, '{a}'), (3, '{a,b,c}'), (4, '{a,b,c,d,e}'), (5, '{NULL,""}'), (6, '{{a,b},{c,d}}'), (7, '[5:6]={a,b}'), (8, NULL)) AS t (n, v) ORDER BY n;
SELECT ethdata.mask_array(array_agg(repeat('x', 1000)), longest => 2), cardinality(ethdata.mask_array(array_agg(n::text), longest => 100)) FROM generate_series(1, 100000) AS n;
CREATE TEMP TABLE stored (v text[]);
INSERT INTO stored SELECT array_agg(md5(n::text)) FROM generate_series(1, 10000) AS n;
INSERT INTO stored SELECT array_agg('x'::text) FROM generate_series(1, 100000) AS n;
SELECT ethdata.mask_array(v, longest => 2) FROM stored;
SELECT k, ethdata.mask_array('{a,b,c}', 'x', k) FROM unnest('{-2147483648,-1,0,1,100,101,2147483647,NULL}'::int[]) AS k;
SELECT ethdata.mask_array('{a}', NULL);

\echo == rules
CREATE ROLE regress_ml_owner;
CREATE ROLE regress_ml_reader;
CREATE SCHEMA ml AUTHORIZATION regress_ml_owner;
CREATE TABLE ml.person (id bigint PRIMARY KEY, zip varchar(10), address text, tags text[], codes varchar(20)[]);
ALTER TABLE ml.person OWNER TO regress_ml_owner;
GRANT USAGE ON SCHEMA ml TO regress_ml_reader;
GRANT SELECT ON ml.person TO regress_ml_reader;
INSERT INTO ml.person VALUES (1, '80331', '12 Oak Lane, Leeds', '{a,b,c}', '{x,y}'), (2, 'none', 'nowhere', '{}', '{}'), (3, NULL, NULL, NULL, NULL);
SELECT ethdata.define_subject_class('ml.person');
SELECT ethdata.protect('ml.person', subject => 'id');
SET ROLE regress_ml_owner;
SELECT try($$SELECT ethdata.mask('ml.person', 'zip', masked_as => 'ethdata.mask_postcode(value, 5)')$$);
SELECT try($$SELECT ethdata.mask('ml.person', 'zip', masked_as => 'ethdata.mask_postcode(value, keep => NULL)')$$);
SELECT try($$SELECT ethdata.mask('ml.person', 'tags', masked_as => 'ethdata.mask_array(value, longest => 101)')$$);
SELECT try($$SELECT ethdata.mask('ml.person', 'tags', masked_as => 'ethdata.mask_array(value, NULL)')$$);
SELECT ethdata.mask('ml.person', 'zip', masked_as => 'ethdata.mask_postcode(value)');
SELECT ethdata.mask('ml.person', 'address', masked_as => 'ethdata.mask_address(value)');
SELECT ethdata.mask('ml.person', 'tags', masked_as => 'ethdata.mask_array(value)');
SELECT ethdata.mask('ml.person', 'codes', masked_as => 'ethdata.mask_array(value, longest => 2)');
SET ROLE regress_ml_reader;
SELECT * FROM ml.person ORDER BY id;
EXPLAIN (VERBOSE, COSTS OFF) SELECT zip, address, tags FROM ml.person;
RESET ROLE;
SELECT p.oid::regprocedure, p.provolatile, p.proisstrict, p.proparallel, has_function_privilege('public', p.oid, 'EXECUTE')
FROM pg_proc AS p WHERE p.pronamespace = 'ethdata'::regnamespace AND p.proname ~ '^mask_(postcode|address|array)$' ORDER BY p.oid::regprocedure::text COLLATE "C";

\echo == bytes that are no text
CREATE CAST (bytea AS text) WITHOUT FUNCTION;
SELECT n, ethdata.mask_address(value::text), ethdata.mask_postcode(value::text) FROM (VALUES (1, '\x352c20556cc3'::bytea), (2, '\x352c20556c6d00'), (3, '\x352c20c3a9c3a9'), (4, '\x383033333100'), (5, '\xff383033'), (6, '\x352c20c0a1c0a1')) AS t (n, value) ORDER BY n;
DROP CAST (bytea AS text);
CREATE DATABASE regress_ml_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE regress_ml_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c regress_ml_latin1
SET client_encoding = 'UTF8';
CREATE EXTENSION ethdata;
SELECT ethdata.mask_address('Hauptstr. 5, Köln'), ethdata.mask_address('5, Am ×'), ethdata.mask_address('Köln 5, Lindenstraße');
\c regress_ml_ascii
CREATE EXTENSION ethdata;
SELECT ethdata.mask_address(E'Hauptstr. 5, K\xc3\xb6ln'), ethdata.mask_address(E'Hauptstra\xdfe 5, Ulm');
\c regression
DROP DATABASE regress_ml_latin1;
DROP DATABASE regress_ml_ascii;
SET client_min_messages = warning;
DROP SCHEMA ml CASCADE;
DROP EXTENSION ethdata;
DROP OWNED BY regress_ml_owner, regress_ml_reader;
DROP ROLE regress_ml_owner, regress_ml_reader;
DROP FUNCTION public.try(text);
