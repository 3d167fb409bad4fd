/*
 * purpose.h
 *		What the purpose room offers: the purpose DAG with its closure, the
 *		grants, and the purpose in force.
 *
 * The catalogue (purposes, grants, collection grants) is cached in each backend
 * and is exact: it is reloaded when the policy mark of core says that a write
 * may have happened.  Pointers returned here stay valid until another
 * statement runs (also a nested one, through SPI) or a purpose function writes:
 * keep ids beyond that.
 */
#ifndef ETH_PURPOSE_H
#define ETH_PURPOSE_H

#include "core/core.h"

#include "nodes/bitmapset.h"
#include "utils/timestamp.h"

/* Legal bases; the SQL names are in eth_purpose_basis_name(). */
typedef enum EthBasis
{
	ETH_BASIS_CONSENT,
	ETH_BASIS_EXPLICIT_CONSENT,
	ETH_BASIS_CONTRACT,
	ETH_BASIS_LEGAL_OBLIGATION,
	ETH_BASIS_VITAL_INTERESTS,
	ETH_BASIS_PUBLIC_TASK,
	ETH_BASIS_LEGITIMATE_INTERESTS,
	ETH_BASIS_SOFT_OPT_IN,
	ETH_BASIS_OPT_OUT,
	ETH_BASIS_UNLAWFUL			/* only per regime: no basis there */
} EthBasis;

/* Basis that rests on the person's answer: consent, explicit consent, soft opt-in, opt-out. */
extern bool eth_purpose_basis_rests_on_answer(EthBasis basis);
extern const char *eth_purpose_basis_name(EthBasis basis);
extern EthBasis eth_purpose_basis_by_name(const char *name);	/* error 22023 */

typedef struct EthRegimeBasis
{
	uint8		regime;			/* EthRegime of consent.h: a number, 0 =
								 * unknown */
	EthBasis	basis;
} EthRegimeBasis;

typedef struct EthPurpose
{
	int			index;			/* position in the catalogue */
	int32		id;				/* eth_purpose_id(code) */
	char	   *code;
	EthBasis	basis;
	int			nregimes;
	EthRegimeBasis *regimes;	/* other bases by regime, from "bases" */
	int			nparents;
	int		   *parents;		/* indexes */
	Bitmapset  *ancestors;		/* indexes, itself included */
	int			nabove;
	int32	   *above;			/* ids of the ancestors, itself not */
	/* effective values: own, or the parents' where NULL */
	char	   *controller;
	char	   *channel;
	bool		direct_marketing;
	bool		review;
	char	   *special_ground; /* NULL: none */
	bool		controllers_differ; /* of the parents, and it has none of its
									 * own */
	bool		assessed;		/* "assessment" is given */
	bool		retired;		/* or its row cannot be used (unknown parent
								 * or basis) */
	bool		self;			/* the portal's, which stands in no table */
	/* own values; NULL: none */
	char	   *restriction_ground;
	Interval   *consent_lifetime;
} EthPurpose;

/*
 * The id: the first 4 bytes of the code's SHA-256, big-endian, as signed int4.
 *
 * "none" is no purpose.  "self" is one that is always there and stands in no table:
 * of the person whom the session's token names, by whom nobody but a portal acts.
 */
extern int32 eth_purpose_id(const char *code);

/* eth_purpose_id("self"), as SQL writes it */
#define ETH_SELF_ID "113640627"

/* Is it a well-formed code: dotted parts of [a-z0-9_-], at most 200 bytes?  The reserved ones are, too. */
extern bool eth_purpose_code_valid(const char *code);
extern const EthPurpose *eth_purpose_by_code(const char *code, bool missing_ok);	/* error 42704 with hint */
extern const EthPurpose *eth_purpose_by_id(int32 id);	/* NULL if unknown */
extern const EthPurpose *eth_purpose_by_index(int index);
extern int	eth_purpose_count(void);

/* Is a the same as b or one of its descendants?  One bit test. */
extern bool eth_purpose_below(const EthPurpose *a, const EthPurpose *b);

/*
 * Basis of the purpose under a regime (consent.h numbers regimes).  Under an
 * unknown regime (0) it is the strictest of all that are declared.
 */
extern EthBasis eth_purpose_basis(const EthPurpose *purpose, uint8 regime);

