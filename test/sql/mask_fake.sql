-- Fakes: words that look real, chosen by a keyed hash of the value.  Equal for
-- equal values, nothing of the value in them, no oracle for whoever tries values,
-- whole words in every encoding.  (Known answers for known keys:
-- test/t/020_key_file.pl.)
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
SET client_encoding = 'UTF8';
\pset format unaligned
\pset tuples_only on
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

\echo == every word of every list is reached, and no word is in a list twice
SELECT l, count(DISTINCT ethdata.mask_fake_first_name(n::text, l)), count(DISTINCT ethdata.mask_fake_last_name(n::text, l)),
  count(DISTINCT substring(ethdata.mask_fake_street(n::text, l) FROM '^(?:[0-9]+ )?(.*?)(?: [0-9]+)?$')),
  count(DISTINCT ethdata.mask_fake_city(n::text, l))
FROM unnest('{en,de,fr,es}'::text[]) WITH ORDINALITY AS u (l, o), generate_series(1, 20000) AS n GROUP BY l, o ORDER BY o;
\echo == forms
CREATE TEMP TABLE forms (kind text, locale text, form text);
INSERT INTO forms VALUES
  ('first_name', 'en', '^[A-Z][a-z]+$'), ('first_name', 'de', '^[A-Z][a-zäöüß]+$'), ('first_name', 'fr', '^[A-ZÀ-Ý][a-zà-ÿ]+$'), ('first_name', 'es', '^[A-ZÀ-Ý][a-zà-ÿ]+$'),
  ('last_name', 'en', '^[A-Z][a-z]+$'), ('last_name', 'de', '^[A-Z][a-zäöüß]+$'), ('last_name', 'fr', '^[A-Z][a-zà-ÿ]+$'), ('last_name', 'es', '^[A-ZÀ-Ý][a-zà-ÿ]+$'),
  ('full_name', 'en', '^[A-Z][a-z]+ [A-Z][a-z]+$'), ('full_name', 'de', '^[A-Z]\w+ [A-Z]\w+$'), ('full_name', 'fr', '^\w+ \w+$'), ('full_name', 'es', '^\w+ \w+$'),
  ('street', 'en', '^[1-9][0-9]{0,2} [A-Z][a-z]+ [A-Z][a-z]+$'), ('street', 'de', '^[A-Z][a-zäöüß]+(straße|weg|allee|gasse|ring|platz) [1-9][0-9]{0,2}$'),
  ('street', 'fr', '^[1-9][0-9]{0,2} (rue|avenue|boulevard|place|impasse|allée|chemin|quai) '), ('street', 'es', '^(Calle|Avenida|Plaza|Paseo|Camino) .* [1-9][0-9]{0,2}$'),
  ('city', 'en', '^[A-Z][a-z]+$'), ('city', 'de', '^[A-Z][a-zäöüß]+( [A-Z][a-zäöüß]+)?$'), ('city', 'fr', '^[A-ZÀ-Ý][a-zà-ÿ]+$'), ('city', 'es', '^[A-ZÀ-Ý][a-zà-ÿ]+( Real)?$'),
  ('company', 'en', '^[A-Z][a-z]+ & [A-Z][a-z]+ (Ltd|Inc|LLC|Group|Partners|Services|Trading|Consulting)$'), ('company', 'de', '^\w+ & \w+ (GmbH|AG|KG|OHG|GmbH & Co\. KG|eG|UG)$'),
  ('company', 'fr', '^\w+ et \w+ (SARL|SAS|SA|SNC|EURL|Frères)$'), ('company', 'es', '^\w+ y \w+ (S\.L\.|S\.A\.|S\.L\.U\.|Hermanos|e Hijos)$'),
  ('email', 'en', '^[a-z]+\.[a-z]+[1-9][0-9]{0,2}@example\.(com|net|org)$'), ('email', 'de', '^[a-z]+\.[a-z]+[1-9][0-9]{0,2}@example\.(com|net|org)$'),
  ('email', 'fr', '^[a-z]+\.[a-z]+[1-9][0-9]{0,2}@example\.(com|net|org)$'), ('email', 'es', '^[a-z]+\.[a-z]+[1-9][0-9]{0,2}@example\.(com|net|org)$');
