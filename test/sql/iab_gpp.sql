-- GPP strings, with ethdata_iab alone: text, equality by meaning, sections, rules, sections of the site.
CREATE EXTENSION ethdata_iab;
SET search_path = public, ethdata;

SELECT 'DBABBg~BmlZIKFg.YA'::gppstring;
SELECT ''::gppstring;
SELECT 'DBABM'::gppstring;
SELECT 'DBABBg~BmlZIKFg~BmlZIKFg'::gppstring;
SELECT 'CBABBg~BmlZIKFg'::gppstring;
SELECT 'DBAB9KFY~AAAA'::gppstring;
SELECT 'DBABBg~BmlZIKFg.YA.YA'::gppstring;
SELECT 'DBABBg~BmlZIK'::gppstring;
SELECT 'DBABRg~BooSWGI.QA'::gppstring;
SELECT 'DBABT~1ynn'::gppstring;
SELECT 'DBABFD~AA$A'::gppstring;
SELECT 'DBABBg~'::gppstring;
SELECT 'DBABMA~BQKjTcAQKjTcAEsABBENBk4AAAAArABAAGAA'::gppstring;
SELECT ('DBABBg~BmlZIKFg' || repeat('A', 65536))::gppstring;

-- equal by meaning: padding, the national section's older form; not an absent sub-section
SELECT a, b, a::gppstring = b::gppstring, gppstring_hash(a::gppstring) = gppstring_hash(b::gppstring) FROM (VALUES
  ('DBABBg~BmlZIKFg', 'DBABBg~BmlZIKFg____'), ('DBABLA~CWEJgFYVplA', 'DBABLA~CWEJgFYVAKGU'), ('DBABBg~BmlZIKFg', 'DBABBg~BmlZIKFg.QA'),
  ('DBABFD~AAAA', 'DBABFD~AAAA'), ('DBABFD~AAAA', 'DBABFD~AAA')) v (a, b);

-- sections and fields
CREATE TABLE g (gpp gppstring);
INSERT INTO g VALUES ('DBAGTMsY7w~1--Y~BqYZlomU.YA~BEGlIiIGQA~BVFmBpkA.QA~BVqVVKKIVA.QA~BFAYiqoA~BZAQ.YA');
SELECT gpp_section_ids(gpp), gpp_section(gpp, 8), gpp_section(gpp, 7), gpp_tc(gpp), gpp_gpc(gpp) FROM g;
SELECT gpp_value(gpp, 'usca', 'SaleOptOut'), gpp_value(gpp, 'usca', 'SensitiveDataProcessing', 3), gpp_value(gpp, 'usca', 'Gpc'),
       gpp_value(gpp, 'uspv1', 'LspaCovered'), gpp_value(gpp, 'uspv1', 'OptOutSale'), gpp_value(gpp, 'usnat', 'SaleOptOut'),
       gpp_value(gpp, 'usor', 'Gpc') FROM g;
SELECT gpp_value(gpp, 'usxx', 'SaleOptOut') FROM g;
SELECT gpp_value(gpp, 'usca', 'TargetedAdvertisingOptOut') FROM g;
SELECT gpp_value(gpp, 'usca', 'SensitiveDataProcessing') FROM g;
SELECT gpp_value(gpp, 'usca', 'SensitiveDataProcessing', 10) FROM g;
SELECT gpp_tc('DBABMA~CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAAA.IAFMFAAA'), gpp_gpc('DBABBg~BmlZIKFg'), gpp_gpc('DBABBg~BmlZIKFg.A');
-- sections with vendors in Fibonacci ranges, absent sub-sections
SELECT jsonb_pretty('DBABDA~BQuRRwXQuRRwXAyAAAENAACAAUAAAAAAAAcJACjMiiwAJMEAAA.IAEkCA'::gppstring::jsonb);
SELECT * FROM gpp_findings('DBACBiBg~BmlZIKFg____.A~AAAA');
SELECT * FROM gpp_findings('DBABzw~1YNN~B_____________');
SELECT g.id, g.name, count(*) FROM gpp_sections() g GROUP BY 1, 2 ORDER BY 1;

-- what is permitted
SELECT p AS purpose, gpp_permits(gpp, 'US-CA', p) AS ca, gpp_permits(gpp, 'US-OR', p) AS oregon, gpp_permits(gpp, 'US-NJ', p) AS nj, gpp_permits(gpp, 'US-VA', p) AS va,
       gpp_permits(gpp, 'DE', p) AS de
  FROM g, unnest('{sale,sharing,targeted_advertising,sensitive.health,sensitive.precise_geolocation,sensitive.union_membership,child.under_13,sale.13_15}'::text[]) p;
