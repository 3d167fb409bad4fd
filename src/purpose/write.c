/*
 * write.c
 *		Create or alter: a full statement about one row of a policy table.
 *
 * The same statement again changes nothing: the row is read first, and only
 * when something differs is the table locked (SHARE ROW EXCLUSIVE: writers
 * wait for each other, readers do not), read again and written.  So definitions
 * that depend on other rows (parents, cycles, defaults) are checked against
 * rows that stand still until the transaction ends.
 *
 * Values are compared as text, because equality of intervals says that a year
 * is 360 days, and the text is what the NOTICE shows.
 *
 * Statements are built from names in this room's source and run with
 * parameters, as the extension's owner.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"

#include "core/event.h"
#include "purpose/internal.h"

#define MAX_PARAMETERS 32

typedef struct Parameters
{
	int			n;
	Oid			types[MAX_PARAMETERS];
	Datum		values[MAX_PARAMETERS];
	char		nulls[MAX_PARAMETERS + 1];
} Parameters;

/* Adds the column's value as the next parameter; returns its number. */
static int
add_parameter(Parameters *parameters, const EthColumn *column)
{
	int			i = parameters->n++;

	Assert(i < MAX_PARAMETERS);
	parameters->types[i] = column->type;
	parameters->values[i] = column->value;
	parameters->nulls[i] = column->isnull ? 'n' : ' ';
	parameters->nulls[i + 1] = '\0';
	return i + 1;
}

static void
append_key(StringInfo sql, Parameters *parameters, int nkeys, const EthColumn *keys)
{
	int			i;

	for (i = 0; i < nkeys; i++)
		appendStringInfo(sql, "%s t.%s = $%d", i == 0 ? " WHERE" : " AND",
						 keys[i].name, add_parameter(parameters, &keys[i]));
}

static void
append_shown(StringInfo sql, const EthColumn *column, const char *value)
{
	const char *show = column->show ? column->show : "(%s)::pg_catalog.text";
	const char *place = strstr(show, "%s");

	appendBinaryStringInfo(sql, show, place - show);
	appendStringInfoString(sql, value);
	appendStringInfoString(sql, place + 2);
}

/* Into the caller's memory: the audit is told after SPI is finished. */
static char *
copy_out(char *text)
{
	char	   *copy;

	if (text == NULL)
		return NULL;
	copy = SPI_palloc(strlen(text) + 1);
	memcpy(copy, text, strlen(text) + 1);
	return copy;
}

/*
 * Reads the row beside the new values, as text: old and new of each column in
 * turn.  false when there is no row.
 */
static bool
read_texts(const char *table, int nkeys, const EthColumn *keys,
		   int ncolumns, const EthColumn *columns, char **old, char **new)
{
	StringInfoData sql;
	Parameters	parameters;
	int			i;

	parameters.n = 0;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (i = 0; i < ncolumns; i++)
	{
		char	   *column = psprintf("t.%s", columns[i].name);
		char	   *parameter = psprintf("$%d", add_parameter(&parameters, &columns[i]));

		if (i > 0)
			appendStringInfoString(&sql, ", ");
		append_shown(&sql, &columns[i], column);
		appendStringInfoString(&sql, ", ");
		append_shown(&sql, &columns[i], parameter);
	}
	if (ncolumns == 0)
		appendStringInfoString(&sql, "1");
	appendStringInfo(&sql, " FROM %s.%s t", ETH_SCHEMA, table);
	append_key(&sql, &parameters, nkeys, keys);

	eth_core_spi(sql.data, SPI_OK_SELECT, parameters.n, parameters.types,
				 parameters.values, parameters.nulls, false);
	if (SPI_processed == 0)
		return false;
	for (i = 0; i < ncolumns; i++)
	{
		old[i] = copy_out(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2 * i + 1));
		new[i] = copy_out(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2 * i + 2));
	}
	return true;
}

static bool
differs(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a != b;
	return strcmp(a, b) != 0;
}

