/*
 * key.c
 *		permitted() and has_consent() by the subject's key.
 *
 * Overloaded for bigint, uuid and text, so that a policy on a column casts
 * nothing.  A bigint or uuid key must be what the class has; text is read as the
 * class's key type, as the writers of consent do.
 *
 * Who may ask.  permitted() answers for the current role, which must hold the
 * purpose.  has_consent() also answers those who collect for the purpose, and
 * privacy officers.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "decide/call.h"

typedef struct KeyCall
{
	EthCall		call;
	Oid			relid;			/* class argument; InvalidOid: unnamed */
	EthReader	reader;
	EthKeyKind	kind;
	bool		plain_text;		/* a text column of its own: its bytes are the
								 * key */
} KeyCall;

static const char *
kind_name(EthKeyKind kind)
{
	switch (kind)
	{
		case ETH_KEY_BIGINT:
			return "bigint";
		case ETH_KEY_UUID:
			return "uuid";
		case ETH_KEY_TEXT:
			break;
	}
	return "text";
}

static Oid
class_argument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(2) ? InvalidOid : PG_GETARG_OID(2);
}

/* Finds the class and checks that a key of "given" kind can be one of it. */
static void
begin_class(KeyCall *call, Oid relid, EthKeyKind given)
{
	const EthClass *class;

	class = OidIsValid(relid) ? eth_consent_class_by_relid(relid, false) :
		eth_consent_class_unnamed();
	if (given != ETH_KEY_TEXT && class->key_kind != given)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("subjects of class \"%s\" have keys of type %s, not %s",
						class->code, kind_name(class->key_kind), kind_name(given)),
				 errhint("Pass the key as text, or name the class that is meant.")));
	call->relid = relid;
	call->kind = class->key_kind;
	call->plain_text = class->key_kind == ETH_KEY_TEXT && class->nkeys == 1 &&
		(class->key_types[0] == TEXTOID || class->key_types[0] == VARCHAROID);
	eth_consent_reader_begin(&call->reader, class);
}

/*
 * The key argument (number 0, not null) in canonical form.  false: the class was
 * dropped while the statement ran, and nobody of it permits anything.
 */
static bool
read_key(FunctionCallInfo fcinfo, const KeyCall *call, EthKeyKind given, EthKey *key)
{
	Datum		value = PG_GETARG_DATUM(0);
	bool		isnull = false;
	Oid			type = (given == ETH_KEY_BIGINT ? INT8OID :
						given == ETH_KEY_UUID ? UUIDOID : TEXTOID);

	const EthClass *class;

	if (given == ETH_KEY_BIGINT)
	{
		eth_consent_key_from_bigint(key, DatumGetInt64(value));
		return true;
	}
	class = eth_consent_class_by_id(call->reader.class_id);
	if (class == NULL || !OidIsValid(class->relid))
		return false;
	if (given != ETH_KEY_TEXT || call->plain_text)
		(void) eth_consent_key_from_datums(key, call->kind, 1, &value, &isnull, &type);
	else
		eth_consent_key_from_text(key, class, TextDatumGetCString(value));
	return true;
}

static Datum
permitted(FunctionCallInfo fcinfo, EthKeyKind given)
{
	KeyCall    *call = eth_decide_call_extra(fcinfo, sizeof(KeyCall));
	EthKey		key;

	if (!eth_decide_call_is_current(&call->call) ||
		!eth_decide_call_is_for(&call->call, fcinfo, 1) ||
		call->relid != class_argument(fcinfo))
	{
		eth_decide_call_begin(&call->call, fcinfo, 1);
		call->call.set = false; /* until all is checked */
		if (call->call.named)
			eth_purpose_require_granted(GetUserId(), call->call.purpose);
		begin_class(call, class_argument(fcinfo), given);
		call->call.set = true;
	}
	if (PG_ARGISNULL(0) || call->call.purpose == NULL)
		PG_RETURN_BOOL(false);
	if (!read_key(fcinfo, call, given, &key))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(ETH_IS_PERMITTED(eth_decide_subject(&call->reader, call->call.purpose,
													   &key, call->call.clock)));
}

PG_FUNCTION_INFO_V1(ethdata_permitted_bigint);
PG_FUNCTION_INFO_V1(ethdata_permitted_uuid);
PG_FUNCTION_INFO_V1(ethdata_permitted_text);

/*
 * permitted(subject bigint | uuid | text, purpose text, class regclass) -> boolean
 *		May the current role use the subject's data for the purpose (null: the one
 *		in force; none: false)?  Null subject: false.  Never null.
 *
 * Errors: 42704 unknown purpose or class; 42501 purpose not granted to the
 * current role or the session's user; 42P08 class not named and several there;
 * 22023 not a key of the class.
 */
