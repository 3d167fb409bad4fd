/*
 * noise.c
 *		Masks that move a value a little: mask_noise(), mask_date_noise().
 *
 * How far a value is moved is drawn by a keyed hash of the value, so the same
 * value is always moved by the same: noise that is drawn anew averages out when it
 * is read often enough.  For the same reason the column has no part in it (a value
 * that is copied to another column would be moved anew there), and the ratio has:
 * two results that differ in a known ratio alone would give the value away.  Whoever
 * could try values would find the one that is shown: these are keyed masks (keyed.c).
 *
 * The result keeps the sign, and it fits wherever the value fits, smallint, real and
 * numeric(p,s) included: it does not go beyond the next power of two, or of ten.
 * What would do so is moved towards zero instead.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "mask/internal.h"

PG_FUNCTION_INFO_V1(ethdata_mask_noise_int2);
PG_FUNCTION_INFO_V1(ethdata_mask_noise_int4);
PG_FUNCTION_INFO_V1(ethdata_mask_noise_int8);
PG_FUNCTION_INFO_V1(ethdata_mask_noise_float8);
PG_FUNCTION_INFO_V1(ethdata_mask_noise_numeric);
PG_FUNCTION_INFO_V1(ethdata_mask_date_noise_date);
PG_FUNCTION_INFO_V1(ethdata_mask_date_noise_timestamp);

/* Less would hide nothing worth a name, more would turn the sign. */
#define MIN_RATIO 0.01
#define MAX_RATIO 1.0

/* A hundred years */
#define MAX_DAYS 36500

/* A numeric of hundreds of digits is no measure of anything. */
#define NUMERIC_MAX_BYTES 256
#define NUMERIC_MAX_DIGITS 500

/* A float holds 53 bits. */
#define FRACTION(number) ((float8) ((number) >> 11) / (float8) (UINT64CONST(1) << 53))

/* The number's last bit, which FRACTION leaves alone, says which way. */
#define GOES_UP(number) (((number) & 1) != 0)

bool
eth_mask_ratio_is_good(float8 ratio)
{
	/* NaN is not */
	return ratio >= MIN_RATIO && ratio <= MAX_RATIO;
}

bool
eth_mask_days_are_good(int32 days)
{
	return days >= 1 && days <= MAX_DAYS;
}

/* draw -- the number for a value; false when there is no key. */
static bool
draw(const char *label, uint64 argument, const void *value, size_t len, uint64 *number)
{
	uint64		numbers[ETH_MASK_KEYED_NUMBERS];
	char	   *bytes = palloc(sizeof(uint64) + len);
	bool		result;

	argument = pg_hton64(argument);
	memcpy(bytes, &argument, sizeof(uint64));
	memcpy(bytes + sizeof(uint64), value, len);
	result = eth_mask_keyed_numbers(label, bytes, sizeof(uint64) + len, numbers);
	pfree(bytes);
	*number = numbers[0];
	return result;
}

static bool
draw_int64(const char *label, uint64 argument, int64 value, uint64 *number)
{
	uint64		bytes = pg_hton64((uint64) value);

	return draw(label, argument, &bytes, sizeof(bytes), number);
}

