/*
 * state.c
 *		What stands in the database, as items.
 *
 * Purposes, grants and classes are read from ethdata's tables as their owner,
 * tables from the catalogues; who may see them is decided by the callers.
 * Grants to roles that are gone, or were made anew under an old name, and
 * classes that were dropped are no items: nothing holds by them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "policy/policy.h"
#include "protect/define.h"

/* Columns: name, oid, over, then the attributes in the order of kinds.c, as jsonb. */

#define PURPOSE_QUERY \
	"SELECT p.code, 0::oid, false, to_jsonb(p.basis)," \
	" to_jsonb(ARRAY(SELECT q.code FROM ethdata.purpose q WHERE q.id = ANY (p.parents) ORDER BY q.code))," \
	" to_jsonb(p.title), to_jsonb(p.description), to_jsonb(p.controller), to_jsonb(p.recipients), p.bases," \
	" to_jsonb(p.channel), to_jsonb(p.direct_marketing), to_jsonb(p.special_ground)," \
	" to_jsonb(p.restriction_ground), to_jsonb(p.consent_lifetime), to_jsonb(p.assessment)," \
	" to_jsonb(p.review), to_jsonb(p.retired_at IS NOT NULL)" \
	" FROM ethdata.purpose p ORDER BY p.code"

#define GRANT_QUERY \
	"SELECT p.code, g.grantee_oid, coalesce(g.valid_until <= clock_timestamp(), false)," \
	" to_jsonb(g.as_default), to_jsonb(g.valid_until), to_jsonb(g.reason), to_jsonb(g.pooled)," \
	" to_jsonb(g.token_required), to_jsonb(g.asserted_by)" \
	" FROM ethdata.purpose_grant g JOIN (SELECT id, code FROM ethdata.purpose UNION ALL SELECT " ETH_SELF_ID ", 'self') p ON p.id = g.purpose" \
	" JOIN pg_roles r ON r.oid = g.grantee_oid AND r.rolname = g.grantee" \
	" ORDER BY p.code, g.grantee"

#define COLLECTION_QUERY \
	"SELECT p.code, g.grantee_oid, false" \
	" FROM ethdata.collection_grant g JOIN ethdata.purpose p ON p.id = g.purpose" \
	" JOIN pg_roles r ON r.oid = g.grantee_oid AND r.rolname = g.grantee" \
	" ORDER BY p.code, g.grantee"

#define CLASS_QUERY \
	"SELECT NULL, s.relation::oid, false, to_jsonb(s.code), to_jsonb(s.kind)," \
	" CASE WHEN s.key_columns IS NOT NULL THEN to_jsonb(array_to_string(" \
	"ARRAY(SELECT quote_ident(k.k) FROM unnest(s.key_columns) WITH ORDINALITY AS k(k, i) ORDER BY k.i), ', ')) END," \
	" to_jsonb(s.birth_date), to_jsonb(s.jurisdiction), to_jsonb(s.time_zone), to_jsonb(s.contact_points)" \
	" FROM ethdata.subject_class s JOIN pg_class c ON c.oid = s.relation JOIN pg_namespace n ON n.oid = c.relnamespace" \
	" ORDER BY n.nspname, c.relname"

static EthPolicyItem *
item_of_row(EthPolicyKind kind, HeapTuple tuple, TupleDesc desc)
{
	EthPolicyItem *item = palloc0(sizeof(EthPolicyItem));
	bool		isnull;
	Oid			oid = DatumGetObjectId(SPI_getbinval(tuple, desc, 2, &isnull));
	int			n;
	const EthPolicyAttribute *attributes = eth_policy_attributes(kind, &n);
	char	   *name = SPI_getvalue(tuple, desc, 1);
	int			i;

	item->kind = kind;
	item->name = name;
	if (kind == ETH_POLICY_CLASS)
		item->relid = oid;
	else
		item->role = oid;
	item->over = DatumGetBool(SPI_getbinval(tuple, desc, 3, &isnull));
	for (i = 0; i < n; i++)
		item->values[i] = eth_policy_stored(&attributes[i], SPI_getvalue(tuple, desc, i + 4));
	return item;
}

