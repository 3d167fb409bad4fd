/*
 * gpp.h
 *		GPP strings (IAB Tech Lab's Global Privacy Platform), checked and as they
 *		are kept.
 *
 * Pure, like bits.h.  A string is a header, which lists ids of sections, and as
 * many sections, "~" between them; a section is a core and sub-sections, "."
 * between them.  Sections of ids that no layout is known for are kept and mean
 * nothing.
 *
 * A value is
 *
 *		EthGppHeader
 *		EthGppEntry		one a section
 *		the text
 *
 * in native byte order and without alignment; readers go through EthGpp.
 */
#ifndef ETH_IAB_GPP_H
#define ETH_IAB_GPP_H

#include "iab/fibonacci.h"
#include "iab/layout.h"

#define ETH_GPP_FORMAT 1
#define ETH_GPP_VERSION 1
#define ETH_GPP_SECTIONS 255	/* at most */
#define ETH_GPP_TCFEU 2			/* the section that is a TC string */

typedef struct EthGppHeader
{
	uint8		format;
	uint8		sections;
} EthGppHeader;

typedef struct EthGppEntry
{
	uint16		id;
	uint16		start;			/* in the text */
	uint16		chars;
} EthGppEntry;

/* A value, ready to be read. */
typedef struct EthGpp
{
	int			sections;
	EthGppEntry entry[ETH_GPP_SECTIONS];
	const char *text;
	uint32		length;
} EthGpp;

/* A section of which the layout is known, decoded. */
typedef struct EthGppSection
{
	const EthGppLayout *layout;
	const char *text;			/* usp: its four characters */
	EthBits		bits[ETH_GPP_SEGMENTS];
	bool		shorter;		/* its core has version 1's form */
	bool		version_1;		/* and it says that it is of version 1 */
} EthGppSection;

/* What a field says. */
typedef struct EthGppValue
{
	const EthGppField *field;
	bool		absent;			/* its sub-section is */
	uint64		number;			/* of a number, a truth, letters, a time */
	int			count;			/* of a list, a set; of restrictions */
	int			shown;			/* of a list: the rest is of version 2 */
	EthBits		bits;
	uint32		pos;			/* of a list, a set, restrictions */
	EthIds		ids;
} EthGppValue;

typedef struct EthGppWalk
{
	const EthGppSection *section;
	int			next;
	uint32		pos[ETH_GPP_SEGMENTS];
	uint64		last;			/* the last number */
} EthGppWalk;

extern size_t eth_gpp_space(const char *text, size_t length);
extern bool eth_gpp_parse(const char *text, size_t length, uint8 *payload, size_t *used,
						  EthIabError *error);
extern bool eth_gpp_open(EthGpp *gpp, const uint8 *payload, size_t length);
extern const EthGppEntry *eth_gpp_entry(const EthGpp *gpp, int id);
extern bool eth_gpp_open_section(EthGppSection *section, const EthGppLayout *layout, const char *text,
								 uint32 chars, uint8 *data, EthIabError *error);
extern void eth_gpp_walk(EthGppWalk *walk, const EthGppSection *section);
extern bool eth_gpp_next(EthGppWalk *walk, EthGppValue *value, EthIabError *error);
extern bool eth_gpp_next_restriction(EthGppValue *restrictions, int *key, int *type, EthIds *ids);
extern bool eth_gpp_value(const EthGppSection *section, const char *field, EthGppValue *value);
extern uint64 eth_gpp_number(const EthGppValue *value, int element);

#endif							/* ETH_IAB_GPP_H */
