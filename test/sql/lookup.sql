-- lookup => true: equality by the value of a masked column, through a blind index,
-- and by nothing else than the whole value.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_lk_owner;
CREATE ROLE regress_lk_app;
CREATE ROLE regress_lk_sees;
CREATE ROLE regress_lk_no;
CREATE SCHEMA lk AUTHORIZATION regress_lk_owner;
GRANT USAGE ON SCHEMA lk TO PUBLIC;
CREATE COLLATION lk.blind (provider = icu, locale = 'und', deterministic = false);
SET ROLE regress_lk_owner;
CREATE DOMAIN lk.mail AS text;
CREATE TABLE lk.c (id bigint PRIMARY KEY, email text, phone varchar(20), tax bigint, paid numeric, born date, tags text[], home lk.mail, code char(6),
  net inet, key uuid, city text, lower_mail text GENERATED ALWAYS AS (lower(email)) STORED);
INSERT INTO lk.c SELECT g, 'person' || g || '@example.com', '+49 170 ' || g, g * 1000, g + 0.50, date '1990-01-01' + g, ARRAY['t' || g, NULL], 'home' || g, 'c' || g,
  ('10.0.0.' || g)::inet, ('00000000-0000-0000-0000-0000000000' || to_char(g, 'FM00'))::uuid, 'Ulm ' || g % 3 FROM generate_series(1, 40) g;
INSERT INTO lk.c (id) VALUES (41);
CREATE INDEX ON lk.c (email);
CREATE TABLE lk.guess (email text);
INSERT INTO lk.guess SELECT email FROM lk.c;
CREATE TABLE lk.h (cid bigint PRIMARY KEY REFERENCES lk.c, secret text);
INSERT INTO lk.h SELECT id, 'secret' || id FROM lk.c;
CREATE TABLE lk.part (id bigint, cid bigint REFERENCES lk.c, login text) PARTITION BY RANGE (id);
CREATE TABLE lk.part1 PARTITION OF lk.part FOR VALUES FROM (0) TO (20);
CREATE TABLE lk.part2 (login text, more int, cid bigint, id bigint);
ALTER TABLE lk.part2 DROP COLUMN more;
ALTER TABLE lk.part ATTACH PARTITION lk.part2 FOR VALUES FROM (20) TO (100);
INSERT INTO lk.part SELECT id, id, 'login' || id FROM lk.c;
CREATE TABLE lk.up (id bigint, cid bigint, login text);
CREATE TABLE lk.down (extra int) INHERITS (lk.up);
INSERT INTO lk.up SELECT id, id, 'login' || id FROM lk.c WHERE id < 20;
INSERT INTO lk.down SELECT id, id, 'login' || id, 1 FROM lk.c WHERE id >= 20;
CREATE TABLE lk.odd (id bigint, flag boolean, doc json, name text COLLATE lk.blind);
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lk TO regress_lk_app, regress_lk_sees;
GRANT SELECT (id, city) ON lk.c TO regress_lk_no;
RESET ROLE;
ANALYZE lk.c, lk.part, lk.up;
SELECT ethdata.define_subject_class('lk.c'), ethdata.define_purpose('mk', basis => 'consent'), ethdata.grant_purpose('mk', 'regress_lk_sees', as_default => true);
SELECT ethdata.protect('lk.c', subject => 'id'), ethdata.protect('lk.h', subject => 'cid', rows => true), ethdata.protect('lk.part', subject => 'cid'),
  ethdata.protect('lk.up', subject => 'cid', class => 'lk.c'), ethdata.protect('lk.odd');
SELECT ethdata.give_consent('7', 'mk') > 0 AS given;
RESET client_min_messages;

-- the index comes and goes with the rule
CREATE VIEW blind AS SELECT c.oid::regclass AS index, pg_get_indexdef(c.oid) AS definition FROM pg_class c
  WHERE c.relkind IN ('i', 'I') AND c.relnamespace = 'lk'::regnamespace AND pg_get_indexdef(c.oid) LIKE '%blind%' ORDER BY 2;
