-- Classes follow their tables: renamed and dropped columns, tables that go and
-- come back, keys that are not unique, keys that lead to several classes.
CREATE EXTENSION ethdata;
CREATE TABLE person(id bigint PRIMARY KEY, born date, country text, mail text, zone text, nr int UNIQUE);
INSERT INTO person SELECT i, '1990-01-01', (ARRAY['DE', 'US-CA'])[1 + i % 2], 'm' || i, 'Europe/Berlin', i FROM generate_series(0, 19) i;
SELECT ethdata.define_subject_class('person', code => 'p', subject_key => 'id', birth_date => 'born', jurisdiction => 'country', time_zone => 'zone', contact_points => '{mail}');
SELECT ethdata.define_purpose('sell', 'consent', bases => '{"ccpa": "opt_out"}'), ethdata.define_purpose('news', 'consent'),
       ethdata.define_purpose('post', 'legitimate_interests', assessment => 'L');
SELECT ethdata.publish_notice('n', '{sell,post}', 'Text.');
SELECT ethdata.give_consent('1', 'news') > 0 AS given;
SELECT ethdata.has_consent(1, 'news') AS t, ethdata.has_consent(1, 'sell') AS t, ethdata.has_consent(2, 'sell');

-- every column that the class names follows; others are nobody's business
ALTER TABLE person RENAME country TO land;
ALTER TABLE person RENAME born TO birthday;
ALTER TABLE person RENAME mail TO "E-Mail";
ALTER TABLE person RENAME zone TO tz;
ALTER TABLE person RENAME id TO "Person's";
ALTER TABLE person RENAME nr TO number;
SELECT code, key_columns, birth_date, jurisdiction, time_zone, contact_points FROM ethdata.subject_class;
SELECT ethdata.has_consent(1, 'news') AS t, ethdata.has_consent(1, 'sell') AS t, ethdata.has_consent(2, 'sell');
SELECT ethdata.give_consent('2', 'news') > 0 AS given;
-- names that change places
BEGIN;
ALTER TABLE person RENAME land TO x;
ALTER TABLE person RENAME tz TO land;
ALTER TABLE person RENAME x TO tz;
SELECT jurisdiction, time_zone FROM ethdata.subject_class;
SELECT ethdata.has_consent(1, 'sell') AS t;
ROLLBACK;
SELECT jurisdiction, time_zone FROM ethdata.subject_class;
-- by whoever owns the table; through a table above it
CREATE ROLE keeper;
CREATE TABLE above(town text);
ALTER TABLE person ADD town text;
ALTER TABLE person INHERIT above;
SELECT ethdata.define_subject_class('person', code => 'p', subject_key => '"Person''s"', jurisdiction => 'land', contact_points => '{town}');
ALTER TABLE above OWNER TO keeper; ALTER TABLE person OWNER TO keeper;
SET ROLE keeper;
ALTER TABLE above RENAME town TO city;
RESET ROLE;
SELECT contact_points FROM ethdata.subject_class;
ALTER TABLE person NO INHERIT above;

-- a column that is dropped: no is heard, nobody can agree, the regime is unknown
ALTER TABLE person DROP COLUMN land;
SELECT ethdata.has_consent(1, 'news') AS t, ethdata.has_consent(1, 'sell'), ethdata.has_consent(1, 'sell', valid_at => clock_timestamp());
SELECT ethdata.give_consent('1', 'news');
\echo :SQLSTATE
SELECT ethdata.record_choices('1', '{"news": "given"}');
SELECT ethdata.withdraw_consent('1', 'news') > 0 AS withdrawn, ethdata.refuse_consent('3', 'news') > 0 AS refused, ethdata.object_to('5', 'post') > 0 AS objected,
       ethdata.withdraw_consent('2') > 0 AS everything;
SELECT ethdata.has_consent(1, 'news'), ethdata.has_consent(2, 'news'), ethdata.has_consent(3, 'news'), ethdata.permitted(5, 'post'), ethdata.permitted(7, 'post') AS t;
SELECT purpose, action, jurisdiction FROM ethdata.consent_history('1');
SELECT ethdata.define_subject_class('person', code => 'p', subject_key => '"Person''s"');
SELECT ethdata.give_consent('1', 'news') > 0 AS given;
-- the key itself
ALTER TABLE person DROP COLUMN "Person's";
SELECT ethdata.withdraw_consent(' 01 ', 'news') > 0 AS withdrawn;
SELECT ethdata.withdraw_consent('one', 'news');
SELECT ethdata.give_consent('1', 'news');
SELECT ethdata.has_consent('1', 'news'), ethdata.has_consent(1, 'news');
SELECT ethdata.protect('person', subject => 'number', class => 'person');
-- another column takes it over
SELECT ethdata.define_subject_class('person', code => 'p', subject_key => 'number');
SELECT ethdata.has_consent(1, 'news'), ethdata.give_consent('1', 'news') > 0 AS given;
SELECT ethdata.has_consent(1, 'news') AS t;

