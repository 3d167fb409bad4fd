/*
 * notice.c
 *		Publishing notices: what persons are told before they answer.
 *
 * A notice is a code, the purposes that it covers and the time from which it is
 * valid; its text may be published in several languages.  What is published
 * never changes: the same call again does nothing, another one under the same
 * code is an error.  The text is kept with its SHA-256, so that a person's
 * evidence can be compared.
 *
 * A notice that asks for consent again (reconsent) ends, when it becomes valid,
 * what was agreed before to its purposes under other notices.  Publishing it
 * makes the states of all who agreed current, in the same transaction.
 *
 * Locks: ShareRowExclusiveLock on notice; with reconsent also on consent_state,
 * so that nobody records an answer meanwhile.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "consent/record.h"
#include "core/event.h"

#define MAX_NOTICE_BYTES 200

PG_FUNCTION_INFO_V1(ethdata_publish_notice);

static int
compare_codes(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* The purposes that the notice covers, sorted, each once.  Errors: 22023, 42704. */
static char **
purposes_arg(FunctionCallInfo fcinfo, int n, int *count)
{
	Datum	   *elements;
	bool	   *nulls;
	char	  **codes;
	int			given = 0;
	int			i;

	if (!PG_ARGISNULL(n))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT,
						  &elements, &nulls, &given);
	if (given == 0)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("a notice covers at least one purpose"),
				 errhint("Pass purposes => '{marketing.email}'.")));
	codes = palloc(given * sizeof(char *));
	for (i = 0; i < given; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ETH_ERR_BAD_VALUE),
					 errmsg("purposes must not contain a null")));
		codes[i] = TextDatumGetCString(elements[i]);
		(void) eth_purpose_by_code(codes[i], false);
	}
	qsort(codes, given, sizeof(char *), compare_codes);
	*count = 0;
	for (i = 0; i < given; i++)
	{
		if (i == 0 || strcmp(codes[i], codes[i - 1]) != 0)
			codes[(*count)++] = codes[i];
	}
	return codes;
}

/* A BCP 47 tag, loosely: letters, then parts of letters and digits. */
static bool
language_valid(const char *tag)
{
	int			part = 0;
	bool		first = true;

	for (; *tag != '\0'; tag++)
	{
		bool		letter = (*tag >= 'a' && *tag <= 'z') || (*tag >= 'A' && *tag <= 'Z');

		if (*tag == '-')
		{
			if (part < (first ? 2 : 1))
				return false;
			first = false;
			part = 0;
			continue;
		}
		if (!letter && (first || !(*tag >= '0' && *tag <= '9')))
			return false;
		if (++part > 8)
			return false;
	}
	return part >= (first ? 2 : 1);
}

static ArrayType *
text_array(char **codes, int n)
{
	Datum	   *elements = palloc(n * sizeof(Datum));
	int			i;

	for (i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum(codes[i]);
	return construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT);
}

static void
already_published(const char *code, const char *what)
{
	ereport(ERROR,
			(errcode(ETH_ERR_STATE),
			 errmsg("notice \"%s\" is already published with other %s", code, what),
			 errdetail("Persons have answered to it as it is; a published notice never changes."),
			 errhint("Publish the new version under a new code.")));
}

/* Under this code there is a notice: does it say the same?  Errors: 55000. */
static void
compare_published(const EthNotice *notice, char **codes, int n, bool has_time,
				  TimestampTz valid_from, bool reconsent)
{
	int			i;

	if (notice->npurposes != n)
		already_published(notice->code, "purposes");
	for (i = 0; i < n; i++)
	{
		if (!eth_consent_notice_covers(notice, eth_purpose_id(codes[i])))
			already_published(notice->code, "purposes");
	}
	if (notice->reconsent != reconsent)
		already_published(notice->code, "reconsent");
	if (has_time && notice->valid_from != valid_from)
		already_published(notice->code, "valid_from");
}

/* Is the text published in that language?  Errors: 55000 when it reads otherwise. */
static bool
text_published(const char *code, const char *language, const char *body)
{
	Oid			types[2] = {TEXTOID, TEXTOID};
	Datum		values[2];
	bool		isnull;
	char	   *other;

	values[0] = CStringGetTextDatum(code);
	values[1] = CStringGetTextDatum(language);
	eth_core_spi("SELECT t.body FROM ethdata.notice_text t"
				 " WHERE t.notice OPERATOR(pg_catalog.=) $1 AND t.language OPERATOR(pg_catalog.=) $2",
				 SPI_OK_SELECT, 2, types, values, NULL, false);
	if (SPI_processed == 0)
		return false;
	other = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	isnull = other == NULL;
	if (isnull != (body == NULL) || (!isnull && strcmp(other, body) != 0))
		already_published(code, "text");
	return true;
}

