/*
 * bucket.c
 *		Marks in shared memory that say when something cached is stale.
 *
 * Invalidation messages are not enough for decisions about people: a commit
 * becomes visible before its messages are sent, and messages are not absorbed
 * at the start of each statement (reference: internals D).  So:
 *
 *	writer	before it changes a row of a policy table, raises the bucket of its
 *			database to its own top-level full transaction id:
 *			bucket = max(bucket, xid), with a full barrier.  Done by the trigger
 *			ethdata._policy_changed() (ENABLE ALWAYS; BEFORE STATEMENT, and BEFORE
 *			ROW, which is all that the apply worker of a subscription fires), so
 *			that hand-written DML, apply workers and restores count too.
 *	reader	reads the bucket with a full barrier *after* the snapshot was taken.
 *			A mark is lasting if every transaction up to the bucket had ended
 *			for that snapshot: bucket < snapshot.xmin.  What was loaded is valid
 *			as long as the bucket is unchanged.
 *
 * Proof.  Let a writer W be visible to a later reader but not to the snapshot
 * that loaded.  W raised the bucket before it committed, so the later reader
 * sees bucket >= W.  If the bucket is unchanged, it was >= W when the mark was
 * taken, and a lasting mark says W had ended before the snapshot: visible to
 * it, or aborted and visible to nobody.  Contradiction.
 *
 * The policy is read under fresh snapshots always (latest wins, as with core's
 * catalogues), therefore the reader's own snapshot need not be compared.
 *
 * Whoever disables these triggers changes tables that nobody hears of.  Then, and
 * for anything else that is done to the tables as such, the relcache invalidation
 * stands in: what was loaded before it is not valid any more.
 *
 * Start: buckets are the newest transaction id at start-up, because prepared
 * transactions outlive shared memory.  A standby's buckets are not fed (no
 * trigger runs in recovery), and without preload there are none: there a mark
 * lasts while no transaction at all has completed, or for the instant.
 *
 * Locks: none; 64-bit atomics.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"

#include "core/core.h"

/* Databases share buckets by hash: a collision costs a reload, never an answer. */
#define POLICY_BUCKETS 256

typedef struct EthBuckets
{
	pg_atomic_uint64 start;		/* 0 until first use after start-up */
	pg_atomic_uint64 policy[POLICY_BUCKETS];
} EthBuckets;

static EthBuckets *buckets = NULL;

/* The policy tables that were loaded in this backend. */
#define MAX_WATCHED 16
static Oid	watched[MAX_WATCHED];
static int	nwatched = 0;
static uint64 table_changes = 0;

static void
relation_changed(Datum arg, Oid relid)
{
	int			i;

	for (i = 0; i < nwatched; i++)
	{
		if (!OidIsValid(relid) || watched[i] == relid)
		{
			table_changes++;
			break;
		}
	}
}

void
eth_core_bucket_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}

void
eth_core_policy_watch(Oid relid)
{
	int			i;

	for (i = 0; i < nwatched; i++)
	{
		if (watched[i] == relid)
			return;
	}

	/*
	 * after many CREATE EXTENSION in one backend the oldest are gone long
	 * since
	 */
	if (nwatched == MAX_WATCHED)
	{
		memmove(watched, watched + 1, (MAX_WATCHED - 1) * sizeof(Oid));
		nwatched--;
	}
	watched[nwatched++] = relid;
}

Size
eth_core_bucket_shmem_size(void)
{
	return MAXALIGN(sizeof(EthBuckets));
}

void
eth_core_bucket_shmem_init(void)
{
	bool		found;
	int			i;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	buckets = ShmemInitStruct("ethdata buckets", eth_core_bucket_shmem_size(), &found);
	if (!found)
	{
		pg_atomic_init_u64(&buckets->start, 0);
		for (i = 0; i < POLICY_BUCKETS; i++)
			pg_atomic_init_u64(&buckets->policy[i], 0);
	}
	LWLockRelease(AddinShmemInitLock);
}

/*
 * Shared memory is made before recovery knows the next transaction id, so the
 * start value is set by the first backend that asks.  It is the newest id in
 * use then, which is at least that of any transaction prepared before the
 * restart.  Two backends at once: the larger wins, which is only later.
 */
