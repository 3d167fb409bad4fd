/*
 * hash.c
 *		Hashes and byte tools over libsodium.
 *
 * Everything here is pure: no catalogue, no SPI, no memory of the server.
 */
#include "postgres.h"

#include <sodium.h>

#include "crypto/crypto.h"

void
eth_crypto_sha256(const void *data, size_t len, uint8 *out)
{
	StaticAssertStmt(ETH_SHA256_BYTES == crypto_hash_sha256_BYTES, "SHA-256 has 32 bytes");

	crypto_hash_sha256(out, data, len);
}

void
eth_crypto_keyed_hash(const uint8 *key, const void *data, size_t len, uint8 *out, size_t outlen)
{
	Assert(outlen >= crypto_generichash_BYTES_MIN && outlen <= crypto_generichash_BYTES_MAX);

	if (crypto_generichash(out, outlen, data, len, key, ETH_KEY_BYTES) != 0)
		elog(ERROR, "could not compute a keyed hash");
}

bool
eth_crypto_equal(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

void
eth_crypto_wipe(void *data, size_t len)
{
	sodium_memzero(data, len);
}

void
eth_crypto_base64url(const uint8 *data, size_t len, char *out)
{
	sodium_bin2base64(out, ETH_BASE64_CHARS(len) + 1, data, len,
					  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/*
 * Strictly: only what would be encoded so.  libsodium by itself takes bytes that are
 * no characters of the alphabet (those above 127), so that one value has many texts.
 */
static int
decode(const char *text, size_t len, uint8 *out, size_t size, int variant)
{
	size_t		decoded;
	const char *end;
	char	   *again;
	bool		same;

	if (sodium_base642bin(out, size, text, len, NULL, &decoded, &end, variant) != 0 ||
		end != text + len || sodium_base64_encoded_len(decoded, variant) != len + 1)
		return -1;
	again = palloc(len + 1);
	sodium_bin2base64(again, len + 1, out, decoded, variant);
	same = memcmp(again, text, len) == 0;
	pfree(again);
	return same ? (int) decoded : -1;
}

int
eth_crypto_base64url_decode(const char *text, size_t len, uint8 *out, size_t size)
{
	return decode(text, len, out, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

char *
eth_crypto_base64(const uint8 *data, size_t len)
{
	size_t		size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	char	   *out = palloc(size);

	return sodium_bin2base64(out, size, data, len, sodium_base64_VARIANT_ORIGINAL);
}

int
eth_crypto_base64_decode(const char *text, size_t len, uint8 *out, size_t size)
{
	return decode(text, len, out, size, sodium_base64_VARIANT_ORIGINAL);
}

struct EthSha256
{
	crypto_hash_sha256_state state;
};

EthSha256 *
eth_crypto_sha256_begin(void)
{
	EthSha256  *result = palloc(sizeof(EthSha256));

	crypto_hash_sha256_init(&result->state);
	return result;
}

void
eth_crypto_sha256_add(EthSha256 *state, const void *data, size_t len)
{
	crypto_hash_sha256_update(&state->state, data, len);
}

void
eth_crypto_sha256_end(EthSha256 *state, uint8 *out)
{
	crypto_hash_sha256_final(&state->state, out);
	crypto_hash_sha256_init(&state->state);
}
