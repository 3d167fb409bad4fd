/*
 * define.c
 *		define_subject_class() and drop_subject_class(): whose data it is.
 *
 * A class is a table of data subjects; its key says who.  The id derives from
 * the code as purposes' ids do, so events and states mean the same in every
 * database.  Once consent is recorded for a class, its code and the types of its
 * key stay, also when it is dropped and defined again: the recorded keys would
 * name nobody, or other people.
 *
 * Only administrators may: a class decides whom unnamed calls mean and under which
 * law persons are, so it is not the table owner's alone.
 *
 * Columns are kept by name.  The key is kept only where it was named; else it is
 * the primary key, whatever its columns are called.
 *
 * Locks: AccessShareLock on the class's table (kept), ShareRowExclusiveLock on
 * subject_class where something changes, and ShareLock on consent_state where the
 * code or the key would.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/catalog.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "consent/class.h"
#include "core/event.h"

#define MAX_CODE_BYTES 200

PG_FUNCTION_INFO_V1(ethdata_define_subject_class);
PG_FUNCTION_INFO_V1(ethdata_drop_subject_class);

/* What a row of subject_class says beside id and relation; NULL: SQL null. */
typedef struct Attributes
{
	char	   *code;
	char	   *kind;
	char	   *key_kind;
	ArrayType  *key_types;		/* follow from the key, never shown */
	ArrayType  *key_columns;
	char	   *birth_date;
	char	   *jurisdiction;
	char	   *time_zone;
	ArrayType  *contact_points;
} Attributes;

#define NATTRIBUTES 8

static const char *const attribute_names[NATTRIBUTES] = {
	"code", "kind", "key_kind", "subject_key", "birth_date", "jurisdiction",
	"time_zone", "contact_points"
};

static char *
names_to_text(ArrayType *names)
{
	Datum	   *elements;
	int			n;
	int			i;
	StringInfoData buf;

	if (names == NULL)
		return NULL;
	initStringInfo(&buf);
	deconstruct_array(names, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &elements, NULL, &n);
	for (i = 0; i < n; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(NameStr(*DatumGetName(elements[i]))));
	return buf.data;
}

/* Attribute i as text, to compare and to show. */
static char *
attribute_text(const Attributes *a, int i)
{
	switch (i)
	{
		case 0:
			return a->code;
		case 1:
			return a->kind;
		case 2:
			return a->key_kind;
		case 3:
			return names_to_text(a->key_columns);
		case 4:
			return a->birth_date;
		case 5:
			return a->jurisdiction;
		case 6:
			return a->time_zone;
		default:
			return names_to_text(a->contact_points);
	}
}

/* ------------------------------------------------------------------ checks */

/* Errors: 42809 unless it is an ordinary table that lasts. */
static void
check_table(Relation rel)
{
	const char *what = NULL;

	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
			break;
		case RELKIND_VIEW:
			what = "a view";
			break;
		case RELKIND_MATVIEW:
			what = "a materialized view";
			break;
		case RELKIND_FOREIGN_TABLE:
			what = "a foreign table";
			break;
		default:
			what = "not a table";
	}
	if (what == NULL && rel->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		what = "a temporary table";
	if (what == NULL && (IsSystemRelation(rel) ||
						 eth_core_is_member(RelationRelationId, RelationGetRelid(rel))))
		what = "a system table";
	if (what == NULL && rel->rd_rel->relispartition)
		what = "a partition";
	if (what != NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_WRONG_KIND),
				 errmsg("\"%s\" cannot be a subject class: it is %s",
						RelationGetRelationName(rel), what),
				 errhint("Name the ordinary or partitioned table that has one row for each person.")));
}

/* Errors: 42703. */
static AttrNumber
column_of(Relation rel, const char *name)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(rel), name);

	if (attnum == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of table \"%s\" does not exist", name,
						RelationGetRelationName(rel)),
				 errhint("Column names are case-sensitive here: pass them as pg_attribute has them.")));
	if (attnum < 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("system column \"%s\" says nothing about a person", name)));
	return attnum;
}

