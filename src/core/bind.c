/*
 * bind.c
 *		Roles in ethdata's tables follow their names into another cluster.
 *
 * A table that names a role holds its name and its oid, and what it says counts
 * only while both fit: a role that was dropped and made anew is another one.  A
 * dump carries both; in another cluster the oid belongs to somebody else or to
 * nobody.  Rows come into such tables in two ways only, by ethdata's functions
 * (which know the oid) and by a restore, so a trigger that looks the name up
 * on INSERT binds the restored row to the role of that name there.
 *
 * The oid 0 stands for PUBLIC and is left alone; a name without a role keeps its
 * oid, which then fits nobody.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "core/core.h"

PG_FUNCTION_INFO_V1(ethdata__bind_role);

/*
 * _bind_role(name column, oid column): trigger, BEFORE INSERT FOR EACH ROW.
 * Errors: 39P01 when it is called otherwise.
 */
Datum
ethdata__bind_role(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	HeapTuple	tuple;
	int			columns[2];
	Datum		name;
	Datum		stored;
	bool		isnull;
	Oid			role;
	int			i;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ||
		trigdata->tg_trigger->tgnargs != 2)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE INSERT FOR EACH ROW with two column names",
						"ethdata._bind_role")));
	desc = RelationGetDescr(trigdata->tg_relation);
	tuple = trigdata->tg_trigtuple;
	for (i = 0; i < 2; i++)
	{
		columns[i] = SPI_fnumber(desc, trigdata->tg_trigger->tgargs[i]);
		if (columns[i] <= 0)
			elog(ERROR, "column \"%s\" does not exist", trigdata->tg_trigger->tgargs[i]);
	}

	name = heap_getattr(tuple, columns[0], desc, &isnull);
	if (isnull)
		return PointerGetDatum(tuple);
	stored = heap_getattr(tuple, columns[1], desc, &isnull);
	if (!isnull && DatumGetObjectId(stored) == ACL_ID_PUBLIC)
		return PointerGetDatum(tuple);
	role = get_role_oid(NameStr(*DatumGetName(name)), true);
	if (!OidIsValid(role) || (!isnull && DatumGetObjectId(stored) == role))
		return PointerGetDatum(tuple);
	{
		Datum		value = ObjectIdGetDatum(role);
		bool		null = false;

		tuple = heap_modify_tuple_by_cols(tuple, desc, 1, &columns[1], &value, &null);
	}
	return PointerGetDatum(tuple);
}
