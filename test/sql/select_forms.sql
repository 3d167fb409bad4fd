-- What a masked role gets from each form of SELECT.  Customer 1 and 4 agreed to
-- marketing.email, nobody else did; e-mail is revealed for it, the phone for
-- billing only, the birth date for nothing.  Every answer of the masked role
-- must be the same whether a value is asked for in the list, in a predicate, in
-- a join or in an order.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_sf_owner;
CREATE ROLE regress_sf_campaigns;
CREATE ROLE regress_sf_nobody;
CREATE ROLE regress_sf_partly;
CREATE SCHEMA sf AUTHORIZATION regress_sf_owner;
GRANT USAGE ON SCHEMA sf TO PUBLIC;
SET ROLE regress_sf_owner;
CREATE TABLE sf.customer (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  email varchar(60),
  phone text,
  born date,
  city text DEFAULT 'Gent');
INSERT INTO sf.customer (id, name, email, phone, born, city) VALUES
  (1, 'Ada Vermeer',   'ada.vermeer@example.net',  '+32 470 11 22 33', '1984-02-29', 'Gent'),
  (2, 'Bruno Maes',    'bruno@maes.example',       '+32 471 44 55 66', '1979-11-03', 'Gent'),
  (3, 'Carla Dubois',  'carla.dubois@example.org', NULL,               '1991-07-15', 'Liège'),
  (4, 'Dirk Peeters',  'dirk@peeters.example',     '+32 9 222 33 44',  '1966-01-30', 'Brugge'),
  (5, 'Eva Okonkwo',   NULL,                       '+32 472 77 88 99', '2001-12-24', 'Liège');
CREATE TABLE sf.orders (
  id int PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES sf.customer,
  total numeric(8,2));
INSERT INTO sf.orders VALUES (10, 1, 25.00), (11, 1, 12.50), (12, 2, 99.90), (13, 4, 7.00), (14, 5, 3.20);
CREATE TABLE sf.profile (
  customer_id bigint PRIMARY KEY REFERENCES sf.customer,
  segment text,
  score int);
INSERT INTO sf.profile VALUES (1, 'garden', 80), (2, 'books', 40), (3, 'books', 65), (4, 'garden', 20), (5, 'music', 55);
CREATE INDEX ON sf.customer (email, city);
GRANT SELECT ON sf.customer, sf.orders, sf.profile TO regress_sf_campaigns;
GRANT SELECT (id, name) ON sf.customer TO regress_sf_partly;
RESET ROLE;

