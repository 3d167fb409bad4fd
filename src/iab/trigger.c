/*
 * trigger.c
 *		What is shipped never changes: a dump carries the rows of the site alone, so
 *		that the others must be the same everywhere.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"

#include "iab/iab.h"

PG_FUNCTION_INFO_V1(ethdata__iab_shipped_rows);

static bool
row_is_shipped(HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	Datum		shipped = heap_getattr(tuple, SPI_fnumber(desc, "shipped"), desc, &isnull);

	return !isnull && DatumGetBool(shipped);
}

/*
 * Trigger of gpp_rule (BEFORE INSERT, UPDATE or DELETE by row, BEFORE TRUNCATE).  For
 * everybody but the extension's own scripts.  Errors: 42501; 39P01 when it is called
 * otherwise.
 */
Datum
ethdata__iab_shipped_rows(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	bool		update;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE", "ethdata._iab_shipped_rows")));
	desc = RelationGetDescr(trigdata->tg_relation);
	update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	if (!creating_extension &&
		(!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) ||
		 row_is_shipped(trigdata->tg_trigtuple, desc) ||
		 (update && row_is_shipped(trigdata->tg_newtuple, desc))))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("rows of \"%s\" that are shipped never change",
						RelationGetRelationName(trigdata->tg_relation)),
				 errhint("Add rows of your own, with shipped false, and delete those alone.")));
	if (!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		return PointerGetDatum(NULL);
	return PointerGetDatum(update ? trigdata->tg_newtuple : trigdata->tg_trigtuple);
}
