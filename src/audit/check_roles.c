/*
 * check_roles.c
 *		self_check(): roles that see more than the rules give, and who may write
 *		what the rules are made of.
 *
 * Roles without login are looked at through those who can log in and belong to
 * them, be it by SET ROLE.  Superusers are named once and then left out: every
 * privilege is theirs.
 */
#include "postgres.h"

#include "audit/check.h"

/* ---- roles ---- */

/* through which membership r belongs to g: itself, or a role between */
#define THROUGH \
	"(SELECT pg_catalog.pg_get_userbyid(a.member) FROM pg_catalog.pg_auth_members a" \
	"  WHERE a.roleid" EQ "g.oid AND" BELONGS("r.oid", "a.member") \
	"  ORDER BY a.member" EQ "r.oid DESC, a.member LIMIT 1)"

static const char *const role_queries[] = {
	/* superusers */
	"SELECT 'notice', pg_catalog.quote_ident(r.rolname),"
	"  'this superuser can log in, and sees all data and every secret of the database',"
	"  pg_catalog.format('have applications and people use other roles; ALTER ROLE %I NOSUPERUSER or NOLOGIN where it is not needed', r.rolname)"
	"  FROM pg_catalog.pg_roles r WHERE r.rolsuper AND r.rolcanlogin",

	/* predefined roles and ethdata's own one that is exempt */
	"SELECT g.severity, pg_catalog.quote_ident(r.rolname), pg_catalog.format(g.risk, g.name),"
	"  pg_catalog.format('REVOKE %I FROM %I', g.name, " THROUGH ")"
	"  FROM (SELECT k.*, pg_catalog.to_regrole(k.name)::pg_catalog.oid AS oid FROM (VALUES"
	"   ('pg_read_all_data', 'warning', 'it belongs to %s and holds every column privilege: only rewriting masks what it reads, and values of masked columns show in pg_stats and pg_toast'),"
	"   ('pg_write_all_data', 'warning', 'it belongs to %s and may write every table, those of ethdata too: it can grant itself purposes and write the consent of others'),"
	"   ('ethdata_exempt', 'notice', 'it belongs to %s: it reads all protected tables raw'),"
	"   ('pg_execute_server_program', 'warning', 'it belongs to %s and can run programs as the server''s user, who can read every file of the database, and the master key'),"
	"   ('pg_read_server_files', 'warning', 'it belongs to %s and can read every file of the database, and the master key'),"
	"   ('pg_write_server_files', 'warning', 'it belongs to %s and can write files of the server, settings and libraries among them')"
	"  ) AS k (name, severity, risk)) AS g"
	"  JOIN pg_catalog.pg_roles r ON r.oid" NE "g.oid AND" BELONGS("r.oid", "g.oid")
	"  WHERE r.rolcanlogin AND NOT r.rolsuper",

	/* WAL is raw */
	"SELECT 'warning', pg_catalog.quote_ident(r.rolname),"
	"  'it may replicate: base backups and the write-ahead log hold raw data of every table',"
	"  pg_catalog.format('keep what it can reach to the standbys and backups that are meant; ALTER ROLE %I NOREPLICATION where there is none', r.rolname)"
	"  FROM pg_catalog.pg_roles r WHERE r.rolreplication AND r.rolcanlogin AND NOT r.rolsuper",

	/* until 15 CREATEROLE was almost a superuser */
	"SELECT 'warning', pg_catalog.quote_ident(r.rolname),"
	"  'it may create roles, and before PostgreSQL 16 such a role can grant itself every role that is no superuser, ethdata_exempt, ethdata_admin and pg_read_all_data among them',"
	"  pg_catalog.format('ALTER ROLE %I NOCREATEROLE', r.rolname)"
	"  FROM pg_catalog.pg_roles r WHERE r.rolcreaterole AND r.rolcanlogin AND NOT r.rolsuper"
	"   AND pg_catalog.current_setting('server_version_num')::pg_catalog.int4" LT "160000",

	/* rules by hand: policies that ask ethdata, and whom they do not bind */
	"WITH asked AS (SELECT DISTINCT p.polrelid FROM pg_catalog.pg_policy p"
	"   JOIN pg_catalog.pg_depend d ON d.classid" EQ "'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid" EQ "p.oid"
	"    AND d.refclassid" EQ "'pg_catalog.pg_proc'::pg_catalog.regclass"
	"   JOIN pg_catalog.pg_proc f ON f.oid" EQ "d.refobjid AND f.proname" EQ "ANY (ARRAY['permitted', 'permits', 'has_consent']::pg_catalog.name[])"
	"   JOIN pg_catalog.pg_namespace fn ON fn.oid" EQ "f.pronamespace AND fn.nspname" EQ "'ethdata')"
	" SELECT 'warning', pg_catalog.quote_ident(r.rolname),"
	"  'it bypasses row security, and with it the policies that ask for consent, of ' OPERATOR(pg_catalog.||) (SELECT" SOME(TABLE_NAME)
	"     FROM asked a JOIN pg_catalog.pg_class c ON c.oid" EQ "a.polrelid JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace),"
	"  pg_catalog.format('ALTER ROLE %I NOBYPASSRLS', r.rolname)"
	"  FROM pg_catalog.pg_roles r WHERE r.rolbypassrls AND r.rolcanlogin AND NOT r.rolsuper"
	" UNION ALL"
	" SELECT CASE WHEN c.relrowsecurity THEN 'warning' ELSE 'critical' END, " TABLE_NAME ","
	"  CASE WHEN c.relrowsecurity THEN pg_catalog.format('its policies ask for consent and do not bind its owner %I, who can log in (%s)', o.rolname, l.names)"
	"   ELSE 'its policies ask for consent, and row security is not enabled: they do nothing' END,"
	"  pg_catalog.format('ALTER TABLE %s %s ROW LEVEL SECURITY'," TABLE_NAME ", CASE WHEN c.relrowsecurity THEN 'FORCE' ELSE 'ENABLE' END)"
	"  FROM asked a JOIN pg_catalog.pg_class c ON c.oid" EQ "a.polrelid JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	"  JOIN pg_catalog.pg_roles o ON o.oid" EQ "c.relowner"
	"  CROSS JOIN LATERAL (SELECT" SOME("pg_catalog.quote_ident(r.rolname)") "AS names FROM pg_catalog.pg_roles r"
	"    WHERE r.rolcanlogin AND NOT r.rolsuper AND" BELONGS("r.oid", "o.oid") ") l"
	"  WHERE NOT c.relrowsecurity OR NOT c.relforcerowsecurity AND NOT o.rolsuper AND l.names IS NOT NULL",

	/* who decides on rules should not use data */
	"SELECT 'warning', pg_catalog.quote_ident(r.rolname),"
	"  'it is a policy administrator and holds purposes (' OPERATOR(pg_catalog.||) (SELECT" SOME("u.code")
	"    FROM ethdata.purpose_grant g JOIN (SELECT id, code FROM ethdata.purpose UNION ALL SELECT " ETH_SELF_ID ", 'self') u ON u.id" EQ "g.purpose"
	"    JOIN pg_catalog.pg_roles h ON h.oid" EQ "g.grantee_oid AND h.rolname" EQ "g.grantee"
	"    WHERE" BELONGS("r.oid", "h.oid") ") OPERATOR(pg_catalog.||) '): it can widen what it may see itself',"
	"  'give the policy to a role of its own: ethdata.revoke_purpose(), or REVOKE ethdata_admin FROM ' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(r.rolname)"
	"  FROM pg_catalog.pg_roles r WHERE r.rolcanlogin AND NOT r.rolsuper AND" BELONGS("r.oid", "pg_catalog.to_regrole('ethdata_admin')")
	"   AND EXISTS (SELECT FROM ethdata.purpose_grant g JOIN pg_catalog.pg_roles h ON h.oid" EQ "g.grantee_oid AND h.rolname" EQ "g.grantee"
	"    WHERE" BELONGS("r.oid", "h.oid") ")",
};

