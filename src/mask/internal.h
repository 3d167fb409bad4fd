/*
 * internal.h
 *		Private to the mask room.
 */
#ifndef ETH_MASK_INTERNAL_H
#define ETH_MASK_INTERNAL_H

#include "mask/mask.h"

/* Is it a unit that ethdata.mask_date() knows for date (DATEOID) or timestamp types?  date.c */
extern bool eth_mask_unit_is_known(const struct varlena *name, Oid type);

/* Is the function a member of ethdata that computes a mask (public or twin) and raises nothing?  keyed.c */
extern bool eth_mask_is_own(Oid funcid);

#endif							/* ETH_MASK_INTERNAL_H */
