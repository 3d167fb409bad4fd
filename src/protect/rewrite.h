/*
 * rewrite.h
 *		Shared by the files of the protect room that rewrite and defend:
 *		rewrite.c, relation.c, direct.c, lookup.c, target.c, assign.c,
 *		first.c, raising.c, defence.c, counts.c.
 */
#ifndef ETH_REWRITE_H
#define ETH_REWRITE_H

#include "protect/protect.h"

#include "utils/relcache.h"

/* What was done with a protected relation; kept in the range table entry. */
typedef enum EthStamp
{
	ETH_STAMP_NONE,
	ETH_STAMP_MASKED,			/* inside the subquery that masks it */
	ETH_STAMP_MASKED_RAISING,	/* and a row policy may raise an error that
								 * quotes a cell */
	ETH_STAMP_EXEMPT,			/* the reader is exempt */
	ETH_STAMP_OBSERVED,			/* read raw, and counted: observe.c */
	ETH_STAMP_TARGET,			/* target of a write, guarded by target.c */
	ETH_STAMP_KEEPING,			/* and the details of errors may show cells of
								 * rows that are written */
	ETH_STAMP_RAISING			/* and the table itself computes over masked
								 * columns what may raise an error */
} EthStamp;

/* Does the relation's reader get masks? */
static inline bool
eth_protect_stamp_guards(EthStamp stamp)
{
	return stamp == ETH_STAMP_MASKED || stamp == ETH_STAMP_MASKED_RAISING || stamp >= ETH_STAMP_TARGET;
}

/*
 * References to columns that we make carry this in their location, which core
 * copies and does not compare.  Any other reference to a guarded column of a
 * relation that was dealt with is a hole: defence.c.
 */
#define ETH_OUR_LOCATION (-1973)

extern EthStamp eth_protect_stamp_of(const RangeTblEntry *rte, Oid *relid);

/* The role that a stamp was made for: InvalidOid is the current user. */
extern Oid	eth_protect_stamp_role(const RangeTblEntry *rte);

/*
 * Does the reader of the table not get all rows: they may be hidden, or he is a portal
 * (eth_purpose_is_portal()), for which rows of others always are?
 */
extern bool eth_protect_hides_rows(const EthTableRules *rules, Oid role);

/* The planning under way in this backend, innermost first. */
extern EthPlanning *eth_protect_planning;

extern void eth_protect_set_stamp(RangeTblEntry *rte, EthStamp stamp, Oid role);

/*
 * relation.c: puts a masking subquery in place of entry rti.  role: for whom
 * the purpose is checked, InvalidOid for the current user.
 */
extern void eth_protect_replace_relation(EthPlanning *frame, Query *query, int rti,
										 const EthTableRules *rules, Oid role);

/*
 * direct.c: may the entry be read without a subquery, and doing so; the query
 * with masked expressions in place of the columns of an entry.
 */
extern bool eth_protect_is_direct(const Query *query, int rti, const EthTableRules *rules, Oid role);
extern void eth_protect_read_direct(EthPlanning *frame, Query *query, int rti,
									const EthTableRules *rules, Oid role);
extern Query *eth_protect_replace_columns(Query *query, int rti, const EthTableRules *rules,
										  Oid role, Relation rel);

/*
 * observe.c: has counted what entry rti would not show, in place.
 */
extern void eth_protect_observe_relation(EthPlanning *frame, Query *query, int rti,
										 const EthTableRules *rules, Oid role);
extern void eth_protect_observe_plan(PlannedStmt *plan);

/* first.c: in scans of hidden rows, the decision before conditions that could tell that they were computed */
extern void eth_protect_decide_first(PlannedStmt *plan);

/* relation.c: the decisions, as expressions over columns of entry 1; NULL: nobody may see the cell */
typedef enum EthDecisionKind
{
	ETH_DECIDES,				/* errors of the purpose in force are raised */
	ETH_WOULD_DECIDE			/* for counting: never an error */
} EthDecisionKind;

extern Expr *eth_protect_may_see(const EthTableRules *rules, const EthCellRule *cell, Relation rel,
								 Oid role, EthDecisionKind kind);
extern Expr *eth_protect_row_visible(const EthTableRules *rules, Relation rel, Oid role,
									 EthDecisionKind kind);

extern Expr *eth_protect_excepted(const EthTableRules *rules, Oid role);

/* What the reader gets for one column, over entry 1. */
extern Expr *eth_protect_seen_column(const EthTableRules *rules, Relation rel, AttrNumber attnum, Oid role);
extern Expr *eth_protect_mask(const EthTableRules *rules, Relation rel, AttrNumber attnum);
extern void eth_protect_strip_target(Query *query, RangeTblEntry *rte, const EthTableRules *rules, Relation rel);

/* rewrite.c: does the expression hold a sub-select that reads a protected table? */
extern bool eth_protect_reaches(EthPlanning *frame, Node *node);

/* defence.c: is a guarded column, or the whole row, in the expression? */
extern bool eth_protect_mentions_guarded(const EthTableRules *rules, Node *expr, Index varno);

/* defence.c: errors (42501) where a query that was rewritten still reads a guarded column raw. */
extern void eth_protect_verify(Query *query);

/* The entry that the query writes; 0: none. */
extern int	eth_protect_target(Query *query);

/*
 * lookup.c: equality by the value, on columns whose rule has lookup => true.
 */

/*
 * Takes such conditions on the relation's entry out of the query, in favour of
 * columns of the subquery from first_resno on: their target entries over entry 1.
 */
extern List *eth_protect_take_lookups(Query *query, int rti, const EthTableRules *rules, Relation rel,
									  int first_resno);

/* Hands conditions on the columns of a subquery down to where these come from. */
extern void eth_protect_pass_lookups(Query *query, int rti);

/* Where columns are masked in the query itself: hidden meanwhile, and put back as they are then. */
extern List *eth_protect_hide_lookups(Query *query, int rti, const EthTableRules *rules, Relation rel);
extern void eth_protect_put_back_lookups(Query *query, List *hidden);

/* blind.c: is it a blind index that the reader's look-ups may use? */
extern bool eth_protect_is_usable_blind_index(const EthTableRules *rules, const IndexOptInfo *index);

/* raising.c: errors that would quote a guarded column */
extern bool eth_protect_may_quote(const EthTableRules *rules, Node *expr, Index rti);
extern bool eth_protect_may_raise(const EthTableRules *rules, Relation rel, bool deletes);

/* target.c: whatever the statement reads of its target is masked from here on. */
extern void eth_protect_guard_target(EthPlanning *frame, Query *query, int rti,
									 const EthTableRules *rules, Oid role);

/* assign.c: what is assigned to masked columns, and to those that name persons */
typedef struct EthAssignments
{
	EthPlanning *frame;
	Query	   *query;
	int			rti;
	const EthTableRules *rules;
	Oid			role;
	Relation	rel;
} EthAssignments;

/* Before and after the target's columns were masked in the query: the modes go from one to the other. */
extern List *eth_protect_assignment_modes(const EthAssignments *a, List *target_list);
extern void eth_protect_guard_assignments(EthAssignments *a, List *target_list, List *modes);

#endif							/* ETH_REWRITE_H */
