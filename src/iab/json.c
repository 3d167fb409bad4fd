/*
 * json.c
 *		Members of the documents that consent strings are cast to.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "iab/iab.h"

/* More vendors than these in one list are written as ranges. */
#define MOST_IDS 4000

static void
push_text(JsonbParseState **state, JsonbIteratorToken token, const char *text, int length)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = length;
	pushJsonbValue(state, token, &value);
}

static void
push_int(JsonbParseState **state, JsonbIteratorToken token, int64 number)
{
	JsonbValue	value;

	value.type = jbvNumeric;
	value.val.numeric = int64_to_numeric(number);
	pushJsonbValue(state, token, &value);
}

/* A key of the object, or, where key is NULL, the next element of an array. */
static JsonbIteratorToken
push_key(JsonbParseState **state, const char *key)
{
	if (key == NULL)
		return WJB_ELEM;
	eth_json_key(state, key);
	return WJB_VALUE;
}

void
eth_json_key(JsonbParseState **state, const char *key)
{
	push_text(state, WJB_KEY, key, (int) strlen(key));
}

void
eth_json_null(JsonbParseState **state, const char *key)
{
	JsonbValue	value;
	JsonbIteratorToken token = push_key(state, key);

	value.type = jbvNull;
	pushJsonbValue(state, token, &value);
}

void
eth_json_int(JsonbParseState **state, const char *key, int64 number)
{
	JsonbIteratorToken token = push_key(state, key);

	push_int(state, token, number);
}

void
eth_json_bool(JsonbParseState **state, const char *key, bool truth)
{
	JsonbValue	value;
	JsonbIteratorToken token = push_key(state, key);

	value.type = jbvBool;
	value.val.boolean = truth;
	pushJsonbValue(state, token, &value);
}

/* The text must live as long as the document is built. */
void
eth_json_text(JsonbParseState **state, const char *key, const char *text, int length)
{
	JsonbIteratorToken token = push_key(state, key);

	push_text(state, token, text, length);
}

void
eth_json_open(JsonbParseState **state, const char *key, JsonbIteratorToken what)
{
	if (key != NULL)
		eth_json_key(state, key);
	pushJsonbValue(state, what, NULL);
}

void
eth_json_close(JsonbParseState **state, JsonbIteratorToken what)
{
	pushJsonbValue(state, what == ETH_ARRAY ? WJB_END_ARRAY : WJB_END_OBJECT, NULL);
}

/* As the reference libraries print a time: UTC with milliseconds. */
void
eth_json_time(JsonbParseState **state, const char *key, uint64 deciseconds)
{
	struct pg_tm tm;
	fsec_t		fraction;
	char	   *text;

	if (timestamp2tm(eth_tc_time(deciseconds), NULL, &tm, &fraction, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	text = psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year, tm.tm_mon, tm.tm_mday,
					tm.tm_hour, tm.tm_min, tm.tm_sec, (int) (fraction / 1000));
	eth_json_text(state, key, text, (int) strlen(text));
}

/* The numbers, from 1, of the bits that are set. */
void
eth_json_flags(JsonbParseState **state, const char *key, const EthBits *bits, uint32 pos, int n)
{
	int			i;

	eth_json_open(state, key, ETH_ARRAY);
	for (i = 0; i < n; i++)
		if (eth_bits_test(bits, pos + i))
			push_int(state, WJB_ELEM, i + 1);
	eth_json_close(state, ETH_ARRAY);
}

/*
 * A list of ids under the key, or, of more than MOST_IDS or more than is left of
 * the document's budget, of [from, to] under the key with "Ranges" behind it: a
 * few bytes of a string can claim all vendors many times over.
 */
void
eth_json_vendors(JsonbParseState **state, const char *key, const EthVendorRuns *runs, int *budget)
{
	int			ids = eth_runs_ids(runs);
	bool		ranges = ids > MOST_IDS || ids > *budget;
	int			i;
	int			id;

	if (!ranges)
		*budget -= ids;
	eth_json_open(state, ranges ? psprintf("%sRanges", key) : key, ETH_ARRAY);
	for (i = 0; i < runs->n; i++)
	{
		if (ranges)
		{
			eth_json_open(state, NULL, ETH_ARRAY);
			push_int(state, WJB_ELEM, runs->run[i].from);
			push_int(state, WJB_ELEM, runs->run[i].to);
			eth_json_close(state, ETH_ARRAY);
		}
		else
		{
			for (id = runs->run[i].from; id <= runs->run[i].to; id++)
				push_int(state, WJB_ELEM, id);
		}
	}
	eth_json_close(state, ETH_ARRAY);
}

/* Two letters of six bits each; the buffer has three bytes. */
char *
eth_iab_letters(uint64 letters, char *buffer)
{
	buffer[0] = (char) ('A' + (letters >> 6));
	buffer[1] = (char) ('A' + (letters & 63));
	buffer[2] = '\0';
	return buffer;
}
