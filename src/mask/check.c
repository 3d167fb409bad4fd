/*
 * check.c
 *		May this expression be a mask?
 *
 * A mask is computed with the rights of whoever reads the table, on a value
 * that he may not see.  So it must neither tell him the value nor, written by
 * somebody else, do things in his name.  It may
 *
 *	- mention the column itself, and nothing else of the row or the database: no
 *	  other column, no whole row, no system column, no sub-select, no parameter;
 *	- be one value of one value: no aggregate, window function, set;
 *	- not be volatile;
 *	- call functions of ethdata, functions that belong to a superuser, and
 *	  SECURITY DEFINER functions that belong to the owner of the table.  What
 *	  hides in operators, casts, conversions through text, and constraints of
 *	  domains is called too.
 *
 * The kinds of expression are listed, not the forbidden ones: what a later
 * PostgreSQL brings is refused until it was looked at.
 *
 * A type of its own may bring code along: the cast to json of a type is called
 * by to_jsonb(anyelement), a domain's constraint by every conversion.  So
 * conversions and functions that take "any" type are refused for types that do
 * not belong to a superuser, but for conversions of enums and harmless domains.
 *
 * A SECURITY DEFINER function runs as the owner of the table.  What it is given
 * must come out of the column: beside it only immutable functions may be called,
 * else table_to_xml() or current_setting() would hand the owner what only the
 * reader may read.
 *
 * Who declares a keyed mask must be allowed to: the owner of a table could
 * else put values in and read their pseudonyms, which is what the key is there
 * to prevent.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "mask/internal.h"

/* What was found to be wrong; message NULL: nothing. */
typedef struct Check
{
	Oid			relid;
	Oid			owner;			/* of the table */
	AttrNumber	attnum;
	bool		constants;		/* refuse constant arguments that make no
								 * sense */
	bool		in_domain;		/* walking a domain's constraint */
	bool		has_definer;	/* the owner's code gets values */
	Oid			stable;			/* a function called by name that may read
								 * settings or tables */
	int			sqlstate;
	char	   *message;
	char	   *detail;
	const char *hint;
} Check;

static bool check_walker(Node *node, void *context);

/* refuse -- remember the reason; true, so that walkers stop. */
static bool
refuse(Check *check, const char *hint, char *detail)
{
	check->sqlstate = ETH_ERR_UNSAFE_MASK;
	check->message = pstrdup("the expression is not safe as a mask");
	check->detail = detail;
	check->hint = hint;
	return true;
}

static Oid
relation_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* check_function -- check_functions_in_node() calls it for every function of a node. */
static bool
check_function(Oid funcid, void *context)
{
	Check	   *check = context;
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	bool		result = false;

	if (!HeapTupleIsValid(tuple))
		return refuse(check, NULL, psprintf("Function %u does not exist.", funcid));
	proc = (Form_pg_proc) GETSTRUCT(tuple);

	if (proc->provolatile == PROVOLATILE_VOLATILE)
		result = refuse(check,
						"A mask must give the same result for the same value. Use a function that is immutable or stable.",
						psprintf("Function %s is volatile.", format_procedure(funcid)));
	else if (proc->proretset)
		result = refuse(check,
						"A mask is one value.",
						psprintf("Function %s returns a set.", format_procedure(funcid)));
	else if (superuser_arg(proc->proowner) ||
			 eth_core_is_member(ProcedureRelationId, funcid))
		result = false;
	else if (proc->prosecdef && proc->proowner == check->owner)
		check->has_definer = true;
	else
	{
		char	   *owner = GetUserNameFromId(proc->proowner, true);

		result = refuse(check,
						"Masks run with the rights of whoever reads the table. Use functions of ethdata, of PostgreSQL, of a superuser, or a SECURITY DEFINER function that belongs to the owner of the table.",
						psprintf("Function %s belongs to %s%s.", format_procedure(funcid),
								 owner ? owner : "a role that is gone",
								 proc->proowner == check->owner ? " and is not SECURITY DEFINER" : ""));
	}
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Functions of core that are stable because they look at settings, and at nothing
 * else.  Others, as table_to_xml(), run queries as whoever reads.
 */
static const char *const stable_functions[] = {
	"age", "array_to_json", "array_to_string", "concat", "concat_ws", "date_part", "date_trunc", "extract",
	"format", "json_build_array", "json_build_object", "jsonb_build_array", "jsonb_build_object", "make_timestamptz", "now",
	"row_to_json", "timezone", "to_char", "to_date", "to_json", "to_jsonb", "to_number", "to_timestamp"
};

/* check_named_function -- called by name, not by an operator or a cast. */
static bool
check_named_function(const FuncExpr *func, Check *check)
{
	char	   *name;
	size_t		i;

	if (func->funcid >= FirstNormalObjectId || func->funcformat == COERCE_EXPLICIT_CAST ||
		func->funcformat == COERCE_IMPLICIT_CAST ||
		func_volatile(func->funcid) == PROVOLATILE_IMMUTABLE)
		return false;
	name = get_func_name(func->funcid);
	for (i = 0; name != NULL && i < lengthof(stable_functions); i++)
		if (strcmp(name, stable_functions[i]) == 0)
			return false;
	return refuse(check,
				  "A mask depends on the value and, where dates and texts are formatted, on settings of the session. Wrap another function in one of a superuser's.",
				  psprintf("Function %s may read more than its arguments.", format_procedure(func->funcid)));
}

/* superuser_function -- does it run with the reader's rights?  The other kind that is allowed does not. */
static bool
superuser_function(Oid funcid)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		result = superuser_arg(((Form_pg_proc) GETSTRUCT(tuple))->proowner);
		ReleaseSysCache(tuple);
	}
	return result;
}

