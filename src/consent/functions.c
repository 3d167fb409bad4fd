/*
 * functions.c
 *		The SQL functions by which answers are collected, and what they share
 *		with history.c.
 *
 * Each checks its arguments and the caller's right to collect as the caller, and
 * hands events to record.c.  The right is the collection grant of the purpose
 * (or one above it); members of ethdata_officer and superusers need none.  A
 * role that may only use a purpose cannot write its consent.
 *
 * The person whom the token for purpose "self" names may answer for himself through
 * the portal, about every purpose, without such a grant, and for nobody else.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "consent/record.h"

#define MAX_SOURCE_BYTES 500

/* ---------------------------------------------------------------- arguments */

char *
eth_consent_text_arg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

char *
eth_consent_required_text(FunctionCallInfo fcinfo, int n, const char *name)
{
	char	   *value = eth_consent_text_arg(fcinfo, n);

	if (value == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("argument \"%s\" must not be null", name)));
	return value;
}

/* The class that is meant, copied.  As the caller: his search_path decides. */
void
eth_consent_class_arg(FunctionCallInfo fcinfo, int n, EthClass *class)
{
	if (PG_ARGISNULL(n))
		eth_consent_class_copy(class, eth_consent_class_unnamed());
	else
		eth_consent_class_copy(class, eth_consent_class_by_relid(PG_GETARG_OID(n), false));
}

bool
eth_consent_is_officer(void)
{
	return eth_core_has_role(GetUserId(), ETH_ROLE_OFFICER);
}

bool
eth_consent_may_collect(int32 purpose_id)
{
	const EthPurpose *purpose;

	if (eth_consent_is_officer())
		return true;
	purpose = eth_purpose_by_id(purpose_id);
	return purpose != NULL && eth_purpose_may_collect(GetUserId(), purpose);
}

/*
 * An event about a purpose that the caller may collect.
 * Errors: 42704 unknown purpose, 42501 no collection grant, 22023 a grant
 * to a retired purpose.
 */
static void
start_record(EthRecord *record, const char *code, EthAction action, EthStatus status)
{
	const EthPurpose *purpose = eth_purpose_by_code(code, false);
	bool		retired = purpose->retired;

	if (purpose->self)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("nothing is answered about purpose \"%s\"", purpose->code),
				 errhint("Name the purpose that the answer is about.")));
	memset(record, 0, sizeof(EthRecord));
	record->purpose = pstrdup(purpose->code);
	record->purpose_id = purpose->id;
	record->action = action;
	record->status = status;
	record->notice_must_cover = true;
	if (action == ETH_ACTION_GIVE && purpose->consent_lifetime != NULL)
	{
		record->lifetime = palloc(sizeof(Interval));
		memcpy(record->lifetime, purpose->consent_lifetime, sizeof(Interval));
	}
	record->for_self = !eth_consent_may_collect(record->purpose_id);
	if (record->for_self && !eth_consent_acts_for_self())
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to record consent for purpose \"%s\"", code),
				 errdetail("Role \"%s\" holds no collection grant on it or a purpose above it.",
						   GetUserNameFromId(GetUserId(), false)),
				 errhint("An administrator grants it with ethdata.grant_collection().")));
	/* no must always be heard: the purpose may be taken back */
	if (retired && action == ETH_ACTION_GIVE)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("purpose \"%s\" is retired", code),
				 errhint("Record the answer under the purpose that took its place.")));
}

/*
 * The class of the answers: where the caller answers for himself, and names none, his
 * own.
 */
static void
class_of_answers(FunctionCallInfo fcinfo, int n, const EthRecord *records, int nrecords, EthClass *class)
{
	int32		class_id;
	EthKey		key;
	int			i;

	for (i = 0; i < nrecords && PG_ARGISNULL(n); i++)
	{
		if (records[i].for_self && eth_consent_self(&class_id, &key))
		{
			eth_consent_class_copy(class, eth_consent_class_by_id(class_id));
			return;
		}
	}
	eth_consent_class_arg(fcinfo, n, class);
}

/* Hands them to record.c, if those that are the person's own are of the person. */
static void
record_answers(const EthClass *class, const EthKey *key, EthRecord *records, int n, const char *command)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (!records[i].for_self)
			continue;
		if (!eth_consent_is_self(class->id, key))
			ereport(ERROR,
					(errcode(ETH_ERR_NOT_GRANTED),
					 errmsg("permission denied to record consent for purpose \"%s\"", records[i].purpose),
					 errdetail("Under purpose \"self\" only the person answers whom the token names, and role \"%s\" holds no collection grant.",
							   GetUserNameFromId(GetUserId(), false))));
		if (strcmp(records[i].actor, "self") != 0)
			ereport(ERROR,
					(errcode(ETH_ERR_NOT_GRANTED),
					 errmsg("actor must be self"),
					 errdetail("Under purpose \"self\" the person answers, and nobody in the person's place.")));
	}
	eth_consent_record(class, key, records, n, command);
}

