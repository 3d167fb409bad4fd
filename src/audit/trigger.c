/*
 * trigger.c
 *		audit_changes() and the triggers that it makes.
 *
 *	ethdata_audit			AFTER INSERT, UPDATE, DELETE, FOR EACH ROW: the values
 *							before and after, as an image (image.c).  A row trigger
 *							also fires for changes that name a partition, and in the
 *							apply worker of a subscription.
 *	ethdata_audit_truncate	AFTER TRUNCATE, FOR EACH STATEMENT
 *
 * Both are ENABLE ALWAYS: session_replication_role is no way around them.  They
 * are ordinary triggers of the table, so a dump carries them, with what is kept of
 * a row as their argument: difference (of an UPDATE the columns that changed and
 * the primary key) or full.  An UPDATE that changes no value is no change.
 *
 * EXECUTE on the trigger function is PUBLIC's: whoever restores a table creates
 * its triggers.  It does nothing but record what its table's rows say.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_trigger.h"
#include "catalog/dependency.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_inherits.h"
#include "commands/tablecmds.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_func.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "audit/image.h"
#include "protect/define.h"

#define TRIGGER_ROW			"ethdata_audit"
#define TRIGGER_TRUNCATE	"ethdata_audit_truncate"

#define IMAGES_DIFFERENCE	"difference"
#define IMAGES_FULL			"full"
#define IMAGES_NONE			"none"

PG_FUNCTION_INFO_V1(ethdata__audit_change);
PG_FUNCTION_INFO_V1(ethdata_audit_changes);

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
	bool		full = strcmp(trigdata->tg_trigger->tgargs[0], IMAGES_FULL) == 0;
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

/* ---- audit_changes() ---- */

/* Our trigger's argument; NULL: the table has no such trigger. */
static char *
images_of(Oid relid)
{
	Relation	rel = table_open(relid, NoLock);
	Oid			function = InvalidOid;
	char	   *result = NULL;
	int			i;

	if (rel->trigdesc != NULL)
	{
		function = LookupFuncName(list_make2(makeString(ETH_SCHEMA), makeString("_audit_change")),
								  0, NULL, true);
		for (i = 0; i < rel->trigdesc->numtriggers; i++)
		{
			Trigger    *trigger = &rel->trigdesc->triggers[i];

			if (trigger->tgfoid == function && strcmp(trigger->tgname, TRIGGER_ROW) == 0 &&
				trigger->tgnargs == 1)
				result = pstrdup(trigger->tgargs[0]);
		}
	}
	table_close(rel, NoLock);
	return result;
}

static void
make_trigger(Oid relid, const char *name, bool row, const char *images)
{
	CreateTrigStmt *stmt = makeNode(CreateTrigStmt);
	AlterTableCmd *cmd = makeNode(AlterTableCmd);

	stmt->trigname = pstrdup(name);
	stmt->relation = makeRangeVar(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid), -1);
	stmt->funcname = list_make2(makeString(ETH_SCHEMA), makeString("_audit_change"));
	stmt->args = list_make1(makeString(pstrdup(images)));
	stmt->row = row;
	stmt->timing = TRIGGER_TYPE_AFTER;
	stmt->events = row ? TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE :
		TRIGGER_TYPE_TRUNCATE;
	(void) CreateTrigger(stmt, NULL, relid, InvalidOid, InvalidOid, InvalidOid, InvalidOid,
						 InvalidOid, NULL, false, false);
	CommandCounterIncrement();

	cmd->subtype = AT_EnableAlwaysTrig;
	cmd->name = pstrdup(name);
	AlterTableInternal(relid, list_make1(cmd), true);
	CommandCounterIncrement();
}

static void
drop_trigger(Oid relid, const char *name)
{
	Oid			trigger = get_trigger_oid(relid, name, true);
	ObjectAddress address;

	if (!OidIsValid(trigger))
		return;
	ObjectAddressSet(address, TriggerRelationId, trigger);
	performDeletion(&address, DROP_RESTRICT, 0);
	CommandCounterIncrement();
}

/* TRUNCATE of a partition fires the partition's triggers only. */
static void
for_truncate(Oid relid, const char *images)
{
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relid, AccessExclusiveLock, NULL))
	{
		Oid			child = lfirst_oid(lc);

		drop_trigger(child, TRIGGER_TRUNCATE);
		if (strcmp(images, IMAGES_NONE) != 0 && get_rel_relkind(child) != RELKIND_FOREIGN_TABLE)
			make_trigger(child, TRIGGER_TRUNCATE, false, images);
	}
}

