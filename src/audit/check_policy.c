/*
 * check_policy.c
 *		self_check(): purposes and what they lack, masks and what they reveal for,
 *		grants, classes.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "audit/check.h"
#include "consent/consent.h"
#include "crypto/crypto.h"
#include "mask/mask.h"

/* ---- purposes ---- */

static bool
is_told(const EthPurpose *purpose)
{
	return eth_consent_notice_published(purpose, GetCurrentTimestamp(), GetCurrentTimestamp());
}

static void
check_purpose(EthCheck *check, const EthPurpose *purpose)
{
	/* asking for notices may read tables, and the purpose be gone: copies */
	const char *code = pstrdup(purpose->code);
	const char *literal = quote_literal_cstr(code);
	EthBasis	basis = purpose->basis;
	bool		controllers_differ = purpose->controllers_differ;
	bool		assessed = purpose->assessed;
	bool		for_ever = purpose->direct_marketing && purpose->consent_lifetime == NULL;
	bool		told = is_told(purpose);
	const char *publish = psprintf("SELECT ethdata.publish_notice('..', purposes => '{%s}', body => '..')", code);

	if (controllers_differ)
		eth_check_found(check, ETH_WARNING, ETH_RANK_REST, code,
						"the purposes above it have different controllers, and it names none: nobody can say who answers for it",
						psprintf("call ethdata.define_purpose(%s, .., controller => '..')", literal));
	switch (basis)
	{
		case ETH_BASIS_CONSENT:
		case ETH_BASIS_EXPLICIT_CONSENT:
			if (!told)
				eth_check_found(check, ETH_WARNING, ETH_RANK_REST, code,
								"it rests on consent, and no notice tells persons what they agree to",
								publish);
			if (for_ever)
				eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, code,
								"consent to this direct marketing never expires",
								psprintf("call ethdata.define_purpose(%s, .., consent_lifetime => '2 years')", literal));
			break;
		case ETH_BASIS_LEGITIMATE_INTERESTS:
			if (!assessed)
				eth_check_found(check, ETH_WARNING, ETH_RANK_REST, code,
								"it rests on legitimate interests, and no balancing test is named",
								psprintf("call ethdata.define_purpose(%s, .., assessment => '..')", literal));
			if (!told)
				eth_check_found(check, ETH_WARNING, ETH_RANK_REST, code,
								"it rests on legitimate interests and no notice covers it: only the data of persons who were told otherwise may be used",
								publish);
			break;
		case ETH_BASIS_OPT_OUT:
			if (!told)
				eth_check_found(check, ETH_WARNING, ETH_RANK_REST, code,
								"it is usable until persons say no, and no notice covers it: only the data of persons who were told otherwise may be used",
								publish);
			break;
		case ETH_BASIS_CONTRACT:
			eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, code,
							"it rests on a contract, and no condition says with whom: the data of the whole class may be used for it",
							"grant it to those roles only that serve parties to the contract, and keep other persons in a class of their own");
			break;
		default:
			break;
	}
}

