/*
 * check_tables.c
 *		self_check(): how far the rules of protected tables reach: owners,
 *		enforcement, exceptions, privileges, and the recording of changes.
 */
#include "postgres.h"

#include "audit/check.h"

/* ---- owners, enforcement ---- */

/* Those who can log in and are, or belong to, the owner of c. */
#define OWNERS_WHO_LOG_IN \
	" CROSS JOIN LATERAL (SELECT" SOME("pg_catalog.quote_ident(r.rolname)") "AS names FROM pg_catalog.pg_roles r" \
	"   WHERE r.rolcanlogin AND NOT r.rolsuper AND NOT" EXEMPT("r.oid") " IS TRUE AND" BELONGS("r.oid", "c.relowner") ") l "

static const char exempt_owners[] =
"SELECT 'critical', " TABLE_NAME ","
"  pg_catalog.format('its owner %I is not bound by its rules, and logs in (%s): what it reads is raw', o.rolname, l.names),"
"  pg_catalog.format('have the application log in with another role; or call ethdata.protect() for %s as before, with force => true', " TABLE_NAME ")"
FROM_PROTECTED
" JOIN pg_catalog.pg_roles o ON o.oid" EQ "c.relowner" OWNERS_WHO_LOG_IN
" WHERE p.relid" EQ "p.source AND NOT p.force AND p.enforcement" NE "'off' AND NOT o.rolsuper AND l.names IS NOT NULL";

static const char *const protection_queries[] = {
	/* partitions have owners of their own */
	"SELECT 'critical', " TABLE_NAME ","
	"  pg_catalog.format('it is under the protected table %s, but its owner %I is not bound by the rules, and logs in (%s)', p.source::pg_catalog.regclass, o.rolname, l.names),"
	"  pg_catalog.format('ALTER TABLE %s OWNER TO %I', " TABLE_NAME ", (SELECT s.rolname FROM pg_catalog.pg_class k JOIN pg_catalog.pg_roles s ON s.oid" EQ "k.relowner WHERE k.oid" EQ "p.source))"
	FROM_PROTECTED
	" JOIN pg_catalog.pg_roles o ON o.oid" EQ "c.relowner" OWNERS_WHO_LOG_IN
	" WHERE p.relid" NE "p.source AND NOT p.force AND p.enforcement" NE "'off' AND NOT o.rolsuper AND l.names IS NOT NULL"
	"  AND o.oid" NE "(SELECT k.relowner FROM pg_catalog.pg_class k WHERE k.oid" EQ "p.source)",

	"SELECT 'warning', " TABLE_NAME ","
	"  pg_catalog.format('it belongs to the superuser %I: views and functions of its owner pass every rule, and force => true does not bind him', o.rolname),"
	"  pg_catalog.format('ALTER TABLE %s OWNER TO a role that does not log in', " TABLE_NAME ")"
	FROM_PROTECTED
	" JOIN pg_catalog.pg_roles o ON o.oid" EQ "c.relowner"
	" WHERE p.relid" EQ "p.source AND o.rolsuper",

	"SELECT 'warning', " TABLE_NAME ","
	"  CASE p.enforcement WHEN 'off' THEN 'its protection is off: everybody reads what was granted, and nothing is counted'"
	"   ELSE 'it is only observed: everybody reads what was granted, and what would be masked is counted' END,"
	"  pg_catalog.format('SELECT ethdata.set_enforcement(%L, ''enforce'', reason => ''..'')', " TABLE_NAME ")"
	FROM_PROTECTED
	" WHERE p.relid" EQ "p.source AND p.enforcement" NE "'enforce'",

	"SELECT 'warning', COALESCE(" TABLE_NAME ", pg_catalog.quote_ident(e.role)),"
	"  CASE WHEN e.relation IS NOT NULL THEN pg_catalog.format('its protection is suspended until %s', e.until)"
	"   ELSE pg_catalog.format('it has broken the glass and reads everything raw until %s, in sessions of %I', e.until, e.session_role) END,"
	"  CASE WHEN e.relation IS NOT NULL THEN pg_catalog.format('SELECT ethdata.resume(%L), or wait', " TABLE_NAME ")"
	"   ELSE 'look at what it does in ethdata.audit_event; it ends by itself' END"
	"  FROM ethdata.exception e LEFT JOIN pg_catalog.pg_class c ON c.oid" EQ "e.relation::pg_catalog.oid LEFT JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	"  WHERE e.ended_at IS NULL AND e.until" GT "pg_catalog.clock_timestamp() AND (e.relation IS NULL OR c.oid IS NOT NULL)",

	/* rules that name a class which is none */
	"SELECT 'warning', " TABLE_NAME ","
	"  'its rules name a table of persons that is no class: nobody''s permission can be found, and its rows are masked or hidden for everybody',"
	"  CASE WHEN k.oid IS NULL THEN pg_catalog.format('call ethdata.protect() for %s with another class', " TABLE_NAME ")"
	"   ELSE pg_catalog.format('SELECT ethdata.define_subject_class(%L)', pg_catalog.format('%I.%I', kn.nspname, k.relname)) END"
	"  FROM ROWS FROM (pg_catalog.unnest($8), pg_catalog.unnest($9)) AS p (relid, class)"
	"  JOIN pg_catalog.pg_class c ON c.oid" EQ "p.relid JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	"  LEFT JOIN pg_catalog.pg_class k ON k.oid" EQ "p.class LEFT JOIN pg_catalog.pg_namespace kn ON kn.oid" EQ "k.relnamespace"
	"  WHERE NOT EXISTS (SELECT FROM ethdata.subject_class s WHERE s.relation::pg_catalog.oid" EQ "p.class)",
};

