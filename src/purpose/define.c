/*
 * define.c
 *		define_purpose() and retire_purpose().
 *
 * A definition is a full statement: what is left out has its default.  What can
 * be checked from the arguments alone is checked first; what depends on other
 * purposes (parents, cycles, controllers) is checked before writing, for a clear
 * error, and again after it, when the lock of write.c keeps other definitions
 * out: two sessions that make each other's parent cannot both commit.
 *
 * What holds for persons follows from the definitions: the consent room is told
 * before and after one changes, and makes the kept states current.
 *
 * A purpose is never deleted: consent events and values name it.  Retired, it
 * permits nothing; defined again, it is in force again.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "purpose/internal.h"

#define SHOW_PARENTS \
	"ARRAY(SELECT p.code FROM ethdata.purpose p WHERE p.id = ANY (%s) ORDER BY p.code)::pg_catalog.text"
#define SHOW_RETIRED "CASE WHEN %s IS NULL THEN 'false' ELSE 'true' END"

/* Arguments of define_purpose(), in the order of its declaration. */
enum
{
	ARG_PURPOSE,
	ARG_BASIS,
	ARG_PARENTS,
	ARG_TITLE,
	ARG_DESCRIPTION,
	ARG_CONTROLLER,
	ARG_RECIPIENTS,
	ARG_BASES,
	ARG_CHANNEL,
	ARG_DIRECT_MARKETING,
	ARG_SPECIAL_GROUND,
	ARG_RESTRICTION_GROUND,
	ARG_CONSENT_LIFETIME,
	ARG_ASSESSMENT,
	ARG_REVIEW
};

static void
add_column(EthColumn *columns, int *n, const char *name, const char *show,
		   Oid type, Datum value, bool isnull)
{
	EthColumn  *column = &columns[(*n)++];

	column->name = name;
	column->label = NULL;
	column->show = show;
	column->type = type;
	column->value = value;
	column->isnull = isnull;
}

static void
add_text(EthColumn *columns, int *n, const char *name, const char *text)
{
	add_column(columns, n, name, NULL, TEXTOID,
			   text ? CStringGetTextDatum(text) : (Datum) 0, text == NULL);
}

static int
compare_ids(const void *a, const void *b)
{
	int32		x = DatumGetInt32(*(const Datum *) a);
	int32		y = DatumGetInt32(*(const Datum *) b);

	return (x > y) - (x < y);
}

/* The named parents, or the prefix before the last dot, as sorted ids. */
static ArrayType *
parent_ids(FunctionCallInfo fcinfo, const char *code)
{
	Datum	   *ids;
	int			n = 0;
	int			kept;
	int			i;

	if (PG_ARGISNULL(ARG_PARENTS))
	{
		const char *dot = strrchr(code, '.');

		ids = palloc(sizeof(Datum));
		if (dot != NULL)
		{
			char	   *prefix = pnstrdup(code, dot - code);
			const EthPurpose *parent = eth_purpose_by_code(prefix, true);

			if (parent == NULL)
				ereport(ERROR,
						(errcode(ETH_ERR_UNKNOWN),
						 errmsg("parent purpose \"%s\" of \"%s\" does not exist", prefix, code),
						 errhint("Define \"%s\" first, name other parents, or pass parents => '{}' for a purpose that has none.", prefix)));
			ids[n++] = Int32GetDatum(parent->id);
		}
	}
	else
	{
		Datum	   *elements;
		bool	   *nulls;
		int			nelements;
		ArrayType  *array = PG_GETARG_ARRAYTYPE_P(ARG_PARENTS);

		if (ARR_NDIM(array) > 1)
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("parents must be a list of codes")));
		deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT,
						  &elements, &nulls, &nelements);
		ids = palloc(sizeof(Datum) * Max(nelements, 1));
		for (i = 0; i < nelements; i++)
		{
			char	   *parent;

			if (nulls[i])
				ereport(ERROR,
						(errcode(ETH_ERR_BAD_VALUE),
						 errmsg("parents must not contain null")));
			parent = TextDatumGetCString(elements[i]);
			if (strcmp(parent, code) == 0)
				ereport(ERROR,
						(errcode(ETH_ERR_BAD_VALUE),
						 errmsg("purpose \"%s\" cannot be its own parent", code)));
			ids[n++] = Int32GetDatum(eth_purpose_by_code(parent, false)->id);
		}
		qsort(ids, n, sizeof(Datum), compare_ids);
		for (i = 0, kept = 0; i < n; i++)
		{
			if (kept == 0 || ids[i] != ids[kept - 1])
				ids[kept++] = ids[i];
		}
		n = kept;
	}
	for (i = 0; i < n; i++)
	{
		if (DatumGetInt32(ids[i]) == eth_purpose_id(ETH_CODE_SELF))
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("purpose \"%s\" cannot be a parent", ETH_CODE_SELF)));
	}
	return construct_array(ids, n, INT4OID, 4, true, TYPALIGN_INT);
}

