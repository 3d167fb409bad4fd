/*
 * value.c
 *		The compact value: look-up of an entry, comparison, hashing, merging.
 *
 * Format: see consent.h.  Entries are sorted by purpose id and no id is there
 * twice; reserved bytes are 0; the expiry of an entry that is not a grant is
 * kept as it was given.  Every function that makes a value keeps this, so two
 * values are equal exactly if their bytes are.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "consent/consent.h"

EthConsent *
eth_consent_make(uint8 regime, int32 birth_date, uint16 count)
{
	Size		size = ETH_CONSENT_SIZE(count);
	EthConsent *value = palloc0(size);

	SET_VARSIZE(value, size);
	value->format = ETH_CONSENT_FORMAT;
	value->regime = regime;
	value->birth_date = birth_date;
	value->count = count;
	return value;
}

static const char *const status_names[] =
{
	[ETH_STATUS_UNKNOWN] = "unknown",
	[ETH_STATUS_REQUESTED] = "requested",
	[ETH_STATUS_GIVEN] = "given",
	[ETH_STATUS_RENEWED] = "renewed",
	[ETH_STATUS_REFUSED] = "refused",
	[ETH_STATUS_WITHDRAWN] = "withdrawn",
	[ETH_STATUS_REVOKED] = "revoked",
	[ETH_STATUS_EXPIRED] = "expired",
	[ETH_STATUS_INVALIDATED] = "invalidated",
	[ETH_STATUS_OBJECTED] = "objected"
};

const char *
eth_consent_status_name(EthStatus status)
{
	if ((int) status < 0 || (int) status >= (int) lengthof(status_names))
		return "unknown";
	return status_names[status];
}

/*
 * An order for B-tree and sorting: by regime, flags, birth date, then entry by
 * entry.  It means nothing about persons.
 */
static int
compare_values(const EthConsent *a, const EthConsent *b)
{
	int			i;
	int			n = Min(a->count, b->count);

	if (a->regime != b->regime)
		return a->regime < b->regime ? -1 : 1;
	if (a->flags != b->flags)
		return a->flags < b->flags ? -1 : 1;
	if (a->birth_date != b->birth_date)
		return a->birth_date < b->birth_date ? -1 : 1;
	for (i = 0; i < n; i++)
	{
		if (a->entries[i].id != b->entries[i].id)
			return a->entries[i].id < b->entries[i].id ? -1 : 1;
		if (a->entries[i].bits != b->entries[i].bits)
			return a->entries[i].bits < b->entries[i].bits ? -1 : 1;
	}
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	return 0;
}

static int
compare_arguments(FunctionCallInfo fcinfo)
{
	EthConsent *a = PG_GETARG_ETH_CONSENT_P(0);
	EthConsent *b = PG_GETARG_ETH_CONSENT_P(1);
	int			result = compare_values(a, b);

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return result;
}

PG_FUNCTION_INFO_V1(ethdata_consent_eq);
PG_FUNCTION_INFO_V1(ethdata_consent_ne);
PG_FUNCTION_INFO_V1(ethdata_consent_lt);
PG_FUNCTION_INFO_V1(ethdata_consent_le);
PG_FUNCTION_INFO_V1(ethdata_consent_gt);
PG_FUNCTION_INFO_V1(ethdata_consent_ge);
PG_FUNCTION_INFO_V1(ethdata_consent_cmp);
PG_FUNCTION_INFO_V1(ethdata_consent_hash);
PG_FUNCTION_INFO_V1(ethdata_consent_hash_extended);
PG_FUNCTION_INFO_V1(ethdata_consent_merge);

Datum
ethdata_consent_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

Datum
ethdata_consent_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

Datum
ethdata_consent_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

Datum
ethdata_consent_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

Datum
ethdata_consent_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

Datum
ethdata_consent_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

/* B-tree support function 1. */
Datum
ethdata_consent_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

/* Hash support function 1: over all bytes after the varlena header. */
Datum
ethdata_consent_hash(PG_FUNCTION_ARGS)
{
	EthConsent *value = PG_GETARG_ETH_CONSENT_P(0);
	Datum		result = hash_any((unsigned char *) VARDATA(value),
								  VARSIZE(value) - VARHDRSZ);

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_DATUM(result);
}

