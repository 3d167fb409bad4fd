/*
 * catalogue.c
 *		The purposes, grants and collection grants as this backend knows them.
 *
 * Owns one memory context below CacheMemoryContext, built whole and replaced
 * whole.  It is exact: before each use eth_purpose_catalogue_refresh() asks
 * core's policy mark whether a write may have happened since it was loaded
 * (bucket.c has the protocol), and loads again if so.  Tables are read under one
 * catalogue snapshot, so that the newest committed policy counts at every
 * isolation level and in parallel workers.
 *
 * Fails closed: a purpose whose basis is not known to this version is unlawful,
 * one whose parent is missing (a restore that is under way) is retired.
 *
 * The purpose "self" is added to those that the table has: it is the same in every
 * database, nobody defines it, and only grants of it are stored.
 *
 * Closure: each purpose has the bit set of its ancestors, itself included;
 * "is A below B" is one bit test.  define.c keeps the graph free of cycles; a
 * cycle written by hand only makes its members each other's descendants.
 *
 * Locks: ACCESS SHARE on the tables while loading.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "purpose/internal.h"

/* Columns of ethdata.purpose, in the order of sql/install/20-purpose.sql */
enum
{
	PURPOSE_ID = 1,
	PURPOSE_CODE,
	PURPOSE_BASIS,
	PURPOSE_BASES,
	PURPOSE_PARENTS,
	PURPOSE_TITLE,
	PURPOSE_DESCRIPTION,
	PURPOSE_CONTROLLER,
	PURPOSE_RECIPIENTS,
	PURPOSE_CHANNEL,
	PURPOSE_DIRECT_MARKETING,
	PURPOSE_SPECIAL_GROUND,
	PURPOSE_RESTRICTION_GROUND,
	PURPOSE_CONSENT_LIFETIME,
	PURPOSE_ASSESSMENT,
	PURPOSE_REVIEW,
	PURPOSE_RETIRED_AT,
	PURPOSE_NATTS = PURPOSE_RETIRED_AT
};

static const Oid purpose_types[PURPOSE_NATTS] = {
	INT4OID, TEXTOID, TEXTOID, JSONBOID, INT4ARRAYOID, TEXTOID, TEXTOID, TEXTOID,
	TEXTARRAYOID, TEXTOID, BOOLOID, TEXTOID, TEXTOID, INTERVALOID, TEXTOID, BOOLOID,
	TIMESTAMPTZOID
};

/* Columns of ethdata.purpose_grant */
enum
{
	GRANT_PURPOSE = 1,
	GRANT_GRANTEE,
	GRANT_GRANTEE_OID,
	GRANT_AS_DEFAULT,
	GRANT_TOKEN_REQUIRED,
	GRANT_VALID_UNTIL,
	GRANT_REASON,
	GRANT_ASSERTED_BY,
	GRANT_POOLED,
	GRANT_ASSERTER,
	GRANT_ASSERTER_OID,
	GRANT_NATTS = GRANT_ASSERTER_OID
};

static const Oid grant_types[GRANT_NATTS] = {
	INT4OID, NAMEOID, OIDOID, BOOLOID, BOOLOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, BOOLOID,
	NAMEOID, OIDOID
};

/* Columns of ethdata.token_key */
enum
{
	KEY_ID = 1,
	KEY_PUBLIC_KEY,
	KEY_AUDIENCE,
	KEY_SINGLE_USE,
	KEY_NATTS = KEY_SINGLE_USE
};

static const Oid key_types[KEY_NATTS] = {TEXTOID, BYTEAOID, TEXTOID, BOOLOID};

/* Columns of ethdata.collection_grant */
enum
{
	COLLECTION_PURPOSE = 1,
	COLLECTION_GRANTEE,
	COLLECTION_GRANTEE_OID,
	COLLECTION_NATTS = COLLECTION_GRANTEE_OID
};

static const Oid collection_types[COLLECTION_NATTS] = {INT4OID, NAMEOID, OIDOID};

/* A purpose while it is loaded: parents as ids, booleans with their NULLs. */
typedef struct LoadedPurpose
{
	EthPurpose	purpose;
	int			nparent_ids;
	int32	   *parent_ids;
	bool		direct_marketing_null;
	bool		review_null;
	int			state;			/* of inherit(): 0 not begun, 1 under way, 2
								 * done */
} LoadedPurpose;

typedef struct LoadedRegime
{
	uint8		number;
	char	   *code;
} LoadedRegime;

