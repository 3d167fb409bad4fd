/*
 * tcf_findings.c
 *		What is against policy, or odd, in a string that can be decoded.
 *
 * Kinds: "policy", rules of IAB Europe that make a string invalid for use;
 * "encoding", what an encoder should not have written; "content", where what it
 * says contradicts itself.  Nothing is changed by a finding: tc_permits() answers
 * by what the string says.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "iab/iab.h"

#define DECISECONDS_PER_DAY 864000
#define LOWEST_CMP 2			/* 0 and 1 are no CMPs */
#define LOWEST_POLICY 4
#define PURPOSES_KNOWN 11
#define SPECIAL_FEATURES_KNOWN 2

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

static void
find_policy(FunctionCallInfo fcinfo, const EthTc *tc)
{
	uint64		created = eth_tc_field(tc, ETH_TC_CREATED);
	uint64		updated = eth_tc_field(tc, ETH_TC_LAST_UPDATED);

	if (tc->version == 1)
	{
		found(fcinfo, "policy", "TCF v1 string: invalid since 2020-09-30");
		return;
	}
	if (eth_tc_field(tc, ETH_TC_IS_SERVICE_SPECIFIC) == 0)
		found(fcinfo, "policy", "IsServiceSpecific=0: invalid since 2021-09-01");
	if (eth_tc_field(tc, ETH_TC_POLICY_VERSION) < LOWEST_POLICY)
		found(fcinfo, "policy", "TcfPolicyVersion<4: invalid if created after 2023-09-30");
	if (created != updated)
		found(fcinfo, "policy", "Created != LastUpdated (since Dec 2021 must be equal)");
	if (created % DECISECONDS_PER_DAY != 0 || updated % DECISECONDS_PER_DAY != 0)
		found(fcinfo, "policy", "timestamps not day-level");
	if (eth_tc_segment(tc, ETH_TC_DISCLOSED) == NULL)
		found(fcinfo, "policy", "DisclosedVendors missing: mandatory in TCF 2.3");
	if (eth_tc_field(tc, ETH_TC_CMP_ID) < LOWEST_CMP)
		found(fcinfo, "policy", "CmpId<2: not an assigned CMP");
}

static void
find_set_encoding(FunctionCallInfo fcinfo, const EthTc *tc, EthTcSet set, const char *field)
{
	EthVendors	vendors;
	EthVendorWalk walk;
	uint16		from;
	uint16		to;
	uint16		highest = 0;
	bool		of_one = false;

	eth_tc_set(tc, set, &vendors);
	if (!vendors.is_range)
		return;
	eth_vendors_walk(&walk, &vendors);
	while (eth_vendors_next(&walk, &from, &to))
	{
		highest = Max(highest, to);
		/* a range of one is written as one */
		if (from == to && eth_bits_test(&vendors.bits, walk.pos - 33))
			of_one = true;
	}
	if (of_one)
		found(fcinfo, "encoding", psprintf("%s: range of one", field));
	if (!vendors.ascending)
		found(fcinfo, "encoding", psprintf("%s: entries not ascending/disjoint", field));
	if (highest != vendors.max && !vendors.inverted)
		found(fcinfo, "encoding", psprintf("%s: MaxVendorId %d != highest id %d", field, vendors.max, highest));
}

/* Where the last field of the core ends. */
static uint32
end_of_core(const EthTc *tc)
{
	EthTcRestrictionWalk walk;
	EthTcRestrictionType type;
	EthVendors	vendors;
	int			purpose;

	eth_tc_restrictions(&walk, tc);
	while (eth_tc_next_restriction(&walk, &purpose, &type, &vendors))
		;
	return walk.pos;
}

static void
find_padding(FunctionCallInfo fcinfo, const EthTc *tc)
{
	const EthBits *core = &tc->bits[0];
	uint32		pos = end_of_core(tc);
	uint32		left = core->nbits - pos;
	uint32		i;

	for (i = pos; i < core->nbits; i++)
		if (eth_bits_test(core, i))
		{
			found(fcinfo, "encoding", "core: non-zero padding");
			break;
		}
	/* encoders fill up to a multiple of 24 bits */
	if (left >= 24)
		found(fcinfo, "encoding", psprintf("core: %u trailing bits", left));
}

