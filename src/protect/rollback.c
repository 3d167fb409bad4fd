/*
 * rollback.c
 *		rollback_script(): the statements that take protection back.
 *
 * The script is run by psql, by a superuser, since what it lists may belong to
 * several owners.  Masks go first, then persons that were linked, then the
 * protection, with which each table gets the grants that were withdrawn
 * (privilege.c); tables that left a protected tree keep theirs narrowed and are
 * unprotected, too.  What the site built on ethdata by itself (policies, columns,
 * views) cannot be taken back for it: it is named in comments, and so is DROP
 * EXTENSION, which drops what was recorded.
 *
 * Every name goes through quote_qualified_identifier() and quote_literal_cstr();
 * in comments, line breaks in names become spaces.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "protect/define.h"

static void
put(ReturnSetInfo *rsinfo, char *line)
{
	Datum		value = CStringGetTextDatum(line);
	bool		null = false;

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, &value, &null);
}

static void
put_comment(ReturnSetInfo *rsinfo, const char *text)
{
	char	   *line = psprintf("-- %s", text);
	char	   *c;

	for (c = line; *c != '\0'; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	put(rsinfo, line);
}

/* The table as a literal of regclass. */
static char *
table_literal(Oid relid)
{
	return quote_literal_cstr(eth_protect_relation_name(relid));
}

static char *
key_names(Oid relid, const EthRule *rule)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, eth_protect_key_args(rule))
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "",
						 quote_identifier(get_attname(relid, lfirst_int(lc), false)));
	return text.data;
}

static void
put_table(ReturnSetInfo *rsinfo, Oid relid)
{
	List	   *rules = eth_protect_stored_rules(relid);
	ListCell   *lc;

	foreach(lc, rules)
	{
		const EthRule *rule = lfirst(lc);
		AttrNumber	attnum = eth_protect_rule_column(rule);

		if (!rule->person && attnum > 0)
			put(rsinfo, psprintf("SELECT ethdata.drop_mask(%s, %s);", table_literal(relid),
								 quote_literal_cstr(get_attname(relid, attnum, false))));
	}
	foreach(lc, rules)
	{
		const EthRule *rule = lfirst(lc);

		if (rule->person && eth_protect_text_arg(rule, ETH_SUBJECT_AS_ROLE) != NULL)
			put(rsinfo, psprintf("SELECT ethdata.unlink_subject(%s, %s);", table_literal(relid),
								 quote_literal_cstr(key_names(relid, rule))));
	}
	put(rsinfo, psprintf("SELECT ethdata.unprotect(%s);", table_literal(relid)));
}

/* Runs a query as the extension's owner and puts its only column, as lines or comments. */
static void
put_query(ReturnSetInfo *rsinfo, const char *query, bool comment, const char *title)
{
	EthCaller	caller;
	uint64		i;

	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi(query, SPI_OK_SELECT, 0, NULL, NULL, NULL, true);
	for (i = 0; i < SPI_processed; i++)
	{
		char	   *line = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);

		if (i == 0 && title != NULL)
			put_comment(rsinfo, title);
		if (line == NULL)
			continue;
		if (comment)
			put_comment(rsinfo, line);
		else
			put(rsinfo, line);
	}
	SPI_finish();
	eth_core_leave(&caller);
}

/* Tables with remembered grants and without rules: they left a protected tree. */
#define LEFT_QUERY \
	"SELECT pg_catalog.format('SELECT ethdata.unprotect(%L);', pg_catalog.format('%I.%I', n.nspname, c.relname))" \
	" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace" \
	" WHERE EXISTS (SELECT FROM ethdata.remembered_grant g WHERE g.relation OPERATOR(pg_catalog.=) c.oid)" \
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid OPERATOR(pg_catalog.=) c.oid" \
	" AND p.polname OPERATOR(pg_catalog.~) '^ethdata ')" \
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid OPERATOR(pg_catalog.=) c.oid)" \
	" ORDER BY 1"

/* Triggers of ethdata on the site's tables. */
#define TRIGGER_QUERY \
	"SELECT pg_catalog.format('DROP TRIGGER %I ON %I.%I;', t.tgname, n.nspname, c.relname)" \
	" FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid" \
	" JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace" \
	" JOIN pg_catalog.pg_proc f ON f.oid OPERATOR(pg_catalog.=) t.tgfoid" \
	" JOIN pg_catalog.pg_namespace fn ON fn.oid OPERATOR(pg_catalog.=) f.pronamespace" \
	" WHERE fn.nspname OPERATOR(pg_catalog.=) 'ethdata' AND n.nspname OPERATOR(pg_catalog.<>) 'ethdata'" \
	" AND NOT t.tgisinternal AND t.tgparentid OPERATOR(pg_catalog.=) 0 ORDER BY 1"

