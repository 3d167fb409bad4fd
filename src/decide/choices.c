/*
 * choices.c
 *		my_choices(): what a person chose, in plain words, for the person.
 *
 * The preference centre's page: one line for each purpose that is not retired, what
 * holds for the person whom the token for "self" names, and of the answer that decides
 * when, how and under which notice it was given.  The decision is the one that rows
 * and cells are decided by; the words say no more than it.
 *
 * Titles, answers and texts of notices are read as the extension's owner, after
 * "self" was found to be in force for the caller.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "decide/decide.h"

static const struct
{
	EthReason	reason;
	const char *status;
	const char *words;
}			statuses[] =

{
	{ETH_PERMITTED_GIVEN, "given", "you agreed"},
	{ETH_PERMITTED_OPT_OUT, "opt_out", "allowed until you object, and you have not"},
	{ETH_DENIED_RESTRICTED, "restricted", "not allowed: the use of your data is restricted"},
	{ETH_DENIED_BLOCKED, "blocked", "not allowed: you are not contacted for advertising"},
	{ETH_DENIED_OBJECTED, "objected", "you objected"},
	{ETH_DENIED_PENDING, "pending", "you objected, which is not decided yet; not allowed until then"},
	{ETH_DENIED_WITHDRAWN, "withdrawn", "you withdrew your consent"},
	{ETH_DENIED_REFUSED, "refused", "you refused"},
	{ETH_DENIED_EXPIRED, "expired", "your consent has expired"},
	{ETH_DENIED_INVALIDATED, "invalidated", "your consent is no longer valid"},
	{ETH_DENIED_NEVER_GIVEN, "never_given", "you have not agreed"},
	{ETH_DENIED_NOT_EXPLICIT, "not_explicit", "you agreed, but not explicitly, so it is not allowed"},
	{ETH_DENIED_NOT_INFORMED, "not_informed", "not allowed: you were not informed"},
	{ETH_DENIED_UNLAWFUL, "unlawful", "not allowed where you live"}
};

static const char *
basis_in_words(EthBasis basis)
{
	switch (basis)
	{
		case ETH_BASIS_CONTRACT:
			return "needs no answer of yours: it rests on a contract with you";
		case ETH_BASIS_LEGAL_OBLIGATION:
			return "needs no answer of yours: it rests on a legal obligation";
		case ETH_BASIS_VITAL_INTERESTS:
			return "needs no answer of yours: it protects vital interests";
		case ETH_BASIS_PUBLIC_TASK:
			return "needs no answer of yours: it rests on a public task; you may object";
		case ETH_BASIS_LEGITIMATE_INTERESTS:
			return "needs no answer of yours: it rests on legitimate interests; you may object";
		default:
			return "allowed";
	}
}

static const char *
actor_in_words(const char *actor)
{
	static const struct
	{
		const char *actor;
		const char *words;
	}			actors[] =

	{
		{"self", "by you"},
		{"guardian", "by your guardian"},
		{"nominee", "by your nominee"},
		{"agent", "by your agent"},
		{"consent_manager", "by your consent manager"},
		{"operator", "by staff"},
		{"system", "by the system"},
		{"signal", "by a signal of your browser"}
	};
	size_t		i;

	for (i = 0; i < lengthof(actors); i++)
		if (strcmp(actors[i].actor, actor) == 0)
			return actors[i].words;
	return "not known by whom";
}

/* One purpose, as it is decided. */
typedef struct Choice
{
	int32		purpose;
	EthBasis	basis;
	bool		direct_marketing;
	bool		permitted;
	const char *status;
	const char *words;
	int64		event;			/* 0: none decided */
} Choice;

static void
decide(Choice *choice, const EthPurpose *purpose, int32 class_id, const EthKey *key)
{
	const EthClass *class = eth_consent_class_by_id(class_id);
	EthReader	reader;
	EthConsent *value;
	EthReason	reason;
	size_t		i;

	if (class == NULL)
		return;
	eth_consent_reader_begin(&reader, class);
	value = eth_consent_lookup(&reader, eth_consent_subject_hash(reader.seed, key->data, key->len),
							   key, false);

	/* the look-up may have loaded the purposes again */
	purpose = eth_purpose_by_id(choice->purpose);
	if (purpose == NULL)
		return;
	choice->basis = eth_purpose_basis(purpose, value ? value->regime : ETH_REGIME_UNKNOWN);
	choice->direct_marketing = purpose->direct_marketing;
	reason = eth_decide_subject(&reader, purpose, key, eth_core_clock());
	choice->permitted = ETH_IS_PERMITTED(reason);
	choice->status = "not_needed";
	choice->words = basis_in_words(choice->basis);
	for (i = 0; i < lengthof(statuses); i++)
	{
		if (statuses[i].reason == reason)
		{
			choice->status = statuses[i].status;
			choice->words = statuses[i].words;
		}
	}
	purpose = eth_purpose_by_id(choice->purpose);
	if (purpose != NULL)
		choice->event = eth_consent_deciding_event(class_id, key, purpose, eth_core_clock(), DT_NOEND);
}