static int
count_changes(int ncolumns, char **old, char **new)
{
	int			changes = 0;
	int			i;

	for (i = 0; i < ncolumns; i++)
		changes += differs(old[i], new[i]);
	return changes;
}

static void
insert_row(const char *table, int nkeys, const EthColumn *keys,
		   int ncolumns, const EthColumn *columns, int nstamps, const EthColumn *stamps)
{
	StringInfoData names;
	StringInfoData values;
	Parameters	parameters;
	const EthColumn *groups[3];
	int			sizes[3];
	int			g;
	int			i;

	groups[0] = keys;
	groups[1] = columns;
	groups[2] = stamps;
	sizes[0] = nkeys;
	sizes[1] = ncolumns;
	sizes[2] = nstamps;
	parameters.n = 0;
	initStringInfo(&names);
	initStringInfo(&values);
	for (g = 0; g < 3; g++)
	{
		for (i = 0; i < sizes[g]; i++)
		{
			appendStringInfo(&names, "%s%s", names.len ? ", " : "", groups[g][i].name);
			appendStringInfo(&values, "%s$%d", values.len ? ", " : "",
							 add_parameter(&parameters, &groups[g][i]));
		}
	}
	eth_core_spi(psprintf("INSERT INTO %s.%s (%s) VALUES (%s)",
						  ETH_SCHEMA, table, names.data, values.data),
				 SPI_OK_INSERT, parameters.n, parameters.types,
				 parameters.values, parameters.nulls, false);
}

static void
update_row(const char *table, int nkeys, const EthColumn *keys,
		   int ncolumns, const EthColumn *columns, int nstamps, const EthColumn *stamps)
{
	StringInfoData sql;
	Parameters	parameters;
	int			i;

	parameters.n = 0;
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s.%s t SET ", ETH_SCHEMA, table);
	for (i = 0; i < ncolumns + nstamps; i++)
	{
		const EthColumn *column = i < ncolumns ? &columns[i] : &stamps[i - ncolumns];

		appendStringInfo(&sql, "%s%s = $%d", i > 0 ? ", " : "", column->name,
						 add_parameter(&parameters, column));
	}
	append_key(&sql, &parameters, nkeys, keys);
	eth_core_spi(sql.data, SPI_OK_UPDATE, parameters.n, parameters.types,
				 parameters.values, parameters.nulls, false);
}

/* ---- telling the audit ---- */

/* Values of the key columns by name: the purpose by its code, roles by theirs. */
static void
tell_audit(const char *table, const char *action, int nkeys, const EthColumn *keys,
		   int ncolumns, const EthColumn *columns, char **old, char **new)
{
	bool		is_purpose = strcmp(table, "purpose") == 0;
	bool		about_purpose = keys[0].type == INT4OID;
	const EthPurpose *purpose = about_purpose ? eth_purpose_by_id(DatumGetInt32(keys[0].value)) : NULL;
	EthAuditEvent event;
	EthDetails	details;
	int			i;

	eth_core_details_begin(&details);
	for (i = 0; i < nkeys; i++)
	{
		if (keys[i].type == NAMEOID)
			eth_core_details_text(&details, keys[i].name, NameStr(*DatumGetName(keys[i].value)));
		else if (keys[i].type == TEXTOID)
			eth_core_details_text(&details, keys[i].name, TextDatumGetCString(keys[i].value));
	}
	for (i = 0; i < ncolumns; i++)
		eth_core_details_change(&details, columns[i].label ? columns[i].label : columns[i].name,
								old ? old[i] : NULL, new ? new[i] : NULL);
	memset(&event, 0, sizeof(event));
	event.kind = is_purpose ? ETH_AUDIT_PURPOSE : ETH_AUDIT_GRANT;
	event.action = action;
	event.purpose = purpose ? pstrdup(purpose->code) : NULL;
	event.details = eth_core_details_end(&details);
	eth_core_event(&event);
}

