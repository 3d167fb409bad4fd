/*
 * relation.c
 *		The subquery that stands for one protected relation: its columns, the
 *		decision on its rows, the reader's permission record, row marks, and
 *		what the query asks for beyond columns (system columns, whole rows,
 *		look-ups by values).
 *
 * The source of a MERGE that is only observed becomes such a subquery too, of raw
 * columns and with the condition that counts (observe.c).
 *
 * rewrite.c says what must hold and calls eth_protect_replace_relation() for
 * each entry.  Everything here works on the private copy of the query.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/heap.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_relation.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "decide/decide.h"
#include "mask/mask.h"
#include "protect/protect.h"
#include "protect/rewrite.h"

/* ---- expressions ---- */

static Const *
oid_const(Oid value)
{
	return makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(value), false, true);
}

/* A copy: plans outlive the rules. */
static Const *
purposes_const(const EthCellRule *cell)
{
	return makeConst(INT4ARRAYOID, -1, InvalidOid, -1,
					 datumCopy(PointerGetDatum(cell->reveal_ids), false, -1), false, false);
}

static Var *
column_var(Relation rel, AttrNumber attnum)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	Var		   *var = makeVar(1, attnum, att->atttypid, att->atttypmod, att->attcollation, 0);

	var->location = ETH_OUR_LOCATION;
	return var;
}

static List *
key_vars(Relation rel, int nkeys, const AttrNumber *keys)
{
	List	   *result = NIL;
	int			i;

	for (i = 0; i < nkeys; i++)
		result = lappend(result, column_var(rel, keys[i]));
	return result;
}

