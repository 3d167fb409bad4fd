/*
 * event.h
 *		The sink of events: rooms say what happened, the audit room records it.
 *
 * A room that changes policy, records consent or suspends protection describes
 * it in an EthEvent and calls eth_core_event() in the transaction that does it,
 * after it is done and after the rights were checked.  The audit room, which is
 * below all others, registers the sink; until CREATE EXTENSION is complete there
 * is nowhere to record, and eth_core_event() returns.
 *
 * An event is recorded in the same transaction or the transaction fails.  What
 * the caller passes is copied before eth_core_event() returns.
 */
#ifndef ETH_EVENT_H
#define ETH_EVENT_H

#include "core/core.h"

#include "utils/jsonb.h"

/* Kinds, as ethdata.audit_event.kind names them; the order is not stored. */
typedef enum EthEventKind
{
	ETH_EVENT_INSERT,
	ETH_EVENT_UPDATE,
	ETH_EVENT_DELETE,
	ETH_EVENT_TRUNCATE,
	ETH_EVENT_DISCLOSURE,
	ETH_EVENT_CONSENT,
	ETH_EVENT_POLICY,			/* protect, mask, classify, classes, notices, enforcement */
	ETH_EVENT_GRANT,			/* purposes and collection, granted and revoked */
	ETH_EVENT_PURPOSE,			/* purposes, defined and retired */
	ETH_EVENT_EXCEPTION,		/* suspend, resume, break_glass, what superusers override */
	ETH_EVENT_EXPORT,
	ETH_EVENT_ERASURE,
	ETH_EVENT_SEAL
} EthEventKind;

/* A person: a class of data subjects and the key in canonical form (consent.h). */
typedef struct EthEventSubject
{
	int32		class_id;
	int			len;
	const char *key;
} EthEventSubject;

typedef struct EthEvent
{
	EthEventKind kind;
	const char *action;			/* SQL function or command: goes into details as "action" */
	Oid			relid;			/* InvalidOid: about no relation */
	const char *purpose;		/* the purpose that the event is about, or NULL */
	int			nsubjects;
	const EthEventSubject *subjects;
	Jsonb	   *details;		/* an object without personal values, or NULL */
} EthEvent;

typedef void (*EthEventSink) (const EthEvent *event);

extern void eth_core_event(const EthEvent *event);
extern void eth_core_event_register(EthEventSink sink);

/*
 * Details: begin, add pairs, end.  A NULL text or list adds nothing.
 */
typedef struct EthDetails
{
	JsonbParseState *state;
} EthDetails;

extern void eth_core_details_begin(EthDetails *details);
extern void eth_core_details_text(EthDetails *details, const char *name, const char *value);
extern void eth_core_details_bool(EthDetails *details, const char *name, bool value);
extern void eth_core_details_int(EthDetails *details, const char *name, int64 value);
extern void eth_core_details_texts(EthDetails *details, const char *name, const List *values);	/* char * */

/* {"name": {"old": .., "new": ..}}; either may be NULL, equal ones add nothing */
extern void eth_core_details_change(EthDetails *details, const char *name, const char *old_value, const char *new_value);
extern Jsonb *eth_core_details_end(EthDetails *details);

#endif							/* ETH_EVENT_H */
