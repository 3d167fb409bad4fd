/*
 * utility.c
 *		Statements that change what protection rests on.
 *
 *	GRANT, REVOKE		REVOKE, and GRANT by somebody with grant option, meet the
 *						privileges that the site granted (widened); all are
 *						narrowed again in the same statement.  GRANT by owner or
 *						superuser is narrowed as it comes, so that a restore may
 *						repeat what ethdata gave without making it the site's own
 *	ALTER .. OWNER, DROP OWNED, REASSIGN OWNED, RENAME COLUMN
 *						likewise on the widened state: core changes owner, grantors
 *						and names in lists that are whole.  Only for those whom core
 *						will let, and only the tables that it can change
 *	other ALTER TABLE	narrowed afterwards: columns come and go
 *	GRANT ethdata_exempt
 *						who is exempt changes: all tables are narrowed anew
 *	new children		CREATE TABLE .. PARTITION OF / INHERITS, ATTACH, INHERIT:
 *						narrowed like the table above; a protected table cannot
 *						come under one that is not
 *	ALTER SCHEMA RENAME	refused for ethdata's own schema
 *	policies			ours are changed by ethdata's functions alone, or go with
 *						their table, column or the extension; CREATE POLICY of our
 *						form (a restore) is checked when it is done
 *	CASCADE				what it takes along is looked at afterwards: a rule whose
 *						table and column are still there may not be gone (cascade.c)
 *	DROP				what was remembered of a table goes with it
 *	COPY, LOCK			see readers.c
 *
 * Everything is in the statement's own transaction: an error leaves nothing.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_policy.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "mask/mask.h"
#include "protect/define.h"

static int	own_work = 0;

void
eth_protect_own_work_begin(void)
{
	own_work++;
}

void
eth_protect_own_work_end(void)
{
	own_work--;
}

/* ---- policies by hand ---- */

static void
refuse_policy(const char *name)
{
	if (own_work > 0 || name == NULL || !eth_protect_is_rule_name(name, NULL))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("policy \"%s\" belongs to ethdata", name),
			 errdetail("It is a rule of protection and not changed by hand."),
			 errhint("Use ethdata.protect(), ethdata.mask(), ethdata.drop_mask() or ethdata.unprotect().")));
}

/* The library's own statements name the schema. */
static void
refuse_schema(const char *name)
{
	if (get_namespace_oid(name, true) != eth_core_schema_oid(true))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_REFUSED),
			 errmsg("schema \"%s\" cannot be renamed", name),
			 errdetail("Extension \"ethdata\" finds its own objects by this name."),
			 errhint("Drop the extension first, or choose another name for the other schema.")));
}

/* A superuser may drop what cannot be read: nothing else of ours could any more. */
static void
refuse_policies_of(DropStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->objects)
	{
		List	   *names = castNode(List, lfirst(lc));
		List	   *table = list_copy_head(names, list_length(names) - 1);
		Oid			relid = table == NIL ? InvalidOid :
		RangeVarGetRelid(makeRangeVarFromNameList(table), NoLock, true);
		bool		damaged = false;

		if (OidIsValid(relid) && superuser())
			(void) eth_protect_is_protected(relid, &damaged);
		if (!damaged)
			refuse_policy(strVal(llast(names)));
	}
}

/*
 * A policy with a name of ours that was made by hand, as a restore does: it must
 * be a rule, the only one of its column, and its mask safe; then the privileges
 * follow it.
 */
