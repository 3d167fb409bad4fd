/*
 * suspend.c
 *		suspend(), resume(), break_glass(): exceptions from protection, each with
 *		its reason and its end.
 *
 * They are rows of ethdata.exception, and what they do is done by the decision
 * (decide/exception.c), when a statement runs.  Rules, plans and privileges stay
 * as they are: whoever reads a column through its mask reads the value meanwhile,
 * and whoever may not read the column at all still may not.  Writing stays as it
 * is, too.
 *
 * Rows are not deleted when an exception ends: they are the list of exceptions.
 * The trigger ethdata._policy_changed() tells all sessions.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "core/event.h"
#include "decide/decide.h"
#include "protect/define.h"
#include "purpose/purpose.h"

#define BREAK_GLASS "break_glass"
#define LONGEST (7 * USECS_PER_DAY)

static char *
reason_arg(FunctionCallInfo fcinfo, int arg)
{
	char	   *reason = PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));

	if (reason == NULL || reason[strspn(reason, " \t\r\n")] == '\0')
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("an exception from protection needs a reason"),
				 errhint("Name the incident with reason => '...'.")));
	return reason;
}

static void
check_end(TimestampTz until, TimestampTz now, const char *name)
{
	if (TIMESTAMP_NOT_FINITE(until) || until <= now)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s must end in the future", name)));
	if (until > now + LONGEST)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s may last 7 days at most", name),
				 errhint("ethdata.set_enforcement() changes the protection of a table for longer.")));
}

static Datum
name_datum(const char *text)
{
	Name		name = palloc0(NAMEDATALEN);

	namestrcpy(name, text);
	return NameGetDatum(name);
}

static void
record_event(const char *action, Oid relid, const char *purpose, const char *reason, const char *until)
{
	EthDetails	details;
	EthAuditEvent event;

	eth_core_details_begin(&details);
	eth_core_details_text(&details, "reason", reason);
	eth_core_details_text(&details, "until", until);
	memset(&event, 0, sizeof(event));
	event.kind = ETH_AUDIT_EXCEPTION;
	event.action = action;
	event.relid = relid;
	event.purpose = purpose;
	event.details = eth_core_details_end(&details);
	eth_core_event(&event);
}

/* Ends what is in force for the relation; false when nothing is. */
static bool
end_suspension(Oid relid, TimestampTz now)
{
	Oid			types[3] = {REGCLASSOID, TIMESTAMPTZOID, NAMEOID};
	Datum		values[3];
	EthCaller	caller;
	bool		ended;

	values[0] = ObjectIdGetDatum(relid);
	values[1] = TimestampTzGetDatum(now);
	values[2] = name_datum(GetUserNameFromId(GetUserId(), false));
	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi("UPDATE ethdata.exception x SET ended_at = $2, ended_by = $3"
				 " WHERE x.relation OPERATOR(pg_catalog.=) $1 AND x.ended_at IS NULL"
				 " AND x.until OPERATOR(pg_catalog.>) $2",
				 SPI_OK_UPDATE, 3, types, values, NULL, false);
	ended = SPI_processed > 0;
	SPI_finish();
	eth_core_leave(&caller);
	return ended;
}

