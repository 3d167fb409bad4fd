-- As attacks.sql, of PostgreSQL 17 and later.

-- ==== C4: EXPLAIN (GENERIC_PLAN), MEMORY and SERIALIZE
EXPLAIN (GENERIC_PLAN) SELECT id FROM t.c WHERE sal > $1 AND email = $2 AND id < 20;
EXPLAIN (ANALYZE, SERIALIZE NONE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT id, email FROM t.c WHERE sal > 2980;
-- ==== E22: JSON_TABLE, JSON_VALUE, JSON_QUERY, JSON_EXISTS
SELECT c.id, j.* FROM t.c, JSON_TABLE(doc, '$' COLUMNS (secret text PATH '$.secret', mail int PATH '$.contact.mail', NESTED PATH '$.*' COLUMNS (v text PATH '$'))) j ORDER BY 1, 2, 3, 4;
SELECT id, JSON_VALUE(doc, '$.secret'), JSON_QUERY(keep, '$.more'), JSON_EXISTS(doc, '$.secret ? (@ == "S0003")'), JSON_SCALAR(sal), JSON(doc::text) FROM t.c ORDER BY id;
-- ==== E22: JSON_TABLE over a whole row
SELECT j.* FROM t.u, JSON_TABLE(to_jsonb(u), '$' COLUMNS (e text PATH '$.email', n int PATH '$.n')) j ORDER BY 1, 2;
-- ==== E22: JSON_ARRAYAGG, ANY_VALUE, aggregates of 16
SELECT JSON_ARRAYAGG(email ORDER BY id), JSON_OBJECTAGG(id : sal), any_value(email) FROM t.c;
-- ==== B4: errors that are asked for softly
SELECT id, pg_input_is_valid(email, 'integer'), pg_input_error_info(email, 'integer') FROM t.c WHERE id < 9 ORDER BY id;
-- ==== B4: JSON_VALUE .. ERROR ON ERROR
SELECT JSON_VALUE(doc, '$.secret' RETURNING int ERROR ON ERROR) FROM t.c WHERE id = 3;
-- ==== F6: MERGE .. RETURNING, WHEN NOT MATCHED BY SOURCE
BEGIN;
MERGE INTO t.u USING t.g ON u.email = g.v AND g.id < 8 WHEN MATCHED THEN UPDATE SET n = 1 WHEN NOT MATCHED BY SOURCE AND u.email > 'R002' THEN DELETE RETURNING merge_action(), u.id, u.email, u;
ROLLBACK;
BEGIN;
WITH m AS (MERGE INTO t.c USING (VALUES (3), (4)) v(i) ON c.id = v.i WHEN MATCHED THEN UPDATE SET note = c.email RETURNING c.note, c.phone) SELECT * FROM m ORDER BY 1;
ROLLBACK;
-- ==== E3: COPY FROM that skips errors
BEGIN;
CREATE TEMP TABLE takes (x text, n int);
INSERT INTO takes SELECT email, sal FROM t.c;
COPY (SELECT x FROM takes ORDER BY 1) TO STDOUT;
ROLLBACK;
-- ==== C7: MAINTAIN is not his (refused)
REFRESH MATERIALIZED VIEW t.none;
