/*
 * kinds.c
 *		What the document can say of each kind of item, and the one form in which
 *		a value is compared.
 *
 * A value is text of JSON as jsonb prints it; NULL is the attribute's default.
 * Names of relations have their schema, lists of columns are quoted as SQL
 * needs it, a mask is deparsed with every name qualified, times are in UTC.  So
 * two values mean the same exactly when their texts are the same.
 *
 * A mask of the document is read as the caller sees its names, as by mask(), but
 * pg_catalog's come first whatever the search_path is: an exported mask does not
 * name that schema, and must not become a call of something else.
 */
#include "postgres.h"

#include "access/attnum.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/lockdefs.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "policy/policy.h"
#include "protect/define.h"

static const EthPolicyAttribute purpose_attributes[] = {
	[ETH_PURPOSE_BASIS] = {"basis", ETH_POLICY_TEXT, NULL, true, false},
	[ETH_PURPOSE_PARENTS] = {"parents", ETH_POLICY_SET, NULL, false, false},
	[ETH_PURPOSE_TITLE] = {"title", ETH_POLICY_TEXT, NULL, false, false},
	[ETH_PURPOSE_DESCRIPTION] = {"description", ETH_POLICY_TEXT, NULL, false, false},
	[ETH_PURPOSE_CONTROLLER] = {"controller", ETH_POLICY_TEXT, NULL, false, false},
	[ETH_PURPOSE_RECIPIENTS] = {"recipients", ETH_POLICY_TEXTS, NULL, false, false},
	[ETH_PURPOSE_BASES] = {"bases", ETH_POLICY_OBJECT, "{}", false, false},
	[ETH_PURPOSE_CHANNEL] = {"channel", ETH_POLICY_TEXT, NULL, false, false},
	[ETH_PURPOSE_DIRECT_MARKETING] = {"direct_marketing", ETH_POLICY_BOOL, NULL, false, false},
	[ETH_PURPOSE_SPECIAL_GROUND] = {"special_ground", ETH_POLICY_TEXT, NULL, false, false},
	[ETH_PURPOSE_RESTRICTION_GROUND] = {"restriction_ground", ETH_POLICY_TEXT, NULL, false, false},
	[ETH_PURPOSE_CONSENT_LIFETIME] = {"consent_lifetime", ETH_POLICY_INTERVAL, NULL, false, false},
	[ETH_PURPOSE_ASSESSMENT] = {"assessment", ETH_POLICY_TEXT, NULL, false, false},
	[ETH_PURPOSE_REVIEW] = {"review", ETH_POLICY_BOOL, NULL, false, false},
	[ETH_PURPOSE_RETIRED] = {"retired", ETH_POLICY_BOOL, "false", false, false},
};

static const EthPolicyAttribute grant_attributes[] = {
	[ETH_GRANT_AS_DEFAULT] = {"as_default", ETH_POLICY_BOOL, "false", false, false},
	[ETH_GRANT_VALID_UNTIL] = {"valid_until", ETH_POLICY_TIME, NULL, false, false},
	[ETH_GRANT_REASON] = {"reason", ETH_POLICY_TEXT, NULL, false, false},
	[ETH_GRANT_POOLED] = {"pooled", ETH_POLICY_BOOL, "false", false, false},
	[ETH_GRANT_TOKEN_REQUIRED] = {"token_required", ETH_POLICY_BOOL, "false", false, false},
	[ETH_GRANT_ASSERTED_BY] = {"asserted_by", ETH_POLICY_FUNCTION, NULL, false, false},
};

static const EthPolicyAttribute class_attributes[] = {
	[ETH_CLASS_CODE] = {"code", ETH_POLICY_CODE, NULL, false, true},
	[ETH_CLASS_KIND] = {"kind", ETH_POLICY_TEXT, "\"customer\"", false, false},
	[ETH_CLASS_SUBJECT_KEY] = {"subject_key", ETH_POLICY_KEY, NULL, false, false},
	[ETH_CLASS_BIRTH_DATE] = {"birth_date", ETH_POLICY_TEXT, NULL, false, false},
	[ETH_CLASS_JURISDICTION] = {"jurisdiction", ETH_POLICY_TEXT, NULL, false, false},
	[ETH_CLASS_TIME_ZONE] = {"time_zone", ETH_POLICY_TEXT, NULL, false, false},
	[ETH_CLASS_CONTACT_POINTS] = {"contact_points", ETH_POLICY_TEXTS, "[]", false, false},
};

