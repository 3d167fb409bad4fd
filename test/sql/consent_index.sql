-- The index that finds the rows a purpose may use: whatever plan is taken, the
-- rows are the same, for every kind of basis, with expired answers, nulls, and
-- when a purpose is given another basis after the plan was made.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_ci_mailer;
CREATE SCHEMA ci;
GRANT USAGE ON SCHEMA ci TO PUBLIC;
SELECT ethdata.define_purpose('m', basis => 'consent');
SELECT ethdata.define_purpose('m.rare', basis => 'consent');
SELECT ethdata.define_purpose('m.soft', basis => 'soft_opt_in');
SELECT ethdata.define_purpose('m.explicit', basis => 'explicit_consent');
SELECT ethdata.define_purpose('m.ccpa', basis => 'consent', bases => '{"ccpa": "opt_out"}');
SELECT ethdata.define_purpose('bill', basis => 'contract');
SELECT ethdata.define_purpose('law', basis => 'legal_obligation');
SELECT ethdata.define_purpose('stat', basis => 'legitimate_interests');
SELECT ethdata.publish_notice('n1', purposes => '{m.ccpa,stat}', body => 'we ...', language => 'en');
SELECT ethdata.grant_purpose('m.rare', 'regress_ci_mailer', as_default => true);
SELECT ethdata.grant_purpose('bill', 'regress_ci_mailer');

CREATE TABLE ci.t (id int PRIMARY KEY, consent ethdata.consent NOT NULL);
INSERT INTO ci.t
SELECT i, jsonb_strip_nulls(jsonb_build_object('v', 1,
  'regime', CASE i % 3 WHEN 0 THEN 'gdpr' WHEN 1 THEN 'ccpa' END,
  'purposes', jsonb_build_object(
    'm', CASE i % 7 WHEN 0 THEN '["withdrawn"]'::jsonb WHEN 1 THEN '["given"]' END,
    'm.rare', CASE WHEN i % 50 = 0 THEN '["given"]'::jsonb WHEN i % 50 = 1 THEN '["given", "2001-01-01T00:00Z"]' WHEN i % 50 = 2 THEN '["refused"]' WHEN i % 50 = 3 THEN '["renewed", "2200-01-01T00:00Z"]' END,
    'm.soft', CASE i % 5 WHEN 0 THEN '["given"]'::jsonb WHEN 1 THEN '["withdrawn"]' END,
    'm.explicit', CASE i % 11 WHEN 0 THEN '["given", "2200-01-01T00:00Z", ["explicit"]]'::jsonb WHEN 1 THEN '["given"]' END,
    'm.ccpa', CASE i % 13 WHEN 0 THEN '["given"]'::jsonb WHEN 1 THEN '["objected"]' END,
    'stat', CASE i % 17 WHEN 0 THEN '["objected"]'::jsonb END)))::ethdata.consent
  FROM generate_series(1, 3000) AS i;
CREATE TABLE ci.n (id int PRIMARY KEY, consent ethdata.consent);
INSERT INTO ci.n SELECT id, CASE WHEN id % 4 > 0 THEN consent END FROM ci.t;
CREATE INDEX t_consent ON ci.t USING gin (consent);
CREATE INDEX n_consent ON ci.n USING gin (consent);
VACUUM ANALYZE ci.t, ci.n;

