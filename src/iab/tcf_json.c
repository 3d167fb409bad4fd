/*
 * tcf_json.c
 *		Cast of a TC string to jsonb, with the reference library's names.
 *
 * Keys of fields that the string does not have are absent in version 1; segments
 * that it does not have are null.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "iab/iab.h"

static void
put_set(JsonbParseState **state, const char *key, const EthTc *tc, EthTcSet set, int *budget)
{
	EthVendors	vendors;
	EthVendorRuns runs;

	eth_tc_set(tc, set, &vendors);
	eth_runs_of(&vendors, &runs);
	eth_json_vendors(state, key, &runs, budget);
}

/* null where the segment is absent */
static void
put_segment_set(JsonbParseState **state, const char *key, const EthTc *tc,
				EthTcSegmentType type, EthTcSet set, int *budget)
{
	if (eth_tc_segment(tc, type) == NULL)
		eth_json_null(state, key);
	else
		put_set(state, key, tc, set, budget);
}

static void
put_letters(JsonbParseState **state, const char *key, uint64 letters)
{
	char	   *buffer = palloc(3);

	eth_json_text(state, key, eth_iab_letters(letters, buffer), 2);
}

static void
put_restrictions(JsonbParseState **state, const EthTc *tc, int *budget)
{
	int			n;
	EthTcRestriction *restriction = eth_tc_merged_restrictions(tc, &n);
	int			i;

	eth_json_open(state, "publisherRestrictions", ETH_ARRAY);
	for (i = 0; i < n; i++)
	{
		eth_json_open(state, NULL, ETH_OBJECT);
		eth_json_int(state, "purposeId", restriction[i].purpose);
		eth_json_int(state, "restrictionType", (int) restriction[i].type);
		eth_json_vendors(state, "vendors", &restriction[i].vendors, budget);
		eth_json_close(state, ETH_OBJECT);
	}
	eth_json_close(state, ETH_ARRAY);
}

static void
put_publisher(JsonbParseState **state, const EthTc *tc)
{
	const EthBits *bits = eth_tc_segment(tc, ETH_TC_PUBLISHER);
	int			custom;

	if (bits == NULL)
	{
		eth_json_null(state, "publisherTC");
		return;
	}
	custom = (int) eth_bits_get(bits, ETH_TC_PUB_NUM_CUSTOM);
	eth_json_open(state, "publisherTC", ETH_OBJECT);
	eth_json_flags(state, "purposeConsents", bits, ETH_TC_PUB_CONSENTS);
	eth_json_flags(state, "purposeLI", bits, ETH_TC_PUB_LI);
	eth_json_int(state, "numCustomPurposes", custom);
	eth_json_flags(state, "customConsents", bits, ETH_TC_PUB_CUSTOM, custom);
	eth_json_flags(state, "customLI", bits, ETH_TC_PUB_CUSTOM + custom, custom);
	eth_json_close(state, ETH_OBJECT);
}

static void
put_core_2(JsonbParseState **state, const EthTc *tc, int *budget)
{
	const EthBits *core = &tc->bits[0];

	eth_json_int(state, "tcfPolicyVersion", (int64) eth_tc_field(tc, ETH_TC_POLICY_VERSION));
	eth_json_bool(state, "isServiceSpecific", eth_tc_field(tc, ETH_TC_IS_SERVICE_SPECIFIC) != 0);
	eth_json_bool(state, "useNonStandardTexts", eth_tc_field(tc, ETH_TC_USE_NON_STANDARD_TEXTS) != 0);
	eth_json_flags(state, "specialFeatureOptins", core, ETH_TC_SPECIAL_FEATURES);
	eth_json_flags(state, "purposeConsents", core, ETH_TC_PURPOSE_CONSENTS);
	eth_json_flags(state, "purposeLI", core, ETH_TC_PURPOSE_LI);
	eth_json_bool(state, "purposeOneTreatment", eth_tc_field(tc, ETH_TC_PURPOSE_ONE_TREATMENT) != 0);
	put_letters(state, "publisherCC", eth_tc_field(tc, ETH_TC_PUBLISHER_CC));
	put_set(state, "vendorConsents", tc, ETH_TC_VENDOR_CONSENTS, budget);
	put_set(state, "vendorLI", tc, ETH_TC_VENDOR_LI, budget);
	put_restrictions(state, tc, budget);
}

static void
put_core_1(JsonbParseState **state, const EthTc *tc, int *budget)
{
	EthVendors	vendors;

	eth_json_flags(state, "purposeConsents", &tc->bits[0], ETH_TC_V1_PURPOSES_ALLOWED);
	put_set(state, "vendorConsents", tc, ETH_TC_VENDOR_CONSENTS, budget);
	eth_tc_set(tc, ETH_TC_VENDOR_CONSENTS, &vendors);
	if (vendors.is_range)
		eth_json_bool(state, "defaultConsent", vendors.inverted);
}

PG_FUNCTION_INFO_V1(ethdata_tcstring_to_jsonb);

/*
 * tcstring_to_jsonb(tc)
 */
Datum
ethdata_tcstring_to_jsonb(PG_FUNCTION_ARGS)
{
	JsonbParseState *state = NULL;
	int			budget = ETH_JSON_BUDGET;
	EthTc		tc;

	(void) eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	eth_json_int(&state, "version", tc.version);
	eth_json_time(&state, "created", eth_tc_field(&tc, ETH_TC_CREATED));
	eth_json_time(&state, "lastUpdated", eth_tc_field(&tc, ETH_TC_LAST_UPDATED));
	eth_json_int(&state, "cmpId", (int64) eth_tc_field(&tc, ETH_TC_CMP_ID));
	eth_json_int(&state, "cmpVersion", (int64) eth_tc_field(&tc, ETH_TC_CMP_VERSION));
	eth_json_int(&state, "consentScreen", (int64) eth_tc_field(&tc, ETH_TC_CONSENT_SCREEN));
	put_letters(&state, "consentLanguage", eth_tc_field(&tc, ETH_TC_CONSENT_LANGUAGE));
	eth_json_int(&state, "vendorListVersion", (int64) eth_tc_field(&tc, ETH_TC_VENDOR_LIST_VERSION));
	if (tc.version == 1)
		put_core_1(&state, &tc, &budget);
	else
	{
		put_core_2(&state, &tc, &budget);
		put_segment_set(&state, "vendorsDisclosed", &tc, ETH_TC_DISCLOSED, ETH_TC_VENDORS_DISCLOSED, &budget);
		put_segment_set(&state, "vendorsAllowed", &tc, ETH_TC_ALLOWED, ETH_TC_VENDORS_ALLOWED, &budget);
		put_publisher(&state, &tc);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}
