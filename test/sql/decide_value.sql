-- The decision by value: every basis against every answer, restriction,
-- suppression, regimes, denials that flow down and those that do not.  The rows
-- are values, the columns purposes; the order of precedence is that of
-- src/decide/person.c.
CREATE EXTENSION ethdata;
\set QUIET on
SET client_min_messages = error;
SELECT ethdata.define_purpose('marketing', 'consent', direct_marketing => true) AS x,
       ethdata.define_purpose('marketing.email', 'consent') AS x,
       ethdata.define_purpose('marketing.email.daily', 'consent') AS x,
       ethdata.define_purpose('marketing.post', 'legitimate_interests', assessment => 'LIA-1') AS x,
       ethdata.define_purpose('marketing.members', 'contract') AS x,
       ethdata.define_purpose('marketing.recall', 'legal_obligation', direct_marketing => false) AS x,
       ethdata.define_purpose('club', 'soft_opt_in') AS x,
       ethdata.define_purpose('sale', 'opt_out') AS x,
       ethdata.define_purpose('sale.partner', 'opt_out') AS x,
       ethdata.define_purpose('study', 'explicit_consent', special_ground => 'art. 9(2)(a)') AS x,
       ethdata.define_purpose('billing', 'contract', bases => '{"dpdp": "none"}') AS x,
       ethdata.define_purpose('stats', 'public_task') AS x,
       ethdata.define_purpose('stats.fraud', 'legitimate_interests', assessment => 'LIA-2') AS x,
       ethdata.define_purpose('stats.list', 'contract') AS x,
       ethdata.define_purpose('rescue', 'vital_interests', restriction_ground => 'art. 18(2)') AS x \gset
RESET client_min_messages;
CREATE FUNCTION yes(value text, purpose text) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT CASE ethdata.permits(value::ethdata.consent, purpose) WHEN true THEN 'yes' WHEN false THEN '.' END $$;
CREATE TABLE v (n int PRIMARY KEY, what text, value text);
INSERT INTO v VALUES
 (1, 'unknown person',        NULL),
 (2, 'unknown regime',        '{"v":1}'),
 (3, 'gdpr, nothing said',    '{"v":1,"regime":"gdpr"}'),
 (4, 'ccpa, nothing said',    '{"v":1,"regime":"ccpa"}'),
 (5, 'dpdp, nothing said',    '{"v":1,"regime":"dpdp"}'),
 (6, 'ccpa, informed',        '{"v":1,"regime":"ccpa","purposes":{"sale":["unknown",null,["informed"]],"marketing.post":["unknown",null,["informed"]],"stats.fraud":["unknown",null,["informed"]]}}'),
 (7, 'gdpr, informed',        '{"v":1,"regime":"gdpr","purposes":{"sale":["unknown",null,["informed"]],"marketing.post":["unknown",null,["informed"]],"stats.fraud":["unknown",null,["informed"]]}}'),
 (10, 'agreed to marketing',  '{"v":1,"regime":"gdpr","purposes":{"marketing":["given"]}}'),
 (11, 'agreed to all',        '{"v":1,"regime":"gdpr","purposes":{"marketing":["given"],"marketing.email":["renewed"],"marketing.email.daily":["given"],"club":["given"],"sale":["given"],"sale.partner":["given"],"study":["given"]}}'),
 (12, 'explicitly',           '{"v":1,"regime":"gdpr","purposes":{"study":["given",null,["explicit"]]}}'),
 (13, 'expired',              '{"v":1,"regime":"gdpr","purposes":{"marketing":["given","2001-01-01T00:00Z"],"study":["given","2001-01-01T00:00Z",["explicit"]]}}'),
 (14, 'not expired',          '{"v":1,"regime":"gdpr","purposes":{"marketing":["given","2999-01-01T00:00Z"],"study":["given","2999-01-01T00:00Z",["explicit"]]}}'),
 (15, 'only asked',           '{"v":1,"regime":"gdpr","purposes":{"marketing":["requested"],"club":["requested"]}}'),
 (16, 'invalidated',          '{"v":1,"regime":"gdpr","purposes":{"marketing":["invalidated"],"club":["invalidated"]}}'),
 (20, 'refused marketing',    '{"v":1,"regime":"gdpr","purposes":{"marketing":["refused"]}}'),
 (21, 'withdrew it, reopened daily', '{"v":1,"regime":"gdpr","purposes":{"marketing":["withdrawn"],"marketing.email.daily":["given"]}}'),
 (22, 'withdrew e-mail',      '{"v":1,"regime":"gdpr","purposes":{"marketing":["given"],"marketing.email":["withdrawn"]}}'),
 (23, 'ccpa, withdrew sale',  '{"v":1,"regime":"ccpa","purposes":{"sale":["withdrawn",null,["informed"]]}}'),
 (24, 'ccpa, partner informed, withdrew sale', '{"v":1,"regime":"ccpa","purposes":{"sale":["withdrawn"],"sale.partner":["unknown",null,["informed"]]}}'),
 (25, 'ccpa, partner informed', '{"v":1,"regime":"ccpa","purposes":{"sale.partner":["unknown",null,["informed"]]}}'),
 (26, 'ccpa, sold until 2001', '{"v":1,"regime":"ccpa","purposes":{"sale":["given","2001-01-01T00:00Z",["informed"]]}}'),
 (30, 'objected to marketing', '{"v":1,"regime":"gdpr","purposes":{"marketing":["objected",null,["absolute"]],"marketing.recall":["unknown",null,["informed"]]}}'),
 (31, 'objected to post',     '{"v":1,"regime":"gdpr","purposes":{"marketing.post":["objected",null,["absolute","informed"]],"stats.fraud":["unknown",null,["informed"]]}}'),
 (32, 'objected to stats, pending', '{"v":1,"regime":"gdpr","purposes":{"stats":["objected",null,["pending"]]}}'),
 (33, 'objected to fraud',    '{"v":1,"regime":"gdpr","purposes":{"stats.fraud":["objected",null,["informed"]]}}'),
 (34, 'no fall-back',         '{"v":1,"regime":"gdpr","purposes":{"billing":["withdrawn"],"stats":["withdrawn"],"rescue":["withdrawn"],"marketing.recall":["refused"]}}'),
 (40, 'restricted',           '{"v":1,"regime":"gdpr","flags":["restricted"],"purposes":{"marketing":["given"]}}'),
 (41, 'held',                 '{"v":1,"regime":"gdpr","flags":["held"],"purposes":{"marketing":["given"]}}'),
 (42, 'suppressed',           '{"v":1,"regime":"gdpr","flags":["blocked"],"purposes":{"marketing":["given"],"club":["given"]}}');
