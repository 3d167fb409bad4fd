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

CREATE FUNCTION ethdata.mask_name(value pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_name';
COMMENT ON FUNCTION ethdata.mask_name(pg_catalog.text) IS
  'Mask of a person''s name: the initials of the first and the last word, each when the word has at least three characters and begins with a Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew or Arabic letter. mask_name(''Anna Maria Berg'') is ''A*** B***''; there are always two words. NULL for NULL; raises nothing.';

CREATE FUNCTION ethdata.mask_card(value pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_card';
COMMENT ON FUNCTION ethdata.mask_card(pg_catalog.text) IS
  'Mask of a payment card number: the last four digits, when there are 12 to 19 and the check digit is right. mask_card(''4242 4242 4242 4242'') is ''************4242''; what is no card number is ''****************''. NULL for NULL; raises nothing.';

CREATE FUNCTION ethdata.mask_iban(value pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_iban';
COMMENT ON FUNCTION ethdata.mask_iban(pg_catalog.text) IS
  'Mask of an international bank account number: its country code, when the check digits are right. mask_iban(''DE89 3704 0044 0532 0130 00'') is ''DE***''; what is none is ''***''. NULL for NULL; raises nothing.';

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

CREATE FUNCTION ethdata.mask_number(value pg_catalog.int4, bucket pg_catalog.int4, lowest pg_catalog.int4 DEFAULT NULL, highest pg_catalog.int4 DEFAULT NULL)
  RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_number_int4';
COMMENT ON FUNCTION ethdata.mask_number(pg_catalog.int4, pg_catalog.int4, pg_catalog.int4, pg_catalog.int4) IS
  'Mask of an integer: mask_number(37, 10) is 30, the multiple of the bucket next to the value towards zero. Values below lowest or above highest count as these, so that rare ones do not stand out. A bucket below 2 gives NULL (mask() refuses such constants with 22023). NULL for NULL; raises nothing.';

CREATE FUNCTION ethdata.mask_number(value pg_catalog.int8, bucket pg_catalog.int8, lowest pg_catalog.int8 DEFAULT NULL, highest pg_catalog.int8 DEFAULT NULL)
  RETURNS pg_catalog.int8
  LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_number_int8';
COMMENT ON FUNCTION ethdata.mask_number(pg_catalog.int8, pg_catalog.int8, pg_catalog.int8, pg_catalog.int8) IS
  'Mask of a bigint: mask_number(5000000042, 1000) is 5000000000, the multiple of the bucket next to the value towards zero. Values below lowest or above highest count as these, so that rare ones do not stand out. A bucket below 2 gives NULL (mask() refuses such constants with 22023). NULL for NULL; raises nothing.';

CREATE FUNCTION ethdata.mask_number(value pg_catalog.float8, bucket pg_catalog.float8, lowest pg_catalog.float8 DEFAULT NULL, highest pg_catalog.float8 DEFAULT NULL)
  RETURNS pg_catalog.float8
  LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_number_float8';
COMMENT ON FUNCTION ethdata.mask_number(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS
  'Mask of a double precision number: mask_number(-17.25::float8, 5) is -15, the multiple of the bucket next to the value towards zero. Values below lowest or above highest count as these, so that rare ones do not stand out. Infinity and NaN stay unless a bound is nearer. A bucket that is not above 0 and finite gives NULL, and so does a value so large that the bucket hides nothing of it (mask() refuses such constants with 22023). NULL for NULL; raises nothing.';

CREATE FUNCTION ethdata.mask_number(value pg_catalog.numeric, bucket pg_catalog.numeric, lowest pg_catalog.numeric DEFAULT NULL, highest pg_catalog.numeric DEFAULT NULL)
  RETURNS pg_catalog.numeric
  LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_number_numeric';
COMMENT ON FUNCTION ethdata.mask_number(pg_catalog.numeric, pg_catalog.numeric, pg_catalog.numeric, pg_catalog.numeric) IS
  'Mask of a numeric: mask_number(52340.99, 1000) is 52000, the multiple of the bucket next to the value towards zero. Values below lowest or above highest count as these, so that rare ones do not stand out. The result has the scale of the bucket. Infinity and NaN stay unless a bound is nearer. A bucket that is not above 0 and finite gives NULL, and so does a value of more than about 500 digits (mask() refuses such constants with 22023). NULL for NULL; raises nothing.';

CREATE FUNCTION ethdata.mask_ip(value pg_catalog.inet, ipv4_prefix pg_catalog.int4 DEFAULT 24, ipv6_prefix pg_catalog.int4 DEFAULT 48)
  RETURNS pg_catalog.inet
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_ip';
COMMENT ON FUNCTION ethdata.mask_ip(pg_catalog.inet, pg_catalog.int4, pg_catalog.int4) IS
  'Mask of a network address: the network of that prefix length which holds it, whatever netmask the value has. mask_ip(''192.168.5.77''::inet) is 192.168.5.0/24. Of an IPv4 address inside an IPv6 one (6to4, mapped, translated) no more is shown than ipv4_prefix allows. NULL for NULL and for prefix lengths outside 0 to 31 and 0 to 127 (which mask() refuses with 22023); raises nothing.';

CREATE FUNCTION ethdata.mask_ip(value pg_catalog.cidr, ipv4_prefix pg_catalog.int4 DEFAULT 24, ipv6_prefix pg_catalog.int4 DEFAULT 48)
  RETURNS pg_catalog.cidr
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_ip';
COMMENT ON FUNCTION ethdata.mask_ip(pg_catalog.cidr, pg_catalog.int4, pg_catalog.int4) IS
  'Mask of a network address: the network of that prefix length which holds it, whatever netmask the value has. mask_ip(''2001:db8:1:2::/64''::cidr) is 2001:db8:1::/48. Of an IPv4 address inside an IPv6 one (6to4, mapped, translated) no more is shown than ipv4_prefix allows. NULL for NULL and for prefix lengths outside 0 to 31 and 0 to 127 (which mask() refuses with 22023); raises nothing.';

CREATE FUNCTION ethdata.mask_jsonb(value pg_catalog.jsonb, paths pg_catalog.text[]) RETURNS pg_catalog.jsonb
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_jsonb';
COMMENT ON FUNCTION ethdata.mask_jsonb(pg_catalog.jsonb, pg_catalog.text[]) IS
  'Mask of a document: null at the paths. mask_jsonb(''{"id": 7, "contact": {"email": "a@b.de"}}'', ''{contact.email}'') is {"id": 7, "contact": {"email": null}}. Steps of a path are keys with dots between, in double quotes where need be; * is any key, ** any number of them; a path goes on in every element of an array. A scalar where a path expects keys is masked, too, and so is what is nested more than 100 deep. Names of keys stay, and what no path names is shown: see mask_jsonb_keep. NULL for NULL and for paths that make no sense (which mask() refuses with 22023); raises nothing.';

CREATE FUNCTION ethdata.mask_jsonb_keep(value pg_catalog.jsonb, paths pg_catalog.text[]) RETURNS pg_catalog.jsonb
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_jsonb_keep';
COMMENT ON FUNCTION ethdata.mask_jsonb_keep(pg_catalog.jsonb, pg_catalog.text[]) IS
  'Mask of a document: only what the paths name, so that new keys are masked. mask_jsonb_keep(''{"id": 7, "contact": {"email": "a@b.de", "city": "Ulm"}}'', ''{id,contact.city}'') is {"id": 7, "contact": {"city": "Ulm"}}. Paths are written as for mask_jsonb. At the end of a path a scalar is shown, and an array of them; an object there is null, unless the path ends in **. Other keys are left out, other elements of arrays are null. NULL for NULL and for paths that make no sense (which mask() refuses with 22023); raises nothing.';

CREATE FUNCTION ethdata.mask_keep_pattern(value pg_catalog.text, pattern pg_catalog.text, padding pg_catalog.text DEFAULT '***') RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'ethdata_mask_keep_pattern';
COMMENT ON FUNCTION ethdata.mask_keep_pattern(pg_catalog.text, pg_catalog.text, pg_catalog.text) IS
  'Mask that keeps what the groups of a regular expression match, with padding for all else. mask_keep_pattern(''INV-2026-00417-K'', ''^([A-Z]+-[0-9]{4})-[0-9]+'') is ''INV-2026***''. The padding alone where the pattern does not match, for values of more than 8192 bytes and for what the engine gives up on. NULL for NULL and for a pattern that is none, has no group or a back reference (which mask() refuses with 22023); raises nothing.';

CREATE FUNCTION ethdata.mask_postcode(value pg_catalog.text, keep pg_catalog.int4 DEFAULT 2) RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_postcode';
COMMENT ON FUNCTION ethdata.mask_postcode(pg_catalog.text, pg_catalog.int4) IS
  'Mask of a postcode: its first letters and digits, 0 to 4, when at least two more are hidden. mask_postcode(''80331'') is ''80***'', mask_postcode(''SW1A 1AA'', 3) is ''SW1***''; what is no postcode is ''***''. NULL for NULL and for another number (which mask() refuses with 22023); raises nothing.';

CREATE FUNCTION ethdata.mask_address(value pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_address';
COMMENT ON FUNCTION ethdata.mask_address(pg_catalog.text) IS
  'Mask of an address in one line: the town, when it is clear what that is: the part behind the last comma, up to three words of letters, no word of streets and houses among them, behind a part with a digit. mask_address(''12 Oak Lane, Leeds'') is ''***, Leeds''; otherwise ''***''. NULL for NULL; raises nothing.';

CREATE FUNCTION ethdata.mask_array(value pg_catalog.text[], element pg_catalog.text DEFAULT '***', longest pg_catalog.int4 DEFAULT 1) RETURNS pg_catalog.text[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_mask_array';
COMMENT ON FUNCTION ethdata.mask_array(pg_catalog.text[], pg_catalog.text, pg_catalog.int4) IS
  'Mask of an array: the element as often as the value has elements, but once at least and longest times (1 to 100) at most. mask_array(''{a,b,c}'') is {***}, mask_array(''{a,b,c}'', ''x'', 2) is {x,x}. NULL for NULL and for another number (which mask() refuses with 22023); raises nothing.';

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

CREATE FUNCTION ethdata.mask_hash_purpose(value pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'ethdata_mask_hash_purpose';
REVOKE ALL ON FUNCTION ethdata.mask_hash_purpose(pg_catalog.text) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_hash_purpose(pg_catalog.text) IS
  'Mask by pseudonym that differs from purpose to purpose: 30 characters as of mask_hash, made under a key of the purpose in force. Equal values have equal pseudonyms under one purpose, and what was read under two purposes cannot be joined. For use in masks, mask_hash_purpose(value); only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, when no purpose is in force and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_hash_purpose(pg_catalog.internal, pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'ethdata_mask_hash_purpose';
COMMENT ON FUNCTION ethdata._mask_hash_purpose(pg_catalog.internal, pg_catalog.text) IS
  'Twin of mask_hash_purpose(text) that stands in for it in queries. Cannot be called from SQL.';

-- Fakes: keyed, so with twins as above.
CREATE FUNCTION ethdata.mask_fake_first_name(value pg_catalog.text, locale pg_catalog.text DEFAULT 'en') RETURNS pg_catalog.text
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_first_name';
REVOKE ALL ON FUNCTION ethdata.mask_fake_first_name(pg_catalog.text, pg_catalog.text) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_fake_first_name(pg_catalog.text, pg_catalog.text) IS
  'Mask that gives a person another first name, as common in the locale en, de, fr or es: mask_fake_first_name(value) may be ''Clara''. Equal values have equal fakes while the master key is the same; different ones may share a fake. For use in masks; only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another locale (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_fake_first_name(pg_catalog.internal, pg_catalog.text, pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_first_name';
COMMENT ON FUNCTION ethdata._mask_fake_first_name(pg_catalog.internal, pg_catalog.text, pg_catalog.text) IS
  'Twin of mask_fake_first_name(text, text) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_fake_last_name(value pg_catalog.text, locale pg_catalog.text DEFAULT 'en') RETURNS pg_catalog.text
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_last_name';
REVOKE ALL ON FUNCTION ethdata.mask_fake_last_name(pg_catalog.text, pg_catalog.text) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_fake_last_name(pg_catalog.text, pg_catalog.text) IS
  'Mask that gives a person another last name, as common in the locale en, de, fr or es: mask_fake_last_name(value) may be ''Hughes''. Equal values have equal fakes while the master key is the same; different ones may share a fake. For use in masks; only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another locale (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_fake_last_name(pg_catalog.internal, pg_catalog.text, pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_last_name';
COMMENT ON FUNCTION ethdata._mask_fake_last_name(pg_catalog.internal, pg_catalog.text, pg_catalog.text) IS
  'Twin of mask_fake_last_name(text, text) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_fake_full_name(value pg_catalog.text, locale pg_catalog.text DEFAULT 'en') RETURNS pg_catalog.text
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_full_name';
REVOKE ALL ON FUNCTION ethdata.mask_fake_full_name(pg_catalog.text, pg_catalog.text) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_fake_full_name(pg_catalog.text, pg_catalog.text) IS
  'Mask that gives a person another first and last name, as common in the locale en, de, fr or es: mask_fake_full_name(value) may be ''Clara Hughes''. Equal values have equal fakes while the master key is the same; different ones may share a fake. For use in masks; only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another locale (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_fake_full_name(pg_catalog.internal, pg_catalog.text, pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_full_name';
COMMENT ON FUNCTION ethdata._mask_fake_full_name(pg_catalog.internal, pg_catalog.text, pg_catalog.text) IS
  'Twin of mask_fake_full_name(text, text) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_fake_street(value pg_catalog.text, locale pg_catalog.text DEFAULT 'en') RETURNS pg_catalog.text
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_street';
REVOKE ALL ON FUNCTION ethdata.mask_fake_street(pg_catalog.text, pg_catalog.text) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_fake_street(pg_catalog.text, pg_catalog.text) IS
  'Mask that gives an address another street and number, as common in the locale en, de, fr or es: mask_fake_street(value) may be ''17 Orchard Lane''. Equal values have equal fakes while the master key is the same; different ones may share a fake. For use in masks; only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another locale (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_fake_street(pg_catalog.internal, pg_catalog.text, pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_street';
COMMENT ON FUNCTION ethdata._mask_fake_street(pg_catalog.internal, pg_catalog.text, pg_catalog.text) IS
  'Twin of mask_fake_street(text, text) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_fake_city(value pg_catalog.text, locale pg_catalog.text DEFAULT 'en') RETURNS pg_catalog.text
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_city';
REVOKE ALL ON FUNCTION ethdata.mask_fake_city(pg_catalog.text, pg_catalog.text) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_fake_city(pg_catalog.text, pg_catalog.text) IS
  'Mask that gives an address another town, as common in the locale en, de, fr or es: mask_fake_city(value) may be ''Leeds''. Equal values have equal fakes while the master key is the same; different ones may share a fake. For use in masks; only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another locale (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_fake_city(pg_catalog.internal, pg_catalog.text, pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_city';
COMMENT ON FUNCTION ethdata._mask_fake_city(pg_catalog.internal, pg_catalog.text, pg_catalog.text) IS
  'Twin of mask_fake_city(text, text) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_fake_company(value pg_catalog.text, locale pg_catalog.text DEFAULT 'en') RETURNS pg_catalog.text
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_company';
REVOKE ALL ON FUNCTION ethdata.mask_fake_company(pg_catalog.text, pg_catalog.text) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_fake_company(pg_catalog.text, pg_catalog.text) IS
  'Mask that gives a company another name, as common in the locale en, de, fr or es: mask_fake_company(value) may be ''Hughes & Webb Ltd''. Equal values have equal fakes while the master key is the same; different ones may share a fake. For use in masks; only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another locale (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_fake_company(pg_catalog.internal, pg_catalog.text, pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_company';
COMMENT ON FUNCTION ethdata._mask_fake_company(pg_catalog.internal, pg_catalog.text, pg_catalog.text) IS
  'Twin of mask_fake_company(text, text) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_fake_email(value pg_catalog.text, locale pg_catalog.text DEFAULT 'en') RETURNS pg_catalog.text
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_email';
REVOKE ALL ON FUNCTION ethdata.mask_fake_email(pg_catalog.text, pg_catalog.text) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_fake_email(pg_catalog.text, pg_catalog.text) IS
  'Mask that gives an address in example.com, .net or .org, as common in the locale en, de, fr or es: mask_fake_email(value) may be ''clara.hughes412@example.org''. Equal values have equal fakes while the master key is the same; different ones may share a fake. For use in masks; only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another locale (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_fake_email(pg_catalog.internal, pg_catalog.text, pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_fake_email';
COMMENT ON FUNCTION ethdata._mask_fake_email(pg_catalog.internal, pg_catalog.text, pg_catalog.text) IS
  'Twin of mask_fake_email(text, text) that stands in for it in queries. Cannot be called from SQL.';

-- Noise: keyed, so with twins as above.
CREATE FUNCTION ethdata.mask_noise(value pg_catalog.int2, ratio pg_catalog.float8 DEFAULT 0.1) RETURNS pg_catalog.int2
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_noise_int2';
REVOKE ALL ON FUNCTION ethdata.mask_noise(pg_catalog.int2, pg_catalog.float8) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_noise(pg_catalog.int2, pg_catalog.float8) IS
  'Mask of a smallint: moved up or down by at most that ratio of it, 0.01 to 1, drawn by a keyed hash of value and ratio. Equal values are moved alike while the master key is the same, so nothing averages out. The sign stays, and the result fits where the value fits. 0 and -1 stay, other small ones are moved by up to 1. For use in masks, mask_noise(value, 0.1); only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another ratio (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_noise(pg_catalog.internal, pg_catalog.int2, pg_catalog.float8) RETURNS pg_catalog.int2
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_noise_int2';
COMMENT ON FUNCTION ethdata._mask_noise(pg_catalog.internal, pg_catalog.int2, pg_catalog.float8) IS
  'Twin of mask_noise(smallint, double precision) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_noise(value pg_catalog.int4, ratio pg_catalog.float8 DEFAULT 0.1) RETURNS pg_catalog.int4
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_noise_int4';
REVOKE ALL ON FUNCTION ethdata.mask_noise(pg_catalog.int4, pg_catalog.float8) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_noise(pg_catalog.int4, pg_catalog.float8) IS
  'Mask of an integer: moved up or down by at most that ratio of it, 0.01 to 1, drawn by a keyed hash of value and ratio. Equal values are moved alike while the master key is the same, so nothing averages out. The sign stays, and the result fits where the value fits. 0 and -1 stay, other small ones are moved by up to 1. For use in masks, mask_noise(value, 0.1); only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another ratio (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_noise(pg_catalog.internal, pg_catalog.int4, pg_catalog.float8) RETURNS pg_catalog.int4
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_noise_int4';
COMMENT ON FUNCTION ethdata._mask_noise(pg_catalog.internal, pg_catalog.int4, pg_catalog.float8) IS
  'Twin of mask_noise(integer, double precision) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_noise(value pg_catalog.int8, ratio pg_catalog.float8 DEFAULT 0.1) RETURNS pg_catalog.int8
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_noise_int8';
REVOKE ALL ON FUNCTION ethdata.mask_noise(pg_catalog.int8, pg_catalog.float8) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_noise(pg_catalog.int8, pg_catalog.float8) IS
  'Mask of a bigint: moved up or down by at most that ratio of it, 0.01 to 1, drawn by a keyed hash of value and ratio. Equal values are moved alike while the master key is the same, so nothing averages out. The sign stays, and the result fits where the value fits. 0 and -1 stay, other small ones are moved by up to 1. For use in masks, mask_noise(value, 0.1); only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another ratio (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_noise(pg_catalog.internal, pg_catalog.int8, pg_catalog.float8) RETURNS pg_catalog.int8
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_noise_int8';
COMMENT ON FUNCTION ethdata._mask_noise(pg_catalog.internal, pg_catalog.int8, pg_catalog.float8) IS
  'Twin of mask_noise(bigint, double precision) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_noise(value pg_catalog.float8, ratio pg_catalog.float8 DEFAULT 0.1) RETURNS pg_catalog.float8
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_noise_float8';
REVOKE ALL ON FUNCTION ethdata.mask_noise(pg_catalog.float8, pg_catalog.float8) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_noise(pg_catalog.float8, pg_catalog.float8) IS
  'Mask of a double precision number: moved up or down by at most that ratio of it, 0.01 to 1, drawn by a keyed hash of value and ratio. Equal values are moved alike while the master key is the same, so nothing averages out. The sign stays, and the result fits where the value fits. 0, infinity and NaN stay. For use in masks, mask_noise(value, 0.1); only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another ratio (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_noise(pg_catalog.internal, pg_catalog.float8, pg_catalog.float8) RETURNS pg_catalog.float8
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_noise_float8';
COMMENT ON FUNCTION ethdata._mask_noise(pg_catalog.internal, pg_catalog.float8, pg_catalog.float8) IS
  'Twin of mask_noise(double precision, double precision) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_noise(value pg_catalog.numeric, ratio pg_catalog.float8 DEFAULT 0.1) RETURNS pg_catalog.numeric
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_noise_numeric';
REVOKE ALL ON FUNCTION ethdata.mask_noise(pg_catalog.numeric, pg_catalog.float8) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_noise(pg_catalog.numeric, pg_catalog.float8) IS
  'Mask of a numeric: moved up or down by at most that ratio of it, 0.01 to 1, drawn by a keyed hash of value and ratio. Equal values are moved alike while the master key is the same, so nothing averages out. The sign stays, and the result fits where the value fits. 0, infinity and NaN stay, and so does the number of decimals; hundreds of digits give NULL. For use in masks, mask_noise(value, 0.1); only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for another ratio (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_noise(pg_catalog.internal, pg_catalog.numeric, pg_catalog.float8) RETURNS pg_catalog.numeric
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_noise_numeric';
COMMENT ON FUNCTION ethdata._mask_noise(pg_catalog.internal, pg_catalog.numeric, pg_catalog.float8) IS
  'Twin of mask_noise(numeric, double precision) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_date_noise(value pg_catalog.date, days pg_catalog.int4 DEFAULT 30) RETURNS pg_catalog.date
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_date_noise_date';
REVOKE ALL ON FUNCTION ethdata.mask_date_noise(pg_catalog.date, pg_catalog.int4) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_date_noise(pg_catalog.date, pg_catalog.int4) IS
  'Mask of a date: moved by at most so many days, 1 to 36500, to either side, by days, drawn by a keyed hash of value and days. Equal values are moved alike while the master key is the same, so nothing averages out. Infinity stays. For use in masks, mask_date_noise(value, 30); only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for other numbers of days (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_date_noise(pg_catalog.internal, pg_catalog.date, pg_catalog.int4) RETURNS pg_catalog.date
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_date_noise_date';
COMMENT ON FUNCTION ethdata._mask_date_noise(pg_catalog.internal, pg_catalog.date, pg_catalog.int4) IS
  'Twin of mask_date_noise(date, integer) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_date_noise(value pg_catalog.timestamp, days pg_catalog.int4 DEFAULT 30) RETURNS pg_catalog.timestamp
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_date_noise_timestamp';
REVOKE ALL ON FUNCTION ethdata.mask_date_noise(pg_catalog.timestamp, pg_catalog.int4) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_date_noise(pg_catalog.timestamp, pg_catalog.int4) IS
  'Mask of a timestamp: moved by at most so many days, 1 to 36500, to either side, to the microsecond, so that the time of the day is hidden, too, drawn by a keyed hash of value and days. Equal values are moved alike while the master key is the same, so nothing averages out. Infinity stays. For use in masks, mask_date_noise(value, 30); only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for other numbers of days (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_date_noise(pg_catalog.internal, pg_catalog.timestamp, pg_catalog.int4) RETURNS pg_catalog.timestamp
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_date_noise_timestamp';
COMMENT ON FUNCTION ethdata._mask_date_noise(pg_catalog.internal, pg_catalog.timestamp, pg_catalog.int4) IS
  'Twin of mask_date_noise(timestamp without time zone, integer) that stands in for it in queries. Cannot be called from SQL.';

CREATE FUNCTION ethdata.mask_date_noise(value pg_catalog.timestamptz, days pg_catalog.int4 DEFAULT 30) RETURNS pg_catalog.timestamptz
  LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_date_noise_timestamp';
REVOKE ALL ON FUNCTION ethdata.mask_date_noise(pg_catalog.timestamptz, pg_catalog.int4) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.mask_date_noise(pg_catalog.timestamptz, pg_catalog.int4) IS
  'Mask of a timestamp with time zone: moved by at most so many days, 1 to 36500, to either side, to the microsecond, so that the time of the day is hidden, too, drawn by a keyed hash of value and days. Equal values are moved alike while the master key is the same, so nothing averages out. Infinity stays. For use in masks, mask_date_noise(value, 30); only policy administrators may declare it and nobody but superusers may call it. NULL for NULL, for other numbers of days (which mask() refuses with 22023) and when the server has no master key; raises nothing.';

CREATE FUNCTION ethdata._mask_date_noise(pg_catalog.internal, pg_catalog.timestamptz, pg_catalog.int4) RETURNS pg_catalog.timestamptz
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata_mask_date_noise_timestamp';
COMMENT ON FUNCTION ethdata._mask_date_noise(pg_catalog.internal, pg_catalog.timestamptz, pg_catalog.int4) IS
  'Twin of mask_date_noise(timestamp with time zone, integer) that stands in for it in queries. Cannot be called from SQL.';

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
