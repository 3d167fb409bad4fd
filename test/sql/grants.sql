-- Privileges of a protected table: what is withdrawn and remembered, that GRANT,
-- REVOKE, roles, owners, renamings and new columns keep it whole, and that
-- drop_mask() and unprotect() bring back exactly what was there.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_gr_owner;
CREATE ROLE regress_gr_heir;
CREATE ROLE regress_gr_reader;
CREATE ROLE regress_gr_partly;
CREATE ROLE regress_gr_grantor;
CREATE ROLE regress_gr_onward;
CREATE ROLE regress_gr_group;
CREATE ROLE regress_gr_member IN ROLE regress_gr_group;
CREATE ROLE regress_gr_exempt IN ROLE regress_gr_group, ethdata_exempt;
CREATE ROLE regress_gr_late;
CREATE ROLE "regress_gr_O'Neil";
CREATE SCHEMA gr AUTHORIZATION regress_gr_owner;
GRANT USAGE ON SCHEMA gr TO PUBLIC;
SET ROLE regress_gr_owner;
CREATE TABLE gr.person (id bigint PRIMARY KEY, name text, email text, phone text, gone int);
ALTER TABLE gr.person DROP COLUMN gone;
GRANT SELECT ON gr.person TO regress_gr_reader;
GRANT SELECT (id, email), UPDATE (email) ON gr.person TO regress_gr_partly;
GRANT SELECT, INSERT ON gr.person TO regress_gr_grantor WITH GRANT OPTION;
GRANT UPDATE ON gr.person TO regress_gr_reader;
GRANT SELECT (name) ON gr.person TO regress_gr_reader WITH GRANT OPTION;
GRANT SELECT (email) ON gr.person TO regress_gr_reader;
GRANT SELECT ON gr.person TO regress_gr_group;
GRANT SELECT ON gr.person TO "regress_gr_O'Neil";
SET ROLE regress_gr_grantor;
GRANT SELECT ON gr.person TO regress_gr_onward;
SET ROLE regress_gr_owner;
CREATE TABLE gr.open (id bigint, note text, secret text);
GRANT SELECT ON gr.open TO PUBLIC;
CREATE TABLE gr.closed (id bigint, note text);
CREATE TABLE gr.parent (id bigint, email text, at date) PARTITION BY RANGE (at);
CREATE TABLE gr.child PARTITION OF gr.parent FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
GRANT SELECT ON gr.parent, gr.child TO regress_gr_reader;
CREATE TABLE gr.rows (id bigint PRIMARY KEY, note text);
GRANT SELECT, DELETE ON gr.rows TO regress_gr_reader;
RESET ROLE;

CREATE FUNCTION public.acl(relation regclass) RETURNS TABLE (what name, acl text) LANGUAGE sql AS $$
  SELECT w, regexp_replace(a, 'xtm', 'xt', 'g') FROM (
  SELECT 0 AS n, 'table' AS w, relacl::text AS a FROM pg_class WHERE oid = $1
  UNION ALL SELECT attnum, attname, attacl::text FROM pg_attribute WHERE attrelid = $1 AND attacl IS NOT NULL AND NOT attisdropped) x
  ORDER BY n $$;
CREATE FUNCTION public.readers(relation regclass) RETURNS TABLE (rule text, roles text) LANGUAGE sql AS $$
  SELECT regexp_replace(pg_get_expr(polqual, polrelid), '[,)].*', ''),
         CASE WHEN polroles = '{0}' THEN 'PUBLIC' ELSE (SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE oid = ANY (polroles)) END
    FROM pg_policy WHERE polrelid = $1 ORDER BY length(polname), polname $$;
CREATE FUNCTION public.remembered(wanted regclass) RETURNS TABLE (col name, grantee name, grantor name, option boolean, given boolean) LANGUAGE sql SECURITY DEFINER AS $$
  SELECT column_name, grantee, grantor, grant_option, given FROM ethdata.remembered_grant WHERE relation = $1
   ORDER BY column_name NULLS FIRST, given, grantee, grantor $$;
CREATE TABLE public.before AS
  SELECT c.oid::regclass AS relation, a.* FROM pg_class c, acl(c.oid) a WHERE c.relnamespace = 'gr'::regnamespace AND c.relkind IN ('r', 'p');
