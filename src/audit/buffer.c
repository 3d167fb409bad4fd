/*
 * buffer.c
 *		Events of the transaction that is going on, until they are written.
 *
 * Rows are written in bulk: each subtransaction level keeps its events in memory
 * and they are written when there are 64 kB of them, and before the transaction
 * commits or is prepared.  A level is written only while it is the current one:
 * what is written inside a savepoint disappears with it, and the events of the
 * level above must not.  So a parent's events wait while a savepoint is open, a
 * released savepoint's events join its parent's, those of one that is rolled back
 * are dropped with what they tell of.
 *
 * After the events were written before commit, callbacks of others may still
 * change rows: from then on each event is written at once.
 *
 * Who and why (the context) is found when the event happens, not when it is
 * written; its row is written with the first event that refers to it, and again
 * if that was rolled back.
 *
 * Memory: one context a level, below TopTransactionContext.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "commands/extension.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "audit/internal.h"
#include "consent/consent.h"
#include "protect/define.h"
#include "purpose/purpose.h"

#define FLUSH_BYTES ((Size) 64 * 1024)

/* ---- contexts ---- */

typedef struct Context
{
	EthAuditContext values;
	Oid			session_user;
	Oid			effective_user;
	char	   *token;			/* what the token said; NULL: none */
	bool		self;			/* it names a person of ours: class and key */
	int32		class_id;
	EthKey		key;
	int			written_at;		/* nesting level of the transaction; 0: not
								 * written */
	struct Context *next;
} Context;

static Context *contexts = NULL;	/* of this transaction, newest first */
static Context *current = NULL; /* of the last event */
static uint64 current_statement = 0;
static uint64 current_generation = 0;

static char *
client_address(void)
{
	LOCAL_FCINFO(fcinfo, 0);
	Datum		address;

	if (MyProcPort == NULL)
		return NULL;
	InitFunctionCallInfoData(*fcinfo, NULL, 0, InvalidOid, NULL, NULL);
	address = inet_client_addr(fcinfo);
	if (fcinfo->isnull)
		return NULL;			/* a Unix socket */
	return DatumGetCString(DirectFunctionCall1(inet_out, address));
}

static int64
policy_version(void)
{
	Oid			sequence = eth_core_relid("policy_version_seq", false);

	LOCAL_FCINFO(fcinfo, 1);
	Datum		result;

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = ObjectIdGetDatum(sequence);
	fcinfo->args[0].isnull = false;
	result = pg_sequence_last_value(fcinfo);
	return fcinfo->isnull ? 0 : DatumGetInt64(result);
}

static bool
same_text(const char *a, const char *b)
{
	return (a == NULL || b == NULL) ? a == b : strcmp(a, b) == 0;
}

/* The token's subject with what makes it another one; NULL: there is no token. */
static char *
token_text(void)
{
	const EthToken *token = eth_purpose_token();

	return token == NULL ? NULL :
		psprintf("%s %s %s", token->purpose, token->class ? token->class : "", token->subject);
}

/*
 * A person of ours stands there by reference, as everywhere in the audit; others,
 * who use data, by the token's word.
 */
static void
set_token_subject(Context *context, char *text)
{
	const EthToken *token = eth_purpose_token();
	EthKey		key;

	if (token == NULL || text == NULL)
		return;
	context->token = pstrdup(text);
	context->self = eth_consent_self(&context->class_id, &key);
	if (context->self)
	{
		context->key.len = key.len;
		context->key.data = memcpy(palloc(Max(key.len, 1)), key.data, key.len);
	}
	else if (strcmp(token->purpose, "self") != 0)
		context->values.token_subject = pstrdup(token->subject);
}

