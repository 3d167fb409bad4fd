/*
 * target.c
 *		Statements that write a protected table.
 *
 * A target is not replaced by a subquery: rows are found and written in the
 * table itself.  So for a reader who is not exempt this file puts, when the
 * statement is planned,
 *
 *	- the masked expression in place of each reference to a column of the
 *	  target: in conditions, assigned expressions, the actions of MERGE, what ON
 *	  CONFLICT DO UPDATE reads and RETURNING (OLD and NEW as well), also from
 *	  sub-selects and through the check option of a view.  EXCLUDED is the
 *	  caller's own row; arbiters of ON CONFLICT name indexes, and row policies
 *	  are the application's: these stay raw.  Conditions of views do not; in WHERE
 *	  equality looks values up, where the rule has it so (lookup.c);
 *	- where rows are hidden, the decision on the row before all other
 *	  conditions, so that UPDATE, DELETE and MERGE do not meet hidden rows, and
 *	  ON CONFLICT DO UPDATE that does is an error;
 *	- a guard around what is assigned (assign.c).
 *
 * Rows that INSERT and COPY FROM bring are the caller's own.
 *
 * The check is by the columns of the target alone, whatever the privileges: a
 * member of pg_read_all_data holds SELECT on masked columns by core's
 * definition, and this stands in his way too.
 *
 * When a row breaks a constraint core prints the columns that any part of the
 * statement inserts or assigns, and a cell that stays is one of them: the stamp says
 * whether details of errors are to be withheld (raising.c).
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_authid.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "rewrite/rowsecurity.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "protect/protect.h"
#include "protect/rewrite.h"

int
eth_protect_target(Query *query)
{
#ifdef ETH_MERGE_RETURNING
	if (query->commandType == CMD_MERGE)
		return query->mergeTargetRelation;
#endif
	return query->resultRelation;
}

static const char *
statement_name(Query *query)
{
	switch (query->commandType)
	{
		case CMD_INSERT:
			return "INSERT";
		case CMD_UPDATE:
			return "UPDATE";
		case CMD_DELETE:
			return "DELETE";
		default:
			return "MERGE";
	}
}

/* INSERT that meets no row that is there: what it writes the caller brought. */
static bool
writes_own_row(const Query *query)
{
	return query->commandType == CMD_INSERT &&
		(query->onConflict == NULL || query->onConflict->action != ONCONFLICT_UPDATE);
}

/*
 * Core prints the values of a row that breaks a constraint to whoever may read
 * its columns, and members of pg_read_all_data may by core's definition.
 */
static void
refuse_reader_of_all(Query *query, const EthTableRules *rules, Oid role)
{
	if ((bms_is_empty(rules->masked) && bms_is_empty(rules->derived) && bms_is_empty(rules->unknown)) ||
		(!has_privs_of_role(OidIsValid(role) ? role : GetUserId(), ROLE_PG_READ_ALL_DATA) &&
		 !has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_DATA)))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_REFUSED),
			 errmsg("%s on table \"%s\" is refused to members of role \"pg_read_all_data\"",
					statement_name(query), get_rel_name(rules->relid)),
			 errdetail("Masked values would show in the details of errors, since the role may read every column."),
			 errhint("Write with a role that is no member of it.")));
}

/* ---- what is read ---- */

/* Core's mutator takes WHERE CURRENT OF for that of a view, which core has not. */
typedef struct CurrentOfContext
{
	Index		from;
	Index		to;
} CurrentOfContext;

static bool
current_of_walker(Node *node, CurrentOfContext *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, CurrentOfExpr))
	{
		if (((CurrentOfExpr *) node)->cvarno == context->from)
			((CurrentOfExpr *) node)->cvarno = context->to;
		return false;
	}
	return expression_tree_walker(node, current_of_walker, context);
}

static void
set_current_of(Query *query, Index from, Index to)
{
	CurrentOfContext context;

	context.from = from;
	context.to = to;
	(void) current_of_walker((Node *) query->jointree, &context);
}

/*
 * How many conditions and checks of the target are its row policies: core puts
 * them before those of views that the statement came through (security barriers,
 * check options, what ON CONFLICT DO UPDATE may meet), and marks neither.
 */
