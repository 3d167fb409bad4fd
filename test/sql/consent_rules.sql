-- What consent means: each rule of the fold by an example that a plain
-- "last write wins" gets wrong.  The times are claimed, so that answers can
-- arrive in another order than they were given.
CREATE EXTENSION ethdata;
CREATE TABLE person(id bigint PRIMARY KEY, country text);
INSERT INTO person SELECT i, 'DE' FROM generate_series(1, 99) i;
SELECT ethdata.define_subject_class('person', jurisdiction => 'country');
-- a hierarchy with every kind of basis below one parent, and a DAG
SELECT ethdata.define_purpose('m', 'consent', direct_marketing => true),
       ethdata.define_purpose('m.email', 'consent'),
       ethdata.define_purpose('m.email.news', 'consent'),
       ethdata.define_purpose('m.profile', 'legitimate_interests', assessment => 'LIA-1'),
       ethdata.define_purpose('m.recall', 'legal_obligation', direct_marketing => false),
       ethdata.define_purpose('m.contract', 'contract', direct_marketing => false),
       ethdata.define_purpose('m.survey', 'legitimate_interests', assessment => 'LIA-2', direct_marketing => false),
       ethdata.define_purpose('p', 'consent'),
       ethdata.define_purpose('both', 'consent', parents => '{m.email,p}'),
       ethdata.define_purpose('lease', 'consent', consent_lifetime => '1 year'),
       ethdata.define_purpose('health', 'explicit_consent', special_ground => 'art. 9(2)(a)'),
       ethdata.define_purpose('analytics', 'legitimate_interests', assessment => 'LIA-3'),
       ethdata.define_purpose('analytics.web', 'public_task'),
       ethdata.define_purpose('account', 'contract'),
       ethdata.define_purpose('account.upsell', 'legitimate_interests', assessment => 'LIA-4');
