/*
 * place.c
 *		Masks for where somebody lives: mask_postcode(), mask_address().
 *
 * Both show something only of a value that is built as they expect, and the result
 * does not tell how long the rest was.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "mask/internal.h"

PG_FUNCTION_INFO_V1(ethdata_mask_postcode);
PG_FUNCTION_INFO_V1(ethdata_mask_address);

#define STARS "***"

/* Letters and digits of a postcode, country letters counted; the longest in use have 10. */
#define POSTCODE_MIN_CHARS 4
#define POSTCODE_MAX_CHARS 10
#define POSTCODE_MAX_BYTES 16

/* So many are shown at most, and so many are hidden at least. */
#define POSTCODE_MAX_KEEP 4
#define POSTCODE_MIN_HIDDEN 2

#define ADDRESS_MAX_BYTES 1024
#define TOWN_MIN_BYTES 2
#define TOWN_MAX_BYTES 40
#define TOWN_MAX_WORDS 3

/*
 * Words of streets and houses, and of what stands before a person's name.  In a
 * last part that has one it is not the town that stands there.
 */
static const char *const street_words[] = {
	"st", "street", "rd", "road", "ln", "lane", "ave", "avenue", "av", "way", "drive", "dr", "close", "court", "ct", "square", "sq",
	"place", "pl", "terrace", "crescent", "gardens", "house", "cottage", "farm", "barn", "lodge", "hall", "manor", "rectory",
	"vicarage", "flat", "apartment", "apt", "unit", "suite", "floor", "box", "co", "mr", "mrs", "ms",
	"str", "strasse", "weg", "gasse", "allee", "platz", "ring", "damm", "ufer", "hof", "haus", "wohnung", "stock", "herr", "frau", "familie",
	"rue", "chemin", "impasse", "boulevard", "quai", "chez", "appartement", "etage", "monsieur", "madame",
	"calle", "avenida", "plaza", "paseo", "camino", "piso", "puerta", "don", "via", "viale", "piazza"
};

/* Ends of words that streets have where they are written in one. */
static const char *const street_ends[] = {
	"strasse", "stra\303\237e", "stra\337e", "str.", "weg", "gasse", "allee", "platz", "straat", "laan", "plein", "gatan", "vej"
};

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
eth_mask_keep_is_good(int32 keep)
{
	return keep >= 0 && keep <= POSTCODE_MAX_KEEP;
}

/* read_postcode -- its letters and digits; how many, or -1 when it is none. */
static int
read_postcode(const char *at, int len, char *out)
{
	bool		digits = false;
	int			n = 0;
	int			i;

	for (i = 0; i < len; i++)
	{
		/* one blank or hyphen, and never at an end */
		if ((at[i] == ' ' || at[i] == '-') && i > 0 && i < len - 1 && at[i - 1] != ' ' && at[i - 1] != '-')
			continue;
		if (!(is_digit(at[i]) || is_letter(at[i])) || n == POSTCODE_MAX_CHARS)
			return -1;
		digits = digits || is_digit(at[i]);
		out[n++] = (char) pg_ascii_toupper((unsigned char) at[i]);
	}
	return digits && n >= POSTCODE_MIN_CHARS ? n : -1;
}

/*
 * ethdata.mask_postcode(value text, keep integer) -> text
 *		The first letters and digits (0 to 4) and three stars; the stars alone
 *		when it is no postcode or fewer than two would be hidden.  NULL for NULL
 *		and for another number.  Raises nothing.
 */
Datum
ethdata_mask_postcode(PG_FUNCTION_ARGS)
{
	int32		keep = PG_GETARG_INT32(1);
	char		chars[POSTCODE_MAX_CHARS];
	char		result[POSTCODE_MAX_KEEP + sizeof(STARS)];
	text	   *value;
	int			n;

	if (!eth_mask_keep_is_good(keep))
		PG_RETURN_NULL();
	if (toast_raw_datum_size(PG_GETARG_DATUM(0)) > POSTCODE_MAX_BYTES + VARHDRSZ)
		PG_RETURN_TEXT_P(cstring_to_text(STARS));
	value = PG_GETARG_TEXT_PP(0);
	n = read_postcode(VARDATA_ANY(value), (int) VARSIZE_ANY_EXHDR(value), chars);
	if (n < keep + POSTCODE_MIN_HIDDEN)
		keep = 0;
	if (keep > 0)
		memcpy(result, chars, keep);
	memcpy(result + keep, STARS, sizeof(STARS));
	PG_RETURN_TEXT_P(cstring_to_text(result));
}

