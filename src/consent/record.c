/*
 * record.c
 *		Recording events and keeping the state of a person current.
 *
 * One call records one or more events about one person: it takes the person's
 * turn, loads all events of the person, appends the new ones, folds them into a
 * new value and writes events and value.
 *
 * Turns.  Changes to one person must not overlap, changes to different persons
 * must not wait for each other, and a bulk load of many persons in one
 * transaction must not fill the lock table.  So the turn is the state row: a
 * writer leaves its transaction id there, and the next one, looking with a dirty
 * snapshot, finds it and waits for that transaction to end.  Between looking and
 * writing an advisory-style lock on the person keeps others out; it is released
 * when the row is written, or before waiting, and so is never held by more than
 * the call at work.
 *
 * Everything is read under fresh snapshots, also in REPEATABLE READ: what holds
 * is what was recorded, not what this transaction could see when it began.
 *
 * The same event of a source twice is found in the person's turn; two persons to
 * whom a source gives one event's name at the same moment are both recorded.
 *
 * Times.  recorded_at is the clock read in turn, and later than any other event
 * of the person.  A grant may claim an earlier time but not a future one (up to
 * ethdata.clock_tolerance it is taken as now); a denial takes the earlier of the
 * claimed time and now.
 *
 * Locks: RowExclusiveLock on consent_state (kept to the end of the transaction,
 * taken before anything is read: a notice that asks for consent again, and a
 * purpose that is redefined, lock writers out and then make all states current),
 * the person's turn.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "consent/record.h"
#include "core/event.h"

/* core's own advisory locks use 1 and 2 here */
#define LOCK_CLASS_PERSON 0xE7

int			eth_consent_clock_tolerance = 300;

static SPIPlanPtr insert_event_plan = NULL;
static SPIPlanPtr insert_state_plan = NULL;
static SPIPlanPtr update_state_plan = NULL;

/* ------------------------------------------------------------------- turns */

static bytea *
key_bytes(const EthKey *key)
{
	bytea	   *bytes = palloc(VARHDRSZ + key->len);

	SET_VARSIZE(bytes, VARHDRSZ + key->len);
	memcpy(VARDATA(bytes), key->data, key->len);
	return bytes;
}

static void
person_lock(LOCKTAG *tag, int32 class_id, const EthKey *key)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) key->data, key->len,
										   (uint64) (uint32) class_id);

	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, (uint32) (hash >> 32), (uint32) hash,
						 LOCK_CLASS_PERSON);
}

/*
 * Takes the person's turn.  On return the lock "tag" is held and no other
 * transaction in progress has written the state row; says whether there is one.
 */
static bool
take_turn(Relation state, int32 class_id, const EthKey *key, LOCKTAG *tag)
{
	Oid			index = eth_core_relid("consent_state_pkey", false);
	Datum		bytes = PointerGetDatum(key_bytes(key));

	person_lock(tag, class_id, key);
	for (;;)
	{
		SnapshotData dirty;
		ScanKeyData keys[2];
		SysScanDesc scan;
		TransactionId wait_for = InvalidTransactionId;
		bool		found = false;

		(void) LockAcquire(tag, ExclusiveLock, false, false);

		InitDirtySnapshot(dirty);
		ScanKeyInit(&keys[0], Anum_consent_state_class_id, BTEqualStrategyNumber, F_INT4EQ,
					Int32GetDatum(class_id));
		ScanKeyInit(&keys[1], Anum_consent_state_key, BTEqualStrategyNumber, F_BYTEAEQ, bytes);
		scan = systable_beginscan(state, index, true, &dirty, 2, keys);
		while (HeapTupleIsValid(systable_getnext(scan)))
		{
			found = true;
			wait_for = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;
			if (TransactionIdIsValid(wait_for))
				break;
		}
		systable_endscan(scan);
		if (!TransactionIdIsValid(wait_for))
			return found;

		LockRelease(tag, ExclusiveLock, false);
		XactLockTableWait(wait_for, NULL, NULL, XLTW_None);
	}
}

/* ------------------------------------------------------------------ writing */

/* Plans are of one CREATE EXTENSION: after another one, types and tables have other OIDs. */
static void
forget_old_plans(void)
{
	static Oid	made_for = InvalidOid;
	SPIPlanPtr *plans[] = {&insert_event_plan, &insert_state_plan, &update_state_plan};
	Oid			state = eth_core_relid("consent_state", false);
	size_t		i;

	if (made_for == state)
		return;
	for (i = 0; i < lengthof(plans); i++)
	{
		if (*plans[i] != NULL)
			SPI_freeplan(*plans[i]);
		*plans[i] = NULL;
	}
	made_for = state;
}

