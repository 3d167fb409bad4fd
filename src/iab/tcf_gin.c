/*
 * tcf_gin.c
 *		GIN: whom a TC string permits what.
 *
 * The operator tc @@ {vendor, purpose, ...} asks whether tc_permits() the vendor
 * each of the purposes; the planner makes it of tc_permits(tc, vendor, purpose) by
 * the support function here.
 *
 * A string may claim all vendors many times over in a few bytes, so that keys are
 * no vendors but blocks of them whose size is a power of two: a run of vendors is
 * at most 30 blocks, all 65 535 are 16.  A vendor is in 16 blocks, one of each
 * size, and a query looks up those.  A key is
 *
 *		bits 22 and up	what is said: see EthUseKeyKind
 *		bits 16 to 21	of vendors, the block's size as a power of two
 *		bits 0 to 15	the vendor's id by that size, or the purpose
 *
 * Keys know no restrictions of publishers: where there are any, rows are checked
 * again.
 */
#include "postgres.h"

#include "access/gin.h"
#include "access/stratnum.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "iab/iab.h"

typedef enum EthUseKeyKind
{
	ETH_KEY_VENDOR_CONSENT,
	ETH_KEY_VENDOR_INTEREST,
	ETH_KEY_PURPOSE_CONSENT,
	ETH_KEY_PURPOSE_INTEREST
} EthUseKeyKind;

#define SIZES 16				/* of blocks, 2^0 to 2^15 */
#define PERMITS_STRATEGY 1
#define MOST_PURPOSES 24

static int32
vendor_key(EthUseKeyKind kind, int size, uint32 vendor)
{
	return (int32) kind << 22 | size << 16 | (int32) (vendor >> size);
}

static int32
purpose_key(EthUseKeyKind kind, int purpose)
{
	return (int32) kind << 22 | purpose;
}

typedef struct EthKeys
{
	int			n;
	int			space;
	Datum	   *key;
} EthKeys;

static void
add_key(EthKeys *keys, int32 key)
{
	if (keys->n >= keys->space)
	{
		keys->space = Max(64, keys->space * 2);
		keys->key = keys->key == NULL ? palloc(sizeof(Datum) * keys->space) :
			repalloc(keys->key, sizeof(Datum) * keys->space);
	}
	keys->key[keys->n++] = Int32GetDatum(key);
}

/* The fewest blocks that are the run. */
static void
add_run(EthKeys *keys, EthUseKeyKind kind, uint32 from, uint32 to)
{
	while (from <= to)
	{
		int			size = 0;

		/* as large as the start allows and the end */
		while (size < SIZES - 1 && (from & ((2u << size) - 1)) == 0 && from + (2u << size) - 1 <= to)
			size++;
		add_key(keys, vendor_key(kind, size, from));
		from += 1u << size;
	}
}

static void
add_set(EthKeys *keys, EthUseKeyKind kind, const EthTc *tc, EthTcSet set)
{
	EthVendors	vendors;
	EthVendorRuns runs;
	int			i;

	eth_tc_set(tc, set, &vendors);
	eth_runs_of(&vendors, &runs);
	for (i = 0; i < runs.n; i++)
		add_run(keys, kind, runs.run[i].from, runs.run[i].to);
	pfree(runs.run);
}

PG_FUNCTION_INFO_V1(ethdata_tc_permits_all);
PG_FUNCTION_INFO_V1(ethdata_tc_gin_extract_value);
PG_FUNCTION_INFO_V1(ethdata_tc_gin_extract_query);
PG_FUNCTION_INFO_V1(ethdata_tc_gin_consistent);
PG_FUNCTION_INFO_V1(ethdata_tc_gin_triconsistent);
PG_FUNCTION_INFO_V1(ethdata_tc_permits_support);

/*
 * {vendor, purpose, ...} as numbers, or 0 when one of them is null; 22023 when it is
 * not that.
 */
