/*
 * explain.c
 *		explain_access(): why a role sees, under a purpose, what it sees of a
 *		person in a protected table.
 *
 * One line for each column, and where rows may be hidden one line before them
 * with column_name NULL.  The answer comes from the same functions as the
 * rewriting: who is exempt and who is a reader (rules.c), what is listed
 * (purpose room), what the person said (eth_decide_subject(), and
 * eth_decide_person() for other times).  No value of the table is read; the
 * person need have no row there.
 *
 * A table that is only observed, or off, and a suspension or broken glass show what
 * would be masked or hidden; the reason says so.
 *
 * With valid_at and known_at it is asked what would have held then by the
 * events; rules, grants and purposes are those of now.
 *
 * A table with several persons: the answer is about the named one, in each part
 * that a person of his class plays; parts of other classes are not asked about.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "consent/consent.h"
#include "decide/decide.h"
#include "protect/define.h"
#include "purpose/purpose.h"

#define EXEMPT "the role is exempt"

static const char *const NO_PRIVILEGE = "the role has no SELECT privilege on the column";

/* What is asked. */
typedef struct Question
{
	Oid			relid;
	Oid			role;
	bool		in_force;		/* a purpose is */
	int32		purpose;		/* its id */
	const char *why;			/* why none is */
	bool		about_person;
	EthClass	class;			/* of the person */
	EthKey		key;
	bool		then;			/* at another time than now */
	TimestampTz valid_at;
	TimestampTz known_at;
} Question;

/* What is answered. */
typedef struct Answer
{
	const char *outcome;
	const char *reason;
	int			rule;			/* 0: none decided */
	int64		event;			/* 0: none decided */
} Answer;

/* ---- the parts of the decision ---- */

static const EthPurpose *
purpose_of(const Question *question)
{
	return question->in_force ? eth_purpose_by_id(question->purpose) : NULL;
}

/* The decision about the person; sets the event that decided. */
static EthReason
decide_person(const Question *question, int64 *event)
{
	const EthPurpose *purpose = purpose_of(question);
	EthReason	reason;

	if (purpose == NULL)
		return ETH_DENIED_NO_PURPOSE;
	if (question->then)
	{
		EthConsent *value = eth_consent_as_of(question->class.id, &question->key,
											  question->valid_at, question->known_at);

		purpose = purpose_of(question);
		if (purpose == NULL)
			return ETH_DENIED_NO_PURPOSE;
		reason = eth_decide_person_as_known(purpose, value, question->valid_at,
											question->known_at);
	}
	else
	{
		EthReader	reader;

		eth_consent_reader_begin(&reader, &question->class);
		reason = eth_decide_subject(&reader, purpose, &question->key, eth_core_clock());
	}
	purpose = purpose_of(question);
	if (purpose != NULL)
		*event = eth_consent_deciding_event(question->class.id, &question->key, purpose,
											question->valid_at, question->known_at);
	return reason;
}

/* The decision for one class of persons that a rule names; InvalidOid: about no person. */
static bool
decide_class(const Question *question, Oid class_relid, const char **reason, int64 *event)
{
	EthReason	decided;

	if (!question->in_force)
	{
		*reason = question->why;
		return false;
	}
	if (!OidIsValid(class_relid))
		decided = purpose_of(question) == NULL || purpose_of(question)->retired ?
			ETH_DENIED_RETIRED : ETH_PERMITTED_NO_PERSON;
	else if (!question->about_person || class_relid != question->class.relid)
	{
		*reason = "a person of another class decides, who was not asked about";
		*event = 0;
		return false;
	}
	else
		decided = decide_person(question, event);
	*reason = eth_decide_reason_text(decided);
	return ETH_IS_PERMITTED(decided);
}

bool
eth_protect_is_listed(const EthCellRule *cell, const EthPurpose *purpose)
{
	int			i;

	if (purpose->self)
		return true;
	for (i = 0; i < cell->nreveal; i++)
	{
		const EthPurpose *listed = eth_purpose_by_code(cell->reveal_for[i], true);

		if (listed != NULL && eth_purpose_below(purpose, listed))
			return true;
	}
	return false;
}