static char *
column_arg(FunctionCallInfo fcinfo, int n, const char *argument, Relation rel, bool date)
{
	char	   *name;
	Oid			type;
	bool		fits;
	char		category;
	bool		preferred;

	if (PG_ARGISNULL(n))
		return NULL;
	name = pstrdup(NameStr(*PG_GETARG_NAME(n)));
	type = getBaseType(get_atttype(RelationGetRelid(rel), column_of(rel, name)));
	if (date)
		fits = type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
	else
	{
		get_type_category_preferred(type, &category, &preferred);
		fits = category == TYPCATEGORY_STRING || category == TYPCATEGORY_ENUM;
	}
	if (!fits)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("column \"%s\" of type %s cannot be the %s of a subject class",
						name, format_type_be(type), argument),
				 date ? errhint("It is of type date, timestamp or timestamptz.") :
				 errhint("It is of a text or enum type.")));
	return name;
}

static ArrayType *
name_array(List *names)
{
	Datum	   *elements = palloc(Max(list_length(names), 1) * sizeof(Datum));
	ListCell   *lc;
	int			n = 0;

	foreach(lc, names)
	{
		Name		name = palloc0(NAMEDATALEN);

		namestrcpy(name, (char *) lfirst(lc));
		elements[n++] = NameGetDatum(name);
	}
	return construct_array(elements, n, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR);
}

/* Would a row of each person be found by the key?  Errors: 22023. */
static void
check_unique(Relation rel, int nkeys, const AttrNumber *columns)
{
	if (eth_consent_key_is_unique(RelationGetRelid(rel), nkeys, columns))
		return;

	/*
	 * one over a partitioned table must contain its partition key, which may
	 * be no part of ours
	 */
	if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		ereport(WARNING,
				(errmsg("no unique index of partitioned table \"%s\" covers exactly the key of its persons",
						RelationGetRelationName(rel)),
				 errdetail("Where rows of several partitions have one key, they are one person to ethdata."),
				 errhint("See to it that no two persons share a key.")));
	else
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("the key of a subject class must be unique"),
				 errdetail("No unique index of table \"%s\" covers exactly these columns.",
						   RelationGetRelationName(rel)),
				 errhint("Name the columns of a primary key or unique constraint, or create one first.")));
}

/* The key: its columns (NULL: the primary key) and what kind of key they make. */
static void
key_arg(FunctionCallInfo fcinfo, int n, Relation rel, Attributes *a)
{
	AttrNumber	columns[ETH_MAX_KEYS];
	Oid			types[ETH_MAX_KEYS];
	Oid			collations[ETH_MAX_KEYS];
	const char *names[ETH_MAX_KEYS];
	Datum		type_names[ETH_MAX_KEYS];
	int			nkeys;
	int			i;

	if (PG_ARGISNULL(n))
	{
		nkeys = eth_consent_primary_key(RelationGetRelid(rel), columns, ETH_MAX_KEYS);
		if (nkeys == 0)
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("table \"%s\" has no primary key", RelationGetRelationName(rel)),
					 errhint("Name the columns that say who the person is: subject_key => 'id'.")));
	}
	else
	{
		char	   *raw = text_to_cstring(PG_GETARG_TEXT_PP(n));
		List	   *list = NIL;
		ListCell   *lc;

		if (!SplitIdentifierString(raw, ',', &list) || list == NIL)
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("subject_key is not a list of column names"),
					 errhint("As in 'id' or 'tenant_id, customer_id'; quote names that are not lower-case.")));
		nkeys = list_length(list);
		i = 0;
		foreach(lc, list)
		{
			AttrNumber	column = column_of(rel, (char *) lfirst(lc));
			int			j;

			for (j = 0; j < i && j < ETH_MAX_KEYS; j++)
			{
				if (columns[j] == column)
					ereport(ERROR,
							(errcode(ETH_ERR_BAD_VALUE),
							 errmsg("column \"%s\" is named twice in subject_key",
									(char *) lfirst(lc))));
			}
			if (i < ETH_MAX_KEYS)
				columns[i] = column;
			i++;
		}
		a->key_columns = name_array(list);
	}
	if (nkeys > ETH_MAX_KEYS)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("the key of a subject class has at most %d columns", ETH_MAX_KEYS)));
	for (i = 0; i < nkeys; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), columns[i] - 1);

		types[i] = attribute->atttypid;
		collations[i] = attribute->attcollation;
		names[i] = NameStr(attribute->attname);
		type_names[i] = CStringGetTextDatum(eth_consent_key_type_name(types[i]));
	}
	a->key_types = construct_array(type_names, nkeys, TEXTOID, -1, false, TYPALIGN_INT);
	switch (eth_consent_key_kind_of(nkeys, types, collations, names))
	{
		case ETH_KEY_BIGINT:
			a->key_kind = "bigint";
			break;
		case ETH_KEY_UUID:
			a->key_kind = "uuid";
			break;
		case ETH_KEY_TEXT:
			a->key_kind = "text";
			break;
	}
	check_unique(rel, nkeys, columns);
}