void
eth_protect_check_made_rule(Oid relid, const char *name)
{
	Relation	pg_policy = table_open(PolicyRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			policy = InvalidOid;
	const EthRule *made = NULL;
	AttrNumber	attnum;
	ListCell   *lc;

	ScanKeyInit(&keys[0], Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[1], Anum_pg_policy_polname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum(name));
	scan = systable_beginscan(pg_policy, PolicyPolrelidPolnameIndexId, true, NULL, 2, keys);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_policy form = (Form_pg_policy) GETSTRUCT(tuple);

		if (form->polpermissive && form->polcmd == ACL_SELECT_CHR)
			policy = form->oid;
	}
	systable_endscan(scan);
	table_close(pg_policy, AccessShareLock);

	foreach(lc, eth_protect_stored_rules(relid))
	{
		if (((EthRule *) lfirst(lc))->policy == policy)
			made = lfirst(lc);
	}
	if (made == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_REFUSED),
				 errmsg("policy \"%s\" cannot be a rule of ethdata", name),
				 errdetail("Rules are permissive, FOR SELECT, and call ethdata.rule() or ethdata.rule_subject()."),
				 errhint("Names that begin with \"%s\" are ethdata's; choose another one.", ETH_RULE_PREFIX)));
	eth_protect_check_relation(relid, "protect");
	attnum = eth_protect_rule_column(made);
	if (!made->person && attnum > 0)
	{
		foreach(lc, eth_protect_stored_rules(relid))
		{
			const EthRule *other = lfirst(lc);

			if (other->policy != policy && !other->person && eth_protect_rule_column(other) == attnum)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_OBJECT),
						 errmsg("column \"%s\" of %s has a rule already",
								get_attname(relid, attnum, false), eth_protect_relation_name(relid)),
						 errhint("Change it with ethdata.mask().")));
		}
		eth_mask_check(eth_protect_arg(made, ETH_RULE_MASK), relid, attnum);
	}
	eth_protect_invalidate(relid);
	CommandCounterIncrement();
	eth_protect_refuse_temporary(policy);

	/* arguments that cannot be read are an error here */
	if (eth_protect_rules(relid) != NULL)
		eth_protect_narrow_restoring(relid);
}

/* ---- which statements concern us ---- */

static bool
drops_protected(DropStmt *stmt)
{
	ListCell   *lc;

	if (stmt->behavior == DROP_CASCADE || stmt->removeType == OBJECT_SCHEMA)
		return true;
	if (stmt->removeType != OBJECT_TABLE && stmt->removeType != OBJECT_FOREIGN_TABLE)
		return false;
	foreach(lc, stmt->objects)
	{
		if (eth_protect_touched(list_make1(makeRangeVarFromNameList(castNode(List, lfirst(lc))))) != NIL)
			return true;
	}
	return false;
}

/* Does the statement change who is a member of ethdata_exempt? */
static bool
changes_exempt(const GrantRoleStmt *stmt)
{
	Oid			exempt = get_role_oid(ETH_ROLE_EXEMPT, true);
	ListCell   *lc;

	foreach(lc, stmt->granted_roles)
	{
		Oid			role = get_role_oid(lfirst_node(AccessPriv, lc)->priv_name, true);

		if (OidIsValid(role) && OidIsValid(exempt) && is_member_of_role_nosuper(role, exempt))
			return true;
	}
	return false;
}

/* ---- ALTER TABLE ---- */

typedef struct Alteration
{
	List	   *widened;		/* protected tables whose owner changes */
	List	   *narrowed;		/* tables to look at afterwards */
	bool		cascades;
	bool		retypes;		/* a column of a protected table */
} Alteration;

/* A child keeps its own protection only under a table that is protected too. */
static void
check_child(Oid parent, Oid child)
{
	if (!OidIsValid(child) || !OidIsValid(parent) ||
		!eth_protect_is_protected(child, NULL) || eth_protect_is_protected(parent, NULL))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_REFUSED),
			 errmsg("protected table %s cannot come under %s", eth_protect_relation_name(child),
					eth_protect_relation_name(parent)),
			 errdetail("Its rows would be read through a table that is not protected."),
			 errhint("Protect and mask %s first.", eth_protect_relation_name(parent))));
}

