/*
 * plan.c
 *		What must be done so that the database is as the document says.
 *
 * Nothing is locked but what names of tables lock, and nothing is changed.  The
 * order of steps is one in which each can be done: purposes after their
 * parents, grants that end before others begin (a role has one default
 * purpose), a class's old table before its new one, a table before its links
 * and columns.
 *
 * What the document does not name is a step too, marked: only prune does it.  It
 * is looked for among kinds that the document speaks of, of tables and classes
 * in the named schemas, and is shown to administrators; of tables that the
 * document names also to their owners.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "policy/policy.h"
#include "protect/define.h"

static bool
same_text(const char *a, const char *b)
{
	return (a == NULL || b == NULL) ? a == b : strcmp(a, b) == 0;
}

EthPolicyItem *
eth_policy_find(List *items, const EthPolicyItem *like)
{
	ListCell   *lc;

	foreach(lc, items)
	{
		EthPolicyItem *item = lfirst(lc);

		if (item->kind == like->kind && item->relid == like->relid && item->role == like->role &&
			same_text(item->name, like->name))
			return item;
	}
	return NULL;
}

/* Must attribute i change?  What is left out and keeps what it was does not. */
bool
eth_policy_differs(const EthPolicyItem *before, const EthPolicyItem *after, int i)
{
	int			n;
	const EthPolicyAttribute *attributes = eth_policy_attributes(after->kind, &n);

	if (after->kind == ETH_POLICY_TABLE && i == ETH_TABLE_REASON)
		return false;
	if (attributes[i].keeps && after->values[i] == NULL)
		return false;
	if (after->kind == ETH_POLICY_COLUMN)
	{
		if (i <= ETH_COLUMN_LOOKUP && after->values[ETH_COLUMN_MASKED_AS] == NULL)
			return false;
		if (i == ETH_COLUMN_ORIGIN && after->values[ETH_COLUMN_CATEGORY] == NULL)
			return false;
	}
	return !same_text(before->values[i], after->values[i]);
}

static bool
any_differs(const EthPolicyItem *before, const EthPolicyItem *after)
{
	int			n;
	int			i;

	(void) eth_policy_attributes(after->kind, &n);
	for (i = 0; i < n; i++)
	{
		if (eth_policy_differs(before, after, i))
			return true;
	}
	return false;
}

static bool
is_classified(const EthPolicyItem *column)
{
	const char *category = column->values[ETH_COLUMN_CATEGORY];

	return (category != NULL && strcmp(category, "\"unclassified\"") != 0) ||
		column->values[ETH_COLUMN_ORIGIN] != NULL;
}

bool
eth_policy_is_plain_column(const EthPolicyItem *item)
{
	return item->values[ETH_COLUMN_MASKED_AS] == NULL && !is_classified(item);
}

static void
add_step(List **steps, const char *action, EthPolicyItem *before, EthPolicyItem *after)
{
	EthPolicyStep *step = palloc0(sizeof(EthPolicyStep));

	step->action = action;
	step->drops = after == NULL;
	step->before = before;
	step->after = after;
	*steps = lappend(*steps, step);
}

/* Create or alter, when something differs. */
static void
add_written(List **steps, EthPolicyItem *before, EthPolicyItem *after)
{
	if (before == NULL)
		add_step(steps, "create", NULL, after);
	else if (any_differs(before, after))
	{
		bool		begins = after->kind == ETH_POLICY_COLUMN && eth_policy_is_plain_column(before);

		add_step(steps, begins ? "create" : "alter", begins ? NULL : before, after);
	}
}

/* ---- purposes, grants, classes ---- */

static void
plan_written(const EthPolicy *policy, List *state, EthPolicyKind kind, List **steps)
{
	ListCell   *lc;

	foreach(lc, policy->items)
	{
		EthPolicyItem *item = lfirst(lc);

		if (item->kind == kind)
			add_written(steps, eth_policy_find(state, item), item);
	}
}