/* Error 22023 when one of the parents is the purpose or one of its descendants. */
static void
check_cycle(const EthPurpose *purpose, ArrayType *parents)
{
	int			n = ARR_NDIM(parents) == 0 ? 0 : ARR_DIMS(parents)[0];
	int32	   *ids = (int32 *) ARR_DATA_PTR(parents);
	int			i;

	for (i = 0; i < n; i++)
	{
		const EthPurpose *parent = eth_purpose_by_id(ids[i]);

		if (parent != NULL && eth_purpose_below(parent, purpose))
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("purpose \"%s\" cannot be a parent of \"%s\"",
							parent->code, purpose->code),
					 errdetail("\"%s\" is itself below \"%s\".", parent->code, purpose->code)));
	}
}

/* Error 22023 when a purpose has parents with different controllers and none of its own. */
static void
check_controllers(void)
{
	int			n = eth_purpose_count();
	int			i;

	for (i = 0; i < n; i++)
	{
		const EthPurpose *purpose = eth_purpose_by_index(i);

		if (purpose->controllers_differ)
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("the parents of purpose \"%s\" have different controllers", purpose->code),
					 errhint("Name the controller of \"%s\".", purpose->code)));
	}
}

/* {"regime": "basis", ...} with known regimes and bases; returns whether one of them is "basis". */
static bool
check_bases(Jsonb *bases, EthBasis wanted)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;
	EthCaller	caller;
	Oid			type = JSONBOID;
	Datum		argument = JsonbPGetDatum(bases);
	char	   *unknown = NULL;
	bool		found = false;

	if (!JB_ROOT_IS_OBJECT(bases))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("bases must be a JSON object"),
				 errhint("Write the basis of each regime where it differs, such as '{\"ccpa\": \"opt_out\"}'.")));
	it = JsonbIteratorInit(&bases->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token != WJB_VALUE)
			continue;
		if (value.type != jbvString)
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("each value of bases must be the name of a legal basis")));
		if (eth_purpose_basis_by_name(pnstrdup(value.val.string.val, value.val.string.len)) == wanted)
			found = true;
	}

	eth_core_enter(&caller);
	SPI_connect();
	eth_core_spi("SELECT k FROM pg_catalog.jsonb_object_keys($1) AS k"
				 " WHERE NOT EXISTS (SELECT FROM ethdata.regime r WHERE r.code = k)"
				 " ORDER BY k LIMIT 1",
				 SPI_OK_SELECT, 1, &type, &argument, NULL, true);
	if (SPI_processed > 0)
	{
		char	   *code = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
		Size		size = strlen(code) + 1;

		unknown = memcpy(SPI_palloc(size), code, size);
	}
	SPI_finish();
	eth_core_leave(&caller);
	if (unknown != NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("regime \"%s\" does not exist", eth_core_shown(unknown)),
				 errhint("Regimes are listed in ethdata.regime.")));
	return found;
}

static void
check_code(const char *code)
{
	const EthPurpose *other;
	int32		id = eth_purpose_id(code);

	if (strcmp(code, ETH_CODE_NONE) == 0 || strcmp(code, ETH_CODE_SELF) == 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("purpose code \"%s\" is reserved", code)));
	if (id == 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("purpose code \"%s\" cannot be used", code),
				 errdetail("Its id, which derives from the code, would be 0."),
				 errhint("Choose another code.")));
	other = eth_purpose_by_id(id);
	if (other != NULL && strcmp(other->code, code) != 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("purpose code \"%s\" cannot be used", code),
				 errdetail("Its id, which derives from the code, is that of purpose \"%s\".", other->code),
				 errhint("Choose another code.")));
}

