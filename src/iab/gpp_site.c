/*
 * gpp_site.c
 *		What depends on tables: sections that a site described, and what a GPP
 *		string permits where.
 *
 * A section's layout is a row of ethdata.gpp_section, or shipped; which field
 * speaks for a purpose in a jurisdiction is a row of ethdata.gpp_rule.  Both are
 * read with the rights of the caller, once for each call site of a statement.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "iab/iab.h"

#define SECTIONS_QUERY "SELECT s.id, s.name, s.layout FROM ethdata.gpp_section s ORDER BY s.id"
#define RULES_QUERY \
	"SELECT r.jurisdiction, r.purpose, r.section, r.field, r.element, r.permits, r.gpc" \
	"  FROM ethdata.gpp_rule r ORDER BY 1, 2, 3, 4, 5"

#define GPP_COUNTRY 2			/* letters of a jurisdiction that name the
								 * country */

typedef struct EthGppRule
{
	char	   *jurisdiction;
	char	   *purpose;
	int			section;
	char	   *field;
	int			element;
	int			permits;		/* the value that does */
	bool		gpc;			/* a GPC signal of the section denies */
} EthGppRule;

/* What a call site of gpp_permits() remembers. */
typedef struct EthGppRules
{
	List	   *layouts;
	EthGppRule *rule;
	int			n;
} EthGppRules;

static char *
column_text(HeapTuple tuple, TupleDesc desc, int column, MemoryContext context)
{
	char	   *value = SPI_getvalue(tuple, desc, column);

	return value == NULL ? NULL : MemoryContextStrdup(context, value);
}

static int
column_int(HeapTuple tuple, TupleDesc desc, int column)
{
	bool		isnull;

	return DatumGetInt32(SPI_getbinval(tuple, desc, column, &isnull));
}

static void
run_query(const char *query)
{
	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "a table of ethdata_iab cannot be read");
}

/* In the context given; the caller has connected to SPI. */
static List *
read_layouts(MemoryContext context)
{
	List	   *layouts = NIL;
	uint64		i;

	run_query(SECTIONS_QUERY);
	for (i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		EthGppLayout *layout = MemoryContextAlloc(context, sizeof(EthGppLayout));
		MemoryContext before;
		EthIabError error;

		/* the table's constraint has checked the layout */
		if (!eth_gpp_parse_layout(layout, column_int(tuple, desc, 1), column_text(tuple, desc, 2, context),
								  column_text(tuple, desc, 3, context), &error))
			elog(ERROR, "a row of ethdata.gpp_section has no layout: %s", error.detail);
		before = MemoryContextSwitchTo(context);
		layouts = lappend(layouts, layout);
		MemoryContextSwitchTo(before);
	}
	return layouts;
}

/*
 * The layouts of ethdata.gpp_section.
 */
List *
eth_gpp_site_layouts(void)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *layouts;

	SPI_connect();
	layouts = read_layouts(context);
	SPI_finish();
	return layouts;
}

static EthGppRules *
read_rules(MemoryContext context)
{
	EthGppRules *rules = MemoryContextAllocZero(context, sizeof(EthGppRules));
	int			i;

	SPI_connect();
	rules->layouts = read_layouts(context);
	run_query(RULES_QUERY);
	rules->n = (int) SPI_processed;
	rules->rule = MemoryContextAlloc(context, sizeof(EthGppRule) * Max(rules->n, 1));
	for (i = 0; i < rules->n; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		EthGppRule *rule = &rules->rule[i];
		bool		isnull;

		rule->jurisdiction = column_text(tuple, desc, 1, context);
		rule->purpose = column_text(tuple, desc, 2, context);
		rule->section = column_int(tuple, desc, 3);
		rule->field = column_text(tuple, desc, 4, context);
		rule->element = column_int(tuple, desc, 5);
		rule->permits = column_int(tuple, desc, 6);
		rule->gpc = DatumGetBool(SPI_getbinval(tuple, desc, 7, &isnull));
	}
	SPI_finish();
	return rules;
}

static const EthGppLayout *
layout_of(const EthGppRules *rules, int id)
{
	const EthGppLayout *layout = eth_gpp_layout(id);
	ListCell   *lc;

	if (layout != NULL)
		return layout;
	foreach(lc, rules->layouts)
	{
		if (((EthGppLayout *) lfirst(lc))->id == id)
			return lfirst(lc);
	}
	return NULL;
}

