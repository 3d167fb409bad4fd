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
 * records consent or reads a row comes here.
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

/* Looks for the subject in one table; false: not there. */
static bool
head_from(Relation rel, const EthClass *class, const Datum *values, Snapshot snapshot,
		  char **jurisdiction, int32 *birth_date)
{
	AttrNumber	columns[ETH_MAX_KEYS];
	TypeCacheEntry *types[ETH_MAX_KEYS];
	int			position[ETH_MAX_KEYS];
	ScanKeyData keys[ETH_MAX_KEYS];
	SysScanDesc scan;
	HeapTuple	tuple;
	TupleDesc	desc = RelationGetDescr(rel);
	bool		found;
	Oid			index;
	int			i;

	for (i = 0; i < class->nkeys; i++)
	{
		types[i] = lookup_type_cache(getBaseType(class->key_types[i]),
									 TYPECACHE_EQ_OPR_FINFO | TYPECACHE_BTREE_OPFAMILY);

		/* a partition's columns may stand in another order */
		columns[i] = RelationGetRelid(rel) == class->relid ? class->keys[i] :
			get_attnum(RelationGetRelid(rel), get_attname(class->relid, class->keys[i], false));
		if (columns[i] <= 0)
			return false;
	}
	index = key_index(rel, class->nkeys, columns, types, position);
	for (i = 0; i < class->nkeys; i++)
	{
		/* a B-tree takes its keys in the order of its columns */
		int			place = OidIsValid(index) ? position[i] - 1 : i;

		ScanKeyEntryInitializeWithInfo(&keys[place], 0, columns[i], BTEqualStrategyNumber,
									   InvalidOid, TupleDescAttr(desc, columns[i] - 1)->attcollation,
									   &types[i]->eq_opr_finfo, values[i]);
	}
	scan = systable_beginscan(rel, index, OidIsValid(index), snapshot, class->nkeys, keys);
	tuple = systable_getnext(scan);
	found = HeapTupleIsValid(tuple);
	if (found && class->jurisdiction > 0)
	{
		AttrNumber	column = get_attnum(RelationGetRelid(rel),
										get_attname(class->relid, class->jurisdiction, false));
		bool		isnull;
		Datum		value = heap_getattr(tuple, column, desc, &isnull);

		if (!isnull)
		{
			Oid			output;
			bool		varlena;
			char	   *text;
			int			len;

			getTypeOutputInfo(TupleDescAttr(desc, column - 1)->atttypid, &output, &varlena);
			text = OidOutputFunctionCall(output, value);
			len = strlen(text);
			while (len > 0 && text[len - 1] == ' ')
				text[--len] = '\0';
			if (len > 0)
				*jurisdiction = text;
		}
	}
	if (found && class->birth_date > 0)
	{
		AttrNumber	column = get_attnum(RelationGetRelid(rel),
										get_attname(class->relid, class->birth_date, false));
		bool		isnull;
		Datum		value = heap_getattr(tuple, column, desc, &isnull);
		DateADT		date = ETH_BIRTH_UNKNOWN;

		if (!isnull)
		{
			switch (getBaseType(TupleDescAttr(desc, column - 1)->atttypid))
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

/*
 * The table is read as the extension's own matter, whatever row security or
 * rules it has: two facts of the head leave it, no cell.
 */
void
eth_consent_head(const EthClass *class, const EthKey *key, Snapshot snapshot,
				 uint8 *regime, int32 *birth_date, char **jurisdiction)
{
	Datum		values[ETH_MAX_KEYS];
	List	   *tables;
	ListCell   *lc;
	char	   *where = NULL;
	bool		found = false;

	*regime = ETH_REGIME_UNKNOWN;
	*birth_date = ETH_BIRTH_UNKNOWN;
	if (jurisdiction != NULL)
		*jurisdiction = NULL;
	if (class->missing != NULL || (class->birth_date <= 0 && class->jurisdiction <= 0) ||
		!eth_consent_key_to_datums(key, class, values))
		return;

	if (has_subclass(class->relid))
		tables = find_all_inheritors(class->relid, AccessShareLock, NULL);
	else
		tables = list_make1_oid(class->relid);
	foreach(lc, tables)
	{
		Relation	rel = try_table_open(lfirst_oid(lc), AccessShareLock);

		if (rel == NULL)
			continue;
		if (!found && (rel->rd_rel->relkind == RELKIND_RELATION))
			found = head_from(rel, class, values, snapshot, &where, birth_date);
		table_close(rel, AccessShareLock);
	}
	if (where != NULL)
	{
		*regime = eth_consent_regime_of_jurisdiction(where);
		if (jurisdiction != NULL)
			*jurisdiction = where;
	}
}
