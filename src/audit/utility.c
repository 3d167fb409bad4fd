/*
 * utility.c
 *		Statements that would end the recording of changes, or let some pass.
 *
 * The triggers are ordinary ones, so a table's owner could drop or disable them.
 * That is for audit_changes(images => 'none'), which is recorded.  A superuser
 * may still do it by hand (a data-only restore does); it is recorded as an
 * exception.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/lsyscache.h"

#include "audit/audit.h"
#include "protect/define.h"

static void
refuse_or_record(Oid relid, const char *action)
{
	EthAuditEvent event;

	if (!superuser())
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("changes of %s are audited, and its audit triggers belong to ethdata",
						eth_protect_relation_name(relid)),
				 errdetail("They are not dropped, renamed or disabled by hand."),
				 errhint("A member of role \"%s\" may call ethdata.audit_changes() with images => 'none'.",
						 ETH_ROLE_ADMIN)));
	memset(&event, 0, sizeof(event));
	event.kind = ETH_AUDIT_EXCEPTION;
	event.action = action;
	event.relid = relid;
	eth_core_event(&event);
}

static Oid
audited_relation(RangeVar *name)
{
	Oid			relid = name ? RangeVarGetRelid(name, NoLock, true) : InvalidOid;

	return eth_audit_is_audited(relid) ? relid : InvalidOid;
}

void
eth_audit_utility_before(Node *stmt)
{
	ListCell   *lc;

	if (IsA(stmt, AlterTableStmt))
	{
		Oid			relid = audited_relation(((AlterTableStmt *) stmt)->relation);

		if (!OidIsValid(relid))
			return;
		foreach(lc, ((AlterTableStmt *) stmt)->cmds)
		{
			AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

			switch (cmd->subtype)
			{
				case AT_EnableTrig:
				case AT_EnableReplicaTrig:
				case AT_DisableTrig:
					if (eth_audit_is_trigger_name(cmd->name))
						refuse_or_record(relid, "audit trigger changed by hand");
					break;
				case AT_EnableTrigAll:
				case AT_EnableTrigUser:
				case AT_DisableTrigAll:
				case AT_DisableTrigUser:
					refuse_or_record(relid, "all triggers changed by hand");
					break;
				default:
					break;
			}
		}
	}
	else if (IsA(stmt, DropStmt) && ((DropStmt *) stmt)->removeType == OBJECT_TRIGGER)
	{
		foreach(lc, ((DropStmt *) stmt)->objects)
		{
			List	   *name = castNode(List, lfirst(lc));

			if (eth_audit_is_trigger_name(strVal(llast(name))) && list_length(name) > 1)
			{
				Oid			relid = audited_relation(makeRangeVarFromNameList(list_copy_head(name, list_length(name) - 1)));

				if (OidIsValid(relid))
					refuse_or_record(relid, "audit trigger dropped by hand");
			}
		}
	}
	else if (IsA(stmt, RenameStmt) && ((RenameStmt *) stmt)->renameType == OBJECT_TRIGGER &&
			 eth_audit_is_trigger_name(((RenameStmt *) stmt)->subname))
	{
		Oid			relid = audited_relation(((RenameStmt *) stmt)->relation);

		if (OidIsValid(relid))
			refuse_or_record(relid, "audit trigger renamed by hand");
	}
}

void
eth_audit_utility_after(Node *stmt)
{
	ListCell   *lc;

	if (IsA(stmt, CreateStmt) && ((CreateStmt *) stmt)->partbound != NULL)
		eth_audit_child_added(RangeVarGetRelid(((CreateStmt *) stmt)->relation, NoLock, true));
	else if (IsA(stmt, AlterTableStmt))
	{
		foreach(lc, ((AlterTableStmt *) stmt)->cmds)
		{
			AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

			if (cmd->subtype == AT_AttachPartition)
				eth_audit_child_added(RangeVarGetRelid(((PartitionCmd *) cmd->def)->name, NoLock, true));
		}
	}
}
