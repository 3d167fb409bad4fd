/*
 * state.c
 *		From the tables to what holds for a person.
 *
 * ethdata.consent_state has one row for each subject with events: the value that
 * the fold makes of them, kept current by the functions that record events.
 * Reading it is one probe of its primary key, without SPI.  Questions about the
 * past fold the events themselves.
 *
 * What the value carries.  An entry for every purpose that has an event of its
 * own, resolved against the denials of its ancestors.  A purpose without one
 * takes the nearest ancestor's denial when it is decided, so that a purpose that
 * is defined later needs no rewriting; only where the ancestors' entries do not
 * say what holds for the purpose (see needs_entry()) does it get an entry.
 *
 * Regime and birth date, on which the default depends, come from the subject's row
 * in the class's table whenever a decision is taken.  The value has those under
 * which it was folded; where the regime is another one now, the events are folded
 * again.  A subject without events has no row in consent_state.
 *
 * Snapshots: the caller's, or NULL for a fresh one.  Rights are not checked here.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "consent/state.h"

static const char *const action_names[] =
{
	[ETH_ACTION_REQUEST] = "request",
	[ETH_ACTION_GIVE] = "give",
	[ETH_ACTION_RENEW] = "renew",
	[ETH_ACTION_REFUSE] = "refuse",
	[ETH_ACTION_WITHDRAW] = "withdraw",
	[ETH_ACTION_OBJECT] = "object",
	[ETH_ACTION_DECIDE] = "decide",
	[ETH_ACTION_INVALIDATE] = "invalidate",
	[ETH_ACTION_RESTRICT] = "restrict",
	[ETH_ACTION_LIFT] = "lift"
};

const char *
eth_consent_action_name(EthAction action)
{
	return action_names[action];
}

/* ----------------------------------------------------------------- events */

void
eth_consent_add_event(EthEvents *events, const EthEvent *event, const char *jurisdiction)
{
	if (events->n >= events->room)
	{
		events->room = Max(16, 2 * events->room);
		if (events->events == NULL)
		{
			events->events = palloc(events->room * sizeof(EthEvent));
			events->jurisdictions = palloc(events->room * sizeof(char *));
		}
		else
		{
			events->events = repalloc(events->events, events->room * sizeof(EthEvent));
			events->jurisdictions = repalloc(events->jurisdictions, events->room * sizeof(char *));
		}
	}
	events->events[events->n] = *event;
	events->jurisdictions[events->n] = jurisdiction ? pstrdup(jurisdiction) : NULL;
	events->n++;
	events->newest = Max(events->newest, event->recorded_at);
}

/* The action or status of a row; 0 for one that this version does not know. */
static uint8
position_of(const char *name, const char *const *names, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (names[i] != NULL && strcmp(names[i], name) == 0)
			return (uint8) i;
	}
	return 0;
}

static EthStatus
status_of(const char *name)
{
	int			i;

	for (i = ETH_STATUS_UNKNOWN; i <= ETH_STATUS_OBJECTED; i++)
	{
		if (strcmp(eth_consent_status_name((EthStatus) i), name) == 0)
			return (EthStatus) i;
	}
	return ETH_STATUS_UNKNOWN;
}

/*
 * What counts as explicit: the person made the choice, in view of a notice.
 */
