/*
 * index.c
 *		Finding by an index the rows that a purpose may use, where the table carries
 *		the persons' consent.
 *
 * The GIN operator class consent_gin_ops has one operator, consent @> purpose,
 * which says what permits() says.  Its keys are the purposes with an agreement
 * (consent/analyze.c).  A purpose that rests on agreement alone, under every
 * regime, is looked up by its key; each row is checked again, for expiry and all
 * else that counts.  For any other purpose the whole index is read.  Which of the
 * two it is is found when the scan starts, so plans stay right when a purpose is
 * given another basis.
 *
 * permits(consent, purpose) and permitted(consent) are turned into that operator
 * by their support function, on a column that is NOT NULL: a null is a person of
 * whom nothing is known, whom some purposes permit and no index finds.
 *
 * Estimates come from how many values hold an agreement, as far as the reader
 * may know the column's statistics.
 */
#include "postgres.h"

#include "access/gin.h"
#include "access/stratnum.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "decide/decide.h"

PG_FUNCTION_INFO_V1(ethdata__consent_extract_query);
PG_FUNCTION_INFO_V1(ethdata__consent_consistent);
PG_FUNCTION_INFO_V1(ethdata__consent_triconsistent);
PG_FUNCTION_INFO_V1(ethdata__permits_support);
PG_FUNCTION_INFO_V1(ethdata__consent_sel);

/* The only strategy of the operator class. */
#define STRATEGY_PERMITS 1

/* Of a purpose that needs no agreement, most people did not object. */
#define SELECTIVITY_WITHOUT_AGREEMENT 0.9

/* Nothing is known: what core takes for a function that returns a boolean. */
#define SELECTIVITY_UNKNOWN 0.3333333

static bool
needs_agreement(EthBasis basis)
{
	switch (basis)
	{
		case ETH_BASIS_CONSENT:
		case ETH_BASIS_EXPLICIT_CONSENT:
		case ETH_BASIS_SOFT_OPT_IN:
		case ETH_BASIS_UNLAWFUL:
			return true;
		default:
			return false;
	}
}

/* Is nobody's data permitted to it without an agreement to exactly this purpose? */
static bool
rests_on_agreement(const EthPurpose *purpose)
{
	int			i;

	if (!needs_agreement(purpose->basis))
		return false;
	for (i = 0; i < purpose->nregimes; i++)
		if (!needs_agreement(purpose->regimes[i].basis))
			return false;
	return true;
}

/* ---- GIN ---- */

/*
 * _consent_extract_query(purpose text, internal, int2, internal, internal,
 *						  internal, internal) -> internal
 * Errors: 42704 unknown purpose.
 */
Datum
ethdata__consent_extract_query(PG_FUNCTION_ARGS)
{
	char	   *code = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	int32	   *search_mode = (int32 *) PG_GETARG_POINTER(6);
	const EthPurpose *purpose = eth_purpose_by_code(code, false);
	Datum	   *keys = palloc(sizeof(Datum));

	*nkeys = 0;
	if (rests_on_agreement(purpose))
		keys[(*nkeys)++] = Int32GetDatum(purpose->id);
	else
		*search_mode = GIN_SEARCH_MODE_ALL;
	PG_RETURN_POINTER(keys);
}

/* _consent_consistent(internal, int2, text, int4, internal, internal, internal, internal) -> boolean */
Datum
ethdata__consent_consistent(PG_FUNCTION_ARGS)
{
	bool	   *check = (bool *) PG_GETARG_POINTER(0);
	int32		nkeys = PG_GETARG_INT32(3);
	bool	   *recheck = (bool *) PG_GETARG_POINTER(5);

	*recheck = true;
	PG_RETURN_BOOL(nkeys == 0 || check[0]);
}

/* _consent_triconsistent(internal, int2, text, int4, internal, internal, internal) -> "char" */
Datum
ethdata__consent_triconsistent(PG_FUNCTION_ARGS)
{
	GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);
	int32		nkeys = PG_GETARG_INT32(3);

	PG_RETURN_GIN_TERNARY_VALUE(nkeys > 0 && check[0] == GIN_FALSE ? GIN_FALSE : GIN_MAYBE);
}

/* ---- estimates ---- */

