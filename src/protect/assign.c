/*
 * assign.c
 *		What a masked reader assigns to columns of a protected table.
 *
 * Judged per row, when it is written, by the row as it was:
 *
 *	a masked column		where the reader sees the cell, what he likes.  Where he
 *						does not, by the rule's on_write:
 *						refuse			an error
 *						keep_if_mask	what he reads there, the mask, keeps the cell as
 *										it is; anything else is an error
 *						allow			a value is stored; the mask itself is an error,
 *										and an expression that reads a masked column
 *						Part of a value (an element of an array, a field) cannot be
 *						assigned where the whole cannot be seen; columns generated
 *						from masked ones and new ones are refused
 *	a column that names	only what it is already, unless all of the row is shown to the
 *	a person			reader: it would become another person's row, and its cells
 *						be shown by that one's permission
 *
 * The assigned expression becomes
 *
 *		CASE WHEN <may see> THEN <new> ELSE _write_cell(mode, <new>, <old>, <mask>) END
 *
 * So an ORM that saves every column it loaded can work, and a mask is never stored
 * over the value.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "protect/protect.h"
#include "protect/rewrite.h"

PG_FUNCTION_INFO_V1(ethdata__write_cell);

typedef enum Mode
{
	MODE_REFUSE,
	MODE_KEEP,					/* if it is the mask */
	MODE_ALLOW,					/* unless it is the mask */
	MODE_KEY					/* if it is what it was */
} Mode;

/* ---- when a row is written ---- */

/* Equal for the type, or, where it has no equality, in every byte. */
static bool
same_value(FunctionCallInfo fcinfo, int a, int b)
{
	TypeCacheEntry *type = fcinfo->flinfo->fn_extra;

	if (PG_ARGISNULL(a) || PG_ARGISNULL(b))
		return PG_ARGISNULL(a) == PG_ARGISNULL(b);
	if (type == NULL)
	{
		type = lookup_type_cache(get_fn_expr_argtype(fcinfo->flinfo, a), TYPECACHE_EQ_OPR_FINFO);
		fcinfo->flinfo->fn_extra = type;
	}
	if (OidIsValid(type->eq_opr_finfo.fn_oid))
		return DatumGetBool(FunctionCall2Coll(&type->eq_opr_finfo, PG_GET_COLLATION(),
											  PG_GETARG_DATUM(a), PG_GETARG_DATUM(b)));
	return datum_image_eq(PG_GETARG_DATUM(a), PG_GETARG_DATUM(b), type->typbyval, type->typlen);
}

static void
refuse(Oid relid, AttrNumber attnum, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("column \"%s\" of table \"%s\" may not be assigned in this row",
					get_attname(relid, attnum, true), get_rel_name(relid)),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

#define ORM_HINT "Assign only the columns that changed (Django: save(update_fields=[...]); SQLAlchemy does so by itself)"

/*
 * _write_cell(internal, relation oid, attnum int2, mode int4, new, old, mask
 * anyelement) -> anyelement
 *		What is stored in a cell that the role cannot see.  Errors: 42501.
 */
Datum
ethdata__write_cell(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(1);
	AttrNumber	attnum = PG_GETARG_INT16(2);
	int			result = 4;

	switch ((Mode) PG_GETARG_INT32(3))
	{
		case MODE_REFUSE:
			refuse(relid, attnum,
				   "It is masked for the role, so what is there would be lost.",
				   ORM_HINT ", or have the column masked with on_write => 'keep_if_mask'.");
			break;
		case MODE_KEEP:
			if (!same_value(fcinfo, 4, 6))
				refuse(relid, attnum,
					   "It is masked for the role, and what is assigned is not the mask that the role reads.",
					   ORM_HINT ", or write back what was read.");
			result = 5;
			break;
		case MODE_ALLOW:
			if (same_value(fcinfo, 4, 6))
				refuse(relid, attnum,
					   "What is assigned is the mask that the role reads, and would be stored over the value.",
					   ORM_HINT ".");
			break;
		case MODE_KEY:
			if (!same_value(fcinfo, 4, 5))
				refuse(relid, attnum,
					   "It names the person whose data the row is, and cells of the row are masked for the role.",
					   "Have it changed by the table's owner or a member of role \"ethdata_exempt\".");
			result = 5;
			break;
		default:
			elog(ERROR, "unknown mode %d of a masked cell", PG_GETARG_INT32(3));
	}
	if (PG_ARGISNULL(result))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(result));
}

