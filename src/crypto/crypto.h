/*
 * crypto.h
 *		What the crypto room offers: hashes, the site's keys, wiping and
 *		comparing.  No other room includes <sodium.h>.
 *
 * A site has one master key (and, while it is being replaced, older ones).  It
 * comes from ethdata.key_file or ethdata.key_command, never from SQL, and is
 * in memory only while the keys for each use are derived from it.
 */
#ifndef ETH_CRYPTO_H
#define ETH_CRYPTO_H

#include "postgres.h"

#include "core/core.h"

#define ETH_SHA256_BYTES	32
#define ETH_KEY_BYTES		32

/* A key id is 6 bytes of a one-way function of the master, 8 characters of base64url as text. */
#define ETH_KEY_ID_BYTES	6
#define ETH_KEY_ID_CHARS	8

/* How many masters a source may hold: the current one and older ones. */
#define ETH_MAX_MASTERS		16

/*
 * The uses of the master key, and the context under which libsodium's
 * crypto_kdf derives the key for each (subkey number 1).  The contexts are part
 * of every stored value: a name never changes and is never reused.  A context
 * has exactly 8 bytes; "eth_kid_" is the key id.
 */
#define ETH_KEY_USES(USE) \
	USE(ETH_USE_MASK, "eth_mask")	/* pseudonyms: ethdata.mask_hash() */ \
	USE(ETH_USE_BLIND, "eth_blnd")	/* blind index: look-up of masked cells, suppression lists */ \
	USE(ETH_USE_SIGN, "eth_sign")	/* seed of the Ed25519 key that signs checkpoints */ \
	USE(ETH_USE_WRAP, "eth_wrap")	/* wraps the subjects' own keys */
#define ETH_KEY_ID_CONTEXT	"eth_kid_"

typedef enum EthKeyUse
{
#define ETH_KEY_USE_MEMBER(name, context) name,
	ETH_KEY_USES(ETH_KEY_USE_MEMBER)
#undef ETH_KEY_USE_MEMBER
	ETH_USE_COUNT
} EthKeyUse;

/* ---- hash.c: pure ---- */

extern void eth_crypto_sha256(const void *data, size_t len, uint8 *out);

/* BLAKE2b with a key of ETH_KEY_BYTES; outlen from 16 to 64. */
extern void eth_crypto_keyed_hash(const uint8 *key, const void *data, size_t len, uint8 *out, size_t outlen);

/* Equal?  In a time that does not depend on where they differ. */
extern bool eth_crypto_equal(const void *a, const void *b, size_t len);

/* Overwrite memory so that no compiler leaves it out. */
extern void eth_crypto_wipe(void *data, size_t len);

/* Base64url without padding.  out takes ETH_BASE64_CHARS(len) characters and a terminating zero. */
#define ETH_BASE64_CHARS(len) (((len) * 8 + 5) / 6)
extern void eth_crypto_base64url(const uint8 *data, size_t len, char *out);

/* Reads it back, strictly: the number of bytes, or -1 when it is none or does not fit. */
extern int	eth_crypto_base64url_decode(const char *text, size_t len, uint8 *out, size_t size);

/* Standard base64 with padding, as signed notes want it; palloc'd. */
extern char *eth_crypto_base64(const uint8 *data, size_t len);

/* Reads it back: the number of bytes, or -1 when it is no base64 or does not fit. */
extern int	eth_crypto_base64_decode(const char *text, size_t len, uint8 *out, size_t size);

/* SHA-256 in parts. */
typedef struct EthSha256 EthSha256;

extern EthSha256 *eth_crypto_sha256_begin(void);	/* palloc'd */
extern void eth_crypto_sha256_add(EthSha256 *state, const void *data, size_t len);
extern void eth_crypto_sha256_end(EthSha256 *state, uint8 *out);	/* ready for the next
																	 * one afterwards */

/* ---- seal.c ---- */

