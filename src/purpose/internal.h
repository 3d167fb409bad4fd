/*
 * internal.h
 *		What the files of the purpose room share, and nobody else uses.
 */
#ifndef ETH_PURPOSE_INTERNAL_H
#define ETH_PURPOSE_INTERNAL_H

#include "purpose/purpose.h"

#define ETH_CODE_NONE "none"	/* set, and deliberately no purpose */
#define ETH_CODE_SELF "self"	/* of the portal, with a token */

/* A grant as the catalogue keeps it.  The role is looked up by name where it is used. */
typedef struct EthGrant
{
	int			purpose;		/* index */
	NameData	grantee;
	Oid			grantee_oid;
	bool		as_default;
	bool		pooled;
	bool		token_required;
	char	   *asserted_by;	/* a function as format_procedure_qualified()
								 * has it; NULL: anybody may set the purpose */
	NameData	asserter;		/* who owned the function when it was named */
	Oid			asserter_oid;
	TimestampTz valid_until;	/* DT_NOEND: for ever */
} EthGrant;

/* A key by which tokens may be signed. */
typedef struct EthTokenKey
{
	char	   *id;
	uint8		public_key[32];
	char	   *audience;		/* NULL: the name of the database */
	bool		single_use;
} EthTokenKey;

/* What this backend wrote itself within a statement: the next refresh loads. */
extern void eth_purpose_catalogue_forget(void);

/* Call eth_purpose_catalogue_refresh() before. */
extern int	eth_purpose_grant_count(void);
extern const EthGrant *eth_purpose_grant_at(int i);
extern int	eth_purpose_collection_count(void);
extern const EthGrant *eth_purpose_collection_at(int i);
extern bool eth_purpose_any_pooled(void);
extern const EthTokenKey *eth_purpose_token_key(const char *id);	/* NULL: not trusted */

/* The grantee as it is now: InvalidOid when the role is gone, or another one bears its name. */
extern Oid	eth_purpose_grantee(const EthGrant *grant);

/* Is the grant in force now? */
extern bool eth_purpose_grant_in_force(const EthGrant *grant);

/*
 * Does role hold the purpose through a grant that ends with the transaction: pooled,
 * or one that needs a token or a trusted caller?  (not by being a superuser)
 */
extern bool eth_purpose_pooled(Oid role, const EthPurpose *purpose);

/* ---- asserted.c ---- */

/* The functions that are running now, innermost last, as the setting remembers them. */
#define ETH_MAX_ASSERTING 16
extern int	eth_purpose_running(Oid *functions);

/* Tells parallel workers which functions set the purpose; outside parallel mode. */
extern void eth_purpose_share_asserting(int n, const Oid *functions);

/* In a parallel worker: what the leader shared. */
extern int	eth_purpose_shared_asserting(Oid *functions);

/* Is one of the functions the one that the grant trusts? */
extern bool eth_purpose_is_asserter(const EthGrant *grant, int n, const Oid *functions);
extern void eth_purpose_asserted_init(void);

/* ---- session.c ---- */

/* Was the purpose set by the function that the grant trusts, in this transaction? */
extern bool eth_purpose_asserted(const EthGrant *grant, const EthPurpose *purpose);

/* ---- token.c ---- */

/* Does the session's token name exactly this purpose? */
extern bool eth_purpose_token_names(const EthPurpose *purpose);

/* Why it does not, as a detail of an error; NULL: it does. */
extern const char *eth_purpose_token_problem(const EthPurpose *purpose);

/* A setting of ours that no SQL can set is being set by us: its check hook asks. */
extern bool eth_purpose_sets_hidden(void);
extern void eth_purpose_set_hidden(const char *name, const char *value, bool local);
extern void eth_purpose_token_init(void);

/* ---- replay.c: tokens for one use ---- */

/* Marks the token as used; error 28000 when it was, 53400 when too many are remembered. */
extern void eth_purpose_use_token(const char *key_id, const char *jti, TimestampTz issued, TimestampTz forget_at);
extern void eth_purpose_replay_init(void);

/* false: no such basis */
extern bool eth_purpose_basis_find(const char *name, EthBasis *basis);

/* ---- write.c: what define.c and grant.c share ---- */

/*
 * One column of a full statement.  "label" is its name in messages; "show" is
 * SQL that turns the value (%s) into text, for comparing and for messages; NULL
 * means a plain cast.  Both are constants of ours, never a caller's text.
 */
typedef struct EthColumn
{
	const char *name;
	const char *label;
	const char *show;
	Oid			type;
	Datum		value;
	bool		isnull;
} EthColumn;

typedef enum EthWritten
{
	ETH_WRITTEN_SAME,
	ETH_WRITTEN_CREATED,
	ETH_WRITTEN_CHANGED
} EthWritten;

/*
 * Makes the row of ethdata.<table> with the given key say what "columns" say;
 * "stamps" are set whenever it is written and never compared.  Acts as the
 * extension's owner.  One NOTICE per changed column, which begins with "what".
 * "action", the SQL function's name, is what the audit is told.
 * "before" (NULL: nothing) is called when something will be written and no other
 * session can write any more.
 */
extern EthWritten eth_purpose_write(const char *table, const char *action, const char *what,
									int nkeys, const EthColumn *keys,
									int ncolumns, const EthColumn *columns,
									int nstamps, const EthColumn *stamps,
									void (*before) (void));

/* Deletes the row; false when there is none. */
extern bool eth_purpose_delete(const char *table, const char *action, int nkeys, const EthColumn *keys);

/* Text argument n, NULL when null; error 22023 when it is empty. */
extern char *eth_purpose_text_arg(FunctionCallInfo fcinfo, int n, const char *name);

/* Code argument n: error 22023 when null or malformed. */
extern char *eth_purpose_code_arg(FunctionCallInfo fcinfo, int n, const char *name);

#endif							/* ETH_PURPOSE_INTERNAL_H */
