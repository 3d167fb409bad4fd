/*
 * seal.c
 *		seal_audit(): events into the Merkle tree, and a signed checkpoint.
 *
 * Which events.  Those of transactions that have ended: what snapshot B, taken
 * now, sees and snapshot A, of the checkpoint before, did not.  So writers never
 * wait, and a long transaction delays only itself.  Snapshots are of the numbers of
 * top-level transactions and are kept as text in the checkpoint; whether a number
 * is in one is arithmetic, which a restored database can do as well.  Numbers
 * are comparable within an incarnation only: when it changes, what the old one
 * has left is sealed as one batch (snapshot NULL: everything of it).
 *
 * The sealing transaction's own events are left for the next time: some of
 * them may not be written yet.
 *
 * In which order.  Batch by batch, within a batch by id.  So nothing needs to be
 * written into the events, and verify.c finds the same order again.
 *
 * The tree.  audit_tile has the leaves' hashes, 256 a row, and above them the
 * roots of full tiles, as C2SP tlog-tiles lays them out; the checkpoint has size
 * and root, and a note that is signed with Ed25519 (C2SP tlog-checkpoint and
 * signed-note), whose key name is the origin:
 *
 *		ethdata/<system identifier>/<database>/<incarnation>
 *		<size>
 *		<root, base64>
 *
 *		— <origin> <base64 of key hash (4 bytes) and signature (64)>
 *
 * Locks: ShareRowExclusiveLock on audit_checkpoint to the end of the transaction,
 * so that there is one sealer at a time.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "audit/internal.h"

PG_FUNCTION_INFO_V1(ethdata_seal_audit);

/* ---- snapshots ---- */

static int
compare_xid(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a;
	uint64		y = *(const uint64 *) b;

	return x < y ? -1 : x > y;
}

static void
bad_snapshot(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("the snapshot of an audit checkpoint is damaged")));
}

static uint64
take_number(const char **at, char until)
{
	char	   *end;
	uint64		result;

	if (**at < '0' || **at > '9')
		bad_snapshot();
	errno = 0;
	result = strtou64(*at, &end, 10);
	if (errno != 0 || (*end != until && *end != '\0'))
		bad_snapshot();
	*at = *end == '\0' ? end : end + 1;
	return result;
}

/* "xmin:xmax:xip,xip", as pg_snapshot is written; NULL: everything. */
void
eth_audit_snapshot_parse(EthAuditSnapshot *snapshot, const char *text)
{
	const char *at = text;
	int			room;

	memset(snapshot, 0, sizeof(EthAuditSnapshot));
	if (text == NULL)
	{
		snapshot->everything = true;
		return;
	}
	snapshot->xmin = take_number(&at, ':');
	snapshot->xmax = take_number(&at, ':');
	room = strlen(at) / 2 + 1;
	snapshot->xip = palloc(sizeof(uint64) * room);
	while (*at != '\0')
	{
		if (snapshot->nxip >= room)
			bad_snapshot();
		snapshot->xip[snapshot->nxip++] = take_number(&at, ',');
	}
	qsort(snapshot->xip, snapshot->nxip, sizeof(uint64), compare_xid);
}

bool
eth_audit_snapshot_sees(const EthAuditSnapshot *snapshot, uint64 xid)
{
	if (snapshot->everything || xid < snapshot->xmin)
		return true;
	if (xid >= snapshot->xmax)
		return false;
	return bsearch(&xid, snapshot->xip, snapshot->nxip, sizeof(uint64), compare_xid) == NULL;
}

