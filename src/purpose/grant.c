/*
 * grant.c
 *		grant_purpose(), grant_collection() and their opposites, and revoke_gone().
 *
 * A grant names its role by name and oid (no regrole in a table: core keeps no
 * dependency on roles for it, and the oid is another one in another cluster).
 * Both must fit where the grant is used, so that a role made anew under an old
 * name inherits nothing; rows that a restore brings are bound to the role of
 * their name by core's trigger ethdata._bind_role().
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/regproc.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "purpose/internal.h"

#define SHOW_ROLE \
	"CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = %s AND r.rolname = t.grantee)" \
	" THEN 'present' ELSE 'gone' END"

#define SHOW_ASSERTER \
	"(SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = a.o) THEN 'present' ELSE 'gone' END" \
	" FROM (SELECT %s AS o) a WHERE a.o IS NOT NULL)"

/* What both kinds of grants are about. */
typedef struct Target
{
	int32		purpose_id;
	char	   *code;
	Oid			role;
	NameData	grantee;
	EthColumn	keys[2];
} Target;

static EthColumn
column(const char *name, Oid type, Datum value, bool isnull)
{
	EthColumn	result;

	memset(&result, 0, sizeof(result));
	result.name = name;
	result.type = type;
	result.value = value;
	result.isnull = isnull;
	return result;
}

static void
get_target(FunctionCallInfo fcinfo, Target *target)
{
	const EthPurpose *purpose;
	char	   *name;

	purpose = eth_purpose_by_code(eth_purpose_code_arg(fcinfo, 0, "purpose"), false);
	target->purpose_id = purpose->id;
	target->code = pstrdup(purpose->code);
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("grantee must not be null")));
	target->role = PG_GETARG_OID(1);
	name = GetUserNameFromId(target->role, true);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("role with OID %u does not exist", target->role)));
	namestrcpy(&target->grantee, name);
	target->keys[0] = column("purpose", INT4OID, Int32GetDatum(target->purpose_id), false);
	target->keys[1] = column("grantee", NAMEOID, NameGetDatum(&target->grantee), false);
}

static EthColumn
role_column(const Target *target)
{
	EthColumn	result = column("grantee_oid", OIDOID, ObjectIdGetDatum(target->role), false);

	result.label = "role";
	result.show = SHOW_ROLE;
	return result;
}

static void
set_stamps(EthColumn *stamps, Name granter)
{
	namestrcpy(granter, GetUserNameFromId(GetUserId(), false));
	stamps[0] = column("granted_at", TIMESTAMPTZOID, TimestampTzGetDatum(GetCurrentTimestamp()), false);
	stamps[1] = column("granted_by", NAMEOID, NameGetDatum(granter), false);
}

static bool
bool_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s must not be null", name)));
	return PG_GETARG_BOOL(n);
}

/* Error 22023 when another purpose is the role's default. */
static void
check_default(const Target *target)
{
	int			i;

	eth_purpose_catalogue_refresh();
	for (i = 0; i < eth_purpose_grant_count(); i++)
	{
		const EthGrant *grant = eth_purpose_grant_at(i);
		const EthPurpose *purpose = eth_purpose_by_index(grant->purpose);

		if (grant->as_default && purpose->id != target->purpose_id &&
			strcmp(NameStr(grant->grantee), NameStr(target->grantee)) == 0)
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("role \"%s\" already has the default purpose \"%s\"",
							NameStr(target->grantee), purpose->code),
					 errhint("A role has one default purpose; revoke that one, or grant it again without as_default.")));
	}
}

/* The function that alone may set the purpose, and who owns it. */
typedef struct Asserter
{
	bool		named;
	char	   *function;
	NameData	owner;
	Oid			owner_oid;
} Asserter;

static void
get_asserter(FunctionCallInfo fcinfo, int n, Asserter *asserter)
{
	Oid			function = PG_ARGISNULL(n) ? InvalidOid : PG_GETARG_OID(n);
	HeapTuple	tuple;
	Form_pg_proc form;
	bool		no_settings;

	memset(asserter, 0, sizeof(Asserter));
	if (PG_ARGISNULL(n))
		return;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("function with OID %u does not exist", function)));
	form = (Form_pg_proc) GETSTRUCT(tuple);
	no_settings = heap_attisnull(tuple, Anum_pg_proc_proconfig, NULL);
	if ((no_settings && !form->prosecdef) || form->prokind != PROKIND_FUNCTION)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s cannot be the one that sets a purpose", format_procedure(function)),
				 errdetail("It must be a function with a SET clause, or SECURITY DEFINER: others are not seen while they run."),
				 errhint("ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp;", format_procedure_qualified(function))));
	asserter->named = true;
	asserter->function = format_procedure_qualified(function);
	asserter->owner_oid = form->proowner;
	namestrcpy(&asserter->owner, GetUserNameFromId(form->proowner, false));
	ReleaseSysCache(tuple);
}

