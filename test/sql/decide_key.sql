-- The decision by key: permitted() in a policy written by hand, has_consent(),
-- keys of bigint, uuid, text and two columns, classes named and not, who may ask.
CREATE EXTENSION ethdata;
CREATE ROLE campaigns LOGIN;
CREATE ROLE webshop LOGIN;
CREATE ROLE officer LOGIN IN ROLE ethdata_officer;
CREATE ROLE app LOGIN;
CREATE SCHEMA crm;
GRANT USAGE ON SCHEMA crm TO campaigns, app;
CREATE TABLE crm.customer (id bigint PRIMARY KEY, name text);
CREATE TABLE crm.orders (id int PRIMARY KEY, customer_id int REFERENCES crm.customer, note text);
INSERT INTO crm.customer VALUES (1, 'Ada'), (2, 'Bruno'), (3, 'Carla');
INSERT INTO crm.orders VALUES (10, 1, 'tea'), (11, 1, 'cup'), (20, 2, 'pot'), (30, 3, 'jar'), (99, NULL, 'gift');
SELECT ethdata.permitted(1, 'marketing');
SELECT ethdata.define_purpose('marketing', 'consent', direct_marketing => true),
       ethdata.define_purpose('marketing.email', 'consent'),
       ethdata.define_purpose('billing', 'contract'),
       ethdata.define_purpose('fraud', 'legitimate_interests', assessment => 'LIA-1'),
       ethdata.define_purpose('sale', 'legal_obligation', bases => '{"ccpa": "opt_out"}');
SELECT ethdata.permitted(1, 'marketing');
SELECT ethdata.define_subject_class('crm.customer');
SELECT ethdata.grant_purpose('marketing.email', 'campaigns'), ethdata.grant_purpose('billing', 'campaigns'),
       ethdata.grant_purpose('fraud', 'campaigns'), ethdata.grant_purpose('sale', 'campaigns'),
       ethdata.grant_collection('marketing', 'webshop');
SELECT ethdata.give_consent('1', 'marketing.email') > 0 AS one, ethdata.give_consent('2', 'marketing.email') > 0 AS two;

-- nobody, nothing, none: false, never null
SELECT ethdata.permitted(NULL::bigint, 'billing') AS nobody, ethdata.permitted(1) AS no_purpose, ethdata.permitted(NULL::bigint) AS neither,
       ethdata.has_consent(NULL::bigint, 'marketing.email') AS nobody;
SELECT ethdata.permitted(1, 'marketing.email') AS one, ethdata.permitted('2', 'marketing.email') AS two, ethdata.permitted(3, 'marketing.email') AS three,
       ethdata.permitted(4711, 'marketing.email') AS unknown, ethdata.permitted(1, 'marketing') AS parent, ethdata.permitted(4711, 'billing') AS contract;
SELECT ethdata.has_consent(1, 'marketing.email') AS one, ethdata.has_consent('2', 'marketing.email') AS two, ethdata.has_consent(3::smallint, 'marketing.email') AS three;

-- a policy by hand
ALTER TABLE crm.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_consent ON crm.orders USING (ethdata.permitted(customer_id));
GRANT SELECT, UPDATE ON crm.orders TO campaigns, app;
SET SESSION AUTHORIZATION campaigns;
PREPARE mine AS SELECT id, note FROM crm.orders ORDER BY id;
EXECUTE mine;
SET ethdata.purpose = 'marketing.email';
EXECUTE mine;
RESET SESSION AUTHORIZATION;
SELECT ethdata.withdraw_consent('1') > 0 AS withdrawn;
SET SESSION AUTHORIZATION campaigns;
EXECUTE mine;
UPDATE crm.orders SET note = upper(note) RETURNING id, note;
SET ethdata.purpose = 'billing';
EXECUTE mine;
SET ethdata.purpose = 'marketing';
EXECUTE mine;
RESET ethdata.purpose;
-- own changes count within the transaction, and a rollback takes them back
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT ethdata.set_purpose('marketing.email');
SELECT ethdata.withdraw_consent('2', 'marketing') > 0 AS withdrawn;
SELECT ethdata.permitted(2) AS after, ethdata.has_consent(2, 'marketing.email') AS has;
SAVEPOINT s;
SELECT ethdata.give_consent('2', 'marketing.email') > 0 AS given;
SELECT ethdata.permitted(2) AS after;
ROLLBACK TO s;
SELECT ethdata.permitted(2) AS after;
ROLLBACK;
SELECT ethdata.permitted(2, 'marketing.email') AS after;