typedef struct Catalogue
{
	MemoryContext context;
	Oid			relid;			/* of ethdata.purpose: another one after DROP
								 * and CREATE EXTENSION */
	EthMark		mark;
	int			npurposes;
	EthPurpose *purposes;		/* by id */
	EthPurpose **by_code;
	int			ngrants;
	EthGrant   *grants;
	bool		any_pooled;
	int			ncollections;
	EthGrant   *collections;
	List	   *keys;			/* EthTokenKey */
} Catalogue;

static Catalogue *catalogue = NULL;
static EthInstant checked_at;	/* when it was last found, or made, current */
uint64		eth_purpose_catalogue_version = 0;

/* ---- loading ---- */

typedef void (*RowReader) (TupleDesc desc, HeapTuple tuple, void *arg);

static void
scan_table(Relation rel, Snapshot snapshot, RowReader read, void *arg)
{
	SysScanDesc scan;
	HeapTuple	tuple;

	scan = systable_beginscan(rel, InvalidOid, false, snapshot, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		read(RelationGetDescr(rel), tuple, arg);
	systable_endscan(scan);
}

static char *
get_text(TupleDesc desc, HeapTuple tuple, int attnum)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, attnum, desc, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static bool
get_bool(TupleDesc desc, HeapTuple tuple, int attnum, bool *isnull)
{
	Datum		value = heap_getattr(tuple, attnum, desc, isnull);

	return *isnull ? false : DatumGetBool(value);
}

static void
read_regime(TupleDesc desc, HeapTuple tuple, void *arg)
{
	List	  **regimes = (List **) arg;
	LoadedRegime *regime = palloc(sizeof(LoadedRegime));
	Oid			relid = tuple->t_tableOid;
	bool		isnull;
	Datum		number;

	number = heap_getattr(tuple, get_attnum(relid, "number"), desc, &isnull);
	regime->number = isnull ? 0 : (uint8) DatumGetInt16(number);
	regime->code = get_text(desc, tuple, get_attnum(relid, "code"));
	if (regime->number != 0 && regime->code != NULL)
		*regimes = lappend(*regimes, regime);
}

/*
 * "bases": {"regime": "basis"}.  A regime that is not known counts where the
 * regime of a person is not known (the strictest of all holds then).
 */
static void
read_bases(EthPurpose *purpose, Jsonb *bases, List *regimes)
{
	JsonbIterator *it = JsonbIteratorInit(&bases->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	EthRegimeBasis *current = NULL;

	purpose->regimes = palloc0(sizeof(EthRegimeBasis) * Max(JB_ROOT_COUNT(bases), 1));
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			char	   *code = pnstrdup(value.val.string.val, value.val.string.len);
			ListCell   *lc;

			current = &purpose->regimes[purpose->nregimes++];
			current->regime = 0;
			current->basis = ETH_BASIS_UNLAWFUL;
			foreach(lc, regimes)
			{
				LoadedRegime *regime = (LoadedRegime *) lfirst(lc);

				if (strcmp(regime->code, code) == 0)
					current->regime = regime->number;
			}
		}
		else if (token == WJB_VALUE && current != NULL && value.type == jbvString)
		{
			char	   *name = pnstrdup(value.val.string.val, value.val.string.len);

			if (!eth_purpose_basis_find(name, &current->basis))
				current->basis = ETH_BASIS_UNLAWFUL;
		}
	}
}

typedef struct ReadPurposes
{
	List	   *regimes;
	int			n;
	int			allocated;
	LoadedPurpose *rows;
} ReadPurposes;

