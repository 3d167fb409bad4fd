/*
 * proof.c
 *		inclusion_proof(), consistency_proof(): short proofs about the sealed
 *		history, for those who hold a signed checkpoint; verify_proof() checks them.
 *
 * A proof is made from the tiles (seal.c): the root of 2^level leaves is that of
 * 2^(level % 8) hashes of a tile of level / 8, so a proof reads a few tiles for each
 * eight levels of the tree, whatever its size.  Where an event stands is not
 * stored: its record says which batch it was sealed in, and its leaf is looked for
 * among those of the batch.
 *
 * Tiles are no evidence, only the root under the signature is.  So every proof is
 * checked against the checkpoint before it is handed out, and what does not fit is
 * an error (XX001), never a proof of something else.
 *
 * Formats.  Hashes as text are base64 with padding, as in C2SP tlog-checkpoint;
 * "proof" is a C2SP tlog-proof:
 *
 *		c2sp.org/tlog-proof@v1
 *		index <place of the leaf, from 0>
 *		<hash, base64>			one line for each hash of the path
 *
 *		<the signed checkpoint>
 *
 * Locks: AccessShareLock on the tables read.  A sealer at work does no harm: tiles
 * grow at their end only.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "audit/internal.h"

PG_FUNCTION_INFO_V1(ethdata_inclusion_proof);
PG_FUNCTION_INFO_V1(ethdata_consistency_proof);
PG_FUNCTION_INFO_V1(ethdata_verify_proof_leaf);
PG_FUNCTION_INFO_V1(ethdata_verify_proof_record);
PG_FUNCTION_INFO_V1(ethdata_verify_proof_consistency);

/* ---- the tree in its tiles ---- */

/* Levels of the tree in one tile: 2^8 is ETH_TILE_WIDTH. */
#define TILE_LEVELS 8

/* The tile read last. */
typedef struct TileReader
{
	int			level;
	uint64		index;
	bytea	   *tile;
} TileReader;

static ETH_NORETURN void
damaged(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("the sealed history is not as it was sealed"),
			 errdetail_internal("%s", detail),
			 errhint("ethdata.verify_audit() says what was changed.")));
}

/* "count" hashes of a tile from "first" on; valid until the next call. */
static const uint8 *
tile_hashes(TileReader *reader, int level, uint64 index, int first, int count)
{
	if (reader->tile == NULL || reader->level != level || reader->index != index)
	{
		if (reader->tile != NULL)
			pfree(reader->tile);
		reader->tile = eth_audit_tile(level, (int64) index);
		reader->level = level;
		reader->index = index;
	}
	if (reader->tile == NULL ||
		VARSIZE_ANY_EXHDR(reader->tile) < (size_t) (first + count) * ETH_SHA256_BYTES)
		damaged("Its tree lacks hashes.");
	return (const uint8 *) VARDATA_ANY(reader->tile) + (size_t) first * ETH_SHA256_BYTES;
}

static void
tile_node(void *context, int level, uint64 index, uint8 *hash)
{
	int			count = 1 << (level % TILE_LEVELS);
	uint64		first = index * count;
	const uint8 *hashes = tile_hashes(context, level / TILE_LEVELS, first / ETH_TILE_WIDTH,
									  (int) (first % ETH_TILE_WIDTH), count);
	EthMerkle	tree;
	int			i;

	eth_merkle_init(&tree);
	for (i = 0; i < count; i++)
		eth_merkle_append(&tree, hashes + (size_t) i * ETH_SHA256_BYTES);
	eth_merkle_root(&tree, hash);
}

/* ---- checkpoints and events ---- */

static void
require_reader(void)
{
	if (!eth_core_has_role(GetUserId(), ETH_ROLE_AUDITOR) && !eth_core_has_role(GetUserId(), ETH_ROLE_OFFICER))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to prove the audit"),
				 errdetail("Only superusers and members of roles \"%s\" and \"%s\" may.",
						   ETH_ROLE_AUDITOR, ETH_ROLE_OFFICER)));
}

static const EthCheckpoint *
checkpoint_of_size(const List *checkpoints, uint64 size)
{
	const ListCell *lc;

	foreach(lc, checkpoints)
	{
		const EthCheckpoint *checkpoint = lfirst(lc);

		if (checkpoint->size == size)
			return checkpoint;
	}
	return NULL;
}

