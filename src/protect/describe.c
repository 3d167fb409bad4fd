/*
 * describe.c
 *		describe(): what is declared about the columns of a table, and how the
 *		caller sees them.
 *
 * Reads rules and labels, no rows.  seen_as is what a SELECT by the caller would
 * give under the purpose in force:
 *
 *	shown		the value
 *	masked		the mask, for every row
 *	by consent	value or mask (or row or nothing), by what each person permits
 *	hidden		nothing: no purpose is in force and rows may be hidden
 *	shown (..)	the value, whatever the rules: the table is in observe or off, or its
 *				protection is suspended, or the caller has broken the glass
 *	refused		an error: the caller holds no privilege on the column
 *
 * masked_as is the expression that mask() took, over "value", or NULL as text.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "decide/decide.h"
#include "protect/define.h"
#include "protect/rewrite.h"
#include "protect/policy.h"
#include "purpose/purpose.h"

static void
check_may_describe(Oid relid, const EthTableRules *rules)
{
	Oid			caller = GetUserId();
	int			i;

	if (eth_core_is_admin(caller) || eth_core_has_role(caller, ETH_ROLE_AUDITOR) ||
		eth_core_has_role(caller, ETH_ROLE_OFFICER) || eth_compat_owns_relation(relid, caller) ||
		pg_class_aclcheck(relid, caller, ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck_all(relid, caller, ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK ||
		eth_protect_is_reader(rules->readers, caller))
		return;
	for (i = 0; i < rules->ncells; i++)
		if (eth_protect_is_reader(rules->cells[i].readers, caller))
			return;
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("permission denied for table %s", eth_protect_relation_name(relid)),
			 errdetail("Whoever may read a column of the table, its owner, administrators, auditors and officers may.")));
}

/* The rule as stored, on the relation or on one above it. */
static const EthRule *
stored_rule(Oid relid, Oid policy)
{
	ListCell   *source;
	ListCell   *lc;

	foreach(source, lcons_oid(relid, eth_protect_relations_above(relid)))
	{
		foreach(lc, eth_protect_stored_rules(lfirst_oid(source)))
		{
			if (((EthRule *) lfirst(lc))->policy == policy)
				return lfirst(lc);
		}
	}
	return NULL;
}

static char *
category_of(Oid relid, const EthTableRules *rules, AttrNumber attnum)
{
	if (rules->cell_of[attnum] >= 0 &&
		rules->cells[rules->cell_of[attnum]].category != NULL)
		return rules->cells[rules->cell_of[attnum]].category;
	if (rules->source != relid)
	{
		attnum = get_attnum(rules->source, get_attname(relid, attnum, false));
		relid = rules->source;
	}
	return attnum > 0 ? eth_protect_label(relid, attnum) : NULL;
}

/* Does any rule of the table ask a person? */
static bool
persons_decide(const EthTableRules *rules)
{
	int			i;

	for (i = 0; i < rules->npersons; i++)
		if (OidIsValid(rules->persons[i].class_relid))
			return true;
	return false;
}

/* By the rules alone. */
static const char *
seen_by_rules(const EthTableRules *rules, AttrNumber attnum, const EthPurpose *purpose)
{
	Oid			caller = GetUserId();
	bool		usable = purpose != NULL && !purpose->retired;
	bool		hides = eth_protect_hides_rows(rules, InvalidOid);
	const EthCellRule *cell;

	if (eth_protect_is_exempt(rules, caller))
		return "shown";
	if (!eth_protect_may_read_column(rules, attnum, caller))
		return "refused";
	if (hides && !usable)
		return "hidden";
	if (bms_is_member(attnum, rules->unknown) || bms_is_member(attnum, rules->derived))
		return "masked";
	if (usable && purpose->self && persons_decide(rules))
		return "own";
	if (rules->cell_of[attnum] < 0)
		return rules->rows && persons_decide(rules) ? "by consent" : "shown";
	cell = &rules->cells[rules->cell_of[attnum]];
	if (!usable || rules->npersons == 0 || !eth_protect_is_listed(cell, purpose) ||
		(cell->special && purpose->special_ground == NULL))
		return "masked";
	return cell->nsubject > 0 || persons_decide(rules) ? "by consent" : "shown";
}

