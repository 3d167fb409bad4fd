/*
 * gpp.c
 *		GPP strings: the parser, and reading sections by their layout.
 *
 * What is refused: a header that is not one of version 1, ids in it that are not
 * as many as the sections, characters outside base64url, sections and sub-sections
 * that are empty, too short or one too many, and US Privacy letters that are none.
 * Bits behind the last field are not looked at; values that the specification
 * leaves undefined are kept and permit nothing.
 */
#include "iab/gpp.h"

#include "iab/tcf.h"

#define HEADER_TYPE 3

/*
 * Bytes that hold whatever eth_gpp_parse() makes of the string, and what it needs
 * to look into its sections.
 */
size_t
eth_gpp_space(const char *text, size_t length)
{
	size_t		kept = Min(length, ETH_IAB_MAX_CHARS);

	return sizeof(EthGppHeader) + ETH_GPP_SECTIONS * sizeof(EthGppEntry) + kept +
		eth_tc_space(text, length) + (size_t) ETH_GPP_SEGMENTS * 3;
}

/* ---- sections */

/* Letters of a US Privacy string: 1, and three of Y, N and -. */
static bool
open_usp(EthGppSection *section, const char *text, uint32 chars, EthIabError *error)
{
	uint32		i;

	if (chars != 4 || text[0] != '1')
		return eth_iab_fail(error, "Section %s is malformed.", section->layout->name);
	for (i = 1; i < chars; i++)
		if (text[i] != 'Y' && text[i] != 'N' && text[i] != '-')
			return eth_iab_fail(error, "Section %s is malformed.", section->layout->name);
	section->text = text;
	return true;
}

/* Which sub-section a text is; -1 when there is none for it. */
static int
place_of(const EthGppLayout *layout, int number, const EthBits *bits)
{
	int			n;

	for (n = 1; n < layout->segments; n++)
	{
		if (layout->tag[n] == 0 ? n == number :
			eth_bits_have(bits, 0, 3) && eth_bits_get(bits, 0, 3) == layout->tag[n])
			return n;
	}
	return -1;
}

/* Are the fields there, also those whose length the string says? */
static bool
check_fields(const EthGppSection *section, EthIabError *error)
{
	EthGppWalk	walk;
	EthGppValue value;

	eth_gpp_walk(&walk, section);
	while (walk.next < section->layout->fields)
		if (!eth_gpp_next(&walk, &value, error))
			return false;
	return true;
}

/*
 * Decodes a section and checks it.  data holds ETH_BITS_SPACE(chars) bytes and 3
 * for each sub-section more, or, of a TC string, eth_tc_space() bytes.
 */
bool
eth_gpp_open_section(EthGppSection *section, const EthGppLayout *layout, const char *text,
					 uint32 chars, uint8 *data, EthIabError *error)
{
	const char *end = text + chars;
	size_t		used;
	int			number;

	memset(section, 0, sizeof(*section));
	section->layout = layout;
	if (layout->kind == ETH_GPP_USP)
		return open_usp(section, text, chars, error);
	if (layout->kind == ETH_GPP_TC)
	{
		if (!eth_tc_parse(text, chars, data, &used, error))
			return false;
		/* version 1 never was in a GPP string */
		if (*text != 'C')
			return eth_iab_fail(error, "Section %s is not of version 2.", layout->name);
		return true;
	}
	for (number = 0;; number++)
	{
		const char *dot = memchr(text, '.', end - text);
		EthBits		bits;
		int			place = 0;

		if (dot == NULL)
			dot = end;
		if (dot == text)
			return eth_iab_fail(error, "Section %s has an empty sub-section.", layout->name);
		if (!eth_bits_decode(text, (uint32) (dot - text), data))
			return eth_iab_fail(error, "Section %s has a character that is not one of base64url.", layout->name);
		bits.data = data;
		bits.nbits = (uint32) (dot - text) * 6;
		if (number > 0)
			place = place_of(layout, number, &bits);
		if (place < 0 || section->bits[place].data != NULL)
			return eth_iab_fail(error, "Section %s has an unexpected sub-section.", layout->name);
		section->bits[place] = bits;
		data += ETH_BITS_SPACE(dot - text);
		if (dot == end)
			break;
		text = dot + 1;
	}
	section->shorter = section->bits[0].nbits < layout->bits[0] && section->bits[0].nbits >= layout->older_bits;
	if (!check_fields(section, error))
		return false;
	section->version_1 = layout->field[0].type == ETH_GPP_NUMBER &&
		eth_bits_get(&section->bits[0], 0, layout->field[0].bits) == 1;
	return true;
}

void
eth_gpp_walk(EthGppWalk *walk, const EthGppSection *section)
{
	memset(walk, 0, sizeof(*walk));
	walk->section = section;
}

