/*
 * cache.c
 *		Classes of subjects, regimes, jurisdictions and notices: this backend's
 *		copy of the tables.
 *
 * The copy is loaded whole under one fresh snapshot into one memory context and
 * is valid while core's policy mark says so (every write of these tables raises
 * it) and no class's table had a relcache invalidation (its columns may have
 * changed).  It is dropped with all pointers into it by the next refresh: the
 * public functions here refresh, so callers copy what they keep.
 *
 * Classes name their columns by name.  A name that no longer exists makes the
 * class incomplete: nobody can agree to anything then, while denials are recorded
 * and decisions taken without what the column would say.
 *
 * A class's columns are looked up when it is first asked for: a database may have
 * thousands of classes, and most sessions meet few of them.
 *
 * Locks: AccessShareLock on our own tables while loading; none on the classes'
 * tables, whose columns come from syscaches.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "consent/class.h"

typedef struct Regime
{
	uint8		number;
	char	   *code;
	bool		opt_out;
	Interval   *no_reprompt;
} Regime;

typedef struct Jurisdiction
{
	char	   *code;			/* upper case */
	bool		shipped;
	uint8		regime;
} Jurisdiction;

/* What a class's row says of the columns of its table. */
typedef struct Columns
{
	bool		resolved;		/* the class has them */
	ArrayType  *key;			/* NULL: the primary key */
	ArrayType  *key_types;
	char	   *birth_date;
	char	   *jurisdiction;
} Columns;

typedef struct Cache
{
	MemoryContext context;
	EthMark		mark;
	int			nclasses;
	EthClass   *classes;
	Columns    *columns;		/* of each class */
	int			last;			/* the class that was found last */
	int			nregimes;
	Regime	   *regimes;
	int			njurisdictions;
	Jurisdiction *jurisdictions;
	int			nnotices;
	EthNotice  *notices;
} Cache;

static Cache *cache = NULL;
static bool stale = true;
static uint64 invalidations = 0;	/* of any relation: counted while a copy
									 * is loaded */
uint64		eth_consent_cache_version = 0;

static const struct
{
	uint8		number;
	const char *code;
}			shipped_regimes[] =

{
	{1, "gdpr"},
	{2, "ccpa"},
	{3, "dpdp"}
};

/* ------------------------------------------------------------------- load */

/* A relation changed: were its columns those of a class? */
static void
relation_changed(Datum arg, Oid relid)
{
	int			i;

	invalidations++;
	if (cache == NULL || stale)
		return;
	if (!OidIsValid(relid))
	{
		stale = true;
		return;
	}
	for (i = 0; i < cache->nclasses; i++)
	{
		if (cache->classes[i].relid == relid)
			stale = true;
	}
}

void
eth_consent_cache_forget(void)
{
	stale = true;
}

void
eth_consent_cache_forget_unsettled(void)
{
	if (cache != NULL && !cache->mark.lasting)
		stale = true;
}

static char *
text_attribute(HeapTuple tuple, TupleDesc desc, const char *name)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, SPI_fnumber(desc, name), desc, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static char *
name_attribute(HeapTuple tuple, TupleDesc desc, const char *name)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, SPI_fnumber(desc, name), desc, &isnull);

	return isnull ? NULL : pstrdup(NameStr(*DatumGetName(value)));
}

static Datum
plain_attribute(HeapTuple tuple, TupleDesc desc, const char *name, bool *isnull)
{
	return heap_getattr(tuple, SPI_fnumber(desc, name), desc, isnull);
}

/* Columns of the class as the table has them now. */
static void
resolve_columns(EthClass *class, ArrayType *names, const char *birth_date, const char *jurisdiction)
{
	int			i;

	class->missing = NULL;
	class->head_missing = NULL;
	if (!OidIsValid(class->relid) ||
		!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(class->relid)))
	{
		class->relid = InvalidOid;
		class->missing = "";
		return;
	}
	if (names == NULL)
	{
		int			n = eth_consent_primary_key(class->relid, class->keys, ETH_MAX_KEYS);

		if (n == 0 || n > ETH_MAX_KEYS)
			class->missing = "primary key";
		else
			class->nkeys = n;
	}
	else
	{
		Datum	   *elements;
		int			n;

		deconstruct_array(names, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
						  &elements, NULL, &n);
		class->nkeys = Min(n, ETH_MAX_KEYS);
		for (i = 0; i < class->nkeys; i++)
		{
			class->keys[i] = get_attnum(class->relid, NameStr(*DatumGetName(elements[i])));
			if (class->keys[i] <= 0)
				class->missing = pstrdup(NameStr(*DatumGetName(elements[i])));
		}
	}
	for (i = 0; i < class->nkeys && class->missing == NULL; i++)
		class->key_types[i] = get_atttype(class->relid, class->keys[i]);
	if (birth_date != NULL)
	{
		class->birth_date = get_attnum(class->relid, birth_date);
		if (class->birth_date <= 0)
			class->head_missing = pstrdup(birth_date);
	}
	if (jurisdiction != NULL)
	{
		class->jurisdiction = get_attnum(class->relid, jurisdiction);
		if (class->jurisdiction <= 0)
			class->head_missing = pstrdup(jurisdiction);
	}
}