static const EthPolicyAttribute table_attributes[] = {
	[ETH_TABLE_SUBJECT] = {"subject", ETH_POLICY_KEY, NULL, false, false},
	[ETH_TABLE_CLASS] = {"class", ETH_POLICY_RELATION, NULL, false, false},
	[ETH_TABLE_ROWS] = {"rows", ETH_POLICY_BOOL, "false", false, false},
	[ETH_TABLE_NEW_COLUMNS] = {"new_columns", ETH_POLICY_TEXT, "\"mask\"", false, false},
	[ETH_TABLE_FORCE] = {"force", ETH_POLICY_BOOL, "false", false, false},
	[ETH_TABLE_ENFORCEMENT] = {"enforcement", ETH_POLICY_TEXT, NULL, false, true},
	[ETH_TABLE_REASON] = {"reason", ETH_POLICY_TEXT, NULL, false, true},
};

static const EthPolicyAttribute link_attributes[] = {
	[ETH_LINK_CLASS] = {"class", ETH_POLICY_RELATION, NULL, false, false},
	[ETH_LINK_AS_ROLE] = {"as_role", ETH_POLICY_TEXT, "\"linked\"", false, false},
};

static const EthPolicyAttribute column_attributes[] = {
	[ETH_COLUMN_MASKED_AS] = {"masked_as", ETH_POLICY_MASK, NULL, false, false},
	[ETH_COLUMN_REVEAL_FOR] = {"reveal_for", ETH_POLICY_DISTINCT, "[]", false, false},
	[ETH_COLUMN_SUBJECT] = {"subject", ETH_POLICY_KEY, NULL, false, false},
	[ETH_COLUMN_ON_WRITE] = {"on_write", ETH_POLICY_TEXT, "\"refuse\"", false, false},
	[ETH_COLUMN_LOOKUP] = {"lookup", ETH_POLICY_BOOL, "false", false, false},
	[ETH_COLUMN_CATEGORY] = {"category", ETH_POLICY_TEXT, NULL, false, true},
	[ETH_COLUMN_ORIGIN] = {"origin", ETH_POLICY_TEXT, "\"declared\"", false, false},
};

const EthPolicyAttribute *
eth_policy_attributes(EthPolicyKind kind, int *n)
{
	switch (kind)
	{
		case ETH_POLICY_PURPOSE:
			*n = lengthof(purpose_attributes);
			return purpose_attributes;
		case ETH_POLICY_GRANT:
			*n = lengthof(grant_attributes);
			return grant_attributes;
		case ETH_POLICY_COLLECTION:
			break;
		case ETH_POLICY_CLASS:
			*n = lengthof(class_attributes);
			return class_attributes;
		case ETH_POLICY_TABLE:
			*n = lengthof(table_attributes);
			return table_attributes;
		case ETH_POLICY_LINK:
			*n = lengthof(link_attributes);
			return link_attributes;
		case ETH_POLICY_COLUMN:
			*n = lengthof(column_attributes);
			return column_attributes;
	}
	*n = 0;
	return NULL;
}

void
eth_policy_bad(const char *path, const char *what)
{
	ereport(ERROR,
			(errcode(ETH_ERR_BAD_VALUE),
			 errmsg("policy: %s %s", path, what)));
	pg_unreachable();
}

/* ---- text of JSON ---- */

char *
eth_policy_quote(const char *text)
{
	StringInfoData json;

	initStringInfo(&json);
	escape_json(&json, text);
	return json.data;
}

char *
eth_policy_quote_list(List *texts)
{
	StringInfoData json;
	ListCell   *lc;

	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	foreach(lc, texts)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoString(&json, ", ");
		escape_json(&json, lfirst(lc));
	}
	appendStringInfoChar(&json, ']');
	return json.data;
}

/* The texts of a string or of a list of strings; NIL for null. */
List *
eth_policy_texts(const char *json)
{
	List	   *result = NIL;
	Jsonb	   *jsonb;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;

	if (json == NULL)
		return NIL;
	jsonb = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
	it = JsonbIteratorInit(&jsonb->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_ELEM && value.type == jbvString)
			result = lappend(result, pnstrdup(value.val.string.val, value.val.string.len));
	}
	return result;
}

char *
eth_policy_text(const char *json)
{
	List	   *texts = eth_policy_texts(json);

	return texts == NIL ? NULL : linitial(texts);
}

/* ---- settings ---- */

