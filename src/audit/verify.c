/*
 * verify.c
 *		verify_audit(): is the history as it was sealed?
 *
 * Checked, in this order, for each checkpoint:
 *
 *	- the note says the same as the row, and its signature is that of the site's
 *	  key with the id that the row names;
 *	- the leaves in audit_tile have the checkpoint's root (which, with the
 *	  signature, says that they are what was sealed);
 *	- the events of its batch have these leaves, in order.  What does not fit is
 *	  told by event: one that changed, one that was added, or how many are gone
 *	  between which.
 *
 * Whoever holds notes outside the database compares them with audit_checkpoint;
 * nothing in here proves that the last checkpoints were not cut off together.
 *
 * Memory: the leaves of one batch at a time.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "audit/internal.h"

PG_FUNCTION_INFO_V1(ethdata_verify_audit);

/* More findings than these are counted only. */
#define MAX_FINDINGS 1000

typedef struct Leaf
{
	int64		id;
	uint8		hash[ETH_SHA256_BYTES];
} Leaf;

typedef struct Verification
{
	int64		first_id;
	int64		last_id;
	int64		checked;
	List	   *findings;		/* char * */
	int64		nfindings;
	EthMerkle	tree;
	bytea	   *tile;			/* of level 0, as read last */
	int64		tile_index;
	/* of the batch at work */
	Leaf	   *leaves;
	int64		nleaves;
	int64		room;
} Verification;

static void
found(Verification *v, char *finding)
{
	v->nfindings++;
	if (v->nfindings <= MAX_FINDINGS)
		v->findings = lappend(v->findings, finding);
}

/* ---- signatures ---- */

static bool
signature_fits(const EthCheckpoint *checkpoint, const uint8 *public_key)
{
	char	   *text = eth_audit_note_text(checkpoint->origin, checkpoint->size, checkpoint->root);
	size_t		text_len = strlen(text);
	char	   *line;
	char	   *expected;
	size_t		expected_len;
	uint8		signature[ETH_NOTE_KEY_HASH_BYTES + ETH_SIGNATURE_BYTES];
	uint8		key_hash[ETH_NOTE_KEY_HASH_BYTES];
	size_t		len;

	/* the text, an empty line, and one signature line */
	if (strncmp(checkpoint->note, text, text_len) != 0 || checkpoint->note[text_len] != '\n')
		return false;
	line = checkpoint->note + text_len + 1;
	expected = psprintf(ETH_NOTE_SIGNATURE_PREFIX "%s ", checkpoint->origin);
	expected_len = strlen(expected);
	if (strncmp(line, expected, expected_len) != 0)
		return false;
	line += expected_len;
	len = strlen(line);
	if (len == 0 || line[len - 1] != '\n' ||
		eth_crypto_base64_decode(line, len - 1, signature, sizeof(signature)) != (int) sizeof(signature))
		return false;
	eth_audit_note_key_hash(checkpoint->origin, public_key, key_hash);
	return memcmp(signature, key_hash, sizeof(key_hash)) == 0 &&
		eth_crypto_verify(public_key, text, text_len, signature + ETH_NOTE_KEY_HASH_BYTES);
}

static void
check_signature(Verification *v, const EthCheckpoint *checkpoint)
{
	const uint8 *seed;
	uint8		public_key[ETH_PUBLIC_BYTES];

	if (eth_crypto_key_problem() != NULL)
		return;					/* told once, by the caller */
	seed = eth_crypto_key_by_id(ETH_USE_SIGN, checkpoint->key_id);
	if (seed == NULL)
	{
		found(v, psprintf("checkpoint " UINT64_FORMAT " was signed with a key that this site does not have",
						  checkpoint->size));
		return;
	}
	eth_crypto_public_key(seed, public_key);
	if (!signature_fits(checkpoint, public_key))
		found(v, psprintf("checkpoint " UINT64_FORMAT " does not bear a valid signature of this site",
						  checkpoint->size));
}

/* ---- leaves ---- */

