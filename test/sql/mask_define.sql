-- mask() and drop_mask(): bad input with SQLSTATE, message, detail and hint; names
-- resolved once, as the caller sees them; create or alter; generated columns;
-- partition keys; who may call.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_md_owner;
CREATE ROLE regress_md_admin IN ROLE ethdata_admin;
CREATE SCHEMA md AUTHORIZATION regress_md_owner;
GRANT USAGE ON SCHEMA md TO regress_md_admin;
SET ROLE regress_md_owner;
CREATE DOMAIN md.email AS text CHECK (value LIKE '%@%');
CREATE DOMAIN md.must AS text NOT NULL;
CREATE TABLE md.person (
  id bigint PRIMARY KEY, "Given'Name" text, email varchar(12), mail md.email, must md.must, born date, score int, tags text[], flag "char",
  other_id bigint,
  email_lower text GENERATED ALWAYS AS (lower(email)) STORED);
CREATE TABLE md.plain (id bigint, email text);
CREATE TABLE md.parted (id bigint, region text, at date) PARTITION BY RANGE (at);
CREATE TABLE md.parted_1 PARTITION OF md.parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (lower(region));
CREATE TABLE md.parted_1a PARTITION OF md.parted_1 DEFAULT;
CREATE FUNCTION md.mine(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION md.definer(text) RETURNS text LANGUAGE sql IMMUTABLE SECURITY DEFINER AS 'SELECT left($1, 1)';
RESET ROLE;
CREATE FUNCTION public.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  detail text;
  hint text;
BEGIN
  EXECUTE statement INTO result;
  RETURN coalesce(result, 'null');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n  ', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
CREATE FUNCTION public.rules(relation regclass) RETURNS TABLE (name name, rule text) LANGUAGE sql AS
  'SELECT polname, pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = $1 ORDER BY length(polname), polname';
\pset format unaligned
\pset tuples_only on
SELECT ethdata.define_subject_class('md.person');
SELECT ethdata.define_purpose('billing', basis => 'contract');
SELECT ethdata.define_purpose('care', basis => 'explicit_consent', special_ground => 'explicit consent');
SELECT ethdata.protect('md.person', subject => 'id');
SELECT ethdata.protect('md.parted');
RESET client_min_messages;

\echo == table and column
SELECT try($$SELECT ethdata.mask(NULL, 'email')$$);
SELECT try($$SELECT ethdata.mask('md.person', NULL)$$);
SELECT try($$SELECT ethdata.mask('md.plain', 'email')$$);
SELECT try($$SELECT ethdata.mask('pg_catalog.pg_authid', 'rolpassword')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'Email')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'ctid')$$);
SELECT try($$SELECT ethdata.mask('md.parted_1', 'region')$$);
SELECT try($$SELECT ethdata.mask('md.parted', 'at')$$);
SELECT try($$SELECT ethdata.mask('md.parted', 'region')$$);

\echo == other arguments
SELECT try($$SELECT ethdata.mask('md.person', 'email', reveal_for => '{nope}')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', reveal_for => NULL)$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', reveal_for => '{billing,NULL}')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', category => 'mail')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', on_write => 'never')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', on_write => NULL)$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', on_write => 'keep_if_mask')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', lookup => NULL)$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', subject => 'nope')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', subject => 'other_id')$$);

\echo == masks that are none
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => '')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'lower(value')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'value, value')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'value AS x')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'value FROM md.person')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'value; DROP TABLE md.plain')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'value LIMIT 1')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => '*')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'email')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'person.email')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'value || id')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => '$1')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'nofunction(value)')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => '(SELECT max(value) FROM md.person)')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => '(SELECT ''x'')')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'max(value)')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'first_value(value) OVER ()')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'regexp_split_to_table(value, ''@'')')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'value || random()')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'md.mine(value)')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => '42')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'born', masked_as => 'value::text')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'score', masked_as => '''***''')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'tags', masked_as => 'value[1]')$$);
SELECT rules('md.person');

-- where the error is in the mask
SELECT ethdata.mask('md.person', 'email', masked_as => 'upper(lower(value)');
SELECT ethdata.mask('md.person', 'email', masked_as => 'upper(value) || nofunction(value)');