void
eth_check_roles(EthCheck *check)
{
	size_t		i;

	for (i = 0; i < lengthof(role_queries); i++)
		eth_check_query(check, ETH_RANK_REST, role_queries[i]);
}

/* ---- functions that read files and pages ---- */

static const char *const function_queries[] = {
	/*
	 * '': of the server itself.  What CREATE EXTENSION granted is the
	 * server's own way.
	 */
	"WITH raw (extension, name, risk) AS (VALUES"
	"  ('', 'pg_read_file', 'it reads files of the data directory, those of tables too'),"
	"  ('', 'pg_read_binary_file', 'it reads files of the data directory, those of tables too'),"
	"  ('', 'lo_import', 'it reads every file that the server''s user may read, those of tables and the master key too'),"
	"  ('', 'lo_export', 'it writes files of the server, settings and libraries among them'),"
	"  ('adminpack', 'pg_file_write', 'it writes files of the data directory, settings among them'),"
	"  ('adminpack', 'pg_file_rename', 'it replaces files of the data directory, settings among them'),"
	"  ('dblink', 'dblink_connect_u', 'it connects as the server''s user to wherever no password is asked for, and may be a superuser there'),"
	"  ('pg_surgery', 'heap_force_kill', 'it takes rows of its caller''s tables away, and no audit records it'),"
	"  ('pg_surgery', 'heap_force_freeze', 'it brings deleted rows of its caller''s tables back, and no audit records it'),"
	"  ('pg_walinspect', 'pg_get_wal_block_info', 'it shows the write-ahead log, with raw data of every table'))"
	" SELECT 'warning', f.oid::pg_catalog.regprocedure::pg_catalog.text,"
	"  pg_catalog.format('%s may call it: %s', " GRANTEE("a.grantee") ", k.risk),"
	"  pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM %s', f.oid::pg_catalog.regprocedure, " GRANTEE("a.grantee") ")"
	" FROM raw k JOIN pg_catalog.pg_proc f ON f.proname" EQ "k.name"
	" JOIN pg_catalog.pg_namespace n ON n.oid" EQ "f.pronamespace"
	" LEFT JOIN pg_catalog.pg_depend d ON d.classid" EQ "'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid" EQ "f.oid AND d.deptype" EQ "'e'"
	" LEFT JOIN pg_catalog.pg_extension e ON d.refclassid" EQ "'pg_catalog.pg_extension'::pg_catalog.regclass AND e.oid" EQ "d.refobjid"
	" CROSS JOIN LATERAL pg_catalog.aclexplode(COALESCE(f.proacl, pg_catalog.acldefault('f', f.proowner))) a"
	" WHERE f.prolang IN (SELECT l.oid FROM pg_catalog.pg_language l WHERE l.lanname" EQ "ANY (ARRAY['internal', 'c']::pg_catalog.name[]))"
	"  AND COALESCE(e.extname, '')" EQ "k.extension AND (k.extension" NE "'' OR n.nspname" EQ "'pg_catalog')"
	"  AND a.grantee" NE "f.proowner AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid" EQ "a.grantee AND r.rolsuper)"
	"  AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs i CROSS JOIN LATERAL pg_catalog.aclexplode(i.initprivs) x"
	"   WHERE i.classoid" EQ "'pg_catalog.pg_proc'::pg_catalog.regclass AND i.objoid" EQ "f.oid AND x.grantee" EQ "a.grantee)",

	/* everybody holds EXECUTE on them; they ask for a superuser themselves */
	"SELECT 'notice', pg_catalog.quote_ident(e.extname),"
	"  'functions of this extension show pages of every table, raw; they serve superusers only, and so SECURITY DEFINER functions of superusers',"
	"  pg_catalog.format('DROP EXTENSION %I, where nobody needs it now', e.extname)"
	" FROM pg_catalog.pg_extension e WHERE e.extname" EQ "ANY (ARRAY['pageinspect', 'pg_dirtyread']::pg_catalog.name[])",
};

