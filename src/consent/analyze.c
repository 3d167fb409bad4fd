/*
 * analyze.c
 *		What indexes and ANALYZE take out of a consent value: the purposes that the
 *		person agreed to.
 *
 *	_consent_extract()		keys of a GIN index: ids of the purposes with an
 *							agreement, expired or not
 *	_consent_typanalyze()	beside what ANALYZE gathers of any type, how many of
 *							the values hold each of these ids (the slot "most
 *							common elements" of pg_statistic)
 *
 * Both read the value alone.  That expiry, restriction and what lies above a
 * purpose count as well is the decision's business: an agreement is necessary for
 * purposes that rest on one, so the keys find all rows that may be permitted
 * (decide/index.c).
 */
#include "postgres.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "commands/vacuum.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"

#include "consent/consent.h"

PG_FUNCTION_INFO_V1(ethdata__consent_extract);
PG_FUNCTION_INFO_V1(ethdata__consent_typanalyze);

/* _consent_extract(consent, internal) -> internal: extractValue of GIN. */
Datum
ethdata__consent_extract(PG_FUNCTION_ARGS)
{
	const EthConsent *value = PG_GETARG_ETH_CONSENT_P(0);
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	Datum	   *keys = palloc(sizeof(Datum) * Max(value->count, 1));
	int			i;

	*nkeys = 0;
	for (i = 0; i < value->count; i++)
		if (ETH_STATUS_IS_GRANT(ETH_ENTRY_STATUS(&value->entries[i])))
			keys[(*nkeys)++] = Int32GetDatum(value->entries[i].id);
	PG_RETURN_POINTER(keys);
}

/* ---- statistics ---- */

/* Core's own way to gather, which ours goes around. */
typedef struct StandardStats
{
	AnalyzeAttrComputeStatsFunc compute;
	void	   *extra;
} StandardStats;

typedef struct Agreements
{
	int32		purpose_id;		/* hash key */
	int			values;			/* that hold an agreement to it */
} Agreements;

static int
more_first(const void *a, const void *b)
{
	const Agreements *left = *(const Agreements *const *) a;
	const Agreements *right = *(const Agreements *const *) b;

	if (left->values != right->values)
		return left->values > right->values ? -1 : 1;
	return left->purpose_id < right->purpose_id ? -1 : left->purpose_id > right->purpose_id;
}

static int
by_id(const void *a, const void *b)
{
	int32		left = (*(const Agreements *const *) a)->purpose_id;
	int32		right = (*(const Agreements *const *) b)->purpose_id;

	return left < right ? -1 : left > right;
}

static HTAB *
count_agreements(VacAttrStats *stats, AnalyzeAttrFetchFunc fetch, int samplerows, int *nonnull)
{
	HASHCTL		ctl;
	HTAB	   *counts;
	int			row;

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(int32);
	ctl.entrysize = sizeof(Agreements);
	ctl.hcxt = CurrentMemoryContext;
	counts = hash_create("ethdata agreements", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	*nonnull = 0;
	for (row = 0; row < samplerows; row++)
	{
		bool		isnull;
		Datum		datum = fetch(stats, row, &isnull);
		EthConsent *value;
		int			i;

		CHECK_FOR_INTERRUPTS();
		if (isnull)
			continue;
		(*nonnull)++;
		value = DatumGetEthConsentP(datum);
		for (i = 0; i < value->count; i++)
		{
			Agreements *agreements;
			bool		found;

			if (!ETH_STATUS_IS_GRANT(ETH_ENTRY_STATUS(&value->entries[i])))
				continue;
			agreements = hash_search(counts, &value->entries[i].id, HASH_ENTER, &found);
			agreements->values = found ? agreements->values + 1 : 1;
		}
		if (PointerGetDatum(value) != datum)
			pfree(value);
	}
	return counts;
}

/*
 * As core lays out most common elements: the elements in their order, their
 * frequencies among the values that are not null, the lowest and the highest of
 * these, and the frequency of null elements, of which there are none.
 */
static void
store_agreements(VacAttrStats *stats, HTAB *counts, int nonnull)
{
	int			n = (int) hash_get_num_entries(counts);
	int			most = eth_compat_statistics_target(stats) * 10;
	Agreements **sorted = palloc(sizeof(Agreements *) * Max(n, 1));
	HASH_SEQ_STATUS scan;
	Agreements *agreements;
	Datum	   *ids;
	float4	   *numbers;
	float4		lowest = 1;
	float4		highest = 0;
	int			slot;
	int			i = 0;

	hash_seq_init(&scan, counts);
	while ((agreements = hash_seq_search(&scan)) != NULL)
		sorted[i++] = agreements;
	qsort(sorted, n, sizeof(Agreements *), more_first);
	n = Min(n, most);
	qsort(sorted, n, sizeof(Agreements *), by_id);

	for (slot = 0; slot < STATISTIC_NUM_SLOTS && stats->stakind[slot] != 0; slot++)
		;
	if (slot == STATISTIC_NUM_SLOTS || nonnull == 0)
		return;
	ids = MemoryContextAlloc(stats->anl_context, sizeof(Datum) * Max(n, 1));
	numbers = MemoryContextAlloc(stats->anl_context, sizeof(float4) * (n + 3));
	for (i = 0; i < n; i++)
	{
		ids[i] = Int32GetDatum(sorted[i]->purpose_id);
		numbers[i] = (float4) sorted[i]->values / (float4) nonnull;
		lowest = Min(lowest, numbers[i]);
		highest = Max(highest, numbers[i]);
	}

	/*
	 * of one that is not listed, less than one value in the sample had an
	 * agreement
	 */
	numbers[n] = n < most ? 0.5f / (float4) nonnull : lowest;
	numbers[n + 1] = highest;
	numbers[n + 2] = 0;

	stats->stakind[slot] = STATISTIC_KIND_MCELEM;
	stats->staop[slot] = Int4EqualOperator;
	stats->stacoll[slot] = InvalidOid;
	stats->stanumbers[slot] = numbers;
	stats->numnumbers[slot] = n + 3;
	stats->stavalues[slot] = ids;
	stats->numvalues[slot] = n;
	stats->statypid[slot] = INT4OID;
	stats->statyplen[slot] = sizeof(int32);
	stats->statypbyval[slot] = true;
	stats->statypalign[slot] = TYPALIGN_INT;
}

static void
compute_stats(VacAttrStats *stats, AnalyzeAttrFetchFunc fetch, int samplerows, double totalrows)
{
	StandardStats *standard = stats->extra_data;
	HTAB	   *counts;
	int			nonnull;

	stats->extra_data = standard->extra;
	standard->compute(stats, fetch, samplerows, totalrows);
	stats->extra_data = standard;
	if (!stats->stats_valid)
		return;
	counts = count_agreements(stats, fetch, samplerows, &nonnull);
	store_agreements(stats, counts, nonnull);
	hash_destroy(counts);
}

/* _consent_typanalyze(internal) -> boolean: ANALYZE of the type. */
Datum
ethdata__consent_typanalyze(PG_FUNCTION_ARGS)
{
	VacAttrStats *stats = (VacAttrStats *) PG_GETARG_POINTER(0);
	StandardStats *standard;

	if (!std_typanalyze(stats))
		PG_RETURN_BOOL(false);
	standard = palloc(sizeof(StandardStats));
	standard->compute = stats->compute_stats;
	standard->extra = stats->extra_data;
	stats->compute_stats = compute_stats;
	stats->extra_data = standard;
	PG_RETURN_BOOL(true);
}
