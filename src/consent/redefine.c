/*
 * redefine.c
 *		Making states current when a purpose is defined anew.
 *
 * What holds for a person follows from the events and from what the purposes are:
 * their parents, whether they are direct marketing, what they rest on.  When that
 * changes, the states of all persons who said something about the purpose or one
 * above or below it are folded again, in the transaction of the definition.
 *
 * A denial that came from above is not undone by a definition.  Where a refusal or
 * withdrawal of an ancestor had closed a purpose, and by the new definition would
 * not (the purpose rests on another basis now, or stands elsewhere), an event of
 * the purpose's own takes over, with the time of the old one: recorded by the
 * system, its evidence names the event that closed it.  So there is no silent
 * fall-back to another basis, and a later grant opens the purpose as ever.  The
 * same where an objection had ended consent that would come to life again.
 *
 * A purpose that is new and stands below others can be open to a person only by
 * another basis than consent; for such ones states are looked at, too.
 *
 * Locks: ShareRowExclusiveLock on consent_state, so that nobody records an answer
 * meanwhile; define_purpose() keeps other definitions out.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "commands/sequence.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "consent/record.h"

/* What the purposes were and are, under one regime. */
typedef struct RegimeChange
{
	uint8		regime;
	int			nold;
	EthFoldPurpose *old;
	int			nnew;
	EthFoldPurpose *new;
} RegimeChange;

typedef struct Redefinition
{
	MemoryContext context;
	int			nregimes;
	RegimeChange *regimes;		/* the first one: unknown */
	int			nchanged;
	int32	   *changed;		/* purposes of which another thing holds,
								 * sorted */
	int			nrelevant;
	int32	   *relevant;		/* and all above them, then or now; sorted */
} Redefinition;

void *
eth_consent_redefinition_begins(void)
{
	MemoryContext context;
	MemoryContext around;
	Redefinition *r;
	int			i;

	/* goes with the transaction where the definition fails */
	context = AllocSetContextCreate(TopTransactionContext, "ethdata redefinition",
									ALLOCSET_SMALL_SIZES);
	around = MemoryContextSwitchTo(context);
	r = palloc0(sizeof(Redefinition));
	r->context = context;
	r->nregimes = 1 + eth_consent_regime_count();
	r->regimes = palloc0(r->nregimes * sizeof(RegimeChange));
	for (i = 1; i < r->nregimes; i++)
		r->regimes[i].regime = eth_consent_regime_at(i - 1);
	for (i = 0; i < r->nregimes; i++)
		r->regimes[i].old = eth_consent_facts_copy(r->regimes[i].regime, &r->regimes[i].nold);
	MemoryContextSwitchTo(around);
	return r;
}

/* ------------------------------------------------------- what has changed */

static bool
same_facts(const EthFoldPurpose *a, const EthFoldPurpose *b)
{
	return a->rests_on_answer == b->rests_on_answer &&
		a->objectionable == b->objectionable &&
		a->direct_marketing == b->direct_marketing &&
		a->nancestors == b->nancestors &&
		memcmp(a->ancestors, b->ancestors, a->nancestors * sizeof(int32)) == 0;
}

/* Can the purpose be open to a person who never answered? */
static bool
opens_by_itself(int32 id)
{
	const EthPurpose *purpose = eth_purpose_by_id(id);
	int			i;

	for (i = -1; purpose != NULL && i < purpose->nregimes; i++)
	{
		EthBasis	basis = i < 0 ? purpose->basis : purpose->regimes[i].basis;

		if (basis != ETH_BASIS_CONSENT && basis != ETH_BASIS_EXPLICIT_CONSENT &&
			basis != ETH_BASIS_SOFT_OPT_IN && basis != ETH_BASIS_UNLAWFUL)
			return true;
	}
	return false;
}

static int
compare_ids(const void *a, const void *b)
{
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;

	return x < y ? -1 : x > y ? 1 : 0;
}

static int
sort_unique(int32 *ids, int n)
{
	int			kept = 0;
	int			i;

	qsort(ids, n, sizeof(int32), compare_ids);
	for (i = 0; i < n; i++)
	{
		if (kept == 0 || ids[i] != ids[kept - 1])
			ids[kept++] = ids[i];
	}
	return kept;
}