SELECT ethdata.publish_notice('n', '{m,m.email,m.email.news,m.profile,m.survey,p,both,lease,health,analytics,account.upsell}', 'Notice.', valid_from => '2015-01-01 00:00+00');
CREATE FUNCTION t(hour text) RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT ('2021-03-01 ' || hour || ':00+00')::timestamptz $$;
CREATE FUNCTION give(who int, what text, at text) RETURNS text LANGUAGE sql AS $$ SELECT 'ok' FROM ethdata.give_consent(who::text, what, notice => 'n', effective_at => t(at)) $$;
CREATE FUNCTION refuse(who int, what text, at text) RETURNS text LANGUAGE sql AS $$ SELECT 'ok' FROM ethdata.refuse_consent(who::text, what, effective_at => t(at)) $$;
CREATE FUNCTION withdraw(who int, what text, at text) RETURNS text LANGUAGE sql AS $$ SELECT 'ok' FROM ethdata.withdraw_consent(who::text, what, effective_at => t(at)) $$;
-- what holds now for each purpose, from the kept value
CREATE FUNCTION may(who int) RETURNS TABLE (permitted text) LANGUAGE sql AS $$
  SELECT coalesce(string_agg(code, ' ' ORDER BY code COLLATE "C"), '-') FROM ethdata.purpose
    WHERE ethdata.permits((SELECT value FROM ethdata.consent_state WHERE key = int8send(who # (-9223372036854775808)::int8)), code) $$;
CREATE FUNCTION held(who int) RETURNS TABLE (value ethdata.consent) LANGUAGE sql AS $$
  SELECT value FROM ethdata.consent_state WHERE key = int8send(who # (-9223372036854775808)::int8) $$;

-- 1, 10: nobody asked, nobody agreed; other bases hold
SELECT ethdata.has_consent('1', 'm.email');
SELECT give(1, 'p', '09:00'); SELECT * FROM may(1);

-- 5: late and replayed answers take their old place
SELECT give(2, 'p', '10:00'); SELECT give(2, 'p', '12:00'); SELECT withdraw(2, 'p', '11:00');
SELECT ethdata.has_consent('2', 'p') AS regranted_at_12;
SELECT give(3, 'p', '10:00'); SELECT withdraw(3, 'p', '11:00'); SELECT give(3, 'p', '10:30');
SELECT ethdata.has_consent('3', 'p') AS old_grant_revives_nothing;

-- 1: two questions about the past: was it so, and could we know
SELECT ethdata.has_consent('3', 'p', valid_at => t('10:45')) AS so_it_was, ethdata.has_consent('3', 'p', valid_at => t('11:15')) AS over,
       ethdata.has_consent('3', 'p', valid_at => t('10:45'), known_at => t('10:45')) AS but_nobody_knew;
SELECT (SELECT recorded_at FROM ethdata.consent_history('2') ORDER BY id LIMIT 1 OFFSET 1) AS known \gset
SELECT ethdata.has_consent('2', 'p', valid_at => t('11:30'), known_at => :'known') AS knowing_no_withdrawal,
       ethdata.has_consent('2', 'p', valid_at => t('11:30')) AS as_we_know_now;

-- 4: at one time deny wins, in either order of arrival
SELECT give(4, 'p', '10:00'); SELECT withdraw(4, 'p', '10:00'); SELECT ethdata.has_consent('4', 'p');
SELECT refuse(5, 'p', '10:00'); SELECT give(5, 'p', '10:00'); SELECT ethdata.has_consent('5', 'p');

-- 7: denials flow down, to what rests on the answer; grants never flow
SELECT give(6, 'm.email', '09:00'); SELECT give(6, 'm.email.news', '09:00'); SELECT give(6, 'both', '09:00'); SELECT * FROM may(6);
SELECT withdraw(6, 'm', '10:00'); SELECT * FROM may(6); SELECT * FROM held(6);
-- a later grant opens exactly its purpose
SELECT give(6, 'm', '11:00'); SELECT * FROM may(6);
SELECT give(6, 'm.email', '12:00'); SELECT * FROM may(6);
SELECT give(6, 'm.email.news', '09:30'); SELECT * FROM may(6);
SELECT give(7, 'm', '09:00'); SELECT ethdata.has_consent('7', 'm.email') AS grants_do_not_flow;
-- any path of the DAG
SELECT give(8, 'both', '09:00'); SELECT withdraw(8, 'p', '10:00'); SELECT ethdata.has_consent('8', 'both');
-- a purpose that is defined later is closed with its parent, and not opened with it
SELECT refuse(9, 'p', '09:00');
SELECT ethdata.define_purpose('p.new', 'consent'), ethdata.define_purpose('p.use', 'opt_out');
SELECT ethdata.has_consent('9', 'p.new'), ethdata.has_consent('9', 'p.use');

-- 7: an objection to direct marketing is absolute, whatever the basis; what is no marketing stays
SELECT give(10, 'm.email', '09:00'); SELECT * FROM may(10);
SELECT ethdata.object_to('10', 'm') AS objection \gset
SELECT * FROM may(10); SELECT * FROM held(10);
SELECT 'ok' FROM ethdata.give_consent('10', 'm.email', notice => 'n'); SELECT ethdata.has_consent('10', 'm.email') AS not_named;
SELECT 'ok' FROM ethdata.give_consent('10', 'm.email', notice => 'n', supersedes => :objection); SELECT * FROM may(10);
-- naming it on the purpose itself lifts it for that one; what else it closed stays closed
SELECT 'ok' FROM ethdata.give_consent('10', 'm', notice => 'n', supersedes => :objection); SELECT * FROM may(10);
SELECT ethdata.object_to('10', 'm.email') AS second \gset
SELECT ethdata.has_consent('10', 'm.email');
SELECT 'ok' FROM ethdata.give_consent('10', 'm.email', notice => 'n', supersedes => :objection); SELECT ethdata.has_consent('10', 'm.email') AS the_other_stands;
SELECT 'ok' FROM ethdata.give_consent('11', 'm.email', supersedes => :objection);
SELECT 'ok' FROM ethdata.give_consent('10', 'p', supersedes => :objection);

-- art. 21(1): stops until decided; overridden lifts, upheld stays; a later decision counts
SELECT give(12, 'p', '09:00'); SELECT * FROM may(12);
SELECT ethdata.object_to('12', 'analytics', 'I am no statistic') AS objection \gset
SELECT * FROM may(12); SELECT * FROM held(12);
SELECT ethdata.decide_objection(:objection, 'upheld', 'no overriding interest'); SELECT * FROM may(12);
SELECT ethdata.decide_objection(:objection, 'overridden', 'fraud prevention'); SELECT * FROM may(12); SELECT * FROM held(12);
SELECT action, status, authority, evidence, supersedes = :objection AS names_it FROM ethdata.consent_history('12') WHERE action IN ('object', 'decide');
-- not where there is no such right: recorded, without effect; below it there may be one
SELECT give(13, 'p', '09:00');
SELECT ethdata.object_to('13', 'p') > 0 AS recorded; SELECT ethdata.has_consent('13', 'p');
SELECT ethdata.object_to('13', 'account') AS objection \gset
SELECT * FROM may(13); SELECT authority FROM ethdata.consent_history('13') WHERE action = 'object';
SELECT ethdata.decide_objection(:objection, 'overridden', 'security'); SELECT * FROM may(13);
-- an absolute one is nobody's to decide, but for what is below it and no direct marketing
SELECT ethdata.object_to('14', 'm') AS objection \gset
SELECT ethdata.define_purpose('m.survey.deep', 'public_task');
SELECT ethdata.permitted(14, 'm.survey'), ethdata.permitted(14, 'm.survey.deep'), ethdata.permitted(14, 'm.profile');
SELECT ethdata.decide_objection(:objection, 'overridden', 'we must know');
SELECT ethdata.permitted(14, 'm.survey') AS t, ethdata.permitted(14, 'm.survey.deep') AS t, ethdata.permitted(14, 'm.profile'), ethdata.permitted(14, 'm');
SELECT * FROM held(14);
SELECT ethdata.decide_objection(:objection, 'upheld', 'rather not');
SELECT ethdata.permitted(14, 'm.survey'), ethdata.permitted(14, 'm.survey.deep');
-- there is nothing to decide where nothing else is below it
SELECT ethdata.object_to('14', 'm.email') AS objection \gset
SELECT ethdata.decide_objection(:objection, 'overridden', 'we would like to');
\echo :SQLSTATE
-- an inapplicable one neither
SELECT ethdata.object_to('14', 'health') AS objection \gset
SELECT ethdata.decide_objection(:objection, 'overridden', 'x');

-- 18: preselected and bundled are kept and never count
SELECT 'ok' FROM ethdata.give_consent('15', 'p', selection => 'preselected', effective_at => t('09:00'));
SELECT 'ok' FROM ethdata.give_consent('15', 'm.email', selection => 'bundled', effective_at => t('09:00'));
SELECT 'ok' FROM ethdata.give_consent('15', 'lease', selection => 'not_applicable', effective_at => now());
SELECT purpose, action, status, selection FROM ethdata.consent_history('15'); SELECT * FROM may(15);
-- nor do they end what was agreed, or open what was closed
SELECT withdraw(16, 'p', '10:00'); SELECT 'ok' FROM ethdata.give_consent('16', 'p', selection => 'preselected', effective_at => t('11:00'));
SELECT ethdata.has_consent('16', 'p');

-- 15: consent expires; the event has the exact time, the value the hour before
SELECT 'ok' FROM ethdata.give_consent('17', 'lease', effective_at => '2018-03-01 10:30+00');
SELECT expires_at AT TIME ZONE 'UTC' AS expires_at FROM ethdata.consent_history('17'); SELECT * FROM held(17);
SELECT ethdata.has_consent('17', 'lease'), ethdata.has_consent('17', 'lease', valid_at => '2019-02-28 09:00+00') AS before, ethdata.has_consent('17', 'lease', valid_at => '2019-03-01 10:00+00') AS then;
-- renewing is a new event with a term of its own
SELECT 'ok' FROM ethdata.give_consent('17', 'lease', notice => 'n', effective_at => '2018-12-01 00:00+00');
SELECT action, status, expires_at AT TIME ZONE 'UTC' AS expires_at FROM ethdata.consent_history('17'); SELECT * FROM held(17);
SELECT ethdata.has_consent('17', 'lease', valid_at => '2019-06-01 00:00+00');

-- explicit consent: the person's own choice in view of a notice
SELECT 'ok' FROM ethdata.give_consent('18', 'health'); SELECT ethdata.has_consent('18', 'health');
SELECT 'ok' FROM ethdata.give_consent('18', 'health', notice => 'n', selection => 'not_applicable'); SELECT ethdata.has_consent('18', 'health');
SELECT 'ok' FROM ethdata.give_consent('18', 'health', notice => 'n'); SELECT ethdata.has_consent('18', 'health');

-- 8: after withdrawal no silent fall-back to another basis
SELECT ethdata.define_purpose('switch', 'consent'); SELECT give(19, 'p', '09:00'); SELECT 'ok' FROM ethdata.give_consent('19', 'switch', effective_at => t('09:00'));
SELECT withdraw(19, 'switch', '10:00');
SELECT ethdata.define_purpose('switch', 'contract'); SELECT * FROM may(19);

-- the order of arrival does not matter: the same six events in all 720 orders
CREATE TABLE six(n int, who int, what text, act text, at text);
INSERT INTO six VALUES (1, 0, 'm.email', 'give', '09:00'), (2, 0, 'm', 'withdraw', '10:00'), (3, 0, 'm.email', 'give', '10:00'),
  (4, 0, 'm.email', 'give', '11:00'), (5, 0, 'm.email', 'refuse', '11:30'), (6, 0, 'm', 'give', '12:00');
DO $$
DECLARE
  who int := 1000;
  p record;
  step int;
  e six;
BEGIN
  FOR p IN WITH RECURSIVE perm(a) AS (SELECT ARRAY[]::int[] UNION ALL SELECT a || s.n FROM perm, six s WHERE s.n <> ALL (a)) SELECT a FROM perm WHERE cardinality(a) = 6 LOOP
    who := who + 1;
    FOREACH step IN ARRAY p.a LOOP
      SELECT * INTO e FROM six s WHERE s.n = step;
      PERFORM CASE e.act WHEN 'give' THEN give(who, e.what, e.at) WHEN 'refuse' THEN refuse(who, e.what, e.at) ELSE withdraw(who, e.what, e.at) END;
    END LOOP;
  END LOOP;
END $$;
SELECT regexp_replace(value::text, '"(given|renewed)"', '"agreed"') AS value, count(*) FROM ethdata.consent_state WHERE key > '\x80000000000003e8' GROUP BY 1;

DROP TABLE six, person;
DROP FUNCTION give, refuse, withdraw, may, held, t;
DROP EXTENSION ethdata;
