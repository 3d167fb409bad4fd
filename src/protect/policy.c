/*
 * policy.c
 *		Reads the rules of one relation from pg_policy; rules.c caches them.
 *
 * What is read here was written by define.c, by a restore, or by anybody who
 * may create policies on the table: nothing is taken on trust, and nothing is
 * evaluated.  A table with an expression that is not of one of the forms in
 * protect.h is damaged, and a mask that is not safe becomes NULL.
 */
#include "postgres.h"

#include "access/attmap.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "mask/mask.h"
#include "protect/protect.h"
#include "protect/policy.h"
#include "purpose/purpose.h"

/*
 * A literal, or NULL.  Nothing is evaluated: whoever may create policies on the
 * table wrote the expression, and it is read by whoever meets the table.
 */
Const *
eth_protect_literal(Node *node)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Const))
		return (Const *) node;
	if (IsA(node, RelabelType))
	{
		RelabelType *relabel = (RelabelType *) node;
		Const	   *inner = eth_protect_literal((Node *) relabel->arg);

		if (inner == NULL)
			return NULL;
		inner = copyObject(inner);
		inner->consttype = relabel->resulttype;
		inner->consttypmod = relabel->resulttypmod;
		inner->constcollid = relabel->resultcollid;
		return inner;
	}
	if (IsA(node, ArrayExpr))
	{
		ArrayExpr  *array = (ArrayExpr *) node;
		int			n = list_length(array->elements);
		Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));
		int			i;

		if (array->multidims || n == 0 ||
			array->element_typeid != TEXTOID || array->array_typeid != TEXTARRAYOID)
			return NULL;
		for (i = 0; i < n; i++)
		{
			Const	   *element = eth_protect_literal(list_nth(array->elements, i));

			if (element == NULL || element->consttype != TEXTOID || element->constisnull)
				return NULL;
			values[i] = element->constvalue;
		}
		return makeConst(TEXTARRAYOID, -1, array->array_collid, -1,
						 PointerGetDatum(construct_array(values, n, TEXTOID, -1, false, TYPALIGN_INT)),
						 false, false);
	}
	return NULL;
}

static bool
read_bool(Node *node, bool *result)
{
	Const	   *c = eth_protect_literal(node);

	if (c == NULL || c->consttype != BOOLOID || c->constisnull)
		return false;
	*result = DatumGetBool(c->constvalue);
	return true;
}

static bool
read_text(Node *node, char **result)
{
	Const	   *c = eth_protect_literal(node);

	if (c == NULL || c->consttype != TEXTOID)
		return false;
	*result = c->constisnull ? NULL : TextDatumGetCString(c->constvalue);
	return true;
}

static bool
read_texts(Node *node, int *count, char ***result)
{
	Const	   *c = eth_protect_literal(node);
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			i;

	if (c == NULL || c->consttype != TEXTARRAYOID)
		return false;
	*count = 0;
	*result = NULL;
	if (c->constisnull)
		return true;
	deconstruct_array(DatumGetArrayTypeP(c->constvalue), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &n);
	*result = palloc(sizeof(char *) * Max(n, 1));
	for (i = 0; i < n; i++)
	{
		if (nulls[i])
			return false;
		(*result)[i] = TextDatumGetCString(elements[i]);
	}
	*count = n;
	return true;
}

/* A column: Var of the only relation, perhaps under a relabeling. */
static AttrNumber
read_column(Node *node)
{
	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (node != NULL && IsA(node, Var) &&
		((Var *) node)->varno == 1 && ((Var *) node)->varlevelsup == 0)
		return ((Var *) node)->varattno;
	return InvalidAttrNumber;
}

static bool
read_columns(List *args, int from, int *count, AttrNumber **result)
{
	int			n = list_length(args) - from;
	int			i;

	*count = Max(n, 0);
	*result = palloc(sizeof(AttrNumber) * Max(n, 1));
	for (i = 0; i < n; i++)
	{
		(*result)[i] = read_column(list_nth(args, from + i));
		if ((*result)[i] <= 0)
			return false;
	}
	return true;
}

