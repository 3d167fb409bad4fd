/*
 * code.c
 *		Codes, ids and legal bases: what a purpose is called.
 *
 * Pure: no catalogues, no SPI, no state.
 *
 * The id of a purpose derives from its code (the first four bytes of the code's
 * SHA-256), so that it is the same in every database and a stored consent value
 * means the same everywhere.  Two codes may share an id; the second cannot be
 * defined (define.c).
 */
#include "postgres.h"

#include "crypto/crypto.h"
#include "purpose/internal.h"

#define MAX_CODE_BYTES 200

static const struct
{
	const char *name;
	bool		rests_on_answer;
	int			strictness;		/* a larger one permits less */
}			bases[] =

{
	[ETH_BASIS_CONSENT] = {"consent", true, 7},
	[ETH_BASIS_EXPLICIT_CONSENT] = {"explicit_consent", true, 8},
	[ETH_BASIS_CONTRACT] = {"contract", false, 2},
	[ETH_BASIS_LEGAL_OBLIGATION] = {"legal_obligation", false, 0},
	[ETH_BASIS_VITAL_INTERESTS] = {"vital_interests", false, 1},
	[ETH_BASIS_PUBLIC_TASK] = {"public_task", false, 3},
	[ETH_BASIS_LEGITIMATE_INTERESTS] = {"legitimate_interests", false, 4},
	[ETH_BASIS_SOFT_OPT_IN] = {"soft_opt_in", true, 6},
	[ETH_BASIS_OPT_OUT] = {"opt_out", true, 5},
	[ETH_BASIS_UNLAWFUL] = {"unlawful", false, 9}
};

bool
eth_purpose_basis_rests_on_answer(EthBasis basis)
{
	return bases[basis].rests_on_answer;
}

const char *
eth_purpose_basis_name(EthBasis basis)
{
	return bases[basis].name;
}

/* "none" is another word for "unlawful": the regime knows no basis. */
bool
eth_purpose_basis_find(const char *name, EthBasis *basis)
{
	int			i;

	for (i = 0; i < (int) lengthof(bases); i++)
	{
		if (strcmp(bases[i].name, name) == 0)
		{
			*basis = (EthBasis) i;
			return true;
		}
	}
	if (strcmp(name, "none") == 0)
	{
		*basis = ETH_BASIS_UNLAWFUL;
		return true;
	}
	return false;
}

EthBasis
eth_purpose_basis_by_name(const char *name)
{
	EthBasis	basis;

	if (!eth_purpose_basis_find(name, &basis))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("unknown legal basis \"%s\"", eth_core_shown(name)),
				 errhint("Legal bases are consent, explicit_consent, contract, legal_obligation, vital_interests, public_task, legitimate_interests, soft_opt_in and opt_out; within \"bases\" also none.")));
	return basis;
}

EthBasis
eth_purpose_basis(const EthPurpose *purpose, uint8 regime)
{
	EthBasis	basis = purpose->basis;
	int			i;

	if (purpose->nregimes == 0)
		return basis;
	for (i = 0; i < purpose->nregimes; i++)
	{
		const EthRegimeBasis *other = &purpose->regimes[i];

		if (regime == 0)
		{
			if (bases[other->basis].strictness > bases[basis].strictness)
				basis = other->basis;
		}
		else if (other->regime == regime)
			return other->basis;
	}
	return basis;
}

bool
eth_purpose_code_valid(const char *code)
{
	const char *c;
	bool		part_empty = true;

	if (strlen(code) > MAX_CODE_BYTES)
		return false;
	for (c = code; *c != '\0'; c++)
	{
		if (*c == '.')
		{
			if (part_empty)
				return false;
			part_empty = true;
		}
		else if ((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
				 *c == '_' || *c == '-')
			part_empty = false;
		else
			return false;
	}
	return !part_empty;
}

int32
eth_purpose_id(const char *code)
{
	uint8		digest[32];

	eth_crypto_sha256(code, strlen(code), digest);
	return (int32) (((uint32) digest[0] << 24) | ((uint32) digest[1] << 16) |
					((uint32) digest[2] << 8) | (uint32) digest[3]);
}
