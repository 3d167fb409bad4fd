/*
 * tcf_fields.c
 *		What a TC string says, field by field, as values of SQL.
 *
 * Fields that strings of version 1 do not have are NULL, segments that are not
 * there too.  Vendors are multiranges, which are as long as the string and not as
 * what it claims.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "core/compat.h"
#include "iab/iab.h"

/* The bits of a field that are set, numbered from 1, as integer[]. */
static Datum
flags_array(const EthBits *bits, uint32 pos, int n)
{
	Datum		number[64];
	int			count = 0;
	int			i;

	for (i = 0; i < n; i++)
		if (eth_bits_test(bits, pos + i))
			number[count++] = Int32GetDatum(i + 1);
	return PointerGetDatum(construct_array(number, count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

/* Runs as int4multirange. */
static Datum
runs_multirange(const EthVendorRuns *runs)
{
	TypeCacheEntry *type = lookup_type_cache(INT4MULTIRANGEOID, TYPECACHE_MULTIRANGE_INFO);
	RangeType **range = palloc(sizeof(RangeType *) * Max(runs->n, 1));
	int			i;

	for (i = 0; i < runs->n; i++)
	{
		RangeBound	lower = {.val = Int32GetDatum(runs->run[i].from),.inclusive = true,.lower = true};
		RangeBound	upper = {.val = Int32GetDatum((int32) runs->run[i].to + 1)};

		range[i] = eth_compat_make_range(type->rngtype, &lower, &upper);
	}
	return MultirangeTypePGetDatum(make_multirange(INT4MULTIRANGEOID, type->rngtype, runs->n, range));
}

static Datum
set_multirange(const EthTc *tc, EthTcSet set)
{
	EthVendors	vendors;
	EthVendorRuns runs;

	eth_tc_set(tc, set, &vendors);
	eth_runs_of(&vendors, &runs);
	return runs_multirange(&runs);
}

/* Functions of one value: what follows has the string as "tc". */
#define TC_FUNCTION(name) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS)

#define GET_TC(tc) \
	EthTc		tc; \
	(void) eth_tc_from_datum(PG_GETARG_DATUM(0), &(tc))

/* The same, NULL of version 1. */
#define GET_TC_2(tc) \
	GET_TC(tc); \
	if ((tc).version == 1) \
		PG_RETURN_NULL()

TC_FUNCTION(ethdata_tc_version)
{
	GET_TC(tc);
	PG_RETURN_INT32(tc.version);
}

TC_FUNCTION(ethdata_tc_created)
{
	GET_TC(tc);
	PG_RETURN_TIMESTAMPTZ(eth_tc_time(eth_tc_field(&tc, ETH_TC_CREATED)));
}

TC_FUNCTION(ethdata_tc_last_updated)
{
	GET_TC(tc);
	PG_RETURN_TIMESTAMPTZ(eth_tc_time(eth_tc_field(&tc, ETH_TC_LAST_UPDATED)));
}

TC_FUNCTION(ethdata_tc_cmp_id)
{
	GET_TC(tc);
	PG_RETURN_INT32((int32) eth_tc_field(&tc, ETH_TC_CMP_ID));
}

TC_FUNCTION(ethdata_tc_cmp_version)
{
	GET_TC(tc);
	PG_RETURN_INT32((int32) eth_tc_field(&tc, ETH_TC_CMP_VERSION));
}

TC_FUNCTION(ethdata_tc_consent_screen)
{
	GET_TC(tc);
	PG_RETURN_INT32((int32) eth_tc_field(&tc, ETH_TC_CONSENT_SCREEN));
}

TC_FUNCTION(ethdata_tc_consent_language)
{
	char		letters[3];

	GET_TC(tc);
	PG_RETURN_TEXT_P(cstring_to_text(eth_iab_letters(eth_tc_field(&tc, ETH_TC_CONSENT_LANGUAGE), letters)));
}

TC_FUNCTION(ethdata_tc_vendor_list_version)
{
	GET_TC(tc);
	PG_RETURN_INT32((int32) eth_tc_field(&tc, ETH_TC_VENDOR_LIST_VERSION));
}

TC_FUNCTION(ethdata_tc_policy_version)
{
	GET_TC_2(tc);
	PG_RETURN_INT32((int32) eth_tc_field(&tc, ETH_TC_POLICY_VERSION));
}

TC_FUNCTION(ethdata_tc_is_service_specific)
{
	GET_TC_2(tc);
	PG_RETURN_BOOL(eth_tc_field(&tc, ETH_TC_IS_SERVICE_SPECIFIC) != 0);
}

TC_FUNCTION(ethdata_tc_use_non_standard_texts)
{
	GET_TC_2(tc);
	PG_RETURN_BOOL(eth_tc_field(&tc, ETH_TC_USE_NON_STANDARD_TEXTS) != 0);
}

TC_FUNCTION(ethdata_tc_purpose_one_treatment)
{
	GET_TC_2(tc);
	PG_RETURN_BOOL(eth_tc_field(&tc, ETH_TC_PURPOSE_ONE_TREATMENT) != 0);
}

TC_FUNCTION(ethdata_tc_publisher_cc)
{
	char		letters[3];

	GET_TC_2(tc);
	PG_RETURN_TEXT_P(cstring_to_text(eth_iab_letters(eth_tc_field(&tc, ETH_TC_PUBLISHER_CC), letters)));
}

TC_FUNCTION(ethdata_tc_special_feature_optins)
{
	GET_TC_2(tc);
	PG_RETURN_DATUM(flags_array(&tc.bits[0], ETH_TC_SPECIAL_FEATURES));
}

TC_FUNCTION(ethdata_tc_purpose_consents)
{
	GET_TC(tc);
	if (tc.version == 1)
		PG_RETURN_DATUM(flags_array(&tc.bits[0], ETH_TC_V1_PURPOSES_ALLOWED));
	PG_RETURN_DATUM(flags_array(&tc.bits[0], ETH_TC_PURPOSE_CONSENTS));
}

TC_FUNCTION(ethdata_tc_purpose_li)
{
	GET_TC_2(tc);
	PG_RETURN_DATUM(flags_array(&tc.bits[0], ETH_TC_PURPOSE_LI));
}

TC_FUNCTION(ethdata_tc_vendor_consents)
{
	GET_TC(tc);
	PG_RETURN_DATUM(set_multirange(&tc, ETH_TC_VENDOR_CONSENTS));
}

TC_FUNCTION(ethdata_tc_vendor_li)
{
	GET_TC_2(tc);
	PG_RETURN_DATUM(set_multirange(&tc, ETH_TC_VENDOR_LI));
}

TC_FUNCTION(ethdata_tc_vendors_disclosed)
{
	GET_TC(tc);
	if (eth_tc_segment(&tc, ETH_TC_DISCLOSED) == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(set_multirange(&tc, ETH_TC_VENDORS_DISCLOSED));
}

TC_FUNCTION(ethdata_tc_vendors_allowed)
{
	GET_TC(tc);
	if (eth_tc_segment(&tc, ETH_TC_ALLOWED) == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(set_multirange(&tc, ETH_TC_VENDORS_ALLOWED));
}

/* The publisher's segment; NULL where the string has none. */
#define GET_PUBLISHER(bits) \
	const EthBits *bits; \
	GET_TC(tc); \
	(bits) = eth_tc_segment(&tc, ETH_TC_PUBLISHER); \
	if ((bits) == NULL) \
		PG_RETURN_NULL()

TC_FUNCTION(ethdata_tc_publisher_consents)
{
	GET_PUBLISHER(bits);
	PG_RETURN_DATUM(flags_array(bits, ETH_TC_PUB_CONSENTS));
}

TC_FUNCTION(ethdata_tc_publisher_li)
{
	GET_PUBLISHER(bits);
	PG_RETURN_DATUM(flags_array(bits, ETH_TC_PUB_LI));
}

TC_FUNCTION(ethdata_tc_num_custom_purposes)
{
	GET_PUBLISHER(bits);
	PG_RETURN_INT32((int32) eth_bits_get(bits, ETH_TC_PUB_NUM_CUSTOM));
}

TC_FUNCTION(ethdata_tc_custom_consents)
{
	GET_PUBLISHER(bits);
	PG_RETURN_DATUM(flags_array(bits, ETH_TC_PUB_CUSTOM, (int) eth_bits_get(bits, ETH_TC_PUB_NUM_CUSTOM)));
}

TC_FUNCTION(ethdata_tc_custom_li)
{
	int			n;

	GET_PUBLISHER(bits);
	n = (int) eth_bits_get(bits, ETH_TC_PUB_NUM_CUSTOM);
	PG_RETURN_DATUM(flags_array(bits, ETH_TC_PUB_CUSTOM + n, n));
}

/* Is the number of the second argument among those of the field? */

TC_FUNCTION(ethdata_tc_purpose_consent)
{
	GET_TC(tc);
	if (tc.version == 1)
		PG_RETURN_BOOL(eth_tc_flag(&tc, ETH_TC_V1_PURPOSES_ALLOWED, PG_GETARG_INT32(1)));
	PG_RETURN_BOOL(eth_tc_flag(&tc, ETH_TC_PURPOSE_CONSENTS, PG_GETARG_INT32(1)));
}

TC_FUNCTION(ethdata_tc_purpose_interest)
{
	GET_TC(tc);
	PG_RETURN_BOOL(tc.version != 1 && eth_tc_flag(&tc, ETH_TC_PURPOSE_LI, PG_GETARG_INT32(1)));
}

TC_FUNCTION(ethdata_tc_special_feature)
{
	GET_TC(tc);
	PG_RETURN_BOOL(tc.version != 1 && eth_tc_flag(&tc, ETH_TC_SPECIAL_FEATURES, PG_GETARG_INT32(1)));
}

static bool
has_vendor(FunctionCallInfo fcinfo, EthTcSet set)
{
	EthVendors	vendors;

	GET_TC(tc);
	eth_tc_set(&tc, set, &vendors);
	return eth_vendors_have(&vendors, PG_GETARG_INT32(1));
}

TC_FUNCTION(ethdata_tc_vendor_consent)
{
	PG_RETURN_BOOL(has_vendor(fcinfo, ETH_TC_VENDOR_CONSENTS));
}

TC_FUNCTION(ethdata_tc_vendor_interest)
{
	PG_RETURN_BOOL(has_vendor(fcinfo, ETH_TC_VENDOR_LI));
}

TC_FUNCTION(ethdata_tc_vendor_disclosed)
{
	PG_RETURN_BOOL(has_vendor(fcinfo, ETH_TC_VENDORS_DISCLOSED));
}

TC_FUNCTION(ethdata_tc_vendor_allowed)
{
	PG_RETURN_BOOL(has_vendor(fcinfo, ETH_TC_VENDORS_ALLOWED));
}

/* Rows of (purpose, restriction, vendors). */
TC_FUNCTION(ethdata_tc_publisher_restrictions)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	EthTcRestriction *restriction;
	int			n;
	int			i;

	GET_TC(tc);
	InitMaterializedSRF(fcinfo, 0);
	restriction = eth_tc_merged_restrictions(&tc, &n);
	for (i = 0; i < n; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false, false, false};

		values[0] = Int32GetDatum(restriction[i].purpose);
		values[1] = Int32GetDatum((int32) restriction[i].type);
		values[2] = runs_multirange(&restriction[i].vendors);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