static void
insert_exception(Oid relid, Oid role, const char *reason, TimestampTz now, TimestampTz until)
{
	Oid			types[8] = {REGCLASSOID, NAMEOID, OIDOID, NAMEOID, TEXTOID, NAMEOID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		values[8];
	char		nulls[] = "        ";
	EthCaller	caller;

	memset(values, 0, sizeof(values));
	values[0] = ObjectIdGetDatum(relid);
	if (OidIsValid(relid))
		nulls[1] = nulls[2] = nulls[3] = 'n';
	else
	{
		nulls[0] = 'n';
		values[1] = name_datum(GetUserNameFromId(role, false));
		values[2] = ObjectIdGetDatum(role);
		values[3] = name_datum(GetUserNameFromId(GetSessionUserId(), false));
	}
	values[4] = CStringGetTextDatum(reason);
	values[5] = name_datum(GetUserNameFromId(GetUserId(), false));
	values[6] = TimestampTzGetDatum(now);
	values[7] = TimestampTzGetDatum(until);
	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi("INSERT INTO ethdata.exception"
				 " (relation, role, role_oid, session_role, reason, made_by, since, until)"
				 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
				 SPI_OK_INSERT, 8, types, values, nulls, false);
	SPI_finish();
	eth_core_leave(&caller);
	eth_decide_exceptions_forget();
}

/*
 * suspend(relation regclass, reason text, until timestamptz)
 *		Shows the values of a protected table to its masked readers until the time
 *		comes or resume() is called; a suspension before is replaced.
 *
 * Errors: 42501 not a policy administrator; 22023 no reason, an end that is past or
 * more than 7 days ahead; 55000 not preloaded, not protected or protected from
 * above; 42809 no table.
 */
PG_FUNCTION_INFO_V1(ethdata_suspend);

Datum
ethdata_suspend(PG_FUNCTION_ARGS)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz until;
	Oid			relid;
	char	   *reason;

	eth_core_require_preload("ethdata.suspend()");
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s must not be null", PG_ARGISNULL(0) ? "relation" : "until")));
	relid = PG_GETARG_OID(0);
	LockRelationOid(relid, AccessShareLock);
	eth_protect_check_relation(relid, "suspend the protection of");
	eth_core_require_admin("suspend the protection of a table");
	eth_protect_require_own_rules(relid, "suspend the protection of", "Suspend the protection");
	reason = reason_arg(fcinfo, 1);
	until = PG_GETARG_TIMESTAMPTZ(2);
	check_end(until, now, "a suspension");

	/* one suspension of a table at a time */
	LockRelationOid(eth_core_relid("exception", false), ShareRowExclusiveLock);
	(void) end_suspension(relid, now);
	insert_exception(relid, InvalidOid, reason, now, until);
	record_event("suspend", relid, NULL, reason, timestamptz_to_str(until));
	PG_RETURN_VOID();
}

/*
 * resume(relation regclass)
 *		Ends the suspension of a table.
 *
 * Errors: 42501 neither owner nor policy administrator; 42809 no table; 22023 null.
 */
PG_FUNCTION_INFO_V1(ethdata_resume);

Datum
ethdata_resume(PG_FUNCTION_ARGS)
{
	Oid			relid;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("relation must not be null")));
	relid = PG_GETARG_OID(0);
	LockRelationOid(relid, AccessShareLock);
	eth_protect_check_relation(relid, "resume the protection of");
	eth_core_require_owner_or_admin(relid, "resume the protection of");
	LockRelationOid(eth_core_relid("exception", false), ShareRowExclusiveLock);
	if (!end_suspension(relid, GetCurrentTimestamp()))
	{
		ereport(NOTICE, (errmsg("protection of %s is not suspended", eth_protect_relation_name(relid))));
		PG_RETURN_VOID();
	}
	eth_decide_exceptions_forget();
	record_event("resume", relid, NULL, NULL, NULL);
	PG_RETURN_VOID();
}

static void
check_may_break(void)
{
	const EthPurpose *purpose;

	if (superuser())
		return;
	purpose = eth_purpose_by_code(BREAK_GLASS, true);
	if (purpose != NULL && !purpose->retired &&
		eth_purpose_granted(GetUserId(), purpose) && eth_purpose_session_may(purpose))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("permission denied to break the glass"),
			 errdetail("Superusers may, and roles that are granted the purpose \"%s\".", BREAK_GLASS),
			 errhint("A policy administrator may define that purpose and grant it with ethdata.grant_purpose().")));
}

/*
 * break_glass(reason text, lasts interval) -> timestamptz
 *		Shows the values of all protected tables to the current role in sessions of
 *		this session's user, until the returned time.
 *
 * Errors: 42501 neither superuser nor granted the purpose break_glass; 22023 no
 * reason, a length that is not positive or more than 7 days; 55000 not preloaded.
 */
PG_FUNCTION_INFO_V1(ethdata_break_glass);

Datum
ethdata_break_glass(PG_FUNCTION_ARGS)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz until;
	char	   *reason;

	eth_core_require_preload("ethdata.break_glass()");
	check_may_break();
	reason = reason_arg(fcinfo, 0);
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("lasts must not be null")));
	until = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now),
													PG_GETARG_DATUM(1)));
	check_end(until, now, "a broken glass");
	insert_exception(InvalidOid, GetUserId(), reason, now, until);
	record_event(BREAK_GLASS, InvalidOid, BREAK_GLASS, reason, timestamptz_to_str(until));
	PG_RETURN_TIMESTAMPTZ(until);
}
