/*
 * fibonacci.h
 *		Fibonacci codes and the ranges of ids that GPP strings write in them.
 *
 * Pure, like bits.h.  A code is the sum of Fibonacci numbers 1, 2, 3, 5, ..., the
 * smallest first, one bit each, and ends with the second of two ones in a row; so
 * there is none of zero.
 *
 * Ranges are their number (12 bits) and one after the other a bit and one (0) or
 * two (1) codes: how far the first id is from the last one of before, and how far
 * the range goes on.  They ascend by their nature.
 */
#ifndef ETH_IAB_FIBONACCI_H
#define ETH_IAB_FIBONACCI_H

#include "iab/bits.h"

#define ETH_MAX_ID 65535

/* A set of ids: such ranges, or MaxId bits. */
typedef struct EthIds
{
	EthBits		bits;
	uint32		pos;
	uint16		max;
	uint16		entries;
	bool		is_range;
} EthIds;

typedef struct EthIdWalk
{
	const EthIds *ids;
	uint32		pos;
	uint32		done;
	uint32		last;
} EthIdWalk;

extern bool eth_ids_parse_ranges(EthIds *ids, const EthBits *bits, uint32 *pos,
								 const char *field, EthIabError *error);
extern bool eth_ids_parse(EthIds *ids, const EthBits *bits, uint32 *pos,
						  const char *field, EthIabError *error);
extern void eth_ids_walk(EthIdWalk *walk, const EthIds *ids);
extern bool eth_ids_next(EthIdWalk *walk, uint16 *from, uint16 *to);

#endif							/* ETH_IAB_FIBONACCI_H */
