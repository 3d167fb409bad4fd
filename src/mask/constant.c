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

static bool
bad_ratio(const Arguments *arguments, EthBadConstant *bad)
{
	const Const *ratio = arguments->constants[1];

	if (is_null(ratio))
		bad->message = pstrdup("the ratio of ethdata.mask_noise() must not be NULL");
	else if (is_given(ratio) && !eth_mask_ratio_is_good(DatumGetFloat8(ratio->constvalue)))
		bad->message = pstrdup("the ratio of ethdata.mask_noise() must be 0.01 to 1");
	bad->hint = "Use mask_noise(value, 0.1) to move values by up to a tenth.";
	return bad->message != NULL;
}

static bool
bad_days(const Arguments *arguments, EthBadConstant *bad)
{
	const Const *days = arguments->constants[1];

	if (is_null(days))
		bad->message = pstrdup("the days of ethdata.mask_date_noise() must not be NULL");
	else if (is_given(days) && !eth_mask_days_are_good(DatumGetInt32(days->constvalue)))
		bad->message = pstrdup("the days of ethdata.mask_date_noise() must be 1 to 36500");
	bad->hint = "Use mask_date_noise(value, 30) to move dates by up to 30 days.";
	return bad->message != NULL;
}

static bool
bad_pattern(const Arguments *arguments, EthBadConstant *bad)
{
	const Const *pattern = arguments->constants[1];
	const char *problem;

	if (is_null(pattern) || is_null(arguments->constants[2]))
		bad->message = pstrdup("pattern and padding of ethdata.mask_keep_pattern() must not be NULL");
	else if (is_given(pattern) && !eth_mask_pattern_is_good(DatumGetTextPP(pattern->constvalue), &problem))
	{
		bad->message = pstrdup("the pattern of ethdata.mask_keep_pattern() makes no sense");
		bad->detail = pstrdup(problem);
	}
	bad->hint = "Put what is to be shown in parentheses, as in '^([A-Z]{2})-[0-9]+$'.";
	return bad->message != NULL;
}

static bool
bad_postcode(const Arguments *arguments, EthBadConstant *bad)
{
	const Const *keep = arguments->constants[1];

	if (is_null(keep))
		bad->message = pstrdup("the number of characters of ethdata.mask_postcode() must not be NULL");
	else if (is_given(keep) && !eth_mask_keep_is_good(DatumGetInt32(keep->constvalue)))
		bad->message = pstrdup("the number of characters of ethdata.mask_postcode() must be 0 to 4");
	bad->hint = "Leave it out to keep 2.";
	return bad->message != NULL;
}

static bool
bad_array(const Arguments *arguments, EthBadConstant *bad)
{
	const Const *longest = arguments->constants[2];

	if (is_null(arguments->constants[1]) || is_null(longest))
		bad->message = pstrdup("element and length of ethdata.mask_array() must not be NULL");
	else if (is_given(longest) && !eth_mask_length_is_good(DatumGetInt32(longest->constvalue)))
		bad->message = pstrdup("the length of ethdata.mask_array() must be 1 to 100");
	bad->hint = "Leave both out for one element of three stars.";
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
	if (strcmp(name, "mask_keep_pattern") == 0)
		return bad_pattern(&arguments, bad);
	if (strcmp(name, "mask_postcode") == 0)
		return bad_postcode(&arguments, bad);
	if (strcmp(name, "mask_array") == 0)
		return bad_array(&arguments, bad);
	if (strcmp(name, "mask_noise") == 0)
		return bad_ratio(&arguments, bad);
	if (strcmp(name, "mask_date_noise") == 0)
		return bad_days(&arguments, bad);
	if (strncmp(name, "mask_fake_", strlen("mask_fake_")) == 0)
		return bad_locale(&arguments, name, bad);
	return false;
}
