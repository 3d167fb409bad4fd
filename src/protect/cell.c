/*
 * cell.c
 *		mask() and drop_mask(): the rule of one column, and the calls that rules
 *		are made of.
 *
 * masked_as is one SQL expression over "value", parsed and transformed here,
 * once, as the caller would see its names; what is stored is the tree.  Any
 * column reference but "value" is refused before it can mean something.  The
 * expression gets an explicit cast to the column's type, so that what is stored
 * has exactly that type and the length of the column.
 *
 * rule() and rule_subject() are always false, and a support function tells the
 * planner so: as row policies they change nothing and cost nothing.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "consent/consent.h"
#include "mask/mask.h"
#include "protect/define.h"
#include "purpose/purpose.h"

/* ---- the calls in policies ---- */

PG_FUNCTION_INFO_V1(ethdata_rule);

/* rule(..), rule_subject(..) -> false: see protect.h for what the arguments say. */
Datum
ethdata_rule(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(false);
}

PG_FUNCTION_INFO_V1(ethdata__rule_support);

/* Support function: a call of a rule is the constant false. */
Datum
ethdata__rule_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(makeBoolConst(false, false));
	PG_RETURN_POINTER(NULL);
}

/* ---- parsing a mask ---- */

static void
unsafe(const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ETH_ERR_UNSAFE_MASK),
			 errmsg("the expression is not safe as a mask"),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

/* "value" is the cell; nothing else of the row or of any table has a name here. */
static Node *
value_reference(ParseState *pstate, ColumnRef *cref)
{
	Node	   *field = linitial(cref->fields);

	/*
	 * there is no range table for its Vars, so it must be refused before core
	 * looks for one
	 */
	if (pstate->parentParseState != NULL)
		unsafe("It contains a sub-select.",
			   "A mask is an expression over the word \"value\" that calls functions and operators.");
	if (list_length(cref->fields) == 1 && IsA(field, String) &&
		strcmp(strVal(field), "value") == 0)
		return copyObject((Node *) pstate->p_ref_hook_state);
	unsafe("It refers to a column other than \"value\".",
		   "The cell is called \"value\"; a mask may use nothing else of the row.");
	return NULL;
}

/* A parameter is nothing of the row either. */
static Node *
no_parameter(ParseState *pstate, ParamRef *pref)
{
	unsafe("It refers to a parameter.", "A mask may use \"value\" and constants.");
	return NULL;
}

