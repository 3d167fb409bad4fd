/*
 * utility.c
 *		Statements that would end the recording of changes, or let some pass.
 *
 *	triggers		the recording triggers are ordinary ones, so a table's owner could
 *					drop, replace or disable them.  That is for audit_changes(images
 *					=> 'none'), which is recorded.  A superuser may still do it by
 *					hand (a data-only restore does); it is recorded as an exception
 *	ALTER TABLE		what changes rows without firing triggers, moves the table or
 *					puts another in its place is recorded as an event of kind policy
 *	ALTER TYPE		of values in audited tables, REASSIGN OWNED: likewise
 *	DROP			of an audited table, by whatever statement: likewise
 *	children		recorded as the table above them, see changes.c
 *
 * A table by another name is another table: one that takes the name of an audited
 * table is not audited.  The events of kind policy tell of the renaming.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
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
				 errdetail("They are not dropped, replaced, renamed or disabled by hand."),
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

/* commands: what was done, char *. */
static void
record_alteration(Oid relid, const char *action, List *commands)
{
	EthAuditEvent event;
	EthDetails	details;

	eth_core_details_begin(&details);
	eth_core_details_texts(&details, "commands", commands);
	memset(&event, 0, sizeof(event));
	event.kind = ETH_AUDIT_POLICY;
	event.action = action;
	event.relid = relid;
	event.details = eth_core_details_end(&details);
	eth_core_event(&event);
}

/* Records it of the audited tables whose column of pg_class has this value. */
static void
record_where(AttrNumber attnum, Oid value, const char *action, List *commands)
{
	Relation	pg_class = table_open(RelationRelationId, AccessShareLock);
	List	   *relids = NIL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	ListCell   *lc;

	ScanKeyInit(&key, attnum, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(value));
	scan = systable_beginscan(pg_class, InvalidOid, false, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		relids = lappend_oid(relids, ((Form_pg_class) GETSTRUCT(tuple))->oid);
	systable_endscan(scan);
	table_close(pg_class, AccessShareLock);
	foreach(lc, relids)
	{
		if (eth_audit_is_audited(lfirst_oid(lc)))
			record_alteration(lfirst_oid(lc), action, commands);
	}
}

/*
 * Records it of the audited tables that are OF the type or have values of it, also
 * within arrays, domains and composite types.
 */
static void
record_of_type(Oid type, const char *action, List *commands)
{
	Relation	pg_depend = table_open(DependRelationId, AccessShareLock);
	List	   *types = list_make1_oid(type);
	List	   *relids = NIL;
	ListCell   *lc;

	/*
	 * the list grows while it is gone through: a composite type depends on
	 * itself
	 */
	foreach(lc, types)
	{
		ScanKeyData keys[2];
		SysScanDesc scan;
		HeapTuple	tuple;

		ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(TypeRelationId));
		ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(lfirst_oid(lc)));
		scan = systable_beginscan(pg_depend, DependReferenceIndexId, true, NULL, 2, keys);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		{
			Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);

			if (form->classid == TypeRelationId)
				types = list_append_unique_oid(types, form->objid);
			else if (form->classid == RelationRelationId && get_rel_relkind(form->objid) == RELKIND_COMPOSITE_TYPE)
				types = list_append_unique_oid(types, get_rel_type_id(form->objid));
			else if (form->classid == RelationRelationId)
				relids = list_append_unique_oid(relids, form->objid);
		}
		systable_endscan(scan);
	}
	table_close(pg_depend, AccessShareLock);
	foreach(lc, relids)
	{
		if (eth_audit_is_audited(lfirst_oid(lc)))
			record_alteration(lfirst_oid(lc), action, commands);
	}
}

/* ---- ALTER TABLE ---- */