static void
check_lifetime(FunctionCallInfo fcinfo)
{
	Interval	bound;
	Datum		lifetime;

	if (PG_ARGISNULL(ARG_CONSENT_LIFETIME))
		return;
	lifetime = PG_GETARG_DATUM(ARG_CONSENT_LIFETIME);
	memset(&bound, 0, sizeof(bound));
	if (!DatumGetBool(DirectFunctionCall2(interval_gt, lifetime, IntervalPGetDatum(&bound))))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("consent_lifetime must be longer than nothing")));
	bound.month = 1000 * MONTHS_PER_YEAR;
	if (DatumGetBool(DirectFunctionCall2(interval_gt, lifetime, IntervalPGetDatum(&bound))))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("consent_lifetime must not be longer than 1000 years"),
				 errhint("Leave it out for consent that does not expire.")));
}

static void
check_recipients(FunctionCallInfo fcinfo)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			i;

	if (PG_ARGISNULL(ARG_RECIPIENTS))
		return;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(ARG_RECIPIENTS), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &n);
	for (i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("recipients must not contain null")));
	}
}

/* ---- what follows from purposes elsewhere ---- */

static void *(*watcher_before) (void) = NULL;
static void (*watcher_after) (void *state) = NULL;
static void *watcher_state = NULL;

void
eth_purpose_watch(void *(*before) (void), void (*after) (void *state))
{
	watcher_before = before;
	watcher_after = after;
}

static void
redefinition_begins(void)
{
	watcher_state = watcher_before != NULL ? watcher_before() : NULL;
}

PG_FUNCTION_INFO_V1(ethdata_define_purpose);

/*
 * define_purpose(purpose, basis, parents, title, description, controller,
 *				  recipients, bases, channel, direct_marketing, special_ground,
 *				  restriction_ground, consent_lifetime, assessment, review) -> boolean
 *		Defines the purpose, or makes it what the arguments say.  True when
 *		something changed.
 *
 * Errors: 42501 not a policy administrator; 22023 bad code, reserved code, id
 * taken, unknown basis, cycle, controllers that differ, other bad values; 42704
 * unknown parent or regime.
 */
