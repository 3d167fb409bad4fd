/*
 * label.c
 *		What kind of data a column holds: security labels of provider "ethdata".
 *
 * The label of a column is "category origin", say "contact declared".  Labels
 * are where core keeps such facts: they follow the column through renames, go
 * with it, and pg_dump carries them.  That a column of a protected table has a
 * label at all says that somebody knew of it: protect() labels every column
 * there is, and one that comes later is masked until classify() or mask().
 *
 * SECURITY LABEL by hand is for superusers and policy administrators (a restore
 * is one): a label makes a column visible.  Owners have classify().
 *
 * A change of label is a change of rules: relcache invalidation for the table
 * and all below it, whose columns go by the labels of the table above.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "commands/seclabel.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "core/event.h"
#include "protect/define.h"

#define PROVIDER "ethdata"

static const char *const ordinary_categories[] = {
	"unclassified", "not_personal", "identity", "contact", "location",
	"financial", "behaviour", "content", "technical",
};

/* GDPR art. 9 and 10: revealed only for purposes with a special ground. */
static const char *const special_categories[] = {
	"health", "genetic", "biometric", "ethnicity", "politics", "religion",
	"union", "sex_life", "criminal",
};

bool
eth_protect_is_special_category(const char *category)
{
	size_t		i;

	for (i = 0; i < lengthof(special_categories); i++)
		if (strcmp(category, special_categories[i]) == 0)
			return true;
	return false;
}

bool
eth_protect_is_category(const char *category)
{
	size_t		i;

	for (i = 0; i < lengthof(ordinary_categories); i++)
		if (strcmp(category, ordinary_categories[i]) == 0)
			return true;
	return eth_protect_is_special_category(category);
}

void
eth_protect_check_category(const char *category)
{
	if (eth_protect_is_category(category))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_BAD_VALUE),
			 errmsg("unknown category \"%s\"", category),
			 errhint("Categories are unclassified, not_personal, identity, contact, location, financial, behaviour, content, technical, and the special ones health, genetic, biometric, ethnicity, politics, religion, union, sex_life, criminal.")));
}

static bool
is_origin(const char *origin)
{
	size_t		len = strlen(origin);

	return len > 0 && len < NAMEDATALEN &&
		strspn(origin, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

void
eth_protect_check_origin(const char *origin)
{
	if (is_origin(origin))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_BAD_VALUE),
			 errmsg("invalid origin of a classification"),
			 errhint("Give one word of lower-case letters, digits and underscores, for example declared or detected.")));
}

/* ---- reading and setting ---- */

/* Splits "category origin"; false when it is not of that form. */
static bool
split_label(const char *label, char **category, char **origin)
{
	const char *space = strchr(label, ' ');

	if (space == NULL)
		return false;
	*category = pnstrdup(label, space - label);
	*origin = pstrdup(space + 1);
	return eth_protect_is_category(*category) && is_origin(*origin);
}

char *
eth_protect_label(Oid relid, AttrNumber attnum)
{
	ObjectAddress address;
	char	   *label;
	char	   *category;
	char	   *origin;

	ObjectAddressSubSet(address, RelationRelationId, relid, attnum);
	label = GetSecurityLabel(&address, PROVIDER);
	if (label == NULL || !split_label(label, &category, &origin))
		return NULL;
	return category;
}

/* The origin of a column's label; NULL without one. */
char *
eth_protect_label_origin(Oid relid, AttrNumber attnum)
{
	ObjectAddress address;
	char	   *label;
	char	   *category;
	char	   *origin;

	ObjectAddressSubSet(address, RelationRelationId, relid, attnum);
	label = GetSecurityLabel(&address, PROVIDER);
	if (label == NULL || !split_label(label, &category, &origin))
		return NULL;
	return origin;
}

/* category NULL removes the label.  The caller has locked the relation. */
void
eth_protect_set_label(Oid relid, AttrNumber attnum, const char *category, const char *origin)
{
	ObjectAddress address;

	ObjectAddressSubSet(address, RelationRelationId, relid, attnum);
	SetSecurityLabel(&address, PROVIDER,
					 category ? psprintf("%s %s", category, origin) : NULL);
	eth_protect_invalidate(relid);
}

/* ---- SECURITY LABEL by hand ---- */

static void
check_label(const ObjectAddress *object, const char *label)
{
	char	   *category;
	char	   *origin;

	if (object->classId != RelationRelationId || object->objectSubId <= 0)
		ereport(ERROR,
				(errcode(ETH_ERR_WRONG_KIND),
				 errmsg("security labels of ethdata are for columns")));
	if (!eth_core_is_admin(GetUserId()))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to label a column"),
				 errdetail("Only superusers and members of role \"%s\" may.", ETH_ROLE_ADMIN),
				 errhint("Use ethdata.classify().")));
	if (label != NULL && !split_label(label, &category, &origin))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("invalid security label of ethdata"),
				 errdetail("A label is a category and an origin, say 'contact declared'."),
				 errhint("Use ethdata.classify().")));
	eth_protect_invalidate(object->objectId);
}

