/*
 * lookup.c
 *		Equality by the value of a masked column: mask(.., lookup => true).
 *
 * A condition of a reader
 *
 *		email = 'ada@example.com'		email = $1		email IN ('a', 'b')
 *		email = ANY ($1)				lower($1) = email
 *
 * on such a column is not about the mask but about the value.  It is true for
 * exactly the rows whose value is equal, whether the reader sees it or not, and
 * becomes
 *
 *		ethdata.blind(email) = ANY (ethdata._blind_probes(NULL, $1)) AND email = $1
 *
 * over the table itself, of which the first half is answered by a blind index
 * (blind.c) and the second compares the values, since two may have one code.  The
 * column still shows its mask.  While the site has no key, a condition that is
 * planned is the second half alone: slow, and right.
 *
 * What is a look-up, and nothing else is:
 *
 *	- the operator is the equality of the column's type (of its hash operator
 *	  family), and the column stands there alone;
 *	- the other side reads no column of any table and has no sub-select: it is a
 *	  constant, a parameter, or computed of these by functions that are not volatile.  A
 *	  join would try all values of another table;
 *	- the condition stands in WHERE or in ON, by itself or under AND and OR: not
 *	  in a list of results, under NOT, in an expression.  So a row is there or not, and
 *	  whether an unknown value is NULL is not told.
 *
 * Everything else (ranges, LIKE, ORDER BY, joins, <>, MERGE) meets the mask, as
 * without lookup.
 *
 * How it gets there.  The condition moves into the subquery that masks the
 * relation, as a further column of it, of type boolean; in its place stands a reference to
 * that column; where the relation is read without a subquery (direct.c) it stays in its
 * place.  The planner flattens it, and has the condition as if it had been
 * written on the table: also with security quals (both functions are leakproof)
 * and on the nullable side of outer joins.  Where the column comes out of a
 * view or another subquery, the condition is handed down in the same way, as a
 * column of that one, marked with a location that no statement can have, and
 * taken up where the relation is.  Subqueries that group, and CTEs, are left alone: the
 * mask is compared.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "crypto/crypto.h"
#include "mask/mask.h"
#include "protect/define.h"
#include "protect/rewrite.h"

/* A condition that was handed down carries this location. */
#define HANDED_DOWN (-1974)

/* Stands for a condition while the columns of its table are masked. */
#define HIDDEN_PARAM (-1975)

typedef struct Lookup
{
	Node	   *clause;			/* OpExpr or ScalarArrayOpExpr */
	int			column_arg;		/* which of its arguments is the column */
	Var		   *column;			/* of the query, join aliases resolved; a copy */
	Node	   *value;			/* the other argument */
	Oid			collation;		/* that the clause compares by */
} Lookup;

/* ---- what is a look-up ---- */

static bool
no_value_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Param:
			return ((Param *) node)->paramkind != PARAM_EXTERN;
		case T_Var:
		case T_PlaceHolderVar:
		case T_SubLink:
		case T_SubPlan:
		case T_Query:
		case T_Aggref:
		case T_GroupingFunc:
		case T_WindowFunc:
		case T_SetToDefault:
		case T_CurrentOfExpr:
			return true;
		default:
			return expression_tree_walker(node, no_value_walker, context);
	}
}

/* Does it depend on nothing but constants and parameters? */
static bool
is_value(Node *node)
{
	return !no_value_walker(node, NULL) && !contain_volatile_functions(node) &&
		!expression_returns_set(node);
}

/* The column of the query that the expression is, through relabelling and aliases of joins; else NULL. */
static Var *
column_of(Query *query, Node *node)
{
	Var		   *var;
	Var		   *inner;
	RangeTblEntry *rte;

	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (node == NULL || !IsA(node, Var))
		return NULL;
	var = (Var *) node;
	if (var->varlevelsup > 0 || var->varattno <= 0)
		return NULL;
#ifdef ETH_RETURNING_OLD_NEW
	if (var->varreturningtype != VAR_RETURNING_DEFAULT)
		return NULL;
#endif
	rte = rt_fetch(var->varno, query->rtable);
	if (rte->rtekind != RTE_JOIN)
		return copyObject(var);
	if (var->varattno > list_length(rte->joinaliasvars))
		return NULL;
	inner = column_of(query, list_nth(rte->joinaliasvars, var->varattno - 1));
	if (inner != NULL)
		eth_compat_add_nulling(inner, var);
	return inner;
}