/* Core compares raw values of the referencing rows, without asking who reads. */
static void
check_detach(Oid relid)
{
	const EthTableRules *rules = eth_protect_rules(relid);

	if (rules == NULL || rules->enforcement != ETH_ENFORCE_ENFORCE ||
		eth_protect_is_exempt(rules, GetUserId()))
		return;
	ereport(ERROR,
			(errcode(ETH_ERR_REFUSED),
			 errmsg("cannot detach a partition of protected table %s", eth_protect_relation_name(relid)),
			 errdetail("Foreign keys would be checked against values that you see masked."),
			 errhint("Let a superuser or a member of role \"%s\" do it.", ETH_ROLE_EXEMPT)));
}

/* Does a rule of the table mention the column, as cell or as key? */
static bool
has_rule(Oid relid, const char *column)
{
	AttrNumber	attnum = get_attnum(relid, column);
	ListCell   *lc;

	foreach(lc, eth_protect_stored_rules(relid))
	{
		const EthRule *rule = lfirst(lc);

		if (attnum > 0 && (eth_protect_rule_column(rule) == attnum ||
						   list_member_int(eth_protect_key_args(rule), attnum)))
			return true;
	}
	return false;
}

static void
look_at_alter(AlterTableStmt *stmt, Alteration *alteration)
{
	Oid			relid = RangeVarGetRelid(stmt->relation, NoLock, true);
	bool		protected;
	ListCell   *lc;

	if (!OidIsValid(relid))
		return;
	protected = eth_protect_is_protected(relid, NULL);
	if (protected)
		alteration->narrowed = list_make1_oid(relid);
	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

		if (cmd->behavior == DROP_CASCADE)
			alteration->cascades = true;
		switch (cmd->subtype)
		{
			case AT_ChangeOwner:
				if (protected && eth_compat_owns_relation(relid, GetUserId()))
					alteration->widened = list_make1_oid(relid);
				break;
			case AT_AlterColumnType:
				if (protected && has_rule(relid, cmd->name))
					alteration->retypes = true;
				break;
			case AT_AttachPartition:
				{
					Oid			child = RangeVarGetRelid(((PartitionCmd *) cmd->def)->name, NoLock, true);

					check_child(relid, child);
					if (OidIsValid(child))
						alteration->narrowed = list_append_unique_oid(alteration->narrowed, child);
					break;
				}
			case AT_DetachPartition:
				check_detach(relid);
				break;
			case AT_AddInherit:
				check_child(RangeVarGetRelid((RangeVar *) cmd->def, NoLock, true), relid);
				alteration->narrowed = list_append_unique_oid(alteration->narrowed, relid);
				break;
			default:
				break;
		}
	}
}

/* An error context that adds our hint to core's refusal to change a column's type. */
static void
hint_at_drop_mask(void *arg)
{
	if (geterrcode() == ERRCODE_FEATURE_NOT_SUPPORTED)
		errhint("Call ethdata.drop_mask(), alter the column and call ethdata.mask() again, in one transaction; a column that names the table's subject needs ethdata.unprotect().");
}

/*
 * Can the table's privileges be looked after?  One rule that cannot be read must
 * not stop statements about others.
 */
static bool
is_in_order(Oid relid)
{
	bool		damaged;

	if (!eth_protect_is_protected(relid, &damaged))
		return false;
	if (damaged)
		ereport(WARNING,
				(errcode(ETH_ERR_STATE),
				 errmsg("privileges on protected table %s are left as they are",
						eth_protect_relation_name(relid)),
				 errdetail("One of its rules cannot be read."),
				 errhint("Have a superuser drop that policy, and a policy administrator protect and mask the table anew.")));
	return !damaged;
}

static void
widen_all(List *relids)
{
	bool		any = false;
	ListCell   *lc;

	foreach(lc, relids)
	{
		bool		damaged;

		/* what it would give back, narrow_all() could not take again */
		(void) eth_protect_is_protected(lfirst_oid(lc), &damaged);
		if (damaged)
			continue;
		(void) eth_protect_widen(lfirst_oid(lc));
		any = true;
	}
	if (any)
		CommandCounterIncrement();
}

