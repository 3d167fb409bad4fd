/*
 * observed.c
 *		What was observed: counts in shared memory, in a file across a shutdown, in
 *		the table ethdata.observation; and observed().
 *
 * Shared memory holds ethdata.observed_entries entries, one for each database,
 * relation, role, purpose, column and hour.  Backends add to them when a query's
 * run ends (count.c), whatever becomes of the transaction.  An entry has a number
 * that is unique with the incarnation, which is drawn anew at each start of the
 * server; the two name it wherever it is kept:
 *
 *	table	save_observed() and set_enforcement() write the absolute counts of each
 *			entry under its name.  Saving again overwrites, saving that is rolled
 *			back leaves nothing, and whoever reads takes the greater of both places,
 *			so nothing is counted twice or lost, at no instant and without a lock
 *	file	at a shutdown in good order the entries are written to
 *			pg_stat/ethdata_observed.stat and read at the next start, as entries of
 *			the old incarnation that count no further.  The file stays: after a
 *			crash the counts of the last shutdown are still there, and those since
 *			are lost but for what was saved
 *
 * When there is no room for a new entry, an entry of an hour that is over and that
 * is saved (by a transaction that committed) gives way.  Otherwise the counts go
 * to an entry of the same kind of the last day, whose hours it then stands for;
 * otherwise to the entry of the database that keeps nothing apart, which
 * observed() shows as a row without role, relation and column.
 *
 * The counts of a table go with it when it is dropped.
 *
 * Lock: one LWLock.  Nothing here allocates or raises an error while holding it.
 */
#include "postgres.h"

#include <unistd.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/pg_crc32c.h"
#include "storage/fd.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "protect/define.h"
#include "protect/observe.h"
#include "purpose/purpose.h"

#define TRANCHE "ethdata_observed"
#define FILE_NAME PGSTAT_STAT_PERMANENT_DIRECTORY "/ethdata_observed.stat"
#define FILE_MAGIC 0x45444F31
#define HOURS_BACK 24

typedef struct EntryKey
{
	Oid			database;
	EthObservedKey what;		/* relid 0: what could not be kept apart */
	int32		hour;			/* since 2000 */
	uint64		incarnation;
} EntryKey;

typedef struct Entry
{
	EntryKey	key;
	int64		number;
	int32		last_hour;
	uint64		statements;
	uint64		cells;
	uint64		saved_statements;	/* what a committed transaction saved */
	uint64		saved_cells;
} Entry;

typedef struct Observed
{
	LWLock	   *lock;
	uint64		incarnation;
	int64		last_number;
	uint64		saves;			/* counts commits that saved, so that room is
								 * looked for again */
	uint64		looked_at;		/* saves when no room was found */
	uint64		lost_statements;	/* of databases without an entry of their
									 * own */
	uint64		lost_cells;
} Observed;

static int	max_entries = 5000;
static Observed *shared = NULL;
static HTAB *entries = NULL;

/* What this transaction saved; marked when it commits. */
static Entry *pending = NULL;
static int	npending = 0;

/* ---- shared memory ---- */

static int32
hour_of(TimestampTz time)
{
	return (int32) (time / USECS_PER_HOUR);
}

static Entry *
lookup(Oid database, const EthObservedKey *what, int32 hour, HASHACTION action)
{
	EntryKey	key;
	Entry	   *entry;
	bool		found;

	memset(&key, 0, sizeof(key));
	key.database = database;
	if (what != NULL)
		key.what = *what;
	key.hour = what != NULL ? hour : 0;
	key.incarnation = shared->incarnation;

	/*
	 * a table of fixed size takes what its partitions still hold; the limit
	 * is ours
	 */
	if (action == HASH_ENTER_NULL && hash_get_num_entries(entries) >= max_entries)
		action = HASH_FIND;
	entry = hash_search(entries, &key, action, &found);
	if (entry != NULL && !found)
	{
		memset((char *) entry + sizeof(EntryKey), 0, sizeof(Entry) - sizeof(EntryKey));
		entry->number = ++shared->last_number;
		entry->last_hour = hour;
	}
	return entry;
}