static SPIPlanPtr
saved_plan(SPIPlanPtr *plan, const char *query, int nargs, Oid *types)
{
	forget_old_plans();
	if (*plan == NULL)
	{
		SPIPlanPtr	prepared = SPI_prepare(query, nargs, types);

		if (prepared == NULL)
			elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
		SPI_keepplan(prepared);
		*plan = prepared;
	}
	return *plan;
}

/* Under a snapshot that sees every committed row, also where the transaction's does not. */
static void
run_plan(SPIPlanPtr plan, Datum *values, const char *nulls, int expected)
{
	int			result = SPI_execute_snapshot(plan, values, nulls, GetLatestSnapshot(),
											  InvalidSnapshot, false, true, 0);

	if (result != expected)
		elog(ERROR, "query of ethdata returned %s", SPI_result_code_string(result));
}

void
eth_consent_insert_event(const EthClass *class, const char *subject, const EthRecord *record,
						 const EthEvent *event, const char *jurisdiction, TimestampTz no_reprompt)
{
	static const Oid types[Natts_consent_event] = {
		INT8OID, REGCLASSOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
		TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
		TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, TEXTOID, TEXTOID,
		JSONBOID, TEXTOID, TEXTOID, INT8OID, INT4OID
	};
	Oid			argtypes[Natts_consent_event];
	Datum		values[Natts_consent_event];
	char		nulls[Natts_consent_event];

	memcpy(argtypes, types, sizeof(types));
	memset(nulls, ' ', sizeof(nulls));
	memset(values, 0, sizeof(values));

#define SET(name, datum) values[Anum_consent_event_##name - 1] = (datum)
#define SET_NULL(name) nulls[Anum_consent_event_##name - 1] = 'n'
#define SET_TEXT(name, string) \
	do { \
		if ((string) != NULL) \
			SET(name, CStringGetTextDatum(string)); \
		else \
			SET_NULL(name); \
	} while (0)

	SET(id, Int64GetDatum(event->id));
	SET(class, ObjectIdGetDatum(class->relid));
	SET_TEXT(subject, subject);
	SET_TEXT(purpose, record->purpose);
	SET_TEXT(action, eth_consent_action_name((EthAction) event->action));
	SET_TEXT(status, eth_consent_status_name((EthStatus) event->status));
	SET(effective_at, TimestampTzGetDatum(event->effective_at));
	SET(recorded_at, TimestampTzGetDatum(event->recorded_at));
	if (event->expires_at != DT_NOEND)
		SET(expires_at, TimestampTzGetDatum(event->expires_at));
	else
		SET_NULL(expires_at);
	if (no_reprompt != DT_NOEND)
		SET(no_reprompt, TimestampTzGetDatum(no_reprompt));
	else
		SET_NULL(no_reprompt);
	SET_TEXT(notice, event->notice != 0 ? record->notice : NULL);
	SET_TEXT(jurisdiction, jurisdiction);
	SET_TEXT(method, record->method);
	SET_TEXT(selection, record->selection);
	SET_NULL(steps);
	SET_TEXT(actor, record->actor);
	SET_TEXT(authority, record->authority);
	if (record->evidence != NULL)
		SET(evidence, JsonbPGetDatum(record->evidence));
	else
		SET_NULL(evidence);
	SET_TEXT(source, record->source);
	SET_TEXT(source_event, record->source_event);
	if (record->supersedes != 0)
		SET(supersedes, Int64GetDatum(record->supersedes));
	else
		SET_NULL(supersedes);
	SET(class_id, Int32GetDatum(class->id));

	run_plan(saved_plan(&insert_event_plan,
						"INSERT INTO ethdata.consent_event (id, class, subject, purpose, action, status,"
						" effective_at, recorded_at, expires_at, no_reprompt_before, notice, jurisdiction,"
						" method, selection, steps, actor, authority, evidence, source, source_event,"
						" supersedes, class_id)"
						" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
						" $17, $18, $19, $20, $21, $22)",
						Natts_consent_event, argtypes),
			 values, nulls, SPI_OK_INSERT);
}

