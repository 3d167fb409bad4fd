/*
 * check_code.c
 *		self_check(): what runs with raw values (triggers, functions, views), and
 *		what takes data out of protected tables: copies, publications and slots.
 *
 * Views are known by their dependencies.  What a function reads is known to
 * nobody but its language, and where a table was copied from to nobody at all:
 * of those the suspicious ones are named.
 */
#include "postgres.h"

#include "audit/check.h"

/* views v (relation, base): what reads a protected table, also through other views */
#define READS \
	"WITH RECURSIVE reads AS (" \
	"  SELECT w.ev_class AS view, p.relid AS base, p.force" FROM_PROTECTED \
	"   JOIN pg_catalog.pg_depend d ON d.refclassid" EQ "'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid" EQ "p.relid" \
	"    AND d.classid" EQ "'pg_catalog.pg_rewrite'::pg_catalog.regclass" \
	"   JOIN pg_catalog.pg_rewrite w ON w.oid" EQ "d.objid AND w.ev_class" NE "p.relid WHERE p.enforcement" NE "'off'" \
	"  UNION" \
	"  SELECT w.ev_class, x.base, x.force FROM reads x" \
	"   JOIN pg_catalog.pg_depend d ON d.refclassid" EQ "'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid" EQ "x.view" \
	"    AND d.classid" EQ "'pg_catalog.pg_rewrite'::pg_catalog.regclass" \
	"   JOIN pg_catalog.pg_rewrite w ON w.oid" EQ "d.objid AND w.ev_class" NE "x.view)"

/* the owner of c is exempt on the table k, whose rules say "force" */
#define OWNER_EXEMPT \
	" (" EXEMPT("c.relowner") " IS TRUE OR NOT x.force AND" BELONGS("c.relowner", "k.relowner") ") "

#define GRANTED_TO_OTHERS \
	" EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee" NE "c.relowner AND a.privilege_type" EQ "'SELECT') "

