/*
 * tcf_value.c
 *		Type tcstring: text, binary, equality, order, hash.
 *
 * The text comes back to the letter, for it is evidence.  Equal are values that
 * mean the same (meaning.c).  On the wire a value is a format byte, 1, and its
 * text, so that what arrives is parsed and checked as text is.
 *
 * Errors: 22P02 of text, 22P03 of binary, 54000 longer than ETH_IAB_MAX_CHARS;
 * XX001 a value in storage that is damaged.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "iab/iab.h"

#define WIRE_FORMAT 1

/* 1 January 2000 in deciseconds since 1970 */
#define EPOCH_DECISECONDS INT64CONST(9466848000)
#define USECS_PER_DECISECOND 100000

/* The standard's times count from 1970, PostgreSQL's from 2000. */
TimestampTz
eth_tc_time(uint64 deciseconds)
{
	return ((int64) deciseconds - EPOCH_DECISECONDS) * USECS_PER_DECISECOND;
}

/*
 * Reads a value.  The result is what was detoasted, for PG_FREE_IF_COPY's use.
 */
struct varlena *
eth_tc_from_datum(Datum datum, EthTc *tc)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);

	if (!eth_tc_open(tc, (const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a stored value of type tcstring is damaged")));
	return value;
}

/*
 * Makes a value of a text; NULL and the reason when it is none.
 */
struct varlena *
eth_tc_value(const char *text, size_t length, EthIabError *error)
{
	struct varlena *value = palloc(VARHDRSZ + eth_tc_space(text, length));
	size_t		used;

	if (!eth_tc_parse(text, length, (uint8 *) VARDATA(value), &used, error))
	{
		pfree(value);
		return NULL;
	}
	SET_VARSIZE(value, VARHDRSZ + used);
	return value;
}

PG_FUNCTION_INFO_V1(ethdata_tcstring_in);
PG_FUNCTION_INFO_V1(ethdata_tcstring_out);
PG_FUNCTION_INFO_V1(ethdata_tcstring_recv);
PG_FUNCTION_INFO_V1(ethdata_tcstring_send);
PG_FUNCTION_INFO_V1(ethdata_tcstring_eq);
PG_FUNCTION_INFO_V1(ethdata_tcstring_ne);
PG_FUNCTION_INFO_V1(ethdata_tcstring_lt);
PG_FUNCTION_INFO_V1(ethdata_tcstring_le);
PG_FUNCTION_INFO_V1(ethdata_tcstring_gt);
PG_FUNCTION_INFO_V1(ethdata_tcstring_ge);
PG_FUNCTION_INFO_V1(ethdata_tcstring_cmp);
PG_FUNCTION_INFO_V1(ethdata_tcstring_hash);
PG_FUNCTION_INFO_V1(ethdata_tcstring_hash_extended);

Datum
ethdata_tcstring_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	EthIabError error;
	struct varlena *value = eth_tc_value(text, strlen(text), &error);

	if (value == NULL)
		ETH_RETURN_ERROR(fcinfo->context, (Datum) 0,
						 (errcode(error.fault == ETH_IAB_TOO_LONG ? ERRCODE_PROGRAM_LIMIT_EXCEEDED :
								  ERRCODE_INVALID_TEXT_REPRESENTATION),
						  errmsg("invalid input for type tcstring"),
						  errdetail("%s", error.detail),
						  errhint("A TC string is text as IAB Europe's Transparency and Consent Framework defines it, version 2 or 1.")));
	PG_RETURN_POINTER(value);
}

Datum
ethdata_tcstring_out(PG_FUNCTION_ARGS)
{
	EthTc		tc;
	char	   *text;
	size_t		length;

	eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);
	length = eth_tc_text_length(&tc);
	text = palloc(length + 1);
	eth_tc_text(&tc, text);
	text[length] = '\0';
	PG_RETURN_CSTRING(text);
}

Datum
ethdata_tcstring_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			format = pq_getmsgbyte(buf);
	int			length = buf->len - buf->cursor;
	EthIabError error;
	struct varlena *value;

	if (format != WIRE_FORMAT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported binary format of type tcstring: %d", format)));
	value = eth_tc_value(pq_getmsgbytes(buf, length), length, &error);
	if (value == NULL)
		ereport(ERROR,
				(errcode(error.fault == ETH_IAB_TOO_LONG ? ERRCODE_PROGRAM_LIMIT_EXCEEDED :
						 ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary input for type tcstring"),
				 errdetail("%s", error.detail)));
	PG_RETURN_POINTER(value);
}

Datum
ethdata_tcstring_send(PG_FUNCTION_ARGS)
{
	EthTc		tc;
	StringInfoData buf;
	size_t		length;

	eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);
	length = eth_tc_text_length(&tc);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, WIRE_FORMAT);
	enlargeStringInfo(&buf, (int) length);
	eth_tc_text(&tc, buf.data + buf.len);
	buf.len += (int) length;
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* -1, 0 or 1; frees what was detoasted, for indexes. */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	EthTc		tc[2];
	struct varlena *value[2];
	int			result = 0;

	value[0] = eth_tc_from_datum(PG_GETARG_DATUM(0), &tc[0]);
	value[1] = eth_tc_from_datum(PG_GETARG_DATUM(1), &tc[1]);
	/* most that are equal are the same text */
	if (VARSIZE_ANY_EXHDR(value[0]) != VARSIZE_ANY_EXHDR(value[1]) ||
		memcmp(VARDATA_ANY(value[0]), VARDATA_ANY(value[1]), VARSIZE_ANY_EXHDR(value[0])) != 0)
	{
		EthMeaning	meaning[2] = {{0}, {0}};

		eth_meaning_of_tc(&meaning[0], &tc[0]);
		eth_meaning_of_tc(&meaning[1], &tc[1]);
		result = eth_meaning_compare(&meaning[0], &meaning[1]);
	}
	PG_FREE_IF_COPY(value[0], 0);
	PG_FREE_IF_COPY(value[1], 1);
	return result;
}

Datum
ethdata_tcstring_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

Datum
ethdata_tcstring_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

Datum
ethdata_tcstring_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

Datum
ethdata_tcstring_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

Datum
ethdata_tcstring_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

Datum
ethdata_tcstring_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

Datum
ethdata_tcstring_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

Datum
ethdata_tcstring_hash(PG_FUNCTION_ARGS)
{
	EthTc		tc;
	EthMeaning	meaning = {0};
	struct varlena *value = eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);

	eth_meaning_of_tc(&meaning, &tc);
	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_UINT32(eth_meaning_hash(&meaning));
}

Datum
ethdata_tcstring_hash_extended(PG_FUNCTION_ARGS)
{
	EthTc		tc;
	EthMeaning	meaning = {0};
	struct varlena *value = eth_tc_from_datum(PG_GETARG_DATUM(0), &tc);

	eth_meaning_of_tc(&meaning, &tc);
	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_UINT64(eth_meaning_hash_extended(&meaning, (uint64) PG_GETARG_INT64(1)));
}