/* Restrictions from their number on; moves pos behind them. */
static bool
read_restrictions(const EthBits *bits, uint32 *pos, EthGppValue *value, const char *name, EthIabError *error)
{
	EthIds		ids;
	int			i;

	if (!eth_bits_have(bits, *pos, 12))
		return eth_iab_fail(error, "%s is truncated.", name);
	value->count = (int) eth_bits_get(bits, *pos, 12);
	*pos += 12;
	value->pos = *pos;
	for (i = 0; i < value->count; i++)
	{
		if (!eth_bits_have(bits, *pos, 8))
			return eth_iab_fail(error, "%s is truncated.", name);
		*pos += 8;
		if (!eth_ids_parse(&ids, bits, pos, name, error))
			return false;
	}
	return true;
}

/*
 * The next field of a decoded section; false behind the last one, and, of one that
 * was not checked yet, where it is truncated.
 */
bool
eth_gpp_next(EthGppWalk *walk, EthGppValue *value, EthIabError *error)
{
	const EthGppSection *section = walk->section;
	const EthGppField *field;
	const EthBits *bits;
	uint32	   *pos;
	uint32		n;
	char		name[ETH_GPP_NAME + 1];

	if (walk->next >= section->layout->fields)
		return false;
	field = &section->layout->field[walk->next++];
	bits = &section->bits[field->segment];
	pos = &walk->pos[field->segment];
	memset(value, 0, sizeof(*value));
	value->field = field;
	if (field->type == ETH_GPP_LIST)
	{
		value->count = section->shorter && field->older ? field->older : field->count;
		value->shown = section->version_1 && field->older ? field->older : field->count;
	}
	if (bits->data == NULL)
	{
		value->absent = true;
		value->number = walk->last = field->absent;
		value->count = field->type == ETH_GPP_LIST ? value->count : 0;
		return true;
	}
	value->bits = *bits;
	value->pos = *pos;
	memcpy(name, field->name, field->length);
	name[field->length] = '\0';
	switch (field->type)
	{
		case ETH_GPP_ID_SET:
			return eth_ids_parse(&value->ids, bits, pos, name, error);
		case ETH_GPP_RESTRICTIONS:
			return read_restrictions(bits, pos, value, name, error);
		case ETH_GPP_LIST:
			n = (uint32) field->bits * value->count;
			break;
		case ETH_GPP_CUSTOM_SET:
			value->count = (int) Min(walk->last, 255);
			n = value->count;
			break;
		default:
			value->count = field->bits;
			n = field->bits;
			break;
	}
	if (!eth_bits_have(bits, *pos, n))
		return eth_iab_fail(error, "Section %s is truncated.", section->layout->name);
	if (field->type != ETH_GPP_LIST && field->type != ETH_GPP_CUSTOM_SET && field->type != ETH_GPP_SET)
	{
		value->number = eth_bits_get(bits, *pos, field->bits);
		walk->last = value->number;
	}
	if (field->type == ETH_GPP_LETTERS && (value->number >> 6 > 25 || (value->number & 63) > 25))
		return eth_iab_fail(error, "%s has a letter beyond Z.", name);
	*pos += n;
	return true;
}

/*
 * The next restriction of a field; restrictions->count and pos are used up.
 */
bool
eth_gpp_next_restriction(EthGppValue *restrictions, int *key, int *type, EthIds *ids)
{
	EthIabError error;

	if (restrictions->count == 0)
		return false;
	restrictions->count--;
	*key = (int) eth_bits_get(&restrictions->bits, restrictions->pos, 6);
	*type = (int) eth_bits_get(&restrictions->bits, restrictions->pos + 6, 2);
	restrictions->pos += 8;
	return eth_ids_parse(ids, &restrictions->bits, &restrictions->pos, "restrictions", &error);
}

/*
 * What the field of that name says; false when the layout has none.
 */
bool
eth_gpp_value(const EthGppSection *section, const char *field, EthGppValue *value)
{
	const EthGppField *wanted = eth_gpp_field(section->layout, field);
	EthGppWalk	walk;
	EthIabError error;

	if (wanted == NULL)
		return false;
	eth_gpp_walk(&walk, section);
	while (eth_gpp_next(&walk, value, &error))
		if (value->field == wanted)
			return true;
	return false;
}

/* An element of a list, from 0; zero beyond what the string has. */
uint64
eth_gpp_number(const EthGppValue *value, int element)
{
	int			n = value->field->bits;

	if (value->field->type != ETH_GPP_LIST)
		return value->number;
	if (value->absent || element < 0 || element >= value->count)
		return 0;
	return eth_bits_get(&value->bits, value->pos + element * n, n);
}

/* ---- the string */

/*
 * Ids of the header, one a section.
 */
