/*
 * policy.h
 *		Reading rules from pg_policy, for rules.c.
 */
#ifndef ETH_POLICY_H
#define ETH_POLICY_H

#include "protect/protect.h"

#include "nodes/primnodes.h"
#include "utils/relcache.h"

/* The literal that a rule's argument is, or NULL; nothing is evaluated. */
extern Const *eth_protect_literal(Node *node);

/* OIDs of the relations above relid (partitioning, inheritance), nearest first. */
extern List *eth_protect_relations_above(Oid relid);

/*
 * The rules of rel and of those above; NULL when there are none.  In the current
 * memory context.  With "damaged" set nothing else but "source" is.
 */
extern EthTableRules *eth_protect_build_rules(Relation rel, List *above);

#endif							/* ETH_POLICY_H */