static void
find_changes(Redefinition *r)
{
	int			room = 0;
	int			i;
	int			j;
	int			k;

	for (i = 0; i < r->nregimes; i++)
		r->regimes[i].new = eth_consent_facts_copy(r->regimes[i].regime, &r->regimes[i].nnew);
	for (i = 0; i < r->nregimes; i++)
		room += r->regimes[i].nnew;
	r->changed = palloc((room + 1) * sizeof(int32));
	for (i = 0; i < r->nregimes; i++)
	{
		RegimeChange *change = &r->regimes[i];

		for (j = 0; j < change->nnew; j++)
		{
			const EthFoldPurpose *new = &change->new[j];
			const EthFoldPurpose *old = eth_consent_fact(change->old, change->nold, new->id);

			if (old != NULL ? !same_facts(old, new) :
				new->nancestors > 0 && opens_by_itself(new->id))
				r->changed[r->nchanged++] = new->id;
		}
	}
	r->nchanged = sort_unique(r->changed, r->nchanged);

	room = r->nchanged;
	for (i = 0; i < r->nchanged; i++)
	{
		const EthFoldPurpose *old = eth_consent_fact(r->regimes[0].old, r->regimes[0].nold, r->changed[i]);
		const EthFoldPurpose *new = eth_consent_fact(r->regimes[0].new, r->regimes[0].nnew, r->changed[i]);

		room += (old ? old->nancestors : 0) + (new ? new->nancestors : 0);
	}
	r->relevant = palloc((room + 1) * sizeof(int32));
	for (i = 0; i < r->nchanged; i++)
	{
		const EthFoldPurpose *old = eth_consent_fact(r->regimes[0].old, r->regimes[0].nold, r->changed[i]);
		const EthFoldPurpose *new = eth_consent_fact(r->regimes[0].new, r->regimes[0].nnew, r->changed[i]);

		r->relevant[r->nrelevant++] = r->changed[i];
		for (k = 0; old != NULL && k < old->nancestors; k++)
			r->relevant[r->nrelevant++] = old->ancestors[k];
		for (k = 0; new != NULL && k < new->nancestors; k++)
			r->relevant[r->nrelevant++] = new->ancestors[k];
	}
	r->nrelevant = sort_unique(r->relevant, r->nrelevant);
}

/* ---------------------------------------------------------------- persons */

/* Every purpose of which the person said something has an entry. */
static bool
concerns(const Redefinition *r, const EthConsent *value)
{
	int			i;

	for (i = 0; i < r->nrelevant; i++)
	{
		if (eth_consent_entry(value, r->relevant[i]) != NULL)
			return true;
	}
	return false;
}

static const EthEvent *
event_of(const EthEvents *events, int64 id)
{
	int			i;

	for (i = 0; i < events->n; i++)
	{
		if (events->events[i].id == id)
			return &events->events[i];
	}
	return NULL;
}

/* Records that the purpose stays closed by what the event said. */
static void
keep_closed(const EthClass *class, const char *subject, EthEvents *events, const char *jurisdiction,
			const EthPurpose *purpose, const EthEvent *because, TimestampTz now)
{
	EthRecord	record;
	EthEvent	event;

	memset(&record, 0, sizeof(record));
	record.purpose = pstrdup(purpose->code);
	record.purpose_id = purpose->id;
	record.action = because->action == ETH_ACTION_REFUSE ? ETH_ACTION_REFUSE : ETH_ACTION_WITHDRAW;
	record.status = because->action == ETH_ACTION_REFUSE ? ETH_STATUS_REFUSED : ETH_STATUS_WITHDRAWN;
	record.actor = "system";
	record.evidence = eth_consent_evidence_of("because", "the purpose was defined anew",
											  "event", psprintf(INT64_FORMAT, because->id));
	memset(&event, 0, sizeof(event));
	event.id = nextval_internal(eth_core_relid("consent_event_id_seq", false), false);
	event.purpose = record.purpose_id;
	event.action = record.action;
	event.status = record.status;
	event.flags = ETH_EVENT_COUNTS;
	event.effective_at = because->effective_at;
	event.recorded_at = Max(now, events->newest + 1);
	event.expires_at = DT_NOEND;
	eth_consent_insert_event(class, subject, &record, &event, jurisdiction, DT_NOEND);
	eth_consent_add_event(events, &event, jurisdiction);
}

/* Is the purpose closed by the old facts, and open by the new ones?  The event that closed it, or NULL. */
static const EthEvent *
would_open(const EthEvents *events, const EthFoldPurpose *old, const EthFoldPurpose *new,
		   TimestampTz now)
{
	EthFolded	was;
	EthFolded	is;
	const EthEvent *because;

	eth_consent_build_by(events, old, now, DT_NOEND, &was);
	if (!ETH_STATUS_IS_DENIAL((EthStatus) was.status))
		return NULL;
	because = event_of(events, was.event);
	if (because == NULL)
		return NULL;
	eth_consent_build_by(events, new, now, DT_NOEND, &is);
	if (ETH_STATUS_IS_DENIAL((EthStatus) is.status))
		return NULL;

	/*
	 * where there is no right to object any more an objection has no effect
	 * but on consent
	 */
	if (was.status == ETH_STATUS_OBJECTED)
		return ETH_STATUS_IS_GRANT((EthStatus) is.status) ? because : NULL;
	return because->purpose != old->id ? because : NULL;
}

