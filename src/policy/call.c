/*
 * call.c
 *		Does a step of a plan: calls the functions that SQL calls, with the
 *		caller's rights, so that checks, notices and events are theirs.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "policy/policy.h"

#define MAX_ARGUMENTS 15

/* Arguments of a call, in the order of its declaration. */
typedef struct Call
{
	const char *function;
	int			n;
	Oid			types[MAX_ARGUMENTS];
	NullableDatum values[MAX_ARGUMENTS];
} Call;

static void
begin(Call *call, const char *function)
{
	memset(call, 0, sizeof(Call));
	call->function = function;
}

static void
add(Call *call, Oid type, Datum value, bool isnull)
{
	Assert(call->n < MAX_ARGUMENTS);
	call->types[call->n] = type;
	call->values[call->n].value = value;
	call->values[call->n].isnull = isnull;
	call->n++;
}

static void
add_plain(Call *call, const char *text)
{
	add(call, TEXTOID, text ? CStringGetTextDatum(text) : (Datum) 0, text == NULL);
}

static void
add_name(Call *call, const char *text)
{
	Name		name = palloc0(NAMEDATALEN);

	if (text != NULL && strlen(text) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("identifier too long"),
				 errdetail("Identifier must be less than %d characters.", NAMEDATALEN)));
	if (text != NULL)
		namestrcpy(name, text);
	add(call, NAMEOID, NameGetDatum(name), text == NULL);
}

static void
add_oid(Call *call, Oid type, Oid oid)
{
	add(call, type, ObjectIdGetDatum(oid), !OidIsValid(oid));
}

/* The attribute's value, its default where it has none. */
static const char *
value_of(const EthPolicyItem *item, int i)
{
	int			n;

	return item->values[i] ? item->values[i] : eth_policy_attributes(item->kind, &n)[i].initial;
}

static void
add_text(Call *call, const EthPolicyItem *item, int i)
{
	add_plain(call, eth_policy_text(value_of(item, i)));
}

static void
add_bool(Call *call, const EthPolicyItem *item, int i)
{
	const char *value = value_of(item, i);

	add(call, BOOLOID, BoolGetDatum(value != NULL && strcmp(value, "true") == 0), value == NULL);
}

static void
add_texts(Call *call, const EthPolicyItem *item, int i)
{
	const char *value = value_of(item, i);
	List	   *texts = eth_policy_texts(value);
	Datum	   *elements = palloc(sizeof(Datum) * (list_length(texts) + 1));
	ListCell   *lc;
	int			n = 0;

	foreach(lc, texts)
		elements[n++] = CStringGetTextDatum(lfirst(lc));
	add(call, TEXTARRAYOID,
		PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT)), value == NULL);
}

static void
add_names(Call *call, const EthPolicyItem *item, int i)
{
	List	   *texts = eth_policy_texts(value_of(item, i));
	Datum	   *elements = palloc(sizeof(Datum) * (list_length(texts) + 1));
	ListCell   *lc;
	int			n = 0;

	foreach(lc, texts)
		elements[n++] = DirectFunctionCall1(namein, CStringGetDatum(lfirst(lc)));
	add(call, NAMEARRAYOID,
		PointerGetDatum(construct_array(elements, n, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR)), false);
}

static void
add_relation(Call *call, const EthPolicyItem *item, int i)
{
	char	   *name = eth_policy_text(item->values[i]);

	add_oid(call, REGCLASSOID, name ? eth_policy_relation(name, NULL, "class") : InvalidOid);
}

static bool
run(const Call *call)
{
	LOCAL_FCINFO(fcinfo, MAX_ARGUMENTS);
	FmgrInfo	flinfo;
	Oid			oid = eth_core_function(call->function, call->n, call->types);
	AclResult	allowed = eth_compat_proc_aclcheck(oid, GetUserId(), ACL_EXECUTE);
	Datum		result;
	int			i;

	if (allowed != ACLCHECK_OK)
		aclcheck_error(allowed, OBJECT_FUNCTION, call->function);
	fmgr_info(oid, &flinfo);
	InitFunctionCallInfoData(*fcinfo, &flinfo, call->n, DEFAULT_COLLATION_OID, NULL, NULL);
	for (i = 0; i < call->n; i++)
		fcinfo->args[i] = call->values[i];
	result = FunctionCallInvoke(fcinfo);
	CommandCounterIncrement();
	return DatumGetBool(result);
}

/* ---- purposes and grants ---- */

static bool
retire(const EthPolicyItem *item)
{
	Call		call;

	begin(&call, "retire_purpose");
	add_plain(&call, item->name);
	return run(&call);
}

