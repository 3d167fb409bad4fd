/*
 * gpp_json.c
 *		Cast of a GPP string to jsonb, with the reference library's names.
 *
 * {"header": {"version", "sectionIds"}, "sections": {name: {field: value}}}.  A
 * sub-section that is absent is shown with what it would say by default, as the
 * reference does; gpp_has_gpc() tells apart.  A section of unknown layout is its
 * text, under "#" and its id.
 */
#include "postgres.h"

#include "fmgr.h"

#include "iab/iab.h"

static void
put_ids(JsonbParseState **state, const char *key, const EthIds *ids, int *budget)
{
	EthIdWalk	walk;
	EthVendorRuns runs = {0};
	EthVendorRun run;

	runs.run = palloc(sizeof(EthVendorRun) * (ids->is_range ? Max(ids->entries, 1) : ids->max / 2 + 1));
	eth_ids_walk(&walk, ids);
	while (eth_ids_next(&walk, &run.from, &run.to))
		runs.run[runs.n++] = run;
	eth_json_vendors(state, key, &runs, budget);
}

static void
put_value(JsonbParseState **state, EthGppValue *value, int *budget)
{
	char	   *key = pnstrdup(value->field->name, value->field->length);
	char	   *letters;
	EthIds		ids;
	int			purpose;
	int			type;
	int			i;

	switch (value->field->type)
	{
		case ETH_GPP_LIST:
			eth_json_open(state, key, ETH_ARRAY);
			for (i = 0; i < value->shown; i++)
				eth_json_int(state, NULL, (int64) eth_gpp_number(value, i));
			eth_json_close(state, ETH_ARRAY);
			break;
		case ETH_GPP_BOOL:
			eth_json_bool(state, key, value->number != 0);
			break;
		case ETH_GPP_LETTERS:
			letters = palloc(3);
			eth_json_text(state, key, eth_iab_letters(value->number, letters), 2);
			break;
		case ETH_GPP_TIME:
			eth_json_time(state, key, value->number);
			break;
		case ETH_GPP_SET:
		case ETH_GPP_CUSTOM_SET:
			eth_json_flags(state, key, &value->bits, value->pos, value->count);
			break;
		case ETH_GPP_ID_SET:
			put_ids(state, key, &value->ids, budget);
			break;
		case ETH_GPP_RESTRICTIONS:
			eth_json_open(state, key, ETH_ARRAY);
			while (eth_gpp_next_restriction(value, &purpose, &type, &ids))
			{
				eth_json_open(state, NULL, ETH_OBJECT);
				eth_json_int(state, "key", purpose);
				eth_json_int(state, "type", type);
				put_ids(state, "ids", &ids, budget);
				eth_json_close(state, ETH_OBJECT);
			}
			eth_json_close(state, ETH_ARRAY);
			break;
		default:
			eth_json_int(state, key, (int64) value->number);
			break;
	}
}

static void
put_section(JsonbParseState **state, const EthGppSection *section, int *budget)
{
	EthGppWalk	walk;
	EthGppValue value;
	EthIabError error;

	eth_gpp_walk(&walk, section);
	while (eth_gpp_next(&walk, &value, &error))
		put_value(state, &value, budget);
}

static void
put_usp(JsonbParseState **state, const char *text)
{
	eth_json_int(state, "Version", text[0] - '0');
	eth_json_text(state, "Notice", text + 1, 1);
	eth_json_text(state, "OptOutSale", text + 2, 1);
	eth_json_text(state, "LspaCovered", text + 3, 1);
}

static void
put_tc_set(JsonbParseState **state, const char *key, const EthTc *tc, EthTcSet set, int *budget)
{
	EthVendors	vendors;
	EthVendorRuns runs;

	eth_tc_set(tc, set, &vendors);
	eth_runs_of(&vendors, &runs);
	eth_json_vendors(state, key, &runs, budget);
}

static void
put_tc_core(JsonbParseState **state, const EthTc *tc, int *budget)
{
	const EthBits *core = &tc->bits[0];
	char	   *letters = palloc(6);
	int			n;
	int			i;
	EthTcRestriction *restriction = eth_tc_merged_restrictions(tc, &n);

	eth_json_int(state, "Version", tc->version);
	eth_json_time(state, "Created", eth_tc_field(tc, ETH_TC_CREATED));
	eth_json_time(state, "LastUpdated", eth_tc_field(tc, ETH_TC_LAST_UPDATED));
	eth_json_int(state, "CmpId", (int64) eth_tc_field(tc, ETH_TC_CMP_ID));
	eth_json_int(state, "CmpVersion", (int64) eth_tc_field(tc, ETH_TC_CMP_VERSION));
	eth_json_int(state, "ConsentScreen", (int64) eth_tc_field(tc, ETH_TC_CONSENT_SCREEN));
	eth_json_text(state, "ConsentLanguage", eth_iab_letters(eth_tc_field(tc, ETH_TC_CONSENT_LANGUAGE), letters), 2);
	eth_json_int(state, "VendorListVersion", (int64) eth_tc_field(tc, ETH_TC_VENDOR_LIST_VERSION));
	eth_json_int(state, "PolicyVersion", (int64) eth_tc_field(tc, ETH_TC_POLICY_VERSION));
	eth_json_bool(state, "IsServiceSpecific", eth_tc_field(tc, ETH_TC_IS_SERVICE_SPECIFIC) != 0);
	eth_json_bool(state, "UseNonStandardStacks", eth_tc_field(tc, ETH_TC_USE_NON_STANDARD_TEXTS) != 0);
	eth_json_flags(state, "SpecialFeatureOptins", core, ETH_TC_SPECIAL_FEATURES);
	eth_json_flags(state, "PurposeConsents", core, ETH_TC_PURPOSE_CONSENTS);
	eth_json_flags(state, "PurposeLegitimateInterests", core, ETH_TC_PURPOSE_LI);
	eth_json_bool(state, "PurposeOneTreatment", eth_tc_field(tc, ETH_TC_PURPOSE_ONE_TREATMENT) != 0);
	eth_json_text(state, "PublisherCountryCode", eth_iab_letters(eth_tc_field(tc, ETH_TC_PUBLISHER_CC), letters + 3), 2);
	put_tc_set(state, "VendorConsents", tc, ETH_TC_VENDOR_CONSENTS, budget);
	put_tc_set(state, "VendorLegitimateInterests", tc, ETH_TC_VENDOR_LI, budget);
	eth_json_open(state, "PublisherRestrictions", ETH_ARRAY);
	for (i = 0; i < n; i++)
	{
		eth_json_open(state, NULL, ETH_OBJECT);
		eth_json_int(state, "key", restriction[i].purpose);
		eth_json_int(state, "type", (int) restriction[i].type);
		eth_json_vendors(state, "ids", &restriction[i].vendors, budget);
		eth_json_close(state, ETH_OBJECT);
	}
	eth_json_close(state, ETH_ARRAY);
}

