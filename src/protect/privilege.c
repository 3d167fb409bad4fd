/*
 * privilege.c
 *		Withdraws the raw columns from those who read through masks, and knows
 *		how to give everything back.
 *
 * A role that reads a protected table through masks may not hold SELECT on a
 * masked column (with rows => true, on any): then a session without the
 * library, or a path that was missed, ends in "permission denied".  So two
 * states of the table's privileges are kept apart:
 *
 *	intended	what the site granted, as it was and would be without ethdata
 *	narrowed	what stands in the catalogues while the table is protected
 *
 * narrow() goes from the first to the second: SELECT on the whole table is taken
 * from every grantee and replaced by SELECT on the columns that all may see;
 * SELECT on a masked column is taken away.  What was taken is remembered in
 * ethdata.remembered_grant, with its grantor, grant option and place in the
 * list.  From the remembered rows and the narrowed state the intended one can be
 * computed exactly:
 *
 *	row (table, withdrawn)	the site granted SELECT on the table; SELECT by the
 *							same grantor on single columns is then ethdata's,
 *							unless a row says so:
 *	row (column, withdrawn)	the site granted SELECT on this column
 *	row (given)				the grant is ethdata's: a member of ethdata_exempt who
 *							lived on the grant to PUBLIC or to a group got his own
 *
 * narrow() always computes the intended state first, so it can be called after
 * any change; what has not changed is not written.  widen() writes the intended
 * state, so that a statement like REVOKE or ALTER TABLE .. OWNER meets what the
 * site granted and core's own rules apply to it; narrow() follows in the same
 * transaction and nobody else ever sees the state between.  A GRANT that repeats
 * what ethdata gave anyway (a restore does) is absorbed.
 *
 * Not narrowed: the owner, superusers, members of ethdata_exempt; and nobody on a
 * table that is only observed, or off: narrow() writes the intended state there.
 *
 * Afterwards the lists of roles of the rules are made to agree: readers of
 * rule_subject() are those with SELECT on the table, readers of a rule() those
 * and the ones with SELECT on the column; PUBLIC alone where it is among them
 * (a list with PUBLIC and others does not survive pg_dump), else ethdata_exempt
 * is always the last.
 *
 * Lock: ShareUpdateExclusiveLock on the table and all below it, whose privileges
 * are narrowed by the same rules.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_auth_members.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "protect/define.h"

/* The privileges of a relation: of itself at 0, of its columns by attnum. */
typedef struct Privileges
{
	Oid			relid;
	Oid			owner;
	int			natts;
	bool	   *dropped;		/* [natts + 1] */
	Acl		  **stored;			/* [natts + 1]: in the catalogue; NULL is NULL */
	Acl		  **acl;			/* [natts + 1]: as wanted */
} Privileges;

/* What is known of the rules: copies, since the cache may go while we write. */
typedef struct Protection
{
	Privileges *privileges;
	bool		own;			/* the rules stand on the relation itself */
	bool		enforced;		/* else privileges are as the site granted
								 * them */
	Bitmapset  *shown;			/* columns whose raw value all may read */
	List	   *table_readers;
	List	  **column_readers; /* [natts + 1] */
} Protection;

/* ---- items ---- */

static Acl *
acl_of_items(const AclItem *items, int n)
{
	Acl		   *acl = palloc0(ACL_N_SIZE(n));

	SET_VARSIZE(acl, ACL_N_SIZE(n));
	acl->ndim = 1;
	acl->dataoffset = 0;
	acl->elemtype = ACLITEMOID;
	ARR_LBOUND(acl)[0] = 1;
	ARR_DIMS(acl)[0] = n;
	if (n > 0)
		memcpy(ACL_DAT(acl), items, n * sizeof(AclItem));
	return acl;
}

static bool
has_select(const AclItem *item)
{
	return ((ACLITEM_GET_PRIVS(*item) | ACLITEM_GET_GOPTIONS(*item)) & ACL_SELECT) != 0;
}

static bool
has_select_option(const AclItem *item)
{
	return (ACLITEM_GET_GOPTIONS(*item) & ACL_SELECT) != 0;
}

static AclItem *
find_item(Acl *acl, Oid grantee, Oid grantor)
{
	int			i;

	if (acl == NULL)
		return NULL;
	for (i = 0; i < ACL_NUM(acl); i++)
	{
		AclItem    *item = &ACL_DAT(acl)[i];

		if (item->ai_grantee == grantee && item->ai_grantor == grantor)
			return item;
	}
	return NULL;
}

