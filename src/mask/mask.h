/*
 * mask.h
 *		What the mask room offers: the mask functions and their keyed twins, the
 *		check that an expression may be a mask, and the bracket that tells when
 *		a mask is being computed.
 *
 * A mask expression is a transformed expression over one column, as a Var with
 * varno 1.
 */
#ifndef ETH_MASK_H
#define ETH_MASK_H

#include "core/core.h"

#include "access/attnum.h"
#include "nodes/nodes.h"

/* ---- keyed.c ---- */

/*
 * The private twin of a public keyed mask of ours: the same arguments after an
 * "internal" one, which the rewriter fills with makeNullConst(INTERNALOID, -1,
 * InvalidOid).  InvalidOid for every other function.
 */
extern Oid	eth_mask_twin(Oid funcid);

/* A copy of a mask expression with every keyed mask replaced by a call of its twin. */
extern Node *eth_mask_with_twins(Node *expr);

/* ---- blind.c: codes of values, for blind indexes ---- */

/* ethdata.blind(anyelement), the type of its result, and = of that type */
extern Oid	eth_mask_blind_function(void);
extern Oid	eth_mask_blind_equality(void);

/* ethdata._blind_probes(internal, anyelement), or for any element of an array */
extern Oid	eth_mask_probes_function(bool any);

/* The codes that an entry of the value may have, at most this many; their number, 0 for types that have none. */
#define ETH_BLIND_MAX_CODES 17
extern int	eth_mask_blind_codes(Oid type, Oid collation, Datum value, Datum *codes);

/* ---- check.c ---- */

/*
 * Error 42P17 (22023 for a constant argument that makes no sense, 42501 for a
 * keyed mask declared by somebody who may not) unless the expression is a safe
 * mask for column attnum of relation relid; check.c has the rules.
 */
extern void eth_mask_check(Node *expr, Oid relid, AttrNumber attnum);

/* The same without error, for a rule that comes out of the catalogue: false means mask with NULL. */
extern bool eth_mask_is_safe(Node *expr, Oid relid, AttrNumber attnum);

/*
 * May computing the expression raise an error?  False only when it consists of
 * our own mask functions, constants, the column and relabelling.
 */
extern bool eth_mask_may_raise(Node *expr);

/* ---- bank.c ---- */

/* Is the text a number of this kind, by its check digits? */
extern bool eth_mask_is_card(const char *text, int len);
extern bool eth_mask_is_iban(const char *text, int len);

/* ---- bracket.c ---- */

/*
 * OIDs of the bracket: ethdata._mask_enter(internal, anyelement) goes around
 * each reference to the column in a mask that may raise, and
 * ethdata._mask_leave(internal, anyelement) around the whole mask.
 */
extern Oid	eth_mask_enter_function(void);
extern Oid	eth_mask_leave_function(void);

/*
 * Whoever catches errors of an executor run says when one starts, and puts the
 * state back when it ends, be it by an error:
 *
 *		EthMaskRun run;
 *
 *		eth_mask_run_starts(&run);
 *		PG_TRY(); { ... }
 *		PG_CATCH();
 *		{
 *			if (eth_mask_in_progress())
 *				eth_mask_raise_neutral(&run);	(does not return)
 *			eth_mask_run_ends(&run);
 *			PG_RE_THROW();
 *		}
 *		PG_END_TRY();
 *		eth_mask_run_ends(&run);
 */
typedef struct EthMaskRun
{
	bool		here;			/* a mask of this run was being computed */
	bool		outside;		/* a mask of an enclosing run was */
	MemoryContext context;		/* the memory context when the run started */
} EthMaskRun;

extern void eth_mask_run_starts(EthMaskRun *run);
extern void eth_mask_run_ends(const EthMaskRun *run);

/* Is a mask being computed, in this run or in one around it? */
extern bool eth_mask_in_progress(void);

/*
 * In PG_CATCH(): ends the run and replaces the error, which may quote a raw
 * value, by one that says nothing of it.  Errors that cannot quote one
 * (cancel, shutdown, resources) are thrown on as they are.
 */
extern ETH_NORETURN void eth_mask_raise_neutral(const EthMaskRun *run);

/* End of the top transaction: nothing is in progress. */
extern void eth_mask_reset(void);

extern void eth_mask_init(void);

#endif							/* ETH_MASK_H */