static const char *const purpose_queries[] = {
	"SELECT 'notice', u.code, CASE WHEN u.retired_at IS NULL THEN 'no role may act for it' ELSE 'it is retired, and still granted to ' OPERATOR(pg_catalog.||) g.names END,"
	"  CASE WHEN u.retired_at IS NULL THEN pg_catalog.format('SELECT ethdata.grant_purpose(%L, ''..''), or ethdata.retire_purpose(%L)', u.code, u.code)"
	"   ELSE pg_catalog.format('SELECT ethdata.revoke_purpose(%L, ''..'')', u.code) END"
	" FROM ethdata.purpose u"
	" CROSS JOIN LATERAL (SELECT" SOME("pg_catalog.quote_ident(g.grantee)") "AS names FROM ethdata.purpose_grant g WHERE g.purpose" EQ "u.id) g"
	" WHERE CASE WHEN u.retired_at IS NOT NULL THEN g.names IS NOT NULL"
	"   ELSE g.names IS NULL AND NOT EXISTS (WITH RECURSIVE above AS (SELECT u.id UNION SELECT a.id FROM above b JOIN ethdata.purpose q ON q.id" EQ "b.id"
	"     CROSS JOIN LATERAL pg_catalog.unnest(q.parents) AS a (id)) SELECT FROM above b JOIN ethdata.purpose_grant g ON g.purpose" EQ "b.id)"
	/* a head of others that somebody holds is there for order */
	"    AND NOT EXISTS (SELECT FROM ethdata.purpose q WHERE u.id" EQ "ANY (q.parents)) END",

	"SELECT 'notice', u.code, 'it rests on the person''s answer, and no role may record one',"
	"  pg_catalog.format('SELECT ethdata.grant_collection(%L, ''..'')', u.code)"
	" FROM ethdata.purpose u"
	" WHERE u.retired_at IS NULL AND u.basis" EQ "ANY (ARRAY['consent', 'explicit_consent', 'soft_opt_in', 'opt_out'])"
	"  AND NOT EXISTS (WITH RECURSIVE above AS (SELECT u.id UNION SELECT a.id FROM above b JOIN ethdata.purpose q ON q.id" EQ "b.id"
	"    CROSS JOIN LATERAL pg_catalog.unnest(q.parents) AS a (id)) SELECT FROM above b JOIN ethdata.collection_grant g ON g.purpose" EQ "b.id)",
};

void
eth_check_purposes(EthCheck *check)
{
	List	   *ids = NIL;
	ListCell   *lc;
	size_t		i;

	/* what is asked about one may read tables, after which pointers are stale */
	eth_purpose_catalogue_refresh();
	for (i = 0; i < (size_t) eth_purpose_count(); i++)
		ids = lappend_int(ids, eth_purpose_by_index(i)->id);
	foreach(lc, ids)
	{
		const EthPurpose *purpose = eth_purpose_by_id(lfirst_int(lc));

		if (purpose != NULL && !purpose->retired)
			check_purpose(check, purpose);
	}
	for (i = 0; i < lengthof(purpose_queries); i++)
		eth_check_query(check, ETH_RANK_REST, purpose_queries[i]);
}

/* ---- masks ---- */

/* Values are looked up by a column: is there an index for it, under a key, and can it be? */
static void
check_lookup(EthCheck *check, Oid relid, AttrNumber attnum, char *object)
{
	const char *problem;
	Oid			type;
	int32		typmod;
	Oid			collation;
	ListCell   *lc;

	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	problem = eth_protect_lookup_problem(type, collation);
	if (problem != NULL)
	{
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, object,
						"it has lookup, and its values cannot be looked up: its type or collation does not allow it",
						"call ethdata.mask() without lookup");
		return;
	}
	foreach(lc, eth_protect_missing_blind_indexes(relid, attnum))
		eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, object,
						"it has lookup and no blind index here: looking a value up reads the whole table", lfirst(lc));
	if (eth_crypto_key_problem() != NULL)
		eth_check_found(check, ETH_WARNING, ETH_RANK_REST, object,
						"it has lookup, and there is no master key: looking a value up reads the whole table, and what its blind index gets meanwhile is under a key that everybody knows",
						"set ethdata.key_file, reload, and REINDEX the blind index");
	else
	{
		foreach(lc, eth_protect_stale_blind_indexes(relid, attnum))
			eth_check_found(check, ETH_WARNING, ETH_RANK_REST, object,
							"it has lookup, and its blind index has entries under a key that is no longer there: their rows are not found",
							psprintf("REINDEX INDEX CONCURRENTLY %s", (char *) lfirst(lc)));
	}
}