static const char *const code_queries[] = {
	/* whoever owns a trigger's function may make it do something else */
	"SELECT 'warning', " TABLE_NAME ","
	"  pg_catalog.format('its trigger %I calls %s, which belongs to %I: its owner decides what happens to the raw rows that it sees', t.tgname, f.oid::pg_catalog.regprocedure, o.rolname),"
	"  pg_catalog.format('ALTER FUNCTION %s OWNER TO %I', f.oid::pg_catalog.regprocedure, pg_catalog.pg_get_userbyid(c.relowner))"
	FROM_PROTECTED
	" JOIN pg_catalog.pg_trigger t ON t.tgrelid" EQ "p.relid AND NOT t.tgisinternal"
	" JOIN pg_catalog.pg_proc f ON f.oid" EQ "t.tgfoid JOIN pg_catalog.pg_namespace fn ON fn.oid" EQ "f.pronamespace AND fn.nspname" NE "'ethdata'"
	" JOIN pg_catalog.pg_roles o ON o.oid" EQ "f.proowner"
	" WHERE f.proowner" NE "c.relowner AND NOT o.rolsuper",

	/* no dependency tells what a function reads */
	"SELECT 'notice', f.oid::pg_catalog.regprocedure::pg_catalog.text,"
	"  pg_catalog.format('everybody may call this SECURITY DEFINER function of %I, who is exempt: what it reads of protected tables is raw', pg_catalog.pg_get_userbyid(f.proowner)),"
	"  pg_catalog.format('look at what it reads; REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC, or give it to an owner who is not exempt', f.oid::pg_catalog.regprocedure)"
	" FROM pg_catalog.pg_proc f"
	" WHERE f.prosecdef"
	"  AND f.pronamespace IN (SELECT c.relnamespace" FROM_PROTECTED ")"
	"  AND (" EXEMPT("f.proowner") " IS TRUE OR EXISTS (SELECT" FROM_PROTECTED "WHERE NOT p.force AND" BELONGS("f.proowner", "c.relowner") "))"
	"  AND (f.proacl IS NULL OR EXISTS (SELECT FROM pg_catalog.aclexplode(f.proacl) a WHERE a.grantee" EQ "0::pg_catalog.oid))"
	"  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid" EQ "'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid" EQ "f.oid AND d.deptype" EQ "'e')",

	READS
	" SELECT 'notice', " TABLE_NAME ","
	"  pg_catalog.format('this view reads protected tables (%s) with the rights of %I, who is exempt: without the library it shows them raw'," SOME("x.base::pg_catalog.regclass::pg_catalog.text") ", pg_catalog.pg_get_userbyid(c.relowner)),"
	"  pg_catalog.format('ALTER VIEW %s SET (security_invoker = true)', " TABLE_NAME ")"
	" FROM reads x JOIN pg_catalog.pg_class c ON c.oid" EQ "x.view JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	" JOIN pg_catalog.pg_class k ON k.oid" EQ "x.base"
	" WHERE c.relkind" EQ "'v' AND" OWNER_EXEMPT "AND" GRANTED_TO_OTHERS
	"  AND NOT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) q WHERE q.option_name" EQ "'security_invoker' AND q.option_value::pg_catalog.bool)"
	" GROUP BY n.nspname, c.relname, c.relowner",

	/*
	 * what the trigger gets is what the writer reads, and it may write it
	 * with the rights of somebody who is not asked
	 */
	READS
	" SELECT 'warning', " TABLE_NAME ","
	"  pg_catalog.format('the INSTEAD OF trigger %I of this view gets rows of %s as the writer reads them, masked, and its function %s writes with the rights of %I, who is exempt: masks could be stored over values',"
	"   t.tgname," SOME("x.base::pg_catalog.regclass::pg_catalog.text") ", f.oid::pg_catalog.regprocedure, pg_catalog.pg_get_userbyid(f.proowner)),"
	"  pg_catalog.format('ALTER FUNCTION %s SECURITY INVOKER, or let it assign only columns in which NEW differs from OLD', f.oid::pg_catalog.regprocedure)"
	" FROM reads x JOIN pg_catalog.pg_class c ON c.oid" EQ "x.view JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	" JOIN pg_catalog.pg_class k ON k.oid" EQ "x.base"
	" JOIN pg_catalog.pg_trigger t ON t.tgrelid" EQ "c.oid AND t.tgtype::pg_catalog.int4 OPERATOR(pg_catalog.&) 80" EQ "80"
	" JOIN pg_catalog.pg_proc f ON f.oid" EQ "t.tgfoid AND f.prosecdef"
	" WHERE (" EXEMPT("f.proowner") " IS TRUE OR NOT x.force AND" BELONGS("f.proowner", "k.relowner") ")"
	"  AND EXISTS (SELECT FROM" MASKED "WHERE m.relid" EQ "x.base)"
	" GROUP BY n.nspname, c.relname, t.tgname, f.oid, f.proowner",
};

void
eth_check_code(EthCheck *check)
{
	size_t		i;

	if (check->relations == NIL)
		return;
	for (i = 0; i < lengthof(code_queries); i++)
		eth_check_query(check, ETH_RANK_REST, code_queries[i]);
}

/* ---- copies ---- */