/* Positions in errors are those in the text of the mask, not in the statement. */
static void
point_into_mask(void *arg)
{
	int			position = geterrposition();

	if (position <= 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery((const char *) arg);
}

static Node *
only_expression(const char *text)
{
	List	   *parsed = raw_parser(text, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select;
	ResTarget  *target;

	if (list_length(parsed) != 1 || !IsA(linitial_node(RawStmt, parsed)->stmt, SelectStmt))
		unsafe("It is not one expression.", "Give one SQL expression over \"value\".");
	select = (SelectStmt *) linitial_node(RawStmt, parsed)->stmt;
	if (list_length(select->targetList) != 1 || select->distinctClause || select->intoClause ||
		select->fromClause || select->whereClause || select->groupClause ||
		select->havingClause || select->windowClause || select->valuesLists ||
		select->sortClause || select->limitOffset || select->limitCount ||
		select->lockingClause || select->withClause || select->op != SETOP_NONE)
		unsafe("It is not one expression.", "Give one SQL expression over \"value\".");
	target = linitial_node(ResTarget, select->targetList);
	if (target->name != NULL || target->indirection != NIL)
		unsafe("It is not one bare expression.", "Give one SQL expression over \"value\".");
	return target->val;
}

/*
 * The mask as a tree of the column's type, checked.  The kind of expression is
 * the one in which core accepts everything, so that what may not be in a mask is
 * refused by one check, with one SQLSTATE.
 */
static Node *
transform_mask(Oid relid, Var *cell, const char *text)
{
	ParseState *pstate = make_parsestate(NULL);
	ErrorContextCallback callback;
	Node	   *expr;
	Oid			type;

	callback.callback = point_into_mask;
	callback.arg = (void *) text;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	expr = only_expression(text);
	pstate->p_sourcetext = text;
	pstate->p_pre_columnref_hook = value_reference;
	pstate->p_paramref_hook = no_parameter;
	pstate->p_ref_hook_state = cell;
	expr = transformExpr(pstate, expr, EXPR_KIND_OTHER);
	type = exprType(expr);
	if (!can_coerce_type(1, &type, &cell->vartype, COERCION_ASSIGNMENT))
		ereport(ERROR,
				(errcode(ETH_ERR_UNSAFE_MASK),
				 errmsg("mask has type %s, but column \"%s\" has type %s",
						format_type_be(type), get_attname(relid, cell->varattno, false),
						format_type_be(cell->vartype)),
				 errhint("Cast the mask to the column's type, or use a mask that gives it.")));
	expr = coerce_to_target_type(pstate, expr, type, cell->vartype, cell->vartypmod,
								 COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
	assign_expr_collations(pstate, expr);
	free_parsestate(pstate);
	eth_mask_check(expr, relid, cell->varattno);
	error_context_stack = callback.previous;
	return expr;
}

Node *
eth_protect_parse_mask(Oid relid, AttrNumber attnum, const char *text)
{
	Var		   *cell = makeVar(1, attnum, InvalidOid, -1, InvalidOid, 0);

	get_atttypetypmodcoll(relid, attnum, &cell->vartype, &cell->vartypmod, &cell->varcollid);
	return transform_mask(relid, cell, text);
}

/* NULL of the column's type, as the parser makes it when a dump is restored. */
static Node *
null_mask(const Var *cell)
{
	return coerce_to_target_type(NULL, (Node *) makeConst(UNKNOWNOID, -1, InvalidOid, -2,
														  (Datum) 0, true, false),
								 UNKNOWNOID, cell->vartype, -1,
								 COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
}

/* ---- arguments ---- */

static List *
purposes_arg(ArrayType *array)
{
	List	   *result = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			i;
	ListCell   *lc;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (i = 0; i < n; i++)
	{
		char	   *code;
		bool		twice = false;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("reveal_for must not contain nulls")));
		code = TextDatumGetCString(elements[i]);
		(void) eth_purpose_by_code(code, false);
		foreach(lc, result)
			twice = twice || strcmp(lfirst(lc), code) == 0;
		if (!twice)
			result = lappend(result, code);
	}
	return result;
}

static void
check_on_write(const char *on_write, const char *masked_as)
{
	if (strcmp(on_write, "refuse") != 0 && strcmp(on_write, "keep_if_mask") != 0 &&
		strcmp(on_write, "allow") != 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("unknown value \"%s\" for on_write", on_write),
				 errhint("It is refuse, keep_if_mask or allow.")));
	if (strcmp(on_write, "keep_if_mask") == 0 && masked_as == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("on_write keep_if_mask needs a mask that is not NULL"),
				 errdetail("A NULL that is written back could be the mask or a value."),
				 errhint("Give masked_as, or use on_write => 'refuse'.")));
}

static void
check_lookup(Oid relid, AttrNumber attnum)
{
	const char *problem;
	char		kind = get_rel_relkind(relid);
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	problem = eth_protect_lookup_problem(type, collation);
	if (problem == NULL && kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		problem = "It is no table that can have indexes.";
	if (problem == NULL)
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_REFUSED),
			 errmsg("values of column \"%s\" of %s cannot be looked up", get_attname(relid, attnum, false),
					eth_protect_relation_name(relid)),
			 errdetail("%s", problem),
			 errhint("Leave out lookup.")));
}

/* tableoid and pruning tell the values of a partition key, whatever the mask. */
static void
check_not_partition_key(Oid relid, AttrNumber attnum)
{
	char	   *name = get_attname(relid, attnum, false);
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		Relation	rel = table_open(lfirst_oid(lc), NoLock);
		AttrNumber	here = get_attnum(lfirst_oid(lc), name);
		bool		is_key = (here > 0 && rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE &&
							  has_partition_attrs(rel, bms_make_singleton(here - FirstLowInvalidHeapAttributeNumber), NULL));

		table_close(rel, NoLock);
		if (is_key)
			ereport(ERROR,
					(errcode(ETH_ERR_UNSAFE_MASK),
					 errmsg("column \"%s\" of %s cannot be masked", name, eth_protect_relation_name(relid)),
					 errdetail("It is part of a partition key, and in which partition a row stands tells its value."),
					 errhint("Partition by another column.")));
	}
}