static int
read_use(ArrayType *array, int32 **use)
{
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) != 1 || n < 2 || n > 1 + MOST_PURPOSES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a use is an array of a vendor and 1 to %d purposes", MOST_PURPOSES),
				 errhint("As in tc @@ '{755, 2, 7}'.")));
	if (array_contains_nulls(array))
		return 0;
	*use = (int32 *) ARR_DATA_PTR(array);
	return n;
}

/*
 * Implementation of operator @@.
 */
Datum
ethdata_tc_permits_all(PG_FUNCTION_ARGS)
{
	int32	   *use;
	int			n = read_use(PG_GETARG_ARRAYTYPE_P(1), &use);
	EthTc		tc;
	int			i;

	/* as tc_permits(), of which the planner makes this */
	if (n == 0)
		PG_RETURN_NULL();
	(void) eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);
	for (i = 1; i < n; i++)
		if (!eth_tc_permits(&tc, use[0], use[i], true, true, true))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(true);
}

Datum
ethdata_tc_gin_extract_value(PG_FUNCTION_ARGS)
{
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	EthKeys		keys = {0};
	EthTc		tc;
	int			i;

	(void) eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);
	add_set(&keys, ETH_KEY_VENDOR_CONSENT, &tc, ETH_TC_VENDOR_CONSENTS);
	add_set(&keys, ETH_KEY_VENDOR_INTEREST, &tc, ETH_TC_VENDOR_LI);
	for (i = 1; i <= MOST_PURPOSES; i++)
	{
		if (tc.version == 1 ? eth_tc_flag(&tc, ETH_TC_V1_PURPOSES_ALLOWED, i) :
			eth_tc_flag(&tc, ETH_TC_PURPOSE_CONSENTS, i))
			add_key(&keys, purpose_key(ETH_KEY_PURPOSE_CONSENT, i));
		if (tc.version != 1 && eth_tc_flag(&tc, ETH_TC_PURPOSE_LI, i))
			add_key(&keys, purpose_key(ETH_KEY_PURPOSE_INTEREST, i));
	}
	*nkeys = keys.n;
	PG_RETURN_POINTER(keys.key);
}

/*
 * Keys of a query: the vendor's blocks of consent, of interest, then for each
 * purpose the one of consent and the one of interest.
 */
Datum
ethdata_tc_gin_extract_query(PG_FUNCTION_ARGS)
{
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	int32	   *mode = (int32 *) PG_GETARG_POINTER(6);
	EthKeys		keys = {0};
	int32	   *use;
	int			n = read_use(PG_GETARG_ARRAYTYPE_P(0), &use);
	int			i;

	*mode = GIN_SEARCH_MODE_DEFAULT;
	*nkeys = 0;
	/* no vendor, nobody: no keys find no rows */
	if (n == 0 || use[0] < 1 || use[0] > ETH_MAX_VENDOR)
		PG_RETURN_POINTER(NULL);
	for (i = 0; i < SIZES; i++)
		add_key(&keys, vendor_key(ETH_KEY_VENDOR_CONSENT, i, use[0]));
	for (i = 0; i < SIZES; i++)
		add_key(&keys, vendor_key(ETH_KEY_VENDOR_INTEREST, i, use[0]));
	for (i = 1; i < n; i++)
	{
		/* 0 is no purpose of any string */
		int			purpose = use[i] >= 1 && use[i] <= MOST_PURPOSES ? use[i] : 0;

		add_key(&keys, purpose_key(ETH_KEY_PURPOSE_CONSENT, purpose));
		add_key(&keys, purpose_key(ETH_KEY_PURPOSE_INTEREST, purpose));
	}
	*nkeys = keys.n;
	PG_RETURN_POINTER(keys.key);
}

/* The most that one of n keys says. */
static GinTernaryValue
any_of(const GinTernaryValue *check, int n)
{
	GinTernaryValue most = GIN_FALSE;
	int			i;

	for (i = 0; i < n && most != GIN_TRUE; i++)
		if (check[i] != GIN_FALSE)
			most = check[i];
	return most;
}

