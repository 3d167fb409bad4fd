/*
 * subject.c
 *		The decision about a person who is named by a key.
 *
 * Looks up what holds for the person and asks eth_decide_person().  Where
 * transactions may have ended since the active snapshot was taken and must count
 * (REPEATABLE READ, SERIALIZABLE, a FETCH), it looks again under a fresh
 * snapshot, and deny wins (G5).
 *
 * For purpose "self" the person is the one whom the token names, or not; nothing is
 * looked up.
 *
 * What the consent room remembers of the person (remember.c) comes first: it is
 * what the snapshot sees, and a fresh one too, so one decision is enough.  It is the
 * person's row of consent_state alone; where the class names columns on which more
 * depends, the rest is looked up.
 *
 * Memo of what was looked up.  Three masks on a row, or the rows of one customer,
 * ask the same thing again and again.  Answers are kept in a small direct-mapped table for one
 * instant of core (statement, snapshot, clock): two equal instants see the same
 * rows of every table, so a kept answer is exact.  Anything else empties it.
 * Backend-local, no locks.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "decide/decide.h"

#define MEMO_SLOTS 64
#define MEMO_KEY_BYTES 40

typedef struct MemoSlot
{
	uint64		epoch;			/* of the memo, when it was filled */
	int32		class_id;
	int32		purpose_id;
	int32		len;
	EthReason	reason;
	char		key[MEMO_KEY_BYTES];
} MemoSlot;

static MemoSlot memo[MEMO_SLOTS];
static EthInstant memo_instant;
static uint64 memo_epoch = 1;
static uint64 memo_version = 0;

static MemoSlot *
memo_slot(const EthPurpose *purpose, int32 class_id, const EthKey *key)
{
	uint32		hash;

	/*
	 * without preload statements are not counted: an instant could last too
	 * long
	 */
	if (key->len > MEMO_KEY_BYTES || !eth_core_preloaded)
		return NULL;
	if (memo_version != eth_purpose_catalogue_version ||
		!eth_core_instant_is_now(&memo_instant))
	{
		eth_core_instant(&memo_instant);
		memo_version = eth_purpose_catalogue_version;
		memo_epoch++;
	}
	hash = hash_bytes((const unsigned char *) key->data, key->len) ^
		(uint32) class_id ^ ((uint32) purpose->id >> 7);
	return &memo[hash % MEMO_SLOTS];
}

static bool
has_class(int32 class_id)
{
	const EthClass *class = eth_consent_class_by_id(class_id);

	return class != NULL && OidIsValid(class->relid);
}

/* As the tables say: the fast path has found nothing, or it needs more than the row. */
static EthReason
look_up(const EthReader *reader, const EthPurpose *purpose, uint32 hash, const EthKey *key)
{
	int32		class_id = reader->class_id;
	MemoSlot   *slot = memo_slot(purpose, class_id, key);
	uint64		epoch = memo_epoch;
	uint64		version = eth_purpose_catalogue_version;
	int32		purpose_id = purpose->id;
	bool		latest = false;
	EthReason	reason;

	if (slot != NULL && slot->epoch == memo_epoch &&
		slot->class_id == class_id && slot->purpose_id == purpose_id &&
		slot->len == key->len && memcmp(slot->key, key->data, key->len) == 0)
		return slot->reason;

	for (;;)
	{
		EthConsent *value = eth_consent_lookup(reader, hash, key, latest);

		/* without preload the look-up may have loaded the catalogue again */
		if (version != eth_purpose_catalogue_version)
		{
			version = eth_purpose_catalogue_version;
			purpose = eth_purpose_by_id(purpose_id);
			if (purpose == NULL)
				return ETH_DENIED_RETIRED;
		}
		/* of a class that was dropped nobody permits anything */
		reason = has_class(class_id) ? eth_decide_person(purpose, value, eth_core_clock()) :
			ETH_DENIED_UNKNOWN_SUBJECT;
		if (value != NULL)
			pfree(value);
		if (latest || !ETH_IS_PERMITTED(reason) || !eth_core_snapshot_is_old() ||
			(reader->row_alone && eth_consent_is_settled(reader, hash)))
			break;
		latest = true;
	}

	if (slot != NULL && epoch == memo_epoch)
	{
		slot->epoch = memo_epoch;
		slot->class_id = class_id;
		slot->purpose_id = purpose_id;
		slot->len = key->len;
		memcpy(slot->key, key->data, key->len);
		slot->reason = reason;
	}
	return reason;
}

EthReason
eth_decide_subject(const EthReader *reader, const EthPurpose *purpose, const EthKey *key,
				   TimestampTz clock)
{
	uint32		hash = eth_consent_subject_hash(reader->seed, key->data, key->len);
	const EthConsent *value;

	if (purpose->self)
		return has_class(reader->class_id) && eth_consent_is_self(reader->class_id, key) ?
			ETH_PERMITTED_SELF : ETH_DENIED_NOT_SELF;

	/*
	 * the row alone says it, unless the person lived under a law when it was
	 * written
	 */
	if (reader->horizon != 0 && reader->row_alone &&
		eth_consent_remembered(reader, hash, key, &value) &&
		(value == NULL || value->regime == ETH_REGIME_UNKNOWN))
		return eth_decide_person(purpose, value, clock);
	return look_up(reader, purpose, hash, key);
}