/* The sealed leaf with this index; false when its tile is not there. */
static bool
sealed_leaf(Verification *v, uint64 index, uint8 *hash)
{
	int64		tile_index = (int64) (index / ETH_TILE_WIDTH);
	int			place = (int) (index % ETH_TILE_WIDTH);

	if (v->tile == NULL || v->tile_index != tile_index)
	{
		Oid			types[1] = {INT8OID};
		Datum		values[1];
		Datum		hashes;
		bool		isnull;

		if (v->tile != NULL)
			pfree(v->tile);
		v->tile = NULL;
		values[0] = Int64GetDatum(tile_index);
		eth_core_spi("SELECT hashes FROM ethdata.audit_tile t"
					 " WHERE t.level OPERATOR(pg_catalog.=) 0 AND t.index OPERATOR(pg_catalog.=) $1",
					 SPI_OK_SELECT, 1, types, values, NULL, false);
		if (SPI_processed == 0)
			return false;
		hashes = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
		if (isnull)
			return false;
		v->tile = DatumGetByteaPCopy(hashes);
		v->tile_index = tile_index;
		SPI_freetuptable(SPI_tuptable);
	}
	if ((size_t) (place + 1) * ETH_SHA256_BYTES > VARSIZE_ANY_EXHDR(v->tile))
		return false;
	memcpy(hash, VARDATA_ANY(v->tile) + (size_t) place * ETH_SHA256_BYTES, ETH_SHA256_BYTES);
	return true;
}

static void
collect_leaf(void *context, int64 id, const uint8 *leaf)
{
	Verification *v = context;

	if (v->nleaves == v->room)
	{
		v->room = Max(v->room * 2, 1024);
		v->leaves = v->leaves ? repalloc_huge(v->leaves, sizeof(Leaf) * v->room) :
			MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Leaf) * v->room);
	}
	v->leaves[v->nleaves].id = id;
	memcpy(v->leaves[v->nleaves].hash, leaf, ETH_SHA256_BYTES);
	v->nleaves++;
}

static bool
in_range(const Verification *v, int64 id)
{
	return id >= v->first_id && id <= v->last_id;
}

/*
 * Where the sealed leaf at "index" (before "end") stands among the events from
 * "from" on; -1: nowhere.
 */
static int64
find_event(const Verification *v, const uint8 *hash, int64 from)
{
	int64		i;

	for (i = from; i < v->nleaves; i++)
		if (memcmp(v->leaves[i].hash, hash, ETH_SHA256_BYTES) == 0)
			return i;
	return -1;
}

static void
tell_gone(Verification *v, int64 count, int64 before, int64 after)
{
	if (count == 0)
		return;
	found(v, psprintf(INT64_FORMAT " sealed event(s) are gone%s%s", count,
					  before >= 0 ? psprintf(" after event " INT64_FORMAT, v->leaves[before].id) : "",
					  after >= 0 && after < v->nleaves ?
					  psprintf(" before event " INT64_FORMAT, v->leaves[after].id) : ""));
}

/*
 * Events that are there and were not sealed as they are; as many as are gone were
 * changed.  Result: to.
 */
static int64
tell_changed(Verification *v, int64 from, int64 to, int64 *gone)
{
	int64		event;

	for (event = from; event < to; event++)
	{
		bool		changed = *gone > 0;

		if (changed)
			(*gone)--;
		if (!in_range(v, v->leaves[event].id))
			continue;
		if (changed)
			found(v, psprintf("event " INT64_FORMAT " is not as it was sealed", v->leaves[event].id));
		else
			found(v, psprintf("event " INT64_FORMAT " was not there when its transaction was sealed",
							  v->leaves[event].id));
	}
	return to;
}

/*
 * The batch's events are in v->leaves, its sealed leaves have the indexes from
 * start to end.  Both in the same order, unless something was done to them.
 */