/* Of the values, how many hold an agreement to it; negative: nothing is known of the column. */
static double
agreement_frequency(const VariableStatData *vardata, int32 purpose_id)
{
	AttStatsSlot slot;
	double		result = -1;
	int			low = 0;
	int			high;

	if (!HeapTupleIsValid(vardata->statsTuple) || !vardata->acl_ok ||
		!get_attstatsslot(&slot, vardata->statsTuple, STATISTIC_KIND_MCELEM, InvalidOid,
						  ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
		return -1;
	if (slot.valuetype == INT4OID && slot.nnumbers >= slot.nvalues + 2)
	{
		/* what is not listed is rarer than all that is */
		result = slot.numbers[slot.nvalues];
		high = slot.nvalues;
		while (low < high)
		{
			int			middle = (low + high) / 2;
			int32		id = DatumGetInt32(slot.values[middle]);

			if (id == purpose_id)
			{
				result = slot.numbers[middle];
				break;
			}
			if (id < purpose_id)
				low = middle + 1;
			else
				high = middle;
		}
	}
	free_attstatsslot(&slot);
	if (result >= 0)
		result *= 1 - ((Form_pg_statistic) GETSTRUCT(vardata->statsTuple))->stanullfrac;
	return result;
}

static Selectivity
selectivity_of(PlannerInfo *root, Node *value, const EthPurpose *purpose, int varRelid)
{
	VariableStatData vardata;
	double		result = SELECTIVITY_UNKNOWN;
	bool		by_agreement;
	int32		id;

	if (purpose == NULL)
		return 0;
	by_agreement = rests_on_agreement(purpose);
	id = purpose->id;
	if (!by_agreement)
		return SELECTIVITY_WITHOUT_AGREEMENT;
	examine_variable(root, value, varRelid, &vardata);
	result = agreement_frequency(&vardata, id);
	ReleaseVariableStats(vardata);
	if (result < 0)
		result = SELECTIVITY_UNKNOWN;
	CLAMP_PROBABILITY(result);
	return result;
}

/*
 * The purpose that an argument names, as far as that is known now; *known is
 * false where it is not.  An argument that is null means the one in force.
 */
static const EthPurpose *
purpose_of_argument(PlannerInfo *root, Node *argument, bool null_is_current, bool *known)
{
	int32		claimed;

	*known = true;
	if (argument != NULL)
	{
		Node	   *estimate = estimate_expression_value(root, argument);

		if (!IsA(estimate, Const) || ((Const *) estimate)->consttype != TEXTOID)
		{
			*known = false;
			return NULL;
		}
		if (!((Const *) estimate)->constisnull)
		{
			const EthPurpose *purpose = eth_purpose_by_code(TextDatumGetCString(((Const *) estimate)->constvalue), true);

			*known = purpose != NULL;
			return purpose;
		}
		if (!null_is_current)
			return NULL;
	}
	return eth_purpose_if_in_force(GetUserId(), &claimed);
}

/* _consent_sel(internal, oid, internal, int4) -> float8: restriction estimator of @>. */
Datum
ethdata__consent_sel(PG_FUNCTION_ARGS)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	List	   *args = (List *) PG_GETARG_POINTER(2);
	int			varRelid = PG_GETARG_INT32(3);
	const EthPurpose *purpose;
	bool		known;

	if (list_length(args) != 2)
		PG_RETURN_FLOAT8(SELECTIVITY_UNKNOWN);
	purpose = purpose_of_argument(root, lsecond(args), false, &known);
	PG_RETURN_FLOAT8(known ? selectivity_of(root, linitial(args), purpose, varRelid) : SELECTIVITY_UNKNOWN);
}

/* ---- the support function ---- */

static bool
column_is_not_null(PlannerInfo *root, const IndexOptInfo *index, int indexcol)
{
	const RangeTblEntry *rte = planner_rt_fetch(index->rel->relid, root);
	HeapTuple	tuple;
	bool		result = false;

	if (rte->rtekind != RTE_RELATION || index->indexkeys[indexcol] <= 0)
		return false;
	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(rte->relid),
							Int16GetDatum((int16) index->indexkeys[indexcol]));
	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_attribute) GETSTRUCT(tuple))->attnotnull;
		ReleaseSysCache(tuple);
	}
	return result;
}

/*
 * The condition in terms of the index, as a list; NIL: it has none.  It is what
 * the call says of a named purpose; of the purpose in force the call says more.
 */
static List *
index_condition(SupportRequestIndexCondition *request)
{
	FuncExpr   *call = (FuncExpr *) request->node;
	Node	   *purpose;
	Oid			operator;

	if (!IsA(call, FuncExpr) || request->indexarg != 0 || call->args == NIL)
		return NIL;
	operator = get_opfamily_member(request->opfamily, exprType(linitial(call->args)), TEXTOID,
								   STRATEGY_PERMITS);
	if (!OidIsValid(operator) || !column_is_not_null(request->root, request->index, request->indexcol))
		return NIL;

	purpose = list_length(call->args) > 1 ? lsecond(call->args) : NULL;
	if (purpose != NULL && IsA(purpose, Const) && ((Const *) purpose)->constisnull)
		purpose = NULL;
	if (purpose == NULL)
		purpose = (Node *) makeFuncExpr(eth_core_function("current_purpose", 0, NULL), TEXTOID, NIL,
										InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	else if (!IsA(purpose, Const))
		return NIL;				/* it may come out null, which means another
								 * one */
	request->lossy = true;
	return list_make1(make_opclause(operator, BOOLOID, false, linitial(call->args), (Expr *) purpose,
									InvalidOid, InvalidOid));
}

/* _permits_support(internal) -> internal: of permits(consent, purpose) and permitted(consent). */
Datum
ethdata__permits_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *answer = NULL;

	if (IsA(request, SupportRequestSelectivity))
	{
		SupportRequestSelectivity *asked = (SupportRequestSelectivity *) request;
		bool		known;
		const EthPurpose *purpose = purpose_of_argument(asked->root,
														list_length(asked->args) > 1 ? lsecond(asked->args) : NULL,
														true, &known);

		if (known && !asked->is_join && asked->args != NIL)
		{
			asked->selectivity = selectivity_of(asked->root, linitial(asked->args), purpose, asked->varRelid);
			answer = request;
		}
	}
	else if (IsA(request, SupportRequestIndexCondition))
		answer = (Node *) index_condition((SupportRequestIndexCondition *) request);
	PG_RETURN_POINTER(answer);
}