CREATE FUNCTION public.differences() RETURNS TABLE (relation regclass, what name, was text, "is" text) LANGUAGE sql AS $$
  SELECT coalesce(b.relation, n.relation), coalesce(b.what, n.what), b.acl, n.acl
    FROM public.before b
    FULL JOIN (SELECT c.oid::regclass AS relation, a.* FROM pg_class c, acl(c.oid) a
                WHERE c.relnamespace = 'gr'::regnamespace AND c.relkind IN ('r', 'p')) n USING (relation, what)
   WHERE b.acl IS DISTINCT FROM n.acl ORDER BY 1, 2 $$;
\pset format unaligned
\pset tuples_only on
\pset null 'null'
SELECT ethdata.define_subject_class('gr.person');
SELECT ethdata.define_subject_class('gr.rows');

\echo == as the site granted it
SELECT relation, what, acl FROM before ORDER BY relation, what;

\echo == protected: columns instead of the table
SELECT ethdata.protect('gr.person', subject => 'id');
SELECT * FROM acl('gr.person');
SELECT * FROM readers('gr.person');
SELECT * FROM remembered('gr.person');

\echo == a masked column: nobody but owner and exempt reads it raw
SELECT ethdata.mask('gr.person', 'email');
SELECT * FROM acl('gr.person');
SELECT * FROM readers('gr.person');
SELECT * FROM remembered('gr.person');
SELECT r.rolname, has_table_privilege(r.oid, 'gr.person', 'SELECT') AS on_table, has_column_privilege(r.oid, 'gr.person', 'name', 'SELECT') AS name,
       has_column_privilege(r.oid, 'gr.person', 'email', 'SELECT') AS email
  FROM pg_roles r WHERE r.rolname LIKE 'regress_gr_%' ORDER BY 1;

\echo == the mask goes, the grants on the column come back
SELECT ethdata.drop_mask('gr.person', 'email');
SELECT * FROM acl('gr.person') WHERE what = 'email';
SELECT ethdata.mask('gr.person', 'email');

\echo == everything goes, everything comes back
SELECT ethdata.unprotect('gr.person');
SELECT * FROM differences();
SELECT count(*) FROM ethdata.remembered_grant;

\echo == PUBLIC, no grant at all, partitions, hidden rows
SELECT ethdata.protect('gr.open');
SELECT ethdata.mask('gr.open', 'secret');
SELECT * FROM acl('gr.open');
SELECT * FROM readers('gr.open');
SELECT * FROM remembered('gr.open');
SELECT ethdata.protect('gr.closed');
SELECT ethdata.mask('gr.closed', 'note');
SELECT * FROM acl('gr.closed');
SELECT * FROM readers('gr.closed');
SELECT ethdata.protect('gr.parent');
SELECT ethdata.mask('gr.parent', 'email');
SELECT * FROM acl('gr.parent');
SELECT * FROM acl('gr.child');
SELECT ethdata.protect('gr.rows', subject => 'id', rows => true);
SELECT * FROM acl('gr.rows');
SELECT * FROM readers('gr.rows');
SELECT ethdata.unprotect('gr.open'), ethdata.unprotect('gr.closed'), ethdata.unprotect('gr.parent'), ethdata.unprotect('gr.rows');
SELECT * FROM differences();
SELECT count(*) FROM ethdata.remembered_grant;
DROP TABLE gr.closed;
DELETE FROM before WHERE acl IS NULL;