static void
count_row_policies(Query *query, int rti, int *conditions, int *checks)
{
	List	   *quals = NIL;
	List	   *options = NIL;
	bool		has_policies;
	bool		has_sublinks;

	get_row_security_policies(query, rt_fetch(rti, query->rtable), rti, &quals, &options,
							  &has_policies, &has_sublinks);
	*conditions = list_length(quals);
	*checks = list_length(options);
}

/*
 * Row policies, of the application, and what names indexes: as they were.  So is
 * a view's check of a row that is the caller's own.  Conditions of views are the
 * statement's: anybody can make a view.
 */
static void
restore_raw(Query *query, const Query *before, int rti, int conditions, int checks)
{
	int			kept = writes_own_row(query) ? list_length(query->withCheckOptions) : checks;
	List	   *quals = rt_fetch(rti, query->rtable)->securityQuals;
	List	   *quals_before = rt_fetch(rti, before->rtable)->securityQuals;
	int			i;

	for (i = 0; i < kept; i++)
		list_nth_node(WithCheckOption, query->withCheckOptions, i)->qual =
			list_nth_node(WithCheckOption, before->withCheckOptions, i)->qual;
	for (i = 0; i < conditions; i++)
		lfirst(list_nth_cell(quals, i)) = list_nth(quals_before, i);
	if (query->onConflict != NULL)
	{
		query->onConflict->arbiterElems = before->onConflict->arbiterElems;
		query->onConflict->arbiterWhere = before->onConflict->arbiterWhere;
	}
}

/* Puts masked expressions in place of the target's columns, everywhere in the query. */
static void
mask_references(Query *query, int rti, const EthTableRules *rules, Oid role, Relation rel)
{
	Query		before = *query;
	int			conditions;
	int			checks;

	count_row_policies(query, rti, &conditions, &checks);
	set_current_of(query, rti, 0);
	*query = *eth_protect_replace_columns(query, rti, rules, role, rel);
	set_current_of(query, 0, rti);
	restore_raw(query, &before, rti, conditions, checks);
}

/* ---- hidden rows ---- */

static Expr *
row_visible(const EthTableRules *rules, int rti, Oid role, Relation rel)
{
	Expr	   *result = eth_protect_row_visible(rules, rel, role, ETH_DECIDES);

	if (rti != 1)
		ChangeVarNodes((Node *) result, 1, rti, 0);
	return result;
}

/*
 * ON CONFLICT DO UPDATE meets a row that is hidden: core's own check for row
 * policies raises the error, after the statement's condition, which must not see
 * the row.
 */
static void
refuse_hidden_conflict(Query *query, int rti, const EthTableRules *rules, Oid role, Relation rel)
{
	WithCheckOption *check = makeNode(WithCheckOption);
	OnConflictExpr *conflict = query->onConflict;

	check->kind = WCO_RLS_CONFLICT_CHECK;
	check->relname = pstrdup(RelationGetRelationName(rel));
	check->polname = NULL;
	check->qual = (Node *) row_visible(rules, rti, role, rel);
	check->cascaded = false;
	query->withCheckOptions = lcons(check, query->withCheckOptions);

	if (conflict->onConflictWhere != NULL)
	{
		CaseWhen   *when = makeNode(CaseWhen);
		CaseExpr   *choice = makeNode(CaseExpr);

		when->expr = row_visible(rules, rti, role, rel);
		when->result = (Expr *) conflict->onConflictWhere;
		when->location = -1;
		choice->casetype = BOOLOID;
		choice->args = list_make1(when);
		choice->defresult = (Expr *) makeBoolConst(true, false);
		choice->location = -1;
		conflict->onConflictWhere = (Node *) choice;
	}
}

static void
hide_rows(Query *query, int rti, const EthTableRules *rules, Oid role, Relation rel)
{
	RangeTblEntry *rte = rt_fetch(rti, query->rtable);

	if (query->commandType == CMD_INSERT)
	{
		if (query->onConflict != NULL && query->onConflict->action == ONCONFLICT_UPDATE)
			refuse_hidden_conflict(query, rti, rules, role, rel);
		return;
	}
	rte->securityQuals = lcons(row_visible(rules, rti, role, rel), rte->securityQuals);
}

/* ---- the whole ---- */