EthWritten
eth_purpose_write(const char *table, const char *action, const char *what,
				  int nkeys, const EthColumn *keys,
				  int ncolumns, const EthColumn *columns,
				  int nstamps, const EthColumn *stamps, void (*before) (void))
{
	EthCaller	caller;
	EthWritten	written = ETH_WRITTEN_SAME;
	char	  **old = palloc0(sizeof(char *) * Max(ncolumns, 1));
	char	  **new = palloc0(sizeof(char *) * Max(ncolumns, 1));
	bool		found;
	int			i;

	eth_core_enter(&caller);
	SPI_connect();

	found = read_texts(table, nkeys, keys, ncolumns, columns, old, new);
	if (!found || count_changes(ncolumns, old, new) > 0)
	{
		LockRelationOid(eth_core_relid(table, false), ShareRowExclusiveLock);
		found = read_texts(table, nkeys, keys, ncolumns, columns, old, new);
		if (before != NULL && (!found || count_changes(ncolumns, old, new) > 0))
			before();
		if (!found)
		{
			insert_row(table, nkeys, keys, ncolumns, columns, nstamps, stamps);
			written = ETH_WRITTEN_CREATED;
		}
		else if (count_changes(ncolumns, old, new) > 0)
		{
			update_row(table, nkeys, keys, ncolumns, columns, nstamps, stamps);
			written = ETH_WRITTEN_CHANGED;
		}
	}

	if (written == ETH_WRITTEN_CHANGED)
	{
		for (i = 0; i < ncolumns; i++)
		{
			if (differs(old[i], new[i]))
				ereport(NOTICE,
						(errmsg("%s: %s changed from %s to %s", what,
								columns[i].label ? columns[i].label : columns[i].name,
								old[i] ? eth_core_shown(old[i]) : "null",
								new[i] ? eth_core_shown(new[i]) : "null")));
		}
	}
	SPI_finish();
	eth_core_leave(&caller);
	if (written != ETH_WRITTEN_SAME)
	{
		eth_purpose_catalogue_forget();
		tell_audit(table, action, nkeys, keys, ncolumns, columns,
				   written == ETH_WRITTEN_CHANGED ? old : NULL, new);
	}
	return written;
}

bool
eth_purpose_delete(const char *table, const char *action, int nkeys, const EthColumn *keys)
{
	EthCaller	caller;
	StringInfoData sql;
	Parameters	parameters;
	bool		found;

	eth_core_enter(&caller);
	SPI_connect();
	found = read_texts(table, nkeys, keys, 0, NULL, NULL, NULL);
	if (found)
	{
		parameters.n = 0;
		initStringInfo(&sql);
		appendStringInfo(&sql, "DELETE FROM %s.%s t", ETH_SCHEMA, table);
		append_key(&sql, &parameters, nkeys, keys);
		eth_core_spi(sql.data, SPI_OK_DELETE, parameters.n, parameters.types,
					 parameters.values, parameters.nulls, false);
		found = SPI_processed > 0;
	}
	SPI_finish();
	eth_core_leave(&caller);
	if (found)
	{
		eth_purpose_catalogue_forget();
		tell_audit(table, action, nkeys, keys, 0, NULL, NULL, NULL);
	}
	return found;
}

char *
eth_purpose_text_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	char	   *string;

	if (PG_ARGISNULL(n))
		return NULL;
	string = text_to_cstring(PG_GETARG_TEXT_PP(n));
	if (string[strspn(string, " \t\r\n")] == '\0')
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s must not be empty", name),
				 errhint("Leave the argument out, or pass NULL.")));
	return string;
}

char *
eth_purpose_code_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	char	   *code;

	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("%s must not be null", name)));
	code = text_to_cstring(PG_GETARG_TEXT_PP(n));
	if (!eth_purpose_code_valid(code))
		ereport(ERROR,
				(errcode(ETH_ERR_BAD_VALUE),
				 errmsg("\"%s\" is not a code of a purpose", eth_core_shown(code)),
				 errhint("A code has parts of a-z, 0-9, \"_\" and \"-\", joined by dots, and at most 200 bytes, such as \"marketing.email\".")));
	return code;
}