/* Refusing and withdrawing say no to a question: there must be one. */
static void
require_answerable(const EthRecord *record)
{
	const EthPurpose *purpose = eth_purpose_by_id(record->purpose_id);

	if (purpose == NULL || eth_consent_rests_on_answer(purpose, ETH_REGIME_UNKNOWN))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_BAD_VALUE),
			 errmsg("there is no consent to purpose \"%s\" that could be refused or withdrawn",
					record->purpose),
			 errdetail("It rests on %s, not on the person's answer.",
					   eth_purpose_basis_name(purpose->basis)),
			 errhint("ethdata.object_to() records that the person objects.")));
}

/* Where the event comes from.  Errors: 22023. */
static void
set_source(EthRecord *record, char *source, char *source_event)
{
	if (source_event != NULL && source == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("source_event needs a source"),
				 errhint("Name the system whose event it is: source => 'webshop'.")));
	if ((source != NULL && strlen(source) > MAX_SOURCE_BYTES) ||
		(source_event != NULL && strlen(source_event) > MAX_SOURCE_BYTES))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("source and source_event are at most %d bytes long", MAX_SOURCE_BYTES)));
	record->source = source;
	record->source_event = source_event;
}

static void
set_time(FunctionCallInfo fcinfo, int n, EthRecord *record)
{
	if (PG_ARGISNULL(n))
		return;
	record->claims_time = true;
	record->claimed = PG_GETARG_TIMESTAMPTZ(n);
	if (TIMESTAMP_NOT_FINITE(record->claimed))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("effective_at must be a finite time")));
}

/* Error 42704 before anything about the person is looked at. */
static void
require_notice(const char *notice)
{
	if (notice != NULL && eth_consent_notice_by_code(notice) == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("notice \"%s\" does not exist", eth_core_shown(notice)),
				 errhint("Publish it with ethdata.publish_notice().")));
}

char *
eth_consent_one_of(char *value, const char *name, const char *const *allowed, int nallowed)
{
	StringInfoData list;
	int			i;

	initStringInfo(&list);
	for (i = 0; i < nallowed; i++)
	{
		if (value != NULL && strcmp(value, allowed[i]) == 0)
			return value;
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", allowed[i]);
	}
	ereport(ERROR,
			(errcode(ETH_ERR_BAD_VALUE),
			 value == NULL ? errmsg("argument \"%s\" must not be null", name) :
			 errmsg("invalid %s \"%s\"", name, eth_core_shown(value)),
			 errhint("It is one of %s.", list.data)));
	return NULL;				/* keep compiler quiet */
}

static const char *const selections[] = {
	"unselected", "preselected", "bundled", "not_applicable"
};

static const char *const actors[] = {
	"self", "guardian", "nominee", "agent", "consent_manager", "operator", "system", "signal"
};

char *
eth_consent_selection(char *value)
{
	return eth_consent_one_of(value, "selection", selections, lengthof(selections));
}

/* {"name":"text",...} as jsonb; a NULL value leaves the pair out. */
Jsonb *
eth_consent_evidence_of(const char *name1, const char *value1, const char *name2, const char *value2)
{
	StringInfoData buf;

	if (value1 == NULL && value2 == NULL)
		return NULL;
	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	if (value1 != NULL)
	{
		escape_json(&buf, name1);
		appendStringInfoChar(&buf, ':');
		escape_json(&buf, value1);
	}
	if (value2 != NULL)
	{
		if (value1 != NULL)
			appendStringInfoChar(&buf, ',');
		escape_json(&buf, name2);
		appendStringInfoChar(&buf, ':');
		escape_json(&buf, value2);
	}
	appendStringInfoChar(&buf, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(buf.data)));
}

static int64
supersedes_arg(FunctionCallInfo fcinfo, int n)
{
	int64		id = PG_ARGISNULL(n) ? 0 : PG_GETARG_INT64(n);

	if (!PG_ARGISNULL(n) && id <= 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("supersedes is the id of an event")));
	return id;
}

/* ---------------------------------------------------------------- functions */