-- by sequence and by index
CREATE FUNCTION ci.found(relation text, condition text, indexed boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  PERFORM set_config('enable_seqscan', CASE WHEN indexed THEN 'off' ELSE 'on' END, true),
    set_config('enable_bitmapscan', CASE WHEN indexed THEN 'on' ELSE 'off' END, true),
    set_config('enable_indexscan', 'off', true);
  EXECUTE 'SELECT count(*) || '' '' || left(md5(string_agg(id::text, '','' ORDER BY id)), 8) FROM ' || relation || ' WHERE ' || condition INTO result;
  RETURN coalesce(result, '0');
END $$;
CREATE FUNCTION ci.indexed(relation text, condition text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  line text;
  result boolean := false;
BEGIN
  SET LOCAL enable_seqscan = off;
  SET LOCAL enable_bitmapscan = on;
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) SELECT id FROM ' || relation || ' WHERE ' || condition LOOP
    result := result OR line ~ 'Bitmap Index Scan on ._consent';
  END LOOP;
  RETURN result;
END $$;
SELECT r, format(c, p) AS condition, ci.indexed('ci.' || r, format(c, p)),
       ci.found('ci.' || r, format(c, p), false) AS by_sequence,
       ci.found('ci.' || r, format(c, p), false) = ci.found('ci.' || r, format(c, p), true) AS same
  FROM unnest('{t,n}'::text[]) WITH ORDINALITY AS x(r, a),
       unnest('{m,m.rare,m.soft,m.explicit,m.ccpa,bill,law,stat}'::text[]) WITH ORDINALITY AS y(p, b),
       unnest(ARRAY['ethdata.permits(consent, %L)', 'consent OPERATOR(ethdata.@>) %L']) WITH ORDINALITY AS z(c, d)
 ORDER BY a, b, d;
SELECT ci.found('ci.t', $$ethdata.permits(consent, 'nope')$$, true);
SELECT ci.found('ci.t', $$consent OPERATOR(ethdata.@>) 'nope'$$, true);
SELECT ci.found('ci.t', $$consent OPERATOR(ethdata.@>) NULL$$, true);

-- the purpose in force, for a policy by hand and for a call
GRANT SELECT ON ci.t, ci.n TO regress_ci_mailer;
ALTER TABLE ci.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_consent ON ci.t TO regress_ci_mailer USING (ethdata.permitted(consent));
SET ROLE regress_ci_mailer;
EXPLAIN (COSTS OFF) SELECT id FROM ci.t;
SELECT count(*) FROM ci.t;
EXPLAIN (COSTS OFF) SELECT id FROM ci.n WHERE ethdata.permitted(consent);
SELECT count(*) FROM ci.n WHERE ethdata.permitted(consent);
SET ethdata.purpose = 'bill';
SELECT count(*) FROM ci.t;
SET enable_seqscan = off;
SELECT count(*) FROM ci.t;
RESET enable_seqscan;
SET ethdata.purpose = 'none';
SELECT count(*) FROM ci.t;
SET ethdata.purpose = 'm';
SELECT count(*) FROM ci.t;
RESET ethdata.purpose;

-- a plan that was made before: the purpose rests on something else now
SET enable_seqscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE mine AS SELECT count(*) FROM ci.t;
PREPARE named AS SELECT count(*) FROM ci.t WHERE ethdata.permits(consent, 'm.rare');
PREPARE given(text) AS SELECT count(*) FROM ci.t WHERE consent OPERATOR(ethdata.@>) $1;
EXECUTE mine;
EXECUTE named;
EXECUTE given('m.soft');
EXPLAIN (COSTS OFF) EXECUTE given('m.soft');
RESET ROLE;
SELECT ethdata.define_purpose('m.rare', basis => 'contract');
SET ROLE regress_ci_mailer;
EXECUTE mine;
EXECUTE named;
RESET enable_seqscan;
SELECT count(*) FROM ci.t;
RESET ROLE;
SELECT ethdata.define_purpose('m.rare', basis => 'consent');
SELECT ethdata.retire_purpose('m.soft');
SET ROLE regress_ci_mailer;
EXECUTE mine;
EXECUTE given('m.soft');
DEALLOCATE ALL;
RESET plan_cache_mode;
RESET ROLE;

-- what changes a value changes the index
UPDATE ci.t SET consent = '{"v":1,"regime":"gdpr","purposes":{"m.rare":["given"]}}' WHERE id = 7;
UPDATE ci.t SET consent = '{"v":1,"regime":"gdpr","purposes":{"m.rare":["withdrawn"]}}' WHERE id = 50;
SELECT ci.found('ci.t', $$ethdata.permits(consent, 'm.rare') AND id IN (7, 50, 100)$$, true);
UPDATE ci.t SET consent = '{"v":1}' WHERE id > 100;
SELECT ci.found('ci.t', $$ethdata.permits(consent, 'm.rare')$$, true) = ci.found('ci.t', $$ethdata.permits(consent, 'm.rare')$$, false) AS same,
       ci.found('ci.t', $$ethdata.permits(consent, 'bill')$$, true) = ci.found('ci.t', $$ethdata.permits(consent, 'bill')$$, false) AS same;

-- estimates: of those who may know the column's statistics
SELECT array_length(most_common_elems::text::int[], 1) AS purposes,
       (SELECT bool_and(f BETWEEN 0 AND 1) FROM unnest(most_common_elem_freqs) AS f) AS sane
  FROM pg_stats WHERE schemaname = 'ci' AND tablename = 'n' AND attname = 'consent';
CREATE FUNCTION ci.estimate(statement text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) ' || statement INTO plan;
  RETURN plan #>> '{0,Plan,Plan Rows}';
END $$;
SELECT ci.estimate($$SELECT FROM ci.n WHERE ethdata.permits(consent, 'm.rare')$$) AS rare,
       ci.estimate($$SELECT FROM ci.n WHERE consent OPERATOR(ethdata.@>) 'm.rare'$$) AS rare,
       ci.estimate($$SELECT FROM ci.n WHERE ethdata.permits(consent, 'm')$$) AS m,
       ci.estimate($$SELECT FROM ci.n WHERE ethdata.permits(consent, 'bill')$$) AS bill;
ALTER TABLE ci.n ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON ci.n TO regress_ci_mailer USING (id < 10);
SET ROLE regress_ci_mailer;
SELECT ci.estimate($$SELECT FROM ci.n WHERE ethdata.permits(consent, 'm.rare')$$) <= 5 AS by_default;
RESET ROLE;

DROP SCHEMA ci CASCADE;
DROP EXTENSION ethdata CASCADE;
DROP ROLE regress_ci_mailer;