static void
compare_batch(Verification *v, uint64 start, uint64 end)
{
	uint64		sealed = start;
	int64		event = 0;
	int64		gone = 0;
	int64		last_good = -1;
	uint8		hash[ETH_SHA256_BYTES];

	while (sealed < end)
	{
		int64		there;

		CHECK_FOR_INTERRUPTS();
		if (!sealed_leaf(v, sealed, hash))
			return;				/* the root did not fit, and was told */
		if (event < v->nleaves && memcmp(v->leaves[event].hash, hash, ETH_SHA256_BYTES) == 0)
		{
			tell_gone(v, gone, last_good, event);
			gone = 0;
			if (in_range(v, v->leaves[event].id))
				v->checked++;
			last_good = event;
			event++;
			sealed++;
			continue;
		}
		there = find_event(v, hash, event);
		if (there >= 0)
		{
			/* what stands before it was sealed otherwise, or not at all */
			event = tell_changed(v, event, there, &gone);
			continue;
		}
		gone++;
		sealed++;
	}
	(void) tell_changed(v, event, v->nleaves, &gone);
	tell_gone(v, gone, last_good, v->nleaves);
}

/* Appends the sealed leaves from start to end; is the root the checkpoint's? */
static void
check_root(Verification *v, const EthCheckpoint *checkpoint, uint64 start)
{
	uint8		hash[ETH_SHA256_BYTES];
	uint8		root[ETH_SHA256_BYTES];
	uint64		lacking = 0;
	uint64		i;

	for (i = start; i < checkpoint->size; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!sealed_leaf(v, i, hash))
		{
			lacking++;
			memset(hash, 0, sizeof(hash));
		}
		eth_merkle_append(&v->tree, hash);
	}
	if (lacking > 0)
		found(v, psprintf("the tree lacks " UINT64_FORMAT " leaves of checkpoint " UINT64_FORMAT,
						  lacking, checkpoint->size));
	eth_merkle_root(&v->tree, root);
	if (memcmp(root, checkpoint->root, ETH_SHA256_BYTES) != 0)
		found(v, psprintf("the tree does not have the root of checkpoint " UINT64_FORMAT, checkpoint->size));
}

/* Is the layout what its number says?  A change would show values under other names. */
static void
check_layouts(Verification *v)
{
	SPITupleTable *rows;
	uint64		n;
	uint64		i;

	eth_core_spi("SELECT l.id, l.relation, l.columns, l.types FROM ethdata.audit_layout l",
				 SPI_OK_SELECT, 0, NULL, NULL, NULL, false);
	rows = SPI_tuptable;
	n = SPI_processed;
	for (i = 0; i < n; i++)
	{
		bool		isnull;
		int64		id = DatumGetInt64(SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull));
		char	   *relation = SPI_getvalue(rows->vals[i], rows->tupdesc, 2);

		if (id != eth_audit_layout_id(relation, eth_audit_texts_of(rows->vals[i], rows->tupdesc, 3),
									  eth_audit_texts_of(rows->vals[i], rows->tupdesc, 4)))
			found(v, psprintf("the columns of %s in ethdata.audit_layout are not what events were recorded with",
							  relation));
	}
	SPI_freetuptable(rows);
}

