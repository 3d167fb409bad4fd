/*
 * cell.c
 *		The decisions that the rewriter puts into queries.
 *
 *	_may_see(internal, role oid, relation oid, reveal int4[], special boolean,
 *			 class oid [, VARIADIC key columns]) -> boolean
 *		May the cell be shown?
 *	_row_visible(internal, role oid, relation oid, class oid
 *				 [, VARIADIC key columns]) -> boolean
 *		May the row be seen?
 *	_own_row(internal, role oid, relation oid, class oid, VARIADIC key columns)
 *		-> boolean
 *		Is the purpose "self", and the row of the person whom the token names?
 *	_other_purpose(internal, role oid) -> boolean
 *		Is a purpose in force that is not "self"?  With the former, for portals.
 *	_would_see(..), _would_be_visible(..)
 *		The same for counting: a purpose that is set and does not hold is none
 *		here, not an error.
 *	_excepted(internal, role oid, relation regclass) -> boolean
 *		Is there an exception, for cells that nobody may see otherwise?
 *
 *	internal	a null constant that only the rewriter can make: no SQL supplies a
 *				value of that type, so nobody calls these as an oracle
 *	relation	on which the rules stand: for exceptions (exception.c), which
 *				go before everything else
 *	role		as which core checks the relation's privileges; 0: current user
 *	reveal		ids of the purposes to which the rule reveals
 *	special		the column is of a special category
 *	class		table of the subject class; 0: data about no person
 *
 * They are executed by the reader, so EXECUTE is PUBLIC's; stable and without
 * side effects, since estimators may evaluate them while planning.  What does
 * not depend on the row (purpose, whether it is listed) is found once for an
 * instant; the person's answer comes from eth_decide_subject().
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "decide/call.h"

#define MAX_KEYS ETH_MAX_KEYS

typedef struct CellCall
{
	EthCall		call;
	Oid			role;
	Oid			relid;
	Oid			class_relid;
	bool		excepted;		/* an exception opens the table */
	Datum		reveal;			/* the constant it was judged for */
	bool		listed;			/* a purpose is in force, and the rule reveals
								 * to it */
	bool		has_class;
	EthReader	reader;
	EthKeyKind	kind;
	int			nkeys;
	EthKeyWidth width;
	Oid			types[MAX_KEYS];
} CellCall;

/* Is the purpose one of the list, or below one? */
static bool
is_listed(const EthPurpose *purpose, ArrayType *list)
{
	int			n = ArrayGetNItems(ARR_NDIM(list), ARR_DIMS(list));
	int32	   *ids = (int32 *) ARR_DATA_PTR(list);
	int			i;

	/* to the person everything of the person's own */
	if (purpose->self)
		return true;

	if (ARR_HASNULL(list) || ARR_ELEMTYPE(list) != INT4OID)
		return false;
	for (i = 0; i < n; i++)
	{
		const EthPurpose *listed = eth_purpose_by_id(ids[i]);

		if (listed != NULL && eth_purpose_below(purpose, listed))
			return true;
	}
	return false;
}

static void
begin_common(CellCall *call, FunctionCallInfo fcinfo, bool quiet, int first_key)
{
	Oid			role = PG_GETARG_OID(1);
	Oid			class_relid = PG_GETARG_OID(first_key - 1);
	int			i;

	eth_decide_call_begin_for(&call->call, OidIsValid(role) ? role : GetUserId(), quiet);
	call->call.set = false;		/* until all is found */
	call->role = role;
	call->relid = PG_GETARG_OID(2);
	call->excepted = eth_decide_excepted(call->relid, role, NULL) != ETH_EXCEPTION_NONE;
	call->class_relid = class_relid;
	call->has_class = false;
	call->nkeys = PG_NARGS() - first_key;
	if (call->nkeys > MAX_KEYS)
		elog(ERROR, "too many key columns");
	for (i = 0; i < call->nkeys; i++)
		call->types[i] = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, first_key + i));
	call->width = ETH_WIDTH_OTHER;
	if (OidIsValid(class_relid))
	{
		const EthClass *class = eth_consent_class_by_relid(class_relid, true);

		if (class != NULL)
		{
			call->has_class = true;
			call->kind = class->key_kind;
			call->width = eth_decide_key_width(class->key_kind, call->nkeys, call->types[0]);
			eth_consent_reader_begin(&call->reader, class);
		}
	}
}