GRANT SELECT ON blind TO PUBLIC;
\pset format unaligned
\set mask_email 'ethdata.mask(''lk.c'', ''email'', masked_as => ''ethdata.mask_email(value)'', reveal_for => ''{mk}'', on_write => ''allow'''
SELECT :mask_email, lookup => true);
SELECT :mask_email, lookup => true);
SELECT * FROM blind;
SELECT :mask_email);
SELECT * FROM blind;
SELECT :mask_email, lookup => true);
SELECT ethdata.drop_mask('lk.c', 'email');
SELECT * FROM blind;
-- one that is there is taken, and goes too
SET ROLE regress_lk_owner;
CREATE INDEX CONCURRENTLY mine ON lk.c USING hash (ethdata.blind(email) ethdata.blind_ops);
SELECT :mask_email, lookup => true);
SELECT * FROM blind;
-- an owner may not change it, an administrator may
SELECT :mask_email);
RESET ROLE;
SELECT :mask_email);
SELECT * FROM blind;
SELECT :mask_email, lookup => true);

-- which columns
SELECT ethdata.mask('lk.odd', 'flag', lookup => true);
SELECT ethdata.mask('lk.odd', 'doc', lookup => true);
SELECT ethdata.mask('lk.odd', 'name', lookup => true);
SELECT ethdata.mask('lk.odd', 'name', lookup => NULL);
SELECT ethdata.mask('lk.c', 'phone', masked_as => 'ethdata.mask_phone(value)', lookup => true), ethdata.mask('lk.c', 'tax', lookup => true), ethdata.mask('lk.c', 'paid', lookup => true),
  ethdata.mask('lk.c', 'born', lookup => true), ethdata.mask('lk.c', 'tags', lookup => true), ethdata.mask('lk.c', 'home', lookup => true), ethdata.mask('lk.c', 'code', lookup => true),
  ethdata.mask('lk.c', 'net', lookup => true), ethdata.mask('lk.c', 'key', lookup => true);
SELECT ethdata.mask('lk.h', 'secret', masked_as => '''***''', lookup => true), ethdata.mask('lk.part', 'login', masked_as => '''***''', lookup => true),
  ethdata.mask('lk.up', 'login', masked_as => '''***''', lookup => true);
SELECT * FROM blind;

CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    IF line ~ 'Scan' THEN RETURN NEXT regexp_replace(line, '^ *(-> *)?', ''); END IF;
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION plan(text) TO PUBLIC;
SET enable_seqscan = off;

