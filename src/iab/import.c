/*
 * import.c
 *		Consent strings and GPC as consent events of ethdata.
 *
 * Only here is ethdata needed.  Its public functions are called by SQL, as the
 * caller and with his rights: what he may not record, he cannot import.
 *
 * What a string says of which of the site's purposes is in ethdata.tcf_purpose and
 * ethdata.gpp_purpose.  Where several rows name the same purpose, all of them must
 * permit it.  One call records one set of choices at one time, with the string as
 * evidence; the same string of the same person again records nothing.
 *
 * "no" is always taken.  "yes" is taken of a TC string that is valid by policy; of a
 * GPP string only where the row says so: who did not opt out has agreed to nothing.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "iab/iab.h"

#define TCF_QUERY "SELECT t.kind, t.number, t.purpose FROM ethdata.tcf_purpose t ORDER BY 3, 1, 2"
#define GPP_QUERY \
	"SELECT ethdata.gpp_permits($1, $2, g.gpp_purpose), g.purpose, g.answer, g.grants" \
	"  FROM ethdata.gpp_purpose g ORDER BY 2, 3, 1"
#define GPC_QUERY \
	"SELECT false, g.purpose, g.answer, false FROM ethdata.gpp_purpose g" \
	" WHERE g.gpp_purpose OPERATOR(pg_catalog.=) ANY ('{sale,sharing,targeted_advertising}'::pg_catalog.text[])" \
	" ORDER BY 2, 3, 1"
#define RECORD_QUERY \
	"SELECT ethdata.record_signal(subject => $1, choices => $2::pg_catalog.jsonb, notice => $3, source => $4, source_event => $5," \
	"  effective_at => $6, class => $7, actor => $8, evidence => $9::pg_catalog.jsonb)"
#define OBJECT_QUERY \
	"SELECT ethdata.object_to(subject => $1, purpose => $2, reason => $3, source => $4, class => $5)" \
	" WHERE NOT EXISTS (SELECT FROM ethdata.consent_history($1, $5) h" \
	"   WHERE h.action OPERATOR(pg_catalog.=) 'object' AND h.purpose OPERATOR(pg_catalog.=) $2 AND h.source OPERATOR(pg_catalog.=) $4" \
	"   AND NOT EXISTS (SELECT FROM ethdata.consent_history($1, $5) l WHERE l.supersedes OPERATOR(pg_catalog.=) h.id))"

/* From when on these rules of IAB Europe hold: deciseconds since 1970 */
#define NOT_SERVICE_SPECIFIC_INVALID UINT64CONST(16304544000)	/* 1 September 2021 */
#define OLD_POLICY_INVALID UINT64CONST(16961184000) /* 1 October 2023 */
#define NOT_DISCLOSED_INVALID UINT64CONST(17723232000)	/* 1 March 2026 */

typedef enum EthAnswer
{
	ETH_ANSWER_NONE,
	ETH_ANSWER_GIVEN,
	ETH_ANSWER_REFUSED
} EthAnswer;

/* What a string says of one purpose of the site. */
typedef struct EthChoice
{
	char	   *purpose;
	EthAnswer	answer;
	bool		object;			/* a no is an objection */
} EthChoice;

/* What all events of an import have in common; strings, and NULL where not given. */
typedef struct EthImport
{
	char	   *subject;
	char	   *notice;
	char	   *source;
	char	   *source_event;
	const char *actor;
	char	   *evidence;		/* JSON */
	char	   *reason;			/* of objections */
	bool		has_time;
	TimestampTz effective_at;
	Oid			class;
} EthImport;

static void
require_ethdata(void)
{
	if (!OidIsValid(get_extension_oid("ethdata", true)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("consent events are recorded by extension \"ethdata\", which is not in this database"),
				 errhint("CREATE EXTENSION ethdata.")));
}

static char *
text_arg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static void
require_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be null", name)));
}

/*
 * The name of the event where the caller gives none: the same for the same string of
 * the same person, and another one for anybody else.
 */
