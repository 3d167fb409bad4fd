/*
 * count.c
 *		Counts, while a query runs, what its reader would not have seen.
 *
 *	_observe(internal, role oid, relation oid, unit int4, columns int4[],
 *			 kind int4, tableoid oid, ctid tid, visible boolean,
 *			 VARIADIC sees boolean) -> true
 *
 * is called for each row (observe.c says where).  A row that would be hidden
 * counts as one, for no column; in a row that would be seen, each column whose
 * "sees" is false counts as one cell.
 *
 * Counts belong to one execution of a query, which is an EState: a cursor that is
 * fetched in parts, the partitions of a table and the rows that a concurrent
 * update makes it look at again are one execution; a query inside a function is
 * one of its own.  The executor hooks say which execution runs.  What is kept for
 * it lives in its memory and goes with it:
 *
 *	pages	of each unit (a reference to a table, by its place in the query), the
 *			rows that were counted, so that a row which a join reads again counts
 *			once.  As large as work_mem at most; what is beyond counts as
 *			often as it is read
 *	counts	by relation, role, purpose and column.  A statement is counted with the
 *			first cell
 *
 * Counts go to shared memory when a run ends, also by an error, and when the
 * backend exits in the middle of one.  Nothing of it depends on the transaction.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/parallel.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/itemptr.h"
#include "utils/array.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "protect/observe.h"
#include "purpose/purpose.h"

#define PAGE_WORDS ((MaxHeapTuplesPerPage + 64) / 64)
#define MAX_COLUMNS MaxHeapAttributeNumber

typedef struct PageKey
{
	int32		unit;
	Oid			tableoid;
	BlockNumber block;
} PageKey;

typedef struct RowPage
{
	PageKey		key;
	uint64		rows[PAGE_WORDS];
} RowPage;

typedef struct Count
{
	struct Count *next;
	EthObservedKey key;
	uint64		statements;		/* these two: not yet in shared memory */
	uint64		cells;
} Count;

typedef struct Execution
{
	struct Execution *next;
	EState	   *estate;
	MemoryContext context;
	Count	   *counts;
	HTAB	   *pages;
	uint64		pages_left;
	RowPage    *last_page;
	MemoryContextCallback gone;
} Execution;

static Execution *executions = NULL;
static EState *running = NULL;

/* What one call in one plan remembers. */
typedef struct ObserveCall
{
	Execution  *execution;
	bool		set;
	EthInstant	instant;
	uint64		generation;
	Oid			userid;
	EthObservedKey key;
	Count	  **counts;			/* by column, the hidden rows first */
	int			ncounts;
} ObserveCall;

/* ---- executions ---- */

static void
flush(Execution *execution)
{
	Count	   *count;

	for (count = execution->counts; count != NULL; count = count->next)
	{
		uint64		statements = count->statements;
		uint64		cells = count->cells;

		if (cells == 0)
			continue;
		count->statements = count->cells = 0;
		eth_protect_observed_add(&count->key, statements, cells);
	}
}

static void
execution_gone(void *arg)
{
	Execution **link;

	flush(arg);
	for (link = &executions; *link != NULL; link = &(*link)->next)
	{
		if (*link == arg)
		{
			*link = (*link)->next;
			break;
		}
	}
}

static void
backend_exits(int code, Datum arg)
{
	Execution  *execution;

	for (execution = executions; execution != NULL; execution = execution->next)
		flush(execution);
}

static Execution *
find_execution(EState *estate)
{
	Execution  *execution;

	for (execution = executions; execution != NULL; execution = execution->next)
		if (execution->estate == estate)
			return execution;
	return NULL;
}

static Execution *
this_execution(void)
{
	static bool registered = false;
	Execution  *execution = find_execution(running);

	if (execution != NULL)
		return execution;
	if (!registered)
	{
		before_shmem_exit(backend_exits, (Datum) 0);
		registered = true;
	}
	execution = MemoryContextAllocZero(running->es_query_cxt, sizeof(Execution));
	execution->estate = running;
	execution->context = running->es_query_cxt;
	execution->pages_left = (uint64) work_mem * 1024 / (2 * sizeof(RowPage));
	execution->gone.func = execution_gone;
	execution->gone.arg = execution;
	MemoryContextRegisterResetCallback(execution->context, &execution->gone);
	execution->next = executions;
	executions = execution;
	return execution;
}

struct EState *
eth_protect_run_starts(struct EState *estate)
{
	EState	   *around = running;

	running = estate;
	return around;
}

void
eth_protect_run_ends(struct EState *around)
{
	Execution  *execution = executions == NULL ? NULL : find_execution(running);

	if (execution != NULL)
		flush(execution);
	running = around;
}

/* ---- counting ---- */

