/*
 * restrict.c
 *		Restriction of processing, GDPR art. 18: restrict_subject() and
 *		lift_restriction().
 *
 * A restriction is an event of the person and of no purpose (its purpose is "*",
 * which is no code).  While one stands, no purpose may use the person's data, but
 * those with a restriction_ground (art. 18(2): consent, legal claims, rights of
 * others, important public interest) for which all else is decided as ever.  It is
 * kept as a flag of the person's value, so rows, cells and every question meet it.
 *
 * Several may stand, each with its ground, and each is lifted by an event that
 * names it.  Restricting takes nothing away: what the person agreed to is there
 * again when the last one is lifted.  Both are bitemporal like all events.
 *
 * A right of the person that the controller grants: recorded by the officer.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "consent/class.h"
#include "consent/record.h"

PG_FUNCTION_INFO_V1(ethdata_restrict_subject);
PG_FUNCTION_INFO_V1(ethdata_lift_restriction);

/* The purpose of these events: all. */
#define ALL_PURPOSES "*"

static const struct
{
	const char *ground;
	const char *authority;
}			grounds[] =

{
	{"accuracy", "art. 18(1)(a)"},	/* contested, until it was verified */
	{"unlawful", "art. 18(1)(b)"},	/* and the person does not want erasure */
	{"claims", "art. 18(1)(c)"},	/* the person needs the data for legal
									 * claims */
	{"objection", "art. 18(1)(d)"}	/* until it was decided whose grounds
									 * override */
};

int64
eth_consent_restriction(const EthEvents *events, TimestampTz valid_at, TimestampTz known_at)
{
	int			i;
	int			j;

	for (i = 0; i < events->n; i++)
	{
		const EthEvent *event = &events->events[i];
		bool		lifted = false;

		if (event->action != ETH_ACTION_RESTRICT ||
			event->effective_at > valid_at || event->recorded_at > known_at)
			continue;
		for (j = 0; j < events->n && !lifted; j++)
			lifted = events->events[j].action == ETH_ACTION_LIFT &&
				events->events[j].supersedes == event->id &&
				events->events[j].effective_at <= valid_at &&
				events->events[j].recorded_at <= known_at;
		if (!lifted)
			return event->id;
	}
	return 0;
}

static void
require_officer(const char *what)
{
	if (!eth_consent_is_officer())
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to %s", what),
				 errdetail("Only superusers and members of role \"%s\" may.", ETH_ROLE_OFFICER)));
}

static void
start(EthRecord *record, EthAction action)
{
	memset(record, 0, sizeof(EthRecord));
	record->purpose = pstrdup(ALL_PURPOSES);
	record->purpose_id = eth_purpose_id(ALL_PURPOSES);
	record->action = action;
	record->status = ETH_STATUS_UNKNOWN;
	record->actor = pstrdup("operator");
}

/*
 * restrict_subject(subject, ground, class) -> bigint: the event's id.
 * ground: accuracy, unlawful, claims or objection.
 * Errors: 42501 not an officer; 22023 bad ground or key; 42704, 42P08 class.
 */
Datum
ethdata_restrict_subject(PG_FUNCTION_ARGS)
{
	const char *names[lengthof(grounds)];
	char	   *subject = eth_consent_required_text(fcinfo, 0, "subject");
	char	   *ground;
	EthRecord	record;
	EthClass	class;
	EthKey		key;
	size_t		i;

	require_officer("restrict the use of a person's data");
	for (i = 0; i < lengthof(grounds); i++)
		names[i] = grounds[i].ground;
	ground = eth_consent_one_of(eth_consent_required_text(fcinfo, 1, "ground"), "ground", names, lengthof(names));
	start(&record, ETH_ACTION_RESTRICT);
	for (i = 0; i < lengthof(grounds); i++)
		if (strcmp(grounds[i].ground, ground) == 0)
			record.authority = pstrdup(grounds[i].authority);
	record.evidence = eth_consent_evidence_of("ground", ground, NULL, NULL);
	eth_consent_class_arg(fcinfo, 2, &class);
	eth_consent_key_from_text(&key, &class, subject);
	eth_consent_record(&class, &key, &record, 1, "restrict_subject()");
	PG_RETURN_INT64(record.id);
}

/*
 * lift_restriction(restriction, reason) -> void.  Others of the person stand on.
 * Errors: 42501 not an officer; 42704 no such restriction; 22023 no reason, or it
 * was lifted before.
 */
Datum
ethdata_lift_restriction(PG_FUNCTION_ARGS)
{
	HeapTuple	tuple = NULL;
	TupleDesc	desc;
	EthEvent	restriction = {0};
	EthRecord	record;
	EthClass	copy;
	EthKey		key;
	const EthClass *class;
	char	   *reason;
	bool		isnull;

	require_officer("lift a restriction");
	reason = eth_consent_required_text(fcinfo, 1, "reason");
	if (reason[strspn(reason, " \t\r\n")] == '\0')
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("reason must say why the restriction is lifted")));
	if (!PG_ARGISNULL(0))
		tuple = eth_consent_event_by_id(PG_GETARG_INT64(0), &desc);
	if (tuple != NULL)
		eth_consent_event_from_tuple(&restriction, tuple, desc, NULL);
	if (tuple == NULL || restriction.action != ETH_ACTION_RESTRICT)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("there is no restriction with this id"),
				 errhint("ethdata.restrict_subject() returned the id; ethdata.consent_history() lists it.")));
	class = eth_consent_class_by_id(DatumGetInt32(heap_getattr(tuple, Anum_consent_event_class_id,
															   desc, &isnull)));
	if (class == NULL || !OidIsValid(class->relid))
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("the subject class of the restriction is not defined any more"),
				 errhint("Define it again with ethdata.define_subject_class().")));
	eth_consent_class_copy(&copy, class);
	eth_consent_key_from_text(&key, &copy,
							  TextDatumGetCString(heap_getattr(tuple, Anum_consent_event_subject,
															   desc, &isnull)));
	start(&record, ETH_ACTION_LIFT);
	record.evidence = eth_consent_evidence_of("reason", reason, NULL, NULL);
	record.supersedes = restriction.id;
	eth_consent_record(&copy, &key, &record, 1, "lift_restriction()");
	ereport(NOTICE,
			(errmsg("the restriction is lifted"),
			 errhint("The person must have been informed before (GDPR art. 18(3)).")));
	PG_RETURN_VOID();
}
