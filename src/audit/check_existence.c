/*
 * check_existence.c
 *		self_check(): constraints that tell which values exist in masked columns, or
 *		move rows to another person.
 *
 * The error of a unique index, an exclusion constraint or a foreign key says to
 * whoever writes that a value is there, or is not, whatever he may read.  No mask
 * can change that; who may write there can be changed.
 *
 * A foreign key acts as the table's owner: with ON UPDATE CASCADE, or SET DEFAULT, who
 * writes the table that is referred to changes whose data a row is, and its cells are
 * shown by another person's permission.  The keys of a protected table of persons are
 * guarded; others are not.
 */
#include "postgres.h"

#include "audit/check.h"

/*
 * base: the protected table; via: the table that is written; columns: of it, in
 * an array.  Of partitions the foreign keys are those of the table above them.
 */
static const char existence_query[] =
"WITH base AS (SELECT p.relid" FROM_PROTECTED "WHERE p.enforcement" NE "'off'),"
" masked AS (SELECT m.relid, pg_catalog.array_agg(m.attnum) AS columns FROM" MASKED "JOIN base b ON b.relid" EQ "m.relid GROUP BY m.relid),"
" telling AS ("
/* unique, exclusion; expressions by what they depend on */
"  SELECT k.relid AS base, k.relid AS via, x.relname AS name, y.columns, ARRAY['INSERT', 'UPDATE'] AS privileges"
"   FROM masked k JOIN pg_catalog.pg_index i ON i.indrelid" EQ "k.relid AND (i.indisunique OR i.indisexclusion)"
"   JOIN pg_catalog.pg_class x ON x.oid" EQ "i.indexrelid"
"   CROSS JOIN LATERAL (SELECT (i.indkey::pg_catalog.int2[])[0:i.indnkeyatts OPERATOR(pg_catalog.-) 1] OPERATOR(pg_catalog.||) ARRAY("
"     SELECT d.refobjsubid::pg_catalog.int2 FROM pg_catalog.pg_depend d WHERE (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)"
"      AND d.classid" EQ "'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid" EQ "i.indexrelid"
"      AND d.refclassid" EQ "'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid" EQ "i.indrelid AND d.refobjsubid" GT "0) AS columns) y"
"   WHERE y.columns OPERATOR(pg_catalog.&&) k.columns"
/* who writes the table that refers to masked values */
"  UNION ALL SELECT k.relid, q.conrelid, q.conname, q.conkey, ARRAY['INSERT', 'UPDATE']"
"   FROM masked k JOIN pg_catalog.pg_constraint q ON q.confrelid" EQ "k.relid AND q.contype" EQ "'f' AND q.conparentid" EQ "0::pg_catalog.oid"
"   WHERE q.confkey OPERATOR(pg_catalog.&&) k.columns"
/* who takes away what masked values refer to */
"  UNION ALL SELECT k.relid, q.confrelid, q.conname, q.confkey, ARRAY['DELETE', 'UPDATE']"
"   FROM masked k JOIN pg_catalog.pg_constraint q ON q.conrelid" EQ "k.relid AND q.contype" EQ "'f' AND q.conparentid" EQ "0::pg_catalog.oid"
"   WHERE q.conkey OPERATOR(pg_catalog.&&) k.columns)"
" SELECT 'notice', " TABLE_NAME ","
"  pg_catalog.format('%s holds %s on %s: errors of constraints (%s) tell which values exist in masked columns', " GRANTEE("a.grantee") ","
"    pg_catalog.string_agg(DISTINCT a.privilege_type, ', ' ORDER BY a.privilege_type), pg_catalog.format('%I.%I', vn.nspname, v.relname), " SOME("pg_catalog.quote_ident(t.name)") "),"
"  pg_catalog.format('REVOKE %s ON %I.%I FROM %s, and let it write through functions of a role that may know', pg_catalog.string_agg(DISTINCT a.privilege_type, ', ' ORDER BY a.privilege_type),"
"    vn.nspname, v.relname, " GRANTEE("a.grantee") ")"
" FROM telling t JOIN pg_catalog.pg_class c ON c.oid" EQ "t.base JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
" JOIN pg_catalog.pg_class v ON v.oid" EQ "t.via JOIN pg_catalog.pg_namespace vn ON vn.oid" EQ "v.relnamespace"
" CROSS JOIN LATERAL (SELECT x.grantee, x.privilege_type FROM pg_catalog.aclexplode(COALESCE(v.relacl, pg_catalog.acldefault('r', v.relowner))) x"
"   UNION ALL SELECT x.grantee, x.privilege_type FROM pg_catalog.pg_attribute s CROSS JOIN LATERAL pg_catalog.aclexplode(s.attacl) x"
"    WHERE s.attrelid" EQ "v.oid AND s.attnum" EQ "ANY (t.columns) AND NOT s.attisdropped) a"
" WHERE a.privilege_type" EQ "ANY (t.privileges) AND" BOUND("a.grantee")
" GROUP BY n.nspname, c.relname, vn.nspname, v.relname, a.grantee";

