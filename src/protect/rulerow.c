/*
 * rulerow.c
 *		Rules as rows of pg_policy: reading, writing, deparsing.
 *
 * The rows are written here and not by CREATE POLICY, because the mask was
 * already transformed under the caller's search_path: writing it as text or as
 * raw parse nodes would resolve its names a second time.  What CreatePolicy()
 * and AlterPolicy() of core do is done in the same order and with the same
 * locks: AccessExclusiveLock on the table (lists of roles: ShareUpdateExclusive,
 * because they change nothing that a running query could have relied on but
 * the permission to read, which is judged when a query starts), dependencies on
 * the table, on everything in the expression and on the roles, the object
 * access hook, and a relcache invalidation for the table and all below it.
 *
 * A rule is changed in place and keeps its number: explain_access() names rules
 * by it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_collate.h"
#include "parser/parse_func.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "rewrite/rewriteManip.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "core/event.h"
#include "protect/define.h"
#include "protect/policy.h"

/* ---- reading ---- */

bool
eth_protect_is_rule_name(const char *name, int *number)
{
	char	   *end;
	long		n;

	if (strncmp(name, ETH_RULE_PREFIX, strlen(ETH_RULE_PREFIX)) != 0)
		return false;
	name += strlen(ETH_RULE_PREFIX);
	if (number == NULL)
		return true;
	*number = 0;
	if (*name >= '1' && *name <= '9')
	{
		n = strtol(name, &end, 10);
		if (*end == '\0' && n <= PG_INT32_MAX)
			*number = (int) n;
	}
	return true;
}

bool
eth_protect_is_rule_call(Node *node, bool *person)
{
	FuncExpr   *call;
	char	   *name;

	if (node == NULL || !IsA(node, FuncExpr))
		return false;
	call = (FuncExpr *) node;
	if (get_func_namespace(call->funcid) != eth_core_schema_oid(true))
		return false;
	name = get_func_name(call->funcid);
	if (name == NULL)
		return false;
	if (strcmp(name, "rule") == 0 && list_length(call->args) >= ETH_RULE_KEYS)
		*person = false;
	else if (strcmp(name, "rule_subject") == 0 && list_length(call->args) >= ETH_SUBJECT_KEYS)
		*person = true;
	else
		return false;
	return true;
}

static List *
roles_of(HeapTuple tuple, Relation pg_policy)
{
	bool		isnull;
	Datum		datum;
	ArrayType  *roles;
	List	   *result = NIL;
	int			i;

	datum = heap_getattr(tuple, Anum_pg_policy_polroles, RelationGetDescr(pg_policy), &isnull);
	if (isnull)
		return NIL;
	roles = DatumGetArrayTypePCopy(datum);
	for (i = 0; i < ARR_DIMS(roles)[0]; i++)
		result = lappend_oid(result, ((Oid *) ARR_DATA_PTR(roles))[i]);
	return result;
}

static int
by_number(const ListCell *a, const ListCell *b)
{
	int			x = ((const EthRule *) lfirst(a))->number;
	int			y = ((const EthRule *) lfirst(b))->number;

	return (x > y) - (x < y);
}

List *
eth_protect_stored_rules(Oid relid)
{
	Relation	pg_policy = table_open(PolicyRelationId, AccessShareLock);
	List	   *result = NIL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(pg_policy, PolicyPolrelidPolnameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_policy form = (Form_pg_policy) GETSTRUCT(tuple);
		EthRule    *rule;
		Datum		datum;
		bool		isnull;
		Node	   *qual;
		int			number;
		bool		person;

		if (!eth_protect_is_rule_name(NameStr(form->polname), &number))
			continue;
		datum = heap_getattr(tuple, Anum_pg_policy_polqual, RelationGetDescr(pg_policy), &isnull);
		if (isnull)
			continue;
		qual = stringToNode(TextDatumGetCString(datum));
		if (!eth_protect_is_rule_call(qual, &person))
			continue;
		rule = palloc0(sizeof(EthRule));
		rule->policy = form->oid;
		rule->number = number;
		rule->person = person;
		rule->call = (FuncExpr *) qual;
		rule->roles = roles_of(tuple, pg_policy);
		result = lappend(result, rule);
	}
	systable_endscan(scan);
	table_close(pg_policy, AccessShareLock);
	list_sort(result, by_number);
	return result;
}

bool
eth_protect_has_own_rules(Oid relid)
{
	return eth_protect_stored_rules(relid) != NIL;
}

