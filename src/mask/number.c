/*
 * number.c
 *		Masks for numbers: mask_number().
 *
 * The result is the multiple of a bucket next to the value, towards zero.
 * Towards zero, not down: the result is then never larger in size than the
 * value, so it fits into whatever type and precision the column has, and small
 * values show no sign.
 *
 * A rare value shows in whatever bucket it falls.  With "lowest" and "highest"
 * all values beyond count as these, and share their buckets.
 *
 * What is shown depends on the bucket alone, not on the rest of the value: a
 * numeric has the scale of the bucket, a float no sign of zero and no payload
 * of NaN.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/numeric.h"

#include "mask/internal.h"

PG_FUNCTION_INFO_V1(ethdata_mask_number_int4);
PG_FUNCTION_INFO_V1(ethdata_mask_number_int8);
PG_FUNCTION_INFO_V1(ethdata_mask_number_float8);
PG_FUNCTION_INFO_V1(ethdata_mask_number_numeric);

/* A float has 53 bits: with a quotient of more than 51 no bucket holds two values. */
#define FLOAT_MAX_QUOTIENT ((float8) (INT64CONST(1) << 51))

/* A numeric of more than about 500 digits is no measure of anything, and slow to divide. */
#define NUMERIC_MAX_BYTES 256

static bool
numeric_is_finite(Numeric number)
{
	return !numeric_is_nan(number) && !numeric_is_inf(number);
}

static inline int
numeric_compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

bool
eth_mask_bucket_is_good(Oid type, Datum bucket)
{
	switch (type)
	{
			/* of integers, 1 would hide nothing */
		case INT4OID:
			return DatumGetInt32(bucket) > 1;
		case INT8OID:
			return DatumGetInt64(bucket) > 1;
		case FLOAT8OID:
			return isfinite(DatumGetFloat8(bucket)) && DatumGetFloat8(bucket) > 0;
		case NUMERICOID:
			{
				Numeric		number = DatumGetNumeric(bucket);

				return VARSIZE_ANY(number) <= NUMERIC_MAX_BYTES &&
					numeric_is_finite(number) &&
					numeric_compare(number, int64_to_numeric(0)) > 0;
			}
		default:
			return false;
	}
}

bool
eth_mask_bounds_are_good(Oid type, Datum lowest, Datum highest)
{
	switch (type)
	{
		case INT4OID:
			return DatumGetInt32(lowest) <= DatumGetInt32(highest);
		case INT8OID:
			return DatumGetInt64(lowest) <= DatumGetInt64(highest);
		case FLOAT8OID:
			return float8_le(DatumGetFloat8(lowest), DatumGetFloat8(highest));
		case NUMERICOID:
			return numeric_compare(DatumGetNumeric(lowest), DatumGetNumeric(highest)) <= 0;
		default:
			return false;
	}
}

/* arguments_are_good -- is there a value, and do the other three make sense? */
static bool
arguments_are_good(FunctionCallInfo fcinfo, Oid type)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || !eth_mask_bucket_is_good(type, PG_GETARG_DATUM(1)))
		return false;
	return PG_ARGISNULL(2) || PG_ARGISNULL(3) ||
		eth_mask_bounds_are_good(type, PG_GETARG_DATUM(2), PG_GETARG_DATUM(3));
}

/*
 * ethdata.mask_number(value, bucket, lowest, highest), all integer, bigint,
 * double precision or numeric -> that type
 *		The multiple of the bucket next to the value, towards zero; values below
 *		"lowest" or above "highest" (NULL: no bound) count as these.  NULL for a
 *		NULL value, for a bucket that is NULL, not finite or hides nothing, and
 *		for bounds in the wrong order.  Raises nothing.
 */