/* SELECT for the grantee; a new item takes the place that it had. */
static Acl *
with_select(Acl *acl, Oid grantee, Oid grantor, bool option, int place)
{
	AclItem    *item = find_item(acl, grantee, grantor);
	AclItem    *items;
	AclItem		new_item;
	int			n = acl ? ACL_NUM(acl) : 0;

	if (item != NULL)
	{
		ACLITEM_SET_PRIVS_GOPTIONS(*item, ACLITEM_GET_PRIVS(*item) | ACL_SELECT,
								   ACLITEM_GET_GOPTIONS(*item) | (option ? ACL_SELECT : 0));
		return acl;
	}
	new_item.ai_grantee = grantee;
	new_item.ai_grantor = grantor;
	ACLITEM_SET_PRIVS_GOPTIONS(new_item, ACL_SELECT, option ? ACL_SELECT : 0);
	place = place < 0 || place > n ? n : place;
	items = palloc((n + 1) * sizeof(AclItem));
	if (place > 0)
		memcpy(items, ACL_DAT(acl), place * sizeof(AclItem));
	items[place] = new_item;
	if (n > place)
		memcpy(items + place + 1, ACL_DAT(acl) + place, (n - place) * sizeof(AclItem));
	return acl_of_items(items, n + 1);
}

static Acl *
without_select(Acl *acl, Oid grantee, Oid grantor)
{
	AclItem    *item = find_item(acl, grantee, grantor);
	AclItem    *items;
	int			n = 0;
	int			i;

	if (item == NULL)
		return acl;
	ACLITEM_SET_PRIVS_GOPTIONS(*item, ACLITEM_GET_PRIVS(*item) & ~ACL_SELECT,
							   ACLITEM_GET_GOPTIONS(*item) & ~ACL_SELECT);
	if (ACLITEM_GET_PRIVS(*item) != 0 || ACLITEM_GET_GOPTIONS(*item) != 0)
		return acl;
	items = palloc(ACL_NUM(acl) * sizeof(AclItem));
	for (i = 0; i < ACL_NUM(acl); i++)
		if (&ACL_DAT(acl)[i] != item)
			items[n++] = ACL_DAT(acl)[i];
	return acl_of_items(items, n);
}

/* ---- reading and writing the catalogues ---- */

static Privileges *
read_privileges(Oid relid)
{
	Privileges *result = palloc0(sizeof(Privileges));
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Datum		datum;
	bool		isnull;
	int			i;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	result->relid = relid;
	result->owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	result->natts = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
	result->dropped = palloc0(sizeof(bool) * (result->natts + 1));
	result->stored = palloc0(sizeof(Acl *) * (result->natts + 1));
	result->acl = palloc0(sizeof(Acl *) * (result->natts + 1));
	datum = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relacl, &isnull);
	if (!isnull)
		result->stored[0] = DatumGetAclPCopy(datum);
	ReleaseSysCache(tuple);

	for (i = 1; i <= result->natts; i++)
	{
		tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(i));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for attribute %d of relation %u", i, relid);
		result->dropped[i] = ((Form_pg_attribute) GETSTRUCT(tuple))->attisdropped;
		datum = SysCacheGetAttr(ATTNUM, tuple, Anum_pg_attribute_attacl, &isnull);
		if (!isnull)
			result->stored[i] = DatumGetAclPCopy(datum);
		ReleaseSysCache(tuple);
	}
	for (i = 0; i <= result->natts; i++)
		if (result->stored[i] != NULL)
			result->acl[i] = aclcopy(result->stored[i]);
	return result;
}

static bool
same_acl(const Acl *a, const Acl *b)
{
	int			n = a ? ACL_NUM(a) : 0;

	if (n != (b ? ACL_NUM(b) : 0))
		return false;
	return n == 0 || memcmp(ACL_DAT(a), ACL_DAT(b), n * sizeof(AclItem)) == 0;
}