/* A TC string, under the names it has in GPP. */
static void
put_tc(JsonbParseState **state, const EthTc *tc, int *budget)
{
	const EthBits *publisher = eth_tc_segment(tc, ETH_TC_PUBLISHER);
	static const uint8 nothing[16] = {0};
	EthBits		none = {.data = nothing,.nbits = sizeof(nothing) * 8};
	int			custom;

	put_tc_core(state, tc, budget);
	if (publisher == NULL)
		publisher = &none;
	custom = (int) eth_bits_get(publisher, ETH_TC_PUB_NUM_CUSTOM);
	eth_json_int(state, "PublisherPurposesSegmentType", ETH_TC_PUBLISHER);
	eth_json_flags(state, "PublisherConsents", publisher, ETH_TC_PUB_CONSENTS);
	eth_json_flags(state, "PublisherLegitimateInterests", publisher, ETH_TC_PUB_LI);
	eth_json_int(state, "NumCustomPurposes", custom);
	eth_json_flags(state, "PublisherCustomConsents", publisher, ETH_TC_PUB_CUSTOM, custom);
	eth_json_flags(state, "PublisherCustomLegitimateInterests", publisher, ETH_TC_PUB_CUSTOM + custom, custom);
	eth_json_int(state, "VendorsAllowedSegmentType", ETH_TC_ALLOWED);
	put_tc_set(state, "VendorsAllowed", tc, ETH_TC_VENDORS_ALLOWED, budget);
	eth_json_int(state, "VendorsDisclosedSegmentType", ETH_TC_DISCLOSED);
	put_tc_set(state, "VendorsDisclosed", tc, ETH_TC_VENDORS_DISCLOSED, budget);
}

static const EthGppLayout *
layout_of(int id, List *layouts)
{
	const EthGppLayout *layout = eth_gpp_layout(id);
	ListCell   *lc;

	foreach(lc, layouts)
	{
		if (layout != NULL)
			break;
		if (((EthGppLayout *) lfirst(lc))->id == id)
			layout = lfirst(lc);
	}
	return layout;
}

static void
put_entry(JsonbParseState **state, const EthGpp *gpp, const EthGppEntry *entry, List *layouts, int *budget)
{
	const EthGppLayout *layout = layout_of(entry->id, layouts);
	EthGppSection section;
	EthTc		tc;

	if (layout == NULL)
	{
		eth_json_text(state, psprintf("#%d", entry->id), gpp->text + entry->start, entry->chars);
		return;
	}
	eth_json_open(state, layout->name, ETH_OBJECT);
	switch (layout->kind)
	{
		case ETH_GPP_TC:
			(void) eth_tc_from_datum(PointerGetDatum(eth_gpp_tc(gpp, entry)), &tc);
			put_tc(state, &tc, budget);
			break;
		case ETH_GPP_USP:
			put_usp(state, gpp->text + entry->start);
			break;
		default:
			eth_gpp_decode(&section, layout, gpp, entry);
			put_section(state, &section, budget);
			break;
	}
	eth_json_close(state, ETH_OBJECT);
}

/*
 * layouts: of sections that are not shipped.
 */
Datum
eth_gpp_to_jsonb(const EthGpp *gpp, List *layouts)
{
	JsonbParseState *state = NULL;
	int			budget = ETH_JSON_BUDGET;
	int			n;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	eth_json_open(&state, "header", ETH_OBJECT);
	eth_json_int(&state, "version", ETH_GPP_VERSION);
	eth_json_open(&state, "sectionIds", ETH_ARRAY);
	for (n = 0; n < gpp->sections; n++)
		eth_json_int(&state, NULL, gpp->entry[n].id);
	eth_json_close(&state, ETH_ARRAY);
	eth_json_close(&state, ETH_OBJECT);
	eth_json_open(&state, "sections", ETH_OBJECT);
	for (n = 0; n < gpp->sections; n++)
		put_entry(&state, gpp, &gpp->entry[n], layouts, &budget);
	eth_json_close(&state, ETH_OBJECT);
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}

PG_FUNCTION_INFO_V1(ethdata_gppstring_to_jsonb);

/*
 * gppstring_to_jsonb(gpp)
 */
Datum
ethdata_gppstring_to_jsonb(PG_FUNCTION_ARGS)
{
	EthGpp		gpp;

	(void) eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);
	PG_RETURN_DATUM(eth_gpp_to_jsonb(&gpp, NIL));
}
