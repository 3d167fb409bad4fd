/*
 * fold.c
 *		The rules of consent: events of one person, in; what holds, out.
 *
 * Owns: the order of events and what each does to a purpose (design section 5,
 * rules 1 to 7).  Pure: see fold.h.
 *
 * Order.  By effective time, never by arrival: an old grant that arrives late
 * takes its old place.  At equal times denials come after grants, so that deny
 * wins, and among grants the more restrictive comes last; ids decide only
 * between events that say the same.
 *
 * For a purpose P two things are carried along:
 *
 *	answer		the last thing said: requested, given, renewed, refused,
 *				withdrawn, invalidated.  Refusals and withdrawals of P and of
 *				its ancestors set it (of ancestors only if P rests on an answer);
 *				grants and requests only P's own: they never flow.
 *	objections	those that stand against P: of P and of its ancestors.  Against
 *				direct marketing an objection is absolute; against legitimate
 *				interests and public task it denies until it is decided, and an
 *				overriding decision lifts it; elsewhere there is no such right
 *				and it has no effect.
 *
 * An absolute objection also ends what was agreed before.  It is lifted by a
 * grant that names it, for exactly the purpose that was agreed to: what else it
 * closed, above or below, stays closed (grants never flow).  A grant that does
 * not name it while it stands has no effect, also later.
 *
 * A grant of P counts also where P rests on no answer (any more): it was given
 * when P did, and says that no earlier denial of P stands.
 *
 * A preselected or bundled choice has no effect but that the person was
 * informed.  A notice that asks again (RECONSENT) invalidates what was agreed
 * before under another notice; when its time is still to come, the grant
 * expires then.
 */
#include "postgres.h"

#include "consent/fold.h"

/* Denials after grants at one time, the more restrictive after the less. */
static int
weight(const EthEvent *event)
{
	switch ((EthAction) event->action)
	{
		case ETH_ACTION_REQUEST:
			return 0;
		case ETH_ACTION_GIVE:
		case ETH_ACTION_RENEW:
			return 1;
		case ETH_ACTION_RECONSENT:
			return 2;
		case ETH_ACTION_INVALIDATE:
			return 3;
		case ETH_ACTION_REFUSE:
			return 4;
		case ETH_ACTION_WITHDRAW:
			return 5;
		case ETH_ACTION_OBJECT:
			return 6;
		case ETH_ACTION_DECIDE:
			return event->status == ETH_STATUS_INVALIDATED ? 7 : 8;
		case ETH_ACTION_RESTRICT:
		case ETH_ACTION_LIFT:
			break;				/* about no purpose */
	}
	return 9;
}

static int
compare_events(const void *a, const void *b)
{
	const EthEvent *x = (const EthEvent *) a;
	const EthEvent *y = (const EthEvent *) b;
	int			wx;
	int			wy;

	if (x->effective_at != y->effective_at)
		return x->effective_at < y->effective_at ? -1 : 1;
	wx = weight(x);
	wy = weight(y);
	if (wx != wy)
		return wx < wy ? -1 : 1;

	/*
	 * the grant that expires first comes last, and the one that is not
	 * explicit
	 */
	if (x->expires_at != y->expires_at)
		return x->expires_at > y->expires_at ? -1 : 1;
	if ((x->flags & ETH_EVENT_EXPLICIT) != (y->flags & ETH_EVENT_EXPLICIT))
		return (x->flags & ETH_EVENT_EXPLICIT) ? -1 : 1;

	/*
	 * the grant without a notice comes last; between two notices any fixed
	 * order will do
	 */
	if (x->notice != y->notice)
	{
		if (x->notice == 0 || y->notice == 0)
			return y->notice == 0 ? -1 : 1;
		return x->notice < y->notice ? -1 : 1;
	}
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return 0;
}

void
eth_consent_fold_sort(EthEvent *events, int nevents)
{
	qsort(events, nevents, sizeof(EthEvent), compare_events);
}

bool
eth_consent_fold_hours(TimestampTz expires_at, uint32 *hours)
{
	int64		h;

	*hours = 0;
	if (expires_at == DT_NOEND)
		return true;
	if (expires_at < USECS_PER_HOUR)
		return false;
	h = expires_at / USECS_PER_HOUR;
	*hours = (uint32) Min(h, ETH_EXPIRY_MAX);
	return true;
}

