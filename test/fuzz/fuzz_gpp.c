/*
 * fuzz_gpp.c
 *		GPP strings that nobody should send: the parser must say no or make a value
 *		whose sections can be read by their layouts.  And layouts that nobody should
 *		write: input that begins with "#" is one, up to the end of its line, of a
 *		section that follows.
 *
 * For libFuzzer, and for AFL++ by its driver of the same interface.
 */
#include "iab/gpp.h"
#include "iab/tcf.h"

#include <stdio.h>
#include <stdlib.h>

extern int	LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

static void
read_ids(const EthIds *ids)
{
	EthIdWalk	walk;
	uint16		from;
	uint16		to;
	uint32		last = 0;

	eth_ids_walk(&walk, ids);
	while (eth_ids_next(&walk, &from, &to))
	{
		REQUIRE(from > last && from <= to);
		last = to;
	}
	REQUIRE(last <= ids->max);
}

static void
read_section(const EthGppSection *section)
{
	EthGppWalk	walk;
	EthGppValue value;
	EthIabError error;
	EthIds		ids;
	uint64		sum = 0;
	int			fields = 0;
	int			key;
	int			type;
	int			i;

	eth_gpp_walk(&walk, section);
	while (eth_gpp_next(&walk, &value, &error))
	{
		fields++;
		if (value.absent)
			continue;
		switch (value.field->type)
		{
			case ETH_GPP_LIST:
				for (i = -1; i <= value.field->count; i++)
					sum += eth_gpp_number(&value, i);
				break;
			case ETH_GPP_SET:
			case ETH_GPP_CUSTOM_SET:
				for (i = 0; i < value.count; i++)
					sum += eth_bits_test(&value.bits, value.pos + i);
				break;
			case ETH_GPP_ID_SET:
				read_ids(&value.ids);
				break;
			case ETH_GPP_RESTRICTIONS:
				while (eth_gpp_next_restriction(&value, &key, &type, &ids))
					read_ids(&ids);
				break;
			default:
				sum += value.number;
				break;
		}
	}
	REQUIRE(fields == section->layout->fields);
	REQUIRE(sum < PG_UINT64_MAX);
}

/* A section by a layout; the parser's room is exactly what is promised. */
static void
open_section(const EthGppLayout *layout, const char *text, uint32 chars)
{
	size_t		space = layout->kind == ETH_GPP_TC ? eth_tc_space(text, chars) :
		ETH_BITS_SPACE(chars) + 3 * ETH_GPP_SEGMENTS;
	uint8	   *data = malloc(space);
	EthGppSection section;
	EthIabError error;

	if (eth_gpp_open_section(&section, layout, text, chars, data, &error) && layout->kind == ETH_GPP_FIELDED)
		read_section(&section);
	free(data);
}

static void
read_layout(const char *text, size_t size)
{
	const char *end = memchr(text, '\n', size);
	size_t		length = end == NULL ? size : (size_t) (end - text);
	char	   *line = malloc(length + 1);
	EthGppLayout layout;
	EthIabError error;

	memcpy(line, text, length);
	line[length] = '\0';
	if (eth_gpp_parse_layout(&layout, 100, "site", line, &error))
	{
		REQUIRE(layout.fields <= ETH_GPP_FIELDS && layout.segments <= ETH_GPP_SEGMENTS);
		if (end != NULL && layout.kind == ETH_GPP_FIELDED)
			open_section(&layout, end + 1, (uint32) (size - length - 1));
	}
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	const char *text = (const char *) data;
	size_t		space = eth_gpp_space(text, size);
	uint8	   *payload;
	uint8	   *kept;
	size_t		used;
	EthIabError error;
	EthGpp		gpp;
	int			n;

	if (size > 0 && text[0] == '#' && size < ETH_IAB_MAX_CHARS)
	{
		read_layout(text + 1, size - 1);
		return 0;
	}
	payload = malloc(space);
	if (eth_gpp_parse(text, size, payload, &used, &error))
	{
		REQUIRE(used <= space);
		kept = malloc(used);
		memcpy(kept, payload, used);
		REQUIRE(eth_gpp_open(&gpp, kept, used));
		REQUIRE(gpp.length == size && memcmp(gpp.text, text, size) == 0);
		for (n = 0; n < gpp.sections; n++)
		{
			const EthGppEntry *entry = &gpp.entry[n];
			const EthGppLayout *layout = eth_gpp_layout(entry->id);

			REQUIRE(n == 0 || entry->id > gpp.entry[n - 1].id);
			REQUIRE(eth_gpp_entry(&gpp, entry->id) == entry);
			if (layout != NULL)
				open_section(layout, gpp.text + entry->start, entry->chars);
		}
		free(kept);
	}
	else
		REQUIRE(error.detail[0] != '\0');
	free(payload);
	return 0;
}