/* is_street_word -- a word of ASCII letters, in any case, or one with such an end. */
static bool
is_street_word(const char *word, int len)
{
	size_t		i;

	for (i = 0; i < lengthof(street_words); i++)
	{
		/* a dot may follow: "St.", "Str." */
		int			n = len > 0 && word[len - 1] == '.' ? len - 1 : len;

		if (n == (int) strlen(street_words[i]) && pg_strncasecmp(word, street_words[i], n) == 0)
			return true;
	}
	for (i = 0; i < lengthof(street_ends); i++)
	{
		int			n = (int) strlen(street_ends[i]);

		if (len >= n && pg_strncasecmp(word + len - n, street_ends[i], n) == 0)
			return true;
	}
	return false;
}

/*
 * letter_length -- bytes of the letter at "at"; 0 when it is none, or none of an
 * alphabet known here: Latin, Greek, Cyrillic.  Digits of other scripts are none.
 */
static int
letter_length(const char *at, const char *end)
{
	const unsigned char *bytes = (const unsigned char *) at;
	pg_wchar	c;

	if (is_letter(*at))
		return 1;
	if (!IS_HIGHBIT_SET(*at))
		return 0;
	switch (GetDatabaseEncoding())
	{
		case PG_UTF8:
			if ((bytes[0] & 0xE0) != 0xC0 || end - at < 2)
				return 0;
			c = utf8_to_unicode(bytes);
			return (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7) ||
				(c >= 0x386 && c <= 0x3FF && c != 0x387 && c != 0x3F6) ||
				(c >= 0x400 && c <= 0x481) || (c >= 0x48A && c <= 0x52F) ? 2 : 0;
		case PG_LATIN1:
		case PG_LATIN9:
		case PG_WIN1252:
			return bytes[0] >= 0xC0 && bytes[0] != 0xD7 && bytes[0] != 0xF7 ? 1 : 0;
		default:
			return 0;
	}
}

/* is_town -- up to three words of letters, none of which is a street's. */
static bool
is_town(const char *at, int len)
{
	int			words = 0;
	int			start = 0;
	int			n;
	int			i;

	if (len < TOWN_MIN_BYTES || len > TOWN_MAX_BYTES || !pg_verify_mbstr(GetDatabaseEncoding(), at, len, true))
		return false;
	for (i = 0; i <= len; i += n)
	{
		n = 1;
		if (i == len || at[i] == ' ' || at[i] == '-' || at[i] == '\'')
		{
			if (i > start && is_street_word(at + start, i - start))
				return false;
			if (i == len || at[i] == ' ')
				words++;
			start = i + 1;
		}
		else if (at[i] != '.')
		{
			n = letter_length(at + i, at + len);
			if (n == 0)
				return false;
		}
	}
	return words <= TOWN_MAX_WORDS;
}

/* town_of -- the last part of an address, without blanks around; NULL when it is no town. */
static const char *
town_of(const char *at, int len, int *town_len)
{
	int			comma = -1;
	int			start;
	bool		number = false;
	int			i;

	for (i = 0; i < len; i++)
	{
		if (at[i] == ',')
			comma = i;
	}

	/*
	 * the part before it has the number of the house, or the last part may be
	 * anything
	 */
	for (i = comma - 1; i >= 0 && at[i] != ','; i--)
		number = number || is_digit(at[i]);
	if (!number)
		return NULL;
	start = comma + 1;
	while (start < len && at[start] == ' ')
		start++;
	while (len > start && at[len - 1] == ' ')
		len--;
	*town_len = len - start;
	return is_town(at + start, len - start) ? at + start : NULL;
}

/*
 * ethdata.mask_address(value text) -> text
 *		Three stars and, where the last part is clearly a town, that.  NULL for
 *		NULL.  Raises nothing.
 */
Datum
ethdata_mask_address(PG_FUNCTION_ARGS)
{
	text	   *value;
	const char *town;
	int			len;

	if (toast_raw_datum_size(PG_GETARG_DATUM(0)) > ADDRESS_MAX_BYTES + VARHDRSZ)
		PG_RETURN_TEXT_P(cstring_to_text(STARS));
	value = PG_GETARG_TEXT_PP(0);
	town = town_of(VARDATA_ANY(value), (int) VARSIZE_ANY_EXHDR(value), &len);
	if (town == NULL)
		PG_RETURN_TEXT_P(cstring_to_text(STARS));
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("%s, %.*s", STARS, len, town)));
}
