/*
 * array.c
 *		The mask for lists: mask_array().
 *
 * The same text stands for each element, also for an empty one and for NULL.  How
 * many there are tells something, so there is always one at least, and never more
 * than asked for: one, unless told otherwise.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "mask/internal.h"

PG_FUNCTION_INFO_V1(ethdata_mask_array);

#define MAX_LENGTH 100

bool
eth_mask_length_is_good(int32 length)
{
	return length >= 1 && length <= MAX_LENGTH;
}

/*
 * ethdata.mask_array(value text[], element text, longest integer) -> text[]
 *		As many times the element as the array has elements, in one dimension,
 *		but once at least and "longest" times (1 to 100) at most.  NULL for NULL
 *		and for another number.  Raises nothing.
 */
Datum
ethdata_mask_array(PG_FUNCTION_ARGS)
{
	int32		longest = PG_GETARG_INT32(2);
	ArrayType  *value;
	Datum	   *elements;
	int			n;
	int			i;

	if (!eth_mask_length_is_good(longest))
		PG_RETURN_NULL();
	/* the number of elements stands at the head */
	value = (ArrayType *) PG_DETOAST_DATUM_SLICE(PG_GETARG_DATUM(0), 0, ARR_OVERHEAD_NONULLS(MAXDIM) - VARHDRSZ);
	n = ArrayGetNItems(ARR_NDIM(value), ARR_DIMS(value));
	n = Max(1, Min(n, longest));
	elements = palloc(n * sizeof(Datum));
	for (i = 0; i < n; i++)
		elements[i] = PG_GETARG_DATUM(1);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT));
}
