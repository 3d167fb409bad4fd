/*
 * check.c
 *		self_check(): what the protection does not cover, or not yet.
 *
 * It looks and changes nothing.  It works before anything is declared and
 * without the library being preloaded, and it must give an answer on a server
 * where something is wrong: each group of checks runs in a subtransaction, and
 * an error there is a finding.  No lock that another session could hold for
 * long is waited for: catalogues are read without locking what they describe,
 * a table that cannot be locked at once is not sampled, and a group that needs a
 * table of ethdata gives up after two seconds.
 *
 * Groups run as the owner of the extension where they read tables through SPI,
 * whose texts are constants; the exceptions are those that evaluate what a site
 * wrote (masks) and those that read a site's tables (sample.c).
 *
 * This room is the place for it: it may use all others, and belongs, as
 * verify_audit() does, to the auditor.  The files:
 *
 *	check.c				the function, its groups, the order of findings
 *	check_server.c		loading, key, nodes, durability
 *	check_log.c			what the server's log shows
 *	check_roles.c		roles that bypass, functions that do, ethdata's own tables
 *	check_tables.c		rules, enforcement, privileges, audit triggers
 *	check_existence.c	constraints that tell which masked values exist
 *	check_code.c		triggers, functions, views, copies, publications, slots
 *	check_policy.c		purposes, grants, classes
 *	check_personal.c	columns that look personal: what follows
 *	personal.c			by name
 *	sample.c			by values
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/tuplestore.h"

#include "audit/check.h"

PG_FUNCTION_INFO_V1(ethdata_self_check);

typedef struct Finding
{
	EthSeverity severity;
	int			rank;
	char	   *object;
	char	   *risk;
	char	   *remedy;
} Finding;

static const char *const severity_names[] = {"critical", "warning", "notice"};

/* ---- findings ---- */

void
eth_check_found(EthCheck *check, EthSeverity severity, int rank, const char *object,
				const char *risk, const char *remedy)
{
	MemoryContext old = MemoryContextSwitchTo(check->context);
	Finding    *finding = palloc(sizeof(Finding));

	finding->severity = severity;
	finding->rank = rank;
	finding->object = pstrdup(object);
	finding->risk = pstrdup(risk);
	finding->remedy = pstrdup(remedy);
	check->findings = lappend(check->findings, finding);
	MemoryContextSwitchTo(old);
}

static int
compare_findings(const ListCell *a, const ListCell *b)
{
	const Finding *one = lfirst(a);
	const Finding *other = lfirst(b);
	int			order;

	if (one->severity != other->severity)
		return one->severity < other->severity ? -1 : 1;
	if (one->rank != other->rank)
		return one->rank < other->rank ? -1 : 1;
	order = strcmp(one->object, other->object);
	return order != 0 ? order : strcmp(one->risk, other->risk);
}

static EthSeverity
severity_by_name(const char *name)
{
	if (strcmp(name, "critical") == 0)
		return ETH_CRITICAL;
	return strcmp(name, "warning") == 0 ? ETH_WARNING : ETH_NOTICE;
}

/* ---- queries ---- */

static Datum
array_of(List *oids, Oid type)
{
	Datum	   *datums = palloc(sizeof(Datum) * Max(list_length(oids), 1));
	ListCell   *lc;

	/* lists of OIDs and of column numbers */
	foreach(lc, oids)
		datums[foreach_current_index(lc)] = type == OIDOID ? ObjectIdGetDatum(lfirst_oid(lc)) :
		Int16GetDatum((int16) lfirst_int(lc));
	return PointerGetDatum(construct_array(datums, list_length(oids), type,
										   type == OIDOID ? sizeof(Oid) : sizeof(int16), true,
										   type == OIDOID ? TYPALIGN_INT : TYPALIGN_SHORT));
}

static void
fill_parameters(const EthCheck *check, Datum *values)
{
	int			n = list_length(check->relations);
	Datum	   *relids = palloc(sizeof(Datum) * Max(n, 1));
	Datum	   *sources = palloc(sizeof(Datum) * Max(n, 1));
	Datum	   *forces = palloc(sizeof(Datum) * Max(n, 1));
	Datum	   *enforcements = palloc(sizeof(Datum) * Max(n, 1));
	Datum	   *rows = palloc(sizeof(Datum) * Max(n, 1));
	ListCell   *lc;

	foreach(lc, check->relations)
	{
		const EthChecked *relation = lfirst(lc);
		int			i = foreach_current_index(lc);

		relids[i] = ObjectIdGetDatum(relation->relid);
		sources[i] = ObjectIdGetDatum(relation->source);
		forces[i] = BoolGetDatum(relation->force);
		enforcements[i] = CStringGetTextDatum(eth_protect_enforcement_name(relation->enforcement));
		rows[i] = BoolGetDatum(relation->rows);
	}
	values[0] = PointerGetDatum(construct_array(relids, n, OIDOID, sizeof(Oid), true, TYPALIGN_INT));
	values[1] = PointerGetDatum(construct_array(sources, n, OIDOID, sizeof(Oid), true, TYPALIGN_INT));
	values[2] = PointerGetDatum(construct_array(forces, n, BOOLOID, 1, true, TYPALIGN_CHAR));
	values[3] = PointerGetDatum(construct_array(enforcements, n, TEXTOID, -1, false, TYPALIGN_INT));
	values[4] = PointerGetDatum(construct_array(rows, n, BOOLOID, 1, true, TYPALIGN_CHAR));
	values[5] = array_of(check->masked, OIDOID);
	values[6] = array_of(check->masked_columns, INT2OID);
	values[7] = array_of(check->classes, OIDOID);
	values[8] = array_of(check->class_relations, OIDOID);
	values[9] = array_of(check->keyed, OIDOID);
	values[10] = array_of(check->key_columns, INT2OID);
}

