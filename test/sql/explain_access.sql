-- describe() and explain_access(): that they say what a statement would see, for
-- any role, purpose, person and time, and to whom they say it.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_ea_owner;
CREATE ROLE regress_ea_campaigns;
CREATE ROLE regress_ea_finance;
CREATE ROLE regress_ea_partly;
CREATE ROLE regress_ea_nobody;
CREATE ROLE regress_ea_officer IN ROLE ethdata_officer;
CREATE ROLE regress_ea_admin IN ROLE ethdata_admin;
CREATE ROLE regress_ea_exempt IN ROLE ethdata_exempt;
CREATE SCHEMA ea AUTHORIZATION regress_ea_owner;
GRANT USAGE ON SCHEMA ea TO PUBLIC;
SET ROLE regress_ea_owner;
CREATE TABLE ea.customer (id bigint PRIMARY KEY, dropped int, name text, "E'mail" text, phone text, blood text, mate bigint,
  lower_mail text GENERATED ALWAYS AS (lower("E'mail")) STORED);
ALTER TABLE ea.customer DROP COLUMN dropped;
CREATE TABLE ea.profile (customer_id bigint PRIMARY KEY REFERENCES ea.customer, segment text, note text);
CREATE TABLE ea.staff (id uuid PRIMARY KEY, name text);
CREATE TABLE ea.talk (id int, customer_id bigint REFERENCES ea.customer, staff_id uuid REFERENCES ea.staff, words text, remark text);
CREATE TABLE ea.sensor (id int, place text);
CREATE TABLE ea.log (at date, who text) PARTITION BY RANGE (at);
CREATE TABLE ea.log_1 PARTITION OF ea.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE ea.plain (id int);
INSERT INTO ea.customer (id, name, "E'mail") VALUES (1, 'Ada', 'Ada@example.net'), (2, 'Bruno', 'bruno@maes.example');
INSERT INTO ea.profile VALUES (1, 'garden', 'x'), (2, 'books', 'y');
GRANT SELECT ON ALL TABLES IN SCHEMA ea TO regress_ea_campaigns, regress_ea_finance, regress_ea_exempt;
GRANT SELECT (id, "E'mail") ON ea.customer TO regress_ea_partly;
RESET ROLE;
SELECT ethdata.define_subject_class('ea.customer');
SELECT ethdata.define_subject_class('ea.staff', kind => 'employee');
SELECT ethdata.define_purpose('billing', basis => 'contract');
SELECT ethdata.define_purpose('marketing', basis => 'consent', direct_marketing => true);
SELECT ethdata.define_purpose('marketing.email', basis => 'consent');
SELECT ethdata.define_purpose('care', basis => 'explicit_consent', special_ground => 'explicit consent');
SELECT ethdata.grant_purpose('marketing', 'regress_ea_campaigns');
SELECT ethdata.grant_purpose('marketing.email', 'regress_ea_partly', as_default => true);
SELECT ethdata.grant_purpose('billing', 'regress_ea_finance', as_default => true);
SELECT ethdata.protect('ea.customer', subject => 'id');
SELECT ethdata.protect('ea.profile', subject => 'customer_id', rows => true);
SELECT ethdata.protect('ea.talk', subject => 'customer_id');
SELECT ethdata.link_subject('ea.talk', 'staff_id');
SELECT ethdata.protect('ea.sensor');
SELECT ethdata.protect('ea.log');
SELECT ethdata.mask('ea.customer', 'E''mail', masked_as => 'ethdata.mask_email(value)', reveal_for => '{marketing,billing}', category => 'contact');
SELECT ethdata.mask('ea.customer', 'phone', masked_as => 'ethdata.mask_hash(value)', reveal_for => '{billing}');
SELECT ethdata.mask('ea.customer', 'blood', reveal_for => '{billing,care}', category => 'health');
SELECT ethdata.mask('ea.profile', 'note', reveal_for => '{marketing.email}');
SELECT ethdata.mask('ea.talk', 'words', reveal_for => '{marketing}', subject => 'customer_id');
SELECT ethdata.mask('ea.talk', 'remark', reveal_for => '{marketing}');
SELECT ethdata.mask('ea.sensor', 'place', reveal_for => '{marketing}');
SELECT ethdata.mask('ea.log', 'who', masked_as => $$left(value, 1) || '.'$$);
ALTER TABLE ea.customer ADD COLUMN later text;
SELECT ethdata.give_consent('1', 'marketing.email', class => 'ea.customer', effective_at => '2026-01-10 00:00+00') AS given \gset
SELECT ethdata.withdraw_consent('2', 'marketing.email', class => 'ea.customer') AS withdrawn \gset
RESET client_min_messages;
\set VERBOSITY default

-- what is declared, and how each role sees it
SET ROLE regress_ea_owner;
SELECT * FROM ethdata.describe('ea.customer');
SET ROLE regress_ea_campaigns;
SELECT * FROM ethdata.describe('ea.customer');
SET ethdata.purpose = 'marketing.email';
SELECT column_name, seen_as FROM ethdata.describe('ea.customer');
SELECT * FROM ethdata.describe('ea.profile');
SELECT * FROM ethdata.describe('ea.sensor');
SELECT * FROM ethdata.describe('ea.log_1');
SET ethdata.purpose = 'none';
SELECT column_name, seen_as FROM ethdata.describe('ea.profile');
RESET ethdata.purpose;
SET ROLE regress_ea_finance;
SELECT column_name, seen_as FROM ethdata.describe('ea.customer');
SET ROLE regress_ea_partly;
SELECT column_name, seen_as FROM ethdata.describe('ea.customer');
SET ROLE regress_ea_exempt;
SELECT column_name, seen_as FROM ethdata.describe('ea.profile');
SET ROLE regress_ea_admin;
SELECT column_name, category, masked_as, reveal_for, seen_as FROM ethdata.describe('ea.profile');
SET ROLE regress_ea_nobody;
SELECT * FROM ethdata.describe('ea.customer');
RESET ROLE;
SELECT * FROM ethdata.describe(NULL);
SELECT * FROM ethdata.describe('ea.plain');
SELECT * FROM ethdata.describe('pg_class');

