/*
 * document.c
 *		Reads the document: every key is known, every value of its type, and what
 *		is wrong is named by its place, as in tables[0].columns.email.on_write.
 *
 * A relation of "{schema}" is read once for each of the named schemas.  Tables
 * are locked as any use of their name locks them (AccessShareLock); plan_policy()
 * lets go of them.
 */
#include "postgres.h"

#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "consent/consent.h"
#include "policy/policy.h"
#include "protect/define.h"
#include "purpose/purpose.h"

/* ---- parts of the document ---- */

static const char *reading_path;	/* for the context of errors */

static void
tell_path(void *arg)
{
	if (reading_path != NULL)
		errcontext("policy, %s", reading_path);
}

static JsonbContainer *
object_of(const JsonbValue *value, const char *path)
{
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		eth_policy_bad(path, "must be an object");
	return value->val.binary.data;
}

static JsonbContainer *
array_of(const JsonbValue *value, const char *path)
{
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		eth_policy_bad(path, "must be an array");
	return value->val.binary.data;
}

static JsonbValue *
member(JsonbContainer *object, const char *key)
{
	return getKeyJsonValueFromContainer(object, key, (int) strlen(key), NULL);
}

static char *
required_text(JsonbContainer *object, const char *key, const char *path)
{
	const JsonbValue *value = member(object, key);

	if (value == NULL)
		eth_policy_bad(path, psprintf("lacks \"%s\"", key));
	if (value->type != jbvString)
		eth_policy_bad(psprintf("%s.%s", path, key), "must be a string");
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static EthPolicyItem *
new_item(EthPolicyKind kind, Oid relid, const char *path)
{
	EthPolicyItem *item = palloc0(sizeof(EthPolicyItem));

	item->kind = kind;
	item->relid = relid;
	item->path = path;
	return item;
}

/* All keys of the object: attributes of the item, or those that are read elsewhere. */
static void
read_attributes(EthPolicyItem *item, JsonbContainer *object, const char *schema, const char *const *others)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	value;
	int			n;
	const EthPolicyAttribute *attributes = eth_policy_attributes(item->kind, &n);
	int			i = 0;
	char	   *path = NULL;
	bool		elsewhere = false;

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			char	   *key = pnstrdup(value.val.string.val, value.val.string.len);
			int			other;

			path = psprintf("%s.%s", item->path, key);
			elsewhere = false;
			for (other = 0; others[other] != NULL; other++)
				elsewhere = elsewhere || strcmp(others[other], key) == 0;
			for (i = 0; i < n && strcmp(attributes[i].name, key) != 0; i++)
				;
			if (i == n && !elsewhere)
				eth_policy_bad(path, "is an unknown key");
		}
		else if (token == WJB_VALUE && !elsewhere)
		{
			reading_path = path;
			item->values[i] = eth_policy_value(item, &attributes[i], &value, schema, path);
			reading_path = item->path;
		}
	}
	for (i = 0; i < n; i++)
	{
		if (attributes[i].required && item->values[i] == NULL)
			eth_policy_bad(item->path, psprintf("lacks \"%s\"", attributes[i].name));
	}
}

static void
read_purpose(EthPolicy *policy, JsonbContainer *object, const char *schema, const char *path)
{
	static const char *const others[] = {"purpose", NULL};
	EthPolicyItem *item = new_item(ETH_POLICY_PURPOSE, InvalidOid, path);

	item->name = required_text(object, "purpose", path);
	if (!eth_purpose_code_valid(item->name))
		eth_policy_bad(psprintf("%s.purpose", path), "is not a code of a purpose");
	read_attributes(item, object, NULL, others);
	(void) eth_purpose_basis_by_name(eth_policy_text(item->values[ETH_PURPOSE_BASIS]));
	if (item->values[ETH_PURPOSE_PARENTS] == NULL)
		item->values[ETH_PURPOSE_PARENTS] = eth_policy_default_parents(item->name);
	policy->items = lappend(policy->items, item);
}