int
eth_policy_settings_begin(void)
{
	static const char *const settings[][2] = {
		{"DateStyle", "ISO, YMD"},
		{"IntervalStyle", "postgres"},
		{"TimeZone", "UTC"},
		{"extra_float_digits", "1"},
		{"quote_all_identifiers", "off"},
	};
	int			level = NewGUCNestLevel();
	size_t		i;

	for (i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	return level;
}

void
eth_policy_settings_end(int level)
{
	AtEOXact_GUC(true, level);
}

/* ---- names ---- */

/* Where eth_policy_relation() says what it locked; NULL: nobody asks */
static List **locked = NULL;

bool
eth_policy_is_of_each_schema(const char *text)
{
	return strncmp(text, ETH_POLICY_EACH_SCHEMA ".", strlen(ETH_POLICY_EACH_SCHEMA) + 1) == 0;
}

Oid
eth_policy_relation(const char *text, const char *schema, const char *path)
{
	char	   *name;
	List	   *names = NIL;
	Oid			relid;

	if (eth_policy_is_of_each_schema(text))
	{
		if (schema == NULL)
			eth_policy_bad(path, "names a relation of " ETH_POLICY_EACH_SCHEMA ", but no schemas are given");
		name = psprintf("%s%s", quote_identifier(schema), text + strlen(ETH_POLICY_EACH_SCHEMA));
	}
	else
		name = pstrdup(text);
	if (!SplitIdentifierString(name, '.', &names) || list_length(names) != 2)
		eth_policy_bad(path, "must be a relation with its schema, as in \"crm.customer\" or \"" ETH_POLICY_EACH_SCHEMA ".customer\"");
	relid = RangeVarGetRelid(makeRangeVar(linitial(names), lsecond(names), -1), AccessShareLock, true);
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("policy: %s names a relation that does not exist: \"%s.%s\"", path,
						(char *) linitial(names), (char *) lsecond(names))));
	if (locked != NULL)
		*locked = lappend_oid(*locked, relid);
	return relid;
}

List	  **
eth_policy_collect_locked(List **relids)
{
	List	  **before = locked;

	locked = relids;
	return before;
}

char *
eth_policy_key_text(Oid relid, List *keys)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, keys)
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "",
						 quote_identifier(get_attname(relid, lfirst_int(lc), false)));
	return text.data;
}

/* Every name in it is qualified, whatever the caller's search_path is. */
char *
eth_policy_mask_json(Node *mask)
{
	int			level = NewGUCNestLevel();
	char	   *text;

	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	text = eth_protect_deparse_mask(mask);
	AtEOXact_GUC(true, level);
	return text ? eth_policy_quote(text) : pstrdup("null");
}

/* The prefix before the last dot, as parents => NULL means it. */
char *
eth_policy_default_parents(const char *code)
{
	const char *dot = strrchr(code, '.');

	return eth_policy_quote_list(dot ? list_make1(pnstrdup(code, dot - code)) : NIL);
}

/* ---- values of the document ---- */

static int
compare_texts(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

static List *
read_texts(const JsonbValue *value, const char *path)
{
	List	   *result = NIL;
	uint32		i;
	uint32		n;

	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		eth_policy_bad(path, "must be an array of strings");
	n = JsonContainerSize(value->val.binary.data);
	for (i = 0; i < n; i++)
	{
		const JsonbValue *element = getIthJsonbValueFromContainer(value->val.binary.data, i);

		if (element->type != jbvString)
			eth_policy_bad(psprintf("%s[%u]", path, i), "must be a string");
		result = lappend(result, pnstrdup(element->val.string.val, element->val.string.len));
	}
	return result;
}

static List *
each_once(List *texts)
{
	List	   *result = NIL;
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, texts)
	{
		bool		twice = false;

		CHECK_FOR_INTERRUPTS();
		foreach(other, result)
			twice = twice || strcmp(lfirst(other), lfirst(lc)) == 0;
		if (!twice)
			result = lappend(result, lfirst(lc));
	}
	return result;
}

