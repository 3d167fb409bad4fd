-- A flag column taken over: what counts, what does not, and that it revives nothing.
\set VERBOSITY default
CREATE EXTENSION ethdata;
CREATE ROLE shop;
CREATE ROLE reader;
CREATE ROLE officer IN ROLE ethdata_officer;
CREATE ROLE policy_admin IN ROLE ethdata_admin;
CREATE TABLE person(id bigint PRIMARY KEY, country text, opted_in boolean, status text, note boolean);
INSERT INTO person VALUES (1, 'DE', true), (2, 'DE', false), (3, 'DE', NULL), (4, 'DE', true), (5, 'DE', true), (6, 'DE', false), (7, 'DE', false), (8, 'DE', true), (9, 'IN', true), (10, 'DE', true);
CREATE TABLE other(id int PRIMARY KEY, opted_in boolean);
SELECT ethdata.define_subject_class('person', jurisdiction => 'country');
SELECT ethdata.define_purpose('marketing', 'consent', direct_marketing => true), ethdata.define_purpose('marketing.email', 'consent', bases => '{"dpdp": "contract"}'),
       ethdata.define_purpose('short', 'consent', consent_lifetime => '2 years'), ethdata.define_purpose('long', 'consent', consent_lifetime => '100 years'),
       ethdata.define_purpose('billing', 'contract'), ethdata.define_purpose('old', 'consent'), ethdata.define_purpose('lease', 'explicit_consent');
SELECT ethdata.retire_purpose('old');
SELECT ethdata.publish_notice('n1', '{marketing.email,short,long,lease}', 'We write to you.', valid_from => '2021-01-01 00:00+00');
SELECT ethdata.publish_notice('later', '{marketing.email}', 'We will write.', valid_from => '2999-01-01 00:00+00');
SELECT ethdata.grant_collection('marketing', 'shop'), ethdata.grant_purpose('marketing', 'reader');
GRANT SELECT ON person TO reader;
\set proof '{"selection": "unselected", "form": "signup 2021"}'
CREATE FUNCTION events(what text) RETURNS TABLE (subject text, action text, status text, n text, m text, s text, a text, e jsonb, so text, se text) LANGUAGE sql AS
  $$ SELECT subject, action, status, notice, method, selection, actor, evidence, source, source_event FROM ethdata.consent_event WHERE purpose = what ORDER BY id $$;
CREATE FUNCTION may(what text) RETURNS text LANGUAGE sql AS
  $$ SELECT string_agg(id::text, ' ' ORDER BY id) FROM person WHERE id <> 9 AND ethdata.has_consent(id, what, 'person') $$;

-- who may: the right to record, and core's right to read
SET ROLE reader;
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', :'proof');
SET ROLE shop;
SELECT ethdata.adopt_consent('person', 'opted_in', 'short', 'n1', :'proof');
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', :'proof');
RESET ROLE;
GRANT SELECT (id) ON person TO shop, officer, policy_admin;
SET ROLE shop;
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', :'proof');
RESET ROLE;
GRANT SELECT (opted_in) ON person TO shop, officer, policy_admin;

-- bad input
SELECT ethdata.adopt_consent(NULL, 'opted_in', 'marketing.email', 'n1');
SELECT ethdata.adopt_consent('person', NULL, 'marketing.email', 'n1');
SELECT ethdata.adopt_consent('person', 'opted_in', NULL, 'n1');
SELECT ethdata.adopt_consent('other', 'opted_in', 'marketing.email', 'n1');
SELECT ethdata.adopt_consent('person', 'nothing', 'marketing.email', 'n1');
SELECT ethdata.adopt_consent('person', 'status', 'marketing.email', 'n1');
SELECT ethdata.adopt_consent('person', 'ctid', 'marketing.email', 'n1');
SELECT ethdata.adopt_consent('person', 'opted_in', 'no.such', 'n1');
SELECT ethdata.adopt_consent('person', 'opted_in', 'self', 'n1');
SELECT ethdata.adopt_consent('person', 'opted_in', 'old', 'n1');
SELECT ethdata.adopt_consent('person', 'opted_in', 'billing', 'n1');
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing', 'n1');
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n2');
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'later', :'proof');
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', '[]');
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', '{"selection": 1}');
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', '{"selection": "ticked"}');
BEGIN READ ONLY;
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', :'proof');
ROLLBACK;
SELECT count(*) FROM ethdata.consent_event;

-- what is known: 4 withdrew, 5 withdrew from all above, 6 agreed, 7 refused, 8 objects to direct marketing
SELECT ethdata.give_consent('4', 'marketing.email') > 0 AS given, ethdata.withdraw_consent('4', 'marketing.email') > 0 AS withdrawn, ethdata.withdraw_consent('5', 'marketing') > 0 AS withdrawn,
  ethdata.give_consent('6', 'marketing.email', notice => 'n1') > 0 AS given, ethdata.refuse_consent('7', 'marketing.email') > 0 AS refused, ethdata.object_to('8', 'marketing') > 0 AS objected;
SELECT may('marketing.email');

-- without notice, without evidence, with evidence that it was preselected: kept, and not used; taken back
BEGIN;
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', NULL, :'proof');
SELECT * FROM events('marketing.email') WHERE m IS NOT NULL;
SELECT may('marketing.email');
ROLLBACK;
BEGIN;
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', '{"selection": "bundled"}');
SELECT may('marketing.email');
ROLLBACK;
SELECT count(*) FROM events('marketing.email') WHERE m IS NOT NULL;
SET ROLE officer;
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1');
RESET ROLE;
SELECT may('marketing.email');

