/*
 * open.c
 *		What the view ethdata.audit_event opens: values for the officer, names of
 *		persons; and the trigger that keeps the tables append-only.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "audit/internal.h"

PG_FUNCTION_INFO_V1(ethdata__audit_values);
PG_FUNCTION_INFO_V1(ethdata__audit_subjects);
PG_FUNCTION_INFO_V1(ethdata__audit_append_only);

static bool
may_open(void)
{
	return eth_core_has_role(GetUserId(), ETH_ROLE_OFFICER);
}

/* subject and others as one list of references */
static int
references_of(FunctionCallInfo fcinfo, int subject, int others, pg_uuid_t **result)
{
	Datum	   *elements = NULL;
	bool	   *nulls = NULL;
	int			nothers = 0;
	int			n = 0;
	int			i;

	if (!PG_ARGISNULL(others))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(others), UUIDOID, UUID_LEN, false, TYPALIGN_CHAR,
						  &elements, &nulls, &nothers);
	*result = palloc(sizeof(pg_uuid_t) * (nothers + 1));
	if (!PG_ARGISNULL(subject))
		(*result)[n++] = *PG_GETARG_UUID_P(subject);
	for (i = 0; i < nothers; i++)
		if (!nulls[i])
			(*result)[n++] = *DatumGetUUIDP(elements[i]);
	return n;
}

/*
 * _audit_values(layout int8, subject uuid, other_subjects uuid[], sealed bytea,
 * old bool) -> jsonb
 *		The old or the new values of a record.  NULL for those who are no officer,
 *		where there are none, and where one of the persons was forgotten.
 *
 * Errors: F0000 no master key; XX001 the record is damaged.
 */
Datum
ethdata__audit_values(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *references;
	int			n;
	bytea	   *sealed;
	int			len;
	uint8		key[ETH_KEY_BYTES];
	char	   *image;
	bool		opened;
	Jsonb	   *values;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(3) || PG_ARGISNULL(4) || !may_open())
		PG_RETURN_NULL();
	n = references_of(fcinfo, 1, 2, &references);
	sealed = PG_GETARG_BYTEA_PP(3);
	len = VARSIZE_ANY_EXHDR(sealed);
	if (!eth_audit_joint_key_by_reference(n, references, key))
		PG_RETURN_NULL();
	image = palloc(Max(len, 1));
	opened = eth_crypto_open(key, references, sizeof(pg_uuid_t) * n,
							 (const uint8 *) VARDATA_ANY(sealed), len, (uint8 *) image);
	eth_crypto_wipe(key, sizeof(key));
	if (!opened)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the values of an audit record cannot be opened"),
				 errdetail("What is sealed there, or whose it is, was changed."),
				 errhint("ethdata.verify_audit() says which records were.")));
	values = eth_audit_image_values(PG_GETARG_INT64(0), image, len - ETH_SEAL_OVERHEAD,
									PG_GETARG_BOOL(4));
	if (values == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(values);
}

/*
 * _audit_subjects(subject uuid, other_subjects uuid[]) -> text[]
 *		The persons of a record: their keys for the officer, else, and where a
 *		person was forgotten, the references.  NULL: about nobody.
 */
Datum
ethdata__audit_subjects(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *references;
	int			n = references_of(fcinfo, 0, 1, &references);
	bool		open = may_open();
	Datum	   *texts = palloc(sizeof(Datum) * Max(n, 1));
	int			i;

	if (n == 0)
		PG_RETURN_NULL();
	for (i = 0; i < n; i++)
	{
		char	   *text = open ? eth_audit_subject_text(&references[i]) : NULL;

		if (text == NULL)
			text = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&references[i])));
		texts[i] = CStringGetTextDatum(text);
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(texts, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/*
 * Trigger of the audit's tables (BEFORE UPDATE, DELETE or TRUNCATE).  For
 * everybody, the owner and superusers included.  Errors: 42501 always.
 */
Datum
ethdata__audit_append_only(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by the trigger manager",
						"ethdata._audit_append_only")));
	ereport(ERROR,
			(errcode(ETH_ERR_NOT_GRANTED),
			 errmsg("table \"%s.%s\" is append-only", ETH_SCHEMA,
					RelationGetRelationName(trigdata->tg_relation)),
			 errdetail("The audit is evidence and is never changed or removed."),
			 errhint("Record what is right; a later record tells.")));
	return PointerGetDatum(NULL);
}
