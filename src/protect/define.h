/*
 * define.h
 *		Shared by the files of the protect room that define rules and keep what
 *		belongs to them: named.c, rulerow.c, define.c, cell.c, blind.c, label.c, privilege.c,
 *		remember.c, utility.c, readers.c, describe.c, explain.c.
 */
#ifndef ETH_DEFINE_H
#define ETH_DEFINE_H

#include "protect/protect.h"

#include "nodes/primnodes.h"
#include "utils/acl.h"
#include "utils/relcache.h"

#include "purpose/purpose.h"

/* ---- rulerow.c: rules as rows of pg_policy ---- */

/* Arguments of ethdata.rule() and ethdata.rule_subject() */
#define ETH_RULE_CELL			0
#define ETH_RULE_MASK			1
#define ETH_RULE_REVEAL			2
#define ETH_RULE_CATEGORY		3
#define ETH_RULE_ON_WRITE		4
#define ETH_RULE_LOOKUP			5
#define ETH_RULE_KEYS			6
#define ETH_SUBJECT_CLASS		0
#define ETH_SUBJECT_AS_ROLE		1
#define ETH_SUBJECT_ROWS		2
#define ETH_SUBJECT_FORCE		3
#define ETH_SUBJECT_NEW_COLUMNS 4
#define ETH_SUBJECT_KEYS		5

typedef struct EthRule
{
	Oid			policy;			/* pg_policy.oid */
	int			number;			/* of the name "ethdata <number>" */
	bool		person;			/* rule_subject(), else rule() */
	FuncExpr   *call;			/* as stored, Vars with varno 1 */
	List	   *roles;			/* OIDs; 0 = PUBLIC */
} EthRule;

/* The rules that stand on the relation itself, by number.  Damaged ones are left out. */
extern List *eth_protect_stored_rules(Oid relid);
extern bool eth_protect_has_own_rules(Oid relid);

/* Is it a call of ours?  *person says which. */
extern bool eth_protect_is_rule_call(Node *node, bool *person);

/* Is pg_policy row "name" of the relation one of our rules (or bears our name)? */
extern bool eth_protect_is_rule_name(const char *name, int *number);

/* Column of the cell of a rule(), 0 if it is no plain column. */
extern AttrNumber eth_protect_rule_column(const EthRule *rule);

/* Number of the rule with this pg_policy.oid; 0 when there is none. */
extern int	eth_protect_rule_number(Oid policy);
extern Oid	eth_protect_policy_relation(Oid policy);	/* InvalidOid: gone */

extern Node *eth_protect_arg(const EthRule *rule, int arg);
extern char *eth_protect_text_arg(const EthRule *rule, int arg);
extern bool eth_protect_bool_arg(const EthRule *rule, int arg);
extern Oid	eth_protect_class_arg(const EthRule *rule);
extern List *eth_protect_texts_arg(const EthRule *rule, int arg);	/* char * */
extern List *eth_protect_key_args(const EthRule *rule); /* attnums */

extern Const *eth_protect_text_const(const char *value);
extern Const *eth_protect_texts_const(List *values);

extern FuncExpr *eth_protect_make_call(bool person, List *args);

/* These take AccessExclusiveLock on the relation, set_roles ShareUpdateExclusiveLock. */
extern Oid	eth_protect_rule_insert(Oid relid, FuncExpr *call, List *roles);
extern void eth_protect_rule_update(Oid relid, const EthRule *rule, FuncExpr *call);
extern void eth_protect_rule_drop(Oid relid, const EthRule *rule);

/* Error 42P17 when the policy depends on something temporary. */
extern void eth_protect_refuse_temporary(Oid policy);

/* False when the roles were these already. */
extern bool eth_protect_rule_set_roles(Oid relid, const EthRule *rule, List *roles);

/* All relations with rules of their own, in the order of their OIDs. */
extern List *eth_protect_list(void);

/* Relcache invalidation of the relation and all below it. */
extern void eth_protect_invalidate(Oid relid);

/* A mask as text, the column as "value"; NULL for the constant NULL. */
extern char *eth_protect_deparse_mask(Node *mask);

/* ---- cascade.c ---- */

/* A statement that may take rules along, and which it took. */
typedef struct EthCascade
{
	struct EthCascade *around;
	MemoryContext context;
	List	   *gone;
} EthCascade;

extern void eth_protect_cascade_begin(EthCascade *cascade);
extern void eth_protect_cascade_end(EthCascade *cascade);

/* Error 42501 if a rule went whose table and column are still there. */
extern void eth_protect_cascade_check(EthCascade *cascade);

/* ---- named.c ---- */

/* Error unless relid may carry rules: 42809, 0A000; "what" completes "cannot %s ...". */
extern void eth_protect_check_relation(Oid relid, const char *what);

/* Names of columns separated by commas, as SQL identifiers, to attnums.  Errors 22023, 42703. */
extern List *eth_protect_parse_columns(Oid relid, const char *argument, const char *text);

/* Column by name: errors 42703, 22023 for a system column. */
extern AttrNumber eth_protect_column(Oid relid, const char *name);

/* Relations above relid in inheritance: its parents. */
extern List *eth_protect_parents(Oid relid);

/* The table's name with schema, quoted: for messages. */
extern char *eth_protect_relation_name(Oid relid);

/* ---- cell.c ---- */

