-- protect(), unprotect(), link_subject(), classify(), set_enforcement(): what they
-- accept and refuse (SQLSTATE, message, detail, hint), that the same call changes
-- nothing, that other arguments are told one by one, who may call them, and that
-- an aborted transaction leaves nothing behind.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_pd_owner;
CREATE ROLE regress_pd_admin IN ROLE ethdata_admin;
CREATE ROLE regress_pd_other;
CREATE SCHEMA pd AUTHORIZATION regress_pd_owner;
GRANT USAGE ON SCHEMA pd TO PUBLIC;
SET ROLE regress_pd_owner;
CREATE TABLE pd.customer (id bigint PRIMARY KEY, name text, email text, country text);
CREATE TABLE pd.orders (id int PRIMARY KEY, customer_id bigint REFERENCES pd.customer, note text);
CREATE TABLE pd.loose (id int PRIMARY KEY, customer_id int, code uuid);
CREATE TABLE pd."Weird ""T'able" (id int PRIMARY KEY, "Cust'omer ID" bigint REFERENCES pd.customer, "Na""me" text);
CREATE VIEW pd.view AS SELECT * FROM pd.customer;
CREATE MATERIALIZED VIEW pd.matview AS SELECT * FROM pd.customer;
CREATE SEQUENCE pd.seq;
CREATE TABLE pd.parted (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE pd.parted_2026 PARTITION OF pd.parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
RESET ROLE;
CREATE TEMP TABLE temporary (id bigint PRIMARY KEY);
CREATE FOREIGN DATA WRAPPER regress_pd_fdw;
CREATE SERVER regress_pd_server FOREIGN DATA WRAPPER regress_pd_fdw;
CREATE FOREIGN TABLE pd.far (id bigint) SERVER regress_pd_server;

-- runs a statement and prints its one value, or its error
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
SELECT ethdata.define_subject_class('pd.customer');
RESET client_min_messages;

\echo == relations that cannot be protected
SELECT try($$SELECT ethdata.protect(NULL)$$);
SELECT try($$SELECT ethdata.protect('pd.nothing', subject => 'id')$$);
SELECT try($$SELECT ethdata.protect(0::regclass, subject => 'id')$$);
SELECT try($$SELECT ethdata.protect('pd.view', subject => 'id')$$);
SELECT try($$SELECT ethdata.protect('pd.matview', subject => 'id')$$);
SELECT try($$SELECT ethdata.protect('pd.far', subject => 'id')$$);
SELECT try($$SELECT ethdata.protect('pd.seq', subject => 'id')$$);
SELECT try($$SELECT ethdata.protect('pd.customer_pkey', subject => 'id')$$);
SELECT regexp_replace(try($$SELECT ethdata.protect('temporary', subject => 'id')$$), 'pg_temp_[0-9]+', 'pg_temp_N');
SELECT try($$SELECT ethdata.protect('pg_catalog.pg_class', subject => 'oid')$$);
SELECT try($$SELECT ethdata.protect('information_schema.sql_features', subject => 'feature_id')$$);
SELECT try($$SELECT ethdata.protect('ethdata.purpose', subject => 'id')$$);
SELECT try($$SELECT ethdata.protect('pd.parted_2026', subject => 'id', class => 'pd.customer')$$);

\echo == arguments
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'nope')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'ID')$$);
SELECT try($$SELECT ethdata.unprotect('pd.customer')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => '"ID"')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => '')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'id,')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'id, id')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'ctid')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'email')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', class => 'pd.customer')$$);
SELECT try($$SELECT ethdata.protect('pd.loose', subject => 'customer_id')$$);
SELECT try($$SELECT ethdata.protect('pd.loose', subject => 'customer_id', class => 'pd.orders')$$);
SELECT try($$SELECT ethdata.protect('pd.loose', subject => 'code', class => 'pd.customer')$$);
SELECT try($$SELECT ethdata.protect('pd.loose', subject => 'id, customer_id', class => 'pd.customer')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'id', rows => NULL)$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'id', force => NULL)$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'id', new_columns => NULL)$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'id', new_columns => 'hide')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'id', enforcement => 'maybe')$$);

\echo == nothing was left behind by any of these
SELECT count(*) FROM pg_policy;
SELECT count(*) FROM pg_seclabel WHERE provider = 'ethdata';
SELECT count(*) FROM ethdata.protected_relation;

\echo == an aborted transaction leaves nothing
BEGIN;
SELECT ethdata.protect('pd.customer', subject => 'id');
SELECT ethdata.mask('pd.customer', 'email');
SELECT polname, pg_get_expr(polqual, polrelid) FROM pg_policy ORDER BY 1;
ROLLBACK;
SELECT count(*) FROM pg_policy;
SELECT count(*) FROM pg_seclabel WHERE provider = 'ethdata';
SELECT count(*) FROM ethdata.protected_relation;

