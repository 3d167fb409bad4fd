/*
 * pattern.c
 *		The mask that keeps what a pattern names: mask_keep_pattern().
 *
 * Only what the pattern's groups match is shown.  Replacing what matches would
 * show whatever the author of the pattern did not think of; here that is hidden: a
 * value that does not match is the padding and nothing else.
 *
 * Patterns are PostgreSQL's regular expressions.  What cannot be matched for other
 * reasons is hidden, too: text that is not valid in the encoding, text that is
 * longer than any code or number, what the engine gives up on.  Back references
 * are refused: with them matching may take time that grows exponentially.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "catalog/pg_collation.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "regex/regex.h"
#include "utils/builtins.h"

#include "mask/internal.h"

PG_FUNCTION_INFO_V1(ethdata_mask_keep_pattern);

#define VALUE_MAX_BYTES 8192
#define PATTERN_MAX_BYTES 1024
#define MAX_GROUPS 20

/* The pattern of the last call, and whether it is good. */
typedef struct LastPattern
{
	text	   *pattern;
	bool		good;
} LastPattern;

/* to_wide -- palloc'd; -1 when the bytes are no text of the encoding. */
static int
to_wide(const char *bytes, int len, pg_wchar **wide)
{
	int			i;

	/* SQL_ASCII vouches for nothing but ASCII */
	for (i = 0; GetDatabaseEncoding() == PG_SQL_ASCII && i < len; i++)
	{
		if (IS_HIGHBIT_SET(bytes[i]))
			return -1;
	}
	if (!pg_verify_mbstr(GetDatabaseEncoding(), bytes, len, true))
		return -1;
	*wide = palloc((len + 1) * sizeof(pg_wchar));
	return pg_mb2wchar_with_len(bytes, *wide, len);
}

bool
eth_mask_pattern_is_good(const struct varlena *pattern, const char **problem)
{
	pg_wchar   *wide;
	regex_t		compiled;
	char		message[100];
	int			len;
	int			result;

	if (VARSIZE_ANY_EXHDR(pattern) > PATTERN_MAX_BYTES)
	{
		*problem = "The pattern is longer than 1024 bytes.";
		return false;
	}
	len = to_wide(VARDATA_ANY(pattern), (int) VARSIZE_ANY_EXHDR(pattern), &wide);
	if (len < 0)
	{
		*problem = "The pattern is not valid in the encoding of the database.";
		return false;
	}
	result = pg_regcomp(&compiled, wide, len, REG_ADVANCED, DEFAULT_COLLATION_OID);
	pfree(wide);
	if (result != REG_OKAY)
	{
		/* it may have stopped for a cancel */
		CHECK_FOR_INTERRUPTS();
		(void) pg_regerror(result, &compiled, message, sizeof(message));
		*problem = psprintf("The pattern is no regular expression: %s.", message);
		return false;
	}
	*problem = NULL;
	if (compiled.re_info & REG_UBACKREF)
		*problem = "The pattern has a back reference.";
	else if (compiled.re_nsub == 0)
		*problem = "The pattern has no group in parentheses, so it keeps nothing.";
	else if (compiled.re_nsub > MAX_GROUPS)
		*problem = "The pattern has more than 20 groups.";
	pg_regfree(&compiled);
	return *problem == NULL;
}

/* is_good -- the same, once for all rows that have the same pattern. */
static bool
is_good(FunctionCallInfo fcinfo, text * pattern)
{
	LastPattern *last = fcinfo->flinfo->fn_extra;
	MemoryContext old;
	const char *problem;
	text	   *copy;
	bool		good;

	if (last != NULL && VARSIZE_ANY_EXHDR(last->pattern) == VARSIZE_ANY_EXHDR(pattern) &&
		memcmp(VARDATA_ANY(last->pattern), VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern)) == 0)
		return last->good;

	good = eth_mask_pattern_is_good(pattern, &problem);
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	copy = cstring_to_text_with_len(VARDATA_ANY(pattern), (int) VARSIZE_ANY_EXHDR(pattern));
	if (last == NULL)
		last = palloc(sizeof(LastPattern));
	else
		pfree(last->pattern);
	MemoryContextSwitchTo(old);
	last->pattern = copy;
	last->good = good;
	fcinfo->flinfo->fn_extra = last;
	return good;
}

/* append_wide -- appends characters in the database's encoding. */
static void
append_wide(StringInfo out, const pg_wchar *wide, int len)
{
	char	   *bytes = palloc(len * MAX_MULTIBYTE_CHAR_LEN + 1);
	int			n = pg_wchar2mb_with_len(wide, bytes, len);

	appendBinaryStringInfo(out, bytes, n);
	pfree(bytes);
}

/* append_groups -- what the groups of a match hold, with the padding where something is left out. */
static void
append_groups(StringInfo out, const pg_wchar *wide, int len, const regmatch_t * match, int ngroups, const struct varlena *padding)
{
	int			at = 0;			/* shown or left out up to here */
	int			i;

	for (i = 1; i <= ngroups; i++)
	{
		int			start = (int) match[i].rm_so;
		int			end = (int) match[i].rm_eo;

		/*
		 * a group that took no part; one inside of another, or before one
		 * that comes later in the pattern, shows no more
		 */
		if (start < 0)
			continue;
		start = Max(start, at);
		if (end <= start)
			continue;
		if (start > at)
			appendBinaryStringInfo(out, VARDATA_ANY(padding), (int) VARSIZE_ANY_EXHDR(padding));
		append_wide(out, wide + start, end - start);
		at = end;
	}
	if (at < len || len == 0)
		appendBinaryStringInfo(out, VARDATA_ANY(padding), (int) VARSIZE_ANY_EXHDR(padding));
}

/*
 * ethdata.mask_keep_pattern(value text, pattern text, padding text) -> text
 *		What the groups of the pattern match, in their order, with the padding
 *		for all between, before and behind; the padding alone where the pattern
 *		does not match.  NULL for NULL, and for a pattern that is no regular
 *		expression, has no group or a back reference.  Raises nothing.
 */
Datum
ethdata_mask_keep_pattern(PG_FUNCTION_ARGS)
{
	text	   *value;
	text	   *pattern = PG_GETARG_TEXT_PP(1);
	text	   *padding = PG_GETARG_TEXT_PP(2);
	regmatch_t	match[MAX_GROUPS + 1];
	StringInfoData out;
	pg_wchar   *wide;
	regex_t    *compiled;
	int			len;

	if (!is_good(fcinfo, pattern))
		PG_RETURN_NULL();
	/* a long one is not even read */
	if (toast_raw_datum_size(PG_GETARG_DATUM(0)) > VALUE_MAX_BYTES + VARHDRSZ)
		PG_RETURN_TEXT_P(padding);
	value = PG_GETARG_TEXT_PP(0);
	len = to_wide(VARDATA_ANY(value), (int) VARSIZE_ANY_EXHDR(value), &wide);
	if (len < 0)
		PG_RETURN_TEXT_P(padding);

	compiled = RE_compile_and_cache(pattern, REG_ADVANCED, DEFAULT_COLLATION_OID);
	if (pg_regexec(compiled, wide, len, 0, NULL, compiled->re_nsub + 1, match, 0) != REG_OKAY)
	{
		/* no match, or too hard; a cancel is one */
		CHECK_FOR_INTERRUPTS();
		PG_RETURN_TEXT_P(padding);
	}
	initStringInfo(&out);
	append_groups(&out, wide, len, match, (int) compiled->re_nsub, padding);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
