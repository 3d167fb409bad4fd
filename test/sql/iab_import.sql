-- Consent strings as consent events: both extensions in one database, in either order.
\set VERBOSITY default
CREATE EXTENSION ethdata_iab;
CREATE EXTENSION ethdata;
DROP EXTENSION ethdata;
SELECT 'DBAA'::ethdata.gppstring;
CREATE EXTENSION ethdata;
DROP EXTENSION ethdata_iab;
CREATE EXTENSION ethdata_iab;
-- a stranger in the schema is none of theirs
DROP EXTENSION ethdata_iab;
CREATE FUNCTION ethdata.stranger() RETURNS int LANGUAGE sql AS 'SELECT 1';
\set SHOW_CONTEXT never
CREATE EXTENSION ethdata_iab;
\set SHOW_CONTEXT errors
DROP FUNCTION ethdata.stranger();
CREATE EXTENSION ethdata_iab;

CREATE ROLE iab_collector;
CREATE SCHEMA crm;
CREATE TABLE crm.customer (id bigint PRIMARY KEY, email text, country text);
INSERT INTO crm.customer VALUES (1, 'ada@example.net', 'DE'), (2, 'bob@example.net', 'US-CA'), (3, 'cy@example.net', 'US-CA');
SELECT ethdata.define_subject_class('crm.customer', jurisdiction => 'country');
SELECT ethdata.define_purpose('ads', basis => 'consent'), ethdata.define_purpose('ads.profile', basis => 'consent'),
       ethdata.define_purpose('analytics', basis => 'consent'), ethdata.define_purpose('sell', basis => 'opt_out'),
       ethdata.define_purpose('letters', basis => 'legitimate_interests', direct_marketing => true, assessment => 'LIA-1');
SELECT ethdata.grant_collection('ads', 'iab_collector'), ethdata.grant_collection('analytics', 'iab_collector'),
       ethdata.grant_collection('sell', 'iab_collector'), ethdata.grant_collection('letters', 'iab_collector');
INSERT INTO ethdata.tcf_purpose VALUES ('purpose', 2, 'ads'), ('purpose', 7, 'ads'), ('purpose', 3, 'ads.profile'), ('publisher', 9, 'analytics');
INSERT INTO ethdata.gpp_purpose VALUES ('sale', 'sell', 'refuse', false), ('targeted_advertising', 'letters', 'object', false), ('sharing', 'letters', 'object', false);

SET ROLE iab_collector;
CREATE TEMP TABLE tc AS SELECT ethdata.tc_build('{"created": "2026-03-02Z", "cmpId": 300, "purposeConsents": [2, 3, 7], "vendorConsents": [755], "vendorsDisclosed": [755, 8],
  "publisherTC": {"purposeConsents": [1]}}') AS tc;
-- the purposes alone, for a vendor, for one who has no consent; twice is once
SELECT cardinality(ethdata.import_tc('1', tc)) FROM tc;
SELECT purpose, status, effective_at AT TIME ZONE 'UTC' AS effective, source, source_event LIKE 'sha256:%' AS hashed, actor, evidence = jsonb_build_object('tc', tc) AS evidence
  FROM tc, ethdata.consent_history('1') ORDER BY id;
SELECT cardinality(ethdata.import_tc('1', tc)), (SELECT count(*) FROM ethdata.consent_history('1')) FROM tc;
SELECT ethdata.has_consent('1', 'ads'), ethdata.has_consent('1', 'ads.profile'), ethdata.has_consent('1', 'analytics');
-- a vendor without consent: refused; the string of another day counts by its time
SELECT cardinality(ethdata.import_tc('1', ethdata.tc_build(tc::jsonb || '{"created": "2026-03-03Z", "lastUpdated": "2026-03-03Z"}'), vendor => 8)) FROM tc;
SELECT ethdata.has_consent('1', 'ads'), ethdata.has_consent('1', 'ads', valid_at => '2026-03-02 12:00+00');
SELECT cardinality(ethdata.import_tc('1', ethdata.tc_build(tc::jsonb || '{"created": "2026-02-01Z", "lastUpdated": "2026-02-01Z"}'))) FROM tc;
SELECT ethdata.has_consent('1', 'ads');
-- for the vendor with consent
SELECT cardinality(ethdata.import_tc('1', ethdata.tc_build(tc::jsonb || '{"created": "2026-03-04Z", "lastUpdated": "2026-03-04Z"}'), vendor => 755)) FROM tc;
SELECT ethdata.has_consent('1', 'ads');
-- invalid by policy: grants nothing
SELECT cardinality(ethdata.import_tc('1', ethdata.tc_build((tc::jsonb - 'vendorsDisclosed') || '{"created": "2026-03-05Z", "lastUpdated": "2026-03-05Z"}'))) FROM tc;
SELECT ethdata.has_consent('1', 'ads');
SELECT ethdata.import_tc('1', NULL);
SELECT ethdata.import_tc(NULL, tc) FROM tc;

