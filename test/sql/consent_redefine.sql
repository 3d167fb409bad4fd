-- A purpose is defined anew: what holds for persons follows at once, is what the
-- events say, and no denial is undone by a definition.
CREATE EXTENSION ethdata;
CREATE TABLE person(id bigint PRIMARY KEY, country text);
INSERT INTO person SELECT i, (ARRAY['DE', 'US-CA'])[1 + i % 2] FROM generate_series(0, 99) i;
SELECT ethdata.define_subject_class('person', jurisdiction => 'country');
SET client_min_messages = warning;
-- what the kept state says, and what the events say
CREATE FUNCTION may(who bigint, what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  now_ text := ethdata.permitted(who, what);
  then_ text;
BEGIN
  then_ := ethdata.has_consent(who, what, valid_at => clock_timestamp());
  RETURN CASE WHEN now_ = then_ THEN now_ ELSE 'now ' || now_ || ', by the events ' || then_ END;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN now_;
END $$;
CREATE FUNCTION history(who text) RETURNS TABLE (purpose text, action text, status text, actor text, because text) LANGUAGE sql AS $$
  SELECT h.purpose, h.action, h.status, h.actor,
         (SELECT b.action || ' ' || b.purpose || CASE WHEN b.effective_at = h.effective_at THEN ' then' END FROM ethdata.consent_event b WHERE b.id = (h.evidence->>'event')::bigint)
    FROM ethdata.consent_history(who) h $$;
CREATE FUNCTION held(who bigint) RETURNS ethdata.consent LANGUAGE sql AS $$ SELECT value FROM ethdata.consent_state WHERE key = int8send(who # (-9223372036854775808)::int8) $$;

-- another parent that the person has withdrawn
SELECT ethdata.define_purpose('a', 'consent'), ethdata.define_purpose('b', 'consent'), ethdata.define_purpose('a.x', 'consent');
SELECT ethdata.give_consent('8', 'a.x') > 0 AS given;
SELECT ethdata.withdraw_consent('8', 'b') > 0 AS withdrawn;
SELECT may(8, 'a.x');
SELECT ethdata.define_purpose('a.x', 'consent', parents => '{a,b}');
SELECT may(8, 'a.x');
SELECT ethdata.give_consent('8', 'a') > 0 AS another;
SELECT may(8, 'a.x');
-- the parent goes: what it closed stays closed, until the person opens it
SELECT ethdata.define_purpose('a.x', 'consent', parents => '{a}');
SELECT may(8, 'a.x');
SELECT * FROM history('8');
SELECT ethdata.give_consent('8', 'a.x') > 0 AS again;
SELECT may(8, 'a.x');
-- what was not closed stays open
SELECT ethdata.give_consent('10', 'a.x') > 0 AS given;
SELECT ethdata.define_purpose('a.x', 'consent', parents => '{}');
SELECT may(10, 'a.x');
SELECT * FROM history('10');

-- direct marketing by a later definition: an objection that was made is one to direct marketing now
SELECT ethdata.define_purpose('m', 'consent'), ethdata.define_purpose('m.e', 'consent'), ethdata.define_purpose('m.e.f', 'consent');
SELECT ethdata.give_consent('12', 'm.e') > 0 AS given;
SELECT ethdata.object_to('12', 'm') > 0 AS objected;
SELECT may(12, 'm.e'), may(12, 'm');
SELECT ethdata.define_purpose('m', 'consent', direct_marketing => true);
SELECT may(12, 'm.e'), may(12, 'm'), may(12, 'm.e.f'), held(12);
-- and back: consent that ended does not come to life again
SELECT ethdata.define_purpose('m', 'consent');
SELECT may(12, 'm.e'), may(12, 'm');
SELECT * FROM history('12');

-- the basis: no silent fall-back after a withdrawal, of the purpose or of one above it
SELECT ethdata.define_purpose('w', 'consent'), ethdata.define_purpose('w.e', 'consent'), ethdata.define_purpose('w.f', 'consent');
SELECT ethdata.publish_notice('nw', '{w,w.e,w.f}', 'Text.');
SELECT ethdata.give_consent('16', 'w.e') > 0 AS given;
SELECT ethdata.refuse_consent('16', 'w') > 0 AS refused;
SELECT ethdata.give_consent('18', 'w') > 0 AS given;
SELECT ethdata.withdraw_consent('18', 'w') > 0 AS withdrawn;
SELECT ethdata.withdraw_consent('20', 'w.e') > 0 AS withdrawn;
SELECT ethdata.give_consent('20', 'w.e') > 0 AS again;
SELECT ethdata.define_purpose('w.e', 'legitimate_interests', assessment => 'LIA'), ethdata.define_purpose('w.f', 'contract');
SELECT may(16, 'w.e'), may(16, 'w.f'), may(18, 'w.e'), may(20, 'w.e') AS t, may(22, 'w.e') AS nobody_said_no;
SELECT ethdata.give_consent('16', 'a') > 0 AS another, ethdata.give_consent('18', 'a') > 0 AS another, ethdata.give_consent('20', 'a') > 0 AS another;
SELECT may(16, 'w.e'), may(16, 'w.f'), may(18, 'w.e'), may(20, 'w.e') AS t;
SELECT * FROM history('16');
-- what held before is what held before
SELECT ethdata.define_purpose('w.e', 'consent');
SELECT may(16, 'w.e'), may(18, 'w.e'), may(20, 'w.e') AS t;
SELECT (SELECT recorded_at FROM ethdata.consent_history('16') WHERE action = 'give' ORDER BY id LIMIT 1) AS given \gset
SELECT ethdata.has_consent(16, 'w.e', valid_at => :'given') AS t, ethdata.has_consent(16, 'w.e', valid_at => :'given', known_at => :'given') AS t;
-- the basis under one regime
SELECT ethdata.define_purpose('s', 'consent'), ethdata.define_purpose('s.t', 'consent');
SELECT ethdata.publish_notice('ns', '{s,s.t}', 'Text.');
SELECT ethdata.withdraw_consent('24', 's') > 0 AS withdrawn, ethdata.withdraw_consent('25', 's') > 0 AS withdrawn;
SELECT ethdata.define_purpose('s.t', 'consent', bases => '{"ccpa": "legitimate_interests"}', assessment => 'LIA');
SELECT may(24, 's.t'), may(25, 's.t'), may(27, 's.t') AS t;
SELECT * FROM history('24');
SELECT * FROM history('25');

-- a purpose that comes below one which was closed and opened again is not open by itself
SELECT ethdata.define_purpose('o', 'consent');
SELECT ethdata.withdraw_consent('31', 'o') > 0 AS withdrawn;
SELECT ethdata.give_consent('31', 'o') > 0 AS again;
SELECT ethdata.define_purpose('o.new', 'opt_out');
SELECT ethdata.publish_notice('no', '{o.new}', 'Text.');
SELECT may(31, 'o.new'), may(33, 'o.new') AS t;

-- nothing to do: the same facts, other words; and what is rolled back was not
SELECT ethdata.define_purpose('a.x', 'consent', parents => '{}', title => 'X');
BEGIN;
SELECT ethdata.define_purpose('w.e', 'legitimate_interests', assessment => 'LIA', parents => '{}');
SELECT may(18, 'w.e');
ROLLBACK;
SELECT may(18, 'w.e');
SELECT count(*) FROM ethdata.consent_history('18');
-- a definition that fails
SELECT ethdata.define_purpose('w', 'consent', parents => '{w.e}');
SELECT may(18, 'w.e'), may(20, 'w.e') AS t;
-- an agreement ends by no definition: retired and taken back
SELECT ethdata.retire_purpose('w.e');
SELECT may(20, 'w.e');
SELECT ethdata.define_purpose('w.e', 'consent');
SELECT may(20, 'w.e') AS t;

DROP FUNCTION may, history, held;
DROP TABLE person;
DROP EXTENSION ethdata;
