-- The type ethdata.consent: its text must survive dump and restore in any load
-- order and its binary form comes from clients, so both are tried with input that
-- means harm.  Comparison, hashing and || decide what two values have in common.
CREATE EXTENSION ethdata;
SELECT ethdata.define_purpose('marketing', 'consent', direct_marketing => true),
       ethdata.define_purpose('marketing.email', 'consent');

-- the operators are found where the schema is in the search_path
SET search_path = public, ethdata;

-- text: what goes in comes out, sorted, codes for ids where they are known
SELECT '{"v":1}'::ethdata.consent;
SELECT '{"v":1,"regime":"gdpr","purposes":{"marketing.email":["given","2028-03-01T00:00Z"]}}'::ethdata.consent;
SELECT ' { "purposes" : {"marketing":["objected",null,["absolute"]], "unknown.here":["given"],
         "marketing.email":["renewed","2028-03-01 02:59:59+01",["explicit","informed"]]},
         "flags":["blocked","restricted"], "birth_date":"1980-05-01", "regime":"ccpa", "v":1.0 } '::ethdata.consent;
SELECT '{"v":1,"birth_date":"0044-03-15 BC","purposes":{}}'::ethdata.consent, '{"v":1,"regime":"#77","purposes":null,"flags":null}'::ethdata.consent;
-- an id is as good as a code
SELECT '{"v":1,"purposes":{"#-2097260371":["given"]}}'::ethdata.consent;
SELECT a = a::text::ethdata.consent AS same, a::text = a::text::ethdata.consent::text AS same_text
  FROM (VALUES ('{"v":1,"purposes":{"marketing":["refused"],"no.such":["withdrawn",null,["informed"]]}}'::ethdata.consent)) v(a);
-- all statuses, all flags, the edges of the expiry
SELECT ('{"v":1,"purposes":{"p":["' || s || '"]}}')::ethdata.consent
  FROM unnest(ARRAY['unknown','requested','given','renewed','refused','withdrawn','revoked','expired','invalidated','objected']) s;
SELECT '{"v":1,"flags":["restricted","held","blocked"],"purposes":{"p":["objected","2000-01-01T01:59Z",["absolute","pending","explicit","informed"]],"q":["given","3913-12-08T15:00Z"]}}'::ethdata.consent;

-- text that is no value
\set VERBOSITY default
SELECT ''::ethdata.consent;
SELECT '{'::ethdata.consent;
SELECT '[]'::ethdata.consent;
SELECT '1'::ethdata.consent;
SELECT '{}'::ethdata.consent;
SELECT '{"v":2}'::ethdata.consent;
SELECT '{"v":"1"}'::ethdata.consent;
SELECT '{"v":1,"x":1}'::ethdata.consent;
SELECT '{"v":1,"regime":"GDPR"}'::ethdata.consent;
SELECT '{"v":1,"regime":"#0"}'::ethdata.consent;
SELECT '{"v":1,"regime":"#256"}'::ethdata.consent;
SELECT '{"v":1,"regime":1}'::ethdata.consent;
SELECT '{"v":1,"birth_date":"infinity"}'::ethdata.consent;
SELECT '{"v":1,"birth_date":"yesterday we met"}'::ethdata.consent;
SELECT '{"v":1,"birth_date":19800501}'::ethdata.consent;
SELECT '{"v":1,"flags":["nice"]}'::ethdata.consent;
SELECT '{"v":1,"flags":"restricted"}'::ethdata.consent;
SELECT '{"v":1,"purposes":["marketing"]}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":"given"}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":[]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["GIVEN"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given","infinity"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given","2000-01-01T00:59Z"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given","4000-01-01T00:00Z"]}}'::ethdata.consent;
-- times that mean another thing tomorrow or elsewhere, keys that are there twice, values that are nobody's to read
SELECT '{"v":1,"purposes":{"marketing":["given","tomorrow"]}}'::ethdata.consent;
\echo :SQLSTATE
SELECT '{"v":1,"purposes":{"marketing":["given","now"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given","2028-03-01"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given","2028-03-01 00:00"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given","01.03.2028 00:00+00"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given","2028-13-01T00:00Z"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given","2028-03-01T00:00 Europe/Berlin"]}}'::ethdata.consent;
SELECT '{"v":1,"birth_date":"today"}'::ethdata.consent;
SELECT '{"v":1,"birth_date":"1980-05-41"}'::ethdata.consent;
\echo :SQLSTATE
SELECT '{"v":1,"birth_date":"05/01/1980"}'::ethdata.consent;
SELECT '{"v":1,"birth_date":"1980-05-01'::ethdata.consent;
\echo :SQLSTATE
SELECT '{"v":1,"birth_date":1980-05-01}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given"],"marketing":["withdrawn"]}}'::ethdata.consent;
\echo :SQLSTATE
SELECT '{"v":1,"purposes":{"marketing":["given"],"m\u0061rketing":["withdrawn"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["withdrawn"]},"purposes":{}}'::ethdata.consent;
SELECT ('{"v":1,"' || repeat('x', 5000) || '":1}')::ethdata.consent;
SELECT ('{"v":1,"purposes":{"#' || repeat('ä', 5000) || '":["given"]}}')::ethdata.consent;
-- ordinary ISO 8601 with a zone
SELECT '{"v":1,"purposes":{"a":["given","2028-03-01T02:30:00.5+02:00"],"b":["given","2028-03-01 01:00:00+00"],"c":["given","2028-02-29T19:00-0500"],"d:\"":["given"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"a":["given","2028-03-01T02:30:00.5+02:00"],"b":["given","2028-03-01 01:00:00+00"],"c":["given","2028-02-29T19:00-0500"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given",5]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given",null,["nice"]]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing":["given",null,[],1]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"Marketing":["given"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"none":["given"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"#0":["given"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"#99999999999":["given"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"#1x":["given"]}}'::ethdata.consent;
SELECT '{"v":1,"purposes":{"marketing.email":["refused"],"#-2097260371":["given"]}}'::ethdata.consent;

