/*
 * meaning.c
 *		What a consent string means, as a list of numbers that is the same for all
 *		strings that mean the same.
 *
 * The standard leaves encoders a choice: bit field or ranges, ranges in any order
 * and cut in any way, MaxVendorId, segments in any order, padding.  None of it is
 * in the list.  What says something is: each field, whether an optional segment is
 * there, and the bits of segments that nobody here understands.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "iab/iab.h"

static void
add_word(EthMeaning *meaning, uint32 word)
{
	if (meaning->n >= meaning->space)
	{
		meaning->space = Max(64, meaning->space * 2);
		meaning->word = meaning->word == NULL ? palloc(sizeof(uint32) * meaning->space) :
			repalloc(meaning->word, sizeof(uint32) * meaning->space);
	}
	meaning->word[meaning->n++] = word;
}

void
eth_meaning_add(EthMeaning *meaning, uint64 number)
{
	add_word(meaning, (uint32) (number >> 32));
	add_word(meaning, (uint32) number);
}

void
eth_meaning_add_bytes(EthMeaning *meaning, const void *bytes, size_t length)
{
	const uint8 *byte = bytes;
	size_t		i;

	add_word(meaning, (uint32) length);
	for (i = 0; i < length; i += sizeof(uint32))
	{
		uint32		word = 0;

		memcpy(&word, byte + i, Min(sizeof(uint32), length - i));
		add_word(meaning, pg_ntoh32(word));
	}
}

static void
add_runs(EthMeaning *meaning, EthVendorRuns *runs)
{
	int			i;

	add_word(meaning, runs->n);
	for (i = 0; i < runs->n; i++)
		add_word(meaning, (uint32) runs->run[i].from << 16 | runs->run[i].to);
	pfree(runs->run);
}

static void
add_set(EthMeaning *meaning, const EthTc *tc, EthTcSet set)
{
	EthVendors	vendors;
	EthVendorRuns runs;

	eth_tc_set(tc, set, &vendors);
	eth_runs_of(&vendors, &runs);
	add_runs(meaning, &runs);
}

static int
compare_restrictions(const void *a, const void *b)
{
	const EthTcRestriction *left = a;
	const EthTcRestriction *right = b;

	if (left->purpose != right->purpose)
		return left->purpose - right->purpose;
	return (int) left->type - (int) right->type;
}

static void
add_restrictions(EthMeaning *meaning, const EthTc *tc)
{
	int			n;
	EthTcRestriction *restriction = eth_tc_merged_restrictions(tc, &n);
	int			i;

	qsort(restriction, n, sizeof(EthTcRestriction), compare_restrictions);
	add_word(meaning, n);
	for (i = 0; i < n; i++)
	{
		add_word(meaning, restriction[i].purpose << 2 | (int) restriction[i].type);
		add_runs(meaning, &restriction[i].vendors);
	}
	pfree(restriction);
}

static void
add_publisher(EthMeaning *meaning, const EthBits *bits)
{
	int			custom = (int) eth_bits_get(bits, ETH_TC_PUB_NUM_CUSTOM);
	int			i;

	eth_meaning_add(meaning, eth_bits_get(bits, ETH_TC_PUB_CONSENTS));
	eth_meaning_add(meaning, eth_bits_get(bits, ETH_TC_PUB_LI));
	add_word(meaning, custom);
	for (i = 0; i < 2 * custom; i++)
		add_word(meaning, eth_bits_test(bits, ETH_TC_PUB_CUSTOM + i));
}

/* A segment of which only the type is known: its bits, less zeros at the end. */
static void
add_unknown(EthMeaning *meaning, const EthBits *bits)
{
	size_t		length = (bits->nbits + 7) / 8;

	while (length > 0 && bits->data[length - 1] == 0)
		length--;
	eth_meaning_add_bytes(meaning, bits->data, length);
}

void
eth_meaning_of_tc(EthMeaning *meaning, const EthTc *tc)
{
	int			type;

	/* time first, so that values sort by it */
	eth_meaning_add(meaning, eth_tc_field(tc, ETH_TC_CREATED));
	eth_meaning_add(meaning, eth_tc_field(tc, ETH_TC_LAST_UPDATED));

	/*
	 * version 2: all that is between the times and the vendors, in whole
	 * fields
	 */
	add_word(meaning, tc->version);
	eth_meaning_add(meaning, eth_tc_field(tc, 78, 54));
	if (tc->version == 1)
	{
		eth_meaning_add(meaning, eth_tc_field(tc, ETH_TC_V1_PURPOSES_ALLOWED));
		add_set(meaning, tc, ETH_TC_VENDOR_CONSENTS);
		return;
	}
	eth_meaning_add(meaning, eth_tc_field(tc, 132, 44));
	eth_meaning_add(meaning, eth_tc_field(tc, 176, 37));
	add_set(meaning, tc, ETH_TC_VENDOR_CONSENTS);
	add_set(meaning, tc, ETH_TC_VENDOR_LI);
	add_restrictions(meaning, tc);
	for (type = ETH_TC_DISCLOSED; type < ETH_TC_SEGMENTS; type++)
	{
		const EthBits *bits = eth_tc_segment(tc, type);

		if (bits == NULL)
			continue;
		add_word(meaning, type);
		switch (type)
		{
			case ETH_TC_DISCLOSED:
				add_set(meaning, tc, ETH_TC_VENDORS_DISCLOSED);
				break;
			case ETH_TC_ALLOWED:
				add_set(meaning, tc, ETH_TC_VENDORS_ALLOWED);
				break;
			case ETH_TC_PUBLISHER:
				add_publisher(meaning, bits);
				break;
			default:
				add_unknown(meaning, bits);
				break;
		}
	}
}