-- the officer asks for others; event ids are compared with what was recorded
CREATE FUNCTION public.ask(relation regclass, subject text, as_role regrole DEFAULT NULL, purpose text DEFAULT NULL,
    valid_at timestamptz DEFAULT NULL, known_at timestamptz DEFAULT NULL)
  RETURNS TABLE (column_name name, outcome text, reason text, rule bigint, event text) LANGUAGE sql AS $$
  SELECT e.column_name, e.outcome, e.reason, e.rule_id,
    (SELECT c.action || ' ' || c.purpose FROM ethdata.consent_event c WHERE c.id = e.event_id)
  FROM ethdata.explain_access(relation, subject, as_role, purpose, valid_at, known_at) e $$;
SET ROLE regress_ea_officer;
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_campaigns', 'marketing.email');
SELECT * FROM public.ask('ea.customer', '2', 'regress_ea_campaigns', 'marketing.email') WHERE column_name = 'E''mail';
SELECT * FROM public.ask('ea.customer', '3', 'regress_ea_campaigns', 'marketing.email') WHERE column_name = 'E''mail';
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_campaigns', 'marketing') WHERE column_name = 'E''mail';
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_campaigns') WHERE column_name = 'E''mail';
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_campaigns', 'billing') WHERE column_name = 'E''mail';
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_campaigns', 'none') WHERE column_name = 'E''mail';
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_finance');
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_partly');
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_nobody', 'marketing.email');
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_exempt');
SELECT column_name, outcome, reason FROM public.ask('ea.customer', '1', 'regress_ea_owner') LIMIT 1;
SELECT * FROM public.ask('ea.profile', '1', 'regress_ea_campaigns', 'marketing.email');
SELECT * FROM public.ask('ea.profile', '2', 'regress_ea_campaigns', 'marketing.email');
SELECT * FROM public.ask('ea.profile', '2', 'regress_ea_finance');
SELECT * FROM public.ask('ea.profile', '2', 'regress_ea_campaigns');
SELECT * FROM public.ask('ea.profile', '2', 'regress_ea_exempt');
SELECT * FROM public.ask('ea.talk', '1', 'regress_ea_campaigns', 'marketing.email');
SELECT * FROM public.ask('ea.sensor', NULL, 'regress_ea_campaigns', 'marketing.email');
SELECT * FROM public.ask('ea.sensor', NULL, 'regress_ea_finance');
SELECT * FROM public.ask('ea.log_1', NULL, 'regress_ea_finance');

-- at another time, by what was known at another
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_campaigns', 'marketing.email', valid_at => '2026-01-09 00:00+00') WHERE column_name = 'E''mail';
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_campaigns', 'marketing.email', valid_at => '2026-01-11 00:00+00') WHERE column_name = 'E''mail';
SELECT * FROM public.ask('ea.customer', '1', 'regress_ea_campaigns', 'marketing.email', valid_at => '2026-01-11 00:00+00', known_at => '2026-01-11 00:00+00') WHERE column_name = 'E''mail';
RESET ROLE;

-- what it says is what a statement sees
SET ROLE regress_ea_campaigns;
SET ethdata.purpose = 'marketing.email';
SELECT id, name, "E'mail", phone IS NULL AS phone, blood, lower_mail, later FROM ea.customer ORDER BY id;
SELECT * FROM ea.profile ORDER BY 1;

-- a role asks for itself and its purposes
SELECT column_name, outcome FROM ethdata.explain_access('ea.customer', '1') WHERE column_name = 'E''mail';
SELECT column_name, outcome FROM ethdata.explain_access('ea.customer', '1', purpose => 'marketing') WHERE column_name = 'E''mail';
SELECT column_name, outcome FROM ethdata.explain_access('ea.customer', '1', as_role => 'regress_ea_finance');
SELECT column_name, outcome FROM ethdata.explain_access('ea.customer', '1', purpose => 'billing');
RESET ethdata.purpose;
SET ROLE regress_ea_admin;
SELECT * FROM ethdata.explain_access('ea.customer', '1', as_role => 'regress_ea_finance');
SET ROLE regress_ea_nobody;
SELECT * FROM ethdata.explain_access('ea.customer', '1');
RESET ROLE;

-- bad input
SELECT * FROM ethdata.explain_access(NULL, '1');
SELECT * FROM ethdata.explain_access('ea.customer', NULL);
SELECT * FROM ethdata.explain_access('ea.customer', 'one');
SELECT * FROM ethdata.explain_access('ea.customer', '1', purpose => 'nope');
SELECT * FROM ethdata.explain_access('ea.customer', '1', as_role => 'regress_ea_nope');
SELECT * FROM ethdata.explain_access('ea.plain', '1');
SELECT * FROM ethdata.explain_access('pg_class', '1');
SET client_min_messages = warning;
DROP SCHEMA ea CASCADE;
DROP ROLE regress_ea_owner, regress_ea_campaigns, regress_ea_finance, regress_ea_partly, regress_ea_nobody, regress_ea_officer, regress_ea_admin, regress_ea_exempt;
