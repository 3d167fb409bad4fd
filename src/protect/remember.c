/*
 * remember.c
 *		The tables ethdata.remembered_grant and ethdata.protected_relation.
 *
 * remembered_grant holds grants that ethdata withdrew, or gave to exempt roles;
 * privilege.c says what follows from them.  A row names its roles: the grantee
 * by OID and name, which both must fit, because another database of the cluster
 * may drop a role and make one of the same name without this one being told.
 * Two things change only one of the two: a restore into another cluster (the
 * name stays) and a renaming (the OID stays).  So one alone is enough where a
 * second witness vouches for the role: the list of roles of the rule, which core
 * itself keeps (the caller's function "knows").  Rows of roles that nobody
 * vouches for have no effect and are left alone.
 *
 * Everything here runs as the extension's owner, under a lock on the relation
 * that the caller took (ShareUpdateExclusiveLock or more), so that two sessions
 * never change the rows of one relation at a time; but for a restore, which loads
 * rows with COPY and asks nobody.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "protect/define.h"

#define SELECT_GRANTS \
	"SELECT g.ctid, g.column_name, g.grantee, g.grantee_oid, g.grantor, g.grant_option, g.given, g.place" \
	"  FROM ethdata.remembered_grant g WHERE g.relation OPERATOR(pg_catalog.=) $1" \
	" ORDER BY g.column_name NULLS FIRST, g.place, g.grantee, g.grantor, g.given"
#define INSERT_GRANT \
	"INSERT INTO ethdata.remembered_grant" \
	" (relation, column_name, grantee, grantee_oid, grantor, grant_option, given, place)" \
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
#define DELETE_GRANT \
	"DELETE FROM ethdata.remembered_grant g WHERE g.ctid OPERATOR(pg_catalog.=) $1"

static bool
role_exists(Oid role)
{
	return SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role));
}

/* The role that a row means; false when nobody vouches for one. */
static bool
resolve_grantee(const char *name, Oid oid, AttrNumber attnum, bool given,
				EthGrantKnows knows, void *context, Oid *role)
{
	Oid			by_name;

	if (oid == ACL_ID_PUBLIC)
	{
		*role = ACL_ID_PUBLIC;
		return true;
	}
	by_name = get_role_oid(name, true);
	if (OidIsValid(by_name) && (by_name == oid || knows(context, attnum, given, by_name)))
	{
		*role = by_name;
		return true;
	}
	if (!OidIsValid(by_name) && role_exists(oid) && knows(context, attnum, given, oid))
	{
		*role = oid;
		return true;
	}
	return false;
}

typedef struct StoredGrant
{
	EthGrant	grant;
	ItemPointerData tid;
	bool		exact;			/* the row says all this literally */
	bool		dead;			/* its column is gone */
} StoredGrant;

static Name
name_of(const char *text)
{
	Name		name = palloc(NAMEDATALEN);

	namestrcpy(name, text);
	return name;
}

/* Reads rows; SPI is connected, the result is in the memory context "into". */
static List *
read_rows(Oid relid, Oid owner, EthGrantKnows knows, void *context, MemoryContext into)
{
	Oid			types[1] = {REGCLASSOID};
	Datum		values[1];
	List	   *result = NIL;
	uint64		i;

	values[0] = ObjectIdGetDatum(relid);
	eth_core_spi(SELECT_GRANTS, SPI_OK_SELECT, 1, types, values, NULL, false);
	for (i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		StoredGrant *row = MemoryContextAllocZero(into, sizeof(StoredGrant));
		MemoryContext old;
		char	   *column = SPI_getvalue(tuple, desc, 2);
		char	   *grantee = SPI_getvalue(tuple, desc, 3);
		char	   *grantor = SPI_getvalue(tuple, desc, 5);
		Oid			oid;
		Oid			by_name;
		bool		isnull;

		row->tid = *(ItemPointer) DatumGetPointer(SPI_getbinval(tuple, desc, 1, &isnull));
		oid = DatumGetObjectId(SPI_getbinval(tuple, desc, 4, &isnull));
		row->grant.option = DatumGetBool(SPI_getbinval(tuple, desc, 6, &isnull));
		row->grant.given = DatumGetBool(SPI_getbinval(tuple, desc, 7, &isnull));
		row->grant.place = DatumGetInt32(SPI_getbinval(tuple, desc, 8, &isnull));
		if (column != NULL)
		{
			row->grant.attnum = get_attnum(relid, column);
			if (row->grant.attnum <= 0)
				row->dead = true;
		}
		if (!row->dead)
		{
			const char *now;

			if (!resolve_grantee(grantee, oid, row->grant.attnum, row->grant.given,
								 knows, context, &row->grant.grantee))
				continue;
			now = row->grant.grantee == ACL_ID_PUBLIC ? "public" :
				GetUserNameFromId(row->grant.grantee, false);
			row->exact = row->grant.grantee == oid && strcmp(now, grantee) == 0;

			by_name = get_role_oid(grantor, true);
			row->grant.grantor = OidIsValid(by_name) ? by_name : owner;
			row->exact = row->exact && OidIsValid(by_name);
		}
		old = MemoryContextSwitchTo(into);
		result = lappend(result, row);
		MemoryContextSwitchTo(old);
	}
	return result;
}