PG_FUNCTION_INFO_V1(ethdata_give_consent);
PG_FUNCTION_INFO_V1(ethdata_refuse_consent);
PG_FUNCTION_INFO_V1(ethdata_withdraw_consent);
PG_FUNCTION_INFO_V1(ethdata_record_choices);
PG_FUNCTION_INFO_V1(ethdata_record_signal);
PG_FUNCTION_INFO_V1(ethdata_object_to);

/*
 * give_consent(subject, purpose, notice, source, source_event, effective_at,
 * selection, actor, evidence, class, supersedes) -> bigint: the event's id.
 * Errors: 42704 unknown purpose, notice or class; 42501 no collection grant;
 * 22023 bad argument, retired purpose (grants alone), purpose that does not rest on an answer,
 * time in the future, notice that does not cover the purpose.
 */
Datum
ethdata_give_consent(PG_FUNCTION_ARGS)
{
	char	   *subject = eth_consent_required_text(fcinfo, 0, "subject");
	char	   *purpose = eth_consent_required_text(fcinfo, 1, "purpose");
	EthRecord	record;
	EthClass	class;
	EthKey		key;

	start_record(&record, purpose, ETH_ACTION_GIVE, ETH_STATUS_GIVEN);
	record.notice = eth_consent_text_arg(fcinfo, 2);
	require_notice(record.notice);
	set_source(&record, eth_consent_text_arg(fcinfo, 3), eth_consent_text_arg(fcinfo, 4));
	set_time(fcinfo, 5, &record);
	record.selection = eth_consent_selection(eth_consent_text_arg(fcinfo, 6));
	record.actor = eth_consent_one_of(eth_consent_text_arg(fcinfo, 7), "actor", actors, lengthof(actors));
	record.evidence = PG_ARGISNULL(8) ? NULL : PG_GETARG_JSONB_P(8);
	record.supersedes = supersedes_arg(fcinfo, 10);
	class_of_answers(fcinfo, 9, &record, 1, &class);
	eth_consent_key_from_text(&key, &class, subject);
	record_answers(&class, &key, &record, 1, "give_consent()");
	PG_RETURN_INT64(record.id);
}

/*
 * refuse_consent(subject, purpose, notice, source, source_event, effective_at,
 * class) -> bigint: the event's id.  Errors: as give_consent.
 */
Datum
ethdata_refuse_consent(PG_FUNCTION_ARGS)
{
	char	   *subject = eth_consent_required_text(fcinfo, 0, "subject");
	char	   *purpose = eth_consent_required_text(fcinfo, 1, "purpose");
	EthRecord	record;
	EthClass	class;
	EthKey		key;

	start_record(&record, purpose, ETH_ACTION_REFUSE, ETH_STATUS_REFUSED);
	require_answerable(&record);
	record.notice = eth_consent_text_arg(fcinfo, 2);
	require_notice(record.notice);
	set_source(&record, eth_consent_text_arg(fcinfo, 3), eth_consent_text_arg(fcinfo, 4));
	set_time(fcinfo, 5, &record);
	record.actor = "self";
	class_of_answers(fcinfo, 6, &record, 1, &class);
	eth_consent_key_from_text(&key, &class, subject);
	record_answers(&class, &key, &record, 1, "refuse_consent()");
	PG_RETURN_INT64(record.id);
}

/*
 * The purposes that withdrawing everything may be about: those the caller
 * collects that rest on the person's answer under some regime, retired ones, too
 * (they may be taken back).  Which of them the person's regime asks an answer
 * for, and which are closed with one above them, is known in the person's turn.
 */
static int
all_collected(EthRecord **records)
{
	int			nfacts;
	const EthFoldPurpose *facts = eth_consent_facts(ETH_REGIME_UNKNOWN, &nfacts);
	int32	   *ids = palloc(Max(nfacts, 1) * sizeof(int32));
	int			nids = 0;
	int			n = 0;
	bool		self = eth_consent_acts_for_self();
	int			i;

	for (i = 0; i < nfacts; i++)
	{
		if (facts[i].rests_on_answer)
			ids[nids++] = facts[i].id;
	}
	*records = palloc0(Max(nids, 1) * sizeof(EthRecord));
	for (i = 0; i < nids; i++)
	{
		const EthPurpose *purpose;
		bool		collects = eth_consent_may_collect(ids[i]);

		if (!collects && !self)
			continue;
		purpose = eth_purpose_by_id(ids[i]);
		if (purpose == NULL)
			continue;
		(*records)[n].purpose = pstrdup(purpose->code);
		(*records)[n].purpose_id = ids[i];
		(*records)[n].action = ETH_ACTION_WITHDRAW;
		(*records)[n].status = ETH_STATUS_WITHDRAWN;
		(*records)[n].for_self = !collects;
		(*records)[n].where_it_applies = true;
		n++;
	}
	return n;
}