-- the row is found by its value, and shows the mask
SET ROLE regress_lk_app;
SELECT id, email, phone, city FROM lk.c WHERE email = 'person5@example.com';
EXPLAIN (COSTS OFF) SELECT id, email FROM lk.c WHERE email = 'person5@example.com';
SELECT id FROM lk.c WHERE 'person5@example.com' = email;
SELECT id FROM lk.c WHERE email = 'person6@example.com' AND city = 'Ulm 0';
SELECT id FROM lk.c WHERE email = 'person6@example.com' AND city = 'Ulm 1';
SELECT id FROM lk.c WHERE email = lower('PERSON5@example.com') AND phone = '+49 170 5';
SELECT id FROM lk.c WHERE email IN ('person6@example.com', 'person9@example.com', NULL, 'nobody') ORDER BY 1;
SELECT plan($$SELECT id FROM lk.c WHERE email IN ('person6@example.com', 'person9@example.com')$$);
SELECT id FROM lk.c WHERE email = 'person6@example.com' OR id = 3 ORDER BY 1;
SELECT plan($$SELECT id FROM lk.c WHERE email = 'person6@example.com' OR id = 3$$);
SELECT id FROM lk.c WHERE (id, email) IN ((6, 'person6@example.com'), (7, 'person9@example.com'));
SELECT count(*) FROM lk.c WHERE email = NULL;
SELECT count(*) FROM lk.c WHERE email = ANY (NULL::text[]);
SELECT count(*) FROM lk.c WHERE email = ANY ('{}');
-- types, and what compares with them
SELECT id FROM lk.c WHERE phone = '+49 170 5';
SELECT id FROM lk.c WHERE tax = 5000;
SELECT id FROM lk.c WHERE tax = 5000::bigint;
SELECT id FROM lk.c WHERE tax = 5000::smallint;
SELECT id FROM lk.c WHERE tax IN (5000, 7000) ORDER BY id;
SELECT id FROM lk.c WHERE paid = 5.5;
SELECT id FROM lk.c WHERE paid = 5.500;
SELECT id FROM lk.c WHERE born = '1990-01-06';
SELECT id FROM lk.c WHERE tags = '{t5,NULL}';
SELECT id FROM lk.c WHERE home = 'home5';
SELECT id FROM lk.c WHERE code = 'c5';
SELECT id FROM lk.c WHERE code = 'c5    ';
SELECT id FROM lk.c WHERE net = '10.0.0.5';
SELECT id FROM lk.c WHERE key = '00000000-0000-0000-0000-000000000005';
SELECT plan('SELECT id FROM lk.c WHERE tax = 5000'), plan('SELECT id FROM lk.c WHERE paid = 5.5'), plan('SELECT id FROM lk.c WHERE home = ''home5''');
-- not the equality of the type: the mask is compared
SELECT count(*) FROM lk.c WHERE tax = 5000.0;
SELECT count(*) FROM lk.c WHERE born = timestamp '1990-01-06';
SELECT count(*) FROM lk.c WHERE email COLLATE lk.blind = 'person5@example.com';
SELECT count(*) FROM lk.c WHERE email::bytea = 'person5@example.com';

-- parameters: custom and generic plans, PL/pgSQL
PREPARE one(text) AS SELECT id, email FROM lk.c WHERE email = $1;
PREPARE many(text[]) AS SELECT id, email FROM lk.c WHERE email = ANY ($1) ORDER BY id;
EXECUTE one('person5@example.com');
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE one('person5@example.com');
EXECUTE one('person5@example.com');
EXECUTE one('p***@***.com');
EXECUTE one(NULL);
EXECUTE many('{person5@example.com,person40@example.com,nobody,NULL}');
RESET plan_cache_mode;
CREATE FUNCTION pg_temp.find(what text) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT id FROM lk.c WHERE email = what); END $$;
SELECT pg_temp.find('person5@example.com');
CREATE FUNCTION pg_temp.rows(what text) RETURNS SETOF lk.c LANGUAGE sql STABLE AS 'SELECT * FROM lk.c WHERE email = what';
SELECT id, email FROM pg_temp.rows('person5@example.com');