static void
write_acl(Oid relid, AttrNumber attnum, Oid owner, Acl *old, Acl *new)
{
	Relation	catalog;
	HeapTuple	tuple;
	HeapTuple	changed;
	Oid		   *old_members = NULL;
	Oid		   *new_members = NULL;
	int			nold = old ? aclmembers(old, &old_members) : 0;
	int			nnew = new ? aclmembers(new, &new_members) : 0;

	if (attnum == 0)
	{
		Datum		values[Natts_pg_class] = {0};
		bool		nulls[Natts_pg_class] = {0};
		bool		replaces[Natts_pg_class] = {0};

		catalog = table_open(RelationRelationId, RowExclusiveLock);
		tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for relation %u", relid);
		replaces[Anum_pg_class_relacl - 1] = true;
		values[Anum_pg_class_relacl - 1] = PointerGetDatum(new);
		nulls[Anum_pg_class_relacl - 1] = new == NULL;
		changed = heap_modify_tuple(tuple, RelationGetDescr(catalog), values, nulls, replaces);
	}
	else
	{
		Datum		values[Natts_pg_attribute] = {0};
		bool		nulls[Natts_pg_attribute] = {0};
		bool		replaces[Natts_pg_attribute] = {0};

		catalog = table_open(AttributeRelationId, RowExclusiveLock);
		tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attnum));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for attribute %d of relation %u", attnum, relid);
		replaces[Anum_pg_attribute_attacl - 1] = true;
		values[Anum_pg_attribute_attacl - 1] = PointerGetDatum(new);
		nulls[Anum_pg_attribute_attacl - 1] = new == NULL;
		changed = heap_modify_tuple(tuple, RelationGetDescr(catalog), values, nulls, replaces);
	}
	CatalogTupleUpdate(catalog, &changed->t_self, changed);
	updateAclDependencies(RelationRelationId, relid, attnum, owner,
						  nold, old_members, nnew, new_members);
	heap_freetuple(changed);
	ReleaseSysCache(tuple);
	table_close(catalog, RowExclusiveLock);
}

static bool
write_privileges(Privileges *privileges)
{
	bool		changed = false;
	int			i;

	for (i = 0; i <= privileges->natts; i++)
	{
		Acl		   *new = privileges->acl[i];

		if (privileges->dropped[i] || same_acl(privileges->stored[i], new))
			continue;
		/* no privileges on a column: NULL, as core has it */
		if (i > 0 && new != NULL && ACL_NUM(new) == 0)
			new = NULL;
		write_acl(privileges->relid, i, privileges->owner, privileges->stored[i], new);
		changed = true;
	}
	if (changed)
	{
		CacheInvalidateRelcacheByRelid(privileges->relid);
		CommandCounterIncrement();
	}
	return changed;
}

/* ---- what is known ---- */

static Protection *
read_protection(Oid relid)
{
	const EthTableRules *rules = eth_protect_rules(relid);
	Protection *result;
	int			i;

	if (rules == NULL)
		return NULL;
	result = palloc0(sizeof(Protection));
	eth_protect_rules_pin();
	result->own = rules->source == relid;
	result->enforced = rules->enforcement == ETH_ENFORCE_ENFORCE;
	result->table_readers = list_copy(rules->readers);
	result->column_readers = palloc0(sizeof(List *) * (rules->natts + 1));
	for (i = 1; i <= rules->natts; i++)
	{
		if (rules->cell_of[i] >= 0)
			result->column_readers[i] = list_copy(rules->cells[rules->cell_of[i]].readers);
		if (!rules->rows && !bms_is_member(i, rules->masked) &&
			!bms_is_member(i, rules->derived) && !bms_is_member(i, rules->unknown))
			result->shown = bms_add_member(result->shown, i);
	}
	eth_protect_rules_unpin();
	result->privileges = read_privileges(relid);
	return result;
}

/* A second witness for remembered rows; see remember.c. */
static bool
knows_role(void *context, AttrNumber attnum, bool given, Oid role)
{
	Protection *protection = context;
	Acl		   *acl = protection->privileges->stored[attnum];
	int			i;

	if (given)
	{
		for (i = 0; acl != NULL && i < ACL_NUM(acl); i++)
			if (ACL_DAT(acl)[i].ai_grantee == role && has_select(&ACL_DAT(acl)[i]))
				return true;
		return false;
	}
	return list_member_oid(protection->table_readers, role) ||
		list_member_oid(protection->table_readers, ACL_ID_PUBLIC) ||
		(attnum > 0 && (list_member_oid(protection->column_readers[attnum], role) ||
						list_member_oid(protection->column_readers[attnum], ACL_ID_PUBLIC)));
}

