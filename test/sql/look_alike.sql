-- A schema called "ethdata" that somebody made is not the extension: nothing in
-- it is read, whatever its tables look like.
CREATE ROLE somebody;
CREATE SCHEMA ethdata AUTHORIZATION somebody;
SET ROLE somebody;
CREATE TABLE ethdata.purpose(id int, code int, basis int, bases int, parents int, title int, description int, controller int,
  recipients int, channel int, direct_marketing int, special_ground int, restriction_ground int, consent_lifetime int,
  assessment int, review int, retired_at int);
CREATE TABLE ethdata.purpose_grant(purpose int, grantee int, grantee_oid int, as_default int, token_required int, valid_until int,
  reason int, asserted_by int, pooled int);
CREATE TABLE ethdata.collection_grant(purpose int, grantee int, grantee_oid int);
CREATE TABLE ethdata.subject_class(id int, relation int, code int, kind int, key_kind int, key_columns int, birth_date int, jurisdiction int);
CREATE TABLE ethdata.remembered_grant(relation int);
CREATE TABLE ethdata.protected_relation(relation int);
INSERT INTO ethdata.purpose VALUES (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
INSERT INTO ethdata.purpose_grant VALUES (1, 1, 1, 1, 1, 1, 1, 1, 1);
INSERT INTO ethdata.collection_grant VALUES (1, 1, 1);
INSERT INTO ethdata.subject_class VALUES (1, 1, 1, 1, 1, 1, 1, 1);
CREATE FUNCTION ethdata.rule_subject(class regclass, as_role text, rows bool, force bool, new_columns text) RETURNS bool
  IMMUTABLE LANGUAGE sql AS 'SELECT false';
RESET ROLE;
SET ethdata.purpose = 'x';
SELECT 1 AS alive;
-- nor are policies of such a name rules, and what they are on can be changed
CREATE TABLE public.people(id int PRIMARY KEY, v text);
CREATE POLICY "ethdata 1" ON public.people FOR SELECT USING (ethdata.rule_subject(NULL::regclass, NULL::text, true, true, 'mask'));
CREATE POLICY "ethdata 2" ON public.people FOR SELECT USING (id > 0);
SELECT count(*) FROM public.people;
GRANT SELECT ON public.people TO somebody;
ALTER TABLE public.people ADD COLUMN w text;
BEGIN; LOCK TABLE public.people IN ACCESS SHARE MODE; COMMIT;
COPY public.people TO stdout;
DROP POLICY "ethdata 2" ON public.people;
ALTER SCHEMA ethdata RENAME TO ours;
SELECT 1 AS alive;
ALTER SCHEMA ours RENAME TO ethdata;
DROP OWNED BY somebody CASCADE;
DROP ROLE somebody;

-- the extension comes and goes, also in one transaction
BEGIN;
CREATE EXTENSION ethdata;
RESET ethdata.purpose;
SELECT ethdata.define_purpose('news', 'consent');
SELECT ethdata.protect('public.people');
ROLLBACK;
SELECT 1 AS alive;
CREATE EXTENSION ethdata;
SELECT ethdata.define_purpose('news', 'consent');
SELECT code FROM ethdata.purpose;
BEGIN;
DROP EXTENSION ethdata;
SET ethdata.purpose = 'x';
SELECT count(*) FROM public.people;
ROLLBACK;
SELECT ethdata.define_purpose('news', 'consent');
-- its schema keeps its name: what rests on it would not be found
ALTER SCHEMA ethdata RENAME TO ours;
DROP TABLE public.people;
DROP EXTENSION ethdata;
DROP SCHEMA ethdata;
