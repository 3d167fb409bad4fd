/*
 * init.c
 *		Loading the library: a table of contents.
 *
 * Order: settings first (they may be asked for by everything after), then
 * callbacks and caches of the rooms, shared memory, and hooks last, so that an
 * error on the way leaves no hook behind.
 *
 * Loaded by shared_preload_libraries everything is on.  Loaded later, by the
 * first call of one of its functions, only functions and settings work: the
 * hooks would guard some sessions and not others.  Protected columns are not
 * readable by privilege then, so such a session is refused, not shown data.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/guc.h"

#include "audit/audit.h"
#include "consent/consent.h"
#include "core/core.h"
#include "core/hooks.h"
#include "crypto/crypto.h"
#include "decide/decide.h"
#include "mask/mask.h"
#include "protect/protect.h"
#include "purpose/purpose.h"

PG_MODULE_MAGIC;

bool		eth_core_preloaded = false;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	eth_core_preloaded = process_shared_preload_libraries_in_progress;

	eth_core_caller_init();
	eth_core_statement_init();
	eth_core_bucket_init();
	eth_crypto_init();
	eth_purpose_init();
	eth_consent_init();
	eth_decide_init();
	eth_mask_init();
	eth_protect_init();
	eth_audit_init();
	MarkGUCPrefixReserved("ethdata");

	if (eth_core_preloaded)
		eth_core_hooks_init();
}

void
eth_core_require_preload(const char *what)
{
	if (eth_core_preloaded)
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_STATE),
			 errmsg("%s needs ethdata to be loaded at server start", what),
			 errhint("Add shared_preload_libraries = 'ethdata' to postgresql.conf and restart the server.")));
}
