/*
 * token.c
 *		Tokens: trust_key(), distrust_key(), set_token(), and the token of this
 *		transaction.
 *
 * A token is a PASETO v4.public (crypto room): a JSON object of claims, signed by a
 * key that a policy administrator trusts.  It says that its bearer may act for one
 * purpose, exactly, and stands in for the session's user, not for the role.
 *
 *	footer	kid							the key, required
 *	claims	sub, purpose, aud, exp		required
 *			nbf, iat					checked where they are there
 *			jti, iat					required of keys for one use (replay.c)
 *			class						code of the subject's class, for "self"
 *
 * Nothing that the signature does not cover is believed; of the footer, which says
 * whose signature to check, nothing but kid is read before.  No claim and nothing of
 * the token is part of a message, and the errors keep the statement out of the log.
 *
 * State.  What was verified is kept in a setting that no SQL can set: it is put there
 * with SET LOCAL's meaning, so core ends it with the transaction, undoes it with a
 * savepoint and hands it to parallel workers.  It names the key and its public part,
 * so that a key which is distrusted ends its tokens at once; the expiry is judged
 * again, by the clock of the statement, each time the token is used.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "crypto/crypto.h"
#include "purpose/internal.h"

#define SETTING "ethdata._token"

#define MAX_TOKEN_BYTES 8192
#define MAX_FOOTER_BYTES 1024
#define MAX_CLAIM_BYTES 1000
#define MAX_KEY_ID_BYTES 200

/* Tokens for one use must be remembered until they expire. */
#define MAX_SINGLE_USE_LIFE (INT64CONST(1) * USECS_PER_DAY)

static char *token_setting = NULL;
static int	token_tolerance = 30;
static bool setting_hidden = false;
static void (*watcher) (const EthToken *token) = NULL;

/* The claims in the setting, read when they are first asked for. */
static MemoryContext claims_context = NULL;
static EthToken claims;
static uint64 claims_generation = 0;

/* ---- settings that no SQL can set ---- */

bool
eth_purpose_sets_hidden(void)
{
	return setting_hidden || InitializingParallelWorker;
}

void
eth_purpose_set_hidden(const char *name, const char *value, bool local)
{
	PG_TRY();
	{
		setting_hidden = true;
		(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
								 local ? GUC_ACTION_LOCAL : GUC_ACTION_SET, true, 0, false);
	}
	PG_FINALLY();
	{
		setting_hidden = false;
	}
	PG_END_TRY();
}

static bool
check_token_setting(char **newval, void **extra, GucSource source)
{
	if (*newval == NULL || (*newval)[0] == '\0' || eth_purpose_sets_hidden())
		return true;
	GUC_check_errdetail("It is set by ethdata.set_token() alone.");
	return false;
}

static void
assign_token_setting(const char *newval, void *extra)
{
	eth_purpose_generation++;
}

/* ---- reading JSON ---- */

/* A JSON object, as core reads it; NULL: it is none.  Core's message would show it. */
static Jsonb *
read_object(const uint8 *data, size_t len)
{
	char	   *text;
	Datum		datum;
	size_t		i;

	if (memchr(data, '\0', len) != NULL)
		return NULL;
	if (GetDatabaseEncoding() == PG_UTF8)
	{
		if (!pg_verify_mbstr(PG_UTF8, (const char *) data, len, true))
			return NULL;
	}
	else
	{
		/* JSON is UTF-8; what is not ASCII can be written with \u there */
		for (i = 0; i < len; i++)
			if (IS_HIGHBIT_SET(data[i]))
				return NULL;
	}
	text = pnstrdup((const char *) data, len);
	if (!eth_compat_try_input(jsonb_in, text, &datum))
		return NULL;
	return JB_ROOT_IS_OBJECT(DatumGetJsonbP(datum)) ? DatumGetJsonbP(datum) : NULL;
}

static void
malformed(const char *detail)
{
	ereport(ERROR,
			(errcode(ETH_ERR_BAD_VALUE),
			 errmsg("the token is malformed"),
			 errdetail("%s", detail),
			 errhint("A token is a PASETO v4.public whose footer is {\"kid\": ..} and which has the claims sub, purpose, aud and exp."),
			 errhidestmt(true)));
}

