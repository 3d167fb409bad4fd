/*
 * keyed.c
 *		Keyed masks and their twins.
 *
 * A keyed mask is a pseudonym, a fake or a noise: the same value gives the same
 * result, and without the key nobody can try values.  So that the database does not try values for
 * a reader, the public function ethdata.mask_hash() may not be executed by
 * PUBLIC: it is for writing masks, not for calling them.  But a mask in a query
 * runs with the reader's rights.  Therefore each keyed mask has a twin with an
 * argument of type "internal" in front, which everybody may execute and no SQL
 * can call; the rewriter puts the twin in the place of the public function.
 *
 * mask_hash() is keyed with the key for masks itself.  The others have a key each,
 * made of that one and a label, so that what one shows of a value helps nobody to
 * know what another would show.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "crypto/crypto.h"
#include "mask/internal.h"
#include "purpose/purpose.h"

PG_FUNCTION_INFO_V1(ethdata_mask_hash);
PG_FUNCTION_INFO_V1(ethdata__mask_hash);
PG_FUNCTION_INFO_V1(ethdata_mask_hash_purpose);

/* 6 bytes of key id, so that pseudonyms of two keys are never taken for one another, and 128 bits */
#define HASH_BYTES 16

/* Masks without a key, and those with one.  All are total. */
static const char *const plain_masks[] = {
	"mask_email", "mask_phone", "mask_partial", "mask_name", "mask_card", "mask_iban",
	"mask_date", "mask_number", "mask_ip", "mask_jsonb", "mask_jsonb_keep",
	"mask_keep_pattern", "mask_postcode", "mask_address", "mask_array"
};
static const char *const keyed_masks[] = {
	"mask_hash", "mask_hash_purpose",
	"mask_fake_first_name", "mask_fake_last_name", "mask_fake_full_name", "mask_fake_street", "mask_fake_city",
	"mask_fake_company", "mask_fake_email",
	"mask_noise", "mask_date_noise"
};

bool
eth_mask_keyed_numbers(const char *label, const void *data, size_t len, uint64 *numbers)
{
	const uint8 *key = eth_crypto_key_or_null(ETH_USE_MASK);
	uint8		own_key[ETH_KEY_BYTES];
	uint8		bytes[ETH_MASK_KEYED_NUMBERS * sizeof(uint64)];
	int			i;

	if (key == NULL)
		return false;
	eth_crypto_keyed_hash(key, label, strlen(label), own_key, sizeof(own_key));
	eth_crypto_keyed_hash(own_key, data, len, bytes, sizeof(bytes));
	eth_crypto_wipe(own_key, sizeof(own_key));
	/* the same numbers on every machine */
	memcpy(numbers, bytes, sizeof(bytes));
	for (i = 0; i < ETH_MASK_KEYED_NUMBERS; i++)
		numbers[i] = pg_ntoh64(numbers[i]);
	return true;
}

/* pseudonym -- id of the master and BLAKE2b of the bytes, 30 characters of base64url. */
static Datum
pseudonym(const uint8 *key, const struct varlena *value)
{
	uint8		bytes[ETH_KEY_ID_BYTES + HASH_BYTES];
	char		result[ETH_BASE64_CHARS(sizeof(bytes)) + 1];

	memcpy(bytes, eth_crypto_key_id(), ETH_KEY_ID_BYTES);
	eth_crypto_keyed_hash(key, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
						  bytes + ETH_KEY_ID_BYTES, HASH_BYTES);
	eth_crypto_base64url(bytes, sizeof(bytes), result);

	return CStringGetTextDatum(result);
}

static Datum
hash_value(FunctionCallInfo fcinfo, int argno)
{
	text	   *value;
	const uint8 *key;

	if (PG_ARGISNULL(argno))
		PG_RETURN_NULL();

	/* masks are total: without a key there is nothing to show */
	key = eth_crypto_key_or_null(ETH_USE_MASK);
	if (key == NULL)
		PG_RETURN_NULL();

	value = PG_GETARG_TEXT_PP(argno);
	PG_RETURN_DATUM(pseudonym(key, value));
}

/*
 * ethdata.mask_hash(value text) -> text
 *		Pseudonym of 30 characters: 8 for the key, 22 for the value.  NULL for
 *		NULL and when there is no key.  Raises nothing.
 */
