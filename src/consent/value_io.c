/*
 * value_io.c
 *		Text, binary and jsonb forms of the type ethdata.consent.
 *
 * Text is JSON:
 *
 *	{"v":1,"regime":"gdpr","birth_date":"1980-05-01","flags":["restricted"],
 *	 "purposes":{"marketing.email":["given","2028-03-01T00:00Z",["explicit"]]}}
 *
 * "v" must be there, everything else may be missing.  An entry is an array:
 * status; expiry or null; flags.  The second and third may be missing.  No key is
 * there twice.  Dates and times are as output writes them, or ordinary ISO 8601
 * with a zone; nothing relative, nothing that depends on the session.
 *
 * Dump and restore must work in any load order, so input reads no table: the id
 * of a purpose is a hash of its code, and the regimes that are shipped have
 * fixed numbers.  Output prints a purpose's code where this database knows it
 * and "#<id>" where not; other regimes are always "#<number>".  Input takes
 * both.  Output never fails for lack of a table.
 *
 * Binary (network byte order): format, regime, flags, a zero byte; birth date
 * int4; count int2; then per entry id int4 and bits int4.  What arrives is
 * checked whole: format, zero, order, count, status and length.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "consent/consent.h"

typedef struct FlagName
{
	uint8		bit;
	const char *name;
} FlagName;

static const FlagName head_flags[] = {
	{ETH_HEAD_RESTRICTED, "restricted"},
	{ETH_HEAD_HELD, "held"},
	{ETH_HEAD_BLOCKED, "blocked"}
};

static const FlagName entry_flags[] = {
	{ETH_ENTRY_ABSOLUTE, "absolute"},
	{ETH_ENTRY_PENDING, "pending"},
	{ETH_ENTRY_EXPLICIT, "explicit"},
	{ETH_ENTRY_INFORMED, "informed"}
};

#define HEAD_FLAGS_KNOWN (ETH_HEAD_RESTRICTED | ETH_HEAD_HELD | ETH_HEAD_BLOCKED)

/* ---------------------------------------------------------------- output */

static void
append_flags(StringInfo buf, uint8 flags, const FlagName *names, int nnames)
{
	const char *separator = "";
	int			i;

	appendStringInfoChar(buf, '[');
	for (i = 0; i < nnames; i++)
	{
		if (flags & names[i].bit)
		{
			appendStringInfo(buf, "%s\"%s\"", separator, names[i].name);
			separator = ",";
		}
	}
	appendStringInfoChar(buf, ']');
}

static void
append_date(StringInfo buf, DateADT date)
{
	int			year,
				month,
				day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	if (year > 0)
		appendStringInfo(buf, "%04d-%02d-%02d", year, month, day);
	else
		appendStringInfo(buf, "%04d-%02d-%02d BC", 1 - year, month, day);
}

