/*
 * trigger.c
 *		The triggers that audit_changes() makes (changes.c).
 *
 *	ethdata_audit			AFTER INSERT, UPDATE, DELETE, FOR EACH ROW: the values
 *							before and after, as an image (image.c).  A row trigger
 *							also fires for changes that name a partition, and in the
 *							apply worker of a subscription.
 *	ethdata_audit_truncate	AFTER TRUNCATE, FOR EACH STATEMENT
 *
 * Their argument says what is kept of a row: difference (of an UPDATE the columns
 * that changed and the primary key) or full.  An UPDATE that changes no value is no
 * change.
 *
 * EXECUTE on the trigger function is PUBLIC's: whoever restores a table creates
 * its triggers.  It does nothing but record what its table's rows say.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "utils/rel.h"

#include "audit/image.h"
#include "protect/define.h"

PG_FUNCTION_INFO_V1(ethdata__audit_change);

/* ---- the trigger ---- */

/* The persons whom the row's values name, added to those that are there. */
static int
add_persons(const EthAuditLayout *layout, const Datum *values, const bool *nulls,
			EthAuditSubject *subjects, EthKey *keys, int n)
{
	int			p;
	int			i;

	for (p = 0; p < layout->npersons; p++)
	{
		const EthImagePerson *person = &layout->persons[p];
		Datum		key_values[ETH_MAX_KEYS];
		bool		key_nulls[ETH_MAX_KEYS];
		EthKey	   *key = &keys[n];
		bool		known = false;

		for (i = 0; i < person->nkeys; i++)
		{
			key_values[i] = values[person->columns[i] - 1];
			key_nulls[i] = nulls[person->columns[i] - 1];
		}
		if (!eth_consent_key_from_datums(key, person->kind, person->nkeys, key_values, key_nulls,
										 person->types))
			continue;
		for (i = 0; i < n && !known; i++)
			known = subjects[i].class_id == person->class_id && subjects[i].len == key->len &&
				memcmp(subjects[i].key, key->data, key->len) == 0;
		if (known)
			continue;
		subjects[n].class_id = person->class_id;
		subjects[n].len = key->len;
		subjects[n].key = key->data;
		n++;
	}
	return n;
}

static void
record_truncate(Relation rel)
{
	EthAuditLayout *layout = eth_audit_layout(rel);
	EthAuditPending pending;

	memset(&pending, 0, sizeof(pending));
	pending.kind = ETH_AUDIT_TRUNCATE;
	pending.relation = layout->relation;
	eth_audit_add(&pending);
}

static void
record_row(TriggerData *trigdata)
{
	EthAuditLayout *layout = eth_audit_layout(trigdata->tg_relation);
	bool		full = strcmp(trigdata->tg_trigger->tgargs[0], ETH_IMAGES_FULL) == 0;
	TupleTableSlot *old_slot = NULL;
	TupleTableSlot *new_slot = NULL;
	EthAuditSubject subjects[2 * ETH_IMAGE_PERSONS];
	EthKey		keys[2 * ETH_IMAGE_PERSONS];
	EthAuditPending pending;
	StringInfoData image;
	bool	   *changed = NULL;
	bool	   *wanted = NULL;
	int			n = 0;
	int			i;

	memset(&pending, 0, sizeof(pending));
	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
	{
		pending.kind = ETH_AUDIT_INSERT;
		new_slot = trigdata->tg_trigslot;
	}
	else if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
	{
		pending.kind = ETH_AUDIT_DELETE;
		old_slot = trigdata->tg_trigslot;
	}
	else
	{
		pending.kind = ETH_AUDIT_UPDATE;
		old_slot = trigdata->tg_trigslot;
		new_slot = trigdata->tg_newslot;
	}
	if (old_slot != NULL)
		slot_getallattrs(old_slot);
	if (new_slot != NULL)
		slot_getallattrs(new_slot);

	if (old_slot != NULL && new_slot != NULL)
	{
		changed = palloc(sizeof(bool) * Max(layout->ncolumns, 1));
		if (!eth_audit_image_changes(layout, old_slot->tts_values, old_slot->tts_isnull,
									 new_slot->tts_values, new_slot->tts_isnull, changed))
			return;
		for (i = 0; i < layout->ncolumns; i++)
			if (changed[i])
				pending.columns_changed = lappend(pending.columns_changed, layout->columns[i].name);
		if (!full)
		{
			wanted = palloc(sizeof(bool) * Max(layout->ncolumns, 1));
			for (i = 0; i < layout->ncolumns; i++)
				wanted[i] = changed[i] || layout->columns[i].key;
		}
	}

	if (old_slot != NULL)
		n = add_persons(layout, old_slot->tts_values, old_slot->tts_isnull, subjects, keys, n);
	if (new_slot != NULL)
		n = add_persons(layout, new_slot->tts_values, new_slot->tts_isnull, subjects, keys, n);

	initStringInfo(&image);
	eth_audit_image_write(&image, layout,
						  wanted ? wanted : NULL,
						  old_slot ? old_slot->tts_values : NULL,
						  old_slot ? old_slot->tts_isnull : NULL,
						  wanted,
						  new_slot ? new_slot->tts_values : NULL,
						  new_slot ? new_slot->tts_isnull : NULL);
	pending.relation = layout->relation;
	pending.nsubjects = n;
	pending.subjects = subjects;
	pending.layout = layout->id;
	pending.image = image.data;
	pending.image_len = image.len;
	eth_audit_add(&pending);
	pfree(image.data);
}

/*
 * _audit_change('difference' | 'full'): the triggers.  Errors: 39P01 when it is
 * called otherwise, F0000 when there is no master key to seal the values with.
 */
Datum
ethdata__audit_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigdata->tg_event) ||
		trigdata->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired AFTER with one argument",
						"ethdata._audit_change"),
				 errhint("Use ethdata.audit_changes().")));
	if (TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event))
		record_truncate(trigdata->tg_relation);
	else if (TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		record_row(trigdata);
	else
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired FOR EACH ROW", "ethdata._audit_change")));
	return PointerGetDatum(NULL);
}