/*
 * withdraw_consent(subject, purpose, source, source_event, effective_at, class)
 * -> bigint: the event's id; of the first event where purpose is null, which
 * withdraws everything that the caller collects and that rests on an answer
 * under the person's regime (null when nothing does).  Errors: as give_consent.
 */
Datum
ethdata_withdraw_consent(PG_FUNCTION_ARGS)
{
	char	   *subject = eth_consent_required_text(fcinfo, 0, "subject");
	EthRecord  *records;
	int			n;
	int			i;
	EthClass	class;
	EthKey		key;

	if (PG_ARGISNULL(1))
	{
		n = all_collected(&records);
		if (n == 0)
			ereport(ERROR,
					(errcode(ETH_ERR_NOT_GRANTED),
					 errmsg("permission denied to withdraw consent"),
					 errdetail("Role \"%s\" collects no purpose that rests on a person's answer.",
							   GetUserNameFromId(GetUserId(), false)),
					 errhint("An administrator grants it with ethdata.grant_collection().")));
	}
	else
	{
		n = 1;
		records = palloc(sizeof(EthRecord));
		start_record(records, eth_consent_text_arg(fcinfo, 1), ETH_ACTION_WITHDRAW, ETH_STATUS_WITHDRAWN);
		require_answerable(records);
	}
	for (i = 0; i < n; i++)
	{
		set_source(&records[i], eth_consent_text_arg(fcinfo, 2), eth_consent_text_arg(fcinfo, 3));
		set_time(fcinfo, 4, &records[i]);
		records[i].actor = "self";
	}
	class_of_answers(fcinfo, 5, records, n, &class);
	eth_consent_key_from_text(&key, &class, subject);
	record_answers(&class, &key, records, n, "withdraw_consent()");
	for (i = 0; i < n; i++)
	{
		if (records[i].id != 0)
			PG_RETURN_INT64(records[i].id);
	}
	PG_RETURN_NULL();
}

/* One choice of record_choices(). */
static void
choice_record(EthRecord *record, const JsonbValue *code, const JsonbValue *choice)
{
	char	   *purpose = pnstrdup(code->val.string.val, code->val.string.len);
	char	   *word = NULL;

	if (choice->type == jbvString)
		word = pnstrdup(choice->val.string.val, choice->val.string.len);
	if (word != NULL && strcmp(word, "given") == 0)
	{
		start_record(record, purpose, ETH_ACTION_GIVE, ETH_STATUS_GIVEN);
		record->selection = "unselected";
	}
	else if (word != NULL && strcmp(word, "refused") == 0)
		start_record(record, purpose, ETH_ACTION_REFUSE, ETH_STATUS_REFUSED);
	else if (word != NULL && strcmp(word, "withdrawn") == 0)
		start_record(record, purpose, ETH_ACTION_WITHDRAW, ETH_STATUS_WITHDRAWN);
	else
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("invalid choice for purpose \"%s\"", eth_core_shown(purpose)),
				 errhint("A choice is \"given\", \"refused\" or \"withdrawn\".")));
	if (record->action != ETH_ACTION_GIVE)
	{
		require_answerable(record);
		record->notice_must_cover = false;
	}
}