static bool
in_schemas(Oid relid, List *schemas)
{
	char	   *schema = get_namespace_name(get_rel_namespace(relid));
	ListCell   *lc;

	if (schemas == NIL)
		return true;
	foreach(lc, schemas)
	{
		if (schema != NULL && strcmp(lfirst(lc), schema) == 0)
			return true;
	}
	return false;
}

static void
plan_dropped(const EthPolicy *policy, List *state, EthPolicyKind kind, List *schemas, List **steps)
{
	ListCell   *lc;

	if (!policy->has[kind] || !eth_core_is_admin(GetUserId()))
		return;
	foreach(lc, state)
	{
		EthPolicyItem *item = lfirst(lc);

		if (item->kind != kind || eth_policy_find(policy->items, item) != NULL)
			continue;
		if (OidIsValid(item->relid) && !in_schemas(item->relid, schemas))
			continue;
		if (kind == ETH_POLICY_PURPOSE && item->values[ETH_PURPOSE_RETIRED] != NULL)
			continue;
		add_step(steps, "drop", item, NULL);
	}
}

typedef struct Placing
{
	EthPolicyItem **purposes;
	bool	   *begun;
	int			n;
	List	   *state;
	List	  **steps;
} Placing;

/* Parents first.  Where they go in circles the definition is refused. */
static void
place(Placing *placing, int i)
{
	EthPolicyItem *item = placing->purposes[i];
	ListCell   *parent;
	int			j;

	if (placing->begun[i])
		return;
	placing->begun[i] = true;
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	foreach(parent, eth_policy_texts(item->values[ETH_PURPOSE_PARENTS]))
	{
		for (j = 0; j < placing->n; j++)
			if (strcmp(placing->purposes[j]->name, lfirst(parent)) == 0)
				place(placing, j);
	}
	add_written(placing->steps, eth_policy_find(placing->state, item), item);
}

static void
plan_purposes(const EthPolicy *policy, List *state, List **steps)
{
	int			most = list_length(policy->items);
	Placing		placing = {0};
	ListCell   *lc;
	int			i;

	placing.purposes = palloc(sizeof(EthPolicyItem *) * (Size) Max(most, 1));
	placing.begun = palloc0(sizeof(bool) * (Size) Max(most, 1));
	placing.state = state;
	placing.steps = steps;
	foreach(lc, policy->items)
	{
		if (((EthPolicyItem *) lfirst(lc))->kind == ETH_POLICY_PURPOSE)
			placing.purposes[placing.n++] = lfirst(lc);
	}
	for (i = 0; i < placing.n; i++)
		place(&placing, i);
}

/* Grants that are no default (any more) before those that are. */
static void
plan_grants(const EthPolicy *policy, List *state, List **steps)
{
	List	   *later = NIL;
	ListCell   *lc;

	foreach(lc, policy->items)
	{
		EthPolicyItem *item = lfirst(lc);

		if (item->kind != ETH_POLICY_GRANT)
			continue;
		if (item->values[ETH_GRANT_AS_DEFAULT] != NULL)
			later = lappend(later, item);
		else
			add_written(steps, eth_policy_find(state, item), item);
	}
	foreach(lc, later)
		add_written(steps, eth_policy_find(state, lfirst(lc)), lfirst(lc));
}

/* ---- tables ---- */

/* What of the column the document does not name: its mask, its category. */
static void
plan_column_left(EthPolicyItem *before, const EthPolicyItem *named, List **steps)
{
	EthPolicyItem *gone = palloc(sizeof(EthPolicyItem));
	int			i;

	*gone = *before;
	if (named != NULL && named->values[ETH_COLUMN_MASKED_AS] != NULL)
	{
		for (i = ETH_COLUMN_MASKED_AS; i <= ETH_COLUMN_LOOKUP; i++)
			gone->values[i] = NULL;
	}
	if ((named != NULL && named->values[ETH_COLUMN_CATEGORY] != NULL) || !is_classified(before))
	{
		gone->values[ETH_COLUMN_CATEGORY] = NULL;
		gone->values[ETH_COLUMN_ORIGIN] = NULL;
	}
	if (!eth_policy_is_plain_column(gone))
		add_step(steps, "drop", gone, NULL);
}

