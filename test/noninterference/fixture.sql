-- The database of the non-interference test, in three parts that are run one
-- after another (test/tools/judge does):
--
--   -v structure=1   roles, tables, views, functions: one database, from which the
--                    others are made as templates, so that names and OIDs are alike
--   -v rules=1       what is protected and masked
--   -v which=1|2     the rows.  Cells that ni_reader may not see have other values
--                    in 1 and 2, of the same length, and what their masks show is
--                    the same; all other cells are alike.  -v plain=1: no consent,
--                    for a database without rules
--
-- Persons 1 to 48.  ni_reader may act for "mk" (his default) and "mk.mail", not for
-- "bill".  Person g agreed to "mk" where g % 4 = 1, to "mk.mail" where g % 4 = 2, and
-- refused or never answered else: only these, g % 4 in (0, 3), differ where a
-- column is revealed for "mk"; everybody does where it is revealed for nothing.
--
-- Kept out, since README says that they show through: unique keys and foreign keys
-- on hidden values, lengths, owner's functions and triggers that pass values on.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SELECT :SERVER_VERSION_NUM >= 180000 AS is18 \gset

\if :{?structure}
CREATE EXTENSION IF NOT EXISTS ethdata;
CREATE ROLE ni_owner;
CREATE ROLE ni_reader LOGIN;
CREATE ROLE ni_exempt LOGIN;
GRANT ethdata_exempt TO ni_exempt;
CREATE SCHEMA t AUTHORIZATION ni_owner;
CREATE SCHEMA mine;
GRANT USAGE ON SCHEMA t TO ni_reader, ni_exempt;
GRANT USAGE, CREATE ON SCHEMA mine TO ni_reader, ni_exempt;
SET ROLE ni_owner;
CREATE TYPE t.mood AS ENUM ('calm', 'cross', 'glad', 'sad');
CREATE DOMAIN t.zip AS text CHECK (value ~ '^[0-9]{4}$');

-- persons: a mask of every kind
CREATE TABLE t.c (
  id bigint PRIMARY KEY, name text NOT NULL, city text, note text, n int CHECK (n >= 0),
  email text, phone text, full_name text, iban text, code varchar(10),
  born date, seen timestamptz, sal int, amount numeric(10,2), weight float8, flag boolean,
  ip inet, doc jsonb, keep jsonb, tags text[], mood t.mood, zip t.zip, na int, nb int,
  gen text GENERATED ALWAYS AS (upper(email)) STORED);
-- rows that vanish; their keys are hidden, too
CREATE TABLE t.h (cid bigint PRIMARY KEY, seg text, score int, extra text);
-- what refers to persons
CREATE TABLE t.o (id int PRIMARY KEY, cid bigint NOT NULL REFERENCES t.c ON DELETE CASCADE, item text, total numeric(8,2), at date);
-- rows about two persons; a cell about the second one
CREATE TABLE t.m (id int PRIMARY KEY, sender bigint, receiver bigint, body text);
CREATE TABLE t.q (id int PRIMARY KEY, a bigint, b bigint, about_b text, about_a int);
-- partitions with columns in another order, one of them parted again
CREATE TABLE t.p (id bigint, k int, email text, n int, sum numeric) PARTITION BY LIST (k);
CREATE TABLE t.p1 PARTITION OF t.p FOR VALUES IN (1);
CREATE TABLE t.p2 (gone int, email text, k int, sum numeric, n int, id bigint);
ALTER TABLE t.p2 DROP COLUMN gone;
ALTER TABLE t.p ATTACH PARTITION t.p2 FOR VALUES IN (2);
CREATE TABLE t.p3 PARTITION OF t.p FOR VALUES IN (3, 4) PARTITION BY RANGE (n);
CREATE TABLE t.p31 PARTITION OF t.p3 FOR VALUES FROM (MINVALUE) TO (3);
CREATE TABLE t.p32 PARTITION OF t.p3 FOR VALUES FROM (3) TO (MAXVALUE);
-- row-level security besides, by a condition on another protected table
CREATE TABLE t.r (id int PRIMARY KEY, cid bigint, note text, n int CONSTRAINT small CHECK (n < 1000));
ALTER TABLE t.r ENABLE ROW LEVEL SECURITY;
-- about no person; inheritance; not protected: guesses of hidden values
CREATE TABLE t.u (id bigint, email text, city text, n int);
CREATE TABLE t.par (id bigint, email text, n int);
CREATE TABLE t.chi (extra text, n int, email text, id bigint);
ALTER TABLE t.chi INHERIT t.par;
CREATE TABLE t.g (id bigint, v text, n int, d date);
\if :is18
ALTER TABLE t.c ADD COLUMN virt text GENERATED ALWAYS AS (lower(email)) VIRTUAL;
ALTER TABLE t.u ADD COLUMN virt int GENERATED ALWAYS AS (n * 2) VIRTUAL;
\endif

