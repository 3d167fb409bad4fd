-- Under which law a person is says the person's row, now: people move, rows come
-- late and go, a site changes what holds where.  What holds now is always what the
-- events say about now.
CREATE EXTENSION ethdata;
CREATE TABLE person(id bigint PRIMARY KEY, country text, born timestamp);
INSERT INTO person VALUES (1, 'US-CA', NULL), (2, 'DE', NULL), (3, 'US-CA', NULL), (4, 'XX', NULL), (5, 'US-CA', NULL);
SELECT ethdata.define_subject_class('person', jurisdiction => 'country', birth_date => 'born');
SELECT ethdata.define_purpose('sell', 'consent', bases => '{"ccpa": "opt_out"}'), ethdata.define_purpose('sell.list', 'legitimate_interests', assessment => 'L', bases => '{"ccpa": "opt_out"}'),
       ethdata.define_purpose('other', 'consent');
SELECT ethdata.publish_notice('n', '{sell,sell.list}', 'Text.');
CREATE FUNCTION may(who bigint, what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answers text[] := ARRAY[ethdata.permitted(who, what)::text, ethdata.has_consent(who, what)::text, ethdata.has_consent(who, what, valid_at => clock_timestamp())::text,
    ethdata.has_consent(who, what, valid_at => now())::text, ethdata.has_consent(who, what, known_at => clock_timestamp())::text];
BEGIN
  RETURN CASE WHEN answers[1] = ALL (answers) THEN answers[1] ELSE answers::text END;
END $$;

-- who moves, with and without an answer
SELECT ethdata.give_consent('1', 'other') > 0 AS answered;
SELECT may(1, 'sell') AS t, may(3, 'sell') AS t, may(2, 'sell');
UPDATE person SET country = 'DE' WHERE id IN (1, 3);
SELECT may(1, 'sell'), may(3, 'sell'), may(1, 'other') AS t;
UPDATE person SET country = 'US-CA' WHERE id = 1;
SELECT may(1, 'sell') AS t;
-- what closed one purpose there closes another one here
SELECT ethdata.withdraw_consent('1', 'sell') > 0 AS withdrawn;
SELECT may(1, 'sell'), may(1, 'sell.list');
UPDATE person SET country = 'DE' WHERE id = 1;
SELECT may(1, 'sell'), may(1, 'sell.list') AS t, may(1, 'other') AS t;
-- about then the answers say where the person was
SELECT ethdata.give_consent('5', 'other') > 0 AS answered;
SELECT recorded_at AS then FROM ethdata.consent_history('5') \gset
UPDATE person SET country = 'DE' WHERE id = 5;
SELECT may(5, 'sell'), ethdata.has_consent(5, 'sell', valid_at => :'then') AS t, ethdata.has_consent(5, 'sell', known_at => :'then') AS t;
-- within a statement's snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT may(5, 'sell');
UPDATE person SET country = 'US-CA' WHERE id = 5;
SELECT may(5, 'sell') AS t;
ROLLBACK;
SELECT may(5, 'sell');

-- the answer comes before the row; the row goes
SELECT ethdata.give_consent('1001', 'other') > 0 AS answered;
SELECT may(1001, 'sell');
INSERT INTO person VALUES (1001, 'US-CA');
SELECT may(1001, 'sell') AS t;
DELETE FROM person WHERE id = 1001;
SELECT may(1001, 'sell'), may(1001, 'other') AS t;

-- what holds where changes
INSERT INTO ethdata.jurisdiction VALUES ('XX', 'ccpa');
SELECT ethdata.give_consent('4', 'other') > 0 AS answered;
SELECT may(4, 'sell') AS t;
UPDATE ethdata.jurisdiction SET regime = 'gdpr' WHERE code = 'XX';
SELECT may(4, 'sell');
UPDATE ethdata.jurisdiction SET regime = 'ccpa' WHERE code = 'XX';
SELECT may(4, 'sell') AS t;
DELETE FROM ethdata.jurisdiction WHERE code = 'XX';
SELECT may(4, 'sell');

-- another table has the person now: the same key in a partition, in another order of columns
CREATE TABLE people(born date, country text, id int NOT NULL, UNIQUE (country, id)) PARTITION BY LIST (country);
CREATE TABLE people_de(id int NOT NULL, country text, born date);
ALTER TABLE people ATTACH PARTITION people_de FOR VALUES IN ('DE');
CREATE TABLE people_us PARTITION OF people FOR VALUES IN ('US-CA');
INSERT INTO people VALUES ('1990-01-01', 'DE', 7), (NULL, 'US-CA', 8);
SELECT ethdata.drop_subject_class('person');
SELECT ethdata.define_subject_class('people', subject_key => 'id', jurisdiction => 'country', birth_date => 'born');
SELECT ethdata.give_consent('7', 'other') > 0 AS answered, ethdata.give_consent('8', 'other') > 0 AS answered;
SELECT may(7, 'sell'), may(8, 'sell') AS t;
UPDATE people SET country = CASE country WHEN 'DE' THEN 'US-CA' ELSE 'DE' END;
SELECT may(7, 'sell') AS t, may(8, 'sell');
-- a class that names another column, or none, from now on
ALTER TABLE people ADD lives text;
UPDATE people SET lives = 'US-CA';
SELECT ethdata.define_subject_class('people', subject_key => 'id', jurisdiction => 'lives');
SELECT may(7, 'sell') AS t, may(8, 'sell') AS t;
SELECT ethdata.define_subject_class('people', subject_key => 'id');
SELECT may(7, 'sell'), may(8, 'sell'), may(8, 'other') AS t;

DROP FUNCTION may;
SET client_min_messages = warning;
DROP TABLE person, people;
DROP EXTENSION ethdata;
