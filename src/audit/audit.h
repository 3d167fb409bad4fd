/*
 * audit.h
 *		The audit room: what happened to personal data, by whom and for what
 *		purpose, recorded so that it cannot be edited unnoticed.
 *
 * What it owns
 *	audit_record	one row an event, partitioned by month of recorded_at.  The
 *					public face is the view audit_event, which adds who and why and
 *					opens what is sealed for the officer.
 *	audit_context	who and why: session user, current user, application, address,
 *					purpose.  One row for each that a transaction acts as.
 *	audit_layout	the names and types of the columns of a row image.
 *	subject_key		the persons in events: each has a random reference and a data
 *					key of its own, wrapped under the master key.
 *	audit_incarnation, audit_checkpoint, audit_tile
 *					the sealed history, see seal.c.
 *
 * Guarantees
 *	G8	A change is recorded in the transaction that makes it, or that
 *		transaction fails.  Records are append-only for everybody by trigger; what
 *		was sealed and then edited, added or removed with the triggers off is found
 *		by verify_audit().
 *	G9	Personal content is sealed under the person's own key, and the person is
 *		named by a random reference: destroying the row of subject_key makes both
 *		unreadable, while every hash, which is over the ciphertext, still verifies.
 *		What concerns several persons is sealed under all their keys together, so
 *		that the first one who is forgotten takes it along.
 *
 * Formats.  A leaf is SHA-256 over 0x00 and canonical bytes (canonical.c), whose
 * first byte is the version; a row image is described in image.c.  Both are
 * stored for good: a new version gets a new number and old ones stay readable.
 *
 * Locks: RowExclusiveLock on partitions written; ShareUpdateExclusiveLock on the
 * parents while a partition is added; ShareRowExclusiveLock on audit_checkpoint
 * while sealing.  Writers never wait for the sealer nor for each other.
 *
 * canonical.c and merkle.c are pure: no catalogue, no SPI, so that fuzzers can
 * link them.
 */
#ifndef ETH_AUDIT_H
#define ETH_AUDIT_H

#include "core/core.h"
#include "core/event.h"
#include "crypto/crypto.h"

#include "catalog/objectaccess.h"
#include "nodes/parsenodes.h"
#include "utils/uuid.h"

#define ETH_AUDIT_FORMAT 1

/* A record as it is stored; pointers are NULL where the column is. */
typedef struct EthAuditRecord
{
	int64		id;
	int32		incarnation;
	TimestampTz recorded_at;
	const char *kind;
	uint64		xid;			/* top-level, full */
	TimestampTz statement_at;
	int64		context;
	const char *relation;
	const char *purpose;		/* that the event is about; else the context's
								 * counts */
	List	   *columns_shown;	/* char * */
	List	   *columns_masked;
	List	   *columns_changed;
	const pg_uuid_t *subject;	/* reference of the first person */
	int			nothers;
	const pg_uuid_t *others;
	int64		row_count;		/* -1: NULL */
	int64		layout;			/* 0: NULL */
	const bytea *sealed;
	const char *details;		/* jsonb as text */
} EthAuditRecord;

/* Who and why. */
typedef struct EthAuditContext
{
	int64		id;
	uint64		xid;
	const char *session_role;
	const char *effective_role;
	const char *token_subject;
	const char *application;
	const char *client_addr;
	const char *purpose;
	int64		policy_version;
} EthAuditContext;

/* ---- canonical.c: pure ---- */

/* Canonical bytes of a record; context_hash is eth_audit_context_hash() of its context. */
extern bytea *eth_audit_canonical(const EthAuditRecord *record, const uint8 *context_hash);
extern void eth_audit_leaf(const EthAuditRecord *record, const uint8 *context_hash, uint8 *leaf);
extern void eth_audit_context_hash(const EthAuditContext *context, uint8 *hash);

/* The number of a layout: the first 8 bytes of the SHA-256 of its canonical bytes; never 0. */
extern int64 eth_audit_layout_id(const char *relation, List *columns, List *types);

/* ---- merkle.c: pure ---- */

/* RFC 6962 section 2.1, appended leaf by leaf: the roots of the perfect subtrees so far. */
typedef struct EthMerkle
{
	uint64		size;
	uint8		roots[64][ETH_SHA256_BYTES];	/* [i]: of 2^i leaves, where
												 * bit i of size is set */
} EthMerkle;

extern void eth_merkle_init(EthMerkle *tree);
extern void eth_merkle_leaf_hash(const void *data, size_t len, uint8 *hash);
extern void eth_merkle_node_hash(const uint8 *left, const uint8 *right, uint8 *hash);
extern void eth_merkle_append(EthMerkle *tree, const uint8 *leaf_hash);
extern void eth_merkle_root(const EthMerkle *tree, uint8 *root);