/* An entry that may give way goes. */
static bool
make_room(int32 hour)
{
	HASH_SEQ_STATUS scan;
	Entry	   *entry;
	bool		made = false;

	if (shared->looked_at == shared->saves)
		return false;
	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		if ((entry->key.incarnation == shared->incarnation &&
			 (entry->last_hour >= hour || entry->key.what.relid == InvalidOid)) ||
			entry->saved_statements != entry->statements || entry->saved_cells != entry->cells)
			continue;
		(void) hash_search(entries, &entry->key, HASH_REMOVE, NULL);
		made = true;
	}
	if (!made)
		shared->looked_at = shared->saves;
	return made;
}

void
eth_protect_observed_add(const EthObservedKey *key, uint64 statements, uint64 cells)
{
	int32		hour = hour_of(GetCurrentTimestamp());
	Entry	   *entry;
	int			back;

	if (shared == NULL)
		return;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	entry = lookup(MyDatabaseId, key, hour, HASH_FIND);
	if (entry == NULL)
	{
		/* the database's own place for what does not fit comes first */
		if (lookup(MyDatabaseId, NULL, hour, HASH_ENTER_NULL) == NULL && make_room(hour))
			(void) lookup(MyDatabaseId, NULL, hour, HASH_ENTER_NULL);
		entry = lookup(MyDatabaseId, key, hour, HASH_ENTER_NULL);
		if (entry == NULL && make_room(hour))
			entry = lookup(MyDatabaseId, key, hour, HASH_ENTER_NULL);
		for (back = 1; entry == NULL && back <= HOURS_BACK; back++)
			entry = lookup(MyDatabaseId, key, hour - back, HASH_FIND);
		if (entry == NULL)
			entry = lookup(MyDatabaseId, NULL, hour, HASH_FIND);
	}
	if (entry != NULL)
	{
		entry->statements += statements;
		entry->cells += cells;
		entry->last_hour = Max(entry->last_hour, hour);
	}
	else
	{
		shared->lost_statements += statements;
		shared->lost_cells += cells;
	}
	LWLockRelease(shared->lock);
}

/* ---- the file ---- */

typedef struct FileHeader
{
	uint32		magic;
	uint32		version;
	uint32		entry_size;
	int32		count;
	uint64		lost_statements;
	uint64		lost_cells;
} FileHeader;

static void
read_file(void)
{
	FILE	   *file = AllocateFile(FILE_NAME, PG_BINARY_R);
	FileHeader	header;
	pg_crc32c	crc;
	pg_crc32c	stored;
	Entry	   *rows = NULL;
	int			i;

	if (file == NULL)
	{
		if (errno != ENOENT)
			ereport(LOG, (errcode_for_file_access(), errmsg("could not read file \"%s\": %m", FILE_NAME)));
		return;
	}
	if (fread(&header, sizeof(header), 1, file) != 1 ||
		header.magic != FILE_MAGIC || header.version != 1 || header.entry_size != sizeof(Entry) ||
		header.count < 0 || header.count > 10000000)
		goto damaged;
	rows = malloc(sizeof(Entry) * Max(header.count, 1));
	if (rows == NULL ||
		fread(rows, sizeof(Entry), header.count, file) != (size_t) header.count ||
		fread(&stored, sizeof(stored), 1, file) != 1)
		goto damaged;
	INIT_CRC32C(crc);
	COMP_CRC32C(crc, &header, sizeof(header));
	COMP_CRC32C(crc, rows, sizeof(Entry) * header.count);
	FIN_CRC32C(crc);
	if (!EQ_CRC32C(crc, stored))
		goto damaged;

	shared->lost_statements = header.lost_statements;
	shared->lost_cells = header.lost_cells;
	for (i = 0; i < header.count; i++)
	{
		Entry	   *entry = hash_get_num_entries(entries) >= max_entries ? NULL :
		hash_search(entries, &rows[i].key, HASH_ENTER_NULL, NULL);

		if (entry != NULL)
			*entry = rows[i];
		else if (rows[i].saved_cells != rows[i].cells)
		{
			/* the setting was lowered */
			shared->lost_statements += rows[i].statements;
			shared->lost_cells += rows[i].cells;
		}
	}
	free(rows);
	FreeFile(file);
	return;

damaged:
	ereport(LOG,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("ignoring file \"%s\", which cannot be read", FILE_NAME),
			 errdetail("What was observed before the last shutdown and was not saved is lost.")));
	free(rows);
	FreeFile(file);
}

