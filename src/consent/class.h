/*
 * class.h
 *		What the files of the consent room share about classes, regimes and
 *		notices.
 */
#ifndef ETH_CONSENT_CLASS_H
#define ETH_CONSENT_CLASS_H

#include "consent/consent.h"

/* So that a key always fits a B-tree entry, beside the class. */
#define ETH_MAX_KEY_BYTES 1000

/* A published notice, as far as consent depends on it. */
typedef struct EthNotice
{
	char	   *code;
	int32		id;				/* a hash of the code, as events carry it */
	TimestampTz valid_from;
	TimestampTz published_at;
	bool		reconsent;		/* asks again: ends what was agreed before
								 * under others */
	int			npurposes;
	int32	   *purposes;
} EthNotice;

extern int	eth_consent_notice_count(void);
extern const EthNotice *eth_consent_notice_at(int i);
extern const EthNotice *eth_consent_notice_by_code(const char *code);	/* NULL: none */
extern bool eth_consent_notice_covers(const EthNotice *notice, int32 purpose);

/* Numbers of all regimes; call the first before the second. */
extern int	eth_consent_regime_count(void);
extern uint8 eth_consent_regime_at(int i);

/* All classes, without looking at their columns; call the first before the others. */
extern int	eth_consent_class_count(void);
extern int32 eth_consent_class_id_at(int i);
extern bool eth_consent_class_dropped_at(int i);
extern Oid	eth_consent_class_relid_at(int i);	/* invalid when it is gone */

extern const EthClass *eth_consent_class_find(Oid relid);	/* NULL: none */

/* Makes the cached classes, regimes and notices current. */
extern void eth_consent_cache_refresh(void);

/* Changes when they were loaded again, as after any change of a class's table; refresh before you ask. */
extern uint64 eth_consent_cache_version;
extern void eth_consent_class_init(void);
extern void eth_consent_remember_init(void);

/* What this backend wrote itself: the next refresh loads. */
extern void eth_consent_cache_forget(void);

/*
 * The same if a writer of these tables was at work when the copy was loaded: it
 * would do for this statement, but not for one who has waited since.
 */
extern void eth_consent_cache_forget_unsettled(void);

/* Kind of key that columns of these types make; error 0A000 for types that cannot be a key. */
extern EthKeyKind eth_consent_key_kind_of(int n, const Oid *types, const Oid *collations,
										  const char *const *names);

/* What the types of key columns come to, as subject_class.key_types has it: bigint, uuid, text. */
extern const char *eth_consent_key_type_name(Oid type);
extern Oid	eth_consent_key_type_by_name(const char *name);

/* Does a unique index cover exactly these columns? */
extern bool eth_consent_key_is_unique(Oid relid, int n, const AttrNumber *columns);

/* Columns of the table's primary key, in its order; 0: it has none. */
extern int	eth_consent_primary_key(Oid relid, AttrNumber *columns, int max);

/* Does what holds for persons of the class not depend on their rows in its table? */
extern bool eth_consent_is_headless(const EthClass *class);

extern int64 eth_consent_key_to_bigint(const EthKey *key);
extern bool eth_consent_key_to_datums(const EthKey *key, const EthClass *class, Datum *values);

#endif							/* ETH_CONSENT_CLASS_H */