static bool
define_purpose(const EthPolicyItem *item)
{
	const char *lifetime = eth_policy_text(item->values[ETH_PURPOSE_CONSENT_LIFETIME]);
	const char *bases = item->values[ETH_PURPOSE_BASES];
	Call		call;

	begin(&call, "define_purpose");
	add_plain(&call, item->name);
	add_text(&call, item, ETH_PURPOSE_BASIS);
	add_texts(&call, item, ETH_PURPOSE_PARENTS);
	add_text(&call, item, ETH_PURPOSE_TITLE);
	add_text(&call, item, ETH_PURPOSE_DESCRIPTION);
	add_text(&call, item, ETH_PURPOSE_CONTROLLER);
	add_texts(&call, item, ETH_PURPOSE_RECIPIENTS);
	add(&call, JSONBOID, bases ? DirectFunctionCall1(jsonb_in, CStringGetDatum(bases)) : (Datum) 0, bases == NULL);
	add_text(&call, item, ETH_PURPOSE_CHANNEL);
	add_bool(&call, item, ETH_PURPOSE_DIRECT_MARKETING);
	add_text(&call, item, ETH_PURPOSE_SPECIAL_GROUND);
	add_text(&call, item, ETH_PURPOSE_RESTRICTION_GROUND);
	add(&call, INTERVALOID,
		lifetime ? DirectFunctionCall3(interval_in, CStringGetDatum(lifetime),
									   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)) : (Datum) 0,
		lifetime == NULL);
	add_text(&call, item, ETH_PURPOSE_ASSESSMENT);
	add_bool(&call, item, ETH_PURPOSE_REVIEW);
	return run(&call);
}

static bool
do_purpose(const EthPolicyStep *step)
{
	const EthPolicyItem *after = step->after;
	bool		retires = after == NULL || after->values[ETH_PURPOSE_RETIRED] != NULL;
	bool		defines = after != NULL && (step->before == NULL || !retires);
	bool		changed = false;
	int			i;

	for (i = 0; i < ETH_PURPOSE_RETIRED && after != NULL && step->before != NULL; i++)
		defines = defines || eth_policy_differs(step->before, after, i);

	/* defined anew a purpose is in force again */
	if (defines)
		changed = define_purpose(after);
	if (retires)
		changed = retire(after ? after : step->before) || changed;
	return changed;
}

static bool
do_grant(const EthPolicyStep *step)
{
	const EthPolicyItem *item = step->after ? step->after : step->before;
	bool		collection = item->kind == ETH_POLICY_COLLECTION;
	const char *until = eth_policy_text(item->values[ETH_GRANT_VALID_UNTIL]);
	const char *asserter = eth_policy_text(item->values[ETH_GRANT_ASSERTED_BY]);
	Call		call;

	if (step->after == NULL)
		begin(&call, collection ? "revoke_collection" : "revoke_purpose");
	else
		begin(&call, collection ? "grant_collection" : "grant_purpose");
	add_plain(&call, item->name);
	add_oid(&call, REGROLEOID, item->role);
	if (step->after == NULL || collection)
		return run(&call);
	add_bool(&call, item, ETH_GRANT_AS_DEFAULT);
	add_bool(&call, item, ETH_GRANT_TOKEN_REQUIRED);
	add(&call, TIMESTAMPTZOID,
		until ? DirectFunctionCall3(timestamptz_in, CStringGetDatum(until),
									ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)) : (Datum) 0,
		until == NULL);
	add_text(&call, item, ETH_GRANT_REASON);
	add_oid(&call, REGPROCEDUREOID,
			asserter ? DatumGetObjectId(DirectFunctionCall1(regprocedurein, CStringGetDatum(asserter))) : InvalidOid);
	add_bool(&call, item, ETH_GRANT_POOLED);
	return run(&call);
}

/* ---- classes and tables ---- */

static bool
do_class(const EthPolicyStep *step)
{
	const EthPolicyItem *item = step->after ? step->after : step->before;
	Call		call;

	begin(&call, step->after ? "define_subject_class" : "drop_subject_class");
	add_oid(&call, REGCLASSOID, item->relid);
	if (step->after == NULL)
		return run(&call);
	add_text(&call, item, ETH_CLASS_CODE);
	add_text(&call, item, ETH_CLASS_KIND);
	add_text(&call, item, ETH_CLASS_SUBJECT_KEY);
	add_name(&call, eth_policy_text(item->values[ETH_CLASS_BIRTH_DATE]));
	add_name(&call, eth_policy_text(item->values[ETH_CLASS_JURISDICTION]));
	add_name(&call, eth_policy_text(item->values[ETH_CLASS_TIME_ZONE]));
	add_names(&call, item, ETH_CLASS_CONTACT_POINTS);
	return run(&call);
}