static const char moving_query[] =
"WITH keyed AS (SELECT k.relid, pg_catalog.array_agg(DISTINCT k.attnum) AS columns FROM" KEYED "GROUP BY k.relid),"
" moving AS ("
"  SELECT q.conrelid, q.confrelid, q.conname, x.privilege FROM keyed k JOIN pg_catalog.pg_constraint q ON q.conrelid" EQ "k.relid"
"   CROSS JOIN LATERAL (VALUES ('UPDATE', q.confupdtype" EQ "ANY (ARRAY['c', 'd']::\"char\"[])"
"     AND NOT EXISTS (SELECT FROM keyed g WHERE g.relid" EQ "q.confrelid AND g.columns OPERATOR(pg_catalog.&&) q.confkey)),"
"    ('DELETE', q.confdeltype" EQ "'d'::\"char\")) AS x (privilege, moves)"
"   WHERE q.contype" EQ "'f' AND q.conparentid" EQ "0::pg_catalog.oid AND q.conkey OPERATOR(pg_catalog.&&) k.columns AND x.moves)"
" SELECT 'warning', " TABLE_NAME ","
"  pg_catalog.format('%s holds %s on %I.%I, and with it moves rows of the table to another person by foreign key %I', " GRANTEE("a.grantee") ","
"   t.privilege, vn.nspname, v.relname, t.conname),"
"  pg_catalog.format('REVOKE %s ON %I.%I FROM %s', t.privilege, vn.nspname, v.relname, " GRANTEE("a.grantee") ")"
"  " FROM_PROTECTED "JOIN moving t ON t.conrelid" EQ "p.relid"
"  JOIN pg_catalog.pg_class v ON v.oid" EQ "t.confrelid JOIN pg_catalog.pg_namespace vn ON vn.oid" EQ "v.relnamespace"
"  CROSS JOIN LATERAL (SELECT DISTINCT y.grantee FROM (SELECT x.grantee, x.privilege_type FROM pg_catalog.aclexplode(COALESCE(v.relacl, pg_catalog.acldefault('r', v.relowner))) x"
"    UNION ALL SELECT x.grantee, x.privilege_type FROM pg_catalog.pg_attribute s CROSS JOIN LATERAL pg_catalog.aclexplode(s.attacl) x"
"     WHERE s.attrelid" EQ "v.oid AND NOT s.attisdropped) y WHERE y.privilege_type" EQ "t.privilege) a"
"  WHERE p.enforcement" NE "'off' AND" BOUND("a.grantee")
"   AND (p.hides OR EXISTS (SELECT FROM" MASKED "WHERE m.relid" EQ "p.relid))";

void
eth_check_existence(EthCheck *check)
{
	if (check->masked != NIL)
		eth_check_query(check, ETH_RANK_REST, existence_query);
	if (check->keyed != NIL)
		eth_check_query(check, ETH_RANK_REST, moving_query);
}
