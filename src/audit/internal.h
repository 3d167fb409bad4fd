/*
 * internal.h
 *		What the files of the audit room share, and nobody else uses: columns of
 *		the room's tables, and callbacks of transactions.
 */
#ifndef ETH_AUDIT_INTERNAL_H
#define ETH_AUDIT_INTERNAL_H

#include "audit/audit.h"

#define Anum_subject_key_reference	1
#define Anum_subject_key_class_id	2
#define Anum_subject_key_key		3
#define Anum_subject_key_key_id		4
#define Anum_subject_key_wrapped	5
#define Natts_subject_key			5

#define Anum_audit_record_id				1
#define Anum_audit_record_incarnation		2
#define Anum_audit_record_recorded_at		3
#define Anum_audit_record_kind				4
#define Anum_audit_record_xid				5
#define Anum_audit_record_statement_at		6
#define Anum_audit_record_context			7
#define Anum_audit_record_relation			8
#define Anum_audit_record_purpose			9
#define Anum_audit_record_columns_shown		10
#define Anum_audit_record_columns_masked	11
#define Anum_audit_record_columns_changed	12
#define Anum_audit_record_subject			13
#define Anum_audit_record_other_subjects	14
#define Anum_audit_record_row_count			15
#define Anum_audit_record_layout			16
#define Anum_audit_record_sealed			17
#define Anum_audit_record_details			18
#define Natts_audit_record					18

#define Anum_audit_context_id				1
#define Anum_audit_context_recorded_at		2
#define Anum_audit_context_xid				3
#define Anum_audit_context_session_role		4
#define Anum_audit_context_effective_role	5
#define Anum_audit_context_token_subject	6
#define Anum_audit_context_application		7
#define Anum_audit_context_client_addr		8
#define Anum_audit_context_purpose			9
#define Anum_audit_context_policy_version	10
#define Natts_audit_context					10

#define Anum_audit_layout_id		1
#define Anum_audit_layout_relation	2
#define Anum_audit_layout_columns	3
#define Anum_audit_layout_types		4
#define Natts_audit_layout			4

/* ---- subject.c ---- */
extern void eth_audit_subject_rolled_back(void);
extern void eth_audit_subject_committed(void);

/* ---- image.c ---- */

/* The opened image as a jsonb object of the old (or new) values; NULL: it has none. */
extern Jsonb *eth_audit_image_values(int64 layout, const char *image, int len, bool old_values);
extern void eth_audit_image_init(void);

/* Makes the row of audit_layout unless this backend saw it committed. */
extern void eth_audit_ensure_layout(int64 id);
extern void eth_audit_layouts_rolled_back(void);
extern void eth_audit_layouts_committed(void);

/* ---- write.c ---- */
extern void eth_audit_write_rolled_back(void);
extern void eth_audit_write_committed(void);

/* ---- record.c: reading records back ---- */

/* Fills a record from a row of audit_record; what it points to is in the current memory context. */
extern void eth_audit_record_from_tuple(EthAuditRecord *record, HeapTuple tuple, TupleDesc desc);
extern void eth_audit_context_from_tuple(EthAuditContext *context, HeapTuple tuple, TupleDesc desc);
extern List *eth_audit_texts_of(HeapTuple tuple, TupleDesc desc, int column);	/* char * of a text[] */
extern void eth_audit_record_to_values(const EthAuditRecord *record, Datum *values, bool *nulls);

/* ---- seal.c ---- */

/* A snapshot as checkpoints store it: which transactions' events a batch holds. */
typedef struct EthAuditSnapshot
{
	bool		everything;		/* of the incarnation */
	uint64		xmin;
	uint64		xmax;
	int			nxip;
	uint64	   *xip;			/* sorted */
} EthAuditSnapshot;

typedef struct EthCheckpoint
{
	uint64		size;
	uint8		root[ETH_SHA256_BYTES];
	int32		incarnation;
	char	   *origin;
	TimestampTz sealed_at;
	char	   *snapshot;		/* NULL: everything of the incarnation */
	uint8		key_id[ETH_KEY_ID_BYTES];
	char	   *note;
} EthCheckpoint;

#define ETH_TILE_WIDTH 256

extern void eth_audit_snapshot_parse(EthAuditSnapshot *snapshot, const char *text);
extern bool eth_audit_snapshot_sees(const EthAuditSnapshot *snapshot, uint64 xid);

/* All checkpoints in order of size; SPI is connected. */
extern List *eth_audit_checkpoints(void);

/*
 * Calls back for each event of a batch (what "after" sees and "before" does not;
 * before may be NULL), in order of id, with its leaf.
 */
typedef void (*EthBatchCallback) (void *context, int64 id, const uint8 *leaf);
extern void eth_audit_each_of_batch(int32 incarnation, const EthAuditSnapshot *before,
									const EthAuditSnapshot *after,
									EthBatchCallback callback, void *context);

/* Hash of the canonical bytes of a record's context; all zeros when its row is missing. */
extern void eth_audit_hash_of_context(int64 id, uint8 *hash);

/* A tile's hashes in the current memory context; NULL when it is not there. */
extern bytea *eth_audit_tile(int level, int64 index);

/* Signed notes (C2SP signed-note). */
#define ETH_NOTE_KEY_HASH_BYTES 4
#define ETH_NOTE_SIGNATURE_PREFIX "\342\200\224 "	/* an em dash and a blank,
													 * in UTF-8 */
extern void eth_audit_note_key_hash(const char *name, const uint8 *public_key, uint8 *hash);

/* The text of a checkpoint that is signed (C2SP tlog-checkpoint), up to and with its last newline. */
extern char *eth_audit_note_text(const char *origin, uint64 size, const uint8 *root);

#endif							/* ETH_AUDIT_INTERNAL_H */
