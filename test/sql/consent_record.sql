-- Recording answers: who may, what is refused, what is recorded; the events are
-- evidence that nobody changes; all or nothing.
CREATE EXTENSION ethdata;
CREATE ROLE webshop;
CREATE ROLE campaigns;
CREATE ROLE officer IN ROLE ethdata_officer;
CREATE ROLE auditor IN ROLE ethdata_auditor;
CREATE ROLE policy_admin IN ROLE ethdata_admin;
CREATE TABLE person(id bigint PRIMARY KEY, born date, country text);
INSERT INTO person VALUES (1, '1980-05-01', 'DE'), (2, '1990-06-02', 'US-CA'), (3, '2012-01-01', 'IN'), (4, NULL, 'XX'), (5, NULL, NULL), (6, NULL, 'us-ca');
SELECT ethdata.define_subject_class('person', birth_date => 'born', jurisdiction => 'country');
SELECT ethdata.define_purpose('billing', 'contract'), ethdata.define_purpose('marketing', 'consent', direct_marketing => true),
       ethdata.define_purpose('marketing.email', 'consent', consent_lifetime => '100 years'), ethdata.define_purpose('marketing.sms', 'consent'),
       ethdata.define_purpose('sale', 'opt_out'), ethdata.define_purpose('old', 'consent'),
       ethdata.define_purpose('stats', 'legitimate_interests', assessment => 'LIA-1', bases => '{"dpdp": "consent"}'),
       ethdata.define_purpose('ads', 'consent', bases => '{"dpdp": "none"}');
SELECT ethdata.retire_purpose('old');
SELECT ethdata.publish_notice('n1', '{marketing.email,marketing.sms,stats}', 'We write to you.', valid_from => '2021-01-01 00:00+00');
SELECT ethdata.grant_collection('marketing', 'webshop'), ethdata.grant_collection('stats', 'webshop'), ethdata.grant_purpose('marketing', 'campaigns');

-- who uses a purpose cannot write its consent, nor read the history
SET ROLE campaigns;
SELECT ethdata.give_consent('1', 'marketing.email');
SELECT ethdata.refuse_consent('1', 'marketing.email');
SELECT ethdata.withdraw_consent('1', 'marketing.email');
SELECT ethdata.withdraw_consent('1');
SELECT ethdata.object_to('1', 'marketing.email');
SELECT ethdata.record_choices('1', '{"marketing.email":"given"}');
SELECT ethdata.decide_objection(1, 'upheld', 'because');
SELECT * FROM ethdata.consent_history('1');
SELECT * FROM ethdata.consent_event;
SELECT * FROM ethdata.consent_state;
SELECT nextval('ethdata.consent_event_id_seq');
INSERT INTO ethdata.consent_event (id) VALUES (1);
SET ROLE policy_admin;
SELECT ethdata.give_consent('1', 'marketing.email');
SELECT count(*) FROM ethdata.consent_event;
SET ROLE auditor;
SELECT * FROM ethdata.consent_history('1');
SELECT count(*) FROM ethdata.consent_event;

-- who collects may, for what he collects and all below it
SET ROLE webshop;
SELECT ethdata.give_consent('1', 'marketing.email', 'n1', 'signup form', 'e-1', '2021-02-01 10:00+00', evidence => '{"page": "/signup"}');
SELECT ethdata.give_consent('1', 'sale');
SELECT ethdata.withdraw_consent('1', 'sale');
SELECT ethdata.decide_objection(1, 'upheld', 'because');
SELECT count(*) FROM ethdata.consent_event;
SET ROLE officer;
SELECT ethdata.give_consent('1', 'sale', effective_at => '2021-02-02 00:00+00');
RESET ROLE;
SELECT ethdata.refuse_consent('2', 'marketing.email', effective_at => '2021-02-02 00:00+00');
SELECT id, class, subject, purpose, action, status, effective_at AT TIME ZONE 'UTC' AS effective_at, expires_at AT TIME ZONE 'UTC' AS expires_at,
       no_reprompt_before AT TIME ZONE 'UTC' AS no_reprompt_before, notice, jurisdiction, selection, actor, evidence, source, source_event
  FROM ethdata.consent_event ORDER BY id;
SELECT recorded_at BETWEEN statement_timestamp() - interval '1 minute' AND clock_timestamp() AS received_now FROM ethdata.consent_event;

