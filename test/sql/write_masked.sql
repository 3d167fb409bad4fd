-- What a masked role writes: what it reads of its target is masked, what it
-- assigns to cells that it cannot see is judged by on_write, and no mask is ever
-- stored over a value.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_wm_owner;
CREATE ROLE regress_wm_app;
CREATE SCHEMA w AUTHORIZATION regress_wm_owner;
GRANT USAGE ON SCHEMA w TO regress_wm_app;
SET ROLE regress_wm_owner;
CREATE TYPE w.address AS (street text, city text);
CREATE TABLE w.c (id bigint PRIMARY KEY, email text, phone text, spent numeric(9,2), tags text[], home w.address, secret text, doc json,
  n int DEFAULT 0 CHECK (n >= 0), note text, CHECK (note <> email));
INSERT INTO w.c SELECT g, 'raw' || g || '@example.com', '+49 170 123456' || g, 1000 + g, ARRAY['raw' || g, 't'], ROW('Raw ' || g, 'Ulm')::w.address, 'raw-secret' || g, '{"a": 1}', g, 'note' || g
  FROM generate_series(1, 4) g;
CREATE TABLE w.o (id int PRIMARY KEY, cid bigint REFERENCES w.c, item text, at date) PARTITION BY RANGE (id);
CREATE TABLE w.o1 PARTITION OF w.o FOR VALUES FROM (1) TO (100);
CREATE TABLE w.o2 PARTITION OF w.o FOR VALUES FROM (100) TO (200);
INSERT INTO w.o VALUES (1, 1, 'book', '2026-01-01'), (2, 2, 'Raw-item', '2026-01-02'), (101, 2, 'Raw-pen', '2026-01-03');
CREATE TABLE w.h (cid bigint PRIMARY KEY REFERENCES w.c, v text);
INSERT INTO w.h VALUES (1, 'Visible'), (2, 'Raw-hidden'), (3, 'Raw-hidden too');
CREATE TABLE w.plain (id bigint, email text);
INSERT INTO w.plain VALUES (1, 'new1@example.com'), (2, 'new2@example.com');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA w TO regress_wm_app;
RESET ROLE;
SELECT ethdata.define_subject_class('w.c');
SELECT ethdata.define_purpose('mk', basis => 'consent');
SELECT ethdata.grant_purpose('mk', 'regress_wm_app', as_default => true);
SELECT ethdata.protect('w.c', subject => 'id');
SELECT ethdata.protect('w.o', subject => 'cid');
SELECT ethdata.protect('w.h', subject => 'cid', rows => true);
SELECT ethdata.mask('w.c', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{mk}', on_write => 'keep_if_mask');
SELECT ethdata.mask('w.c', 'phone', reveal_for => '{mk}');
SELECT ethdata.mask('w.c', 'spent', masked_as => 'ethdata.mask_number(value, 1000)', reveal_for => '{mk}', on_write => 'keep_if_mask');
SELECT ethdata.mask('w.c', 'tags', masked_as => '''{}''', reveal_for => '{mk}', on_write => 'allow');
SELECT ethdata.mask('w.c', 'home', masked_as => '''(***,***)''', reveal_for => '{mk}', on_write => 'allow');
SELECT ethdata.mask('w.c', 'secret', on_write => 'allow');
SELECT ethdata.mask('w.c', 'doc', masked_as => '''{}''', on_write => 'keep_if_mask');
SELECT ethdata.mask('w.o', 'item', masked_as => '''***''', reveal_for => '{mk}', on_write => 'keep_if_mask');
SELECT ethdata.give_consent('1', 'mk') > 0 AS given;
RESET client_min_messages;
CREATE FUNCTION raw(bigint) RETURNS text LANGUAGE sql AS 'SELECT c::text FROM w.c WHERE id = $1';
\pset format unaligned

SET ROLE regress_wm_app;
SELECT * FROM w.c ORDER BY id;

-- refuse: where the cell is seen it is free, where it is not it is an error with a remedy
UPDATE w.c SET phone = '0' WHERE id = 1 RETURNING id, phone;
UPDATE w.c SET phone = '0' WHERE id = 2;
UPDATE w.c SET phone = NULL WHERE id = 2;
UPDATE w.c SET phone = phone WHERE id = 2;
UPDATE w.c SET phone = '0';
\set VERBOSITY terse

-- keep_if_mask: a row is saved as it was loaded
UPDATE w.c SET email = 'r***@***.com', spent = 1000, doc = '{}', n = n + 10, note = 'saved' WHERE id = 2 RETURNING *;
UPDATE w.c SET email = email, spent = 1000.00, n = 13 WHERE id = 3 RETURNING email, spent, n;
UPDATE w.c SET email = 'mine@example.com' WHERE id = 2;
UPDATE w.c SET email = NULL WHERE id = 2;
UPDATE w.c SET email = upper(email) WHERE id = 2;
UPDATE w.c SET spent = spent + 1 WHERE id = 2;
UPDATE w.c SET email = 'mine@example.com', spent = spent + 1 WHERE id = 1 RETURNING email, spent;
UPDATE w.c SET (email, n) = (SELECT 'r***@***.com', 7) WHERE id = 4 RETURNING email, n;
UPDATE w.c SET (email, n) = (SELECT 'x', 8) WHERE id = 4;

-- allow: a new value is stored, a mask never
UPDATE w.c SET tags = '{new}', home = ROW('New', 'Bonn')::w.address, secret = 'new' WHERE id = 2 RETURNING tags, home, secret;
UPDATE w.c SET tags = '{}' WHERE id = 3;
UPDATE w.c SET secret = NULL WHERE id = 3;
UPDATE w.c SET tags = tags || 'more'::text WHERE id = 3;
UPDATE w.c SET secret = email WHERE id = 3;
UPDATE w.c SET secret = (SELECT x.email FROM w.c x WHERE x.id = 3) WHERE id = 3;
UPDATE w.c SET secret = x.email FROM w.c x WHERE x.id = 4 AND c.id = 3;
UPDATE w.c SET secret = p.email FROM w.plain p WHERE p.id = 2 AND c.id = 4;
UPDATE w.c SET secret = x.e FROM (SELECT email AS e FROM w.c) x WHERE c.id = 3;
UPDATE w.c SET secret = x.e FROM (SELECT email AS e FROM w.plain WHERE id = 1) x WHERE c.id = 4;
-- part of a value only where the whole is seen
UPDATE w.c SET tags[1] = 'part' WHERE id = 3;
UPDATE w.c SET home.city = 'part' WHERE id = 3;
UPDATE w.c SET tags[1] = 'part', home.city = 'part' WHERE id = 1 RETURNING tags, home;

RESET ROLE;
SELECT raw(g) FROM generate_series(1, 4) g;
SET ROLE regress_wm_app;

-- upserts: EXCLUDED is the caller's own row, the row that is there is masked
INSERT INTO w.c (id, email, n) VALUES (2, 'r***@***.com', 2), (5, 'five@example.com', 5)
  ON CONFLICT (id) DO UPDATE SET email = excluded.email, n = excluded.n RETURNING id, email, n;
INSERT INTO w.c (id, email, n) VALUES (2, 'other@example.com', 2) ON CONFLICT (id) DO UPDATE SET email = excluded.email;
INSERT INTO w.c (id, email, n) VALUES (1, 'other@example.com', 2) ON CONFLICT (id) DO UPDATE SET email = excluded.email RETURNING email;
INSERT INTO w.c (id) VALUES (2) ON CONFLICT (id) DO UPDATE SET note = c.email || ' ' || coalesce(c.phone, '-') WHERE c.email NOT LIKE 'raw%' RETURNING note;
INSERT INTO w.c (id) VALUES (2) ON CONFLICT (id) DO UPDATE SET n = 1 WHERE c.email LIKE 'raw%' RETURNING id;
INSERT INTO w.c (id, phone) VALUES (3, '0') ON CONFLICT (id) DO UPDATE SET phone = excluded.phone;
INSERT INTO w.c (id) VALUES (2) ON CONFLICT DO NOTHING;

-- conditions, assigned expressions and RETURNING
UPDATE w.c SET n = 100 WHERE email LIKE 'raw%';
UPDATE w.c SET n = 100 WHERE email LIKE 'r***%' AND id > 2 RETURNING id, c;
UPDATE w.c t SET n = (SELECT count(*) FROM w.plain p WHERE p.email = t.email OR t.email LIKE '%***%') WHERE id < 3 RETURNING id, n, (SELECT t.email), (t).phone;
DELETE FROM w.c WHERE secret IS NOT NULL;
DELETE FROM w.c USING w.plain p WHERE c.email = p.email;
DELETE FROM w.c WHERE id = 5 RETURNING *;
BEGIN;
DECLARE k CURSOR FOR SELECT id, email FROM w.c WHERE id = 2 FOR UPDATE;
FETCH k;
UPDATE w.c SET n = 78 WHERE CURRENT OF k RETURNING id, email, n;
UPDATE w.c SET phone = 'x' WHERE CURRENT OF k;
ROLLBACK;
BEGIN;
DECLARE k CURSOR FOR SELECT id, email FROM w.c WHERE id = 4;
FETCH k;
DELETE FROM w.c WHERE CURRENT OF k RETURNING email;
ROLLBACK;
WITH gone AS (DELETE FROM w.o WHERE item = '***' RETURNING *), put AS (INSERT INTO w.o SELECT * FROM gone RETURNING item) SELECT (SELECT array_agg(item) FROM gone), (SELECT array_agg(item) FROM put);
PREPARE u(bigint) AS UPDATE w.c SET n = n + 1 WHERE id = $1 AND email LIKE 'raw%' RETURNING email;
EXECUTE u(2);
RESET ROLE;
SELECT ethdata.give_consent('2', 'mk') > 0 AS given;
SET ROLE regress_wm_app;
EXECUTE u(2);
RESET ROLE;
SELECT ethdata.withdraw_consent('2', 'mk') > 0 AS withdrawn;
SET ROLE regress_wm_app;
EXECUTE u(2);
DEALLOCATE u;

-- MERGE
MERGE INTO w.c USING w.plain p ON c.id = p.id
  WHEN MATCHED AND c.email LIKE '%***%' THEN UPDATE SET note = 'masked ' || c.email
  WHEN MATCHED THEN UPDATE SET note = 'seen ' || c.email, email = p.email;
SELECT id, note FROM w.c WHERE id < 3 ORDER BY id;
MERGE INTO w.c USING w.plain p ON c.email = p.email AND c.id <> 1 WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING;
MERGE INTO w.c USING (VALUES (2, 'x')) v(i, e) ON c.id = v.i WHEN MATCHED THEN UPDATE SET email = v.e;
MERGE INTO w.c USING (VALUES (2, 'r***@***.com')) v(i, e) ON c.id = v.i WHEN MATCHED THEN UPDATE SET email = v.e, n = 3;
MERGE INTO w.c USING (VALUES (6, 'six@example.com')) v(i, e) ON c.id = v.i WHEN NOT MATCHED THEN INSERT (id, email) VALUES (v.i, v.e);
MERGE INTO w.c USING (VALUES (6)) v(i) ON c.id = v.i WHEN MATCHED THEN DELETE;

-- a row stays its person's while anything of it is masked
UPDATE w.o SET cid = 1 WHERE id = 2;
UPDATE w.o SET cid = 2, item = '***' WHERE id = 2 RETURNING *;
UPDATE w.o SET cid = 3 WHERE id = 1 RETURNING *;
UPDATE w.o SET cid = 1 WHERE id = 1;
UPDATE w.c SET id = 77 WHERE id = 4;
MERGE INTO w.o USING (VALUES (2)) v(i) ON o.id = v.i WHEN MATCHED THEN UPDATE SET cid = 1;
INSERT INTO w.c (id) VALUES (4) ON CONFLICT (id) DO UPDATE SET id = 1000;
-- partitions, by name and by moving
UPDATE w.o1 SET item = 'x' WHERE id = 2;
UPDATE w.o SET id = 110, item = '***' WHERE id = 2 RETURNING tableoid::regclass, item;
UPDATE w.o SET at = '2026-02-02' WHERE item LIKE 'Raw%';

-- hidden rows are not met
UPDATE w.h SET v = v || '!' RETURNING *;
DELETE FROM w.h WHERE v LIKE 'Raw%';
INSERT INTO w.h VALUES (2, 'new') ON CONFLICT (cid) DO UPDATE SET v = 'taken';
CREATE FUNCTION pg_temp.tell(anyelement) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'told %', $1; RETURN true; END $$;
INSERT INTO w.h VALUES (2, 'new') ON CONFLICT (cid) DO UPDATE SET v = 'taken' WHERE pg_temp.tell(h.v);
UPDATE w.h SET v = v WHERE pg_temp.tell(v);
DELETE FROM w.h WHERE pg_temp.tell(h);
INSERT INTO w.h VALUES (1, 'again') ON CONFLICT (cid) DO UPDATE SET v = excluded.v RETURNING *;
INSERT INTO w.h VALUES (2, 'new') ON CONFLICT (cid) DO NOTHING;
MERGE INTO w.h USING (VALUES (1, 'merged'), (2, 'merged')) v(i, t) ON h.cid = v.i WHEN MATCHED THEN UPDATE SET v = v.t;
INSERT INTO w.h VALUES (4, 'of a person who did not permit') RETURNING *;
SELECT * FROM w.h;

-- details of errors do not show what was kept
\set VERBOSITY default
UPDATE w.c SET email = 'r***@***.com', n = -1 WHERE id = 2;
UPDATE w.c SET email = 'r***@***.com', note = 'raw2@example.com' WHERE id = 2;
INSERT INTO w.c (id, email) VALUES (2, 'r***@***.com') ON CONFLICT (id) DO UPDATE SET email = excluded.email, n = -1;
UPDATE w.o SET item = '***', id = 500 WHERE id = 110;
DO $$ DECLARE d text; BEGIN UPDATE w.c SET email = 'r***@***.com', n = -1 WHERE id = 2; EXCEPTION WHEN check_violation THEN GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL; RAISE NOTICE 'detail "%"', d; END $$;
WITH w AS (UPDATE w.c SET email = 'r***@***.com', n = -1 WHERE id = 2) SELECT 1;
UPDATE w.c SET n = -1 WHERE id = 2;
\set VERBOSITY terse

-- a view, its check option, and a rule
RESET ROLE;
SET client_min_messages = warning;
SET ROLE regress_wm_owner;
CREATE VIEW w.v AS SELECT id, email, n FROM w.c WHERE email NOT LIKE 'raw%' WITH CHECK OPTION;
CREATE VIEW w.vr AS SELECT id, email FROM w.c;
CREATE TABLE w.log (t text);
CREATE RULE r AS ON UPDATE TO w.vr DO INSTEAD INSERT INTO w.log VALUES (old.email || '>' || new.email);
GRANT SELECT, UPDATE, INSERT ON w.v, w.vr TO regress_wm_app;
GRANT SELECT ON w.log TO regress_wm_app;
SET ROLE regress_wm_app;
UPDATE w.v SET n = 21 WHERE id = 2 RETURNING *;
UPDATE w.v SET email = 'r***@***.com', n = 22 WHERE id = 2 RETURNING *;
UPDATE w.v SET email = 'x' WHERE id = 2;
INSERT INTO w.v VALUES (8, 'raw8', 8);
UPDATE w.vr SET email = 'n' WHERE id = 2;
SELECT * FROM w.log;

-- a trigger of the owner sees the row, and the mask is not what it stores
RESET ROLE;
CREATE FUNCTION w.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := length(NEW.email) || ' characters'; RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON w.c FOR EACH ROW EXECUTE FUNCTION w.touch();
SET ROLE regress_wm_app;
UPDATE w.c SET email = 'r***@***.com', n = 23 WHERE id = 2 RETURNING id, email, note;
RESET ROLE;
SELECT raw(g) FROM generate_series(1, 4) g;
SELECT * FROM w.o ORDER BY id;
SELECT * FROM w.h ORDER BY cid;

-- an exception opens for the time it lasts; without a purpose everything is masked
SELECT ethdata.suspend('w.c', reason => 'INC-1', until => now() + interval '1 hour') IS NOT NULL AS suspended;
SET ROLE regress_wm_app;
UPDATE w.c SET phone = '2' WHERE id = 2 RETURNING phone, email;
RESET ROLE;
SELECT ethdata.resume('w.c') IS NOT NULL AS resumed;
SET ROLE regress_wm_app;
SET ethdata.purpose = 'none';
UPDATE w.c SET phone = '0' WHERE id = 1;
SET ethdata.purpose = 'unknown';
UPDATE w.c SET n = 0 WHERE id = 1;
INSERT INTO w.c (id) VALUES (9);
RESET ethdata.purpose;
-- nobody calls the function
SELECT ethdata._write_cell(NULL, 0, 0::smallint, 2, 'a'::text, 'b'::text, 'c'::text);
SET client_min_messages = warning;
RESET ROLE;
SELECT ethdata.unprotect(t) FROM unnest('{w.c,w.o,w.h}'::regclass[]) t;
\pset format aligned
DROP FUNCTION raw(bigint);
DROP SCHEMA w CASCADE;
DROP EXTENSION ethdata;
DROP OWNED BY regress_wm_app;
DROP ROLE regress_wm_owner, regress_wm_app;
