/*
 * tcf_decide.c
 *		What a TC string permits a vendor.
 *
 * A vendor declares for each purpose one legal basis, consent or legitimate
 * interest, and whether it is flexible: whether publishers may demand the other.
 * The string alone does not say what a vendor declared; so the caller may, and
 * where he does not, either basis serves that the string establishes.  In order:
 *
 *	1.	a restriction "not allowed" of this purpose and vendor: no
 *	2.	a restriction to consent, or to legitimate interest: the other basis does
 *		not count; a declared basis that is not flexible is not exchanged for the
 *		demanded one; both restrictions at once leave nothing
 *	3.	consent: the purpose's bit and the vendor's bit
 *	4.	legitimate interest: the same, but never for purposes 1 and 3 to 6
 *
 * Special purposes need no choice of the user, but that the vendor was disclosed;
 * special features need the user's opt-in.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "iab/iab.h"

#define PURPOSES 24

/* Legitimate interest is no basis for these (policy 4 and later; 1 never was). */
static bool
interest_excluded(int purpose)
{
	return purpose == 1 || (purpose >= 3 && purpose <= 6);
}

static bool
permits_1(const EthTc *tc, int vendor, int purpose, bool consent)
{
	EthVendors	vendors;

	if (!consent || !eth_tc_flag(tc, ETH_TC_V1_PURPOSES_ALLOWED, purpose))
		return false;
	eth_tc_set(tc, ETH_TC_VENDOR_CONSENTS, &vendors);
	return eth_vendors_have(&vendors, vendor);
}

/*
 * consent, interest: the basis the vendor declared; both when that is not known.
 */
bool
eth_tc_permits(const EthTc *tc, int vendor, int purpose, bool consent, bool interest, bool flexible)
{
	bool		declared_consent = consent;
	bool		declared_interest = interest;
	EthTcRestrictionWalk walk;
	EthTcRestrictionType type;
	EthVendors	vendors;
	int			restricted;

	if (vendor < 1 || vendor > ETH_MAX_VENDOR || purpose < 1 || purpose > PURPOSES)
		return false;
	if (tc->version == 1)
		return permits_1(tc, vendor, purpose, consent);
	if (flexible)
		consent = interest = true;
	eth_tc_restrictions(&walk, tc);
	while (eth_tc_next_restriction(&walk, &restricted, &type, &vendors))
	{
		if (restricted != purpose || !eth_vendors_have(&vendors, vendor))
			continue;
		/* the basis that was not declared counts only where it is demanded */
		switch (type)
		{
			case ETH_TC_REQUIRE_CONSENT:
				interest = false;
				declared_consent = consent;
				declared_interest = false;
				break;
			case ETH_TC_REQUIRE_LI:
				consent = false;
				declared_interest = interest;
				declared_consent = false;
				break;
			default:
				return false;
		}
	}
	if (declared_consent && eth_tc_flag(tc, ETH_TC_PURPOSE_CONSENTS, purpose))
	{
		eth_tc_set(tc, ETH_TC_VENDOR_CONSENTS, &vendors);
		if (eth_vendors_have(&vendors, vendor))
			return true;
	}
	if (declared_interest && !interest_excluded(purpose) && eth_tc_flag(tc, ETH_TC_PURPOSE_LI, purpose))
	{
		eth_tc_set(tc, ETH_TC_VENDOR_LI, &vendors);
		return eth_vendors_have(&vendors, vendor);
	}
	return false;
}

PG_FUNCTION_INFO_V1(ethdata_tc_permits);
PG_FUNCTION_INFO_V1(ethdata_tc_permits_declared);
PG_FUNCTION_INFO_V1(ethdata_tc_permits_special_purpose);
PG_FUNCTION_INFO_V1(ethdata_tc_permits_special_feature);

/*
 * tc_permits(tc, vendor, purpose)
 */
Datum
ethdata_tc_permits(PG_FUNCTION_ARGS)
{
	EthTc		tc;

	(void) eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);
	PG_RETURN_BOOL(eth_tc_permits(&tc, PG_GETARG_INT32(1), PG_GETARG_INT32(2), true, true, true));
}

/*
 * tc_permits_declared(tc, vendor, purpose, basis, flexible)
 */
Datum
ethdata_tc_permits_declared(PG_FUNCTION_ARGS)
{
	char	   *basis = text_to_cstring(PG_GETARG_TEXT_PP(3));
	bool		consent = strcmp(basis, "consent") == 0;
	EthTc		tc;

	if (!consent && strcmp(basis, "legitimate_interest") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown legal basis \"%s\"", basis),
				 errhint("The bases that vendors declare are consent and legitimate_interest.")));
	(void) eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);
	PG_RETURN_BOOL(eth_tc_permits(&tc, PG_GETARG_INT32(1), PG_GETARG_INT32(2), consent, !consent, PG_GETARG_BOOL(4)));
}

/*
 * tc_permits_special_purpose(tc, vendor, special_purpose)
 */
Datum
ethdata_tc_permits_special_purpose(PG_FUNCTION_ARGS)
{
	int			purpose = PG_GETARG_INT32(2);
	EthVendors	vendors;
	EthTc		tc;

	(void) eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);
	eth_tc_set(&tc, ETH_TC_VENDORS_DISCLOSED, &vendors);
	PG_RETURN_BOOL(purpose >= 1 && eth_vendors_have(&vendors, PG_GETARG_INT32(1)));
}

/*
 * tc_permits_special_feature(tc, vendor, special_feature)
 */
Datum
ethdata_tc_permits_special_feature(PG_FUNCTION_ARGS)
{
	int			vendor = PG_GETARG_INT32(1);
	EthVendors	vendors;
	EthTc		tc;

	(void) eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);
	if (tc.version == 1 || !eth_tc_flag(&tc, ETH_TC_SPECIAL_FEATURES, PG_GETARG_INT32(2)))
		PG_RETURN_BOOL(false);
	/* of strings older than the segment nobody knows who was disclosed */
	if (eth_tc_segment(&tc, ETH_TC_DISCLOSED) == NULL)
		PG_RETURN_BOOL(vendor >= 1 && vendor <= ETH_MAX_VENDOR);
	eth_tc_set(&tc, ETH_TC_VENDORS_DISCLOSED, &vendors);
	PG_RETURN_BOOL(eth_vendors_have(&vendors, vendor));
}