SELECT what,
  yes(value, 'marketing') AS mkt, yes(value, 'marketing.email') AS email, yes(value, 'marketing.email.daily') AS daily,
  yes(value, 'marketing.post') AS post, yes(value, 'marketing.members') AS members, yes(value, 'marketing.recall') AS recall,
  yes(value, 'club') AS club, yes(value, 'sale') AS sale, yes(value, 'sale.partner') AS partner, yes(value, 'study') AS study,
  yes(value, 'billing') AS billing, yes(value, 'stats') AS stats, yes(value, 'stats.fraud') AS fraud, yes(value, 'stats.list') AS list,
  yes(value, 'rescue') AS rescue
FROM v ORDER BY n;

-- a DAG: any denied path denies
SELECT ethdata.define_purpose('joint', 'consent', parents => '{marketing,club}');
SELECT yes('{"v":1,"regime":"gdpr","purposes":{"joint":["given"],"club":["withdrawn"]}}', 'joint') AS own_answer,
       yes('{"v":1,"regime":"ccpa","purposes":{"club":["withdrawn"]}}', 'joint') AS none;
SELECT ethdata.define_purpose('share', 'opt_out', parents => '{sale,club}');
SELECT yes('{"v":1,"regime":"ccpa","purposes":{"share":["unknown",null,["informed"]]}}', 'share') AS no_denial,
       yes('{"v":1,"regime":"ccpa","purposes":{"share":["unknown",null,["informed"]],"club":["withdrawn"]}}', 'share') AS one_path,
       yes('{"v":1,"regime":"ccpa","purposes":{"share":["unknown",null,["informed"]],"sale":["refused"]}}', 'share') AS other_path;

