/*
 * trigger.c
 *		Consent events are written once, and what is shipped never changes: the
 *		triggers that say so, and the room's settings.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/guc.h"

#include "consent/record.h"

PG_FUNCTION_INFO_V1(ethdata__append_only);
PG_FUNCTION_INFO_V1(ethdata__shipped_rows);

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

static bool
row_is_shipped(HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	Datum		shipped = heap_getattr(tuple, SPI_fnumber(desc, "shipped"), desc, &isnull);

	return !isnull && DatumGetBool(shipped);
}

/*
 * Trigger of regime and jurisdiction (BEFORE INSERT, UPDATE or DELETE by row, BEFORE
 * TRUNCATE).  A dump carries the rows of the site alone, so the shipped ones must
 * be the same everywhere.  For everybody but the extension's own scripts.
 * Errors: 42501; 39P01 when it is called otherwise.
 */
Datum
ethdata__shipped_rows(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	bool		update;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		trigdata->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE, with what a site does instead",
						"ethdata._shipped_rows")));
	desc = RelationGetDescr(trigdata->tg_relation);
	update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	if (!creating_extension &&
		(!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) ||
		 row_is_shipped(trigdata->tg_trigtuple, desc) ||
		 (update && row_is_shipped(trigdata->tg_newtuple, desc))))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("rows of \"%s.%s\" that are shipped with ethdata never change", ETH_SCHEMA,
						RelationGetRelationName(trigdata->tg_relation)),
				 errhint("%s", trigdata->tg_trigger->tgargs[0])));
	if (!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		return PointerGetDatum(NULL);
	return PointerGetDatum(update ? trigdata->tg_newtuple : trigdata->tg_trigtuple);
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
	eth_consent_self_init();
	eth_consent_remember_init();
	eth_purpose_watch(eth_consent_redefinition_begins, eth_consent_redefined);
}