-- a key that does not tell persons apart is none
CREATE TABLE loose(id int, tenant int, name text);
CREATE UNIQUE INDEX ON loose (tenant, id);
CREATE UNIQUE INDEX ON loose (name) WHERE tenant = 1;
CREATE UNIQUE INDEX ON loose (id) INCLUDE (name) WHERE false;
SELECT ethdata.define_subject_class('loose', subject_key => 'id');
\echo :SQLSTATE
SELECT ethdata.define_subject_class('loose', subject_key => 'name');
SELECT ethdata.define_subject_class('loose', subject_key => 'id, tenant, name');
SELECT ethdata.define_subject_class('loose', subject_key => 'id, tenant');
SELECT ethdata.drop_subject_class('loose');
CREATE TABLE parts(id int, at date) PARTITION BY RANGE (at);
SELECT ethdata.define_subject_class('parts', subject_key => 'id');
SELECT ethdata.drop_subject_class('parts');

-- dropped and defined again: the recorded keys must be found
SELECT ethdata.refuse_consent('9', 'news') > 0 AS refused;
SELECT ethdata.drop_subject_class('person');
SELECT ethdata.has_consent(9, 'news');
SELECT code, relation, key_types FROM ethdata.subject_class;
CREATE TABLE by_name(login text PRIMARY KEY);
SELECT ethdata.define_subject_class('by_name', code => 'p');
\echo :SQLSTATE
SELECT ethdata.define_subject_class('loose', code => 'p', subject_key => 'tenant, id');
CREATE TABLE small(n smallint PRIMARY KEY);
SELECT ethdata.define_subject_class('small', code => 'p');
SELECT ethdata.withdraw_consent('9', 'news') > 0 AS found;
SELECT purpose, action FROM ethdata.consent_history('9');
-- what has no answers leaves nothing
SELECT ethdata.define_subject_class('by_name', code => 'q');
SELECT ethdata.drop_subject_class('by_name');
SELECT code, relation FROM ethdata.subject_class;

-- a table that goes: its class counts no more, what was answered stays
SELECT ethdata.define_subject_class('by_name', code => 'q');
SELECT ethdata.define_subject_class('loose', code => 'r', subject_key => 'tenant, id');
SELECT ethdata.refuse_consent('Ada', 'news', class => 'by_name') > 0 AS refused;
SELECT ethdata.refuse_consent('9', 'news');
DROP TABLE by_name, loose;
SELECT code, relation, key_types FROM ethdata.subject_class ORDER BY code;
SELECT ethdata.refuse_consent('9', 'news') > 0 AS one_is_left;
DROP TABLE small;
SELECT ethdata.refuse_consent('9', 'news');
CREATE TABLE by_name(login varchar(20) PRIMARY KEY);
SELECT ethdata.define_subject_class('by_name', code => 'q');
SELECT purpose, action FROM ethdata.consent_history('Ada');
BEGIN;
DROP TABLE by_name;
SELECT ethdata.consent_history('Ada');
ROLLBACK;
SELECT purpose, action FROM ethdata.consent_history('Ada');

-- columns that foreign keys lead from to several classes
CREATE TABLE a(id int PRIMARY KEY); CREATE TABLE b(id int PRIMARY KEY, parent int REFERENCES a); CREATE TABLE c(id int PRIMARY KEY REFERENCES b);
CREATE TABLE both_(id int PRIMARY KEY, who int REFERENCES a, v text);
ALTER TABLE both_ ADD FOREIGN KEY (who) REFERENCES c;
SELECT ethdata.define_subject_class('a'), ethdata.define_subject_class('b');
SELECT ethdata.protect('both_', subject => 'who');
\echo :SQLSTATE
SELECT ethdata.protect('both_', subject => 'who', class => 'b');
SELECT ethdata.protect('both_', subject => 'who', class => 'b');
SELECT ethdata.mask('both_', 'v', subject => 'who');
CREATE TABLE twice(who int REFERENCES a);
ALTER TABLE twice ADD CONSTRAINT again FOREIGN KEY (who) REFERENCES a;
SELECT ethdata.protect('twice', subject => 'who');

SELECT ethdata.unprotect('both_'), ethdata.unprotect('twice');
DROP TABLE both_, twice, c, b, a, by_name, person, above, parts;
DROP EXTENSION ethdata;
DROP ROLE keeper;
