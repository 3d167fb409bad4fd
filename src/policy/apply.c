/*
 * apply.c
 *		plan_policy(), apply_policy(), copy_policy(): what a document would do,
 *		and doing it.
 *
 * Both make the same plan.  All steps are done in the transaction of the call, or
 * none; one such call at a time.  What the document does not name is left alone unless prune says
 * otherwise: such steps are planned as "drop".
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "policy/policy.h"
#include "protect/define.h"

/*
 * lock_policy -- one apply_policy() at a time in a database, and no plan_policy()
 * beside it: the second plans when the first has ended, from what that left.  The
 * lock comes before all others, so that calls that name the same tables in another
 * order do not wait for each other.  It is on the extension, whom nothing else
 * locks but its drop; single calls, protect() and the like, do not take it.
 */
static void
lock_policy(LOCKMODE mode)
{
	LockDatabaseObject(ExtensionRelationId, eth_core_extension_oid(false), 0, mode);
}

/* The plan for arguments 0 and 1 of the calls. */
static List *
plan_of_arguments(FunctionCallInfo fcinfo)
{
	List	   *schemas;
	EthPolicy  *policy;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("policy must not be null")));
	schemas = eth_policy_schemas(PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1), PG_ARGISNULL(1));
	policy = eth_policy_read_document(PG_GETARG_JSONB_P(0), schemas);
	return eth_policy_plan(policy, schemas);
}

/*
 * plan_alone -- the plan, without a lock when it is there.  A plan is out of date
 * when it is read; locks that it kept would only stand in the way of apply_policy(),
 * of another session and of this transaction.
 */
static List *
plan_alone(FunctionCallInfo fcinfo)
{
	Oid			extension = eth_core_extension_oid(false);
	List	   *relids = NIL;
	List	  **before;
	List	   *steps = NIL;
	ListCell   *lc;

	lock_policy(ShareLock);
	before = eth_policy_collect_locked(&relids);
	PG_TRY();
	{
		steps = plan_of_arguments(fcinfo);
	}
	PG_FINALLY();
	{
		(void) eth_policy_collect_locked(before);
	}
	PG_END_TRY();
	foreach(lc, relids)
		UnlockRelationOid(lfirst_oid(lc), AccessShareLock);
	UnlockDatabaseObject(ExtensionRelationId, extension, 0, ShareLock);
	return steps;
}

/* The lock that the step takes on a table of the site; NULL: on none. */
static const char *
lock_of(const EthPolicyStep *step)
{
	const EthPolicyItem *item = step->after ? step->after : step->before;

	if (item->kind == ETH_POLICY_CLASS)
		return step->after ? "AccessShareLock" : NULL;
	if (item->kind < ETH_POLICY_TABLE)
		return NULL;
	if (item->kind == ETH_POLICY_COLUMN && item->values[ETH_COLUMN_MASKED_AS] == NULL &&
		(step->before == NULL || !step->before->masked))
		return "ShareUpdateExclusiveLock";
	return "AccessExclusiveLock";
}

/*
 * plan_policy(policy jsonb, schemas text[])
 *		-> (step, action, object, before, after, lock_mode)
 *
 * One row for each step of apply_policy(), in its order; "drop" is done only with
 * prune.  Of what is altered, the attributes that change.  Errors: 22023 a bad
 * document or argument; 42501 a part of the document that is not the caller's to
 * change; 3F000, 42P01, 42703, 42704, 42809 what it names; 42P17, 42601 masks.
 */
PG_FUNCTION_INFO_V1(ethdata_plan_policy);