/* What it does to rows that no trigger sees, or to who answers for them; NULL: nothing. */
static char *
alteration(const AlterTableCmd *cmd, bool of_type)
{
	if (eth_compat_sets_expression(cmd))
		return psprintf("expression of column %s", cmd->name);
	switch (cmd->subtype)
	{
		case AT_AlterColumnType:
			return psprintf("type of column %s", cmd->name);
		case AT_DropColumn:
			/* of a table: told when the column goes */
			return of_type ? psprintf("drop attribute %s", cmd->name) : NULL;
		case AT_AddColumn:
			return psprintf("add column %s", castNode(ColumnDef, cmd->def)->colname);
		case AT_AttachPartition:
			return psprintf("attach partition %s", ((PartitionCmd *) cmd->def)->name->relname);
		case AT_DetachPartition:
		case AT_DetachPartitionFinalize:
			return psprintf("detach partition %s", ((PartitionCmd *) cmd->def)->name->relname);
		case AT_AddInherit:
			return psprintf("inherit %s", ((RangeVar *) cmd->def)->relname);
		case AT_DropInherit:
			return psprintf("no inherit %s", ((RangeVar *) cmd->def)->relname);
		case AT_ChangeOwner:
			return pstrdup("owner");
		case AT_SetUnLogged:
			return pstrdup("unlogged");
		default:
			return NULL;
	}
}

static void
before_alter_table(AlterTableStmt *stmt)
{
	Oid			relid = stmt->relation ? RangeVarGetRelid(stmt->relation, NoLock, true) : InvalidOid;
	List	   *commands = NIL;
	ListCell   *lc;

	if (!OidIsValid(relid))
		return;
	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

		if (cmd->subtype == AT_AttachPartition)
			eth_audit_attaching(relid, RangeVarGetRelid(((PartitionCmd *) cmd->def)->name, NoLock, true));
	}
	foreach(lc, stmt->cmds)
	{
		char	   *what = alteration(lfirst_node(AlterTableCmd, lc), stmt->objtype == OBJECT_TYPE);

		if (what != NULL)
			commands = lappend(commands, what);
	}
	if (stmt->objtype == OBJECT_TYPE)
	{
		/* tables OF the type change with it, and values of it */
		if (commands != NIL)
			record_of_type(get_rel_type_id(relid), "ALTER TYPE", commands);
		return;
	}
	if (!eth_audit_is_audited(relid))
	{
		/*
		 * a table that inherits is recorded by itself, and changes with this
		 * one
		 */
		if (commands != NIL && has_subclass(relid))
		{
			foreach(lc, find_all_inheritors(relid, NoLock, NULL))
			{
				if (eth_audit_is_audited(lfirst_oid(lc)))
					record_alteration(lfirst_oid(lc), "ALTER TABLE", commands);
			}
		}
		return;
	}
	foreach(lc, stmt->cmds)
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
	if (commands != NIL)
		record_alteration(relid, "ALTER TABLE", commands);
}

/* ---- triggers ---- */

static void
before_drop_trigger(DropStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->objects)
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

/* A restore makes them as we do; nothing else may bear their names. */
static void
before_create_trigger(CreateTrigStmt *stmt)
{
	Oid			relid;

	if (!eth_audit_is_trigger_name(stmt->trigname))
		return;
	relid = audited_relation(stmt->relation);
	if (OidIsValid(relid) && stmt->replace)
		refuse_or_record(relid, "audit trigger replaced by hand");
	if (!eth_audit_is_trigger(stmt))
		ereport(ERROR,
				(errcode(ETH_ERR_REFUSED),
				 errmsg("trigger \"%s\" cannot be an audit trigger of ethdata", stmt->trigname),
				 errdetail("A trigger of this name records changes, and calls ethdata._audit_change() as ethdata.audit_changes() has it do."),
				 errhint("Use ethdata.audit_changes(), or another name.")));
}

/* ---- values, owners ---- */

/* Rows say another word then. */
static void
before_alter_enum(AlterEnumStmt *stmt)
{
	Oid			type;

	if (stmt->oldVal == NULL)
		return;
	type = typenameTypeId(NULL, makeTypeNameFromNameList(stmt->typeName));
	record_of_type(type, "ALTER TYPE",
				   list_make1(psprintf("rename value %s to %s", stmt->oldVal, stmt->newVal)));
}

static void
before_reassign(ReassignOwnedStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->roles)
	{
		Oid			role = get_rolespec_oid(lfirst_node(RoleSpec, lc), true);

		if (OidIsValid(role))
			record_where(Anum_pg_class_relowner, role, "REASSIGN OWNED", list_make1(pstrdup("owner")));
	}
}

/* ---- names ---- */

