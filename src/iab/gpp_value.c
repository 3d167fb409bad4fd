/*
 * gpp_value.c
 *		Type gppstring: text, binary, equality, order, hash.
 *
 * The text comes back to the letter.  Equal are values that mean the same
 * (meaning.c).  On the wire a value is a format byte, 1, and its text, so that what
 * arrives is parsed and checked as text is.
 *
 * Errors: 22P02 of text, 22P03 of binary, 54000 longer than ETH_IAB_MAX_CHARS;
 * XX001 a value in storage that is damaged.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"

#include "core/compat.h"
#include "iab/iab.h"

#define WIRE_FORMAT 1

static void
damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("a stored value of type gppstring is damaged")));
}

/*
 * Reads a value.  The result is what was detoasted, for PG_FREE_IF_COPY's use.
 */
struct varlena *
eth_gpp_from_datum(Datum datum, EthGpp *gpp)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);

	if (!eth_gpp_open(gpp, (const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)))
		damaged();
	return value;
}

/*
 * Decodes a section of a value.  Its bytes, one piece of memory, begin with those of
 * its core.  The layout may be one that the value was not checked by: XX001 is for
 * those it was, 22023 for a site's own.
 */
void
eth_gpp_decode(EthGppSection *section, const EthGppLayout *layout, const EthGpp *gpp,
			   const EthGppEntry *entry)
{
	EthIabError error;

	if (!eth_gpp_open_section(section, layout, gpp->text + entry->start, entry->chars,
							  palloc(ETH_BITS_SPACE(entry->chars) + 3 * (size_t) ETH_GPP_SEGMENTS), &error))
	{
		if (eth_gpp_layout(entry->id) == layout)
			damaged();
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a section of a GPP string does not have the layout of \"%s\"", layout->name),
				 errdetail("%s", error.detail),
				 errhint("Correct the row of ethdata.gpp_section.")));
	}
}

/*
 * A section that is a TC string, as a value of that type.
 */
struct varlena *
eth_gpp_tc(const EthGpp *gpp, const EthGppEntry *entry)
{
	EthIabError error;
	struct varlena *value = eth_tc_value(gpp->text + entry->start, entry->chars, &error);

	if (value == NULL)
		damaged();
	return value;
}

/* Makes a value of a text; NULL and the reason when it is none. */
static struct varlena *
gpp_value(const char *text, size_t length, EthIabError *error)
{
	struct varlena *value = palloc(VARHDRSZ + eth_gpp_space(text, length));
	size_t		used;

	if (!eth_gpp_parse(text, length, (uint8 *) VARDATA(value), &used, error))
	{
		pfree(value);
		return NULL;
	}
	SET_VARSIZE(value, VARHDRSZ + used);
	return value;
}

PG_FUNCTION_INFO_V1(ethdata_gppstring_in);
PG_FUNCTION_INFO_V1(ethdata_gppstring_out);
PG_FUNCTION_INFO_V1(ethdata_gppstring_recv);
PG_FUNCTION_INFO_V1(ethdata_gppstring_send);
PG_FUNCTION_INFO_V1(ethdata_gppstring_eq);
PG_FUNCTION_INFO_V1(ethdata_gppstring_ne);
PG_FUNCTION_INFO_V1(ethdata_gppstring_lt);
PG_FUNCTION_INFO_V1(ethdata_gppstring_le);
PG_FUNCTION_INFO_V1(ethdata_gppstring_gt);
PG_FUNCTION_INFO_V1(ethdata_gppstring_ge);
PG_FUNCTION_INFO_V1(ethdata_gppstring_cmp);
PG_FUNCTION_INFO_V1(ethdata_gppstring_hash);
PG_FUNCTION_INFO_V1(ethdata_gppstring_hash_extended);

Datum
ethdata_gppstring_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	EthIabError error;
	struct varlena *value = gpp_value(text, strlen(text), &error);

	if (value == NULL)
		ETH_RETURN_ERROR(fcinfo->context, (Datum) 0,
						 (errcode(error.fault == ETH_IAB_TOO_LONG ? ERRCODE_PROGRAM_LIMIT_EXCEEDED :
								  ERRCODE_INVALID_TEXT_REPRESENTATION),
						  errmsg("invalid input for type gppstring"),
						  errdetail("%s", error.detail),
						  errhint("A GPP string is text as IAB Tech Lab's Global Privacy Platform defines it, with a header and the sections that it lists.")));
	PG_RETURN_POINTER(value);
}

Datum
ethdata_gppstring_out(PG_FUNCTION_ARGS)
{
	EthGpp		gpp;

	eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);
	PG_RETURN_CSTRING(pnstrdup(gpp.text, gpp.length));
}

Datum
ethdata_gppstring_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			format = pq_getmsgbyte(buf);
	int			length = buf->len - buf->cursor;
	EthIabError error;
	struct varlena *value;

	if (format != WIRE_FORMAT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported binary format of type gppstring: %d", format)));
	value = gpp_value(pq_getmsgbytes(buf, length), length, &error);
	if (value == NULL)
		ereport(ERROR,
				(errcode(error.fault == ETH_IAB_TOO_LONG ? ERRCODE_PROGRAM_LIMIT_EXCEEDED :
						 ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary input for type gppstring"),
				 errdetail("%s", error.detail)));
	PG_RETURN_POINTER(value);
}

Datum
ethdata_gppstring_send(PG_FUNCTION_ARGS)
{
	EthGpp		gpp;
	StringInfoData buf;

	eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, WIRE_FORMAT);
	pq_sendbytes(&buf, gpp.text, (int) gpp.length);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* -1, 0 or 1; frees what was detoasted, for indexes. */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	EthGpp		gpp[2];
	struct varlena *value[2];
	int			result = 0;

	value[0] = eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp[0]);
	value[1] = eth_gpp_from_datum(PG_GETARG_DATUM(1), &gpp[1]);
	/* most that are equal are the same text */
	if (VARSIZE_ANY_EXHDR(value[0]) != VARSIZE_ANY_EXHDR(value[1]) ||
		memcmp(VARDATA_ANY(value[0]), VARDATA_ANY(value[1]), VARSIZE_ANY_EXHDR(value[0])) != 0)
	{
		EthMeaning	meaning[2] = {{0}, {0}};

		eth_meaning_of_gpp(&meaning[0], &gpp[0]);
		eth_meaning_of_gpp(&meaning[1], &gpp[1]);
		result = eth_meaning_compare(&meaning[0], &meaning[1]);
	}
	PG_FREE_IF_COPY(value[0], 0);
	PG_FREE_IF_COPY(value[1], 1);
	return result;
}

Datum
ethdata_gppstring_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

Datum
ethdata_gppstring_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

Datum
ethdata_gppstring_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

Datum
ethdata_gppstring_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

Datum
ethdata_gppstring_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

Datum
ethdata_gppstring_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

Datum
ethdata_gppstring_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

Datum
ethdata_gppstring_hash(PG_FUNCTION_ARGS)
{
	EthGpp		gpp;
	EthMeaning	meaning = {0};
	struct varlena *value = eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);

	eth_meaning_of_gpp(&meaning, &gpp);
	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_UINT32(eth_meaning_hash(&meaning));
}

Datum
ethdata_gppstring_hash_extended(PG_FUNCTION_ARGS)
{
	EthGpp		gpp;
	EthMeaning	meaning = {0};
	struct varlena *value = eth_gpp_from_datum(PG_GETARG_DATUM(0), &gpp);

	eth_meaning_of_gpp(&meaning, &gpp);
	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_UINT64(eth_meaning_hash_extended(&meaning, (uint64) PG_GETARG_INT64(1)));
}
