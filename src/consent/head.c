/*
 * head.c
 *		What the subject's row says about the subject: birth date and where the
 *		person lives, from the columns that the class names.
 *
 * Read by key through an index over the key columns where there is one, else by
 * a scan; a partitioned or inherited table is searched through all its children.
 * No SPI: the row is found the same way in parallel workers, and no rule or row
 * security of the table stands between.  Nothing that the table's owner wrote is
 * evaluated (domains, predicates and expressions of indexes), since whoever
 * records consent or reads a row comes here.  How the table is read is remembered for
 * the last class that has no children: decisions about persons read it each time.
 *
 * "class" is a copy: the cache may be loaded again here.
 *
 * Locks: AccessShareLock on the table and its children, kept by nobody.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "consent/state.h"

/*
 * A B-tree whose first columns are the key columns, in any order; "position"
 * gets the place of each in it, from 1.  InvalidOid: none.
 *
 * Whether it has a predicate or expressions is read from the catalogue's row:
 * core's functions that return them evaluate what the table's owner wrote.
 */
static Oid
key_index(Relation rel, int nkeys, const AttrNumber *columns, TypeCacheEntry *const *types,
		  int *position)
{
	TupleDesc	desc = RelationGetDescr(rel);
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *lc;
	Oid			found = InvalidOid;

	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);
		Form_pg_index form = index->rd_index;
		int			matched = 0;
		int			i;
		int			j;

		if (form->indisvalid && !form->indcheckxmin &&
			index->rd_rel->relam == BTREE_AM_OID && form->indnkeyatts >= nkeys &&
			heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL) &&
			heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, NULL))
		{
			for (i = 0; i < nkeys; i++)
			{
				for (j = 0; j < nkeys; j++)
				{
					if (form->indkey.values[j] == columns[i] &&
						index->rd_opfamily[j] == types[i]->btree_opf &&
						index->rd_indcollation[j] == TupleDescAttr(desc, columns[i] - 1)->attcollation)
					{
						position[i] = j + 1;
						matched++;
						break;
					}
				}
			}
		}
		index_close(index, AccessShareLock);
		if (matched == nkeys)
		{
			found = lfirst_oid(lc);
			break;
		}
	}
	list_free(indexes);
	return found;
}

/* How one table of a class is read: found once for each version of the cache. */
typedef struct Access
{
	uint64		version;		/* of the cache; 0: not set */
	Oid			relid;
	int			nkeys;
	AttrNumber	keys[ETH_MAX_KEYS];
	Oid			collations[ETH_MAX_KEYS];
	FmgrInfo   *equal[ETH_MAX_KEYS];
	int			place[ETH_MAX_KEYS];	/* of the key in the scan's keys */
	Oid			index;			/* InvalidOid: scan */
	AttrNumber	jurisdiction;	/* 0: none */
	Oid			jurisdiction_output;
	AttrNumber	birth_date;		/* 0: none */
	Oid			birth_type;
} Access;

/* false: the table lacks a key column. */
static bool
find_access(Access *access, Relation rel, const EthClass *class)
{
	Oid			relid = RelationGetRelid(rel);
	bool		own = relid == class->relid;
	TupleDesc	desc = RelationGetDescr(rel);
	TypeCacheEntry *types[ETH_MAX_KEYS];
	int			position[ETH_MAX_KEYS];
	int			i;

	memset(access, 0, sizeof(Access));
	access->relid = relid;
	access->nkeys = class->nkeys;
	for (i = 0; i < class->nkeys; i++)
	{
		types[i] = lookup_type_cache(getBaseType(class->key_types[i]),
									 TYPECACHE_EQ_OPR_FINFO | TYPECACHE_BTREE_OPFAMILY);

		/* a partition's columns may stand in another order */
		access->keys[i] = own ? class->keys[i] :
			get_attnum(relid, get_attname(class->relid, class->keys[i], false));
		if (access->keys[i] <= 0)
			return false;
		access->collations[i] = TupleDescAttr(desc, access->keys[i] - 1)->attcollation;
		access->equal[i] = &types[i]->eq_opr_finfo;
	}
	access->index = key_index(rel, class->nkeys, access->keys, types, position);
	/* a B-tree takes its keys in the order of its columns */
	for (i = 0; i < class->nkeys; i++)
		access->place[i] = OidIsValid(access->index) ? position[i] - 1 : i;
	if (class->jurisdiction > 0)
	{
		bool		varlena;

		access->jurisdiction = own ? class->jurisdiction :
			get_attnum(relid, get_attname(class->relid, class->jurisdiction, false));
		getTypeOutputInfo(TupleDescAttr(desc, access->jurisdiction - 1)->atttypid,
						  &access->jurisdiction_output, &varlena);
	}
	if (class->birth_date > 0)
	{
		access->birth_date = own ? class->birth_date :
			get_attnum(relid, get_attname(class->relid, class->birth_date, false));
		access->birth_type = getBaseType(TupleDescAttr(desc, access->birth_date - 1)->atttypid);
	}
	return true;
}

