/*
 * assign.c
 *		What a masked reader assigns to columns of a protected table.
 *
 * Judged per row, when it is written, by the row as it was:
 *
 *	a masked column		where the reader sees the cell, what he likes, but with
 *						keep_if_mask not the mask itself: it may be what he loaded
 *						before he saw the cell.  Where he
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
 * with keep_if_mask _write_cell() also where it is seen.  The new expression stands
 * twice; one that does not depend on the row (a sub-select) may be computed for both.
 *
 * So an ORM that saves every column it loaded can work, and a mask is never stored
 * over the value.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "protect/protect.h"
#include "protect/rewrite.h"

PG_FUNCTION_INFO_V1(ethdata__write_cell);

typedef enum WriteMode
{
	MODE_REFUSE,
	MODE_KEEP,					/* if it is the mask */
	MODE_ALLOW,					/* unless it is the mask */
	MODE_KEY,					/* if it is what it was */
	MODE_SEEN					/* the cell is seen: unless it is the mask */
} WriteMode;

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

	switch ((WriteMode) PG_GETARG_INT32(3))
	{
		case MODE_REFUSE:
			refuse(relid, attnum,
				   "It is masked for the role, so what is there would be lost.",
				   ORM_HINT ", or have the column given a mask and on_write => 'keep_if_mask'.");
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
		case MODE_SEEN:
			if (same_value(fcinfo, 4, 6) && !same_value(fcinfo, 4, 5))
				refuse(relid, attnum,
					   "What is assigned is the mask, but the role sees the cell now, and another value is there.",
					   "Load the row again. If just this value is meant, assign another one first.");
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
	List	   *target_list;	/* that the expression stands in */
	int			sublevels_up;
} ReadsContext;

