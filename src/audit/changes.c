/*
 * changes.c
 *		audit_changes(): which tables' changes are recorded, and that they stay so.
 *
 * A table is recorded by two triggers (trigger.c), both ENABLE ALWAYS, so that
 * session_replication_role is no way around them.  They are ordinary triggers of
 * the table: a dump carries them.
 *
 * What is recorded of a table is recorded of every table below it.  The row
 * trigger of a partitioned table is core's to clone to its partitions; a table
 * that inherits has one of its own, and so has every table for TRUNCATE, because
 * core fires those of the table named only.  A partition that leaves takes the
 * recording along: else its owner could detach it, change it and attach it again.
 *
 * Locks: AccessExclusiveLock on the table and all below it, parents first.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/tablecmds.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_func.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "audit/image.h"
#include "protect/define.h"

#define TRIGGER_ROW			"ethdata_audit"
#define TRIGGER_TRUNCATE	"ethdata_audit_truncate"
#define TRIGGER_FUNCTION	"_audit_change"

PG_FUNCTION_INFO_V1(ethdata_audit_changes);

/* What is kept of a row; a larger one is more. */
typedef enum Images
{
	IMAGES_NONE,
	IMAGES_DIFFERENCE,
	IMAGES_FULL
} Images;

static const char *const images_names[] = {"none", "difference", ETH_IMAGES_FULL};

static bool
images_by_name(const char *name, Images *images)
{
	size_t		i;

	for (i = 0; i < lengthof(images_names); i++)
	{
		if (strcmp(name, images_names[i]) == 0)
		{
			*images = (Images) i;
			return true;
		}
	}
	return false;
}

/* ---- the triggers of one table ---- */

/* What the table's trigger of this name records; clone: it is the parent's. */
static Images
recorded(Oid relid, const char *name, bool *clone)
{
	Relation	rel = table_open(relid, NoLock);
	Images		result = IMAGES_NONE;
	Oid			function;
	int			i;

	*clone = false;
	if (rel->trigdesc != NULL)
	{
		function = LookupFuncName(list_make2(makeString(ETH_SCHEMA), makeString(TRIGGER_FUNCTION)),
								  0, NULL, true);
		for (i = 0; i < rel->trigdesc->numtriggers; i++)
		{
			Trigger    *trigger = &rel->trigdesc->triggers[i];

			if (trigger->tgfoid != function || strcmp(trigger->tgname, name) != 0 ||
				trigger->tgnargs != 1 || !images_by_name(trigger->tgargs[0], &result))
				continue;
			*clone = trigger->tgisclone;
		}
	}
	table_close(rel, NoLock);
	return result;
}

static Images
recorded_rows(Oid relid)
{
	bool		clone;

	return recorded(relid, TRIGGER_ROW, &clone);
}

static int16
events_of(bool row)
{
	return row ? TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE : TRIGGER_TYPE_TRUNCATE;
}

static void
make_trigger(Oid relid, const char *name, bool row, Images images)
{
	CreateTrigStmt *stmt = makeNode(CreateTrigStmt);
	AlterTableCmd *cmd = makeNode(AlterTableCmd);

	stmt->trigname = pstrdup(name);
	stmt->relation = makeRangeVar(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid), -1);
	stmt->funcname = list_make2(makeString(ETH_SCHEMA), makeString(TRIGGER_FUNCTION));
	stmt->args = list_make1(makeString(pstrdup(images_names[images])));
	stmt->row = row;
	stmt->timing = TRIGGER_TYPE_AFTER;
	stmt->events = events_of(row);
	(void) CreateTrigger(stmt, NULL, relid, InvalidOid, InvalidOid, InvalidOid, InvalidOid,
						 InvalidOid, NULL, false, false);
	CommandCounterIncrement();

	cmd->subtype = AT_EnableAlwaysTrig;
	cmd->name = pstrdup(name);
	AlterTableInternal(relid, list_make1(cmd), true);
	CommandCounterIncrement();
}

/* Is it ethdata that drops a trigger?  Until the end of performDeletion(). */
static bool dropping = false;

bool
eth_audit_is_dropping(void)
{
	return dropping;
}