static List *
items_of_query(EthPolicyKind kind, const char *query)
{
	MemoryContext memory = CurrentMemoryContext;
	List	   *result = NIL;
	EthCaller	caller;
	uint64		i;

	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi(query, SPI_OK_SELECT, 0, NULL, NULL, NULL, true);
	for (i = 0; i < SPI_processed; i++)
	{
		/* SPI_getvalue() takes the current memory, and so do we */
		MemoryContext inside = MemoryContextSwitchTo(memory);

		result = lappend(result, item_of_row(kind, SPI_tuptable->vals[i], SPI_tuptable->tupdesc));
		MemoryContextSwitchTo(inside);
	}
	SPI_finish();
	eth_core_leave(&caller);
	return result;
}

/* ---- tables ---- */

static EthPolicyItem *
make_item(EthPolicyKind kind, Oid relid)
{
	EthPolicyItem *item = palloc0(sizeof(EthPolicyItem));

	item->kind = kind;
	item->relid = relid;
	return item;
}

/* Sets a value that is given as plain text; NULL: the default. */
static void
set_text(EthPolicyItem *item, int i, const char *text)
{
	int			n;
	const EthPolicyAttribute *attributes = eth_policy_attributes(item->kind, &n);

	item->values[i] = text ? eth_policy_stored(&attributes[i], eth_policy_quote(text)) : NULL;
}

static void
set_key(EthPolicyItem *item, int i, const EthRule *rule)
{
	List	   *keys = eth_protect_key_args(rule);

	set_text(item, i, keys == NIL ? NULL : eth_policy_key_text(item->relid, keys));
}

static void
set_class(EthPolicyItem *item, int i, const EthRule *rule)
{
	Oid			class_relid = eth_protect_class_arg(rule);

	set_text(item, i, OidIsValid(class_relid) ? eth_protect_relation_name(class_relid) : NULL);
}

static EthPolicyItem *
table_item(Oid relid, const EthRule *rule)
{
	EthPolicyItem *item = make_item(ETH_POLICY_TABLE, relid);

	set_key(item, ETH_TABLE_SUBJECT, rule);
	set_class(item, ETH_TABLE_CLASS, rule);
	if (eth_protect_bool_arg(rule, ETH_SUBJECT_ROWS))
		item->values[ETH_TABLE_ROWS] = "true";
	set_text(item, ETH_TABLE_NEW_COLUMNS, eth_protect_text_arg(rule, ETH_SUBJECT_NEW_COLUMNS));
	if (eth_protect_bool_arg(rule, ETH_SUBJECT_FORCE))
		item->values[ETH_TABLE_FORCE] = "true";
	set_text(item, ETH_TABLE_ENFORCEMENT,
			 eth_protect_enforcement_name(eth_protect_recorded_enforcement(relid)));
	return item;
}

static EthPolicyItem *
link_item(Oid relid, const EthRule *rule)
{
	EthPolicyItem *item = make_item(ETH_POLICY_LINK, relid);

	item->name = eth_policy_key_text(relid, eth_protect_key_args(rule));
	set_class(item, ETH_LINK_CLASS, rule);
	set_text(item, ETH_LINK_AS_ROLE, eth_protect_text_arg(rule, ETH_SUBJECT_AS_ROLE));
	return item;
}

