/*
 * image.c
 *		Row images: the values of a row before and after a change.
 *
 * Layout.  The columns of a table at a time: names and types of those that are
 * stored and not dropped.  A layout has a number, which is a hash of what it says,
 * and a row in ethdata.audit_layout; images refer to it, so they stay readable
 * when the table changes or goes.
 *
 * Image, version 1 (what is sealed):
 *
 *		byte	version, 1
 *		byte	1: there are old values, 2: new values, 3: both
 *		then for old and for new: number of values in 2 bytes, and for each the
 *		column's position in the layout from 0 in 2 bytes, length in 4 bytes
 *		(0xFFFFFFFF: NULL), bytes.  Integers are big-endian.
 *
 * Bytes of a value: for the types of core in "exact_types" their binary form as
 * the server's send functions have it, strings in the database's encoding; for
 * all others the text form, with DateStyle ISO, IntervalStyle postgres and
 * extra_float_digits 3.
 *
 * Everything is read here while a statement runs, values in the TOAST table too:
 * before commit there is no snapshot to do so.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "nodes/makefuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "audit/image.h"
#include "consent/consent.h"
#include "protect/define.h"

#define IMAGE_VERSION 1
#define IMAGE_OLD 1
#define IMAGE_NEW 2
#define LENGTH_NULL PG_UINT32_MAX

/* Types whose binary form needs no settings and does not change; others are stored as text. */
static const struct
{
	const char *name;
	Oid			type;
	EthImageForm form;
}			exact_types[] =

{
	{"boolean", BOOLOID, ETH_FORM_BOOL},
	{"smallint", INT2OID, ETH_FORM_INT2},
	{"integer", INT4OID, ETH_FORM_INT4},
	{"bigint", INT8OID, ETH_FORM_INT8},
	{"text", TEXTOID, ETH_FORM_BYTES},
	{"character varying", VARCHAROID, ETH_FORM_BYTES},
	{"character", BPCHAROID, ETH_FORM_BYTES},
	{"bytea", BYTEAOID, ETH_FORM_BYTES},
	{"real", FLOAT4OID, ETH_FORM_SEND},
	{"double precision", FLOAT8OID, ETH_FORM_SEND},
	{"numeric", NUMERICOID, ETH_FORM_SEND},
	{"date", DATEOID, ETH_FORM_SEND},
	{"time without time zone", TIMEOID, ETH_FORM_SEND},
	{"time with time zone", TIMETZOID, ETH_FORM_SEND},
	{"timestamp without time zone", TIMESTAMPOID, ETH_FORM_SEND},
	{"timestamp with time zone", TIMESTAMPTZOID, ETH_FORM_SEND},
	{"interval", INTERVALOID, ETH_FORM_SEND},
	{"uuid", UUIDOID, ETH_FORM_SEND},
	{"inet", INETOID, ETH_FORM_SEND},
	{"cidr", CIDROID, ETH_FORM_SEND},
};

/* ---- layouts that this backend used ---- */

typedef struct KnownLayout
{
	int64		id;				/* hash key */
	char	   *relation;
	List	   *columns;		/* char * */
	List	   *types;
	Oid			table;			/* audit_layout that has its row; InvalidOid:
								 * none is known */
	bool		own;			/* made by the transaction that is going on */
} KnownLayout;

static HTAB *known_layouts = NULL;
static HTAB *relations = NULL;
static bool own_layouts = false;

static List *
copy_texts(const List *texts)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, texts)
		result = lappend(result, pstrdup(lfirst(lc)));
	return result;
}