SELECT ethdata.define_subject_class('sf.customer');
SELECT ethdata.define_purpose('billing', basis => 'contract');
SELECT ethdata.define_purpose('marketing', basis => 'consent', direct_marketing => true);
SELECT ethdata.define_purpose('marketing.email', basis => 'consent', channel => 'email');
SELECT ethdata.grant_purpose('marketing.email', 'regress_sf_campaigns');
SELECT ethdata.protect('sf.customer', subject => 'id');
SELECT ethdata.protect('sf.orders', subject => 'customer_id', class => 'sf.customer');
SELECT ethdata.protect('sf.profile', subject => 'customer_id', class => 'sf.customer', rows => true);
SELECT ethdata.mask('sf.customer', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{marketing.email,billing}', category => 'contact');
SELECT ethdata.mask('sf.customer', 'phone', reveal_for => '{billing}');
SELECT ethdata.mask('sf.customer', 'born', masked_as => $$ethdata.mask_date(value, 'year')$$);
SELECT ethdata.give_consent('1', 'marketing.email', class => 'sf.customer') > 0 AS given;
SELECT ethdata.give_consent('4', 'marketing.email', class => 'sf.customer') > 0 AS given;
SELECT ethdata.refuse_consent('2', 'marketing.email', class => 'sf.customer') > 0 AS refused;
RESET client_min_messages;

-- the owner is exempt and sees what is stored
SET ROLE regress_sf_owner;
SELECT id, name, email, phone, born FROM sf.customer ORDER BY id;
SELECT * FROM sf.profile ORDER BY 1;

-- a role without any privilege is refused by core, as without ethdata
SET ROLE regress_sf_nobody;
SELECT id, email FROM sf.customer;
SELECT count(*) FROM sf.customer;
SELECT 1 FROM sf.profile;

-- a role with SELECT on some columns keeps these and gets no mask of others
SET ROLE regress_sf_partly;
SELECT id, name FROM sf.customer ORDER BY id;
SELECT id, email FROM sf.customer;
SELECT * FROM sf.customer;

-- others are told nothing
SET ROLE regress_sf_nobody;
SELECT * FROM ethdata.describe('sf.customer');
SELECT * FROM ethdata.explain_access('sf.customer', '1');

-- the masked role, no purpose: everything masked
SET ROLE regress_sf_campaigns;
SELECT id, name, email, phone, born, city FROM sf.customer ORDER BY id;
SELECT * FROM sf.profile;
SELECT count(*) FROM sf.profile;
SELECT count(*) FROM sf.customer;

-- with the purpose
SET ethdata.purpose = 'marketing.email';
SELECT id, name, email, phone, born, city FROM sf.customer ORDER BY id;
SELECT * FROM sf.profile ORDER BY 1;
TABLE sf.customer ORDER BY id;

-- predicates meet the mask: no value can be guessed
SELECT id FROM sf.customer WHERE email = 'bruno@maes.example';
SELECT id FROM sf.customer WHERE email = 'ada.vermeer@example.net';
SELECT id FROM sf.customer WHERE email LIKE 'c%dubois%';
SELECT id FROM sf.customer WHERE phone IS NOT NULL;
SELECT id FROM sf.customer WHERE born < '1980-01-01' ORDER BY id;
SELECT id FROM sf.customer WHERE born = '1979-11-03';
SELECT id FROM sf.customer WHERE substr(email, 2, 1) = 'r' ORDER BY id;
SELECT id FROM sf.customer WHERE email ~ 'maes' OR phone LIKE '%44%';

-- order, groups, aggregates, windows
SELECT id, email FROM sf.customer ORDER BY email NULLS LAST, id;
SELECT email, count(*) FROM sf.customer GROUP BY email ORDER BY email NULLS FIRST;
SELECT count(DISTINCT phone), min(phone), max(email), string_agg(email, ', ' ORDER BY id) FROM sf.customer;
SELECT id, rank() OVER (ORDER BY born), lag(email) OVER (ORDER BY id) FROM sf.customer ORDER BY id;
SELECT DISTINCT ON (born) born, id FROM sf.customer ORDER BY born, id;
SELECT city, max(email) FROM sf.customer GROUP BY GROUPING SETS ((city), ()) HAVING count(phone) = 0 ORDER BY city;
SELECT count(*) FILTER (WHERE email LIKE '%maes%') FROM sf.customer;

-- joins: also outer, natural, with itself; the second reference is masked too
SELECT a.id, b.id FROM sf.customer a JOIN sf.customer b ON a.email = b.email ORDER BY 1, 2;
SELECT c.id, g.v FROM sf.customer c JOIN (VALUES ('bruno@maes.example'), ('ada.vermeer@example.net')) g(v) ON c.email = g.v;
SELECT o.id, c.email, c.phone FROM sf.orders o LEFT JOIN sf.customer c ON c.id = o.customer_id AND c.id < 4 ORDER BY o.id;
SELECT o.id, c FROM sf.orders o LEFT JOIN sf.customer c ON c.id = o.customer_id AND c.id < 4 ORDER BY o.id;
SELECT c.id, p.segment FROM sf.customer c FULL JOIN sf.profile p ON p.customer_id = c.id ORDER BY c.id;
SELECT id, email FROM sf.customer NATURAL JOIN (SELECT 2::bigint AS id) x;
SELECT c.id, x.email FROM sf.customer c, LATERAL (SELECT c2.email FROM sf.customer c2 WHERE c2.id = c.id) x ORDER BY c.id;

-- sub-selects, set operations, common table expressions
SELECT id FROM sf.orders WHERE EXISTS (SELECT FROM sf.customer c WHERE c.email = 'bruno@maes.example');
SELECT (SELECT email FROM sf.customer WHERE id = 2), (SELECT email FROM sf.customer WHERE id = 1);
SELECT id FROM sf.customer WHERE id IN (SELECT customer_id FROM sf.profile WHERE score > 30) ORDER BY id;
SELECT email FROM sf.customer WHERE id = 2 UNION ALL SELECT phone FROM sf.customer WHERE id = 2;
SELECT email FROM sf.customer EXCEPT SELECT 'bruno@maes.example' ORDER BY 1 NULLS FIRST;
WITH c AS (SELECT * FROM sf.customer) SELECT id, email FROM c ORDER BY id;
WITH c AS MATERIALIZED (SELECT * FROM sf.customer) SELECT id, email FROM c WHERE email LIKE 'ada%';
WITH RECURSIVE r(id, email) AS (
  SELECT id, email::text FROM sf.customer WHERE id = 1
  UNION ALL SELECT c.id, c.email FROM sf.customer c JOIN r ON c.id = r.id + 1) SELECT * FROM r;
SELECT ARRAY(SELECT email FROM sf.customer ORDER BY id);

-- whole rows and system columns
SELECT c FROM sf.customer c ORDER BY id;
SELECT c.*::text FROM sf.customer c WHERE id = 2;
SELECT row_to_json(c) FROM sf.customer c WHERE id = 2;
SELECT to_jsonb(c) - 'name' FROM sf.customer c WHERE id = 4;
SELECT (c).email, c IS NULL AS isnull, c IS NOT NULL AS isnotnull FROM sf.customer c WHERE id IN (2, 3) ORDER BY id;
SELECT count(c), count(c.*) FROM sf.customer c;
SELECT id, tableoid::regclass, ctid IS NOT NULL AS has_ctid, xmin IS NOT NULL AS has_xmin, email FROM sf.customer WHERE id = 2;
SELECT id FROM sf.customer WHERE tableoid = 'sf.customer'::regclass ORDER BY id;
SELECT p, p.tableoid::regclass FROM sf.profile p ORDER BY p.customer_id;
SELECT xmlelement(name c, xmlattributes(email)) FROM sf.customer WHERE id = 2;

-- prepared statements: custom and generic plans, purpose changed between
PREPARE by_id(bigint) AS SELECT id, email, phone FROM sf.customer WHERE id = $1;
EXECUTE by_id(1);
SET plan_cache_mode = force_generic_plan;
EXECUTE by_id(1);
EXECUTE by_id(2);
SET ethdata.purpose = 'none';
EXECUTE by_id(1);
SET ethdata.purpose = 'marketing.email';
EXECUTE by_id(1);
RESET ROLE;
SELECT ethdata.withdraw_consent('1', 'marketing.email', class => 'sf.customer') > 0 AS withdrawn;
SET ROLE regress_sf_campaigns;
EXECUTE by_id(1);
RESET ROLE;
EXECUTE by_id(1);
SELECT ethdata.give_consent('1', 'marketing.email', class => 'sf.customer') > 0 AS given;
SET ROLE regress_sf_campaigns;
EXECUTE by_id(1);
RESET plan_cache_mode;

-- cursors, with hold and scrolling
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id, email FROM sf.customer ORDER BY id;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
DECLARE h CURSOR WITH HOLD FOR SELECT id, phone FROM sf.customer ORDER BY id;
COMMIT;
FETCH ALL FROM h;
CLOSE h;

-- functions: PL/pgSQL, SQL (inlined and not), DO, queries given as text
RESET ROLE;
CREATE FUNCTION sf.plpgsql_mail(bigint) RETURNS text LANGUAGE plpgsql STABLE AS
  $$ BEGIN RETURN (SELECT email FROM sf.customer WHERE id = $1); END $$;
CREATE FUNCTION sf.sql_mail(bigint) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT email FROM sf.customer WHERE id = $1 $$;
CREATE FUNCTION sf.sql_all() RETURNS SETOF sf.customer LANGUAGE sql STABLE AS
  $$ SELECT * FROM sf.customer $$;
CREATE FUNCTION sf.sql_over(lower_than bigint) RETURNS TABLE (cid bigint, mail text) LANGUAGE sql STABLE AS
  $$ SELECT a.id, a.email FROM sf.sql_all() a WHERE a.id < lower_than $$;
CREATE FUNCTION sf.sql_atomic(bigint) RETURNS SETOF text LANGUAGE sql STABLE
  BEGIN ATOMIC SELECT email FROM sf.customer WHERE id = $1; END;
CREATE FUNCTION sf.definer_mail(bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
  $$ SELECT email FROM sf.customer WHERE id = $1 $$;
CREATE FUNCTION sf.unrelated() RETURNS SETOF int LANGUAGE sql STABLE AS
  $$ SELECT g FROM generate_series(1, 3) g $$;
SET ROLE regress_sf_campaigns;
SELECT sf.plpgsql_mail(1), sf.plpgsql_mail(2);
SELECT sf.sql_mail(1), sf.sql_mail(2);
SELECT id, email, phone FROM sf.sql_all() ORDER BY id;
SELECT a FROM sf.sql_all() a WHERE id = 2;
SELECT * FROM sf.sql_over(3) ORDER BY cid;
SELECT * FROM sf.sql_atomic(2);
SELECT sf.sql_atomic(1);
SELECT * FROM sf.unrelated() WHERE unrelated = 2;
EXPLAIN (COSTS OFF) SELECT * FROM sf.unrelated() WHERE unrelated = 2;
DO $$ DECLARE r record; BEGIN
  FOR r IN EXECUTE 'SELECT id, email FROM sf.customer WHERE id < 3 ORDER BY id' LOOP RAISE NOTICE '% %', r.id, r.email; END LOOP;
END $$;
SELECT query_to_xml('SELECT email FROM sf.customer WHERE id = 2', false, true, '');
SELECT table_to_xml('sf.orders', false, true, '') IS NOT NULL AS works;
-- an exempt owner's definer function shows what it was written to show
SELECT sf.definer_mail(2);

-- views: the owner's, the invoker's, one view over another, joins, a view of the masked role
RESET ROLE;
SET ROLE regress_sf_owner;
CREATE VIEW sf.v_owner AS SELECT id, email, phone FROM sf.customer;
CREATE VIEW sf.v_invoker WITH (security_invoker = true) AS SELECT id, email, phone FROM sf.customer;
CREATE VIEW sf.v_nested AS SELECT v.id, v.email, p.segment FROM sf.v_owner v LEFT JOIN sf.profile p ON p.customer_id = v.id;
CREATE VIEW sf.v_barrier WITH (security_barrier) AS SELECT * FROM sf.customer WHERE id > 1;
GRANT SELECT ON sf.v_owner, sf.v_invoker, sf.v_nested, sf.v_barrier TO regress_sf_campaigns, regress_sf_nobody;
SET ROLE regress_sf_campaigns;
SELECT * FROM sf.v_owner ORDER BY id;
SELECT * FROM sf.v_invoker ORDER BY id;
SELECT * FROM sf.v_nested ORDER BY id;
SELECT id, email FROM sf.v_barrier ORDER BY id;
SELECT v FROM sf.v_owner v WHERE id = 2;
-- through the owner's view core lets this role in; it has no purpose, so all is masked
RESET ethdata.purpose;
SET ROLE regress_sf_nobody;
SELECT * FROM sf.v_owner ORDER BY id;
SELECT * FROM sf.v_invoker ORDER BY id;
SET ROLE regress_sf_campaigns;
SET ethdata.purpose = 'marketing.email';

-- copies of what is seen are masked copies
CREATE TEMP TABLE copied AS SELECT id, email, phone FROM sf.customer;
SELECT * FROM copied ORDER BY id;
SELECT id, email INTO TEMP selected FROM sf.customer;
SELECT * FROM selected ORDER BY id;
COPY (SELECT id, email, phone FROM sf.customer ORDER BY id) TO STDOUT;
COPY sf.customer TO STDOUT;
COPY sf.customer (id, email) TO STDOUT (FORMAT csv, HEADER);
COPY sf.profile TO STDOUT;
EXPLAIN (COSTS OFF) SELECT id FROM sf.customer WHERE id = 2;

-- locking rows: core asks for UPDATE, then locks as ever
SELECT id, email FROM sf.customer WHERE id = 2 FOR UPDATE;
RESET ROLE;
GRANT UPDATE (city) ON sf.customer TO regress_sf_campaigns;
SET ROLE regress_sf_campaigns;
BEGIN;
SELECT id, email FROM sf.customer WHERE id = 2 FOR UPDATE;
SELECT xmax = pg_current_xact_id()::xid AS locked FROM sf.customer WHERE id = 2;
SELECT xmax = pg_current_xact_id()::xid AS locked FROM sf.customer WHERE id = 3;
SELECT c.id, o.id FROM sf.customer c JOIN sf.orders o ON o.customer_id = c.id WHERE c.id = 4 FOR SHARE OF c;
SELECT xmax = pg_current_xact_id()::xid AS locked FROM sf.customer WHERE id = 4;
ROLLBACK;
SELECT id, email FROM sf.customer TABLESAMPLE SYSTEM (100) WHERE id < 3 ORDER BY id;
SELECT id, email FROM sf.customer TABLESAMPLE BERNOULLI (100) REPEATABLE (1) WHERE id = 2;

-- a leaky function of the reader's meets masks only, and visible rows only
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
  $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
SELECT id FROM sf.customer WHERE pg_temp.leak(email) AND id = 2;
SELECT customer_id FROM sf.profile WHERE pg_temp.leak(segment) ORDER BY 1;
SELECT id FROM sf.customer WHERE email::int = 0 AND id = 2;
SELECT id FROM sf.customer WHERE 1 / (extract(year FROM born) - 1979) > 0 AND id = 2;

-- why: described and explained, for oneself
SELECT * FROM ethdata.describe('sf.customer');
SELECT * FROM ethdata.describe('sf.profile');
SELECT column_name, outcome, reason, rule_id FROM ethdata.explain_access('sf.customer', '1');
SELECT column_name, outcome, reason, rule_id FROM ethdata.explain_access('sf.customer', '2') WHERE column_name = 'email';
SELECT column_name, outcome, reason, rule_id FROM ethdata.explain_access('sf.customer', '3') WHERE column_name = 'email';
SELECT column_name, outcome, reason FROM ethdata.explain_access('sf.profile', '2');
SELECT column_name, outcome FROM ethdata.explain_access('sf.customer', '1', as_role => 'regress_sf_owner');
SELECT column_name, outcome FROM ethdata.explain_access('sf.customer', '1', purpose => 'billing');
SELECT column_name, outcome FROM ethdata.explain_access('sf.customer', '1', purpose => 'nonsense');

-- a purpose that may not be used is an error, also where no row would need it
SET ethdata.purpose = 'billing';
SELECT count(*) FROM sf.customer WHERE id = 0;
SET ethdata.purpose = 'nonsense';
SELECT id FROM sf.customer;
SELECT 1 AS unprotected_works;
RESET ethdata.purpose;

-- statistics of masked columns are not for masked readers
RESET ROLE;
ANALYZE sf.customer, sf.profile;
SET ROLE regress_sf_campaigns;
SELECT attname FROM pg_stats WHERE schemaname = 'sf' AND tablename IN ('customer', 'profile') ORDER BY 1;

-- in no order of raw values: the index on e-mail is not used
SET enable_seqscan = off;
DO $$ DECLARE line text; BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) SELECT city FROM sf.customer' LOOP
    IF line ~ 'Index' THEN RAISE NOTICE 'an index is used: %', line; END IF;
  END LOOP; END $$;
RESET enable_seqscan;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA sf CASCADE;
DROP OWNED BY regress_sf_campaigns;
DROP ROLE regress_sf_owner, regress_sf_campaigns, regress_sf_nobody, regress_sf_partly;
