/*
 * blind.c
 *		The codes of which blind indexes are made: mask(.., lookup => true).
 *
 * A blind index is an ordinary index of the table, kept by PostgreSQL like any
 * other,
 *
 *		CREATE INDEX ON crm.customer USING hash (ethdata.blind(email) ethdata.blind_ops)
 *
 * and the code of a value is BLAKE2b, under a key derived from the master key
 * for this use alone, of the type's own hash of the value.  So values that are
 * equal for the type have one code, whatever the type, and nobody without the
 * key can try values on a code that he got hold of.  Two values may have one code; who looks a
 * value up compares the values too (protect/lookup.c).
 *
 * blind() must be executable by whoever writes the table, since core checks that
 * for expressions of indexes.  It is no oracle: the type of a code prints nothing, has no
 * order, no default operator class (so no DISTINCT, no statistics) and no
 * binary output, and a reader can call blind() on values of his own only: of a masked
 * cell he has the mask.
 *
 * It is total.  Without a key a code is made with a public one (all bytes zero),
 * so that rows can be written and dumps restored; that is a finding of
 * self_check().  Whoever looks up asks for the codes under the current key, under all older
 * ones that the source still holds, and under the public one (_blind_probes()): entries made
 * before a key was replaced, or while there was none, are found.  REINDEX makes them
 * anew under the current key; that is due before an older key leaves the source, and
 * self_check() looks whether it was forgotten.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "port/pg_bswap.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "crypto/crypto.h"
#include "mask/mask.h"

PG_FUNCTION_INFO_V1(ethdata_blind);
PG_FUNCTION_INFO_V1(ethdata__blind_probes);
PG_FUNCTION_INFO_V1(ethdata__blind_probes_any);
PG_FUNCTION_INFO_V1(ethdata__blind_code_in);
PG_FUNCTION_INFO_V1(ethdata__blind_code_out);
PG_FUNCTION_INFO_V1(ethdata__blind_code_eq);
PG_FUNCTION_INFO_V1(ethdata__blind_code_hash);
PG_FUNCTION_INFO_V1(ethdata__blind_sel);

/* BLAKE2b gives 16 bytes at least; a code has the first 8 */
#define HASH_BYTES 16

StaticAssertDecl(ETH_BLIND_MAX_CODES == ETH_MAX_MASTERS + 1, "a code for each master and the public one");

/* What an entry is made with while the site has no key. */
static const uint8 public_key[ETH_KEY_BYTES] = {0};

/* ---- codes ---- */

static uint64
code_of(const uint8 *key, uint64 hash)
{
	uint8		bytes[HASH_BYTES];
	uint64		code;

	hash = pg_hton64(hash);
	eth_crypto_keyed_hash(key, &hash, sizeof(hash), bytes, sizeof(bytes));
	memcpy(&code, bytes, sizeof(code));
	return code;
}

/* The type's own hash of a value; false when it has none. */
static bool
hash_of(TypeCacheEntry *type, Oid collation, Datum value, uint64 *hash)
{
	if (!OidIsValid(type->hash_extended_proc_finfo.fn_oid))
		return false;
	*hash = DatumGetUInt64(FunctionCall2Coll(&type->hash_extended_proc_finfo, collation, value,
											 UInt64GetDatum(0)));
	return true;
}

static TypeCacheEntry *
hashed_type(Oid type)
{
	return lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC_FINFO);
}

/*
 * ethdata.blind(value anyelement) -> ethdata.blind_code
 *		The code of a value under the current key.  NULL for NULL and for types
 *		without a hash function.  Raises nothing.
 */
Datum
ethdata_blind(PG_FUNCTION_ARGS)
{
	TypeCacheEntry *type = fcinfo->flinfo->fn_extra;
	const uint8 *keys[ETH_MAX_MASTERS];
	uint64		hash;

	if (type == NULL)
	{
		Oid			oid = get_fn_expr_argtype(fcinfo->flinfo, 0);

		if (!OidIsValid(oid))
			PG_RETURN_NULL();
		type = hashed_type(oid);
		fcinfo->flinfo->fn_extra = type;
	}
	if (!hash_of(type, PG_GET_COLLATION(), PG_GETARG_DATUM(0), &hash))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(UInt64GetDatum(code_of(eth_crypto_keys(ETH_USE_BLIND, keys) > 0 ? keys[0] : public_key,
										   hash)));
}

/* ---- what is looked for ---- */

/* The keys that entries may be under; F0000 when there is none, since their rows would be missed. */
static int
probing_keys(const uint8 **keys)
{
	int			nkeys = eth_crypto_keys(ETH_USE_BLIND, keys);

	if (nkeys == 0)
	{
		(void) eth_crypto_key(ETH_USE_BLIND);
		nkeys = eth_crypto_keys(ETH_USE_BLIND, keys);
	}
	return nkeys;
}

/* Adds the codes that an entry of this value may have. */
static int
add_probes(Datum *codes, int n, uint64 hash, int nkeys, const uint8 **keys)
{
	int			i;

	for (i = 0; i < nkeys; i++)
		codes[n++] = UInt64GetDatum(code_of(keys[i], hash));
	codes[n++] = UInt64GetDatum(code_of(public_key, hash));
	return n;
}

