/*
 * policy.h
 *		Shared by the files of the policy room: the policy of a database as one
 *		JSON document under review.
 *
 * Everything that the document says is an item: a purpose, a grant, a column.
 * What stands in the database is read as items, too, and values are kept in one
 * canonical form, as text of JSON.  So a plan is a comparison of texts, and what
 * is exported reads as what was applied.  Steps call the functions of the rooms
 * above as SQL would, with their checks, notices and events.
 *
 * kinds.c knows the attributes of each kind and their forms, document.c reads
 * the document, state.c the database, plan.c compares, call.c does the steps for
 * apply.c, export.c writes the document.
 */
#ifndef ETH_POLICY_H
#define ETH_POLICY_H

#include "core/core.h"
#include "core/compat.h"

#include "utils/jsonb.h"

/* Version of the document's format */
#define ETH_POLICY_VERSION 1

/* Stands for each of the named schemas, where a relation's schema is written. */
#define ETH_POLICY_EACH_SCHEMA "{schema}"

#define ETH_POLICY_ATTRIBUTES 15

typedef enum EthPolicyKind
{
	ETH_POLICY_PURPOSE,
	ETH_POLICY_GRANT,
	ETH_POLICY_COLLECTION,
	ETH_POLICY_CLASS,
	ETH_POLICY_TABLE,
	ETH_POLICY_LINK,
	ETH_POLICY_COLUMN
} EthPolicyKind;

#define ETH_POLICY_KINDS (ETH_POLICY_COLUMN + 1)

typedef enum EthPolicyType
{
	ETH_POLICY_TEXT,
	ETH_POLICY_TEXTS,
	ETH_POLICY_SET,				/* texts, in no order */
	ETH_POLICY_DISTINCT,		/* texts, each once */
	ETH_POLICY_BOOL,
	ETH_POLICY_OBJECT,
	ETH_POLICY_INTERVAL,
	ETH_POLICY_TIME,
	ETH_POLICY_FUNCTION,		/* its signature, with every name qualified */
	ETH_POLICY_CODE,			/* of a class: may begin with {schema} */
	ETH_POLICY_RELATION,
	ETH_POLICY_KEY,				/* columns of the item's relation, as subject
								 * => takes them */
	ETH_POLICY_MASK				/* an expression, or null: the mask NULL */
} EthPolicyType;

typedef struct EthPolicyAttribute
{
	const char *name;
	EthPolicyType type;
	const char *initial;		/* JSON of the default; NULL: null */
	bool		required;
	bool		keeps;			/* left out it means: as it is */
} EthPolicyAttribute;

/* Positions of attributes, in the order of kinds.c */
enum
{
	ETH_PURPOSE_BASIS,
	ETH_PURPOSE_PARENTS,
	ETH_PURPOSE_TITLE,
	ETH_PURPOSE_DESCRIPTION,
	ETH_PURPOSE_CONTROLLER,
	ETH_PURPOSE_RECIPIENTS,
	ETH_PURPOSE_BASES,
	ETH_PURPOSE_CHANNEL,
	ETH_PURPOSE_DIRECT_MARKETING,
	ETH_PURPOSE_SPECIAL_GROUND,
	ETH_PURPOSE_RESTRICTION_GROUND,
	ETH_PURPOSE_CONSENT_LIFETIME,
	ETH_PURPOSE_ASSESSMENT,
	ETH_PURPOSE_REVIEW,
	ETH_PURPOSE_RETIRED
};

enum
{
	ETH_GRANT_AS_DEFAULT,
	ETH_GRANT_VALID_UNTIL,
	ETH_GRANT_REASON,
	ETH_GRANT_POOLED,
	ETH_GRANT_TOKEN_REQUIRED,
	ETH_GRANT_ASSERTED_BY
};

enum
{
	ETH_CLASS_CODE,
	ETH_CLASS_KIND,
	ETH_CLASS_SUBJECT_KEY,
	ETH_CLASS_BIRTH_DATE,
	ETH_CLASS_JURISDICTION,
	ETH_CLASS_TIME_ZONE,
	ETH_CLASS_CONTACT_POINTS
};

enum
{
	ETH_TABLE_SUBJECT,
	ETH_TABLE_CLASS,
	ETH_TABLE_ROWS,
	ETH_TABLE_NEW_COLUMNS,
	ETH_TABLE_FORCE,
	ETH_TABLE_ENFORCEMENT,
	ETH_TABLE_REASON			/* why enforcement is lessened: no part of the
								 * state */
};

enum
{
	ETH_LINK_CLASS,
	ETH_LINK_AS_ROLE
};

