/*
 * check_personal.c
 *		self_check(): columns that look personal and that nobody has said anything
 *		about.
 *
 * In a protected table each such column is a finding, elsewhere each table:
 * there the remedy is to protect it.  classify(.., 'not_personal') says that a
 * column is none.  Tables of extensions, temporary ones, partitions (which
 * their parent stands for) and foreign tables are left out; of those that
 * belong to nobody's schema there are none.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "audit/check.h"

/* More tables than these are judged by names alone, and that is said. */
#define MAX_SAMPLED_TABLES	2000

/* Partitions that are looked into, of one table */
#define MAX_PARTITIONS		4

/* What a kind of personal data is called, and the remedy that fits. */
static const struct
{
	const char *what;
	const char *category;
	const char *mask;			/* of texts; NULL: none */
	bool		strong;			/* seen alone it makes a table one of persons */
}			looks[] =

{
	[ETH_LOOKS_EMAIL] = {"e-mail addresses", "contact", "ethdata.mask_email(value)", true},
	[ETH_LOOKS_PHONE] = {"phone numbers", "contact", "ethdata.mask_phone(value)", true},
	[ETH_LOOKS_NAME] = {"names of persons", "identity", "ethdata.mask_name(value)", true},
	[ETH_LOOKS_BIRTH] = {"dates of birth", "identity", NULL, true},
	[ETH_LOOKS_ADDRESS] = {"addresses", "location", NULL, false},
	[ETH_LOOKS_POSITION] = {"positions", "location", NULL, false},
	[ETH_LOOKS_IDENTITY] = {"identity numbers", "identity", NULL, true},
	[ETH_LOOKS_GENDER] = {"genders", "identity", NULL, false},
	[ETH_LOOKS_ACCOUNT] = {"account numbers", "financial", "ethdata.mask_iban(value)", true},
	[ETH_LOOKS_CARD] = {"card numbers", "financial", "ethdata.mask_card(value)", true},
	[ETH_LOOKS_INCOME] = {"incomes or credit ratings", "financial", NULL, true},
	[ETH_LOOKS_NETWORK] = {"network addresses", "technical", NULL, false},
	[ETH_LOOKS_DEVICE] = {"identifiers of devices", "technical", NULL, false},
	[ETH_LOOKS_HEALTH] = {"health", "health", NULL, true},
	[ETH_LOOKS_BIOMETRIC] = {"biometric data", "biometric", NULL, true},
	[ETH_LOOKS_ETHNICITY] = {"ethnicity", "ethnicity", NULL, true},
	[ETH_LOOKS_RELIGION] = {"religion", "religion", NULL, true},
	[ETH_LOOKS_POLITICS] = {"political opinions", "politics", NULL, true},
	[ETH_LOOKS_UNION] = {"union membership", "union", NULL, true},
	[ETH_LOOKS_SEX_LIFE] = {"sexual orientation", "sex_life", NULL, true},
	[ETH_LOOKS_CRIMINAL] = {"criminal records", "criminal", NULL, true},
};

typedef struct Column
{
	AttrNumber	attnum;
	char	   *name;
	Oid			type;			/* base type */
	EthLook		by_name;
	EthLook		by_values;
	int			sample;			/* index of its sample, -1: none */
} Column;

typedef struct Table
{
	Oid			relid;
	char		relkind;
	char	   *name;			/* with schema, quoted */
	List	   *columns;		/* Column */
} Table;

/* The table that is looked into: groups take no other argument. */
static struct
{
	Oid			relid;
	char		relkind;
	int			n;
	EthSample  *samples;
	EthSampled	result;
}			at_work;

/* Columns of a site's own tables, those of a table together. */
#define SELECT_COLUMNS \
	"SELECT c.oid, c.relkind, " TABLE_NAME ", a.attnum, a.attname, a.atttypid" \
	" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace" \
	" JOIN pg_catalog.pg_attribute a ON a.attrelid" EQ "c.oid AND a.attnum" GT "0 AND NOT a.attisdropped" \
	" WHERE c.relkind" EQ "ANY (ARRAY['r', 'p']::\"char\"[]) AND NOT c.relispartition AND c.relpersistence" NE "'t' AND" USER_SCHEMA("n.nspname") \
	"  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid" EQ "'pg_catalog.pg_class'::pg_catalog.regclass" \
	"   AND d.objid" EQ "c.oid AND d.deptype" EQ "'e')" \
	" ORDER BY n.nspname, c.relname, c.oid, a.attnum"

/* ---- reading ---- */

