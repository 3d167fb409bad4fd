/*
 * observe.c
 *		Puts counting into queries that read a table which is only observed.
 *
 * The table stays where it is, with the reader's own privileges and its raw
 * columns, so that predicates, indexes, statistics and results are what they
 * would be without ethdata.  What is added is a condition on the table that is
 * always true,
 *
 *		FROM t  becomes  FROM (t WHERE _observe(.., may see the row, may see each cell ..))
 *
 * at the very place of the table in the join tree, as if a view with that WHERE
 * had been flattened there: below outer joins it stays below.  It costs nothing
 * and removes nothing in the planner's eyes (a support function says so).
 *
 * What is counted are cells of columns that the plan really uses, as the planner
 * found out after flattening views and dropping unused columns: in
 * set_rel_pathlist() the relation's target says which columns are needed above
 * the scan and its other conditions say which are compared in it.  Two calls:
 *
 *	first	columns that conditions on the table compare, in every row that the
 *			scan meets, before the conditions
 *	last	the other columns, and rows that would be hidden, in rows that
 *			satisfy the table's conditions
 *
 * So a value that is found through an index counts, and one that the index passed
 * over was not read.  Each cell counts once for a reference to its table in an
 * execution, however often a join reads it (count.c).
 *
 * Targets of UPDATE and DELETE are counted likewise, and with them columns that
 * are assigned (enforce refuses that) or returned.  Not counted: targets of MERGE
 * and of INSERT, which a plan reads elsewhere.
 *
 * The call is PARALLEL RESTRICTED: a plan reads an observed table in the leader.
 * Workers may each read the same inner table in full, and could not tell that
 * they count twice.  Since it needs ctid, there are no index-only scans of what is
 * counted.  A query that mentions nothing that would be masked is left alone.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "protect/observe.h"
#include "protect/rewrite.h"

/* ---- the call ---- */

static Oid
observe_function(void)
{
	const Oid	types[] = {INTERNALOID, OIDOID, OIDOID, INT4OID, INT4ARRAYOID, INT4OID, OIDOID, TIDOID, ANYOID};

	return eth_core_function("_observe", lengthof(types), types);
}

static Const *
columns_const(const int32 *columns, int n)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(n, 1));
	int			i;

	for (i = 0; i < n; i++)
		elements[i] = Int32GetDatum(columns[i]);
	return makeConst(INT4ARRAYOID, -1, InvalidOid, -1,
					 PointerGetDatum(construct_array(elements, n, INT4OID, sizeof(int32), true, TYPALIGN_INT)),
					 false, false);
}

static int
columns_of(const FuncExpr *call, int32 **columns)
{
	ArrayType  *array = DatumGetArrayTypeP(castNode(Const, list_nth(call->args, ETH_OBSERVE_COLUMNS))->constvalue);

	*columns = (int32 *) ARR_DATA_PTR(array);
	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

static bool
is_first(const FuncExpr *call)
{
	return DatumGetInt32(castNode(Const, list_nth(call->args, ETH_OBSERVE_KIND))->constvalue) == ETH_OBSERVE_BEFORE;
}

/* Does the call count hidden rows? */
static bool
counts_rows(const FuncExpr *call)
{
	return DatumGetInt32(castNode(Const, list_nth(call->args, ETH_OBSERVE_KIND))->constvalue) == ETH_OBSERVE_AFTER &&
		!IsA(list_nth(call->args, ETH_OBSERVE_VISIBLE), Const);
}

/* ---- what a query mentions of the table ---- */

typedef struct MentionContext
{
	int			rti;
	Index		sublevels_up;
	Bitmapset  *attnums;		/* offset by
								 * FirstLowInvalidHeapAttributeNumber */
} MentionContext;

static bool
mention_walker(Node *node, MentionContext *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varno == context->rti && var->varlevelsup == context->sublevels_up)
			context->attnums = bms_add_member(context->attnums,
											  var->varattno - FirstLowInvalidHeapAttributeNumber);
		return false;
	}
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

static bool
is_mentioned(Bitmapset *attnums, AttrNumber attnum)
{
	return bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, attnums) ||
		bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber, attnums);
}

/* ---- into the query ---- */

/* Puts "quals" around the reference to rti; false when the join tree has none. */
static bool
wrap_reference(Node **place, int rti, Node *quals)
{
	Node	   *node = *place;
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblRef))
	{
		if (((RangeTblRef *) node)->rtindex != rti)
			return false;
		*place = (Node *) makeFromExpr(list_make1(node), quals);
		return true;
	}
	if (IsA(node, FromExpr))
	{
		foreach(lc, ((FromExpr *) node)->fromlist)
		{
			Node	   *child = lfirst(lc);

			if (wrap_reference(&child, rti, quals))
			{
				lfirst(lc) = child;
				return true;
			}
		}
		return false;
	}
	if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;

		return wrap_reference(&join->larg, rti, quals) || wrap_reference(&join->rarg, rti, quals);
	}
	return false;
}