static void
refused(const char *detail)
{
	ereport(ERROR,
			(errcode(ETH_ERR_TOKEN),
			 errmsg("the token is not accepted"),
			 errdetail("%s", detail),
			 errhidestmt(true)));
}

/* A claim that is a string; NULL when it is not there. */
static char *
claim(Jsonb *object, const char *name, bool required)
{
	JsonbValue *value = getKeyJsonValueFromContainer(&object->root, name, strlen(name), NULL);

	if (value == NULL)
	{
		if (required)
			malformed(psprintf("The claim \"%s\" is missing.", name));
		return NULL;
	}
	if (value->type != jbvString || value->val.string.len == 0 ||
		value->val.string.len > MAX_CLAIM_BYTES)
		malformed(psprintf("The claim \"%s\" is not a text of 1 to %d bytes.", name, MAX_CLAIM_BYTES));
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static bool
fits(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; pattern++, text++)
	{
		if (*pattern == '9' ? !(*text >= '0' && *text <= '9') : *text != *pattern)
			return false;
	}
	return true;
}

/*
 * Is it "2026-03-01T12:00:00.5+01:00"?  Core takes much more, also what depends on
 * the session.  A final Z becomes an offset: what Z means is a setting, too.
 */
static bool
normalise_time(char **text)
{
	static const char date_time[] = "9999-99-99T99:99:99";
	char	   *c = *text;
	int			digits = 0;

	if (!fits(c, date_time))
		return false;
	c += strlen(date_time);
	if (*c == '.')
	{
		for (c++; *c >= '0' && *c <= '9'; c++)
			digits++;
		if (digits < 1 || digits > 9)
			return false;
	}
	if (strcmp(c, "Z") == 0)
	{
		*c = '\0';
		*text = psprintf("%s+00:00", *text);
		return true;
	}
	return (*c == '+' || *c == '-') && fits(c + 1, "99:99") && c[6] == '\0';
}

static bool
time_claim(Jsonb *object, const char *name, bool required, TimestampTz *result)
{
	char	   *text = claim(object, name, required);
	Datum		value = 0;

	if (text == NULL)
		return false;
	if (!normalise_time(&text) || !eth_compat_try_input(timestamptz_in, text, &value) ||
		TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value)))
		malformed(psprintf("The claim \"%s\" is not a time such as 2026-03-01T12:00:00+00:00.", name));
	*result = DatumGetTimestampTz(value);
	return true;
}

/* ---- the token of this transaction ---- */

static TimestampTz
tolerance(void)
{
	return (TimestampTz) token_tolerance * USECS_PER_SEC;
}

static void
push_text(JsonbParseState **state, const char *name, const char *text)
{
	JsonbValue	value;

	if (text == NULL)
		return;
	value.type = jbvString;
	value.val.string.val = unconstify(char *, name);
	value.val.string.len = strlen(name);
	(void) pushJsonbValue(state, WJB_KEY, &value);
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	(void) pushJsonbValue(state, WJB_VALUE, &value);
}

static void
remember(const EthToken *token)
{
	JsonbParseState *state = NULL;
	char		key[ETH_BASE64_CHARS(ETH_PUBLIC_BYTES) + 1];
	Jsonb	   *object;

	eth_crypto_base64url(token->public_key, ETH_PUBLIC_BYTES, key);
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_text(&state, "kid", token->key_id);
	push_text(&state, "key", key);
	push_text(&state, "sub", token->subject);
	push_text(&state, "purpose", token->purpose);
	push_text(&state, "class", token->class);
	push_text(&state, "exp", psprintf(INT64_FORMAT, token->expires));
	object = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
	eth_purpose_set_hidden(SETTING, JsonbToCString(NULL, &object->root, VARSIZE(object)), true);
}

