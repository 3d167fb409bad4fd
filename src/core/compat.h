/*
 * compat.h
 *		The differences between PostgreSQL 15, 16, 17 and 18, and nothing else.
 *
 * This is the only file in the tree that may test PG_VERSION_NUM.  Each shim
 * says which change in core it covers.  Inline functions are preferred to
 * macros, so that types are checked and a debugger sees them.
 */
#ifndef ETH_COMPAT_H
#define ETH_COMPAT_H

#include "postgres.h"

#include "access/genam.h"
#include "access/transam.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "commands/vacuum.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "nodes/parsenodes.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/rangetypes.h"

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 190000
#error "ethdata supports PostgreSQL 15 to 18"
#endif

/* 16: permission data moved from the range table entry to RTEPermissionInfo */
#if PG_VERSION_NUM >= 160000
#define ETH_PERM_INFOS 1
#endif

/* 17: MERGE .. RETURNING, WHEN NOT MATCHED BY SOURCE, mergeTargetRelation */
#if PG_VERSION_NUM >= 170000
#define ETH_MERGE_RETURNING 1
#endif

/* 18: ExecutorRun() lost its argument execute_once */
#if PG_VERSION_NUM < 180000
#define ETH_RUN_HAS_EXECUTE_ONCE 1
#endif

/* 18: RETURNING OLD/NEW, RTE_GROUP, virtual generated columns */
#if PG_VERSION_NUM >= 180000
#define ETH_RETURNING_OLD_NEW 1
#endif

/* 18: OLD and NEW in RETURNING, of the relation with this number */
static inline Node *
eth_compat_replace_vars(Node *node, int rti, RangeTblEntry *rte, List *columns)
{
#if PG_VERSION_NUM >= 180000
	return ReplaceVarsFromTargetList(node, rti, 0, rte, columns, rti, REPLACEVARS_CHANGE_VARNO, rti, NULL);
#else
	return ReplaceVarsFromTargetList(node, rti, 0, rte, columns, REPLACEVARS_CHANGE_VARNO, rti, NULL);
#endif
}

/* 16: a Var says which outer joins may make it null; one more has the same above it */
static inline void
eth_compat_add_nulling(Var *var, const Var *above)
{
#if PG_VERSION_NUM >= 160000
	var->varnullingrels = bms_union(var->varnullingrels, above->varnullingrels);
#endif
}

/* 18: index scans count their searches */
static inline void
eth_compat_forget_index_searches(PlanState *state)
{
#if PG_VERSION_NUM >= 180000
	IndexScanInstrumentation *own;
	SharedIndexScanInstrumentation *shared;
	int			i;

	if (IsA(state, IndexScanState))
	{
		own = &((IndexScanState *) state)->iss_Instrument;
		shared = ((IndexScanState *) state)->iss_SharedInfo;
	}
	else if (IsA(state, IndexOnlyScanState))
	{
		own = &((IndexOnlyScanState *) state)->ioss_Instrument;
		shared = ((IndexOnlyScanState *) state)->ioss_SharedInfo;
	}
	else if (IsA(state, BitmapIndexScanState))
	{
		own = &((BitmapIndexScanState *) state)->biss_Instrument;
		shared = ((BitmapIndexScanState *) state)->biss_SharedInfo;
	}
	else
		return;
	own->nsearches = 0;
	for (i = 0; shared != NULL && i < shared->num_workers; i++)
		shared->winstrument[i].nsearches = 0;
#endif
}

/* 18: index_beginscan() takes where to count searches */
static inline IndexScanDesc
eth_compat_index_beginscan(Relation heap, Relation index, Snapshot snapshot, int nkeys)
{
#if PG_VERSION_NUM >= 180000
	return index_beginscan(heap, index, snapshot, NULL, nkeys, 0);
#else
	return index_beginscan(heap, index, snapshot, nkeys, 0);
#endif
}

/* 18: bitmap heap scans count their pages in a struct, also for workers */
static inline void
eth_compat_forget_pages(BitmapHeapScanState *state)
{
#if PG_VERSION_NUM >= 180000
	int			i;

	state->stats.exact_pages = 0;
	state->stats.lossy_pages = 0;
	for (i = 0; state->sinstrument != NULL && i < state->sinstrument->num_workers; i++)
	{
		state->sinstrument->sinstrument[i].exact_pages = 0;
		state->sinstrument->sinstrument[i].lossy_pages = 0;
	}
#else
	state->exact_pages = 0;
	state->lossy_pages = 0;
#endif
}

/* 17: ALTER COLUMN .. SET EXPRESSION */
static inline bool
eth_compat_sets_expression(const AlterTableCmd *cmd)
{
#if PG_VERSION_NUM >= 170000
	return cmd->subtype == AT_SetExpression;
#else
	return false;
#endif
}

/* 16: object_ownercheck() and object_aclcheck() replaced one function a class */
static inline bool
eth_compat_owns_relation(Oid relid, Oid roleid)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, relid, roleid);
#else
	return pg_class_ownercheck(relid, roleid);
#endif
}

