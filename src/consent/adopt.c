/*
 * adopt.c
 *		adopt_consent(): what a boolean column of a subject class's table says,
 *		taken over as answers.
 *
 * Such a column has no time, no notice and no form; it says neither whether false
 * was an answer or a default, nor whether true was.  So:
 *
 * - A yes counts where the caller names the notice, and evidence whose "selection"
 *	 says how the choice was presented; as with every consent, not when that was
 *	 preselected or bundled.  Without one of these it is recorded as preselected:
 *	 kept as evidence, never used.
 * - It holds from when it is adopted: nothing earlier can be proven.  Its lifetime
 *	 counts from when the notice became valid: it may be as old as that.
 * - Any answer that is known is newer or better than a yes in a column: a yes is
 *	 recorded only where nothing is known for the purpose, no denial above it
 *	 included.  So a column never revives what was withdrawn.
 * - A no is recorded, also against consent that is known (deny wins), unless no
 *	 was said before.
 * - NULL is no answer.
 *
 * Each answer is recorded once: source is the column of the class, source_event the
 * subject's key and the answer (a yes that does not count has a name of its own, so
 * that evidence may come later).  The key is no more than the event's subject says.
 *
 * The column is read by a query of the caller: core checks his privileges.  It must
 * show the values as they are: where a row policy or a rule of ethdata stands
 * between, a mask would be taken for an answer, so nothing is adopted.
 *
 * Locks: AccessShareLock on the table; one adoption of a class at a time, since two
 * could wait for each other's persons; for each person those of record.c.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/timestamp.h"

#include "consent/record.h"
#include "core/event.h"

PG_FUNCTION_INFO_V1(ethdata_adopt_consent);

/* beside LOCK_CLASS_PERSON of record.c */
#define LOCK_CLASS_ADOPTION 0xE8

#define FETCH 1000

typedef struct Adoption
{
	EthClass	class;
	AttrNumber	column;
	EthRecord	yes;			/* what each of them records */
	EthRecord	no;
	char	   *refused;		/* why a yes does not count; NULL: it does */
	char	   *remedy;
	/* persons */
	int64		consents;
	int64		refusals;
	int64		ended;			/* refusals that ended what was agreed to */
	int64		repeated;
	int64		answered;
	int64		not_asked;
	int64		keyless;
} Adoption;

static EthConsentReads reads_as_is = NULL;

void
eth_consent_adopt_register(EthConsentReads reads)
{
	reads_as_is = reads;
}

/* ---------------------------------------------------------------- arguments */

/* The purpose of the answers, in both records.  Errors: 42704, 42501, 22023. */
static void
purpose_of(Adoption *adoption, const char *code)
{
	const EthPurpose *purpose = eth_purpose_by_code(code, false);
	EthRecord  *yes = &adoption->yes;

	if (purpose->self)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("nothing is answered about purpose \"%s\"", purpose->code),
				 errhint("Name the purpose that the answer is about.")));
	yes->purpose = pstrdup(purpose->code);
	yes->purpose_id = purpose->id;
	if (purpose->consent_lifetime != NULL)
	{
		yes->lifetime = palloc(sizeof(Interval));
		memcpy(yes->lifetime, purpose->consent_lifetime, sizeof(Interval));
	}
	if (purpose->retired)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("purpose \"%s\" is retired", purpose->code),
				 errhint("Adopt the column under the purpose that took its place.")));
	if (!eth_consent_rests_on_answer(purpose, ETH_REGIME_UNKNOWN))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("consent cannot be given to purpose \"%s\"", purpose->code),
				 errdetail("It rests on %s, not on the person's answer.",
						   eth_purpose_basis_name(purpose->basis)),
				 errhint("Adopt the column under a purpose that rests on consent.")));
	if (!eth_core_is_admin(GetUserId()) && !eth_consent_may_collect(yes->purpose_id))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to record consent for purpose \"%s\"", yes->purpose),
				 errdetail("Role \"%s\" holds no collection grant on it or a purpose above it, and is no member of \"%s\" or \"%s\".",
						   GetUserNameFromId(GetUserId(), false), ETH_ROLE_ADMIN, ETH_ROLE_OFFICER),
				 errhint("An administrator grants it with ethdata.grant_collection().")));
}

