/*
 * constant.c
 *		Constant arguments of our own masks that make no sense.
 *
 * With such an argument a mask is NULL for every row, as masks raise nothing.
 * Whoever declares the mask wants to know, so it is refused then.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "mask/internal.h"

/* No mask of ours has more arguments. */
#define MAX_ARGS 4

/* The arguments of a call: NULL for one that is left out or no constant. */
typedef struct Arguments
{
	Oid			type;			/* of the value */
	const Const *constants[MAX_ARGS];
} Arguments;

bool
eth_mask_is_constant(Node *node)
{
	List	   *parts;
	ListCell   *cell;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Const:
			return true;
		case T_RelabelType:
			return eth_mask_is_constant((Node *) ((RelabelType *) node)->arg);
		case T_ArrayExpr:
			parts = ((ArrayExpr *) node)->elements;
			break;
		case T_FuncExpr:
			{
				FuncExpr   *func = (FuncExpr *) node;

				/* those below are PostgreSQL's own */
				if ((func->funcformat != COERCE_IMPLICIT_CAST && func->funcformat != COERCE_EXPLICIT_CAST) ||
					func->funcid >= FirstUnpinnedObjectId || func->funcretset ||
					func_volatile(func->funcid) != PROVOLATILE_IMMUTABLE)
					return false;
				parts = func->args;
				break;
			}
		default:
			return false;
	}
	foreach(cell, parts)
	{
		if (!eth_mask_is_constant(lfirst(cell)))
			return false;
	}
	return true;
}

/* constant_of -- the constant that an argument comes to, or NULL. */
static const Const *
constant_of(Node *node)
{
	if (!eth_mask_is_constant(node))
		return NULL;
	node = eval_const_expressions(NULL, node);
	return IsA(node, Const) ? (Const *) node : NULL;
}

/* read_arguments -- by position or by name; a default is not in the tree yet. */
static void
read_arguments(FuncExpr *func, Arguments *arguments)
{
	ListCell   *cell;
	int			i = 0;

	memset(arguments, 0, sizeof(Arguments));
	foreach(cell, func->args)
	{
		Node	   *arg = lfirst(cell);
		int			number = i++;

		if (IsA(arg, NamedArgExpr))
		{
			number = ((NamedArgExpr *) arg)->argnumber;
			arg = (Node *) ((NamedArgExpr *) arg)->arg;
		}
		if (number == 0)
			arguments->type = exprType(arg);
		else if (number < MAX_ARGS)
			arguments->constants[number] = constant_of(arg);
	}
}

static inline bool
is_null(const Const *constant)
{
	return constant != NULL && constant->constisnull;
}

/* Is it a constant with a value? */
static inline bool
is_given(const Const *constant)
{
	return constant != NULL && !constant->constisnull;
}

static bool
bad_date(const Arguments *arguments, EthBadConstant *bad)
{
	const Const *unit = arguments->constants[1];

	if (is_null(unit))
		bad->message = pstrdup("the unit of ethdata.mask_date() must not be NULL");
	else if (is_given(unit) && !eth_mask_unit_is_known(DatumGetTextPP(unit->constvalue), arguments->type))
		bad->message = psprintf("unit \"%s\" is not known to ethdata.mask_date() for type %s",
								TextDatumGetCString(unit->constvalue),
								format_type_be(arguments->type));
	bad->hint = "Use week, month, quarter, year, decade, century or millennium; for timestamps also day or hour.";
	return bad->message != NULL;
}