static EthRule *
rule_of(List *rules, AttrNumber attnum)
{
	ListCell   *lc;

	foreach(lc, rules)
	{
		EthRule    *rule = lfirst(lc);

		if (!rule->person && eth_protect_rule_column(rule) == attnum)
			return rule;
	}
	return NULL;
}

static void
check_protected(Oid relid, List *rules)
{
	ListCell   *lc;

	foreach(lc, rules)
	{
		if (((EthRule *) lfirst(lc))->person)
			return;
	}
	if (rules == NIL && eth_protect_rules(relid) != NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("%s is protected through a table above it", eth_protect_relation_name(relid)),
				 errhint("Mask the column of that table.")));
	ereport(ERROR,
			(errcode(ETH_ERR_STATE),
			 errmsg("%s is not protected", eth_protect_relation_name(relid)),
			 errhint("Call ethdata.protect() first.")));
}

/* Whose cell it is: a person of the table, or one that a foreign key leads to. */
static void
check_subject(Oid relid, List *rules, List *keys)
{
	AttrNumber	columns[INDEX_MAX_KEYS];
	ListCell   *lc;
	int			n = 0;

	foreach(lc, rules)
	{
		EthRule    *rule = lfirst(lc);

		if (rule->person && equal(eth_protect_key_args(rule), keys))
			return;
	}
	foreach(lc, keys)
		columns[n++] = lfirst_int(lc);
	if (eth_consent_class_of_columns(relid, n, columns) == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("the subject of the cell is no person that %s is linked to",
						eth_protect_relation_name(relid)),
				 errhint("Name the columns of protect() or of link_subject().")));
}

static bool
is_subset(List *some, List *all)
{
	ListCell   *a;
	ListCell   *b;

	foreach(a, some)
	{
		bool		found = false;

		foreach(b, all)
			found = found || strcmp(lfirst(a), lfirst(b)) == 0;
		if (!found)
			return false;
	}
	return true;
}

/*
 * The same mask?  Compared as text: a tree that went through a dump may have
 * other coercion nodes that read alike.
 */
static bool
same_mask(const EthRule *rule, const FuncExpr *call)
{
	char	   *old = eth_protect_deparse_mask(eth_protect_arg(rule, ETH_RULE_MASK));
	char	   *new = eth_protect_deparse_mask(list_nth(call->args, ETH_RULE_MASK));

	return (old == NULL || new == NULL) ? old == new : strcmp(old, new) == 0;
}

/* An owner who is no administrator may take purposes away, nothing else. */
static void
check_not_less(Oid relid, const EthRule *rule, const FuncExpr *call, List *reveal_for)
{
	FuncExpr   *rest = copyObject((FuncExpr *) call);

	if (eth_core_is_admin(GetUserId()))
		return;
	list_nth_cell(rest->args, ETH_RULE_REVEAL)->ptr_value = eth_protect_arg(rule, ETH_RULE_REVEAL);
	list_nth_cell(rest->args, ETH_RULE_MASK)->ptr_value = eth_protect_arg(rule, ETH_RULE_MASK);
	if (same_mask(rule, call) && equal(rest, rule->call) &&
		is_subset(reveal_for, eth_protect_texts_arg(rule, ETH_RULE_REVEAL)))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("permission denied to change the mask of a column of %s",
					eth_protect_relation_name(relid)),
			 errdetail("An owner may take away purposes that reveal it; other changes are for policy administrators."),
			 errhint("Ask a member of role \"%s\".", ETH_ROLE_ADMIN)));
}

static bool
same_call(const EthRule *rule, const FuncExpr *call)
{
	FuncExpr   *rest = copyObject((FuncExpr *) call);

	list_nth_cell(rest->args, ETH_RULE_MASK)->ptr_value = eth_protect_arg(rule, ETH_RULE_MASK);
	return same_mask(rule, call) && equal(rest, rule->call);
}

static void
report_changes(const char *column, const EthRule *rule, const FuncExpr *call)
{
	static const char *const names[] = {
		[ETH_RULE_MASK] = "masked_as",
		[ETH_RULE_REVEAL] = "reveal_for",
		[ETH_RULE_CATEGORY] = "category",
		[ETH_RULE_ON_WRITE] = "on_write",
		[ETH_RULE_LOOKUP] = "lookup",
	};
	int			i;

	for (i = ETH_RULE_MASK; i <= ETH_RULE_LOOKUP; i++)
		if (i == ETH_RULE_MASK ? !same_mask(rule, call) :
			!equal(list_nth(call->args, i), list_nth(rule->call->args, i)))
			ereport(NOTICE, (errmsg("%s of column \"%s\" changed", names[i], column)));
	if (list_length(call->args) != list_length(rule->call->args) ||
		(list_length(call->args) > ETH_RULE_KEYS &&
		 !equal(list_copy_tail(call->args, ETH_RULE_KEYS),
				list_copy_tail(rule->call->args, ETH_RULE_KEYS))))
		ereport(NOTICE, (errmsg("subject of column \"%s\" changed", column)));
}