/* What else depends on an object of the extension. */
#define DEPENDENT_QUERY \
	"SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)" \
	" FROM pg_catalog.pg_depend d" \
	" JOIN pg_catalog.pg_depend m ON m.classid OPERATOR(pg_catalog.=) d.refclassid" \
	" AND m.objid OPERATOR(pg_catalog.=) d.refobjid AND m.deptype OPERATOR(pg_catalog.=) 'e'" \
	" JOIN pg_catalog.pg_extension e ON m.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass" \
	" AND e.oid OPERATOR(pg_catalog.=) m.refobjid AND e.extname OPERATOR(pg_catalog.=) 'ethdata'" \
	" WHERE d.deptype OPERATOR(pg_catalog.=) 'n'" \
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid OPERATOR(pg_catalog.=) d.classid" \
	" AND x.objid OPERATOR(pg_catalog.=) d.objid AND x.deptype OPERATOR(pg_catalog.=) 'e')" \
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_policy'::pg_catalog.regclass" \
	" AND p.oid OPERATOR(pg_catalog.=) d.objid AND p.polname OPERATOR(pg_catalog.~) '^ethdata ')" \
	/* parts of the extension's operator families */ \
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x JOIN pg_catalog.pg_depend y" \
	" ON y.classid OPERATOR(pg_catalog.=) x.refclassid AND y.objid OPERATOR(pg_catalog.=) x.refobjid" \
	" AND y.deptype OPERATOR(pg_catalog.=) 'e' AND y.refobjid OPERATOR(pg_catalog.=) e.oid" \
	" WHERE x.classid OPERATOR(pg_catalog.=) d.classid AND x.objid OPERATOR(pg_catalog.=) d.objid" \
	" AND x.deptype OPERATOR(pg_catalog.=) ANY (ARRAY['a', 'i']::pg_catalog.\"char\"[]))" \
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_trigger'::pg_catalog.regclass" \
	" AND t.oid OPERATOR(pg_catalog.=) d.objid)" \
	/* blind indexes of columns with lookup, which go with their masks */ \
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_index x JOIN pg_catalog.pg_policy p ON p.polrelid OPERATOR(pg_catalog.=) x.indrelid" \
	" OR p.polrelid OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT a.relid FROM pg_catalog.pg_partition_ancestors(x.indrelid) AS a (relid)" \
	" UNION ALL SELECT h.inhparent FROM pg_catalog.pg_inherits h WHERE h.inhrelid OPERATOR(pg_catalog.=) x.indrelid))" \
	" WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND x.indexrelid OPERATOR(pg_catalog.=) d.objid" \
	" AND x.indkey::pg_catalog.text OPERATOR(pg_catalog.=) '0' AND x.indpred IS NULL" \
	" AND pg_catalog.pg_get_expr(p.polqual, p.polrelid) OPERATOR(pg_catalog.~) '^ethdata\\.rule\\(.*::text, true[,)]')" \
	/* what is inside the extension's own tables */ \
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i JOIN pg_catalog.pg_class c" \
	" ON i.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid OPERATOR(pg_catalog.=) i.refobjid" \
	" JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace" \
	" WHERE i.classid OPERATOR(pg_catalog.=) d.classid AND i.objid OPERATOR(pg_catalog.=) d.objid" \
	" AND n.nspname OPERATOR(pg_catalog.=) 'ethdata')" \
	" ORDER BY 1"

/*
 * rollback_script() -> setof text
 *		SQL that takes everything back, one statement a line, in one transaction.
 *		Nothing is changed by calling this.  Errors: 42501 not a policy
 *		administrator.
 */
PG_FUNCTION_INFO_V1(ethdata_rollback_script);

Datum
ethdata_rollback_script(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	eth_core_require_admin("have the way back written");
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	put_comment(rsinfo, "Takes back what ethdata protects in this database. Run it with psql as a superuser:");
	put_comment(rsinfo, "psql -X -v ON_ERROR_STOP=1 -f rollback.sql");
	put(rsinfo, "BEGIN;");
	foreach(lc, eth_protect_list())
		put_table(rsinfo, lfirst_oid(lc));
	put_query(rsinfo, LEFT_QUERY, false, NULL);
	put_query(rsinfo, TRIGGER_QUERY, false, NULL);
	put(rsinfo, "COMMIT;");
	put_query(rsinfo, DEPENDENT_QUERY, true, "Built on ethdata by hand, and to be changed before the extension can go:");
	put_comment(rsinfo, "Drops purposes, consent and everything that was recorded; dump the schema ethdata first:");
	put_comment(rsinfo, "DROP EXTENSION ethdata;");
	return (Datum) 0;
}
