/*
 * counts.c
 *		What a statement on hidden rows must not tell besides its result.
 *
 * EXPLAIN ANALYZE counts what a scan met.  Where rows are hidden, an index finds
 * them by their values all the same, and the decision removes them afterwards: how
 * many it removed, how many entries a bitmap holds, how often an index-only scan
 * went to the table would tell how many hidden rows have the value asked for.  So
 * these counts are taken back, when the execution is over and before anybody
 * prints them; what EXPLAIN says of rows that came out stays.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"

#include "protect/protect.h"
#include "protect/rewrite.h"

/* ---- counts of scans ---- */

static bool
hides_rows(const ScanState *scan)
{
	Index		rti = ((Scan *) scan->ps.plan)->scanrelid;
	RangeTblEntry *rte = rti > 0 ? exec_rt_fetch(rti, scan->ps.state) : NULL;
	EthStamp	stamp = rte ? eth_protect_stamp_of(rte, NULL) : ETH_STAMP_NONE;
	const EthTableRules *rules;

	if (!eth_protect_stamp_guards(stamp))
		return false;
	rules = eth_protect_rules(rte->relid);
	return rules != NULL && eth_protect_hides_rows(rules, eth_protect_stamp_role(rte));
}

/* The entries that the indexes below a bitmap scan found. */
static bool
forget_bitmap(PlanState *state, void *context)
{
	if (state->instrument != NULL)
	{
		InstrEndLoop(state->instrument);
		state->instrument->ntuples = 0;
	}
	if (IsA(state, BitmapIndexScanState))
		eth_compat_forget_index_searches(state);
	return planstate_tree_walker(state, forget_bitmap, context);
}

static bool
forget_walker(PlanState *state, void *context)
{
	switch (nodeTag(state))
	{
		case T_SeqScanState:
		case T_SampleScanState:
		case T_IndexScanState:
		case T_IndexOnlyScanState:
		case T_BitmapHeapScanState:
		case T_TidScanState:
		case T_TidRangeScanState:
			if (!hides_rows((ScanState *) state))
				break;
			if (state->instrument != NULL)
			{
				state->instrument->nfiltered1 = 0;
				state->instrument->nfiltered2 = 0;
				/* heap fetches of an index-only scan */
				state->instrument->ntuples2 = 0;
			}
			eth_compat_forget_index_searches(state);
			if (IsA(state, BitmapHeapScanState))
			{
				eth_compat_forget_pages((BitmapHeapScanState *) state);
				(void) forget_bitmap(outerPlanState(state), NULL);
			}
			break;
		default:
			break;
	}
	return planstate_tree_walker(state, forget_walker, context);
}

/* The execution is over; EXPLAIN has not printed it yet. */
void
eth_protect_forget_counts(QueryDesc *desc)
{
	if (!desc->plannedstmt->dependsOnRole || desc->instrument_options == 0 || desc->planstate == NULL)
		return;
	(void) forget_walker(desc->planstate, NULL);
}