/* Is the operator the equality by which values of these types have the same hash? */
static bool
is_equality(Oid operator, Oid column_type, Oid value_type)
{
	int			flags = TYPECACHE_HASH_OPFAMILY | TYPECACHE_HASH_EXTENDED_PROC;
	TypeCacheEntry *column;
	TypeCacheEntry *value;

	if (!OidIsValid(value_type))
		return false;
	column = lookup_type_cache(getBaseType(column_type), flags);
	value = lookup_type_cache(getBaseType(value_type), flags);
	return OidIsValid(column->hash_opf) && column->hash_opf == value->hash_opf &&
		OidIsValid(column->hash_extended_proc) && OidIsValid(value->hash_extended_proc) &&
		get_op_opfamily_strategy(operator, column->hash_opf) == HTEqualStrategyNumber;
}

/* Does the clause compare one column of the query with a value, by equality? */
static bool
read_clause(Query *query, Node *clause, Lookup *lookup)
{
	List	   *args;
	Oid			operator;
	bool		any = false;
	Oid			type;
	int			i;

	if (IsA(clause, OpExpr))
	{
		args = ((OpExpr *) clause)->args;
		operator = ((OpExpr *) clause)->opno;
		lookup->collation = ((OpExpr *) clause)->inputcollid;
	}
	else if (IsA(clause, ScalarArrayOpExpr) && ((ScalarArrayOpExpr *) clause)->useOr)
	{
		args = ((ScalarArrayOpExpr *) clause)->args;
		operator = ((ScalarArrayOpExpr *) clause)->opno;
		lookup->collation = ((ScalarArrayOpExpr *) clause)->inputcollid;
		any = true;
	}
	else
		return false;
	if (list_length(args) != 2)
		return false;
	for (i = 0; i < (any ? 1 : 2); i++)
	{
		lookup->column = column_of(query, list_nth(args, i));
		lookup->value = list_nth(args, 1 - i);
		if (lookup->column == NULL || !is_value(lookup->value))
			continue;
		type = exprType(lookup->value);
		if (any)
			type = get_base_element_type(type);
		if (!is_equality(operator, lookup->column->vartype, type) ||
			(OidIsValid(lookup->collation) && !get_collation_isdeterministic(lookup->collation)))
			continue;
		lookup->clause = clause;
		lookup->column_arg = i;
		return true;
	}
	return false;
}

/* ---- conditions of a query ---- */

/* What takes the place of a clause on the column; the clause itself where it is to stay. */
typedef Node *(*LookupTaker) (void *context, const Lookup *lookup);

typedef struct Taking
{
	Query	   *query;
	int			rti;
	LookupTaker take;
	void	   *context;
} Taking;

static Node *
take_clause(const Taking *taking, Node *node)
{
	Lookup	   *lookup;
	ListCell   *lc;

	if (node == NULL)
		return NULL;
	if (IsA(node, List))
	{
		foreach(lc, (List *) node)
			lfirst(lc) = take_clause(taking, lfirst(lc));
		return node;
	}
	if (IsA(node, BoolExpr) && ((BoolExpr *) node)->boolop != NOT_EXPR)
	{
		foreach(lc, ((BoolExpr *) node)->args)
			lfirst(lc) = take_clause(taking, lfirst(lc));
		return node;
	}
	lookup = palloc(sizeof(Lookup));
	if (!read_clause(taking->query, node, lookup) || lookup->column->varno != taking->rti)
		return node;
	return taking->take(taking->context, lookup);
}

static void
take_in_jointree(const Taking *taking, Node *node)
{
	ListCell   *lc;

	if (node == NULL)
		return;
	if (IsA(node, FromExpr))
	{
		FromExpr   *from = (FromExpr *) node;

		foreach(lc, from->fromlist)
			take_in_jointree(taking, lfirst(lc));
		from->quals = take_clause(taking, from->quals);
	}
	else if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;

		take_in_jointree(taking, join->larg);
		take_in_jointree(taking, join->rarg);
		join->quals = take_clause(taking, join->quals);
	}
}

