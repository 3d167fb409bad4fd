/*
 * runs.c
 *		Sets of vendors as runs: sorted, merged, in memory that is bounded by the
 *		string and not by what its ranges claim.
 */
#include "postgres.h"

#include "iab/iab.h"

static int
compare_runs(const void *a, const void *b)
{
	const EthVendorRun *left = a;
	const EthVendorRun *right = b;

	return (int) left->from - (int) right->from;
}

/*
 * Sorts runs and merges those that meet.
 */
void
eth_runs_sort(EthVendorRuns *runs)
{
	int			kept = 0;
	int			i;

	if (runs->n == 0)
		return;
	for (i = 1; i < runs->n && runs->run[i].from > runs->run[i - 1].to; i++)
		;
	if (i < runs->n)
		qsort(runs->run, runs->n, sizeof(EthVendorRun), compare_runs);
	for (i = 1; i < runs->n; i++)
	{
		EthVendorRun *last = &runs->run[kept];

		if (runs->run[i].from <= (uint32) last->to + 1)
			last->to = Max(last->to, runs->run[i].to);
		else
			runs->run[++kept] = runs->run[i];
	}
	runs->n = kept + 1;
}

/* Those up to max who are not in it. */
static void
invert(EthVendorRuns *runs, uint16 max)
{
	EthVendorRun *run = palloc(sizeof(EthVendorRun) * (runs->n + 1));
	uint32		next = 1;
	int			n = 0;
	int			i;

	for (i = 0; i < runs->n; i++)
	{
		if (runs->run[i].from > next)
		{
			run[n].from = (uint16) next;
			run[n++].to = runs->run[i].from - 1;
		}
		next = (uint32) runs->run[i].to + 1;
	}
	if (next <= max)
	{
		run[n].from = (uint16) next;
		run[n++].to = max;
	}
	pfree(runs->run);
	runs->run = run;
	runs->n = n;
}

/*
 * The set as runs, in memory of the caller's context.
 */
void
eth_runs_of(const EthVendors *vendors, EthVendorRuns *runs)
{
	EthVendorWalk walk;
	int			space = vendors->is_range ? vendors->entries : 32;

	runs->n = 0;
	runs->run = palloc(sizeof(EthVendorRun) * Max(space, 1));
	eth_vendors_walk(&walk, vendors);
	for (;;)
	{
		EthVendorRun run;

		if (!eth_vendors_next(&walk, &run.from, &run.to))
			break;
		if (runs->n >= space)
		{
			space *= 2;
			runs->run = repalloc(runs->run, sizeof(EthVendorRun) * space);
		}
		runs->run[runs->n++] = run;
	}
	eth_runs_sort(runs);
	if (vendors->inverted)
		invert(runs, vendors->max);
}

/* How many vendors they are. */
int
eth_runs_ids(const EthVendorRuns *runs)
{
	int			ids = 0;
	int			i;

	for (i = 0; i < runs->n; i++)
		ids += runs->run[i].to - runs->run[i].from + 1;
	return ids;
}

/* Is each vendor of the inner set in the outer one? */
bool
eth_runs_within(const EthVendorRuns *inner, const EthVendorRuns *outer)
{
	int			o = 0;
	int			i;

	for (i = 0; i < inner->n; i++)
	{
		while (o < outer->n && outer->run[o].to < inner->run[i].from)
			o++;
		if (o >= outer->n || outer->run[o].from > inner->run[i].from || outer->run[o].to < inner->run[i].to)
			return false;
	}
	return true;
}

/*
 * What publishers restricted, by purpose and type in the order in which the string
 * has them first; entries of the same kind merged, those without vendors left out.
 */
EthTcRestriction *
eth_tc_merged_restrictions(const EthTc *tc, int *n)
{
	EthTcRestrictionWalk walk;
	EthTcRestrictionType type;
	EthTcRestriction *restriction;
	EthVendors	vendors;
	int			entries[256] = {0};
	int			place[256];
	int			purpose;
	int			i;

	*n = 0;
	eth_tc_restrictions(&walk, tc);
	while (eth_tc_next_restriction(&walk, &purpose, &type, &vendors))
	{
		int			kind = purpose << 2 | (int) type;

		if (entries[kind] == 0 && vendors.entries > 0)
			place[kind] = (*n)++;
		entries[kind] += vendors.entries;
	}
	restriction = palloc0(sizeof(EthTcRestriction) * Max(*n, 1));
	eth_tc_restrictions(&walk, tc);
	while (eth_tc_next_restriction(&walk, &purpose, &type, &vendors))
	{
		int			kind = purpose << 2 | (int) type;
		EthTcRestriction *one;
		EthVendorWalk each;
		EthVendorRun run;

		if (vendors.entries == 0)
			continue;
		one = &restriction[place[kind]];
		one->purpose = purpose;
		one->type = type;
		if (one->vendors.run == NULL)
			one->vendors.run = palloc(sizeof(EthVendorRun) * entries[kind]);
		eth_vendors_walk(&each, &vendors);
		while (eth_vendors_next(&each, &run.from, &run.to))
			one->vendors.run[one->vendors.n++] = run;
	}
	for (i = 0; i < *n; i++)
		eth_runs_sort(&restriction[i].vendors);
	return restriction;
}