-- through views, subqueries and joins
RESET ROLE;
CREATE VIEW lk.v WITH (security_barrier) AS SELECT id, email AS mail, city FROM lk.c WHERE id > 0;
CREATE VIEW lk.vv AS SELECT v.mail AS m, v.id AS i, g.email AS g FROM lk.v LEFT JOIN lk.guess g ON false;
CREATE VIEW lk.seen WITH (security_invoker) AS SELECT * FROM lk.c;
CREATE VIEW lk.grouped AS SELECT email, count(*) FROM lk.c GROUP BY email;
GRANT SELECT, UPDATE ON lk.v, lk.vv, lk.seen, lk.grouped TO regress_lk_app;
SET ROLE regress_lk_app;
SELECT * FROM lk.v WHERE mail = 'person5@example.com';
SELECT plan('SELECT * FROM lk.v WHERE mail = ''person5@example.com''');
SELECT * FROM lk.vv WHERE m = 'person5@example.com';
SELECT plan('SELECT * FROM lk.vv WHERE m = ''person5@example.com''');
SELECT id, email FROM lk.seen WHERE email IN ('person5@example.com', 'person6@example.com') ORDER BY id;
SELECT * FROM (SELECT id, email FROM lk.c ORDER BY id LIMIT 10) s WHERE email = 'person5@example.com' OR email = 'person30@example.com';
SELECT count(*) FROM lk.grouped WHERE email = 'person5@example.com';
SELECT n, j.email FROM (lk.c c JOIN (VALUES (5), (6)) x (n) ON x.n = c.id) j WHERE j.email = 'person6@example.com';
SELECT n, c.id, c.email FROM (VALUES (5), (6)) x (n) LEFT JOIN lk.c ON c.id = n AND c.email = 'person6@example.com' ORDER BY n;
SELECT n, v.id, v.mail FROM (VALUES (5), (6)) x (n) LEFT JOIN lk.v ON v.id = n WHERE v.mail = 'person6@example.com';
SELECT n, v.id FROM (VALUES (5), (6)) x (n) LEFT JOIN lk.v ON v.id = n WHERE v.mail = 'person6@example.com' OR n = 5 ORDER BY n;
SELECT EXISTS (SELECT FROM lk.c WHERE email = 'person6@example.com') AS yes, EXISTS (SELECT FROM lk.c WHERE email = 'person99@example.com') AS no;
SELECT id FROM lk.c WHERE id IN (SELECT id FROM lk.c WHERE email = 'person6@example.com');
SELECT c.ctid IS NOT NULL AS ctid, c.tableoid::regclass, c AS whole FROM (SELECT * FROM lk.c WHERE email = 'person6@example.com') s JOIN lk.c USING (id) WHERE c.email = 'person6@example.com';
SELECT id FROM lk.c WHERE email = 'person6@example.com' FOR UPDATE;

-- by nothing less than the whole value
SELECT count(*) FROM lk.c WHERE email LIKE 'person5@%';
SELECT count(*) FROM lk.c WHERE email LIKE 'person5@example.com';
SELECT count(*) FROM lk.c WHERE email ~ 'person5' OR starts_with(email, 'person') OR strpos(email, 'person') > 0 OR left(email, 7) = 'person5';
SELECT count(*) FROM lk.c WHERE email BETWEEN 'person4' AND 'person5';
SELECT count(*) FROM lk.c WHERE email >= 'person5@example.com' AND email <= 'person5@example.com';
SELECT count(*) FROM lk.c WHERE lower(email) = 'person5@example.com';
SELECT count(*) FROM lk.c WHERE email || '' = 'person5@example.com';
SELECT count(*) FROM lk.c WHERE tax > 0 OR tax + 0 = 5000;
SELECT count(*) FROM lk.c WHERE email = ALL ('{person5@example.com}');
SELECT count(*) FROM lk.c WHERE email IS NOT DISTINCT FROM 'person5@example.com';
SELECT count(*) FROM lk.c WHERE lower_mail = 'person5@example.com';
-- not outside of a condition, or under NOT: whether a value is NULL is not told
SELECT email = 'person5@example.com' AS equal, (email = 'person5@example.com') IS NULL AS unknown FROM lk.c WHERE id IN (5, 41) ORDER BY id;
SELECT count(*) FROM lk.c WHERE NOT email = 'person5@example.com';
SELECT count(*) FROM lk.c WHERE (email = 'person5@example.com') IS NOT TRUE;
SELECT count(*) FROM lk.c WHERE CASE WHEN email = 'person5@example.com' THEN true END;
SELECT count(*) FROM lk.c WHERE email <> 'person5@example.com';
SELECT count(*) FILTER (WHERE email = 'person5@example.com') FROM lk.c;
SELECT count(*) FROM (SELECT email FROM lk.c GROUP BY email HAVING email = 'person5@example.com') s;
SELECT id FROM lk.c ORDER BY email = 'person5@example.com' DESC, id LIMIT 1;
-- not with the values of another table, of a sub-select, or of what is new for each row
SELECT count(*) FROM lk.guess g JOIN lk.c ON c.email = g.email;
SELECT count(*) FROM lk.c WHERE email IN (SELECT email FROM lk.guess);
SELECT count(*) FROM lk.c WHERE email = (SELECT 'person5@example.com');
SELECT count(*) FROM lk.guess g, LATERAL (SELECT FROM lk.c WHERE c.email = g.email) s;
SELECT count(*) FROM lk.guess g, LATERAL (SELECT FROM pg_temp.rows(g.email)) s;
SELECT count(*) FROM lk.c a JOIN lk.c b ON a.email = b.email AND a.id = b.id - 1 AND a.id < 3;
SELECT count(*) FROM lk.c WHERE email = 'person' || ceil(random() * 40) || '@example.com';
WITH w AS (SELECT * FROM lk.c) SELECT count(*) FROM w WHERE email = 'person5@example.com';
SELECT count(*) FROM (SELECT email FROM lk.c UNION ALL SELECT email FROM lk.c) s WHERE email = 'person5@example.com';
MERGE INTO lk.c USING (VALUES (1)) x ON c.email = 'person5@example.com' WHEN MATCHED THEN DO NOTHING;
-- the mask is no longer equal, alone
SELECT count(*) FROM lk.c WHERE email = 'p***@***.com';
SELECT count(*) FROM lk.c WHERE email || '' = 'p***@***.com';