CREATE FUNCTION pg_temp.fake(kind text, value text, locale text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT ethdata.%I($1, $2)', 'mask_fake_' || kind) USING value, locale INTO result;
  RETURN result;
END $$;
SELECT kind, locale, bool_and(pg_temp.fake(kind, n::text, locale) ~ form) FROM forms, generate_series(1, 1000) AS n GROUP BY kind, locale ORDER BY kind, locale;

\echo == the same for equal bytes, spread over others; each mask draws by itself
SELECT kind, bool_and(pg_temp.fake(kind, v, 'de') = pg_temp.fake(kind, v, 'de'))
FROM (SELECT DISTINCT kind FROM forms) AS k, unnest(ARRAY['', 'Anna Berg', repeat('ä', 1000000), E'\u1F600']) AS v GROUP BY kind ORDER BY kind;
SELECT max(c) < 300 AS evenly FROM (SELECT count(*) AS c FROM generate_series(1, 20000) AS n GROUP BY ethdata.mask_fake_city(n::text)) AS t;
-- a first name tells nothing of the one in the full name, nor of the last name
SELECT count(*) BETWEEN 1 AND 100 AS unlinked FROM generate_series(1, 5000) AS n
WHERE ethdata.mask_fake_full_name(n::text) LIKE ethdata.mask_fake_first_name(n::text) || ' %';
SELECT count(DISTINCT l) > 20 AS unlinked FROM (SELECT ethdata.mask_fake_last_name(n::text) AS l FROM generate_series(1, 20000) AS n WHERE ethdata.mask_fake_first_name(n::text) = 'Alice') AS t;
CREATE TEMP TABLE stored (v text);
ALTER TABLE stored ALTER v SET STORAGE EXTERNAL;
INSERT INTO stored VALUES (repeat('x', 100000));
SELECT ethdata.mask_fake_company(v) = ethdata.mask_fake_company(repeat('x', 100000)) FROM stored;

\echo == NULL for NULL and for what is no locale
SELECT ethdata.mask_fake_city(NULL) IS NULL, ethdata.mask_fake_city('x', NULL) IS NULL, ethdata.mask_fake_city('x', '') IS NULL,
  ethdata.mask_fake_city('x', 'EN') IS NULL, ethdata.mask_fake_city('x', 'de_DE') IS NULL, ethdata.mask_fake_city('x', repeat('de', 1000000)) IS NULL,
  ethdata.mask_fake_city('x') = ethdata.mask_fake_city('x', 'en');

\echo == rules: locales are looked at, and who may declare
CREATE ROLE regress_mf_owner;
CREATE ROLE regress_mf_reader;
CREATE SCHEMA mf AUTHORIZATION regress_mf_owner;
CREATE TABLE mf.person (id bigint PRIMARY KEY, first_name text, last_name varchar(40), name text, street text, city text, company text, email text);
ALTER TABLE mf.person OWNER TO regress_mf_owner;
GRANT USAGE ON SCHEMA mf TO regress_mf_reader;
GRANT SELECT ON mf.person TO regress_mf_reader;
INSERT INTO mf.person SELECT n, 'Xaver ' || n % 10, 'Ypsilon', 'Xaver Ypsilon', 'Zorn 1', 'Zell', 'Zeta', 'x@y.z' FROM generate_series(1, 100) AS n;
SELECT ethdata.define_subject_class('mf.person');
SELECT ethdata.define_purpose('billing', basis => 'contract');
SELECT ethdata.protect('mf.person', subject => 'id');
SELECT try($$SELECT ethdata.mask('mf.person', 'city', masked_as => 'ethdata.mask_fake_city(value, ''it'')')$$);
SELECT try($$SELECT ethdata.mask('mf.person', 'city', masked_as => 'ethdata.mask_fake_city(value, locale => NULL)')$$);
SET ROLE regress_mf_owner;
SELECT try($$SELECT ethdata.mask('mf.person', 'city', masked_as => 'ethdata.mask_fake_city(value)')$$);
RESET ROLE;
SELECT ethdata.mask('mf.person', 'first_name', masked_as => 'ethdata.mask_fake_first_name(value)');
SELECT ethdata.mask('mf.person', 'last_name', masked_as => 'ethdata.mask_fake_last_name(value, ''de'')');
SELECT ethdata.mask('mf.person', 'name', masked_as => 'ethdata.mask_fake_full_name(locale => ''fr'', value => value)');
SELECT ethdata.mask('mf.person', 'street', masked_as => 'ethdata.mask_fake_street(value => value)');
SELECT ethdata.mask('mf.person', 'city', masked_as => 'upper(ethdata.mask_fake_city(lower(value), locale => ''es''))');
SELECT ethdata.mask('mf.person', 'company', masked_as => 'ethdata.mask_fake_company(value, ''d'' || ''e'')');
SELECT ethdata.mask('mf.person', 'email', masked_as => 'ethdata.mask_fake_email(value)');
CREATE TEMP TABLE expected AS SELECT id, ethdata.mask_fake_first_name(first_name), ethdata.mask_fake_last_name(last_name, 'de'), ethdata.mask_fake_full_name(name, 'fr'),
  ethdata.mask_fake_street(street), upper(ethdata.mask_fake_city(lower(city), 'es')), ethdata.mask_fake_company(company, 'de'), ethdata.mask_fake_email(email) FROM mf.person;
GRANT SELECT ON expected TO regress_mf_reader;
SET ROLE regress_mf_reader;
SELECT count(*) FROM mf.person AS p JOIN expected AS e ON ROW(p.*) = ROW(e.*);
SELECT count(*) FROM mf.person WHERE first_name ~ '^X' OR last_name = 'Ypsilon' OR city ~* 'zell' OR email = 'x@y.z';
EXPLAIN (VERBOSE, COSTS OFF) SELECT street, city, name FROM mf.person;
-- not for whoever wants to try values
SELECT try(format('SELECT ethdata.mask_fake_%s(''Xaver'')', k)) FROM unnest('{first_name,last_name,full_name,street,city,company,email}'::text[]) AS k;
SELECT left(try(format('SELECT ethdata._mask_fake_%s(NULL, ''Xaver'', ''en'')', k)), 5) FROM unnest('{first_name,last_name,full_name,street,city,company,email}'::text[]) AS k;
RESET ROLE;
SELECT p.oid::regprocedure, p.provolatile, p.proisstrict, p.proparallel, has_function_privilege('public', p.oid, 'EXECUTE')
FROM pg_proc AS p WHERE p.pronamespace = 'ethdata'::regnamespace AND p.proname ~ '^_?mask_fake' ORDER BY p.oid::regprocedure::text COLLATE "C";

\echo == other encodings: letters as they are there, or without accents
CREATE DATABASE regress_mf_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE regress_mf_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE regress_mf_latin2 ENCODING 'LATIN2' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c regress_mf_latin1
SET client_encoding = 'UTF8';
CREATE EXTENSION ethdata;
SELECT array_agg(DISTINCT w ORDER BY w) FROM (SELECT ethdata.mask_fake_last_name(n::text, 'de') COLLATE "C" AS w FROM generate_series(1, 20000) AS n) AS t WHERE w ~ '[^ -~]';
SELECT count(DISTINCT ethdata.mask_fake_first_name(n::text, 'fr')) FROM generate_series(1, 20000) AS n;
\c regress_mf_ascii
CREATE EXTENSION ethdata;
SELECT array_agg(DISTINCT w ORDER BY w) FROM (SELECT ethdata.mask_fake_last_name(n::text, 'de') COLLATE "C" AS w FROM generate_series(1, 20000) AS n) AS t WHERE w ~ 'ss|ae|oe|ue';
SELECT count(*) FROM generate_series(1, 20000) AS n, unnest('{de,fr,es}'::text[]) AS l WHERE ethdata.mask_fake_full_name(n::text, l) ~ '[^ -~]';
\c regress_mf_latin2
SET client_encoding = 'UTF8';
CREATE EXTENSION ethdata;
SELECT count(*) FROM generate_series(1, 20000) AS n, unnest('{de,fr,es}'::text[]) AS l WHERE ethdata.mask_fake_full_name(n::text, l) ~ '[^ -~]';
\c regression
DROP DATABASE regress_mf_latin1;
DROP DATABASE regress_mf_ascii;
DROP DATABASE regress_mf_latin2;
SET client_min_messages = warning;
DROP SCHEMA mf CASCADE;
DROP EXTENSION ethdata;
DROP OWNED BY regress_mf_owner, regress_mf_reader;
DROP ROLE regress_mf_owner, regress_mf_reader;
DROP FUNCTION public.try(text);
