/*
 * rules.c
 *		Reads the rules of a relation from pg_policy and keeps them in the backend.
 *
 * The cache is exact in the way core's own is: a rule changes under a lock and
 * with a relcache invalidation of its table (and of the tables below it), and
 * whoever plans a query has locked the table and so taken in the message.
 *
 * A relation has its own rules and those of the relations above it (partitions,
 * inheritance), translated by column name, so that a child read directly is
 * masked like through its parent.  An entry that depends on others lists them;
 * their invalidation removes it too.
 *
 * What cannot be read is an error, never the absence of a rule: a policy with
 * our name whose expression is not ours protects nothing that we could know of,
 * so reading the table is refused until somebody looks.
 *
 * Memory: one context an entry, below CacheMemoryContext.  An invalidated entry
 * is unlinked at once and freed when nobody plans (the pin count is zero).
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "protect/protect.h"
#include "protect/policy.h"

typedef struct RulesEntry
{
	Oid			relid;			/* hash key */
	MemoryContext context;		/* NULL for a relation without rules */
	EthTableRules *rules;		/* NULL: not protected */
	int			nabove;			/* relations above it, whose rules count here
								 * too */
	Oid		   *above;
} RulesEntry;

/* A relation above others: how many entries name it. */
typedef struct Above
{
	Oid			relid;			/* hash key */
	int			n;
} Above;

static HTAB *cache = NULL;
static HTAB *aboves = NULL;
static int	pins = 0;
static List *dead_contexts = NIL;	/* MemoryContexts to free when pins is 0 */
static uint64 invalidations = 0;

/* ---- the cache ---- */

static void
forget_entry(RulesEntry *entry)
{
	int			i;

	for (i = 0; i < entry->nabove; i++)
	{
		Above	   *above = hash_search(aboves, &entry->above[i], HASH_FIND, NULL);

		if (--above->n == 0)
			hash_search(aboves, &entry->above[i], HASH_REMOVE, NULL);
	}
	if (entry->context != NULL)
	{
		if (pins > 0)
		{
			MemoryContext old = MemoryContextSwitchTo(CacheMemoryContext);

			dead_contexts = lappend(dead_contexts, entry->context);
			MemoryContextSwitchTo(old);
		}
		else
			MemoryContextDelete(entry->context);
	}
	hash_search(cache, &entry->relid, HASH_REMOVE, NULL);
}

/* Relcache callback: only forgets, touches no catalogue. */
static void
relation_changed(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	RulesEntry *entry;

	invalidations++;
	if (cache == NULL)
		return;
	if (OidIsValid(relid))
	{
		entry = hash_search(cache, &relid, HASH_FIND, NULL);
		if (entry != NULL)
			forget_entry(entry);
		if (hash_search(aboves, &relid, HASH_FIND, NULL) == NULL)
			return;
	}
	hash_seq_init(&scan, cache);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		bool		hit = !OidIsValid(relid);
		int			i;

		for (i = 0; !hit && i < entry->nabove; i++)
			hit = entry->above[i] == relid;
		if (hit)
			forget_entry(entry);
	}
}

void
eth_protect_rules_pin(void)
{
	pins++;
}

static void
free_dead(void)
{
	ListCell   *lc;

	foreach(lc, dead_contexts)
		MemoryContextDelete((MemoryContext) lfirst(lc));
	list_free(dead_contexts);
	dead_contexts = NIL;
}

void
eth_protect_rules_unpin(void)
{
	Assert(pins > 0);
	if (--pins == 0)
		free_dead();
}

/* An error may have come between pin and unpin; nothing is planned here any more. */
static void
transaction_ends(XactEvent event, void *arg)
{
	pins = 0;
	free_dead();
}

