/*
 * canonical.c
 *		The bytes that hashes of the audit are over.
 *
 * Pure.  Never a row as text, which depends on settings; a list of fields in a
 * fixed order, each of them
 *
 *		0x00					NULL
 *		0x01 and the value		integers and times: 8 bytes, big-endian, two's
 *								complement, times in microseconds since 2000-01-01
 *								00:00 UTC; texts and bytes: length in 4 bytes,
 *								big-endian, and the bytes (UTF-8 or the database's
 *								encoding as stored); lists: number of elements in
 *								4 bytes, and the elements as texts
 *
 * Record, version 1:	0x01, id, incarnation, recorded_at, kind, xid, statement_at,
 *						SHA-256 of the context, relation, purpose, columns_shown,
 *						columns_masked, columns_changed, subject, other subjects
 *						(as one text of 16 bytes each), row_count, layout, sealed,
 *						details (jsonb's own text form)
 * Context, version 1:	0x01, id, xid, session_role, effective_role, token_subject,
 *						application, client_addr, purpose, policy_version
 * Layout, version 1:	0x01, relation, columns, types
 *
 * A leaf is the hash of RFC 6962 section 2.1 over a record's bytes.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"

#include "audit/audit.h"

static void
add_null(StringInfo out)
{
	appendStringInfoCharMacro(out, 0);
}

static void
add_int(StringInfo out, int64 value)
{
	appendStringInfoCharMacro(out, 1);
	pq_sendint64(out, (uint64) value);
}

static void
add_bytes(StringInfo out, const void *data, int len)
{
	if (data == NULL)
	{
		add_null(out);
		return;
	}
	appendStringInfoCharMacro(out, 1);
	pq_sendint32(out, (uint32) len);
	appendBinaryStringInfo(out, data, len);
}

static void
add_text(StringInfo out, const char *text)
{
	add_bytes(out, text, text ? (int) strlen(text) : 0);
}

static void
add_list(StringInfo out, const List *texts)
{
	ListCell   *lc;

	if (texts == NIL)
	{
		add_null(out);
		return;
	}
	appendStringInfoCharMacro(out, 1);
	pq_sendint32(out, (uint32) list_length(texts));
	foreach(lc, texts)
	{
		const char *text = lfirst(lc);

		pq_sendint32(out, (uint32) strlen(text));
		appendBinaryStringInfo(out, text, (int) strlen(text));
	}
}

static void
canonical_record(StringInfo out, const EthAuditRecord *record, const uint8 *context_hash)
{
	appendStringInfoCharMacro(out, ETH_AUDIT_FORMAT);
	add_int(out, record->id);
	add_int(out, record->incarnation);
	add_int(out, record->recorded_at);
	add_text(out, record->kind);
	add_int(out, (int64) record->xid);
	add_int(out, record->statement_at);
	add_bytes(out, context_hash, ETH_SHA256_BYTES);
	add_text(out, record->relation);
	add_text(out, record->purpose);
	add_list(out, record->columns_shown);
	add_list(out, record->columns_masked);
	add_list(out, record->columns_changed);
	add_bytes(out, record->subject, sizeof(pg_uuid_t));
	add_bytes(out, record->nothers > 0 ? record->others : NULL,
			  record->nothers * (int) sizeof(pg_uuid_t));
	if (record->row_count < 0)
		add_null(out);
	else
		add_int(out, record->row_count);
	if (record->layout == 0)
		add_null(out);
	else
		add_int(out, record->layout);
	add_bytes(out, record->sealed ? VARDATA_ANY(record->sealed) : NULL,
			  record->sealed ? (int) VARSIZE_ANY_EXHDR(record->sealed) : 0);
	add_text(out, record->details);
}

bytea *
eth_audit_canonical(const EthAuditRecord *record, const uint8 *context_hash)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoSpaces(&out, VARHDRSZ);
	canonical_record(&out, record, context_hash);
	SET_VARSIZE(out.data, out.len);
	return (bytea *) out.data;
}

void
eth_audit_leaf(const EthAuditRecord *record, const uint8 *context_hash, uint8 *leaf)
{
	StringInfoData out;

	initStringInfo(&out);
	canonical_record(&out, record, context_hash);
	eth_merkle_leaf_hash(out.data, out.len, leaf);
	pfree(out.data);
}

void
eth_audit_context_hash(const EthAuditContext *context, uint8 *hash)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoCharMacro(&out, ETH_AUDIT_FORMAT);
	add_int(&out, context->id);
	add_int(&out, (int64) context->xid);
	add_text(&out, context->session_role);
	add_text(&out, context->effective_role);
	add_text(&out, context->token_subject);
	add_text(&out, context->application);
	add_text(&out, context->client_addr);
	add_text(&out, context->purpose);
	add_int(&out, context->policy_version);
	eth_crypto_sha256(out.data, out.len, hash);
	pfree(out.data);
}

int64
eth_audit_layout_id(const char *relation, List *columns, List *types)
{
	StringInfoData out;
	uint8		hash[ETH_SHA256_BYTES];
	uint64		id = 0;
	int			i;

	initStringInfo(&out);
	appendStringInfoCharMacro(&out, ETH_AUDIT_FORMAT);
	add_text(&out, relation);
	add_list(&out, columns);
	add_list(&out, types);
	eth_crypto_sha256(out.data, out.len, hash);
	pfree(out.data);
	for (i = 0; i < 8; i++)
		id = (id << 8) | hash[i];
	return id == 0 ? 1 : (int64) id;
}