/* Was the row counted before?  If not, it is now. */
static bool
seen_before(Execution *execution, int32 unit, Oid tableoid, ItemPointer ctid)
{
	PageKey		key;
	RowPage    *page = execution->last_page;
	uint32		row = ItemPointerGetOffsetNumberNoCheck(ctid);
	uint64		bit;
	bool		found;

	if (!ItemPointerIsValid(ctid) || row >= PAGE_WORDS * 64)
		return false;
	memset(&key, 0, sizeof(key));
	key.unit = unit;
	key.tableoid = tableoid;
	key.block = ItemPointerGetBlockNumberNoCheck(ctid);
	if (page == NULL || memcmp(&page->key, &key, sizeof(key)) != 0)
	{
		if (execution->pages == NULL)
		{
			HASHCTL		ctl;

			memset(&ctl, 0, sizeof(ctl));
			ctl.keysize = sizeof(PageKey);
			ctl.entrysize = sizeof(RowPage);
			ctl.hcxt = execution->context;
			execution->pages = hash_create("ethdata observed rows", 64, &ctl,
										   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
		}
		page = hash_search(execution->pages, &key, execution->pages_left > 0 ? HASH_ENTER : HASH_FIND, &found);
		if (page == NULL)
			return false;
		if (!found)
		{
			execution->pages_left--;
			memset(page->rows, 0, sizeof(page->rows));
		}
		execution->last_page = page;
	}
	bit = UINT64CONST(1) << (row % 64);
	if (page->rows[row / 64] & bit)
		return true;
	page->rows[row / 64] |= bit;
	return false;
}

static Count *
find_count(Execution *execution, const EthObservedKey *key)
{
	Count	   *count;

	for (count = execution->counts; count != NULL; count = count->next)
		if (memcmp(&count->key, key, sizeof(EthObservedKey)) == 0)
			return count;
	count = MemoryContextAllocZero(execution->context, sizeof(Count));
	count->key = *key;
	count->statements = 1;
	count->next = execution->counts;
	execution->counts = count;
	return count;
}

static void
count_one(ObserveCall *call, int place, AttrNumber attnum)
{
	if (call->counts[place] == NULL)
	{
		EthObservedKey key = call->key;

		key.attnum = attnum;
		call->counts[place] = find_count(call->execution, &key);
	}
	call->counts[place]->cells++;
}

/* Role and purpose as they are in this instant. */
static void
begin(ObserveCall *call, FunctionCallInfo fcinfo, int ncolumns)
{
	Oid			role = PG_GETARG_OID(ETH_OBSERVE_ROLE);

	call->set = false;
	eth_core_instant(&call->instant);
	call->generation = eth_purpose_generation;
	call->userid = GetUserId();
	call->execution = this_execution();
	memset(&call->key, 0, sizeof(call->key));
	call->key.relid = PG_GETARG_OID(ETH_OBSERVE_RELATION);
	call->key.role = OidIsValid(role) ? role : GetUserId();
	(void) eth_purpose_if_in_force(call->key.role, &call->key.purpose);
	if (call->counts == NULL)
	{
		call->ncounts = ncolumns + 1;
		call->counts = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(Count *) * call->ncounts);
	}
	memset(call->counts, 0, sizeof(Count *) * call->ncounts);
	call->set = true;
}

PG_FUNCTION_INFO_V1(ethdata__observe);

/* _observe: see above.  Always true; never an error of its own. */
Datum
ethdata__observe(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(ETH_OBSERVE_COLUMNS);
	const int32 *columns = (const int32 *) ARR_DATA_PTR(array);
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	bool		visible = !PG_ARGISNULL(ETH_OBSERVE_VISIBLE) && PG_GETARG_BOOL(ETH_OBSERVE_VISIBLE);
	bool		differs = !visible && PG_GETARG_INT32(ETH_OBSERVE_KIND) == ETH_OBSERVE_AFTER;
	ObserveCall *call;
	int			i;

	for (i = 0; visible && !differs && i < n; i++)
		differs = PG_ARGISNULL(ETH_OBSERVE_SEES + i) || !PG_GETARG_BOOL(ETH_OBSERVE_SEES + i);

	/* no row at all: below an outer join that found none */
	if (!differs || PG_ARGISNULL(ETH_OBSERVE_CTID) || PG_ARGISNULL(ETH_OBSERVE_TABLEOID) || running == NULL)
		PG_RETURN_BOOL(true);

	call = fcinfo->flinfo->fn_extra;
	if (call == NULL)
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ObserveCall));
		fcinfo->flinfo->fn_extra = call;
	}
	if (!call->set || call->generation != eth_purpose_generation || call->userid != GetUserId() ||
		call->execution->estate != running || !eth_core_instant_is_now(&call->instant))
		begin(call, fcinfo, n);
	if (seen_before(call->execution, PG_GETARG_INT32(ETH_OBSERVE_UNIT), PG_GETARG_OID(ETH_OBSERVE_TABLEOID),
					(ItemPointer) PG_GETARG_POINTER(ETH_OBSERVE_CTID)))
		PG_RETURN_BOOL(true);
	if (!visible)
		count_one(call, 0, 0);
	else
		for (i = 0; i < n; i++)
			if (PG_ARGISNULL(ETH_OBSERVE_SEES + i) || !PG_GETARG_BOOL(ETH_OBSERVE_SEES + i))
				count_one(call, i + 1, ETH_OBSERVED_COUNTED(columns[i]));
	PG_RETURN_BOOL(true);
}
