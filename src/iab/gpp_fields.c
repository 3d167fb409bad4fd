/*
 * gpp_fields.c
 *		What a GPP string says, as values of SQL: its sections, fields of those that
 *		are shipped, GPC, and what is odd.
 *
 * Nothing here reads a table, so that it may stand in indexes; sections that a
 * site described are for gpp_site.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "iab/iab.h"

PG_FUNCTION_INFO_V1(ethdata_gpp_section_ids);
PG_FUNCTION_INFO_V1(ethdata_gpp_section);
PG_FUNCTION_INFO_V1(ethdata_gpp_tc);
PG_FUNCTION_INFO_V1(ethdata_gpp_value);
PG_FUNCTION_INFO_V1(ethdata_gpp_gpc);
PG_FUNCTION_INFO_V1(ethdata_gpp_findings);
PG_FUNCTION_INFO_V1(ethdata_gpp_shipped_sections);

/*
 * gpp_section_ids(gpp)
 */
Datum
ethdata_gpp_section_ids(PG_FUNCTION_ARGS)
{
	Datum		id[ETH_GPP_SECTIONS];
	EthGpp		gpp;
	int			n;

	(void) eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);
	for (n = 0; n < gpp.sections; n++)
		id[n] = Int32GetDatum(gpp.entry[n].id);
	PG_RETURN_ARRAYTYPE_P(construct_array(id, gpp.sections, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

/*
 * gpp_section(gpp, section)
 */
Datum
ethdata_gpp_section(PG_FUNCTION_ARGS)
{
	EthGpp		gpp;
	const EthGppEntry *entry;

	(void) eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);
	entry = eth_gpp_entry(&gpp, PG_GETARG_INT32(1));
	if (entry == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(gpp.text + entry->start, entry->chars));
}

/*
 * gpp_tc(gpp)
 */
Datum
ethdata_gpp_tc(PG_FUNCTION_ARGS)
{
	EthGpp		gpp;
	const EthGppEntry *entry;

	(void) eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);
	entry = eth_gpp_entry(&gpp, ETH_GPP_TCFEU);
	if (entry == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(eth_gpp_tc(&gpp, entry));
}

static const EthGppLayout *
layout_by_name(const char *name)
{
	int			i;

	for (i = 0; i < eth_gpp_n_shipped; i++)
		if (strcmp(eth_gpp_shipped[i].name, name) == 0)
			return eth_gpp_layout(eth_gpp_shipped[i].id);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("GPP section \"%s\" does not exist", name),
			 errhint("ethdata.gpp_sections() lists those that are known.")));
	return NULL;				/* not reached */
}

/* A letter of a US Privacy string, in the numbers that the states' sections use. */
static int
usp_value(const char *text, const char *field)
{
	static const char *const fields[] = {"Version", "Notice", "OptOutSale", "LspaCovered"};
	int			i;

	for (i = 0; i < (int) lengthof(fields); i++)
		if (strcmp(field, fields[i]) == 0)
		{
			char		c = text[i];

			return c == 'Y' || c == '1' ? 1 : c == 'N' ? 2 : 0;
		}
	return -1;
}

/*
 * The number that a field says: 0 where it does not say one.  Element 0 is the field
 * itself, others those of a list.  False where its sub-section is absent; an error of
 * a field that the layout does not have.
 */
bool
eth_gpp_field_number(const EthGpp *gpp, const EthGppEntry *entry, const EthGppLayout *layout,
					 const char *field, int element, int64 *number)
{
	EthGppSection section;
	EthGppValue value = {0};
	bool		known;

	if (layout->kind == ETH_GPP_USP)
	{
		*number = usp_value(gpp->text + entry->start, field);
		known = *number >= 0 && element == 0;
	}
	else
	{
		known = layout->kind == ETH_GPP_FIELDED;
		if (known)
		{
			eth_gpp_decode(&section, layout, gpp, entry);
			known = eth_gpp_value(&section, field, &value);
			if (known && value.field->type == ETH_GPP_LIST)
				known = element >= 1 && element <= value.field->count;
			else if (known)
				known = element == 0 && value.field->type <= ETH_GPP_BOOL;
			if (known)
				*number = (int64) eth_gpp_number(&value, element - 1);
			pfree(unconstify(uint8 *, section.bits[0].data));
		}
	}
	if (!known)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("GPP section \"%s\" has no number \"%s\"%s", layout->name, field,
						element > 0 ? " with such an element" : ""),
				 errhint("ethdata.gpp_sections() has the layouts; elements of a list count from 1, of other fields there is none, and section tcfeuv2 is read through ethdata.gpp_tc().")));
	return !value.absent;
}

/*
 * gpp_value(gpp, section, field, element)
 */