Datum
ethdata_plan_policy(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int			level;
	int			n = 0;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	level = eth_policy_settings_begin();
	foreach(lc, plan_alone(fcinfo))
	{
		const EthPolicyStep *step = lfirst(lc);
		const char *lock = lock_of(step);
		Datum		values[6];
		bool		nulls[6];

		memset(nulls, 0, sizeof(nulls));
		values[0] = Int32GetDatum(++n);
		values[1] = CStringGetTextDatum(step->action);
		values[2] = CStringGetTextDatum(eth_policy_object(step->after ? step->after : step->before));
		values[3] = step->before ? JsonbPGetDatum(eth_policy_values(step->before, step)) : (Datum) 0;
		nulls[3] = step->before == NULL;
		values[4] = step->after ? JsonbPGetDatum(eth_policy_values(step->after, step)) : (Datum) 0;
		nulls[4] = step->after == NULL;
		values[5] = lock ? CStringGetTextDatum(lock) : (Datum) 0;
		nulls[5] = lock == NULL;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	eth_policy_settings_end(level);
	return (Datum) 0;
}

static int
do_steps(List *steps, bool prune)
{
	int			level = eth_policy_settings_begin();
	int			n = 0;
	ListCell   *lc;

	foreach(lc, steps)
	{
		const EthPolicyStep *step = lfirst(lc);

		if ((prune || !step->drops) && eth_policy_do(step))
			n++;
	}
	eth_policy_settings_end(level);
	return n;
}

/*
 * apply_policy(policy jsonb, schemas text[], prune boolean) -> int
 *		Makes the database what the document says; with prune, and nothing else.
 *		Result: the number of steps that were done.  Waits for another
 *		apply_policy() of this database to end.
 *
 * Errors: as plan_policy(), those of the calls that the steps are, and 42501
 * prune by somebody who is no policy administrator.
 */
PG_FUNCTION_INFO_V1(ethdata_apply_policy);

Datum
ethdata_apply_policy(PG_FUNCTION_ARGS)
{
	List	   *steps;
	int			level;

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("prune must not be null")));
	if (PG_GETARG_BOOL(2))
		eth_core_require_admin("remove what a policy does not name");
	lock_policy(ExclusiveLock);
	level = eth_policy_settings_begin();
	steps = plan_of_arguments(fcinfo);
	eth_policy_settings_end(level);
	PG_RETURN_INT32(do_steps(steps, PG_GETARG_BOOL(2)));
}

/* ---- copy_policy() ---- */

static List *
add_missing(List *missing, Oid relid, const char *name)
{
	ListCell   *lc;

	if (get_attnum(relid, name) > 0)
		return missing;
	foreach(lc, missing)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return missing;
	}
	return lappend(missing, pstrdup(name));
}

/* Columns of a list as subject => takes it. */
static List *
add_missing_keys(List *missing, Oid from, Oid to, const char *key)
{
	ListCell   *lc;

	if (key == NULL)
		return missing;
	foreach(lc, eth_protect_parse_columns(from, "subject", key))
		missing = add_missing(missing, to, get_attname(from, (AttrNumber) lfirst_int(lc), false));
	return missing;
}

static void
check_columns(List *state, Oid from, Oid to)
{
	List	   *missing = NIL;
	StringInfoData names;
	ListCell   *lc;

	foreach(lc, state)
	{
		const EthPolicyItem *item = lfirst(lc);

		if (item->kind == ETH_POLICY_TABLE)
			missing = add_missing_keys(missing, from, to, eth_policy_text(item->values[ETH_TABLE_SUBJECT]));
		else if (item->kind == ETH_POLICY_LINK)
			missing = add_missing_keys(missing, from, to, item->name);
		else if (!eth_policy_is_plain_column(item))
		{
			missing = add_missing(missing, to, item->name);
			missing = add_missing_keys(missing, from, to, eth_policy_text(item->values[ETH_COLUMN_SUBJECT]));
		}
	}
	if (missing == NIL)
		return;
	initStringInfo(&names);
	foreach(lc, missing)
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", quote_identifier(lfirst(lc)));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("cannot copy the policy of %s to %s", eth_protect_relation_name(from),
					eth_protect_relation_name(to)),
			 errdetail("It lacks columns: %s.", names.data)));
}

/* The mask as the other table's column takes it; its names are those of its text. */
static char *
mask_for(Oid relid, const char *column, const char *json)
{
	char	   *text = eth_policy_text(json);
	int			level;
	Node	   *mask;

	if (text == NULL)
		return pstrdup("null");
	level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	mask = eth_protect_parse_mask(relid, eth_protect_column(relid, column), text);
	AtEOXact_GUC(true, level);
	return eth_policy_mask_json(mask);
}

/* What the other table shall have; columns that nothing is said of are left out. */
static List *
items_for(List *state, Oid to)
{
	List	   *items = NIL;
	ListCell   *lc;

	foreach(lc, state)
	{
		EthPolicyItem *item = palloc(sizeof(EthPolicyItem));

		*item = *(EthPolicyItem *) lfirst(lc);
		if (item->kind == ETH_POLICY_COLUMN && eth_policy_is_plain_column(item))
			continue;
		item->relid = to;
		if (item->kind == ETH_POLICY_COLUMN && item->values[ETH_COLUMN_MASKED_AS] != NULL)
			item->values[ETH_COLUMN_MASKED_AS] = mask_for(to, item->name, item->values[ETH_COLUMN_MASKED_AS]);
		items = lappend(items, item);
	}
	return items;
}