static const char *
seen_as(const EthTableRules *rules, AttrNumber attnum, const EthPurpose *purpose)
{
	const char *seen = seen_by_rules(rules, attnum, purpose);

	if (strcmp(seen, "shown") == 0 || strcmp(seen, "refused") == 0)
		return seen;
	if (rules->enforcement == ETH_ENFORCE_OFF)
		return "shown (off)";
	switch (eth_decide_excepted(rules->source, InvalidOid, NULL))
	{
		case ETH_EXCEPTION_SUSPENDED:
			return "shown (suspended)";
		case ETH_EXCEPTION_BREAK_GLASS:
			return "shown (break_glass)";
		case ETH_EXCEPTION_NONE:
			break;
	}
	return rules->enforcement == ETH_ENFORCE_OBSERVE ? "shown (observe)" : seen;
}

static Datum
texts_datum(int n, char **texts)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(n, 1));
	int			i;

	for (i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum(texts[i]);
	return PointerGetDatum(n == 0 ? construct_empty_array(TEXTOID) :
						   construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/*
 * describe(relation regclass)
 *		-> (column_name, category, masked_as, reveal_for, seen_as)
 *
 * One row for each column.  category NULL: the column was added after the table
 * was protected and nobody classified it.  reveal_for NULL: no mask.  Errors:
 * 55000 not protected, 42809 no table, 42501 the caller may read nothing of it,
 * 22023 relation null.
 */
PG_FUNCTION_INFO_V1(ethdata_describe);

Datum
ethdata_describe(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const EthTableRules *rules;
	const EthPurpose *purpose;
	const char *why;
	Oid			relid;
	int			attnum;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("relation must not be null")));
	relid = PG_GETARG_OID(0);
	LockRelationOid(relid, AccessShareLock);
	eth_protect_check_relation(relid, "describe");
	purpose = eth_purpose_for_explanation(GetUserId(), NULL, &why);

	/* pinned before they are read: the checks below read catalogues */
	eth_protect_rules_pin();
	PG_TRY();
	{
		rules = eth_protect_rules(relid);
		if (rules == NULL)
			ereport(ERROR,
					(errcode(ETH_ERR_STATE),
					 errmsg("%s is not protected", eth_protect_relation_name(relid)),
					 errhint("Call ethdata.protect() first.")));
		check_may_describe(relid, rules);

		for (attnum = 1; attnum <= rules->natts; attnum++)
		{
			HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attnum));
			Datum		values[5];
			bool		nulls[5] = {false, true, true, true, false};
			NameData	name;
			bool		dropped;
			char	   *text;

			if (!HeapTupleIsValid(tuple))
				continue;
			dropped = ((Form_pg_attribute) GETSTRUCT(tuple))->attisdropped;
			name = ((Form_pg_attribute) GETSTRUCT(tuple))->attname;
			ReleaseSysCache(tuple);
			if (dropped)
				continue;
			memset(values, 0, sizeof(values));
			values[0] = NameGetDatum(&name);
			text = category_of(relid, rules, attnum);
			if (text != NULL)
			{
				values[1] = CStringGetTextDatum(text);
				nulls[1] = false;
			}
			if (rules->cell_of[attnum] >= 0)
			{
				const EthCellRule *cell = &rules->cells[rules->cell_of[attnum]];
				const EthRule *stored = stored_rule(relid, cell->policy);

				text = stored ? eth_protect_deparse_mask(eth_protect_arg(stored, ETH_RULE_MASK)) : NULL;
				values[2] = CStringGetTextDatum(text ? text : "NULL");
				nulls[2] = false;
				values[3] = texts_datum(cell->nreveal, cell->reveal_for);
				nulls[3] = false;
			}
			values[4] = CStringGetTextDatum(seen_as(rules, attnum, purpose));
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	}
	PG_FINALLY();
	{
		eth_protect_rules_unpin();
	}
	PG_END_TRY();
	return (Datum) 0;
}