void
eth_check_query(EthCheck *check, int rank, const char *query)
{
	Oid			types[] = {OIDARRAYOID, OIDARRAYOID, BOOLARRAYOID, TEXTARRAYOID, BOOLARRAYOID,
	OIDARRAYOID, INT2ARRAYOID, OIDARRAYOID, OIDARRAYOID, OIDARRAYOID, INT2ARRAYOID};
	Datum		values[lengthof(types)];
	uint64		i;

	fill_parameters(check, values);
	eth_core_spi(query, SPI_OK_SELECT, lengthof(types), types, values, NULL, true);
	for (i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		char	   *texts[4];
		int			column;

		for (column = 0; column < 4; column++)
			texts[column] = SPI_getvalue(tuple, desc, column + 1);
		if (texts[0] == NULL || texts[1] == NULL || texts[2] == NULL || texts[3] == NULL)
			continue;
		eth_check_found(check, severity_by_name(texts[0]), rank, texts[1], texts[2], texts[3]);
	}
	SPI_freetuptable(SPI_tuptable);
}

/* ---- groups ---- */

#define LOCK_TIMEOUT_MS 2000

/* For the rest of a level of settings, unless the session waits even less. */
static void
limit_waiting(void)
{
	char		value[16];

	if (LockTimeout > 0 && LockTimeout <= LOCK_TIMEOUT_MS)
		return;
	snprintf(value, sizeof(value), "%d", LOCK_TIMEOUT_MS);
	(void) set_config_option("lock_timeout", value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Runs the group; false when it failed.  What it found before it failed stays.
 * The message goes to the server's log only.
 */
bool
eth_check_guarded(EthCheck *check, const char *title, bool as_owner, EthCheckGroup group)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool done = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		int			nest_level = NewGUCNestLevel();
		EthCaller	caller;

		limit_waiting();
		if (as_owner)
			eth_core_enter(&caller);
		SPI_connect();
		group(check);
		SPI_finish();
		if (as_owner)
			eth_core_leave(&caller);
		AtEOXact_GUC(true, nest_level);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;

		/* somebody wants the statement, or the server, to end */
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
			ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION ||
			error->elevel > ERROR)
			ReThrowError(error);
		ereport(LOG_SERVER_ONLY,
				(errcode(error->sqlerrcode),
				 errmsg("ethdata.self_check() could not check %s: %s", title, error->message)));
		eth_check_found(check, ETH_WARNING, ETH_RANK_FIRST, title,
						psprintf("this could not be checked, by an error (SQLSTATE %s)",
								 unpack_sql_state(error->sqlerrcode)),
						"see the server's log; call ethdata.self_check() again when its cause is gone");
		FreeErrorData(error);
		done = false;
	}
	PG_END_TRY();
	return done;
}

/* ---- what is protected ---- */

static void
collect_keys(EthCheck *check, Oid relid, int n, const AttrNumber *columns)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		check->keyed = lappend_oid(check->keyed, relid);
		check->key_columns = lappend_int(check->key_columns, columns[i]);
	}
}

static void
collect_rules(EthCheck *check, Oid relid, const EthTableRules *rules)
{
	EthChecked *relation = palloc0(sizeof(EthChecked));
	int			i;

	relation->relid = relid;
	relation->source = rules->source;
	relation->force = rules->force;
	relation->rows = rules->rows;
	relation->enforcement = rules->enforcement;
	check->relations = lappend(check->relations, relation);
	for (i = 0; i < rules->ncells; i++)
	{
		check->masked = lappend_oid(check->masked, relid);
		check->masked_columns = lappend_int(check->masked_columns, rules->cells[i].attnum);
		collect_keys(check, relid, rules->cells[i].nsubject, rules->cells[i].subject);
	}
	for (i = 0; i < rules->npersons; i++)
		collect_keys(check, relid, rules->persons[i].nkeys, rules->persons[i].keys);
	if (rules->source != relid)
		return;
	for (i = 0; i < rules->npersons; i++)
	{
		if (!OidIsValid(rules->persons[i].class_relid))
			continue;
		check->classes = lappend_oid(check->classes, relid);
		check->class_relations = lappend_oid(check->class_relations, rules->persons[i].class_relid);
	}
}

