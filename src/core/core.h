/*
 * core.h
 *		What the core room offers: who the caller is, acting as the extension's
 *		owner, the state of the extension, the statement and its clock, and
 *		shared marks that say when something cached in a backend is stale.
 *
 * Core uses no other room.  The one exception is init.c and hooks.c, which are
 * dispatch tables: they include every room's header and decide nothing.
 */
#ifndef ETH_CORE_H
#define ETH_CORE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "port/atomics.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"

#include "core/compat.h"

/* Names that the rest of the tree builds on. */
#define ETH_SCHEMA			"ethdata"
#define ETH_ROLE_ADMIN		"ethdata_admin"
#define ETH_ROLE_OFFICER	"ethdata_officer"
#define ETH_ROLE_AUDITOR	"ethdata_auditor"
#define ETH_ROLE_EXEMPT		"ethdata_exempt"

/*
 * SQLSTATEs of design section 4a, by what they mean here.
 */
#define ETH_ERR_UNKNOWN			ERRCODE_UNDEFINED_OBJECT	/* 42704 */
#define ETH_ERR_NOT_GRANTED		ERRCODE_INSUFFICIENT_PRIVILEGE	/* 42501 */
#define ETH_ERR_BAD_VALUE		ERRCODE_INVALID_PARAMETER_VALUE /* 22023 */
#define ETH_ERR_UNSAFE_MASK		ERRCODE_INVALID_OBJECT_DEFINITION	/* 42P17 */
#define ETH_ERR_WRONG_KIND		ERRCODE_WRONG_OBJECT_TYPE	/* 42809 */
#define ETH_ERR_REFUSED			ERRCODE_FEATURE_NOT_SUPPORTED	/* 0A000 */
#define ETH_ERR_NO_BLOCK		ERRCODE_NO_ACTIVE_SQL_TRANSACTION	/* 25P01 */
#define ETH_ERR_STATE			ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE	/* 55000 */
#define ETH_ERR_TOKEN			ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION /* 28000 */
#define ETH_ERR_NO_KEY			ERRCODE_CONFIG_FILE_ERROR	/* F0000 */

/* ---- init.c ---- */

/* The library was in shared_preload_libraries: hooks and shared memory are there. */
extern bool eth_core_preloaded;

/* Error 55000 with the line to add, unless preloaded.  "what" is the SQL function's name. */
extern void eth_core_require_preload(const char *what);

/* Counts queries that came to our planner hook: hooks.c. */
extern uint64 eth_core_planned_count;

/* ---- caller.c ---- */

/*
 * Acting as the extension's owner.  enter() remembers user, security context
 * and a GUC nest level, becomes the owner of the extension and pins
 * search_path to "pg_catalog, pg_temp"; leave() undoes it.  An error between
 * the two is undone by the (sub)transaction's abort, as core does for
 * SECURITY DEFINER functions.  Between the two no user's table is touched, see
 * caller.c.
 */
typedef struct EthCaller
{
	Oid			userid;
	int			sec_context;
	int			nest_level;
} EthCaller;

extern void eth_core_enter(EthCaller *caller);
extern void eth_core_leave(const EthCaller *caller);

/* Is CREATE EXTENSION ethdata done in this database?  (false while the library alone is loaded) */
extern bool eth_core_installed(void);
extern Oid	eth_core_extension_oid(bool missing_ok);
extern Oid	eth_core_owner(void);
extern Oid	eth_core_schema_oid(bool missing_ok);	/* of the extension,
													 * whatever its name */

/* OID of a table, index, view or sequence of ours by its name in schema ethdata. */
extern Oid	eth_core_relid(const char *name, bool missing_ok);

/* A function of ours by its argument types; error 55000 when it is not there. */
extern Oid	eth_core_function(const char *name, int nargs, const Oid *types);

/* Opens one of our tables; error 55000 unless its first n columns are of these types (0: any). */
extern Relation eth_core_table_open(const char *name, LOCKMODE lockmode, int n, const Oid *types);

/* Is this object (class, oid) a member of the extension? */
extern bool eth_core_is_member(Oid classid, Oid objid);

/*
 * Does role hold one of ethdata's roles (by inheritance) or is superuser?
 * has_role() with a role name that does not exist is false.
 */
extern bool eth_core_has_role(Oid role, const char *role_name);
extern bool eth_core_is_admin(Oid role);

/* Error 42501 unless the current user is a policy administrator; "action" completes "must be ... to %s". */
extern void eth_core_require_admin(const char *action);

/* Error 42501 unless the current user owns relid (or holds its owner) or is a policy administrator. */
extern void eth_core_require_owner_or_admin(Oid relid, const char *action);

extern void eth_core_caller_init(void);

/* A caller's text as messages show it: at most 200 bytes, whole characters. */
extern const char *eth_core_shown(const char *text);

/* Run a query through SPI with parameters, schema-qualified, under a snapshot that sees every committed row; connects nothing. Returns SPI result code, errors unless it equals expected. */
extern void eth_core_spi(const char *query, int expected, int nargs, Oid *types, Datum *values, const char *nulls, bool read_only);

/* ---- statement.c ---- */

/*
 * The instant at which a decision is taken: which statement (also a nested
 * one, also a FETCH), under which snapshot, and the clock read when that
 * statement started.  Two equal instants see the same rows of every table,
 * so an answer remembered for an instant is exact while it lasts.
 */