static Oid
owner_of(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

List *
eth_protect_remembered(Oid relid, EthGrantKnows knows, void *context)
{
	MemoryContext into = CurrentMemoryContext;
	EthCaller	caller;
	List	   *rows;

	eth_core_enter(&caller);
	SPI_connect();
	rows = read_rows(relid, owner_of(relid), knows, context, into);
	SPI_finish();
	eth_core_leave(&caller);
	return rows;
}

List *
eth_protect_grants_of(List *remembered)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, remembered)
	{
		StoredGrant *row = lfirst(lc);

		if (!row->dead)
			result = lappend(result, &row->grant);
	}
	return result;
}

bool
eth_protect_has_remembered(Oid relid)
{
	Oid			types[1] = {REGCLASSOID};
	Datum		values[1];
	EthCaller	caller;
	bool		result;

	values[0] = ObjectIdGetDatum(relid);
	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi("SELECT 1 FROM ethdata.remembered_grant g WHERE g.relation OPERATOR(pg_catalog.=) $1 LIMIT 1",
				 SPI_OK_SELECT, 1, types, values, NULL, false);
	result = SPI_processed > 0;
	SPI_finish();
	eth_core_leave(&caller);
	return result;
}

static bool
same_grant(const EthGrant *a, const EthGrant *b)
{
	return a->attnum == b->attnum && a->grantee == b->grantee && a->grantor == b->grantor &&
		a->option == b->option && a->given == b->given;
}

static void
insert_row(Oid relid, const EthGrant *grant)
{
	Oid			types[8] = {REGCLASSOID, NAMEOID, NAMEOID, OIDOID, NAMEOID, BOOLOID, BOOLOID, INT4OID};
	Datum		values[8];
	char		nulls[9] = "        ";

	values[0] = ObjectIdGetDatum(relid);
	if (grant->attnum == 0)
	{
		values[1] = (Datum) 0;
		nulls[1] = 'n';
	}
	else
		values[1] = NameGetDatum(name_of(get_attname(relid, grant->attnum, false)));
	values[2] = NameGetDatum(name_of(grant->grantee == ACL_ID_PUBLIC ? "public" :
									 GetUserNameFromId(grant->grantee, false)));
	values[3] = ObjectIdGetDatum(grant->grantee);
	values[4] = NameGetDatum(name_of(GetUserNameFromId(grant->grantor, false)));
	values[5] = BoolGetDatum(grant->option);
	values[6] = BoolGetDatum(grant->given);
	values[7] = Int32GetDatum(grant->place);
	eth_core_spi(INSERT_GRANT, SPI_OK_INSERT, 8, types, values, nulls, false);
}

bool
eth_protect_remember(Oid relid, List *remembered, List *grants)
{
	Oid			tid_type[1] = {TIDOID};
	Datum		value[1];
	EthCaller	caller;
	bool		changed = false;
	ListCell   *lc;

	eth_core_enter(&caller);
	SPI_connect();
	foreach(lc, remembered)
	{
		StoredGrant *row = lfirst(lc);
		ListCell   *wanted;
		bool		keep = false;

		if (!row->dead && row->exact)
		{
			foreach(wanted, grants)
			{
				if (same_grant(&row->grant, lfirst(wanted)))
					keep = true;
			}
		}
		if (keep)
			continue;
		value[0] = PointerGetDatum(&row->tid);
		eth_core_spi(DELETE_GRANT, SPI_OK_DELETE, 1, tid_type, value, NULL, false);
		changed = true;
	}
	foreach(lc, grants)
	{
		ListCell   *cell;
		bool		there = false;

		foreach(cell, remembered)
		{
			StoredGrant *row = lfirst(cell);

			if (!row->dead && row->exact && same_grant(&row->grant, lfirst(lc)))
				there = true;
		}
		if (there)
			continue;
		insert_row(relid, lfirst(lc));
		changed = true;
	}
	SPI_finish();
	eth_core_leave(&caller);
	return changed;
}

