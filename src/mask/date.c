/*
 * date.c
 *		Masks for dates and times: mask_date().
 *
 * Like core's date_trunc(), with three differences.  It is total: infinity
 * stays, what would fall before the first representable value becomes that,
 * an unknown unit gives NULL (and is refused when a mask is declared).  It does
 * not know units that hide nothing.  And it truncates a timestamptz in UTC,
 * not in the reader's time zone: a reader who could choose the zone could find
 * the hidden part by looking when the result jumps.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "mask/internal.h"

PG_FUNCTION_INFO_V1(ethdata_mask_date_date);
PG_FUNCTION_INFO_V1(ethdata_mask_date_timestamp);

typedef enum Unit
{
	UNIT_UNKNOWN,
	UNIT_HOUR,
	UNIT_DAY,
	UNIT_WEEK,
	UNIT_MONTH,
	UNIT_QUARTER,
	UNIT_YEAR,
	UNIT_DECADE,
	UNIT_CENTURY,
	UNIT_MILLENNIUM
} Unit;

static const struct
{
	const char *name;
	Unit		unit;
}			units[] =

{
	{"hour", UNIT_HOUR},
	{"day", UNIT_DAY},
	{"week", UNIT_WEEK},
	{"month", UNIT_MONTH},
	{"quarter", UNIT_QUARTER},
	{"year", UNIT_YEAR},
	{"decade", UNIT_DECADE},
	{"century", UNIT_CENTURY},
	{"centuries", UNIT_CENTURY},
	{"millennium", UNIT_MILLENNIUM},
	{"millennia", UNIT_MILLENNIUM},
};

/* unit_by_name -- singular or plural, in any case. */
static Unit
unit_by_name(const struct varlena *name)
{
	const char *at = VARDATA_ANY(name);
	int			len = VARSIZE_ANY_EXHDR(name);
	int			i;

	for (i = 0; i < (int) lengthof(units); i++)
	{
		int			n = (int) strlen(units[i].name);

		if (len == n || (len == n + 1 && (at[n] == 's' || at[n] == 'S')))
		{
			if (pg_strncasecmp(at, units[i].name, n) == 0)
				return units[i].unit;
		}
	}
	return UNIT_UNKNOWN;
}

/* unit_of -- UNIT_UNKNOWN also for a unit that hides nothing of the type. */
static Unit
unit_of(const struct varlena *name, Oid type)
{
	Unit		unit = unit_by_name(name);

	if (type == DATEOID && unit <= UNIT_DAY)
		return UNIT_UNKNOWN;
	return unit;
}

/* The name that a call had for the row before, which the next row has again. */
typedef struct LastUnit
{
	Unit		unit;
	int			len;
	char		name[12];
} LastUnit;

/* unit_argument -- unit_of() the second argument, found once for rows that name the same. */
static Unit
unit_argument(FunctionCallInfo fcinfo, Oid type)
{
	const struct varlena *name = PG_GETARG_TEXT_PP(1);
	int			len = VARSIZE_ANY_EXHDR(name);
	LastUnit   *last;

	if (fcinfo->flinfo == NULL || len > (int) sizeof(last->name))
		return unit_of(name, type);
	last = fcinfo->flinfo->fn_extra;
	if (last != NULL && last->len == len && memcmp(last->name, VARDATA_ANY(name), len) == 0)
		return last->unit;
	if (last == NULL)
		last = fcinfo->flinfo->fn_extra = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(LastUnit));
	last->unit = unit_of(name, type);
	last->len = len;
	memcpy(last->name, VARDATA_ANY(name), len);
	return last->unit;
}

bool
eth_mask_unit_is_known(const struct varlena *name, Oid type)
{
	return unit_of(name, type) != UNIT_UNKNOWN;
}

/*
 * truncate_day -- the Julian day on which the unit that holds the given one
 * starts.  May lie before the first Julian day that date2j() is good for:
 * the caller clamps.  Years count as in pg_tm: 0 is 1 BC.
 */