static const EthGrant *
table_grant(List *grants, Oid grantee, Oid grantor)
{
	ListCell   *lc;

	foreach(lc, grants)
	{
		const EthGrant *grant = lfirst(lc);

		if (grant->attnum == 0 && !grant->given &&
			grant->grantee == grantee && grant->grantor == grantor)
			return grant;
	}
	return NULL;
}

/* Turns the stored state in privileges->acl into the intended one. */
static void
make_intended(Privileges *privileges, List *grants)
{
	ListCell   *lc;
	int			i;

	foreach(lc, grants)
	{
		const EthGrant *grant = lfirst(lc);

		if (grant->given)
			privileges->acl[grant->attnum] = without_select(privileges->acl[grant->attnum],
															grant->grantee, grant->grantor);
		else if (grant->attnum == 0)
		{
			for (i = 1; i <= privileges->natts; i++)
			{
				AclItem    *item = find_item(privileges->acl[i], grant->grantee, grant->grantor);

				/* with more than ethdata gave, the site granted it */
				if (item != NULL && has_select(item) &&
					(grant->option || !has_select_option(item)))
					privileges->acl[i] = without_select(privileges->acl[i],
														grant->grantee, grant->grantor);
			}
		}
	}
	foreach(lc, grants)
	{
		const EthGrant *grant = lfirst(lc);

		if (grant->given)
			continue;
		if (grant->attnum == 0 && privileges->acl[0] == NULL)
			privileges->acl[0] = acldefault(OBJECT_TABLE, privileges->owner);
		privileges->acl[grant->attnum] = with_select(privileges->acl[grant->attnum], grant->grantee,
													 grant->grantor, grant->option, grant->place);
	}
}

/* ---- narrowing ---- */

static bool
is_narrowed(const Privileges *privileges, Oid grantee)
{
	if (grantee == ACL_ID_PUBLIC)
		return true;
	if (grantee == privileges->owner)
		return false;
	return !eth_core_has_role(grantee, ETH_ROLE_EXEMPT);
}

static EthGrant *
make_grant(AttrNumber attnum, const AclItem *item, int place)
{
	EthGrant   *grant = palloc0(sizeof(EthGrant));

	grant->attnum = attnum;
	grant->grantee = item->ai_grantee;
	grant->grantor = item->ai_grantor;
	grant->option = has_select_option(item);
	grant->place = place;
	return grant;
}

/* Members of ethdata_exempt, through all levels, but superusers. */
static List *
exempt_members(void)
{
	Oid			exempt = get_role_oid(ETH_ROLE_EXEMPT, true);
	Relation	catalog;
	List	   *todo;
	List	   *members = NIL;
	int			next;

	if (!OidIsValid(exempt))
		return NIL;
	catalog = table_open(AuthMemRelationId, AccessShareLock);
	todo = list_make1_oid(exempt);
	for (next = 0; next < list_length(todo); next++)
	{
		ScanKeyData key;
		SysScanDesc scan;
		HeapTuple	tuple;

		ScanKeyInit(&key, Anum_pg_auth_members_roleid, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(list_nth_oid(todo, next)));
		scan = systable_beginscan(catalog, AuthMemRoleMemIndexId, true, NULL, 1, &key);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		{
			Oid			member = ((Form_pg_auth_members) GETSTRUCT(tuple))->member;

			if (!list_member_oid(todo, member))
				todo = lappend_oid(todo, member);
		}
		systable_endscan(scan);
	}
	table_close(catalog, AccessShareLock);
	for (next = 1; next < list_length(todo); next++)
	{
		Oid			member = list_nth_oid(todo, next);

		if (!superuser_arg(member) && has_privs_of_role(member, exempt))
			members = lappend_oid(members, member);
	}
	list_sort(members, list_oid_cmp);
	return members;
}

static bool
may_select(const Privileges *privileges, Acl *const *acls, AttrNumber attnum, Oid role)
{
	return acls[attnum] != NULL &&
		aclmask(acls[attnum], role, privileges->owner, ACL_SELECT, ACLMASK_ANY) != 0;
}

/*
 * Exempt members who could read (as intended) only through a grant that was
 * withdrawn from PUBLIC or a group get SELECT of their own, by its grantor.
 */
