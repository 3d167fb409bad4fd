/*
 * enforcement.c
 *		How strictly a table is protected: off, observe, enforce.
 *
 *	enforce		reads are rewritten, privileges narrowed
 *	observe		privileges as the site granted them, reads answered as without
 *				ethdata; what would differ is counted (observe.c)
 *	off			privileges likewise, and nothing is counted
 *
 * The state is a row of ethdata.protected_relation, a table that pg_dump carries
 * before it creates policies: when a restore makes the rules, the state is there
 * and decides whether privileges are narrowed (privilege.c); the grants that come
 * last are then narrowed or left alone.  A relation without a row is enforced.
 *
 * It is part of the rules as planning knows them (rules.c), so it changes as
 * they do: under AccessExclusiveLock, and with an invalidation of the relation
 * and all below it.  The trigger of the table sends the invalidation, so that a
 * restore and a hand that writes it count too.
 *
 * Going to less is for policy administrators, who must say why.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "core/event.h"
#include "protect/define.h"
#include "protect/observe.h"

#define RECORDED_RELATION 1
#define RECORDED_ENFORCEMENT 2

static const char *const names[] = {
	[ETH_ENFORCE_OFF] = "off",
	[ETH_ENFORCE_OBSERVE] = "observe",
	[ETH_ENFORCE_ENFORCE] = "enforce",
};

const char *
eth_protect_enforcement_name(EthEnforcement enforcement)
{
	return names[enforcement];
}

static bool
find_name(const char *name, EthEnforcement *found)
{
	size_t		i;

	for (i = 0; i < lengthof(names); i++)
	{
		if (strcmp(names[i], name) == 0)
		{
			*found = (EthEnforcement) i;
			return true;
		}
	}
	return false;
}

EthEnforcement
eth_protect_enforcement_by_name(const char *name)
{
	EthEnforcement result;

	if (!find_name(name, &result))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("unknown enforcement \"%s\"", name),
				 errhint("It is enforce, observe or off.")));
	return result;
}

/*
 * Read under a fresh catalogue snapshot.  Anything that is not understood is
 * "enforce".
 */
EthEnforcement
eth_protect_recorded_enforcement(Oid relid)
{
	Oid			table = eth_core_relid("protected_relation", true);
	Oid			index = eth_core_relid("protected_relation_pkey", true);
	EthEnforcement result = ETH_ENFORCE_ENFORCE;
	Relation	rel;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(table))
		return ETH_ENFORCE_ENFORCE;
	rel = table_open(table, AccessShareLock);
	ScanKeyInit(&key, RECORDED_RELATION, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, index, OidIsValid(index), NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, RECORDED_ENFORCEMENT, RelationGetDescr(rel), &isnull);

		if (!isnull && !find_name(TextDatumGetCString(value), &result))
			result = ETH_ENFORCE_ENFORCE;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

void
eth_protect_require_own_rules(Oid relid, const char *what, const char *instead)
{
	eth_protect_check_relation(relid, what);
	if (eth_protect_has_own_rules(relid))
		return;
	if (eth_protect_rules(relid) != NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_STATE),
				 errmsg("%s is protected through a table above it", eth_protect_relation_name(relid)),
				 errhint("%s of that table.", instead)));
	ereport(ERROR,
			(errcode(ETH_ERR_STATE),
			 errmsg("%s is not protected", eth_protect_relation_name(relid)),
			 errhint("Call ethdata.protect() first.")));
}

void
eth_protect_check_enforcement(Oid relid, EthEnforcement wanted, const char *reason)
{
	EthEnforcement now = eth_protect_recorded_enforcement(relid);

	if (wanted >= now)
		return;
	if (!eth_core_is_admin(GetUserId()))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to set the enforcement of %s to %s",
						eth_protect_relation_name(relid), names[wanted]),
				 errdetail("It is %s now, and less protection is for policy administrators.", names[now]),
				 errhint("Ask a member of role \"%s\".", ETH_ROLE_ADMIN)));
	if (reason == NULL || reason[strspn(reason, " \t\r\n")] == '\0')
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("going from enforcement %s to %s needs a reason", names[now], names[wanted]),
				 errhint("Call ethdata.set_enforcement() with reason => '...'.")));
}