static void
read_any_grant(EthPolicy *policy, EthPolicyKind kind, JsonbContainer *object, const char *path)
{
	static const char *const others[] = {"purpose", "grantee", NULL};
	EthPolicyItem *item = new_item(kind, InvalidOid, path);
	char	   *grantee = required_text(object, "grantee", path);

	item->name = required_text(object, "purpose", path);
	item->role = get_role_oid(grantee, true);
	if (!OidIsValid(item->role))
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("policy: %s.grantee names a role that does not exist: \"%s\"", path, grantee)));
	read_attributes(item, object, NULL, others);
	policy->items = lappend(policy->items, item);
}

static void
read_grant(EthPolicy *policy, JsonbContainer *object, const char *schema, const char *path)
{
	read_any_grant(policy, ETH_POLICY_GRANT, object, path);
}

static void
read_collection(EthPolicy *policy, JsonbContainer *object, const char *schema, const char *path)
{
	read_any_grant(policy, ETH_POLICY_COLLECTION, object, path);
}

static void
read_class(EthPolicy *policy, JsonbContainer *object, const char *schema, const char *path)
{
	static const char *const others[] = {"relation", NULL};
	EthPolicyItem *item;

	item = new_item(ETH_POLICY_CLASS,
					eth_policy_relation(required_text(object, "relation", path), schema,
										psprintf("%s.relation", path)), path);
	read_attributes(item, object, schema, others);
	policy->items = lappend(policy->items, item);
}

/* ---- tables ---- */

/* Where none is named, the one that the columns lead to now; as the calls find it. */
static void
find_class(EthPolicyItem *item, int attribute, const char *key)
{
	AttrNumber	columns[INDEX_MAX_KEYS];
	List	   *keys;
	ListCell   *lc;
	int			n = 0;
	const EthClass *class;

	if (key == NULL || item->values[attribute] != NULL)
		return;
	keys = eth_protect_parse_columns(item->relid, "subject", key);
	foreach(lc, keys)
	{
		if (n < INDEX_MAX_KEYS)
			columns[n++] = (AttrNumber) lfirst_int(lc);
	}
	class = eth_consent_class_of_columns_quietly(item->relid, n, columns);
	if (class != NULL && OidIsValid(class->relid))
		item->values[attribute] = eth_policy_quote(eth_protect_relation_name(class->relid));
}

static void
read_links(EthPolicy *policy, Oid relid, const JsonbValue *value, const char *schema, const char *path)
{
	static const char *const others[] = {"subject", NULL};
	JsonbContainer *array = array_of(value, path);
	List	   *seen = NIL;
	uint32		n = JsonContainerSize(array);
	uint32		i;

	for (i = 0; i < n; i++)
	{
		char	   *here = psprintf("%s[%u]", path, i);
		JsonbContainer *object = object_of(getIthJsonbValueFromContainer(array, i), here);
		EthPolicyItem *item = new_item(ETH_POLICY_LINK, relid, here);
		char	   *subject = required_text(object, "subject", here);

		reading_path = psprintf("%s.subject", here);
		item->name = eth_policy_key_text(relid, eth_protect_parse_columns(relid, "subject", subject));
		if (eth_policy_is_named(seen, item->name))
			eth_policy_bad(here, "names a subject for the second time");
		seen = lappend(seen, unconstify(char *, item->name));
		reading_path = here;
		read_attributes(item, object, schema, others);
		find_class(item, ETH_LINK_CLASS, item->name);
		policy->items = lappend(policy->items, item);
	}
}

static void
check_column(const EthPolicyItem *item, JsonbContainer *object)
{
	static const char *const of_masks[] = {"reveal_for", "subject", "on_write", "lookup"};
	size_t		i;

	for (i = 0; i < lengthof(of_masks); i++)
	{
		if (item->values[ETH_COLUMN_MASKED_AS] == NULL && member(object, of_masks[i]) != NULL)
			eth_policy_bad(item->path,
						   psprintf("has \"%s\" without \"masked_as\" (null: the mask is NULL)", of_masks[i]));
	}
	if (item->values[ETH_COLUMN_CATEGORY] != NULL)
		eth_protect_check_category(eth_policy_text(item->values[ETH_COLUMN_CATEGORY]));
	else if (member(object, "origin") != NULL)
		eth_policy_bad(item->path, "has \"origin\" without \"category\"");
	if (item->values[ETH_COLUMN_ORIGIN] != NULL)
		eth_protect_check_origin(eth_policy_text(item->values[ETH_COLUMN_ORIGIN]));
}