static EthPolicyItem *
column_item(Oid relid, AttrNumber attnum, const char *name, List *rules)
{
	EthPolicyItem *item = make_item(ETH_POLICY_COLUMN, relid);
	ListCell   *lc;

	item->name = pstrdup(name);
	foreach(lc, rules)
	{
		const EthRule *rule = lfirst(lc);
		int			n;

		if (rule->person || eth_protect_rule_column(rule) != attnum)
			continue;
		item->masked = true;
		item->values[ETH_COLUMN_MASKED_AS] = eth_policy_mask_json(eth_protect_arg(rule, ETH_RULE_MASK));
		item->values[ETH_COLUMN_REVEAL_FOR] =
			eth_policy_stored(&eth_policy_attributes(ETH_POLICY_COLUMN, &n)[ETH_COLUMN_REVEAL_FOR],
							  eth_policy_quote_list(eth_protect_texts_arg(rule, ETH_RULE_REVEAL)));
		set_key(item, ETH_COLUMN_SUBJECT, rule);
		set_text(item, ETH_COLUMN_ON_WRITE, eth_protect_text_arg(rule, ETH_RULE_ON_WRITE));
		if (eth_protect_bool_arg(rule, ETH_RULE_LOOKUP))
			item->values[ETH_COLUMN_LOOKUP] = "true";
		break;
	}
	set_text(item, ETH_COLUMN_CATEGORY, eth_protect_label(relid, attnum));
	set_text(item, ETH_COLUMN_ORIGIN, eth_protect_label_origin(relid, attnum));
	return item;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(((EthPolicyItem *) lfirst(a))->name, ((EthPolicyItem *) lfirst(b))->name);
}

/* The table itself, its links, its columns; NIL when no rules stand on it. */
List *
eth_policy_table_state(Oid relid)
{
	List	   *rules = eth_protect_stored_rules(relid);
	EthPolicyItem *table = NULL;
	List	   *links = NIL;
	List	   *columns = NIL;
	HeapTuple	tuple;
	int			natts = 0;
	int			i;
	ListCell   *lc;

	foreach(lc, rules)
	{
		const EthRule *rule = lfirst(lc);

		if (rule->person && eth_protect_text_arg(rule, ETH_SUBJECT_AS_ROLE) == NULL)
			table = table_item(relid, rule);
		else if (rule->person)
			links = lappend(links, link_item(relid, rule));
	}
	if (table == NULL)
		return NIL;
	list_sort(links, compare_names);

	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (HeapTupleIsValid(tuple))
	{
		natts = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
		ReleaseSysCache(tuple);
	}
	for (i = 1; i <= natts; i++)
	{
		tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(i));
		if (!HeapTupleIsValid(tuple))
			continue;
		if (!((Form_pg_attribute) GETSTRUCT(tuple))->attisdropped)
			columns = lappend(columns, column_item(relid, (AttrNumber) i,
												   NameStr(((Form_pg_attribute) GETSTRUCT(tuple))->attname),
												   rules));
		ReleaseSysCache(tuple);
	}
	return list_concat(lcons(table, links), columns);
}

static int
compare_relations(const ListCell *a, const ListCell *b)
{
	return strcmp(eth_protect_relation_name(lfirst_oid(a)), eth_protect_relation_name(lfirst_oid(b)));
}

List *
eth_policy_state(EthPolicyKind kind)
{
	List	   *relids;
	List	   *result = NIL;
	ListCell   *lc;

	switch (kind)
	{
		case ETH_POLICY_PURPOSE:
			return items_of_query(kind, PURPOSE_QUERY);
		case ETH_POLICY_GRANT:
			return items_of_query(kind, GRANT_QUERY);
		case ETH_POLICY_COLLECTION:
			return items_of_query(kind, COLLECTION_QUERY);
		case ETH_POLICY_CLASS:
			return items_of_query(kind, CLASS_QUERY);
		case ETH_POLICY_TABLE:
		case ETH_POLICY_LINK:
		case ETH_POLICY_COLUMN:
			break;
	}
	relids = list_copy(eth_protect_list());
	list_sort(relids, compare_relations);
	foreach(lc, relids)
		result = list_concat(result, eth_policy_table_state(lfirst_oid(lc)));
	return result;
}
