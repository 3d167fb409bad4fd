-- Notices: what is published never changes, covers exactly its purposes, and may
-- ask again for consent that was given under another one.
CREATE EXTENSION ethdata;
CREATE ROLE nobody_special;
CREATE ROLE policy_admin IN ROLE ethdata_admin;
CREATE TABLE person(id int PRIMARY KEY);
SELECT ethdata.define_subject_class('person'), ethdata.define_purpose('mail', 'consent'), ethdata.define_purpose('mail.weekly', 'consent'),
       ethdata.define_purpose('sms', 'consent');

SET ROLE nobody_special;
SELECT ethdata.publish_notice('n1', '{mail}', 'We mail you.');
SET ROLE policy_admin;
SELECT ethdata.publish_notice('n1', '{sms,mail,mail}', 'We mail you.', valid_from => '2021-01-01 00:00+00');
-- the same again
SELECT ethdata.publish_notice('n1', '{mail,sms}', 'We mail you.');
SELECT ethdata.publish_notice('n1', '{mail,sms}', 'We mail you.', valid_from => '2021-01-01 00:00+00');
-- anything else under that code is refused
SELECT ethdata.publish_notice('n1', '{mail,sms}', 'We mail you often.');
SELECT ethdata.publish_notice('n1', '{mail,sms}');
SELECT ethdata.publish_notice('n1', '{mail}', 'We mail you.');
SELECT ethdata.publish_notice('n1', '{mail,mail.weekly}', 'We mail you.');
SELECT ethdata.publish_notice('n1', '{mail,sms}', 'We mail you.', valid_from => '2021-01-02 00:00+00');
SELECT ethdata.publish_notice('n1', '{mail,sms}', 'We mail you.', reconsent => true);
-- but for its text in another language
SELECT ethdata.publish_notice('n1', '{mail,sms}', 'Wir schreiben Ihnen.', 'de-AT');
SELECT ethdata.publish_notice('n1', '{mail,sms}', 'Wir schreiben Ihnen.', 'de-AT');
SELECT ethdata.publish_notice('n1', '{mail,sms}', 'Wir schreiben dir.', 'de-AT');
SELECT ethdata.publish_notice('n1', '{mail}', 'Nous vous écrivons.', 'fr');
-- bad values
SELECT ethdata.publish_notice(NULL, '{mail}');
SELECT ethdata.publish_notice('', '{mail}');
SELECT ethdata.publish_notice(repeat('n', 201), '{mail}');
SELECT ethdata.publish_notice('n2', NULL);
SELECT ethdata.publish_notice('n2', '{}');
SELECT ethdata.publish_notice('n2', '{mail,NULL}');
SELECT ethdata.publish_notice('n2', '{mail,no.such}');
SELECT ethdata.publish_notice('n2', '{mail}', language => 'English!');
SELECT ethdata.publish_notice('n2', '{mail}', language => 'e');
SELECT ethdata.publish_notice('n2', '{mail}', language => '');
SELECT ethdata.publish_notice('n2', '{mail}', language => NULL);
SELECT ethdata.publish_notice('n2', '{mail}', valid_from => 'infinity');
SELECT ethdata.publish_notice('n2', '{mail}', reconsent => NULL);
BEGIN;
SELECT ethdata.publish_notice('n2', '{mail}');
ROLLBACK;
BEGIN READ ONLY;
SELECT ethdata.publish_notice('n2', '{mail}');
ROLLBACK;
RESET ROLE;
SELECT code, purposes, valid_from AT TIME ZONE 'UTC' AS valid_from, reconsent FROM ethdata.notice;
SELECT notice, language, body, sha256 = sha256(convert_to(body, 'UTF8')) AS hash_is_right FROM ethdata.notice_text ORDER BY 1, 2;