/* Does what the rule says of the purpose alone let the cell be shown? */
static bool
purpose_fits(const Question *question, const EthCellRule *cell, const char **reason)
{
	const EthPurpose *purpose = purpose_of(question);
	EthReason	decided;

	if (purpose == NULL)
	{
		*reason = question->why ? question->why : eth_decide_reason_text(ETH_DENIED_NO_PURPOSE);
		return false;
	}
	if (!eth_protect_is_listed(cell, purpose))
		decided = ETH_DENIED_NOT_LISTED;
	else if (cell->special && purpose->special_ground == NULL)
		decided = ETH_DENIED_SPECIAL;
	else if (purpose->retired)
		decided = ETH_DENIED_RETIRED;
	else
		return true;
	*reason = eth_decide_reason_text(decided);
	return false;
}

/* Each person whose cell it is must permit, as eth_protect_may_see() finds them. */
static void
answer_cell(const Question *question, const EthTableRules *rules, const EthCellRule *cell,
			Answer *answer)
{
	bool		known = false;
	int			i;

	answer->rule = eth_protect_rule_number(cell->policy);
	answer->outcome = "masked";
	if (!purpose_fits(question, cell, &answer->reason))
		return;
	for (i = 0; i < rules->npersons; i++)
	{
		if (!eth_protect_is_of_cell(&rules->persons[i], cell))
			continue;
		if (!decide_class(question, rules->persons[i].class_relid, &answer->reason, &answer->event))
			return;
		known = true;
	}
	if (!known && cell->nsubject > 0)
	{
		const EthClass *class = eth_consent_class_of_columns_quietly(rules->relid, cell->nsubject,
																	 cell->subject);

		if (class != NULL)
		{
			if (!decide_class(question, class->relid, &answer->reason, &answer->event))
				return;
			known = true;
		}
	}
	if (known)
		answer->outcome = "shown";
	else
		answer->reason = "it is not known whose cell it is";
}

/* Is the role a portal, which sees of the table's rows only those of the person? */
static bool
is_portal(const Question *question, const EthTableRules *rules)
{
	int			i;

	for (i = 0; i < rules->npersons; i++)
		if (OidIsValid(rules->persons[i].class_relid))
			return eth_purpose_is_portal(question->role);
	return false;
}

/* The row for a portal, as row_of_portal() decides it; true: as for other roles. */
static bool
answer_row_of_portal(const Question *question, const EthTableRules *rules, Answer *answer)
{
	const EthPurpose *purpose = purpose_of(question);
	int			i;

	answer->outcome = "hidden";
	if (purpose == NULL)
	{
		answer->reason = question->why ? question->why : eth_decide_reason_text(ETH_DENIED_NO_PURPOSE);
		return false;
	}
	if (!purpose->self)
	{
		answer->outcome = "shown";
		answer->reason = "a purpose other than self is in force";
		return rules->rows;
	}
	for (i = 0; i < rules->npersons; i++)
	{
		answer->rule = eth_protect_rule_number(rules->persons[i].policy);
		if (OidIsValid(rules->persons[i].class_relid) &&
			decide_class(question, rules->persons[i].class_relid, &answer->reason, &answer->event))
		{
			answer->outcome = "shown";
			break;
		}
	}
	return false;
}

/* The row itself, where rows may be hidden. */
static void
answer_row(const Question *question, const EthTableRules *rules, Answer *answer)
{
	int			i;

	if (is_portal(question, rules) && !answer_row_of_portal(question, rules, answer))
		return;

	answer->outcome = "hidden";
	for (i = 0; i < rules->npersons; i++)
	{
		answer->rule = eth_protect_rule_number(rules->persons[i].policy);
		if (!decide_class(question, rules->persons[i].class_relid, &answer->reason, &answer->event))
			return;
	}
	answer->outcome = "shown";
}

/*
 * May the role read the column at all, raw or through its mask?  The same as the
 * rewriting's strip_masked_columns() and core's check after it.
 */