/* Without its key columns a class still knows what its persons' keys are. */
static void
take_recorded_types(EthClass *class, ArrayType *types)
{
	Datum	   *elements;
	int			n;
	int			i;

	deconstruct_array(types, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &n);
	class->nkeys = Min(n, ETH_MAX_KEYS);
	for (i = 0; i < class->nkeys; i++)
	{
		class->keys[i] = InvalidAttrNumber;
		class->key_types[i] = eth_consent_key_type_by_name(TextDatumGetCString(elements[i]));
	}
}

/*
 * Do the key columns still make the kind of key under which consent was
 * recorded?  A column that changed its type must not find other people.
 */
static bool
kind_holds(const EthClass *class)
{
	Oid			base;

	if (class->key_kind == ETH_KEY_TEXT)
		return true;
	if (class->nkeys != 1)
		return false;
	base = getBaseType(class->key_types[0]);
	if (class->key_kind == ETH_KEY_UUID)
		return base == UUIDOID;
	return base == INT2OID || base == INT4OID || base == INT8OID;
}

/* Reads a table whole; returns the number of rows, each handed to "take". */
static int
load_table(const char *name, Snapshot snapshot, Cache *fresh,
		   void (*take) (Cache *fresh, HeapTuple tuple, TupleDesc desc))
{
	Relation	rel = table_open(eth_core_relid(name, false), AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, snapshot, 0, NULL);
	HeapTuple	tuple;
	int			n = 0;

	while ((tuple = systable_getnext(scan)) != NULL)
	{
		n++;
		take(fresh, tuple, RelationGetDescr(rel));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return n;
}

/* Room for one more element; arrays grow by doubling. */
#define MAKE_ROOM(array, n, type) \
	do { \
		if ((n) == 0) \
			(array) = palloc(8 * sizeof(type)); \
		else if ((n) >= 8 && ((n) & ((n) - 1)) == 0) \
			(array) = repalloc((array), 2 * sizeof(type) * (n)); \
	} while (0)

static void
take_class(Cache *fresh, HeapTuple tuple, TupleDesc desc)
{
	EthClass   *class;
	bool		isnull;
	Columns    *columns;
	Datum		value;
	char	   *kind;

	MAKE_ROOM(fresh->classes, fresh->nclasses, EthClass);
	MAKE_ROOM(fresh->columns, fresh->nclasses, Columns);
	columns = &fresh->columns[fresh->nclasses];
	class = &fresh->classes[fresh->nclasses++];
	memset(class, 0, sizeof(EthClass));
	memset(columns, 0, sizeof(Columns));
	class->id = DatumGetInt32(plain_attribute(tuple, desc, "id", &isnull));
	class->relid = DatumGetObjectId(plain_attribute(tuple, desc, "relation", &class->dropped));
	if (class->dropped)
		class->relid = InvalidOid;
	class->code = text_attribute(tuple, desc, "code");
	class->kind = text_attribute(tuple, desc, "kind");
	kind = text_attribute(tuple, desc, "key_kind");
	class->key_kind = strcmp(kind, "bigint") == 0 ? ETH_KEY_BIGINT :
		strcmp(kind, "uuid") == 0 ? ETH_KEY_UUID : ETH_KEY_TEXT;
	value = plain_attribute(tuple, desc, "key_columns", &isnull);
	if (!isnull)
		columns->key = DatumGetArrayTypePCopy(value);
	columns->key_types = DatumGetArrayTypePCopy(plain_attribute(tuple, desc, "key_types", &isnull));
	columns->birth_date = name_attribute(tuple, desc, "birth_date");
	columns->jurisdiction = name_attribute(tuple, desc, "jurisdiction");
}

static void
take_regime(Cache *fresh, HeapTuple tuple, TupleDesc desc)
{
	Regime	   *regime;
	bool		isnull;
	Datum		wait;

	MAKE_ROOM(fresh->regimes, fresh->nregimes, Regime);
	regime = &fresh->regimes[fresh->nregimes++];
	regime->number = (uint8) DatumGetInt16(plain_attribute(tuple, desc, "number", &isnull));
	regime->code = text_attribute(tuple, desc, "code");
	regime->opt_out = DatumGetBool(plain_attribute(tuple, desc, "opt_out_default", &isnull));
	wait = plain_attribute(tuple, desc, "no_reprompt", &isnull);
	regime->no_reprompt = NULL;
	if (!isnull)
	{
		regime->no_reprompt = palloc(sizeof(Interval));
		memcpy(regime->no_reprompt, DatumGetIntervalP(wait), sizeof(Interval));
	}
}

/* A regime that is not there (any more) is not known: the strictest holds. */
static void
take_jurisdiction(Cache *fresh, HeapTuple tuple, TupleDesc desc)
{
	Jurisdiction *jurisdiction;
	char	   *regime = text_attribute(tuple, desc, "regime");
	bool		isnull;
	int			i;

	MAKE_ROOM(fresh->jurisdictions, fresh->njurisdictions, Jurisdiction);
	jurisdiction = &fresh->jurisdictions[fresh->njurisdictions++];
	jurisdiction->code = text_attribute(tuple, desc, "code");
	jurisdiction->shipped = DatumGetBool(plain_attribute(tuple, desc, "shipped", &isnull));
	jurisdiction->regime = ETH_REGIME_UNKNOWN;
	for (i = 0; i < fresh->nregimes; i++)
	{
		if (strcmp(fresh->regimes[i].code, regime) == 0)
			jurisdiction->regime = fresh->regimes[i].number;
	}
}

static int
compare_jurisdictions(const void *a, const void *b)
{
	const Jurisdiction *x = (const Jurisdiction *) a;
	const Jurisdiction *y = (const Jurisdiction *) b;
	int			order = strcmp(x->code, y->code);

	return order != 0 ? order : (int) x->shipped - (int) y->shipped;
}

/* By code, one for each: the site's own row before the shipped one. */
static void
sort_jurisdictions(Cache *fresh)
{
	int			kept = 0;
	int			i;

	if (fresh->njurisdictions == 0)
		return;
	qsort(fresh->jurisdictions, fresh->njurisdictions, sizeof(Jurisdiction), compare_jurisdictions);
	for (i = 0; i < fresh->njurisdictions; i++)
	{
		if (kept == 0 || strcmp(fresh->jurisdictions[i].code, fresh->jurisdictions[kept - 1].code) != 0)
			fresh->jurisdictions[kept++] = fresh->jurisdictions[i];
	}
	fresh->njurisdictions = kept;
}

static void
take_notice(Cache *fresh, HeapTuple tuple, TupleDesc desc)
{
	EthNotice  *notice;
	bool		isnull;
	Datum		purposes;
	Datum	   *elements;
	int			i;

	MAKE_ROOM(fresh->notices, fresh->nnotices, EthNotice);
	notice = &fresh->notices[fresh->nnotices++];
	notice->code = text_attribute(tuple, desc, "code");
	notice->id = eth_purpose_id(notice->code);
	notice->valid_from = DatumGetTimestampTz(plain_attribute(tuple, desc, "valid_from", &isnull));
	notice->published_at = DatumGetTimestampTz(plain_attribute(tuple, desc, "published_at", &isnull));
	notice->reconsent = DatumGetBool(plain_attribute(tuple, desc, "reconsent", &isnull));
	purposes = plain_attribute(tuple, desc, "purposes", &isnull);
	deconstruct_array(DatumGetArrayTypeP(purposes), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, NULL, &notice->npurposes);
	notice->purposes = palloc(Max(notice->npurposes, 1) * sizeof(int32));
	for (i = 0; i < notice->npurposes; i++)
		notice->purposes[i] = eth_purpose_id(TextDatumGetCString(elements[i]));
}

/* The tables of which the copy is made. */
static const char *const tables[] = {"subject_class", "regime", "jurisdiction", "notice"};

/*
 * Reads a new copy, in a context of its own below the current one: it goes with an
 * error, and what was there before stays, as stale as it was.
 */
static Cache *
load(void)
{
	MemoryContext context;
	MemoryContext around;
	Snapshot	snapshot;
	Cache	   *fresh;
	size_t		i;

	context = AllocSetContextCreate(CurrentMemoryContext, "ethdata subject classes",
									ALLOCSET_SMALL_SIZES);
	around = MemoryContextSwitchTo(context);
	fresh = palloc0(sizeof(Cache));
	fresh->context = context;

	for (i = 0; i < lengthof(tables); i++)
		eth_core_policy_watch(eth_core_relid(tables[i], false));
	snapshot = GetCatalogSnapshot(eth_core_relid("subject_class", false));
	eth_core_policy_mark(&fresh->mark, snapshot);
	snapshot = RegisterSnapshot(snapshot);
	(void) load_table("subject_class", snapshot, fresh, take_class);
	(void) load_table("regime", snapshot, fresh, take_regime);
	(void) load_table("jurisdiction", snapshot, fresh, take_jurisdiction);
	sort_jurisdictions(fresh);
	(void) load_table("notice", snapshot, fresh, take_notice);
	UnregisterSnapshot(snapshot);

	MemoryContextSwitchTo(around);
	return fresh;
}

/*
 * Loading takes locks and so takes in invalidations: it is done again when one
 * came, since the columns of a class may have been read before it.
 */
void
eth_consent_cache_refresh(void)
{
	Cache	   *fresh;
	uint64		before;
	int			attempts = 0;

	if (cache != NULL && !stale && eth_core_policy_mark_valid(&cache->mark))
		return;
	for (;;)
	{
		before = invalidations;
		fresh = load();
		if (before == invalidations || ++attempts >= 100)
			break;
		MemoryContextDelete(fresh->context);
	}
	MemoryContextSetParent(fresh->context, CacheMemoryContext);
	if (cache != NULL)
		MemoryContextDelete(cache->context);
	cache = fresh;
	eth_consent_cache_version++;
	stale = before != invalidations;
}

/* ---------------------------------------------------------------- regimes */

const char *
eth_consent_regime_shipped_code(uint8 regime)
{
	int			i;

	for (i = 0; i < (int) lengthof(shipped_regimes); i++)
	{
		if (shipped_regimes[i].number == regime)
			return shipped_regimes[i].code;
	}
	return NULL;
}

uint8
eth_consent_regime_shipped_number(const char *code)
{
	int			i;

	for (i = 0; i < (int) lengthof(shipped_regimes); i++)
	{
		if (strcmp(shipped_regimes[i].code, code) == 0)
			return shipped_regimes[i].number;
	}
	return ETH_REGIME_UNKNOWN;
}

int
eth_consent_regime_count(void)
{
	eth_consent_cache_refresh();
	return cache->nregimes;
}

uint8
eth_consent_regime_at(int i)
{
	return cache->regimes[i].number;
}

static const Regime *
find_regime(uint8 number)
{
	int			i;

	if (number == ETH_REGIME_UNKNOWN)
		return NULL;
	eth_consent_cache_refresh();
	for (i = 0; i < cache->nregimes; i++)
	{
		if (cache->regimes[i].number == number)
			return &cache->regimes[i];
	}
	return NULL;
}

const char *
eth_consent_regime_code(uint8 number)
{
	const Regime *regime = find_regime(number);

	return regime ? regime->code : NULL;
}

bool
eth_consent_regime_opt_out(uint8 number)
{
	const Regime *regime = find_regime(number);

	return regime != NULL && regime->opt_out;
}

const Interval *
eth_consent_regime_no_reprompt(uint8 number)
{
	const Regime *regime = find_regime(number);

	return regime ? regime->no_reprompt : NULL;
}

static const Jurisdiction *
find_jurisdiction(const char *code)
{
	int			low = 0;
	int			high = cache->njurisdictions;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int			order = strcmp(cache->jurisdictions[middle].code, code);

		if (order == 0)
			return &cache->jurisdictions[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* A subdivision that is not listed has the regime of its country. */
uint8
eth_consent_regime_of_jurisdiction(const char *jurisdiction)
{
	char		code[16];
	const Jurisdiction *found;
	char	   *dash;
	int			i;

	for (i = 0; jurisdiction[i] != '\0'; i++)
	{
		if (i == sizeof(code) - 1)
			return ETH_REGIME_UNKNOWN;	/* longer than any that can be listed */
		code[i] = pg_ascii_toupper((unsigned char) jurisdiction[i]);
	}
	code[i] = '\0';
	eth_consent_cache_refresh();
	found = find_jurisdiction(code);
	if (found == NULL && (dash = strchr(code, '-')) != NULL)
	{
		*dash = '\0';
		found = find_jurisdiction(code);
	}
	return found != NULL ? found->regime : ETH_REGIME_UNKNOWN;
}

/* ---------------------------------------------------------------- notices */

int
eth_consent_notice_count(void)
{
	eth_consent_cache_refresh();
	return cache->nnotices;
}

/* Call eth_consent_notice_count() before. */
const EthNotice *
eth_consent_notice_at(int i)
{
	return &cache->notices[i];
}

const EthNotice *
eth_consent_notice_by_code(const char *code)
{
	int			i;

	eth_consent_cache_refresh();
	for (i = 0; i < cache->nnotices; i++)
	{
		if (strcmp(cache->notices[i].code, code) == 0)
			return &cache->notices[i];
	}
	return NULL;
}

bool
eth_consent_notice_covers(const EthNotice *notice, int32 purpose)
{
	int			i;

	for (i = 0; i < notice->npurposes; i++)
	{
		if (notice->purposes[i] == purpose)
			return true;
	}
	return false;
}

bool
eth_consent_notice_published(const EthPurpose *purpose, TimestampTz at, TimestampTz known_at)
{
	int32		id = purpose->id;
	int			i;

	eth_consent_cache_refresh();
	for (i = 0; i < cache->nnotices; i++)
	{
		if (cache->notices[i].valid_from <= at && cache->notices[i].published_at <= known_at &&
			eth_consent_notice_covers(&cache->notices[i], id))
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- classes */

/* The class with its columns as its table has them now. */
static EthClass *
resolved_class(int i)
{
	EthClass   *class = &cache->classes[i];
	Columns    *columns = &cache->columns[i];
	MemoryContext around;

	if (columns->resolved)
		return class;
	around = MemoryContextSwitchTo(cache->context);
	resolve_columns(class, columns->key, columns->birth_date, columns->jurisdiction);
	if (class->missing == NULL && !kind_holds(class))
		class->missing = pstrdup(get_attname(class->relid, class->keys[0], false));
	if (class->missing != NULL)
		take_recorded_types(class, columns->key_types);
	MemoryContextSwitchTo(around);
	columns->resolved = true;
	return class;
}

/*
 * By its table, or by its id where the table is InvalidOid; NULL: there is none.
 * Looking columns up may take in that they just changed: then once more.
 */
static const EthClass *
find_class(Oid relid, int32 id)
{
	const EthClass *class = NULL;
	int			attempts = 0;
	int			i;

	do
	{
		eth_consent_cache_refresh();

#define IS_MEANT(i) (OidIsValid(relid) ? cache->classes[i].relid == relid : cache->classes[i].id == id)
		i = cache->last;
		if (i >= cache->nclasses || !IS_MEANT(i))
		{
			for (i = 0; i < cache->nclasses && !IS_MEANT(i); i++)
				;
		}
		if (i == cache->nclasses)
			return NULL;
#undef IS_MEANT
		cache->last = i;
		class = resolved_class(i);
	} while (stale && ++attempts < 100);
	return OidIsValid(relid) && class->relid != relid ? NULL : class;
}

const EthClass *
eth_consent_class_find(Oid relid)
{
	return OidIsValid(relid) ? find_class(relid, 0) : NULL;
}

const EthClass *
eth_consent_class_by_id(int32 id)
{
	return find_class(InvalidOid, id);
}

int
eth_consent_class_count(void)
{
	eth_consent_cache_refresh();
	return cache->nclasses;
}

/* Call eth_consent_class_count() before. */
int32
eth_consent_class_id_at(int i)
{
	return cache->classes[i].id;
}

bool
eth_consent_class_dropped_at(int i)
{
	return cache->classes[i].dropped;
}

Oid
eth_consent_class_relid_at(int i)
{
	Oid			relid = cache->classes[i].relid;

	return OidIsValid(relid) && SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)) ? relid : InvalidOid;
}

void
eth_consent_class_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}