/*
 * Core prints, when a row breaks a constraint, the columns that any part of the
 * statement inserts or assigns, whatever the row: of a row that was there before,
 * also cells that this part of the statement does not assign.
 */
static bool
details_may_show(Query *query, RangeTblEntry *rte, const EthTableRules *rules)
{
	Bitmapset  *modified;
	int			bit = -1;

#ifdef ETH_PERM_INFOS
	if (rte->perminfoindex == 0)
		return true;
	modified = bms_union(getRTEPermissionInfo(query->rteperminfos, rte)->insertedCols,
						 getRTEPermissionInfo(query->rteperminfos, rte)->updatedCols);
#else
	modified = bms_union(rte->insertedCols, rte->updatedCols);
#endif
	while ((bit = bms_next_member(modified, bit)) >= 0)
	{
		AttrNumber	attnum = bit + FirstLowInvalidHeapAttributeNumber;

		if (attnum > 0 && eth_protect_is_guarded(rules, attnum))
			return true;
	}
	return false;
}

static EthStamp
stamp_of_target(Query *query, int rti, const EthTableRules *rules, Relation rel)
{
	/* of a row that is the caller's own there is nothing to withhold */
	if (writes_own_row(query))
		return ETH_STAMP_TARGET;
	if (eth_protect_may_raise(rules, rel, query->commandType == CMD_DELETE))
		return ETH_STAMP_RAISING;
	return details_may_show(query, rt_fetch(rti, query->rtable), rules) ? ETH_STAMP_KEEPING : ETH_STAMP_TARGET;
}

/* The lists of assignments: UPDATE's, ON CONFLICT's, or those of MERGE's actions. */
static List *
assignment_lists(Query *query)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (query->commandType == CMD_UPDATE)
		return list_make1(query->targetList);
	if (query->onConflict != NULL && query->onConflict->action == ONCONFLICT_UPDATE)
		return list_make1(query->onConflict->onConflictSet);
	foreach(lc, query->mergeActionList)
	{
		MergeAction *action = lfirst_node(MergeAction, lc);

		if (action->commandType == CMD_UPDATE)
			result = lappend(result, action->targetList);
	}
	return result;
}

/*
 * Masks what the statement reads of its target, guards what it assigns, and
 * stamps the target.  Error 0A000 for members of pg_read_all_data.
 */
void
eth_protect_guard_target(EthPlanning *frame, Query *query, int rti, const EthTableRules *rules, Oid role)
{
	EthAssignments assignments;
	List	   *modes = NIL;
	List	   *lookups;
	Relation	rel;
	ListCell   *lc;

	refuse_reader_of_all(query, rules, role);
	rel = RelationIdGetRelation(rules->relid);
	if (rel == NULL)
		elog(ERROR, "could not open relation with OID %u", rules->relid);

	memset(&assignments, 0, sizeof(assignments));
	assignments.frame = frame;
	assignments.query = query;
	assignments.rti = rti;
	assignments.rules = rules;
	assignments.role = role;
	assignments.rel = rel;
	foreach(lc, assignment_lists(query))
		modes = lappend(modes, eth_protect_assignment_modes(&assignments, lfirst(lc)));

	lookups = eth_protect_hide_lookups(query, rti, rules, rel);
	mask_references(query, rti, rules, role, rel);
	eth_protect_put_back_lookups(query, lookups);
	foreach(lc, assignment_lists(query))
		eth_protect_guard_assignments(&assignments, lfirst(lc),
									  modes ? list_nth(modes, foreach_current_index(lc)) : NIL);
	if (eth_protect_hides_rows(rules, role))
	{
		hide_rows(query, rti, rules, role, rel);
		frame->hides_rows = true;
	}

	eth_protect_strip_target(query, rt_fetch(rti, query->rtable), rules, rel);
	if (query->onConflict != NULL && query->onConflict->exclRelIndex > 0)
		eth_protect_strip_target(query, rt_fetch(query->onConflict->exclRelIndex, query->rtable), rules, rel);
	eth_protect_set_stamp(rt_fetch(rti, query->rtable), stamp_of_target(query, rti, rules, rel), role);
	frame->masked_relids = list_append_unique_oid(frame->masked_relids, rules->relid);
	RelationClose(rel);
}