\echo == create, same again, alter
SELECT ethdata.protect('pd.customer', subject => 'id');
SELECT ethdata.protect('pd.customer', subject => 'id');
SELECT ethdata.protect('pd.customer', subject => ' "id" ', class => 'pd.customer', enforcement => 'enforce');
BEGIN;
SELECT ethdata.protect('pd.customer', subject => 'id');
SELECT mode FROM pg_locks WHERE relation = 'pd.customer'::regclass AND pid = pg_backend_pid() ORDER BY 1;
COMMIT;
SELECT ethdata.protect('pd.customer', subject => 'id', rows => true, force => true, new_columns => 'show_and_report');
SELECT ethdata.protect('pd.customer', subject => 'id', rows => true, force => true, new_columns => 'show_and_report');
SELECT ethdata.protect('pd.customer', subject => 'id');
SELECT ethdata.protect('pd.orders', subject => 'customer_id');
SELECT ethdata.protect('pd.loose', subject => 'customer_id', class => 'pd.customer');
SELECT ethdata.protect('pd."Weird ""T''able"', subject => '"Cust''omer ID"', rows => true);
SELECT ethdata.mask('pd."Weird ""T''able"', 'Na"me', masked_as => 'upper(left(value, 1))');
SELECT ethdata.protect('pd.parted');
SELECT ethdata.protect('pd.parted');
SELECT polrelid::regclass, polname, polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid)
  FROM pg_policy ORDER BY polrelid::regclass::text, polname;
SELECT relation, enforcement, protected_by FROM ethdata.protected_relation ORDER BY relation::text;
SELECT objname, label FROM pg_seclabels WHERE provider = 'ethdata' AND objtype = 'column' ORDER BY objname;

\echo == another person of a row
SELECT try($$SELECT ethdata.link_subject('pd.parted', 'id', class => 'pd.customer')$$);
SELECT try($$SELECT ethdata.link_subject('pd.orders', 'customer_id')$$);
SELECT try($$SELECT ethdata.link_subject('pd.orders', 'nope')$$);
SELECT try($$SELECT ethdata.link_subject('pd.orders', NULL)$$);
SELECT try($$SELECT ethdata.link_subject('pd.orders', 'id')$$);
SELECT try($$SELECT ethdata.link_subject('pd.orders', 'id', class => 'pd.customer', as_role => '')$$);
SELECT ethdata.link_subject('pd.orders', 'id', class => 'pd.customer');
SELECT ethdata.link_subject('pd.orders', 'id', class => 'pd.customer');
SELECT ethdata.link_subject('pd.orders', 'id', class => 'pd.customer', as_role => 'recipient');
SELECT ethdata.protect('pd.orders', subject => 'customer_id', rows => true);
SELECT polname, pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = 'pd.orders'::regclass ORDER BY 1;
SELECT try($$SELECT ethdata.protect('pd.orders')$$);
SELECT try($$SELECT ethdata.unlink_subject('pd.orders', 'customer_id')$$);
SELECT ethdata.unlink_subject('pd.orders', 'id');
SELECT ethdata.unlink_subject('pd.orders', 'id');

\echo == classify
SELECT try($$SELECT ethdata.classify('pd.customer', 'nope', 'contact')$$);
SELECT try($$SELECT ethdata.classify('pd.customer', 'email', 'mail')$$);
SELECT try($$SELECT ethdata.classify('pd.customer', 'email', NULL)$$);
SELECT try($$SELECT ethdata.classify('pd.customer', 'email', 'contact', 'By Hand')$$);
SELECT try($$SELECT ethdata.classify('pd.view', 'email', 'contact')$$);
SELECT ethdata.classify('pd.customer', 'email', 'contact');
SELECT ethdata.classify('pd.customer', 'email', 'contact');
SELECT ethdata.classify('pd.customer', 'email', 'contact', 'detected');
SELECT ethdata.classify('pd.customer', 'name', 'health');

\echo == enforcement
SELECT ethdata.set_enforcement('pd.customer', 'enforce', reason => 'CHG-1');
SELECT try($$SELECT ethdata.set_enforcement('pd.customer', 'observe')$$);
SELECT try($$SELECT ethdata.set_enforcement('pd.customer', 'observe', reason => ' ')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'id', enforcement => 'observe')$$);
SELECT try($$SELECT ethdata.set_enforcement('pd.customer', 'off', reason => 'pilot')$$);
SELECT ethdata.protect('pd.customer', subject => 'id');
SELECT ethdata.protect('pd.customer', subject => 'id', enforcement => 'observe');
SELECT relation, enforcement, enforcement_reason, enforcement_by FROM ethdata.protected_relation WHERE relation = 'pd.customer'::regclass;
SELECT try($$SELECT ethdata.set_enforcement('pd.customer', 'on')$$);
SELECT try($$SELECT ethdata.set_enforcement('pd.customer', NULL)$$);
SELECT try($$SELECT ethdata.set_enforcement('pd.parted_2026', 'enforce')$$);
SELECT try($$SELECT ethdata.set_enforcement('pd.view', 'enforce')$$);

