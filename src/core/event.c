/*
 * event.c
 *		Hands events to the sink, and builds their details.
 *
 * Details are jsonb, made by core's own functions: keys are unique and sorted,
 * so the same details have the same bytes, which the audit's hashes rest on.
 */
#include "postgres.h"

#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "core/event.h"

static EthAuditSink event_sink = NULL;

void
eth_core_event_register(EthAuditSink sink)
{
	event_sink = sink;
}

void
eth_core_event(const EthAuditEvent *event)
{
	if (event_sink != NULL)
		event_sink(event);
}

/* ---- details ---- */

static void
push_key(EthDetails *details, const char *name)
{
	JsonbValue	key;

	key.type = jbvString;
	key.val.string.val = pstrdup(name);
	key.val.string.len = strlen(name);
	(void) pushJsonbValue(&details->state, WJB_KEY, &key);
}

static void
push_text(EthDetails *details, JsonbIteratorToken token, const char *text)
{
	JsonbValue	value;

	if (text == NULL)
		value.type = jbvNull;
	else
	{
		value.type = jbvString;
		value.val.string.val = pstrdup(text);
		value.val.string.len = strlen(text);
	}
	(void) pushJsonbValue(&details->state, token, &value);
}

void
eth_core_details_begin(EthDetails *details)
{
	details->state = NULL;
	(void) pushJsonbValue(&details->state, WJB_BEGIN_OBJECT, NULL);
}

void
eth_core_details_text(EthDetails *details, const char *name, const char *value)
{
	if (value == NULL)
		return;
	push_key(details, name);
	push_text(details, WJB_VALUE, value);
}

void
eth_core_details_bool(EthDetails *details, const char *name, bool value)
{
	JsonbValue	json;

	push_key(details, name);
	json.type = jbvBool;
	json.val.boolean = value;
	(void) pushJsonbValue(&details->state, WJB_VALUE, &json);
}

void
eth_core_details_int(EthDetails *details, const char *name, int64 value)
{
	JsonbValue	json;

	push_key(details, name);
	json.type = jbvNumeric;
	json.val.numeric = int64_to_numeric(value);
	(void) pushJsonbValue(&details->state, WJB_VALUE, &json);
}

void
eth_core_details_texts(EthDetails *details, const char *name, const List *values)
{
	ListCell   *lc;

	if (values == NIL)
		return;
	push_key(details, name);
	(void) pushJsonbValue(&details->state, WJB_BEGIN_ARRAY, NULL);
	foreach(lc, values)
		push_text(details, WJB_ELEM, lfirst(lc));
	(void) pushJsonbValue(&details->state, WJB_END_ARRAY, NULL);
}

void
eth_core_details_change(EthDetails *details, const char *name, const char *old_value, const char *new_value)
{
	if (old_value == NULL ? new_value == NULL :
		new_value != NULL && strcmp(old_value, new_value) == 0)
		return;
	push_key(details, name);
	(void) pushJsonbValue(&details->state, WJB_BEGIN_OBJECT, NULL);
	push_key(details, "new");
	push_text(details, WJB_VALUE, new_value);
	push_key(details, "old");
	push_text(details, WJB_VALUE, old_value);
	(void) pushJsonbValue(&details->state, WJB_END_OBJECT, NULL);
}

Jsonb *
eth_core_details_end(EthDetails *details)
{
	JsonbValue *value = pushJsonbValue(&details->state, WJB_END_OBJECT, NULL);

	return JsonbValueToJsonb(value);
}
