/*
 * named.c
 *		Tables and columns as callers name them: what may be protected, which
 *		columns are meant, and how a table is named in a message.
 *
 * A table comes as regclass, so that it was found as the caller sees names; it
 * may be anything that has an OID.  Columns come as names in a list, with the
 * quoting and folding of SQL, or as one name that is taken as it is.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "consent/consent.h"
#include "protect/define.h"

char *
eth_protect_relation_name(Oid relid)
{
	char	   *name = get_rel_name(relid);
	const char *schema = name ? get_namespace_name(get_rel_namespace(relid)) : NULL;

	if (name == NULL || schema == NULL)
		return "?";
	if (isAnyTempNamespace(get_rel_namespace(relid)))
		schema = "pg_temp";		/* which session's is nobody's business */
	return quote_qualified_identifier(schema, name);
}

List *
eth_protect_parents(Oid relid)
{
	Relation	catalog = table_open(InheritsRelationId, AccessShareLock);
	List	   *result = NIL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		result = lappend_oid(result, ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent);
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return result;
}

static void
wrong_kind(Oid relid, const char *what, const char *is, const char *hint)
{
	ereport(ERROR,
			(errcode(ETH_ERR_WRONG_KIND),
			 errmsg("cannot %s %s", what, eth_protect_relation_name(relid)),
			 errdetail("It is %s.", is),
			 errhint("%s", hint)));
}

void
eth_protect_check_relation(Oid relid, const char *what)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class form;
	const char *ordinary = "Only ordinary and partitioned tables can be protected.";

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	form = (Form_pg_class) GETSTRUCT(tuple);

	if (IsCatalogRelationOid(relid) || IsCatalogNamespace(form->relnamespace) ||
		relid < FirstNormalObjectId)
		wrong_kind(relid, what, "a system table", ordinary);
	if (IsToastNamespace(form->relnamespace))
		wrong_kind(relid, what, "a TOAST table", "Protect the table that it belongs to.");
	if (form->relnamespace == eth_core_schema_oid(true))
		wrong_kind(relid, what, "one of ethdata's own relations", ordinary);
	switch (form->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
			break;
		case RELKIND_VIEW:
			wrong_kind(relid, what, "a view",
					   "Protect the tables that the view reads; it shows what they show.");
			break;
		case RELKIND_MATVIEW:
			wrong_kind(relid, what, "a materialized view",
					   "Protect the tables that it reads; it holds what they showed to its owner.");
			break;
		case RELKIND_FOREIGN_TABLE:
			wrong_kind(relid, what, "a foreign table", "Protect the table on its own server.");
			break;
		case RELKIND_SEQUENCE:
			wrong_kind(relid, what, "a sequence", ordinary);
			break;
		case RELKIND_INDEX:
		case RELKIND_PARTITIONED_INDEX:
			wrong_kind(relid, what, "an index", ordinary);
			break;
		default:
			wrong_kind(relid, what, "not a table", ordinary);
			break;
	}
	if (form->relpersistence == RELPERSISTENCE_TEMP)
		wrong_kind(relid, what, "a temporary table",
				   "Only its owner's session sees it; give what it is made from its protection.");
	ReleaseSysCache(tuple);
}

AttrNumber
eth_protect_column(Oid relid, const char *name)
{
	AttrNumber	attnum = get_attnum(relid, name);

	if (attnum == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation %s does not exist", name,
						eth_protect_relation_name(relid)),
				 errhint("Names of columns are taken as they are, without folding to lower case.")));
	if (attnum < 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("\"%s\" is a system column", name),
				 errhint("Name a column of the table's own.")));
	return attnum;
}

List *
eth_protect_parse_columns(Oid relid, const char *argument, const char *text)
{
	List	   *names;
	List	   *result = NIL;
	ListCell   *lc;

	if (!SplitIdentifierString(pstrdup(text), ',', &names) || names == NIL)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s is not a list of columns", argument),
				 errhint("Give names of columns separated by commas; quote them with double quotes where SQL would need that.")));
	foreach(lc, names)
	{
		char	   *name = lfirst(lc);
		AttrNumber	attnum = get_attnum(relid, name);

		if (attnum == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation %s does not exist", name,
							eth_protect_relation_name(relid)),
					 errhint("Names without double quotes are folded to lower case.")));
		if (attnum < 0)
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("\"%s\" is a system column", name),
					 errhint("Name columns that hold the key of a person.")));
		if (list_member_int(result, attnum))
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("column \"%s\" is named twice in %s", name, argument)));
		result = lappend_int(result, attnum);
	}
	if (list_length(result) > ETH_MAX_KEYS)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s names more than %d columns", argument, ETH_MAX_KEYS)));
	return result;
}