void
eth_consent_write_state(int32 class_id, Datum key, EthConsent *value, bool exists)
{
	Oid			types[3];
	Datum		values[3];

	types[0] = INT4OID;
	types[1] = BYTEAOID;
	types[2] = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("consent"),
							   ObjectIdGetDatum(eth_core_schema_oid(false)));
	values[0] = Int32GetDatum(class_id);
	values[1] = key;
	values[2] = PointerGetDatum(value);
	if (exists)
		run_plan(saved_plan(&update_state_plan,
							"UPDATE ethdata.consent_state SET value = $3"
							" WHERE class_id OPERATOR(pg_catalog.=) $1 AND key OPERATOR(pg_catalog.=) $2",
							3, types),
				 values, NULL, SPI_OK_UPDATE);
	else
		run_plan(saved_plan(&insert_state_plan,
							"INSERT INTO ethdata.consent_state (class_id, key, value) VALUES ($1, $2, $3)",
							3, types),
				 values, NULL, SPI_OK_INSERT);
}

/* ----------------------------------------------------------------- checking */

static bool
is_grant(const EthRecord *record)
{
	return record->action == ETH_ACTION_GIVE || record->action == ETH_ACTION_RENEW;
}

/* The effective time of an event that is received now.  Errors: 22023. */
static TimestampTz
effective_time(const EthRecord *record, TimestampTz received)
{
	if (!record->claims_time)
		return received;
	if (!is_grant(record))
		return Min(record->claimed, received);
	if (record->claimed > received + (int64) eth_consent_clock_tolerance * USECS_PER_SEC)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("consent cannot be given from a time in the future"),
				 errdetail("The time claimed is more than %d seconds ahead (ethdata.clock_tolerance).",
						   eth_consent_clock_tolerance),
				 errhint("Record it when it applies, or correct the sender's clock.")));
	return Min(record->claimed, received);
}

/* Was the choice presented as then, with the evidence that is given now? */
static bool
same_choice(const EthRecord *record, HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, Anum_consent_event_selection, desc, &isnull);

	if (isnull != (record->selection == NULL) ||
		(!isnull && strcmp(TextDatumGetCString(value), record->selection) != 0))
		return false;
	/* as with notice and time, what is left out contradicts nothing */
	if (record->evidence == NULL)
		return true;
	value = heap_getattr(tuple, Anum_consent_event_evidence, desc, &isnull);
	return !isnull && DatumGetBool(DirectFunctionCall2(jsonb_eq, value, JsonbPGetDatum(record->evidence)));
}

/*
 * The same event of the same source again?  Returns its id, 0 when it is new.
 * Errors: 22023 when the source told something else under that name.
 */
static int64
find_repeated(const EthRecord *record, int32 class_id, const char *subject)
{
	Relation	rel;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	int64		found = 0;
	bool		differs = false;

	if (record->source_event == NULL)
		return 0;
	rel = table_open(eth_core_relid("consent_event", false), AccessShareLock);
	ScanKeyInit(&keys[0], Anum_consent_event_source, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(record->source));
	ScanKeyInit(&keys[1], Anum_consent_event_source_event, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(record->source_event));
	scan = systable_beginscan(rel, eth_core_relid("consent_event_source", false), true,
							  NULL, 2, keys);
	while ((tuple = systable_getnext(scan)) != NULL)
	{
		TupleDesc	desc = RelationGetDescr(rel);
		EthEvent	event;
		bool		isnull;
		char	   *other;

		eth_consent_event_from_tuple(&event, tuple, desc, NULL);
		other = TextDatumGetCString(heap_getattr(tuple, Anum_consent_event_subject, desc, &isnull));
		if (DatumGetInt32(heap_getattr(tuple, Anum_consent_event_class_id, desc, &isnull)) != class_id ||
			strcmp(other, subject) != 0)
		{
			differs = true;
			break;
		}
		if (event.purpose != record->purpose_id)
			continue;			/* one source event may answer about several
								 * purposes */
		found = event.id;
		if (record->adopted)
			break;
		if ((event.action == ETH_ACTION_RENEW ? ETH_ACTION_GIVE : event.action) != record->action ||
			event.supersedes != record->supersedes ||
			(record->notice != NULL && record->notice_must_cover &&
			 event.notice != eth_purpose_id(record->notice)) ||
			(record->claims_time &&
			 Min(record->claimed, event.recorded_at) != event.effective_at) ||
			!same_choice(record, tuple, desc))
			differs = true;
		break;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (differs)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("this event of source \"%s\" was recorded before with other content",
						eth_core_shown(record->source)),
				 errdetail("Another person, purpose, answer, time, notice, selection or evidence."),
				 errhint("Give each event of a source a name of its own.")));
	return found;
}