static char *
read_text(const JsonbValue *value, const char *path)
{
	if (value->type != jbvString)
		eth_policy_bad(path, "must be a string");
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static char *
read_interval(const JsonbValue *value, const char *path)
{
	Datum		interval;

	if (!eth_compat_try_input(interval_in, read_text(value, path), &interval))
		eth_policy_bad(path, "must be an interval, as in \"2 years\"");
	return eth_policy_quote(DatumGetCString(DirectFunctionCall1(interval_out, interval)));
}

static char *
read_time(const JsonbValue *value, const char *path)
{
	char		buffer[MAXDATELEN + 1];
	Datum		time;

	if (!eth_compat_try_input(timestamptz_in, read_text(value, path), &time))
		eth_policy_bad(path, "must be a time, as in \"2027-01-31T00:00:00+00:00\"");
	return eth_policy_quote(JsonEncodeDateTime(buffer, time, TIMESTAMPTZOID, NULL));
}

static char *
read_function(const JsonbValue *value, const char *path)
{
	Datum		function = DirectFunctionCall1(regprocedurein, CStringGetDatum(read_text(value, path)));

	return eth_policy_quote(format_procedure_qualified(DatumGetObjectId(function)));
}

static char *
read_mask(const EthPolicyItem *item, const JsonbValue *value, const char *path)
{
	int			level;
	Node	   *mask;

	if (value->type == jbvNull)
		return pstrdup("null");
	level = NewGUCNestLevel();
	(void) set_config_option("search_path",
							 psprintf("pg_catalog%s%s, pg_temp", namespace_search_path[0] != '\0' ? ", " : "",
									  namespace_search_path),
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	mask = eth_protect_parse_mask(item->relid, eth_protect_column(item->relid, item->name),
								  read_text(value, path));
	AtEOXact_GUC(true, level);
	return eth_policy_mask_json(mask);
}

static char *
read_code(const JsonbValue *value, const char *schema, const char *path)
{
	char	   *text = read_text(value, path);

	if (eth_policy_is_of_each_schema(text) && schema == NULL)
		eth_policy_bad(path, "names " ETH_POLICY_EACH_SCHEMA ", but the entry is for no schema of many");
	if (eth_policy_is_of_each_schema(text))
		text = psprintf("%s%s", schema, text + strlen(ETH_POLICY_EACH_SCHEMA));
	return eth_policy_quote(text);
}

static char *
read_value(const EthPolicyItem *item, const EthPolicyAttribute *attribute,
		   const JsonbValue *value, const char *schema, const char *path)
{
	List	   *texts;

	switch (attribute->type)
	{
		case ETH_POLICY_TEXT:
			return eth_policy_quote(read_text(value, path));
		case ETH_POLICY_TEXTS:
			return eth_policy_quote_list(read_texts(value, path));
		case ETH_POLICY_SET:
			texts = each_once(read_texts(value, path));
			list_sort(texts, compare_texts);
			return eth_policy_quote_list(texts);
		case ETH_POLICY_DISTINCT:
			return eth_policy_quote_list(each_once(read_texts(value, path)));
		case ETH_POLICY_BOOL:
			if (value->type != jbvBool)
				eth_policy_bad(path, "must be true or false");
			return pstrdup(value->val.boolean ? "true" : "false");
		case ETH_POLICY_OBJECT:
			if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
				eth_policy_bad(path, "must be an object");
			return JsonbToCString(NULL, value->val.binary.data, 64);
		case ETH_POLICY_INTERVAL:
			return read_interval(value, path);
		case ETH_POLICY_TIME:
			return read_time(value, path);
		case ETH_POLICY_FUNCTION:
			return read_function(value, path);
		case ETH_POLICY_CODE:
			return read_code(value, schema, path);
		case ETH_POLICY_RELATION:
			return eth_policy_quote(eth_protect_relation_name(eth_policy_relation(read_text(value, path),
																				  schema, path)));
		case ETH_POLICY_KEY:
			return eth_policy_quote(eth_policy_key_text(item->relid,
														eth_protect_parse_columns(item->relid, attribute->name,
																				  read_text(value, path))));
		case ETH_POLICY_MASK:
			return read_mask(item, value, path);
	}
	return NULL;
}

char *
eth_policy_stored(const EthPolicyAttribute *attribute, char *json)
{
	if (json == NULL || (attribute->initial != NULL && strcmp(json, attribute->initial) == 0))
		return NULL;
	return json;
}

char *
eth_policy_value(const EthPolicyItem *item, const EthPolicyAttribute *attribute,
				 const JsonbValue *value, const char *schema, const char *path)
{
	if (value->type == jbvNull && attribute->type != ETH_POLICY_MASK)
	{
		if (attribute->required)
			eth_policy_bad(path, "must not be null");
		return NULL;
	}
	return eth_policy_stored(attribute, read_value(item, attribute, value, schema, path));
}
