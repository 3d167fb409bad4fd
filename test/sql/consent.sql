-- What a person said, in whatever order it arrives, gives what holds: each rule
-- of consent once, from the recording functions to has_consent().  Every step
-- begins with what must come out.
CREATE EXTENSION ethdata;
CREATE ROLE shop;
CREATE ROLE mailer;
CREATE ROLE officer IN ROLE ethdata_officer;
CREATE SCHEMA crm;
CREATE TABLE crm.customer (id bigint PRIMARY KEY, country text);
INSERT INTO crm.customer SELECT i, CASE WHEN i = 90 THEN 'US-CA' ELSE 'DE' END FROM pg_catalog.generate_series(1, 99) i;
SELECT ethdata.define_subject_class('crm.customer', jurisdiction => 'country');
SELECT ethdata.define_purpose('marketing', 'consent', direct_marketing => true),
       ethdata.define_purpose('marketing.email', 'consent', consent_lifetime => '1 year'),
       ethdata.define_purpose('research', 'consent'),
       ethdata.define_purpose('research.health', 'consent'),
       ethdata.define_purpose('research.stats', 'legitimate_interests', assessment => 'LIA 7'),
       ethdata.define_purpose('scoring', 'legitimate_interests', assessment => 'LIA 8'),
       ethdata.define_purpose('billing', 'contract'),
       ethdata.define_purpose('old', 'consent');
SELECT ethdata.retire_purpose('old');
SELECT ethdata.grant_collection('marketing', 'shop'), ethdata.grant_collection('research', 'shop'),
       ethdata.grant_collection('scoring', 'shop'), ethdata.grant_collection('billing', 'shop');
SELECT ethdata.grant_purpose('marketing', 'mailer');
-- answer(person): what holds for the person, by purpose
CREATE FUNCTION answer(who bigint) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(pg_catalog.string_agg(e.key || ' ' || (e.value ->> 0) ||
           coalesce(' ' || (e.value ->> 2), ''), ', ' ORDER BY e.key), 'nothing')
  FROM ethdata.consent_state s, pg_catalog.jsonb_each(s.value::jsonb -> 'purposes') e
  WHERE s.key = pg_catalog.set_byte(pg_catalog.decode(pg_catalog.lpad(pg_catalog.to_hex(who), 16, '0'), 'hex'), 0, 128) $$;

-- given; refused; withdrawn; one purpose says nothing about another
SELECT ethdata.has_consent(1, 'research') AS f, ethdata.give_consent('1', 'research') > 0 AS recorded;
SELECT ethdata.has_consent(1, 'research') AS t, ethdata.has_consent(1, 'research.health') AS f,
       ethdata.has_consent(1, 'marketing') AS f, ethdata.has_consent(2, 'research') AS f;
SELECT ethdata.withdraw_consent('1', 'research') > 0 AS recorded;
SELECT ethdata.has_consent(1, 'research') AS f, answer(1);
SELECT ethdata.give_consent('1', 'research') > 0 AS recorded;
SELECT ethdata.has_consent(1, 'research') AS t, answer(1);
SELECT ethdata.give_consent('1', 'research') > 0 AS recorded;
SELECT ethdata.has_consent(1, 'research') AS t, answer(1);
SELECT ethdata.refuse_consent('1', 'research') > 0 AS recorded;
SELECT ethdata.has_consent(1, 'research') AS f, answer(1);

-- the time of effect decides, not the arrival: an older grant that comes late changes nothing
SELECT ethdata.withdraw_consent('3', 'research', effective_at => '2024-03-01') > 0 AS recorded;
SELECT ethdata.give_consent('3', 'research', effective_at => '2024-02-01') > 0 AS recorded;
SELECT ethdata.has_consent(3, 'research') AS f, answer(3);
-- at equal times the denial holds, whichever came first
SELECT ethdata.refuse_consent('4', 'research', effective_at => '2024-03-01') > 0 AS recorded;
SELECT ethdata.give_consent('4', 'research', effective_at => '2024-03-01') > 0 AS recorded;
SELECT ethdata.give_consent('5', 'research', effective_at => '2024-03-01') > 0 AS recorded;
SELECT ethdata.refuse_consent('5', 'research', effective_at => '2024-03-01') > 0 AS recorded;
SELECT answer(4), answer(5);
-- what held then, and what was known then
SELECT ethdata.has_consent(3, 'research', valid_at => '2024-02-15') AS t,
       ethdata.has_consent(3, 'research', valid_at => '2024-01-15') AS f,
       ethdata.has_consent(3, 'research', valid_at => '2024-02-15', known_at => '2024-02-20') AS f;

