/*
 * value.c
 *		permits() and permitted() by value: the table carries the person's consent.
 *
 * The hot path of section 9's first row: a full scan must cost hardly more than
 * a boolean column.  Per row: a comparison of instants and a binary search in
 * the value where it lies.
 *
 * A null value is a person of whom nothing is known: no entry, unknown regime.
 */
#include "postgres.h"

#include "decide/call.h"

/*
 * The value where it lies, or detoasted (*allocated).  Behind a 1-byte header
 * the head of EthConsent begins 3 bytes before it; its length word is not read.
 */
static inline const EthConsent *
read_value(Datum datum, bool *allocated)
{
	const char *raw = DatumGetPointer(datum);

	/* a pointer to out-of-line storage has a short header, too */
	if (VARATT_IS_SHORT(raw) && !VARATT_IS_EXTERNAL(raw))
		return (const EthConsent *) (VARDATA_SHORT(raw) - VARHDRSZ);
	if (VARATT_IS_4B_U(raw))
		return (const EthConsent *) raw;
	*allocated = true;
	return DatumGetEthConsentP(datum);
}

static inline bool
decide_value(FunctionCallInfo fcinfo, const EthCall *call)
{
	const EthConsent *value = NULL;
	bool		allocated = false;
	EthReason	reason;

	if (call->purpose == NULL)
		return false;
	if (!PG_ARGISNULL(0))
		value = read_value(PG_GETARG_DATUM(0), &allocated);
	reason = eth_decide_person(call->purpose, value, call->clock);
	if (allocated)
		pfree(unconstify(EthConsent *, value));
	return ETH_IS_PERMITTED(reason);
}

PG_FUNCTION_INFO_V1(ethdata_permits);

/*
 * permits(consent ethdata.consent, purpose text) -> boolean
 *		Does the value alone say yes to the purpose?  No role is checked for a
 *		named purpose; null means the purpose in force (none: false).  Never null.
 *
 * Errors: 42704 unknown purpose; with null those of current_purpose().
 */
Datum
ethdata_permits(PG_FUNCTION_ARGS)
{
	EthCall    *call = eth_decide_call_extra(fcinfo, sizeof(EthCall));

	if (!eth_decide_call_is_current(call) || !eth_decide_call_is_for(call, fcinfo, 1))
		eth_decide_call_begin(call, fcinfo, 1);
	PG_RETURN_BOOL(decide_value(fcinfo, call));
}

PG_FUNCTION_INFO_V1(ethdata_permitted_value);

/*
 * permitted(consent ethdata.consent) -> boolean
 *		May the current role use the person's data for the purpose in force?  For
 *		a policy on a table that carries the value.  Never null.
 *
 * Errors: those of current_purpose().
 */
Datum
ethdata_permitted_value(PG_FUNCTION_ARGS)
{
	EthCall    *call = eth_decide_call_extra(fcinfo, sizeof(EthCall));

	if (!eth_decide_call_is_current(call))
		eth_decide_call_begin(call, fcinfo, -1);
	PG_RETURN_BOOL(decide_value(fcinfo, call));
}