/* Columns generated from this one, which are masked by that. */
static void
report_derived(Oid relid, AttrNumber masked)
{
	const EthTableRules *rules = eth_protect_rules(relid);
	Relation	rel;
	Bitmapset  *derived;
	int			attnum = -1;

	if (rules == NULL || bms_is_empty(rules->derived))
		return;
	derived = bms_copy(rules->derived);
	rel = table_open(relid, NoLock);
	while ((attnum = bms_next_member(derived, attnum)) >= 0)
	{
		Bitmapset  *used = NULL;

		pull_varattnos(build_column_default(rel, attnum), 1, &used);
		if (bms_is_member(masked - FirstLowInvalidHeapAttributeNumber, used) ||
			bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber, used))
			ereport(NOTICE,
					(errmsg("column \"%s\" is generated from column \"%s\" and masked too, as NULL",
							get_attname(relid, attnum, false), get_attname(relid, masked, false)),
					 errhint("Give it a mask of its own with ethdata.mask().")));
	}
	table_close(rel, NoLock);
}

/* A special category is revealed only for purposes with a special ground. */
static void
report_special(const char *column, List *reveal_for)
{
	ListCell   *lc;

	foreach(lc, reveal_for)
	{
		const EthPurpose *purpose = eth_purpose_by_code(lfirst(lc), true);

		if (purpose != NULL && purpose->special_ground == NULL)
			ereport(NOTICE,
					(errmsg("column \"%s\" holds a special category of data and is not revealed for purpose \"%s\", which has no special ground",
							column, purpose->code),
					 errhint("Give the purpose a special_ground, or leave it out of reveal_for.")));
	}
}

/*
 * mask(relation regclass, column_name name, masked_as text, reveal_for text[],
 *		category text, subject text, on_write text, lookup boolean)
 *
 * Masks a column of a protected table.  Result: whether anything changed.
 * Errors: 55000 not preloaded or not protected, 42809 no table, 42501 neither
 * owner nor administrator, 42703 unknown column, 42704 unknown purpose or
 * subject, 22023 bad value, 42P17 unsafe mask or partition key, 42601 syntax,
 * 0A000 lookup of a column whose values cannot be looked up.
 */
PG_FUNCTION_INFO_V1(ethdata_mask);