Datum
ethdata_mask_hash(PG_FUNCTION_ARGS)
{
	return hash_value(fcinfo, 0);
}

/* ethdata._mask_hash(internal, text) -> text: its twin. */
Datum
ethdata__mask_hash(PG_FUNCTION_ARGS)
{
	return hash_value(fcinfo, 1);
}

/*
 * ethdata.mask_hash_purpose(value text) -> text
 *		Likewise, another one under each purpose: that in force for the current
 *		user has a key of its own.  NULL also when none is in force.  Raises
 *		nothing.  The C function is that of the twin, too.
 */
Datum
ethdata_mask_hash_purpose(PG_FUNCTION_ARGS)
{
	int			argno = ETH_KEYED_ARG(1);
	text	   *value;
	const EthPurpose *purpose;
	const uint8 *key;
	char	   *label;
	uint8		own_key[ETH_KEY_BYTES];
	int32		claimed;
	Datum		result;

	if (PG_ARGISNULL(argno))
		PG_RETURN_NULL();
	value = PG_GETARG_TEXT_PP(argno);
	purpose = eth_purpose_if_in_force(GetUserId(), &claimed);
	if (purpose == NULL)
		PG_RETURN_NULL();
	label = psprintf("hash_purpose %s", purpose->code);
	key = eth_crypto_key_or_null(ETH_USE_MASK);
	if (key == NULL)
		PG_RETURN_NULL();
	eth_crypto_keyed_hash(key, label, strlen(label), own_key, sizeof(own_key));
	result = pseudonym(own_key, value);
	eth_crypto_wipe(own_key, sizeof(own_key));
	PG_RETURN_DATUM(result);
}

static bool
name_is_in(const char *name, const char *const *names, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

bool
eth_mask_is_own(Oid funcid)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	bool		result = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	if (proc->pronamespace == eth_core_schema_oid(true))
	{
		const char *name = NameStr(proc->proname);

		result = name_is_in(name, plain_masks, lengthof(plain_masks)) ||
			name_is_in(name, keyed_masks, lengthof(keyed_masks)) ||
			(name[0] == '_' && name_is_in(name + 1, keyed_masks, lengthof(keyed_masks)));
	}
	ReleaseSysCache(tuple);

	return result && eth_core_is_member(ProcedureRelationId, funcid);
}

Oid
eth_mask_twin(Oid funcid)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	Oid			twin = InvalidOid;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	proc = (Form_pg_proc) GETSTRUCT(tuple);

	/*
	 * the schema belongs to the extension alone, so the name says enough
	 * while queries are planned
	 */
	if (proc->pronamespace == eth_core_schema_oid(true) &&
		name_is_in(NameStr(proc->proname), keyed_masks, lengthof(keyed_masks)))
	{
		Oid			types[FUNC_MAX_ARGS];
		char		name[NAMEDATALEN];

		types[0] = INTERNALOID;
		memcpy(types + 1, proc->proargtypes.values, proc->pronargs * sizeof(Oid));
		snprintf(name, sizeof(name), "_%s", NameStr(proc->proname));
		twin = eth_core_function(name, proc->pronargs + 1, types);
	}
	ReleaseSysCache(tuple);

	return twin;
}

/* call_twin -- arguments by position and with their defaults: a twin's have no names, and it has no defaults. */
static Node *
call_twin(const FuncExpr *func, Oid twin)
{
	FuncExpr   *call = makeNode(FuncExpr);
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(func->funcid));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", func->funcid);
	memcpy(call, func, sizeof(FuncExpr));
	call->funcid = twin;
	call->args = lcons(makeNullConst(INTERNALOID, -1, InvalidOid),
					   expand_function_arguments(copyObject(func->args), false, func->funcresulttype, tuple));
	ReleaseSysCache(tuple);
	return (Node *) call;
}

static Node *
twins_mutator(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, FuncExpr))
	{
		Oid			twin = eth_mask_twin(((FuncExpr *) node)->funcid);

		if (OidIsValid(twin))
			node = call_twin((FuncExpr *) node, twin);
	}
	return expression_tree_mutator(node, twins_mutator, context);
}

Node *
eth_mask_with_twins(Node *expr)
{
	return twins_mutator(expr, NULL);
}
