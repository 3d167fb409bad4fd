-- The preference centre: a portal with a token for one person.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
\getenv abs_srcdir PG_ABS_SRCDIR
\set tokens :abs_srcdir '/vectors/tokens.sql'
\set ECHO none
\i :tokens
\set ECHO all
CREATE ROLE regress_po_authenticator NOINHERIT;
CREATE ROLE regress_po_portal;
CREATE ROLE regress_po_desk;
GRANT regress_po_portal, regress_po_desk TO regress_po_authenticator;
CREATE SCHEMA crm;
CREATE SCHEMA hr;
CREATE TABLE crm.customer (id bigint PRIMARY KEY, email text, phone text, health text, note text, country text, vip boolean);
CREATE TABLE crm.orders (id int PRIMARY KEY, customer_id bigint REFERENCES crm.customer, item text, handled_by int);
CREATE TABLE crm.message (id int PRIMARY KEY, from_id bigint REFERENCES crm.customer, to_id bigint REFERENCES crm.customer, body text, subject text);
CREATE TABLE crm.price (item text PRIMARY KEY, cost int);
CREATE TABLE hr.employee (id int PRIMARY KEY, salary int);
INSERT INTO crm.customer VALUES (42, 'anna@example.com', '+49 30 42', 'asthma', 'calls often', 'DE', true), (43, 'bert@example.com', '+49 30 43', 'none', 'quiet', 'DE', false);
INSERT INTO crm.orders VALUES (1, 42, 'piano', 42), (2, 43, 'drum', 42), (3, 42, 'chair', 7);
INSERT INTO crm.message VALUES (1, 42, 43, 'hello', 's1'), (2, 43, 42, 'hi', 's2'), (3, 43, 43, 'to myself', 's3');
INSERT INTO crm.price VALUES ('piano', 100);
INSERT INTO hr.employee VALUES (42, 4200), (7, 700);
SELECT ethdata.define_subject_class('crm.customer', jurisdiction => 'country');
SELECT ethdata.define_purpose('billing', 'contract', title => 'Invoices'),
  ethdata.define_purpose('marketing', 'consent', direct_marketing => true, title => 'Advertising', description => 'What we think you may like'),
  ethdata.define_purpose('marketing.email', 'consent', consent_lifetime => '1000 years'),
  ethdata.define_purpose('fraud', 'legitimate_interests', assessment => 'LIA-1'),
  ethdata.define_purpose('profiling', 'explicit_consent'),
  ethdata.define_purpose('old', 'consent'), ethdata.retire_purpose('old');
SELECT ethdata.protect('crm.customer', subject => 'id'), ethdata.protect('crm.orders', subject => 'customer_id', rows => true),
  ethdata.protect('crm.message', subject => 'from_id'), ethdata.link_subject('crm.message', 'to_id', as_role => 'receiver'),
  ethdata.protect('crm.price', subject => NULL);
