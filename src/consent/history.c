/*
 * history.c
 *		The SQL functions over what was recorded: the history of a person, and
 *		the officer's decision on an objection.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "consent/record.h"

PG_FUNCTION_INFO_V1(ethdata_decide_objection);
PG_FUNCTION_INFO_V1(ethdata_consent_history);

HeapTuple
eth_consent_event_by_id(int64 id, TupleDesc *desc)
{
	Relation	rel = table_open(eth_core_relid("consent_event", false), AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_consent_event_id, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
	scan = systable_beginscan(rel, eth_core_relid("consent_event_pkey", false), true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	*desc = CreateTupleDescCopy(RelationGetDescr(rel));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return tuple;
}

/*
 * decide_objection(objection, outcome, grounds) -> void.  The officer's answer to
 * an objection that is not absolute: upheld goes on denying, overridden lifts it.
 * One that is absolute where it was raised is decided for the purposes below that
 * rest on legitimate interests or a public task and are no direct marketing.
 * Errors: 42501, 42704 no such objection, 22023.
 */
Datum
ethdata_decide_objection(PG_FUNCTION_ARGS)
{
	static const char *const outcomes[] = {"upheld", "overridden"};
	char	   *outcome;
	char	   *grounds;
	HeapTuple	tuple = NULL;
	TupleDesc	desc;
	EthEvent	objection = {0};
	EthRecord	record;
	EthClass	copy;
	EthKey		key;
	const EthClass *class;
	const EthPurpose *purpose;
	bool		absolute;
	bool		pends;
	bool		isnull;

	if (!eth_consent_is_officer())
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to decide an objection"),
				 errdetail("Only superusers and members of role \"%s\" may.", ETH_ROLE_OFFICER)));
	outcome = eth_consent_one_of(eth_consent_text_arg(fcinfo, 1), "outcome", outcomes, lengthof(outcomes));
	grounds = eth_consent_required_text(fcinfo, 2, "grounds");
	if (grounds[strspn(grounds, " \t\r\n")] == '\0')
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("grounds must say why the objection is %s", outcome)));
	if (!PG_ARGISNULL(0))
		tuple = eth_consent_event_by_id(PG_GETARG_INT64(0), &desc);
	if (tuple != NULL)
		eth_consent_event_from_tuple(&objection, tuple, desc, NULL);
	if (tuple == NULL || objection.action != ETH_ACTION_OBJECT)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("there is no objection with this id"),
				 errhint("ethdata.object_to() returned the id; ethdata.consent_history() lists it.")));

	memset(&record, 0, sizeof(record));
	record.purpose = TextDatumGetCString(heap_getattr(tuple, Anum_consent_event_purpose, desc, &isnull));
	purpose = eth_purpose_by_id(objection.purpose);
	absolute = (objection.flags & ETH_EVENT_ABSOLUTE) ||
		(purpose != NULL && purpose->direct_marketing);
	pends = eth_consent_objection_pends(objection.purpose, absolute);
	if (absolute && !pends)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("an objection to direct marketing is absolute and not to be decided"),
				 errhint("Only consent that the person gives again, with supersedes => the objection's id, lifts it.")));
	if (!pends)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("the objection to purpose \"%s\" is inapplicable: there is nothing to decide",
						record.purpose)));
	class = eth_consent_class_by_id(DatumGetInt32(heap_getattr(tuple, Anum_consent_event_class_id,
															   desc, &isnull)));
	if (class == NULL || !OidIsValid(class->relid))
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("the subject class of the objection is not defined any more"),
				 errhint("Define it again with ethdata.define_subject_class().")));
	eth_consent_class_copy(&copy, class);
	eth_consent_key_from_text(&key, &copy,
							  TextDatumGetCString(heap_getattr(tuple, Anum_consent_event_subject,
															   desc, &isnull)));
	if (absolute)
		ereport(NOTICE,
				(errmsg("the objection to purpose \"%s\" stays absolute against direct marketing", record.purpose),
				 errdetail("It is decided for the purposes below that are none.")));
	record.purpose_id = objection.purpose;
	record.action = ETH_ACTION_DECIDE;
	record.status = strcmp(outcome, "upheld") == 0 ? ETH_STATUS_OBJECTED : ETH_STATUS_INVALIDATED;
	record.authority = ETH_AUTHORITY_INTERESTS;
	record.evidence = eth_consent_evidence_of("outcome", outcome, "grounds", grounds);
	record.actor = "operator";
	record.supersedes = objection.id;
	eth_consent_record(&copy, &key, &record, 1, "decide_objection()");
	PG_RETURN_VOID();
}

/*
 * consent_history(subject, class) -> setof consent_event, oldest first.  The
 * officer sees all events, as does the person under purpose "self"; a collector those
 * of the purposes that he collects.
 * Errors: 42704, 42501, 22023.
 */
Datum
ethdata_consent_history(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *subject = eth_consent_required_text(fcinfo, 0, "subject");
	bool		officer = eth_consent_is_officer();
	bool		collector = officer;
	bool		self = false;
	EthClass	class;
	EthKey		key;
	Relation	rel;
	Relation	index;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	int			n;
	int			i;

	n = eth_purpose_count();
	for (i = 0; i < n && !collector; i++)
	{
		const EthPurpose *purpose = eth_purpose_by_index(i);

		collector = purpose != NULL && eth_purpose_may_collect(GetUserId(), purpose);
	}
	self = !collector && eth_consent_acts_for_self();
	if (!collector && !self)
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to read the consent history of a person"),
				 errdetail("Role \"%s\" holds no collection grant and is no member of role \"%s\".",
						   GetUserNameFromId(GetUserId(), false), ETH_ROLE_OFFICER)));
	eth_consent_class_arg(fcinfo, 1, &class);
	eth_consent_key_from_text(&key, &class, subject);
	if (self && !eth_consent_is_self(class.id, &key))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("permission denied to read the consent history of a person"),
				 errdetail("Under purpose \"self\" it is that of the person whom the token names.")));

	InitMaterializedSRF(fcinfo, 0);
	rel = table_open(eth_core_relid("consent_event", false), AccessShareLock);
	ScanKeyInit(&keys[0], Anum_consent_event_class_id, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(class.id));
	ScanKeyInit(&keys[1], Anum_consent_event_subject, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(eth_consent_key_to_text(&key, class.key_kind)));
	/* the index ends with the id: events come in the order of recording */
	index = index_open(eth_core_relid("consent_event_subject", false), AccessShareLock);
	scan = systable_beginscan_ordered(rel, index, GetActiveSnapshot(), 2, keys);
	while ((tuple = systable_getnext_ordered(scan, ForwardScanDirection)) != NULL)
	{
		if (!officer && !self)
		{
			bool		isnull;
			Datum		code = heap_getattr(tuple, Anum_consent_event_purpose,
											RelationGetDescr(rel), &isnull);

			if (!eth_consent_may_collect(eth_purpose_id(TextDatumGetCString(code))))
				continue;
		}
		tuplestore_puttuple(rsinfo->setResult, tuple);
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(rel, AccessShareLock);
	return (Datum) 0;
}