static char *
event_name(const EthImport *import, const char *string)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);
	uint8		hash[PG_SHA256_DIGEST_LENGTH];
	char		hex[2 * PG_SHA256_DIGEST_LENGTH + 1];
	char	   *class = "";
	const char *part[3];
	int			i;

	/*
	 * by name, which is the same in another database, and under any
	 * search_path
	 */
	if (OidIsValid(import->class))
	{
		char	   *name = get_rel_name(import->class);
		char	   *schema = name == NULL ? NULL : get_namespace_name(get_rel_namespace(import->class));

		/* a regclass may be any number, and a table may be dropped meanwhile */
		if (schema == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("subject class %u does not exist", import->class),
					 errhint("Name a table of ethdata.subject_class.")));
		class = quote_qualified_identifier(schema, name);
	}
	part[0] = import->subject;
	part[1] = class;
	part[2] = string;
	if (pg_cryptohash_init(context) < 0)
		elog(ERROR, "SHA-256 failed");
	/* each with the zero at its end, so that no two lists are one text */
	for (i = 0; i < (int) lengthof(part); i++)
		if (pg_cryptohash_update(context, (const uint8 *) part[i], strlen(part[i]) + 1) < 0)
			elog(ERROR, "SHA-256 failed");
	if (pg_cryptohash_final(context, hash, sizeof(hash)) < 0)
		elog(ERROR, "SHA-256 failed");
	pg_cryptohash_free(context);
	hex[hex_encode((const char *) hash, sizeof(hash), hex)] = '\0';
	return psprintf("sha256:%s", hex);
}

/* {"key": "string"} */
static char *
evidence_of(const char *key, const char *string)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	escape_json(&buf, key);
	appendStringInfoChar(&buf, ':');
	escape_json(&buf, string);
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

/* A purpose's answer; no wins. */
static List *
add_choice(List *choices, char *purpose, EthAnswer answer, bool object)
{
	EthChoice  *last = choices == NIL ? NULL : llast(choices);

	if (answer == ETH_ANSWER_NONE)
		return choices;
	/* rows come in the order of their purposes, and of what a no is */
	if (last == NULL || strcmp(last->purpose, purpose) != 0 || last->object != object)
	{
		last = palloc(sizeof(EthChoice));
		last->purpose = purpose;
		last->answer = answer;
		last->object = object;
		return lappend(choices, last);
	}
	if (answer == ETH_ANSWER_REFUSED)
		last->answer = answer;
	return choices;
}

/* All rows of a purpose must permit: who objects to it does not agree to it, too. */
static void
drop_contradicted(List *choices)
{
	const EthChoice *before = NULL;
	ListCell   *lc;

	foreach(lc, choices)
	{
		EthChoice  *choice = lfirst(lc);

		if (before != NULL && before->object && before->answer == ETH_ANSWER_REFUSED &&
			choice->answer == ETH_ANSWER_GIVEN && strcmp(before->purpose, choice->purpose) == 0)
			choice->answer = ETH_ANSWER_NONE;
		before = choice;
	}
}

