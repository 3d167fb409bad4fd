/*
 * person.c
 *		The one decision: may a purpose use the data of a person?
 *
 * Pure but for the policy caches.  Every enforcer ends in eth_decide_person();
 * this is its order of precedence, the first that applies decides:
 *
 *	1	the purpose is retired											no
 *	2	the person's data is restricted (art. 18), unless the purpose
 *		has a restriction ground										no
 *	3	the person is suppressed and the purpose is direct marketing	no
 *	4	the regime of the person knows no basis for the purpose			no
 *	5	what the person said about exactly this purpose: an objection
 *		or a denial														no
 *		an agreement that has not expired ends the search here, and
 *		denials above it count no more: the consent room resolved them
 *		in the order of time when it wrote the entry
 *	6	without an answer of its own: a denial of an ancestor, any path
 *		of the DAG, that applies to the purpose's basis					no
 *	7	the basis:
 *		consent, soft opt-in			yes if agreed (5)
 *		explicit consent				yes if agreed explicitly
 *		opt-out							yes if agreed; else yes where the
 *										regime is opt-out and notice was given
 *		legitimate interests			yes if notice was given
 *		contract, legal obligation, vital interests, public task	yes
 *
 * Which denials apply.  To the purpose that was named: refusal and withdrawal
 * deny whatever the basis is now, so that there is no silent fall-back to
 * another basis; only a legal obligation and vital interests are untouched.  To
 * those below it: refusal and withdrawal apply to bases that rest on the
 * person's answer.  Objections apply to legitimate interests and public task,
 * and to all direct marketing whatever its basis.
 *
 * An unknown regime is the strictest: eth_purpose_basis() takes the strictest
 * declared basis, and opt-out is as consent.
 *
 * The purpose "self" asks for no permission: whose data it is decides, and that a
 * value does not tell; see eth_decide_subject().
 *
 * The birth date decides nothing.  (Readers of remembered rows count on that: see
 * row_alone of EthReader.)
 *
 * The clock is the caller's, the same for all rows of a statement.  Questions about
 * what was known at a time count the notices that were published by then.
 */
#include "postgres.h"

#include "decide/decide.h"

/* What the entry of exactly this purpose comes to. */
typedef enum Answer
{
	ANSWER_NONE,
	ANSWER_AGREED,
	ANSWER_EXPIRED,
	ANSWER_INVALIDATED
} Answer;

/*
 * Was notice of the purpose published?  Asked for row after row with one clock,
 * so the last answer is remembered.
 */
static bool
notice_published(const EthPurpose *purpose, TimestampTz clock, TimestampTz known_at)
{
	static uint64 version = 0;
	static int32 last_id = 0;
	static TimestampTz last_clock = 0;
	static TimestampTz last_known_at = 0;
	static bool last_answer = false;

	if (last_id != purpose->id || last_clock != clock || last_known_at != known_at ||
		version != eth_purpose_catalogue_version)
	{
		int32		id = purpose->id;

		last_id = 0;
		last_answer = eth_consent_notice_published(purpose, clock, known_at);
		version = eth_purpose_catalogue_version;
		last_clock = clock;
		last_known_at = known_at;
		last_id = id;
	}
	return last_answer;
}

static EthReason
denial_reason(const EthEntry *entry)
{
	switch (ETH_ENTRY_STATUS(entry))
	{
		case ETH_STATUS_OBJECTED:
			return (ETH_ENTRY_FLAGS(entry) & ETH_ENTRY_PENDING) ?
				ETH_DENIED_PENDING : ETH_DENIED_OBJECTED;
		case ETH_STATUS_REFUSED:
			return ETH_DENIED_REFUSED;
		default:
			return ETH_DENIED_WITHDRAWN;
	}
}

/* Does an entry of the purpose itself deny? */
static bool
own_entry_denies(const EthPurpose *purpose, EthBasis basis, const EthEntry *entry)
{
	switch (ETH_ENTRY_STATUS(entry))
	{
		case ETH_STATUS_REFUSED:
		case ETH_STATUS_WITHDRAWN:
		case ETH_STATUS_REVOKED:
			return basis != ETH_BASIS_LEGAL_OBLIGATION &&
				basis != ETH_BASIS_VITAL_INTERESTS;
		case ETH_STATUS_OBJECTED:
			return purpose->direct_marketing ||
				(ETH_ENTRY_FLAGS(entry) & ETH_ENTRY_ABSOLUTE) != 0 ||
				basis == ETH_BASIS_LEGITIMATE_INTERESTS ||
				basis == ETH_BASIS_PUBLIC_TASK ||
				eth_purpose_basis_rests_on_answer(basis);
		default:
			return false;
	}
}