-- a collector's history ends at his purposes
SET ROLE webshop;
SELECT id, purpose, status FROM ethdata.consent_history('1');
SET ROLE officer;
SELECT id, purpose, status FROM ethdata.consent_history('1');
SELECT id, purpose, status FROM ethdata.consent_history('77');
RESET ROLE;

-- the state: regime and birth date from the person's row
SELECT value FROM ethdata.consent_state ORDER BY key;

-- bad input
SELECT ethdata.give_consent(NULL, 'marketing.email');
SELECT ethdata.give_consent('1', NULL);
SELECT ethdata.give_consent('1', 'no.such');
SELECT ethdata.give_consent('1', 'none');
SELECT ethdata.give_consent('1', 'marketing.email', class => 'pg_class');
SELECT ethdata.give_consent('1', 'marketing.email', class => 'no_such');
SELECT ethdata.give_consent('1', 'billing');
SELECT ethdata.refuse_consent('1', 'billing');
SELECT ethdata.withdraw_consent('1', 'billing');
SELECT ethdata.give_consent('1', 'stats');
SELECT ethdata.give_consent('3', 'stats', effective_at => '2021-02-02 00:00+00');
SELECT ethdata.give_consent('3', 'ads');
SELECT ethdata.withdraw_consent('1', 'stats');
SELECT ethdata.record_choices('1', '{"stats":"refused"}');
SELECT ethdata.give_consent('1', 'old');
SELECT ethdata.object_to('1', 'old');
SELECT ethdata.give_consent('1', 'marketing.email', selection => 'ticked');
SELECT ethdata.give_consent('1', 'marketing.email', selection => NULL);
SELECT ethdata.give_consent('1', 'marketing.email', actor => 'nobody');
SELECT ethdata.give_consent('1', 'marketing.email', actor => NULL);
SELECT ethdata.give_consent('1', 'marketing.email', source_event => 'e-9');
SELECT ethdata.give_consent('1', 'marketing.email', source => repeat('s', 501));
SELECT ethdata.give_consent('1', 'marketing.email', effective_at => 'infinity');
SELECT ethdata.give_consent('1', 'marketing.email', effective_at => '-infinity');
SELECT ethdata.withdraw_consent('1', 'marketing.email', effective_at => '-infinity');
SELECT ethdata.give_consent('1', 'marketing.email', supersedes => 0);
SELECT ethdata.give_consent('1', 'marketing.email', supersedes => 12345);
SELECT ethdata.give_consent('1', 'marketing.email', supersedes => 1);
SELECT ethdata.record_choices('1', NULL);
SELECT ethdata.record_choices('1', '[]');
SELECT ethdata.record_choices('1', '{}');
SELECT ethdata.record_choices('1', '"given"');
SELECT ethdata.record_choices('1', '{"marketing.email":"yes"}');
SELECT ethdata.record_choices('1', '{"marketing.email":null}');
SELECT ethdata.decide_objection(NULL, 'upheld', 'x');
SELECT ethdata.decide_objection(1, 'upheld', 'x');
SELECT ethdata.decide_objection(1, 'maybe', 'x');
SELECT ethdata.decide_objection(1, 'upheld', NULL);
SELECT ethdata.decide_objection(1, 'upheld', '  ');
SELECT ethdata.consent_history(NULL);
BEGIN READ ONLY;
SELECT ethdata.give_consent('1', 'marketing.email');
ROLLBACK;

-- times: a grant from the future is refused or taken as now, a denial never waits
SELECT ethdata.give_consent('6', 'marketing.email', effective_at => clock_timestamp() + interval '6 minutes');
SELECT ethdata.give_consent('6', 'marketing.email', effective_at => clock_timestamp() + interval '4 minutes') > 0 AS taken;
SELECT effective_at = recorded_at AS as_now FROM ethdata.consent_history('6');
SET ethdata.clock_tolerance = 0;
SELECT ethdata.give_consent('6', 'marketing.email', effective_at => clock_timestamp() + interval '2 seconds');
RESET ethdata.clock_tolerance;
SELECT ethdata.withdraw_consent('6', 'marketing.email', effective_at => '2099-01-01 00:00+00') > 0 AS taken;
SELECT action, effective_at = recorded_at AS as_now FROM ethdata.consent_history('6');
SELECT value FROM ethdata.consent_state WHERE key = '\x8000000000000006';
SET ROLE webshop;
SET ethdata.clock_tolerance = 3600;
RESET ROLE;
-- strictly increasing for one person, also within one statement and one clock tick
SELECT count(ethdata.withdraw_consent('6', 'marketing.email')) FROM generate_series(1, 50);
SELECT count(*), count(DISTINCT recorded_at), bool_and(recorded_at > before) AS increasing
  FROM (SELECT recorded_at, lag(recorded_at, 1, '-infinity') OVER (ORDER BY id) AS before FROM ethdata.consent_event WHERE subject = '6') e;