-- also where no statement runs between: expressions of a function, and a savepoint that is undone
DO $$
DECLARE
  before boolean := ethdata.permitted(3, 'marketing.email');
  inside boolean;
  after boolean;
BEGIN
  BEGIN
    PERFORM ethdata.give_consent('3', 'marketing.email');
    inside := ethdata.permitted(3, 'marketing.email');
    RAISE 'back';
  EXCEPTION WHEN raise_exception THEN
    after := ethdata.permitted(3, 'marketing.email');
  END;
  RAISE NOTICE 'before %, inside %, after %', before, inside, after;
END $$;

-- who may ask
SET SESSION AUTHORIZATION campaigns;
SELECT ethdata.has_consent(2, 'marketing.email');
SELECT ethdata.has_consent(2, 'marketing');
SELECT ethdata.permitted(2, 'marketing.email'), ethdata.permitted(2, 'billing');
SELECT ethdata.permitted(2, 'marketing');
SET SESSION AUTHORIZATION webshop;
SELECT ethdata.has_consent(2, 'marketing.email'), ethdata.has_consent(2, 'marketing');
SELECT ethdata.permitted(2, 'marketing.email');
SET SESSION AUTHORIZATION officer;
SELECT ethdata.has_consent(2, 'marketing.email');
SELECT ethdata.permitted(2, 'marketing.email');
SET SESSION AUTHORIZATION app;
SELECT ethdata.has_consent(2, 'marketing.email');
SELECT ethdata.permitted(2, 'marketing.email');
SELECT ethdata.permitted(2);
RESET SESSION AUTHORIZATION;

-- has_consent() is about answers
SELECT ethdata.has_consent(2, 'billing');
SELECT ethdata.has_consent(2, 'fraud');
SELECT ethdata.has_consent(2, 'sale');
SELECT ethdata.has_consent(2, NULL);
-- legitimate interests need a notice
SELECT ethdata.permitted(2, 'fraud') AS before;
SELECT ethdata.publish_notice('privacy-1', purposes => '{fraud}', body => 'We look for fraud.');
SELECT ethdata.permitted(2, 'fraud') AS after;
SELECT ethdata.object_to('2', 'fraud') > 0 AS objected;
SELECT ethdata.permitted(2, 'fraud') AS after;

-- what held, and what was known
SELECT ethdata.give_consent('3', 'marketing.email', effective_at => '2020-01-01 00:00+00') > 0 AS given,
       ethdata.withdraw_consent('3', 'marketing.email', effective_at => '2021-01-01 00:00+00') > 0 AS withdrawn;
SELECT ethdata.has_consent(3, 'marketing.email') AS now,
       ethdata.has_consent(3, 'marketing.email', valid_at => '2019-12-31 00:00+00') AS before,
       ethdata.has_consent(3, 'marketing.email', valid_at => '2020-06-01 00:00+00') AS between,
       ethdata.has_consent(3, 'marketing.email', valid_at => '2021-06-01 00:00+00') AS after,
       ethdata.has_consent(3, 'marketing.email', valid_at => '2020-06-01 00:00+00', known_at => '2020-06-01 00:00+00') AS not_known,
       ethdata.has_consent(3, 'marketing.email', known_at => '2020-06-01 00:00+00') AS known_then;

