-- The mask for dates truncates as core does, in every corner of the calendar, but
-- never raises, does not know units that hide nothing, and does not let the
-- reader's time zone move the edges.
CREATE EXTENSION ethdata;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

SELECT unit, ethdata.mask_date('1984-07-19'::date, unit) AS date,
  ethdata.mask_date('1984-07-19 14:05:06.789'::timestamp, unit) AS timestamp,
  ethdata.mask_date('1984-07-19 14:05:06.789+00'::timestamptz, unit) AS timestamptz
FROM unnest(ARRAY['hour', 'day', 'week', 'month', 'quarter', 'year', 'decade', 'century', 'millennium',
  'months', 'YEAR', 'Weeks', 'centuries', 'millennia', 'second', 'minute', 'microseconds', 'mon', '', ' month', 'month ', 'fortnight', NULL])
  WITH ORDINALITY AS u (unit, n) ORDER BY n;
-- the month when nothing is said
SELECT ethdata.mask_date('1984-07-19'::date), ethdata.mask_date('1984-07-19 14:05'::timestamp),
  ethdata.mask_date('1984-07-19 14:05+00'::timestamptz);
SELECT ethdata.mask_date(NULL::date), ethdata.mask_date(NULL::timestamp), ethdata.mask_date(NULL::timestamptz);
SELECT ethdata.mask_date(value => '1984-07-19'::date, unit => 'year');

-- the ends of each type, infinity, years before Christ
SELECT value, unit, ethdata.mask_date(value, unit)
FROM unnest('{-infinity,4714-11-24 BC,4713-01-01 BC,0101-12-31 BC,0100-06-15 BC,0001-12-31 BC,0001-01-01,0009-12-31,0010-01-01,0100-12-31,0101-01-01,1000-12-31,1001-01-01,1999-12-31,2000-01-01,2000-02-29,2001-01-01,5874897-12-31,infinity}'::date[])
  WITH ORDINALITY AS v (value, n),
  unnest('{week,month,decade,century,millennium}'::text[]) WITH ORDINALITY AS u (unit, m) ORDER BY n, m;
SELECT value, unit, ethdata.mask_date(value, unit)
FROM unnest('{-infinity,4714-11-24 00:00:00 BC,4714-11-24 00:00:00.000001 BC,0001-12-31 23:59:59.999999 BC,1999-12-31 23:59:59.999999,2000-01-01 00:00:00,294276-12-31 23:59:59.999999,infinity}'::timestamp[])
  WITH ORDINALITY AS v (value, n),
  unnest('{hour,day,week,month,decade,century,millennium}'::text[]) WITH ORDINALITY AS u (unit, m) ORDER BY n, m;

-- the same as core wherever core has an answer: twelve centuries around the
-- year 1, two around ours, and times of day on both sides of 2000
SELECT unit, count(*) AS compared, count(*) FILTER (WHERE ethdata.mask_date(d, unit) IS DISTINCT FROM date_trunc(unit, d::timestamp)::date) AS different
FROM unnest('{week,month,quarter,year,decade,century,millennium}'::text[]) AS unit,
  LATERAL (SELECT '0601-01-01 BC'::date + n AS d FROM generate_series(0, 440000, 7) AS n
           UNION ALL SELECT '1895-01-01'::date + n FROM generate_series(0, 60000) AS n) AS days
GROUP BY unit ORDER BY unit COLLATE "C";
SELECT unit, count(*) AS compared,
  count(*) FILTER (WHERE ethdata.mask_date(t, unit) IS DISTINCT FROM date_trunc(unit, t)) AS timestamp_different,
  count(*) FILTER (WHERE ethdata.mask_date(t AT TIME ZONE 'UTC', unit) IS DISTINCT FROM date_trunc(unit, t AT TIME ZONE 'UTC', 'UTC')) AS timestamptz_different
FROM unnest('{hour,day,week,month,quarter,year,decade,century,millennium}'::text[]) AS unit,
  LATERAL (SELECT '1996-12-20'::timestamp + n * interval '37 minutes 13.7 seconds' AS t FROM generate_series(0, 60000) AS n
           UNION ALL SELECT '0002-11-01 BC'::timestamp + n * interval '59 minutes 59.999999 seconds' FROM generate_series(0, 20000) AS n) AS times
GROUP BY unit ORDER BY unit COLLATE "C";

-- a reader cannot search for the hidden part by moving the time zone
CREATE FUNCTION seen_in(zone text, value timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('timezone', zone, true);
  RETURN ethdata.mask_date(value, 'month');
END $$;
SELECT count(DISTINCT seen_in(zone, '2026-03-31 23:30+00')) AS answers
FROM unnest('{UTC,Europe/Berlin,Asia/Kolkata,America/Los_Angeles,Pacific/Kiritimati,<X>+12:59,<X>-167}'::text[]) AS zone;
DROP FUNCTION seen_in(text, timestamptz);

SELECT p.oid::regprocedure, p.provolatile, p.proisstrict, p.proparallel
FROM pg_proc AS p WHERE p.pronamespace = 'ethdata'::regnamespace AND p.proname = 'mask_date' ORDER BY p.oid::regprocedure::text COLLATE "C";
DROP EXTENSION ethdata;