static bool
has_column(List *state, const char *name)
{
	ListCell   *lc;

	foreach(lc, state)
	{
		const EthPolicyItem *item = lfirst(lc);

		if (item->kind == ETH_POLICY_COLUMN && strcmp(item->name, name) == 0)
			return true;
	}
	return false;
}

/* Columns of the copy that the other table has not, and of which nobody said anything. */
static List *
new_columns(List *state, Oid to)
{
	List	   *result = NIL;
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(to));
	int			natts = 0;
	int			i;

	if (HeapTupleIsValid(tuple))
	{
		natts = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
		ReleaseSysCache(tuple);
	}

	for (i = 1; i <= natts; i++)
	{
		char	   *name = get_attname(to, (AttrNumber) i, true);

		/* none where the column was dropped */
		if (name != NULL && get_attnum(to, name) == i && !has_column(state, name) &&
			eth_protect_label(to, (AttrNumber) i) == NULL)
			result = lappend_int(result, i);
	}
	return result;
}

/*
 * Columns that nobody knew of are masked until somebody says what they are; so are
 * those of their names in the copy, and those that only the copy has, which
 * protect() took for known.
 */
static void
forget_unknown(List *state, Oid to, List *added)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, added)
	{
		eth_protect_set_label(to, (AttrNumber) lfirst_int(lc), NULL, NULL);
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
						 quote_identifier(get_attname(to, (AttrNumber) lfirst_int(lc), false)));
	}
	if (added != NIL)
		ereport(NOTICE,
				(errmsg("columns of %s that are in it alone are as new columns are: %s",
						eth_protect_relation_name(to), names.data),
				 errhint("Use ethdata.mask() for what is personal and ethdata.classify() for the rest.")));
	foreach(lc, state)
	{
		const EthPolicyItem *item = lfirst(lc);
		AttrNumber	attnum;

		if (item->kind != ETH_POLICY_COLUMN || item->values[ETH_COLUMN_CATEGORY] != NULL ||
			item->values[ETH_COLUMN_MASKED_AS] != NULL)
			continue;
		attnum = get_attnum(to, item->name);
		if (attnum > 0)
			eth_protect_set_label(to, attnum, NULL, NULL);
	}
	CommandCounterIncrement();
	eth_protect_narrow(to);
}

static Oid
relation_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s must not be null", name)));
	return PG_GETARG_OID(n);
}

/*
 * copy_policy(from_relation regclass, to_relation regclass)
 *		Protects a table as another one is: subject, links, masks, categories and
 *		enforcement, by the names of columns.  For tables that are swapped by a
 *		migration, in the transaction that does it.  Columns that only the second
 *		one has, without a category, are as columns that are added later.
 *
 * Errors: 42703 columns are missing; 55000 not preloaded, not protected; 42501
 * neither owner of both nor administrator; 22023 one table twice; those of
 * protect(), link_subject(), mask(), classify().
 */
PG_FUNCTION_INFO_V1(ethdata_copy_policy);

Datum
ethdata_copy_policy(PG_FUNCTION_ARGS)
{
	Oid			from = relation_arg(fcinfo, 0, "from_relation");
	Oid			to = relation_arg(fcinfo, 1, "to_relation");
	List	   *state;
	List	   *steps = NIL;
	List	   *added = NIL;
	bool		anew;
	int			level;

	eth_core_require_preload("ethdata.copy_policy()");
	LockRelationOid(from, AccessShareLock);
	LockRelationOid(to, AccessShareLock);
	eth_protect_check_relation(from, "copy the policy of");
	eth_protect_check_relation(to, "copy a policy to");
	eth_core_require_owner_or_admin(from, "copy the policy of");
	eth_core_require_owner_or_admin(to, "copy a policy to");
	if (from == to)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("cannot copy the policy of %s to itself", eth_protect_relation_name(from))));
	eth_protect_require_own_rules(from, "copy the policy of", "Copy the policy");

	level = eth_policy_settings_begin();
	state = eth_policy_table_state(from);
	check_columns(state, from, to);
	anew = eth_policy_table_state(to) == NIL;
	if (anew)
		added = new_columns(state, to);
	eth_policy_plan_table(items_for(state, to), &steps);
	eth_policy_settings_end(level);
	(void) do_steps(steps, false);
	if (anew)
		forget_unknown(state, to, added);
	PG_RETURN_VOID();
}
