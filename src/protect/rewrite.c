/*
 * rewrite.c
 *		Puts the decision between a query and the protected tables it reads.
 *
 * It works on the query as the planner gets it: views, rules and row policies
 * are expanded by then, so that every way to a table ends here.  A range table
 * entry of a protected relation becomes a plain subquery over it,
 *
 *		(SELECT id, CASE WHEN may_see THEN email ELSE mask END AS email, ...
 *		   FROM ONLY-or-not relation [security qual: row_visible])
 *
 * which the planner flattens: indexes on unmasked columns keep working, and
 * predicates, joins, grouping and ordering all meet the masked value; where it is
 * clear what comes of that, it is done here at once (direct.c).  The
 * choice between value and mask is made when the row is read, because purpose
 * and consent may change between two executions of a plan; which rules apply to
 * whom is settled here, so these plans depend on the role.
 *
 * What must hold (each was broken by an obvious implementation; reference:
 * internals A to C):
 *
 *	- The inner relation keeps the reader's own permission record, less the
 *	  columns that he reads through masks; it is never checked as the owner.
 *	- Row marks go into the subquery as pushed-down ones.
 *	- Row policies and sample arguments move a level down and are renumbered.
 *	- System columns and whole rows become extra columns of the subquery: a Var
 *	  of a subquery may not name them, and a row put together above an outer
 *	  join would not be null where it must be.
 *	- The tree is copied before it is changed, and changed in place then, so
 *	  that no entry is copied raw by a mutator at work around it.
 *	- A table that is only observed stays as it is; see observe.c.
 *	- Targets of INSERT, UPDATE, DELETE and MERGE are not replaced; what the
 *	  statement reads of them is, see target.c.  They come first, while the
 *	  other entries are still what the statement named.
 *	- SQL functions that the planner would inline are inlined here first, so
 *	  that the tables in their bodies are seen.  The planner inlines those that
 *	  reach no protected table by itself, as ever.
 *	- Each protected relation that was dealt with carries a stamp in a field
 *	  that relations do not use (ctename).  It survives copying, also into
 *	  inheritance children, makes this idempotent, and is what the second line
 *	  of defence looks for (defence.c).
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "protect/protect.h"
#include "protect/rewrite.h"
#include "purpose/purpose.h"

static void protect_query(EthPlanning *frame, Query *query);
static bool reaches_protected(EthPlanning *frame, Query *query);

EthPlanning *eth_protect_planning = NULL;

/* ---- stamps ---- */

static const char *const stamp_texts[] = {
	[ETH_STAMP_MASKED] = "ethdata: masked",
	[ETH_STAMP_MASKED_RAISING] = "ethdata: masked, raising",
	[ETH_STAMP_EXEMPT] = "ethdata: exempt",
	[ETH_STAMP_OBSERVED] = "ethdata: observed",
	[ETH_STAMP_TARGET] = "ethdata: target",
	[ETH_STAMP_KEEPING] = "ethdata: keeping target",
	[ETH_STAMP_RAISING] = "ethdata: raising target",
};

/*
 * The stamp of a range table entry, and which relation it was made for: an
 * inheritance child carries its parent's.
 */
EthStamp
eth_protect_stamp_of(const RangeTblEntry *rte, Oid *relid)
{
	size_t		i;

	if (rte->rtekind != RTE_RELATION || rte->ctename == NULL)
		return ETH_STAMP_NONE;
	for (i = ETH_STAMP_MASKED; i < lengthof(stamp_texts); i++)
	{
		size_t		len = strlen(stamp_texts[i]);

		if (strncmp(rte->ctename, stamp_texts[i], len) == 0 && rte->ctename[len] == ' ')
		{
			if (relid != NULL)
				*relid = (Oid) strtoul(rte->ctename + len + 1, NULL, 10);
			return (EthStamp) i;
		}
	}
	return ETH_STAMP_NONE;
}

void
eth_protect_set_stamp(RangeTblEntry *rte, EthStamp stamp, Oid role)
{
	rte->ctename = psprintf("%s %u %u", stamp_texts[stamp], rte->relid, role);
}

