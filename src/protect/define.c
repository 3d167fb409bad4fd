/*
 * define.c
 *		protect(), unprotect(), link_subject(), unlink_subject(): whose data a
 *		table holds.
 *
 * Every call is a full statement: what it says is compared with what stands in
 * pg_policy, under AccessShareLock; the same again changes nothing and returns
 * false.  Otherwise the table is locked exclusively, compared again, and
 * changed: the rule, labels for columns that have none, and the privileges
 * (privilege.c).  All of it is in the catalogues and in tables, so an abort
 * leaves nothing.
 *
 * An owner who is no policy administrator may make the protection stricter and
 * not the other way round.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "consent/consent.h"
#include "protect/define.h"

/* What link_subject() calls the others when nobody says. */
#define LINKED "linked"

static int
relation_natts(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	int			natts = 0;

	if (HeapTupleIsValid(tuple))
	{
		natts = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
		ReleaseSysCache(tuple);
	}
	return natts;
}

/* ---- arguments ---- */

static void
not_null(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s must not be null", name)));
}

static char *
text_arg(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

/* ---- classes ---- */

static void
class_does_not_fit(Oid relid, const EthClass *class, const char *detail)
{
	ereport(ERROR,
			(errcode(ETH_ERR_BAD_VALUE),
			 errmsg("subject columns of %s do not fit the key of class \"%s\"",
					eth_protect_relation_name(relid), class->code),
			 errdetail("%s", detail),
			 errhint("Name as many columns as the key has, in its order and of its types.")));
}

static void
check_key_types(Oid relid, List *keys, const EthClass *class)
{
	int			i;

	if (list_length(keys) != class->nkeys)
		class_does_not_fit(relid, class,
						   psprintf("The key has %d column(s), %d are named.",
									class->nkeys, list_length(keys)));
	for (i = 0; i < class->nkeys; i++)
	{
		Oid			type = getBaseType(get_atttype(relid, list_nth_int(keys, i)));
		Oid			wanted = getBaseType(get_atttype(class->relid, class->keys[i]));
		bool		fits;

		if (class->nkeys > 1)
			fits = type == wanted;
		else if (class->key_kind == ETH_KEY_BIGINT)
			fits = type == INT2OID || type == INT4OID || type == INT8OID;
		else if (class->key_kind == ETH_KEY_UUID)
			fits = type == UUIDOID;
		else
		{
			char		category;
			bool		preferred;

			get_type_category_preferred(type, &category, &preferred);
			fits = type == wanted || category == TYPCATEGORY_STRING;
		}
		if (!fits)
			class_does_not_fit(relid, class,
							   psprintf("Column \"%s\" has type %s, the key has type %s.",
										get_attname(relid, list_nth_int(keys, i), false),
										format_type_be(type), format_type_be(wanted)));
	}
}

/* The class that the columns mean: named, or found through foreign keys. */
static Oid
find_class(Oid relid, List *keys, Oid named)
{
	AttrNumber	columns[ETH_MAX_KEYS] = {0};
	const EthClass *class;
	int			i;

	if (OidIsValid(named))
	{
		class = eth_consent_class_by_relid(named, false);
		eth_consent_class_require_complete(class);
		check_key_types(relid, keys, class);
		return class->relid;
	}
	for (i = 0; i < list_length(keys); i++)
		columns[i] = list_nth_int(keys, i);
	class = eth_consent_class_of_columns(relid, list_length(keys), columns);
	if (class == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("no class of data subjects is known for these columns of %s",
						eth_protect_relation_name(relid)),
				 errdetail("The table is no class with this key, and no foreign key on exactly these columns leads to one."),
				 errhint("Call ethdata.define_subject_class(), or name the class with class => 'schema.table'.")));
	return class->relid;
}

/* ---- rules of persons ---- */

static List *
key_vars(Oid relid, List *keys)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, keys)
	{
		Oid			type;
		int32		typmod;
		Oid			collation;

		get_atttypetypmodcoll(relid, lfirst_int(lc), &type, &typmod, &collation);
		result = lappend(result, makeVar(1, lfirst_int(lc), type, typmod, collation, 0));
	}
	return result;
}

