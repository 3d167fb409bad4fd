/*
 * check.h
 *		What the files of self_check() share, and nobody else uses.
 *
 * A check is a group of findings.  Each group runs in a subtransaction of its
 * own: what goes wrong in one becomes a finding that says so.  Most are
 * constant queries over the catalogues, with what is protected as parameters.
 */
#ifndef ETH_CHECK_H
#define ETH_CHECK_H

#include "audit/audit.h"
#include "protect/define.h"

typedef enum EthSeverity
{
	ETH_CRITICAL,
	ETH_WARNING,
	ETH_NOTICE
} EthSeverity;

/* Among findings of one severity those of a lower rank come first. */
#define ETH_RANK_FIRST	0
#define ETH_RANK_OWNER	1
#define ETH_RANK_REST	2

/* A relation that is protected by rules of its own or of one above it. */
typedef struct EthChecked
{
	Oid			relid;
	Oid			source;			/* the relation that the rules stand on */
	bool		force;
	bool		rows;
	EthEnforcement enforcement;
} EthChecked;

typedef struct EthCheck
{
	MemoryContext context;		/* of the findings, and of what is here */
	List	   *findings;
	List	   *relations;		/* EthChecked */
	List	   *masked;			/* of rules: pairs of relid and attnum, in two
								 * lists */
	List	   *masked_columns;
	List	   *keyed;			/* columns that name persons: likewise */
	List	   *key_columns;
	List	   *classes;		/* classes that rules name: relid of the
								 * table, and of the class */
	List	   *class_relations;
	bool		declared;		/* is there anything: a purpose, a class, a
								 * protected table? */
	bool		audited;		/* are changes of any table recorded? */
} EthCheck;

typedef void (*EthCheckGroup) (EthCheck *check);

/* ---- check.c ---- */

/* Texts are copied. */
extern void eth_check_found(EthCheck *check, EthSeverity severity, int rank, const char *object,
							const char *risk, const char *remedy);

/*
 * Findings of a query: columns severity, object, risk, remedy; a row without a
 * remedy or a risk is none.  SPI is connected, and the current user is the owner of the extension.
 *
 *	$1 .. $5	what is protected, parallel arrays: relation, relation that the
 *				rules stand on, force, enforcement, rows
 *	$6, $7		masked columns: relation, attnum
 *	$8, $9		classes that rules name: protected relation, table of the class
 *	$10, $11	columns that name persons: relation, attnum
 */
extern void eth_check_query(EthCheck *check, int rank, const char *query);

/* Runs a group in a subtransaction; "title" stands for what could not be checked otherwise. */
extern bool eth_check_guarded(EthCheck *check, const char *title, bool as_owner, EthCheckGroup group);

/* One row, one column: a boolean that is true? */
extern bool eth_check_is_true(const char *query);

/* ---- check_server.c ---- */

/* A setting as this session has it; "" when there is none of the name. */
extern const char *eth_check_setting(const char *name);

/* ---- the groups ---- */
extern void eth_check_loading(EthCheck *check);
extern void eth_check_key(EthCheck *check);
extern void eth_check_nodes(EthCheck *check);
extern void eth_check_durability(EthCheck *check);
extern void eth_check_log(EthCheck *check);
extern void eth_check_stored_settings(EthCheck *check);
extern void eth_check_roles(EthCheck *check);
extern void eth_check_functions(EthCheck *check);
extern void eth_check_own_tables(EthCheck *check);
extern void eth_check_protection(EthCheck *check);
extern void eth_check_privileges(EthCheck *check);
extern void eth_check_existence(EthCheck *check);
extern void eth_check_code(EthCheck *check);
extern void eth_check_copies(EthCheck *check);
extern void eth_check_audit(EthCheck *check);
extern void eth_check_purposes(EthCheck *check);
extern void eth_check_reveals(EthCheck *check);
extern void eth_check_grants(EthCheck *check);
extern void eth_check_classes(EthCheck *check);
extern void eth_check_personal(EthCheck *check);

/* ---- personal.c, sample.c: what looks personal ---- */

typedef enum EthLook
{
	ETH_LOOKS_EMAIL,
	ETH_LOOKS_PHONE,
	ETH_LOOKS_NAME,
	ETH_LOOKS_BIRTH,
	ETH_LOOKS_ADDRESS,
	ETH_LOOKS_POSITION,
	ETH_LOOKS_IDENTITY,
	ETH_LOOKS_GENDER,
	ETH_LOOKS_ACCOUNT,
	ETH_LOOKS_CARD,
	ETH_LOOKS_INCOME,
	ETH_LOOKS_NETWORK,
	ETH_LOOKS_DEVICE,
	ETH_LOOKS_HEALTH,
	ETH_LOOKS_BIOMETRIC,
	ETH_LOOKS_ETHNICITY,
	ETH_LOOKS_RELIGION,
	ETH_LOOKS_POLITICS,
	ETH_LOOKS_UNION,
	ETH_LOOKS_SEX_LIFE,
	ETH_LOOKS_CRIMINAL,
	ETH_LOOKS_NOTHING
} EthLook;

