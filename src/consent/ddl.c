/*
 * ddl.c
 *		Classes of subjects follow what happens to their tables.
 *
 * A class names columns; when one is renamed, the class goes with it.  When the
 * table is dropped, the class is nobody's any more: its row goes, or, where
 * answers are recorded, says so by a relation of NULL (and not by the OID of a
 * table that is gone, which a dump would carry to another database).
 *
 * Called around utility statements by core's hook; without preload nothing
 * follows, and a class that names a column which is gone is incomplete.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "consent/class.h"

/* A class whose table has a column of the name that is to change. */
typedef struct Renamed
{
	Oid			relid;
	AttrNumber	column;
} Renamed;

typedef struct Follow
{
	List	   *renamed;
	char	   *old_name;
	char	   *new_name;
} Follow;

void *
eth_consent_utility_begins(Node *stmt)
{
	Follow	   *follow;
	int			n;
	int			i;

	if (nodeTag(stmt) == T_RenameStmt)
	{
		if (((RenameStmt *) stmt)->renameType != OBJECT_COLUMN)
			return NULL;
	}
	else if (nodeTag(stmt) != T_DropStmt && nodeTag(stmt) != T_DropOwnedStmt)
		return NULL;
	if (!eth_core_installed() || !OidIsValid(eth_core_relid("subject_class", true)))
		return NULL;

	n = eth_consent_class_count();
	if (n == 0)
		return NULL;
	follow = palloc0(sizeof(Follow));
	if (nodeTag(stmt) != T_RenameStmt)
		return follow;
	follow->old_name = ((RenameStmt *) stmt)->subname;
	follow->new_name = ((RenameStmt *) stmt)->newname;
	for (i = 0; i < n; i++)
	{
		Renamed    *renamed = palloc(sizeof(Renamed));

		/* a rename reaches the children of a table, too */
		renamed->relid = eth_consent_class_relid_at(i);
		renamed->column = OidIsValid(renamed->relid) ?
			get_attnum(renamed->relid, follow->old_name) : InvalidAttrNumber;
		if (renamed->column > 0)
			follow->renamed = lappend(follow->renamed, renamed);
	}
	return follow->renamed == NIL ? NULL : follow;
}

static void
follow_rename(Oid relid, const char *old_name, const char *new_name)
{
	Oid			types[3] = {REGCLASSOID, NAMEOID, NAMEOID};
	Datum		values[3];
	Name		old = palloc0(NAMEDATALEN);
	Name		new = palloc0(NAMEDATALEN);

	namestrcpy(old, old_name);
	namestrcpy(new, new_name);
	values[0] = ObjectIdGetDatum(relid);
	values[1] = NameGetDatum(old);
	values[2] = NameGetDatum(new);
	eth_core_spi("UPDATE ethdata.subject_class SET key_columns = pg_catalog.array_replace(key_columns, $2, $3),"
				 " birth_date = CASE WHEN birth_date = $2 THEN $3 ELSE birth_date END,"
				 " jurisdiction = CASE WHEN jurisdiction = $2 THEN $3 ELSE jurisdiction END,"
				 " time_zone = CASE WHEN time_zone = $2 THEN $3 ELSE time_zone END,"
				 " contact_points = pg_catalog.array_replace(contact_points, $2, $3)"
				 " WHERE relation OPERATOR(pg_catalog.=) $1 AND"
				 " ($2 = ANY (key_columns) OR birth_date = $2 OR jurisdiction = $2 OR time_zone = $2"
				 " OR $2 = ANY (contact_points))",
				 SPI_OK_UPDATE, 3, types, values, NULL, false);
}

static bool
any_table_gone(void)
{
	int			n = eth_consent_class_count();
	int			i;

	for (i = 0; i < n; i++)
	{
		if (!eth_consent_class_dropped_at(i) && !OidIsValid(eth_consent_class_relid_at(i)))
			return true;
	}
	return false;
}

static void
follow_drop(void)
{
	uint64		i;

	eth_core_spi("DELETE FROM ethdata.subject_class s WHERE s.relation IS NOT NULL"
				 " AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = s.relation)"
				 " AND NOT EXISTS (SELECT FROM ethdata.consent_state t WHERE t.class_id = s.id)",
				 SPI_OK_DELETE, 0, NULL, NULL, NULL, false);
	eth_core_spi("WITH gone AS (UPDATE ethdata.subject_class s SET relation = NULL WHERE s.relation IS NOT NULL"
				 " AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = s.relation)"
				 " RETURNING s.code) SELECT code FROM gone ORDER BY code",
				 SPI_OK_SELECT, 0, NULL, NULL, NULL, false);
	for (i = 0; i < SPI_processed; i++)
	{
		char	   *code = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);

		ereport(NOTICE,
				(errmsg("the table of subject class \"%s\" is gone; what its persons answered stays recorded", code),
				 errhint("Call ethdata.define_subject_class() for the table that takes its place, with code => '%s'.", code)));
	}
}

void
eth_consent_utility_ends(void *state)
{
	Follow	   *follow = (Follow *) state;
	EthCaller	caller;
	ListCell   *lc;

	CommandCounterIncrement();
	/* DROP EXTENSION ethdata takes everything along */
	if (!eth_core_installed() || !OidIsValid(eth_core_relid("subject_class", true)))
		return;
	if (follow->renamed == NIL && !any_table_gone())
		return;

	eth_core_enter(&caller);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	foreach(lc, follow->renamed)
	{
		Renamed    *renamed = lfirst(lc);
		char	   *name = get_attname(renamed->relid, renamed->column, true);

		if (name != NULL && strcmp(name, follow->new_name) == 0)
			follow_rename(renamed->relid, follow->old_name, follow->new_name);
	}
	if (follow->renamed == NIL)
		follow_drop();
	SPI_finish();
	eth_core_leave(&caller);
	eth_consent_cache_forget();
}
