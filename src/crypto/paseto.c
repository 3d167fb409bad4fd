/*
 * paseto.c
 *		Tokens: PASETO v4.public, which is an Ed25519 signature (RFC 8032) over
 *		payload, footer and implicit assertion.
 *
 *	"v4.public." base64url(payload || signature) [ "." base64url(footer) ]
 *
 * Base64url is without padding and canonical: of a token there is one text.  The
 * signature is over the pre-authentication encoding (PAE) of the header, payload,
 * footer and implicit assertion: the number of pieces and the length of each as 64
 * bits, little-endian, before the piece.
 *
 * Pure: no catalogue, no SPI, so that a fuzzer can link it.  What payload and
 * footer say is read by the purpose room, with core's jsonb.
 */
#include "postgres.h"

#include <sodium.h>

#include "crypto/crypto.h"

#define HEADER "v4.public."
#define HEADER_LEN (sizeof(HEADER) - 1)

bool
eth_crypto_paseto_parse(const char *token, size_t len, uint8 *buffer, EthPaseto *parts)
{
	const char *body = token + HEADER_LEN;
	const char *dot;
	size_t		body_len;
	int			decoded;

	StaticAssertStmt(ETH_SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519 signatures have 64 bytes");

	memset(parts, 0, sizeof(EthPaseto));
	if (len < HEADER_LEN || memcmp(token, HEADER, HEADER_LEN) != 0)
		return false;
	len -= HEADER_LEN;
	dot = memchr(body, '.', len);
	body_len = dot ? (size_t) (dot - body) : len;
	decoded = eth_crypto_base64url_decode(body, body_len, buffer, body_len);
	if (decoded < ETH_SIGNATURE_BYTES)
		return false;
	parts->payload = buffer;
	parts->payload_len = decoded - ETH_SIGNATURE_BYTES;
	parts->signature = buffer + parts->payload_len;
	parts->footer = buffer + decoded;
	if (dot != NULL)
	{
		size_t		footer_len = len - body_len - 1;
		int			footer;

		footer = eth_crypto_base64url_decode(dot + 1, footer_len, buffer + decoded, footer_len);

		/*
		 * an empty footer is written without its dot: of a token there is one
		 * text
		 */
		if (footer <= 0)
			return false;
		parts->footer_len = footer;
	}
	return true;
}

static uint8 *
put_length(uint8 *out, uint64 value)
{
	int			i;

	for (i = 0; i < 8; i++)
		*out++ = (uint8) (value >> (8 * i));
	return out;
}

static uint8 *
put_piece(uint8 *out, const void *data, size_t len)
{
	out = put_length(out, len);
	if (len > 0)
		memcpy(out, data, len);
	return out + len;
}

bool
eth_crypto_paseto_verify(const EthPaseto *parts, const uint8 *public_key,
						 const void *implicit, size_t implicit_len)
{
	size_t		size = (size_t) 5 * 8 + HEADER_LEN + parts->payload_len + parts->footer_len + implicit_len;
	uint8	   *message = palloc(size);
	uint8	   *end = message;
	bool		valid;

	end = put_length(end, 4);
	end = put_piece(end, HEADER, HEADER_LEN);
	end = put_piece(end, parts->payload, parts->payload_len);
	end = put_piece(end, parts->footer, parts->footer_len);
	end = put_piece(end, implicit, implicit_len);
	valid = crypto_sign_verify_detached(parts->signature, message, end - message, public_key) == 0;
	pfree(message);
	return valid;
}

bool
eth_crypto_public_key_valid(const uint8 *public_key)
{
	return crypto_core_ed25519_is_valid_point(public_key) == 1;
}