static void
add_ids(EthMeaning *meaning, const EthIds *ids)
{
	EthIdWalk	walk;
	uint16		from;
	uint16		to;
	uint32		run = 0;

	/* runs that meet are one: a range may be cut anywhere */
	eth_ids_walk(&walk, ids);
	while (eth_ids_next(&walk, &from, &to))
	{
		if (run != 0 && (run & 0xFFFF) + 1 == from)
		{
			run = (run & 0xFFFF0000) | to;
			continue;
		}
		if (run != 0)
			add_word(meaning, run);
		run = (uint32) from << 16 | to;
	}
	add_word(meaning, run);
	add_word(meaning, 0);
}

static void
add_section(EthMeaning *meaning, const EthGppSection *section)
{
	EthGppWalk	walk;
	EthGppValue value;
	EthIabError error;

	eth_gpp_walk(&walk, section);
	while (eth_gpp_next(&walk, &value, &error))
	{
		int			key;
		int			type;
		int			i;
		EthIds		ids;

		add_word(meaning, value.absent);
		if (value.absent)
			continue;
		switch (value.field->type)
		{
			case ETH_GPP_LIST:
				/* what only version 2 has is zero in version 1's form */
				for (i = 0; i < value.field->count; i++)
					add_word(meaning, (uint32) eth_gpp_number(&value, i));
				break;
			case ETH_GPP_SET:
			case ETH_GPP_CUSTOM_SET:
				for (i = 0; i < value.count; i++)
					add_word(meaning, eth_bits_test(&value.bits, value.pos + i));
				break;
			case ETH_GPP_ID_SET:
				add_ids(meaning, &value.ids);
				break;
			case ETH_GPP_RESTRICTIONS:
				add_word(meaning, value.count);
				while (eth_gpp_next_restriction(&value, &key, &type, &ids))
				{
					add_word(meaning, key << 2 | type);
					add_ids(meaning, &ids);
				}
				break;
			default:
				eth_meaning_add(meaning, value.number);
				break;
		}
	}
}

void
eth_meaning_of_gpp(EthMeaning *meaning, const EthGpp *gpp)
{
	int			n;

	add_word(meaning, gpp->sections);
	for (n = 0; n < gpp->sections; n++)
	{
		const EthGppEntry *entry = &gpp->entry[n];
		const EthGppLayout *layout = eth_gpp_layout(entry->id);
		EthGppSection section;
		struct varlena *value;
		EthTc		tc;

		add_word(meaning, entry->id);
		if (layout == NULL || layout->kind == ETH_GPP_USP)
		{
			eth_meaning_add_bytes(meaning, gpp->text + entry->start, entry->chars);
			continue;
		}
		if (layout->kind == ETH_GPP_TC)
		{
			value = eth_gpp_tc(gpp, entry);
			(void) eth_tc_from_datum(PointerGetDatum(value), &tc);
			eth_meaning_of_tc(meaning, &tc);
			pfree(value);
			continue;
		}
		eth_gpp_decode(&section, layout, gpp, entry);
		add_section(meaning, &section);
		pfree(unconstify(uint8 *, section.bits[0].data));
	}
}

/* -1, 0 or 1; ends the life of both. */
int
eth_meaning_compare(EthMeaning *a, EthMeaning *b)
{
	int			n = Min(a->n, b->n);
	int			result = 0;
	int			i;

	for (i = 0; i < n && result == 0; i++)
		if (a->word[i] != b->word[i])
			result = a->word[i] < b->word[i] ? -1 : 1;
	if (result == 0 && a->n != b->n)
		result = a->n < b->n ? -1 : 1;
	pfree(a->word);
	pfree(b->word);
	return result;
}

/* Ends its life. */
uint32
eth_meaning_hash(EthMeaning *meaning)
{
	uint32		hash = hash_bytes((const unsigned char *) meaning->word, (int) sizeof(uint32) * meaning->n);

	pfree(meaning->word);
	return hash;
}

/* Ends its life. */
uint64
eth_meaning_hash_extended(EthMeaning *meaning, uint64 seed)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) meaning->word,
										   (int) sizeof(uint32) * meaning->n, seed);

	pfree(meaning->word);
	return hash;
}
