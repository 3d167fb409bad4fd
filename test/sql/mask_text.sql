-- The masks for texts show what their reference says and not a letter more, and
-- have a result for whatever a text column may hold: a mask that raised an error,
-- or showed a short value whole, would give away what it hides.
CREATE EXTENSION ethdata;
SET client_encoding = 'UTF8';

-- mask_email: the first character when three stand before the @, and the
-- top-level domain when it has two to six letters
SELECT n, value, ethdata.mask_email(value) FROM (VALUES
  (1, 'anna.berg@example.com'),
  (2, 'abc@example.com'),
  (3, 'ab@example.com'),
  (4, 'a@example.com'),
  (5, '@example.com'),
  (6, 'anna@'),
  (7, '@'),
  (8, 'anna'),
  (9, ''),
  (10, '   '),
  (11, NULL),
  (12, '  anna.berg@example.com  '),
  (13, E'\tanna@example.com\r\n'),
  (14, 'ANNA@EXAMPLE.COM'),
  (15, '7anna@example.de'),
  (16, '.anna@example.de'),
  (17, '"anna berg"@example.de'),
  (18, '"anna@home"@example.de'),
  (19, 'anna+shop@example.co.uk'),
  (20, 'anna@localhost'),
  (21, 'anna@.com'),
  (22, 'anna@example.'),
  (23, 'anna@example.c'),
  (24, 'anna@example.museum'),
  (25, 'anna@example.anna-berg'),
  (26, 'anna@example.photography'),
  (27, 'anna@example.xn--p1ai'),
  (28, 'anna@[192.168.0.1]'),
  (29, 'anna@example.c0m'),
  (30, 'Anna Berg <anna@example.com>'),
  (31, 'anna@example.com, berg@example.com'),
  (32, 'örjan@example.se'),
  (33, 'ö@example.se'),
  (34, 'öä@example.se'),
  (35, 'öäü@example.se'),
  (36, '用户名@例子.广告'),
  (37, '用户名@例子.com'),
  (38, '😀😀😀@example.com'),
  (39, 'anna@@example.com'),
  (40, 'anna@example.com.'),
  (41, 'a.b@x.y.z.info'),
  (42, E'anna\n@example.com')
) AS t (n, value) ORDER BY n;
-- long and strange values
SELECT ethdata.mask_email(repeat('a', 100000) || '@' || repeat('b', 100000) || '.org');
SELECT ethdata.mask_email(repeat('@', 100000));
SELECT ethdata.mask_email(repeat('.', 100000) || '@' || repeat('.', 100000));
-- any first character, but for the white space before an address
SELECT string_agg(n::text, ' ' ORDER BY n) FROM generate_series(1, 1000) AS n
  WHERE ethdata.mask_email(chr(n) || 'nna@example.com') NOT IN (chr(n) || '***@***.com', '***@***.com');
-- nothing of the local part after its first character, nothing of the domain before its last dot
SELECT count(*) FROM generate_series(1, 200) AS n
  WHERE ethdata.mask_email(repeat('x', n) || 'secret@secret' || n || '.example.org') <> 'x***@***.org';