/*
 * A child came under an audited table: its TRUNCATE is recorded too (core gives
 * it the row trigger).  Called after the statement.
 */
void
eth_audit_child_added(Oid child)
{
	EthCaller	caller;
	char	   *images;

	if (!OidIsValid(child) || get_rel_relkind(child) == RELKIND_FOREIGN_TABLE)
		return;
	CommandCounterIncrement();
	images = images_of(child);
	if (images == NULL || OidIsValid(get_trigger_oid(child, TRIGGER_TRUNCATE, true)))
		return;
	eth_core_enter(&caller);
	make_trigger(child, TRIGGER_TRUNCATE, false, images);
	eth_core_leave(&caller);
}

/* Is it one of our triggers?  By name: no other may bear it. */
bool
eth_audit_is_trigger_name(const char *name)
{
	return name != NULL && (strcmp(name, TRIGGER_ROW) == 0 || strcmp(name, TRIGGER_TRUNCATE) == 0);
}

bool
eth_audit_is_audited(Oid relid)
{
	return OidIsValid(relid) && OidIsValid(get_trigger_oid(relid, TRIGGER_ROW, true));
}

/*
 * audit_changes(relation regclass, images text) -> bool
 *		Records changes of the table's rows from now on.  images: difference,
 *		full, or none, which ends it.  Result: whether anything changed.
 *
 * Errors: 55000 not preloaded; 22023 null or another word; 42809 not an ordinary
 * or partitioned table; 42501 neither owner nor administrator, or an owner who
 * would record less; F0000 no master key.
 */
Datum
ethdata_audit_changes(PG_FUNCTION_ARGS)
{
	Oid			relid;
	char	   *images;
	char	   *before;
	EthCaller	caller;
	EthAuditEvent event;
	EthDetails	details;

	eth_core_require_preload("ethdata.audit_changes()");
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("relation and images must not be null")));
	relid = PG_GETARG_OID(0);
	images = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (strcmp(images, IMAGES_DIFFERENCE) != 0 && strcmp(images, IMAGES_FULL) != 0 &&
		strcmp(images, IMAGES_NONE) != 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("unknown images \"%s\"", images),
				 errhint("It is difference, full or none.")));
	eth_protect_check_relation(relid, "audit changes of");
	eth_core_require_owner_or_admin(relid, "audit changes of");
	if (strcmp(images, IMAGES_NONE) != 0)
		(void) eth_crypto_key(ETH_USE_WRAP);

	LockRelationOid(relid, AccessShareLock);
	before = images_of(relid);
	if (strcmp(before ? before : IMAGES_NONE, images) == 0)
		PG_RETURN_BOOL(false);
	LockRelationOid(relid, AccessExclusiveLock);
	before = images_of(relid);
	if (strcmp(before ? before : IMAGES_NONE, images) == 0)
		PG_RETURN_BOOL(false);
	if (before != NULL && strcmp(images, IMAGES_FULL) != 0 && !eth_core_is_admin(GetUserId()))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to record less of %s", eth_protect_relation_name(relid)),
				 errdetail("An owner may have more recorded, less is for policy administrators."),
				 errhint("Ask a member of role \"%s\".", ETH_ROLE_ADMIN)));

	eth_core_enter(&caller);
	drop_trigger(relid, TRIGGER_ROW);
	if (strcmp(images, IMAGES_NONE) != 0)
		make_trigger(relid, TRIGGER_ROW, true, images);
	for_truncate(relid, images);
	eth_core_leave(&caller);

	if (before != NULL)
		ereport(NOTICE, (errmsg("images of %s changed from %s to %s",
								eth_protect_relation_name(relid), before, images)));
	eth_core_details_begin(&details);
	eth_core_details_change(&details, "images", before ? before : IMAGES_NONE, images);
	memset(&event, 0, sizeof(event));
	event.kind = ETH_AUDIT_POLICY;
	event.action = "audit_changes";
	event.relid = relid;
	event.details = eth_core_details_end(&details);
	eth_core_event(&event);
	PG_RETURN_BOOL(true);
}