static void
drop_trigger(Oid relid, const char *name)
{
	Oid			trigger = get_trigger_oid(relid, name, true);
	ObjectAddress address;

	if (!OidIsValid(trigger))
		return;
	ObjectAddressSet(address, TriggerRelationId, trigger);
	dropping = true;
	PG_TRY();
	{
		performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	}
	PG_FINALLY();
	{
		dropping = false;
	}
	PG_END_TRY();
	CommandCounterIncrement();
}

/* ---- a table and all below it ---- */

static void
refuse_less(Oid relid)
{
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("permission denied to record less of %s", eth_protect_relation_name(relid)),
			 errdetail("An owner may have more recorded, less is for policy administrators."),
			 errhint("Ask a member of role \"%s\".", ETH_ROLE_ADMIN)));
}

/*
 * Row triggers of their own that stand where the parent's clone is to be.  less:
 * they may have recorded more.
 */
static void
drop_own_triggers(List *tables, Images images, bool less)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		Oid			relid = lfirst_oid(lc);
		bool		clone;
		Images		before = recorded(relid, TRIGGER_ROW, &clone);

		if (!get_rel_relispartition(relid) || before == IMAGES_NONE || clone)
			continue;
		if (before > images && !less)
			refuse_less(relid);
		drop_trigger(relid, TRIGGER_ROW);
	}
}

/* TRUNCATE of the table is recorded as its rows are. */
static void
follow_with_truncate(Oid relid)
{
	Images		images = recorded_rows(relid);
	bool		clone;

	/* 15: no such triggers on foreign tables */
	if (get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE ||
		images == recorded(relid, TRIGGER_TRUNCATE, &clone))
		return;
	drop_trigger(relid, TRIGGER_TRUNCATE);
	if (images != IMAGES_NONE)
		make_trigger(relid, TRIGGER_TRUNCATE, false, images);
}

/*
 * Records this much of the table and of all below it.  less: also where more is
 * recorded; otherwise a table that inherits keeps more, and a partition that would
 * lose some is an error.  Within eth_core_enter().
 */
static void
record_from_now_on(Oid top, Images images, bool less)
{
	List	   *tables = find_all_inheritors(top, AccessExclusiveLock, NULL);
	bool		clone;
	ListCell   *lc;

	if (recorded(top, TRIGGER_ROW, &clone) != images && !clone)
		drop_own_triggers(list_copy_tail(tables, 1), images, less);
	foreach(lc, tables)
	{
		Oid			relid = lfirst_oid(lc);
		Images		before = recorded(relid, TRIGGER_ROW, &clone);

		/* partitions come after their parent, which saw to them */
		if (!clone && before != images && (before < images || less))
		{
			drop_trigger(relid, TRIGGER_ROW);
			if (images != IMAGES_NONE)
				make_trigger(relid, TRIGGER_ROW, true, images);
		}
	}
	foreach(lc, tables)
		follow_with_truncate(lfirst_oid(lc));
}

/* ---- tables that come and go ---- */

/* Indexes are attached to indexes, too. */
static bool
is_table(Oid relid)
{
	char		kind = OidIsValid(relid) ? get_rel_relkind(relid) : '\0';

	return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_FOREIGN_TABLE;
}

/* A table came under others: what is recorded of one of them is recorded of it. */
static void
child_added(Oid child)
{
	Images		images = IMAGES_NONE;
	EthCaller	caller;
	ListCell   *lc;

	foreach(lc, eth_protect_parents(child))
		images = Max(images, recorded_rows(lfirst_oid(lc)));
	if (images == IMAGES_NONE)
		return;
	eth_core_enter(&caller);
	record_from_now_on(child, images, false);
	eth_core_leave(&caller);
}

/* ---- what a statement did ---- */

/*
 * Gathered while it runs, by OID: another session may rename what a name stood for,
 * or put another table before it, while the statement waits for a lock.
 */
typedef struct Followed
{
	Oid			relid;
	Images		images;			/* what its own trigger, that was taken,
								 * recorded; none: it came under another table */
} Followed;

static Followed *followed = NULL;
static int	nfollowed = 0;
static int	space = 0;

static void
follow(Oid relid, Images images)
{
	if (nfollowed == space)
	{
		int			more = Max(16, 2 * space);

		/* DETACH CONCURRENTLY commits within the statement */
		followed = followed ? repalloc(followed, more * sizeof(Followed)) :
			MemoryContextAlloc(TopMemoryContext, more * sizeof(Followed));
		space = more;
	}
	followed[nfollowed].relid = relid;
	followed[nfollowed].images = images;
	nfollowed++;
}