/* What fits together.  Errors 22023. */
static void
check_claims(const Target *target, bool as_default, bool token_required, const Asserter *asserter)
{
	if (as_default && asserter->named)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("a default purpose cannot be one that a function sets"),
				 errhint("Leave out as_default, or asserted_by.")));
	if (target->purpose_id == eth_purpose_id(ETH_CODE_SELF) && !token_required)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("purpose \"%s\" cannot be used without a token", ETH_CODE_SELF),
				 errdetail("It is of the person whom the token names."),
				 errhint("Grant it with token_required => true.")));
}

/*
 * Plans are made for a portal or for another role (rows that are not the person's
 * own), so all that are kept are made anew.
 */
static void
portals_changed(int32 purpose_id)
{
	if (purpose_id == eth_purpose_id(ETH_CODE_SELF))
		CacheInvalidateRelcacheAll();
}

PG_FUNCTION_INFO_V1(ethdata_grant_purpose);

/*
 * grant_purpose(purpose text, grantee regrole, as_default boolean,
 *				 token_required boolean, valid_until timestamptz, reason text,
 *				 asserted_by regprocedure, pooled boolean) -> boolean
 *		Lets the role act for the purpose and all below it, or makes its grant
 *		what the arguments say.  True when something changed.
 *
 * Errors: 42501 not a policy administrator; 42704 unknown purpose, role or
 * function; 22023 bad values, second default purpose, a function that is not seen
 * while it runs, "self" without token_required.
 */
Datum
ethdata_grant_purpose(PG_FUNCTION_ARGS)
{
	Target		target;
	EthColumn	columns[9];
	EthColumn	stamps[2];
	NameData	granter;
	Asserter	asserter;
	char	   *reason;
	bool		as_default;
	bool		token_required;
	bool		pooled;
	EthWritten	written;

	eth_core_require_admin("grant purposes");
	get_target(fcinfo, &target);
	as_default = bool_arg(fcinfo, 2, "as_default");
	pooled = bool_arg(fcinfo, 7, "pooled");
	token_required = bool_arg(fcinfo, 3, "token_required");
	get_asserter(fcinfo, 6, &asserter);
	check_claims(&target, as_default, token_required, &asserter);
	if (!PG_ARGISNULL(4) && PG_GETARG_TIMESTAMPTZ(4) <= GetCurrentTimestamp())
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("valid_until must be in the future"),
				 errhint("ethdata.revoke_purpose() ends a grant now.")));
	reason = eth_purpose_text_arg(fcinfo, 5, "reason");
	if (as_default)
		check_default(&target);

	columns[0] = role_column(&target);
	columns[1] = column("as_default", BOOLOID, BoolGetDatum(as_default), false);
	columns[2] = column("valid_until", TIMESTAMPTZOID,
						PG_ARGISNULL(4) ? (Datum) 0 : PG_GETARG_DATUM(4), PG_ARGISNULL(4));
	columns[3] = column("reason", TEXTOID, reason ? CStringGetTextDatum(reason) : (Datum) 0, reason == NULL);
	columns[4] = column("pooled", BOOLOID, BoolGetDatum(pooled), false);
	columns[5] = column("token_required", BOOLOID, BoolGetDatum(token_required), false);
	columns[6] = column("asserted_by", TEXTOID,
						asserter.named ? CStringGetTextDatum(asserter.function) : (Datum) 0, !asserter.named);
	columns[7] = column("asserter", NAMEOID, NameGetDatum(&asserter.owner), !asserter.named);
	columns[7].label = "owner of the function";
	columns[8] = column("asserter_oid", OIDOID, ObjectIdGetDatum(asserter.owner_oid), !asserter.named);
	columns[8].label = "owner of the function, as a role,";
	columns[8].show = SHOW_ASSERTER;
	set_stamps(stamps, &granter);

	written = eth_purpose_write("purpose_grant", "grant_purpose",
								psprintf("grant of purpose \"%s\" to \"%s\"",
										 target.code, NameStr(target.grantee)),
								2, target.keys, lengthof(columns), columns,
								lengthof(stamps), stamps, NULL);
	if (written != ETH_WRITTEN_SAME)
		portals_changed(target.purpose_id);
	PG_RETURN_BOOL(written != ETH_WRITTEN_SAME);
}

PG_FUNCTION_INFO_V1(ethdata_revoke_purpose);

/*
 * revoke_purpose(purpose text, grantee regrole) -> boolean
 *		Takes the grant on exactly this purpose from exactly this role.  False
 *		when there was none.
 *
 * Errors: 42501 not a policy administrator; 42704 unknown purpose or role.
 */
Datum
ethdata_revoke_purpose(PG_FUNCTION_ARGS)
{
	Target		target;

	eth_core_require_admin("revoke purposes");
	get_target(fcinfo, &target);
	portals_changed(target.purpose_id);
	PG_RETURN_BOOL(eth_purpose_delete("purpose_grant", "revoke_purpose", 2, target.keys));
}

