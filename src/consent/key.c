/*
 * key.c
 *		Keys of subjects in canonical form.
 *
 * One person has one sequence of bytes, whatever type the key came in: int4 and
 * int8 columns give the same key, and so does the text that writers take.
 * Nothing is cast to text where rows are decided, except for composite keys.
 *
 *	bigint		8 bytes, big-endian, sign bit flipped (so that bytes sort as numbers)
 *	uuid		16 bytes
 *	text		the bytes; of a composite key the row literal, "(7,42)"
 *
 * No key is ever part of a message.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "consent/class.h"
#include "consent/consent.h"

/* A value in its type's output form; blanks that bpchar does not count are dropped. */
static char *
output_text(Datum value, Oid type)
{
	Oid			output;
	bool		varlena;
	char	   *string;

	if (type == TEXTOID || type == VARCHAROID)
		return TextDatumGetCString(value);
	getTypeOutputInfo(type, &output, &varlena);
	string = OidOutputFunctionCall(output, value);
	if (getBaseType(type) == BPCHAROID)
	{
		int			len = strlen(string);

		while (len > 0 && string[len - 1] == ' ')
			string[--len] = '\0';
	}
	return string;
}

/* As record_out() writes a field. */
static void
append_field(StringInfo buf, const char *text)
{
	const char *c;
	bool		quote = text[0] == '\0';

	for (c = text; *c != '\0' && !quote; c++)
		quote = *c == '"' || *c == '\\' || *c == '(' || *c == ')' || *c == ',' ||
			isspace((unsigned char) *c);
	if (!quote)
	{
		appendStringInfoString(buf, text);
		return;
	}
	appendStringInfoChar(buf, '"');
	for (c = text; *c != '\0'; c++)
	{
		if (*c == '"' || *c == '\\')
			appendStringInfoChar(buf, *c);
		appendStringInfoChar(buf, *c);
	}
	appendStringInfoChar(buf, '"');
}

/*
 * Key from column values.  Returns false when one is NULL.
 * Errors: 22023 when a value cannot be a key of that kind.
 * The key may point into the key itself or into the values: keep neither.
 */
bool
eth_consent_key_from_datums(EthKey *key, EthKeyKind kind, int n, const Datum *values,
							const bool *nulls, const Oid *types)
{
	StringInfoData buf;
	int			i;

	for (i = 0; i < n; i++)
	{
		if (nulls[i])
			return false;
	}

	switch (kind)
	{
		case ETH_KEY_BIGINT:
			if (n != 1)
				break;
			switch (getBaseType(types[0]))
			{
				case INT8OID:
					eth_consent_key_from_bigint(key, DatumGetInt64(values[0]));
					return true;
				case INT4OID:
					eth_consent_key_from_bigint(key, DatumGetInt32(values[0]));
					return true;
				case INT2OID:
					eth_consent_key_from_bigint(key, DatumGetInt16(values[0]));
					return true;
			}
			break;

		case ETH_KEY_UUID:
			if (n != 1 || getBaseType(types[0]) != UUIDOID)
				break;
			memcpy(key->fixed, DatumGetUUIDP(values[0])->data, UUID_LEN);
			key->data = key->fixed;
			key->len = UUID_LEN;
			return true;

		case ETH_KEY_TEXT:
			if (n == 1)
			{
				if (types[0] == TEXTOID || types[0] == VARCHAROID)
				{
					text	   *packed = DatumGetTextPP(values[0]);

					key->data = VARDATA_ANY(packed);
					key->len = VARSIZE_ANY_EXHDR(packed);
				}
				else
				{
					key->data = output_text(values[0], types[0]);
					key->len = strlen(key->data);
				}
				return true;
			}
			initStringInfo(&buf);
			appendStringInfoChar(&buf, '(');
			for (i = 0; i < n; i++)
			{
				if (i > 0)
					appendStringInfoChar(&buf, ',');
				append_field(&buf, output_text(values[i], types[i]));
			}
			appendStringInfoChar(&buf, ')');
			key->data = buf.data;
			key->len = buf.len;
			return true;
	}
	ereport(ERROR,
			(errcode(ETH_ERR_BAD_VALUE),
			 errmsg("a value of type %s cannot be the key of a subject of this class",
					format_type_be(types[0])),
			 errhint("Pass the key in the type of the class's key columns, or as text.")));
	return false;				/* keep compiler quiet */
}

static void
bad_key(const EthClass *class, const char *what)
{
	ereport(ERROR,
			(errcode(ETH_ERR_BAD_VALUE),
			 errmsg("not the key of a subject of class \"%s\"", class->code),
			 errdetail("Keys of this class are %s.", what)));
}

/*
 * The value of a key column from its text; false: the type does not take it.  The
 * input function's own message would show the text, which is personal.
 *
 * A domain is read as its base type: its constraints are code of its owner, and
 * would run as whoever records or asks.
 */
static bool
try_input(const EthClass *class, int position, const char *text, Datum *value)
{
	Oid			input;
	Oid			ioparam;
	volatile Datum result = (Datum) 0;
	MemoryContext around = CurrentMemoryContext;
	volatile bool failed = false;

	if (class->key_types[position] == TEXTOID || class->key_types[position] == VARCHAROID)
	{
		*value = CStringGetTextDatum(text);
		return true;
	}
	getTypeInputInfo(getBaseType(class->key_types[position]), &input, &ioparam);
	PG_TRY();
	{
		result = OidInputFunctionCall(input, (char *) text, ioparam, -1);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(around);
		if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION &&
			ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
			PG_RE_THROW();
		FlushErrorState();
		failed = true;
	}
	PG_END_TRY();
	*value = result;
	return !failed;
}

