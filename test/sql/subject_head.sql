-- The subject's own row, from which birth date and jurisdiction come, is found
-- through any index that fits, and where none does.
CREATE EXTENSION ethdata;
CREATE SCHEMA crm;
SELECT ethdata.define_purpose('news', 'consent');
CREATE COLLATION crm.german (provider = icu, locale = 'de');

-- the class's key names the columns in another order than the index
CREATE TABLE crm.by_two(tenant int, id int, born date, PRIMARY KEY (id, tenant));
INSERT INTO crm.by_two SELECT t, i, date '1990-01-01' + 100 * t + i FROM generate_series(1, 3) t, generate_series(1, 3) i;
SELECT ethdata.define_subject_class('crm.by_two', subject_key => 'tenant, id', birth_date => 'born');
-- an index in which they come after another column, and one of another collation
CREATE TABLE crm.by_three(tenant int, id text, city text, born date);
CREATE UNIQUE INDEX ON crm.by_three (tenant, id COLLATE crm.german);
CREATE INDEX ON crm.by_three (city, id, tenant);
INSERT INTO crm.by_three VALUES (1, 'a', 'Ghent', '1991-01-01'), (2, 'a', 'Ghent', '1992-01-01'), (1, 'b', 'Bern', '1993-01-01');
SELECT ethdata.define_subject_class('crm.by_three', subject_key => 'tenant, id', birth_date => 'born');
-- an index of another collation, and one of another operator class
CREATE TABLE crm.by_text(id text, born date);
CREATE UNIQUE INDEX ON crm.by_text (id COLLATE crm.german);
CREATE INDEX ON crm.by_text (id text_pattern_ops);
INSERT INTO crm.by_text VALUES ('a', '1994-01-01'), ('b', '1995-01-01');
SELECT ethdata.define_subject_class('crm.by_text', subject_key => 'id', birth_date => 'born');
-- partitions whose columns stand in another order
CREATE TABLE crm.parted(id int, tenant int, born date, PRIMARY KEY (tenant, id)) PARTITION BY RANGE (tenant);
CREATE TABLE crm.parted_1(born date, tenant int NOT NULL, gone text, id int NOT NULL);
ALTER TABLE crm.parted_1 DROP COLUMN gone;
ALTER TABLE crm.parted ATTACH PARTITION crm.parted_1 FOR VALUES FROM (1) TO (2);
CREATE TABLE crm.parted_2 PARTITION OF crm.parted FOR VALUES FROM (2) TO (3);
INSERT INTO crm.parted VALUES (7, 1, '1996-01-01'), (7, 2, '1997-01-01');
SELECT ethdata.define_subject_class('crm.parted', subject_key => 'id, tenant', birth_date => 'born');

CREATE TABLE subject(class regclass, key text);
INSERT INTO subject VALUES ('crm.by_two', '(1,2)'), ('crm.by_two', '(2,1)'), ('crm.by_two', '(9,9)'),
  ('crm.by_three', '(1,a)'), ('crm.by_three', '(2,a)'), ('crm.by_three', '(1,b)'),
  ('crm.by_text', 'b'), ('crm.by_text', 'c'), ('crm.parted', '(7,1)'), ('crm.parted', '(7,2)');
SELECT count(ethdata.give_consent(key, 'news', class => class)) FROM subject;
SELECT c.relation, e.subject, (s.value::text)::json ->> 'birth_date' AS birth_date, ethdata.has_consent(e.subject, 'news', c.relation)
  FROM ethdata.consent_state s JOIN ethdata.subject_class c ON c.id = s.class_id
  JOIN ethdata.consent_event e ON e.class_id = s.class_id AND s.key = convert_to(e.subject, 'UTF8') ORDER BY 1, 2;

DROP TABLE subject;
SET client_min_messages = warning;
DROP SCHEMA crm CASCADE;
DROP EXTENSION ethdata;
