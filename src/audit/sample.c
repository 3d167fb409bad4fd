/*
 * sample.c
 *		Do a few values of a column look personal?
 *
 * Rows are read straight from the table, without a plan: the caller may hold no
 * right on it, the rules must not mask what is looked for, and no code of the
 * site's may run (no view, policy, type or operator is asked).  Only types of
 * core are looked into.  What leaves this file are counts; no value does, in no
 * message either.
 *
 * The effort is bounded: at most 200 rows of at most 32 pages in four places of
 * a table, values of more than 2000 bytes are skipped, and the lock on the
 * table, ACCESS SHARE, is taken only if it can be had at once.
 */
#include "postgres.h"

#include <sys/socket.h>

#include "access/detoast.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "port.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/inet.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "audit/check.h"
#include "mask/mask.h"

#define SAMPLE_ROWS		200
#define SAMPLE_PLACES	4
#define PLACE_BLOCKS	8
#define MAX_VALUE_BYTES	2000

/* so many texts with an address inside are no accident */
#define ENOUGH_INSIDE	3

/* dates of birth are of people: none older than this */
#define OLDEST_YEARS	120

bool
eth_check_can_sample(Oid type)
{
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case JSONOID:
		case JSONBOID:
		case INETOID:
		case DATEOID:
			return true;
		default:
			return false;
	}
}

/* ---- texts ---- */

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IS_HIGHBIT_SET(c);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_local(char c)
{
	return is_letter(c) || is_digit(c) || (c != '\0' && strchr("._%+-'", c) != NULL);
}

/*
 * Is there an e-mail address in the text?  *whole: and nothing beside it.  Signs
 * before an @, and after it a name with a dot whose last part has letters only.
 */
static bool
has_email(const char *text, int len, bool *whole)
{
	int			i;

	*whole = false;
	for (i = 1; i < len - 3; i++)
	{
		int			from = i;
		int			to = i + 1;
		int			dot = -1;
		bool		letters = true;

		if (text[i] != '@')
			continue;
		while (from > 0 && is_local(text[from - 1]))
			from--;
		while (to < len && (is_letter(text[to]) || is_digit(text[to]) || text[to] == '-' || text[to] == '.'))
		{
			if (text[to] == '.')
			{
				dot = to;
				letters = true;
			}
			else if (!is_letter(text[to]))
				letters = false;
			to++;
		}
		/* the full stop of a sentence */
		if (to > 0 && text[to - 1] == '.')
		{
			to--;
			for (dot = to - 1; dot > i && text[dot] != '.'; dot--)
				;
			letters = true;
		}
		if (from < i && dot > i + 1 && to - dot > 2 && letters)
		{
			*whole = from == 0 && to == len;
			return true;
		}
	}
	return false;
}

/*
 * Digits with signs that numbers are written with.  Many numbers are no phone
 * numbers: it begins with "+", or with 0 or "(" and has something between its digits.
 */
static bool
is_phone(const char *text, int len)
{
	int			digits = 0;
	int			between = 0;
	int			i;

	for (i = 0; i < len; i++)
	{
		if (is_digit(text[i]))
			digits++;
		else if (text[i] == '+' && i == 0)
			continue;
		else if (strchr(" -/().", text[i]) != NULL && text[i] != '\0')
			between++;
		else
			return false;
	}
	if (digits < 7 || digits > 15)
		return false;
	return text[0] == '+' || ((text[0] == '0' || text[0] == '(') && between > 0);
}

