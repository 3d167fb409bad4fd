/*
 * protect.h
 *		What the protect room offers: rules and who they apply to, privileges,
 *		the rewriting of queries, and the second lines of defence.
 *
 * Rules are rows of pg_policy, so that core keeps their trees, their
 * dependencies and their dump.  They are named "ethdata <number>", permissive,
 * FOR SELECT, and their expression is always false, so that as row policies
 * they change nothing.  Three forms of USING:
 *
 *	ethdata.rule(cell, mask, reveal_for text[], category text, on_write text,
 *				 lookup boolean [, VARIADIC subject columns])
 *		one masked column; without subject columns every person of the table
 *		must permit.  A category NULL is unclassified.
 *	ethdata.rule_subject(class regclass, as_role text, rows boolean,
 *				 force boolean, new_columns text [, VARIADIC key columns])
 *		one person of the table, or, with class NULL and no key columns, a table
 *		of data about no person.  as_role NULL is the subject that protect()
 *		named; link_subject() adds others.
 *
 * The role list (TO) of a rule are its readers and always ethdata_exempt:
 * the readers of rule_subject held SELECT on the whole table and may read it
 * through masks, also columns added later; the readers of a rule() held SELECT
 * on that column.
 */
#ifndef ETH_PROTECT_H
#define ETH_PROTECT_H

#include "core/core.h"

#include "access/attnum.h"
#include "nodes/bitmapset.h"
#include "nodes/params.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"
#include "tcop/utility.h"
#include "utils/array.h"

#define ETH_RULE_PREFIX "ethdata "

/*
 * How strictly a table is protected, from less to more; enforcement.c.  Of a
 * relation that is protected by itself and from above the strictest holds.
 */
typedef enum EthEnforcement
{
	ETH_ENFORCE_OFF,
	ETH_ENFORCE_OBSERVE,
	ETH_ENFORCE_ENFORCE
} EthEnforcement;

typedef struct EthPersonRule
{
	Oid			policy;			/* pg_policy.oid */
	Oid			class_relid;	/* InvalidOid: data about no person */
	char	   *as_role;		/* NULL: the subject named by protect() */
	bool		rows;
	bool		force;
	bool		mask_new_columns;
	int			nkeys;
	AttrNumber *keys;
	List	   *readers;		/* OIDs; 0 = PUBLIC */
} EthPersonRule;

typedef struct EthCellRule
{
	Oid			policy;
	AttrNumber	attnum;
	Node	   *mask;			/* over Var(varno 1, attnum), of the column's
								 * type; NULL constant when unsafe */
	bool		may_raise;		/* bracket it: eth_mask_may_raise() */
	bool		foreign;		/* calls what others than ethdata may replace */
	int			nreveal;
	char	  **reveal_for;		/* purpose codes */
	ArrayType  *reveal_ids;		/* and their ids */
	char	   *category;		/* NULL: unclassified */
	bool		special;		/* a special category */
	char	   *on_write;
	bool		lookup;
	int			nsubject;		/* 0: every person of the table */
	AttrNumber *subject;
	List	   *readers;
} EthCellRule;

/* What the table itself computes of guarded columns, found when first asked for: raising.c. */
typedef struct EthRaising
{
	bool		known;
	bool		conditions;		/* of triggers and policies may raise an error
								 * that quotes one */
	bool		row;			/* so may CHECK, a generated column, an index */
} EthRaising;

/*
 * All that planning needs of one relation.  A relation without rules of its own
 * has those of its nearest ancestor (partitions, inheritance), with columns
 * translated by name.  Memory: a context of its own; it may be thrown away
 * whenever invalidations are processed, except between
 * eth_protect_rules_pin() and _unpin().
 */
typedef struct EthTableRules
{
	Oid			relid;
	Oid			source;			/* the relation whose pg_policy rows these are */
	char	   *damaged;		/* name of a policy that cannot be read; else
								 * NULL */
	Oid			owner;
	EthEnforcement enforcement;
	bool		rows;			/* of any person rule */
	bool		force;
	bool		mask_new_columns;
	int			natts;
	int			npersons;
	EthPersonRule *persons;
	int			ncells;
	EthCellRule *cells;
	int		   *cell_of;		/* [natts + 1]: index into cells by attnum, -1
								 * = none */
	Bitmapset  *masked;			/* attnums with a rule (plain, no offset) */
	Bitmapset  *derived;		/* attnums generated from masked ones without
								 * a rule: NULL for readers */
	Bitmapset  *unknown;		/* attnums added after protect and not
								 * classified: NULL for readers */
	List	   *readers;		/* readers of the whole table: union over
								 * person rules */
	EthRaising *raising;
} EthTableRules;

/* What is recorded for a relation that rules stand on; "enforce" where nothing is. */
extern EthEnforcement eth_protect_recorded_enforcement(Oid relid);
extern const char *eth_protect_enforcement_name(EthEnforcement enforcement);

/*
 * NULL when the relation is not protected.  One hash look-up when warm.
 * Error 55000 when a rule cannot be read: never the absence of rules.
 */
extern const EthTableRules *eth_protect_rules(Oid relid);

