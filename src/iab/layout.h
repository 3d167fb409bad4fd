/*
 * layout.h
 *		What the sections of a GPP string look like: data, not code.
 *
 * Pure, like bits.h.  A layout is one line of text,
 *
 *		Version:6 SaleOptOut:2 SensitiveDataProcessing:2*9 | GpcSegmentType:2=1 Gpc:bool
 *
 * fields in order, each a name and what it is:
 *
 *		n				a number of n bits (1 to 36)
 *		n*c				a list of c numbers of n bits
 *		n*c/o			the same; strings of version 1 have o of them.  What is
 *						shorter than the section, but long enough for o, is read so
 *		bool			one bit
 *		letters			two letters of six bits each
 *		time			36 bits, deciseconds since 1970
 *		setn			n bits, the numbers of those that are set
 *		customset		as many bits as the last number says, likewise
 *		idset			ids, as a bit field or in Fibonacci ranges
 *		restrictions	a list of key, type and ids
 *
 * and "=v" behind a number that is shown where its sub-section is absent.  "|"
 * begins a sub-section, which may be absent and is known by its place, or, as in
 * "|3", by the number in its first three bits.  Two layouts are not lists of
 * fields: "tc", a TC string, and "usp", the four letters of a US Privacy string.
 */
#ifndef ETH_IAB_LAYOUT_H
#define ETH_IAB_LAYOUT_H

#include "iab/bits.h"

#define ETH_GPP_FIELDS 40
#define ETH_GPP_SEGMENTS 4
#define ETH_GPP_NAME 63			/* bytes of a name at most */

typedef enum EthGppKind
{
	ETH_GPP_FIELDED,
	ETH_GPP_TC,
	ETH_GPP_USP
} EthGppKind;

typedef enum EthGppType
{
	ETH_GPP_NUMBER,
	ETH_GPP_LIST,
	ETH_GPP_BOOL,
	ETH_GPP_LETTERS,
	ETH_GPP_TIME,
	ETH_GPP_SET,
	ETH_GPP_CUSTOM_SET,
	ETH_GPP_ID_SET,
	ETH_GPP_RESTRICTIONS
} EthGppType;

typedef struct EthGppField
{
	const char *name;			/* in the layout's text; not ended by zero */
	uint8		length;			/* of the name */
	uint8		type;			/* EthGppType */
	uint8		segment;
	uint8		bits;			/* of a number, of each in a list, of a set */
	uint8		count;			/* of a list */
	uint8		older;			/* of a list in version 1; 0 the same */
	uint8		absent;			/* the number where the sub-section is absent */
} EthGppField;

typedef struct EthGppLayout
{
	int			id;
	const char *name;
	EthGppKind	kind;
	int			segments;
	int			fields;
	uint8		tag[ETH_GPP_SEGMENTS];	/* a sub-section's type; 0 it is known
										 * by its place */
	uint32		bits[ETH_GPP_SEGMENTS]; /* at least so many, in full form */
	uint32		older_bits;		/* of the first, as version 1 has it */
	EthGppField field[ETH_GPP_FIELDS];
} EthGppLayout;

/* A section that is shipped: sections.c has the list. */
typedef struct EthGppShipped
{
	int			id;
	const char *name;
	const char *layout;
} EthGppShipped;

extern const EthGppShipped eth_gpp_shipped[];
extern const int eth_gpp_n_shipped;

extern bool eth_gpp_parse_layout(EthGppLayout *layout, int id, const char *name, const char *text,
								 EthIabError *error);
extern const EthGppLayout *eth_gpp_layout(int id);
extern const EthGppField *eth_gpp_field(const EthGppLayout *layout, const char *name);

#endif							/* ETH_IAB_LAYOUT_H */