/* The setting as claims; it was written by remember(). */
static void
recall(void)
{
	MemoryContext old;
	Jsonb	   *object;
	char	   *key;

	if (claims_context == NULL)
		claims_context = AllocSetContextCreate(TopMemoryContext, "ethdata token", ALLOCSET_SMALL_SIZES);
	claims_generation = 0;
	MemoryContextReset(claims_context);
	old = MemoryContextSwitchTo(claims_context);
	memset(&claims, 0, sizeof(claims));
	object = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(token_setting)));
	claims.key_id = claim(object, "kid", true);
	claims.subject = claim(object, "sub", true);
	claims.purpose = claim(object, "purpose", true);
	claims.class = claim(object, "class", false);
	claims.expires = pg_strtoint64(claim(object, "exp", true));
	key = claim(object, "key", true);
	if (eth_crypto_base64url_decode(key, strlen(key), claims.public_key, sizeof(claims.public_key)) != ETH_PUBLIC_BYTES)
		elog(ERROR, "the state of the token is damaged");
	MemoryContextSwitchTo(old);
	claims_generation = eth_purpose_generation;
}

static bool
is_set(void)
{
	return token_setting != NULL && token_setting[0] != '\0' && eth_core_preloaded;
}

const EthToken *
eth_purpose_token(void)
{
	const EthTokenKey *key;

	if (!is_set())
		return NULL;
	if (claims_generation != eth_purpose_generation)
		recall();
	if (eth_core_clock() >= claims.expires + tolerance())
		return NULL;
	key = eth_purpose_token_key(claims.key_id);
	if (key == NULL || !eth_crypto_equal(key->public_key, claims.public_key, ETH_PUBLIC_BYTES))
		return NULL;
	return &claims;
}

bool
eth_purpose_token_names(const EthPurpose *purpose)
{
	const EthToken *token = eth_purpose_token();

	return token != NULL && strcmp(token->purpose, purpose->code) == 0;
}

const char *
eth_purpose_token_problem(const EthPurpose *purpose)
{
	if (!is_set())
		return "No token was set in this transaction.";
	if (eth_purpose_token() == NULL)
		return "The token that was set in this transaction has expired, or its key is trusted no more.";
	if (!eth_purpose_token_names(purpose))
		return "The token that was set in this transaction names another purpose.";
	return NULL;
}

void
eth_purpose_watch_tokens(void (*check) (const EthToken *token))
{
	watcher = check;
}

/* ---- set_token() ---- */

/* The key that the footer names. */
static const EthTokenKey *
key_of(const EthPaseto *parts)
{
	Jsonb	   *footer = NULL;
	char	   *key_id;
	const EthTokenKey *key;

	if (parts->footer_len > 0 && parts->footer_len <= MAX_FOOTER_BYTES)
		footer = read_object(parts->footer, parts->footer_len);
	if (footer == NULL)
		malformed("Its footer is no JSON object that names the key as \"kid\".");
	key_id = claim(footer, "kid", true);
	key = eth_purpose_token_key(key_id);
	if (key == NULL)
		refused("It names a key that is not trusted here.");
	return key;
}

/* Takes the claims and judges times and audience; "issued" is 0 when it does not say. */
static void
read_claims(Jsonb *object, const EthTokenKey *key, EthToken *token, TimestampTz *issued)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz from;
	char	   *audience;

	token->subject = claim(object, "sub", true);
	token->purpose = claim(object, "purpose", true);
	token->class = claim(object, "class", false);
	audience = claim(object, "aud", true);
	(void) time_claim(object, "exp", true, &token->expires);
	*issued = 0;
	if (now >= token->expires + tolerance())
		refused("It has expired.");
	if (time_claim(object, "nbf", false, &from) && now < from - tolerance())
		refused("It is not valid yet.");
	if (time_claim(object, "iat", false, issued) && now < *issued - tolerance())
		refused("It was issued in the future.");
	if (strcmp(audience, key->audience ? key->audience : get_database_name(MyDatabaseId)) != 0)
		refused("It is meant for another audience.");
	if (!eth_purpose_code_valid(token->purpose) || strcmp(token->purpose, ETH_CODE_NONE) == 0 ||
		eth_purpose_by_code(token->purpose, true) == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("the purpose that the token names does not exist"),
				 errhint("Purposes are listed in ethdata.purpose."),
				 errhidestmt(true)));
}