static FuncExpr *
person_call(Oid relid, Oid class_relid, const char *as_role, bool rows, bool force,
			const char *new_columns, List *keys)
{
	List	   *args;

	args = list_make5(OidIsValid(class_relid) ?
					  makeConst(REGCLASSOID, -1, InvalidOid, sizeof(Oid),
								ObjectIdGetDatum(class_relid), false, true) :
					  makeNullConst(REGCLASSOID, -1, InvalidOid),
					  eth_protect_text_const(as_role),
					  makeBoolConst(rows, false),
					  makeBoolConst(force, false),
					  eth_protect_text_const(new_columns));
	return eth_protect_make_call(true, list_concat(args, key_vars(relid, keys)));
}

static EthRule *
person_rule(List *rules, bool main, List *keys)
{
	ListCell   *lc;

	foreach(lc, rules)
	{
		EthRule    *rule = lfirst(lc);

		if (!rule->person ||
			(eth_protect_text_arg(rule, ETH_SUBJECT_AS_ROLE) == NULL) != main)
			continue;
		if (main || equal(eth_protect_key_args(rule), keys))
			return rule;
	}
	return NULL;
}

static List *
only_exempt(void)
{
	return list_make1_oid(get_role_oid(ETH_ROLE_EXEMPT, false));
}

static char *
column_names(Oid relid, List *keys)
{
	StringInfoData text;
	ListCell   *lc;

	if (keys == NIL)
		return "none";
	initStringInfo(&text);
	foreach(lc, keys)
		appendStringInfo(&text, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
						 quote_identifier(get_attname(relid, lfirst_int(lc), false)));
	return text.data;
}

/* ---- protect() ---- */

typedef struct Wanted
{
	List	   *keys;
	Oid			class_relid;
	bool		rows;
	bool		force;
	char	   *new_columns;
	bool		has_enforcement;	/* else as it is; on creation "enforce" */
	EthEnforcement enforcement;
} Wanted;

static bool
same_text(const char *a, const char *b)
{
	return (a == NULL || b == NULL) ? a == b : strcmp(a, b) == 0;
}

/* Compares and, with "report", tells each difference; true when there is none. */
static bool
compare_person(Oid relid, const EthRule *rule, const Wanted *wanted, bool report)
{
	List	   *keys = eth_protect_key_args(rule);
	Oid			class_relid = eth_protect_class_arg(rule);
	bool		rows = eth_protect_bool_arg(rule, ETH_SUBJECT_ROWS);
	bool		force = eth_protect_bool_arg(rule, ETH_SUBJECT_FORCE);
	char	   *new_columns = eth_protect_text_arg(rule, ETH_SUBJECT_NEW_COLUMNS);
	char	   *name = eth_protect_relation_name(relid);
	bool		same = true;

	if (!equal(keys, wanted->keys))
	{
		same = false;
		if (report)
			ereport(NOTICE, (errmsg("subject of %s changed from %s to %s", name,
									column_names(relid, keys), column_names(relid, wanted->keys))));
	}
	if (class_relid != wanted->class_relid)
	{
		same = false;
		if (report)
			ereport(NOTICE, (errmsg("class of %s changed from %s to %s", name,
									OidIsValid(class_relid) ? eth_protect_relation_name(class_relid) : "none",
									OidIsValid(wanted->class_relid) ? eth_protect_relation_name(wanted->class_relid) : "none")));
	}
	if (rows != wanted->rows)
	{
		same = false;
		if (report)
			ereport(NOTICE, (errmsg("rows of %s changed from %s to %s", name,
									rows ? "true" : "false", wanted->rows ? "true" : "false")));
	}
	if (force != wanted->force)
	{
		same = false;
		if (report)
			ereport(NOTICE, (errmsg("force of %s changed from %s to %s", name,
									force ? "true" : "false", wanted->force ? "true" : "false")));
	}
	if (!same_text(new_columns, wanted->new_columns))
	{
		same = false;
		if (report)
			ereport(NOTICE, (errmsg("new_columns of %s changed from %s to %s", name,
									new_columns ? new_columns : "none", wanted->new_columns)));
	}
	return same;
}