/* At exit of the postmaster, when all others are gone. */
static void
write_file(int code, Datum arg)
{
	FILE	   *file;
	FileHeader	header;
	pg_crc32c	crc;
	HASH_SEQ_STATUS scan;
	Entry	   *entry;
	bool		good;

	/* not after a crash */
	if (code != 0 || shared == NULL || entries == NULL)
		return;
	file = AllocateFile(FILE_NAME ".tmp", PG_BINARY_W);
	if (file == NULL)
	{
		ereport(LOG, (errcode_for_file_access(), errmsg("could not write file \"%s\": %m", FILE_NAME ".tmp")));
		return;
	}
	memset(&header, 0, sizeof(header));
	header.magic = FILE_MAGIC;
	header.version = 1;
	header.entry_size = sizeof(Entry);
	header.count = (int32) hash_get_num_entries(entries);
	header.lost_statements = shared->lost_statements;
	header.lost_cells = shared->lost_cells;
	INIT_CRC32C(crc);
	COMP_CRC32C(crc, &header, sizeof(header));
	good = fwrite(&header, sizeof(header), 1, file) == 1;
	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		COMP_CRC32C(crc, entry, sizeof(Entry));
		good = good && fwrite(entry, sizeof(Entry), 1, file) == 1;
	}
	FIN_CRC32C(crc);
	good = good && fwrite(&crc, sizeof(crc), 1, file) == 1;
	good = FreeFile(file) == 0 && good;
	if (!good)
	{
		ereport(LOG, (errcode_for_file_access(), errmsg("could not write file \"%s\": %m", FILE_NAME ".tmp")));
		(void) unlink(FILE_NAME ".tmp");
		return;
	}
	(void) durable_rename(FILE_NAME ".tmp", FILE_NAME, LOG);
}

Size
eth_protect_shmem_size(void)
{
	return add_size(MAXALIGN(sizeof(Observed)), hash_estimate_size(max_entries, sizeof(Entry)));
}

void
eth_protect_shmem_request(void)
{
	RequestNamedLWLockTranche(TRANCHE, 1);
}

void
eth_protect_shmem_init(void)
{
	bool		found;
	HASHCTL		ctl;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("ethdata observed", sizeof(Observed), &found);
	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(EntryKey);
	ctl.entrysize = sizeof(Entry);
	entries = ShmemInitHash("ethdata observed entries", max_entries, max_entries, &ctl,
							HASH_ELEM | HASH_BLOBS | HASH_FIXED_SIZE);
	if (!found)
	{
		memset(shared, 0, sizeof(Observed));
		shared->lock = &(GetNamedLWLockTranche(TRANCHE))->lock;
		shared->saves = 1;
		if (!pg_strong_random(&shared->incarnation, sizeof(shared->incarnation)))
			shared->incarnation = (uint64) GetCurrentTimestamp();
		shared->incarnation &= PG_INT64_MAX;	/* it is a bigint in the table */
		read_file();
	}
	LWLockRelease(AddinShmemInitLock);
	if (!IsUnderPostmaster)
		on_shmem_exit(write_file, (Datum) 0);
}

/* ---- saving ---- */

/* Copies of this database's entries, or of all; into the current memory context. */
static Entry *
copy_entries(int *count)
{
	Entry	   *result = palloc(sizeof(Entry) * (max_entries + 1));
	HASH_SEQ_STATUS scan;
	Entry	   *entry;
	int			n = 0;

	*count = 0;
	if (shared == NULL)
		return result;
	LWLockAcquire(shared->lock, LW_SHARED);
	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		if (entry->key.database == MyDatabaseId && entry->cells > 0 && n < max_entries)
			result[n++] = *entry;
	}
	if (shared->lost_cells > 0)
	{
		/* nobody's in particular: number 0 of the incarnation is never saved */
		memset(&result[n], 0, sizeof(Entry));
		result[n].key.incarnation = shared->incarnation;
		result[n].last_hour = hour_of(GetCurrentTimestamp());
		result[n].statements = shared->lost_statements;
		result[n].cells = shared->lost_cells;
		n++;
	}
	LWLockRelease(shared->lock);
	*count = n;
	return result;
}

