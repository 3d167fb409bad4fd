/*
 * text.c
 *		Masks for texts: mask_email(), mask_phone(), mask_partial(), mask_name().
 *
 * Each is total: it has a result for every stored value, in every encoding,
 * also for bytes that are no valid text of the encoding (corrupt data, or
 * SQL_ASCII where anything goes), and raises nothing.  What is kept of a value
 * is copied only if it is valid by itself, so a mask never adds broken text.
 *
 * Each decides by fixed rules what it shows; what it hides does not show
 * through the length of the mask, but for mask_phone(), which keeps the layout
 * of the number.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "mask/mask.h"

PG_FUNCTION_INFO_V1(ethdata_mask_email);
PG_FUNCTION_INFO_V1(ethdata_mask_phone);
PG_FUNCTION_INFO_V1(ethdata_mask_partial);
PG_FUNCTION_INFO_V1(ethdata_mask_name);

/* What a mask shows of a value that it cannot take apart. */
#define STARS "***"

/* E.164 has up to 15 digits; with extension and prefixes none has more than this. */
#define PHONE_MAX_DIGITS 24
#define PHONE_MAX_BYTES 64

/* Fewer subscriber digits than this and all are starred: two of five would be too much. */
#define PHONE_MIN_DIGITS 6

/* A shorter word of a name shows no initial: one letter of two would be too much. */
#define NAME_MIN_CHARS 3

/* Longest top-level domain that is shown; longer ones are often a name. */
#define TLD_MAX 6

/*
 * char_length -- bytes of the character at "at", at least 1, never past end.
 * Core's pg_mblen() reads or raises beyond truncated text; this does neither.
 */
static inline int
char_length(const char *at, const char *end)
{
	int			len;

	/*
	 * the first byte tells, but for encodings that servers do not use; an
	 * ASCII byte, and one byte left, is one character
	 */
	if (end - at < 2 || !IS_HIGHBIT_SET(*at))
		return 1;
	len = pg_encoding_mblen(GetDatabaseEncoding(), at);
	if (len < 1)
		return 1;
	return Min(len, (int) (end - at));
}

/* Is the character valid by itself, so that it may be shown?  SQL_ASCII vouches for nothing but ASCII. */
static inline bool
char_is_valid(const char *at, int len)
{
	if (len == 1 && !IS_HIGHBIT_SET(*at))
		return *at != '\0';
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
		return false;
	return pg_encoding_verifymbchar(GetDatabaseEncoding(), at, len) == len;
}

