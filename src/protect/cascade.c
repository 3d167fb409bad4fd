/*
 * cascade.c
 *		What CASCADE and DROP OWNED take along.
 *
 * A rule goes with its table, its column or the extension; with anything else (a
 * function of its mask, another column, a class) it would leave data open, so the
 * statement is refused.  Which rules go is heard from core's object access hook
 * while they do: what is not touched costs nothing, however many tables there are.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_policy.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "protect/define.h"

typedef struct Gone
{
	int			number;
	Oid			relid;
	AttrNumber	attnum;			/* 0: not of a column */
} Gone;

/* Statements may run inside of one another; the innermost is first. */
static EthCascade *running = NULL;

void
eth_protect_cascade_begin(EthCascade *cascade)
{
	cascade->around = running;
	cascade->context = CurrentMemoryContext;
	cascade->gone = NIL;
	running = cascade;
}

/* Also after an error. */
void
eth_protect_cascade_end(EthCascade *cascade)
{
	running = cascade->around;
}

/* The policy is still there, and its table and column. */
void
eth_protect_object_dropped(Oid classid, Oid objid)
{
	Oid			relid;
	ListCell   *lc;

	if (running == NULL || classid != PolicyRelationId)
		return;
	relid = eth_protect_policy_relation(objid);
	if (!OidIsValid(relid))
		return;
	foreach(lc, eth_protect_stored_rules(relid))
	{
		const EthRule *rule = lfirst(lc);
		MemoryContext old;
		Gone	   *gone;

		if (rule->policy != objid)
			continue;
		old = MemoryContextSwitchTo(running->context);
		gone = palloc(sizeof(Gone));
		gone->number = rule->number;
		gone->relid = relid;
		gone->attnum = eth_protect_rule_column(rule);
		running->gone = lappend(running->gone, gone);
		MemoryContextSwitchTo(old);
	}
}

static int
compare_gone(const ListCell *a, const ListCell *b)
{
	const Gone *x = lfirst(a);
	const Gone *y = lfirst(b);

	if (x->relid != y->relid)
		return x->relid > y->relid ? 1 : -1;
	return (x->number > y->number) - (x->number < y->number);
}

void
eth_protect_cascade_check(EthCascade *cascade)
{
	ListCell   *lc;

	if (cascade->gone == NIL)
		return;
	CommandCounterIncrement();
	if (!eth_core_installed())
		return;
	/* which one is named does not depend on how core goes about it */
	list_sort(cascade->gone, compare_gone);
	foreach(lc, cascade->gone)
	{
		const Gone *gone = lfirst(lc);

		if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(gone->relid)) ||
			(gone->attnum > 0 &&
			 !SearchSysCacheExistsAttName(gone->relid,
										  get_attname(gone->relid, gone->attnum, false))))
			continue;
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("the statement would take rule \"%s%d\" from protected table %s",
						ETH_RULE_PREFIX, gone->number, eth_protect_relation_name(gone->relid)),
				 errdetail("The rule depends on what is dropped; without it data would be shown."),
				 errhint("Change the rule first with ethdata.mask(), ethdata.protect(), ethdata.drop_mask() or ethdata.unprotect().")));
	}
}