static void
forget_pending(void)
{
	if (pending != NULL)
		pfree(pending);
	pending = NULL;
	npending = 0;
}

static void
mark_saved(void)
{
	int			i;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (i = 0; i < npending; i++)
	{
		Entry	   *entry = hash_search(entries, &pending[i].key, HASH_FIND, NULL);

		if (entry == NULL || entry->number != pending[i].number)
			continue;
		entry->saved_statements = pending[i].statements;
		entry->saved_cells = pending[i].cells;
	}
	shared->saves++;
	LWLockRelease(shared->lock);
}

/*
 * A savepoint that is undone may have taken the rows along: then nothing is
 * marked, which only keeps entries longer.  So with a prepared transaction.
 */
static void
transaction_ends(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT && pending != NULL)
		mark_saved();
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		forget_pending();
}

static void
subtransaction_ends(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_pending();
}

/* The entries as arrays, parameters of the queries below. */
#define NARRAYS 10
static Oid	array_types[NARRAYS] = {
	INT8ARRAYOID, INT8ARRAYOID, OIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
	TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, INT8ARRAYOID, INT8ARRAYOID
};

#define FROM_ARRAYS \
	"ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4)," \
	" pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8)," \
	" pg_catalog.unnest($9), pg_catalog.unnest($10)) AS" \
	" e(incarnation, entry, relation, column_name, as_role, purpose, first_hour, last_hour, statements, cells)"

static char *
column_of(const Entry *entry)
{
	HeapTuple	tuple;
	char	   *result;

	if (entry->key.what.attnum == 0)
		return NULL;
	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(entry->key.what.relid),
							Int16GetDatum((AttrNumber) entry->key.what.attnum));
	if (!HeapTupleIsValid(tuple))
		return psprintf("(column %d)", entry->key.what.attnum);
	result = pstrdup(NameStr(((Form_pg_attribute) GETSTRUCT(tuple))->attname));
	ReleaseSysCache(tuple);
	return result;
}

static char *
role_of(const Entry *entry)
{
	char	   *name;

	if (!OidIsValid(entry->key.what.role))
		return NULL;
	name = GetUserNameFromId(entry->key.what.role, true);
	return name ? name : psprintf("(role %u)", entry->key.what.role);
}

static char *
purpose_of(const Entry *entry)
{
	const EthPurpose *purpose = entry->key.what.purpose == 0 ? NULL :
	eth_purpose_by_id(entry->key.what.purpose);

	return purpose ? pstrdup(purpose->code) : NULL;
}

static Datum
array_of(Datum *elements, bool *nulls, int n, Oid type)
{
	int			dims[1] = {n};
	int			lower[1] = {1};
	int16		length;
	bool		by_value;
	char		align;

	get_typlenbyvalalign(type, &length, &by_value, &align);
	return PointerGetDatum(construct_md_array(elements, nulls, n > 0 ? 1 : 0, dims, lower,
											  type, length, by_value, align));
}

static void
make_arrays(const Entry *rows, int n, Datum *arrays)
{
	static const Oid types[NARRAYS] = {
		INT8OID, INT8OID, OIDOID, TEXTOID, TEXTOID, TEXTOID,
		TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, INT8OID
	};
	Datum	   *elements[NARRAYS];
	bool	   *nulls[NARRAYS];
	int			i;
	int			a;

	for (a = 0; a < NARRAYS; a++)
	{
		elements[a] = palloc0(sizeof(Datum) * Max(n, 1));
		nulls[a] = palloc0(sizeof(bool) * Max(n, 1));
	}
	for (i = 0; i < n; i++)
	{
		char	   *texts[3];

		texts[0] = column_of(&rows[i]);
		texts[1] = role_of(&rows[i]);
		texts[2] = purpose_of(&rows[i]);
		elements[0][i] = Int64GetDatum((int64) rows[i].key.incarnation);
		elements[1][i] = Int64GetDatum(rows[i].number);
		elements[2][i] = ObjectIdGetDatum(rows[i].key.what.relid);
		nulls[2][i] = !OidIsValid(rows[i].key.what.relid);
		for (a = 0; a < 3; a++)
		{
			nulls[3 + a][i] = texts[a] == NULL;
			if (texts[a] != NULL)
				elements[3 + a][i] = CStringGetTextDatum(texts[a]);
		}
		elements[6][i] = TimestampTzGetDatum((TimestampTz) (rows[i].key.hour > 0 ? rows[i].key.hour : rows[i].last_hour) * USECS_PER_HOUR);
		elements[7][i] = TimestampTzGetDatum((TimestampTz) rows[i].last_hour * USECS_PER_HOUR);
		elements[8][i] = Int64GetDatum((int64) rows[i].statements);
		elements[9][i] = Int64GetDatum((int64) rows[i].cells);
	}
	for (a = 0; a < NARRAYS; a++)
		arrays[a] = array_of(elements[a], nulls[a], n, types[a]);
}

