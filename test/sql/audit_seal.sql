-- Sealing and verifying: what was changed after it was sealed is found.
CREATE EXTENSION ethdata;
CREATE ROLE regress_as_auditor IN ROLE ethdata_auditor;
CREATE ROLE regress_as_nobody;
CREATE TABLE item (id int PRIMARY KEY, label text);
SELECT ethdata.audit_changes('item');

-- nothing sealed yet
SELECT * FROM ethdata.verify_audit();
SET ROLE regress_as_nobody;
SELECT ethdata.seal_audit();
SELECT * FROM ethdata.verify_audit();
SET ROLE regress_as_auditor;
SELECT ethdata.seal_audit();
SELECT ethdata.seal_audit();
SELECT * FROM ethdata.verify_audit();
RESET ROLE;
BEGIN READ ONLY;
SELECT ethdata.seal_audit();
ROLLBACK;
SELECT * FROM ethdata.verify_audit(2, 1);

INSERT INTO item SELECT g, 'label ' || g FROM generate_series(1, 600) g;
SELECT ethdata.seal_audit();
UPDATE item SET label = 'changed' WHERE id <= 10;
SELECT * FROM ethdata.verify_audit();
SELECT ethdata.seal_audit();
SELECT * FROM ethdata.verify_audit();
SELECT level, index, length(hashes) / 32 AS width FROM ethdata.audit_tile ORDER BY level, index;
SELECT size, incarnation, split_part(note, E'\n', 2) AS size_in_note,
       split_part(note, E'\n', 3) = encode(root, 'base64') AS root_in_note, length(split_part(note, ' ', 3)) AS signature
  FROM ethdata.audit_checkpoint ORDER BY size;

-- the tree of RFC 6962, computed again in SQL: the root of the first three events' leaves is that of the checkpoint of this size
WITH tile AS (SELECT hashes FROM ethdata.audit_tile WHERE level = 0 AND index = 0),
     leaf AS (SELECT n, substring(hashes FROM 32 * n + 1 FOR 32) AS hash FROM tile, generate_series(0, 600) n)
SELECT c.size, c.root = CASE c.size
         WHEN 1 THEN (SELECT hash FROM leaf WHERE n = 0)
         WHEN 2 THEN (SELECT sha256('\x01' || a.hash || b.hash) FROM leaf a, leaf b WHERE (a.n, b.n) = (0, 1))
       END AS same
  FROM ethdata.audit_checkpoint c WHERE c.size <= 2;

-- a transaction that is open while the audit is sealed comes with the next batch: its own events
BEGIN;
INSERT INTO item VALUES (1001, 'in the sealing transaction');
SELECT ethdata.seal_audit();
INSERT INTO item VALUES (1002, 'after sealing');
COMMIT;
SELECT ok, finding FROM ethdata.verify_audit();
SELECT ethdata.seal_audit();
SELECT ok, checked, finding FROM ethdata.verify_audit();

-- tampering, as a superuser who takes the triggers off
CREATE FUNCTION tamper(command text, OUT findings text) LANGUAGE plpgsql AS $$
DECLARE
  part regclass := (SELECT min(tableoid::regclass::text)::regclass FROM ethdata.audit_record);
  context_part regclass := (SELECT min(tableoid::regclass::text)::regclass FROM ethdata.audit_context);
BEGIN
  EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', part);
  EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', context_part);
  ALTER TABLE ethdata.audit_record DISABLE TRIGGER ALL;
  ALTER TABLE ethdata.audit_context DISABLE TRIGGER ALL;
  ALTER TABLE ethdata.audit_checkpoint DISABLE TRIGGER ALL;
  ALTER TABLE ethdata.audit_layout DISABLE TRIGGER ALL;
  EXECUTE command;
  findings := (SELECT string_agg(v.ok || ' ' || v.checked || ' ' || coalesce(regexp_replace(v.finding, 'event \d+', 'event N', 'g'), ''), E'\n') FROM ethdata.verify_audit() v);
  RAISE EXCEPTION 'undo' USING ERRCODE = 'P0099';
