/*
 * tcf.c
 *		TC strings: the parser, and reading what it made.
 *
 * What is refused is what the specification excludes: characters outside
 * base64url, segments that are empty, too short, repeated or without a core
 * before them, other versions, letters beyond Z, vendors 0 or beyond MaxVendorId,
 * ranges that end before they start, and restrictions of purpose 0 or of the
 * undefined type.  Bits behind the last field are not looked at, and what is
 * merely against policy is for tc_findings().
 *
 * One pass over the string finds the segments, one decodes them, one reads the
 * fields; nothing is done as often as a number in the string says before the bits
 * for it were seen.
 */
#include "iab/tcf.h"

static const char *const set_names[ETH_TC_SETS] = {"vendorConsents", "vendorLI", "vendorsDisclosed", "vendorsAllowed"};

/*
 * Bytes that hold whatever eth_tc_parse() makes of the string.
 */
size_t
eth_tc_space(const char *text, size_t length)
{
	return sizeof(EthTcHeader) + ETH_TC_SEGMENTS * (sizeof(EthTcSegment) + 3) +
		ETH_BITS_SPACE(Min(length, ETH_IAB_MAX_CHARS));
}

static bool
check_letters(const EthBits *core, uint32 pos, int n, const char *field, EthIabError *error)
{
	uint64		letters = eth_bits_get(core, pos, n);

	if ((letters >> 6) > 25 || (letters & 63) > 25)
		return eth_iab_fail(error, "%s has a letter beyond Z.", field);
	return true;
}

static void
note_ascending(EthTcHeader *header, EthTcSet set, const EthVendors *vendors)
{
	if (vendors->ascending)
		header->ascending |= 1 << set;
}

/* Version 1: one section of vendors, with a default for those it does not name. */
static bool
parse_core_1(EthTcHeader *header, const EthBits *core, EthIabError *error)
{
	EthVendors	vendors;
	uint32		pos = ETH_TC_V1_VENDORS;

	if (!eth_bits_have(core, 0, ETH_TC_V1_VENDORS + 17))
		return eth_iab_fail(error, "The core segment is truncated.");
	if (!check_letters(core, ETH_TC_CONSENT_LANGUAGE, "consentLanguage", error))
		return false;
	memset(&vendors, 0, sizeof(vendors));
	vendors.max = (uint16) eth_bits_get(core, pos, 16);
	if (eth_bits_test(core, pos + 16))
	{
		/* the default stands between the encoding and the number of entries */
		pos += 18;
		if (!eth_vendors_parse_entries(&vendors, core, &pos, set_names[ETH_TC_VENDOR_CONSENTS], error))
			return false;
		note_ascending(header, ETH_TC_VENDOR_CONSENTS, &vendors);
		return true;
	}
	if (!eth_vendors_parse(&vendors, core, &pos, set_names[ETH_TC_VENDOR_CONSENTS], error))
		return false;
	note_ascending(header, ETH_TC_VENDOR_CONSENTS, &vendors);
	return true;
}

static bool
parse_restrictions(const EthBits *core, uint32 pos, EthIabError *error)
{
	int			n;

	if (!eth_bits_have(core, pos, 12))
		return eth_iab_fail(error, "publisherRestrictions is truncated.");
	n = (int) eth_bits_get(core, pos, 12);
	pos += 12;
	while (n-- > 0)
	{
		EthVendors	vendors;

		if (!eth_bits_have(core, pos, 8))
			return eth_iab_fail(error, "publisherRestrictions is truncated.");
		if (eth_bits_get(core, pos, 6) == 0)
			return eth_iab_fail(error, "publisherRestrictions has a purpose 0.");
		if (eth_bits_get(core, pos + 6, 2) == ETH_TC_RESTRICTION_UNDEFINED)
			return eth_iab_fail(error, "publisherRestrictions has a restriction of the undefined type 3.");
		pos += 8;
		memset(&vendors, 0, sizeof(vendors));
		vendors.max = ETH_MAX_VENDOR;
		if (!eth_vendors_parse_entries(&vendors, core, &pos, "publisherRestrictions", error))
			return false;
	}
	return true;
}