static bool
is_handed_down(Node *node)
{
	return (IsA(node, OpExpr) && ((OpExpr *) node)->location == HANDED_DOWN) ||
		(IsA(node, ScalarArrayOpExpr) && ((ScalarArrayOpExpr *) node)->location == HANDED_DOWN);
}

/* All look-ups by columns of the entry, in place. */
static void
take_lookups(Query *query, int rti, LookupTaker take, void *context)
{
	Taking		taking;
	ListCell   *lc;

	if (query->commandType == CMD_MERGE)
		return;
	taking.query = query;
	taking.rti = rti;
	taking.take = take;
	taking.context = context;
	take_in_jointree(&taking, (Node *) query->jointree);
	foreach(lc, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (is_handed_down((Node *) entry->expr))
			entry->expr = (Expr *) take_clause(&taking, (Node *) entry->expr);
	}
}

/* ---- the condition on the table ---- */

/* The operand with another expression at the place of its column. */
static Node *
operand_over(Node *operand, Node *column)
{
	RelabelType *relabel;

	if (!IsA(operand, RelabelType))
		return column;
	relabel = copyObject((RelabelType *) operand);
	relabel->arg = (Expr *) operand_over((Node *) relabel->arg, column);
	return (Node *) relabel;
}

/* The clause with another expression at the place of its column. */
static Node *
clause_over(const Lookup *lookup, Node *column)
{
	Node	   *clause = copyObject(lookup->clause);
	List	   *args = IsA(clause, OpExpr) ? ((OpExpr *) clause)->args : ((ScalarArrayOpExpr *) clause)->args;
	ListCell   *operand = list_nth_cell(args, lookup->column_arg);

	lfirst(operand) = operand_over(lfirst(operand), column);
	return clause;
}

static void
set_location(Node *clause, int location)
{
	if (IsA(clause, OpExpr))
		((OpExpr *) clause)->location = location;
	else
		((ScalarArrayOpExpr *) clause)->location = location;
}

/* blind(column) = ANY (probes of the value) AND column = value, over entry 1 */
static Expr *
lookup_condition(const Lookup *lookup, Relation rel)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), lookup->column->varattno - 1);
	Var		   *column = makeVar(1, att->attnum, att->atttypid, att->atttypmod, att->attcollation, 0);
	bool		any = IsA(lookup->clause, ScalarArrayOpExpr);
	Oid			blind = eth_mask_blind_function();
	Oid			probes = eth_mask_probes_function(any);
	ScalarArrayOpExpr *has_code = makeNode(ScalarArrayOpExpr);
	Node	   *compares;

	column->location = ETH_OUR_LOCATION;
	compares = clause_over(lookup, (Node *) column);
	set_location(compares, -1);
	/* entries under the key that is missing could not be found */
	if (eth_crypto_key_or_null(ETH_USE_BLIND) == NULL)
		return (Expr *) compares;
	has_code->opno = eth_mask_blind_equality();
	has_code->opfuncid = get_opcode(has_code->opno);
	has_code->useOr = true;
	has_code->args = list_make2(makeFuncExpr(blind, get_func_rettype(blind), list_make1(copyObject(column)),
											 InvalidOid, att->attcollation, COERCE_EXPLICIT_CALL),
								makeFuncExpr(probes, get_func_rettype(probes),
											 list_make2(makeNullConst(INTERNALOID, -1, InvalidOid),
														copyObject(lookup->value)),
											 InvalidOid, att->attcollation, COERCE_EXPLICIT_CALL));
	has_code->location = -1;
	return makeBoolExpr(AND_EXPR, list_make2(has_code, compares), -1);
}

/* ---- relations that are read ---- */

typedef struct RelationContext
{
	const EthTableRules *rules;
	Relation	rel;
	int			next_resno;
	List	   *conditions;		/* Expr *, or TargetEntry * */
} RelationContext;

static bool
looks_up(const EthTableRules *rules, AttrNumber attnum)
{
	return attnum > 0 && attnum <= rules->natts && rules->cell_of[attnum] >= 0 &&
		rules->cells[rules->cell_of[attnum]].lookup;
}

