/*
 * export.c
 *		export_policy(): the policy of the database as one document, and items as
 *		plans show them.
 *
 * What has its default is left out, lists are in the order of their names, so
 * that two exports differ where the policy does.  With schemas, a relation that
 * each of them has, with the same policy, is written once, as "{schema}.name".
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

#include "policy/policy.h"
#include "protect/define.h"

/* ---- items in plans ---- */

char *
eth_policy_object(const EthPolicyItem *item)
{
	const char *role = OidIsValid(item->role) ? GetUserNameFromId(item->role, true) : NULL;

	switch (item->kind)
	{
		case ETH_POLICY_PURPOSE:
			return psprintf("purpose %s", item->name);
		case ETH_POLICY_GRANT:
			return psprintf("grant of %s to %s", item->name, role ? quote_identifier(role) : "?");
		case ETH_POLICY_COLLECTION:
			return psprintf("collection of %s by %s", item->name, role ? quote_identifier(role) : "?");
		case ETH_POLICY_CLASS:
			return psprintf("class %s", eth_protect_relation_name(item->relid));
		case ETH_POLICY_TABLE:
			return psprintf("table %s", eth_protect_relation_name(item->relid));
		case ETH_POLICY_LINK:
			return psprintf("link of %s to %s", eth_protect_relation_name(item->relid), item->name);
		case ETH_POLICY_COLUMN:
			return psprintf("column %s.%s", eth_protect_relation_name(item->relid),
							quote_identifier(item->name));
	}
	return NULL;
}

static void
append_member(StringInfo json, const char *key, const char *value)
{
	/* the document's opening brace, or what came before */
	if (json->data[json->len - 1] != '{')
		appendStringInfoString(json, ", ");
	escape_json(json, key);
	appendStringInfo(json, ": %s", value);
}

static Jsonb *
parse(const char *json)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
}

Jsonb *
eth_policy_values(const EthPolicyItem *item, const EthPolicyStep *step)
{
	bool		alters = step->before != NULL && step->after != NULL;
	int			n;
	const EthPolicyAttribute *attributes = eth_policy_attributes(item->kind, &n);
	StringInfoData json;
	int			i;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (i = 0; i < n; i++)
	{
		const char *value = item->values[i];

		if (alters ? !eth_policy_differs(step->before, step->after, i) : value == NULL)
			continue;
		if (value == NULL)
			value = attributes[i].initial ? attributes[i].initial : "null";
		append_member(&json, attributes[i].name, value);
	}
	appendStringInfoChar(&json, '}');
	return parse(json.data);
}

/* ---- names ---- */

/* A relation's name as text of JSON, in which {schema} stands for "schema" (NULL: as it is). */
static char *
relation_value(const char *name, const char *schema)
{
	const char *quoted = schema ? quote_identifier(schema) : NULL;
	size_t		len = quoted ? strlen(quoted) : 0;

	if (quoted != NULL && strncmp(name, quoted, len) == 0 && name[len] == '.')
		name = psprintf("%s%s", ETH_POLICY_EACH_SCHEMA, name + len);
	return eth_policy_quote(name);
}

/* The code of a class; NULL when it is the default. */
static char *
code_value(const EthPolicyItem *item, const char *schema)
{
	const char *code = eth_policy_text(item->values[ETH_CLASS_CODE]);
	const char *own = get_namespace_name(get_rel_namespace(item->relid));
	size_t		len = schema ? strlen(schema) : 0;

	if (strcmp(code, psprintf("%s.%s", own, get_rel_name(item->relid))) == 0)
		return NULL;
	if (schema != NULL && strncmp(code, schema, len) == 0 && code[len] == '.')
		code = psprintf("%s%s", ETH_POLICY_EACH_SCHEMA, code + len);
	return eth_policy_quote(code);
}