/* The active snapshot as text; this transaction is not in it. */
static char *
snapshot_now(void)
{
	char	   *text;
	FullTransactionId own = GetTopFullTransactionIdIfAny();
	EthAuditSnapshot parsed;
	StringInfoData out;

	LOCAL_FCINFO(fcinfo, 0);
	int			i;

	/* of the snapshot under which events are read, not of a later one */
	InitFunctionCallInfoData(*fcinfo, NULL, 0, InvalidOid, NULL, NULL);
	text = DatumGetCString(DirectFunctionCall1(pg_snapshot_out, pg_current_snapshot(fcinfo)));
	if (!FullTransactionIdIsValid(own))
		return text;
	eth_audit_snapshot_parse(&parsed, text);
	if (!eth_audit_snapshot_sees(&parsed, U64FromFullTransactionId(own)))
		return text;
	parsed.xmin = Min(parsed.xmin, U64FromFullTransactionId(own));
	parsed.xip = repalloc(parsed.xip, sizeof(uint64) * (parsed.nxip + 1));
	parsed.xip[parsed.nxip++] = U64FromFullTransactionId(own);
	qsort(parsed.xip, parsed.nxip, sizeof(uint64), compare_xid);
	initStringInfo(&out);
	appendStringInfo(&out, UINT64_FORMAT ":" UINT64_FORMAT ":", parsed.xmin, parsed.xmax);
	for (i = 0; i < parsed.nxip; i++)
		appendStringInfo(&out, "%s" UINT64_FORMAT, i > 0 ? "," : "", parsed.xip[i]);
	return out.data;
}

/* ---- events of a batch ---- */

#define BATCH_QUERY \
	"SELECT r.* FROM ethdata.audit_record r WHERE r.incarnation OPERATOR(pg_catalog.=) $1" \
	" AND r.xid OPERATOR(pg_catalog.>=) $2 AND r.xid OPERATOR(pg_catalog.<) $3 ORDER BY r.id"
#define CONTEXT_QUERY \
	"SELECT c.* FROM ethdata.audit_context c WHERE c.id OPERATOR(pg_catalog.=) $1"
#define FETCH 1000

void
eth_audit_hash_of_context(int64 id, uint8 *hash)
{
	Oid			types[1] = {INT8OID};
	Datum		values[1];

	values[0] = Int64GetDatum(id);
	eth_core_spi(CONTEXT_QUERY, SPI_OK_SELECT, 1, types, values, NULL, false);
	memset(hash, 0, ETH_SHA256_BYTES);
	if (SPI_processed > 0)
	{
		EthAuditContext context;

		eth_audit_context_from_tuple(&context, SPI_tuptable->vals[0], SPI_tuptable->tupdesc);
		eth_audit_context_hash(&context, hash);
	}
	SPI_freetuptable(SPI_tuptable);
}

void
eth_audit_each_of_batch(int32 incarnation, const EthAuditSnapshot *before,
						const EthAuditSnapshot *after, EthBatchCallback callback, void *context)
{
	Oid			types[3] = {INT4OID, INT8OID, INT8OID};
	Datum		values[3];
	Portal		portal;
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ethdata batch",
												 ALLOCSET_DEFAULT_SIZES);
	int64		last_context = 0;
	uint8		hash[ETH_SHA256_BYTES];

	values[0] = Int32GetDatum(incarnation);
	values[1] = Int64GetDatum(before ? (int64) before->xmin : 0);
	values[2] = Int64GetDatum(after->everything ? PG_INT64_MAX : (int64) after->xmax);
	portal = SPI_cursor_open_with_args(NULL, BATCH_QUERY, 3, types, values, NULL, true, 0);
	for (;;)
	{
		SPITupleTable *rows;
		uint64		n;
		uint64		i;

		SPI_cursor_fetch(portal, true, FETCH);
		rows = SPI_tuptable;
		n = SPI_processed;
		for (i = 0; i < n; i++)
		{
			MemoryContext old = MemoryContextSwitchTo(memory);
			EthAuditRecord record;
			uint8		leaf[ETH_SHA256_BYTES];
			bool		within;

			CHECK_FOR_INTERRUPTS();
			eth_audit_record_from_tuple(&record, rows->vals[i], rows->tupdesc);
			within = eth_audit_snapshot_sees(after, record.xid) &&
				!(before != NULL && eth_audit_snapshot_sees(before, record.xid));
			if (within)
			{
				if (record.context != last_context || last_context == 0)
				{
					eth_audit_hash_of_context(record.context, hash);
					last_context = record.context;
				}
				eth_audit_leaf(&record, hash, leaf);
			}
			MemoryContextSwitchTo(old);
			if (within)
				callback(context, record.id, leaf);
			MemoryContextReset(memory);
		}
		SPI_freetuptable(rows);
		if (n == 0)
			break;
	}
	SPI_cursor_close(portal);
	MemoryContextDelete(memory);
}

