/*
 * unguarded.c
 *		A library that plans as it should not: it calls the standard planner
 *		itself, past every planner hook, as some extensions' fast paths do.
 *		For test/t/020_unguarded.pl.
 */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "optimizer/planner.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(unguarded_plan);

/* unguarded_plan(query text) -> boolean: plans the query; true when that went well. */
Datum
unguarded_plan(PG_FUNCTION_ARGS)
{
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	List	   *raw = pg_parse_query(query);
	List	   *rewritten = pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt, raw),
															   query, NULL, 0, NULL);

	(void) standard_planner(linitial_node(Query, rewritten), query, 0, NULL);
	PG_RETURN_BOOL(true);
}