\echo == later GRANT and REVOKE
SELECT ethdata.protect('gr.person', subject => 'id');
SELECT ethdata.mask('gr.person', 'email');
SET ROLE regress_gr_owner;
GRANT SELECT ON gr.person TO regress_gr_late;
SELECT * FROM acl('gr.person') WHERE what = 'table';
SELECT * FROM readers('gr.person');
SET ROLE regress_gr_late;
SELECT email FROM gr.person;
SET ROLE regress_gr_owner;
REVOKE SELECT ON gr.person FROM regress_gr_late;
SELECT * FROM acl('gr.person') WHERE acl LIKE '%late%';
SELECT * FROM readers('gr.person') WHERE roles LIKE '%late%';
GRANT SELECT (email) ON gr.person TO regress_gr_late;
SELECT * FROM acl('gr.person') WHERE acl LIKE '%late%';
SELECT * FROM readers('gr.person') WHERE roles LIKE '%late%';
REVOKE ALL ON gr.person FROM regress_gr_late;
SELECT * FROM readers('gr.person') WHERE roles LIKE '%late%';
GRANT ALL ON ALL TABLES IN SCHEMA gr TO regress_gr_late;
SELECT * FROM acl('gr.person') WHERE what = 'table';
REVOKE ALL ON ALL TABLES IN SCHEMA gr FROM regress_gr_late;
SELECT * FROM acl('gr.person') WHERE acl LIKE '%late%';
-- revoking the column alone leaves the grant on the table, as in core
REVOKE SELECT (name) ON gr.person FROM regress_gr_onward;
SELECT has_column_privilege('regress_gr_onward', 'gr.person', 'name', 'SELECT');
-- a grantor who is not the owner
SET ROLE regress_gr_grantor;
GRANT SELECT ON gr.person TO regress_gr_late;
SELECT * FROM remembered('gr.person') WHERE grantor = 'regress_gr_grantor';
SET ROLE regress_gr_reader;
GRANT SELECT ON gr.person TO regress_gr_partly;
SET ROLE regress_gr_owner;
REVOKE GRANT OPTION FOR SELECT ON gr.person FROM regress_gr_grantor;
REVOKE GRANT OPTION FOR SELECT ON gr.person FROM regress_gr_grantor CASCADE;
SELECT * FROM remembered('gr.person') WHERE grantee IN ('regress_gr_grantor', 'regress_gr_late', 'regress_gr_onward');
SELECT * FROM readers('gr.person');
-- put back what was changed
REVOKE SELECT ON gr.person FROM regress_gr_grantor;
GRANT SELECT ON gr.person TO regress_gr_grantor WITH GRANT OPTION;
SET ROLE regress_gr_grantor;
GRANT SELECT ON gr.person TO regress_gr_onward;
RESET ROLE;

\echo == an aborted GRANT
BEGIN;
GRANT SELECT ON gr.person TO regress_gr_late;
ROLLBACK;
SELECT * FROM acl('gr.person') WHERE acl LIKE '%late%';
SELECT * FROM readers('gr.person') WHERE roles LIKE '%late%';

\echo == who is exempt changes
GRANT SELECT ON gr.person TO regress_gr_late;
SELECT has_column_privilege('regress_gr_late', 'gr.person', 'email', 'SELECT');
GRANT ethdata_exempt TO regress_gr_late;
SELECT has_column_privilege('regress_gr_late', 'gr.person', 'email', 'SELECT');
REVOKE ethdata_exempt FROM regress_gr_late;
SELECT has_column_privilege('regress_gr_late', 'gr.person', 'email', 'SELECT');
REVOKE ethdata_exempt FROM regress_gr_exempt;
SELECT has_column_privilege('regress_gr_exempt', 'gr.person', 'email', 'SELECT');
GRANT ethdata_exempt TO regress_gr_exempt;
SELECT has_column_privilege('regress_gr_exempt', 'gr.person', 'email', 'SELECT');

\echo == a role goes
DROP OWNED BY regress_gr_late;
SELECT * FROM remembered('gr.person') WHERE grantee = 'regress_gr_late';
SELECT * FROM readers('gr.person') WHERE roles LIKE '%late%';
DROP ROLE regress_gr_late;
CREATE ROLE regress_gr_late;
SELECT has_column_privilege('regress_gr_late', 'gr.person', 'id', 'SELECT');

\echo == a role gets another name
ALTER ROLE "regress_gr_O'Neil" RENAME TO "regress_gr_Neil";
GRANT UPDATE ON gr.person TO regress_gr_late;
REVOKE SELECT ON gr.person FROM regress_gr_late;
SELECT * FROM remembered('gr.person') WHERE grantee LIKE '%Neil';
SELECT * FROM readers('gr.person') WHERE roles LIKE '%Neil%';
ALTER ROLE "regress_gr_Neil" RENAME TO "regress_gr_O'Neil";
REVOKE UPDATE ON gr.person FROM regress_gr_late;

