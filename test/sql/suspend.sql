-- suspend(), resume(), break_glass(): what they accept and refuse, that they act at
-- once on statements that run (cached plans and open transactions too) and end by the
-- clock, for whom, that privileges stay as they are, and that explain_access() and
-- describe() say why.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_su_owner;
CREATE ROLE regress_su_reader;
CREATE ROLE regress_su_partly;
CREATE ROLE regress_su_oncall;
CREATE ROLE regress_su_admin IN ROLE ethdata_admin;
CREATE ROLE regress_su_auditor IN ROLE ethdata_auditor;
CREATE SCHEMA su AUTHORIZATION regress_su_owner;
GRANT USAGE ON SCHEMA su TO PUBLIC;
SET ROLE regress_su_owner;
CREATE TABLE su.customer (id bigint PRIMARY KEY, email text, phone text, low text GENERATED ALWAYS AS (lower(email)) STORED);
INSERT INTO su.customer VALUES (1, 'Ada@example.net', '1'), (2, 'Bruno@example.net', '2');
CREATE TABLE su.profile (customer_id bigint REFERENCES su.customer, segment text);
INSERT INTO su.profile VALUES (1, 'garden'), (2, 'books');
CREATE TABLE su.parted (customer_id bigint, at date, note text) PARTITION BY RANGE (at);
CREATE TABLE su.parted_1 PARTITION OF su.parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO su.parted VALUES (1, '2026-02-01', 'a');
CREATE TABLE su.plain (id int);
CREATE VIEW su.all_customers AS SELECT * FROM su.customer;
GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA su TO regress_su_reader, regress_su_oncall;
GRANT SELECT (id) ON su.customer TO regress_su_partly;
RESET ROLE;
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
\pset format unaligned
\pset tuples_only on
\pset null 'null'
SELECT ethdata.define_subject_class('su.customer');
SELECT ethdata.define_purpose('marketing', basis => 'consent');
SELECT ethdata.protect('su.customer', subject => 'id');
SELECT ethdata.mask('su.customer', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{marketing}');
SELECT ethdata.mask('su.customer', 'phone');
SELECT ethdata.protect('su.profile', subject => 'customer_id', rows => true);
SELECT ethdata.protect('su.parted', subject => 'customer_id', class => 'su.customer');
SELECT ethdata.mask('su.parted', 'note');
SET client_min_messages = notice;

\echo == what is refused
SELECT try($$SELECT ethdata.suspend(NULL, reason => 'x', until => now() + interval '1 hour')$$);
SELECT try($$SELECT ethdata.suspend('su.customer', reason => NULL, until => now() + interval '1 hour')$$);
SELECT try($$SELECT ethdata.suspend('su.customer', reason => ' ', until => now() + interval '1 hour')$$);
SELECT try($$SELECT ethdata.suspend('su.customer', reason => 'x', until => NULL)$$);
SELECT try($$SELECT ethdata.suspend('su.customer', reason => 'x', until => now())$$);
SELECT try($$SELECT ethdata.suspend('su.customer', reason => 'x', until => now() + interval '7 days 1 minute')$$);
SELECT try($$SELECT ethdata.suspend('su.customer', reason => 'x', until => 'infinity')$$);
SELECT try($$SELECT ethdata.suspend('su.customer', reason => 'x', until => '-infinity')$$);
SELECT try($$SELECT ethdata.suspend('su.plain', reason => 'x', until => now() + interval '1 hour')$$);
SELECT try($$SELECT ethdata.suspend('su.parted_1', reason => 'x', until => now() + interval '1 hour')$$);
SELECT try($$SELECT ethdata.suspend('su.all_customers', reason => 'x', until => now() + interval '1 hour')$$);
SELECT try($$SELECT ethdata.resume(NULL)$$);
SELECT try($$SELECT ethdata.resume('su.all_customers')$$);
SELECT try($$SELECT ethdata.resume('su.customer')$$);
SELECT try($$SELECT ethdata.break_glass(NULL)$$);
SELECT try($$SELECT ethdata.break_glass('x', NULL)$$);
SELECT try($$SELECT ethdata.break_glass('x', '0')$$);
SELECT try($$SELECT ethdata.break_glass('x', '-1 hour')$$);
SELECT try($$SELECT ethdata.break_glass('x', '8 days')$$);
SET ROLE regress_su_owner;
SELECT try($$SELECT ethdata.suspend('su.customer', reason => 'x', until => now() + interval '1 hour')$$);
SELECT try($$SELECT ethdata.resume('su.customer')$$);
SET ROLE regress_su_reader;
SELECT try($$SELECT ethdata.suspend('su.customer', reason => 'x', until => now() + interval '1 hour')$$);
SELECT try($$SELECT ethdata.resume('su.customer')$$);
SELECT try($$SELECT ethdata.break_glass('curious')$$);
RESET ROLE;
SELECT count(*) FROM ethdata.exception;

\echo == suspended: raw at once, with a plan and a transaction that were there before; privileges stay
SET ROLE regress_su_reader;
SET plan_cache_mode = force_generic_plan;
PREPARE q AS SELECT id, email, phone, low FROM su.customer ORDER BY id;
EXECUTE q;
SELECT * FROM su.profile;
BEGIN ISOLATION LEVEL REPEATABLE READ;
EXECUTE q;
SET ROLE regress_su_admin;
SELECT ethdata.suspend('su.customer', reason => 'INC-7', until => now() + interval '1 hour');
SET ROLE regress_su_reader;
EXECUTE q;
SELECT count(*) FROM su.all_customers WHERE phone = '2';
SELECT has_column_privilege('su.customer', 'email', 'SELECT');
\echo -- the other table is not
SELECT * FROM su.profile;
ROLLBACK;
SET ROLE regress_su_reader;
EXECUTE q;
SET ROLE regress_su_admin;
SELECT ethdata.suspend('su.customer', reason => 'INC-7', until => now() + interval '1 hour');
SET ROLE regress_su_reader;
EXECUTE q;
SELECT try($$UPDATE su.customer SET email = email WHERE id = 1 RETURNING email$$);
SET ROLE regress_su_partly;
SELECT try($$SELECT email FROM su.customer$$);
\echo -- why
SET ROLE regress_su_reader;
SELECT column_name, seen_as FROM ethdata.describe('su.customer');
RESET ROLE;
SELECT column_name, outcome, regexp_replace(reason, 'until .*', 'until T') FROM ethdata.explain_access('su.customer', '2', as_role => 'regress_su_reader');
SELECT column_name, outcome, reason FROM ethdata.explain_access('su.customer', '2', as_role => 'regress_su_partly');
\echo -- again replaces, resume ends
SELECT ethdata.suspend('su.customer', reason => 'INC-8', until => now() + interval '7 days');
SET ROLE regress_su_owner;
SELECT ethdata.resume('su.customer');
SET ROLE regress_su_reader;
EXECUTE q;
RESET ROLE;
SELECT relation, role, reason, made_by, until > since, ended_at IS NOT NULL, ended_by FROM ethdata.exception ORDER BY since;

\echo == hidden rows and partitions
SELECT ethdata.suspend('su.profile', reason => 'INC-9', until => now() + interval '1 hour'),
       ethdata.suspend('su.parted', reason => 'INC-9', until => now() + interval '1 hour');
SET ROLE regress_su_reader;
SELECT * FROM su.profile ORDER BY 1;
SELECT * FROM su.parted_1;
RESET ROLE;
SELECT ethdata.resume('su.profile'), ethdata.resume('su.parted');
SET ROLE regress_su_reader;
SELECT * FROM su.profile ORDER BY 1;
SELECT * FROM su.parted_1;

\echo == it ends by the clock, also between two statements of one transaction
RESET ROLE;
SELECT ethdata.suspend('su.customer', reason => 'short', until => clock_timestamp() + interval '700 milliseconds');
BEGIN;
SET LOCAL ROLE regress_su_reader;
EXECUTE q;
DECLARE k CURSOR FOR SELECT id, email FROM su.customer ORDER BY id;
FETCH 1 FROM k;
SELECT pg_sleep(0.8);
FETCH 1 FROM k;
EXECUTE q;
COMMIT;
\echo -- a suspension that is over is not ended by hand
SELECT ethdata.resume('su.customer');
SELECT ended_at FROM ethdata.exception WHERE reason = 'short';

\echo == break_glass: the role that broke it, in this session's user's name
SELECT ethdata.define_purpose('break_glass', basis => 'vital_interests');
SELECT ethdata.grant_purpose('break_glass', 'regress_su_oncall');
SET ROLE regress_su_oncall;
EXECUTE q;
SELECT ethdata.break_glass('INC-10') > clock_timestamp() + interval '29 minutes';
EXECUTE q;
SELECT * FROM su.profile ORDER BY 1;
SELECT column_name, seen_as FROM ethdata.describe('su.customer');
SET ROLE regress_su_reader;
EXECUTE q;
RESET ROLE;
SELECT relation, role, session_role = session_user, reason, made_by, until - since FROM ethdata.exception WHERE role IS NOT NULL;
\echo -- another session user in the same role is not meant
UPDATE ethdata.exception SET session_role = 'regress_su_reader' WHERE role IS NOT NULL;
SET ROLE regress_su_oncall;
EXECUTE q;
RESET ROLE;
UPDATE ethdata.exception SET session_role = session_user WHERE role IS NOT NULL;
\echo -- a role made anew under the name is another one
UPDATE ethdata.exception SET role_oid = 1 WHERE role IS NOT NULL;
SET ROLE regress_su_oncall;
EXECUTE q;
RESET ROLE;
DELETE FROM ethdata.exception;
\echo -- by the clock
SET ROLE regress_su_oncall;
SELECT ethdata.break_glass('INC-11', '500 milliseconds') > now();
SELECT email FROM su.customer WHERE id = 2;
SELECT pg_sleep(0.6);
SELECT email FROM su.customer WHERE id = 2;
\echo -- taken back with the grant; a superuser may
RESET ROLE;
SELECT ethdata.revoke_purpose('break_glass', 'regress_su_oncall');
SET ROLE regress_su_oncall;
SELECT try($$SELECT ethdata.break_glass('INC-12')$$);
RESET ROLE;
SELECT ethdata.break_glass('INC-13', '1 minute') > now();

\echo == nobody writes exceptions by hand or calls what queries call
SET ROLE regress_su_admin;
SELECT try($$INSERT INTO ethdata.exception (relation, reason, made_by, since, until) VALUES ('su.customer', 'x', 'x', now(), now() + interval '1 hour')$$);
SELECT try($$SELECT ethdata._excepted(NULL::internal, 0, 0)$$);
SELECT try($$SELECT ethdata._observe(NULL::internal, 0, 0, 0, '{}', 0, 0, '(0,1)', true)$$);
SET ROLE regress_su_auditor;
SELECT count(*) > 0 FROM ethdata.exception;
RESET ROLE;
\echo == a table that goes takes its suspension along
SELECT ethdata.suspend('su.parted', reason => 'INC-14', until => now() + interval '1 hour');
SET client_min_messages = warning;
DROP TABLE su.parted;
SELECT count(*) FROM ethdata.exception WHERE relation IS NOT NULL;
DEALLOCATE q;
DROP SCHEMA su CASCADE;
DROP ROLE regress_su_owner, regress_su_reader, regress_su_partly, regress_su_oncall, regress_su_admin, regress_su_auditor;