/* The same without error: is it protected?  "damaged": but a rule cannot be read (may be NULL). */
extern bool eth_protect_is_protected(Oid relid, bool *damaged);
extern void eth_protect_rules_pin(void);
extern void eth_protect_rules_unpin(void);

/* Is role exempt on the table: superuser, member of ethdata_exempt, or owner without force? */
extern bool eth_protect_is_exempt(const EthTableRules *rules, Oid role);

/* Is the person one whose cell it is: all of the table, or those with the rule's subject columns? */
static inline bool
eth_protect_is_of_cell(const EthPersonRule *person, const EthCellRule *cell)
{
	return cell->nsubject == 0 ||
		(person->nkeys == cell->nsubject &&
		 memcmp(person->keys, cell->subject, sizeof(AttrNumber) * person->nkeys) == 0);
}

/* Is the column one that a reader does not get as it is: masked, generated from such, or new? */
static inline bool
eth_protect_is_guarded(const EthTableRules *rules, AttrNumber attnum)
{
	return bms_is_member(attnum, rules->masked) || bms_is_member(attnum, rules->derived) ||
		bms_is_member(attnum, rules->unknown);
}

/* Does role hold (has_privs_of_role, PUBLIC included) one of the readers? */
extern bool eth_protect_is_reader(const List *readers, Oid role);

/*
 * Columns are labelled when known (SECURITY LABEL FOR ethdata ON COLUMN:
 * "category origin"); the label's category is NULL when it is unknown. label.c
 */
extern char *eth_protect_label(Oid relid, AttrNumber attnum);
extern void eth_protect_set_label(Oid relid, AttrNumber attnum, const char *category, const char *origin);
extern bool eth_protect_is_special_category(const char *category);
extern bool eth_protect_is_category(const char *category);

/* ---- rewrite.c: called by hooks.c around the planner ---- */

typedef struct EthPlanning
{
	struct EthPlanning *outer;
	ParamListInfo params;
	bool		touched;		/* the query reaches a protected relation */
	bool		hides_rows;		/* of one of them rows may be hidden */
	int			observed;		/* calls that count, in this planning:
								 * observe.c */
	Oid			observe_function;
	List	   *masked_relids;	/* relations read through masks in this
								 * planning */
	List	   *functions;		/* invalidation items of functions inlined by
								 * us */
} EthPlanning;

extern void eth_protect_plan_begin(EthPlanning *frame, ParamListInfo params);
extern Query *eth_protect_rewrite(EthPlanning *frame, Query *query);
extern void eth_protect_plan_done(EthPlanning *frame, PlannedStmt *plan);
extern void eth_protect_plan_end(EthPlanning *frame);

/* At executor start, outside parallel workers: errors of eth_purpose_in_force() */
extern void eth_protect_executor_starts(PlannedStmt *plan);

/* In PG_CATCH around a run or finish: takes out of the error what may quote a cell; raising.c. */
extern void eth_protect_withhold_row(const PlannedStmt *plan, MemoryContext context);

/* The execution is over: takes back counts of hidden rows; counts.c. */
struct QueryDesc;
extern void eth_protect_forget_counts(struct QueryDesc *desc);

/* ---- observe.c, count.c, observed.c: tables that are only observed ---- */
struct EState;

extern void eth_protect_pathlist(PlannerInfo *root, RelOptInfo *rel);

/* Around each run and finish of a query, also when it ends by an error: which one runs. */
extern struct EState *eth_protect_run_starts(struct EState *estate);
extern void eth_protect_run_ends(struct EState *around);

extern Size eth_protect_shmem_size(void);
extern void eth_protect_shmem_request(void);
extern void eth_protect_shmem_init(void);

/* ---- defence.c ---- */
extern void eth_protect_relation_info(PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel);
extern bool eth_protect_relation_stats(PlannerInfo *root, RangeTblEntry *rte, AttrNumber attnum);
extern int32 eth_protect_attavgwidth(Oid relid, AttrNumber attnum);
extern bool eth_protect_check_perms(List *rtable, List *perm_infos, bool ereport_on_violation);

/* ---- utility.c: LOCK TABLE, COPY .. TO, GRANT and REVOKE, what creates children ---- */
extern void eth_protect_utility(PlannedStmt *pstmt, const char *query_string, bool read_only_tree,
								ProcessUtilityContext context, ParamListInfo params,
								QueryEnvironment *query_env, DestReceiver *dest, QueryCompletion *qc,
								ProcessUtility_hook_type next);

/* ---- cascade.c: from the object access hook, while the object is still there ---- */
extern void eth_protect_object_dropped(Oid classid, Oid objid);

/* ---- privilege.c ---- */

/*
 * Withdraws what readers of a protected relation may read by privilege, and
 * remembers it; see privilege.c.  Idempotent; takes ShareUpdateExclusiveLock.
 */
extern void eth_protect_narrow(Oid relid);

/* Parts of eth_protect_init(), by file */
extern void eth_protect_rules_init(void);
extern void eth_protect_label_init(void);
extern void eth_protect_observed_init(void);

extern void eth_protect_init(void);

#endif							/* ETH_PROTECT_H */