/* Looks for the subject in one table; false: not there. */
static bool
head_from(Relation rel, const Access *access, const Datum *values, Snapshot snapshot,
		  char **jurisdiction, int32 *birth_date)
{
	ScanKeyData keys[ETH_MAX_KEYS];
	SysScanDesc scan;
	HeapTuple	tuple;
	TupleDesc	desc = RelationGetDescr(rel);
	bool		found;
	int			i;

	for (i = 0; i < access->nkeys; i++)
		ScanKeyEntryInitializeWithInfo(&keys[access->place[i]], 0, access->keys[i], BTEqualStrategyNumber,
									   InvalidOid, access->collations[i], access->equal[i],
									   values[i]);
	scan = systable_beginscan(rel, access->index, OidIsValid(access->index), snapshot,
							  access->nkeys, keys);
	tuple = systable_getnext(scan);
	found = HeapTupleIsValid(tuple);
	if (found && access->jurisdiction > 0)
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, access->jurisdiction, desc, &isnull);

		if (!isnull)
		{
			char	   *text = OidOutputFunctionCall(access->jurisdiction_output, value);
			int			len = strlen(text);

			while (len > 0 && text[len - 1] == ' ')
				text[--len] = '\0';
			if (len > 0)
				*jurisdiction = text;
		}
	}
	if (found && access->birth_date > 0)
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, access->birth_date, desc, &isnull);
		DateADT		date = ETH_BIRTH_UNKNOWN;

		if (!isnull)
		{
			switch (access->birth_type)
			{
				case DATEOID:
					date = DatumGetDateADT(value);
					break;
				case TIMESTAMPOID:
					date = DatumGetDateADT(DirectFunctionCall1(timestamp_date, value));
					break;
				case TIMESTAMPTZOID:
					date = DatumGetDateADT(DirectFunctionCall1(timestamptz_date, value));
					break;
			}
			*birth_date = DATE_NOT_FINITE(date) ? ETH_BIRTH_UNKNOWN : date;
		}
	}
	systable_endscan(scan);
	return found;
}

/* In the class's table and all its children. */
static void
head_from_all(const EthClass *class, const Datum *values, Snapshot snapshot,
			  char **jurisdiction, int32 *birth_date)
{
	ListCell   *lc;
	bool		found = false;

	foreach(lc, find_all_inheritors(class->relid, AccessShareLock, NULL))
	{
		Relation	rel = try_table_open(lfirst_oid(lc), AccessShareLock);
		Access		access;

		if (rel == NULL)
			continue;
		if (!found && rel->rd_rel->relkind == RELKIND_RELATION &&
			find_access(&access, rel, class))
			found = head_from(rel, &access, values, snapshot, jurisdiction, birth_date);
		table_close(rel, AccessShareLock);
	}
}

bool
eth_consent_is_headless(const EthClass *class)
{
	return class->missing != NULL || (class->birth_date <= 0 && class->jurisdiction <= 0);
}

/*
 * The table is read as the extension's own matter, whatever row security or
 * rules it has: two facts of the head leave it, no cell.
 */
void
eth_consent_head(const EthClass *class, const EthKey *key, Snapshot snapshot,
				 uint8 *regime, int32 *birth_date, char **jurisdiction)
{
	static Access last;
	Datum		values[ETH_MAX_KEYS];
	char	   *where = NULL;

	*regime = ETH_REGIME_UNKNOWN;
	*birth_date = ETH_BIRTH_UNKNOWN;
	if (jurisdiction != NULL)
		*jurisdiction = NULL;
	if (eth_consent_is_headless(class) ||
		!eth_consent_key_to_datums(key, class, values))
		return;

	if (has_subclass(class->relid))
		head_from_all(class, values, snapshot, &where, birth_date);
	else
	{
		Relation	rel = try_table_open(class->relid, AccessShareLock);

		if (rel == NULL)
			return;
		if (rel->rd_rel->relkind == RELKIND_RELATION)
		{
			/* opening it let messages in: what was found may hold no more */
			eth_consent_cache_refresh();
			if (last.version != eth_consent_cache_version || last.relid != class->relid)
			{
				const EthClass *current = eth_consent_class_by_id(class->id);

				last.version = 0;
				if (current != NULL && current->relid == class->relid &&
					current->missing == NULL && find_access(&last, rel, current))
					last.version = eth_consent_cache_version;
			}
			if (last.version != 0)
				(void) head_from(rel, &last, values, snapshot, &where, birth_date);
		}
		table_close(rel, AccessShareLock);
	}
	if (where != NULL)
	{
		*regime = eth_consent_regime_of_jurisdiction(where);
		if (jurisdiction != NULL)
			*jurisdiction = where;
		else
			pfree(where);
	}
}