static void
read_purpose(TupleDesc desc, HeapTuple tuple, void *arg)
{
	ReadPurposes *into = (ReadPurposes *) arg;
	LoadedPurpose *row;
	EthPurpose *purpose;
	bool		isnull;
	Datum		value;
	char	   *basis;

	if (into->n == into->allocated)
	{
		into->allocated *= 2;
		into->rows = repalloc(into->rows, sizeof(LoadedPurpose) * into->allocated);
	}
	row = &into->rows[into->n++];
	memset(row, 0, sizeof(LoadedPurpose));
	purpose = &row->purpose;

	purpose->id = DatumGetInt32(heap_getattr(tuple, PURPOSE_ID, desc, &isnull));
	purpose->code = get_text(desc, tuple, PURPOSE_CODE);
	basis = get_text(desc, tuple, PURPOSE_BASIS);
	if (!eth_purpose_basis_find(basis, &purpose->basis))
		purpose->basis = ETH_BASIS_UNLAWFUL;
	value = heap_getattr(tuple, PURPOSE_BASES, desc, &isnull);
	if (!isnull)
		read_bases(purpose, DatumGetJsonbP(value), into->regimes);

	value = heap_getattr(tuple, PURPOSE_PARENTS, desc, &isnull);
	if (!isnull)
	{
		Datum	   *elements;
		bool	   *nulls;
		int			i;

		deconstruct_array(DatumGetArrayTypeP(value), INT4OID, 4, true, TYPALIGN_INT,
						  &elements, &nulls, &row->nparent_ids);
		row->parent_ids = palloc(sizeof(int32) * Max(row->nparent_ids, 1));
		for (i = 0; i < row->nparent_ids; i++)
			row->parent_ids[i] = nulls[i] ? 0 : DatumGetInt32(elements[i]);
	}

	purpose->controller = get_text(desc, tuple, PURPOSE_CONTROLLER);
	purpose->channel = get_text(desc, tuple, PURPOSE_CHANNEL);
	purpose->direct_marketing = get_bool(desc, tuple, PURPOSE_DIRECT_MARKETING,
										 &row->direct_marketing_null);
	purpose->special_ground = get_text(desc, tuple, PURPOSE_SPECIAL_GROUND);
	purpose->restriction_ground = get_text(desc, tuple, PURPOSE_RESTRICTION_GROUND);
	value = heap_getattr(tuple, PURPOSE_CONSENT_LIFETIME, desc, &isnull);
	if (!isnull)
	{
		purpose->consent_lifetime = palloc(sizeof(Interval));
		*purpose->consent_lifetime = *DatumGetIntervalP(value);
	}
	(void) heap_getattr(tuple, PURPOSE_ASSESSMENT, desc, &isnull);
	purpose->assessed = !isnull;
	purpose->review = get_bool(desc, tuple, PURPOSE_REVIEW, &row->review_null);
	(void) heap_getattr(tuple, PURPOSE_RETIRED_AT, desc, &isnull);
	purpose->retired = !isnull;
}

static int
compare_loaded(const void *a, const void *b)
{
	int32		x = ((const LoadedPurpose *) a)->purpose.id;
	int32		y = ((const LoadedPurpose *) b)->purpose.id;

	return (x > y) - (x < y);
}

static int
compare_codes(const void *a, const void *b)
{
	return strcmp((*(EthPurpose *const *) a)->code, (*(EthPurpose *const *) b)->code);
}