EXCEPTION WHEN SQLSTATE 'P0099' THEN
  RETURN;
END $$;
CREATE FUNCTION nth(n int) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT id FROM ethdata.audit_record ORDER BY id OFFSET n LIMIT 1';
\pset format unaligned
\pset tuples_only on
SELECT tamper('SELECT 1');
SELECT tamper('UPDATE ethdata.audit_record SET kind = ''delete'' WHERE id = nth(5)');
SELECT tamper('UPDATE ethdata.audit_record SET relation = NULL WHERE id = nth(5)');
SELECT tamper('UPDATE ethdata.audit_record SET sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) WHERE id = nth(300)');
SELECT tamper('UPDATE ethdata.audit_record SET recorded_at = recorded_at + interval ''1 microsecond'' WHERE id = nth(7)');
SELECT tamper('UPDATE ethdata.audit_record SET subject = gen_random_uuid() WHERE id = nth(7)');
SELECT tamper('UPDATE ethdata.audit_record SET details = ''{"action": "other"}'' WHERE id = nth(0)');
SELECT tamper('DELETE FROM ethdata.audit_record WHERE id = nth(100)');
SELECT tamper('DELETE FROM ethdata.audit_record WHERE id IN (nth(100), nth(101), nth(200))');
SELECT tamper('DELETE FROM ethdata.audit_record');
SELECT tamper('INSERT INTO ethdata.audit_record SELECT id + 1000000, incarnation, recorded_at, kind, xid, statement_at, context, relation FROM ethdata.audit_record WHERE id = nth(3)');
SELECT tamper('UPDATE ethdata.audit_record SET id = id + 1000000 WHERE id = nth(50)');
SELECT tamper('UPDATE ethdata.audit_record SET xid = xid + 1000000 WHERE id = nth(50)');
SELECT tamper('UPDATE ethdata.audit_record SET incarnation = 7 WHERE id = nth(50)');
SELECT regexp_count_x FROM (SELECT array_length(regexp_split_to_array(tamper('UPDATE ethdata.audit_context SET effective_role = ''somebody_else'' WHERE id = (SELECT context FROM ethdata.audit_record WHERE id = nth(620))'), E'\n'), 1)) AS x (regexp_count_x);
SELECT tamper('UPDATE ethdata.audit_checkpoint SET root = sha256(root) WHERE size = (SELECT min(size) FROM ethdata.audit_checkpoint)');
SELECT tamper('DELETE FROM ethdata.audit_checkpoint WHERE size = (SELECT min(size) FROM ethdata.audit_checkpoint)');
SELECT tamper('UPDATE ethdata.audit_checkpoint SET note = replace(note, ''ethdata/'', ''ethdatb/'')');
SELECT tamper('UPDATE ethdata.audit_checkpoint SET key_id = ''\x000000000000'' WHERE size = (SELECT min(size) FROM ethdata.audit_checkpoint)');
SELECT tamper('UPDATE ethdata.audit_tile SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE level = 0 AND index = 1');
SELECT tamper('DELETE FROM ethdata.audit_tile WHERE level = 0 AND index = 1');
SELECT tamper('ALTER TABLE ethdata.audit_checkpoint ALTER note DROP NOT NULL, ALTER origin DROP NOT NULL; UPDATE ethdata.audit_checkpoint SET note = NULL, origin = NULL WHERE size = (SELECT min(size) FROM ethdata.audit_checkpoint)');
SELECT tamper('ALTER TABLE ethdata.audit_tile ALTER hashes DROP NOT NULL; UPDATE ethdata.audit_tile SET hashes = NULL WHERE level = 0 AND index = 1');
SELECT tamper('UPDATE ethdata.audit_layout SET columns = ''{label,id}''');
-- after all of this nothing has changed
SELECT ok, finding FROM ethdata.verify_audit();
-- a range
SELECT ok, checked FROM ethdata.verify_audit(nth(10), nth(19));
\pset tuples_only off
\pset format aligned

DROP FUNCTION tamper(text), nth(int);
DROP TABLE item;
DROP EXTENSION ethdata;
DROP ROLE regress_as_auditor, regress_as_nobody;