/*
 * Sealed values: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), as nonce (24
 * bytes), ciphertext, tag (16 bytes).  Nonces are 16 bytes drawn at random once
 * a process and a counter, so none repeats under any key.  open() is false when
 * anything was changed, the additional data included; out takes len -
 * ETH_SEAL_OVERHEAD bytes.
 */
#define ETH_SEAL_OVERHEAD	40
extern void eth_crypto_seal(const uint8 *key, const void *additional, size_t additional_len,
							const void *data, size_t len, uint8 *out);
extern bool eth_crypto_open(const uint8 *key, const void *additional, size_t additional_len,
							const uint8 *sealed, size_t len, uint8 *out);

extern void eth_crypto_random(void *out, size_t len);

/* Memory for secrets: locked where possible, not in core dumps, wiped when freed.  Errors 53200. */
extern void *eth_crypto_secret_alloc(size_t len);
extern void eth_crypto_secret_free(void *secret);

/*
 * Ed25519 (RFC 8032) with the key pair whose seed is the key for ETH_USE_SIGN.
 * sign() uses the current master and returns the public key that fits; verify()
 * says whether the signature is that of the master with this id (NULL: false).
 */
#define ETH_SIGNATURE_BYTES	64
#define ETH_PUBLIC_BYTES	32
extern void eth_crypto_sign(const void *data, size_t len, uint8 *signature);
extern void eth_crypto_public_key(const uint8 *seed, uint8 *public_key);
extern bool eth_crypto_verify(const uint8 *public_key, const void *data, size_t len, const uint8 *signature);

/* Is it the key of an Ed25519 signer: a point of the main subgroup, canonically encoded? */
extern bool eth_crypto_public_key_valid(const uint8 *public_key);

/* ---- paseto.c: pure ---- */

/* The parts of a token, which point into the buffer that they were decoded into. */
typedef struct EthPaseto
{
	const uint8 *payload;
	size_t		payload_len;
	const uint8 *signature;
	const uint8 *footer;
	size_t		footer_len;
} EthPaseto;

/* Takes a PASETO v4.public apart; buffer has len bytes.  false: it is none.  Nothing is verified. */
extern bool eth_crypto_paseto_parse(const char *token, size_t len, uint8 *buffer, EthPaseto *parts);

/* Did the owner of the key sign these parts together with the implicit assertion? */
extern bool eth_crypto_paseto_verify(const EthPaseto *parts, const uint8 *public_key,
									 const void *implicit, size_t implicit_len);

/* ---- key.c ---- */

/*
 * The current key for a use; ETH_KEY_BYTES long, valid until the next call
 * into key.c.  eth_crypto_key() raises F0000 when there is none.
 * eth_crypto_key_or_null() returns NULL instead (masks are total) and writes
 * the reason to the server's log; it looks for a missing key once a transaction.
 */
extern const uint8 *eth_crypto_key(EthKeyUse use);
extern const uint8 *eth_crypto_key_or_null(EthKeyUse use);

/*
 * The keys for a use: the current one and those of older masters, into an array
 * of ETH_MAX_MASTERS; their number, 0 without a key.  Raises nothing, as
 * eth_crypto_key_or_null(); valid until the next call into key.c.
 */
extern int	eth_crypto_keys(EthKeyUse use, const uint8 **keys);

/*
 * The key for a use that was derived from the master with this id, be it the
 * current or an older one; NULL when the source has no such master.  F0000
 * when there is no key at all.
 */
extern const uint8 *eth_crypto_key_by_id(EthKeyUse use, const uint8 *key_id);

/* Id of the current master, ETH_KEY_ID_BYTES long; the caller has just got a key. */
extern const uint8 *eth_crypto_key_id(void);

/* Why there is no usable key, for findings; NULL when there is one.  Names no path. */
extern const char *eth_crypto_key_problem(void);

extern void eth_crypto_init(void);

#endif							/* ETH_CRYPTO_H */
