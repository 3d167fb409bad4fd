-- A table in observe: privileges and results are those without ethdata, and what
-- would differ is counted, exactly: cells that the plan really uses, rows that would
-- be hidden, statements; in transactions that roll back or are read-only, with
-- cursors, prepared statements, EXPLAIN ANALYZE, parallel plans, nested statements,
-- joins that read a row again, writes.  Going there and back.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_ob_owner;
CREATE ROLE regress_ob_campaigns;
CREATE ROLE regress_ob_partly;
CREATE ROLE regress_ob_analyst IN ROLE ethdata_exempt;
CREATE ROLE regress_ob_admin IN ROLE ethdata_admin;
CREATE ROLE regress_ob_auditor IN ROLE ethdata_auditor;
CREATE SCHEMA ob AUTHORIZATION regress_ob_owner;
GRANT USAGE ON SCHEMA ob TO PUBLIC;
SET ROLE regress_ob_owner;
CREATE TABLE ob.customer (id bigint PRIMARY KEY, name text, email text, phone text, city text);
INSERT INTO ob.customer VALUES
  (1, 'Ada',   'ada@example.net',   '1', 'Gent'),
  (2, 'Bruno', 'bruno@example.net', '2', 'Gent'),
  (3, 'Carla', 'carla@example.net', NULL, 'Brugge'),
  (4, 'Dirk',  NULL,                '4', 'Brugge');
CREATE INDEX customer_email ON ob.customer (email);
CREATE TABLE ob.orders (id int PRIMARY KEY, customer_id bigint REFERENCES ob.customer, total int);
INSERT INTO ob.orders VALUES (10, 1, 5), (11, 1, 7), (12, 2, 9), (13, 4, 1);
CREATE TABLE ob.profile (customer_id bigint PRIMARY KEY REFERENCES ob.customer, segment text);
INSERT INTO ob.profile VALUES (1, 'garden'), (2, 'books'), (3, 'books'), (4, 'garden');
CREATE TABLE ob.parted (customer_id bigint, at date, note text) PARTITION BY RANGE (at);
CREATE TABLE ob.parted_1 PARTITION OF ob.parted FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE ob.parted_2 PARTITION OF ob.parted FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
INSERT INTO ob.parted VALUES (1, '2026-02-01', 'a'), (2, '2026-03-01', 'b'), (2, '2026-08-01', 'c');
CREATE VIEW ob.everything AS SELECT * FROM ob.customer;
GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ob TO regress_ob_campaigns;
GRANT SELECT (id, phone) ON ob.customer TO regress_ob_partly;
GRANT SELECT ON ob.customer TO regress_ob_analyst;
RESET ROLE;
ANALYZE ob.customer, ob.orders, ob.profile;
CREATE TABLE public.before AS
  SELECT c.oid AS relation, 0 AS n, c.relacl::text AS acl FROM pg_class c WHERE c.relnamespace = 'ob'::regnamespace
  UNION ALL SELECT a.attrelid, a.attnum, a.attacl::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'ob'::regnamespace;
CREATE FUNCTION public.differences() RETURNS bigint LANGUAGE sql AS $$
  SELECT count(*) FROM (SELECT c.oid, 0, c.relacl::text FROM pg_class c WHERE c.relnamespace = 'ob'::regnamespace
    UNION ALL SELECT a.attrelid, a.attnum, a.attacl::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'ob'::regnamespace
    EXCEPT SELECT relation, n, acl FROM public.before) x (relation) WHERE relation IN (SELECT relation FROM public.before) $$;