static int
index_of(const LoadedPurpose *rows, int n, int32 id)
{
	int			low = 0;
	int			high = n;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (rows[middle].purpose.id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && rows[low].purpose.id == id ? low : -1;
}

/* NULL means: as the parents; of booleans any true one wins. */
static void
inherit(LoadedPurpose *rows, int i)
{
	LoadedPurpose *row = &rows[i];
	EthPurpose *purpose = &row->purpose;
	bool		own_controller = purpose->controller != NULL;
	int			p;

	check_stack_depth();
	if (row->state != 0)
		return;
	row->state = 1;
	for (p = 0; p < purpose->nparents; p++)
	{
		EthPurpose *parent = &rows[purpose->parents[p]].purpose;

		inherit(rows, purpose->parents[p]);
		if (row->direct_marketing_null)
			purpose->direct_marketing |= parent->direct_marketing;
		if (row->review_null)
			purpose->review |= parent->review;
		if (purpose->channel == NULL)
			purpose->channel = parent->channel;
		if (purpose->special_ground == NULL)
			purpose->special_ground = parent->special_ground;
		if (!own_controller && parent->controller != NULL)
		{
			if (purpose->controller == NULL)
				purpose->controller = parent->controller;
			else if (strcmp(purpose->controller, parent->controller) != 0)
				purpose->controllers_differ = true;
		}
	}
	row->state = 2;
}

static void
link_purposes(LoadedPurpose *rows, int n)
{
	bool		changed;
	int			i;
	int			p;

	for (i = 0; i < n; i++)
	{
		EthPurpose *purpose = &rows[i].purpose;

		purpose->index = i;
		purpose->parents = palloc(sizeof(int) * Max(rows[i].nparent_ids, 1));
		for (p = 0; p < rows[i].nparent_ids; p++)
		{
			int			parent = index_of(rows, n, rows[i].parent_ids[p]);

			if (parent < 0)
				purpose->retired = true;	/* whose denials would flow down
											 * is not known */
			else
				purpose->parents[purpose->nparents++] = parent;
		}
		purpose->ancestors = bms_make_singleton(i);
	}

	do
	{
		changed = false;
		for (i = 0; i < n; i++)
		{
			EthPurpose *purpose = &rows[i].purpose;

			for (p = 0; p < purpose->nparents; p++)
			{
				Bitmapset  *above = rows[purpose->parents[p]].purpose.ancestors;

				if (!bms_is_subset(above, purpose->ancestors))
				{
					purpose->ancestors = bms_add_members(purpose->ancestors, above);
					changed = true;
				}
			}
		}
	} while (changed);

	for (i = 0; i < n; i++)
	{
		EthPurpose *purpose = &rows[i].purpose;
		int			above = -1;

		purpose->above = palloc(sizeof(int32) * bms_num_members(purpose->ancestors));
		while ((above = bms_next_member(purpose->ancestors, above)) >= 0)
		{
			if (above != i)
				purpose->above[purpose->nabove++] = rows[above].purpose.id;
		}
		inherit(rows, i);
	}
}

typedef struct ReadGrants
{
	LoadedPurpose *rows;
	int			npurposes;
	bool		collection;
	int			n;
	int			allocated;
	EthGrant   *grants;
	bool		any_pooled;
} ReadGrants;

static void
read_grant(TupleDesc desc, HeapTuple tuple, void *arg)
{
	ReadGrants *into = (ReadGrants *) arg;
	EthGrant   *grant;
	bool		isnull;
	Datum		value;
	int			index;

	value = heap_getattr(tuple, into->collection ? COLLECTION_PURPOSE : GRANT_PURPOSE, desc, &isnull);
	index = index_of(into->rows, into->npurposes, DatumGetInt32(value));
	if (index < 0)
		return;
	if (into->n == into->allocated)
	{
		into->allocated *= 2;
		into->grants = repalloc(into->grants, sizeof(EthGrant) * into->allocated);
	}
	grant = &into->grants[into->n++];
	memset(grant, 0, sizeof(EthGrant));
	grant->purpose = index;
	grant->valid_until = DT_NOEND;
	value = heap_getattr(tuple, into->collection ? COLLECTION_GRANTEE : GRANT_GRANTEE, desc, &isnull);
	grant->grantee = *DatumGetName(value);
	value = heap_getattr(tuple, into->collection ? COLLECTION_GRANTEE_OID : GRANT_GRANTEE_OID, desc, &isnull);
	grant->grantee_oid = DatumGetObjectId(value);
	if (into->collection)
		return;

	grant->as_default = get_bool(desc, tuple, GRANT_AS_DEFAULT, &isnull);
	grant->pooled = get_bool(desc, tuple, GRANT_POOLED, &isnull);
	grant->token_required = get_bool(desc, tuple, GRANT_TOKEN_REQUIRED, &isnull);
	grant->asserted_by = get_text(desc, tuple, GRANT_ASSERTED_BY);
	into->any_pooled |= grant->pooled || grant->token_required || grant->asserted_by != NULL;
	value = heap_getattr(tuple, GRANT_ASSERTER, desc, &isnull);
	if (!isnull)
		grant->asserter = *DatumGetName(value);
	value = heap_getattr(tuple, GRANT_ASSERTER_OID, desc, &isnull);
	grant->asserter_oid = isnull ? InvalidOid : DatumGetObjectId(value);
	value = heap_getattr(tuple, GRANT_VALID_UNTIL, desc, &isnull);
	if (!isnull)
		grant->valid_until = DatumGetTimestampTz(value);
}

/* A key that cannot be one is left out: nothing is signed by it. */
static void
read_key(TupleDesc desc, HeapTuple tuple, void *arg)
{
	List	  **keys = (List **) arg;
	EthTokenKey *key = palloc0(sizeof(EthTokenKey));
	bool		isnull;
	Datum		value;
	bytea	   *bytes;

	key->id = get_text(desc, tuple, KEY_ID);
	value = heap_getattr(tuple, KEY_PUBLIC_KEY, desc, &isnull);
	if (isnull || key->id == NULL)
		return;
	bytes = DatumGetByteaPP(value);
	if (VARSIZE_ANY_EXHDR(bytes) != sizeof(key->public_key))
		return;
	memcpy(key->public_key, VARDATA_ANY(bytes), sizeof(key->public_key));
	key->audience = get_text(desc, tuple, KEY_AUDIENCE);
	key->single_use = get_bool(desc, tuple, KEY_SINGLE_USE, &isnull) || isnull;
	*keys = lappend(*keys, key);
}

/*
 * "self": no answer is asked for it and nothing denies it, since it lets a person see
 * what is the person's own; special categories are no exception to that.
 */
static void
add_self(ReadPurposes *into)
{
	LoadedPurpose *row;

	if (into->n == into->allocated)
		into->rows = repalloc(into->rows, sizeof(LoadedPurpose) * ++into->allocated);
	row = &into->rows[into->n++];
	memset(row, 0, sizeof(LoadedPurpose));
	row->purpose.code = pstrdup(ETH_CODE_SELF);
	row->purpose.id = eth_purpose_id(ETH_CODE_SELF);
	row->purpose.basis = ETH_BASIS_LEGAL_OBLIGATION;
	row->purpose.special_ground = pstrdup("the data subject's own access");
	row->purpose.self = true;
}

static Catalogue *
load_catalogue(Oid relid)
{
	MemoryContext context;
	MemoryContext old;
	Catalogue  *result;
	Relation	purposes;
	Relation	grants;
	Relation	collections;
	Relation	keys;
	Relation	regimes = NULL;
	Oid			regime_relid = eth_core_relid("regime", true);
	Snapshot	snapshot;
	ReadPurposes rows;
	ReadGrants	read;
	int			i;

	context = AllocSetContextCreate(CurrentMemoryContext, "ethdata purposes",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	result = palloc0(sizeof(Catalogue));
	result->context = context;
	result->relid = relid;

	purposes = eth_core_table_open("purpose", AccessShareLock, PURPOSE_NATTS, purpose_types);
	grants = eth_core_table_open("purpose_grant", AccessShareLock, GRANT_NATTS, grant_types);
	collections = eth_core_table_open("collection_grant", AccessShareLock, COLLECTION_NATTS,
									  collection_types);
	keys = eth_core_table_open("token_key", AccessShareLock, KEY_NATTS, key_types);
	if (OidIsValid(regime_relid))
		regimes = table_open(regime_relid, AccessShareLock);

	eth_core_policy_watch(RelationGetRelid(purposes));
	eth_core_policy_watch(RelationGetRelid(grants));
	eth_core_policy_watch(RelationGetRelid(collections));
	eth_core_policy_watch(RelationGetRelid(keys));
	if (regimes != NULL)
		eth_core_policy_watch(regime_relid);

	/* our tables have no syscache, so this snapshot is a fresh one */
	snapshot = GetCatalogSnapshot(relid);
	eth_core_policy_mark(&result->mark, snapshot);
	snapshot = RegisterSnapshot(snapshot);

	memset(&rows, 0, sizeof(rows));
	rows.allocated = 32;
	rows.rows = palloc(sizeof(LoadedPurpose) * rows.allocated);
	if (regimes != NULL)
		scan_table(regimes, snapshot, read_regime, &rows.regimes);
	scan_table(purposes, snapshot, read_purpose, &rows);
	add_self(&rows);
	qsort(rows.rows, rows.n, sizeof(LoadedPurpose), compare_loaded);
	link_purposes(rows.rows, rows.n);

	memset(&read, 0, sizeof(read));
	read.rows = rows.rows;
	read.npurposes = rows.n;
	read.allocated = 32;
	read.grants = palloc(sizeof(EthGrant) * read.allocated);
	scan_table(grants, snapshot, read_grant, &read);
	result->ngrants = read.n;
	result->grants = read.grants;
	result->any_pooled = read.any_pooled;

	read.collection = true;
	read.n = 0;
	read.allocated = 32;
	read.grants = palloc(sizeof(EthGrant) * read.allocated);
	scan_table(collections, snapshot, read_grant, &read);
	result->ncollections = read.n;
	result->collections = read.grants;
	scan_table(keys, snapshot, read_key, &result->keys);

	UnregisterSnapshot(snapshot);
	if (regimes != NULL)
		table_close(regimes, AccessShareLock);
	table_close(keys, AccessShareLock);
	table_close(collections, AccessShareLock);
	table_close(grants, AccessShareLock);
	table_close(purposes, AccessShareLock);

	result->npurposes = rows.n;
	result->purposes = palloc(sizeof(EthPurpose) * Max(rows.n, 1));
	result->by_code = palloc(sizeof(EthPurpose *) * Max(rows.n, 1));
	for (i = 0; i < rows.n; i++)
	{
		result->purposes[i] = rows.rows[i].purpose;
		result->by_code[i] = &result->purposes[i];
	}
	qsort(result->by_code, rows.n, sizeof(EthPurpose *), compare_codes);
	pfree(rows.rows);

	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, CacheMemoryContext);
	return result;
}

static void
drop_catalogue(void)
{
	MemoryContext context;

	if (catalogue == NULL)
		return;
	context = catalogue->context;
	catalogue = NULL;
	eth_purpose_catalogue_version++;

	/*
	 * Without preload it may be loaded again while a caller holds pointers
	 * into it; it then goes with the transaction.
	 */
	if (eth_core_preloaded || !IsTransactionState())
		MemoryContextDelete(context);
	else
		MemoryContextSetParent(context, TopTransactionContext);
}

/*
 * At most one load for an instant: rows of one statement are decided by one
 * policy, and pointers into the catalogue stay good until another statement
 * runs, also a nested one.  Without preload statements are not counted, and the
 * mark alone is asked.
 */
void
eth_purpose_catalogue_refresh(void)
{
	Oid			relid;
	Catalogue  *loaded;

	if (catalogue != NULL && eth_core_preloaded &&
		eth_core_instant_is_now(&checked_at))
		return;

	relid = eth_core_relid("purpose", true);
	if (!OidIsValid(relid))
	{
		drop_catalogue();		/* the extension is gone, or not there yet */
		return;
	}
	if (catalogue == NULL || catalogue->relid != relid ||
		!eth_core_policy_mark_valid(&catalogue->mark))
	{
		loaded = load_catalogue(relid);
		drop_catalogue();
		catalogue = loaded;
		eth_purpose_catalogue_version++;
	}
	eth_core_instant(&checked_at);
}

void
eth_purpose_catalogue_recheck(void)
{
	if (catalogue != NULL && !eth_core_policy_mark_valid(&catalogue->mark))
		drop_catalogue();
	eth_purpose_catalogue_refresh();
}

void
eth_purpose_catalogue_forget(void)
{
	drop_catalogue();
}

/* ---- asking ---- */

int
eth_purpose_count(void)
{
	eth_purpose_catalogue_refresh();
	return catalogue ? catalogue->npurposes : 0;
}

const EthPurpose *
eth_purpose_by_index(int index)
{
	if (catalogue == NULL || index < 0 || index >= catalogue->npurposes)
		elog(ERROR, "purpose index %d out of range", index);
	return &catalogue->purposes[index];
}

const EthPurpose *
eth_purpose_by_id(int32 id)
{
	int			low = 0;
	int			high;

	eth_purpose_catalogue_refresh();
	if (catalogue == NULL)
		return NULL;
	high = catalogue->npurposes;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (catalogue->purposes[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < catalogue->npurposes && catalogue->purposes[low].id == id)
		return &catalogue->purposes[low];
	return NULL;
}

const EthPurpose *
eth_purpose_by_code(const char *code, bool missing_ok)
{
	eth_purpose_catalogue_refresh();
	if (catalogue != NULL)
	{
		int			low = 0;
		int			high = catalogue->npurposes;

		while (low < high)
		{
			int			middle = (low + high) / 2;

			if (strcmp(catalogue->by_code[middle]->code, code) < 0)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < catalogue->npurposes &&
			strcmp(catalogue->by_code[low]->code, code) == 0)
			return catalogue->by_code[low];
	}
	if (!missing_ok)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("purpose \"%s\" does not exist", eth_core_shown(code)),
				 errhint("Purposes are defined with ethdata.define_purpose() and listed in ethdata.purpose.")));
	return NULL;
}

bool
eth_purpose_below(const EthPurpose *a, const EthPurpose *b)
{
	return bms_is_member(b->index, a->ancestors);
}

int
eth_purpose_grant_count(void)
{
	return catalogue ? catalogue->ngrants : 0;
}

const EthGrant *
eth_purpose_grant_at(int i)
{
	return &catalogue->grants[i];
}

int
eth_purpose_collection_count(void)
{
	return catalogue ? catalogue->ncollections : 0;
}

const EthGrant *
eth_purpose_collection_at(int i)
{
	return &catalogue->collections[i];
}

bool
eth_purpose_any_pooled(void)
{
	return catalogue && catalogue->any_pooled;
}

const EthTokenKey *
eth_purpose_token_key(const char *id)
{
	ListCell   *lc;

	eth_purpose_catalogue_refresh();
	if (catalogue == NULL)
		return NULL;
	foreach(lc, catalogue->keys)
	{
		const EthTokenKey *key = (const EthTokenKey *) lfirst(lc);

		if (strcmp(key->id, id) == 0)
			return key;
	}
	return NULL;
}