static bool
is_address(const char *text, int len)
{
	char		copy[48];
	unsigned char parsed[16 + 2];
	int			dots = 0;
	int			colons = 0;
	int			i;

	if (len < 3 || len >= (int) sizeof(copy))
		return false;
	for (i = 0; i < len; i++)
	{
		if (text[i] == '.')
			dots++;
		else if (text[i] == ':')
			colons++;
		else if (!is_digit(text[i]) && !(text[i] >= 'a' && text[i] <= 'f') && !(text[i] >= 'A' && text[i] <= 'F'))
			return false;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (colons >= 2)
		return pg_inet_net_pton(PGSQL_AF_INET6, copy, parsed, -1) >= 0;
	return dots == 3 && colons == 0 && pg_inet_net_pton(PGSQL_AF_INET, copy, parsed, -1) == 32;
}

static void
look_at_text(EthSample *column, const char *text, int len)
{
	bool		whole;

	while (len > 0 && text[len - 1] == ' ')
		len--;
	while (len > 0 && *text == ' ')
	{
		text++;
		len--;
	}
	if (len == 0)
		return;
	column->values++;
	if (has_email(text, len, &whole))
	{
		column->inside++;
		if (whole)
			column->hits[ETH_LOOKS_EMAIL]++;
	}
	else if (eth_mask_is_iban(text, len))
		column->hits[ETH_LOOKS_ACCOUNT]++;
	else if (eth_mask_is_card(text, len))
		column->hits[ETH_LOOKS_CARD]++;
	else if (is_address(text, len))
		column->hits[ETH_LOOKS_NETWORK]++;
	else if (is_phone(text, len))
		column->hits[ETH_LOOKS_PHONE]++;
}

/* ---- other types ---- */

/* In a document: is there an address in one of its strings?  Counts as one value. */
static void
look_at_jsonb(EthSample *column, Jsonb *document)
{
	JsonbIterator *it = JsonbIteratorInit(&document->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	bool		whole;

	column->values++;
	while ((token = JsonbIteratorNext(&it, &value, false)) != WJB_DONE)
	{
		if ((token == WJB_VALUE || token == WJB_ELEM) && value.type == jbvString &&
			has_email(value.val.string.val, value.val.string.len, &whole))
		{
			column->inside++;
			return;
		}
	}
}

static void
look_at_inet(EthSample *column, inet *address)
{
	column->values++;
	/* a network is nobody's */
	if (ip_bits(address) == ip_maxbits(address))
		column->hits[ETH_LOOKS_NETWORK]++;
}

/* Days on which somebody who lives may be born, and no child of today: 5 years at least. */
static void
look_at_date(EthSample *column, DateADT date)
{
	DateADT		today = (DateADT) (GetCurrentTimestamp() / USECS_PER_DAY);

	column->values++;
	if (DATE_NOT_FINITE(date))
		return;
	if (date > today - OLDEST_YEARS * 366 && date < today - 5 * 365)
		column->hits[ETH_LOOKS_BIRTH]++;
}

static void
look_at(EthSample *column, Datum datum)
{
	struct varlena *value;

	if (column->type == DATEOID)
	{
		look_at_date(column, DatumGetDateADT(datum));
		return;
	}
	if (toast_raw_datum_size(datum) > MAX_VALUE_BYTES + VARHDRSZ)
		return;
	value = PG_DETOAST_DATUM_PACKED(datum);
	if (column->type == INETOID)
		look_at_inet(column, DatumGetInetPP(PointerGetDatum(value)));
	else if (column->type == JSONBOID)
		look_at_jsonb(column, DatumGetJsonbP(PointerGetDatum(value)));
	else
		look_at_text(column, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

/* ---- rows ---- */

typedef struct Sampling
{
	Relation	rel;
	int			n;
	EthSample  *columns;
	AttrNumber *attnums;		/* of the columns in rel, 0: it has no such
								 * one of the type */
	int			rows;
	MemoryContext memory;		/* of one row */
} Sampling;

static void
look_at_row(Sampling *sampling, TupleTableSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(sampling->memory);
	int			i;

	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(slot);
	for (i = 0; i < sampling->n; i++)
	{
		int			attnum = sampling->attnums[i];

		if (attnum > 0 && attnum <= slot->tts_nvalid && !slot->tts_isnull[attnum - 1])
			look_at(&sampling->columns[i], slot->tts_values[attnum - 1]);
	}
	sampling->rows++;
	MemoryContextSwitchTo(old);
	MemoryContextReset(sampling->memory);
}

/* A table of which pages can be chosen: a few in each of a few places. */
static void
look_at_places(Sampling *sampling, TupleTableSlot *slot)
{
	BlockNumber blocks = RelationGetNumberOfBlocks(sampling->rel);
	int			places = blocks > SAMPLE_PLACES * PLACE_BLOCKS ? SAMPLE_PLACES : 1;
	int			place;

	for (place = 0; place < places && blocks > 0; place++)
	{
		BlockNumber first = (BlockNumber) ((uint64) (blocks - PLACE_BLOCKS) * place / Max(places - 1, 1));
		BlockNumber last = first + PLACE_BLOCKS - 1;
		int			wanted = sampling->rows + SAMPLE_ROWS / places;
		TableScanDesc scan;
		ItemPointerData from;
		ItemPointerData to;

		if (places == 1)
		{
			first = 0;
			last = blocks - 1;
		}
		ItemPointerSet(&from, first, FirstOffsetNumber);
		ItemPointerSet(&to, last, MaxOffsetNumber);
		scan = table_beginscan_tidrange(sampling->rel, GetActiveSnapshot(), &from, &to);
		while (sampling->rows < wanted &&
			   table_scan_getnextslot_tidrange(scan, ForwardScanDirection, slot))
			look_at_row(sampling, slot);
		ExecClearTuple(slot);
		table_endscan(scan);
	}
}

/* Another kind of storage: the first rows. */
static void
look_at_beginning(Sampling *sampling, TupleTableSlot *slot)
{
	TableScanDesc scan = table_beginscan(sampling->rel, GetActiveSnapshot(), 0, NULL);
	int			wanted = sampling->rows + SAMPLE_ROWS;

	while (sampling->rows < wanted && table_scan_getnextslot(scan, ForwardScanDirection, slot))
		look_at_row(sampling, slot);
	ExecClearTuple(slot);
	table_endscan(scan);
}

/*
 * Looks at rows of the relation and adds to the columns' counts; columns are
 * found by name, so that a partition stands for the whole.
 */
EthSampled
eth_check_sample(Oid relid, int n, EthSample *columns)
{
	Sampling	sampling;
	TupleTableSlot *slot;
	int			i;

	if (!ConditionalLockRelationOid(relid, AccessShareLock))
		return ETH_SAMPLED_LOCKED;
	sampling.rel = try_relation_open(relid, NoLock);
	if (sampling.rel == NULL)
	{
		UnlockRelationOid(relid, AccessShareLock);
		return ETH_SAMPLED_GONE;
	}
	if (sampling.rel->rd_rel->relkind != RELKIND_RELATION || RELATION_IS_OTHER_TEMP(sampling.rel))
	{
		relation_close(sampling.rel, AccessShareLock);
		return ETH_SAMPLED_GONE;
	}
	sampling.n = n;
	sampling.columns = columns;
	sampling.rows = 0;
	sampling.attnums = palloc(sizeof(AttrNumber) * n);
	for (i = 0; i < n; i++)
	{
		AttrNumber	attnum = get_attnum(relid, columns[i].name);

		/* what is computed when it is read (18) is not stored: null here */
		sampling.attnums[i] = attnum > 0 && getBaseType(get_atttype(relid, attnum)) == columns[i].type ? attnum : 0;
	}
	sampling.memory = AllocSetContextCreate(CurrentMemoryContext, "ethdata sample", ALLOCSET_DEFAULT_SIZES);
	slot = table_slot_create(sampling.rel, NULL);
	if (sampling.rel->rd_tableam->scan_set_tidrange != NULL)
		look_at_places(&sampling, slot);
	else
		look_at_beginning(&sampling, slot);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(sampling.memory);
	relation_close(sampling.rel, AccessShareLock);
	return ETH_SAMPLED;
}

EthLook
eth_check_look_of_values(const EthSample *column)
{
	int			i;

	/* a date alone says nothing: only for columns that might be one by name */
	for (i = 0; i < ETH_LOOKS_NOTHING; i++)
		if (i != ETH_LOOKS_BIRTH && column->hits[i] > 0 && column->hits[i] * 2 >= column->values)
			return (EthLook) i;
	return column->inside >= ENOUGH_INSIDE ? ETH_LOOKS_EMAIL : ETH_LOOKS_NOTHING;
}