static GinTernaryValue
both(GinTernaryValue a, GinTernaryValue b)
{
	if (a == GIN_FALSE || b == GIN_FALSE)
		return GIN_FALSE;
	return a == GIN_TRUE && b == GIN_TRUE ? GIN_TRUE : GIN_MAYBE;
}

/* May a row with these keys permit? */
static bool
may_permit(const GinTernaryValue *check, int nkeys)
{
	GinTernaryValue consent = any_of(check, SIZES);
	GinTernaryValue interest = any_of(check + SIZES, SIZES);
	int			i;

	for (i = 2 * SIZES; i + 1 < nkeys; i += 2)
		if (both(consent, check[i]) == GIN_FALSE && both(interest, check[i + 1]) == GIN_FALSE)
			return false;
	return nkeys > 2 * SIZES;
}

Datum
ethdata_tc_gin_consistent(PG_FUNCTION_ARGS)
{
	bool	   *check = (bool *) PG_GETARG_POINTER(0);
	int32		nkeys = PG_GETARG_INT32(3);
	bool	   *recheck = (bool *) PG_GETARG_POINTER(5);

	/* GIN's ternary values of false and true are those of bool */
	*recheck = true;
	PG_RETURN_BOOL(may_permit((GinTernaryValue *) check, nkeys));
}

Datum
ethdata_tc_gin_triconsistent(PG_FUNCTION_ARGS)
{
	GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);

	PG_RETURN_GIN_TERNARY_VALUE(may_permit(check, PG_GETARG_INT32(3)) ? GIN_MAYBE : GIN_FALSE);
}

/* tc @@ ARRAY[vendor, purpose], of what tc_permits() was called with */
static Expr *
index_condition(SupportRequestIndexCondition *request, List *args, Oid operator)
{
	ArrayExpr  *use = makeNode(ArrayExpr);

	use->array_typeid = INT4ARRAYOID;
	use->element_typeid = INT4OID;
	use->elements = list_make2(copyObject(lsecond(args)), copyObject(lthird(args)));
	use->location = -1;
	return make_opclause(operator, BOOLOID, false, copyObject(linitial(args)), (Expr *) use,
						 InvalidOid, request->indexcollation);
}

/*
 * Planner support of tc_permits(): a lossy condition for an index of this operator
 * class, where the vendor and the purpose do not depend on the table.
 */
Datum
ethdata_tc_permits_support(PG_FUNCTION_ARGS)
{
	Node	   *node = (Node *) PG_GETARG_POINTER(0);
	SupportRequestIndexCondition *request;
	List	   *args;
	Oid			type;
	Oid			operator;

	if (!IsA(node, SupportRequestIndexCondition))
		PG_RETURN_POINTER(NULL);
	request = (SupportRequestIndexCondition *) node;
	if (!is_funcclause(request->node) || request->indexarg != 0)
		PG_RETURN_POINTER(NULL);
	args = ((FuncExpr *) request->node)->args;
	if (list_length(args) != 3 ||
		!is_pseudo_constant_for_index(request->root, lsecond(args), request->index) ||
		!is_pseudo_constant_for_index(request->root, lthird(args), request->index))
		PG_RETURN_POINTER(NULL);
	type = exprType(linitial(args));
	operator = get_opfamily_member(request->opfamily, type, INT4ARRAYOID, PERMITS_STRATEGY);
	/* another family of GIN may have a strategy of that number */
	if (!OidIsValid(operator) || get_opcode(operator) == InvalidOid ||
		strcmp(get_func_name(get_opcode(operator)), "tc_permits_all") != 0)
		PG_RETURN_POINTER(NULL);
	request->lossy = true;
	PG_RETURN_POINTER(list_make1(index_condition(request, args, operator)));
}
