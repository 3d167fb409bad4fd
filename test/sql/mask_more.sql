-- The masks for names, numbers, addresses, cards, accounts and documents as rules of a
-- protected table: the reader has masked cells in every clause, the rules need no
-- bracket against errors, and arguments that make no sense are refused by mask().
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
SELECT ethdata.define_purpose('support', basis => 'contract');
CREATE ROLE regress_mm_owner;
CREATE ROLE regress_mm_reader;
CREATE ROLE regress_mm_support;
CREATE SCHEMA mm AUTHORIZATION regress_mm_owner;
GRANT USAGE ON SCHEMA mm TO PUBLIC;
SELECT ethdata.grant_purpose('support', 'regress_mm_support', as_default => true);
SET ROLE regress_mm_owner;
CREATE TABLE mm.person (id int, name varchar(40), age int2, visits int8, salary numeric(9,2), score float4, weight float8, ip inet, net cidr,
  card char(19), iban varchar(34), seen timestamptz, doc jsonb, raw json);
INSERT INTO mm.person VALUES
  (1, 'Anna Maria Berg', 41, 5000000042, 52340.99, 17.25, 71.3, '192.168.5.77', '10.1.2.0/24', '4242424242424242', 'DE89370400440532013000', '2026-03-17 14:05+00',
   '{"id": 7, "contact": {"email": "anna@example.com", "city": "Ulm"}}', '{"id": 7, "contact": {"email": "anna@example.com"}}'),
  (2, 'Li Na', 103, -3, -999999.99, 'NaN', '-Infinity', '2001:db8:1:2::3', '2001:db8:1:2::/64', '4242424242424241', 'unknown', 'infinity', '"anna@example.com"', '[]'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
GRANT SELECT ON mm.person TO regress_mm_reader, regress_mm_support;
RESET ROLE;
SELECT ethdata.protect('mm.person');
SELECT column_name, ethdata.mask('mm.person', column_name, masked_as => masked_as, reveal_for => '{support}', on_write => 'refuse') FROM (VALUES
  (1, 'name', 'ethdata.mask_name(value)'),
  (2, 'age', 'ethdata.mask_number(value, 10, highest => 90)'),
  (3, 'visits', 'ethdata.mask_number(value, 1000)'),
  (4, 'salary', 'ethdata.mask_number(value, 1000000, lowest => 0)'),
  (5, 'score', 'ethdata.mask_number(value, 5)'),
  (6, 'weight', 'ethdata.mask_number(value => value, bucket => 0.5)'),
  (7, 'ip', 'ethdata.mask_ip(value)'),
  (8, 'net', 'ethdata.mask_ip(value, ipv4_prefix => 8)'),
  (9, 'card', 'ethdata.mask_card(value)'),
  (10, 'iban', 'ethdata.mask_iban(value)'),
  (11, 'seen', 'ethdata.mask_date(value, ''day'')'),
  (12, 'doc', 'ethdata.mask_jsonb(value, ''{contact.email}'')'),
  (13, 'raw', 'ethdata.mask_jsonb_keep(value::jsonb, ARRAY[''id''])::json')
) AS t (n, column_name, masked_as) ORDER BY n;

\pset format unaligned
\pset null 'NULL'
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET ROLE regress_mm_reader;
SELECT * FROM mm.person ORDER BY id;
SELECT id FROM mm.person WHERE name = 'Anna Maria Berg' OR ip = '192.168.5.77' OR doc @> '{"contact": {"email": "anna@example.com"}}' OR salary BETWEEN 52340 AND 52341;
SELECT id FROM mm.person WHERE name LIKE 'A%' AND ip = '192.168.5.0/24' AND age = 40 AND doc ->> 'id' = '7';
-- no bracket but around the casts of columns that are not of the mask's type
CREATE FUNCTION pg_temp.plan(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || statement LOOP
    RETURN NEXT replace(line, format('''%s''::oid', 'mm.person'::regclass::oid), 'mm.person');
  END LOOP;
END $$;
SELECT pg_temp.plan('SELECT name, visits, salary, weight, ip, net, iban, doc, raw FROM mm.person');
DROP FUNCTION pg_temp.plan(text);
RESET ROLE;
SET ROLE regress_mm_support;
SELECT * FROM mm.person WHERE id = 1;
RESET ROLE;
-- declared again, nothing changes
SELECT ethdata.mask('mm.person', 'visits', masked_as => 'ethdata.mask_number(value, 1000)', reveal_for => '{support}', on_write => 'refuse');

-- constants that make no sense
CREATE FUNCTION try_mask(column_name name, masked_as text) RETURNS TABLE (outcome text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ethdata.mask('mm.person', column_name, masked_as => masked_as);
  outcome := 'accepted';
  PERFORM ethdata.drop_mask('mm.person', column_name);
  RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS outcome = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN NEXT;
END $$;
SELECT n, masked_as, outcome, message, detail, hint FROM (VALUES
  (1, 'age', 'ethdata.mask_number(value, 1)'),
  (2, 'age', 'ethdata.mask_number(value, 0)'),
  (3, 'age', 'ethdata.mask_number(value, -10)'),
  (4, 'age', 'ethdata.mask_number(value, NULL)'),
  (5, 'age', 'ethdata.mask_number(value, 10, 50, 40)'),
  (6, 'age', 'ethdata.mask_number(value, 10, highest => 40, lowest => 50)'),
  (7, 'visits', 'ethdata.mask_number(value, 1)'),
  (8, 'visits', 'ethdata.mask_number(value, 10, 5, 4)'),
  (9, 'salary', 'ethdata.mask_number(value, 0)'),
  (10, 'salary', 'ethdata.mask_number(value, -0.5)'),
  (11, 'salary', 'ethdata.mask_number(value, ''NaN'')'),
  (12, 'salary', 'ethdata.mask_number(value, ''Infinity''::numeric)'),
  (13, 'weight', 'ethdata.mask_number(value, 0)'),
  (14, 'weight', 'ethdata.mask_number(value, ''NaN''::float4)'),
  (15, 'weight', 'ethdata.mask_number(bucket => 0.0, value => value)'),
  (16, 'weight', 'ethdata.mask_number(value, 1, 2, 1)'),
  (17, 'age', 'ethdata.mask_number(value, 10, NULL, NULL)'),
  (18, 'age', 'ethdata.mask_number(value, abs(-1))'),
  (19, 'ip', 'ethdata.mask_ip(value, 32)'),
  (20, 'ip', 'ethdata.mask_ip(value, 24, 128)'),
  (21, 'ip', 'ethdata.mask_ip(value, ipv6_prefix => -1)'),
  (22, 'net', 'ethdata.mask_ip(value, NULL)'),
  (23, 'net', 'ethdata.mask_ip(value, 31, 127)'),
  (24, 'doc', 'ethdata.mask_jsonb(value, ''{}'')'),
  (25, 'doc', 'ethdata.mask_jsonb(value, NULL)'),
  (26, 'doc', 'ethdata.mask_jsonb(value, ''{a..b}'')'),
  (27, 'doc', 'ethdata.mask_jsonb(value, ARRAY[''a'', ''b[0]''])'),
  (28, 'doc', 'ethdata.mask_jsonb(value, ARRAY[''a.0'']::text[])'),
  (29, 'doc', 'ethdata.mask_jsonb(value, ''{{a,b}}'')'),
  (30, 'doc', 'ethdata.mask_jsonb(value, ''{a,NULL}'')'),
  (31, 'doc', 'ethdata.mask_jsonb(value, ''{$.a}'')'),
  (32, 'doc', 'ethdata.mask_jsonb_keep(value, ''{**}'')'),
  (33, 'doc', 'ethdata.mask_jsonb_keep(value, paths => ''{a.**.b}'')'),
  (34, 'doc', 'ethdata.mask_jsonb_keep(value, ''{}'')'),
  (35, 'doc', 'ethdata.mask_jsonb(value, ARRAY[''a'', upper(''b.'')])'),
  (36, 'doc', 'ethdata.mask_jsonb(ethdata.mask_jsonb(value, ''{.}''), ''{a}'')')
) AS m (n, column_name, masked_as), LATERAL try_mask(column_name, masked_as) ORDER BY n;

-- a cast of a constant that fails is an error of whoever declares it
SELECT ethdata.mask('mm.person', 'age', masked_as => 'ethdata.mask_number(value, 3000000000::int8::int4)');

SELECT ethdata.unprotect('mm.person');
DROP FUNCTION try_mask(name, text);
DROP SCHEMA mm CASCADE;
DROP EXTENSION ethdata;
DROP ROLE regress_mm_owner;
DROP ROLE regress_mm_reader;
DROP ROLE regress_mm_support;
