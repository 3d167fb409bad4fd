/*
 * facts.c
 *		What the fold must know of the purposes: basis, marketing, ancestors.
 *
 * The purpose room's catalogue may be reloaded by any call of it, so nothing of
 * it is kept: the facts are copied, once for each version of the catalogue and
 * each regime that was asked for, and found by binary search.
 */
#include "postgres.h"

#include "nodes/bitmapset.h"
#include "utils/memutils.h"

#include "consent/state.h"

typedef struct RegimeFacts
{
	int			n;
	EthFoldPurpose *facts;		/* NULL: not asked for yet */
} RegimeFacts;

static MemoryContext facts_context = NULL;
static RegimeFacts by_regime[PG_UINT8_MAX + 1];
static uint64 facts_version = 0;	/* of the catalogue; 0: nothing is there */

/*
 * Where the regime is not known, what any regime knows counts: an answer can be
 * recorded and an objection raised, both only ever deny more than nothing.
 */
bool
eth_consent_rests_on_answer(const EthPurpose *purpose, uint8 regime)
{
	int			i;

	if (regime != ETH_REGIME_UNKNOWN)
		return eth_purpose_basis_rests_on_answer(eth_purpose_basis(purpose, regime));
	if (eth_purpose_basis_rests_on_answer(purpose->basis))
		return true;
	for (i = 0; i < purpose->nregimes; i++)
	{
		if (eth_purpose_basis_rests_on_answer(purpose->regimes[i].basis))
			return true;
	}
	return false;
}

static bool
is_objectionable(EthBasis basis)
{
	return basis == ETH_BASIS_LEGITIMATE_INTERESTS || basis == ETH_BASIS_PUBLIC_TASK;
}

bool
eth_consent_objectionable(const EthPurpose *purpose, uint8 regime)
{
	int			i;

	if (regime != ETH_REGIME_UNKNOWN)
		return is_objectionable(eth_purpose_basis(purpose, regime));
	if (is_objectionable(purpose->basis))
		return true;
	for (i = 0; i < purpose->nregimes; i++)
	{
		if (is_objectionable(purpose->regimes[i].basis))
			return true;
	}
	return false;
}

static int
compare_facts(const void *a, const void *b)
{
	int32		x = ((const EthFoldPurpose *) a)->id;
	int32		y = ((const EthFoldPurpose *) b)->id;

	return x < y ? -1 : x > y ? 1 : 0;
}

static int
compare_ids(const void *a, const void *b)
{
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;

	return x < y ? -1 : x > y ? 1 : 0;
}

static void
forget_facts(void)
{
	if (facts_context == NULL)
		facts_context = AllocSetContextCreate(CacheMemoryContext, "ethdata facts of purposes",
											  ALLOCSET_SMALL_SIZES);
	facts_version = 0;
	memset(by_regime, 0, sizeof(by_regime));
	MemoryContextReset(facts_context);
}

/* The catalogue may be reloaded meanwhile: the version afterwards tells. */
static void
load_facts(uint8 regime)
{
	MemoryContext around = MemoryContextSwitchTo(facts_context);
	int			n = eth_purpose_count();
	EthFoldPurpose *facts = palloc0(Max(n, 1) * sizeof(EthFoldPurpose));
	int			nfacts = 0;
	int			i;

	for (i = 0; i < n; i++)
	{
		const EthPurpose *purpose = eth_purpose_by_index(i);
		EthFoldPurpose *fact = &facts[nfacts];
		Bitmapset  *ancestors;
		int32	   *ids;
		int			member = -1;

		if (purpose == NULL)
			break;
		fact->id = purpose->id;
		fact->rests_on_answer = eth_consent_rests_on_answer(purpose, regime);
		fact->objectionable = eth_consent_objectionable(purpose, regime);
		fact->direct_marketing = purpose->direct_marketing;
		ancestors = bms_copy(purpose->ancestors);
		ids = palloc(Max(bms_num_members(ancestors), 1) * sizeof(int32));
		while ((member = bms_next_member(ancestors, member)) >= 0)
		{
			const EthPurpose *ancestor = eth_purpose_by_index(member);

			if (ancestor != NULL && ancestor->id != fact->id)
				ids[fact->nancestors++] = ancestor->id;
		}
		qsort(ids, fact->nancestors, sizeof(int32), compare_ids);
		fact->ancestors = ids;
		nfacts++;
	}
	qsort(facts, nfacts, sizeof(EthFoldPurpose), compare_facts);
	MemoryContextSwitchTo(around);
	by_regime[regime].n = nfacts;
	by_regime[regime].facts = facts;
}

const EthFoldPurpose *
eth_consent_facts(uint8 regime, int *n)
{
	eth_purpose_catalogue_refresh();
	while (facts_version != eth_purpose_catalogue_version || by_regime[regime].facts == NULL)
	{
		uint64		version = eth_purpose_catalogue_version;

		if (facts_version != version)
			forget_facts();
		load_facts(regime);
		facts_version = version == eth_purpose_catalogue_version ? version : 0;
		if (facts_version == 0)
			forget_facts();
	}
	*n = by_regime[regime].n;
	return by_regime[regime].facts;
}

EthFoldPurpose *
eth_consent_facts_copy(uint8 regime, int *n)
{
	const EthFoldPurpose *all = eth_consent_facts(regime, n);
	EthFoldPurpose *copy = palloc(Max(*n, 1) * sizeof(EthFoldPurpose));
	int			i;

	memcpy(copy, all, *n * sizeof(EthFoldPurpose));
	for (i = 0; i < *n; i++)
	{
		int32	   *ids = palloc(Max(copy[i].nancestors, 1) * sizeof(int32));

		memcpy(ids, copy[i].ancestors, copy[i].nancestors * sizeof(int32));
		copy[i].ancestors = ids;
	}
	return copy;
}

const EthFoldPurpose *
eth_consent_fact(const EthFoldPurpose *all, int n, int32 id)
{
	EthFoldPurpose wanted = {.id = id};

	return n == 0 ? NULL : bsearch(&wanted, all, n, sizeof(EthFoldPurpose), compare_facts);
}

bool
eth_consent_is_below(int32 id, int32 above)
{
	int			n;
	const EthFoldPurpose *all = eth_consent_facts(ETH_REGIME_UNKNOWN, &n);
	const EthFoldPurpose *fact = eth_consent_fact(all, n, id);

	if (id == above)
		return true;
	return fact != NULL &&
		bsearch(&above, fact->ancestors, fact->nancestors, sizeof(int32), compare_ids) != NULL;
}
