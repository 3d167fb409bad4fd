/*
 * class.c
 *		Which class of subjects is meant: by its table, by its id, by being the
 *		only one, or by the columns that lead to it.
 *
 * The classes themselves are in cache.c.  Foreign keys and primary keys are read
 * from the catalogue each time: this happens where a statement is planned or a
 * rule is declared, not per row.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "consent/class.h"

int
eth_consent_primary_key(Oid relid, AttrNumber *columns, int max)
{
	Relation	rel = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	int			n = 0;

	ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
	while ((tuple = systable_getnext(scan)) != NULL)
	{
		Datum		value;
		bool		isnull;
		ArrayType  *array;

		if (((Form_pg_constraint) GETSTRUCT(tuple))->contype != CONSTRAINT_PRIMARY)
			continue;
		value = heap_getattr(tuple, Anum_pg_constraint_conkey, RelationGetDescr(rel), &isnull);
		if (isnull)
			continue;
		array = DatumGetArrayTypeP(value);
		n = ARR_DIMS(array)[0];
		if (n <= max)
			memcpy(columns, ARR_DATA_PTR(array), n * sizeof(AttrNumber));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return n;
}

EthKeyKind
eth_consent_key_kind_of(int n, const Oid *types, const Oid *collations,
						const char *const *names)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		switch (getBaseType(types[i]))
		{
			case INT2OID:
			case INT4OID:
			case INT8OID:
				if (n == 1)
					return ETH_KEY_BIGINT;
				break;
			case UUIDOID:
				if (n == 1)
					return ETH_KEY_UUID;
				break;
			case TEXTOID:
			case VARCHAROID:
			case BPCHAROID:
			case NAMEOID:
				/* keys are compared as bytes */
				if (OidIsValid(collations[i]) && !get_collation_isdeterministic(collations[i]))
					ereport(ERROR,
							(errcode(ETH_ERR_REFUSED),
							 errmsg("column \"%s\" cannot be the key of a subject class", names[i]),
							 errdetail("Its collation is not deterministic, and keys are compared as bytes."),
							 errhint("Name other key columns by subject_key.")));
				break;
			default:
				ereport(ERROR,
						(errcode(ETH_ERR_REFUSED),
						 errmsg("column \"%s\" of type %s cannot be the key of a subject class",
								names[i], format_type_be(types[i])),
						 errdetail("Keys are whole numbers, uuid, text, varchar, char or name."),
						 errhint("Name other key columns by subject_key.")));
		}
	}
	return ETH_KEY_TEXT;
}

void
eth_consent_class_copy(EthClass *copy, const EthClass *class)
{
	*copy = *class;
	copy->code = pstrdup(class->code);
	copy->kind = pstrdup(class->kind);
	if (class->missing != NULL)
		copy->missing = pstrdup(class->missing);
	if (class->head_missing != NULL)
		copy->head_missing = pstrdup(class->head_missing);
}

const char *
eth_consent_key_type_name(Oid type)
{
	switch (getBaseType(type))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return "bigint";
		case UUIDOID:
			return "uuid";
		default:
			return "text";
	}
}

Oid
eth_consent_key_type_by_name(const char *name)
{
	return strcmp(name, "bigint") == 0 ? INT8OID : strcmp(name, "uuid") == 0 ? UUIDOID : TEXTOID;
}

bool
eth_consent_key_is_unique(Oid relid, int n, const AttrNumber *columns)
{
	Relation	rel = table_open(relid, AccessShareLock);
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *lc;
	bool		unique = false;

	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);
		Form_pg_index form = index->rd_index;
		int			matched = 0;
		int			i;
		int			j;

		if (form->indisunique && form->indisvalid && form->indnkeyatts == n &&
			RelationGetIndexPredicate(index) == NIL && RelationGetIndexExpressions(index) == NIL)
		{
			for (i = 0; i < n; i++)
			{
				for (j = 0; j < n; j++)
				{
					if (form->indkey.values[i] == columns[j])
					{
						matched++;
						break;
					}
				}
			}
			unique |= matched == n;
		}
		index_close(index, AccessShareLock);
	}
	table_close(rel, AccessShareLock);
	return unique;
}

