/*
 * path.c
 *		Reading the paths of mask_jsonb() and mask_jsonb_keep().
 *
 * A path is a list of steps with dots between:
 *
 *		name		the key of that name
 *		"na.me"		the same, for names with dots, quotes, brackets, stars, or of
 *					digits alone; \" and \\ inside the quotes
 *		*			any key
 *		**			any number of keys, also none
 *
 * Arrays are no steps: a path goes on in every element.  What looks like the
 * count of an element, or like the $ of a jsonpath, is refused rather than taken
 * for a key, as it would mask nothing.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "mask/internal.h"

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* read_quoted -- a step in quotes, *at behind the opening one; NULL, or what is wrong. */
static const char *
read_quoted(const char **at, const char *end, EthPathStep *step)
{
	const char *p = *at;
	char	   *key = palloc(end - p + 1);
	int			len = 0;

	for (; p < end && *p != '"'; p++)
	{
		if (*p == '\\')
		{
			p++;
			if (p == end || (*p != '"' && *p != '\\'))
				return "A backslash stands before a quote or a backslash.";
		}
		key[len++] = *p;
	}
	if (p == end)
		return "A quote is not closed.";
	step->kind = ETH_STEP_KEY;
	step->key = key;
	step->len = len;
	*at = p + 1;
	return NULL;
}

/* read_bare -- a step without quotes; NULL, or what is wrong. */
static const char *
read_bare(const char **at, const char *end, bool first, EthPathStep *step)
{
	const char *start = *at;
	const char *p;
	bool		digits = true;
	bool		special = false;
	int			len;

	for (p = start; p < end && *p != '.'; p++)
	{
		digits = digits && *p >= '0' && *p <= '9';
		special = special || *p == '"' || *p == '[' || *p == ']' || *p == '*';
	}
	*at = p;
	len = (int) (p - start);

	if (len == 0)
		return "A step is empty.";
	if (start[0] == '*' && (len == 1 || (len == 2 && start[1] == '*')))
	{
		step->kind = len == 1 ? ETH_STEP_ANY : ETH_STEP_DEEP;
		return NULL;
	}
	if (digits)
		return "Elements of arrays are not counted, a path goes on in every element; a key of digits is written in quotes.";
	if (first && len == 1 && start[0] == '$')
		return "A path starts at the document without a $; a key of that name is written in quotes.";
	if (special || is_blank(start[0]) || is_blank(p[-1]))
		return "A key with quotes, brackets, stars, or blanks at its ends is written in quotes.";

	step->kind = ETH_STEP_KEY;
	step->key = pnstrdup(start, len);
	step->len = len;
	return NULL;
}

/* read_path -- one path, its steps and their end; NULL, or what is wrong. */
static const char *
read_path(const char *at, const char *end, bool keep, EthPaths *paths)
{
	bool		names_key = false;
	bool		deep = false;
	bool		first = true;

	for (;;)
	{
		EthPathStep *step = &paths->steps[paths->nsteps];
		const char *problem;

		/* room for this step and the end */
		if (paths->nsteps + 2 > ETH_PATH_MAX_STEPS)
			return "There are too many steps in all the paths.";
		if (keep && deep)
			return "In a list of what is kept, ** stands only at the end of a path.";
		if (at < end && *at == '"')
		{
			at++;
			problem = read_quoted(&at, end, step);
		}
		else
			problem = read_bare(&at, end, first, step);
		if (problem != NULL)
			return problem;

		first = false;
		names_key = names_key || step->kind == ETH_STEP_KEY;
		deep = deep || step->kind == ETH_STEP_DEEP;
		step->expected = !deep;
		paths->nsteps++;

		if (at == end)
			break;
		if (*at != '.')
			return "A dot is missing after a quote.";
		at++;
	}
	if (keep && !names_key)
		return "In a list of what is kept, a path names a key: stars alone would show what is added later.";

	paths->steps[paths->nsteps++].kind = ETH_STEP_END;
	return NULL;
}

const EthPaths *
eth_mask_read_paths(ArrayType *array, bool keep, const char **problem, int *number)
{
	EthPaths   *paths;
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			i;

	*problem = NULL;
	*number = 0;
	if (ARR_NDIM(array) > 1)
		*problem = "The array has more than one dimension; each path is one text.";
	else if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) > ETH_PATH_MAX_STEPS / 2)
		*problem = "There are too many paths.";
	else if (!keep && ARR_NDIM(array) == 0)
		*problem = "There is no path.";
	else if (array_contains_nulls(array))
		*problem = "A path is NULL.";
	if (*problem != NULL)
		return NULL;

	paths = palloc0(sizeof(EthPaths));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (i = 0; i < n; i++)
	{
		text	   *path = DatumGetTextPP(elements[i]);

		paths->starts[paths->npaths++] = paths->nsteps;
		*number = i + 1;
		*problem = read_path(VARDATA_ANY(path), VARDATA_ANY(path) + VARSIZE_ANY_EXHDR(path), keep, paths);
		if (*problem != NULL)
			return NULL;
	}
	return paths;
}