static bool
decide_row(CellCall *call, FunctionCallInfo fcinfo, int first_key)
{
	Datum		values[MAX_KEYS];
	bool		nulls[MAX_KEYS];
	EthKey		key;
	int			i;

	if (call->excepted)
		return true;
	if (!call->listed || call->call.purpose->retired)
		return false;
	if (!OidIsValid(call->class_relid))
		return !call->call.purpose->self;	/* about no person: only the
											 * purpose counts */
	if (!call->has_class)
		return false;			/* the class is gone: nothing can be decided */
	if (call->width != ETH_WIDTH_OTHER)
	{
		if (PG_ARGISNULL(first_key))
			return false;
		eth_decide_number_key(&key, call->width, PG_GETARG_DATUM(first_key));
		return ETH_IS_PERMITTED(eth_decide_subject(&call->reader, call->call.purpose, &key, call->call.clock));
	}
	for (i = 0; i < call->nkeys; i++)
	{
		nulls[i] = PG_ARGISNULL(first_key + i);
		values[i] = PG_GETARG_DATUM(first_key + i);
		if (nulls[i])
			return false;
	}
	if (!eth_consent_key_from_datums(&key, call->kind, call->nkeys, values, nulls, call->types))
		return false;
	return ETH_IS_PERMITTED(eth_decide_subject(&call->reader, call->call.purpose, &key, call->call.clock));
}

static Datum
may_see(FunctionCallInfo fcinfo, bool quiet)
{
	CellCall   *call = eth_decide_call_extra(fcinfo, sizeof(CellCall));

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4) || PG_ARGISNULL(5))
		PG_RETURN_BOOL(false);
	if (!eth_decide_call_is_current(&call->call) || call->role != PG_GETARG_OID(1) ||
		call->relid != PG_GETARG_OID(2) || call->class_relid != PG_GETARG_OID(5) ||
		call->reveal != PG_GETARG_DATUM(3))
	{
		const EthPurpose *purpose;

		begin_common(call, fcinfo, quiet, 6);
		purpose = call->call.purpose;
		call->reveal = PG_GETARG_DATUM(3);
		call->listed = purpose != NULL &&
			is_listed(purpose, PG_GETARG_ARRAYTYPE_P(3)) &&
			(!PG_GETARG_BOOL(4) || purpose->special_ground != NULL);
		call->call.set = true;
	}
	PG_RETURN_BOOL(decide_row(call, fcinfo, 6));
}

static Datum
row_visible(FunctionCallInfo fcinfo, bool quiet)
{
	CellCall   *call = eth_decide_call_extra(fcinfo, sizeof(CellCall));

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_BOOL(false);
	if (!eth_decide_call_is_current(&call->call) || call->role != PG_GETARG_OID(1) ||
		call->relid != PG_GETARG_OID(2) || call->class_relid != PG_GETARG_OID(3))
	{
		begin_common(call, fcinfo, quiet, 4);
		call->listed = call->call.purpose != NULL;
		call->call.set = true;
	}
	PG_RETURN_BOOL(decide_row(call, fcinfo, 4));
}

PG_FUNCTION_INFO_V1(ethdata__may_see);

/*
 * _may_see: see above.  False when anything it needs is null or unknown.
 * Errors: those of eth_purpose_in_force(): a purpose that is set but unknown or
 * not granted.
 */
Datum
ethdata__may_see(PG_FUNCTION_ARGS)
{
	return may_see(fcinfo, false);
}

PG_FUNCTION_INFO_V1(ethdata__would_see);

/* _would_see: as _may_see(), never an error. */
Datum
ethdata__would_see(PG_FUNCTION_ARGS)
{
	return may_see(fcinfo, true);
}

PG_FUNCTION_INFO_V1(ethdata__row_visible);

/*
 * _row_visible: see above.  A row is visible for any purpose that is granted and
 * that the person permits.  Errors as _may_see().
 */
Datum
ethdata__row_visible(PG_FUNCTION_ARGS)
{
	return row_visible(fcinfo, false);
}