void
eth_check_functions(EthCheck *check)
{
	size_t		i;

	for (i = 0; i < lengthof(function_queries); i++)
		eth_check_query(check, ETH_RANK_REST, function_queries[i]);
}

/* ---- ethdata's own tables ---- */

static const char *const own_table_queries[] = {
	/* who writes the policy, the evidence or the history by hand */
	"SELECT 'warning', " TABLE_NAME ","
	"  pg_catalog.format('%s holds %s on this table of ethdata: what it holds may be written without ethdata''s functions',"
	"    " GRANTEE("a.grantee") ", pg_catalog.string_agg(DISTINCT a.privilege_type, ', ' ORDER BY a.privilege_type)),"
	"  pg_catalog.format('REVOKE %s ON %s FROM %s', pg_catalog.string_agg(DISTINCT a.privilege_type, ', ' ORDER BY a.privilege_type), "
	TABLE_NAME ", " GRANTEE("a.grantee") ")"
	"  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	"  CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a"
	"  WHERE n.nspname" EQ "'ethdata' AND c.relkind" EQ "ANY (ARRAY['r', 'p']::\"char\"[]) AND a.grantee" NE "c.relowner"
	"   AND a.privilege_type" EQ "ANY (ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES'])"
	/* but for what CREATE EXTENSION gave */
	"   AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs i CROSS JOIN LATERAL pg_catalog.aclexplode(i.initprivs) x"
	"    WHERE i.classoid" EQ "'pg_catalog.pg_class'::pg_catalog.regclass AND i.objoid" EQ "c.oid AND i.objsubid" EQ "0"
	"     AND x.grantee" EQ "a.grantee AND x.privilege_type" EQ "a.privilege_type)"
	"  GROUP BY n.nspname, c.relname, a.grantee",

	/* the triggers that keep history as it is and tell sessions of changes */
	"SELECT 'critical', " TABLE_NAME ","
	"  'triggers of this table of ethdata do not always fire (' OPERATOR(pg_catalog.||) pg_catalog.string_agg(pg_catalog.quote_ident(t.tgname), ', ' ORDER BY t.tgname) OPERATOR(pg_catalog.||) '): history could be edited, or sessions keep to rules that were changed',"
	"  pg_catalog.string_agg(pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I'," TABLE_NAME ", t.tgname), '; ' ORDER BY t.tgname)"
	"  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid" EQ "t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	"  WHERE n.nspname" EQ "'ethdata' AND NOT t.tgisinternal AND t.tgenabled" NE "'A'"
	"  GROUP BY n.nspname, c.relname",

	/* who may put something into the schema */
	"SELECT 'critical', 'ethdata',"
	"  pg_catalog.format('%s may create objects in the schema of ethdata', " GRANTEE("a.grantee") "),"
	"  pg_catalog.format('REVOKE CREATE ON SCHEMA ethdata FROM %s', " GRANTEE("a.grantee") ")"
	"  FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a"
	"  WHERE n.nspname" EQ "'ethdata' AND a.grantee" NE "n.nspowner AND a.privilege_type" EQ "'CREATE'",
};

void
eth_check_own_tables(EthCheck *check)
{
	size_t		i;

	for (i = 0; i < lengthof(own_table_queries); i++)
		eth_check_query(check, ETH_RANK_REST, own_table_queries[i]);
}