static void
append_hours(StringInfo buf, uint32 hours)
{
	int			year,
				month,
				day;

	j2date((int) (hours / HOURS_PER_DAY) + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	appendStringInfo(buf, "%04d-%02d-%02dT%02d:00Z", year, month, day,
					 (int) (hours % HOURS_PER_DAY));
}

/* Can the purposes of this database be asked now? */
static bool
catalogue_at_hand(void)
{
	return IsTransactionState() && !HistoricSnapshotActive() && eth_core_installed() &&
		OidIsValid(eth_core_relid("purpose", true));
}

static char *
value_to_text(const EthConsent *value)
{
	StringInfoData buf;
	bool		known = value->count > 0 && catalogue_at_hand();
	int			i;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"v\":%d", value->format);
	if (value->regime != ETH_REGIME_UNKNOWN)
	{
		const char *code = eth_consent_regime_shipped_code(value->regime);

		if (code != NULL)
			appendStringInfo(&buf, ",\"regime\":\"%s\"", code);
		else
			appendStringInfo(&buf, ",\"regime\":\"#%d\"", value->regime);
	}
	if (value->birth_date != ETH_BIRTH_UNKNOWN)
	{
		appendStringInfoString(&buf, ",\"birth_date\":\"");
		append_date(&buf, value->birth_date);
		appendStringInfoChar(&buf, '"');
	}
	if (value->flags != 0)
	{
		appendStringInfoString(&buf, ",\"flags\":");
		append_flags(&buf, value->flags, head_flags, lengthof(head_flags));
	}
	appendStringInfoString(&buf, ",\"purposes\":{");
	for (i = 0; i < value->count; i++)
	{
		const EthEntry *entry = &value->entries[i];
		const EthPurpose *purpose = known ? eth_purpose_by_id(entry->id) : NULL;
		uint32		expiry = ETH_ENTRY_EXPIRY(entry);
		uint8		flags = ETH_ENTRY_FLAGS(entry);

		if (i > 0)
			appendStringInfoChar(&buf, ',');
		if (purpose != NULL)
			escape_json(&buf, purpose->code);
		else
			appendStringInfo(&buf, "\"#%d\"", entry->id);
		appendStringInfo(&buf, ":[\"%s\"", eth_consent_status_name(ETH_ENTRY_STATUS(entry)));
		if (expiry != 0)
		{
			appendStringInfoString(&buf, ",\"");
			append_hours(&buf, expiry);
			appendStringInfoChar(&buf, '"');
		}
		else if (flags != 0)
			appendStringInfoString(&buf, ",null");
		if (flags != 0)
		{
			appendStringInfoChar(&buf, ',');
			append_flags(&buf, flags, entry_flags, lengthof(entry_flags));
		}
		appendStringInfoChar(&buf, ']');
	}
	appendStringInfoString(&buf, "}}");
	return buf.data;
}

/* ----------------------------------------------------------------- input */

/*
 * Raise what is wrong with a value, softly where the caller can take that.
 * The text is the type's own, so only our words and the user's keys are shown.
 */
#define BAD_VALUE(detail) \
	ETH_RETURN_ERROR(escontext, NULL, \
					 (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), \
					  errmsg("invalid input syntax for type %s", "ethdata.consent"), \
					  errdetail detail))

/* From min to max digits; what comes after them, or NULL. */
static const char *
take_digits(const char *text, int min, int max)
{
	int			n = 0;

	while (n < max && text[n] >= '0' && text[n] <= '9')
		n++;
	return n >= min ? text + n : NULL;
}

/* YYYY-MM-DD; what comes after it, or NULL. */
static const char *
take_date(const char *text)
{
	if ((text = take_digits(text, 4, 7)) == NULL || *text++ != '-' ||
		(text = take_digits(text, 2, 2)) == NULL || *text++ != '-')
		return NULL;
	return take_digits(text, 2, 2);
}

/*
 * Only what means the same day at every time and in every session: no "tomorrow",
 * no order of day and month.
 */
static bool
date_valid(const char *text)
{
	const char *rest = take_date(text);

	return rest != NULL && (*rest == '\0' || strcmp(rest, " BC") == 0);
}

/* As output writes it, with T or a blank, seconds and fractions, and a zone: Z or an offset. */
static bool
timestamp_valid(const char *text)
{
	if ((text = take_date(text)) == NULL || (*text != 'T' && *text != ' ') ||
		(text = take_digits(text + 1, 2, 2)) == NULL || *text != ':' ||
		(text = take_digits(text + 1, 2, 2)) == NULL)
		return false;
	if (*text == ':' && (text = take_digits(text + 1, 2, 2)) == NULL)
		return false;
	if (*text == '.' && (text = take_digits(text + 1, 1, 9)) == NULL)
		return false;
	if (strcmp(text, "Z") == 0)
		return true;
	if ((*text != '+' && *text != '-') || (text = take_digits(text + 1, 2, 2)) == NULL)
		return false;
	if (*text == ':' || (*text >= '0' && *text <= '9'))
		text = take_digits(text + (*text == ':'), 2, 2);
	return text != NULL && *text == '\0';
}

