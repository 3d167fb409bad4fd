/*
 * replay.c
 *		Tokens for one use: which were used.
 *
 * Where trust_key(single_use => true) asks for it, a token is spent when it is shown,
 * not when the transaction commits: what was read with it was read, also in a
 * transaction that rolls back.  So the memory is no table.  It is a hash table in
 * shared memory, which works in read-only transactions and on standbys, too, and of
 * which nothing is ever undone.
 *
 * It is as old as the server's shared memory: made at start, and again after a
 * crash.  A token that was issued before that may have been used, so it is refused,
 * by its claim "iat"; clocks may differ by ethdata.token_tolerance, which is added.
 * Each server remembers for itself: the same token can be shown once to a primary
 * and once to each standby.
 *
 * Format: SHA-256 over database, key id and jti, each with its length, and the time
 * from which on the token is expired anyway.  Full of tokens that have not expired:
 * error 53400, nothing is forgotten early.
 *
 * Lock: one LWLock, exclusive for the time of a look-up and an entry; a sweep of the
 * whole table only when it is full.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/timestamp.h"

#include "crypto/crypto.h"
#include "purpose/internal.h"

#define TRANCHE "ethdata tokens"

typedef struct TokenMemory
{
	LWLock	   *lock;
	TimestampTz since;			/* nothing is remembered from before */
	TimestampTz full_until;		/* no entry expires before; 0: not full */
} TokenMemory;

typedef struct UsedToken
{
	uint8		token[ETH_SHA256_BYTES];
	TimestampTz forget_at;
} UsedToken;

static TokenMemory *memory = NULL;
static HTAB *used = NULL;
static int	max_entries = 10000;

static void
add(EthSha256 *hash, const void *data, size_t len)
{
	uint64		length = len;

	eth_crypto_sha256_add(hash, &length, sizeof(length));
	eth_crypto_sha256_add(hash, data, len);
}

/* Forgets what has expired; the lock is held. */
static void
sweep(TimestampTz now)
{
	HASH_SEQ_STATUS scan;
	UsedToken  *entry;

	if (memory->full_until > now)
		return;
	memory->full_until = 0;
	hash_seq_init(&scan, used);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		if (entry->forget_at <= now)
			(void) hash_search(used, entry->token, HASH_REMOVE, NULL);
		else if (memory->full_until == 0 || entry->forget_at < memory->full_until)
			memory->full_until = entry->forget_at;
	}
	if (hash_get_num_entries(used) < max_entries)
		memory->full_until = 0;
}

void
eth_purpose_use_token(const char *key_id, const char *jti, TimestampTz issued, TimestampTz forget_at)
{
	EthSha256  *hash = eth_crypto_sha256_begin();
	uint8		token[ETH_SHA256_BYTES];
	TimestampTz now = GetCurrentTimestamp();
	bool		known = false;
	bool		full = false;
	bool		old;

	add(hash, &MyDatabaseId, sizeof(Oid));
	add(hash, key_id, strlen(key_id));
	add(hash, jti, strlen(jti));
	eth_crypto_sha256_end(hash, token);

	LWLockAcquire(memory->lock, LW_EXCLUSIVE);
	old = issued < memory->since;
	if (!old)
	{
		known = hash_search(used, token, HASH_FIND, NULL) != NULL;
		if (!known)
		{
			UsedToken  *entry = NULL;

			if (hash_get_num_entries(used) >= max_entries)
				sweep(now);
			if (hash_get_num_entries(used) < max_entries)
				entry = hash_search(used, token, HASH_ENTER_NULL, NULL);
			if (entry != NULL)
				entry->forget_at = forget_at;
			else
				full = true;
		}
	}
	LWLockRelease(memory->lock);

	if (old)
		ereport(ERROR,
				(errcode(ETH_ERR_TOKEN),
				 errmsg("the token is not accepted"),
				 errdetail("It is for one use, and was issued before the server began to remember which were used."),
				 errhint("Ask for a new token; after a start of the server one is accepted when ethdata.token_tolerance has passed."),
				 errhidestmt(true)));
	if (known)
		ereport(ERROR,
				(errcode(ETH_ERR_TOKEN),
				 errmsg("the token is not accepted"),
				 errdetail("It is for one use, and was used before."),
				 errhint("Ask for a new token for each transaction."),
				 errhidestmt(true)));
	if (full)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("too many tokens for one use are in use"),
				 errhint("Increase ethdata.remembered_tokens, or issue tokens that expire sooner."),
				 errhidestmt(true)));
}

Size
eth_purpose_shmem_size(void)
{
	return add_size(MAXALIGN(sizeof(TokenMemory)), hash_estimate_size(max_entries, sizeof(UsedToken)));
}

void
eth_purpose_shmem_request(void)
{
	RequestNamedLWLockTranche(TRANCHE, 1);
}

void
eth_purpose_shmem_init(void)
{
	bool		found;
	HASHCTL		ctl;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	memory = ShmemInitStruct("ethdata tokens", sizeof(TokenMemory), &found);
	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = ETH_SHA256_BYTES;
	ctl.entrysize = sizeof(UsedToken);
	used = ShmemInitHash("ethdata used tokens", max_entries, max_entries, &ctl,
						 HASH_ELEM | HASH_BLOBS | HASH_FIXED_SIZE);
	if (!found)
	{
		memory->lock = &(GetNamedLWLockTranche(TRANCHE))->lock;
		memory->since = GetCurrentTimestamp();
		memory->full_until = 0;
	}
	LWLockRelease(AddinShmemInitLock);
}

void
eth_purpose_replay_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	DefineCustomIntVariable("ethdata.remembered_tokens",
							"How many tokens for one use are remembered until they expire.",
							"When more are in use, new ones are refused.",
							&max_entries,
							10000, 100, 10000000,
							PGC_POSTMASTER, 0,
							NULL, NULL, NULL);
}
