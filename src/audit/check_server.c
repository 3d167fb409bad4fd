/*
 * check_server.c
 *		self_check(): is the library where it must be, is there a key, which
 *		nodes cannot be looked at, and would a crash take changes away?
 */
#include "postgres.h"

#include <limits.h>
#include <stdlib.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/varlena.h"

#include "audit/check.h"

#define POSTGRESQL_CONF "in postgresql.conf, and a restart of the server"

const char *
eth_check_setting(const char *name)
{
	const char *value = GetConfigOption(name, true, false);

	return value ? value : "";
}

static bool
is_off(const char *name)
{
	return strcmp(eth_check_setting(name), "off") == 0;
}

/* ---- loading ---- */

/*
 * Libraries that plan queries by themselves, or rewrite them: they must see what
 * ethdata made of the query, so they come before it.
 */
static const char *const planning_libraries[] = {
	"citus", "timescaledb", "pg_hint_plan", "pg_pathman", "pgpro_multiplan", "anon", "orioledb", "pg_ivm"
};

/* "$libdir/ethdata.so" is ethdata */
static char *
library_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char	   *name = pstrdup(slash ? slash + 1 : path);
	size_t		len = strlen(name);

	if (len > 3 && strcmp(name + len - 3, ".so") == 0)
		name[len - 3] = '\0';
	return name;
}

static List *
preloaded_libraries(void)
{
	char	   *raw = pstrdup(eth_check_setting("shared_preload_libraries"));
	List	   *paths = NIL;
	List	   *names = NIL;
	ListCell   *lc;

	if (!SplitDirectoriesString(raw, ',', &paths))
		return NIL;
	foreach(lc, paths)
		names = lappend(names, library_name(lfirst(lc)));
	return names;
}

static bool
plans_by_itself(const char *library)
{
	size_t		i;

	for (i = 0; i < lengthof(planning_libraries); i++)
		if (strcmp(library, planning_libraries[i]) == 0)
			return true;
	return false;
}

/* The list with ethdata as its last name; citus refuses to be another than the first. */
static char *
list_with_ethdata_last(List *libraries)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, libraries)
	{
		if (strcmp(lfirst(lc), "citus") == 0)
			appendStringInfoString(&list, "citus,");
	}
	foreach(lc, libraries)
	{
		if (strcmp(lfirst(lc), "ethdata") != 0 && strcmp(lfirst(lc), "citus") != 0)
			appendStringInfo(&list, "%s,", (char *) lfirst(lc));
	}
	appendStringInfoString(&list, "ethdata");
	return list.data;
}

static void
check_order(EthCheck *check, List *libraries)
{
	bool		after = false;
	bool		plans = false;
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, libraries)
	{
		const char *name = lfirst(lc);

		if (strcmp(name, "ethdata") == 0)
		{
			after = true;
			resetStringInfo(&names);
			plans = false;
			continue;
		}
		if (!after)
			continue;
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", name);
		plans = plans || plans_by_itself(name);
	}
	if (names.len == 0)
		return;
	eth_check_found(check, plans ? ETH_WARNING : ETH_NOTICE, ETH_RANK_REST, "shared_preload_libraries",
					psprintf(plans ?
							 "%s: loaded after ethdata, so it gets queries before ethdata does, and plans them in its own way: reads of protected tables may end in an error" :
							 "%s: loaded after ethdata, so it gets queries before ethdata does, with what they say of masked columns",
							 names.data),
					psprintf("shared_preload_libraries = '%s' " POSTGRESQL_CONF,
							 list_with_ethdata_last(libraries)));
}

/*
 * Does a query still come to our hooks?  A library that was loaded later may have
 * put its own in their place and not call the next one.
 */
static void
check_hooks(EthCheck *check)
{
	uint64		planned = eth_core_planned_count;
	uint64		started = eth_core_statement_count;

	/* not a plan that is at hand already, and not one that nobody plans */
	eth_core_spi("SELECT c.oid FROM pg_catalog.pg_class c WHERE c.oid" EQ "1259::pg_catalog.oid",
				 SPI_OK_SELECT, 0, NULL, NULL, NULL, true);
	if (planned == eth_core_planned_count)
		eth_check_found(check, ETH_CRITICAL, ETH_RANK_FIRST, "planner_hook",
						"ethdata is loaded, but its planner hook is not called: another library stands in the way, and reads of protected tables end in an error",
						"find the library in shared_preload_libraries, session_preload_libraries or local_preload_libraries, and take it out");
	if (started == eth_core_statement_count)
		eth_check_found(check, ETH_CRITICAL, ETH_RANK_FIRST, "ExecutorStart_hook",
						"ethdata is loaded, but its executor hook is not called: another library stands in the way, and purposes are not checked where a statement starts",
						"find the library in shared_preload_libraries, session_preload_libraries or local_preload_libraries, and take it out");
}

