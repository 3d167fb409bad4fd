/*
 * subject.c
 *		The persons in events: references and data keys.
 *
 * Owns ethdata.subject_key: (reference, class, key, id of the master, wrapped data
 * key).  A reference is random and says nothing by itself; it stands in events
 * where the person's key would.  The data key seals what events say about the
 * person.  Destroying the row makes both meaningless for ever.
 *
 * A person may have several rows: two transactions that meet the same new person
 * at once do not wait for each other but each make one.  All of them are the
 * person's, all are destroyed together.
 *
 * A row without a data key is made where there is no master key and nothing to
 * seal (a consent event); a data key later gets another row.
 *
 * Nobody at all (class 0, empty key) is a person too: the key under which images
 * are sealed that concern no known person.
 *
 * Cache: references and unwrapped keys by person, at most CACHE_SIZE, thrown away
 * when full.  Data keys lie in secret memory.  What a transaction made itself is
 * forgotten when it, or a part of it, is rolled back.  An entry may outlive the
 * person's row; what is sealed then is not readable by anybody, which is what was
 * asked for.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "audit/audit.h"
#include "audit/internal.h"
#include "consent/consent.h"

#define CACHE_SIZE 4096
#define WRAPPED_BYTES (ETH_KEY_BYTES + ETH_SEAL_OVERHEAD)

typedef struct CacheKey
{
	uint64		hash;
	int32		class_id;
	int32		len;
} CacheKey;

typedef struct CacheEntry
{
	CacheKey	hash_key;
	const char *key;			/* len bytes: the whole key, because hashes
								 * may collide */
	pg_uuid_t	reference;
	int			slot;			/* of its data key; -1: it has none */
	bool		own;			/* made by the transaction that is going on */
} CacheEntry;

static HTAB *cache = NULL;
static MemoryContext cache_context = NULL;
static uint8 (*data_keys)[ETH_KEY_BYTES] = NULL;	/* CACHE_SIZE of them,
													 * secret memory */
static int	slots_used = 0;
static bool own_entries = false;

/* ---- cache ---- */

static void
cache_reset(void)
{
	if (cache_context != NULL)
		MemoryContextDelete(cache_context);
	cache_context = NULL;
	cache = NULL;
	if (data_keys != NULL)
		eth_crypto_wipe(data_keys, sizeof(*data_keys) * CACHE_SIZE);
	slots_used = 0;
	own_entries = false;
}

/* The transaction or a part of it was rolled back: what it made is not there. */
void
eth_audit_subject_rolled_back(void)
{
	if (own_entries)
		cache_reset();
}

void
eth_audit_subject_committed(void)
{
	HASH_SEQ_STATUS scan;
	CacheEntry *entry;

	if (!own_entries)
		return;
	hash_seq_init(&scan, cache);
	while ((entry = hash_seq_search(&scan)) != NULL)
		entry->own = false;
	own_entries = false;
}