\echo == columns: new, renamed, dropped
ALTER TABLE gr.person ADD COLUMN extra text;
SELECT * FROM acl('gr.person') WHERE what = 'extra';
SELECT ethdata.classify('gr.person', 'extra', 'technical');
SELECT * FROM acl('gr.person') WHERE what = 'extra';
ALTER TABLE gr.person RENAME COLUMN email TO mail;
SELECT * FROM acl('gr.person') WHERE what = 'mail';
SELECT * FROM remembered('gr.person') WHERE col IS NOT NULL;
ALTER TABLE gr.person RENAME COLUMN mail TO email;
ALTER TABLE gr.person DROP COLUMN extra;

\echo == another owner and back
GRANT CREATE ON SCHEMA gr TO regress_gr_heir;
ALTER TABLE gr.person OWNER TO regress_gr_heir;
SELECT * FROM acl('gr.person') WHERE what IN ('table', 'email');
SELECT * FROM readers('gr.person');
SELECT * FROM remembered('gr.person');
REASSIGN OWNED BY regress_gr_heir TO regress_gr_owner;
SELECT * FROM acl('gr.person') WHERE what IN ('table', 'email');

\echo == children come and go
SELECT ethdata.protect('gr.parent');
SELECT ethdata.mask('gr.parent', 'email');
ALTER DEFAULT PRIVILEGES FOR ROLE regress_gr_owner IN SCHEMA gr GRANT SELECT ON TABLES TO regress_gr_reader;
SET ROLE regress_gr_owner;
CREATE TABLE gr.child2 PARTITION OF gr.parent FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
SELECT * FROM acl('gr.child2');
CREATE TABLE gr.child3 (id bigint, email text, at date);
SELECT * FROM acl('gr.child3');
ALTER TABLE gr.parent ATTACH PARTITION gr.child3 FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
SELECT * FROM acl('gr.child3');
ALTER TABLE gr.parent DETACH PARTITION gr.child3;
SELECT * FROM acl('gr.child3');
RESET ROLE;
SELECT ethdata.unprotect('gr.child3');
SELECT ethdata.unprotect('gr.child3');
SELECT * FROM acl('gr.child3');
SET ROLE regress_gr_owner;
CREATE TABLE gr.open_parent (id bigint, name text, email text, phone text);
ALTER TABLE gr.person INHERIT gr.open_parent;
CREATE TABLE gr.child5 (more text) INHERITS (gr.person);
SELECT * FROM acl('gr.child5');
DROP TABLE gr.child2, gr.child3, gr.child5, gr.open_parent;
RESET ROLE;

\echo == LOCK TABLE: a masked reader may, in the mode of readers
SET ROLE regress_gr_reader;
BEGIN;
LOCK TABLE gr.person IN ACCESS SHARE MODE;
SELECT mode FROM pg_locks WHERE relation = 'gr.person'::regclass AND pid = pg_backend_pid();
LOCK TABLE ONLY gr.person, gr.parent IN ACCESS SHARE MODE NOWAIT;
SELECT count(*) FROM pg_locks WHERE relation = 'gr.child'::regclass AND pid = pg_backend_pid();
LOCK TABLE gr.person IN SHARE MODE;
ROLLBACK;
SET ROLE regress_gr_late;
BEGIN;
LOCK TABLE gr.person IN ACCESS SHARE MODE;
ROLLBACK;

\echo == and in the end nothing is different
RESET ROLE;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_gr_owner IN SCHEMA gr REVOKE SELECT ON TABLES FROM regress_gr_reader;
SELECT ethdata.unprotect('gr.person'), ethdata.unprotect('gr.parent');
SELECT * FROM differences();
SELECT count(*) FROM ethdata.remembered_grant;
SET client_min_messages = warning;
DROP TABLE public.before;
DROP SCHEMA gr CASCADE;
DROP ROLE regress_gr_owner, regress_gr_heir, regress_gr_reader, regress_gr_partly, regress_gr_grantor, regress_gr_onward, regress_gr_group,
  regress_gr_member, regress_gr_exempt, regress_gr_late, "regress_gr_O'Neil";