/* ---- checkpoints ---- */

static bytea *
bytes_of(HeapTuple tuple, TupleDesc desc, int column)
{
	bool		isnull;
	Datum		datum = SPI_getbinval(tuple, desc, column, &isnull);

	return isnull ? NULL : DatumGetByteaPP(datum);
}

/* A text that somebody made null by hand is none that fits. */
static char *
text_of(HeapTuple tuple, TupleDesc desc, int column)
{
	char	   *text = SPI_getvalue(tuple, desc, column);

	return text ? text : pstrdup("");
}

List *
eth_audit_checkpoints(void)
{
	List	   *result = NIL;
	SPITupleTable *rows;
	uint64		n;
	uint64		i;

	eth_core_spi("SELECT size, root, incarnation, origin, sealed_at, snapshot, key_id, note"
				 " FROM ethdata.audit_checkpoint ORDER BY size",
				 SPI_OK_SELECT, 0, NULL, NULL, NULL, false);
	rows = SPI_tuptable;
	n = SPI_processed;
	for (i = 0; i < n; i++)
	{
		EthCheckpoint *checkpoint = palloc0(sizeof(EthCheckpoint));
		HeapTuple	tuple = rows->vals[i];
		TupleDesc	desc = rows->tupdesc;
		bytea	   *root = bytes_of(tuple, desc, 2);
		bytea	   *key_id = bytes_of(tuple, desc, 7);
		bool		isnull;

		checkpoint->size = (uint64) DatumGetInt64(SPI_getbinval(tuple, desc, 1, &isnull));
		if (root != NULL && VARSIZE_ANY_EXHDR(root) == ETH_SHA256_BYTES)
			memcpy(checkpoint->root, VARDATA_ANY(root), ETH_SHA256_BYTES);
		checkpoint->incarnation = DatumGetInt32(SPI_getbinval(tuple, desc, 3, &isnull));
		checkpoint->origin = text_of(tuple, desc, 4);
		checkpoint->sealed_at = DatumGetTimestampTz(SPI_getbinval(tuple, desc, 5, &isnull));
		checkpoint->snapshot = SPI_getvalue(tuple, desc, 6);
		if (key_id != NULL && VARSIZE_ANY_EXHDR(key_id) == ETH_KEY_ID_BYTES)
			memcpy(checkpoint->key_id, VARDATA_ANY(key_id), ETH_KEY_ID_BYTES);
		checkpoint->note = text_of(tuple, desc, 8);
		result = lappend(result, checkpoint);
	}
	SPI_freetuptable(rows);
	return result;
}

char *
eth_audit_note_text(const char *origin, uint64 size, const uint8 *root)
{
	return psprintf("%s\n" UINT64_FORMAT "\n%s\n", origin, size,
					eth_crypto_base64(root, ETH_SHA256_BYTES));
}

/* C2SP signed-note: the first 4 bytes of SHA-256(name, newline, 0x01, public key). */
void
eth_audit_note_key_hash(const char *name, const uint8 *public_key, uint8 *hash)
{
	StringInfoData text;
	uint8		full[ETH_SHA256_BYTES];

	initStringInfo(&text);
	appendStringInfo(&text, "%s\n", name);
	appendStringInfoChar(&text, 0x01);
	appendBinaryStringInfo(&text, (const char *) public_key, ETH_PUBLIC_BYTES);
	eth_crypto_sha256(text.data, text.len, full);
	memcpy(hash, full, ETH_NOTE_KEY_HASH_BYTES);
}

static char *
signed_note(const char *origin, uint64 size, const uint8 *root)
{
	char	   *text = eth_audit_note_text(origin, size, root);
	uint8		signature[ETH_NOTE_KEY_HASH_BYTES + ETH_SIGNATURE_BYTES];
	uint8		public_key[ETH_PUBLIC_BYTES];

	eth_crypto_sign(text, strlen(text), signature + ETH_NOTE_KEY_HASH_BYTES);
	eth_crypto_public_key(eth_crypto_key(ETH_USE_SIGN), public_key);
	eth_audit_note_key_hash(origin, public_key, signature);
	return psprintf("%s\n" ETH_NOTE_SIGNATURE_PREFIX "%s %s\n", text, origin,
					eth_crypto_base64(signature, sizeof(signature)));
}

