/*
 * merkle.c
 *		The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1 is the same).
 *
 * Pure.  leaf = SHA-256(0x00 || data), node = SHA-256(0x01 || left || right).
 * The tree of n leaves is split at the largest power of two below n, so appending
 * needs only the roots of the perfect subtrees that make up the tree so far, one
 * for each bit of n.
 */
#include "postgres.h"

#include "audit/audit.h"

void
eth_merkle_init(EthMerkle *tree)
{
	tree->size = 0;
}

void
eth_merkle_leaf_hash(const void *data, size_t len, uint8 *hash)
{
	static const uint8 prefix = 0x00;
	EthSha256  *state = eth_crypto_sha256_begin();

	eth_crypto_sha256_add(state, &prefix, 1);
	eth_crypto_sha256_add(state, data, len);
	eth_crypto_sha256_end(state, hash);
	pfree(state);
}

void
eth_merkle_node_hash(const uint8 *left, const uint8 *right, uint8 *hash)
{
	uint8		bytes[1 + 2 * ETH_SHA256_BYTES];

	bytes[0] = 0x01;
	memcpy(bytes + 1, left, ETH_SHA256_BYTES);
	memcpy(bytes + 1 + ETH_SHA256_BYTES, right, ETH_SHA256_BYTES);
	eth_crypto_sha256(bytes, sizeof(bytes), hash);
}

void
eth_merkle_append(EthMerkle *tree, const uint8 *leaf_hash)
{
	uint8		hash[ETH_SHA256_BYTES];
	int			level = 0;

	memcpy(hash, leaf_hash, ETH_SHA256_BYTES);
	while (tree->size & (UINT64CONST(1) << level))
	{
		eth_merkle_node_hash(tree->roots[level], hash, hash);
		level++;
	}
	memcpy(tree->roots[level], hash, ETH_SHA256_BYTES);
	tree->size++;
}

/* The empty tree's root is the hash of nothing. */
void
eth_merkle_root(const EthMerkle *tree, uint8 *root)
{
	bool		have = false;
	int			level;

	if (tree->size == 0)
	{
		eth_crypto_sha256("", 0, root);
		return;
	}
	for (level = 0; level < 64; level++)
	{
		if (!(tree->size & (UINT64CONST(1) << level)))
			continue;
		if (have)
			eth_merkle_node_hash(tree->roots[level], root, root);
		else
			memcpy(root, tree->roots[level], ETH_SHA256_BYTES);
		have = true;
	}
}
