/*
 * statement.c
 *		The instant at which a decision is taken.
 *
 * A decision depends on the rows of the policy and consent tables that a
 * snapshot sees, and on the clock (consent expires).  Both must stand still
 * while one statement runs and move on with the next, also with a nested
 * statement and with a FETCH.  Core has no identity for "the statement", so the
 * executor hooks count starts and runs here.
 *
 * Remembered answers are keyed by EthInstant.  The counter alone would not do:
 * an expression that plpgsql evaluates without the executor runs no hook but
 * takes a new snapshot; the snapshot alone would not do either: nothing may
 * have committed while the clock went on.
 *
 * Two snapshots with the same xmin and xmax see the same if as many transactions
 * between the two were running: that set can only shrink.  (The completion
 * counter that core puts into snapshots is not kept by the copies which become
 * active.)  What a subtransaction wrote disappears with it and leaves no trace
 * in a snapshot, so an aborted one counts as a statement, and so does the end of a
 * transaction.
 *
 * The clock is read when a run first asks for it (never now() or
 * statement_timestamp(), which stand still for a whole transaction or message).
 * Parallel workers take it from their leader, through shared memory.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "core/core.h"

uint64		eth_core_statement_count = 0;
static int	executor_depth = 0;

/* Of the innermost run: does it go on with an old snapshot, and its clock (0: not read yet). */
static bool running_again = false;
static TimestampTz run_clock = 0;

/* The query started last, and how many transactions had completed by then. */
static const void *started_query = NULL;
static uint64 started_completions = 0;

/* The clocks of those who run a query with parallel workers, by number of process. */
static pg_atomic_uint64 *clocks = NULL;

Size
eth_core_statement_shmem_size(void)
{
	return mul_size(sizeof(pg_atomic_uint64), MaxBackends);
}

void
eth_core_statement_shmem_init(void)
{
	bool		found;
	int			i;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	clocks = ShmemInitStruct("ethdata clocks", eth_core_statement_shmem_size(), &found);
	for (i = 0; !found && i < MaxBackends; i++)
		pg_atomic_init_u64(&clocks[i], 0);
	LWLockRelease(AddinShmemInitLock);
}

/* The clock of the parallel group that this process leads or works in; NULL: none. */
static pg_atomic_uint64 *
group_clock(void)
{
	int			leader = eth_compat_group_leader();

	return clocks != NULL && leader >= 0 && leader < MaxBackends ? &clocks[leader] : NULL;
}

static void
transaction_ends(XactEvent event, void *arg)
{
	eth_core_statement_count++;
}

static void
subtransaction_ends(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		eth_core_statement_count++;
}

void
eth_core_statement_init(void)
{
	RegisterXactCallback(transaction_ends, NULL);
	RegisterSubXactCallback(subtransaction_ends, NULL);
}

/* A query starts (ExecutorStart); "query" stands for it until it ends. */
void
eth_core_statement_starts(const void *query)
{
	eth_core_statement_count++;
	started_query = query;
	started_completions = eth_compat_xact_completion_count();
}

/*
 * A query runs (ExecutorRun).  "again" says that this query ran before and goes
 * on now: a FETCH from a portal whose snapshot is as old as its opening.  So is
 * that of a first FETCH, and of a portal that is executed later than it was
 * bound: unless no transaction at all has completed since the query started, its
 * snapshot counts as old.  What runs inside of an old one may work under its
 * snapshot and is old with it.
 *
 * "parallel" says that workers may be launched: they decide by the clock of this
 * process, which is read now.  "around" keeps what eth_core_statement_left()
 * puts back.
 */
void
eth_core_statement_runs(EthRun *around, const void *query, bool again, bool parallel)
{
	pg_atomic_uint64 *shared = parallel && !IsParallelWorker() ? group_clock() : NULL;

	around->again = running_again;
	around->clock = run_clock;
	around->shares = shared != NULL;

	eth_core_statement_count++;
	executor_depth++;
	running_again = around->again || again || query != started_query ||
		started_completions != eth_compat_xact_completion_count();
	run_clock = 0;
	if (shared != NULL)
	{
		around->shared = pg_atomic_read_u64(shared);
		run_clock = GetCurrentTimestamp();
		pg_atomic_write_u64(shared, (uint64) run_clock);
	}
}

/*
 * The run ended, also by an error.  The statement around it, if any, gets a
 * count of its own, so that nothing remembered for the inner one is used; its
 * clock is what it was.
 */
void
eth_core_statement_left(const EthRun *around)
{
	if (around->shares)
		pg_atomic_write_u64(group_clock(), around->shared);
	eth_core_statement_count++;
	executor_depth--;
	Assert(executor_depth >= 0);
	running_again = around->again;
	run_clock = around->clock;
}

void
eth_core_instant(EthInstant *instant)
{
	Snapshot	snapshot = ActiveSnapshotSet() ? GetActiveSnapshot() : NULL;

	instant->statement = eth_core_statement_count;
	if (snapshot != NULL)
	{
		instant->xmin = snapshot->xmin;
		instant->xmax = snapshot->xmax;
		instant->xcnt = snapshot->xcnt;
		instant->subxcnt = snapshot->subxcnt;
		instant->curcid = snapshot->curcid;
	}
	else
	{
		/* no snapshot: the next one sees what has committed by then */
		uint64		completions = eth_compat_xact_completion_count();

		instant->xmin = InvalidTransactionId;
		instant->xmax = InvalidTransactionId;
		instant->xcnt = (uint32) completions;
		instant->subxcnt = (int32) (completions >> 32);
		instant->curcid = IsTransactionState() ? GetCurrentCommandId(false) : 0;
	}
}

bool
eth_core_same_instant(const EthInstant *a, const EthInstant *b)
{
	return a->statement == b->statement &&
		a->xmin == b->xmin &&
		a->xmax == b->xmax &&
		a->xcnt == b->xcnt &&
		a->subxcnt == b->subxcnt &&
		a->curcid == b->curcid;
}

TimestampTz
eth_core_clock(void)
{
	if (executor_depth == 0)
		return GetCurrentTimestamp();
	if (run_clock == 0 && IsParallelWorker() && group_clock() != NULL)
		run_clock = (TimestampTz) pg_atomic_read_u64(group_clock());
	if (run_clock == 0)
		run_clock = GetCurrentTimestamp();
	return run_clock;
}

/*
 * In READ COMMITTED the snapshot of a statement is taken when it starts; later
 * commits need not count where it runs at once.  Otherwise something that committed before this
 * statement may be missing from its snapshot.  A parallel worker cannot know
 * whether its leader runs a FETCH; a fresh look is only a cost there, since
 * deny wins.
 */
bool
eth_core_snapshot_is_old(void)
{
	Snapshot	snapshot;

	if (!IsolationUsesXactSnapshot() && !running_again && !IsParallelWorker())
		return false;
	if (!ActiveSnapshotSet())
		return false;
	snapshot = GetActiveSnapshot();
	return snapshot->snapXactCompletionCount == 0 ||
		snapshot->snapXactCompletionCount != eth_compat_xact_completion_count();
}
