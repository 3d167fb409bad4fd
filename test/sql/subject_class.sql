-- Whose data it is: declaring tables of data subjects, what cannot be one, kinds
-- of keys, and the class that is meant when none is named.
CREATE EXTENSION ethdata;
CREATE ROLE shop_owner;
CREATE ROLE stranger;
CREATE ROLE policy_admin IN ROLE ethdata_admin;
CREATE SCHEMA crm AUTHORIZATION shop_owner;
GRANT USAGE ON SCHEMA crm TO PUBLIC;
SET ROLE shop_owner;
CREATE TABLE crm.customer(id bigint PRIMARY KEY, email text, phone text, birth_date date, country text, zone text, seen timestamptz, n numeric);
CREATE TABLE crm.no_key(id int, email text);
CREATE VIEW crm.a_view AS SELECT * FROM crm.customer;
CREATE MATERIALIZED VIEW crm.a_matview AS SELECT * FROM crm.customer;
CREATE TABLE crm.parted(id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE crm.parted_1 PARTITION OF crm.parted FOR VALUES FROM (0) TO (1000);
CREATE SEQUENCE crm.a_sequence;
CREATE TABLE crm."Ku'nde"("Id" int PRIMARY KEY, "Geburt" date);
RESET ROLE;
CREATE TEMP TABLE temporary_people(id int PRIMARY KEY);
CREATE FOREIGN DATA WRAPPER none;
CREATE SERVER nowhere FOREIGN DATA WRAPPER none;
CREATE FOREIGN TABLE crm.foreign_people(id int) SERVER nowhere;

-- no class yet
SELECT ethdata.define_purpose('news', 'consent');
SELECT ethdata.give_consent('42', 'news');
SELECT ethdata.give_consent('42', 'news', class => 'crm.customer');

-- the administrator may, nobody else: a class says whom calls without a class mean,
-- and which law holds for its persons
SET ROLE stranger;
SELECT ethdata.define_subject_class('crm.customer');
SET ROLE shop_owner;
SELECT ethdata.define_subject_class('crm.customer');
\echo :SQLSTATE
SET ROLE policy_admin;
SELECT ethdata.define_subject_class('crm.customer');
SELECT ethdata.define_subject_class('crm.customer', kind => 'prospect', birth_date => 'birth_date', jurisdiction => 'country',
  time_zone => 'zone', contact_points => '{email,phone}');
-- the same again changes nothing; what is left out has its default
SELECT ethdata.define_subject_class('crm.customer', kind => 'prospect', birth_date => 'birth_date', jurisdiction => 'country',
  time_zone => 'zone', contact_points => '{email,phone}');
SELECT ethdata.define_subject_class('crm.customer', birth_date => 'seen');
SET ROLE shop_owner;
SELECT ethdata.define_subject_class('crm.customer', jurisdiction => 'email');
SELECT ethdata.drop_subject_class('crm.customer');
\echo :SQLSTATE
RESET ROLE;
SELECT id, code, relation, kind, key_kind, key_columns, birth_date, jurisdiction, time_zone, contact_points FROM ethdata.subject_class;

-- what cannot be one
SELECT ethdata.define_subject_class(NULL);
SELECT ethdata.define_subject_class('crm.no_such');
SELECT ethdata.define_subject_class('crm.a_view');
SELECT ethdata.define_subject_class('crm.a_matview');
SELECT ethdata.define_subject_class('crm.foreign_people');
SELECT ethdata.define_subject_class('crm.a_sequence');
SELECT ethdata.define_subject_class('temporary_people');
SELECT ethdata.define_subject_class('pg_catalog.pg_class');
SELECT ethdata.define_subject_class('ethdata.consent_event');
SELECT ethdata.define_subject_class('crm.parted_1');
SELECT ethdata.define_subject_class('crm.no_key');
SELECT ethdata.define_subject_class('crm.customer', subject_key => 'no_such');
SELECT ethdata.define_subject_class('crm.customer', subject_key => 'ctid');
SELECT ethdata.define_subject_class('crm.customer', subject_key => '');
SELECT ethdata.define_subject_class('crm.customer', subject_key => 'id,,email');
SELECT ethdata.define_subject_class('crm.customer', subject_key => 'id, ID');
SELECT ethdata.define_subject_class('crm.customer', subject_key => 'n');
SELECT ethdata.define_subject_class('crm.customer', birth_date => 'email');
SELECT ethdata.define_subject_class('crm.customer', birth_date => 'no_such');
SELECT ethdata.define_subject_class('crm.customer', jurisdiction => 'id');
SELECT ethdata.define_subject_class('crm.customer', time_zone => 'seen');
SELECT ethdata.define_subject_class('crm.customer', contact_points => '{email,no_such}');
SELECT ethdata.define_subject_class('crm.customer', contact_points => '{email,NULL}');
SELECT ethdata.define_subject_class('crm.customer', kind => 'Customer!');
SELECT ethdata.define_subject_class('crm.customer', kind => NULL);
SELECT ethdata.define_subject_class('crm.customer', code => '');
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE crm.loose(mail text COLLATE loose PRIMARY KEY);
SELECT ethdata.define_subject_class('crm.loose');
-- nothing of this left a trace
SELECT count(*) FROM ethdata.subject_class;

-- a call that rolls back
BEGIN;
SELECT ethdata.define_subject_class('crm.parted');
SELECT ethdata.give_consent('7', 'news', class => 'crm.parted');
ROLLBACK;
SELECT ethdata.give_consent('7', 'news', class => 'crm.parted');
BEGIN;
SAVEPOINT s;
SELECT ethdata.define_subject_class('crm.parted');
ROLLBACK TO s;
SELECT ethdata.give_consent('7', 'news', class => 'crm.parted');
ROLLBACK;

-- quoted names, other kinds of keys
SELECT ethdata.define_subject_class('crm."Ku''nde"', birth_date => 'Geburt');
SELECT ethdata.define_subject_class('crm.parted');
CREATE TABLE crm.by_uuid(id uuid PRIMARY KEY);
CREATE TABLE crm.by_text(login varchar(40) PRIMARY KEY);
CREATE TABLE crm.by_char(code char(5) PRIMARY KEY);
CREATE TABLE crm.by_two(tenant int, nr text, PRIMARY KEY (nr, tenant));
CREATE TABLE crm.by_small(id smallint PRIMARY KEY);
CREATE DOMAIN crm.person_id AS bigint CHECK (VALUE > 0);
CREATE TABLE crm.by_domain(id crm.person_id PRIMARY KEY);
SELECT ethdata.define_subject_class('crm.by_uuid'), ethdata.define_subject_class('crm.by_text'), ethdata.define_subject_class('crm.by_char'),
       ethdata.define_subject_class('crm.by_two', subject_key => 'tenant, nr'), ethdata.define_subject_class('crm.by_small'),
       ethdata.define_subject_class('crm.by_domain');
SELECT code, key_kind, key_columns FROM ethdata.subject_class ORDER BY code COLLATE "C";

-- the class must be named now, unless exactly one is visible
SELECT ethdata.give_consent('42', 'news');
SET search_path = crm;
SELECT ethdata.give_consent('42', 'news');
CREATE SCHEMA other;
GRANT USAGE ON SCHEMA other TO PUBLIC;
CREATE TABLE other.people(id int PRIMARY KEY);
SELECT ethdata.define_subject_class('other.people', code => 'people');
SET search_path = other;
SELECT ethdata.give_consent('42', 'news');
RESET search_path;
-- a code is one class's
SELECT ethdata.define_subject_class('other.people', code => 'crm.customer');

-- keys: one person, whatever the text looked like; no key in an error
SELECT ethdata.give_consent(' 0042 ', 'news', class => 'other.people');
SELECT ethdata.give_consent('x42', 'news', class => 'crm.customer');
SELECT ethdata.give_consent('99999999999', 'news', class => 'other.people');
SELECT ethdata.give_consent('', 'news', class => 'crm.customer');
-- a domain's constraint is its owner's code and is not run: its base type says what a key is
SELECT ethdata.give_consent('-1', 'news', class => 'crm.by_domain');
SELECT ethdata.give_consent('{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}', 'news', class => 'crm.by_uuid');
SELECT ethdata.give_consent('not-a-uuid', 'news', class => 'crm.by_uuid');
SELECT ethdata.give_consent('O''Hara', 'news', class => 'crm.by_text');
SELECT ethdata.give_consent('', 'news', class => 'crm.by_text');
SELECT ethdata.give_consent(repeat('x', 41), 'news', class => 'crm.by_text');
SELECT ethdata.give_consent('ab', 'news', class => 'crm.by_char');
SELECT ethdata.give_consent('(7,"a,b")', 'news', class => 'crm.by_two');
SELECT ethdata.give_consent(' ( 007 ,a\,b) ', 'news', class => 'crm.by_two');
SELECT ethdata.give_consent('(7)', 'news', class => 'crm.by_two');
SELECT ethdata.give_consent('(7,)', 'news', class => 'crm.by_two');
SELECT ethdata.give_consent('(x,y)', 'news', class => 'crm.by_two');
SELECT ethdata.give_consent('7,y', 'news', class => 'crm.by_two');
SELECT class, subject, count(*) FROM ethdata.consent_event GROUP BY 1, 2 ORDER BY class::text COLLATE "C", subject;
SELECT ethdata.has_consent(42, 'news', 'other.people'), ethdata.has_consent('042', 'news', 'other.people'),
       ethdata.has_consent('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, 'news', 'crm.by_uuid'),
       ethdata.has_consent('ab   ', 'news', 'crm.by_char'), ethdata.has_consent('(7,"a,b")', 'news', 'crm.by_two'),
       ethdata.has_consent('O''Hara', 'news', 'crm.by_text'), ethdata.has_consent('o''hara', 'news', 'crm.by_text');

-- once consent is recorded, code and key stay
SELECT ethdata.define_subject_class('other.people', code => 'humans');
SELECT ethdata.define_subject_class('crm.by_two', subject_key => 'nr, tenant');
SELECT ethdata.define_subject_class('other.people', kind => 'employee');

-- renaming a table changes nothing; the class follows columns that it names
ALTER TABLE crm.customer RENAME TO client;
SELECT ethdata.define_subject_class('crm.client', birth_date => 'birth_date');
SELECT code, relation FROM ethdata.subject_class WHERE code = 'crm.customer';
ALTER TABLE crm.client RENAME birth_date TO born;
SELECT ethdata.give_consent('1', 'news', class => 'crm.client');
SELECT ethdata.define_subject_class('crm.client', birth_date => 'born');
ALTER TABLE crm.client RENAME id TO nr;
SELECT ethdata.give_consent('1', 'news', class => 'crm.client') > 0 AS recorded;

-- dropping: what was answered stays, and permits nothing meanwhile
SET ROLE stranger;
SELECT ethdata.drop_subject_class('other.people');
RESET ROLE;
SELECT ethdata.drop_subject_class('other.people');
SELECT ethdata.drop_subject_class('other.people');
SELECT ethdata.has_consent(42, 'news', 'other.people');
SELECT ethdata.define_subject_class('other.people', code => 'people');
SELECT ethdata.has_consent(42, 'news', 'other.people');
-- a table that was dropped and made again takes its class over by the code
DROP TABLE other.people;
CREATE TABLE other.people(id bigint PRIMARY KEY);
SELECT ethdata.give_consent('43', 'news', class => 'other.people');
SELECT ethdata.define_subject_class('other.people', code => 'people');
SELECT ethdata.has_consent(42, 'news', 'other.people');

DROP EXTENSION ethdata;
DROP SCHEMA crm, other CASCADE;
DROP FOREIGN DATA WRAPPER none CASCADE;
DROP COLLATION loose;
DROP ROLE shop_owner, stranger, policy_admin;