/* ---- when the statement is planned ---- */

typedef struct ReadsContext
{
	const EthAssignments *a;
	int			sublevels_up;
} ReadsContext;

static bool
entry_reads_masks(const EthAssignments *a, int rti)
{
	RangeTblEntry *rte = rt_fetch(rti, a->query->rtable);
	ListCell   *lc;

	switch (rte->rtekind)
	{
		case RTE_RELATION:
			return eth_protect_rules(rte->relid) != NULL;
		case RTE_SUBQUERY:
			return eth_protect_reaches(a->frame, (Node *) rte->subquery);
		case RTE_FUNCTION:
			return true;		/* who knows */
		case RTE_CTE:
			foreach(lc, a->query->cteList)
			{
				if (eth_protect_reaches(a->frame, lfirst_node(CommonTableExpr, lc)->ctequery))
					return true;
			}
			return rte->ctelevelsup > 0;
		default:
			return false;
	}
}

static bool
reads_masks_walker(Node *node, ReadsContext *context)
{
	const EthAssignments *a = context->a;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;
		int			rti;

		if (var->varlevelsup != (Index) context->sublevels_up)
			return false;		/* reads of inner levels are looked at as a
								 * whole */
		if ((int) var->varno == a->rti)
			return var->varattno == InvalidAttrNumber ||
				(var->varattno > 0 && eth_protect_is_guarded(a->rules, var->varattno));
		if (a->query->onConflict != NULL && (int) var->varno == a->query->onConflict->exclRelIndex)
			return false;
		if (rt_fetch(var->varno, a->query->rtable)->rtekind != RTE_JOIN)
			return entry_reads_masks(a, var->varno);
		for (rti = 1; rti <= list_length(a->query->rtable); rti++)
			if (rti != a->rti && entry_reads_masks(a, rti))
				return true;
		return false;
	}
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_MULTIEXPR)
	{
		ListCell   *lc;

		foreach(lc, a->query->targetList)
		{
			TargetEntry *tle = lfirst_node(TargetEntry, lc);

			if (tle->resjunk && reads_masks_walker((Node *) tle->expr, context))
				return true;
		}
		return false;
	}
	if (IsA(node, Query))
	{
		bool		result;

		if (eth_protect_reaches(a->frame, node))
			return true;
		context->sublevels_up++;
		result = query_tree_walker((Query *) node, reads_masks_walker, context, 0);
		context->sublevels_up--;
		return result;
	}
	return expression_tree_walker(node, reads_masks_walker, context);
}

static bool
is_part(Expr *expr)
{
	while (IsA(expr, CoerceToDomain))
		expr = ((CoerceToDomain *) expr)->arg;
	return IsA(expr, FieldStore) ||
		(IsA(expr, SubscriptingRef) && ((SubscriptingRef *) expr)->refassgnexpr != NULL);
}

static Mode
mode_of(const EthAssignments *a, AttrNumber attnum, Expr *expr)
{
	const EthCellRule *cell = a->rules->cell_of[attnum] >= 0 ? &a->rules->cells[a->rules->cell_of[attnum]] : NULL;
	ReadsContext context;

	if (cell == NULL || is_part(expr))
		return MODE_REFUSE;
	if (strcmp(cell->on_write, "keep_if_mask") == 0)
		return MODE_KEEP;
	if (strcmp(cell->on_write, "allow") != 0)
		return MODE_REFUSE;
	context.a = a;
	context.sublevels_up = 0;
	return reads_masks_walker((Node *) expr, &context) ? MODE_REFUSE : MODE_ALLOW;
}

/* For each assignment how it is judged; -1: not. */
List *
eth_protect_assignment_modes(const EthAssignments *a, List *target_list)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, target_list)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);
		int			mode = -1;

		if (!tle->resjunk && eth_protect_is_guarded(a->rules, tle->resno))
			mode = mode_of(a, tle->resno, tle->expr);
		result = lappend_int(result, mode);
	}
	return result;
}

/* May the reader see the cell of this column? */
static Expr *
may_see(const EthAssignments *a, AttrNumber attnum)
{
	const EthCellRule *cell = a->rules->cell_of[attnum] >= 0 ? &a->rules->cells[a->rules->cell_of[attnum]] : NULL;
	Expr	   *result = cell ? eth_protect_may_see(a->rules, cell, a->rel, a->role, ETH_DECIDES) : NULL;

	return result ? result : eth_protect_excepted(a->rules, a->role);
}