void
eth_consent_event_from_tuple(EthEvent *event, HeapTuple tuple, TupleDesc desc, char **jurisdiction)
{
	/* the table may have more columns than this version knows */
	Datum	   *values = palloc(sizeof(Datum) * desc->natts);
	bool	   *nulls = palloc(sizeof(bool) * desc->natts);
	char	   *selection;
	char	   *authority;

	/* of the texts, the first three are NOT NULL */
	heap_deform_tuple(tuple, desc, values, nulls);
#define COLUMN(name) values[Anum_consent_event_##name - 1]
#define COLUMN_NULL(name) nulls[Anum_consent_event_##name - 1]
#define COLUMN_TEXT(name) (COLUMN_NULL(name) ? NULL : TextDatumGetCString(COLUMN(name)))

	memset(event, 0, sizeof(EthEvent));
	event->id = DatumGetInt64(COLUMN(id));
	event->purpose = eth_purpose_id(TextDatumGetCString(COLUMN(purpose)));
	event->action = position_of(TextDatumGetCString(COLUMN(action)), action_names, lengthof(action_names));
	event->status = status_of(TextDatumGetCString(COLUMN(status)));
	event->effective_at = DatumGetTimestampTz(COLUMN(effective_at));
	event->recorded_at = DatumGetTimestampTz(COLUMN(recorded_at));
	event->expires_at = COLUMN_NULL(expires_at) ? DT_NOEND : DatumGetTimestampTz(COLUMN(expires_at));
	event->supersedes = COLUMN_NULL(supersedes) ? 0 : DatumGetInt64(COLUMN(supersedes));
	if (!COLUMN_NULL(notice))
	{
		event->notice = eth_purpose_id(COLUMN_TEXT(notice));
		event->flags |= ETH_EVENT_INFORMED;
	}
	selection = COLUMN_TEXT(selection);
	if (selection == NULL ||
		(strcmp(selection, "preselected") != 0 && strcmp(selection, "bundled") != 0))
		event->flags |= ETH_EVENT_COUNTS;
	if (selection != NULL && strcmp(selection, "unselected") == 0 && !COLUMN_NULL(notice))
		event->flags |= ETH_EVENT_EXPLICIT;
	authority = COLUMN_TEXT(authority);
	if (authority != NULL && strcmp(authority, ETH_AUTHORITY_MARKETING) == 0)
		event->flags |= ETH_EVENT_ABSOLUTE;
	if (jurisdiction != NULL)
		*jurisdiction = COLUMN_TEXT(jurisdiction);
}

