/*
 * remember.c
 *		The rows of ethdata.consent_state that this backend looked up, so that
 *		deciding the same person again costs no look-up.
 *
 * What is remembered is the row, or that there is none, never a decision: what
 * holds also depends on the clock, the purpose, the person's regime.  Exact by
 * core's buckets (subject_bucket.c): a slot says under which horizon it was looked
 * up, and serves while the person's bucket is below it and below the horizon of the
 * statement that asks.  So a slot needs no invalidation; a stale one is looked
 * up again and overwritten.
 *
 * Table.  Slots of one cache line in an open-addressed table, whose size is a power
 * of two.  Keys that follow each other share a block of 256 neighbouring slots, so
 * that a scan in the order of the key walks through memory in order; a key has its
 * one place in PROBES blocks.  Slots are never emptied, so the first empty one ends
 * a search.  The table doubles as it fills, up to ethdata.subject_cache; from then
 * on one newcomer of DISPLACE displaces another person, so that a scan of more
 * persons than slots keeps most of what it finds for the next one.  Values that do not
 * fit into the slot lie beside it and count.
 *
 * Loading.  Who looks up many persons one by one has soon spent as much as reading
 * the whole table costs: then it is read, in one scan, if it fits.  As long as
 * nothing was displaced since, a person who is not in the table has no row.
 *
 * A look-up that is spared takes no predicate lock: to SERIALIZABLE transactions the
 * answers of persons are what catalogues are to core, no data of the transaction's
 * own reading.  Deny wins there as everywhere.
 *
 * Backend-local, no locks but AccessShareLock on consent_state while it is read.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "optimizer/plancat.h"
#include "parser/parse_func.h"
#include "port/pg_bswap.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "consent/state.h"

#define SLOT_BYTES		64
#define DATA_BYTES		48
#define BLOCK			256
#define PROBES			16
#define DISPLACE		8
#define FIRST_SLOTS		1024

/*
 * Looking up a row costs as much as reading this many of them in order; a statement
 * that looks up many of them is likely to go on.
 */
#define LOOKUP_COST		16
#define BURST_COST		64
#define FEWEST_LOOKUPS	64

typedef struct Slot
{
	uint64		horizon;		/* under which it was looked up; 0: free */
	int32		class_id;
	uint16		key_len;
	uint8		has_row;
	uint8		is_beside;
	union
	{
		char		bytes[DATA_BYTES];	/* the key, then the value */
		char	   *beside;		/* both of them */
	}			data;
} Slot;

StaticAssertDecl(sizeof(Slot) == SLOT_BYTES, "a slot is one cache line");

/* The value begins at a multiple of 8 behind the key. */
#define VALUE_OFFSET(key_len) TYPEALIGN(8, key_len)

static int	subject_cache_kb;

static MemoryContext context = NULL;
static void *memory = NULL;		/* of the slots, which are aligned in it */
static Slot *slots = NULL;
static uint32 nslots = 0;
static uint32 nused = 0;
static Size beside_bytes = 0;
static uint32 newcomers = 0;

/* All rows that a snapshot of this horizon sees are in the table; 0: they are not. */
static uint64 complete = 0;
static bool lost = false;		/* while they are loaded: somebody found no
								 * place */

/* Look-ups since the table was loaded, and at how many loading is considered next. */
static uint64 lookups = 0;
static uint64 consider_at = FEWEST_LOOKUPS;

/* Those of one statement. */
static uint64 burst_statement = 0;
static uint64 burst = 0;
static uint64 consider_burst_at = FEWEST_LOOKUPS;

/* The table and its triggers, as of the last invalidation. */
static bool guard_known = false;
static uint64 guard_invalidations = 0;
static Oid	guard_table = InvalidOid;
static bool guard_stands = false;
static EthGuard guard;

/* ------------------------------------------------------------- the triggers */

static void
relation_changed(Datum arg, Oid relid)
{
	if (!OidIsValid(relid) || relid == guard_table)
	{
		guard_known = false;
		guard_invalidations++;
	}
}

static Oid
trigger_function(void)
{
	return LookupFuncName(list_make2(makeString(ETH_SCHEMA), makeString("_state_changed")), 0, NULL, true);
}