-- mask_phone: layout, country code and the last two digits
SELECT n, value, ethdata.mask_phone(value) FROM (VALUES
  (1, '+49 170 1234567'),
  (2, '+491701234567'),
  (3, '0049 170 1234567'),
  (4, '0170 1234567'),
  (5, '(212) 555-0147'),
  (6, '+1 (212) 555-0147'),
  (7, '+1-212-555-0147'),
  (8, '+7 495 123-45-67'),
  (9, '+353 1 234 5678'),
  (10, '+44 20 7946 0018'),
  (11, '+423 234 5678'),
  (12, '+998 71 123 45 67'),
  (13, '00353 1 234 5678'),
  (14, '123456'),
  (15, '12345'),
  (16, '110'),
  (17, '1'),
  (18, '+49 12345'),
  (19, '+49 123456'),
  (20, '+49'),
  (21, '+'),
  (22, '00'),
  (23, '00491'),
  (24, '000491701234567'),
  (25, '+0491701234567'),
  (26, ''),
  (27, ' '),
  (28, NULL),
  (29, 'unknown'),
  (30, '+49 170 1234567 ext 12'),
  (31, '+49 170 12345+67'),
  (32, '++49 170 1234567'),
  (33, '49+170 1234567'),
  (34, 'tel:+491701234567'),
  (35, '٠١٢٣٤٥٦٧'),
  (36, '0170/123.45.67'),
  (37, '+49 170 1234567'),
  (38, E'0170\t1234567'),
  (39, '0170 1234567; 0171 7654321'),
  (40, '123456789012345678901234'),
  (41, '1234567890123456789012345'),
  (42, '+1 2345678901234567890123')
) AS t (n, value) ORDER BY n;
SELECT ethdata.mask_phone(repeat('1', 100000));
SELECT ethdata.mask_phone(repeat(' ', 100000) || '1');
SELECT ethdata.mask_phone('1' || repeat(' ', 63)) = '*' || repeat(' ', 63), ethdata.mask_phone('1' || repeat(' ', 64));
-- every country code of one or two digits is shown whole, and no digit after it
SELECT string_agg(code, ' ' ORDER BY code) AS two_digits
FROM (SELECT lpad(n::text, 2, '0') AS code FROM generate_series(10, 99) AS n) AS c
WHERE ethdata.mask_phone('+' || code || '1234567') = '+' || code || '*****67';
SELECT count(*) AS three_digits
FROM (SELECT n::text AS code FROM generate_series(100, 999) AS n) AS c
WHERE ethdata.mask_phone('+' || code || '1234567') = '+' || code || '*****67';
SELECT count(*) AS one_digit
FROM (SELECT n::text AS code FROM generate_series(100, 999) AS n) AS c
WHERE ethdata.mask_phone('+' || code || '1234567') = '+' || left(code, 1) || '*******67';

-- mask_partial: never more than half of the characters
SELECT n, value, prefix, padding, suffix, ethdata.mask_partial(value, prefix, padding, suffix) FROM (VALUES
  (1, 'DE89370400440532013000', 4, '***', 3),
  (2, 'abcdef', 2, '***', 1),
  (3, 'abcdef', 2, '***', 2),
  (4, 'abcdef', 3, '***', 0),
  (5, 'abcdef', 0, '***', 3),
  (6, 'abcdef', 4, '***', 0),
  (7, 'abcdef', 0, '***', 0),
  (8, 'abcdef', 6, '***', 0),
  (9, 'abcdef', 10, '***', 10),
  (10, 'abcdef', -1, '***', 1),
  (11, 'abcdef', -5, '***', -5),
  (12, 'abcdef', 2147483647, '***', 2147483647),
  (13, 'abcdef', -2147483648, '***', 1),
  (14, 'abcdef', NULL, '***', 1),
  (15, 'abcdef', 1, '***', NULL),
  (16, 'abcdef', 1, NULL, 1),
  (17, 'abcdef', NULL, NULL, NULL),
  (18, 'abcdef', 1, '', 1),
  (19, '', 1, '***', 1),
  (20, '', 0, '***', 0),
  (21, '', 0, '', 0),
  (22, 'a', 1, '***', 0),
  (23, 'ab', 1, '***', 0),
  (24, 'ab', 1, '***', 1),
  (25, NULL, 1, '***', 1),
  (26, 'äöüß€😀', 2, '…', 1),
  (27, 'äöü', 1, '…', 0),
  (28, 'e' || chr(769) || 'xyz', 1, '*', 0)
) AS t (n, value, prefix, padding, suffix) ORDER BY n;
SELECT length(ethdata.mask_partial(repeat('ä', 100000), 20000, '-', 30000));
SELECT count(*) FROM generate_series(0, 40) AS n, generate_series(0, 12) AS p, generate_series(0, 12) AS s
  WHERE ethdata.mask_partial(repeat('x', n), p, '', s)
     <> CASE WHEN 2 * (p + s) <= n THEN repeat('x', p + s) ELSE '' END;