/*
 * The mask as it is planned: checked again (a restore may have made the policy
 * without mask()), keyed masks through their twins, and without the check of
 * the column's domain, since masks are total.
 */
static void
prepare_mask(EthCellRule *cell, Node *mask, Oid relid, Form_pg_attribute att)
{
	if (IsA(mask, CoerceToDomain))
	{
		CoerceToDomain *coerce = (CoerceToDomain *) mask;

		mask = (Node *) makeRelabelType(coerce->arg, coerce->resulttype,
										coerce->resulttypmod, coerce->resultcollid,
										COERCE_IMPLICIT_CAST);
	}
	if (IsA(mask, Const) && ((Const *) mask)->constisnull)
		mask = NULL;
	cell->foreign = mask != NULL && eth_mask_may_raise(mask);
	if (mask == NULL || exprType(mask) != att->atttypid ||
		!eth_mask_is_safe(mask, relid, cell->attnum))
	{
		cell->mask = (Node *) makeNullConst(att->atttypid, att->atttypmod, att->attcollation);
		cell->may_raise = false;
		return;
	}
	cell->may_raise = eth_mask_may_raise(mask);
	cell->mask = eth_mask_with_twins(mask);
}

/* Ids of purposes; a code that names none has one, too. */
static ArrayType *
ids_of(int n, char *const *codes)
{
	Datum	   *ids = palloc(sizeof(Datum) * Max(n, 1));
	int			i;

	for (i = 0; i < n; i++)
		ids[i] = Int32GetDatum(eth_purpose_id(codes[i]));
	return construct_array(ids, n, INT4OID, sizeof(int32), true, TYPALIGN_INT);
}

