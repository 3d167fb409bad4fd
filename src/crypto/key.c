/*
 * key.c
 *		The site's keys.
 *
 * Owns the settings ethdata.key_file and ethdata.key_command and, in each
 * backend, the ring of derived keys.
 *
 * The source is read at the first use in a backend (also in a parallel
 * worker), and again at the first use after the configuration was reloaded, so
 * that a key is replaced by writing the file and reloading.  The masters are
 * wiped as soon as the keys for each use are derived.  Derived keys live in
 * memory of libsodium's own: locked where the system allows it, left out of
 * core dumps, between guard pages, read-only, wiped when the ring is rebuilt.
 *
 * No key is a state, not an accident: what must have one raises F0000, masks
 * return NULL.  After a failure the source is tried again by every call that
 * must have a key, and by masks once a transaction (a scan must not open a
 * missing file a million times).
 */
#include "postgres.h"

#include <sodium.h>

#include "catalog/pg_type.h"
#include "crypto/source.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(ethdata_key_ids);

typedef struct KeySet
{
	uint8		id[ETH_KEY_ID_BYTES];
	uint8		keys[ETH_USE_COUNT][ETH_KEY_BYTES];
} KeySet;

typedef struct KeyRing
{
	int			count;			/* 0: no key */
	KeySet		sets[ETH_MAX_MASTERS];	/* the first is current */
} KeyRing;

/* Everything that is secret while a source is read; allocated, wiped and freed in load_ring(). */
typedef struct Scratch
{
	char		source[ETH_SOURCE_BYTES];
	uint8		masters[ETH_MAX_MASTERS][ETH_KEY_BYTES];
	uint8		derived[ETH_KEY_BYTES];
} Scratch;

static char *ethdata_key_file = NULL;
static char *ethdata_key_command = NULL;

static KeyRing *ring = NULL;
static bool ring_tried = false; /* the source was read since the last reload */
static TimestampTz ring_reload_time = 0;	/* PgReloadTime when it was */
static LocalTransactionId ring_tried_in = InvalidLocalTransactionId;
static EthKeyProblem ring_problem;
static const char *logged_message = NULL;	/* what the log was told last */

static const char *const contexts[ETH_USE_COUNT] = {
#define ETH_KEY_USE_CONTEXT(name, context) context,
	ETH_KEY_USES(ETH_KEY_USE_CONTEXT)
#undef ETH_KEY_USE_CONTEXT
};

static void
derive(uint8 *out, const char *context, const uint8 *master)
{
	Assert(strlen(context) == crypto_kdf_CONTEXTBYTES);

	if (crypto_kdf_derive_from_key(out, ETH_KEY_BYTES, 1, context, master) != 0)
		elog(ERROR, "could not derive a key");
}

/* read_source -- the masters of the site into scratch; their number, -1 with the problem. */
static int
read_source(Scratch *scratch, EthKeyProblem *problem)
{
	bool		file = ethdata_key_file != NULL && ethdata_key_file[0] != '\0';
	bool		command = ethdata_key_command != NULL && ethdata_key_command[0] != '\0';
	int			len;

	if (file && command)
	{
		problem->message = "both ethdata.key_file and ethdata.key_command are set";
		problem->hint = "Set only one of them, and reload the configuration.";
		return -1;
	}
	if (!file && !command)
	{
		problem->message = "there is no master key";
		problem->hint = "Set ethdata.key_file in postgresql.conf (head -c 32 /dev/urandom > key; chmod 0600 key), and reload the configuration.";
		return -1;
	}

	if (file)
		len = eth_crypto_read_file(ethdata_key_file, scratch->source, problem);
	else
		len = eth_crypto_read_command(ethdata_key_command, scratch->source, problem);
	if (len < 0)
		return -1;

	return eth_crypto_parse_masters(scratch->source, len, scratch->masters, problem);
}

/*
 * load_ring -- read the source and derive the keys.  The ring is empty
 * afterwards if that is not possible; ring_problem says why.
 */
static void
load_ring(void)
{
	Scratch    *scratch;

	if (ring == NULL)
	{
		ring = sodium_malloc(sizeof(KeyRing));
		if (ring == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory"),
					 errdetail("No protected memory is left for keys.")));
	}
	else
		sodium_mprotect_readwrite(ring);
	sodium_memzero(ring, sizeof(KeyRing));
	ring_tried = false;

	scratch = sodium_malloc(sizeof(Scratch));
	if (scratch == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("No protected memory is left for keys.")));

	memset(&ring_problem, 0, sizeof(ring_problem));

	PG_TRY();
	{
		int			count;
		int			i;
		int			use;

		count = read_source(scratch, &ring_problem);
		for (i = 0; i < count; i++)
		{
			KeySet	   *set = &ring->sets[i];

			for (use = 0; use < ETH_USE_COUNT; use++)
				derive(set->keys[use], contexts[use], scratch->masters[i]);
			derive(scratch->derived, ETH_KEY_ID_CONTEXT, scratch->masters[i]);
			memcpy(set->id, scratch->derived, ETH_KEY_ID_BYTES);
		}
		ring->count = Max(count, 0);
	}
	PG_FINALLY();
	{
		/* wipes first */
		sodium_free(scratch);
	}
	PG_END_TRY();

	sodium_mprotect_readonly(ring);
	ring_tried = true;
	ring_reload_time = PgReloadTime;
	ring_tried_in = eth_compat_local_xid();
}