static ArrayType *
contact_points_arg(FunctionCallInfo fcinfo, int n, Relation rel)
{
	Datum	   *elements;
	bool	   *nulls;
	List	   *names = NIL;
	int			count = 0;
	int			i;

	if (!PG_ARGISNULL(n))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
						  &elements, &nulls, &count);
	for (i = 0; i < count; i++)
	{
		char	   *name;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("contact_points must not contain a null")));
		name = pstrdup(NameStr(*DatumGetName(elements[i])));
		(void) column_of(rel, name);
		names = lappend(names, name);
	}
	return name_array(names);
}

static char *
kind_arg(FunctionCallInfo fcinfo, int n)
{
	char	   *kind = PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));

	if (kind == NULL || kind[0] == '\0' || strlen(kind) >= NAMEDATALEN ||
		strspn(kind, "abcdefghijklmnopqrstuvwxyz_") != strlen(kind))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("the kind of a subject class is a lower-case word"),
				 errhint("As in customer, employee, patient, prospect.")));
	return kind;
}

/* ------------------------------------------------------------------ writing */

/* The row of the relation: its id and attributes; false: there is none. */
static bool
read_row(Oid relid, int32 *id, Attributes *a)
{
	Oid			types[1] = {REGCLASSOID};
	Datum		values[1];
	HeapTuple	tuple;
	TupleDesc	desc;
	bool		isnull;
	Datum		value;

	values[0] = ObjectIdGetDatum(relid);
	eth_core_spi("SELECT s.id, s.code, s.kind, s.key_kind, s.key_columns, s.birth_date, s.jurisdiction,"
				 " s.time_zone, s.contact_points, s.key_types FROM ethdata.subject_class s"
				 " WHERE s.relation OPERATOR(pg_catalog.=) $1",
				 SPI_OK_SELECT, 1, types, values, NULL, false);
	if (SPI_processed == 0)
		return false;
	tuple = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	*id = DatumGetInt32(SPI_getbinval(tuple, desc, 1, &isnull));
	a->code = SPI_getvalue(tuple, desc, 2);
	a->kind = SPI_getvalue(tuple, desc, 3);
	a->key_kind = SPI_getvalue(tuple, desc, 4);
	value = SPI_getbinval(tuple, desc, 5, &isnull);
	a->key_columns = isnull ? NULL : DatumGetArrayTypePCopy(value);
	a->birth_date = SPI_getvalue(tuple, desc, 6);
	a->jurisdiction = SPI_getvalue(tuple, desc, 7);
	a->time_zone = SPI_getvalue(tuple, desc, 8);
	value = SPI_getbinval(tuple, desc, 9, &isnull);
	a->contact_points = DatumGetArrayTypePCopy(value);
	a->key_types = DatumGetArrayTypePCopy(SPI_getbinval(tuple, desc, 10, &isnull));
	return true;
}

/* Waits for those who record and keeps others out; they look at the class again afterwards. */
static bool
no_consent_under_way(void)
{
	LockRelationOid(eth_core_relid("consent_state", false), ShareLock);
	return true;
}

static bool
consent_recorded(int32 class_id)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1];

	values[0] = Int32GetDatum(class_id);
	eth_core_spi("SELECT FROM ethdata.consent_state s WHERE s.class_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
				 SPI_OK_SELECT, 1, types, values, NULL, false);
	return SPI_processed > 0;
}

