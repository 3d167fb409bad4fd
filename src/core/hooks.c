/*
 * hooks.c
 *		The only file that touches PostgreSQL's hook variables.  It dispatches;
 *		the rooms decide.
 *
 * Contract with other libraries' hooks:
 *
 *	planner			we rewrite, then call the next hook: others plan, and see,
 *					the rewritten query.  A library that calls
 *					standard_planner() itself instead of planner() is caught by
 *					the relation-info hook (a relation without our stamp is an
 *					error).
 *	executor		counts statements, then calls the next hook.
 *	utility			refuses or replaces what must be, then calls the next hook.
 *	functions		the next hook first when one starts, last when it ends.
 *	relation info	the next hook first, then ours removes what would leak, so
 *					that nothing added by others is kept.
 *	others			the next hook's answer holds where ours has none.
 *
 * An error in a next hook unwinds through PG_FINALLY here.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "catalog/pg_inherits.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "optimizer/planner.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "tcop/utility.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "audit/audit.h"
#include "consent/consent.h"
#include "core/core.h"
#include "core/hooks.h"
#include "mask/mask.h"
#include "protect/protect.h"
#include "purpose/purpose.h"

static shmem_request_hook_type next_shmem_request = NULL;
static shmem_startup_hook_type next_shmem_startup = NULL;
static planner_hook_type next_planner = NULL;
static ExecutorStart_hook_type next_executor_start = NULL;
static ExecutorRun_hook_type next_executor_run = NULL;
static ExecutorFinish_hook_type next_executor_finish = NULL;
static ExecutorCheckPerms_hook_type next_check_perms = NULL;
static object_access_hook_type next_object_access = NULL;
static ProcessUtility_hook_type next_utility = NULL;
static get_relation_info_hook_type next_relation_info = NULL;
static get_relation_stats_hook_type next_relation_stats = NULL;
static get_attavgwidth_hook_type next_attavgwidth = NULL;
static set_rel_pathlist_hook_type next_pathlist = NULL;
static fmgr_hook_type next_function = NULL;

uint64		eth_core_planned_count = 0;

static void
request_shmem(void)
{
	if (next_shmem_request)
		next_shmem_request();
	RequestAddinShmemSpace(add_size(eth_core_bucket_shmem_size(), eth_core_statement_shmem_size()));
	RequestAddinShmemSpace(eth_purpose_shmem_size());
	eth_purpose_shmem_request();
	RequestAddinShmemSpace(eth_core_subject_shmem_size());
	RequestAddinShmemSpace(eth_protect_shmem_size());
	eth_protect_shmem_request();
}

static void
startup_shmem(void)
{
	if (next_shmem_startup)
		next_shmem_startup();
	eth_core_bucket_shmem_init();
	eth_core_subject_shmem_init();
	eth_core_statement_shmem_init();
	eth_purpose_shmem_init();
	eth_protect_shmem_init();
}

static PlannedStmt *
plan_query(Query *query, const char *query_string, int cursor_options,
		   ParamListInfo params)
{
	EthPlanning frame;
	PlannedStmt *volatile plan = NULL;

	eth_core_planned_count++;
	eth_protect_plan_begin(&frame, params);
	PG_TRY();
	{
		Query	   *rewritten = eth_protect_rewrite(&frame, query);

		if (next_planner)
			plan = next_planner(rewritten, query_string, cursor_options, params);
		else
			plan = standard_planner(rewritten, query_string, cursor_options, params);
		eth_protect_plan_done(&frame, plan);
	}
	PG_FINALLY();
	{
		eth_protect_plan_end(&frame);
	}
	PG_END_TRY();
	return plan;
}

static void
start_executor(QueryDesc *desc, int eflags)
{
	eth_core_statement_starts(desc);
	if (!IsParallelWorker())
	{
		eth_purpose_statement_starts();
		if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
			eth_protect_executor_starts(desc->plannedstmt);
	}
	if (next_executor_start)
		next_executor_start(desc, eflags);
	else
		standard_ExecutorStart(desc, eflags);
}

static void
run_executor_inner(QueryDesc *desc, ScanDirection direction, uint64 count,
				   bool execute_once)
{
#ifdef ETH_RUN_HAS_EXECUTE_ONCE
	if (next_executor_run)
		next_executor_run(desc, direction, count, execute_once);
	else
		standard_ExecutorRun(desc, direction, count, execute_once);
#else
	if (next_executor_run)
		next_executor_run(desc, direction, count);
	else
		standard_ExecutorRun(desc, direction, count);
#endif
}

/*
 * Besides counting the statement: an error out of a mask that is not ours may
 * print the raw value, so the mask room replaces it here, before any handler of
 * the statement (also of PL/pgSQL) or the log sees it.
 */