/* A tree that is kept somewhere: reads the root of the 2^level leaves from index * 2^level on. */
typedef struct EthMerkleSource
{
	void		(*node) (void *context, int level, uint64 index, uint8 *hash);
	void	   *context;
} EthMerkleSource;

/* No path of a tree of less than 2^63 leaves is longer. */
#define ETH_MERKLE_MAX_PATH 64

typedef struct EthMerklePath
{
	int			n;
	uint8		hashes[ETH_MERKLE_MAX_PATH][ETH_SHA256_BYTES];
} EthMerklePath;

/* Proofs of RFC 6962 sections 2.1.1 and 2.1.2: of a leaf, index below size; and from <= to. */
extern void eth_merkle_root_at(const EthMerkleSource *source, uint64 size, uint8 *root);
extern void eth_merkle_inclusion(const EthMerkleSource *source, uint64 index, uint64 size, EthMerklePath *path);
extern void eth_merkle_consistency(const EthMerkleSource *source, uint64 from, uint64 to, EthMerklePath *path);

/* Do they prove it?  Of any numbers and hashes. */
extern bool eth_merkle_verify_inclusion(const uint8 *leaf, uint64 index, uint64 size, const EthMerklePath *path,
										const uint8 *root);
extern bool eth_merkle_verify_consistency(uint64 from, uint64 to, const EthMerklePath *path,
										  const uint8 *from_root, const uint8 *root);

/* ---- image.c ---- */

/* How rows of a relation become images; kept in the backend until the relation changes. */
typedef struct EthAuditLayout EthAuditLayout;

/* ---- subject.c ---- */

/*
 * The person's reference and data key; made when there is none yet.  The key is
 * in secret memory and valid until the next call.  need_key: error F0000 when
 * there is no master key; else key may be NULL then.
 */
extern const pg_uuid_t *eth_audit_subject(const EthAuditSubject *subject, bool need_key, const uint8 **key);

/* The key that seals what concerns these persons (n may be 0: nobody). */
extern void eth_audit_joint_key(int n, const EthAuditSubject *subjects, pg_uuid_t *references, uint8 *key);

/* The key again, by references; false when one of the persons was forgotten. */
extern bool eth_audit_joint_key_by_reference(int n, const pg_uuid_t *references, uint8 *key);

/* The person behind a reference as text; NULL when forgotten. */
extern char *eth_audit_subject_text(const pg_uuid_t *reference);

/* ---- write.c ---- */

/* Writes rows to the month's partition of audit_record or audit_context. */
extern int64 eth_audit_next_id(void);
extern int32 eth_audit_incarnation(void);
extern void eth_audit_write_records(int n, EthAuditRecord *records);
extern void eth_audit_write_context(const EthAuditContext *context, TimestampTz recorded_at);
extern void eth_audit_insert_row(const char *table, Datum *values, bool *nulls);

/* Makes this month's partitions, and the next month's when nobody else is at it. */
extern void eth_audit_ensure_partitions(TimestampTz at);

/* ---- buffer.c ---- */

/* An event with what is to be sealed.  Copied; recorded before the transaction ends. */
typedef struct EthAuditPending
{
	EthAuditKind kind;
	const char *relation;		/* kept by the caller until the end of the
								 * transaction, or NULL */
	const char *purpose;
	int			nsubjects;
	const EthAuditSubject *subjects;
	List	   *columns_changed;	/* kept by the caller until the end of the
									 * transaction */
	int64		layout;			/* 0: no image */
	const char *image;			/* plain */
	int			image_len;
	Jsonb	   *details;
} EthAuditPending;

extern void eth_audit_add(const EthAuditPending *pending);
extern const char *eth_audit_kind_name(EthAuditKind kind);

/* ---- changes.c: which tables' changes are recorded ---- */

/* Called around statements that move a table; an Oid may be invalid. */
extern void eth_audit_attaching(Oid parent, Oid child);
extern void eth_audit_trigger_taken(Oid relid);
extern void eth_audit_inherits(Oid relid);
extern int	eth_audit_followed(void);
extern void eth_audit_forget_followed(int before);
extern void eth_audit_follow(int before);
extern bool eth_audit_is_dropping(void);

extern bool eth_audit_is_trigger_name(const char *name);
extern bool eth_audit_is_trigger(const CreateTrigStmt *stmt);
extern bool eth_audit_is_audited(Oid relid);
extern bool eth_audit_is_audited_itself(Oid relid);

/* The table whose rows this trigger records; InvalidOid: it is another trigger. */
extern Oid	eth_audit_recorded_by(Oid trigger);

/* ---- utility.c: statements that would end the recording ---- */
extern void eth_audit_utility_before(Node *stmt);

/* Called for each object that is about to be dropped. */
extern void eth_audit_object_dropped(Oid classid, Oid objectid, int subid, const ObjectAccessDrop *drop);

extern void eth_audit_init(void);

#endif							/* ETH_AUDIT_H */
