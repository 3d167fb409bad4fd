/*
 * direct.c
 *		References to masked columns, replaced where they stand.
 *
 * The general way to read a protected relation is a subquery (relation.c), which
 * the planner flattens.  For the common query, a table in the FROM list of a
 * SELECT, the outcome of that is known: each reference becomes the masked
 * expression, and nothing else changes.  Here that is done at once, which costs a
 * point read half as much.  It is done only where flattening would put the bare
 * expression everywhere:
 *
 *	- a SELECT; the relation stands in FROM under inner joins, or on the side of
 *	  outer joins that keeps all its rows: above a side that may be filled with
 *	  nulls an expression over these would not be null;
 *	- no grouping sets, for which the planner must know expressions apart that
 *	  come from below;
 *	- no condition that has to come first (hidden rows, row policies), and no
 *	  TABLESAMPLE.
 *
 * Row marks, system columns, aliases and the permission record stay with the
 * relation; columns that are read through masks are taken out of the record.
 *
 * The targets of writes are replaced with the same function, see target.c.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "protect/protect.h"
#include "protect/rewrite.h"

/* ---- where ---- */

typedef enum Place
{
	PLACE_ELSEWHERE,
	PLACE_KEPT,					/* every row reaches the top as it is */
	PLACE_NULLABLE				/* an outer join may put nulls in its place */
} Place;

static Place
place_in(Node *node, int rti)
{
	if (node == NULL)
		return PLACE_ELSEWHERE;
	if (IsA(node, RangeTblRef))
		return ((RangeTblRef *) node)->rtindex == rti ? PLACE_KEPT : PLACE_ELSEWHERE;
	if (IsA(node, FromExpr))
	{
		ListCell   *lc;

		foreach(lc, ((FromExpr *) node)->fromlist)
		{
			Place		place = place_in(lfirst(lc), rti);

			if (place != PLACE_ELSEWHERE)
				return place;
		}
		return PLACE_ELSEWHERE;
	}
	if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;
		Place		left = place_in(join->larg, rti);
		Place		right = left == PLACE_ELSEWHERE ? place_in(join->rarg, rti) : PLACE_ELSEWHERE;
		bool		keeps_left = join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT;
		bool		keeps_right = join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT;

		if (left != PLACE_ELSEWHERE)
			return keeps_left ? left : PLACE_NULLABLE;
		if (right != PLACE_ELSEWHERE)
			return keeps_right ? right : PLACE_NULLABLE;
		return PLACE_ELSEWHERE;
	}
	return PLACE_NULLABLE;
}

bool
eth_protect_is_direct(const Query *query, int rti, const EthTableRules *rules, Oid role)
{
	const RangeTblEntry *rte = rt_fetch(rti, query->rtable);

	return query->commandType == CMD_SELECT && query->groupingSets == NIL &&
		rules->enforcement == ETH_ENFORCE_ENFORCE && !eth_protect_hides_rows(rules, role) &&
		rte->securityQuals == NIL && rte->tablesample == NULL &&
		place_in((Node *) query->jointree, rti) == PLACE_KEPT;
}

/* ---- which ---- */

typedef struct UsedContext
{
	int			rti;
	Index		sublevels_up;
	bool		all;			/* the whole row */
	Bitmapset  *columns;
} UsedContext;

static bool
used_walker(Node *node, UsedContext *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		const Var  *var = (Var *) node;

		if (var->varno == context->rti && var->varlevelsup == context->sublevels_up)
		{
			if (var->varattno == InvalidAttrNumber)
				context->all = true;
			else if (var->varattno > 0)
				context->columns = bms_add_member(context->columns, var->varattno);
		}
		return false;
	}
	if (IsA(node, Query))
	{
		bool		result;

		context->sublevels_up++;
		result = query_tree_walker((Query *) node, used_walker, context, 0);
		context->sublevels_up--;
		return result;
	}
	return expression_tree_walker(node, used_walker, context);
}

Query *
eth_protect_replace_columns(Query *query, int rti, const EthTableRules *rules, Oid role, Relation rel)
{
	UsedContext used;
	List	   *columns = NIL;
	int			i;

	memset(&used, 0, sizeof(used));
	used.rti = rti;
	(void) query_tree_walker(query, used_walker, &used, 0);
	for (i = 1; i <= RelationGetNumberOfAttributes(rel); i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i - 1);

		if (!att->attisdropped && eth_protect_is_guarded(rules, i) &&
			(used.all || bms_is_member(i, used.columns)))
			columns = lappend(columns, makeTargetEntry(eth_protect_seen_column(rules, rel, i, role), i,
													   pstrdup(NameStr(att->attname)), false));
	}
	if (columns == NIL)
		return query;
	if (rti != 1)
		ChangeVarNodes((Node *) columns, 1, rti, 0);
	return (Query *) eth_compat_replace_vars((Node *) query, rti, rt_fetch(rti, query->rtable), columns);
}

void
eth_protect_read_direct(EthPlanning *frame, Query *query, int rti, const EthTableRules *rules, Oid role)
{
	Relation	rel = RelationIdGetRelation(rules->relid);
	List	   *lookups;

	if (rel == NULL)
		elog(ERROR, "could not open relation with OID %u", rules->relid);
	lookups = eth_protect_hide_lookups(query, rti, rules, rel);
	*query = *eth_protect_replace_columns(query, rti, rules, role, rel);
	eth_protect_put_back_lookups(query, lookups);
	eth_protect_strip_target(query, rt_fetch(rti, query->rtable), rules, rel);
	eth_protect_set_stamp(rt_fetch(rti, query->rtable), ETH_STAMP_MASKED, role);
	frame->masked_relids = list_append_unique_oid(frame->masked_relids, rules->relid);
	RelationClose(rel);
}