/* How the choice was presented, as evidence says; NULL: it does not.  Errors: 22023. */
static char *
selection_of(Jsonb *evidence)
{
	JsonbValue *value;

	if (evidence == NULL)
		return NULL;
	if (!JB_ROOT_IS_OBJECT(evidence))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("evidence must be a JSON object"),
				 errhint("As in {\"selection\": \"unselected\", \"form\": \"sign-up form of 2024\"}.")));
	value = getKeyJsonValueFromContainer(&evidence->root, "selection", strlen("selection"), NULL);
	if (value == NULL)
		return NULL;
	if (value->type != jbvString)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("\"selection\" of evidence must be a text")));
	return eth_consent_selection(pnstrdup(value->val.string.val, value->val.string.len));
}

/* What a yes in the column is worth now.  Errors: 42704 unknown notice, 22023. */
static void
judge_yes(Adoption *adoption, char *notice, Jsonb *evidence)
{
	EthRecord  *yes = &adoption->yes;
	TimestampTz now = GetCurrentTimestamp();

	yes->notice = notice;
	yes->notice_must_cover = true;
	yes->evidence = evidence;
	yes->selection = selection_of(evidence);
	(void) eth_consent_check_notice(yes, now);
	adoption->remedy = "Roll the transaction back, and name the notice and evidence, as in '{\"selection\": \"unselected\", \"form\": \"..\"}', if there is any.";
	if (notice == NULL)
		adoption->refused = "no notice says what these persons were told";
	else if (yes->selection == NULL)
		adoption->refused = "no evidence says how the choice was presented";
	else if (strcmp(yes->selection, "preselected") == 0 || strcmp(yes->selection, "bundled") == 0)
	{
		adoption->refused = psprintf("the choice was %s", yes->selection);
		adoption->remedy = "Ask these persons.";
	}
	if (notice == NULL || yes->selection == NULL)
		yes->selection = "preselected";
	if (notice == NULL || yes->lifetime == NULL)
		return;

	yes->lifetime_runs = true;
	yes->lifetime_start = eth_consent_notice_by_code(notice)->valid_from;
	if (adoption->refused == NULL &&
		eth_consent_plus_interval(yes->lifetime_start, yes->lifetime) <= now)
	{
		adoption->refused = "the consent lifetime of the purpose has passed since the notice became valid";
		adoption->remedy = "Ask these persons again. Where you know when each of them agreed, roll the transaction back and use ethdata.give_consent() with effective_at.";
	}
}

/* The column, and the source that events of it have.  Errors: 42703, 42809, 22023. */
static void
column_of(Adoption *adoption, const char *name)
{
	Oid			relid = adoption->class.relid;
	AttrNumber	column = get_attnum(relid, name);

	if (column == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of table \"%s\" does not exist", name, get_rel_name(relid)),
				 errhint("Column names are case-sensitive here: pass them as pg_attribute has them.")));
	if (column < 0 || getBaseType(get_atttype(relid, column)) != BOOLOID)
		ereport(ERROR,
				(errcode(ETH_ERR_WRONG_KIND),
				 errmsg("column \"%s\" of type %s cannot be adopted as consent", name,
						format_type_be(get_atttype(relid, column))),
				 errdetail("Only a boolean says which of its values is a yes and which a no."),
				 errhint("Say it in a column: GENERATED ALWAYS AS (CASE %s WHEN .. THEN true WHEN .. THEN false END) STORED.",
						 quote_identifier(name))));
	adoption->column = column;
	adoption->yes.source = psprintf("column %s of %s", quote_identifier(name), adoption->class.code);
}

/* ------------------------------------------------------------------ reading */

/* "SELECT t.key.., t.column FROM table t WHERE t.column IS NOT NULL", or the three counts. */
static char *
query_of(const Adoption *adoption, bool counts)
{
	Oid			relid = adoption->class.relid;
	const char *column = quote_identifier(get_attname(relid, adoption->column, false));
	StringInfoData buf;
	int			i;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "SELECT ");
	if (counts)
		appendStringInfo(&buf, "pg_catalog.count(*) FILTER (WHERE t.%s),"
						 " pg_catalog.count(*) FILTER (WHERE NOT t.%s),"
						 " pg_catalog.count(*) FILTER (WHERE t.%s IS NULL)",
						 column, column, column);
	else
	{
		for (i = 0; i < adoption->class.nkeys; i++)
			appendStringInfo(&buf, "t.%s, ",
							 quote_identifier(get_attname(relid, adoption->class.keys[i], false)));
		appendStringInfo(&buf, "t.%s", column);
	}
	appendStringInfo(&buf, " FROM %s AS t",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
												get_rel_name(relid)));
	if (!counts)
		appendStringInfo(&buf, " WHERE t.%s IS NOT NULL", column);
	return buf.data;
}