/* Core takes a row trigger: from a partition that leaves. */
void
eth_audit_trigger_taken(Oid relid)
{
	Images		images = recorded_rows(relid);

	if (images != IMAGES_NONE)
		follow(relid, images);
}

/* A table came under another one, or left it. */
void
eth_audit_inherits(Oid relid)
{
	follow(relid, IMAGES_NONE);
}

int
eth_audit_followed(void)
{
	return nfollowed;
}

/* The statement failed. */
void
eth_audit_forget_followed(int before)
{
	nfollowed = Min(nfollowed, before);
}

/*
 * The statement is done: who lost a trigger gets another, who came under a table its.
 * before: what a statement around this one has gathered waits for its end.
 */
void
eth_audit_follow(int before)
{
	int			n = nfollowed - before;
	Followed   *list;
	EthCaller	caller;
	int			pass;
	int			i;

	if (n <= 0)
		return;
	list = palloc((Size) n * sizeof(Followed));
	memcpy(list, followed + before, (Size) n * sizeof(Followed));
	nfollowed = before;
	CommandCounterIncrement();
	/* tops first: what is below follows them */
	for (pass = 0; pass < 2; pass++)
	{
		for (i = 0; i < n; i++)
		{
			Oid			relid = list[i].relid;

			if (!is_table(relid) || get_rel_relispartition(relid) != (pass == 1))
				continue;
			LockRelationOid(relid, AccessShareLock);
			if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
				continue;
			if (list[i].images != IMAGES_NONE && recorded_rows(relid) == IMAGES_NONE)
			{
				eth_core_enter(&caller);
				record_from_now_on(relid, list[i].images, false);
				eth_core_leave(&caller);
			}
			else if (list[i].images == IMAGES_NONE)
				child_added(relid);
		}
	}
	pfree(list);
}

/* A partition is about to come: the parent's trigger will stand in place of its own. */
void
eth_audit_attaching(Oid parent, Oid child)
{
	Images		images;
	EthCaller	caller;
	ListCell   *lc;

	if (!is_table(parent) || !is_table(child) ||
		!eth_compat_owns_relation(parent, GetUserId()) ||
		!eth_compat_owns_relation(child, GetUserId()))
		return;
	LockRelationOid(parent, ShareUpdateExclusiveLock);
	images = recorded_rows(parent);
	if (images == IMAGES_NONE)
		return;
	LockRelationOid(child, AccessExclusiveLock);
	if (!eth_audit_is_audited(child) && get_rel_relkind(child) != RELKIND_PARTITIONED_TABLE)
		return;
	if (recorded_rows(child) > images && !eth_core_is_admin(GetUserId()))
		refuse_less(child);
	/* unless core, which looks for it again, attaches another */
	foreach(lc, find_all_inheritors(child, AccessExclusiveLock, NULL))
		eth_audit_trigger_taken(lfirst_oid(lc));
	eth_core_enter(&caller);
	drop_own_triggers(find_all_inheritors(child, AccessExclusiveLock, NULL), images,
					  eth_core_is_admin(caller.userid));
	drop_trigger(child, TRIGGER_ROW);
	eth_core_leave(&caller);
}

/* ---- what others ask ---- */

/* Is it one of our triggers?  By name: no other may bear it. */
bool
eth_audit_is_trigger_name(const char *name)
{
	return name != NULL && (strcmp(name, TRIGGER_ROW) == 0 || strcmp(name, TRIGGER_TRUNCATE) == 0);
}

/* Would the statement make one of our triggers as we make it?  A restore does. */
bool
eth_audit_is_trigger(const CreateTrigStmt *stmt)
{
	bool		row = strcmp(stmt->trigname, TRIGGER_ROW) == 0;
	int16		events = events_of(row);
	Images		images = IMAGES_NONE;

	return list_length(stmt->funcname) == 2 &&
		strcmp(strVal(linitial(stmt->funcname)), ETH_SCHEMA) == 0 &&
		strcmp(strVal(lsecond(stmt->funcname)), TRIGGER_FUNCTION) == 0 &&
		stmt->row == row && stmt->timing == TRIGGER_TYPE_AFTER && stmt->events == events &&
		stmt->columns == NIL && stmt->whenClause == NULL && !stmt->isconstraint &&
		stmt->transitionRels == NIL && list_length(stmt->args) == 1 &&
		images_by_name(strVal(linitial(stmt->args)), &images) && images != IMAGES_NONE;
}