-- codes tell nothing
SELECT ethdata.blind('person5@example.com'::text), ethdata.blind('x'::text)::text, ethdata.blind(NULL::text);
SELECT count(*) FROM lk.c WHERE ethdata.blind(email) OPERATOR(ethdata.=) ethdata.blind('person5@example.com'::text);
SELECT count(*) FROM lk.c WHERE ethdata.blind(email) OPERATOR(ethdata.=) ethdata.blind('p***@***.com'::text);
SELECT ethdata.blind(email) FROM lk.c ORDER BY ethdata.blind(email);
SELECT DISTINCT ethdata.blind(email) FROM lk.c;
SELECT ethdata.blind('x'::text) < ethdata.blind('y'::text);
SELECT hash_record_extended(ROW (ethdata.blind('x'::text)), 0);
SELECT ethdata._blind_code_hash(ethdata.blind('x'::text));
SELECT '(blind)'::ethdata.blind_code;
SELECT ethdata._blind_probes(NULL, 'x'::text);
SELECT ethdata._blind_probes_any(NULL::internal, '{x}'::text[]);
SELECT count(*) FROM pg_stats WHERE tablename LIKE '%blind%';

-- writing: the row is found, what is assigned is judged as ever
UPDATE lk.c SET city = 'Bonn' WHERE email = 'person8@example.com' RETURNING id, email, city;
UPDATE lk.c SET phone = '0' WHERE email = 'person8@example.com';
UPDATE lk.c SET email = 'new8@example.com' WHERE email = 'person8@example.com' RETURNING id, email;
SELECT id FROM lk.c WHERE email = 'new8@example.com';
SELECT id FROM lk.c WHERE email = 'person8@example.com';
UPDATE lk.v SET city = 'Kiel' WHERE mail = 'new8@example.com' RETURNING *;
WITH u AS (UPDATE lk.c SET city = x.n FROM (VALUES ('Jena')) x (n) WHERE email IN ('new8@example.com', 'person9@example.com') AND x.n <> c.city RETURNING id, city) SELECT * FROM u ORDER BY id;
INSERT INTO lk.c (id, email) VALUES (42, 'person42@example.com');
SELECT id, email FROM lk.c WHERE email = 'person42@example.com';
DELETE FROM lk.c USING (VALUES (1)) x (n) WHERE email = 'person42@example.com' AND x.n = 1 RETURNING id, email;
SELECT plan('UPDATE lk.c SET city = ''x'' WHERE email = ''person5@example.com''');
DELETE FROM lk.c WHERE email LIKE 'person%' RETURNING id;