static char *
value_of(const EthPolicyItem *item, int i, const EthPolicyAttribute *attribute, const char *schema)
{
	if (item->values[i] == NULL)
		return NULL;
	if (item->kind == ETH_POLICY_PURPOSE && i == ETH_PURPOSE_PARENTS &&
		strcmp(item->values[i], eth_policy_default_parents(item->name)) == 0)
		return NULL;
	if (attribute->type == ETH_POLICY_CODE)
		return code_value(item, schema);
	if (attribute->type == ETH_POLICY_RELATION)
		return relation_value(eth_policy_text(item->values[i]), schema);
	if (item->kind == ETH_POLICY_COLUMN && i == ETH_COLUMN_CATEGORY && item->values[ETH_COLUMN_ORIGIN] == NULL &&
		strcmp(item->values[i], "\"unclassified\"") == 0)
		return NULL;
	return item->values[i];
}

static void
append_attributes(StringInfo json, const EthPolicyItem *item, const char *schema)
{
	int			n;
	const EthPolicyAttribute *attributes = eth_policy_attributes(item->kind, &n);
	int			i;

	for (i = 0; i < n; i++)
	{
		char	   *value = value_of(item, i, &attributes[i], schema);

		if (value != NULL)
			append_member(json, attributes[i].name, value);
	}
}

/* ---- entries ---- */

static char *
grant_entry(const EthPolicyItem *item)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	append_member(&json, "purpose", eth_policy_quote(item->name));
	if (item->kind != ETH_POLICY_PURPOSE)
		append_member(&json, "grantee", eth_policy_quote(GetUserNameFromId(item->role, false)));
	append_attributes(&json, item, NULL);
	appendStringInfoChar(&json, '}');
	return json.data;
}

static char *
members_of_kind(List *items, EthPolicyKind kind, const char *schema)
{
	StringInfoData json;
	bool		list = kind == ETH_POLICY_LINK;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&json);
	foreach(lc, items)
	{
		const EthPolicyItem *item = lfirst(lc);

		if (item->kind != kind || (kind == ETH_POLICY_COLUMN && eth_policy_is_plain_column(item)))
			continue;
		appendStringInfoString(&json, n++ > 0 ? ", " : "");
		if (list)
			appendStringInfo(&json, "{\"subject\": %s", eth_policy_quote(item->name));
		else
			appendStringInfo(&json, "%s: {", eth_policy_quote(item->name));
		append_attributes(&json, item, schema);
		appendStringInfoChar(&json, '}');
	}
	if (n == 0)
		return NULL;
	return psprintf(list ? "[%s]" : "{%s}", json.data);
}

/* A class, or a table with its links and columns. */
static char *
relation_entry(List *items, const char *schema)
{
	const EthPolicyItem *item = linitial(items);
	char	   *links = members_of_kind(items, ETH_POLICY_LINK, schema);
	char	   *columns = members_of_kind(items, ETH_POLICY_COLUMN, schema);
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	append_member(&json, "relation", relation_value(eth_protect_relation_name(item->relid), schema));
	append_attributes(&json, item, schema);
	if (links != NULL)
		append_member(&json, "links", links);
	if (columns != NULL)
		append_member(&json, "columns", columns);
	appendStringInfoChar(&json, '}');
	return json.data;
}

typedef struct Entry
{
	char	   *schema;
	char	   *name;			/* of the relation, without schema */
	List	   *items;
	char	   *general;		/* begins with {schema} */
} Entry;

/* By name and schema where schemas are given, else by schema and name. */
static int
compare_entries(const ListCell *a, const ListCell *b)
{
	const Entry *x = lfirst(a);
	const Entry *y = lfirst(b);
	int			by_name = strcmp(x->name, y->name);
	int			by_schema = strcmp(x->schema, y->schema);

	if (x->general != NULL)
		return by_name != 0 ? by_name : by_schema;
	return by_schema != 0 ? by_schema : by_name;
}

/* Do all schemas have the relation, from this entry on, with the same policy? */
static bool
is_general(List *entries, int from, int nschemas)
{
	const Entry *first = list_nth(entries, from);
	int			i;

	if (nschemas == 0 || from + nschemas > list_length(entries))
		return false;
	for (i = from; i < from + nschemas; i++)
	{
		const Entry *entry = list_nth(entries, i);

		if (strcmp(entry->name, first->name) != 0 || strcmp(entry->general, first->general) != 0)
			return false;
	}
	return true;
}