static void
less_protection(Oid relid, const char *what)
{
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("permission denied to change the protection of %s", eth_protect_relation_name(relid)),
			 errdetail("%s.", what),
			 errhint("An owner may only protect more; ask a member of role \"%s\".", ETH_ROLE_ADMIN)));
}

static void
check_not_less(Oid relid, const EthRule *rule, const Wanted *wanted)
{
	char	   *new_columns = eth_protect_text_arg(rule, ETH_SUBJECT_NEW_COLUMNS);

	if (eth_core_is_admin(GetUserId()))
		return;
	if (!equal(eth_protect_key_args(rule), wanted->keys) ||
		eth_protect_class_arg(rule) != wanted->class_relid)
		less_protection(relid, "Another subject would decide about its rows and cells");
	if (eth_protect_bool_arg(rule, ETH_SUBJECT_ROWS) && !wanted->rows)
		less_protection(relid, "Its rows would no longer be hidden");
	if (eth_protect_bool_arg(rule, ETH_SUBJECT_FORCE) && !wanted->force)
		less_protection(relid, "Its owner would no longer be masked");
	if (same_text(new_columns, "mask") && strcmp(wanted->new_columns, "mask") != 0)
		less_protection(relid, "New columns would no longer be masked");
}

/* Columns without a label are known from now on; those shown as they are get reported. */
static void
label_columns(Oid relid)
{
	StringInfoData shown;
	List	   *rules = eth_protect_stored_rules(relid);
	List	   *masked = NIL;
	int			natts;
	int			i;
	ListCell   *lc;

	foreach(lc, rules)
		masked = lappend_int(masked, eth_protect_rule_column(lfirst(lc)));
	initStringInfo(&shown);
	natts = relation_natts(relid);
	for (i = 1; i <= natts; i++)
	{
		char	   *name = get_attname(relid, i, true);
		HeapTuple	tuple;
		bool		dropped;

		tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(i));
		dropped = !HeapTupleIsValid(tuple) || ((Form_pg_attribute) GETSTRUCT(tuple))->attisdropped;
		if (HeapTupleIsValid(tuple))
			ReleaseSysCache(tuple);
		if (dropped || name == NULL)
			continue;
		if (eth_protect_label(relid, i) == NULL)
		{
			eth_protect_set_label(relid, i, "unclassified", "declared");
			if (!list_member_int(masked, i))
				appendStringInfo(&shown, "%s%s", shown.len > 0 ? ", " : "", quote_identifier(name));
		}
	}
	if (shown.len > 0)
		ereport(NOTICE,
				(errmsg("columns of %s that are not classified are shown as they are: %s",
						eth_protect_relation_name(relid), shown.data),
				 errhint("Use ethdata.mask() for what is personal and ethdata.classify() for the rest.")));
	CommandCounterIncrement();
}

/* The other persons of the table follow the main rule in what concerns the table. */
static void
align_linked(Oid relid, const Wanted *wanted)
{
	ListCell   *lc;

	foreach(lc, eth_protect_stored_rules(relid))
	{
		const EthRule *rule = lfirst(lc);
		char	   *as_role;
		FuncExpr   *call;

		if (!rule->person)
			continue;
		as_role = eth_protect_text_arg(rule, ETH_SUBJECT_AS_ROLE);
		if (as_role == NULL)
			continue;
		call = person_call(relid, eth_protect_class_arg(rule), as_role, wanted->rows,
						   wanted->force, wanted->new_columns, eth_protect_key_args(rule));
		if (!equal(call, rule->call))
			eth_protect_rule_update(relid, rule, call);
	}
}