static void
run_executor_guarded(QueryDesc *desc, ScanDirection direction, uint64 count,
					 bool execute_once)
{
	struct EState *observed = eth_protect_run_starts(desc->estate);
	MemoryContext context = CurrentMemoryContext;
	EthRun		around;
	EthMaskRun	run;

	eth_core_statement_runs(&around, desc, desc->already_executed,
							desc->plannedstmt->parallelModeNeeded);
	eth_mask_run_starts(&run);
	PG_TRY();
	{
		run_executor_inner(desc, direction, count, execute_once);
	}
	PG_CATCH();
	{
		eth_core_statement_left(&around);
		eth_protect_run_ends(observed);
		if (eth_mask_in_progress())
			eth_mask_raise_neutral(&run);
		eth_mask_run_ends(&run);
		eth_protect_withhold_row(desc->plannedstmt, context);
		PG_RE_THROW();
	}
	PG_END_TRY();
	eth_mask_run_ends(&run);
	eth_protect_run_ends(observed);
	eth_core_statement_left(&around);
}

#ifdef ETH_RUN_HAS_EXECUTE_ONCE
static void
run_executor(QueryDesc *desc, ScanDirection direction, uint64 count, bool execute_once)
{
	run_executor_guarded(desc, direction, count, execute_once);
}
#else
static void
run_executor(QueryDesc *desc, ScanDirection direction, uint64 count)
{
	run_executor_guarded(desc, direction, count, false);
}
#endif

/* WITH queries that write are completed here, and may read. */
static void
finish_executor(QueryDesc *desc)
{
	struct EState *observed = eth_protect_run_starts(desc->estate);
	MemoryContext context = CurrentMemoryContext;
	EthMaskRun	run;

	eth_mask_run_starts(&run);
	PG_TRY();
	{
		if (next_executor_finish)
			next_executor_finish(desc);
		else
			standard_ExecutorFinish(desc);
	}
	PG_CATCH();
	{
		eth_protect_run_ends(observed);
		if (eth_mask_in_progress())
			eth_mask_raise_neutral(&run);
		eth_mask_run_ends(&run);
		eth_protect_withhold_row(desc->plannedstmt, context);
		PG_RE_THROW();
	}
	PG_END_TRY();
	eth_mask_run_ends(&run);
	eth_protect_run_ends(observed);
	eth_protect_forget_counts(desc);
}

#ifdef ETH_PERM_INFOS
static bool
check_perms(List *rtable, List *perm_infos, bool ereport_on_violation)
{
	if (next_check_perms && !next_check_perms(rtable, perm_infos, ereport_on_violation))
		return false;
	return eth_protect_check_perms(rtable, perm_infos, ereport_on_violation);
}
#else
static bool
check_perms(List *rtable, bool ereport_on_violation)
{
	if (next_check_perms && !next_check_perms(rtable, ereport_on_violation))
		return false;
	return eth_protect_check_perms(rtable, NIL, ereport_on_violation);
}
#endif

/* The statement itself, and the classes of persons that follow it. */
static void
run_utility(PlannedStmt *pstmt, const char *query_string, bool read_only_tree,
			ProcessUtilityContext context, ParamListInfo params,
			QueryEnvironment *query_env, DestReceiver *dest, QueryCompletion *qc)
{
	void	   *state = eth_consent_utility_begins(pstmt->utilityStmt);

	if (next_utility)
		next_utility(pstmt, query_string, read_only_tree, context, params, query_env, dest, qc);
	else
		standard_ProcessUtility(pstmt, query_string, read_only_tree, context, params, query_env,
								dest, qc);
	if (state != NULL)
		eth_consent_utility_ends(state);
}