static const char *const copy_queries[] = {
	READS
	" SELECT CASE WHEN pg_catalog.bool_or(" OWNER_EXEMPT "AND" GRANTED_TO_OTHERS ") THEN 'warning' ELSE 'notice' END, " TABLE_NAME ","
	"  pg_catalog.format(CASE WHEN pg_catalog.bool_or(" OWNER_EXEMPT ") THEN 'this materialized view keeps a raw copy of protected tables (%s), which no rule masks'"
	"    ELSE 'this materialized view keeps what %s showed when it was refreshed: a withdrawal since then is not in it' END," SOME("x.base::pg_catalog.regclass::pg_catalog.text") "),"
	"  pg_catalog.format('DROP MATERIALIZED VIEW %s, or make it a view; refresh it after each withdrawal where it must stay', " TABLE_NAME ")"
	" FROM reads x JOIN pg_catalog.pg_class c ON c.oid" EQ "x.view JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	" JOIN pg_catalog.pg_class k ON k.oid" EQ "x.base"
	" WHERE c.relkind" EQ "'m'"
	" GROUP BY n.nspname, c.relname",

	/*
	 * tables with all masked columns of a protected one and a third column at
	 * least
	 */
	"WITH wanted AS (SELECT m.relid, m.attnum FROM" MASKED "WHERE m.relid IN (SELECT p.relid" FROM_PROTECTED "WHERE p.relid" EQ "p.source)),"
	" base AS (SELECT w.relid, pg_catalog.count(*) AS masked FROM wanted w GROUP BY w.relid),"
	" others AS MATERIALIZED (SELECT c.oid, c.relkind, " TABLE_NAME " AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	"   WHERE c.relkind" EQ "ANY (ARRAY['r', 'p', 'f']::\"char\"[]) AND c.relpersistence" NE "'t' AND" USER_SCHEMA("n.nspname") "AND c.oid" NE "ALL ($1)),"
	" columns AS MATERIALIZED (SELECT a.attrelid, a.attname, a.atttypid FROM pg_catalog.pg_attribute a"
	"   WHERE a.attnum" GT "0 AND NOT a.attisdropped AND a.attrelid IN (SELECT o.oid FROM others o)),"
	/* by masked columns first: few tables have them */
	" alike AS MATERIALIZED (SELECT b.relid, k.attrelid AS copy FROM base b JOIN wanted w ON w.relid" EQ "b.relid"
	"   JOIN pg_catalog.pg_attribute a ON a.attrelid" EQ "w.relid AND a.attnum" EQ "w.attnum"
	"   JOIN columns k ON k.attname" EQ "a.attname AND k.atttypid" EQ "a.atttypid"
	"   GROUP BY b.relid, b.masked, k.attrelid HAVING pg_catalog.count(*)" EQ "b.masked),"
	" common AS (SELECT x.relid, x.copy FROM alike x"
	"   JOIN pg_catalog.pg_attribute a ON a.attrelid" EQ "x.relid AND a.attnum" GT "0 AND NOT a.attisdropped"
	"   JOIN columns k ON k.attrelid" EQ "x.copy AND k.attname" EQ "a.attname AND k.atttypid" EQ "a.atttypid"
	"   GROUP BY x.relid, x.copy HAVING pg_catalog.count(*)" GE "3)"
	" SELECT 'warning', o.name,"
	"  pg_catalog.format('it has the masked columns of the protected table %s and is not protected: it may be a copy', pg_catalog.min(x.relid::pg_catalog.regclass::pg_catalog.text)),"
	"  CASE WHEN o.relkind" EQ "'f' THEN 'keep its foreign table under the rights of those who may read raw data'"
	"   ELSE pg_catalog.format('drop it, or SELECT ethdata.copy_policy(%L, %L) where the server has it, else ethdata.protect() and ethdata.mask()', pg_catalog.min(x.relid::pg_catalog.regclass::pg_catalog.text), o.name) END"
	" FROM common x JOIN others o ON o.oid" EQ "x.copy"
	" GROUP BY o.name, o.relkind",

	/*
	 * publications: of all tables, of the schema of a table or of one above
	 * it, of the table or one above it.  The catalogue is read, since
	 * pg_publication_tables locks.
	 */
	"WITH raw AS (SELECT p.relid, p.hides, c.relnamespace" FROM_PROTECTED
	"   WHERE c.relkind" EQ "ANY (ARRAY['r', 'p']::\"char\"[]) AND c.relpersistence" EQ "'p'"
	"    AND (p.hides OR EXISTS (SELECT FROM" MASKED "WHERE m.relid" EQ "p.relid))),"
	" above AS (SELECT r.relid, r.hides, r.relid AS root, r.relnamespace FROM raw r"
	"   UNION SELECT r.relid, r.hides, k.relid, k.relnamespace FROM raw r CROSS JOIN LATERAL (SELECT i.relid, x.relnamespace"
	"    FROM pg_catalog.pg_partition_ancestors(r.relid) i JOIN pg_catalog.pg_class x ON x.oid" EQ "i.relid) k),"
	" published AS (SELECT u.oid, a.relid, NULL AS taken_out FROM above a JOIN pg_catalog.pg_publication u ON u.puballtables"
	"   UNION ALL SELECT s.pnpubid, a.relid, pg_catalog.format('TABLES IN SCHEMA %I', n.nspname)"
	"    FROM above a JOIN pg_catalog.pg_publication_namespace s ON s.pnnspid" EQ "a.relnamespace JOIN pg_catalog.pg_namespace n ON n.oid" EQ "s.pnnspid"
	"   UNION ALL SELECT r.prpubid, a.relid, 'TABLE '" CAT "r.prrelid::pg_catalog.regclass::pg_catalog.text"
	"    FROM above a JOIN pg_catalog.pg_publication_rel r ON r.prrelid" EQ "a.root"
	"    WHERE r.prattrs IS NULL OR a.hides OR EXISTS (SELECT FROM" MASKED
	"      JOIN pg_catalog.pg_attribute x ON x.attrelid" EQ "m.relid AND x.attnum" EQ "m.attnum"
	"      JOIN pg_catalog.pg_attribute y ON y.attrelid" EQ "r.prrelid AND y.attname" EQ "x.attname"
	"      WHERE m.relid" EQ "a.relid AND y.attnum" EQ "ANY (r.prattrs)))"
	" SELECT 'warning', pg_catalog.quote_ident(u.pubname),"
	"  'this publication sends protected tables raw to every subscriber: '" CAT SOME("x.relid::pg_catalog.regclass::pg_catalog.text") ","
	"  CASE WHEN u.puballtables THEN pg_catalog.format('DROP PUBLICATION %I, and create it FOR the tables that are meant', u.pubname)"
	"   ELSE pg_catalog.string_agg(DISTINCT pg_catalog.format('ALTER PUBLICATION %I DROP %s', u.pubname, x.taken_out), '; ') END" CAT
	"  '; publish columns that are not masked, and protect on the subscriber, too, what must be sent'"
	" FROM published x JOIN pg_catalog.pg_publication u ON u.oid" EQ "x.oid GROUP BY u.pubname, u.puballtables",

	"SELECT 'warning', pg_catalog.quote_ident(u.pubname),"
	"  'this publication sends the tables of ethdata (policy, consent, audit) to every subscriber',"
	"  pg_catalog.format('DROP PUBLICATION %I, and create it FOR the tables that are meant', u.pubname)"
	" FROM pg_catalog.pg_publication u"
	" WHERE u.puballtables"
	"  OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace s JOIN pg_catalog.pg_namespace n ON n.oid" EQ "s.pnnspid WHERE s.pnpubid" EQ "u.oid AND n.nspname" EQ "'ethdata')"
	"  OR EXISTS (SELECT FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_class c ON c.oid" EQ "r.prrelid"
	"   JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace WHERE r.prpubid" EQ "u.oid AND n.nspname" EQ "'ethdata')",

	/* slots: pgoutput keeps to publications, the others know none */
	"SELECT CASE WHEN s.plugin" EQ "'pgoutput' THEN 'notice' ELSE 'warning' END, pg_catalog.quote_ident(s.slot_name),"
	"  pg_catalog.format('changes of this database leave through this logical replication slot (%s), decoded and raw, %s', s.plugin,"
	"    CASE WHEN s.plugin" EQ "'pgoutput' THEN 'of every table that a publication names' ELSE 'of every table' END),"
	"  pg_catalog.format('SELECT pg_catalog.pg_drop_replication_slot(%L), where what reads it is not to have raw data', s.slot_name)"
	" FROM pg_catalog.pg_replication_slots s"
	" WHERE s.slot_type" EQ "'logical' AND s.database" EQ "pg_catalog.current_database()"
	"  AND EXISTS (SELECT FROM pg_catalog.unnest($1))",
};

void
eth_check_copies(EthCheck *check)
{
	size_t		i;

	for (i = 0; i < lengthof(copy_queries); i++)
		eth_check_query(check, ETH_RANK_REST, copy_queries[i]);
}