static void
before_rename(RenameStmt *stmt)
{
	Oid			relid;

	if (stmt->renameType == OBJECT_SCHEMA)
	{
		Oid			schema = get_namespace_oid(stmt->subname, true);

		if (OidIsValid(schema))
			record_where(Anum_pg_class_relnamespace, schema, "ALTER SCHEMA",
						 list_make1(psprintf("rename to %s", stmt->newname)));
		return;
	}
	if (stmt->renameType == OBJECT_ATTRIBUTE)
	{
		relid = RangeVarGetRelid(stmt->relation, NoLock, true);
		if (OidIsValid(relid))
			record_of_type(get_rel_type_id(relid), "ALTER TYPE",
						   list_make1(psprintf("rename attribute %s to %s", stmt->subname, stmt->newname)));
		return;
	}
	relid = audited_relation(stmt->relation);
	if (!OidIsValid(relid))
		return;
	switch (stmt->renameType)
	{
		case OBJECT_TRIGGER:
			if (eth_audit_is_trigger_name(stmt->subname))
				refuse_or_record(relid, "audit trigger renamed by hand");
			break;
		case OBJECT_TABLE:
		case OBJECT_FOREIGN_TABLE:
		case OBJECT_INDEX:		/* core lets it rename any relation */
			record_alteration(relid, "ALTER TABLE", list_make1(psprintf("rename to %s", stmt->newname)));
			break;
		case OBJECT_COLUMN:
			record_alteration(relid, "ALTER TABLE",
							  list_make1(psprintf("rename column %s to %s", stmt->subname, stmt->newname)));
			break;
		default:
			break;
	}
}

void
eth_audit_utility_before(Node *stmt)
{
	Oid			relid;

	switch (nodeTag(stmt))
	{
		case T_AlterTableStmt:
			before_alter_table((AlterTableStmt *) stmt);
			break;
		case T_CreateTrigStmt:
			before_create_trigger((CreateTrigStmt *) stmt);
			break;
		case T_DropStmt:
			if (((DropStmt *) stmt)->removeType == OBJECT_TRIGGER)
				before_drop_trigger((DropStmt *) stmt);
			break;
		case T_AlterEnumStmt:
			before_alter_enum((AlterEnumStmt *) stmt);
			break;
		case T_ReassignOwnedStmt:
			before_reassign((ReassignOwnedStmt *) stmt);
			break;
		case T_RenameStmt:
			before_rename((RenameStmt *) stmt);
			break;
		case T_AlterObjectSchemaStmt:
			relid = audited_relation(((AlterObjectSchemaStmt *) stmt)->relation);
			if (OidIsValid(relid) && ((AlterObjectSchemaStmt *) stmt)->objectType == OBJECT_TABLE)
				record_alteration(relid, "ALTER TABLE",
								  list_make1(psprintf("set schema %s", ((AlterObjectSchemaStmt *) stmt)->newschema)));
			break;
		case T_AlterObjectDependsStmt:
			/* the trigger would go with an extension of the owner's choice */
			relid = audited_relation(((AlterObjectDependsStmt *) stmt)->relation);
			if (OidIsValid(relid) && ((AlterObjectDependsStmt *) stmt)->objectType == OBJECT_TRIGGER &&
				eth_audit_is_trigger_name(strVal(llast(castNode(List, ((AlterObjectDependsStmt *) stmt)->object)))))
				refuse_or_record(relid, "audit trigger made to depend by hand");
			break;
		default:
			break;
	}
}

/* ---- DROP, by whatever statement ---- */

/*
 * The row trigger goes, with its table or alone.  It is the trigger that is looked
 * for: it goes before its table.  What ethdata drops itself is internal, and so is
 * what core takes when a partition is detached.  A column goes alone: by ALTER TABLE,
 * also of a table above, or with what its type or expression depends on.
 */
void
eth_audit_object_dropped(Oid classid, Oid objectid, int subid, const ObjectAccessDrop *drop)
{
	bool		internal = (drop->dropflags & PERFORM_DELETION_INTERNAL) != 0;
	Oid			relid;

	if (classid == RelationRelationId && subid > 0)
	{
		if (!internal && eth_core_installed() && eth_audit_is_audited_itself(objectid))
			record_alteration(objectid, "ALTER TABLE",
							  list_make1(psprintf("drop column %s", get_attname(objectid, subid, false))));
		return;
	}
	if (classid != TriggerRelationId || eth_audit_is_dropping() || !eth_core_installed())
		return;
	relid = eth_audit_recorded_by(objectid);
	if (!OidIsValid(relid))
		return;
	if (internal)
		eth_audit_trigger_taken(relid);
	else
		record_alteration(relid, "DROP", NIL);
}