-- consent names a notice that covers exactly the purpose and was valid then
SELECT ethdata.give_consent('1', 'mail', notice => 'no-such');
SELECT ethdata.give_consent('1', 'mail.weekly', notice => 'n1');
SELECT ethdata.give_consent('1', 'mail', notice => 'n1', effective_at => '2020-12-31 23:59+00');
SELECT ethdata.give_consent('1', 'mail', notice => 'n1', effective_at => '2021-02-01 00:00+00');
SELECT ethdata.give_consent('2', 'mail', effective_at => '2021-02-01 00:00+00');
SELECT ethdata.give_consent('3', 'mail', notice => 'n1', effective_at => '2021-02-01 00:00+00');
SELECT ethdata.give_consent('3', 'sms', notice => 'n1', effective_at => '2021-02-01 00:00+00');
SELECT ethdata.refuse_consent('4', 'mail', notice => 'n1', effective_at => '2021-02-01 00:00+00');
-- bigint keys are kept as 8 bytes with the sign bit flipped
CREATE VIEW states AS SELECT (('x' || encode(key, 'hex'))::bit(64)::bigint # (-9223372036854775808))::int AS id, value FROM ethdata.consent_state;
SELECT * FROM states ORDER BY id;

-- an ordinary new version leaves what was agreed
SELECT ethdata.publish_notice('n2', '{mail}', 'We mail you, version 2.', valid_from => '2021-03-01 00:00+00');
SELECT * FROM states ORDER BY id;
-- one that asks again ends what was agreed to exactly its purposes under others
SELECT ethdata.publish_notice('n3', '{mail}', 'We mail you, and sell your address.', valid_from => '2021-04-01 00:00+00', reconsent => true);
SELECT * FROM states ORDER BY id;
SELECT ethdata.has_consent('1', 'mail'), ethdata.has_consent('1', 'mail', valid_at => '2021-03-15 00:00+00') AS as_it_was,
       ethdata.has_consent('1', 'mail', valid_at => '2021-04-01 00:00+00') AS from_then_on,
       ethdata.has_consent('3', 'sms') AS other_purpose;
-- the old notice is no ground any more, the new one is; what arrives late from before is over, too
SELECT ethdata.give_consent('1', 'mail', notice => 'n1', effective_at => '2021-05-01 00:00+00');
SELECT ethdata.give_consent('1', 'mail', notice => 'n3', effective_at => '2021-05-01 00:00+00');
SELECT ethdata.give_consent('2', 'mail', effective_at => '2021-05-01 00:00+00');
SELECT ethdata.give_consent('5', 'mail', notice => 'n1', effective_at => '2021-03-20 00:00+00');
SELECT * FROM states ORDER BY id;
-- one whose time is still to come: the consent expires then
SELECT ethdata.publish_notice('n4', '{mail}', 'Later.', valid_from => '2099-01-01 00:00+00', reconsent => true);
SELECT * FROM states ORDER BY id;
SELECT ethdata.has_consent('1', 'mail'), ethdata.has_consent('1', 'mail', valid_at => '2099-01-01 00:00+00') AS then;

-- published is published, also for those who could write
SET ROLE policy_admin;
UPDATE ethdata.notice SET purposes = '{sms}';
INSERT INTO ethdata.notice_text VALUES ('n1', 'it', 'x', 'x', now());
RESET ROLE;
DROP VIEW states;
-- what was known at a time: notices that were published by then
SELECT ethdata.define_purpose('adverts', 'opt_out', bases => '{"gdpr": "opt_out"}'), ethdata.define_purpose('fraud', 'legitimate_interests', assessment => 'L');
CREATE TABLE abroad(id int PRIMARY KEY, country text);
INSERT INTO abroad VALUES (1, 'US-CA');
SELECT ethdata.define_subject_class('abroad', jurisdiction => 'country');
SELECT clock_timestamp() AS before \gset
SELECT ethdata.publish_notice('late', '{adverts,fraud}', 'Text.', valid_from => '2015-01-01 00:00+00');
SELECT ethdata.has_consent(1, 'adverts', 'abroad') AS t, ethdata.has_consent(1, 'adverts', 'abroad', valid_at => '2020-01-01 00:00+00') AS t,
       ethdata.has_consent(1, 'adverts', 'abroad', valid_at => '2020-01-01 00:00+00', known_at => '2020-01-02 00:00+00'),
       ethdata.has_consent(1, 'adverts', 'abroad', known_at => :'before'), ethdata.has_consent(1, 'adverts', 'abroad', known_at => clock_timestamp()) AS t;
DROP TABLE abroad;
DROP TABLE person;
DROP EXTENSION ethdata;
DROP ROLE nobody_special, policy_admin;