static List *
read_tables(void)
{
	List	   *tables = NIL;
	Table	   *table = NULL;
	EthCaller	caller;
	uint64		i;

	eth_core_enter(&caller);
	eth_core_spi(SELECT_COLUMNS, SPI_OK_SELECT, 0, NULL, NULL, NULL, true);
	eth_core_leave(&caller);
	for (i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		Column	   *column = palloc0(sizeof(Column));
		bool		isnull;
		Oid			relid = DatumGetObjectId(SPI_getbinval(tuple, desc, 1, &isnull));

		if (table == NULL || table->relid != relid)
		{
			table = palloc0(sizeof(Table));
			table->relid = relid;
			table->relkind = DatumGetChar(SPI_getbinval(tuple, desc, 2, &isnull));
			table->name = SPI_getvalue(tuple, desc, 3);
			tables = lappend(tables, table);
		}
		column->attnum = DatumGetInt16(SPI_getbinval(tuple, desc, 4, &isnull));
		column->name = SPI_getvalue(tuple, desc, 5);
		column->type = getBaseType(DatumGetObjectId(SPI_getbinval(tuple, desc, 6, &isnull)));
		column->by_name = column->by_values = ETH_LOOKS_NOTHING;
		column->sample = -1;
		table->columns = lappend(table->columns, column);
	}
	return tables;
}

/* Has somebody said what it holds?  A label, or a rule. */
static bool
is_settled(const EthCheck *check, Oid relid, AttrNumber attnum)
{
	char	   *category = eth_protect_label(relid, attnum);
	int			i;

	if (category != NULL && strcmp(category, "unclassified") != 0)
		return true;
	for (i = 0; i < list_length(check->masked); i++)
	{
		if (list_nth_oid(check->masked, i) == relid && list_nth_int(check->masked_columns, i) == attnum)
			return true;
	}
	return false;
}

/* Can a column of this type hold what its name says? */
static bool
fits(EthLook look, Oid type)
{
	if (type == BOOLOID)
		return false;
	if (look == ETH_LOOKS_BIRTH)
		return true;
	return type != DATEOID && type != TIMESTAMPOID && type != TIMESTAMPTZOID && type != TIMEOID && type != INTERVALOID;
}

static void
look_into(EthCheck *check)
{
	List	   *relids = list_make1_oid(at_work.relid);
	int			looked = 0;
	ListCell   *lc;

	if (at_work.relkind == RELKIND_PARTITIONED_TABLE)
		relids = find_all_inheritors(at_work.relid, NoLock, NULL);
	at_work.result = ETH_SAMPLED;
	foreach(lc, relids)
	{
		EthSampled	result;

		if (get_rel_relkind(lfirst_oid(lc)) != RELKIND_RELATION)
			continue;
		if (++looked > MAX_PARTITIONS)
			break;
		result = eth_check_sample(lfirst_oid(lc), at_work.n, at_work.samples);
		if (result == ETH_SAMPLED_LOCKED)
			at_work.result = result;
	}
}

/* By the values of a table that may be looked into. */
static void
judge_by_values(EthCheck *check, const Table *table)
{
	ListCell   *lc;

	at_work.relid = table->relid;
	at_work.relkind = table->relkind;
	at_work.n = 0;
	at_work.samples = palloc0(sizeof(EthSample) * list_length(table->columns));
	foreach(lc, table->columns)
	{
		Column	   *column = lfirst(lc);

		/* a date is only asked whether it may be what its name says */
		if (!eth_check_can_sample(column->type) ||
			(column->type == DATEOID && column->by_name != ETH_LOOKS_BIRTH) ||
			is_settled(check, table->relid, column->attnum))
			continue;
		column->sample = at_work.n++;
		at_work.samples[column->sample].name = column->name;
		at_work.samples[column->sample].type = column->type;
	}
	if (at_work.n == 0)
		return;
	if (!eth_check_guarded(check, table->name, false, look_into))
		return;
	if (at_work.result == ETH_SAMPLED_LOCKED)
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, table->name,
						"it is locked by another session, so its values were not looked at: only names of columns were",
						"call ethdata.self_check() again later");
	foreach(lc, table->columns)
	{
		Column	   *column = lfirst(lc);
		const EthSample *sample;

		if (column->sample < 0)
			continue;
		sample = &at_work.samples[column->sample];
		if (column->type != DATEOID)
			column->by_values = eth_check_look_of_values(sample);
		else if (sample->hits[ETH_LOOKS_BIRTH] * 2 >= sample->values && sample->values > 0)
			column->by_values = ETH_LOOKS_BIRTH;
		else if (sample->values > 0)
			column->by_name = ETH_LOOKS_NOTHING;	/* nobody's birth */
	}
}