-- with it they count, where nothing is known; nothing is revived; twice is once
SET ROLE shop;
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', :'proof');
RESET ROLE;
SELECT * FROM events('marketing.email') WHERE m IS NOT NULL;
SELECT bool_and(effective_at = recorded_at AND recorded_at > now() - interval '1 hour') AS from_now FROM ethdata.consent_event WHERE method = 'adopted';
SELECT may('marketing.email');
SET ROLE policy_admin;
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', :'proof');
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', '{"selection": "not_applicable"}');
RESET ROLE;
SELECT subject, action, source FROM ethdata.consent_history('1');
SELECT details->>'consents' AS consents, details->>'refusals' AS refusals, details->>'counts' AS counts, details->>'source' AS source FROM ethdata.audit_event WHERE details->>'action' = 'adopt_consent' ORDER BY id;

-- the column goes on changing: no after yes counts, yes after an answer does not
UPDATE person SET opted_in = NOT opted_in WHERE id IN (1, 2);
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', :'proof');
SELECT may('marketing.email');
SELECT 'ok' FROM ethdata.give_consent('6', 'marketing.email', notice => 'n1');
SELECT ethdata.adopt_consent('person', 'opted_in', 'marketing.email', 'n1', :'proof');
SELECT may('marketing.email');

-- the lifetime runs since the notice became valid; explicit is what was unselected under a notice
SELECT ethdata.adopt_consent('person', 'opted_in', 'short', 'n1', :'proof'), ethdata.adopt_consent('person', 'opted_in', 'long', 'n1', :'proof'), ethdata.adopt_consent('person', 'opted_in', 'lease', 'n1', :'proof');
SELECT DISTINCT purpose, expires_at AT TIME ZONE 'UTC' AS expires_at FROM ethdata.consent_event WHERE purpose IN ('short', 'long') AND action = 'give' ORDER BY 1;
SELECT may('short'), may('long'), may('lease');

-- consent that was asked for again is not adopted under the notice before
SELECT ethdata.publish_notice('n3', '{long}', 'Asked again.', reconsent => true);
INSERT INTO person VALUES (11, 'DE', true);
SELECT ethdata.adopt_consent('person', 'opted_in', 'long', 'n1', :'proof');
SELECT ethdata.adopt_consent('person', 'opted_in', 'long', 'n3', :'proof');
SELECT may('long');

-- who does not see the column as it is adopts nothing: row policies, masks, rules that hide rows
CREATE TABLE p2(a text, b int, flag boolean, nothing boolean, PRIMARY KEY (a, b)) PARTITION BY LIST (b);
CREATE TABLE p2_1 PARTITION OF p2 FOR VALUES IN (1);
CREATE TABLE p2_2 PARTITION OF p2 FOR VALUES IN (2);
INSERT INTO p2 VALUES ('x', 1, true), ('y', 2, true), ('z, "q"', 2, false);
SELECT ethdata.define_subject_class('p2', subject_key => 'a,b');
GRANT SELECT ON p2 TO shop;
ALTER TABLE p2 ENABLE ROW LEVEL SECURITY;
CREATE POLICY first ON p2 TO shop USING (b = 1);
SET ROLE shop;
SELECT ethdata.adopt_consent('p2', 'flag', 'marketing.email', 'n1', :'proof');
RESET ROLE;
ALTER TABLE p2 DISABLE ROW LEVEL SECURITY;
SELECT ethdata.protect('p2', subject => 'a,b');
SELECT ethdata.mask('p2', 'flag', masked_as => 'false');
CREATE ROLE reads_all IN ROLE pg_read_all_data;
SELECT ethdata.grant_collection('marketing', 'reads_all');
SET ROLE shop;
SELECT ethdata.adopt_consent('p2', 'flag', 'marketing.email', 'n1', :'proof');
SET ROLE reads_all;
SELECT ethdata.adopt_consent('p2', 'flag', 'marketing.email', 'n1', :'proof');
RESET ROLE;
SELECT ethdata.set_enforcement('p2', 'observe', reason => 'pilot');
SET ROLE shop;
SELECT ethdata.adopt_consent('p2', 'flag', 'marketing.email', 'n1', :'proof');
RESET ROLE;
SELECT subject, action FROM ethdata.consent_event WHERE class = 'p2'::regclass ORDER BY subject;
SELECT ethdata.adopt_consent('p2', 'nothing', 'marketing.email', 'n1', :'proof');

-- a column that says it for another type; a domain; no key
CREATE DOMAIN flag AS boolean;
CREATE TABLE p3(id uuid PRIMARY KEY, email text UNIQUE, status text, yes boolean GENERATED ALWAYS AS (CASE status WHEN 'in' THEN true WHEN 'out' THEN false END) STORED, f flag);
INSERT INTO p3 VALUES ('00000000-0000-0000-0000-000000000001', 'a@x', 'in', DEFAULT, true), ('00000000-0000-0000-0000-000000000002', NULL, 'out', DEFAULT, false), ('00000000-0000-0000-0000-000000000003', 'c@x', 'maybe', DEFAULT, NULL);
SELECT ethdata.define_subject_class('p3', subject_key => 'email');
SELECT ethdata.adopt_consent('p3', 'yes', 'marketing.email', 'n1', :'proof'), ethdata.adopt_consent('p3', 'f', 'long', 'n3', :'proof');
SELECT subject, purpose, action, source, source_event FROM ethdata.consent_event WHERE class = 'p3'::regclass ORDER BY id;
ALTER TABLE p3 RENAME email TO mail;
SELECT ethdata.adopt_consent('p3', 'yes', 'marketing.email', 'n1', :'proof');

DROP TABLE person, other, p2, p3;
DROP DOMAIN flag;
DROP FUNCTION events(text), may(text);
DROP EXTENSION ethdata;
DROP ROLE shop, reader, officer, policy_admin, reads_all;
