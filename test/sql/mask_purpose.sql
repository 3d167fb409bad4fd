-- mask_hash_purpose: pseudonyms that are equal under one purpose and different under
-- every other, so that what was read under two cannot be joined.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
\pset format unaligned
\pset tuples_only on
\pset null NULL
CREATE FUNCTION public.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE statement INTO result;
  RETURN coalesce(result, 'null');
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
CREATE ROLE regress_mu_owner;
CREATE ROLE regress_mu_reader;
CREATE ROLE regress_mu_other;
CREATE SCHEMA mu AUTHORIZATION regress_mu_owner;
CREATE TABLE mu.person (id bigint PRIMARY KEY, email text, name text);
ALTER TABLE mu.person OWNER TO regress_mu_owner;
GRANT USAGE ON SCHEMA mu TO regress_mu_reader, regress_mu_other;
GRANT SELECT ON mu.person TO regress_mu_reader, regress_mu_other;
INSERT INTO mu.person SELECT n, 'p' || n % 50 || '@example.com', 'x' FROM generate_series(1, 100) AS n;
INSERT INTO mu.person VALUES (101, '', NULL), (102, NULL, NULL), (103, repeat('x', 1000000), 'x');
SELECT ethdata.define_subject_class('mu.person');
SELECT ethdata.define_purpose('research', basis => 'contract');
SELECT ethdata.define_purpose('research.cohort', basis => 'contract');
SELECT ethdata.define_purpose('billing', basis => 'contract');
SELECT ethdata.grant_purpose('research', 'regress_mu_reader');
SELECT ethdata.grant_purpose('billing', 'regress_mu_reader');
SELECT ethdata.grant_purpose('billing', 'regress_mu_other', as_default => true);
SELECT ethdata.protect('mu.person', subject => 'id');
SET ROLE regress_mu_owner;
SELECT try($$SELECT ethdata.mask('mu.person', 'email', masked_as => 'ethdata.mask_hash_purpose(value)')$$);
RESET ROLE;
SELECT ethdata.mask('mu.person', 'email', masked_as => 'ethdata.mask_hash_purpose(value)');
SELECT ethdata.mask('mu.person', 'name', masked_as => 'ethdata.mask_hash(value)');
CREATE TABLE mu.seen (purpose text, id bigint, email text);
GRANT ALL ON mu.seen TO regress_mu_reader, regress_mu_other;

SET ROLE regress_mu_reader;
PREPARE look_as (text) AS INSERT INTO mu.seen SELECT $1, id, email FROM mu.person;
SET ethdata.purpose = 'research';
EXECUTE look_as('research');
EXECUTE look_as('research again');
SET ethdata.purpose = 'billing';
EXECUTE look_as('billing');
SET ethdata.purpose = 'research.cohort';
EXECUTE look_as('research.cohort');
SET ethdata.purpose = 'none';
EXECUTE look_as('none');
RESET ethdata.purpose;
EXECUTE look_as('not set');
SET ROLE regress_mu_other;
EXECUTE look_as('default: billing');
RESET ROLE;
-- forms: 30 characters, the first 8 of them name the key; one for each value; NULL without a purpose
SELECT purpose, count(*), count(DISTINCT email), bool_and(email ~ '^[A-Za-z0-9_-]{30}$' AND left(email, 8) = (ethdata.key_ids())[1]), bool_or(email LIKE 'p%@%')
FROM mu.seen GROUP BY purpose ORDER BY purpose COLLATE "C";
-- what two purposes saw joins only where it is the same purpose
SELECT a.purpose, b.purpose, count(*) FROM mu.seen AS a JOIN mu.seen AS b ON a.email = b.email AND a.purpose < b.purpose COLLATE "C" GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) FROM mu.seen AS s JOIN mu.person AS p ON s.email = ethdata.mask_hash(p.email);
-- a purpose that is not granted is an error before any mask is computed
SET ROLE regress_mu_other;
SET ethdata.purpose = 'research';
SELECT try($$SELECT email FROM mu.person WHERE id = 1$$);
RESET ethdata.purpose;
EXPLAIN (VERBOSE, COSTS OFF) SELECT email FROM mu.person;
SELECT try($$SELECT ethdata.mask_hash_purpose('p1@example.com')$$);
SELECT left(try($$SELECT ethdata._mask_hash_purpose(NULL, 'p1@example.com')$$), 5);
RESET ROLE;
-- in parallel plans
SELECT set_config(name, 'on', false) AS parallel FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET ROLE regress_mu_other;
SELECT count(*) FROM mu.person AS p JOIN mu.seen AS s ON s.purpose = 'billing' AND s.id = p.id AND s.email = p.email;
RESET ROLE;
SELECT ethdata.mask_hash_purpose('x') AS none, ethdata.mask_hash_purpose(NULL) AS null;
SELECT p.oid::regprocedure, p.provolatile, p.proisstrict, p.proparallel, has_function_privilege('public', p.oid, 'EXECUTE')
FROM pg_proc AS p WHERE p.pronamespace = 'ethdata'::regnamespace AND p.proname ~ '^_?mask_hash_purpose$' ORDER BY p.oid::regprocedure::text COLLATE "C";
DEALLOCATE ALL;
DROP SCHEMA mu CASCADE;
DROP EXTENSION ethdata;
DROP OWNED BY regress_mu_owner, regress_mu_reader, regress_mu_other;
DROP ROLE regress_mu_owner, regress_mu_reader, regress_mu_other;
DROP FUNCTION public.try(text);