/* By the name of a column, in the database's encoding.  Pure but for the encoding. */
extern EthLook eth_check_look_of_name(const char *name);

/* A column that is looked into. */
typedef struct EthSample
{
	const char *name;
	Oid			type;			/* base type */
	int			values;			/* not null, that were looked at */
	int			hits[ETH_LOOKS_NOTHING];
	int			inside;			/* texts that have an e-mail address somewhere */
} EthSample;

typedef enum EthSampled
{
	ETH_SAMPLED,
	ETH_SAMPLED_LOCKED,			/* somebody else has it locked */
	ETH_SAMPLED_GONE
} EthSampled;

/* Can values of the type be looked into? */
extern bool eth_check_can_sample(Oid type);

/* Looks at a few rows; no value leaves the function.  See sample.c. */
extern EthSampled eth_check_sample(Oid relid, int n, EthSample *columns);

/* What most of the values are. */
extern EthLook eth_check_look_of_values(const EthSample *column);

/* ---- for queries ---- */

#define EQ		" OPERATOR(pg_catalog.=) "
#define NE		" OPERATOR(pg_catalog.<>) "
#define GT		" OPERATOR(pg_catalog.>) "
#define LT		" OPERATOR(pg_catalog.<) "
#define GE		" OPERATOR(pg_catalog.>=) "
#define CAT		" OPERATOR(pg_catalog.||) "
#define MATCH	" OPERATOR(pg_catalog.~) "
#define UNLIKE	" OPERATOR(pg_catalog.!~) "
#define CONTAINS " OPERATOR(pg_catalog.@>) "

/* FROM: p (relid, source, force, enforcement, hides), with c and n of the relation */
#define FROM_PROTECTED \
	" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)," \
	"   pg_catalog.unnest($4), pg_catalog.unnest($5)) AS p (relid, source, force, enforcement, hides)" \
	" JOIN pg_catalog.pg_class c ON c.oid" EQ "p.relid" \
	" JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace "

/* masked columns of a relation, as m (relid, attnum) */
#define MASKED \
	" ROWS FROM (pg_catalog.unnest($6), pg_catalog.unnest($7)) AS m (relid, attnum) "

/* columns that name persons, as k (relid, attnum) */
#define KEYED \
	" ROWS FROM (pg_catalog.unnest($10), pg_catalog.unnest($11)) AS k (relid, attnum) "

/* "schema.table" of n and c */
#define TABLE_NAME " pg_catalog.format('%I.%I', n.nspname, c.relname) "

/* does a role belong to another one, or is it the same?  (SET ROLE counts) */
#define BELONGS(role, other) " pg_catalog.pg_has_role(" role ", " other ", 'MEMBER') "

/* is it exempt whatever the table? */
#define EXEMPT(role) " pg_catalog.pg_has_role(" role ", pg_catalog.to_regrole('ethdata_exempt'), 'MEMBER') "

/* the grantee of an item of aclexplode(), as text */
#define GRANTEE(oid) \
	" CASE WHEN " oid EQ "0::pg_catalog.oid THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(" oid ")) END "

/* a grantee who is bound by the rules of c: not its owner, no superuser, not exempt */
#define BOUND(grantee) \
	" (" grantee EQ "0::pg_catalog.oid OR " grantee NE "c.relowner AND EXISTS (SELECT FROM pg_catalog.pg_roles b" \
	"   WHERE b.oid" EQ grantee " AND NOT b.rolsuper AND NOT" EXEMPT("b.oid") " IS TRUE)) "

/* schemas of a site's own objects */
#define USER_SCHEMA(name) \
	" (" name UNLIKE "'^pg_' AND " name NE "'information_schema' AND " name NE "'ethdata') "

/* a list of names, the first five of them; null: none */
#define SOME(name) \
	" pg_catalog.array_to_string((pg_catalog.array_agg(DISTINCT " name " COLLATE \"C\" ORDER BY " name " COLLATE \"C\"))[1:5], ', ')" CAT \
	" CASE WHEN pg_catalog.count(DISTINCT " name ")" GT "5 THEN pg_catalog.format(' and %s more', pg_catalog.count(DISTINCT " name ") OPERATOR(pg_catalog.-) 5) ELSE '' END "

#endif							/* ETH_CHECK_H */