/* The role that a stamp was made for: InvalidOid is the current user. */
Oid
eth_protect_stamp_role(const RangeTblEntry *rte)
{
	const char *last = strrchr(rte->ctename, ' ');

	return (Oid) strtoul(last + 1, NULL, 10);
}

/* ---- who reads ---- */

/*
 * The role of a read: the one core checks, and, where that one is exempt, the
 * current user: so a view of the owner never unmasks.  Returns false when both
 * are exempt.
 */
static bool
reader_of(const EthTableRules *rules, Oid check_as_user, Oid *decision_role)
{
	Oid			current = GetUserId();

	*decision_role = InvalidOid;
	if (!OidIsValid(check_as_user) || check_as_user == current)
		return !eth_protect_is_exempt(rules, current);
	if (!eth_protect_is_exempt(rules, check_as_user))
	{
		*decision_role = check_as_user;
		return true;
	}
	return !eth_protect_is_exempt(rules, current);
}

/* The rules that a query has to do with: none where the enforcement is off. */
static const EthTableRules *
rules_in_force(Oid relid)
{
	const EthTableRules *rules = eth_protect_rules(relid);

	return rules != NULL && rules->enforcement == ETH_ENFORCE_OFF ? NULL : rules;
}

/* ---- functions that the planner would inline ---- */

static bool
is_sql_set_function(RangeTblEntry *rte)
{
	RangeTblFunction *function;
	FuncExpr   *func;
	HeapTuple	tuple;
	bool		result;

	if (rte->rtekind != RTE_FUNCTION || rte->funcordinality || list_length(rte->functions) != 1)
		return false;
	function = linitial_node(RangeTblFunction, rte->functions);
	if (!IsA(function->funcexpr, FuncExpr))
		return false;
	func = (FuncExpr *) function->funcexpr;
	if (!func->funcretset || func->funcid < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(func->funcid));
	if (!HeapTupleIsValid(tuple))
		return false;
	result = ((Form_pg_proc) GETSTRUCT(tuple))->prolang == SQLlanguageId;
	ReleaseSysCache(tuple);
	return result;
}

/*
 * The function's body as the planner would inline it; NULL when it would not.
 * The work is core's; it wants a PlannerInfo for the parameters it may fold and
 * for the functions that the plan then depends on.
 */
static Query *
inlined_body(EthPlanning *frame, RangeTblEntry *rte)
{
	PlannerInfo *root = makeNode(PlannerInfo);
	RangeTblEntry *copy = copyObject(rte);
	Query	   *body;

	root->glob = makeNode(PlannerGlobal);
	root->glob->boundParams = frame->params;
	root->parse = makeNode(Query);
	root->query_level = 1;
	root->planner_cxt = CurrentMemoryContext;
	copy->functions = (List *) eval_const_expressions(root, (Node *) copy->functions);
	body = inline_set_returning_function(root, copy);
	if (body != NULL)
		frame->functions = list_concat(frame->functions, root->glob->invalItems);
	return body;
}

/*
 * Replaces a call by the body if that reaches a protected relation.
 */
static bool
inline_if_protected(EthPlanning *frame, RangeTblEntry *rte, bool replace)
{
	Query	   *body;

	if (!is_sql_set_function(rte))
		return false;
	check_stack_depth();
	body = inlined_body(frame, rte);
	if (body == NULL || !reaches_protected(frame, body))
		return false;
	if (replace)
	{
		/* as preprocess_function_rtes() does */
		rte->rtekind = RTE_SUBQUERY;
		rte->subquery = body;
		rte->security_barrier = false;
		rte->functions = NIL;
		rte->funcordinality = false;
	}
	return true;
}

/* ---- whole queries ---- */

static bool
reaches_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return reaches_protected((EthPlanning *) context, (Query *) node);
	return expression_tree_walker(node, reaches_walker, context);
}

/*
 * Does the query read or write a protected relation anywhere?  Cheap for the
 * common query: no expression is walked unless it holds a sub-select.
 */