static bool
parse_core_2(EthTcHeader *header, const EthBits *core, EthIabError *error)
{
	EthVendors	vendors;
	uint32		pos = ETH_TC_VENDORS;

	if (!eth_bits_have(core, 0, ETH_TC_VENDORS))
		return eth_iab_fail(error, "The core segment is truncated.");
	if (!check_letters(core, ETH_TC_CONSENT_LANGUAGE, "consentLanguage", error) ||
		!check_letters(core, ETH_TC_PUBLISHER_CC, "publisherCC", error) ||
		!eth_vendors_parse(&vendors, core, &pos, set_names[ETH_TC_VENDOR_CONSENTS], error))
		return false;
	note_ascending(header, ETH_TC_VENDOR_CONSENTS, &vendors);
	header->vendor_li = pos;
	if (!eth_vendors_parse(&vendors, core, &pos, set_names[ETH_TC_VENDOR_LI], error))
		return false;
	note_ascending(header, ETH_TC_VENDOR_LI, &vendors);
	header->restrictions = pos;
	return parse_restrictions(core, pos, error);
}

static bool
parse_core(EthTcHeader *header, int segments, const EthBits *core, EthIabError *error)
{
	uint64		version;

	if (!eth_bits_have(core, ETH_TC_VERSION))
		return eth_iab_fail(error, "The core segment is truncated.");
	version = eth_bits_get(core, ETH_TC_VERSION);
	if (version == 2)
		return parse_core_2(header, core, error);
	if (version != 1)
		return eth_iab_fail(error, "The string does not begin with a core segment of version 2 or 1.");
	if (segments > 1)
		return eth_iab_fail(error, "A string of version 1 has one segment.");
	return parse_core_1(header, core, error);
}

/* A segment behind the core. */
static bool
parse_segment(EthTcHeader *header, EthTcSegmentType type, const EthBits *bits, EthIabError *error)
{
	EthVendors	vendors;
	EthTcSet	set;
	uint32		pos = 3;
	uint32		custom;

	switch (type)
	{
		case ETH_TC_DISCLOSED:
		case ETH_TC_ALLOWED:
			set = type == ETH_TC_DISCLOSED ? ETH_TC_VENDORS_DISCLOSED : ETH_TC_VENDORS_ALLOWED;
			if (!eth_vendors_parse(&vendors, bits, &pos, set_names[set], error))
				return false;
			note_ascending(header, set, &vendors);
			return true;
		case ETH_TC_PUBLISHER:
			if (!eth_bits_have(bits, 0, ETH_TC_PUB_CUSTOM))
				return eth_iab_fail(error, "publisherTC is truncated.");
			custom = (uint32) eth_bits_get(bits, ETH_TC_PUB_NUM_CUSTOM);
			if (!eth_bits_have(bits, ETH_TC_PUB_CUSTOM, 2 * custom))
				return eth_iab_fail(error, "publisherTC is truncated.");
			return true;
		default:
			return true;
	}
}

/* The bytes of one segment, decoded behind those before it; its type, but for the core. */
static bool
decode_segment(const char *text, size_t chars, uint8 *data, int number, EthTcSegment *segment,
			   EthBits *bits, EthIabError *error)
{
	if (chars == 0)
		return eth_iab_fail(error, "Segment %d is empty.", number);
	if (!eth_bits_decode(text, (uint32) chars, data))
		return eth_iab_fail(error, "Segment %d has a character that is not one of base64url.", number);
	bits->data = data;
	bits->nbits = (uint32) chars * 6;
	segment->chars = (uint16) chars;
	segment->type = number == 1 ? ETH_TC_CORE : (uint16) eth_bits_get(bits, 0, 3);
	return true;
}

