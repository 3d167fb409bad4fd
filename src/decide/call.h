/*
 * call.h
 *		What a function of this room remembers between the rows of a statement.
 */
#ifndef ETH_DECIDE_CALL_H
#define ETH_DECIDE_CALL_H

#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "decide/decide.h"

/*
 * Lives in fn_extra.  While call_is_current() holds, the purpose was checked for
 * this statement, role and setting, and the pointer is good.
 */
typedef struct EthCall
{
	bool		set;
	EthInstant	instant;
	uint64		generation;		/* of the setting */
	uint64		version;		/* of the catalogue */
	Oid			userid;
	TimestampTz clock;
	const EthPurpose *purpose;	/* NULL: none in force */

	/* the purpose argument it stands for */
	bool		constant;		/* it is the same for all rows */
	bool		named;			/* it was given, and not null */
	int			code_len;
	char		code[200];
} EthCall;

/* fn_extra of the given size, zeroed when new. */
static inline void *
eth_decide_call_extra(FunctionCallInfo fcinfo, Size size)
{
	if (unlikely(fcinfo->flinfo->fn_extra == NULL))
		fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, size);
	return fcinfo->flinfo->fn_extra;
}

static inline bool
eth_decide_call_is_current(const EthCall *call)
{
	return call->set &&
		call->generation == eth_purpose_generation &&
		call->version == eth_purpose_catalogue_version &&
		call->userid == GetUserId() &&
		eth_core_instant_is_now(&call->instant);
}

extern bool eth_decide_call_same_argument(const EthCall *call, FunctionCallInfo fcinfo, int n);

/* Is the purpose argument (number n) the one that the call stands for? */
static inline bool
eth_decide_call_is_for(const EthCall *call, FunctionCallInfo fcinfo, int n)
{
	return call->constant || eth_decide_call_same_argument(call, fcinfo, n);
}

/*
 * Begins a call: remembers instant, setting, role and the purpose argument n (-1:
 * none), and finds the purpose: the named one (error 42704), or the one in
 * force for the current user.
 */
extern void eth_decide_call_begin(EthCall *call, FunctionCallInfo fcinfo, int n);

/*
 * The same for a role that the rewriter names; what is in force is meant.  Quiet:
 * without errors.
 */
extern void eth_decide_call_begin_for(EthCall *call, Oid role, bool quiet);

/* Keys that are one whole number are read without a call. */
typedef enum EthKeyWidth
{
	ETH_WIDTH_OTHER,
	ETH_WIDTH_2,
	ETH_WIDTH_4,
	ETH_WIDTH_8
} EthKeyWidth;

static inline EthKeyWidth
eth_decide_key_width(EthKeyKind kind, int nkeys, Oid base_type)
{
	if (kind != ETH_KEY_BIGINT || nkeys != 1)
		return ETH_WIDTH_OTHER;
	return base_type == INT8OID ? ETH_WIDTH_8 :
		base_type == INT4OID ? ETH_WIDTH_4 :
		base_type == INT2OID ? ETH_WIDTH_2 : ETH_WIDTH_OTHER;
}

static inline void
eth_decide_number_key(EthKey *key, EthKeyWidth width, Datum value)
{
	eth_consent_key_from_bigint(key, width == ETH_WIDTH_8 ? DatumGetInt64(value) :
								width == ETH_WIDTH_4 ? (int64) DatumGetInt32(value) :
								(int64) DatumGetInt16(value));
}

#endif							/* ETH_DECIDE_CALL_H */
