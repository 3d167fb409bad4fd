/*
 * blind.c
 *		The indexes of columns with lookup => true.
 *
 * A blind index is any valid index of the table over exactly
 * ethdata.blind(column), without a condition: mask() makes one where there is
 * none, and takes one that the site made before (with CREATE INDEX CONCURRENTLY,
 * since mask() builds under AccessExclusiveLock).  Nothing is remembered of it:
 * core keeps it with the table through renames, partitions, dumps and rebuilds,
 * and it goes with its column.  It goes as well when the rule no longer looks up.
 *
 * The index is made as the extension's owner, who may create it wherever the
 * table is; core evaluates index expressions as the table's owner.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/pathnodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

#include "mask/mask.h"
#include "protect/define.h"
#include "protect/rewrite.h"

/* ---- which columns ---- */

const char *
eth_protect_lookup_problem(Oid type, Oid collation)
{
	TypeCacheEntry *cache;
	Oid			base = getBaseType(type);

	if (base == BOOLOID || base == CHAROID || type_is_enum(base))
		return "Its type has so few values that each could be tried.";
	cache = lookup_type_cache(base, TYPECACHE_HASH_OPFAMILY | TYPECACHE_HASH_EXTENDED_PROC);
	if (!OidIsValid(cache->hash_opf) || !OidIsValid(cache->hash_extended_proc))
		return "Its type has no hash function.";
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		return "Its collation is not deterministic: different values would be equal.";
	return NULL;
}

/* ---- what is a blind index ---- */

/* The column, where these are the expressions of a blind index; else 0. */
static AttrNumber
blind_column(List *expressions)
{
	FuncExpr   *call = list_length(expressions) == 1 ? linitial(expressions) : NULL;
	Node	   *arg;

	if (call == NULL || !IsA(call, FuncExpr) || call->funcid != eth_mask_blind_function())
		return InvalidAttrNumber;
	arg = linitial(call->args);
	return IsA(arg, Var) ? ((Var *) arg)->varattno : InvalidAttrNumber;
}

bool
eth_protect_is_usable_blind_index(const EthTableRules *rules, const IndexOptInfo *index)
{
	AttrNumber	attnum;

	if (index->ncolumns != 1 || index->indexkeys[0] != 0 || index->indpred != NIL)
		return false;
	attnum = blind_column(index->indexprs);
	return attnum > 0 && rules->cell_of[attnum] >= 0 && rules->cells[rules->cell_of[attnum]].lookup;
}

/* Of exactly this relation: valid ones, or all. */
static List *
blind_indexes(Oid relid, AttrNumber attnum, bool valid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		if (index->rd_index->indnatts == 1 && index->rd_index->indkey.values[0] == 0 &&
			RelationGetIndexPredicate(index) == NIL &&
			(!valid || index->rd_index->indisvalid) &&
			blind_column(RelationGetIndexExpressions(index)) == attnum)
			result = lappend_oid(result, lfirst_oid(lc));
		index_close(index, AccessShareLock);
	}
	table_close(rel, AccessShareLock);
	return result;
}

Oid
eth_protect_blind_index(Oid relid, AttrNumber attnum)
{
	List	   *indexes = blind_indexes(relid, attnum, true);

	return indexes == NIL ? InvalidOid : linitial_oid(indexes);
}

/* ---- do entries stand under keys that there are? ---- */

/* How many rows with a value, and how many rows at all, are looked at. */
#define SAMPLED_VALUES 100
#define SAMPLED_ROWS 10000

/* Is the row found under one of the codes? */
static bool
is_found(Relation rel, Relation index, Snapshot snapshot, ItemPointer tid, int ncodes, const Datum *codes)
{
	IndexScanDesc scan = eth_compat_index_beginscan(rel, index, snapshot, 1);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	bool		found = false;
	int			i;

	for (i = 0; i < ncodes && !found; i++)
	{
		ScanKeyData key;

		ScanKeyInit(&key, 1, HTEqualStrategyNumber, get_opcode(eth_mask_blind_equality()), codes[i]);
		index_rescan(scan, &key, 1, NULL, 0);
		while (!found && index_getnext_slot(scan, ForwardScanDirection, slot))
			found = ItemPointerEquals(&slot->tts_tid, tid);
	}
	ExecDropSingleTupleTableSlot(slot);
	index_endscan(scan);
	return found;
}

