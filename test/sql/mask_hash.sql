-- A pseudonym must stand for one value and give nothing else away, and the
-- database must not compute pseudonyms for whoever wants to try values: neither
-- the public function nor its twin can be called by an ordinary role.
-- (Known answers for known keys: test/t/020_key_file.pl.)
CREATE EXTENSION ethdata;
SET client_encoding = 'UTF8';
CREATE ROLE mask_reader;

-- 30 characters of base64url; the first 8 are the id of the key
SELECT n, length(h) AS length, h ~ '^[A-Za-z0-9_-]{30}$' AS alphabet, left(h, 8) = (ethdata.key_ids())[1] AS key_named
FROM (VALUES (1, ethdata.mask_hash('anna@example.com')), (2, ethdata.mask_hash('')), (3, ethdata.mask_hash(repeat('ä', 1000000)))) AS t (n, h) ORDER BY n;
SELECT ethdata.mask_hash(NULL) IS NULL AS null_stays;
-- equal for equal bytes only, whatever the form in memory
CREATE TEMP TABLE stored (id int, v text);
ALTER TABLE stored ALTER v SET STORAGE EXTERNAL;
INSERT INTO stored VALUES (1, repeat('x', 100000)), (2, 'short'), (3, '');
SELECT id, ethdata.mask_hash(v) = ethdata.mask_hash(CASE id WHEN 1 THEN repeat('x', 100000) WHEN 2 THEN 'short' ELSE '' END) AS same
FROM stored ORDER BY id;
SELECT count(DISTINCT ethdata.mask_hash(v)) FROM unnest('{a,A,a ," a",b,"",NULL}'::text[]) AS v;
SELECT count(DISTINCT ethdata.mask_hash(n::text)), count(DISTINCT substr(ethdata.mask_hash(n::text), 9, 4)) > 9980 AS spread
FROM generate_series(1, 10000) AS n;

-- not for everybody: no oracle
SELECT has_function_privilege('public', 'ethdata.mask_hash(text)', 'EXECUTE') AS mask_hash,
  has_function_privilege('public', 'ethdata._mask_hash(internal, text)', 'EXECUTE') AS twin,
  has_function_privilege('public', 'ethdata._mask_enter(internal, anyelement)', 'EXECUTE') AS enter,
  has_function_privilege('public', 'ethdata._mask_leave(internal, anyelement)', 'EXECUTE') AS leave;
SELECT r, has_function_privilege(r, 'ethdata.mask_hash(text)', 'EXECUTE') AS may
FROM unnest('{ethdata_admin,ethdata_officer,ethdata_auditor,ethdata_exempt,mask_reader}'::name[]) AS r ORDER BY r::text COLLATE "C";
SET ROLE mask_reader;
\set VERBOSITY sqlstate
SELECT ethdata.mask_hash('anna@example.com');
\set VERBOSITY default
SELECT ethdata.mask_hash('anna@example.com');
-- nobody can supply a value of type internal; how core says so differs between minor versions
CREATE FUNCTION pg_temp.refused(VARIADIC statements text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  statement text;
BEGIN
  FOREACH statement IN ARRAY statements LOOP
    EXECUTE statement;
  END LOOP;
  RETURN 'not refused';
EXCEPTION WHEN feature_not_supported OR undefined_function OR cannot_coerce OR invalid_object_definition OR invalid_function_definition THEN
  RETURN 'refused';
END $$;
SELECT n, pg_temp.refused(VARIADIC regexp_split_to_array(statements, ' *; *')) FROM unnest(ARRAY[
  $$SELECT ethdata._mask_hash(NULL, 'anna@example.com')$$,
  $$SELECT ethdata._mask_hash(NULL::internal, 'anna@example.com')$$,
  $$SELECT ethdata._mask_hash('x'::internal, 'anna@example.com')$$,
  $$SELECT ethdata._mask_hash(0::internal, 'anna@example.com')$$,
  $$SELECT ethdata._mask_enter(NULL, 'anna@example.com'::text)$$,
  $$SELECT ethdata._mask_leave(NULL, 'anna@example.com'::text)$$,
  -- nor by a detour that takes functions by name
  $$CREATE OPERATOR pg_temp.### (LEFTARG = internal, RIGHTARG = text, FUNCTION = ethdata._mask_hash); SELECT NULL OPERATOR(pg_temp.###) 'anna@example.com'::text$$,
  $$CREATE OPERATOR pg_temp.### (LEFTARG = internal, RIGHTARG = text, FUNCTION = ethdata._mask_hash); SELECT NULL::text OPERATOR(pg_temp.###) 'anna@example.com'::text$$,
  $$CREATE FUNCTION pg_temp.oracle(internal, text) RETURNS text LANGUAGE sql AS 'SELECT ethdata._mask_hash($1, $2)'$$,
  $$CREATE FUNCTION pg_temp.oracle(internal, text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN ethdata._mask_hash($1, $2)'$$,
  $$PREPARE oracle (internal) AS SELECT ethdata._mask_hash($1, 'anna@example.com'); EXECUTE oracle(NULL)$$,
  $$DEALLOCATE ALL; PREPARE oracle AS SELECT ethdata._mask_hash($1, 'anna@example.com'); EXECUTE oracle(NULL)$$,
  $$CREATE FUNCTION pg_temp.oracle(text) RETURNS text LANGUAGE sql AS 'SELECT ethdata._mask_hash(NULL, $1)'; SELECT pg_temp.oracle('anna@example.com')$$
]) WITH ORDINALITY AS u (statements, n) ORDER BY n;
DEALLOCATE ALL;
DROP FUNCTION pg_temp.refused(text[]);
CREATE TEMP TABLE oracle (i internal);
\set VERBOSITY sqlstate
CREATE DOMAIN pg_temp.oracle AS internal;
\set VERBOSITY default
CREATE AGGREGATE pg_temp.oracle(text) (SFUNC = ethdata._mask_hash, STYPE = internal);
CREATE CAST (text AS varchar) WITH FUNCTION ethdata.mask_hash(text);
CREATE FUNCTION pg_temp.copied(text) RETURNS text LANGUAGE c AS '$libdir/ethdata', 'ethdata_mask_hash';
SELECT ethdata.key_ids();
RESET ROLE;

-- who may see key ids
GRANT ethdata_auditor TO mask_reader;
SET ROLE mask_reader;
SELECT array_length(ethdata.key_ids(), 1) AS masters, length((ethdata.key_ids())[1]) AS length;
-- where the key is, is nobody's business but the superuser's
\set VERBOSITY sqlstate
SHOW ethdata.key_file;
SHOW ethdata.key_command;
\set VERBOSITY default
SELECT count(*) FROM pg_settings WHERE name ~ '^ethdata.key_';
SET ethdata.key_file = '/tmp/x';
SET ethdata.key_command = 'echo';
RESET ROLE;
REVOKE ethdata_auditor FROM mask_reader;
SET ethdata.key_file = '/tmp/x';
ALTER ROLE mask_reader SET ethdata.key_command = 'echo';

SELECT p.oid::regprocedure, p.provolatile, p.proisstrict, p.proparallel, p.prosecdef
FROM pg_proc AS p WHERE p.pronamespace = 'ethdata'::regnamespace AND (p.proname ~ '^_mask_(hash|enter|leave)$' OR p.proname IN ('mask_hash', 'key_ids'))
ORDER BY p.oid::regprocedure::text COLLATE "C";
DROP TABLE stored;
DROP ROLE mask_reader;
DROP EXTENSION ethdata;
