/*
 * schemas.c
 *		The argument "schemas": names, and patterns in which "%" stands for any text.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "policy/policy.h"

/* Does the name fit?  "%" stands for any text, nothing else for anything. */
static bool
fits(const char *name, const char *pattern)
{
	const char *star = NULL;
	const char *from = NULL;

	while (*name != '\0')
	{
		if (*pattern == '%')
		{
			star = pattern++;
			from = name;
		}
		else if (*pattern == *name)
		{
			pattern++;
			name++;
		}
		else if (star != NULL)
		{
			pattern = star + 1;
			name = ++from;
		}
		else
			return false;
	}
	while (*pattern == '%')
		pattern++;
	return *pattern == '\0';
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

static List *
fitting_schemas(const char *pattern)
{
	Relation	rel = table_open(NamespaceRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *result = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		char	   *name = NameStr(((Form_pg_namespace) GETSTRUCT(tuple))->nspname);

		if (!IsReservedName(name) && strcmp(name, "information_schema") != 0 &&
			strcmp(name, ETH_SCHEMA) != 0 && fits(name, pattern))
			result = lappend(result, pstrdup(name));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

bool
eth_policy_is_named(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	}
	return false;
}

List *
eth_policy_schemas(Datum array, bool isnull)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			i;
	List	   *result = NIL;
	ListCell   *lc;

	if (isnull)
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &n);
	for (i = 0; i < n; i++)
	{
		char	   *name;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("schemas must not contain null")));
		name = TextDatumGetCString(elements[i]);
		if (strchr(name, '%') != NULL)
		{
			foreach(lc, fitting_schemas(name))
			{
				if (!eth_policy_is_named(result, lfirst(lc)))
					result = lappend(result, lfirst(lc));
			}
		}
		else
		{
			(void) get_namespace_oid(name, false);
			if (!eth_policy_is_named(result, name))
				result = lappend(result, name);
		}
	}
	if (result == NIL)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("schemas names no schema"),
				 errhint("Name schemas; \"%%\" stands for any text, as in '{tenant_%%}'. NULL means all.")));
	list_sort(result, compare_names);
	return result;
}