/* Entries of databases that are gone are nobody's. */
static void
drop_gone_databases(void)
{
	HASH_SEQ_STATUS scan;
	Entry	   *entry;
	List	   *gone = NIL;
	List	   *seen = NIL;
	ListCell   *lc;

	LWLockAcquire(shared->lock, LW_SHARED);
	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		seen = list_append_unique_oid(seen, entry->key.database);
	LWLockRelease(shared->lock);
	foreach(lc, seen)
		if (!SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(lfirst_oid(lc))))
		gone = lappend_oid(gone, lfirst_oid(lc));
	if (gone == NIL)
		return;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		if (list_member_oid(gone, entry->key.database))
			(void) hash_search(entries, &entry->key, HASH_REMOVE, NULL);
	LWLockRelease(shared->lock);
}

int64
eth_protect_save_observed(void)
{
	Datum		arrays[NARRAYS];
	EthCaller	caller;
	Entry	   *rows;
	int			n;
	Oid			table = eth_core_relid("observation", false);

	if (shared == NULL)
		return 0;
	drop_gone_databases();

	/* one at a time, or two would wait for each other's rows */
	LockRelationOid(table, ShareRowExclusiveLock);
	rows = copy_entries(&n);
	if (n > 0 && rows[n - 1].number == 0)
		n--;
	if (n == 0)
		return 0;
	make_arrays(rows, n, arrays);
	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi("INSERT INTO ethdata.observation AS o"
				 " (incarnation, entry, relation, column_name, as_role, purpose, first_hour, last_hour, statements, cells)"
				 " SELECT e.incarnation, e.entry, e.relation, e.column_name, e.as_role, e.purpose,"
				 " e.first_hour, e.last_hour, e.statements, e.cells FROM " FROM_ARRAYS
				 " WHERE e.relation IS NULL OR EXISTS"
				 " (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) e.relation)"
				 " ON CONFLICT (incarnation, entry) DO UPDATE SET last_hour = EXCLUDED.last_hour,"
				 " statements = EXCLUDED.statements, cells = EXCLUDED.cells"
				 " WHERE o.cells OPERATOR(pg_catalog.<) EXCLUDED.cells",
				 SPI_OK_INSERT, NARRAYS, array_types, arrays, NULL, false);
	SPI_finish();
	eth_core_leave(&caller);

	forget_pending();
	pending = MemoryContextAlloc(TopMemoryContext, sizeof(Entry) * n);
	memcpy(pending, rows, sizeof(Entry) * n);
	npending = n;
	return n;
}

/*
 * save_observed() -> bigint
 *		Writes what was counted in this database into ethdata.observation; the
 *		number of entries.  Errors: 42501 not a policy administrator.
 */
PG_FUNCTION_INFO_V1(ethdata_save_observed);

Datum
ethdata_save_observed(PG_FUNCTION_ARGS)
{
	eth_core_require_admin("save what was observed");
	PG_RETURN_INT64(eth_protect_save_observed());
}

/* ---- observed() ---- */

static void
check_may_ask(Oid relid)
{
	Oid			caller = GetUserId();

	if (eth_core_is_admin(caller) || eth_core_has_role(caller, ETH_ROLE_AUDITOR) ||
		(OidIsValid(relid) && eth_compat_owns_relation(relid, caller)))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("permission denied to see what was observed"),
			 errdetail("Superusers, members of roles \"%s\" and \"%s\" may, and of a table its owner.",
					   ETH_ROLE_ADMIN, ETH_ROLE_AUDITOR)));
}