static void
forget_all(void)
{
	if (context != NULL)
		MemoryContextDelete(context);
	context = NULL;
	memory = NULL;
	slots = NULL;
	nslots = nused = 0;
	beside_bytes = 0;
	complete = 0;
	lookups = 0;
	consider_at = FEWEST_LOOKUPS;
}

/* The table that is there now.  Another one, or one written unheard of: begin anew. */
static void
find_guard(void)
{
	Oid			table = guard_table;
	uint64		version = guard.version;
	uint64		before;
	int			attempts = 0;

	do
	{
		before = guard_invalidations;
		guard_table = eth_core_relid("consent_state", true);
		guard_stands = OidIsValid(guard_table) &&
			eth_core_guard(guard_table, trigger_function(), &guard);
	} while (before != guard_invalidations && ++attempts < 100);
	guard_known = before == guard_invalidations;
	if (!guard_stands || guard_table != table || guard.version != version)
		forget_all();
}

static uint32
seed_of(int32 class_id)
{
	return murmurhash32(MyDatabaseId) ^ (uint32) class_id;
}

void
eth_consent_reader_begin(EthReader *reader, const EthClass *class)
{
	reader->horizon = 0;
	reader->class_id = class->id;
	reader->seed = seed_of(class->id);
	reader->row_alone = class->missing != NULL || class->jurisdiction <= 0;
	if (subject_cache_kb == 0 || eth_core_subject_buckets == NULL)
	{
		forget_all();
		return;
	}
	/* DDL counts as of now: see subject_bucket.c */
	AcceptInvalidationMessages();
	if (!guard_known)
		find_guard();
	if (!guard_stands)
		return;
	if ((Size) nslots * SLOT_BYTES + beside_bytes > (Size) subject_cache_kb * 1024)
		forget_all();
	reader->horizon = eth_core_subject_horizon();
	if (reader->horizon <= guard.since)
		reader->horizon = 0;
}

/* ---------------------------------------------------------------- the table */

/*
 * Of class, key and database.  Whole numbers that follow each other stay together in
 * blocks of 256; where a block begins is hashed, so that no pattern of keys
 * meets in few places.
 */
uint32
eth_consent_subject_hash(uint32 seed, const char *key, int len)
{
	uint64		bits;
	uint32		hash;

	if (len != sizeof(bits))
		return hash_combine(hash_bytes((const unsigned char *) key, len), seed);
	memcpy(&bits, key, sizeof(bits));
	bits = pg_ntoh64(bits);
	hash = hash_combine(murmurhash32((uint32) (bits / BLOCK) ^ seed), (uint32) (bits >> 40));
	return (hash & ~(uint32) (BLOCK - 1)) | ((hash + (uint32) bits) & (BLOCK - 1));
}

static inline Slot *
place(uint32 hash, int probe)
{
	return &slots[(hash + (uint32) (probe * (probe + 1) / 2) * BLOCK) & (nslots - 1)];
}

static inline const char *
slot_data(const Slot *slot)
{
	return slot->is_beside ? slot->data.beside : slot->data.bytes;
}

static inline bool
is_of(const Slot *slot, int32 class_id, const EthKey *key)
{
	uint64		mine;
	uint64		theirs;

	if (slot->class_id != class_id || slot->key_len != key->len)
		return false;
	if (key->len != sizeof(mine))
		return memcmp(slot_data(slot), key->data, key->len) == 0;
	/* whole numbers without a call */
	memcpy(&mine, key->data, sizeof(mine));
	memcpy(&theirs, slot_data(slot), sizeof(theirs));
	return mine == theirs;
}

bool
eth_consent_remembered(const EthReader *reader, uint32 hash, const EthKey *key,
					   const EthConsent **value)
{
	uint64		bucket;
	int			i;

	if (slots == NULL || key->len == 0)
		return false;
	bucket = eth_core_subject_bucket(hash);
	if (bucket >= reader->horizon)
		return false;
	for (i = 0; i < PROBES; i++)
	{
		const Slot *slot = place(hash, i);

		if (slot->horizon == 0)
			break;
		if (!is_of(slot, reader->class_id, key))
			continue;
		if (bucket >= slot->horizon)
			return false;
		*value = slot->has_row ?
			(const EthConsent *) (slot_data(slot) + VALUE_OFFSET(slot->key_len)) : NULL;
		return true;
	}
	*value = NULL;
	return bucket < complete && key->len <= ETH_MAX_KEY_BYTES;
}