static bool
misses_rows(Oid relid, AttrNumber attnum, Oid index_oid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	Relation	index = index_open(index_oid, AccessShareLock);
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	Snapshot	snapshot = RegisterSnapshot(GetTransactionSnapshot());
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);
	int			rows = 0;
	int			values = 0;
	bool		missed = false;

	while (!missed && values < SAMPLED_VALUES && rows++ < SAMPLED_ROWS &&
		   table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		Datum		codes[ETH_BLIND_MAX_CODES];
		bool		isnull;
		Datum		value = slot_getattr(slot, attnum, &isnull);

		CHECK_FOR_INTERRUPTS();
		if (isnull)
			continue;
		values++;
		missed = !is_found(rel, index, snapshot, &slot->tts_tid,
						   eth_mask_blind_codes(att->atttypid, att->attcollation, value, codes), codes);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);
	index_close(index, AccessShareLock);
	table_close(rel, AccessShareLock);
	return missed;
}

List *
eth_protect_stale_blind_indexes(Oid relid, AttrNumber attnum)
{
	char	   *column = get_attname(relid, attnum, false);
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		AttrNumber	here = get_attnum(lfirst_oid(lc), column);
		Oid			index = InvalidOid;

		if (here > 0 && get_rel_relkind(lfirst_oid(lc)) == RELKIND_RELATION)
			index = eth_protect_blind_index(lfirst_oid(lc), here);
		if (OidIsValid(index) && misses_rows(lfirst_oid(lc), here, index))
			result = lappend(result, eth_protect_relation_name(index));
	}
	return result;
}

/* ---- making and dropping ---- */

/* The columns are found by name: children may have them at other places. */
List *
eth_protect_missing_blind_indexes(Oid relid, AttrNumber attnum)
{
	char	   *column = get_attname(relid, attnum, false);
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		Oid			below = lfirst_oid(lc);
		char		kind = get_rel_relkind(below);
		AttrNumber	here = get_attnum(below, column);

		/* an index of a partitioned table is one of its partitions, too */
		if (here <= 0 || (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE) ||
			(get_rel_relispartition(below) && below != relid) ||
			OidIsValid(eth_protect_blind_index(below, here)))
			continue;
		result = lappend(result,
						 psprintf("CREATE INDEX ON %s USING hash (ethdata.blind(%s) ethdata.blind_ops)",
								  eth_protect_relation_name(below), quote_identifier(column)));
	}
	return result;
}

void
eth_protect_make_blind_indexes(Oid relid, AttrNumber attnum)
{
	List	   *statements = eth_protect_missing_blind_indexes(relid, attnum);
	EthCaller	caller;
	ListCell   *lc;

	if (statements == NIL)
		return;
	eth_core_enter(&caller);
	SPI_connect();
	foreach(lc, statements)
	{
		if (SPI_execute(lfirst(lc), false, 0) != SPI_OK_UTILITY)
			elog(ERROR, "could not make a blind index");
	}
	SPI_finish();
	eth_core_leave(&caller);
	CommandCounterIncrement();
}

void
eth_protect_drop_blind_indexes(Oid relid, AttrNumber attnum)
{
	char	   *column = get_attname(relid, attnum, false);
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relid, AccessExclusiveLock, NULL))
	{
		AttrNumber	here = get_attnum(lfirst_oid(lc), column);
		ListCell   *index;

		if (here <= 0)
			continue;
		foreach(index, blind_indexes(lfirst_oid(lc), here, false))
		{
			ObjectAddress address;

			/* those of partitions go with the one above them */
			if (get_rel_relispartition(lfirst_oid(index)))
				continue;
			ObjectAddressSet(address, RelationRelationId, lfirst_oid(index));
			performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
		}
		CommandCounterIncrement();
	}
}
