/*
 * internal.h
 *		Private to the mask room.
 */
#ifndef ETH_MASK_INTERNAL_H
#define ETH_MASK_INTERNAL_H

#include "nodes/primnodes.h"
#include "utils/array.h"

#include "mask/mask.h"

/* Is it a unit that ethdata.mask_date() knows for date (DATEOID) or timestamp types?  date.c */
extern bool eth_mask_unit_is_known(const struct varlena *name, Oid type);

/* Do prefix lengths for mask_ip() make sense, and hide something?  ip.c */
extern bool eth_mask_prefix_is_good(int32 ipv4, int32 ipv6);

/* Do a bucket, and two bounds, for mask_number() of the type make sense, and hide something?  number.c */
extern bool eth_mask_bucket_is_good(Oid type, Datum bucket);
extern bool eth_mask_bounds_are_good(Oid type, Datum lowest, Datum highest);

/*
 * Paths of mask_jsonb() ("keep" false) and mask_jsonb_keep(), path.c.  Each is a
 * run of steps in one list, from where it starts to its ETH_STEP_END.
 */
#define ETH_PATH_MAX_STEPS 1024

typedef enum EthPathStepKind
{
	ETH_STEP_KEY,
	ETH_STEP_ANY,				/* any key */
	ETH_STEP_DEEP,				/* any number of keys */
	ETH_STEP_END
} EthPathStepKind;

typedef struct EthPathStep
{
	EthPathStepKind kind;
	bool		expected;		/* values must have keys here: no
								 * ETH_STEP_DEEP up to it */
	int			len;			/* of the key */
	const char *key;
} EthPathStep;

typedef struct EthPaths
{
	int			npaths;
	int			nsteps;
	int			starts[ETH_PATH_MAX_STEPS / 2];
	EthPathStep steps[ETH_PATH_MAX_STEPS];
} EthPaths;

/* NULL, the reason and the number of the path (0: all) when they make no sense; raises nothing. */
extern const EthPaths *eth_mask_read_paths(ArrayType *array, bool keep, const char **problem, int *number);

/* What is wrong with a call of one of our masks, and what to do about it; constant.c */
typedef struct EthBadConstant
{
	char	   *message;
	char	   *detail;			/* may be NULL */
	const char *hint;
} EthBadConstant;

/* Has a call of one of our masks constant arguments that make no sense, so that it would be NULL? */
extern bool eth_mask_has_bad_constant(FuncExpr *func, EthBadConstant *bad);

/* Is it a constant, or a conversion of one by PostgreSQL's own casts?  Such an expression holds no value of a row. */
extern bool eth_mask_is_constant(Node *node);

/*
 * The first of the n arguments of a keyed mask: a twin has one more before them.
 * One C function serves both.
 */
#define ETH_KEYED_ARG(n) (PG_NARGS() - (n))

/*
 * Numbers that stand for the bytes under a label, as if drawn at random; false
 * when the server has no key.  A label never changes and is never reused.  keyed.c
 */
#define ETH_MASK_KEYED_NUMBERS 4
extern bool eth_mask_keyed_numbers(const char *label, const void *data, size_t len, uint64 *numbers);

/* Is it a locale that fakes have words for?  fake.c */
extern bool eth_mask_locale_is_known(const struct varlena *code);

/* Do a ratio for mask_noise() and a number of days for mask_date_noise() make sense?  noise.c */
extern bool eth_mask_ratio_is_good(float8 ratio);
extern bool eth_mask_days_are_good(int32 days);

/*
 * Is it a pattern that mask_keep_pattern() can keep something by?  Else *problem
 * says what is wrong.  pattern.c
 */
extern bool eth_mask_pattern_is_good(const struct varlena *pattern, const char **problem);

/* Do a number of characters for mask_postcode(), and of elements for mask_array(), make sense?  place.c, array.c */
extern bool eth_mask_keep_is_good(int32 keep);
extern bool eth_mask_length_is_good(int32 length);

/* Is the function a member of ethdata that computes a mask (public or twin) and raises nothing?  keyed.c */
extern bool eth_mask_is_own(Oid funcid);

#endif							/* ETH_MASK_INTERNAL_H */