Datum
ethdata_mask_number_int4(PG_FUNCTION_ARGS)
{
	int32		value;

	if (!arguments_are_good(fcinfo, INT4OID))
		PG_RETURN_NULL();
	value = PG_GETARG_INT32(0);
	if (!PG_ARGISNULL(2))
		value = Max(value, PG_GETARG_INT32(2));
	if (!PG_ARGISNULL(3))
		value = Min(value, PG_GETARG_INT32(3));

	PG_RETURN_INT32(value - value % PG_GETARG_INT32(1));
}

Datum
ethdata_mask_number_int8(PG_FUNCTION_ARGS)
{
	int64		value;

	if (!arguments_are_good(fcinfo, INT8OID))
		PG_RETURN_NULL();
	value = PG_GETARG_INT64(0);
	if (!PG_ARGISNULL(2))
		value = Max(value, PG_GETARG_INT64(2));
	if (!PG_ARGISNULL(3))
		value = Min(value, PG_GETARG_INT64(3));

	PG_RETURN_INT64(value - value % PG_GETARG_INT64(1));
}

/*
 * Infinity and NaN, which is greater than all others, stay unless a bound is
 * nearer.  NULL also for a value so large that the bucket hides nothing of it.
 */
Datum
ethdata_mask_number_float8(PG_FUNCTION_ARGS)
{
	float8		value;
	float8		bucket;

	if (!arguments_are_good(fcinfo, FLOAT8OID))
		PG_RETURN_NULL();
	value = PG_GETARG_FLOAT8(0);
	bucket = PG_GETARG_FLOAT8(1);
	if (!PG_ARGISNULL(2) && float8_lt(value, PG_GETARG_FLOAT8(2)))
		value = PG_GETARG_FLOAT8(2);
	if (!PG_ARGISNULL(3) && float8_gt(value, PG_GETARG_FLOAT8(3)))
		value = PG_GETARG_FLOAT8(3);

	if (isnan(value))
		PG_RETURN_FLOAT8(get_float8_nan());
	if (isinf(value))
		PG_RETURN_FLOAT8(value);
	/* may be infinite, which is larger too */
	if (fabs(value) / bucket > FLOAT_MAX_QUOTIENT)
		PG_RETURN_NULL();

	/*
	 * exact before it is rounded, so the same for all values of the bucket;
	 * never -0
	 */
	PG_RETURN_FLOAT8(value - fmod(value, bucket));
}

/* As for double precision.  NULL also for numbers of hundreds of digits. */
Datum
ethdata_mask_number_numeric(PG_FUNCTION_ARGS)
{
	Numeric		value;
	Numeric		bucket;
	Numeric		result;
	Datum		scale;
	bool		failed = false;

	if (!arguments_are_good(fcinfo, NUMERICOID))
		PG_RETURN_NULL();
	value = PG_GETARG_NUMERIC(0);
	bucket = PG_GETARG_NUMERIC(1);
	if (!PG_ARGISNULL(2) && numeric_compare(value, PG_GETARG_NUMERIC(2)) < 0)
		value = PG_GETARG_NUMERIC(2);
	if (!PG_ARGISNULL(3) && numeric_compare(value, PG_GETARG_NUMERIC(3)) > 0)
		value = PG_GETARG_NUMERIC(3);

	if (!numeric_is_finite(value))
		PG_RETURN_NUMERIC(value);
	if (VARSIZE_ANY(value) > NUMERIC_MAX_BYTES)
		PG_RETURN_NULL();

	/*
	 * neither can fail: what is left over is smaller than the value and than
	 * the bucket
	 */
	result = numeric_mod_opt_error(value, bucket, &failed);
	if (failed)
		PG_RETURN_NULL();
	result = numeric_sub_opt_error(value, result, &failed);
	if (failed)
		PG_RETURN_NULL();

	/* a multiple of the bucket has no more decimals than the bucket */
	scale = DirectFunctionCall1(numeric_scale, NumericGetDatum(bucket));
	PG_RETURN_DATUM(DirectFunctionCall2(numeric_trunc, NumericGetDatum(result), scale));
}