static void
narrow_all(List *relids)
{
	ListCell   *lc;

	if (relids != NIL)
		CommandCounterIncrement();
	foreach(lc, relids)
	{
		if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(lfirst_oid(lc))) &&
			is_in_order(lfirst_oid(lc)))
			eth_protect_narrow(lfirst_oid(lc));
	}
}

/* ---- dispatch ---- */

/* What a statement needs before and after it. */
typedef struct Treatment
{
	Node	   *replaced;		/* the statement as it is run; NULL: it is
								 * done */
	List	   *widened;
	List	   *narrowed;
	bool		cascades;		/* may take rules along */
	bool		forget;			/* tables may be gone afterwards */
	bool		retypes;
} Treatment;

static bool
is_treated(NodeTag tag)
{
	switch (tag)
	{
		case T_GrantStmt:
		case T_GrantRoleStmt:
		case T_AlterTableStmt:
		case T_CreateStmt:
		case T_CreateForeignTableStmt:
		case T_DropStmt:
		case T_DropOwnedStmt:
		case T_ReassignOwnedStmt:
		case T_RenameStmt:
		case T_CreatePolicyStmt:
		case T_AlterPolicyStmt:
		case T_CopyStmt:
		case T_LockStmt:
			return true;
		default:
			return false;
	}
}

static void
treat_before(Node *stmt, Treatment *treatment)
{
	ListCell   *lc;

	switch (nodeTag(stmt))
	{
		case T_GrantStmt:
			treatment->narrowed = eth_protect_touched_by_grant((GrantStmt *) stmt);
			foreach(lc, treatment->narrowed)
			{
				LockRelationOid(lfirst_oid(lc), ShareUpdateExclusiveLock);
				if (eth_protect_grant_needs_widening((GrantStmt *) stmt, lfirst_oid(lc)))
					treatment->widened = lappend_oid(treatment->widened, lfirst_oid(lc));
			}
			break;
		case T_GrantRoleStmt:
			if (changes_exempt((GrantRoleStmt *) stmt))
				treatment->narrowed = eth_protect_list();
			break;
		case T_AlterTableStmt:
			{
				Alteration	alteration = {NIL, NIL, false, false};

				look_at_alter((AlterTableStmt *) stmt, &alteration);
				treatment->widened = alteration.widened;
				treatment->narrowed = alteration.narrowed;
				treatment->retypes = alteration.retypes;
				treatment->cascades = alteration.cascades;
				break;
			}
		case T_DropStmt:
			if (((DropStmt *) stmt)->removeType == OBJECT_POLICY)
				refuse_policies_of((DropStmt *) stmt);
			treatment->cascades = ((DropStmt *) stmt)->behavior == DROP_CASCADE;
			treatment->forget = drops_protected((DropStmt *) stmt);
			break;
		case T_DropOwnedStmt:
			treatment->cascades = true;
			treatment->widened = treatment->narrowed = eth_protect_touched_by_roles(((DropOwnedStmt *) stmt)->roles);
			treatment->forget = true;
			break;
		case T_ReassignOwnedStmt:
			treatment->widened = treatment->narrowed = eth_protect_touched_by_roles(((ReassignOwnedStmt *) stmt)->roles);
			break;
		case T_RenameStmt:
			{
				RenameStmt *rename = (RenameStmt *) stmt;

				if (rename->renameType == OBJECT_POLICY)
				{
					refuse_policy(rename->subname);
					refuse_policy(rename->newname);
				}
				else if (rename->renameType == OBJECT_SCHEMA)
					refuse_schema(rename->subname);
				else if (rename->renameType == OBJECT_COLUMN && rename->relation != NULL)
				{
					treatment->narrowed = eth_protect_touched(list_make1(rename->relation));
					if (treatment->narrowed != NIL &&
						eth_compat_owns_relation(linitial_oid(treatment->narrowed), GetUserId()))
						treatment->widened = treatment->narrowed;
				}
				break;
			}
		case T_AlterPolicyStmt:
			refuse_policy(((AlterPolicyStmt *) stmt)->policy_name);
			break;
		case T_CopyStmt:
			treatment->replaced = eth_protect_copy_statement(stmt);
			break;
		case T_LockStmt:
			treatment->replaced = eth_protect_lock_statement(stmt);
			break;
		default:
			break;
	}
	widen_all(treatment->widened);
}

