/*
 * record.h
 *		Recording events: what the SQL functions hand to record.c.
 */
#ifndef ETH_CONSENT_RECORD_H
#define ETH_CONSENT_RECORD_H

#include "consent/state.h"

#include "utils/jsonb.h"

/* One event to record.  The strings and the rest belong to the caller. */
typedef struct EthRecord
{
	char	   *purpose;
	int32		purpose_id;
	EthAction	action;
	EthStatus	status;
	bool		claims_time;
	TimestampTz claimed;		/* effective time that the caller claims */
	Interval   *lifetime;		/* of consent to the purpose; NULL: for ever */
	bool		lifetime_runs;	/* since then, not since the effective time */
	TimestampTz lifetime_start;
	char	   *notice;
	bool		notice_must_cover;	/* else it is recorded where it covers the
									 * purpose */
	char	   *method;
	char	   *selection;
	char	   *actor;
	char	   *authority;
	Jsonb	   *evidence;
	char	   *source;
	char	   *source_event;
	int64		supersedes;		/* 0: none */
	bool		for_self;		/* of the person's own right, not of a
								 * collector's */
	bool		where_it_applies;	/* of everything: left out where the
									 * person's regime asks for no answer, or
									 * where another one of them closes it,
									 * too */
	bool		adopted;		/* from a column without time: the same source
								 * event is left out whatever it says, and so
								 * is what adds nothing to, or would reopen,
								 * what is known */
	/* result */
	int64		id;				/* 0: left out */
	bool		repeated;		/* recorded before */
	bool		yielded;		/* adopted, and left out for what is known */
	bool		ended;			/* adopted, and it ended consent */
} EthRecord;

/*
 * Records the events about one person, all or none, and makes the person's
 * state current.  The rights were checked.  "command" is the SQL function's
 * name, for messages.  Errors: 22023, 25006 in a read-only transaction.
 */
extern void eth_consent_record(const EthClass *class, const EthKey *key,
							   EthRecord *records, int nrecords, const char *command);

/*
 * The id of the notice that the event names, as of its time; 0: none.
 * Errors: 42704 unknown, 22023 not for this purpose, or not valid then.
 */
extern int32 eth_consent_check_notice(const EthRecord *record, TimestampTz effective_at);

extern TimestampTz eth_consent_plus_interval(TimestampTz start, const Interval *span);

/* Writes an event; SPI is connected. */
extern void eth_consent_insert_event(const EthClass *class, const char *subject,
									 const EthRecord *record, const EthEvent *event,
									 const char *jurisdiction, TimestampTz no_reprompt);

/* Writes the state row of a person; SPI is connected. */
extern void eth_consent_write_state(int32 class_id, Datum key, EthConsent *value, bool exists);

/*
 * Makes the states current of all persons who agreed to one of the purposes:
 * a notice asked again.  Nobody else may write meanwhile: the caller holds
 * ShareRowExclusiveLock on ethdata.consent_state and has SPI connected.
 */
extern void eth_consent_refold(int npurposes, const int32 *purposes);

/* ---- history.c: the event of that id, copied; NULL: there is none ---- */

extern HeapTuple eth_consent_event_by_id(int64 id, TupleDesc *desc);

/* ---- redefine.c: a purpose is defined anew ---- */

extern void *eth_consent_redefinition_begins(void);
extern void eth_consent_redefined(void *before);

/* ---- functions.c: arguments and rights of the SQL functions ---- */

extern char *eth_consent_text_arg(FunctionCallInfo fcinfo, int n);	/* NULL when null */
extern char *eth_consent_required_text(FunctionCallInfo fcinfo, int n, const char *name);	/* error 22023 */

/* The class that is meant, copied.  As the caller: his search_path decides. */
extern void eth_consent_class_arg(FunctionCallInfo fcinfo, int n, EthClass *class);

/* The value if it is one of the allowed; error 22023 that lists them. */
extern char *eth_consent_one_of(char *value, const char *name, const char *const *allowed, int nallowed);

/* {"name":"text",...} as jsonb; a pair with a NULL value is left out. */
extern Jsonb *eth_consent_evidence_of(const char *name1, const char *value1,
									  const char *name2, const char *value2);

/* Error 22023 unless it is one of the ways in which a choice is presented. */
extern char *eth_consent_selection(char *value);

extern bool eth_consent_is_officer(void);
extern bool eth_consent_may_collect(int32 purpose_id);

/* Is there any purpose at or below this one against which an objection has an effect? */
extern bool eth_consent_objection_matters(int32 purpose_id);

/* Is there any for which it waits to be decided?  Below alone, where it is absolute itself. */
extern bool eth_consent_objection_pends(int32 purpose_id, bool absolute);

extern int	eth_consent_clock_tolerance;	/* seconds */

#endif							/* ETH_CONSENT_RECORD_H */