Datum
ethdata_define_purpose(PG_FUNCTION_ARGS)
{
	EthColumn	key[1];
	EthColumn	columns[16];
	EthColumn	stamps[2];
	int			nkeys = 0;
	int			n = 0;
	int			nstamps = 0;
	char	   *code;
	char	   *basis_name;
	EthBasis	basis;
	bool		interests;
	char	   *assessment;
	ArrayType  *parents;
	Jsonb	   *bases;
	const EthPurpose *existing;
	EthWritten	written;
	NameData	definer;

	eth_core_require_admin("define purposes");
	code = eth_purpose_code_arg(fcinfo, ARG_PURPOSE, "purpose");
	check_code(code);
	if (PG_ARGISNULL(ARG_BASIS))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("basis must not be null")));
	basis_name = text_to_cstring(PG_GETARG_TEXT_PP(ARG_BASIS));
	basis = eth_purpose_basis_by_name(basis_name);
	if (basis == ETH_BASIS_UNLAWFUL)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("basis \"%s\" can only be that of a regime", basis_name),
				 errhint("Name it within \"bases\", or use ethdata.retire_purpose().")));
	if (PG_ARGISNULL(ARG_BASES))
		bases = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")));
	else
		bases = PG_GETARG_JSONB_P(ARG_BASES);
	interests = check_bases(bases, ETH_BASIS_LEGITIMATE_INTERESTS) ||
		basis == ETH_BASIS_LEGITIMATE_INTERESTS;
	check_lifetime(fcinfo);
	check_recipients(fcinfo);
	assessment = eth_purpose_text_arg(fcinfo, ARG_ASSESSMENT, "assessment");

	parents = parent_ids(fcinfo, code);
	existing = eth_purpose_by_code(code, true);
	if (existing != NULL)
		check_cycle(existing, parents);

	add_column(key, &nkeys, "id", NULL, INT4OID, Int32GetDatum(eth_purpose_id(code)), false);
	add_text(columns, &n, "code", code);
	add_text(columns, &n, "basis", basis_name);
	add_column(columns, &n, "bases", NULL, JSONBOID, JsonbPGetDatum(bases), false);
	add_column(columns, &n, "parents", SHOW_PARENTS, INT4ARRAYOID, PointerGetDatum(parents), false);
	add_text(columns, &n, "title", eth_purpose_text_arg(fcinfo, ARG_TITLE, "title"));
	add_text(columns, &n, "description", eth_purpose_text_arg(fcinfo, ARG_DESCRIPTION, "description"));
	add_text(columns, &n, "controller", eth_purpose_text_arg(fcinfo, ARG_CONTROLLER, "controller"));
	add_column(columns, &n, "recipients", NULL, TEXTARRAYOID,
			   PG_GETARG_DATUM(ARG_RECIPIENTS), PG_ARGISNULL(ARG_RECIPIENTS));
	add_text(columns, &n, "channel", eth_purpose_text_arg(fcinfo, ARG_CHANNEL, "channel"));
	add_column(columns, &n, "direct_marketing", NULL, BOOLOID,
			   PG_GETARG_DATUM(ARG_DIRECT_MARKETING), PG_ARGISNULL(ARG_DIRECT_MARKETING));
	add_text(columns, &n, "special_ground",
			 eth_purpose_text_arg(fcinfo, ARG_SPECIAL_GROUND, "special_ground"));
	add_text(columns, &n, "restriction_ground",
			 eth_purpose_text_arg(fcinfo, ARG_RESTRICTION_GROUND, "restriction_ground"));
	add_column(columns, &n, "consent_lifetime", NULL, INTERVALOID,
			   PG_GETARG_DATUM(ARG_CONSENT_LIFETIME), PG_ARGISNULL(ARG_CONSENT_LIFETIME));
	add_text(columns, &n, "assessment", assessment);
	add_column(columns, &n, "review", NULL, BOOLOID,
			   PG_GETARG_DATUM(ARG_REVIEW), PG_ARGISNULL(ARG_REVIEW));
	add_column(columns, &n, "retired_at", SHOW_RETIRED, TIMESTAMPTZOID, (Datum) 0, true);
	columns[n - 1].label = "retired";

	add_column(stamps, &nstamps, "defined_at", NULL, TIMESTAMPTZOID,
			   TimestampTzGetDatum(GetCurrentTimestamp()), false);
	namestrcpy(&definer, GetUserNameFromId(GetUserId(), false));
	add_column(stamps, &nstamps, "defined_by", NULL, NAMEOID, NameGetDatum(&definer), false);

	written = eth_purpose_write("purpose", "define_purpose", psprintf("purpose \"%s\"", code),
								nkeys, key, n, columns, nstamps, stamps, redefinition_begins);
	if (written == ETH_WRITTEN_SAME)
		PG_RETURN_BOOL(false);

	check_cycle(eth_purpose_by_code(code, false), parents);
	check_controllers();
	if (watcher_after != NULL)
		watcher_after(watcher_state);
	if (interests && assessment == NULL)
		ereport(WARNING,
				(errmsg("purpose \"%s\" rests on legitimate interests and names no assessment", code),
				 errhint("Pass assessment => the reference of the balancing test.")));
	PG_RETURN_BOOL(true);
}

PG_FUNCTION_INFO_V1(ethdata_retire_purpose);

/*
 * retire_purpose(purpose text) -> boolean
 *		The purpose permits nothing any more; its events and grants stay.  False
 *		when it was retired before.  define_purpose() takes it back.
 *
 * Errors: 42501 not a policy administrator; 22023 bad code; 42704 unknown.
 */
Datum
ethdata_retire_purpose(PG_FUNCTION_ARGS)
{
	EthColumn	key[1];
	EthColumn	column[1];
	int			nkeys = 0;
	int			n = 0;
	const EthPurpose *purpose;

	eth_core_require_admin("retire purposes");
	purpose = eth_purpose_by_code(eth_purpose_code_arg(fcinfo, 0, "purpose"), false);
	if (purpose->self)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("purpose \"%s\" cannot be retired", purpose->code),
				 errhint("Revoke it from the roles that have it.")));

	add_column(key, &nkeys, "id", NULL, INT4OID, Int32GetDatum(purpose->id), false);
	add_column(column, &n, "retired_at", SHOW_RETIRED, TIMESTAMPTZOID,
			   TimestampTzGetDatum(GetCurrentTimestamp()), false);
	column[0].label = "retired";
	PG_RETURN_BOOL(eth_purpose_write("purpose", "retire_purpose", psprintf("purpose \"%s\"", purpose->code),
									 nkeys, key, n, column, 0, NULL, NULL) != ETH_WRITTEN_SAME);
}