static bool
reaches_protected(EthPlanning *frame, Query *query)
{
	ListCell   *lc;

	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		switch (rte->rtekind)
		{
			case RTE_RELATION:
				if (eth_protect_stamp_of(rte, NULL) == ETH_STAMP_NONE &&
					rules_in_force(rte->relid) != NULL)
					return true;
				break;
			case RTE_SUBQUERY:
				if (rte->subquery != NULL && reaches_protected(frame, rte->subquery))
					return true;
				break;
			case RTE_FUNCTION:
				if (inline_if_protected(frame, rte, false))
					return true;
				break;
			default:
				break;
		}
	}
	foreach(lc, query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		if (IsA(cte->ctequery, Query) && reaches_protected(frame, (Query *) cte->ctequery))
			return true;
	}
	if (query->hasSubLinks &&
		query_tree_walker(query, reaches_walker, frame, QTW_IGNORE_RC_SUBQUERIES))
		return true;
	return false;
}

bool
eth_protect_reaches(EthPlanning *frame, Node *node)
{
	return reaches_walker(node, frame);
}

static bool
protect_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		protect_query((EthPlanning *) context, (Query *) node);
		return false;
	}
	return expression_tree_walker(node, protect_walker, context);
}

/* The planner wants the source of a MERGE to be a reference or a join, not a list with a condition. */
static bool
is_merge_source(Query *query, int rti)
{
	ListCell   *lc;

	if (query->commandType != CMD_MERGE)
		return false;
	foreach(lc, query->jointree->fromlist)
		if (IsA(lfirst(lc), RangeTblRef) && ((RangeTblRef *) lfirst(lc))->rtindex == rti)
		return rti != eth_protect_target(query);
	return false;
}

/* The table that the query writes, where its reader is not exempt and it is enforced. */
static void
protect_target(EthPlanning *frame, Query *query)
{
	int			rti = eth_protect_target(query);
	RangeTblEntry *rte = rti > 0 ? rt_fetch(rti, query->rtable) : NULL;
	const EthTableRules *rules;
	Oid			role;

	if (rte == NULL || rte->rtekind != RTE_RELATION || eth_protect_stamp_of(rte, NULL) != ETH_STAMP_NONE)
		return;
	rules = rules_in_force(rte->relid);
	if (rules != NULL && rules->enforcement == ETH_ENFORCE_ENFORCE &&
		reader_of(rules, eth_compat_check_as_user(query, rte), &role))
		eth_protect_guard_target(frame, query, rti, rules, role);
}

/* Sub-selects of expressions are announced; core relies on it, too. */
static bool
has_queries_below(const Query *query)
{
	ListCell   *lc;

	if (query->hasSubLinks || query->cteList != NIL)
		return true;
	foreach(lc, query->rtable)
		if (lfirst_node(RangeTblEntry, lc)->rtekind == RTE_SUBQUERY)
		return true;
	return false;
}

static void
protect_query(EthPlanning *frame, Query *query)
{
	int			count = list_length(query->rtable);
	int			excluded = query->onConflict ? query->onConflict->exclRelIndex : 0;
	int			rti;

	check_stack_depth();
	protect_target(frame, query);
	for (rti = 1; rti <= count; rti++)
	{
		RangeTblEntry *rte = rt_fetch(rti, query->rtable);
		const EthTableRules *rules;
		Oid			role;

		if (rte->rtekind == RTE_FUNCTION)
			(void) inline_if_protected(frame, rte, true);
		if (rte->rtekind == RTE_SUBQUERY)
			eth_protect_pass_lookups(query, rti);
		if (rte->rtekind != RTE_RELATION || eth_protect_stamp_of(rte, NULL) != ETH_STAMP_NONE)
			continue;
		rules = rules_in_force(rte->relid);
		if (rules == NULL)
			continue;
		if (!reader_of(rules, eth_compat_check_as_user(query, rte), &role))
			eth_protect_set_stamp(rte, ETH_STAMP_EXEMPT, eth_compat_check_as_user(query, rte));
		else if (rules->enforcement == ETH_ENFORCE_OBSERVE)
		{
			if (is_merge_source(query, rti))
				eth_protect_replace_relation(frame, query, rti, rules, role);
			else
			{
				eth_protect_set_stamp(rte, ETH_STAMP_OBSERVED, role);
				eth_protect_observe_relation(frame, query, rti, rules, role);
			}
		}
		else if (rti == excluded)
			eth_protect_set_stamp(rte, ETH_STAMP_TARGET, role); /* the caller's own
																 * values */
		else if (eth_protect_is_direct(query, rti, rules, role))
			eth_protect_read_direct(frame, query, rti, rules, role);
		else
			eth_protect_replace_relation(frame, query, rti, rules, role);
	}
	if (has_queries_below(query))
		(void) query_tree_walker(query, protect_walker, frame, 0);
}

