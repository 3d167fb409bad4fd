/*
 * rewrite.h
 *		Shared by the files of the protect room that rewrite and defend:
 *		rewrite.c, target.c, defence.c.
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
	ETH_STAMP_EXEMPT,			/* the reader is exempt */
	ETH_STAMP_OBSERVED,			/* read raw, and counted: observe.c */
	ETH_STAMP_TARGET			/* target of a write, checked by target.c */
} EthStamp;

extern EthStamp eth_protect_stamp_of(const RangeTblEntry *rte, Oid *relid);

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
 * observe.c: has counted what entry rti would not show, in place.
 */
extern void eth_protect_observe_relation(EthPlanning *frame, Query *query, int rti,
										 const EthTableRules *rules, Oid role);
extern void eth_protect_observe_plan(PlannedStmt *plan);

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

/* target.c */
extern bool eth_protect_is_merge_target(Query *query, int rti);
extern void eth_protect_check_target(Query *query, int rti, const EthTableRules *rules, Oid role);

#endif							/* ETH_REWRITE_H */