/* ensure_ring -- is there a key?  Reads the source when that is due. */
static bool
ensure_ring(bool must)
{
	if (likely(ring_tried && ring_reload_time == PgReloadTime))
	{
		if (likely(ring->count > 0))
			return true;
		if (!must && ring_tried_in == eth_compat_local_xid())
			return false;
	}
	load_ring();
	return ring->count > 0;
}

static void
raise_problem(void)
{
	ereport(ERROR,
			(errcode(ETH_ERR_NO_KEY),
			 errmsg("%s", ring_problem.message),
			 ring_problem.detail[0] != '\0' ? errdetail("%s", ring_problem.detail) : 0,
			 ring_problem.log_detail[0] != '\0' ?
			 errdetail_log("%s%s%s", ring_problem.detail,
						   ring_problem.detail[0] != '\0' ? " " : "", ring_problem.log_detail) : 0,
			 ring_problem.hint != NULL ? errhint("%s", ring_problem.hint) : 0));
}

const uint8 *
eth_crypto_key(EthKeyUse use)
{
	if (!ensure_ring(true))
		raise_problem();
	return ring->sets[0].keys[use];
}

const uint8 *
eth_crypto_key_or_null(EthKeyUse use)
{
	if (likely(ensure_ring(false)))
	{
		logged_message = NULL;
		return ring->sets[0].keys[use];
	}

	/* once a session for each reason: a log that repeats itself is not read */
	if (logged_message != ring_problem.message)
	{
		logged_message = ring_problem.message;
		ereport(LOG_SERVER_ONLY,
				(errcode(ETH_ERR_NO_KEY),
				 errmsg("keyed masks are NULL: %s", ring_problem.message),
				 errdetail_log("%s%s%s", ring_problem.detail,
							   ring_problem.detail[0] != '\0' ? " " : "", ring_problem.log_detail),
				 ring_problem.hint != NULL ? errhint("%s", ring_problem.hint) : 0));
	}
	return NULL;
}

int
eth_crypto_keys(EthKeyUse use, const uint8 **keys)
{
	int			i;

	if (eth_crypto_key_or_null(use) == NULL)
		return 0;
	for (i = 0; i < ring->count; i++)
		keys[i] = ring->sets[i].keys[use];
	return ring->count;
}

const uint8 *
eth_crypto_key_by_id(EthKeyUse use, const uint8 *key_id)
{
	int			i;

	if (!ensure_ring(true))
		raise_problem();
	for (i = 0; i < ring->count; i++)
	{
		if (memcmp(ring->sets[i].id, key_id, ETH_KEY_ID_BYTES) == 0)
			return ring->sets[i].keys[use];
	}
	return NULL;
}

const uint8 *
eth_crypto_key_id(void)
{
	Assert(ring != NULL && ring->count > 0);
	return ring->sets[0].id;
}

const char *
eth_crypto_key_problem(void)
{
	return ensure_ring(true) ? NULL : ring_problem.message;
}

/*
 * ethdata.key_ids() -> text[]
 *		Ids of the master keys, the current one first.  For superusers, policy
 *		administrators and auditors; others: 42501.  No usable key: F0000.
 */
Datum
ethdata_key_ids(PG_FUNCTION_ARGS)
{
	Datum		ids[ETH_MAX_MASTERS];
	int			i;

	if (!eth_core_is_admin(GetUserId()) && !eth_core_has_role(GetUserId(), ETH_ROLE_AUDITOR))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("must be a policy administrator or an auditor to read key ids"),
				 errhint("Ask for membership in %s or %s.", ETH_ROLE_ADMIN, ETH_ROLE_AUDITOR)));

	if (!ensure_ring(true))
		raise_problem();
	for (i = 0; i < ring->count; i++)
	{
		char		id[ETH_KEY_ID_CHARS + 1];

		eth_crypto_base64url(ring->sets[i].id, ETH_KEY_ID_BYTES, id);
		ids[i] = CStringGetTextDatum(id);
	}

	PG_RETURN_ARRAYTYPE_P(construct_array(ids, ring->count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* eth_crypto_init -- start libsodium and define the settings. */
void
eth_crypto_init(void)
{
	/* 1: was started before, by another library of this process */
	if (sodium_init() < 0)
		ereport(ERROR,
				(errcode(ERRCODE_SYSTEM_ERROR),
				 errmsg("libsodium could not be started")));

	DefineCustomStringVariable("ethdata.key_file",
							   "File with the master key: 32 raw bytes, or 64 hexadecimal digits.",
							   "Must belong to the server's user or root, mode 0600. Older keys may follow, a line each.",
							   &ethdata_key_file,
							   "",
							   PGC_SIGHUP,
							   GUC_SUPERUSER_ONLY,
							   NULL, NULL, NULL);

	DefineCustomStringVariable("ethdata.key_command",
							   "Shell command that writes the master key to its standard output.",
							   "Used instead of ethdata.key_file; what it writes is taken as the content of a key file.",
							   &ethdata_key_command,
							   "",
							   PGC_SIGHUP,
							   GUC_SUPERUSER_ONLY,
							   NULL, NULL, NULL);
}