static bool
bad_number(const Arguments *arguments, EthBadConstant *bad)
{
	const Const *bucket = arguments->constants[1];
	const Const *lowest = arguments->constants[2];
	const Const *highest = arguments->constants[3];

	if (is_null(bucket))
		bad->message = pstrdup("the bucket of ethdata.mask_number() must not be NULL");
	else if (is_given(bucket) && !eth_mask_bucket_is_good(arguments->type, bucket->constvalue))
		bad->message = psprintf("the bucket of ethdata.mask_number() for type %s must be a number greater than %d",
								format_type_be(arguments->type),
								arguments->type == INT4OID || arguments->type == INT8OID ? 1 : 0);
	else if (is_given(lowest) && is_given(highest) &&
			 !eth_mask_bounds_are_good(arguments->type, lowest->constvalue, highest->constvalue))
		bad->message = pstrdup("the lowest value of ethdata.mask_number() is greater than the highest");
	bad->hint = "Use mask_number(value, bucket), or mask_number(value, bucket, lowest, highest) to hide which values are rare.";
	return bad->message != NULL;
}

static bool
bad_ip(const Arguments *arguments, EthBadConstant *bad)
{
	const Const *ipv4 = arguments->constants[1];
	const Const *ipv6 = arguments->constants[2];

	if (is_null(ipv4) || is_null(ipv6))
		bad->message = pstrdup("the prefix lengths of ethdata.mask_ip() must not be NULL");
	else if (!eth_mask_prefix_is_good(is_given(ipv4) ? DatumGetInt32(ipv4->constvalue) : 0,
									  is_given(ipv6) ? DatumGetInt32(ipv6->constvalue) : 0))
		bad->message = pstrdup("the prefix lengths of ethdata.mask_ip() must be 0 to 31 for IPv4 and 0 to 127 for IPv6");
	bad->hint = "Leave them out for 24 and 48.";
	return bad->message != NULL;
}

static bool
bad_paths(const Arguments *arguments, bool keep, EthBadConstant *bad)
{
	const char *name = keep ? "mask_jsonb_keep" : "mask_jsonb";
	const Const *paths = arguments->constants[1];
	const char *problem;
	int			number;

	if (is_null(paths))
		bad->message = psprintf("the paths of ethdata.%s() must not be NULL", name);
	else if (is_given(paths) &&
			 eth_mask_read_paths(DatumGetArrayTypeP(paths->constvalue), keep, &problem, &number) == NULL)
	{
		bad->message = psprintf("the paths of ethdata.%s() make no sense", name);
		bad->detail = number == 0 ? pstrdup(problem) : psprintf("Path %d: %s", number, problem);
	}
	bad->hint = "Each path is keys with dots between, such as contact.email; * is any key, ** any number of them.";
	return bad->message != NULL;
}

static bool
bad_locale(const Arguments *arguments, const char *name, EthBadConstant *bad)
{
	const Const *locale = arguments->constants[1];

	if (is_null(locale))
		bad->message = psprintf("the locale of ethdata.%s() must not be NULL", name);
	else if (is_given(locale) && !eth_mask_locale_is_known(DatumGetTextPP(locale->constvalue)))
		bad->message = psprintf("locale \"%s\" is not known to ethdata.%s()",
								TextDatumGetCString(locale->constvalue), name);
	bad->hint = "Use en, de, fr or es.";
	return bad->message != NULL;
}

bool
eth_mask_has_bad_constant(FuncExpr *func, EthBadConstant *bad)
{
	Arguments	arguments;
	char	   *name;

	memset(bad, 0, sizeof(EthBadConstant));
	if (!eth_mask_is_own(func->funcid))
		return false;
	name = get_func_name(func->funcid);
	if (name == NULL)
		return false;
	read_arguments(func, &arguments);

	if (strcmp(name, "mask_date") == 0)
		return bad_date(&arguments, bad);
	if (strcmp(name, "mask_number") == 0)
		return bad_number(&arguments, bad);
	if (strcmp(name, "mask_ip") == 0)
		return bad_ip(&arguments, bad);
	if (strcmp(name, "mask_jsonb") == 0)
		return bad_paths(&arguments, false, bad);
	if (strcmp(name, "mask_jsonb_keep") == 0)
		return bad_paths(&arguments, true, bad);
	if (strncmp(name, "mask_fake_", strlen("mask_fake_")) == 0)
		return bad_locale(&arguments, name, bad);
	return false;
}