/* Stored masks are over Var(varno 1); what says NULL is meant so. */
static void
check_mask(EthCheck *check, Oid relid, const EthRule *rule)
{
	AttrNumber	attnum = eth_protect_rule_column(rule);
	Node	   *mask = eth_protect_arg(rule, ETH_RULE_MASK);
	char	   *category = eth_protect_text_arg(rule, ETH_RULE_CATEGORY);
	char	   *table = eth_protect_relation_name(relid);
	char	   *column;
	ListCell   *lc;

	column = attnum > 0 ? get_attname(relid, attnum, true) : NULL;
	if (column == NULL)
		return;
	if (mask != NULL && !eth_mask_is_safe(mask, relid, attnum))
		eth_check_found(check, ETH_WARNING, ETH_RANK_REST, psprintf("%s.%s", table, quote_identifier(column)),
						"its mask is not safe any more, a function of it may have changed its owner or kind: NULL is shown in its place",
						psprintf("SELECT ethdata.mask(%s, %s, masked_as => '..', ..)", quote_literal_cstr(table), quote_literal_cstr(column)));
	if (eth_protect_bool_arg(rule, ETH_RULE_LOOKUP))
		check_lookup(check, relid, attnum, psprintf("%s.%s", table, quote_identifier(column)));
	foreach(lc, eth_protect_texts_arg(rule, ETH_RULE_REVEAL))
	{
		const char *code = lfirst(lc);
		const EthPurpose *purpose = eth_purpose_by_code(code, true);

		if (purpose == NULL)
			eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, psprintf("%s.%s", table, quote_identifier(column)),
							psprintf("it is revealed for purpose %s, which does not exist", code),
							psprintf("SELECT ethdata.define_purpose(%s, ..), or call ethdata.mask() without it", quote_literal_cstr(code)));
		else if (category != NULL && eth_protect_is_special_category(category) && purpose->special_ground == NULL)
			eth_check_found(check, ETH_NOTICE, ETH_RANK_REST, psprintf("%s.%s", table, quote_identifier(column)),
							psprintf("it holds data of the special category %s, and purpose %s has no ground for it: it stays masked", category, code),
							psprintf("call ethdata.define_purpose(%s, .., special_ground => '..') where there is one (GDPR art. 9(2))", quote_literal_cstr(code)));
	}
}

void
eth_check_reveals(EthCheck *check)
{
	ListCell   *table;
	ListCell   *lc;

	foreach(table, check->relations)
	{
		const EthChecked *relation = lfirst(table);

		if (relation->relid != relation->source)
			continue;
		foreach(lc, eth_protect_stored_rules(relation->relid))
		{
			const EthRule *rule = lfirst(lc);

			CHECK_FOR_INTERRUPTS();
			if (!rule->person)
				check_mask(check, relation->relid, rule);
		}
	}
}

/* ---- grants ---- */

/* purposes and those below them */
#define BELOW \
	"WITH RECURSIVE below AS (SELECT u.id AS top, u.id FROM ethdata.purpose u" \
	"  UNION SELECT b.top, u.id FROM below b JOIN ethdata.purpose u ON b.id" EQ "ANY (u.parents))"

/* roles r that belong to a grantee of g, itself included */
#define HOLDERS \
	" JOIN pg_catalog.pg_roles h ON h.oid" EQ "g.grantee_oid AND h.rolname" EQ "g.grantee" \
	" JOIN pg_catalog.pg_roles r ON NOT r.rolsuper AND (r.rolcanlogin OR r.oid" EQ "h.oid) AND" BELONGS("r.oid", "h.oid")

/* all that can be granted: self stands in no table */
#define PURPOSES " (SELECT id, code FROM ethdata.purpose UNION ALL SELECT " ETH_SELF_ID ", 'self') "

#define VALID " (g.valid_until IS NULL OR g.valid_until" GT "pg_catalog.clock_timestamp()) "

#define GRANTEE_IS_GONE " NOT EXISTS (SELECT FROM pg_catalog.pg_roles h WHERE h.oid" EQ "g.grantee_oid AND h.rolname" EQ "g.grantee) "