void
eth_check_protection(EthCheck *check)
{
	size_t		i;

	eth_check_query(check, ETH_RANK_OWNER, exempt_owners);
	for (i = 0; i < lengthof(protection_queries); i++)
		eth_check_query(check, ETH_RANK_REST, protection_queries[i]);
}

/* ---- privileges ---- */

#define NARROW_AGAIN \
	"  pg_catalog.format('with ethdata loaded, GRANT SELECT ON %s TO %s: the grant is narrowed to what it may read, and masked columns are read through their masks', "

static const char *const privilege_queries[] = {
	/* SELECT on raw cells that no narrowing met */
	"SELECT 'warning', " TABLE_NAME ","
	"  pg_catalog.format('%s holds SELECT on the whole table, which was not narrowed: without the library it reads masked columns raw', " GRANTEE("a.grantee") "),"
	NARROW_AGAIN TABLE_NAME ", " GRANTEE("a.grantee") ")"
	FROM_PROTECTED
	" CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a"
	" WHERE p.enforcement" EQ "'enforce' AND a.privilege_type" EQ "'SELECT' AND" BOUND("a.grantee")
	"  AND (p.hides OR EXISTS (SELECT FROM" MASKED "WHERE m.relid" EQ "p.relid))"
	" GROUP BY n.nspname, c.relname, a.grantee",

	"SELECT 'warning', " TABLE_NAME ","
	"  pg_catalog.format('%s holds SELECT on masked columns (%s), which was not narrowed: without the library it reads them raw', " GRANTEE("a.grantee")
	", " SOME("pg_catalog.quote_ident(t.attname)") "),"
	NARROW_AGAIN TABLE_NAME ", " GRANTEE("a.grantee") ")"
	FROM_PROTECTED
	" JOIN pg_catalog.pg_attribute t ON t.attrelid" EQ "p.relid AND NOT t.attisdropped"
	" CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a"
	" WHERE p.enforcement" EQ "'enforce' AND a.privilege_type" EQ "'SELECT' AND" BOUND("a.grantee")
	"  AND (p.hides OR EXISTS (SELECT FROM" MASKED "WHERE m.relid" EQ "p.relid AND m.attnum" EQ "t.attnum))"
	" GROUP BY n.nspname, c.relname, a.grantee",

	/* a foreign key tells which values exist; on the table or on a column */
	"SELECT 'warning', " TABLE_NAME ","
	"  pg_catalog.format('%s holds REFERENCES: a foreign key to it tells which values exist', " GRANTEE("a.grantee") "),"
	"  pg_catalog.format('REVOKE REFERENCES%s ON %s FROM %s', CASE WHEN pg_catalog.bool_and(a.attname IS NOT NULL)"
	"    THEN ' (' OPERATOR(pg_catalog.||) pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) OPERATOR(pg_catalog.||) ')' ELSE '' END, "
	TABLE_NAME ", " GRANTEE("a.grantee") ")"
	FROM_PROTECTED
	" CROSS JOIN LATERAL (SELECT x.grantee, x.privilege_type, NULL::pg_catalog.name AS attname, 0::pg_catalog.int2 AS attnum FROM pg_catalog.aclexplode(c.relacl) x"
	"   UNION ALL SELECT x.grantee, x.privilege_type, t.attname, t.attnum FROM pg_catalog.pg_attribute t"
	"    CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) x WHERE t.attrelid" EQ "c.oid AND NOT t.attisdropped) a"
	" WHERE a.privilege_type" EQ "'REFERENCES' AND" BOUND("a.grantee")
	" GROUP BY n.nspname, c.relname, a.grantee",

	"SELECT 'warning', " TABLE_NAME ","
	"  pg_catalog.format('%s holds TRIGGER: a trigger of its own sees every row that is written, raw, with the rights of whoever writes', " GRANTEE("a.grantee") "),"
	"  pg_catalog.format('REVOKE TRIGGER ON %s FROM %s', " TABLE_NAME ", " GRANTEE("a.grantee") ")"
	FROM_PROTECTED
	" CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a"
	" WHERE a.privilege_type" EQ "'TRIGGER' AND" BOUND("a.grantee")
	" GROUP BY n.nspname, c.relname, a.grantee",
};

