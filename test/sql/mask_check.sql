-- A mask runs with the rights of whoever reads the table, on a value that he may
-- not see.  What could tell him the value, or do things in his name, is refused
-- when it is declared; what comes into the catalogue otherwise (restore, CREATE
-- POLICY by hand) is looked at again and masks with NULL; and an error out of a
-- mask that is allowed does not quote the value.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_mc_owner;
CREATE ROLE regress_mc_other;
CREATE ROLE regress_mc_reader;
CREATE SCHEMA mc AUTHORIZATION regress_mc_owner;
GRANT USAGE, CREATE ON SCHEMA mc TO PUBLIC;

-- code of a superuser
CREATE FUNCTION mc.su_plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'su ' || left($1, 1)$$;
CREATE FUNCTION mc.su_volatile(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION mc.su_set(text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION mc.su_raises(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
  $$BEGIN RAISE EXCEPTION 'the value is %', $1 USING DETAIL = $1, HINT = $1, ERRCODE = '23514'; END$$;
-- of a third role
SET ROLE regress_mc_other;
CREATE FUNCTION mc.other_plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION mc.other_definer(text) RETURNS text LANGUAGE sql IMMUTABLE SECURITY DEFINER AS 'SELECT $1';
CREATE TYPE mc.other_enum AS ENUM ('a', 'b');
CREATE TYPE mc.other_row AS (a text);
CREATE DOMAIN mc.other_domain AS text CHECK (value <> 'x');
RESET ROLE;
-- of the table's owner
SET ROLE regress_mc_owner;
CREATE FUNCTION mc.own_plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION mc.own_definer(text) RETURNS text LANGUAGE sql IMMUTABLE SECURITY DEFINER AS $$SELECT 'own ' || right($1, 1)$$;
CREATE FUNCTION mc.own_volatile(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT $1';
CREATE FUNCTION mc.own_equal(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR mc.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = mc.own_equal);
CREATE OPERATOR mc.==== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
CREATE DOMAIN mc.own_domain AS text CHECK (value <> 'x');
CREATE DOMAIN mc.own_trojan AS text CHECK (mc.own_plain(value) <> 'x');
CREATE TYPE mc.own_row AS (a text);
CREATE TYPE mc.own_range AS RANGE (subtype = text);
CREATE TABLE mc.t (id int, v text, other text, born date, at timestamptz, e mc.other_enum, d mc.own_domain, n int, c varchar(4));
INSERT INTO mc.t VALUES (1, 'anna', 'x', '1984-07-19', '1984-07-19 14:05+00', 'a', 'anna', 7, 'anna'), (2, 'berg-secret', 'y', NULL, NULL, NULL, NULL, NULL, NULL);
GRANT SELECT ON mc.t TO regress_mc_reader;
CREATE SEQUENCE mc.s;
RESET ROLE;
SELECT ethdata.protect('mc.t');

-- try_mask -- declares a mask in a transaction of its own that goes away
CREATE FUNCTION try_mask(column_name name, masked_as text) RETURNS TABLE (outcome text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ethdata.mask('mc.t', column_name, masked_as => masked_as);
  outcome := 'accepted';
  PERFORM ethdata.drop_mask('mc.t', column_name);
  RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS outcome = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN NEXT;
END $$;

-- one full error as a user sees it
SELECT ethdata.mask('mc.t', 'v', masked_as => 'mc.other_plain(value)');

\pset format unaligned
SELECT n, masked_as, outcome, detail FROM unnest(ARRAY[
  -- more than the cell
  'other', 'mc.t.other', 't', 'value || ctid', '(SELECT value)', '(SELECT v FROM mc.t LIMIT 1)', 'EXISTS (SELECT FROM mc.t)::text',
  '$1', 'ethdata.mask_email(value), 1', 'value; SELECT 1', 'value FROM mc.t', 'value AS x', '*', '', ' ', NULL,
  -- not one value of one value
  'max(value)', 'string_agg(value, '','')', 'count(*)::text', 'row_number() OVER ()::text', 'generate_series(1, 2)::text', 'unnest(ARRAY[value])', 'mc.su_set(value)',
  -- not the same each time
  'random()::text', 'clock_timestamp()::text', 'nextval(''mc.s'')::text', 'mc.su_volatile(value)', 'pg_sleep(0)::text', 'query_to_xml(''SELECT 1'', true, true, '''')::text',
  -- hides nothing
  'value', '(value)', 'value::text', 'value::varchar', 'value COLLATE "C"',
  -- code of others
  'mc.other_plain(value)', 'mc.other_definer(value)', 'mc.own_plain(value)', 'mc.own_volatile(value)', 'ethdata.mask_email(mc.other_plain(value))',
  'CASE WHEN value LIKE ''a%'' THEN ''a'' ELSE mc.other_plain(value) END', 'COALESCE(NULL, mc.other_plain(value))', 'ARRAY[mc.other_plain(value)]::text',
  '(value OPERATOR(mc.===) ''x'')::text', '(value OPERATOR(mc.===) ANY (ARRAY[''x'']))::text', 'NULLIF(value, mc.other_plain(value))',
  -- code in types
  'value::mc.other_row::text', 'value::mc.own_row::text', 'value::mc.other_domain::text', 'value::mc.own_trojan::text', 'ARRAY[value]::mc.other_domain[]::text',
  'value::mc.own_trojan[]::text', 'value::mc.own_range::text', 'to_jsonb(value::mc.other_enum)::text', 'format(''%s'', value::mc.other_enum)',
  -- what only the reader may read, for the owner of the table
  'mc.own_definer(current_setting(''app.token'', true))', 'mc.own_definer(table_to_xml(''mc.t'', true, true, '''')::text)',
  -- not looked at
  'XMLELEMENT(NAME a, value)::text', 'DEFAULT',
  -- no expression of the type, or none at all
  'nonsense(value)', 'value +', 'ARRAY[value]', 'value::mc.nothing'
]) WITH ORDINALITY AS m (masked_as, n), LATERAL try_mask('v', masked_as) ORDER BY n;
-- functions of core that read more than their arguments, and rows whose fields bring code
SELECT masked_as, outcome, detail FROM unnest(ARRAY[
  'table_to_xml(''mc.t''::regclass, true, false, '''')::text', 'schema_to_xml(''mc'', true, false, '''')::text', 'database_to_xml(true, false, '''')::text',
  'current_setting(''app.token'', true)', 'pg_get_viewdef(1::oid)', 'row_to_json(row(''a''::mc.other_enum))::text', 'to_jsonb(row(''a''::mc.other_enum))::text',
  'to_jsonb(ARRAY[row(''a''::mc.other_enum)])::text', 'row_to_json(row(row(value, ''a''::mc.other_enum)))::text', 'row_to_json(row(value))::text', 'concat(value, ''!'')', 'format(''%s-%s'', left(value, 1), 7)',
  'to_char(now(), ''YYYY'')', 'date_trunc(''year'', now())::text'
]) WITH ORDINALITY AS m (masked_as, n), LATERAL try_mask('v', masked_as) ORDER BY n;
-- nobody can supply a value of type internal; how core says so differs between minor versions
SELECT masked_as, outcome IN ('0A000', '42883', '42846') AS refused
FROM unnest(ARRAY['ethdata._mask_hash(NULL, value)', 'ethdata._mask_hash(NULL::internal, value)']) AS m (masked_as), LATERAL try_mask('v', masked_as);

-- accepted, and what the reader then gets
CREATE FUNCTION read_mask(column_name name, masked_as text) RETURNS TABLE (outcome text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ethdata.mask('mc.t', column_name, masked_as => masked_as);
  SET LOCAL ROLE regress_mc_reader;
  BEGIN
    RETURN QUERY EXECUTE format('SELECT string_agg(coalesce(%I::text, ''NULL''), '' | '' ORDER BY id) FROM mc.t', column_name);
  EXCEPTION WHEN OTHERS THEN
    outcome := SQLSTATE || ' ' || SQLERRM;
    RETURN NEXT;
  END;
  RESET ROLE;
  PERFORM ethdata.drop_mask('mc.t', column_name);
END $$;
SELECT n, column_name, masked_as, outcome FROM (VALUES
  (1, 'v', 'ethdata.mask_partial(value, 1, ''***'', 1)'),
  (2, 'v', 'ethdata.mask_partial(value => value, prefix => 0, padding => ''-'', suffix => 2)'),
  (3, 'v', 'left(ethdata.mask_hash(value), 0)'),
  (4, 'v', 'left(ethdata.mask_hash(value => value), 0)'),
  (5, 'v', 'upper(left(value, 1)) || ''***'''),
  (6, 'v', 'regexp_replace(value, ''[^-]'', ''*'', ''g'')'),
  (7, 'v', 'CASE WHEN value LIKE ''a%'' THEN ''a..'' END'),
  (8, 'v', '''hidden'''),
  (9, 'v', 'NULL'),
  (10, 'v', 'mc.su_plain(value)'),
  (11, 'v', 'mc.own_definer(value)'),
  (12, 'v', '(value OPERATOR(mc.====) ''anna'')::text'),
  (13, 'v', '(value = ANY (ARRAY[''anna'', ''otto'']))::text'),
  (14, 'v', 'GREATEST(value, ''b'') || ''..'''),
  (15, 'v', 'NULLIF(value, ''anna'') || LEAST(''x'', ''y'')'),
  (16, 'v', '(ARRAY[''low'', ''high''])[length(value) / 6 + 1]'),
  (17, 'v', 'length(value)::text'),
  (18, 'v', 'current_user || session_user'),
  (19, 'v', '(value::mc.own_domain IS NULL)::text'),
  (20, 'v', '(ROW(value, 1) < ROW(''b'', 2))::text'),
  (21, 'born', 'ethdata.mask_date(value)'),
  (22, 'born', 'ethdata.mask_date(unit => ''decade'', value => value)'),
  (23, 'born', 'NULL'),
  (24, 'at', 'ethdata.mask_date(value, ''year'')'),
  (25, 'e', '''b'''),
  (26, 'd', '''x'''),
  (27, 'd', 'ethdata.mask_partial(value, 1, ''*'', 0)'),
  (28, 'n', 'value / 10 * 10'),
  (29, 'n', '0'),
  (30, 'c', '''very long''')
) AS m (n, column_name, masked_as), LATERAL read_mask(column_name, masked_as) ORDER BY n;

-- arguments that make no sense are refused when they are constants, and NULL when not
SELECT n, column_name, masked_as, outcome, message, hint FROM (VALUES
  (1, 'born', 'ethdata.mask_date(value, ''day'')'),
  (2, 'born', 'ethdata.mask_date(value, ''fortnight'')'),
  (3, 'born', 'ethdata.mask_date(value, NULL)'),
  (4, 'born', 'ethdata.mask_date(unit => ''hour'', value => value)'),
  (5, 'at', 'ethdata.mask_date(value, ''second'')'),
  (6, 'at', 'ethdata.mask_date(value, ''hour'')')
) AS m (n, column_name, masked_as), LATERAL try_mask(column_name, masked_as) ORDER BY n;
SELECT outcome FROM read_mask('born', 'ethdata.mask_date(value, lower(''DAY''))');

-- a keyed mask is for policy administrators: an owner could put values in and read pseudonyms
\pset format aligned
SET ROLE regress_mc_owner;
SELECT ethdata.mask('mc.t', 'v', masked_as => 'ethdata.mask_hash(value)');
SELECT ethdata.mask('mc.t', 'v', masked_as => 'left(ethdata.mask_hash(value => value), 9)');
RESET ROLE;
GRANT ethdata_admin TO regress_mc_owner;
SET ROLE regress_mc_owner;
SELECT ethdata.mask('mc.t', 'v', masked_as => 'ethdata.mask_hash(value)');
RESET ROLE;
REVOKE ethdata_admin FROM regress_mc_owner;
-- in a query the reader has the pseudonym, and still may not call the function
SET ROLE regress_mc_reader;
SELECT id, length(v), count(*) OVER (PARTITION BY v) FROM mc.t ORDER BY id;
SELECT ethdata.mask_hash('anna');
EXPLAIN (COSTS OFF, VERBOSE) SELECT v FROM mc.t WHERE id = 1;
RESET ROLE;

-- an error out of a mask says nothing: not the message, not the code, not the context
SELECT ethdata.mask('mc.t', 'v', masked_as => 'value::int::text');
SET ROLE regress_mc_reader;
\set SHOW_CONTEXT always
SELECT v FROM mc.t;
SELECT count(*) FROM mc.t WHERE v = 'x';
SELECT id FROM mc.t ORDER BY v;
DO $$ BEGIN PERFORM v FROM mc.t; EXCEPTION WHEN OTHERS THEN RAISE WARNING 'state %, message %', SQLSTATE, SQLERRM; END $$;
CREATE TEMP TABLE copied AS SELECT v FROM mc.t;
BEGIN;
DECLARE c CURSOR FOR SELECT v FROM mc.t;
FETCH c;
ROLLBACK;
-- the column not read, the error of the reader's own stays his own
SELECT id FROM mc.t WHERE id = 1;
SELECT 1 / 0 FROM mc.t;
SELECT 'own'::int;
RESET ROLE;
SELECT ethdata.mask('mc.t', 'v', masked_as => 'mc.su_raises(value)');
SET ROLE regress_mc_reader;
SELECT v FROM mc.t;
SELECT id, v FROM mc.t WHERE id = 1;
SELECT id::text::int, 1 / (id - 1) FROM mc.t;
RESET ROLE;

-- what did not come through mask(): refused at CREATE POLICY or masked with NULL, never obeyed
SELECT ethdata.drop_mask('mc.t', 'v');
\set SHOW_CONTEXT errors
SET ROLE regress_mc_owner;
CREATE POLICY "ethdata 77" ON mc.t FOR SELECT TO regress_mc_reader, ethdata_exempt
  USING (ethdata.rule(v, mc.other_plain(v), '{}', 'contact', 'refuse', false));
CREATE POLICY "ethdata 78" ON mc.t FOR SELECT TO regress_mc_reader, ethdata_exempt
  USING (ethdata.rule(v, other, '{}', 'contact', 'refuse', false));
CREATE POLICY "ethdata 79" ON mc.t FOR SELECT TO regress_mc_reader, ethdata_exempt
  USING (ethdata.rule(v, ethdata.mask_partial(v, 1, '***', 0), '{}', 'contact', 'refuse', false));
RESET ROLE;
SET ROLE regress_mc_reader;
SELECT id, v FROM mc.t ORDER BY id;
RESET ROLE;
SELECT ethdata.unprotect('mc.t');

-- a function that was safe and is not any more: whoever looks at the rule anew gets NULL
SELECT ethdata.protect('mc.t');
SELECT ethdata.mask('mc.t', 'v', masked_as => 'mc.su_plain(value)');
SET ROLE regress_mc_reader;
SELECT id, v FROM mc.t ORDER BY id;
RESET ROLE;
ALTER FUNCTION mc.su_plain(text) OWNER TO regress_mc_other;
\c -
SET client_min_messages = warning;
SET ROLE regress_mc_reader;
SELECT id, v FROM mc.t ORDER BY id;
RESET ROLE;

DROP FUNCTION try_mask(name, text);
DROP FUNCTION read_mask(name, text);
DROP SCHEMA mc CASCADE;
DROP EXTENSION ethdata;
DROP ROLE regress_mc_owner;
DROP ROLE regress_mc_other;
DROP ROLE regress_mc_reader;