static List *
give_to_exempt(Privileges *privileges, Acl **intended, List *grants)
{
	List	   *members = NIL;
	List	   *given = NIL;
	bool		asked = false;
	ListCell   *lc;

	foreach(lc, grants)
	{
		const EthGrant *grant = lfirst(lc);
		ListCell   *cell;

		if (!asked)
			members = exempt_members();
		asked = true;
		foreach(cell, members)
		{
			Oid			member = lfirst_oid(cell);
			EthGrant   *gift;

			if (member == privileges->owner ||
				(grant->grantee != ACL_ID_PUBLIC && !has_privs_of_role(member, grant->grantee)))
				continue;
			if (may_select(privileges, privileges->acl, 0, member) ||
				may_select(privileges, privileges->acl, grant->attnum, member) ||
				!may_select(privileges, intended, grant->attnum, member))
				continue;
			gift = palloc0(sizeof(EthGrant));
			gift->attnum = grant->attnum;
			gift->grantee = member;
			gift->grantor = grant->grantor;
			gift->given = true;
			gift->place = -1;
			privileges->acl[gift->attnum] = with_select(privileges->acl[gift->attnum], member,
														gift->grantor, false, -1);
			given = lappend(given, gift);
		}
	}
	return given;
}

/* From the intended state to the narrowed one; what is to be remembered. */
static List *
make_narrowed(Privileges *privileges, Bitmapset *shown)
{
	Acl		  **intended = palloc0(sizeof(Acl *) * (privileges->natts + 1));
	List	   *grants = NIL;
	ListCell   *lc;
	int			table_grants;
	int			i;
	int			attnum;

	for (attnum = 0; attnum <= privileges->natts; attnum++)
		if (privileges->acl[attnum] != NULL)
			intended[attnum] = aclcopy(privileges->acl[attnum]);

	for (i = 0; intended[0] != NULL && i < ACL_NUM(intended[0]); i++)
	{
		const AclItem *item = &ACL_DAT(intended[0])[i];

		if (!has_select(item) || !is_narrowed(privileges, item->ai_grantee))
			continue;
		grants = lappend(grants, make_grant(0, item, i));
		privileges->acl[0] = without_select(privileges->acl[0], item->ai_grantee, item->ai_grantor);
	}
	table_grants = list_length(grants);

	for (attnum = 1; attnum <= privileges->natts; attnum++)
	{
		if (privileges->dropped[attnum])
			continue;
		for (i = 0; intended[attnum] != NULL && i < ACL_NUM(intended[attnum]); i++)
		{
			const AclItem *item = &ACL_DAT(intended[attnum])[i];
			const EthGrant *whole;

			if (!has_select(item) || !is_narrowed(privileges, item->ai_grantee))
				continue;
			if (!bms_is_member(attnum, shown))
			{
				grants = lappend(grants, make_grant(attnum, item, i));
				privileges->acl[attnum] = without_select(privileges->acl[attnum],
														 item->ai_grantee, item->ai_grantor);
				continue;
			}

			/*
			 * stays, but would be taken for ethdata's when it is no more than
			 * that
			 */
			whole = table_grant(grants, item->ai_grantee, item->ai_grantor);
			if (whole != NULL && (whole->option || !has_select_option(item)))
				grants = lappend(grants, make_grant(attnum, item, i));
		}
	}

	i = 0;
	foreach(lc, grants)
	{
		const EthGrant *grant = lfirst(lc);

		if (i++ >= table_grants)
			break;
		attnum = -1;
		while ((attnum = bms_next_member(shown, attnum)) >= 0)
			if (attnum <= privileges->natts && !privileges->dropped[attnum])
				privileges->acl[attnum] = with_select(privileges->acl[attnum], grant->grantee,
													  grant->grantor, grant->option, -1);
	}
	return list_concat(grants, give_to_exempt(privileges, intended, grants));
}

/* ---- lists of roles of the rules ---- */

static List *
reader_list(List *grants, AttrNumber attnum)
{
	Oid			exempt = get_role_oid(ETH_ROLE_EXEMPT, true);
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, grants)
	{
		const EthGrant *grant = lfirst(lc);

		if (grant->given || (grant->attnum != 0 && grant->attnum != attnum))
			continue;
		if (grant->grantee == ACL_ID_PUBLIC)
			return list_make1_oid(ACL_ID_PUBLIC);
		result = list_append_unique_oid(result, grant->grantee);
	}
	list_sort(result, list_oid_cmp);
	if (OidIsValid(exempt))
		result = list_append_unique_oid(result, exempt);
	return result;
}