static void
know_layout(int64 id, const char *relation, List *columns, List *types)
{
	KnownLayout *known;
	MemoryContext old;
	bool		found;

	if (known_layouts == NULL)
	{
		HASHCTL		ctl;

		memset(&ctl, 0, sizeof(ctl));
		ctl.keysize = sizeof(int64);
		ctl.entrysize = sizeof(KnownLayout);
		ctl.hcxt = TopMemoryContext;
		known_layouts = hash_create("ethdata layouts", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	known = hash_search(known_layouts, &id, HASH_ENTER, &found);
	if (found)
		return;
	known->relation = NULL;
	known->table = InvalidOid;
	known->own = false;
	old = MemoryContextSwitchTo(TopMemoryContext);
	known->relation = pstrdup(relation);
	known->columns = copy_texts(columns);
	known->types = copy_texts(types);
	MemoryContextSwitchTo(old);
}

static Datum
texts_datum(const List *texts)
{
	Datum	   *datums = palloc(sizeof(Datum) * Max(list_length(texts), 1));
	ListCell   *lc;

	foreach(lc, texts)
		datums[foreach_current_index(lc)] = CStringGetTextDatum(lfirst(lc));
	return PointerGetDatum(construct_array(datums, list_length(texts), TEXTOID, -1, false, TYPALIGN_INT));
}

/* The row of audit_layout; its tuple is copied.  NULL: none. */
static HeapTuple
layout_row(int64 id, TupleDesc *desc)
{
	Relation	rel = table_open(eth_core_relid("audit_layout", false), AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_audit_layout_id, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
	scan = systable_beginscan(rel, eth_core_relid("audit_layout_id", false), true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	if (desc != NULL)
		*desc = CreateTupleDescCopy(RelationGetDescr(rel));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return tuple;
}

void
eth_audit_ensure_layout(int64 id)
{
	Oid			table = eth_core_relid("audit_layout", false);
	KnownLayout *known = hash_search(known_layouts, &id, HASH_FIND, NULL);
	Datum		values[Natts_audit_layout];
	bool		nulls[Natts_audit_layout] = {false};

	if (known == NULL)
		elog(ERROR, "layout of an image is not known");
	if (known->table == table)
		return;
	if (!HeapTupleIsValid(layout_row(id, NULL)))
	{
		values[Anum_audit_layout_id - 1] = Int64GetDatum(id);
		values[Anum_audit_layout_relation - 1] = CStringGetTextDatum(known->relation);
		values[Anum_audit_layout_columns - 1] = texts_datum(known->columns);
		values[Anum_audit_layout_types - 1] = texts_datum(known->types);
		eth_audit_insert_row("audit_layout", values, nulls);
	}
	/* the row may be this transaction's own, be it made here or a moment ago */
	known->own = own_layouts = true;
	known->table = table;
}

static void
layouts_end(bool committed)
{
	HASH_SEQ_STATUS scan;
	KnownLayout *known;

	if (!own_layouts)
		return;
	hash_seq_init(&scan, known_layouts);
	while ((known = hash_seq_search(&scan)) != NULL)
	{
		if (known->own && !committed)
			known->table = InvalidOid;
		known->own = false;
	}
	own_layouts = false;
}

void
eth_audit_layouts_rolled_back(void)
{
	layouts_end(false);
}

void
eth_audit_layouts_committed(void)
{
	layouts_end(true);
}

/* ---- layouts of relations ---- */

static EthImageForm
form_of(Oid type, const char **name)
{
	size_t		i;

	for (i = 0; i < lengthof(exact_types); i++)
	{
		if (exact_types[i].type == type)
		{
			*name = exact_types[i].name;
			return exact_types[i].form;
		}
	}
	*name = format_type_be_qualified(type);
	return ETH_FORM_TEXT;
}

/* Text forms that no setting changes. */
static bool
text_needs_settings(Oid type)
{
	return !(type == JSONOID || type == JSONBOID || type == XMLOID || type_is_enum(type));
}

static void
add_person(EthAuditLayout *layout, const EthClass *class, int nkeys, const AttrNumber *columns, Relation rel)
{
	EthImagePerson *person;
	int			i;

	if (class == NULL || layout->npersons >= ETH_IMAGE_PERSONS)
		return;
	person = &layout->persons[layout->npersons++];
	person->class_id = class->id;
	person->kind = class->key_kind;
	person->nkeys = nkeys;
	for (i = 0; i < nkeys; i++)
	{
		person->columns[i] = columns[i];
		person->types[i] = TupleDescAttr(RelationGetDescr(rel), columns[i] - 1)->atttypid;
	}
}

/*
 * Whose the rows are: as protection says; without it as foreign keys say, and
 * the rows of a class's own table are its persons.
 */
static void
find_persons(EthAuditLayout *layout, Relation rel)
{
	const EthTableRules *rules = eth_protect_rules(RelationGetRelid(rel));
	int			i;

	layout->npersons = 0;
	if (rules != NULL)
	{
		eth_protect_rules_pin();
		for (i = 0; i < rules->npersons; i++)
		{
			const EthPersonRule *person = &rules->persons[i];

			if (OidIsValid(person->class_relid))
				add_person(layout, eth_consent_class_by_relid(person->class_relid, true),
						   person->nkeys, person->keys, rel);
		}
		eth_protect_rules_unpin();
	}
	else
	{
		const EthClass *class = eth_consent_class_by_relid(RelationGetRelid(rel), true);
		ListCell   *lc;

		if (class != NULL)
			add_person(layout, class, class->nkeys, class->keys, rel);
		foreach(lc, RelationGetFKeyList(rel))
		{
			ForeignKeyCacheInfo *key = lfirst(lc);

			add_person(layout, eth_consent_class_of_columns(RelationGetRelid(rel), key->nkeys, key->conkey),
					   key->nkeys, key->conkey, rel);
		}
	}
}

/* The name under which changes are recorded: of the topmost partitioned table. */
static char *
logical_name(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);

	while (get_rel_relispartition(relid))
	{
		List	   *parents = eth_protect_parents(relid);

		if (parents == NIL)
			break;
		relid = linitial_oid(parents);
	}
	return eth_protect_relation_name(relid);
}

static void
build_layout(EthAuditLayout *layout, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	Bitmapset  *key = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	MemoryContext old = MemoryContextSwitchTo(layout->memory);
	List	   *types = NIL;
	int			i;

	layout->relation = logical_name(rel);
	layout->columns = palloc0(sizeof(EthImageColumn) * Max(desc->natts, 1));
	layout->names = NIL;
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		EthImageColumn *column;
		const char *type_name;
		Oid			output;

		if (att->attisdropped || att->attgenerated == 'v')
			continue;
		column = &layout->columns[layout->ncolumns++];
		column->attnum = att->attnum;
		column->name = pstrdup(NameStr(att->attname));
		column->byval = att->attbyval;
		column->len = att->attlen;
		column->type = getBaseType(att->atttypid);
		column->key = bms_is_member(att->attnum - FirstLowInvalidHeapAttributeNumber, key);
		column->form = form_of(column->type, &type_name);
		if (column->form == ETH_FORM_SEND)
		{
			bool		varlena;

			getTypeBinaryOutputInfo(column->type, &output, &varlena);
			fmgr_info_cxt(output, &column->output, layout->memory);
		}
		else if (column->form == ETH_FORM_TEXT)
		{
			bool		varlena;

			getTypeOutputInfo(column->type, &output, &varlena);
			fmgr_info_cxt(output, &column->output, layout->memory);
			layout->needs_settings |= text_needs_settings(column->type);
		}
		layout->names = lappend(layout->names, column->name);
		types = lappend(types, pstrdup(type_name));
	}
	layout->id = eth_audit_layout_id(layout->relation, layout->names, types);
	know_layout(layout->id, layout->relation, layout->names, types);
	MemoryContextSwitchTo(old);
}

static void
relation_changed(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	EthAuditLayout *layout;

	if (relations == NULL)
		return;
	if (OidIsValid(relid))
	{
		layout = hash_search(relations, &relid, HASH_FIND, NULL);
		if (layout != NULL)
			layout->valid = false;
		/* a partition is recorded under the name of the table above it */
	}
	hash_seq_init(&scan, relations);
	while ((layout = hash_seq_search(&scan)) != NULL)
		if (!OidIsValid(relid) || layout->is_partition)
			layout->valid = false;
}

/*
 * The layout of a relation; valid until the next call, and not across reads of
 * catalogues.
 */
EthAuditLayout *
eth_audit_layout(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	EthAuditLayout *layout;
	bool		found;

	if (relations == NULL)
	{
		HASHCTL		ctl;

		memset(&ctl, 0, sizeof(ctl));
		ctl.keysize = sizeof(Oid);
		ctl.entrysize = sizeof(EthAuditLayout);
		ctl.hcxt = TopMemoryContext;
		relations = hash_create("ethdata images", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	layout = hash_search(relations, &relid, HASH_FIND, NULL);
	if (layout != NULL && layout->valid && eth_core_policy_mark_valid(&layout->mark))
		return layout;

	layout = hash_search(relations, &relid, HASH_ENTER, &found);
	if (!found)
		layout->memory = AllocSetContextCreate(TopMemoryContext, "ethdata image", ALLOCSET_SMALL_SIZES);
	else
		MemoryContextReset(layout->memory);
	layout->ncolumns = 0;
	layout->npersons = 0;
	layout->needs_settings = false;
	layout->is_partition = rel->rd_rel->relispartition;

	/* an invalidation while it is built must not be lost */
	layout->valid = true;
	PG_TRY();
	{
		eth_core_policy_mark(&layout->mark, GetLatestSnapshot());
		build_layout(layout, rel);
		find_persons(layout, rel);
	}
	PG_CATCH();
	{
		layout->valid = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	return layout;
}

/* ---- writing an image ---- */

static void
add_value(StringInfo out, EthImageColumn *column, Datum value)
{
	switch (column->form)
	{
		case ETH_FORM_BOOL:
			pq_sendint32(out, 1);
			pq_sendint8(out, DatumGetBool(value) ? 1 : 0);
			break;
		case ETH_FORM_INT2:
			pq_sendint32(out, 2);
			pq_sendint16(out, (uint16) DatumGetInt16(value));
			break;
		case ETH_FORM_INT4:
			pq_sendint32(out, 4);
			pq_sendint32(out, (uint32) DatumGetInt32(value));
			break;
		case ETH_FORM_INT8:
			pq_sendint32(out, 8);
			pq_sendint64(out, (uint64) DatumGetInt64(value));
			break;
		case ETH_FORM_BYTES:
			{
				struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);

				pq_sendint32(out, (uint32) VARSIZE_ANY_EXHDR(bytes));
				appendBinaryStringInfo(out, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
				break;
			}
		case ETH_FORM_SEND:
			{
				bytea	   *bytes = SendFunctionCall(&column->output, value);

				pq_sendint32(out, (uint32) (VARSIZE(bytes) - VARHDRSZ));
				appendBinaryStringInfo(out, VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ);
				break;
			}
		case ETH_FORM_TEXT:
			{
				char	   *text = OutputFunctionCall(&column->output, value);

				pq_sendint32(out, (uint32) strlen(text));
				appendBinaryStringInfo(out, text, (int) strlen(text));
				break;
			}
	}
}

/* wanted: by column's position; NULL: all */
static void
add_values(StringInfo out, EthAuditLayout *layout, const bool *wanted,
		   const Datum *values, const bool *nulls)
{
	int			at = out->len;
	uint16		count = 0;
	int			i;

	pq_sendint16(out, 0);
	for (i = 0; i < layout->ncolumns; i++)
	{
		EthImageColumn *column = &layout->columns[i];

		if (wanted != NULL && !wanted[i])
			continue;
		count++;
		pq_sendint16(out, (uint16) i);
		if (nulls[column->attnum - 1])
			pq_sendint32(out, LENGTH_NULL);
		else
			add_value(out, column, values[column->attnum - 1]);
	}
	count = pg_hton16(count);
	memcpy(out->data + at, &count, sizeof(count));
}

bool
eth_audit_image_changes(EthAuditLayout *layout, const Datum *old_values, const bool *old_nulls,
						const Datum *new_values, const bool *new_nulls, bool *changed)
{
	bool		any = false;
	int			i;

	for (i = 0; i < layout->ncolumns; i++)
	{
		EthImageColumn *column = &layout->columns[i];
		int			c = column->attnum - 1;

		if (old_nulls[c] || new_nulls[c])
			changed[i] = old_nulls[c] != new_nulls[c];
		else
			changed[i] = !datum_image_eq(old_values[c], new_values[c], column->byval, column->len);
		any |= changed[i];
	}
	return any;
}

void
eth_audit_image_write(StringInfo out, EthAuditLayout *layout,
					  const bool *old_wanted, const Datum *old_values, const bool *old_nulls,
					  const bool *new_wanted, const Datum *new_values, const bool *new_nulls)
{
	int			nest = 0;

	if (layout->needs_settings)
	{
		nest = NewGUCNestLevel();
		(void) set_config_option("datestyle", "ISO", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
		(void) set_config_option("intervalstyle", "postgres", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
		(void) set_config_option("extra_float_digits", "3", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	}
	appendStringInfoCharMacro(out, IMAGE_VERSION);
	appendStringInfoCharMacro(out, (old_values ? IMAGE_OLD : 0) | (new_values ? IMAGE_NEW : 0));
	if (old_values != NULL)
		add_values(out, layout, old_wanted, old_values, old_nulls);
	if (new_values != NULL)
		add_values(out, layout, new_wanted, new_values, new_nulls);
	if (layout->needs_settings)
		AtEOXact_GUC(true, nest);
}

/* ---- reading an image ---- */

static void
damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("the image of an audit record is damaged")));
}

static Datum
to_jsonb_of(Oid type, Datum value)
{
	FmgrInfo	flinfo;
	Node	   *call;

	fmgr_info(F_TO_JSONB, &flinfo);
	call = (Node *) makeFuncExpr(F_TO_JSONB, JSONBOID,
								 list_make1(makeNullConst(type, -1, InvalidOid)),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	fmgr_info_set_expr(call, &flinfo);
	return FunctionCall1(&flinfo, value);
}

/* One value as jsonb. */
static Jsonb *
value_as_jsonb(const char *type_name, const char *data, int len)
{
	StringInfoData bytes;
	Oid			type = TEXTOID;
	EthImageForm form = ETH_FORM_TEXT;
	Datum		value;
	size_t		i;

	for (i = 0; i < lengthof(exact_types); i++)
	{
		if (strcmp(exact_types[i].name, type_name) == 0)
		{
			type = exact_types[i].type;
			form = exact_types[i].form;
		}
	}
	if (form == ETH_FORM_TEXT)
	{
		char	   *text = pnstrdup(data, len);

		if (strcmp(type_name, "json") == 0 || strcmp(type_name, "pg_catalog.json") == 0 ||
			strcmp(type_name, "jsonb") == 0 || strcmp(type_name, "pg_catalog.jsonb") == 0)
			return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
		return DatumGetJsonbP(to_jsonb_of(TEXTOID, CStringGetTextDatum(text)));
	}
	initStringInfo(&bytes);
	appendBinaryStringInfo(&bytes, data, len);
	if (form == ETH_FORM_BYTES)
	{
		struct varlena *varlena = palloc(VARHDRSZ + len);

		SET_VARSIZE(varlena, VARHDRSZ + len);
		memcpy(VARDATA(varlena), data, len);
		value = PointerGetDatum(varlena);
	}
	else
	{
		Oid			receive;
		Oid			ioparam;

		getTypeBinaryInputInfo(type, &receive, &ioparam);
		value = OidReceiveFunctionCall(receive, &bytes, ioparam, -1);
	}
	return DatumGetJsonbP(to_jsonb_of(type, value));
}

static void
push_value(JsonbParseState **state, const char *name, const Jsonb *json)
{
	JsonbValue	key;
	JsonbValue	value;

	key.type = jbvString;
	key.val.string.val = pstrdup(name);
	key.val.string.len = strlen(name);
	(void) pushJsonbValue(state, WJB_KEY, &key);
	if (json == NULL)
		value.type = jbvNull;
	else if (JB_ROOT_IS_SCALAR(json))
		(void) JsonbExtractScalar(&unconstify(Jsonb *, json)->root, &value);
	else
	{
		value.type = jbvBinary;
		value.val.binary.data = &unconstify(Jsonb *, json)->root;
		value.val.binary.len = VARSIZE(json) - VARHDRSZ;
	}
	(void) pushJsonbValue(state, WJB_VALUE, &value);
}

typedef struct Cursor
{
	const unsigned char *at;
	const unsigned char *end;
} Cursor;

static uint32
take(Cursor *cursor, int bytes)
{
	uint32		result = 0;

	if (cursor->end - cursor->at < bytes)
		damaged();
	while (bytes-- > 0)
		result = (result << 8) | *cursor->at++;
	return result;
}

/* The values that come next; with "wanted" as an object, else skipped. */
static Jsonb *
take_values(Cursor *cursor, const List *columns, const List *types, bool wanted)
{
	JsonbParseState *state = NULL;
	int			n = take(cursor, 2);

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	while (n-- > 0)
	{
		uint32		position = take(cursor, 2);
		uint32		len = take(cursor, 4);
		Jsonb	   *value = NULL;

		if (position >= (uint32) list_length(columns) || position >= (uint32) list_length(types))
			damaged();
		if (len != LENGTH_NULL)
		{
			if ((size_t) (cursor->end - cursor->at) < len)
				damaged();
			if (wanted)
				value = value_as_jsonb(list_nth(types, position), (const char *) cursor->at, len);
			cursor->at += len;
		}
		if (wanted)
			push_value(&state, list_nth(columns, position), value);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

Jsonb *
eth_audit_image_values(int64 layout, const char *image, int len, bool old_values)
{
	TupleDesc	desc;
	HeapTuple	tuple = layout_row(layout, &desc);
	Cursor		cursor;
	List	   *columns;
	List	   *types;
	uint32		which;
	Jsonb	   *old_image = NULL;

	if (!HeapTupleIsValid(tuple))
		damaged();
	columns = eth_audit_texts_of(tuple, desc, Anum_audit_layout_columns);
	types = eth_audit_texts_of(tuple, desc, Anum_audit_layout_types);
	cursor.at = (const unsigned char *) image;
	cursor.end = cursor.at + len;
	if (take(&cursor, 1) != IMAGE_VERSION)
		damaged();
	which = take(&cursor, 1);
	if (which & IMAGE_OLD)
		old_image = take_values(&cursor, columns, types, old_values);
	if (old_values)
		return (which & IMAGE_OLD) ? old_image : NULL;
	return (which & IMAGE_NEW) ? take_values(&cursor, columns, types, true) : NULL;
}

void
eth_audit_image_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}