/* The checkpoint with this size, or the last one; its note says what its row says. */
static const EthCheckpoint *
the_checkpoint(const List *checkpoints, bool last, int64 size)
{
	const EthCheckpoint *checkpoint;
	const char *text;

	if (checkpoints == NIL)
		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("nothing is sealed yet"),
				 errhint("SELECT ethdata.seal_audit().")));
	checkpoint = last ? llast(checkpoints) : checkpoint_of_size(checkpoints, (uint64) size);
	if (checkpoint == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("there is no checkpoint of size " INT64_FORMAT, size),
				 errhint("Sizes of checkpoints are in ethdata.audit_checkpoint.")));
	text = eth_audit_note_text(checkpoint->origin, checkpoint->size, checkpoint->root);
	if (strncmp(checkpoint->note, text, strlen(text)) != 0)
		damaged("The signed note of the checkpoint says something else than its row.");
	return checkpoint;
}

/* The event as it stands in the table, and its leaf. */
static void
read_event(int64 id, EthAuditRecord *record, bytea **bytes, uint8 *leaf)
{
	Oid			types[1] = {INT8OID};
	Datum		values[1];
	uint8		context_hash[ETH_SHA256_BYTES];

	values[0] = Int64GetDatum(id);
	eth_core_spi("SELECT r.* FROM ethdata.audit_record r WHERE r.id OPERATOR(pg_catalog.=) $1",
				 SPI_OK_SELECT, 1, types, values, NULL, false);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("there is no event " INT64_FORMAT, id),
				 errhint("Ids of events are in ethdata.audit_event.")));
	if (SPI_processed > 1)
		damaged("There is more than one event with this id.");
	eth_audit_record_from_tuple(record, SPI_tuptable->vals[0], SPI_tuptable->tupdesc);
	eth_audit_hash_of_context(record->context, context_hash);
	*bytes = eth_audit_canonical(record, context_hash);
	eth_merkle_leaf_hash(VARDATA_ANY(*bytes), VARSIZE_ANY_EXHDR(*bytes), leaf);
}

/*
 * The batch that sealed the event, as places from *start to before *end in the
 * tree; false: none did.  As verify.c assigns events to batches.
 */
static bool
batch_of(const List *checkpoints, const EthAuditRecord *record, uint64 *start, uint64 *end)
{
	const EthCheckpoint *previous = NULL;
	const ListCell *lc;

	foreach(lc, checkpoints)
	{
		const EthCheckpoint *checkpoint = lfirst(lc);
		EthAuditSnapshot before;
		EthAuditSnapshot after;
		bool		within = false;

		if (checkpoint->incarnation == record->incarnation)
		{
			eth_audit_snapshot_parse(&after, checkpoint->snapshot);
			within = eth_audit_snapshot_sees(&after, record->xid);
			if (within && previous != NULL && previous->incarnation == checkpoint->incarnation)
			{
				eth_audit_snapshot_parse(&before, previous->snapshot);
				within = !eth_audit_snapshot_sees(&before, record->xid);
			}
		}
		if (within)
		{
			*start = previous ? previous->size : 0;
			*end = checkpoint->size;
			return true;
		}
		previous = checkpoint;
	}
	return false;
}

/* Where the leaf stands between start and end; an error when it does not. */
static uint64
place_of_leaf(TileReader *reader, const uint8 *leaf, uint64 start, uint64 end)
{
	uint64		at = start;

	while (at < end)
	{
		int			first = (int) (at % ETH_TILE_WIDTH);
		int			count = (int) Min(end - at, (uint64) (ETH_TILE_WIDTH - first));
		const uint8 *hashes = tile_hashes(reader, 0, at / ETH_TILE_WIDTH, first, count);
		int			i;

		CHECK_FOR_INTERRUPTS();
		for (i = 0; i < count; i++)
			if (memcmp(hashes + (size_t) i * ETH_SHA256_BYTES, leaf, ETH_SHA256_BYTES) == 0)
				return at + i;
		at += count;
	}
	damaged("The event is not among those that its checkpoint sealed.");
}

/* ---- results ---- */

static Datum
hash_text(const uint8 *hash)
{
	return CStringGetTextDatum(eth_crypto_base64(hash, ETH_SHA256_BYTES));
}

