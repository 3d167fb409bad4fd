/*
 * first.c
 *		The decision on a row before what a statement computes for it.
 *
 * Core lets a condition that shows no column to a leaky function run before a
 * security qual, if it is cheap: "city = 'Ulm' AND note = f('x')".  For core's row
 * security that is fine, f() gets nothing of the row; but that it was called at all,
 * by a notice, an error, a sub-select that EXPLAIN ANALYZE shows as executed, tells that a
 * hidden row is in Ulm, and so, by halves, every column of it that has no mask.
 * How cheap a function is says who made it, and what costs nothing is a setting.
 *
 * So in the finished plan, in each scan of a relation with hidden rows, the decision comes
 * first where another condition calls what is not leakproof, or asks for the result of a
 * sub-select.  Also where an index is asked by such a condition and gives more than
 * it should, so that rows are checked again (hash indexes and with them blind ones, bitmaps):
 * the decision stands before that check.  B-trees have nothing checked again.
 * Conditions of leakproof functions alone stay where the planner has put them; nobody hears of them
 * (counts.c has what EXPLAIN would count).
 */
#include "postgres.h"

#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "decide/decide.h"
#include "mask/mask.h"
#include "protect/protect.h"
#include "protect/rewrite.h"

#define MAX_DECISIONS 4

typedef struct Decisions
{
	int			n;
	Oid			functions[MAX_DECISIONS];
	Oid			probes[2];		/* of blind indexes: nothing is heard of them */
} Decisions;

typedef struct TellsContext
{
	const Decisions *decisions;
	bool		again;			/* when rows are checked again */
} TellsContext;

static bool
decides_walker(Node *node, void *context)
{
	const Decisions *decisions = context;
	int			i;

	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr))
	{
		for (i = 0; i < decisions->n; i++)
			if (((FuncExpr *) node)->funcid == decisions->functions[i])
				return true;
	}
	return expression_tree_walker(node, decides_walker, context);
}

static bool
is_leaky(Oid function, void *context)
{
	return !get_func_leakproof(function);
}

/*
 * Can somebody tell that it was computed?  What is not known here can be one.  The
 * result of a sub-select (a parameter of the executor) is computed when it is first
 * asked for, but an index has asked for it by the time that rows are checked again.
 */
static bool
tells_walker(Node *node, void *argument)
{
	TellsContext *context = argument;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Param:
			return !context->again && ((Param *) node)->paramkind == PARAM_EXEC;
		case T_Var:
		case T_Const:
		case T_List:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_RelabelType:
		case T_CollateExpr:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_ArrayExpr:
		case T_RowExpr:
		case T_FieldSelect:
			break;
		case T_FuncExpr:
			if (((FuncExpr *) node)->funcid == context->decisions->probes[0] ||
				((FuncExpr *) node)->funcid == context->decisions->probes[1])
				break;
			if (check_functions_in_node(node, is_leaky, NULL))
				return true;
			break;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
			if (check_functions_in_node(node, is_leaky, NULL))
				return true;
			break;
		default:
			return true;
	}
	return expression_tree_walker(node, tells_walker, context);
}

static bool
tells(const Decisions *decisions, List *conditions, bool again)
{
	TellsContext context;

	context.decisions = decisions;
	context.again = again;
	return tells_walker((Node *) conditions, &context);
}

static bool
may_check_again(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(index));
	bool		result = true;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_class) GETSTRUCT(tuple))->relam != BTREE_AM_OID;
		ReleaseSysCache(tuple);
	}
	return result;
}

/* The list by which rows of the scan are checked again; NULL: there is none. */
static List **
checked_again(Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_IndexScan:
			return may_check_again(((IndexScan *) plan)->indexid) ? &((IndexScan *) plan)->indexqualorig : NULL;
		case T_IndexOnlyScan:
			return may_check_again(((IndexOnlyScan *) plan)->indexid) ? &((IndexOnlyScan *) plan)->recheckqual : NULL;
		case T_BitmapHeapScan:
			return &((BitmapHeapScan *) plan)->bitmapqualorig;
		default:
			return NULL;
	}
}

static void
order_scan(Plan *plan, Decisions *decisions)
{
	List	   *first = NIL;
	List	   *others = NIL;
	List	  **again;
	ListCell   *lc;

	foreach(lc, plan->qual)
	{
		if (decides_walker(lfirst(lc), decisions))
			first = lappend(first, lfirst(lc));
		else
			others = lappend(others, lfirst(lc));
	}
	if (first == NIL)
		return;
	again = checked_again(plan);
	if (again != NULL && tells(decisions, *again, true))
		*again = list_concat(copyObject(first), *again);
	if (tells(decisions, others, false))
		plan->qual = list_concat(first, others);
}

static void order_plan(Plan *plan, Decisions *decisions);

static void
order_plans(List *plans, Decisions *decisions)
{
	ListCell   *lc;

	foreach(lc, plans)
		order_plan(lfirst(lc), decisions);
}

static void
order_plan(Plan *plan, Decisions *decisions)
{
	if (plan == NULL)
		return;
	check_stack_depth();
	if (plan->qual != NIL)
		order_scan(plan, decisions);
	order_plan(plan->lefttree, decisions);
	order_plan(plan->righttree, decisions);
	if (IsA(plan, Append))
		order_plans(((Append *) plan)->appendplans, decisions);
	else if (IsA(plan, MergeAppend))
		order_plans(((MergeAppend *) plan)->mergeplans, decisions);
	else if (IsA(plan, SubqueryScan))
		order_plan(((SubqueryScan *) plan)->subplan, decisions);
	else if (IsA(plan, CustomScan))
		order_plans(((CustomScan *) plan)->custom_plans, decisions);
}

void
eth_protect_decide_first(PlannedStmt *plan)
{
	Decisions	decisions = {0};

	decisions.functions[decisions.n++] = eth_decide_row_function(true, false);
	decisions.functions[decisions.n++] = eth_decide_row_function(false, false);
	decisions.functions[decisions.n++] = eth_decide_own_row_function();
	decisions.functions[decisions.n++] = eth_decide_other_purpose_function();
	decisions.probes[0] = eth_mask_probes_function(false);
	decisions.probes[1] = eth_mask_probes_function(true);
	order_plan(plan->planTree, &decisions);
	order_plans(plan->subplans, &decisions);
}