/*
 * Does role hold (has_privs_of_role) a grant that is in force now on the
 * purpose or one of its ancestors?  One that needs a token or a trusted caller counts
 * while the session has it.  For superusers true.
 */
extern bool eth_purpose_granted(Oid role, const EthPurpose *purpose);

/* The same whatever the session has: for findings and explanations about others. */
extern bool eth_purpose_held(Oid role, const EthPurpose *purpose);

/* Is the role a portal: does it hold a grant of "self", in force or not?  Superusers are none. */
extern bool eth_purpose_is_portal(Oid role);

/*
 * May the session's user act for it: hold it, be able to SET ROLE to a holder, or
 * show a token that names it.
 */
extern bool eth_purpose_session_may(const EthPurpose *purpose);

/* Error 42501, naming purpose and role, unless role and the session's user may act for it. */
extern void eth_purpose_require_granted(Oid role, const EthPurpose *purpose);

/* Does role hold a collection grant (also inherited, also on an ancestor)?  Superusers: true. */
extern bool eth_purpose_may_collect(Oid role, const EthPurpose *purpose);

/*
 * The purpose in force for "role" (the role whose privileges core checks):
 * ethdata.purpose when set, else the default of the role (as_default grants
 * that it holds; two different ones are an error), checked against role and
 * session.  NULL: none is in force (deliberately or by lack of a default).
 * Errors: 42704 unknown, 42501 not granted (to the role or the session), each
 * names the purpose and the role.
 */
extern const EthPurpose *eth_purpose_in_force(Oid role);

/* The same without errors, for explanations about any role: *why is a constant text when NULL. */
extern const EthPurpose *eth_purpose_for_explanation(Oid role, const char *code, const char **why);

/*
 * For counting what a protection would do: what would be in force for role, never
 * an error.  *claimed is the id of the purpose that is set or the default, also
 * where the claim does not hold; 0: none, or an unknown one.
 */
extern const EthPurpose *eth_purpose_if_in_force(Oid role, int32 *claimed);

/* ---- token.c ---- */

/* What the token of this transaction says; set_token() has verified it. */
typedef struct EthToken
{
	char	   *key_id;
	uint8		public_key[32];
	char	   *subject;
	char	   *purpose;		/* its code */
	char	   *class;			/* code of the subject's class; NULL: not
								 * named */
	TimestampTz expires;
} EthToken;

/*
 * The token, while it has not expired and its key is trusted; NULL: none.  Good
 * until eth_purpose_generation changes.
 */
extern const EthToken *eth_purpose_token(void);

/* A room below that knows persons checks the subject of a token for "self" when it is set. */
extern void eth_purpose_watch_tokens(void (*check) (const EthToken *token));

extern Size eth_purpose_shmem_size(void);
extern void eth_purpose_shmem_request(void);
extern void eth_purpose_shmem_init(void);

/* ---- asserted.c: called by hooks.c for functions with a SET clause or SECURITY DEFINER ---- */
extern void eth_purpose_function_starts(Oid function);
extern void eth_purpose_function_ends(void);

/*
 * Changes with each assignment of ethdata.purpose or of the token in this backend: to
 * know when to ask again.
 */
extern uint64 eth_purpose_generation;

/* Makes the cached catalogue current; cheap when it is.  Called by the functions above. */
extern void eth_purpose_catalogue_refresh(void);

/*
 * The same, whatever was found before in this statement: for who waited for a lock
 * meanwhile.  Pointers into the catalogue may be gone.
 */
extern void eth_purpose_catalogue_recheck(void);

/*
 * A room below that keeps what follows from the purposes: "before" is called when
 * define_purpose() is about to write, with other definitions locked out; what it
 * returns is handed to "after" when the new definition stands.
 */
extern void eth_purpose_watch(void *(*before) (void), void (*after) (void *state));

/* Changes when the catalogue was reloaded. */
extern uint64 eth_purpose_catalogue_version;

/*
 * Ends a pooled purpose that came from an earlier transaction, and tells parallel
 * workers what they cannot know; called by hooks.c at executor start in a leader.
 */
extern void eth_purpose_statement_starts(void);

extern void eth_purpose_init(void);

#endif							/* ETH_PURPOSE_H */
