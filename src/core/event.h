/*
 * event.h
 *		The sink of events: rooms say what happened, the audit room records it.
 *
 * A room that changes policy, records consent or suspends protection describes
 * it in an EthAuditEvent and calls eth_core_event() in the transaction that does it,
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
typedef enum EthAuditKind
{
	ETH_AUDIT_INSERT,
	ETH_AUDIT_UPDATE,
	ETH_AUDIT_DELETE,
	ETH_AUDIT_TRUNCATE,
	ETH_AUDIT_DISCLOSURE,
	ETH_AUDIT_CONSENT,
	ETH_AUDIT_POLICY,			/* protect, mask, classify, classes, notices,
								 * enforcement */
	ETH_AUDIT_GRANT,			/* purposes and collection, granted and
								 * revoked */
	ETH_AUDIT_PURPOSE,			/* purposes, defined and retired */
	ETH_AUDIT_EXCEPTION,		/* suspend, resume, break_glass, what
								 * superusers override */
	ETH_AUDIT_EXPORT,
	ETH_AUDIT_ERASURE,
	ETH_AUDIT_SEAL
} EthAuditKind;

/* A person: a class of data subjects and the key in canonical form (consent.h). */
typedef struct EthAuditSubject
{
	int32		class_id;
	int			len;
	const char *key;
} EthAuditSubject;

typedef struct EthAuditEvent
{
	EthAuditKind kind;
	const char *action;			/* SQL function or command: goes into details
								 * as "action" */
	Oid			relid;			/* InvalidOid: about no relation */
	const char *purpose;		/* the purpose that the event is about, or
								 * NULL */
	int			nsubjects;
	const EthAuditSubject *subjects;
	Jsonb	   *details;		/* an object without personal values, or NULL */
} EthAuditEvent;

typedef void (*EthAuditSink) (const EthAuditEvent *event);

extern void eth_core_event(const EthAuditEvent *event);
extern void eth_core_event_register(EthAuditSink sink);

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
