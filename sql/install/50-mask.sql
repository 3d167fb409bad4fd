-- The mask room: what a reader gets instead of a cell.
--
-- Every mask is total: NULL for NULL, a result for every other value, no error.

CREATE FUNCTION ethdata.mask_email(value pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_email';
COMMENT ON FUNCTION ethdata.mask_email(pg_catalog.text) IS
  'Mask of an e-mail address: its first character (when there are three before the @) and its top-level domain (when it has two to six letters). mask_email(''anna.berg@example.com'') is ''a***@***.com''; what is no address is ''***''. NULL for NULL; raises nothing.';

CREATE FUNCTION ethdata.mask_phone(value pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_phone';
COMMENT ON FUNCTION ethdata.mask_phone(pg_catalog.text) IS
  'Mask of a phone number: the layout, the country code (after + or 00) and the last two digits. mask_phone(''+49 170 1234567'') is ''+49 *** *****67''; with fewer than six digits after the country code all are starred; what is no number is ''***''. NULL for NULL; raises nothing.';

CREATE FUNCTION ethdata.mask_partial(value pg_catalog.text, prefix pg_catalog.int4, padding pg_catalog.text, suffix pg_catalog.int4)
  RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_partial';
COMMENT ON FUNCTION ethdata.mask_partial(pg_catalog.text, pg_catalog.int4, pg_catalog.text, pg_catalog.int4) IS
  'Mask that keeps the first prefix and the last suffix characters of a text and puts padding between; the padding alone where that would show more than half. mask_partial(''DE89370400440532013000'', 4, ''***'', 3) is ''DE89***000''. Counts below zero or NULL are 0, a NULL padding is ''***''. NULL for a NULL value; raises nothing.';

CREATE FUNCTION ethdata.mask_date(value pg_catalog.date, unit pg_catalog.text DEFAULT 'month') RETURNS pg_catalog.date
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_date_date';
COMMENT ON FUNCTION ethdata.mask_date(pg_catalog.date, pg_catalog.text) IS
  'Mask of a date: the first day of its week, month, quarter, year, decade, century or millennium. mask_date(''1984-07-19''::date, ''year'') is 1984-01-01. Infinity stays. NULL for NULL and for another unit (which mask() refuses with 22023); raises nothing.';

CREATE FUNCTION ethdata.mask_date(value pg_catalog.timestamp, unit pg_catalog.text DEFAULT 'month') RETURNS pg_catalog.timestamp
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_date_timestamp';
COMMENT ON FUNCTION ethdata.mask_date(pg_catalog.timestamp, pg_catalog.text) IS
  'Mask of a timestamp: the start of its hour, day, week, month, quarter, year, decade, century or millennium. mask_date(''2026-03-17 14:05''::timestamp, ''day'') is 2026-03-17 00:00. Infinity stays. NULL for NULL and for another unit (which mask() refuses with 22023); raises nothing.';

CREATE FUNCTION ethdata.mask_date(value pg_catalog.timestamptz, unit pg_catalog.text DEFAULT 'month') RETURNS pg_catalog.timestamptz
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_date_timestamp';
COMMENT ON FUNCTION ethdata.mask_date(pg_catalog.timestamptz, pg_catalog.text) IS
  'Mask of a timestamp with time zone: the start of its hour, day, week, month, quarter, year, decade, century or millennium in UTC, whatever the session''s time zone is (else a reader could find the hidden part by changing the zone). mask_date(''2026-03-17 14:05+00''::timestamptz, ''day'') is 2026-03-17 00:00+00. Infinity stays. NULL for NULL and for another unit (which mask() refuses with 22023); raises nothing.';

-- A keyed mask must not be an oracle: nobody but the extension's owner and
-- superusers may call it.  In queries its twin stands in.
CREATE FUNCTION ethdata.mask_hash(value pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_hash';
REVOKE ALL ON FUNCTION ethdata.mask_hash(pg_catalog.text) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_hash(pg_catalog.text) IS
  'Mask by pseudonym: 30 characters, the first 8 name the key, the other 22 stand for the value (keyed BLAKE2b, 128 bits). Equal values have equal pseudonyms while the master key is the same. For use in masks, mask_hash(value); only policy administrators may declare it and nobody but superusers may call it. NULL for NULL and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_hash(pg_catalog.internal, pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata__mask_hash';
COMMENT ON FUNCTION ethdata._mask_hash(pg_catalog.internal, pg_catalog.text) IS
  'Twin of mask_hash(text) that stands in for it in queries. Cannot be called from SQL.';

-- The bracket around masks that may raise an error.
CREATE FUNCTION ethdata._mask_enter(pg_catalog.internal, pg_catalog.anyelement) RETURNS pg_catalog.anyelement
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata__mask_enter';
COMMENT ON FUNCTION ethdata._mask_enter(pg_catalog.internal, pg_catalog.anyelement) IS
  'Returns the value and notes that a mask works on it, so that an error from there is not shown. Cannot be called from SQL.';

CREATE FUNCTION ethdata._mask_leave(pg_catalog.internal, pg_catalog.anyelement) RETURNS pg_catalog.anyelement
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata__mask_leave';
COMMENT ON FUNCTION ethdata._mask_leave(pg_catalog.internal, pg_catalog.anyelement) IS
  'Returns the value and notes that its mask is done. Cannot be called from SQL.';