/* Somebody is not in the table any more, or not yet. */
static void
lose(void)
{
	complete = 0;
	lost = true;
}

static bool
has_room_for(Size more)
{
	return (Size) nslots * SLOT_BYTES + beside_bytes + more <= (Size) subject_cache_kb * 1024;
}

/* As many slots, empty; nobody's statement fails because there is no memory. */
static bool
make_slots(uint32 n)
{
	Size		size = (Size) n * SLOT_BYTES;
	void	   *fresh;

	if (context == NULL)
		context = AllocSetContextCreate(TopMemoryContext, "ethdata remembered persons",
										ALLOCSET_DEFAULT_SIZES);
	fresh = MemoryContextAllocExtended(context, size + SLOT_BYTES,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM | MCXT_ALLOC_ZERO);
	if (fresh == NULL)
		return false;
	memory = fresh;
	slots = (Slot *) TYPEALIGN(SLOT_BYTES, memory);
	nslots = n;
	return true;
}

static bool
may_have_slots(uint64 n)
{
	return n <= PG_UINT32_MAX / 2 && n > nslots && has_room_for((n - nslots) * SLOT_BYTES);
}

/* Frees what lies beside a slot whose person is displaced. */
static void
drop_beside(Slot *slot)
{
	if (slot->horizon != 0 && slot->is_beside)
	{
		beside_bytes -= GetMemoryChunkSpace(slot->data.beside);
		pfree(slot->data.beside);
		slot->is_beside = false;
		slot->key_len = 0;		/* nobody's: such keys are not remembered */
	}
}

/* A slot that is moved keeps what lies beside it.  false: there is no room for it. */
static bool
move_slot(const Slot *old)
{
	uint32		hash = eth_consent_subject_hash(seed_of(old->class_id), slot_data(old), old->key_len);
	int			i;

	for (i = 0; i < PROBES; i++)
	{
		Slot	   *slot = place(hash, i);

		if (slot->horizon == 0)
		{
			memcpy(slot, old, sizeof(Slot));
			nused++;
			return true;
		}
	}
	return false;
}

/* For the time of it the old slots are there, too. */
static bool
grow(uint32 n)
{
	void	   *old_memory = memory;
	Slot	   *old = slots;
	uint32		old_n = nslots;
	uint32		i;

	if (!make_slots(n))
		return false;
	nused = 0;
	for (i = 0; i < old_n; i++)
	{
		if (old[i].horizon != 0 && old[i].key_len != 0 && !move_slot(&old[i]))
		{
			drop_beside(&old[i]);
			lose();
		}
	}
	if (old_memory != NULL)
		pfree(old_memory);
	return true;
}

/* The slot for a person: his own, a free one, or one that another gives up.  NULL: none. */
static Slot *
slot_for(int32 class_id, uint32 hash, const EthKey *key)
{
	Slot	   *slot = NULL;
	int			i;

	if (slots == NULL && (!may_have_slots(FIRST_SLOTS) || !make_slots(FIRST_SLOTS)))
		return NULL;
	for (;;)
	{
		for (i = 0; i < PROBES; i++)
		{
			slot = place(hash, i);
			if (slot->horizon == 0 || is_of(slot, class_id, key))
				break;
		}

		/*
		 * long searches cost more than the memory, unless the keys are of one
		 * pattern
		 */
		if (i < PROBES && (slot->horizon != 0 || nused < nslots / 4 * 3))
			break;
		if (nused < nslots / 4 || !may_have_slots((uint64) nslots * 2) || !grow(nslots * 2))
			break;
	}
	if (i == PROBES || (slot->horizon == 0 && nused >= nslots / 8 * 7))
	{
		lose();
		if (++newcomers % DISPLACE != 0)
			return NULL;
		slot = place(hash, (int) ((newcomers / DISPLACE) % Max(i, 1)));
		if (slot->horizon == 0)
			nused++;
	}
	else if (slot->horizon == 0)
		nused++;
	drop_beside(slot);
	return slot;
}