/*
 * Does an object of the JSON text have a key twice?  jsonb keeps one of them, and
 * which answer was meant cannot be told.  The text is well-formed: outside of
 * strings, each colon follows a key.
 */
static bool
key_is_there_twice(const char *text, Jsonb *jsonb)
{
	JsonbIterator *it = JsonbIteratorInit(&jsonb->root);
	JsonbIteratorToken token;
	JsonbValue	v;
	bool		in_string = false;
	int64		keys = 0;

	for (; *text != '\0'; text++)
	{
		if (in_string && *text == '\\')
			text++;
		else if (*text == '"')
			in_string = !in_string;
		else if (*text == ':' && !in_string)
			keys++;
	}
	while ((token = JsonbIteratorNext(&it, &v, false)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			keys--;
	}
	return keys != 0;
}

static char *
json_string(const JsonbValue *v)
{
	return v->type == jbvString ? pnstrdup(v->val.string.val, v->val.string.len) : NULL;
}

/* "#<number>" with a number of the given range; false: it is not that. */
static bool
numbered(const char *text, int64 min, int64 max, int64 *number)
{
	char	   *end;

	if (text[0] != '#' || text[1] == '\0' || text[1] == '+' || isspace((unsigned char) text[1]))
		return false;
	errno = 0;
	*number = strtol(text + 1, &end, 10);
	return errno == 0 && *end == '\0' && *number >= min && *number <= max;
}

/* The value of a known flag's name; 0 when there is none. */
static uint8
flag_of(const JsonbValue *v, const FlagName *names, int nnames)
{
	int			i;

	if (v->type != jbvString)
		return 0;
	for (i = 0; i < nnames; i++)
	{
		if (v->val.string.len == (int) strlen(names[i].name) &&
			memcmp(v->val.string.val, names[i].name, v->val.string.len) == 0)
			return names[i].bit;
	}
	return 0;
}

/* An array of flag names, or null; false when it is something else. */
static bool
parse_flags(const JsonbValue *v, const FlagName *names, int nnames, uint8 *flags)
{
	JsonbIterator *it;
	JsonbValue	element;
	JsonbIteratorToken token;

	*flags = 0;
	if (v->type == jbvNull)
		return true;
	if (v->type != jbvBinary || !JsonContainerIsArray(v->val.binary.data) ||
		JsonContainerIsScalar(v->val.binary.data))
		return false;
	it = JsonbIteratorInit(v->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
	{
		uint8		bit;

		if (token != WJB_ELEM)
			continue;
		bit = flag_of(&element, names, nnames);
		if (bit == 0)
			return false;
		*flags |= bit;
	}
	return true;
}

static bool
parse_status(const JsonbValue *v, EthStatus *status)
{
	char	   *name = json_string(v);
	int			i;

	if (name == NULL)
		return false;
	for (i = ETH_STATUS_UNKNOWN; i <= ETH_STATUS_OBJECTED; i++)
	{
		if (strcmp(name, eth_consent_status_name((EthStatus) i)) == 0)
		{
			*status = (EthStatus) i;
			return true;
		}
	}
	return false;
}

/* One purpose: ["status", expiry, [flags]]; what is wrong, or NULL. */
static const char *
parse_entry(const JsonbValue *v, EthEntry *entry)
{
	JsonbIterator *it;
	JsonbValue	element;
	JsonbIteratorToken token;
	EthStatus	status = ETH_STATUS_UNKNOWN;
	uint8		flags = 0;
	uint32		expiry = 0;
	int			position = 0;

	if (v->type != jbvBinary || !JsonContainerIsArray(v->val.binary.data) ||
		JsonContainerIsScalar(v->val.binary.data))
		return "A purpose has an array: status, expiry or null, flags.";
	it = JsonbIteratorInit(v->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		switch (position++)
		{
			case 0:
				if (!parse_status(&element, &status))
					return "The status of a purpose is one of unknown, requested, given, renewed, refused, withdrawn, revoked, expired, invalidated, objected.";
				break;
			case 1:
				{
					char	   *text;
					Datum		when;
					int64		hours;

					if (element.type == jbvNull)
						break;
					text = json_string(&element);
					if (text == NULL)
						return "An expiry is a timestamp with zone as 2028-03-01T00:00Z, or null.";
					if (!timestamp_valid(text) ||
						!eth_compat_try_input(timestamptz_in, text, &when))
						return "An expiry is a timestamp with zone as 2028-03-01T00:00Z, or null.";
					if (TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(when)))
						return "An expiry is a finite time, or null.";
					hours = DatumGetTimestampTz(when) / USECS_PER_HOUR;
					if (DatumGetTimestampTz(when) < USECS_PER_HOUR || hours > ETH_EXPIRY_MAX)
						return "An expiry lies between the years 2000 and 3913.";
					expiry = (uint32) hours;
					break;
				}
			case 2:
				if (!parse_flags(&element, entry_flags, lengthof(entry_flags), &flags))
					return "The flags of a purpose are an array of absolute, pending, explicit, informed.";
				break;
			default:
				return "A purpose has at most status, expiry and flags.";
		}
	}
	if (position == 0)
		return "A purpose has an array: status, expiry or null, flags.";
	entry->bits = ETH_ENTRY_BITS(status, flags, expiry);
	return NULL;
}

static int
compare_entries(const void *a, const void *b)
{
	int32		x = ((const EthEntry *) a)->id;
	int32		y = ((const EthEntry *) b)->id;

	return x < y ? -1 : x > y ? 1 : 0;
}

/* Errors (soft where possible): 22P02; 54000. */
static EthConsent *
value_from_jsonb(Jsonb *jsonb, Node *escontext)
{
	JsonbIterator *it;
	JsonbValue	v;
	JsonbIteratorToken token;
	JsonbValue	purposes;
	bool		version_seen = false;
	bool		purposes_seen = false;
	int64		regime = ETH_REGIME_UNKNOWN;
	int32		birth_date = ETH_BIRTH_UNKNOWN;
	uint8		flags = 0;
	EthConsent *value;
	int			n = 0;
	int			i;

	if (!JB_ROOT_IS_OBJECT(jsonb))
		BAD_VALUE(("The value is a JSON object."));

	it = JsonbIteratorInit(&jsonb->root);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *key;

		if (token != WJB_KEY)
			continue;
		key = json_string(&v);
		token = JsonbIteratorNext(&it, &v, true);
		Assert(token == WJB_VALUE);

		if (strcmp(key, "v") == 0)
		{
			if (v.type != jbvNumeric ||
				!DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(v.val.numeric),
												  DirectFunctionCall1(int4_numeric, Int32GetDatum(ETH_CONSENT_FORMAT)))))
				BAD_VALUE(("Format \"v\" must be 1."));
			version_seen = true;
		}
		else if (strcmp(key, "regime") == 0)
		{
			char	   *code = json_string(&v);

			if (v.type == jbvNull)
				continue;
			if (code == NULL)
				BAD_VALUE(("A regime is a string."));
			regime = eth_consent_regime_shipped_number(code);
			if (regime == ETH_REGIME_UNKNOWN && !numbered(code, 1, PG_UINT8_MAX, &regime))
				BAD_VALUE(("A regime is gdpr, ccpa, dpdp, or # and a number from 1 to 255."));
		}
		else if (strcmp(key, "birth_date") == 0)
		{
			char	   *text = json_string(&v);
			Datum		date;

			if (v.type == jbvNull)
				continue;
			if (text == NULL)
				BAD_VALUE(("A birth date is a string."));
			if (!date_valid(text) || !eth_compat_try_input(date_in, text, &date))
				BAD_VALUE(("A birth date is a date as 1980-05-01."));
			birth_date = DatumGetDateADT(date);
			if (DATE_NOT_FINITE(birth_date))
				BAD_VALUE(("A birth date is finite."));
		}
		else if (strcmp(key, "flags") == 0)
		{
			if (!parse_flags(&v, head_flags, lengthof(head_flags), &flags))
				BAD_VALUE(("Flags are an array of restricted, held, blocked."));
		}
		else if (strcmp(key, "purposes") == 0)
		{
			if (v.type == jbvNull)
				continue;
			if (v.type != jbvBinary || !JsonContainerIsObject(v.val.binary.data))
				BAD_VALUE(("Purposes are an object."));
			purposes = v;
			purposes_seen = true;
		}
		else
			BAD_VALUE(("Unknown key \"%s\"; keys are v, regime, birth_date, flags and purposes.", eth_core_shown(key)));
	}
	if (!version_seen)
		BAD_VALUE(("Format \"v\" must be 1."));

	if (purposes_seen)
		n = JsonContainerSize(purposes.val.binary.data);
	if (n > ETH_CONSENT_MAX_ENTRIES)
		ETH_RETURN_ERROR(escontext, NULL,
						 (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						  errmsg("a consent value can carry at most %d purposes",
								 ETH_CONSENT_MAX_ENTRIES)));
	value = eth_consent_make((uint8) regime, birth_date, n);
	value->flags = flags;
	if (n == 0)
		return value;

	i = 0;
	it = JsonbIteratorInit(purposes.val.binary.data);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *code;
		int64		id = 0;
		const char *wrong;

		if (token != WJB_KEY)
			continue;
		code = json_string(&v);
		token = JsonbIteratorNext(&it, &v, true);
		Assert(token == WJB_VALUE && i < n);

		if (code[0] == '#')
		{
			if (!numbered(code, PG_INT32_MIN, PG_INT32_MAX, &id) || id == 0)
				BAD_VALUE(("\"%s\" is not # and the id of a purpose.", eth_core_shown(code)));
		}
		else if (!eth_purpose_code_valid(code) ||
				 strcmp(code, "none") == 0 || strcmp(code, "self") == 0)
			BAD_VALUE(("\"%s\" is not the code of a purpose.", eth_core_shown(code)));
		else
			id = eth_purpose_id(code);
		value->entries[i].id = (int32) id;
		wrong = parse_entry(&v, &value->entries[i]);
		if (wrong != NULL)
			BAD_VALUE(("%s", wrong));
		i++;
	}
	Assert(i == n);

	qsort(value->entries, n, sizeof(EthEntry), compare_entries);
	for (i = 1; i < n; i++)
	{
		if (value->entries[i].id == value->entries[i - 1].id)
			BAD_VALUE(("A purpose is named twice (by its code and by its id)."));
	}
	return value;
}

