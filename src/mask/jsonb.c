/*
 * jsonb.c
 *		Masks for documents: mask_jsonb(), mask_jsonb_keep().
 *
 * mask_jsonb() puts null at the paths it is given and shows the rest.  What was
 * forgotten, or is added later, it shows.  mask_jsonb_keep() is the other way
 * round: it shows the paths it is given, and nothing else, not even the name of
 * a key.
 *
 * Both fail closed where a document is not built as the paths say:
 *
 *	- mask_jsonb() also masks a scalar where a path still expects keys;
 *	- mask_jsonb_keep() shows scalars, and arrays of them, at the end of a path;
 *	  an object there is masked, unless the path ends in **;
 *	- a document that is a scalar is masked by either;
 *	- what lies deeper than ETH_JSON_MAX_DEPTH containers is masked.
 *
 * The last also bounds recursion, ours and that of core when it builds the
 * result: no document makes a mask exceed the stack.
 *
 * What is masked is null, whatever type, length or number of elements it had.
 * Names of keys beside the paths of mask_jsonb(), and the number of elements of
 * arrays that a path goes through, are shown.
 *
 * A path that is followed is a position in the list of all steps, the next step
 * to take.  Each value of a document has a set of positions: those of the
 * value around it, moved on by its key.  Elements have the set of their array.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "mask/internal.h"

PG_FUNCTION_INFO_V1(ethdata_mask_jsonb);
PG_FUNCTION_INFO_V1(ethdata_mask_jsonb_keep);

/* Containers in containers that a result may have. */
#define ETH_JSON_MAX_DEPTH 100

typedef struct PathSet
{
	int		   *positions;
	int			n;
	bool		at_end;			/* a path ends here */
	bool		expected;		/* a path expects keys here */
} PathSet;

typedef struct Walk
{
	const EthPaths *paths;
	bool		keep;
	JsonbParseState *state;		/* the result, as far as it is made */
	int		   *positions[ETH_JSON_MAX_DEPTH + 1];	/* room for the sets of
													 * each depth, when needed */
	int			seen[ETH_PATH_MAX_STEPS];	/* the last set that has the
											 * position */
	int			sets;			/* made so far, for seen */
} Walk;

static JsonbValue *push_container(Walk *walk, JsonbContainer *container, const PathSet *set, int depth);

static void
start_set(Walk *walk, PathSet *set, int depth)
{
	if (walk->positions[depth] == NULL)
		walk->positions[depth] = palloc(walk->paths->nsteps * sizeof(int));
	set->positions = walk->positions[depth];
	set->n = 0;
	set->at_end = false;
	set->expected = false;

	/*
	 * one for each key of the document, and documents are too small for more
	 * than int holds
	 */
	walk->sets++;
}

/* add_position -- and, as ** may stand for no key, those behind it. */
static void
add_position(Walk *walk, PathSet *set, int position)
{
	for (;; position++)
	{
		const EthPathStep *step = &walk->paths->steps[position];

		if (walk->seen[position] == walk->sets)
			return;
		walk->seen[position] = walk->sets;

		if (step->kind == ETH_STEP_END)
		{
			set->at_end = true;
			return;
		}
		set->positions[set->n++] = position;
		set->expected = set->expected || step->expected;
		if (step->kind != ETH_STEP_DEEP)
			return;
	}
}

/* make_child_set -- the positions of the value under a key. */
static void
make_child_set(Walk *walk, const PathSet *set, const JsonbValue *key, int depth, PathSet *child)
{
	int			i;

	start_set(walk, child, depth);
	for (i = 0; i < set->n; i++)
	{
		int			position = set->positions[i];
		const EthPathStep *step = &walk->paths->steps[position];

		if (step->kind == ETH_STEP_DEEP)
			add_position(walk, child, position);
		else if (step->kind == ETH_STEP_ANY ||
				 (step->len == key->val.string.len &&
				  memcmp(step->key, key->val.string.val, step->len) == 0))
			add_position(walk, child, position + 1);
	}
}

/* push_value -- a value as a value or element of the result, or null in its place. */
static void
push_value(Walk *walk, JsonbIteratorToken token, JsonbValue *value, const PathSet *set, int depth)
{
	JsonbValue	null;

	if (value->type == jbvBinary)
	{
		JsonbContainer *container = value->val.binary.data;
		bool		enter;

		if (!walk->keep)
			enter = !set->at_end;
		else if (JsonContainerIsArray(container))
			enter = set->at_end || set->n > 0;
		else
			enter = set->n > 0;
		if (enter && depth < ETH_JSON_MAX_DEPTH)
		{
			push_container(walk, container, set, depth + 1);
			return;
		}
	}
	else if (walk->keep ? set->at_end : !set->at_end && !set->expected)
	{
		pushJsonbValue(&walk->state, token, value);
		return;
	}

	null.type = jbvNull;
	pushJsonbValue(&walk->state, token, &null);
}

