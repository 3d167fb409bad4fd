/*
 * subject_bucket.c
 *		Marks in shared memory that say when what is remembered of a person is
 *		stale.
 *
 * As in bucket.c, invalidation messages are not enough.  A person is rarely
 * written and read often, so there is not one mark but 2^16, by a hash of
 * database, class and key; persons who share one cost each other a look-up,
 * never an answer.
 *
 *	writer	before it changes a person's row, raises the person's bucket to its own
 *			top-level full transaction id: bucket = max(bucket, xid), with a full
 *			barrier.  Done by a trigger (BEFORE ROW, ENABLE ALWAYS) of the table.
 *			TRUNCATE raises them all.
 *	reader	of the statement's snapshot S, which was taken before: reads the bucket
 *			b.  What was looked up under S0 is what S sees if b < S0.xmin and
 *			b < S.xmin, all as full transaction ids.
 *
 * Proof.  Let a writer W be visible to exactly one of S and S0.  W raised the
 * bucket before it committed, so before that snapshot was taken, so before b was
 * read: W <= b.  Hence W < S0.xmin and W < S.xmin: W had ended before both, and is
 * visible to both or, aborted, to neither.  Contradiction.  The same holds for a
 * fresh snapshot in place of S that is taken when the statement starts: if b, read
 * after that, is below S.xmin, nobody has changed the person in between, and an
 * older snapshot sees what the newest one does.
 *
 * A transaction's own changes have an id that is not below its snapshots' xmin, so
 * they bypass what is remembered.  A subtransaction raises for its parent, and
 * leaves the bucket raised when it is rolled back: that is only conservative.  So
 * does a prepared transaction, whose id is in every snapshot until it ends.
 *
 * Start: shared memory is younger than prepared transactions, so nothing is
 * remembered for snapshots below the newest id in use at the first question after
 * start-up or promotion.  On a standby no trigger feeds the buckets; nothing is
 * remembered there, nor without preload.
 *
 * What the triggers do not see.  Whoever disables them, or rewrites or replaces
 * the table, changes pg_trigger's or pg_class's row of it: what was looked up
 * before that, or under a snapshot that could miss it, counts no more.
 * eth_core_guard() says since when the triggers stand, and tells whether they are
 * those of the last time: a row that was written anew and has been frozen since is as
 * old as any, but still names its writer.  It is asked again after each relcache
 * invalidation, and those are taken in at the begin of each statement: DDL sends them
 * before it releases its locks, so before anybody who wrote unheard of could commit.
 *
 * Locks: none; 64-bit atomics.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/indexing.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "core/core.h"

pg_atomic_uint64 *eth_core_subject_buckets = NULL;

Size
eth_core_subject_shmem_size(void)
{
	return mul_size(sizeof(pg_atomic_uint64), ETH_SUBJECT_BUCKETS);
}

void
eth_core_subject_shmem_init(void)
{
	bool		found;
	int			i;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	eth_core_subject_buckets = ShmemInitStruct("ethdata subject buckets",
											   eth_core_subject_shmem_size(), &found);
	for (i = 0; !found && i < ETH_SUBJECT_BUCKETS; i++)
		pg_atomic_init_u64(&eth_core_subject_buckets[i], 0);
	LWLockRelease(AddinShmemInitLock);
}

static void
raise_to(pg_atomic_uint64 *bucket, uint64 xid)
{
	uint64		seen = pg_atomic_read_u64(bucket);

	while (seen < xid && !pg_atomic_compare_exchange_u64(bucket, &seen, xid))
		;
}

void
eth_core_subject_raise(uint32 hash)
{
	if (eth_core_subject_buckets == NULL)
		return;
	raise_to(&eth_core_subject_buckets[hash % ETH_SUBJECT_BUCKETS],
			 U64FromFullTransactionId(GetTopFullTransactionId()));
	pg_memory_barrier();
}

void
eth_core_subject_raise_all(void)
{
	uint64		xid;
	int			i;

	if (eth_core_subject_buckets == NULL)
		return;
	xid = U64FromFullTransactionId(GetTopFullTransactionId());
	for (i = 0; i < ETH_SUBJECT_BUCKETS; i++)
		raise_to(&eth_core_subject_buckets[i], xid);
	pg_memory_barrier();
}

/*
 * The oldest transaction id that was running for the active snapshot; 0 where
 * buckets say nothing about it.  The barrier is the reader's: buckets are read
 * after it.
 */
uint64
eth_core_subject_horizon(void)
{
	Snapshot	snapshot;
	uint64		xmin;

	if (eth_core_subject_buckets == NULL || !ActiveSnapshotSet() || RecoveryInProgress())
		return 0;
	snapshot = GetActiveSnapshot();
	if (snapshot->snapshot_type != SNAPSHOT_MVCC || !TransactionIdIsNormal(snapshot->xmin))
		return 0;
	xmin = eth_core_full_xid(snapshot->xmin);
	pg_memory_barrier();
	return xmin > eth_core_bucket_floor() ? xmin : 0;
}

/* ------------------------------------------------------------- the triggers */

/* The transaction that wrote a row of a catalogue; 0: it is older than all. */
static uint64
written_by(HeapTuple tuple)
{
	TransactionId xmin = HeapTupleHeaderGetXmin(tuple->t_data);

	return TransactionIdIsNormal(xmin) ? eth_core_full_xid(xmin) : 0;
}

/* Takes a row of a catalogue into the guard. */
static void
take_in(EthGuard *guard, HeapTuple tuple)
{
	guard->since = Max(guard->since, written_by(tuple));
	guard->version = hash_combine64(guard->version,
									murmurhash32(HeapTupleHeaderGetRawXmin(tuple->t_data)));
}

/*
 * Does the function stand as a trigger, ENABLE ALWAYS, before every change of the
 * table, and since which transaction?
 */
bool
eth_core_guard(Oid relid, Oid function, EthGuard *guard)
{
	const int	wanted[] = {
		TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE,
		TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_TRUNCATE
	};
	bool		found[lengthof(wanted)] = {false};
	HeapTuple	tuple;
	Relation	rel;
	ScanKeyData key;
	SysScanDesc scan;

	memset(guard, 0, sizeof(EthGuard));
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
		return false;
	take_in(guard, tuple);
	ReleaseSysCache(tuple);

	rel = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, TriggerRelidNameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);
		size_t		i;

		take_in(guard, tuple);
		for (i = 0; i < lengthof(wanted); i++)
		{
			if (form->tgfoid == function && form->tgtype == wanted[i] &&
				form->tgenabled == TRIGGER_FIRES_ALWAYS && form->tgattr.dim1 == 0 &&
				heap_attisnull(tuple, Anum_pg_trigger_tgqual, RelationGetDescr(rel)))
				found[i] = true;
		}
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found[0] && found[1];
}