/* Last of all, since it cannot be undone: a token that is refused for another reason is not spent. */
static void
use_once(Jsonb *object, const EthToken *token, TimestampTz issued)
{
	char	   *jti = claim(object, "jti", true);

	if (issued == 0)
		malformed("The claim \"iat\" is missing.");
	if (token->expires - issued > MAX_SINGLE_USE_LIFE)
		refused("It is for one use, and valid for more than a day.");

	/*
	 * The issuer's clock may be ahead, so it may have been issued earlier
	 * than it says.
	 */
	eth_purpose_use_token(token->key_id, jti, issued - tolerance(), token->expires + tolerance());
}

PG_FUNCTION_INFO_V1(ethdata_set_token);

/*
 * set_token(token text) -> text
 *		Shows a token, which holds for the rest of the transaction, and returns the
 *		purpose that it names.  '' takes it back, and returns ''.
 *
 * Errors: 55000 without preload; 25P01 outside a transaction block; 22023 null or
 * malformed; 28000 key not trusted, signature, times, audience, used before; 42704
 * unknown purpose or class; 53400 too many tokens for one use.
 */
Datum
ethdata_set_token(PG_FUNCTION_ARGS)
{
	text	   *argument;
	uint8	   *buffer;
	size_t		len;
	EthPaseto	parts;
	const EthTokenKey *key;
	bool		single_use;
	EthToken	token;
	TimestampTz issued;
	Jsonb	   *object;

	eth_core_require_preload("set_token()");
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("token must not be null"),
				 errhint("'' takes the token back.")));
	if (!IsTransactionBlock())
		ereport(ERROR,
				(errcode(ETH_ERR_NO_BLOCK),
				 errmsg("set_token() can only be used in a transaction block"),
				 errdetail("The token lasts until the end of the transaction, which ends with this statement."),
				 errhint("BEGIN first."),
				 errhidestmt(true)));
	argument = PG_GETARG_TEXT_PP(0);
	len = VARSIZE_ANY_EXHDR(argument);
	if (len == 0)
	{
		eth_purpose_set_hidden(SETTING, "", true);
		PG_RETURN_TEXT_P(cstring_to_text(""));
	}
	if (len > MAX_TOKEN_BYTES)
		malformed(psprintf("It is longer than %d bytes.", MAX_TOKEN_BYTES));
	buffer = palloc(len);
	if (!eth_crypto_paseto_parse(VARDATA_ANY(argument), len, buffer, &parts))
		malformed("It is no PASETO v4.public.");

	memset(&token, 0, sizeof(token));
	key = key_of(&parts);
	if (!eth_crypto_paseto_verify(&parts, key->public_key, NULL, 0))
		refused("Its signature is not that of the key that it names.");
	object = read_object(parts.payload, parts.payload_len);
	if (object == NULL)
		malformed("Its payload is no JSON object.");
	token.key_id = pstrdup(key->id);
	memcpy(token.public_key, key->public_key, ETH_PUBLIC_BYTES);
	single_use = key->single_use;
	read_claims(object, key, &token, &issued);
	if (watcher != NULL)
		watcher(&token);
	if (single_use)
		use_once(object, &token, issued);
	remember(&token);
	PG_RETURN_TEXT_P(cstring_to_text(token.purpose));
}

/* ---- keys ---- */

static char *
key_id_arg(FunctionCallInfo fcinfo)
{
	char	   *key_id = eth_purpose_text_arg(fcinfo, 0, "key_id");

	if (key_id == NULL || strlen(key_id) > MAX_KEY_ID_BYTES)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("key_id must be a text of 1 to %d bytes", MAX_KEY_ID_BYTES),
				 errhint("It is what the footer of the tokens says as \"kid\".")));
	return key_id;
}

static EthColumn
column(const char *name, Oid type, Datum value, bool isnull)
{
	EthColumn	result;

	memset(&result, 0, sizeof(result));
	result.name = name;
	result.type = type;
	result.value = value;
	result.isnull = isnull;
	return result;
}

PG_FUNCTION_INFO_V1(ethdata_trust_key);

