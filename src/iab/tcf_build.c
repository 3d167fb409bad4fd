/*
 * tcf_build.c
 *		tc_build(): a TC string, version 2, from the document that the cast to jsonb
 *		makes of one.
 *
 * Segments are written as IAB Europe wants them, core, disclosed vendors, then the
 * others; each is filled up to a multiple of 24 bits, and a set of vendors is a bit
 * field or ranges, whichever is shorter.  Keys that are absent are zero, empty or,
 * of segments, not there; isServiceSpecific is true and tcfPolicyVersion 5 unless
 * the document says otherwise, for anything else is invalid today.  The result went
 * through the parser like any other string.
 *
 * Errors: 22023 for what a string cannot hold, by key; 54000 too long.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "iab/iab.h"

#define EPOCH_DECISECONDS INT64CONST(9466848000)
#define USECS_PER_DECISECOND 100000
#define SEGMENT_BITS 24			/* segments are multiples of so many */

typedef struct EthBitWriter
{
	StringInfoData bytes;
	uint32		nbits;
} EthBitWriter;

/* A number of n bits, n <= 36, the highest first. */
static void
put_bits(EthBitWriter *writer, uint64 number, int n)
{
	while (n-- > 0)
	{
		if (writer->nbits % 8 == 0)
			appendStringInfoChar(&writer->bytes, '\0');
		if (number >> n & 1)
			writer->bytes.data[writer->bytes.len - 1] |= 1 << (7 - writer->nbits % 8);
		writer->nbits++;
	}
}

static void
begin_segment(EthBitWriter *writer)
{
	initStringInfo(&writer->bytes);
	writer->nbits = 0;
}

/* Appends the segment's text. */
static void
end_segment(EthBitWriter *writer, StringInfo text)
{
	uint32		chars;

	while (writer->nbits % SEGMENT_BITS != 0)
		put_bits(writer, 0, 1);
	chars = writer->nbits / 6;
	if (text->len > 0)
		appendStringInfoChar(text, '.');
	enlargeStringInfo(text, (int) chars);
	eth_bits_encode((const uint8 *) writer->bytes.data, chars, text->data + text->len);
	text->len += (int) chars;
	text->data[text->len] = '\0';
	pfree(writer->bytes.data);
}

/* ---- reading the document */

static void
bad_value(const char *key, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a TC string cannot be built: \"%s\" is not %s", key, what)));
}

/* NULL when the key is absent or null. */
static JsonbValue *
member(JsonbContainer *object, const char *key)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, key, (int) strlen(key), NULL);

	return value == NULL || value->type == jbvNull ? NULL : value;
}

static int64
number_of(const JsonbValue *value, const char *key, int64 least, int64 most)
{
	Datum		number;
	char		what[64];

	snprintf(what, sizeof(what), "a whole number from " INT64_FORMAT " to " INT64_FORMAT, least, most);
	if (value->type != jbvNumeric)
		bad_value(key, what);
	number = NumericGetDatum(value->val.numeric);
	if (DatumGetBool(DirectFunctionCall2(numeric_lt, number, NumericGetDatum(int64_to_numeric(least)))) ||
		DatumGetBool(DirectFunctionCall2(numeric_gt, number, NumericGetDatum(int64_to_numeric(most)))) ||
		DatumGetBool(DirectFunctionCall2(numeric_ne, number,
										 DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(0)))))
		bad_value(key, what);
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
}

static void
put_number(EthBitWriter *writer, JsonbContainer *object, const char *key, int n, int64 absent)
{
	JsonbValue *value = member(object, key);

	put_bits(writer, value == NULL ? absent : number_of(value, key, 0, (INT64CONST(1) << n) - 1), n);
}

static void
put_truth(EthBitWriter *writer, JsonbContainer *object, const char *key, bool absent)
{
	JsonbValue *value = member(object, key);

	if (value != NULL && value->type != jbvBool)
		bad_value(key, "true or false");
	put_bits(writer, value == NULL ? absent : value->val.boolean, 1);
}