static const char *const grant_queries[] = {
	/* who uses data must not write the consent for it */
	BELOW ","
	" uses AS (SELECT DISTINCT r.oid, r.rolname, b.id FROM ethdata.purpose_grant g JOIN below b ON b.top" EQ "g.purpose" HOLDERS "WHERE" VALID "),"
	" collects AS (SELECT DISTINCT r.oid, b.id FROM ethdata.collection_grant g JOIN below b ON b.top" EQ "g.purpose" HOLDERS "),"
	" conflicts AS (SELECT x.oid, x.rolname, x.id FROM uses x JOIN collects y ON y.oid" EQ "x.oid AND y.id" EQ "x.id)"
	" SELECT 'warning', pg_catalog.quote_ident(x.rolname),"
	"  'it may use data for a purpose and write the consent for it: ' OPERATOR(pg_catalog.||) " SOME("u.code") ","
	"  pg_catalog.format('collect with another role: ethdata.revoke_collection(), or ethdata.revoke_purpose(), for %I or the role that it holds them through', x.rolname)"
	" FROM conflicts x JOIN ethdata.purpose u ON u.id" EQ "x.id"
	" WHERE u.retired_at IS NULL AND NOT EXISTS (SELECT FROM conflicts y WHERE y.oid" EQ "x.oid AND y.id" EQ "ANY (u.parents))"
	" GROUP BY x.rolname",

	/* several defaults */
	"SELECT 'warning', pg_catalog.quote_ident(r.rolname),"
	"  'it has several default purposes, and its statements on protected tables end in an error while none is set: ' OPERATOR(pg_catalog.||) " SOME("u.code") ","
	"  pg_catalog.format('SET ethdata.purpose in its sessions, or call ethdata.grant_purpose() without as_default for all but one of the roles that %I belongs to', r.rolname)"
	" FROM ethdata.purpose_grant g JOIN" PURPOSES "u ON u.id" EQ "g.purpose"
	" JOIN pg_catalog.pg_roles h ON h.oid" EQ "g.grantee_oid AND h.rolname" EQ "g.grantee"
	" JOIN pg_catalog.pg_roles r ON NOT r.rolsuper AND (r.rolcanlogin OR r.oid" EQ "h.oid) AND pg_catalog.pg_has_role(r.oid, h.oid, 'USAGE')"
	" WHERE g.as_default AND" VALID
	" GROUP BY r.rolname HAVING pg_catalog.count(DISTINCT g.purpose)" GT "1",

	/* grants that need what cannot come */
	"SELECT 'notice', pg_catalog.quote_ident(g.grantee),"
	"  'it holds these purposes with a token alone, and no key is trusted: ' OPERATOR(pg_catalog.||) " SOME("u.code") ","
	"  'SELECT ethdata.trust_key(..) for the key of whoever issues the tokens'"
	" FROM ethdata.purpose_grant g JOIN" PURPOSES "u ON u.id" EQ "g.purpose"
	" WHERE g.token_required AND NOT EXISTS (SELECT FROM ethdata.token_key) AND NOT" GRANTEE_IS_GONE "GROUP BY g.grantee",

	/* the rows of others are hidden from a portal by rewriting alone */
	"SELECT 'warning', " TABLE_NAME ","
	"  'a portal may read samples of its columns in pg_stats, from rows of others, and without the library the rows: ' OPERATOR(pg_catalog.||) " SOME("pg_catalog.quote_ident(r.rolname)") ","
	"  'protect it with rows => true; or REVOKE SELECT ON pg_catalog.pg_stats, pg_catalog.pg_stats_ext, pg_catalog.pg_stats_ext_exprs FROM PUBLIC'"
	FROM_PROTECTED
	" JOIN ethdata.purpose_grant g ON g.purpose" EQ ETH_SELF_ID HOLDERS
	" WHERE p.enforcement" EQ "'enforce' AND NOT p.hides AND" EXEMPT("r.oid") "IS NOT TRUE"
	"  AND pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT') AND pg_catalog.has_table_privilege(r.oid, 'pg_catalog.pg_stats', 'SELECT')"
	" GROUP BY n.nspname, c.relname",

	/* grants to nobody, and such as are over */
	"SELECT 'notice', pg_catalog.quote_ident(g.grantee),"
	"  'purposes are granted to a role of this name that was dropped, renamed or made anew, and nobody holds them: ' OPERATOR(pg_catalog.||) " SOME("u.code") ","
	"  pg_catalog.format('SELECT ethdata.revoke_gone(%L)', g.grantee)"
	" FROM ethdata.purpose_grant g JOIN" PURPOSES "u ON u.id" EQ "g.purpose WHERE" GRANTEE_IS_GONE "GROUP BY g.grantee",
	"SELECT 'notice', pg_catalog.quote_ident(g.grantee),"
	"  'collection is granted to a role of this name that was dropped, renamed or made anew, and nobody holds it: ' OPERATOR(pg_catalog.||) " SOME("u.code") ","
	"  pg_catalog.format('SELECT ethdata.revoke_gone(%L)', g.grantee)"
	" FROM ethdata.collection_grant g JOIN ethdata.purpose u ON u.id" EQ "g.purpose WHERE" GRANTEE_IS_GONE "GROUP BY g.grantee",
	"SELECT 'notice', pg_catalog.quote_ident(g.grantee),"
	"  'the grants of these purposes are over: ' OPERATOR(pg_catalog.||) " SOME("u.code") ","
	"  pg_catalog.format('SELECT ethdata.revoke_purpose(.., %L), or ethdata.grant_purpose() with a later valid_until', g.grantee)"
	" FROM ethdata.purpose_grant g JOIN" PURPOSES "u ON u.id" EQ "g.purpose WHERE NOT" VALID "AND NOT" GRANTEE_IS_GONE "GROUP BY g.grantee",
};