-- denials flow down, grants never do; a later grant on exactly that purpose opens it
SELECT ethdata.give_consent('6', 'research.health') > 0 AS recorded;
SELECT ethdata.has_consent(6, 'research.health') AS t, ethdata.has_consent(6, 'research') AS f;
SELECT ethdata.withdraw_consent('6', 'research') > 0 AS recorded;
SELECT ethdata.has_consent(6, 'research.health') AS f, answer(6);
SELECT ethdata.give_consent('6', 'research') > 0 AS recorded;
SELECT ethdata.has_consent(6, 'research') AS t, ethdata.has_consent(6, 'research.health') AS f;
SELECT ethdata.give_consent('6', 'research.health') > 0 AS recorded;
SELECT ethdata.has_consent(6, 'research.health') AS t;
-- a withdrawal closes no purpose that does not rest on the answer, an objection does
SELECT ethdata.publish_notice('s1', '{research.stats}', 'We count.');
SELECT ethdata.withdraw_consent('7', 'research') > 0 AS recorded;
SELECT ethdata.permitted(7, 'research.stats') AS t, answer(7);
SELECT ethdata.object_to('7', 'research') > 0 AS recorded;
SELECT ethdata.permitted(7, 'research.stats') AS f;

-- what was preselected or bundled is kept as evidence and does not count
SELECT ethdata.give_consent('8', 'research', selection => 'preselected') > 0 AS recorded;
SELECT ethdata.give_consent('8', 'research', selection => 'bundled') > 0 AS recorded;
SELECT ethdata.has_consent(8, 'research') AS f, answer(8);
SELECT action, status, selection FROM ethdata.consent_history('8');

-- an objection to direct marketing is absolute: only an answer that names it opens again
SELECT ethdata.give_consent('10', 'marketing.email') > 0 AS recorded;
SELECT ethdata.object_to('10', 'marketing', reason => 'enough') AS objection \gset
SELECT ethdata.has_consent(10, 'marketing.email') AS f, answer(10);
SELECT ethdata.give_consent('10', 'marketing.email') > 0 AS recorded;
SELECT ethdata.has_consent(10, 'marketing.email') AS f;
SELECT ethdata.decide_objection(:objection, 'overridden', 'we would like to');
SELECT ethdata.give_consent('11', 'marketing.email', supersedes => :objection);
SELECT ethdata.give_consent('10', 'research', supersedes => :objection);
SELECT ethdata.give_consent('10', 'marketing.email', supersedes => :objection) > 0 AS recorded;
SELECT ethdata.has_consent(10, 'marketing.email') AS t, ethdata.has_consent(10, 'marketing') AS f, answer(10);

-- an objection to legitimate interests denies until it is decided
SELECT ethdata.object_to('12', 'scoring', source => 'phone') AS objection \gset
SELECT answer(12);
SELECT ethdata.decide_objection(:objection, 'upheld', 'no overriding grounds');
SELECT answer(12);
SELECT ethdata.decide_objection(:objection, 'overridden', 'fraud case');
SELECT answer(12);
SELECT action, status, authority, evidence, supersedes = :objection AS names_it FROM ethdata.consent_history('12');
-- elsewhere there is no such right
SELECT ethdata.object_to('13', 'billing') > 0 AS recorded;
SELECT authority FROM ethdata.consent_history('13');

-- consent expires with the purpose's lifetime
SELECT ethdata.give_consent('14', 'marketing.email', effective_at => now() - interval '2 years') > 0 AS recorded;
SELECT ethdata.has_consent(14, 'marketing.email') AS f,
       ethdata.has_consent(14, 'marketing.email', valid_at => now() - interval '18 months') AS t;
SELECT expires_at = effective_at + interval '1 year' AS as_defined FROM ethdata.consent_history('14');
-- times: a grant from the future is refused, within the tolerance it is now; a denial is now
SELECT ethdata.give_consent('15', 'research', effective_at => now() + interval '1 hour');
SELECT ethdata.give_consent('15', 'research', effective_at => now() + interval '1 minute') > 0 AS recorded;
SELECT ethdata.withdraw_consent('15', 'research', effective_at => now() + interval '1 year') > 0 AS recorded;
SELECT action, effective_at <= recorded_at AS in_order FROM ethdata.consent_history('15');
SELECT ethdata.has_consent(15, 'research') AS f;

-- notices: never changed; consent names one that covers the purpose; reconsent ends what was agreed before
SELECT ethdata.publish_notice('n1', '{research}', 'We count.', valid_from => '2024-01-01');
SELECT ethdata.publish_notice('n1', '{research}', 'We count.', valid_from => '2024-01-01');
SELECT ethdata.publish_notice('n1', '{research}', 'We sell.', valid_from => '2024-01-01');
\echo :SQLSTATE
SELECT ethdata.publish_notice('n1', '{marketing}', 'We count.', valid_from => '2024-01-01');
SELECT ethdata.publish_notice('n1', '{research}', 'Wir zaehlen.', 'de');
SELECT ethdata.publish_notice('n0', '{unknown}', 'x');
SELECT ethdata.publish_notice('n0', '{}', 'x');
SELECT ethdata.give_consent('16', 'marketing', notice => 'n1');
SELECT ethdata.give_consent('16', 'research', notice => 'n1', effective_at => '2023-12-01');
SELECT ethdata.give_consent('16', 'research', notice => 'n1') > 0 AS recorded;
SELECT ethdata.has_consent(16, 'research') AS t, answer(16);
SELECT ethdata.publish_notice('n2', '{research}', 'We count more.', reconsent => true);
SELECT ethdata.has_consent(16, 'research') AS f, answer(16);
SELECT ethdata.give_consent('16', 'research', notice => 'n1');
SELECT ethdata.give_consent('16', 'research', notice => 'n2') > 0 AS recorded;
SELECT ethdata.has_consent(16, 'research') AS t, answer(16);

