-- The mask for names shows two initials and not the shape of the name: not how
-- many words, not how long, and nothing of a name whose first character is most of
-- it.  It has a result for whatever a text column may hold.
CREATE EXTENSION ethdata;
SET client_encoding = 'UTF8';

SELECT n, value, ethdata.mask_name(value) FROM (VALUES
  (1, 'Anna Berg'),
  (2, 'Anna'),
  (3, 'Anna Maria Berg'),
  (4, 'María de los Ángeles García Márquez'),
  (5, 'anna berg'),
  (6, 'ANNA BERG'),
  (7, 'Berg, Anna'),
  (8, 'J. Smith'),
  (9, 'J. R. R. Tolkien'),
  (10, 'Dr. Anna Berg'),
  (11, 'Li Na'),
  (12, 'Bo Diddley'),
  (13, 'Sammy Do'),
  (14, 'X'),
  (15, 'Ann'),
  (16, 'An'),
  (17, 'Anna-Lena Berg-Hoff'),
  (18, 'O''Brien'),
  (19, '  Anna   Berg  '),
  (20, E'\tAnna\n\rBerg\f' || chr(11)),
  (21, ''),
  (22, '   '),
  (23, NULL),
  (24, '(unknown)'),
  (25, '007 Bond'),
  (26, 'Bond 007'),
  (27, '-'),
  (28, 'n/a'),
  (29, 'anna.berg@example.com'),
  (30, '+49 170 1234567'),
  (31, 'Øyvind Åsen'),
  (32, 'Élodie Ørsted'),
  (33, 'E' || chr(769) || 'lodie Berg'),
  (34, chr(769) || 'lodie Berg'),
  (35, 'Αθηνά Παπαδοπούλου'),
  (36, 'Анна Иванова'),
  (37, 'Արամ Խաչատրյան'),
  (38, 'ნინო ბერიძე'),
  (39, 'חנה כהן'),
  (40, 'محمد علي'),
  (41, '王小明'),
  (42, '欧阳 小明明'),
  (43, '김민준'),
  (44, 'たなか はなこ'),
  (45, 'अमित कुमार'),
  (46, 'สมชาย ใจดี'),
  (47, '😀😀😀 Anna'),
  (48, 'Anna' || chr(160) || 'Berg'),
  (49, 'ßßß ñññ'),
  (50, 'Anna Berg; DROP TABLE x'),
  (51, 'ǅemal ﬁnn')
) AS t (n, value) ORDER BY n;

-- the initials that are shown, of all characters: letters of alphabets
SELECT string_agg(CASE WHEN low < high THEN low || '-' || high ELSE low END, ' ' ORDER BY low COLLATE "C") FROM (
  SELECT lpad(to_hex(min(n)), 4, '0') AS low, lpad(to_hex(max(n)), 4, '0') AS high FROM (
    SELECT n, n - row_number() OVER (ORDER BY n) AS run FROM generate_series(1, 70000) AS n
    WHERE n NOT BETWEEN 55296 AND 57343 AND ethdata.mask_name(chr(n) || 'xxx') = chr(n) || '*** ***') AS shown
  GROUP BY run) AS runs;
-- and no other character
SELECT count(*) FROM generate_series(1, 70000) AS n WHERE n NOT BETWEEN 55296 AND 57343
  AND ethdata.mask_name(chr(n) || 'xxx') NOT IN (chr(n) || '*** ***', '*** ***')
  AND n NOT IN (9, 10, 11, 12, 13, 32);
-- one shape whatever the value
SELECT DISTINCT regexp_replace(ethdata.mask_name(repeat('word ', n) || repeat('long', m)), '[wl]', 'x', 'g')
FROM generate_series(1, 20) AS n, generate_series(1, 20) AS m;
SELECT ethdata.mask_name(repeat('a', 1000000)), ethdata.mask_name(repeat(' ', 1000000)),
  ethdata.mask_name(repeat('ab ', 300000)), ethdata.mask_name(repeat('ö', 1000000) || ' ' || repeat('ä', 1000000));

-- other encodings: of one byte a character, and of several
CREATE DATABASE mask_name_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c mask_name_latin1
CREATE EXTENSION ethdata;
SET client_encoding = 'UTF8';
SELECT ethdata.mask_name('Åsa Öberg'), ethdata.mask_name('Ås Ö');
\c regression
DROP DATABASE mask_name_latin1;
CREATE DATABASE mask_name_eucjp ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c mask_name_eucjp
CREATE EXTENSION ethdata;
SET client_encoding = 'UTF8';
SELECT ethdata.mask_name('田中太郎'), ethdata.mask_name('Anna 田中太郎');
\c regression
DROP DATABASE mask_name_eucjp;
CREATE DATABASE mask_name_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c mask_name_ascii
CREATE EXTENSION ethdata;
SET client_encoding = 'SQL_ASCII';
SELECT ethdata.mask_name(E'\xc3\x85sa Berg'), ethdata.mask_name(E'Anna \xff\xfe\xfd');
\c regression
DROP DATABASE mask_name_ascii;

-- bytes that are no text
CREATE CAST (bytea AS text) WITHOUT FUNCTION;
SELECT n, ethdata.mask_name(value::text) FROM (VALUES
  (1, '\xc3'::bytea),
  (2, '\xff'),
  (3, '\xc328616161'),
  (4, '\xe28261616161'),
  (5, '\x616161c3'),
  (6, '\x616161 20f09f98'),
  (7, '\x616161202020c3'),
  (8, '\x00616161'),
  (9, '\x61006161'),
  (10, '\xf0'),
  (11, '\xc380'),
  (12, '\xc3806161 20c3806161'),
  (13, '\xeda0806161'),
  (14, '\xc08061616161')
) AS t (n, value) ORDER BY n;
DROP CAST (bytea AS text);
DROP EXTENSION ethdata;
