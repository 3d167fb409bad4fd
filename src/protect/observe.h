/*
 * observe.h
 *		Counting what protection would not show; shared by observe.c (queries and
 *		plans), count.c (execution) and observed.c (shared memory, reports).
 */
#ifndef ETH_OBSERVE_H
#define ETH_OBSERVE_H

#include "protect/protect.h"

#include "nodes/execnodes.h"

/* What is counted apart.  attnum 0: hidden rows. */
typedef struct EthObservedKey
{
	Oid			relid;
	Oid			role;
	int32		purpose;		/* id of the claimed purpose; 0: none */
	int32		attnum;
} EthObservedKey;

/* observed.c: adds to the counts of this hour; raises nothing, allocates nothing. */
extern void eth_protect_observed_add(const EthObservedKey *key, uint64 statements, uint64 cells);

/* Writes the counts of this database into ethdata.observation, in this transaction. */
extern int64 eth_protect_save_observed(void);

/* A column of a call that counts: attnum of the query's relation, and of the relation it is counted for. */
#define ETH_OBSERVED_COLUMN(here, counted, always) \
	((int32) ((uint32) (here) << 12 | (uint32) (counted) | ((always) ? UINT32_C(1) << 30 : 0)))
#define ETH_OBSERVED_HERE(column)		((AttrNumber) (((column) >> 12) & 0xFFF))
#define ETH_OBSERVED_COUNTED(column)	((AttrNumber) ((column) & 0xFFF))
#define ETH_OBSERVED_ALWAYS(column)		(((column) >> 30) & 1)

/* Which call it is */
#define ETH_OBSERVE_BEFORE		0	/* before the table's other conditions */
#define ETH_OBSERVE_AFTER		1	/* after them; counts hidden rows, too */
#define ETH_OBSERVE_MORE		2	/* likewise, more columns */

/* Columns of one call: a function takes 100 arguments at most. */
#define ETH_OBSERVE_MAX_COLUMNS	64

/* Arguments of ethdata._observe() */
#define ETH_OBSERVE_ROLE		1
#define ETH_OBSERVE_RELATION	2
#define ETH_OBSERVE_UNIT		3
#define ETH_OBSERVE_COLUMNS		4
#define ETH_OBSERVE_KIND		5
#define ETH_OBSERVE_TABLEOID	6
#define ETH_OBSERVE_CTID		7
#define ETH_OBSERVE_VISIBLE		8
#define ETH_OBSERVE_SEES		9	/* and those after it: one for each column */

#endif							/* ETH_OBSERVE_H */