/*
 * check_domain -- are the functions in a domain's own constraints allowed ones?
 * Read from the catalogue as they were declared: the type cache has them
 * planned, with functions inlined, which may be replaced later.
 */
static bool
check_domain(Oid type, Check *check)
{
	Relation	rel = table_open(ConstraintRelationId, AccessShareLock);
	bool		was_in_domain = check->in_domain;
	bool		result = false;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_constraint_contypid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(type));
	scan = systable_beginscan(rel, ConstraintTypidIndexId, true, NULL, 1, &key);
	check->in_domain = true;
	while (!result && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Datum		tree = heap_getattr(tuple, Anum_pg_constraint_conbin, RelationGetDescr(rel), &isnull);

		if (!isnull)
			result = check_walker(stringToNode(TextDatumGetCString(tree)), check);
	}
	check->in_domain = was_in_domain;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/*
 * check_type -- may values of the type be converted through text, or ("any") be
 * given to a function that takes any type?  Enums convert by core's code, but
 * may have a cast to json of their own, which only the latter looks for.
 */
static bool
check_type(Oid type, bool any, Check *check)
{
	for (;;)
	{
		HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
		Form_pg_type form;
		Oid			owner;
		Oid			base;
		Oid			element;
		char		kind;

		if (!HeapTupleIsValid(tuple))
			return refuse(check, NULL, psprintf("Type %u does not exist.", type));
		form = (Form_pg_type) GETSTRUCT(tuple);
		owner = form->typowner;
		kind = form->typtype;
		base = form->typbasetype;
		element = IsTrueArrayType(form) ? form->typelem : InvalidOid;
		ReleaseSysCache(tuple);

		if (kind == TYPTYPE_DOMAIN)
		{
			if (!superuser_arg(owner) && owner != check->owner)
				break;
			if (check_domain(type, check))
				return true;
			type = base;
		}
		else if (OidIsValid(element))
			type = element;
		else if (any && type == RECORDOID)
			break;				/* nobody knows what its fields are */
		else if (superuser_arg(owner) || kind == TYPTYPE_PSEUDO || (kind == TYPTYPE_ENUM && !any))
			return false;
		else
			break;
	}

	return refuse(check,
				  "Its conversions could run code of the type's owner with the rights of whoever reads the table. Cast the value to text, or let a superuser own the type.",
				  psprintf("Values of type %s are converted or handed to a function that takes any type.",
						   format_type_be(type)));
}

/* check_fields -- a row made on the spot: its fields are handed over one by one. */
static bool
check_fields(const RowExpr *row, Check *check)
{
	ListCell   *lc;

	foreach(lc, row->args)
	{
		Node	   *field = lfirst(lc);

		if (IsA(field, RowExpr) ? check_fields((RowExpr *) field, check) :
			check_type(exprType(field), true, check))
			return true;
	}
	return false;
}

/* check_polymorphic -- arguments that a function takes as of "any" type. */
static bool
check_polymorphic(Oid funcid, List *args, Check *check)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	ListCell   *cell;
	int			i = 0;
	bool		result = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	foreach(cell, args)
	{
		Node	   *arg = lfirst(cell);
		int			number = IsA(arg, NamedArgExpr) ? ((NamedArgExpr *) arg)->argnumber : i;
		Oid			declared;

		if (proc->pronargs == 0)
			break;

		/*
		 * arguments of a VARIADIC "any" beyond the declared ones are as the
		 * last one
		 */
		declared = proc->proargtypes.values[Min(number, proc->pronargs - 1)];
		i++;
		if (declared == ANYOID || declared == RECORDOID || declared == RECORDARRAYOID ||
			(IsPolymorphicType(declared) && declared != ANYENUMOID && declared != ANYRANGEOID))
		{
			if (IsA(arg, NamedArgExpr))
				arg = (Node *) ((NamedArgExpr *) arg)->arg;
			if (IsA(arg, RowExpr) ? check_fields((RowExpr *) arg, check) :
				check_type(exprType(arg), true, check))
			{
				result = true;
				break;
			}
		}
	}
	ReleaseSysCache(tuple);
	return result;
}