static inline AclResult
eth_compat_proc_aclcheck(Oid procid, Oid roleid, AclMode mode)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ProcedureRelationId, procid, roleid, mode);
#else
	return pg_proc_aclcheck(procid, roleid, mode);
#endif
}

/*
 * May member become role with SET ROLE?  16 added the SET option of grants;
 * before it every membership allowed it.  Superusers may, by either.
 */
static inline bool
eth_compat_can_set_role(Oid member, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return member_can_set_role(member, role);
#else
	return is_member_of_role(member, role);
#endif
}

/* 17: MyProc->lxid became MyProc->vxid.lxid */
static inline LocalTransactionId
eth_compat_local_xid(void)
{
#if PG_VERSION_NUM >= 170000
	return MyProc->vxid.lxid;
#else
	return MyProc->lxid;
#endif
}

/*
 * Number of the process that leads this one's parallel group, or its own; -1
 * outside of any process slot.  17: PGPROC.pgprocno went.
 */
static inline int
eth_compat_group_leader(void)
{
	PGPROC	   *leader;

	if (MyProc == NULL)
		return -1;
	leader = MyProc->lockGroupLeader ? MyProc->lockGroupLeader : MyProc;
#if PG_VERSION_NUM >= 170000
	return GetNumberFromPGProc(leader);
#else
	return leader->pgprocno;
#endif
}

/* 17: ShmemVariableCache was renamed TransamVariables */
static inline uint64
eth_compat_xact_completion_count(void)
{
#if PG_VERSION_NUM >= 170000
	return TransamVariables->xactCompletionCount;
#else
	return ShmemVariableCache->xactCompletionCount;
#endif
}

/* 16: ExecInsertIndexTuples() got an argument: summarizing indexes only */
static inline List *
eth_compat_insert_index_tuples(ResultRelInfo *info, TupleTableSlot *slot, EState *estate)
{
#if PG_VERSION_NUM >= 160000
	return ExecInsertIndexTuples(info, slot, estate, false, false, NULL, NIL, false);
#else
	return ExecInsertIndexTuples(info, slot, estate, false, false, NULL, NIL);
#endif
}

/* 18: pg_attribute_noreturn() became pg_noreturn, before the declaration */
#define ETH_NORETURN __attribute__((noreturn))

/* The role as which core checks the privileges of a relation: 0 = the current user. */
static inline Oid
eth_compat_check_as_user(Query *query, RangeTblEntry *rte)
{
#ifdef ETH_PERM_INFOS
	if (rte->perminfoindex == 0)
		return InvalidOid;
	return getRTEPermissionInfo(query->rteperminfos, rte)->checkAsUser;
#else
	return rte->checkAsUser;
#endif
}

/*
 * 16: type input functions may report errors softly (ereturn).  15 has no
 * soft errors, so the error is raised.
 */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#define ETH_RETURN_ERROR(escontext, result, ...) ereturn(escontext, result, __VA_ARGS__)
#else
#define ETH_RETURN_ERROR(escontext, result, ...) \
	do { \
		(void) (escontext); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#endif

/* Did an input function that was called with this context report an error softly? */
static inline bool
eth_compat_soft_error(Node *escontext)
{
#if PG_VERSION_NUM >= 160000
	return SOFT_ERROR_OCCURRED(escontext);
#else
	return false;
#endif
}

/*
 * Calls an input function whose message would show the value, which is personal:
 * false when it does not take the string.  Errors that are not about data are
 * raised.  16 reports them softly; before that they are caught, as no input
 * function leaves anything behind that must be undone.
 */
static inline bool
eth_compat_try_input(PGFunction function, char *string, Datum *result)
{
#if PG_VERSION_NUM >= 160000
	ErrorSaveContext escontext = {T_ErrorSaveContext};

	return DirectInputFunctionCallSafe(function, string, InvalidOid, -1,
									   (Node *) &escontext, result);
#else
	MemoryContext around = CurrentMemoryContext;
	volatile bool taken = true;

	PG_TRY();
	{
		*result = DirectFunctionCall3(function, CStringGetDatum(string),
									  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(around);
		if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		FlushErrorState();
		taken = false;
	}
	PG_END_TRY();
	return taken;
#endif
}

/* 17: the statistics target moved out of the copy of pg_attribute's row */
static inline int
eth_compat_statistics_target(const VacAttrStats *stats)
{
#if PG_VERSION_NUM >= 170000
	return stats->attstattarget;
#else
	return stats->attr->attstattarget;
#endif
}

/* 16: make_range() may report errors softly; here they are raised */
static inline RangeType *
eth_compat_make_range(TypeCacheEntry *type, RangeBound *lower, RangeBound *upper)
{
#if PG_VERSION_NUM >= 160000
	return make_range(type, lower, upper, false, NULL);
#else
	return make_range(type, lower, upper, false);
#endif
}

/*
 * 16: what a check hook hands over as "extra" must come from guc_malloc(); on
 * 15 from malloc().  NULL when there is no memory.
 */
static inline void *
eth_compat_guc_alloc(size_t size)
{
#if PG_VERSION_NUM >= 160000
	return guc_malloc(LOG, size);
#else
	return malloc(size);
#endif
}

#endif							/* ETH_COMPAT_H */