static void
process_utility(PlannedStmt *pstmt, const char *query_string, bool read_only_tree,
				ProcessUtilityContext context, ParamListInfo params,
				QueryEnvironment *query_env, DestReceiver *dest, QueryCompletion *qc)
{
	bool		ours = eth_core_installed();
	int			followed = eth_audit_followed();

	PG_TRY();
	{
		if (ours)
			eth_audit_utility_before(pstmt->utilityStmt);
		eth_protect_utility(pstmt, query_string, read_only_tree, context, params,
							query_env, dest, qc, run_utility);
		if (eth_audit_followed() > followed)
		{
			if (eth_core_installed())
				eth_audit_follow(followed);
			else
				eth_audit_forget_followed(followed);
		}
	}
	PG_CATCH();
	{
		eth_audit_forget_followed(followed);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

static void
object_access(ObjectAccessType access, Oid classid, Oid objectid, int subid, void *arg)
{
	if (next_object_access)
		next_object_access(access, classid, objectid, subid, arg);
	if (access == OAT_DROP)
	{
		eth_protect_object_dropped(classid, objectid);
		eth_audit_object_dropped(classid, objectid, subid, arg);
	}
	else if (access == OAT_POST_ALTER && classid == InheritsRelationId && eth_core_installed())
		eth_audit_inherits(objectid);
}

static void
relation_info(PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel)
{
	if (next_relation_info)
		next_relation_info(root, relid, inhparent, rel);
	eth_protect_relation_info(root, relid, inhparent, rel);
}

static bool
relation_stats(PlannerInfo *root, RangeTblEntry *rte, AttrNumber attnum,
			   VariableStatData *vardata)
{
	if (eth_protect_relation_stats(root, rte, attnum))
	{
		vardata->statsTuple = NULL;
		return true;
	}
	return next_relation_stats && next_relation_stats(root, rte, attnum, vardata);
}

static int32
attavgwidth(Oid relid, AttrNumber attnum)
{
	int32		width = eth_protect_attavgwidth(relid, attnum);

	if (width > 0)
		return width;
	return next_attavgwidth ? next_attavgwidth(relid, attnum) : 0;
}

static void
pathlist(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (next_pathlist)
		next_pathlist(root, rel, rti, rte);
	eth_protect_pathlist(root, rel);
}

/*
 * Functions that core calls through its security wrapper in any case; we ask for no
 * others, so there is no needs_fmgr_hook.  What the next hook does may fail: it comes
 * first when a function starts.
 */
static void
function_event(FmgrHookEventType event, FmgrInfo *flinfo, Datum *arg)
{
	if (event == FHET_START)
	{
		if (next_function)
			next_function(event, flinfo, arg);
		eth_purpose_function_starts(flinfo->fn_oid);
		return;
	}
	eth_purpose_function_ends();
	if (next_function)
		next_function(event, flinfo, arg);
}

void
eth_core_hooks_init(void)
{
	next_shmem_request = shmem_request_hook;
	shmem_request_hook = request_shmem;
	next_shmem_startup = shmem_startup_hook;
	shmem_startup_hook = startup_shmem;
	next_planner = planner_hook;
	planner_hook = plan_query;
	next_executor_start = ExecutorStart_hook;
	ExecutorStart_hook = start_executor;
	next_executor_run = ExecutorRun_hook;
	ExecutorRun_hook = run_executor;
	next_executor_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish_executor;
	next_check_perms = ExecutorCheckPerms_hook;
	ExecutorCheckPerms_hook = check_perms;
	next_object_access = object_access_hook;
	object_access_hook = object_access;
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
	next_relation_info = get_relation_info_hook;
	get_relation_info_hook = relation_info;
	next_relation_stats = get_relation_stats_hook;
	get_relation_stats_hook = relation_stats;
	next_attavgwidth = get_attavgwidth_hook;
	get_attavgwidth_hook = attavgwidth;
	next_pathlist = set_rel_pathlist_hook;
	set_rel_pathlist_hook = pathlist;
	next_function = fmgr_hook;
	fmgr_hook = function_event;
}