/* Who acts now, and for what. */
static Context *
current_context(void)
{
	Oid			effective = GetUserId();
	Oid			session = GetSessionUserId();
	const char *application = application_name && application_name[0] ? application_name : NULL;
	const EthPurpose *purpose;
	const char *why;
	Context    *context;
	MemoryContext old;
	char	   *token;

	if (current != NULL && current->effective_user == effective && current->session_user == session &&
		current_statement == eth_core_statement_count &&
		current_generation == eth_purpose_generation &&
		same_text(current->values.application, application))
		return current;

	token = token_text();
	purpose = eth_purpose_for_explanation(effective, NULL, &why);
	for (context = contexts; context != NULL; context = context->next)
		if (context->effective_user == effective && context->session_user == session &&
			same_text(context->token, token) &&
			same_text(context->values.application, application) &&
			same_text(context->values.purpose, purpose ? purpose->code : NULL))
			break;
	if (context == NULL)
	{
		char	   *code = purpose ? pstrdup(purpose->code) : NULL;
		int64		version;
		EthCaller	caller;

		eth_core_enter(&caller);
		version = policy_version();
		eth_core_leave(&caller);

		old = MemoryContextSwitchTo(TopTransactionContext);
		context = palloc0(sizeof(Context));
		context->session_user = session;
		context->effective_user = effective;
		context->values.xid = U64FromFullTransactionId(GetTopFullTransactionId());
		context->values.session_role = GetUserNameFromId(session, true);
		context->values.effective_role = GetUserNameFromId(effective, true);
		context->values.application = application ? pstrdup(application) : NULL;
		context->values.client_addr = client_address();
		context->values.purpose = code ? pstrdup(code) : NULL;
		context->values.policy_version = version;
		set_token_subject(context, token);
		context->next = contexts;
		contexts = context;
		MemoryContextSwitchTo(old);
	}
	current = context;
	current_statement = eth_core_statement_count;
	current_generation = eth_purpose_generation;
	return context;
}

/* ---- levels ---- */

typedef struct Event
{
	struct Event *next;
	EthAuditPending pending;
	Context    *context;
	TimestampTz statement_at;
} Event;

typedef struct Level
{
	struct Level *outer;
	int			nest;
	MemoryContext memory;
	Event	   *first;
	Event	   *last;
	int			n;
	Size		bytes;
} Level;

static Level *levels = NULL;
static bool committing = false;

static Level *
current_level(void)
{
	int			nest = GetCurrentTransactionNestLevel();
	Level	   *level;
	MemoryContext memory;

	if (levels != NULL && levels->nest == nest)
		return levels;
	Assert(levels == NULL || levels->nest < nest);
	memory = AllocSetContextCreate(TopTransactionContext, "ethdata audit", ALLOCSET_DEFAULT_SIZES);
	level = MemoryContextAllocZero(TopTransactionContext, sizeof(Level));
	level->nest = nest;
	level->memory = memory;
	level->outer = levels;
	levels = level;
	return level;
}

static List *
copy_texts(const List *texts)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, texts)
		result = lappend(result, pstrdup(lfirst(lc)));
	return result;
}

static void *
copy_bytes(const void *data, Size len)
{
	void	   *result = palloc(Max(len, 1));

	if (len > 0)
		memcpy(result, data, len);
	return result;
}

static Event *
copy_event(const EthAuditPending *pending)
{
	Event	   *event = palloc0(sizeof(Event));
	EthAuditPending *copy = &event->pending;
	int			i;

	*copy = *pending;
	if (pending->relation != NULL)
		copy->relation = pstrdup(pending->relation);
	if (pending->purpose != NULL)
		copy->purpose = pstrdup(pending->purpose);
	copy->columns_changed = copy_texts(pending->columns_changed);
	if (pending->nsubjects > 0)
	{
		EthAuditSubject *subjects = palloc(sizeof(EthAuditSubject) * pending->nsubjects);

		for (i = 0; i < pending->nsubjects; i++)
		{
			subjects[i] = pending->subjects[i];
			subjects[i].key = copy_bytes(pending->subjects[i].key, pending->subjects[i].len);
		}
		copy->subjects = subjects;
	}
	if (pending->image != NULL)
		copy->image = copy_bytes(pending->image, pending->image_len);
	if (pending->details != NULL)
		copy->details = copy_bytes(pending->details, VARSIZE(pending->details));
	return event;
}

/* ---- writing ---- */

static const char *const kind_names[] = {
	[ETH_AUDIT_INSERT] = "insert",
	[ETH_AUDIT_UPDATE] = "update",
	[ETH_AUDIT_DELETE] = "delete",
	[ETH_AUDIT_TRUNCATE] = "truncate",
	[ETH_AUDIT_DISCLOSURE] = "disclosure",
	[ETH_AUDIT_CONSENT] = "consent",
	[ETH_AUDIT_POLICY] = "policy",
	[ETH_AUDIT_GRANT] = "grant",
	[ETH_AUDIT_PURPOSE] = "purpose",
	[ETH_AUDIT_EXCEPTION] = "exception",
	[ETH_AUDIT_EXPORT] = "export",
	[ETH_AUDIT_ERASURE] = "erasure",
	[ETH_AUDIT_SEAL] = "seal",
};

