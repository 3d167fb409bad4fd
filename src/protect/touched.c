/*
 * touched.c
 *		Which protected tables a statement about privileges or roles touches, and
 *		whether core will let the current user do it: what core refuses anyway, or
 *		what cannot change, is left alone and gets no lock.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_shdepend.h"
#include "commands/user.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "protect/define.h"

List *
eth_protect_touched(List *range_vars)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, range_vars)
	{
		Oid			relid = RangeVarGetRelid(lfirst_node(RangeVar, lc), NoLock, true);

		if (OidIsValid(relid) && eth_protect_is_protected(relid, NULL))
			result = list_append_unique_oid(result, relid);
	}
	return result;
}

/* As core finds the tables of a schema: by reading pg_class, once. */
static List *
protected_in_schemas(List *names)
{
	List	   *schemas = NIL;
	List	   *relids = NIL;
	List	   *result = NIL;
	Relation	pg_class = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan;
	HeapTuple	tuple;
	ListCell   *lc;

	foreach(lc, names)
		schemas = list_append_unique_oid(schemas, get_namespace_oid(strVal(lfirst(lc)), true));
	scan = systable_beginscan(pg_class, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		if ((form->relkind == RELKIND_RELATION || form->relkind == RELKIND_PARTITIONED_TABLE ||
			 form->relkind == RELKIND_FOREIGN_TABLE) &&
			list_member_oid(schemas, form->relnamespace))
			relids = lappend_oid(relids, form->oid);
	}
	systable_endscan(scan);
	table_close(pg_class, AccessShareLock);
	foreach(lc, relids)
	{
		if (eth_protect_is_protected(lfirst_oid(lc), NULL))
			result = lappend_oid(result, lfirst_oid(lc));
	}
	list_sort(result, list_oid_cmp);
	return result;
}

/*
 * Might core let the current user grant or revoke anything on the table?  Whoever
 * may not gets no lock on it and changes nothing before core refuses him.
 */
static bool
may_grant_any(Oid relid)
{
	const EthTableRules *rules;
	List	   *readers;
	Oid			user = GetUserId();
	AclMode		options = ACL_GRANT_OPTION_FOR(ACL_ALL_RIGHTS_RELATION);
	bool		damaged;
	int			i;

	if (eth_compat_owns_relation(relid, user) ||
		pg_class_aclmask(relid, user, options, ACLMASK_ANY) != 0 ||
		pg_attribute_aclcheck_all(relid, user, options, ACLMASK_ANY) == ACLCHECK_OK)
		return true;

	/*
	 * grant options on what was withdrawn: the lists of readers have all who
	 * may hold some
	 */
	if (!eth_protect_is_protected(relid, &damaged) || damaged)
		return false;
	rules = eth_protect_rules(relid);
	readers = list_copy(rules->readers);
	for (i = 0; i < rules->ncells; i++)
		readers = list_concat_unique_oid(readers, rules->cells[i].readers);
	return eth_protect_is_reader(readers, user);
}

List *
eth_protect_touched_by_grant(GrantStmt *stmt)
{
	List	   *relids = NIL;
	ListCell   *lc;

	if (stmt->objtype != OBJECT_TABLE)
		return NIL;
	if (stmt->targtype == ACL_TARGET_OBJECT)
		relids = eth_protect_touched(stmt->objects);
	else if (stmt->targtype == ACL_TARGET_ALL_IN_SCHEMA)
		relids = protected_in_schemas(stmt->objects);
	foreach(lc, relids)
	{
		if (!may_grant_any(lfirst_oid(lc)))
			relids = foreach_delete_current(relids, lc);
	}
	return relids;
}

/*
 * The protected tables that DROP OWNED and REASSIGN OWNED can change: owned by
 * the roles, with privileges or rules that name them, or with grants of theirs
 * remembered.  NIL where the current user may not do it for all of them.
 */
List *
eth_protect_touched_by_roles(List *specs)
{
	List	   *roles = roleSpecsToIds(specs);
	List	   *result = NIL;
	Relation	pg_shdepend;
	ListCell   *lc;

	foreach(lc, roles)
	{
		if (!has_privs_of_role(GetUserId(), lfirst_oid(lc)))
			return NIL;
	}
	result = eth_protect_remembered_relations(roles);
	pg_shdepend = table_open(SharedDependRelationId, AccessShareLock);
	foreach(lc, roles)
	{
		ScanKeyData keys[2];
		SysScanDesc scan;
		HeapTuple	tuple;

		ScanKeyInit(&keys[0], Anum_pg_shdepend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(AuthIdRelationId));
		ScanKeyInit(&keys[1], Anum_pg_shdepend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(lfirst_oid(lc)));
		scan = systable_beginscan(pg_shdepend, SharedDependReferenceIndexId, true, NULL, 2, keys);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		{
			Form_pg_shdepend form = (Form_pg_shdepend) GETSTRUCT(tuple);

			if (form->dbid != MyDatabaseId)
				continue;
			if (form->classid == RelationRelationId)
				result = list_append_unique_oid(result, form->objid);
			else if (form->classid == PolicyRelationId)
				result = list_append_unique_oid(result, eth_protect_policy_relation(form->objid));
		}
		systable_endscan(scan);
	}
	table_close(pg_shdepend, AccessShareLock);
	foreach(lc, result)
	{
		if (!OidIsValid(lfirst_oid(lc)) || !eth_protect_is_protected(lfirst_oid(lc), NULL))
			result = foreach_delete_current(result, lc);
	}
	list_sort(result, list_oid_cmp);
	return result;
}

/* Could the current user grant SELECT on these columns as things stand? */
static bool
may_grant_columns(Oid relid, List *columns)
{
	ListCell   *lc;

	foreach(lc, columns)
	{
		AttrNumber	attnum = get_attnum(relid, strVal(lfirst(lc)));

		if (attnum > 0 &&
			pg_attribute_aclcheck(relid, attnum, GetUserId(),
								  ACL_GRANT_OPTION_FOR(ACL_SELECT)) != ACLCHECK_OK)
			return false;
	}
	return true;
}

/*
 * Must a GRANT or REVOKE meet the widened privileges?  REVOKE has something to
 * take away there, and a grantor who is neither owner nor superuser holds his
 * grant options there, but for the columns that all may read.
 */
bool
eth_protect_grant_needs_widening(const GrantStmt *stmt, Oid relid)
{
	ListCell   *lc;

	if (!stmt->is_grant || stmt->grantor != NULL)
		return true;
	if (eth_compat_owns_relation(relid, GetUserId()))
		return false;
	if (stmt->privileges == NIL)
		return true;
	foreach(lc, stmt->privileges)
	{
		const AccessPriv *priv = lfirst_node(AccessPriv, lc);

		if (priv->priv_name != NULL && strcmp(priv->priv_name, "select") != 0)
			continue;
		if (priv->cols == NIL || !may_grant_columns(relid, priv->cols))
			return true;
	}
	return false;
}
