-- What the owner of a table wrote (constraints of domains, predicates and
-- expressions of indexes, arguments of policies) does not run when somebody else
-- records or asks for consent of the people in it, reads the table or meets it:
-- neither as the extension's owner nor as that role.
CREATE EXTENSION ethdata;
CREATE ROLE shop_owner;
CREATE ROLE collector;
CREATE SCHEMA shop AUTHORIZATION shop_owner;
GRANT USAGE ON SCHEMA shop TO PUBLIC;
SELECT ethdata.define_purpose('news', 'consent');
SELECT ethdata.grant_collection('news', 'collector');

-- what core itself runs for the owner is not shown
SET client_min_messages = warning;
SET ROLE shop_owner;
CREATE FUNCTION shop.spy(place text) RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN RAISE NOTICE 'spy in % runs as %', place, current_user; END $$;
CREATE FUNCTION shop.check_key(value text) RETURNS bool LANGUAGE plpgsql AS
  $$ BEGIN PERFORM shop.spy('a domain'); RETURN true; END $$;
CREATE FUNCTION shop.fixed() RETURNS text IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN PERFORM shop.spy('an immutable function'); RETURN 'x'; END $$;

-- a key whose type is a domain, also as part of a composite key
CREATE DOMAIN shop.code AS text CHECK (shop.check_key(value));
CREATE DOMAIN shop.number AS bigint CHECK (shop.check_key(value::text));
CREATE TABLE shop.by_code(code shop.code PRIMARY KEY, born date);
CREATE TABLE shop.by_number(id shop.number PRIMARY KEY, born date);
CREATE TABLE shop.by_both(code shop.code, id shop.number, born date, PRIMARY KEY (code, id));
INSERT INTO shop.by_code VALUES ('a', '1990-01-01');
INSERT INTO shop.by_number VALUES (1, '1990-01-01');
INSERT INTO shop.by_both VALUES ('a', 1, '1990-01-01');
RESET ROLE;
SELECT ethdata.define_subject_class('shop.by_code', birth_date => 'born');
SELECT ethdata.define_subject_class('shop.by_number', birth_date => 'born');
SELECT ethdata.define_subject_class('shop.by_both', birth_date => 'born');
SET ROLE shop_owner;
-- a table whose indexes have a predicate and an expression
CREATE TABLE shop.indexed(id bigint, v text, born date);
CREATE INDEX ON shop.indexed (id) WHERE v <> shop.fixed();
CREATE INDEX ON shop.indexed (id, (shop.fixed() || v));
ALTER TABLE shop.indexed ADD PRIMARY KEY (id);
INSERT INTO shop.indexed VALUES (1, 'v', '1990-01-01');
RESET ROLE;
SELECT ethdata.define_subject_class('shop.indexed', birth_date => 'born');
SET ROLE shop_owner;

-- nothing of the spy from here on
SET client_min_messages = notice;
SET ROLE collector;
SELECT ethdata.give_consent('a', 'news', class => 'shop.by_code') > 0 AS recorded;
SELECT ethdata.give_consent('1', 'news', class => 'shop.by_number') > 0 AS recorded;
SELECT ethdata.give_consent('(a,1)', 'news', class => 'shop.by_both') > 0 AS recorded;
SELECT ethdata.give_consent('1', 'news', class => 'shop.indexed') > 0 AS recorded;
SELECT ethdata.withdraw_consent('a', 'news', class => 'shop.by_code') > 0 AS recorded;
SELECT ethdata.has_consent('a'::text, 'news', 'shop.by_code'), ethdata.has_consent('(a,1)'::text, 'news', 'shop.by_both'),
  ethdata.has_consent('2', 'news', 'shop.by_number'), ethdata.has_consent(2, 'news', 'shop.indexed');
RESET ROLE;
-- and what is not a key of the domain's base type is refused as ever
SELECT ethdata.give_consent('one', 'news', class => 'shop.by_number');
-- the birth dates were found
SELECT c.code, (s.value::text)::json ->> 'birth_date' AS birth_date
  FROM ethdata.consent_state s JOIN ethdata.subject_class c ON c.id = s.class_id ORDER BY c.code;

-- arguments of a policy that looks like a rule are literals; nothing is evaluated
SET ROLE shop_owner;
CREATE TABLE shop.plain(id int PRIMARY KEY, v text);
INSERT INTO shop.plain VALUES (1, 'x');
CREATE POLICY "ethdata 1" ON shop.plain FOR SELECT USING (ethdata.rule_subject(NULL::regclass, NULL::text, false, false, shop.fixed()));
CREATE POLICY "ethdata 1" ON shop.plain FOR SELECT USING (ethdata.rule_subject(NULL::regclass, NULL::text, 1 = 1, false, 'mask'));
CREATE POLICY "ethdata 1" ON shop.plain FOR SELECT USING (ethdata.rule(v, NULL::text, ARRAY['news', shop.fixed()], NULL, 'refuse', false));
CREATE POLICY one ON shop.plain FOR SELECT USING (ethdata.rule(v, NULL::text, ARRAY['news', 'x'], NULL, 'refuse', false));
CREATE POLICY two ON shop.plain FOR SELECT USING (ethdata.rule_subject(NULL::regclass, NULL::text, false, false, shop.fixed()));
CREATE TABLE shop.other(id int PRIMARY KEY, v text);
SELECT ethdata.protect('shop.other'), ethdata.mask('shop.other', 'v');
RESET ROLE;
-- the first has an array of literals and is good, the second is damaged
UPDATE pg_policy SET polname = 'ethdata 3' WHERE polname = 'one';
\c -
SELECT count(v) FROM shop.plain;
UPDATE pg_policy SET polname = 'ethdata 4' WHERE polname = 'two';
\c -
SELECT count(*) FROM shop.plain;
COPY shop.plain TO stdout;
BEGIN; LOCK TABLE shop.plain IN ACCESS SHARE MODE; ROLLBACK;
ALTER TABLE shop.plain ADD COLUMN w text;
SELECT ethdata.mask('shop.plain', 'v');
-- one damaged table does not stop statements about others
GRANT SELECT ON shop.plain TO collector;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO collector;
SELECT grantee, column_name FROM information_schema.column_privileges
  WHERE table_schema = 'shop' AND table_name = 'other' AND grantee = 'collector' AND privilege_type = 'SELECT';
GRANT ethdata_exempt TO collector;
REVOKE ethdata_exempt FROM collector;
DROP OWNED BY collector;
-- the way out
SET ROLE shop_owner;
DROP POLICY "ethdata 4" ON shop.plain;
RESET ROLE;
DROP POLICY "ethdata 4" ON shop.plain;
SELECT ethdata.unprotect('shop.plain');
SELECT count(v) FROM shop.plain;


SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
DROP EXTENSION ethdata CASCADE;
DROP ROLE shop_owner, collector;