List *
eth_protect_list(void)
{
	Relation	pg_policy = table_open(PolicyRelationId, AccessShareLock);
	List	   *result = NIL;
	SysScanDesc scan;
	HeapTuple	tuple;

	scan = systable_beginscan(pg_policy, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_policy form = (Form_pg_policy) GETSTRUCT(tuple);

		if (eth_protect_is_rule_name(NameStr(form->polname), NULL))
			result = lappend_oid(result, form->polrelid);
	}
	systable_endscan(scan);
	table_close(pg_policy, AccessShareLock);
	list_sort(result, list_oid_cmp);
	list_deduplicate_oid(result);
	return result;
}

/* Its relation and number; false when there is no such policy. */
static bool
find_policy(Oid policy, Oid *relid, int *number)
{
	Relation	pg_policy = table_open(PolicyRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found;

	ScanKeyInit(&key, Anum_pg_policy_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(policy));
	scan = systable_beginscan(pg_policy, PolicyOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	found = HeapTupleIsValid(tuple);
	if (found)
	{
		*relid = ((Form_pg_policy) GETSTRUCT(tuple))->polrelid;
		*number = 0;
		(void) eth_protect_is_rule_name(NameStr(((Form_pg_policy) GETSTRUCT(tuple))->polname), number);
	}
	systable_endscan(scan);
	table_close(pg_policy, AccessShareLock);
	return found;
}

int
eth_protect_rule_number(Oid policy)
{
	Oid			relid;
	int			number;

	return find_policy(policy, &relid, &number) ? number : 0;
}

Oid
eth_protect_policy_relation(Oid policy)
{
	Oid			relid;
	int			number;

	return find_policy(policy, &relid, &number) ? relid : InvalidOid;
}

Node *
eth_protect_arg(const EthRule *rule, int arg)
{
	return (Node *) list_nth(rule->call->args, arg);
}

static Const *
const_arg(const EthRule *rule, int arg, Oid type)
{
	Const	   *value = eth_protect_literal(eth_protect_arg(rule, arg));

	return value != NULL && value->consttype == type ? value : NULL;
}

char *
eth_protect_text_arg(const EthRule *rule, int arg)
{
	Const	   *value = const_arg(rule, arg, TEXTOID);

	return value == NULL || value->constisnull ? NULL : TextDatumGetCString(value->constvalue);
}

bool
eth_protect_bool_arg(const EthRule *rule, int arg)
{
	Const	   *value = const_arg(rule, arg, BOOLOID);

	return value != NULL && !value->constisnull && DatumGetBool(value->constvalue);
}

Oid
eth_protect_class_arg(const EthRule *rule)
{
	Const	   *value = const_arg(rule, ETH_SUBJECT_CLASS, REGCLASSOID);

	return value == NULL || value->constisnull ? InvalidOid : DatumGetObjectId(value->constvalue);
}

List *
eth_protect_texts_arg(const EthRule *rule, int arg)
{
	Const	   *value = const_arg(rule, arg, TEXTARRAYOID);
	List	   *result = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			i;

	if (value == NULL || value->constisnull)
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(value->constvalue), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &n);
	for (i = 0; i < n; i++)
		if (!nulls[i])
			result = lappend(result, TextDatumGetCString(elements[i]));
	return result;
}

static AttrNumber
column_of(Node *node)
{
	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (node != NULL && IsA(node, Var) && ((Var *) node)->varno == 1 &&
		((Var *) node)->varlevelsup == 0)
		return ((Var *) node)->varattno;
	return InvalidAttrNumber;
}

AttrNumber
eth_protect_rule_column(const EthRule *rule)
{
	return rule->person ? InvalidAttrNumber : column_of(eth_protect_arg(rule, ETH_RULE_CELL));
}

List *
eth_protect_key_args(const EthRule *rule)
{
	List	   *result = NIL;
	int			i;

	for (i = rule->person ? ETH_SUBJECT_KEYS : ETH_RULE_KEYS; i < list_length(rule->call->args); i++)
		result = lappend_int(result, column_of(eth_protect_arg(rule, i)));
	return result;
}

/* ---- making the expression ---- */

Const *
eth_protect_text_const(const char *value)
{
	if (value == NULL)
		return makeNullConst(TEXTOID, -1, DEFAULT_COLLATION_OID);
	return makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
					 CStringGetTextDatum(value), false, false);
}

Const *
eth_protect_texts_const(List *values)
{
	int			n = list_length(values);
	Datum	   *elements = palloc(sizeof(Datum) * Max(n, 1));
	ArrayType  *array;
	int			i;

	for (i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum((char *) list_nth(values, i));
	array = n == 0 ? construct_empty_array(TEXTOID) :
		construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT);
	return makeConst(TEXTARRAYOID, -1, DEFAULT_COLLATION_OID, -1,
					 PointerGetDatum(array), false, false);
}

