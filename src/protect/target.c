/*
 * target.c
 *		Statements that write a protected table.
 *
 * A target is not replaced by a subquery: rows are found and written in the
 * table itself.  So for a reader who is not exempt this file refuses, when the
 * statement is planned, whatever would read a masked cell raw, meet a hidden
 * row, or store something over a cell that he may not see.  What is left works
 * as without ethdata: INSERT and COPY FROM of new rows, UPDATE of other columns
 * found by other columns, DELETE.
 *
 * The check is by the columns of the target alone, whatever the privileges: a
 * member of pg_read_all_data holds SELECT on masked columns by core's
 * definition, and this stands in his way too.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_authid.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

#include "protect/protect.h"
#include "protect/rewrite.h"

typedef struct TargetContext
{
	const EthTableRules *rules;
	int			rti;
	int			sublevels_up;
	AttrNumber	found;			/* a masked column that is read, or 0 for a
								 * whole row */
} TargetContext;

#define NOTHING_FOUND PG_INT16_MAX

static bool
is_guarded(const EthTableRules *rules, AttrNumber attnum)
{
	return bms_is_member(attnum, rules->masked) ||
		bms_is_member(attnum, rules->derived) ||
		bms_is_member(attnum, rules->unknown);
}

static bool
has_guarded(const EthTableRules *rules)
{
	return !bms_is_empty(rules->masked) || !bms_is_empty(rules->derived) ||
		!bms_is_empty(rules->unknown);
}

static bool
target_walker(Node *node, TargetContext *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varno != context->rti || var->varlevelsup != (Index) context->sublevels_up)
			return false;
		if ((var->varattno == InvalidAttrNumber && has_guarded(context->rules)) ||
			(var->varattno > 0 && is_guarded(context->rules, var->varattno)))
		{
			context->found = var->varattno;
			return true;
		}
		return false;
	}
	if (IsA(node, Query))
	{
		bool		result;

		context->sublevels_up++;
		result = query_tree_walker((Query *) node, target_walker, context, 0);
		context->sublevels_up--;
		return result;
	}
	return expression_tree_walker(node, target_walker, context);
}

static const char *
statement_name(Query *query)
{
	switch (query->commandType)
	{
		case CMD_INSERT:
			return query->onConflict && query->onConflict->action == ONCONFLICT_UPDATE ?
				"INSERT .. ON CONFLICT DO UPDATE" : "INSERT";
		case CMD_UPDATE:
			return "UPDATE";
		case CMD_DELETE:
			return "DELETE";
		case CMD_MERGE:
			return "MERGE";
		default:
			return "this statement";
	}
}

static void
refuse_hidden_rows(Query *query, const EthTableRules *rules)
{
	ereport(ERROR,
			(errcode(ETH_ERR_REFUSED),
			 errmsg("%s on table \"%s\" is refused", statement_name(query),
					get_rel_name(rules->relid)),
			 errdetail("Rows of the table are hidden by consent, and this version cannot keep the statement from them."),
			 errhint("Run it as the table's owner or a member of role \"%s\".", ETH_ROLE_EXEMPT)));
}

static void
refuse_assignment(Query *query, const EthTableRules *rules, AttrNumber attnum)
{
	ereport(ERROR,
			(errcode(ETH_ERR_REFUSED),
			 errmsg("%s may not assign masked column \"%s\" of table \"%s\"",
					statement_name(query), get_attname(rules->relid, attnum, false),
					get_rel_name(rules->relid)),
			 errdetail("The value there may be one that the role cannot see, and would be lost."),
			 errhint("Assign only the columns that changed (Django: save(update_fields=[...]); SQLAlchemy does so by itself), or run the statement as the table's owner.")));
}

static void
check_assignments(Query *query, List *target_list, const EthTableRules *rules)
{
	ListCell   *lc;

	foreach(lc, target_list)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (!tle->resjunk && is_guarded(rules, tle->resno))
			refuse_assignment(query, rules, tle->resno);
	}
}

/*
 * Core prints the values of a row that breaks a constraint to whoever may read
 * its columns, and members of pg_read_all_data may by core's definition.
 */
static void
refuse_reader_of_all(Query *query, const EthTableRules *rules, Oid role)
{
	if (!has_guarded(rules) || !has_privs_of_role(OidIsValid(role) ? role : GetUserId(),
												  ROLE_PG_READ_ALL_DATA))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_REFUSED),
			 errmsg("%s on table \"%s\" is refused to members of role \"pg_read_all_data\"",
					statement_name(query), get_rel_name(rules->relid)),
			 errdetail("Masked values would show in the details of errors, since the role may read every column."),
			 errhint("Write with a role that is no member of it.")));
}

bool
eth_protect_is_merge_target(Query *query, int rti)
{
#ifdef ETH_MERGE_RETURNING
	return query->commandType == CMD_MERGE && query->mergeTargetRelation == rti;
#else
	return query->commandType == CMD_MERGE && query->resultRelation == rti;
#endif
}

/*
 * Errors (0A000) unless the statement can run on the raw table without showing
 * or losing a cell.
 */
void
eth_protect_check_target(Query *query, int rti, const EthTableRules *rules, Oid role)
{
	TargetContext context;
	bool		conflict_update = (query->onConflict &&
								   query->onConflict->action == ONCONFLICT_UPDATE);

	if (query->commandType == CMD_MERGE)
		ereport(ERROR,
				(errcode(ETH_ERR_REFUSED),
				 errmsg("MERGE into protected table \"%s\" is refused", get_rel_name(rules->relid)),
				 errdetail("This version does not decide per row what MERGE may read and write."),
				 errhint("Use INSERT and UPDATE, or run it as the table's owner.")));
	if (rules->rows && (query->commandType != CMD_INSERT || conflict_update))
		refuse_hidden_rows(query, rules);
	refuse_reader_of_all(query, rules, role);
	if (query->commandType == CMD_UPDATE)
		check_assignments(query, query->targetList, rules);
	if (conflict_update)
		check_assignments(query, query->onConflict->onConflictSet, rules);

	context.rules = rules;
	context.rti = rti;
	context.sublevels_up = 0;
	context.found = NOTHING_FOUND;
	(void) query_tree_walker(query, target_walker, &context, 0);
	if (context.found != NOTHING_FOUND)
		ereport(ERROR,
				(errcode(ETH_ERR_REFUSED),
				 context.found == InvalidAttrNumber ?
				 errmsg("%s may not read whole rows of protected table \"%s\"",
						statement_name(query), get_rel_name(rules->relid)) :
				 errmsg("%s may not read masked column \"%s\" of table \"%s\"",
						statement_name(query),
						get_attname(rules->relid, context.found, false),
						get_rel_name(rules->relid)),
				 errdetail("This version does not mask what a statement reads of the table that it writes."),
				 errhint("Name other columns in WHERE and RETURNING, or read the column in a sub-select, where it is masked.")));
}