static Expr *
call(Oid function, List *args)
{
	return (Expr *) makeFuncExpr(function, BOOLOID, args, InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

/* Is the table read by a portal, or through one's rights? */
static bool
reads_as_portal(Oid role)
{
	return eth_purpose_is_portal(GetUserId()) || (OidIsValid(role) && eth_purpose_is_portal(role));
}

/* And is it about persons, so that a portal sees of it the rows of its person alone? */
static bool
is_for_portal(const EthTableRules *rules, Oid role)
{
	bool		persons = false;
	int			i;

	for (i = 0; i < rules->npersons; i++)
		persons = persons || OidIsValid(rules->persons[i].class_relid);
	return persons && reads_as_portal(role);
}

bool
eth_protect_hides_rows(const EthTableRules *rules, Oid role)
{
	return rules->rows || is_for_portal(rules, role);
}

/* ethdata._may_see(internal, role, relation, reveal_for, special, class [, keys]) for one person */
static Expr *
may_see_person(const EthTableRules *rules, const EthCellRule *cell, Oid role, Oid class_relid,
			   List *keys, EthDecisionKind kind)
{
	List	   *args;

	args = list_make5(makeNullConst(INTERNALOID, -1, InvalidOid),
					  oid_const(role),
					  oid_const(rules->source),
					  purposes_const(cell),
					  makeBoolConst(cell->special, false));
	args = lappend(args, oid_const(class_relid));
	return call(eth_decide_cell_function(keys != NIL, kind == ETH_WOULD_DECIDE),
				list_concat(args, keys));
}

/*
 * NULL: nobody may see the cell, whatever the purpose.  One that is revealed for no
 * purpose a portal may show to the person ("self").  The persons of a cell are
 * those that its rule names by their columns, or all of the table; each of them
 * must permit, also where two rules say of the same columns whose they are.
 */
Expr *
eth_protect_may_see(const EthTableRules *rules, const EthCellRule *cell, Relation rel, Oid role,
					EthDecisionKind kind)
{
	List	   *all = NIL;
	int			i;

	if (cell->nreveal == 0 && !reads_as_portal(role))
		return NULL;
	for (i = 0; i < rules->npersons; i++)
	{
		const EthPersonRule *person = &rules->persons[i];

		if (eth_protect_is_of_cell(person, cell))
			all = lappend(all, may_see_person(rules, cell, role, person->class_relid,
											  key_vars(rel, person->nkeys, person->keys), kind));
	}
	if (all == NIL && cell->nsubject > 0)
	{
		const EthClass *class = eth_consent_class_of_columns_quietly(RelationGetRelid(rel),
																	 cell->nsubject, cell->subject);

		if (class != NULL)
			all = list_make1(may_see_person(rules, cell, role, class->relid,
											key_vars(rel, cell->nsubject, cell->subject), kind));
	}
	if (all == NIL)
		return NULL;
	return list_length(all) == 1 ? linitial(all) : makeBoolExpr(AND_EXPR, all, -1);
}

/*
 * What a portal sees: under "self" the rows that are of the person, be it with
 * others; whose cells they are the masks' rules say.  Under another purpose what
 * others see, without any purpose nothing.
 */
static Expr *
row_of_portal(const EthTableRules *rules, Relation rel, Oid role, List *decisions)
{
	List	   *alternatives = NIL;
	Expr	   *other;
	int			i;

	other = call(eth_decide_other_purpose_function(),
				 list_make2(makeNullConst(INTERNALOID, -1, InvalidOid), oid_const(role)));
	if (rules->rows)
		other = makeBoolExpr(AND_EXPR, lcons(other, decisions), -1);
	for (i = 0; i < rules->npersons; i++)
	{
		const EthPersonRule *person = &rules->persons[i];

		if (OidIsValid(person->class_relid) && person->nkeys > 0)
			alternatives = lappend(alternatives,
								   call(eth_decide_own_row_function(),
										list_concat(list_make4(makeNullConst(INTERNALOID, -1, InvalidOid),
															   oid_const(role), oid_const(rules->source),
															   oid_const(person->class_relid)),
													key_vars(rel, person->nkeys, person->keys))));
	}
	return makeBoolExpr(OR_EXPR, lappend(alternatives, other), -1);
}

/* May the row be seen, as far as its persons decide. */
Expr *
eth_protect_row_visible(const EthTableRules *rules, Relation rel, Oid role, EthDecisionKind kind)
{
	List	   *decisions = NIL;
	int			i;

	for (i = 0; i < rules->npersons; i++)
	{
		const EthPersonRule *person = &rules->persons[i];
		List	   *keys = key_vars(rel, person->nkeys, person->keys);
		List	   *args = list_make4(makeNullConst(INTERNALOID, -1, InvalidOid),
									  oid_const(role), oid_const(rules->source),
									  oid_const(person->class_relid));

		decisions = lappend(decisions,
							call(eth_decide_row_function(keys != NIL, kind == ETH_WOULD_DECIDE),
								 list_concat(args, keys)));
	}
	if (kind == ETH_DECIDES && is_for_portal(rules, role))
		return row_of_portal(rules, rel, role, decisions);
	return list_length(decisions) == 1 ? linitial(decisions) :
		makeBoolExpr(AND_EXPR, decisions, -1);
}

/*
 * Is there an exception (a suspension, a broken glass) for the reader?  For
 * cells that nobody may see otherwise; the decisions ask for it themselves.
 */
Expr *
eth_protect_excepted(const EthTableRules *rules, Oid role)
{
	return call(eth_decide_exception_function(),
				list_make3(makeNullConst(INTERNALOID, -1, InvalidOid), oid_const(role),
						   makeConst(REGCLASSOID, -1, InvalidOid, sizeof(Oid),
									 ObjectIdGetDatum(rules->source), false, true)));
}

typedef struct BracketContext
{
	Oid			enter;			/* InvalidOid: no bracket */
} BracketContext;

static Node *
cell_mutator(Node *node, BracketContext *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = copyObject((Var *) node);

		var->location = ETH_OUR_LOCATION;
		if (!OidIsValid(context->enter))
			return (Node *) var;
		return (Node *) makeFuncExpr(context->enter, var->vartype,
									 list_make2(makeNullConst(INTERNALOID, -1, InvalidOid), var),
									 var->varcollid, var->varcollid, COERCE_EXPLICIT_CALL);
	}
	return expression_tree_mutator(node, cell_mutator, context);
}

/* The mask; one that may raise an error is bracketed, see core/hooks.c. */
static Expr *
mask_expression(const EthCellRule *cell)
{
	BracketContext context;
	Node	   *mask;

	context.enter = cell->may_raise ? eth_mask_enter_function() : InvalidOid;
	mask = cell_mutator(cell->mask, &context);
	if (!cell->may_raise)
		return (Expr *) mask;
	return (Expr *) makeFuncExpr(eth_mask_leave_function(), exprType(mask),
								 list_make2(makeNullConst(INTERNALOID, -1, InvalidOid), mask),
								 exprCollation(mask), exprCollation(mask),
								 COERCE_EXPLICIT_CALL);
}

/*
 * A prepared statement promises the column's type with its modifier, and a CASE
 * has one only if all its results have it.
 */
static Expr *
with_typmod(Expr *expr, Form_pg_attribute att)
{
	if (exprTypmod((Node *) expr) == att->atttypmod)
		return expr;
	return (Expr *) makeRelabelType(expr, att->atttypid, att->atttypmod, att->attcollation,
									COERCE_IMPLICIT_CAST);
}

/* The mask of a column that has a rule, over entry 1. */
Expr *
eth_protect_mask(const EthTableRules *rules, Relation rel, AttrNumber attnum)
{
	return with_typmod(mask_expression(&rules->cells[rules->cell_of[attnum]]),
					   TupleDescAttr(RelationGetDescr(rel), attnum - 1));
}

/* What the reader gets for one column, over entry 1. */
Expr *
eth_protect_seen_column(const EthTableRules *rules, Relation rel, AttrNumber attnum, Oid role)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	Expr	   *condition = NULL;
	Expr	   *mask;
	CaseExpr   *choice;
	CaseWhen   *when;

	if (att->attisdropped)
		return (Expr *) makeNullConst(INT4OID, -1, InvalidOid);
	if (rules->enforcement == ETH_ENFORCE_OBSERVE)
		return (Expr *) column_var(rel, attnum);
	if (bms_is_member(attnum, rules->unknown) || bms_is_member(attnum, rules->derived))
		mask = (Expr *) makeNullConst(att->atttypid, att->atttypmod, att->attcollation);
	else if (rules->cell_of[attnum] < 0)
		return (Expr *) column_var(rel, attnum);
	else
	{
		const EthCellRule *cell = &rules->cells[rules->cell_of[attnum]];

		condition = eth_protect_may_see(rules, cell, rel, role, ETH_DECIDES);
		mask = eth_protect_mask(rules, rel, attnum);
	}
	when = makeNode(CaseWhen);
	when->expr = condition ? condition : eth_protect_excepted(rules, role);
	when->result = (Expr *) column_var(rel, attnum);
	when->location = -1;
	choice = makeNode(CaseExpr);
	choice->casetype = att->atttypid;
	choice->casecollid = att->attcollation;
	choice->args = list_make1(when);
	choice->defresult = mask;
	choice->location = -1;
	return (Expr *) choice;
}

