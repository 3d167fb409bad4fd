/*
 * readers.c
 *		Statements that read a table without a plan: COPY .. TO and LOCK TABLE.
 *
 * COPY t TO reads the heap itself.  For a reader who is not exempt it becomes
 * COPY (SELECT columns FROM ONLY t) TO, as core does where row security is on,
 * and so meets the rewriting.  In a walsender (the first copy of a logical
 * replication) it is refused: masks would be stored beside raw changes.  So it is
 * of a table that is only observed, to be counted; not in a walsender.
 *
 * LOCK TABLE in ACCESS SHARE mode asks for SELECT on the whole table, which a
 * masked reader no longer holds; pg_dump begins with it.  A reader of the table
 * gets the lock here.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "replication/walsender.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "protect/define.h"

static ResTarget *
column_target(const char *name)
{
	ColumnRef  *cref = makeNode(ColumnRef);
	ResTarget  *target = makeNode(ResTarget);

	cref->fields = list_make1(makeString(pstrdup(name)));
	cref->location = -1;
	target->val = (Node *) cref;
	target->location = -1;
	return target;
}

/*
 * Rows that break a constraint are printed to who may read every column; see
 * target.c.
 */
static void
check_copy_from(const CopyStmt *stmt)
{
	Oid			relid = RangeVarGetRelid(stmt->relation, AccessShareLock, true);
	const EthTableRules *rules;

	if (!OidIsValid(relid) || !has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_DATA) ||
		eth_core_has_role(GetUserId(), ETH_ROLE_EXEMPT))
		return;
	rules = eth_protect_rules(relid);
	if (rules == NULL || rules->enforcement != ETH_ENFORCE_ENFORCE || bms_is_empty(rules->masked) ||
		eth_protect_is_exempt(rules, GetUserId()))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_REFUSED),
			 errmsg("COPY into table \"%s\" is refused to members of role \"pg_read_all_data\"",
					get_rel_name(relid)),
			 errdetail("Masked values would show in the details of errors, since the role may read every column."),
			 errhint("Write with a role that is no member of it.")));
}

/*
 * The statement as the reader may run it: itself, or a copy of the query kind.
 */
Node *
eth_protect_copy_statement(Node *node)
{
	CopyStmt   *stmt = castNode(CopyStmt, node);
	CopyStmt   *copy;
	SelectStmt *select;
	RangeVar   *from;
	const EthTableRules *rules;
	Relation	rel;
	Oid			relid;
	ListCell   *lc;
	int			i;

	if (stmt->relation == NULL)
		return node;
	if (stmt->is_from)
	{
		check_copy_from(stmt);
		return node;
	}
	relid = RangeVarGetRelid(stmt->relation, AccessShareLock, true);
	if (!OidIsValid(relid) || get_rel_relkind(relid) != RELKIND_RELATION)
		return node;

	/*
	 * who is exempt whatever the rules say may dump a table whose rules are
	 * damaged
	 */
	if (eth_core_has_role(GetUserId(), ETH_ROLE_EXEMPT))
		return node;
	rules = eth_protect_rules(relid);
	if (rules == NULL || rules->enforcement == ETH_ENFORCE_OFF ||
		(rules->enforcement == ETH_ENFORCE_OBSERVE && am_walsender) ||
		eth_protect_is_exempt(rules, GetUserId()))
		return node;
	if (am_walsender)
		ereport(ERROR,
				(errcode(ETH_ERR_REFUSED),
				 errmsg("protected table \"%s\" cannot be copied for replication by this role",
						get_rel_name(relid)),
				 errdetail("Masked values would be stored on the subscriber beside raw changes."),
				 errhint("Let the subscription connect as the table's owner or a member of role \"%s\".",
						 ETH_ROLE_EXEMPT)));

	select = makeNode(SelectStmt);
	rel = table_open(relid, NoLock);
	if (stmt->attlist != NIL)
	{
		foreach(lc, stmt->attlist)
			select->targetList = lappend(select->targetList, column_target(strVal(lfirst(lc))));
	}
	else
	{
		for (i = 0; i < RelationGetNumberOfAttributes(rel); i++)
		{
			Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i);

			if (!att->attisdropped && att->attgenerated == '\0')
				select->targetList = lappend(select->targetList, column_target(NameStr(att->attname)));
		}
	}
	from = makeRangeVar(get_namespace_name(RelationGetNamespace(rel)),
						pstrdup(RelationGetRelationName(rel)), -1);
	from->inh = false;
	select->fromClause = list_make1(from);
	table_close(rel, NoLock);

	copy = copyObject(stmt);
	copy->relation = NULL;
	copy->attlist = NIL;
	copy->query = (Node *) select;
	return (Node *) copy;
}

/* May the current user, who lacks SELECT on the table, lock it to read it? */
static bool
may_lock(Oid relid)
{
	const EthTableRules *rules;
	List	   *readers;
	int			i;

	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return false;
	rules = eth_protect_rules(relid);
	if (rules == NULL || rules->enforcement != ETH_ENFORCE_ENFORCE)
		return false;

	/*
	 * copied: who holds which role is looked up, and the rules may go
	 * meanwhile
	 */
	readers = list_copy(rules->readers);
	for (i = 0; i < rules->ncells; i++)
		readers = list_concat_unique_oid(readers, rules->cells[i].readers);
	if (eth_protect_is_reader(readers, GetUserId()))
		return true;
	return pg_attribute_aclcheck_all(relid, GetUserId(), ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK;
}

/*
 * Takes the locks that this room may grant; what is left for core, or NULL.
 */
Node *
eth_protect_lock_statement(Node *node)
{
	LockStmt   *stmt = castNode(LockStmt, node);
	LockStmt   *rest;
	List	   *left = NIL;
	ListCell   *lc;

	if (stmt->mode != AccessShareLock)
		return node;
	foreach(lc, stmt->relations)
	{
		RangeVar   *rv = lfirst_node(RangeVar, lc);
		Oid			relid = RangeVarGetRelid(rv, NoLock, true);
		ListCell   *child;

		if (!OidIsValid(relid) || get_rel_relkind(relid) == RELKIND_VIEW || !may_lock(relid))
		{
			left = lappend(left, rv);
			continue;
		}
		if (!stmt->nowait)
			LockRelationOid(relid, AccessShareLock);
		else if (!ConditionalLockRelationOid(relid, AccessShareLock))
			ereport(ERROR,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg("could not obtain lock on relation \"%s\"", rv->relname)));
		/* the name may mean another table by now: let core look at it */
		if (RangeVarGetRelid(rv, NoLock, true) != relid || !may_lock(relid))
		{
			left = lappend(left, rv);
			continue;
		}
		if (rv->inh)
			foreach(child, find_all_inheritors(relid, NoLock, NULL))
				LockRelationOid(lfirst_oid(child), AccessShareLock);
	}
	if (list_length(left) == list_length(stmt->relations))
		return node;
	if (left == NIL)
		return NULL;
	rest = copyObject(stmt);
	rest->relations = left;
	return (Node *) rest;
}
