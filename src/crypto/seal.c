/*
 * seal.c
 *		Sealed values, random bytes, secret memory and signatures over libsodium.
 *
 * Nonces.  XChaCha20's nonce has 24 bytes, so random ones do not collide; drawing
 * one costs a system call, more than sealing a small value.  A process draws 16
 * random bytes once and counts in the other 8: unique for the life of the
 * process, and no two processes share the random part.  A process that was forked
 * draws anew, because the bytes are drawn at first use in the backend.
 */
#include "postgres.h"

#include <sodium.h>

#include "miscadmin.h"

#include "crypto/crypto.h"

#define NONCE_BYTES		crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define NONCE_RANDOM	16

static uint8 nonce_random[NONCE_RANDOM];
static int	nonce_pid = 0;		/* the process that drew it */
static uint64 nonce_counter = 0;

static void
next_nonce(uint8 *nonce)
{
	StaticAssertStmt(NONCE_BYTES == NONCE_RANDOM + sizeof(uint64), "a nonce has 24 bytes");

	if (nonce_pid != MyProcPid)
	{
		randombytes_buf(nonce_random, NONCE_RANDOM);
		nonce_pid = MyProcPid;
		nonce_counter = 0;
	}
	nonce_counter++;
	memcpy(nonce, nonce_random, NONCE_RANDOM);
	memcpy(nonce + NONCE_RANDOM, &nonce_counter, sizeof(uint64));
}

void
eth_crypto_seal(const uint8 *key, const void *additional, size_t additional_len,
				const void *data, size_t len, uint8 *out)
{
	unsigned long long written;

	StaticAssertStmt(ETH_SEAL_OVERHEAD == NONCE_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
					 "overhead of a sealed value");
	StaticAssertStmt(ETH_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
					 "keys have 32 bytes");

	next_nonce(out);
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_BYTES, &written, data, len,
												   additional, additional_len, NULL, out, key) != 0)
		elog(ERROR, "could not seal a value");
}

bool
eth_crypto_open(const uint8 *key, const void *additional, size_t additional_len,
				const uint8 *sealed, size_t len, uint8 *out)
{
	unsigned long long written;

	return len >= ETH_SEAL_OVERHEAD &&
		crypto_aead_xchacha20poly1305_ietf_decrypt(out, &written, NULL,
												   sealed + NONCE_BYTES, len - NONCE_BYTES,
												   additional, additional_len, sealed, key) == 0;
}

void
eth_crypto_random(void *out, size_t len)
{
	randombytes_buf(out, len);
}

void *
eth_crypto_secret_alloc(size_t len)
{
	void	   *result = sodium_malloc(len);

	if (result == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("No protected memory is left for keys.")));
	return result;
}

void
eth_crypto_secret_free(void *secret)
{
	sodium_free(secret);
}

void
eth_crypto_sign(const void *data, size_t len, uint8 *signature)
{
	const uint8 *seed = eth_crypto_key(ETH_USE_SIGN);
	uint8	   *secret = eth_crypto_secret_alloc(crypto_sign_SECRETKEYBYTES);
	uint8		public_key[crypto_sign_PUBLICKEYBYTES];
	int			result;

	StaticAssertStmt(ETH_KEY_BYTES == crypto_sign_SEEDBYTES, "a seed has 32 bytes");
	StaticAssertStmt(ETH_SIGNATURE_BYTES == crypto_sign_BYTES, "a signature has 64 bytes");

	result = crypto_sign_seed_keypair(public_key, secret, seed);
	if (result == 0)
		result = crypto_sign_detached(signature, NULL, data, len, secret);
	sodium_free(secret);
	if (result != 0)
		elog(ERROR, "could not sign");
}

void
eth_crypto_public_key(const uint8 *seed, uint8 *public_key)
{
	uint8	   *secret = eth_crypto_secret_alloc(crypto_sign_SECRETKEYBYTES);
	int			result = crypto_sign_seed_keypair(public_key, secret, seed);

	StaticAssertStmt(ETH_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES, "a public key has 32 bytes");

	sodium_free(secret);
	if (result != 0)
		elog(ERROR, "could not derive a public key");
}

bool
eth_crypto_verify(const uint8 *public_key, const void *data, size_t len, const uint8 *signature)
{
	return crypto_sign_verify_detached(signature, data, len, public_key) == 0;
}