/* The notice that the event names, as of its time.  Errors: 42704, 22023. */
int32
eth_consent_check_notice(const EthRecord *record, TimestampTz effective_at)
{
	const EthNotice *notice;
	TimestampTz valid_from;
	int32		id;
	int			n;
	int			i;

	if (record->notice == NULL)
		return 0;
	notice = eth_consent_notice_by_code(record->notice);
	if (notice == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("notice \"%s\" does not exist", eth_core_shown(record->notice)),
				 errhint("Publish it with ethdata.publish_notice().")));
	if (!eth_consent_notice_covers(notice, record->purpose_id))
	{
		if (!record->notice_must_cover)
			return 0;
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("notice \"%s\" does not cover purpose \"%s\"", record->notice, record->purpose),
				 errhint("Name the notice that the person saw, or publish one that covers the purpose.")));
	}
	if (!is_grant(record))
		return notice->id;
	if (notice->valid_from > effective_at)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("notice \"%s\" was not valid yet when the consent was given", record->notice)));
	id = notice->id;
	valid_from = notice->valid_from;
	n = eth_consent_notice_count();
	for (i = 0; i < n; i++)
	{
		const EthNotice *later = eth_consent_notice_at(i);

		if (later->reconsent && later->id != id && later->valid_from > valid_from &&
			later->valid_from <= effective_at &&
			eth_consent_notice_covers(later, record->purpose_id))
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("notice \"%s\" was replaced by notice \"%s\", which asks for consent again",
							record->notice, later->code),
					 errhint("Ask under the notice that is valid now.")));
	}
	return id;
}

/*
 * Does the purpose rest on an answer under the regime of the person?  Returns
 * false where it does not and the event is left out then.  Errors: 22023.
 */
static bool
check_rests_on_answer(const EthRecord *record, uint8 regime)
{
	const EthPurpose *purpose = eth_purpose_by_id(record->purpose_id);
	EthBasis	basis;

	if (record->action == ETH_ACTION_OBJECT || record->action == ETH_ACTION_DECIDE ||
		record->supersedes != 0 || purpose == NULL ||
		eth_consent_rests_on_answer(purpose, regime))
		return true;
	if (record->where_it_applies)
		return false;
	basis = eth_purpose_basis(purpose, regime);
	ereport(ERROR,
			(errcode(ETH_ERR_BAD_VALUE),
			 is_grant(record) ?
			 errmsg("consent cannot be given to purpose \"%s\"", record->purpose) :
			 errmsg("there is no consent to purpose \"%s\" that could be refused or withdrawn",
					record->purpose),
			 basis == ETH_BASIS_UNLAWFUL ?
			 errdetail("It has no legal basis under the regime of this person.") :
			 errdetail("It rests on %s, not on the person's answer.", eth_purpose_basis_name(basis)),
			 is_grant(record) ?
			 errhint("ethdata.permitted() says whether the purpose may use the person's data; ask for consent under a purpose that rests on it.") :
			 errhint("ethdata.object_to() records that the person objects.")));
	return false;				/* keep compiler quiet */
}

/*
 * Where everything is withdrawn: is this purpose closed with another one of them,
 * above it, that rests on an answer under the regime of the person?
 */
static bool
is_covered(const EthRecord *records, int n, int i, uint8 regime)
{
	int			j;

	for (j = 0; j < n; j++)
	{
		const EthPurpose *above = eth_purpose_by_id(records[j].purpose_id);

		if (j != i && above != NULL && eth_consent_rests_on_answer(above, regime) &&
			eth_consent_is_below(records[i].purpose_id, records[j].purpose_id) &&
			!(j > i && eth_consent_is_below(records[j].purpose_id, records[i].purpose_id)))
			return true;
	}
	return false;
}

/* A restriction is lifted once. */
static void
check_lifts(const EthRecord *record, const EthEvents *events)
{
	int			i;

	for (i = 0; i < events->n; i++)
		if (events->events[i].action == ETH_ACTION_LIFT && events->events[i].supersedes == record->supersedes)
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("the restriction was lifted before")));
}

