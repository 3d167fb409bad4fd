/*
 * state.h
 *		What the files of the consent room share about events and states.
 */
#ifndef ETH_CONSENT_STATE_H
#define ETH_CONSENT_STATE_H

#include "consent/class.h"
#include "consent/fold.h"

#include "utils/rel.h"

/* Columns of ethdata.consent_event. */
#define Anum_consent_event_id				1
#define Anum_consent_event_class			2
#define Anum_consent_event_subject			3
#define Anum_consent_event_purpose			4
#define Anum_consent_event_action			5
#define Anum_consent_event_status			6
#define Anum_consent_event_effective_at		7
#define Anum_consent_event_recorded_at		8
#define Anum_consent_event_expires_at		9
#define Anum_consent_event_no_reprompt		10
#define Anum_consent_event_notice			11
#define Anum_consent_event_jurisdiction		12
#define Anum_consent_event_method			13
#define Anum_consent_event_selection		14
#define Anum_consent_event_steps			15
#define Anum_consent_event_actor			16
#define Anum_consent_event_authority		17
#define Anum_consent_event_evidence			18
#define Anum_consent_event_source			19
#define Anum_consent_event_source_event		20
#define Anum_consent_event_supersedes		21
#define Anum_consent_event_class_id			22
#define Natts_consent_event					22

/* Columns of ethdata.consent_state. */
#define Anum_consent_state_class_id			1
#define Anum_consent_state_key				2
#define Anum_consent_state_value			3
#define Natts_consent_state					3

/* Which right an objection claims, as the event's "authority" says it. */
#define ETH_AUTHORITY_MARKETING		"art. 21(2)"
#define ETH_AUTHORITY_INTERESTS		"art. 21(1)"
#define ETH_AUTHORITY_NONE			"inapplicable"

extern const char *eth_consent_action_name(EthAction action);

/* Events of one subject, in the current memory context. */
typedef struct EthEvents
{
	int			n;
	int			room;
	EthEvent   *events;
	char	  **jurisdictions;	/* of each event, NULL where not known */
	TimestampTz newest;			/* the last recorded_at; DT_NOBEGIN: none */
} EthEvents;

/* snapshot NULL: a fresh one. */
extern void eth_consent_load_events(EthEvents *events, int32 class_id, const EthKey *key,
									EthKeyKind kind, Snapshot snapshot);
extern void eth_consent_add_event(EthEvents *events, const EthEvent *event, const char *jurisdiction);

/* An event from a row of ethdata.consent_event. */
extern void eth_consent_event_from_tuple(EthEvent *event, HeapTuple tuple, TupleDesc desc,
										 char **jurisdiction);

/* The value that follows from the events; see state.c. */
extern EthConsent *eth_consent_build(const EthEvents *events, uint8 regime, int32 birth_date,
									 TimestampTz valid_at, TimestampTz known_at);

/* What holds for one purpose; the second with facts that are not the catalogue's. */
extern void eth_consent_build_one(const EthEvents *events, uint8 regime, int32 purpose,
								  TimestampTz valid_at, TimestampTz known_at, EthFolded *result);
extern void eth_consent_build_by(const EthEvents *events, const EthFoldPurpose *fact,
								 TimestampTz valid_at, TimestampTz known_at, EthFolded *result);

/* ---- restrict.c: the restriction that stands for the person, by its event; 0: none ---- */

extern int64 eth_consent_restriction(const EthEvents *events, TimestampTz valid_at, TimestampTz known_at);

/* ---- facts.c: what the fold must know of the purposes, under a regime ---- */

extern const EthFoldPurpose *eth_consent_facts(uint8 regime, int *n);	/* sorted by id */
extern EthFoldPurpose *eth_consent_facts_copy(uint8 regime, int *n);	/* in the current memory
																		 * context */
extern const EthFoldPurpose *eth_consent_fact(const EthFoldPurpose *facts, int n, int32 id);

/* Is the purpose the other one or below it? */
extern bool eth_consent_is_below(int32 id, int32 above);

/* Does the purpose rest on the person's answer under the regime (0: under any)? */
extern bool eth_consent_rests_on_answer(const EthPurpose *purpose, uint8 regime);
extern bool eth_consent_objectionable(const EthPurpose *purpose, uint8 regime);

#endif							/* ETH_CONSENT_STATE_H */