/* What is wrong with the JSON itself is not shown: the text holds personal values. */
static EthConsent *
value_from_text(char *text, Node *escontext)
{
	Datum		jsonb;

	if (!eth_compat_try_input(jsonb_in, text, &jsonb))
		BAD_VALUE(("It is not well-formed JSON."));
	if (key_is_there_twice(text, DatumGetJsonbP(jsonb)))
		BAD_VALUE(("A key is there twice."));
	return value_from_jsonb(DatumGetJsonbP(jsonb), escontext);
}

/* ------------------------------------------------------------- functions */

PG_FUNCTION_INFO_V1(ethdata_consent_in);
PG_FUNCTION_INFO_V1(ethdata_consent_out);
PG_FUNCTION_INFO_V1(ethdata_consent_recv);
PG_FUNCTION_INFO_V1(ethdata_consent_send);
PG_FUNCTION_INFO_V1(ethdata_consent_from_jsonb);
PG_FUNCTION_INFO_V1(ethdata_consent_to_jsonb);

/* Type input.  Errors: 22P02; 54000 too many purposes. */
Datum
ethdata_consent_in(PG_FUNCTION_ARGS)
{
	EthConsent *value;

	value = value_from_text(PG_GETARG_CSTRING(0), fcinfo->context);
	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(value);
}