static Datum
input_value(const EthClass *class, int position, const char *text, const char *what)
{
	Datum		value;

	if (!try_input(class, position, text, &value))
		bad_key(class, what);
	return value;
}

/*
 * The fields of a row literal, unquoted as record_in() does.  false: it is not a
 * literal of n fields, or a field is null.
 */
static bool
split_literal(const char *literal, int n, char **fields)
{
	const char *c = literal;
	int			i;

	while (isspace((unsigned char) *c))
		c++;
	if (*c++ != '(')
		return false;
	for (i = 0; i < n; i++)
	{
		StringInfoData buf;
		bool		in_quotes = false;
		bool		any = false;

		if (i > 0 && *c++ != ',')
			return false;
		initStringInfo(&buf);
		while (in_quotes || !(*c == ',' || *c == ')'))
		{
			char		ch = *c++;

			any = true;
			if (ch == '\0')
				return false;
			if (ch == '\\')
			{
				if (*c == '\0')
					return false;
				appendStringInfoChar(&buf, *c++);
			}
			else if (ch == '"')
			{
				if (in_quotes && *c == '"')
					appendStringInfoChar(&buf, *c++);
				else
					in_quotes = !in_quotes;
			}
			else
				appendStringInfoChar(&buf, ch);
		}
		if (!any)
			return false;
		fields[i] = buf.data;
	}
	if (*c++ != ')')
		return false;
	while (isspace((unsigned char) *c))
		c++;
	return *c == '\0';
}

/*
 * Key from the text that writers take.  A text key is taken as it is; every
 * other one goes through the input of the key columns' types, so that '042' and
 * '42' are one person; where a key column is gone, of the types that it had, so
 * that a denial can be recorded still.
 * Errors: 22023 when it cannot be a key of the class.
 */
void
eth_consent_key_from_text(EthKey *key, const EthClass *class, const char *subject)
{
	Datum		values[ETH_MAX_KEYS];
	bool		nulls[ETH_MAX_KEYS] = {false};
	char	   *fields[ETH_MAX_KEYS];
	int			i;

	switch (class->key_kind)
	{
		case ETH_KEY_BIGINT:
			values[0] = input_value(class, 0, subject, "whole numbers");
			break;
		case ETH_KEY_UUID:
			values[0] = input_value(class, 0, subject, "uuids");
			break;
		case ETH_KEY_TEXT:
			if (class->nkeys == 1)
				values[0] = input_value(class, 0, subject, "of the type of the key column");
			else
			{
				if (!split_literal(subject, class->nkeys, fields))
					bad_key(class, "row literals, as (7,42)");
				for (i = 0; i < class->nkeys; i++)
					values[i] = input_value(class, i, fields[i],
											"row literals of the key columns' types, as (7,42)");
			}
			break;
	}
	(void) eth_consent_key_from_datums(key, class->key_kind, class->nkeys, values, nulls,
									   class->key_types);
	if (key->len == 0)
		bad_key(class, "not empty");
	if (key->len > ETH_MAX_KEY_BYTES)
		bad_key(class, "at most 1000 bytes long");
}

/* The text of a key, as writers take it. */
char *
eth_consent_key_to_text(const EthKey *key, EthKeyKind kind)
{
	switch (kind)
	{
		case ETH_KEY_BIGINT:
			return psprintf(INT64_FORMAT, eth_consent_key_to_bigint(key));
		case ETH_KEY_UUID:
			{
				pg_uuid_t	uuid;

				memcpy(uuid.data, key->data, UUID_LEN);
				return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&uuid)));
			}
		case ETH_KEY_TEXT:
			break;
	}
	return pnstrdup(key->data, key->len);
}

int64
eth_consent_key_to_bigint(const EthKey *key)
{
	uint64		bits;

	memcpy(&bits, key->data, 8);
	return (int64) (pg_ntoh64(bits) ^ (UINT64CONST(1) << 63));
}

/*
 * Values of the class's key columns for a key, to look for the subject's row.
 * false: the key fits no value of the column (as a number beyond int4).
 */
bool
eth_consent_key_to_datums(const EthKey *key, const EthClass *class, Datum *values)
{
	char	   *text;
	char	   *fields[ETH_MAX_KEYS];
	int			i;

	if (class->key_kind == ETH_KEY_BIGINT)
	{
		int64		number = eth_consent_key_to_bigint(key);

		switch (getBaseType(class->key_types[0]))
		{
			case INT8OID:
				values[0] = Int64GetDatum(number);
				return true;
			case INT4OID:
				values[0] = Int32GetDatum((int32) number);
				return number >= PG_INT32_MIN && number <= PG_INT32_MAX;
			case INT2OID:
				values[0] = Int16GetDatum((int16) number);
				return number >= PG_INT16_MIN && number <= PG_INT16_MAX;
		}
		return false;
	}
	text = eth_consent_key_to_text(key, class->key_kind);
	if (class->nkeys == 1)
		fields[0] = text;
	else if (!split_literal(text, class->nkeys, fields))
		return false;
	for (i = 0; i < class->nkeys; i++)
	{
		if (!try_input(class, i, fields[i], &values[i]))
			return false;
	}
	return true;
}
