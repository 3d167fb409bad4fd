/*
 * consent.h
 *		What the consent room offers: the compact value, subject classes and
 *		keys, and the look-up of what holds for a person.
 */
#ifndef ETH_CONSENT_H
#define ETH_CONSENT_H

#include "core/core.h"
#include "purpose/purpose.h"

#include "port/pg_bswap.h"
#include "utils/timestamp.h"

/* Regimes are rows (ethdata.regime); the number is what values carry. 0: unknown, the strictest holds. */
#define ETH_REGIME_UNKNOWN 0

/* Statuses, W3C DPV's; the order is part of the stored format. */
typedef enum EthStatus
{
	ETH_STATUS_UNKNOWN = 0,
	ETH_STATUS_REQUESTED = 1,
	ETH_STATUS_GIVEN = 2,
	ETH_STATUS_RENEWED = 3,
	ETH_STATUS_REFUSED = 4,
	ETH_STATUS_WITHDRAWN = 5,
	ETH_STATUS_REVOKED = 6,
	ETH_STATUS_EXPIRED = 7,
	ETH_STATUS_INVALIDATED = 8,
	ETH_STATUS_OBJECTED = 9
} EthStatus;

/* Entry flags (4 bits). */
#define ETH_ENTRY_ABSOLUTE	0x1 /* objection to direct marketing: only an
								 * event that names it reopens */
#define ETH_ENTRY_PENDING	0x2 /* objection under art. 21(1), not decided yet */
#define ETH_ENTRY_EXPLICIT	0x4 /* consent was explicit (special categories,
								 * explicit_consent) */
#define ETH_ENTRY_INFORMED	0x8 /* the person was given notice (opt-out,
								 * legitimate interests) */

/* Head flags. */
#define ETH_HEAD_RESTRICTED 0x01	/* art. 18 */
#define ETH_HEAD_HELD		0x02	/* legal hold */
#define ETH_HEAD_BLOCKED	0x04	/* suppressed */

/*
 * The value, a varlena.  Entries follow the head, sorted by purpose id (as
 * signed int4).  An entry is 8 bytes: id 32 bits, then status 4, flags 4 and
 * expiry 24 bits (hours since 2000-01-01 00:00 UTC, rounded down; 0 = never).
 *
 * Packed, so that a value can be read where it lies in a tuple behind a 1-byte
 * header, which leaves it unaligned.  The layout has no padding anyway.
 */
typedef struct EthEntry
{
	int32		id;
	uint32		bits;
}			pg_attribute_packed()
EthEntry;

#define ETH_CONSENT_FORMAT 1

typedef struct EthConsent
{
	int32		vl_len_;		/* varlena header, do not touch directly */
	uint8		format;
	uint8		regime;
	uint8		flags;
	uint8		reserved;
	int32		birth_date;		/* days since 2000-01-01 as DateADT;
								 * PG_INT32_MIN: unknown */
	uint16		count;
	uint16		reserved2;
	EthEntry	entries[FLEXIBLE_ARRAY_MEMBER];
}			pg_attribute_packed()
EthConsent;

#define ETH_ENTRY_STATUS(e)		((EthStatus) ((e)->bits >> 28))
#define ETH_ENTRY_FLAGS(e)		(((e)->bits >> 24) & 0xF)
#define ETH_ENTRY_EXPIRY(e)		((e)->bits & 0xFFFFFF)

#define DatumGetEthConsentP(d)	((EthConsent *) PG_DETOAST_DATUM(d))
#define PG_GETARG_ETH_CONSENT_P(n) DatumGetEthConsentP(PG_GETARG_DATUM(n))

#define ETH_CONSENT_SIZE(n) (offsetof(EthConsent, entries) + (n) * sizeof(EthEntry))
#define ETH_CONSENT_MAX_ENTRIES PG_UINT16_MAX

/* Birth date of a value whose person's is not known. */
#define ETH_BIRTH_UNKNOWN PG_INT32_MIN

/* The largest expiry an entry can carry; 0 means never. */
#define ETH_EXPIRY_MAX 0xFFFFFF

#define ETH_ENTRY_BITS(status, flags, expiry) \
	(((uint32) (status) << 28) | ((uint32) (flags) << 24) | (uint32) (expiry))

/* Does the status forbid, whatever the basis?  (expired and invalidated do not flow down, these four do) */
#define ETH_STATUS_IS_DENIAL(s) \
	((s) == ETH_STATUS_REFUSED || (s) == ETH_STATUS_WITHDRAWN || \
	 (s) == ETH_STATUS_REVOKED || (s) == ETH_STATUS_OBJECTED)
#define ETH_STATUS_IS_GRANT(s) ((s) == ETH_STATUS_GIVEN || (s) == ETH_STATUS_RENEWED)

/* An empty value (no entries) with room for "count" of them, in the current memory context. */
extern EthConsent *eth_consent_make(uint8 regime, int32 birth_date, uint16 count);

