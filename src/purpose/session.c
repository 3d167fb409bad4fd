/*
 * session.c
 *		The purpose of a session: the setting ethdata.purpose, set_purpose(),
 *		and what is in force for a role.
 *
 * The setting is a claim.  Its check hook looks at the syntax alone: parallel
 * workers restore settings before they know their user, and ALTER ROLE .. SET
 * runs where the purpose may not exist yet.  The claim is checked where it is
 * used, by eth_purpose_in_force(), against the role whose privileges core would
 * check and against the session's user.
 *
 *	''		not set: the default purpose of the role holds, if it has one
 *	none	deliberately none
 *	self	the portal's: of the person whom the token names
 *
 * Pooled grants.  A purpose set by a plain SET stays for the session, and behind
 * a pooler the session is the next client's, too.  So each value remembers, in
 * the setting's "extra" (which core stacks and restores with the value), in
 * which transaction and from which source it came; at the start of each
 * statement of a leader, a value that came from a SET of an earlier transaction
 * is put back to '' if the current or the session's user holds the purpose
 * through a pooled grant.  It is physically reset, so that parallel workers
 * start without it.  Grants that need a token or a trusted caller are as pooled ones.
 *
 * Trusted callers.  The same "extra" says which functions were running when the
 * value was set (asserted.c); they count in the transaction in which that was.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"

#include "purpose/internal.h"

#define SETTING "ethdata.purpose"

/* Travels with a value of the setting. */
typedef struct Origin
{
	GucSource	source;
	LocalTransactionId transaction;
	int			nfunctions;		/* that were running */
	Oid			functions[ETH_MAX_ASSERTING];
} Origin;

static char *purpose_setting = NULL;
static const Origin *purpose_origin = NULL;

uint64		eth_purpose_generation = 0;

static bool
check_setting(char **newval, void **extra, GucSource source)
{
	Origin	   *origin;

	if (*newval != NULL && (*newval)[0] != '\0' && !eth_purpose_code_valid(*newval))
	{
		GUC_check_errdetail("A purpose is a code such as \"marketing.email\": parts of a-z, 0-9, \"_\" and \"-\", joined by dots, at most 200 bytes.");
		return false;
	}
	origin = eth_compat_guc_alloc(sizeof(Origin));
	if (origin == NULL)
		return false;
	origin->source = source;
	origin->transaction = (MyProc != NULL && IsTransactionState()) ?
		eth_compat_local_xid() : InvalidLocalTransactionId;
	origin->nfunctions = source == PGC_S_SESSION ? eth_purpose_running(origin->functions) : 0;
	*extra = origin;
	return true;
}

static void
assign_setting(const char *newval, void *extra)
{
	purpose_origin = (const Origin *) extra;
	eth_purpose_generation++;
}

/* Did the value come from SET in an earlier transaction of this session? */
static bool
set_earlier(void)
{
	return purpose_origin != NULL &&
		purpose_origin->source == PGC_S_SESSION &&
		purpose_origin->transaction != eth_compat_local_xid();
}

/* In a leader: is the value one that a pooled grant has ended? */
static bool
setting_is_over(void)
{
	const EthPurpose *purpose;

	if (purpose_setting == NULL || purpose_setting[0] == '\0' ||
		IsParallelWorker() || !set_earlier())
		return false;
	eth_purpose_catalogue_refresh();
	if (!eth_purpose_any_pooled())
		return false;
	purpose = eth_purpose_by_code(purpose_setting, true);
	return purpose != NULL &&
		(eth_purpose_pooled(GetUserId(), purpose) ||
		 eth_purpose_pooled(GetSessionUserId(), purpose));
}

/* The functions that were running when the purpose was set, if that was in this transaction. */
static int
asserting(Oid *functions)
{
	if (IsParallelWorker())
		return eth_purpose_shared_asserting(functions);
	if (purpose_origin == NULL || purpose_origin->nfunctions == 0 ||
		purpose_origin->transaction != eth_compat_local_xid())
		return 0;
	memcpy(functions, purpose_origin->functions, purpose_origin->nfunctions * sizeof(Oid));
	return purpose_origin->nfunctions;
}