/* ---- findings ---- */

static EthLook
look_of(const Column *column)
{
	return column->by_values != ETH_LOOKS_NOTHING ? column->by_values : column->by_name;
}

static const char *
evidence(const Column *column)
{
	if (column->by_values == ETH_LOOKS_NOTHING)
		return "by its name";
	return column->by_name == column->by_values ? "by its name and values" : "by its values";
}

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

static char *
mask_of(const Column *column)
{
	EthLook		look = look_of(column);

	if (looks[look].mask != NULL && is_text(column->type))
		return psprintf(", masked_as => '%s'", looks[look].mask);
	if (look == ETH_LOOKS_BIRTH && (column->type == DATEOID || column->type == TIMESTAMPOID || column->type == TIMESTAMPTZOID))
		return pstrdup(", masked_as => 'ethdata.mask_date(value, ''year'')'");
	if (look == ETH_LOOKS_NETWORK && column->type == INETOID)
		return pstrdup(", masked_as => 'ethdata.mask_ip(value)'");
	return pstrdup("");
}

static void
column_found(EthCheck *check, const Table *table, const Column *column)
{
	const char *literal = quote_literal_cstr(table->name);
	const char *name = quote_literal_cstr(column->name);
	EthLook		look = look_of(column);

	eth_check_found(check, ETH_WARNING, ETH_RANK_REST,
					psprintf("%s.%s", table->name, quote_identifier(column->name)),
					psprintf("this column of a protected table looks like %s (%s), is not masked and not classified", looks[look].what, evidence(column)),
					psprintf("SELECT ethdata.mask(%s, %s%s, category => '%s'), or ethdata.classify(%s, %s, 'not_personal')",
							 literal, name, mask_of(column), looks[look].category, literal, name));
}

static void
table_found(EthCheck *check, const Table *table, const List *columns)
{
	StringInfoData list;
	bool		strong = false;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, columns)
	{
		const Column *column = lfirst(lc);

		strong = strong || looks[look_of(column)].strong || column->by_values != ETH_LOOKS_NOTHING;
		appendStringInfo(&list, "%s%s: %s, %s", list.len > 0 ? "; " : "", quote_identifier(column->name),
						 looks[look_of(column)].what, evidence(column));
	}
	eth_check_found(check, strong ? ETH_WARNING : ETH_NOTICE, ETH_RANK_REST, table->name,
					psprintf("this table looks personal and is not protected (%s)", list.data),
					psprintf("SELECT ethdata.protect(%s, subject => '..'), or ethdata.classify(%s, '..', 'not_personal') for its columns",
							 quote_literal_cstr(table->name), quote_literal_cstr(table->name)));
}

static void
judge(EthCheck *check, const Table *table, bool sampled)
{
	bool		protected = eth_protect_is_protected(table->relid, NULL);
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, table->columns)
	{
		Column	   *column = lfirst(lc);
		EthLook		look = eth_check_look_of_name(column->name);

		if (look != ETH_LOOKS_NOTHING && fits(look, column->type))
			column->by_name = look;
	}
	if (sampled)
		judge_by_values(check, table);
	foreach(lc, table->columns)
	{
		Column	   *column = lfirst(lc);

		if (look_of(column) == ETH_LOOKS_NOTHING || is_settled(check, table->relid, column->attnum))
			continue;
		if (protected)
			column_found(check, table, column);
		else
			found = lappend(found, column);
	}
	if (found != NIL)
		table_found(check, table, found);
}

void
eth_check_personal(EthCheck *check)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "ethdata check", ALLOCSET_DEFAULT_SIZES);
	List	   *tables = read_tables();
	ListCell   *lc;

	foreach(lc, tables)
	{
		MemoryContext old = MemoryContextSwitchTo(memory);

		CHECK_FOR_INTERRUPTS();
		judge(check, lfirst(lc), foreach_current_index(lc) < MAX_SAMPLED_TABLES);
		MemoryContextSwitchTo(old);
		MemoryContextReset(memory);
	}
	if (list_length(tables) > MAX_SAMPLED_TABLES)
		eth_check_found(check, ETH_NOTICE, ETH_RANK_FIRST, "columns that look personal",
						psprintf("there are %d tables; the values of the first %d were looked at, of others the names of columns",
								 list_length(tables), MAX_SAMPLED_TABLES),
						"classify columns, so that what is left is seen");
}