static bool
do_table(const EthPolicyStep *step)
{
	const EthPolicyItem *item = step->after ? step->after : step->before;
	bool		protects = step->before == NULL;
	bool		changed = false;
	Call		call;
	int			i;

	if (step->after == NULL)
	{
		begin(&call, "unprotect");
		add_oid(&call, REGCLASSOID, item->relid);
		return run(&call);
	}
	for (i = 0; i < ETH_TABLE_ENFORCEMENT && step->before != NULL; i++)
		protects = protects || eth_policy_differs(step->before, item, i);
	if (protects)
	{
		begin(&call, "protect");
		add_oid(&call, REGCLASSOID, item->relid);
		add_text(&call, item, ETH_TABLE_SUBJECT);
		add_relation(&call, item, ETH_TABLE_CLASS);
		add_bool(&call, item, ETH_TABLE_ROWS);
		add_plain(&call, step->before == NULL ? eth_policy_text(item->values[ETH_TABLE_ENFORCEMENT]) : NULL);
		add_text(&call, item, ETH_TABLE_NEW_COLUMNS);
		add_bool(&call, item, ETH_TABLE_FORCE);
		changed = run(&call);
	}
	if (step->before != NULL && eth_policy_differs(step->before, item, ETH_TABLE_ENFORCEMENT))
	{
		begin(&call, "set_enforcement");
		add_oid(&call, REGCLASSOID, item->relid);
		add_text(&call, item, ETH_TABLE_ENFORCEMENT);
		add_text(&call, item, ETH_TABLE_REASON);
		changed = run(&call) || changed;
	}
	return changed;
}

static bool
do_link(const EthPolicyStep *step)
{
	const EthPolicyItem *item = step->after ? step->after : step->before;
	Call		call;

	begin(&call, step->after ? "link_subject" : "unlink_subject");
	add_oid(&call, REGCLASSOID, item->relid);
	add_plain(&call, item->name);
	if (step->after != NULL)
	{
		add_relation(&call, item, ETH_LINK_CLASS);
		add_text(&call, item, ETH_LINK_AS_ROLE);
	}
	return run(&call);
}

static bool
classify(const EthPolicyItem *item, const char *category, const char *origin)
{
	Call		call;

	begin(&call, "classify");
	add_oid(&call, REGCLASSOID, item->relid);
	add_name(&call, item->name);
	add_plain(&call, category);
	add_plain(&call, origin);
	return run(&call);
}

/* The mask was written down with all its names, under this path. */
static bool
mask(const EthPolicyItem *item)
{
	int			level = NewGUCNestLevel();
	Call		call;
	bool		changed;

	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	begin(&call, "mask");
	add_oid(&call, REGCLASSOID, item->relid);
	add_name(&call, item->name);
	add_text(&call, item, ETH_COLUMN_MASKED_AS);
	add_texts(&call, item, ETH_COLUMN_REVEAL_FOR);
	add_text(&call, item, ETH_COLUMN_CATEGORY);
	add_text(&call, item, ETH_COLUMN_SUBJECT);
	add_text(&call, item, ETH_COLUMN_ON_WRITE);
	add_bool(&call, item, ETH_COLUMN_LOOKUP);
	changed = run(&call);
	AtEOXact_GUC(true, level);
	return changed;
}

static bool
drop_mask(const EthPolicyItem *item)
{
	Call		call;

	begin(&call, "drop_mask");
	add_oid(&call, REGCLASSOID, item->relid);
	add_name(&call, item->name);
	return run(&call);
}

static bool
do_column(const EthPolicyStep *step)
{
	const EthPolicyItem *after = step->after;
	bool		masks;
	bool		changed = false;
	int			i;

	if (after == NULL)
	{
		if (step->before->values[ETH_COLUMN_MASKED_AS] != NULL)
			changed = drop_mask(step->before);
		if (step->before->values[ETH_COLUMN_CATEGORY] != NULL)
			changed = classify(step->before, "unclassified", "declared") || changed;
		return changed;
	}
	masks = step->before == NULL && after->values[ETH_COLUMN_MASKED_AS] != NULL;
	for (i = ETH_COLUMN_MASKED_AS; i <= ETH_COLUMN_LOOKUP && step->before != NULL; i++)
		masks = masks || eth_policy_differs(step->before, after, i);
	if (masks)
		changed = mask(after);
	if (after->values[ETH_COLUMN_CATEGORY] != NULL)
		changed = classify(after, eth_policy_text(after->values[ETH_COLUMN_CATEGORY]),
						   eth_policy_text(value_of(after, ETH_COLUMN_ORIGIN))) || changed;
	return changed;
}

static void
tell_path(void *arg)
{
	errcontext("policy, %s", (const char *) arg);
}

bool
eth_policy_do(const EthPolicyStep *step)
{
	const EthPolicyItem *item = step->after ? step->after : step->before;
	const char *path = item->path ? item->path : eth_policy_object(item);
	ErrorContextCallback callback;
	bool		changed = false;

	callback.callback = tell_path;
	callback.arg = unconstify(char *, path);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	switch (item->kind)
	{
		case ETH_POLICY_PURPOSE:
			changed = do_purpose(step);
			break;
		case ETH_POLICY_GRANT:
		case ETH_POLICY_COLLECTION:
			changed = do_grant(step);
			break;
		case ETH_POLICY_CLASS:
			changed = do_class(step);
			break;
		case ETH_POLICY_TABLE:
			changed = do_table(step);
			break;
		case ETH_POLICY_LINK:
			changed = do_link(step);
			break;
		case ETH_POLICY_COLUMN:
			changed = do_column(step);
			break;
	}
	error_context_stack = callback.previous;
	return changed;
}
