-- rollback_script(): run by psql it takes everything back; privileges are then what
-- they were before, to the item and its place: grants on tables and columns, with
-- grant option, by other grantors, to PUBLIC, to groups that exempt members live on;
-- partitions, hidden rows, tables in observe, one that left a protected tree; names
-- that need quotes.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_rs_owner;
CREATE ROLE "regress_rs_O'wner";
CREATE ROLE regress_rs_reader;
CREATE ROLE regress_rs_partly;
CREATE ROLE regress_rs_grantor;
CREATE ROLE regress_rs_onward;
CREATE ROLE regress_rs_group;
CREATE ROLE regress_rs_exempt IN ROLE regress_rs_group, ethdata_exempt;
CREATE ROLE regress_rs_admin IN ROLE ethdata_admin;
CREATE SCHEMA rs AUTHORIZATION regress_rs_owner;
CREATE SCHEMA "rs ""odd'" AUTHORIZATION "regress_rs_O'wner";
GRANT USAGE ON SCHEMA rs TO PUBLIC;
SET ROLE regress_rs_owner;
CREATE TABLE rs.person (id bigint PRIMARY KEY, name text, email text, phone text, friend bigint, gone int);
ALTER TABLE rs.person DROP COLUMN gone;
GRANT SELECT (name) ON rs.person TO regress_rs_reader WITH GRANT OPTION;
GRANT SELECT, UPDATE ON rs.person TO regress_rs_reader;
GRANT SELECT (id, email), UPDATE (email) ON rs.person TO regress_rs_partly;
GRANT SELECT, INSERT ON rs.person TO regress_rs_grantor WITH GRANT OPTION;
GRANT SELECT ON rs.person TO regress_rs_group;
GRANT SELECT (email) ON rs.person TO PUBLIC;
SET ROLE regress_rs_grantor;
GRANT SELECT ON rs.person TO regress_rs_onward;
GRANT SELECT (phone) ON rs.person TO regress_rs_onward;
SET ROLE regress_rs_owner;
CREATE TABLE rs.open (id bigint, secret text);
GRANT SELECT ON rs.open TO PUBLIC;
CREATE TABLE rs.closed (id bigint, note text);
CREATE TABLE rs.rows (id bigint PRIMARY KEY, note text);
GRANT SELECT, DELETE ON rs.rows TO regress_rs_reader;
CREATE TABLE rs.pilot (id bigint, note text);
GRANT SELECT ON rs.pilot TO regress_rs_reader;
CREATE TABLE rs.parent (id bigint, email text, at date) PARTITION BY RANGE (at);
CREATE TABLE rs.child PARTITION OF rs.parent FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE rs.left_it PARTITION OF rs.parent FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
GRANT SELECT ON rs.parent TO regress_rs_reader;
GRANT SELECT ON rs.child, rs.left_it TO regress_rs_reader, regress_rs_group;
CREATE TABLE rs.newsletter (id bigint, note text);
SET ROLE "regress_rs_O'wner";
CREATE TABLE "rs ""odd'"."Ta""b'le" (id bigint, "co""l'umn" text, "fri,end" bigint);
GRANT SELECT ON "rs ""odd'"."Ta""b'le" TO regress_rs_reader, PUBLIC;
RESET ROLE;
CREATE FUNCTION public.privileges() RETURNS TABLE (relation oid, n int, acl text) LANGUAGE sql AS $$
  SELECT c.oid, 0, c.relacl::text FROM pg_class c WHERE c.relnamespace IN ('rs'::regnamespace, '"rs ""odd''"'::regnamespace) AND c.relkind IN ('r', 'p')
  UNION ALL
  SELECT a.attrelid, a.attnum, a.attacl::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
   WHERE c.relnamespace IN ('rs'::regnamespace, '"rs ""odd''"'::regnamespace) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped $$;
CREATE TABLE public.before AS SELECT * FROM privileges();
\pset format unaligned
\pset tuples_only on
\echo == nothing is protected: nothing to take back
SELECT ethdata.rollback_script();
\echo == everything is
SELECT ethdata.define_subject_class('rs.person');
SELECT ethdata.define_subject_class('rs.rows');
SELECT ethdata.protect('rs.person', subject => 'id');
SELECT ethdata.link_subject('rs.person', 'friend', class => 'rs.person', as_role => 'friend');
SELECT ethdata.mask('rs.person', 'email', masked_as => 'ethdata.mask_email(value)');
SELECT ethdata.mask('rs.person', 'phone');
SELECT ethdata.protect('rs.open'), ethdata.mask('rs.open', 'secret');
SELECT ethdata.protect('rs.closed'), ethdata.mask('rs.closed', 'note');
SELECT ethdata.protect('rs.rows', subject => 'id', rows => true);
SELECT ethdata.protect('rs.pilot', enforcement => 'observe'), ethdata.mask('rs.pilot', 'note');
SELECT ethdata.protect('rs.parent'), ethdata.mask('rs.parent', 'email');
SELECT ethdata.protect('"rs ""odd''"."Ta""b''le"', subject => 'id', class => 'rs.person', rows => true);
SELECT ethdata.link_subject('"rs ""odd''"."Ta""b''le"', '"fri,end"', class => 'rs.person');
SELECT ethdata.mask('"rs ""odd''"."Ta""b''le"', 'co"l''umn');
SET ROLE regress_rs_owner;
ALTER TABLE rs.parent DETACH PARTITION rs.left_it;
RESET ROLE;
CREATE POLICY consented ON rs.newsletter USING (ethdata.permitted(id));
SELECT ethdata.suspend('rs.open', reason => 'INC-1', until => now() + interval '1 hour');
SELECT count(*) > 10 FROM (SELECT * FROM privileges() EXCEPT SELECT * FROM before) x;
\echo == the script
SELECT ethdata.rollback_script();
\echo == run
SELECT statement FROM ethdata.rollback_script() AS s(statement) WHERE statement NOT LIKE '--%' \gexec
SELECT count(*) FROM (SELECT * FROM privileges() EXCEPT SELECT * FROM before) x;
SELECT count(*) FROM (SELECT * FROM before EXCEPT SELECT * FROM privileges()) x;
SELECT count(*) FROM pg_policy WHERE polname LIKE 'ethdata %';
SELECT count(*) FROM ethdata.remembered_grant;
SELECT count(*) FROM ethdata.protected_relation;
\echo == again there is nothing, but what was built by hand
SELECT ethdata.rollback_script();
\echo == who may ask
SET ROLE regress_rs_admin;
SELECT count(*) FROM ethdata.rollback_script();
SET ROLE regress_rs_owner;
SELECT ethdata.rollback_script();
RESET ROLE;
\echo == and the extension can go
DROP POLICY consented ON rs.newsletter;
DROP EXTENSION ethdata;
SELECT count(*) FROM (SELECT * FROM privileges() EXCEPT SELECT * FROM before) x;
DROP SCHEMA rs, "rs ""odd'" CASCADE;
DROP TABLE public.before;
DROP ROLE regress_rs_owner, "regress_rs_O'wner", regress_rs_reader, regress_rs_partly, regress_rs_grantor, regress_rs_onward, regress_rs_group, regress_rs_exempt, regress_rs_admin;