/* A place for a value that does not fit into slots; NULL: none. */
static char *
room_beside(uint32 hash, Size size)
{
	char	   *beside;
	int			i;

	/* where memory has run out, one newcomer of several takes another's */
	if (!has_room_for(size))
	{
		if (++newcomers % DISPLACE != 0 || slots == NULL)
			return NULL;
		for (i = 0; i < PROBES && !has_room_for(size); i++)
			drop_beside(place(hash, i));
		lose();
		if (!has_room_for(size))
			return NULL;
	}
	beside = MemoryContextAllocExtended(context, size, MCXT_ALLOC_NO_OOM);
	if (beside != NULL)
		beside_bytes += GetMemoryChunkSpace(beside);
	return beside;
}

/* Remembers a row that a snapshot of the horizon saw; value NULL: it saw none. */
static void
remember(int32 class_id, uint32 hash, const EthKey *key, const EthConsent *value, uint64 horizon)
{
	Size		offset = VALUE_OFFSET(key->len);
	Size		size = offset + (value ? VARSIZE(value) : 0);
	char	   *beside = NULL;
	char	   *data;
	Slot	   *slot;

	if (key->len == 0 || key->len > ETH_MAX_KEY_BYTES)
		return;
	if (size > DATA_BYTES)
	{
		if (slots == NULL && (!may_have_slots(FIRST_SLOTS) || !make_slots(FIRST_SLOTS)))
			return;
		beside = room_beside(hash, size);
		if (beside == NULL)
		{
			lose();
			return;
		}
	}
	slot = slot_for(class_id, hash, key);
	if (slot == NULL)
	{
		if (beside != NULL)
		{
			beside_bytes -= GetMemoryChunkSpace(beside);
			pfree(beside);
		}
		lose();
		return;
	}
	data = beside ? beside : slot->data.bytes;
	memcpy(data, key->data, key->len);
	if (value != NULL)
		memcpy(data + offset, value, VARSIZE(value));
	if (beside != NULL)
		slot->data.beside = beside;
	slot->is_beside = beside != NULL;
	slot->has_row = value != NULL;
	slot->class_id = class_id;
	slot->key_len = (uint16) key->len;
	slot->horizon = horizon;
}

/* ------------------------------------------------------------------ loading */

static void
take_row(HeapTuple tuple, TupleDesc desc, uint64 horizon)
{
	Datum		values[Natts_consent_state];
	bool		nulls[Natts_consent_state];
	int			i;
	bytea	   *bytes;
	EthConsent *value;
	EthKey		key;

	for (i = 0; i < Natts_consent_state; i++)
		values[i] = heap_getattr(tuple, i + 1, desc, &nulls[i]);
	bytes = DatumGetByteaPP(values[Anum_consent_state_key - 1]);
	value = DatumGetEthConsentP(values[Anum_consent_state_value - 1]);
	key.data = VARDATA_ANY(bytes);
	key.len = VARSIZE_ANY_EXHDR(bytes);
	i = DatumGetInt32(values[Anum_consent_state_class_id - 1]);
	remember(i, eth_consent_subject_hash(seed_of(i), key.data, key.len), &key, value, horizon);
	if ((Pointer) value != DatumGetPointer(values[Anum_consent_state_value - 1]))
		pfree(value);
	if ((Pointer) bytes != DatumGetPointer(values[Anum_consent_state_key - 1]))
		pfree(bytes);
}

/* The whole table, as the active snapshot sees it. */
static void
load(Relation rel, uint64 horizon)
{
	SysScanDesc scan;
	HeapTuple	tuple;

	lost = false;
	scan = systable_beginscan(rel, InvalidOid, false, GetActiveSnapshot(), 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		take_row(tuple, RelationGetDescr(rel), horizon);
	}
	systable_endscan(scan);
	if (!lost)
		complete = horizon;
}

/*
 * Have so many rows been looked up one by one that reading all costs no more than
 * that, or a few times that within one statement?
 */