/* ---- the tree ---- */

typedef struct Sealing
{
	EthMerkle	tree;
	uint8		tile[ETH_TILE_WIDTH * ETH_SHA256_BYTES];	/* the last one of level
															 * 0 */
	int			tile_width;
	bool		tile_changed;
} Sealing;

bytea *
eth_audit_tile(int level, int64 index)
{
	Oid			types[2] = {INT4OID, INT8OID};
	Datum		values[2];
	bytea	   *result = NULL;

	values[0] = Int32GetDatum(level);
	values[1] = Int64GetDatum(index);
	eth_core_spi("SELECT hashes FROM ethdata.audit_tile t WHERE t.level OPERATOR(pg_catalog.=) $1"
				 " AND t.index OPERATOR(pg_catalog.=) $2", SPI_OK_SELECT, 2, types, values, NULL, false);
	if (SPI_processed > 0)
	{
		bool		isnull;
		Datum		hashes = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);

		if (!isnull)
			result = DatumGetByteaPCopy(hashes);
	}
	SPI_freetuptable(SPI_tuptable);
	return result;
}

static void
write_tile(int level, int64 index, const uint8 *hashes, int width)
{
	Oid			types[3] = {INT4OID, INT8OID, BYTEAOID};
	Datum		values[3];
	bytea	   *bytes = palloc(VARHDRSZ + (size_t) width * ETH_SHA256_BYTES);

	SET_VARSIZE(bytes, VARHDRSZ + (size_t) width * ETH_SHA256_BYTES);
	memcpy(VARDATA(bytes), hashes, (size_t) width * ETH_SHA256_BYTES);
	values[0] = Int32GetDatum(level);
	values[1] = Int64GetDatum(index);
	values[2] = PointerGetDatum(bytes);
	eth_core_spi("INSERT INTO ethdata.audit_tile (level, index, hashes) VALUES ($1, $2, $3)"
				 " ON CONFLICT (level, index) DO UPDATE SET hashes = excluded.hashes",
				 SPI_OK_INSERT, 3, types, values, NULL, false);
	pfree(bytes);
}

/* Adds the root of a full tile to the level above, and so on upwards. */
static void
add_above(int level, int64 index, const uint8 *hashes)
{
	EthMerkle	tree;
	uint8		root[ETH_SHA256_BYTES];
	uint8		above[ETH_TILE_WIDTH * ETH_SHA256_BYTES];
	bytea	   *tile;
	int			width = 0;
	int			i;

	eth_merkle_init(&tree);
	for (i = 0; i < ETH_TILE_WIDTH; i++)
		eth_merkle_append(&tree, hashes + (size_t) i * ETH_SHA256_BYTES);
	eth_merkle_root(&tree, root);

	tile = eth_audit_tile(level + 1, index / ETH_TILE_WIDTH);
	if (tile != NULL)
	{
		width = Min(VARSIZE_ANY_EXHDR(tile) / ETH_SHA256_BYTES, ETH_TILE_WIDTH - 1);
		memcpy(above, VARDATA_ANY(tile), (size_t) width * ETH_SHA256_BYTES);
	}
	memcpy(above + (size_t) width * ETH_SHA256_BYTES, root, ETH_SHA256_BYTES);
	width++;
	write_tile(level + 1, index / ETH_TILE_WIDTH, above, width);
	if (width == ETH_TILE_WIDTH)
		add_above(level + 1, index / ETH_TILE_WIDTH, above);
}

static void
tile_full(Sealing *sealing)
{
	int64		index = (int64) (sealing->tree.size / ETH_TILE_WIDTH) - 1;

	write_tile(0, index, sealing->tile, ETH_TILE_WIDTH);
	add_above(0, index, sealing->tile);
	sealing->tile_width = 0;
	sealing->tile_changed = false;
}