static void
write_row(int32 id, Oid relid, const Attributes *a, bool exists)
{
	Oid			types[11] = {INT4OID, REGCLASSOID, TEXTOID, TEXTOID, TEXTOID, NAMEARRAYOID,
	NAMEOID, NAMEOID, NAMEOID, NAMEARRAYOID, TEXTARRAYOID};
	Datum		values[11];
	char		nulls[11];
	const char *columns[3];
	int			i;

	memset(nulls, ' ', sizeof(nulls));
	values[0] = Int32GetDatum(id);
	values[1] = ObjectIdGetDatum(relid);
	values[2] = CStringGetTextDatum(a->code);
	values[3] = CStringGetTextDatum(a->kind);
	values[4] = CStringGetTextDatum(a->key_kind);
	values[5] = PointerGetDatum(a->key_columns);
	if (a->key_columns == NULL)
		nulls[5] = 'n';
	columns[0] = a->birth_date;
	columns[1] = a->jurisdiction;
	columns[2] = a->time_zone;
	for (i = 0; i < 3; i++)
	{
		Name		name = palloc0(NAMEDATALEN);

		if (columns[i] == NULL)
			nulls[6 + i] = 'n';
		else
			namestrcpy(name, columns[i]);
		values[6 + i] = NameGetDatum(name);
	}
	values[9] = PointerGetDatum(a->contact_points);
	values[10] = PointerGetDatum(a->key_types);
	if (exists)
		eth_core_spi("UPDATE ethdata.subject_class SET id = $1, code = $3, kind = $4, key_kind = $5,"
					 " key_columns = $6, birth_date = $7, jurisdiction = $8, time_zone = $9,"
					 " contact_points = $10, key_types = $11 WHERE relation OPERATOR(pg_catalog.=) $2",
					 SPI_OK_UPDATE, 11, types, values, nulls, false);
	else
		eth_core_spi("INSERT INTO ethdata.subject_class (id, relation, code, kind, key_kind, key_columns,"
					 " birth_date, jurisdiction, time_zone, contact_points, key_types)"
					 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
					 SPI_OK_INSERT, 11, types, values, nulls, false);
}

static bool
same_types(ArrayType *a, ArrayType *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

/* The types of the keys under which consent is recorded for a class that was dropped. */
static ArrayType *
recorded_types(int32 id)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1];
	bool		isnull;

	values[0] = Int32GetDatum(id);
	eth_core_spi("SELECT s.key_types FROM ethdata.subject_class s WHERE s.id OPERATOR(pg_catalog.=) $1",
				 SPI_OK_SELECT, 1, types, values, NULL, false);
	if (SPI_processed == 0)
		return NULL;
	return DatumGetArrayTypePCopy(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/*
 * Does another class bear the code, or another code the id?  A class whose table
 * is gone gives way, to one with keys of the same types: others would find
 * nothing of what was recorded, neither consent nor denials.
 * Errors: 22023, 55000.
 */
static void
check_code(int32 id, const char *code, Oid relid, ArrayType *key_types)
{
	const EthClass *other = eth_consent_class_by_id(id);
	Oid			types[1] = {INT4OID};
	Datum		values[1];

	if (other == NULL || other->relid == relid)
		return;
	if (strcmp(other->code, code) != 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("the codes \"%s\" and \"%s\" have the same id", code, other->code),
				 errhint("Choose another code.")));
	if (OidIsValid(other->relid))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("subject class \"%s\" is defined for another table", code),
				 errhint("Choose another code, or drop that class first.")));
	if (consent_recorded(id) && !same_types(recorded_types(id), key_types))
		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("consent is recorded for subject class \"%s\" under keys of other types", code),
				 errdetail("What its persons answered, denials too, would be found for nobody."),
				 errhint("Define it for a table whose key has the types that it had, or choose another code.")));
	values[0] = Int32GetDatum(id);
	eth_core_spi("DELETE FROM ethdata.subject_class WHERE id OPERATOR(pg_catalog.=) $1",
				 SPI_OK_DELETE, 1, types, values, NULL, false);
}

