-- Proofs about the sealed history, and their check.
CREATE EXTENSION ethdata;
CREATE ROLE regress_ap_auditor IN ROLE ethdata_auditor;
CREATE ROLE regress_ap_officer IN ROLE ethdata_officer;
CREATE ROLE regress_ap_nobody;
\pset null (null)

-- known answers: the eight leaves, roots and proofs of Certificate Transparency's tests of RFC 6962
CREATE FUNCTION b64(hex text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(decode(hex, 'hex'), 'base64') $$;
CREATE FUNCTION hashes(hex text) RETURNS text[] LANGUAGE sql IMMUTABLE AS
  $$ SELECT coalesce(array_agg(b64(h) ORDER BY n), '{}') FROM string_to_table(hex, ' ') WITH ORDINALITY AS t (h, n) WHERE h <> '' $$;
CREATE TABLE known_leaf (index bigint, data bytea);
INSERT INTO known_leaf VALUES (0, ''), (1, '\x00'), (2, '\x10'), (3, '\x2021'), (4, '\x3031'), (5, '\x40414243'), (6, '\x5051525354555657'),
  (7, '\x606162636465666768696a6b6c6d6e6f');
CREATE TABLE known_root (size bigint, root text);
INSERT INTO known_root SELECT size, b64(hex) FROM (VALUES
  (0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
  (1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'),
  (2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'),
  (3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'),
  (4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'),
  (5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'),
  (6, '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'),
  (7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'),
  (8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')) AS v (size, hex);
CREATE TABLE known_inclusion (index bigint, size bigint, path text[]);
INSERT INTO known_inclusion VALUES (0, 1, '{}'),
  (0, 8, hashes('96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e 6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4')),
  (5, 8, hashes('bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7')),
  (2, 3, hashes('fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125')),
  (1, 5, hashes('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b'));
CREATE TABLE known_consistency (from_size bigint, size bigint, path text[]);
INSERT INTO known_consistency VALUES (1, 1, '{}'), (0, 0, '{}'), (0, 8, '{}'),
  (1, 8, hashes('96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e 6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4')),
  (6, 8, hashes('0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7')),
  (2, 5, hashes('5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b')),
  (6, 7, hashes('0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'));

SELECT p.index, p.size, cardinality(p.path) AS hashes, ethdata.verify_proof(l.data, p.index, p.size, p.path, r.root) AS by_bytes,
       ethdata.verify_proof(encode(sha256('\x00' || l.data), 'base64'), p.index, p.size, p.path, r.root) AS by_leaf
  FROM known_inclusion p JOIN known_leaf l USING (index) JOIN known_root r USING (size) ORDER BY 2, 1;
SELECT p.from_size, p.size, cardinality(p.path) AS hashes, ethdata.verify_proof(p.from_size, p.size, p.path, f.root, r.root)
  FROM known_consistency p JOIN known_root f ON f.size = p.from_size JOIN known_root r ON r.size = p.size ORDER BY 2, 1;

-- each of them with one thing changed is refused: index, size, leaf, root, a hash more, less, in another order, a bit of each
CREATE FUNCTION flipped(hash text, n int) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT encode(set_byte(b, n, get_byte(b, n) # 8), 'base64') FROM decode(hash, 'base64') AS b $$;
CREATE FUNCTION changed_paths(p text[], other text) RETURNS TABLE (what text, path text[]) LANGUAGE sql IMMUTABLE AS $$
  SELECT 'a hash more', p || other UNION ALL SELECT 'a hash before', other || p
  UNION ALL SELECT 'the last one less', p[:cardinality(p) - 1] WHERE cardinality(p) > 0
  UNION ALL SELECT 'the first one less', p[2:] WHERE cardinality(p) > 0
  UNION ALL SELECT 'the first one twice', p[1] || p WHERE cardinality(p) > 0
  UNION ALL SELECT 'swapped', p[2:2] || p[1:1] || p[3:] WHERE cardinality(p) > 1
  UNION ALL SELECT 'bit of hash ' || i, p[:i - 1] || flipped(p[i], b) || p[i + 1:] FROM generate_subscripts(p, 1) i, (VALUES (0), (31)) AS v (b)
  UNION ALL SELECT 'empty', '{}' WHERE cardinality(p) > 0
  UNION ALL SELECT 'very long', array_fill(other, ARRAY[100])
$$;
WITH p AS (SELECT p.index, p.size, p.path, encode(sha256('\x00' || l.data), 'base64') AS leaf, r.root
             FROM known_inclusion p JOIN known_leaf l USING (index) JOIN known_root r USING (size)),
     probe AS (
       SELECT 'index' AS what, i.index, p.size, p.leaf, p.path, p.root FROM p, generate_series(-1, 9) AS i (index) WHERE i.index <> p.index
       UNION ALL SELECT 'size', p.index, s.size, p.leaf, p.path, p.root FROM p, (VALUES (-1), (0), (16), (9223372036854775807)) AS s (size)
       UNION ALL SELECT 'leaf', p.index, p.size, flipped(p.leaf, 3), p.path, p.root FROM p
       UNION ALL SELECT 'root', p.index, p.size, p.leaf, p.path, flipped(p.root, 3) FROM p
       UNION ALL SELECT c.what, p.index, p.size, p.leaf, c.path, p.root FROM p, changed_paths(p.path, p.root) c)
SELECT ethdata.verify_proof(leaf, index, size, path, root) AS proved, count(*) FROM probe GROUP BY 1;
WITH p AS (SELECT p.from_size, p.size, p.path, f.root AS from_root, r.root
             FROM known_consistency p JOIN known_root f ON f.size = p.from_size JOIN known_root r ON r.size = p.size),
     probe AS (
       SELECT 'from_size' AS what, i.n AS from_size, p.size, p.path, p.from_root, p.root FROM p, generate_series(-1, 9) AS i (n)
         WHERE i.n <> p.from_size
       UNION ALL SELECT 'size', p.from_size, s.size, p.path, p.from_root, p.root FROM p, (VALUES (-1), (0), (16), (9223372036854775807)) AS s (size)
         WHERE s.size <> p.size AND p.from_size > 0
       UNION ALL SELECT 'from_root', p.from_size, p.size, p.path, flipped(p.from_root, 3), p.root FROM p
       UNION ALL SELECT 'root', p.from_size, p.size, p.path, p.from_root, flipped(p.root, 3) FROM p WHERE p.from_size > 0
       UNION ALL SELECT 'roots swapped', p.from_size, p.size, p.path, p.root, p.from_root FROM p WHERE p.from_root <> p.root
       UNION ALL SELECT c.what, p.from_size, p.size, c.path, p.from_root, p.root FROM p, changed_paths(p.path, p.root) c)
SELECT ethdata.verify_proof(from_size, size, path, from_root, root) AS proved, count(*) FROM probe GROUP BY 1;

-- what is no proof at all; who may check
SELECT ethdata.verify_proof('c2hvcnQ=', 0, 1, '{}', 'c2hvcnQ=');
SELECT ethdata.verify_proof(root || E'\n', 0, 1, '{}', root) FROM known_root WHERE size = 1;
SELECT ethdata.verify_proof(rtrim(root, '='), 0, 1, '{}', root) FROM known_root WHERE size = 1;
SELECT ethdata.verify_proof(root, 0, 1, ARRAY[NULL], root) FROM known_root WHERE size = 1;
SELECT ethdata.verify_proof(root, 0, 1, ARRAY[[root], [root]], root) FROM known_root WHERE size = 1;
SELECT ethdata.verify_proof(root, 0, 1, '{x}', root) FROM known_root WHERE size = 1;
SELECT ethdata.verify_proof(0, 1, '{}', 'no hash', root) FROM known_root WHERE size = 1;
SELECT ethdata.verify_proof(root, 0, 1, NULL, root) FROM known_root WHERE size = 1;
GRANT SELECT ON known_root TO regress_ap_nobody;
SET ROLE regress_ap_nobody;
SELECT ethdata.verify_proof(root, 0, 1, '{}', root), ethdata.verify_proof(''::bytea, 0, 1, '{}', root), ethdata.verify_proof(1, 1, '{}', root, root)
  FROM known_root WHERE size = 1;
SELECT ethdata.inclusion_proof(1);
SELECT ethdata.consistency_proof(1);
RESET ROLE;

-- of what is sealed
CREATE TABLE item (id int PRIMARY KEY, label text);
CREATE FUNCTION nth(n int) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT id FROM ethdata.audit_record ORDER BY id OFFSET n LIMIT 1';
SELECT ethdata.consistency_proof(0);
SELECT ethdata.audit_changes('item');
SELECT ethdata.inclusion_proof(nth(0));
SELECT ethdata.seal_audit();
INSERT INTO item SELECT g, 'label ' || g FROM generate_series(1, 300) g;
SELECT ethdata.seal_audit();
INSERT INTO item VALUES (301, 'not sealed');
SET ROLE regress_ap_auditor;
SELECT p.index, p.size, cardinality(p.path) AS hashes, p.leaf = encode(sha256('\x00' || p.record), 'base64') AS leaf_of_record,
       ethdata.verify_proof(p.record, p.index, p.size, p.path, p.root) AS proved,
       p.root = split_part(c.note, E'\n', 3) AS root_in_note,
       p.proof = E'c2sp.org/tlog-proof@v1\nindex ' || p.index || E'\n' || array_to_string(p.path, E'\n') || E'\n\n' || c.note AS tlog_proof
  FROM ethdata.audit_event e, ethdata.inclusion_proof(e.id) p JOIN ethdata.audit_checkpoint c USING (size)
 WHERE e.kind = 'insert' AND e.xid = (SELECT min(xid::text::bigint)::text::xid8 FROM ethdata.audit_event WHERE kind = 'insert')
   AND p.index IN (1, 256, 300) ORDER BY e.id;
SELECT p.size, cardinality(p.path) AS hashes, p.from_root = f.r AS from_root, p.root = t.r AS root, p.note = t.note AS note,
       ethdata.verify_proof(1, p.size, p.path, f.r, t.r) AS proved
  FROM ethdata.consistency_proof(1) p,
       (SELECT split_part(note, E'\n', 3) FROM ethdata.audit_checkpoint WHERE size = 1) AS f (r),
       (SELECT split_part(note, E'\n', 3), note FROM ethdata.audit_checkpoint WHERE size = 301) AS t (r, note);
SELECT size, path, from_root = root AS same FROM ethdata.consistency_proof(301, 301);
SELECT size, path, from_root FROM ethdata.consistency_proof(0, 1);
RESET ROLE;
SET ROLE regress_ap_officer;
SELECT index, size, path FROM ethdata.inclusion_proof((SELECT min(id) FROM ethdata.audit_event), 1);
RESET ROLE;
BEGIN READ ONLY;
SELECT size FROM ethdata.consistency_proof(7);
ROLLBACK;

-- what cannot be proved
CREATE FUNCTION attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  message text;
  detail text;
  hint text;
BEGIN
  EXECUTE command;
  RETURN 'proved';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', SQLSTATE, regexp_replace(message, 'event \d+', 'event N'), nullif(detail, ''), nullif(hint, ''));
END $$;
\pset format unaligned
\pset tuples_only on
SELECT attempt('SELECT ethdata.inclusion_proof(NULL)');
SELECT attempt('SELECT ethdata.inclusion_proof(-5)');
SELECT attempt('SELECT ethdata.inclusion_proof(nth(1), 300)');
SELECT attempt('SELECT ethdata.inclusion_proof(nth(301))');
SELECT attempt('SELECT ethdata.inclusion_proof(nth(301), 1)');
SELECT attempt('SELECT ethdata.inclusion_proof(nth(5), 1)');
SELECT attempt('SELECT ethdata.consistency_proof(NULL)');
SELECT attempt('SELECT ethdata.consistency_proof(-1)');
SELECT attempt('SELECT ethdata.consistency_proof(302)');
SELECT attempt('SELECT ethdata.consistency_proof(2, 1)');
SELECT attempt('SELECT ethdata.consistency_proof(1, 300)');

-- what was changed is not proved, by a superuser who takes the triggers off
CREATE FUNCTION tamper(command text, prove text, OUT result text) LANGUAGE plpgsql AS $$
DECLARE
  part regclass := (SELECT min(tableoid::regclass::text)::regclass FROM ethdata.audit_record);
  context_part regclass := (SELECT min(tableoid::regclass::text)::regclass FROM ethdata.audit_context);
BEGIN
  EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', part);
  EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', context_part);
  ALTER TABLE ethdata.audit_record DISABLE TRIGGER ALL;
  ALTER TABLE ethdata.audit_context DISABLE TRIGGER ALL;
  ALTER TABLE ethdata.audit_checkpoint DISABLE TRIGGER ALL;
  EXECUTE command;
  result := attempt(prove);
  RAISE EXCEPTION 'undo' USING ERRCODE = 'P0099';
EXCEPTION WHEN SQLSTATE 'P0099' THEN
  RETURN;
END $$;
SELECT nth(5) AS five \gset
SELECT nth(300) AS last \gset
\set prove 'SELECT ethdata.inclusion_proof(' :five ')'
\set prove_last 'SELECT ethdata.inclusion_proof(' :last ')'
SELECT tamper('SELECT 1', :'prove');
SELECT tamper('UPDATE ethdata.audit_record SET kind = ''delete'' WHERE id = nth(5)', :'prove');
SELECT tamper('UPDATE ethdata.audit_record SET xid = xid + 1000000 WHERE id = nth(5)', :'prove');
SELECT tamper('UPDATE ethdata.audit_context SET effective_role = ''somebody_else''', :'prove');
SELECT tamper('DELETE FROM ethdata.audit_context', :'prove');
SELECT tamper('DELETE FROM ethdata.audit_record WHERE id = nth(5)', :'prove');
SELECT tamper('DELETE FROM ethdata.audit_record WHERE id = nth(6)', :'prove');
SELECT tamper('INSERT INTO ethdata.audit_record SELECT * FROM ethdata.audit_record WHERE id = nth(5)', :'prove');
SELECT tamper('UPDATE ethdata.audit_tile SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE level = 0 AND index = 0', :'prove');
SELECT tamper('UPDATE ethdata.audit_tile SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE level = 1', :'prove_last');
SELECT tamper('UPDATE ethdata.audit_tile SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE level = 1', 'SELECT ethdata.consistency_proof(260)');
SELECT tamper('UPDATE ethdata.audit_tile SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE level = 0', 'SELECT ethdata.consistency_proof(1)');
SELECT tamper('DELETE FROM ethdata.audit_tile WHERE level = 0 AND index = 1', :'prove');
SELECT tamper('UPDATE ethdata.audit_tile SET hashes = substring(hashes FOR 40) WHERE level = 0 AND index = 0', :'prove');
SELECT tamper('UPDATE ethdata.audit_checkpoint SET root = sha256(root)', :'prove');
SELECT tamper('UPDATE ethdata.audit_checkpoint SET note = replace(note, ''ethdata/'', ''ethdatb/'')', :'prove');
SELECT tamper('DELETE FROM ethdata.audit_checkpoint WHERE size > 1', :'prove');
SELECT tamper('DELETE FROM ethdata.audit_checkpoint WHERE size > 1', 'SELECT ethdata.consistency_proof(301)');
SELECT tamper('DELETE FROM ethdata.audit_checkpoint', :'prove');
\pset tuples_only off
\pset format aligned
SELECT ok, finding FROM ethdata.verify_audit();

DROP FUNCTION tamper(text, text), attempt(text), nth(int), flipped(text, int), changed_paths(text[], text), hashes(text), b64(text);
DROP TABLE item, known_leaf, known_root, known_inclusion, known_consistency;
DROP EXTENSION ethdata;
DROP ROLE regress_ap_auditor, regress_ap_officer, regress_ap_nobody;