static List *
read_roles(HeapTuple tuple, Relation pg_policy)
{
	Datum		datum;
	bool		isnull;
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

typedef struct Building
{
	EthTableRules *rules;
	List	   *persons;		/* EthPersonRule * */
	List	   *cells;			/* EthCellRule * */
	Oid			rule_namespace;
	bool		any;			/* rules were found, and so the next is set */
	EthEnforcement enforcement; /* the strictest of the relations that they
								 * stand on */
} Building;

/* Adds one rule; false: it is none that could be read. */
static bool
read_rule(Building *building, Relation rel, Oid source, AttrMap *map,
		  Relation pg_policy, HeapTuple tuple)
{
	EthTableRules *rules = building->rules;
	Oid			policy = ((Form_pg_policy) GETSTRUCT(tuple))->oid;
	Datum		datum;
	bool		isnull;
	Node	   *qual;
	List	   *args;
	char	   *name;

	datum = heap_getattr(tuple, Anum_pg_policy_polqual, RelationGetDescr(pg_policy), &isnull);
	if (isnull)
		return false;
	qual = stringToNode(TextDatumGetCString(datum));
	if (!IsA(qual, FuncExpr))
		return false;
	if (map != NULL)
	{
		bool		whole_row;

		qual = map_variable_attnos(qual, 1, 0, map, InvalidOid, &whole_row);
	}
	name = get_func_name(((FuncExpr *) qual)->funcid);
	if (name == NULL || get_func_namespace(((FuncExpr *) qual)->funcid) != building->rule_namespace)
		return false;
	args = ((FuncExpr *) qual)->args;

	if (strcmp(name, "rule") == 0 && list_length(args) >= 6)
	{
		EthCellRule *cell = palloc0(sizeof(EthCellRule));

		cell->policy = policy;
		cell->attnum = read_column(linitial(args));
		if (cell->attnum <= 0 || cell->attnum > rules->natts ||
			!read_texts(lthird(args), &cell->nreveal, &cell->reveal_for) ||
			!read_text(lfourth(args), &cell->category) ||
			!read_text(list_nth(args, 4), &cell->on_write) ||
			!read_bool(list_nth(args, 5), &cell->lookup) ||
			!read_columns(args, 6, &cell->nsubject, &cell->subject))
			return false;
		/* a rule of the relation's own goes before one from above */
		if (rules->cell_of[cell->attnum] >= 0)
			return map != NULL;
		cell->reveal_ids = ids_of(cell->nreveal, cell->reveal_for);
		prepare_mask(cell, lsecond(args), RelationGetRelid(rel),
					 TupleDescAttr(RelationGetDescr(rel), cell->attnum - 1));
		cell->special = cell->category != NULL &&
			eth_protect_is_special_category(cell->category);
		cell->readers = read_roles(tuple, pg_policy);
		rules->cell_of[cell->attnum] = list_length(building->cells);
		building->cells = lappend(building->cells, cell);
		rules->masked = bms_add_member(rules->masked, cell->attnum);
		return true;
	}
	if (strcmp(name, "rule_subject") == 0 && list_length(args) >= 5)
	{
		EthPersonRule *person = palloc0(sizeof(EthPersonRule));
		Const	   *class = eth_protect_literal(linitial(args));
		char	   *new_columns = NULL;

		if (class == NULL || class->consttype != REGCLASSOID ||
			!read_text(lsecond(args), &person->as_role) ||
			!read_bool(lthird(args), &person->rows) ||
			!read_bool(lfourth(args), &person->force) ||
			!read_text(list_nth(args, 4), &new_columns) || new_columns == NULL ||
			!read_columns(args, 5, &person->nkeys, &person->keys))
			return false;
		person->policy = policy;
		person->class_relid = class->constisnull ? InvalidOid : DatumGetObjectId(class->constvalue);
		person->mask_new_columns = strcmp(new_columns, "mask") == 0;
		person->readers = read_roles(tuple, pg_policy);
		building->persons = lappend(building->persons, person);
		rules->rows |= person->rows;
		rules->force |= person->force;
		rules->mask_new_columns |= person->mask_new_columns;
		rules->readers = list_union_oid(rules->readers, person->readers);
		if (!OidIsValid(rules->source))
			rules->source = source;
		return true;
	}
	return false;
}

/*
 * Adds the rules that stand on "source" to those of rel; map translates attnums
 * of the source to those of rel (NULL: the same relation).  The first that cannot
 * be read makes the relation a damaged one.
 */
static void
read_policies(Building *building, Relation rel, Oid source, AttrMap *map)
{
	Relation	pg_policy = table_open(PolicyRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&key, Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(source));
	scan = systable_beginscan(pg_policy, PolicyPolrelidPolnameIndexId, true, NULL, 1, &key);
	while (building->rules->damaged == NULL &&
		   HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		const char *name = NameStr(((Form_pg_policy) GETSTRUCT(tuple))->polname);

		if (strncmp(name, ETH_RULE_PREFIX, strlen(ETH_RULE_PREFIX)) != 0)
			continue;
		found = true;
		if (!read_rule(building, rel, source, map, pg_policy, tuple))
		{
			building->rules->damaged = pstrdup(name);
			building->rules->source = source;
		}
	}
	systable_endscan(scan);
	table_close(pg_policy, AccessShareLock);
	if (found)
	{
		EthEnforcement enforcement = eth_protect_recorded_enforcement(source);

		if (!building->any || enforcement > building->enforcement)
			building->enforcement = enforcement;
		building->any = true;
	}
}

/* Columns generated from masked ones show as much as these do. */
static void
find_derived_columns(EthTableRules *rules, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	int			i;

	if (desc->constr == NULL)
		return;
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Bitmapset  *used = NULL;
		int			bit = -1;

		if (att->attisdropped || att->attgenerated == '\0' || rules->cell_of[i + 1] >= 0)
			continue;
		pull_varattnos(build_column_default(rel, i + 1), 1, &used);
		while ((bit = bms_next_member(used, bit)) >= 0)
		{
			AttrNumber	attnum = bit + FirstLowInvalidHeapAttributeNumber;

			if (attnum == InvalidAttrNumber || bms_is_member(attnum, rules->masked) ||
				bms_is_member(attnum, rules->unknown))
			{
				rules->derived = bms_add_member(rules->derived, i + 1);
				break;
			}
		}
	}
}

/*
 * Relations above relid, nearest first.  Unlike find_all_inheritors() upwards
 * there is no function of core for inheritance; a partition has one parent.
 */