-- other keys
CREATE TABLE crm.device (id uuid PRIMARY KEY);
CREATE TABLE crm.member (code text PRIMARY KEY);
CREATE TABLE crm.contact (tenant int, id int, PRIMARY KEY (tenant, id));
SELECT ethdata.define_subject_class('crm.device', kind => 'device'), ethdata.define_subject_class('crm.member'), ethdata.define_subject_class('crm.contact');
SELECT ethdata.give_consent('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'marketing.email', class => 'crm.device') > 0 AS device,
       ethdata.give_consent('O''Hara "x"', 'marketing.email', class => 'crm.member') > 0 AS member,
       ethdata.give_consent('(7,42)', 'marketing.email', class => 'crm.contact') > 0 AS contact;
SELECT ethdata.permitted('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, 'marketing.email', 'crm.device') AS u,
       ethdata.permitted('A0EEBC999C0B4EF8BB6D6BB9BD380A11', 'marketing.email', 'crm.device') AS t,
       ethdata.permitted('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'::uuid, 'marketing.email', 'crm.device') AS other,
       ethdata.has_consent('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, 'marketing.email', 'crm.device') AS has;
SELECT ethdata.permitted('O''Hara "x"', 'marketing.email', 'crm.member') AS m, ethdata.permitted('o''hara "x"', 'marketing.email', 'crm.member') AS other,
       ethdata.permitted('(7,42)', 'marketing.email', 'crm.contact') AS c, ethdata.permitted('(42,7)', 'marketing.email', 'crm.contact') AS other;
SELECT code, ethdata.permitted(code, 'marketing.email', 'crm.member') FROM (VALUES ('O''Hara "x"'), (''), ('nobody'), (NULL)) m(code);

-- one expression of PL/pgSQL, asked about several purposes and persons within one statement
CREATE FUNCTION ask(who bigint, what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  p bool := ethdata.permitted(who, what, 'crm.customer');
  h bool := CASE WHEN what LIKE 'marketing%' THEN ethdata.has_consent(who, what, 'crm.customer') END;
BEGIN
  RETURN concat_ws(' ', what, p, h);
END $$;
SELECT ask(2, 'marketing.email'), ask(2, 'marketing'), ask(2, 'billing'), ask(3, 'marketing.email'), ask(2, 'marketing.email');
DROP FUNCTION ask;

-- keys and classes that do not fit
SELECT ethdata.permitted(1, 'marketing.email');
SELECT ethdata.permitted(1, 'marketing.email', 'crm.device');
SELECT ethdata.permitted(1, 'marketing.email', 'crm.member');
SELECT ethdata.permitted('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, 'marketing.email', 'crm.customer');
SELECT ethdata.permitted('one', 'marketing.email', 'crm.customer');
SELECT ethdata.permitted('7,42', 'marketing.email', 'crm.contact');
SELECT ethdata.permitted(1, 'marketing.email', 'crm.orders');
SELECT ethdata.permitted(1, 'no.such', 'crm.customer');
SELECT ethdata.has_consent(1, 'no.such', 'crm.customer');
\set VERBOSITY sqlstate
SELECT ethdata.permitted(1, 'marketing.email');
SELECT ethdata.permitted(1, 'marketing.email', 'crm.device');
SELECT ethdata.permitted('one', 'marketing.email', 'crm.customer');
SELECT ethdata.permitted(1, 'marketing.email', 'crm.orders');
SELECT ethdata.has_consent(2, 'billing', 'crm.customer');
SELECT ethdata.has_consent(2, NULL, 'crm.customer');
SET ROLE app;
SELECT ethdata.has_consent(2, 'marketing.email', 'crm.customer');
SELECT ethdata.permitted(2, 'marketing.email', 'crm.customer');
RESET ROLE;
\set VERBOSITY default

-- the calls of the rewriter are nobody's oracle
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
SELECT n, pg_temp.refused(statement) FROM unnest(ARRAY[
  $$SELECT ethdata._may_see(NULL, 0::oid, 0::oid, '{1}', false, 'crm.customer'::regclass::oid, 1)$$,
  $$SELECT ethdata._may_see(NULL, 0::oid, 0::oid, '{1}', false, 0::oid)$$,
  $$SELECT ethdata._row_visible(NULL, 0::oid, 0::oid, 'crm.customer'::regclass::oid, 1)$$,
  $$SELECT ethdata._row_visible(NULL::internal, 0::oid, 0::oid, 0::oid)$$
]) WITH ORDINALITY AS u (statement, n) ORDER BY n;

DROP SCHEMA crm CASCADE;
DROP EXTENSION ethdata;
DROP ROLE campaigns, webshop, officer, app;
