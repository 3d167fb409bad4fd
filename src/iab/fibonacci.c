/*
 * fibonacci.c
 *		Fibonacci codes and ranges of ids: checked, walked.
 */
#include "iab/fibonacci.h"

/* The last one that an id of 16 bits can need */
static const uint32 fibonacci[] = {
	1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765,
	10946, 17711, 28657, 46368
};

/* A code; 0 when it is truncated or no id could be so high. */
static uint32
read_code(const EthBits *bits, uint32 *pos)
{
	uint32		sum = 0;
	bool		before = false;
	int			i;

	/* one bit more than there are numbers: the one that ends the code */
	for (i = 0; i <= (int) lengthof(fibonacci); i++)
	{
		bool		one;

		if (!eth_bits_have(bits, *pos, 1))
			return 0;
		one = eth_bits_test(bits, (*pos)++);
		if (one && before)
			return sum;
		if (one && i == (int) lengthof(fibonacci))
			return 0;
		if (one)
			sum += fibonacci[i];
		before = one;
	}
	return 0;
}

/* One entry; false when it is truncated or out of range. */
static bool
read_entry(const EthBits *bits, uint32 *pos, uint32 *last, uint32 *from, uint32 *to)
{
	uint32		code;
	bool		is_range;

	if (!eth_bits_have(bits, *pos, 1))
		return false;
	is_range = eth_bits_test(bits, (*pos)++);
	code = read_code(bits, pos);
	if (code == 0)
		return false;
	*from = *to = *last + code;
	if (is_range)
	{
		code = read_code(bits, pos);
		if (code == 0)
			return false;
		*to = *from + code;
	}
	*last = *to;
	return *to <= ETH_MAX_ID;
}

/*
 * Checks ranges from their number on, and moves pos behind them.
 */
bool
eth_ids_parse_ranges(EthIds *ids, const EthBits *bits, uint32 *pos,
					 const char *field, EthIabError *error)
{
	uint32		last = 0;
	uint32		from;
	uint32		to;
	int			i;

	memset(ids, 0, sizeof(*ids));
	if (!eth_bits_have(bits, *pos, 12))
		return eth_iab_fail(error, "%s is truncated.", field);
	ids->bits = *bits;
	ids->entries = (uint16) eth_bits_get(bits, *pos, 12);
	*pos += 12;
	ids->pos = *pos;
	ids->is_range = true;
	for (i = 0; i < ids->entries; i++)
		if (!read_entry(bits, pos, &last, &from, &to))
			return eth_iab_fail(error, "%s is truncated, or has an id beyond %d.", field, ETH_MAX_ID);
	ids->max = (uint16) last;
	return true;
}

/*
 * Checks a set, MaxId first, and moves pos behind it.
 */
bool
eth_ids_parse(EthIds *ids, const EthBits *bits, uint32 *pos,
			  const char *field, EthIabError *error)
{
	uint16		max;

	if (!eth_bits_have(bits, *pos, 17))
		return eth_iab_fail(error, "%s is truncated.", field);
	max = (uint16) eth_bits_get(bits, *pos, 16);
	*pos += 17;
	if (eth_bits_test(bits, *pos - 1))
	{
		if (!eth_ids_parse_ranges(ids, bits, pos, field, error))
			return false;
		if (ids->max > max)
			return eth_iab_fail(error, "%s has an id beyond its highest.", field);
		return true;
	}
	if (!eth_bits_have(bits, *pos, max))
		return eth_iab_fail(error, "%s is truncated.", field);
	memset(ids, 0, sizeof(*ids));
	ids->bits = *bits;
	ids->pos = *pos;
	ids->max = max;
	*pos += max;
	return true;
}

void
eth_ids_walk(EthIdWalk *walk, const EthIds *ids)
{
	walk->ids = ids;
	walk->pos = ids->pos;
	walk->done = 0;
	walk->last = 0;
}

/*
 * The next run of ids, ascending.
 */
bool
eth_ids_next(EthIdWalk *walk, uint16 *from, uint16 *to)
{
	const EthIds *ids = walk->ids;
	uint32		first;
	uint32		end;

	if (ids->is_range)
	{
		if (walk->done >= ids->entries || !read_entry(&ids->bits, &walk->pos, &walk->last, &first, &end))
			return false;
		walk->done++;
		*from = (uint16) first;
		*to = (uint16) end;
		return true;
	}
	for (first = walk->done; first < ids->max && !eth_bits_test(&ids->bits, ids->pos + first); first++)
		;
	if (first >= ids->max)
		return false;
	for (end = first; end < ids->max && eth_bits_test(&ids->bits, ids->pos + end); end++)
		;
	walk->done = end;
	*from = (uint16) (first + 1);
	*to = (uint16) end;
	return true;
}
