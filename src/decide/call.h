/*
 * call.h
 *		What a function of this room remembers between the rows of a statement.
 */
#ifndef ETH_DECIDE_CALL_H
#define ETH_DECIDE_CALL_H

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

#endif							/* ETH_DECIDE_CALL_H */