/* A rule of a country holds in each of its subdivisions. */
static bool
holds_in(const EthGppRule *rule, const char *jurisdiction)
{
	size_t		length = strlen(rule->jurisdiction);

	return strcmp(rule->jurisdiction, jurisdiction) == 0 ||
		(length == GPP_COUNTRY && strncmp(rule->jurisdiction, jurisdiction, length) == 0 && jurisdiction[length] == '-');
}

/*
 * What the string says by one rule; the section is there.  Only the one value
 * permits: 0, not applicable, and 3, undefined, do not.
 */
static bool
rule_permits(const EthGppRule *rule, const EthGppLayout *layout, const EthGpp *gpp, const EthGppEntry *entry)
{
	int64		number;

	if (rule->gpc && eth_gpp_section_gpc(gpp, entry, layout) > 0)
		return false;
	return eth_gpp_field_number(gpp, entry, layout, rule->field, rule->element, &number) &&
		number == rule->permits;
}

PG_FUNCTION_INFO_V1(ethdata_gpp_permits);
PG_FUNCTION_INFO_V1(ethdata_gpp_decode);
PG_FUNCTION_INFO_V1(ethdata__gpp_layout_check);

/*
 * gpp_permits(gpp, jurisdiction, purpose): every section that speaks must permit.
 * NULL when none does.
 */
Datum
ethdata_gpp_permits(PG_FUNCTION_ARGS)
{
	char	   *jurisdiction = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char	   *purpose = text_to_cstring(PG_GETARG_TEXT_PP(2));
	EthGppRules *rules = fcinfo->flinfo->fn_extra;
	EthGpp		gpp;
	bool		known = false;
	bool		spoke = false;
	char	   *c;
	int			i;

	/* as ethdata.jurisdiction is read: an opt-out is not lost by its letters */
	for (c = jurisdiction; *c != '\0'; c++)
		*c = pg_ascii_toupper((unsigned char) *c);
	if (rules == NULL)
	{
		rules = read_rules(fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = rules;
	}
	(void) eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);
	for (i = 0; i < rules->n; i++)
	{
		const EthGppRule *rule = &rules->rule[i];
		const EthGppEntry *entry;
		const EthGppLayout *layout;

		if (strcmp(rule->purpose, purpose) != 0)
			continue;
		known = true;
		if (!holds_in(rule, jurisdiction))
			continue;
		entry = eth_gpp_entry(&gpp, rule->section);
		layout = layout_of(rules, rule->section);
		if (entry == NULL || layout == NULL)
			continue;
		spoke = true;
		if (!rule_permits(rule, layout, &gpp, entry))
			PG_RETURN_BOOL(false);
	}
	if (!known)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no rule speaks of GPP purpose \"%s\"", purpose),
				 errhint("The purposes are those of ethdata.gpp_rule, as sale, sharing, targeted_advertising and sensitive.health.")));
	if (!spoke)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(true);
}

/*
 * gpp_decode(gpp): the cast to jsonb, with the site's sections too
 */
Datum
ethdata_gpp_decode(PG_FUNCTION_ARGS)
{
	List	   *layouts = fcinfo->flinfo->fn_extra;
	EthGpp		gpp;

	if (layouts == NIL)
	{
		MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		layouts = eth_gpp_site_layouts();
		MemoryContextSwitchTo(before);
		fcinfo->flinfo->fn_extra = layouts;
	}
	(void) eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);
	PG_RETURN_DATUM(eth_gpp_to_jsonb(&gpp, layouts));
}

/*
 * _gpp_layout_check(id, layout): true, or an error that says what is wrong
 */
Datum
ethdata__gpp_layout_check(PG_FUNCTION_ARGS)
{
	int			id = PG_GETARG_INT32(0);
	char	   *line = text_to_cstring(PG_GETARG_TEXT_PP(1));
	EthGppLayout layout;
	EthIabError error;

	if (eth_gpp_layout(id) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("section %d is shipped and has its layout", id)));
	if (!eth_gpp_parse_layout(&layout, id, "", line, &error))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid layout of GPP section %d", id),
				 errdetail("%s", error.detail),
				 errhint("Fields are name:bits in order, as in \"Version:6 SaleOptOut:2 | GpcSegmentType:2=1 Gpc:bool\".")));
	if (layout.kind != ETH_GPP_FIELDED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the layout of GPP section %d must list fields", id)));
	PG_RETURN_BOOL(true);
}