\echo == rights: the owner may protect more, not less
SET ROLE regress_pd_owner;
SELECT ethdata.protect('pd.customer', subject => 'id');
SELECT ethdata.protect('pd.customer', subject => 'id', force => true);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'id')$$);
SELECT try($$SELECT ethdata.protect('pd.customer')$$);
SELECT try($$SELECT ethdata.protect('pd.customer', subject => 'id', force => true, new_columns => 'show_and_report')$$);
SELECT try($$SELECT ethdata.unprotect('pd.customer')$$);
SELECT try($$SELECT ethdata.unlink_subject('pd.orders', 'id')$$);
SELECT try($$SELECT ethdata.set_enforcement('pd.customer', 'off', reason => 'mine')$$);
SELECT try($$SELECT ethdata.set_enforcement('pd.customer', 'enforce')$$);
SELECT try($$SELECT ethdata.set_enforcement('pd.customer', 'enforce')$$);
SELECT try($$SELECT ethdata.set_enforcement('pd.customer', 'observe', reason => 'mine')$$);
ALTER TABLE pd.customer ADD COLUMN added text;
SELECT try($$SELECT ethdata.classify('pd.customer', 'added', 'technical')$$);
SELECT try($$SELECT ethdata.classify('pd.customer', 'name', 'identity')$$);
SELECT try($$SECURITY LABEL FOR ethdata ON COLUMN pd.customer.added IS 'technical declared'$$);
SELECT ethdata.classify('pd.customer', 'country', 'location');
SET ROLE regress_pd_other;
SELECT try($$SELECT ethdata.protect('pd.loose', subject => 'id', class => 'pd.customer')$$);
SELECT try($$SELECT ethdata.unprotect('pd.loose')$$);
SELECT try($$SELECT ethdata.link_subject('pd.orders', 'id', class => 'pd.customer')$$);
SELECT try($$SELECT ethdata.classify('pd.customer', 'country', 'identity')$$);
SET ROLE regress_pd_admin;
SELECT ethdata.protect('pd.customer', subject => 'id');
SELECT ethdata.classify('pd.customer', 'added', 'technical');
SELECT ethdata.unprotect('pd.loose');
SELECT ethdata.unprotect('pd.loose');
SELECT try($$SELECT ethdata.unprotect('pd.parted_2026')$$);
SELECT count(*) FROM pd.customer;
RESET ROLE;
SELECT try($$SECURITY LABEL FOR ethdata ON COLUMN pd.customer.added IS 'nonsense'$$);
SELECT try($$SECURITY LABEL FOR ethdata ON TABLE pd.customer IS 'technical declared'$$);

\echo == rules are not changed by hand
SELECT try($$DROP POLICY "ethdata 1" ON pd.customer$$);
SELECT try($$ALTER POLICY "ethdata 1" ON pd.customer TO PUBLIC$$);
SELECT try($$ALTER POLICY "ethdata 1" ON pd.customer RENAME TO mine$$);
SELECT try($$CREATE POLICY "ethdata x" ON pd.loose USING (true)$$);
SELECT try($$CREATE POLICY "ethdata 9" ON pd.loose FOR SELECT USING (true)$$);
SELECT try($$CREATE POLICY "ethdata 9" ON pd.loose AS RESTRICTIVE FOR SELECT USING (ethdata.rule_subject(NULL, NULL, false, false, 'mask'))$$);
SELECT try($$ALTER TABLE pd.customer ALTER COLUMN id TYPE int$$);
SELECT try($$ALTER TABLE pd.customer DROP COLUMN id$$);
SELECT try($$ALTER TABLE pd.orders DROP COLUMN customer_id CASCADE$$);
SELECT try($$DROP TABLE pd.customer CASCADE$$);
SELECT try($$DROP EXTENSION ethdata$$) LIKE '2BP01: cannot drop extension ethdata because other objects depend on it%' AS refused;
SELECT count(*) FROM pg_policy WHERE polrelid = 'pd.customer'::regclass;

\echo == a made-up name in the session path is not taken for ours
CREATE SCHEMA mine;
CREATE FUNCTION mine.rule_subject(regclass, text, boolean, boolean, text, VARIADIC "any") RETURNS boolean LANGUAGE internal AS 'int4eq';
SET search_path = mine, public;
SELECT ethdata.protect('pd.loose', subject => 'customer_id', class => 'pd.customer');
SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = 'pd.loose'::regclass;
RESET search_path;

\echo == dropping a table takes its rules and what was remembered along
DROP TABLE pd.orders, pd.parted;
SELECT polrelid::regclass, count(*) FROM pg_policy GROUP BY 1 ORDER BY polrelid::regclass::text;
SELECT relation FROM ethdata.protected_relation ORDER BY relation::text;
SET client_min_messages = warning;
DROP SCHEMA pd CASCADE;
DROP SCHEMA mine CASCADE;
SELECT count(*) FROM ethdata.protected_relation;
SELECT count(*) FROM ethdata.remembered_grant;
DROP FOREIGN DATA WRAPPER regress_pd_fdw CASCADE;
DROP ROLE regress_pd_owner, regress_pd_admin, regress_pd_other;