/* Hash support function 2: with a seed. */
Datum
ethdata_consent_hash_extended(PG_FUNCTION_ARGS)
{
	EthConsent *value = PG_GETARG_ETH_CONSENT_P(0);
	Datum		result = hash_any_extended((unsigned char *) VARDATA(value),
										   VARSIZE(value) - VARHDRSZ,
										   PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_DATUM(result);
}

/* A larger one is more restrictive. */
static int
restrictiveness(const EthEntry *entry)
{
	switch (ETH_ENTRY_STATUS(entry))
	{
		case ETH_STATUS_RENEWED:
			return 0;
		case ETH_STATUS_GIVEN:
			return 1;
		case ETH_STATUS_UNKNOWN:
			return 2;
		case ETH_STATUS_REQUESTED:
			return 3;
		case ETH_STATUS_EXPIRED:
			return 4;
		case ETH_STATUS_INVALIDATED:
			return 5;
		case ETH_STATUS_REFUSED:
			return 6;
		case ETH_STATUS_REVOKED:
			return 7;
		case ETH_STATUS_WITHDRAWN:
			return 8;
		case ETH_STATUS_OBJECTED:
			if (ETH_ENTRY_FLAGS(entry) & ETH_ENTRY_ABSOLUTE)
				return 11;
			if (ETH_ENTRY_FLAGS(entry) & ETH_ENTRY_PENDING)
				return 9;
			return 10;
	}
	return 12;
}

/* Both about one purpose. */
static EthEntry
merge_entries(const EthEntry *a, const EthEntry *b)
{
	int			ra = restrictiveness(a);
	int			rb = restrictiveness(b);
	const EthEntry *harder = ra >= rb ? a : b;
	const uint32 both = ETH_ENTRY_EXPLICIT | ETH_ENTRY_INFORMED;
	uint32		flags;
	uint32		expiry;
	EthEntry	result;

	/* what permits must be there on both sides, what forbids is the harder's */
	flags = (ETH_ENTRY_FLAGS(harder) & ~both) |
		(ETH_ENTRY_FLAGS(a) & ETH_ENTRY_FLAGS(b) & both);
	expiry = ETH_ENTRY_EXPIRY(harder);
	if (ETH_STATUS_IS_GRANT(ETH_ENTRY_STATUS(a)) && ETH_STATUS_IS_GRANT(ETH_ENTRY_STATUS(b)))
	{
		uint32		ea = ETH_ENTRY_EXPIRY(a);
		uint32		eb = ETH_ENTRY_EXPIRY(b);

		expiry = ea == 0 ? eb : eb == 0 ? ea : Min(ea, eb);
	}
	else if (ra == rb)
		expiry = Max(ETH_ENTRY_EXPIRY(a), ETH_ENTRY_EXPIRY(b));
	result.id = a->id;
	result.bits = ETH_ENTRY_BITS(ETH_ENTRY_STATUS(harder), flags, expiry);
	return result;
}

/*
 * consent || consent: what holds when both are about one person.  For a purpose
 * with an entry on both sides the more restrictive one holds, and of two grants
 * the one that expires first; an entry on one side is kept.  Flags of the head
 * add up; a regime or birth date that is not the same on both sides becomes
 * unknown, of two known birth dates the later one stays.
 * Commutative and associative.  Errors: 54000 when more purposes come together
 * than a value can carry.
 */
Datum
ethdata_consent_merge(PG_FUNCTION_ARGS)
{
	EthConsent *a = PG_GETARG_ETH_CONSENT_P(0);
	EthConsent *b = PG_GETARG_ETH_CONSENT_P(1);
	EthConsent *result;
	EthEntry   *entries;
	int			i = 0;
	int			j = 0;
	int			n = 0;
	int32		birth_date;

	entries = palloc((a->count + b->count + 1) * sizeof(EthEntry));
	while (i < a->count || j < b->count)
	{
		if (j >= b->count || (i < a->count && a->entries[i].id < b->entries[j].id))
			entries[n++] = a->entries[i++];
		else if (i >= a->count || b->entries[j].id < a->entries[i].id)
			entries[n++] = b->entries[j++];
		else
			entries[n++] = merge_entries(&a->entries[i++], &b->entries[j++]);
	}
	if (n > ETH_CONSENT_MAX_ENTRIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a consent value can carry at most %d purposes", ETH_CONSENT_MAX_ENTRIES)));

	if (a->birth_date == ETH_BIRTH_UNKNOWN || b->birth_date == ETH_BIRTH_UNKNOWN)
		birth_date = ETH_BIRTH_UNKNOWN;
	else
		birth_date = Max(a->birth_date, b->birth_date);
	result = eth_consent_make(a->regime == b->regime ? a->regime : ETH_REGIME_UNKNOWN,
							  birth_date, n);
	result->flags = a->flags | b->flags;
	memcpy(result->entries, entries, n * sizeof(EthEntry));
	PG_RETURN_POINTER(result);
}