/* "items": the table, its links and columns; nothing else. */
void
eth_policy_plan_table(List *items, List **steps)
{
	Oid			relid = ((EthPolicyItem *) linitial(items))->relid;
	List	   *state = eth_policy_table_state(relid);
	ListCell   *lc;

	foreach(lc, state)
	{
		EthPolicyItem *item = lfirst(lc);

		if (item->kind == ETH_POLICY_LINK && eth_policy_find(items, item) == NULL)
			add_step(steps, "drop", item, NULL);
	}
	foreach(lc, items)
		add_written(steps, eth_policy_find(state, lfirst(lc)), lfirst(lc));
	foreach(lc, state)
	{
		EthPolicyItem *item = lfirst(lc);

		if (item->kind == ETH_POLICY_COLUMN)
			plan_column_left(item, eth_policy_find(items, item), steps);
	}
}

static int
compare_oids(const void *a, const void *b)
{
	Oid			x = *(const Oid *) a;
	Oid			y = *(const Oid *) b;

	return (x > y) - (x < y);
}

static void
plan_tables(const EthPolicy *policy, List *schemas, List **steps)
{
	Oid		   *named = palloc(sizeof(Oid) * (list_length(policy->items) + 1));
	int			n = 0;
	List	   *table = NIL;
	ListCell   *lc;

	foreach(lc, policy->items)
	{
		EthPolicyItem *item = lfirst(lc);

		if (item->kind < ETH_POLICY_TABLE)
			continue;
		if (item->kind == ETH_POLICY_TABLE)
		{
			if (table != NIL)
				eth_policy_plan_table(table, steps);
			table = NIL;
			named[n++] = item->relid;
		}
		table = lappend(table, item);
	}
	if (table != NIL)
		eth_policy_plan_table(table, steps);

	if (!policy->has[ETH_POLICY_TABLE] || !eth_core_is_admin(GetUserId()))
		return;
	qsort(named, n, sizeof(Oid), compare_oids);
	foreach(lc, eth_protect_list())
	{
		Oid			relid = lfirst_oid(lc);
		List	   *state;

		if (bsearch(&relid, named, n, sizeof(Oid), compare_oids) != NULL || !in_schemas(relid, schemas))
			continue;
		state = eth_policy_table_state(relid);
		if (state != NIL)
			add_step(steps, "drop", linitial(state), NULL);
	}
}

List *
eth_policy_plan(const EthPolicy *policy, List *schemas)
{
	List	   *purposes = policy->has[ETH_POLICY_PURPOSE] ? eth_policy_state(ETH_POLICY_PURPOSE) : NIL;
	List	   *grants = policy->has[ETH_POLICY_GRANT] ? eth_policy_state(ETH_POLICY_GRANT) : NIL;
	List	   *collection = policy->has[ETH_POLICY_COLLECTION] ? eth_policy_state(ETH_POLICY_COLLECTION) : NIL;
	List	   *classes = policy->has[ETH_POLICY_CLASS] ? eth_policy_state(ETH_POLICY_CLASS) : NIL;
	List	   *steps = NIL;

	plan_purposes(policy, purposes, &steps);
	plan_dropped(policy, grants, ETH_POLICY_GRANT, schemas, &steps);
	plan_grants(policy, grants, &steps);
	plan_dropped(policy, collection, ETH_POLICY_COLLECTION, schemas, &steps);
	plan_written(policy, collection, ETH_POLICY_COLLECTION, &steps);
	plan_dropped(policy, classes, ETH_POLICY_CLASS, schemas, &steps);
	plan_written(policy, classes, ETH_POLICY_CLASS, &steps);
	plan_tables(policy, schemas, &steps);
	plan_dropped(policy, purposes, ETH_POLICY_PURPOSE, schemas, &steps);
	return steps;
}