static void
treat_after(Node *stmt, Treatment *treatment)
{
	switch (nodeTag(stmt))
	{
		case T_GrantStmt:
			/* protect() of another session may have committed since we looked */
			AcceptInvalidationMessages();
			treatment->narrowed = list_concat_unique_oid(eth_protect_touched_by_grant((GrantStmt *) stmt),
														 treatment->narrowed);
			break;
		case T_CreateStmt:
		case T_CreateForeignTableStmt:
			if (((CreateStmt *) stmt)->inhRelations != NIL)
			{
				Oid			child = RangeVarGetRelid(((CreateStmt *) stmt)->relation, NoLock, true);

				if (OidIsValid(child))
					treatment->narrowed = list_make1_oid(child);
			}
			break;
		case T_CreatePolicyStmt:
			if (eth_protect_is_rule_name(((CreatePolicyStmt *) stmt)->policy_name, NULL))
			{
				CommandCounterIncrement();
				eth_protect_check_made_rule(RangeVarGetRelid(((CreatePolicyStmt *) stmt)->table, NoLock, false),
											((CreatePolicyStmt *) stmt)->policy_name);
			}
			break;
		default:
			break;
	}
	if (treatment->forget)
	{
		CommandCounterIncrement();
		eth_protect_forget_dropped();
	}
	narrow_all(treatment->narrowed);
}

void
eth_protect_utility(PlannedStmt *pstmt, const char *query_string, bool read_only_tree,
					ProcessUtilityContext context, ParamListInfo params,
					QueryEnvironment *query_env, DestReceiver *dest, QueryCompletion *qc,
					ProcessUtility_hook_type next)
{
	Node	   *stmt = pstmt->utilityStmt;
	PlannedStmt *volatile run = pstmt;
	Treatment	treatment;
	EthCascade	cascade = {0};
	ErrorContextCallback callback;

	/*
	 * pg_upgrade restores catalogues as they were, before our tables have
	 * their rows
	 */
	if (!is_treated(nodeTag(stmt)) || IsBinaryUpgrade || !eth_core_installed())
	{
		next(pstmt, query_string, read_only_tree, context, params, query_env, dest, qc);
		return;
	}

	memset(&treatment, 0, sizeof(treatment));
	treatment.replaced = stmt;
	treat_before(stmt, &treatment);
	if (treatment.replaced == NULL)
	{
		if (qc != NULL)
			SetQueryCompletion(qc, CMDTAG_LOCK_TABLE, 0);
		return;
	}
	if (treatment.replaced != stmt)
	{
		run = copyObject(pstmt);
		run->utilityStmt = treatment.replaced;
	}
	if (treatment.retypes)
	{
		callback.callback = hint_at_drop_mask;
		callback.arg = NULL;
		callback.previous = error_context_stack;
		error_context_stack = &callback;
	}
	if (treatment.cascades)
		eth_protect_cascade_begin(&cascade);
	PG_TRY();
	{
		next(run, query_string, read_only_tree, context, params, query_env, dest, qc);
	}
	PG_FINALLY();
	{
		if (treatment.cascades)
			eth_protect_cascade_end(&cascade);
	}
	PG_END_TRY();
	if (treatment.retypes)
		error_context_stack = callback.previous;
	if (treatment.cascades)
		eth_protect_cascade_check(&cascade);
	treat_after(stmt, &treatment);
}