void
eth_protect_label_init(void)
{
	register_label_provider(PROVIDER, check_label);
}

/* ---- ethdata.classify() ---- */

static bool
is_special(const char *category)
{
	return category != NULL && eth_protect_is_special_category(category);
}

static const EthRule *
rule_of_column(List *rules, AttrNumber attnum)
{
	ListCell   *lc;

	foreach(lc, rules)
	{
		const EthRule *rule = lfirst(lc);

		if (!rule->person && eth_protect_rule_column(rule) == attnum)
			return rule;
	}
	return NULL;
}

/*
 * classify(relation regclass, column_name name, category text, origin text)
 *
 * Says what a column holds; on a masked column the rule takes the category too.
 * Result: whether anything changed.  Errors: 42809 not a table, 42703 no such
 * column, 22023 category or origin, 42501 not owner or administrator, or an
 * owner who would show more than before, 55000 not preloaded.
 */
PG_FUNCTION_INFO_V1(ethdata_classify);

Datum
ethdata_classify(PG_FUNCTION_ARGS)
{
	Oid			relid;
	char	   *column;
	char	   *category;
	char	   *origin;
	char	   *old_category;
	char	   *old_origin;
	AttrNumber	attnum;
	const EthRule *rule;
	EthAuditEvent event;
	EthDetails	details;

	eth_core_require_preload("ethdata.classify()");
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("relation, column, category and origin must not be null")));
	relid = PG_GETARG_OID(0);
	column = NameStr(*PG_GETARG_NAME(1));
	category = text_to_cstring(PG_GETARG_TEXT_PP(2));
	origin = text_to_cstring(PG_GETARG_TEXT_PP(3));
	eth_protect_check_relation(relid, "classify columns of");
	eth_core_require_owner_or_admin(relid, "classify columns of");
	attnum = eth_protect_column(relid, column);
	eth_protect_check_category(category);
	eth_protect_check_origin(origin);

	LockRelationOid(relid, AccessShareLock);
	old_category = eth_protect_label(relid, attnum);
	old_origin = eth_protect_label_origin(relid, attnum);
	if (old_category != NULL && strcmp(old_category, category) == 0 &&
		strcmp(old_origin, origin) == 0)
		PG_RETURN_BOOL(false);

	LockRelationOid(relid, ShareUpdateExclusiveLock);
	rule = rule_of_column(eth_protect_stored_rules(relid), attnum);
	if (!eth_core_is_admin(GetUserId()))
	{
		if (old_category == NULL && rule == NULL && eth_protect_rules(relid) != NULL)
			ereport(ERROR,
					(errcode(ETH_ERR_NOT_GRANTED),
					 errmsg("permission denied to classify column \"%s\"", column),
					 errdetail("The column was added after the table was protected and is masked; classifying it would show it."),
					 errhint("Mask it with ethdata.mask(), or ask a member of role \"%s\".", ETH_ROLE_ADMIN)));
		if (is_special(old_category) && !is_special(category))
			ereport(ERROR,
					(errcode(ETH_ERR_NOT_GRANTED),
					 errmsg("permission denied to classify column \"%s\"", column),
					 errdetail("It holds a special category of data, and less protection is for policy administrators."),
					 errhint("Ask a member of role \"%s\".", ETH_ROLE_ADMIN)));
	}

	eth_protect_set_label(relid, attnum, category, origin);
	CommandCounterIncrement();
	if (rule != NULL)
	{
		char	   *stored = eth_protect_text_arg(rule, ETH_RULE_CATEGORY);

		if (stored == NULL || strcmp(stored, category) != 0)
		{
			FuncExpr   *call = copyObject(rule->call);

			list_nth_cell(call->args, ETH_RULE_CATEGORY)->ptr_value = eth_protect_text_const(category);
			eth_protect_rule_update(relid, rule, call);
		}
	}
	else if (is_special(category))
		ereport(NOTICE,
				(errmsg("column \"%s\" holds a special category of data and is not masked", column),
				 errhint("Mask it with ethdata.mask().")));
	if (eth_protect_rules(relid) != NULL)
		eth_protect_narrow(relid);
	eth_core_details_begin(&details);
	eth_core_details_text(&details, "column", column);
	eth_core_details_change(&details, "category", old_category, category);
	eth_core_details_change(&details, "origin", old_origin, origin);
	memset(&event, 0, sizeof(event));
	event.kind = ETH_AUDIT_POLICY;
	event.action = "classify";
	event.relid = relid;
	event.details = eth_core_details_end(&details);
	eth_core_event(&event);
	if (old_category == NULL)
		ereport(NOTICE, (errmsg("column \"%s\" is classified as %s", column, category)));
	else if (strcmp(old_category, category) == 0)
		ereport(NOTICE, (errmsg("origin of the category of column \"%s\" changed from %s to %s",
								column, old_origin, origin)));
	else
		ereport(NOTICE, (errmsg("category of column \"%s\" changed from %s to %s",
								column, old_category, category)));
	PG_RETURN_BOOL(true);
}