enum
{
	ETH_COLUMN_MASKED_AS,		/* NULL: not masked */
	ETH_COLUMN_REVEAL_FOR,
	ETH_COLUMN_SUBJECT,
	ETH_COLUMN_ON_WRITE,
	ETH_COLUMN_LOOKUP,
	ETH_COLUMN_CATEGORY,		/* NULL: in the document as it is, in the
								 * database without label */
	ETH_COLUMN_ORIGIN
};

typedef struct EthPolicyItem
{
	EthPolicyKind kind;
	Oid			relid;			/* of class, table, link, column */
	const char *name;			/* code of the purpose, columns of the link,
								 * the column */
	Oid			role;			/* of grant and collection */
	const char *path;			/* in the document; NULL: read elsewhere */
	bool		over;			/* a grant that is */
	bool		masked;			/* a column that is, in the database */
	char	   *values[ETH_POLICY_ATTRIBUTES];	/* JSON; NULL: the default */
} EthPolicyItem;

typedef struct EthPolicy
{
	bool		has[ETH_POLICY_KINDS];	/* does it speak of this kind at all */
	List	   *items;			/* of EthPolicyItem; each table is followed by
								 * its links and columns */
} EthPolicy;

typedef struct EthPolicyStep
{
	const char *action;			/* create, alter, drop */
	bool		drops;			/* done only by prune => true */
	EthPolicyItem *before;		/* NULL: nothing */
	EthPolicyItem *after;
} EthPolicyStep;

/* ---- kinds.c ---- */

extern const EthPolicyAttribute *eth_policy_attributes(EthPolicyKind kind, int *n);

/* Error 22023 that names the place in the document. */
extern ETH_NORETURN void eth_policy_bad(const char *path, const char *what);

/* A value of the document as text of JSON, NULL for the default.  "schema" is what {schema} stands for. */
extern char *eth_policy_value(const EthPolicyItem *item, const EthPolicyAttribute *attribute,
							  const JsonbValue *value, const char *schema, const char *path);

/* The same of a value as the database has it; NULL stays NULL. */
extern char *eth_policy_stored(const EthPolicyAttribute *attribute, char *json);

extern char *eth_policy_quote(const char *text);
extern char *eth_policy_quote_list(List *texts);	/* char * */
extern char *eth_policy_text(const char *json);
extern List *eth_policy_texts(const char *json);
extern char *eth_policy_mask_json(Node *mask);
extern char *eth_policy_key_text(Oid relid, List *keys);
extern char *eth_policy_default_parents(const char *code);

/* Relation by "schema.table" or "{schema}.table"; errors 22023, 42P01. */
extern Oid	eth_policy_relation(const char *text, const char *schema, const char *path);
extern bool eth_policy_is_of_each_schema(const char *text);

/* From here on relations that eth_policy_relation() locks are added to the list (NULL: to none); returns who asked before. */
extern List **eth_policy_collect_locked(List **relids);

/* Intervals and times mean the same in every session between these. */
extern int	eth_policy_settings_begin(void);
extern void eth_policy_settings_end(int level);

/* ---- schemas.c ---- */

/* Names of the argument "schemas", patterns replaced by what they fit; NIL: null. */
extern List *eth_policy_schemas(Datum array, bool isnull);
extern bool eth_policy_is_named(List *names, const char *name);

/* ---- document.c ---- */
extern EthPolicy *eth_policy_read_document(Jsonb *document, List *schemas);

/* ---- state.c ---- */

/* What stands: rows of the policy tables of this kind, tables with links and columns. */
extern List *eth_policy_state(EthPolicyKind kind);
extern List *eth_policy_table_state(Oid relid);

/* ---- plan.c ---- */

/* Steps in the order in which they are done; those that only prune does are marked. */
extern List *eth_policy_plan(const EthPolicy *policy, List *schemas);
extern EthPolicyItem *eth_policy_find(List *items, const EthPolicyItem *like);

/* The same for one table: it, its links and its columns. */
extern void eth_policy_plan_table(List *items, List **steps);
extern bool eth_policy_differs(const EthPolicyItem *before, const EthPolicyItem *after, int i);

/* May it be left out of what is exported? */
extern bool eth_policy_is_plain_column(const EthPolicyItem *item);

/* ---- call.c ---- */

/* Does the step by calling what SQL would call; whether something changed. */
extern bool eth_policy_do(const EthPolicyStep *step);

/* ---- export.c ---- */

/* The item as SQL shows it in a plan, and its values: all but defaults, or those that differ from "other". */
extern char *eth_policy_object(const EthPolicyItem *item);
extern Jsonb *eth_policy_values(const EthPolicyItem *item, const EthPolicyStep *step);

#endif							/* ETH_POLICY_H */
