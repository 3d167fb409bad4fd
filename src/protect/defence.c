/*
 * defence.c
 *		The second line: what the planner may know of a protected relation.
 *
 * When the planner fetches a protected relation:
 *
 *	- a relation without the rewriter's stamp is an error.  It came by a way
 *	  that the rewriter did not see (another library calling the standard
 *	  planner, a table brought in by inlining), and would be read raw;
 *	- an inheritance child whose own rules go beyond those of the table it was
 *	  reached through is an error;
 *	- indexes and extended statistics that mention a masked column are removed:
 *	  an index-only scan returns rows in the order of raw values, and estimates
 *	  are answers about them.  No index that the reader could use is lost, since
 *	  his predicates are on masks.  Blind indexes stay where a rule has look-ups:
 *	  they have no order, return no column, and no statistics are asked about them;
 *	- statistics and widths of masked columns are withheld; where rows may be
 *	  hidden, those of all columns, because hidden rows are counted in them.
 *
 * Before that, when the rewriter is done: a reference to a guarded column that is
 * not one that the rewriter made is an error.  It would be a part of a statement
 * that the rewriter does not know.
 *
 * ExecutorCheckPerms: the check with which ALTER TABLE .. ADD FOREIGN KEY asks
 * whether it may compare the two tables in one query.  On masks it would find
 * false constraints true; the answer "no" sends core to its row-by-row check,
 * which runs as the owner.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/plancat.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "protect/define.h"
#include "protect/protect.h"
#include "protect/rewrite.h"

/* A whole row is guarded, a system column is not. */
static bool
is_guarded(const EthTableRules *rules, AttrNumber attnum)
{
	return attnum == InvalidAttrNumber || (attnum > 0 && eth_protect_is_guarded(rules, attnum));
}

typedef struct MentionContext
{
	const EthTableRules *rules;
	Index		varno;
	Index		sublevels_up;
} MentionContext;

static bool
mention_walker(Node *node, MentionContext *context)
{
	bool		person;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varlevelsup == context->sublevels_up &&
			((Var *) node)->varno == (int) context->varno &&
			is_guarded(context->rules, ((Var *) node)->varattno);
	if (IsA(node, FuncExpr) && eth_protect_is_rule_call(node, &person))
		return false;			/* a rule names its column, and is never
								 * computed */
	if (IsA(node, Query))
	{
		bool		result;

		context->sublevels_up++;
		result = query_tree_walker((Query *) node, mention_walker, context, 0);
		context->sublevels_up--;
		return result;
	}
	return expression_tree_walker(node, mention_walker, context);
}

/* Is a guarded column, or the whole row, of entry varno in the expression, also in its sub-selects? */
bool
eth_protect_mentions_guarded(const EthTableRules *rules, Node *expr, Index varno)
{
	MentionContext context;

	context.rules = rules;
	context.varno = varno;
	context.sublevels_up = 0;
	return mention_walker(expr, &context);
}

static bool
index_mentions_guarded(const EthTableRules *rules, IndexOptInfo *index, Index varno)
{
	int			i;

	for (i = 0; i < index->ncolumns; i++)
		if (index->indexkeys[i] > 0 && is_guarded(rules, index->indexkeys[i]))
			return true;
	return eth_protect_mentions_guarded(rules, (Node *) index->indexprs, varno) ||
		eth_protect_mentions_guarded(rules, (Node *) index->indpred, varno);
}

static bool
statistic_mentions_guarded(const EthTableRules *rules, StatisticExtInfo *statistic, Index varno)
{
	int			attnum = -1;

	while ((attnum = bms_next_member(statistic->keys, attnum)) >= 0)
		if (is_guarded(rules, attnum))
			return true;
	return eth_protect_mentions_guarded(rules, (Node *) statistic->exprs, varno);
}

/* ---- a query that was rewritten ---- */

typedef struct VerifyContext
{
	List	   *queries;		/* innermost first */
} VerifyContext;

