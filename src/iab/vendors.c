/*
 * vendors.c
 *		Sets of vendors as consent strings hold them: checked, asked, walked.
 *
 * A section that was checked once is read again without errors: values are made
 * of checked strings only.
 */
#include "iab/vendors.h"

#include "port/pg_bitutils.h"

#define ENTRY_BITS_ONE 17
#define ENTRY_BITS_RANGE 33

/* One entry; its bits are there, for they are as many as any entry may have. */
static inline uint32
read_entry(const EthBits *bits, uint32 pos, uint32 *from, uint32 *to)
{
	uint64		entry = eth_bits_get(bits, pos, ENTRY_BITS_ONE);

	*from = entry & 0xFFFF;
	if (entry >> 16)
	{
		*to = (uint32) eth_bits_get(bits, pos + ENTRY_BITS_ONE, 16);
		return pos + ENTRY_BITS_RANGE;
	}
	*to = *from;
	return pos + ENTRY_BITS_ONE;
}

/*
 * Checks the entries of a set, from their number on, and moves pos behind them.
 * vendors->max is the highest id they may have.
 */
bool
eth_vendors_parse_entries(EthVendors *vendors, const EthBits *bits, uint32 *pos,
						  const char *field, EthIabError *error)
{
	uint32		at = *pos;
	uint32		last = 0;
	int			n;
	int			i;

	if (!eth_bits_have(bits, at, 12))
		return eth_iab_fail(error, "%s is truncated.", field);
	n = (int) eth_bits_get(bits, at, 12);
	at += 12;
	vendors->bits = *bits;
	vendors->pos = at;
	vendors->entries = n;
	vendors->is_range = true;
	vendors->ascending = true;
	for (i = 0; i < n; i++)
	{
		uint32		from;
		uint32		to;

		if (!eth_bits_have(bits, at, ENTRY_BITS_ONE) ||
			(eth_bits_test(bits, at) && !eth_bits_have(bits, at, ENTRY_BITS_RANGE)))
			return eth_iab_fail(error, "%s is truncated.", field);
		at = read_entry(bits, at, &from, &to);
		if (from == 0)
			return eth_iab_fail(error, "%s has a vendor 0.", field);
		if (to < from)
			return eth_iab_fail(error, "%s has a range that ends before it starts.", field);
		if (to > vendors->max)
			return eth_iab_fail(error, "%s has a vendor beyond MaxVendorId.", field);
		if (from <= last)
			vendors->ascending = false;
		last = to;
	}
	*pos = at;
	return true;
}

/*
 * Checks a section of vendors and moves pos behind it.
 */
bool
eth_vendors_parse(EthVendors *vendors, const EthBits *bits, uint32 *pos,
				  const char *field, EthIabError *error)
{
	memset(vendors, 0, sizeof(*vendors));
	if (!eth_bits_have(bits, *pos, 17))
		return eth_iab_fail(error, "%s is truncated.", field);
	vendors->max = (uint16) eth_bits_get(bits, *pos, 16);
	if (eth_bits_test(bits, *pos + 16))
	{
		*pos += 17;
		return eth_vendors_parse_entries(vendors, bits, pos, field, error);
	}
	*pos += 17;
	/* before anything is done with a length that the string claims */
	if (!eth_bits_have(bits, *pos, vendors->max))
		return eth_iab_fail(error, "%s is truncated.", field);
	vendors->bits = *bits;
	vendors->pos = *pos;
	vendors->ascending = true;
	*pos += vendors->max;
	return true;
}

bool
eth_vendors_have(const EthVendors *vendors, int vendor)
{
	uint32		pos = vendors->pos;
	int			i;

	if (vendor < 1 || vendor > vendors->max)
		return false;
	if (!vendors->is_range)
		return eth_bits_test(&vendors->bits, pos + vendor - 1);
	for (i = 0; i < vendors->entries; i++)
	{
		uint32		from;
		uint32		to;

		pos = read_entry(&vendors->bits, pos, &from, &to);
		if ((uint32) vendor >= from && (uint32) vendor <= to)
			return !vendors->inverted;
		if (vendors->ascending && (uint32) vendor < from)
			break;
	}
	return vendors->inverted;
}

void
eth_vendors_walk(EthVendorWalk *walk, const EthVendors *vendors)
{
	walk->vendors = vendors;
	walk->pos = vendors->pos;
	walk->done = 0;
}

/*
 * The first bit from "from" on, below max, that is "wanted"; max when there is none.
 */
static uint32
next_bit(const EthVendors *vendors, uint32 from, bool wanted)
{
	while (from < vendors->max)
	{
		int			n = (int) Min(57, vendors->max - from);
		uint64		word = eth_bits_get(&vendors->bits, vendors->pos + from, n);

		if (!wanted)
			word = ~word & (((uint64) 1 << n) - 1);
		/* the word has n bits, the first one highest */
		if (word != 0)
			return from + n - 1 - pg_leftmost_one_pos64(word);
		from += n;
	}
	return vendors->max;
}

/*
 * The next run of vendors: of a bit field in ascending order, of ranges entry by
 * entry as the string has them.  Not to be asked of an inverted set.
 */
bool
eth_vendors_next(EthVendorWalk *walk, uint16 *from, uint16 *to)
{
	const EthVendors *vendors = walk->vendors;
	uint32		first;
	uint32		last;

	if (vendors->is_range)
	{
		if (walk->done >= vendors->entries)
			return false;
		walk->pos = read_entry(&vendors->bits, walk->pos, &first, &last);
		walk->done++;
	}
	else
	{
		first = next_bit(vendors, walk->done, true);
		if (first >= vendors->max)
			return false;
		last = next_bit(vendors, first, false);
		walk->done = last;
		first++;
	}
	*from = (uint16) first;
	*to = (uint16) last;
	return true;
}