/* Does the entry read masks by itself, without what it takes from entries beside it? */
static bool
entry_alone_reads_masks(const EthAssignments *a, int rti)
{
	RangeTblEntry *rte = rt_fetch(rti, a->query->rtable);
	ListCell   *lc;

	switch (rte->rtekind)
	{
		case RTE_RELATION:
			return eth_protect_rules(rte->relid) != NULL;
		case RTE_SUBQUERY:
			return eth_protect_reaches(a->frame, (Node *) rte->subquery);
		case RTE_VALUES:
			return eth_protect_reaches(a->frame, (Node *) rte->values_lists);
		case RTE_FUNCTION:
		case RTE_TABLEFUNC:
			/* one that is not immutable may read what it likes */
			return contain_mutable_functions((Node *) rte->functions) ||
				contain_mutable_functions((Node *) rte->tablefunc) ||
				eth_protect_reaches(a->frame, (Node *) rte->functions) ||
				eth_protect_reaches(a->frame, (Node *) rte->tablefunc);
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

/* Does any entry beside the target and EXCLUDED? */
static bool
any_entry_reads_masks(const EthAssignments *a)
{
	int			rti;

	for (rti = 1; rti <= list_length(a->query->rtable); rti++)
		if (rti != a->rti && entry_alone_reads_masks(a, rti) &&
			(a->query->onConflict == NULL || rti != a->query->onConflict->exclRelIndex))
			return true;
	return false;
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
		RangeTblEntry *rte;

		if (var->varlevelsup != (Index) context->sublevels_up)
			return false;		/* reads of inner levels are looked at as a
								 * whole */
		if ((int) var->varno == a->rti)
			return var->varattno == InvalidAttrNumber ||
				(var->varattno > 0 && eth_protect_is_guarded(a->rules, var->varattno));
		if (a->query->onConflict != NULL && (int) var->varno == a->query->onConflict->exclRelIndex)
			return any_entry_reads_masks(a) ||	/* INSERT .. SELECT */
				eth_protect_reaches(a->frame, (Node *) a->query->targetList);
		rte = rt_fetch(var->varno, a->query->rtable);
		if (rte->rtekind == RTE_JOIN || rte->lateral)
			return any_entry_reads_masks(a);
		return entry_alone_reads_masks(a, var->varno);
	}
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_MULTIEXPR)
	{
		ListCell   *lc;

		foreach(lc, context->target_list)
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

/*
 * Does the column say whose data there are: in the row, where anything of it is
 * kept from anybody, or, where the table is the persons' own, in the rows of other
 * tables that follow a change of its key?
 */
static bool
names_person(const EthTableRules *rules, AttrNumber attnum)
{
	bool		keeps = rules->rows || !bms_is_empty(rules->masked) || !bms_is_empty(rules->unknown);
	int			i;
	int			j;

	for (i = 0; i < rules->npersons; i++)
	{
		if (!keeps && rules->persons[i].class_relid != rules->source)
			continue;
		for (j = 0; j < rules->persons[i].nkeys; j++)
			if (rules->persons[i].keys[j] == attnum)
				return true;
	}
	for (i = 0; i < rules->ncells; i++)
		for (j = 0; j < rules->cells[i].nsubject; j++)
			if (rules->cells[i].subject[j] == attnum)
				return true;
	return false;
}

static const EthCellRule *
cell_of(const EthTableRules *rules, AttrNumber attnum)
{
	return rules->cell_of[attnum] >= 0 ? &rules->cells[rules->cell_of[attnum]] : NULL;
}

/*
 * Does the role, by which rights are checked, read the column, be it a mask?  Who
 * does not learns nothing by writing.
 */
static bool
reads_column(const EthAssignments *a, AttrNumber attnum)
{
	Oid			check_as_user = eth_compat_check_as_user(a->query, rt_fetch(a->rti, a->query->rtable));
	Oid			role = OidIsValid(check_as_user) ? check_as_user : GetUserId();
	const EthCellRule *cell = cell_of(a->rules, attnum);

	return eth_protect_is_exempt(a->rules, role) ||
		eth_protect_is_reader(a->rules->readers, role) ||
		(cell != NULL && eth_protect_is_reader(cell->readers, role)) ||
		pg_class_aclcheck(a->rules->relid, role, ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck(a->rules->relid, attnum, role, ACL_SELECT) == ACLCHECK_OK;
}

static bool
is_part(Expr *expr)
{
	while (IsA(expr, CoerceToDomain))
		expr = ((CoerceToDomain *) expr)->arg;
	return IsA(expr, FieldStore) ||
		(IsA(expr, SubscriptingRef) && ((SubscriptingRef *) expr)->refassgnexpr != NULL);
}

static WriteMode
mode_of(const EthAssignments *a, List *target_list, AttrNumber attnum, Expr *expr)
{
	const EthCellRule *cell = cell_of(a->rules, attnum);
	ReadsContext context;

	if (cell == NULL || is_part(expr) || !reads_column(a, attnum))
		return MODE_REFUSE;
	if (strcmp(cell->on_write, "keep_if_mask") == 0)
		return MODE_KEEP;

	/* whether a new value was the old one would tell the old one */
	if (strcmp(cell->on_write, "allow") != 0 || names_person(a->rules, attnum))
		return MODE_REFUSE;
	context.a = a;
	context.target_list = target_list;
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
			mode = mode_of(a, target_list, tle->resno, tle->expr);
		result = lappend_int(result, mode);
	}
	return result;
}

/* May the reader see the cell of this column? */
static Expr *
may_see(const EthAssignments *a, AttrNumber attnum)
{
	const EthCellRule *cell = cell_of(a->rules, attnum);
	Expr	   *result = cell ? eth_protect_may_see(a->rules, cell, a->rel, a->role, ETH_DECIDES) : NULL;

	return result ? result : eth_protect_excepted(a->rules, a->role);
}

/* Is nothing of the row kept from the reader? */
static Expr *
all_shown(const EthAssignments *a)
{
	List	   *conditions = NIL;
	int			attnum;

	if (eth_protect_hides_rows(a->rules, a->role))
		conditions = lappend(conditions, eth_protect_row_visible(a->rules, a->rel, a->role, ETH_DECIDES));
	for (attnum = 1; attnum <= a->rules->natts; attnum++)
		if (eth_protect_is_guarded(a->rules, attnum))
			conditions = list_append_unique(conditions, may_see(a, attnum));
	if (conditions == NIL)
		return eth_protect_excepted(a->rules, a->role);
	return list_length(conditions) == 1 ? linitial(conditions) : makeBoolExpr(AND_EXPR, conditions, -1);
}

static Expr *
write_cell(const EthAssignments *a, Form_pg_attribute att, WriteMode mode, Expr *new, Var *old, Expr *mask)
{
	static const Oid types[] = {INTERNALOID, OIDOID, INT2OID, INT4OID, ANYELEMENTOID, ANYELEMENTOID, ANYELEMENTOID};
	List	   *args;

	args = list_make5(makeNullConst(INTERNALOID, -1, InvalidOid),
					  makeConst(OIDOID, -1, InvalidOid, sizeof(Oid),
								ObjectIdGetDatum(a->rules->relid), false, true),
					  makeConst(INT2OID, -1, InvalidOid, sizeof(int16), Int16GetDatum(att->attnum), false, true),
					  makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(mode), false, true),
					  new);
	args = lappend(args, old);
	args = lappend(args, mask);
	return (Expr *) makeFuncExpr(eth_core_function("_write_cell", lengthof(types), types),
								 att->atttypid, args, att->attcollation, att->attcollation,
								 COERCE_EXPLICIT_CALL);
}

/* The expression that is assigned, judged; condition and mask are over entry 1. */
static Expr *
judged(const EthAssignments *a, AttrNumber attnum, WriteMode mode, Expr *condition, Expr *new, Expr *mask)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(a->rel), attnum - 1);
	Var		   *old = makeVar(a->rti, attnum, att->atttypid, att->atttypmod, att->attcollation, 0);
	CaseWhen   *when = makeNode(CaseWhen);
	CaseExpr   *choice = makeNode(CaseExpr);

	old->location = ETH_OUR_LOCATION;
	if (a->rti != 1)
	{
		ChangeVarNodes((Node *) condition, 1, a->rti, 0);
		ChangeVarNodes((Node *) mask, 1, a->rti, 0);
	}
	when->expr = condition;
	when->result = mode == MODE_KEEP ? write_cell(a, att, MODE_SEEN, copyObject(new), old, copyObject(mask)) :
		copyObject(new);
	when->location = -1;
	choice->casetype = att->atttypid;
	choice->casecollid = att->attcollation;
	choice->args = list_make1(when);
	choice->defresult = write_cell(a, att, mode, new, copyObject(old), mask);
	choice->location = -1;
	return (Expr *) choice;
}

static Expr *
no_mask(Form_pg_attribute att)
{
	return (Expr *) makeNullConst(att->atttypid, att->atttypmod, att->attcollation);
}

/*
 * Guards the assignments of a list in which the target's columns were masked, in
 * place.
 */
void
eth_protect_guard_assignments(EthAssignments *a, List *target_list, List *modes)
{
	ListCell   *lc;

	foreach(lc, target_list)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);
		int			mode = modes ? list_nth_int(modes, foreach_current_index(lc)) : -1;
		AttrNumber	attnum = tle->resno;
		Form_pg_attribute att;

		if (tle->resjunk)
			continue;
		att = TupleDescAttr(RelationGetDescr(a->rel), attnum - 1);
		if (mode >= 0)
		{
			tle->expr = judged(a, attnum, mode, may_see(a, attnum), tle->expr,
							   mode == MODE_REFUSE ? no_mask(att) : eth_protect_mask(a->rules, a->rel, attnum));
		}
		if (names_person(a->rules, attnum))
			tle->expr = judged(a, attnum, reads_column(a, attnum) ? MODE_KEY : MODE_REFUSE, all_shown(a),
							   tle->expr, no_mask(att));
	}
}
