/*
 * fake.c
 *		Masks that look real: mask_fake_first_name(), mask_fake_city() and others.
 *
 * Words are chosen by a keyed hash of the value, so equal values have equal fakes
 * and nobody without the key can try values: fakes are keyed masks (keyed.c).
 * The value decides nothing else, its length, alphabet and emptiness least of all.
 * Each mask has a label of its own, so the city says nothing about the name that
 * another mask makes of the same value.
 *
 * There are far fewer fakes than values: different values often share one.
 *
 * The words (fake_*.c) are UTF-8 with no letters but those of ISO 8859-1.  In a
 * database of another encoding than these accents are left off, so that no
 * conversion can fail.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "mask/fake.h"
#include "mask/internal.h"

PG_FUNCTION_INFO_V1(ethdata_mask_fake_first_name);
PG_FUNCTION_INFO_V1(ethdata_mask_fake_last_name);
PG_FUNCTION_INFO_V1(ethdata_mask_fake_full_name);
PG_FUNCTION_INFO_V1(ethdata_mask_fake_street);
PG_FUNCTION_INFO_V1(ethdata_mask_fake_city);
PG_FUNCTION_INFO_V1(ethdata_mask_fake_company);
PG_FUNCTION_INFO_V1(ethdata_mask_fake_email);

#define STREET_MAX_NUMBER 120
#define EMAIL_MAX_NUMBER 999

/* RFC 2606: nobody's */
static const char *const domains[] = {"example.com", "example.net", "example.org"};

static const EthFakeLocale *const locales[] = {&eth_fake_en, &eth_fake_de, &eth_fake_fr, &eth_fake_es};

/* The letters of ISO 8859-1 from 0xC0 on, without accents. */
static const char *const letters[] = {
	"A", "A", "A", "A", "Ae", "A", "Ae", "C", "E", "E", "E", "E", "I", "I", "I", "I",
	"D", "N", "O", "O", "O", "O", "Oe", "", "O", "U", "U", "U", "Ue", "Y", "Th", "ss",
	"a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
	"d", "n", "o", "o", "o", "o", "oe", "", "o", "u", "u", "u", "ue", "y", "th", "y"
};

/* The choices that a value makes. */
typedef struct Draw
{
	const EthFakeLocale *locale;
	uint64		numbers[ETH_MASK_KEYED_NUMBERS];
} Draw;

static const EthFakeLocale *
locale_by_code(const struct varlena *code)
{
	size_t		i;

	for (i = 0; i < lengthof(locales); i++)
	{
		if (VARSIZE_ANY_EXHDR(code) == strlen(locales[i]->code) &&
			memcmp(VARDATA_ANY(code), locales[i]->code, strlen(locales[i]->code)) == 0)
			return locales[i];
	}
	return NULL;
}

bool
eth_mask_locale_is_known(const struct varlena *code)
{
	return locale_by_code(code) != NULL;
}

/* draw -- false when the mask is NULL: without value, locale or key, or for a locale that is not known. */
static bool
draw(FunctionCallInfo fcinfo, const char *label, Draw *result)
{
	int			first = ETH_KEYED_ARG(2);
	text	   *value;

	if (PG_ARGISNULL(first) || PG_ARGISNULL(first + 1))
		return false;
	result->locale = locale_by_code(PG_GETARG_TEXT_PP(first + 1));
	if (result->locale == NULL)
		return false;
	value = PG_GETARG_TEXT_PP(first);
	return eth_mask_keyed_numbers(label, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), result->numbers);
}

static const char *
pick(const EthFakeList *list, uint64 number)
{
	return list->words[number % (uint64) list->n];
}

/* without_accents -- appends the words in ASCII. */
static void
without_accents(StringInfo out, const char *words)
{
	const unsigned char *at;

	for (at = (const unsigned char *) words; *at != '\0'; at++)
	{
		if (!IS_HIGHBIT_SET(*at))
			appendStringInfoChar(out, (char) *at);
		else if (at[0] == 0xC3 && (at[1] & 0xC0) == 0x80)
		{
			appendStringInfoString(out, letters[at[1] & 0x3F]);
			at++;
		}
	}
}

/* result_text -- the words as a text of the database's encoding. */
static Datum
result_text(const char *words)
{
	StringInfoData out;
	const unsigned char *at;

	switch (GetDatabaseEncoding())
	{
		case PG_UTF8:
			return CStringGetTextDatum(words);

			/* these have the letters of ISO 8859-1 where it has them */
		case PG_LATIN1:
		case PG_LATIN9:
		case PG_WIN1252:
			initStringInfo(&out);
			for (at = (const unsigned char *) words; *at != '\0'; at++)
			{
				if (*at == 0xC3 && at[1] != '\0')
				{
					at++;
					appendStringInfoChar(&out, (char) (*at | 0x40));
				}
				else
					appendStringInfoChar(&out, (char) *at);
			}
			break;
		default:
			initStringInfo(&out);
			without_accents(&out, words);
	}
	return PointerGetDatum(cstring_to_text_with_len(out.data, out.len));
}