bool
eth_protect_may_read_column(const EthTableRules *rules, AttrNumber attnum, Oid role)
{
	bool		enforced = rules->enforcement == ETH_ENFORCE_ENFORCE;
	bool		table_reader = enforced && eth_protect_is_reader(rules->readers, role);

	if (table_reader && (rules->rows || bms_is_member(attnum, rules->unknown) ||
						 bms_is_member(attnum, rules->derived) || rules->cell_of[attnum] >= 0))
		return true;
	if (enforced && rules->cell_of[attnum] >= 0 &&
		eth_protect_is_reader(rules->cells[rules->cell_of[attnum]].readers, role))
		return true;
	return pg_class_aclcheck(rules->relid, role, ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck(rules->relid, attnum, role, ACL_SELECT) == ACLCHECK_OK;
}

static void
answer_column(const Question *question, const EthTableRules *rules, AttrNumber attnum,
			  const Answer *row, Answer *answer)
{
	if (eth_protect_is_exempt(rules, question->role))
	{
		answer->outcome = "shown";
		answer->reason = EXEMPT;
	}
	else if (!eth_protect_may_read_column(rules, attnum, question->role))
	{
		answer->outcome = "hidden";
		answer->reason = NO_PRIVILEGE;
	}
	else if (row != NULL && strcmp(row->outcome, "hidden") == 0)
	{
		answer->outcome = "hidden";
		answer->reason = "the row is hidden";
		answer->rule = row->rule;
	}
	else if (rules->cell_of[attnum] >= 0)
		answer_cell(question, rules, &rules->cells[rules->cell_of[attnum]], answer);
	else if (bms_is_member(attnum, rules->unknown))
	{
		answer->outcome = "masked";
		answer->reason = "the column was added later and is not classified";
	}
	else if (bms_is_member(attnum, rules->derived))
	{
		answer->outcome = "masked";
		answer->reason = "the column is generated from a masked one";
	}
	else
	{
		answer->outcome = "shown";
		answer->reason = "no rule masks the column";
	}
}

/* ---- what stands between the decision and the reader ---- */

/*
 * Enforcement and exceptions: an answer that the rules give becomes what the
 * reader gets.  Not for a column that he may not read at all.
 */
static void
soften(const Question *question, const EthTableRules *rules, Answer *answer)
{
	EthExceptionKind kind;
	TimestampTz until;

	if (answer->outcome == NULL || strcmp(answer->outcome, "shown") == 0 ||
		answer->reason == NO_PRIVILEGE)
		return;
	if (rules->enforcement == ETH_ENFORCE_OFF)
		answer->reason = "the enforcement of the table is off";
	else
	{
		kind = eth_decide_excepted(rules->source, question->role == GetUserId() ? InvalidOid : question->role,
								   &until);
		if (kind == ETH_EXCEPTION_SUSPENDED)
			answer->reason = psprintf("the protection of the table is suspended until %s",
									  timestamptz_to_str(until));
		else if (kind == ETH_EXCEPTION_BREAK_GLASS)
			answer->reason = psprintf("the role has broken the glass until %s", timestamptz_to_str(until));
		else if (rules->enforcement == ETH_ENFORCE_OBSERVE)
			answer->reason = psprintf("the table is only observed; enforced it would be %s: %s",
									  answer->outcome, answer->reason);
		else
			return;
	}
	answer->outcome = "shown";
}

/* ---- the function ---- */

static bool
holds_any_purpose(Oid role)
{
	int			i;

	for (i = 0; i < eth_purpose_count(); i++)
		if (eth_purpose_held(role, eth_purpose_by_index(i)))
			return true;
	return false;
}

static void
check_rights(const Question *question, const char *code)
{
	Oid			caller = GetUserId();

	if (eth_core_has_role(caller, ETH_ROLE_OFFICER))
		return;
	if (question->role == caller &&
		(code != NULL ? eth_purpose_held(caller, eth_purpose_by_code(code, false)) :
		 holds_any_purpose(caller)))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("permission denied to explain access to %s", eth_protect_relation_name(question->relid)),
			 errdetail("A role may ask for itself and for purposes that are granted to it."),
			 errhint("Members of role \"%s\" may ask for any role and purpose.", ETH_ROLE_OFFICER)));
}

static bool
is_reserved(const char *code)
{
	return code[0] == '\0' || strcmp(code, "none") == 0 || strcmp(code, "self") == 0;
}

/* The class of the table's own subject; InvalidOid: about no person. */
static Oid
class_of_table(const EthTableRules *rules)
{
	int			i;

	for (i = 0; i < rules->npersons; i++)
		if (rules->persons[i].as_role == NULL)
			return rules->persons[i].class_relid;
	return rules->npersons > 0 ? rules->persons[0].class_relid : InvalidOid;
}