SELECT ethdata.mask('crm.customer', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{billing}', category => 'contact'),
  ethdata.mask('crm.customer', 'phone', category => 'contact', on_write => 'refuse'),
  ethdata.mask('crm.customer', 'health', category => 'health'),
  ethdata.mask('crm.orders', 'item', masked_as => '''***''', reveal_for => '{self}'),
  ethdata.mask('crm.message', 'body'), ethdata.mask('crm.message', 'subject', subject => 'from_id'),
  ethdata.mask('crm.price', 'cost', reveal_for => '{billing}');
SELECT ethdata.classify('crm.customer', c, 'not_personal') FROM unnest('{note,country,vip}'::name[]) c;
SELECT ethdata.audit_changes('crm.customer');
GRANT USAGE ON SCHEMA crm, hr TO regress_po_portal, regress_po_desk;
GRANT SELECT ON ALL TABLES IN SCHEMA crm TO regress_po_portal, regress_po_desk;
GRANT UPDATE (email, phone) ON crm.customer TO regress_po_portal;
GRANT DELETE ON crm.message TO regress_po_portal;
SELECT ethdata.trust_key('one', :'key_one');
SELECT ethdata.grant_purpose('self', 'regress_po_portal', token_required => true);
SELECT ethdata.grant_purpose('billing', 'regress_po_desk');

CREATE FUNCTION explained(query text) RETURNS SETOF text LANGUAGE plpgsql AS
  $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query; END $$;

---------------------------------------------------------------- the person's own, in clear
SET SESSION AUTHORIZATION regress_po_authenticator;
-- as PostgREST does it: the role of the request, the token, the purpose
BEGIN;
SET LOCAL ROLE regress_po_portal;
SELECT ethdata.set_purpose(ethdata.set_token(:'self_42'));
SELECT ethdata.current_purpose();
SELECT id, email, phone, health, note FROM crm.customer ORDER BY id;
SELECT * FROM crm.orders ORDER BY id;
-- a row that is about another person, too: cells are of the persons that their rules name
SELECT * FROM crm.message ORDER BY id;
-- data about no person is nobody's own
SELECT * FROM crm.price;
-- neither by counts nor by conditions
SELECT count(*), count(*) FILTER (WHERE note = 'quiet') AS quiet FROM crm.customer;
SELECT count(*) FROM crm.customer WHERE id = 43;
SELECT email FROM crm.customer WHERE email LIKE 'bert%';
SELECT count(*) FROM crm.customer WHERE id = 43 AND note = 'quiet' AND country = (SELECT (1 / (random() * 0)::int)::text);
SELECT count(*) AS lines_that_count FROM explained($$SELECT id FROM crm.customer WHERE note = 'quiet'$$) l WHERE l ~ 'Removed';
SELECT ethdata.permitted('42'::text), ethdata.permitted('43'::text), ethdata.permitted(42::bigint, 'self');
SELECT column_name, outcome, reason FROM ethdata.explain_access('crm.customer', '42');
SELECT column_name, outcome, reason FROM ethdata.explain_access('crm.customer', '43') LIMIT 3;
SELECT column_name, seen_as FROM ethdata.describe('crm.customer');
ROLLBACK;

-- without a token, without a purpose, with a token alone: nothing
BEGIN;
SET LOCAL ROLE regress_po_portal;
SELECT count(*) FROM crm.customer;
SELECT count(*) FROM crm.orders;
SELECT ethdata.set_token(:'self_43');
SELECT count(*) FROM crm.customer;
SET LOCAL ethdata.purpose = 'none';
SELECT count(*) FROM crm.customer;
SELECT column_name, outcome, reason FROM ethdata.explain_access('crm.customer', '43') LIMIT 2;
SAVEPOINT s;
SET LOCAL ethdata.purpose = 'billing';
SELECT count(*) FROM crm.customer;
ROLLBACK TO s;
SET LOCAL ethdata.purpose = 'self';
SELECT id, email, phone FROM crm.customer;
SELECT ethdata.set_token('');
SELECT count(*) FROM crm.customer;
ROLLBACK;
-- a role that is not the portal cannot be one by a token
BEGIN;
SET LOCAL ROLE regress_po_desk;
SELECT ethdata.set_purpose(ethdata.set_token(:'self_42'));
ROLLBACK;
BEGIN;
SET LOCAL ROLE regress_po_desk;
SELECT ethdata.set_token(:'self_42'), ethdata.set_purpose('billing');
SELECT id, email, phone FROM crm.customer ORDER BY id;
ROLLBACK;
-- a superuser needs the token, too
RESET SESSION AUTHORIZATION;
BEGIN; SELECT ethdata.set_purpose('self'); ROLLBACK;
BEGIN; SELECT ethdata.set_purpose(ethdata.set_token(:'self_42')); SELECT ethdata.permitted('42'::text), ethdata.permitted('43'::text); ROLLBACK;

-- one prepared statement, two persons, and a plan from before the role was a portal
SELECT ethdata.revoke_purpose('self', 'regress_po_portal');
SET plan_cache_mode = force_generic_plan;
SET SESSION AUTHORIZATION regress_po_authenticator;
SET ROLE regress_po_portal;
PREPARE q AS SELECT id, phone FROM crm.customer ORDER BY id;
EXECUTE q;
RESET SESSION AUTHORIZATION;
SELECT ethdata.grant_purpose('self', 'regress_po_portal', token_required => true, as_default => true);
SET SESSION AUTHORIZATION regress_po_authenticator;
SET ROLE regress_po_portal;
EXECUTE q;
-- as a default it holds with a token, so that the request need only show it
BEGIN; SELECT ethdata.set_token(:'self_42'); EXECUTE q; SELECT ethdata.set_token(:'self_43'); EXECUTE q; SAVEPOINT s; SELECT ethdata.set_token(:'self_42'); EXECUTE q; ROLLBACK TO s; EXECUTE q; COMMIT;
EXECUTE q;
DEALLOCATE q;
RESET plan_cache_mode;
-- an open cursor follows the token
BEGIN;
SELECT ethdata.set_token(:'self_42');
DECLARE c CURSOR FOR SELECT id, phone FROM crm.customer;
SELECT ethdata.set_token(:'self_43');
FETCH ALL FROM c;
ROLLBACK;

---------------------------------------------------------------- the person corrects
BEGIN;
SELECT ethdata.set_token(:'self_42');
UPDATE crm.customer SET phone = '+49 30 4242' WHERE id = 42 RETURNING id, phone;
UPDATE crm.customer SET phone = 'x' WHERE id = 43 RETURNING id, phone;
UPDATE crm.customer SET email = 'new.' || email RETURNING id, email;
SAVEPOINT s;
UPDATE crm.customer SET note = 'x';
ROLLBACK TO s;
DELETE FROM crm.message RETURNING id, body;
COMMIT;
RESET SESSION AUTHORIZATION;
SELECT id, email, phone FROM crm.customer ORDER BY id;
SELECT id FROM crm.message;
SELECT kind, effective_role, purpose, token_subject IN (SELECT reference::text FROM ethdata.subject_key) AS by_reference, subjects, old_values, new_values
  FROM ethdata.audit_event WHERE relation = 'crm.customer' AND kind = 'update' ORDER BY id;

---------------------------------------------------------------- and chooses
SELECT ethdata.publish_notice('privacy', '{marketing,marketing.email,fraud}', body => 'We mail you', valid_from => '2026-01-01 00:00+00');
SELECT ethdata.publish_notice('privacy', '{marketing,marketing.email,fraud}', body => 'Wir mailen Ihnen', language => 'de', valid_from => '2026-01-01 00:00+00');
SELECT ethdata.give_consent('43', 'marketing') > 0 AS ok;
SELECT ethdata.give_consent('42', 'profiling', actor => 'operator', source => 'call centre') > 0 AS ok;
SET SESSION AUTHORIZATION regress_po_authenticator;
SET ROLE regress_po_portal;
SELECT * FROM ethdata.my_choices();
SELECT ethdata.give_consent('42', 'marketing');
BEGIN;
SELECT ethdata.set_token(:'self_42');
SELECT purpose, title, description, basis, status, permitted, choice, decided_at IS NOT NULL AS dated, how, notice, answers FROM ethdata.my_choices();
SELECT ethdata.give_consent('42', 'marketing.email', notice => 'privacy', source => 'preference centre') > 0 AS ok;
SELECT ethdata.object_to('42', 'fraud', reason => 'no') > 0 AS ok;
SELECT ethdata.refuse_consent('42', 'marketing') > 0 AS ok;
SELECT purpose, status, permitted, choice, how, notice, notice_text, expires_at > now() AS expires, answers FROM ethdata.my_choices('de');
SELECT ethdata.withdraw_consent('42') > 0 AS ok;
SELECT ethdata.record_choices('42', '{"marketing.email": "given", "profiling": "refused"}', supersedes => NULL) IS NOT NULL AS ok;
SELECT purpose, status, permitted, choice FROM ethdata.my_choices() WHERE purpose ~ 'marketing|profiling';
SELECT purpose, action, status, actor, source FROM ethdata.consent_history('42') ORDER BY id;
COMMIT;
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT ethdata.set_token(:'self_42');
-- for nobody else, in nobody's place, and not about self
SELECT ethdata.give_consent('43', 'marketing');
SELECT ethdata.withdraw_consent('43');
SELECT ethdata.refuse_consent('43', 'marketing');
SELECT ethdata.object_to('43', 'fraud');
SELECT ethdata.record_choices('43', '{"marketing": "refused"}');
SELECT ethdata.give_consent('42', 'marketing', actor => 'guardian');
SELECT ethdata.give_consent('42', 'self');
SELECT * FROM ethdata.consent_history('43');
SELECT ethdata.has_consent('43'::text, 'marketing');
SELECT * FROM ethdata.my_choices(NULL);
-- under another purpose it is not the person who speaks
SET LOCAL ethdata.purpose = 'none';
SELECT ethdata.give_consent('42', 'marketing');
SELECT * FROM ethdata.my_choices();
SELECT * FROM ethdata.consent_history('42');
ROLLBACK;
\set ON_ERROR_ROLLBACK off
RESET SESSION AUTHORIZATION;
SELECT subject, purpose, action, status, actor FROM ethdata.consent_event WHERE subject = '43' ORDER BY id;

---------------------------------------------------------------- whose number it is
SELECT ethdata.define_subject_class('hr.employee', kind => 'employee');
SELECT ethdata.protect('hr.employee', subject => 'id'), ethdata.mask('hr.employee', 'salary');
SELECT ethdata.link_subject('crm.orders', 'handled_by', class => 'hr.employee', as_role => 'handler');
GRANT SELECT ON hr.employee TO regress_po_portal;
SET SESSION AUTHORIZATION regress_po_authenticator;
SET ROLE regress_po_portal;
\set ON_ERROR_ROLLBACK on
BEGIN;
SET LOCAL search_path = hr;
SELECT ethdata.set_token(:'self_42');
SELECT ethdata.set_token(:'self_42_nobody');
SELECT ethdata.set_token(:'self_word');
SELECT ethdata.set_token(:'self_42_customer');
SELECT * FROM hr.employee;
SELECT id, phone FROM crm.customer;
SELECT * FROM crm.orders ORDER BY id;
SELECT purpose, status FROM ethdata.my_choices() WHERE purpose = 'marketing.email';
SELECT ethdata.set_token(:'self_42_employee');
SELECT * FROM hr.employee;
SELECT id, phone FROM crm.customer;
SELECT * FROM crm.orders ORDER BY id;
SELECT purpose, status FROM ethdata.my_choices() WHERE purpose = 'marketing.email';
SELECT ethdata.give_consent('42', 'marketing', class => 'crm.customer');
ROLLBACK;
\set ON_ERROR_ROLLBACK off
RESET SESSION AUTHORIZATION;

---------------------------------------------------------------- views and functions lend nothing
CREATE ROLE regress_po_owner;
GRANT USAGE ON SCHEMA crm TO regress_po_owner;
GRANT SELECT ON crm.customer TO regress_po_owner;
CREATE VIEW crm.all_customers AS SELECT id, phone FROM crm.customer;
ALTER VIEW crm.all_customers OWNER TO regress_po_owner;
CREATE VIEW crm.own_customer WITH (security_invoker) AS SELECT id, phone FROM crm.customer;
CREATE FUNCTION crm.lend() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET ethdata.purpose = 'self' AS 'SELECT phone FROM crm.customer';
ALTER FUNCTION crm.lend() OWNER TO regress_po_owner;
GRANT SELECT ON crm.all_customers, crm.own_customer TO regress_po_portal, regress_po_desk;
SET SESSION AUTHORIZATION regress_po_authenticator;
SET ROLE regress_po_portal;
SELECT * FROM crm.all_customers;
BEGIN; SELECT ethdata.set_token(:'self_42_customer'); SELECT * FROM crm.own_customer; SELECT crm.lend(); ROLLBACK;
BEGIN; SELECT ethdata.set_token(:'self_42_customer'); SET LOCAL ethdata.purpose = 'self'; SELECT * FROM crm.all_customers; ROLLBACK;
RESET SESSION AUTHORIZATION;
-- workers decide alike
SELECT set_config(name, 'on', false) AS parallel FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET parallel_leader_participation = off;
SET SESSION AUTHORIZATION regress_po_authenticator;
SET ROLE regress_po_portal;
BEGIN; SELECT ethdata.set_token(:'self_42_customer'); SELECT id, phone FROM crm.customer; ROLLBACK;
SELECT id, phone FROM crm.customer;
RESET SESSION AUTHORIZATION;

-- what is left: core's statistics
SELECT severity, object, risk FROM ethdata.self_check() WHERE risk LIKE 'a portal may read%' ORDER BY object;
BEGIN;
REVOKE SELECT ON pg_catalog.pg_stats FROM PUBLIC;
SELECT count(*) FROM ethdata.self_check() WHERE risk LIKE 'a portal may read%';
ROLLBACK;

DROP FUNCTION explained(text);
DROP SCHEMA crm, hr CASCADE;
DROP EXTENSION ethdata CASCADE;
DROP ROLE regress_po_authenticator, regress_po_portal, regress_po_desk, regress_po_owner;