static void
append_leaf(void *context, int64 id, const uint8 *leaf)
{
	Sealing    *sealing = context;

	eth_merkle_append(&sealing->tree, leaf);
	memcpy(sealing->tile + (size_t) sealing->tile_width * ETH_SHA256_BYTES, leaf, ETH_SHA256_BYTES);
	sealing->tile_width++;
	sealing->tile_changed = true;
	if (sealing->tile_width == ETH_TILE_WIDTH)
		tile_full(sealing);
}

/* The tree as it was left, from its tiles; its root must be the checkpoint's. */
static void
load_tree(Sealing *sealing, const EthCheckpoint *last)
{
	int64		full = last ? (int64) (last->size / ETH_TILE_WIDTH) : 0;
	int			rest = last ? (int) (last->size % ETH_TILE_WIDTH) : 0;
	uint8		root[ETH_SHA256_BYTES];
	bytea	   *tile;
	int64		i;
	int			j;

	memset(sealing, 0, sizeof(Sealing));
	eth_merkle_init(&sealing->tree);
	if (last == NULL)
		return;
	for (i = 0; i < full + (rest > 0 ? 1 : 0); i++)
	{
		int			width = i < full ? ETH_TILE_WIDTH : rest;

		CHECK_FOR_INTERRUPTS();
		tile = eth_audit_tile(0, i);
		if (tile == NULL || VARSIZE_ANY_EXHDR(tile) < (size_t) width * ETH_SHA256_BYTES)
			break;
		for (j = 0; j < width; j++)
			eth_merkle_append(&sealing->tree, (const uint8 *) VARDATA_ANY(tile) + (size_t) j * ETH_SHA256_BYTES);
		if (i == full)
		{
			memcpy(sealing->tile, VARDATA_ANY(tile), (size_t) width * ETH_SHA256_BYTES);
			sealing->tile_width = width;
		}
		pfree(tile);
	}
	eth_merkle_root(&sealing->tree, root);
	if (sealing->tree.size != last->size || memcmp(root, last->root, ETH_SHA256_BYTES) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the tree of sealed events does not fit the last checkpoint"),
				 errhint("ethdata.verify_audit() says what was changed.")));
}

static void
write_checkpoint(Sealing *sealing, int32 incarnation, const char *origin, const char *snapshot)
{
	Oid			types[7] = {INT8OID, BYTEAOID, INT4OID, TEXTOID, TEXTOID, BYTEAOID, TEXTOID};
	Datum		values[7];
	char		nulls[8] = "       ";
	uint8		root[ETH_SHA256_BYTES];
	bytea	   *root_bytes = palloc(VARHDRSZ + ETH_SHA256_BYTES);
	bytea	   *key_bytes = palloc(VARHDRSZ + ETH_KEY_ID_BYTES);

	if (sealing->tile_changed && sealing->tile_width > 0)
		write_tile(0, (int64) (sealing->tree.size / ETH_TILE_WIDTH), sealing->tile, sealing->tile_width);
	sealing->tile_changed = false;

	eth_merkle_root(&sealing->tree, root);
	values[6] = CStringGetTextDatum(signed_note(origin, sealing->tree.size, root));
	SET_VARSIZE(root_bytes, VARHDRSZ + ETH_SHA256_BYTES);
	memcpy(VARDATA(root_bytes), root, ETH_SHA256_BYTES);
	SET_VARSIZE(key_bytes, VARHDRSZ + ETH_KEY_ID_BYTES);
	memcpy(VARDATA(key_bytes), eth_crypto_key_id(), ETH_KEY_ID_BYTES);
	values[0] = Int64GetDatum((int64) sealing->tree.size);
	values[1] = PointerGetDatum(root_bytes);
	values[2] = Int32GetDatum(incarnation);
	values[3] = CStringGetTextDatum(origin);
	values[4] = snapshot ? CStringGetTextDatum(snapshot) : (Datum) 0;
	nulls[4] = snapshot ? ' ' : 'n';
	values[5] = PointerGetDatum(key_bytes);
	eth_core_spi("INSERT INTO ethdata.audit_checkpoint (size, root, incarnation, origin, sealed_at, snapshot, key_id, note)"
				 " VALUES ($1, $2, $3, $4, pg_catalog.clock_timestamp(), $5, $6, $7)",
				 SPI_OK_INSERT, 7, types, values, nulls, false);
}