static bool
truncate_day(int julian, Unit unit, int *result)
{
	int			year;
	int			month;
	int			day;

	if (unit <= UNIT_DAY)
	{
		*result = julian;
		return true;
	}
	if (unit == UNIT_WEEK)
	{
		/*
		 * weeks start on Monday, as ISO 8601 has it; j2day() counts from
		 * Sunday
		 */
		*result = julian - (j2day(julian) + 6) % 7;
		return *result >= 0;
	}

	j2date(julian, &year, &month, &day);
	switch (unit)
	{
		case UNIT_QUARTER:
			month = 3 * ((month - 1) / 3) + 1;
			break;
		case UNIT_YEAR:
			month = 1;
			break;
		case UNIT_DECADE:
			/* as core: the decade 0 holds the years 1 BC to 9 AD */
			year = year > 0 ? (year / 10) * 10 : -((8 - (year - 1)) / 10) * 10;
			month = 1;
			break;
		case UNIT_CENTURY:
			year = year > 0 ? ((year + 99) / 100) * 100 - 99 : -((99 - (year - 1)) / 100) * 100 + 1;
			month = 1;
			break;
		case UNIT_MILLENNIUM:
			year = year > 0 ? ((year + 999) / 1000) * 1000 - 999 : -((999 - (year - 1)) / 1000) * 1000 + 1;
			month = 1;
			break;
		default:
			break;
	}
	if (!IS_VALID_JULIAN(year, month, 1))
		return false;
	*result = date2j(year, month, 1);
	return true;
}

/*
 * ethdata.mask_date(value date, unit text) -> date
 *		First day of the week, month, quarter, year, decade, century or
 *		millennium.  NULL for another unit; raises nothing.
 */
Datum
ethdata_mask_date_date(PG_FUNCTION_ARGS)
{
	DateADT		value = PG_GETARG_DATEADT(0);
	Unit		unit = unit_argument(fcinfo, DATEOID);
	int			julian;

	if (unit == UNIT_UNKNOWN)
		PG_RETURN_NULL();
	if (DATE_NOT_FINITE(value))
		PG_RETURN_DATEADT(value);

	if (!IS_VALID_DATE(value) ||
		!truncate_day(value + POSTGRES_EPOCH_JDATE, unit, &julian) ||
		!IS_VALID_DATE(julian - POSTGRES_EPOCH_JDATE))
		PG_RETURN_DATEADT(DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE);
	PG_RETURN_DATEADT(julian - POSTGRES_EPOCH_JDATE);
}

/*
 * ethdata.mask_date(value timestamp, unit text) -> timestamp
 * ethdata.mask_date(value timestamptz, unit text) -> timestamptz
 *		Start of the hour, day, week, month, quarter, year, decade, century or
 *		millennium; of a timestamptz in UTC.  NULL for another unit; raises
 *		nothing.
 */
Datum
ethdata_mask_date_timestamp(PG_FUNCTION_ARGS)
{
	Timestamp	value = PG_GETARG_TIMESTAMP(0);
	Unit		unit = unit_argument(fcinfo, TIMESTAMPOID);
	Timestamp	time;
	Timestamp	day;
	int			julian;

	if (unit == UNIT_UNKNOWN)
		PG_RETURN_NULL();
	if (TIMESTAMP_NOT_FINITE(value))
		PG_RETURN_TIMESTAMP(value);
	if (!IS_VALID_TIMESTAMP(value))
		PG_RETURN_TIMESTAMP(MIN_TIMESTAMP);

	/* floor, also before 2000 */
	time = value % USECS_PER_DAY;
	if (time < 0)
		time += USECS_PER_DAY;
	day = value / USECS_PER_DAY - (value % USECS_PER_DAY < 0 ? 1 : 0);

	if (unit == UNIT_HOUR)
		PG_RETURN_TIMESTAMP(value - time % USECS_PER_HOUR);

	if (!truncate_day((int) day + POSTGRES_EPOCH_JDATE, unit, &julian) ||
		julian < DATETIME_MIN_JULIAN)
		PG_RETURN_TIMESTAMP(MIN_TIMESTAMP);
	PG_RETURN_TIMESTAMP(((Timestamp) julian - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY);
}
