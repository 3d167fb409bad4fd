/*
 * write.c
 *		Rows of the audit's tables: straight into the month's partition.
 *
 * Rows are written with the table access method and the partition's indexes, not
 * through SQL: no plan, no privilege check (only this room writes), no routing.
 * The partition of a month is a plain table named after its parent and month,
 * audit_record_2026_11; it is made when first needed and the next month's along
 * with it, so that at the turn of a month nobody has to wait.  It is made as a
 * table and attached, which locks the parent less than CREATE TABLE .. PARTITION
 * OF.  Partitions are no members of the extension: pg_dump carries them.
 *
 * Two transactions that need the very first partition at the same time: the
 * second waits for the first to end.  audit_changes() and every definition make
 * partitions, so that this is when somebody sets things up.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/timeline.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "audit/internal.h"

/* Rows handed to the access method at a time: what COPY does. */
#define BATCH 500

/* ---- rows ---- */

typedef struct Target
{
	Relation	rel;
	EState	   *estate;
	ResultRelInfo *info;
	int			nslots;
	TupleTableSlot *slots[BATCH];
	BulkInsertState bulk;
} Target;

static void
target_open(Target *target, Oid relid, int nslots)
{
	int			i;

	target->rel = table_open(relid, RowExclusiveLock);
	target->estate = CreateExecutorState();
	target->info = makeNode(ResultRelInfo);
	InitResultRelInfo(target->info, target->rel, 0, NULL, 0);
	ExecOpenIndices(target->info, false);
	target->nslots = nslots;
	for (i = 0; i < nslots; i++)
		target->slots[i] = table_slot_create(target->rel, NULL);
	target->bulk = nslots > 1 ? GetBulkInsertState() : NULL;
}

static void
target_put(Target *target, int i, int natts, Datum *values, bool *nulls)
{
	TupleTableSlot *slot = target->slots[i];

	if (slot->tts_tupleDescriptor->natts != natts)
		elog(ERROR, "table \"%s\" has %d columns, not %d", RelationGetRelationName(target->rel),
			 slot->tts_tupleDescriptor->natts, natts);
	ExecClearTuple(slot);
	memcpy(slot->tts_values, values, sizeof(Datum) * natts);
	memcpy(slot->tts_isnull, nulls, sizeof(bool) * natts);
	ExecStoreVirtualTuple(slot);
}

static void
target_write(Target *target, int n)
{
	int			i;

	if (n > 1)
		table_multi_insert(target->rel, target->slots, n, GetCurrentCommandId(true), 0, target->bulk);
	else
		table_tuple_insert(target->rel, target->slots[0], GetCurrentCommandId(true), 0, NULL);
	if (target->info->ri_NumIndices == 0)
		return;
	for (i = 0; i < n; i++)
	{
		(void) eth_compat_insert_index_tuples(target->info, target->slots[i], target->estate);
		ResetPerTupleExprContext(target->estate);
	}
}

static void
target_close(Target *target)
{
	int			i;

	if (target->bulk != NULL)
		FreeBulkInsertState(target->bulk);
	for (i = 0; i < target->nslots; i++)
		ExecDropSingleTupleTableSlot(target->slots[i]);
	ExecCloseIndices(target->info);
	FreeExecutorState(target->estate);
	table_close(target->rel, NoLock);
}

/* One row of a table of ours that is not partitioned. */
void
eth_audit_insert_row(const char *table, Datum *values, bool *nulls)
{
	Target		target;

	target_open(&target, eth_core_relid(table, false), 1);
	target_put(&target, 0, target.slots[0]->tts_tupleDescriptor->natts, values, nulls);
	target_write(&target, 1);
	target_close(&target);
}

/* ---- partitions ---- */