\echo == masks that are
SELECT ethdata.mask('md.person', 'Given''Name', masked_as => $$left(value, 1) || '.'$$, category => 'identity');
SELECT ethdata.mask('md.person', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{billing}');
SELECT ethdata.mask('md.person', 'mail', masked_as => $$'x@' || md.definer(value)$$);
SELECT ethdata.mask('md.person', 'must');
SELECT ethdata.mask('md.person', 'born', masked_as => $$ethdata.mask_date(value, 'year')$$);
SELECT ethdata.mask('md.person', 'score', masked_as => 'value / 10 * 10', subject => 'id');
SELECT ethdata.mask('md.person', 'tags');
SELECT ethdata.mask('md.person', 'flag', masked_as => $$'x'$$, category => 'health', reveal_for => '{billing,care,billing}');
SELECT rules('md.person');

\echo == same again, changes one by one, back
SELECT ethdata.mask('md.person', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{billing}');
SELECT ethdata.mask('md.person', 'must');
SELECT ethdata.mask('md.person', 'mail', masked_as => $$'x@' || md.definer(value)$$);
SELECT ethdata.mask('md.person', 'email', masked_as => 'ethdata.mask_email(value)');
SELECT ethdata.mask('md.person', 'email', masked_as => 'left(value, 1)', category => 'contact', on_write => 'keep_if_mask', subject => 'id');
SELECT ethdata.mask('md.person', 'email');
SELECT rules('md.person') LIMIT 3;
SELECT label FROM pg_seclabels WHERE objname = 'md.person.email';
SELECT ethdata.classify('md.person', 'email', 'financial');
SELECT ethdata.mask('md.person', 'email');
SELECT rules('md.person') LIMIT 3;

\echo == names mean what they meant to whoever declared the mask
CREATE SCHEMA shadow;
CREATE FUNCTION shadow.upper(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
SET search_path = shadow, pg_catalog;
SELECT ethdata.mask('md.person', 'email', masked_as => 'upper(value)');
SET search_path = pg_catalog;
SELECT name, rule FROM public.rules('md.person') WHERE rule LIKE '%upper%';
SELECT ethdata.mask('md.person', 'email', masked_as => 'upper(value)');
SELECT name, rule FROM public.rules('md.person') WHERE rule LIKE '%upper%';
RESET search_path;
SELECT try($$DROP FUNCTION md.definer(text)$$);
SELECT try($$DROP FUNCTION md.definer(text) CASCADE$$);
ALTER FUNCTION md.definer(text) RENAME TO first_letter;
ALTER TABLE md.person RENAME COLUMN mail TO mailbox;
SELECT name, rule FROM public.rules('md.person') WHERE rule LIKE '%mailbox%';

\echo == by hand: only as a restore does, and no second rule
SELECT try($$CREATE POLICY "ethdata 77" ON md.person FOR SELECT USING (ethdata.rule(email, NULL::varchar, '{}', NULL, 'refuse', false))$$);
SELECT try($$CREATE POLICY "ethdata 77" ON md.person FOR SELECT USING (ethdata.rule(other_id, (SELECT max(id) FROM md.person), '{}', NULL, 'refuse', false))$$);
CREATE POLICY "ethdata 77" ON md.person FOR SELECT TO ethdata_exempt USING (ethdata.rule(other_id, NULL::bigint, '{}', NULL, 'refuse', false));
SELECT ethdata.drop_mask('md.person', 'other_id');

\echo == columns and their rules
SELECT try($$ALTER TABLE md.person ALTER COLUMN born TYPE timestamp$$);
SELECT try($$ALTER TABLE md.person DROP COLUMN score$$);
ALTER TABLE md.person DROP COLUMN score CASCADE;
SELECT ethdata.drop_mask('md.person', 'email');
SELECT ethdata.drop_mask('md.person', 'email');
SELECT try($$SELECT ethdata.drop_mask('md.person', 'nope')$$);
SELECT try($$SELECT ethdata.drop_mask('md.person', NULL)$$);
SELECT ethdata.drop_mask('md.person', 'must');
SELECT name FROM rules('md.person');
SELECT ethdata.mask('md.person', 'must');
SELECT name FROM rules('md.person');

\echo == rights
SET ROLE regress_md_owner;
SELECT try($$SELECT ethdata.drop_mask('md.person', 'must')$$);
SELECT ethdata.mask('md.person', 'email', masked_as => 'left(value, 1)', reveal_for => '{billing,care}');
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'upper(value)', reveal_for => '{billing,care}')$$);
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'left(value, 1)', reveal_for => '{billing,care}', on_write => 'allow')$$);
SELECT ethdata.mask('md.person', 'email', masked_as => 'left(value, 1)', reveal_for => '{care}');
SELECT try($$SELECT ethdata.mask('md.person', 'email', masked_as => 'left(value, 1)', reveal_for => '{billing,care}')$$);
SET ROLE regress_md_admin;
SELECT ethdata.mask('md.person', 'email', masked_as => 'left(value, 1)', reveal_for => '{billing,care}');
SELECT ethdata.drop_mask('md.person', 'email');
RESET ROLE;
SELECT ethdata.unprotect('md.person');
SELECT count(*) FROM pg_policy WHERE polrelid = 'md.person'::regclass;
SELECT count(*) FROM pg_seclabels WHERE provider = 'ethdata' AND objname LIKE 'md.person.%';
SET client_min_messages = warning;
DROP SCHEMA md CASCADE;
DROP SCHEMA shadow CASCADE;
DROP ROLE regress_md_owner, regress_md_admin;