/*
 * trust_key(key_id text, public_key bytea, audience text, single_use boolean) -> boolean
 *		Trusts tokens that are signed by the key, or makes the key what the arguments
 *		say.  True when something changed.
 *
 * Errors: 42501 not a policy administrator; 22023 null, no Ed25519 public key, or
 * another key under an id that is taken.
 */
Datum
ethdata_trust_key(PG_FUNCTION_ARGS)
{
	EthColumn	keys[1];
	EthColumn	columns[3];
	EthColumn	stamps[2];
	NameData	truster;
	char	   *key_id;
	char	   *audience;
	bytea	   *public_key;
	const EthTokenKey *existing;

	eth_core_require_admin("trust keys");
	key_id = key_id_arg(fcinfo);
	audience = eth_purpose_text_arg(fcinfo, 2, "audience");
	public_key = PG_ARGISNULL(1) ? NULL : PG_GETARG_BYTEA_PP(1);
	if (public_key == NULL || VARSIZE_ANY_EXHDR(public_key) != ETH_PUBLIC_BYTES ||
		!eth_crypto_public_key_valid((const uint8 *) VARDATA_ANY(public_key)))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("public_key is no public key of Ed25519"),
				 errdetail("It has %d bytes, of a point on the curve.", ETH_PUBLIC_BYTES),
				 errhint("Pass the raw key, not PEM or DER: of \"openssl pkey -pubout -outform DER\" the last %d bytes.",
						 ETH_PUBLIC_BYTES)));
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("single_use must not be null")));
	existing = eth_purpose_token_key(key_id);
	if (existing != NULL &&
		!eth_crypto_equal(existing->public_key, VARDATA_ANY(public_key), ETH_PUBLIC_BYTES))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("another key is trusted under the id \"%s\"", eth_core_shown(key_id)),
				 errhint("Trust the new key under an id of its own, and call ethdata.distrust_key() for the old one when its tokens have expired.")));

	keys[0] = column("key_id", TEXTOID, CStringGetTextDatum(key_id), false);
	columns[0] = column("public_key", BYTEAOID, PointerGetDatum(public_key), false);
	columns[1] = column("audience", TEXTOID, audience ? CStringGetTextDatum(audience) : (Datum) 0,
						audience == NULL);
	columns[2] = column("single_use", BOOLOID, PG_GETARG_DATUM(3), false);
	namestrcpy(&truster, GetUserNameFromId(GetUserId(), false));
	stamps[0] = column("trusted_at", TIMESTAMPTZOID, TimestampTzGetDatum(GetCurrentTimestamp()), false);
	stamps[1] = column("trusted_by", NAMEOID, NameGetDatum(&truster), false);
	PG_RETURN_BOOL(eth_purpose_write("token_key", "trust_key",
									 psprintf("key \"%s\"", eth_core_shown(key_id)),
									 1, keys, lengthof(columns), columns,
									 lengthof(stamps), stamps, NULL) != ETH_WRITTEN_SAME);
}

PG_FUNCTION_INFO_V1(ethdata_distrust_key);

/*
 * distrust_key(key_id text) -> boolean
 *		Tokens of the key hold no more, also those that were set.  False when it was
 *		not trusted.
 *
 * Errors: 42501 not a policy administrator; 22023 null or empty.
 */
Datum
ethdata_distrust_key(PG_FUNCTION_ARGS)
{
	EthColumn	keys[1];

	eth_core_require_admin("distrust keys");
	keys[0] = column("key_id", TEXTOID, CStringGetTextDatum(key_id_arg(fcinfo)), false);
	PG_RETURN_BOOL(eth_purpose_delete("token_key", "distrust_key", 1, keys));
}

void
eth_purpose_token_init(void)
{
	DefineCustomStringVariable(SETTING,
							   "What the token of this transaction says.",
							   "Set by ethdata.set_token() alone.",
							   &token_setting,
							   "",
							   PGC_USERSET,
							   GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE | GUC_SUPERUSER_ONLY,
							   check_token_setting,
							   assign_token_setting,
							   NULL);
	DefineCustomIntVariable("ethdata.token_tolerance",
							"By how much the clocks of issuers of tokens may differ from the server's.",
							"A token counts this much longer, and this much earlier.",
							&token_tolerance,
							30, 0, 300,
							PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
}