const char *
eth_audit_kind_name(EthAuditKind kind)
{
	return kind_names[kind];
}

static void
write_context(Context *context)
{
	if (context->written_at != 0)
		return;
	if (context->self)
	{
		EthAuditSubject subject;

		subject.class_id = context->class_id;
		subject.len = context->key.len;
		subject.key = context->key.data;
		context->values.token_subject =
			DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(eth_audit_subject(&subject, false, NULL))));
	}
	context->values.id = eth_audit_next_id();
	eth_audit_write_context(&context->values, GetCurrentTimestamp());
	context->written_at = GetCurrentTransactionNestLevel();
}

/* References, and the image sealed under the key of all the persons. */
static void
seal_event(EthAuditRecord *record, const EthAuditPending *pending)
{
	int			n = pending->nsubjects;
	pg_uuid_t  *references = palloc(sizeof(pg_uuid_t) * Max(n, 1));
	int			i;

	if (pending->image == NULL)
	{
		for (i = 0; i < n; i++)
			references[i] = *eth_audit_subject(&pending->subjects[i], false, NULL);
	}
	else
	{
		uint8		key[ETH_KEY_BYTES];
		bytea	   *sealed = palloc(VARHDRSZ + pending->image_len + ETH_SEAL_OVERHEAD);

		eth_audit_joint_key(n, pending->subjects, references, key);
		SET_VARSIZE(sealed, VARHDRSZ + pending->image_len + ETH_SEAL_OVERHEAD);
		eth_crypto_seal(key, references, sizeof(pg_uuid_t) * n,
						pending->image, pending->image_len, (uint8 *) VARDATA(sealed));
		eth_crypto_wipe(key, sizeof(key));
		record->sealed = sealed;
		record->layout = pending->layout;
		eth_audit_ensure_layout(pending->layout);
	}
	if (n > 0)
	{
		record->subject = references;
		record->nothers = n - 1;
		record->others = references + 1;
	}
}

static void
flush_level(Level *level)
{
	MemoryContext memory;
	MemoryContext old;
	EthAuditRecord *records;
	Event	   *event;
	int			n = 0;

	if (level->n == 0)
		return;
	memory = AllocSetContextCreate(CurrentMemoryContext, "ethdata audit flush", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(memory);
	records = palloc0(sizeof(EthAuditRecord) * level->n);
	for (event = level->first; event != NULL; event = event->next)
	{
		EthAuditRecord *record = &records[n++];

		CHECK_FOR_INTERRUPTS();
		write_context(event->context);
		record->id = eth_audit_next_id();
		record->incarnation = eth_audit_incarnation();
		record->kind = eth_audit_kind_name(event->pending.kind);
		record->xid = event->context->values.xid;
		record->statement_at = event->statement_at;
		record->context = event->context->values.id;
		record->relation = event->pending.relation;
		record->purpose = event->pending.purpose;
		record->columns_changed = event->pending.columns_changed;
		record->row_count = -1;
		if (event->pending.details != NULL)
			record->details = JsonbToCString(NULL, &event->pending.details->root,
											 VARSIZE(event->pending.details));
		seal_event(record, &event->pending);
	}
	eth_audit_write_records(n, records);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(memory);

	/* the plain images go */
	MemoryContextReset(level->memory);
	level->first = level->last = NULL;
	level->n = 0;
	level->bytes = 0;
}

void
eth_audit_add(const EthAuditPending *pending)
{
	Level	   *level = current_level();
	MemoryContext old;
	Context    *context = current_context();
	Event	   *event;

	old = MemoryContextSwitchTo(level->memory);
	event = copy_event(pending);
	MemoryContextSwitchTo(old);
	event->context = context;
	event->statement_at = GetCurrentStatementStartTimestamp();
	if (level->last != NULL)
		level->last->next = event;
	else
		level->first = event;
	level->last = event;
	level->n++;
	level->bytes += sizeof(Event) + pending->image_len;
	if (level->bytes >= FLUSH_BYTES || committing)
		flush_level(level);
}

/* ---- transactions ---- */

static void
forget_everything(void)
{
	/* the memory goes with the transaction */
	levels = NULL;
	contexts = NULL;
	current = NULL;
	committing = false;
}

static void
transaction_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			if (levels != NULL)
			{
				Assert(levels->outer == NULL);
				committing = true;
				/* DROP EXTENSION takes the audit along */
				if (levels->n > 0 && eth_core_installed())
				{
					PushActiveSnapshot(GetTransactionSnapshot());
					flush_level(levels);
					PopActiveSnapshot();
				}
			}
			break;
		case XACT_EVENT_COMMIT:
			forget_everything();
			eth_audit_subject_committed();
			eth_audit_layouts_committed();
			eth_audit_write_committed();
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			/* what a prepared transaction made is not there until it commits */
			forget_everything();
			eth_audit_subject_rolled_back();
			eth_audit_layouts_rolled_back();
			eth_audit_write_rolled_back();
			break;
		default:
			break;
	}
}

