/*
 * tcf.h
 *		TC strings (IAB Europe's Transparency and Consent Framework), checked and
 *		as they are kept.
 *
 * Pure, like bits.h.  A string of version 2 is a core segment and, in any order,
 * at most one segment of each other type; those of types that are not known are
 * kept and mean nothing.  One of version 1 is a core segment alone.
 *
 * A value is what the string says bit by bit, so that its text can be written
 * again to the letter:
 *
 *		EthTcHeader
 *		EthTcSegment	one a segment, in the string's order
 *		bytes			of each segment in turn, ETH_BITS_BYTES(chars)
 *
 * In native byte order and without alignment; readers go through EthTc.
 */
#ifndef ETH_IAB_TCF_H
#define ETH_IAB_TCF_H

#include "iab/vendors.h"

#define ETH_TC_FORMAT 1

/* The first three bits of each segment but the core. */
typedef enum EthTcSegmentType
{
	ETH_TC_CORE = 0,
	ETH_TC_DISCLOSED = 1,
	ETH_TC_ALLOWED = 2,
	ETH_TC_PUBLISHER = 3,
	ETH_TC_SEGMENTS = 8
} EthTcSegmentType;

/* Of a segment's text: cells of the header; see the file's head. */
typedef struct EthTcSegment
{
	uint16		chars;
	uint16		type;
} EthTcSegment;

typedef struct EthTcHeader
{
	uint8		format;
	uint8		segments;
	uint16		ascending;		/* a bit of each EthTcSet; see EthVendors */
	uint32		vendor_li;		/* where in the core the section starts */
	uint32		restrictions;	/* where in the core their number is */
} EthTcHeader;

typedef enum EthTcSet
{
	ETH_TC_VENDOR_CONSENTS,
	ETH_TC_VENDOR_LI,
	ETH_TC_VENDORS_DISCLOSED,
	ETH_TC_VENDORS_ALLOWED,
	ETH_TC_SETS
} EthTcSet;

/* A value, ready to be read. */
typedef struct EthTc
{
	EthTcHeader header;
	int			version;
	EthTcSegment segment[ETH_TC_SEGMENTS];
	EthBits		bits[ETH_TC_SEGMENTS];	/* in the string's order; the first is
										 * the core */
	int			place[ETH_TC_SEGMENTS]; /* of a type in that order; -1 there
										 * is none */
} EthTc;

/* Where the core's fields are, and how many bits they have. */
#define ETH_TC_VERSION 0, 6
#define ETH_TC_CREATED 6, 36
#define ETH_TC_LAST_UPDATED 42, 36
#define ETH_TC_CMP_ID 78, 12
#define ETH_TC_CMP_VERSION 90, 12
#define ETH_TC_CONSENT_SCREEN 102, 6
#define ETH_TC_CONSENT_LANGUAGE 108, 12
#define ETH_TC_VENDOR_LIST_VERSION 120, 12
#define ETH_TC_V1_PURPOSES_ALLOWED 132, 24
#define ETH_TC_V1_VENDORS 156
#define ETH_TC_POLICY_VERSION 132, 6
#define ETH_TC_IS_SERVICE_SPECIFIC 138, 1
#define ETH_TC_USE_NON_STANDARD_TEXTS 139, 1
#define ETH_TC_SPECIAL_FEATURES 140, 12
#define ETH_TC_PURPOSE_CONSENTS 152, 24
#define ETH_TC_PURPOSE_LI 176, 24
#define ETH_TC_PURPOSE_ONE_TREATMENT 200, 1
#define ETH_TC_PUBLISHER_CC 201, 12
#define ETH_TC_VENDORS 213

/* Of the publisher's segment */
#define ETH_TC_PUB_CONSENTS 3, 24
#define ETH_TC_PUB_LI 27, 24
#define ETH_TC_PUB_NUM_CUSTOM 51, 6
#define ETH_TC_PUB_CUSTOM 57

typedef enum EthTcRestrictionType
{
	ETH_TC_NOT_ALLOWED,
	ETH_TC_REQUIRE_CONSENT,
	ETH_TC_REQUIRE_LI,
	ETH_TC_RESTRICTION_UNDEFINED
} EthTcRestrictionType;

/* What publishers restricted, entry by entry of the string. */
typedef struct EthTcRestrictionWalk
{
	const EthTc *tc;
	uint32		pos;
	int			left;
} EthTcRestrictionWalk;

extern size_t eth_tc_space(const char *text, size_t length);
extern bool eth_tc_parse(const char *text, size_t length, uint8 *payload, size_t *used,
						 EthIabError *error);
extern bool eth_tc_open(EthTc *tc, const uint8 *payload, size_t length);
extern size_t eth_tc_text_length(const EthTc *tc);
extern void eth_tc_text(const EthTc *tc, char *text);
extern void eth_tc_set(const EthTc *tc, EthTcSet set, EthVendors *vendors);
extern const EthBits *eth_tc_segment(const EthTc *tc, EthTcSegmentType type);
extern void eth_tc_restrictions(EthTcRestrictionWalk *walk, const EthTc *tc);
extern bool eth_tc_next_restriction(EthTcRestrictionWalk *walk, int *purpose,
									EthTcRestrictionType *type, EthVendors *vendors);

/* A field of the core; bits of a field are numbered from 1 in the standard. */
static inline uint64
eth_tc_field(const EthTc *tc, uint32 pos, int n)
{
	return eth_bits_get(&tc->bits[0], pos, n);
}

static inline bool
eth_tc_flag(const EthTc *tc, uint32 pos, int n, int number)
{
	return number >= 1 && number <= n && eth_bits_test(&tc->bits[0], pos + number - 1);
}

#endif							/* ETH_IAB_TCF_H */