static bool
refuse_kind(Check *check, const char *what)
{
	return refuse(check,
				  "A mask is an expression over the word \"value\" that calls functions and operators.",
				  psprintf("It contains %s.", what));
}

/* check_var -- only the column itself. */
static bool
check_var(Var *var, Check *check)
{
	static const char *const hint = "Only the column itself may be mentioned; write \"value\" for it.";
	char	   *name;

	if (var->varlevelsup == 0 && var->varno == 1 && var->varattno == check->attnum)
		return false;
	if (var->varlevelsup != 0 || var->varno != 1)
		return refuse(check, hint, pstrdup("It mentions another relation."));
	if (var->varattno == 0)
		return refuse(check, hint, pstrdup("It mentions the whole row."));
	name = get_attname(check->relid, var->varattno, true);
	if (var->varattno < 0)
		return refuse(check, hint, psprintf("It mentions the system column \"%s\".", name ? name : "?"));
	return refuse(check, hint, psprintf("It mentions the column \"%s\".", name ? name : "?"));
}

/* check_constants -- constant arguments of our own masks that make no sense. */
static bool
check_constants(FuncExpr *func, Check *check)
{
	EthBadConstant bad;

	if (!check->constants || !eth_mask_has_bad_constant(func, &bad))
		return false;
	check->sqlstate = ETH_ERR_BAD_VALUE;
	check->message = bad.message;
	check->detail = bad.detail;
	check->hint = bad.hint;
	return true;
}

static bool
check_walker(Node *node, void *context)
{
	Check	   *check = context;

	if (node == NULL)
		return false;

	switch (nodeTag(node))
	{
			/* nothing in them but what the walker comes to */
		case T_List:
		case T_Const:
		case T_BoolExpr:
		case T_RelabelType:
		case T_CollateExpr:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_NamedArgExpr:
		case T_CoalesceExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_ArrayExpr:
		case T_RowExpr:
		case T_FieldSelect:
		case T_SubscriptingRef:
		case T_ArrayCoerceExpr:
		case T_SQLValueFunction:
			break;

		case T_Var:
			return check_var((Var *) node, check);

		case T_CoerceToDomainValue:
			if (!check->in_domain)
				return refuse_kind(check, "a domain's VALUE outside a domain");
			break;

		case T_FuncExpr:
			if (check_function(((FuncExpr *) node)->funcid, check) ||
				check_named_function((FuncExpr *) node, check) ||
				check_polymorphic(((FuncExpr *) node)->funcid, ((FuncExpr *) node)->args, check) ||
				check_constants((FuncExpr *) node, check))
				return true;
			if (func_volatile(((FuncExpr *) node)->funcid) != PROVOLATILE_IMMUTABLE &&
				superuser_function(((FuncExpr *) node)->funcid) && !eth_mask_is_own(((FuncExpr *) node)->funcid))
				check->stable = ((FuncExpr *) node)->funcid;
			break;

		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			set_opfuncid((OpExpr *) node);
			if (check_function(((OpExpr *) node)->opfuncid, check) ||
				check_polymorphic(((OpExpr *) node)->opfuncid, ((OpExpr *) node)->args, check))
				return true;
			break;

		case T_ScalarArrayOpExpr:
			set_sa_opfuncid((ScalarArrayOpExpr *) node);
			if (check_function(((ScalarArrayOpExpr *) node)->opfuncid, check))
				return true;
			break;

		case T_MinMaxExpr:
		case T_RowCompareExpr:

			/*
			 * operators of default classes, which only superusers make; a
			 * row's are named
			 */
			if (check_functions_in_node(node, check_function, check))
				return true;
			break;

		case T_CoerceViaIO:
			if (check_functions_in_node(node, check_function, check) ||
				check_type(((CoerceViaIO *) node)->resulttype, false, check) ||
				check_type(exprType((Node *) ((CoerceViaIO *) node)->arg), false, check))
				return true;
			break;

		case T_CoerceToDomain:
			if (check_type(((CoerceToDomain *) node)->resulttype, false, check))
				return true;
			break;

		case T_SubLink:
		case T_SubPlan:
		case T_AlternativeSubPlan:
		case T_Query:
			return refuse_kind(check, "a sub-select");
		case T_Aggref:
		case T_GroupingFunc:
			return refuse_kind(check, "an aggregate");
		case T_WindowFunc:
			return refuse_kind(check, "a window function");
		case T_Param:
			return refuse_kind(check, "a parameter");
		case T_NextValueExpr:
			return refuse(check, "A mask must give the same result for the same value.",
						  pstrdup("It draws from a sequence."));
		case T_SetToDefault:
			return refuse_kind(check, "DEFAULT");
		case T_CurrentOfExpr:
			return refuse_kind(check, "CURRENT OF");
		default:
			return refuse_kind(check, "a kind of expression that is not allowed in masks");
	}

	return expression_tree_walker(node, check_walker, check);
}