static inline bool
is_letter_or_digit(const char *at, int len)
{
	if (len == 1 && !IS_HIGHBIT_SET(*at))
		return (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9');
	return true;
}

/*
 * ethdata.mask_email(value text) -> text
 *		First character of the local part, when that has at least three, and the
 *		top-level domain, when it is one of at most six letters.  The domain
 *		itself may be a person's and is not shown.  What is not an address
 *		becomes three stars.  Raises nothing; NULL for NULL.
 */
Datum
ethdata_mask_email(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *at = VARDATA_ANY(value);
	const char *end = at + VARSIZE_ANY_EXHDR(value);
	const char *sign = NULL;
	const char *dot = NULL;
	const char *p;
	char		result[MAX_MULTIBYTE_CHAR_LEN + sizeof("***@***.") + TLD_MAX];
	int			len = 0;
	int			first;
	int			chars = 0;

	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n' || end[-1] == '\r'))
		end--;

	/*
	 * the last @: a quoted local part may hold others; no server encoding has
	 * ASCII bytes inside a character
	 */
	for (p = end; p > at; p--)
	{
		if (p[-1] == '@')
		{
			sign = p - 1;
			break;
		}
		if (p[-1] == '.' && dot == NULL)
			dot = p - 1;
	}
	if (sign == NULL || sign == at || sign + 1 == end)
		PG_RETURN_TEXT_P(cstring_to_text(STARS));

	first = char_length(at, sign);
	for (p = at; p < sign && chars < 3; p += char_length(p, sign))
		chars++;
	if (chars >= 3 && char_is_valid(at, first) && is_letter_or_digit(at, first))
	{
		memcpy(result, at, first);
		len = first;
	}
	memcpy(result + len, "***@***", 7);
	len += 7;

	if (dot != NULL && dot > sign + 1 && end - dot - 1 >= 2 && end - dot - 1 <= TLD_MAX)
	{
		for (p = dot + 1; p < end; p++)
		{
			if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')))
				break;
		}
		if (p == end)
		{
			memcpy(result + len, dot, end - dot);
			len += end - dot;
		}
	}

	PG_RETURN_TEXT_P(cstring_to_text_with_len(result, len));
}

/*
 * country_code_digits -- how many digits of an international number are the
 * country code.  The codes of ITU-T E.164 are free of prefixes: one digit in
 * zones 1 and 7, two for those listed, three for all others.
 */
static int
country_code_digits(const char *digits)
{
	/* by the first digit, the second ones of codes of two digits */
	static const char *const two[] = {
		"", "", "07", "0123469", "013456789", "12345678", "0123456", "", "1246", "0123458"
	};

	if (digits[0] == '1' || digits[0] == '7')
		return 1;
	return digits[1] != '\0' && strchr(two[digits[0] - '0'], digits[1]) != NULL ? 2 : 3;
}

/*
 * ethdata.mask_phone(value text) -> text
 *		The number with each digit starred, but for the country code of an
 *		international number (+49 or 0049) and the last two digits; blanks and
 *		punctuation stay.  With fewer than six digits after the country code all
 *		digits are starred.  What is not a phone number becomes three stars.
 *		Raises nothing; NULL for NULL.
 */
Datum
ethdata_mask_phone(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *at = VARDATA_ANY(value);
	int			len = VARSIZE_ANY_EXHDR(value);
	char		digits[PHONE_MAX_DIGITS + 1];
	text	   *masked;
	char	   *result;
	int			ndigits = 0;
	int			shown_before = 0;	/* leading digits that are shown */
	int			shown_after = 0;	/* last digits that are shown */
	bool		plus = false;
	int			i;
	int			n;

	if (len > PHONE_MAX_BYTES)
		PG_RETURN_TEXT_P(cstring_to_text(STARS));

	for (i = 0; i < len; i++)
	{
		char		c = at[i];

		if (c >= '0' && c <= '9')
		{
			if (ndigits == PHONE_MAX_DIGITS)
				PG_RETURN_TEXT_P(cstring_to_text(STARS));
			digits[ndigits++] = c;
		}
		else if (c == '+' && !plus && ndigits == 0)
			plus = true;
		else if (c == '\0' || strchr(" ()-./", c) == NULL)
			PG_RETURN_TEXT_P(cstring_to_text(STARS));
	}
	if (ndigits == 0)
		PG_RETURN_TEXT_P(cstring_to_text(STARS));
	digits[ndigits] = '\0';

	if (plus && digits[0] != '0' && ndigits >= 3)
		shown_before = country_code_digits(digits);
	else if (!plus && ndigits >= 5 && digits[0] == '0' && digits[1] == '0' && digits[2] != '0')
		shown_before = 2 + country_code_digits(digits + 2);
	if (ndigits - shown_before >= PHONE_MIN_DIGITS)
		shown_after = 2;
	else
		shown_before = 0;

	masked = palloc(len + VARHDRSZ);
	SET_VARSIZE(masked, len + VARHDRSZ);
	result = VARDATA(masked);
	for (i = 0, n = 0; i < len; i++)
	{
		char		c = at[i];

		if (c >= '0' && c <= '9')
		{
			result[i] = (n < shown_before || n >= ndigits - shown_after) ? c : '*';
			n++;
		}
		else
			result[i] = c;
	}

	PG_RETURN_TEXT_P(masked);
}

/* copy_valid -- copy characters, a star for each that is not valid. */
static int
copy_valid(char *out, const char *at, const char *end)
{
	int			n = 0;

	while (at < end)
	{
		int			len = char_length(at, end);

		if (char_is_valid(at, len))
		{
			memcpy(out + n, at, len);
			n += len;
		}
		else
			out[n++] = '*';
		at += len;
	}
	return n;
}

/*
 * ethdata.mask_partial(value text, prefix integer, padding text, suffix integer) -> text
 *		The first "prefix" and the last "suffix" characters of the value, with
 *		"padding" between.  Where that would show more than half of the
 *		characters, the padding alone.  Negative or NULL counts are 0, a NULL
 *		padding is three stars.  Raises nothing; NULL for a NULL value.
 */
Datum
ethdata_mask_partial(PG_FUNCTION_ARGS)
{
	int64		prefix = PG_ARGISNULL(1) ? 0 : Max(PG_GETARG_INT32(1), 0);
	int64		suffix = PG_ARGISNULL(3) ? 0 : Max(PG_GETARG_INT32(3), 0);
	text	   *value;
	text	   *padding;
	text	   *result;
	const char *at;
	const char *end;
	const char *p;
	const char *prefix_end;
	const char *suffix_start;
	int64		chars = 0;
	int64		n;
	Size		padding_len;
	Size		len;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	value = PG_GETARG_TEXT_PP(0);
	padding = PG_ARGISNULL(2) ? cstring_to_text(STARS) : PG_GETARG_TEXT_PP(2);
	padding_len = VARSIZE_ANY_EXHDR(padding);
	at = VARDATA_ANY(value);
	end = at + VARSIZE_ANY_EXHDR(value);

	for (p = at; p < end; p += char_length(p, end))
		chars++;
	if (2 * (prefix + suffix) > chars || prefix + suffix == 0)
		PG_RETURN_TEXT_P(padding);

	for (p = at, n = 0; n < prefix; n++)
		p += char_length(p, end);
	prefix_end = p;
	for (; n < chars - suffix; n++)
		p += char_length(p, end);
	suffix_start = p;

	len = (prefix_end - at) + padding_len + (end - suffix_start);
	if (!AllocSizeIsValid(len + VARHDRSZ))
		PG_RETURN_TEXT_P(padding);

	result = palloc(len + VARHDRSZ);
	len = copy_valid(VARDATA(result), at, prefix_end);
	memcpy(VARDATA(result) + len, VARDATA_ANY(padding), padding_len);
	len += padding_len;
	len += copy_valid(VARDATA(result) + len, suffix_start, end);
	SET_VARSIZE(result, len + VARHDRSZ);

	PG_RETURN_TEXT_P(result);
}

/*
 * is_initial -- is it a letter of an alphabet, in which one letter says little
 * of a name?  Where a character is a syllable or a word, as in Chinese or
 * Korean, the first one may be the whole family name.  The few signs between the
 * letters of these ranges say as little.
 */
static bool
is_initial(const char *at, int len)
{
	static const struct
	{
		pg_wchar	first;
		pg_wchar	last;
	}			alphabets[] =
	{
		{0x00C0, 0x024F},		/* Latin */
		{0x0370, 0x0481},		/* Greek, Cyrillic */
		{0x048A, 0x0556},		/* Cyrillic, Armenian */
		{0x0561, 0x0587},
		{0x05D0, 0x05EA},		/* Hebrew */
		{0x0620, 0x064A},		/* Arabic */
		{0x066E, 0x066F},
		{0x0671, 0x06D3},
		{0x10A0, 0x10FF},		/* Georgian */
		{0x1C90, 0x1CBF},
		{0x1E00, 0x1FFF},		/* Latin, Greek */
	};
	pg_wchar	c;
	int			i;

	if (!char_is_valid(at, len))
		return false;
	if (!IS_HIGHBIT_SET(*at))
		return (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
	if (GetDatabaseEncoding() != PG_UTF8)
		return pg_database_encoding_max_length() == 1;

	c = utf8_to_unicode((const unsigned char *) at);
	for (i = 0; i < (int) lengthof(alphabets); i++)
	{
		if (c >= alphabets[i].first && c <= alphabets[i].last)
			return true;
	}
	return false;
}

static inline bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* put_word -- the initial of the word, when it may be shown, and stars; the number of bytes. */
static int
put_word(char *out, const char *at, const char *end)
{
	const char *p;
	int			chars = 0;
	int			len = char_length(at, end);

	for (p = at; p < end && chars < NAME_MIN_CHARS; p += char_length(p, end))
		chars++;
	if (chars < NAME_MIN_CHARS || !is_initial(at, len))
		len = 0;
	memcpy(out, at, len);
	memcpy(out + len, STARS, strlen(STARS));
	return len + strlen(STARS);
}

/*
 * ethdata.mask_name(value text) -> text
 *		The initials of the first and of the last word, each when the word has
 *		at least three characters and begins with a letter of an alphabet.  The
 *		result is always two words, whatever the value is, so that it tells
 *		nothing of how many words there are.  Raises nothing; NULL for NULL.
 */
Datum
ethdata_mask_name(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *at = VARDATA_ANY(value);
	const char *end = at + VARSIZE_ANY_EXHDR(value);
	const char *first_end;
	const char *last;
	char		result[2 * (MAX_MULTIBYTE_CHAR_LEN + sizeof(STARS))];
	int			len;

	while (at < end && is_space(*at))
		at++;
	while (end > at && is_space(end[-1]))
		end--;
	for (first_end = at; first_end < end && !is_space(*first_end); first_end++)
		;
	/* no server encoding has ASCII bytes inside a character */
	for (last = end; last > first_end && !is_space(last[-1]); last--)
		;

	len = put_word(result, at, first_end);
	result[len++] = ' ';
	len += put_word(result + len, last, end);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(result, len));
}