bool
eth_purpose_asserted(const EthGrant *grant, const EthPurpose *purpose)
{
	Oid			functions[ETH_MAX_ASSERTING];

	return purpose_setting != NULL && strcmp(purpose_setting, purpose->code) == 0 &&
		eth_purpose_is_asserter(grant, asserting(functions), functions);
}

void
eth_purpose_statement_starts(void)
{
	Oid			functions[ETH_MAX_ASSERTING];

	/* in parallel mode the statement around this one has done it */
	if (IsInParallelMode())
		return;
	if (purpose_setting != NULL && purpose_setting[0] != '\0' && setting_is_over())
		SetConfigOption(SETTING, "", PGC_USERSET, PGC_S_SESSION);
	eth_purpose_share_asserting(asserting(functions), functions);
}

static const char *
setting_in_force(void)
{
	if (purpose_setting == NULL || setting_is_over())
		return "";
	return purpose_setting;
}

static char *
role_name(Oid role)
{
	char	   *name = GetUserNameFromId(role, true);

	return name ? name : "?";
}

/*
 * The default purpose of a role: of the grants marked so that it holds, also by
 * membership.  A superuser holds everything, so none is his default.  With two
 * different ones *other is set.
 */
static const EthPurpose *
default_purpose(Oid role, const EthPurpose **other)
{
	const EthPurpose *found = NULL;
	int			i;

	*other = NULL;
	if (superuser_arg(role))
		return NULL;
	for (i = 0; i < eth_purpose_grant_count(); i++)
	{
		const EthGrant *grant = eth_purpose_grant_at(i);
		Oid			grantee;

		if (!grant->as_default || !eth_purpose_grant_in_force(grant) ||
			(grant->token_required && !eth_purpose_token_names(eth_purpose_by_index(grant->purpose))))
			continue;
		grantee = eth_purpose_grantee(grant);
		if (!OidIsValid(grantee) || !has_privs_of_role(role, grantee))
			continue;
		if (found == NULL)
			found = eth_purpose_by_index(grant->purpose);
		else if (found->index != grant->purpose)
			*other = eth_purpose_by_index(grant->purpose);
	}
	return found;
}

/* What the role, or the session's user, lacks beside a grant that is there; NULL: a grant. */
static const char *
lacking(Oid role, const EthPurpose *purpose)
{
	int			i;

	if (!eth_purpose_held(role, purpose))
		return NULL;
	for (i = 0; i < eth_purpose_grant_count(); i++)
	{
		const EthGrant *grant = eth_purpose_grant_at(i);

		if (bms_is_member(grant->purpose, purpose->ancestors) && grant->token_required)
		{
			const char *problem = eth_purpose_token_problem(purpose);

			if (problem != NULL)
				return problem;
		}
	}
	return "It was not set by the function that may set it, or not in this transaction.";
}

void
eth_purpose_require_granted(Oid role, const EthPurpose *purpose)
{
	const char *lack;

	/* also for superusers: whose data it is about stands in the token */
	if (purpose->self && !eth_purpose_token_names(purpose))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("purpose \"%s\" needs a token", purpose->code),
				 errdetail("%s", eth_purpose_token_problem(purpose)),
				 errhint("Call ethdata.set_token() first, in the same transaction.")));
	if (!eth_purpose_granted(role, purpose))
	{
		lack = lacking(role, purpose);
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 lack ? errmsg("purpose \"%s\" cannot be used by role \"%s\" in this way",
							   purpose->code, role_name(role)) :
				 errmsg("purpose \"%s\" is not granted to role \"%s\"",
						purpose->code, role_name(role)),
				 lack ? errdetail("%s", lack) : 0,
				 lack ? errhint("ethdata.purpose_grant says what the grant asks for: token_required, asserted_by.") :
				 errhint("A policy administrator may run ethdata.grant_purpose(); SET ethdata.purpose = 'none' acts for no purpose.")));
	}
	if (!eth_purpose_session_may(purpose))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("purpose \"%s\" is not granted to the session's user \"%s\"",
						purpose->code, role_name(GetSessionUserId())),
				 errdetail("Role \"%s\" holds it, but who logged in must hold it, too, or be able to SET ROLE to a role that does, or show a token that names it.",
						   role_name(role))));
}