typedef struct EthInstant
{
	uint64		statement;		/* counts executor starts and runs in this
								 * backend */
	TransactionId xmin;			/* these five: what the snapshot sees, see
								 * statement.c */
	TransactionId xmax;
	uint32		xcnt;
	int32		subxcnt;
	CommandId	curcid;
} EthInstant;

extern void eth_core_instant(EthInstant *instant);
extern bool eth_core_same_instant(const EthInstant *a, const EthInstant *b);

/* The first field of the instant; read it, never write it. */
extern uint64 eth_core_statement_count;

/* Is it the instant now?  As the two above, without a call where rows are decided. */
static inline bool
eth_core_instant_is_now(const EthInstant *instant)
{
	Snapshot	snapshot;
	EthInstant	now;

	if (instant->statement != eth_core_statement_count)
		return false;
	if (!ActiveSnapshotSet())
	{
		eth_core_instant(&now);
		return eth_core_same_instant(instant, &now);
	}
	snapshot = GetActiveSnapshot();
	return instant->xmin == snapshot->xmin &&
		instant->xmax == snapshot->xmax &&
		instant->xcnt == snapshot->xcnt &&
		instant->subxcnt == snapshot->subxcnt &&
		instant->curcid == snapshot->curcid;
}

/* Decision clock of the running statement; outside the executor the clock itself. */
extern TimestampTz eth_core_clock(void);

/*
 * May transactions have finished since the active snapshot was taken, and
 * must they count?  True in REPEATABLE READ and SERIALIZABLE and for a run of a
 * query that was opened before (FETCH): a decision must then also be taken under a fresh
 * snapshot (systable scan with snapshot NULL), and deny wins (G5).
 */
extern bool eth_core_snapshot_is_old(void);

extern void eth_core_statement_init(void);

/* Called by hooks.c */
typedef struct EthRun
{
	bool		again;
	TimestampTz clock;
	bool		shares;			/* this run gives its clock to parallel
								 * workers */
	uint64		shared;
} EthRun;

extern void eth_core_statement_starts(const void *query);
extern void eth_core_statement_runs(EthRun *around, const void *query, bool again, bool parallel);
extern void eth_core_statement_left(const EthRun *around);
extern Size eth_core_statement_shmem_size(void);
extern void eth_core_statement_shmem_init(void);

/* ---- bucket.c ---- */

/*
 * Marks in shared memory, see bucket.c for the protocol and its proof.  A mark
 * is taken before something is loaded from tables under "snapshot"; while
 * eth_core_mark_valid() holds, what was loaded is what any later snapshot sees.
 */
typedef struct EthMark
{
	bool		lasting;		/* no writer was at work when the mark was
								 * taken */
	uint64		bucket;
	uint64		completion;		/* used where marks are not fed: standby, no
								 * preload */
	EthInstant	instant;		/* used when not lasting */
	uint64		table_changes;	/* invalidations of the tables in this backend */
} EthMark;

/* The mark of this database's policy: purposes, grants, classes, notices, keys. */
extern void eth_core_policy_mark(EthMark *mark, Snapshot snapshot);
extern bool eth_core_policy_mark_valid(const EthMark *mark);

/* Raised by the trigger ethdata._policy_changed() before every write of a policy table. */
extern void eth_core_policy_raise(void);

/* Says that a mark depends on this table; before the mark is taken. */
extern void eth_core_policy_watch(Oid relid);

/* The newest transaction id in use at the first question after start-up; preloaded only. */
extern uint64 eth_core_bucket_floor(void);

/* The full form of a transaction id that is not in the future. */
extern uint64 eth_core_full_xid(TransactionId xid);

extern void eth_core_bucket_init(void);
extern Size eth_core_bucket_shmem_size(void);
extern void eth_core_bucket_shmem_init(void);

/* ---- subject_bucket.c ---- */

/*
 * What was looked up for a person under a snapshot of horizon H0 is what one of
 * horizon H sees while the person's bucket is below both; see subject_bucket.c.
 */
#define ETH_SUBJECT_BUCKETS 65536

extern pg_atomic_uint64 *eth_core_subject_buckets;	/* NULL: not preloaded */

static inline uint64
eth_core_subject_bucket(uint32 hash)
{
	return pg_atomic_read_u64(&eth_core_subject_buckets[hash % ETH_SUBJECT_BUCKETS]);
}

/* Of the active snapshot; 0: ask no bucket.  Read buckets after it. */
extern uint64 eth_core_subject_horizon(void);

/* Before a person, or all of them, are written. */
extern void eth_core_subject_raise(uint32 hash);
extern void eth_core_subject_raise_all(void);

/*
 * Does the function stand as trigger that hears of every change of the table, and
 * since which transaction?  Nothing that was looked up under a snapshot of a
 * horizon that is not above "since" may be used, and nothing of the time of another
 * "version".
 */
typedef struct EthGuard
{
	uint64		since;			/* 0: it is older than all snapshots */
	uint64		version;		/* who wrote the rows that say so, also those
								 * that are frozen by now */
} EthGuard;

extern bool eth_core_guard(Oid relid, Oid function, EthGuard *guard);

extern Size eth_core_subject_shmem_size(void);
extern void eth_core_subject_shmem_init(void);

#endif							/* ETH_CORE_H */