-- immutable and safe for parallel plans, strict where NULL is not a question
SELECT p.oid::regprocedure, p.provolatile, p.proisstrict, p.proparallel, p.prosecdef, p.proleakproof
FROM pg_proc AS p WHERE p.pronamespace = 'ethdata'::regnamespace AND p.proname ~ '^mask_(email|phone|partial|name|card|iban|ip|number|jsonb|jsonb_keep)$'
  ORDER BY p.oid::regprocedure::text COLLATE "C";

-- text that is no text: SQL_ASCII takes any bytes, and vouches for none of them
CREATE DATABASE mask_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c mask_ascii
CREATE EXTENSION ethdata;
SET client_encoding = 'SQL_ASCII';
SELECT ethdata.mask_email('anna@example.com') AS plain,
  ethdata.mask_email(E'\xc3\xb6rjan@example.se') AS first_byte_high,
  ethdata.mask_email(E'a\xff\xfe@\xff.com') AS garbage,
  ethdata.mask_email(E'anna@\xff.c\xff') AS garbage_domain,
  ethdata.mask_email(E'\xff\xfe\xfd@x.org') AS all_garbage;
SELECT ethdata.mask_phone(E'0170 12345\xff') AS garbage, ethdata.mask_phone('0170 123456') AS plain;
SELECT ethdata.mask_partial(E'\xc3\xb6bcdef', 2, '-', 1) AS first_byte_high,
  ethdata.mask_partial(E'\xff\xff\xff\xff', 1, '-', 1) AS garbage,
  ethdata.mask_partial('abcdef', 2, '-', 1) AS plain;
\c regression

-- and so does any other encoding when data is corrupt: convert no byte, read past no end
CREATE DATABASE mask_eucjp ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c mask_eucjp
CREATE EXTENSION ethdata;
SET client_encoding = 'EUC_JP';
SELECT encode(convert_to(ethdata.mask_email(convert_from('\xa4a2a4a4a4a6406578616d706c652e6a70', 'EUC_JP')), 'EUC_JP'), 'hex') AS email,
  encode(convert_to(ethdata.mask_partial(convert_from('\xa4a2a4a4a4a6a4a8', 'EUC_JP'), 1, '-', 1), 'EUC_JP'), 'hex') AS partial,
  encode(convert_to(ethdata.mask_partial(convert_from('\x8fa2afa4a2', 'EUC_JP'), 1, '-', 0), 'EUC_JP'), 'hex') AS three_bytes;
\c regression
DROP DATABASE mask_eucjp;

-- bytes that are not UTF-8, as a broken disk or a replica of an old server has
-- them: the text type would refuse them, so they come by a cast that looks at nothing
CREATE CAST (bytea AS text) WITHOUT FUNCTION;
SELECT n, ethdata.mask_email(value::text) AS email, ethdata.mask_phone(value::text) AS phone,
  ethdata.mask_partial(value::text, 1, '-', 1) AS partial
FROM (VALUES
  (1, '\xc3'::bytea),
  (2, '\xc328'),
  (3, '\xe282'),
  (4, '\xf09f98'),
  (5, '\xffffff'),
  (6, '\xff40ff2eff'),
  (7, '\xc3c3c340782e636f6d'),
  (8, '\xc3b6c3b640782e636f6d'),
  (9, '\xf061626340782e636f6d'),
  (10, '\x616263f040782e636f6d'),
  (11, '\x00616263'),
  (12, '\x61626300'),
  (13, '\x610062006340782e636f6d'),
  (14, '\x0061626340782e636f6d'),
  (15, '\xe0808061626364'),
  (16, '\x61626364e080'),
  (17, '\x313233343536ff'),
  (18, '\x31323334353600'),
  (19, '\xeda080edb080edb080edb080')
) AS t (n, value) ORDER BY n;
DROP CAST (bytea AS text);
DROP DATABASE mask_ascii;
DROP EXTENSION ethdata;
