/*
 * fuzz_tcf.c
 *		TC strings that nobody should send: the parser must say no or make a value
 *		that can be read everywhere and whose text is the same to the letter.
 *
 * For libFuzzer, and for AFL++ by its driver of the same interface.  The parser gets
 * memory that is exactly as large as it is promised; the sanitizers see the rest.
 */
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

/* Each run of a set, and who is in it, must agree. */
static void
read_set(const EthVendors *vendors)
{
	EthVendorWalk walk;
	uint16		from;
	uint16		to;
	uint32		last = 0;

	eth_vendors_walk(&walk, vendors);
	while (eth_vendors_next(&walk, &from, &to))
	{
		REQUIRE(from >= 1 && from <= to && to <= vendors->max);
		REQUIRE(!vendors->ascending || from > last);
		last = to;
		/* a string of 64 kB has 20 000 entries: the first ones are enough */
		if (walk.done > 64 && vendors->is_range)
			continue;
		REQUIRE(eth_vendors_have(vendors, from) != vendors->inverted);
		REQUIRE(eth_vendors_have(vendors, to) != vendors->inverted);
	}
	REQUIRE(!eth_vendors_have(vendors, 0));
	REQUIRE(!eth_vendors_have(vendors, (int) vendors->max + 1));
}

static void
read_value(const EthTc *tc)
{
	EthTcRestrictionWalk walk;
	EthTcRestrictionType type;
	EthVendors	vendors;
	int			purpose;
	int			set;

	for (set = 0; set < ETH_TC_SETS; set++)
	{
		eth_tc_set(tc, set, &vendors);
		read_set(&vendors);
	}
	eth_tc_restrictions(&walk, tc);
	while (eth_tc_next_restriction(&walk, &purpose, &type, &vendors))
	{
		REQUIRE(purpose >= 1 && purpose <= 63 && type != ETH_TC_RESTRICTION_UNDEFINED);
		read_set(&vendors);
	}
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	const char *text = (const char *) data;
	size_t		space = eth_tc_space(text, size);
	uint8	   *payload = malloc(space);
	uint8	   *kept;
	char	   *again;
	size_t		used;
	EthIabError error;
	EthTc		tc;

	if (eth_tc_parse(text, size, payload, &used, &error))
	{
		REQUIRE(used <= space);
		kept = malloc(used);
		memcpy(kept, payload, used);
		REQUIRE(eth_tc_open(&tc, kept, used));
		REQUIRE(eth_tc_text_length(&tc) == size);
		again = malloc(size);
		eth_tc_text(&tc, again);
		REQUIRE(memcmp(again, text, size) == 0);
		read_value(&tc);
		free(again);
		free(kept);
	}
	else
		REQUIRE(error.detail[0] != '\0');
	free(payload);
	return 0;
}
