/*
 * caller.c
 *		Who calls, acting as the extension's owner, and the extension's own objects.
 *
 * Public functions run with the caller's rights.  They take from the caller
 * what depends on him (his role, his search_path), check his rights, and then
 * become the owner of the extension for the time of their own work, inside C:
 * a SECURITY DEFINER function would see its owner's names and would have to
 * find out who called it.
 *
 * Between enter() and leave() nothing is evaluated that others wrote: no type,
 * index, constraint or expression of a user's table is touched, only ethdata's
 * own tables and core's catalogues.  What must be read of a user's table is read
 * before.  As a second line it is a security-restricted operation: whatever got
 * in nevertheless could not leave a trap in the session (temporary tables, SET
 * ROLE, cursors and prepared statements).
 *
 * The extension's objects are found through syscaches, which core keeps current,
 * also across DROP EXTENSION.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/parallel.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "core/core.h"

/*
 * The owner's search_path for our own work: nothing of the caller's session can
 * stand in for a function, operator or type of core.
 */
#define OWN_SEARCH_PATH "pg_catalog, pg_temp"

void
eth_core_enter(EthCaller *caller)
{
	Oid			owner = eth_core_owner();

	GetUserIdAndSecContext(&caller->userid, &caller->sec_context);
	caller->nest_level = NewGUCNestLevel();
	SetUserIdAndSecContext(owner,
						   caller->sec_context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	(void) set_config_option("search_path", OWN_SEARCH_PATH,
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
}

void
eth_core_leave(const EthCaller *caller)
{
	AtEOXact_GUC(true, caller->nest_level);
	SetUserIdAndSecContext(caller->userid, caller->sec_context);
}

Oid
eth_core_extension_oid(bool missing_ok)
{
	return get_extension_oid("ethdata", missing_ok);
}

/*
 * The extension's own schema, by what pg_extension says: a schema of that name
 * that somebody made by hand is none of ours.
 *
 * Asked for by everything, so it is remembered.  15 to 17 have no syscache over
 * pg_extension; but CREATE and DROP EXTENSION make and drop functions, and that
 * is heard of.
 */
static Oid	own_schema = InvalidOid;
static bool own_schema_known = false;
static uint64 schema_changes = 0;

static void
schema_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	own_schema_known = false;
	schema_changes++;
}

static Oid
read_own_schema(void)
{
	Relation	rel;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			schema = InvalidOid;

	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("ethdata"));
	scan = systable_beginscan(rel, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return schema;
}

Oid
eth_core_schema_oid(bool missing_ok)
{
	while (!own_schema_known)
	{
		uint64		before = schema_changes;

		own_schema = read_own_schema();
		own_schema_known = before == schema_changes;
	}
	if (!OidIsValid(own_schema) && !missing_ok)
		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("extension \"ethdata\" is not installed in this database"),
				 errhint("Run CREATE EXTENSION ethdata.")));
	return own_schema;
}

void
eth_core_caller_init(void)
{
	CacheRegisterSyscacheCallback(NAMESPACEOID, schema_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, schema_changed, (Datum) 0);
}

bool
eth_core_installed(void)
{
	return IsTransactionState() && OidIsValid(eth_core_schema_oid(true));
}

/*
 * The owner of the schema is the owner of the extension: CREATE EXTENSION makes
 * it, and the install script refuses a schema that was there before under
 * another owner.
 */
Oid
eth_core_owner(void)
{
	Oid			schema = eth_core_schema_oid(false);
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for schema %u", schema);
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * The functions that were asked for last: each query over a protected table asks
 * for the same few.  They hold while no function and no schema changed.
 */
#define KEPT_FUNCTIONS 8
#define KEPT_ARGUMENTS 8

typedef struct KeptFunction
{
	Oid			oid;
	uint64		changes;		/* schema_changes when it was looked up */
	int			nargs;
	Oid			types[KEPT_ARGUMENTS];
	char		name[NAMEDATALEN];
} KeptFunction;

static KeptFunction kept_functions[KEPT_FUNCTIONS];
static int	next_kept = 0;

static Oid
kept_function(const char *name, int nargs, const Oid *types)
{
	int			i;

	for (i = 0; i < KEPT_FUNCTIONS; i++)
	{
		const KeptFunction *kept = &kept_functions[i];

		if (OidIsValid(kept->oid) && kept->changes == schema_changes && kept->nargs == nargs &&
			memcmp(kept->types, types, nargs * sizeof(Oid)) == 0 && strcmp(kept->name, name) == 0)
			return kept->oid;
	}
	return InvalidOid;
}

static void
keep_function(Oid oid, uint64 changes, const char *name, int nargs, const Oid *types)
{
	KeptFunction *kept = &kept_functions[next_kept];

	next_kept = (next_kept + 1) % KEPT_FUNCTIONS;
	kept->oid = oid;
	kept->changes = changes;
	kept->nargs = nargs;
	memcpy(kept->types, types, nargs * sizeof(Oid));
	strlcpy(kept->name, name, sizeof(kept->name));
}

/* A function of ours by its argument types; error 55000 when the versions differ. */
Oid
eth_core_function(const char *name, int nargs, const Oid *types)
{
	bool		keeps = nargs <= KEPT_ARGUMENTS;
	uint64		changes = schema_changes;
	oidvector  *arguments;
	Oid			oid = keeps ? kept_function(name, nargs, types) : InvalidOid;

	if (OidIsValid(oid))
		return oid;
	arguments = buildoidvector(types, nargs);
	oid = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						  CStringGetDatum(name), PointerGetDatum(arguments),
						  ObjectIdGetDatum(eth_core_schema_oid(false)));
	pfree(arguments);
	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("function \"%s.%s\" does not exist", ETH_SCHEMA, name),
				 errhint("The library and the extension's version differ; run ALTER EXTENSION ethdata UPDATE.")));
	if (keeps)
		keep_function(oid, changes, name, nargs, types);
	return oid;
}