static void
cache_prepare(void)
{
	HASHCTL		ctl;

	if (cache != NULL && slots_used < CACHE_SIZE &&
		hash_get_num_entries(cache) < CACHE_SIZE)
		return;
	if (cache != NULL)
	{
		bool		own = own_entries;

		cache_reset();
		/* what it made is found in the table again */
		own_entries = own;
	}
	if (data_keys == NULL)
		data_keys = eth_crypto_secret_alloc(sizeof(*data_keys) * CACHE_SIZE);
	cache_context = AllocSetContextCreate(TopMemoryContext, "ethdata subjects", ALLOCSET_DEFAULT_SIZES);
	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(CacheKey);
	ctl.entrysize = sizeof(CacheEntry);
	ctl.hcxt = cache_context;
	cache = hash_create("ethdata subjects", CACHE_SIZE, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void
cache_key(CacheKey *result, const EthAuditSubject *subject)
{
	memset(result, 0, sizeof(CacheKey));
	result->hash = hash_bytes_extended((const unsigned char *) subject->key, subject->len,
									   (uint64) (uint32) subject->class_id);
	result->class_id = subject->class_id;
	result->len = subject->len;
}

static CacheEntry *
cache_find(const EthAuditSubject *subject)
{
	CacheKey	key;
	CacheEntry *entry;

	if (cache == NULL)
		return NULL;
	cache_key(&key, subject);
	entry = hash_search(cache, &key, HASH_FIND, NULL);
	if (entry != NULL && memcmp(entry->key, subject->key, subject->len) != 0)
		return NULL;
	return entry;
}

static CacheEntry *
cache_add(const EthAuditSubject *subject, const pg_uuid_t *reference, const uint8 *data_key, bool own)
{
	CacheKey	key;
	CacheEntry *entry;
	char	   *copy;
	bool		found;

	cache_prepare();
	copy = MemoryContextAlloc(cache_context, Max(subject->len, 1));
	memcpy(copy, subject->key, subject->len);
	cache_key(&key, subject);
	entry = hash_search(cache, &key, HASH_ENTER, &found);
	entry->key = copy;
	entry->reference = *reference;
	entry->own = own;
	if (!found)
		entry->slot = -1;
	if (data_key != NULL)
	{
		if (entry->slot < 0)
			entry->slot = slots_used++;
		memcpy(data_keys[entry->slot], data_key, ETH_KEY_BYTES);
	}
	else
		entry->slot = -1;
	own_entries = own_entries || own;
	return entry;
}

/* ---- the table ---- */

static bytea *
to_bytea(const void *data, int len)
{
	bytea	   *result = palloc(VARHDRSZ + len);

	SET_VARSIZE(result, VARHDRSZ + len);
	memcpy(VARDATA(result), data, len);
	return result;
}

/* The data key out of its wrapping; false when the master is not there any more. */
static bool
unwrap(const pg_uuid_t *reference, const uint8 *key_id, const bytea *wrapped, uint8 *data_key)
{
	const uint8 *master = eth_crypto_key_by_id(ETH_USE_WRAP, key_id);

	if (master == NULL || VARSIZE_ANY_EXHDR(wrapped) != WRAPPED_BYTES)
		return false;
	return eth_crypto_open(master, reference, sizeof(pg_uuid_t),
						   (const uint8 *) VARDATA_ANY(wrapped), WRAPPED_BYTES, data_key);
}

/* Reads reference and data key of a row; false when there is no usable data key. */
static bool
read_row(Relation rel, HeapTuple tuple, pg_uuid_t *reference, uint8 *data_key, bool with_key)
{
	TupleDesc	desc = RelationGetDescr(rel);
	bool		isnull;
	Datum		id;
	Datum		wrapped;

	*reference = *DatumGetUUIDP(heap_getattr(tuple, Anum_subject_key_reference, desc, &isnull));
	wrapped = heap_getattr(tuple, Anum_subject_key_wrapped, desc, &isnull);
	if (isnull || !with_key)
		return false;
	id = heap_getattr(tuple, Anum_subject_key_key_id, desc, &isnull);
	if (isnull || VARSIZE_ANY_EXHDR(DatumGetPointer(id)) != ETH_KEY_ID_BYTES)
		return false;
	return unwrap(reference, (const uint8 *) VARDATA_ANY(DatumGetPointer(id)),
				  (const bytea *) DatumGetPointer(wrapped), data_key);
}

/*
 * Looks the person up.  Among several rows one with a data key is taken.
 */
static CacheEntry *
find_in_table(const EthAuditSubject *subject, bool with_key)
{
	Relation	rel = table_open(eth_core_relid("subject_key", false), AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	CacheEntry *entry = NULL;
	uint8		data_key[ETH_KEY_BYTES];

	ScanKeyInit(&keys[0], Anum_subject_key_class_id, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(subject->class_id));
	ScanKeyInit(&keys[1], Anum_subject_key_key, BTEqualStrategyNumber, F_BYTEAEQ,
				PointerGetDatum(to_bytea(subject->key, subject->len)));
	scan = systable_beginscan(rel, eth_core_relid("subject_key_subject", false), true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		pg_uuid_t	reference;
		bool		usable = read_row(rel, tuple, &reference, data_key, with_key);

		if (entry != NULL && !usable)
			continue;
		entry = cache_add(subject, &reference, usable ? data_key : NULL,
						  TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data)));
		if (usable)
			break;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	eth_crypto_wipe(data_key, sizeof(data_key));
	return entry;
}

static CacheEntry *
make_row(const EthAuditSubject *subject, bool with_key)
{
	Datum		values[Natts_subject_key] = {0};
	bool		nulls[Natts_subject_key] = {0};
	pg_uuid_t	reference;
	uint8		data_key[ETH_KEY_BYTES];
	uint8		wrapped[WRAPPED_BYTES];
	CacheEntry *entry;

	eth_crypto_random(&reference, sizeof(reference));
	/* a random UUID as RFC 9562 section 5.4 has it, so that it looks like one */
	reference.data[6] = (reference.data[6] & 0x0F) | 0x40;
	reference.data[8] = (reference.data[8] & 0x3F) | 0x80;
	values[Anum_subject_key_reference - 1] = UUIDPGetDatum(&reference);
	values[Anum_subject_key_class_id - 1] = Int32GetDatum(subject->class_id);
	values[Anum_subject_key_key - 1] = PointerGetDatum(to_bytea(subject->key, subject->len));
	if (with_key)
	{
		eth_crypto_random(data_key, sizeof(data_key));
		eth_crypto_seal(eth_crypto_key(ETH_USE_WRAP), &reference, sizeof(reference),
						data_key, sizeof(data_key), wrapped);
		values[Anum_subject_key_key_id - 1] =
			PointerGetDatum(to_bytea(eth_crypto_key_id(), ETH_KEY_ID_BYTES));
		values[Anum_subject_key_wrapped - 1] = PointerGetDatum(to_bytea(wrapped, sizeof(wrapped)));
	}
	else
		nulls[Anum_subject_key_key_id - 1] = nulls[Anum_subject_key_wrapped - 1] = true;
	eth_audit_insert_row("subject_key", values, nulls);
	entry = cache_add(subject, &reference, with_key ? data_key : NULL, true);
	eth_crypto_wipe(data_key, sizeof(data_key));
	return entry;
}

const pg_uuid_t *
eth_audit_subject(const EthAuditSubject *subject, bool need_key, const uint8 **key)
{
	bool		have_master = need_key || eth_crypto_key_problem() == NULL;
	CacheEntry *entry;

	if (need_key)
		(void) eth_crypto_key(ETH_USE_WRAP);	/* or an error that says what
												 * is missing */
	entry = cache_find(subject);
	if (entry == NULL || (need_key && entry->slot < 0))
		entry = find_in_table(subject, have_master);
	if (entry == NULL || (need_key && entry->slot < 0))
		entry = make_row(subject, have_master);
	if (key != NULL)
		*key = entry->slot >= 0 ? data_keys[entry->slot] : NULL;
	return &entry->reference;
}

static const EthAuditSubject nobody = {0, 0, ""};

/*
 * One person: the person's own key.  Several: a hash of all their keys, so that
 * it is lost when one of them is.
 */
void
eth_audit_joint_key(int n, const EthAuditSubject *subjects, pg_uuid_t *references, uint8 *key)
{
	const uint8 *data_key;
	uint8		joint[ETH_KEY_BYTES];
	int			i;

	if (n == 0)
	{
		(void) eth_audit_subject(&nobody, true, &data_key);
		memcpy(key, data_key, ETH_KEY_BYTES);
		return;
	}
	for (i = 0; i < n; i++)
	{
		references[i] = *eth_audit_subject(&subjects[i], true, &data_key);
		if (i == 0)
			memcpy(key, data_key, ETH_KEY_BYTES);
		else
		{
			eth_crypto_keyed_hash(key, data_key, ETH_KEY_BYTES, joint, ETH_KEY_BYTES);
			memcpy(key, joint, ETH_KEY_BYTES);
		}
	}
	eth_crypto_wipe(joint, sizeof(joint));
}

/* ---- the way back: for who may open ---- */

/* The row with this reference; false when there is none (any more). */
static bool
row_of_reference(const pg_uuid_t *reference, int32 *class_id, bytea **subject, uint8 *data_key)
{
	Relation	rel = table_open(eth_core_relid("subject_key", false), AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found;
	bool		isnull;
	pg_uuid_t	there;

	ScanKeyInit(&key, Anum_subject_key_reference, BTEqualStrategyNumber, F_UUID_EQ,
				UUIDPGetDatum(reference));
	scan = systable_beginscan(rel, eth_core_relid("subject_key_reference", false), true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	found = HeapTupleIsValid(tuple);
	if (found)
	{
		TupleDesc	desc = RelationGetDescr(rel);

		*class_id = DatumGetInt32(heap_getattr(tuple, Anum_subject_key_class_id, desc, &isnull));
		*subject = DatumGetByteaPCopy(heap_getattr(tuple, Anum_subject_key_key, desc, &isnull));
		if (data_key != NULL)
			found = read_row(rel, tuple, &there, data_key, true);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

bool
eth_audit_joint_key_by_reference(int n, const pg_uuid_t *references, uint8 *key)
{
	uint8		data_key[ETH_KEY_BYTES];
	uint8		joint[ETH_KEY_BYTES];
	int32		class_id;
	bytea	   *subject;
	bool		found = true;
	int			i;

	if (n == 0)
	{
		CacheEntry *entry = find_in_table(&nobody, true);

		if (entry == NULL || entry->slot < 0)
			return false;
		memcpy(key, data_keys[entry->slot], ETH_KEY_BYTES);
		return true;
	}
	for (i = 0; i < n && found; i++)
	{
		found = row_of_reference(&references[i], &class_id, &subject, data_key);
		if (!found)
			break;
		if (i == 0)
			memcpy(key, data_key, ETH_KEY_BYTES);
		else
		{
			eth_crypto_keyed_hash(key, data_key, ETH_KEY_BYTES, joint, ETH_KEY_BYTES);
			memcpy(key, joint, ETH_KEY_BYTES);
		}
	}
	eth_crypto_wipe(data_key, sizeof(data_key));
	eth_crypto_wipe(joint, sizeof(joint));
	return found;
}

char *
eth_audit_subject_text(const pg_uuid_t *reference)
{
	const EthClass *class;
	int32		class_id;
	bytea	   *subject;
	EthKey		key;

	if (!row_of_reference(reference, &class_id, &subject, NULL))
		return NULL;
	class = eth_consent_class_by_id(class_id);
	if (class == NULL)
		return NULL;
	memset(&key, 0, sizeof(key));
	key.len = VARSIZE_ANY_EXHDR(subject);
	key.data = VARDATA_ANY(subject);
	return eth_consent_key_to_text(&key, class->key_kind);
}