static Datum
text_or_null(const char *text, char *null)
{
	*null = text == NULL ? 'n' : ' ';
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

/* Calls record_signal(); the ids are in the context given. */
static ArrayType *
record_answers(const EthImport *import, const char *choices, MemoryContext context)
{
	Oid			types[9] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, REGCLASSOID, TEXTOID, TEXTOID};
	Datum		values[9];
	char		nulls[9];
	MemoryContext before;
	ArrayType  *ids;
	bool		isnull;

	values[0] = text_or_null(import->subject, &nulls[0]);
	values[1] = text_or_null(choices, &nulls[1]);
	values[2] = text_or_null(import->notice, &nulls[2]);
	values[3] = text_or_null(import->source, &nulls[3]);
	values[4] = text_or_null(import->source_event, &nulls[4]);
	values[5] = TimestampTzGetDatum(import->effective_at);
	nulls[5] = import->has_time ? ' ' : 'n';
	values[6] = ObjectIdGetDatum(import->class);
	nulls[6] = OidIsValid(import->class) ? ' ' : 'n';
	values[7] = text_or_null(import->actor, &nulls[7]);
	values[8] = text_or_null(import->evidence, &nulls[8]);
	if (SPI_execute_with_args(RECORD_QUERY, lengthof(types), types, values, nulls, false, 0) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "choices could not be recorded");
	ids = DatumGetArrayTypeP(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	before = MemoryContextSwitchTo(context);
	ids = (ArrayType *) datumCopy(PointerGetDatum(ids), false, -1);
	MemoryContextSwitchTo(before);
	return ids;
}

/* Calls object_to(), unless such an objection stands; 0 then. */
static int64
record_objection(const EthImport *import, const char *purpose)
{
	Oid			types[5] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, REGCLASSOID};
	Datum		values[5];
	char		nulls[5];
	bool		isnull;

	values[0] = text_or_null(import->subject, &nulls[0]);
	values[1] = text_or_null(purpose, &nulls[1]);
	values[2] = text_or_null(import->reason, &nulls[2]);
	values[3] = text_or_null(import->source, &nulls[3]);
	values[4] = ObjectIdGetDatum(import->class);
	nulls[4] = OidIsValid(import->class) ? ' ' : 'n';
	if (SPI_execute_with_args(OBJECT_QUERY, lengthof(types), types, values, nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "an objection could not be recorded");
	if (SPI_processed == 0)
		return 0;
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* Records what was chosen; the events' ids. */
static Datum
record(const EthImport *import, List *choices, MemoryContext context)
{
	StringInfoData object;
	ArrayType  *ids = NULL;
	Datum	   *id = palloc(sizeof(Datum) * (list_length(choices) + 1));
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&object);
	foreach(lc, choices)
	{
		EthChoice  *choice = lfirst(lc);

		if (choice->object || choice->answer == ETH_ANSWER_NONE)
			continue;
		appendStringInfoChar(&object, object.len == 0 ? '{' : ',');
		escape_json(&object, choice->purpose);
		appendStringInfoString(&object, choice->answer == ETH_ANSWER_GIVEN ? ":\"given\"" : ":\"refused\"");
	}
	if (object.len > 0)
	{
		appendStringInfoChar(&object, '}');
		ids = record_answers(import, object.data, context);
	}
	foreach(lc, choices)
	{
		EthChoice  *choice = lfirst(lc);
		int64		objection;

		if (!choice->object || choice->answer != ETH_ANSWER_REFUSED)
			continue;
		objection = record_objection(import, choice->purpose);
		if (objection != 0)
			id[n++] = Int64GetDatum(objection);
	}
	MemoryContextSwitchTo(context);
	if (n > 0 || ids == NULL)
	{
		ArrayType  *objections = construct_array(id, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);

		if (ids == NULL)
			return PointerGetDatum(objections);
		return OidFunctionCall2(F_ARRAY_CAT, PointerGetDatum(ids), PointerGetDatum(objections));
	}
	return PointerGetDatum(ids);
}

/* Is a grant of the string none, by the rules that held when it was made? */
static bool
is_invalid(const EthTc *tc)
{
	uint64		updated = eth_tc_field(tc, ETH_TC_LAST_UPDATED);

	if (tc->version == 1)
		return true;
	return (updated >= NOT_SERVICE_SPECIFIC_INVALID && eth_tc_field(tc, ETH_TC_IS_SERVICE_SPECIFIC) == 0) ||
		(updated >= OLD_POLICY_INVALID && eth_tc_field(tc, ETH_TC_POLICY_VERSION) < 4) ||
		(updated >= NOT_DISCLOSED_INVALID && eth_tc_segment(tc, ETH_TC_DISCLOSED) == NULL);
}

/* A vendor that was disclosed, or of whom the string cannot say so. */
static bool
is_disclosed(const EthTc *tc, int vendor)
{
	EthVendors	vendors;

	if (eth_tc_segment(tc, ETH_TC_DISCLOSED) == NULL)
		return true;
	eth_tc_set(tc, ETH_TC_VENDORS_DISCLOSED, &vendors);
	return eth_vendors_have(&vendors, vendor);
}

/*
 * What the string says of one row of ethdata.tcf_purpose: consent of the user, for the
 * vendor where there is one.
 */
static EthAnswer
tc_answer(const EthTc *tc, const char *kind, int number, int vendor)
{
	const EthBits *publisher = eth_tc_segment(tc, ETH_TC_PUBLISHER);
	bool		yes;

	if (strcmp(kind, "purpose") == 0)
	{
		if (vendor > 0)
			yes = is_disclosed(tc, vendor) && eth_tc_permits(tc, vendor, number, true, false, false);
		else
			yes = tc->version == 1 ? eth_tc_flag(tc, ETH_TC_V1_PURPOSES_ALLOWED, number) :
				eth_tc_flag(tc, ETH_TC_PURPOSE_CONSENTS, number);
	}
	else if (strcmp(kind, "special_feature") == 0)
		yes = tc->version != 1 && eth_tc_flag(tc, ETH_TC_SPECIAL_FEATURES, number) &&
			(vendor <= 0 || is_disclosed(tc, vendor));
	else if (publisher == NULL)
		return ETH_ANSWER_NONE; /* the publisher asked nothing for himself */
	else if (strcmp(kind, "publisher") == 0)
		yes = number >= 1 && number <= 24 && eth_bits_test(publisher, 3 + number - 1);
	else
	{
		int			custom = (int) eth_bits_get(publisher, ETH_TC_PUB_NUM_CUSTOM);

		if (number < 1 || number > custom)
			return ETH_ANSWER_NONE;
		yes = eth_bits_test(publisher, ETH_TC_PUB_CUSTOM + number - 1);
	}
	return yes ? ETH_ANSWER_GIVEN : ETH_ANSWER_REFUSED;
}

static List *
tc_choices(const EthTc *tc, int vendor)
{
	bool		invalid = is_invalid(tc);
	List	   *choices = NIL;
	uint64		i;

	if (SPI_execute(TCF_QUERY, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "ethdata.tcf_purpose cannot be read");
	for (i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		bool		isnull;
		EthAnswer	answer;

		answer = tc_answer(tc, SPI_getvalue(tuple, desc, 1), DatumGetInt32(SPI_getbinval(tuple, desc, 2, &isnull)), vendor);
		if (answer == ETH_ANSWER_GIVEN && invalid)
			answer = ETH_ANSWER_REFUSED;
		choices = add_choice(choices, SPI_getvalue(tuple, desc, 3), answer, false);
	}
	if (invalid)
		ereport(NOTICE,
				(errmsg("the TC string is invalid by policy: what it grants is recorded as refused"),
				 errhint("ethdata.tc_findings() says why.")));
	return choices;
}

/* Rows of (permits, purpose, answer, grants), as GPP_QUERY and GPC_QUERY have them. */
static List *
gpp_choices(void)
{
	List	   *choices = NIL;
	uint64		i;

	for (i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		bool		silent;
		bool		isnull;
		bool		permits = DatumGetBool(SPI_getbinval(tuple, desc, 1, &silent));
		bool		object = strcmp(SPI_getvalue(tuple, desc, 3), "object") == 0;
		bool		grants = DatumGetBool(SPI_getbinval(tuple, desc, 4, &isnull));
		EthAnswer	answer = ETH_ANSWER_NONE;

		if (!silent && !permits)
			answer = ETH_ANSWER_REFUSED;
		else if (!silent && grants)
			answer = ETH_ANSWER_GIVEN;
		choices = add_choice(choices, SPI_getvalue(tuple, desc, 2), answer, object);
	}
	/* what is an objection comes before what is refused */
	drop_contradicted(choices);
	return choices;
}

/* The arguments that all imports end with: notice, source, source_event, effective_at, class */
static void
read_arguments(FunctionCallInfo fcinfo, int first, EthImport *import)
{
	import->subject = text_arg(fcinfo, 0);
	import->notice = text_arg(fcinfo, first);
	import->source = text_arg(fcinfo, first + 1);
	import->source_event = text_arg(fcinfo, first + 2);
	import->has_time = !PG_ARGISNULL(first + 3);
	if (import->has_time)
		import->effective_at = PG_GETARG_TIMESTAMPTZ(first + 3);
	import->class = PG_ARGISNULL(first + 4) ? InvalidOid : PG_GETARG_OID(first + 4);
}

PG_FUNCTION_INFO_V1(ethdata_import_tc);
PG_FUNCTION_INFO_V1(ethdata_import_gpp);
PG_FUNCTION_INFO_V1(ethdata_import_gpc);

/*
 * import_tc(subject, tc, vendor, notice, source, source_event, effective_at, class)
 */
Datum
ethdata_import_tc(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	EthImport	import = {.actor = "self"};
	EthTc		tc;
	char	   *string;
	Datum		ids;

	require_ethdata();
	require_arg(fcinfo, 0, "subject");
	require_arg(fcinfo, 1, "tc");
	require_arg(fcinfo, 4, "source");
	read_arguments(fcinfo, 3, &import);
	(void) eth_tc_from_datum(PG_GETARG_DATUM(1), &tc);
	string = palloc0(eth_tc_text_length(&tc) + 1);
	eth_tc_text(&tc, string);
	import.evidence = evidence_of("tc", string);
	if (import.source_event == NULL)
		import.source_event = event_name(&import, string);
	if (!import.has_time)
	{
		import.has_time = true;
		import.effective_at = eth_tc_time(eth_tc_field(&tc, ETH_TC_LAST_UPDATED));
	}
	SPI_connect();
	ids = record(&import, tc_choices(&tc, PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2)), context);
	SPI_finish();
	PG_RETURN_DATUM(ids);
}

/*
 * import_gpp(subject, gpp, jurisdiction, notice, source, source_event, effective_at, class)
 */
Datum
ethdata_import_gpp(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	EthImport	import = {.actor = "self"};
	EthGpp		gpp;
	char	   *string;
	Oid			types[2];
	Datum		values[2];
	Datum		ids;

	require_ethdata();
	require_arg(fcinfo, 0, "subject");
	require_arg(fcinfo, 1, "gpp");
	require_arg(fcinfo, 2, "jurisdiction");
	require_arg(fcinfo, 4, "source");
	read_arguments(fcinfo, 3, &import);
	(void) eth_gpp_from_datum(PG_GETARG_DATUM(1), &gpp);
	string = pnstrdup(gpp.text, gpp.length);
	import.evidence = evidence_of("gpp", string);
	import.reason = psprintf("GPP string %s", string);
	if (import.source_event == NULL)
		import.source_event = event_name(&import, string);
	types[0] = get_fn_expr_argtype(fcinfo->flinfo, 1);
	types[1] = TEXTOID;
	values[0] = PG_GETARG_DATUM(1);
	values[1] = PG_GETARG_DATUM(2);
	SPI_connect();
	if (SPI_execute_with_args(GPP_QUERY, lengthof(types), types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "ethdata.gpp_purpose cannot be read");
	ids = record(&import, gpp_choices(), context);
	SPI_finish();
	PG_RETURN_DATUM(ids);
}

/*
 * import_gpc(subject, notice, source, source_event, effective_at, class)
 */
Datum
ethdata_import_gpc(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	EthImport	import = {.actor = "signal",.evidence = "{\"gpc\": true}",.reason = "Global Privacy Control"};
	Datum		ids;

	require_ethdata();
	require_arg(fcinfo, 0, "subject");
	require_arg(fcinfo, 2, "source");
	read_arguments(fcinfo, 1, &import);
	SPI_connect();
	if (SPI_execute(GPC_QUERY, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "ethdata.gpp_purpose cannot be read");
	ids = record(&import, gpp_choices(), context);
	SPI_finish();
	PG_RETURN_DATUM(ids);
}