/* Type output. */
Datum
ethdata_consent_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(value_to_text(PG_GETARG_ETH_CONSENT_P(0)));
}

/* Type binary input.  Errors: 22P03 with what is wrong. */
Datum
ethdata_consent_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	const char *wrong = NULL;
	EthConsent *value;
	int			format = pq_getmsgbyte(buf);
	int			regime = pq_getmsgbyte(buf);
	int			flags = pq_getmsgbyte(buf);
	int			zero = pq_getmsgbyte(buf);
	int32		birth_date = (int32) pq_getmsgint(buf, 4);
	int			count = pq_getmsgint(buf, 2);
	int			i;

	if (format != ETH_CONSENT_FORMAT)
		wrong = "The format is not known.";
	else if (zero != 0 || (flags & ~HEAD_FLAGS_KNOWN) != 0)
		wrong = "A flag is not known.";
	else if (birth_date != ETH_BIRTH_UNKNOWN && !IS_VALID_DATE(birth_date))
		wrong = "The birth date is out of range.";
	/* before anything is allocated for the claimed count */
	else if (buf->len - buf->cursor != count * (int) sizeof(EthEntry))
		wrong = "The count of purposes and the length differ.";
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value of type %s", "ethdata.consent"),
				 errdetail("%s", wrong)));

	value = eth_consent_make((uint8) regime, birth_date, (uint16) count);
	value->flags = (uint8) flags;
	for (i = 0; i < count; i++)
	{
		EthEntry   *entry = &value->entries[i];

		entry->id = (int32) pq_getmsgint(buf, 4);
		entry->bits = pq_getmsgint(buf, 4);
		if (entry->id == 0)
			wrong = "A purpose has the id 0.";
		else if (i > 0 && value->entries[i - 1].id >= entry->id)
			wrong = "Purposes are not sorted by id, or one is there twice.";
		else if ((int) ETH_ENTRY_STATUS(entry) > ETH_STATUS_OBJECTED)
			wrong = "A status is not known.";
		if (wrong != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid binary value of type %s", "ethdata.consent"),
					 errdetail("%s", wrong)));
	}
	PG_RETURN_POINTER(value);
}

