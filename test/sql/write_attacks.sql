-- Ways by which a masked writer might see a cell, lose one or move one to another
-- person.  Each was open once.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_wa_owner;
CREATE ROLE regress_wa_eve;
CREATE ROLE regress_wa_mid;
CREATE ROLE regress_wa_all IN ROLE pg_read_all_data;
CREATE ROLE regress_wa_blind;
CREATE SCHEMA w AUTHORIZATION regress_wa_owner;
GRANT USAGE ON SCHEMA w TO PUBLIC;
GRANT CREATE ON SCHEMA w TO regress_wa_mid;
SET ROLE regress_wa_owner;
CREATE TABLE w.c (id bigint PRIMARY KEY, email text, phone text, secret text, n int CHECK (n >= 0), note text NOT NULL DEFAULT '');
INSERT INTO w.c SELECT g, 'raw' || g || '@example.com', '+49 170 ' || g, 'raw-secret' || g, g, 'note' || g FROM generate_series(1, 3) g;
CREATE TABLE w.o (id int PRIMARY KEY, pid bigint REFERENCES w.c ON UPDATE CASCADE, item text);
INSERT INTO w.o VALUES (10, 1, 'book'), (20, 2, 'Raw-item');
CREATE TABLE w.class (id bigint PRIMARY KEY, free text);
INSERT INTO w.class VALUES (1, 'a'), (2, 'b');
CREATE TABLE w.sub (id int PRIMARY KEY, email text);
INSERT INTO w.sub VALUES (1, 'anna@x');
CREATE TABLE w.g (id bigint PRIMARY KEY, v text, k text, d int GENERATED ALWAYS AS ((CASE k WHEN 'bad' THEN v ELSE '0' END)::int) STORED);
INSERT INTO w.g VALUES (2, 'raw-g', 'k');
GRANT SELECT, INSERT, UPDATE, DELETE ON w.c, w.o, w.class, w.sub, w.g TO regress_wa_eve;
GRANT SELECT, UPDATE ON w.c TO regress_wa_mid WITH GRANT OPTION;
GRANT SELECT (id), UPDATE ON w.c, w.o TO regress_wa_blind;
RESET ROLE;
CREATE FUNCTION w.raises(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1::int; END $$;
SELECT ethdata.define_subject_class('w.c');
SELECT ethdata.define_subject_class('w.class', 'class');
SELECT ethdata.define_purpose('mk', basis => 'consent');
SELECT ethdata.grant_purpose('mk', r, as_default => true) FROM unnest('{regress_wa_eve,regress_wa_mid,regress_wa_blind}'::regrole[]) r;
SELECT ethdata.protect('w.c', subject => 'id');
SELECT ethdata.mask('w.c', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{mk}', on_write => 'keep_if_mask');
SELECT ethdata.mask('w.c', 'phone', reveal_for => '{mk}');
SELECT ethdata.mask('w.c', 'secret', masked_as => 'ethdata.mask_partial(value, 1, ''***'', 1)', reveal_for => '{mk}', on_write => 'allow');
SELECT ethdata.protect('w.o', subject => 'pid', class => 'w.c');
SELECT ethdata.mask('w.o', 'item', masked_as => '''***''', reveal_for => '{mk}');
SELECT ethdata.protect('w.class', subject => 'id', class => 'w.class');
SELECT ethdata.protect('w.sub', subject => 'id', class => 'w.c');
SELECT ethdata.mask('w.sub', 'email', reveal_for => '{mk}', on_write => 'allow');
SELECT ethdata.link_subject('w.sub', 'id', 'w.c', as_role => 'again');
SELECT ethdata.protect('w.g', subject => 'id', class => 'w.c');
SELECT ethdata.mask('w.g', 'v', masked_as => '''***''', reveal_for => '{mk}');
SELECT ethdata.give_consent('1', 'mk', class => 'w.c') > 0 AS given;
\pset format unaligned

-- the condition of a view that the reader makes is his: it meets masks
SET ROLE regress_wa_eve;
CREATE FUNCTION pg_temp.tell(anyelement) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN IF $1::text ~ 'raw' THEN RAISE WARNING 'told %', $1; END IF; RETURN true; END $$;
CREATE TEMP VIEW vb WITH (security_barrier) AS SELECT id, n FROM w.c WHERE pg_temp.tell(email) AND pg_temp.tell(c);
UPDATE vb SET n = n WHERE id = 1;
UPDATE vb SET n = n WHERE id = 2;
DELETE FROM vb WHERE id = 77;
MERGE INTO w.c USING vb ON c.id = vb.id AND c.id = 2 WHEN MATCHED THEN UPDATE SET n = 2;
CREATE TEMP VIEW vx AS SELECT id, n FROM w.c WHERE pg_temp.tell(email);
INSERT INTO vx VALUES (2, 1) ON CONFLICT (id) DO UPDATE SET n = 1;
CREATE TEMP VIEW vc WITH (security_barrier) AS SELECT id, n FROM w.c WHERE pg_temp.tell(email) WITH LOCAL CHECK OPTION;
UPDATE vc SET n = 3 WHERE id = 2;
INSERT INTO vc VALUES (2, 1) ON CONFLICT (id) DO UPDATE SET n = 1;
-- with policies of the application on the table, which stay raw
SET ROLE regress_wa_owner;
ALTER TABLE w.c ENABLE ROW LEVEL SECURITY;
CREATE POLICY app ON w.c USING (email LIKE 'raw%');
CREATE POLICY less ON w.c AS RESTRICTIVE USING (secret LIKE 'raw%' OR id > 3);
SET ROLE regress_wa_eve;
UPDATE vb SET n = n WHERE id = 2;
UPDATE vc SET n = 3 WHERE id = 2;
UPDATE w.c SET n = 4 WHERE email LIKE 'raw%' RETURNING id;
SET ROLE regress_wa_owner;
DROP POLICY app ON w.c;
DROP POLICY less ON w.c;
ALTER TABLE w.c DISABLE ROW LEVEL SECURITY;

-- core prints what any part of the statement inserts or assigns
\set VERBOSITY default
SET ROLE regress_wa_eve;
INSERT INTO w.c (id, email, phone, secret) VALUES (2, '', '', '') ON CONFLICT (id) DO UPDATE SET n = -1;
INSERT INTO w.c (id, email, phone, secret) VALUES (2, '', '', '') ON CONFLICT (id) DO UPDATE SET note = NULL;
MERGE INTO w.c USING (VALUES (2)) v(i) ON c.id = v.i WHEN MATCHED AND n = 100 THEN UPDATE SET phone = 'x', secret = 'y' WHEN MATCHED THEN UPDATE SET n = -1;
MERGE INTO w.c USING (VALUES (2)) v(i) ON c.id = v.i WHEN NOT MATCHED THEN INSERT (id, email, phone, secret) VALUES (v.i, '', '', '') WHEN MATCHED THEN UPDATE SET n = -1;
INSERT INTO w.c (id, email, n) VALUES (9, 'own@example.com', -1);
-- what the table computes of a masked column
UPDATE w.g SET k = 'bad' WHERE id = 2;
INSERT INTO w.g VALUES (3, 'own', 'bad');
UPDATE w.g SET k = 'fine' WHERE id = 2;
\set VERBOSITY terse
-- through a view of somebody who is masked, by somebody who may read all
SET ROLE regress_wa_mid;
CREATE VIEW w.midv AS SELECT id, n FROM w.c;
GRANT SELECT, UPDATE ON w.midv TO regress_wa_all;
SET ROLE regress_wa_all;
UPDATE w.midv SET n = -1 WHERE id = 2;
-- a mask that raises, where a WITH query runs at the end
RESET ROLE;
SELECT ethdata.mask('w.o', 'item', masked_as => 'w.raises(value)', reveal_for => '{mk}');
SET ROLE regress_wa_eve;
WITH u AS (UPDATE w.o SET id = 20 WHERE id = 20 RETURNING item) SELECT 1 AS one;
WITH u AS (INSERT INTO w.sub SELECT id, item FROM w.o WHERE id = 20) SELECT 1 AS one;
SELECT 1 / 0;
RESET ROLE;
SELECT ethdata.mask('w.o', 'item', masked_as => '''***''', reveal_for => '{mk}');

-- what only a part of the table computes, what a condition of a trigger or a policy
-- does, and what answers with an error of another class
SET ROLE regress_wa_owner;
CREATE TABLE w.p (id bigint, v text, k text) PARTITION BY RANGE (id);
CREATE TABLE w.p1 PARTITION OF w.p (CONSTRAINT c CHECK ((CASE k WHEN 'bad' THEN v ELSE '0' END)::int >= 0)) FOR VALUES FROM (0) TO (10);
CREATE TABLE w.p2 PARTITION OF w.p FOR VALUES FROM (10) TO (20);
CREATE INDEX ON w.p2 (((CASE k WHEN 'bad' THEN v ELSE '0' END)::int));
INSERT INTO w.p VALUES (5, 'raw-5', 'k'), (15, 'raw-15', 'k');
CREATE TABLE w.q (id bigint PRIMARY KEY, v text CHECK (v <> ''), k text, n int, d tsquery GENERATED ALWAYS AS (to_tsquery('simple', CASE k WHEN 'bad' THEN v ELSE 'x' END)) STORED);
INSERT INTO w.q VALUES (5, 'raw five', 'k', 1);
CREATE TABLE w.r (id bigint PRIMARY KEY, v text CHECK (v <> ''), k text, n varchar(3));
INSERT INTO w.r VALUES (5, 'raw-5', 'k');
GRANT SELECT, INSERT, UPDATE ON w.p, w.q, w.r TO regress_wa_eve;
CREATE VIEW w.rv AS SELECT id, v FROM w.r WHERE v LIKE 'own%' WITH CHECK OPTION;
GRANT SELECT, INSERT ON w.rv TO regress_wa_eve;
RESET ROLE;
SELECT ethdata.protect(t, subject => 'id', class => 'w.c') FROM unnest('{w.p,w.q,w.r}'::regclass[]) t;
SELECT ethdata.mask(t, 'v', masked_as => '''***''', reveal_for => '{mk}') FROM unnest('{w.p,w.q,w.r}'::regclass[]) t;
SET ROLE regress_wa_eve;
UPDATE w.p SET k = 'bad' WHERE id = 5;
UPDATE w.p SET k = 'bad' WHERE id = 15;
UPDATE w.q SET k = 'bad';
-- nothing is computed there that could tell: the reason is told
UPDATE w.r SET n = k || 'long';
INSERT INTO w.rv VALUES (7, 'own') ON CONFLICT DO NOTHING;
SET ROLE regress_wa_owner;
CREATE TRIGGER t BEFORE UPDATE ON w.r FOR EACH ROW WHEN ((CASE NEW.k WHEN 'bad' THEN OLD.v ELSE '0' END)::int = 1) EXECUTE FUNCTION suppress_redundant_updates_trigger();
SET ROLE regress_wa_eve;
UPDATE w.r SET k = 'bad' WHERE id = 5;
SET ROLE regress_wa_owner;
DROP TRIGGER t ON w.r;
ALTER TABLE w.r ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON w.r USING (true) WITH CHECK ((CASE k WHEN 'bad' THEN v ELSE '0' END)::int >= 0);
SET ROLE regress_wa_eve;
UPDATE w.r SET k = 'bad' WHERE id = 5;
RESET ROLE;
SELECT ethdata.unprotect(t) FROM unnest('{w.p,w.q,w.r}'::regclass[]) t;

-- allow stores nothing that was read from a masked column
SET ROLE regress_wa_eve;
INSERT INTO w.c (id, secret) SELECT id, upper(secret) FROM w.c WHERE id = 2 ON CONFLICT (id) DO UPDATE SET secret = excluded.secret;
INSERT INTO w.c (id) VALUES (2) ON CONFLICT (id) DO UPDATE SET (secret, n) = (SELECT upper(c.secret), 1);
MERGE INTO w.c USING (VALUES (2)) v(i) ON c.id = v.i WHEN MATCHED THEN UPDATE SET (secret, n) = (SELECT upper(c.secret), 1);
UPDATE w.c SET secret = y.e FROM w.c x, LATERAL (SELECT upper(x.secret) e) y WHERE c.id = 2 AND x.id = 2;
UPDATE w.c SET secret = y.e FROM w.c x, LATERAL (VALUES (upper(x.secret))) y(e) WHERE c.id = 2 AND x.id = 2;
UPDATE w.c SET secret = u.s FROM unnest('{2}'::bigint[], '{fresh}'::text[]) u(i, s) WHERE c.id = u.i;
INSERT INTO w.c (id, secret) VALUES (2, 'fresher') ON CONFLICT (id) DO UPDATE SET secret = excluded.secret;

-- who is the person is not guessed, and not changed
UPDATE w.o SET pid = 2 WHERE id = 20;
UPDATE w.class SET id = 3 WHERE id = 2;
UPDATE w.class SET id = id, free = 'c' WHERE id = 2 RETURNING *;
PREPARE moves AS UPDATE w.class SET id = 3 WHERE id = 2;
RESET ROLE;
SELECT ethdata.drop_subject_class('w.class');
SET ROLE regress_wa_eve;
EXECUTE moves;
RESET ROLE;
SELECT ethdata.define_subject_class('w.class', 'class');
SET ROLE regress_wa_eve;
EXECUTE moves;
DEALLOCATE moves;
SET ROLE regress_wa_blind;
UPDATE w.o SET pid = 2 WHERE id = 20;
UPDATE w.o SET pid = 1 WHERE id = 20;
UPDATE w.c SET email = 'r***@***.com' WHERE id = 2;
UPDATE w.c SET email = 'x' WHERE id = 2;

-- a mask that was loaded before the cell opened is not stored over it
RESET ROLE;
SELECT ethdata.give_consent('3', 'mk', class => 'w.c') > 0 AS given;
SET ROLE regress_wa_eve;
UPDATE w.c SET email = 'r***@***.com' WHERE id = 3;
UPDATE w.c SET email = email, n = 33 WHERE id = 3 RETURNING email, n;
UPDATE w.c SET email = 'new3@example.com' WHERE id = 3 RETURNING email;

-- what the row is asked when it is read or deleted; and of one's own row nothing is withheld
RESET ROLE;
CREATE FUNCTION w.pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$;
CREATE TABLE w.del (id bigint, v text, k text);
CREATE TRIGGER t BEFORE DELETE ON w.del FOR EACH ROW WHEN ((CASE OLD.k WHEN 'bad' THEN OLD.v ELSE '0' END)::int >= 0) EXECUTE FUNCTION w.pass();
CREATE TABLE w.pol (id bigint, v text, k text, n varchar(3));
ALTER TABLE w.pol ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON w.pol USING ((CASE k WHEN current_setting('regress.k', true) THEN v ELSE '0' END)::int >= 0);
CREATE TABLE w.look (k text);
INSERT INTO w.look VALUES ('k'), ('bad');
CREATE TABLE w.sub2 (id bigint, v text, k text, n varchar(3));
ALTER TABLE w.sub2 ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON w.sub2 USING (EXISTS (SELECT FROM w.look l WHERE l.k = sub2.k));
INSERT INTO w.del VALUES (2, 'raw-del', 'bad'), (3, 'raw-del3', 'k');
INSERT INTO w.pol VALUES (2, 'raw-pol', 'bad');
INSERT INTO w.sub2 VALUES (2, 'raw-sub', 'bad');
GRANT SELECT, INSERT, UPDATE, DELETE ON w.del, w.pol, w.sub2 TO regress_wa_eve;
GRANT SELECT ON w.look TO regress_wa_eve;
SELECT ethdata.protect(t, subject => 'id', class => 'w.c') FROM unnest('{w.del,w.pol,w.sub2}'::regclass[]) t;
SELECT ethdata.mask(t, 'v', masked_as => '''***''') FROM unnest('{w.del,w.pol,w.sub2}'::regclass[]) t;
SET ROLE regress_wa_eve;
DELETE FROM w.del WHERE id = 2;
SELECT * FROM w.pol;
SET regress.k = 'bad';
SELECT * FROM w.pol;
PREPARE reads AS SELECT count(*) FROM w.pol;
EXECUTE reads;
DEALLOCATE reads;
UPDATE w.pol SET n = 'x';
DELETE FROM w.pol;
CREATE TEMP TABLE copied AS SELECT * FROM w.pol;
COPY w.pol TO STDOUT;
DO $$ BEGIN PERFORM * FROM w.pol; EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; END $$;
RESET regress.k;
-- what has nothing to do with a masked cell is said as ever
SELECT 1 / (id - 2) FROM w.sub2;
UPDATE w.sub2 SET n = 'too long';
INSERT INTO w.pol VALUES (9, 'own', 'k', 'too long');
INSERT INTO w.g VALUES (4, 'own', 'bad');
-- a constraint that comes later, and a function that is no longer leakproof, count at once
RESET ROLE;
CREATE FUNCTION w.fine(text, text) RETURNS bool LANGUAGE plpgsql IMMUTABLE LEAKPROOF AS $$ BEGIN RETURN true; END $$;
ALTER TABLE w.sub2 ADD CHECK (w.fine(v, k));
SET ROLE regress_wa_eve;
UPDATE w.sub2 SET n = 'too long';
PREPARE worse AS UPDATE w.sub2 SET k = 'worse';
EXECUTE worse;
RESET ROLE;
CREATE OR REPLACE FUNCTION w.fine(text, text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN CASE $2 WHEN 'worse' THEN $1 ELSE '0' END::int = 0; END $$;
SET ROLE regress_wa_eve;
UPDATE w.sub2 SET k = 'worse';
RESET ROLE;
INSERT INTO w.look VALUES ('worse');
SET ROLE regress_wa_eve;
UPDATE w.sub2 SET k = 'worse';
EXECUTE worse;
DEALLOCATE worse;
RESET ROLE;
SELECT ethdata.protect('w.r', subject => 'id', class => 'w.c'), ethdata.mask('w.r', 'v', masked_as => '''***''');
SET ROLE regress_wa_eve;
UPDATE w.r SET k = 'fine';
RESET ROLE;
ALTER TABLE w.r DISABLE ROW LEVEL SECURITY, ADD CHECK ((CASE k WHEN 'bad' THEN v ELSE '0' END)::int >= 0);
SET ROLE regress_wa_eve;
UPDATE w.r SET k = 'bad';
RESET ROLE;
SELECT ethdata.unprotect(t) FROM unnest('{w.del,w.pol,w.sub2,w.r}'::regclass[]) t;

RESET ROLE;
SELECT id, email, phone, secret FROM w.c ORDER BY id;
SELECT * FROM w.o ORDER BY id;
\pset format aligned
SELECT ethdata.unprotect(t) FROM unnest('{w.c,w.o,w.class,w.sub,w.g}'::regclass[]) t;
DROP SCHEMA w CASCADE;
DROP EXTENSION ethdata;
DROP OWNED BY regress_wa_eve, regress_wa_mid, regress_wa_all, regress_wa_blind;
DROP ROLE regress_wa_owner, regress_wa_eve, regress_wa_mid, regress_wa_all, regress_wa_blind;
