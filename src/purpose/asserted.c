/*
 * asserted.c
 *		Trusted callers: purposes that only a certain function may set
 *		(grant_purpose(asserted_by => ..)), as PostgREST's pre-request function.
 *
 * Owns the list of the functions that are running now, of those that core calls
 * through its security wrapper: SECURITY DEFINER, or with a SET clause.  Others are
 * not seen, cannot be trusted callers, and cost nothing; grant.c asks for one of
 * the two.  Such a function is never inlined, and it cannot end a transaction, so
 * what starts here also ends here, if need be by an error.
 *
 * When ethdata.purpose is set, its check hook stores the list with the value
 * (session.c), so that it goes, comes back and is rolled back with it.
 *
 * Identity.  A grant holds the function's signature and the role that owned it when
 * it was named.  Whoever makes another function under the same name must own it, and
 * so must be that role.  No OID is stored: pg_upgrade and dumps do not keep it.
 *
 * Parallel workers restore settings without the list, which is no part of the value.
 * The leader puts it, as OIDs, into a setting that no SQL can set, at the start of
 * each statement: in parallel mode nobody changes the purpose.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "purpose/internal.h"

#define SETTING "ethdata._asserting"

static Oid *running = NULL;
static int	nrunning = 0;
static int	allocated = 0;
static char *shared_setting = NULL;

void
eth_purpose_function_starts(Oid function)
{
	if (nrunning == allocated)
	{
		int			wanted = allocated ? 2 * allocated : 32;

		if (running == NULL)
			running = MemoryContextAlloc(TopMemoryContext, wanted * sizeof(Oid));
		else
			running = repalloc(running, wanted * sizeof(Oid));
		allocated = wanted;
	}
	running[nrunning++] = function;
}

void
eth_purpose_function_ends(void)
{
	if (nrunning > 0)
		nrunning--;
}

/* A hook of another library may have failed between a start and its end. */
static void
transaction_ends(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		nrunning = 0;
}

int
eth_purpose_running(Oid *functions)
{
	int			n = Min(nrunning, ETH_MAX_ASSERTING);

	if (n > 0)
		memcpy(functions, running + nrunning - n, n * sizeof(Oid));
	return n;
}

void
eth_purpose_share_asserting(int n, const Oid *functions)
{
	StringInfoData text;
	int			i;

	if (n == 0 && (shared_setting == NULL || shared_setting[0] == '\0'))
		return;
	initStringInfo(&text);
	for (i = 0; i < n; i++)
		appendStringInfo(&text, "%s%u", i > 0 ? "," : "", functions[i]);
	if (shared_setting == NULL || strcmp(shared_setting, text.data) != 0)
		eth_purpose_set_hidden(SETTING, text.data, false);
	pfree(text.data);
}

int
eth_purpose_shared_asserting(Oid *functions)
{
	const char *c = shared_setting;
	int			n = 0;

	while (c != NULL && *c != '\0' && n < ETH_MAX_ASSERTING)
	{
		char	   *end;

		functions[n++] = (Oid) strtoul(c, &end, 10);
		c = *end == ',' ? end + 1 : NULL;
	}
	return n;
}

static bool
is_owned_by_asserter(const EthGrant *grant, Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
		ReleaseSysCache(tuple);
	}
	return OidIsValid(owner) && owner == grant->asserter_oid &&
		get_role_oid(NameStr(grant->asserter), true) == owner;
}

bool
eth_purpose_is_asserter(const EthGrant *grant, int n, const Oid *functions)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (is_owned_by_asserter(grant, functions[i]) &&
			strcmp(format_procedure_qualified(functions[i]), grant->asserted_by) == 0)
			return true;
	}
	return false;
}

static bool
check_shared(char **newval, void **extra, GucSource source)
{
	if (*newval == NULL || (*newval)[0] == '\0' || eth_purpose_sets_hidden())
		return true;
	GUC_check_errdetail("It is set by ethdata alone.");
	return false;
}

void
eth_purpose_asserted_init(void)
{
	DefineCustomStringVariable(SETTING,
							   "Which functions set the purpose, for parallel workers.",
							   "Set by ethdata alone.",
							   &shared_setting,
							   "",
							   PGC_USERSET,
							   GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   check_shared,
							   NULL,
							   NULL);
	RegisterXactCallback(transaction_ends, NULL);
}