static void
put_letters(EthBitWriter *writer, JsonbContainer *object, const char *key, const char *absent)
{
	JsonbValue *value = member(object, key);
	const char *letters = absent;
	int			i;

	if (value != NULL)
	{
		if (value->type != jbvString || value->val.string.len != 2)
			bad_value(key, "two letters");
		letters = value->val.string.val;
	}
	for (i = 0; i < 2; i++)
	{
		char		letter = pg_ascii_toupper((unsigned char) letters[i]);

		if (letter < 'A' || letter > 'Z')
			bad_value(key, "two letters");
		put_bits(writer, letter - 'A', 6);
	}
}

/* Times are text that timestamptz takes, and whole deciseconds since 1970. */
static void
put_time(EthBitWriter *writer, JsonbContainer *object, const char *key, const char *other)
{
	JsonbValue *value = member(object, key);
	int64		deciseconds;
	TimestampTz time;

	if (value == NULL)
		value = member(object, other);
	if (value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a TC string cannot be built: \"%s\" is missing", key)));
	if (value->type != jbvString)
		bad_value(key, "a time");
	time = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in,
												   CStringGetDatum(pnstrdup(value->val.string.val, value->val.string.len)),
												   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	if (TIMESTAMP_NOT_FINITE(time))
		bad_value(key, "a finite time");
	deciseconds = time / USECS_PER_DECISECOND + EPOCH_DECISECONDS;
	if (deciseconds < 0 || deciseconds >= INT64CONST(1) << 36 || time % USECS_PER_DECISECOND != 0)
		bad_value(key, "a whole number of tenths of a second after 1970 that has 36 bits");
	put_bits(writer, deciseconds, 36);
}

static JsonbContainer *
array_of(const JsonbValue *value, const char *key)
{
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		bad_value(key, "a list");
	return value->val.binary.data;
}

/* A list of numbers from 1 to n, as n bits. */
static void
put_flags(EthBitWriter *writer, JsonbContainer *object, const char *key, int n)
{
	JsonbValue *value = member(object, key);
	uint64		bits = 0;

	if (value != NULL)
	{
		JsonbIterator *it = JsonbIteratorInit(array_of(value, key));
		JsonbIteratorToken token;
		JsonbValue	element;

		while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
			if (token == WJB_ELEM)
				bits |= UINT64CONST(1) << (n - number_of(&element, key, 1, n));
	}
	/* in two halves, for put_bits() takes what 36 bits hold */
	if (n > 32)
		put_bits(writer, bits >> 32, n - 32);
	put_bits(writer, bits & PG_UINT32_MAX, Min(n, 32));
}

/* [from, to] */
static EthVendorRun
pair_of(const JsonbValue *value, const char *key)
{
	JsonbContainer *pair = array_of(value, key);
	int64		bound[2];
	EthVendorRun run;
	int			i;

	for (i = 0; i < 2; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(pair, i);

		if (element == NULL || JsonContainerSize(pair) != 2)
			bad_value(key, "a list of [from, to]");
		bound[i] = number_of(element, key, 1, ETH_MAX_VENDOR);
	}
	if (bound[1] < bound[0])
		bad_value(key, "a list of [from, to] in order");
	run.from = (uint16) bound[0];
	run.to = (uint16) bound[1];
	return run;
}

/*
 * Vendors under the key, and under the key with "Ranges" behind it; false when
 * neither is there.
 */
static bool
read_vendors(JsonbContainer *object, const char *key, EthVendorRuns *runs)
{
	char	   *ranges_key = psprintf("%sRanges", key);
	JsonbValue *list[2];
	int			which;

	list[0] = member(object, key);
	list[1] = member(object, ranges_key);
	runs->n = 0;
	runs->run = NULL;
	for (which = 0; which < 2; which++)
	{
		JsonbContainer *array;
		uint32		i;
		uint32		n;

		if (list[which] == NULL)
			continue;
		array = array_of(list[which], which == 0 ? key : ranges_key);
		n = JsonContainerSize(array);
		runs->run = runs->run == NULL ? palloc(sizeof(EthVendorRun) * (n + 1)) :
			repalloc(runs->run, sizeof(EthVendorRun) * (runs->n + n + 1));
		for (i = 0; i < n; i++)
		{
			JsonbValue *element = getIthJsonbValueFromContainer(array, i);
			EthVendorRun *run = &runs->run[runs->n++];

			if (which == 1)
				*run = pair_of(element, ranges_key);
			else
				run->from = run->to = (uint16) number_of(element, key, 1, ETH_MAX_VENDOR);
		}
	}
	if (list[0] == NULL && list[1] == NULL)
		return false;
	eth_runs_sort(runs);
	return true;
}