static void
append_relations(StringInfo json, const char *key, EthPolicyKind kind, List *schemas)
{
	List	   *entries = NIL;
	Entry	   *entry = NULL;
	StringInfoData list;
	ListCell   *lc;
	int			i = 0;

	foreach(lc, eth_policy_state(kind))
	{
		EthPolicyItem *item = lfirst(lc);

		if (item->kind == kind)
		{
			entry = palloc0(sizeof(Entry));
			entry->schema = get_namespace_name(get_rel_namespace(item->relid));
			entry->name = get_rel_name(item->relid);
			if (schemas == NIL || eth_policy_is_named(schemas, entry->schema))
				entries = lappend(entries, entry);
		}
		if (entry != NULL)
			entry->items = lappend(entry->items, item);
	}
	foreach(lc, entries)
	{
		entry = lfirst(lc);
		if (schemas != NIL)
			entry->general = relation_entry(entry->items, entry->schema);
	}
	list_sort(entries, compare_entries);

	initStringInfo(&list);
	while (i < list_length(entries))
	{
		entry = list_nth(entries, i);
		appendStringInfoString(&list, i > 0 ? ", " : "");
		if (is_general(entries, i, list_length(schemas)))
		{
			appendStringInfoString(&list, entry->general);
			i += list_length(schemas);
		}
		else
		{
			appendStringInfoString(&list, relation_entry(entry->items, NULL));
			i++;
		}
	}
	append_member(json, key, psprintf("[%s]", list.data));
}

static void
append_rows(StringInfo json, const char *key, EthPolicyKind kind)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, eth_policy_state(kind))
	{
		const EthPolicyItem *item = lfirst(lc);

		if (!item->over)
			appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "", grant_entry(item));
	}
	append_member(json, key, psprintf("[%s]", list.data));
}

/*
 * export_policy(schemas text[]) -> jsonb
 *		Purposes, grants, classes and the policy of tables (schemas: only of
 *		tables and classes in these) as apply_policy() takes them.  Grants that are
 *		over, or whose roles are gone, are left out.
 *
 * Errors: 42501 neither administrator nor officer nor auditor; 3F000 unknown
 * schema; 22023 a null among them, or none.
 */
PG_FUNCTION_INFO_V1(ethdata_export_policy);

Datum
ethdata_export_policy(PG_FUNCTION_ARGS)
{
	Oid			caller = GetUserId();
	List	   *schemas;
	StringInfoData json;
	Jsonb	   *result;
	int			level;

	if (!eth_core_is_admin(caller) && !eth_core_has_role(caller, ETH_ROLE_OFFICER) &&
		!eth_core_has_role(caller, ETH_ROLE_AUDITOR))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to export the policy"),
				 errhint("Administrators, officers and auditors may: roles \"%s\", \"%s\" and \"%s\".",
						 ETH_ROLE_ADMIN, ETH_ROLE_OFFICER, ETH_ROLE_AUDITOR)));
	schemas = eth_policy_schemas(PG_ARGISNULL(0) ? (Datum) 0 : PG_GETARG_DATUM(0), PG_ARGISNULL(0));

	level = eth_policy_settings_begin();
	initStringInfo(&json);
	appendStringInfo(&json, "{\"version\": %d", ETH_POLICY_VERSION);
	append_rows(&json, "purposes", ETH_POLICY_PURPOSE);
	append_rows(&json, "grants", ETH_POLICY_GRANT);
	append_rows(&json, "collection", ETH_POLICY_COLLECTION);
	append_relations(&json, "classes", ETH_POLICY_CLASS, schemas);
	append_relations(&json, "tables", ETH_POLICY_TABLE, schemas);
	appendStringInfoChar(&json, '}');
	result = parse(json.data);
	eth_policy_settings_end(level);
	PG_RETURN_JSONB_P(result);
}