CREATE INDEX ON t.c (email, city);
CREATE INDEX ON t.c (sal);
CREATE INDEX ON t.c (city) INCLUDE (sal);
CREATE INDEX ON t.c (n) WHERE sal > 2500;
CREATE INDEX ON t.c (lower(code));
CREATE INDEX ON t.c ((born + 1), n);
CREATE INDEX ON t.c USING gin (doc);
CREATE INDEX ON t.c USING brin (born);
CREATE INDEX ON t.c USING hash (phone);
CREATE INDEX ON t.c (n);
CREATE INDEX ON t.h (seg);
CREATE INDEX ON t.o (cid);
CREATE INDEX ON t.o (total) INCLUDE (item);
CREATE INDEX ON t.p (email);
CREATE INDEX ON t.p (id);
CREATE INDEX ON t.u (email);
CREATE INDEX ON t.u (id);
CREATE INDEX ON t.par (email);
CREATE INDEX ON t.chi (email, n);
CREATE STATISTICS t.st (ndistinct, mcv, dependencies) ON email, city, sal FROM t.c;
CREATE STATISTICS t.se ON (lower(email)), (sal % 10) FROM t.c;
CREATE STATISTICS t.sh ON seg, score FROM t.h;

CREATE POLICY town ON t.r USING (EXISTS (SELECT FROM t.c WHERE c.id = r.cid AND (c.city <> 'city2' OR c.email LIKE 'v%'))) WITH CHECK (n < 900);

CREATE VIEW t.vo AS SELECT id, email, sal, city, n FROM t.c;
CREATE VIEW t.vi WITH (security_invoker) AS SELECT c.id, c.email, h.seg, h.score FROM t.c LEFT JOIN t.h ON h.cid = c.id;
CREATE VIEW t.vb WITH (security_barrier) AS SELECT v.id, v.email, u.email AS ue, v.n FROM t.vo v JOIN t.u ON u.id = v.id WHERE v.email <> 'zz';
CREATE VIEW t.va AS SELECT email, count(*) AS n, min(id) AS id FROM t.c GROUP BY email;
CREATE VIEW t.vu AS SELECT id, email, n FROM t.c UNION ALL SELECT id, email, n FROM t.u UNION ALL SELECT id, email, n FROM t.p;
CREATE VIEW t.vc AS SELECT id, n, note, phone FROM t.c WHERE n < 6 WITH CHECK OPTION;
CREATE VIEW t.vx WITH (security_invoker) AS SELECT id, n, city, mood, doc FROM t.c WHERE sal >= 2000;

CREATE FUNCTION t.fc(bigint) RETURNS SETOF t.c LANGUAGE sql STABLE AS 'SELECT * FROM t.c WHERE id <= $1';
CREATE FUNCTION t.fe(text) RETURNS TABLE (id bigint, email text, n int) LANGUAGE sql STABLE
  AS 'SELECT c.id, c.email, c.n FROM t.c WHERE email = $1 UNION ALL SELECT id, email, n FROM t.u WHERE email >= $1';