static uint64
float_bits(float8 value)
{
	uint64		bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* get_ratio -- false when the mask is NULL. */
static bool
get_ratio(FunctionCallInfo fcinfo, float8 *ratio)
{
	int			first = ETH_KEYED_ARG(2);

	if (PG_ARGISNULL(first) || PG_ARGISNULL(first + 1))
		return false;
	*ratio = PG_GETARG_FLOAT8(first + 1);
	return eth_mask_ratio_is_good(*ratio);
}

/*
 * noisy_int -- one number for all integer types, so that the same value is moved
 * alike in each.  Small ones may be moved by 1, whatever the ratio; 0 and -1 stay.
 */
static bool
noisy_int(int64 value, float8 ratio, int64 *result)
{
	/*
	 * of a negative value one less, so that every type holds all sizes of as
	 * many bits
	 */
	uint64		size = value < 0 ? ~(uint64) value : (uint64) value;
	uint64		number;
	uint64		largest;
	uint64		most;
	uint64		shift;

	if (!draw_int64("noise_int", float_bits(ratio), value, &number))
		return false;
	*result = value;
	if (size == 0)
		return true;
	largest = (UINT64CONST(2) << pg_leftmost_one_pos64(size)) - 1;
	most = (uint64) ((float8) size * ratio);
	most = Max(1, Min(most, size));
	shift = (number >> 1) % (most + 1);
	if (GOES_UP(number) && shift <= largest - size)
		size += shift;
	else
		size -= shift;
	*result = (int64) (value < 0 ? ~size : size);
	return true;
}

/*
 * ethdata.mask_noise(value, ratio double precision) -> the type of the value:
 *		smallint, integer, bigint, double precision or numeric
 *		The value, moved up or down by at most the ratio (0.01 to 1) of it.
 *		NULL for NULL, for another ratio and when there is no key.  Raises
 *		nothing.  Each C function is that of the twin, too.
 */
Datum
ethdata_mask_noise_int2(PG_FUNCTION_ARGS)
{
	float8		ratio;
	int64		result;

	if (!get_ratio(fcinfo, &ratio) || !noisy_int(PG_GETARG_INT16(ETH_KEYED_ARG(2)), ratio, &result))
		PG_RETURN_NULL();
	PG_RETURN_INT16((int16) result);
}

Datum
ethdata_mask_noise_int4(PG_FUNCTION_ARGS)
{
	float8		ratio;
	int64		result;

	if (!get_ratio(fcinfo, &ratio) || !noisy_int(PG_GETARG_INT32(ETH_KEYED_ARG(2)), ratio, &result))
		PG_RETURN_NULL();
	PG_RETURN_INT32((int32) result);
}

Datum
ethdata_mask_noise_int8(PG_FUNCTION_ARGS)
{
	float8		ratio;
	int64		result;

	if (!get_ratio(fcinfo, &ratio) || !noisy_int(PG_GETARG_INT64(ETH_KEYED_ARG(2)), ratio, &result))
		PG_RETURN_NULL();
	PG_RETURN_INT64(result);
}

/* Infinity, NaN and 0 stay; what is nearer to 0 than a normal number of type real becomes 0. */
Datum
ethdata_mask_noise_float8(PG_FUNCTION_ARGS)
{
	float8		ratio;
	float8		value;
	float8		size;
	float8		shift;
	uint64		number;
	int			exponent;

	if (!get_ratio(fcinfo, &ratio))
		PG_RETURN_NULL();
	value = PG_GETARG_FLOAT8(ETH_KEYED_ARG(2));
	/* no sign of zero and no payload of NaN is shown, or counts */
	if (isnan(value))
		value = get_float8_nan();
	else if (value == 0)
		value = 0;
	if (!draw_int64("noise_float", float_bits(ratio), (int64) float_bits(value), &number))
		PG_RETURN_NULL();
	if (isnan(value) || isinf(value))
		PG_RETURN_FLOAT8(value);

	size = fabs(value);
	shift = size * ratio * FRACTION(number);
	(void) frexp(size, &exponent);
	/* the largest number below the power of two that type real has, too */
	if (GOES_UP(number) && size + shift <= ldexp(1 - (float8) FLT_EPSILON / 2, exponent))
		size += shift;
	else
		size -= shift;
	if (size < (float8) FLT_MIN)
		PG_RETURN_FLOAT8(0);
	PG_RETURN_FLOAT8(value < 0 ? -size : size);
}

static Datum
power_of_ten(const char *factor, int exponent)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(psprintf("%se%d", factor, exponent)),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/* digits_before_point -- of a number as text; less than 0 when zeros come behind the point. */
static int
digits_before_point(const char *text)
{
	int			n = 0;

	if (*text == '-')
		text++;
	if (*text == '0')
	{
		for (text++; *text == '.' || *text == '0'; text++)
			n -= *text == '0';
		return n;
	}
	while (text[n] >= '0' && text[n] <= '9')
		n++;
	return n;
}

static bool
is_less(Datum a, Datum b)
{
	return DatumGetBool(DirectFunctionCall2(numeric_lt, a, b));
}

/*
 * As for double precision.  The number of decimals stays, and the last one moves,
 * too.  NULL also for numbers of hundreds of digits.
 */
Datum
ethdata_mask_noise_numeric(PG_FUNCTION_ARGS)
{
	Datum		zero = NumericGetDatum(int64_to_numeric(0));
	Numeric		value;
	float8		ratio;
	uint64		number;
	char	   *text;
	int			scale;
	Datum		size;
	Datum		shift;
	Datum		result;

	if (!get_ratio(fcinfo, &ratio))
		PG_RETURN_NULL();
	value = PG_GETARG_NUMERIC(ETH_KEYED_ARG(2));
	if (VARSIZE_ANY(value) > NUMERIC_MAX_BYTES)
		PG_RETURN_NULL();
	/* without the zeros behind: 1.50 is 1.5 */
	text = numeric_normalize(value);
	if (strlen(text) > NUMERIC_MAX_DIGITS)
		PG_RETURN_NULL();
	if (!draw("noise_numeric", float_bits(ratio), text, strlen(text), &number))
		PG_RETURN_NULL();
	if (numeric_is_nan(value) || numeric_is_inf(value) || strcmp(text, "0") == 0)
		PG_RETURN_NUMERIC(value);
	scale = DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(value)));
	if (scale > NUMERIC_MAX_DIGITS)
		PG_RETURN_NULL();

	/*
	 * the ratio of the value and one unit of its last decimal, times what was
	 * drawn, in whole units
	 */
	size = DirectFunctionCall1(numeric_abs, NumericGetDatum(value));
	shift = DirectFunctionCall2(numeric_mul, size, DirectFunctionCall1(float8_numeric, Float8GetDatum(ratio)));
	shift = DirectFunctionCall2(numeric_add, shift, power_of_ten("1", -scale));
	shift = DirectFunctionCall2(numeric_mul, shift, DirectFunctionCall1(float8_numeric, Float8GetDatum(FRACTION(number))));
	shift = DirectFunctionCall2(numeric_trunc, shift, Int32GetDatum(scale));

	/*
	 * below the power of ten, also when a column of negative scale rounds it
	 * to one digit
	 */
	result = DirectFunctionCall2(numeric_add, size, shift);
	if (!GOES_UP(number) || !is_less(result, power_of_ten("0.95", digits_before_point(text))))
		result = DirectFunctionCall2(numeric_sub, size, shift);
	if (is_less(result, zero))
		result = DirectFunctionCall2(numeric_trunc, zero, Int32GetDatum(scale));
	if (text[0] == '-')
		result = DirectFunctionCall1(numeric_uminus, result);
	PG_RETURN_DATUM(result);
}

