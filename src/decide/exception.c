/*
 * exception.c
 *		Exceptions from protection, as the decision asks for them.
 *
 * The table ethdata.exception holds, each with its reason and end,
 *
 *	suspensions		(relation is set) of the protection of one table, for everybody
 *	broken glass	(relation is null) for one role and session user, on all tables
 *
 * A statement asks once for each instant.  The rows are kept in the backend
 * under the policy mark of core (bucket.c): an exception acts from the first
 * statement that starts after it committed, in every session, with cached plans
 * too, and ends by the decision clock without anything being done.  When the
 * mark is not lasting the table is read again; it is small.
 *
 * Failing closed: without the table, or with a role whose name and oid do not
 * both fit, there is no exception.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "decide/decide.h"

/* Columns of ethdata.exception */
enum
{
	EXCEPTION_RELATION = 1,
	EXCEPTION_ROLE,
	EXCEPTION_ROLE_OID,
	EXCEPTION_SESSION_ROLE,
	EXCEPTION_REASON,
	EXCEPTION_MADE_BY,
	EXCEPTION_SINCE,
	EXCEPTION_UNTIL,
	EXCEPTION_ENDED_AT
};

typedef struct Exception
{
	Oid			relid;			/* InvalidOid: broken glass */
	NameData	role;
	Oid			role_oid;
	NameData	session_role;
	TimestampTz until;
} Exception;

typedef struct Exceptions
{
	MemoryContext context;
	Oid			table;
	EthMark		mark;
	int			n;
	Exception  *rows;
} Exceptions;

static Exceptions *exceptions = NULL;
static EthInstant checked_at;

static void
read_row(TupleDesc desc, HeapTuple tuple, Exception *row)
{
	bool		isnull;
	Datum		value;

	memset(row, 0, sizeof(Exception));
	value = heap_getattr(tuple, EXCEPTION_RELATION, desc, &isnull);
	if (!isnull)
		row->relid = DatumGetObjectId(value);
	value = heap_getattr(tuple, EXCEPTION_ROLE, desc, &isnull);
	if (!isnull)
		namestrcpy(&row->role, NameStr(*DatumGetName(value)));
	value = heap_getattr(tuple, EXCEPTION_ROLE_OID, desc, &isnull);
	if (!isnull)
		row->role_oid = DatumGetObjectId(value);
	value = heap_getattr(tuple, EXCEPTION_SESSION_ROLE, desc, &isnull);
	if (!isnull)
		namestrcpy(&row->session_role, NameStr(*DatumGetName(value)));
	row->until = DatumGetTimestampTz(heap_getattr(tuple, EXCEPTION_UNTIL, desc, &isnull));
}

static Exceptions *
load(Oid table)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "ethdata exceptions",
												  ALLOCSET_SMALL_SIZES);
	Relation	rel = table_open(table, AccessShareLock);
	Exceptions *result = MemoryContextAllocZero(context, sizeof(Exceptions));
	TimestampTz now = GetCurrentTimestamp();
	Snapshot	snapshot;
	SysScanDesc scan;
	HeapTuple	tuple;
	int			allocated = 8;

	result->context = context;
	result->table = table;

	/* our tables have no syscache, so this snapshot is a fresh one */
	snapshot = GetCatalogSnapshot(table);
	eth_core_policy_mark(&result->mark, snapshot);
	snapshot = RegisterSnapshot(snapshot);
	result->rows = MemoryContextAlloc(context, sizeof(Exception) * allocated);
	scan = systable_beginscan(rel, InvalidOid, false, snapshot, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		open;
		bool		isnull;

		(void) heap_getattr(tuple, EXCEPTION_ENDED_AT, RelationGetDescr(rel), &open);
		if (!open ||
			DatumGetTimestampTz(heap_getattr(tuple, EXCEPTION_UNTIL, RelationGetDescr(rel), &isnull)) <
			now - USECS_PER_HOUR)
			continue;			/* ended, and not by a clock that may differ a
								 * little */
		if (result->n == allocated)
		{
			allocated *= 2;
			result->rows = repalloc(result->rows, sizeof(Exception) * allocated);
		}
		read_row(RelationGetDescr(rel), tuple, &result->rows[result->n++]);
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);

	MemoryContextSetParent(context, CacheMemoryContext);
	return result;
}

void
eth_decide_exceptions_forget(void)
{
	if (exceptions != NULL)
		MemoryContextDelete(exceptions->context);
	exceptions = NULL;
}

static void
refresh(void)
{
	Oid			table;
	Exceptions *loaded;

	if (exceptions != NULL && eth_core_preloaded && eth_core_instant_is_now(&checked_at))
		return;
	table = eth_core_relid("exception", true);
	if (!OidIsValid(table))
	{
		eth_decide_exceptions_forget();
		return;
	}
	if (exceptions == NULL || exceptions->table != table ||
		!eth_core_policy_mark_valid(&exceptions->mark))
	{
		loaded = load(table);
		eth_decide_exceptions_forget();
		exceptions = loaded;
	}
	eth_core_instant(&checked_at);
}

static bool
is_role(const Exception *row, Oid role)
{
	char	   *session;
	bool		same;

	if (role != row->role_oid || get_role_oid(NameStr(row->role), true) != role)
		return false;
	session = GetUserNameFromId(GetSessionUserId(), true);
	same = session != NULL && strcmp(session, NameStr(row->session_role)) == 0;
	if (session != NULL)
		pfree(session);
	return same;
}

EthExceptionKind
eth_decide_excepted(Oid relid, Oid role, TimestampTz *until)
{
	EthExceptionKind result = ETH_EXCEPTION_NONE;
	TimestampTz clock;
	int			i;

	refresh();
	if (exceptions == NULL || exceptions->n == 0)
		return ETH_EXCEPTION_NONE;
	clock = eth_core_clock();
	for (i = 0; i < exceptions->n; i++)
	{
		const Exception *row = &exceptions->rows[i];

		if (clock >= row->until)
			continue;
		if (OidIsValid(row->relid) ? row->relid != relid :
			(OidIsValid(role) && role != GetUserId()) || !is_role(row, GetUserId()))
			continue;
		result = OidIsValid(row->relid) ? ETH_EXCEPTION_SUSPENDED : ETH_EXCEPTION_BREAK_GLASS;
		if (until != NULL)
			*until = row->until;
		if (result == ETH_EXCEPTION_SUSPENDED)
			break;
	}
	return result;
}