PG_FUNCTION_INFO_V1(ethdata__would_be_visible);

/* _would_be_visible: as _row_visible(), never an error. */
Datum
ethdata__would_be_visible(PG_FUNCTION_ARGS)
{
	return row_visible(fcinfo, true);
}

PG_FUNCTION_INFO_V1(ethdata__own_row);

/* _own_row: see above.  Errors as _may_see(). */
Datum
ethdata__own_row(PG_FUNCTION_ARGS)
{
	CellCall   *call = eth_decide_call_extra(fcinfo, sizeof(CellCall));

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_BOOL(false);
	if (!eth_decide_call_is_current(&call->call) || call->role != PG_GETARG_OID(1) ||
		call->relid != PG_GETARG_OID(2) || call->class_relid != PG_GETARG_OID(3))
	{
		begin_common(call, fcinfo, false, 4);
		call->listed = call->call.purpose != NULL && call->call.purpose->self;
		call->call.set = true;
	}
	PG_RETURN_BOOL(decide_row(call, fcinfo, 4));
}

typedef struct OtherCall
{
	EthCall		call;
	Oid			role;
} OtherCall;

PG_FUNCTION_INFO_V1(ethdata__other_purpose);

/* _other_purpose: see above.  Errors as _may_see(). */
Datum
ethdata__other_purpose(PG_FUNCTION_ARGS)
{
	OtherCall  *call = eth_decide_call_extra(fcinfo, sizeof(OtherCall));
	Oid			role = PG_ARGISNULL(1) ? InvalidOid : PG_GETARG_OID(1);

	if (!eth_decide_call_is_current(&call->call) || call->role != role)
	{
		call->role = role;
		eth_decide_call_begin_for(&call->call, OidIsValid(role) ? role : GetUserId(), false);
	}
	PG_RETURN_BOOL(call->call.purpose != NULL && !call->call.purpose->self);
}

typedef struct ExceptedCall
{
	bool		set;
	EthInstant	instant;
	Oid			userid;
	bool		excepted;
} ExceptedCall;

PG_FUNCTION_INFO_V1(ethdata__excepted);

/* _excepted: see above. */
Datum
ethdata__excepted(PG_FUNCTION_ARGS)
{
	ExceptedCall *call = eth_decide_call_extra(fcinfo, sizeof(ExceptedCall));

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	if (!call->set || call->userid != GetUserId() || !eth_core_instant_is_now(&call->instant))
	{
		call->set = false;
		eth_core_instant(&call->instant);
		call->userid = GetUserId();
		call->excepted = eth_decide_excepted(PG_GETARG_OID(2), PG_GETARG_OID(1), NULL) != ETH_EXCEPTION_NONE;
		call->set = true;
	}
	PG_RETURN_BOOL(call->excepted);
}

Oid
eth_decide_cell_function(bool with_keys, bool quiet)
{
	const Oid	types[] = {INTERNALOID, OIDOID, OIDOID, INT4ARRAYOID, BOOLOID, OIDOID, ANYOID};

	return eth_core_function(quiet ? "_would_see" : "_may_see", with_keys ? 7 : 6, types);
}

Oid
eth_decide_row_function(bool with_keys, bool quiet)
{
	const Oid	types[] = {INTERNALOID, OIDOID, OIDOID, OIDOID, ANYOID};

	return eth_core_function(quiet ? "_would_be_visible" : "_row_visible", with_keys ? 5 : 4, types);
}

Oid
eth_decide_own_row_function(void)
{
	const Oid	types[] = {INTERNALOID, OIDOID, OIDOID, OIDOID, ANYOID};

	return eth_core_function("_own_row", lengthof(types), types);
}

Oid
eth_decide_other_purpose_function(void)
{
	const Oid	types[] = {INTERNALOID, OIDOID};

	return eth_core_function("_other_purpose", lengthof(types), types);
}

Oid
eth_decide_exception_function(void)
{
	const Oid	types[] = {INTERNALOID, OIDOID, REGCLASSOID};

	return eth_core_function("_excepted", 3, types);
}

void
eth_decide_init(void)
{
	/* nothing to set up: the room has no settings and no callbacks */
}