/* ---- privileges ---- */

/*
 * Takes out of the reader's permission record the columns that he reads
 * through masks: he need not, and cannot, hold SELECT on these.  A column whose
 * mask he is no reader of stays, and core refuses it.
 */
static Bitmapset *
strip_masked_columns(const EthTableRules *rules, Relation rel, Oid role,
					 Bitmapset *selected, AclMode *required)
{
	bool		table_reader;
	Bitmapset  *result = NULL;
	int			bit = -1;

	if (rules->enforcement == ETH_ENFORCE_OBSERVE)
		return selected;
	table_reader = eth_protect_is_reader(rules->readers, role);

	if (bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber, selected))
	{
		/* a whole row is all its columns */
		int			i;

		selected = bms_copy(selected);
		selected = bms_del_member(selected, InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber);
		for (i = 1; i <= rules->natts; i++)
			if (!TupleDescAttr(RelationGetDescr(rel), i - 1)->attisdropped)
				selected = bms_add_member(selected, i - FirstLowInvalidHeapAttributeNumber);
	}
	while ((bit = bms_next_member(selected, bit)) >= 0)
	{
		AttrNumber	attnum = bit + FirstLowInvalidHeapAttributeNumber;
		bool		through_mask;

		if (attnum < 0 || rules->rows || bms_is_member(attnum, rules->unknown) ||
			bms_is_member(attnum, rules->derived))
			through_mask = table_reader;
		else if (attnum <= rules->natts && rules->cell_of[attnum] >= 0)
			through_mask = table_reader ||
				eth_protect_is_reader(rules->cells[rules->cell_of[attnum]].readers, role);
		else
			through_mask = false;
		if (!through_mask)
			result = bms_add_member(result, bit);
	}

	/*
	 * Without any column core asks for SELECT on some column.  A reader may
	 * hold it on none: all are masked, or rows may be hidden.
	 */
	if (result == NULL && (table_reader || selected != NULL))
		*required &= ~ACL_SELECT;
	return result;
}

/* What a statement reads of the table that it writes, it reads through masks too. */
void
eth_protect_strip_target(Query *query, RangeTblEntry *rte, const EthTableRules *rules, Relation rel)
{
	Oid			check_as_user = eth_compat_check_as_user(query, rte);
	Oid			role = OidIsValid(check_as_user) ? check_as_user : GetUserId();

#ifdef ETH_PERM_INFOS
	if (rte->perminfoindex > 0)
	{
		RTEPermissionInfo *info = getRTEPermissionInfo(query->rteperminfos, rte);

		if (info->requiredPerms & ACL_SELECT)
			info->selectedCols = strip_masked_columns(rules, rel, role, info->selectedCols,
													  &info->requiredPerms);
	}
#else
	if (rte->requiredPerms & ACL_SELECT)
		rte->selectedCols = strip_masked_columns(rules, rel, role, rte->selectedCols,
												 &rte->requiredPerms);
#endif
}