/* An event can only name an objection of the same person, to the purpose or above it. */
static void
check_supersedes(const EthRecord *record, const EthEvents *events)
{
	int			i;

	if (record->supersedes == 0)
		return;
	if (record->action == ETH_ACTION_LIFT)
	{
		check_lifts(record, events);
		return;
	}
	for (i = 0; i < events->n; i++)
	{
		const EthEvent *event = &events->events[i];

		if (event->id == record->supersedes && event->action == ETH_ACTION_OBJECT &&
			eth_consent_is_below(record->purpose_id, event->purpose))
			return;
	}
	ereport(ERROR,
			(errcode(ETH_ERR_BAD_VALUE),
			 errmsg("supersedes does not name an objection of this person to purpose \"%s\" or one above it",
					record->purpose),
			 errhint("ethdata.consent_history() lists the person's events.")));
}

TimestampTz
eth_consent_plus_interval(TimestampTz start, const Interval *span)
{
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
												   TimestampTzGetDatum(start),
												   IntervalPGetDatum(span)));
}

/* ---------------------------------------------------------------- recording */

/* Makes the event from what was asked.  "events" are the person's so far. */
static void
make_event(EthEvent *event, EthRecord *record, const EthEvents *events, uint8 regime,
		   TimestampTz received, TimestampTz recorded_at)
{
	memset(event, 0, sizeof(EthEvent));
	check_supersedes(record, events);
	event->purpose = record->purpose_id;
	event->action = record->action;
	event->status = record->status;
	event->effective_at = effective_time(record, received);
	event->recorded_at = recorded_at;
	event->expires_at = DT_NOEND;
	event->supersedes = record->supersedes;
	event->notice = eth_consent_check_notice(record, event->effective_at);
	if (event->notice != 0)
		event->flags |= ETH_EVENT_INFORMED;
	if (record->selection == NULL ||
		(strcmp(record->selection, "preselected") != 0 && strcmp(record->selection, "bundled") != 0))
		event->flags |= ETH_EVENT_COUNTS;
	if (record->selection != NULL && strcmp(record->selection, "unselected") == 0 &&
		event->notice != 0)
		event->flags |= ETH_EVENT_EXPLICIT;
	if (record->authority != NULL && strcmp(record->authority, ETH_AUTHORITY_MARKETING) == 0)
		event->flags |= ETH_EVENT_ABSOLUTE;

	if (is_grant(record))
	{
		EthFolded	before;

		if (record->lifetime != NULL)
			event->expires_at =
				eth_consent_plus_interval(record->lifetime_runs ? record->lifetime_start : event->effective_at,
										  record->lifetime);
		if (!(event->flags & ETH_EVENT_COUNTS))
			event->status = ETH_STATUS_UNKNOWN;
		else
		{
			/* agreed before, and not ended since: this renews it */
			eth_consent_build_one(events, regime, record->purpose_id, event->effective_at,
								  DT_NOEND, &before);
			if (ETH_STATUS_IS_GRANT((EthStatus) before.status))
			{
				event->action = ETH_ACTION_RENEW;
				event->status = ETH_STATUS_RENEWED;
			}
		}
	}
}

/*
 * Does what a column says yield to what is known?  A yes to anything that is known:
 * no time shows that it is newer, so it revives nothing.  A no to a no.
 */
static bool
yields(EthRecord *record, const EthEvents *events, uint8 regime, TimestampTz received)
{
	EthFolded	known;

	eth_consent_build_one(events, regime, record->purpose_id, received, DT_NOEND, &known);
	if (is_grant(record))
		return known.status != ETH_STATUS_UNKNOWN;
	record->ended = ETH_STATUS_IS_GRANT((EthStatus) known.status);
	return known.status == ETH_STATUS_REFUSED || known.status == ETH_STATUS_WITHDRAWN ||
		known.status == ETH_STATUS_REVOKED;
}

/* Tells the audit, which names the person by a reference of its own. */
static void
tell_audit(const EthClass *class, const EthKey *key, const EthRecord *record, const EthEvent *event)
{
	EthAuditSubject subject;
	EthAuditEvent audit;
	EthDetails	details;

	subject.class_id = class->id;
	subject.len = key->len;
	subject.key = key->data;
	eth_core_details_begin(&details);
	eth_core_details_int(&details, "event", event->id);
	eth_core_details_text(&details, "status", eth_consent_status_name((EthStatus) event->status));
	eth_core_details_text(&details, "class", class->code);
	eth_core_details_text(&details, "notice", event->notice != 0 ? record->notice : NULL);
	memset(&audit, 0, sizeof(audit));
	audit.kind = ETH_AUDIT_CONSENT;
	audit.action = eth_consent_action_name((EthAction) event->action);
	audit.relid = class->relid;
	audit.purpose = eth_purpose_code_valid(record->purpose) ? record->purpose : NULL;	/* of all purposes */
	audit.nsubjects = 1;
	audit.subjects = &subject;
	audit.details = eth_core_details_end(&details);
	eth_core_event(&audit);
}