-- who sees the cell, who may not read the column, who is exempt
SET ROLE regress_lk_sees;
SELECT id, email FROM lk.c WHERE email IN ('person6@example.com', 'person7@example.com') ORDER BY id;
SET ROLE regress_lk_no;
SELECT id FROM lk.c WHERE city = 'Ulm 2' AND email = 'person5@example.com';
RESET ROLE;
SELECT id, email FROM lk.c WHERE email = 'person5@example.com';
SELECT plan('SELECT id, email FROM lk.c WHERE email = ''person5@example.com''');

-- hidden rows stay hidden, and EXPLAIN ANALYZE does not count them
SET ROLE regress_lk_app;
SELECT * FROM lk.h WHERE secret = 'secret7';
SET ROLE regress_lk_sees;
SELECT * FROM lk.h WHERE secret IN ('secret6', 'secret7');
RESET ROLE;
CREATE FUNCTION said(query text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  result text := '';
BEGIN
  FOR line IN EXECUTE query || quote_literal(value) LOOP
    result := result || replace(line, value, '?') || E'\n';
  END LOOP;
  RETURN result;
END $$;
SET ROLE regress_lk_sees;
SELECT said(what || ' SELECT cid FROM lk.h WHERE secret = ', 'secret6') = said(what || ' SELECT cid FROM lk.h WHERE secret = ', 'nothing') AS same
  FROM (VALUES ('EXPLAIN'), ('EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, SUMMARY OFF)'), ('EXPLAIN (ANALYZE, VERBOSE, BUFFERS OFF, TIMING OFF, SUMMARY OFF)')) x (what);
UPDATE lk.h SET secret = 'x' WHERE secret = 'secret6';
DELETE FROM lk.h WHERE secret = 'secret6' RETURNING *;

-- partitions and children, from above and by themselves
SET ROLE regress_lk_app;
SELECT * FROM lk.part WHERE login IN ('login5', 'login25') ORDER BY id;
SELECT plan('SELECT * FROM lk.part WHERE login = ''login25''');
SELECT * FROM lk.part WHERE login = 'login25' AND id = 25;
RESET ROLE;
GRANT SELECT ON lk.part2, lk.down TO regress_lk_app;
SET ROLE regress_lk_app;
SELECT * FROM lk.part2 WHERE login = 'login25';
UPDATE lk.part SET cid = cid WHERE login = 'login25' RETURNING *;
SELECT * FROM lk.up WHERE login IN ('login5', 'login25') ORDER BY id;
SELECT plan('SELECT * FROM lk.up WHERE login = ''login25''');
SELECT * FROM lk.down WHERE login = 'login25';
RESET ROLE;
SET ROLE regress_lk_owner;
CREATE TABLE lk.part3 PARTITION OF lk.part FOR VALUES FROM (100) TO (200);
ALTER TABLE lk.part DETACH PARTITION lk.part1;
ALTER TABLE lk.part ATTACH PARTITION lk.part1 FOR VALUES FROM (0) TO (20);
RESET ROLE;

-- another table takes the policy over
CREATE TABLE lk.copy (LIKE lk.h);
SELECT ethdata.copy_policy('lk.h', 'lk.copy');
SELECT * FROM blind WHERE index = 'lk.copy_blind_idx'::regclass;
DROP TABLE lk.copy;

-- names change, the column goes
ALTER TABLE lk.c RENAME COLUMN email TO e_mail;
SET ROLE regress_lk_app;
SELECT id, e_mail FROM lk.c WHERE e_mail = 'person5@example.com';
RESET ROLE;
ALTER TABLE lk.c RENAME COLUMN e_mail TO email;
ALTER TABLE lk.c DROP COLUMN code CASCADE;
SELECT count(*) FROM blind WHERE definition LIKE '%(code)%';

-- without its index it is slow, and says so
DROP INDEX lk.c_blind_idx;
SET ROLE regress_lk_app;
SELECT id, email FROM lk.c WHERE email = 'person5@example.com';
SELECT plan('SELECT id, email FROM lk.c WHERE email = ''person5@example.com''');
RESET ROLE;
SELECT severity, object, risk, remedy FROM ethdata.self_check() WHERE risk LIKE '%lookup%' ORDER BY 2;
-- an index of another shape is none
CREATE INDEX half ON lk.c USING hash (ethdata.blind(email) ethdata.blind_ops) WHERE id > 0;
SET ROLE regress_lk_app;
SELECT plan('SELECT id, email FROM lk.c WHERE email = ''person5@example.com'' AND id > 0');
RESET ROLE;
DROP INDEX lk.half;
CREATE INDEX ON lk.c USING hash (ethdata.blind(email) ethdata.blind_ops);

-- what a plan costs does not follow the values: all different, or all the same
SET client_min_messages = warning;
CREATE TABLE lk.est1 (id bigint PRIMARY KEY, login text);
CREATE TABLE lk.est2 (id bigint PRIMARY KEY, login text);
INSERT INTO lk.est1 SELECT g, to_char(g, 'FM00000') FROM generate_series(1, 5000) g;
INSERT INTO lk.est2 SELECT g, '00001' FROM generate_series(1, 5000) g;
GRANT SELECT ON lk.est1, lk.est2 TO regress_lk_app;
SELECT ethdata.protect('lk.est1'), ethdata.protect('lk.est2'), ethdata.mask('lk.est1', 'login', lookup => true), ethdata.mask('lk.est2', 'login', lookup => true);
RESET client_min_messages;
VACUUM ANALYZE lk.est1, lk.est2;
RESET enable_seqscan;
SET ROLE regress_lk_app;
SELECT said(replace(query, 'est', 'est1'), '1') = replace(said(replace(query, 'est', 'est2'), '1'), 'est2', 'est?') AS same
  FROM (VALUES ('EXPLAIN VERBOSE SELECT id FROM lk.est WHERE login = '), ('EXPLAIN SELECT id FROM lk.est WHERE login IN (''00002'', ''00003'') OR id::text = '),
    ('EXPLAIN SELECT count(*) FROM lk.est a JOIN lk.est b USING (id) WHERE a.login = ''00001'' AND b.login = ')) x (query);
SELECT plan('SELECT id FROM lk.est1 WHERE login = ''00001''');
SELECT count(*) FROM lk.est2 WHERE login = '00001';
RESET ROLE;

-- audited; exported with the policy; the way back
SELECT details FROM ethdata.audit_event WHERE kind = 'policy' AND relation = 'lk.c' AND details->>'column' = 'email' ORDER BY id LIMIT 3;
SELECT p->'masked_as', p->'lookup' FROM (SELECT jsonb_path_query(ethdata.export_policy(), '$.tables[*] ? (@.relation == "lk.up").columns.login') AS p) x;
CREATE INDEX ON lk.guess USING hash (ethdata.blind(email) ethdata.blind_ops);
SELECT s FROM ethdata.rollback_script() s WHERE s ~ 'blind|lk.up';
DROP INDEX lk.guess_blind_idx;
SELECT ethdata.unprotect('lk.up'), ethdata.unprotect('lk.part'), ethdata.unprotect('lk.h');
SELECT count(*) FROM blind WHERE definition LIKE '%login%' OR definition LIKE '%secret%';

SET client_min_messages = warning;
SELECT ethdata.unprotect('lk.c'), ethdata.unprotect('lk.odd'), ethdata.unprotect('lk.est1'), ethdata.unprotect('lk.est2');
SELECT * FROM blind;
DROP VIEW blind;
DROP FUNCTION plan(text), said(text, text);
DROP SCHEMA lk CASCADE;
DROP EXTENSION ethdata CASCADE;
DROP OWNED BY regress_lk_owner, regress_lk_app, regress_lk_sees, regress_lk_no;
DROP ROLE regress_lk_owner, regress_lk_app, regress_lk_sees, regress_lk_no;