uint64
eth_core_bucket_floor(void)
{
	uint64		floor = pg_atomic_read_u64(&buckets->start);

	if (floor == 0)
	{
		uint64		next = U64FromFullTransactionId(ReadNextFullTransactionId());

		(void) pg_atomic_compare_exchange_u64(&buckets->start, &floor, next - 1);
		floor = pg_atomic_read_u64(&buckets->start);
	}
	return floor;
}

static pg_atomic_uint64 *
policy_bucket(void)
{
	uint32		hash = murmurhash32((uint32) MyDatabaseId);

	return &buckets->policy[hash % POLICY_BUCKETS];
}

void
eth_core_policy_raise(void)
{
	pg_atomic_uint64 *bucket;
	uint64		xid;
	uint64		seen;

	if (buckets == NULL)
		return;
	xid = U64FromFullTransactionId(GetTopFullTransactionId());
	(void) eth_core_bucket_floor();
	bucket = policy_bucket();
	seen = pg_atomic_read_u64(bucket);
	while (seen < xid &&
		   !pg_atomic_compare_exchange_u64(bucket, &seen, xid))
		;
	pg_memory_barrier();
}

uint64
eth_core_full_xid(TransactionId xid)
{
	FullTransactionId next = ReadNextFullTransactionId();
	uint32		epoch = EpochFromFullTransactionId(next);

	if (xid > XidFromFullTransactionId(next))
		epoch--;
	return U64FromFullTransactionId(FullTransactionIdFromEpochAndXid(epoch, xid));
}

/*
 * Marks the policy as loaded under "snapshot".  Call it with the snapshot in
 * hand, before or after the load: the bucket may only have risen since.  It must
 * be the snapshot as core gave it: a registered copy has lost its count of
 * completed transactions, by which marks last on a standby and without preload.
 */
void
eth_core_policy_mark(EthMark *mark, Snapshot snapshot)
{
	memset(mark, 0, sizeof(EthMark));
	eth_core_instant(&mark->instant);
	mark->completion = snapshot->snapXactCompletionCount;
	mark->lasting = false;
	mark->table_changes = table_changes;

	if (buckets == NULL || RecoveryInProgress())
		return;
	pg_memory_barrier();
	mark->bucket = Max(pg_atomic_read_u64(policy_bucket()), eth_core_bucket_floor());
	mark->lasting = TransactionIdIsNormal(snapshot->xmin) &&
		mark->bucket < eth_core_full_xid(snapshot->xmin);
}

bool
eth_core_policy_mark_valid(const EthMark *mark)
{
	EthInstant	now;

	if (mark->table_changes != table_changes)
		return false;
	if (mark->lasting)
	{
		/* promotion and recovery cannot come back in one backend with marks */
		pg_memory_barrier();
		return mark->bucket == Max(pg_atomic_read_u64(policy_bucket()), eth_core_bucket_floor());
	}
	if (RecoveryInProgress())
		return mark->completion != 0 &&
			mark->completion == eth_compat_xact_completion_count();

	/*
	 * without preload statements are not counted, and an instant may last a
	 * transaction
	 */
	if (buckets == NULL &&
		(mark->completion == 0 || mark->completion != eth_compat_xact_completion_count()))
		return false;
	eth_core_instant(&now);
	return eth_core_same_instant(&mark->instant, &now);
}

PG_FUNCTION_INFO_V1(ethdata__policy_changed);

/*
 * Trigger of the policy tables: says that this transaction is about to change
 * them.  BEFORE INSERT, UPDATE, DELETE or TRUNCATE, FOR EACH STATEMENT or ROW.
 * Errors: 39P01 when it is called otherwise.
 */
Datum
ethdata__policy_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by the trigger manager",
						"ethdata._policy_changed")));
	if (!TRIGGER_FIRED_BEFORE(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE",
						"ethdata._policy_changed")));
	eth_core_policy_raise();
	if (TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event))
		return PointerGetDatum(NULL);
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ?
						   trigdata->tg_newtuple : trigdata->tg_trigtuple);
}