-- a retired purpose permits nothing, and comes back as it was
SELECT ethdata.retire_purpose('billing');
SELECT yes(NULL, 'billing') AS unknown, yes('{"v":1,"regime":"gdpr"}', 'billing') AS gdpr;
SELECT ethdata.define_purpose('billing', 'contract');
SELECT yes(NULL, 'billing') AS unknown, yes('{"v":1,"regime":"gdpr"}', 'billing') AS gdpr;
-- no silent fall-back: after withdrawal another basis does not help
SELECT ethdata.define_purpose('club', 'contract');
SELECT yes('{"v":1,"regime":"gdpr","purposes":{"club":["withdrawn"]}}', 'club') AS withdrawn, yes('{"v":1,"regime":"gdpr"}', 'club') AS silent;
SELECT ethdata.define_purpose('club', 'legal_obligation');
SELECT yes('{"v":1,"regime":"gdpr","purposes":{"club":["withdrawn"]}}', 'club') AS withdrawn;

-- by column: short and long values, nulls, one statement with many purposes
CREATE TABLE person (id int, consent ethdata.consent);
INSERT INTO person SELECT n, value::ethdata.consent FROM v;
INSERT INTO person
  SELECT 100, ('{"v":1,"regime":"gdpr","purposes":{' || string_agg(format('"#%s":["refused"]', i), ',') || ',"marketing":["given"]}}')::ethdata.consent
  FROM generate_series(1, 20) i;
INSERT INTO person
  SELECT 101, ('{"v":1,"regime":"gdpr","purposes":{' || string_agg(format('"#%s":["refused"]', i), ',') || ',"marketing":["given"]}}')::ethdata.consent
  FROM generate_series(1, 5000) i;
SELECT id, pg_column_size(consent) > 2000 AS long FROM person WHERE ethdata.permits(consent, 'marketing') ORDER BY id;
SELECT p.code, array_agg(id ORDER BY id) FROM person, (VALUES ('marketing'), ('study'), ('stats')) p(code)
WHERE ethdata.permits(consent, p.code) GROUP BY p.code ORDER BY p.code;
-- in workers as in the leader
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT count(*) FROM person WHERE ethdata.permits(consent, 'marketing');
SELECT count(*) FROM person WHERE ethdata.permits(consent, 'marketing');
RESET ALL;

-- null purpose: the one in force
SELECT ethdata.permits('{"v":1,"purposes":{"marketing":["given"]}}') AS none, ethdata.permits(NULL) AS nothing;
BEGIN;
SELECT ethdata.set_purpose('marketing');
SELECT ethdata.permits('{"v":1,"purposes":{"marketing":["given"]}}') AS given, ethdata.permits('{"v":1}') AS not, ethdata.permits(NULL) AS nothing;
SELECT count(*) FROM person WHERE ethdata.permits(consent);
SELECT ethdata.set_purpose('none');
SELECT count(*) FROM person WHERE ethdata.permits(consent);
ROLLBACK;
-- and errors
SELECT ethdata.permits('{"v":1}', 'no.such');
SELECT ethdata.permits(NULL, 'no.such');
SELECT ethdata.permits('{"v":1}', '');
SELECT ethdata.permits('{"v":1}', 'none');
SELECT ethdata.permits('{"v":1}', repeat('x', 300)) \g /dev/null

-- permitted(value): the role is checked, too
CREATE ROLE campaigns LOGIN;
CREATE ROLE app LOGIN;
SELECT ethdata.grant_purpose('marketing', 'campaigns');
GRANT SELECT ON person TO campaigns, app;
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_consent ON person USING (ethdata.permitted(consent));
SET SESSION AUTHORIZATION campaigns;
SELECT count(*) FROM person;
SET ethdata.purpose = 'marketing';
SELECT array_agg(id ORDER BY id) FROM person;
SET ethdata.purpose = 'stats';
SELECT count(*) FROM person;
SET SESSION AUTHORIZATION app;
SELECT count(*) FROM person;
SET ethdata.purpose = 'marketing';
SELECT count(*) FROM person;
-- permits() checks no role: it says what the value says
SELECT ethdata.permits('{"v":1,"purposes":{"marketing":["given"]}}', 'marketing');
RESET SESSION AUTHORIZATION;
RESET ethdata.purpose;

DROP TABLE person, v;
DROP FUNCTION yes(text, text);
DROP EXTENSION ethdata;
DROP ROLE campaigns, app;
