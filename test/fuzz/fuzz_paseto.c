/*
 * fuzz_paseto.c
 *		Tokens that nobody should send: the parser must say no, or take apart what
 *		encodes to the same text again; and no signature is valid that was not made.
 *
 * For libFuzzer; test/fuzz/run-paseto builds it with src/crypto/paseto.c and hash.c,
 * for which the few functions of the server that they name are here.
 */
#include "postgres.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/crypto.h"

/* the server's own are not linked */
#undef fprintf
#undef sprintf

extern int	LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* ---- the server */

void *
palloc(Size size)
{
	void	   *result = malloc(size ? size : 1);

	REQUIRE(result != NULL);
	return result;
}

void
pfree(void *pointer)
{
	free(pointer);
}

bool
errstart(int elevel, const char *domain)
{
	abort();
}

bool
errstart_cold(int elevel, const char *domain)
{
	abort();
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	abort();
}

int
errmsg_internal(const char *fmt,...)
{
	abort();
}

/* ---- the test */

static char *
encode(char *out, const uint8 *data, size_t len)
{
	eth_crypto_base64url(data, len, out);
	return out + strlen(out);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	uint8		public_key[crypto_sign_PUBLICKEYBYTES];
	uint8		secret_key[crypto_sign_SECRETKEYBYTES];
	uint8		seed[crypto_sign_SEEDBYTES] = {1};
	uint8	   *buffer = palloc(size);
	char	   *again = palloc(2 * size + 32);
	char	   *end = again;
	EthPaseto	parts;

	if (eth_crypto_paseto_parse((const char *) data, size, buffer, &parts))
	{
		REQUIRE(parts.payload == buffer);
		REQUIRE(parts.signature == parts.payload + parts.payload_len);
		REQUIRE(parts.footer == parts.signature + ETH_SIGNATURE_BYTES);
		REQUIRE(parts.payload_len + ETH_SIGNATURE_BYTES + parts.footer_len <= size);

		/* of a token there is one text */
		end += sprintf(end, "v4.public.");
		end = encode(end, parts.payload, parts.payload_len + ETH_SIGNATURE_BYTES);
		if (parts.footer_len > 0)
		{
			*end++ = '.';
			end = encode(end, parts.footer, parts.footer_len);
		}
		REQUIRE((size_t) (end - again) == size && memcmp(again, data, size) == 0);

		REQUIRE(crypto_sign_seed_keypair(public_key, secret_key, seed) == 0);
		REQUIRE(!eth_crypto_paseto_verify(&parts, public_key, NULL, 0));
	}
	free(again);
	free(buffer);
	return 0;
}