/* keep: those who are in the lists stay. */
static void
set_readers(Oid relid, List *grants, bool keep)
{
	ListCell   *lc;

	foreach(lc, eth_protect_stored_rules(relid))
	{
		const EthRule *rule = lfirst(lc);
		List	   *readers = reader_list(grants, rule->person ? 0 : eth_protect_rule_column(rule));

		if (keep && list_member_oid(rule->roles, ACL_ID_PUBLIC))
			continue;
		if (keep && !list_member_oid(readers, ACL_ID_PUBLIC))
			readers = list_union_oid(list_difference_oid(rule->roles, readers), readers);
		if (readers != NIL)
			(void) eth_protect_rule_set_roles(relid, rule, readers);
	}
}

/* ---- the two directions ---- */

static bool
widen_one(Oid relid)
{
	Protection *protection = read_protection(relid);
	Protection	bare;
	List	   *remembered;
	bool		changed;

	if (protection == NULL)
	{
		/* a table that left a protected tree, say a detached partition */
		memset(&bare, 0, sizeof(bare));
		bare.privileges = read_privileges(relid);
		bare.column_readers = palloc0(sizeof(List *) * (bare.privileges->natts + 1));
		protection = &bare;
	}
	remembered = eth_protect_remembered(relid, knows_role, protection);
	make_intended(protection->privileges, eth_protect_grants_of(remembered));
	changed = write_privileges(protection->privileges);
	return eth_protect_remember(relid, remembered, NIL) || changed;
}

static void
narrow_one(Oid relid, bool restoring)
{
	Protection *protection = read_protection(relid);
	List	   *remembered;
	List	   *grants;

	if (protection == NULL)
		return;
	if (!protection->enforced)
	{
		(void) widen_one(relid);
		return;
	}
	remembered = eth_protect_remembered(relid, knows_role, protection);
	make_intended(protection->privileges, eth_protect_grants_of(remembered));
	grants = make_narrowed(protection->privileges, protection->shown);
	(void) write_privileges(protection->privileges);
	(void) eth_protect_remember(relid, remembered, grants);
	if (protection->own)
		set_readers(relid, grants, restoring);
}

/*
 * Where privileges are not narrowed and nothing was withdrawn there is nothing to
 * do.  Then tables below are not locked: a parallel restore makes the rules of a
 * partitioned table while it loads its partitions, and loading a partition locks
 * the table above it.
 */
static bool
is_as_granted(Oid relid)
{
	const EthTableRules *rules = eth_protect_rules(relid);

	return rules != NULL && rules->enforcement != ETH_ENFORCE_ENFORCE && !eth_protect_has_remembered(relid);
}

/*
 * Nothing was ever granted on the relation or a column of it, so there is nothing to
 * narrow: a restore creates the policies of a table above while it still loads
 * this one, and must not wait for it.
 */
static bool
grants_nothing(Oid relid)
{
	Privileges *privileges;
	int			i;

	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		return true;
	if (eth_protect_has_own_rules(relid))
		return false;
	privileges = read_privileges(relid);
	for (i = 0; i <= privileges->natts; i++)
		if (privileges->stored[i] != NULL)
			return false;
	return true;
}

static void
narrow_tree(Oid relid, bool restoring)
{
	ListCell   *lc;

	LockRelationOid(relid, ShareUpdateExclusiveLock);
	foreach(lc, find_all_inheritors(relid, NoLock, NULL))
	{
		Oid			child = lfirst_oid(lc);

		if (is_as_granted(child) || (child != relid && grants_nothing(child)))
			continue;
		LockRelationOid(child, ShareUpdateExclusiveLock);
		if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(child)))
			narrow_one(child, restoring);
	}
}

void
eth_protect_narrow(Oid relid)
{
	narrow_tree(relid, false);
}

/*
 * After a rule was made by hand.  In a restore the grants come last, and what was
 * remembered may come later too: those whom the rule names are readers until then,
 * and vouch for what is remembered of them.
 */
void
eth_protect_narrow_restoring(Oid relid)
{
	narrow_tree(relid, true);
}

bool
eth_protect_widen(Oid relid)
{
	bool		changed = false;
	ListCell   *lc;

	LockRelationOid(relid, ShareUpdateExclusiveLock);
	foreach(lc, find_all_inheritors(relid, ShareUpdateExclusiveLock, NULL))
		changed |= widen_one(lfirst_oid(lc));
	return changed;
}
