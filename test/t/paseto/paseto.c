/*
 * paseto.c
 *		The crypto room's reading of tokens as an SQL function, for
 *		test/t/020_paseto.pl: what it offers is pure, so it is built in here.
 *
 *	paseto_open(token text, public_key bytea, implicit text) -> text[]
 *		{payload, footer} when the key's owner signed it, else null.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "crypto/crypto.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(paseto_open);

Datum
paseto_open(PG_FUNCTION_ARGS)
{
	text	   *token = PG_GETARG_TEXT_PP(0);
	bytea	   *key = PG_GETARG_BYTEA_PP(1);
	text	   *implicit = PG_GETARG_TEXT_PP(2);
	size_t		len = VARSIZE_ANY_EXHDR(token);
	EthPaseto	parts;
	Datum		result[2];

	if (VARSIZE_ANY_EXHDR(key) != ETH_PUBLIC_BYTES ||
		!eth_crypto_paseto_parse(VARDATA_ANY(token), len, palloc(len + 1), &parts) ||
		!eth_crypto_paseto_verify(&parts, (const uint8 *) VARDATA_ANY(key),
								  VARDATA_ANY(implicit), VARSIZE_ANY_EXHDR(implicit)))
		PG_RETURN_NULL();
	result[0] = PointerGetDatum(cstring_to_text_with_len((const char *) parts.payload, parts.payload_len));
	result[1] = PointerGetDatum(cstring_to_text_with_len((const char *) parts.footer, parts.footer_len));
	PG_RETURN_ARRAYTYPE_P(construct_array(result, 2, TEXTOID, -1, false, TYPALIGN_INT));
}