SELECT gpp_permits(gpp, 'US-CA', 'anything') FROM g;
-- opted out, did not, not applicable, undefined; GPC beats the field; the national section and US Privacy speak for every state
SELECT s, gpp_value(s::gppstring, 'usva', 'SaleOptOut') AS value, gpp_permits(s::gppstring, 'US-VA', 'sale') FROM (VALUES
  ('DBABRg~BAQAAAA'), ('DBABRg~BAgAAAA'), ('DBABRg~BAAAAAA'), ('DBABRg~BAwAAAA')) v (s);
SELECT gpp_permits('DBABBg~BAoAAAAA', 'US-CA', 'sale'), gpp_permits('DBABBg~BAoAAAAA.YA', 'US-CA', 'sale'), gpp_permits('DBABBg~BAoAAAAA.QA', 'US-CA', 'sale');
SELECT gpp_permits('DBABT~1YNN', 'US-WY', 'sale'), gpp_permits('DBABT~1YYN', 'US-WY', 'sale'), gpp_permits('DBABT~1---', 'US', 'sale'), gpp_permits('DBABT~1YNN', 'USA', 'sale');
-- each shipped rule names a field that is there
SELECT count(*), count(DISTINCT section), count(DISTINCT jurisdiction), count(DISTINCT purpose) FROM gpp_rule;
SELECT r.* FROM gpp_rule r JOIN gpp_sections() s ON s.id = r.section
 WHERE r.field <> 'OptOutSale' AND s.layout !~ ('\m' || r.field || ':2' || CASE WHEN r.element > 0 THEN '\*' ELSE '(\s|$)' END)
    OR r.element > 0 AND r.element > (regexp_match(s.layout, '\m' || r.field || ':2\*(\d+)'))[1]::int;
SELECT jurisdiction, section, count(*), string_agg(substr(purpose, 11), ' ' ORDER BY element, purpose) FROM gpp_rule WHERE purpose LIKE 'sensitive.%' GROUP BY 1, 2 ORDER BY 2;
-- rules and sections of a site are rows
SELECT gpp_permits('DBABFD~Bg.Y', 'US-HI', 'sale'), gpp_decode('DBABFD~Bg.Y');
INSERT INTO gpp_section VALUES (100, 'ushi', 'Version:6 SaleOptOut:2 Other:2*2 | GpcSegmentType:2=1 Gpc:bool');
INSERT INTO gpp_rule (jurisdiction, purpose, section, field, gpc) VALUES ('US-HI', 'sale', 100, 'SaleOptOut', true);
SELECT s, gpp_permits(s::gppstring, 'US-HI', 'sale'), gpp_decode(s::gppstring) -> 'sections' FROM (VALUES ('DBABFD~Bg'), ('DBABFD~Bg.Y'), ('DBABFD~Bg.Q'), ('DBABFD~BQ')) v (s);
SELECT 'DBABFD~Bg'::gppstring::jsonb -> 'sections';
SELECT gpp_decode('DBABFD~B');
INSERT INTO gpp_section VALUES (101, 'usaa', 'Version:6 SaleOptOut:99');
INSERT INTO gpp_section VALUES (101, 'usaa', 'Version:6 Version:2');
INSERT INTO gpp_section VALUES (101, 'usaa', 'customset');
INSERT INTO gpp_section VALUES (101, 'usaa', '');
INSERT INTO gpp_section VALUES (101, 'usaa', 'tc');
INSERT INTO gpp_section VALUES (8, 'usaa', 'Version:6');
-- what is shipped never changes
UPDATE gpp_rule SET permits = 1 WHERE section = 8;
DELETE FROM gpp_rule;
TRUNCATE gpp_rule;
INSERT INTO gpp_rule (jurisdiction, purpose, section, field, shipped) VALUES ('US-HI', 'sharing', 100, 'SaleOptOut', true);
DELETE FROM gpp_rule WHERE NOT shipped;
-- without ethdata nothing is imported
SELECT import_gpp('1', gpp, 'US-CA') FROM g;

DROP TABLE g;
DROP EXTENSION ethdata_iab;
DROP SCHEMA ethdata;