/*
 * Moves the permission record of outer to inner, the only entry of sub.
 */
static void
move_permissions(Query *query, RangeTblEntry *outer, Query *sub, RangeTblEntry *inner,
				 const EthTableRules *rules, Relation rel)
{
	Oid			check_as_user = eth_compat_check_as_user(query, outer);
	Oid			role = OidIsValid(check_as_user) ? check_as_user : GetUserId();

#ifdef ETH_PERM_INFOS
	if (outer->perminfoindex > 0)
	{
		RTEPermissionInfo *info = copyObject(getRTEPermissionInfo(query->rteperminfos, outer));

		info->selectedCols = strip_masked_columns(rules, rel, role, info->selectedCols,
												  &info->requiredPerms);
		sub->rteperminfos = list_make1(info);
		inner->perminfoindex = 1;
	}
	outer->perminfoindex = 0;
#else
	inner->selectedCols = strip_masked_columns(rules, rel, role, inner->selectedCols,
											   &inner->requiredPerms);
	outer->requiredPerms = 0;
	outer->checkAsUser = InvalidOid;
	outer->selectedCols = NULL;
	outer->insertedCols = NULL;
	outer->updatedCols = NULL;
	outer->extraUpdatedCols = NULL;
#endif
}

/* ---- system columns and whole rows ---- */

typedef struct ExtraContext
{
	int			rti;
	Index		sublevels_up;
	int			natts;
	int			ncolumns;		/* columns of the subquery so far */
	int			resno[-FirstLowInvalidHeapAttributeNumber + 1]; /* by -attno; 0: none */
} ExtraContext;

/* Points the Vars at columns after the relation's own, in place. */
static bool
extra_walker(Node *node, ExtraContext *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varno == context->rti && var->varlevelsup == context->sublevels_up &&
			var->varattno <= 0)
		{
			int		   *resno = &context->resno[-var->varattno];

			if (*resno == 0)
				*resno = ++context->ncolumns;
			var->varattno = *resno;
			if (var->varnosyn == (Index) context->rti)
				var->varattnosyn = *resno;
		}
		return false;
	}
	if (IsA(node, Query))
	{
		bool		result;

		context->sublevels_up++;
		result = query_tree_walker((Query *) node, extra_walker, context, 0);
		context->sublevels_up--;
		return result;
	}
	return expression_tree_walker(node, extra_walker, context);
}

static void
add_extra_columns(ExtraContext *context, Query *sub, RangeTblEntry *outer, Relation rel, int first)
{
	List	   *columns = NIL;
	int			attno;
	int			wanted;

	for (wanted = first; wanted <= context->ncolumns; wanted++)
	{
		Expr	   *expr = NULL;
		char	   *name = NULL;

		for (attno = 0; attno >= FirstLowInvalidHeapAttributeNumber; attno--)
			if (context->resno[-attno] == wanted)
				break;
		if (attno == 0)
		{
			RowExpr    *row = makeNode(RowExpr);
			ListCell   *lc;

			foreach(lc, sub->targetList)
			{
				if (foreach_current_index(lc) >= context->natts)
					break;
				row->args = lappend(row->args, copyObject(((TargetEntry *) lfirst(lc))->expr));
			}
			row->row_typeid = rel->rd_rel->reltype;
			row->row_format = COERCE_IMPLICIT_CAST;
			row->colnames = NIL;
			foreach(lc, sub->targetList)
			{
				if (foreach_current_index(lc) >= context->natts)
					break;
				row->colnames = lappend(row->colnames,
										makeString(pstrdup(((TargetEntry *) lfirst(lc))->resname)));
			}
			row->location = -1;
			expr = (Expr *) row;
			name = pstrdup("ethdata row");
		}
		else
		{
			const FormData_pg_attribute *att = SystemAttributeDefinition(attno);

			expr = (Expr *) makeVar(1, attno, att->atttypid, att->atttypmod, att->attcollation, 0);
			name = psprintf("ethdata %s", NameStr(att->attname));
		}
		columns = lappend(columns, makeTargetEntry(expr, wanted, name, false));
		outer->eref->colnames = lappend(outer->eref->colnames, makeString(pstrdup(name)));
	}
	sub->targetList = list_concat(sub->targetList, columns);
}

/* ---- one relation ---- */

static bool
has_sublink(Node *node)
{
	return node != NULL && checkExprHasSubLink(node);
}