static void
collect_relation(EthCheck *check, Oid relid)
{
	MemoryContext old = MemoryContextSwitchTo(check->context);
	bool		damaged;

	eth_protect_rules_pin();
	PG_TRY();
	{
		if (eth_protect_is_protected(relid, &damaged) && !damaged)
			collect_rules(check, relid, eth_protect_rules(relid));
		else if (damaged)
			eth_check_found(check, ETH_CRITICAL, ETH_RANK_REST, eth_protect_relation_name(relid),
							"a policy with a name of ethdata's rules is none of them: statements that reach the table end in an error",
							"as a superuser, drop the policies of the table that are called \"ethdata ..\", then call ethdata.protect() and ethdata.mask() for it anew");
	}
	PG_FINALLY();
	{
		eth_protect_rules_unpin();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
}

static void
collect_protected(EthCheck *check)
{
	List	   *seen = NIL;
	ListCell   *lc;
	ListCell   *below;

	foreach(lc, eth_protect_list())
	{
		foreach(below, find_all_inheritors(lfirst_oid(lc), NoLock, NULL))
		{
			CHECK_FOR_INTERRUPTS();
			if (list_member_oid(seen, lfirst_oid(below)))
				continue;
			seen = lappend_oid(seen, lfirst_oid(below));
			collect_relation(check, lfirst_oid(below));
		}
	}
}

bool
eth_check_is_true(const char *query)
{
	bool		isnull;

	eth_core_spi(query, SPI_OK_SELECT, 0, NULL, NULL, NULL, true);
	return SPI_processed == 1 &&
		DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* Is there anything to look after?  Says so where there is not. */
static void
check_declared(EthCheck *check)
{
	check->declared = check->relations != NIL ||
		eth_check_is_true("SELECT EXISTS (SELECT FROM ethdata.purpose) OR EXISTS (SELECT FROM ethdata.subject_class)");
	check->audited =
		eth_check_is_true("SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger t"
						  " WHERE t.tgfoid" EQ "pg_catalog.to_regprocedure('ethdata._audit_change()'))");
	if (!check->declared)
		eth_check_found(check, ETH_NOTICE, ETH_RANK_FIRST, "ethdata",
						"nothing is declared: there is no purpose, no class of persons and no protected table, and nothing has changed for anybody",
						"begin with ethdata.define_subject_class(), ethdata.define_purpose() and ethdata.protect(.., enforcement => 'observe')");
}

static const struct
{
	const char *title;
	bool		as_owner;
	EthCheckGroup group;
}			groups[] =

{
	{"protected tables", false, collect_protected},
	{"policy", true, check_declared},
	{"shared_preload_libraries", true, eth_check_loading},
	{"ethdata.key_file", false, eth_check_key},
	{"nodes", true, eth_check_nodes},
	{"settings", false, eth_check_durability},
	{"settings of the log", false, eth_check_log},
	{"settings of roles and databases", true, eth_check_stored_settings},
	{"roles", true, eth_check_roles},
	{"functions that read files and pages", true, eth_check_functions},
	{"tables of ethdata", true, eth_check_own_tables},
	{"rules", true, eth_check_protection},
	{"privileges", true, eth_check_privileges},
	{"constraints", true, eth_check_existence},
	{"triggers, functions and views", true, eth_check_code},
	{"copies and publications", true, eth_check_copies},
	{"audit", true, eth_check_audit},
	{"purposes", true, eth_check_purposes},
	{"masks", false, eth_check_reveals},
	{"grants of purposes", true, eth_check_grants},
	{"classes", true, eth_check_classes},
	{"columns that look personal", false, eth_check_personal},
};

/*
 * self_check() -> table(severity text, object text, risk text, remedy text)
 *		See above.  severity: critical, warning, notice, in this order, then by
 *		object; before all others of their severity stand a library that is not
 *		preloaded and owners who log in.  object: a name, quoted as SQL wants it,
 *		of what the finding is about.  No rows: nothing was found.
 *
 * Errors: 42501 not superuser, ethdata_admin or ethdata_auditor.
 */
Datum
ethdata_self_check(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	EthCheck	check;
	size_t		i;
	ListCell   *lc;

	if (!eth_core_is_admin(GetUserId()) && !eth_core_has_role(GetUserId(), ETH_ROLE_AUDITOR))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to check ethdata"),
				 errdetail("Only superusers and members of roles \"%s\" and \"%s\" may.",
						   ETH_ROLE_ADMIN, ETH_ROLE_AUDITOR)));
	InitMaterializedSRF(fcinfo, 0);
	memset(&check, 0, sizeof(check));
	check.context = CurrentMemoryContext;
	for (i = 0; i < lengthof(groups); i++)
		(void) eth_check_guarded(&check, groups[i].title, groups[i].as_owner, groups[i].group);

	list_sort(check.findings, compare_findings);
	foreach(lc, check.findings)
	{
		const Finding *finding = lfirst(lc);
		Datum		values[4];
		bool		nulls[4] = {false, false, false, false};

		values[0] = CStringGetTextDatum(severity_names[finding->severity]);
		values[1] = CStringGetTextDatum(finding->object);
		values[2] = CStringGetTextDatum(finding->risk);
		values[3] = CStringGetTextDatum(finding->remedy);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
