/*
 * refold.c
 *		Making states current that a notice changes: it asks again, so what was
 *		agreed before under other notices is over for everybody at once.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "consent/record.h"

static bool
agreed_to_any(const EthConsent *value, int npurposes, const int32 *purposes)
{
	int			i;

	for (i = 0; i < npurposes; i++)
	{
		const EthEntry *entry = eth_consent_entry(value, purposes[i]);

		if (entry != NULL && ETH_STATUS_IS_GRANT(ETH_ENTRY_STATUS(entry)))
			return true;
	}
	return false;
}

static void
invalidate(EthConsent *value, int npurposes, const int32 *purposes)
{
	int			i;

	for (i = 0; i < npurposes; i++)
	{
		EthEntry   *entry = (EthEntry *) eth_consent_entry(value, purposes[i]);

		if (entry != NULL && ETH_STATUS_IS_GRANT(ETH_ENTRY_STATUS(entry)))
			entry->bits = ETH_ENTRY_BITS(ETH_STATUS_INVALIDATED, ETH_ENTRY_FLAGS(entry), 0);
	}
}

void
eth_consent_refold(int npurposes, const int32 *purposes)
{
	Relation	state = table_open(eth_core_relid("consent_state", false), NoLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	SysScanDesc scan;
	HeapTuple	tuple;
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "ethdata refold",
											   ALLOCSET_DEFAULT_SIZES);
	TimestampTz now = GetCurrentTimestamp();

	/* the scan keeps its snapshot, so it does not meet the rows it writes */
	scan = systable_beginscan(state, InvalidOid, false, snapshot, 0, NULL);
	while ((tuple = systable_getnext(scan)) != NULL)
	{
		MemoryContext around = MemoryContextSwitchTo(work);
		TupleDesc	desc = RelationGetDescr(state);
		bool		isnull;
		int32		class_id;
		Datum		bytes;
		EthConsent *value;
		EthConsent *fresh;

		CHECK_FOR_INTERRUPTS();
		class_id = DatumGetInt32(heap_getattr(tuple, Anum_consent_state_class_id, desc, &isnull));
		bytes = heap_getattr(tuple, Anum_consent_state_key, desc, &isnull);
		value = (EthConsent *) PG_DETOAST_DATUM_COPY(heap_getattr(tuple, Anum_consent_state_value,
																  desc, &isnull));
		if (agreed_to_any(value, npurposes, purposes))
		{
			const EthClass *class = eth_consent_class_by_id(class_id);
			EthEvents	events;
			EthKey		key;

			if (class == NULL)
			{
				/*
				 * the class was dropped: its events cannot be found, its
				 * answers end
				 */
				invalidate(value, npurposes, purposes);
				eth_consent_write_state(class_id, bytes, value, true);
			}
			else
			{
				key.data = VARDATA_ANY(DatumGetByteaPP(bytes));
				key.len = VARSIZE_ANY_EXHDR(DatumGetByteaPP(bytes));
				eth_consent_load_events(&events, class_id, &key, class->key_kind, NULL);
				fresh = eth_consent_build(&events, value->regime, value->birth_date,
										  Max(now, events.newest), DT_NOEND);
				fresh->flags = value->flags;
				eth_consent_write_state(class_id, bytes, fresh, true);
			}
		}
		MemoryContextSwitchTo(around);
		MemoryContextReset(work);
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	MemoryContextDelete(work);
	table_close(state, NoLock);
}