-- the same event of a source again: the first id, and nothing recorded
SELECT ethdata.give_consent('17', 'research', source => 'web', source_event => 'e1') AS first \gset
SELECT ethdata.give_consent('17', 'research', source => 'web', source_event => 'e1') = :first AS the_first;
SELECT count(*) FROM ethdata.consent_history('17');
SELECT ethdata.give_consent('18', 'research', source => 'web', source_event => 'e1');
SELECT ethdata.withdraw_consent('17', 'research', source => 'web', source_event => 'e1');

-- several choices: all or none
SELECT ethdata.record_choices('19', '{"research": "given", "reserch": "given"}');
SELECT ethdata.record_choices('19', '{"research": "given", "marketing": "perhaps"}');
SELECT ethdata.record_choices('19', '{}'), 'an object' AS needed;
SELECT count(*) FROM ethdata.consent_history('19');
SELECT pg_catalog.cardinality(ethdata.record_choices('19', '{"research": "refused", "research.health": "given", "marketing.email": "given"}'));
SELECT answer(19), ethdata.has_consent(19, 'research.health') AS f;
BEGIN;
SELECT pg_catalog.cardinality(ethdata.record_choices('20', '{"research": "given", "marketing": "given"}'));
SELECT ethdata.has_consent(20, 'research') AS t;
ROLLBACK;
SELECT ethdata.has_consent(20, 'research') AS f, answer(20);

-- how long a person who said no is not asked again depends on the regime
SELECT ethdata.withdraw_consent('90', 'research') > 0 AS recorded;
SELECT jurisdiction, no_reprompt_before = effective_at + interval '12 months' AS a_year FROM ethdata.consent_history('90');

-- bad input
SELECT ethdata.give_consent('21', 'nonsense');
\echo :SQLSTATE
SELECT ethdata.give_consent('21', 'billing');
\echo :SQLSTATE
SELECT ethdata.give_consent('21', 'old');
\echo :SQLSTATE
SELECT ethdata.give_consent('21', 'research', notice => 'none such');
\echo :SQLSTATE
SELECT ethdata.give_consent('21', 'research', selection => 'maybe');
\echo :SQLSTATE
SELECT ethdata.give_consent('21', 'research', actor => 'nobody');
\echo :SQLSTATE
SELECT ethdata.give_consent('21', 'research', source_event => 'e');
\echo :SQLSTATE
SELECT ethdata.give_consent('21', 'research', class => 'pg_catalog.pg_class');
\echo :SQLSTATE
SELECT ethdata.give_consent('secret name', 'research');
\echo :SQLSTATE
SELECT ethdata.give_consent(NULL, 'research');
\echo :SQLSTATE
SELECT ethdata.give_consent('21', NULL);
\echo :SQLSTATE
SELECT ethdata.withdraw_consent('21', 'billing');
\echo :SQLSTATE
SELECT ethdata.decide_objection(0, 'upheld', 'x');
\echo :SQLSTATE
SELECT ethdata.decide_objection(:first, 'perhaps', 'x');
\echo :SQLSTATE

-- rights: the collector writes, the user of the purpose does not, evidence is the officer's
SET ROLE mailer;
SELECT ethdata.give_consent('22', 'marketing');
SELECT ethdata.withdraw_consent('22');
SELECT ethdata.consent_history('1');
SELECT ethdata.publish_notice('n9', '{marketing}', 'x');
SELECT count(*) FROM ethdata.consent_event;
SELECT count(*) FROM ethdata.consent_state;
SET ROLE shop;
SELECT ethdata.give_consent('22', 'marketing.email') > 0 AS recorded;
SELECT ethdata.give_consent('22', 'research') > 0 AS recorded;
SELECT ethdata.decide_objection(:objection, 'upheld', 'x');
SELECT count(*) FROM ethdata.consent_event;
-- everything that the shop collects
SELECT ethdata.withdraw_consent('22') > 0 AS recorded;
SET ROLE officer;
SELECT purpose, action, actor FROM ethdata.consent_history('22');
SELECT answer(22);
INSERT INTO ethdata.consent_event (id) VALUES (1);
RESET ROLE;

-- evidence is never changed, not by a superuser either
UPDATE ethdata.consent_event SET status = 'given';
DELETE FROM ethdata.consent_event;
TRUNCATE ethdata.consent_event;
\echo :SQLSTATE
SET session_replication_role = replica;
DELETE FROM ethdata.consent_event;
RESET session_replication_role;

DROP FUNCTION answer;
DROP SCHEMA crm CASCADE;
DROP EXTENSION ethdata;
DROP ROLE shop, mailer, officer;