FuncExpr *
eth_protect_make_call(bool person, List *args)
{
	Oid			types[8];
	int			fixed = person ? ETH_SUBJECT_KEYS : ETH_RULE_KEYS;
	int			n = fixed;
	char	   *name = person ? "rule_subject" : "rule";
	Oid			function;
	FuncExpr   *call;
	ParseState *pstate;

	if (person)
	{
		types[0] = REGCLASSOID;
		types[1] = TEXTOID;
		types[2] = BOOLOID;
		types[3] = BOOLOID;
		types[4] = TEXTOID;
	}
	else
	{
		types[0] = ANYELEMENTOID;
		types[1] = ANYELEMENTOID;
		types[2] = TEXTARRAYOID;
		types[3] = TEXTOID;
		types[4] = TEXTOID;
		types[5] = BOOLOID;
	}
	if (list_length(args) > fixed)
		types[n++] = ANYOID;
	function = LookupFuncName(list_make2(makeString(ETH_SCHEMA), makeString(name)),
							  n, types, false);
	call = makeFuncExpr(function, BOOLOID, args, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);

	pstate = make_parsestate(NULL);
	assign_expr_collations(pstate, (Node *) call);
	free_parsestate(pstate);
	return call;
}

/* ---- writing ---- */

void
eth_protect_invalidate(Oid relid)
{
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relid, NoLock, NULL))
		CacheInvalidateRelcacheByRelid(lfirst_oid(lc));
}

static ArrayType *
roles_array(List *roles)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(list_length(roles), 1));
	int			i;

	for (i = 0; i < list_length(roles); i++)
		elements[i] = ObjectIdGetDatum(list_nth_oid(roles, i));
	return construct_array(elements, list_length(roles), OIDOID, sizeof(Oid), true, TYPALIGN_INT);
}

static void
record_roles(Oid policy, List *roles)
{
	ObjectAddress myself;
	ObjectAddress target;
	ListCell   *lc;

	ObjectAddressSet(myself, PolicyRelationId, policy);
	foreach(lc, roles)
	{
		if (lfirst_oid(lc) == ACL_ID_PUBLIC)
			continue;
		ObjectAddressSet(target, AuthIdRelationId, lfirst_oid(lc));
		recordSharedDependencyOn(&myself, &target, SHARED_DEPENDENCY_POLICY);
	}
}

static void
record_expression(Relation rel, Oid policy, FuncExpr *call)
{
	ParseState *pstate = make_parsestate(NULL);
	ObjectAddress myself;
	ObjectAddress target;

	(void) addRangeTableEntryForRelation(pstate, rel, AccessShareLock, NULL, false, false);
	ObjectAddressSet(myself, PolicyRelationId, policy);
	ObjectAddressSet(target, RelationRelationId, RelationGetRelid(rel));
	recordDependencyOn(&myself, &target, DEPENDENCY_AUTO);
	recordDependencyOnExpr(&myself, (Node *) call, pstate->p_rtable, DEPENDENCY_NORMAL);
	free_parsestate(pstate);
}

/*
 * A session's temporary objects go when it ends, and with them whatever depends on
 * them: no statement is there that could be refused (cascade.c).  So rules may not.
 */
void
eth_protect_refuse_temporary(Oid policy)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(PolicyRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(policy));
	scan = systable_beginscan(depend, DependDependerIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);
		ObjectAddress address;
		Oid			schema;

		ObjectAddressSet(address, form->refclassid, form->refobjid);
		schema = get_object_namespace(&address);
		if (OidIsValid(schema) && isAnyTempNamespace(schema))
			ereport(ERROR,
					(errcode(ETH_ERR_UNSAFE_MASK),
					 errmsg("a rule cannot depend on a temporary %s", getObjectTypeDescription(&address, false)),
					 errdetail("It goes when this session ends and would take the rule along; then data would be shown."),
					 errhint("Create it in a schema that stays.")));
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
}

static HeapTuple
fetch_policy(Relation pg_policy, Oid policy, SysScanDesc *scan)
{
	ScanKeyData key;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_policy_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(policy));
	*scan = systable_beginscan(pg_policy, PolicyOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(*scan);
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "could not find tuple for policy %u", policy);
	return tuple;
}