static void
verify_var(const Var *var, const List *queries)
{
	const Query *query;
	const RangeTblEntry *rte;
	EthStamp	stamp;
	const EthTableRules *rules;

	if ((int) var->varlevelsup >= list_length(queries))
		return;					/* of a query around this one; core would say
								 * so */
	query = list_nth(queries, (int) var->varlevelsup);
	rte = rt_fetch(var->varno, query->rtable);
	stamp = eth_protect_stamp_of(rte, NULL);
	if (var->location == ETH_OUR_LOCATION || !eth_protect_stamp_guards(stamp) ||
		(query->onConflict != NULL && (int) var->varno == query->onConflict->exclRelIndex))
		return;
	rules = eth_protect_rules(rte->relid);
	if (rules != NULL && is_guarded(rules, var->varattno) &&
		!(bms_is_empty(rules->masked) && bms_is_empty(rules->derived) && bms_is_empty(rules->unknown)))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("a masked column of table \"%s\" would be read raw", get_rel_name(rte->relid)),
				 errdetail("ethdata does not know this form of statement, and refuses it."),
				 errhint("Write it in another way, and report it.")));
}

static bool
verify_walker(Node *node, VerifyContext *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		verify_var((Var *) node, context->queries);
		return false;
	}

	/*
	 * row policies are the application's, and the row that it brings is the
	 * caller's
	 */
	if (IsA(node, WithCheckOption) &&
		(((WithCheckOption *) node)->kind != WCO_VIEW_CHECK ||
		 (context->queries != NIL && linitial_node(Query, context->queries)->commandType == CMD_INSERT)))
		return false;
	if (IsA(node, OnConflictExpr))
		return verify_walker((Node *) ((OnConflictExpr *) node)->onConflictSet, context) ||
			verify_walker(((OnConflictExpr *) node)->onConflictWhere, context);
	if (IsA(node, Query))
	{
		Query	   *query = (Query *) node;
		ListCell   *lc;

		context->queries = lcons(query, context->queries);
		(void) query_tree_walker(query, verify_walker, context, QTW_IGNORE_RANGE_TABLE);
		foreach(lc, query->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

			/* alias lists of joins repeat what they join */
			if (rte->rtekind == RTE_SUBQUERY)
				(void) verify_walker((Node *) rte->subquery, context);
			else if (rte->rtekind == RTE_FUNCTION)
				(void) verify_walker((Node *) rte->functions, context);
			else if (rte->rtekind == RTE_TABLEFUNC)
				(void) verify_walker((Node *) rte->tablefunc, context);
			else if (rte->rtekind == RTE_VALUES)
				(void) verify_walker((Node *) rte->values_lists, context);
			else if (rte->rtekind == RTE_RELATION)
				(void) verify_walker((Node *) rte->tablesample, context);
		}
		context->queries = list_delete_first(context->queries);
		return false;
	}
	return expression_tree_walker(node, verify_walker, context);
}

void
eth_protect_verify(Query *query)
{
	VerifyContext context;

	context.queries = NIL;
	(void) verify_walker((Node *) query, &context);
}

/*
 * A child was reached through a table above it.  Does what was done there
 * cover all of the child's own rules?
 */
static bool
stamp_covers(EthStamp stamp, Oid stamped, const EthTableRules *rules)
{
	const EthTableRules *above;
	int			attnum = -1;

	if (stamped == rules->relid)
		return true;
	above = eth_protect_rules(stamped);
	if (above == NULL || stamp == ETH_STAMP_OBSERVED)
		return false;
	if (stamp == ETH_STAMP_EXEMPT)
		return eth_protect_is_exempt(rules, GetUserId());
	if (rules->rows && !above->rows)
		return false;
	while ((attnum = bms_next_member(rules->masked, attnum)) >= 0)
	{
		AttrNumber	there = get_attnum(stamped, get_attname(rules->relid, attnum, false));

		if (there > 0 && !bms_is_member(there, above->masked) &&
			!bms_is_member(there, above->unknown))
			return false;
	}
	return true;
}

/*
 * How large a blind index is tells how many values are NULL, and equal: costs are
 * those of one with an entry for each row, about 20 bytes and two thirds full.
 */