/* Are the key columns there that the class names?  (else another column may take the key over) */
static bool
key_is_there(Oid relid, const Attributes *a)
{
	Datum	   *elements;
	int			n;
	int			i;

	if (a->key_columns == NULL)
		return true;
	deconstruct_array(a->key_columns, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
					  &elements, NULL, &n);
	for (i = 0; i < n; i++)
	{
		if (get_attnum(relid, NameStr(*DatumGetName(elements[i]))) <= 0)
			return false;
	}
	return true;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* What changed, in memory that outlives SPI; either may be NULL. */
static Jsonb *
changes_for_audit(MemoryContext memory, const Attributes *old, const Attributes *new)
{
	MemoryContext before = MemoryContextSwitchTo(memory);
	EthDetails	details;
	Jsonb	   *result;
	int			i;

	eth_core_details_begin(&details);
	for (i = 0; i < NATTRIBUTES; i++)
		eth_core_details_change(&details, attribute_names[i],
								old ? attribute_text(old, i) : NULL,
								new ? attribute_text(new, i) : NULL);
	result = eth_core_details_end(&details);
	MemoryContextSwitchTo(before);
	return result;
}

/* As the caller: it is he who did it. */
static void
tell_audit(const char *action, Oid relid, Jsonb *details)
{
	EthAuditEvent event;

	memset(&event, 0, sizeof(event));
	event.kind = ETH_AUDIT_POLICY;
	event.action = action;
	event.relid = get_rel_name(relid) != NULL ? relid : InvalidOid;
	event.details = details;
	eth_core_event(&event);
}

/*
 * define_subject_class(relation, code, kind, subject_key, birth_date,
 * jurisdiction, time_zone, contact_points) -> boolean: whether anything changed.
 * Errors: 42501 not an administrator, 42809 wrong kind of relation,
 * 42703 unknown column, 22023 bad value or a key that is not unique, 0A000 type
 * that cannot be a key, 55000 when consent is recorded and code or key would change.
 */
Datum
ethdata_define_subject_class(PG_FUNCTION_ARGS)
{
	Relation	rel;
	Oid			relid;
	Attributes	wanted;
	Attributes	old;
	EthCaller	caller;
	bool		exists;
	bool		changed = false;
	int32		id;
	int32		old_id = 0;
	MemoryContext memory = CurrentMemoryContext;
	Jsonb	   *details = NULL;
	int			i;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("argument \"%s\" must not be null", "relation")));
	relid = PG_GETARG_OID(0);
	rel = relation_open(relid, AccessShareLock);
	eth_core_require_admin("define a subject class");
	check_table(rel);

	memset(&wanted, 0, sizeof(wanted));
	wanted.kind = kind_arg(fcinfo, 2);
	key_arg(fcinfo, 3, rel, &wanted);
	wanted.birth_date = column_arg(fcinfo, 4, "birth_date", rel, true);
	wanted.jurisdiction = column_arg(fcinfo, 5, "jurisdiction", rel, false);
	wanted.time_zone = column_arg(fcinfo, 6, "time_zone", rel, false);
	wanted.contact_points = contact_points_arg(fcinfo, 7, rel);
	if (!PG_ARGISNULL(1))
	{
		wanted.code = text_to_cstring(PG_GETARG_TEXT_PP(1));
		if (wanted.code[0] == '\0' || strlen(wanted.code) > MAX_CODE_BYTES)
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("the code of a subject class has 1 to %d bytes", MAX_CODE_BYTES)));
	}

	eth_core_enter(&caller);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	exists = read_row(relid, &old_id, &old);
	/* who the class is does not change because its table was renamed */
	if (wanted.code == NULL)
		wanted.code = exists ? old.code :
			psprintf("%s.%s", get_namespace_name(RelationGetNamespace(rel)),
					 RelationGetRelationName(rel));
	id = eth_purpose_id(wanted.code);
	for (i = 0; i < NATTRIBUTES && exists; i++)
		changed |= !same_text(attribute_text(&old, i), attribute_text(&wanted, i));
	changed |= !exists;
	if (changed)
	{
		PreventCommandIfReadOnly("define_subject_class()");
		PreventCommandIfParallelMode("define_subject_class()");
		LockRelationOid(eth_core_relid("subject_class", false), ShareRowExclusiveLock);
		eth_consent_cache_forget();

		/* again, in turn */
		exists = read_row(relid, &old_id, &old);
		changed = !exists;
		if (exists && PG_ARGISNULL(1))
		{
			wanted.code = old.code;
			id = old_id;
		}
		for (i = 0; i < NATTRIBUTES && exists; i++)
			changed |= !same_text(attribute_text(&old, i), attribute_text(&wanted, i));
	}
	if (changed)
	{
		if (id == 0)
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("code \"%s\" has the id 0, which is reserved", wanted.code),
					 errhint("Choose another code.")));
		check_code(id, wanted.code, relid, wanted.key_types);
		if (exists && (old_id != id || !same_types(old.key_types, wanted.key_types) ||
					   (key_is_there(relid, &old) &&
						!same_text(attribute_text(&old, 3), attribute_text(&wanted, 3)))) &&
			no_consent_under_way() && consent_recorded(old_id))
			ereport(ERROR,
					(errcode(ETH_ERR_STATE),
					 errmsg("consent is recorded for subject class \"%s\": its code and key stay", old.code),
					 errdetail("The recorded keys would name nobody, or other people."),
					 errhint("Define a class of its own for the other table or key.")));
		write_row(id, relid, &wanted, exists);
		for (i = 0; i < NATTRIBUTES && exists; i++)
		{
			char	   *before = attribute_text(&old, i);
			char	   *after = attribute_text(&wanted, i);

			if (!same_text(before, after))
				ereport(NOTICE,
						(errmsg("subject class \"%s\": %s changed from %s to %s", wanted.code,
								attribute_names[i], before && before[0] ? before : "none",
								after && after[0] ? after : "none")));
		}
		details = changes_for_audit(memory, exists ? &old : NULL, &wanted);
		eth_consent_cache_forget();
	}
	SPI_finish();
	eth_core_leave(&caller);
	relation_close(rel, NoLock);
	if (changed)
		tell_audit("define_subject_class", relid, details);
	PG_RETURN_BOOL(changed);
}