/* ---- writing vendors */

#define MOST_ENTRIES 4095

static uint32
entries_bits(const EthVendorRuns *runs)
{
	uint32		bits = 0;
	int			i;

	for (i = 0; i < runs->n; i++)
		bits += runs->run[i].from == runs->run[i].to ? 17 : 33;
	return bits;
}

static void
put_entries(EthBitWriter *writer, const EthVendorRun *run, int n)
{
	int			i;

	put_bits(writer, n, 12);
	for (i = 0; i < n; i++)
	{
		put_bits(writer, run[i].from != run[i].to, 1);
		put_bits(writer, run[i].from, 16);
		if (run[i].from != run[i].to)
			put_bits(writer, run[i].to, 16);
	}
}

static void
put_vendors(EthBitWriter *writer, const EthVendorRuns *runs)
{
	uint32		max = runs->n > 0 ? runs->run[runs->n - 1].to : 0;
	uint32		next = 1;
	int			i;

	put_bits(writer, max, 16);
	if (runs->n <= MOST_ENTRIES && 12 + entries_bits(runs) < max)
	{
		put_bits(writer, 1, 1);
		put_entries(writer, runs->run, runs->n);
		return;
	}
	put_bits(writer, 0, 1);
	for (i = 0; i < runs->n; i++)
	{
		for (; next < runs->run[i].from; next++)
			put_bits(writer, 0, 1);
		for (; next <= runs->run[i].to; next++)
			put_bits(writer, 1, 1);
	}
}

static void
put_restrictions(EthBitWriter *writer, JsonbContainer *object)
{
	static const char *const key = "publisherRestrictions";
	JsonbValue *value = member(object, key);
	JsonbContainer *array;
	EthBitWriter entries;
	uint32		n;
	uint32		i;
	int			written = 0;

	if (value == NULL)
	{
		put_bits(writer, 0, 12);
		return;
	}
	array = array_of(value, key);
	n = JsonContainerSize(array);
	begin_segment(&entries);
	for (i = 0; i < n; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(array, i);
		JsonbValue *purpose;
		JsonbValue *type;
		EthVendorRuns runs;
		int			done;

		if (element->type != jbvBinary || !JsonContainerIsObject(element->val.binary.data))
			bad_value(key, "a list of objects");
		purpose = member(element->val.binary.data, "purposeId");
		type = member(element->val.binary.data, "restrictionType");
		if (purpose == NULL || type == NULL || !read_vendors(element->val.binary.data, "vendors", &runs))
			bad_value(key, "a list of objects with purposeId, restrictionType and vendors");
		/* more runs than one entry can number go on in another */
		for (done = 0; done < runs.n; done += MOST_ENTRIES)
		{
			put_bits(&entries, number_of(purpose, "purposeId", 1, 63), 6);
			put_bits(&entries, number_of(type, "restrictionType", ETH_TC_NOT_ALLOWED, ETH_TC_REQUIRE_LI), 2);
			put_entries(&entries, runs.run + done, Min(runs.n - done, MOST_ENTRIES));
			written++;
		}
	}
	if (written > MOST_ENTRIES)
		bad_value(key, "a list of at most 4095");
	put_bits(writer, written, 12);
	for (i = 0; i < entries.nbits; i++)
		put_bits(writer, entries.bytes.data[i / 8] >> (7 - i % 8) & 1, 1);
	pfree(entries.bytes.data);
}