/* get_days -- false when the mask is NULL. */
static bool
get_days(FunctionCallInfo fcinfo, int32 *days)
{
	int			first = ETH_KEYED_ARG(2);

	if (PG_ARGISNULL(first) || PG_ARGISNULL(first + 1))
		return false;
	*days = PG_GETARG_INT32(first + 1);
	return eth_mask_days_are_good(*days);
}

/*
 * ethdata.mask_date_noise(value date, days integer) -> date
 *		The date, moved by at most so many days (1 to 36500) to either side.
 *		Infinity stays; what would leave the range of the type is moved the other
 *		way.  NULL for NULL, for other numbers of days and when there is no key.
 *		Raises nothing.  The C function is that of the twin, too.
 */
Datum
ethdata_mask_date_noise_date(PG_FUNCTION_ARGS)
{
	int32		days;
	DateADT		value;
	uint64		number;
	int64		shift;
	int64		result;

	if (!get_days(fcinfo, &days))
		PG_RETURN_NULL();
	value = PG_GETARG_DATEADT(ETH_KEYED_ARG(2));
	if (!draw_int64("noise_date", (uint64) days, value, &number))
		PG_RETURN_NULL();
	if (DATE_NOT_FINITE(value))
		PG_RETURN_DATEADT(value);
	shift = (int64) (number % (2 * (uint64) days + 1)) - days;
	result = value + shift;
	if (!IS_VALID_DATE(result))
		result = value - shift;
	PG_RETURN_DATEADT((DateADT) result);
}

/*
 * ethdata.mask_date_noise(value timestamp, days integer) -> timestamp
 * ethdata.mask_date_noise(value timestamptz, days integer) -> timestamptz
 *		Likewise, to the microsecond: the time of the day is moved, too.
 */
Datum
ethdata_mask_date_noise_timestamp(PG_FUNCTION_ARGS)
{
	int32		days;
	Timestamp	value;
	uint64		number;
	int64		span;
	int64		shift;
	Timestamp	result;

	if (!get_days(fcinfo, &days))
		PG_RETURN_NULL();
	value = PG_GETARG_TIMESTAMP(ETH_KEYED_ARG(2));
	if (!draw_int64("noise_timestamp", (uint64) days, value, &number))
		PG_RETURN_NULL();
	if (TIMESTAMP_NOT_FINITE(value))
		PG_RETURN_TIMESTAMP(value);
	span = days * USECS_PER_DAY;
	shift = (int64) (number % (2 * (uint64) span + 1)) - span;

	/*
	 * A day from the ends, so that a column of fewer decimals may round it; a
	 * value that is nearer to an end is moved away from it.
	 */
	if (pg_add_s64_overflow(value, shift, &result) || result >= END_TIMESTAMP - USECS_PER_DAY)
		result = value - (shift < 0 ? -shift : shift);
	else if (result < MIN_TIMESTAMP + USECS_PER_DAY)
		result = value + (shift < 0 ? -shift : shift);
	PG_RETURN_TIMESTAMP(result);
}