static void
month_of(TimestampTz at, int *year, int *month)
{
	struct pg_tm tm;
	fsec_t		fsec;

	/* without a zone: UTC */
	if (timestamp2tm(at, NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "timestamp out of range");
	*year = tm.tm_year;
	*month = tm.tm_mon;
}

static void
next_month(int *year, int *month)
{
	if (++*month > 12)
	{
		*month = 1;
		++*year;
	}
}

static Oid
partition_oid(const char *parent, int year, int month)
{
	char		name[NAMEDATALEN];

	snprintf(name, sizeof(name), "%s_%04d_%02d", parent, year, month);
	return get_relname_relid(name, eth_core_schema_oid(false));
}

static void
run(const char *command)
{
	eth_core_spi(command, SPI_OK_UTILITY, 0, NULL, NULL, NULL, false);
}

/*
 * The statements are of names that this file makes from numbers; there is no
 * parameter in DDL.
 */
static void
make_partition(const char *parent, int year, int month)
{
	char	   *name = psprintf("%s_%04d_%02d", parent, year, month);
	char	   *from = psprintf("%04d-%02d-01 00:00:00+00", year, month);
	bool		records = strcmp(parent, "audit_record") == 0;

	next_month(&year, &month);
	run(psprintf("CREATE TABLE ethdata.%s (LIKE ethdata.%s)", name, parent));
	run(psprintf("REVOKE ALL ON ethdata.%s FROM PUBLIC", name));
	run(psprintf("COMMENT ON TABLE ethdata.%s IS 'Partition of ethdata.%s.'", name, parent));
	run(psprintf("CREATE INDEX ON ethdata.%s (id)", name));
	if (records)
	{
		run(psprintf("CREATE INDEX ON ethdata.%s (subject) WHERE subject IS NOT NULL", name));
		run(psprintf("CREATE INDEX ON ethdata.%s USING gin (other_subjects) WHERE other_subjects IS NOT NULL", name));
		run(psprintf("CREATE INDEX ON ethdata.%s USING brin (recorded_at) WITH (autosummarize)", name));
		run(psprintf("CREATE INDEX ON ethdata.%s USING brin (xid) WITH (autosummarize)", name));
	}
	run(psprintf("CREATE TRIGGER append_only_statement BEFORE UPDATE OR DELETE OR TRUNCATE ON ethdata.%s"
				 " FOR EACH STATEMENT EXECUTE FUNCTION ethdata._audit_append_only()", name));
	run(psprintf("ALTER TABLE ethdata.%s ENABLE ALWAYS TRIGGER append_only_statement", name));
	run(psprintf("ALTER TABLE ethdata.%s ATTACH PARTITION ethdata.%s FOR VALUES FROM ('%s') TO ('%04d-%02d-01 00:00:00+00')",
				 parent, name, from, year, month));
}

static const char *const parents[] = {"audit_record", "audit_context"};

static bool
partitions_exist(int year, int month)
{
	size_t		i;

	for (i = 0; i < lengthof(parents); i++)
		if (!OidIsValid(partition_oid(parents[i], year, month)))
			return false;
	return true;
}

static void
make_partitions(int year, int month)
{
	EthCaller	caller;
	bool		pushed = false;
	size_t		i;

	eth_core_enter(&caller);
	(void) set_config_option("client_min_messages", "warning", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	if (!ActiveSnapshotSet())
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		pushed = true;
	}
	SPI_connect();
	for (i = 0; i < lengthof(parents); i++)
		if (!OidIsValid(partition_oid(parents[i], year, month)))
			make_partition(parents[i], year, month);
	SPI_finish();
	if (pushed)
		PopActiveSnapshot();
	eth_core_leave(&caller);
}

void
eth_audit_ensure_partitions(TimestampTz at)
{
	Oid			parent = eth_core_relid("audit_record", false);
	int			year;
	int			month;

	month_of(at, &year, &month);
	if (!partitions_exist(year, month))
	{
		LockRelationOid(parent, ShareUpdateExclusiveLock);
		if (!partitions_exist(year, month))
			make_partitions(year, month);
	}
	next_month(&year, &month);
	if (!partitions_exist(year, month) && ConditionalLockRelationOid(parent, ShareUpdateExclusiveLock))
	{
		if (!partitions_exist(year, month))
			make_partitions(year, month);
	}
}

static Oid
partition_for(const char *parent, TimestampTz at)
{
	int			year;
	int			month;

	eth_audit_ensure_partitions(at);
	month_of(at, &year, &month);
	return partition_oid(parent, year, month);
}

/* ---- identity of this history ---- */

static int32 known_incarnation = 0;
static uint64 known_system = 0;
static Oid	known_table = InvalidOid;	/* another one after CREATE EXTENSION */
static TimeLineID known_timeline = 0;
static bool incarnation_is_own = false; /* its row was made by this
										 * transaction */

/* Reads the newest incarnation; false when there is none or it is another server's or time line's. */
static bool
newest_incarnation(const char *system, TimeLineID timeline, int32 *incarnation)
{
	Relation	rel = table_open(eth_core_relid("audit_incarnation", false), AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;
	bool		is_ours = false;

	*incarnation = 0;
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		TupleDesc	desc = RelationGetDescr(rel);
		bool		isnull;
		int32		number = DatumGetInt32(heap_getattr(tuple, 1, desc, &isnull));

		if (number <= *incarnation)
			continue;
		*incarnation = number;
		is_ours = strcmp(TextDatumGetCString(heap_getattr(tuple, 2, desc, &isnull)), system) == 0 &&
			DatumGetInt64(heap_getattr(tuple, 3, desc, &isnull)) == (int64) MyDatabaseId &&
			DatumGetInt64(heap_getattr(tuple, 4, desc, &isnull)) == (int64) timeline;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return is_ours;
}

/*
 * The number of the incarnation: this server (system identifier), database and
 * time line.  Transaction ids are comparable within one only.  A new one, after a
 * restore, a copy of the database or a promotion, is itself an event.
 */
int32
eth_audit_incarnation(void)
{
	Oid			table = eth_core_relid("audit_incarnation", false);
	uint64		system = GetSystemIdentifier();
	TimeLineID	timeline = GetWALInsertionTimeLine();
	char		system_text[32];
	int32		incarnation;

	if (known_incarnation != 0 && known_system == system && known_table == table &&
		known_timeline == timeline)
		return known_incarnation;

	snprintf(system_text, sizeof(system_text), UINT64_FORMAT, system);
	if (!newest_incarnation(system_text, timeline, &incarnation))
	{
		LockRelationOid(table, ShareRowExclusiveLock);
		if (!newest_incarnation(system_text, timeline, &incarnation))
		{
			Datum		values[5];
			bool		nulls[5] = {false};

			incarnation++;
			values[0] = Int32GetDatum(incarnation);
			values[1] = CStringGetTextDatum(system_text);
			values[2] = Int64GetDatum((int64) MyDatabaseId);
			values[3] = Int64GetDatum((int64) timeline);
			values[4] = TimestampTzGetDatum(GetCurrentTimestamp());
			eth_audit_insert_row("audit_incarnation", values, nulls);
			incarnation_is_own = true;
		}
	}
	known_incarnation = incarnation;
	known_system = system;
	known_table = table;
	known_timeline = timeline;
	return incarnation;
}

void
eth_audit_write_rolled_back(void)
{
	if (incarnation_is_own)
		known_incarnation = 0;
	incarnation_is_own = false;
}

void
eth_audit_write_committed(void)
{
	incarnation_is_own = false;
}

int64
eth_audit_next_id(void)
{
	return nextval_internal(eth_core_relid("audit_event_id_seq", false), false);
}

/* ---- records and contexts ---- */

void
eth_audit_write_records(int n, EthAuditRecord *records)
{
	Target		target;
	TimestampTz now = GetCurrentTimestamp();
	int			done;

	if (n == 0)
		return;
	target_open(&target, partition_for("audit_record", now), Min(n, BATCH));
	for (done = 0; done < n; done += BATCH)
	{
		int			some = Min(n - done, BATCH);
		int			i;

		for (i = 0; i < some; i++)
		{
			Datum		values[Natts_audit_record];
			bool		nulls[Natts_audit_record];

			records[done + i].recorded_at = now;
			eth_audit_record_to_values(&records[done + i], values, nulls);
			target_put(&target, i, Natts_audit_record, values, nulls);
		}
		target_write(&target, some);
	}
	target_close(&target);
}

static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column - 1] = text == NULL;
	values[column - 1] = text ? CStringGetTextDatum(text) : (Datum) 0;
}

void
eth_audit_write_context(const EthAuditContext *context, TimestampTz recorded_at)
{
	Datum		values[Natts_audit_context];
	bool		nulls[Natts_audit_context] = {false};
	Target		target;

	values[Anum_audit_context_id - 1] = Int64GetDatum(context->id);
	values[Anum_audit_context_recorded_at - 1] = TimestampTzGetDatum(recorded_at);
	values[Anum_audit_context_xid - 1] = Int64GetDatum((int64) context->xid);
	set_text(values, nulls, Anum_audit_context_session_role, context->session_role);
	set_text(values, nulls, Anum_audit_context_effective_role, context->effective_role);
	set_text(values, nulls, Anum_audit_context_token_subject, context->token_subject);
	set_text(values, nulls, Anum_audit_context_application, context->application);
	set_text(values, nulls, Anum_audit_context_client_addr, context->client_addr);
	set_text(values, nulls, Anum_audit_context_purpose, context->purpose);
	values[Anum_audit_context_policy_version - 1] = Int64GetDatum(context->policy_version);

	target_open(&target, partition_for("audit_context", recorded_at), 1);
	target_put(&target, 0, Natts_audit_context, values, nulls);
	target_write(&target, 1);
	target_close(&target);
}