/*
 * Makes a value of the string, or says why it is none.  payload has
 * eth_tc_space() bytes; the first *used of them are the value.
 */
bool
eth_tc_parse(const char *text, size_t length, uint8 *payload, size_t *used, EthIabError *error)
{
	EthTcHeader header = {.format = ETH_TC_FORMAT};
	EthTcSegment segment[ETH_TC_SEGMENTS];
	EthBits		bits;
	const char *end = text + length;
	const char *dot;
	uint8	   *data;
	uint32		seen = 0;
	int			n;

	if (length == 0)
		return eth_iab_fail(error, "The string is empty.");
	if (length > ETH_IAB_MAX_CHARS)
	{
		eth_iab_explain(error, "The string is longer than %d characters.", ETH_IAB_MAX_CHARS);
		error->fault = ETH_IAB_TOO_LONG;
		return false;
	}

	/* one type, one segment: so many there can be */
	header.segments = 1;
	for (dot = memchr(text, '.', length); dot != NULL; dot = memchr(dot + 1, '.', end - dot - 1))
		if (++header.segments > ETH_TC_SEGMENTS)
			return eth_iab_fail(error, "The string has more than %d segments.", ETH_TC_SEGMENTS);

	data = payload + sizeof(header) + header.segments * sizeof(EthTcSegment);
	for (n = 0; n < header.segments; n++)
	{
		dot = memchr(text, '.', end - text);
		if (dot == NULL)
			dot = end;
		if (!decode_segment(text, dot - text, data, n + 1, &segment[n], &bits, error))
			return false;
		if (n == 0)
		{
			if (!parse_core(&header, header.segments, &bits, error))
				return false;
		}
		else
		{
			if (segment[n].type == ETH_TC_CORE)
				return eth_iab_fail(error, "Segment %d is a second core segment.", n + 1);
			if (seen & (1 << segment[n].type))
				return eth_iab_fail(error, "Segment %d repeats type %d.", n + 1, segment[n].type);
			seen |= 1 << segment[n].type;
			if (!parse_segment(&header, segment[n].type, &bits, error))
				return false;
		}
		data += ETH_BITS_BYTES(segment[n].chars);
		text = dot + 1;
	}
	memcpy(payload, &header, sizeof(header));
	memcpy(payload + sizeof(header), segment, header.segments * sizeof(EthTcSegment));
	*used = data - payload;
	return true;
}

/*
 * Makes a value readable.  False when it is none of ours: damaged, or of another
 * format.
 */
bool
eth_tc_open(EthTc *tc, const uint8 *payload, size_t length)
{
	size_t		at = sizeof(EthTcHeader);
	int			n;

	if (length < sizeof(EthTcHeader))
		return false;
	memcpy(&tc->header, payload, sizeof(EthTcHeader));
	if (tc->header.format != ETH_TC_FORMAT || tc->header.segments < 1 || tc->header.segments > ETH_TC_SEGMENTS ||
		length < at + tc->header.segments * sizeof(EthTcSegment))
		return false;
	memcpy(tc->segment, payload + at, tc->header.segments * sizeof(EthTcSegment));
	at += tc->header.segments * sizeof(EthTcSegment);
	for (n = 0; n < ETH_TC_SEGMENTS; n++)
		tc->place[n] = -1;
	for (n = 0; n < tc->header.segments; n++)
	{
		const EthTcSegment *segment = &tc->segment[n];

		if (segment->type >= ETH_TC_SEGMENTS || length < at + ETH_BITS_BYTES(segment->chars))
			return false;
		tc->bits[n].data = payload + at;
		tc->bits[n].nbits = (uint32) segment->chars * 6;
		tc->place[segment->type] = n;
		at += ETH_BITS_BYTES(segment->chars);
	}
	tc->version = (int) eth_tc_field(tc, ETH_TC_VERSION);
	return true;
}

size_t
eth_tc_text_length(const EthTc *tc)
{
	size_t		length = tc->header.segments - 1;
	int			n;

	for (n = 0; n < tc->header.segments; n++)
		length += tc->segment[n].chars;
	return length;
}