static bool
has_lookups(const EthTableRules *rules)
{
	int			i;

	for (i = 0; i < rules->ncells; i++)
	{
		if (rules->cells[i].lookup)
			return true;
	}
	return false;
}

/* As looks_up(), and the column is one that can be: a rule may be made without mask(). */
static bool
can_look_up(const EthTableRules *rules, Relation rel, AttrNumber attnum)
{
	Form_pg_attribute att;

	if (!looks_up(rules, attnum))
		return false;
	att = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	return eth_protect_lookup_problem(att->atttypid, att->attcollation) == NULL;
}

/* A column of the subquery that stands where var does, with what may make it null. */
static Var *
condition_column(const Var *var, int resno)
{
	Var		   *result = copyObject(unconstify(Var *, var));

	result->varattno = resno;
	result->vartype = BOOLOID;
	result->vartypmod = -1;
	result->varcollid = InvalidOid;
	result->varnosyn = result->varno;
	result->varattnosyn = resno;
	result->location = -1;
	return result;
}

static Node *
take_for_relation(void *argument, const Lookup *lookup)
{
	RelationContext *context = argument;
	int			resno;

	if (!can_look_up(context->rules, context->rel, lookup->column->varattno))
		return lookup->clause;
	resno = context->next_resno++;
	context->conditions = lappend(context->conditions,
								  makeTargetEntry(lookup_condition(lookup, context->rel), resno,
												  psprintf("ethdata lookup %d", resno), false));
	return (Node *) condition_column(lookup->column, resno);
}

List *
eth_protect_take_lookups(Query *query, int rti, const EthTableRules *rules, Relation rel, int first_resno)
{
	RelationContext context;

	context.rules = rules;
	context.rel = rel;
	context.next_resno = first_resno;
	context.conditions = NIL;
	if (has_lookups(rules))
		take_lookups(query, rti, take_for_relation, &context);
	return context.conditions;
}

/* ---- subqueries ---- */

/* Can a column that is computed row by row be added to the subquery? */
static bool
is_transparent(const RangeTblEntry *rte)
{
	const Query *sub = rte->subquery;
	ListCell   *lc;

	if (sub == NULL || sub->commandType != CMD_SELECT || sub->setOperations != NULL ||
		sub->groupClause != NIL || sub->groupingSets != NIL || sub->havingQual != NULL ||
		sub->hasAggs || sub->distinctClause != NIL || rte->eref == NULL ||
		list_length(rte->eref->colnames) != list_length(sub->targetList))
		return false;
	foreach(lc, sub->targetList)
	{
		if (lfirst_node(TargetEntry, lc)->resjunk)
			return false;
	}
	return true;
}

/* Is the column of the subquery one of a table that is looked up by? */
static bool
leads_to_lookup(Query *sub, AttrNumber attnum)
{
	TargetEntry *entry = get_tle_by_resno(sub->targetList, attnum);
	Var		   *var = entry ? column_of(sub, (Node *) entry->expr) : NULL;
	RangeTblEntry *rte;
	const EthTableRules *rules;

	if (var == NULL)
		return false;
	rte = rt_fetch(var->varno, sub->rtable);
	if (rte->rtekind == RTE_SUBQUERY)
		return is_transparent(rte) && leads_to_lookup(rte->subquery, var->varattno);
	if (rte->rtekind != RTE_RELATION)
		return false;
	rules = eth_protect_rules(rte->relid);
	return rules != NULL && rules->enforcement == ETH_ENFORCE_ENFORCE && looks_up(rules, var->varattno);
}

typedef struct WholeRowContext
{
	int			rti;
	Index		sublevels_up;
} WholeRowContext;

/* A reference to the whole row of the subquery would have the new column in it. */
static bool
whole_row_walker(Node *node, WholeRowContext *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varno == context->rti &&
			((Var *) node)->varlevelsup == context->sublevels_up && ((Var *) node)->varattno == 0;
	if (IsA(node, Query))
	{
		bool		result;

		context->sublevels_up++;
		result = query_tree_walker((Query *) node, whole_row_walker, context, 0);
		context->sublevels_up--;
		return result;
	}
	return expression_tree_walker(node, whole_row_walker, context);
}