static void
find_encoding(FunctionCallInfo fcinfo, const EthTc *tc)
{
	int			n;

	find_set_encoding(fcinfo, tc, ETH_TC_VENDOR_CONSENTS, "vendorConsents");
	if (tc->version == 1)
		return;
	find_set_encoding(fcinfo, tc, ETH_TC_VENDOR_LI, "vendorLI");
	find_padding(fcinfo, tc);
	for (n = 1; n < tc->header.segments; n++)
	{
		switch (tc->segment[n].type)
		{
			case ETH_TC_DISCLOSED:
				find_set_encoding(fcinfo, tc, ETH_TC_VENDORS_DISCLOSED, "vendorsDisclosed");
				break;
			case ETH_TC_ALLOWED:
				find_set_encoding(fcinfo, tc, ETH_TC_VENDORS_ALLOWED, "vendorsAllowed");
				found(fcinfo, "encoding", "vendorsAllowed segment: removed from spec (OOB deprecated 2021)");
				break;
			case ETH_TC_PUBLISHER:
				break;
			default:
				found(fcinfo, "encoding", psprintf("unknown segment type %d ignored", tc->segment[n].type));
				break;
		}
	}
}

static bool
has_undisclosed(const EthTc *tc, EthTcSet set, const EthVendorRuns *disclosed)
{
	EthVendors	vendors;
	EthVendorRuns runs;

	eth_tc_set(tc, set, &vendors);
	eth_runs_of(&vendors, &runs);
	return !eth_runs_within(&runs, disclosed);
}

/* Restrictions of one purpose for the same vendors in more than one way. */
static bool
has_contradiction(const EthTc *tc)
{
	int			n;
	EthTcRestriction *restriction = eth_tc_merged_restrictions(tc, &n);
	int			i;
	int			j;

	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++)
		{
			EthVendorRuns both;

			if (restriction[i].purpose != restriction[j].purpose)
				continue;
			/* those that meet are fewer runs, or fewer vendors, than apart */
			both.n = restriction[i].vendors.n + restriction[j].vendors.n;
			both.run = palloc(sizeof(EthVendorRun) * both.n);
			memcpy(both.run, restriction[i].vendors.run, sizeof(EthVendorRun) * restriction[i].vendors.n);
			memcpy(both.run + restriction[i].vendors.n, restriction[j].vendors.run,
				   sizeof(EthVendorRun) * restriction[j].vendors.n);
			eth_runs_sort(&both);
			if (eth_runs_ids(&both) <
				eth_runs_ids(&restriction[i].vendors) + eth_runs_ids(&restriction[j].vendors))
				return true;
		}
	return false;
}

static void
find_content(FunctionCallInfo fcinfo, const EthTc *tc)
{
	const EthBits *core = &tc->bits[0];
	EthVendors	vendors;
	EthVendorRuns disclosed;
	int			i;

	if (tc->version == 1)
		return;
	for (i = PURPOSES_KNOWN + 1; i <= 24; i++)
		if (eth_tc_flag(tc, ETH_TC_PURPOSE_CONSENTS, i) || eth_tc_flag(tc, ETH_TC_PURPOSE_LI, i))
		{
			found(fcinfo, "content", "purposes beyond 11: reserved");
			break;
		}
	for (i = SPECIAL_FEATURES_KNOWN + 1; i <= 12; i++)
		if (eth_tc_flag(tc, ETH_TC_SPECIAL_FEATURES, i))
		{
			found(fcinfo, "content", "special features beyond 2: reserved");
			break;
		}
	/* purpose 1 is the first bit, 3 to 6 the third and on */
	if (eth_bits_test(core, 176) || eth_bits_get(core, 178, 4) != 0)
		found(fcinfo, "content", "legitimate interest for purpose 1 or 3 to 6: no basis there");
	if (has_contradiction(tc))
		found(fcinfo, "content", "contradictory restrictions of a vendor");
	if (eth_tc_segment(tc, ETH_TC_DISCLOSED) == NULL)
		return;
	eth_tc_set(tc, ETH_TC_VENDORS_DISCLOSED, &vendors);
	eth_runs_of(&vendors, &disclosed);
	if (has_undisclosed(tc, ETH_TC_VENDOR_CONSENTS, &disclosed))
		found(fcinfo, "content", "consent for vendors that were not disclosed");
	if (has_undisclosed(tc, ETH_TC_VENDOR_LI, &disclosed))
		found(fcinfo, "content", "legitimate interest of vendors that were not disclosed");
}

PG_FUNCTION_INFO_V1(ethdata_tc_findings);

/*
 * tc_findings(tc): rows of (kind, finding)
 */
Datum
ethdata_tc_findings(PG_FUNCTION_ARGS)
{
	EthTc		tc;

	(void) eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);
	InitMaterializedSRF(fcinfo, 0);
	find_policy(fcinfo, &tc);
	find_encoding(fcinfo, &tc);
	find_content(fcinfo, &tc);
	return (Datum) 0;
}