/* Binary search; NULL when the purpose has no entry. */
static inline const EthEntry *
eth_consent_entry(const EthConsent *value, int32 purpose_id)
{
	const EthEntry *entry = value->entries;
	int			n = value->count;

	if (n == 0)
		return NULL;
	while (n > 1)
	{
		int			half = n / 2;

		/* no branch: which half it is cannot be foretold */
		entry = entry[half - 1].id < purpose_id ? entry + half : entry;
		n -= half;
	}
	return entry->id == purpose_id ? entry : NULL;
}

static inline bool
eth_consent_entry_expired(const EthEntry *entry, TimestampTz clock)
{
	uint32		hours = ETH_ENTRY_EXPIRY(entry);

	return hours != 0 && clock >= (TimestampTz) hours * USECS_PER_HOUR;
}

extern const char *eth_consent_status_name(EthStatus status);

/*
 * Regime number -> code and back (0: unknown, NULL).  The three that are
 * shipped have fixed numbers and are known without any table.
 */
extern const char *eth_consent_regime_code(uint8 regime);
extern const char *eth_consent_regime_shipped_code(uint8 regime);
extern uint8 eth_consent_regime_shipped_number(const char *code);	/* 0: not a shipped one */

/* Regime of a jurisdiction (ISO 3166-1 or 3166-2, any case); 0 when it is not listed. */
extern uint8 eth_consent_regime_of_jurisdiction(const char *jurisdiction);

/* How long a person who said no must not be asked again there; NULL: no such rule. */
extern const Interval *eth_consent_regime_no_reprompt(uint8 regime);

/* Is the regime opt-out by default (after notice)?  Unknown: no. */
extern bool eth_consent_regime_opt_out(uint8 regime);

/*
 * A class of data subjects.  The id derives from its code as purposes' ids do.
 * Keys are kept in a canonical binary form (EthKey), so that nothing is cast to
 * text where rows are decided.
 */
typedef enum EthKeyKind
{
	ETH_KEY_BIGINT,				/* int2, int4, int8: 8 bytes big-endian with
								 * the sign bit flipped */
	ETH_KEY_UUID,				/* 16 bytes */
	ETH_KEY_TEXT				/* text, varchar, bpchar, name, and composite
								 * keys as row literal "(7,42)": the bytes */
} EthKeyKind;

#define ETH_MAX_KEYS 8

typedef struct EthClass
{
	int32		id;
	Oid			relid;			/* invalid: the class was dropped, or its
								 * table */
	bool		dropped;		/* its row says so */
	char	   *code;
	char	   *kind;			/* customer, employee, ... */
	EthKeyKind	key_kind;
	int			nkeys;
	AttrNumber	keys[ETH_MAX_KEYS]; /* columns of relid that are the subject's
									 * key; not when "missing" */
	Oid			key_types[ETH_MAX_KEYS];	/* when "missing", those of the
											 * recorded keys */
	AttrNumber	birth_date;		/* 0: none */
	AttrNumber	jurisdiction;	/* 0: none */
	char	   *missing;		/* a key column that the table has no more,
								 * "": the table; NULL: all there */
	char	   *head_missing;	/* birth_date or jurisdiction, which the table
								 * has no more; NULL: all there */
} EthClass;

/* Pointers to classes are valid until the next call of this room that reloads; keep ids or a copy. */
extern void eth_consent_class_copy(EthClass *copy, const EthClass *class);

/* NULL / error 42704 when not a class */
extern const EthClass *eth_consent_class_by_relid(Oid relid, bool missing_ok);
extern const EthClass *eth_consent_class_by_id(int32 id);

/*
 * The class meant when none is named: the only one, or the only one whose
 * table is visible in the search_path.  Errors: 42704 none, 42P08 several.
 */
extern const EthClass *eth_consent_class_unnamed(void);

/* Error 55000 when the class names a column that the table has no more. */
extern void eth_consent_class_require_complete(const EthClass *class);

/*
 * Find the class that the columns of a table lead to: the table is itself a
 * class and the columns its key, or a foreign key on exactly these columns
 * leads to a class.  NULL when there is none.  Error 42P08 when foreign keys
 * lead to several; eth_consent_class_of_columns_quietly() is NULL then.
 */
extern const EthClass *eth_consent_class_of_columns_quietly(Oid relid, int ncolumns,
															const AttrNumber *columns);

extern const EthClass *eth_consent_class_of_columns(Oid relid, int ncolumns, const AttrNumber *columns);

/*
 * The same, and the given columns in the order of the class's key (of_columns()
 * finds a class only when they are in that order already).
 */
extern const EthClass *eth_consent_class_of_columns_ordered(Oid relid, int ncolumns,
															const AttrNumber *columns,
															AttrNumber *ordered);

/*
 * A key in canonical form.  from_datums builds it from column values of the
 * given types (false when any is NULL); from_text from the text that writers
 * take (error 22023 when it cannot be a key of the class).
 */
typedef struct EthKey
{
	int			len;
	const char *data;
	char		fixed[16];		/* storage for bigint and uuid */
} EthKey;