static void
read_columns(EthPolicy *policy, Oid relid, const JsonbValue *value, const char *schema, const char *path)
{
	static const char *const others[] = {NULL};
	JsonbIterator *it = JsonbIteratorInit(object_of(value, path));
	JsonbIteratorToken token;
	JsonbValue	part;
	EthPolicyItem *item = NULL;

	while ((token = JsonbIteratorNext(&it, &part, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			char	   *name = pnstrdup(part.val.string.val, part.val.string.len);

			item = new_item(ETH_POLICY_COLUMN, relid, psprintf("%s.%s", path, name));
			item->name = name;
		}
		else if (token == WJB_VALUE && item != NULL)
		{
			JsonbContainer *object = object_of(&part, item->path);

			reading_path = item->path;
			(void) eth_protect_column(relid, item->name);
			read_attributes(item, object, schema, others);
			check_column(item, object);
			policy->items = lappend(policy->items, item);
		}
	}
}

static void
read_table(EthPolicy *policy, JsonbContainer *object, const char *schema, const char *path)
{
	static const char *const others[] = {"relation", "links", "columns", NULL};
	EthPolicyItem *item;
	const JsonbValue *part;

	item = new_item(ETH_POLICY_TABLE,
					eth_policy_relation(required_text(object, "relation", path), schema,
										psprintf("%s.relation", path)), path);
	eth_protect_check_relation(item->relid, "apply a policy to");
	eth_core_require_owner_or_admin(item->relid, "see or change the policy of");
	read_attributes(item, object, schema, others);
	if (item->values[ETH_TABLE_ENFORCEMENT] != NULL)
		(void) eth_protect_enforcement_by_name(eth_policy_text(item->values[ETH_TABLE_ENFORCEMENT]));
	find_class(item, ETH_TABLE_CLASS, eth_policy_text(item->values[ETH_TABLE_SUBJECT]));
	policy->items = lappend(policy->items, item);
	if ((part = member(object, "links")) != NULL)
		read_links(policy, item->relid, part, schema, psprintf("%s.links", path));
	if ((part = member(object, "columns")) != NULL)
		read_columns(policy, item->relid, part, schema, psprintf("%s.columns", path));
}

/* ---- the whole ---- */

typedef struct Section
{
	const char *key;
	EthPolicyKind kind;
	void		(*read) (EthPolicy *policy, JsonbContainer *object, const char *schema, const char *path);
} Section;

static const Section sections[] = {
	{"purposes", ETH_POLICY_PURPOSE, read_purpose},
	{"grants", ETH_POLICY_GRANT, read_grant},
	{"collection", ETH_POLICY_COLLECTION, read_collection},
	{"classes", ETH_POLICY_CLASS, read_class},
	{"tables", ETH_POLICY_TABLE, read_table},
};

/* Does the entry name a relation of each schema? */
static bool
is_template(JsonbContainer *object)
{
	const JsonbValue *value = member(object, "relation");

	return value != NULL && value->type == jbvString &&
		eth_policy_is_of_each_schema(pnstrdup(value->val.string.val, value->val.string.len));
}

static void
read_section(EthPolicy *policy, size_t section, const JsonbValue *value, List *schemas)
{
	JsonbContainer *array = array_of(value, sections[section].key);
	uint32		n = JsonContainerSize(array);
	uint32		i;
	ListCell   *lc;

	policy->has[sections[section].kind] = true;
	if (sections[section].kind != ETH_POLICY_TABLE)
		eth_core_require_admin(psprintf("see or change the %s of a policy", sections[section].key));
	for (i = 0; i < n; i++)
	{
		char	   *path = psprintf("%s[%u]", sections[section].key, i);
		JsonbContainer *object = object_of(getIthJsonbValueFromContainer(array, i), path);

		reading_path = path;
		if (is_template(object) && schemas != NIL)
		{
			foreach(lc, schemas)
				sections[section].read(policy, object, lfirst(lc), path);
		}
		else
			sections[section].read(policy, object, NULL, path);
		reading_path = NULL;
	}
}

static int
compare_items(const ListCell *a, const ListCell *b)
{
	const EthPolicyItem *x = lfirst(a);
	const EthPolicyItem *y = lfirst(b);

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->relid != y->relid)
		return x->relid < y->relid ? -1 : 1;
	if (x->role != y->role)
		return x->role < y->role ? -1 : 1;
	return x->name == NULL ? 0 : strcmp(x->name, y->name);
}