/* Contexts that were written at this level or below it: to the level above, or not written. */
static void
contexts_leave(int nest, bool kept)
{
	Context    *context;

	for (context = contexts; context != NULL; context = context->next)
		if (context->written_at >= nest)
			context->written_at = kept ? nest - 1 : 0;
}

static void
subtransaction_callback(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	int			nest = GetCurrentTransactionNestLevel();
	Level	   *level = levels;

	if (event == SUBXACT_EVENT_COMMIT_SUB)
	{
		contexts_leave(nest, true);
		if (level == NULL || level->nest != nest)
			return;
		if (level->outer == NULL || level->outer->nest != nest - 1)
		{
			level->nest = nest - 1;
			return;
		}
		/* no allocation here: nothing may fail */
		levels = level->outer;
		if (level->n > 0)
		{
			if (levels->last != NULL)
				levels->last->next = level->first;
			else
				levels->first = level->first;
			levels->last = level->last;
			levels->n += level->n;
			levels->bytes += level->bytes;
			MemoryContextSetParent(level->memory, levels->memory);
		}
		else
			MemoryContextDelete(level->memory);
	}
	else if (event == SUBXACT_EVENT_ABORT_SUB)
	{
		contexts_leave(nest, false);
		while (levels != NULL && levels->nest >= nest)
		{
			MemoryContextDelete(levels->memory);
			levels = levels->outer;
		}
		eth_audit_subject_rolled_back();
		eth_audit_layouts_rolled_back();
		eth_audit_write_rolled_back();
	}
}

/* ---- the sink ---- */

/* Events of other rooms; before CREATE EXTENSION is done there is no table yet. */
static void
record_event(const EthAuditEvent *event)
{
	EthAuditPending pending;
	EthDetails	action;

	if (!OidIsValid(eth_core_relid("audit_record", true)) || creating_extension)
		return;
	memset(&pending, 0, sizeof(pending));
	pending.kind = event->kind;
	if (OidIsValid(event->relid))
		pending.relation = eth_protect_relation_name(event->relid);
	pending.purpose = event->purpose;
	pending.nsubjects = event->nsubjects;
	pending.subjects = event->subjects;

	eth_core_details_begin(&action);
	eth_core_details_text(&action, "action", event->action);
	pending.details = eth_core_details_end(&action);
	if (event->details != NULL)
		pending.details = DatumGetJsonbP(DirectFunctionCall2(jsonb_concat,
															 JsonbPGetDatum(event->details),
															 JsonbPGetDatum(pending.details)));
	if (event->kind == ETH_AUDIT_POLICY || event->kind == ETH_AUDIT_GRANT ||
		event->kind == ETH_AUDIT_PURPOSE)
	{
		(void) nextval_internal(eth_core_relid("policy_version_seq", false), false);
		eth_audit_ensure_partitions(GetCurrentTimestamp());
	}
	eth_audit_add(&pending);
}

void
eth_audit_init(void)
{
	RegisterXactCallback(transaction_callback, NULL);
	RegisterSubXactCallback(subtransaction_callback, NULL);
	eth_audit_image_init();
	eth_core_event_register(record_event);
}