static bool
is_ancestor(const EthFoldPurpose *purpose, int32 id)
{
	int			low = 0;
	int			high = purpose->nancestors;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (purpose->ancestors[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < purpose->nancestors && purpose->ancestors[low] == id;
}

bool
eth_consent_fold_flows(const EthFoldPurpose *purpose, const EthFolded *ancestor)
{
	switch ((EthStatus) ancestor->status)
	{
		case ETH_STATUS_REFUSED:
		case ETH_STATUS_WITHDRAWN:
		case ETH_STATUS_REVOKED:
			return purpose->rests_on_answer;
		case ETH_STATUS_OBJECTED:
			return purpose->objectionable || purpose->direct_marketing;
		default:
			return false;
	}
}

/* Is an absolute objection in force? */
static bool
absolute_stands(const EthFoldObjection *objections, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (objections[i].absolute && !objections[i].lifted)
			return true;
	}
	return false;
}

bool
eth_consent_fold(const EthFoldPurpose *purpose, const EthEvent *events, int nevents,
				 TimestampTz valid_at, TimestampTz known_at,
				 EthFoldObjection *scratch, EthFolded *result)
{
	EthStatus	status = ETH_STATUS_UNKNOWN;
	int64		decided_by = 0;
	int32		notice = 0;
	bool		is_explicit = false;
	bool		informed = false;
	bool		own_event = false;
	TimestampTz expires_at = DT_NOEND;
	int			nobjections = 0;
	int			i;
	int			j;

	for (i = 0; i < nevents; i++)
	{
		const EthEvent *event = &events[i];
		bool		own = event->purpose == purpose->id;

		if (event->recorded_at > known_at)
			continue;
		if (!own && !is_ancestor(purpose, event->purpose))
			continue;

		if (event->action == ETH_ACTION_RECONSENT)
		{
			if (!own || !ETH_STATUS_IS_GRANT(status) || notice == event->notice)
				continue;
			if (event->effective_at <= valid_at)
				status = ETH_STATUS_INVALIDATED;
			else
				expires_at = Min(expires_at, event->effective_at);
			continue;
		}

		if (event->effective_at > valid_at)
			continue;
		if (own)
		{
			own_event = true;
			if (event->flags & ETH_EVENT_INFORMED)
				informed = true;
		}

		switch ((EthAction) event->action)
		{
			case ETH_ACTION_REQUEST:
				if (own && status == ETH_STATUS_UNKNOWN)
				{
					status = ETH_STATUS_REQUESTED;
					decided_by = event->id;
				}
				break;

			case ETH_ACTION_GIVE:
			case ETH_ACTION_RENEW:
				if (!(event->flags & ETH_EVENT_COUNTS))
					break;
				for (j = 0; j < nobjections; j++)
				{
					if (own && scratch[j].absolute && scratch[j].id == event->supersedes)
						scratch[j].lifted = true;
				}
				if (!own || absolute_stands(scratch, nobjections))
					break;
				status = event->action == ETH_ACTION_RENEW ?
					ETH_STATUS_RENEWED : ETH_STATUS_GIVEN;
				is_explicit = (event->flags & ETH_EVENT_EXPLICIT) != 0;
				expires_at = event->expires_at;
				notice = event->notice;
				decided_by = event->id;
				break;

			case ETH_ACTION_REFUSE:
			case ETH_ACTION_WITHDRAW:
				if (own || purpose->rests_on_answer)
				{
					status = event->action == ETH_ACTION_REFUSE ?
						ETH_STATUS_REFUSED : ETH_STATUS_WITHDRAWN;
					decided_by = event->id;
				}
				break;

			case ETH_ACTION_OBJECT:
				{
					bool		absolute = (purpose->direct_marketing ||
											(own && (event->flags & ETH_EVENT_ABSOLUTE) != 0));

					if (!absolute && !purpose->objectionable)
						break;
					scratch[nobjections].id = event->id;
					scratch[nobjections].absolute = absolute;
					scratch[nobjections].decided = false;
					scratch[nobjections].lifted = false;
					nobjections++;
					if (absolute && purpose->rests_on_answer)
					{
						status = ETH_STATUS_OBJECTED;
						decided_by = event->id;
					}
					break;
				}

			case ETH_ACTION_DECIDE:
				for (j = 0; j < nobjections; j++)
				{
					if (scratch[j].absolute || scratch[j].id != event->supersedes)
						continue;
					scratch[j].decided = true;
					scratch[j].lifted = event->status == ETH_STATUS_INVALIDATED;
				}
				break;

			case ETH_ACTION_RESTRICT:
			case ETH_ACTION_LIFT:
				break;

			case ETH_ACTION_INVALIDATE:
				if (own && ETH_STATUS_IS_GRANT(status) &&
					(event->supersedes == 0 || event->supersedes == decided_by))
				{
					status = ETH_STATUS_INVALIDATED;
					decided_by = event->id;
				}
				break;

			case ETH_ACTION_RECONSENT:
				break;
		}
	}

	result->id = purpose->id;
	result->status = status;
	result->flags = 0;
	result->expiry = 0;
	result->event = decided_by;
	if (ETH_STATUS_IS_GRANT(status))
	{
		if (!eth_consent_fold_hours(expires_at, &result->expiry))
			result->status = ETH_STATUS_EXPIRED;
		else if (is_explicit)
			result->flags |= ETH_ENTRY_EXPLICIT;
	}

	/* objections are stronger than any answer; the strongest last */
	for (j = 0; j < nobjections; j++)
	{
		uint8		flags;

		if (scratch[j].lifted)
			continue;
		flags = scratch[j].absolute ? ETH_ENTRY_ABSOLUTE :
			scratch[j].decided ? 0 : ETH_ENTRY_PENDING;
		if (result->status == ETH_STATUS_OBJECTED &&
			((result->flags & ETH_ENTRY_ABSOLUTE) ||
			 ((result->flags & ETH_ENTRY_PENDING) && flags == 0)))
			continue;
		result->status = ETH_STATUS_OBJECTED;
		result->flags = flags;
		result->expiry = 0;
		result->event = scratch[j].id;
	}
	if (informed)
		result->flags |= ETH_ENTRY_INFORMED;
	return own_event;
}
