/*
 * bits.c
 *		Segments of consent strings as bits: base64url by core's base64.
 *
 * Core decodes the standard alphabet, in groups of four characters with "=" at
 * the end, and stops at white space.  So a segment is copied with "-" and "_"
 * exchanged for "+" and "/", and filled up with "A", which is zero bits: segments
 * have any number of characters, and any bits in the last one.
 */
#include "iab/bits.h"

#include <stdarg.h>

#include "common/base64.h"

/* Copied and decoded by so many characters at a time, a multiple of four. */
#define CHUNK 1024

/*
 * Decodes a segment; data has ETH_BITS_SPACE(chars) bytes.  False when there is a
 * character that base64url has not.
 */
bool
eth_bits_decode(const char *text, uint32 chars, uint8 *data)
{
	char		standard[CHUNK];

	while (chars > 0)
	{
		uint32		n = Min(chars, CHUNK);
		size_t		space = ETH_BITS_SPACE(n);
		uint8		foreign = 0;
		uint32		i;

		/* without branches, so that the compiler makes vectors of it */
		for (i = 0; i < n; i++)
		{
			char		c = text[i];

			foreign |= (c == '+') | (c == '/') | (c == '=');
			standard[i] = c == '-' ? '+' : c == '_' ? '/' : c;
		}
		while (n % 4 != 0)
			standard[n++] = 'A';
		if (foreign || pg_b64_decode(standard, n, (void *) data, (int) space) != (int) space)
			return false;
		text += Min(chars, CHUNK);
		chars -= Min(chars, CHUNK);
		data += space;
	}
	return true;
}

/*
 * The segment's text, chars characters without a zero at the end.
 */
void
eth_bits_encode(const uint8 *data, uint32 chars, char *text)
{
	char		standard[CHUNK + 1];
	uint8		last[3] = {0, 0, 0};

	while (chars > 0)
	{
		uint32		n = Min(chars, CHUNK);
		uint32		whole = n / 4 * 4;	/* characters, and their bytes */
		size_t		bytes = ETH_BITS_SPACE(whole);
		int			written = 0;
		uint32		i;

		if (whole > 0)
			written = pg_b64_encode((const void *) data, (int) bytes, standard, CHUNK);
		if (whole < n && written == (int) whole)
		{
			memcpy(last, data + bytes, ETH_BITS_BYTES(n - whole));
			written += pg_b64_encode((const void *) last, sizeof(last), standard + whole, 4);
		}

		/*
		 * the buffer takes all of it; only a broken library says that it does
		 * not
		 */
		if (written < (int) n)
#ifdef FRONTEND
			abort();
#else
			elog(ERROR, "base64 of %u characters is %d long", n, written);
#endif
		for (i = 0; i < n; i++)
		{
			char		c = standard[i];

			text[i] = c == '+' ? '-' : c == '/' ? '_' : c;
		}
		text += n;
		chars -= n;
		data += ETH_BITS_SPACE(n);
	}
}

/* Says why a string is none. */
void
eth_iab_explain(EthIabError *error, const char *format,...)
{
	va_list		args;

	error->fault = ETH_IAB_MALFORMED;
	va_start(args, format);
	vsnprintf(error->detail, sizeof(error->detail), format, args);
	va_end(args);
}
