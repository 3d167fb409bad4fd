/*
 * check_log.c
 *		self_check(): what the server's log shows of values, which are in the texts
 *		of statements and in their parameters: by the settings of this session, and
 *		by those that are kept for roles and databases.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "audit/check.h"

#define LOGS_STATEMENTS "statements are written to the server's log, with the values that they contain"
#define LOGS_SLOW		"slow " LOGS_STATEMENTS

/* ---- of this session ---- */

static bool
is_duration(const char *name)
{
	const char *value = eth_check_setting(name);

	return value[0] != '\0' && strcmp(value, "-1") != 0;
}

static const char *const debug_settings[] = {
	"debug_print_parse", "debug_print_rewritten", "debug_print_plan"
};

/* pgaudit.log is a list of classes; of these the statements have values. */
static bool
audits_statements(void)
{
	static const char *const classes[] = {"all", "read", "write", "function"};
	char	   *list = pstrdup(eth_check_setting("pgaudit.log"));
	char	   *c;
	size_t		i;

	for (c = list; *c != '\0'; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	for (i = 0; i < lengthof(classes); i++)
		if (strstr(list, classes[i]) != NULL)
			return true;
	return false;
}

/* Those that few servers use; the texts of statements that fail are in the log by default. */
static void
check_rare(EthCheck *check)
{
	const char *level = eth_check_setting("log_min_error_statement");
	size_t		i;

	if (strncmp(level, "debug", 5) == 0 || strcmp(level, "info") == 0 ||
		strcmp(level, "notice") == 0 || strcmp(level, "warning") == 0)
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, "log_min_error_statement",
						psprintf("it is %s: of what is logged below an error, too, " LOGS_STATEMENTS, level),
						"log_min_error_statement = 'error', or 'panic' for none");
	for (i = 0; i < lengthof(debug_settings); i++)
	{
		if (strcmp(eth_check_setting(debug_settings[i]), "on") == 0)
			eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, debug_settings[i],
							"the trees of " LOGS_STATEMENTS, psprintf("%s = off", debug_settings[i]));
	}
	if (audits_statements())
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, "pgaudit.log",
						LOGS_STATEMENTS,
						"pgaudit.log = 'none', 'role' or 'ddl', or look after the log as after the data");
}

void
eth_check_log(EthCheck *check)
{
	const char *statements = eth_check_setting("log_statement");
	bool		texts = strcmp(statements, "all") == 0 || strcmp(statements, "mod") == 0;
	bool		durations = is_duration("log_min_duration_statement") ||
	(is_duration("log_min_duration_sample") && strcmp(eth_check_setting("log_statement_sample_rate"), "0") != 0);
	bool		samples = strcmp(eth_check_setting("log_transaction_sample_rate"), "0") != 0;

	if (texts)
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, "log_statement",
						psprintf("it is %s: " LOGS_STATEMENTS, statements),
						"log_statement = 'ddl' or 'none', or look after the log as after the data");
	if (durations)
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, "log_min_duration_statement",
						LOGS_SLOW,
						"log_min_duration_statement = -1 and log_min_duration_sample = -1, or look after the log as after the data");
	if (samples)
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, "log_transaction_sample_rate",
						"of some transactions all " LOGS_STATEMENTS,
						"log_transaction_sample_rate = 0");
	if ((texts || durations || samples) && strcmp(eth_check_setting("log_parameter_max_length"), "0") != 0)
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, "log_parameter_max_length",
						"the parameters of statements that are logged are written to the server's log",
						"log_parameter_max_length = 0");
	if (strcmp(eth_check_setting("log_parameter_max_length_on_error"), "0") != 0 &&
		strcmp(eth_check_setting("log_min_error_statement"), "panic") != 0 &&
		strcmp(eth_check_setting("log_min_error_statement"), "fatal") != 0)
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, "log_parameter_max_length_on_error",
						"the parameters of statements that fail are written to the server's log",
						"log_parameter_max_length_on_error = 0");
	if (is_duration("auto_explain.log_min_duration"))
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, "auto_explain.log_min_duration",
						psprintf(LOGS_SLOW "%s",
								 strcmp(eth_check_setting("auto_explain.log_parameter_max_length"), "0") != 0 &&
								 eth_check_setting("auto_explain.log_parameter_max_length")[0] != '\0' ?
								 " and their parameters" : ""),
						"auto_explain.log_parameter_max_length = 0 where the server has it, and look after the log as after the data");
	check_rare(check);
}