bool
eth_audit_is_audited(Oid relid)
{
	return OidIsValid(relid) && OidIsValid(get_trigger_oid(relid, TRIGGER_ROW, true));
}

/* By its own trigger, not by that of a table above? */
bool
eth_audit_is_audited_itself(Oid relid)
{
	Relation	rel;
	bool		clone;
	Images		images;

	if (!eth_audit_is_audited(relid))
		return false;
	rel = table_open(relid, AccessShareLock);
	images = recorded(relid, TRIGGER_ROW, &clone);
	table_close(rel, AccessShareLock);
	return images != IMAGES_NONE && !clone;
}

Oid
eth_audit_recorded_by(Oid trigger)
{
	Relation	pg_trigger = table_open(TriggerRelationId, AccessShareLock);
	Oid			relid = InvalidOid;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
	scan = systable_beginscan(pg_trigger, TriggerOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);

		if (strcmp(NameStr(form->tgname), TRIGGER_ROW) == 0)
			relid = form->tgrelid;
	}
	systable_endscan(scan);
	table_close(pg_trigger, AccessShareLock);
	return relid;
}

/* ---- audit_changes() ---- */

/* Partitions are recorded as their parent is. */
static void
refuse_clone(Oid relid, Images before)
{
	ereport(ERROR,
			(errcode(ETH_ERR_REFUSED),
			 errmsg("changes of %s are recorded with its parent's", eth_protect_relation_name(relid)),
			 errdetail("The images kept are %s.", images_names[before]),
			 errhint("Call ethdata.audit_changes() for %s.",
					 eth_protect_relation_name(get_partition_parent(relid, true)))));
}

/*
 * audit_changes(relation regclass, images text) -> bool
 *		Records changes of the rows of the table and of all below it from now on.
 *		images: difference, full, or none, which ends it.  Result: whether
 *		anything changed.
 *
 * Errors: 55000 not preloaded, or a partition of a table that is recorded; 22023
 * null or another word; 42809 not an ordinary or partitioned table; 42501 neither
 * owner nor administrator, or an owner who would record less; F0000 no master key.
 */
Datum
ethdata_audit_changes(PG_FUNCTION_ARGS)
{
	Oid			relid;
	Images		images;
	Images		before;
	bool		clone;
	char	   *name;
	EthCaller	caller;
	EthAuditEvent event;
	EthDetails	details;

	eth_core_require_preload("ethdata.audit_changes()");
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("relation and images must not be null")));
	relid = PG_GETARG_OID(0);
	name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!images_by_name(name, &images))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("unknown images \"%s\"", name),
				 errhint("It is difference, full or none.")));
	eth_protect_check_relation(relid, "audit changes of");
	eth_core_require_owner_or_admin(relid, "audit changes of");
	if (images != IMAGES_NONE)
		(void) eth_crypto_key(ETH_USE_WRAP);

	LockRelationOid(relid, AccessShareLock);
	if (recorded_rows(relid) == images)
		PG_RETURN_BOOL(false);
	LockRelationOid(relid, AccessExclusiveLock);
	before = recorded(relid, TRIGGER_ROW, &clone);
	if (before == images)
		PG_RETURN_BOOL(false);
	if (clone)
		refuse_clone(relid, before);
	if (before > images && !eth_core_is_admin(GetUserId()))
		refuse_less(relid);

	eth_core_enter(&caller);
	record_from_now_on(relid, images, eth_core_is_admin(caller.userid));
	eth_core_leave(&caller);

	if (before != IMAGES_NONE)
		ereport(NOTICE, (errmsg("images of %s changed from %s to %s",
								eth_protect_relation_name(relid), images_names[before], images_names[images])));
	eth_core_details_begin(&details);
	eth_core_details_change(&details, "images", images_names[before], images_names[images]);
	memset(&event, 0, sizeof(event));
	event.kind = ETH_AUDIT_POLICY;
	event.action = "audit_changes";
	event.relid = relid;
	event.details = eth_core_details_end(&details);
	eth_core_event(&event);
	PG_RETURN_BOOL(true);
}
