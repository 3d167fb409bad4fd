/*
 * fold.h
 *		From events to what holds: the rules of consent, pure.
 *
 * Nothing here allocates, reads a table, looks at a clock or raises an error,
 * so that a fuzzer can link fold.c by itself.
 */
#ifndef ETH_CONSENT_FOLD_H
#define ETH_CONSENT_FOLD_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "consent/consent.h"

/* What happened.  RECONSENT is not an event of a person: a notice asks again. */
typedef enum EthAction
{
	ETH_ACTION_REQUEST = 1,
	ETH_ACTION_GIVE,
	ETH_ACTION_RENEW,
	ETH_ACTION_REFUSE,
	ETH_ACTION_WITHDRAW,
	ETH_ACTION_OBJECT,
	ETH_ACTION_DECIDE,
	ETH_ACTION_INVALIDATE,
	ETH_ACTION_RECONSENT,
	ETH_ACTION_RESTRICT,		/* of the person, not of a purpose: restrict.c */
	ETH_ACTION_LIFT
} EthAction;

#define ETH_EVENT_COUNTS	0x1 /* an active choice: not preselected, not
								 * bundled */
#define ETH_EVENT_EXPLICIT	0x2
#define ETH_EVENT_INFORMED	0x4 /* names a notice that covers the purpose */
#define ETH_EVENT_ABSOLUTE	0x8 /* an objection to direct marketing */

typedef struct EthEvent
{
	int64		id;
	int32		purpose;
	uint8		action;			/* EthAction */
	uint8		status;			/* EthStatus */
	uint8		flags;
	int32		notice;			/* a hash of the notice's code; 0: none */
	TimestampTz effective_at;
	TimestampTz recorded_at;
	TimestampTz expires_at;		/* DT_NOEND: never */
	int64		supersedes;		/* 0: none */
} EthEvent;

/* What the fold must know of a purpose, under the regime of the subject. */
typedef struct EthFoldPurpose
{
	int32		id;
	bool		rests_on_answer;
	bool		objectionable;	/* legitimate interests or public task */
	bool		direct_marketing;
	int			nancestors;
	const int32 *ancestors;		/* proper ones, sorted */
} EthFoldPurpose;

/* What holds for one purpose, and the event that says so (0: none). */
typedef struct EthFolded
{
	int32		id;
	uint8		status;			/* EthStatus */
	uint8		flags;			/* ETH_ENTRY_... */
	uint32		expiry;			/* hours, as in an entry */
	int64		event;
} EthFolded;

/* Scratch space: one for each event. */
typedef struct EthFoldObjection
{
	int64		id;
	bool		absolute;
	bool		decided;
	bool		lifted;
} EthFoldObjection;

extern void eth_consent_fold_sort(EthEvent *events, int nevents);

/*
 * What the events say about the purpose: those that were effective by valid_at
 * and recorded by known_at.  The events must have been sorted.  Returns whether
 * the purpose has an event of its own among them.
 */
extern bool eth_consent_fold(const EthFoldPurpose *purpose, const EthEvent *events, int nevents,
							 TimestampTz valid_at, TimestampTz known_at,
							 EthFoldObjection *scratch, EthFolded *result);

/* Does the denial of an ancestor apply to the purpose? */
extern bool eth_consent_fold_flows(const EthFoldPurpose *purpose, const EthFolded *ancestor);

/* Hours for an entry, rounded down; false: already past the beginning of time. */
extern bool eth_consent_fold_hours(TimestampTz expires_at, uint32 *hours);

#endif							/* ETH_CONSENT_FOLD_H */