static void
put_answer(ReturnSetInfo *rsinfo, const char *column, const Answer *answer)
{
	Datum		values[5];
	bool		nulls[5] = {0};
	NameData	name;

	memset(values, 0, sizeof(values));
	if (column != NULL)
	{
		namestrcpy(&name, column);
		values[0] = NameGetDatum(&name);
	}
	else
		nulls[0] = true;
	values[1] = CStringGetTextDatum(answer->outcome);
	values[2] = CStringGetTextDatum(answer->reason);
	if (answer->rule > 0)
		values[3] = Int64GetDatum(answer->rule);
	else
		nulls[3] = true;
	if (answer->event != 0)
		values[4] = Int64GetDatum(answer->event);
	else
		nulls[4] = true;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* All lines of the answer.  The rules are pinned by the caller. */
static void
put_answers(ReturnSetInfo *rsinfo, FunctionCallInfo fcinfo, Question *question, const char *code)
{
	const EthTableRules *rules;
	const EthPurpose *purpose;
	Oid			class_relid;
	Answer		row;
	Answer		shown_row;
	bool		hides;
	int			attnum;

	rules = eth_protect_rules(question->relid);
	if (rules == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("%s is not protected", eth_protect_relation_name(question->relid)),
				 errhint("Call ethdata.protect() first.")));

	purpose = eth_purpose_for_explanation(question->role, code, &question->why);
	question->in_force = purpose != NULL;
	if (purpose != NULL)
		question->purpose = purpose->id;
	question->then = !PG_ARGISNULL(4) || !PG_ARGISNULL(5);
	question->valid_at = PG_ARGISNULL(4) ? eth_core_clock() : PG_GETARG_TIMESTAMPTZ(4);
	question->known_at = PG_ARGISNULL(5) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(5);

	class_relid = class_of_table(rules);
	if (OidIsValid(class_relid))
	{
		if (PG_ARGISNULL(1))
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("subject must not be null"),
					 errhint("Give the key of the person as text.")));
		eth_consent_class_copy(&question->class, eth_consent_class_by_relid(class_relid, false));
		eth_consent_key_from_text(&question->key, &question->class, text_to_cstring(PG_GETARG_TEXT_PP(1)));
		question->about_person = true;
	}

	memset(&row, 0, sizeof(row));
	hides = rules->rows || is_portal(question, rules);
	if (hides)
	{
		if (eth_protect_is_exempt(rules, question->role))
		{
			row.outcome = "shown";
			row.reason = EXEMPT;
		}
		else
			answer_row(question, rules, &row);
		shown_row = row;
		soften(question, rules, &shown_row);
		put_answer(rsinfo, NULL, &shown_row);
	}
	for (attnum = 1; attnum <= rules->natts; attnum++)
	{
		HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(question->relid),
											Int16GetDatum(attnum));
		char	   *name = NULL;
		Answer		answer;

		if (HeapTupleIsValid(tuple))
		{
			Form_pg_attribute att = (Form_pg_attribute) GETSTRUCT(tuple);

			if (!att->attisdropped)
				name = pstrdup(NameStr(att->attname));
			ReleaseSysCache(tuple);
		}
		if (name == NULL)
			continue;
		memset(&answer, 0, sizeof(answer));
		answer_column(question, rules, attnum, hides ? &row : NULL, &answer);
		soften(question, rules, &answer);
		put_answer(rsinfo, name, &answer);
	}
}

/*
 * explain_access(relation regclass, subject text, as_role regrole, purpose text,
 *				  valid_at timestamptz, known_at timestamptz)
 *		-> (column_name, outcome, reason, rule_id, event_id)
 *
 * outcome: shown, masked, hidden.  rule_id: number of the rule that decided, the
 * N of its policy "ethdata N".  event_id: the consent event that decided.  NULL
 * means: as_role the caller, purpose the one in force, the times now.  Errors:
 * 42501 another role or a purpose not granted, and not officer; 42704 unknown
 * purpose; 42809 no table; 55000 not protected; 22023 relation or subject null,
 * or a subject that cannot be a key.
 */
PG_FUNCTION_INFO_V1(ethdata_explain_access);

Datum
ethdata_explain_access(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Question	question;
	char	   *code = PG_ARGISNULL(3) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(3));

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("relation must not be null")));
	memset(&question, 0, sizeof(question));
	question.relid = PG_GETARG_OID(0);
	question.role = PG_ARGISNULL(2) ? GetUserId() : PG_GETARG_OID(2);
	LockRelationOid(question.relid, AccessShareLock);
	eth_protect_check_relation(question.relid, "explain access to");
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(question.role)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role with OID %u does not exist", question.role)));
	if (code != NULL && !is_reserved(code))
		(void) eth_purpose_by_code(code, false);
	check_rights(&question, code != NULL && !is_reserved(code) ? code : NULL);

	/* pinned before they are read: what is asked next reads catalogues */
	eth_protect_rules_pin();
	PG_TRY();
	{
		put_answers(rsinfo, fcinfo, &question, code);
	}
	PG_FINALLY();
	{
		eth_protect_rules_unpin();
	}
	PG_END_TRY();
	return (Datum) 0;
}