-- the same event of a source again: the first id, and nothing recorded
SELECT count(*) AS before FROM ethdata.consent_event \gset
SELECT ethdata.give_consent('1', 'marketing.email', 'n1', 'signup form', 'e-1', '2021-02-01 10:00+00');
SELECT ethdata.give_consent('1', 'marketing.email', source => 'signup form', source_event => 'e-1');
SELECT count(*) - :before AS recorded FROM ethdata.consent_event;
-- with other content: refused
SELECT ethdata.withdraw_consent('1', 'marketing.email', source => 'signup form', source_event => 'e-1');
SELECT ethdata.give_consent('2', 'marketing.email', source => 'signup form', source_event => 'e-1');
SELECT ethdata.give_consent('1', 'marketing.email', source => 'signup form', source_event => 'e-1', effective_at => '2021-02-01 11:00+00');
-- another purpose of the same receipt, another source
SELECT ethdata.give_consent('1', 'marketing.sms', source => 'signup form', source_event => 'e-1') > 1 AS recorded;
SELECT ethdata.give_consent('1', 'marketing.sms', source => 'app', source_event => 'e-1') > 1 AS recorded;

-- several choices: all at one time or none
SELECT count(*) AS before FROM ethdata.consent_event \gset
SELECT ethdata.record_choices('2', '{"marketing.email":"given","no.such":"given"}');
SELECT ethdata.record_choices('2', '{"marketing.email":"given","billing":"given"}');
SELECT ethdata.record_choices('2', '{"marketing.email":"given","sale":"given"}', notice => 'n1');
SET ROLE webshop;
SELECT ethdata.record_choices('2', '{"marketing.email":"given","sale":"refused"}');
RESET ROLE;
SELECT count(*) - :before AS recorded FROM ethdata.consent_event;
SELECT cardinality(ethdata.record_choices('2', '{"marketing.email":"given","marketing.sms":"refused","sale":"withdrawn"}', 'n1', 'app', 'r-1', '2021-03-01 00:00+00')) AS n;
SELECT cardinality(ethdata.record_choices('2', '{"marketing.email":"given","marketing.sms":"refused","sale":"withdrawn"}', 'n1', 'app', 'r-1', '2021-03-01 00:00+00')) AS n;
SELECT purpose, action, status, effective_at AT TIME ZONE 'UTC' AS effective_at, notice, selection FROM ethdata.consent_event WHERE source_event = 'r-1' ORDER BY id;
SELECT value FROM ethdata.consent_state WHERE key = '\x8000000000000002';
-- a refused parent and an agreed child in one answer contradict each other: deny wins
SELECT cardinality(ethdata.record_choices('5', '{"marketing":"refused","marketing.email":"given"}')) AS n;
SELECT ethdata.has_consent('5', 'marketing.email');

-- a transaction that rolls back leaves nothing, a savepoint only what is before it
BEGIN;
SELECT ethdata.give_consent('4', 'marketing.email', effective_at => '2021-02-01 00:00+00') > 0 AS t;
SELECT ethdata.has_consent('4', 'marketing.email');
SAVEPOINT s;
SELECT ethdata.withdraw_consent('4') > 0 AS t;
SELECT ethdata.has_consent('4', 'marketing.email');
ROLLBACK TO s;
SELECT ethdata.has_consent('4', 'marketing.email');
SELECT ethdata.record_choices('4', '{"marketing.sms":"given","sale":"refused"}') IS NOT NULL AS t;
ROLLBACK;
SELECT count(*) FROM ethdata.consent_history('4');
SELECT count(*) FROM ethdata.consent_state WHERE key = '\x8000000000000004';
-- under an old snapshot what is recorded is folded from everything
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT ethdata.give_consent('4', 'marketing.email', effective_at => '2021-02-01 00:00+00') > 0 AS t;
SELECT ethdata.withdraw_consent('4', 'marketing', effective_at => '2021-02-02 00:00+00') > 0 AS t;
COMMIT;
SELECT value FROM ethdata.consent_state WHERE key = '\x8000000000000004';