static bool
parse_header(const char *text, int chars, int sections, EthGppEntry *entry, uint8 *data, EthIabError *error)
{
	EthBits		bits = {.data = data,.nbits = (uint32) chars * 6};
	EthIds		ids;
	EthIdWalk	walk;
	uint32		pos = 12;
	uint16		from;
	uint16		to;
	int			n = 0;

	if (!eth_bits_decode(text, chars, data))
		return eth_iab_fail(error, "The header has a character that is not one of base64url.");
	if (!eth_bits_have(&bits, 0, 6) || eth_bits_get(&bits, 0, 6) != HEADER_TYPE)
		return eth_iab_fail(error, "The string does not begin with a GPP header.");
	if (!eth_bits_have(&bits, 0, 12) || eth_bits_get(&bits, 6, 6) != ETH_GPP_VERSION)
		return eth_iab_fail(error, "The header is not of version %d.", ETH_GPP_VERSION);
	if (!eth_ids_parse_ranges(&ids, &bits, &pos, "The header", error))
		return false;
	eth_ids_walk(&walk, &ids);
	while (eth_ids_next(&walk, &from, &to))
	{
		uint32		id;

		/* a range may claim many; it ends where the sections do */
		for (id = from; id <= to; id++)
		{
			if (n >= sections)
				return eth_iab_fail(error, "The header lists more sections than the string has.");
			entry[n++].id = (uint16) id;
		}
	}
	if (n < sections)
		return eth_iab_fail(error, "The header lists fewer sections than the string has.");
	return true;
}

/* What a section of unknown layout may consist of. */
static bool
check_unknown(const char *text, uint32 chars, int id, EthIabError *error)
{
	uint32		i;

	for (i = 0; i < chars; i++)
	{
		char		c = text[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			  c == '-' || c == '_' || c == '.'))
			return eth_iab_fail(error, "Section %d has a character that no section has.", id);
	}
	return true;
}

static bool
parse_section(const EthGppEntry *entry, const char *text, uint8 *data, EthIabError *error)
{
	const EthGppLayout *layout = eth_gpp_layout(entry->id);
	EthGppSection section;

	if (entry->chars == 0)
		return eth_iab_fail(error, "Section %d is empty.", entry->id);
	if (layout == NULL)
		return check_unknown(text + entry->start, entry->chars, entry->id, error);
	return eth_gpp_open_section(&section, layout, text + entry->start, entry->chars, data, error);
}

/*
 * Makes a value of the string, or says why it is none.  payload has
 * eth_gpp_space() bytes; the first *used of them are the value.
 */
bool
eth_gpp_parse(const char *text, size_t length, uint8 *payload, size_t *used, EthIabError *error)
{
	EthGppHeader header = {.format = ETH_GPP_FORMAT};
	EthGppEntry entry[ETH_GPP_SECTIONS];
	const char *tilde = text;
	uint8	   *kept;
	int			n;

	if (length == 0)
		return eth_iab_fail(error, "The string is empty.");
	if (length > ETH_IAB_MAX_CHARS)
	{
		eth_iab_explain(error, "The string is longer than %d characters.", ETH_IAB_MAX_CHARS);
		error->fault = ETH_IAB_TOO_LONG;
		return false;
	}
	for (n = 0; (tilde = memchr(tilde, '~', text + length - tilde)) != NULL; n++, tilde++)
	{
		if (n >= ETH_GPP_SECTIONS)
			return eth_iab_fail(error, "The string has more than %d sections.", ETH_GPP_SECTIONS);
		entry[n].id = 0;
		entry[n].start = (uint16) (tilde + 1 - text);
		if (n > 0)
			entry[n - 1].chars = (uint16) (tilde - text - entry[n - 1].start);
	}
	if (n > 0)
		entry[n - 1].chars = (uint16) (length - entry[n - 1].start);
	header.sections = (uint8) n;

	/* what is kept comes first, what is only looked at behind it */
	kept = payload + sizeof(header) + n * sizeof(EthGppEntry);
	*used = kept + length - payload;
	if (!parse_header(text, n > 0 ? entry[0].start - 1 : (int) length, n, entry, payload + *used, error))
		return false;
	for (n = 0; n < header.sections; n++)
		if (!parse_section(&entry[n], text, payload + *used, error))
			return false;
	memcpy(payload, &header, sizeof(header));
	memcpy(payload + sizeof(header), entry, header.sections * sizeof(EthGppEntry));
	memcpy(kept, text, length);
	return true;
}

/*
 * Makes a value readable.  False when it is none of ours: damaged, or of another
 * format.
 */
bool
eth_gpp_open(EthGpp *gpp, const uint8 *payload, size_t length)
{
	EthGppHeader header;
	size_t		at = sizeof(header);
	int			n;

	if (length < at)
		return false;
	memcpy(&header, payload, sizeof(header));
	if (header.format != ETH_GPP_FORMAT || length < at + header.sections * sizeof(EthGppEntry))
		return false;
	gpp->sections = header.sections;
	memcpy(gpp->entry, payload + at, header.sections * sizeof(EthGppEntry));
	at += header.sections * sizeof(EthGppEntry);
	gpp->text = (const char *) payload + at;
	gpp->length = (uint32) (length - at);
	for (n = 0; n < gpp->sections; n++)
		if ((uint32) gpp->entry[n].start + gpp->entry[n].chars > gpp->length)
			return false;
	return true;
}

/* The section of that id; NULL when the string has none. */
const EthGppEntry *
eth_gpp_entry(const EthGpp *gpp, int id)
{
	int			n;

	for (n = 0; n < gpp->sections; n++)
		if (gpp->entry[n].id == id)
			return &gpp->entry[n];
	return NULL;
}
