/*
 * bits.h
 *		Segments of consent strings as bits, and the errors of their parsers.
 *
 * Pure: no memory is allocated, no catalogue is read and nothing is raised, so
 * that the parsers can be linked outside a server.
 *
 * A segment is base64url text without padding (RFC 4648, section 5); each
 * character carries six bits, the first one the highest.  Decoded, it is bytes
 * in the same order, with zero bits up to the end of the last byte.
 */
#ifndef ETH_IAB_BITS_H
#define ETH_IAB_BITS_H

#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "port/pg_bswap.h"

/* Longer strings are refused: nothing honest comes near, and work stays bounded. */
#define ETH_IAB_MAX_CHARS 65535

typedef enum EthIabFault
{
	ETH_IAB_MALFORMED,
	ETH_IAB_TOO_LONG
} EthIabFault;

/* Why a string is no consent string; names fields, and shows none of their values. */
typedef struct EthIabError
{
	EthIabFault fault;
	char		detail[120];
} EthIabError;

typedef struct EthBits
{
	const uint8 *data;			/* NULL: there is no such segment */
	uint32		nbits;
} EthBits;

/* Bytes that chars characters decode to, and the room that decoding them takes. */
#define ETH_BITS_BYTES(chars) (((uint32) (chars) * 6 + 7) / 8)
#define ETH_BITS_SPACE(chars) (((size_t) (chars) + 3) / 4 * 3)

extern bool eth_bits_decode(const char *text, uint32 chars, uint8 *data);
extern void eth_bits_encode(const uint8 *data, uint32 chars, char *text);
extern void eth_iab_explain(EthIabError *error, const char *format,...) pg_attribute_printf(2, 3);

/* Says why a string is none: false, for the caller to return. */
#define eth_iab_fail(...) (eth_iab_explain(__VA_ARGS__), false)

/* Are there n bits from pos on? */
static inline bool
eth_bits_have(const EthBits *bits, uint32 pos, uint32 n)
{
	return pos <= bits->nbits && n <= bits->nbits - pos;
}

/*
 * The n bits from pos on, 1 <= n <= 57, as a number.  The caller has checked that
 * they are there.
 */
static inline uint64
eth_bits_get(const EthBits *bits, uint32 pos, int n)
{
	uint32		byte = pos / 8;
	uint32		bytes = (bits->nbits + 7) / 8;
	uint64		word = 0;
	uint32		i;

	if (byte + sizeof(word) <= bytes)
	{
		memcpy(&word, bits->data + byte, sizeof(word));
		word = pg_ntoh64(word);
	}
	else
	{
		for (i = byte; i < bytes; i++)
			word |= (uint64) bits->data[i] << (56 - 8 * (i - byte));
	}
	return (word << (pos % 8)) >> (64 - n);
}

static inline bool
eth_bits_test(const EthBits *bits, uint32 pos)
{
	return (bits->data[pos / 8] >> (7 - pos % 8)) & 1;
}

#endif							/* ETH_IAB_BITS_H */
