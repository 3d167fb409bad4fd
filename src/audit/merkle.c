/*
 * merkle.c
 *		The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1 is the same),
 *		and its proofs.
 *
 * Pure.  leaf = SHA-256(0x00 || data), node = SHA-256(0x01 || left || right).
 * The tree of n leaves is split at the largest power of two below n, so appending
 * needs only the roots of the perfect subtrees that make up the tree so far, one
 * for each bit of n.
 *
 * Proofs are made from the roots of perfect subtrees, which a callback reads from
 * wherever they are kept: log2(n) of them for a path, at most as many again for its
 * ragged right edge.  They are checked by the algorithms of RFC 9162 sections
 * 2.1.3.2 and 2.1.4.2, which share nothing with those that make them.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

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

/* ---- making proofs ---- */

/* Where n leaves (at least 2) are split: the largest power of two below n. */
static uint64
split_of(uint64 n)
{
	return UINT64CONST(1) << pg_leftmost_one_pos64(n - 1);
}

/* The root over the n leaves from start on, as the tree has them together. */
static void
hash_range(const EthMerkleSource *source, uint64 start, uint64 n, uint8 *hash)
{
	uint8		right[ETH_SHA256_BYTES];
	uint64		left;

	if ((n & (n - 1)) == 0)
	{
		/* perfect; it begins at a multiple of its size */
		source->node(source->context, pg_leftmost_one_pos64(n), start / n, hash);
		return;
	}
	left = split_of(n);
	hash_range(source, start, left, hash);
	hash_range(source, start + left, n - left, right);
	eth_merkle_node_hash(hash, right, hash);
}

static void
add_range(const EthMerkleSource *source, uint64 start, uint64 n, EthMerklePath *path)
{
	Assert(path->n < ETH_MERKLE_MAX_PATH);
	hash_range(source, start, n, path->hashes[path->n++]);
}

void
eth_merkle_root_at(const EthMerkleSource *source, uint64 size, uint8 *root)
{
	if (size == 0)
		eth_crypto_sha256("", 0, root);
	else
		hash_range(source, 0, size, root);
}

/* PATH(m, D[n]) of RFC 6962 section 2.1.1, of the n leaves from start on. */
static void
inclusion(const EthMerkleSource *source, uint64 start, uint64 m, uint64 n, EthMerklePath *path)
{
	uint64		left;

	if (n == 1)
		return;
	left = split_of(n);
	if (m < left)
	{
		inclusion(source, start, m, left, path);
		add_range(source, start + left, n - left, path);
	}
	else
	{
		inclusion(source, start + left, m - left, n - left, path);
		add_range(source, start, left, path);
	}
}

void
eth_merkle_inclusion(const EthMerkleSource *source, uint64 index, uint64 size, EthMerklePath *path)
{
	Assert(index < size);
	path->n = 0;
	inclusion(source, 0, index, size, path);
}

/* SUBPROOF(m, D[n], known) of RFC 6962 section 2.1.2, of the n leaves from start on. */
static void
consistency(const EthMerkleSource *source, uint64 start, uint64 m, uint64 n, bool known, EthMerklePath *path)
{
	uint64		left;

	if (m == n)
	{
		if (!known)
			add_range(source, start, n, path);
		return;
	}
	left = split_of(n);
	if (m <= left)
	{
		consistency(source, start, m, left, known, path);
		add_range(source, start + left, n - left, path);
	}
	else
	{
		consistency(source, start + left, m - left, n - left, false, path);
		add_range(source, start, left, path);
	}
}

/* From the empty tree, and from a tree to itself, the proof is empty. */
void
eth_merkle_consistency(const EthMerkleSource *source, uint64 from, uint64 to, EthMerklePath *path)
{
	Assert(from <= to);
	path->n = 0;
	if (from > 0)
		consistency(source, 0, from, to, true, path);
}

/* ---- checking proofs ---- */

bool
eth_merkle_verify_inclusion(const uint8 *leaf, uint64 index, uint64 size, const EthMerklePath *path,
							const uint8 *root)
{
	uint8		hash[ETH_SHA256_BYTES];
	uint64		fn = index;
	uint64		sn = size - 1;
	int			i;

	if (index >= size)
		return false;
	memcpy(hash, leaf, ETH_SHA256_BYTES);
	for (i = 0; i < path->n; i++)
	{
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn)
		{
			eth_merkle_node_hash(path->hashes[i], hash, hash);
			while (fn != 0 && !(fn & 1))
			{
				fn >>= 1;
				sn >>= 1;
			}
		}
		else
			eth_merkle_node_hash(hash, path->hashes[i], hash);
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && memcmp(hash, root, ETH_SHA256_BYTES) == 0;
}

/* Proofs that are empty: what they say must be so by itself. */
static bool
verify_empty(uint64 from, uint64 to, const uint8 *from_root, const uint8 *root)
{
	uint8		empty[ETH_SHA256_BYTES];

	if (from == to && memcmp(from_root, root, ETH_SHA256_BYTES) != 0)
		return false;
	if (from > 0)
		return from == to;
	eth_crypto_sha256("", 0, empty);
	return memcmp(from_root, empty, ETH_SHA256_BYTES) == 0;
}

bool
eth_merkle_verify_consistency(uint64 from, uint64 to, const EthMerklePath *path,
							  const uint8 *from_root, const uint8 *root)
{
	uint8		old_hash[ETH_SHA256_BYTES];
	uint8		new_hash[ETH_SHA256_BYTES];
	uint64		fn = from - 1;
	uint64		sn = to - 1;
	int			i = 0;

	if (from > to)
		return false;
	if (path->n == 0)
		return verify_empty(from, to, from_root, root);
	if (from == 0 || from == to)
		return false;

	/* a perfect tree's root is a node of the new one, and is not in the path */
	memcpy(old_hash, (from & (from - 1)) == 0 ? from_root : path->hashes[i++], ETH_SHA256_BYTES);
	memcpy(new_hash, old_hash, ETH_SHA256_BYTES);
	while (fn & 1)
	{
		fn >>= 1;
		sn >>= 1;
	}
	for (; i < path->n; i++)
	{
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn)
		{
			eth_merkle_node_hash(path->hashes[i], old_hash, old_hash);
			eth_merkle_node_hash(path->hashes[i], new_hash, new_hash);
			while (fn != 0 && !(fn & 1))
			{
				fn >>= 1;
				sn >>= 1;
			}
		}
		else
			eth_merkle_node_hash(new_hash, path->hashes[i], new_hash);
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && memcmp(old_hash, from_root, ETH_SHA256_BYTES) == 0 &&
		memcmp(new_hash, root, ETH_SHA256_BYTES) == 0;
}