/* ethdata/<system identifier>/<database>/<incarnation> */
static char *
origin_of(int32 incarnation)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1];

	values[0] = Int32GetDatum(incarnation);
	eth_core_spi("SELECT pg_catalog.concat('ethdata/', i.system_identifier, '/', i.database, '/', i.incarnation)"
				 " FROM ethdata.audit_incarnation i WHERE i.incarnation OPERATOR(pg_catalog.=) $1",
				 SPI_OK_SELECT, 1, types, values, NULL, false);
	if (SPI_processed == 0)
		elog(ERROR, "incarnation %d is not known", incarnation);
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

static uint64
seal(void)
{
	int32		incarnation = eth_audit_incarnation();
	List	   *checkpoints = eth_audit_checkpoints();
	EthCheckpoint *last = checkpoints != NIL ? llast(checkpoints) : NULL;
	EthAuditSnapshot before;
	EthAuditSnapshot after;
	Sealing    *sealing = palloc(sizeof(Sealing));
	char	   *now = snapshot_now();
	bool		continues = last != NULL && last->incarnation == incarnation;
	int32		old;

	load_tree(sealing, last);

	/* what older incarnations have left, each as one batch */
	for (old = last ? last->incarnation : 1; old < incarnation; old++)
	{
		uint64		size = sealing->tree.size;

		if (last != NULL && old == last->incarnation)
		{
			if (last->snapshot == NULL)
				continue;
			eth_audit_snapshot_parse(&before, last->snapshot);
			eth_audit_snapshot_parse(&after, NULL);
			eth_audit_each_of_batch(old, &before, &after, append_leaf, sealing);
		}
		else
		{
			eth_audit_snapshot_parse(&after, NULL);
			eth_audit_each_of_batch(old, NULL, &after, append_leaf, sealing);
		}
		if (sealing->tree.size > size)
			write_checkpoint(sealing, old, origin_of(old), NULL);
	}

	if (continues)
		eth_audit_snapshot_parse(&before, last->snapshot);
	eth_audit_snapshot_parse(&after, now);
	{
		uint64		size = sealing->tree.size;

		eth_audit_each_of_batch(incarnation, continues ? &before : NULL, &after, append_leaf, sealing);
		if (sealing->tree.size > size || last == NULL)
			write_checkpoint(sealing, incarnation, origin_of(incarnation), now);
	}
	return sealing->tree.size;
}

/*
 * seal_audit() -> bigint
 *		Seals what transactions that have ended recorded.  Result: how many events
 *		the tree holds.
 *
 * Errors: 42501 neither superuser nor ethdata_admin nor ethdata_auditor; 25006 in
 * a read-only transaction; F0000 no master key; XX001 the tree was changed.
 */
Datum
ethdata_seal_audit(PG_FUNCTION_ARGS)
{
	EthCaller	caller;
	uint64		size;

	if (!eth_core_is_admin(GetUserId()) && !eth_core_has_role(GetUserId(), ETH_ROLE_AUDITOR))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to seal the audit"),
				 errdetail("Only superusers and members of roles \"%s\" and \"%s\" may.",
						   ETH_ROLE_ADMIN, ETH_ROLE_AUDITOR)));
	PreventCommandIfReadOnly("ethdata.seal_audit()");
	(void) eth_crypto_key(ETH_USE_SIGN);
	eth_audit_ensure_partitions(GetCurrentTimestamp());

	eth_core_enter(&caller);
	LockRelationOid(eth_core_relid("audit_checkpoint", false), ShareRowExclusiveLock);
	PushActiveSnapshot(GetLatestSnapshot());
	SPI_connect();
	size = seal();
	SPI_finish();
	PopActiveSnapshot();
	eth_core_leave(&caller);
	PG_RETURN_INT64((int64) size);
}