/* run_check -- true when the expression is safe. */
static bool
run_check(Node *expr, Oid relid, AttrNumber attnum, bool constants, Check *check)
{
	Node	   *inner;

	memset(check, 0, sizeof(Check));
	check->relid = relid;
	check->attnum = attnum;
	check->constants = constants;
	check->owner = relation_owner(relid);

	/* set_opfuncid() writes into nodes: the caller's tree may be shared */
	expr = copyObject(expr);

	inner = expr;
	while (inner != NULL && (IsA(inner, RelabelType) || IsA(inner, CollateExpr)))
		inner = IsA(inner, RelabelType) ? (Node *) ((RelabelType *) inner)->arg : (Node *) ((CollateExpr *) inner)->arg;
	if (inner != NULL && IsA(inner, Var) && !check_var((Var *) inner, check))
	{
		refuse(check, "Leave out masked_as to show NULL, or use a function such as ethdata.mask_partial(value, 1, '***', 0).",
			   pstrdup("It is the column itself and hides nothing."));
		return false;
	}

	if (check_walker(expr, check))
		return false;

	if (check->has_definer && OidIsValid(check->stable))
	{
		refuse(check, "Call it inside the SECURITY DEFINER function.",
			   psprintf("Function %s is not immutable, and could give the owner of the table what only the reader may read.",
						format_procedure(check->stable)));
		return false;
	}

	/* said by our walk already, node by node; core's own answer must agree */
	if (contain_volatile_functions(expr))
	{
		refuse(check, "Use functions that are immutable or stable.", pstrdup("It is volatile."));
		return false;
	}
	if (expression_returns_set(expr))
	{
		refuse(check, "A mask is one value.", pstrdup("It returns a set."));
		return false;
	}
	return true;
}

static bool
keyed_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && OidIsValid(eth_mask_twin(((FuncExpr *) node)->funcid)))
	{
		*(Oid *) context = ((FuncExpr *) node)->funcid;
		return true;
	}
	return expression_tree_walker(node, keyed_walker, context);
}

void
eth_mask_check(Node *expr, Oid relid, AttrNumber attnum)
{
	Check		check;
	Oid			keyed = InvalidOid;

	if (!run_check(expr, relid, attnum, true, &check))
		ereport(ERROR,
				(errcode(check.sqlstate),
				 errmsg("%s", check.message),
				 check.detail ? errdetail("%s", check.detail) : 0,
				 check.hint ? errhint("%s", check.hint) : 0));

	if (keyed_walker(expr, &keyed) &&
		!eth_core_is_admin(GetUserId()) &&
		eth_compat_proc_aclcheck(keyed, GetUserId(), ACL_EXECUTE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("must be a policy administrator to declare a mask with %s", format_procedure(keyed)),
				 errdetail("Whoever owns a table could put values into it and read their pseudonyms."),
				 errhint("Ask a member of %s to declare the mask.", ETH_ROLE_ADMIN)));
}

bool
eth_mask_is_safe(Node *expr, Oid relid, AttrNumber attnum)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "ethdata mask check", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Check		check;

	/*
	 * a unit that means nothing gives NULL, which is safe: the rest must be
	 * as safe
	 */
	bool		result = run_check(expr, relid, attnum, false, &check);

	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return result;
}

static bool
may_raise_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	/* a conversion that fails does so for every row, and quotes no value */
	if (eth_mask_is_constant(node))
		return false;

	switch (nodeTag(node))
	{
		case T_List:
		case T_Var:
		case T_RelabelType:
		case T_CollateExpr:
		case T_NamedArgExpr:
			break;
		case T_FuncExpr:
			if (!eth_mask_is_own(((FuncExpr *) node)->funcid))
				return true;
			break;
		default:
			return true;
	}
	return expression_tree_walker(node, may_raise_walker, context);
}

bool
eth_mask_may_raise(Node *expr)
{
	return may_raise_walker(expr, NULL);
}