/* ---- kept for roles and databases ---- */

/*
 * Values as somebody wrote them; those that fit the pattern log nothing.  Settings
 * of roles hold for those who log in as them, and for no members.
 */
static const char stored_settings[] =
"WITH known (name, harmless, risk) AS (VALUES"
"  ('log_statement', '^(none|ddl)$', $r$" LOGS_STATEMENTS "$r$),"
"  ('log_min_duration_statement', '^-', $r$" LOGS_SLOW "$r$),"
"  ('log_min_duration_sample', '^-', $r$" LOGS_SLOW "$r$),"
"  ('log_transaction_sample_rate', '^[0.]*$', $r$of some transactions all " LOGS_STATEMENTS "$r$),"
"  ('log_min_error_statement', '^(error|log|fatal|panic)$', $r$of what is logged below an error, too, " LOGS_STATEMENTS "$r$),"
"  ('log_parameter_max_length', '^0+ *[a-z]*$', $r$the parameters of statements that are logged are written to the server's log$r$),"
"  ('log_parameter_max_length_on_error', '^0+ *[a-z]*$', $r$the parameters of statements that fail are written to the server's log$r$),"
"  ('debug_print_parse', '^(of|off|f.*|n|no|0)$', $r$the trees of " LOGS_STATEMENTS "$r$),"
"  ('debug_print_rewritten', '^(of|off|f.*|n|no|0)$', $r$the trees of " LOGS_STATEMENTS "$r$),"
"  ('debug_print_plan', '^(of|off|f.*|n|no|0)$', $r$the trees of " LOGS_STATEMENTS "$r$),"
"  ('auto_explain.log_min_duration', '^-', $r$" LOGS_SLOW "$r$),"
"  ('auto_explain.log_parameter_max_length', '^0+ *[a-z]*$', $r$the parameters of slow statements are written to the server's log$r$),"
"  ('pgaudit.log', '^(?!.*(all|read|write|function))', $r$" LOGS_STATEMENTS "$r$)),"
" stored AS (SELECT s.setrole AS role, s.setdatabase AS database,"
"    pg_catalog.lower(pg_catalog.split_part(c.item, '=', 1)) AS name,"
"    pg_catalog.lower(pg_catalog.btrim(pg_catalog.substr(c.item, pg_catalog.strpos(c.item, '=') OPERATOR(pg_catalog.+) 1))) AS value"
"   FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (item))"
" SELECT 'notice', k.name,"
"  CASE WHEN s.role" EQ "0::pg_catalog.oid AND s.database" EQ "0::pg_catalog.oid THEN 'it is kept for all roles: '"
"   WHEN s.role" EQ "0::pg_catalog.oid THEN pg_catalog.format('it is kept for database %I: ', d.datname)"
"   WHEN s.database" EQ "0::pg_catalog.oid THEN pg_catalog.format('it is kept for role %I: ', r.rolname)"
"   ELSE pg_catalog.format('it is kept for role %I in database %I: ', r.rolname, d.datname) END" CAT "k.risk,"
"  CASE WHEN s.role" EQ "0::pg_catalog.oid AND s.database" EQ "0::pg_catalog.oid THEN 'ALTER ROLE ALL RESET '"
"   WHEN s.role" EQ "0::pg_catalog.oid THEN pg_catalog.format('ALTER DATABASE %I RESET ', d.datname)"
"   WHEN s.database" EQ "0::pg_catalog.oid THEN pg_catalog.format('ALTER ROLE %I RESET ', r.rolname)"
"   ELSE pg_catalog.format('ALTER ROLE %I IN DATABASE %I RESET ', r.rolname, d.datname) END" CAT "k.name"
" FROM stored s JOIN known k ON k.name" EQ "s.name AND s.value" UNLIKE "k.harmless"
" LEFT JOIN pg_catalog.pg_roles r ON r.oid" EQ "s.role"
" LEFT JOIN pg_catalog.pg_database d ON d.oid" EQ "s.database"
" WHERE (s.role" EQ "0::pg_catalog.oid OR r.rolcanlogin)"
"  AND (s.database" EQ "0::pg_catalog.oid OR d.datname" EQ "pg_catalog.current_database())";

void
eth_check_stored_settings(EthCheck *check)
{
	eth_check_query(check, ETH_RANK_REST, stored_settings);
}