static Datum
path_array(const EthMerklePath *path)
{
	Datum		hashes[ETH_MERKLE_MAX_PATH];
	int			i;

	for (i = 0; i < path->n; i++)
		hashes[i] = hash_text(path->hashes[i]);
	return PointerGetDatum(construct_array(hashes, path->n, TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
tlog_proof(uint64 index, const EthMerklePath *path, const char *note)
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	appendStringInfo(&out, "c2sp.org/tlog-proof@v1\nindex " UINT64_FORMAT "\n", index);
	for (i = 0; i < path->n; i++)
		appendStringInfo(&out, "%s\n", eth_crypto_base64(path->hashes[i], ETH_SHA256_BYTES));
	appendStringInfo(&out, "\n%s", note);
	return CStringGetTextDatum(out.data);
}

static Datum
row(FunctionCallInfo fcinfo, Datum *values)
{
	TupleDesc	desc;
	bool		nulls[8] = {0};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts > (int) lengthof(nulls))
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/*
 * What a function reads between these two it reads as the extension's owner; what
 * it made is in the caller's memory context.
 */
static void
begin_reading(EthCaller *caller, MemoryContext memory)
{
	eth_core_enter(caller);
	PushActiveSnapshot(GetLatestSnapshot());
	SPI_connect();
	MemoryContextSwitchTo(memory);
}

static void
end_reading(const EthCaller *caller)
{
	SPI_finish();
	PopActiveSnapshot();
	eth_core_leave(caller);
}

/*
 * inclusion_proof(event_id bigint, checkpoint bigint) -> (index, size, leaf, path, root, record, proof)
 *		See above.  checkpoint: the size of one; NULL: the last.
 *
 * Errors: 42501; 22023 event_id is NULL or the event is in a later checkpoint; 42704
 * no such event or checkpoint; 55000 not sealed yet; XX001 what was sealed was changed.
 */
Datum
ethdata_inclusion_proof(PG_FUNCTION_ARGS)
{
	int64		id = PG_ARGISNULL(0) ? 0 : PG_GETARG_INT64(0);
	TileReader	reader = {0};
	EthMerkleSource source = {tile_node, &reader};
	const EthCheckpoint *checkpoint;
	List	   *checkpoints;
	EthCaller	caller;
	EthAuditRecord record;
	EthMerklePath path;
	bytea	   *bytes;
	uint8		leaf[ETH_SHA256_BYTES];
	uint64		start = 0;
	uint64		end = 0;
	uint64		index;
	Datum		values[7];

	require_reader();
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("event_id must not be null")));
	begin_reading(&caller, CurrentMemoryContext);
	read_event(id, &record, &bytes, leaf);
	checkpoints = eth_audit_checkpoints();
	checkpoint = the_checkpoint(checkpoints, PG_ARGISNULL(1), PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1));
	if (!batch_of(checkpoints, &record, &start, &end))
		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("event " INT64_FORMAT " is not sealed yet", id),
				 errhint("SELECT ethdata.seal_audit(), after the event's transaction has ended.")));
	if (end > checkpoint->size)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("event " INT64_FORMAT " is not in the checkpoint of size " UINT64_FORMAT, id, checkpoint->size),
				 errhint("It was sealed with the checkpoint of size " UINT64_FORMAT ".", end)));
	index = place_of_leaf(&reader, leaf, start, end);
	eth_merkle_inclusion(&source, index, checkpoint->size, &path);
	if (!eth_merkle_verify_inclusion(leaf, index, checkpoint->size, &path, checkpoint->root))
		damaged("Its tree does not have the root of the checkpoint.");
	end_reading(&caller);

	values[0] = Int64GetDatum((int64) index);
	values[1] = Int64GetDatum((int64) checkpoint->size);
	values[2] = hash_text(leaf);
	values[3] = path_array(&path);
	values[4] = hash_text(checkpoint->root);
	values[5] = PointerGetDatum(bytes);
	values[6] = tlog_proof(index, &path, checkpoint->note);
	return row(fcinfo, values);
}

/*
 * consistency_proof(from_size bigint, to_size bigint) -> (size, path, from_root, root, note)
 *		See above.  to_size: of a checkpoint; NULL: of the last.
 *
 * Errors: 42501; 22023 from_size is NULL, negative or beyond to_size; 42704 no such
 * checkpoint; 55000 nothing is sealed yet; XX001 what was sealed was changed.
 */