/*
 * Does the caller's query give every row, and these columns as they are?  Asked
 * when it was planned: what comes later cannot change it.  Errors: 42501.
 */
static void
require_plain(const Adoption *adoption)
{
	Oid			relid = adoption->class.relid;
	AttrNumber	columns[ETH_MAX_KEYS + 1];
	int			n = adoption->class.nkeys;

	memcpy(columns, adoption->class.keys, n * sizeof(AttrNumber));
	columns[n] = adoption->column;
	if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED ||
		(reads_as_is != NULL && !reads_as_is(relid, n + 1, columns)))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("the column cannot be adopted: role \"%s\" does not see it as it is",
						GetUserNameFromId(GetUserId(), false)),
				 errdetail("A row policy or rule of table \"%s\" hides rows or masks the column, or its key, from this role.",
						   get_rel_name(relid)),
				 errhint("Adopt it as the owner of the table, or before it is protected.")));
}

/* The text of the subject's key and of the answer: the name of the event. */
static char *
event_name(const Adoption *adoption, const EthKey *key, bool yes)
{
	return psprintf("%s %s", yes ? (adoption->refused == NULL ? "yes" : "yes, not counted") : "no",
					eth_consent_key_to_text(key, adoption->class.key_kind));
}

/* One person's answer. */
static void
adopt_one(Adoption *adoption, HeapTuple tuple, TupleDesc desc)
{
	const EthClass *class = &adoption->class;
	Datum		values[ETH_MAX_KEYS];
	bool		nulls[ETH_MAX_KEYS];
	bool		isnull;
	bool		yes;
	EthKey		key;
	EthRecord	record;
	int			i;

	for (i = 0; i < class->nkeys; i++)
		values[i] = SPI_getbinval(tuple, desc, i + 1, &nulls[i]);
	yes = DatumGetBool(SPI_getbinval(tuple, desc, class->nkeys + 1, &isnull));
	if (!eth_consent_key_from_datums(&key, class->key_kind, class->nkeys, values, nulls, class->key_types) ||
		key.len == 0 || key.len > ETH_MAX_KEY_BYTES)
	{
		adoption->keyless++;
		return;
	}
	record = yes ? adoption->yes : adoption->no;
	record.source_event = event_name(adoption, &key, yes);
	eth_consent_record(class, &key, &record, 1, "adopt_consent()");
	if (record.repeated)
		adoption->repeated++;
	else if (record.yielded)
		adoption->answered++;
	else if (record.id == 0)
		adoption->not_asked++;
	else if (yes)
		adoption->consents++;
	else
	{
		adoption->refusals++;
		if (record.ended)
			adoption->ended++;
	}
}

static void
adopt_all(Adoption *adoption)
{
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "ethdata adoption",
											   ALLOCSET_DEFAULT_SIZES);
	Portal		portal = SPI_cursor_open_with_args(NULL, query_of(adoption, false), 0, NULL, NULL, NULL,
												   true, 0);

	require_plain(adoption);
	for (;;)
	{
		SPITupleTable *batch;
		uint64		n;
		uint64		i;

		SPI_cursor_fetch(portal, true, FETCH);
		batch = SPI_tuptable;
		n = SPI_processed;
		for (i = 0; i < n; i++)
		{
			MemoryContext around = MemoryContextSwitchTo(work);

			CHECK_FOR_INTERRUPTS();
			adopt_one(adoption, batch->vals[i], batch->tupdesc);
			MemoryContextSwitchTo(around);
			MemoryContextReset(work);
		}
		SPI_freetuptable(batch);
		if (n == 0)
			break;
	}
	SPI_cursor_close(portal);
	MemoryContextDelete(work);
}

/* ---------------------------------------------------------------- reporting */

/* What it will cost, before anything is recorded. */
static void
tell_costs(const Adoption *adoption)
{
	int64		count[3];
	bool		isnull;
	int			i;

	if (SPI_execute(query_of(adoption, true), true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "counting the column's values failed");
	for (i = 0; i < 3; i++)
		count[i] = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &isnull));
	require_plain(adoption);
	ereport(NOTICE,
			(errmsg("the column says yes for " INT64_FORMAT " persons, no for " INT64_FORMAT
					" and nothing for " INT64_FORMAT, count[0], count[1], count[2]),
			 adoption->refused == NULL ?
			 errdetail("A yes counts from now, where nothing else is known; who says nothing has not been asked.") :
			 errdetail("No yes counts: %s. Purpose \"%s\" may not use these persons' data.",
					   adoption->refused, adoption->yes.purpose),
			 adoption->refused == NULL ?
			 errhint("Roll the transaction back to take it back; ethdata.observed() counts what a table in observe mode would not show.") :
			 errhint("%s", adoption->remedy)));
}

