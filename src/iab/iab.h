/*
 * iab.h
 *		The house of ethdata_iab: consent strings of the advertising industry as types.
 *
 * An extension of its own, in a library of its own, with no hook and no state but
 * what is computed from constants.  It stands alone: of ethdata it needs
 * import_*() alone, which call its public functions by SQL.
 *
 * bits, vendors, tcf, fibonacci, layout and gpp are pure: they parse what anybody
 * may send, allocate nothing and raise nothing.  The others are functions of SQL
 * over what those accepted.  No message shows what a string says.
 */
#ifndef ETH_IAB_H
#define ETH_IAB_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "iab/gpp.h"
#include "iab/tcf.h"

/* Vendors from .. to; of several, in ascending order with gaps between them. */
typedef struct EthVendorRun
{
	uint16		from;
	uint16		to;
} EthVendorRun;

typedef struct EthVendorRuns
{
	int			n;
	EthVendorRun *run;
} EthVendorRuns;

/* What publishers restricted for one purpose in one way. */
typedef struct EthTcRestriction
{
	int			purpose;
	EthTcRestrictionType type;
	EthVendorRuns vendors;
} EthTcRestriction;

/* What a string means, as numbers: two mean the same exactly if these are the same. */
typedef struct EthMeaning
{
	int			n;
	int			space;
	uint32	   *word;
} EthMeaning;

/* runs.c */
extern void eth_runs_of(const EthVendors *vendors, EthVendorRuns *runs);
extern void eth_runs_sort(EthVendorRuns *runs);
extern int	eth_runs_ids(const EthVendorRuns *runs);
extern bool eth_runs_within(const EthVendorRuns *inner, const EthVendorRuns *outer);
extern EthTcRestriction *eth_tc_merged_restrictions(const EthTc *tc, int *n);

/* meaning.c */
extern void eth_meaning_add(EthMeaning *meaning, uint64 number);
extern void eth_meaning_add_bytes(EthMeaning *meaning, const void *bytes, size_t length);
extern void eth_meaning_of_tc(EthMeaning *meaning, const EthTc *tc);
extern void eth_meaning_of_gpp(EthMeaning *meaning, const EthGpp *gpp);
extern int	eth_meaning_compare(EthMeaning *a, EthMeaning *b);
extern uint32 eth_meaning_hash(EthMeaning *meaning);
extern uint64 eth_meaning_hash_extended(EthMeaning *meaning, uint64 seed);

/* tcf_value.c */
extern struct varlena *eth_tc_from_datum(Datum datum, EthTc *tc);
extern struct varlena *eth_tc_value(const char *text, size_t length, EthIabError *error);
extern TimestampTz eth_tc_time(uint64 deciseconds);

/* gpp_value.c */
extern struct varlena *eth_gpp_from_datum(Datum datum, EthGpp *gpp);
extern void eth_gpp_decode(EthGppSection *section, const EthGppLayout *layout, const EthGpp *gpp,
						   const EthGppEntry *entry);
extern struct varlena *eth_gpp_tc(const EthGpp *gpp, const EthGppEntry *entry);

/* gpp_fields.c */
extern bool eth_gpp_field_number(const EthGpp *gpp, const EthGppEntry *entry, const EthGppLayout *layout,
								 const char *field, int element, int64 *number);
extern int	eth_gpp_section_gpc(const EthGpp *gpp, const EthGppEntry *entry, const EthGppLayout *layout);

/* gpp_json.c */
extern Datum eth_gpp_to_jsonb(const EthGpp *gpp, List *layouts);

/* gpp_site.c */
extern List *eth_gpp_site_layouts(void);

/* tcf_decide.c */
extern bool eth_tc_permits(const EthTc *tc, int vendor, int purpose, bool consent, bool interest, bool flexible);

/* json.c: an object that is being built, and what its members may be */
extern void eth_json_key(JsonbParseState **state, const char *key);
extern void eth_json_null(JsonbParseState **state, const char *key);
extern void eth_json_int(JsonbParseState **state, const char *key, int64 number);
extern void eth_json_bool(JsonbParseState **state, const char *key, bool value);
extern void eth_json_text(JsonbParseState **state, const char *key, const char *text, int length);
extern void eth_json_time(JsonbParseState **state, const char *key, uint64 deciseconds);
extern void eth_json_flags(JsonbParseState **state, const char *key, const EthBits *bits, uint32 pos, int n);
extern void eth_json_open(JsonbParseState **state, const char *key, JsonbIteratorToken what);
extern void eth_json_close(JsonbParseState **state, JsonbIteratorToken what);
extern void eth_json_vendors(JsonbParseState **state, const char *key, const EthVendorRuns *runs, int *budget);
extern char *eth_iab_letters(uint64 letters, char *buffer);

/* What may still be written id by id in one document; see eth_json_vendors(). */
#define ETH_JSON_BUDGET 100000

#define ETH_ARRAY WJB_BEGIN_ARRAY
#define ETH_OBJECT WJB_BEGIN_OBJECT

#endif							/* ETH_IAB_H */