/*
 * The one place where a claim becomes a purpose.  What is set must be right, or
 * it is an error that names it; a default that the session's user may not act
 * for is no purpose at all, since nobody asked for it.
 */
const EthPurpose *
eth_purpose_in_force(Oid role)
{
	const char *code = setting_in_force();
	const EthPurpose *purpose;
	const EthPurpose *other;

	/*
	 * Membership of roles is as core's caches say, and within a transaction
	 * core does not look for news at the start of a statement.  We do, so
	 * that a revoked membership counts as soon as a revoked grant.
	 */
	AcceptInvalidationMessages();

	if (code[0] != '\0')
	{
		if (strcmp(code, ETH_CODE_NONE) == 0)
			return NULL;
		purpose = eth_purpose_by_code(code, true);
		if (purpose == NULL)
			ereport(ERROR,
					(errcode(ETH_ERR_UNKNOWN),
					 errmsg("purpose \"%s\" does not exist", eth_core_shown(code)),
					 errdetail("It is the value of the setting ethdata.purpose."),
					 errhint("RESET ethdata.purpose, or set one that is listed in ethdata.purpose.")));
		eth_purpose_require_granted(role, purpose);
		return purpose;
	}

	eth_purpose_catalogue_refresh();
	purpose = default_purpose(role, &other);
	if (other != NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("role \"%s\" has several default purposes, \"%s\" and \"%s\"",
						role_name(role), purpose->code, other->code),
				 errhint("Set ethdata.purpose to the one that is meant.")));
	if (purpose != NULL && !eth_purpose_session_may(purpose))
		return NULL;
	return purpose;
}

const EthPurpose *
eth_purpose_if_in_force(Oid role, int32 *claimed)
{
	const char *code = setting_in_force();
	const EthPurpose *purpose;
	const EthPurpose *other = NULL;

	*claimed = 0;
	AcceptInvalidationMessages();
	if (strcmp(code, ETH_CODE_NONE) == 0)
		return NULL;
	if (code[0] != '\0')
		purpose = eth_purpose_by_code(code, true);
	else
	{
		eth_purpose_catalogue_refresh();
		purpose = default_purpose(role, &other);
	}
	if (purpose == NULL || other != NULL)
		return NULL;
	*claimed = purpose->id;
	if (purpose->self && !eth_purpose_token_names(purpose))
		return NULL;
	return (code[0] == '\0' || eth_purpose_granted(role, purpose)) &&
		eth_purpose_session_may(purpose) ? purpose : NULL;
}

/*
 * What would be in force, for explanations.  With a code, whether role holds it;
 * without one, for the current user what is set, else the role's default.  The
 * session is asked only where the role is the asker's own.
 */
