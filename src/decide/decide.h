/*
 * decide.h
 *		The one decision: may a purpose use the data of a person?
 *
 * Rows, cells, permits(), permitted(), has_consent() and explain_access() all
 * end in eth_decide_person(); the precedence order is written there, once.
 */
#ifndef ETH_DECIDE_H
#define ETH_DECIDE_H

#include "core/core.h"
#include "purpose/purpose.h"
#include "consent/consent.h"

typedef enum EthReason
{
	/* permitted */
	ETH_PERMITTED_GIVEN,		/* the person agreed */
	ETH_PERMITTED_BASIS,		/* another legal basis holds */
	ETH_PERMITTED_OPT_OUT,		/* opt-out regime, notice given, no answer
								 * against it */
	ETH_PERMITTED_SELF,			/* the person's own, shown to the person */
	ETH_PERMITTED_NO_PERSON,	/* data about no person: only the purpose
								 * counts */
	/* denied */
	ETH_DENIED_NO_PURPOSE,		/* no purpose in force */
	ETH_DENIED_NOT_LISTED,		/* the rule does not reveal for this purpose */
	ETH_DENIED_UNKNOWN_SUBJECT, /* no key */
	ETH_DENIED_RESTRICTED,		/* art. 18 */
	ETH_DENIED_BLOCKED,			/* suppressed */
	ETH_DENIED_OBJECTED,
	ETH_DENIED_PENDING,			/* objection not decided */
	ETH_DENIED_WITHDRAWN,
	ETH_DENIED_REFUSED,
	ETH_DENIED_EXPIRED,
	ETH_DENIED_INVALIDATED,
	ETH_DENIED_NEVER_GIVEN,
	ETH_DENIED_NOT_EXPLICIT,	/* explicit consent is needed */
	ETH_DENIED_NOT_INFORMED,	/* opt-out or legitimate interests without
								 * notice */
	ETH_DENIED_UNLAWFUL,		/* the regime knows no such basis */
	ETH_DENIED_SPECIAL,			/* special category and the purpose has no
								 * special ground */
	ETH_DENIED_RETIRED,			/* the purpose is retired */
	ETH_DENIED_NOT_SELF			/* of another person than the token names */
} EthReason;

#define ETH_IS_PERMITTED(reason) ((reason) <= ETH_PERMITTED_NO_PERSON)

/* A sentence for explain_access; never holds a personal value. */
extern const char *eth_decide_reason_text(EthReason reason);

/* value NULL: nothing recorded for the person.  Pure but for the catalogue. */
extern EthReason eth_decide_person(const EthPurpose *purpose, const EthConsent *value, TimestampTz clock);

/* The same by what was known at a time. */
extern EthReason eth_decide_person_as_known(const EthPurpose *purpose, const EthConsent *value,
											TimestampTz clock, TimestampTz known_at);

/*
 * The same with look-up: under the active snapshot and, where
 * eth_core_snapshot_is_old(), under a fresh one; deny wins.  The reader was begun
 * in this instant, and the clock is its.
 */
extern EthReason eth_decide_subject(const EthReader *reader, const EthPurpose *purpose, const EthKey *key,
									TimestampTz clock);

/*
 * Calls of the rewriter (protect room), by their OIDs: see cell.c for the
 * arguments.  They take an "internal" first argument that no SQL can supply.
 *
 *	ethdata._may_see(internal, oid, int4[], bool, oid [, VARIADIC "any"]) -> bool
 *	ethdata._row_visible(internal, oid, oid, oid [, VARIADIC "any"]) -> bool
 *	ethdata._own_row(internal, oid, oid, oid, VARIADIC "any") -> bool
 *	ethdata._other_purpose(internal, oid) -> bool
 */
extern Oid	eth_decide_cell_function(bool with_keys, bool quiet);
extern Oid	eth_decide_row_function(bool with_keys, bool quiet);
extern Oid	eth_decide_exception_function(void);
extern Oid	eth_decide_own_row_function(void);
extern Oid	eth_decide_other_purpose_function(void);

/* ---- exception.c: suspended tables and broken glass ---- */

typedef enum EthExceptionKind
{
	ETH_EXCEPTION_NONE,
	ETH_EXCEPTION_SUSPENDED,	/* the table's protection, for everybody */
	ETH_EXCEPTION_BREAK_GLASS	/* all protection, for one role */
} EthExceptionKind;

/*
 * Does an exception open the relation (on which rules stand) now, by the decision
 * clock?  role: for whom is decided, InvalidOid for the current user; the glass
 * is broken only for the one who broke it, acting as himself in his session.
 */
extern EthExceptionKind eth_decide_excepted(Oid relid, Oid role, TimestampTz *until);

/* What this backend wrote itself within a statement: the next question loads. */
extern void eth_decide_exceptions_forget(void);

extern void eth_decide_init(void);

#endif							/* ETH_DECIDE_H */
