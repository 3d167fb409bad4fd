/*
 * record.c
 *		Records and contexts as rows, both ways.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "audit/internal.h"

/* ---- to a row ---- */

static Datum
texts_to_array(const List *texts)
{
	Datum	   *datums = palloc(sizeof(Datum) * list_length(texts));
	ListCell   *lc;

	foreach(lc, texts)
		datums[foreach_current_index(lc)] = CStringGetTextDatum(lfirst(lc));
	return PointerGetDatum(construct_array(datums, list_length(texts), TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
uuids_to_array(int n, const pg_uuid_t *uuids)
{
	Datum	   *datums = palloc(sizeof(Datum) * n);
	int			i;

	for (i = 0; i < n; i++)
		datums[i] = UUIDPGetDatum(&uuids[i]);
	return PointerGetDatum(construct_array(datums, n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

void
eth_audit_record_to_values(const EthAuditRecord *record, Datum *values, bool *nulls)
{
	memset(nulls, 0, sizeof(bool) * Natts_audit_record);
	memset(values, 0, sizeof(Datum) * Natts_audit_record);

#define SET(name, datum) values[Anum_audit_record_##name - 1] = (datum)
#define SET_NULL(name) nulls[Anum_audit_record_##name - 1] = true
#define SET_IF(name, condition, datum) \
	do { \
		if (condition) \
			SET(name, datum); \
		else \
			SET_NULL(name); \
	} while (0)

	SET(id, Int64GetDatum(record->id));
	SET(incarnation, Int32GetDatum(record->incarnation));
	SET(recorded_at, TimestampTzGetDatum(record->recorded_at));
	SET(kind, CStringGetTextDatum(record->kind));
	SET(xid, Int64GetDatum((int64) record->xid));
	SET(statement_at, TimestampTzGetDatum(record->statement_at));
	SET(context, Int64GetDatum(record->context));
	SET_IF(relation, record->relation != NULL, CStringGetTextDatum(record->relation));
	SET_IF(purpose, record->purpose != NULL, CStringGetTextDatum(record->purpose));
	SET_IF(columns_shown, record->columns_shown != NIL, texts_to_array(record->columns_shown));
	SET_IF(columns_masked, record->columns_masked != NIL, texts_to_array(record->columns_masked));
	SET_IF(columns_changed, record->columns_changed != NIL, texts_to_array(record->columns_changed));
	SET_IF(subject, record->subject != NULL, UUIDPGetDatum(record->subject));
	SET_IF(other_subjects, record->nothers > 0, uuids_to_array(record->nothers, record->others));
	SET_IF(row_count, record->row_count >= 0, Int64GetDatum(record->row_count));
	SET_IF(layout, record->layout != 0, Int64GetDatum(record->layout));
	SET_IF(sealed, record->sealed != NULL, PointerGetDatum(record->sealed));
	SET_IF(details, record->details != NULL,
		   DirectFunctionCall1(jsonb_in, CStringGetDatum(record->details)));
#undef SET
#undef SET_NULL
#undef SET_IF
}

/* ---- from a row ---- */

static char *
text_of(HeapTuple tuple, TupleDesc desc, int column)
{
	bool		isnull;
	Datum		datum = heap_getattr(tuple, column, desc, &isnull);

	return isnull ? NULL : TextDatumGetCString(datum);
}

static int64
int_of(HeapTuple tuple, TupleDesc desc, int column, int64 when_null)
{
	bool		isnull;
	Datum		datum = heap_getattr(tuple, column, desc, &isnull);

	return isnull ? when_null : DatumGetInt64(datum);
}

List *
eth_audit_texts_of(HeapTuple tuple, TupleDesc desc, int column)
{
	bool		isnull;
	Datum		datum = heap_getattr(tuple, column, desc, &isnull);
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			i;
	List	   *result = NIL;

	if (isnull)
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(datum), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (i = 0; i < n; i++)
		result = lappend(result, nulls[i] ? pstrdup("") : TextDatumGetCString(elements[i]));
	return result;
}

void
eth_audit_record_from_tuple(EthAuditRecord *record, HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	Datum		datum;

	memset(record, 0, sizeof(EthAuditRecord));
	record->id = int_of(tuple, desc, Anum_audit_record_id, 0);
	record->incarnation = DatumGetInt32(heap_getattr(tuple, Anum_audit_record_incarnation, desc, &isnull));
	record->recorded_at = int_of(tuple, desc, Anum_audit_record_recorded_at, 0);
	record->kind = text_of(tuple, desc, Anum_audit_record_kind);
	record->xid = (uint64) int_of(tuple, desc, Anum_audit_record_xid, 0);
	record->statement_at = int_of(tuple, desc, Anum_audit_record_statement_at, 0);
	record->context = int_of(tuple, desc, Anum_audit_record_context, 0);
	record->relation = text_of(tuple, desc, Anum_audit_record_relation);
	record->purpose = text_of(tuple, desc, Anum_audit_record_purpose);
	record->columns_shown = eth_audit_texts_of(tuple, desc, Anum_audit_record_columns_shown);
	record->columns_masked = eth_audit_texts_of(tuple, desc, Anum_audit_record_columns_masked);
	record->columns_changed = eth_audit_texts_of(tuple, desc, Anum_audit_record_columns_changed);
	datum = heap_getattr(tuple, Anum_audit_record_subject, desc, &isnull);
	if (!isnull)
	{
		pg_uuid_t  *copy = palloc(sizeof(pg_uuid_t));

		*copy = *DatumGetUUIDP(datum);
		record->subject = copy;
	}
	datum = heap_getattr(tuple, Anum_audit_record_other_subjects, desc, &isnull);
	if (!isnull)
	{
		Datum	   *elements;
		bool	   *nulls;
		pg_uuid_t  *copies;
		int			n;
		int			i;

		deconstruct_array(DatumGetArrayTypeP(datum), UUIDOID, UUID_LEN, false, TYPALIGN_CHAR,
						  &elements, &nulls, &n);
		copies = palloc0(sizeof(pg_uuid_t) * Max(n, 1));
		for (i = 0; i < n; i++)
			if (!nulls[i])
				copies[i] = *DatumGetUUIDP(elements[i]);
		record->nothers = n;
		record->others = copies;
	}
	record->row_count = int_of(tuple, desc, Anum_audit_record_row_count, -1);
	record->layout = int_of(tuple, desc, Anum_audit_record_layout, 0);
	datum = heap_getattr(tuple, Anum_audit_record_sealed, desc, &isnull);
	if (!isnull)
		record->sealed = DatumGetByteaPCopy(datum);
	datum = heap_getattr(tuple, Anum_audit_record_details, desc, &isnull);
	if (!isnull)
	{
		Jsonb	   *details = DatumGetJsonbP(datum);

		record->details = JsonbToCString(NULL, &details->root, VARSIZE(details));
	}
}

void
eth_audit_context_from_tuple(EthAuditContext *context, HeapTuple tuple, TupleDesc desc)
{
	memset(context, 0, sizeof(EthAuditContext));
	context->id = int_of(tuple, desc, Anum_audit_context_id, 0);
	context->xid = (uint64) int_of(tuple, desc, Anum_audit_context_xid, 0);
	context->session_role = text_of(tuple, desc, Anum_audit_context_session_role);
	context->effective_role = text_of(tuple, desc, Anum_audit_context_effective_role);
	context->token_subject = text_of(tuple, desc, Anum_audit_context_token_subject);
	context->application = text_of(tuple, desc, Anum_audit_context_application);
	context->client_addr = text_of(tuple, desc, Anum_audit_context_client_addr);
	context->purpose = text_of(tuple, desc, Anum_audit_context_purpose);
	context->policy_version = int_of(tuple, desc, Anum_audit_context_policy_version, 0);
}