/* Type binary output. */
Datum
ethdata_consent_send(PG_FUNCTION_ARGS)
{
	EthConsent *value = PG_GETARG_ETH_CONSENT_P(0);
	StringInfoData buf;
	int			i;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, value->format);
	pq_sendbyte(&buf, value->regime);
	pq_sendbyte(&buf, value->flags);
	pq_sendbyte(&buf, 0);
	pq_sendint32(&buf, value->birth_date);
	pq_sendint16(&buf, value->count);
	for (i = 0; i < value->count; i++)
	{
		pq_sendint32(&buf, value->entries[i].id);
		pq_sendint32(&buf, value->entries[i].bits);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Cast jsonb -> consent.  Errors as of input. */
Datum
ethdata_consent_from_jsonb(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(value_from_jsonb(PG_GETARG_JSONB_P(0), NULL));
}

/* Cast consent -> jsonb. */
Datum
ethdata_consent_to_jsonb(PG_FUNCTION_ARGS)
{
	Datum		jsonb;

	if (!eth_compat_try_input(jsonb_in, value_to_text(PG_GETARG_ETH_CONSENT_P(0)), &jsonb))
		elog(ERROR, "the text of a value of type ethdata.consent is no JSON");
	PG_RETURN_DATUM(jsonb);
}