void
eth_protect_replace_relation(EthPlanning *frame, Query *query, int rti, const EthTableRules *rules, Oid role)
{
	RangeTblEntry *outer = rt_fetch(rti, query->rtable);
	RangeTblEntry *inner;
	Query	   *sub = makeNode(Query);
	Relation	rel = RelationIdGetRelation(outer->relid);
	List	   *row_policies = outer->securityQuals;
	bool		observed = rules->enforcement == ETH_ENFORCE_OBSERVE;
	List	   *lookups = NIL;
	ExtraContext extra;
	RangeTblRef *ref;
	ListCell   *lc;
	int			i;

	if (rel == NULL)
		elog(ERROR, "could not open relation with OID %u", outer->relid);

	/*
	 * The reader's references first: row policies keep theirs, they move
	 * below.
	 */
	outer->securityQuals = NIL;
	memset(&extra, 0, sizeof(extra));
	extra.rti = rti;
	extra.natts = RelationGetNumberOfAttributes(rel);
	if (!observed)
		lookups = eth_protect_take_lookups(query, rti, rules, rel, extra.natts + 1);
	extra.ncolumns = extra.natts + list_length(lookups);
	(void) query_tree_walker(query, extra_walker, &extra, 0);

	inner = copyObject(outer);
	inner->securityQuals = row_policies;
	inner->inFromCl = true;
	inner->lateral = false;
	eth_protect_set_stamp(inner, observed ? ETH_STAMP_OBSERVED :
						  eth_protect_may_quote(rules, (Node *) row_policies, rti) ? ETH_STAMP_MASKED_RAISING :
						  ETH_STAMP_MASKED, role);

	sub->commandType = CMD_SELECT;
	sub->querySource = QSRC_ORIGINAL;
	sub->canSetTag = true;
	sub->rtable = list_make1(inner);
	ref = makeNode(RangeTblRef);
	ref->rtindex = 1;
	sub->jointree = makeFromExpr(list_make1(ref), NULL);

	for (i = 1; i <= extra.natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i - 1);

		sub->targetList = lappend(sub->targetList,
								  makeTargetEntry(eth_protect_seen_column(rules, rel, i, role), i,
												  pstrdup(NameStr(att->attname)), false));
	}
	/* Columns added since the reference was parsed have no alias there. */
	while (list_length(outer->eref->colnames) < extra.natts)
	{
		i = list_length(outer->eref->colnames);
		outer->eref->colnames = lappend(outer->eref->colnames,
										makeString(pstrdup(NameStr(TupleDescAttr(RelationGetDescr(rel), i)->attname))));
	}
	foreach(lc, lookups)
		outer->eref->colnames = lappend(outer->eref->colnames,
										makeString(pstrdup(lfirst_node(TargetEntry, lc)->resname)));
	sub->targetList = list_concat(sub->targetList, lookups);
	add_extra_columns(&extra, sub, outer, rel, extra.natts + list_length(lookups) + 1);

	if (row_policies != NIL)
	{
		ChangeVarNodes((Node *) row_policies, rti, 1, 0);
		sub->hasRowSecurity = true;
	}
	if (!observed && eth_protect_hides_rows(rules, role))
	{
		/*
		 * before the application's own policies, and a security level of its
		 * own
		 */
		inner->securityQuals = lcons(eth_protect_row_visible(rules, rel, role, ETH_DECIDES),
									 inner->securityQuals);
		frame->hides_rows = true;
	}
	if (inner->tablesample != NULL)
	{
		IncrementVarSublevelsUp((Node *) inner->tablesample, 1, 0);
		outer->lateral = contain_vars_of_level((Node *) inner->tablesample, 1);
	}
	sub->hasSubLinks = has_sublink((Node *) inner->securityQuals) ||
		has_sublink((Node *) inner->tablesample);

	foreach(lc, query->rowMarks)
	{
		RowMarkClause *mark = lfirst_node(RowMarkClause, lc);

		if (mark->rti == (Index) rti)
		{
			mark = copyObject(mark);
			mark->rti = 1;
			mark->pushedDown = true;
			sub->rowMarks = lappend(sub->rowMarks, mark);
		}
	}

	move_permissions(query, outer, sub, inner, rules, rel);
	if (observed)
		eth_protect_observe_relation(frame, sub, 1, rules, role);

	outer->rtekind = RTE_SUBQUERY;
	outer->subquery = sub;
	outer->security_barrier = false;
	outer->relid = InvalidOid;
	outer->relkind = 0;
	outer->rellockmode = 0;
	outer->inh = false;
	outer->tablesample = NULL;
	outer->ctename = NULL;

	if (!observed)
		frame->masked_relids = list_append_unique_oid(frame->masked_relids, rules->relid);
	RelationClose(rel);
}
