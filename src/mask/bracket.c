/*
 * bracket.c
 *		Knowing, when an error flies, whether it comes out of a mask.
 *
 * A mask that is not one of ours may raise an error that quotes the raw value
 * ("invalid input syntax for type integer: ..").  The rewriter therefore puts
 * such a mask into a bracket:
 *
 *		_mask_leave(internal, <mask over _mask_enter(internal, column)>)
 *
 * The raw value enters the expression only through _mask_enter(), and leaves it
 * through _mask_leave() at the latest, so between the two, and only there, an
 * error can hold it.  The column may be mentioned several times, or not be
 * reached at all: entering is noted, not counted.
 *
 * The note belongs to one run of the executor.  A mask may call a function
 * that runs queries of its own, with masks of their own, and may catch their
 * errors: each run starts with its own clean note, and remembers whether a run
 * around it was inside a mask.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/memutils.h"

#include "mask/internal.h"

PG_FUNCTION_INFO_V1(ethdata__mask_enter);
PG_FUNCTION_INFO_V1(ethdata__mask_leave);

static bool in_this_run = false;
static bool in_outer_run = false;

/* ethdata._mask_enter(internal, anyelement) -> anyelement: the value, noting that a mask has it. */
Datum
ethdata__mask_enter(PG_FUNCTION_ARGS)
{
	in_this_run = true;
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

/* ethdata._mask_leave(internal, anyelement) -> anyelement: the value, noting that the mask is done. */
Datum
ethdata__mask_leave(PG_FUNCTION_ARGS)
{
	in_this_run = false;
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

Oid
eth_mask_enter_function(void)
{
	const Oid	types[] = {INTERNALOID, ANYELEMENTOID};

	return eth_core_function("_mask_enter", 2, types);
}

Oid
eth_mask_leave_function(void)
{
	const Oid	types[] = {INTERNALOID, ANYELEMENTOID};

	return eth_core_function("_mask_leave", 2, types);
}

void
eth_mask_run_starts(EthMaskRun *run)
{
	run->here = in_this_run;
	run->outside = in_outer_run;
	run->context = CurrentMemoryContext;
	in_outer_run = in_outer_run || in_this_run;
	in_this_run = false;
}

void
eth_mask_run_ends(const EthMaskRun *run)
{
	in_this_run = run->here;
	in_outer_run = run->outside;
}

bool
eth_mask_in_progress(void)
{
	return in_this_run || in_outer_run;
}

/* is_harmless -- can the error not quote a value, and must it keep its code? */
static bool
is_harmless(int sqlstate)
{
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case ERRCODE_OPERATOR_INTERVENTION: /* cancel, shutdown */
		case ERRCODE_INSUFFICIENT_RESOURCES:	/* memory, disk */
		case ERRCODE_TRANSACTION_ROLLBACK:	/* to be tried again */
			return true;
		default:
			return sqlstate == ERRCODE_LOCK_NOT_AVAILABLE;
	}
}

void
eth_mask_raise_neutral(const EthMaskRun *run)
{
	int			sqlstate = geterrcode();

	eth_mask_run_ends(run);
	if (is_harmless(sqlstate))
		PG_RE_THROW();

	MemoryContextSwitchTo(run->context);
	FlushErrorState();
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("a mask could not be computed"),
			 errdetail("The reason is withheld, as it may quote the masked value."),
			 errhint("A mask must have a result for every value of its column; ask a policy administrator to look at it with the owner of the table.")));
	pg_unreachable();
}

void
eth_mask_reset(void)
{
	in_this_run = false;
	in_outer_run = false;
}

void
eth_mask_init(void)
{
	eth_mask_reset();
}