static ArrayType *
code_array(FunctionCallInfo fcinfo, Datum *codes, int n)
{
	Oid			type = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));

	return construct_array(codes, n, type, sizeof(uint64), true, TYPALIGN_DOUBLE);
}

/*
 * ethdata._blind_probes(internal, value anyelement) -> ethdata.blind_code[]
 *		The codes under which entries of the value may stand.  NULL for NULL.
 *		F0000 without a key.
 */
Datum
ethdata__blind_probes(PG_FUNCTION_ARGS)
{
	const uint8 *keys[ETH_MAX_MASTERS];
	Datum		codes[ETH_MAX_MASTERS + 1];
	int			nkeys;
	uint64		hash;

	if (PG_ARGISNULL(1) ||
		!hash_of(hashed_type(get_fn_expr_argtype(fcinfo->flinfo, 1)), PG_GET_COLLATION(),
				 PG_GETARG_DATUM(1), &hash))
		PG_RETURN_NULL();
	nkeys = probing_keys(keys);
	PG_RETURN_ARRAYTYPE_P(code_array(fcinfo, codes, add_probes(codes, 0, hash, nkeys, keys)));
}

/*
 * ethdata._blind_probes_any(internal, values anyarray) -> ethdata.blind_code[]
 *		Likewise for any of the values.
 */
Datum
ethdata__blind_probes_any(PG_FUNCTION_ARGS)
{
	const uint8 *keys[ETH_MAX_MASTERS];
	ArrayType  *array;
	TypeCacheEntry *type;
	Datum	   *values;
	bool	   *nulls;
	Datum	   *codes;
	int			nkeys;
	int			nvalues;
	int			n = 0;
	int			i;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	array = PG_GETARG_ARRAYTYPE_P(1);
	type = hashed_type(ARR_ELEMTYPE(array));
	deconstruct_array(array, type->type_id, type->typlen, type->typbyval, type->typalign,
					  &values, &nulls, &nvalues);
	nkeys = probing_keys(keys);
	codes = palloc(sizeof(Datum) * Max(nvalues, 1) * (nkeys + 1));
	for (i = 0; i < nvalues; i++)
	{
		uint64		hash;

		CHECK_FOR_INTERRUPTS();
		if (!nulls[i] && hash_of(type, PG_GET_COLLATION(), values[i], &hash))
			n = add_probes(codes, n, hash, nkeys, keys);
	}
	PG_RETURN_ARRAYTYPE_P(code_array(fcinfo, codes, n));
}

/* ---- the type ---- */

/* ethdata._blind_code_in(cstring): codes are made, not read.  0A000. */
Datum
ethdata__blind_code_in(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ETH_ERR_REFUSED),
			 errmsg("cannot accept a value of type %s", "ethdata.blind_code"),
			 errhint("Codes of blind indexes are made by ethdata.blind().")));
	PG_RETURN_NULL();
}

/* ethdata._blind_code_out(blind_code): the same text for all of them. */
Datum
ethdata__blind_code_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(pstrdup("(blind)"));
}

Datum
ethdata__blind_code_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(DatumGetUInt64(PG_GETARG_DATUM(0)) == DatumGetUInt64(PG_GETARG_DATUM(1)));
}

/* A code is as good as random: its lower half spreads over the buckets. */
Datum
ethdata__blind_code_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) (uint32) DatumGetUInt64(PG_GETARG_DATUM(0)));
}

/*
 * ethdata._blind_sel(internal, oid, internal, integer): how many rows have a
 *		code, for the planner.  One row has one of a value's codes: no statistics
 *		are asked, which would tell of values.  The planner takes an array that it does
 *		not know for one of ten elements; so for each code it is a tenth of a row,
 *		and a generic plan costs what one for known values does (else each execution would
 *		be planned anew).
 */
Datum
ethdata__blind_sel(PG_FUNCTION_ARGS)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	List	   *args = (List *) PG_GETARG_POINTER(2);
	Relids		relids = pull_varnos(root, (Node *) args);
	double		tuples = 1;
	int			rti;

	if (bms_get_singleton_member(relids, &rti))
		tuples = find_base_rel(root, rti)->tuples;
	PG_RETURN_FLOAT8(0.1 / Max(tuples, 1.0));
}

int
eth_mask_blind_codes(Oid type, Oid collation, Datum value, Datum *codes)
{
	const uint8 *keys[ETH_MAX_MASTERS];
	uint64		hash;

	if (!hash_of(hashed_type(type), collation, value, &hash))
		return 0;
	return add_probes(codes, 0, hash, eth_crypto_keys(ETH_USE_BLIND, keys), keys);
}

/* ---- for the rewriter ---- */

Oid
eth_mask_blind_function(void)
{
	Oid			types[] = {ANYELEMENTOID};

	return eth_core_function("blind", lengthof(types), types);
}

Oid
eth_mask_probes_function(bool any)
{
	Oid			types[] = {INTERNALOID, any ? ANYARRAYOID : ANYELEMENTOID};

	return eth_core_function(any ? "_blind_probes_any" : "_blind_probes", lengthof(types), types);
}

Oid
eth_mask_blind_equality(void)
{
	Oid			code = get_func_rettype(eth_mask_blind_function());

	return OpernameGetOprid(list_make2(makeString(ETH_SCHEMA), makeString("=")), code, code);
}