const EthPurpose *
eth_purpose_for_explanation(Oid role, const char *code, const char **why)
{
	const EthPurpose *purpose;
	const EthPurpose *other;
	bool		own = role == GetUserId();

	*why = NULL;
	eth_purpose_catalogue_refresh();
	if (code == NULL && own)
		code = setting_in_force();
	if (code == NULL || code[0] == '\0')
	{
		purpose = default_purpose(role, &other);
		if (other != NULL)
		{
			*why = "the role has several default purposes and none is set";
			return NULL;
		}
		if (purpose == NULL)
			*why = "no purpose is set and the role has no default purpose";
	}
	else if (strcmp(code, ETH_CODE_NONE) == 0)
	{
		purpose = NULL;
		*why = "the purpose is set to none";
	}
	else
	{
		purpose = eth_purpose_by_code(code, true);
		if (purpose == NULL)
			*why = "the purpose does not exist";
		else if (!eth_purpose_held(role, purpose))
		{
			purpose = NULL;
			*why = "the purpose is not granted to the role";
		}
		else if (own && purpose->self && !eth_purpose_token_names(purpose))
		{
			purpose = NULL;
			*why = "the purpose self needs a token";
		}
		else if (own && !eth_purpose_granted(role, purpose))
		{
			purpose = NULL;
			*why = "the grant of the purpose needs a token, or a function that sets it";
		}
	}
	if (purpose != NULL && own && !eth_purpose_session_may(purpose))
	{
		purpose = NULL;
		*why = "the purpose is not granted to the session's user";
	}
	return purpose;
}

PG_FUNCTION_INFO_V1(ethdata_set_purpose);

/*
 * set_purpose(purpose text) -> text
 *		Sets the purpose for the rest of the transaction and returns the one
 *		that was set before ('': none).  '' takes it back, 'none' is
 *		deliberately none.
 *
 * Errors: 55000 without preload; 25P01 outside a transaction block; 22023 null,
 * malformed or retired; 42704 unknown; 42501 not granted to the current role or
 * to the session's user, or its grant needs a token or another caller.
 */
Datum
ethdata_set_purpose(PG_FUNCTION_ARGS)
{
	char	   *code;
	char	   *before;

	eth_core_require_preload("set_purpose()");
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("purpose must not be null"),
				 errhint("'' takes the purpose back, 'none' is deliberately none.")));
	if (!IsTransactionBlock())
		ereport(ERROR,
				(errcode(ETH_ERR_NO_BLOCK),
				 errmsg("set_purpose() can only be used in a transaction block"),
				 errdetail("The purpose lasts until the end of the transaction, which ends with this statement."),
				 errhint("BEGIN first, or SET ethdata.purpose in a session of one's own.")));

	code = text_to_cstring(PG_GETARG_TEXT_PP(0));
	before = pstrdup(setting_in_force());
	if (code[0] != '\0' && strcmp(code, ETH_CODE_NONE) != 0)
	{
		const EthPurpose *purpose;

		purpose = eth_purpose_by_code(eth_purpose_code_arg(fcinfo, 0, "purpose"), false);

		/*
		 * Set first: who sets it is known with the value.  An error takes it
		 * back.
		 */
		(void) set_config_option(SETTING, code, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_LOCAL, true, 0, false);
		eth_purpose_require_granted(GetUserId(), purpose);
		if (purpose->retired)
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("purpose \"%s\" is retired", purpose->code)));
	}
	else
		(void) set_config_option(SETTING, code, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_LOCAL, true, 0, false);
	PG_RETURN_TEXT_P(cstring_to_text(before));
}

PG_FUNCTION_INFO_V1(ethdata_current_purpose);

/*
 * current_purpose() -> text
 *		The purpose in force for the current user, also by default; NULL: none.
 *
 * Errors: those of using it: 42704 unknown, 42501 not granted.
 */
Datum
ethdata_current_purpose(PG_FUNCTION_ARGS)
{
	const EthPurpose *purpose = eth_purpose_in_force(GetUserId());

	if (purpose == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(purpose->code));
}

void
eth_purpose_init(void)
{
	DefineCustomStringVariable(SETTING,
							   "The purpose for which this session uses personal data.",
							   "A code of ethdata.purpose; empty: the role's default; none: deliberately none.",
							   &purpose_setting,
							   "",
							   PGC_USERSET,
							   GUC_REPORT,
							   check_setting,
							   assign_setting,
							   NULL);
	eth_purpose_asserted_init();
	eth_purpose_token_init();
	eth_purpose_replay_init();
}