extern bool eth_consent_key_from_datums(EthKey *key, EthKeyKind kind, int n, const Datum *values, const bool *nulls, const Oid *types);
extern void eth_consent_key_from_text(EthKey *key, const EthClass *class, const char *subject);
extern char *eth_consent_key_to_text(const EthKey *key, EthKeyKind kind);

/*
 * Regime and birth date that the subject's row in the class's table says now;
 * unknown where the class names no such column or there is no row.
 */
extern void eth_consent_head(const EthClass *class, const EthKey *key, Snapshot snapshot,
							 uint8 *regime, int32 *birth_date, char **jurisdiction);

/* ---- remember.c: what this backend looked up before ---- */

/*
 * Who asks about persons of one class within an instant of core.  Begin one for
 * each instant, with the active snapshot of the questions.
 */
typedef struct EthReader
{
	uint64		horizon;		/* 0: nothing is remembered for it */
	int32		class_id;
	uint32		seed;			/* of the hashes of the class's keys */
	bool		row_alone;		/* no column of the class's table says where
								 * persons live: the row of consent_state
								 * decides alone (a birth date decides
								 * nothing) */
} EthReader;

extern void eth_consent_reader_begin(EthReader *reader, const EthClass *class);
extern uint32 eth_consent_subject_hash(uint32 seed, const char *key, int len);

/*
 * The person's row of consent_state under the active snapshot, if it is remembered.
 * value NULL: there is none.  It is good until the next call of this room.  What
 * is remembered is also what a fresh snapshot sees that is taken when the statement
 * starts.  Only for readers with a horizon.
 */
extern bool eth_consent_remembered(const EthReader *reader, uint32 hash, const EthKey *key,
								   const EthConsent **value);

/* Nobody has changed the person's row since the reader's snapshot, up to the statement's start. */
static inline bool
eth_consent_is_settled(const EthReader *reader, uint32 hash)
{
	return reader->horizon != 0 && eth_core_subject_bucket(hash) < reader->horizon;
}

/* Remembers a row that was looked up under the active snapshot; NULL: there is none. */
extern void eth_consent_remember(const EthReader *reader, uint32 hash, const EthKey *key,
								 const EthConsent *value);

/* Key from a whole number, as the class's key columns have it. */
static inline void
eth_consent_key_from_bigint(EthKey *key, int64 number)
{
	uint64		bits = pg_hton64((uint64) number ^ (UINT64CONST(1) << 63));

	memcpy(key->fixed, &bits, sizeof(bits));
	key->data = key->fixed;
	key->len = sizeof(bits);
}

/*
 * What holds for a person now: the kept state under the active snapshot; with
 * "latest", under a fresh one.  Regime and birth date are what the subject's row
 * says under the same snapshot; under another regime than that of the last
 * answer the events are folded again.  For a person about whom nothing was
 * recorded it is a value without entries that carries the regime and birth date
 * of the subject's row; NULL when these are not known either.  The result
 * is in the current memory context.  Rights are not checked here.
 */
extern EthConsent *eth_consent_lookup(const EthReader *reader, uint32 hash, const EthKey *key, bool latest);

/* ---- adopt.c ---- */

/* Do queries of the current user give every row of the table, and these columns, as they are? */
typedef bool (*EthConsentReads) (Oid relid, int n, const AttrNumber *columns);

/* The protect room, which is below, says it. */
extern void eth_consent_adopt_register(EthConsentReads reads);

/* ---- self.c ---- */

/*
 * The person whom the token for purpose "self" names; false: there is no such token,
 * or its class is gone.  The key points into memory of the room: good until the next
 * statement.
 */
extern bool eth_consent_self(int32 *class_id, EthKey *key);
extern bool eth_consent_is_self(int32 class_id, const EthKey *key);

/* Is "self" in force for the current user? */
extern bool eth_consent_acts_for_self(void);
extern void eth_consent_self_init(void);

/*
 * What held: folded from events whose effective time is not after valid_at and
 * that were recorded not after known_at.  The regime is the one of the subject's
 * row where the question is about now, else the one under which the last answer
 * by then was recorded (the row, where none says).
 */
extern EthConsent *eth_consent_as_of(int32 class_id, const EthKey *key, TimestampTz valid_at, TimestampTz known_at);

/* Id of the newest event that decides about the purpose for explanations; 0: none. */
extern int64 eth_consent_deciding_event(int32 class_id, const EthKey *key, const EthPurpose *purpose, TimestampTz valid_at, TimestampTz known_at);

/* Is a notice that covers the purpose valid at the time, of those that were published by known_at? */
extern bool eth_consent_notice_published(const EthPurpose *purpose, TimestampTz at, TimestampTz known_at);

/*
 * Called by hooks.c around utility statements: classes follow renamed columns and
 * dropped tables.  NULL: nothing is to be done afterwards.
 */
extern void *eth_consent_utility_begins(Node *stmt);
extern void eth_consent_utility_ends(void *state);

extern void eth_consent_init(void);

#endif							/* ETH_CONSENT_H */