-- jsonb, both ways
SELECT '{"v":1,"regime":"dpdp","purposes":{"marketing":["given"]}}'::jsonb::ethdata.consent;
SELECT '{"v":1,"regime":"dpdp","purposes":{"marketing":["given"]}}'::ethdata.consent::jsonb -> 'purposes' -> 'marketing' ->> 0 AS status;
SELECT '{"v":1,"purposes":7}'::jsonb::ethdata.consent;

-- binary: the bytes, and what must be refused (COPY BINARY hands the bytes to the type)
SELECT ethdata.consent_send('{"v":1,"regime":"gdpr","flags":["blocked"],"birth_date":"2000-01-02","purposes":{"marketing.email":["given","2000-01-01T02:00Z",["explicit"]]}}');
CREATE TABLE value(id int, c ethdata.consent);
INSERT INTO value VALUES
  (1, '{"v":1}'), (2, NULL),
  (3, '{"v":1,"regime":"#200","flags":["held"],"birth_date":"1931-12-24","purposes":{"marketing":["objected",null,["absolute"]],"a":["given","2030-01-01T00:00Z",["explicit"]],"b":["withdrawn"]}}');
SELECT format('%s/consent_type.bin', current_setting('data_directory')) AS file \gset
COPY value TO :'file' (FORMAT binary);
CREATE TABLE copied(id int, c ethdata.consent);
COPY copied FROM :'file' (FORMAT binary);
SELECT v.id, v.c IS NOT DISTINCT FROM w.c AS same, w.c FROM value v JOIN copied w USING (id) ORDER BY id;
CREATE FUNCTION from_bytes(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  file text := current_setting('data_directory') || '/consent_type.bin';
  result text;
  detail text;
BEGIN
  -- a COPY BINARY file by hand: signature, flags, header extension, one row of one field, trailer
  PERFORM lo_unlink(12345) FROM pg_largeobject_metadata WHERE oid = 12345;
  PERFORM lo_from_bytea(12345, '\x5047434f50590aff0d0a00'::bytea || '\x0000000000000000'::bytea
    || '\x0001'::bytea || int4send(length(bytes)) || bytes || '\xffff'::bytea);
  PERFORM lo_export(12345, file);
  CREATE TEMP TABLE got(c ethdata.consent) ON COMMIT DROP;
  BEGIN
    EXECUTE format('COPY got FROM %L (FORMAT binary)', file);
    SELECT c::text INTO result FROM got;
  EXCEPTION WHEN others THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    result := SQLSTATE || ' ' || SQLERRM || coalesce(': ' || nullif(detail, ''), '');
  END;
  DROP TABLE got;
  RETURN result;
END $$;
SELECT what, from_bytes(bytes) FROM (VALUES
  ('empty value',        '\x01000000800000000000'::bytea),
  ('one entry',          '\x0101000080000000000100000001 20000000'::bytea),
  ('unknown format',     '\x02000000800000000000'),
  ('reserved byte',      '\x01000001800000000000'),
  ('unknown head flag',  '\x01000800800000000000'),
  ('birth date too big', '\x010000007fffffff0000'),
  ('count too big',      '\x01000000800000000002 0000000120000000'),
  ('count 65535, none',  '\x0100000080000000ffff'),
  ('count too small',    '\x01000000800000000000 0000000120000000'),
  ('cut off',            '\x0100000080000000'),
  ('empty',              '\x'),
  ('id 0',               '\x01000000800000000001 0000000020000000'),
  ('not sorted',         '\x01000000800000000002 00000002200000000000000120000000'),
  ('signed order',       '\x01000000800000000002 ffffffff200000000000000120000000'),
  ('same id twice',      '\x01000000800000000002 00000001200000000000000120000000'),
  ('unknown status',     '\x01000000800000000001 00000001a0000000')) v(what, bytes);
DROP FUNCTION from_bytes;

-- order and equality: every pair is before, the same or after, and only one of these
CREATE TABLE sample(id int, c ethdata.consent);
INSERT INTO sample VALUES
  (1, '{"v":1}'), (2, '{"v":1,"regime":"gdpr"}'), (3, '{"v":1,"flags":["held"]}'), (4, '{"v":1,"birth_date":"1980-05-01"}'),
  (5, '{"v":1,"purposes":{"marketing":["given"]}}'), (6, '{"v":1,"purposes":{"marketing":["refused"]}}'),
  (7, '{"v":1,"purposes":{"marketing":["given"],"marketing.email":["given"]}}'),
  (8, '{"v":1,"purposes":{"marketing":["given","2030-01-01T00:00Z"]}}'), (9, '{"v":1,"purposes":{"marketing":["given"]}}');
SELECT count(*) AS pairs, count(*) FILTER (WHERE (a.c < b.c)::int + (a.c = b.c)::int + (a.c > b.c)::int <> 1) AS not_one,
       count(*) FILTER (WHERE (a.c <= b.c) <> (a.c < b.c OR a.c = b.c) OR (a.c >= b.c) <> NOT (a.c < b.c) OR (a.c <> b.c) = (a.c = b.c)) AS wrong,
       count(*) FILTER (WHERE a.c = b.c AND (ethdata.consent_hash(a.c) <> ethdata.consent_hash(b.c)
         OR ethdata.consent_hash_extended(a.c, 5) <> ethdata.consent_hash_extended(b.c, 5))) AS hash_wrong,
       count(*) FILTER (WHERE a.c = b.c) AS equal
  FROM sample a, sample b;
SELECT count(DISTINCT c), count(*) FROM sample;
SELECT c, array_agg(id ORDER BY id) FROM sample GROUP BY c HAVING count(*) > 1;
CREATE UNIQUE INDEX ON sample (c);
DELETE FROM sample WHERE id = 9;
CREATE UNIQUE INDEX ON sample (c);
CREATE INDEX ON sample USING hash (c);
SET enable_seqscan = off;
SELECT id FROM sample WHERE c = '{"v":1,"purposes":{"marketing":["refused"]}}';
RESET enable_seqscan;

-- ||: for a purpose on both sides the more restrictive holds
CREATE FUNCTION both_ways(a text, b text) RETURNS ethdata.consent LANGUAGE sql AS $$
  SELECT CASE WHEN a::ethdata.consent OPERATOR(ethdata.||) b::ethdata.consent = b::ethdata.consent OPERATOR(ethdata.||) a::ethdata.consent
    THEN a::ethdata.consent OPERATOR(ethdata.||) b::ethdata.consent END $$;
SELECT both_ways('{"v":1,"purposes":{"marketing":["given"]}}', '{"v":1,"purposes":{"marketing":["withdrawn"]}}');
SELECT both_ways('{"v":1,"purposes":{"marketing":["withdrawn"]}}', '{"v":1,"purposes":{"marketing":["objected",null,["absolute"]]}}');
SELECT both_ways('{"v":1,"purposes":{"marketing":["given","2030-01-01T00:00Z",["explicit","informed"]]}}', '{"v":1,"purposes":{"marketing":["renewed",null,["informed"]]}}');
SELECT both_ways('{"v":1,"purposes":{"marketing":["given","2030-01-01T00:00Z"]}}', '{"v":1,"purposes":{"marketing":["given","2029-01-01T00:00Z"]}}');
SELECT both_ways('{"v":1,"purposes":{"marketing":["unknown"]}}', '{"v":1,"purposes":{"marketing":["given"]}}');
SELECT both_ways('{"v":1,"purposes":{"marketing":["given"]}}', '{"v":1,"purposes":{"marketing.email":["refused"]}}');
SELECT both_ways('{"v":1,"regime":"gdpr","flags":["held"],"birth_date":"1980-05-01"}', '{"v":1,"regime":"ccpa","flags":["blocked"],"birth_date":"2010-05-01"}');
SELECT both_ways('{"v":1,"regime":"gdpr","birth_date":"1980-05-01"}', '{"v":1,"regime":"gdpr"}');
SELECT count(*) AS not_associative FROM sample a, sample b, sample c WHERE ((a.c || b.c) || c.c) <> (a.c || (b.c || c.c));
SELECT ethdata.most_restrictive(c) FROM sample;
SELECT ethdata.most_restrictive(c) FROM sample WHERE false;

-- a purpose that is retired or of another database does not stop output, and a column goes through dump's form
CREATE TABLE dumped AS SELECT '{"v":1,"purposes":{"elsewhere.only":["given"],"marketing":["refused"]}}'::ethdata.consent AS c;
SELECT c FROM dumped;
SELECT ethdata.retire_purpose('marketing.email');
SELECT '{"v":1,"purposes":{"marketing.email":["given"]}}'::ethdata.consent;

DROP TABLE value, copied, sample, dumped;
DROP FUNCTION both_ways;
DROP EXTENSION ethdata;