static void
make_cache(void)
{
	HASHCTL		ctl;

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(Oid);
	ctl.hcxt = CacheMemoryContext;
	ctl.entrysize = sizeof(Above);
	if (aboves == NULL)
		aboves = hash_create("ethdata relations above", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ctl.entrysize = sizeof(RulesEntry);
	cache = hash_create("ethdata rules", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/*
 * Reads rules and the relations above into the current memory context.
 * Catalogue reads take in invalidations: it is read again when one hit.
 */
static EthTableRules *
read_rules(Oid relid, List **above)
{
	EthTableRules *rules = NULL;
	uint64		before;
	int			attempts = 0;

	do
	{
		Relation	rel = RelationIdGetRelation(relid);

		before = invalidations;
		rules = NULL;
		*above = NIL;
		if (rel == NULL)
			break;
		if (rel->rd_rel->relkind == RELKIND_RELATION ||
			rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ||
			rel->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
		{
			*above = eth_protect_relations_above(relid);
			rules = eth_protect_build_rules(rel, *above);
		}
		RelationClose(rel);
	} while (before != invalidations && ++attempts < 100);
	return rules;
}

static RulesEntry *
load_entry(Oid relid)
{
	MemoryContext context;
	MemoryContext old;
	EthTableRules *volatile rules = NULL;
	List	   *above = NIL;
	ListCell   *lc;
	Oid		   *oids;
	int			n = 0;
	RulesEntry *entry;
	bool		found;

	context = AllocSetContextCreate(CacheMemoryContext, "ethdata rules",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	PG_TRY();
	{
		rules = read_rules(relid, &above);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(old);
		MemoryContextDelete(context);
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);

	/* counted first: what an error leaves counts too many */
	oids = MemoryContextAlloc(context, sizeof(Oid) * Max(list_length(above), 1));
	foreach(lc, above)
	{
		Above	   *counted;

		oids[n++] = lfirst_oid(lc);
		counted = hash_search(aboves, &lfirst_oid(lc), HASH_ENTER, &found);
		counted->n = found ? counted->n + 1 : 1;
	}
	entry = hash_search(cache, &relid, HASH_ENTER, &found);
	entry->context = NULL;
	entry->rules = rules;
	entry->nabove = n;
	entry->above = n > 0 ? oids : NULL;
	if (rules != NULL || entry->nabove > 0)
		entry->context = context;
	else
		MemoryContextDelete(context);
	return entry;
}

static const EthTableRules *
find_rules(Oid relid)
{
	RulesEntry *entry;

	/*
	 * Core's own relations carry no rules; without a schema of ours nothing
	 * does.
	 */
	if (relid < FirstNormalObjectId)
		return NULL;
	if (cache == NULL)
		make_cache();
	entry = hash_search(cache, &relid, HASH_FIND, NULL);
	if (entry == NULL)
		entry = load_entry(relid);
	return entry->rules;
}

const EthTableRules *
eth_protect_rules(Oid relid)
{
	const EthTableRules *rules = find_rules(relid);

	if (rules != NULL && rules->damaged != NULL)
	{
		char	   *policy = pstrdup(rules->damaged);
		char	   *table = get_rel_name(rules->source);

		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("rule \"%s\" of table \"%s\" cannot be read", policy, table ? table : "?"),
				 errdetail("A policy of this name must be one of ethdata's rules; the table is not shown meanwhile."),
				 errhint("Have a superuser drop the policy, and a policy administrator protect and mask the table anew.")));
	}
	return rules;
}

bool
eth_protect_is_protected(Oid relid, bool *damaged)
{
	const EthTableRules *rules = find_rules(relid);

	if (damaged != NULL)
		*damaged = rules != NULL && rules->damaged != NULL;
	return rules != NULL;
}

bool
eth_protect_is_exempt(const EthTableRules *rules, Oid role)
{
	/* looking roles up may take in an invalidation, and the rules go with it */
	Oid			owner = rules->owner;
	bool		force = rules->force;

	if (eth_core_has_role(role, ETH_ROLE_EXEMPT))
		return true;
	if (!has_privs_of_role(role, owner))
		return false;

	/* Core's own foreign-key queries, by core's own rule (check_enable_rls) */
	return !force || InNoForceRLSOperation();
}

bool
eth_protect_is_reader(const List *readers, Oid role)
{
	ListCell   *lc;

	foreach(lc, readers)
	{
		Oid			reader = lfirst_oid(lc);

		if (reader == ACL_ID_PUBLIC || has_privs_of_role(role, reader))
			return true;
	}
	return false;
}

/*
 * A function, type or cast changed, or a role's attributes (whose functions may be
 * called): whether a mask that is not all ours is safe must be judged anew.  Only
 * forgets, touches no catalogue.
 */
static void
code_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	HASH_SEQ_STATUS scan;
	RulesEntry *entry;
	bool		any = false;

	invalidations++;
	if (cache == NULL)
		return;
	hash_seq_init(&scan, cache);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		bool		foreign = false;
		int			i;

		/* which functions a table's own expressions call, and what these tell */
		if (cacheid == PROCOID && entry->rules != NULL && entry->rules->raising->known)
		{
			entry->rules->raising->known = false;
			any = true;
		}
		for (i = 0; entry->rules != NULL && !foreign && i < entry->rules->ncells; i++)
			foreign = entry->rules->cells[i].foreign;
		if (foreign)
		{
			forget_entry(entry);
			any = true;
		}
	}
	if (any)
		ResetPlanCache();
}

/*
 * A role's membership or attributes changed: which rules apply to whom is part
 * of plans, and core's plan cache does not know memberships as a dependency.
 */
static void
roles_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	code_changed(arg, cacheid, hashvalue);
	ResetPlanCache();
}

void
eth_protect_rules_init(void)
{
	RegisterXactCallback(transaction_ends, NULL);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, roles_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, roles_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, code_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, code_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(CONSTROID, code_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(CASTSOURCETARGET, code_changed, (Datum) 0);
}