static void
load_if_worth_it(uint64 horizon)
{
	Relation	rel;
	BlockNumber pages;
	double		rows;
	double		all_visible;
	uint64		wanted = FIRST_SLOTS;

	rel = table_open(guard_table, AccessShareLock);
	estimate_rel_size(rel, NULL, &pages, &rows, &all_visible);
	while ((double) wanted * 0.75 < rows)
		wanted *= 2;
	if (lookups >= consider_at)
		consider_at = lookups * 2;
	if (burst >= consider_burst_at)
		consider_burst_at = burst * 2;
	if ((double) Max(lookups * LOOKUP_COST, burst * BURST_COST) >= rows &&
		(wanted <= nslots || (may_have_slots(wanted) && grow((uint32) wanted))))
	{
		lookups = burst = 0;
		consider_at = consider_burst_at = FEWEST_LOOKUPS;
		load(rel, horizon);
	}
	table_close(rel, AccessShareLock);
}

void
eth_consent_remember(const EthReader *reader, uint32 hash, const EthKey *key, const EthConsent *value)
{
	if (eth_core_subject_bucket(hash) >= reader->horizon)
		return;
	remember(reader->class_id, hash, key, value, reader->horizon);
	if (burst_statement != eth_core_statement_count)
	{
		burst_statement = eth_core_statement_count;
		burst = 0;
		consider_burst_at = FEWEST_LOOKUPS;
	}
	lookups++;
	burst++;
	if (lookups >= consider_at || burst >= consider_burst_at)
		load_if_worth_it(reader->horizon);
}

/* -------------------------------------------------------------- the trigger */

/* Another table's row would be read as what it is not. */
static bool
has_our_columns(TupleDesc desc)
{
	return desc->natts >= Natts_consent_state &&
		TupleDescAttr(desc, Anum_consent_state_class_id - 1)->atttypid == INT4OID &&
		TupleDescAttr(desc, Anum_consent_state_key - 1)->atttypid == BYTEAOID;
}

static void
row_changes(HeapTuple tuple, TupleDesc desc)
{
	bool		class_null;
	bool		key_null;
	int32		class_id = DatumGetInt32(heap_getattr(tuple, Anum_consent_state_class_id, desc, &class_null));
	Datum		key = heap_getattr(tuple, Anum_consent_state_key, desc, &key_null);
	bytea	   *bytes;

	/* core refuses such a row after this trigger */
	if (class_null || key_null)
		return;
	bytes = DatumGetByteaPP(key);
	eth_core_subject_raise(eth_consent_subject_hash(seed_of(class_id), VARDATA_ANY(bytes),
													VARSIZE_ANY_EXHDR(bytes)));
}

PG_FUNCTION_INFO_V1(ethdata__state_changed);

/*
 * Trigger of consent_state: says that this transaction is about to change what
 * holds for a person, or for all.  BEFORE INSERT, UPDATE or DELETE, FOR EACH ROW;
 * BEFORE TRUNCATE.  Errors: 39P01 when it is called otherwise.
 */
Datum
ethdata__state_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	bool		update;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		(TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event) &&
		 !TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event)) ||
		!has_our_columns(RelationGetDescr(trigdata->tg_relation)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE, for each row or by TRUNCATE, of ethdata.consent_state",
						"ethdata._state_changed")));
	if (TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event))
	{
		eth_core_subject_raise_all();
		return PointerGetDatum(NULL);
	}
	desc = RelationGetDescr(trigdata->tg_relation);
	update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	row_changes(trigdata->tg_trigtuple, desc);
	if (update)
		row_changes(trigdata->tg_newtuple, desc);
	return PointerGetDatum(update ? trigdata->tg_newtuple : trigdata->tg_trigtuple);
}

void
eth_consent_remember_init(void)
{
	DefineCustomIntVariable("ethdata.subject_cache",
							"How much memory a session may use to remember what persons answered.",
							"Used as persons are decided, 64 bytes for each and what their keys and values need beyond 48. 0 remembers nothing.",
							&subject_cache_kb,
							32 * 1024, 0, MAX_KILOBYTES,
							PGC_USERSET, GUC_UNIT_KB,
							NULL, NULL, NULL);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}
