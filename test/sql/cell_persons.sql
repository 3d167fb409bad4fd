-- Two rules say of the same columns whose row it is, with different classes (as a
-- restore or a table above may leave it): each person must permit.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_cp_reader;
CREATE SCHEMA cp;
GRANT USAGE ON SCHEMA cp TO PUBLIC;
CREATE TABLE cp.a (id bigint PRIMARY KEY);
CREATE TABLE cp.b (id bigint PRIMARY KEY);
CREATE TABLE cp.t (id bigint PRIMARY KEY, v text);
INSERT INTO cp.t SELECT i, 'v' || i FROM generate_series(1, 4) i;
GRANT SELECT ON cp.t TO regress_cp_reader;
SELECT ethdata.define_subject_class('cp.a'), ethdata.define_subject_class('cp.b'), ethdata.define_purpose('news', 'consent'),
  ethdata.grant_purpose('news', 'regress_cp_reader', as_default => true);
SELECT ethdata.give_consent('1', 'news', class => 'cp.a') + ethdata.give_consent('2', 'news', class => 'cp.b') +
  ethdata.give_consent('3', 'news', class => 'cp.a') + ethdata.give_consent('3', 'news', class => 'cp.b') > 0 AS given;
SELECT ethdata.protect('cp.t', subject => 'id', class => 'cp.a'), ethdata.mask('cp.t', 'v', reveal_for => '{news}', subject => 'id');
CREATE POLICY "ethdata 9" ON cp.t FOR SELECT TO ethdata_exempt, regress_cp_reader
  USING (ethdata.rule_subject('cp.b'::regclass, 'also'::text, false, false, 'show'::text, id));
SET ROLE regress_cp_reader;
SELECT * FROM cp.t ORDER BY id;
RESET ROLE;
SELECT s, x.outcome, x.reason FROM generate_series(1, 4) s,
  ethdata.explain_access('cp.t', s::text, as_role => 'regress_cp_reader', purpose => 'news') x WHERE x.column_name = 'v' ORDER BY s;
DROP SCHEMA cp CASCADE;
DROP EXTENSION ethdata;
DROP ROLE regress_cp_reader;