List *
eth_protect_remembered_relations(List *roles)
{
	MemoryContext into = CurrentMemoryContext;
	int			n = list_length(roles);
	Datum	   *oids = palloc(sizeof(Datum) * n);
	Datum	   *names = palloc(sizeof(Datum) * n);
	Oid			types[2] = {OIDARRAYOID, NAMEARRAYOID};
	Datum		values[2];
	EthCaller	caller;
	List	   *result = NIL;
	uint64		i;
	int			k;

	for (k = 0; k < n; k++)
	{
		oids[k] = ObjectIdGetDatum(list_nth_oid(roles, k));
		names[k] = NameGetDatum(name_of(GetUserNameFromId(list_nth_oid(roles, k), false)));
	}
	values[0] = PointerGetDatum(construct_array(oids, n, OIDOID, sizeof(Oid), true, TYPALIGN_INT));
	values[1] = PointerGetDatum(construct_array(names, n, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR));
	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi("SELECT DISTINCT g.relation FROM ethdata.remembered_grant g"
				 " WHERE g.grantee_oid OPERATOR(pg_catalog.=) ANY ($1)"
				 " OR g.grantee OPERATOR(pg_catalog.=) ANY ($2)"
				 " OR g.grantor OPERATOR(pg_catalog.=) ANY ($2)",
				 SPI_OK_SELECT, 2, types, values, NULL, false);
	for (i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Oid			relid = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i],
														   SPI_tuptable->tupdesc, 1, &isnull));
		MemoryContext old = MemoryContextSwitchTo(into);

		result = lappend_oid(result, relid);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	eth_core_leave(&caller);
	return result;
}

/* Without this a dump would carry an OID that means another table elsewhere. */
void
eth_protect_forget_dropped(void)
{
	EthCaller	caller;

	if (!eth_core_installed() || !OidIsValid(eth_core_relid("remembered_grant", true)) ||
		!OidIsValid(eth_core_relid("protected_relation", true)))
		return;
	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi("DELETE FROM ethdata.remembered_grant g WHERE NOT EXISTS"
				 " (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) g.relation)",
				 SPI_OK_DELETE, 0, NULL, NULL, NULL, false);
	eth_core_spi("DELETE FROM ethdata.protected_relation p WHERE NOT EXISTS"
				 " (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) p.relation)",
				 SPI_OK_DELETE, 0, NULL, NULL, NULL, false);
	if (OidIsValid(eth_core_relid("exception", true)))
		eth_core_spi("DELETE FROM ethdata.exception x WHERE x.relation IS NOT NULL AND NOT EXISTS"
					 " (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) x.relation)",
					 SPI_OK_DELETE, 0, NULL, NULL, NULL, false);
	if (OidIsValid(eth_core_relid("observation", true)))
		eth_core_spi("DELETE FROM ethdata.observation o WHERE o.relation IS NOT NULL AND NOT EXISTS"
					 " (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) o.relation)",
					 SPI_OK_DELETE, 0, NULL, NULL, NULL, false);
	SPI_finish();
	eth_core_leave(&caller);
}

/* ---- ethdata.protected_relation ---- */

/* Notes when, by whom and how strictly the relation was protected first; later calls leave it. */
void
eth_protect_record(Oid relid, const char *enforcement)
{
	EthCaller	caller;
	Oid			types[3] = {REGCLASSOID, NAMEOID, TEXTOID};
	Datum		values[3];

	values[0] = ObjectIdGetDatum(relid);
	values[1] = NameGetDatum(name_of(GetUserNameFromId(GetUserId(), false)));
	values[2] = CStringGetTextDatum(enforcement);
	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi("INSERT INTO ethdata.protected_relation (relation, enforcement, protected_at, protected_by)"
				 " VALUES ($1, $3, pg_catalog.clock_timestamp(), $2)"
				 " ON CONFLICT (relation) DO NOTHING",
				 SPI_OK_INSERT, 3, types, values, NULL, false);
	SPI_finish();
	eth_core_leave(&caller);
}

void
eth_protect_unrecord(Oid relid)
{
	EthCaller	caller;
	Oid			types[1] = {REGCLASSOID};
	Datum		values[1];

	values[0] = ObjectIdGetDatum(relid);
	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi("DELETE FROM ethdata.protected_relation p WHERE p.relation OPERATOR(pg_catalog.=) $1",
				 SPI_OK_DELETE, 1, types, values, NULL, false);
	SPI_finish();
	eth_core_leave(&caller);
}