void
eth_consent_load_events(EthEvents *events, int32 class_id, const EthKey *key, EthKeyKind kind,
						Snapshot snapshot)
{
	Relation	rel = table_open(eth_core_relid("consent_event", false), AccessShareLock);
	Oid			index = eth_core_relid("consent_event_subject", false);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	memset(events, 0, sizeof(EthEvents));
	events->newest = DT_NOBEGIN;
	ScanKeyInit(&keys[0], Anum_consent_event_class_id, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(class_id));
	ScanKeyInit(&keys[1], Anum_consent_event_subject, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(eth_consent_key_to_text(key, kind)));
	scan = systable_beginscan(rel, index, true, snapshot, 2, keys);
	while ((tuple = systable_getnext(scan)) != NULL)
	{
		EthEvent	event;
		char	   *jurisdiction;

		eth_consent_event_from_tuple(&event, tuple, RelationGetDescr(rel), &jurisdiction);
		eth_consent_add_event(events, &event, jurisdiction);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/* ------------------------------------------------------------------- fold */

/*
 * The events in the order of the fold, with the notices that ask again for
 * consent to one of the purposes (0: any that has an event).
 */
static EthEvent *
sorted_events(const EthEvents *events, int32 only, int *n)
{
	EthEvent   *sorted;
	int			nnotices = eth_consent_notice_count();
	int			room = events->n;
	int			i;
	int			j;
	int			k;

	for (i = 0; i < nnotices; i++)
	{
		if (eth_consent_notice_at(i)->reconsent)
			room += eth_consent_notice_at(i)->npurposes;
	}
	sorted = palloc(Max(room, 1) * sizeof(EthEvent));
	memcpy(sorted, events->events, events->n * sizeof(EthEvent));
	*n = events->n;
	for (i = 0; i < nnotices; i++)
	{
		const EthNotice *notice = eth_consent_notice_at(i);

		if (!notice->reconsent)
			continue;
		for (j = 0; j < notice->npurposes; j++)
		{
			EthEvent   *event;

			if (only != 0 && notice->purposes[j] != only)
				continue;
			for (k = 0; k < events->n; k++)
			{
				if (events->events[k].purpose == notice->purposes[j])
					break;
			}
			if (k == events->n)
				continue;
			event = &sorted[(*n)++];
			memset(event, 0, sizeof(EthEvent));
			event->purpose = notice->purposes[j];
			event->action = ETH_ACTION_RECONSENT;
			event->notice = notice->id;
			event->effective_at = notice->valid_from;
			event->recorded_at = notice->published_at;
			event->expires_at = DT_NOEND;
		}
	}
	eth_consent_fold_sort(sorted, *n);
	return sorted;
}

/* A purpose that the catalogue does not know (any more) rests on the answer and is below nothing. */
static const EthFoldPurpose *
fact_or_default(const EthFoldPurpose *facts, int nfacts, int32 id, EthFoldPurpose *space)
{
	const EthFoldPurpose *fact = eth_consent_fact(facts, nfacts, id);

	if (fact != NULL)
		return fact;
	memset(space, 0, sizeof(EthFoldPurpose));
	space->id = id;
	space->rests_on_answer = true;
	return space;
}

void
eth_consent_build_by(const EthEvents *events, const EthFoldPurpose *fact,
					 TimestampTz valid_at, TimestampTz known_at, EthFolded *result)
{
	int			n;
	EthEvent   *sorted = sorted_events(events, fact->id, &n);

	(void) eth_consent_fold(fact, sorted, n, valid_at, known_at,
							palloc(Max(n, 1) * sizeof(EthFoldObjection)), result);
}

void
eth_consent_build_one(const EthEvents *events, uint8 regime, int32 purpose,
					  TimestampTz valid_at, TimestampTz known_at, EthFolded *result)
{
	int			n;
	EthEvent   *sorted = sorted_events(events, purpose, &n);
	int			nfacts;
	const EthFoldPurpose *facts = eth_consent_facts(regime, &nfacts);
	EthFoldPurpose space;

	(void) eth_consent_fold(fact_or_default(facts, nfacts, purpose, &space), sorted, n,
							valid_at, known_at,
							palloc(Max(n, 1) * sizeof(EthFoldObjection)), result);
}

static int
compare_folded(const void *a, const void *b)
{
	int32		x = ((const EthFolded *) a)->id;
	int32		y = ((const EthFolded *) b)->id;

	return x < y ? -1 : x > y ? 1 : 0;
}

/*
 * A purpose without own events needs an entry where its ancestors' entries do not
 * say what holds for it: it is closed, and not each of them says so (one was
 * opened again, and grants do not flow; or it shows a denial of another kind); or
 * it is not closed, and one of them says that it were (an objection was decided
 * that stays absolute there).
 */
static bool
needs_entry(const EthFoldPurpose *fact, bool closed, const EthFolded *folded, int nfolded)
{
	int			i;

	for (i = 0; i < fact->nancestors; i++)
	{
		EthFolded	wanted = {.id = fact->ancestors[i]};
		const EthFolded *entry;

		entry = bsearch(&wanted, folded, nfolded, sizeof(EthFolded), compare_folded);
		if (entry != NULL && eth_consent_fold_flows(fact, entry) != closed)
			return true;
	}
	return false;
}

/*
 * Adds the entries of purposes without own events to the first nfolded ones, which
 * are sorted and stay so.  Closed ones first: their entries count for those below.
 * Returns how many there are then.
 */
static int
add_inherited(EthFolded *folded, int nfolded, const EthFoldPurpose *facts, int nfacts,
			  const EthEvent *sorted, int n, TimestampTz valid_at, TimestampTz known_at,
			  EthFoldObjection *scratch)
{
	EthFolded  *results = palloc(Max(nfacts, 1) * sizeof(EthFolded));
	bool	   *pending = palloc0(Max(nfacts, 1) * sizeof(bool));
	int			closed;
	int			i;

	for (i = 0; i < nfacts; i++)
		pending[i] = facts[i].nancestors > 0 &&
			!eth_consent_fold(&facts[i], sorted, n, valid_at, known_at, scratch, &results[i]);
	for (closed = 1; closed >= 0; closed--)
	{
		int			before = nfolded;

		for (i = 0; i < nfacts; i++)
		{
			if (!pending[i] || closed != ETH_STATUS_IS_DENIAL((EthStatus) results[i].status) ||
				!needs_entry(&facts[i], closed, folded, before))
				continue;
			folded[nfolded++] = results[i];
			pending[i] = false;
		}
		if (nfolded > before)
			qsort(folded, nfolded, sizeof(EthFolded), compare_folded);
	}
	return nfolded;
}

EthConsent *
eth_consent_build(const EthEvents *events, uint8 regime, int32 birth_date,
				  TimestampTz valid_at, TimestampTz known_at)
{
	int			nfacts;
	int			n;
	int			nfolded = 0;
	bool		denials = false;
	const EthFoldPurpose *facts;
	EthEvent   *sorted;
	EthFoldObjection *scratch;
	EthFolded  *folded;
	EthConsent *value;
	int			i;
	int			j;

	sorted = sorted_events(events, 0, &n);
	facts = eth_consent_facts(regime, &nfacts);
	scratch = palloc(Max(n, 1) * sizeof(EthFoldObjection));
	folded = palloc((events->n + nfacts + 1) * sizeof(EthFolded));

	for (i = 0; i < events->n; i++)
	{
		const EthEvent *event = &events->events[i];
		EthFoldPurpose space;

		if (event->action == ETH_ACTION_RESTRICT || event->action == ETH_ACTION_LIFT)
			continue;
		denials |= event->action == ETH_ACTION_REFUSE ||
			event->action == ETH_ACTION_WITHDRAW || event->action == ETH_ACTION_OBJECT;
		for (j = 0; j < nfolded; j++)
		{
			if (folded[j].id == event->purpose)
				break;
		}
		if (j < nfolded)
			continue;
		if (eth_consent_fold(fact_or_default(facts, nfacts, event->purpose, &space), sorted, n,
							 valid_at, known_at, scratch, &folded[nfolded]))
			nfolded++;
	}
	qsort(folded, nfolded, sizeof(EthFolded), compare_folded);

	if (denials)
		nfolded = add_inherited(folded, nfolded, facts, nfacts, sorted, n, valid_at, known_at,
								scratch);

	if (nfolded > ETH_CONSENT_MAX_ENTRIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a consent value can carry at most %d purposes", ETH_CONSENT_MAX_ENTRIES)));
	value = eth_consent_make(regime, birth_date, nfolded);
	if (eth_consent_restriction(events, valid_at, known_at) != 0)
		value->flags |= ETH_HEAD_RESTRICTED;
	for (i = 0; i < nfolded; i++)
	{
		value->entries[i].id = folded[i].id;
		value->entries[i].bits = ETH_ENTRY_BITS(folded[i].status, folded[i].flags,
												folded[i].expiry);
	}
	return value;
}

/* ---------------------------------------------------------------- look-up */

static EthConsent *
kept_state(int32 class_id, const EthKey *key, Snapshot snapshot)
{
	Relation	rel = table_open(eth_core_relid("consent_state", false), AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	EthConsent *result = NULL;
	bytea	   *bytes;

	bytes = palloc(VARHDRSZ + key->len);
	SET_VARSIZE(bytes, VARHDRSZ + key->len);
	memcpy(VARDATA(bytes), key->data, key->len);
	ScanKeyInit(&keys[0], Anum_consent_state_class_id, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(class_id));
	ScanKeyInit(&keys[1], Anum_consent_state_key, BTEqualStrategyNumber, F_BYTEAEQ,
				PointerGetDatum(bytes));
	scan = systable_beginscan(rel, eth_core_relid("consent_state_pkey", false), true,
							  snapshot, 2, keys);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, Anum_consent_state_value,
										 RelationGetDescr(rel), &isnull);

		result = (EthConsent *) PG_DETOAST_DATUM_COPY(value);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	pfree(bytes);
	return result;
}

/* The row as remembered; else it is looked up, and remembered if the snapshot is the reader's. */
static EthConsent *
remembered_state(const EthReader *reader, uint32 hash, const EthKey *key, Snapshot snapshot)
{
	const EthConsent *value;
	EthConsent *result;

	if (reader->horizon == 0)
		return kept_state(reader->class_id, key, snapshot);
	if (eth_consent_remembered(reader, hash, key, &value))
	{
		if (value == NULL)
			return NULL;
		result = palloc(VARSIZE(value));
		memcpy(result, value, VARSIZE(value));
		return result;
	}
	result = kept_state(reader->class_id, key, snapshot);
	if (snapshot != NULL)
		eth_consent_remember(reader, hash, key, result);
	return result;
}

EthConsent *
eth_consent_lookup(const EthReader *reader, uint32 hash, const EthKey *key, bool latest)
{
	Snapshot	snapshot = latest ? NULL : GetActiveSnapshot();
	EthConsent *result = remembered_state(reader, hash, key, snapshot);
	EthConsent *fresh;
	const EthClass *class = eth_consent_class_by_id(reader->class_id);
	EthClass	copy;
	EthEvents	events;
	uint8		regime;
	int32		birth_date;

	if (class == NULL)
		return result;

	/* only what the head needs: this is done for every row */
	copy = *class;
	copy.code = copy.kind = NULL;
	eth_consent_head(&copy, key, snapshot, &regime, &birth_date, NULL);
	if (result == NULL)
		return regime != ETH_REGIME_UNKNOWN || birth_date != ETH_BIRTH_UNKNOWN ?
			eth_consent_make(regime, birth_date, 0) : NULL;
	if (result->regime == regime)
	{
		result->birth_date = birth_date;
		return result;
	}

	/* another law holds than when the person last answered */
	eth_consent_load_events(&events, reader->class_id, key, copy.key_kind, snapshot);
	fresh = eth_consent_build(&events, regime, birth_date,
							  Max(eth_core_clock(), events.newest), DT_NOEND);
	fresh->flags = result->flags;
	return fresh;
}

/*
 * The regime at a time, as it was known at some time.  About now the subject's row
 * says; a row has no past, so about then the newest event that was recorded by
 * then does, and the row where none does.
 */
static void
head_as_of(const EthClass *class, const EthKey *key, const EthEvents *events,
		   TimestampTz valid_at, TimestampTz known_at, uint8 *regime, int32 *birth_date)
{
	TimestampTz then = Min(valid_at, known_at);
	TimestampTz newest = DT_NOBEGIN;
	const char *jurisdiction = NULL;
	int			i;

	eth_consent_head(class, key, GetActiveSnapshot(), regime, birth_date, NULL);
	if (then >= GetCurrentTransactionStartTimestamp())
		return;
	for (i = 0; i < events->n; i++)
	{
		if (events->jurisdictions[i] == NULL || events->events[i].recorded_at > then ||
			events->events[i].recorded_at < newest)
			continue;
		newest = events->events[i].recorded_at;
		jurisdiction = events->jurisdictions[i];
	}
	if (jurisdiction != NULL)
		*regime = eth_consent_regime_of_jurisdiction(jurisdiction);
}

EthConsent *
eth_consent_as_of(int32 class_id, const EthKey *key, TimestampTz valid_at, TimestampTz known_at)
{
	const EthClass *class = eth_consent_class_by_id(class_id);
	EthClass	copy;
	EthEvents	events;
	uint8		regime;
	int32		birth_date;

	if (class == NULL)
		return NULL;
	eth_consent_class_copy(&copy, class);
	eth_consent_load_events(&events, class_id, key, copy.key_kind, GetActiveSnapshot());
	head_as_of(&copy, key, &events, valid_at, known_at, &regime, &birth_date);
	if (events.n == 0 && regime == ETH_REGIME_UNKNOWN && birth_date == ETH_BIRTH_UNKNOWN)
		return NULL;
	return eth_consent_build(&events, regime, birth_date, valid_at, known_at);
}

int64
eth_consent_deciding_event(int32 class_id, const EthKey *key, const EthPurpose *purpose,
						   TimestampTz valid_at, TimestampTz known_at)
{
	int32		id = purpose->id;
	bool		restrictable = purpose->restriction_ground == NULL;
	const EthClass *class = eth_consent_class_by_id(class_id);
	EthClass	copy;
	EthEvents	events;
	EthFolded	result;
	uint8		regime;
	int32		birth_date;
	int64		restriction;

	if (class == NULL)
		return 0;
	eth_consent_class_copy(&copy, class);
	eth_consent_load_events(&events, class_id, key, copy.key_kind, GetActiveSnapshot());
	if (events.n == 0)
		return 0;
	restriction = eth_consent_restriction(&events, valid_at, known_at);
	if (restriction != 0 && restrictable)
		return restriction;
	head_as_of(&copy, key, &events, valid_at, known_at, &regime, &birth_date);
	eth_consent_build_one(&events, regime, id, valid_at, known_at, &result);
	return result.event;
}