void
eth_check_privileges(EthCheck *check)
{
	size_t		i;

	for (i = 0; i < lengthof(privilege_queries); i++)
		eth_check_query(check, ETH_RANK_REST, privilege_queries[i]);
}

/* ---- the recording of changes ---- */

#define RECORDS "t.tgfoid" EQ "pg_catalog.to_regprocedure('ethdata._audit_change()')"

static const char *const audit_queries[] = {
	"SELECT 'notice', " TABLE_NAME ","
	"  'changes of this protected table are not recorded',"
	"  pg_catalog.format('SELECT ethdata.audit_changes(%L)', " TABLE_NAME ")"
	FROM_PROTECTED
	" WHERE p.relid" EQ "p.source AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid" EQ "p.relid AND " RECORDS ")",

	"SELECT CASE WHEN t.tgenabled" EQ "'D' THEN 'critical' ELSE 'warning' END, " TABLE_NAME ","
	"  CASE WHEN t.tgenabled" EQ "'D' THEN pg_catalog.format('its audit trigger %I is disabled: changes are not recorded', t.tgname)"
	"   ELSE pg_catalog.format('its audit trigger %I does not always fire: session_replication_role decides whether changes are recorded', t.tgname) END,"
	"  pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', " TABLE_NAME ", t.tgname)"
	"  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid" EQ "t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	"  WHERE " RECORDS " AND t.tgenabled" NE "'A'",

	/* bits of tgtype: 1 row, 32 TRUNCATE */
	"WITH RECURSIVE audited AS (SELECT t.tgrelid AS root, t.tgrelid AS relid FROM pg_catalog.pg_trigger t WHERE " RECORDS
	"   AND t.tgname" EQ "'ethdata_audit'"
	"   UNION SELECT a.root, i.inhrelid FROM audited a JOIN pg_catalog.pg_inherits i ON i.inhparent" EQ "a.relid)"
	" SELECT 'critical', " TABLE_NAME ","
	"  pg_catalog.format('changes of %s are recorded, but not %s of this table, which is a part of it', pg_catalog.min(a.root::pg_catalog.regclass::pg_catalog.text),"
	"   CASE WHEN s.rows THEN 'TRUNCATE' WHEN s.truncates THEN 'those of rows' ELSE 'those' END),"
	"  CASE WHEN c.relispartition THEN pg_catalog.format('SELECT ethdata.audit_changes(%1$L, ''none''), and ethdata.audit_changes(%1$L) again', pg_catalog.min(a.root::pg_catalog.regclass::pg_catalog.text))"
	"   ELSE pg_catalog.format('SELECT ethdata.audit_changes(%L)', " TABLE_NAME ") END"
	"  FROM audited a JOIN pg_catalog.pg_class c ON c.oid" EQ "a.relid JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	"  CROSS JOIN LATERAL (SELECT"
	"    EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid" EQ "c.oid AND " RECORDS " AND (t.tgtype OPERATOR(pg_catalog.&) 1::pg_catalog.int2)" NE "0) AS rows,"
	"    EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid" EQ "c.oid AND " RECORDS " AND (t.tgtype OPERATOR(pg_catalog.&) 32::pg_catalog.int2)" NE "0) AS truncates) s"
	"  WHERE c.relkind" EQ "ANY (ARRAY['r', 'p']::\"char\"[]) AND NOT (s.rows AND s.truncates)"
	"  GROUP BY n.nspname, c.relname, c.relispartition, s.rows, s.truncates",

	"SELECT 'notice', 'ethdata.audit_checkpoint',"
	"  CASE WHEN k.sealed_at IS NULL THEN 'the audit was never sealed: until it is, only rights and triggers protect what it says'"
	"   ELSE pg_catalog.format('the audit was last sealed on %s: what was recorded since is protected by rights and triggers only', k.sealed_at) END,"
	"  'SELECT ethdata.seal_audit(), often, and keep the notes of ethdata.audit_checkpoint outside of the database'"
	"  FROM (SELECT pg_catalog.max(a.sealed_at) AS sealed_at FROM ethdata.audit_checkpoint a) k"
	"  WHERE EXISTS (SELECT FROM ethdata.audit_record)"
	"   AND (k.sealed_at IS NULL OR k.sealed_at" LT "(pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '1 day'::pg_catalog.interval))",
};

void
eth_check_audit(EthCheck *check)
{
	size_t		i;

	for (i = 0; i < lengthof(audit_queries); i++)
		eth_check_query(check, ETH_RANK_REST, audit_queries[i]);
}