static int64
count_unsealed(const EthCheckpoint *last)
{
	Oid			types[2] = {INT4OID, TEXTOID};
	Datum		values[2];
	bool		isnull;

	values[0] = Int32GetDatum(last ? last->incarnation : 0);
	values[1] = CStringGetTextDatum(last && last->snapshot ? last->snapshot : "1:1:");
	eth_core_spi("SELECT pg_catalog.count(*) FROM ethdata.audit_record r"
				 " WHERE r.incarnation OPERATOR(pg_catalog.>) $1"
				 " OR r.incarnation OPERATOR(pg_catalog.=) $1 AND NOT"
				 " pg_catalog.pg_visible_in_snapshot(r.xid::pg_catalog.text::pg_catalog.xid8, $2::pg_catalog.pg_snapshot)",
				 SPI_OK_SELECT, 2, types, values, NULL, false);
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

static int64
verify(Verification *v)
{
	List	   *checkpoints = eth_audit_checkpoints();
	const EthCheckpoint *previous = NULL;
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ethdata verification",
												 ALLOCSET_DEFAULT_SIZES);
	ListCell   *lc;

	if (checkpoints != NIL && eth_crypto_key_problem() != NULL)
		found(v, psprintf("signatures could not be checked: %s", eth_crypto_key_problem()));
	eth_merkle_init(&v->tree);
	foreach(lc, checkpoints)
	{
		const EthCheckpoint *checkpoint = lfirst(lc);
		uint64		start = previous ? previous->size : 0;
		bool		continues = previous != NULL && previous->incarnation == checkpoint->incarnation;
		EthAuditSnapshot before;
		EthAuditSnapshot after;
		MemoryContext old;

		check_signature(v, checkpoint);
		check_root(v, checkpoint, start);
		old = MemoryContextSwitchTo(memory);
		v->leaves = NULL;
		v->nleaves = v->room = 0;
		if (continues)
			eth_audit_snapshot_parse(&before, previous->snapshot);
		eth_audit_snapshot_parse(&after, checkpoint->snapshot);
		eth_audit_each_of_batch(checkpoint->incarnation, continues ? &before : NULL, &after,
								collect_leaf, v);
		MemoryContextSwitchTo(old);
		compare_batch(v, start, checkpoint->size);
		MemoryContextReset(memory);
		previous = checkpoint;
	}
	check_layouts(v);
	return count_unsealed(previous);
}

static void
put(ReturnSetInfo *result, bool ok, int64 checked, const char *finding)
{
	Datum		values[3];
	bool		nulls[3] = {false, false, finding == NULL};

	values[0] = BoolGetDatum(ok);
	values[1] = Int64GetDatum(checked);
	values[2] = finding ? CStringGetTextDatum(finding) : (Datum) 0;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * verify_audit(first_id bigint, last_id bigint) -> table(ok, checked, finding)
 *		See above.  One row with ok when all is as it was sealed; else one a
 *		finding.  checked: events compared in the range and found right.
 *
 * Errors: 42501 not superuser, ethdata_admin, ethdata_auditor or ethdata_officer;
 * 22023 first_id after last_id; XX001 a snapshot cannot be read.
 */
Datum
ethdata_verify_audit(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Verification v;
	EthCaller	caller;
	int64		unsealed;
	ListCell   *lc;

	if (!eth_core_is_admin(GetUserId()) && !eth_core_has_role(GetUserId(), ETH_ROLE_AUDITOR) &&
		!eth_core_has_role(GetUserId(), ETH_ROLE_OFFICER))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to verify the audit"),
				 errdetail("Only superusers and members of roles \"%s\", \"%s\" and \"%s\" may.",
						   ETH_ROLE_ADMIN, ETH_ROLE_AUDITOR, ETH_ROLE_OFFICER)));
	memset(&v, 0, sizeof(v));
	v.first_id = PG_ARGISNULL(0) ? PG_INT64_MIN : PG_GETARG_INT64(0);
	v.last_id = PG_ARGISNULL(1) ? PG_INT64_MAX : PG_GETARG_INT64(1);
	if (v.first_id > v.last_id)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("first_id must not be after last_id")));

	InitMaterializedSRF(fcinfo, 0);
	eth_core_enter(&caller);
	PushActiveSnapshot(GetLatestSnapshot());
	SPI_connect();
	unsealed = verify(&v);
	foreach(lc, v.findings)
		put(result, false, v.checked, lfirst(lc));
	if (v.nfindings > MAX_FINDINGS)
		put(result, false, v.checked, psprintf(INT64_FORMAT " more findings", v.nfindings - MAX_FINDINGS));
	if (v.nfindings == 0)
		put(result, true, v.checked,
			unsealed > 0 ? psprintf(INT64_FORMAT " event(s) are not sealed yet", unsealed) : NULL);
	SPI_finish();
	PopActiveSnapshot();
	eth_core_leave(&caller);
	return (Datum) 0;
}