/* Does an entry of an ancestor deny? */
static bool
ancestor_denies(const EthPurpose *purpose, EthBasis basis, const EthEntry *entry)
{
	switch (ETH_ENTRY_STATUS(entry))
	{
		case ETH_STATUS_REFUSED:
		case ETH_STATUS_WITHDRAWN:
		case ETH_STATUS_REVOKED:
			return eth_purpose_basis_rests_on_answer(basis);
		case ETH_STATUS_OBJECTED:
			return purpose->direct_marketing ||
				basis == ETH_BASIS_LEGITIMATE_INTERESTS ||
				basis == ETH_BASIS_PUBLIC_TASK;
		default:
			return false;
	}
}

/*
 * The denial of an ancestor that holds for the purpose, or NULL.  An objection is
 * preferred as the reason.  With "answers_only", objections are left out: an
 * entry of the purpose's own says that they were lifted for it.
 */
static const EthEntry *
inherited_denial(const EthPurpose *purpose, EthBasis basis, const EthConsent *value,
				 bool answers_only)
{
	const EthEntry *found = NULL;
	int			i;

	if (value->count == 0 ||
		(!eth_purpose_basis_rests_on_answer(basis) &&
		 !purpose->direct_marketing &&
		 basis != ETH_BASIS_LEGITIMATE_INTERESTS &&
		 basis != ETH_BASIS_PUBLIC_TASK))
		return NULL;
	for (i = 0; i < purpose->nabove; i++)
	{
		const EthEntry *entry = eth_consent_entry(value, purpose->above[i]);

		if (entry == NULL || !ancestor_denies(purpose, basis, entry))
			continue;
		if (ETH_ENTRY_STATUS(entry) == ETH_STATUS_OBJECTED)
		{
			if (!answers_only)
				return entry;
		}
		else
			found = entry;
	}
	return found;
}

static EthReason
decide_by_basis(const EthPurpose *purpose, EthBasis basis, uint8 regime,
				Answer answer, uint8 flags, TimestampTz clock, TimestampTz known_at)
{
	bool		informed = (flags & ETH_ENTRY_INFORMED) != 0;

	switch (basis)
	{
		case ETH_BASIS_CONTRACT:
		case ETH_BASIS_LEGAL_OBLIGATION:
		case ETH_BASIS_VITAL_INTERESTS:
		case ETH_BASIS_PUBLIC_TASK:
			return ETH_PERMITTED_BASIS;

		case ETH_BASIS_LEGITIMATE_INTERESTS:
			return informed || notice_published(purpose, clock, known_at) ?
				ETH_PERMITTED_BASIS : ETH_DENIED_NOT_INFORMED;

		case ETH_BASIS_OPT_OUT:
			if (answer == ANSWER_AGREED)
				return ETH_PERMITTED_GIVEN;
			if (!eth_consent_regime_opt_out(regime))
				break;
			return informed || notice_published(purpose, clock, known_at) ?
				ETH_PERMITTED_OPT_OUT : ETH_DENIED_NOT_INFORMED;

		case ETH_BASIS_EXPLICIT_CONSENT:
			if (answer == ANSWER_AGREED)
				return (flags & ETH_ENTRY_EXPLICIT) ?
					ETH_PERMITTED_GIVEN : ETH_DENIED_NOT_EXPLICIT;
			break;

		case ETH_BASIS_CONSENT:
		case ETH_BASIS_SOFT_OPT_IN:
			if (answer == ANSWER_AGREED)
				return ETH_PERMITTED_GIVEN;
			break;

		case ETH_BASIS_UNLAWFUL:
			return ETH_DENIED_UNLAWFUL;
	}
	return answer == ANSWER_EXPIRED ? ETH_DENIED_EXPIRED :
		answer == ANSWER_INVALIDATED ? ETH_DENIED_INVALIDATED :
		ETH_DENIED_NEVER_GIVEN;
}

EthReason
eth_decide_person(const EthPurpose *purpose, const EthConsent *value, TimestampTz clock)
{
	return eth_decide_person_as_known(purpose, value, clock, DT_NOEND);
}