static void
check_twice(const EthPolicy *policy)
{
	List	   *items = list_copy(policy->items);
	ListCell   *lc;
	const ListCell *before = NULL;

	list_sort(items, compare_items);
	foreach(lc, items)
	{
		if (before != NULL && compare_items(before, lc) == 0)
			eth_policy_bad(((EthPolicyItem *) lfirst(lc))->path,
						   psprintf("says again what %s says", ((EthPolicyItem *) lfirst(before))->path));
		before = lc;
	}
}

/* Is the purpose there, or will it be? */
static void
check_purpose(const EthPolicy *policy, const char *code, const char *path)
{
	ListCell   *lc;

	if (eth_purpose_by_code(code, true) != NULL)
		return;
	foreach(lc, policy->items)
	{
		const EthPolicyItem *item = lfirst(lc);

		/* they come first */
		if (item->kind != ETH_POLICY_PURPOSE)
			break;
		if (strcmp(item->name, code) == 0)
			return;
	}
	ereport(ERROR,
			(errcode(ETH_ERR_UNKNOWN),
			 errmsg("policy: %s names a purpose that does not exist: \"%s\"", path, eth_core_shown(code))));
}

static void
check_purposes(const EthPolicy *policy)
{
	ListCell   *lc;
	ListCell   *code;

	foreach(lc, policy->items)
	{
		const EthPolicyItem *item = lfirst(lc);

		if (item->kind == ETH_POLICY_GRANT || item->kind == ETH_POLICY_COLLECTION)
			check_purpose(policy, item->name, psprintf("%s.purpose", item->path));
		else if (item->kind == ETH_POLICY_PURPOSE)
		{
			foreach(code, eth_policy_texts(item->values[ETH_PURPOSE_PARENTS]))
				check_purpose(policy, lfirst(code), psprintf("%s.parents", item->path));
		}
		else if (item->kind == ETH_POLICY_COLUMN)
		{
			foreach(code, eth_policy_texts(item->values[ETH_COLUMN_REVEAL_FOR]))
				check_purpose(policy, lfirst(code), psprintf("%s.reveal_for", item->path));
		}
	}
}

EthPolicy *
eth_policy_read_document(Jsonb *document, List *schemas)
{
	EthPolicy  *policy = palloc0(sizeof(EthPolicy));
	ErrorContextCallback callback;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	part;
	const JsonbValue *version;
	size_t		i;

	if (!JB_ROOT_IS_OBJECT(document))
		eth_policy_bad("the document", "must be an object");
	it = JsonbIteratorInit(&document->root);
	while ((token = JsonbIteratorNext(&it, &part, true)) != WJB_DONE)
	{
		char	   *key;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(part.val.string.val, part.val.string.len);
		for (i = 0; i < lengthof(sections) && strcmp(sections[i].key, key) != 0; i++)
			;
		if (i == lengthof(sections) && strcmp(key, "version") != 0)
			eth_policy_bad(key, "is an unknown key");
	}
	version = member(&document->root, "version");
	if (version == NULL)
		eth_policy_bad("the document", "lacks \"version\"");
	if (version->type != jbvNumeric ||
		strcmp(DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(version->val.numeric))), "1") != 0)
		eth_policy_bad("version", "must be 1");

	reading_path = NULL;
	callback.callback = tell_path;
	callback.arg = NULL;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	for (i = 0; i < lengthof(sections); i++)
	{
		const JsonbValue *value = member(&document->root, sections[i].key);

		if (value != NULL)
			read_section(policy, i, value, schemas);
	}
	error_context_stack = callback.previous;
	check_twice(policy);
	check_purposes(policy);
	return policy;
}