/*
 * protect(relation regclass, subject text, class regclass, rows boolean,
 *		   enforcement text, new_columns text, force boolean)
 *
 * Protects a table whose rows are about the person that the subject columns
 * name (NULL: about no person).  Result: whether anything changed.  Errors:
 * 55000 not preloaded, 42809 no ordinary table, 42501 neither owner nor
 * administrator, or an owner who would protect less, 42703 unknown column, 42704
 * unknown class, 22023 bad value or less enforcement (set_enforcement() asks for
 * the reason), 0A000 a partition or child.
 */
PG_FUNCTION_INFO_V1(ethdata_protect);

Datum
ethdata_protect(PG_FUNCTION_ARGS)
{
	Oid			relid;
	char	   *subject;
	Wanted		wanted;
	List	   *parents;
	List	   *rules;
	EthRule    *rule;
	FuncExpr   *call;
	int			attempt;

	eth_core_require_preload("ethdata.protect()");
	not_null(fcinfo, 0, "relation");
	not_null(fcinfo, 3, "rows");
	not_null(fcinfo, 5, "new_columns");
	not_null(fcinfo, 6, "force");
	relid = PG_GETARG_OID(0);
	subject = text_arg(fcinfo, 1);
	memset(&wanted, 0, sizeof(wanted));
	wanted.rows = PG_GETARG_BOOL(3);
	wanted.new_columns = text_arg(fcinfo, 5);
	wanted.force = PG_GETARG_BOOL(6);

	LockRelationOid(relid, AccessShareLock);
	eth_protect_check_relation(relid, "protect");
	eth_core_require_owner_or_admin(relid, "protect");
	wanted.has_enforcement = !PG_ARGISNULL(4);
	wanted.enforcement = wanted.has_enforcement ?
		eth_protect_enforcement_by_name(text_arg(fcinfo, 4)) : ETH_ENFORCE_ENFORCE;
	if (strcmp(wanted.new_columns, "mask") != 0 && strcmp(wanted.new_columns, "show_and_report") != 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("unknown value \"%s\" for new_columns", wanted.new_columns),
				 errhint("It is mask or show_and_report.")));
	parents = eth_protect_parents(relid);
	if (parents != NIL)
		ereport(ERROR,
				(errcode(ETH_ERR_REFUSED),
				 errmsg("cannot protect %s alone", eth_protect_relation_name(relid)),
				 errdetail("Its rows are also reached through %s.",
						   eth_protect_relation_name(linitial_oid(parents))),
				 errhint("Protect %s; its partitions and children are protected with it.",
						 eth_protect_relation_name(linitial_oid(parents)))));

	if (subject != NULL)
	{
		wanted.keys = eth_protect_parse_columns(relid, "subject", subject);
		wanted.class_relid = find_class(relid, wanted.keys,
										PG_ARGISNULL(2) ? InvalidOid : PG_GETARG_OID(2));
	}
	else if (!PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("a class without subject columns"),
				 errhint("Name the columns that hold the key of the person with subject => '...'.")));

	for (attempt = 0;; attempt++)
	{
		rules = eth_protect_stored_rules(relid);
		rule = person_rule(rules, true, NIL);
		if (rule != NULL)
		{
			if (!wanted.has_enforcement)
				wanted.enforcement = eth_protect_recorded_enforcement(relid);
			check_not_less(relid, rule, &wanted);
			eth_protect_check_enforcement(relid, wanted.enforcement, NULL);
			if (wanted.enforcement == eth_protect_recorded_enforcement(relid) &&
				compare_person(relid, rule, &wanted, false))
				PG_RETURN_BOOL(false);
		}
		if (attempt > 0)
			break;

		/*
		 * compared before anything heavier is locked, and again under the
		 * lock
		 */
		LockRelationOid(relid, AccessExclusiveLock);
	}
	if (subject == NULL)
	{
		ListCell   *lc;

		foreach(lc, rules)
		{
			const EthRule *other = lfirst(lc);

			if (other->person && eth_protect_text_arg(other, ETH_SUBJECT_AS_ROLE) != NULL)
				ereport(ERROR,
						(errcode(ETH_ERR_STATE),
						 errmsg("%s has other subjects", eth_protect_relation_name(relid)),
						 errhint("Call ethdata.unlink_subject() first.")));
		}
	}

	call = person_call(relid, wanted.class_relid, NULL, wanted.rows, wanted.force,
					   wanted.new_columns, wanted.keys);
	if (rule == NULL)
		(void) eth_protect_rule_insert(relid, call, only_exempt());
	else
	{
		if (!compare_person(relid, rule, &wanted, true))
			eth_protect_rule_update(relid, rule, call);
		eth_protect_change_enforcement(relid, wanted.enforcement, NULL);
	}
	align_linked(relid, &wanted);
	if (rule == NULL)
	{
		label_columns(relid);
		eth_protect_record(relid, eth_protect_enforcement_name(wanted.enforcement));
	}
	eth_protect_narrow(relid);
	PG_RETURN_BOOL(true);
}