Datum
ethdata_mask(PG_FUNCTION_ARGS)
{
	Oid			relid;
	char	   *column;
	char	   *masked_as;
	char	   *category;
	char	   *on_write;
	List	   *reveal_for;
	List	   *keys = NIL;
	List	   *rules;
	List	   *args;
	AttrNumber	attnum;
	Var		   *cell;
	Node	   *mask;
	EthRule    *rule;
	FuncExpr   *call;
	ListCell   *lc;
	char	   *origin;
	bool		lookup;
	bool		looked_up;

	eth_core_require_preload("ethdata.mask()");
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3) || PG_ARGISNULL(6) || PG_ARGISNULL(7))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("relation, column_name, reveal_for, on_write and lookup must not be null"),
				 errhint("reveal_for => '{}' reveals the column for no purpose.")));
	relid = PG_GETARG_OID(0);
	column = NameStr(*PG_GETARG_NAME(1));
	masked_as = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	category = PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4));
	on_write = text_to_cstring(PG_GETARG_TEXT_PP(6));
	lookup = PG_GETARG_BOOL(7);

	LockRelationOid(relid, AccessShareLock);
	eth_protect_check_relation(relid, "mask columns of");
	eth_core_require_owner_or_admin(relid, "mask columns of");
	rules = eth_protect_stored_rules(relid);
	check_protected(relid, rules);
	attnum = eth_protect_column(relid, column);
	check_not_partition_key(relid, attnum);
	reveal_for = purposes_arg(PG_GETARG_ARRAYTYPE_P(3));
	check_on_write(on_write, masked_as);
	if (lookup)
		check_lookup(relid, attnum);
	if (!PG_ARGISNULL(5))
	{
		keys = eth_protect_parse_columns(relid, "subject", text_to_cstring(PG_GETARG_TEXT_PP(5)));
		check_subject(relid, rules, keys);
	}

	rule = rule_of(rules, attnum);
	origin = eth_protect_label_origin(relid, attnum);
	if (category != NULL)
		eth_protect_check_category(category);
	else if (rule != NULL)
		category = eth_protect_text_arg(rule, ETH_RULE_CATEGORY);
	if (category == NULL)
		category = eth_protect_label(relid, attnum);
	if (category == NULL)
		category = "unclassified";

	cell = makeVar(1, attnum, InvalidOid, -1, InvalidOid, 0);
	get_atttypetypmodcoll(relid, attnum, &cell->vartype, &cell->vartypmod, &cell->varcollid);
	if (masked_as != NULL)
		mask = transform_mask(relid, cell, masked_as);
	else
		mask = null_mask(cell);

	args = list_make5(cell, mask, eth_protect_texts_const(reveal_for),
					  eth_protect_text_const(category), eth_protect_text_const(on_write));
	args = lappend(args, makeBoolConst(lookup, false));
	foreach(lc, keys)
	{
		Var		   *key = makeVar(1, lfirst_int(lc), InvalidOid, -1, InvalidOid, 0);

		get_atttypetypmodcoll(relid, lfirst_int(lc), &key->vartype, &key->vartypmod, &key->varcollid);
		args = lappend(args, key);
	}
	call = eth_protect_make_call(false, args);

	if (rule != NULL && same_call(rule, call))
		PG_RETURN_BOOL(false);

	/* somebody may have been quicker; what was compared must still stand */
	LockRelationOid(relid, AccessExclusiveLock);
	rule = rule_of(eth_protect_stored_rules(relid), attnum);
	if (rule != NULL && same_call(rule, call))
		PG_RETURN_BOOL(false);
	if (rule == NULL)
		(void) eth_protect_rule_insert(relid, call,
									   list_make1_oid(get_role_oid(ETH_ROLE_EXEMPT, false)));
	else
	{
		check_not_less(relid, rule, call, reveal_for);
		report_changes(column, rule, call);
		eth_protect_rule_update(relid, rule, call);
	}
	looked_up = rule != NULL && eth_protect_bool_arg(rule, ETH_RULE_LOOKUP);
	if (lookup && !looked_up)
		eth_protect_make_blind_indexes(relid, attnum);
	else if (looked_up && !lookup)
		eth_protect_drop_blind_indexes(relid, attnum);
	eth_protect_set_label(relid, attnum, category, origin ? origin : "declared");
	CommandCounterIncrement();
	eth_protect_narrow(relid);
	if (rule == NULL)
		report_derived(relid, attnum);
	if (eth_protect_is_special_category(category))
		report_special(column, reveal_for);
	PG_RETURN_BOOL(true);
}

/*
 * drop_mask(relation regclass, column_name name)
 *
 * Takes the rule of a column away and gives back the grants that were withdrawn
 * for it.  Result: false when there was none.  Errors: 42501 not a policy
 * administrator, 42809, 42703, 22023.
 */
PG_FUNCTION_INFO_V1(ethdata_drop_mask);

Datum
ethdata_drop_mask(PG_FUNCTION_ARGS)
{
	Oid			relid;
	AttrNumber	attnum;
	EthRule    *rule;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("relation and column_name must not be null")));
	relid = PG_GETARG_OID(0);
	LockRelationOid(relid, AccessShareLock);
	eth_protect_check_relation(relid, "drop the mask of a column of");
	eth_core_require_admin("drop the mask of a column");
	attnum = eth_protect_column(relid, NameStr(*PG_GETARG_NAME(1)));
	if (rule_of(eth_protect_stored_rules(relid), attnum) == NULL)
		PG_RETURN_BOOL(false);
	LockRelationOid(relid, AccessExclusiveLock);
	rule = rule_of(eth_protect_stored_rules(relid), attnum);
	if (rule == NULL)
		PG_RETURN_BOOL(false);
	if (eth_protect_bool_arg(rule, ETH_RULE_LOOKUP))
		eth_protect_drop_blind_indexes(relid, attnum);
	eth_protect_rule_drop(relid, rule);
	eth_protect_narrow(relid);
	PG_RETURN_BOOL(true);
}