static void
check_version(EthCheck *check)
{
	char	   *version;

	eth_core_spi("SELECT e.extversion FROM pg_catalog.pg_extension e WHERE e.extname" EQ "'ethdata'",
				 SPI_OK_SELECT, 0, NULL, NULL, NULL, true);
	if (SPI_processed != 1)
		return;
	version = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (version != NULL && strcmp(version, ETHDATA_VERSION) != 0)
		eth_check_found(check, ETH_WARNING, ETH_RANK_FIRST, "ethdata",
						psprintf("the library is of version %s, the extension in this database of version %s",
								 ETHDATA_VERSION, version),
						"ALTER EXTENSION ethdata UPDATE, or a restart of the server after the library was installed");
}

void
eth_check_loading(EthCheck *check)
{
	List	   *libraries = preloaded_libraries();

	check_version(check);
	if (eth_core_preloaded)
	{
		check_order(check, libraries);
		check_hooks(check);
		return;
	}
	eth_check_found(check, ETH_CRITICAL, ETH_RANK_FIRST, "shared_preload_libraries",
					"ethdata was not loaded when the server started: nothing is masked, hidden or observed; whoever reads protected tables through masks is refused, and owners, exempt roles, superusers and members of pg_read_all_data read raw data, also through their views and functions",
					psprintf("shared_preload_libraries = '%s' " POSTGRESQL_CONF,
							 list_with_ethdata_last(libraries)));
}

/* ---- the key ---- */

/* Is the file within the server's data directory, by its real path? */
static bool
is_in_data_directory(const char *path)
{
	char		file[PATH_MAX];
	char		data[PATH_MAX];
	size_t		len;

	if (path[0] == '\0' || realpath(path, file) == NULL || realpath(DataDir, data) == NULL)
		return false;
	len = strlen(data);
	return strncmp(file, data, len) == 0 && (file[len] == '/' || file[len] == '\0');
}

void
eth_check_key(EthCheck *check)
{
	const char *problem = eth_crypto_key_problem();

	if (problem != NULL)
		eth_check_found(check, ETH_WARNING, ETH_RANK_REST, "ethdata.key_file",
						psprintf("there is no usable master key (%s): %spseudonyms are NULL, and nothing can be sealed", problem,
								 check->audited ? "changes of audited tables are refused, " : ""),
						"ethdata.key_file = '/path/to/key' in postgresql.conf, a file of 32 random bytes that only the server's user may read, and SELECT pg_reload_conf()");
	if (is_in_data_directory(eth_check_setting("ethdata.key_file")))
		eth_check_found(check, ETH_WARNING, ETH_RANK_REST, "ethdata.key_file",
						"the file with the master key is in the data directory: base backups carry it, beside what it seals",
						"move the file out of the data directory, to where no backup of the database takes it");
}

/* ---- nodes ---- */

/* Citus keeps its nodes in pg_catalog. */
void
eth_check_nodes(EthCheck *check)
{
	if (!eth_check_is_true("SELECT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extname" EQ "'citus')"
						   "  AND pg_catalog.to_regclass('pg_catalog.pg_dist_node') IS NOT NULL"
						   "  AND pg_catalog.to_regclass('pg_catalog.pg_dist_local_group') IS NOT NULL"))
		return;
	eth_check_query(check, ETH_RANK_REST,
					"SELECT 'notice', 'citus',"
					"  'it spreads tables over other nodes, of which nothing can be told from here: whether ethdata is loaded there, with the same key and policy, and who may log in to them: ' OPERATOR(pg_catalog.||) "
					SOME("pg_catalog.format('%s:%s', d.nodename, d.nodeport)") ","
					"  'SELECT * FROM ethdata.self_check() on each of them; let nobody but the other nodes connect to them'"
					" FROM pg_catalog.pg_dist_node d"
					" WHERE d.groupid" NE "(SELECT l.groupid FROM pg_catalog.pg_dist_local_group l) HAVING pg_catalog.count(*)" GT "0");
}

/* ---- settings ---- */

void
eth_check_durability(EthCheck *check)
{
	if (!check->audited)
		return;
	if (is_off("fsync"))
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, "fsync",
						"it is off: after a crash the audit, as all data, may be damaged or gone",
						"fsync = on in postgresql.conf, and SELECT pg_reload_conf()");
	if (is_off("synchronous_commit"))
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, "synchronous_commit",
						"it is off: a crash takes the last changes away together with their audit, after clients were told that they are committed",
						"synchronous_commit = on, or local");
}