void
eth_consent_class_require_complete(const EthClass *class)
{
	const char *missing = class->missing ? class->missing : class->head_missing;

	if (missing == NULL)
		return;
	if (missing[0] == '\0')
		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("the table of subject class \"%s\" does not exist any more", class->code),
				 errhint("Call ethdata.define_subject_class() for the table that took its place, with code => '%s'.",
						 class->code)));
	ereport(ERROR,
			(errcode(ETH_ERR_STATE),
			 errmsg("subject class \"%s\" does not match its table", class->code),
			 errdetail("It needs \"%s\", which is gone, renamed or of another type.", missing),
			 errhint("Call ethdata.define_subject_class() again with the names as they are now.")));
}

const EthClass *
eth_consent_class_by_relid(Oid relid, bool missing_ok)
{
	const EthClass *class = eth_consent_class_find(relid);

	if (class == NULL && !missing_ok)
	{
		char	   *name = get_rel_name(relid);

		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("\"%s\" is not a subject class", name ? name : "?"),
				 errhint("Define it with ethdata.define_subject_class().")));
	}
	return class;
}

const EthClass *
eth_consent_class_unnamed(void)
{
	int			n = eth_consent_class_count();
	int			there = 0;
	int			visible = 0;
	int32		any = 0;
	int32		seen = 0;
	int			i;

	/* those whose table is gone are nobody's any more */
	for (i = 0; i < n; i++)
	{
		Oid			relid = eth_consent_class_relid_at(i);

		if (!OidIsValid(relid))
			continue;
		there++;
		any = eth_consent_class_id_at(i);
		if (RelationIsVisible(relid))
		{
			visible++;
			seen = any;
		}
	}
	if (there == 0)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("no subject class is defined"),
				 errhint("Define one with ethdata.define_subject_class().")));
	if (there > 1 && visible != 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("the subject class must be named"),
				 errdetail("Several are defined, and not exactly one of them is visible in the search_path."),
				 errhint("Pass class => 'schema.table'.")));
	return eth_consent_class_by_id(there == 1 ? any : seen);
}

/* Is "columns" the key of the class, in any order?  "ordered" gets them in the key's order. */
static bool
columns_are_key(const EthClass *class, int n, const AttrNumber *targets,
				const AttrNumber *columns, AttrNumber *ordered)
{
	int			i;
	int			j;

	if (class->missing != NULL || class->nkeys != n)
		return false;
	for (i = 0; i < n; i++)
	{
		for (j = 0; j < n; j++)
		{
			if (targets[j] == class->keys[i])
				break;
		}
		if (j == n)
			return false;
		ordered[i] = columns[j];
	}
	return true;
}

/*
 * "targets" are columns of relid that hold the values of "columns" of the table
 * that was asked about.  Follows foreign keys whose referencing columns are
 * exactly the targets, also over several tables.  *ambiguous: they lead to
 * several classes.
 */
