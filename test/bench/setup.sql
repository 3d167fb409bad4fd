-- Tables and roles of the benchmarks; :rows persons, half of whom agreed.

CREATE EXTENSION ethdata;
CREATE ROLE by_boolean LOGIN;       -- policy: a boolean column
CREATE ROLE by_consent LOGIN;       -- policy: the inline consent value
CREATE ROLE by_lookup LOGIN;        -- policy: the person's answer, looked up by key
CREATE ROLE by_exists LOGIN;        -- policy: the EXISTS that a user would write today
CREATE ROLE raw LOGIN;              -- reads the plain table, and through the view that a user would write today
CREATE ROLE masked LOGIN;           -- no purpose: every masked cell shows its mask
CREATE ROLE decided LOGIN;          -- a purpose: each cell, or row, is decided
CREATE ROLE collector LOGIN;        -- records what persons answer
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO PUBLIC;

SELECT ethdata.define_purpose('newsletter', basis => 'consent');
SELECT ethdata.define_purpose('rare', basis => 'consent');
SELECT ethdata.grant_purpose('newsletter', 'by_consent', as_default => true);
SELECT ethdata.grant_purpose('newsletter', 'by_lookup', as_default => true);
SELECT ethdata.grant_purpose('newsletter', 'decided', as_default => true);
SELECT ethdata.grant_collection('newsletter', 'collector');

CREATE TABLE bench.plain (id bigint PRIMARY KEY, name text, email text, phone text, birth_date date, allowed boolean);
INSERT INTO bench.plain
SELECT i, 'Person ' || md5(i::text), md5('e' || i::text) || '@mail.example', '+49151' || lpad((i::bigint * 7919 % 100000000)::text, 8, '0'),
       date '1940-01-01' + (i::bigint * 31 % 25000)::int, i::bigint * 7 % 10 < 5
  FROM generate_series(1, :rows) i;

-- one table, four policies for four roles
CREATE TABLE bench.rows_by AS
SELECT p.*, ('{"v":1,"regime":"gdpr","purposes":{"newsletter":["' || CASE WHEN allowed THEN 'given' ELSE 'refused' END || '"]'
          || CASE WHEN id % 100 = 0 THEN ',"rare":["given"]' ELSE '' END || '}}')::ethdata.consent AS consent
  FROM bench.plain p;
ALTER TABLE bench.rows_by ADD PRIMARY KEY (id), ALTER consent SET NOT NULL;
CREATE INDEX ON bench.rows_by USING gin (consent);
CREATE TABLE bench.consents (subject bigint, purpose text, given boolean, PRIMARY KEY (subject, purpose));
INSERT INTO bench.consents SELECT id, 'newsletter', allowed FROM bench.plain;
ALTER TABLE bench.rows_by ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_boolean ON bench.rows_by TO by_boolean USING (allowed);
CREATE POLICY by_consent ON bench.rows_by TO by_consent USING (ethdata.permitted(consent));
CREATE POLICY by_exists ON bench.rows_by TO by_exists
  USING (EXISTS (SELECT FROM bench.consents c WHERE c.subject = rows_by.id AND c.purpose = 'newsletter' AND c.given));

-- what a user would write today
CREATE VIEW bench.by_hand AS
SELECT id, name, CASE WHEN allowed THEN email ELSE regexp_replace(email, '^(.).*@.*(\.[^.]+)$', '\1***@***\2') END AS email,
       CASE WHEN allowed THEN phone ELSE regexp_replace(phone, '^(...).*(..)$', '\1*****\2') END AS phone,
       CASE WHEN allowed THEN birth_date ELSE date_trunc('year', birth_date)::date END AS birth_date
  FROM bench.plain;

CREATE TABLE bench.masked (LIKE bench.plain INCLUDING ALL);
INSERT INTO bench.masked SELECT * FROM bench.plain;
CREATE TABLE bench.hidden (LIKE bench.plain INCLUDING ALL);
INSERT INTO bench.hidden SELECT * FROM bench.plain;
-- the same values with a plain index, and looked up through the mask
CREATE TABLE bench.looked_up (LIKE bench.plain INCLUDING ALL);
INSERT INTO bench.looked_up SELECT * FROM bench.plain;
CREATE INDEX ON bench.plain (email);
CREATE INDEX ON bench.looked_up (email);
GRANT SELECT ON ALL TABLES IN SCHEMA bench TO PUBLIC;

SELECT ethdata.define_subject_class('bench.masked');
CREATE POLICY by_lookup ON bench.rows_by TO by_lookup USING (ethdata.permitted(id, class => 'bench.masked'));
SELECT ethdata.protect('bench.masked', subject => 'id');
SELECT ethdata.mask('bench.masked', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{newsletter}');
SELECT ethdata.mask('bench.masked', 'phone', masked_as => 'ethdata.mask_phone(value)', reveal_for => '{newsletter}');
SELECT ethdata.mask('bench.masked', 'birth_date', masked_as => 'ethdata.mask_date(value, ''year'')', reveal_for => '{newsletter}');
SELECT ethdata.protect('bench.hidden', subject => 'id', class => 'bench.masked', rows => true);

SELECT ethdata.protect('bench.looked_up', subject => 'id', class => 'bench.masked');
SELECT ethdata.mask('bench.looked_up', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{newsletter}', lookup => true);

-- everybody answered
SELECT count(CASE WHEN allowed THEN ethdata.give_consent(id::text, 'newsletter', class => 'bench.masked')
                  ELSE ethdata.refuse_consent(id::text, 'newsletter', class => 'bench.masked') END)
  FROM bench.plain;
VACUUM ANALYZE;