/*
 * A table of ours, whose columns are what this library reads: n types in the
 * order of the columns, 0 for any.  More columns are of a later version.
 */
Relation
eth_core_table_open(const char *name, LOCKMODE lockmode, int n, const Oid *types)
{
	Relation	rel = table_open(eth_core_relid(name, false), lockmode);
	TupleDesc	desc = RelationGetDescr(rel);
	int			i;

	for (i = 0; i < n; i++)
	{
		if (i >= desc->natts || TupleDescAttr(desc, i)->attisdropped ||
			(OidIsValid(types[i]) && TupleDescAttr(desc, i)->atttypid != types[i]))
			ereport(ERROR,
					(errcode(ETH_ERR_STATE),
					 errmsg("table \"%s.%s\" is of another version of ethdata", ETH_SCHEMA, name),
					 errhint("Run ALTER EXTENSION ethdata UPDATE.")));
	}
	return rel;
}

Oid
eth_core_relid(const char *name, bool missing_ok)
{
	Oid			schema = eth_core_schema_oid(missing_ok);
	Oid			relid = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;

	if (!OidIsValid(relid) && !missing_ok)
		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("relation \"%s.%s\" does not exist", ETH_SCHEMA, name),
				 errhint("The library and the extension's version differ; run ALTER EXTENSION ethdata UPDATE.")));
	return relid;
}

bool
eth_core_is_member(Oid classid, Oid objid)
{
	Oid			extension = eth_core_extension_oid(true);

	return OidIsValid(extension) && getExtensionOfObject(classid, objid) == extension;
}

bool
eth_core_has_role(Oid role, const char *role_name)
{
	Oid			target;

	if (superuser_arg(role))
		return true;
	target = get_role_oid(role_name, true);
	return OidIsValid(target) && has_privs_of_role(role, target);
}

bool
eth_core_is_admin(Oid role)
{
	return eth_core_has_role(role, ETH_ROLE_ADMIN);
}

void
eth_core_require_admin(const char *action)
{
	if (!eth_core_is_admin(GetUserId()))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to %s", action),
				 errdetail("Only superusers and members of role \"%s\" may.", ETH_ROLE_ADMIN),
				 errhint("Ask the policy administrator, or have role \"%s\" granted.", ETH_ROLE_ADMIN)));
}

void
eth_core_require_owner_or_admin(Oid relid, const char *action)
{
	char	   *name;

	if (eth_core_is_admin(GetUserId()) || eth_compat_owns_relation(relid, GetUserId()))
		return;
	name = get_rel_name(relid);
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("permission denied to %s table \"%s\"", action, name ? name : "?"),
			 errdetail("Only the table's owner, superusers and members of role \"%s\" may.",
					   ETH_ROLE_ADMIN)));
}

const char *
eth_core_shown(const char *text)
{
	int			len = strlen(text);

	if (len <= 200)
		return text;
	return psprintf("%.*s...", pg_mbcliplen(text, len, 200), text);
}

void
eth_core_spi(const char *query, int expected, int nargs, Oid *types,
			 Datum *values, const char *nulls, bool read_only)
{
	int			result;

	/* in parallel mode there is no latest snapshot, and nothing is written */
	if (IsInParallelMode())
		result = SPI_execute_with_args(query, nargs, types, values, nulls, read_only, 0);
	else
	{
		SPIPlanPtr	plan = SPI_prepare(query, nargs, types);

		if (plan == NULL)
			elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
		result = SPI_execute_snapshot(plan, values, nulls, GetLatestSnapshot(), InvalidSnapshot,
									  read_only, true, 0);
		SPI_freeplan(plan);
	}
	if (result != expected)
		elog(ERROR, "query of ethdata returned %s: %s",
			 SPI_result_code_string(result), query);
}
