/*
 * raising.c
 *		Errors that would quote a cell.
 *
 * Core prints values of a row that breaks a constraint, and what the table itself
 * computes of raw values may raise an error with one in its text: generated
 * columns, CHECK, expressions and predicates of indexes, conditions of triggers,
 * row policies.  A query that meets such a table gets a stamp that says so
 * (rewrite.h), and errors that fly out of it lose what they might quote.
 *
 * An expression tells nothing when it mentions no guarded column, when only masks
 * and relabelling are in it, or when only leakproof functions get the column.
 * Errors that the owner's own function raises with a code of its own pass: they
 * say what the owner has them say.
 *
 * What a table computes is found once for its rules, and again when it, or any
 * function, changes.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "catalog/pg_inherits.h"
#include "commands/trigger.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "rewrite/prs2lock.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rowsecurity.h"
#include "utils/rel.h"

#include "mask/mask.h"
#include "protect/protect.h"
#include "protect/rewrite.h"

/* ---- what a table computes ---- */

/* May the expression, over entry rti, raise an error that quotes a guarded column? */
bool
eth_protect_may_quote(const EthTableRules *rules, Node *expr, Index rti)
{
	return eth_protect_mentions_guarded(rules, expr, rti) &&
		(checkExprHasSubLink(expr) || (eth_mask_may_raise(expr) && contain_leaked_vars(expr)));
}

/* Conditions of triggers and row policies. */
static bool
conditions_may_quote(const EthTableRules *rules, Relation rel)
{
	ListCell   *lc;
	int			i;

	for (i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		char	   *text = rel->trigdesc->triggers[i].tgqual;
		Node	   *when = text ? stringToNode(text) : NULL;

		if (eth_protect_may_quote(rules, when, PRS2_OLD_VARNO) ||
			eth_protect_may_quote(rules, when, PRS2_NEW_VARNO))
			return true;
	}
	if (rel->rd_rsdesc == NULL)
		return false;
	foreach(lc, rel->rd_rsdesc->policies)
	{
		RowSecurityPolicy *policy = lfirst(lc);

		if (eth_protect_may_quote(rules, (Node *) policy->qual, 1) ||
			eth_protect_may_quote(rules, (Node *) policy->with_check_qual, 1))
			return true;
	}
	return false;
}

/* CHECK, generated columns, indexes. */
static bool
row_may_quote(const EthTableRules *rules, Relation rel)
{
	TupleConstr *constraints = RelationGetDescr(rel)->constr;
	List	   *expressions = NIL;
	ListCell   *lc;
	int			i;

	for (i = 0; constraints != NULL && i < constraints->num_check; i++)
		expressions = lappend(expressions, stringToNode(constraints->check[i].ccbin));
	for (i = 1; i <= RelationGetNumberOfAttributes(rel); i++)
	{
		if (TupleDescAttr(RelationGetDescr(rel), i - 1)->attgenerated != '\0')
			expressions = lappend(expressions, build_column_default(rel, i));
	}
	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		expressions = list_concat(expressions, RelationGetIndexExpressions(index));
		expressions = list_concat(expressions, RelationGetIndexPredicate(index));
		index_close(index, AccessShareLock);
	}
	foreach(lc, expressions)
	{
		if (eth_protect_may_quote(rules, lfirst(lc), 1))
			return true;
	}
	return false;
}

static const EthRaising *
raising_of(const EthTableRules *rules, Relation rel)
{
	EthRaising *raising = rules->raising;

	if (!raising->known)
	{
		raising->conditions = conditions_may_quote(rules, rel);
		raising->row = row_may_quote(rules, rel);
		raising->known = true;
	}
	return raising;
}

/*
 * May a write of the table's rows raise an error that quotes a guarded column?
 * deletes: nothing is computed of the row but conditions.  Tables below the target
 * have constraints, indexes and triggers of their own.
 */
bool
eth_protect_may_raise(const EthTableRules *rules, Relation rel, bool deletes)
{
	const EthRaising *raising = raising_of(rules, rel);
	ListCell   *lc;

	if (raising->conditions || (raising->row && !deletes))
		return true;
	if (!rel->rd_rel->relhassubclass)
		return false;
	foreach(lc, find_all_inheritors(RelationGetRelid(rel), NoLock, NULL))
	{
		const EthTableRules *below = eth_protect_rules(lfirst_oid(lc));
		Relation	child = below && !below->raising->known ?
		try_relation_open(lfirst_oid(lc), AccessShareLock) : NULL;

		if (child != NULL)
		{
			/* opening takes in what changed, and the rules may go with it */
			below = eth_protect_rules(lfirst_oid(lc));
			if (below != NULL)
				(void) raising_of(below, child);
			relation_close(child, AccessShareLock);
		}
		if (below != NULL && (below->raising->conditions || (below->raising->row && !deletes)))
			return true;
	}
	return false;
}

/* ---- when an error flies ---- */

/*
 * An error flies out of a run of the plan: does it quote a cell?  Called in PG_CATCH
 * with the memory context in which it is to be raised again; returns when there is
 * nothing to withhold.
 */
void
eth_protect_withhold_row(const PlannedStmt *plan, MemoryContext context)
{
	int			sqlstate = geterrcode();
	bool		reads = false;
	EthStamp	most = ETH_STAMP_NONE;
	bool		computed;
	ErrorData  *error;
	ListCell   *lc;

	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case ERRCODE_DATA_EXCEPTION:
			computed = true;
			break;
		case ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION:

			/*
			 * so answers the input of some types: tsquery, regtype, hstore,
			 * ltree
			 */
			computed = sqlstate != ERRCODE_INSUFFICIENT_PRIVILEGE;
			break;
		default:
			computed = false;
			break;
	}
	if (!computed && sqlstate != ERRCODE_NOT_NULL_VIOLATION && sqlstate != ERRCODE_CHECK_VIOLATION &&
		sqlstate != ERRCODE_WITH_CHECK_OPTION_VIOLATION)
		return;
	foreach(lc, plan->rtable)
	{
		EthStamp	stamp = eth_protect_stamp_of(lfirst_node(RangeTblEntry, lc), NULL);

		reads = reads || stamp == ETH_STAMP_MASKED_RAISING;
		most = Max(most, stamp);
	}
	if (computed ? most != ETH_STAMP_RAISING && !reads : most < ETH_STAMP_KEEPING)
		return;
	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	if (computed)
		ereport(ERROR,
				(errcode(sqlstate),
				 most == ETH_STAMP_RAISING ? errmsg("the row could not be written") :
				 errmsg("a row policy could not be computed"),
				 errdetail("The reason is withheld, as it may quote a masked value."),
				 errhint("The table computes over masked columns (a generated column, CHECK, index expression, trigger condition or policy): ask its owner which values that allows.")));
	error->detail = NULL;
	error->detail_log = NULL;
	ReThrowError(error);
}
