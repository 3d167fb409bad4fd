/*
 * call.c
 *		What a decision function remembers between the rows of a statement.
 *
 * The purpose, its check against role and session, and the clock do not change
 * within an instant of core, so they are found once for it.  Per row it costs
 * one comparison of instants.
 */
#include "postgres.h"

#include "nodes/primnodes.h"
#include "utils/builtins.h"

#include "decide/call.h"

bool
eth_decide_call_same_argument(const EthCall *call, FunctionCallInfo fcinfo, int n)
{
	text	   *code;
	bool		same;

	if (PG_ARGISNULL(n))
		return !call->named;
	if (!call->named)
		return false;
	code = PG_GETARG_TEXT_PP(n);
	same = (int) VARSIZE_ANY_EXHDR(code) == call->code_len &&
		memcmp(VARDATA_ANY(code), call->code, call->code_len) == 0;
	PG_FREE_IF_COPY(code, n);
	return same;
}

static void
begin(EthCall *call)
{
	call->set = false;
	eth_core_instant(&call->instant);
	call->clock = eth_core_clock();
	call->userid = GetUserId();
	call->generation = eth_purpose_generation;
}

static void
done(EthCall *call)
{
	call->version = eth_purpose_catalogue_version;
	call->set = true;
}

/*
 * Is the argument a constant of the query?  A parameter is none: PL/pgSQL
 * evaluates one expression with other values within one statement.
 */
static bool
argument_is_constant(FunctionCallInfo fcinfo, int n)
{
	Node	   *expr = fcinfo->flinfo->fn_expr;

	return expr != NULL && IsA(expr, FuncExpr) &&
		list_length(((FuncExpr *) expr)->args) > n &&
		IsA(list_nth(((FuncExpr *) expr)->args, n), Const);
}

void
eth_decide_call_begin(EthCall *call, FunctionCallInfo fcinfo, int n)
{
	begin(call);
	call->named = n >= 0 && !PG_ARGISNULL(n);
	call->constant = n < 0 || argument_is_constant(fcinfo, n);
	if (call->named)
	{
		char	   *code = text_to_cstring(PG_GETARG_TEXT_PP(n));

		/* a code that does not fit does not exist */
		call->purpose = eth_purpose_by_code(code, false);
		call->code_len = strlen(code);
		Assert(call->code_len < sizeof(call->code) + 1);
		memcpy(call->code, code, call->code_len);
	}
	else
	{
		call->code_len = 0;
		call->purpose = eth_purpose_in_force(GetUserId());
	}
	done(call);
}

/*
 * The calls in one query ask for the same role, so what was found for the last
 * one holds while that is current.
 */
void
eth_decide_call_begin_for(EthCall *call, Oid role, bool quiet)
{
	static EthCall last;
	static Oid	last_role = InvalidOid;
	static bool last_quiet = false;
	int32		claimed;

	if (last_role == role && last_quiet == quiet && eth_decide_call_is_current(&last))
	{
		*call = last;
		return;
	}
	begin(call);
	call->named = false;
	call->constant = true;
	call->purpose = quiet ? eth_purpose_if_in_force(role, &claimed) : eth_purpose_in_force(role);
	done(call);
	last = *call;
	last_role = role;
	last_quiet = quiet;
}