/*
 * The text that the value was made of, without a zero at the end.
 */
void
eth_tc_text(const EthTc *tc, char *text)
{
	int			n;

	for (n = 0; n < tc->header.segments; n++)
	{
		if (n > 0)
			*text++ = '.';
		eth_bits_encode(tc->bits[n].data, tc->segment[n].chars, text);
		text += tc->segment[n].chars;
	}
}

/*
 * The segment of a type, NULL when there is none.
 */
const EthBits *
eth_tc_segment(const EthTc *tc, EthTcSegmentType type)
{
	return tc->place[type] < 0 ? NULL : &tc->bits[tc->place[type]];
}

/* A section that was checked when the value was made. */
static void
open_section(const EthBits *bits, uint32 pos, bool has_default, EthVendors *vendors)
{
	vendors->bits = *bits;
	vendors->max = (uint16) eth_bits_get(bits, pos, 16);
	vendors->is_range = eth_bits_test(bits, pos + 16);
	vendors->pos = pos + 17;
	if (vendors->is_range)
	{
		if (has_default)
			vendors->inverted = eth_bits_test(bits, vendors->pos++);
		vendors->entries = (uint16) eth_bits_get(bits, vendors->pos, 12);
		vendors->pos += 12;
	}
}

/*
 * A set of vendors; an empty one where the string does not have it.
 */
void
eth_tc_set(const EthTc *tc, EthTcSet set, EthVendors *vendors)
{
	const EthBits *bits = &tc->bits[0];
	uint32		pos = 3;

	memset(vendors, 0, sizeof(*vendors));
	switch (set)
	{
		case ETH_TC_VENDOR_CONSENTS:
			pos = tc->version == 1 ? ETH_TC_V1_VENDORS : ETH_TC_VENDORS;
			break;
		case ETH_TC_VENDOR_LI:
			pos = tc->header.vendor_li;
			if (tc->version == 1)
				bits = NULL;
			break;
		case ETH_TC_VENDORS_DISCLOSED:
			bits = eth_tc_segment(tc, ETH_TC_DISCLOSED);
			break;
		default:
			bits = eth_tc_segment(tc, ETH_TC_ALLOWED);
			break;
	}
	if (bits == NULL)
		return;
	open_section(bits, pos, tc->version == 1, vendors);
	vendors->ascending = (tc->header.ascending >> set) & 1;
}

void
eth_tc_restrictions(EthTcRestrictionWalk *walk, const EthTc *tc)
{
	walk->tc = tc;
	walk->left = 0;
	if (tc->version == 1)
		return;
	walk->left = (int) eth_tc_field(tc, tc->header.restrictions, 12);
	walk->pos = tc->header.restrictions + 12;
}

/*
 * The next restriction as the string has it: the same purpose and type may come
 * again, and there may be no vendors.
 */
bool
eth_tc_next_restriction(EthTcRestrictionWalk *walk, int *purpose, EthTcRestrictionType *type,
						EthVendors *vendors)
{
	const EthBits *core = &walk->tc->bits[0];
	EthVendorWalk entries;
	uint16		from;
	uint16		to;

	if (walk->left == 0)
		return false;
	walk->left--;
	*purpose = (int) eth_bits_get(core, walk->pos, 6);
	*type = (EthTcRestrictionType) eth_bits_get(core, walk->pos + 6, 2);
	memset(vendors, 0, sizeof(*vendors));
	vendors->bits = *core;
	vendors->max = ETH_MAX_VENDOR;
	vendors->is_range = true;
	vendors->entries = (uint16) eth_bits_get(core, walk->pos + 8, 12);
	vendors->pos = walk->pos + 20;
	/* the next one is behind the last entry */
	eth_vendors_walk(&entries, vendors);
	while (eth_vendors_next(&entries, &from, &to))
		;
	walk->pos = entries.pos;
	return true;
}