/*
 * drop_subject_class(relation) -> boolean: whether there was one.  What was
 * recorded stays, and holds again when a class of the same code is defined;
 * until then nobody of the class permits anything.
 * Errors: 42501.
 */
Datum
ethdata_drop_subject_class(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {REGCLASSOID};
	Datum		values[1];
	Oid			relid;
	EthCaller	caller;
	Attributes	old;
	int32		id;
	bool		exists;
	MemoryContext memory = CurrentMemoryContext;
	Jsonb	   *details = NULL;
	bool		recorded;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("argument \"%s\" must not be null", "relation")));
	relid = PG_GETARG_OID(0);
	eth_core_require_admin("drop a subject class");
	eth_core_enter(&caller);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	exists = read_row(relid, &id, &old);
	if (exists)
	{
		PreventCommandIfReadOnly("drop_subject_class()");
		PreventCommandIfParallelMode("drop_subject_class()");
		recorded = consent_recorded(id);
		values[0] = ObjectIdGetDatum(relid);
		/* while something is recorded the row says what the keys are */
		eth_core_spi(recorded ?
					 "UPDATE ethdata.subject_class SET relation = NULL WHERE relation OPERATOR(pg_catalog.=) $1" :
					 "DELETE FROM ethdata.subject_class WHERE relation OPERATOR(pg_catalog.=) $1",
					 recorded ? SPI_OK_UPDATE : SPI_OK_DELETE, 1, types, values, NULL, false);
		if (recorded)
			ereport(NOTICE,
					(errmsg("what persons of class \"%s\" answered stays recorded", old.code),
					 errdetail("It holds again when a class with this code, and a key of the same types, is defined.")));
		details = changes_for_audit(memory, &old, NULL);
		eth_consent_cache_forget();
	}
	SPI_finish();
	eth_core_leave(&caller);
	if (exists)
		tell_audit("drop_subject_class", relid, details);
	PG_RETURN_BOOL(exists);
}