-- withdrawing everything: what the caller collects, at the top
SELECT ethdata.give_consent('1', 'marketing.sms') > 0 AS t;
SET ROLE webshop;
SELECT ethdata.withdraw_consent('1', source => 'portal') > 0 AS t;
RESET ROLE;
SELECT purpose, action FROM ethdata.consent_event WHERE source = 'portal' ORDER BY purpose;
SELECT ethdata.has_consent('1', 'marketing.sms'), ethdata.has_consent('1', 'marketing.email'), ethdata.has_consent('1', 'sale');
SELECT ethdata.withdraw_consent('1', source => 'portal 2') > 0 AS t;
SELECT purpose, action FROM ethdata.consent_event WHERE source = 'portal 2' ORDER BY purpose;
SELECT ethdata.has_consent('1', 'sale');
SELECT ethdata.permits(value, 'stats') AS legitimate_interests_are_no_consent FROM ethdata.consent_state WHERE key = '\x8000000000000001';
SELECT ethdata.withdraw_consent('3', source => 'portal 3') > 0 AS t;
SELECT purpose, action FROM ethdata.consent_event WHERE source = 'portal 3' ORDER BY purpose;

-- evidence is never changed or removed, by nobody
UPDATE ethdata.consent_event SET status = 'given';
UPDATE ethdata.consent_event SET status = 'given' WHERE false;
DELETE FROM ethdata.consent_event;
TRUNCATE ethdata.consent_event;
SET session_replication_role = replica;
DELETE FROM ethdata.consent_event;
RESET session_replication_role;
SELECT ethdata._append_only();

-- a person with no row in the table may answer; the regime is unknown then
SELECT ethdata.give_consent('900', 'marketing.email', effective_at => '2021-02-01 00:00+00') > 0 AS t;
SELECT value FROM ethdata.consent_state WHERE key = '\x8000000000000384';
-- nobody answered: opt-out permits after notice where the regime is opt-out, and only there
SELECT id, country, ethdata.has_consent(id, 'sale') FROM person WHERE id IN (2, 3, 5) OR id = 6 ORDER BY id;
SELECT ethdata.publish_notice('sale-1', '{sale}', 'We sell your data unless you say no.', valid_from => '2021-01-01 00:00+00');
INSERT INTO person VALUES (10, NULL, 'US-CA'), (11, NULL, 'DE'), (12, NULL, NULL);
SELECT id, country, ethdata.has_consent(id, 'sale') FROM person WHERE id >= 10 ORDER BY id;
SELECT ethdata.refuse_consent('10', 'sale') > 0 AS t;
SELECT ethdata.has_consent('10', 'sale'), ethdata.has_consent('901', 'sale');

-- a source says another thing under a name that it used: an error, without the name
SELECT ethdata.give_consent('70', 'marketing.email', source => 'form', source_event => 'anna.berg@example.com', selection => 'preselected') > 0 AS kept;
SELECT ethdata.give_consent('70', 'marketing.email', source => 'form', source_event => 'anna.berg@example.com');
\echo :SQLSTATE
SELECT ethdata.has_consent(70, 'marketing.email');
SELECT ethdata.give_consent('70', 'marketing.email', source => 'form', source_event => 'e2', evidence => '{"page": 1}') > 0 AS given;
SELECT ethdata.give_consent('70', 'marketing.email', source => 'form', source_event => 'e2', evidence => '{"page":1.0}') > 0 AS the_same;
SELECT ethdata.give_consent('70', 'marketing.email', source => 'form', source_event => 'e2', evidence => '{"page": 2}');
SELECT ethdata.give_consent('70', 'marketing.email', source => 'form', source_event => 'e2') > 0 AS the_same;
SELECT ethdata.give_consent('70', 'marketing.email', source => 'form', source_event => 'e3') > 0 AS given;
SELECT ethdata.give_consent('70', 'marketing.email', source => 'form', source_event => 'e3', evidence => '{"page": 1}');
SELECT ethdata.give_consent('71', 'marketing.email', source => 'form', source_event => 'e2', evidence => '{"page": 1}');
-- what a caller passes is shown at a length that can be read
SELECT ethdata.give_consent('70', repeat('ä', 10000));
SELECT ethdata.give_consent('70', 'marketing.email', notice => repeat('n', 10000));
SELECT ethdata.give_consent('70', 'marketing.email', selection => repeat('s', 10000));
SELECT ethdata.record_choices('70', jsonb_build_object(repeat('p', 10000), 'perhaps'));

DROP TABLE person;
DROP EXTENSION ethdata;
DROP ROLE webshop, campaigns, officer, auditor, policy_admin;