/* The mask that mask() would store: a checked tree of the column's type, names as the caller sees them. */
extern Node *eth_protect_parse_mask(Oid relid, AttrNumber attnum, const char *text);

/* ---- blind.c: the indexes of columns with lookup => true ---- */

/* The column's values cannot be looked up: why, for messages; NULL: they can. */
extern const char *eth_protect_lookup_problem(Oid type, Oid collation);

/* A blind index of the column of exactly this relation that can be used; InvalidOid: none. */
extern Oid	eth_protect_blind_index(Oid relid, AttrNumber attnum);

/* Of the relation and all below it: those without one, as statements that make it. */
extern List *eth_protect_missing_blind_indexes(Oid relid, AttrNumber attnum);

/*
 * Blind indexes of the relation and of all below it that do not find rows which are there:
 * their names.  Looks at some of the oldest rows.
 */
extern List *eth_protect_stale_blind_indexes(Oid relid, AttrNumber attnum);

/* They take ShareLock (make) and AccessExclusiveLock (drop) on the relation and all below it. */
extern void eth_protect_make_blind_indexes(Oid relid, AttrNumber attnum);
extern void eth_protect_drop_blind_indexes(Oid relid, AttrNumber attnum);

/* ---- label.c ---- */
extern void eth_protect_check_category(const char *category);
extern void eth_protect_check_origin(const char *origin);
extern char *eth_protect_label_origin(Oid relid, AttrNumber attnum);

/* ---- privilege.c ---- */

/* The same after a rule was made by hand, as a restore does. */
extern void eth_protect_narrow_restoring(Oid relid);

/* Gives back what eth_protect_narrow() withdrew, of the relation and all below it; false when nothing was. */
extern bool eth_protect_widen(Oid relid);

/* ---- touched.c: protected tables that a statement can change, in the order of OIDs or of the statement ---- */

extern List *eth_protect_touched(List *range_vars);
extern List *eth_protect_touched_by_grant(GrantStmt *stmt);
extern List *eth_protect_touched_by_roles(List *specs);

/* Must the GRANT or REVOKE meet the privileges that the site granted? */
extern bool eth_protect_grant_needs_widening(const GrantStmt *stmt, Oid relid);

/* ---- remember.c: the table ethdata.remembered_grant ---- */

/* A grant as remembered; see privilege.c for what each kind means. */
typedef struct EthGrant
{
	AttrNumber	attnum;			/* 0: the whole table */
	Oid			grantee;		/* 0: PUBLIC */
	Oid			grantor;
	bool		option;			/* with grant option */
	bool		given;			/* by ethdata, else withdrawn by it */
	int			place;			/* position in the list of privileges that it
								 * had */
} EthGrant;

/* May this role stand for a row whose OID and name do not both fit?  (restore, rename) */
typedef bool (*EthGrantKnows) (void *context, AttrNumber attnum, bool given, Oid role);

/*
 * The rows of a relation whose roles are known, read once: a restore loads rows while
 * other sessions of it make the rules, and what was not there when it was decided
 * what to remember must not be taken for forgotten.
 */
extern List *eth_protect_remembered(Oid relid, EthGrantKnows knows, void *context);
extern List *eth_protect_grants_of(List *remembered);	/* as EthGrant, ordered
														 * by column and place */

extern bool eth_protect_has_remembered(Oid relid);

/* Makes these the rows in the place of those that were read.  False when nothing changed. */
extern bool eth_protect_remember(Oid relid, List *remembered, List *grants);

/* Rows of relations that are gone go too. */
extern List *eth_protect_remembered_relations(List *roles); /* with grants to or by
															 * these roles */
extern void eth_protect_forget_dropped(void);

/* ethdata.protected_relation */
extern void eth_protect_record(Oid relid, const char *enforcement);
extern void eth_protect_unrecord(Oid relid);

/* ---- enforcement.c ---- */

/* Error 22023 */
extern EthEnforcement eth_protect_enforcement_by_name(const char *name);

/* Error 42501, or 22023 without a reason, when it is less than now and the caller may not. */
extern void eth_protect_check_enforcement(Oid relid, EthEnforcement wanted, const char *reason);

/*
 * Records it; false when it was so.  The caller holds AccessExclusiveLock, checked,
 * and calls eth_protect_narrow() after it.
 */
extern bool eth_protect_change_enforcement(Oid relid, EthEnforcement wanted, const char *reason);

/* Error unless rules stand on the relation itself: 42809, 55000; "what" completes "cannot %s ..". */
extern void eth_protect_require_own_rules(Oid relid, const char *what, const char *instead);

/* ---- utility.c ---- */

/* Our own functions change rules between these; they nest. */
extern void eth_protect_own_work_begin(void);
extern void eth_protect_own_work_end(void);

/* Rules of the relation as a statement by hand left them; errors when they cannot stand. */
extern void eth_protect_check_made_rule(Oid relid, const char *name);

/* ---- readers.c: statements that read tables without a plan ---- */
extern Node *eth_protect_copy_statement(Node *stmt);
extern Node *eth_protect_lock_statement(Node *stmt);

/* ---- explain.c ---- */

/* Is the purpose one that the rule reveals to, or below one? */
extern bool eth_protect_is_listed(const EthCellRule *cell, const EthPurpose *purpose);

/* May the role read the column at all, raw or through its mask? */
extern bool eth_protect_may_read_column(const EthTableRules *rules, AttrNumber attnum, Oid role);

#endif							/* ETH_DEFINE_H */