-- GPP: an opt-out of sale; sharing opted out is an objection, which is not repeated
SELECT cardinality(ethdata.import_gpp('2', 'DBABBg~BAUAAAAA', 'US-CA'));
SELECT purpose, action, status, authority, source, evidence FROM ethdata.consent_history('2') ORDER BY id;
SELECT cardinality(ethdata.import_gpp('2', 'DBABBg~BAUAAAAA', 'US-CA'));
SELECT count(*) FROM ethdata.consent_history('2');
-- did not opt out, or elsewhere: nothing is recorded
SELECT ethdata.import_gpp('3', 'DBABBg~BAqAAAAA', 'US-CA'), ethdata.import_gpp('3', 'DBABBg~BAUAAAAA', 'US-VA');
-- GPC in the string, and as a header
SELECT cardinality(ethdata.import_gpp('3', 'DBABBg~BAqAAAAA.YA', 'US-CA'));
SELECT purpose, action, status, authority, actor, source FROM ethdata.consent_history('3') ORDER BY id;
SELECT cardinality(ethdata.import_gpc('2'));
SELECT purpose, action, status, actor, source, evidence FROM ethdata.consent_history('2') ORDER BY id DESC LIMIT 2;
RESET ROLE;
UPDATE ethdata.gpp_purpose SET grants = true WHERE gpp_purpose = 'sale';
SET ROLE iab_collector;
-- consent to sale where the site takes it as such
SELECT cardinality(ethdata.import_gpp('3', 'DBABBg~BAqAAAAA', 'US-CA'));
SELECT purpose, status FROM ethdata.consent_history('3') ORDER BY id DESC LIMIT 1;
-- who may not record, cannot import
RESET ROLE;
CREATE ROLE iab_nobody;
SET ROLE iab_nobody;
SELECT ethdata.import_gpp('3', 'DBABBg~BAUAAAAA', 'US-CA');
INSERT INTO ethdata.tcf_purpose VALUES ('purpose', 1, 'ads');
RESET ROLE;
-- several purposes of a string that name one another: record_signal() has actor and evidence
SELECT cardinality(ethdata.record_signal('2', '{"ads": "refused"}', actor => 'agent', evidence => '{"letter": 7}'));
SELECT purpose, status, actor, evidence FROM ethdata.consent_history('2') ORDER BY id DESC LIMIT 1;
SELECT ethdata.record_signal('2', '{"ads": "refused"}', actor => 'ghost');
-- where several rows name one purpose, all must permit it, whatever their no is:
-- sale was not opted out of, sharing and targeted advertising were
INSERT INTO crm.customer VALUES (4), (5), (6);
DELETE FROM ethdata.gpp_purpose;
INSERT INTO ethdata.gpp_purpose VALUES ('targeted_advertising', 'ads', 'refuse', false), ('sharing', 'ads', 'object', false), ('sale', 'ads', 'refuse', true);
SELECT cardinality(ethdata.import_gpp('4', 'DBABLA~BH0lP6FJTXc', 'US'));
SELECT action, status, ethdata.has_consent(4, 'ads') FROM ethdata.consent_history('4') ORDER BY id;
DELETE FROM ethdata.gpp_purpose WHERE gpp_purpose = 'targeted_advertising';
SELECT cardinality(ethdata.import_gpp('5', 'DBABLA~BH0lP6FJTXc', 'US'));
SELECT action, status, ethdata.has_consent(5, 'ads') FROM ethdata.consent_history('5') ORDER BY id;
DELETE FROM ethdata.gpp_purpose WHERE gpp_purpose = 'sharing';
SELECT cardinality(ethdata.import_gpp('6', 'DBABLA~BH0lP6FJTXc', 'US'));
SELECT ethdata.has_consent(6, 'ads');
DELETE FROM ethdata.gpp_purpose;
INSERT INTO ethdata.gpp_purpose VALUES ('sale', 'sell');
SELECT cardinality(ethdata.import_gpp('6', 'DBABBg~BAUAAAAA', 'us-ca'));
-- a class that is no table
SELECT ethdata.import_gpp('6', 'DBABLA~BH0lP6FJTXc', 'US', class => 4294967295::oid::regclass);
SELECT ethdata.import_tc('6', tc, class => 4294967295::oid::regclass) FROM tc;
SELECT ethdata.import_gpc('6', class => 4294967295::oid::regclass);

DROP TABLE tc;
DROP EXTENSION ethdata_iab;
DROP EXTENSION ethdata;
DROP SCHEMA crm CASCADE;
DROP SCHEMA ethdata;
DROP ROLE iab_collector, iab_nobody;