EthReason
eth_decide_person_as_known(const EthPurpose *purpose, const EthConsent *value,
						   TimestampTz clock, TimestampTz known_at)
{
	uint8		regime = value ? value->regime : ETH_REGIME_UNKNOWN;
	EthBasis	basis = eth_purpose_basis(purpose, regime);
	Answer		answer = ANSWER_NONE;
	uint8		flags = 0;
	const EthEntry *own;
	const EthEntry *denial;

	if (purpose->self)
		return ETH_DENIED_NOT_SELF;
	if (purpose->retired)
		return ETH_DENIED_RETIRED;
	if (value != NULL)
	{
		if ((value->flags & ETH_HEAD_RESTRICTED) && purpose->restriction_ground == NULL)
			return ETH_DENIED_RESTRICTED;
		if ((value->flags & ETH_HEAD_BLOCKED) && purpose->direct_marketing)
			return ETH_DENIED_BLOCKED;
	}
	if (basis == ETH_BASIS_UNLAWFUL)
		return ETH_DENIED_UNLAWFUL;
	if (value == NULL)
		return decide_by_basis(purpose, basis, regime, answer, flags, clock, known_at);

	own = eth_consent_entry(value, purpose->id);
	if (own != NULL)
	{
		if (own_entry_denies(purpose, basis, own))
			return denial_reason(own);
		flags = ETH_ENTRY_FLAGS(own);
		switch (ETH_ENTRY_STATUS(own))
		{
			case ETH_STATUS_GIVEN:
			case ETH_STATUS_RENEWED:
				answer = eth_consent_entry_expired(own, clock) ?
					ANSWER_EXPIRED : ANSWER_AGREED;
				break;
			case ETH_STATUS_EXPIRED:
				answer = ANSWER_EXPIRED;
				break;
			case ETH_STATUS_INVALIDATED:
				answer = ANSWER_INVALIDATED;
				break;
			default:
				break;
		}
	}
	if (answer == ANSWER_NONE ||
		(answer != ANSWER_AGREED && basis == ETH_BASIS_OPT_OUT))
	{
		denial = inherited_denial(purpose, basis, value, own != NULL);
		if (denial != NULL)
			return denial_reason(denial);
	}
	return decide_by_basis(purpose, basis, regime, answer, flags, clock, known_at);
}

const char *
eth_decide_reason_text(EthReason reason)
{
	switch (reason)
	{
		case ETH_PERMITTED_GIVEN:
			return "the person agreed";
		case ETH_PERMITTED_BASIS:
			return "the purpose rests on a legal basis that needs no answer, and the person did not object";
		case ETH_PERMITTED_OPT_OUT:
			return "the person's regime is opt-out, notice was given, and the person did not object";
		case ETH_PERMITTED_SELF:
			return "it is the data of the person whom the token names";
		case ETH_PERMITTED_NO_PERSON:
			return "the data is about no person, and the purpose may use it";
		case ETH_DENIED_NO_PURPOSE:
			return "no purpose is in force";
		case ETH_DENIED_NOT_LISTED:
			return "the column is not revealed for the purpose";
		case ETH_DENIED_UNKNOWN_SUBJECT:
			return "the row names no person";
		case ETH_DENIED_RESTRICTED:
			return "the use of the person's data is restricted";
		case ETH_DENIED_BLOCKED:
			return "the person is suppressed for direct marketing";
		case ETH_DENIED_OBJECTED:
			return "the person objected";
		case ETH_DENIED_PENDING:
			return "the person objected, and the objection is not decided yet";
		case ETH_DENIED_WITHDRAWN:
			return "the person withdrew consent";
		case ETH_DENIED_REFUSED:
			return "the person refused";
		case ETH_DENIED_EXPIRED:
			return "the person's consent has expired";
		case ETH_DENIED_INVALIDATED:
			return "the person's consent is no longer valid";
		case ETH_DENIED_NEVER_GIVEN:
			return "the person never agreed";
		case ETH_DENIED_NOT_EXPLICIT:
			return "the person agreed, but not explicitly";
		case ETH_DENIED_NOT_INFORMED:
			return "no notice of the purpose was given";
		case ETH_DENIED_UNLAWFUL:
			return "the person's regime knows no legal basis for the purpose";
		case ETH_DENIED_SPECIAL:
			return "the column is of a special category, and the purpose has no special ground";
		case ETH_DENIED_RETIRED:
			return "the purpose is retired";
		case ETH_DENIED_NOT_SELF:
			return "it is not the data of the person whom a token of the session names";
	}
	return "unknown";
}