/* All are recorded at one time, or none; the result is the ids in the order of the choices' keys as jsonb has them. */
static Datum
record_choices(FunctionCallInfo fcinfo, char *actor, Jsonb *evidence, const char *command)
{
	char	   *subject = eth_consent_required_text(fcinfo, 0, "subject");
	char	   *notice = eth_consent_text_arg(fcinfo, 2);
	Jsonb	   *choices = PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1);
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	code;
	JsonbValue	choice;
	EthRecord  *records;
	Datum	   *ids;
	int			n = 0;
	int			i;
	EthClass	class;
	EthKey		key;

	if (choices == NULL || !JB_ROOT_IS_OBJECT(choices) || JB_ROOT_COUNT(choices) == 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("choices must be a JSON object with at least one purpose"),
				 errhint("As in {\"marketing.email\": \"given\", \"marketing.sms\": \"refused\"}.")));
	require_notice(notice);
	records = palloc0(JB_ROOT_COUNT(choices) * sizeof(EthRecord));
	it = JsonbIteratorInit(&choices->root);
	while ((token = JsonbIteratorNext(&it, &code, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &choice, true);
		choice_record(&records[n], &code, &choice);
		records[n].notice = notice;
		set_source(&records[n], eth_consent_text_arg(fcinfo, 3), eth_consent_text_arg(fcinfo, 4));
		set_time(fcinfo, 5, &records[n]);
		if (records[n].action == ETH_ACTION_GIVE)
			records[n].supersedes = supersedes_arg(fcinfo, 7);
		records[n].actor = actor;
		records[n].evidence = evidence;
		n++;
	}
	class_of_answers(fcinfo, 6, records, n, &class);
	eth_consent_key_from_text(&key, &class, subject);
	record_answers(&class, &key, records, n, command);

	ids = palloc(n * sizeof(Datum));
	for (i = 0; i < n; i++)
		ids[i] = Int64GetDatum(records[i].id);
	PG_RETURN_ARRAYTYPE_P(construct_array(ids, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}

/*
 * record_choices(subject, choices, notice, source, source_event, effective_at,
 * class, supersedes) -> bigint[]
 * Errors: as give_consent; 22023 also when choices is no object or empty.
 */
Datum
ethdata_record_choices(PG_FUNCTION_ARGS)
{
	return record_choices(fcinfo, "self", NULL, "record_choices()");
}

/*
 * record_signal(subject, choices, notice, source, source_event, effective_at,
 * class, supersedes, actor, evidence) -> bigint[]
 * Errors: as record_choices.
 */
Datum
ethdata_record_signal(PG_FUNCTION_ARGS)
{
	return record_choices(fcinfo,
						  eth_consent_one_of(eth_consent_text_arg(fcinfo, 8), "actor", actors, lengthof(actors)),
						  PG_ARGISNULL(9) ? NULL : PG_GETARG_JSONB_P(9), "record_signal()");
}

/* Is there any purpose at or below this one against which an objection has an effect? */
bool
eth_consent_objection_matters(int32 purpose_id)
{
	int			nfacts;
	const EthFoldPurpose *facts = eth_consent_facts(ETH_REGIME_UNKNOWN, &nfacts);
	int			i;

	for (i = 0; i < nfacts; i++)
	{
		if ((facts[i].objectionable || facts[i].direct_marketing) &&
			eth_consent_is_below(facts[i].id, purpose_id))
			return true;
	}
	return false;
}

bool
eth_consent_objection_pends(int32 purpose_id, bool absolute)
{
	int			nfacts;
	const EthFoldPurpose *facts = eth_consent_facts(ETH_REGIME_UNKNOWN, &nfacts);
	int			i;

	for (i = 0; i < nfacts; i++)
	{
		if (facts[i].objectionable && !facts[i].direct_marketing &&
			!(absolute && facts[i].id == purpose_id) &&
			eth_consent_is_below(facts[i].id, purpose_id))
			return true;
	}
	return false;
}

/*
 * object_to(subject, purpose, reason, source, class) -> bigint: the event's id.
 * Against direct marketing it is absolute, against legitimate interests and
 * public task it denies until decide_objection(), elsewhere it is recorded as
 * inapplicable.  Errors: 42704, 42501, 22023.
 */
Datum
ethdata_object_to(PG_FUNCTION_ARGS)
{
	char	   *subject = eth_consent_required_text(fcinfo, 0, "subject");
	char	   *code = eth_consent_required_text(fcinfo, 1, "purpose");
	const EthPurpose *purpose;
	EthRecord	record;
	EthClass	class;
	EthKey		key;

	start_record(&record, code, ETH_ACTION_OBJECT, ETH_STATUS_OBJECTED);
	purpose = eth_purpose_by_id(record.purpose_id);
	if (purpose != NULL && purpose->direct_marketing)
		record.authority = ETH_AUTHORITY_MARKETING;
	else if (purpose != NULL && eth_consent_objectionable(purpose, ETH_REGIME_UNKNOWN))
		record.authority = ETH_AUTHORITY_INTERESTS;
	else
		record.authority = ETH_AUTHORITY_NONE;
	record.evidence = eth_consent_evidence_of("reason", eth_consent_text_arg(fcinfo, 2), NULL, NULL);
	set_source(&record, eth_consent_text_arg(fcinfo, 3), NULL);
	record.actor = "self";
	class_of_answers(fcinfo, 4, &record, 1, &class);
	eth_consent_key_from_text(&key, &class, subject);
	record_answers(&class, &key, &record, 1, "object_to()");
	if (!eth_consent_objection_matters(record.purpose_id))
		ereport(NOTICE,
				(errmsg("the objection to purpose \"%s\" is recorded as inapplicable", code),
				 errdetail("There is a right to object to direct marketing and to processing that rests on legitimate interests or a public task."),
				 errhint("Consent is ended with ethdata.withdraw_consent().")));
	PG_RETURN_INT64(record.id);
}