/* What the person can say now. */
static Datum
answers(const Choice *choice)
{
	Datum		result[3];
	int			n = 0;
	bool		objected = strcmp(choice->status, "objected") == 0 || strcmp(choice->status, "pending") == 0;

	if (eth_purpose_basis_rests_on_answer(choice->basis))
	{
		if (strcmp(choice->status, "given") != 0)
			result[n++] = CStringGetTextDatum("give");
		if (choice->permitted)
			result[n++] = CStringGetTextDatum("withdraw");
	}
	if (!objected && (choice->direct_marketing || choice->basis == ETH_BASIS_LEGITIMATE_INTERESTS ||
					  choice->basis == ETH_BASIS_PUBLIC_TASK))
		result[n++] = CStringGetTextDatum("object");
	return PointerGetDatum(construct_array(result, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* $1 the purpose, $2 the event that decided, $3 the language wanted */
#define QUERY \
	"SELECT p.code, p.title, p.description, e.effective_at, e.actor, e.source, e.method, e.notice," \
	" (SELECT t.body FROM ethdata.notice_text t WHERE t.notice = e.notice" \
	"  ORDER BY t.language = $3 DESC, t.language = 'en' DESC, t.language LIMIT 1)," \
	" e.expires_at, CASE WHEN e.purpose <> p.code THEN e.purpose END" \
	" FROM ethdata.purpose p LEFT JOIN ethdata.consent_event e ON e.id = $2 WHERE p.id = $1"

static Datum
column_of(int n, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, n, isnull);
}

static char *
text_of(int n)
{
	bool		isnull;
	Datum		value = column_of(n, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static Datum
how(bool *isnull)
{
	StringInfoData text;
	char	   *actor = text_of(5);
	char	   *source = text_of(6);
	char	   *method = text_of(7);

	*isnull = actor == NULL && source == NULL && method == NULL;
	initStringInfo(&text);
	if (actor != NULL)
		appendStringInfoString(&text, actor_in_words(actor));
	if (source != NULL)
		appendStringInfo(&text, "%sthrough \"%s\"", text.len > 0 ? ", " : "", source);
	if (method != NULL)
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", method);
	return CStringGetTextDatum(text.data);
}

static void
put_choice(ReturnSetInfo *rsinfo, const Choice *choice, const char *language)
{
	Oid			types[] = {INT4OID, INT8OID, TEXTOID};
	Datum		arguments[] = {Int32GetDatum(choice->purpose), Int64GetDatum(choice->event),
	CStringGetTextDatum(language)};
	Datum		values[13];
	bool		nulls[13] = {false};
	char	   *above;

	eth_core_spi(QUERY, SPI_OK_SELECT, lengthof(types), types, arguments, NULL, true);
	if (SPI_processed == 0)
		return;
	above = text_of(11);
	values[0] = column_of(1, &nulls[0]);
	values[1] = column_of(2, &nulls[1]);
	values[2] = column_of(3, &nulls[2]);
	values[3] = CStringGetTextDatum(eth_purpose_basis_name(choice->basis));
	values[4] = CStringGetTextDatum(choice->status);
	values[5] = BoolGetDatum(choice->permitted);
	values[6] = CStringGetTextDatum(above ? psprintf("%s (your answer about \"%s\")", choice->words, above) : choice->words);
	values[7] = column_of(4, &nulls[7]);
	values[8] = how(&nulls[8]);
	values[9] = column_of(8, &nulls[9]);
	values[10] = column_of(9, &nulls[10]);
	values[11] = column_of(10, &nulls[11]);
	values[12] = answers(choice);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

static int
by_code(const void *a, const void *b)
{
	const EthPurpose *x = eth_purpose_by_id(((const Choice *) a)->purpose);
	const EthPurpose *y = eth_purpose_by_id(((const Choice *) b)->purpose);

	return x == NULL || y == NULL ? 0 : strcmp(x->code, y->code);
}

PG_FUNCTION_INFO_V1(ethdata_my_choices);

/*
 * my_choices(language text) -> (purpose, title, description, basis, status, permitted,
 *		choice, decided_at, how, notice, notice_text, expires_at, answers)
 *		What holds for the person whom the token names, purpose by purpose.
 *
 * Errors: 42501 unless "self" is in force; 22023 null language.
 */
Datum
ethdata_my_choices(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *language;
	Choice	   *choices;
	EthCaller	caller;
	EthKey		key;
	EthKey		own;
	int32		class_id;
	int			n;
	int			i;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("language must not be null"),
				 errhint("It is a code of BCP 47 such as en, in which notices were published.")));
	language = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (!eth_consent_acts_for_self() || !eth_consent_self(&class_id, &own))
		ereport(ERROR,
				(errcode(ETH_ERR_NOT_GRANTED),
				 errmsg("my_choices() is for the person whom a token names"),
				 errdetail("Purpose \"self\" is not in force."),
				 errhint("Call ethdata.set_token() and ethdata.set_purpose('self') first, as a role that may.")));
	key.len = own.len;
	key.data = memcpy(palloc(Max(own.len, 1)), own.data, own.len);

	InitMaterializedSRF(fcinfo, 0);
	n = eth_purpose_count();
	choices = palloc0(sizeof(Choice) * Max(n, 1));
	for (i = 0; i < n; i++)
		choices[i].purpose = eth_purpose_by_index(i)->id;
	qsort(choices, n, sizeof(Choice), by_code);
	for (i = 0; i < n; i++)
	{
		const EthPurpose *purpose = eth_purpose_by_id(choices[i].purpose);

		if (purpose != NULL && !purpose->retired && !purpose->self)
			decide(&choices[i], purpose, class_id, &key);
	}

	eth_core_enter(&caller);
	SPI_connect();
	for (i = 0; i < n; i++)
	{
		if (choices[i].status != NULL)
			put_choice(rsinfo, &choices[i], language);
	}
	SPI_finish();
	eth_core_leave(&caller);
	return (Datum) 0;
}