Datum
ethdata_consistency_proof(PG_FUNCTION_ARGS)
{
	int64		from = PG_ARGISNULL(0) ? -1 : PG_GETARG_INT64(0);
	TileReader	reader = {0};
	EthMerkleSource source = {tile_node, &reader};
	const EthCheckpoint *checkpoint;
	const EthCheckpoint *known;
	List	   *checkpoints;
	EthCaller	caller;
	EthMerklePath path;
	uint8		from_root[ETH_SHA256_BYTES];
	Datum		values[5];

	require_reader();
	if (from < 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("from_size must be a number of events")));
	begin_reading(&caller, CurrentMemoryContext);
	checkpoints = eth_audit_checkpoints();
	checkpoint = the_checkpoint(checkpoints, PG_ARGISNULL(1), PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1));
	if ((uint64) from > checkpoint->size)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("the checkpoint holds " UINT64_FORMAT " events, fewer than " INT64_FORMAT, checkpoint->size, from),
				 PG_ARGISNULL(1) ?
				 errdetail("It is the last one. If a checkpoint of that size was signed, the end of this history is gone, or it is another one.") : 0,
				 PG_ARGISNULL(1) ? 0 : errhint("Name the earlier checkpoint first.")));
	eth_merkle_root_at(&source, (uint64) from, from_root);
	known = checkpoint_of_size(checkpoints, (uint64) from);
	if (known != NULL && memcmp(known->root, from_root, ETH_SHA256_BYTES) != 0)
		damaged("Its tree does not have the root of the earlier checkpoint.");
	eth_merkle_consistency(&source, (uint64) from, checkpoint->size, &path);
	if (!eth_merkle_verify_consistency((uint64) from, checkpoint->size, &path, from_root, checkpoint->root))
		damaged("Its tree does not have the root of the checkpoint.");
	end_reading(&caller);

	values[0] = Int64GetDatum((int64) checkpoint->size);
	values[1] = path_array(&path);
	values[2] = hash_text(from_root);
	values[3] = hash_text(checkpoint->root);
	values[4] = CStringGetTextDatum(checkpoint->note);
	return row(fcinfo, values);
}

/* ---- verify_proof() ---- */

static void
read_hash(const struct varlena *value, uint8 *hash)
{
	if (eth_crypto_base64_decode(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), hash, ETH_SHA256_BYTES) !=
		ETH_SHA256_BYTES)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("malformed hash of a proof"),
				 errdetail("A hash is 32 bytes in base64, with padding."),
				 errhint("encode(hash, 'base64') writes one.")));
}

/* False: longer than any path is. */
static bool
read_path(ArrayType *array, EthMerklePath *path)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			i;

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("malformed path of a proof"),
				 errdetail("A path is an array of one dimension, without nulls.")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	path->n = 0;
	for (i = 0; i < n; i++)
	{
		uint8		hash[ETH_SHA256_BYTES];

		read_hash(DatumGetTextPP(elements[i]), hash);
		if (i < ETH_MERKLE_MAX_PATH)
			memcpy(path->hashes[path->n++], hash, ETH_SHA256_BYTES);
	}
	return n <= ETH_MERKLE_MAX_PATH;
}

static bool
verify_inclusion(const uint8 *leaf, FunctionCallInfo fcinfo)
{
	int64		index = PG_GETARG_INT64(1);
	int64		size = PG_GETARG_INT64(2);
	EthMerklePath path;
	uint8		root[ETH_SHA256_BYTES];
	bool		fits = read_path(PG_GETARG_ARRAYTYPE_P(3), &path);

	read_hash(PG_GETARG_TEXT_PP(4), root);
	return fits && index >= 0 && size >= 0 &&
		eth_merkle_verify_inclusion(leaf, (uint64) index, (uint64) size, &path, root);
}

/* verify_proof(leaf text, index bigint, size bigint, path text[], root text) -> bool.  Errors: 22023. */
Datum
ethdata_verify_proof_leaf(PG_FUNCTION_ARGS)
{
	uint8		leaf[ETH_SHA256_BYTES];

	read_hash(PG_GETARG_TEXT_PP(0), leaf);
	PG_RETURN_BOOL(verify_inclusion(leaf, fcinfo));
}

/* verify_proof(record bytea, index bigint, size bigint, path text[], root text) -> bool.  Errors: 22023. */
Datum
ethdata_verify_proof_record(PG_FUNCTION_ARGS)
{
	const bytea *record = PG_GETARG_BYTEA_PP(0);
	uint8		leaf[ETH_SHA256_BYTES];

	eth_merkle_leaf_hash(VARDATA_ANY(record), VARSIZE_ANY_EXHDR(record), leaf);
	PG_RETURN_BOOL(verify_inclusion(leaf, fcinfo));
}

/* verify_proof(from_size bigint, size bigint, path text[], from_root text, root text) -> bool.  Errors: 22023. */
Datum
ethdata_verify_proof_consistency(PG_FUNCTION_ARGS)
{
	int64		from = PG_GETARG_INT64(0);
	int64		to = PG_GETARG_INT64(1);
	EthMerklePath path;
	uint8		from_root[ETH_SHA256_BYTES];
	uint8		root[ETH_SHA256_BYTES];
	bool		fits = read_path(PG_GETARG_ARRAYTYPE_P(2), &path);

	read_hash(PG_GETARG_TEXT_PP(3), from_root);
	read_hash(PG_GETARG_TEXT_PP(4), root);
	PG_RETURN_BOOL(fits && from >= 0 && to >= 0 &&
				   eth_merkle_verify_consistency((uint64) from, (uint64) to, &path, from_root, root));
}