Datum
ethdata_gpp_value(PG_FUNCTION_ARGS)
{
	const EthGppLayout *layout = layout_by_name(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	char	   *field = text_to_cstring(PG_GETARG_TEXT_PP(2));
	EthGpp		gpp;
	const EthGppEntry *entry;
	int64		number;

	(void) eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);
	entry = eth_gpp_entry(&gpp, layout->id);
	if (entry == NULL || !eth_gpp_field_number(&gpp, entry, layout, field, PG_GETARG_INT32(3), &number))
		PG_RETURN_NULL();
	PG_RETURN_INT64(number);
}

/*
 * Does a section say that the browser sent GPC?  -1 where it has no such sub-section.
 */
int
eth_gpp_section_gpc(const EthGpp *gpp, const EthGppEntry *entry, const EthGppLayout *layout)
{
	int64		type;
	int64		gpc;

	if (layout == NULL || layout->kind != ETH_GPP_FIELDED || eth_gpp_field(layout, "Gpc") == NULL)
		return -1;
	if (!eth_gpp_field_number(gpp, entry, layout, "Gpc", 0, &gpc))
		return -1;
	/* a sub-section of another type is none of GPC's */
	if (eth_gpp_field(layout, "GpcSegmentType") != NULL &&
		eth_gpp_field_number(gpp, entry, layout, "GpcSegmentType", 0, &type) && type != 1)
		return -1;
	return gpc != 0;
}

/*
 * gpp_gpc(gpp)
 */
Datum
ethdata_gpp_gpc(PG_FUNCTION_ARGS)
{
	EthGpp		gpp;
	int			said = -1;
	int			n;

	(void) eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);
	for (n = 0; n < gpp.sections; n++)
		said = Max(said, eth_gpp_section_gpc(&gpp, &gpp.entry[n], eth_gpp_layout(gpp.entry[n].id)));
	if (said < 0)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(said > 0);
}

static void
found(FunctionCallInfo fcinfo, const char *kind, const char *finding)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	values[0] = CStringGetTextDatum(kind);
	values[1] = CStringGetTextDatum(finding);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* Values of two bits that no specification gives a meaning. */
static bool
is_undefined(const EthGppValue *value)
{
	int			i;

	if (value->absent || value->field->bits != 2 ||
		(value->field->type != ETH_GPP_NUMBER && value->field->type != ETH_GPP_LIST))
		return false;
	for (i = 0; i < (value->field->type == ETH_GPP_LIST ? value->count : 1); i++)
		if (eth_gpp_number(value, i) == 3)
			return true;
	return false;
}

static void
find_section(FunctionCallInfo fcinfo, const EthGppSection *section)
{
	const char *name = section->layout->name;
	EthGppWalk	walk;
	EthGppValue value;
	EthIabError error;
	bool		padded = false;
	int			n;

	eth_gpp_walk(&walk, section);
	while (eth_gpp_next(&walk, &value, &error))
	{
		char	   *field = pnstrdup(value.field->name, value.field->length);

		if (is_undefined(&value) && strcmp(field, "GpcSegmentType") != 0)
			found(fcinfo, "content", psprintf("%s: %s has the undefined value 3", name, field));
		if (!value.absent && strcmp(field, "GpcSegmentType") == 0 && value.number != 1)
			found(fcinfo, "encoding", psprintf("%s: GPC sub-section type is not 1", name));
	}
	for (n = 0; n < section->layout->segments; n++)
	{
		uint32		pos;

		for (pos = walk.pos[n]; section->bits[n].data != NULL && pos < section->bits[n].nbits; pos++)
			padded = padded || eth_bits_test(&section->bits[n], pos);
	}
	if (padded)
		found(fcinfo, "encoding", psprintf("%s: non-zero padding", name));
}

/*
 * gpp_findings(gpp): rows of (kind, finding)
 */
Datum
ethdata_gpp_findings(PG_FUNCTION_ARGS)
{
	EthGpp		gpp;
	int			n;

	(void) eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);
	InitMaterializedSRF(fcinfo, 0);
	for (n = 0; n < gpp.sections; n++)
	{
		const EthGppEntry *entry = &gpp.entry[n];
		const EthGppLayout *layout = eth_gpp_layout(entry->id);
		EthGppSection section;

		if (layout == NULL)
			found(fcinfo, "encoding", psprintf("unknown section id %d", entry->id));
		else if (layout->kind == ETH_GPP_USP)
			found(fcinfo, "policy", psprintf("%s: deprecated since 2023", layout->name));
		else if (layout->kind == ETH_GPP_FIELDED)
		{
			eth_gpp_decode(&section, layout, &gpp, entry);
			find_section(fcinfo, &section);
		}
	}
	return (Datum) 0;
}

/*
 * gpp_shipped_sections(): rows of (id, name, layout)
 */
Datum
ethdata_gpp_shipped_sections(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < eth_gpp_n_shipped; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false, false, false};

		values[0] = Int32GetDatum(eth_gpp_shipped[i].id);
		values[1] = CStringGetTextDatum(eth_gpp_shipped[i].name);
		values[2] = CStringGetTextDatum(eth_gpp_shipped[i].layout);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