PG_FUNCTION_INFO_V1(ethdata_grant_collection);

/*
 * grant_collection(purpose text, grantee regrole) -> boolean
 *		Lets the role record what persons answer for the purpose and all below
 *		it.  True when something changed.
 *
 * Errors: 42501 not a policy administrator; 42704 unknown purpose or role; 22023
 * "self", for which nobody answers.
 */
Datum
ethdata_grant_collection(PG_FUNCTION_ARGS)
{
	Target		target;
	EthColumn	columns[1];
	EthColumn	stamps[2];
	NameData	granter;

	eth_core_require_admin("grant collection");
	get_target(fcinfo, &target);
	if (target.purpose_id == eth_purpose_id(ETH_CODE_SELF))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("nothing is answered about purpose \"%s\"", ETH_CODE_SELF),
				 errhint("Who uses it may answer for the person whom the token names without a grant.")));
	columns[0] = role_column(&target);
	set_stamps(stamps, &granter);
	PG_RETURN_BOOL(eth_purpose_write("collection_grant", "grant_collection",
									 psprintf("collection grant of purpose \"%s\" to \"%s\"",
											  target.code, NameStr(target.grantee)),
									 2, target.keys, lengthof(columns), columns,
									 lengthof(stamps), stamps, NULL) != ETH_WRITTEN_SAME);
}

PG_FUNCTION_INFO_V1(ethdata_revoke_collection);

/*
 * revoke_collection(purpose text, grantee regrole) -> boolean
 *		Takes the collection grant on exactly this purpose from exactly this
 *		role.  False when there was none.
 *
 * Errors: 42501 not a policy administrator; 42704 unknown purpose or role.
 */
Datum
ethdata_revoke_collection(PG_FUNCTION_ARGS)
{
	Target		target;

	eth_core_require_admin("revoke collection");
	get_target(fcinfo, &target);
	PG_RETURN_BOOL(eth_purpose_delete("collection_grant", "revoke_collection", 2, target.keys));
}

/* ---- grants whose role is gone ---- */

/* Those of the list that name "grantee" and no role that exists, as pairs of purpose id and oid. */
static void
collect_gone(const EthGrant *grant, const NameData *grantee, List **purposes, List **oids)
{
	if (strcmp(NameStr(grant->grantee), NameStr(*grantee)) != 0 ||
		OidIsValid(eth_purpose_grantee(grant)))
		return;
	*purposes = lappend_int(*purposes, eth_purpose_by_index(grant->purpose)->id);
	*oids = lappend_oid(*oids, grant->grantee_oid);
}

/* The oid is a key, too: a grant that was made anew meanwhile stays. */
static int
delete_gone(const char *table, const char *action, const NameData *grantee, List *purposes, List *oids)
{
	int			deleted = 0;
	int			i;

	for (i = 0; i < list_length(purposes); i++)
	{
		EthColumn	keys[3];

		keys[0] = column("purpose", INT4OID, Int32GetDatum(list_nth_int(purposes, i)), false);
		keys[1] = column("grantee", NAMEOID, NameGetDatum(grantee), false);
		keys[2] = column("grantee_oid", OIDOID, ObjectIdGetDatum(list_nth_oid(oids, i)), false);
		deleted += eth_purpose_delete(table, action, lengthof(keys), keys);
	}
	return deleted;
}

PG_FUNCTION_INFO_V1(ethdata_revoke_gone);

/*
 * revoke_gone(grantee name) -> integer
 *		Takes the grants of purposes and of collection that name a role which was
 *		dropped, renamed or made anew; how many they were.  revoke_purpose() needs a
 *		role that exists.  What a role holds now is not touched.
 *
 * Errors: 42501 not a policy administrator; 22023 null.
 */
Datum
ethdata_revoke_gone(PG_FUNCTION_ARGS)
{
	NameData	grantee;
	List	   *purposes = NIL;
	List	   *purpose_oids = NIL;
	List	   *collections = NIL;
	List	   *collection_oids = NIL;
	int			i;

	eth_core_require_admin("revoke purposes");
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("grantee must not be null")));
	namestrcpy(&grantee, NameStr(*PG_GETARG_NAME(0)));
	eth_purpose_catalogue_refresh();
	for (i = 0; i < eth_purpose_grant_count(); i++)
		collect_gone(eth_purpose_grant_at(i), &grantee, &purposes, &purpose_oids);
	for (i = 0; i < eth_purpose_collection_count(); i++)
		collect_gone(eth_purpose_collection_at(i), &grantee, &collections, &collection_oids);
	PG_RETURN_INT32(delete_gone("purpose_grant", "revoke_purpose", &grantee, purposes, purpose_oids) +
					delete_gone("collection_grant", "revoke_collection", &grantee, collections, collection_oids));
}