typedef struct SubqueryContext
{
	Query	   *query;
	RangeTblEntry *rte;
} SubqueryContext;

static Node *
take_for_subquery(void *argument, const Lookup *lookup)
{
	SubqueryContext *context = argument;
	Query	   *sub = context->rte->subquery;
	WholeRowContext whole_row;
	int			resno = list_length(sub->targetList) + 1;
	char	   *name = psprintf("ethdata lookup %d", resno);
	TargetEntry *entry;
	Node	   *clause;

	whole_row.rti = lookup->column->varno;
	whole_row.sublevels_up = 0;
	if (!leads_to_lookup(sub, lookup->column->varattno) ||
		query_tree_walker(context->query, whole_row_walker, &whole_row, 0))
		return lookup->clause;
	entry = get_tle_by_resno(sub->targetList, lookup->column->varattno);
	clause = clause_over(lookup, (Node *) copyObject(entry->expr));
	set_location(clause, HANDED_DOWN);
	sub->targetList = lappend(sub->targetList,
							  makeTargetEntry((Expr *) clause, resno, name, false));
	context->rte->eref->colnames = lappend(context->rte->eref->colnames, makeString(pstrdup(name)));
	return (Node *) condition_column(lookup->column, resno);
}

void
eth_protect_pass_lookups(Query *query, int rti)
{
	SubqueryContext context;

	context.query = query;
	context.rte = rt_fetch(rti, query->rtable);
	if (is_transparent(context.rte))
		take_lookups(query, rti, take_for_subquery, &context);
}

/* ---- where columns are masked in the query itself: direct.c, target.c ---- */

static Node *
take_in_place(void *argument, const Lookup *lookup)
{
	RelationContext *context = argument;
	Param	   *param;
	Expr	   *condition;

	if (!can_look_up(context->rules, context->rel, lookup->column->varattno))
		return lookup->clause;
	condition = lookup_condition(lookup, context->rel);
	if (lookup->column->varno != 1)
		ChangeVarNodes((Node *) condition, 1, lookup->column->varno, 0);
	param = makeNode(Param);
	param->paramkind = PARAM_EXEC;
	param->paramid = HIDDEN_PARAM - list_length(context->conditions);
	param->paramtype = BOOLOID;
	param->paramtypmod = -1;
	param->paramcollid = InvalidOid;
	param->location = -1;
	context->conditions = lappend(context->conditions, condition);
	return (Node *) param;
}

List *
eth_protect_hide_lookups(Query *query, int rti, const EthTableRules *rules, Relation rel)
{
	RelationContext context;

	memset(&context, 0, sizeof(context));
	context.rules = rules;
	context.rel = rel;
	if (has_lookups(rules))
		take_lookups(query, rti, take_in_place, &context);
	return context.conditions;
}

static Node *
put_back(Node *node, List *hidden)
{
	ListCell   *lc;

	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC && ((Param *) node)->paramid <= HIDDEN_PARAM)
		return list_nth(hidden, HIDDEN_PARAM - ((Param *) node)->paramid);
	if (IsA(node, List))
	{
		foreach(lc, (List *) node)
			lfirst(lc) = put_back(lfirst(lc), hidden);
	}
	else if (IsA(node, BoolExpr))
	{
		foreach(lc, ((BoolExpr *) node)->args)
			lfirst(lc) = put_back(lfirst(lc), hidden);
	}
	else if (IsA(node, FromExpr))
	{
		(void) put_back((Node *) ((FromExpr *) node)->fromlist, hidden);
		((FromExpr *) node)->quals = put_back(((FromExpr *) node)->quals, hidden);
	}
	else if (IsA(node, JoinExpr))
	{
		(void) put_back(((JoinExpr *) node)->larg, hidden);
		(void) put_back(((JoinExpr *) node)->rarg, hidden);
		((JoinExpr *) node)->quals = put_back(((JoinExpr *) node)->quals, hidden);
	}
	return node;
}

void
eth_protect_put_back_lookups(Query *query, List *hidden)
{
	ListCell   *lc;

	if (hidden == NIL)
		return;
	(void) put_back((Node *) query->jointree, hidden);
	foreach(lc, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		entry->expr = (Expr *) put_back((Node *) entry->expr, hidden);
	}
}