/*
 * A planning begins: rules that it holds are kept until eth_protect_plan_end(),
 * which the caller runs also after an error.
 */
void
eth_protect_plan_begin(EthPlanning *frame, ParamListInfo params)
{
	memset(frame, 0, sizeof(EthPlanning));
	frame->params = params;
	frame->outer = eth_protect_planning;
	eth_protect_planning = frame;
	eth_protect_rules_pin();
}

/* The query itself, or a rewritten copy when it reaches a protected relation. */
Query *
eth_protect_rewrite(EthPlanning *frame, Query *query)
{
	Query	   *copy;

	if (!IsTransactionState() || !reaches_protected(frame, query))
		return query;
	frame->touched = true;
	copy = copyObject(query);
	protect_query(frame, copy);
	eth_protect_verify(copy);
	return copy;
}

/*
 * The rules that apply are part of the plan: it depends on the role, and on the
 * functions that were inlined here.
 */
void
eth_protect_plan_done(EthPlanning *frame, PlannedStmt *plan)
{
	if (!frame->touched)
		return;
	plan->dependsOnRole = true;
	if (frame->hides_rows)
		eth_protect_decide_first(plan);
	if (frame->observed > 0)
		eth_protect_observe_plan(plan);
	plan->invalItems = list_concat(plan->invalItems, frame->functions);
}

void
eth_protect_plan_end(EthPlanning *frame)
{
	eth_protect_planning = frame->outer;
	eth_protect_rules_unpin();
}

/*
 * A plan that reads raw was made for roles that were exempt.  Core looks for news
 * about roles when a table is locked, which in an open transaction may be long
 * since; a revoked membership counts from the next statement on.
 */
static void
check_still_exempt(const RangeTblEntry *rte)
{
	Oid			relid = InvalidOid;
	Oid			role = eth_protect_stamp_role(rte);
	const EthTableRules *rules;
	Oid			decision_role;
	bool		reads;

	(void) eth_protect_stamp_of(rte, &relid);
	rules = eth_protect_rules(relid);
	if (rules == NULL || rules->enforcement != ETH_ENFORCE_ENFORCE)
		return;
	eth_protect_rules_pin();
	reads = reader_of(rules, role, &decision_role);
	eth_protect_rules_unpin();
	if (!reads)
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("role \"%s\" may not read table \"%s\" raw any more",
					GetUserNameFromId(OidIsValid(decision_role) ? decision_role : GetUserId(), true),
					get_rel_name(relid)),
			 errdetail("The statement was planned before this changed."),
			 errhint("Run it again.")));
}

/*
 * A statement that reads a protected table starts: a purpose that is set but
 * unknown or not granted is an error then, whatever rows there are.  The stamps
 * are still in the plan's range table; only plans that depend on the role have
 * any.
 */
void
eth_protect_executor_starts(PlannedStmt *plan)
{
	bool		heard = false;
	ListCell   *lc;

	if (!plan->dependsOnRole)
		return;
	foreach(lc, plan->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);
		EthStamp	stamp = eth_protect_stamp_of(rte, NULL);

		if (stamp == ETH_STAMP_NONE)
			continue;
		if (!heard)
			AcceptInvalidationMessages();
		heard = true;
		if (stamp == ETH_STAMP_EXEMPT)
			check_still_exempt(rte);
		else if (stamp != ETH_STAMP_OBSERVED)
		{
			Oid			role = eth_protect_stamp_role(rte);

			(void) eth_purpose_in_force(OidIsValid(role) ? role : GetUserId());
		}
	}
}