-- what the statements since the last call added
CREATE TABLE public.seen (as_role name, purpose text, relation regclass, column_name name, statements bigint, cells bigint);
CREATE FUNCTION public.more() RETURNS TABLE (as_role name, purpose text, relation regclass, column_name name, statements bigint, cells bigint) LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMP TABLE now_seen AS SELECT * FROM ethdata.observed();
  RETURN QUERY SELECT o.as_role, o.purpose, o.relation, o.column_name,
      o.statements - coalesce(s.statements, 0), o.cells - coalesce(s.cells, 0)
    FROM now_seen o LEFT JOIN public.seen s
      ON (s.as_role, s.purpose, s.relation, s.column_name) IS NOT DISTINCT FROM (o.as_role, o.purpose, o.relation, o.column_name)
   WHERE o.cells > coalesce(s.cells, 0) ORDER BY o.relation::text, o.column_name NULLS FIRST, 1, 2;
  DELETE FROM public.seen;
  INSERT INTO public.seen SELECT * FROM now_seen;
  DROP TABLE now_seen;
END $$;
\pset format unaligned
\pset tuples_only on
\pset null 'null'
SELECT ethdata.define_subject_class('ob.customer');
SELECT ethdata.define_purpose('marketing', basis => 'consent');
SELECT ethdata.define_purpose('billing', basis => 'legal_obligation');
SELECT ethdata.grant_purpose('marketing', 'regress_ob_campaigns');
SELECT ethdata.give_consent('1', 'marketing') > 0;
SELECT ethdata.protect('ob.customer', subject => 'id', enforcement => 'observe');
SELECT ethdata.mask('ob.customer', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{marketing}');
SELECT ethdata.mask('ob.customer', 'phone');
SELECT ethdata.protect('ob.profile', subject => 'customer_id', rows => true, enforcement => 'observe');
SELECT ethdata.protect('ob.parted', subject => 'customer_id', class => 'ob.customer', enforcement => 'observe');
SELECT ethdata.mask('ob.parted', 'note');
SELECT relation, enforcement FROM ethdata.protected_relation ORDER BY relation::text;

\echo == privileges are as before, and later grants are not touched
SELECT differences();
SELECT count(*) FROM ethdata.remembered_grant;
GRANT SELECT (email) ON ob.customer TO regress_ob_partly;
SELECT has_column_privilege('regress_ob_partly', 'ob.customer', 'email', 'SELECT');
REVOKE SELECT (email) ON ob.customer FROM regress_ob_partly;
SELECT differences();

\echo == each statement, and what it adds
SET ROLE regress_ob_campaigns;
SELECT * FROM ob.customer ORDER BY id;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
SET ethdata.purpose = 'marketing';
SELECT id, email FROM ob.customer ORDER BY id;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
\echo -- nothing that would be masked, nothing counted
SELECT id, name FROM ob.customer ORDER BY id;
SELECT count(*) FROM ob.customer WHERE city = 'Gent';
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
\echo -- through a view that lists all: what is used
SELECT id FROM ob.everything WHERE name = 'Dirk';
SELECT max(email) FROM ob.everything;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
\echo -- a predicate compares; with the index only what it finds
SET enable_seqscan = off;
SELECT id FROM ob.customer WHERE email = 'bruno@example.net';
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
RESET enable_seqscan;
SET enable_indexscan = off; SET enable_bitmapscan = off;
SELECT id, phone FROM ob.customer WHERE email = 'bruno@example.net';
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
RESET enable_indexscan; RESET enable_bitmapscan;
\echo -- whole rows
SELECT c FROM ob.customer c WHERE id = 2;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
\echo -- rows that would be hidden
SELECT count(*) FROM ob.profile;
SELECT segment FROM ob.profile WHERE segment = 'books' ORDER BY customer_id;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
\echo -- outer join, below and above
SELECT o.id, c.email, p.segment FROM ob.orders o LEFT JOIN ob.customer c ON c.id = o.customer_id AND c.city = 'Gent'
  LEFT JOIN ob.profile p ON p.customer_id = c.id ORDER BY 1;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
\echo -- a nested loop that reads rows again counts them once
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off; SET enable_material = off; SET enable_indexscan = off; SET enable_bitmapscan = off;
SELECT o.id, c.phone FROM ob.orders o JOIN ob.customer c ON c.id = o.customer_id ORDER BY 1;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_memoize; RESET enable_material; RESET enable_indexscan; RESET enable_bitmapscan;
\echo -- sub-selects, WITH, UNION, EXISTS
SELECT o.id, (SELECT email FROM ob.customer c WHERE c.id = o.customer_id) FROM ob.orders o ORDER BY 1;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
WITH x AS MATERIALIZED (SELECT id, email FROM ob.customer) SELECT count(*) FROM x;
SELECT email FROM ob.customer WHERE id = 2 UNION ALL SELECT phone FROM ob.customer WHERE id = 2;
SELECT count(*) FROM ob.orders o WHERE EXISTS (SELECT FROM ob.customer c WHERE c.id = o.customer_id AND c.phone = '2');
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
\echo -- partitions, through the parent and directly
SELECT note FROM ob.parted ORDER BY 1;
SELECT note FROM ob.parted_2;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;

\echo == transactions: rolled back, read-only, an error on the way
BEGIN;
SELECT count(email) FROM ob.customer;
ROLLBACK;
BEGIN READ ONLY;
SELECT count(email) FROM ob.customer;
COMMIT;
SELECT 1 / (id - 3) FROM (SELECT id, email FROM ob.customer WHERE email IS NOT NULL ORDER BY id) x WHERE email <> '';
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
\echo -- a cursor in parts is one statement; what is not fetched is not read
BEGIN;
DECLARE k NO SCROLL CURSOR FOR SELECT phone FROM ob.customer;
FETCH 1 FROM k;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
COMMIT;
BEGIN;
DECLARE k NO SCROLL CURSOR FOR SELECT phone FROM ob.customer;
FETCH 1 FROM k;
FETCH 2 FROM k;
COMMIT;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
\echo -- prepared, generic
SET plan_cache_mode = force_generic_plan;
PREPARE p(bigint) AS SELECT phone FROM ob.customer WHERE id = $1;
EXECUTE p(1);
EXECUTE p(2);
EXECUTE p(99);
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
DEALLOCATE p;
RESET plan_cache_mode;
\echo -- EXPLAIN reads nothing, EXPLAIN ANALYZE does
EXPLAIN (COSTS OFF) SELECT id FROM ob.customer WHERE city = 'Gent';
SELECT count(*) FROM (SELECT 1) x;
DO $$ BEGIN EXECUTE 'EXPLAIN SELECT phone FROM ob.customer'; END $$;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
DO $$ BEGIN EXECUTE 'EXPLAIN ANALYZE SELECT phone FROM ob.customer'; END $$;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
\echo -- statements inside a function are statements
RESET ROLE;
CREATE FUNCTION public.phone_of(wanted bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT phone FROM ob.customer WHERE id = wanted); END $$;
SET ROLE regress_ob_campaigns;
SELECT id, phone_of(id) FROM ob.customer ORDER BY id;
SELECT id, phone, phone_of(id) FROM ob.customer WHERE id = 1;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;

\echo == writes work as without ethdata, and count what they read, return and overwrite
BEGIN;
UPDATE ob.customer SET city = 'Leuven' WHERE phone = '1' RETURNING id, email;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
UPDATE ob.customer SET email = lower(email), phone = NULL WHERE id IN (1, 2);
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
UPDATE ob.profile SET segment = 'music' WHERE customer_id = 2 RETURNING segment;
DELETE FROM ob.profile WHERE segment = 'books' RETURNING customer_id;
SELECT phone FROM ob.customer WHERE id = 4 FOR UPDATE;
WITH gone AS (DELETE FROM ob.parted p USING ob.customer c WHERE c.id = p.customer_id AND c.phone = '4' RETURNING 1) SELECT 1;
ROLLBACK;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
BEGIN;
MERGE INTO ob.customer t USING ob.profile s ON t.id = s.customer_id AND t.phone = '2' WHEN MATCHED THEN UPDATE SET city = s.segment;
ROLLBACK;
RESET ROLE; SELECT * FROM more(); SET ROLE regress_ob_campaigns;
\echo -- COPY
COPY ob.customer (id, phone) TO STDOUT;
RESET ROLE; SELECT * FROM more();

\echo == who: exempt roles and the owner are not counted; claims that do not hold are no errors
SET ROLE regress_ob_analyst;
SELECT count(phone) FROM ob.customer;
SET ROLE regress_ob_owner;
SELECT count(phone) FROM ob.customer;
RESET ROLE; SELECT * FROM more();
SET ROLE regress_ob_partly;
SET ethdata.purpose = 'marketing';
SELECT count(phone) FROM ob.customer;
SELECT count(email) FROM ob.customer;
SET ethdata.purpose = 'no.such.purpose';
SELECT count(phone) FROM ob.customer;
SET ethdata.purpose = 'none';
SELECT count(phone) FROM ob.customer WHERE id = 1;
RESET ethdata.purpose;
RESET ROLE; SELECT * FROM more();
\echo -- through a view of the owner: the reader
SET ROLE regress_ob_campaigns;
SELECT count(phone) FROM ob.everything;
RESET ROLE; SELECT * FROM more();

\echo == a parallel plan: the leader reads what is counted
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
CREATE TABLE ob.big (id bigint, customer_id bigint);
INSERT INTO ob.big SELECT g, 1 + g % 4 FROM generate_series(1, 20000) g;
ANALYZE ob.big;
GRANT SELECT ON ob.big TO regress_ob_campaigns;
SET ROLE regress_ob_campaigns;
CREATE FUNCTION pg_temp.is_parallel(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE line text; found boolean := false;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
    found := found OR line LIKE '%Gather%';
  END LOOP;
  RETURN found;
END $$;
SELECT pg_temp.is_parallel('SELECT c.phone, count(*) FROM ob.big b JOIN ob.customer c ON c.id = b.customer_id GROUP BY 1');
DROP FUNCTION pg_temp.is_parallel(text);
SELECT c.phone, count(*) FROM ob.big b JOIN ob.customer c ON c.id = b.customer_id GROUP BY 1 ORDER BY 1;
RESET ROLE; SELECT * FROM more();
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;

\echo == plans: indexes and estimates are those of raw columns
SET ROLE regress_ob_campaigns;
SET enable_seqscan = off;
CREATE FUNCTION pg_temp.plan(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
    CONTINUE WHEN line LIKE '%Filter%';
    RETURN NEXT regexp_replace(line, '  \(cost=.* rows=(\d+) .*\)', ' rows=\1');
  END LOOP;
END $$;
SELECT pg_temp.plan($$SELECT name FROM ob.customer WHERE email = 'ada@example.net'$$);
SELECT pg_temp.plan($$SELECT email FROM ob.customer ORDER BY email$$);
SELECT pg_temp.plan($$SELECT count(*) FROM ob.customer WHERE id > 0$$);
DROP FUNCTION pg_temp.plan(text);
RESET enable_seqscan;
RESET ROLE;
DELETE FROM public.seen; INSERT INTO public.seen SELECT * FROM ethdata.observed();

\echo == explain_access and describe say so
SET ROLE regress_ob_campaigns;
SELECT column_name, seen_as FROM ethdata.describe('ob.customer');
SET ROLE regress_ob_partly;
SELECT column_name, seen_as FROM ethdata.describe('ob.customer');
RESET ROLE;
SELECT column_name, outcome, reason FROM ethdata.explain_access('ob.customer', '2', as_role => 'regress_ob_campaigns', purpose => 'marketing');
SELECT column_name, outcome, reason FROM ethdata.explain_access('ob.profile', '2', as_role => 'regress_ob_campaigns', purpose => 'marketing');
SELECT column_name, outcome, reason FROM ethdata.explain_access('ob.customer', '2', as_role => 'regress_ob_partly', purpose => 'marketing');

\echo == observed(): one relation, since, who may ask
SELECT count(*) > 0, bool_and(relation = 'ob.parted'::regclass) FROM ethdata.observed('ob.parted');
SELECT count(*) FROM ethdata.observed(since => now() + interval '2 hours');
SELECT (SELECT count(*) FROM ethdata.observed(since => now())) = (SELECT count(*) FROM ethdata.observed());
SET ROLE regress_ob_auditor;
SELECT count(*) > 0 FROM ethdata.observed();
SET ROLE regress_ob_owner;
SELECT count(*) > 0 FROM ethdata.observed('ob.customer');
SELECT count(*) FROM ethdata.observed();
SET ROLE regress_ob_campaigns;
SELECT count(*) FROM ethdata.observed('ob.customer');
SELECT ethdata.save_observed();
RESET ROLE;
CREATE TEMP TABLE was AS SELECT * FROM ethdata.observed();
SELECT ethdata.save_observed() > 0;
\echo -- saved and in memory is the same thing, not twice
SELECT count(*) FROM (SELECT * FROM ethdata.observed() EXCEPT SELECT * FROM was) x;
BEGIN; SELECT ethdata.save_observed() > 0; ROLLBACK;
SELECT count(*) FROM (SELECT * FROM ethdata.observed() EXCEPT SELECT * FROM was) x;
SELECT sum(statements), sum(cells) FROM ethdata.observation o HAVING sum(cells) <> (SELECT sum(cells) FROM was);

\echo == enforce: narrowed and masked; back: as before
SET client_min_messages = notice;
SELECT ethdata.set_enforcement('ob.customer', 'enforce', reason => 'CHG-118');
SELECT ethdata.set_enforcement('ob.customer', 'enforce');
RESET client_min_messages;
SELECT differences() > 0;
SET ROLE regress_ob_campaigns;
SET ethdata.purpose = 'marketing';
SELECT id, email, phone FROM ob.customer ORDER BY id;
RESET ethdata.purpose;
RESET ROLE; SELECT * FROM more();
SELECT ethdata.set_enforcement('ob.customer', 'observe', reason => 'INC-1');
SELECT differences();
SET ROLE regress_ob_campaigns;
SELECT id, email FROM ob.customer ORDER BY id;
RESET ROLE; SELECT * FROM more();
\echo -- off: nothing is counted
SELECT ethdata.set_enforcement('ob.customer', 'off', reason => 'INC-2');
SELECT differences();
SET ROLE regress_ob_campaigns;
SELECT id, email FROM ob.customer WHERE id = 2;
RESET ROLE; SELECT * FROM more();
SET ROLE regress_ob_campaigns;
SELECT column_name, seen_as FROM ethdata.describe('ob.customer') WHERE column_name = 'email';
RESET ROLE;
\echo -- an aborted change, and one in a transaction with a plan that was made before
SET ROLE regress_ob_campaigns;
PREPARE q AS SELECT email FROM ob.customer WHERE id = 2;
EXECUTE q;
RESET ROLE;
BEGIN;
SELECT ethdata.set_enforcement('ob.customer', 'enforce');
SET ROLE regress_ob_campaigns;
EXECUTE q;
RESET ROLE;
ROLLBACK;
SET ROLE regress_ob_campaigns;
EXECUTE q;
RESET ROLE;
\echo -- written by hand, as a restore does
UPDATE ethdata.protected_relation SET enforcement = 'enforce' WHERE relation = 'ob.customer'::regclass;
SET ROLE regress_ob_campaigns;
EXECUTE q;
RESET ROLE;
SELECT ethdata.set_enforcement('ob.customer', 'observe', reason => 'back');
SELECT differences();
\echo -- the end
SELECT ethdata.unprotect('ob.customer'), ethdata.unprotect('ob.profile'), ethdata.unprotect('ob.parted');
SELECT differences();
SET client_min_messages = warning;
DROP TABLE public.before, public.seen;
DROP SCHEMA ob CASCADE;
SELECT count(*) FROM ethdata.observation WHERE relation IS NOT NULL;
DROP ROLE regress_ob_owner, regress_ob_campaigns, regress_ob_partly, regress_ob_analyst, regress_ob_admin, regress_ob_auditor;