void
eth_check_grants(EthCheck *check)
{
	size_t		i;

	for (i = 0; i < lengthof(grant_queries); i++)
		eth_check_query(check, ETH_RANK_REST, grant_queries[i]);
}

/* ---- classes ---- */

#define CLASSES \
	" FROM ethdata.subject_class s" \
	" JOIN pg_catalog.pg_class c ON c.oid" EQ "s.relation::pg_catalog.oid JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace "

static const char *const class_queries[] = {
	"SELECT CASE WHEN s.relation IS NULL THEN 'notice' ELSE 'warning' END, s.code,"
	"  CASE WHEN s.relation IS NULL THEN 'the class was dropped, or its table; what its persons answered is kept'"
	"   ELSE 'the table of this class does not exist' END,"
	"  'SELECT ethdata.define_subject_class(.., code => ' OPERATOR(pg_catalog.||) pg_catalog.quote_literal(s.code) OPERATOR(pg_catalog.||) ') where its persons are in another table now'"
	" FROM ethdata.subject_class s WHERE s.relation IS NULL OR NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid" EQ "s.relation::pg_catalog.oid)",

	"SELECT 'warning', " TABLE_NAME ","
	"  'columns that are declared for this class of persons do not exist (' OPERATOR(pg_catalog.||) " SOME("pg_catalog.quote_ident(x.name)") " OPERATOR(pg_catalog.||) '): nobody can agree, and the strictest law holds',"
	"  pg_catalog.format('SELECT ethdata.define_subject_class(%L, ..)', " TABLE_NAME ")"
	CLASSES
	" CROSS JOIN LATERAL pg_catalog.unnest(s.contact_points OPERATOR(pg_catalog.||) COALESCE(s.key_columns, '{}')"
	"   OPERATOR(pg_catalog.||) ARRAY[s.birth_date, s.jurisdiction, s.time_zone]) AS x (name)"
	" WHERE x.name IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid" EQ "c.oid AND a.attname" EQ "x.name AND a.attnum" GT "0 AND NOT a.attisdropped)"
	" GROUP BY n.nspname, c.relname",

	"SELECT 'notice', " TABLE_NAME ","
	"  'no column says under which law the persons of this class are: the strictest holds for all of them',"
	"  pg_catalog.format('SELECT ethdata.define_subject_class(%L, .., jurisdiction => ''..'')', " TABLE_NAME ")"
	CLASSES "WHERE s.jurisdiction IS NULL",

	"SELECT 'warning', " TABLE_NAME ","
	"  'this table of persons is not protected',"
	"  pg_catalog.format('SELECT ethdata.protect(%L, subject => %L)', " TABLE_NAME ", COALESCE(pg_catalog.array_to_string(s.key_columns, ', '),"
	"    (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY k.place) FROM pg_catalog.pg_index i"
	"      CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k (attnum, place)"
	"      JOIN pg_catalog.pg_attribute a ON a.attrelid" EQ "i.indrelid AND a.attnum" EQ "k.attnum WHERE i.indrelid" EQ "c.oid AND i.indisprimary), '..'))"
	CLASSES "WHERE c.oid" NE "ALL ($1)",
};

void
eth_check_classes(EthCheck *check)
{
	size_t		i;

	for (i = 0; i < lengthof(class_queries); i++)
		eth_check_query(check, ETH_RANK_REST, class_queries[i]);
}
