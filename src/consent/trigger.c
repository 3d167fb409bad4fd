/*
 * trigger.c
 *		Consent events are written once: the trigger that says so, and the
 *		room's settings.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/guc.h"

#include "consent/record.h"

PG_FUNCTION_INFO_V1(ethdata__append_only);

/*
 * Trigger of consent_event (BEFORE UPDATE, DELETE or TRUNCATE; by row, so that
 * the apply worker of a subscription is held back too, and by statement).  For
 * everybody, the owner and superusers included.  Errors: 42501 always.
 */
Datum
ethdata__append_only(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by the trigger manager",
						"ethdata._append_only")));
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("table \"%s.%s\" is append-only", ETH_SCHEMA,
					RelationGetRelationName(trigdata->tg_relation)),
			 errdetail("What persons answered is evidence and is never changed or removed."),
			 errhint("Record another event; a later one decides.")));
	return PointerGetDatum(NULL);
}

void
eth_consent_init(void)
{
	DefineCustomIntVariable("ethdata.clock_tolerance",
							"How far ahead a grant's claimed time may lie.",
							"Up to this a claimed time in the future is taken as now, beyond it the grant is refused.",
							&eth_consent_clock_tolerance,
							300, 0, 86400,
							PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
	eth_consent_class_init();
	eth_purpose_watch(eth_consent_redefinition_begins, eth_consent_redefined);
}