/*
 * The class as it is now that its definition stands still (who changes the code or
 * key locks consent_state against us).  Error 40001 when it became another one
 * since the key was read.
 */
static void
class_again(EthClass *now, const EthClass *before)
{
	const EthClass *class;

	eth_consent_cache_forget_unsettled();
	class = eth_consent_class_by_id(before->id);
	if (class == NULL || class->relid != before->relid || class->key_kind != before->key_kind ||
		class->nkeys != before->nkeys ||
		memcmp(class->keys, before->keys, class->nkeys * sizeof(AttrNumber)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("subject class \"%s\" was changed or dropped meanwhile", before->code),
				 errhint("Try again.")));
	eth_consent_class_copy(now, class);
}

void
eth_consent_record(const EthClass *class, const EthKey *key, EthRecord *records, int nrecords,
				   const char *command)
{
	EthCaller	caller;
	EthClass	now;
	Relation	state;
	LOCKTAG		turn;
	EthEvents	events;
	char	   *subject;
	char	   *jurisdiction;
	uint8		regime;
	int32		birth_date;
	TimestampTz received;
	bool		exists;
	EthEvent   *told = palloc(sizeof(EthEvent) * nrecords);
	bool	   *is_told = palloc0(sizeof(bool) * nrecords);
	int			written = 0;
	int			i;

	PreventCommandIfReadOnly(command);
	PreventCommandIfParallelMode(command);
	for (i = 0; i < nrecords; i++)
	{
		if (is_grant(&records[i]))
			eth_consent_class_require_complete(class);
	}

	state = table_open(eth_core_relid("consent_state", false), RowExclusiveLock);
	class_again(&now, class);
	class = &now;
	exists = take_turn(state, class->id, key, &turn);
	/* a purpose may have been redefined while this waited */
	eth_purpose_catalogue_recheck();

	eth_consent_load_events(&events, class->id, key, class->key_kind, NULL);
	eth_consent_head(class, key, NULL, &regime, &birth_date, &jurisdiction);
	subject = eth_consent_key_to_text(key, class->key_kind);
	received = GetCurrentTimestamp();
	if (events.newest >= received)
		received = events.newest + 1;

	/*
	 * from here on as the extension's owner: the class's own table is behind
	 * us
	 */
	eth_core_enter(&caller);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	for (i = 0; i < nrecords; i++)
	{
		EthRecord  *record = &records[i];
		EthEvent	event;
		TimestampTz no_reprompt = DT_NOEND;
		const Interval *wait;

		if (!check_rests_on_answer(record, regime) ||
			(record->where_it_applies && is_covered(records, nrecords, i, regime)))
			continue;
		record->id = find_repeated(record, class->id, subject);
		record->repeated = record->id != 0;
		if (record->repeated)
			continue;
		record->yielded = record->adopted && yields(record, &events, regime, received);
		if (record->yielded)
			continue;
		make_event(&event, record, &events, regime, received, received + written);
		wait = eth_consent_regime_no_reprompt(regime);
		if (wait != NULL && (record->action == ETH_ACTION_REFUSE ||
							 record->action == ETH_ACTION_WITHDRAW ||
							 record->action == ETH_ACTION_OBJECT))
			no_reprompt = eth_consent_plus_interval(event.effective_at, wait);
		event.id = nextval_internal(eth_core_relid("consent_event_id_seq", false), false);
		record->id = event.id;
		eth_consent_insert_event(class, subject, record, &event, jurisdiction, no_reprompt);
		eth_consent_add_event(&events, &event, jurisdiction);
		told[i] = event;
		is_told[i] = true;
		written++;
	}
	if (written > 0)
		eth_consent_write_state(class->id, PointerGetDatum(key_bytes(key)),
								eth_consent_build(&events, regime, birth_date, events.newest, DT_NOEND),
								exists);
	SPI_finish();
	eth_core_leave(&caller);

	LockRelease(&turn, ExclusiveLock, false);
	table_close(state, NoLock);

	/* as the caller: it is he who did it */
	for (i = 0; i < nrecords; i++)
		if (is_told[i])
			tell_audit(class, key, &records[i], &told[i]);
}