static void
tell_results(const Adoption *adoption)
{
	ereport(NOTICE,
			(errmsg("recorded " INT64_FORMAT " consents and " INT64_FORMAT " refusals",
					adoption->consents, adoption->refusals),
			 errdetail("Refusals that ended consent: " INT64_FORMAT ". Left out: " INT64_FORMAT
					   " adopted before, " INT64_FORMAT " answered otherwise, " INT64_FORMAT
					   " whom the law does not ask, " INT64_FORMAT " without a key.",
					   adoption->ended, adoption->repeated, adoption->answered,
					   adoption->not_asked, adoption->keyless)));
}

static void
tell_audit(const Adoption *adoption)
{
	EthAuditEvent event;
	EthDetails	details;

	eth_core_details_begin(&details);
	eth_core_details_text(&details, "class", adoption->class.code);
	eth_core_details_text(&details, "source", adoption->yes.source);
	eth_core_details_text(&details, "notice", adoption->yes.notice);
	eth_core_details_bool(&details, "counts", adoption->refused == NULL);
	eth_core_details_int(&details, "consents", adoption->consents);
	eth_core_details_int(&details, "refusals", adoption->refusals);
	memset(&event, 0, sizeof(event));
	event.kind = ETH_AUDIT_CONSENT;
	event.action = "adopt_consent";
	event.relid = adoption->class.relid;
	event.purpose = adoption->yes.purpose;
	event.details = eth_core_details_end(&details);
	eth_core_event(&event);
}

/* ----------------------------------------------------------------- function */

/*
 * adopt_consent(relation, column_name, purpose, notice, evidence) -> bigint: how
 * many events were recorded.  Errors: 42704 unknown class, purpose or notice; 42703
 * no such column; 42809 not a boolean; 42501 no right to record, to read the column,
 * or to read it as it is; 22023; 55000 class without its columns.
 */
Datum
ethdata_adopt_consent(PG_FUNCTION_ARGS)
{
	char	   *purpose = eth_consent_required_text(fcinfo, 2, "purpose");
	char	   *notice = eth_consent_text_arg(fcinfo, 3);
	Jsonb	   *evidence = PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P_COPY(4);
	Adoption	adoption;
	Relation	rel;
	LOCKTAG		tag;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("argument \"%s\" must not be null", PG_ARGISNULL(0) ? "relation" : "column_name")));
	PreventCommandIfReadOnly("adopt_consent()");
	PreventCommandIfParallelMode("adopt_consent()");
	memset(&adoption, 0, sizeof(adoption));
	purpose_of(&adoption, purpose);

	/* what is looked up under the lock stays as it is */
	eth_consent_class_copy(&adoption.class, eth_consent_class_by_relid(PG_GETARG_OID(0), false));
	rel = table_open(adoption.class.relid, AccessShareLock);
	eth_consent_cache_refresh();
	eth_consent_class_copy(&adoption.class, eth_consent_class_by_relid(RelationGetRelid(rel), false));
	eth_consent_class_require_complete(&adoption.class);
	column_of(&adoption, NameStr(*PG_GETARG_NAME(1)));

	adoption.yes.action = ETH_ACTION_GIVE;
	adoption.yes.status = ETH_STATUS_GIVEN;
	adoption.yes.method = "adopted";
	adoption.yes.actor = "operator";
	adoption.yes.where_it_applies = true;
	adoption.yes.adopted = true;
	judge_yes(&adoption, notice, evidence);
	adoption.no = adoption.yes;
	adoption.no.action = ETH_ACTION_REFUSE;
	adoption.no.status = ETH_STATUS_REFUSED;
	adoption.no.selection = NULL;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, (uint32) adoption.class.id, LOCK_CLASS_ADOPTION);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	tell_costs(&adoption);
	adopt_all(&adoption);
	SPI_finish();
	table_close(rel, NoLock);
	tell_results(&adoption);
	if (adoption.consents + adoption.refusals > 0)
		tell_audit(&adoption);
	PG_RETURN_INT64(adoption.consents + adoption.refusals);
}