static void
refold_person(const Redefinition *r, const EthClass *class, Datum bytes, const EthConsent *value)
{
	const RegimeChange *change = &r->regimes[0];
	EthEvents	events;
	EthKey		key;
	uint8		regime;
	int32		birth_date;
	char	   *jurisdiction;
	char	   *subject;
	TimestampTz now = GetCurrentTimestamp();
	EthConsent *fresh;
	int			i;

	key.data = VARDATA_ANY(DatumGetByteaPP(bytes));
	key.len = VARSIZE_ANY_EXHDR(DatumGetByteaPP(bytes));
	subject = eth_consent_key_to_text(&key, class->key_kind);
	eth_consent_load_events(&events, class->id, &key, class->key_kind, NULL);
	eth_consent_head(class, &key, NULL, &regime, &birth_date, &jurisdiction);
	for (i = 1; i < r->nregimes; i++)
	{
		if (r->regimes[i].regime == regime)
			change = &r->regimes[i];
	}
	now = Max(now, events.newest);
	for (i = 0; i < r->nchanged; i++)
	{
		const EthFoldPurpose *old = eth_consent_fact(change->old, change->nold, r->changed[i]);
		const EthFoldPurpose *new = eth_consent_fact(change->new, change->nnew, r->changed[i]);
		const EthPurpose *purpose = eth_purpose_by_id(r->changed[i]);
		const EthEvent *because;

		if (old == NULL || new == NULL || purpose == NULL)
			continue;
		because = would_open(&events, old, new, now);
		if (because != NULL)
		{
			EthEvent	copy = *because;

			keep_closed(class, subject, &events, jurisdiction, purpose, &copy, now);
			now = Max(now, events.newest);
		}
	}
	fresh = eth_consent_build(&events, regime, birth_date, now, DT_NOEND);
	fresh->flags = value->flags;
	if (VARSIZE_ANY(fresh) != VARSIZE_ANY(value) ||
		memcmp(VARDATA_ANY(fresh), VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)) != 0)
		eth_consent_write_state(class->id, bytes, fresh, true);
}

/* Called by define_purpose() when the new definition stands. */
void
eth_consent_redefined(void *before)
{
	Redefinition *r = (Redefinition *) before;
	MemoryContext around = MemoryContextSwitchTo(r->context);
	MemoryContext work;
	EthCaller	caller;
	Relation	state;
	Snapshot	snapshot;
	SysScanDesc scan;
	HeapTuple	tuple;

	find_changes(r);
	if (r->nchanged == 0)
	{
		MemoryContextSwitchTo(around);
		MemoryContextDelete(r->context);
		return;
	}

	eth_core_enter(&caller);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	state = table_open(eth_core_relid("consent_state", false), ShareRowExclusiveLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	work = AllocSetContextCreate(r->context, "ethdata refold", ALLOCSET_DEFAULT_SIZES);

	/* the scan keeps its snapshot, so it does not meet the rows it writes */
	scan = systable_beginscan(state, InvalidOid, false, snapshot, 0, NULL);
	while ((tuple = systable_getnext(scan)) != NULL)
	{
		MemoryContext outer = MemoryContextSwitchTo(work);
		TupleDesc	desc = RelationGetDescr(state);
		bool		isnull;
		EthConsent *value;

		CHECK_FOR_INTERRUPTS();
		value = (EthConsent *) PG_DETOAST_DATUM_COPY(heap_getattr(tuple, Anum_consent_state_value,
																  desc, &isnull));
		if (concerns(r, value))
		{
			int32		class_id = DatumGetInt32(heap_getattr(tuple, Anum_consent_state_class_id,
															  desc, &isnull));
			const EthClass *class = eth_consent_class_by_id(class_id);

			if (class != NULL)
			{
				EthClass	copy;

				eth_consent_class_copy(&copy, class);
				refold_person(r, &copy, heap_getattr(tuple, Anum_consent_state_key, desc, &isnull),
							  value);
			}
		}
		MemoryContextSwitchTo(outer);
		MemoryContextReset(work);
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(state, NoLock);
	SPI_finish();
	eth_core_leave(&caller);
	MemoryContextSwitchTo(around);
	MemoryContextDelete(r->context);
}