/*
 * ethdata.mask_fake_first_name(value text, locale text) -> text
 * ethdata.mask_fake_last_name(value text, locale text) -> text
 *		A name.  NULL for NULL, for a locale that is not known and when there is
 *		no key.  Raises nothing.  This one C function is the twin's, too, and so
 *		it is with all below.
 */
Datum
ethdata_mask_fake_first_name(PG_FUNCTION_ARGS)
{
	Draw		drawn;

	if (!draw(fcinfo, "fake_first_name", &drawn))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result_text(pick(&drawn.locale->first_names, drawn.numbers[0])));
}

Datum
ethdata_mask_fake_last_name(PG_FUNCTION_ARGS)
{
	Draw		drawn;

	if (!draw(fcinfo, "fake_last_name", &drawn))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result_text(pick(&drawn.locale->last_names, drawn.numbers[0])));
}

/* ethdata.mask_fake_full_name(value text, locale text) -> text: first and last name, likewise. */
Datum
ethdata_mask_fake_full_name(PG_FUNCTION_ARGS)
{
	Draw		drawn;

	if (!draw(fcinfo, "fake_full_name", &drawn))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result_text(psprintf("%s %s",
										 pick(&drawn.locale->first_names, drawn.numbers[0]),
										 pick(&drawn.locale->last_names, drawn.numbers[1]))));
}

/* ethdata.mask_fake_street(value text, locale text) -> text: street and number, likewise. */
Datum
ethdata_mask_fake_street(PG_FUNCTION_ARGS)
{
	Draw		drawn;
	const char *street;
	int			number;

	if (!draw(fcinfo, "fake_street", &drawn))
		PG_RETURN_NULL();
	street = pick(&drawn.locale->streets, drawn.numbers[0]);
	number = (int) (drawn.numbers[1] % STREET_MAX_NUMBER) + 1;
	PG_RETURN_DATUM(result_text(drawn.locale->number_first ? psprintf("%d %s", number, street) :
								psprintf("%s %d", street, number)));
}

/* ethdata.mask_fake_city(value text, locale text) -> text: a town, likewise. */
Datum
ethdata_mask_fake_city(PG_FUNCTION_ARGS)
{
	Draw		drawn;

	if (!draw(fcinfo, "fake_city", &drawn))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result_text(pick(&drawn.locale->cities, drawn.numbers[0])));
}

/* ethdata.mask_fake_company(value text, locale text) -> text: two last names and a legal form, likewise. */
Datum
ethdata_mask_fake_company(PG_FUNCTION_ARGS)
{
	Draw		drawn;

	if (!draw(fcinfo, "fake_company", &drawn))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result_text(psprintf("%s%s%s %s",
										 pick(&drawn.locale->last_names, drawn.numbers[0]),
										 drawn.locale->conjunction,
										 pick(&drawn.locale->last_names, drawn.numbers[1]),
										 pick(&drawn.locale->legal_forms, drawn.numbers[2]))));
}

/* append_local -- what an address may have of a name: its letters, small and without accents. */
static void
append_local(StringInfo out, const char *name)
{
	StringInfoData ascii;
	int			i;

	initStringInfo(&ascii);
	without_accents(&ascii, name);
	for (i = 0; i < ascii.len; i++)
	{
		char		c = (char) pg_ascii_tolower((unsigned char) ascii.data[i]);

		if (c >= 'a' && c <= 'z')
			appendStringInfoChar(out, c);
	}
}

/* ethdata.mask_fake_email(value text, locale text) -> text: an address in a domain of nobody, likewise. */
Datum
ethdata_mask_fake_email(PG_FUNCTION_ARGS)
{
	Draw		drawn;
	StringInfoData out;

	if (!draw(fcinfo, "fake_email", &drawn))
		PG_RETURN_NULL();
	initStringInfo(&out);
	append_local(&out, pick(&drawn.locale->first_names, drawn.numbers[0]));
	appendStringInfoChar(&out, '.');
	append_local(&out, pick(&drawn.locale->last_names, drawn.numbers[1]));
	appendStringInfo(&out, "%d@%s", (int) (drawn.numbers[2] % EMAIL_MAX_NUMBER) + 1,
					 domains[drawn.numbers[3] % lengthof(domains)]);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