List *
eth_protect_relations_above(Oid relid)
{
	List	   *result = NIL;
	List	   *todo = list_make1_oid(relid);
	Relation	pg_inherits = table_open(InheritsRelationId, AccessShareLock);

	while (todo != NIL)
	{
		ScanKeyData key;
		SysScanDesc scan;
		HeapTuple	tuple;

		ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(linitial_oid(todo)));
		scan = systable_beginscan(pg_inherits, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		{
			Oid			parent = ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent;

			if (!list_member_oid(result, parent))
			{
				result = lappend_oid(result, parent);
				todo = lappend_oid(todo, parent);
			}
		}
		systable_endscan(scan);
		todo = list_delete_first(todo);
	}
	table_close(pg_inherits, AccessShareLock);
	return result;
}

/* attnums of the parent -> those of rel, by name; 0 where rel has no such column */
static AttrMap *
map_from(Oid parent, Relation rel)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(parent));
	AttrMap    *map;
	int			natts;
	int			i;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	natts = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
	ReleaseSysCache(tuple);
	map = make_attrmap(natts);
	for (i = 1; i <= natts; i++)
	{
		char	   *name = get_attname(parent, i, true);

		if (name != NULL)
			map->attnums[i - 1] = get_attnum(RelationGetRelid(rel), name);
	}
	return map;
}

EthTableRules *
eth_protect_build_rules(Relation rel, List *above)
{
	EthTableRules *rules = palloc0(sizeof(EthTableRules));
	Building	building = {0};
	ListCell   *lc;
	int			i;

	rules->raising = palloc0(sizeof(EthRaising));
	building.rules = rules;
	building.rule_namespace = eth_core_schema_oid(true);
	/* without the extension a policy of such a name is somebody else's */
	if (!OidIsValid(building.rule_namespace))
		return NULL;
	rules->relid = RelationGetRelid(rel);
	rules->owner = rel->rd_rel->relowner;
	rules->natts = RelationGetNumberOfAttributes(rel);
	rules->cell_of = palloc(sizeof(int) * (rules->natts + 1));
	for (i = 0; i <= rules->natts; i++)
		rules->cell_of[i] = -1;

	read_policies(&building, rel, rules->relid, NULL);
	foreach(lc, above)
	{
		AttrMap    *map = map_from(lfirst_oid(lc), rel);

		if (map != NULL)
			read_policies(&building, rel, lfirst_oid(lc), map);
	}
	if (rules->damaged != NULL)
		return rules;
	if (building.persons == NIL && building.cells == NIL)
		return NULL;
	rules->enforcement = building.enforcement;

	rules->npersons = list_length(building.persons);
	rules->persons = palloc(sizeof(EthPersonRule) * Max(rules->npersons, 1));
	i = 0;
	foreach(lc, building.persons)
		rules->persons[i++] = *(EthPersonRule *) lfirst(lc);
	rules->ncells = list_length(building.cells);
	rules->cells = palloc(sizeof(EthCellRule) * Max(rules->ncells, 1));
	i = 0;
	foreach(lc, building.cells)
		rules->cells[i++] = *(EthCellRule *) lfirst(lc);

	/*
	 * A rule without its table's rule_subject: only half a restore happened.
	 * It masks for everybody, since nothing says whose cells they are.
	 */
	if (rules->npersons == 0)
		rules->mask_new_columns = true;
	if (!OidIsValid(rules->source))
		rules->source = rules->relid;

	if (rules->mask_new_columns)
	{
		for (i = 1; i <= rules->natts; i++)
		{
			Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i - 1);
			Oid			labelled = rules->relid;
			AttrNumber	attnum = i;

			if (att->attisdropped || rules->cell_of[i] >= 0)
				continue;
			if (rules->source != rules->relid)
			{
				labelled = rules->source;
				attnum = get_attnum(rules->source, NameStr(att->attname));
			}
			if (attnum <= 0 || eth_protect_label(labelled, attnum) == NULL)
				rules->unknown = bms_add_member(rules->unknown, i);
		}
	}
	find_derived_columns(rules, rel);
	return rules;
}