#define OBSERVED_QUERY \
	"SELECT x.as_role::pg_catalog.name, x.purpose, x.relation::pg_catalog.regclass, x.column_name::pg_catalog.name," \
	" pg_catalog.sum(x.statements)::pg_catalog.int8, pg_catalog.sum(x.cells)::pg_catalog.int8 FROM (" \
	"SELECT coalesce(e.as_role, o.as_role) AS as_role, coalesce(e.purpose, o.purpose) AS purpose," \
	" coalesce(e.relation, o.relation) AS relation, coalesce(e.column_name, o.column_name) AS column_name," \
	" greatest(e.last_hour, o.last_hour) AS last_hour," \
	" greatest(e.statements, o.statements) AS statements, greatest(e.cells, o.cells) AS cells" \
	" FROM " FROM_ARRAYS " FULL JOIN ethdata.observation o" \
	" ON o.incarnation OPERATOR(pg_catalog.=) e.incarnation AND o.entry OPERATOR(pg_catalog.=) e.entry) x" \
	" WHERE (x.relation IS NULL OR EXISTS" \
	" (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) x.relation))" \
	" AND ($11 IS NULL OR x.relation IS NULL OR x.relation OPERATOR(pg_catalog.=) $11)" \
	" AND ($12 IS NULL OR x.last_hour OPERATOR(pg_catalog.+) '01:00:00'::pg_catalog.interval OPERATOR(pg_catalog.>) $12)" \
	" GROUP BY 1, 2, x.relation, 4" \
	" ORDER BY x.relation::pg_catalog.regclass::pg_catalog.text, 4 NULLS FIRST, 1, 2 NULLS FIRST"

/*
 * observed(relation regclass, since timestamptz)
 *		-> (as_role, purpose, relation, column_name, statements, cells)
 *
 * What readers of observed tables would not have seen: of one relation or of all,
 * counted in the hour of "since" and later.  Errors: 42501.
 */
PG_FUNCTION_INFO_V1(ethdata_observed);

Datum
ethdata_observed(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			relid = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	Oid			types[NARRAYS + 2];
	Datum		values[NARRAYS + 2];
	char		nulls[NARRAYS + 3];
	EthCaller	caller;
	Entry	   *rows;
	int			n;
	uint64		i;

	check_may_ask(relid);
	InitMaterializedSRF(fcinfo, 0);
	rows = copy_entries(&n);
	make_arrays(rows, n, values);
	memcpy(types, array_types, sizeof(array_types));
	memset(nulls, ' ', sizeof(nulls));
	nulls[NARRAYS + 2] = '\0';
	types[NARRAYS] = OIDOID;
	values[NARRAYS] = ObjectIdGetDatum(relid);
	if (!OidIsValid(relid))
		nulls[NARRAYS] = 'n';
	types[NARRAYS + 1] = TIMESTAMPTZOID;
	values[NARRAYS + 1] = PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1);
	if (PG_ARGISNULL(1))
		nulls[NARRAYS + 1] = 'n';

	/*
	 * The table is read after shared memory, under a snapshot of now: an
	 * entry that was not there any more had been saved by then.
	 */
	PushActiveSnapshot(IsInParallelMode() ? GetActiveSnapshot() : GetLatestSnapshot());
	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi(OBSERVED_QUERY, SPI_OK_SELECT, NARRAYS + 2, types, values, nulls, true);
	for (i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(rsinfo->setResult, SPI_tuptable->vals[i]);
	SPI_finish();
	eth_core_leave(&caller);
	PopActiveSnapshot();
	return (Datum) 0;
}

void
eth_protect_observed_init(void)
{
	if (!eth_core_preloaded)
		return;
	DefineCustomIntVariable("ethdata.observed_entries",
							"How many counts of observed tables are kept apart in shared memory.",
							"One for each table, column, role, purpose and hour with cells that would be masked.",
							&max_entries, 5000, 100, 1000000, PGC_POSTMASTER, 0, NULL, NULL, NULL);
	RegisterXactCallback(transaction_ends, NULL);
	RegisterSubXactCallback(subtransaction_ends, NULL);
}
