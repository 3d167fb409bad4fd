/*
 * vendors.h
 *		Sets of vendors as consent strings hold them: bit fields and ranges.
 *
 * Pure, like bits.h.  A set stays where it is in the string; ranges are never
 * expanded.  What asks for one vendor walks at most 4 095 entries.
 *
 * A section is MaxVendorId (16 bits), one bit that says which encoding follows,
 * and MaxVendorId bits or the number of entries (12 bits) with the entries: one
 * bit, and one (0) or two (1) ids of 16 bits.  Restrictions have the entries
 * alone.  In version 1 strings a bit before the number says that the entries are
 * those who are not in the set.
 */
#ifndef ETH_IAB_VENDORS_H
#define ETH_IAB_VENDORS_H

#include "iab/bits.h"

#define ETH_MAX_VENDOR 65535

typedef struct EthVendors
{
	EthBits		bits;
	uint32		pos;			/* of the bit field, or of the first entry */
	uint16		max;			/* 0 when there is no such section */
	uint16		entries;
	bool		is_range;
	bool		inverted;		/* entries are those who are not in the set */
	bool		ascending;		/* entries ascend and do not overlap */
} EthVendors;

typedef struct EthVendorWalk
{
	const EthVendors *vendors;
	uint32		pos;
	uint32		done;			/* entries, or bits */
} EthVendorWalk;

extern bool eth_vendors_parse(EthVendors *vendors, const EthBits *bits, uint32 *pos,
							  const char *field, EthIabError *error);
extern bool eth_vendors_parse_entries(EthVendors *vendors, const EthBits *bits, uint32 *pos,
									  const char *field, EthIabError *error);
extern bool eth_vendors_have(const EthVendors *vendors, int vendor);
extern void eth_vendors_walk(EthVendorWalk *walk, const EthVendors *vendors);
extern bool eth_vendors_next(EthVendorWalk *walk, uint16 *from, uint16 *to);

#endif							/* ETH_IAB_VENDORS_H */
