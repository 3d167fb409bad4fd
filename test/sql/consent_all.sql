-- Withdrawing everything reaches everything that rests on an answer where the
-- person lives; no is heard about retired purposes, too.
CREATE EXTENSION ethdata;
CREATE ROLE shop;
CREATE TABLE person(id bigint PRIMARY KEY, country text);
INSERT INTO person SELECT i, (ARRAY['DE', 'US-CA', NULL])[1 + i % 3] FROM generate_series(0, 29) i;
SELECT ethdata.define_subject_class('person', jurisdiction => 'country');
-- at home the parent rests on something else, and the child on consent; elsewhere both on an answer
SELECT ethdata.define_purpose('p', 'legitimate_interests', assessment => 'L', bases => '{"ccpa": "opt_out"}'),
       ethdata.define_purpose('p.c', 'consent'), ethdata.define_purpose('p.c.d', 'consent'), ethdata.define_purpose('q', 'contract');
SELECT ethdata.publish_notice('n', '{p,p.c,p.c.d}', 'Text.');
CREATE FUNCTION closed(who text) RETURNS TABLE (purpose text, action text) LANGUAGE sql AS
  $$ SELECT purpose, action FROM ethdata.consent_history(who) WHERE action = 'withdraw' ORDER BY purpose $$;

-- DE: p is not the person's to withdraw, so it does not stand for p.c; p.c stands for p.c.d
SELECT ethdata.give_consent('3', 'p.c') > 0 AS given, ethdata.give_consent('3', 'p.c.d') > 0 AS given;
SELECT ethdata.withdraw_consent('3') > 0 AS withdrawn;
SELECT * FROM closed('3');
SELECT ethdata.has_consent('3', 'p.c'), ethdata.has_consent('3', 'p.c.d'), ethdata.permitted(3, 'p') AS t;
-- California: p stands for all of them
SELECT ethdata.give_consent('4', 'p.c') > 0 AS given;
SELECT ethdata.has_consent('4', 'p') AS t;
SELECT ethdata.withdraw_consent('4') > 0 AS withdrawn;
SELECT * FROM closed('4');
SELECT ethdata.has_consent('4', 'p'), ethdata.has_consent('4', 'p.c');
-- nowhere known: whatever any regime asks an answer for
SELECT ethdata.give_consent('5', 'p.c') > 0 AS given;
SELECT ethdata.withdraw_consent('5') > 0 AS withdrawn;
SELECT * FROM closed('5');
SELECT ethdata.has_consent('5', 'p'), ethdata.has_consent('5', 'p.c');
-- who collects a part withdraws that part
SELECT ethdata.grant_collection('p.c', 'shop');
SELECT ethdata.give_consent('7', 'p.c') > 0 AS given;
SET ROLE shop;
SELECT ethdata.withdraw_consent('7', source => 'shop', source_event => 'w1') = ethdata.withdraw_consent('7', source => 'shop', source_event => 'w1') AS once;
RESET ROLE;
SELECT * FROM closed('7');

-- a retired purpose: nobody can agree to it, everybody can say no
SELECT ethdata.define_purpose('old', 'consent', direct_marketing => true), ethdata.define_purpose('old.a', 'consent');
SELECT ethdata.give_consent(i::text, 'old') > 0 AS given FROM generate_series(9, 15, 3) i;
SELECT ethdata.retire_purpose('old');
SELECT ethdata.give_consent('18', 'old');
\echo :SQLSTATE
SELECT ethdata.record_choices('18', '{"old": "given"}');
SELECT ethdata.withdraw_consent('9', 'old') > 0 AS withdrawn;
SELECT ethdata.withdraw_consent('12') > 0 AS withdrawn;
SELECT * FROM closed('12');
SELECT ethdata.object_to('15', 'old') > 0 AS objected;
SELECT ethdata.refuse_consent('18', 'old') > 0 AS refused, cardinality(ethdata.record_choices('21', '{"old": "refused"}')) AS refused;
-- taken back: who said no stays out
SELECT ethdata.define_purpose('old', 'consent', direct_marketing => true);
SELECT i, ethdata.has_consent(i, 'old') FROM generate_series(9, 21, 3) i;

DROP FUNCTION closed;
DROP TABLE person;
DROP EXTENSION ethdata;
DROP ROLE shop;
