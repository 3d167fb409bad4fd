-- Restriction of processing (GDPR art. 18): while it stands, only purposes with a
-- ground for it may use the person's data; nothing of what the person said is lost.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_re_officer IN ROLE ethdata_officer;
CREATE ROLE regress_re_collector;
CREATE ROLE regress_re_reader;
CREATE SCHEMA re;
GRANT USAGE ON SCHEMA re TO PUBLIC;
CREATE TABLE re.person (id int PRIMARY KEY, email text);
INSERT INTO re.person SELECT i, 'p' || i || '@example.com' FROM generate_series(1, 4) AS i;
GRANT SELECT ON re.person TO PUBLIC;
SELECT ethdata.define_subject_class('re.person');
SELECT ethdata.define_purpose('news', basis => 'consent');
SELECT ethdata.define_purpose('bill', basis => 'contract');
SELECT ethdata.define_purpose('claims', basis => 'legitimate_interests', restriction_ground => 'legal claims, art. 18(2)', assessment => 'LIA-3');
SELECT ethdata.publish_notice('n', purposes => '{claims}');
SELECT ethdata.grant_collection('news', 'regress_re_collector');
SELECT ethdata.grant_purpose(p, 'regress_re_reader', as_default => p = 'news') FROM unnest('{news,bill,claims}'::text[]) AS p;
SELECT ethdata.protect('re.person', subject => 'id');
SELECT ethdata.mask('re.person', 'email', masked_as => $$'***'$$, reveal_for => '{news,bill,claims}');
CREATE FUNCTION seen() RETURNS TABLE (purpose text, seen text) LANGUAGE plpgsql AS $$
BEGIN
  FOREACH purpose IN ARRAY '{news,bill,claims}'::text[] LOOP
    PERFORM set_config('ethdata.purpose', purpose, true);
    SELECT string_agg(p.email, ' ' ORDER BY p.id) INTO seen FROM re.person AS p;
    RETURN NEXT;
  END LOOP;
  PERFORM set_config('ethdata.purpose', '', true);
END $$;
GRANT EXECUTE ON FUNCTION seen() TO PUBLIC;
SELECT ethdata.give_consent(i::text, 'news') > 0 AS given FROM generate_series(1, 2) AS i;

-- who may
SET ROLE regress_re_collector;
SELECT ethdata.restrict_subject('1', 'accuracy');
RESET ROLE;
SET ROLE regress_re_reader;
SELECT ethdata.restrict_subject('1', 'accuracy');
SELECT ethdata.lift_restriction(1, 'x');
SELECT * FROM seen();
RESET ROLE;

-- bad input
SET ROLE regress_re_officer;
SELECT ethdata.restrict_subject('1', 'whim');
SELECT ethdata.restrict_subject('1', NULL);
SELECT ethdata.restrict_subject(NULL, 'accuracy');
SELECT ethdata.restrict_subject('x', 'accuracy');
SELECT ethdata.restrict_subject('1', 'accuracy', class => 'pg_class');
SELECT ethdata.lift_restriction(99999, 'verified');
SELECT ethdata.lift_restriction(NULL, 'verified');

-- 1 agreed, 3 never said anything
SELECT ethdata.restrict_subject('1', 'accuracy') AS first \gset
SELECT ethdata.restrict_subject('3', 'claims') > 0 AS restricted;
RESET ROLE;
SET ROLE regress_re_reader;
SELECT * FROM seen();
SELECT ethdata.permitted(1, p) AS one, ethdata.permitted(2, p) AS two, ethdata.permitted(3, p) AS three FROM unnest('{news,bill,claims}'::text[]) AS p;
RESET ROLE;
SELECT column_name, outcome, reason, event_id = :first AS by_restriction FROM ethdata.explain_access('re.person', '1', as_role => 'regress_re_reader', purpose => 'news') WHERE column_name = 'email';
SELECT column_name, outcome, reason FROM ethdata.explain_access('re.person', '1', as_role => 'regress_re_reader', purpose => 'claims') WHERE column_name = 'email';
SELECT value::text FROM ethdata.consent_state ORDER BY key;

-- answers go on, and count when it is lifted; a second restriction stands by itself
SET ROLE regress_re_collector;
SELECT ethdata.give_consent('3', 'news') > 0 AS given;
RESET ROLE;
SET ROLE regress_re_officer;
SELECT ethdata.restrict_subject('1', 'objection') AS second \gset
SELECT ethdata.lift_restriction(:first, ' ');
SELECT pg_sleep(0.01);
SELECT clock_timestamp() AS before \gset
SELECT ethdata.lift_restriction(:first, 'verified on 1 March');
SELECT ethdata.lift_restriction(:first, 'again');
SELECT ethdata.lift_restriction(:second + 1, 'a lift is none');
RESET ROLE;
SET ROLE regress_re_reader;
SELECT * FROM seen();
RESET ROLE;
SET client_min_messages = notice;
SET ROLE regress_re_officer;
SELECT ethdata.lift_restriction(:second, 'overridden');
RESET ROLE;
SET client_min_messages = warning;
SET ROLE regress_re_reader;
SELECT * FROM seen();
RESET ROLE;
-- as it was, and as it was known
SELECT ethdata.has_consent('1', 'news') AS now, ethdata.has_consent('1', 'news', valid_at => :'before') AS then,
       ethdata.has_consent('1', 'news', known_at => :'before') AS as_known_then;
SELECT purpose, action, status, authority, evidence, actor, supersedes IS NOT NULL AS names_one FROM ethdata.consent_history('1') ORDER BY id;
-- a purpose that is defined anew finds the restriction where it was
SET ROLE regress_re_officer;
SELECT ethdata.restrict_subject('2', 'unlawful') > 0 AS restricted;
RESET ROLE;
SELECT ethdata.define_purpose('news', basis => 'explicit_consent');
SELECT ethdata.define_purpose('news', basis => 'consent');
SELECT value::text FROM ethdata.consent_state WHERE value::text LIKE '%restricted%' ORDER BY key;
-- taken back with its transaction
BEGIN;
SELECT ethdata.restrict_subject('1', 'claims') > 0 AS restricted;
SELECT ethdata.has_consent('1', 'news');
ROLLBACK;
SELECT ethdata.has_consent('1', 'news');
SELECT kind, purpose, details ->> 'status' AS status, row_count FROM ethdata.audit_event WHERE kind = 'consent' AND purpose IS NULL ORDER BY id LIMIT 2;

DROP SCHEMA re CASCADE;
DROP FUNCTION seen();
DROP EXTENSION ethdata CASCADE;
DROP ROLE regress_re_officer, regress_re_collector, regress_re_reader;