/* ---- unprotect() ---- */

/*
 * unprotect(relation regclass)
 *
 * Takes away all rules and labels of a table and gives back the grants that
 * were withdrawn.  Result: false when there was nothing.  Errors: 42501 not a
 * policy administrator, 42809 no table, 0A000 protected through a table above.
 */
PG_FUNCTION_INFO_V1(ethdata_unprotect);

Datum
ethdata_unprotect(PG_FUNCTION_ARGS)
{
	Oid			relid;
	List	   *rules;
	ListCell   *lc;
	bool		protected;
	int			natts;
	int			i;

	not_null(fcinfo, 0, "relation");
	relid = PG_GETARG_OID(0);
	LockRelationOid(relid, AccessShareLock);
	eth_protect_check_relation(relid, "unprotect");
	eth_core_require_admin("end the protection of a table");

	protected = eth_protect_rules(relid) != NULL;
	rules = eth_protect_stored_rules(relid);
	if (protected && rules == NIL)
		ereport(ERROR,
				(errcode(ETH_ERR_REFUSED),
				 errmsg("%s is protected through a table above it", eth_protect_relation_name(relid)),
				 errhint("Unprotect that table, or detach this one.")));
	if (!protected)
	{
		/*
		 * a table that left a protected tree keeps its grants narrowed until
		 * now
		 */
		LockRelationOid(relid, ShareUpdateExclusiveLock);
		PG_RETURN_BOOL(eth_protect_widen(relid));
	}

	LockRelationOid(relid, AccessExclusiveLock);
	eth_protect_widen(relid);
	foreach(lc, eth_protect_stored_rules(relid))
	{
		const EthRule *rule = lfirst(lc);

		if (!rule->person && eth_protect_bool_arg(rule, ETH_RULE_LOOKUP) && eth_protect_rule_column(rule) > 0)
			eth_protect_drop_blind_indexes(relid, eth_protect_rule_column(rule));
		eth_protect_rule_drop(relid, rule);
	}
	natts = relation_natts(relid);
	for (i = 1; i <= natts; i++)
		if (eth_protect_label(relid, i) != NULL)
			eth_protect_set_label(relid, i, NULL, NULL);
	eth_protect_unrecord(relid);
	CommandCounterIncrement();
	PG_RETURN_BOOL(true);
}

/* ---- link_subject(), unlink_subject() ---- */

static EthRule *
main_rule(Oid relid, List *rules)
{
	EthRule    *rule = person_rule(rules, true, NIL);

	if (rule == NULL || !OidIsValid(eth_protect_class_arg(rule)))
		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("%s is not protected with a subject", eth_protect_relation_name(relid)),
				 errhint("Call ethdata.protect() with subject => '...' first.")));
	return rule;
}

/*
 * link_subject(relation regclass, subject text, class regclass, as_role text)
 *
 * Says that rows of a protected table are about another person too.  as_role
 * names the part that the person plays.  Result: whether anything changed.
 * Errors as protect(), 55000 not protected with a subject.
 */
PG_FUNCTION_INFO_V1(ethdata_link_subject);