/* The smallest number that no policy of the relation has. */
static int
free_number(Relation pg_policy, Oid relid)
{
	Bitmapset  *taken = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	int			number;

	ScanKeyInit(&key, Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(pg_policy, PolicyPolrelidPolnameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		if (eth_protect_is_rule_name(NameStr(((Form_pg_policy) GETSTRUCT(tuple))->polname), &number) &&
			number > 0 && number < 100000)
			taken = bms_add_member(taken, number);
	}
	systable_endscan(scan);
	number = 1;
	while (bms_is_member(number, taken))
		number++;
	return number;
}

/* ---- telling the audit ---- */

static char *
call_text(Oid relid, const FuncExpr *call)
{
	if (call == NULL)
		return NULL;
	return deparse_expression((Node *) call, deparse_context_for(get_rel_name(relid), relid), false, false);
}

/* A rule was made (old NULL), changed, or dropped (new NULL). */
static void
tell_audit(Oid relid, int number, bool person, const FuncExpr *old_call, const FuncExpr *new_call)
{
	const FuncExpr *call = new_call ? new_call : old_call;
	EthAuditEvent event;
	EthDetails	details;

	if (call == NULL)
		return;
	memset(&event, 0, sizeof(event));
	event.kind = ETH_AUDIT_POLICY;
	event.relid = relid;
	eth_core_details_begin(&details);
	eth_core_details_text(&details, "policy", psprintf("%s%d", ETH_RULE_PREFIX, number));
	if (person)
	{
		const Node *as_role = list_nth(call->args, ETH_SUBJECT_AS_ROLE);

		if (IsA(as_role, Const) && ((const Const *) as_role)->constisnull)
			event.action = new_call ? "protect" : "unprotect";
		else
			event.action = new_call ? "link_subject" : "unlink_subject";
	}
	else
	{
		const Node *cell = list_nth(call->args, ETH_RULE_CELL);

		event.action = new_call ? "mask" : "drop_mask";
		if (IsA(cell, Var))
			eth_core_details_text(&details, "column",
								  get_attname(relid, ((const Var *) cell)->varattno, true));
	}
	eth_core_details_change(&details, "rule", call_text(relid, old_call), call_text(relid, new_call));
	event.details = eth_core_details_end(&details);
	eth_core_event(&event);
}

Oid
eth_protect_rule_insert(Oid relid, FuncExpr *call, List *roles)
{
	Relation	rel = table_open(relid, AccessExclusiveLock);
	Relation	pg_policy = table_open(PolicyRelationId, RowExclusiveLock);
	Datum		values[Natts_pg_policy];
	bool		nulls[Natts_pg_policy];
	NameData	name;
	Oid			policy;
	HeapTuple	tuple;
	bool		person = false;
	int			number = 0;

	memset(values, 0, sizeof(values));
	memset(nulls, 0, sizeof(nulls));
	namestrcpy(&name, psprintf("%s%d", ETH_RULE_PREFIX, free_number(pg_policy, relid)));
	policy = GetNewOidWithIndex(pg_policy, PolicyOidIndexId, Anum_pg_policy_oid);
	values[Anum_pg_policy_oid - 1] = ObjectIdGetDatum(policy);
	values[Anum_pg_policy_polrelid - 1] = ObjectIdGetDatum(relid);
	values[Anum_pg_policy_polname - 1] = NameGetDatum(&name);
	values[Anum_pg_policy_polcmd - 1] = CharGetDatum(ACL_SELECT_CHR);
	values[Anum_pg_policy_polpermissive - 1] = BoolGetDatum(true);
	values[Anum_pg_policy_polroles - 1] = PointerGetDatum(roles_array(roles));
	values[Anum_pg_policy_polqual - 1] = CStringGetTextDatum(nodeToString(call));
	nulls[Anum_pg_policy_polwithcheck - 1] = true;
	tuple = heap_form_tuple(RelationGetDescr(pg_policy), values, nulls);
	CatalogTupleInsert(pg_policy, tuple);

	record_expression(rel, policy, call);
	record_roles(policy, roles);
	InvokeObjectPostCreateHook(PolicyRelationId, policy, 0);
	eth_protect_invalidate(relid);

	heap_freetuple(tuple);
	table_close(pg_policy, RowExclusiveLock);
	table_close(rel, NoLock);
	CommandCounterIncrement();
	eth_protect_refuse_temporary(policy);
	(void) eth_protect_is_rule_call((Node *) call, &person);
	(void) eth_protect_is_rule_name(NameStr(name), &number);
	tell_audit(relid, number, person, NULL, call);
	return policy;
}

void
eth_protect_rule_update(Oid relid, const EthRule *rule, FuncExpr *call)
{
	Relation	rel = table_open(relid, AccessExclusiveLock);
	Relation	pg_policy = table_open(PolicyRelationId, RowExclusiveLock);
	Datum		values[Natts_pg_policy];
	bool		nulls[Natts_pg_policy];
	bool		replaces[Natts_pg_policy];
	SysScanDesc scan;
	HeapTuple	tuple;

	memset(values, 0, sizeof(values));
	memset(nulls, 0, sizeof(nulls));
	memset(replaces, 0, sizeof(replaces));
	tuple = fetch_policy(pg_policy, rule->policy, &scan);
	replaces[Anum_pg_policy_polqual - 1] = true;
	values[Anum_pg_policy_polqual - 1] = CStringGetTextDatum(nodeToString(call));
	tuple = heap_modify_tuple(tuple, RelationGetDescr(pg_policy), values, nulls, replaces);
	CatalogTupleUpdate(pg_policy, &tuple->t_self, tuple);
	systable_endscan(scan);

	deleteDependencyRecordsFor(PolicyRelationId, rule->policy, false);
	record_expression(rel, rule->policy, call);
	InvokeObjectPostAlterHook(PolicyRelationId, rule->policy, 0);
	eth_protect_invalidate(relid);

	heap_freetuple(tuple);
	table_close(pg_policy, RowExclusiveLock);
	table_close(rel, NoLock);
	CommandCounterIncrement();
	eth_protect_refuse_temporary(rule->policy);
	tell_audit(relid, rule->number, rule->person, rule->call, call);
}

void
eth_protect_rule_drop(Oid relid, const EthRule *rule)
{
	ObjectAddress address;

	ObjectAddressSet(address, PolicyRelationId, rule->policy);
	eth_protect_own_work_begin();
	PG_TRY();
	{
		performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	}
	PG_FINALLY();
	{
		eth_protect_own_work_end();
	}
	PG_END_TRY();
	eth_protect_invalidate(relid);
	CommandCounterIncrement();
	tell_audit(relid, rule->number, rule->person, rule->call, NULL);
}

bool
eth_protect_rule_set_roles(Oid relid, const EthRule *rule, List *roles)
{
	Relation	pg_policy;
	Datum		values[Natts_pg_policy];
	bool		nulls[Natts_pg_policy];
	bool		replaces[Natts_pg_policy];
	SysScanDesc scan;
	HeapTuple	tuple;

	if (list_length(roles) == list_length(rule->roles) &&
		list_difference_oid(roles, rule->roles) == NIL)
		return false;

	LockRelationOid(relid, ShareUpdateExclusiveLock);
	pg_policy = table_open(PolicyRelationId, RowExclusiveLock);
	memset(values, 0, sizeof(values));
	memset(nulls, 0, sizeof(nulls));
	memset(replaces, 0, sizeof(replaces));
	tuple = fetch_policy(pg_policy, rule->policy, &scan);
	replaces[Anum_pg_policy_polroles - 1] = true;
	values[Anum_pg_policy_polroles - 1] = PointerGetDatum(roles_array(roles));
	tuple = heap_modify_tuple(tuple, RelationGetDescr(pg_policy), values, nulls, replaces);
	CatalogTupleUpdate(pg_policy, &tuple->t_self, tuple);
	systable_endscan(scan);

	deleteSharedDependencyRecordsFor(PolicyRelationId, rule->policy, 0);
	record_roles(rule->policy, roles);
	InvokeObjectPostAlterHook(PolicyRelationId, rule->policy, 0);
	eth_protect_invalidate(relid);

	heap_freetuple(tuple);
	table_close(pg_policy, RowExclusiveLock);
	CommandCounterIncrement();
	return true;
}

/* ---- deparsing ---- */

static Node *
value_mutator(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) copyObject(node);

		var->varattno = 1;
		var->varnosyn = 1;
		var->varattnosyn = 1;
		return (Node *) var;
	}
	return expression_tree_mutator(node, value_mutator, context);
}

/*
 * The column is shown as the only column "value" of a made-up range table
 * entry, so that the text is what mask() takes.
 */
char *
eth_protect_deparse_mask(Node *mask)
{
	PlannedStmt *stmt;
	RangeTblEntry *rte;
	Node	   *bare = mask;
	List	   *context;

	while (bare != NULL && IsA(bare, CoerceToDomain))
		bare = (Node *) ((CoerceToDomain *) bare)->arg;
	if (bare == NULL || (IsA(bare, Const) && ((Const *) bare)->constisnull))
		return NULL;

	rte = makeNode(RangeTblEntry);
	rte->rtekind = RTE_CTE;
	rte->ctename = "value";
	rte->eref = makeAlias("value", list_make1(makeString("value")));
	stmt = makeNode(PlannedStmt);
	stmt->rtable = list_make1(rte);
	context = deparse_context_for_plan_tree(stmt, list_make1("value"));
	return deparse_expression(value_mutator(mask, NULL), context, false, false);
}