bool
eth_protect_change_enforcement(Oid relid, EthEnforcement wanted, const char *reason)
{
	EthEnforcement now = eth_protect_recorded_enforcement(relid);
	Oid			types[4] = {REGCLASSOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[4];
	char		nulls[] = "    ";
	EthDetails	details;
	EthAuditEvent event;
	EthCaller	caller;

	if (wanted == now)
		return false;
	values[0] = ObjectIdGetDatum(relid);
	values[1] = CStringGetTextDatum(names[wanted]);
	values[2] = reason ? CStringGetTextDatum(reason) : (Datum) 0;
	if (reason == NULL)
		nulls[2] = 'n';
	values[3] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi("INSERT INTO ethdata.protected_relation AS p"
				 " (relation, enforcement, protected_at, protected_by, enforcement_reason, enforcement_at, enforcement_by)"
				 " VALUES ($1, $2, pg_catalog.clock_timestamp(), $4, $3, pg_catalog.clock_timestamp(), $4)"
				 " ON CONFLICT (relation) DO UPDATE SET enforcement = EXCLUDED.enforcement,"
				 " enforcement_reason = EXCLUDED.enforcement_reason, enforcement_at = EXCLUDED.enforcement_at,"
				 " enforcement_by = EXCLUDED.enforcement_by",
				 SPI_OK_INSERT, 4, types, values, nulls, false);
	SPI_finish();
	eth_core_leave(&caller);
	eth_protect_invalidate(relid);
	CommandCounterIncrement();
	ereport(NOTICE,
			(errmsg("enforcement of %s changed from %s to %s", eth_protect_relation_name(relid),
					names[now], names[wanted])));

	eth_core_details_begin(&details);
	eth_core_details_change(&details, "enforcement", names[now], names[wanted]);
	eth_core_details_text(&details, "reason", reason);
	memset(&event, 0, sizeof(event));
	event.kind = ETH_AUDIT_POLICY;
	event.action = "set_enforcement";
	event.relid = relid;
	event.details = eth_core_details_end(&details);
	eth_core_event(&event);
	return true;
}

/*
 * set_enforcement(relation regclass, enforcement text, reason text)
 *
 * Result: whether anything changed.  Errors: 42501 neither owner nor
 * administrator, or less by somebody who is no administrator; 55000 not preloaded,
 * not protected or protected from above; 22023 unknown value, or less without a
 * reason; 42809 no table.
 */
PG_FUNCTION_INFO_V1(ethdata_set_enforcement);

Datum
ethdata_set_enforcement(PG_FUNCTION_ARGS)
{
	Oid			relid;
	EthEnforcement wanted;
	char	   *reason;

	eth_core_require_preload("ethdata.set_enforcement()");
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s must not be null", PG_ARGISNULL(0) ? "relation" : "enforcement")));
	relid = PG_GETARG_OID(0);
	reason = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	LockRelationOid(relid, AccessShareLock);
	eth_protect_check_relation(relid, "set the enforcement of");
	eth_core_require_owner_or_admin(relid, "set the enforcement of");
	eth_protect_require_own_rules(relid, "set the enforcement of", "Set the enforcement");
	wanted = eth_protect_enforcement_by_name(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	eth_protect_check_enforcement(relid, wanted, reason);
	if (wanted == eth_protect_recorded_enforcement(relid))
		PG_RETURN_BOOL(false);

	/* somebody may have been quicker */
	LockRelationOid(relid, AccessExclusiveLock);
	eth_protect_require_own_rules(relid, "set the enforcement of", "Set the enforcement");
	eth_protect_check_enforcement(relid, wanted, reason);
	if (!eth_protect_change_enforcement(relid, wanted, reason))
		PG_RETURN_BOOL(false);
	eth_protect_narrow(relid);
	eth_protect_save_observed();
	PG_RETURN_BOOL(true);
}

PG_FUNCTION_INFO_V1(ethdata__enforcement_changed);

/*
 * Trigger of protected_relation, AFTER ROW: the rules of the relation are read
 * again.  Errors: 39P01 when it is called otherwise.
 */
Datum
ethdata__enforcement_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	HeapTuple	tuples[2];
	int			i;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired AFTER ROW", "ethdata._enforcement_changed")));
	tuples[0] = trigdata->tg_trigtuple;
	tuples[1] = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ? trigdata->tg_newtuple : NULL;
	for (i = 0; i < 2; i++)
	{
		bool		isnull;
		Oid			relid;

		if (tuples[i] == NULL)
			continue;
		relid = DatumGetObjectId(heap_getattr(tuples[i], RECORDED_RELATION,
											  RelationGetDescr(trigdata->tg_relation), &isnull));
		if (!isnull && SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
			eth_protect_invalidate(relid);
	}
	return PointerGetDatum(NULL);
}