Datum
ethdata_permitted_bigint(PG_FUNCTION_ARGS)
{
	return permitted(fcinfo, ETH_KEY_BIGINT);
}

Datum
ethdata_permitted_uuid(PG_FUNCTION_ARGS)
{
	return permitted(fcinfo, ETH_KEY_UUID);
}

Datum
ethdata_permitted_text(PG_FUNCTION_ARGS)
{
	return permitted(fcinfo, ETH_KEY_TEXT);
}

/* Does any basis of the purpose rest on what the person answers? */
static bool
rests_on_answer(const EthPurpose *purpose)
{
	int			i;

	if (eth_purpose_basis_rests_on_answer(purpose->basis))
		return true;
	for (i = 0; i < purpose->nregimes; i++)
	{
		if (eth_purpose_basis_rests_on_answer(purpose->regimes[i].basis))
			return true;
	}
	return false;
}

static void
check_may_ask(const EthPurpose *purpose)
{
	Oid			role = GetUserId();

	if (eth_purpose_granted(role, purpose) && eth_purpose_session_may(purpose))
		return;
	if (eth_purpose_may_collect(role, purpose) ||
		eth_core_has_role(role, ETH_ROLE_OFFICER))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("role \"%s\" may not ask for consent to purpose \"%s\"",
					GetUserNameFromId(role, false), purpose->code),
			 errdetail("Roles to which the purpose or its collection is granted may, and members of role \"%s\".",
					   ETH_ROLE_OFFICER)));
}

static Datum
has_consent(FunctionCallInfo fcinfo, EthKeyKind given)
{
	KeyCall    *call = eth_decide_call_extra(fcinfo, sizeof(KeyCall));
	const EthPurpose *purpose;
	EthKey		key;
	TimestampTz valid_at;
	TimestampTz known_at;
	EthConsent *value;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("purpose must not be null"),
				 errhint("ethdata.permitted() takes the purpose in force when none is named.")));
	if (!eth_decide_call_is_current(&call->call) ||
		!eth_decide_call_is_for(&call->call, fcinfo, 1) ||
		call->relid != class_argument(fcinfo))
	{
		eth_decide_call_begin(&call->call, fcinfo, 1);
		call->call.set = false; /* until all is checked */
		purpose = call->call.purpose;
		check_may_ask(purpose);
		if (!rests_on_answer(purpose))
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("purpose \"%s\" rests on %s, not on what the person answers",
							purpose->code, eth_purpose_basis_name(purpose->basis)),
					 errhint("Use ethdata.permitted() to ask whether the purpose may use the person's data.")));
		begin_class(call, class_argument(fcinfo), given);
		call->call.set = true;
	}
	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(false);
	if (!read_key(fcinfo, call, given, &key))
		PG_RETURN_BOOL(false);
	if (PG_ARGISNULL(3) && PG_ARGISNULL(4))
		PG_RETURN_BOOL(ETH_IS_PERMITTED(eth_decide_subject(&call->reader, call->call.purpose,
														   &key, call->call.clock)));

	valid_at = PG_ARGISNULL(3) ? call->call.clock : PG_GETARG_TIMESTAMPTZ(3);
	known_at = PG_ARGISNULL(4) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(4);
	value = eth_consent_as_of(call->reader.class_id, &key, valid_at, known_at);
	/* the look-up may have run statements, so the pointer is taken anew */
	purpose = eth_purpose_by_id(eth_purpose_id(text_to_cstring(PG_GETARG_TEXT_PP(1))));
	PG_RETURN_BOOL(purpose != NULL &&
				   ETH_IS_PERMITTED(eth_decide_person_as_known(purpose, value, valid_at, known_at)));
}

PG_FUNCTION_INFO_V1(ethdata_has_consent_bigint);
PG_FUNCTION_INFO_V1(ethdata_has_consent_uuid);
PG_FUNCTION_INFO_V1(ethdata_has_consent_text);

/*
 * has_consent(subject bigint | uuid | text, purpose text, class regclass,
 *			   valid_at timestamptz, known_at timestamptz) -> boolean
 *		Does what the person answered permit the purpose: now, or at valid_at, by
 *		what was recorded until known_at?  Null subject: false.  Never null.
 *
 * Errors: 42704 unknown purpose or class; 42501 the role may not ask; 22023 the
 * purpose does not rest on an answer, is null, or the key is not one of the
 * class; 42P08 class not named and several there.
 */
Datum
ethdata_has_consent_bigint(PG_FUNCTION_ARGS)
{
	return has_consent(fcinfo, ETH_KEY_BIGINT);
}

Datum
ethdata_has_consent_uuid(PG_FUNCTION_ARGS)
{
	return has_consent(fcinfo, ETH_KEY_UUID);
}

Datum
ethdata_has_consent_text(PG_FUNCTION_ARGS)
{
	return has_consent(fcinfo, ETH_KEY_TEXT);
}