/* push_container -- an object or array with what may be shown of it; depth 1 is the document itself. */
static JsonbValue *
push_container(Walk *walk, JsonbContainer *container, const PathSet *set, int depth)
{
	JsonbIterator *iterator = JsonbIteratorInit(container);
	JsonbIteratorToken token;
	JsonbValue	value;
	JsonbValue *result = NULL;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		PathSet		child;

		switch (token)
		{
			case WJB_BEGIN_OBJECT:
			case WJB_BEGIN_ARRAY:
			case WJB_END_OBJECT:
			case WJB_END_ARRAY:
				result = pushJsonbValue(&walk->state, token, NULL);
				break;
			case WJB_ELEM:
				CHECK_FOR_INTERRUPTS();
				push_value(walk, WJB_ELEM, &value, set, depth);
				break;
			case WJB_KEY:
				CHECK_FOR_INTERRUPTS();
				make_child_set(walk, set, &value, depth, &child);
				if (walk->keep && child.n == 0 && !child.at_end)
				{
					(void) JsonbIteratorNext(&iterator, &value, true);
					break;
				}
				pushJsonbValue(&walk->state, WJB_KEY, &value);
				(void) JsonbIteratorNext(&iterator, &value, true);
				push_value(walk, WJB_VALUE, &value, &child, depth);
				break;
			default:
				break;
		}
	}
	return result;
}

/*
 * paths_of -- the paths of a call, read once when they are a constant of the
 * query.  NULL when they make no sense.
 */
static const EthPaths *
paths_of(FunctionCallInfo fcinfo, bool keep)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	const EthPaths *paths = flinfo->fn_extra;
	const char *problem;
	int			number;
	FuncExpr   *call;
	MemoryContext old;

	if (paths != NULL)
		return paths;

	call = (FuncExpr *) flinfo->fn_expr;
	if (call == NULL || !IsA(call, FuncExpr) || list_length(call->args) != 2 || !IsA(lsecond(call->args), Const))
		return eth_mask_read_paths(PG_GETARG_ARRAYTYPE_P(1), keep, &problem, &number);

	old = MemoryContextSwitchTo(flinfo->fn_mcxt);
	paths = eth_mask_read_paths(PG_GETARG_ARRAYTYPE_P(1), keep, &problem, &number);
	MemoryContextSwitchTo(old);
	flinfo->fn_extra = unconstify(EthPaths *, paths);
	return paths;
}

static Datum
mask_document(FunctionCallInfo fcinfo, bool keep)
{
	const EthPaths *paths = paths_of(fcinfo, keep);
	Jsonb	   *document;
	JsonbValue	null;
	Walk	   *walk;
	PathSet		set;
	bool		enter;
	int			i;

	if (paths == NULL)
		PG_RETURN_NULL();

	document = PG_GETARG_JSONB_P(0);
	walk = palloc0(sizeof(Walk));
	walk->paths = paths;
	walk->keep = keep;

	start_set(walk, &set, 0);
	for (i = 0; i < paths->npaths; i++)
		add_position(walk, &set, paths->starts[i]);

	/* a set without positions: nothing is kept; an end at once: all is masked */
	enter = keep ? set.n > 0 : !set.at_end;
	if (JB_ROOT_IS_SCALAR(document) || !enter)
	{
		null.type = jbvNull;
		PG_RETURN_JSONB_P(JsonbValueToJsonb(&null));
	}

	PG_RETURN_JSONB_P(JsonbValueToJsonb(push_container(walk, &document->root, &set, 1)));
}

/*
 * ethdata.mask_jsonb(value jsonb, paths text[]) -> jsonb
 *		The document with null at the paths, and where a scalar is in the way of
 *		one.  NULL for NULL and for paths that make no sense (path.c); raises
 *		nothing.
 */
Datum
ethdata_mask_jsonb(PG_FUNCTION_ARGS)
{
	return mask_document(fcinfo, false);
}

/*
 * ethdata.mask_jsonb_keep(value jsonb, paths text[]) -> jsonb
 *		What the paths name of the document: keys that a path leads to or
 *		through, with scalars at the end of a path and null for all else.  NULL
 *		for NULL and for paths that make no sense (path.c); raises nothing.
 */
Datum
ethdata_mask_jsonb_keep(PG_FUNCTION_ARGS)
{
	return mask_document(fcinfo, true);
}