Datum
ethdata_link_subject(PG_FUNCTION_ARGS)
{
	Oid			relid;
	Oid			class_relid;
	char	   *as_role;
	List	   *keys;
	List	   *rules;
	EthRule    *main;
	EthRule    *rule;
	FuncExpr   *call;

	eth_core_require_preload("ethdata.link_subject()");
	not_null(fcinfo, 0, "relation");
	not_null(fcinfo, 1, "subject");
	relid = PG_GETARG_OID(0);
	as_role = text_arg(fcinfo, 3);
	if (as_role == NULL)
		as_role = LINKED;
	if (as_role[0] == '\0')
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("as_role must not be empty")));
	LockRelationOid(relid, AccessShareLock);
	eth_protect_check_relation(relid, "link a subject to");
	eth_core_require_owner_or_admin(relid, "link a subject to");
	keys = eth_protect_parse_columns(relid, "subject", text_arg(fcinfo, 1));
	class_relid = find_class(relid, keys, PG_ARGISNULL(2) ? InvalidOid : PG_GETARG_OID(2));

	rules = eth_protect_stored_rules(relid);
	main = main_rule(relid, rules);
	if (equal(eth_protect_key_args(main), keys))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s are the columns of the table's subject already", column_names(relid, keys))));
	rule = person_rule(rules, false, keys);
	call = person_call(relid, class_relid, as_role,
					   eth_protect_bool_arg(main, ETH_SUBJECT_ROWS),
					   eth_protect_bool_arg(main, ETH_SUBJECT_FORCE),
					   eth_protect_text_arg(main, ETH_SUBJECT_NEW_COLUMNS), keys);
	if (rule == NULL)
		(void) eth_protect_rule_insert(relid, call, only_exempt());
	else
	{
		char	   *old_role = eth_protect_text_arg(rule, ETH_SUBJECT_AS_ROLE);
		Oid			old_class = eth_protect_class_arg(rule);

		if (equal(call, rule->call))
			PG_RETURN_BOOL(false);
		if (old_class != class_relid)
		{
			if (!eth_core_is_admin(GetUserId()))
				less_protection(relid, "Another class of persons would decide");
			ereport(NOTICE, (errmsg("class of linked subject %s changed from %s to %s",
									column_names(relid, keys), eth_protect_relation_name(old_class),
									eth_protect_relation_name(class_relid))));
		}
		if (strcmp(old_role, as_role) != 0)
			ereport(NOTICE, (errmsg("as_role of linked subject %s changed from %s to %s",
									column_names(relid, keys), old_role, as_role)));
		eth_protect_rule_update(relid, rule, call);
	}
	eth_protect_narrow(relid);
	PG_RETURN_BOOL(true);
}

/*
 * unlink_subject(relation regclass, subject text)
 *
 * Takes back link_subject().  Result: false when there was no such link.
 * Errors: 42501 not a policy administrator, 42703, 22023, 42809.
 */
PG_FUNCTION_INFO_V1(ethdata_unlink_subject);

Datum
ethdata_unlink_subject(PG_FUNCTION_ARGS)
{
	Oid			relid;
	List	   *keys;
	List	   *rules;
	EthRule    *rule;

	not_null(fcinfo, 0, "relation");
	not_null(fcinfo, 1, "subject");
	relid = PG_GETARG_OID(0);
	LockRelationOid(relid, AccessShareLock);
	eth_protect_check_relation(relid, "unlink a subject from");
	eth_core_require_admin("unlink a subject");
	keys = eth_protect_parse_columns(relid, "subject", text_arg(fcinfo, 1));
	rules = eth_protect_stored_rules(relid);
	rule = person_rule(rules, true, NIL);
	if (rule != NULL && equal(eth_protect_key_args(rule), keys))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s are the columns of the table's own subject", column_names(relid, keys)),
				 errhint("Name another one with ethdata.protect(), or call ethdata.unprotect().")));
	rule = person_rule(rules, false, keys);
	if (rule == NULL)
		PG_RETURN_BOOL(false);
	eth_protect_rule_drop(relid, rule);
	eth_protect_narrow(relid);
	PG_RETURN_BOOL(true);
}