static Expr *
make_call(EthPlanning *frame, const EthTableRules *rules, Relation rel, Oid role, Oid counted_for,
		  const int32 *columns, int n, int32 kind)
{
	List	   *args;
	int			i;

	args = list_make5(makeNullConst(INTERNALOID, -1, InvalidOid),
					  makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(role), false, true),
					  makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(counted_for), false, true),
					  makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(++frame->observed), false, true),
					  columns_const(columns, n));
	args = lappend(args, makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(kind), false, true));
	args = lappend(args, makeVar(1, TableOidAttributeNumber, OIDOID, -1, InvalidOid, 0));
	args = lappend(args, makeVar(1, SelfItemPointerAttributeNumber, TIDOID, -1, InvalidOid, 0));
	args = lappend(args, rules->rows ? eth_protect_row_visible(rules, rel, role, ETH_WOULD_DECIDE) :
				   (Expr *) makeBoolConst(true, false));
	for (i = 0; i < n; i++)
	{
		int			cell = rules->cell_of[ETH_OBSERVED_HERE(columns[i])];
		Expr	   *sees = cell < 0 ? NULL :
		eth_protect_may_see(rules, &rules->cells[cell], rel, role, ETH_WOULD_DECIDE);

		args = lappend(args, sees ? sees : eth_protect_excepted(rules, role));
	}
	return (Expr *) makeFuncExpr(frame->observe_function, BOOLOID, args, InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

void
eth_protect_observe_relation(EthPlanning *frame, Query *query, int rti, const EthTableRules *rules, Oid role)
{
	Relation	rel = RelationIdGetRelation(rt_fetch(rti, query->rtable)->relid);
	bool		target = rti == query->resultRelation;
	Oid			counted_for = rules->source;
	MentionContext mentioned = {rti, 0, NULL};
	MentionContext returned = {rti, 0, NULL};
	int32	   *columns;
	int			n = 0;
	int			attnum;
	List	   *calls;
	ListCell   *lc;

	if (rel == NULL)
		elog(ERROR, "could not open relation with OID %u", rt_fetch(rti, query->rtable)->relid);
	(void) query_tree_walker(query, mention_walker, &mentioned, 0);
	if (target)
	{
		/* what the plan does not read, but returns or overwrites */
		(void) expression_tree_walker((Node *) query->returningList, mention_walker, &returned);
		if (query->commandType == CMD_UPDATE)
			foreach(lc, query->targetList)
		{
			TargetEntry *tle = lfirst_node(TargetEntry, lc);

			if (!tle->resjunk)
				returned.attnums = bms_add_member(returned.attnums,
												  tle->resno - FirstLowInvalidHeapAttributeNumber);
		}
		mentioned.attnums = bms_union(mentioned.attnums, returned.attnums);
	}

	columns = palloc(sizeof(int32) * Max(rules->natts, 1));
	for (attnum = 1; attnum <= rules->natts; attnum++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
		AttrNumber	there = attnum;

		if (att->attisdropped || !eth_protect_is_guarded(rules, attnum) || !is_mentioned(mentioned.attnums, attnum))
			continue;
		if (counted_for != rules->relid)
		{
			there = get_attnum(rules->source, NameStr(att->attname));
			if (there <= 0)
			{
				/*
				 * a column that only the child has: all is counted for the
				 * child
				 */
				counted_for = rules->relid;
				n = 0;
				attnum = 0;
				continue;
			}
		}

		/*
		 * virtual columns are replaced by what they are made of before
		 * anybody sees what is used
		 */
		columns[n++] = ETH_OBSERVED_COLUMN(attnum, there, is_mentioned(returned.attnums, attnum) ||
										   att->attgenerated == 'v');
	}
	if (n > 0 || rules->rows)
	{
		if (!OidIsValid(frame->observe_function))
			frame->observe_function = observe_function();
		calls = NIL;
		attnum = 0;
		do
		{
			int			some = Min(n - attnum, ETH_OBSERVE_MAX_COLUMNS);

			if (n > 0)
				calls = lappend(calls, make_call(frame, rules, rel, role, counted_for, columns + attnum, some,
												 ETH_OBSERVE_BEFORE));
			calls = lappend(calls, make_call(frame, rules, rel, role, counted_for, columns + attnum, some,
											 attnum == 0 ? ETH_OBSERVE_AFTER : ETH_OBSERVE_MORE));
			attnum += some;
		} while (attnum < n);
		ChangeVarNodes((Node *) calls, 1, rti, 0);
		(void) wrap_reference((Node **) &query->jointree, rti,
							  list_length(calls) == 1 ? linitial(calls) :
							  (Node *) makeBoolExpr(AND_EXPR, calls, -1));
	}
	RelationClose(rel);
}

/* ---- in the planner ---- */

static FuncExpr *
our_call(Expr *clause)
{
	if (clause == NULL || !IsA(clause, FuncExpr) ||
		((FuncExpr *) clause)->funcid != eth_protect_planning->observe_function)
		return NULL;
	return (FuncExpr *) clause;
}

/* Leaves in the call the columns that it is to count. */
static void
choose_columns(FuncExpr *call, Bitmapset *compared, Bitmapset *needed)
{
	int32	   *columns;
	int			n = columns_of(call, &columns);
	int32	   *kept = palloc(sizeof(int32) * Max(n, 1));
	int			nkept = 0;
	List	   *args = list_copy_head(call->args, ETH_OBSERVE_SEES);
	int			i;

	for (i = 0; i < n; i++)
	{
		AttrNumber	attnum = ETH_OBSERVED_HERE(columns[i]);
		bool		is_compared = is_mentioned(compared, attnum);

		if (is_first(call) ? !is_compared :
			is_compared || !(ETH_OBSERVED_ALWAYS(columns[i]) || is_mentioned(needed, attnum)))
			continue;
		kept[nkept++] = columns[i];
		args = lappend(args, list_nth(call->args, ETH_OBSERVE_SEES + i));
	}
	list_nth_cell(args, ETH_OBSERVE_COLUMNS)->ptr_value = columns_const(kept, nkept);
	call->args = args;
}

/*
 * The planner knows what is used of a relation: its calls get to know it.  A
 * child's conditions were copied from its parent's, in the parent's columns as far
 * as a call's constants go, so the parent is asked.  The clause is changed in
 * place: every path of the relation holds this very node.
 */
void
eth_protect_pathlist(PlannerInfo *root, RelOptInfo *rel)
{
	RelOptInfo *base = rel;
	Bitmapset  *compared = NULL;
	Bitmapset  *needed = NULL;
	bool		ours = false;
	ListCell   *lc;

	if (eth_protect_planning == NULL || eth_protect_planning->observed == 0)
		return;
	foreach(lc, rel->baserestrictinfo)
		ours = ours || our_call(lfirst_node(RestrictInfo, lc)->clause) != NULL;
	if (!ours)
		return;

	while (base->reloptkind == RELOPT_OTHER_MEMBER_REL && root->append_rel_array != NULL &&
		   root->append_rel_array[base->relid] != NULL)
	{
		Index		parent = root->append_rel_array[base->relid]->parent_relid;

		if (planner_rt_fetch(parent, root)->rtekind != RTE_RELATION)
			break;
		base = root->simple_rel_array[parent];
	}
	pull_varattnos((Node *) base->reltarget->exprs, base->relid, &needed);
	foreach(lc, base->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (our_call(rinfo->clause) == NULL)
			pull_varattnos((Node *) rinfo->clause, base->relid, &compared);
	}
	foreach(lc, rel->baserestrictinfo)
	{
		FuncExpr   *call = our_call(lfirst_node(RestrictInfo, lc)->clause);

		if (call != NULL)
			choose_columns(call, compared, needed);
	}
}

/* ---- in the plan ---- */

/* Calls that count before the other conditions first, those after them last. */
static List *
order_quals(List *quals)
{
	List	   *first = NIL;
	List	   *middle = NIL;
	List	   *last = NIL;
	ListCell   *lc;

	foreach(lc, quals)
	{
		FuncExpr   *call = our_call(lfirst(lc));
		int32	   *columns;

		if (call == NULL)
			middle = lappend(middle, lfirst(lc));
		else if (columns_of(call, &columns) == 0 && !counts_rows(call))
			continue;			/* nothing to count after all */
		else if (is_first(call))
			first = lappend(first, call);
		else
			last = lappend(last, call);
	}
	return list_concat(list_concat(first, middle), last);
}

static void order_plan(Plan *plan);

static void
order_plans(List *plans)
{
	ListCell   *lc;

	foreach(lc, plans)
		order_plan(lfirst(lc));
}

static void
order_plan(Plan *plan)
{
	if (plan == NULL)
		return;
	check_stack_depth();
	if (plan->qual != NIL)
		plan->qual = order_quals(plan->qual);
	order_plan(plan->lefttree);
	order_plan(plan->righttree);
	if (IsA(plan, Append))
		order_plans(((Append *) plan)->appendplans);
	else if (IsA(plan, MergeAppend))
		order_plans(((MergeAppend *) plan)->mergeplans);
	else if (IsA(plan, SubqueryScan))
		order_plan(((SubqueryScan *) plan)->subplan);
	else if (IsA(plan, CustomScan))
		order_plans(((CustomScan *) plan)->custom_plans);
}

void
eth_protect_observe_plan(PlannedStmt *plan)
{
	order_plan(plan->planTree);
	order_plans(plan->subplans);
}

PG_FUNCTION_INFO_V1(ethdata__observe_support);

/* Support function: the condition is always true and costs nothing, so that plans stay as they are. */
Datum
ethdata__observe_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSelectivity))
	{
		((SupportRequestSelectivity *) request)->selectivity = 1.0;
		PG_RETURN_POINTER(request);
	}
	if (IsA(request, SupportRequestCost))
	{
		((SupportRequestCost *) request)->startup = 0;
		((SupportRequestCost *) request)->per_tuple = 0;
		PG_RETURN_POINTER(request);
	}
	PG_RETURN_POINTER(NULL);
}