static void
estimate_blind_index(const RelOptInfo *rel, IndexOptInfo *index, bool inhparent)
{
	if (inhparent)
		return;
	index->tuples = rel->tuples;
	index->pages = (BlockNumber) (rel->tuples * 30 / BLCKSZ) + 2;
}

void
eth_protect_relation_info(PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel)
{
	const EthTableRules *rules = eth_protect_rules(relid);
	RangeTblEntry *rte;
	EthStamp	stamp;
	Oid			stamped = InvalidOid;
	ListCell   *lc;

	if (rules == NULL || rules->enforcement != ETH_ENFORCE_ENFORCE)
		return;

	/* CREATE INDEX and CLUSTER plan a sort of the table with an empty query. */
	if (root->parse->jointree == NULL)
		return;

	rte = planner_rt_fetch(rel->relid, root);
	stamp = eth_protect_stamp_of(rte, &stamped);
	if (stamp == ETH_STAMP_NONE)
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("protected table \"%s\" was reached by an unguarded way",
						get_rel_name(relid)),
				 errdetail("The query was planned without passing ethdata's rewriting."),
				 errhint("Check the order of shared_preload_libraries: ethdata comes last, after libraries that plan by themselves.")));
	if (!stamp_covers(stamp, stamped, rules))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("table \"%s\" is more strictly protected than table \"%s\" above it",
						get_rel_name(relid), get_rel_name(stamped)),
				 errhint("Read the table directly, or have the table above protected likewise.")));
	if (stamp == ETH_STAMP_EXEMPT)
		return;

	foreach(lc, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, lc);

		if (eth_protect_is_usable_blind_index(rules, index))
			estimate_blind_index(rel, index, inhparent);
		else if (index_mentions_guarded(rules, index, rel->relid))
			rel->indexlist = foreach_delete_current(rel->indexlist, lc);
	}
	foreach(lc, rel->statlist)
	{
		if (eth_protect_hides_rows(rules, eth_protect_stamp_role(rte)) ||
			statistic_mentions_guarded(rules, lfirst_node(StatisticExtInfo, lc), rel->relid))
			rel->statlist = foreach_delete_current(rel->statlist, lc);
	}
}

/* True: withhold the statistics of the column. */
bool
eth_protect_relation_stats(PlannerInfo *root, RangeTblEntry *rte, AttrNumber attnum)
{
	const EthTableRules *rules;
	EthStamp	stamp = eth_protect_stamp_of(rte, NULL);

	if (!eth_protect_stamp_guards(stamp))
		return false;
	rules = eth_protect_rules(rte->relid);
	if (rules == NULL)
		return false;
	return eth_protect_hides_rows(rules, eth_protect_stamp_role(rte)) || is_guarded(rules, attnum);
}

/* 0: core's own estimate; else the type's average, as if there were no statistics. */
int32
eth_protect_attavgwidth(Oid relid, AttrNumber attnum)
{
	const EthTableRules *rules;
	Oid			type;
	int32		typmod;
	Oid			collation;

	if (attnum <= 0 || eth_protect_planning == NULL || eth_protect_planning->masked_relids == NIL)
		return 0;
	rules = eth_protect_rules(relid);
	if (rules == NULL || rules->enforcement != ETH_ENFORCE_ENFORCE ||
		!(eth_protect_hides_rows(rules, InvalidOid) || is_guarded(rules, attnum)))
		return 0;
	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	return get_typavgwidth(type, typmod);
}

bool
eth_protect_check_perms(List *rtable, List *perm_infos, bool ereport_on_violation)
{
	ListCell   *lc;

	if (ereport_on_violation)
		return true;
	foreach(lc, rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);
		const EthTableRules *rules;

		if (rte->rtekind != RTE_RELATION)
			continue;
		rules = eth_protect_rules(rte->relid);
		if (rules != NULL && rules->enforcement == ETH_ENFORCE_ENFORCE &&
			!eth_protect_is_exempt(rules, GetUserId()))
			return false;
	}
	return true;
}
