-- The masks for card and account numbers show something only of what proves by its
-- check digits to be one, never its length, and one fixed text for all else.
CREATE EXTENSION ethdata;
SET client_encoding = 'UTF8';

-- cards: the last four digits of 12 to 19 that pass the Luhn check
SELECT n, value, ethdata.mask_card(value) FROM (VALUES
  (1, '4242424242424242'),
  (2, '4242 4242 4242 4242'),
  (3, '4242-4242-4242-4242'),
  (4, '  4242 4242 4242 4242  '),
  (5, '378282246310005'),
  (6, '3782 822463 10005'),
  (7, '6304000000000000'),
  (8, '5018 0000 0009'),
  (9, '6759649826438453'),
  (10, '4000000000000000006'),
  (11, '4242424242424241'),
  (12, '2424242424242424'),
  (13, '0000 0000 0000 0000'),
  (14, '42424242426'),
  (15, '42424242424242424242'),
  (16, ''),
  (17, ' '),
  (18, '-'),
  (19, NULL),
  (20, 'unknown'),
  (21, '4242 4242 4242 4242 exp 12/28'),
  (22, '4242424242424242, 378282246310005'),
  (23, '4242.4242.4242.4242'),
  (24, '٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢'),
  (25, repeat(chr(65300) || chr(65298), 8)),
  (26, '4242' || chr(160) || '4242 4242 4242'),
  (27, '+4242424242424242'),
  (28, '-4242424242424242'),
  (29, '4242 4242' || E'\n' || '4242 4242'),
  (30, 'DE89370400440532013000'),
  (31, '************4242'),
  (32, repeat(' ', 48) || '4242424242424242'),
  (33, repeat(' ', 49) || '4242424242424242')
) AS t (n, value) ORDER BY n;
SELECT ethdata.mask_card(repeat('42', 1000000)), ethdata.mask_card(repeat(' ', 1000000) || '4242424242424242');
-- of ten endings one passes, at every length from 12 to 19 and at no other
SELECT length, count(*) FILTER (WHERE mask <> '****************') AS shown,
  count(*) FILTER (WHERE mask = '************' || right(card, 4)) AS last_four
FROM (SELECT length, card, ethdata.mask_card(card) AS mask
  FROM generate_series(8, 22) AS length, LATERAL (SELECT lpad(n::text, length, '41372906') AS card FROM generate_series(1000, 1999) AS n) AS c) AS t
GROUP BY length ORDER BY length;
-- the result has one length
SELECT DISTINCT length(ethdata.mask_card(v)) FROM unnest('{4242424242424242,378282246310005,x,""}'::text[]) AS v;

-- accounts: the country, when the check digits are right
SELECT n, value, ethdata.mask_iban(value) FROM (VALUES
  (1, 'DE89370400440532013000'),
  (2, 'DE89 3704 0044 0532 0130 00'),
  (3, 'de89 3704 0044 0532 0130 00'),
  (4, 'DE89-3704-0044-0532-0130-00'),
  (5, ' GB82 WEST 1234 5698 7654 32 '),
  (6, 'gb82west12345698765432'),
  (7, 'NO9386011117947'),
  (8, 'MT84MALT011000012345MTLCAST001S'),
  (9, 'LC55HEMM000100010012001200023015'),
  (10, 'RU0304452522540817810538091310419'),
  (11, 'DE88370400440532013000'),
  (12, 'ED89370400440532013000'),
  (13, 'DE8937040044053201300'),
  (14, 'DE'),
  (15, 'DE89'),
  (16, ''),
  (17, ' '),
  (18, NULL),
  (19, 'unknown'),
  (20, 'IBAN DE89370400440532013000'),
  (21, 'DE89370400440532013000 (joint)'),
  (22, 'DE89 3704 0044 0532 0130 00, GB82 WEST 1234 5698 7654 32'),
  (23, '1289370400440532013000'),
  (24, 'D189370400440532013000'),
  (25, 'DEA9370400440532013000'),
  (26, 'ÄÖ89370400440532013000'),
  (27, chr(65316) || chr(65317) || '89370400440532013000'),
  (28, 'DE89.3704.0044.0532.0130.00'),
  (29, '4242424242424242'),
  (30, 'DE***')
) AS t (n, value) ORDER BY n;
SELECT ethdata.mask_iban(repeat('DE89', 1000000)), ethdata.mask_iban(repeat(' ', 1000000) || 'DE89370400440532013000');
-- one of 97 check digits is right, those are 02 to 98
SELECT string_agg(lpad(n::text, 2, '0'), ' ' ORDER BY n) FROM generate_series(0, 99) AS n
  WHERE ethdata.mask_iban('DE' || lpad(n::text, 2, '0') || '370400440532013000') = 'DE***';
SELECT min(checks) AS fewest, max(checks) AS most, count(DISTINCT checked) AS check_digits FROM (
  SELECT a, count(*) AS checks, min(n) AS checked FROM generate_series(100000, 101000) AS a, generate_series(0, 99) AS n
  WHERE ethdata.mask_iban('FR' || lpad(n::text, 2, '0') || 'X' || a || 'AB123') = 'FR***' GROUP BY a) AS t;
-- 15 to 34 characters
SELECT length, count(*) FILTER (WHERE mask = 'XY***') AS shown, count(*) FILTER (WHERE mask <> '***' AND mask <> 'XY***') AS other
FROM (SELECT length, ethdata.mask_iban('XY' || lpad(n::text, 2, '0') || repeat('7', length - 4)) AS mask
  FROM generate_series(4, 40) AS length, generate_series(2, 98) AS n) AS t
GROUP BY length HAVING length IN (4, 5, 13, 14, 15, 16, 33, 34, 35, 36) ORDER BY length;

-- columns of fixed width, and bytes that are no text
CREATE TEMP TABLE fixed (card char(20), iban char(40));
INSERT INTO fixed VALUES ('4242424242424242', 'DE89370400440532013000');
SELECT ethdata.mask_card(card), ethdata.mask_iban(iban) FROM fixed;
CREATE CAST (bytea AS text) WITHOUT FUNCTION;
SELECT n, ethdata.mask_card(value::text) AS card, ethdata.mask_iban(value::text) AS iban FROM (VALUES
  (1, '\xff'::bytea),
  (2, '\x00'),
  (3, '\x34323432343234323432343234323432ff'),
  (4, '\x34323432343234323432343234323400'),
  (5, '\x4445383933373034303034343035333230313330303000'),
  (6, '\xc3')
) AS t (n, value) ORDER BY n;
DROP CAST (bytea AS text);
DROP EXTENSION ethdata;