static void
put_core(StringInfo text, JsonbContainer *object)
{
	EthBitWriter writer;
	EthVendorRuns runs;

	begin_segment(&writer);
	put_bits(&writer, 2, 6);
	put_time(&writer, object, "created", "lastUpdated");
	put_time(&writer, object, "lastUpdated", "created");
	put_number(&writer, object, "cmpId", 12, 0);
	put_number(&writer, object, "cmpVersion", 12, 0);
	put_number(&writer, object, "consentScreen", 6, 0);
	put_letters(&writer, object, "consentLanguage", "EN");
	put_number(&writer, object, "vendorListVersion", 12, 0);
	put_number(&writer, object, "tcfPolicyVersion", 6, 5);
	put_truth(&writer, object, "isServiceSpecific", true);
	put_truth(&writer, object, "useNonStandardTexts", false);
	put_flags(&writer, object, "specialFeatureOptins", 12);
	put_flags(&writer, object, "purposeConsents", 24);
	put_flags(&writer, object, "purposeLI", 24);
	put_truth(&writer, object, "purposeOneTreatment", false);
	put_letters(&writer, object, "publisherCC", "AA");
	(void) read_vendors(object, "vendorConsents", &runs);
	put_vendors(&writer, &runs);
	(void) read_vendors(object, "vendorLI", &runs);
	put_vendors(&writer, &runs);
	put_restrictions(&writer, object);
	end_segment(&writer, text);
}

/* A segment of vendors, where the document has them. */
static void
put_segment(StringInfo text, JsonbContainer *object, const char *key, EthTcSegmentType type)
{
	EthBitWriter writer;
	EthVendorRuns runs;

	if (!read_vendors(object, key, &runs))
		return;
	begin_segment(&writer);
	put_bits(&writer, type, 3);
	put_vendors(&writer, &runs);
	end_segment(&writer, text);
}

static void
put_publisher(StringInfo text, JsonbContainer *object)
{
	static const char *const key = "publisherTC";
	JsonbValue *value = member(object, key);
	JsonbValue *count;
	EthBitWriter writer;
	int			custom;

	if (value == NULL)
		return;
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		bad_value(key, "an object");
	object = value->val.binary.data;
	count = member(object, "numCustomPurposes");
	custom = count == NULL ? 0 : (int) number_of(count, "numCustomPurposes", 0, 63);
	begin_segment(&writer);
	put_bits(&writer, ETH_TC_PUBLISHER, 3);
	put_flags(&writer, object, "purposeConsents", 24);
	put_flags(&writer, object, "purposeLI", 24);
	put_bits(&writer, custom, 6);
	put_flags(&writer, object, "customConsents", custom);
	put_flags(&writer, object, "customLI", custom);
	end_segment(&writer, text);
}

PG_FUNCTION_INFO_V1(ethdata_tc_build);

/*
 * tc_build(fields)
 */
Datum
ethdata_tc_build(PG_FUNCTION_ARGS)
{
	Jsonb	   *document = PG_GETARG_JSONB_P(0);
	JsonbContainer *object = &document->root;
	JsonbValue *version;
	StringInfoData text;
	EthIabError error;
	struct varlena *value;

	if (!JB_ROOT_IS_OBJECT(document))
		bad_value("fields", "an object");
	version = member(object, "version");
	if (version != NULL)
		(void) number_of(version, "version", 2, 2);
	initStringInfo(&text);
	put_core(&text, object);
	put_segment(&text, object, "vendorsDisclosed", ETH_TC_DISCLOSED);
	put_segment(&text, object, "vendorsAllowed", ETH_TC_ALLOWED);
	put_publisher(&text, object);
	value = eth_tc_value(text.data, text.len, &error);
	if (value == NULL)
		ereport(ERROR,
				(errcode(error.fault == ETH_IAB_TOO_LONG ? ERRCODE_PROGRAM_LIMIT_EXCEEDED :
						 ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a TC string cannot be built"),
				 errdetail("%s", error.detail)));
	PG_RETURN_POINTER(value);
}
