/*
 * grants.c
 *		Who may act for a purpose, and who may collect answers for it.
 *
 * A grant names a role by name and oid, and holds only while both fit: a role
 * that was dropped, or made anew under an old name, holds nothing.  Membership
 * is core's own (has_privs_of_role); nothing about roles is cached here.
 *
 * A grant on a purpose covers all its descendants, also later ones: they say who
 * may act; the person's permission is still needed.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"

#include "purpose/internal.h"

Oid
eth_purpose_grantee(const EthGrant *grant)
{
	Oid			oid = get_role_oid(NameStr(grant->grantee), true);

	return oid == grant->grantee_oid ? oid : InvalidOid;
}

bool
eth_purpose_grant_in_force(const EthGrant *grant)
{
	return grant->valid_until == DT_NOEND || grant->valid_until > eth_core_clock();
}

/*
 * Does the session have what the grant asks for beside the role: a token that
 * names the purpose, a trusted function that set it?
 */
static bool
has_what_it_needs(const EthGrant *grant, const EthPurpose *purpose)
{
	return (!grant->token_required || eth_purpose_token_names(purpose)) &&
		(grant->asserted_by == NULL || eth_purpose_asserted(grant, purpose));
}

static bool
covers(const EthGrant *grant, const EthPurpose *purpose)
{
	return bms_is_member(grant->purpose, purpose->ancestors);
}

static bool
holds(Oid role, const EthPurpose *purpose, bool now)
{
	int			i;

	if (superuser_arg(role))
		return true;
	for (i = 0; i < eth_purpose_grant_count(); i++)
	{
		const EthGrant *grant = eth_purpose_grant_at(i);
		Oid			grantee;

		if (!covers(grant, purpose) || !eth_purpose_grant_in_force(grant) ||
			(now && !has_what_it_needs(grant, purpose)))
			continue;
		grantee = eth_purpose_grantee(grant);
		if (OidIsValid(grantee) && has_privs_of_role(role, grantee))
			return true;
	}
	return false;
}

bool
eth_purpose_granted(Oid role, const EthPurpose *purpose)
{
	return holds(role, purpose, true);
}

bool
eth_purpose_held(Oid role, const EthPurpose *purpose)
{
	return holds(role, purpose, false);
}

/*
 * Asked while a query is planned, so that nothing that changes without a new plan
 * counts: not the clock, not the token.  grant.c has plans made anew when such a
 * grant comes or goes.
 */
bool
eth_purpose_is_portal(Oid role)
{
	int			i;

	eth_purpose_catalogue_refresh();
	for (i = 0; i < eth_purpose_grant_count(); i++)
	{
		const EthGrant *grant = eth_purpose_grant_at(i);
		Oid			grantee;

		if (!eth_purpose_by_index(grant->purpose)->self || superuser_arg(role))
			continue;
		grantee = eth_purpose_grantee(grant);
		if (OidIsValid(grantee) && has_privs_of_role(role, grantee))
			return true;
	}
	return false;
}

/*
 * The session's user, beside the role that is checked: else SET ethdata.purpose
 * and a SECURITY DEFINER function or a view of somebody who holds the purpose
 * would lend it to everybody.  A token that names the purpose stands in for the
 * user, not for the role.
 */
bool
eth_purpose_session_may(const EthPurpose *purpose)
{
	Oid			session = GetSessionUserId();
	int			i;

	if (superuser_arg(session) || eth_purpose_token_names(purpose))
		return true;
	for (i = 0; i < eth_purpose_grant_count(); i++)
	{
		const EthGrant *grant = eth_purpose_grant_at(i);
		Oid			grantee;

		if (!covers(grant, purpose) || !eth_purpose_grant_in_force(grant) ||
			!has_what_it_needs(grant, purpose))
			continue;
		grantee = eth_purpose_grantee(grant);
		if (OidIsValid(grantee) &&
			(has_privs_of_role(session, grantee) ||
			 eth_compat_can_set_role(session, grantee)))
			return true;
	}
	return false;
}

bool
eth_purpose_may_collect(Oid role, const EthPurpose *purpose)
{
	int			i;

	if (superuser_arg(role))
		return true;
	for (i = 0; i < eth_purpose_collection_count(); i++)
	{
		const EthGrant *grant = eth_purpose_collection_at(i);
		Oid			grantee;

		if (!covers(grant, purpose))
			continue;
		grantee = eth_purpose_grantee(grant);
		if (OidIsValid(grantee) && has_privs_of_role(role, grantee))
			return true;
	}
	return false;
}

bool
eth_purpose_pooled(Oid role, const EthPurpose *purpose)
{
	int			i;

	if (superuser_arg(role))
		return false;
	for (i = 0; i < eth_purpose_grant_count(); i++)
	{
		const EthGrant *grant = eth_purpose_grant_at(i);
		Oid			grantee;

		if (!(grant->pooled || grant->token_required || grant->asserted_by != NULL) ||
			!covers(grant, purpose))
			continue;
		grantee = eth_purpose_grantee(grant);
		if (OidIsValid(grantee) && has_privs_of_role(role, grantee))
			return true;
	}
	return false;
}
