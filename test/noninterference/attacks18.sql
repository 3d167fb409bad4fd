-- As attacks.sql, of PostgreSQL 18 and later.

-- ==== F1: RETURNING OLD and NEW
BEGIN;
UPDATE t.c SET note = 'x' WHERE id < 9 RETURNING old.email, new.email, old, new.phone, old.virt;
UPDATE t.u SET n = 1 RETURNING WITH (OLD AS o, NEW AS w) o.email, w.email, o.n;
DELETE FROM t.o RETURNING old.total, new.total;
ROLLBACK;
-- ==== F5: ON CONFLICT, OLD and NEW
BEGIN;
INSERT INTO t.c (id, name) VALUES (3, 'x'), (4, 'y') ON CONFLICT (id) DO UPDATE SET note = 'z' RETURNING old.email, new.email, old.sal;
ROLLBACK;
-- ==== E22: virtual generated columns
SELECT id, virt FROM t.c WHERE virt > 'r001' ORDER BY virt, id;
-- ==== A3: casts and functions of 18
SELECT id, casefold(email), reverse(email::bytea), crc32(email::bytea) FROM t.c ORDER BY casefold(email), id;
-- ==== C4: EXPLAIN ANALYZE as it is by default, but for buffers and times
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT id FROM t.c WHERE id IN (3, 4, 5) AND sal > 2990;
