/*
 * image.h
 *		How rows of a relation become images: shared by image.c and trigger.c.
 */
#ifndef ETH_AUDIT_IMAGE_H
#define ETH_AUDIT_IMAGE_H

#include "audit/internal.h"
#include "consent/consent.h"

#include "lib/stringinfo.h"
#include "utils/relcache.h"

/* An argument of our triggers: all columns of an UPDATE, not only the changed ones. */
#define ETH_IMAGES_FULL "full"

typedef enum EthImageForm
{
	ETH_FORM_BOOL,
	ETH_FORM_INT2,
	ETH_FORM_INT4,
	ETH_FORM_INT8,
	ETH_FORM_BYTES,				/* the payload of a varlena */
	ETH_FORM_SEND,				/* what the type's send function makes */
	ETH_FORM_TEXT				/* what its output function makes */
} EthImageForm;

typedef struct EthImageColumn
{
	AttrNumber	attnum;
	char	   *name;
	Oid			type;			/* base type */
	bool		byval;
	int16		len;
	bool		key;			/* of the primary key: always in an image */
	EthImageForm form;
	FmgrInfo	output;			/* of ETH_FORM_SEND and ETH_FORM_TEXT */
} EthImageColumn;

/* More persons than this a row has not. */
#define ETH_IMAGE_PERSONS 16

typedef struct EthImagePerson
{
	int32		class_id;
	EthKeyKind	kind;
	int			nkeys;
	AttrNumber	columns[ETH_MAX_KEYS];
	Oid			types[ETH_MAX_KEYS];
} EthImagePerson;

struct EthAuditLayout
{
	Oid			relid;			/* hash key */
	bool		valid;
	bool		is_partition;
	EthMark		mark;			/* of the policy that says whose rows they are */
	MemoryContext memory;
	int64		id;
	char	   *relation;		/* name under which changes are recorded */
	int			ncolumns;
	EthImageColumn *columns;
	List	   *names;			/* char * */
	bool		needs_settings;
	int			npersons;
	EthImagePerson persons[ETH_IMAGE_PERSONS];
};

extern EthAuditLayout *eth_audit_layout(Relation rel);

/* Which columns differ, by position in the layout; false: none. */
extern bool eth_audit_image_changes(EthAuditLayout *layout, const Datum *old_values, const bool *old_nulls,
									const Datum *new_values, const bool *new_nulls, bool *changed);

/* Appends the image.  Values by attnum - 1, NULL: no such image; wanted by position, NULL: all columns. */
extern void eth_audit_image_write(StringInfo out, EthAuditLayout *layout,
								  const bool *old_wanted, const Datum *old_values, const bool *old_nulls,
								  const bool *new_wanted, const Datum *new_values, const bool *new_nulls);

#endif							/* ETH_AUDIT_IMAGE_H */