static const EthClass *
follow(Oid relid, int n, const AttrNumber *targets, const AttrNumber *columns,
	   AttrNumber *ordered, List *visited, bool *ambiguous)
{
	int32		found = 0;
	const EthClass *class;
	Relation	rel;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *next = NIL;
	ListCell   *lc;

	class = eth_consent_class_by_relid(relid, true);
	if (class != NULL && columns_are_key(class, n, targets, columns, ordered))
		return class;
	if (list_member_oid(visited, relid))
		return NULL;
	visited = lappend_oid(list_copy(visited), relid);

	rel = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
	while ((tuple = systable_getnext(scan)) != NULL)
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
		AttrNumber	conkey[INDEX_MAX_KEYS];
		AttrNumber	confkey[INDEX_MAX_KEYS];
		AttrNumber *hop;
		int			nkeys;
		int			i;
		int			j;

		if (form->contype != CONSTRAINT_FOREIGN)
			continue;
		DeconstructFkConstraintRow(tuple, &nkeys, conkey, confkey,
								   NULL, NULL, NULL, NULL, NULL);
		if (nkeys != n)
			continue;
		hop = palloc(n * sizeof(AttrNumber));
		for (i = 0; i < n; i++)
		{
			for (j = 0; j < n; j++)
			{
				if (conkey[j] == targets[i])
					break;
			}
			if (j == n)
				break;
			hop[i] = confkey[j];
		}
		if (i == n)
			next = lappend(next, list_make2(list_make1_oid(form->confrelid), hop));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	foreach(lc, next)
	{
		List	   *pair = (List *) lfirst(lc);

		AttrNumber	its_order[ETH_MAX_KEYS];

		class = follow(linitial_oid((List *) linitial(pair)), n, (AttrNumber *) lsecond(pair),
					   columns, its_order, visited, ambiguous);
		if (class == NULL)
			continue;
		if (found == 0)
			memcpy(ordered, its_order, n * sizeof(AttrNumber));
		else if (found != class->id)
			*ambiguous = true;
		found = class->id;
	}
	return found != 0 ? eth_consent_class_by_id(found) : NULL;
}

/*
 * A partition leads where its partitioned table leads: the table is what was
 * declared, whichever way a row is reached.
 */
static const EthClass *
class_of_columns(Oid relid, int ncolumns, const AttrNumber *columns, AttrNumber *ordered,
				 bool *ambiguous)
{
	const EthClass *class;
	AttrNumber *parent_columns;
	Oid			parent;
	int			i;

	if (ncolumns < 1 || ncolumns > ETH_MAX_KEYS)
		return NULL;
	class = follow(relid, ncolumns, columns, columns, ordered, NIL, ambiguous);
	if (class != NULL || !get_rel_relispartition(relid))
		return class;

	parent = get_partition_parent(relid, false);
	parent_columns = palloc(ncolumns * sizeof(AttrNumber));
	for (i = 0; i < ncolumns; i++)
	{
		parent_columns[i] = get_attnum(parent, get_attname(relid, columns[i], false));
		if (parent_columns[i] == InvalidAttrNumber)
			return NULL;
	}
	class = class_of_columns(parent, ncolumns, parent_columns, ordered, ambiguous);
	for (i = 0; class != NULL && i < ncolumns; i++)
		ordered[i] = get_attnum(relid, get_attname(parent, ordered[i], false));
	return class;
}

const EthClass *
eth_consent_class_of_columns_ordered(Oid relid, int ncolumns, const AttrNumber *columns,
									 AttrNumber *ordered)
{
	bool		ambiguous = false;
	const EthClass *class = class_of_columns(relid, ncolumns, columns, ordered, &ambiguous);
	char	   *name;

	if (!ambiguous)
		return class;
	name = get_rel_name(relid);
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
			 errmsg("foreign keys of \"%s\" lead from these columns to several subject classes",
					name ? name : "?"),
			 errhint("Name the class that is meant: class => 'schema.table'.")));
	return NULL;				/* keep compiler quiet */
}

const EthClass *
eth_consent_class_of_columns_quietly(Oid relid, int ncolumns, const AttrNumber *columns)
{
	AttrNumber	ordered[ETH_MAX_KEYS];
	bool		ambiguous = false;
	const EthClass *class = class_of_columns(relid, ncolumns, columns, ordered, &ambiguous);

	if (class == NULL || ambiguous ||
		memcmp(ordered, columns, ncolumns * sizeof(AttrNumber)) != 0)
		return NULL;
	return class;
}

const EthClass *
eth_consent_class_of_columns(Oid relid, int ncolumns, const AttrNumber *columns)
{
	AttrNumber	ordered[ETH_MAX_KEYS];
	const EthClass *class;

	class = eth_consent_class_of_columns_ordered(relid, ncolumns, columns, ordered);
	if (class != NULL && memcmp(ordered, columns, ncolumns * sizeof(AttrNumber)) != 0)
		return NULL;
	return class;
}
