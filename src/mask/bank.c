/*
 * bank.c
 *		Masks for payment data: mask_card(), mask_iban().
 *
 * Each shows something only of a value that proves by its check digits to be
 * what the mask is for; whatever else stands in the column becomes the same
 * fixed text.  The result has one length, so that it tells neither the length
 * of the number (which names the brand of a card) nor its layout.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "mask/mask.h"

PG_FUNCTION_INFO_V1(ethdata_mask_card);
PG_FUNCTION_INFO_V1(ethdata_mask_iban);

/* No number is written in more bytes than this, blanks and hyphens counted. */
#define WRITTEN_MAX_BYTES 64

/* ISO/IEC 7812 */
#define CARD_MIN_DIGITS 12
#define CARD_MAX_DIGITS 19
#define CARD_SHOWN 4
#define CARD_STARS "************"
#define CARD_UNKNOWN CARD_STARS "****"

/* ISO 13616: country, check digits, up to 30 characters; the shortest in use has 15 in all */
#define IBAN_MIN_CHARS 15
#define IBAN_MAX_CHARS 34
#define IBAN_STARS "***"

/*
 * compact_bytes -- the text without blanks and hyphens, at most "max" bytes.
 * Returns how many, or -1 when there are more.
 */
static int
compact_bytes(const char *at, int len, char *out, int max)
{
	int			n = 0;
	int			i;

	if (len > WRITTEN_MAX_BYTES)
		return -1;
	for (i = 0; i < len; i++)
	{
		if (at[i] == ' ' || at[i] == '-')
			continue;
		if (n == max)
			return -1;
		out[n++] = at[i];
	}
	return n;
}

/* compact -- the same of a value; a long one is not even read. */
static int
compact(Datum datum, char *out, int max)
{
	text	   *value;

	if (toast_raw_datum_size(datum) > WRITTEN_MAX_BYTES + VARHDRSZ)
		return -1;
	value = DatumGetTextPP(datum);
	return compact_bytes(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), out, max);
}

/* passes_luhn -- are all of them digits, and is the last one their check digit? */
static bool
passes_luhn(const char *digits, int n)
{
	int			sum = 0;
	int			i;

	for (i = 0; i < n; i++)
	{
		int			digit = digits[n - 1 - i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		if (i % 2 == 1)
			digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	return sum % 10 == 0;
}

/*
 * ethdata.mask_card(value text) -> text
 *		Twelve stars and the last four digits of a card number: 12 to 19 digits
 *		with blanks and hyphens between, the last one the check digit (Luhn).
 *		What is no card number becomes sixteen stars.  Raises nothing; NULL for
 *		NULL.
 */
Datum
ethdata_mask_card(PG_FUNCTION_ARGS)
{
	char		digits[CARD_MAX_DIGITS];
	char		result[sizeof(CARD_STARS) + CARD_SHOWN];
	int			n = compact(PG_GETARG_DATUM(0), digits, CARD_MAX_DIGITS);

	if (n < CARD_MIN_DIGITS || !passes_luhn(digits, n))
		PG_RETURN_TEXT_P(cstring_to_text(CARD_UNKNOWN));

	memcpy(result, CARD_STARS, strlen(CARD_STARS));
	memcpy(result + strlen(CARD_STARS), digits + n - CARD_SHOWN, CARD_SHOWN);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(result, strlen(CARD_STARS) + CARD_SHOWN));
}

/* iban_is_valid -- shape and check digits (ISO 7064, modulo 97); letters are upper case by now. */
static bool
iban_is_valid(const char *iban, int n)
{
	int			check;
	int			remainder = 0;
	int			i;

	if (n < IBAN_MIN_CHARS)
		return false;
	for (i = 0; i < n; i++)
	{
		bool		digit = iban[i] >= '0' && iban[i] <= '9';
		bool		letter = iban[i] >= 'A' && iban[i] <= 'Z';

		if (!(i < 2 ? letter : i < 4 ? digit : digit || letter))
			return false;
	}
	/* 00, 01 and 99 would pass where 97, 98 and 02 are meant */
	check = (iban[2] - '0') * 10 + (iban[3] - '0');
	if (check < 2 || check > 98)
		return false;

	/* the first four characters count as the last ones, a letter as 10 to 35 */
	for (i = 0; i < n; i++)
	{
		char		c = iban[(i + 4) % n];

		if (c <= '9')
			remainder = (remainder * 10 + (c - '0')) % 97;
		else
			remainder = (remainder * 100 + (c - 'A' + 10)) % 97;
	}
	return remainder == 1;
}

static void
to_upper(char *text, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] += 'A' - 'a';
	}
}

/*
 * ethdata.mask_iban(value text) -> text
 *		The country code of an international bank account number whose check
 *		digits are right, and three stars.  What is none becomes three stars.
 *		Raises nothing; NULL for NULL.
 */
Datum
ethdata_mask_iban(PG_FUNCTION_ARGS)
{
	char		iban[IBAN_MAX_CHARS];
	char		result[2 + sizeof(IBAN_STARS)];
	int			n = compact(PG_GETARG_DATUM(0), iban, IBAN_MAX_CHARS);

	to_upper(iban, n);
	if (!iban_is_valid(iban, n))
		PG_RETURN_TEXT_P(cstring_to_text(IBAN_STARS));

	memcpy(result, iban, 2);
	memcpy(result + 2, IBAN_STARS, strlen(IBAN_STARS));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(result, 2 + strlen(IBAN_STARS)));
}

/* For who looks for such numbers.  Pure. */
bool
eth_mask_is_card(const char *text, int len)
{
	char		digits[CARD_MAX_DIGITS];
	int			n = compact_bytes(text, len, digits, CARD_MAX_DIGITS);

	return n >= CARD_MIN_DIGITS && passes_luhn(digits, n);
}

bool
eth_mask_is_iban(const char *text, int len)
{
	char		iban[IBAN_MAX_CHARS];
	int			n = compact_bytes(text, len, iban, IBAN_MAX_CHARS);

	to_upper(iban, n);
	return iban_is_valid(iban, n);
}