CREATE FUNCTION t.fh(bigint) RETURNS text LANGUAGE sql STABLE AS 'SELECT seg FROM t.h WHERE cid = $1';
CREATE FUNCTION t.fa(bigint) RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC SELECT phone FROM t.c WHERE id = $1; END;
CREATE FUNCTION t.fm(bigint) RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT email FROM t.c WHERE id = $1); END';
CREATE FUNCTION t.fx(q text) RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY EXECUTE q; END';
CREATE FUNCTION t.fs(bigint) RETURNS int LANGUAGE plpgsql STABLE PARALLEL SAFE AS 'BEGIN RETURN (SELECT sal FROM t.c WHERE id = $1); END';
CREATE FUNCTION t.leak(anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.00001 AS $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
CREATE FUNCTION t.less(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.00001 AS $$ BEGIN RAISE NOTICE 'cmp % %', $1, $2; RETURN $1 < $2; END $$;
CREATE OPERATOR t.<<<< (leftarg = text, rightarg = text, function = t.less, restrict = scalarltsel, join = scalarltjoinsel);
CREATE AGGREGATE t.cat(text) (sfunc = textcat, stype = text, initcond = '');

-- triggers, that pass on nothing that is hidden
CREATE FUNCTION t.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'touched ' || NEW.n; RETURN NEW; END $$;
CREATE FUNCTION t.said() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% %', TG_OP, TG_TABLE_NAME; RETURN NULL; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON t.c FOR EACH ROW EXECUTE FUNCTION t.touch();
CREATE TRIGGER said AFTER INSERT OR UPDATE OR DELETE ON t.o FOR EACH ROW EXECUTE FUNCTION t.said();
CREATE TRIGGER said AFTER UPDATE OR DELETE ON t.u FOR EACH STATEMENT EXECUTE FUNCTION t.said();

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA t TO ni_reader, ni_exempt;
SET ROLE ni_reader;
CREATE TABLE mine.t (x text, n int);
CREATE VIEW mine.v AS SELECT c.id, c.email, c.phone, c.sal, c.born, o.total FROM t.c LEFT JOIN t.o ON o.cid = c.id;
CREATE FUNCTION mine.f(bigint) RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT email FROM t.c WHERE id >= $1';
CREATE TABLE mine.logged (x text);
CREATE RULE peek AS ON INSERT TO mine.logged DO ALSO SELECT id, phone, sal FROM t.c WHERE email < NEW.x;
GRANT ALL ON ALL TABLES IN SCHEMA mine TO ni_exempt;
RESET ROLE;
\endif

\if :{?rules}
SELECT ethdata.define_subject_class('t.c');
SELECT ethdata.define_purpose('mk', basis => 'consent'), ethdata.define_purpose('mk.mail', basis => 'consent'),
       ethdata.define_purpose('bill', basis => 'contract');
SELECT ethdata.grant_purpose('mk', 'ni_reader', as_default => true);
SELECT ethdata.protect('t.c', subject => 'id');
SELECT ethdata.protect('t.h', subject => 'cid', class => 't.c', rows => true);
SELECT ethdata.protect('t.o', subject => 'cid');
SELECT ethdata.protect('t.m', subject => 'sender', class => 't.c', rows => true);
SELECT ethdata.link_subject('t.m', 'receiver', class => 't.c');
SELECT ethdata.protect('t.q', subject => 'a', class => 't.c');
SELECT ethdata.link_subject('t.q', 'b', class => 't.c');
SELECT ethdata.protect('t.p', subject => 'id', class => 't.c');
SELECT ethdata.protect('t.r', subject => 'cid', class => 't.c');
SELECT ethdata.protect('t.u', subject => NULL);
SELECT ethdata.protect('t.par', subject => 'id', class => 't.c');
SELECT ethdata.mask('t.c', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{mk}', on_write => 'keep_if_mask');
SELECT ethdata.mask('t.c', 'phone', reveal_for => '{bill,mk.mail}');
SELECT ethdata.mask('t.c', 'full_name', masked_as => 'ethdata.mask_name(value)', reveal_for => '{mk}');
SELECT ethdata.mask('t.c', 'iban', masked_as => 'ethdata.mask_iban(value)');
SELECT ethdata.mask('t.c', 'code', masked_as => 'ethdata.mask_partial(value,1,''**'',0)', reveal_for => '{mk}', on_write => 'allow');
SELECT ethdata.mask('t.c', 'born', masked_as => 'ethdata.mask_date(value, ''year'')');
SELECT ethdata.mask('t.c', 'seen', masked_as => 'ethdata.mask_date(value, ''day'')', reveal_for => '{mk}', on_write => 'keep_if_mask');
SELECT ethdata.mask('t.c', 'sal', masked_as => 'ethdata.mask_number(value, 1000)', reveal_for => '{mk}', on_write => 'keep_if_mask');
SELECT ethdata.mask('t.c', 'amount', reveal_for => '{mk}', on_write => 'allow');
SELECT ethdata.mask('t.c', 'weight', masked_as => 'ethdata.mask_number(value, 10)', reveal_for => '{mk}');
SELECT ethdata.mask('t.c', 'flag', masked_as => 'false');
SELECT ethdata.mask('t.c', 'ip', masked_as => 'ethdata.mask_ip(value)', reveal_for => '{mk}');
SELECT ethdata.mask('t.c', 'doc', masked_as => 'ethdata.mask_jsonb(value, ''{secret,contact.mail}'')', reveal_for => '{mk}', on_write => 'keep_if_mask');
SELECT ethdata.mask('t.c', 'keep', masked_as => 'ethdata.mask_jsonb_keep(value, ''{id}'')', reveal_for => '{mk}');
SELECT ethdata.mask('t.c', 'tags', masked_as => '''{}''', reveal_for => '{mk}', on_write => 'allow');
SELECT ethdata.mask('t.c', 'mood', masked_as => '''calm''', reveal_for => '{mk}');
SELECT ethdata.mask('t.c', 'zip', reveal_for => '{mk}');
SELECT ethdata.mask('t.c', 'na', reveal_for => '{mk}');
SELECT ethdata.mask('t.c', 'nb', masked_as => 'coalesce(value, 0) * 0', reveal_for => '{mk}');
SELECT ethdata.mask('t.h', 'extra', masked_as => '''E''');
SELECT ethdata.mask('t.o', 'total', masked_as => '0', reveal_for => '{mk}', on_write => 'keep_if_mask');
SELECT ethdata.mask('t.q', 'about_b', masked_as => '''B''', reveal_for => '{mk}', subject => 'b', on_write => 'allow');
SELECT ethdata.mask('t.q', 'about_a', reveal_for => '{mk}');
SELECT ethdata.mask('t.p', 'email', reveal_for => '{mk}', on_write => 'allow');
SELECT ethdata.mask('t.p', 'sum', masked_as => 'sign(value)', reveal_for => '{mk}', on_write => 'keep_if_mask');
SELECT ethdata.mask('t.r', 'note', masked_as => '''N''', reveal_for => '{mk}');
SELECT ethdata.mask('t.u', 'email', masked_as => 'left(value, 1)', reveal_for => '{bill}', on_write => 'keep_if_mask');
SELECT ethdata.mask('t.par', 'email', masked_as => '''P''', reveal_for => '{mk}');
SELECT ethdata.audit_changes('t.o');
\endif

\if :{?which}
-- s: seen for "mk" or "mk.mail", the same in both; w: the first database
INSERT INTO t.c (id, name, city, note, n, email, phone, full_name, iban, code, born, seen, sal, amount, weight, flag, ip, doc, keep, tags, mood, zip, na, nb)
SELECT g, 'n' || g, 'city' || g % 5, CASE WHEN g % 3 > 0 THEN 'note' || g END, g % 7,
  CASE WHEN s THEN 'v' || x || '@seen.org' WHEN w THEN 'r' || x || '@raw1.org' ELSE 'r' || y || '@two2.org' END,
  CASE WHEN w OR g % 4 = 2 THEN '+32 470 ' || x ELSE '+32 471 ' || y END,
  CASE WHEN s THEN 'Visible Person' || x WHEN w THEN 'Anna Berg' || x ELSE 'Abel Boer' || y END,
  CASE WHEN w THEN 'BE' || x || '0000' ELSE 'NL' || y || '1111' END,
  CASE WHEN s OR NOT w THEN 'c' || x ELSE 'c0000' END,
  CASE WHEN w THEN date '1990-01-02' + g % 300 ELSE date '1990-05-05' END,
  timestamptz '2024-03-01 00:00+00' + g % 9 * interval '1 day' + CASE WHEN s THEN interval '5 hours' WHEN w THEN interval '1 hour' * (g % 20) ELSE interval '23 hours' END,
  CASE WHEN s THEN 2000 + g * 3 WHEN w THEN 2999 - g ELSE 2007 END,
  CASE WHEN s THEN 1000 + g + 0.25 WHEN w THEN 1000 - g + 0.75 ELSE 7.50 END,
  CASE WHEN s THEN g WHEN w THEN 50 + g % 10 ELSE 51.5 END,
  CASE WHEN w THEN true ELSE g % 2 = 0 END,
  CASE WHEN s THEN inet '10.0.0.0' + g WHEN w THEN inet '192.168.7.0' + g ELSE inet '192.168.7.9' END,
  jsonb_build_object('id', g, 'secret', CASE WHEN s OR w THEN 'S' || x ELSE 'T' || y END, 'contact', jsonb_build_object('mail', CASE WHEN s OR w THEN 1000 + g ELSE 7777 END, 'city', g % 5)),
  jsonb_build_object('id', g % 6, 'more', CASE WHEN s OR w THEN 'S' || x ELSE 'T' || y END),
  CASE WHEN s THEN ARRAY['seen', x] WHEN w THEN ARRAY['rawa', x] ELSE ARRAY['rawb', '0000'] END,
  (CASE WHEN s OR w THEN (enum_range(NULL::t.mood))[1 + g % 4] ELSE 'sad' END)::t.mood,
  CASE WHEN s OR w THEN x ELSE y END,
  -- one of the two is NULL, so that which one it is shows through no length
  CASE WHEN s OR w THEN g % 9 END, CASE WHEN s OR w THEN NULL ELSE 5 END
FROM (SELECT g, g % 4 IN (1, 2) AS s, :which = 1 AS w, lpad(g::text, 4, '0') AS x, lpad((g * 7919 % 9973 / 3)::text, 4, '0') AS y FROM generate_series(1, 48) g) r;
-- the hidden rows are of other persons in the two, of the same number
INSERT INTO t.h SELECT CASE WHEN s OR w THEN g ELSE g + 20 END,
  CASE WHEN s THEN 'vs' || g % 3 WHEN w THEN 'hd' || g % 9 ELSE 'zz0' END,
  CASE WHEN s THEN g WHEN w THEN g % 3 ELSE 500 + g END, CASE WHEN w THEN 'X' || lpad(g::text, 3, '0') ELSE 'Y000' END
FROM (SELECT g, g % 4 IN (1, 2) AS s, :which = 1 AS w FROM generate_series(1, 28) g) r;
INSERT INTO t.o SELECT g, c, 'item' || g % 4, CASE WHEN c % 4 IN (1, 2) THEN g * 10 + 0.5 WHEN :which = 1 THEN 1000 + g + 0.25 ELSE 7.50 END, date '2024-01-01' + g
FROM (SELECT g, 1 + g * 5 % 48 AS c FROM generate_series(1, 60) g) r;
INSERT INTO t.m SELECT g, a, b, CASE WHEN a % 4 IN (1, 2) AND b % 4 IN (1, 2) THEN 'seen ' || lpad(g::text, 2, '0') WHEN :which = 1 THEN 'hide ' || lpad(g::text, 2, '0') ELSE 'other77' END
FROM (SELECT g, 1 + g * 5 % 48 AS a, 1 + g * 7 % 48 AS b FROM generate_series(1, 60) g) r;
INSERT INTO t.q SELECT g, a, b, CASE WHEN b % 4 IN (1, 2) THEN 'seen' || g % 5 WHEN :which = 1 THEN 'hide' || g % 7 ELSE 'other' END,
  CASE WHEN a % 4 IN (1, 2) THEN g WHEN :which = 1 THEN g % 4 ELSE 900 END
FROM (SELECT g, 1 + g * 5 % 48 AS a, 1 + g * 7 % 48 AS b FROM generate_series(1, 40) g) r;
INSERT INTO t.p SELECT g, g % 4 + 1, CASE WHEN g % 4 IN (1, 2) THEN 'vp' || g % 3 WHEN :which = 1 THEN 'rp' || g % 9 ELSE 'yy0' END, g % 6,
  CASE WHEN g % 4 IN (1, 2) THEN g WHEN :which = 1 THEN 100 + g ELSE 7 END FROM generate_series(1, 40) g;
-- p by k would tell who is hidden, if k were g: it is shown, and the same in both
INSERT INTO t.p SELECT g + 8, g % 3 + 1, CASE WHEN g % 4 IN (1, 2) THEN 'vp' || g % 3 WHEN :which = 1 THEN 'rp' || g % 9 ELSE 'yy0' END, g % 6, 5 FROM generate_series(1, 20) g;
INSERT INTO t.r SELECT g, c, CASE WHEN c % 4 IN (1, 2) THEN 'vn' || g % 3 WHEN :which = 1 THEN 'rn' || g % 9 ELSE 'yn0' END, g % 8
FROM (SELECT g, 1 + g * 5 % 48 AS c FROM generate_series(1, 40) g) r;
INSERT INTO t.u (id, email, city, n) SELECT g, CASE WHEN :which = 1 THEN 'R' || lpad(g::text, 3, '0') ELSE 'R000' END, 'city' || g % 5, g % 4 FROM generate_series(1, 40) g;
INSERT INTO t.par SELECT g, CASE WHEN g % 4 IN (1, 2) THEN 'v' || g % 3 WHEN :which = 1 THEN 'r' || g % 9 ELSE 'y0' END, g % 6 FROM generate_series(1, 12) g;
INSERT INTO t.chi (id, email, n, extra) SELECT g, CASE WHEN g % 4 IN (1, 2) THEN 'v' || g % 3 WHEN :which = 1 THEN 'r' || g % 9 ELSE 'y0' END, g % 6, 'x' || g % 2 FROM generate_series(13, 25) g;
INSERT INTO t.g SELECT g, (ARRAY['r0003@raw1.org', 'r0004@two2.org', 'a***@***.com', 'r***@***.org', 'v0001@seen.org', '+32 470 0003', 'R003', 'hd3', 'zz0', 'rp3', 'c0000', 'vp1', 'vs1', 'M', NULL])[1 + g % 15],
  (ARRAY[2007, 2996, 7, 3, 0, 1, 2, 503])[1 + g % 8], (ARRAY[date '1990-05-05', '1990-01-05', '1990-01-01'])[1 + g % 3] FROM generate_series(1, 30) g;
INSERT INTO mine.t SELECT v, n FROM t.g WHERE id <= 15;
\if :{?plain}
\else
SELECT count(ethdata.give_consent(g::text, 'mk', class => 't.c')) FROM generate_series(1, 48, 4) g;
SELECT count(ethdata.give_consent(g::text, 'mk.mail', class => 't.c')) FROM generate_series(2, 48, 4) g;
SELECT count(ethdata.refuse_consent(g::text, 'mk', class => 't.c')) FROM generate_series(3, 48, 8) g;
\endif
VACUUM ANALYZE;
\endif