/* Is nothing of the row kept from the reader? */
static Expr *
all_shown(const EthAssignments *a)
{
	List	   *conditions = NIL;
	int			attnum;

	if (a->rules->rows)
		conditions = lappend(conditions, eth_protect_row_visible(a->rules, a->rel, a->role, ETH_DECIDES));
	for (attnum = 1; attnum <= a->rules->natts; attnum++)
		if (eth_protect_is_guarded(a->rules, attnum))
			conditions = lappend(conditions, may_see(a, attnum));
	return list_length(conditions) == 1 ? linitial(conditions) : makeBoolExpr(AND_EXPR, conditions, -1);
}

static bool
names_person(const EthTableRules *rules, AttrNumber attnum)
{
	int			i;
	int			j;

	if (!rules->rows && bms_is_empty(rules->masked) && bms_is_empty(rules->unknown))
		return false;
	for (i = 0; i < rules->npersons; i++)
		for (j = 0; j < rules->persons[i].nkeys; j++)
			if (rules->persons[i].keys[j] == attnum)
				return true;
	for (i = 0; i < rules->ncells; i++)
		for (j = 0; j < rules->cells[i].nsubject; j++)
			if (rules->cells[i].subject[j] == attnum)
				return true;
	return false;
}

/* The expression that is assigned, judged; condition and mask are over entry 1. */
static Expr *
judged(const EthAssignments *a, AttrNumber attnum, Mode mode, Expr *condition, Expr *new, Expr *mask)
{
	static const Oid types[] = {INTERNALOID, OIDOID, INT2OID, INT4OID, ANYELEMENTOID, ANYELEMENTOID, ANYELEMENTOID};
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(a->rel), attnum - 1);
	Var		   *old = makeVar(a->rti, attnum, att->atttypid, att->atttypmod, att->attcollation, 0);
	CaseWhen   *when = makeNode(CaseWhen);
	CaseExpr   *choice = makeNode(CaseExpr);
	List	   *args;

	old->location = ETH_OUR_LOCATION;
	if (a->rti != 1)
	{
		ChangeVarNodes((Node *) condition, 1, a->rti, 0);
		ChangeVarNodes((Node *) mask, 1, a->rti, 0);
	}
	args = list_make4(makeNullConst(INTERNALOID, -1, InvalidOid),
					  makeConst(OIDOID, -1, InvalidOid, sizeof(Oid),
								ObjectIdGetDatum(a->rules->relid), false, true),
					  makeConst(INT2OID, -1, InvalidOid, sizeof(int16), Int16GetDatum(attnum), false, true),
					  makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(mode), false, true));
	args = lappend(args, copyObject(new));
	args = lappend(args, old);
	args = lappend(args, mask);

	when->expr = condition;
	when->result = new;
	when->location = -1;
	choice->casetype = att->atttypid;
	choice->casecollid = att->attcollation;
	choice->args = list_make1(when);
	choice->defresult = (Expr *) makeFuncExpr(eth_core_function("_write_cell", lengthof(types), types),
											  att->atttypid, args, att->attcollation, att->attcollation,
											  COERCE_EXPLICIT_CALL);
	choice->location = -1;
	return (Expr *) choice;
}

/*
 * Guards the assignments of a list in which the target's columns were masked, in
 * place.  The new expression stands twice and is computed once.
 */
void
eth_protect_guard_assignments(EthAssignments *a, List *target_list, List *modes)
{
	ListCell   *lc;
	ListCell   *mode;

	forboth(lc, target_list, mode, modes)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);
		AttrNumber	attnum = tle->resno;
		Form_pg_attribute att;

		if (tle->resjunk)
			continue;
		att = TupleDescAttr(RelationGetDescr(a->rel), attnum - 1);
		if (lfirst_int(mode) >= 0)
		{
			Expr	   *mask = lfirst_int(mode) == MODE_REFUSE ?
			(Expr *) makeNullConst(att->atttypid, att->atttypmod, att->attcollation) :
			eth_protect_mask(a->rules, a->rel, attnum);

			tle->expr = judged(a, attnum, lfirst_int(mode), may_see(a, attnum), tle->expr, mask);
			a->keeping = a->keeping || lfirst_int(mode) == MODE_KEEP;
		}
		if (names_person(a->rules, attnum))
			tle->expr = judged(a, attnum, MODE_KEY, all_shown(a), tle->expr,
							   (Expr *) makeNullConst(att->atttypid, att->atttypmod, att->attcollation));
	}
}