static void
insert_text(const char *code, const char *language, const char *body)
{
	Oid			types[4] = {TEXTOID, TEXTOID, TEXTOID, BYTEAOID};
	Datum		values[4];
	char		nulls[4] = {' ', ' ', ' ', ' '};

	values[0] = CStringGetTextDatum(code);
	values[1] = CStringGetTextDatum(language);
	if (body == NULL)
	{
		nulls[2] = nulls[3] = 'n';
		values[2] = values[3] = (Datum) 0;
	}
	else
	{
		/* text and bytea are both varlena: the hash is over the text's bytes */
		values[2] = CStringGetTextDatum(body);
		values[3] = DirectFunctionCall1(sha256_bytea, values[2]);
	}
	eth_core_spi("INSERT INTO ethdata.notice_text (notice, language, body, sha256, published_at)"
				 " VALUES ($1, $2, $3, $4, pg_catalog.clock_timestamp())",
				 SPI_OK_INSERT, 4, types, values, nulls, false);
}

/*
 * publish_notice(notice, purposes, body, language, valid_from, reconsent) ->
 * boolean: whether anything was published.  Another language of a published
 * notice must cover the same purposes.
 * Errors: 42501, 42704 unknown purpose, 22023, 55000 published with other content.
 */
Datum
ethdata_publish_notice(PG_FUNCTION_ARGS)
{
	char	   *code;
	char	   *body;
	char	   *language;
	char	  **codes;
	int			ncodes;
	bool		has_time = !PG_ARGISNULL(4);
	TimestampTz valid_from = has_time ? PG_GETARG_TIMESTAMPTZ(4) : 0;
	TimestampTz now;
	bool		reconsent;
	bool		changed = false;
	EthCaller	caller;
	const EthNotice *published;

	eth_core_require_admin("publish a notice");
	code = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (code == NULL || code[0] == '\0' || strlen(code) > MAX_NOTICE_BYTES)
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("the code of a notice has 1 to %d bytes", MAX_NOTICE_BYTES)));
	codes = purposes_arg(fcinfo, 1, &ncodes);
	body = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	language = PG_ARGISNULL(3) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(3));
	if (language == NULL || !language_valid(language))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 language ? errmsg("invalid language \"%s\"", eth_core_shown(language)) :
				 errmsg("argument \"%s\" must not be null", "language"),
				 errhint("Languages are tags as in BCP 47: en, de-AT, zh-Hant.")));
	if (has_time && TIMESTAMP_NOT_FINITE(valid_from))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("valid_from must be a finite time")));
	if (PG_ARGISNULL(5))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("argument \"%s\" must not be null", "reconsent")));
	reconsent = PG_GETARG_BOOL(5);

	/* the same again takes no lock worth naming */
	eth_core_enter(&caller);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	published = eth_consent_notice_by_code(code);
	if (published != NULL)
		compare_published(published, codes, ncodes, has_time, valid_from, reconsent);
	if (published == NULL || !text_published(code, language, body))
	{
		PreventCommandIfReadOnly("publish_notice()");
		PreventCommandIfParallelMode("publish_notice()");
		LockRelationOid(eth_core_relid("notice", false), ShareRowExclusiveLock);
		if (reconsent)
			LockRelationOid(eth_core_relid("consent_state", false), ShareRowExclusiveLock);

		/* again, in turn */
		eth_consent_cache_forget();
		published = eth_consent_notice_by_code(code);
		if (published != NULL)
			compare_published(published, codes, ncodes, has_time, valid_from, reconsent);
		else
		{
			Oid			types[5] = {TEXTOID, TEXTARRAYOID, TIMESTAMPTZOID, BOOLOID, TIMESTAMPTZOID};
			Datum		values[5];

			now = GetCurrentTimestamp();
			values[0] = CStringGetTextDatum(code);
			values[1] = PointerGetDatum(text_array(codes, ncodes));
			values[2] = TimestampTzGetDatum(has_time ? valid_from : now);
			values[3] = BoolGetDatum(reconsent);
			values[4] = TimestampTzGetDatum(now);
			eth_core_spi("INSERT INTO ethdata.notice (code, purposes, valid_from, reconsent, published_at)"
						 " VALUES ($1, $2, $3, $4, $5)",
						 SPI_OK_INSERT, 5, types, values, NULL, false);
			changed = true;
		}
		if (!text_published(code, language, body))
		{
			insert_text(code, language, body);
			if (reconsent && changed)
			{
				int32	   *ids = palloc(ncodes * sizeof(int32));
				int			i;

				for (i = 0; i < ncodes; i++)
					ids[i] = eth_purpose_id(codes[i]);
				eth_consent_cache_forget();
				eth_consent_refold(ncodes, ids);
			}
			changed = true;
		}
		eth_consent_cache_forget();
	}
	SPI_finish();
	eth_core_leave(&caller);
	if (changed)
	{
		EthAuditEvent event;
		EthDetails	details;
		List	   *covered = NIL;
		int			i;

		for (i = 0; i < ncodes; i++)
			covered = lappend(covered, codes[i]);
		eth_core_details_begin(&details);
		eth_core_details_text(&details, "notice", code);
		eth_core_details_text(&details, "language", language);
		eth_core_details_texts(&details, "purposes", covered);
		eth_core_details_bool(&details, "reconsent", reconsent);
		memset(&event, 0, sizeof(event));
		event.kind = ETH_AUDIT_POLICY;
		event.action = "publish_notice";
		event.details = eth_core_details_end(&details);
		eth_core_event(&event);
	}
	PG_RETURN_BOOL(changed);
}
